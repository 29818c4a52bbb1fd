"""The smallest mean effect that each test over events finds in four of five cases, in the unit of the moves."""

from __future__ import annotations

import numpy as np

from ..maths import over_events as means
from ..maths import rank_tests, sign_tests
from ..maths.outcome import Outcome
from ..maths.power import PowerOf, detectable_effect
from .verdicts import CLUSTER_TESTS

__all__ = ["detectable_move"]

OF_MOVES = {*CLUSTER_TESTS, means.CROSS_SECTIONAL, means.SKEWNESS_ADJUSTED, means.CRUDE}
"""Their standard error is one of moves."""

OF_CLUSTER_MEANS = {
    "wild bootstrap", "wild bootstrap, Webb weights", "sign-change randomisation", "stationary block bootstrap",
}  # fmt: skip
"""So is theirs; their critical value is taken for that of a t over the clusters."""

OF_SCARS: dict[str, PowerOf] = {
    means.BMP: "t",
    means.KOLARI_PYNNONEN: "t",
    means.PATELL: "z",
    means.ADJUSTED_PATELL: "z",
}
"""Their standard error is one of standardized moves."""

OF_RANKS: dict[str, PowerOf] = {
    rank_tests.CORRADO: "rank",
    rank_tests.CORRADO_ZIVNEY: "rank",
    rank_tests.GRANK_T: "rank",
    rank_tests.GRANK_Z: "rank",
    sign_tests.SIGN: "sign",
    sign_tests.GENERALIZED_SIGN: "sign",
    sign_tests.WILCOXON: "signed rank",
}
"""They have none: that of N standardized moves of variance 1 and mean correlation r stands for it."""


def detectable_move(outcome: Outcome, *, typical_error: float, r: float, level: float) -> float:
    """Give the effect, alike in all pairs, that a test over events finds with a power of 80 %.

    f se, with f the factor of the test's own critical value (noncentral t or normal) and se its standard error: of the
    mean move where it tests moves; of the mean SCAR times the harmonic mean of the pairs' standard errors where it
    tests standardized ones, as an effect d that all pairs have alike raises the mean SCAR by d mean(1 / se_i). Tests of
    ranks and signs have no standard error: sqrt((1 + (N - 1) r) / N) times that harmonic mean stands for it, over the
    root of their efficiency beside the mean, all of it under normal errors and the estimation windows' variance.

    Parameters
    ----------
    outcome : Outcome
    typical_error : float
        Harmonic mean of the standard errors of the pairs' sums [move unit].
    r : float
        Mean correlation of the pairs; NaN counts as 0.
    level : float
        One minus the size.

    Returns
    -------
    float
        [move unit]; NaN where the test does not apply, or has no such effect.

    References
    ----------
    Bloom (1995), doi:10.1177/0193841X9501900504.

    Examples
    --------
    >>> from marketimpact.maths.over_events import cross_sectional_t
    >>> t = cross_sectional_t(np.arange(30.0))
    >>> round(detectable_move(t, typical_error=8.0, r=0.0, level=0.95) / t.std_error, 2)
    2.9
    """
    name = outcome.test
    if not outcome.applies:
        return np.nan
    if name in OF_MOVES:
        return detectable_effect("t", outcome.std_error, 1, df=outcome.df, level=level)
    if name in OF_CLUSTER_MEANS:
        return detectable_effect("t", outcome.std_error, 1, df=outcome.n_clusters - 1.0, level=level)
    if name in OF_SCARS:
        error = outcome.std_error * typical_error
        return detectable_effect(OF_SCARS[name], error, 1, df=outcome.df, level=level)
    if name in OF_RANKS:
        known = 0.0 if np.isnan(r) else r
        return detectable_effect(OF_RANKS[name], typical_error, outcome.n, r=known, level=level)
    return np.nan
