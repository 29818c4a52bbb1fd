"""Least squares over many windows at once, against one window at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.maths import least_squares
from marketimpact.maths.least_squares import fit_windows, invert, weigh
from tests.maths.brute import Series, fit_one, make_series

LENGTH = 40


def fit_all(series: Series, starts: np.ndarray, length: int) -> least_squares.Fit:
    return fit_windows(*weigh(series.y, series.x, series.v), starts, length)


def same_as_one_by_one(series: Series, starts: np.ndarray, length: int) -> None:
    fit = fit_all(series, starts, length)
    k = len(series.x)
    for i, start in enumerate(starts):
        one = fit_one(series, slice(start, start + length))
        sigma = np.sqrt(one.sigma2)
        deviation = sigma * np.sqrt(np.diag(one.xtx_inv))
        assert np.all(np.abs(fit.params[i] - one.params) <= 1e-10 * deviation)
        assert abs(np.sqrt(fit.sigma2[i]) - sigma) <= 1e-10 * sigma
        np.testing.assert_allclose(fit.xtx_inv[i], one.xtx_inv, rtol=1e-9)
        assert (fit.n_obs[i], fit.df[i]) == (one.n, one.n - k)


def test_a_line_by_hand():
    """y = 1, 2, 4, 5 on x = 0, 1, 2, 3: intercept 0.9, slope 1.4, residuals 0.1, -0.3, 0.3, -0.1."""
    y, x = np.array([1.0, 2.0, 4.0, 5.0]), np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 1.0, 2.0, 3.0]])
    fit = fit_windows(y, x, np.full(4, True), np.array([0]), 4)
    np.testing.assert_allclose(fit.params, [[0.9, 1.4]], rtol=1e-13)
    np.testing.assert_allclose(fit.sigma2, [0.2 / 2], rtol=1e-13)
    np.testing.assert_allclose(fit.xtx_inv, [[[0.7, -0.3], [-0.3, 0.2]]], rtol=1e-13)
    assert fit.df.tolist() == [2]


def test_a_weighted_mean_by_hand():
    """Moves 2 over one session and 6 over two, with v = 1 and 2: a = (2 + 12/2) / (1 + 4/2) = 8/3."""
    series = Series(np.array([2.0, 6.0]), np.array([[1.0, 2.0]]), np.array([1.0, 2.0]))
    fit = fit_all(series, np.array([0]), 2)
    assert fit.params[0, 0] == pytest.approx(8 / 3, rel=1e-14)
    assert fit.xtx_inv[0, 0, 0] == pytest.approx(1 / 3, rel=1e-14)
    assert fit.sigma2[0] == pytest.approx((2 - 8 / 3) ** 2 + (6 - 16 / 3) ** 2 / 2, rel=1e-13)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_every_window_equals_its_own_regression(k, missing, gaps):
    series = make_series(k, 300, k, missing=missing, gaps=gaps)
    same_as_one_by_one(series, np.arange(0, 300 - LENGTH, 7), LENGTH)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0.0, 0.3), st.floats(0.0, 0.5))
def test_any_window_equals_its_own_regression(seed, k, missing, gaps):
    same_as_one_by_one(make_series(seed, 60, k, missing=missing, gaps=gaps), np.array([0, 13]), LENGTH)


def test_windows_repeated_and_out_of_order_are_their_own():
    series = make_series(3, 120, 2, missing=0.1)
    starts = np.array([50, 0, 50, 79])
    fit = fit_all(series, starts, LENGTH)
    assert np.array_equal(fit.params[0], fit.params[2])
    same_as_one_by_one(series, starts, LENGTH)


def test_the_size_of_a_chunk_changes_nothing(monkeypatch):
    series, starts = make_series(4, 200, 3, missing=0.1, gaps=0.1), np.arange(100)
    whole = fit_all(series, starts, LENGTH)
    monkeypatch.setattr(least_squares, "CHUNK", 7)
    parts = fit_all(series, starts, LENGTH)
    for name in ("params", "xtx_inv", "sigma2", "n_obs"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-12)


def test_more_windows_than_a_chunk_are_all_fitted():
    series = make_series(5, 1_500 + LENGTH, 2)
    fit = fit_all(series, np.arange(1_500), LENGTH)
    assert len(fit.sigma2) == 1_500 > least_squares.CHUNK
    one = fit_one(series, slice(1_499, 1_499 + LENGTH))
    np.testing.assert_allclose(fit.params[-1], one.params, rtol=1e-9, atol=1e-12)


def test_no_window_gives_empty_arrays():
    fit = fit_all(make_series(6, 60, 2), np.empty(0, dtype=np.int64), LENGTH)
    assert (fit.params.shape, fit.xtx_inv.shape, fit.sigma2.shape) == ((0, 2), (0, 2, 2), (0,))


def test_what_stands_in_an_unusable_observation_does_not_matter():
    series = make_series(7, LENGTH, 2)
    series.x[1, 5] = np.nan
    before = fit_all(series, np.array([0]), LENGTH)
    series.y[5] = 1e9
    after = fit_all(series, np.array([0]), LENGTH)
    assert before.n_obs.tolist() == [LENGTH - 1]
    assert np.array_equal(before.params, after.params)
    assert np.array_equal(before.sigma2, after.sigma2)


def test_too_few_observations_leave_no_variance():
    series = make_series(8, 10, 2)
    series.y[2:] = np.nan
    fit = fit_all(series, np.array([0]), 10)
    assert fit.df.tolist() == [0]
    assert np.isnan(fit.sigma2).all()


def test_a_window_without_any_observation_is_missing_and_leaves_its_neighbours():
    series = make_series(9, 120, 2)
    series.y[:40] = np.nan
    fit = fit_all(series, np.array([0, 40]), LENGTH)
    assert np.isnan(fit.params[0]).all()
    assert np.isnan(fit.sigma2[0])
    assert fit.n_obs.tolist() == [0, 40]
    np.testing.assert_allclose(fit.params[1], fit_one(series, slice(40, 80)).params, rtol=1e-9)


def test_a_regressor_that_is_constant_in_one_window_alone_spoils_that_window_alone():
    series = make_series(10, 120, 3)
    series.x[1, :40] = 0.0
    series.x[2, 80:] = 2.0 * series.x[1, 80:]
    fit = fit_all(series, np.array([0, 40, 80]), LENGTH)
    assert np.isnan(fit.params).any(axis=1).tolist() == [True, False, True]
    assert np.isnan(fit.sigma2).tolist() == [True, False, True]


@pytest.mark.parametrize("seed", range(20))
def test_regressors_that_repeat_each_other_up_to_rounding_are_collinear(seed):
    """0.3 of one and 0.1 of another, summed: what rounding leaves is no information."""
    rng = np.random.default_rng(seed)
    x = np.vstack([np.ones(80), rng.standard_normal((2, 80))])
    x[2] = 0.1 * x[0] + 0.3 * x[1]
    fit = fit_windows(rng.standard_normal(80), x, np.full(80, True), np.array([0]), 80)
    assert np.isnan(fit.params).any()
    assert np.isnan(fit.sigma2).all()


@pytest.mark.parametrize("nearness", [1e-2, 1e-4, 3e-6])
def test_nearly_collinear_regressors_keep_the_accuracy_of_a_decomposition(nearness):
    rng = np.random.default_rng(12)
    x = rng.standard_normal((3, 80))
    x[0] = 1.0
    x[2] = x[1] + nearness * x[2]
    y = 0.5 + x[1] - x[2] + rng.standard_normal(80)
    fit = fit_windows(y, x, np.full(80, True), np.array([0]), 80)
    one = fit_one(Series(y, x, np.ones(80)), slice(None))
    deviation = np.sqrt(one.sigma2 * np.diag(one.xtx_inv))
    assert np.all(np.abs(fit.params[0] - one.params) < 1e-8 * deviation)
    assert fit.sigma2[0] == pytest.approx(one.sigma2, rel=1e-10)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.floats(1.0, 1e3))
def test_inverses_equal_those_of_numpy(seed, k, stretch):
    """Also where the units of the rows lie a million apart."""
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((5, k, k + 3)) * np.geomspace(1.0, stretch, k)[:, None]
    batch = root @ root.transpose(0, 2, 1)
    found = np.moveaxis(invert(np.moveaxis(batch, 0, -1)), -1, 0)
    for one, inverse in zip(batch, found, strict=True):
        wanted = np.linalg.inv(one)
        size = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
        assert np.all(np.abs(inverse - wanted) <= 1e-13 * np.linalg.cond(one) * size)


def test_a_singular_matrix_is_missing_and_its_neighbours_are_not():
    good = np.array([[2.0, 1.0], [1.0, 2.0]])
    batch = np.stack([np.array([[1.0, 2.0], [2.0, 4.0]]), good, np.zeros((2, 2))], axis=-1)
    found = invert(batch)
    assert np.isnan(found[..., 0]).all()
    assert np.isnan(found[..., 2]).all()
    np.testing.assert_allclose(found[..., 1], np.array([[2.0, -1.0], [-1.0, 2.0]]) / 3, rtol=1e-14)


def test_a_matrix_is_not_changed_by_being_inverted():
    batch = np.array([[[4.0]]])
    assert invert(batch).tolist() == [[[0.25]]]
    assert batch.tolist() == [[[4.0]]]


@given(st.integers(0, 2**32 - 1), st.floats(-100, 100), st.floats(1e-3, 1e3))
def test_coefficients_follow_shifts_and_scales(seed, shift, scale):
    """Adding shift times a regressor moves its coefficient by shift; scaling y scales s^2 by the square."""
    series = make_series(seed, LENGTH, 2, gaps=0.2)
    start = np.array([0])
    before = fit_all(series, start, LENGTH)
    moved = fit_all(Series(series.y + shift * series.x[1], series.x, series.v), start, LENGTH)
    scaled = fit_all(Series(series.y * scale, series.x, series.v), start, LENGTH)
    assert moved.params[0, 1] - before.params[0, 1] == pytest.approx(shift, abs=1e-9)
    assert moved.sigma2[0] == pytest.approx(before.sigma2[0], rel=1e-8)
    assert scaled.sigma2[0] == pytest.approx(before.sigma2[0] * scale**2, rel=1e-10)


def test_fits_are_equal_by_value_and_nan_equals_nan():
    y, x = np.array([1.0, 2.0, 4.0, 3.0]), np.stack([np.ones(4), np.ones(4)])
    collinear, again = (fit_windows(y, x, np.full(4, True), np.array([0]), 4) for _ in range(2))
    sound = fit_windows(y, x[:1], np.full(4, True), np.array([0]), 4)
    assert np.isnan(collinear.params).all()
    assert collinear == again
    assert collinear != sound
