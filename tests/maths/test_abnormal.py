"""Abnormal moves, their sums and the exact variance of both."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.maths.abnormal import (
    Abnormal,
    Sums,
    abnormal_moves,
    covariance,
    cumulate,
    cumulative_path,
)
from marketimpact.maths.least_squares import Fit, fit_windows, weigh
from tests.maths.brute import Series, fit_one, make_series, predicted

LENGTH, GAP, TAUS = 30, 2, (-3, 4)
FIRST = LENGTH + GAP
L2 = TAUS[1] - TAUS[0] + 1


def study(series: Series, starts: np.ndarray, length: int = LENGTH) -> tuple[Fit, Abnormal, np.ndarray]:
    """Fit windows and give the abnormal moves of the sessions behind each, after a gap."""
    positions = starts + length + GAP - TAUS[0]
    fit = fit_windows(*weigh(series.y, series.x, series.v), starts, length)
    return fit, abnormal_moves(series.y, series.x, series.v, positions, TAUS, fit), positions


def over(abnormal: Abnormal, fit: Fit, *windows: tuple[int, int]) -> Sums:
    """Sum over windows given in tau."""
    return cumulate(abnormal, fit, [(np.array(a - TAUS[0]), np.array(b - TAUS[0])) for a, b in windows])


def test_a_constant_mean_by_hand():
    """Estimation 1, 2, 3: mean 2, s^2 = 1, T = 3. Event 5, 2: A = 3, 0; Var(A) = 4/3; Var(CAR) = 2 + 4/3."""
    y, x, v = np.array([1.0, 2.0, 3.0, 5.0, 2.0]), np.ones((1, 5)), np.ones(5)
    fit = fit_windows(*weigh(y, x, v), np.array([0]), 3)
    abnormal = abnormal_moves(y, x, v, np.array([3]), (0, 1), fit)
    sums = cumulate(abnormal, fit, [(np.array(0), np.array(1))])
    np.testing.assert_allclose(abnormal.ar, [[3.0, 0.0]], atol=1e-14)
    np.testing.assert_allclose(abnormal.variance(fit), [[4 / 3, 4 / 3]], rtol=1e-13)
    np.testing.assert_allclose(sums.variance, [[10 / 3]], rtol=1e-13)
    np.testing.assert_allclose(sums.scar, [[3.0 / np.sqrt(10 / 3)]], rtol=1e-13)
    np.testing.assert_allclose(covariance(abnormal, fit), [[[4 / 3, 1 / 3], [1 / 3, 4 / 3]]], rtol=1e-13)


def test_a_spanned_move_by_hand():
    """Mean 2 a session: a move of 7 over m = 3 with v = 2 has A = 1 and Var(A) = s^2 (2 + 9/3)."""
    y, x = np.array([1.0, 2.0, 3.0, 7.0]), np.array([[1.0, 1.0, 1.0, 3.0]])
    v = np.array([1.0, 1.0, 1.0, 2.0])
    fit = fit_windows(*weigh(y, x, v), np.array([0]), 3)
    abnormal = abnormal_moves(y, x, v, np.array([3]), (0, 0), fit)
    np.testing.assert_allclose(abnormal.ar, [[1.0]], rtol=1e-13)
    np.testing.assert_allclose(abnormal.variance(fit), [[5.0]], rtol=1e-13)


@pytest.mark.parametrize(("length", "sessions"), [(30, 8), (60, 5), (120, 1)])
def test_a_constant_mean_has_the_textbook_variance(length, sessions):
    """s^2 (L + L^2 / T)."""
    fit, abnormal, _ = study(make_series(1, length + 20, 1), np.array([0]), length)
    sums = over(abnormal, fit, (-3, -4 + sessions))
    wanted = fit.sigma2[0] * (sessions + sessions**2 / length)
    assert sums.variance[0, 0] == pytest.approx(wanted, rel=1e-12)


def check_sum(sums: Sums, place: tuple[int, int], ar: np.ndarray, cov: np.ndarray) -> None:
    """One sum against the moves and the covariance of its sessions, missing ones among them."""
    there = np.isfinite(ar)
    assert sums.sessions[place] == there.sum()
    if not there.any():
        assert np.isnan([sums.car[place], sums.variance[place]]).all()
        return
    assert sums.car[place] == pytest.approx(ar[there].sum(), abs=1e-10 * np.sqrt(np.nanmax(cov)))
    assert sums.variance[place] == pytest.approx(np.nansum(cov), rel=1e-10)


@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("gaps", [0.0, 0.25])
def test_moves_variances_and_covariances_equal_direct_formulas(k, missing, gaps):
    series, starts = make_series(20 + k, 150, k, missing=missing, gaps=gaps), np.arange(0, 100, 3)
    fit, abnormal, positions = study(series, starts)
    windows = (TAUS, (0, 0), (-1, 2))
    cov, variance, sums = covariance(abnormal, fit), abnormal.variance(fit), over(abnormal, fit, *windows)
    for i, start in enumerate(starts):
        one = fit_one(series, slice(start, start + LENGTH))
        ar, wanted = predicted(series, one, positions[i] + np.arange(TAUS[0], TAUS[1] + 1))
        np.testing.assert_allclose(abnormal.ar[i], ar, rtol=0, atol=1e-10 * np.sqrt(one.sigma2))
        np.testing.assert_allclose(cov[i], wanted, rtol=1e-9, atol=1e-12 * one.sigma2)
        np.testing.assert_allclose(variance[i], np.diag(wanted), rtol=1e-10)
        for w, (a, b) in enumerate(windows):
            part = slice(a - TAUS[0], b - TAUS[0] + 1)
            check_sum(sums, (i, w), ar[part], wanted[part, part])


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.floats(0.0, 0.4))
def test_the_variance_of_a_sum_is_the_sum_of_the_covariance(seed, k, missing):
    series = make_series(seed, 60, k, missing=missing * 0.5, gaps=missing)
    fit, abnormal, _ = study(series, np.array([0, 5]))
    path, cov = cumulative_path(abnormal, fit), covariance(abnormal, fit)
    for last in range(L2):
        with_all = np.nansum(cov[:, : last + 1, : last + 1], axis=(1, 2))
        wanted = np.where(path.sessions[:, last] > 0, with_all, np.nan)
        np.testing.assert_allclose(path.variance[:, last], wanted, rtol=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(0, L2 - 2), st.integers(1, 3))
def test_adjoining_windows_add_up(seed, cut, k):
    """CAR(a, c) = CAR(a, b) + CAR(b + 1, c), in moves and in sessions; variances do not add, covariances join."""
    fit, abnormal, _ = study(make_series(seed, 60, k, gaps=0.2), np.array([0, 7]))
    b = TAUS[0] + cut
    sums = over(abnormal, fit, TAUS, (TAUS[0], b), (b + 1, TAUS[1]))
    np.testing.assert_allclose(sums.car[:, 0], sums.car[:, 1] + sums.car[:, 2], rtol=0, atol=1e-13)
    assert np.array_equal(sums.sessions[:, 0], sums.sessions[:, 1] + sums.sessions[:, 2])
    joint = covariance(abnormal, fit)[:, : cut + 1, cut + 1 :].sum(axis=(1, 2))
    parts = sums.variance[:, 1] + sums.variance[:, 2] + 2.0 * joint
    np.testing.assert_allclose(sums.variance[:, 0], parts, rtol=1e-10)


@given(st.integers(0, 2**32 - 1), st.floats(-10, 10))
def test_a_constant_added_to_every_move_leaves_constant_mean_moves(seed, constant):
    """A constant a session: over a span of m it is m times as much."""
    series = make_series(seed, 60, 1, missing=0.1, gaps=0.2)
    shifted = Series(series.y + constant * series.x[0], series.x, series.v)
    (fit, before, _), (_, after, _) = study(series, np.array([0])), study(shifted, np.array([0]))
    np.testing.assert_allclose(after.ar, before.ar, rtol=0, atol=1e-10 * max(1.0, abs(constant)))
    assert np.isfinite(fit.sigma2).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.floats(1e-3, 1e3), st.sampled_from([-1.0, 1.0]))
def test_scaling_scales_moves_and_leaves_t(seed, k, scale, sign):
    series = make_series(seed, 60, k, missing=0.1, gaps=0.2)
    scaled = Series(series.y * scale * sign, series.x, series.v)
    (fit, before, _), (fit_2, after, _) = study(series, np.array([0])), study(scaled, np.array([0]))
    atol = 1e-12 * scale
    np.testing.assert_allclose(after.ar, before.ar * scale * sign, rtol=1e-9, atol=atol)
    one, other = over(before, fit, TAUS, (0, 1)), over(after, fit_2, TAUS, (0, 1))
    np.testing.assert_allclose(other.scar, one.scar * sign, rtol=1e-8, atol=1e-11)


@given(st.integers(0, 2**32 - 1), st.floats(-3, 3), st.floats(-3, 3))
def test_any_mix_of_regressors_added_leaves_the_abnormal_moves(seed, a, b):
    series = make_series(seed, 60, 2, gaps=0.2)
    mixed = Series(series.y + a * series.x[0] + b * series.x[1], series.x, series.v)
    (_, before, _), (_, after, _) = study(series, np.array([0])), study(mixed, np.array([0]))
    np.testing.assert_allclose(after.ar, before.ar, rtol=0, atol=1e-11)


def test_estimation_residuals_taken_as_an_event_window_sum_to_zero():
    """The last sessions of a constant mean's own window and the others cancel: no session is lost or doubled."""
    series = make_series(30, LENGTH, 1)
    fit = fit_windows(*weigh(series.y, series.x, series.v), np.array([0]), LENGTH)
    inside = abnormal_moves(series.y, series.x, series.v, np.array([0]), (0, LENGTH - 1), fit)
    assert inside.ar.sum() == pytest.approx(0.0, abs=1e-13)
    assert (inside.ar**2).sum() / (LENGTH - 1) == pytest.approx(fit.sigma2[0], rel=1e-12)


def test_a_missing_session_adds_nothing_and_is_missing_in_the_covariance():
    series = make_series(31, 60, 2)
    series.y[FIRST + 1] = np.nan
    fit, abnormal, _ = study(series, np.array([0]))
    cov = covariance(abnormal, fit)[0]
    assert np.isnan(abnormal.ar[0]).tolist() == [False, True] + [False] * 6
    assert np.isnan(abnormal.variance(fit)[0, 1])
    assert np.isnan(cov[1]).all()
    assert np.isnan(cov[:, 1]).all()
    sums = over(abnormal, fit, (-3, -2), (-3, -3), (-2, -2))
    assert sums.car[0, 0] == sums.car[0, 1]
    assert sums.variance[0, 0] == sums.variance[0, 1]
    assert sums.sessions.tolist() == [[1, 1, 0]]
    assert np.isnan([sums.car[0, 2], sums.variance[0, 2], sums.scar[0, 2]]).all()


def test_windows_of_their_own_for_each_pair_equal_common_ones():
    fit, abnormal, _ = study(make_series(32, 120, 2, missing=0.1, gaps=0.1), np.arange(40))
    first = np.arange(40) % 3
    last = first + np.arange(40) % 4
    own = cumulate(abnormal, fit, [(first, last)])
    for a, b in {*zip(first.tolist(), last.tolist(), strict=True)}:
        rows = (first == a) & (last == b)
        common = cumulate(abnormal, fit, [(np.array(a), np.array(b))])
        np.testing.assert_allclose(own.car[rows], common.car[rows], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(own.variance[rows], common.variance[rows], rtol=1e-12)
        assert np.array_equal(own.sessions[rows], common.sessions[rows])


def test_the_path_ends_at_the_sum_over_the_whole_window():
    fit, abnormal, _ = study(make_series(33, 120, 2), np.arange(20))
    path, whole = cumulative_path(abnormal, fit), over(abnormal, fit, TAUS)
    assert path.car.shape == (20, L2)
    np.testing.assert_allclose(path.car[:, :1], abnormal.ar[:, :1])
    np.testing.assert_allclose(path.car[:, -1:], whole.car, rtol=1e-13)
    np.testing.assert_allclose(path.variance[:, -1:], whole.variance, rtol=1e-13)


def test_no_pair_gives_empty_sums():
    """Every event of a study may be left out."""
    fit, abnormal, _ = study(make_series(34, 120, 2), np.empty(0, dtype=np.int64))
    assert over(abnormal, fit, TAUS, (0, 0)).car.shape == (0, 2)
    assert covariance(abnormal, fit).shape == (0, L2, L2)
