"""t tests: one pair against its own estimation window, and means over date clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .dependence import cluster_means
from .outcome import Outcome, not_applicable

__all__ = ["cluster_t", "t_p_value", "t_quantile"]


EQUAL = 1e-12
"""Cluster means that differ by less than this, relative to their size, differ by rounding alone."""


def t_p_value(statistic: NDArray[np.float64], df: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the two-sided p of a t statistic: 2 P(T > abs(t)).

    Parameters
    ----------
    statistic : ndarray
    df : ndarray of int
        Degrees of freedom, broadcast against the statistic.

    Returns
    -------
    ndarray
        NaN where the statistic is NaN or there are no degrees of freedom.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(2.0 * stats.t.sf(np.abs(statistic), np.where(df > 0, df, np.nan)))


def t_quantile(level: float, df: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """Give the half width, in standard errors, of a two-sided t interval of a level."""
    degrees = np.asarray(df, dtype=np.float64)
    return np.asarray(stats.t.isf((1.0 - level) / 2.0, np.where(degrees > 0, degrees, np.nan)))


def cluster_t(
    values: NDArray[np.float64], clusters: NDArray[np.int64], *, name: str = "cluster t"
) -> Outcome:
    """Test a mean by the t on cluster means, with G - 1 degrees of freedom.

    The values of a cluster are averaged first; the means of the clusters are then a sample of independent
    numbers: t = sqrt(G) mean / sd(G-1). Clusters of one pair each make it the plain cross-sectional t.

    Parameters
    ----------
    values : ndarray, shape (N,)
        Cumulative or daily abnormal moves of one kind [move unit]; NaN where missing.
    clusters : ndarray of int, shape (N,)
        Cluster of each pair.
    name : str
        Name under which the outcome is shown.

    Returns
    -------
    Outcome
        Not applicable with fewer than two clusters, or where the cluster means do not vary.

    References
    ----------
    Ibragimov and Müller (2010), doi:10.1198/jbes.2009.08046.

    Examples
    --------
    >>> outcome = cluster_t(np.array([1.0, 3.0, 4.0]), np.array([0, 0, 1]))
    >>> round(outcome.statistic, 12), outcome.df, outcome.estimate
    (3.0, 1.0, 3.0)
    """
    means = cluster_means(values, clusters)
    n, groups = int(np.isfinite(values).sum()), len(means)
    if groups < 2:
        reason = "needs two date clusters or more: the pairs of one cluster are one observation"
        return not_applicable(name, reason if n else "no pair has a value", n=n, n_clusters=groups)
    mean, error = float(means.mean()), float(means.std(ddof=1) / np.sqrt(groups))
    if np.ptp(means) <= EQUAL * np.abs(means).max():
        return not_applicable(name, "the cluster means do not vary", n=n, n_clusters=groups)
    statistic = mean / error
    p_value = float(t_p_value(np.array(statistic), np.array(groups - 1)))
    return Outcome(
        name,
        statistic,
        p_value,
        estimate=mean,
        std_error=error,
        df=float(groups - 1),
        n=n,
        n_clusters=groups,
    )
