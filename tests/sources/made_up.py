"""A source without a network: it makes its answers up, counts what it is asked, and may fail when told to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np

from marketimpact import CurrencyPair, Factor, SourceDownError
from marketimpact.sources.protocol import Block, Query, Request
from marketimpact.sources.web import Web

FIRST = np.datetime64("2000-01-03")


def level_of(symbol: str, day: np.datetime64, version: int = 0) -> float:
    """The one right value of a symbol on a day, in each version of the series."""
    return 100.0 + sum(map(ord, symbol)) % 50 + int(day.astype(np.int64)) % 17 + 1000.0 * version


@dataclass
class MadeUp:
    """Weekdays from 2000 on; ``version`` counts revisions of the whole past, ``last`` is the last day known."""

    lasts: bool = True
    title: str = "a source that makes its answers up"
    local: bool = False
    version: int = 0
    last: np.datetime64 = field(default_factory=lambda: np.datetime64("2100-01-01"))
    piece: int = 0
    failing: frozenset[str] = frozenset()
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def instrument(self, request: Request) -> CurrencyPair | Factor:
        return Factor(request.symbol, move="log")

    def lasting(self, request: Request) -> bool:
        return self.lasts

    def build(self, request: Request) -> tuple[Query, ...]:
        """One query, or one for each so many days."""
        start, end = request.start, request.end
        if not self.piece or start is None or end is None:
            return (Query(request.symbol, "made-up", start, end, adjusted=request.adjusted),)
        step = np.timedelta64(self.piece, "D")
        day = np.timedelta64(1, "D")
        firsts = np.arange(start, end + day, step)
        return tuple(
            Query(request.symbol, "made-up", one, min(one + step - day, end), adjusted=request.adjusted)
            for one in firsts
        )

    def fetch(self, query: Query, web: Web) -> bytes:
        self.asked.append((query.symbol, str(query.start), str(query.end)))
        if query.symbol in self.failing or str(query.start) in self.failing:
            raise SourceDownError("is down", parameter=query.symbol)
        return json.dumps([str(self.last), self.version]).encode()

    def parse(self, query: Query, content: bytes) -> Block:
        last, version = json.loads(content)
        start = FIRST if query.start is None else max(query.start, FIRST)
        end = np.datetime64(last) if query.end is None else min(query.end, np.datetime64(last))
        days = np.arange(start, end + np.timedelta64(1, "D"))
        days = days[np.is_busday(days)]
        values = np.array([level_of(query.symbol, day, version) for day in days])
        return Block(days, values, "points", adjusted=query.adjusted)
