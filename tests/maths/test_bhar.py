"""Buy-and-hold abnormal moves: by hand, against products of prices, and their tests."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths.bhar import BHAR, BHAR_SKEWNESS, bhar_skewness_t, bhar_t, buy_and_hold
from marketimpact.maths.parametric import cluster_t


def test_prices_over_prices():
    """P_L / P_0 of what was held less that of what was expected, whichever way the moves are written."""
    rng = np.random.default_rng(1)
    prices = np.exp(np.cumsum(0.02 * rng.standard_normal((3, 12)), axis=1))
    normal = np.exp(np.cumsum(0.01 * rng.standard_normal((3, 12)), axis=1))
    expected = prices[:, -1] / prices[:, 0] - normal[:, -1] / normal[:, 0]
    logs = [np.diff(np.log(one), axis=1) for one in (prices, normal)]
    simple = [one[:, 1:] / one[:, :-1] - 1 for one in (prices, normal)]
    np.testing.assert_allclose(buy_and_hold(*logs, rule="log"), expected, rtol=1e-12)
    np.testing.assert_allclose(buy_and_hold(*simple, rule="simple"), expected, rtol=1e-12)


def test_half_the_variance_is_the_expected_simple_move():
    found = buy_and_hold(
        np.array([[0.1, 0.2]]), np.array([[0.01, 0.0]]), rule="log", variance=np.full((1, 2), 0.02)
    )
    assert found[0] == pytest.approx(np.exp(0.3) - np.exp(0.01 + 0.02), rel=1e-14)


def test_a_missing_day_adds_to_neither_product():
    moves = np.array([[0.1, np.nan, 0.2], [np.nan, np.nan, np.nan]])
    for rule in ("log", "simple"):
        found = buy_and_hold(moves, np.full((2, 3), 0.05), rule=rule, variance=np.full((2, 3), 0.01))
        assert found[0] == pytest.approx(
            buy_and_hold(moves[:1, [0, 2]], np.full((1, 2), 0.05), rule=rule, variance=np.full((1, 2), 0.01))[
                0
            ]
        )
        assert np.isnan(found[1])


@pytest.mark.parametrize("rule", ["difference", "bp"])
def test_basis_points_do_not_compound(rule):
    with pytest.raises(InputError, match="moves that do not compound have no buy-and-hold result"):
        buy_and_hold(np.zeros((1, 1)), np.zeros((1, 1)), rule=rule)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 21))
def test_small_moves_add_up_to_the_car(seed, sessions):
    rng = np.random.default_rng(seed)
    moves, normal = 1e-6 * rng.standard_normal((2, 4, sessions))
    car = (moves - normal).sum(axis=1)
    for rule in ("log", "simple"):
        np.testing.assert_allclose(buy_and_hold(moves, normal, rule=rule), car, atol=1e-9)


def test_the_t_is_that_of_cluster_means():
    values = np.array([0.1, 0.3, -0.2, 0.25, np.nan, 0.4])
    clusters = np.array([0, 0, 1, 2, 2, 3])
    found, plain = bhar_t(values, clusters), cluster_t(values, clusters)
    assert (found.test, found.statistic, found.p_value) == (BHAR, plain.statistic, plain.p_value)
    assert (found.n, found.n_clusters) == (5, 4)


def test_the_skewness_adjusted_t_by_its_formula():
    """Lyon, Barber and Tsai (1999), on seven cluster means of which one is of two pairs."""
    values = np.array([0.1, 0.3, -0.2, 0.25, 0.9, 0.02, -0.1, 0.05])
    clusters = np.array([0, 0, 1, 2, 3, 4, 5, 6])
    means = np.array([0.2, -0.2, 0.25, 0.9, 0.02, -0.1, 0.05])
    g = 7
    s = means.mean() / means.std(ddof=1)
    skew = ((means - means.mean()) ** 3).sum() / (g * means.std(ddof=1) ** 3)
    expected = np.sqrt(g) * (s + skew * s**2 / 3 + skew / (6 * g))
    found = bhar_skewness_t(values, clusters)
    assert found.note == f"trusts independent clusters; skewness {skew:.2f}"
    assert found.statistic == pytest.approx(expected, rel=1e-12)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(expected), g - 1), rel=1e-12)
    assert (found.test, found.n, found.n_clusters) == (BHAR_SKEWNESS, 8, 7)


def test_what_is_refused():
    few = bhar_skewness_t(np.arange(8.0), np.arange(8) // 2)
    assert few.reason == "needs 5 date clusters or more, has 4: take the t on cluster means"
    assert (few.n, few.n_clusters) == (8, 4)
    assert bhar_skewness_t(np.full(3, np.nan), np.arange(3)).reason == "no pair has a value"
    assert bhar_skewness_t(np.ones(6), np.arange(6)).reason == "the values do not vary"
    assert "one observation" in bhar_t(np.arange(4.0), np.zeros(4, dtype=np.int64)).reason


# ---------------------------------------------------------------- size


def rates(seed: int, *, events: int, half: bool, deviation: float = 0.05) -> tuple[float, float, float]:
    """Shares of rejections, and the mean BHAR of nothing, over 21 days; mean and variance fitted on 120."""
    draws, sessions, length = 1_500, 21, 120
    rng = np.random.default_rng(seed)
    moves = deviation * rng.standard_normal((draws * events, sessions))
    mean = deviation / np.sqrt(length) * rng.standard_normal((draws * events, 1)) + 0.0 * moves
    s2 = deviation**2 * rng.chisquare(length - 1, (draws * events, 1)) / (length - 1) + 0.0 * moves
    values = buy_and_hold(moves, mean, rule="log", variance=s2 if half else None).reshape(draws, events)
    clusters = np.arange(events)
    plain = np.mean([bhar_t(row, clusters).p_value < 0.05 for row in values])
    skewed = np.mean([bhar_skewness_t(row, clusters).p_value < 0.05 for row in values])
    return float(plain), float(skewed), float(values.mean())


def test_size_and_what_half_the_variance_is_worth():
    """21 days of 5 % over 50 events: 5 % where the mean simple move is known for one of normal logs, 9 to 10 % else."""
    plain, skewed, mean = rates(1, events=50, half=True)
    low, high = (3.7 * np.sqrt(p * (1 - p) / 1_500) for p in (0.035, 0.065))
    assert 0.035 - low < plain < 0.065 + high
    assert 0.035 - low < skewed < 0.065 + high
    assert abs(mean) < 0.005
    plain, skewed, mean = rates(1, events=50, half=False)
    assert plain > 0.065
    assert skewed > 0.065
    assert mean == pytest.approx(21 * 0.05**2 / 2, rel=0.2)
