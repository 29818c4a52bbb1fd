"""The stationary bootstrap: blocks of random length, which keep the dependence of observations that follow another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .dependence import cluster_means
from .outcome import Outcome, not_applicable
from .parametric import EQUAL
from .resample import DRAWS
from .wild_bootstrap import CELLS, checked_draws

__all__ = [
    "BLOCK",
    "FEWEST_CLUSTERS",
    "block_length",
    "block_variance",
    "stationary_bootstrap",
    "stationary_indices",
]

BLOCK = "stationary block bootstrap"

FEWEST_CLUSTERS = 20
"""Clusters below which the length of blocks cannot be told: correlations of so few say nothing."""

FEWEST_BLOCKS = 5
"""Blocks that a draw has on average at least: the spread of fewer says nothing."""

QUIET_LAGS = 5
"""Lags in a row whose correlation must be small before the correlogram counts as over."""


def block_length(values: NDArray[np.float64]) -> float:
    """Give the mean length of blocks that suits the mean of a series, from its correlogram.

    b = (2 g^2 / D)^(1/3) n^(1/3), g = sum_k w(k/M) abs(k) R(k), D = 2 (sum_k w(k/M) R(k))^2 over lags from -M to M,
    with R(k) the autocovariance, divisor n, and the flat-top window w(s) = 1 to s = 1/2, then 2 (1 - s) to s = 1. M is
    twice the first lag from which on five in a row have abs(R(k) / R(0)) below 2 sqrt(log10(n) / n). The length is at
    most 3 sqrt(n) and n / 3, rounded up, and at least 1, at which single observations are drawn.

    Parameters
    ----------
    values : ndarray, shape (n,)
        In order of time, none missing.

    Returns
    -------
    float
        Mean length [observations]; 1 where the values do not vary.

    References
    ----------
    Politis and White (2004), doi:10.1081/ETC-120028836; Patton, Politis and White (2009),
    doi:10.1080/07474930802459016, which corrects D.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal(500)
    >>> round(block_length(noise), 2), round(block_length(np.convolve(noise, np.ones(5))), 2)
    (1.0, 11.16)
    """
    n = len(values)
    deviations = values - values.mean() if n else values
    if n < 3 or np.abs(deviations).max() <= EQUAL * np.abs(values).max():
        return 1.0
    most = min(int(np.ceil(np.sqrt(n))) + QUIET_LAGS, n - 1)
    covariances = _autocovariances(deviations, most)
    loud = np.abs(covariances) >= 2.0 * np.sqrt(np.log10(n) / n) * covariances[0]
    quiet = (lag for lag in range(1, most - QUIET_LAGS + 2) if not loud[lag : lag + QUIET_LAGS].any())
    lags = np.arange(1, min(2 * next(quiet, most), most) + 1)
    weights = np.minimum(1.0, 2.0 * (1.0 - lags / lags[-1])) * covariances[lags]
    long_run = covariances[0] + 2.0 * weights.sum()
    longest = float(np.ceil(min(3.0 * np.sqrt(n), n / 3.0)))
    slope = 2.0 * float(lags @ weights)
    if abs(slope) >= longest**1.5 * abs(long_run) / np.sqrt(n):  # also where the long-run variance is zero
        return longest
    return max(float(np.cbrt((slope / long_run) ** 2 * n)), 1.0)


def _autocovariances(deviations: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Autocovariances of deviations from a mean with divisor n, at lags 0 to ``most``."""
    n = len(deviations)
    return np.array([deviations[lag:] @ deviations[: n - lag] for lag in range(most + 1)]) / n


def block_variance(values: NDArray[np.float64], mean_block: float) -> float:
    """Give the variance of the mean that the stationary bootstrap has, without drawing.

    (R(0) + 2 sum_k ((1 - k/n) q^k + (k/n) q^(n-k)) R(k)) / n, q = 1 - 1/b, k from 1 to n - 1; R(0) / n at b = 1.

    Parameters
    ----------
    values : ndarray, shape (n,)
        In order of time, none missing.
    mean_block : float
        Mean length b of the blocks [observations].

    Returns
    -------
    float

    References
    ----------
    Politis and Romano (1994), doi:10.1080/01621459.1994.10476870, lemma 1.

    Examples
    --------
    >>> block_variance(np.array([1.0, 2.0, 3.0, 6.0]), 1.0)
    0.875
    """
    n = len(values)
    deviations = values - values.mean()
    q = 1.0 - 1.0 / max(mean_block, 1.0)
    lags = np.arange(1, n)
    weights = (1.0 - lags / n) * q**lags + lags / n * q ** (n - lags)
    # A weight this small leaves no trace in the sum.
    reach = int(np.count_nonzero(np.maximum.accumulate(weights[::-1])[::-1] > 1e-18))
    covariances = _autocovariances(deviations, reach)
    return float(covariances[0] + 2.0 * (weights[:reach] @ covariances[1:])) / n


def stationary_indices(n: int, mean_block: float, rng: np.random.Generator, draws: int) -> NDArray[np.int64]:
    """Draw the places of stationary bootstrap samples: blocks that begin anywhere, of geometric length.

    At each place a new block begins with probability 1 / b, at an observation drawn at random; else the next
    observation follows, the first after the last. A sample of a stationary series is then stationary too.

    Parameters
    ----------
    n : int
        Observations.
    mean_block : float
        Mean length b of the blocks [observations], 1 or more.
    rng : Generator
    draws : int

    Returns
    -------
    ndarray of int, shape (draws, n)

    Raises
    ------
    InputError
        For no observations, no draws, or blocks shorter than 1.

    References
    ----------
    Politis and Romano (1994), doi:10.1080/01621459.1994.10476870.

    Examples
    --------
    >>> stationary_indices(8, 4.0, np.random.default_rng(3), 2).tolist()
    [[6, 2, 3, 4, 5, 6, 7, 2], [7, 0, 1, 2, 3, 4, 5, 6]]
    """
    return _drawn(n, mean_block, rng, draws)[0]


def _drawn(
    n: int, mean_block: float, rng: np.random.Generator, draws: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw places, and for each the place in the sample at which its block begins; both of shape (draws, n)."""
    if n < 1:
        raise InputError("needs an observation or more", parameter="n", received=n, allowed="1 or more")
    if not mean_block >= 1.0:
        raise InputError(
            "is shorter than an observation", parameter="mean_block", received=mean_block, allowed="1 or more"
        )
    checked_draws(draws)
    at = np.arange(n)
    begins = rng.random((draws, n)) < 1.0 / mean_block
    begins[:, 0] = True
    firsts = rng.integers(0, n, (draws, n))
    begun = np.maximum.accumulate(np.where(begins, at, 0), axis=1)
    return (np.take_along_axis(firsts, begun, axis=1) + at - begun) % n, begun


def stationary_bootstrap(
    values: NDArray[np.float64],
    clusters: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    mean_block: float | None = None,
) -> Outcome:
    """Test a mean over clusters that may depend on the clusters before them, by the stationary bootstrap.

    The means of the clusters, in the order of the clusters' numbers, are drawn in blocks. With m the mean of the G
    cluster means, t = m / s, s^2 the variance that the bootstrap gives the mean (`block_variance`); of a draw
    t* = (m* - m) / s*, s*^2 = sum_j (sum over block j of (x - m*))^2 / G^2, its own blocks taken as independent;
    p = (1 + #{abs(t*) >= abs(t)}) / (draws + 1). A draw whose blocks do not vary, such as a single one, counts against
    the event.

    It is worth reading beside the t on cluster means where news comes in spells. It needs many clusters: of 5 % tests
    reject, with cluster means of autocorrelation 0, .2 and .5, 4, 8 and 17 % at 20 clusters and 5, 7 and 8 % at 100,
    where the t on cluster means rejects 5, 11 and 26 %.

    Parameters
    ----------
    values : ndarray, shape (N,)
        Abnormal moves or their sums over one window, of one kind [move unit]; NaN where missing.
    clusters : ndarray of int, shape (N,)
        Cluster of each pair, numbered in order of time.
    rng : Generator
        Source of the blocks.
    draws : int
    mean_block : float, optional
        Mean length of the blocks [clusters]; when not given `block_length` of the cluster means, at most
        a fifth of their number.

    Returns
    -------
    Outcome
        ``estimate`` is the mean of the cluster means. Not applicable with fewer than `FEWEST_CLUSTERS` clusters, or
        where their means do not vary.

    Raises
    ------
    InputError
        For no draws, or blocks shorter than 1.

    References
    ----------
    Politis and Romano (1994), doi:10.1080/01621459.1994.10476870; Götze and Künsch (1996), doi:10.1214/aos/1069362303.

    Examples
    --------
    >>> moves = np.random.default_rng(1).standard_normal(40) + 0.5
    >>> outcome = stationary_bootstrap(moves, np.arange(40), np.random.default_rng(0), draws=999)
    >>> outcome.p_value, outcome.note
    (0.002, '999 draws, blocks of 1.0 clusters on average')
    """
    checked_draws(draws)
    means = cluster_means(values, clusters)
    n, groups = int(np.isfinite(values).sum()), len(means)
    if groups < FEWEST_CLUSTERS:
        reason = (
            f"needs {FEWEST_CLUSTERS} date clusters or more, has {groups}" if n else "no pair has a value"
        )
        return not_applicable(BLOCK, reason, n=n, n_clusters=groups)
    if np.ptp(means) <= EQUAL * np.abs(means).max():
        return not_applicable(BLOCK, "the cluster means do not vary", n=n, n_clusters=groups)
    block = min(block_length(means), groups / FEWEST_BLOCKS) if mean_block is None else mean_block
    mean, error = float(means.mean()), float(np.sqrt(block_variance(means, block)))
    drawn = np.concatenate(list(_statistics(means, block, rng, draws)))
    hits = int(np.count_nonzero(drawn >= abs(mean / error) * (1.0 - EQUAL)))
    floor = (1 + int(np.count_nonzero(np.isinf(drawn)))) / (draws + 1)
    return Outcome(
        BLOCK, mean / error, (1 + hits) / (draws + 1), mean, error, n=n, n_clusters=groups,
        p_floor=floor, note=f"{draws} draws, blocks of {block:.1f} clusters on average",
        parts=(("mean block", block), ("draws", float(draws)), ("draws not below", float(hits))),
    )  # fmt: skip


def _statistics(
    means: NDArray[np.float64], block: float, rng: np.random.Generator, draws: int
) -> Iterator[NDArray[np.float64]]:
    """Give abs(t*) of the draws in blocks of rows; infinite where the blocks of a draw do not vary."""
    n, most = len(means), max(CELLS // len(means), 1)
    for begin in range(0, draws, most):
        places, begun = _drawn(n, block, rng, min(most, draws - begin))
        sample = means[places]
        centre = sample.mean(axis=1)
        running = np.cumsum(sample - centre[:, None], axis=1)
        ends = np.ones(places.shape, dtype=bool)
        ends[:, :-1] = begun[:, 1:] > begun[:, :-1]
        before = np.take_along_axis(running, np.maximum(begun - 1, 0), axis=1)
        sums = np.where(ends, running - np.where(begun > 0, before, 0.0), 0.0)
        spread = np.sqrt((sums**2).sum(axis=1)) / n
        flat = spread <= EQUAL * np.abs(sample).max(axis=1)
        yield np.where(flat, np.inf, np.abs(centre - means.mean()) / np.where(flat, 1.0, spread))
