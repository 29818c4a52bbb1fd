"""What tests of moves and signs over events need of the rows of any number of pairs, summed part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .calendar_sample import CalendarSample, MeanCorrelation
from .calendar_sums import MANY_PAIRS, MOST_INSTRUMENTS, CalendarSums
from .calendar_weights import MIN_COMMON, calendar_correlation
from .event_rows import EventRows, Windows
from .sign_tests import fewest_windows, positive_share

__all__ = [
    "Lay",
    "Scan",
    "Summed",
    "as_they_lie",
    "joined",
    "scan",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

Lay = Callable[[Floats, slice], Floats]
"""Lays out estimation rows of some pairs, (n, T), in event time: (n, T or more)."""


def as_they_lie(rows: Floats, part: slice) -> Floats:
    """Leave rows where they are: the estimation windows of pairs that share dates hold the same days."""
    return rows


@dataclass(frozen=True, slots=True)
class Scan:
    """What to take from the rows of N pairs.

    Attributes
    ----------
    averaged : ndarray of bool, shape (N,), or None
        Pairs whose residuals are averaged, as moves; None for no average.
    shared : ndarray of bool, shape (N,), or None
        Pairs whose share of positive windows is taken; None for no shares.
    lags : int
        Of the correlation.
    degrees : bool
        Whether the correlation needs Satterthwaite's degrees of freedom.
    lay : callable
        How rows are laid out in event time.
    """

    averaged: Bools | None = None
    shared: Bools | None = None
    lags: int = 0
    degrees: bool = False
    lay: Lay = as_they_lie


@dataclass(frozen=True, slots=True)
class Summed:
    """What was taken from the rows.

    Attributes
    ----------
    correlation : MeanCorrelation
        Of the pairs' sums over the window.
    average : ndarray, shape (T or more,)
        Average residual of each session in event time [move unit]; NaN where a pair lacks it, or none was asked for.
    shares : ndarray, shape (N,)
        Share of positive windows as long as each pair's own; NaN where fewer than `fewest_windows` are whole, or not
        asked for.
    """

    correlation: MeanCorrelation
    average: Floats
    shares: Floats


def scan(windows: Windows, asked: Scan) -> Summed:
    """Go once over the rows of all pairs, for what tests of moves and signs need of them.

    Above 5,000 pairs nothing is held but sums (`CalendarSums`); up to there the rows of the correlation are.

    Parameters
    ----------
    windows : Windows
    asked : Scan

    Returns
    -------
    Summed
    """
    correlate = _Correlation(windows, asked)
    total, n = np.zeros(()), 0
    shares = np.full(len(windows), np.nan)
    for part, rows in windows.each():
        correlate.add(part, rows)
        if asked.averaged is None and asked.shared is None:
            continue
        moves = rows.unscaled[:, : rows.length]
        if asked.averaged is not None:
            chosen = asked.averaged[part]
            total, n = total + asked.lay(moves, part)[chosen].sum(axis=0), n + int(np.count_nonzero(chosen))
        if asked.shared is not None:
            _share(windows, part, moves, asked.shared[part], shares[part])
    return Summed(correlate.found(), np.atleast_1d(total) / n if n else np.full(1, np.nan), shares)


def _share(windows: Windows, part: slice, moves: Floats, chosen: Bools, out: Floats) -> None:
    """Take the shares of positive moves from windows as long as each pair's own."""
    quiet, lengths = windows.at_rest(part), windows.lengths[part]
    for length in np.unique(lengths[chosen]):
        if length <= moves.shape[1]:
            here = chosen & (lengths == length)
            fewest = fewest_windows(int(length))
            out[here] = positive_share(moves[here], sessions=int(length), still=quiet[here], fewest=fewest)


class _Correlation:
    """The mean correlation of pairs that come part by part."""

    def __init__(self, windows: Windows, asked: Scan) -> None:
        self.windows, self.asked = windows, asked
        self.parts: list[CalendarSample] = []
        self.sums: CalendarSums | None = None
        names, instrument = np.unique(windows.instrument, return_inverse=True)
        if len(windows) > MANY_PAIRS and len(names) <= MOST_INSTRUMENTS and not asked.degrees:
            self.windows, days = replace(windows, instrument=instrument.astype(np.int64)).numbered()
            self.sums = CalendarSums(len(names), days)

    def add(self, part: slice, rows: EventRows) -> None:
        sample = self.windows.calendar(part, rows)
        if self.sums is None:
            self.parts.append(sample)
        else:
            self.sums.add(sample)

    def found(self) -> MeanCorrelation:
        asked, k = self.asked, self.windows.k
        if self.sums is not None:
            return self.sums.correlation(max(MIN_COMMON, k + 1), lags=asked.lags)
        if not self.parts:
            return MeanCorrelation(np.nan, note="no pair has a sum over the window")
        return calendar_correlation(joined(self.parts), k, lags=asked.lags, degrees=asked.degrees)


def joined(parts: Sequence[CalendarSample]) -> CalendarSample:
    """Put samples of different pairs one below the other."""
    return CalendarSample(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in (
                "residuals", "estimation_days", "estimation_weights", "event_days", "event_weights", "instrument",
            )
        )
    )  # fmt: skip
