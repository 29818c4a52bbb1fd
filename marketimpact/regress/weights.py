"""Weights of a regression: each move over the volatility that was known before its session."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..maths.one_event import BURN_IN, ewma_volatility
from ..study.garch import garch_volatility
from .estimation import Estimates, Sample
from .observations import Observations

__all__ = ["Weights", "fitted_volatility"]

Weights = Literal["garch", "ewma"]

Floats = NDArray[np.float64]


def fitted_volatility(found: Observations, sample: Sample, fitted: Estimates, weights: Weights) -> Floats:
    """Follow the volatility of each instrument, with the residuals of a fit that weighs all moves the same.

    Parameters
    ----------
    found : Observations
    sample : Sample
    fitted : Estimates
        Of that sample.
    weights : {"garch", "ewma"}
        A GARCH(1,1) fitted to all residuals, or RiskMetrics' decay of .94, begun with 20 residuals.

    Returns
    -------
    ndarray, shape (n,)
        Of each session, from the residuals before it alone [move unit]; NaN where it is not known, as in the first
        sessions of an EWMA.

    Raises
    ------
    DataError
        If an instrument has none: too few moves, no variation, no convergence.
    MissingExtraError
        If a GARCH is asked for and the package arch is not installed.
    """
    out = np.full(len(found.y), np.nan)
    series = found.series[sample.rows]
    for place, name in enumerate(found.instruments):
        mine = series == place
        residuals = fitted.residuals[mine]
        if weights == "garch":
            garch = garch_volatility(residuals)
            path, reason = garch.volatility, garch.reason
        else:
            path = ewma_volatility(residuals[None], np.full((1, len(residuals)), True))[0]
            path = np.where(path > 0.0, path, np.nan)
            reason = "" if np.isfinite(path).any() else f"an EWMA needs more than {BURN_IN} moves that differ"
        if reason:
            raise DataError(
                f"{name}: {reason}", parameter="weights", received=weights,
                allowed="more moves, the other kind of weights, or weights=None with errors that hold",
            )  # fmt: skip
        out[sample.rows[mine]] = path
    return out
