"""Normal moves by other rules than least squares, and placebo windows refitted by any rule.

A rule turns weighted moves and regressors into coefficients: the normal move is x_t'b. Where no theory says how far
such a prediction errs, every window is compared with placebo windows that the same rule predicts without seeing them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .least_squares import CHUNK, SINGULAR, Fit, fit_rows
from .sample import Sample

__all__ = ["Estimator", "estimated_scars", "fit_estimator", "least_squares", "scholes_williams"]

Floats = NDArray[np.float64]

Estimator = Callable[[Floats, Floats], tuple[Floats, NDArray[np.int64]]]
"""Weighted moves (N, n) and regressors (k, N, n), zero where unusable: coefficients (k, N), and how many are fitted."""


def least_squares(y: Floats, x: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Fit by least squares, the rule of every model with a known covariance.

    Parameters
    ----------
    y : ndarray, shape (N, n)
        Weighted moves, zero where unusable.
    x : ndarray, shape (k, N, n)
        Weighted regressors, zero where unusable.

    Returns
    -------
    params : ndarray, shape (k, N)
    spent : ndarray of int, shape (N,)
        k.
    """
    return fit_rows(y, x)[0], np.full(len(y), len(x), dtype=np.int64)


def scholes_williams(y: Floats, x: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Fit a beta that quotes taken at different times do not pull towards zero.

    b_j is the slope of y on f_(t+j) alone, with a mean, for j = -1, 0, 1, and rho the correlation of f_t with f_(t-1)
    in the same window; then

    beta = (b_-1 + b_0 + b_1) / (1 + 2 rho),  alpha = sum m (y - beta f) / sum m^2,

    m the sessions that a move spans: for ordinary moves alpha = mean(y) - beta mean(f). Moves that span several
    sessions enter divided by the root of their variance ratio, here and in alpha.

    Parameters
    ----------
    y : ndarray, shape (N, n)
        Weighted moves, zero where unusable.
    x : ndarray, shape (4, N, n)
        Weighted m, f_(t-1), f_t and f_(t+1), zero where unusable.

    Returns
    -------
    params : ndarray, shape (4, N)
        alpha, 0, beta and 0: the normal move is alpha m + beta f_t. NaN where the factor does not vary, and where
        1 + 2 rho is not above zero: a factor that swings back so far has no such beta.
    spent : ndarray of int, shape (N,)
        2.

    References
    ----------
    Scholes and Williams (1977), doi:10.1016/0304-405X(77)90041-1.

    Examples
    --------
    Half of each move of the factor shows a session late, and so does the beta of 1:

    >>> f = np.random.default_rng(1).normal(0.0, 1.0, 1002)
    >>> before, now, after = f[:-2], f[1:-1], f[2:]
    >>> y = 0.5 * now + 0.5 * before
    >>> x = np.stack([np.ones(1000), before, now, after])
    >>> params, _ = scholes_williams(y[None], x[:, None])
    >>> float(params[2, 0].round(1))
    1.0
    """
    mean, *factors = x
    size = np.einsum("nt,nt->n", mean, mean)
    with np.errstate(divide="ignore", invalid="ignore"):

        def centred(column: Floats) -> Floats:
            return np.asarray(column - mean * (np.einsum("nt,nt->n", mean, column) / size)[:, None])

        around = [centred(column) for column in factors]
        squares = [np.einsum("nt,nt->n", one, one) for one in around]
        whole = [np.einsum("nt,nt->n", one, one) for one in factors]
        slopes = [np.einsum("nt,nt->n", one, y) / square for one, square in zip(around, squares, strict=True)]
        rho = np.einsum("nt,nt->n", around[0], around[1]) / np.sqrt(squares[0] * squares[1])
        beta = (slopes[0] + slopes[1] + slopes[2]) / (1.0 + 2.0 * rho)
        alpha = np.einsum("nt,nt->n", mean, y - beta[:, None] * factors[1]) / size
    varies = [square > SINGULAR * total for square, total in zip(squares, whole, strict=True)]
    known = np.logical_and.reduce(varies) & (1.0 + 2.0 * rho > SINGULAR)
    zero = np.zeros(len(y))
    params = np.where(known, np.stack([alpha, zero, beta, zero]), np.nan)
    return params, np.full(len(y), 2, dtype=np.int64)


def fit_estimator(sample: Sample, estimator: Estimator) -> Fit:
    """Fit every estimation window by a rule whose prediction errors have no known covariance.

    Parameters
    ----------
    sample : Sample
    estimator : callable
        As `scholes_williams`.

    Returns
    -------
    Fit
        With s^2 = e'e / (T - parameters fitted), ``xtx_inv`` NaN and no ``known`` covariance: every variance of a
        prediction that is made of it is NaN.
    """
    total, k = len(sample.starts), len(sample.x)
    params, spent = np.full((total, k), np.nan), np.empty(total, dtype=np.int64)
    sse, n_obs = np.empty(total), np.empty(total, dtype=np.int64)
    for part in sample.chunks():
        rows = sample.rows(part, sample.starts, 0)
        found, spent[part] = estimator(rows.y, rows.x)
        params[part] = found.T
        residuals = rows.y - np.einsum("kn,knt->nt", found, rows.x)
        sse[part] = np.einsum("nt,nt->n", residuals, residuals)
        n_obs[part] = np.count_nonzero(rows.usable, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma2 = np.where(n_obs > spent, sse / (n_obs - spent), np.nan)
    unknown = np.full((total, k, k), np.nan)
    return Fit(params, unknown, sigma2, n_obs, spent, np.full(total, False))


def estimated_scars(
    sample: Sample,
    events: NDArray[np.int64],
    sessions: int,
    estimator: Estimator,
    volatility: Floats | None = None,
) -> Floats:
    """Give the standardized CAR of every placebo window by a rule that is fitted without that window.

    As `placebo_scars`, the event's own window stands in the sample, so that event and placebos are treated alike; but
    the rule is fitted anew for each window, on all other rows, and the sum of what it does not predict is divided by
    s sqrt(sum v), s from the same fit, or by the volatility known before the window in place of s. The error of the
    fit is in every sum alike; no variance of it is needed, and none is claimed. With Scholes-Williams, t5 tails and one
    session the rank rejects 4.6 to 5.2 % at a nominal 5 % (T = 60 and 120); over 3 of 120 sessions 4.7, 11 of 240 4.9.

    Parameters
    ----------
    sample : Sample
    events : ndarray of int, shape (N,)
        Position of the first session of each event's window.
    sessions : int
        Length L of the window [sessions].
    estimator : callable
        As `least_squares`.
    volatility : ndarray, shape (N, length - L + 2), optional
        Volatility known before each window, the event's last [move unit]; NaN where there is none.

    Returns
    -------
    ndarray, shape (N, length - L + 2)
        The window that starts at each position of the estimation window, and the event's own last; NaN where a window
        has not as many usable moves as the event's, or no volatility.
    """
    placements = np.append(np.arange(sample.length - sessions + 1), sample.length)
    inside = (placements[:, None] <= np.arange(sample.length + sessions)) & (
        np.arange(sample.length + sessions) < placements[:, None] + sessions
    )
    scars = np.empty((len(events), len(placements)))
    for i in range(len(events)):
        one = slice(i, i + 1)
        rows = sample.rows(one, events, sessions)
        root = np.where(rows.usable, sample.roots(one, events, sessions), 0.0)[0]
        for begin in range(0, len(placements), CHUNK):
            part = slice(begin, begin + CHUNK)
            known = None if volatility is None else volatility[i, part]
            scars[i, part] = _left_out(rows.y[0], rows.x[:, 0], root, inside[part], estimator, known)
    counts = sliding_window_view(_usable(sample, events, sessions), sessions, axis=1).sum(axis=2)[
        :, placements
    ]
    alike = (counts == counts[:, -1:]) & (counts > 0)
    return np.where(alike, scars, np.nan)


def _usable(sample: Sample, events: NDArray[np.int64], sessions: int) -> NDArray[np.bool_]:
    """Rows that count, of all windows."""
    return np.concatenate([sample.rows(part, events, sessions).usable for part in sample.chunks()])


def _left_out(
    y: Floats,
    x: Floats,
    root: Floats,
    inside: NDArray[np.bool_],
    estimator: Estimator,
    volatility: Floats | None,
) -> Floats:
    """Standardized CAR of the windows of one sample, each by a fit to the rows outside it, shape (windows,)."""
    kept_y = np.where(inside, 0.0, y)
    kept_x = np.where(inside, 0.0, x[:, None, :])
    params, spent = estimator(kept_y, kept_x)
    residuals = y - np.einsum("kp,kt->pt", params, x)
    car = (residuals * inside) @ root
    spread = inside @ root**2
    with np.errstate(divide="ignore", invalid="ignore"):
        if volatility is not None:
            return np.asarray(car / (volatility * np.sqrt(spread)))
        df = np.count_nonzero(~inside & (root > 0.0), axis=1) - spent
        sse = np.where(inside, 0.0, residuals**2).sum(axis=1)
        return np.asarray(np.where(df > 0, car / np.sqrt(sse / df * spread), np.nan))
