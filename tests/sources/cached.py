"""Series to keep in a cache, and ways to spoil its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from marketimpact.sources.cache import Cache
from marketimpact.sources.coverage import Covered
from marketimpact.sources.fetching import Key
from marketimpact.sources.held import Held, joined
from marketimpact.sources.protocol import Block

NOW = np.datetime64("2026-03-02T10:00:00", "s")
KEY = Key("yahoo", "KZT=X")


def block_of(first: str, n: int, level: float = 430.0, unit: str = "KZT per 1 USD") -> Block:
    days = np.datetime64(first) + np.arange(n)
    return Block(days, level + np.arange(n, dtype=np.float64), unit, notes=("odd rows left out",))


def covered_of(block: Block, now: np.datetime64 = NOW) -> Covered:
    return Covered(block.dates[0], block.dates[-1], now, "ab" * 32, "chart/KZT=X?range=1", "yfinance 1.7.0")


def held_of(first: str, n: int, level: float = 430.0) -> Held:
    block = block_of(first, n, level)
    return joined(None, block, covered_of(block), "x")


def damaged(path: Path, at: int, new: bytes) -> None:
    content = bytearray(path.read_bytes())
    content[at : at + len(new)] = new
    path.write_bytes(content)


def told_by(path: Path) -> tuple[Cache, list[str]]:
    said: list[str] = []
    return Cache(path, said.append), said
