"""p-values of the tests of one event, and of several series on one event, for many draws at once."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from marketimpact.maths.joint import directed_t, joint_f, joint_rank
from marketimpact.maths.least_squares import fit_rows
from marketimpact.maths.max_statistic import max_with_refit, sup_t_quantile
from marketimpact.maths.one_event import BURN_IN, conditional_rank, equivalence_t, squared_autocorrelation
from marketimpact.maths.resample import placebo_scars
from marketimpact.maths.single_event import TIE, rank_with_refit
from marketimpact.maths.synthetic_control import (
    SYNTHETIC_CAR,
    SYNTHETIC_RMSPE,
    placebo_controls,
    placebo_rank,
)
from marketimpact.study.garch import GARCH_SESSIONS, garch_volatility

from .batch import Batch, Floats

MARGIN = 6.0
"""Effect and margin of the equivalence test: at the margin itself its size is largest [standard errors]."""


def t(b: Batch) -> Floats:
    return np.asarray(2.0 * stats.t.sf(np.abs(b.scar[:, 0]), b.df[0]))


def rank(b: Batch) -> Floats:
    return rank_with_refit(*b.sample()).p_value


def conditional(b: Batch) -> Floats:
    known = np.full((b.draws, b.total + 1), True)
    root = np.sqrt(b.windows.v[0])
    x = np.repeat(b.x / root, b.draws, axis=1)
    return conditional_rank(b.y[:, 0] / root, x, known, known).p_value


def conditional_garch(b: Batch) -> Floats:
    """Ranks in units of a fitted GARCH's volatility, as a study makes them of the estimation window's residuals."""
    if b.total < GARCH_SESSIONS:
        return np.full(b.draws, np.nan)
    return np.array([_garch_rank(b, draw) for draw in range(b.draws)])


def _garch_rank(b: Batch, draw: int) -> float:
    root = np.sqrt(b.windows.v[0])
    kept = np.full((1, b.total + 1), True)
    x = (b.x / root)[:, :, : b.total + 1]
    y = (b.y[draw, :, : b.total + 1]) / root[: b.total + 1]
    residuals = fit_rows(y, x)[2][0]
    found = garch_volatility(residuals[:-1])
    if found.reason:
        return np.nan
    volatility = np.append(found.volatility, found.forecast)
    size = np.abs(residuals) / volatility
    return float(np.mean((size >= size[-1] * (1.0 - TIE))[kept[0]]))


def synthetic_car(b: Batch) -> Floats:
    return _synthetic(b, SYNTHETIC_CAR)


def synthetic_rmspe(b: Batch) -> Floats:
    return _synthetic(b, SYNTHETIC_RMSPE)


def _synthetic(b: Batch, name: str) -> Floats:
    """The first series is treated, the others are its donors."""
    if b.placebos is None:
        b.placebos = [placebo_controls(y[:, : b.total], y[:, b.total :], np.ones(b.total)) for y in b.y]
    ratios = (one.car_ratio if name == SYNTHETIC_CAR else one.rmspe_ratio for one in b.placebos)
    return np.array([placebo_rank(one, name).p_value for one in ratios])


def volatility(b: Batch) -> Floats:
    return np.array([squared_autocorrelation(e).p_value for e in b.e[:, 0]])


def placebo(b: Batch) -> Floats:
    size = np.abs(placebo_scars(*b.sample(), b.sessions))
    at_least = (size >= size[:, -1:] * (1.0 - TIE)).sum(axis=1)
    return np.asarray(at_least / np.isfinite(size).sum(axis=1))


def largest(b: Batch) -> Floats:
    return max_with_refit(*b.sample(), b.sessions).p_value


def sup_t(b: Batch) -> Floats:
    """Half or twice the level, on either side of the package's critical value, which all draws share."""
    xtx_inv = fit_rows(np.zeros((1, b.total)), b.xw)[1][..., 0]
    x = b.x[:, 0, b.total :]
    covariance = x.T @ xtx_inv @ x + np.diag(b.windows.v[0, b.total :])
    deviation = np.sqrt(np.diag(covariance))
    critical = sup_t_quantile(covariance / np.outer(deviation, deviation), float(b.df[0]), 0.95)
    size = np.abs(b.event[:, 0]) * np.sqrt(b.windows.v[0, b.total :]) / deviation
    return np.where(size.max(axis=1) >= critical, 0.025, 0.1)


def equivalence(b: Batch) -> Floats:
    """Under an effect as large as the margin."""
    error = b.s[:, 0] * np.sqrt(b.factor[0])
    margin = MARGIN * float(np.sqrt(b.factor[0]))
    return np.array([
        equivalence_t(float(car) + margin, float(one), float(b.df[0]), margin).p_value
        for car, one in zip(b.car[:, 0], error, strict=True)
    ])  # fmt: skip


def joint(b: Batch) -> Floats:
    rows = zip(b.car, b.e.swapaxes(-1, -2), strict=True)
    return np.array([joint_f(car, b.factor, e, b.k).p_value for car, e in rows])


def joint_distance(b: Batch) -> Floats:
    y = b.y / np.sqrt(b.windows.v)
    e = y - y.mean(axis=-1, keepdims=True)
    return np.array([joint_rank(one.T, b.k).p_value for one in e])


def one_direction(b: Batch) -> Floats:
    signs = np.ones(b.n)
    rows = zip(b.car, b.e.swapaxes(-1, -2), strict=True)
    return np.array([directed_t(car, b.factor, e, b.k, signs).p_value for car, e in rows])


def rank_level(b: Batch) -> float:
    """Largest level up to 5 % of a rank among T + 1."""
    n = b.total + 1
    return float(np.floor(0.05 * n + 1e-9) / n)


def conditional_level(b: Batch) -> float:
    """Largest level up to 5 % of a rank among the sessions behind the first that start the variance."""
    n = b.total + 1 - BURN_IN
    return float(np.floor(0.05 * n + 1e-9) / n) if n > 0 else 0.0


def placebo_level(b: Batch) -> float:
    """Largest level up to 5 % of a window among all of its length."""
    n = b.total - b.sessions + 2
    return float(np.floor(0.05 * n + 1e-9) / n)


def largest_level(b: Batch) -> float:
    """Largest level up to 5 % of the largest of L among T + L."""
    n, m = b.total + b.sessions, np.arange(b.total + 1)
    p = 1.0 - np.exp(
        special.gammaln(n - m + 1) - special.gammaln(n - m - b.sessions + 1)
        - special.gammaln(n + 1) + special.gammaln(n - b.sessions + 1)
    )  # fmt: skip
    return float(p[p <= 0.05 + 1e-9].max())
