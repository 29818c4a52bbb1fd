"""A model that fits nothing, k = 0: every number has a closed form, and the general code must collapse to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from marketimpact.maths.abnormal import Abnormal, abnormal_moves, covariance, cumulate, cumulative_path
from marketimpact.maths.calendar_time import CalendarTime, calendar_time_t
from marketimpact.maths.least_squares import Fit, fit_rows, fit_windows, invert
from marketimpact.maths.max_statistic import max_with_refit, sup_t
from marketimpact.maths.over_events import crude_dependence_t
from marketimpact.maths.resample import date_permutation, placebo_scars
from marketimpact.maths.sample import Sample
from marketimpact.maths.single_event import rank_with_refit
from tests.maths.brute import Series, make_series

LENGTH, GAP = 30, 4
STARTS = np.array([0, 11, 40])


def unfitted(seed: int, n: int = 100, *, missing: float = 0.0, gaps: float = 0.0) -> Series:
    """Moves with variance ratios, and no regressor at all."""
    series = make_series(seed, n, 1, missing=missing, gaps=gaps)
    return replace(series, x=np.empty((0, n)))


def weighted(series: Series, at: np.ndarray) -> np.ndarray:
    """Usable moves over the roots of their variance ratios."""
    there = at[np.isfinite(series.y[at])]
    return series.y[there] / np.sqrt(series.v[there])


def fit_and_moves(series: Series, taus: tuple[int, int]) -> tuple[Fit, Abnormal]:
    sample = series.sample(STARTS, LENGTH)
    y, x, usable = sample.estimation()
    fit = fit_windows(y, x, usable, sample.starts, LENGTH)
    return fit, abnormal_moves(series.y, series.x, series.v, STARTS + LENGTH + GAP, taus, fit)


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_the_variance_is_the_mean_square_and_the_moves_are_themselves(missing: float, gaps: float) -> None:
    series = unfitted(3, missing=missing, gaps=gaps)
    fit, abnormal = fit_and_moves(series, (-1, 3))
    assert fit.params.shape == (3, 0)
    assert fit.xtx_inv.shape == (3, 0, 0)
    for i, start in enumerate(STARTS):
        rows = weighted(series, start + np.arange(LENGTH))
        assert fit.df[i] == fit.n_obs[i] == len(rows)
        assert fit.sigma2[i] == pytest.approx(np.mean(rows**2), rel=1e-13)
        at = start + LENGTH + GAP + np.arange(-1, 4)
        np.testing.assert_array_equal(abnormal.ar[i], series.y[at])
        known = np.isfinite(series.y[at])
        expected = np.where(known, np.mean(rows**2) * series.v[at], np.nan)
        np.testing.assert_allclose(abnormal.variance(fit)[i], expected, rtol=1e-13)
        cov = np.diag(expected)
        cov[~known] = cov[:, ~known] = np.nan
        np.testing.assert_allclose(covariance(abnormal, fit)[i], cov, rtol=1e-13, atol=0)


def test_sums_add_variances_as_no_parameter_is_shared() -> None:
    series = unfitted(4, missing=0.1, gaps=0.3)
    fit, abnormal = fit_and_moves(series, (0, 4))
    sums = cumulate(abnormal, fit, [(np.array(1), np.array(3)), (np.zeros(3, int), np.array([0, 2, 4]))])
    daily = abnormal.variance(fit)
    np.testing.assert_allclose(sums.car[:, 0], np.nansum(abnormal.ar[:, 1:4], axis=1), rtol=1e-12)
    np.testing.assert_allclose(sums.variance[:, 0], np.nansum(daily[:, 1:4], axis=1), rtol=1e-12)
    for i, last in enumerate((0, 2, 4)):
        assert sums.variance[i, 1] == pytest.approx(np.nansum(daily[i, : last + 1]), rel=1e-12)
    path = cumulative_path(abnormal, fit)
    np.testing.assert_allclose(path.car[:, -1], np.nansum(abnormal.ar, axis=1), rtol=1e-12)


def test_nothing_to_invert_and_nothing_to_subtract() -> None:
    assert invert(np.empty((0, 0, 4))).shape == (0, 0, 4)
    y = np.array([[1.0, 2.0], [3.0, 4.0]])
    params, xtx_inv, residuals = fit_rows(y, np.empty((0, 2, 2)))
    assert params.shape == (0, 2)
    assert xtx_inv.shape == (0, 0, 2)
    np.testing.assert_array_equal(residuals, y)


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.3), st.floats(0.0, 0.3))
def test_the_rank_is_found_by_counting(seed: int, missing: float, gaps: float) -> None:
    series = unfitted(seed, missing=missing, gaps=gaps)
    events = STARTS + LENGTH + GAP
    ranks = rank_with_refit(series.sample(STARTS, LENGTH), events)
    for i, (start, event) in enumerate(zip(STARTS, events, strict=True)):
        rows = np.abs(weighted(series, np.append(start + np.arange(LENGTH), event)))
        if np.isnan(series.y[event]):
            assert np.isnan(ranks.p_value[i])
            continue
        assert ranks.p_value[i] == pytest.approx(np.mean(rows >= rows[-1]), rel=1e-13)
        assert ranks.p_floor[i] == pytest.approx(1 / len(rows), rel=1e-13)


def test_the_largest_of_three_days_by_counting_and_by_the_hypergeometric() -> None:
    series = unfitted(8, gaps=0.2)
    events = STARTS + LENGTH + GAP
    found = max_with_refit(series.sample(STARTS, LENGTH), events, 3)
    for i, (start, event) in enumerate(zip(STARTS, events, strict=True)):
        at = np.append(start + np.arange(LENGTH), event + np.arange(3))
        rows = np.abs(weighted(series, at))
        m = np.count_nonzero(rows >= rows[-3:].max())
        assert found.which[i] == np.argmax(rows[-3:])
        assert found.p_value[i] == pytest.approx(stats.hypergeom.sf(0, len(rows), m, 3), rel=1e-12)
        assert found.p_floor[i] == pytest.approx(3 / len(rows), rel=1e-13)


def test_one_day_of_the_largest_is_the_two_sided_t() -> None:
    fit, abnormal = fit_and_moves(unfitted(9), (0, 0))
    found = sup_t(abnormal.ar[0], covariance(abnormal, fit)[0], int(fit.df[0]))
    t = abnormal.ar[0, 0] / np.sqrt(fit.sigma2[0])
    assert found.statistic == pytest.approx(abs(t), rel=1e-12)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(t), LENGTH), rel=1e-9)


@pytest.mark.parametrize("sessions", [1, 3])
@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_a_placebo_is_its_sum_over_the_root_mean_square_of_all_other_rows(
    sessions: int, missing: float
) -> None:
    series = unfitted(12, missing=missing, gaps=0.2)
    events = STARTS + LENGTH + GAP
    found = placebo_scars(series.sample(STARTS, LENGTH), events, sessions)
    for row, start, event in zip(found, STARTS, events, strict=True):
        own = event + np.arange(sessions)
        rows = np.append(start + np.arange(LENGTH), own)
        windows = [start + i + np.arange(sessions) for i in range(LENGTH - sessions + 1)]
        for scar, window in zip(row, [*windows, own], strict=True):
            there = window[np.isfinite(series.y[window])]
            if len(there) != np.isfinite(series.y[own]).sum() or not len(there):
                assert np.isnan(scar)
                continue
            sigma2 = np.mean(weighted(series, np.setdiff1d(rows, window)) ** 2)
            expected = series.y[there].sum() / np.sqrt(sigma2 * series.v[there].sum())
            assert scar == pytest.approx(expected, rel=1e-10)


def test_the_date_permutation_of_one_day_ranks_studentised_moves() -> None:
    """One cluster, one session: the rank of the left-out t orders the rows as the moves themselves do."""
    series = unfitted(14)
    sample = series.sample(STARTS[:1], LENGTH)
    events = STARTS[:1] + LENGTH + GAP
    scars = placebo_scars(sample, events, 1)
    offsets = np.arange(LENGTH)[None, :] - LENGTH
    found = date_permutation(scars, offsets, np.zeros(1, int), np.zeros(1, int), 0)
    assert found.p_value == pytest.approx(rank_with_refit(sample, events).p_value[0], rel=1e-13)


def test_a_sample_without_regressors_masks_what_is_not_clean() -> None:
    y, known = np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, True)
    clean = np.array([True, False, True, False])
    sample = Sample(y, np.empty((0, 4)), np.ones(4), known, clean, np.array([0]), 3)
    rows = sample.rows(slice(None), np.array([3]), 1)
    assert rows.y.tolist() == [[1.0, 0.0, 3.0, 4.0]]
    assert rows.x.shape == (0, 1, 4)
    masked, x, _ = sample.estimation()
    assert masked.tolist() == [1.0, 0.0, 3.0, 0.0]
    assert x.shape == (0, 4)


def test_sigma_squared_of_no_moves_is_unknown() -> None:
    fit = fit_windows(np.zeros(3), np.empty((0, 3)), np.zeros(3, dtype=bool), np.array([0]), 3)
    assert np.isnan(fit.sigma2[0])
    assert fit.df[0] == 0


@pytest.mark.parametrize("heavy", [False, True], ids=["normal", "t3"])
def test_the_rank_holds_its_attainable_level_without_a_fit(heavy: bool) -> None:
    """Six of 120 rows: p <= .05 has the probability .05 exactly."""
    draws, length = 20_000, 119
    rng = np.random.default_rng(17 + heavy)
    n = draws * (length + 1)
    y = rng.standard_t(3, n) if heavy else rng.standard_normal(n)
    known = np.ones(n, dtype=bool)
    starts = np.arange(draws) * (length + 1)
    sample = Sample(y, np.empty((0, n)), np.ones(n), known, known, starts, length)
    rate = np.mean(rank_with_refit(sample, starts + length).p_value <= 0.05 + 1e-12)
    assert abs(rate - 0.05) < 3.7 * np.sqrt(0.05 * 0.95 / draws)


def test_a_deviation_about_its_own_mean_spends_a_degree_of_freedom() -> None:
    """Where nothing is fitted the mean of the average residual is not zero, and is taken out all the same."""
    rng = np.random.default_rng(8)
    car, residuals = rng.standard_normal(6), rng.standard_normal((6, 40))
    found = crude_dependence_t(car, residuals, 2, k=0, parameter_error=False)
    spread = residuals.mean(axis=0).std(ddof=1)
    assert found.df == 39.0
    assert found.statistic == pytest.approx(car.mean() / (spread * np.sqrt(2)), rel=1e-12)
    days = np.arange(40) + 50 * np.arange(6)[:, None]
    sample = CalendarTime(car[:, None], days[:, -1:] + 5, residuals, days, np.zeros((6, 40)))
    z = car / residuals.std(axis=1, ddof=1)
    expected = stats.ttest_1samp(z, 0.0)
    outcome = calendar_time_t(sample, 0, n_clusters=6)
    assert (outcome.statistic, outcome.p_value) == pytest.approx(
        (expected.statistic, expected.pvalue), rel=1e-12
    )
