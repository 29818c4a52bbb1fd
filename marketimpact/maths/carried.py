"""What a coefficient of least squares rests on: how many observations carry it, and what few do to the usual errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .frozen import Frozen, read_only

__all__ = ["ALONE", "Carried", "carried", "rejection_of_white"]

Floats = NDArray[np.float64]

ALONE = 0.9
"""Share of one observation, or cluster, in a coefficient from which it rests on that one."""


@dataclass(frozen=True, slots=True, eq=False)
class Carried(Frozen):
    """What m linear combinations of coefficients rest on; shape (m,).

    Attributes
    ----------
    effective : ndarray
        How many observations, or clusters, of equal weight would carry as much: 1 / sum_i s_i^2, s_i the share of
        observation or cluster i.
    largest : ndarray
        The largest share.
    at : ndarray of int
        The row, or the cluster by its place in the order of names, that has it.
    """

    effective: Floats
    largest: Floats
    at: NDArray[np.int64]

    def __post_init__(self) -> None:
        read_only(self.effective, self.largest, self.at)


def carried(x: Floats, weights: Floats, clusters: NDArray[np.int64] | None = None) -> Carried:
    """Say how the observations, or clusters of them, share in linear combinations c'b of the coefficients of y = x b.

    c'b = sum_i z_i y_i with z = X (X'X)^-1 c, and with independent errors of one variance s^2 its variance is
    s^2 sum_i z_i^2: observation i has the share s_i = z_i^2 / sum_j z_j^2. For a single coefficient z_i is, up to a
    factor, what the other regressors leave of its own. A dummy of m among n has about m effective observations, normal
    values n / 3, and a count with one value far above all others about one.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Of full column rank.
    weights : ndarray, shape (m, k)
        A row a combination.
    clusters : ndarray of int, shape (n,), optional
        Whose shares are summed.

    Returns
    -------
    Carried

    References
    ----------
    Kish (1965), Survey Sampling, on 1 / sum of squared shares as the effective number of observations.

    Examples
    --------
    >>> x = np.column_stack([np.ones(500), np.arange(500) < 4])
    >>> found = carried(x, np.eye(2)[1:])
    >>> found.effective.round(2).tolist(), found.largest.round(3).tolist()
    ([4.06], [0.248])
    """
    shares = _loadings(x, weights)[0] ** 2
    if clusters is not None:
        at = np.unique(clusters, return_inverse=True)[1]
        shares = np.stack([np.bincount(at, weights=one) for one in shares.T], axis=1)
    shares /= shares.sum(axis=0)
    return Carried(1.0 / (shares**2).sum(axis=0), shares.max(axis=0), shares.argmax(axis=0).astype(np.int64))


def rejection_of_white(x: Floats, weights: Floats, size: float = 0.05) -> Floats:
    """Give the share of samples without any effect in which White's test of each combination rejects.

    White's variance V = n / (n - k) sum_i z_i^2 e_i^2 (HC1), e the residuals, is a quadratic form in normal errors:
    E V = n / (n - k) s^2 tr(D M) and var V = 2 (n / (n - k))^2 s^4 tr(D M D M), D = diag(z^2), M = I - H. It is
    taken as chi-squared with df = tr(D M)^2 / tr(D M D M) and that mean, so that the test with the critical value
    t_(n-k) rejects 2 P(T_df > t_(n-k) sqrt(E V / (s^2 sum z^2))). By simulation it is right to three points from two
    effective observations on. Newey and West's errors of scattered news do the same.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Of full column rank.
    weights : ndarray, shape (m, k)
    size : float
        Nominal share of false rejections.

    Returns
    -------
    ndarray, shape (m,)

    References
    ----------
    Satterthwaite (1946), doi:10.2307/3002019; Bell and McCaffrey (2002), Bias reduction in standard errors for linear
    regression with multi-stage samples, Survey Methodology 28, 169-181.

    Examples
    --------
    >>> x = np.column_stack([np.ones(250), np.arange(250) < 5])
    >>> rejection_of_white(x, np.eye(2)[1:]).round(2).tolist()
    [0.15]
    """
    (n, k), (z, q) = x.shape, _loadings(x, weights)
    leverage = (q**2).sum(axis=1)
    squares = z**2
    trace = squares.T @ (1.0 - leverage)
    inner = np.einsum("nm,ni,nj->mij", squares, q, q, optimize=True)
    square = (squares**2).T @ (1.0 - 2.0 * leverage) + (inner**2).sum(axis=(1, 2))
    df = trace**2 / np.maximum(square, np.finfo(float).tiny)
    short = np.sqrt(n / (n - k) * trace / squares.sum(axis=0))
    return np.asarray(2.0 * stats.t.sf(stats.t.isf(size / 2.0, n - k) * short, df))


def _loadings(x: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Give z = X (X'X)^-1 c of each combination, shape (n, m), and Q of X = Q R."""
    scale = np.sqrt((x**2).sum(axis=0))
    q, r = np.linalg.qr(x / scale)
    return np.asarray(q @ np.linalg.solve(r.T, (weights / scale).T)), np.asarray(q)
