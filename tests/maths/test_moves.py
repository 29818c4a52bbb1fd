"""Moves from levels, and the variance of moves that span several sessions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.maths.moves import MIN_GAPS, moves_from_levels, span_slope, span_variance


def test_the_three_rules_by_hand():
    prices = np.array([100.0, 110.0, 99.0])
    np.testing.assert_allclose(moves_from_levels(prices, "simple")[1:], [0.10, -0.10], rtol=1e-14)
    np.testing.assert_allclose(moves_from_levels(prices, "log")[1:], np.log([1.1, 0.9]), rtol=1e-14)
    assert moves_from_levels(prices, "difference", "points")[1:].tolist() == [10.0, -11.0]


def test_a_simple_move_is_divided_by_the_earlier_price():
    """Divided by the end price, a doubling would be +50 %."""
    assert moves_from_levels(np.array([1.0, 2.0]), "simple")[1] == 1.0


@pytest.mark.parametrize(("unit", "levels"), [("percent", [4.20, 4.53]), ("decimal", [0.0420, 0.0453])])
def test_a_yield_moves_in_basis_points(unit, levels):
    assert moves_from_levels(np.array(levels), "difference", unit)[1] == pytest.approx(33.0, abs=1e-9)


def test_negative_yields_are_legal():
    assert moves_from_levels(np.array([-0.10, 0.05]), "difference", "percent")[1] == pytest.approx(15.0)


@pytest.mark.parametrize("rule", ["log", "simple", "difference"])
def test_the_first_move_and_both_beside_a_missing_level_are_missing(rule):
    moves = moves_from_levels(np.array([1.0, 1.1, np.nan, 1.2, 1.3]), rule, "points")
    assert np.isnan(moves).tolist() == [True, False, True, True, False]


@given(st.lists(st.floats(0.01, 1e6), min_size=2, max_size=30))
def test_log_moves_add_up_and_agree_with_simple_ones(levels):
    levels = np.array(levels)
    log, simple = moves_from_levels(levels, "log")[1:], moves_from_levels(levels, "simple")[1:]
    assert log.sum() == pytest.approx(np.log(levels[-1] / levels[0]), abs=1e-10)
    np.testing.assert_allclose(np.expm1(log), simple, rtol=1e-9, atol=1e-12)


def by_hand(squared: float, gaps: int) -> tuple[np.ndarray, np.ndarray]:
    """20 ordinary moves of mean 0 and variance 1, then gaps over two sessions whose square is given."""
    ordinary = np.tile([1.0, -1.0], 10) * np.sqrt(19 / 20)
    spanned = np.sqrt(squared) * np.where(np.arange(gaps) % 2, 1.0, -1.0)
    return np.concatenate([ordinary, spanned]), np.repeat([1, 2], [20, gaps])


def test_the_slope_by_hand():
    """z^2 = 1.5 at m = 2 on each of 20 gaps: v_2 = 1.5, so c = 0.5."""
    assert span_slope(*by_hand(1.5, 20)) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize(("squared", "slope"), [(0.2, 0.0), (1.0, 0.0), (2.0, 1.0), (9.0, 1.0)])
def test_the_slope_stays_between_nothing_and_the_sessions(squared, slope):
    assert span_slope(*by_hand(squared, 20)) == pytest.approx(slope, abs=1e-12)


def test_one_gap_short_of_the_minimum_takes_the_upper_bound():
    assert span_slope(*by_hand(1.5, MIN_GAPS - 1)) == 1.0
    assert span_slope(*by_hand(1.5, MIN_GAPS)) < 1.0


def test_missing_moves_do_not_count_as_gaps():
    moves, spans = by_hand(1.5, MIN_GAPS)
    moves[-1] = np.nan
    assert span_slope(moves, spans) == 1.0


def test_a_series_without_ordinary_variance_takes_the_upper_bound():
    moves, spans = by_hand(1.5, 30)
    moves[spans == 1] = 0.0
    assert span_slope(moves, spans) == 1.0


@pytest.mark.parametrize("true", [0.0, 0.2, 0.38, 0.8, 1.0])
def test_a_simulated_slope_is_found_again(true):
    """60,000 moves, 6,000 of them over two or three sessions, with a drift that the span multiplies."""
    rng = np.random.default_rng(11)
    spans = np.where(rng.random(60_000) < 0.1, rng.integers(2, 4, 60_000), 1)
    v = span_variance(spans, true)
    moves = 0.05 * spans + rng.standard_normal(60_000) * np.sqrt(v)
    extra = (spans - 1.0)[spans > 1]
    standard_error = np.sqrt(2 * (extra**2 @ v[spans > 1] ** 2)) / (extra @ extra)
    assert abs(span_slope(moves, spans) - true) < 3.7 * standard_error + 0.02


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 50.0), st.floats(-5.0, 5.0), st.floats(1e-4, 1e4))
def test_the_ratio_lies_between_one_and_the_sessions_in_any_unit(seed, spread, drift, unit):
    rng = np.random.default_rng(seed)
    spans = np.where(rng.random(200) < 0.3, rng.integers(2, 8, 200), 1)
    moves = drift * spans + rng.standard_normal(200) * np.where(spans > 1, spread, 1.0)
    slope = span_slope(moves, spans)
    v = span_variance(spans, slope)
    assert 0.0 <= slope <= 1.0
    assert np.all(v >= 1.0)
    assert np.all(v <= spans)
    assert span_slope(moves * unit, spans) == pytest.approx(slope, abs=1e-8)


def test_an_ordinary_move_has_the_ratio_one_whatever_the_slope():
    assert span_variance(np.array([1, 1]), 0.7).tolist() == [1.0, 1.0]
    assert span_variance(np.array([4]), 1.0).tolist() == [4.0]


def test_one_move_over_months_does_not_decide_how_variance_grows():
    """It would weigh 171 squared against sixty holidays; with the size that c = 1 gives it, c would be 1."""
    rng = np.random.default_rng(12)
    spans = np.where(np.arange(3_000) % 50 == 25, 2, 1)
    moves = rng.standard_normal(3_000) * np.sqrt(span_variance(spans, 0.3))
    without = span_slope(moves, spans)
    spans[1_500], moves[1_500] = 172, 60.0
    assert span_slope(moves, spans) == pytest.approx(without, abs=0.02)


# Income


def test_income_is_added_to_the_later_level_by_hand():
    levels, income = np.array([103.0, 100.0, 101.0]), np.array([9.0, 3.25, 0.0])
    log = moves_from_levels(levels, "log", income=income)
    np.testing.assert_allclose(log[1:], np.log([103.25 / 103.0, 1.01]), rtol=1e-12)
    simple = moves_from_levels(levels, "simple", income=income)
    np.testing.assert_allclose(simple[1:], [0.25 / 103.0, 0.01], rtol=1e-12)
    points = moves_from_levels(levels, "difference", "points", income=income)
    np.testing.assert_allclose(points[1:], [0.25, 1.0], rtol=1e-12)
    assert np.isnan([log[0], simple[0], points[0]]).all()
    assert levels.tolist() == [103.0, 100.0, 101.0], "levels stay as they are"


@given(st.lists(st.floats(1.0, 1e3), min_size=2, max_size=20), st.sampled_from(["log", "simple"]))
def test_no_income_changes_nothing_and_the_first_is_never_read(levels, rule):
    levels = np.array(levels)
    plain = moves_from_levels(levels, rule)
    none = np.zeros(len(levels))
    none[0] = np.nan
    assert moves_from_levels(levels, rule, income=none)[1:].tolist() == plain[1:].tolist()


@given(
    st.lists(st.tuples(st.floats(50.0, 150.0), st.floats(0.0, 5.0)), min_size=2, max_size=20),
    st.floats(0.01, 100.0),
)
def test_moves_with_income_are_those_of_the_level_that_reinvests_it(path, unit):
    levels, income = np.array(path).T
    reinvested = levels * np.cumprod(1.0 + income / levels)
    expected = moves_from_levels(unit * reinvested, "log")
    np.testing.assert_allclose(
        moves_from_levels(unit * levels, "log", income=unit * income)[1:], expected[1:], atol=1e-12
    )
