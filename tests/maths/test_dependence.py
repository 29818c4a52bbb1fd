"""Windows that overlap and the clusters they form, against a look at every two of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from marketimpact.errors import InputError
from marketimpact.maths import dependence
from marketimpact.maths.dependence import cluster_means, overlap_clusters, overlap_edges, shared_days

INTERVALS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), min_size=1, max_size=25)


def windows_of(intervals: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    first = np.array([a for a, _ in intervals], dtype=np.int64)
    return first, first + np.array([length for _, length in intervals], dtype=np.int64)


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
    first, last = windows_of(intervals)
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


@given(INTERVALS)
def test_edges_are_every_two_windows_that_share_a_day(intervals):
    first, last = windows_of(intervals)
    i, j = overlap_edges(first, last)
    days = [set(range(a, b + 1)) for a, b in zip(first, last, strict=True)]
    wanted = {(a, b) for a in range(len(days)) for b in range(a) if days[a] & days[b]}
    assert sorted(zip(np.maximum(i, j).tolist(), np.minimum(i, j).tolist(), strict=True)) == sorted(wanted)
    assert i.dtype == j.dtype == np.int64


@given(INTERVALS)
def test_edges_are_in_order_of_time(intervals):
    first, last = windows_of(intervals)
    i, j = overlap_edges(first, last)
    keys = list(zip(first[i].tolist(), i.tolist(), first[j].tolist(), j.tolist(), strict=True))
    assert keys == sorted(keys)
    assert all((a, b) < (c, d) for a, b, c, d in keys)


@given(INTERVALS)
def test_what_the_edges_connect_are_the_clusters(intervals):
    first, last = windows_of(intervals)
    i, j = overlap_edges(first, last)
    graph = np.zeros((len(first), len(first)))
    graph[i, j] = 1.0
    count, labels = connected_components(graph, directed=False)
    clusters = overlap_clusters(first, last)
    assert clusters.max() + 1 == count
    assert len(set(zip(labels.tolist(), clusters.tolist(), strict=True))) == count


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_overlaps_where_there_are_no_two(n):
    i, j = overlap_edges(np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64))
    assert i.tolist() == j.tolist() == []


def test_more_edges_than_the_limit_are_refused_before_they_are_made():
    """A hundred thousand windows on one date would be five billion edges."""
    first = np.zeros(100_000, dtype=np.int64)
    words = (
        r"limit: too many windows .*received 20000000; allowed: 4999950000 or more for these 100000 windows"
    )
    with pytest.raises(InputError, match=words):
        overlap_edges(first, first)


def test_the_limit_itself_is_allowed():
    first = np.zeros(5, dtype=np.int64)
    assert len(overlap_edges(first, first, limit=10)[0]) == 10
    with pytest.raises(InputError, match="received 9; allowed: 10 or more"):
        overlap_edges(first, first, limit=9)


def days_of(rows: list[set[int]], width: int) -> np.ndarray:
    """Days ascending in a row, with -1 before them where there are fewer than the width."""
    return np.array([[-1] * (width - len(row)) + sorted(row) for row in rows], dtype=np.int64).reshape(
        -1, width
    )


DAYS = st.sets(st.integers(0, 15), max_size=6)


@given(st.lists(st.tuples(DAYS, DAYS), max_size=30), st.integers(6, 8), st.booleans())
def test_shared_days_are_the_common_ones(rows, width, end):
    a, b = days_of([row for row, _ in rows], 6), days_of([row for _, row in rows], width)
    if end:  # the days that there are not may as well stand behind
        a = np.array([np.roll(row, -np.count_nonzero(row < 0)) for row in a], dtype=np.int64).reshape(a.shape)
    wanted = [len(one & other) for one, other in rows]
    assert shared_days(a, b).tolist() == shared_days(b, a).tolist() == wanted


def test_the_number_of_days_compared_at_once_changes_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    a, b = (
        np.sort(rng.permuted(np.tile(np.arange(-1, 12), (50, 1)), axis=1)[:, :5], axis=1) for _ in range(2)
    )
    whole = shared_days(a, b)
    assert set(whole.tolist()) >= {0, 1, 2, 3}
    for cells in (1, 64):
        monkeypatch.setattr(dependence, "CELLS", cells)
        assert shared_days(a, b).tolist() == whole.tolist()


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
