"""The arrays that tests over events need, of one kind's pairs and one window, gathered from a study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..market.snapshots import ASYNCHRONOUS_HOURS, snapshot_of, widest_gap
from ..maths.calendar_weights import CalendarSample
from ..maths.estimators import least_squares
from ..maths.event_layout import Layout, event_layout
from ..maths.event_rows import EventRows, Windows
from ..maths.event_scan import joined
from ..maths.frozen import Frozen, read_only
from ..maths.least_squares import fit_windows
from ..maths.stale import last_quoted
from ..timeline import Window
from .estimates import Estimates, sample_of
from .spec import Spec

__all__ = ["Gathered", "gather"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Gathered(Frozen):
    """N pairs of one kind whose sum over one window is known, in the order of their names.

    Rows of sessions are not held: tests of very many pairs take them from ``windows`` part by part, and whoever needs
    all of them at once has them gathered at the first request.

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
    event : ndarray, shape (N, L2)
        A / (s sqrt(v)) over the event window; NaN where missing.
    columns : tuple of int
        First and last column of ``event`` in the longest window.
    windows : Windows
        Where estimation and event windows lie in the study's long arrays.
    k : int
        Parameters of each fit.
    lags : int
        1 where the snapshots of the instruments lie more than an hour apart.
    unknown : bool
        Whether there are several instruments, and a snapshot is unknown.
    no_variance, no_scale : str
        Why theory has no variance of SCAR, and why there is no SCAR at all; empty where there is.
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
    event: Floats
    columns: Window
    windows: Windows
    k: int
    lags: int
    unknown: bool
    no_variance: str = ""
    no_scale: str = ""

    def __post_init__(self) -> None:
        read_only(
            self.places, self.car, self.scar, self.df, self.lengths, self.whole, self.still, self.clusters,
            self.begin, self.end, self.event,
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

    @cached_property
    def residuals(self) -> Floats:
        """Weighted residuals of the estimation windows over s, shape (N, T); NaN where a session does not count."""
        return self._gathered(lambda rows: rows.residuals)

    @cached_property
    def moves(self) -> Floats:
        """Residuals of the estimation windows as moves, shape (N, T) [move unit]; NaN where one does not count."""
        return self._gathered(lambda rows: rows.unscaled[:, : rows.length])

    def _gathered(self, of: Callable[[EventRows], Floats]) -> Floats:
        rows = [of(rows) for _, rows in self.windows.each()]
        return np.concatenate(rows) if rows else np.empty((0, self.windows.sample.length))

    def residuals_of(self, most: int) -> tuple[Floats, Ints, Ints]:
        """Give residuals, their days and their instruments of so many pairs at most, at equal distances."""
        if len(self) <= most:
            return self.residuals, self.days, self.windows.instrument
        chosen = self.windows.some(np.linspace(0, len(self) - 1, most).astype(np.int64))
        days = sliding_window_view(chosen.days, chosen.sample.length)[chosen.sample.starts]
        residuals = np.concatenate([rows.residuals for _, rows in chosen.each()])
        return residuals, np.asarray(days), chosen.instrument

    @cached_property
    def quiet(self) -> Bools:
        """Where the move itself is zero in the estimation windows, before any model; shape (N, T)."""
        return self.windows.at_rest(slice(None))

    @cached_property
    def days(self) -> Ints:
        """Day of each estimation session, shape (N, T) [days since 1970]."""
        sample = self.windows.sample
        return np.asarray(sliding_window_view(self.windows.days, sample.length)[sample.starts])

    @cached_property
    def sample(self) -> CalendarSample:
        """For the correlation of the sums."""
        parts = [self.windows.calendar(part, rows) for part, rows in self.windows.each()]
        return joined(parts or [self.windows.calendar(slice(0), self.windows.rows(slice(0)))])

    @cached_property
    def layout(self) -> Layout:
        """Estimation rows in event time, those of one cluster on the same days (`event_layout`)."""
        return event_layout(self.windows, self.clusters)

    def aligned(self, values: Floats) -> Floats:
        """Lay out estimation rows in event time, those of one cluster on the same days.

        Parameters
        ----------
        values : ndarray, shape (N, T)

        Returns
        -------
        ndarray, shape (N, T or more)
        """
        return self.layout.lay(values, slice(None))


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
    begins = alignment.timeline.event[0]
    opens = [0 - begins] if window is None else [a - begins for a, _ in spec.window_list]
    scar = estimates.scar(sums, opens)[:, w]
    no_scale = "" if estimates.volatility is not None else estimates.no_covariance
    known = np.isfinite(sums.car[places, w] if no_scale else scar[places])
    places = _in_order(alignment, estimates.rows, places[known])
    rows = estimates.rows[places]
    at = alignment.positions[rows]
    lengths = np.full(len(rows), last - first + 1)
    if window is None:
        lengths += (alignment.last - alignment.position)[rows]
    s = np.sqrt(estimates.fit.sigma2[places])[:, None]
    days, y = alignment.design.sessions.astype(np.int64), alignment.design.y
    with np.errstate(divide="ignore", invalid="ignore"):
        if estimates.volatility is not None:
            event, path = estimates.sar[places], estimates.volatility.path[places]
            s = np.concatenate(
                [path[:, : alignment.timeline.estimation_length], path[:, -event.shape[1] :]], axis=1
            )
        else:
            event = estimates.abnormal.ar[places] / (s * np.sqrt(estimates.abnormal.v[places]))
    before = last_quoted(alignment.design.frozen)[at + first - 1]  # moves run from quote to quote
    k, inverse = int(estimates.fit.spent[places].max(initial=0)), _inverse(alignment, estimates, places)
    windows = Windows(
        sample_of(alignment, rows), estimates.fit.params[places], inverse, s, at + begins, event.shape[1],
        first - begins, lengths, days, y == 0.0, alignment.instrument[rows].astype(np.int64), k,
    )  # fmt: skip
    return Gathered(
        places, sums.car[places, w], scar[places], estimates.fit.df[places], lengths,
        sums.sessions[places, w] == lengths, _still(y, at + first, lengths), clusters[places], days[before] + 1,
        days[at + first + lengths - 1], event, (first - begins, first - begins + int(lengths.max(initial=1)) - 1),
        windows, k, *_clocks(alignment, rows), estimates.no_covariance, no_scale,
    )  # fmt: skip


def _in_order(alignment: Alignment, rows: Ints, places: Ints) -> Ints:
    """Sort places by the names of instrument and event: a sum's last bit depends on its order.

    By instrument first: windows of one series lie side by side in the long arrays.
    """
    events = alignment.events.ids[alignment.event[rows[places]]].astype(str)
    return places[np.lexsort((events, alignment.instrument[rows[places]]))]


def _inverse(alignment: Alignment, estimates: Estimates, places: Ints) -> Floats:
    """Give (X'WX)^-1 of some estimation windows.

    By a rule other than least squares the error of the fit is not known, and the weights of the sums leave it out:
    their correlation is then that of the sessions they share.
    """
    if estimates.method is None:
        return estimates.fit.xtx_inv[places]
    if estimates.method.estimator is not least_squares:
        return np.zeros_like(estimates.fit.xtx_inv[places])
    sample = sample_of(alignment, estimates.rows[places])
    return fit_windows(*sample.estimation(), sample.starts, sample.length).xtx_inv


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
