"""Sign changes of cluster means: a randomisation test that is exact where clusters are symmetric about zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .dependence import cluster_means
from .outcome import Outcome, not_applicable
from .parametric import EQUAL
from .resample import DRAWS
from .wild_bootstrap import CLOSE, ENUMERATED, checked_draws, floor_words, one_cluster, sign_blocks

__all__ = ["SIGN_CHANGE", "sign_change"]

SIGN_CHANGE = "sign-change randomisation"


def sign_change(
    values: NDArray[np.float64],
    clusters: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    level: float = 0.95,
) -> Outcome:
    """Test a mean by changing the signs of the cluster means.

    Where the mean of each cluster is symmetric about zero, every choice of signs is as likely as the observed one,
    whatever the variances of the clusters, so that they need not be alike. The statistic is the t on cluster means,
    t = sqrt(G) mean / sd(G-1); p is the share of sign changes whose abs(t) is not below the observed. As the sum of
    squares does not change with the signs, abs(t) and abs(mean) give one p. Up to 14 clusters all 2^G choices are
    listed, above they are drawn and p = (1 + #{abs(t*) >= abs(t)}) / (draws + 1). At any level alpha the test rejects
    at most alpha of the time: exact where the means are symmetric, and as the pairs of each cluster grow where they
    are normal in the limit.

    It rejects nothing at 5 % with fewer than 6 clusters: the smallest p is 2^(1-G).

    Parameters
    ----------
    values : ndarray, shape (N,)
        Abnormal moves or their sums over one window, of one kind [move unit]; NaN where missing.
    clusters : ndarray of int, shape (N,)
        Cluster of each pair. Signs are drawn in the order of these numbers, not of the rows.
    rng : Generator
        Source of the signs, where they are drawn.
    draws : int
        Draws where the signs are not listed.
    level : float
        1 - level is compared with the smallest p that can be reached; the note says where that is larger.

    Returns
    -------
    Outcome
        ``estimate`` is the mean of the cluster means. Not applicable with fewer than two clusters, or where the
        cluster means do not vary.

    Raises
    ------
    InputError
        For no draws.

    References
    ----------
    Canay, Romano and Shaikh (2017), doi:10.3982/ECTA13081.

    Examples
    --------
    Of the 64 signs of six clusters, two leave a mean as large as the observed one.

    >>> moves = np.array([1.0, 3.0, 2.0, 2.5, 1.5, 0.5, 1.0])
    >>> outcome = sign_change(moves, np.array([0, 0, 1, 2, 3, 4, 5]), np.random.default_rng(0))
    >>> outcome.p_value, outcome.p_floor, outcome.estimate
    (0.03125, 0.03125, 1.5833333333333333)
    """
    checked_draws(draws)
    means = cluster_means(values, clusters)
    n, groups = int(np.isfinite(values).sum()), len(means)
    if groups < 2:
        return not_applicable(SIGN_CHANGE, one_cluster(n), n=n, n_clusters=groups)
    if np.ptp(means) <= EQUAL * np.abs(means).max():
        return not_applicable(SIGN_CHANGE, "the cluster means do not vary", n=n, n_clusters=groups)
    size = float(np.abs(means).sum())
    observed = abs(float(means.sum())) - CLOSE * size
    hits = equal = total = 0
    for block in sign_blocks(groups, rng, draws):
        hits += int(np.count_nonzero(np.abs(block @ means) >= observed))
        equal += int(np.count_nonzero(np.abs(block.sum(axis=1)) == groups))
        total += len(block)
    one = 0 if groups <= ENUMERATED else 1  # the observed signs are one of their own draws
    p_value, p_floor = (hits + one) / (total + one), (equal + one) / (total + one)
    how = f"{total} draws" if one else "enumerated"
    mean, error = float(means.mean()), float(means.std(ddof=1) / np.sqrt(groups))
    return Outcome(
        SIGN_CHANGE, mean / error, p_value, mean, error, n=n, n_clusters=groups, p_floor=p_floor,
        note="; ".join(filter(None, (how, floor_words(p_floor, level)))),
        parts=(("draws", float(total)), ("draws not below", float(hits))),
    )  # fmt: skip
