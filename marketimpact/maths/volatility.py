"""The conditional variance of a GARCH(1,1) at every session, from its parameters and the sessions before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["garch_variance"]


def garch_variance(
    residuals: NDArray[np.float64],
    usable: NDArray[np.bool_],
    params: tuple[float, float, float],
    start: float,
) -> NDArray[np.float64]:
    """Give the variance of each session from the sessions before it alone, and of the one after the last.

    s2_t = omega + alpha e_(t-1)^2 + beta s2_(t-1), begun with s2_0 = e_0^2 = start before the first session. An
    unusable session leaves it as it is.

    Parameters
    ----------
    residuals : ndarray, shape (n,)
        In the order of time [move unit]; any number where unusable.
    usable : ndarray of bool, shape (n,)
    params : (float, float, float)
        omega [move unit squared], alpha and beta.
    start : float
        Variance before the first session [move unit squared].

    Returns
    -------
    ndarray, shape (n + 1,)
        [move unit squared].

    References
    ----------
    Bollerslev (1986), doi:10.1016/0304-4076(86)90063-1.

    Examples
    --------
    >>> garch_variance(np.array([2.0, 9.0]), np.array([True, False]), (0.1, 0.1, 0.8), 1.0).round(12).tolist()
    [1.0, 1.3, 1.3]
    """
    omega, alpha, beta = params
    variance = np.empty(len(residuals) + 1)
    variance[0] = last = omega + (alpha + beta) * start
    squares = np.square(residuals).tolist()
    for t, (square, counts) in enumerate(zip(squares, usable.tolist(), strict=True)):
        if counts:
            last = omega + alpha * square + beta * last
        variance[t + 1] = last
    return variance
