"""Stacked regressions on what is common to all instruments, by sums over dates: the large panel is never a matrix."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .cluster_robust import ClusterFit, cluster_robust, cluster_robust_of_sums, dependent_columns

__all__ = ["stacked_by_dates"]

Floats = NDArray[np.float64]


def stacked_by_dates(y: Floats, x: Floats, *, kind: Literal["CR0", "CR1", "CR2"] = "CR2") -> ClusterFit:
    """Fit y_it = a_i + x_t b + e_it over all instruments and dates, with dates as clusters.

    As x is the same for all instruments of a date, all that a date has to say are a few sums: with x_i the mean of
    x over the dates of instrument i, y_i that of y, and m_it whether the cell is there,

        X_t'X_t = sum_i m_it (x_t - x_i)(x_t - x_i)',    X_t'y_t = sum_i m_it (x_t - x_i)(y_it - y_i),

    b = (sum_t X_t'X_t)^-1 sum_t X_t'y_t, and the score of a date is X_t'y_t - X_t'X_t b. The cost is that of a few
    products of the table of moves with k columns; of n = S T rows and k columns no matrix is formed.

    Where no cell is missing it is the regression of the mean move of a date on x_t and an intercept, to the last digit
    also in CR2, which is HC2 there, and in the degrees of freedom. Where cells are missing, CR2's leverages leave out
    those of the instruments' intercepts, of 1 / T_i a move: a standard error is smaller by about a part in T, and its
    degrees of freedom larger by some parts.

    Parameters
    ----------
    y : ndarray, shape (T, S)
        Moves of S instruments on T dates; NaN where there is none.
    x : ndarray, shape (T, k)
        Regressors, without an intercept.
    kind : {"CR0", "CR1", "CR2"}
        As in `cluster_robust`.

    Returns
    -------
    ClusterFit
        ``params`` of shape (k,); ``residuals``, shape (T,), are the sums over the residuals of a date; ``n`` counts
        moves and ``n_clusters`` dates.

    Raises
    ------
    InputError
        For shapes that do not fit, an x with missing values, columns that depend on one another or do not vary, an
        instrument without a move, or too few dates.

    References
    ----------
    Frisch and Waugh (1933), doi:10.2307/1907330; Bell and McCaffrey (2002), Bias reduction in standard errors for
    linear regression with multi-stage samples, Survey Methodology 28, 169-181.

    Examples
    --------
    >>> y = np.array([[1.0, 2.0], [0.0, 1.0], [0.5, np.nan], [2.0, 2.0], [0.0, 0.0]])
    >>> x = np.array([[1.0], [0.0], [0.0], [1.0], [0.0]])
    >>> fit = stacked_by_dates(y, x, kind="CR1")
    >>> fit.params.round(3).tolist(), fit.std_error.round(3).tolist(), fit.n
    ([1.409], [0.296], 9)
    """
    there = _checked(y, x, kind)
    groups, n = int(there.any(axis=1).sum()), int(there.sum())
    if n == there.size:
        means = cluster_robust(
            y.mean(axis=1), np.column_stack([x, np.ones(len(x))]), np.arange(len(x)), kind=kind
        )
        k, width = x.shape[1], y.shape[1]
        return ClusterFit(
            means.params[:k], means.std_error[:k], means.df[:k], means.cov[:k, :k], width * means.residuals, n,
            groups, kind,
        )  # fmt: skip
    mask = there.astype(np.float64)
    filled = np.where(there, y, 0.0)
    counts = mask.sum(axis=0)
    x_bar, y_bar = mask.T @ x / counts[:, None], filled.sum(axis=0) / counts
    filled -= mask * y_bar
    # Sums over the instruments of a date: of deviations y, of x_i, of x_i times the deviation.
    sums, linked = filled.sum(axis=1), mask @ x_bar
    cross = x * sums[:, None] - filled @ x_bar
    seen = mask.sum(axis=1)
    total = x.T @ (seen[:, None] * x) - x.T @ linked - linked.T @ x + x_bar.T @ (counts[:, None] * x_bar)
    params = np.linalg.solve(total, cross.sum(axis=0))
    residuals = sums - seen * (x @ params) + linked @ params
    if kind == "CR2":
        fit = _corrected(x, x_bar, mask, cross)
        return ClusterFit(fit.params, fit.std_error, fit.df, fit.cov, residuals, n, groups, kind)
    lifted = x_bar * (x_bar @ params)[:, None]
    fitted = (
        x * (seen * (x @ params))[:, None]
        - x * (linked @ params)[:, None]
        - linked * (x @ params)[:, None]
        + mask @ lifted
    )
    scores = (cross - fitted) @ np.linalg.inv(total)
    cov = scores.T @ scores * (groups / (groups - 1) if kind == "CR1" else 1.0)
    df = np.full(len(params), groups - 1.0)
    return ClusterFit(params, np.sqrt(np.diag(cov)), df, cov, residuals, n, groups, kind)


def _corrected(x: Floats, x_bar: Floats, mask: Floats, cross: Floats) -> ClusterFit:
    """CR2 from the dates' X_t'X_t and X_t'y_t."""
    k = x.shape[1]
    first, second = np.triu_indices(k)
    pairs = x_bar[:, first] * x_bar[:, second]
    linked, seen = mask @ x_bar, mask.sum(axis=1)
    grams = np.empty((len(x), k, k))
    half = seen[:, None] * x[:, first] * x[:, second] + mask @ pairs
    half -= x[:, first] * linked[:, second] + linked[:, first] * x[:, second]
    grams[:, first, second] = grams[:, second, first] = half
    there = seen > 0.0
    return cluster_robust_of_sums(grams[there], cross[there], int(seen.sum()))


def _checked(y: Floats, x: Floats, kind: str) -> NDArray[np.bool_]:
    """Check what is to be fitted; give which moves are there."""
    if kind not in ("CR0", "CR1", "CR2"):
        raise InputError("no such kind", parameter="kind", received=kind, allowed="'CR0', 'CR1', 'CR2'")
    if y.ndim != 2 or x.ndim != 2 or len(y) != len(x) or not np.isfinite(x).all():
        raise InputError(
            "do not fit one another",
            parameter="y, x",
            received=(y.shape, x.shape),
            allowed="shapes (T, S) and (T, k), without missing values in x",
        )
    there = np.isfinite(y)
    if not there.any(axis=0).all():
        raise InputError("holds an instrument without a move", parameter="y", allowed="one move or more each")
    dates = there.any(axis=1)
    if dates.sum() <= x.shape[1] + 1:
        raise InputError(
            f"{int(dates.sum())} dates do not fit {x.shape[1]} coefficients and an intercept",
            parameter="y, x",
            allowed="more dates than coefficients",
        )
    if dependent := dependent_columns(np.column_stack([np.ones(int(dates.sum())), x[dates]])):
        raise InputError(
            "has columns that do not vary, or depend on earlier ones",
            parameter="x",
            received=[j - 1 for j in dependent],
            allowed="columns that vary over dates, of which none is a combination of others",
        )
    return there
