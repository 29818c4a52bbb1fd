"""The time line: windows are inclusive, hold tau = 0, and never overlap."""

from __future__ import annotations

import pytest

import marketimpact as mi
from marketimpact.timeline import window


def test_both_ends_of_a_window_are_inside() -> None:
    timeline = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
    assert timeline.estimation_length == 120
    assert timeline.event_length == 11
    assert timeline.taus == (-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5)


def test_the_default_is_120_sessions_before_a_gap_of_five() -> None:
    assert mi.Timeline() == mi.Timeline(estimation=(-130, -11), event=(-5, 5), min_estimation=60)


@pytest.mark.parametrize("event", [(0, 0), (-3, 0), (0, 7)])
def test_tau_0_may_stand_at_either_end_of_the_event_window(event: tuple[int, int]) -> None:
    assert 0 in mi.Timeline(event=event).taus


@pytest.mark.parametrize("event", [(1, 5), (-5, -1)])
def test_an_event_window_without_tau_0_is_refused(event: tuple[int, int]) -> None:
    with pytest.raises(
        mi.InputError, match=r"Timeline\.event: .*must hold tau = 0; received .*first <= 0 <= last"
    ):
        mi.Timeline(event=event)


def test_windows_may_touch() -> None:
    assert mi.Timeline(estimation=(-65, -6), event=(-5, 5)).estimation_length == 60


@pytest.mark.parametrize("last", [-5, 0, 5, 6])
def test_windows_that_overlap_are_refused(last: int) -> None:
    with pytest.raises(
        mi.InputError, match=r"Timeline\.estimation: .*overlaps .*\(-5, 5\); .*a last tau below -5"
    ):
        mi.Timeline(estimation=(-130, last), event=(-5, 5))


@pytest.mark.parametrize(
    "windows",
    [
        {"estimation": (-1_000_000_000, -11)},
        {"estimation": (-100_001, -11)},
        {"event": (0, 100_001)},
        {"estimation": (-300_000, -200_000), "event": (-100_001, 0)},
    ],
    ids=str,
)
def test_a_window_longer_than_any_series_is_refused(windows: dict[str, tuple[int, int]]) -> None:
    """What is laid out before the first session is as long as the window: a slip of the keyboard fills memory."""
    with pytest.raises(
        mi.InputError,
        match=r"Timeline\.(estimation|event): reaches too far; .*-100000 <= first, last <= 100000",
    ):
        mi.Timeline(**windows)


def test_a_window_may_reach_as_far_as_the_bound() -> None:
    timeline = mi.Timeline(estimation=(-100_000, -1), event=(0, 100_000))
    assert (timeline.estimation_length, timeline.event_length) == (100_000, 100_001)


@pytest.mark.parametrize(
    "bad",
    [(5, -5), (0,), (-5, 0, 5), "(-5, 5)", (-5.0, 5), (False, True), None, ("-5", "5"), {-5, 5}],
    ids=repr,
)
@pytest.mark.parametrize("name", ["estimation", "event"])
def test_what_is_no_window_is_refused(name: str, bad: object) -> None:
    with pytest.raises(
        mi.InputError, match=rf"Timeline\.{name}: is not a window; .*two whole numbers"
    ) as caught:
        mi.Timeline(**{name: bad})  # type: ignore[arg-type]
    assert caught.value.parameter == f"Timeline.{name}"
    assert caught.value.received == bad


def test_a_list_is_taken_as_a_window() -> None:
    assert mi.Timeline(event=[-1, 1]) == mi.Timeline(event=(-1, 1))  # type: ignore[arg-type]
    assert window([0, 0], "w") == (0, 0)


def test_an_estimation_window_shorter_than_its_minimum_is_refused_on_one_side_only() -> None:
    assert mi.Timeline(estimation=(-70, -11), min_estimation=60).estimation_length == 60
    with pytest.raises(
        mi.InputError, match=r"holds 59 sessions, fewer than min_estimation = 60; .*smaller min_est"
    ):
        mi.Timeline(estimation=(-69, -11), min_estimation=60)


def test_a_minimum_of_three_is_the_least() -> None:
    assert mi.Timeline(min_estimation=3).min_estimation == 3
    for bad in (2, 0, -60, 60.0, True, None, "60"):
        with pytest.raises(mi.InputError, match=r"Timeline\.min_estimation: .*a whole number from 3"):
            mi.Timeline(min_estimation=bad)  # type: ignore[arg-type]


def test_a_time_line_is_a_value() -> None:
    assert hash(mi.Timeline()) == hash(mi.Timeline())
    with pytest.raises(AttributeError, match="event"):
        mi.Timeline().event = (0, 0)  # type: ignore[misc]
