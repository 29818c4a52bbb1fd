"""Stacked regressions by sums over dates against statsmodels and dense matrices with every row and dummy."""

from __future__ import annotations

import numpy as np
import pytest

from marketimpact.errors import InputError
from marketimpact.maths.cluster_robust import cluster_robust, cluster_robust_of_sums
from marketimpact.maths.collapsed import stacked_by_dates


def table(seed: int, dates: int, units: int, k: int, missing: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = (rng.random((dates, k)) < 0.2).astype(float)
    y = (
        2.0 * x[:, [0]]
        + rng.normal(size=(dates, units))
        + rng.normal(size=(dates, 1))
        + rng.normal(size=units)
    )
    y[rng.random((dates, units)) < missing] = np.nan
    return y, x


def stacked(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    date, unit = np.nonzero(np.isfinite(y))
    return y[date, unit], np.column_stack([x[date], np.eye(y.shape[1])[unit]]), date


@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2"])
def test_it_is_the_regression_of_all_rows_on_all_dummies(kind: str, missing: float) -> None:
    y, x = table(1, 60, 5, 3, missing)
    found = stacked_by_dates(y, x, kind=kind)
    full = cluster_robust(*stacked(y, x), kind=kind)
    np.testing.assert_allclose(found.params, full.params[:3], rtol=1e-9)
    assert (found.n, found.n_clusters) == (full.n, full.n_clusters)
    dates = np.nonzero(np.isfinite(y))[0]
    np.testing.assert_allclose(found.residuals, np.bincount(dates, full.residuals, 60), atol=1e-9)
    if missing and kind == "CR2":
        # The leverage of the instruments' own intercepts is left out: less than a part in T.
        ratio = found.std_error / full.std_error[:3]
        assert ((ratio < 1.0) & (ratio > 1.0 - 1.5 / 60)).all()
        np.testing.assert_allclose(found.df, full.df[:3], rtol=0.05)
    else:
        np.testing.assert_allclose(found.cov, full.cov[:3, :3], rtol=1e-8, atol=1e-14)
        np.testing.assert_allclose(found.df, full.df[:3], rtol=1e-8)


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_cr2_of_the_demeaned_rows_is_what_remains_when_cells_are_missing(missing: float) -> None:
    y, x = table(2, 40, 6, 4, missing)
    rows, full, date = stacked(y, x)
    dummies = full[:, 4:]
    left = full[:, :4] - dummies @ np.linalg.lstsq(dummies, full[:, :4], rcond=None)[0]
    own = rows - dummies @ np.linalg.lstsq(dummies, rows, rcond=None)[0]
    found = stacked_by_dates(y, x)
    expected = cluster_robust(own, left, date)
    if missing:
        np.testing.assert_allclose(found.std_error, expected.std_error, rtol=1e-8)
        np.testing.assert_allclose(found.df, expected.df, rtol=1e-8)
    np.testing.assert_allclose(found.params, expected.params, rtol=1e-8)


def test_an_instrument_may_begin_late_and_a_date_be_empty() -> None:
    y, x = table(3, 50, 4, 2, 0.05)
    y[:30, 2], y[7] = np.nan, np.nan
    found, full = stacked_by_dates(y, x, kind="CR1"), cluster_robust(*stacked(y, x), kind="CR1")
    np.testing.assert_allclose(found.std_error, full.std_error[:2], rtol=1e-8)
    assert found.n_clusters == 49


def test_what_cannot_be_fitted_is_refused() -> None:
    y, x = table(4, 30, 3, 2, 0.0)
    with pytest.raises(InputError, match="no such kind"):
        stacked_by_dates(y, x, kind="HC3")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="do not fit one another"):
        stacked_by_dates(y, x[:-1])
    with pytest.raises(InputError, match="do not vary, or depend on earlier ones"):
        stacked_by_dates(y, np.column_stack([x, x[:, 0]]))
    with pytest.raises(InputError, match="do not vary, or depend on earlier ones"):
        stacked_by_dates(y, np.ones((30, 1)))
    with pytest.raises(InputError, match="an instrument without a move"):
        stacked_by_dates(np.column_stack([y, np.full(30, np.nan)]), x)
    with pytest.raises(InputError, match="3 dates do not fit 2 coefficients"):
        stacked_by_dates(y[:3], x[:3])


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2"])
def test_sums_of_clusters_are_all_that_is_read_of_the_rows(kind: str) -> None:
    rng = np.random.default_rng(6)
    x, y, groups = rng.normal(size=(90, 4)), rng.normal(size=90), rng.integers(0, 12, 90)
    x[groups == 3, 2] = 5.0
    x[groups != 3, 2] = 0.0  # one cluster alone determines it
    by = [groups == g for g in range(12)]
    found = cluster_robust_of_sums(
        np.array([x[g].T @ x[g] for g in by]), np.array([x[g].T @ y[g] for g in by]), 90, kind=kind
    )
    full = cluster_robust(y, x, groups, kind=kind)
    for name in ("params", "std_error", "df"):
        np.testing.assert_allclose(getattr(found, name), getattr(full, name), rtol=1e-8)
    assert np.isnan(found.std_error[2])
    assert (found.n, found.n_clusters, found.kind) == (90, 12, kind)
