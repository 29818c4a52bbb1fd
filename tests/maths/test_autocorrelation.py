"""Variance ratios of residuals: by their sums, exactly unbiased, and the size of the t that they correct."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths.autocorrelation import (
    CORRECTED,
    autocorrelations,
    corrected_t,
    ljung_box,
    variance_ratio_df,
    variance_ratio_factor,
)

LEVEL = 0.05


def made_up(seed: int, rows: int, length: int, rho: float = 0.0, *, heavy: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    n = length + 50
    moves = rng.standard_t(3, (rows, n)) if heavy else rng.standard_normal((rows, n))
    for t in range(1, n):
        moves[:, t] += rho * moves[:, t - 1]
    return moves[:, 50:]


@pytest.mark.parametrize("sessions", [2, 5, 11])
def test_the_factor_sum_by_sum(sessions):
    residuals = made_up(sessions, 3, 90)
    residuals[1, 30:37] = np.nan
    residuals[2, ::20] = np.nan
    residuals -= np.nanmean(residuals, axis=1, keepdims=True)
    found = variance_ratio_factor(residuals, sessions)
    for row, value in zip(residuals, found, strict=True):
        sums = [row[t : t + sessions].sum() for t in range(90 - sessions + 1)]
        sums = [one for one in sums if np.isfinite(one)]
        known = row[np.isfinite(row)]
        total = len(known)
        expected = np.mean(np.square(sums)) / (
            sessions * (1 - sessions / total) * (known @ known) / (total - 1)
        )
        if len(sums) + sessions - 1 < 5 * sessions:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("length", "sessions"), [(30, 6), (60, 11), (120, 11)])
def test_where_no_mean_is_fitted_none_is_corrected_for(length, sessions):
    """Moves less a given benchmark: the correction for a mean would make the factor too large by 1 / (1 - L / T)."""
    factors = variance_ratio_factor(made_up(length + 1, 20_000, length), sessions, k=0)
    assert abs(factors.mean() - 1.0) < 3.7 * factors.std() / np.sqrt(20_000) + 0.01


@pytest.mark.parametrize(("length", "sessions"), [(30, 2), (30, 6), (60, 11), (120, 11)])
def test_independent_moves_have_the_factor_one(length, sessions):
    """d^2 over L (1 - L / T) s^2 has numerator and denominator without bias; their ratio has next to none."""
    moves = made_up(length + sessions, 20_000, length)
    factors = variance_ratio_factor(moves - moves.mean(axis=1, keepdims=True), sessions)
    assert abs(factors.mean() - 1.0) < 3.7 * factors.std() / np.sqrt(20_000) + 0.01
    ratio = 2 * (2 * sessions - 1) * (sessions - 1) / (3 * sessions * length)
    assert factors.var() == pytest.approx(ratio, rel=0.3)  # Lo and MacKinlay's is that of long series


@pytest.mark.parametrize("rho", [-0.2, 0.2, 0.4])
def test_dependent_moves_have_the_factor_of_their_autocorrelations(rho):
    """1 + 2 sum (1 - j / L) rho^j: 1.45 for .2 over 11 sessions."""
    moves = made_up(5, 4_000, 500, rho)
    found = variance_ratio_factor(moves - moves.mean(axis=1, keepdims=True), 11).mean()
    assert found == pytest.approx(1 + 2 * sum((1 - j / 11) * rho**j for j in range(1, 11)), rel=0.02)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.floats(1e-3, 1e3))
def test_scale_and_direction_of_time_change_nothing(seed, sessions, scale):
    residuals = made_up(seed, 2, 60)
    plain = variance_ratio_factor(residuals, sessions)
    np.testing.assert_allclose(variance_ratio_factor(scale * residuals, sessions), plain, rtol=1e-9)
    np.testing.assert_allclose(variance_ratio_factor(-residuals[:, ::-1], sessions), plain, rtol=1e-9)
    assert np.all(plain >= 0.0)


def test_what_is_too_short_has_no_factor():
    residuals = made_up(1, 1, 54)
    assert np.isnan(variance_ratio_factor(residuals, 11)[0])
    assert np.isfinite(variance_ratio_factor(made_up(1, 1, 55), 11)[0])
    assert np.isnan(variance_ratio_factor(residuals, 60)[0])
    with pytest.raises(InputError, match="no window has such a length"):
        variance_ratio_factor(residuals, 0)


def test_degrees_of_freedom():
    """119 without a ratio, 16.3 with one of eleven sessions: 2 x 21 x 10 / (33 x 120) is its variance."""
    row = np.ones((1, 120))
    assert variance_ratio_df(row, 1)[0] == pytest.approx(119)
    assert variance_ratio_df(row, 11)[0] == pytest.approx(1 / (1 / 119 + 420 / (33 * 120) / 2))
    assert variance_ratio_df(row, 1, k=3)[0] == pytest.approx(117)


def sizes(
    length: int, sessions: int, rho: float, *, heavy: bool = False, holes: bool = False
) -> tuple[float, float]:
    """Rejections of the plain t and of the corrected one, a mean fitted on the window before the event's."""
    draws = 8_000
    moves = made_up(length + sessions, draws, length + 5 + sessions, rho, heavy=heavy)
    window, event = moves[:, :length].copy(), moves[:, length + 5 :]
    if holes:
        window[:, 20:31] = window[:, 60:71] = np.nan
    used = int(np.isfinite(window[0]).sum())
    mean = np.nanmean(window, axis=1, keepdims=True)
    s2 = np.nansum((window - mean) ** 2, axis=1) / (used - 1)
    t = (event - mean).sum(axis=1) / np.sqrt(s2 * (sessions + sessions**2 / used))
    factor, df = variance_ratio_factor(window - mean, sessions), variance_ratio_df(window - mean, sessions)
    plain, corrected = (2 * stats.t.sf(np.abs(t / np.sqrt(f)), d) for f, d in ((1.0, used - 1), (factor, df)))
    return float(np.mean(plain < LEVEL)), float(np.mean(corrected < LEVEL))


@pytest.mark.parametrize(("length", "sessions"), [(30, 5), (60, 11), (120, 11), (250, 11), (250, 40)])
@pytest.mark.parametrize("rho", [0.0, 0.2, 0.4])
def test_size_of_the_corrected_t(length, sessions, rho):
    """10 % at .2 and 18 % at .4 without the correction; 5 to 6 % with it."""
    plain, corrected = sizes(length, sessions, rho)
    low, high = (3.7 * np.sqrt(p * (1 - p) / 8_000) for p in (0.045, 0.062))
    assert 0.045 - low < corrected < 0.062 + high
    assert (plain > 0.08) if rho else abs(plain - 0.05) < 3.7 * np.sqrt(0.05 * 0.95 / 8_000)


def test_size_with_heavy_tails_and_with_holes():
    for case in ({"heavy": True}, {"holes": True}):
        plain, corrected = sizes(120, 11, 0.2, **case)
        assert plain > 0.085
        assert 0.035 < corrected < 0.065 + 3.7 * np.sqrt(0.065 * 0.935 / 8_000)


def test_the_normal_quantile_would_not_do():
    """The ratio is itself uncertain: with 119 degrees of freedom 6.5 % where moves are independent."""
    draws = 20_000
    moves = made_up(8, draws, 131)
    window, event = moves[:, :120], moves[:, 120:]
    mean = window.mean(axis=1, keepdims=True)
    s2 = ((window - mean) ** 2).sum(axis=1) / 119
    t = (event - mean).sum(axis=1) / np.sqrt(s2 * (11 + 121 / 120) * variance_ratio_factor(window - mean, 11))
    assert np.mean(2 * stats.t.sf(np.abs(t), 119) < LEVEL) > 0.058
    held = 2 * stats.t.sf(np.abs(t), variance_ratio_df(window, 11))
    assert abs(np.mean(held < LEVEL) - 0.05) < 3.7 * np.sqrt(0.05 * 0.95 / draws)


def test_one_corrected_t():
    residuals = made_up(3, 1, 120, 0.3)[0]
    residuals -= residuals.mean()
    found = corrected_t(4.0, 12.0, residuals, 11, k=2)
    factor, df = (
        variance_ratio_factor(residuals[None], 11, k=2)[0],
        variance_ratio_df(residuals[None], 11, k=2)[0],
    )
    assert found.test == CORRECTED
    assert found.part("variance ratio") == factor
    assert found.statistic == pytest.approx(4.0 / np.sqrt(12.0 * factor), rel=1e-14)
    assert found.p_value == pytest.approx(2 * stats.t.sf(found.statistic, df), rel=1e-12)
    assert (found.estimate, found.df) == (4.0, df)
    one = corrected_t(2.0, 4.0, residuals, 1)
    assert one.statistic == 1.0
    assert one.p_value == pytest.approx(2 * stats.t.sf(1.0, 119), rel=1e-12)


def test_when_no_corrected_t_applies():
    residuals = made_up(3, 1, 50)[0]
    assert corrected_t(1.0, 1.0, residuals, 11).reason == "needs 55 estimation moves in sums of 11 sessions"
    assert corrected_t(np.nan, 1.0, residuals, 2).reason == "the sum or its variance is not known"
    assert corrected_t(1.0, np.nan, residuals, 2).reason == "the sum or its variance is not known"
    assert corrected_t(1.0, 1.0, np.tile([1.0, -1.0], 20), 2).reason == "sums of the residuals do not vary"


def test_autocorrelations_by_their_products():
    row = made_up(4, 1, 40)
    row[0, 10] = np.nan
    filled = np.nan_to_num(row[0])
    expected = [sum(filled[t] * filled[t - j] for t in range(j, 40)) / (filled @ filled) for j in (1, 2, 3)]
    np.testing.assert_allclose(autocorrelations(row, 3)[0], expected, rtol=1e-12)
    with pytest.raises(InputError, match="no such number of lags"):
        autocorrelations(row, 40)


def test_ljung_box_size_and_refusals():
    moves = made_up(6, 4_000, 120)
    p = [ljung_box(row - row.mean()).p_value for row in moves]
    assert 0.035 < np.mean(np.array(p) < LEVEL) < 0.065
    dependent = made_up(7, 300, 120, 0.4)
    assert np.mean([ljung_box(row - row.mean()).p_value < LEVEL for row in dependent]) > 0.9
    assert ljung_box(moves[0, :19]).reason == "needs 20 residuals for 5 lags, has 19"
    assert ljung_box(np.zeros(40)).reason == "no residual differs from zero"
