"""Quotes: one number a session, checked once on entry; nothing is filled, repaired or dropped in silence."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.calendars import expected_sessions
from marketimpact.market.quotes import Quotes, make_quotes

PRICE = mi.SovereignBond("KZ 2045", quoted="clean price")
YIELD = mi.SovereignBond("KZ 2045", quoted="yield")
SOURCE = mi.Provenance("a bank")


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def quotes(
    levels: Any, dates: Any = None, instrument: Any = PRICE, where: Callable[[int], str] | None = None
) -> Quotes:
    values = np.array(levels, dtype=float)
    if dates is None:
        dates = np.busday_offset("2022-01-03", np.arange(len(values)))
    return make_quotes(instrument, np.asarray(dates, dtype="datetime64[D]"), values, SOURCE, where=where)


def test_good_quotes_are_kept_as_they_are() -> None:
    kept = quotes([134.2, 128.5, 130.0])
    assert kept.sessions.tolist() == days("2022-01-03", "2022-01-04", "2022-01-05").tolist()
    assert kept.levels.tolist() == [134.2, 128.5, 130.0]
    assert (kept.provenance, kept.notes, len(kept)) == (SOURCE, (), 3)


def test_the_arrays_are_copies_that_cannot_be_written_to() -> None:
    dates, levels = days("2022-01-03", "2022-01-04"), np.array([1.0, 2.0])
    kept = make_quotes(PRICE, dates, levels, SOURCE)
    levels[0] = 99.0
    assert kept.levels.tolist() == [1.0, 2.0]
    for array in (kept.sessions, kept.levels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_a_missing_value_means_not_quoted_and_is_noted() -> None:
    kept = quotes([np.nan, 1.0, np.nan, 2.0])
    assert kept.sessions.tolist() == days("2022-01-04", "2022-01-06").tolist()
    assert kept.notes == ("2 of 4 dates without a value: not quoted",)


def test_strictly_descending_dates_are_reversed_and_noted() -> None:
    kept = quotes([3.0, 2.0, 1.0], days("2022-01-05", "2022-01-04", "2022-01-03"))
    assert kept.levels.tolist() == [1.0, 2.0, 3.0]
    assert (np.diff(kept.sessions) > np.timedelta64(0)).all()
    assert kept.notes == ("rows stood in descending order: reversed",)


def test_equality_is_by_value() -> None:
    assert quotes([1.0, 2.0]) == quotes([1.0, 2.0])
    assert quotes([1.0, 2.0]) != quotes([1.0, 2.5])
    assert quotes([1.0, 2.0]) != quotes([1.0, 2.0], days("2022-01-03", "2022-01-05"))
    assert quotes([1.0, 2.0]) != quotes([1.0, 2.0, np.nan]), "the note tells them apart"
    assert quotes([1.0, 2.0]) != [1.0, 2.0]


@pytest.mark.parametrize(
    "dates",
    [
        ("2022-01-03", "2022-01-05", "2022-01-04", "2022-01-06"),
        ("2022-01-06", "2022-01-05", "2022-01-03", "2022-01-04"),
    ],
)
def test_disordered_dates_are_refused(dates: tuple[str, ...]) -> None:
    with pytest.raises(
        mi.DataError, match=r"KZ 2045: dates are out of order: 2022-01-0\d .* comes after .*sort the rows"
    ):
        quotes([1.0, 2.0, 3.0, 4.0], days(*dates))


@pytest.mark.parametrize(
    "dates",
    [
        ("2022-01-03", "2022-01-04", "2022-01-04", "2022-01-05"),
        ("2022-01-05", "2022-01-04", "2022-01-04", "2022-01-03"),
        ("2022-01-04", "2022-01-04", "2022-01-04", "2022-01-04"),
    ],
)
def test_repeated_dates_are_refused_as_intraday_bars_are(dates: tuple[str, ...]) -> None:
    with pytest.raises(
        mi.DataError, match=r"KZ 2045: .*2022-01-04.*intraday bars are refused: keep one snapshot"
    ):
        quotes([1.0, 2.0, 3.0, 4.0], days(*dates))


def test_a_repeated_date_that_is_out_of_order_is_found_too() -> None:
    with pytest.raises(mi.DataError, match=r"KZ 2045: dates are out of order: 2022-01-03"):
        quotes([1.0, 2.0, 3.0], days("2022-01-03", "2022-01-04", "2022-01-03"))


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("instrument", [PRICE, YIELD], ids=["price", "yield"])
def test_an_infinite_value_is_refused(value: float, instrument: Any) -> None:
    with pytest.raises(
        mi.DataError, match=r"KZ 2045: 2022-01-04 is infinite; received -?inf; .*NaN for 'not quoted'"
    ):
        quotes([1.0, value, 2.0], instrument=instrument)


@pytest.mark.parametrize("value", [0.0, -0.0, -128.5])
@pytest.mark.parametrize(
    "instrument", [PRICE, mi.CurrencyPair("USD", "KZT"), mi.Factor("Brent")], ids=lambda one: one.id
)
def test_a_price_that_is_not_positive_is_refused(value: float, instrument: Any) -> None:
    with pytest.raises(
        mi.DataError, match=r"2022-01-04 holds a price that is not positive; .*prices above zero"
    ):
        quotes([1.0, value, 2.0], instrument=instrument)


@pytest.mark.parametrize(
    "instrument", [YIELD, mi.Factor("OIS", move="difference", unit="percent")], ids=lambda one: one.id
)
def test_yields_and_rates_may_be_zero_or_negative(instrument: Any) -> None:
    assert quotes([-0.55, 0.0, 0.1], instrument=instrument).levels.tolist() == [-0.55, 0.0, 0.1]


def test_a_small_price_is_a_price() -> None:
    assert quotes([1e-12, 1.0]).levels[0] == 1e-12


@pytest.mark.parametrize("levels", [[], [np.nan], [np.nan, np.nan]])
def test_a_series_without_a_quote_is_refused(levels: list[float]) -> None:
    with pytest.raises(mi.DataError, match=r"KZ 2045: nothing is quoted; .*a series with numbers in it"):
        quotes(levels)


@pytest.mark.parametrize("gap", [4, 7, 30])
def test_a_weekly_or_monthly_series_is_refused(gap: int) -> None:
    dates = np.datetime64("2022-01-03", "D") + gap * np.arange(10)
    words = rf"KZ 2045: the series is not daily: the median gap between quotes is {gap} days; received '10 quotes from"
    with pytest.raises(mi.InputError, match=words):
        quotes(np.ones(10), dates)


def test_a_weekly_series_inside_a_daily_frame_is_refused() -> None:
    levels = np.full(100, np.nan)
    levels[::5] = 1.0
    with pytest.raises(mi.InputError, match=r"not daily: the median gap between quotes is 7 days"):
        quotes(levels)


@given(st.lists(st.integers(1, 8), min_size=9, max_size=14))
def test_a_series_is_daily_where_its_median_gap_is_below_four_days(gaps: list[int]) -> None:
    dates = np.datetime64("2022-01-03", "D") + np.cumsum([0, *gaps])
    try:
        quotes(np.ones(len(dates)), dates)
    except mi.InputError:
        assert statistics.median(gaps) >= 4
    else:
        assert statistics.median(gaps) < 4


def test_a_daily_series_with_long_closures_is_taken() -> None:
    dates = np.concatenate(
        [np.busday_offset("2022-01-03", np.arange(10)), np.busday_offset("2022-06-01", np.arange(10))]
    )
    assert len(quotes(np.ones(20), dates)) == 20


def test_a_gap_of_three_days_is_still_daily() -> None:
    dates = np.datetime64("2022-01-03", "D") + 3 * np.arange(10)
    assert len(quotes(np.ones(10), dates)) == 10


def test_the_place_is_named_as_the_caller_names_it_also_when_rows_were_reversed() -> None:
    dates = days("2022-01-06", "2022-01-05", "2022-01-04", "2022-01-03")
    with pytest.raises(
        mi.DataError, match=r"KZ 2045: file\.csv, row 3 holds a price that is not positive; received 0\.0"
    ):
        quotes([1.0, 0.0, 2.0, 3.0], dates, where=lambda i: f"file.csv, row {i + 2}")


def test_a_dating_lag_puts_the_dates_back_and_is_noted() -> None:
    rate = mi.CurrencyPair("USD", "RUB", dating_lag=1)
    kept = quotes([80.0, 81.0], days("2022-02-25", "2022-02-26"), instrument=rate)
    assert kept.sessions.tolist() == days("2022-02-24", "2022-02-25").tolist()
    assert kept.notes == ("dates put back by 1 working day(s) to the day that set them",)


def test_a_dating_lag_that_cannot_be_is_refused() -> None:
    rate = mi.CurrencyPair("USD", "RUB", dating_lag=1)
    with pytest.raises(
        mi.DataError, match="dating_lag: rates dated 2022-02-26 and 2022-02-28 would both be set"
    ):
        quotes([80.0, 81.0], days("2022-02-26", "2022-02-28"), instrument=rate)


def test_all_that_was_done_on_entry_is_noted_in_order() -> None:
    rate = mi.CurrencyPair("USD", "RUB", dating_lag=1)
    kept = quotes([81.0, np.nan, 80.0], days("2022-02-26", "2022-02-25", "2022-02-24"), instrument=rate)
    assert [note.split()[0] for note in kept.notes] == ["rows", "1", "dates"]
    assert kept.levels.tolist() == [80.0, 81.0]


# Closures

EMERGENCY = ("2022-01-06", "2022-01-11", "state of emergency")
"""Currencies in Almaty; 8 and 9 January were a weekend."""


def test_quotes_of_a_shut_market_are_left_out_and_noted() -> None:
    rate = mi.CurrencyPair("USD", "KZT", closures=[EMERGENCY, ("2022-02-01", "2022-02-02")])
    frozen = [435.0, 435.5, 435.5, 435.5, 435.5, 435.5, 434.0]
    kept = quotes(frozen, np.busday_offset("2022-01-04", np.arange(7)), instrument=rate)
    assert kept.sessions.tolist() == days("2022-01-04", "2022-01-05", "2022-01-12").tolist()
    assert kept.levels.tolist() == [435.0, 435.5, 434.0]
    assert kept.notes == (
        "4 of 7 quotes on days on which the market was closed (2022-01-06 to 2022-01-11): not quoted",
    )


def test_news_gather_while_a_market_is_shut_so_closed_days_count_in_the_span() -> None:
    dates = np.busday_offset("2022-01-04", np.arange(7))
    kept = quotes(np.ones(7), dates, instrument=mi.CurrencyPair("USD", "KZT", closures=[EMERGENCY]))
    assert expected_sessions(None, kept.sessions).tolist() == [1, 1, 5]


def test_several_closures_are_noted_in_order_of_time() -> None:
    shut = [("2022-01-12", "2022-01-12"), ("2022-01-06", "2022-01-09")]
    kept = quotes(
        np.ones(7),
        np.busday_offset("2022-01-04", np.arange(7)),
        instrument=mi.SovereignBond("KZ", quoted="yield", closures=shut),
    )
    assert kept.notes == (
        "3 of 7 quotes on days on which the market was closed (2022-01-06 to 2022-01-09, 2022-01-12): not quoted",
    )


def test_a_closure_without_quotes_leaves_no_note() -> None:
    rate = mi.CurrencyPair("USD", "KZT", closures=[EMERGENCY])
    assert quotes([1.0, 2.0], days("2022-01-05", "2022-01-12"), instrument=rate).notes == ()
    assert quotes(
        [1.0, np.nan, 2.0], days("2022-01-05", "2022-01-06", "2022-01-12"), instrument=rate
    ).notes == ("1 of 3 dates without a value: not quoted",)


def test_it_is_the_day_that_set_a_rate_on_which_the_market_was_shut() -> None:
    # Rates dated 6 to 12 January were set on 5 to 11 January: that of the 6th is a quote, that of the 12th is none.
    rate = mi.CurrencyPair("USD", "KZT", dating_lag=1, closures=[EMERGENCY])
    kept = quotes(
        [1.0, 2.0, 2.0, 2.0, 2.0, 3.0], np.busday_offset("2022-01-06", np.arange(6)), instrument=rate
    )
    assert kept.sessions.tolist() == days("2022-01-05", "2022-01-12").tolist()
    assert kept.levels.tolist() == [1.0, 3.0]
    assert kept.notes == (
        "dates put back by 1 working day(s) to the day that set them",
        "4 of 6 quotes on days on which the market was closed (2022-01-06 to 2022-01-11): not quoted",
    )


def test_a_series_of_closed_days_alone_is_refused() -> None:
    rate = mi.CurrencyPair("USD", "KZT", closures=[EMERGENCY])
    words = (
        r"USD/KZT: every quote carries a day on which the market was closed \(2022-01-06 to 2022-01-11\); received"
        r" '2 quotes from 2022-01-06 to 2022-01-07'; allowed: closures that leave quotes, or a longer series"
    )
    with pytest.raises(mi.DataError, match=words):
        quotes([1.0, 2.0], days("2022-01-06", "2022-01-07"), instrument=rate)


def test_an_official_rate_in_force_the_day_after_shows_the_shock_on_the_day_of_the_news() -> None:
    rate = mi.CurrencyPair("USD", "KZT", dating_lag=1)
    dated = days("2022-02-23", "2022-02-24", "2022-02-25", "2022-02-28")
    kept = quotes([435.0, 436.0, 465.0, 466.0], dated, instrument=rate)
    jump = kept.sessions[1 + int(np.argmax(np.abs(np.diff(np.log(kept.levels)))))]
    assert jump == np.datetime64("2022-02-24")
