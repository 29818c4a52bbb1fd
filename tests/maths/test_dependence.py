"""Clusters of overlapping windows, against a search of the graph."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.maths.dependence import cluster_means, overlap_clusters

INTERVALS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), min_size=1, max_size=25)


def components(first: np.ndarray, last: np.ndarray) -> list[set[int]]:
    """Connected components of the graph whose edges join windows that share a day, by walking it."""
    waiting, found = set(range(len(first))), []
    while waiting:
        front, component = {waiting.pop()}, set()
        while front:
            component |= front
            front = {j for i in front for j in waiting if first[j] <= last[i] and first[i] <= last[j]}
            waiting -= front
        found.append(component)
    return found


@given(INTERVALS)
def test_clusters_are_the_components_of_the_overlap_graph(intervals):
    first = np.array([a for a, _ in intervals])
    last = first + np.array([length for _, length in intervals])
    clusters = overlap_clusters(first, last)
    groups = {c: set(np.flatnonzero(clusters == c).tolist()) for c in np.unique(clusters).tolist()}
    assert sorted(map(sorted, groups.values())) == sorted(map(sorted, components(first, last)))
    starts = [min(first[list(groups[c])]) for c in range(len(groups))]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("first", "last", "clusters"),
    [
        ([0, 5], [4, 9], [0, 1]),
        ([0, 4], [4, 9], [0, 0]),
        ([0, 3, 7], [4, 8, 9], [0, 0, 0]),
        ([0, 1, 6], [9, 2, 7], [0, 0, 0]),
        ([30, 30, 0], [40, 40, 10], [1, 1, 0]),
    ],
    ids=["side by side", "one day shared", "a chain", "within a longer one", "one date"],
)
def test_clusters_by_hand(first, last, clusters):
    assert overlap_clusters(np.array(first), np.array(last)).tolist() == clusters


def test_no_window_has_no_cluster():
    assert overlap_clusters(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)).tolist() == []


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6) | st.just(np.nan), st.integers(0, 4)), min_size=1, max_size=30),
    st.randoms(),
)
def test_cluster_means_are_the_same_to_the_last_bit_in_any_order(pairs, random):
    values, clusters = np.array([v for v, _ in pairs]), np.array([c for _, c in pairs])
    means = cluster_means(values, clusters)
    known = [c for c in np.unique(clusters) if np.isfinite(values[clusters == c]).any()]
    wanted = [np.nanmean(values[clusters == c]) for c in known]
    np.testing.assert_allclose(means, wanted, rtol=1e-9, atol=1e-9)
    order = list(range(len(pairs)))
    random.shuffle(order)
    assert cluster_means(values[order], clusters[order]).tolist() == means.tolist()
