"""Resampling: abnormal moves at placebo dates, refitted, and the permutation test made of them."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .least_squares import fit_rows, invert
from .outcome import Outcome, not_applicable
from .sample import Rows, Sample
from .single_event import TIE

__all__ = ["DRAWS", "MIN_POOL", "check_seed", "date_permutation", "placebo_scars"]

DRAWS = 9_999
"""Draws of a permutation that is not enumerated; up to this many it is."""

BLOCK = 2_048
"""Matrices inverted at once: their sweeps stay in the processor's cache."""

MIN_POOL = 20
"""Dates, the event's own included, below which a cluster cannot reach p = .05 on its own."""


def check_seed(seed: object) -> None:
    """Refuse what no generator can be seeded with.

    Raises
    ------
    InputError
    """
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or int(seed) < 0:  # type: ignore[call-overload]
        raise InputError("is no seed", parameter="seed", received=seed, allowed="a whole number from 0 on")


def placebo_scars(sample: Sample, events: NDArray[np.int64], sessions: int) -> NDArray[np.float64]:
    """Give the standardized CAR of every placebo window, each against a fit that leaves that window out.

    The event's own sessions are put into the sample, so that event and placebos are treated alike. With
    B the rows of a window, e the residuals of the whole sample and C = (X'X - X_B'X_B)^-1, the fit without
    the window predicts it with the residuals r = e_B + X_B C X_B'e_B, whose covariance is
    s^2 (I + X_B C X_B'), s^2 = (e'e - e_B'r) / (n - L - k).

    Parameters
    ----------
    sample : Sample
    events : ndarray of int, shape (N,)
        Position of the first session of each event's window.
    sessions : int
        Length L of the window [sessions].

    Returns
    -------
    ndarray, shape (N, length - L + 2)
        The window that starts at each position of the estimation window, and the event's own last; NaN where
        a window has not as many usable moves as the event's.
    """
    placements = np.append(np.arange(sample.length - sessions + 1), sample.length)
    scars = np.empty((len(events), len(placements)))
    for part in sample.chunks():
        rows = sample.rows(part, events, sessions)
        root_v = np.where(rows.usable, sample.roots(part, events, sessions), 0.0)
        scars[part] = _leave_out(rows, root_v, sessions)[:, placements]
    return scars


def _leave_out(rows: Rows, root_v: NDArray[np.float64], sessions: int) -> NDArray[np.float64]:
    """Standardized CAR of every window of a length, shape (N, rows - sessions + 1)."""
    y, x, usable = rows.y, rows.x, rows.usable
    k = len(x)
    _, _, residuals = fit_rows(y, x)
    inverse = _without_window(x, sessions)
    xe, xd = _over_window(x * residuals, sessions), _over_window(x * root_v, sessions)
    car, factor = _over_window(root_v * residuals, sessions), _over_window(root_v**2, sessions)
    explained = _over_window(residuals**2, sessions)
    for i in range(k):
        change = np.einsum("jnp,jnp->np", inverse[i], xe)
        car += xd[i] * change
        explained += xe[i] * change
        factor += xd[i] * np.einsum("jnp,jnp->np", inverse[i], xd)
    count = _over_window(usable.astype(np.float64), sessions)
    df = usable.sum(axis=1)[:, None] - count - k
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma2 = ((residuals**2).sum(axis=1)[:, None] - explained) / df
        scar = car / np.sqrt(sigma2 * factor)
    alike = (count == count[:, -1:]) & (count > 0) & (df > 0)
    return np.where(alike, scar, np.nan)


def _without_window(x: NDArray[np.float64], sessions: int) -> NDArray[np.float64]:
    """(X'X - X_B'X_B)^-1 of every window, shape (k, k, N, rows - sessions + 1)."""
    k, n, length = x.shape
    kept = np.empty((k, k, n, length - sessions + 1))
    for i in range(k):
        for j in range(i + 1):
            product = x[i] * x[j]
            kept[i, j] = kept[j, i] = product.sum(axis=1)[:, None] - _over_window(product, sessions)
    every = kept.reshape(k, k, kept.shape[2] * kept.shape[3])
    for begin in range(0, every.shape[2], BLOCK):
        part = slice(begin, begin + BLOCK)
        every[:, :, part] = invert(every[:, :, part])
    return kept


def _over_window(values: NDArray[np.float64], sessions: int) -> NDArray[np.float64]:
    """Sums over every window of a length: one pass a session over the whole array is faster than one sum a window."""
    windows = values.shape[-1] - sessions + 1
    total = values[..., :windows].copy()
    for j in range(1, sessions):
        total += values[..., j : j + windows]
    return total


def date_permutation(
    scars: NDArray[np.float64],
    offsets: NDArray[np.int64],
    clusters: NDArray[np.int64],
    keys: NDArray[np.int64],
    seed: int,
    *,
    name: str = "date permutation",
) -> Outcome:
    """Test a mean standardized CAR against dates drawn at random, one date a cluster.

    For each cluster one date is drawn for all its pairs, the event's own among them, with the spacing of the
    pairs kept; the statistic is the mean over clusters of the mean SCAR in a cluster, where mean and variance
    were refitted at each date. p = (1 + #{abs(stat) >= abs(observed)}) / (n + 1) over n draws, or the exact
    share where all combinations can be listed.

    Parameters
    ----------
    scars : ndarray, shape (N, P + 1)
        As `placebo_scars` gives them: P placebo windows, the event's last.
    offsets : ndarray of int, shape (N, P)
        Calendar distance of each placebo window from the event: equal distances are one date for all pairs
        of a cluster.
    clusters : ndarray of int, shape (N,)
        Cluster of each pair.
    keys : ndarray of int, shape (N,)
        A number that names the cluster by what it is (its date), not by its place in the order.
    seed : int
        Seed of the draws.
    name : str
        Name under which the outcome is shown.

    Returns
    -------
    Outcome
        With ``p_floor``, the smallest p that can be reached; with one cluster the test is joint: "unusual day".

    References
    ----------
    Lehmann and Romano (2005), Testing Statistical Hypotheses, section 15.2.
    """
    known = np.isfinite(scars[:, -1])
    members = [np.flatnonzero(known & (clusters == cluster)) for cluster in np.unique(clusters[known])]
    n, groups = int(known.sum()), len(members)
    if not n:
        return not_applicable(name, "no pair has a value", n_clusters=0, n=0)
    pools = [_pool(scars[rows], offsets[rows]) for rows in members]
    if min(map(len, pools)) < MIN_POOL:
        reason = f"a cluster has fewer than {MIN_POOL - 1} placebo dates that all its pairs share"
        return not_applicable(name, reason, n=n, n_clusters=groups)
    observed = _mean([pool[-1:] for pool in pools])[0]
    names = [int(keys[rows].min()) for rows in members]
    statistics, exact = _reference(pools, names, seed)
    hits = int(np.count_nonzero(np.abs(statistics) >= abs(observed) * (1.0 - TIE)))
    total = len(statistics)
    p_value, floor = (hits / total, 1 / total) if exact else ((1 + hits) / (total + 1), 1 / (total + 1))
    note = "enumerated" if exact else f"{total} draws, seed {seed}"
    if groups == 1:
        note += "; one date cluster: a joint test of unusual days, not of a mean over events"
    return Outcome(name, float(observed), p_value, n=n, n_clusters=groups, p_floor=floor, note=note)


def _pool(scars: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean SCAR of a cluster at each date that all its pairs share, the event's own date last."""
    placed = [_by_offset(row[:-1], at) for row, at in zip(scars, offsets, strict=True)]
    shared = reduce(np.intersect1d, [at for at, _ in placed])
    pool = np.zeros(len(shared) + 1)
    # In the order of their own values: the last bit of a sum depends on its order.
    for i in np.argsort(scars[:, -1], kind="stable"):
        at, values = placed[i]
        pool[:-1] += values[np.searchsorted(at, shared)]
        pool[-1] += scars[i, -1]
    return pool / len(scars)


def _by_offset(
    row: NDArray[np.float64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Known placebo values by their distance; where two share one (a weekend quote), the first."""
    known = np.isfinite(row)
    at, first = np.unique(offsets[known], return_index=True)
    return at, row[known][first]


def _reference(
    pools: list[NDArray[np.float64]], names: list[int], seed: int
) -> tuple[NDArray[np.float64], bool]:
    """Statistics under the null: every combination of dates, or draws keyed by cluster."""
    if np.prod([float(len(pool)) for pool in pools]) <= DRAWS:
        grids = np.meshgrid(*pools, indexing="ij")
        return _mean([grid.ravel() for grid in grids]), True
    drawn = (
        pool[np.random.default_rng([seed, name]).integers(0, len(pool), DRAWS)]
        for pool, name in zip(pools, names, strict=True)
    )
    return reduce(np.add, drawn) / len(pools), False


def _mean(values: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    return reduce(np.add, values) / len(values)
