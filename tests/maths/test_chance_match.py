"""Chance matches against every draw that there is."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.maths.chance_match import chance_match, near, shifted_match

MARKS = st.lists(st.booleans(), min_size=4, max_size=9)


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(0, 5), st.integers(0, 5))
def test_near_is_what_a_loop_finds(marks: list[bool], before: int, after: int) -> None:
    n = len(marks)
    looped = [any(marks[j] for j in range(max(i - before, 0), min(i + after, n - 1) + 1)) for i in range(n)]
    assert near(np.array(marks), before, after).tolist() == looped


@given(MARKS, st.integers(0, 10_000))
def test_p_counts_the_draws_with_as_many_matches(matched: list[bool], seed: int) -> None:
    n = len(matched)
    chosen = np.random.default_rng(seed).random(n) < 0.4
    outcome = chance_match(chosen, np.array(matched))
    if not chosen.any() or all(matched) or not any(matched):
        assert not outcome.applies
        assert np.isnan(outcome.p_value)
        return
    hits = int((chosen & np.array(matched)).sum())
    every = [sum(matched[i] for i in drawn) for drawn in combinations(range(n), int(chosen.sum()))]
    assert outcome.p_value == pytest.approx(np.mean(np.array(every) >= hits))
    assert outcome.estimate == hits / chosen.sum()
    assert outcome.part("chance rate") == sum(matched) / n
    assert outcome.p_floor == pytest.approx(np.mean(np.array(every) >= max(every)))


@given(MARKS, st.integers(0, 10_000))
def test_shifted_p_counts_every_shift(matched: list[bool], seed: int) -> None:
    n = len(matched)
    chosen = np.random.default_rng(seed).random(n) < 0.4
    outcome = shifted_match(chosen, np.array(matched))
    if not outcome.applies:
        return
    every = [int((chosen & np.roll(matched, by)).sum()) for by in range(n)]
    assert outcome.statistic == every[0]
    assert outcome.p_value == pytest.approx(np.mean(np.array(every) >= every[0]))
    assert outcome.part("chance rate") == pytest.approx(sum(matched) / n)


def clusters(rng: np.random.Generator, n: int, count: int, run: int) -> np.ndarray:
    marks = np.zeros(n, dtype=bool)
    for start in rng.integers(0, n, count):
        marks[(start + np.arange(run)) % n] = True
    return marks


def test_sizes_where_both_come_in_clusters() -> None:
    """The hypergeometric test takes clusters for a finding, as its docstring says; the shifted one does not."""
    rng = np.random.default_rng(0)
    p = np.array(
        [
            [test(chosen, matched).p_value for test in (chance_match, shifted_match)]
            for chosen, matched in ((clusters(rng, 500, 5, 8), clusters(rng, 500, 6, 10)) for _ in range(400))
        ]
    )
    plain, shifted = (p <= 0.05).mean(axis=0)
    assert plain > 0.12
    assert shifted < 0.08
