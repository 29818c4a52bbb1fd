"""How far each move of a series lies from its ordinary ones: a t at every session, against the window before it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["LARGE", "large_among", "running_t"]

LARGE = 3.0
"""Standard deviations from which on a single move is large."""

FLAT = 1e-7
"""Standard deviations of a window below this share of the whole series' are taken for it: the rest is rounding."""


@lru_cache(maxsize=128)
def large_among(count: int) -> float:
    """Give the size of t from which on the largest of some moves is large.

    For one move it is 3. The largest of many exceeds 3 often; with the share of moves beyond the bound divided by their
    number (Bonferroni), it exceeds its bound as seldom as one exceeds 3.

    Examples
    --------
    >>> [round(large_among(count), 2) for count in (1, 2, 20)]
    [3.0, 3.21, 3.82]
    """
    return float(stats.norm.isf(stats.norm.sf(LARGE) / max(count, 1)))


def running_t(
    y: NDArray[np.float64],
    spans: NDArray[np.int64],
    v: NDArray[np.float64],
    window: tuple[int, int],
    fewest: int,
) -> NDArray[np.float64]:
    """Give the t of every move of a series under a constant mean, fitted to the window before it.

    With sums over the window, a = sum(m y / v) / sum(m^2 / v) is the mean a session,
    s^2 = sum((y - a m)^2 / v) / (T - 1), and t = (y - a m) / (s sqrt(v + m^2 / sum(m^2 / v))). Running sums of moves
    less their overall mean: thousands of sessions cost no more than a few passes.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Moves in order of time; NaN where missing.
    spans : ndarray of int, shape (n,)
        Sessions m that each move spans.
    v : ndarray, shape (n,)
        Variance of each move over that of an ordinary one.
    window : (int, int)
        First and last session of the window, counted from the move, both inclusive and before it.
    fewest : int
        Known moves that a window must hold.

    Returns
    -------
    ndarray, shape (n,)
        NaN where the move is missing, or the window begins before the series with too few moves in it.

    Examples
    --------
    >>> y = np.array([1.0, -1.0, 1.0, -1.0, 5.0])
    >>> running_t(y, np.ones(5, dtype=int), np.ones(5), (-4, -1), 4).round(3).tolist()
    [nan, nan, nan, nan, 3.873]
    """
    known = np.isfinite(y)
    if not known.any():
        return np.full(len(y), np.nan)
    m, root = np.where(known, spans, 0.0), np.sqrt(v)
    moved = np.where(known, y - spans * (y[known].sum() / spans[known].sum()), 0.0)
    first = np.clip(np.arange(len(y)) + window[0], 0, len(y))
    last = np.clip(np.arange(len(y)) + window[1] + 1, 0, len(y))
    columns = (known.astype(np.float64), m**2 / v, m * moved / v, (moved / root) ** 2)
    sums = [np.concatenate([[0.0], np.cumsum(column)]) for column in columns]
    count, weight, mean, squares = (one[last] - one[first] for one in sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        a = mean / weight
        variance = np.maximum(squares - a * mean, 0.0) / (count - 1.0)
        s = np.maximum(np.sqrt(variance), FLAT * (moved[known] / root[known]).std())
        t = (moved - a * m) / (s * np.sqrt(v + m**2 / weight))
    return np.where(known & (count >= fewest) & (count > 1), t, np.nan)
