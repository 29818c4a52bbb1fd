"""Covariances of a panel regression: clusters along one or two sets of groups, and along time with lags."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["clustered", "default_bandwidth", "driscoll_kraay", "two_way"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def clustered(x: Floats, residuals: Floats, clusters: Ints) -> Floats:
    """Give the covariance that allows any dependence within clusters: CR1.

    (X'X)^-1 (G / (G - 1) sum_g X_g'e_g e_g'X_g) (X'X)^-1.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Regressors less what fixed effects explain of them.
    residuals : ndarray, shape (n,)
    clusters : ndarray of int, shape (n,)

    Returns
    -------
    ndarray, shape (k, k)

    Raises
    ------
    InputError
        If there is one cluster.

    References
    ----------
    Liang and Zeger (1986), doi:10.1093/biomet/73.1.13.

    Examples
    --------
    >>> x, e = np.ones((4, 1)), np.array([1.0, 1.0, -1.0, -1.0])
    >>> clustered(x, e, np.array([0, 0, 1, 1])).tolist()
    [[1.0]]
    """
    sums = _date_sums(x, residuals, clusters)
    many = len(sums)
    if many < 2:
        raise InputError("is one cluster", parameter="clusters", received=many, allowed="two or more")
    return _between(x, many / (many - 1) * (sums.T @ sums))


def two_way(x: Floats, residuals: Floats, first: Ints, second: Ints) -> tuple[Floats, bool]:
    """Give the covariance that allows dependence along either of two sets of clusters, and whether it was mended.

    V1 + V2 - V12, each of the three by CR1, V12 the clusters that both sets cut. Where few clusters leave it with
    negative eigenvalues, these are set to zero: it is not a covariance otherwise, and some combination of coefficients
    would have a negative variance.

    Parameters
    ----------
    x : ndarray, shape (n, k)
    residuals : ndarray, shape (n,)
    first, second : ndarray of int, shape (n,)

    Returns
    -------
    (ndarray of shape (k, k), bool)

    References
    ----------
    Cameron, Gelbach and Miller (2011), doi:10.1198/jbes.2010.07136.

    Examples
    --------
    >>> x, e = np.ones((4, 1)), np.array([3.0, 1.0, -1.0, -3.0])
    >>> cov, mended = two_way(x, e, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    >>> cov.round(3).tolist(), mended
    ([[3.333]], False)
    """
    both = np.unique(np.stack([first, second]), axis=1, return_inverse=True)[1].reshape(-1)
    one, other = clustered(x, residuals, first), clustered(x, residuals, second)
    cov = one + other - clustered(x, residuals, both)
    values, vectors = np.linalg.eigh(cov)
    if values.min() >= 0.0:
        return cov, False
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T), True


def default_bandwidth(dates: int) -> int:
    """Give 4 (T / 100)^(2/9), rounded down.

    Examples
    --------
    >>> default_bandwidth(1000)
    6
    """
    return int(4.0 * (dates / 100.0) ** (2.0 / 9.0))


def driscoll_kraay(x: Floats, residuals: Floats, dates: Ints, *, bandwidth: int | None = None) -> Floats:
    """Give the covariance that allows any dependence on one date, and dependence that fades over dates.

    With h_t = sum_i x_it e_it the middle is G0 + sum_l (1 - l / (m + 1)) (G_l + G_l'), G_l = sum_t h_t h_(t-l)', times
    T / (T - 1): Newey and West's of the sums over dates. Lags count the dates that are there.

    It needs many dates on which the regressor varies, and few lags beside all dates. Of 250 dates and six instruments,
    half of them with news on 1, 2, 5, 10, 20 and 40 dates, the 5 % test with the default bandwidth rejects 90, 37, 17,
    9, 7 and 5 % of true nulls, as HC0 does. With news on 60 dates and bandwidths of a tenth, a fifth and half of the
    dates it rejects 8, 12 and 19 %; where the bandwidth is that of all dates, 32 %, and the middle vanishes as it
    grows, since the sums h_t add up to zero: beyond half it is refused.

    Parameters
    ----------
    x : ndarray, shape (n, k)
    residuals : ndarray, shape (n,)
    dates : ndarray of int, shape (n,)
        Their order is that of time.
    bandwidth : int, optional
        Lags m [dates], at most T / 2; 4 (T / 100)^(2/9) when not given.

    Returns
    -------
    ndarray, shape (k, k)

    Raises
    ------
    InputError
        If there is one date, or the bandwidth is not between 0 and half of the dates.

    References
    ----------
    Driscoll and Kraay (1998), doi:10.1162/003465398557825; Newey and West (1987), doi:10.2307/1913610.

    Examples
    --------
    >>> x, e = np.ones((4, 1)), np.array([1.0, 1.0, -1.0, -1.0])
    >>> driscoll_kraay(x, e, np.array([0, 0, 1, 1]), bandwidth=0).tolist()
    [[1.0]]
    """
    sums = _date_sums(x, residuals, dates)
    many = len(sums)
    lags = default_bandwidth(many) if bandwidth is None else bandwidth
    if many < 2:
        raise InputError("is one date", parameter="dates", received=many, allowed="two or more")
    if not 0 <= lags <= many / 2:
        raise InputError(
            f"reaches over more than half of {many} dates, where the errors vanish", parameter="bandwidth",
            received=lags, allowed=f"0 to {many // 2} dates, or None for 4 (T / 100)^(2/9)",
        )  # fmt: skip
    middle = sums.T @ sums
    for lag in range(1, lags + 1):
        product = sums[lag:].T @ sums[:-lag]
        middle += (1.0 - lag / (lags + 1.0)) * (product + product.T)
    return _between(x, many / (many - 1) * middle)


def _date_sums(x: Floats, residuals: Floats, clusters: Ints) -> Floats:
    names, at = np.unique(clusters, return_inverse=True)
    scores = x * residuals[:, None]
    return np.stack([np.bincount(at, weights=one, minlength=len(names)) for one in scores.T], axis=1)


def _between(x: Floats, middle: Floats) -> Floats:
    bread = np.linalg.inv(x.T @ x)
    return np.asarray(bread @ middle @ bread)
