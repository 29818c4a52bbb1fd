"""What the fits of some pairs say about the tests of their sums: residuals, factor values, standard errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..maths.one_event import outside_support
from ..maths.outcome import Outcome, not_applicable
from ..maths.pooled import (
    AUTOCORRELATION,
    MOST_PAIRS,
    POSITIVE_SHARE,
    pooled_autocorrelation,
    pooled_positive_share,
)
from .estimates import Estimates
from .gathered import Gathered

__all__ = ["UNREAD", "ResidualFacts", "common_correlation", "crowding", "residual_facts"]

DAYS_A_WEEK, SESSIONS_A_WEEK = 7, 5

NOT_LOOKED = "nobody looked at the residuals"


@dataclass(frozen=True, slots=True)
class ResidualFacts:
    """What is known of the fits of one kind's pairs, for one window.

    Attributes
    ----------
    autocorrelation : Outcome
        Of residuals with those of the session before, all series together.
    positive : Outcome
        Share of positive residuals, less one half.
    outside : float
        Share of the pairs with factor values that the estimation window did not hold on a day of the window,
        h_t > 3 k / T; NaN for models without factors.
    sessions : int
        Sessions of the longest window.
    typical_error : float
        Harmonic mean of the standard errors of the pairs' sums [move unit]: an effect d that all pairs have alike
        raises the mean SCAR by d over it.
    level : float
        The study's level.
    crowding : float
        Date clusters whose estimation windows share an average day and move together there: 1 + (D - 1) r, D the
        clusters on an average day and r the mean correlation of residuals on common days.
    """

    autocorrelation: Outcome
    positive: Outcome
    outside: float
    sessions: int
    typical_error: float
    level: float
    crowding: float = 1.0


UNREAD = ResidualFacts(
    not_applicable(AUTOCORRELATION, NOT_LOOKED), not_applicable(POSITIVE_SHARE, NOT_LOOKED), np.nan, 1, np.nan, 0.95
)  # fmt: skip
"""Where only the pairs' sums are known."""


def residual_facts(estimates: Estimates, gathered: Gathered, level: float) -> ResidualFacts:
    """Look at the fits of the gathered pairs.

    Parameters
    ----------
    estimates : Estimates
    gathered : Gathered
        N pairs of one kind, for one window.
    level : float
        The study's level.

    Returns
    -------
    ResidualFacts
    """
    g = gathered
    rows = g.residuals_of(MOST_PAIRS)
    return ResidualFacts(
        pooled_autocorrelation(*rows, intercept=g.k > 0),
        pooled_positive_share(*rows),
        _outside(estimates, g),
        int(g.lengths.max(initial=1)),
        _typical_error(g.car, g.scar),
        level,
        1.0 + (crowding(g.begin, g.clusters, g.windows.sample.length) - 1.0) * common_correlation(*rows[:2]),
    )


def crowding(begin: NDArray[np.int64], clusters: NDArray[np.int64], length: int) -> float:
    """Give how many clusters' estimation windows share an average day: their days together, over the days they cover.

    Parameters
    ----------
    begin : ndarray of int, shape (N,)
        First day of each pair's window [days]; the earliest of a cluster stands for it.
    clusters : ndarray of int, shape (N,)
    length : int
        Sessions of an estimation window, five a week.

    Returns
    -------
    float

    Examples
    --------
    Twenty windows that begin a week apart, after 100 sessions (140 days) each: 20 x 140 / (140 + 19 x 7).

    >>> round(crowding(7 * np.arange(20), np.arange(20), 100), 2)
    10.26
    """
    if not len(begin):
        return 1.0
    names, of_pair = np.unique(clusters, return_inverse=True)
    first = np.full(len(names), np.iinfo(np.int64).max)
    np.minimum.at(first, of_pair, begin)
    days = length * DAYS_A_WEEK / SESSIONS_A_WEEK
    return float(len(names) * days / (days + np.minimum(np.diff(np.sort(first)), days).sum()))


def common_correlation(residuals: NDArray[np.float64], days: NDArray[np.int64]) -> float:
    """Give the mean correlation of standardized residuals of different pairs on common days; not below 0.

    Parameters
    ----------
    residuals : ndarray, shape (N, T)
        NaN where a session does not count.
    days : ndarray of int, shape (N, T)

    Returns
    -------
    float
        0 where no two pairs share a day.

    Examples
    --------
    >>> e = np.array([[1.0, -1.0, 1.0, -1.0], [1.0, -1.0, -1.0, 1.0]])
    >>> days = np.array([[1, 2, 3, 4], [1, 2, 5, 6]])
    >>> common_correlation(e, days)
    1.0
    """
    known = np.isfinite(residuals)
    _, day = np.unique(days[known], return_inverse=True)
    e = residuals[known]
    total, squares, count = (np.bincount(day, weights) for weights in (e, e**2, np.ones(len(e))))
    pairs = float((count**2 - count).sum())
    return max(float((total**2 - squares).sum()) / pairs, 0.0) if pairs else 0.0


def _outside(estimates: Estimates, g: Gathered) -> float:
    """Share of the pairs whose factors leave what the fit has seen, on any day of the window.

    As of one pair: a move over several sessions counts as an ordinary one, its factors divided by the root of its
    variance ratio and its intercept 1. That it is long is no news of the factors.
    """
    if g.k < 2 or not len(g) or estimates.no_covariance:
        return np.nan
    first, last = g.columns
    v = estimates.abnormal.v[g.places, first : last + 1, None]
    x = estimates.abnormal.x[g.places, first : last + 1] / np.sqrt(np.where(v > 0.0, v, 1.0))
    x[..., 0] = 1.0
    h = np.einsum("nti,nij,ntj->nt", x, estimates.fit.xtx_inv[g.places], x)
    within = (np.arange(last - first + 1) < g.lengths[:, None]) & (v[..., 0] > 0.0)
    beyond = outside_support(h, g.k, estimates.fit.n_obs[g.places, None])
    return float(np.mean(np.any(within & beyond, axis=1)))


def _typical_error(car: NDArray[np.float64], scar: NDArray[np.float64]) -> float:
    """Harmonic mean of the standard errors, which are CAR / SCAR; NaN where no sum differs from zero."""
    known = np.isfinite(scar) & (car != 0.0)
    if not known.any():
        return np.nan
    return float(1.0 / np.sort(scar[known] / car[known]).mean())
