"""Tests of a study: each pair against its own estimation window, and means over date clusters."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..alignment.overlap import window_days
from ..alignment.pipeline import Alignment
from ..market.bonds import SovereignBond
from ..market.calendars import weekday_offsets
from ..maths.dependence import overlap_clusters
from ..maths.frozen import read_only
from ..maths.outcome import Outcome, not_applicable
from ..maths.parametric import cluster_t
from ..maths.resample import date_permutation
from ..maths.single_event import TIE, rank_with_refit
from ..timeline import Window
from .estimates import Estimates, sample_of, window_scars
from .spec import Spec

__all__ = [
    "MIN_WINDOW_RATIO",
    "MISSING",
    "NO_JOINT",
    "NO_RANK",
    "PERMUTATION",
    "Across",
    "PairRanks",
    "across_events",
    "cluster_test",
    "clusters_of",
    "day_keys",
    "headline_means",
    "headline_ranks",
    "joint_block",
    "kind_groups",
    "placebos",
    "ranked_scars",
]

MIN_WINDOW_RATIO = 20
"""Estimation moves per session of a window, or of windows that are shifted jointly, below which their placebos
overlap too much: staggered one session apart, 20 events over 120 estimation moves reject 11 % at a nominal 5 %."""

PERMUTATION = "date permutation"

FEW_DATES = 10
"""Date clusters below which a permutation needs as long an estimation window as that of one date."""

MISSING = "a move of the headline window is missing"

DAY_ZERO = 1_000_000
"""Added to days since 1970, so that a seed made of a day is never negative [days]."""

SHARED_FITS = (
    "events of one instrument share estimation windows, which this test does not know: over {sessions} sessions it"
    " rejects too often (9 % at a nominal 5 % for 11 sessions after 100)"
)
NO_RANK = "needs {need} usable estimation moves for a window of {sessions} sessions, has {n}"
NO_JOINT = (
    "needs {need} usable estimation moves for a cluster whose windows cover {sessions} sessions, has {n}"
)


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

    def __post_init__(self) -> None:
        read_only(self.p_value, self.p_floor, self.reason)


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
    pair_mean : float
        The average over pairs; the outcome tests the average of the cluster means, which weighs clusters alike.
    n_dates : int
        Distinct event sessions among the pairs.
    """

    kind: str
    unit: str
    term: str
    window: Window | None
    outcome: Outcome
    pair_mean: float
    n_dates: int


def headline_ranks(alignment: Alignment, estimates: Estimates, chosen: NDArray[np.int64]) -> PairRanks:
    """Rank the headline move of some pairs among what their own estimation windows hold.

    One session: the rank with refit among T + 1 residuals (`rank_with_refit`). Several candidate sessions: the
    standardized CAR of the event among those of the windows of the same length, each left out of its own fit
    (`placebo_scars`); approximate, and only where T is at least 20 times the window's length. A model whose errors have
    no known covariance is refitted by its own rule without each window (`estimated_scars`), also of one session.

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
        events = alignment.positions[rows[here]]
        if sessions == 1 and estimates.method is None:
            ranks = rank_with_refit(sample_of(alignment, rows[here]), events)
            p_value[here], p_floor[here] = ranks.p_value, ranks.p_floor
            continue
        scars = window_scars(alignment, estimates, chosen[here], events, int(sessions))
        enough = (n_obs[here] >= MIN_WINDOW_RATIO * sessions) | (sessions == 1)
        p_value[here], p_floor[here] = (np.where(enough, one, np.nan) for one in ranked_scars(scars))
        for i in here[~enough]:
            reason[i] = NO_RANK.format(need=MIN_WINDOW_RATIO * sessions, sessions=sessions, n=n_obs[i])
    if estimates.volatility is not None:
        still = np.isnan(p_value) & (reason == "")
        reason[still] = estimates.volatility.reason[chosen[still]]
    missing = np.isnan(estimates.headline.car[chosen, 0])
    p_value[missing] = p_floor[missing] = np.nan
    reason[missing] = MISSING
    return PairRanks(p_value, p_floor, reason)


def ranked_scars(scars: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rank the size of each event's standardized CAR, which stands last, among its placebos; NaN where it has none."""
    size = np.abs(scars)
    known = np.isfinite(size[:, -1])
    count = np.maximum(np.isfinite(size).sum(axis=1), 1)
    at_least = (size >= size[:, -1:] * (1 - TIE)).sum(axis=1)
    return np.where(known, at_least / count, np.nan), np.where(known, 1.0 / count, np.nan)


def clusters_of(alignment: Alignment, rows: NDArray[np.int64], spec: Spec) -> NDArray[np.int64]:
    """Give the cluster of each pair: connected event windows, or each pair its own where ``cluster`` is None.

    Bonds of one issuer on one event are never independent: they stay one cluster there too.
    """
    if spec.cluster is None:
        _, clusters = np.unique(_alone(alignment, rows), return_inverse=True)
        return np.asarray(clusters, dtype=np.int64)
    return overlap_clusters(*window_days(alignment, rows))


def _alone(alignment: Alignment, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each pair that does not depend on its place, shared by the bonds of one issuer on one event."""
    keys = _pair_keys(alignment, rows)
    issuers = [
        one.issuer or "" if isinstance(one, SovereignBond) else "" for one in alignment.panel.instruments
    ]
    names, numbers = np.unique(issuers, return_inverse=True)
    issuer = numbers[alignment.instrument[rows]]
    shared = np.flatnonzero(names[issuer] != "")
    _, group = np.unique(np.stack([issuer, alignment.event[rows]])[:, shared], axis=1, return_inverse=True)
    lowest = np.full(len(shared), np.iinfo(np.int64).max)
    np.minimum.at(lowest, group, keys[shared])
    keys[shared] = lowest[group]
    return keys


def day_keys(alignment: Alignment, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for the event session of each pair."""
    return np.asarray(alignment.design.sessions[alignment.positions[rows]].astype(np.int64) + DAY_ZERO)


def _pair_keys(alignment: Alignment, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each pair that does not depend on its place: event session and names."""
    ids, events = alignment.panel.ids, alignment.events.ids[alignment.event[rows]]
    names = [
        f"{event}\0{ids[place]}" for event, place in zip(events, alignment.instrument[rows], strict=True)
    ]
    return day_keys(alignment, rows) * 2**32 + np.array(
        [zlib.crc32(name.encode()) for name in names], dtype=np.int64
    )


def kind_groups(alignment: Alignment, rows: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Give the places of the pairs of each kind of move that enter averages over events.

    Kinds are never averaged with one another, and a move counts once: of events that first show in the same
    sessions of an instrument the one whose id comes first stands for all.
    """
    by_id = np.argsort(alignment.events.ids[alignment.event[rows]].astype(str), kind="stable")
    _, first = np.unique(alignment.move[rows][by_id], return_index=True)
    distinct = np.sort(by_id[first])
    kinds = np.array([str(one.kind) for one in alignment.design.series], dtype=object)
    names = kinds[alignment.series[rows[distinct]]]
    return {str(name): distinct[names == name] for name in sorted(set(names))}


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
    return tuple(
        one
        for kind, group in kind_groups(alignment, estimates.rows).items()
        for one in _of_one_kind(alignment, estimates, spec, seed, kind, group, clusters)
    )


def headline_means(alignment: Alignment, estimates: Estimates, spec: Spec) -> Iterator[Across]:
    """Test the mean headline move over events, kind by kind, by the t on cluster means alone."""
    clusters = clusters_of(alignment, estimates.rows, spec)
    for kind, group in kind_groups(alignment, estimates.rows).items():
        rows = estimates.rows[group]
        moves = estimates.headline.car[group, 0]
        yield Across(
            kind,
            alignment.design.series[alignment.series[rows[0]]].kind.unit,
            "CAAR",
            None,
            cluster_t(moves, clusters[group], name=_t_name(spec)),
            _mean(moves),
            _dates(alignment, rows),
        )


def _dates(alignment: Alignment, rows: NDArray[np.int64]) -> int:
    """Distinct event sessions of some pairs."""
    return len(np.unique(alignment.design.sessions[alignment.positions[rows]]))


def _t_name(spec: Spec) -> str:
    return "cluster t" if spec.cluster else "cross-sectional t (pairs taken as independent)"


def _of_one_kind(
    alignment: Alignment,
    estimates: Estimates,
    spec: Spec,
    seed: int,
    kind: str,
    group: NDArray[np.int64],
    clusters: NDArray[np.int64],
) -> Iterator[Across]:
    """Tests over the pairs of one kind of move."""
    rows = estimates.rows[group]
    n_dates = _dates(alignment, rows)
    unit = alignment.design.series[alignment.series[rows[0]]].kind.unit
    t_name = _t_name(spec)
    sums = np.concatenate([estimates.headline.car, estimates.sums.car], axis=1)[group]
    for w, window in enumerate((None, *spec.window_list)):
        mean = _mean(sums[:, w])
        tested = cluster_test(alignment, estimates, spec, window, group, clusters)
        yield Across(kind, unit, "CAAR", window, tested, mean, n_dates)
        permuted = _permutation(alignment, estimates, group, clusters, w, spec, seed)
        yield Across(kind, unit, "CAAR", window, permuted, mean, n_dates)
    for tau, moves in zip(spec.timeline.taus, estimates.abnormal.ar[group].T, strict=True):
        tested = cluster_t(moves, clusters[group], name=t_name)
        yield Across(kind, unit, "AAR", (tau, tau), tested, _mean(moves), n_dates)


def cluster_test(
    alignment: Alignment,
    estimates: Estimates,
    spec: Spec,
    window: Window | None,
    group: NDArray[np.int64],
    clusters: NDArray[np.int64],
) -> Outcome:
    """Test the mean sum of one kind's pairs over one window, or the headline, by the t on cluster means."""
    sums, w = (estimates.headline, 0) if window is None else (estimates.sums, spec.window_list.index(window))
    tested = cluster_t(sums.car[group, w], clusters[group], name=_t_name(spec))
    rows = estimates.rows[group]
    if tested.applies and window and _shares_fits(alignment, estimates, rows, group, window):
        tested = replace(tested, note=SHARED_FITS.format(sessions=window[1] - window[0] + 1))
    return tested


def _shares_fits(
    alignment: Alignment,
    estimates: Estimates,
    rows: NDArray[np.int64],
    group: NDArray[np.int64],
    window: Window,
) -> bool:
    """Whether a window is wide beside its estimation window, and events of one instrument share such windows.

    Where nothing is fitted there is no error to share.
    """
    if not estimates.fit.spent[group].any():
        return False
    wide = MIN_WINDOW_RATIO * (window[1] - window[0] + 1) > int(estimates.fit.n_obs[group].min())
    at = np.sort(
        alignment.on_instrument[rows]
    )  # instruments lie further apart than an estimation window is long
    return wide and bool(np.any(np.diff(at) < alignment.timeline.estimation_length))


def _mean(values: NDArray[np.float64]) -> float:
    """Mean of the finite values, summed in the order of their size: the same in any order of pairs."""
    known = np.sort(values[np.isfinite(values)])
    return float(known.mean()) if len(known) else float("nan")


def _permutation(
    alignment: Alignment,
    estimates: Estimates,
    group: NDArray[np.int64],
    clusters: NDArray[np.int64],
    w: int,
    spec: Spec,
    seed: int,
) -> Outcome:
    """Permute the dates of one kind's pairs for the headline (w = 0) or a window."""
    sums = estimates.headline if w == 0 else estimates.sums
    first, last = (0, 0) if w == 0 else spec.window_list[w - 1]
    rows = estimates.rows[group]
    lengths = np.full(len(rows), last - first + 1)
    if w == 0:
        lengths += (alignment.last - alignment.position)[rows]
    whole = sums.sessions[group, max(w - 1, 0)] == lengths
    rows, lengths, group = rows[whole], lengths[whole], group[whole]
    if not len(rows):
        return not_applicable(PERMUTATION, "no pair has every move of its window", n=0, n_clusters=0)
    block = joint_block(alignment, rows, lengths, first, clusters[group])
    need, fewest = MIN_WINDOW_RATIO * block, int(estimates.fit.n_obs[group].min())
    if fewest < need:
        joint = block > int(lengths.max())
        reason = (NO_JOINT if joint else NO_RANK).format(need=need, sessions=block, n=fewest)
        return not_applicable(PERMUTATION, reason, n=len(rows), n_clusters=len(np.unique(clusters[group])))
    scars, offsets = placebos(alignment, rows, lengths, first, estimates)
    apart = spec.cluster is None
    keys = _pair_keys(alignment, rows) if apart else day_keys(alignment, rows)
    outcome = date_permutation(scars, offsets, clusters[group], keys, seed, name=PERMUTATION)
    remarks = [outcome.note] if outcome.note else []
    if apart:
        remarks.append("pairs taken as independent")
    if not whole.all():
        lost = int(np.count_nonzero(~whole))
        which, do = ("pair", "does") if lost == 1 else ("pairs", "do")
        remarks.append(f"{lost} {which} with missing moves {do} not enter")
    return replace(outcome, note="; ".join(remarks))


def joint_block(
    alignment: Alignment,
    rows: NDArray[np.int64],
    lengths: NDArray[np.int64],
    first: int,
    clusters: NDArray[np.int64],
) -> int:
    """Sessions that the windows of one cluster cover together, where its placebo blocks must not overlap much.

    That is so where a single cluster or a few are all there are (with five, dates drawn for windows of eleven sessions
    in 150 reject 7 to 8 %), and where the windows of a cluster are staggered: the blocks that are shifted jointly are
    then longer than one window. Otherwise 1.
    """
    begin = alignment.positions[rows] + first
    epoch = np.datetime64("1970-01-01")
    opens = weekday_offsets(alignment.design.sessions[begin], epoch)
    closes = weekday_offsets(alignment.design.sessions[begin + lengths - 1], epoch)
    names, of_pair = np.unique(clusters, return_inverse=True)
    start, stop = np.full(len(names), opens.max()), np.full(len(names), closes.min())
    np.minimum.at(start, of_pair, opens)
    np.maximum.at(stop, of_pair, closes)
    staggered = np.zeros(len(names), dtype=bool)
    np.logical_or.at(staggered, of_pair, (opens != start[of_pair]) | (closes != stop[of_pair]))
    alone = int(lengths.max()) if len(names) < FEW_DATES else 1
    return int((stop - start + 1)[staggered].max(initial=alone))


def placebos(
    alignment: Alignment,
    rows: NDArray[np.int64],
    lengths: NDArray[np.int64],
    first: int,
    estimates: Estimates,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Standardized CARs of all placebo windows, and their distances from the event in working days."""
    width = alignment.timeline.estimation_length - int(lengths.min()) + 2
    scars = np.full((len(rows), width), np.nan)
    begin = alignment.positions[rows] + first
    for sessions in np.unique(lengths):
        here = np.flatnonzero(lengths == sessions)
        places = np.searchsorted(estimates.rows, rows[here])  # they stand in the order of the alignment
        placed = window_scars(alignment, estimates, places, begin[here], int(sessions))
        scars[here, : placed.shape[1] - 1], scars[here, -1] = placed[:, :-1], placed[:, -1]
    epoch = np.datetime64("1970-01-01")
    days = np.where(np.isnat(alignment.design.sessions), epoch, alignment.design.sessions)
    placements = (alignment.positions[rows] + alignment.timeline.estimation[0])[:, None] + np.arange(
        width - 1
    )
    distance = weekday_offsets(days[placements].ravel(), epoch).reshape(placements.shape)
    return scars, distance - weekday_offsets(days[begin], epoch)[:, None]
