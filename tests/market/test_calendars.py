"""Calendars: the sessions that a move spans, and the days on which official rates were set."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.calendars import expected_days, expected_sessions, setting_days, weekday_offsets


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


@pytest.fixture
def named() -> None:
    for package in ("exchange_calendars", "pandas_market_calendars"):
        pytest.importorskip(package, reason="named calendars need the extra 'calendars'")


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
        ("XNYS", "2022-11-10", "2022-11-14", 2),  # Veterans' Day: shares trade, bonds do not
        ("SIFMA_US", "2022-11-10", "2022-11-14", 1),
        ("XNYS", "2022-10-07", "2022-10-11", 2),  # Columbus Day, likewise
        ("SIFMA_US", "2022-10-07", "2022-10-11", 1),
    ],
)
def test_a_named_calendar_knows_its_holidays(calendar: str, before: str, after: str, span: int) -> None:
    assert expected_sessions(calendar, days(before, after)).tolist() == [1, span]


@pytest.mark.usefixtures("named")
def test_a_quote_on_a_day_without_a_session_still_spans_one() -> None:
    assert expected_sessions("XLON", days("2022-04-14", "2022-04-15", "2022-04-19")).tolist() == [1, 1, 1]
    assert expected_sessions("XLON", days("2022-04-13", "2022-04-18")).tolist() == [1, 1], "14 April alone"


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    ("calendar", "dates"),
    [
        ("XLON", ("1950-04-14", "2022-01-05")),
        ("XLON", ("2022-01-05", "2100-01-05")),
        ("AIXK", ("2016-12-01", "2022-01-05")),  # Astana's exchange began in 2017
        ("XSHG", ("2022-01-05", "2049-12-30")),  # its holidays are decreed year by year
        ("SIFMA_US", ("1989-12-29", "2022-01-05")),
        ("SIFMA_US", ("2022-01-05", "2100-01-05")),
    ],
)
def test_a_calendar_that_does_not_reach_the_quotes_is_refused(calendar: str, dates: tuple[str, str]) -> None:
    words = (
        rf"calendar: the calendar covers \S+ to \S+, the quotes {dates[0]} to {dates[1]}; received '{calendar}';"
        r" allowed: quotes within what the calendar covers, a newer version .* or None for Monday to Friday"
    )
    with pytest.raises(mi.DataError, match=words):
        expected_sessions(calendar, days(*dates))
    with pytest.raises(mi.DataError, match=words):
        expected_days(calendar, *dates)


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    ("written", "meant"),
    [("XALM", "XLIM"), ("SIFMA US", "SIFMA_US"), ("sifma_us", "SIFMA_US"), ("xlon", "XLON"), ("CME Bond", "CME_Bond")],
)  # fmt: skip
def test_an_unknown_calendar_is_refused_with_the_nearest_names(written: str, meant: str) -> None:
    words = (
        "calendar: is not a calendar of exchange_calendars or pandas_market_calendars;"
        rf" received '{written}'; allowed: the nearest names are .*'{meant}'.*; or None for Monday to Friday"
    )
    with pytest.raises(mi.InputError, match=words):
        expected_sessions(written, days("2022-01-04", "2022-01-05"))


@pytest.mark.usefixtures("named")
def test_a_calendar_that_its_package_fails_to_compute_is_an_error_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(name: str, **_: object) -> None:
        raise NotImplementedError(name)

    monkeypatch.setattr("pandas_market_calendars.get_calendar", fail)
    words = r"calendar: pandas_market_calendars knows the calendar, but fails .*\(NotImpl.*received 'CFE_.*another ver"
    monkeypatch.setattr("pandas_market_calendars.get_calendar_names", lambda: ["CFE_that_fails"])
    with pytest.raises(mi.DataError, match=words):
        expected_days("CFE_that_fails", "2022-01-04", "2022-01-05")


@pytest.mark.parametrize(
    ("package", "calendar"), [("exchange_calendars", "XBUD"), ("pandas_market_calendars", "CBOE_Futures")]
)
def test_a_named_calendar_without_its_package_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, package: str, calendar: str
) -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars need the extra 'calendars'")
    monkeypatch.setitem(sys.modules, package, None)
    words = (
        rf"calendar: the package {package}, which may know this calendar, is not installed; received '{calendar}';"
        r" allowed: pip install 'marketimpact\[calendars\]', or calendar=None for Monday to Friday"
    )
    with pytest.raises(mi.MissingExtraError, match=words):
        expected_sessions(calendar, days("2022-01-04", "2022-01-05"))
    with pytest.raises(mi.MissingExtraError, match=words):
        setting_days(days("2022-01-04", "2022-01-05"), 1, calendar)
    with pytest.raises(mi.MissingExtraError, match=words):
        expected_days(calendar, "2022-01-04", "2022-01-05")


def test_without_a_name_no_package_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    assert expected_sessions(None, days("2022-01-04", "2022-01-05")).tolist() == [1, 1]


# Expected days


@pytest.mark.parametrize("first", ["2022-01-07", date(2022, 1, 7), np.datetime64("2022-01-07")], ids=repr)
def test_without_a_name_monday_to_friday_are_expected_both_ends_included(first: object) -> None:
    assert (
        expected_days(None, first, "2022-01-11").tolist()  # type: ignore[arg-type]
        == days("2022-01-07", "2022-01-10", "2022-01-11").tolist()
    )


@pytest.mark.parametrize(
    ("first", "last"),
    [("2022-01-08", "2022-01-09"), ("2022-01-06", "2022-01-05"), ("2022-01-06", "2022-01-01")],
)
def test_no_day_is_expected_over_a_weekend_or_from_a_day_to_an_earlier_one(first: str, last: str) -> None:
    assert expected_days(None, first, last).tolist() == []


NEW_YEAR = ("2021-12-30", "2022-01-05")
GOOD_FRIDAY = ("2022-04-14", "2022-04-19")
VETERANS = ("2022-11-10", "2022-11-14")
COLUMBUS = ("2022-10-07", "2022-10-11")
NAURYZ = ("2022-03-18", "2022-03-25")


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    ("calendar", "span", "shut"),
    [
        ("XNYS", NEW_YEAR, ()),  # 1 January was a Saturday
        ("SIFMA_US", NEW_YEAR, ()),
        ("XLON", NEW_YEAR, ("2022-01-03",)),  # London makes up for it
        ("SIFMA_UK", NEW_YEAR, ("2022-01-03",)),
        ("XNYS", GOOD_FRIDAY, ("2022-04-15",)),
        ("SIFMA_US", GOOD_FRIDAY, ("2022-04-15",)),
        ("XLON", GOOD_FRIDAY, ("2022-04-15", "2022-04-18")),
        ("SIFMA_UK", GOOD_FRIDAY, ("2022-04-15", "2022-04-18")),
        ("SIFMA_US", ("2023-04-06", "2023-04-10"), ()),  # a Good Friday with a report on employment
        ("XNYS", ("2023-04-06", "2023-04-10"), ("2023-04-07",)),
        ("XNYS", VETERANS, ()),
        ("SIFMA_US", VETERANS, ("2022-11-11",)),
        ("XNYS", COLUMBUS, ()),
        ("SIFMA_US", COLUMBUS, ("2022-10-10",)),
        ("SIFMAUS", COLUMBUS, ("2022-10-10",)),  # as the package spells it too
        ("CME_Bond", COLUMBUS, ()),  # futures on bonds trade
        ("SIFMA_UK", ("2020-08-21", "2020-09-01"), ("2020-08-31",)),  # the last Monday of August
        ("SIFMA_JP", ("2022-02-10", "2022-02-14"), ("2022-02-11",)),  # the founding of the nation
        ("AIXK", NAURYZ, ("2022-03-21", "2022-03-22", "2022-03-23")),
        ("XMOS", ("2022-02-22", "2022-02-25"), ("2022-02-23",)),
    ],
)
def test_a_named_calendar_expects_all_weekdays_but_its_holidays(
    calendar: str, span: tuple[str, str], shut: tuple[str, ...]
) -> None:
    weekdays = expected_days(None, *span)
    expected = [day for day in weekdays.tolist() if day.isoformat() not in shut]
    assert expected_days(calendar, *span).tolist() == expected


@pytest.mark.usefixtures("named")
def test_the_days_of_a_named_calendar_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        expected_days("XLON", "2022-01-04", "2022-01-05")[0] = np.datetime64("2022-01-01")


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("calendar", [None, "XLON", "SIFMA_US"])
@given(st.sets(st.integers(0, 1_000), min_size=2, max_size=12))
def test_a_span_counts_the_days_expected_since_the_last_quote(
    calendar: str | None, offsets: set[int]
) -> None:
    sessions = np.datetime64("2020-01-01", "D") + np.array(sorted(offsets))
    day = np.timedelta64(1, "D")
    counted = [
        len(expected_days(calendar, sessions[i] + day, sessions[i + 1])) for i in range(len(sessions) - 1)
    ]
    assert expected_sessions(calendar, sessions)[1:].tolist() == [max(count, 1) for count in counted]


@pytest.mark.usefixtures("named")
def test_bonds_in_new_york_are_quoted_when_their_calendar_expects_it(shared: Path) -> None:
    curve = pd.read_csv(shared / "data" / "us_treasury_par_curve.csv", usecols=["date"])["date"]
    quoted = pd.to_datetime(curve).to_numpy().astype("datetime64[D]")
    assert len(quoted) == 3502
    expected = expected_days("SIFMA_US", quoted.min(), quoted.max())
    differing = set(np.setxor1d(quoted, expected).astype(str))
    mourning_and_storm = {"2012-10-30", "2018-12-05"}  # closures that were decreed at short notice
    reports_on_good_friday = {"2010-04-02", "2012-04-06", "2015-04-03"}
    assert differing <= mourning_and_storm | reports_on_good_friday


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


@pytest.mark.usefixtures("named")
def test_a_rate_dated_by_the_day_in_force_goes_back_over_a_holiday_to_the_day_that_set_it() -> None:
    # Almaty: the rate of Friday is in force on the working day after Nauryz, Thursday 24 March.
    dated = days("2022-03-18", "2022-03-24", "2022-03-25")
    assert setting_days(dated, 1, "AIXK").tolist() == days("2022-03-17", "2022-03-18", "2022-03-24").tolist()
    assert setting_days(dated, 1)[1] == np.datetime64("2022-03-23"), "Monday to Friday knows no Nauryz"


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("calendar", [None, "XMOS"])
def test_a_rate_dated_the_next_day_goes_back_to_the_day_that_set_it_also_around_a_holiday(
    calendar: str | None,
) -> None:
    # Moscow: no rate is set on Wednesday 23 February, so none is dated the 24th.
    dated = days("2022-02-22", "2022-02-23", "2022-02-25", "2022-02-26", "2022-03-01")
    set_on = days("2022-02-21", "2022-02-22", "2022-02-24", "2022-02-25", "2022-02-28")
    assert setting_days(dated, 1, calendar).tolist() == set_on.tolist()


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("more", [(), ("2017-01-05",)])
def test_a_rate_that_was_set_before_the_calendar_begins_is_refused(more: tuple[str, ...]) -> None:
    words = (
        r"calendar: the calendar begins on 2017-01-04, too late to say when the rate dated 2017-01-04 was set"
    )
    with pytest.raises(mi.DataError, match=words):
        setting_days(days("2017-01-04", *more), 1, "AIXK")


def test_two_dates_of_one_setting_day_are_refused() -> None:
    words = r"dating_lag: rates dated 2022-02-26 and 2022-02-28 would both be set on 2022-02-25; received 1; .*repeated"
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
