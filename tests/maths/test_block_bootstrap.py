"""The stationary bootstrap: its variance without draws, its blocks, and how often it rejects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketimpact.errors import InputError
from marketimpact.maths import block_bootstrap as module
from marketimpact.maths.block_bootstrap import (
    BLOCK,
    FEWEST_CLUSTERS,
    _drawn,
    _statistics,
    block_length,
    block_variance,
    stationary_bootstrap,
    stationary_indices,
)
from marketimpact.maths.parametric import cluster_t


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def autoregression(draw: np.random.Generator, phi: float, shape: tuple[int, int]) -> np.ndarray:
    """Stationary rows of variance 1."""
    shocks = draw.standard_normal(shape) * np.sqrt(1 - phi**2)
    shocks[:, 0] /= np.sqrt(1 - phi**2)
    for t in range(1, shape[1]):
        shocks[:, t] += phi * shocks[:, t - 1]
    return shocks


# ---------------------------------------------------------------- the length of blocks


def length_by_loops(x: np.ndarray) -> float:
    """Straight from the paper's formulas, lag by lag."""
    n = len(x)
    mean = sum(x) / n

    def r(k: int) -> float:
        k = abs(k)
        return sum((x[i] - mean) * (x[i + k] - mean) for i in range(n - k)) / n

    most, small = int(np.ceil(np.sqrt(n))) + 5, 2 * np.sqrt(np.log10(n) / n)
    first = next(k for k in range(1, n) if all(abs(r(k + j) / r(0)) < small for j in range(5)))
    m = min(2 * first, most)

    def window(s: float) -> float:
        return 1.0 if abs(s) <= 0.5 else max(2 * (1 - abs(s)), 0.0)

    g = sum(window(k / m) * abs(k) * r(k) for k in range(-m, m + 1))
    d = 2 * sum(window(k / m) * r(k) for k in range(-m, m + 1)) ** 2
    longest = np.ceil(min(3 * np.sqrt(n), n / 3))
    return max(1.0, min((2 * g**2 / d) ** (1 / 3) * n ** (1 / 3), longest))


@pytest.mark.parametrize(("phi", "n"), [(0.0, 60), (0.3, 80), (0.6, 120), (0.8, 200), (-0.4, 90)])
def test_the_length_is_the_papers(phi, n):
    x = autoregression(rng(n), phi, (1, n))[0]
    assert block_length(x) == pytest.approx(length_by_loops(x), rel=1e-10)


@given(
    st.lists(st.integers(-50, 50), min_size=3, max_size=60).filter(lambda x: len(set(x)) > 1),
    st.sampled_from([-3.0, 0.5, 100.0]),
)
def test_the_length_knows_no_unit(values, factor):
    x = np.array(values, dtype=float)
    found = block_length(x)
    assert 1.0 <= found <= max(np.ceil(min(3 * np.sqrt(len(x)), len(x) / 3)), 1.0)
    assert block_length(factor * x + 7.0) == pytest.approx(found, rel=1e-6)


def test_the_length_of_what_does_not_vary():
    assert block_length(np.full(30, 0.1)) == block_length(np.zeros(30)) == block_length(np.empty(0)) == 1.0


def test_the_length_where_the_long_run_variance_vanishes_is_the_longest():
    """+1, -1, +1, ...: moves that take back one another."""
    assert block_length(np.tile([1.0, -1.0], 100)) == np.ceil(3 * np.sqrt(200))


def test_a_long_dependence_has_long_blocks():
    short, long = (
        np.mean([block_length(x) for x in autoregression(rng(1), phi, (200, 300))]) for phi in (0.2, 0.8)
    )
    assert short < 5 < 12 < long


# ---------------------------------------------------------------- blocks


@pytest.mark.parametrize(("n", "b"), [(1, 1.0), (7, 1.0), (50, 4.0), (30, 100.0)])
def test_blocks_are_as_long_as_asked(n, b):
    draws = 4_000
    places, begun = _drawn(n, b, rng(n), draws)
    assert places.shape == (draws, n)
    assert np.array_equal(places, stationary_indices(n, b, rng(n), draws))
    follows = begun[:, 1:] < np.arange(1, n)
    assert np.array_equal(places[:, 1:][follows], (places[:, :-1][follows] + 1) % n)
    share = np.mean(~follows) if n > 1 else 1.0
    assert abs(share - 1 / b) <= 4 * np.sqrt(1 / b * (1 - 1 / b) / max(draws * (n - 1), 1))
    counts = np.bincount(places[:, -1], minlength=n) / draws
    assert np.all(np.abs(counts - 1 / n) < 5 * np.sqrt(1 / n / draws))


def test_a_seed_gives_the_same_places():
    one, again, other = (stationary_indices(40, 3.0, rng(seed), 5) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ((0, 2.0, 5), "n: needs an observation or more; received 0"),
        ((5, 0.9, 5), "mean_block: is shorter than an observation; received 0.9"),
        ((5, np.nan, 5), "mean_block: is shorter than an observation; received nan"),
        ((5, 2.0, 0), "draws: needs one draw or more; received 0"),
    ],
)
def test_places_that_cannot_be_drawn(asked, message):
    n, b, draws = asked
    with pytest.raises(InputError, match=message):
        stationary_indices(n, b, rng(), draws)


# ---------------------------------------------------------------- the variance of the mean


@pytest.mark.parametrize("b", [1.0, 3.0, 12.0])
def test_the_variance_is_that_of_the_draws(b):
    x = autoregression(rng(3), 0.5, (1, 60))[0]
    draws = 40_000
    means = x[stationary_indices(60, b, rng(4), draws)].mean(axis=1)
    wanted = block_variance(x, b)
    assert abs(means.mean() - x.mean()) < 4 * np.sqrt(wanted / draws)
    assert means.var() == pytest.approx(wanted, rel=0.05)


def test_single_observations_have_the_plain_variance():
    x = rng(5).standard_normal(50)
    assert block_variance(x, 1.0) == pytest.approx(x.var() / 50, rel=1e-12)


@pytest.mark.parametrize("b", [1.0, 2.5, 9.0])
def test_the_variance_straight_from_the_formula(b):
    x = autoregression(rng(6), 0.4, (1, 25))[0]
    n, q, e = 25, 1 - 1 / b, x - x.mean()
    r = [sum(e[i] * e[i + k] for i in range(n - k)) / n for k in range(n)]
    wanted = (r[0] + 2 * sum(((1 - k / n) * q**k + k / n * q ** (n - k)) * r[k] for k in range(1, n))) / n
    assert block_variance(x, b) == pytest.approx(wanted, rel=1e-12)


def test_the_variance_is_never_negative():
    for seed in range(50):
        x = rng(seed).standard_normal(21)
        assert block_variance(x, 1 + 10 * rng(seed).random()) >= 0.0


# ---------------------------------------------------------------- the test


def test_a_draws_statistic_by_loops():
    means, b = autoregression(rng(8), 0.3, (1, 24))[0], 3.0
    found = np.concatenate(list(_statistics(means, b, rng(9), 50)))
    places, begun = _drawn(24, b, rng(9), 50)
    for row, at, t in zip(places, begun, found, strict=True):
        sample = means[row]
        centre = sample.mean()
        blocks = [sum(sample[i] - centre for i in range(24) if at[i] == first) for first in sorted(set(at))]
        assert t == pytest.approx(
            abs(centre - means.mean()) / (sum(s**2 for s in blocks) ** 0.5 / 24), rel=1e-9
        )


def test_draws_whose_blocks_do_not_vary_count_against_the_event():
    """A single block, or one block twice: the floor says how many there are."""
    means = autoregression(rng(10), 0.3, (1, 24))[0] + 50.0
    outcome = stationary_bootstrap(means, np.arange(24), rng(), mean_block=1e9, draws=99)
    assert outcome.p_value == outcome.p_floor == 1.0
    outcome = stationary_bootstrap(means, np.arange(24), rng(1), mean_block=8.0)
    single = (1 - 1 / 8) ** 23
    assert outcome.p_floor <= outcome.p_value < outcome.p_floor + 0.01
    assert abs(outcome.p_floor - single) < 4 * np.sqrt(single / 9_999) + 0.001


def test_one_block_twice_has_no_spread(monkeypatch):
    places = np.array([[3, 4, 5, 3, 4, 5], [0, 1, 2, 4, 5, 0]])
    begun = np.array([[0, 0, 0, 3, 3, 3], [0, 0, 0, 3, 3, 3]])
    monkeypatch.setattr(module, "_drawn", lambda *_: (places, begun))
    (found,) = _statistics(np.array([1.0, -2.0, 0.5, 3.0, 1.0, -1.0]), 3.0, rng(), 2)
    assert np.isinf(found[0])
    assert np.isfinite(found[1])


def test_blocks_leave_five_of_them_on_average():
    means = np.linspace(1.0, 2.0, 24) * np.tile([1.0, -1.0], 12)
    assert block_length(means) > 24 / 5
    assert stationary_bootstrap(means, np.arange(24), rng(), draws=99).part("mean block") == 24 / 5
    assert (
        stationary_bootstrap(means, np.arange(24), rng(), draws=99, mean_block=7.0).part("mean block") == 7.0
    )


def test_what_it_says():
    values = autoregression(rng(11), 0.5, (1, 120))[0] + 0.4
    clusters = np.arange(120) // 2
    means = values.reshape(60, 2).mean(axis=1)
    outcome = stationary_bootstrap(values, clusters, rng(1))
    b = block_length(means)
    assert outcome.test == BLOCK
    assert outcome.estimate == pytest.approx(means.mean(), rel=1e-12)
    assert outcome.std_error == pytest.approx(np.sqrt(block_variance(means, b)), rel=1e-12)
    assert outcome.statistic == pytest.approx(outcome.estimate / outcome.std_error, rel=1e-12)
    assert (outcome.n, outcome.n_clusters, outcome.p_floor) == (120, 60, 1e-4)
    assert outcome.part("mean block") == b
    assert outcome.note == f"9999 draws, blocks of {b:.1f} clusters on average"
    assert outcome.p_value == (1 + outcome.part("draws not below")) / 10_000


@settings(max_examples=20)
@given(st.integers(0, 2**31), st.permutations(range(60)))
def test_the_order_of_pairs_changes_no_bit(seed, order):
    values, clusters = rng(seed).standard_normal(60), np.arange(60) // 2
    straight = stationary_bootstrap(values, clusters, rng(), draws=99)
    assert stationary_bootstrap(values[order], clusters[order], rng(), draws=99) == straight
    assert stationary_bootstrap(values, 3 * clusters - 9, rng(), draws=99) == straight
    mirrored = stationary_bootstrap(-values, clusters, rng(), draws=99)
    assert mirrored.statistic == pytest.approx(-straight.statistic, rel=1e-9)


def test_where_it_does_not_apply():
    few = stationary_bootstrap(np.arange(19.0), np.arange(19), rng())
    assert few.reason == f"needs {FEWEST_CLUSTERS} date clusters or more, has 19"
    assert "no pair" in stationary_bootstrap(np.array([np.nan]), np.array([0]), rng()).reason
    assert "do not vary" in stationary_bootstrap(np.full(30, 0.1), np.arange(30), rng()).reason
    assert np.isnan(few.p_value)
    with pytest.raises(InputError, match="draws: needs one draw or more"):
        stationary_bootstrap(np.arange(30.0), np.arange(30), rng(), draws=0)


def rates(phi: float, n: int, draws: int) -> tuple[float, float]:
    """Shares of rejections of the block bootstrap and of the t on cluster means."""
    rows = autoregression(rng(1_000 + n), phi, (draws, n))
    at = np.arange(n)
    block = [stationary_bootstrap(row, at, rng(i), draws=199).p_value for i, row in enumerate(rows)]
    plain = [cluster_t(row, at).p_value for row in rows]
    return float(np.mean(np.array(block) <= 0.05 + 1e-12)), float(np.mean(np.array(plain) <= 0.05))


def test_it_holds_where_clusters_are_independent():
    draws = 1_000
    for n in (20, 60):
        found, _ = rates(0.0, n, draws)
        assert 0.035 - 3.7 * np.sqrt(0.05 / draws) < found < 0.05 + 3.7 * np.sqrt(0.05 / draws)


def test_it_comes_closer_than_the_t_where_they_are_not():
    """100 clusters of autocorrelation .5: about 8 % beside 26 %."""
    found, plain = rates(0.5, 100, 600)
    assert found < 0.12
    assert plain > 0.20
