"""What an error says to set in a layout, in the words of the command line and of the study file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import MarketImpactError

__all__ = ["as_key", "as_option", "layout_said"]

LAYOUT = re.compile(
    r"(?:\w+='[^']*'; in read_prices )?layout=Layout\(((?:\w+=(?:'[^']*'|\('[^']*', '[^']*'\))(?:, )?)+)\)"
)
SETTING = re.compile(r"(\w+)=('[^']*'|\('([^']*)', '([^']*)'\))")

Writer = Callable[[re.Match[str]], str]


def as_option(setting: re.Match[str]) -> str:
    """Write one setting of a layout as an option of the command.

    Examples
    --------
    >>> as_option(SETTING.fullmatch("only=('BOARDID', 'TQOB')"))
    "--only 'BOARDID=TQOB'"
    """
    name, value, column, cell = setting.groups()
    if "\\" in value:  # a tab: a shell reads it between these quotes alone
        value = f"${value}"
    return f"--{name.replace('_', '-')} {value if column is None else repr(f'{column}={cell}')}"


def as_key(setting: re.Match[str]) -> str:
    """Write one setting of a layout as a key of a study file.

    Examples
    --------
    >>> as_key(SETTING.fullmatch("only=('BOARDID', 'TQOB')"))
    "only = ['BOARDID', 'TQOB']"
    """
    name, value, column, cell = setting.groups()
    if "\\" in value:  # a tab: TOML reads it between double quotes alone
        value = value.replace("'", '"')
    return f"{name} = {value if column is None else [column, cell]}"


@contextmanager
def layout_said(write: Writer) -> Iterator[None]:
    """Where an error from within says what to set in a layout, say it in other words.

    Parameters
    ----------
    write : callable
        `as_option` or `as_key`.

    Raises
    ------
    MarketImpactError
        The error from within.
    """
    try:
        yield
    except MarketImpactError as error:
        if error.allowed:
            error.allowed = LAYOUT.sub(lambda said: _settings(said[1], write), error.allowed)
        raise


def _settings(said: str, write: Writer) -> str:
    return " ".join(write(setting) for setting in SETTING.finditer(said))
