"""What a panel regression is fitted to, and its standard errors where effects and clusters cross."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from ..maths.cluster_robust import ClusterFit, cluster_robust
from ..maths.fixed_effects import absorber
from ..maths.frozen import Frozen, read_only

__all__ = ["PanelSample", "cr2_of_panel"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_DUMMIES = 60
"""Regressors, dummies included, up to which effects that cross the clusters are dummies."""

NOTHING = 1e-9
"""Share of a dummy that counts as nothing left."""


@dataclass(frozen=True, slots=True, eq=False)
class PanelSample(Frozen):
    """The n moves that a panel regression is fitted to.

    Attributes
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
        News first, then controls; without effects.
    units, dates : ndarray of int, shape (n,)
    clusters : tuple of one or two ndarray of int
    effects : tuple of one or two ndarray of int
        Groups that have effects.
    news : int
        Columns of news.
    """

    y: Floats
    x: Floats
    units: Ints
    dates: Ints
    clusters: tuple[Ints, ...]
    effects: tuple[Ints, ...]
    news: int

    def __post_init__(self) -> None:
        read_only(self.y, self.x)

    @property
    def n_clusters(self) -> int:
        """Clusters along the set that has fewer."""
        return min(len(np.unique(one)) for one in self.clusters)


def cr2_of_panel(sample: PanelSample) -> tuple[ClusterFit, bool]:
    """Give CR2 of a panel regression, the regressors' coefficients first; and whether every leverage is in it.

    Effects nested in the clusters are taken out beforehand: the corrections and degrees of freedom are the same as with
    their dummies. Those that cross the clusters are dummies where there are few, else they are taken out as well.

    References
    ----------
    Pustejovsky and Tipton (2018), doi:10.1080/07350015.2016.1247004, theorem 2.
    """
    clusters = sample.clusters[0]
    inner = [one for one in sample.effects if _nested(one, clusters)]
    outer = [one for one in sample.effects if not _nested(one, clusters)]
    many = sample.x.shape[1] + sum(len(np.unique(one)) for one in outer)
    if not outer or many > MOST_DUMMIES:
        made = absorber(sample.effects)
        return cluster_robust(made.left_of(sample.y), made.left_of(sample.x), clusters), not outer
    dummies = np.column_stack([one[:, None] == np.unique(one) for one in outer]).astype(np.float64)
    y, x = sample.y, sample.x
    if inner:
        made = absorber(inner)
        y, x, dummies = made.left_of(y), made.left_of(x), made.left_of(dummies)
    _, r, order = linalg.qr(dummies, mode="economic", pivoting=True)
    size = np.abs(np.diag(r))
    kept = np.sort(order[: len(size)][size > NOTHING * size[0]])
    return cluster_robust(y, np.column_stack([x, dummies[:, kept]]), clusters), True


def _nested(groups: Ints, clusters: Ints) -> bool:
    """Whether every group lies in one cluster."""
    pairs = np.unique(np.stack([groups, clusters]), axis=1)
    return bool(pairs.shape[1] == len(np.unique(groups)))
