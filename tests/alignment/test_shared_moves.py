"""Events that first show in one session of an instrument: kept apart and counted once, or one joint event."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.alignment.reasons import Reason
from tests.alignment.samples import SHORT, aligned, at_session, bond, news, quoted, row

APART, JOINT = mi.Policies(), mi.Policies(same_session="joint")
SUNRISE = news("2022-01-05T08:10", "Europe/London", "sunrise")
NOON = news("2022-01-05T12:00", "Europe/London", "noon")
NEXT = news("2022-01-06T12:00", "Europe/London", "next day")
SHARING = re.compile("the same event session|joint event")
CAREFREE = mi.Policies(contamination="keep")


def reasons(*events: mi.Event, policies: mi.Policies = APART) -> dict[str, str]:
    frame = aligned(quoted(bond()), *events, policies=policies).ledger.to_frame()
    return dict(zip(frame["event_id"], frame["reason"], strict=True))


def statuses(*events: mi.Event, policies: mi.Policies = APART) -> list[str]:
    return aligned(quoted(bond()), *events, policies=policies).ledger.to_frame()["status"].tolist()


# In the ledger


def test_apart_names_the_others_and_says_that_the_move_counts_once() -> None:
    said = reasons(NOON, NEXT, SUNRISE)
    for one, other in (("noon", "sunrise"), ("sunrise", "noon")):
        assert said[one] == (
            f"another event has the same event session ({other}): one move, counted once in averages over events"
        )
    assert said["next day"] == ""
    assert statuses(NOON, NEXT, SUNRISE) == ["flagged", "used", "flagged"]


def test_joint_keeps_the_earliest_whatever_the_order_of_rows_or_names() -> None:
    for events in ((NOON, NEXT, SUNRISE), (SUNRISE, NOON, NEXT)):
        said = reasons(*events, policies=JOINT)
        assert said["sunrise"] == "a joint event with noon: they first show in one session"
        assert said["noon"] == "part of the joint event sunrise: they first show in one session"
        assert said["next day"] == ""
    assert statuses(NOON, NEXT, SUNRISE, policies=JOINT) == ["left out", "used", "flagged"]


def test_of_two_at_one_instant_the_name_decides() -> None:
    twins = [news("2022-01-05T09:00", "Europe/London", id) for id in ("b", "a")]
    assert reasons(*twins, policies=JOINT)["b"].startswith("part of the joint event a:")


def test_at_most_four_names_are_said_and_the_rest_are_counted() -> None:
    events = [news(f"2022-01-05T09:{i:02d}", "Europe/London", f"e{i}") for i in range(7)]
    assert "(e1, e2, e3, e4 and 2 more)" in reasons(*events)["e0"]
    said = reasons(*events, policies=JOINT)
    assert said["e0"].startswith("a joint event with e1, e2, e3, e4 and 2 more:")
    assert all(said[f"e{i}"].startswith("part of the joint event e0:") for i in range(1, 7))


def test_two_pairs_share_a_move_only_on_the_same_instrument_and_candidates() -> None:
    """On a New York close the evening's news belongs to the day of the morning's; on a London close it does not."""
    evening = news("2022-01-05T19:00", "Europe/London", "evening")
    day = news("2022-01-05", "Europe/London", "day")
    panel = quoted(bond()).join(quoted(bond("KZ 2044", snapshot="17:00 America/New_York")))
    alignment = mi.align(panel, [SUNRISE, evening, day], timeline=SHORT, pairs="all")
    frame = alignment.ledger.to_frame()
    shared = frame[frame["reason"].str.contains("the same event session")]
    assert list(zip(shared["event_id"], shared["instrument"], strict=True)) == [
        ("sunrise", "KZ 2044"),
        ("evening", "KZ 2044"),
    ]
    for i, candidates in enumerate(frame["candidates"]):
        twins = frame[(frame["instrument"] == frame["instrument"][i]) & (frame["candidates"] == candidates)]
        assert bool(alignment.codes[i] & Reason.SHARED) == (len(twins) > 1)


def test_two_days_of_one_span_share_it_too() -> None:
    """Two pieces of news of 5 January, both without a clock time: the candidates are the same two sessions."""
    days = [news("2022-01-05", "Europe/London", id) for id in ("one", "two")]
    assert "another event has the same event session (two)" in reasons(*days)["one"]
    assert "the event session may be any of tau = 0 to 1" in reasons(*days)["one"]


def test_a_dropped_pair_never_counts_as_sharing() -> None:
    """Saturday's news would show on Monday with Monday's; by the policy it has no session."""
    saturday = news("2022-01-08T12:00", "Europe/London", "saturday")
    monday = news("2022-01-10T09:00", "Europe/London", "monday")
    sharing = reasons(saturday, monday)
    assert sharing["monday"].startswith("another event has the same event session (saturday)")
    for choice in ("apart", "joint"):
        policies = mi.Policies(roll="drop", same_session=choice)
        said = reasons(saturday, monday, policies=policies)
        assert said["monday"] == ""
        assert said["saturday"].startswith("nothing is quoted on the event's day, and the policy")


@pytest.mark.parametrize("policies", [APART, JOINT])
def test_pairs_whose_series_has_ended_do_not_share(policies: mi.Policies) -> None:
    late = [news(f"2023-0{i}-05T12:00", "Europe/London", f"late {i}") for i in (1, 2)]
    for words in reasons(*late, policies=policies).values():
        assert words.startswith("no snapshot after the event: the series ends on 2022-02-28")
        assert not SHARING.search(words)


def test_events_rolled_back_share_with_those_that_are_there() -> None:
    friday = news("2022-01-07T12:00", "Europe/London", "friday")
    saturday = news("2022-01-08T12:00", "Europe/London", "saturday")
    said = reasons(friday, saturday, policies=mi.Policies(roll="previous", same_session="joint"))
    assert said["friday"] == "a joint event with saturday: they first show in one session"
    assert said["saturday"].startswith("part of the joint event friday")


# In the numbers


DAYS = pd.bdate_range("2018-01-01", periods=400)
TIMELINE = mi.Timeline(estimation=(-40, -4), event=(-2, 2), min_estimation=20)
PLACES = (60, 60, 60, 140, 220, 220, 300)


def study(policies: mi.Policies = CAREFREE) -> mi.StudyResult:
    panel = quoted(bond(), DAYS, 50 + np.cumsum(np.random.default_rng(3).normal(0, 0.1, len(DAYS))))
    events = [at_session(DAYS, at, f"e{i}") for i, at in enumerate(PLACES)]
    return mi.EventStudy(timeline=TIMELINE, windows=((0, 0), (-2, 2)), policies=policies).run(panel, events)


def test_a_move_counts_once_in_every_average() -> None:
    """Seven events, four moves: the plain mean of the four."""
    result = study()
    assert len(result.ar) == 7
    once = result.ar.iloc[[0, 3, 4, 6]]
    np.testing.assert_allclose(result.aar.iloc[0], once.mean(), rtol=1e-13)
    np.testing.assert_allclose(result.caar.iloc[0], result.car.iloc[[0, 3, 4, 6]].mean(), rtol=1e-13)
    for table in ("aar", "caar"):
        frame = result.to_frame(table)
        assert set(frame["n"]) == set(frame["n_clusters"]) == set(frame["n_dates"]) == {4}
    headline = result.to_frame("caar").query("term == 'CAAR headline'").iloc[0]
    assert headline["std_error"] == pytest.approx(once[0].std(ddof=1) / 2.0, rel=1e-12)


def test_joint_events_give_the_same_averages_and_four_pairs() -> None:
    apart, joint = study(), study(mi.Policies(contamination="keep", same_session="joint"))
    assert [id for id, _ in joint.pairs] == ["e0", "e3", "e4", "e6"]
    assert str(joint.ledger) == "4 used of 7 given (2 flagged, 3 left out)"
    for table in ("aar", "caar"):
        pd.testing.assert_frame_equal(apart.to_frame(table), joint.to_frame(table))
    over = [one.to_frame("tests").query("event_id.isna()").reset_index(drop=True) for one in (apart, joint)]
    pd.testing.assert_frame_equal(*over)


def test_an_event_that_shares_a_session_takes_no_moves_twice() -> None:
    """Three events in one session are one window of five moves to the next event, not three."""
    near = [at_session(DAYS, 60, f"e{i}") for i in range(3)] + [at_session(DAYS, 80, "near")]
    panel = quoted(bond(), DAYS)
    for policies in (APART, JOINT):
        alignment = mi.align(panel, near, timeline=TIMELINE, policies=policies)
        assert row(alignment, 3)["contaminated"] == 5


def test_one_session_of_several_instruments_is_several_moves() -> None:
    panel = quoted(bond(), DAYS).join(quoted(bond("KZ 2044"), DAYS))
    events = [at_session(DAYS, 60, "a"), at_session(DAYS, 60, "b")]
    result = mi.EventStudy(timeline=TIMELINE).run(panel, events, pairs="all")
    assert set(result.to_frame("caar")["n"]) == {2}


def test_news_before_the_series_begins_shows_in_no_session_and_shares_none() -> None:
    """What happened in 2010 and in 2012 did not first show together in November 2021."""
    old = [news(f"{year}-06-01T12:00", "Europe/London", f"of {year}") for year in (2010, 2012)]
    for policies in (APART, JOINT):
        assert not any(SHARING.search(words) for words in reasons(*old, policies=policies).values())
