"""Bands that hold a whole path: their quantiles, and how often paths without an effect leave them."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from marketimpact.maths.max_statistic import path_quantile, sup_t_of_means, sup_t_quantile

L = 11


def of_paths() -> NDArray[np.float64]:
    """Correlation of the sums of independent days."""
    days = np.arange(1.0, L + 1.0)
    return np.asarray(np.sqrt(np.minimum(days, days[:, None]) / np.maximum(days, days[:, None])))


def test_the_path_of_eleven_sessions_after_120() -> None:
    """2.60 standard errors at T = 120, L = 11, where one session has 1.98."""
    covariance = 7.0 * (np.eye(L) + 1 / 120)
    assert path_quantile(covariance, 119, 0.95) == pytest.approx(2.60, abs=0.005)


def test_the_path_has_the_quantile_of_its_sums() -> None:
    rng = np.random.default_rng(5)
    root = rng.normal(size=(4, 6))
    covariance = root @ root.T
    summing = np.tril(np.ones((4, 4)))
    sums = summing @ covariance @ summing.T
    deviation = np.sqrt(np.diag(sums))
    expected = sup_t_quantile(sums / np.outer(deviation, deviation), 30, 0.9, 3)
    assert path_quantile(covariance, 30, 0.9, 3) == pytest.approx(expected, rel=1e-12)


def test_a_missing_day_is_no_point_of_the_path() -> None:
    covariance = np.eye(4) + 0.01
    holed = covariance.copy()
    holed[2], holed[:, 2] = np.nan, np.nan
    rest = covariance[np.ix_([0, 1, 3], [0, 1, 3])]
    assert path_quantile(holed, 60, 0.95) == path_quantile(rest, 60, 0.95)
    assert np.isnan(path_quantile(np.full((3, 3), np.nan), 60, 0.95))
    assert np.isnan(path_quantile(covariance, 0, 0.95))


@pytest.mark.parametrize("groups", [2, 3, 5, 12, 13, 60])
def test_one_day_of_means_has_students_t(groups: int) -> None:
    drawn = sup_t_of_means(np.ones((1, 1)), groups, 0.95)
    exceeding = 2 * stats.t.sf(drawn, groups - 1)  # the drawn quantile's true p
    assert exceeding == pytest.approx(0.05, abs=3.7 * np.sqrt(0.05 * 0.95 / 20_000))


@pytest.mark.parametrize("groups", [2, 5, 12, 13, 40])
def test_the_band_of_means_holds_whole_paths(groups: int) -> None:
    """Independent normal paths, 6,000 draws: the share that leaves a 95 % band anywhere."""
    draws = 6_000
    rng = np.random.default_rng(groups)
    paths = np.cumsum(rng.standard_normal((draws, groups, L)), axis=2)
    size = np.abs(paths.mean(axis=1) / (paths.std(axis=1, ddof=1) / np.sqrt(groups)))
    share = float((size.max(axis=1) > sup_t_of_means(of_paths(), groups, 0.95)).mean())
    # both the band's quantile (20,000 draws) and the share are drawn
    assert share == pytest.approx(0.05, abs=3.7 * np.sqrt(0.05 * 0.95 * (1 / draws + 1 / 20_000)))
    pointwise = float((size.max(axis=1) > stats.t.isf(0.025, groups - 1)).mean())
    assert pointwise > 0.13
