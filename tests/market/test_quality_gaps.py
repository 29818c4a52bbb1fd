"""Gaps between quotes: holes, closures, a thin series, another frequency."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.market.calendars import expected_days
from marketimpact.market.closures import Closure
from marketimpact.market.quality import inspect
from marketimpact.market.quality_gaps import gap_findings
from marketimpact.market.quotes import Quotes
from tests.market.quality_samples import MADE_UP, Days, day, on, only, points, weekdays


def without(days: Days, *gone: str) -> Days:
    return days[~np.isin(days, np.array(gone, dtype="datetime64[D]"))]


# Holes and closures


def test_weekdays_without_a_quote_are_one_finding_that_asks_for_a_calendar() -> None:
    gone = [str(one) for one in weekdays(260, "2021-01-04")[10:250:40]]
    holes = only(on(without(weekdays(260, "2021-01-04"), *gone)), "weekdays without a quote")
    assert (holes.value, str(holes.first), str(holes.last)) == (6.0, gone[0], gone[-1])
    assert holes.words == (
        f"6 (holidays or holes: name a calendar to tell): {', '.join(gone[:4])} and 2 more"
    )


def test_holidays_of_a_named_calendar_are_no_holes() -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars come with an extra")
    days = without(weekdays(60, "2022-01-03"), "2022-01-17", "2022-02-21")  # holidays in New York
    new_york = points(calendar="XNYS")
    assert not inspect(on(days, new_york))
    holes = only(on(without(days, "2022-02-01"), new_york), "holes")
    assert holes.words == "1 session of XNYS without a quote: 2022-02-01"


def test_a_gap_of_five_sessions_is_a_closure_with_its_dates() -> None:
    days = weekdays(100, "2022-01-03")
    shut = (days >= day("2022-02-25")) & (days <= day("2022-03-21"))
    closure = only(on(days[~shut]), "closure")
    assert closure.words == "no quotes from 2022-02-25 to 2022-03-21, 17 weekdays"
    assert (closure.first, closure.last, closure.value) == (day("2022-02-25"), day("2022-03-21"), 17.0)
    assert only(on(np.delete(days, range(50, 54))), "weekdays without a quote").value == 4.0
    assert only(on(np.delete(days, range(50, 55))), "closure").value == 5.0


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("2022-03-21", "declared: 2022-02-25 to 2022-03-21 (war)"),
        ("2022-03-18", "16 of them declared: 2022-02-25 to 2022-03-18 (war)"),
    ],
)
def test_a_declared_closure_says_so(last: str, said: str) -> None:
    days = weekdays(100, "2022-01-03")
    shut = (days >= day("2022-02-25")) & (days <= day("2022-03-21"))
    rate = mi.CurrencyPair("USD", "RUB", closures=(Closure("2022-02-25", last, reason="war"),))
    assert only(on(days[~shut], rate), "closure").words.endswith(f", 17 weekdays; {said}")


def test_declared_days_are_no_holes_but_a_closure_however_short() -> None:
    days = without(weekdays(100, "2022-01-03"), "2022-01-06", "2022-01-07", "2022-03-08")
    assert only(on(days), "weekdays without a quote").value == 3.0
    tenge = mi.CurrencyPair("USD", "KZT", closures=(Closure("2022-01-06", "2022-01-07"),))
    closure, rest = inspect(on(days, tenge))
    assert (closure.kind, closure.value, rest.kind, rest.value) == (
        "closure",
        2.0,
        "weekdays without a quote",
        1.0,
    )
    assert closure.words.endswith("2 weekdays; declared: 2022-01-06 to 2022-01-07")


# Another frequency


def test_a_change_from_daily_to_weekly_has_its_dates_and_no_holes() -> None:
    days = weekdays(1_000)
    mixed = np.concatenate([days[:600], days[604::5]])
    change = only(on(mixed), "other frequency")
    assert (change.first, change.last, change.value) == (days[599], mixed[-1], 5.0)
    assert change.words == (
        f"one quote every 5 weekdays from {days[599]} to {mixed[-1]} (81 quotes), every 1 in the rest of the series"
    )


def test_a_spell_of_weekly_quotes_is_found_within_a_series() -> None:
    days = weekdays(1_000)
    spell = np.concatenate([days[:300], days[304:504:5], days[504:]])
    change = only(on(spell), "other frequency")
    assert (change.first, change.last) == (days[299], days[504])


def test_a_series_with_holes_at_random_is_daily() -> None:
    rng = np.random.default_rng(4)
    for seed in range(20):
        days = weekdays(1_500)[rng.random(1_500) > 0.08]
        assert {one.kind for one in inspect(on(days, seed=seed))} == {"weekdays without a quote"}


def test_a_change_from_two_quotes_a_week_to_daily_is_found() -> None:
    days = weekdays(1_000, "2015-01-05")
    daily = np.arange(1_000) >= 900
    kept = np.isin(np.arange(1_000) % 5, (1, 3)) | daily  # Tuesday and Thursday, then daily
    changed = [one for one in inspect(on(days[kept])) if one.kind == "other frequency"]
    assert [(one.last, one.value) for one in changed] == [(days[-1], 1.0)]
    assert abs(int((changed[0].first - days[900]).astype(int))) <= 3


def test_monthly_quotes_amid_daily_ones_are_another_frequency_and_no_closures() -> None:
    days = weekdays(1_000)
    monthly = np.concatenate([days[:300], days[320:500:21], days[509:]])
    change = only(on(monthly), "other frequency")
    assert (change.first, change.last, change.value) == (days[299], days[509], 21.0)
    assert "one quote every 21 weekdays" in change.words
    assert "(11 quotes), every 1 in the rest of the series" in change.words


def test_closures_of_different_length_in_a_row_are_closures() -> None:
    days = weekdays(400)
    shut = np.concatenate([days[:100], days[106:107], days[120:121], days[160:]])
    assert [one.kind for one in inspect(on(shut))] == ["closure"] * 3


# Thin series


def test_a_bond_quoted_twice_a_week_is_thin_and_nothing_else() -> None:
    days = weekdays(1_500, "2015-01-05")
    twice = days[np.isin(np.arange(1_500) % 5, (1, 3))]  # Tuesday and Thursday: gaps of 2 and 3 weekdays
    thin = only(on(twice), "thin")
    assert thin.value == pytest.approx(0.4, abs=0.001)
    assert thin.words == "quoted on 40 % of weekdays: a move often spans several"
    shut = (twice >= day("2017-03-01")) & (twice < day("2017-06-01"))
    assert [one.kind for one in inspect(on(twice[~shut]))] == ["closure", "thin"]


@pytest.mark.parametrize("share", [0.75, 0.65, 0.5, 0.4])
def test_quotes_at_random_are_thin_once_and_rarely_anything_else(share: float) -> None:
    """Beside "thin", at most 1 finding in 10 series of six years."""
    rng = np.random.default_rng(8)
    more = 0
    for _ in range(100):
        days = weekdays(1_500)[rng.random(1_500) < share]
        kinds = [one.kind for one in gap_findings(points(), days)]
        assert kinds.count("thin") + kinds.count("weekdays without a quote") == 1
        assert share > 0.7 or "thin" in kinds
        more += len(kinds) - 1
    assert more <= 10


def test_a_thin_series_is_thin_by_its_calendar() -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars come with an extra")
    half = expected_days("XNYS", "2015-01-02", "2019-12-31")[::2]
    assert only(on(half, points(calendar="XNYS")), "thin").words.startswith(
        "quoted on 50 % of sessions of XNYS"
    )


# Dates far apart


def test_two_rows_ten_thousand_years_apart_take_no_time() -> None:
    ends = np.array(["0001-01-01", "9999-12-31"], dtype="datetime64[D]")
    ids = [f"x{i}" for i in range(20)]
    quotes = tuple(Quotes(ends, np.array([1.0, 2.0]), MADE_UP) for _ in ids)
    start = perf_counter()
    findings = inspect(mi.Panel(tuple(points(name) for name in ids), quotes))
    assert perf_counter() - start < 5.0
    assert [(one.kind, str(one.first), str(one.last)) for one in findings] == [
        ("closure", "0001-01-02", "9999-12-30")
    ] * 20
