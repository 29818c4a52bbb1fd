"""Moves made from levels, and the variance of moves that span several sessions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..units import BP_PER_UNIT, MoveRule

__all__ = ["MIN_GAPS", "moves_from_levels", "span_slope", "span_variance"]

LONGEST = 5
"""Sessions spanned up to which a move says how variance grows: one move over months would outweigh all holidays."""

MIN_GAPS = 20
"""Spanned moves below which their variance ratio is not estimated: the upper bound m is taken."""


def moves_from_levels(
    levels: NDArray[np.float64],
    rule: MoveRule,
    quoted_unit: str | None = None,
    *,
    income: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Make moves from levels.

    Parameters
    ----------
    levels : ndarray, shape (n,)
        Levels in order of time [quoted unit]; NaN where unknown.
    rule : {"log", "simple", "difference"}
        ``log``: log(P_t / P_{t-1}); ``simple``: P_t / P_{t-1} - 1, divided by the *earlier* price;
        ``difference``: y_t - y_{t-1}, in bp for rates.
    quoted_unit : {"percent", "decimal", "points"}, optional
        Unit of the levels; needed for differences alone.
    income : ndarray, shape (n,), optional
        What each level has paid out since the one before, such as a coupon that a dirty price drops [quoted unit]: it
        is added to the later level, log((P_t + c_t) / P_{t-1}).

    Returns
    -------
    ndarray, shape (n,)
        Moves [log, fraction, bp or points]; the first is NaN, as is any that touches a NaN level.

    Examples
    --------
    >>> moves_from_levels(np.array([4.20, 4.53]), "difference", "percent").round(9).tolist()
    [nan, 33.0]
    """
    moves = np.full(len(levels), np.nan)
    later = levels[1:] if income is None else levels[1:] + income[1:]
    if rule == "difference":
        moves[1:] = (later - levels[:-1]) * BP_PER_UNIT[quoted_unit or "points"]
    elif rule == "log":
        moves[1:] = np.log(later) - np.log(levels[:-1])
    else:
        moves[1:] = later / levels[:-1] - 1.0
    return moves


def span_slope(moves: NDArray[np.float64], spans: NDArray[np.int64]) -> float:
    """Estimate how the variance of a move grows with the sessions it spans.

    The ratio of a move over m sessions to an ordinary one is modelled as v_m = 1 + c (m - 1), and c is the
    least-squares slope through the origin of z^2 - 1 on m - 1 over the series' own gaps of up to 5 sessions, where
    z is the spanned move less m times the ordinary mean, over the ordinary standard deviation. c is kept within
    [0, 1], so that v_m never exceeds m. With fewer than ``MIN_GAPS`` gaps c is 1: the upper bound. The whole
    series is used, the event under study with it: a shock on a spanned move widens its own band, by no more
    than the bound lets it.

    Parameters
    ----------
    moves : ndarray, shape (n,)
        Moves [any unit]; NaN where missing.
    spans : ndarray of int, shape (n,)
        Sessions that each move spans, from 1 [sessions].

    Returns
    -------
    float
        c, between 0 (a holiday adds nothing) and 1 (variance grows with m).

    Notes
    -----
    Sessions without trading carry less news than sessions with it: French and Roll (1986),
    doi:10.1016/0304-405X(86)90004-8.
    """
    known = np.isfinite(moves)
    ordinary, gap = known & (spans == 1), known & (spans > 1) & (spans <= LONGEST)
    if np.count_nonzero(gap) < MIN_GAPS or np.count_nonzero(ordinary) < MIN_GAPS:
        return 1.0
    mean, variance = moves[ordinary].mean(), moves[ordinary].var(ddof=1)
    if variance == 0.0:
        return 1.0
    extra = (spans[gap] - 1).astype(np.float64)
    squared = (moves[gap] - spans[gap] * mean) ** 2 / variance
    return float(np.clip(extra @ (squared - 1.0) / (extra @ extra), 0.0, 1.0))


def span_variance(spans: NDArray[np.int64], slope: float) -> NDArray[np.float64]:
    """Give v_m = 1 + c (m - 1), the variance of a spanned move over an ordinary one.

    Examples
    --------
    >>> span_variance(np.array([1, 2, 5]), 0.25).tolist()
    [1.0, 1.25, 2.0]
    """
    return np.asarray(1.0 + slope * (spans - 1), dtype=np.float64)
