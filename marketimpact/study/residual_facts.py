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

__all__ = ["UNREAD", "ResidualFacts", "residual_facts"]

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
    """

    autocorrelation: Outcome
    positive: Outcome
    outside: float
    sessions: int
    typical_error: float
    level: float


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
    )


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
