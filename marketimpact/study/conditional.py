"""The volatility of each pair's days, for models that standardise by it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..maths.frozen import Frozen, read_only
from ..maths.least_squares import CHUNK, Fit
from ..maths.one_event import BURN_IN, ewma_volatility
from .garch import garch_volatility
from .methods import Volatility

__all__ = ["Volatilities", "volatilities"]

NO_VOLATILITY = (
    f"needs more than {BURN_IN} usable estimation moves, of which the first {BURN_IN} do not stand still"
)


@dataclass(frozen=True, slots=True, eq=False)
class Volatilities(Frozen):
    """Volatility of N pairs from the first session of the estimation window to the last of the event window.

    Attributes
    ----------
    path : ndarray, shape (N, M)
        Known before each session, from the sessions before it alone [move unit]; after tau = 0 that of tau = 0, which
        was known after tau = -1. NaN where there is none.
    reason : ndarray of str, shape (N,)
        Why a pair has none; empty where it has.
    """

    path: NDArray[np.float64]
    reason: NDArray[np.object_]

    def __post_init__(self) -> None:
        read_only(self.path, self.reason)


def volatilities(
    alignment: Alignment, rows: NDArray[np.int64], fit: Fit, volatility: Volatility
) -> Volatilities:
    """Follow the volatility of some pairs, each with the residuals of its own fit.

    Parameters
    ----------
    alignment : Alignment
    rows : ndarray of int, shape (N,)
        Places of the pairs in the alignment.
    fit : Fit
        Their estimation windows' fits.
    volatility : {"ewma", "garch"}

    Returns
    -------
    Volatilities
    """
    first, last = alignment.timeline.estimation[0], alignment.timeline.event[1]
    path = np.full((len(rows), last - first + 1), np.nan)
    reason = np.full(len(rows), "", dtype=object)
    at = alignment.positions[rows]
    if volatility == "ewma":
        for begin in range(0, len(rows), CHUNK):
            part = slice(begin, begin + CHUNK)
            path[part, : 1 - first] = _ewma(alignment, at[part], fit.params[part])
    else:
        starts = alignment.design.offset[alignment.series[rows]]
        for i in range(len(rows)):
            path[i, : 1 - first], reason[i] = _garch(alignment, int(starts[i]), int(at[i]), fit.params[i])
    none = ~(path[:, -first] > 0.0)
    path[none] = np.nan
    reason[none & (reason == "")] = NO_VOLATILITY
    path[:, 1 - first :] = path[:, [-first]]
    return Volatilities(path, reason)


def _ewma(alignment: Alignment, at: NDArray[np.int64], params: NDArray[np.float64]) -> NDArray[np.float64]:
    """Follow the sessions from the estimation window to tau = 0, shape (N, sessions); a volatility of zero is none."""
    design, first = alignment.design, alignment.timeline.estimation[0]
    through = at[:, None] + np.arange(first, 1)
    usable = design.usable[through]
    residuals = design.weighted_y[through]
    for column, coefficient in zip(design.weighted_x, params.T, strict=True):
        residuals -= column[through] * coefficient[:, None]
    found = ewma_volatility(np.where(usable, residuals, 0.0), usable)
    return np.where(found > 0.0, found, np.nan)


def _garch(
    alignment: Alignment, begin: int, at: int, params: NDArray[np.float64]
) -> tuple[NDArray[np.float64], str]:
    """Fit to the clean sessions from the series' first to the event window, and follow all of them to tau = 0."""
    design, timeline = alignment.design, alignment.timeline
    through = slice(begin, at)
    usable = design.usable[through]
    residuals = np.where(usable, design.weighted_y[through] - params @ design.weighted_x[:, through], 0.0)
    fitted = alignment.clean[through].copy()
    fitted[len(fitted) + min(timeline.event[0], 0) :] = (
        False  # where contamination is kept, the event's own too
    )
    found = garch_volatility(residuals, usable, fitted)
    return np.append(found.volatility, found.forecast)[at + timeline.estimation[0] - begin :], found.reason
