"""How often a study's tests over events reject where there is nothing to find."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

import marketimpact as mi
from marketimpact.maths import over_events as means
from marketimpact.maths import rank_tests as ranks
from marketimpact.maths import sign_tests as signs
from tests.study.many_events import (
    CLASSICAL,
    IN_EVENT_TIME,
    TIMELINE,
    TRUSTING,
    common_dates,
)


def rejections(draws: int, window: tuple[int, int], cluster: str | None, **world: Any) -> dict[str, float]:
    counts: Counter[str] = Counter()
    for draw in range(draws):
        panel, events, pairs = common_dates(10_000 + draw, **world)
        timeline = replace(TIMELINE, event=(0, 10)) if world.get("apart") else TIMELINE
        study = mi.EventStudy(timeline=timeline, windows=(window,), cluster=cluster)
        found = study.run(panel, events, pairs=pairs).over_events(window, tests=CLASSICAL)
        for outcome in found.kinds[0].outcomes:
            counts[outcome.test] += outcome.p_value < 0.05 if outcome.applies else 0
            counts[outcome.test + " refused"] += not outcome.applies
    return {name: count / draws for name, count in counts.items()}


def gate(rate: float, draws: int) -> None:
    """Inside 3.5 to 6.5 %, give or take 3.7 standard errors of the simulation."""
    low, high = (3.7 * np.sqrt(p * (1 - p) / draws) for p in (0.035, 0.065))
    assert 0.035 - low < rate < 0.065 + high


def test_size_on_staggered_windows():
    """Six clusters of five windows of 11 sessions, one session apart, rho = .5: 4.5 % where BMP rejects 27 %."""
    draws, world = 300, {"dates": 6, "instruments": 5, "apart": 1}
    rates = rejections(draws, (0, 10), "overlap", **world)
    for name in ("cluster t", means.KOLARI_PYNNONEN, means.ADJUSTED_PATELL):
        gate(rates[name], draws)
        assert rates[name + " refused"] == 0
    for name in (*TRUSTING, *IN_EVENT_TIME):
        assert rates[name + " refused"] == 1
    broken = rejections(100, (0, 10), None, **world)
    gate(broken[means.KOLARI_PYNNONEN], 100)
    for name in (means.BMP, means.PATELL, means.CRUDE, ranks.CORRADO, ranks.GRANK_T, signs.GENERALIZED_SIGN):
        assert broken[name] > 0.12, name


def test_size_on_dates_that_instruments_share():
    """Five dates of six instruments, rho = .5: 3.5 to 6.3 % where the tests of independent pairs reject 23 to 31 %."""
    draws = 300
    rates = rejections(draws, (0, 0), "overlap")
    for name in ("cluster t", means.KOLARI_PYNNONEN, means.ADJUSTED_PATELL, *IN_EVENT_TIME):
        gate(rates[name], draws)
        assert rates[name + " refused"] == 0
    for name in TRUSTING:
        assert rates[name + " refused"] == 1


def test_ten_thousand_pairs_fit_in_little_memory():
    """A hundred dates of a hundred instruments: 66 MB, where the rows and their weights alone would take 48."""
    panel, events, pairs = common_dates(1, dates=100, instruments=100)
    result = mi.EventStudy(timeline=TIMELINE, windows=((-5, 5),)).run(panel, events, pairs=pairs)
    assert len(result.estimates.rows) == 10_000
    tracemalloc.start()
    found = result.over_events((-5, 5))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.2e8
    for name in (means.KOLARI_PYNNONEN, means.ADJUSTED_PATELL, ranks.CORRADO, ranks.GRANK_T):
        assert found.one(name).n == 10_000
        assert found.one(name).n_clusters == 100
