"""The slow and obvious way: one regression at a time, by numpy's own decompositions, straight from the formulas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketimpact.maths.least_squares import weigh
from marketimpact.maths.sample import Sample

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """A made-up long array: moves, regressors whose first is the sessions spanned, and variance ratios."""

    y: Floats
    x: Floats
    v: Floats

    @property
    def usable(self) -> NDArray[np.bool_]:
        return np.isfinite(self.y) & np.isfinite(self.x).all(axis=0)

    def sample(self, starts: NDArray[np.int64], length: int) -> Sample:
        y, x, usable = weigh(self.y, self.x, self.v)
        return Sample(y, x, self.v, usable, usable, starts, length)


def make_series(seed: int, n: int, k: int, *, missing: float = 0.0, gaps: float = 0.0) -> Series:
    """Random moves on k regressors, the first of them the span; a share of values missing, a share spanned."""
    rng = np.random.default_rng(seed)
    spans = np.where(rng.random(n) < gaps, rng.integers(2, 5, n), 1).astype(float)
    v = 1.0 + 0.4 * (spans - 1.0)
    x = np.vstack([spans, rng.normal(0.001, 0.01, (k - 1, n))])
    y = rng.normal(0.0, 0.012, n) * np.sqrt(v) + rng.normal(0.0, 1.0, k) @ x / 10
    y[rng.random(n) < missing] = np.nan
    if k > 1:
        x[-1, rng.random(n) < missing] = np.nan
    return Series(y, x, v)


@dataclass(frozen=True)
class OneFit:
    """One weighted regression."""

    params: Floats
    xtx_inv: Floats
    sigma2: float
    n: int
    residuals: Floats


def fit_one(series: Series, chosen: NDArray[np.int64] | slice) -> OneFit:
    """Weighted least squares on the usable ones of the chosen observations, by numpy's `lstsq` and `inv`."""
    y, x, v, usable = series.y[chosen], series.x[:, chosen], series.v[chosen], series.usable[chosen]
    root = np.sqrt(v[usable])
    rows, right = (x[:, usable] / root).T, y[usable] / root
    params = np.linalg.lstsq(rows, right, rcond=None)[0]
    residuals = right - rows @ params
    n, k = rows.shape
    return OneFit(params, np.linalg.inv(rows.T @ rows), residuals @ residuals / (n - k), n, residuals)


def predicted(series: Series, fit: OneFit, at: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Abnormal moves of some sessions and their covariance s^2 (V + X (X'WX)^-1 X'), from another window's fit."""
    x = series.x[:, at].T
    ar = series.y[at] - x @ fit.params
    cov = fit.sigma2 * (np.diag(series.v[at]) + x @ fit.xtx_inv @ x.T)
    cov[np.isnan(ar)] = cov[:, np.isnan(ar)] = np.nan
    return ar, cov


def scar_left_out(series: Series, rows: NDArray[np.int64], window: NDArray[np.int64]) -> float:
    """Standardized CAR of a window whose fit uses every other one of the rows."""
    fit = fit_one(series, np.setdiff1d(rows, window))
    there = window[series.usable[window]]
    ar, cov = predicted(series, fit, there)
    return float(ar.sum() / np.sqrt(cov.sum()))
