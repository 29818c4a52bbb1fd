"""Dates: weekends, days without a session, the end, the day a rate is in force."""

from __future__ import annotations

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.market.calendars import expected_days
from marketimpact.market.quality import inspect
from marketimpact.market.quotes import Quotes
from tests.market.quality_samples import MADE_UP, Days, day, normal, on, only, panel, points, weekdays


def every_day(n: int) -> Days:
    return np.arange(day("2021-01-01"), day("2021-01-01") + n)


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
    for other in (points(), points(calendar="XNYS")):
        pattern = only(on(sunday_to_thursday, other), "week from Sunday")
        assert pattern.value == np.count_nonzero(
            sunday_to_thursday.astype("datetime64[D]").astype(int) % 7 == 3
        )
        assert "quoted Sunday to Thursday, with no Fridays: name a calendar" in pattern.words
    assert not inspect(on(sunday_to_thursday, points(calendar="XSAU")))


# Weekdays on which no session is expected


LONDON = points(calendar="XLON")
BOXED = ["2020-12-25", "2020-12-28", "2021-04-02", "2021-04-05"]
"""Christmas, Boxing Day in lieu, Good Friday and Easter Monday in London."""


def in_london(n: int = 400) -> Days:
    return expected_days("XLON", "2020-01-02", "2022-12-30")[:n]


def filled(levels_of: str) -> mi.Panel:
    """Make quotes on London's sessions and on four of its holidays, as copies of the day before or of their own."""
    days = np.sort(np.concatenate([in_london(), np.array(BOXED, dtype="datetime64[D]")]))
    off = np.isin(days, np.array(BOXED, dtype="datetime64[D]"))
    moves = normal(len(days)) * (~off if levels_of == "the day before" else 1.0)
    return mi.Panel((LONDON,), (Quotes(days, 500.0 + np.cumsum(moves), MADE_UP),))


@pytest.mark.parametrize(
    ("levels_of", "kind", "words"),
    [
        (
            "the day before",
            "holiday copies",
            "4 weekdays quoted that XLON does not expect, equal to the session before"
            " (filled, not quoted; leave them out): ",
        ),
        ("their own", "quotes on days without a session", "4 weekdays quoted that XLON does not expect: "),
    ],
)
def test_quotes_on_holidays_are_named_and_copies_apart(levels_of: str, kind: str, words: str) -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars come with an extra")
    holidays = only(filled(levels_of), kind)
    assert holidays.words == words + ", ".join(BOXED)
    assert (holidays.value, holidays.first, holidays.last) == (4.0, day(BOXED[0]), day(BOXED[-1]))


def test_a_series_on_every_weekday_does_not_know_the_holidays_of_its_calendar() -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars come with an extra")
    days = weekdays(600, "2020-01-06")
    known = len(expected_days("XLON", days[0], days[-1]))
    assert only(on(days, LONDON), "quotes on days without a session").value == 600 - known


def test_holidays_of_a_series_that_often_stands_still_are_no_copies() -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars come with an extra")
    days = np.sort(np.append(in_london(), np.array(BOXED[:2], dtype="datetime64[D]")))
    levels = 500.0 + np.cumsum(normal(len(days)) * (np.arange(len(days)) % 3 > 0))
    for name in BOXED[:2]:
        at = int(np.searchsorted(days, day(name)))
        levels[at] = levels[at - 1]
    kinds = {one.kind for one in inspect(mi.Panel((LONDON,), (Quotes(days, levels, MADE_UP),)))}
    assert "quotes on days without a session" in kinds
    assert "holiday copies" not in kinds


# The end


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
    assert [one.kind for one in inspect(mi.Panel((ruble,), (quotes,)))] == ["on loading"]


def test_rates_dated_in_force_are_compared_on_the_day_that_set_them() -> None:
    moves, noise = normal(600), 0.3 * normal(600, 2)
    set_on = weekdays(600, "2021-01-04")
    market = Quotes(set_on, 500.0 + np.cumsum(moves), MADE_UP)
    official = Quotes(in_force(600), 500.0 + np.cumsum(moves + noise), MADE_UP)
    findings = inspect(mi.Panel((points("market"), points("official")), (market, official)))
    assert [(one.instrument, one.kind) for one in findings] == [("official", "dated in force")]
