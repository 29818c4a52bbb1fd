"""One event: its interval in UTC, read from its own clock, and every way in which that cannot be read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.news.event import FIELDS
from tests.shown import shown


def event(announced_at: Any, zone: str | None = "Asia/Almaty", **more: Any) -> mi.Event:
    return mi.Event("news", announced_at=announced_at, zone=zone, **more)


def interval(one: mi.Event) -> tuple[str, str]:
    return f"{one.start:%Y-%m-%d %H:%M}", f"{one.end:%Y-%m-%d %H:%M}"


# The interval


@pytest.mark.parametrize(
    ("announced_at", "precision", "start", "end"),
    [
        ("2022-01-05T16:10", None, "2022-01-05 10:10", "2022-01-05 10:11"),
        ("2022-01-05T16:10", "minute", "2022-01-05 10:10", "2022-01-05 10:11"),
        ("2022-01-05T16:10", "hour", "2022-01-05 10:10", "2022-01-05 11:10"),
        (
            "2022-01-05T16:10",
            "day",
            "2022-01-04 18:00",
            "2022-01-05 18:00",
        ),  # the clock time is not to be trusted
        ("2022-01-05", None, "2022-01-04 18:00", "2022-01-05 18:00"),
        ("2022-01-05", "day", "2022-01-04 18:00", "2022-01-05 18:00"),
        ("2022-01-05", "3d", "2022-01-04 18:00", "2022-01-07 18:00"),
        ("2022-01-05", "+-1d", "2022-01-03 18:00", "2022-01-06 18:00"),
        ("2022-01-05", "±2d", "2022-01-02 18:00", "2022-01-07 18:00"),
        ("2022-01-05T16:10", "+-2d", "2022-01-02 18:00", "2022-01-07 18:00"),
        ("2022-01-05", "before open", "2022-01-04 18:00", "2022-01-05 18:00"),
        ("2022-01-05 after close", None, "2022-01-04 18:00", "2022-01-05 18:00"),
    ],
)
def test_the_interval_in_utc(announced_at: str, precision: str | None, start: str, end: str) -> None:
    assert interval(event(announced_at, precision=precision)) == (start, end)


def test_the_default_precision_is_that_of_what_was_given() -> None:
    assert event("2022-01-05").precision == "day"
    assert event("2022-01-05T16:10").precision == "minute"


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2022-03-27", 23),
        ("Europe/Berlin", "2022-10-30", 25),
        ("Europe/Berlin", "2022-03-28", 24),
        ("America/New_York", "2022-03-13", 23),
        ("America/New_York", "2022-11-06", 25),
        ("Asia/Almaty", "2022-03-27", 24),
        ("Asia/Almaty", "2024-02-29", 25),  # +06 until midnight, +05 from then on
        ("America/Havana", "2022-03-13", 23),  # the day begins at 01:00
        ("America/Havana", "2022-11-06", 25),  # 00:00 comes twice
        ("Africa/Cairo", "2024-04-26", 23),
    ],
)
def test_a_local_day_has_the_hours_its_zone_gives_it(zone: str, day: str, hours: int) -> None:
    one = event(day, zone)
    assert one.end - one.start == timedelta(hours=hours)


def test_days_follow_one_another_without_gap_or_overlap_through_changes_of_clock() -> None:
    days = [date(2022, 1, 1) + timedelta(days=i) for i in range(365)]
    for zone in ("Europe/Berlin", "America/New_York", "America/Havana", "Asia/Tehran", "Africa/Cairo"):
        of_zone = [event(day, zone) for day in days]
        assert [one.end for one in of_zone[:-1]] == [one.start for one in of_zone[1:]]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2022-03-28", 119),  # 26 to 30 March, with the hour that was left out on the 27th
        ("Europe/Berlin", "2022-03-30", 120),
        ("Europe/Berlin", "2022-10-28", 121),
        ("Pacific/Apia", "2011-12-31", 96),  # 28, 29, 31 December, 1 and 2 January: there was no 30th
    ],
)
def test_days_around_a_day_over_a_change_of_clock(zone: str, day: str, hours: int) -> None:
    one = event(day, zone, precision="+-2d")
    assert one.end - one.start == timedelta(hours=hours)


def test_an_event_of_several_days_names_one_of_them() -> None:
    one = event("2022-01-05", precision="+-2d")
    assert one.local.isoformat() == "2022-01-05T00:00:00+06:00"
    assert event("2022-01-05T16:10", precision="±2d").local.isoformat() == "2022-01-05T16:10:00+06:00"


def test_three_days_over_a_change_of_clock() -> None:
    one = event("2022-03-26", "Europe/Berlin", precision="3d")
    assert one.end - one.start == timedelta(hours=71)


@pytest.mark.parametrize(
    ("zone", "when", "utc"),
    [
        ("Asia/Almaty", "2022-01-05T12:00", "2022-01-05 06:00"),
        ("Asia/Almaty", "2024-02-29T12:00", "2024-02-29 06:00"),
        ("Asia/Almaty", "2024-03-01T12:00", "2024-03-01 07:00"),
        ("Asia/Aqtau", "2022-01-05T12:00", "2022-01-05 07:00"),
        ("Europe/Istanbul", "2016-07-15T22:30", "2016-07-15 19:30"),
        ("America/New_York", "2018-08-10T08:47", "2018-08-10 12:47"),
        ("America/New_York", "2022-01-05T14:00", "2022-01-05 19:00"),
    ],
)
def test_an_offset_is_that_of_the_place_and_the_day(zone: str, when: str, utc: str) -> None:
    assert interval(event(when, zone))[0] == utc


def test_aqtau_and_almaty_were_an_hour_apart_in_january_2022() -> None:
    at = "2022-01-05T16:10"
    assert event(at, "Asia/Aqtau").start - event(at, "Asia/Almaty").start == timedelta(hours=1)


@given(
    st.dates(date(1990, 1, 1), date(2035, 1, 1)),
    st.integers(1, 99),
    st.sampled_from(["Asia/Almaty", "Europe/Berlin", "America/Havana", "Asia/Tehran", "Australia/Lord_Howe"]),
)
def test_the_days_around_a_day_hold_it_in_their_middle(day: date, k: int, zone: str) -> None:
    one = event(day, zone, precision=f"+-{k}d")
    alone = event(day, zone)
    last = one.end - timedelta(hours=12)  # at noon of the last day, or an hour beside it
    first = one.start + timedelta(hours=12)
    assert one.start < alone.start < alone.end < one.end
    assert day - first.astimezone(ZoneInfo(zone)).date() == timedelta(days=k)
    assert last.astimezone(ZoneInfo(zone)).date() - day == timedelta(days=k)


# A side of the market's session


@pytest.mark.parametrize(
    ("announced_at", "precision", "side"),
    [
        ("2022-01-05", "before open", "before open"),
        ("2022-01-05 market open (next day)", None, "after close"),
        ("2022-01-05 Market  Open", None, "before open"),
        ("2022-01-05", "After-hours", "after close"),
        ("2022-01-05 after close", "after market close", "after close"),
        (date(2022, 1, 5), "pre-market", "before open"),
        (datetime(2022, 1, 5), "after close", "after close"),  # a date as pandas holds it
    ],
)
def test_news_is_dated_by_a_side_of_the_session(
    announced_at: object, precision: str | None, side: str
) -> None:
    assert event(announced_at, precision=precision) == event("2022-01-05", precision=side)
    assert event(announced_at, precision=precision).precision == side


@pytest.mark.parametrize(
    ("announced_at", "precision"),
    [
        ("2022-01-05 after close", "before open"),
        ("2022-01-05 after close", "day"),
        ("2022-01-05 before open", "+-2d"),
        ("2022-01-05 before open", "minute"),
    ],
)
def test_two_precisions_that_disagree_are_refused(announced_at: str, precision: str) -> None:
    words = rf"Event\.precision: event 'news' is said to be '.*' behind its date and '{re.escape(precision)}' beside"
    with pytest.raises(mi.InputError, match=words):
        event(announced_at, precision=precision)


@pytest.mark.parametrize(
    ("announced_at", "precision"),
    [
        ("2022-01-05T16:10", "after close"),
        ("2022-01-05T16:10 after close", None),
        (datetime(2022, 1, 5, 16, 10), "before open"),
        ("2022-01-05T00:00+06:00", "before open"),
    ],
)
def test_a_side_of_the_session_takes_no_clock_time(announced_at: object, precision: str | None) -> None:
    with pytest.raises(
        mi.InputError, match=r"has a clock time and is said to be '.*'; .*a date without a clock"
    ):
        event(announced_at, precision=precision)


def test_a_side_of_the_session_needs_a_zone_too() -> None:
    with pytest.raises(mi.InputError, match="event 'news' has no zone"):
        event("2022-01-05 after close", None)


# The forms of a time


@pytest.mark.parametrize(
    "announced_at",
    [
        "2022-01-05T16:10",
        "2022-01-05 16:10",
        "2022-01-05T16:10:00.000",
        "20220105T1610",
        "2022-01-05T16:10+06:00",
        "20220105T161000+0600",
        datetime(2022, 1, 5, 16, 10),
        datetime(2022, 1, 5, 10, 10, tzinfo=UTC).astimezone(ZoneInfo("Asia/Almaty")),
        datetime(2022, 1, 5, 16, 10, tzinfo=timezone(timedelta(hours=6))),
    ],
    ids=repr,
)
def test_one_instant_in_several_forms_is_one_event(announced_at: object) -> None:
    assert event(announced_at) == event("2022-01-05T16:10")


def test_an_aware_time_needs_no_zone() -> None:
    at = datetime(2022, 1, 5, 16, 10, tzinfo=ZoneInfo("Asia/Almaty"))
    assert event(at, None) == event("2022-01-05T16:10")
    assert interval(event("2022-01-05T16:10+06:00", None)) == ("2022-01-05 10:10", "2022-01-05 10:11")
    assert event("2022-01-05T10:10Z", None).start == event("2022-01-05T16:10").start


@pytest.mark.parametrize("package", ["pytz", "dateutil.tz"])
def test_the_zones_of_other_packages_are_read_like_those_of_the_standard_library(package: str) -> None:
    """Times of pandas before 3.0 carry zones of pytz; a day of theirs still ends at its own midnight."""
    zones = pytest.importorskip(package, reason="another package of zones")
    zone = (zones.timezone if package == "pytz" else zones.gettz)("Europe/Berlin")
    at = datetime(2022, 10, 29, 10, 0, tzinfo=UTC).astimezone(zone)  # clocks go back in the night after
    for precision in ("minute", "day", "2d"):
        ours = event("2022-10-29T12:00", "Europe/Berlin", precision=precision)
        assert interval(event(at, None, precision=precision)) == interval(ours)
        back = mi.EventSet.from_events([event(at, None, precision=precision)])["news"]
        assert interval(back) == interval(ours)


def test_a_time_that_exists_twice_is_read_with_its_offset() -> None:
    early = event("2022-10-30T02:30+02:00", "Europe/Berlin")
    late = event("2022-10-30T02:30+01:00", "Europe/Berlin")
    assert late.start - early.start == timedelta(hours=1)
    assert interval(early)[0] == "2022-10-30 00:30"


def test_an_event_is_a_value() -> None:
    assert event("2022-01-05") == event(date(2022, 1, 5))
    with pytest.raises(AttributeError, match="zone"):
        event("2022-01-05").zone = "UTC"  # type: ignore[misc]


def test_the_columns_of_an_event_file_are_the_fields_of_an_event() -> None:
    assert {*FIELDS} <= {*dir(event("2022-01-05"))}


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1)),
    st.sampled_from(["minute", "hour", "day", "3d", "9d"]),
)
def test_an_event_never_ends_before_it_begins(wall: datetime, precision: str) -> None:
    one = event(wall, "Asia/Tokyo", precision=precision)  # a zone whose clock does not change
    first = wall if precision in ("minute", "hour") else datetime.combine(wall.date(), time())
    assert one.start == first.replace(tzinfo=timezone(timedelta(hours=9)))
    assert one.start < one.end


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Asia/Almaty", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
def test_a_zone_changes_the_clock_and_not_the_instant(instant: datetime, zone: str) -> None:
    assert event(instant, None).start == event(instant.astimezone(ZoneInfo(zone)), None).start == instant


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    st.lists(
        st.sampled_from(["Asia/Almaty", "Europe/Berlin", "Asia/Kathmandu", "America/New_York", "UTC"]),
        min_size=2,
        max_size=2,
    ),
)
def test_one_instant_written_in_two_zones_has_one_start(utc: datetime, zones: list[str]) -> None:
    written = [utc.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) for zone in zones]
    events = mi.EventSet.from_events(
        mi.Event(str(i), announced_at=at.isoformat(), zone=zone)
        for i, (at, zone) in enumerate(zip(written, zones, strict=True))
    )
    assert [start.item() for start in events.start] == [utc, utc]
    assert (events.end[0], events["0"].end) == (events.end[1], events["1"].end)


def test_an_offset_to_the_second_is_a_zone_of_its_own() -> None:
    one = event("1900-01-05T16:10:00+05:07:48", None)
    assert one.start == datetime(1900, 1, 5, 11, 2, 12, tzinfo=UTC)
    assert mi.EventSet.from_events([one])["news"].start == one.start


@pytest.mark.parametrize(
    "one",
    [
        event("2022-01-05"),
        event("2022-01-05T16:10", precision="day"),  # keeps the clock time that named it
        event("2022-01-05T16:10:07.5", precision="hour", place="KZ", title="a 'day'\nof <unrest>"),
        event("2022-01-05 after close", surprise=-0.25, surprise_unit="pp"),
        event("2022-01-05", precision="+-2d"),
        event("2022-10-30T02:30+01:00", "Europe/Berlin"),  # this clock time is there twice
        event("2022-03-13", "America/Havana"),  # this day begins at one o'clock
        event("2022-01-05T16:10+06:00", None),
        event("2022-01-05T16:10+06:00", None, precision="3d"),
    ],
    ids=lambda one: f"{one.local}, {one.precision}",
)
def test_the_repr_of_an_event_makes_the_same_event(one: mi.Event) -> None:
    again = eval(repr(one), {"Event": mi.Event})
    assert again == one
    assert (again.start, again.end, again.zone) == (one.start, one.end, one.zone)
    assert "None" not in repr(one)


def test_an_event_shows_what_is_known_of_it_and_its_interval() -> None:
    read = shown(event("2022-01-05", title="<script>alert(1)</script>", place="KZ"))
    assert read.rows[1:] == [
        ["id", "news"],
        ["announced_at", "2022-01-05"],
        ["zone", "Asia/Almaty"],
        ["precision", "day"],
        ["place", "KZ"],
        ["title", "<script>alert(1)</script>"],
        ["from", "2022-01-04 18:00:00 UTC"],
        ["until", "2022-01-05 18:00:00 UTC"],
    ]


# What is refused


@pytest.mark.parametrize(
    "announced_at", ["2022-01-05T16:10", "2022-01-05", datetime(2022, 1, 5, 16, 10)], ids=repr
)
def test_a_time_without_a_zone_is_refused(announced_at: object) -> None:
    with pytest.raises(mi.InputError, match=r"Event\.zone: event 'news' has no zone; .*like 'Asia/Almaty'"):
        event(announced_at, None)


@pytest.mark.parametrize("zone", ["Asia/Almata", "Almaty", "", " ", "+06:00", "../UTC", "KZT"])
@pytest.mark.parametrize("announced_at", ["2022-01-05", "2022-01-05T10:10Z"])
def test_an_unknown_zone_is_refused(announced_at: str, zone: str) -> None:
    words = rf"Event\.zone: event 'news' has an unknown zone; received {re.escape(repr(zone))}; .*like 'Asia/Almaty'"
    with pytest.raises(mi.InputError, match=words):
        event(announced_at, zone)


def test_a_wall_time_that_exists_twice_is_refused_with_both_readings() -> None:
    words = r"02:30:00 exists twice in Europe/Berlin: \S+\+02:00 or \S+\+01:00; .*the time with its offset"
    with pytest.raises(mi.InputError, match=words):
        event("2022-10-30T02:30", "Europe/Berlin")


def test_a_wall_time_that_never_was_is_refused() -> None:
    with pytest.raises(mi.InputError, match=r"2022-03-27T02:30:00 does not exist in Europe/Berlin"):
        event("2022-03-27T02:30", "Europe/Berlin")


@pytest.mark.parametrize("wall", ["2022-10-30T02:30", "2022-03-27T02:30"])
def test_what_the_message_proposes_for_such_a_time_is_accepted(wall: str) -> None:
    with pytest.raises(mi.InputError, match=r"twice|not exist") as caught:
        event(wall, "Europe/Berlin")
    proposed = re.findall(r"2022-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", str(caught.value))
    assert proposed
    for reading in proposed:
        assert event(reading, "Europe/Berlin").start == datetime.fromisoformat(reading)


@pytest.mark.parametrize(
    ("offset", "zone"), [("+05:00", "Asia/Almaty"), ("+06:00", "Asia/Aqtau"), ("Z", "Asia/Almaty")]
)
def test_an_offset_that_contradicts_the_zone_is_refused(offset: str, zone: str) -> None:
    with pytest.raises(mi.InputError, match=rf"event 'news': .* has an offset that {zone} did not have then"):
        event(f"2022-01-05T16:10{offset}", zone)


@pytest.mark.parametrize(
    "announced_at",
    [
        "5 January 2022",
        "05.01.2022",
        "2022-13-05",
        "2022-01-05T25:00",
        "2022-02-30",
        "soon",
        "",
        "20220105",
        "2022-W01",
        "2022-W01-3",
        "20220105 after close",
        "2022-W01T16:10",
        "2022-01-05T16",
        "2022-01-05x16:10",
        20220105,
        None,
        1.5,
        pd.NaT,
    ],
    ids=repr,
)
def test_what_is_no_time_is_refused(announced_at: object) -> None:
    words = r"Event\.announced_at: event 'news': .*is neither a date nor a time.*like '2022-01-05' or"
    with pytest.raises(mi.InputError, match=words):
        event(announced_at)


@pytest.mark.parametrize("precision", ["week", "0d", "d", "100d", "Day", "1.5d", "second", "3 d", "+-0d", 3])
def test_an_unknown_precision_is_refused(precision: Any) -> None:
    with pytest.raises(
        mi.InputError, match=r"Event\.precision: event 'news' has an unknown precision; .*'3d'"
    ):
        event("2022-01-05", precision=precision)


@pytest.mark.parametrize("precision", ["minute", "hour"])
def test_a_date_alone_is_not_precise_to_the_minute(precision: str) -> None:
    with pytest.raises(
        mi.InputError, match=rf"a date alone, which is not precise to the {precision}; .*a clock time"
    ):
        event("2022-01-05", precision=precision)


@pytest.mark.parametrize("name", ["", "  ", None, 7])
def test_an_event_needs_a_name(name: Any) -> None:
    with pytest.raises(mi.InputError, match=r"Event\.id: is empty; .*allowed: a name"):
        mi.Event(name, announced_at="2022-01-05", zone="UTC")


@pytest.mark.parametrize("given", [{"surprise": 0.5}, {"surprise_unit": "pp"}])
def test_a_surprise_and_its_unit_go_together(given: dict[str, Any]) -> None:
    with pytest.raises(
        mi.InputError, match=r"Event\.surprise_unit: event 'news': a surprise and its unit go together"
    ):
        event("2022-01-05", **given)


@pytest.mark.parametrize("surprise", [float("inf"), float("nan"), "0.5", "large"])
def test_a_surprise_is_a_finite_number(surprise: object) -> None:
    with pytest.raises(mi.InputError, match="surprise"):
        event("2022-01-05", surprise=surprise, surprise_unit="pp")


@pytest.mark.parametrize("place", ["Kazakhstan", "KAZ", "kz", "", 7])
def test_a_place_is_the_code_of_a_country_as_an_issuer_is(place: Any) -> None:
    """Another spelling would match no bond and no currency, and nobody would be told."""
    with pytest.raises(mi.InputError, match="place"):
        event("2022-01-05", place=place)


@pytest.mark.parametrize(
    "announced_at",
    [
        "2022-01-05 soon",
        "2022-01-05 ",
        "2022-01-05 day",
        "2022-01-05 3d",
        "2022-01-05, after close",
        "after close",
    ],
)
def test_only_a_side_of_the_session_may_stand_behind_a_date(announced_at: str) -> None:
    with pytest.raises(mi.InputError, match="is neither a date nor a time"):
        event(announced_at)


@pytest.mark.parametrize("precision", ["+-2d", "±2d", "3d", "day"])
def test_a_precision_behind_a_date_is_sent_to_its_own_column(precision: str) -> None:
    words = rf"neither a date nor a time; .*'2018-04-18' in announced_at, and {re.escape(repr(precision))} in precision"
    with pytest.raises(mi.InputError, match=words):
        event(f"2018-04-18 {precision}")


def test_a_day_that_its_zone_skipped_is_refused_not_moved() -> None:
    with pytest.raises(mi.InputError, match="2011-12-30 is a day that Pacific/Apia skipped"):
        event("2011-12-30", "Pacific/Apia")


@pytest.mark.parametrize("announced_at", ["9999-12-31T23:59-10:00", "0001-01-01T00:00+10:00"])
def test_a_time_beyond_the_calendar_is_refused_not_a_crash(announced_at: str) -> None:
    with pytest.raises(mi.InputError, match=r"event 'news': .* lies at an end of the calendar"):
        event(announced_at, None)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_at_the_end_of_the_calendar_is_refused_not_a_crash(day: str) -> None:
    with pytest.raises(mi.InputError, match="event 'news'"):
        mi.EventSet.from_events([event(day)])
    with pytest.raises(mi.InputError, match="lies at an end of the calendar"):
        event(day, precision="+-2d")
