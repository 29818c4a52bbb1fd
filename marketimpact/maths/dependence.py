"""Which pairs can count as independent: clusters of overlapping windows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["cluster_means", "overlap_clusters"]


def overlap_clusters(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the connected components of the overlap graph of intervals.

    Two windows are joined when they share a day; a cluster is a connected component: pairs that are linked
    through a chain of overlaps, not merely pairs on one date.

    Parameters
    ----------
    first, last : ndarray of int, shape (N,)
        First and last day of each window, both inclusive [days].

    Returns
    -------
    ndarray of int, shape (N,)
        Cluster of each pair, numbered from 0 in order of time.

    Examples
    --------
    >>> overlap_clusters(np.array([20, 0, 3]), np.array([25, 4, 9])).tolist()
    [1, 0, 0]
    """
    order = np.argsort(first, kind="stable")
    reach = np.maximum.accumulate(last[order]) if len(order) else last
    opens = np.ones(len(order), dtype=np.int64)
    opens[1:] = first[order][1:] > reach[:-1]
    clusters = np.empty(len(order), dtype=np.int64)
    clusters[order] = np.cumsum(opens) - 1
    return clusters


def cluster_means(values: NDArray[np.float64], clusters: NDArray[np.int64]) -> NDArray[np.float64]:
    """Average the finite values of each cluster; clusters without any are left out.

    Parameters
    ----------
    values : ndarray, shape (N,)
    clusters : ndarray of int, shape (N,)

    Returns
    -------
    ndarray, shape (G,)
        Means in the order of the clusters' numbers; the same to the last bit in whatever order the pairs come.

    Examples
    --------
    >>> cluster_means(np.array([1.0, 3.0, np.nan, 5.0]), np.array([0, 0, 0, 2])).tolist()
    [2.0, 5.0]
    """
    known = np.isfinite(values)
    values, clusters = values[known], clusters[known]
    order = np.lexsort((values, clusters))  # a sum's last bit depends on its order
    names, starts, sizes = np.unique(clusters[order], return_index=True, return_counts=True)
    if not len(names):
        return np.empty(0)
    return np.asarray(np.add.reduceat(values[order], starts) / sizes)
