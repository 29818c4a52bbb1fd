"""Dates: weekends, holes, closures, the end, another frequency, the day a rate is in force."""

from __future__ import annotations

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.market.calendars import expected_days
from marketimpact.market.closures import Closure
from marketimpact.market.quality import inspect
from marketimpact.market.quotes import Quotes
from tests.market.quality_samples import MADE_UP, Days, day, normal, on, only, panel, points, weekdays


def every_day(n: int) -> Days:
    return np.arange(day("2021-01-01"), day("2021-01-01") + n)


def without(days: Days, *gone: str) -> Days:
    return days[~np.isin(days, np.array(gone, dtype="datetime64[D]"))]


def test_a_series_of_weekdays_has_nothing_to_say() -> None:
    assert not inspect(on(weekdays(500)))


# Weekends


def test_weekends_that_repeat_friday_are_copies_and_no_stale_quotes() -> None:
    days = every_day(364)
    at_work = np.is_busday(days)
    levels = 500.0 + np.cumsum(normal(len(days)) * at_work)
    copies = only(panel(x=(days, levels)), "weekend copies")
    assert (copies.value, copies.first, copies.last) == (104.0, day("2021-01-02"), day("2021-12-26"))
    assert copies.words == (
        "104 quotes on Saturdays and Sundays equal to the weekday before (filled, not quoted; leave them out):"
        " 2021-01-02, 2021-01-03, 2021-01-09, 2021-01-10 and 100 more"
    )


def test_weekends_with_quotes_of_their_own_are_another_kind() -> None:
    quotes = only(on(every_day(364)), "weekend quotes")
    assert quotes.value == 104.0


def test_one_saturday_is_one_quote() -> None:
    days = np.sort(np.append(weekdays(100, "2021-01-04"), day("2021-02-20")))
    assert only(on(days), "weekend quotes").words == "1 quote on Saturdays and Sundays: 2021-02-20"


def test_a_market_open_on_sundays_has_no_weekend_quotes_by_its_calendar() -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars come with an extra")
    sunday_to_thursday = expected_days("XSAU", "2021-01-03", "2021-12-30")
    assert "weekend quotes" in [one.kind for one in inspect(on(sunday_to_thursday))]
    assert not inspect(on(sunday_to_thursday, points(calendar="XSAU")))


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


# The end, and the frequency


@pytest.mark.parametrize(("short", "found"), [(10, []), (11, ["ends early"])])
def test_a_series_ends_early_by_more_than_ten_sessions(short: int, found: list[str]) -> None:
    days = weekdays(300)
    both = panel(
        x=(days[:-short], 500.0 + np.cumsum(normal(300 - short))), y=500.0 + np.cumsum(normal(300, 2))
    )
    findings = inspect(both)
    assert [one.kind for one in findings] == found
    for one in findings:
        assert (one.instrument, one.first, one.last, one.value) == ("x", days[-12], days[-1], 11.0)


def test_a_change_from_daily_to_weekly_has_its_dates_and_no_holes() -> None:
    days = weekdays(1_000)
    mixed = np.concatenate([days[:600], days[604::5]])
    change = only(on(mixed), "other frequency")
    assert (change.first, change.last, change.value) == (days[599], mixed[-1], 5.0)
    assert change.words == (
        f"one quote every 5 weekdays from {days[599]} to {mixed[-1]} (81 quotes), every 1 in the series as a whole"
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


# Dates of the day in force


def in_force(n: int) -> Days:
    """Give the dates of rates that are set Monday to Friday and dated the day after: Tuesday to Saturday."""
    return weekdays(n, "2021-01-04") + np.timedelta64(1, "D")


def test_dates_from_tuesday_to_saturday_propose_a_dating_lag() -> None:
    finding = only(on(in_force(250)), "dated in force")
    assert "propose dating_lag=1, never applied by itself" in finding.words
    assert finding.value == 50.0
    pytest.importorskip("exchange_calendars", reason="named calendars come with an extra")
    assert only(on(in_force(250), points(calendar="XMOS")), "dated in force").words == finding.words


def test_a_declared_dating_lag_is_not_proposed_again() -> None:
    from marketimpact.market.quotes import make_quotes

    ruble = mi.CurrencyPair("USD", "RUB", dating_lag=1)
    days = in_force(250)
    quotes = make_quotes(ruble, days, 70.0 + 0.1 * np.cumsum(normal(250)), MADE_UP)
    assert not inspect(mi.Panel((ruble,), (quotes,)))


def test_rates_dated_in_force_are_compared_on_the_day_that_set_them() -> None:
    moves, noise = normal(600), 0.3 * normal(600, 2)
    set_on = weekdays(600, "2021-01-04")
    market = Quotes(set_on, 500.0 + np.cumsum(moves), MADE_UP)
    official = Quotes(in_force(600), 500.0 + np.cumsum(moves + noise), MADE_UP)
    findings = inspect(mi.Panel((points("market"), points("official")), (market, official)))
    assert [(one.instrument, one.kind) for one in findings] == [("official", "dated in force")]
