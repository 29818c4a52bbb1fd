"""Shuffled surprises: against a loop of least squares, exact under the null, and what cannot be told apart."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketimpact.maths.shuffled_slopes import SHUFFLED, Entries, shuffle_slopes


def made_up(seed: int, events: int = 5, n: int = 30):
    """Moves, other regressors, and entries of two instruments: an event is a pair of moves of one date."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(n)[: 2 * events]
    unit = np.repeat(np.arange(events), 2)
    s = rng.standard_t(3, events)
    factors = np.stack([np.ones(2 * events), rng.normal(size=2 * events)])
    entries = Entries(rows, unit, unit, np.stack([s, s]), factors)
    return rng.normal(size=n), np.column_stack([np.ones(n), rng.normal(size=n)]), entries


def loop(y, others, entries):
    """The t of every order of the events, by least squares of the whole regression."""
    out = []
    for order in permutations(range(entries.values.shape[1])):
        d = np.zeros((len(y), len(entries.values)))
        for j, (values, factors) in enumerate(zip(entries.values, entries.factors, strict=True)):
            np.add.at(d[:, j], entries.rows, values[np.array(order)][entries.unit] * factors)
        x = np.column_stack([d, others])
        inverse = np.linalg.inv(x.T @ x)
        b = inverse @ x.T @ y
        scores = (x @ inverse) * (y - x @ b)[:, None]
        meat = sum(
            scores[entries.rows[entries.cluster == c]].sum(axis=0) ** 2 for c in np.unique(entries.cluster)
        )
        out.append((b / np.sqrt(meat))[: d.shape[1]])
    return np.array(out)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_all_orders_are_those_of_a_loop(seed):
    y, others, entries = made_up(seed)
    outcomes = shuffle_slopes(y, others, entries, draws=10, rng=np.random.default_rng(0))
    every = loop(y, others, entries)
    expected = (np.abs(every) >= np.abs(every[0]) * (1 - 1e-9)).mean(axis=0)
    np.testing.assert_allclose([one.statistic for one in outcomes], every[0], rtol=1e-8)
    np.testing.assert_allclose([one.p_value for one in outcomes], expected)
    assert {(one.test, one.note, one.n, one.n_clusters) for one in outcomes} == {
        (SHUFFLED, "enumerated", 10, 5)
    }


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100.0), st.floats(0.01, 100.0))
def test_units_of_moves_and_surprises_change_no_p(seed, of_moves, of_surprises):
    y, others, entries = made_up(seed)
    scaled = Entries(
        entries.rows, entries.unit, entries.cluster, entries.values * of_surprises, entries.factors
    )
    one, other = (
        shuffle_slopes(of * y, others, some, draws=10, rng=np.random.default_rng(0))
        for of, some in ((1.0, entries), (of_moves, scaled))
    )
    assert [a.p_value for a in one] == [b.p_value for b in other]


def test_draws_come_close_to_all_orders():
    """Eight events are drawn, 40,320 orders listed by the loop's formula for one regressor."""
    rng = np.random.default_rng(3)
    at, s, y = np.arange(8), rng.standard_t(2, 8), rng.normal(size=25)
    entries = Entries(at, at, at, s[None], np.ones((1, 8)))
    (drawn,) = shuffle_slopes(
        y, np.ones((25, 1)), entries, draws=4_000, rng=np.random.default_rng(1), note="seed 1"
    )
    left = y - y.mean()
    orders = np.array(list(permutations(range(8))))
    x = np.zeros((len(orders), 25))
    x[:, :8] = s[orders]
    x -= x.mean(axis=1, keepdims=True)
    squares = (x**2).sum(axis=1)
    b = x @ left / squares
    e = left - b[:, None] * x
    t = np.abs(b) / np.sqrt(((x * e)[:, :8] ** 2).sum(axis=1)) * squares
    share = np.mean(t >= t[0] * (1 - 1e-9))
    assert abs(drawn.p_value - share) < 4 * np.sqrt(share * (1 - share) / 4_000) + 1 / 4_001
    assert drawn.note == "4000 draws, seed 1"
    assert drawn.p_floor == 1 / 4_001


def test_what_cannot_be_tested_says_why():
    at = np.arange(3)
    y, ones, rng = np.random.default_rng(1).normal(size=20), np.ones((20, 1)), np.random.default_rng(0)
    few = shuffle_slopes(y, ones, Entries(at, at, at, y[None, :3], np.ones((1, 3))), draws=9, rng=rng)
    assert few[0].reason == "3 events with a surprise, needs 4"
    at = np.arange(5)
    twice = Entries(at, at, at, np.stack([y[:5], 2 * y[:5]]), np.ones((2, 5)))
    assert {one.reason for one in shuffle_slopes(y, ones, twice, draws=9, rng=rng)} == {
        "slopes that cannot be told apart"
    }
    nothing = Entries(at[:0], at[:0], at[:0], np.zeros((1, 0)), np.zeros((1, 0)))
    assert shuffle_slopes(y, ones, nothing, draws=9, rng=rng)[0].reason == "0 events with a surprise, needs 4"


@pytest.mark.parametrize("tails", [1, 3])
def test_the_size_is_exact_with_tails_so_heavy_that_no_variance_exists(tails):
    """Moves and surprises of five events: p <= .05 in 6 of 120 orders, and in 5 % of samples."""
    rng, rejected, draws = np.random.default_rng(tails), 0, 300
    at = np.arange(5)
    for _ in range(draws):
        y, s = rng.standard_t(tails, 30), rng.standard_t(tails, 5)
        entries = Entries(at, at, at, s[None], np.ones((1, 5)))
        (outcome,) = shuffle_slopes(y, np.ones((30, 1)), entries, draws=1, rng=rng)
        rejected += outcome.p_value <= 0.05
    assert abs(rejected / draws - 0.05) < 4 * np.sqrt(0.05 * 0.95 / draws)
