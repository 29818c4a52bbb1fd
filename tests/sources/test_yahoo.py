"""Yahoo through the real code of yfinance, against a server on this machine: what comes is what was served."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import warnings
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.sources.asking import AGENT
from marketimpact.sources.protocol import Request
from marketimpact.sources.yahoo import Yahoo
from tests.sources.yahoo_asking import Asked, forget_zone, own_caches, query_of  # noqa: F401 - an autouse fixture
from tests.sources.yahoo_server import Answer, Script, chart, midnights, served, weekdays

DAYS = weekdays("2022-01-03", "2022-01-14")
CLOSES = [430.0 + i / 8 for i in range(len(DAYS))]


def tenge(symbol: str, params: dict[str, list[str]], number: int) -> Answer:
    return Answer(chart(symbol, midnights(DAYS), CLOSES, opens=[one - 1.0 for one in CLOSES]))


def told(answer: dict[str, Any]) -> Script:
    return lambda symbol, params, number: Answer(answer)


def days_of(block: Any) -> list[str]:
    return [str(one) for one in block.dates]


def test_what_comes_is_what_was_served() -> None:
    with served(tenge) as yahoo:
        block = Asked(yahoo.host).block("KZT=X", "2022-01-03", "2022-01-14")
    assert days_of(block) == DAYS
    assert block.values.tolist() == CLOSES
    assert (block.unit, block.adjusted, block.note, block.notes) == ("KZT per USD", None, "", ())
    assert re.fullmatch(r"yfinance \d+\.\d+\.\d+", block.package)


def test_a_panel_by_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tenge) as yahoo:
        monkeypatch.setenv("MARKETIMPACT_HOST_YAHOO", yahoo.host)
        options = mi.FetchOptions(cache=False, rate=1e6)
        panel = mi.fetch("yahoo:KZT=X", start="2022-01-04", end="2022-01-06", options=options)
        content = Asked(yahoo.host).content(query_of("KZT=X", "2022-01-04", "2022-01-06"))
    assert panel["USD/KZT"].tolist() == CLOSES[1:4]
    said = panel.quotes_of("USD/KZT").provenance
    assert (said.source, said.symbol, said.unit, said.adjusted) == (
        "Yahoo Finance",
        "KZT=X",
        "KZT per USD",
        None,
    )
    assert said.request == (
        "Ticker(KZT=X).history?start=2022-01-04&end=2022-01-07&interval=1d&auto_adjust=False&actions=False&keepna=True"
    )
    assert said.sha256 == hashlib.sha256(content).hexdigest()
    assert said.observed
    assert said.host == yahoo.host
    assert said.last_date == "2022-01-06"


def test_the_end_is_inclusive_and_asked_for_as_yahoo_wants_it() -> None:
    with served(tenge) as yahoo:
        Asked(yahoo.host).content(query_of("KZT=X", "2022-06-01", "2022-06-10"))
    ((_, params),) = yahoo.histories
    london = ZoneInfo("Europe/London")
    assert int(params["period1"][0]) == datetime(2022, 6, 1, tzinfo=london).timestamp()
    assert int(params["period2"][0]) == datetime(2022, 6, 11, tzinfo=london).timestamp()


def test_without_a_start_all_of_it_is_asked_for() -> None:
    """Left to itself, yfinance would give the last month."""
    with served(tenge) as yahoo:
        block = Asked(yahoo.host).block("KZT=X", None, "2022-01-14")
    ((_, params),) = yahoo.histories
    assert int(params["period1"][0]) < datetime(1927, 1, 2, tzinfo=UTC).timestamp()
    assert len(block.values) == len(DAYS)


def test_the_same_answer_has_the_same_hash() -> None:
    query = query_of("KZT=X", "2022-01-03", "2022-01-14")
    with served(tenge) as yahoo:
        one, other = (Asked(yahoo.host).content(query) for _ in range(2))
    assert one == other
    head, _, rows = one.partition(b"\n")
    assert rows.splitlines()[:2] == [b"date,open,high,low,close", b"2022-01-03,429.0,434.3,425.7,430.0"]
    assert b'"exchangeTimezoneName": "Europe/London"' in head


@pytest.mark.parametrize(
    ("start", "end"), [("2022-03-24", "2022-03-30"), ("2022-10-27", "2022-11-02")], ids=["spring", "autumn"]
)
@pytest.mark.parametrize("stamped", ["midnight in London", "an hour early, before the change"])
def test_midnights_in_london_across_a_change_of_clocks(start: str, end: str, stamped: str) -> None:
    """Yahoo has stamped days on the wrong side of midnight where clocks change."""
    days = weekdays(start, end)
    stamps = midnights(days)
    if stamped != "midnight in London":
        stamps = [stamps[0], *(one - 3600 for one in stamps[1:3]), *stamps[3:]]
    closes = [float(i) for i in range(1, len(days) + 1)]
    with served(told(chart("KZT=X", stamps, closes))) as yahoo:
        block = Asked(yahoo.host).block("KZT=X", start, end)
    assert days_of(block) == days
    assert block.values.tolist() == closes


def test_midnights_that_a_zone_leaves_out() -> None:
    """In Cairo clocks went forward at midnight on 28 April 2023: that day begins at one."""
    days = weekdays("2023-04-26", "2023-05-02")
    meta = {"exchangeTimezoneName": "Africa/Cairo", "instrumentType": "INDEX", "currency": "EGP"}
    answer = chart("^CASE30", midnights(days, "Africa/Cairo", hour=10), [1.0, 2.0, 3.0, 4.0, 5.0], **meta)
    with served(told(answer)) as yahoo:
        assert days_of(Asked(yahoo.host).block("^CASE30", days[0], days[-1])) == days


def test_rows_out_of_order_are_put_in_order() -> None:
    stamps = midnights(DAYS)
    order = [3, 0, 2, 1, *range(4, len(DAYS))]
    answer = chart("KZT=X", [stamps[i] for i in order], [CLOSES[i] for i in order])
    with served(told(answer)) as yahoo:
        block = Asked(yahoo.host).block("KZT=X", DAYS[0], DAYS[-1])
    assert (days_of(block), block.values.tolist()) == (DAYS, CLOSES)


def test_a_day_given_twice_alike_is_one_day_and_noted() -> None:
    stamps = midnights(DAYS)
    answer = chart("KZT=X", [stamps[0], *stamps], [CLOSES[0], *CLOSES], opens=[1.0] * (len(DAYS) + 1))
    with served(told(answer)) as yahoo:
        block = Asked(yahoo.host).block("KZT=X", DAYS[0], DAYS[-1])
    assert (days_of(block), block.values.tolist()) == (DAYS, CLOSES)
    assert block.notes == ("1 row(s) of Yahoo left out by yfinance: a day given twice, or after the end",)


def test_a_day_with_two_closes_is_refused() -> None:
    """Here yfinance would keep the first and say nothing."""
    stamps = midnights(DAYS)
    answer = chart("KZT=X", [*stamps[:3], stamps[2] + 3600, *stamps[3:]], [*CLOSES[:3], 999.0, *CLOSES[3:]])
    with (
        served(told(answer)) as yahoo,
        pytest.raises(
            mi.UnexpectedAnswerError,
            match=r"yahoo:KZT=X: the answer gives a day two closes; received \"\['2022-01-05'\]\"",
        ),
    ):
        Asked(yahoo.host).block("KZT=X", DAYS[0], DAYS[-1])


def test_a_null_close_is_a_date_without_a_value() -> None:
    closes: list[float | None] = [*CLOSES]
    closes[2] = closes[5] = None
    with served(told(chart("KZT=X", midnights(DAYS), closes, opens=[1.0] * len(DAYS)))) as yahoo:
        block = Asked(yahoo.host).block("KZT=X", DAYS[0], DAYS[-1])
    assert np.isnan(block.values).nonzero()[0].tolist() == [2, 5]
    assert days_of(block) == DAYS


def test_a_live_row_beside_the_last_day_takes_its_place_and_is_noted() -> None:
    """On a Saturday the last row is stamped on Friday evening, beside Friday's own."""
    stamps = [*midnights(DAYS), midnights(DAYS[-1:], hour=21)[0] + 1800]
    with served(told(chart("KZT=X", stamps, [*CLOSES, 999.0], opens=[1.0] * (len(DAYS) + 1)))) as yahoo:
        block = Asked(yahoo.host).block("KZT=X", DAYS[0], "2022-01-16")
    assert (days_of(block), block.values.tolist()) == (DAYS, [*CLOSES[:-1], 999.0])
    assert block.notes == ("1 row(s) of Yahoo left out by yfinance: a day given twice, or after the end",)


def test_nothing_but_a_row_after_the_end_is_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for a weekend, Yahoo has its latest price to give."""
    answer = chart("KZT=X", midnights(["2022-01-11"]), [435.0])
    with served(told(answer)) as yahoo:
        monkeypatch.setenv("MARKETIMPACT_HOST_YAHOO", yahoo.host)
        with pytest.raises(mi.NoDataError, match="yahoo:KZT=X: no value in these dates"):
            mi.fetch(
                "yahoo:KZT=X", start="2022-01-08", end="2022-01-09", options=mi.FetchOptions(cache=False, rate=1e6)
            )  # fmt: skip


def test_rows_of_zeros_are_not_quoted_and_noted() -> None:
    closes = [*CLOSES[:4], 0.0, *CLOSES[5:]]
    with served(told(chart("KZT=X", midnights(DAYS), closes))) as yahoo:
        block = Asked(yahoo.host).block("KZT=X", DAYS[0], DAYS[-1])
    assert np.isnan(block.values).nonzero()[0].tolist() == [4]
    assert "1 row(s) of zeros alone: not quoted" in block.notes


def test_rows_outside_the_dates_are_left_out_and_noted() -> None:
    """Yahoo appends its latest price whatever the end; yfinance takes away one row at most."""
    with served(tenge) as yahoo:
        block = Asked(yahoo.host).block("KZT=X", "2022-01-05", "2022-01-07")
    assert days_of(block) == DAYS[2:5]
    assert block.notes == (
        "6 row(s) outside the dates asked for: left out",
        "1 row(s) of Yahoo left out by yfinance: a day given twice, or after the end",
    )


def recent(count: int) -> list[str]:
    today = datetime.now(ZoneInfo("Europe/London")).date()
    return [str(today - timedelta(days=i)) for i in range(count)][::-1]


def test_a_row_of_today_is_no_close_before_the_session_has_ended() -> None:
    days = recent(4)
    stamps = [*midnights(days[:-1]), int(datetime.now(UTC).timestamp())]
    with served(told(chart("KZT=X", stamps, [1.0, 2.0, 3.0, 4.0], opens=[9.0] * 4))) as yahoo:
        block = Asked(yahoo.host).block("KZT=X", days[0], days[-1])
    assert days_of(block) == days[:-1]
    assert block.notes == (f"the row of {days[-1]} was no close yet: left out",)


def test_a_row_of_today_is_a_close_once_the_session_has_ended() -> None:
    now = datetime.now(ZoneInfo("Pacific/Auckland"))
    zone = next(  # one where the day is old enough
        name for name in ("Pacific/Auckland", "Europe/London", "America/Los_Angeles")
        if datetime.now(ZoneInfo(name)).hour >= 2
    )  # fmt: skip
    now = datetime.now(ZoneInfo(zone))
    day, begin = str(now.date()), int(now.replace(hour=0, minute=0, second=0).timestamp())
    period = {"timezone": "X", "gmtoffset": 0, "start": begin, "end": begin + 1800}
    meta = {
        "exchangeTimezoneName": zone, "instrumentType": "INDEX", "currency": "USD",
        "currentTradingPeriod": {name: dict(period) for name in ("pre", "regular", "post")},
    }  # fmt: skip
    earlier = str(now.date() - timedelta(days=1))
    answer = chart("^GSPC", midnights([earlier, day], zone), [1.0, 2.0], **meta)
    with served(told(answer)) as yahoo:
        block = Asked(yahoo.host).block("^GSPC", earlier, day)
    assert days_of(block) == [earlier, day]


def test_a_row_of_today_is_no_close_where_the_end_of_sessions_is_not_said() -> None:
    days = recent(3)
    answer = chart("KZT=X", midnights(days), [1.0, 2.0, 3.0], currentTradingPeriod=...)
    with served(told(answer)) as yahoo:
        assert days_of(Asked(yahoo.host).block("KZT=X", days[0], days[-1])) == days[:-1]


def test_days_whose_close_is_their_open_are_counted() -> None:
    opens = [*CLOSES[:7], *(one - 1.0 for one in CLOSES[7:])]
    with served(told(chart("KZT=X", midnights(DAYS), CLOSES, opens=opens))) as yahoo:
        block = Asked(yahoo.host).block("KZT=X", DAYS[0], DAYS[-1])
    assert block.notes == (
        "7 of 10 days have Open == Close: the 'close' may be the open, and a move stand a day late",
    )
    assert block.note == "Most of Yahoo's closes of KZT=X equal the open: a move may stand a day late."


FUND = {"instrumentType": "ETF", "currency": "USD", "exchangeTimezoneName": "America/New_York"}


@pytest.mark.parametrize("adjusted", [False, True])
def test_prices_are_raw_or_adjusted_as_asked(adjusted: bool) -> None:
    lower = [one * 0.9 for one in CLOSES]
    answer = chart("EMB", midnights(DAYS, "America/New_York", hour=9), CLOSES, adjusted=lower, **FUND)
    with served(told(answer)) as yahoo:
        block = Asked(yahoo.host).block("EMB", DAYS[0], DAYS[-1], adjusted=adjusted)
    assert block.adjusted is adjusted
    assert block.values.tolist() == (lower if adjusted else CLOSES)
    assert block.unit == "USD"
    raw = "raw closes of Yahoo: adjusted for splits, not for dividends"
    assert (raw in block.notes) is not adjusted


def test_currencies_and_indices_have_no_adjusted_series() -> None:
    assert query_of("KZT=X", adjusted=True) == query_of("KZT=X", adjusted=False)
    assert query_of("EMB", adjusted=True) != query_of("EMB", adjusted=False)


@pytest.mark.parametrize(
    ("symbol", "stays"), [("KZT=X", True), ("^TNX", True), ("^GSPC", True), ("EMB", False), ("BZ=F", False)]
)
def test_a_range_is_extended_only_where_past_values_stay(symbol: str, stays: bool) -> None:
    assert Yahoo().lasting(Request(symbol)) is stays


def test_twenty_threads_get_each_their_own_series() -> None:
    symbols = [f"AA{chr(65 + i)}=F" for i in range(20)]

    def script(symbol: str, params: dict[str, list[str]], number: int) -> Answer:
        level = 100.0 * (1 + symbols.index(symbol))
        meta = {"instrumentType": "FUTURE", "currency": "USD"}
        return Answer(
            chart(symbol, midnights(DAYS), [level + i for i in range(len(DAYS))], **meta), wait=0.005
        )

    found: dict[str, list[float]] = {}
    with served(script) as one, served(script) as other:

        def work(symbol: str, host: str) -> None:
            found[symbol] = Asked(host).block(symbol, DAYS[0], DAYS[-1]).values.tolist()

        threads = [
            threading.Thread(target=work, args=(symbol, (one, other)[i % 2].host))
            for i, symbol in enumerate(symbols)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        mine = {symbol for symbol, _ in one.asked}, {symbol for symbol, _ in other.asked}
    assert found == {
        symbol: [100.0 * (1 + k) + i for i in range(len(DAYS))] for k, symbol in enumerate(symbols)
    }
    assert mine == (set(symbols[::2]), set(symbols[1::2]))


def test_yfinance_is_given_back_as_it_was() -> None:
    import yfinance
    from yfinance.data import YfData

    shared = YfData()
    shared._crumb = "theirs"
    before, filters = dict(vars(shared)), list(warnings.filters)
    settings = yfinance.config.debug.hide_exceptions, yfinance.config.network.retries
    with served(tenge) as yahoo:
        Asked(yahoo.host).content(query_of("KZT=X", DAYS[0], DAYS[-1]))
        with served(lambda *_: Answer({}, 500)) as broken, pytest.raises(mi.SourceDownError, match="500"):
            Asked(broken.host).content(query_of("KZT=X", DAYS[0], DAYS[-1]))
    assert {key: one for key, one in vars(shared).items() if key != "_crumb"} == {
        key: one for key, one in before.items() if key != "_crumb"
    }
    assert shared._crumb == "theirs"
    assert (yfinance.config.debug.hide_exceptions, yfinance.config.network.retries) == settings
    assert warnings.filters == filters
    assert logging.getLogger("yfinance").filters == [
        one for one in logging.getLogger("yfinance").filters if type(one).__module__.startswith("yfinance")
    ]
    assert YfData.cache_get.cache_info().currsize == 0
    shared._crumb = None


def test_nothing_is_printed_and_nothing_logged_above_debug(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Where crumbs are refused, yfinance warns."""
    caplog.set_level(logging.DEBUG)
    with served(tenge, crumbs=429) as yahoo, suppress(mi.RateLimitedError):  # yfinance 1.4 gives up at once
        assert Asked(yahoo.host).block("KZT=X", DAYS[0], DAYS[-1]).values.tolist() == CLOSES
    assert capfd.readouterr() == ("", "")
    theirs = [record.getMessage() for record in caplog.records if record.name.startswith("marketimpact")]
    assert any(re.match("yfinance: .*[Cc]rumb", message) for message in theirs)
    assert all(record.levelno == logging.DEBUG for record in caplog.records if "urllib3" not in record.name)


def test_another_host_is_told_who_asks_and_no_cookie_of_yahoo() -> None:
    from http.cookiejar import Cookie

    from yfinance.cache import get_cookie_cache

    cookie = Cookie(
        0, "A3", "secret", None, False, ".yahoo.com", True, True, "/", True, True, 1_999_999_999, False, None, None, {}
    )  # fmt: skip
    get_cookie_cache().store("curlCffi", {".yahoo.com": {"/": {"A3": cookie}}})
    try:
        with served(tenge) as yahoo:
            Asked(yahoo.host).content(query_of("KZT=X", DAYS[0], DAYS[-1]))
    finally:
        get_cookie_cache().store("curlCffi", None)
    assert yahoo.agents == {AGENT}
    assert yahoo.cookies == []


def test_a_crumb_is_asked_for_once_for_many_series() -> None:
    def script(symbol: str, params: dict[str, list[str]], number: int) -> Answer:
        return Answer(chart(symbol, midnights(DAYS), CLOSES, currency=symbol[:3]))

    for symbol in ("KZT=X", "TRY=X", "UAH=X"):
        forget_zone(symbol)
    with served(script) as yahoo:
        for symbol in ("KZT=X", "TRY=X", "UAH=X"):
            Asked(yahoo.host).content(query_of(symbol, DAYS[0], DAYS[-1]))
    assert yahoo.others.count("/v1/test/getcrumb") == 1
    assert len(yahoo.asked) == 6, "a zone and a history each"


def test_the_zone_is_looked_up_once_for_a_symbol() -> None:
    with served(tenge) as yahoo:
        for _ in range(3):
            Asked(yahoo.host).content(query_of("KZT=X", DAYS[0], DAYS[-1]))
    assert len(yahoo.histories) == 3
    assert len(yahoo.asked) <= 4


@pytest.mark.parametrize(("symbol", "asked"), [("KZT=X", "2022-01-08"), ("EMB", "2022-01-03")])
def test_a_cached_range_is_extended_or_fetched_whole(
    symbol: str, asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meta = FUND if symbol == "EMB" else {}
    zone = "America/New_York" if symbol == "EMB" else "Europe/London"

    def script(symbol: str, params: dict[str, list[str]], number: int) -> Answer:
        stamps = midnights(DAYS, zone)
        low, high = (int(params.get(key, [end])[0]) for key, end in (("period1", "0"), ("period2", "9" * 12)))
        rows = [i for i, stamp in enumerate(stamps) if low <= stamp < high]
        return Answer(chart(symbol, [stamps[i] for i in rows], [CLOSES[i] for i in rows], **meta))

    options = mi.FetchOptions(cache=tmp_path / "cache.sqlite", rate=1e6, adjusted=symbol == "EMB")
    with served(script) as yahoo:
        monkeypatch.setenv("MARKETIMPACT_HOST_YAHOO", yahoo.host)
        for end in ("2022-01-07", "2022-01-14", "2022-01-14"):
            panel = mi.fetch(f"yahoo:{symbol}", start="2022-01-03", end=end, options=options)
        histories = [int(params["period1"][0]) for _, params in yahoo.histories]
    assert panel[panel.ids[0]].tolist() == CLOSES
    assert histories == midnights(["2022-01-03", asked], zone)
