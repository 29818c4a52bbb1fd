"""The arrays that tests over events need, of one kind's pairs and one window, gathered from a study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..market.snapshots import ASYNCHRONOUS_HOURS, snapshot_of, widest_gap
from ..maths.calendar_weights import CalendarSample, exact_weights
from ..maths.frozen import Frozen, read_only
from ..maths.least_squares import fit_rows
from ..maths.stale import last_quoted
from ..timeline import Window
from .estimates import Estimates, sample_of
from .spec import Spec

__all__ = ["Gathered", "gather"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Gathered(Frozen):
    """N pairs of one kind whose sum over one window is known, in the order of their names.

    Attributes
    ----------
    places : ndarray of int, shape (N,)
        Places among the estimates.
    car, scar : ndarray, shape (N,)
        Sums over the window [move unit], and over the root of their exact variance.
    df : ndarray of int, shape (N,)
        T - k.
    lengths : ndarray of int, shape (N,)
        Sessions that each window should hold.
    whole : ndarray of bool, shape (N,)
        Whether it holds a move in all of them.
    still : ndarray of bool, shape (N,)
        Whether the quote did not move over the window, before any model.
    clusters : ndarray of int, shape (N,)
    begin, end : ndarray of int, shape (N,)
        First and last day of each window [days since 1970].
    residuals, moves : ndarray, shape (N, T)
        Weighted residuals of the estimation windows over s, and residuals as moves [move unit]; NaN where a session
        does not count.
    quiet : ndarray of bool, shape (N, T)
        Where the move itself is zero, before any model.
    days : ndarray of int, shape (N, T)
        Day of each estimation session [days since 1970].
    event : ndarray, shape (N, L2)
        A / (s sqrt(v)) over the event window; NaN where missing.
    columns : tuple of int
        First and last column of ``event`` in the longest window.
    sample : CalendarSample
        For the correlation of the sums.
    k : int
        Parameters of each fit.
    lags : int
        1 where the snapshots of the instruments lie more than an hour apart.
    unknown : bool
        Whether there are several instruments, and a snapshot is unknown.
    """

    places: Ints
    car: Floats
    scar: Floats
    df: Ints
    lengths: Ints
    whole: Bools
    still: Bools
    clusters: Ints
    begin: Ints
    end: Ints
    residuals: Floats
    moves: Floats
    quiet: Bools
    days: Ints
    event: Floats
    columns: Window
    sample: CalendarSample
    k: int
    lags: int
    unknown: bool

    def __post_init__(self) -> None:
        read_only(
            self.places, self.car, self.scar, self.df, self.lengths, self.whole, self.still, self.clusters,
            self.begin, self.end, self.residuals, self.moves, self.quiet, self.days, self.event,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.places)

    @property
    def n_clusters(self) -> int:
        """Distinct clusters."""
        return len(np.unique(self.clusters))

    @property
    def equal_lengths(self) -> bool:
        """Whether all windows should hold the same number of sessions."""
        return len(np.unique(self.lengths)) <= 1

    def staggered(self, clusters: Ints) -> bool:
        """Whether windows of one cluster do not all begin on one day and end on one day."""
        distinct = np.unique(np.stack([clusters, self.begin, self.end]), axis=1).shape[1]
        return bool(distinct > len(np.unique(clusters)))

    def aligned(self, values: Floats) -> Floats:
        """Lay out estimation rows in event time, those of one cluster on the same days.

        Instruments of one date whose holidays differ have different days at one tau; side by side their rows would
        hide how far they move together. Within a cluster a column is a day that any of its pairs is quoted on,
        counted back from the last; a pair without it has NaN there. Only for windows that are not staggered.

        Parameters
        ----------
        values : ndarray, shape (N, T)

        Returns
        -------
        ndarray, shape (N, T or more)
        """
        order = np.argsort(self.clusters, kind="stable")
        breaks = np.flatnonzero(np.diff(self.clusters[order])) + 1
        groups = [rows for rows in np.split(order, breaks) if np.any(self.days[rows] != self.days[rows[:1]])]
        laid = [np.unique(self.days[rows], return_inverse=True) for rows in groups]
        length = values.shape[1]
        width = max([length, *(len(union) for union, _ in laid)])
        out = np.full((len(values), width), np.nan)
        out[:, width - length :] = values
        for rows, (union, at) in zip(groups, laid, strict=True):
            out[rows] = np.nan
            out[rows[:, None], at.reshape(len(rows), length) + width - len(union)] = values[rows]
        return out


def gather(
    alignment: Alignment,
    estimates: Estimates,
    spec: Spec,
    window: Window | None,
    places: Ints,
    clusters: Ints,
) -> Gathered:
    """Gather the arrays of some pairs of one kind.

    Parameters
    ----------
    alignment : Alignment
    estimates : Estimates
    spec : Spec
    window : (int, int) or None
        One of the study's windows; None for the headline.
    places : ndarray of int, shape (n,)
        Places of the pairs among the estimates; those without any move in the window do not enter.
    clusters : ndarray of int, shape (all pairs,)
        Cluster of every pair of the estimates.

    Returns
    -------
    Gathered
    """
    sums, w = (estimates.headline, 0) if window is None else (estimates.sums, spec.window_list.index(window))
    first, last = window or (0, 0)
    places = _in_order(alignment, estimates.rows, places[np.isfinite(sums.scar[places, w])])
    rows = estimates.rows[places]
    at = alignment.positions[rows]
    lengths = np.full(len(rows), last - first + 1)
    if window is None:
        lengths += (alignment.last - alignment.position)[rows]
    residuals, moves, weights = _estimation(alignment, estimates, places, (first, lengths))
    s = np.sqrt(estimates.fit.sigma2[places])[:, None]
    begins = alignment.timeline.event[0]
    length = alignment.timeline.estimation_length
    starts = at + alignment.timeline.estimation[0]
    estimation = starts[:, None] + np.arange(length)
    days, y = alignment.design.sessions.astype(np.int64), alignment.design.y
    with np.errstate(divide="ignore", invalid="ignore"):
        event = estimates.abnormal.ar[places] / (s * np.sqrt(estimates.abnormal.v[places]))
    event_days = days[at[:, None] + np.asarray(alignment.timeline.taus)]
    standard = residuals / s
    before = last_quoted(alignment.design.frozen)[at + first - 1]  # moves run from quote to quote
    return Gathered(
        places, sums.car[places, w], sums.scar[places, w], estimates.fit.df[places], lengths,
        sums.sessions[places, w] == lengths, _still(y, at + first, lengths), clusters[places], days[before] + 1,
        days[at + first + lengths - 1], standard, moves, y[estimation] == 0.0, days[estimation], event,
        (first - begins, first - begins + int(lengths.max(initial=1)) - 1),
        CalendarSample(
            standard, days[estimation], weights[0], event_days, weights[1],
            alignment.series[rows].astype(np.int64),
        ),
        estimates.fit.params.shape[1], *_clocks(alignment, rows),
    )  # fmt: skip


def _in_order(alignment: Alignment, rows: Ints, places: Ints) -> Ints:
    """Sort places by the names of event and instrument: a sum's last bit depends on its order."""
    events = alignment.events.ids[alignment.event[rows[places]]].astype(str)
    return places[np.lexsort((alignment.instrument[rows[places]], events))]


def _estimation(
    alignment: Alignment, estimates: Estimates, places: Ints, window: tuple[int, Ints]
) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """Give residuals of the estimation windows, weighted and as moves, and the weights of the sums.

    Window by window in chunks, so that regressors of a few hundred pairs are gathered at once.
    """
    rows = estimates.rows[places]
    sample, at = sample_of(alignment, rows), alignment.positions[rows]
    first, lengths = window
    taus = np.asarray(alignment.timeline.taus)
    inside = (taus >= first) & (taus < first + lengths[:, None])
    x_event = np.where(inside[..., None], estimates.abnormal.x[places], 0.0)
    v_event = np.where(inside, estimates.abnormal.v[places], 0.0)
    residuals, moves, weights = (np.empty((len(rows), sample.length)) for _ in range(3))
    event_weights = np.empty(v_event.shape)
    for part in sample.chunks():
        gathered = sample.rows(part, at, 0)
        found = fit_rows(gathered.y, gathered.x)[2]
        residuals[part] = np.where(gathered.usable, found, np.nan)
        moves[part] = residuals[part] * sample.roots(part, at, 0)
        weights[part], event_weights[part] = exact_weights(
            x_event[part], v_event[part], gathered.x, estimates.fit.xtx_inv[places[part]]
        )
    return residuals, moves, (weights, event_weights)


def _still(y: Floats, begin: Ints, lengths: Ints) -> Bools:
    """Whether all moves of each window that are there are zero."""
    moved, known = (
        np.concatenate([[0], np.cumsum(one)]) for one in (np.isfinite(y) & (y != 0.0), np.isfinite(y))
    )
    end = begin + lengths
    return np.asarray((moved[end] == moved[begin]) & (known[end] > known[begin]))


def _clocks(alignment: Alignment, rows: Ints) -> tuple[int, bool]:
    """Give 1 where two instruments are quoted more than an hour apart on an event's day, and whether one is unknown."""
    members = np.unique(alignment.instrument[rows])
    snapshots = dict.fromkeys(snapshot_of(alignment.panel.instruments[int(one)].snapshot) for one in members)
    days = np.unique(alignment.design.sessions[alignment.positions[rows]])
    known = [one for one in snapshots if one is not None]
    gaps = [widest_gap(one, known, days) for one in known]
    lags = int(any(np.any(gap > ASYNCHRONOUS_HOURS) for gap in gaps))
    return lags, len(members) > 1 and None in snapshots
