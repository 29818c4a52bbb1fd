"""Calendars: the sessions that a move spans, and the days on which official rates were set."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.calendars import expected_sessions, setting_days, weekday_offsets


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


@pytest.fixture
def named() -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars need the extra 'calendars'")


# Spans, Monday to Friday


@pytest.mark.parametrize(
    ("before", "after", "span"),
    [
        ("2022-01-04", "2022-01-05", 1),  # the next day
        ("2022-01-07", "2022-01-10", 1),  # an ordinary weekend
        ("2022-01-05", "2022-01-07", 2),  # a holiday
        ("2022-04-14", "2022-04-19", 3),  # Easter: Good Friday and Easter Monday
        ("2022-01-05", "2022-01-12", 5),  # a closure of a week
        ("2022-01-07", "2022-01-08", 1),  # a quote on a Saturday
        ("2022-01-08", "2022-01-09", 1),  # and on a Sunday
        ("2022-01-08", "2022-01-10", 1),
    ],
)
def test_a_move_spans_the_working_days_since_the_last_quote(before: str, after: str, span: int) -> None:
    assert expected_sessions(None, days(before, after)).tolist() == [1, span]


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_quotes_span_nothing(n: int) -> None:
    assert expected_sessions(None, days("2022-01-05")[:n]).tolist() == [1] * n


@given(st.sets(st.integers(0, 400), min_size=2))
def test_spans_add_up_to_the_working_days_between_first_and_last(offsets: set[int]) -> None:
    sessions = np.datetime64("2021-12-31", "D") + np.array(sorted(offsets))
    weekdays = sessions[np.is_busday(sessions)]
    if len(weekdays) > 1:
        spans = expected_sessions(None, weekdays)
        assert spans[1:].sum() == np.busday_count(weekdays[0], weekdays[-1])
        assert (spans >= 1).all()


@given(st.sets(st.integers(0, 200), min_size=2), st.integers(-60, 60))
def test_shifting_all_dates_by_whole_weeks_changes_no_span(offsets: set[int], weeks: int) -> None:
    sessions = np.datetime64("2021-12-31", "D") + np.array(sorted(offsets))
    shifted = sessions + np.timedelta64(7 * weeks, "D")
    assert expected_sessions(None, shifted).tolist() == expected_sessions(None, sessions).tolist()


# Spans, by a named calendar


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    ("calendar", "before", "after", "span"),
    [
        ("XLON", "2022-04-14", "2022-04-19", 1),  # Easter is no session there
        ("XLON", "2022-01-07", "2022-01-10", 1),
        ("XLON", "2022-01-05", "2022-01-07", 2),
        ("XNYS", "2022-01-14", "2022-01-18", 1),  # Martin Luther King's day
        ("XLON", "2022-01-14", "2022-01-18", 2),
    ],
)
def test_a_named_calendar_knows_its_holidays(calendar: str, before: str, after: str, span: int) -> None:
    assert expected_sessions(calendar, days(before, after)).tolist() == [1, span]


@pytest.mark.usefixtures("named")
def test_a_quote_on_a_day_without_a_session_still_spans_one() -> None:
    assert expected_sessions("XLON", days("2022-04-14", "2022-04-15", "2022-04-19")).tolist() == [1, 1, 1]
    assert expected_sessions("XLON", days("2022-04-13", "2022-04-18")).tolist() == [1, 1], "14 April alone"


@pytest.mark.usefixtures("named")
def test_a_calendar_that_does_not_reach_the_quotes_is_refused() -> None:
    with pytest.raises(
        mi.DataError, match=r"calendar: the calendar covers \S+ to \S+, the quotes 1950-04-14 to .*'XLON'"
    ):
        expected_sessions("XLON", days("1950-04-14", "2022-01-05"))


@pytest.mark.usefixtures("named")
def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(
        mi.InputError, match=r"calendar: is not a calendar .*received 'XALM'; .*'XLON', .*or None"
    ):
        expected_sessions("XALM", days("2022-01-04", "2022-01-05"))


def test_a_named_calendar_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    words = (
        r"calendar: named calendars need .*received 'XBUD'; .*pip install 'marketimpact\[calendars\]', or cal"
    )
    with pytest.raises(mi.MissingExtraError, match=words):
        expected_sessions("XBUD", days("2022-01-04", "2022-01-05"))
    with pytest.raises(mi.MissingExtraError, match=words):
        setting_days(days("2022-01-04", "2022-01-05"), 1, "XBUD")


def test_without_a_name_no_package_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    assert expected_sessions(None, days("2022-01-04", "2022-01-05")).tolist() == [1, 1]


# Days of setting


def test_official_rates_of_tuesday_to_saturday_were_set_monday_to_friday() -> None:
    dated = days("2022-02-22", "2022-02-23", "2022-02-24", "2022-02-25", "2022-02-26")
    put_back = setting_days(dated, 1)
    assert (
        put_back.tolist()
        == days("2022-02-21", "2022-02-22", "2022-02-23", "2022-02-24", "2022-02-25").tolist()
    )


def test_no_lag_moves_nothing() -> None:
    dated = days("2022-02-22", "2022-02-26")
    assert setting_days(dated, 0).tolist() == dated.tolist()


def test_a_lag_of_two_working_days() -> None:
    assert (
        setting_days(days("2022-02-24", "2022-03-01"), 2).tolist()
        == days("2022-02-22", "2022-02-25").tolist()
    )


@pytest.mark.usefixtures("named")
def test_a_setting_calendar_knows_its_holidays() -> None:
    assert (
        setting_days(days("2022-04-19", "2022-04-20"), 1, "XLON").tolist()
        == days("2022-04-14", "2022-04-19").tolist()
    )


def test_two_dates_of_one_setting_day_are_refused() -> None:
    words = r"dating_lag: rates dated 2022-02-26 and 2022-02-28 would both be set on 2022-02-25; received 1"
    with pytest.raises(mi.DataError, match=words):
        setting_days(days("2022-02-25", "2022-02-26", "2022-02-28"), 1)


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("dated", [("1900-04-19",), ("1900-04-19", "1900-04-20"), ("2100-04-19",)])
def test_dates_that_the_setting_calendar_does_not_cover_are_refused(dated: tuple[str, ...]) -> None:
    with pytest.raises(mi.DataError, match=r"calendar: the calendar covers"):
        setting_days(days(*dated), 1, "XLON")


def test_offsets_count_weekdays_and_put_a_weekend_with_its_friday() -> None:
    sessions = days("2022-01-03", "2022-01-05", "2022-01-07", "2022-01-08", "2022-01-09", "2022-01-10")
    assert weekday_offsets(sessions, np.datetime64("2022-01-05")).tolist() == [-2, 0, 2, 2, 2, 3]
