"""What the gaps between quotes show: holes, closures, a thin series, another frequency."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .calendars import expected_days, expected_sessions
from .closures import closed_days
from .instruments import Instrument
from .quality_findings import Days, Finding, counted, dates_in_words

__all__ = ["gap_findings", "noun_of"]

CLOSED = 5
"""Expected sessions without a quote, one after the other, from which a gap may be a closure."""

IMPROBABLE = 0.01
"""A gap is a closure where fewer than this number of gaps as long are expected, were it chance that leaves days out."""

LONG = 5
"""Times the usual gap above which a gap says nothing about how often the series is quoted."""

MIN_GAPS = 10
"""Gaps below which a series is taken to be quoted every session."""

THIN = 0.8
"""Share of sessions with a quote below which a series is thin."""

WINDOW = 21
"""Gaps whose middle half tells the frequency."""

OTHER = 2.0
"""Ratio of a stretch's usual gap to the series', or the other way round, from which its frequency is another."""

MIN_STRETCH = 10
"""Gaps that a stretch at another frequency has at least: twice as many in a thin series, whose gaps vary."""

IN_A_ROW = 3
"""Closures in a row, of similar length, that are another frequency."""

DAY = np.timedelta64(1, "D")

Gaps = NDArray[np.int64]


def noun_of(instrument: Instrument) -> str:
    """Give the noun of an instrument's expected sessions.

    Examples
    --------
    >>> from marketimpact.market.instruments import CurrencyPair
    >>> noun_of(CurrencyPair("USD", "KZT")), noun_of(CurrencyPair("USD", "KZT", calendar="XLON"))
    ('weekdays', 'sessions of XLON')
    """
    return "weekdays" if instrument.calendar is None else f"sessions of {instrument.calendar}"


def gap_findings(instrument: Instrument, days: Days) -> Iterator[Finding]:
    """Give stretches at another frequency, closures, and the single holes or a thin series, in one line.

    A gap is a closure where at least five expected sessions in a row have no quote, and where fewer than .01 gaps as
    long are expected if each session is left out by chance, as often as in the series' ordinary gaps. Three closures
    in a row, of similar length, are another frequency.

    Parameters
    ----------
    instrument : Instrument
    days : ndarray of datetime64[D], shape (n,)
        Dates of the quotes, ascending.

    Yields
    ------
    Finding

    Raises
    ------
    MissingExtraError, InputError, DataError
        If the instrument's calendar cannot be used.

    Examples
    --------
    >>> from marketimpact.market.instruments import CurrencyPair
    >>> days = np.array(["2022-01-05", "2022-01-13", "2022-01-14"], dtype="datetime64[D]")
    >>> print(*gap_findings(CurrencyPair("USD", "KZT"), days))
    USD/KZT, closure: no quotes from 2022-01-06 to 2022-01-12, 5 weekdays
    """
    gaps, missing = expected_sessions(instrument.calendar, days)[1:], _missing(instrument.calendar, days)
    slow = _odd_stretches(gaps)
    left = ~_within(slow, len(gaps))
    usual = _ordinary_mean(gaps[left])
    closed = left & _improbable(missing, usual)
    rows = _rows(closed, gaps)
    left &= ~_within(rows, len(gaps))
    for i, j in sorted(slow + rows):
        yield _other_frequency(instrument, days, gaps, (i, j), usual)
    closed = left & (closed | _declared(instrument, days, missing))
    for i in np.flatnonzero(closed).tolist():
        yield _closure(instrument, _between(instrument, days, i))
    holes = left & ~closed & (missing > 0)
    if usual * THIN > 1.0:
        yield _thin(instrument, days, usual)
    elif holes.any():
        yield _holes(
            instrument,
            np.concatenate([_between(instrument, days, i) for i in np.flatnonzero(holes).tolist()]),
        )


def _missing(calendar: str | None, days: Days) -> Gaps:
    """Count the expected sessions strictly between each quote and the next, shape (n - 1,)."""
    if calendar is None:
        return np.asarray(np.busday_count(days[:-1] + DAY, days[1:]), dtype=np.int64)
    expected = expected_days(calendar, days[0], days[-1])
    return np.asarray(
        np.searchsorted(expected, days[1:]) - np.searchsorted(expected, days[:-1], side="right"),
        dtype=np.int64,
    )


def _between(instrument: Instrument, days: Days, i: int) -> Days:
    """Give the expected sessions within a gap."""
    return expected_days(instrument.calendar, days[i] + DAY, days[i + 1] - DAY)


def _ordinary_mean(gaps: Gaps) -> float:
    """Give the mean gap, those far longer than usual aside; 1 where there are too few to tell."""
    if len(gaps) < MIN_GAPS:
        return 1.0
    return float(np.mean(gaps[gaps <= LONG * np.quantile(gaps, 0.5, method="lower")]))


def _improbable(missing: Gaps, usual: float) -> NDArray[np.bool_]:
    """Mark gaps longer than chance makes them: a session is left out with the chance 1 - 1 / usual gap."""
    expected = len(missing) * (1.0 - 1.0 / usual) ** missing
    return np.asarray((missing >= CLOSED) & (expected < IMPROBABLE))


def _declared(instrument: Instrument, days: Days, missing: Gaps) -> NDArray[np.bool_]:
    """Mark gaps that hold a day of a declared closure: a closure, however short."""
    found = np.zeros(len(missing), dtype=np.bool_)
    if instrument.closures:
        for i in np.flatnonzero(missing).tolist():
            found[i] = closed_days(instrument.closures, _between(instrument, days, i)).any()
    return found


def _middle(sorted_gaps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the mean of the middle half along the last axis: steadier than the median where gaps are few numbers."""
    quarter = sorted_gaps.shape[-1] // 4
    return np.asarray(sorted_gaps[..., quarter : sorted_gaps.shape[-1] - quarter].mean(axis=-1))


def _odd_stretches(gaps: Gaps) -> list[tuple[int, int]]:
    """Find stretches at another frequency than the series': index of their first and last gap.

    The frequency is the mean of the middle half of the 21 gaps around; a stretch begins and ends with a gap of its
    own kind.
    """
    if len(gaps) < WINDOW:
        return []
    rolling = _middle(np.sort(np.lib.stride_tricks.sliding_window_view(gaps, WINDOW), axis=1))
    rolling = np.pad(rolling, WINDOW // 2, mode="edge")
    usual = float(_middle(np.sort(gaps)))
    least = MIN_STRETCH if usual * THIN <= 1.0 else 2 * MIN_STRETCH
    stretches: list[tuple[int, int]] = []
    for odd, extreme in ((rolling >= OTHER * usual, np.max), (usual >= OTHER * rolling, np.min)):
        own: list[tuple[int, int]] = []
        for i, j in _spans_of(odd):
            level = float(extreme(rolling[i : j + 1]))
            start = max(i - WINDOW // 2, 0)
            near = gaps[start : j + WINDOW // 2 + 1]
            at = np.flatnonzero(np.abs(near - level) < np.abs(near - usual)) + start
            if len(at):
                own.append((int(at[0]), int(at[-1])))
        stretches += [(i, j) for i, j in _joined(own) if j - i + 1 >= least]
    return sorted(stretches)


def _spans_of(marked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Give first and last index of each run of marks."""
    edges = np.diff(np.concatenate([[0], marked.astype(np.int64), [0]]))
    return list(
        zip(np.flatnonzero(edges == 1).tolist(), (np.flatnonzero(edges == -1) - 1).tolist(), strict=True)
    )


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that touch or overlap."""
    joined: list[tuple[int, int]] = []
    for i, j in spans:
        if joined and i <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(j, joined[-1][1]))
        else:
            joined.append((i, j))
    return joined


def _within(spans: list[tuple[int, int]], n: int) -> NDArray[np.bool_]:
    inside = np.zeros(n, dtype=np.bool_)
    for i, j in spans:
        inside[i : j + 1] = True
    return inside


def _rows(closed: NDArray[np.bool_], gaps: Gaps) -> list[tuple[int, int]]:
    """Find closures in a row, the longest at most twice the shortest: monthly quotes amid daily ones."""
    return [
        (i, j)
        for i, j in _spans_of(closed)
        if j - i + 1 >= IN_A_ROW and gaps[i : j + 1].max() <= 2 * gaps[i : j + 1].min()
    ]


def _other_frequency(
    instrument: Instrument, days: Days, gaps: Gaps, stretch: tuple[int, int], usual: float
) -> Finding:
    i, j = stretch
    every = float(np.median(gaps[i : j + 1]))
    words = (
        f"one quote every {every:g} {noun_of(instrument)} from {days[i]} to {days[j + 1]}"
        f" ({j - i + 2} quotes), every {usual:.2g} in the rest of the series"
    )
    return Finding(instrument.id, "other frequency", days[i], days[j + 1], every, "sessions", words)


def _closure(instrument: Instrument, missing: Days) -> Finding:
    words = f"no quotes from {missing[0]} to {missing[-1]}, {len(missing)} {noun_of(instrument)}"
    declared = [str(one) for one in instrument.closures if closed_days((one,), missing).any()]
    if declared:
        covered = np.count_nonzero(closed_days(instrument.closures, missing))
        part = "declared" if covered == len(missing) else f"{covered} of them declared"
        words += f"; {part}: {', '.join(declared)}"
    return Finding(instrument.id, "closure", missing[0], missing[-1], float(len(missing)), "sessions", words)


def _thin(instrument: Instrument, days: Days, usual: float) -> Finding:
    words = f"quoted on {100 / usual:.0f} % of {noun_of(instrument)}: a move often spans several"
    return Finding(instrument.id, "thin", days[0], days[-1], 1.0 / usual, "share of sessions", words)


def _holes(instrument: Instrument, missing: Days) -> Finding:
    """Give the holes as one finding: holes by a named calendar, else holidays or holes."""
    kind, words = "holes", f"{counted(len(missing), 'session')} of {instrument.calendar} without a quote"
    if instrument.calendar is None:
        kind = "weekdays without a quote"
        words = f"{len(missing)} (holidays or holes: name a calendar to tell)"
    words += f": {dates_in_words(missing)}"
    return Finding(instrument.id, kind, missing[0], missing[-1], float(len(missing)), "sessions", words)
