"""Keys of sources that want one: from the environment or the user's file, and never shown."""

from __future__ import annotations

import os

from ..errors import InputError
from .options import read_config

__all__ = ["KEY", "Secret", "secret"]

KEY = "MARKETIMPACT_KEY_"
"""Variables of the environment that hold keys: MARKETIMPACT_KEY_MYBANK."""


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
