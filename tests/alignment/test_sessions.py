"""Candidates against a scan of every instant, on arrays."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.alignment.sessions import candidates


def on_clock(seconds: list[int]) -> np.ndarray:
    return np.datetime64("2022-01-05T00:00:00", "s") + np.array(seconds, dtype="timedelta64[s]")


def found(start: int, end: int, earliest: list[int], latest: list[int]) -> tuple[int, int]:
    first, last = candidates(on_clock([start]), on_clock([end]), on_clock(earliest), on_clock(latest))
    return int(first[0]), int(last[0])


def first_after(instant: int, snapshots: tuple[int, ...]) -> int:
    """Scan for the first snapshot strictly after an instant; the number of snapshots where there is none."""
    return next((i for i, snapshot in enumerate(snapshots) if snapshot > instant), len(snapshots))


known = st.lists(st.integers(0, 40), min_size=1, max_size=6, unique=True).map(sorted)
event = st.tuples(st.integers(-5, 45), st.integers(1, 15)).map(lambda drawn: (drawn[0], sum(drawn)))


@st.composite
def unknown(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Draw two to four sessions whose snapshots lie somewhere in intervals that do not touch."""
    earliest, latest, at = [], [], 0
    for _ in range(draw(st.integers(2, 4))):
        earliest.append(at + draw(st.integers(1, 4)))
        latest.append(earliest[-1] + draw(st.integers(0, 3)))
        at = latest[-1]
    return earliest, latest


@given(event, known)
def test_known_snapshots_against_a_scan_of_every_instant_of_the_event(
    interval: tuple[int, int], snapshots: list[int]
) -> None:
    sessions = {first_after(instant, tuple(snapshots)) for instant in range(*interval)}
    assert found(*interval, snapshots, snapshots) == (min(sessions), max(sessions))


@given(st.tuples(st.integers(-2, 25), st.integers(1, 6)), unknown())
def test_unknown_snapshots_against_every_instant_and_every_place_of_the_snapshots(
    drawn: tuple[int, int], bounds: tuple[list[int], list[int]]
) -> None:
    start, end = drawn[0], sum(drawn)
    places = product(*(range(low, high + 1) for low, high in zip(*bounds, strict=True)))
    sessions = {first_after(instant, snapshots) for snapshots in places for instant in range(start, end)}
    assert found(start, end, *bounds) == (min(sessions), max(sessions))


@given(event, st.integers(0, 20), known)
def test_a_later_instant_never_has_an_earlier_session(
    interval: tuple[int, int], delay: int, snapshots: list[int]
) -> None:
    first, last = found(*interval, snapshots, snapshots)
    later_first, later_last = found(interval[0] + delay, interval[1] + delay, snapshots, snapshots)
    assert later_first >= first
    assert later_last >= last
    assert last >= first


@given(event, known)
def test_the_first_candidate_is_quoted_after_the_start_and_the_session_before_is_not(
    interval: tuple[int, int], snapshots: list[int]
) -> None:
    first, _ = found(*interval, snapshots, snapshots)
    if first < len(snapshots):
        assert snapshots[first] > interval[0]
    if first > 0:
        assert snapshots[first - 1] <= interval[0]


@given(event, known, st.integers(1, 10))
def test_a_longer_event_has_no_fewer_candidates(
    interval: tuple[int, int], snapshots: list[int], more: int
) -> None:
    first, last = found(*interval, snapshots, snapshots)
    assert found(interval[0], interval[1] + more, snapshots, snapshots)[0] == first
    assert found(interval[0], interval[1] + more, snapshots, snapshots)[1] >= last


def test_an_event_that_ends_with_the_snapshot_is_in_it_and_one_that_begins_with_it_is_not() -> None:
    assert found(5, 10, [10, 20], [10, 20]) == (0, 0)
    assert found(9, 11, [10, 20], [10, 20]) == (0, 1)
    assert found(10, 11, [10, 20], [10, 20]) == (1, 1)
    assert found(20, 21, [10, 20], [10, 20]) == (2, 2)


def test_many_events_are_placed_at_once() -> None:
    snapshots = on_clock([10, 20, 30])
    first, last = candidates(on_clock([25, 5, 99]), on_clock([26, 25, 100]), snapshots, snapshots)
    assert (first.tolist(), last.tolist()) == ([2, 0, 3], [2, 2, 3])


def test_no_event_has_no_candidate() -> None:
    first, last = candidates(on_clock([]), on_clock([]), on_clock([10]), on_clock([10]))
    assert (first.tolist(), last.tolist()) == ([], [])
