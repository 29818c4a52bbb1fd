"""From news to session: the rules of tau = 0, with dates and zones that can be checked on a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from tests.alignment.samples import (
    ALMATY,
    JANUARY,
    LONDON,
    NEW_YORK,
    aligned,
    bond,
    candidate_days,
    news,
    quoted,
    row,
)
from tests.sources.turkish import CG37, bid_yield


def days_of(event: mi.Event, snapshot: Any, days: Any = JANUARY) -> list[str]:
    return candidate_days(aligned(quoted(bond(snapshot=snapshot), days), event))


# The examples of the design


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        (LONDON, ["2022-01-05", "2022-01-06"]),
        (NEW_YORK, ["2022-01-04", "2022-01-05"]),
        (None, ["2022-01-04", "2022-01-05", "2022-01-06"]),
        ("15:00 Asia/Tokyo", ["2022-01-05", "2022-01-06"]),
        ("23:59 Asia/Almaty", ["2022-01-05", "2022-01-06"]),
        ("00:00 Asia/Almaty", ["2022-01-06"]),
    ],
)
def test_5_january_2022_in_almaty(snapshot: str | None, expected: list[str]) -> None:
    assert days_of(news("2022-01-05"), snapshot) == expected


@pytest.mark.parametrize("snapshot", [LONDON, NEW_YORK, None])
@pytest.mark.parametrize("zone", [ALMATY, "Asia/Aqtau", "Europe/London"])
def test_a_sunday_has_monday_alone(snapshot: str | None, zone: str) -> None:
    assert days_of(news("2022-01-09", zone), snapshot) == ["2022-01-10"]


def test_a_weekend_of_news_has_monday_alone() -> None:
    assert days_of(news("2022-01-08", "Europe/London", precision="2d"), LONDON) == ["2022-01-10"]


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("16:29", "2022-01-05"), ("16:29:59", "2022-01-05"), ("16:30", "2022-01-06"), ("16:31", "2022-01-06")],
)
def test_news_at_the_snapshot_is_not_in_it(clock: str, expected: str) -> None:
    event = mi.Event("news", announced_at=f"2022-01-05T{clock}", zone="Europe/London")
    alignment = aligned(quoted(bond()), event)
    assert candidate_days(alignment)[0] == expected
    assert row(alignment)["session"] == pd.Timestamp(expected)


@pytest.mark.parametrize("minute", ["16:29", "16:30", "16:31"])
def test_news_of_a_minute_has_one_candidate(minute: str) -> None:
    assert len(days_of(news(f"2022-01-05T{minute}", "Europe/London"), LONDON)) == 1


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("15:30", ["2022-01-05"]),
        ("15:31", ["2022-01-05", "2022-01-06"]),
        ("16:29", ["2022-01-05", "2022-01-06"]),
        ("16:30", ["2022-01-06"]),
    ],
)
def test_news_of_an_hour_around_the_snapshot(clock: str, expected: list[str]) -> None:
    assert days_of(news(f"2022-01-05T{clock}", "Europe/London", precision="hour"), LONDON) == expected


def test_the_airport_was_reported_after_london_and_before_new_york() -> None:
    airport = news("2022-01-05T22:52")
    assert days_of(airport, LONDON) == ["2022-01-06"]
    assert days_of(airport, NEW_YORK) == ["2022-01-05"]


def test_the_minutes_of_the_fed_came_after_london() -> None:
    minutes = news("2022-01-05T14:00", "America/New_York")
    assert days_of(minutes, LONDON) == ["2022-01-06"]
    assert days_of(minutes, NEW_YORK) == ["2022-01-05"]


def test_an_ambiguous_pair_is_one_row_at_its_first_candidate() -> None:
    alignment = aligned(quoted(bond()), news("2022-01-05"))
    assert len(alignment) == 1
    found = row(alignment)
    assert found["session"] == pd.Timestamp("2022-01-05")
    assert found["status"] == "flagged"
    assert found["reason"] == "the event session may be any of tau = 0 to 1"
    assert alignment.last[0] - alignment.position[0] == 1


def test_a_close_follows_the_change_of_clocks_between_london_and_new_york() -> None:
    """New York closed at 22:00 UTC until 11 March 2022 and at 21:00 from the 14th; London changed two weeks later."""
    days = pd.bdate_range("2022-01-03", "2022-04-29")
    assert days_of(news("2022-03-11T21:30", "UTC"), NEW_YORK, days) == ["2022-03-11"]
    assert days_of(news("2022-03-14T21:30", "UTC"), NEW_YORK, days) == ["2022-03-15"]
    assert days_of(news("2022-03-25T16:00", "UTC"), LONDON, days) == ["2022-03-25"]
    assert days_of(news("2022-03-28T16:00", "UTC"), LONDON, days) == ["2022-03-29"]


def test_almaty_is_an_hour_nearer_since_march_2024() -> None:
    """22:00 in Almaty was 16:00 UTC, before London's close, and is 17:00 UTC, after it."""
    days = pd.bdate_range("2024-01-01", "2024-04-30")
    assert days_of(news("2024-02-29T22:00"), LONDON, days) == ["2024-02-29"]
    assert days_of(news("2024-03-04T22:00"), LONDON, days) == ["2024-03-05"]


def test_a_snapshot_that_changed_its_time_decides_by_the_day() -> None:
    ecb = mi.Snapshot("14:15", "Europe/Berlin", later=(("2022-03-02", "14:10"),))
    days = pd.bdate_range("2022-01-03", "2022-03-31")
    assert days_of(news("2022-03-01T14:12", "Europe/Berlin"), ecb, days) == ["2022-03-01"]
    assert days_of(news("2022-03-02T14:12", "Europe/Berlin"), ecb, days) == ["2022-03-03"]


def test_the_invasion_and_the_sanctions_on_the_rates_of_the_ecb() -> None:
    panel = mi.fetch("ecb:EUR/RUB")
    timeline = mi.Timeline(event=(-5, 1))
    invasion = news("2022-02-24T05:50", "Europe/Moscow", "invasion")
    sanctions = news("2022-02-26", "Europe/Brussels", "sanctions", precision="2d")
    sessions = mi.align(panel, [invasion, sanctions], timeline=timeline).ledger.to_frame()["candidates"]
    assert sessions.tolist() == ["2022-02-24", "2022-02-28"]


# The shared lists of events


def test_the_news_of_january_2022_on_a_london_close(shared: Path) -> None:
    events = mi.read_events(shared / "data" / "kazakhstan_2022_events.csv")
    ledger = aligned(quoted(bond()), *events).ledger.to_frame().set_index("event_id")
    days = {
        name.removeprefix("kz-2022-01-"): text.replace("2022-01-", "")
        for name, text in ledger["candidates"].items()
    }
    assert days == {
        "02-zhanaozen": "03",
        "04-cap": "04 05",
        "05-government": "05 06",
        "05-emergency": "05",
        "05-residence": "05",
        "05-blackout": "05",
        "05-airport": "06",
        "06-csto": "06 07",
        "07-shoot": "07 10",
        "10-mourning": "10 11",
        "11-withdrawal": "11 12",
        "12-fx": "12 13",
    }
    assert ledger.loc["kz-2022-01-02-zhanaozen", "shift"] == 1
    assert ledger.loc["kz-2022-01-05-airport", "local_time"] == "2022-01-05T22:52+06:00"


def test_the_news_of_turkey_on_a_bond_whose_snapshot_nobody_knows(shared: Path) -> None:
    events = mi.read_events(shared / "data" / "turkey_events.csv")
    alignment = mi.align(bid_yield(shared), events)
    ledger = alignment.ledger.to_frame().set_index("event_id")
    assert ledger["candidates"].to_dict() == {
        "tr-2016-07-15-coup": "2016-07-15 2016-07-18",
        "tr-2018-06-24-election": "2018-06-25",
        "tr-2018-08-01-sanctions": "2018-08-01 2018-08-02 2018-08-03",
        "tr-2018-08-10-tariffs": "2018-08-10 2018-08-13",
        "tr-2019-07-06-governor": "2019-07-05 2019-07-08",
        "tr-2019-10-14-sanctions": "2019-10-14 2019-10-15 2019-10-16",
    }
    assert ledger["snapshot"].isna().all()
    assert (ledger["instrument"] == CG37).all()
    assert str(alignment.ledger) == "6 used of 6 given (6 flagged, 0 left out)"
    assert ledger["shift"].tolist() == [0, 1, 0, 0, -1, 0], "Saturday begins in Istanbul on Friday, 21:00 UTC"


# Properties, on the whole way from an event to its session

DAYS = pd.bdate_range("2022-02-01", "2022-04-29")
ZONES = ["Europe/London", "America/New_York", ALMATY, "UTC"]
instants = st.datetimes(datetime(2022, 2, 20), datetime(2022, 4, 20), timezones=st.just(UTC)).map(
    lambda instant: instant.replace(second=0, microsecond=0)
)
snapshots = st.tuples(st.sampled_from(["09:00", "14:15", "16:30", "17:00"]), st.sampled_from(ZONES)).map(
    " ".join
)


def snapshot_instant(day: date, snapshot: str) -> datetime:
    clock, zone = snapshot.split()
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=ZoneInfo(zone)).astimezone(UTC)


@cache
def quoted_at(snapshot: str | None) -> mi.Panel:
    return quoted(bond(snapshot=snapshot), DAYS)


def session_of(instant: datetime, snapshot: str, zone: str = "UTC") -> date:
    """Give the event session without a ledger, whose rows other tests read."""
    event = mi.Event("news", announced_at=instant.astimezone(ZoneInfo(zone)))
    (position,) = aligned(quoted_at(snapshot), event).position
    return DAYS[position].date()


@given(instants, snapshots)
def test_the_session_is_the_first_quoted_after_the_news(instant: datetime, snapshot: str) -> None:
    by_scan = next(day.date() for day in DAYS if snapshot_instant(day.date(), snapshot) > instant)
    assert session_of(instant, snapshot) == by_scan


@given(instants, snapshots)
def test_the_snapshot_in_the_ledger_lies_after_the_instant_in_it(instant: datetime, snapshot: str) -> None:
    found = row(aligned(quoted_at(snapshot), mi.Event("news", announced_at=instant)))
    assert found["instant"] == pd.Timestamp(instant)
    assert found["snapshot"] > found["instant"]
    assert found["snapshot"] == pd.Timestamp(snapshot_instant(found["session"].date(), snapshot))


@given(instants, snapshots, st.integers(0, 5000))
def test_later_news_never_has_an_earlier_session(instant: datetime, snapshot: str, minutes: int) -> None:
    assert session_of(instant + timedelta(minutes=minutes), snapshot) >= session_of(instant, snapshot)


@given(instants, snapshots, st.sampled_from(ZONES))
def test_one_instant_has_one_session_on_every_clock(instant: datetime, snapshot: str, zone: str) -> None:
    assert session_of(instant, snapshot, zone) == session_of(instant, snapshot)


@given(st.dates(date(2022, 2, 20), date(2022, 4, 20)), snapshots, st.sampled_from(ZONES))
def test_a_day_has_the_sessions_of_its_first_and_last_minute(day: date, snapshot: str, zone: str) -> None:
    whole = mi.Event("news", announced_at=day, zone=zone)
    found = candidate_days(aligned(quoted_at(snapshot), whole))
    first, last = session_of(whole.start, snapshot), session_of(whole.end - timedelta(minutes=1), snapshot)
    assert found == [f"{one:%Y-%m-%d}" for one in DAYS if first <= one.date() <= last]


@given(st.dates(date(2022, 2, 20), date(2022, 4, 20)), st.sampled_from(ZONES), snapshots)
def test_an_unknown_snapshot_has_the_sessions_of_every_known_one(day: date, zone: str, snapshot: str) -> None:
    event = mi.Event("news", announced_at=day, zone=zone)
    anywhere = candidate_days(aligned(quoted_at(None), event))
    assert {*candidate_days(aligned(quoted_at(snapshot), event))} <= {*anywhere}
