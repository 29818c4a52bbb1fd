"""A server on this machine that plays Yahoo: charts, crumbs and failures, over real sockets."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from marketimpact.sources.yahoo_line import _KNOWN
from tests.sources.loopback import new_host

__all__ = ["Answer", "Yahoo", "chart", "midnights", "served", "weekdays"]


@dataclass
class Answer:
    """What is answered to one request for prices."""

    body: bytes | dict[str, Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: int = 0
    drip: float = 0.0

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Script = Callable[[str, dict[str, list[str]], int], Answer]
"""Gives the answer to a symbol, the parameters of its address, and the number of the request, from 1 on."""


@dataclass
class Yahoo:
    """What a server says, and what it was asked."""

    script: Script
    host: str = ""
    crumbs: int = 200
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    cookies: list[str] = field(default_factory=list)

    @property
    def histories(self) -> list[tuple[str, dict[str, list[str]]]]:
        """Requests with dates: the look-ups of a zone have none."""
        return [(symbol, params) for symbol, params in self.asked if "period1" in params]


@contextmanager
def served(script: Script, **more: Any) -> Iterator[Yahoo]:
    """Play Yahoo on a free port."""
    yahoo = Yahoo(script, **more)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            yahoo.agents.add(self.headers.get("User-Agent", ""))
            yahoo.cookies += self.headers.get_all("Cookie", [])
            symbol = unquote(parts.path.rpartition("/")[2])
            if "/v8/finance/chart/" in parts.path:
                params = parse_qs(parts.query)
                yahoo.asked.append((symbol, params))
                self.give(yahoo.script(symbol, params, len(yahoo.asked)))
            else:
                yahoo.others.append(parts.path)
                crumb = b"CrUmB" if parts.path.endswith("getcrumb") else b""
                self.give(Answer(crumb, yahoo.crumbs if parts.path.endswith("getcrumb") else 404))

        do_POST = do_GET

        def give(self, answer: Answer) -> None:
            time.sleep(answer.wait)
            content = answer.content
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if answer.drip:
                    for i in range(len(content)):
                        self.wfile.write(content[i : i + 1])
                        self.wfile.flush()
                        time.sleep(answer.drip)
                elif answer.cut:
                    self.wfile.write(content[: answer.cut])
                    self.close_connection = True
                else:
                    self.wfile.write(content)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Callers hang up; that is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yahoo.host = f"http://{new_host(server.server_port)}"
    _KNOWN.pop(yahoo.host, None)
    try:
        yield yahoo
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def weekdays(start: str, end: str) -> list[str]:
    """Monday to Friday of a range, both ends inclusive."""
    day, last, found = datetime.fromisoformat(start), datetime.fromisoformat(end), []
    while day <= last:
        if day.weekday() < 5:
            found.append(day.date().isoformat())
        day += timedelta(days=1)
    return found


def midnights(days: Sequence[str], zone: str = "Europe/London", *, hour: int = 0) -> list[int]:
    """Stamps of an hour of days in a zone."""
    at = (datetime.fromisoformat(day).replace(hour=hour, tzinfo=ZoneInfo(zone)) for day in days)
    return [int(one.timestamp()) for one in at]


def chart(
    symbol: str,
    stamps: Sequence[int],
    closes: Sequence[float | None],
    *,
    opens: Sequence[float | None] | None = None,
    adjusted: Sequence[float | None] | None = None,
    **meta: Any,
) -> dict[str, Any]:
    """Make an answer of Yahoo's, of the form that its address v8/finance/chart has."""
    zone = meta.get("exchangeTimezoneName", "Europe/London")
    day = datetime.now(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    begins, ends = int(day.timestamp()), int((day + timedelta(hours=23, minutes=59)).timestamp())
    period = {"timezone": "GMT", "gmtoffset": 0, "start": begins, "end": ends}
    facts: dict[str, Any] = {
        "symbol": symbol,
        "currency": "KZT",
        "instrumentType": "CURRENCY",
        "exchangeName": "CCY",
        "firstTradeDate": 1_070_236_800,
        "regularMarketTime": int(datetime.now(UTC).timestamp()),
        "gmtoffset": 0,
        "timezone": "GMT",
        "exchangeTimezoneName": zone,
        "priceHint": 4,
        "currentTradingPeriod": {name: dict(period) for name in ("pre", "regular", "post")},
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "1y", "max"],
    }
    facts |= meta
    facts = {name: value for name, value in facts.items() if value is not ...}
    quote = {
        "open": list(closes if opens is None else opens),
        "high": [None if one is None else one * 1.01 for one in closes],
        "low": [None if one is None else one * 0.99 for one in closes],
        "close": list(closes),
        "volume": [None if one is None else 0 for one in closes],
    }
    indicators: dict[str, Any] = {
        "quote": [quote],
        "adjclose": [{"adjclose": list(closes if adjusted is None else adjusted)}],
    }
    result = {"meta": facts, "timestamp": list(stamps), "indicators": indicators}
    return {"chart": {"result": [result], "error": None}}
