"""Other dated news, joined to every event window by the clock of each instrument."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.alignment.confounders import join_confounders, news_words, without_confounded
from marketimpact.alignment.nearby import NearbyNews
from marketimpact.alignment.pipeline import Alignment
from marketimpact.alignment.reasons import Reason
from tests.alignment.samples import JANUARY, LONDON, NEW_YORK, SHORT, at_session, bond, news, quoted

FOMC = news("2022-01-05T14:00", "America/New_York", id="fomc", title="FOMC minutes")
PANEL = quoted(bond("London")).join(quoted(bond("New York", snapshot=NEW_YORK)))
FLAG = "other dated news falls into the headline window"


def joined(*events: mi.Event, others: tuple[mi.Event, ...] = (FOMC,), **more: object) -> Alignment:
    alignment = mi.align(PANEL, events, timeline=SHORT, pairs="all", **more)
    return join_confounders(alignment, mi.EventSet.from_events(others))


def rows(alignment: Alignment) -> pd.DataFrame:
    return alignment.ledger.to_frame().set_index(["event_id", "instrument"])


def test_the_minutes_of_the_fed_stand_at_the_5th_in_new_york_and_at_the_6th_in_london() -> None:
    """14:00 in New York is after London's 16:30 and before New York's 17:00."""
    at = "2022-01-05T09:00"
    frame = rows(
        joined(news(at, "Europe/London", "on the 5th"), news("2022-01-06T09:00", "Europe/London", "6th"))
    )
    said = "FOMC minutes, 2022-01-05 14:00 New York, tau = "
    assert frame["confounders"].to_dict() == {
        ("on the 5th", "London"): said + "1",
        ("on the 5th", "New York"): said + "0",
        ("6th", "London"): said + "0",
        ("6th", "New York"): said + "-1",
    }
    flagged = frame["reason"].str.contains(FLAG)
    assert flagged.to_dict() == {
        ("on the 5th", "London"): False,
        ("on the 5th", "New York"): True,
        ("6th", "London"): True,
        ("6th", "New York"): False,
    }
    assert (frame["status"] == np.where(flagged, "flagged", "used")).all()


@pytest.mark.parametrize(("at", "inside"), [(45, False), (46, True), (50, True), (51, False)])
def test_both_ends_of_the_event_window_are_named(at: int, inside: bool) -> None:
    """The event is at session 48, its window from 46 to 50."""
    alignment = joined(at_session(JANUARY, 48, "event"), others=(at_session(JANUARY, at, "other"),))
    assert (rows(alignment)["confounders"] != "").tolist() == [inside, inside]


def test_several_stand_in_order_of_time_and_days_as_a_range() -> None:
    day = news("2022-01-05", "Europe/London", "auction", title="Auction")
    frame = rows(joined(news("2022-01-06T12:00", "Europe/London", "e"), others=(FOMC, day)))
    assert frame["confounders"]["e", "London"] == (
        "Auction, 2022-01-05, tau = -1 to 0; FOMC minutes, 2022-01-05 14:00 New York, tau = 0"
    )


def test_news_without_a_title_goes_by_its_id() -> None:
    assert news_words(NearbyNews("id", "id", "2022-01-05", 0, 1)) == "id, 2022-01-05, tau = 0 to 1"
    frame = rows(joined(at_session(JANUARY, 48, "e"), others=(at_session(JANUARY, 48, "bare"),)))
    assert frame["confounders"]["e", "London"].startswith("bare, ")


def test_where_nobody_has_looked_the_column_is_missing_and_where_nothing_was_found_empty() -> None:
    event = at_session(JANUARY, 48, "e")
    alone = mi.align(PANEL, [event], timeline=SHORT, pairs="all")
    assert alone.ledger.to_frame()["confounders"].isna().all()
    far = at_session(JANUARY, 5, "far")
    assert rows(joined(event, others=(far,)))["confounders"].tolist() == ["", ""]


def test_the_study_s_own_events_are_passed_over() -> None:
    """One list may hold everything: the event itself does not confound itself, nor do the study's other events."""
    event, near = at_session(JANUARY, 48, "event"), at_session(JANUARY, 49, "near")
    alignment = joined(event, near, others=(near, event, FOMC))
    assert alignment.confounders is not None
    assert alignment.confounders.ids.tolist() == ["fomc"]
    assert not rows(alignment)["confounders"].str.contains("event|near").any()
    only_own = joined(event, others=(event,))
    assert rows(only_own)["confounders"].tolist() == ["", ""]
    assert not (only_own.codes & Reason.CONFOUNDED).any()


def test_a_candidate_of_either_is_enough() -> None:
    """News of a day on a London close has two candidates; the minutes fall on the second of them."""
    day = news("2022-01-05", "Europe/London", "day")
    assert FLAG in rows(joined(day))["reason"]["day", "London"]
    assert FLAG in rows(joined(news("2022-01-06", "Europe/London", "day")))["reason"]["day", "London"]
    assert FLAG not in rows(joined(news("2022-01-07", "Europe/London", "day")))["reason"]["day", "London"]


def test_joining_again_replaces_what_was_joined() -> None:
    event = news("2022-01-06T09:00", "Europe/London", "e")
    once = joined(event)
    again = join_confounders(once, mi.EventSet.from_events([at_session(JANUARY, 5, "far")]))
    assert not (again.codes & Reason.CONFOUNDED).any()
    assert rows(again)["confounders"].tolist() == ["", ""]


def test_weekend_news_shows_in_the_next_session_whatever_the_study_s_roll() -> None:
    """A roll of "raise" or "drop" is for the study's own events: a confounder is news wherever it lands."""
    saturday = news("2022-01-08T12:00", "Europe/London", "saturday")
    monday = news("2022-01-10T09:00", "Europe/London", "monday")
    for roll in ("next", "previous", "nearest", "drop", "raise"):
        frame = rows(joined(monday, others=(saturday,), policies=mi.Policies(roll=roll)))
        assert frame["confounders"]["monday", "London"] == "saturday, 2022-01-08 12:00 London, tau = 0"


def test_the_latency_counts_for_confounders_too() -> None:
    late = news("2022-01-05T16:00", "Europe/London", "late")
    event = news("2022-01-05T09:00", "Europe/London", "event")
    for latency, tau in ((0, "0"), (29, "0"), (30, "0 to 1"), (31, "1")):  # the minute ends at 16:01
        frame = rows(joined(event, others=(late,), policies=mi.Policies(latency=latency)))
        assert frame["confounders"]["event", "London"].endswith(f", tau = {tau}")


def test_news_before_the_first_quote_and_after_the_last_is_in_no_window() -> None:
    old, future = (news(f"{year}-06-01T12:00", "Europe/London", str(year)) for year in (2015, 2023))
    places = [at_session(JANUARY, at, f"at {at}") for at in (2, 3, 48, len(JANUARY) - 3, len(JANUARY) - 1)]
    assert (rows(joined(*places, others=(old, future)))["confounders"] == "").all()


# By loops


def span_on(event: mi.Event, closes: list[datetime]) -> tuple[int, int]:
    """First close after the start, first that no instant of the event can miss."""
    first = [i for i, close in enumerate(closes) if close > event.start]
    last = [i for i, close in enumerate(closes) if close >= event.end]
    return (first or [len(closes)])[0], (last or [len(closes)])[0]


def closes_of(clock: str) -> list[datetime]:
    hour, minute, zone = int(clock[:2]), int(clock[3:5]), ZoneInfo(clock[6:])
    return [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC) for day in JANUARY
    ]


def some_news(rng: np.random.Generator, name: str, count: int) -> list[mi.Event]:
    kinds = [("T09:00", None), ("T21:30", None), ("", None), ("", "4d"), ("T16:20", "hour")]
    found = []
    for i in range(count):
        clock, precision = kinds[rng.integers(len(kinds))]
        day = np.datetime64("2021-11-03") + int(rng.integers(0, 119))
        found.append(mi.Event(f"{name}{i}", announced_at=f"{day}{clock}", zone="UTC", precision=precision))
    return found


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_flags_and_names_are_those_of_a_double_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    events, others = some_news(rng, "e", 6), some_news(rng, "c", 8)
    alignment = joined(*events, others=tuple(others))
    frame, n = rows(alignment), len(JANUARY)
    wide = without_confounded(alignment, whole_window=True)
    narrow = without_confounded(alignment, whole_window=False)
    for i, (event_id, name) in enumerate(frame.index):
        closes = closes_of(LONDON if name == "London" else NEW_YORK)
        event = next(one for one in events if one.id == event_id)
        first, last = span_on(event, closes)
        spans = {one.id: span_on(one, closes) for one in others}
        shown = {id: span for id, span in spans.items() if 0 < span[0] < n}
        begin, end = first - 2, max(first + 2, last)
        window = {id for id, (a, b) in shown.items() if b >= begin and a <= end}
        headline = any(b >= first and a <= last for a, b in shown.values())
        if first == n:
            window, headline = set(), False
        words = frame["confounders"].iloc[i]
        assert {one.partition(",")[0] for one in words.split("; ") if one} == window
        assert bool(alignment.codes[i] & Reason.CONFOUNDED) == headline
        assert bool(narrow.codes[i] & Reason.CONFOUNDED_OUT) == headline
        assert bool(wide.codes[i] & Reason.CONFOUNDED_OUT) == bool(window)


def test_what_is_left_out_on_request_says_so() -> None:
    alignment = joined(news("2022-01-06T09:00", "Europe/London", "e"))
    left = without_confounded(alignment, whole_window=False)
    assert rows(left)["status"].tolist() == ["left out", "used"]
    assert left.words(0).startswith("confounded, and left out on request")


def test_a_month_of_news_that_begins_before_the_series_still_runs_in_its_windows() -> None:
    """Thirty days from 25 October, a series from 1 November: its candidates run from the first quote to the 24th."""
    month = news("2021-10-25", "Europe/London", "protests", precision="31d")
    event = at_session(JANUARY, 15, "event")
    frame = rows(joined(event, others=(month,)))
    assert frame["estimation_used"]["event", "London"] == 10
    assert frame["confounders"]["event", "London"] == "protests, 2021-10-25, tau = -15 to 3"
    assert FLAG in frame["reason"]["event", "London"]


def test_a_pair_that_the_roll_policy_drops_has_no_window_for_other_news_to_fall_into() -> None:
    """Its session is missing in the ledger; a tau without a session says nothing."""
    saturday = news("2022-01-08T12:00", "Europe/London", "saturday")
    monday = news("2022-01-10T09:00", "Europe/London", "monday")
    alignment = joined(saturday, others=(monday,), policies=mi.Policies(roll="drop"))
    assert rows(alignment)["session"].isna().all()
    assert not (alignment.codes & Reason.CONFOUNDED).any()
    assert not rows(alignment)["confounders"].fillna("").any()
