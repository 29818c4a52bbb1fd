"""A million instants on one series; 10,000 events on 500 series: positions, reason codes and columns.

The median of the rounds is compared with the target, and with what pandas takes for the bare search in the same
run; nothing fails for being slow. The peak of memory is that of a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

import marketimpact as mi
from marketimpact.alignment.locate import EventTimes, locate
from marketimpact.market.snapshots import snapshot_of
from tests.bench.large_panel import large_inputs

INSTANTS = 1_000_000

Figure = Callable[[str, str, str], None]


def test_a_million_instants_on_one_series(benchmark, figure: Figure) -> None:
    """Beside merge_asof of the same instants with the same snapshots, sorted as it asks for."""
    panel, events = large_inputs(INSTANTS, 1)
    (quotes,) = panel.quotes
    snapshot = snapshot_of("16:30 Europe/London")
    at = np.arange(len(events))

    def mapped() -> np.ndarray:
        return locate(EventTimes.of(events), at, snapshot, quotes.sessions, mi.Policies()).first

    first = benchmark.pedantic(mapped, rounds=5, warmup_rounds=1)
    left = pd.DataFrame({"at": np.sort(events.start)})
    right = pd.DataFrame({"at": snapshot.instants(quotes.sessions), "place": np.arange(len(quotes))})
    begin = time.perf_counter()
    found = pd.merge_asof(left, right, on="at", direction="forward", allow_exact_matches=False)["place"]
    pandas = time.perf_counter() - begin
    assert found.fillna(len(quotes)).astype(int).tolist() == np.sort(first).tolist()
    ours = benchmark.stats.stats.median
    figure("1,000,000 instants to sessions of one series", f"{ours:.3f} s", "0.5 s")
    figure("the same / merge_asof of the bare instants", f"{ours / pandas:.1f} times", "")


def test_ten_thousand_events_on_five_hundred_series(benchmark, figure: Figure) -> None:
    panel, events = large_inputs(10_000, 500)
    alignment = benchmark.pedantic(lambda: mi.align(panel, events, pairs="all"), rounds=3, warmup_rounds=1)
    assert len(alignment) == 5_000_000
    figure("10,000 events x 500 series aligned", f"{benchmark.stats.stats.median:.2f} s", "2 s")


def test_the_memory_of_that_alignment(benchmark, figure: Figure) -> None:
    """Peak of a fresh process, with the panel and the packages in it."""
    code = "from tests.bench.large_panel import peak_of_alignment; print(peak_of_alignment(10_000, 500))"
    run = [sys.executable, "-c", code]
    out = benchmark.pedantic(lambda: subprocess.check_output(run, text=True), rounds=1)
    before, peak = map(float, out.split())
    figure(
        "its peak of memory, packages and panel included", f"{peak:.0f} MB (before: {before:.0f})", "1,000 MB"
    )
