"""Series fetched from a server on this machine that gives answers written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.sources.options import FetchOptions
from marketimpact.sources.protocol import Block, Query, Request
from marketimpact.sources.registry import SOURCES
from tests.sources.loopback import Reply, Script, Seen, served

__all__ = ["by_params", "day", "days_of", "fetched", "frozen_at", "queries", "read"]


def day(text: str | None) -> np.datetime64 | None:
    return None if text is None else np.datetime64(text, "D")


def days_of(quotes: Any) -> list[str]:
    return [str(one) for one in quotes.sessions]


def frozen_at(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Stop the clock of `mi.fetch`, UTC."""
    monkeypatch.setattr("marketimpact.sources.registry._now", lambda: np.datetime64(text, "s"))


def fetched(
    monkeypatch: pytest.MonkeyPatch, names: str | list[str], script: Script, **said: Any
) -> tuple[mi.Panel, list[Seen]]:
    """Fetch series while a script answers for the source of the first; nothing is kept unless ``cache`` says so."""
    word = (names if isinstance(names, str) else names[0]).partition(":")[0]
    options = FetchOptions(cache=said.pop("cache", False), rate=1e5, retries=0, timeout=5.0)
    with served(script) as server:
        monkeypatch.setenv(f"MARKETIMPACT_HOST_{word.upper().replace('-', '_')}", server.address)
        return mi.fetch(names, options=options, **said), server.seen


def by_params(answers: Mapping[str, bytes], param: str) -> Script:
    """Answer by the value of one parameter; without one of it, the page that says "not found"."""

    def script(seen: Seen) -> Reply:
        body = answers.get(seen.params.get(param, ""))
        return (
            Reply(b"<!DOCTYPE html><html><title>Not found</title></html>", 404)
            if body is None
            else Reply(body)
        )

    return script


def queries(name: str, start: str | None = None, end: str | None = None) -> list[str]:
    """Give what a source asks, as text."""
    word, _, symbol = name.partition(":")
    return [str(query) for query in SOURCES[word].build(Request(symbol, day(start), day(end)))]


def read(name: str, content: bytes, **params: str) -> Block:
    """Parse one answer."""
    word, _, symbol = name.partition(":")
    return SOURCES[word].parse(Query(symbol, "https://data.bank", params=tuple(params.items())), content)
