"""Which days of a series are held, since when, and which are missing: pure sums over ranges of days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

__all__ = ["FIRST_DAY", "FRESH", "LONGEST_REST", "RECENT", "Covered", "missing", "with_answer"]

FIRST_DAY = np.datetime64("1700-01-01", "D")
"""Stands for "the source's first day" where a range has no start."""

RECENT = np.timedelta64(7, "D")
"""Days before an answer that a source may still fill or mend."""

FRESH = np.timedelta64(6 * 3600, "s")
"""How long an answer is believed about its recent days."""

LONGEST_REST = np.timedelta64(14, "D")
"""Sources and markets may rest so long."""

SHORT = np.timedelta64(30, "D")
"""Of no more than that a part is not asked for again, but all of it: else each day of use would leave a piece."""

DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class Covered:
    """A range of days that one answer, or several of one instant, spoke of.

    Parameters
    ----------
    start, end : datetime64[D]
        Both inclusive.
    retrieved : datetime64[s]
        UTC.
    sha256 : str
        Hash of the bytes of the answer.
    request : str
        What was asked.
    package : str
        What read it.
    notes : tuple of str
        What a reader must know of this answer; it goes when another takes its place.
    note : str
        The one sentence of it that a report shows.
    host : str
        Who was asked in the place of the source's own host, "https://mirror.bank"; empty where nobody was.
    """

    start: np.datetime64
    end: np.datetime64
    retrieved: np.datetime64
    sha256: str = ""
    request: str = ""
    package: str = ""
    notes: tuple[str, ...] = ()
    note: str = ""
    host: str = ""


def missing(
    held: Iterable[Covered],
    start: np.datetime64,
    end: np.datetime64,
    *,
    now: np.datetime64 | None = None,
) -> tuple[tuple[np.datetime64, np.datetime64], ...]:
    """Give the ranges of [start, end] that no held answer covers, oldest first.

    Parameters
    ----------
    held : iterable of Covered
    start, end : datetime64[D]
    now : datetime64[s], optional
        Recent days of answers older than `FRESH` count as missing, and so do answers that came after it; without it
        everything that is held counts.

    Examples
    --------
    >>> day = np.datetime64
    >>> held = [Covered(day("2022-01-03"), day("2022-01-05"), day("2022-03-01T00:00:00"))]
    >>> [(str(a), str(b)) for a, b in missing(held, day("2022-01-01"), day("2022-01-10"))]
    [('2022-01-01', '2022-01-02'), ('2022-01-06', '2022-01-10')]
    """
    gaps, at = [], start
    for low, high in sorted((one.start, _last_believed(one, now)) for one in held):
        if high < at or high < low:
            continue
        if low > end:
            break
        if low > at:
            gaps.append((at, low - DAY))
        at = high + DAY
    if at <= end:
        gaps.append((at, end))
    return tuple(gaps)


def with_answer(held: Iterable[Covered], new: Covered) -> tuple[Covered, ...]:
    """Give the ranges with a new one, which takes the place of what it overlaps; ascending, without overlap."""
    kept = [new]
    for one in held:
        if one.start < new.start:
            kept.append(replace(one, end=min(one.end, new.start - DAY)))
        if one.end > new.end:
            kept.append(replace(one, start=max(one.start, new.end + DAY)))
    return tuple(sorted(kept, key=lambda one: one.start))


def _last_believed(one: Covered, now: np.datetime64 | None) -> np.datetime64:
    if now is None or abs(now - one.retrieved) <= FRESH:
        return one.end
    if one.retrieved > now:  # some clock was wrong: nobody knows what was recent then
        return one.start - DAY
    believed = min(one.end, one.retrieved.astype("datetime64[D]") - RECENT)
    return one.start - DAY if believed < one.end and one.end - one.start < SHORT else believed
