"""The line of a quantile regression with one regressor, exactly and fast enough for a bootstrap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["quantile_line"]

Floats = NDArray[np.float64]

ON_LINE = 1e-9
"""Residual, over the largest move, below which a point lies on the line."""

GAIN = 1e-12
"""Share of the sum by which a turn must lower it: less is rounding, and could go round for ever."""


def quantile_line(
    y: Floats,
    z: Floats,
    q: float,
    *,
    weights: Floats | None = None,
    start: float = 0.0,
) -> tuple[float, float]:
    """Minimize sum_i w_i rho_q(y_i - a - b z_i), rho_q(u) = u (q - 1{u < 0}), over the intercept a and the slope b.

    A minimum is a line through two points. About one point i the sum is a convex function of the slope, whose minimum
    is the weighted quantile of the slopes s_j = (y_j - y_i) / (z_j - z_i) to the others: the smallest s with
    sum_(s_j <= s) w_j abs(z_j - z_i) >= sum_j w_j abs(z_j - z_i) (q where z_j > z_i, 1 - q where z_j < z_i). The line
    turns about one of its points after another, each time down to the minimum, until it turns about none of those on
    it: the simplex method of Barrodale and Roberts with two coefficients. The sum is convex, so that this is its
    minimum. Where several lines have the same sum, one of them is given.

    Parameters
    ----------
    y, z : ndarray, shape (n,)
        Moves, and the regressor, which takes two values or more.
    q : float
        Between 0 and 1.
    weights : ndarray, shape (n,), optional
        Not negative; how often a bootstrap sample holds each point.
    start : float
        Slope to begin near.

    Returns
    -------
    (float, float)
        Intercept and slope.

    Raises
    ------
    InputError
        If the regressor has one value among the points of weight, or q is not between 0 and 1.

    References
    ----------
    Koenker and Bassett (1978), doi:10.2307/1913643; Barrodale and Roberts (1973), doi:10.1137/0710069.

    Examples
    --------
    >>> z = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    >>> quantile_line(np.array([0.0, 2.0, 4.0, 9.0, 8.0]), z, 0.5)
    (0.0, 2.0)
    """
    if not 0.0 < q < 1.0:
        raise InputError("is no quantile", parameter="q", received=q, allowed="0 < q < 1")
    w = np.ones(len(y)) if weights is None else weights
    held = w > 0.0
    y, z, w = y[held], z[held], w[held]
    if not len(z) or np.ptp(z) == 0.0:
        raise InputError("does not vary", parameter="z", received=len(z), allowed="two values or more")
    near = ON_LINE * float(np.abs(y).max())
    at = _nearest_quantile(y - start * z, w, q)
    turned = _turned((y, z, w), at, q)
    while True:
        b, to = turned
        left = y - y[at] - b * (z - z[at])
        lowest = _loss(left, w, q)
        # The last of the two points first: it is the one that the line has not turned about.
        for place in (to, *_on_line(left, z, near)):
            turned = _turned((y, z, w), place, q)
            if _loss(y - y[place] - turned[0] * (z - z[place]), w, q) < lowest * (1.0 - GAIN):
                at = place
                break
        else:
            return float(y[at] - b * z[at]), b


def _nearest_quantile(values: Floats, w: Floats, q: float) -> int:
    """Give the place of the weighted quantile."""
    order = np.argsort(values)
    total = np.cumsum(w[order])
    return int(order[np.searchsorted(total, q * total[-1])])


def _turned(points: tuple[Floats, Floats, Floats], at: int, q: float) -> tuple[float, int]:
    """Give the best slope of a line through one point, and another point that it meets."""
    y, z, w = points
    far = z - z[at]
    there = np.flatnonzero(far)
    far = far[there]
    slopes = (y[there] - y[at]) / far
    mass = w[there] * np.abs(far)
    wanted = float(mass @ np.where(far > 0.0, q, 1.0 - q))
    order = np.argsort(slopes)
    place = order[min(int(np.searchsorted(np.cumsum(mass[order]), wanted)), len(order) - 1)]
    return float(slopes[place]), int(there[place])


def _loss(left: Floats, w: Floats, q: float) -> float:
    return float(q * (w @ left) - w @ np.minimum(left, 0.0))


def _on_line(left: Floats, z: Floats, near: float) -> list[int]:
    """Give the points on the line, one of each value of the regressor."""
    places = np.flatnonzero(np.abs(left) <= near)
    return [int(place) for place in places[np.unique(z[places], return_index=True)[1]]]
