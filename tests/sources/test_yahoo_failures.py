"""What can go wrong between yfinance and Yahoo: each failure has its own error, with its cause."""

from __future__ import annotations

import gc
import json
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.errors import SourceError
from marketimpact.sources.options import FetchOptions
from tests.sources.test_yahoo import CLOSES, DAYS, tenge
from tests.sources.yahoo_asking import Asked, forget_zone, own_caches, query_of  # noqa: F401 - an autouse fixture
from tests.sources.yahoo_server import Answer, Script, chart, midnights, served

HTML = b"<!doctype html><html><body>Please enable JavaScript</body></html>"
GONE = {
    "chart": {
        "result": None,
        "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"},
    }
}
NO_DATES = {
    "chart": {
        "result": None,
        "error": {
            "code": "Bad Request",
            "description": "Data doesn't exist for startDate = 1641254400, endDate = 1642032000",
        },
    }
}
GOOD = chart("KZT=X", midnights(DAYS), CLOSES)


def always(body: Any, status: int = 200, **more: Any) -> Script:
    return lambda symbol, params, number: Answer(body, status, **more)


def zone_known(script: Script) -> Script:
    """Answer the look-up of the zone, so that the failure is that of the history."""

    def told(symbol: str, params: dict[str, list[str]], number: int) -> Answer:
        return script(symbol, params, number) if "period1" in params else tenge(symbol, params, number)

    return told


def without(*path: str | int) -> dict[str, Any]:
    """The right answer, less a part of it."""
    answer = chart("KZT=X", midnights(DAYS), CLOSES)
    part: Any = answer
    for step in path[:-1]:
        part = part[step]
    del part[path[-1]]
    return answer


def raised(script: Script, symbol: str = "KZT=X", **options: Any) -> SourceError:
    forget_zone(symbol)
    with served(script) as yahoo, pytest.raises(SourceError, match="yahoo") as caught:
        Asked(yahoo.host).content(query_of(symbol, DAYS[0], DAYS[-1]), **{"retries": 0} | options)
    return caught.value


WHEN = pytest.mark.parametrize("when", [lambda script: script, zone_known], ids=["at once", "at the history"])


@WHEN
@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (always(GONE, 404), mi.UnknownSymbolError, r"knows no such series \(404\)"),
        (always(GONE), mi.UnknownSymbolError, "knows no such series"),
        (always(NO_DATES, 400), mi.NoDataError, "nothing in these dates"),
        (always(NO_DATES), mi.NoDataError, "nothing in these dates"),
        (always({"chart": {"result": [], "error": None}}), mi.NoDataError, "nothing in these dates"),
        (always({"chart": {"result": None, "error": None}}), mi.NoDataError, "nothing in these dates"),
        (always(GONE, 429), mi.RateLimitedError, r"asks to be left alone \(429\)"),
        (always({}, 500), mi.SourceDownError, r"failed by its own word \(500\)"),
        (always(GONE, 503), mi.SourceDownError, r"failed by its own word \(503\)"),
        (always(HTML, 502), mi.SourceDownError, r"failed by its own word \(502\)"),
        (always({}, 401), mi.SourceError, r"refuses this caller \(401\)"),
        (always(b"Will be right back"), mi.SourceDownError, "says that it is down"),
        (always(HTML), mi.UnexpectedAnswerError, "is none of Yahoo's; received '<!doctype html>"),
        (always(b""), mi.UnexpectedAnswerError, "is none of Yahoo's"),
        (always(b"\xff\xfe\x00"), mi.UnexpectedAnswerError, "is none of Yahoo's"),
        (always(b"[]"), mi.UnexpectedAnswerError, r"is none of Yahoo's; received '\[\]'"),
        (always({"finance": 1}), mi.UnexpectedAnswerError, "is none of Yahoo's"),
        (always({"chart": {"error": {"code": "X", "description": "Y"}}}), mi.UnexpectedAnswerError, "'X: Y'"),
    ],
)  # fmt: skip
def test_each_failure_has_its_own_error(
    when: Callable[[Script], Script], script: Script, kind: type[SourceError], words: str
) -> None:
    error = raised(when(script))
    assert type(error) is kind
    assert re.search(words, str(error)), str(error)
    assert "KZT=X" in str(error)
    assert error.__cause__ is not None, "what yfinance raised"
    assert "127.0.0.1" not in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        ("instrumentType", without("chart", "result", 0, "meta", "instrumentType")),
        ("currency", without("chart", "result", 0, "meta", "currency")),
        ("exchangeTimezoneName", without("chart", "result", 0, "meta", "exchangeTimezoneName")),
        ("close", without("chart", "result", 0, "indicators", "quote", 0, "close")),
        ("volume", without("chart", "result", 0, "indicators", "quote", 0, "volume")),
        ("indicators", without("chart", "result", 0, "indicators")),
        ("", without("chart", "result", 0, "meta")),
        ("", chart("KZT=X", midnights(DAYS), [*CLOSES[:-1]], opens=CLOSES)),
        ("", chart("KZT=X", ["soon"] * len(DAYS), CLOSES)),  # type: ignore[list-item]
    ],
)  # fmt: skip
@WHEN
def test_a_missing_or_changed_field_is_named(
    when: Callable[[Script], Script], answer: tuple[str, dict[str, Any]]
) -> None:
    field, body = answer
    error = raised(when(always(body)))
    assert type(error) is mi.UnexpectedAnswerError
    assert field in str(error)


def test_a_symbol_without_a_zone_is_refused() -> None:
    answer = {"chart": {"result": [{"meta": {"symbol": "KZT=X"}}], "error": None}}
    error = raised(always(answer))
    assert type(error) is mi.UnexpectedAnswerError
    assert "exchangeTimezoneName" in str(error)


def test_a_zone_that_is_none_is_refused() -> None:
    body = chart("KZT=X", midnights(DAYS), CLOSES)
    body["chart"]["result"][0]["meta"]["exchangeTimezoneName"] = "Mars/Olympus"
    assert isinstance(raised(always(body)), mi.UnexpectedAnswerError | mi.UnknownSymbolError)
    assert isinstance(raised(zone_known(always(body))), mi.UnexpectedAnswerError)


def test_what_passes_is_asked_again() -> None:
    def script(symbol: str, params: dict[str, list[str]], number: int) -> Answer:
        failing = "period1" in params and number <= 4
        return Answer({}, 500) if failing else tenge(symbol, params, number)

    forget_zone("KZT=X")
    with served(script) as yahoo:
        asked = Asked(yahoo.host)
        block = asked.block("KZT=X", DAYS[0], DAYS[-1], retries=4)
    assert block.values.tolist() == CLOSES, "an answer of 500 must not stay in yfinance's memory"
    assert asked.waited[:1] == [0.5]
    assert len(asked.waited) >= 1


def test_a_failure_that_the_users_own_yfinance_remembers_is_none_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A failure of past dates stays in its memory for as long as the process lives."""
    import requests
    import yfinance
    from yfinance.data import YfData

    failed = requests.Response()
    failed.status_code, failed._content = 500, b"{}"
    query = query_of("KZT=X", DAYS[0], DAYS[-1])
    dates = {key: date.fromisoformat(one) for key, one in query.params if key in ("start", "end")}
    with served(tenge) as yahoo:
        Asked(yahoo.host).content(query)
        with monkeypatch.context() as patch:
            patch.setattr(YfData, "get", lambda *_: failed)
            assert yfinance.Ticker("KZT=X").history(**dates, timeout=30.0).empty
        assert YfData.cache_get.cache_info().currsize == 1
        assert Asked(yahoo.host).block("KZT=X", DAYS[0], DAYS[-1]).values.tolist() == CLOSES


def test_retry_after_is_honoured() -> None:
    def script(symbol: str, params: dict[str, list[str]], number: int) -> Answer:
        if number <= 2:
            return Answer({}, 429, headers={"Retry-After": "7"})
        return tenge(symbol, params, number)

    forget_zone("KZT=X")
    with served(script) as yahoo:
        asked = Asked(yahoo.host)
        asked.content(query_of("KZT=X", DAYS[0], DAYS[-1]))
    assert asked.waited == [7.0]


def test_a_limit_of_requests_says_how_long() -> None:
    error = raised(always({}, 429, headers={"Retry-After": "9"}))
    assert isinstance(error, mi.RateLimitedError)
    assert error.retry_after == 9.0
    assert type(error.__cause__).__name__ == "YFRateLimitError"


@WHEN
def test_a_body_that_breaks_off(when: Callable[[Script], Script]) -> None:
    error = raised(when(always(GOOD, cut=200)))
    assert type(error) is mi.SourceDownError
    assert "its answer broke off" in str(error)


@WHEN
def test_a_slow_answer_ends_with_the_time_that_the_options_give(when: Callable[[Script], Script]) -> None:
    """yfinance looks zones up with a limit of its own, ten seconds."""
    began = time.monotonic()
    error = raised(when(always(GOOD, wait=30.0)), timeout=0.3)
    assert time.monotonic() - began < 8.0
    assert type(error) is mi.SourceDownError
    assert "it did not answer in time; received 'timeout=0.3 s'" in str(error)


def test_a_dribbling_answer_ends_with_the_total_time() -> None:
    began = time.monotonic()
    error = raised(always(GOOD, drip=0.02), total=0.6)
    assert time.monotonic() - began < 8.0, "all of it takes more than twenty"
    assert type(error) is mi.SourceDownError
    assert "its answer took too long; received 'total=0.6 s'" in str(error)
    del error
    gc.collect()  # a connection left open would be an error here


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    error = raised(always(b"[" + b" " * 2_000_000 + b"]"), largest=100_000)
    assert type(error) is mi.UnexpectedAnswerError
    assert "larger than 100000 bytes" in str(error)
    del error
    gc.collect()


def test_a_refused_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{free.getsockname()[1]}"
    forget_zone("KZT=X")
    with pytest.raises(mi.SourceDownError, match=r"yahoo:KZT=X: .*the connection is refused"):
        Asked(host).content(query_of("KZT=X", DAYS[0], DAYS[-1]), retries=1)


def test_a_redirect_out_of_tls_is_not_followed() -> None:
    error = raised(always({}, 302, headers={"Location": "http://example.org/v8/finance/chart/KZT=X"}))
    assert type(error) is mi.UnexpectedAnswerError
    assert "it sends us where we do not go (InvalidSchema)" in str(error)


def test_a_redirect_without_end_is_left() -> None:
    error = raised(always({}, 302, headers={"Location": "/v8/finance/chart/KZT=X"}))
    assert type(error) is mi.UnexpectedAnswerError
    assert "it sends us where we do not go (TooManyRedirects)" in str(error)


def test_a_source_that_is_held_by_another_does_not_wait_for_ever() -> None:
    from marketimpact.sources.yahoo_line import LOCK

    with served(tenge) as yahoo, LOCK, pytest.raises(mi.SourceDownError, match="no time left to ask it"):
        Asked(yahoo.host).content(query_of("KZT=X", DAYS[0], DAYS[-1]), total=0.2)


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ({"currency": "TRY"}, "is in another currency; received 'TRY'; allowed: KZT"),
        ({"currency": None}, "is in another currency; received ''; allowed: KZT"),
        ({"symbol": "TRY=X"}, "is of another symbol; received 'TRY=X'; allowed: KZT=X"),
        ({"dataGranularity": "1wk"}, "is not daily; received '1wk'; allowed: 1d"),
        ({"instrumentType": "EQUITY"}, "is of no currency; received 'EQUITY'; allowed: CURRENCY"),
    ],
)
def test_what_yahoo_says_must_fit_what_was_asked(meta: dict[str, Any], words: str) -> None:
    body = chart("KZT=X", midnights(DAYS), CLOSES)
    body["chart"]["result"][0]["meta"] |= meta
    with (
        served(always(body)) as yahoo,
        pytest.raises(mi.UnexpectedAnswerError, match=f"yahoo:KZT=X: the answer {words}"),
    ):
        Asked(yahoo.host).block("KZT=X", DAYS[0], DAYS[-1])


def test_one_failure_ends_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def script(symbol: str, params: dict[str, list[str]], number: int) -> Answer:
        return Answer(GONE, 404) if symbol == "XXQ=F" else tenge(symbol, params, number)

    with served(script) as yahoo:
        monkeypatch.setenv("MARKETIMPACT_HOST_YAHOO", yahoo.host)
        with pytest.warns(mi.MarketImpactWarning, match=r"1 of 2 series did not come: yahoo:XXQ=F"):
            panel = mi.fetch(
                ["yahoo:XXQ=F", "yahoo:KZT=X"], start=DAYS[0], end=DAYS[-1],
                options=FetchOptions(cache=False, rate=1e6, retries=0),
            )  # fmt: skip
    assert panel.ids == ("USD/KZT",)
    assert panel.ledger is not None


@settings(max_examples=int(os.environ.get("YAHOO_EXAMPLES", 40)))
@given(st.data())
def test_no_answer_gets_out_of_our_tree_of_errors(
    stand_in: tuple[dict[str, bytes], Asked], data: st.DataObject
) -> None:
    """Also where yfinance reads it, whose own errors are many."""
    said, asked = stand_in
    answer = json.loads(json.dumps(GOOD))
    places = list(_places(answer))
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from(places))
        part: Any = answer
        try:
            for step in path:
                part = part[step]
            part[last] = deepcopy(data.draw(ODD))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took that place away
    said["body"] = json.dumps(answer).encode()
    try:
        block = asked.block("KZT=X", DAYS[0], DAYS[-1], retries=0)
    except SourceError:
        return
    assert block.dates.shape == block.values.shape
    assert not np.isinf(block.values).any()


ODD = st.sampled_from(
    [
        None,
        True,
        -1,
        0,
        10**30,
        1e308,
        float("inf"),
        float("nan"),
        "",
        "x",
        "1",
        [],
        {},
        [None],
        [[]],
        {"a": 1},
    ]
)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[tuple[dict[str, bytes], Asked]]:
    said: dict[str, bytes] = {}
    with served(lambda *_: Answer(said["body"])) as yahoo:
        yield said, Asked(yahoo.host)


def _places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = part.items() if isinstance(part, dict) else enumerate(part[:2]) if isinstance(part, list) else ()
    for step, one in inside:
        yield (*path, step)
        yield from _places(one, (*path, step))
