"""Abnormal moves, their sums over windows, and the exact variance of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .frozen import Frozen, read_only
from .least_squares import Fit

__all__ = ["Abnormal", "Sums", "abnormal_moves", "covariance", "cumulate", "cumulative_path"]


@dataclass(frozen=True, slots=True, eq=False)
class Abnormal(Frozen):
    """Abnormal moves of N pairs over the L2 sessions of an event window.

    Attributes
    ----------
    ar : ndarray, shape (N, L2)
        A_t = y_t - x_t'b [move unit]; NaN where the move or a regressor is missing.
    x : ndarray, shape (N, L2, k)
        Regressors of the event window; zero where the abnormal move is missing.
    v : ndarray, shape (N, L2)
        Variance of each move over that of an ordinary one; zero where the abnormal move is missing.
    """

    ar: NDArray[np.float64]
    x: NDArray[np.float64]
    v: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.ar, self.x, self.v)

    def leverage(self, fit: Fit) -> NDArray[np.float64]:
        """Give h_t = x_t'(X'WX)^-1 x_t, shape (N, L2)."""
        return _quadratic(np.moveaxis(self.x, -1, 0), fit.xtx_inv)

    def variance(self, fit: Fit) -> NDArray[np.float64]:
        """Give Var(A_t) = s^2 (v_t + h_t), shape (N, L2); NaN where the abnormal move is missing."""
        factor = np.where(np.isfinite(self.ar), self.v + self.leverage(fit), np.nan)
        return fit.error2[:, None] * factor


@dataclass(frozen=True, slots=True, eq=False)
class Sums(Frozen):
    """Cumulative abnormal moves of N pairs over W windows.

    Attributes
    ----------
    car : ndarray, shape (N, W)
        Sum of the abnormal moves that are there [move unit]; NaN where none is.
    variance : ndarray, shape (N, W)
        s^2 (sum v + x'(X'WX)^-1 x), x the regressors summed over the window.
    sessions : ndarray of int, shape (N, W)
        Abnormal moves in each sum.
    spread : ndarray, shape (N, W)
        sum v over those moves: the variance of the sum over that of an ordinary move, but for the fit's error.
    """

    car: NDArray[np.float64]
    variance: NDArray[np.float64]
    sessions: NDArray[np.int64]
    spread: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.car, self.variance, self.sessions, self.spread)

    @property
    def scar(self) -> NDArray[np.float64]:
        """CAR over the square root of its exact variance, shape (N, W)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.car / np.sqrt(self.variance)


def abnormal_moves(
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    v: NDArray[np.float64],
    positions: NDArray[np.int64],
    taus: tuple[int, int],
    fit: Fit,
) -> Abnormal:
    """Give the abnormal moves A_t = y_t - x_t'b over an event window.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Moves of all series, one after another (not weighted); NaN where missing.
    x : ndarray, shape (k, n)
        Regressors; NaN where missing.
    v : ndarray, shape (n,)
        Variance of each move over that of an ordinary one.
    positions : ndarray of int, shape (N,)
        Position of tau = 0.
    taus : tuple of int
        First and last tau, both inclusive.
    fit : Fit
        The estimation windows' fits.

    Returns
    -------
    Abnormal
    """
    begin, length = positions + taus[0], taus[1] - taus[0] + 1
    ar, spread = (sliding_window_view(column, length)[begin] for column in (y, v))
    rows = np.empty((len(x), *ar.shape))
    for row, column in zip(rows, x, strict=True):
        row[:] = sliding_window_view(column, length)[begin]
    for row, coefficient in zip(rows, fit.params.T, strict=True):
        ar -= row * coefficient[:, None]
    missing = ~np.isfinite(ar)
    spread[missing] = 0.0
    for row in rows:
        row[missing] = 0.0
    return Abnormal(ar, np.moveaxis(rows, 0, -1), spread)


def _quadratic(x: NDArray[np.float64], inverse: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give x'Cx for regressors of shape (k, N) or (k, N, L2) and matrices C of shape (N, k, k)."""
    total = np.zeros(x.shape[1:])
    for i in range(len(x)):
        for j in range(i + 1):
            weight = inverse[:, i, j] * (1.0 if i == j else 2.0)
            total += x[i] * x[j] * weight.reshape(-1, *[1] * (x.ndim - 2))
    return total


def cumulate(
    abnormal: Abnormal, fit: Fit, windows: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]
) -> Sums:
    """Sum abnormal moves over windows, with the exact variance of each sum.

    Var(CAR) = s^2 (sum_t v_t + x'(X'WX)^-1 x), x = sum_t x_t: the error in the parameters is shared by all
    days of a window, so their abnormal moves are correlated. For a constant mean and ordinary moves this is
    s^2 (L + L^2/T). Missing sessions add nothing to the sum and nothing to its variance.

    Parameters
    ----------
    abnormal : Abnormal
    fit : Fit
    windows : sequence of pairs of ndarray of int, each shape (N,) or ()
        First and last column (both inclusive) of each window, for each pair.

    Returns
    -------
    Sums

    References
    ----------
    Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, section 4.4.
    """
    total = len(abnormal.ar)
    shape = (total, len(windows))
    car, variance, spread = np.empty(shape), np.empty(shape), np.empty(shape)
    sessions = np.empty(shape, dtype=np.int64)
    there = np.isfinite(abnormal.ar)
    summands = [np.where(there, abnormal.ar, 0.0), abnormal.v, *np.moveaxis(abnormal.x, -1, 0)]
    columns = np.arange(abnormal.ar.shape[1])
    for w, (first, last) in enumerate(windows):
        if np.ndim(first) == np.ndim(last) == 0:
            part = slice(int(first), int(last) + 1)
            sessions[:, w] = np.count_nonzero(there[:, part], axis=1)
            ar, v, *x = (np.einsum("nt->n", values[:, part]) for values in summands)
        else:
            inside = (columns >= np.reshape(first, (-1, 1))) & (columns <= np.reshape(last, (-1, 1)))
            sessions[:, w] = np.count_nonzero(there & inside, axis=1)
            ar, v, *x = (np.einsum("nt->n", np.where(inside, values, 0.0)) for values in summands)
        known = sessions[:, w] > 0
        car[:, w], spread[:, w] = np.where(known, ar, np.nan), v
        variance[:, w] = np.where(
            known, fit.error2 * (v + _quadratic(np.reshape(x, (len(x), total)), fit.xtx_inv)), np.nan
        )
    return Sums(car, variance, sessions, spread)


def cumulative_path(abnormal: Abnormal, fit: Fit) -> Sums:
    """Sum abnormal moves from the first session of the event window to each of its sessions."""
    length = abnormal.ar.shape[1]
    first = np.array(0)
    return cumulate(abnormal, fit, [(first, np.array(last)) for last in range(length)])


def covariance(abnormal: Abnormal, fit: Fit) -> NDArray[np.float64]:
    """Give the exact prediction-error covariance s^2 (V + X*(X'WX)^-1 X*').

    Returns
    -------
    ndarray, shape (N, L2, L2)
        NaN in the rows and columns of missing abnormal moves.
    """
    shared = np.einsum("nti,nij,nuj->ntu", abnormal.x, fit.xtx_inv, abnormal.x, optimize=True)
    length = abnormal.ar.shape[1]
    diagonal = np.arange(length)
    shared[:, diagonal, diagonal] += abnormal.v
    there = np.isfinite(abnormal.ar)
    shared[~(there[:, :, None] & there[:, None, :])] = np.nan
    return np.asarray(fit.error2[:, None, None] * shared)
