"""Tests of a study: each pair against its own estimation window, and means over date clusters."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..market.calendars import weekday_offsets
from ..maths.dependence import overlap_clusters
from ..maths.outcome import Outcome
from ..maths.parametric import cluster_t
from ..maths.resample import date_permutation, placebo_scars
from ..maths.single_event import rank_with_refit
from ..timeline import Window
from .estimates import Estimates, sample_of
from .spec import Spec

__all__ = [
    "MIN_WINDOW_RATIO",
    "Across",
    "PairRanks",
    "across_events",
    "clusters_of",
    "headline_ranks",
    "kind_groups",
]

MIN_WINDOW_RATIO = 20
"""Estimation moves per session of a window below which its placebo windows overlap too much to be ranked."""

NO_RANK = "needs {need} usable estimation moves for a window of {sessions} sessions, has {n}"


@dataclass(frozen=True, slots=True)
class PairRanks:
    """Rank p-values of the headline moves of N pairs.

    Attributes
    ----------
    p_value, p_floor : ndarray, shape (N,)
        NaN where the test does not apply.
    reason : ndarray of str, shape (N,)
        Why it does not; empty where it does.
    """

    p_value: NDArray[np.float64]
    p_floor: NDArray[np.float64]
    reason: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Across:
    """One test over the pairs of one kind of move.

    Attributes
    ----------
    kind : str
        Kind of the moves.
    unit : str
        Their unit.
    term : str
        ``"CAAR"`` or ``"AAR"``.
    window : (int, int) or None
        The window; None for the headline.
    outcome : Outcome
    n_dates : int
        Distinct event sessions among the pairs.
    """

    kind: str
    unit: str
    term: str
    window: Window | None
    outcome: Outcome
    n_dates: int


def headline_ranks(alignment: Alignment, estimates: Estimates, chosen: NDArray[np.int64]) -> PairRanks:
    """Rank the headline move of some pairs among what their own estimation windows hold.

    One session: the rank with refit among T + 1 residuals (`rank_with_refit`). Several candidate sessions: the
    standardized CAR of the event among those of the windows of the same length, each left out of its own fit
    (`placebo_scars`); approximate, and only where T is at least 20 times the window's length.

    Parameters
    ----------
    alignment : Alignment
    estimates : Estimates
    chosen : ndarray of int, shape (N,)
        Places among the estimates.

    Returns
    -------
    PairRanks
    """
    n = len(chosen)
    p_value, p_floor = np.full(n, np.nan), np.full(n, np.nan)
    reason = np.full(n, "", dtype=object)
    rows = estimates.rows[chosen]
    lengths = (alignment.last - alignment.position)[rows] + 1
    n_obs = estimates.fit.n_obs[chosen]
    for sessions in np.unique(lengths):
        here = np.flatnonzero(lengths == sessions)
        sample = sample_of(alignment, rows[here])
        events = alignment.positions[rows[here]]
        if sessions == 1:
            ranks = rank_with_refit(sample.y, sample.x, sample.usable, sample.starts, sample.length, events)
            p_value[here], p_floor[here] = ranks.p_value, ranks.p_floor
            continue
        size = np.abs(placebo_scars(sample, events, int(sessions)))
        count = np.isfinite(size).sum(axis=1)
        at_least = (size >= size[:, -1:] * (1 - 1e-9)).sum(axis=1)
        enough = n_obs[here] >= MIN_WINDOW_RATIO * sessions
        p_value[here] = np.where(enough, at_least / np.maximum(count, 1), np.nan)
        p_floor[here] = np.where(enough, 1.0 / np.maximum(count, 1), np.nan)
        for i in here[~enough]:
            reason[i] = NO_RANK.format(need=MIN_WINDOW_RATIO * sessions, sessions=sessions, n=n_obs[i])
    missing = np.isnan(estimates.headline.car[chosen, 0])
    p_value[missing] = p_floor[missing] = np.nan
    reason[missing] = "a move of the headline window is missing"
    return PairRanks(p_value, p_floor, reason)


def clusters_of(alignment: Alignment, rows: NDArray[np.int64], spec: Spec) -> NDArray[np.int64]:
    """Give the cluster of each pair: connected event windows, or each pair its own where ``cluster`` is None."""
    if spec.cluster is None:
        return np.argsort(np.argsort(_pair_keys(alignment, rows), kind="stable"))
    first, last = alignment.timeline.event
    at = alignment.positions[rows]
    days = alignment.design.sessions.astype(np.int64)
    return overlap_clusters(days[at + first], days[at + last])


def _pair_keys(alignment: Alignment, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each pair that does not depend on its place: event session and names."""
    day = alignment.design.sessions[alignment.positions[rows]].astype(np.int64) + 1_000_000
    names = [
        f"{alignment.events.ids[alignment.event[row]]}\0{alignment.panel.ids[alignment.instrument[row]]}"
        for row in rows
    ]
    return day * 2**32 + np.array([zlib.crc32(name.encode()) for name in names], dtype=np.int64)


def kind_groups(alignment: Alignment, rows: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Give the places of the pairs of each kind of move: kinds are never averaged with one another."""
    names = np.array([str(one.kind) for one in alignment.design.series], dtype=object)[alignment.series[rows]]
    return {str(name): np.flatnonzero(names == name) for name in sorted(set(names))}


def across_events(alignment: Alignment, estimates: Estimates, spec: Spec, seed: int) -> tuple[Across, ...]:
    """Test means over events, kind by kind: the t on cluster means, and the date permutation with refit.

    Parameters
    ----------
    alignment : Alignment
    estimates : Estimates
    spec : Spec
    seed : int
        Seed of the permutations.

    Returns
    -------
    tuple of Across
        For the headline, each window (CAAR) and each tau (AAR).
    """
    clusters = clusters_of(alignment, estimates.rows, spec)
    t_name = "cluster t" if spec.cluster else "cross-sectional t (pairs taken as independent)"
    found: list[Across] = []
    for kind, group in kind_groups(alignment, estimates.rows).items():
        at = alignment.positions[estimates.rows[group]]
        n_dates = len(np.unique(alignment.design.sessions[at]))
        unit = alignment.design.series[alignment.series[estimates.rows[group[0]]]].kind.unit

        def say(term: str, window: Window | None, outcome: Outcome, kind: str = kind, unit: str = unit,
                n_dates: int = n_dates) -> None:  # fmt: skip
            found.append(Across(kind, unit, term, window, outcome, n_dates))

        values = np.concatenate([estimates.headline.car, estimates.sums.car], axis=1)[group]
        for w, window in enumerate((None, *spec.window_list)):
            say("CAAR", window, cluster_t(values[:, w], clusters[group], name=t_name))
            permuted = _permutation(alignment, estimates, group, clusters, window, seed)
            say("CAAR", window, permuted)
        for t, tau in enumerate(spec.timeline.taus):
            say("AAR", (tau, tau), cluster_t(estimates.abnormal.ar[group, t], clusters[group], name=t_name))
    return tuple(found)


def _permutation(
    alignment: Alignment,
    estimates: Estimates,
    group: NDArray[np.int64],
    clusters: NDArray[np.int64],
    window: Window | None,
    seed: int,
) -> Outcome:
    """Permute the dates of one kind's pairs for one window (None: the headline)."""
    rows = estimates.rows[group]
    span = (alignment.last - alignment.position)[rows]
    lengths = span + 1 if window is None else np.full(len(rows), window[1] - window[0] + 1)
    shortest = int(lengths.min())
    width = alignment.timeline.estimation_length - shortest + 2
    scars = np.full((len(rows), width), np.nan)
    begin = alignment.positions[rows] + (0 if window is None else window[0])
    for sessions in np.unique(lengths):
        here = np.flatnonzero(lengths == sessions)
        sample = sample_of(alignment, rows[here])
        placed = placebo_scars(sample, begin[here], int(sessions))
        scars[here, : placed.shape[1] - 1], scars[here, -1] = placed[:, :-1], placed[:, -1]
    epoch = np.datetime64("1970-01-01")
    days = np.where(np.isnat(alignment.design.sessions), epoch, alignment.design.sessions)
    placements = (alignment.positions[rows] + alignment.timeline.estimation[0])[:, None] + np.arange(
        width - 1
    )
    distance = weekday_offsets(days[placements].ravel(), epoch).reshape(placements.shape)
    offsets = distance - weekday_offsets(days[begin], epoch)[:, None]
    keys = days[alignment.positions[rows]].astype(np.int64) + 1_000_000
    return date_permutation(scars, offsets, clusters[group], keys, seed)
