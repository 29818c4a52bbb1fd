"""Keys of sources that want one: from the environment or the user's file, and never shown."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from ..errors import InputError
from .options import read_config

__all__ = ["KEY", "Secret", "hide_in_logs", "secret"]

KEY = "MARKETIMPACT_KEY_"
"""Variables of the environment that hold keys: MARKETIMPACT_KEY_MYBANK."""

TALKERS = (
    "urllib3.connectionpool",
    "urllib3.connection",
    "urllib3.poolmanager",
    "urllib3.response",
    "urllib3.util.retry",
)
"""Loggers that write addresses as they are, parameters and all."""


class Secret:
    """A key that does not show itself: its text is had by `reveal` alone.

    Examples
    --------
    >>> Secret("abc"), f"{Secret('abc')}"
    (Secret(***), '***')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the key itself."""
        return self._text

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> tuple[type, tuple[str]]:
        raise TypeError("a key is not written anywhere")


def secret(name: str) -> Secret:
    """Find a source's key.

    Parameters
    ----------
    name : str
        Of the source: its key is MARKETIMPACT_KEY_NAME in the environment, or ``name`` under [keys] in the user's file
        of settings.

    Raises
    ------
    InputError
        If there is none.

    Examples
    --------
    >>> import os
    >>> os.environ["MARKETIMPACT_KEY_MYBANK"] = "abc"
    >>> secret("mybank")
    Secret(***)
    >>> del os.environ["MARKETIMPACT_KEY_MYBANK"]
    """
    variable = KEY + name.upper().replace("-", "_")
    found = os.environ.get(variable) or read_config().get("keys", {}).get(name)
    if not isinstance(found, str) or not found:
        raise InputError(
            "has no key",
            parameter=name,
            allowed=f"{variable} in the environment, or [keys] in the file of settings",
        )
    return Secret(found)


class _Hide(logging.Filter):
    """Puts *** in the place of every key that was ever sent."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: frozenset[str] = frozenset()

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite a record that holds a key; its exception goes with it, since that may show the same address."""
        said = hidden = record.getMessage()
        for text in sorted(self.texts, key=len, reverse=True):
            hidden = hidden.replace(text, "***")
        if hidden != said:
            record.msg, record.args, record.exc_info, record.exc_text = hidden, (), None, None
        return True


_HIDE = _Hide()


def hide_in_logs(keys: Iterable[str]) -> None:
    """Keep keys out of what the client of HTTP writes to its log: at DEBUG it writes every address in full."""
    forms = {form for key in keys if key for form in (key, quote(key), quote(key, safe=""), quote_plus(key))}
    if forms:
        _HIDE.texts |= forms
        for name in TALKERS:
            logging.getLogger(name).addFilter(_HIDE)
