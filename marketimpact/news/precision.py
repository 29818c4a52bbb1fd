"""How precisely news is dated: a minute, an hour, days, or a side of the market's session."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["AFTER_CLOSE", "ALLOWED", "BEFORE_OPEN", "day_span", "read_precision", "read_side"]

BEFORE_OPEN = "before open"
"""Known before the market's session of the named day."""

AFTER_CLOSE = "after close"
"""Known after the market's session of the named day: the next session is the first that can show it."""

ALLOWED = f"'minute', 'hour', 'day', days like '3d' or '+-2d' (up to 99), {BEFORE_OPEN!r} or {AFTER_CLOSE!r}"
"""The precisions in words, for errors."""

_SPELLINGS = {
    **dict.fromkeys(
        (BEFORE_OPEN, "before market open", "before the open", "market open", "pre-market"), BEFORE_OPEN
    ),
    **dict.fromkeys(
        (AFTER_CLOSE, "after market close", "after the close", "market open (next day)", "after-hours"),
        AFTER_CLOSE,
    ),
}


def read_precision(text: str) -> str | None:
    """Give a precision as it is spelled here, None for what is none.

    Parameters
    ----------
    text : str
        ``"minute"``, ``"hour"``, ``"day"``, ``"3d"``, ``"+-2d"`` or ``"±2d"``; or a side of the session in any
        of its spellings, whatever its case and blanks.

    Returns
    -------
    str or None

    Examples
    --------
    >>> read_precision("±2d"), read_precision("Market open  (next day)"), read_precision("soon")
    ('+-2d', 'after close', None)
    """
    plain = text.replace("±", "+-")
    return read_side(text) or (plain if plain in ("minute", "hour") or day_span(plain) else None)


def read_side(text: str) -> str | None:
    """Give a side of the market's session as it is spelled here, None for other words.

    Examples
    --------
    >>> read_side("Pre-Market"), read_side("day")
    ('before open', None)
    """
    return _SPELLINGS.get(" ".join(text.split()).casefold())


@cache
def day_span(precision: str) -> tuple[int, int] | None:
    """Give the local days that a precision spans, counted from the named day.

    Parameters
    ----------
    precision : str
        As `read_precision` spells it.

    Returns
    -------
    tuple of int, or None
        First day, and the day after the last [days]; None for minutes and hours. A side of the session spans
        its whole day: when the market opens and closes is not known here.

    Examples
    --------
    >>> [day_span(name) for name in ("day", "3d", "+-2d", "after close", "minute")]
    [(0, 1), (0, 3), (-2, 3), (0, 1), None]
    """
    if precision in ("day", BEFORE_OPEN, AFTER_CLOSE):
        return 0, 1
    match = re.fullmatch(r"(\+-)?([1-9][0-9]?)d", precision)
    if match is None:
        return None
    days = int(match[2])
    return (-days, days + 1) if match[1] else (0, days)
