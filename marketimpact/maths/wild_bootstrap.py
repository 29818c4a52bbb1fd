"""The wild bootstrap of a mean over clusters: one random weight a cluster, the null imposed, studentised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .outcome import Outcome, not_applicable
from .parametric import EQUAL
from .resample import DRAWS

__all__ = [
    "ENUMERATED",
    "FEW_CLUSTERS",
    "WEBB",
    "WILD",
    "checked_choice",
    "checked_draws",
    "floor_words",
    "one_cluster",
    "sign_blocks",
    "webb_blocks",
    "wild_bootstrap",
]

WILD = "wild bootstrap"
WEBB = "wild bootstrap, Webb weights"

FEW_CLUSTERS = 12
"""Clusters below which Webb's weights stand beside Rademacher's, which have few values then."""

ENUMERATED = 14
"""Clusters up to which all 2^G signs are listed: up to their mirror images fewer than `DRAWS`."""

WEBB_ENUMERATED = 5
"""Clusters up to which all 6^G combinations of Webb's weights are listed, up to their mirror images."""

WEBB_POINTS: NDArray[np.float64] = np.sqrt(np.array([0.5, 1.0, 1.5]))
"""Sizes of Webb's six weights, each with either sign and equally likely: mean 0, variance 1."""

CELLS = 2**20
"""Weights held at once: 8 MB."""

CLOSE = 1e-12
"""Draws whose statistic, on a scale from 0 to 1, is this close to the observed one count as ties."""


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums over clusters and their sizes, in the order of the clusters' numbers; and whether weights are signs."""

    sums: NDArray[np.float64]
    sizes: NDArray[np.float64]
    signs: bool = True

    @property
    def groups(self) -> int:
        return len(self.sums)

    @property
    def n(self) -> int:
        return int(self.sizes.sum())

    def shares(self, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Give abs(t*) of rows of weights on a scale from 0 to 1, and whether the weights of a row are all equal.

        A / sqrt(A^2 + G B) rises with abs(t*) = A / sqrt(B G / (G - 1)), and keeps its digits where B is small. With
        m* = A / N, B = sum_g (w_g S_g - n_g m*)^2 = sum_g (w_g S_g)^2 - 2 m* sum_g n_g w_g S_g + m*^2 sum_g n_g^2.
        """
        ones = np.ones(self.groups)
        total, sized, plain = (weights @ np.stack([self.sums, self.sizes * self.sums, ones], axis=1)).T
        mean = total / self.n
        # The square of a sign is 1: no need to form those of many draws.
        squares = self.sums @ self.sums if self.signs else weights**2 @ self.sums**2
        spread = squares - 2.0 * mean * sized + mean**2 * (self.sizes @ self.sizes)
        whole = total**2 + self.groups * np.maximum(spread, 0.0)
        alike = np.abs(plain) == self.groups if self.signs else np.ptp(weights, axis=1) == 0.0
        return np.sqrt(total**2 / np.where(whole > 0.0, whole, 1.0)), alike


def wild_bootstrap(
    values: NDArray[np.float64],
    clusters: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    weights: Literal["rademacher", "webb"] = "rademacher",
    level: float = 0.95,
) -> Outcome:
    """Test a mean over pairs by the wild bootstrap, with one random weight for all pairs of a cluster.

    With S_g the sum and n_g the pairs of cluster g, the statistic is the mean over its cluster-robust standard error,
    t = m / (sqrt(G / (G - 1) sum_g (S_g - n_g m)^2) / N), m = sum_g S_g / N. A draw puts w_g S_g for S_g, which
    imposes the null, and makes t* of it in the same way; p is the share of abs(t*) that are not below abs(t).
    Rademacher's weights are +1 or -1. They are all listed up to 14 clusters (Webb's up to 5), the p is then exact
    given the sizes of the sums; above, they are drawn, and p = (1 + #{abs(t*) >= abs(t)}) / (draws + 1).

    The mean is that over pairs, so that a cluster of many pairs counts for more than one of few; the t on cluster
    means and `sign_change` weigh clusters alike. With clusters of one size the three test the same mean, and
    Rademacher's p is that of `sign_change`. It trusts that clusters are independent and symmetric, and not too unlike
    in size.

    With few clusters no p is small, however clear the case: weights that are all equal leave t* = t, so that p is at
    least 2^(1-G) for Rademacher's, and 6^(1-G) for Webb's. Webb's floor is lower as the sizes of the weights differ,
    not as the data say more.

    Parameters
    ----------
    values : ndarray, shape (N,)
        Abnormal moves or their sums over one window, of one kind [move unit]; NaN where missing.
    clusters : ndarray of int, shape (N,)
        Cluster of each pair. Weights are drawn in the order of these numbers, not of the rows.
    rng : Generator
        Source of the weights, where they are drawn.
    draws : int
        Draws where the weights are not listed.
    weights : {"rademacher", "webb"}
        Two values, or six: sqrt(1/2), 1, sqrt(3/2) with either sign.
    level : float
        1 - level is compared with the smallest p that can be reached; the note says where that is larger.

    Returns
    -------
    Outcome
        ``estimate`` is the mean over pairs, ``statistic`` its cluster-robust t. Not applicable with fewer than two
        clusters, or where the sums do not vary.

    Raises
    ------
    InputError
        For weights of another name, or no draws.

    References
    ----------
    Cameron, Gelbach and Miller (2008), doi:10.1162/rest.90.3.414; Webb (2023), Reworking wild bootstrap-based
    inference for clustered errors, Canadian Journal of Economics 56, 839-858.

    Examples
    --------
    Four countries that moved alike: t is 47, and the smallest p is reached.

    >>> outcome = wild_bootstrap(np.array([1.0, 1.02, 0.98, 1.08]), np.arange(4), np.random.default_rng(0))
    >>> round(outcome.statistic), outcome.p_value, outcome.p_floor
    (47, 0.125, 0.125)
    """
    checked_choice(weights, draws)
    signs = weights == "rademacher"
    name = WILD if signs else WEBB
    found = _cluster_sums(values, clusters, signs)
    if found.groups < 2:
        return not_applicable(name, one_cluster(found.n), n=found.n, n_clusters=found.groups)
    mean = float(found.sums.sum()) / found.n
    deviations = found.sums - found.sizes * mean
    if np.abs(deviations).max() <= EQUAL * np.abs(found.sums).max():
        return not_applicable(
            name, "the clusters do not vary about the mean", n=found.n, n_clusters=found.groups
        )
    error = float(np.sqrt(found.groups / (found.groups - 1) * (deviations @ deviations))) / found.n
    exact = found.groups <= (ENUMERATED if signs else WEBB_ENUMERATED)
    blocks = (sign_blocks if signs else webb_blocks)(found.groups, rng, draws)
    hits, equal, total = _count(found, blocks)
    one = 0 if exact else 1  # the observed statistic is one of its own draws
    p_value, p_floor = (hits + one) / (total + one), (equal + one) / (total + one)
    how = "enumerated" if exact else f"{total} draws"
    note = "; ".join(filter(None, (how, floor_words(p_floor, level))))
    return Outcome(
        name, mean / error, p_value, mean, error, n=found.n, n_clusters=found.groups, p_floor=p_floor, note=note,
        parts=(("draws", float(total)), ("draws not below", float(hits))),
    )  # fmt: skip


def _cluster_sums(values: NDArray[np.float64], clusters: NDArray[np.int64], signs: bool) -> _Sums:
    """Sum the finite values of each cluster; the same to the last bit in whatever order the pairs come."""
    known = np.isfinite(values)
    values, clusters = values[known], clusters[known]
    order = np.lexsort((values, clusters))  # a sum's last bit depends on its order
    names, starts, sizes = np.unique(clusters[order], return_index=True, return_counts=True)
    if not len(names):
        return _Sums(np.empty(0), np.empty(0))
    return _Sums(np.add.reduceat(values[order], starts), sizes.astype(np.float64), signs)


def _count(found: _Sums, blocks: Iterator[NDArray[np.float64]]) -> tuple[int, int, int]:
    """Count the draws that are not below the observed statistic, those that cannot be, and all."""
    observed = float(found.shares(np.ones((1, found.groups)))[0][0]) - CLOSE
    hits = equal = total = 0
    for block in blocks:
        shares, alike = found.shares(block)
        hits += int(np.count_nonzero(alike | (shares >= observed)))
        equal += int(np.count_nonzero(alike))
        total += len(block)
    return hits, equal, total


def sign_blocks(groups: int, rng: np.random.Generator, draws: int) -> Iterator[NDArray[np.float64]]:
    """Give signs of clusters in blocks of rows: all up to their mirror images for few clusters, else drawn.

    Parameters
    ----------
    groups : int
        Clusters G.
    rng : Generator
    draws : int
        Rows where they are drawn, above `ENUMERATED` clusters.

    Yields
    ------
    ndarray, shape (rows, G)
        +1 or -1; listed, the first row is +1 throughout and the first column always, as signs and their mirror
        image give statistics of one size.

    Examples
    --------
    >>> next(sign_blocks(3, np.random.default_rng(0), 1)).astype(int).tolist()
    [[1, 1, 1], [1, -1, 1], [1, 1, -1], [1, -1, -1]]
    """
    if groups <= ENUMERATED:
        flipped = (np.arange(2 ** (groups - 1))[:, None] << 1) >> np.arange(groups) & 1
        yield np.asarray(1.0 - 2.0 * flipped, dtype=np.float64)
        return
    for rows in _chunks(draws, groups):
        bits = np.frombuffer(rng.bytes(-(-rows * groups // 8)), dtype=np.uint8)
        drawn = np.unpackbits(bits, count=rows * groups).reshape(rows, groups)
        yield np.asarray(2.0 * drawn - 1.0, dtype=np.float64)


def webb_blocks(groups: int, rng: np.random.Generator, draws: int) -> Iterator[NDArray[np.float64]]:
    """Give Webb's weights in blocks of rows: all up to their mirror images for few clusters, else drawn."""
    points: NDArray[np.float64] = np.concatenate([WEBB_POINTS, -WEBB_POINTS])
    if groups <= WEBB_ENUMERATED:
        yield np.array(list(product(WEBB_POINTS, *[points] * (groups - 1))))
        return
    for rows in _chunks(draws, groups):
        yield points[rng.integers(0, len(points), (rows, groups))]


def _chunks(draws: int, groups: int) -> Iterator[int]:
    """Give the rows of each block."""
    most = max(CELLS // groups, 1)
    for begin in range(0, draws, most):
        yield min(most, draws - begin)


def checked_draws(draws: int) -> None:
    """Raise an InputError where there is no draw."""
    if draws < 1:
        raise InputError("needs one draw or more", parameter="draws", received=draws, allowed="1 or more")


def checked_choice(weights: str, draws: int) -> None:
    """Raise an InputError for weights of another name, or where there is no draw."""
    if weights not in ("rademacher", "webb"):
        raise InputError(
            "no such weights", parameter="weights", received=weights, allowed="'rademacher' or 'webb'"
        )
    checked_draws(draws)


def one_cluster(n: int) -> str:
    """Say why a test over clusters does not apply to one cluster or none."""
    return (
        "needs two date clusters or more: the pairs of one cluster are one observation"
        if n
        else "no pair has a value"
    )


def floor_words(p_floor: float, level: float) -> str:
    """Say that a test cannot reject at a level; empty where it can."""
    if p_floor <= 1.0 - level + CLOSE:
        return ""
    return f"its smallest p is {p_floor:.3g}: it cannot reject at the {100 * (1 - level):.3g} % level"
