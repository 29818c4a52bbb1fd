"""The joint calendar shift of a study: its days laid on a ring, and its pairs moved round it together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..maths.joint_shift import (
    JOINT_SHIFT,
    JOINT_SHIFT_T,
    Ring,
    Runs,
    Shifts,
    joint_shift,
    joint_shift_t,
    shift_sums,
    shifted_scars,
)
from ..maths.outcome import Outcome, not_applicable
from .estimates import Estimates
from .gathered import Gathered

__all__ = ["LONG_RING", "joint_calendar_shift"]

LONG_RING = 40
"""Days of the ring per day of a window from which on shifts that leave a window on part of itself are left out: each of
the others then counts too much by little (5 to 6 % at a nominal 5 %, where 12 or 24 give 7 to 9)."""

NO_REFIT = "the model is not fitted by least squares, which the refit at every shift is made of"
PARTLY = "shifts by less than {sessions} days count too: news of one day counts against itself"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def joint_calendar_shift(
    gathered: Gathered, alignment: Alignment, estimates: Estimates, first: int
) -> tuple[Outcome, Outcome]:
    """Test a mean standardized CAR against all windows of the study shifted together, their spacing kept.

    The days from the beginning of each estimation window to the end of the window are laid on one ring, each day on
    which any of the instruments is quoted once, and windows, estimation windows and masks are moved round it together;
    every pair is fitted again at every shift.
    That keeps whatever joins pairs in time and across instruments: windows that overlap, one instrument with many
    events, dates that instruments share.

    Parameters
    ----------
    gathered : Gathered
        N pairs of one kind, for one window.
    alignment : Alignment
    estimates : Estimates
    first : int
        First tau of the window.

    Returns
    -------
    tuple of Outcome
        By the mean over clusters (`joint_shift`), and by the t over pairs (`joint_shift_t`). Not applicable for models
        that are not fitted by least squares, and with too few days.
    """
    n, groups = len(gathered), gathered.n_clusters
    if estimates.method is not None or not n:
        reason = NO_REFIT if n else "no pair has a value"
        mean, t = (
            not_applicable(name, reason, n=n, n_clusters=groups) for name in (JOINT_SHIFT, JOINT_SHIFT_T)
        )
        return mean, t
    rows = estimates.rows[gathered.places]
    placed = _Placed.of(alignment, rows, first, gathered.lengths)
    days = placed.ring_days(alignment)
    _, at, sizes = np.unique(gathered.clusters, return_inverse=True, return_counts=True)
    weights = 1.0 / sizes[at]
    by_cluster = by_pair = Shifts(*np.zeros((3, len(days))))
    longest = 1
    for series in np.unique(placed.series):
        here = np.flatnonzero(placed.series == series)
        ring, slots = _ring(alignment, int(series), days)
        window, estimation, holes = placed.runs(alignment, here, slots)
        longest = max(longest, int(window.length.max()))
        scars = shifted_scars(ring, window, estimation, holes)
        by_cluster = by_cluster.plus(shift_sums(scars, weights[here]))
        by_pair = by_pair.plus(shift_sums(scars, np.ones(len(here))))
    apart = longest if len(days) >= LONG_RING * longest else 1
    note = PARTLY.format(sessions=longest) if apart < longest else ""
    return (
        joint_shift(by_cluster, n=n, n_clusters=groups, apart=apart, note=note),
        joint_shift_t(by_pair, n=n, n_clusters=groups, apart=apart, note=note),
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where N pairs lie in the long arrays: their series, and first and last session of both windows."""

    series: Ints
    open: Ints
    close: Ints
    begin: Ints
    end: Ints

    @classmethod
    def of(cls, alignment: Alignment, rows: Ints, first: int, lengths: Ints) -> _Placed:
        """Place pairs; an estimation window that begins before its series begins with it."""
        at, (open_, close) = alignment.positions[rows], alignment.timeline.estimation
        series = alignment.series[rows].astype(np.int64)
        opened = np.maximum(at + open_, alignment.design.offset[series])
        return cls(series, opened, at + close, at + first, at + first + lengths - 1)

    def ring_days(self, alignment: Alignment) -> Ints:
        """Give the days within the reach of any pair on which any of the instruments is quoted, in order."""
        design = alignment.design
        days = design.sessions.astype(np.int64)
        order = np.argsort(days[self.open], kind="stable")
        opens, closes = days[self.open][order], np.maximum.accumulate(days[self.end][order])
        quoted = [np.empty(0, dtype=np.int64)]
        for series in np.unique(self.series):
            begin = design.offset[series]
            own = days[begin : begin + design.length[series]]
            reach = np.searchsorted(opens, own, side="right") - 1
            quoted.append(own[(reach >= 0) & (own <= closes[reach])])
        return np.unique(np.concatenate(quoted))

    def runs(self, alignment: Alignment, here: Ints, slots: Ints) -> tuple[Runs, Runs, tuple[Runs, ...]]:
        """Give windows, estimation windows and their holes as runs of days on the ring, for pairs of one series.

        A run reaches from its first session to its last, so that it holds as many days wherever it is shifted to.
        """
        base = alignment.design.offset[self.series[here[0]]]
        open_, close, begin, end = (
            slots[column[here] - base] for column in (self.open, self.close, self.begin, self.end)
        )
        lost = alignment.design.usable & ~alignment.clean
        spans = [
            _true_runs(lost[a : b + 1]) + a - base
            for a, b in zip(self.open[here], self.close[here], strict=True)
        ]
        holes = []
        for place in range(max(map(len, spans))):
            # A pair without so many holes has one of no days.
            own = np.array([span[place] if place < len(span) else (0, -1) for span in spans], dtype=np.int64)
            there = own[:, 1] >= own[:, 0]
            starts = np.where(there, slots[own[:, 0]], 0)
            holes.append(Runs(starts, np.where(there, slots[own[:, 1]] - starts + 1, 0)))
        return Runs(begin, end - begin + 1), Runs(open_, close - open_ + 1), tuple(holes)


def _true_runs(mask: NDArray[np.bool_]) -> Ints:
    """First and last place of every run of true values, shape (runs, 2)."""
    edges = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.column_stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1])


def _ring(alignment: Alignment, series: int, days: Ints) -> tuple[Ring, Ints]:
    """Lay one series on the ring; the place of each of its sessions there, -1 for those that are not."""
    design = alignment.design
    begin = design.offset[series]
    part = slice(begin, begin + design.length[series])
    own = design.sessions[part].astype(np.int64)
    slots = np.minimum(np.searchsorted(days, own), len(days) - 1)
    inside = days[slots] == own
    usable = np.zeros(len(days), dtype=bool)
    usable[slots[inside]] = design.usable[part][inside]
    y, roots = np.zeros(len(days)), np.zeros(len(days))
    x = np.zeros((len(design.weighted_x), len(days)))
    y[slots[inside]] = design.weighted_y[part][inside]
    x[:, slots[inside]] = design.weighted_x[:, part][:, inside]
    roots[slots[inside]] = np.sqrt(design.v[part][inside])
    return Ring(y, x, np.where(usable, roots, 0.0), usable), np.where(inside, slots, -1)
