"""Least squares over many windows of a few long arrays at once.

An observation that must not count is a row of zeros: it adds nothing to any sum. A move with the variance
v s^2 enters divided by sqrt(v), its regressors too (weighted least squares).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .frozen import Frozen, read_only

__all__ = ["Fit", "fit_rows", "fit_windows", "invert", "weigh"]

CHUNK = 256
"""Windows gathered at once: their rows stay in the processor's cache."""

SINGULAR = 1e-12
"""A pivot below this, on columns of unit length, means a regressor that the others explain."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit(Frozen):
    """Least-squares fits of N windows.

    Attributes
    ----------
    params : ndarray, shape (N, k)
        Coefficients; NaN where the regressors are collinear.
    xtx_inv : ndarray, shape (N, k, k)
        (X'WX)^-1.
    sigma2 : ndarray, shape (N,)
        Residual variance e'We / (T - k) [move unit squared].
    n_obs : ndarray of int, shape (N,)
        Usable observations T.
    spent : ndarray of int, shape (N,)
        Parameters that were fitted; k for each when not given. Fewer where an estimator holds some coefficients fixed.
    known : ndarray of bool, shape (N,)
        Whether theory has a covariance of prediction errors; it has when not given.
    """

    params: NDArray[np.float64]
    xtx_inv: NDArray[np.float64]
    sigma2: NDArray[np.float64]
    n_obs: NDArray[np.int64]
    spent: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    known: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))

    def __post_init__(self) -> None:
        if len(self.spent) != len(self.n_obs):
            every = np.full(len(self.n_obs), self.params.shape[1], dtype=np.int64)
            object.__setattr__(self, "spent", every)
        if len(self.known) != len(self.n_obs):
            object.__setattr__(self, "known", np.full(len(self.n_obs), True))
        read_only(self.params, self.xtx_inv, self.sigma2, self.n_obs, self.spent, self.known)

    @property
    def df(self) -> NDArray[np.int64]:
        """Degrees of freedom T less the parameters that were fitted, shape (N,)."""
        return np.asarray(self.n_obs - self.spent)

    @property
    def error2(self) -> NDArray[np.float64]:
        """s^2 where it makes a covariance of prediction errors, NaN where theory has none; shape (N,)."""
        return np.where(self.known, self.sigma2, np.nan)

    def some(self, places: slice | NDArray[np.int64] | NDArray[np.bool_]) -> Fit:
        """Give some of the fits."""
        return Fit(
            self.params[places], self.xtx_inv[places], self.sigma2[places], self.n_obs[places], self.spent[places],
            self.known[places],
        )  # fmt: skip


def weigh(
    y: NDArray[np.float64], x: NDArray[np.float64], v: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Divide observations by sqrt(v), and set the unusable ones to zero.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Moves; NaN where missing.
    x : ndarray, shape (k, n)
        Regressors; NaN where missing.
    v : ndarray, shape (n,)
        Variance of each observation over that of an ordinary one.

    Returns
    -------
    tuple of ndarray
        Weighted y, weighted x, and which observations are usable.
    """
    usable = np.isfinite(y)
    for column in x:
        usable &= np.isfinite(column)
    root, lost = np.sqrt(v), ~usable
    weighted_y, weighted_x = y / root, np.empty(x.shape)
    weighted_y[lost] = 0.0
    for column, weighted in zip(x, weighted_x, strict=True):
        np.divide(column, root, out=weighted)
        weighted[lost] = 0.0
    return weighted_y, weighted_x, usable


def invert(a: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert symmetric positive definite k x k matrices, with k leading and the batch behind.

    One sweep a column (Goodnight 1979, doi:10.2307/2683825) on rows and columns scaled to a unit diagonal:
    for small k this is k steps over the whole batch, where LAPACK takes one call a matrix.

    Parameters
    ----------
    a : ndarray, shape (k, k, N)

    Returns
    -------
    ndarray, shape (k, k, N)
        The inverses; NaN where a matrix is singular.
    """
    k = a.shape[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1.0 / np.sqrt(np.einsum("iin->in", a))
        swept = a * scale[:, None] * scale[None, :]
        for j in range(k):
            pivot = np.where(swept[j, j] > SINGULAR, swept[j, j], np.nan)
            row = swept[j] / pivot
            column = swept[:, j].copy()
            swept = swept - column[:, None] * row[None, :]
            swept[:, j] = -column / pivot
            swept[j] = row
            swept[j, j] = 1.0 / pivot
        return np.asarray(swept * scale[:, None] * scale[None, :])


def fit_rows(
    y: NDArray[np.float64], x: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fit N regressions whose observations lie in rows.

    The normal equations are solved, and the solution is refined once from its own residuals, which brings
    it to the accuracy of an orthogonal decomposition for every design that `invert` lets pass.

    Parameters
    ----------
    y : ndarray, shape (N, n)
        Weighted moves, zero where unusable.
    x : ndarray, shape (k, N, n)
        Weighted regressors, zero where unusable.

    Returns
    -------
    params : ndarray, shape (k, N)
    xtx_inv : ndarray, shape (k, k, N)
    residuals : ndarray, shape (N, n)
        Weighted residuals, zero where unusable.
    """
    params, xtx_inv, residuals, step, _ = _solve(y, list(x))
    for column, change in zip(x, step, strict=True):
        residuals -= column * change[:, None]
    return params, xtx_inv, residuals


def _solve(y: NDArray[np.float64], x: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], ...]:
    """Solve the normal equations, refined once.

    Returns the parameters and the inverse; then the residuals e of the first solution, the last step d of the
    parameters, and the gradient X'e it came from, so that the residual sum of squares is e'e - d'X'e.
    """
    k = len(x)
    cross = np.empty((k, k, len(y)))
    for i in range(k):
        for j in range(i + 1):
            cross[i, j] = cross[j, i] = np.einsum("nt,nt->n", x[i], x[j])
    xtx_inv = invert(cross)
    products = [np.einsum("nt,nt->n", column, y) for column in x]
    first = np.einsum(
        "ijn,jn->in", xtx_inv, np.reshape(products, (k, len(y)))
    )  # k may be 0: nothing is fitted
    residuals = y.copy()
    for column, coefficient in zip(x, first, strict=True):
        residuals -= column * coefficient[:, None]
    gradient = np.reshape([np.einsum("nt,nt->n", column, residuals) for column in x], (k, len(y)))
    step = np.einsum("ijn,jn->in", xtx_inv, gradient)
    return first + step, xtx_inv, residuals, step, gradient


def fit_windows(
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    usable: NDArray[np.bool_],
    starts: NDArray[np.int64],
    length: int,
) -> Fit:
    """Fit one regression a window, over windows of long arrays.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Weighted moves of all series, one after another, zero where unusable.
    x : ndarray, shape (k, n)
        Weighted regressors.
    usable : ndarray of bool, shape (n,)
        Which observations count.
    starts : ndarray of int, shape (N,)
        First position of each window.
    length : int
        Positions in a window.

    Returns
    -------
    Fit

    Examples
    --------
    >>> y = np.array([1.0, 2.0, 3.0, 10.0])
    >>> fit = fit_windows(y, np.ones((1, 4)), np.full(4, True), np.array([0]), 3)
    >>> fit.params.round(12).tolist(), fit.sigma2.round(12).tolist(), fit.df.tolist()
    ([[2.0]], [1.0], [2])
    """
    k, total = len(x), len(starts)
    params, xtx_inv = np.empty((k, total)), np.empty((k, k, total))
    sse = np.empty(total)
    y_windows = sliding_window_view(y, length)
    x_windows = [sliding_window_view(column, length) for column in x]
    order = np.argsort(starts)  # windows that share rows are gathered together, from the processor's cache
    for begin in range(0, total, CHUNK):
        part = order[begin : begin + CHUNK]
        at = starts[part]
        gathered = [window[at] for window in x_windows]
        params[:, part], xtx_inv[:, :, part], residuals, step, gradient = _solve(y_windows[at], gathered)
        squares = np.einsum("nt,nt->n", residuals, residuals) - np.einsum("in,in->n", step, gradient)
        sse[part] = np.maximum(squares, 0.0)  # rounding may leave less than zero
    counted = np.zeros(len(usable) + 1, dtype=np.int64)
    np.cumsum(usable, out=counted[1:])
    n_obs = counted[starts + length] - counted[starts]
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma2 = np.where(n_obs > k, sse / (n_obs - k), np.nan)
    return Fit(
        np.ascontiguousarray(params.T), np.ascontiguousarray(np.moveaxis(xtx_inv, -1, 0)), sigma2, n_obs
    )
