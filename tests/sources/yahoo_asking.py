"""Yahoo asked of a server on this machine, with patience that costs no time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from marketimpact.sources.options import FetchOptions
from marketimpact.sources.protocol import Block, Query, Request
from marketimpact.sources.web import Deadline, Web
from marketimpact.sources.yahoo import Yahoo

__all__ = ["Asked", "day", "forget_zone", "own_caches", "query_of"]


@pytest.fixture(autouse=True, scope="module")
def own_caches(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep yfinance's files, zones and cookies, out of the home of whoever runs the tests."""
    from yfinance.cache import set_cache_location

    set_cache_location(str(tmp_path_factory.mktemp("yfinance")))


def forget_zone(symbol: str) -> None:
    """Have yfinance look a symbol's zone up again."""
    from yfinance.cache import get_tz_cache

    get_tz_cache().store(symbol, None)


def day(text: str | None) -> np.datetime64 | None:
    return None if text is None else np.datetime64(text, "D")


def query_of(symbol: str, start: str | None = None, end: str | None = None, adjusted: bool = False) -> Query:
    (query,) = Yahoo().build(Request(symbol, day(start), day(end), adjusted=adjusted))
    return query


@dataclass
class Asked:
    """One way to a server: waits are written down, not waited for."""

    host: str
    waited: list[float] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    def web(self, **options: Any) -> Web:
        said = FetchOptions(**{"rate": 1e6, "retries": 2, "cache": False} | self.options | options)
        web = Web("yahoo", said, Deadline.after(said.total), self.host, sleep=self.waited.append)
        web.jitter = lambda: 1.0
        return web

    def content(self, query: Query, **options: Any) -> bytes:
        return Yahoo().fetch(query, self.web(**options))

    def block(
        self,
        symbol: str,
        start: str | None = None,
        end: str | None = None,
        *,
        adjusted: bool = False,
        **options: Any,
    ) -> Block:
        query = query_of(symbol, start, end, adjusted)
        return Yahoo().parse(query, self.content(query, **options))
