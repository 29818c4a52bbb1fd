"""p-values of the tests over events, for many draws at once.

Closed forms are written over draws; a study of the package itself is run on the first draws of every row, and its
p-values must be the same. What is costly or intricate is the package's own function, called draw by draw.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy import stats

from marketimpact.maths.bhar import buy_and_hold
from marketimpact.maths.block_bootstrap import stationary_bootstrap
from marketimpact.maths.calendar_time import CalendarTime, calendar_time_t
from marketimpact.maths.outcome import Outcome
from marketimpact.maths.rank_tests import average_ranks
from marketimpact.maths.resample import MIN_POOL, placebo_scars
from marketimpact.maths.sign_change import sign_change
from marketimpact.maths.sign_tests import positive_share, sign_test, wilcoxon_signed_rank
from marketimpact.maths.single_event import TIE
from marketimpact.maths.wild_bootstrap import FEW_CLUSTERS, wild_bootstrap
from marketimpact.study.joint_shift import LONG_RING
from marketimpact.study.over_time import MOST_INFLATION

from .batch import Batch, Floats, Ints

PERMUTATIONS = 399
"""Draws of a permutation or bootstrap that is not enumerated, one in twenty of 400 at 5 %; a study takes 9,999."""

IN_CACHE = 16

SCALE = 0.01
"""Standard deviation of the log moves behind buy-and-hold moves."""

TOGETHER = 50
"""Draws of a situation that share the draws of a permutation."""


def _normal(z: Floats) -> Floats:
    return np.asarray(2.0 * stats.norm.sf(np.abs(z)))


def _student(t: Floats, df: Floats | float) -> Floats:
    return np.asarray(2.0 * stats.t.sf(np.abs(t), df))


def _t(values: Floats) -> Floats:
    n = values.shape[1]
    return np.asarray(np.sqrt(n) * values.mean(axis=1) / values.std(axis=1, ddof=1))


def cluster_t(b: Batch) -> Floats:
    means = _cluster_means(b, b.car)
    groups = means.shape[1]
    return _student(_t(means), groups - 1) if groups > 1 else np.full(b.draws, np.nan)


def cross_sectional(b: Batch) -> Floats:
    return _student(_t(b.car), b.n - 1)


def skewness_adjusted(b: Batch) -> Floats:
    mean, sd = b.car.mean(axis=1), b.car.std(axis=1, ddof=1)
    ratio, skew = mean / sd, ((b.car - mean[:, None]) ** 3).mean(axis=1) / sd**3
    hall = ratio + skew * ratio**2 / 3.0 + skew**2 * ratio**3 / 27.0 + skew / (6.0 * b.n)
    return _student(np.sqrt(b.n) * hall, b.n - 1)


def crude(b: Batch) -> Floats:
    root = np.sqrt(b.windows.v[:, : b.total])
    average = (b.e * root).mean(axis=1)[:, b.known.all(axis=0)]
    total = average.shape[1]
    if total < 30:
        return np.full(b.draws, np.nan)
    squares = ((average - average.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    error = np.sqrt(squares / (total - b.k) * (b.sessions + b.sessions**2 / total))
    return _student(b.car.mean(axis=1) / error, total - b.k)


def patell(b: Batch) -> Floats:
    return _normal(b.scar.sum(axis=1) / np.sqrt((b.df / (b.df - 2.0)).sum()))


def adjusted_patell(b: Batch) -> Floats:
    spread = (b.df / (b.df - 2.0)).sum() * (1.0 + (b.n - 1) * b.r)
    return _normal(b.scar.sum(axis=1) / np.sqrt(spread))


def bmp(b: Batch) -> Floats:
    return _student(_t(b.scar), b.n - 1)


def kolari_pynnonen(b: Batch) -> Floats:
    t = _t(b.scar) * np.sqrt((1.0 - b.r) / (1.0 + (b.n - 1) * b.r))
    return _student(t, b.spread_df)


def _ranked(rows: Floats) -> Floats:
    return average_ranks(rows.reshape(-1, rows.shape[-1])).reshape(rows.shape)


def _mean_rank(b: Batch, event: Floats) -> Floats:
    ranks = _ranked(np.concatenate([b.standard, event], axis=-1))
    known = np.concatenate([b.known, np.full((b.n, b.sessions), True)], axis=1)
    u = np.where(known, ranks / (1 + known.sum(axis=1, keepdims=True)) - 0.5, 0.0)
    counts = known.sum(axis=0)
    daily = u.sum(axis=1) / np.sqrt(np.maximum(counts, 1))
    spread = np.sqrt((daily**2).sum(axis=1) / np.count_nonzero(counts))
    return _normal(daily[:, b.total :].sum(axis=1) / (np.sqrt(b.sessions) * spread))


def corrado(b: Batch) -> Floats:
    return _mean_rank(b, b.event)


def corrado_zivney(b: Batch) -> Floats:
    return _mean_rank(b, b.event / b.event.std(axis=1, ddof=1, keepdims=True))


def _grank_rows(b: Batch, r: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean U of the event day, the sum of squares of the other rows, and the pairs of each row."""
    if b.grank is None or not np.array_equal(b.grank[0], r):
        b.grank = (r, _grank_ranked(b, r))
    return b.grank[1]


def _grank_ranked(b: Batch, r: Floats) -> tuple[Floats, Floats, Floats]:
    rescaled = b.scar * (np.sqrt(1.0 - r) / b.scar.std(axis=1, ddof=1))[:, None]
    ranks = _ranked(np.concatenate([b.standard, rescaled[..., None]], axis=-1))
    known = np.concatenate([b.known, np.full((b.n, 1), True)], axis=1)
    u = np.where(known, ranks / (known.sum(axis=1, keepdims=True) + 1) - 0.5, 0.0)
    counts = known.sum(axis=0)
    squares = (counts / b.n) * (u.sum(axis=1) / np.maximum(counts, 1)) ** 2
    return u[..., -1].mean(axis=1), squares[:, :-1].sum(axis=1), counts


def grank_t(b: Batch) -> Floats:
    mean, rest, counts = _grank_rows(b, b.r)
    total = np.count_nonzero(counts) - 1
    z2 = mean**2 * (total + 1) / (rest + mean**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _student(np.where(z2 < total, np.sqrt(z2 * (total - 1) / (total - z2)), np.inf), total - 1)


def grank_z(b: Batch) -> Floats:
    mean, _, _ = _grank_rows(b, np.zeros(b.draws))
    totals = b.known.sum(axis=1)
    error = np.sqrt((totals / (12 * (totals + 2))).sum()) / b.n
    correlated = (b.n - 1) * b.r > MOST_INFLATION
    return np.where(correlated | (len(np.unique(b.clusters)) < b.n), np.nan, _normal(mean / error))


@lru_cache(maxsize=4096)
def _sign_p(n: int, positive: int) -> float:
    return sign_test(np.append(np.ones(positive), -np.ones(n - positive))).p_value


def sign(b: Batch) -> Floats:
    n = (~b.still).sum(axis=1)
    positive = ((b.car > 0.0) & ~b.still).sum(axis=1)
    return np.array([_sign_p(int(i), int(j)) for i, j in zip(n, positive, strict=True)])


def generalized_sign(b: Batch) -> Floats:
    root = np.sqrt(b.windows.v[:, : b.total])
    if b.sessions > b.total:
        return np.full(b.draws, np.nan)
    moves = np.where(b.known, b.e * root, np.nan).reshape(-1, b.total)
    quiet = (b.y[:, :, : b.total] == 0.0).reshape(-1, b.total)
    p = positive_share(moves, sessions=b.sessions, still=quiet).reshape(b.draws, b.n)
    counted = np.isfinite(p) & ~b.still
    p = np.where(counted, p, 0.0)
    positive = ((b.car > 0.0) & counted).sum(axis=1)
    deviation = np.sqrt((p * (1.0 - p)).sum(axis=1))
    enough = (counted.sum(axis=1) >= 10) & (deviation > 0.0)
    return np.where(enough, _normal((positive - p.sum(axis=1)) / np.where(enough, deviation, 1.0)), np.nan)


def wilcoxon(b: Batch) -> Floats:
    rows = zip(b.car, b.still, strict=True)
    return np.array([wilcoxon_signed_rank(car, still=still).p_value for car, still in rows])


def permutation(b: Batch, seed: int) -> Floats:
    """One date a cluster, refitted at each; what `date_permutation` gives with the same seed.

    Fifty draws of the situation share the draws of the permutation, which do not depend on the moves.
    """
    sample, events = b.sample()
    scars = placebo_scars(sample, events, b.sessions).reshape(b.draws, b.n, -1)
    pools, keys = _pools(b, scars)
    p = np.full(b.draws, np.nan)
    if min(pool.shape[1] for pool in pools) < MIN_POOL:
        return p
    for begin in range(0, b.draws, TOGETHER):
        part = slice(begin, begin + TOGETHER)
        some = [pool[part] for pool in pools]
        observed = sum(pool[:, -1] for pool in some) / len(pools)
        if len(pools) == 1:
            drawn, mine = some[0], 0
        else:
            places = [_places(seed + begin, key, pool.shape[1]) for key, pool in zip(keys, some, strict=True)]
            drawn = sum(pool[:, at] for pool, at in zip(some, places, strict=True)) / len(pools)
            mine = 1
        hits = np.count_nonzero(np.abs(drawn) >= np.abs(observed)[:, None] * (1.0 - TIE), axis=1)
        p[part] = (hits + mine) / (drawn.shape[1] + mine)
    return p


def _pools(b: Batch, scars: Floats) -> tuple[list[Floats], list[int]]:
    """Mean SCAR of each cluster at each date that its pairs share, the event's last, and what names the cluster.

    Pairs of one cluster begin on one day here, or their permutation is refused.
    """
    begin = b.windows.days[:, b.total]
    pools, keys = [], []
    for cluster in np.unique(b.clusters):
        rows = np.flatnonzero(b.clusters == cluster)
        whole = np.isfinite(scars[0, rows]).all(axis=0)
        pools.append(scars[:, rows][:, :, whole].mean(axis=1))
        keys.append(int(begin[rows].min()) + 1)
    return pools, keys


@lru_cache(maxsize=256)
def _places(seed: int, key: int, length: int) -> Ints:
    return np.random.default_rng([seed, key]).integers(0, length, PERMUTATIONS)


def _bootstrapped(b: Batch, seed: int, test: Callable[..., Outcome], **options: str) -> Floats:
    """Run a test of means over clusters on every draw, by the package's function."""
    if len(np.unique(b.clusters)) < 2:
        return np.full(b.draws, np.nan)
    found = [
        test(car, b.clusters, np.random.default_rng([seed + i, 1]), draws=PERMUTATIONS, **options).p_value
        for i, car in enumerate(b.car)
    ]
    return np.array(found)


def wild(b: Batch, seed: int) -> Floats:
    return _bootstrapped(b, seed, wild_bootstrap)


def webb(b: Batch, seed: int) -> Floats:
    if len(np.unique(b.clusters)) >= FEW_CLUSTERS:
        return np.full(b.draws, np.nan)
    return _bootstrapped(b, seed, wild_bootstrap, weights="webb")


def signs_changed(b: Batch, seed: int) -> Floats:
    return _bootstrapped(b, seed, sign_change)


def stationary(b: Batch, seed: int) -> Floats:
    return _bootstrapped(b, seed, stationary_bootstrap)


def joint_shift(b: Batch) -> Floats:
    """All windows shifted together round the ring of sessions, by the mean over clusters."""
    return _by_shift(b)[0]


def joint_shift_t(b: Batch) -> Floats:
    """The same by the t over pairs."""
    return _by_shift(b)[1] if b.n >= 5 else np.full(b.draws, np.nan)


def _by_shift(b: Batch) -> Floats:
    """p of both statistics, shape (2, D); for a constant mean alone, and quotes that are all there."""
    if b.shifts is None:
        if np.isnan(b.series[0]).any() or b.k > 1:
            b.shifts = np.full((2, b.draws), np.nan)
        else:
            # Few draws at once stay in the processor's cache.
            parts = (slice(begin, begin + IN_CACHE) for begin in range(0, b.draws, IN_CACHE))
            b.shifts = np.concatenate([_shifted(b, b.series[part]) for part in parts], axis=1)
    return b.shifts


def _shifted(b: Batch, series: Floats) -> Floats:
    n = series.shape[2]
    running = [
        np.concatenate([np.zeros((*series.shape[:2], 1)), np.cumsum(np.tile(one, 3), axis=2)], axis=2)
        for one in (series, series**2)
    ]
    _, of, sizes = np.unique(b.clusters, return_inverse=True, return_counts=True)
    by_cluster, by_pair, square = np.zeros((3, len(series), n))
    for i, size in enumerate(sizes[of]):
        scar = _scar_by_shift(b, running, i)
        by_cluster += scar / size
        by_pair += scar
        square += scar**2
    mean = by_pair / b.n
    with np.errstate(invalid="ignore", divide="ignore"):
        t = mean / np.sqrt(square - b.n * mean**2)
    days = np.arange(n)
    apart = b.sessions if n >= LONG_RING * b.sessions else 1
    chosen = (np.minimum(days, n - days) >= apart) | (days == 0)
    sizes_of = (np.abs(one[:, chosen]) for one in (by_cluster, t))
    return np.array([(size >= size[:, :1] * (1.0 - TIE)).mean(axis=1) for size in sizes_of])


def _scar_by_shift(b: Batch, running: list[Floats], i: int) -> Floats:
    """Standardized CAR of one pair at every shift, shape (D, S), from running sums of moves and squares."""
    n = b.series.shape[2]
    begin, instrument = int(b.windows.days[i, 0]), int(b.windows.instrument[i])
    moves, squares = (one[:, instrument] for one in running)
    fitted = [_around(one, begin, b.total, n) for one in (moves, squares)]
    lost = np.flatnonzero(~b.known[i])
    for hole in np.split(lost, np.flatnonzero(np.diff(lost) > 1) + 1):
        if len(hole):
            for one, run in zip(fitted, (moves, squares), strict=True):
                one -= _around(run, begin + int(hole[0]), len(hole), n)
    count = float(b.known[i].sum())
    sigma2 = (fitted[1] - fitted[0] ** 2 / count) / (count - 1.0)
    car = _around(moves, begin + b.total, b.sessions, n) - b.sessions * fitted[0] / count
    return np.asarray(car / np.sqrt(sigma2 * (b.sessions + b.sessions**2 / count)))


def _around(running: Floats, begin: int, length: int, n: int) -> Floats:
    """Sum over a run of days shifted by 0 to n - 1, shape (D, n)."""
    stop = begin + length
    return np.asarray(running[:, stop : stop + n] - running[:, begin : begin + n])


def calendar_time(b: Batch, seed: int) -> Floats:
    """The package's function on every draw."""
    days, groups = b.windows.days, len(np.unique(b.clusters))
    event_days, estimation_days = days[:, b.total :], days[:, : b.total]
    found = (
        CalendarTime(event, event_days.copy(), residuals, estimation_days.copy(), b.weights[0].copy())
        for event, residuals in zip(b.event.copy(), b.standard.copy(), strict=True)
    )
    return np.array([calendar_time_t(one, b.k, n_clusters=groups).p_value for one in found])


def _bhar_means(b: Batch) -> Floats:
    """Mean BHAR of each cluster, shape (D, G), of log moves with a deviation of 1 %."""
    ar = b.event * (b.s[..., None] * np.sqrt(b.windows.v[:, b.total :]))
    moves = b.y[:, :, b.total :]
    variance = b.s[..., None] ** 2 * b.windows.v[:, b.total :]
    flat = (SCALE * moves, SCALE * (moves - ar), SCALE**2 * variance)
    y, normal, extra = (one.reshape(-1, b.sessions) for one in flat)
    values = buy_and_hold(y, normal, rule="log", variance=extra).reshape(b.draws, b.n)
    return _cluster_means(b, values)


def _cluster_means(b: Batch, values: Floats) -> Floats:
    names, of = np.unique(b.clusters, return_inverse=True)
    member = (np.arange(len(names))[:, None] == of).astype(np.float64)
    return np.asarray(values @ (member / member.sum(axis=1, keepdims=True)).T)


def bhar(b: Batch) -> Floats:
    means = _bhar_means(b)
    groups = means.shape[1]
    return _student(_t(means), groups - 1) if groups > 1 else np.full(b.draws, np.nan)


def bhar_skewness(b: Batch) -> Floats:
    """The form of Johnson, over the means of clusters."""
    means = _bhar_means(b)
    groups = means.shape[1]
    if groups < 5:
        return np.full(b.draws, np.nan)
    mean, sd = means.mean(axis=1), means.std(axis=1, ddof=1)
    ratio, skew = mean / sd, ((means - mean[:, None]) ** 3).mean(axis=1) / sd**3
    return _student(np.sqrt(groups) * (ratio + skew * ratio**2 / 3.0 + skew / (6.0 * groups)), groups - 1)
