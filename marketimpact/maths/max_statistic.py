"""Which of several candidate sessions moved: the largest abnormal move, and how often chance makes one as large.

Where the day of an event is uncertain, its L candidate sessions follow one another and at most one of them
carries the effect. Testing the largest of 3, 5 or 11 days as if it were the only one rejects 14, 22 or 42 %
at a nominal 5 %. Both tests here judge the largest as the largest: by its rank, or by a multivariate t.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

from .frozen import Frozen, read_only
from .least_squares import fit_rows
from .sample import Sample
from .single_event import TIE

__all__ = ["MaxRanks", "SupT", "max_with_refit", "path_quantile", "sup_t", "sup_t_of_means", "sup_t_quantile"]

DRAWS = 20_000
"""Draws behind a sup-t p-value: its simulation error is about .3 % of the p-value itself."""

MOST_NORMALS = 1_000_000
"""Normals drawn at once behind a band of means."""


@dataclass(frozen=True, slots=True, eq=False)
class MaxRanks(Frozen):
    """Rank p-values of the largest of L candidate sessions, for N pairs.

    Attributes
    ----------
    p_value : ndarray, shape (N,)
        Chance that L of the T + L residuals, drawn at random, hold one at least as large as the largest
        candidate; NaN where a candidate is unknown.
    p_floor : ndarray, shape (N,)
        L / (T + L), the smallest p that can be reached: .05 or less needs T >= 19 L.
    which : ndarray of int, shape (N,)
        The largest candidate, from 0 to L - 1, the first of equals; -1 where a candidate is unknown.

    Examples
    --------
    >>> ranks = MaxRanks(np.array([0.04]), np.array([0.02]), np.array([1]))
    >>> f"the second candidate, p = {ranks.p_value[0]}, at the least {ranks.p_floor[0]}"
    'the second candidate, p = 0.04, at the least 0.02'
    """

    p_value: NDArray[np.float64]
    p_floor: NDArray[np.float64]
    which: NDArray[np.int64]

    def __post_init__(self) -> None:
        read_only(self.p_value, self.p_floor, self.which)


def max_with_refit(sample: Sample, events: NDArray[np.int64], sessions: int) -> MaxRanks:
    """Rank the largest abnormal move of L candidate sessions among all residuals, with refit.

    All candidates are put into the sample, and the model is fitted again on the T + L observations. Of the
    T + L residuals m are at least as large as the largest candidate's, itself included; ties count against
    the event. Under exchangeable errors the candidates are L of the T + L drawn at random, so that

    p = 1 - C(T + L - m, L) / C(T + L, L),

    the chance that a draw of L holds one of the m. It is exact at its attainable levels, of which the
    smallest is L / (T + L); with one candidate it is `rank_with_refit`. It says "unusual day", not more: a
    burst of variance makes a large move too.

    Parameters
    ----------
    sample : Sample
        Its moves are weighted: one over several sessions is compared after division by the root of its
        variance ratio.
    events : ndarray of int, shape (N,)
        Position of each pair's first candidate.
    sessions : int
        Candidates L of every pair [sessions].

    Returns
    -------
    MaxRanks

    References
    ----------
    Gelbach, Helland and Klick (2013), the SQ test of one day, doi:10.1093/aler/aht006.

    Examples
    --------
    >>> y, known = np.array([1.0, -1.0] * 20 + [0.0, 5.0]), np.full(42, True)
    >>> sample = Sample(y, np.ones((1, 42)), np.ones(42), known, known, np.array([0]), 40)
    >>> ranks = max_with_refit(sample, np.array([40]), 2)
    >>> ranks.p_value.round(4).tolist(), ranks.p_floor.round(4).tolist(), ranks.which.tolist()
    ([0.0476], [0.0476], [1])
    """
    total = len(sample.starts)
    p_value, p_floor = np.full(total, np.nan), np.full(total, np.nan)
    which = np.full(total, -1, dtype=np.int64)
    for part in sample.chunks():
        rows = sample.rows(part, events, sessions)
        _, _, residuals = fit_rows(rows.y, rows.x)
        size = np.abs(residuals)
        candidates = size[:, -sessions:]
        least = candidates.max(axis=1, keepdims=True) * (1.0 - TIE)
        m = np.count_nonzero((size >= least) & rows.usable, axis=1)
        n = np.count_nonzero(rows.usable, axis=1)
        known = rows.usable[:, -sessions:].all(axis=1) & np.isfinite(candidates).all(axis=1)
        p_value[part] = np.where(known, _chance_of_any(m, n, sessions), np.nan)
        p_floor[part] = np.where(known, sessions / np.maximum(n, 1), np.nan)
        which[part] = np.where(known, np.argmax(candidates >= least, axis=1), -1)
    return MaxRanks(p_value, p_floor, which)


def _chance_of_any(m: NDArray[np.int64], n: NDArray[np.int64], drawn: int) -> NDArray[np.float64]:
    """Chance that a draw of so many out of n holds one of m, shape (N,).

    Whichever set is smaller is drawn one by one and may meet the other. Only positive terms are added, so a
    small chance keeps all its digits; it is m / n to the last bit for one drawn, and drawn / n for one m.
    """
    fewer, more = np.minimum(m, drawn), np.maximum(m, drawn)
    chance = np.zeros(len(m))
    for i in range(drawn):
        chance += np.where(i < fewer, (1.0 - chance) * more / np.maximum(n - i, 1), 0.0)
    return chance


class SupT(NamedTuple):
    """The largest of several t statistics.

    Attributes
    ----------
    statistic : float
        Largest abs(A_t) / sqrt(Var A_t); NaN where no day is known.
    which : int
        Its place among the days, the first of equals; -1 where no day is known.
    p_value : float
        Chance that the largest of as many correlated t statistics is at least as large.

    Examples
    --------
    >>> statistic, which, p_value = SupT(2.5, 1, 0.04)
    >>> which
    1
    """

    statistic: float
    which: int
    p_value: float


def sup_t(ar: NDArray[np.float64], covariance: NDArray[np.float64], df: float, seed: int = 0) -> SupT:
    """Test the largest of a pair's abnormal moves, or of its cumulative ones, by the multivariate t.

    The statistic is max_t abs(A_t) / sqrt(Var A_t). The days share s and the error of the parameters, so
    that under normal errors their t statistics are jointly multivariate t with the correlation of the
    covariance and T - k degrees of freedom. With one day it is the two-sided t. It has no floor: use it
    where T < 19 L is too short for `max_with_refit`.

    It rests on normal errors, more than the t does, since the largest of L days reaches further out: with
    five days its 5 % test rejects 5 % under normal errors, but 12 to 14 % where the tails are those of a t
    with 3 degrees of freedom, where `max_with_refit` holds its level.

    Parameters
    ----------
    ar : ndarray, shape (L,)
        Abnormal moves [move unit]; NaN where missing: the largest is that of the others.
    covariance : ndarray, shape (L, L)
        Their exact covariance, as `abnormal.covariance` gives it [move unit squared].
    df : float
        Degrees of freedom T - k; NaN results below or at 0.
    seed : int
        Seed of the draws behind the p-value: the same seed gives the same number.

    Returns
    -------
    SupT

    References
    ----------
    Montiel Olea and Plagborg-Møller (2019), the sup-t band, doi:10.1002/jae.2656.

    Examples
    --------
    >>> found = sup_t(np.array([0.5, -3.0, 1.0]), np.eye(3), 119)
    >>> found.statistic, found.which, round(found.p_value, 3)
    (3.0, 1, 0.01)
    """
    variance = np.diag(covariance)
    known = np.flatnonzero(np.isfinite(ar) & (variance > 0.0))
    if not len(known) or not df > 0:
        return SupT(np.nan, -1, np.nan)
    deviation = np.sqrt(variance[known])
    size = np.abs(ar[known]) / deviation
    largest = float(size.max())
    which = int(known[np.argmax(size >= largest * (1.0 - TIE))])
    corr = covariance[np.ix_(known, known)] / np.outer(deviation, deviation)
    return SupT(largest, which, _Exceedance(corr, df, seed)(largest))


def sup_t_quantile(corr: NDArray[np.float64], df: float, level: float, seed: int = 0) -> float:
    """Give the half width, in standard errors, of a band that holds all days at once.

    It is the c with P(max_t abs(T_t) <= c) = level for the multivariate t that `sup_t` refers to: 2.60 for
    the path of an 11-session CAR after 120 sessions, where the band of single days, 1.98, holds the whole
    path in 80 % of all cases.

    Parameters
    ----------
    corr : ndarray, shape (L, L)
        Correlation of the days.
    df : float
        Degrees of freedom T - k, above 0.
    level : float
        Level of the band, between 0 and 1.
    seed : int
        Seed of the draws, as in `sup_t`: the p-value of the quantile is 1 - level.

    Returns
    -------
    float

    Examples
    --------
    >>> round(sup_t_quantile(np.ones((1, 1)), 119, 0.95), 3), round(sup_t_quantile(np.eye(5), 119, 0.95), 2)
    (1.98, 2.61)
    """
    beyond = 1.0 - level
    # One day's quantile, and the one that bounds any dependence (Bonferroni), a little widened for rounding.
    low, high = stats.t.isf(np.array([beyond, beyond / len(corr)]) / 2.0, df) * (1.0 - TIE, 1.0 + TIE)
    chance = _Exceedance(corr, df, seed)
    return float(brentq(lambda c: chance(c) - beyond, low, high, xtol=1e-6))


def path_quantile(covariance: NDArray[np.float64], df: float, level: float, seed: int = 0) -> float:
    """Give the half width, in standard errors, of a band that holds a whole cumulative path.

    The path is the sums from the first day to each day; the correlation of the sums is that of C V C', V the
    covariance of the days and C the matrix that sums. A missing day adds nothing and is no point of the path.

    Parameters
    ----------
    covariance : ndarray, shape (L, L)
        Exact covariance of the abnormal moves [move unit squared]; NaN in rows and columns of missing days.
    df : float
        Degrees of freedom T - k.
    level : float
        Level of the band, between 0 and 1.
    seed : int
        Seed of the draws, as in `sup_t`.

    Returns
    -------
    float
        NaN where no day is known, or there are no degrees of freedom.

    Examples
    --------
    The path of an 11-session CAR after a mean over 120 sessions:

    >>> round(path_quantile(np.eye(11) + 1 / 120, 119, 0.95), 2)
    2.6
    """
    known = np.isfinite(np.diag(covariance))
    if not known.any() or not df > 0:
        return np.nan
    days = covariance[np.ix_(known, known)]
    sums = np.cumsum(np.cumsum(days, axis=0), axis=1)
    deviation = np.sqrt(np.diag(sums))
    return sup_t_quantile(sums / np.outer(deviation, deviation), df, level, seed)


def sup_t_of_means(corr: NDArray[np.float64], groups: int, level: float, seed: int = 0) -> float:
    """Give the half width, in standard errors, of a band that holds all days of a mean over G clusters.

    It is the c with P(max_t abs(mean_t) / (sd_t / sqrt(G)) <= c) = level for G independent normal vectors of a
    correlation. Every day has its own sd here, and with few clusters they scatter: the multivariate t, which has
    one s for all days, would leave the path of eleven days uncovered in 10 % of all cases with G = 5. The
    distribution is drawn: means are normal, and the matrix of squares is a Wishart matrix with G - 1 degrees of
    freedom.

    Parameters
    ----------
    corr : ndarray, shape (L, L)
        Correlation of the days.
    groups : int
        Clusters G, 2 or more.
    level : float
        Level of the band, between 0 and 1.
    seed : int
        Seed of the draws: the same seed gives the same number.

    Returns
    -------
    float

    Examples
    --------
    One day has Student's t with G - 1 degrees of freedom, whose quantile is 2.776 at G = 5:

    >>> bool(abs(sup_t_of_means(np.ones((1, 1)), 5, 0.95) - 2.776) < 0.06)
    True
    """
    rng = np.random.default_rng(seed)
    df, days = groups - 1, len(corr)
    values, vectors = np.linalg.eigh(corr)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    largest = np.empty(DRAWS)
    step = max(MOST_NORMALS // (min(df, days) * days), 1)
    for begin in range(0, DRAWS, step):
        n = min(step, DRAWS - begin)
        squares = np.sum((root @ _wishart_root(rng, n, df, days)) ** 2, axis=2)
        means = rng.standard_normal((n, days)) @ root
        largest[begin : begin + n] = np.abs(means / np.sqrt(squares / df)).max(axis=1)
    return float(np.quantile(largest, level))


def _wishart_root(rng: np.random.Generator, n: int, df: int, days: int) -> NDArray[np.float64]:
    """Draw matrices A with A A' of the standard Wishart distribution: by columns, or Bartlett's triangle."""
    if df <= days:
        return rng.standard_normal((n, days, df))
    triangle = np.tril(rng.standard_normal((n, days, days)), -1)
    diagonal = np.arange(days)
    triangle[:, diagonal, diagonal] = np.sqrt(rng.chisquare(df - diagonal, (n, days)))
    return triangle


class _Exceedance:
    """Chance that any of L correlated t variables is at least c in size, for any c from the same draws.

    P(A_1 or ... or A_L) = sum_i P(A_i) E[1 / K given A_i], K the number of days that exceed c. K is drawn
    given that day i exceeds, so that a small p is as precise as a large one; one minus the distribution
    function of a library has an error of fixed size, and at p = .0007 is off by a tenth. Given T_i = t the
    others are (corr_ij t) plus normals of covariance R - r_i r_i', times sqrt((df + t^2) / chi2(df + 1)).
    """

    def __init__(self, corr: NDArray[np.float64], df: float, seed: int) -> None:
        self.corr, self.df = corr, df
        rng = np.random.default_rng(seed)
        roots, vectors = np.linalg.eigh(corr)
        # The symmetric root: it exists where days repeat one another, and there is only one.
        root = vectors * np.sqrt(np.maximum(roots, 0.0)) @ vectors.T
        self.normals = (rng.standard_normal((DRAWS, len(corr))) @ root).T.copy()
        self.tails = 1.0 - rng.random(DRAWS)
        self.squares = rng.chisquare(df + 1.0, DRAWS)

    def __call__(self, c: float) -> float:
        single = 2.0 * float(stats.t.sf(c, self.df))
        if single == 0.0:
            return 0.0
        exceeding = stats.t.isf(single / 2.0 * self.tails, self.df)
        free = self.normals * np.sqrt((self.df + exceeding**2) / self.squares)
        total = 0.0
        for own, others in zip(free, self.corr, strict=True):
            shift = exceeding - own
            together = np.zeros(DRAWS, dtype=np.int64)
            for day, weight in zip(free, others, strict=True):
                together += np.abs(day + weight * shift) >= c
            total += float(np.mean(1.0 / np.maximum(together, 1)))  # day i, whatever rounding makes of it
        return min(single * total, 1.0)
