"""Principal components of series that move together: the fixed weights of the sums that vary most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError

__all__ = ["component_weights"]

BALANCED = 1e-9
"""Loadings that sum to less than this, on vectors of length one, have no direction by their sum."""


def component_weights(moves: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Give the weights with which moves sum to their first principal components.

    With s_j the standard deviation of series j, and q_k the k-th eigenvector of the correlations, largest eigenvalue
    first, the component is c_kt = sum_j (q_kj / s_j) y_jt. The weights are divided by the sum of their sizes: a
    regression does not see the scale of a component. Signs are fixed by the loadings q, which no unit changes: they sum
    to more than zero; where they sum to zero, the first that is not zero is above it.

    Parameters
    ----------
    moves : ndarray, shape (J, n)
        Moves of J series; a time at which one is NaN does not count.
    n : int
        Components, 1 to J.

    Returns
    -------
    ndarray, shape (n, J)
        The sizes in each row sum to one.

    Raises
    ------
    InputError
        If there are fewer series than components.
    DataError
        If there are no more common moves than series, or a series does not vary over them.

    References
    ----------
    Jolliffe (2002), Principal Component Analysis, section 2.3, doi:10.1007/b98835.

    Examples
    --------
    >>> together = np.array([[1.0, -2.0, 3.0, -1.0], [2.0, -4.0, 6.0, -2.0]])
    >>> component_weights(together, 1).round(3).tolist()
    [[0.667, 0.333]]
    """
    count = len(moves)
    if not 1 <= n <= count:
        raise InputError(
            "needs at least as many series as components", parameter="n", received=n, allowed=f"1 to {count}"
        )
    known = moves[:, np.isfinite(moves).all(axis=0)]
    if known.shape[1] <= count:
        raise DataError(
            "has too few moves that all of them share",
            parameter="moves",
            received=known.shape[1],
            allowed=f"more than the {count} series",
        )
    spread = known.std(axis=1, ddof=1)
    if not np.all(spread > 0.0):
        raise DataError(
            "a series does not vary",
            parameter="moves",
            received=f"series {int(np.flatnonzero(~(spread > 0.0))[0])}",
            allowed="series that move",
        )
    standard = (known - known.mean(axis=1, keepdims=True)) / spread[:, None]
    vectors = np.linalg.eigh(standard @ standard.T)[1]  # in the order of rising eigenvalues
    loadings = vectors.T[::-1][:n]
    weights = loadings * _signs(loadings)[:, None] / spread
    return np.asarray(weights / np.abs(weights).sum(axis=1, keepdims=True))


def _signs(loadings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the sign that turns each row: by its sum, or by its first loading where that is zero."""
    total = loadings.sum(axis=1)
    first = np.argmax(np.abs(loadings) > BALANCED, axis=1)
    leading = np.take_along_axis(loadings, first[:, None], axis=1).ravel()
    return np.asarray(np.where(np.where(np.abs(total) > BALANCED, total, leading) < 0.0, -1.0, 1.0))
