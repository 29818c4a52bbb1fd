"""Event coincidence against double loops and all placements, and its size where both kinds come in clusters."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths.coincidence import (
    PRECURSOR,
    TRIGGER,
    CoincidenceRule,
    coincidence_rates,
    coincidence_tests,
)

PLACES = st.lists(st.integers(0, 39), min_size=1, max_size=12, unique=True)


@given(PLACES, PLACES, st.integers(0, 6), st.integers(-4, 6))
def test_rates_are_those_of_the_papers_equations(a: list[int], b: list[int], window: int, lag: int) -> None:
    precursor = np.mean([any(0 <= (i - lag) - j <= window for j in b) for i in a])
    trigger = np.mean([any(0 <= (i - lag) - j <= window for i in a) for j in b])
    assert coincidence_rates(np.array(a), np.array(b), window, lag) == (precursor, trigger)


@given(PLACES, PLACES, st.integers(0, 3))
def test_shifts_are_all_counted(a: list[int], b: list[int], window: int) -> None:
    rule = CoincidenceRule(window=window)
    found = coincidence_tests(np.array(a), np.array(b), 40, rule, np.random.default_rng(0))
    drawn = np.array([coincidence_rates(np.array(a), (np.array(b) + by) % 40, window) for by in range(40)])
    for j, outcome in enumerate(found):
        assert outcome.p_value == pytest.approx(np.mean(drawn[:, j] >= drawn[0, j] - 1e-12))
        assert outcome.part("chance rate") == pytest.approx(drawn[:, j].mean())
        assert outcome.p_value >= outcome.p_floor == 1 / 40
    assert [one.test for one in found] == [PRECURSOR, TRIGGER]


def test_shuffles_come_to_the_share_of_all_placements() -> None:
    a, b, n = np.array([3, 4]), np.array([2, 7]), 9
    observed = coincidence_rates(a, b, 1)[0]
    every = [
        coincidence_rates(np.array(one), np.array(other), 1)[0]
        for one in combinations(range(n), 2)
        for other in combinations(range(n), 2)
    ]
    exact = np.mean(np.array(every) >= observed)
    rule = CoincidenceRule(window=1, surrogate="shuffle", draws=4_000)
    found = coincidence_tests(a, b, n, rule, np.random.default_rng(1))[0]
    assert found.p_value == pytest.approx(exact, abs=3.7 * np.sqrt(exact * (1 - exact) / 4_000))


def test_the_binomial_p_is_that_of_poisson_events() -> None:
    a, b, n = np.array([5, 20, 33]), np.array([4, 19, 30, 38]), 40
    found = coincidence_tests(a, b, n, CoincidenceRule(window=1), np.random.default_rng(0))
    precursor = 1 - (1 - 2 / 40) ** 4
    trigger = 1 - (1 - 2 / 40) ** 3
    assert found[0].part("binomial p") == pytest.approx(stats.binom.sf(1, 3, precursor))
    assert found[1].part("binomial p") == pytest.approx(stats.binom.sf(1, 4, trigger))


def test_intervals_keep_the_distances() -> None:
    from marketimpact.maths.coincidence import _intervals

    places, rng = np.array([2, 3, 10, 30]), np.random.default_rng(0)
    for _ in range(20):
        drawn = np.sort(_intervals(places, 50, rng))
        assert len(np.unique(drawn)) == 4
        distances = np.diff(drawn, append=drawn[0] + 50)
        assert sorted(distances.tolist()) == sorted([1, 7, 20, 22])


def test_sizes_where_both_kinds_come_in_clusters() -> None:
    rng, hits = np.random.default_rng(2), {}

    def clustered(count: int) -> np.ndarray:
        level = np.repeat(np.exp(1.5 * rng.standard_normal(25)), 20)
        return rng.choice(500, count, replace=False, p=level / level.sum())

    sets = [(clustered(30), clustered(40)) for _ in range(120)]
    for surrogate in ("shift", "shuffle", "intervals"):
        rule = CoincidenceRule(window=2, surrogate=surrogate, draws=99)
        ps = [coincidence_tests(a, b, 500, rule, rng)[0].p_value for a, b in sets]
        hits[surrogate] = np.mean(np.array(ps) <= 0.05)
    assert max(hits.values()) < 0.12


def test_what_cannot_be_counted() -> None:
    rng, some = np.random.default_rng(0), np.array([1])
    with pytest.raises(InputError, match="surrogate: is not known"):
        CoincidenceRule(surrogate="poisson")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="window: is no window"):
        CoincidenceRule(window=-1)
    with pytest.raises(InputError, match="window: does not fit the sample"):
        coincidence_tests(some, some, 5, CoincidenceRule(window=3, lag=2), rng)
    with pytest.raises(InputError, match="places: lie outside the sample"):
        coincidence_tests(some, np.array([9]), 5, CoincidenceRule(), rng)
    nothing = coincidence_tests(np.empty(0, dtype=np.int64), some, 5, CoincidenceRule(), rng)
    assert not any(one.applies for one in nothing)
