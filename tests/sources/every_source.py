"""What all tests of the sources on the network have in common: a provider is played, asked, and held to its numbers."""

from __future__ import annotations

import functools
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

import marketimpact as mi
from marketimpact import errors
from marketimpact.sources.options import FetchOptions
from marketimpact.sources.web import Web
from tests.sources.loopback import Loopback, Reply, Script, Seen, served
from tests.sources.providers import DAYS, PROVIDERS, Provider

START, END = "2021-06-07", "2021-06-11"

HTML = Reply(b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body>Back soon</body></html>")

every = pytest.mark.parametrize("provider", PROVIDERS, ids=str)


def unhurried(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let nobody sleep between tries, but write the waits down."""
    slept: list[float] = []
    monkeypatch.setattr(
        "marketimpact.sources.registry.Web", functools.partial(Web, sleep=slept.append, jitter=lambda: 1.0)
    )
    return slept


@contextmanager
def playing(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, script: Script | None = None
) -> Iterator[Loopback]:
    """Serve in the place of a provider's host, by what its script says, else rightly."""
    with served(script or provider.answers) as server:
        monkeypatch.setenv(f"MARKETIMPACT_HOST_{provider.word.upper().replace('-', '_')}", server.address)
        yield server


def fetched(provider: Provider, *symbols: str, start: str = START, end: str = END, **said: Any) -> mi.Panel:
    names = [f"{provider.word}:{symbol}" for symbol in symbols or provider.symbols]
    offline = said.pop("offline", False)
    options = FetchOptions(**{"cache": False, "rate": 1e5, "timeout": 5.0, "retries": 0, **said})
    told = {name: one for name, one in provider.instruments.items() if name in names}
    return mi.fetch(names, start=start, end=end, offline=offline, options=options, instruments=told)


def sessions(start: str = START, end: str = END) -> list[date]:
    return [day for day in DAYS if date.fromisoformat(start) <= day <= date.fromisoformat(end)]


def check(panel: mi.Panel, provider: Provider, *symbols: str, start: str = START, end: str = END) -> None:
    """Check that series are the provider's, session by session, value by value."""
    days = sessions(start, end)
    assert len(panel.ids) == len(symbols)
    for place, symbol in enumerate(symbols):
        quotes = panel.quotes[place]
        assert quotes.sessions.astype(object).tolist() == days
        told = [provider.expected(symbol, day) for day in days]
        np.testing.assert_allclose(quotes.levels, told, rtol=1e-12)


def changing(provider: Provider, change: Callable[[bytes], bytes]) -> Script:
    def script(seen: Seen) -> Reply:
        reply = provider.answers(seen)
        return replace(reply, body=change(reply.body)) if reply.status == 200 else reply

    return script


def failures(provider: Provider) -> dict[str, tuple[Script, type[errors.MarketImpactError]]]:
    """Give what may go wrong with every request, and the error that it is."""

    def same(reply: Reply) -> Script:
        return lambda _: reply

    def cut(seen: Seen) -> Reply:
        body = provider.answers(seen).body
        return Reply(body, declared=len(body) + 99)

    def cut_in_chunks(seen: Seen) -> Reply:
        body = provider.answers(seen).body
        return Reply(body, cut=len(body) // 2)

    def huge(seen: Seen) -> Reply:
        return Reply(b" " * 3_000_000)

    def bomb(seen: Seen) -> Reply:
        return Reply(gzip.compress(bytes(3_000_000)), headers=(("Content-Encoding", "gzip"),))

    down, odd = errors.SourceDownError, errors.UnexpectedAnswerError
    return {
        "404": (same(Reply(status=404)), provider.absent),
        "429": (same(Reply(status=429)), errors.RateLimitedError),
        "429 for long": (
            same(Reply(status=429, headers=(("Retry-After", "86400"),))),
            errors.RateLimitedError,
        ),
        "500": (same(Reply(status=500)), down),
        "503": (same(Reply(b"<html>", status=503)), down),
        "refused": (same(Reply(status=403)), errors.SourceError),
        "HTML": (same(HTML), odd),
        "other": (same(Reply(b'{"error": "no"}')), odd),
        "cut": (cut, down),
        "cut in chunks": (cut_in_chunks, down),
        "cut in silence": (changing(provider, lambda body: body[: -len(body) // 3]), odd),
        "wrong encoding": (changing(provider, lambda body: body.decode("latin-1").encode("utf-16-be")), odd),
        "zeros": (changing(provider, lambda body: bytes(len(body))), odd),
        "slow": (same(Reply(first=9.0)), down),
        "reset": (same(Reply(reset=True)), down),
        "empty": (same(provider.empty), errors.NoDataError),
        "changed": (changing(provider, provider.changed), odd),
        "huge": (huge, odd),
        "bomb": (bomb, odd),
        "around": (same(Reply(status=302, headers=(("Location", "/"),))), odd),
        "astray": (same(Reply(status=302, headers=(("Location", "http://example.org/"),))), odd),
        "contradiction": (changing(provider, provider.contradicting or provider.changed), odd),
    }


CASES = [
    pytest.param(provider, name, id=f"{provider}-{name}")
    for provider in PROVIDERS
    for name in failures(provider)
]
SOME = {"404", "429", "500", "HTML", "cut", "cut in silence", "reset", "empty", "changed", "contradiction"}
