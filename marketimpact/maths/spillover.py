"""Spillovers of a vector autoregression: whose shocks the forecast errors of each series are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["generalised_shares", "resampled_shares"]

Floats = NDArray[np.float64]


def generalised_shares(responses: Floats, sigma: Floats, *, normalised: bool = True) -> Floats:
    """Give the generalised variance decomposition of forecast errors.

    Share of the error variance of series i, H steps ahead, from shocks to series j:

        theta_ij = sum_h (e_i'A_h S e_j)^2 / s_jj / sum_h e_i'A_h S A_h'e_i,

    A_h the moving-average matrices of h = 0, ..., H - 1 and S the covariance of the shocks. Shocks are not made
    orthogonal, so that the order of the series does not matter; rows then do not add up to 1, and are divided by their
    sums unless ``normalised`` is false.

    Parameters
    ----------
    responses : ndarray, shape (H, k, k)
        A_h, with A_0 the identity.
    sigma : ndarray, shape (k, k)
    normalised : bool

    Returns
    -------
    ndarray, shape (k, k)
        Row i: of what the variance of series i is made.

    Raises
    ------
    InputError
        If the shapes do not fit, or a shock has no variance.

    References
    ----------
    Pesaran and Shin (1998), doi:10.1016/S0165-1765(97)00214-0; Diebold and Yilmaz (2012),
    doi:10.1016/j.ijforecast.2011.02.006.

    Examples
    --------
    One step ahead the share is the squared correlation of the shocks:

    >>> sigma = np.array([[1.0, 0.6], [0.6, 1.0]])
    >>> generalised_shares(np.eye(2)[None], sigma, normalised=False).round(2).tolist()
    [[1.0, 0.36], [0.36, 1.0]]
    """
    k = len(sigma)
    if responses.ndim != 3 or responses.shape[1:] != (k, k) or sigma.shape != (k, k):
        raise InputError(
            "do not fit",
            parameter="responses",
            received=(responses.shape, sigma.shape),
            allowed="(H, k, k), (k, k)",
        )
    own = np.diag(sigma)
    if not (own > 0.0).all():
        raise InputError("has a shock without variance", parameter="sigma", received=own.tolist())
    shares = _shares(responses, sigma)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True) if normalised else shares)


def _shares(responses: Floats, sigma: Floats) -> Floats:
    """Give shares that are not normalised, of one autoregression or of many, shapes (..., H, k, k) and (..., k, k)."""
    moved = responses @ sigma[..., None, :, :]
    of_shocks = (moved**2).sum(axis=-3) / np.diagonal(sigma, axis1=-2, axis2=-1)[..., None, :]
    total = np.einsum("...hij,...hij->...i", moved, responses)
    return np.asarray(of_shocks / total[..., None])


def resampled_shares(
    moves: Floats, lags: int, horizon: int, rng: np.random.Generator, *, draws: int, block: int | None = None
) -> Floats:
    """Draw the generalised shares of a vector autoregression anew, by a bootstrap of blocks of its residuals.

    y_t = c + sum_l B_l y_(t-l) + e_t is fitted by least squares; blocks of following residuals, the same sessions of
    all series, are drawn with replacement, set one behind another, less the mean that their places have over all
    blocks, and make a series from the fitted autoregression, to which the same is fitted. Blocks keep volatility that
    clusters; the order of the series changes nothing.

    Shares are made of squares, and too large where true ones are near zero, once in the sample and once more in each
    draw: percentiles of the draws alone never hold a share of zero.

    Parameters
    ----------
    moves : ndarray, shape (n, k)
    lags, horizon : int
    rng : Generator
    draws : int
    block : int, optional
        Residuals in a block; 5 n^(1/4), rounded down, when not given, and no more than half of them.

    Returns
    -------
    ndarray, shape (draws, k, k)
        Rows add up to 1.

    References
    ----------
    Brüggemann, Jentsch and Trenkler (2016), doi:10.1016/j.jeconom.2015.10.004.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> drawn = resampled_shares(rng.standard_normal((200, 2)), 1, 5, rng, draws=99)
    >>> drawn.shape, bool((drawn[:, 0, 1] < 0.1).all())
    ((99, 2, 2), True)
    """
    n, k = moves.shape
    past = _past(moves[None], lags)
    coefs = _solved(past, moves[None, lags:])
    left = (moves[None, lags:] - past @ coefs)[0]
    many = len(left)
    size = max(1, min(int(5.0 * many**0.25) if block is None else block, many // 2))
    rows = -(-many // size)
    means = np.array([left[s : many - size + 1 + s].mean(axis=0) for s in range(size)])
    centred = np.tile(means, (rows, 1))[:many]
    out = []
    for some in _portions(draws, n * (k * lags + 1)):
        begin = rng.integers(0, many - size + 1, (some, rows))
        at = (begin[:, :, None] + np.arange(size)).reshape(some, -1)[:, :many]
        made = _followed(moves[:lags], coefs[0], left[at] - centred)
        x = _past(made, lags)
        fitted = _solved(x, made[:, lags:])
        errors = made[:, lags:] - x @ fitted
        sigma = errors.transpose(0, 2, 1) @ errors / (many - k * lags - 1)
        shares = _shares(_responses(fitted, lags, horizon), sigma)
        out.append(shares / shares.sum(axis=-1, keepdims=True))
    return np.concatenate(out)


def _portions(draws: int, size: int) -> list[int]:
    """Give how many draws are made at once, so that no array has more than about four million numbers."""
    most = max(1, min(draws, 4_000_000 // size))
    return [min(most, draws - begin) for begin in range(0, draws, most)]


def _past(series: Floats, lags: int) -> Floats:
    """Give a column of ones and the values of 1 to ``lags`` rows before, shape (b, n - lags, k lags + 1)."""
    n = series.shape[1]
    ones = np.ones((len(series), n - lags, 1))
    return np.concatenate([ones, *(series[:, lags - lag : n - lag] for lag in range(1, lags + 1))], axis=2)


def _solved(x: Floats, y: Floats) -> Floats:
    turned = x.transpose(0, 2, 1)
    return np.asarray(np.linalg.solve(turned @ x, turned @ y), dtype=np.float64)


def _followed(first: Floats, coefs: Floats, errors: Floats) -> Floats:
    """Give the series that an autoregression makes of errors, shape (b, n, k), from the first rows on."""
    lags = len(first)
    made = np.concatenate([np.broadcast_to(first, (len(errors), *first.shape)), errors], axis=1)
    for t in range(lags, made.shape[1]):
        past = made[:, t - lags : t][:, ::-1].reshape(len(made), -1)
        made[:, t] += coefs[0] + past @ coefs[1:]
    return made


def _responses(coefs: Floats, lags: int, horizon: int) -> Floats:
    """Give the moving-average matrices A_0 to A_(H-1) of many autoregressions, shape (b, H, k, k)."""
    k = coefs.shape[-1]
    b = coefs[:, 1:].reshape(len(coefs), lags, k, k).transpose(0, 1, 3, 2)
    out = [np.broadcast_to(np.eye(k), (len(coefs), k, k))]
    for h in range(1, horizon):
        terms = [b[:, lag - 1] @ out[h - lag] for lag in range(1, min(h, lags) + 1)]
        out.append(np.sum(terms, axis=0))
    return np.stack(out, axis=1)
