"""Ratios of variances: against scipy, by enumeration, and their size."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths.one_event import ewma_volatility
from marketimpact.maths.variance_ratio import (
    brown_forsythe,
    ewma_scale,
    f_ratio_interval,
    permuted_ratio_interval,
    permuted_variance_ratio,
    variance_ratio_f,
)


@given(seed=st.integers(0, 10_000), m=st.integers(2, 30), scale=st.floats(0.1, 10))
def test_brown_forsythe_is_scipys_levene_about_medians(seed: int, m: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    event, control = scale * rng.standard_t(4.0, m), rng.standard_t(4.0, 60)
    found = brown_forsythe(event, control)
    expected = stats.levene(event, control, center="median")
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)


@given(seed=st.integers(0, 10_000), m=st.integers(2, 30))
def test_f_is_the_ratio_and_swapping_the_groups_keeps_its_p(seed: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    event, control = 2.0 * rng.standard_normal(m), rng.standard_normal(40)
    found, swapped = variance_ratio_f(event, control), variance_ratio_f(control, event)
    assert found.estimate == pytest.approx(np.var(event, ddof=1) / np.var(control, ddof=1))
    assert swapped.estimate == pytest.approx(1.0 / found.estimate)
    assert swapped.p_value == pytest.approx(found.p_value, rel=1e-9)
    lower = stats.f.cdf(found.estimate, m - 1, 39)
    assert found.p_value == pytest.approx(2.0 * min(lower, 1.0 - lower), rel=1e-6, abs=1e-12)


def test_the_permutation_converges_to_all_combinations() -> None:
    rng = np.random.default_rng(3)
    event, control = 2.5 * rng.standard_normal(3), rng.standard_normal(11)
    pool = np.concatenate(
        [(one - one.mean()) * np.sqrt(len(one) / (len(one) - 1)) for one in (event, control)]
    )
    ratio = event.var(ddof=1) / control.var(ddof=1)
    every = []
    for chosen in combinations(range(14), 3):
        rest = np.delete(pool, chosen)
        every.append(pool[list(chosen)].var(ddof=1) / rest.var(ddof=1))
    every_one = np.array(every)
    tail = min(np.mean(every_one >= ratio * (1 - 1e-12)), np.mean(every_one <= ratio * (1 + 1e-12)))
    found = permuted_variance_ratio(event, control, rng, draws=20_000)
    assert found.p_value == pytest.approx(2.0 * tail, abs=4 * 2 * np.sqrt(tail / 20_000))
    assert found.p_floor == pytest.approx(2.0 / 20_001)


@given(seed=st.integers(0, 10_000), factor=st.floats(0.001, 1000), shift=st.floats(-10, 10))
def test_unit_and_level_of_the_moves_change_no_p(seed: int, factor: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    event, control = rng.standard_normal(6), rng.standard_normal(30)
    for test in (
        variance_ratio_f,
        brown_forsythe,
        lambda e, c: permuted_variance_ratio(e, c, np.random.default_rng(1), draws=99),
    ):
        one, two = test(event, control), test(factor * event + shift, factor * control - shift)
        assert two.p_value == pytest.approx(one.p_value, rel=1e-4)


def test_event_days_do_not_raise_what_later_days_are_measured_by() -> None:
    rng = np.random.default_rng(4)
    moves, event = rng.standard_normal(80), np.arange(80) == 50
    loud = np.where(event, 30.0, moves)
    scaled, quiet = ewma_scale(loud, event), ewma_scale(moves, event)
    np.testing.assert_array_equal(scaled[51:], quiet[51:])
    assert scaled[50] == pytest.approx(30.0 * quiet[50] / moves[50])
    plain = ewma_volatility(moves[None], np.full((1, 80), True))[0]
    np.testing.assert_allclose(ewma_scale(moves, np.zeros(80, dtype=bool))[20:], (moves / plain)[20:])
    assert np.isnan(scaled[:20]).all()
    assert np.isnan(ewma_scale(np.zeros(60), event[:60])).all()


def test_the_permutation_holds_where_f_does_not() -> None:
    # 2,000 samples of t3 moves, 30 event days among 250: F 38 %, Brown-Forsythe 4.8 %, permutation 5.7 %.
    rng = np.random.default_rng(5)
    samples = 400
    rejected = np.zeros(3)
    for _ in range(samples):
        moves = rng.standard_t(3.0, 250)
        groups = moves[:30], moves[30:]
        found = (
            variance_ratio_f(*groups),
            brown_forsythe(*groups),
            permuted_variance_ratio(*groups, rng, draws=199),
        )
        rejected += [one.p_value <= 0.05 for one in found]
    f, median, permuted = rejected / samples
    assert f > 0.3
    assert median == pytest.approx(0.048, abs=0.04)
    assert permuted == pytest.approx(0.057, abs=0.043)


def test_a_burst_is_found() -> None:
    rng = np.random.default_rng(6)
    found = permuted_variance_ratio(3.0 * rng.standard_normal(20), rng.standard_normal(300), rng, draws=999)
    assert found.p_value == found.p_floor == 0.002
    calm = permuted_variance_ratio(0.2 * rng.standard_normal(20), rng.standard_normal(300), rng, draws=999)
    assert calm.p_value <= 0.01
    assert calm.estimate < 0.2


def test_what_does_not_apply_says_why() -> None:
    rng, many = np.random.default_rng(7), np.arange(30.0)
    for test in (variance_ratio_f, brown_forsythe, lambda e, c: permuted_variance_ratio(e, c, rng, draws=9)):
        one = test(np.array([1.0]), many)
        assert one.reason == "needs two event days and two other days, has 1 and 30"
        assert np.isnan(one.p_value)
        assert test(np.ones(5), many).reason == "the moves do not vary"
    still = brown_forsythe(np.array([1.0, 2.0, 4.0]), np.array([0.0] * 9 + [1.0]))
    assert still.applies
    with pytest.raises(InputError, match="draws"):
        permuted_variance_ratio(many[:5], many, rng, draws=0)


@pytest.mark.parametrize("m", [3, 12, 40])
def test_ends_of_the_intervals_are_where_the_tests_begin_to_reject(m: int) -> None:
    rng = np.random.default_rng(m)
    event, control = 2.0 * rng.standard_t(4.0, m), rng.standard_t(4.0, 120)
    for level in (0.8, 0.95):
        low, high = permuted_ratio_interval(event, control, np.random.default_rng(1), level=level, draws=399)
        for end, inside in ((low, 1.001), (high, 0.999)):
            p_in, p_out = (
                permuted_variance_ratio(
                    event / np.sqrt(end * by), control, np.random.default_rng(1), draws=399
                ).p_value
                for by in (inside, 1.0 / inside)
            )
            assert p_out <= 1.0 - level < p_in
        for end in f_ratio_interval(event, control, level):
            assert variance_ratio_f(event / np.sqrt(end), control).p_value == pytest.approx(1.0 - level)


@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 100.0), shift=st.floats(-10.0, 10.0))
@settings(max_examples=20)
def test_intervals_follow_the_scale_of_the_event_days(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    event, control = rng.standard_normal(8), rng.standard_normal(60)
    for of in (
        lambda a, b: permuted_ratio_interval(a, b, np.random.default_rng(seed), draws=199),
        lambda a, b: f_ratio_interval(a, b, 0.95),
    ):
        np.testing.assert_allclose(
            of(scale * event + shift, control - shift), scale**2 * np.array(of(event, control)), rtol=1e-4
        )


def test_the_permuted_interval_holds_the_ratio_with_heavy_tails_and_that_of_f_does_not() -> None:
    """Of 200 samples each with t3 moves and a ratio of 4, ten event days among 160."""
    held = np.zeros(2)
    for seed in range(200):
        rng = np.random.default_rng([3, seed])
        moves = rng.standard_t(3.0, 160)
        event, control = 2.0 * moves[:10], moves[10:]
        for i, (low, high) in enumerate(
            (permuted_ratio_interval(event, control, rng, draws=199), f_ratio_interval(event, control, 0.95))
        ):
            held[i] += low <= 4.0 <= high
    assert 0.91 <= held[0] / 200 <= 0.99
    assert held[1] / 200 < 0.88


def test_intervals_that_do_not_exist_or_do_not_end() -> None:
    one, many = np.array([1.0]), np.arange(30.0)
    assert np.isnan(permuted_ratio_interval(one, many, np.random.default_rng(0))).all()
    assert np.isnan(f_ratio_interval(one, many, 0.95)).all()
    few = permuted_ratio_interval(many[:4], many, np.random.default_rng(0), draws=19)
    assert few == (0.0, np.inf), "no p of 19 draws is below .05"
    with pytest.raises(InputError, match="draws"):
        permuted_ratio_interval(many, many, np.random.default_rng(0), draws=0)
