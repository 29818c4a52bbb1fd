"""Which pairs can count as independent: windows that overlap, and the clusters they form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["cluster_means", "overlap_clusters", "overlap_edges", "shared_days"]

EDGES = 20_000_000
"""Overlapping windows that are listed pair by pair unless more are asked for: 320 MB of row numbers."""

CELLS = 2**18
"""Days compared at once: they stay in the processor's cache."""


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


def overlap_edges(
    first: NDArray[np.int64], last: NDArray[np.int64], *, limit: int = EDGES
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List every two windows that share a day, once: the edges of the overlap graph.

    Its connected components are what `overlap_clusters` gives. The number of edges grows with the square of
    the windows on one date; what needs no list of them is better done by sums over dates.

    Parameters
    ----------
    first, last : ndarray of int, shape (N,)
        First and last day of each window, both inclusive [days].
    limit : int
        Edges above which none is listed.

    Returns
    -------
    i, j : ndarray of int, shape (E,)
        Rows of the two windows of each edge. Window i begins first; of two that begin on one day, i stands
        first in the arrays. Edges are in the order of i's beginning, then of j's.

    Raises
    ------
    InputError
        With more edges than the limit.

    Examples
    --------
    >>> i, j = overlap_edges(np.array([20, 0, 3]), np.array([25, 4, 20]))
    >>> i.tolist(), j.tolist()
    ([1, 2], [2, 0])
    """
    order = np.argsort(first, kind="stable")
    begin = first[order]
    place = np.arange(len(order))
    # Of the windows that begin no earlier, those overlap that begin before this one ends: a run of places.
    counts = np.searchsorted(begin, last[order], side="right") - place - 1
    total = int(counts.sum())
    if total > limit:
        raise InputError(
            "too many windows share days to list them two by two",
            parameter="limit",
            received=limit,
            allowed=f"{total} or more for these {len(order)} windows; or work with sums over dates, without a list",
        )
    run_starts = np.cumsum(counts) - counts
    j = np.arange(total) + np.repeat(place + 1 - run_starts, counts)
    return np.repeat(order, counts), order[j]


def shared_days(days_a: NDArray[np.int64], days_b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the days that two windows have in common, row by row.

    Windows of sessions skip the days on which an instrument is not quoted, so what two of them share is
    fewer than the overlap of their first and last days says.

    Parameters
    ----------
    days_a : ndarray of int, shape (E, L)
        Day of each session, ascending in a row, no day twice; -1 where there is none.
    days_b : ndarray of int, shape (E, M)
        The same for the other windows.

    Returns
    -------
    ndarray of int, shape (E,)

    Examples
    --------
    >>> shared_days(np.array([[3, 4, 7], [-1, 1, 2]]), np.array([[4, 5, 7], [-1, 2, 3]])).tolist()
    [2, 1]
    """
    shared = np.empty(len(days_a), dtype=np.int64)
    rows = max(CELLS // max(days_a.shape[1] + days_b.shape[1], 1), 1)
    for begin in range(0, len(days_a), rows):
        part = slice(begin, begin + rows)
        days = np.sort(np.concatenate([days_a[part], days_b[part]], axis=1), axis=1)
        # No day stands twice in one window, so that two equal neighbours are one from each.
        shared[part] = np.count_nonzero((days[:, 1:] == days[:, :-1]) & (days[:, 1:] >= 0), axis=1)
    return shared


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
