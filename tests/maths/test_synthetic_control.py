"""Synthetic control: weights by their optimality conditions, a grid and another solver; ranks among donors."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from marketimpact.errors import DataError
from marketimpact.maths.synthetic_control import (
    SYNTHETIC_CAR,
    SYNTHETIC_RMSPE,
    control_weights,
    fit_control,
    placebo_controls,
    placebo_rank,
)

STANDARD_ERRORS = 3.7


def region(seed: int, donors: int, n: int, *, own: float = 1.0) -> np.ndarray:
    """A treated series and its donors, with common drivers of unequal loads, shape (1 + J, n)."""
    rng = np.random.default_rng(seed)
    loads = rng.uniform(0.3, 1.5, (1 + donors, 2))
    return loads @ rng.normal(size=(2, n)) + own * rng.normal(size=(1 + donors, n))


def loss(weights: np.ndarray, y: np.ndarray, donors: np.ndarray) -> float:
    return float(((y - weights @ donors) ** 2).sum())


@given(
    st.integers(0, 100_000), st.integers(1, 25), st.sampled_from([30, 120]), st.sampled_from([1e-6, 1.0, 1e6])
)
def test_the_weights_satisfy_the_conditions_of_the_optimum(
    seed: int, count: int, n: int, scale: float
) -> None:
    """Karush, Kuhn, Tucker: d(loss)/dw_j = l where w_j > 0, and no less where w_j = 0; the loss is convex."""
    y, *rest = region(seed, count, n) * scale
    donors = np.array(rest)
    weights = control_weights(y, donors)
    assert np.all(weights >= 0.0)
    assert weights.sum() == pytest.approx(1.0, rel=1e-12)
    gradient = 2.0 * donors @ (weights @ donors - y)
    multiplier = weights @ gradient
    size = 1e-9 * np.abs(donors @ donors.T).max()
    assert np.all(gradient - multiplier >= -size)
    assert np.all(np.abs((gradient - multiplier)[weights > 0.0]) <= size)


@pytest.mark.parametrize("seed", range(6))
def test_no_point_of_a_fine_grid_does_better(seed: int) -> None:
    """Three donors, every triple of weights in steps of one hundredth; the best of them lies nearby."""
    y, *rest = region(seed, 3, 60)
    donors = np.array(rest)
    weights = control_weights(y, donors)
    grid = (
        np.array([(i, j, 100 - i - j) for i, j in itertools.product(range(101), repeat=2) if i + j <= 100])
        / 100
    )
    losses = ((y - grid @ donors) ** 2).sum(axis=1)
    assert loss(weights, y, donors) <= losses.min()
    assert np.abs(grid[np.argmin(losses)] - weights).max() < 0.02


@pytest.mark.parametrize("seed", range(6))
def test_a_general_solver_finds_the_same(seed: int) -> None:
    y, *rest = region(seed, 8, 120)
    donors = np.array(rest)
    found = optimize.minimize(
        loss, np.full(8, 1 / 8), args=(y, donors), method="SLSQP", bounds=[(0.0, 1.0)] * 8,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0}, options={"ftol": 1e-14, "maxiter": 1_000},
    )  # fmt: skip
    np.testing.assert_allclose(control_weights(y, donors), found.x, atol=1e-5)


@given(st.integers(0, 100_000), st.integers(2, 8))
def test_a_series_that_is_an_average_of_donors_gets_its_weights_back(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    donors = region(seed, count - 1, 60)
    true = rng.dirichlet(np.ones(count))
    np.testing.assert_allclose(control_weights(true @ donors, donors), true, atol=1e-9)


@given(st.integers(0, 100_000), st.permutations(range(6)))
def test_the_order_of_donors_and_the_unit_do_not_matter(seed: int, order: list[int]) -> None:
    y, *rest = region(seed, 6, 60)
    donors = np.array(rest)
    weights = control_weights(y, donors)
    np.testing.assert_allclose(control_weights(y, donors[order]), weights[order], atol=1e-9)
    np.testing.assert_allclose(control_weights(1e4 * y, 1e4 * donors), weights, atol=1e-9)


def test_one_donor_has_all_the_weight_and_a_peg_may_be_a_donor() -> None:
    y, *rest = region(1, 2, 60)
    assert control_weights(y, np.array(rest[:1])).tolist() == [1.0]
    weights = control_weights(0.4 * rest[0], np.array([rest[0], np.zeros(60)]))
    np.testing.assert_allclose(weights, [0.4, 0.6], atol=1e-12)


def test_donors_between_which_the_data_cannot_choose_are_refused() -> None:
    y, *rest = region(2, 3, 60)
    twins = np.array([*rest, rest[0]])
    mixed = np.array([*rest, 0.3 * rest[0] + 0.7 * rest[2]])
    for donors in (twins, mixed, np.array([*region(3, 40, 60)])[:, :30]):
        with pytest.raises(DataError, match="several weights serve as well"):
            control_weights(y[: donors.shape[1]], donors)
    with pytest.raises(DataError, match="holds a move that is not finite"):
        control_weights(y, np.array([*rest[:2], np.full(60, np.nan)]))


def test_fits_of_many_windows_are_those_of_each() -> None:
    """Rows that do not count are zero, a donor that does not move in a window is none there."""
    rng = np.random.default_rng(4)
    windows, n, count = 5, 80, 4
    y, x = np.zeros((windows, n)), np.zeros((1 + count, windows, n))
    expected = np.zeros((1 + count, windows))
    for i in range(windows):
        moves = region(i, count, n)
        used = rng.random(n) < 0.8
        moves[2, :] *= i != 3
        y[i], x[1:, i], x[0, i] = moves[0] * used, moves[1:] * used, used
        kept = [1, 3, 4] if i == 3 else [1, 2, 3, 4]
        expected[kept, i] = control_weights(moves[0, used], moves[kept][:, used])
    params, spent = fit_control(y, x)
    np.testing.assert_allclose(params, expected, atol=1e-12)
    assert spent.tolist() == [np.count_nonzero(column) - 1 for column in expected.T]


def test_windows_without_an_answer_have_none() -> None:
    moves = region(5, 2, 40)
    x = np.stack([np.ones((2, 40)), np.stack([moves[1], 0 * moves[1]]), np.stack([moves[1], 0 * moves[1]])])
    params, spent = fit_control(moves[[0, 0]], x)
    assert np.isnan(params).all()
    assert spent.tolist() == [0, 0]


def test_each_donor_stands_in_the_place_of_the_treated_without_it() -> None:
    """Every number again with loops: weights, errors of the fit, abnormal moves and both ratios."""
    rng = np.random.default_rng(6)
    before, after = region(6, 5, 70), region(7, 5, 4)
    root = np.sqrt(rng.choice([1.0, 1.7], 70))
    found = placebo_controls(before, after, root)
    for j in range(6):
        others = [i for i in range(1, 6) if i != j]
        weights = control_weights(before[j] / root, before[others] / root)
        errors = (before[j] - weights @ before[others]) / root
        abnormal = after[j] - weights @ after[others]
        np.testing.assert_allclose(found.weights[j][[i - 1 for i in others]], weights, atol=1e-14)
        if j:
            assert found.weights[j, j - 1] == 0.0
        assert found.fit_error[j] == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-12)
        np.testing.assert_allclose(found.abnormal[j], abnormal, rtol=1e-11)
        ratio = np.sqrt(np.mean(abnormal**2)) / found.fit_error[j]
        assert found.rmspe_ratio[j] == pytest.approx(ratio, rel=1e-12)
        assert found.car_ratio[j] == pytest.approx(abs(abnormal.sum()) / found.fit_error[j], rel=1e-11)


def test_two_donors_are_each_others_only_control() -> None:
    found = placebo_controls(region(8, 2, 50), region(9, 2, 1), np.ones(50))
    assert found.weights[1:].tolist() == [[0.0, 1.0], [1.0, 0.0]]
    with pytest.raises(DataError, match="too few donors; received 1"):
        placebo_controls(region(8, 1, 50), region(9, 1, 1), np.ones(50))


def test_ranks_count_ties_against_the_treated_and_print_their_floor() -> None:
    found = placebo_rank(np.array([2.0, 1.0, 2.0, 3.0, 0.5]), SYNTHETIC_CAR)
    assert (found.p_value, found.p_floor, found.n, found.statistic) == (0.6, 0.2, 5, 2.0)
    assert (found.part("m"), found.part("J")) == (3.0, 4.0)
    assert found.note == "4 donors; the smallest p is 1/5, and .05 needs 19 donors"
    assert placebo_rank(np.arange(20.0)[::-1], SYNTHETIC_CAR).p_value == 0.05
    assert placebo_rank(np.arange(20.0)[::-1], SYNTHETIC_CAR).note == "19 donors; the smallest p is 1/20"
    lost = placebo_rank(np.array([2.0, np.nan, 1.0]), SYNTHETIC_RMSPE)
    assert not lost.applies
    assert lost.reason == "a ratio is unknown: a move is missing, or a fit leaves nothing"
    assert np.isnan(lost.p_value)


@pytest.mark.parametrize("sessions", [1, 5])
def test_the_size_among_alike_series_is_that_of_the_rank(sessions: int) -> None:
    """Nothing happens to any of 20 series of one kind: p <= .05 in one draw of 20, and a shock of 5 sd is found."""
    draws, hits, found = 500, {SYNTHETIC_CAR: 0, SYNTHETIC_RMSPE: 0}, 0
    rng = np.random.default_rng(10)
    for _ in range(draws):
        loads = rng.uniform(0.5, 1.5, (20, 1))
        moves = loads * rng.normal(size=60 + sessions) + rng.normal(size=(20, 60 + sessions))
        before, after = moves[:, :60], moves[:, 60:]
        placebos = placebo_controls(before, after, np.ones(60))
        hits[SYNTHETIC_CAR] += placebo_rank(placebos.car_ratio, SYNTHETIC_CAR).p_value <= 0.05
        hits[SYNTHETIC_RMSPE] += placebo_rank(placebos.rmspe_ratio, SYNTHETIC_RMSPE).p_value <= 0.05
        after[0, 0] += 8.0
        shocked = placebo_controls(before, after, np.ones(60))
        found += placebo_rank(shocked.rmspe_ratio, SYNTHETIC_RMSPE).p_value <= 0.05
    width = STANDARD_ERRORS * np.sqrt(0.05 * 0.95 / draws)
    for name, count in hits.items():
        assert abs(count / draws - 0.05) < width, (name, count / draws)
    assert found / draws > 0.95
