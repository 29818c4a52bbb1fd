"""The best partitions of a series against all of them, the tests of breaks against their formulas, and their size."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketimpact.errors import InputError
from marketimpact.maths.break_law import sup_wald_p
from marketimpact.maths.breaks import (
    best_partitions,
    break_interval,
    information,
    next_break,
    sup_f,
)

NO_BREAK = np.empty(0, dtype=np.int64)


def ssr(y: np.ndarray, x: np.ndarray) -> float:
    return float(np.sum((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2))


def cost(y: np.ndarray, x: np.ndarray, cuts: tuple[int, ...], variance: bool) -> float:
    stretches = list(pairwise([0, *cuts, len(y)]))
    if not variance:
        return sum(ssr(y[a:b], x[a:b]) for a, b in stretches)
    return sum((b - a) * (np.log(2 * np.pi * ssr(y[a:b], x[a:b]) / (b - a)) + 1) for a, b in stretches)


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 3), st.booleans())
def test_no_other_partition_leaves_less(seed: int, k: int, variance: bool) -> None:
    rng = np.random.default_rng(seed)
    n, shortest = 26, k + 3
    x = np.column_stack([np.ones(n), rng.standard_normal((n, k - 1))])
    y = rng.standard_normal(n) + 2.0 * (np.arange(n) > rng.integers(5, 20))
    found = best_partitions(y, x, 3, shortest, variance=variance)
    for m, partition in enumerate(found):
        every = {
            cuts: cost(y, x, cuts, variance)
            for cuts in combinations(range(1, n), m)
            if all(b - a >= shortest for a, b in pairwise([0, *cuts, n]))
        }
        mine = cost(y, x, tuple(partition.breaks.tolist()), variance)
        assert mine == pytest.approx(min(every.values()), rel=1e-9, abs=1e-9)
        assert partition.ssr == pytest.approx(cost(y, x, tuple(partition.breaks.tolist()), False), rel=1e-9)


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.floats(0.01, 1_000.0))
def test_scale_and_time_reversed(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    n = 60
    x = np.column_stack([np.ones(n), rng.standard_normal(n)])
    y = rng.standard_normal(n)
    plain = best_partitions(y, x, 2, 9)
    scaled = best_partitions(factor * y, x * np.array([1.0, factor]), 2, 9)
    reversed_ = best_partitions(y[::-1], x[::-1], 2, 9)
    for a, b, c in zip(plain, scaled, reversed_, strict=True):
        np.testing.assert_array_equal(a.breaks, b.breaks)
        assert b.ssr == pytest.approx(factor**2 * a.ssr, rel=1e-8)
        assert c.ssr == pytest.approx(a.ssr, rel=1e-8)
        np.testing.assert_array_equal(a.breaks, n - c.breaks[::-1])
    at = plain[2].breaks
    assert sup_f(y, x, at) == pytest.approx(sup_f(factor * y, x * np.array([1.0, factor]), at), rel=1e-6)


def test_a_long_recursion_stays_exact() -> None:
    rng = np.random.default_rng(1)
    n = 1_200
    x = np.column_stack([np.ones(n), 100.0 + rng.standard_normal(n), rng.standard_normal(n) * 1e-4])
    y = rng.standard_normal(n) + (np.arange(n) >= 700)
    found = best_partitions(y, x, 1, 180)[1]
    direct = {at: ssr(y[:at], x[:at]) + ssr(y[at:], x[at:]) for at in range(180, n - 179)}
    assert int(found.breaks[0]) == min(direct, key=direct.__getitem__)
    assert found.ssr == pytest.approx(min(direct.values()), rel=1e-9)


def test_sup_f_is_the_wald_statistic_of_its_formula() -> None:
    rng = np.random.default_rng(2)
    n, k, breaks = 120, 2, np.array([40, 75])
    x = np.column_stack([np.ones(n), rng.standard_normal(n)])
    y = rng.standard_normal(n)
    whole = np.zeros((n, 3 * k))
    for j, (a, b) in enumerate(pairwise([0, *breaks.tolist(), n])):
        whole[a:b, j * k : (j + 1) * k] = x[a:b]
    inverse = np.linalg.inv(whole.T @ whole)
    beta = inverse @ whole.T @ y
    e = y - whole @ beta
    hc0 = inverse @ (whole * (e**2)[:, None]).T @ whole @ inverse
    r = np.zeros((2 * k, 3 * k))
    for i in range(2 * k):
        r[i, i], r[i, i + k] = -1.0, 1.0
    wald = (r @ beta) @ np.linalg.solve(r @ hc0 @ r.T, r @ beta)
    assert sup_f(y, x, breaks) == pytest.approx((n - 3 * k) / (n * 2) * wald, rel=1e-9)


def test_one_break_more_is_looked_for_in_every_regime() -> None:
    rng = np.random.default_rng(3)
    y = rng.standard_normal(300) + 3.0 * (np.arange(300) >= 100) - 3.0 * (np.arange(300) >= 220)
    x = np.ones((300, 1))
    found = next_break(y, x, np.array([100]), 30)
    assert found.at == 220
    assert found.p_value < 1e-6
    inner = best_partitions(y[:100], x[:100], 1, 30)[1].breaks
    best = best_partitions(y[100:], x[100:], 1, 30)[1].breaks
    ps = [
        sup_wald_p(sup_f(y[:100], x[:100], inner), 1, 0.3),
        sup_wald_p(sup_f(y[100:], x[100:], best), 1, 0.15),
    ]
    assert found.p_value == pytest.approx(1.0 - (1.0 - min(ps)) ** 2, rel=1e-6)
    nowhere = next_break(y, x, np.array([100, 200]), 60)
    assert (nowhere.at, np.isnan(nowhere.p_value)) == (-1, True)


def test_criteria_are_those_of_their_formulas() -> None:
    rng = np.random.default_rng(4)
    n, x = 90, np.ones((90, 1))
    y = rng.standard_normal(n)
    for variance in (False, True):
        found = best_partitions(y, x, 2, 15, variance=variance)
        bic, lwz = information(found, n, 1, variance=variance)
        for m, one in enumerate(found):
            cuts = tuple(one.breaks.tolist())
            deviance = cost(y, x, cuts, True) if variance else n * (np.log(2 * np.pi * one.ssr / n) + 1)
            p = (m + 1) * (2 if variance else 1) + m
            assert bic[m] == pytest.approx(deviance + p * np.log(n))
            assert lwz[m] == pytest.approx(deviance + p * 0.299 * np.log(n) ** 2.1)


def test_sizes_of_the_test_of_one_break() -> None:
    """5 % tests in 200 draws of 150: normal, and with a variance that changes where coefficients do not."""
    rng = np.random.default_rng(5)
    x, hits = np.ones((150, 1)), np.zeros(2)
    for _ in range(200):
        e = rng.standard_normal(150)
        for j, y in enumerate((e, e * np.where(np.arange(150) < 100, 1.0, 3.0))):
            hits[j] += next_break(y, x, NO_BREAK, 22).p_value < 0.05
    assert (hits / 200 < 0.11).all()
    assert hits[0] / 200 > 0.02


def test_intervals_hold_the_date_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(6)
    x, held = np.ones((200, 1)), np.zeros(2)
    for _ in range(100):
        e = rng.standard_normal(200)
        for j, (y, variance) in enumerate(
            ((e + 0.8 * (np.arange(200) >= 90), False), (e * np.where(np.arange(200) >= 90, 3.0, 1.0), True))
        ):
            breaks = best_partitions(y, x, 1, 30, variance=variance)[1].breaks
            first, last = break_interval(y, x, breaks, 0, 0.9, variance=variance)
            held[j] += first <= 90 <= last
    assert (held / 100 > 0.72).all()
    assert (held / 100 < 0.98).all()


def test_the_variance_dates_what_squares_do_not_see() -> None:
    rng = np.random.default_rng(7)
    y = rng.standard_normal(300) * np.where(np.arange(300) >= 180, 4.0, 1.0)
    x = np.ones((300, 1))
    assert abs(int(best_partitions(y, x, 1, 30, variance=True)[1].breaks[0]) - 180) <= 10


def test_exact_fits() -> None:
    y, x = np.repeat([1.0, 4.0], 20), np.ones((40, 1))
    found = best_partitions(y, x, 1, 8)
    assert found[1].breaks.tolist() == [20]
    assert found[1].ssr == 0.0
    assert break_interval(y, x, found[1].breaks, 0, 0.9) == (20, 20)
    assert sup_f(y, x, found[1].breaks) == np.inf
    assert next_break(y, x, NO_BREAK, 8).p_value == 0.0


def test_what_cannot_be_searched() -> None:
    x = np.column_stack([np.ones(40), np.r_[np.zeros(20), np.arange(20.0)]])
    with pytest.raises(InputError, match="cannot be told apart within the 8 observations from number 0 on"):
        best_partitions(np.arange(40.0), x, 1, 8)
    with pytest.raises(InputError, match="10 observations and 2 coefficients do not make regimes of 20"):
        best_partitions(np.arange(10.0), x[:10], 1, 20)
    with pytest.raises(InputError, match="do not make regimes of 2"):
        best_partitions(np.arange(40.0), x, 1, 2)
    assert len(best_partitions(np.random.default_rng(0).standard_normal(40), np.ones((40, 1)), 9, 12)) == 3
