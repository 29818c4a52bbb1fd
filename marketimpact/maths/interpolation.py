"""Straight lines between the points of a curve, row by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["interpolate_rows"]


def interpolate_rows(
    x: NDArray[np.float64], y: NDArray[np.float64], at: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Interpolate linearly in each of n rows.

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Points, ascending in each row; the same shape for all rows where they do not change.
    y : ndarray, shape (n, k)
        Values at the points; NaN where unknown.
    at : ndarray, shape (n,)
        Where to read each row.

    Returns
    -------
    value : ndarray, shape (n,)
        y_j + (y_{j+1} - y_j) (at - x_j) / (x_{j+1} - x_j) between the points around; beyond either end the value of
        that end. NaN where a point that is needed has no value: another one further off does not stand in for it; and
        where ``at`` is NaN.
    beyond : ndarray of bool, shape (n,)
        Where ``at`` lies outside the points, and an end was taken.

    Examples
    --------
    >>> tenors, yields = np.array([[10.0, 20.0, 30.0]] * 3), np.array([[1.0, 2.0, 2.5]] * 3)
    >>> value, beyond = interpolate_rows(tenors, yields, np.array([12.0, 30.0, 31.0]))
    >>> value.tolist(), beyond.tolist()
    ([1.2, 2.5, 2.5], [False, False, True])
    """
    rows, last = np.arange(len(at)), x.shape[1] - 1
    below = np.count_nonzero(x <= at[:, None], axis=1) - 1
    left, right = np.clip(below, 0, last), np.clip(below + 1, 0, last)
    x_left, y_left, y_right = x[rows, left], y[rows, left], y[rows, right]
    width = x[rows, right] - x_left
    on_point = (width <= 0.0) | (at == x_left)  # one of the points, or an end: the other side has no say
    with np.errstate(divide="ignore", invalid="ignore"):
        between = y_left + (y_right - y_left) * (at - x_left) / width
    value = np.where(np.isnan(at), np.nan, np.where(on_point, y_left, between))
    return value, (at < x[:, 0]) | (at > x[:, -1])
