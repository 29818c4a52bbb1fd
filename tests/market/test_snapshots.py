"""Snapshots: at which instant a session is quoted."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.snapshots import snapshot_bounds, snapshot_of, widest_gap

LONDON = mi.Snapshot("16:30", "Europe/London")
NEW_YORK = mi.Snapshot("17:00", "America/New_York")
ECB = mi.Snapshot("14:15", "Europe/Berlin", later=(("2022-03-02", "14:10"),))


def sessions(*days: str) -> np.ndarray:
    return np.array(days, dtype="datetime64[D]")


def utc(snapshot: mi.Snapshot, *days: str) -> list[str]:
    return [f"{instant}"[5:16] for instant in snapshot.instants(sessions(*days))]


def test_a_close_follows_the_summer_time_of_its_place() -> None:
    assert utc(LONDON, "2022-01-05", "2022-07-05") == ["01-05T16:30", "07-05T15:30"]
    assert utc(NEW_YORK, "2022-01-05", "2022-07-05") == ["01-05T22:00", "07-05T21:00"]
    assert utc(NEW_YORK, "2022-03-11", "2022-03-14") == ["03-11T22:00", "03-14T21:00"]
    assert utc(mi.Snapshot("15:00", "Asia/Tokyo"), "2022-01-05") == ["01-05T06:00"]
    assert utc(mi.Snapshot("15:30", "Asia/Almaty"), "2024-02-29", "2024-03-01") == [
        "02-29T09:30",
        "03-01T10:30",
    ]


def test_london_and_new_york_are_an_hour_nearer_between_their_changes_of_clock() -> None:
    days = sessions("2022-03-11", "2022-03-14", "2022-03-28")
    assert widest_gap(LONDON, [NEW_YORK], days).tolist() == [5.5, 4.5, 5.5]


def test_a_time_that_changed_holds_from_its_date_on() -> None:
    assert utc(ECB, "2022-03-01", "2022-03-02", "2022-03-03") == ["03-01T13:15", "03-02T13:10", "03-03T13:10"]


def test_several_changes_follow_one_another() -> None:
    snapshot = mi.Snapshot("10:00", "UTC", later=(("2022-01-04", "11:00"), ("2022-01-06", "12:00:30")))
    assert utc(snapshot, "2022-01-03", "2022-01-04", "2022-01-05", "2022-01-06") == [
        "01-03T10:00",
        "01-04T11:00",
        "01-05T11:00",
        "01-06T12:00",
    ]
    assert snapshot.instants(sessions("2022-01-06"))[0] == np.datetime64("2022-01-06T12:00:30")


def test_a_time_inside_a_change_of_clock_takes_the_later_reading() -> None:
    night = mi.Snapshot("02:30", "Europe/Berlin")
    assert utc(night, "2022-03-26", "2022-03-27", "2022-03-28") == [
        "03-26T01:30",
        "03-27T01:00",
        "03-28T00:30",
    ]
    assert utc(night, "2022-10-29", "2022-10-30", "2022-10-31") == [
        "10-29T00:30",
        "10-30T01:30",
        "10-31T01:30",
    ]


@given(
    st.dates(datetime(1999, 1, 4).date(), datetime(2035, 1, 1).date()),
    st.sampled_from(
        ["Europe/London", "America/New_York", "Asia/Almaty", "Europe/Moscow", "Australia/Sydney"]
    ),
)
def test_an_instant_shows_the_clock_it_was_made_of(day: Any, zone: str) -> None:
    (instant,) = mi.Snapshot("16:30", zone).instants(np.array([day], dtype="datetime64[D]"))
    local = datetime.fromisoformat(f"{instant}+00:00").astimezone(ZoneInfo(zone))
    assert (local.date(), f"{local:%H:%M}") == (day, "16:30")


@pytest.mark.parametrize(
    "far", ["1950-01-05", "1969-12-31", "1970-01-01", "2037-12-31", "2049-12-31", "2099-07-05"]
)
@pytest.mark.parametrize("snapshot", [LONDON, NEW_YORK, ECB], ids=str)
def test_an_instant_does_not_depend_on_the_sessions_asked_for_beside_it(
    snapshot: mi.Snapshot, far: str
) -> None:
    days = sessions(far, "2022-01-05", "2022-07-05")
    one_by_one = [snapshot.instants(days[i : i + 1])[0] for i in range(3)]
    assert snapshot.instants(days).tolist() == [instant.tolist() for instant in one_by_one]
    assert snapshot.instants(days).astype("datetime64[D]").tolist() == days.tolist()


def test_writing_into_an_answer_changes_no_later_one() -> None:
    days = sessions("2022-01-05")
    LONDON.instants(days)[0] = np.datetime64("2000-01-01")
    assert utc(LONDON, "2022-01-05") == ["01-05T16:30"]


def test_no_session_has_no_instant() -> None:
    assert LONDON.instants(sessions()).tolist() == []


def test_a_snapshot_is_read_from_text() -> None:
    assert snapshot_of("16:30 Europe/London") == LONDON
    assert snapshot_of("  16:30   Europe/London ") == LONDON
    assert snapshot_of(LONDON) is LONDON
    assert snapshot_of(None) is None


def test_a_snapshot_reads_as_a_sentence() -> None:
    assert str(LONDON) == "16:30 Europe/London"
    assert str(ECB) == "14:15, 14:10 from 2022-03-02 Europe/Berlin"


def test_a_known_snapshot_is_both_of_its_bounds() -> None:
    days = sessions("2022-01-05", "2022-01-06")
    earliest, latest = snapshot_bounds(LONDON, days)
    assert earliest.tolist() == latest.tolist() == LONDON.instants(days).tolist()


def test_an_unknown_snapshot_lies_somewhere_in_its_day() -> None:
    days = sessions("2022-01-05", "2022-01-06")
    earliest, latest = snapshot_bounds(None, days)
    for known in (LONDON, NEW_YORK, ECB, mi.Snapshot("15:00", "Asia/Tokyo")):
        instants = known.instants(days)
        assert (earliest <= instants).all()
        assert (instants <= latest).all()
    assert (latest[:-1] < earliest[1:]).all(), "no instant belongs to two days"


def test_the_widest_gap_is_to_the_farthest_and_unknown_with_any_that_is() -> None:
    day = sessions("2022-01-05")
    treasury = mi.Snapshot("15:30", "America/New_York")
    assert widest_gap(LONDON, [], day).tolist() == [0.0]
    assert widest_gap(LONDON, [LONDON], day).tolist() == [0.0]
    assert widest_gap(LONDON, [treasury, NEW_YORK, ECB], day).tolist() == [5.5]
    assert np.isnan(widest_gap(LONDON, [treasury, None], day)).all()
    assert np.isnan(widest_gap(None, [treasury], day)).all()


@pytest.mark.parametrize("clock", ["25:00", "16.30", "", "half past four", "16:60", "4pm"])
def test_what_is_no_time_of_day_is_refused(clock: str) -> None:
    words = (
        rf"Snapshot\.clock: is not a time of day; received {re.escape(repr(clock))}; allowed: like '16:30'"
    )
    with pytest.raises(mi.InputError, match=words):
        mi.Snapshot(clock, "Europe/London")


@pytest.mark.parametrize("clock", ["16:30+05:00", "16:30Z", 1630, None])
def test_a_time_with_an_offset_of_its_own_or_no_text_is_refused(clock: Any) -> None:
    with pytest.raises(mi.InputError, match=r"Snapshot\.clock: is not a time of day"):
        mi.Snapshot(clock, "Europe/London")


@pytest.mark.parametrize("zone", ["London", "", "  ", "+01:00", None, 3])
def test_an_unknown_zone_is_refused(zone: Any) -> None:
    with pytest.raises(mi.InputError, match=r"Snapshot\.zone: is not a time zone; .*like 'Asia/Almaty'"):
        mi.Snapshot("16:30", zone)


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (
            (("2022-13-01", "14:10"),),
            r"Snapshot\.later: is not a date; received '2022-13-01'; allowed: like '2022-03-02'",
        ),
        ((("2022-03-02", "2pm"),), r"is not a time of day; received '2pm'"),
        ((("2022-03-02", "14:10"), ("2021-01-01", "14:00")), r"Snapshot\.later: dates must ascend"),
        ((("2022-03-02", "14:10"), ("2022-03-02", "14:00")), r"Snapshot\.later: dates must ascend"),
    ],
)
def test_changes_that_cannot_be_read_are_refused(later: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=words):
        mi.Snapshot("14:15", "Europe/Berlin", later=later)


@pytest.mark.parametrize("later", [("2022-03-02", "14:10"), ("2022-03-02",), "2022-03-02", 5])
def test_changes_that_are_no_pairs_are_refused(later: Any) -> None:
    with pytest.raises(mi.InputError, match=r"Snapshot\.later"):
        mi.Snapshot("14:15", "Europe/Berlin", later=later)


@pytest.mark.parametrize(
    "text", ["16:30", "Europe/London", "", "16:30 Europe London", 16.5, ("16:30", "UTC")]
)
def test_what_is_no_snapshot_is_refused(text: Any) -> None:
    with pytest.raises(
        mi.InputError, match=r"mine: is not a snapshot; .*like '16:30 Europe/London', or None"
    ):
        snapshot_of(text, "mine")
