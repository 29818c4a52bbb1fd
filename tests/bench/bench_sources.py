"""500 series of 5,000 days through `fetch` from a warm cache, beside pandas reading the same numbers from CSV.

Nothing fails for being slow; the ratio within one run says more than the seconds of one machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.sources.cache import Cache
from marketimpact.sources.fetching import Key
from marketimpact.sources.protocol import Block, Query, Request
from marketimpact.sources.registry import SOURCES
from marketimpact.sources.web import Web

SERIES, SESSIONS = 500, 5_000
DAYS = np.busday_offset("2003-01-01", np.arange(SESSIONS), roll="forward").astype("datetime64[D]")
NAMES = [f"bench:S{i:03d}" for i in range(SERIES)]

Figure = Callable[[str, str, str], None]


class Bench:
    """A source of random walks; its answer is the seed."""

    title, local = "random walks", False

    def instrument(self, request: Request) -> mi.Factor:
        return mi.Factor(request.symbol, move="log")

    def lasting(self, request: Request) -> bool:
        return True

    def build(self, request: Request) -> tuple[Query, ...]:
        return (Query(request.symbol, "walk", request.start, request.end),)

    def fetch(self, query: Query, web: Web) -> bytes:
        return query.symbol.encode()

    def parse(self, query: Query, content: bytes) -> Block:
        moves = np.random.default_rng(list(content)).normal(0.0, 0.01, SESSIONS)
        return Block(DAYS.copy(), 100.0 * np.exp(np.cumsum(moves)), "index points")


def fetched() -> mi.Panel:
    return mi.fetch(NAMES, start=str(DAYS[0]), end=str(DAYS[-1]))


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache that holds it all, filled by `fetch`."""
    path = tmp_path_factory.mktemp("warm") / "sources.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SOURCES, "bench", Bench())
        patch.setenv("MARKETIMPACT_CACHE", str(path))
        fetched()
        yield path


def test_from_a_warm_cache(benchmark, warm: Path, figure: Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETIMPACT_CACHE", str(warm))
    monkeypatch.setattr(Bench, "fetch", None)
    panel = benchmark.pedantic(fetched, rounds=5, warmup_rounds=1)
    ours = benchmark.stats.stats.median
    assert len(panel) == SERIES
    assert all(len(quotes) == SESSIONS for quotes in panel.quotes)
    frame = panel.to_frame()
    frame.to_csv(warm.with_suffix(".csv"))
    begin = time.perf_counter()
    read = pd.read_csv(warm.with_suffix(".csv"), index_col=0, parse_dates=True)
    pandas = time.perf_counter() - begin
    np.testing.assert_array_equal(read.to_numpy(), frame.to_numpy())
    begin = time.process_time()
    fetched()
    busy = time.process_time() - begin
    keys = [Key("bench", name.partition(":")[2]) for name in NAMES]
    begin = time.perf_counter()
    assert len(Cache(warm).load(keys)) == SERIES
    loading = time.perf_counter() - begin
    figure(f"fetch of {SERIES} x {SESSIONS:,} from a warm cache", f"{ours:.3f} s", "1 s")
    figure("processor time of it", f"{busy:.3f} s", "")
    figure("of that, load and check of the rows", f"{loading:.3f} s", "")
    figure("pandas.read_csv of the same", f"{pandas:.3f} s", "")
    figure("read_csv / fetch", f"{pandas / ours:.1f} times", "")
    figure("size of the cache", f"{warm.stat().st_size / 1e6:.1f} MB", "")
