"""A question to a server on this machine, and what came of it; replies that fail, and the errors that they are."""

from __future__ import annotations

import dataclasses
import gzip
import time
from typing import Any

import requests  # noqa: F401 - loaded here, or the first test that asks would measure that too

from marketimpact import errors
from marketimpact.sources.options import FetchOptions
from marketimpact.sources.protocol import Query
from marketimpact.sources.web import Deadline, Web
from tests.sources.loopback import Loopback, Reply, Script, in_turn, served

KEY = "s3cr3t +/=&ключ"
"""A key that an address must write in another form than it has."""

TOLD = Reply(b"date,value\n2022-01-05,4.31\n")


@dataclasses.dataclass
class Asked:
    """What came of a question: answer or error, the waits on the way, what the server saw, and how long it took."""

    answer: bytes | None
    error: Any
    waits: list[float]
    server: Loopback
    took: float
    web: Web


def ask(script: Script, *, query: Query | None = None, jitter: float = 1.0, **said: Any) -> Asked:
    sent = {name: said.pop(name) for name in ("secrets", "headers") if name in said}
    total = said.setdefault("total", 60.0)
    options = FetchOptions(**{"timeout": 10.0, "rate": 10_000.0, **said})
    waits: list[float] = []
    with served(script) as server:
        web = Web(
            "bank", options, Deadline.after(total), server.address, sleep=waits.append, jitter=lambda: jitter
        )
        began, answer, error = time.monotonic(), None, None
        try:
            answer = web.get(query or Query("X", "https://data.bank/series", params=(("id", "X"),)), **sent)
        except errors.MarketImpactError as caught:
            error = caught
        took = time.monotonic() - began
    return Asked(answer, error, [wait for wait in waits if wait > 0.01], server, took, web)


def always(reply: Reply) -> Script:
    return lambda _: reply


def hops(*places: str) -> Script:
    """Redirect to one place after the other, then answer."""
    return in_turn(*(Reply(status=302, headers=(("Location", place),)) for place in places), TOLD)


PASSING = {
    "500": (Reply(status=500), errors.SourceDownError, r"it failed by its own word \(500\)"),
    "503": (Reply(status=503), errors.SourceDownError, r"it failed by its own word \(503\)"),
    "408": (Reply(status=408), errors.SourceDownError, r"it failed by its own word \(408\)"),
    "429": (Reply(status=429), errors.RateLimitedError, r"bank asks to be left alone \(429\)"),
    "reset": (Reply(reset=True), errors.SourceDownError, "the connection broke"),
    "too short": (Reply(b"half", declared=8), errors.SourceDownError, "its answer broke off"),
    "cut off": (Reply(b"half of it", cut=4), errors.SourceDownError, "its answer broke off"),
    "cut gzip": (
        Reply(gzip.compress(bytes(range(256)))[:-9], headers=(("Content-Encoding", "gzip"),)),
        errors.SourceDownError,
        "its answer broke off",
    ),
}
LASTING = {
    "400": (Reply(status=400), errors.UnknownSymbolError, r"knows no such series \(400\)"),
    "404": (Reply(status=404), errors.UnknownSymbolError, r"knows no such series \(404\)"),
    "410": (Reply(status=410), errors.UnknownSymbolError, r"knows no such series \(410\)"),
    "401": (Reply(status=401), errors.SourceError, r"refuses this caller \(401\)"),
    "403": (Reply(status=403), errors.SourceError, r"refuses this caller \(403\)"),
    "204": (Reply(status=204), errors.UnexpectedAnswerError, "status 204"),
    "304": (Reply(status=304), errors.UnexpectedAnswerError, "status 304"),
    "418": (Reply(status=418), errors.UnexpectedAnswerError, "status 418"),
    "no gzip": (
        Reply(b"plain", headers=(("Content-Encoding", "gzip"),)),
        errors.UnexpectedAnswerError,
        "what it calls gzip is none",
    ),
    "other packing": (
        Reply(b"plain", headers=(("Content-Encoding", "br"),)),
        errors.UnexpectedAnswerError,
        "packed as 'br', which was not asked for",
    ),
}
