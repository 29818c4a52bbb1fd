"""A large panel and many events, made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import marketimpact as mi

SESSIONS, MISSING = 5_000, 0.03


def large_inputs(events: int, series: int, seed: int = 1) -> tuple[mi.Panel, mi.EventSet]:
    """Quotes on weekdays since 2004, three in a hundred missing, and news at any second."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2004-01-01", periods=SESSIONS)
    levels = np.exp(np.cumsum(rng.normal(0.0, 0.01, (SESSIONS, series)), axis=0))
    levels[rng.random(levels.shape) < MISSING] = np.nan
    frame = pd.DataFrame(levels, index=days, columns=[f"S{i:03d}" for i in range(series)])
    close = "16:30 Europe/London"
    bonds = [mi.SovereignBond(name, quoted="clean price", snapshot=close) for name in frame]
    at = pd.DatetimeIndex(days[rng.integers(200, SESSIONS - 100, events)]).tz_localize("UTC")
    at += pd.to_timedelta(rng.integers(0, 86_400, events), unit="s")
    news = pd.DataFrame({"id": [f"e{i}" for i in range(events)], "announced_at": at})
    return mi.Panel.from_frame(frame, instruments=bonds), mi.EventSet.from_frame(news)


def peak_of_alignment(events: int, series: int) -> str:
    """Peak of memory before and after an alignment [MB]."""
    panel, news = large_inputs(events, series)
    before = _peak()
    mi.align(panel, news, pairs="all")
    return f"{before} {_peak()}"


def _peak() -> float:
    """The process's own peak [MB]; ``ru_maxrss`` would begin at that of the process it was forked from."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
