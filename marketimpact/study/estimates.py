"""From an alignment to numbers: fits, abnormal moves, and their sums, for all usable pairs at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..alignment.reasons import LEFT_OUT, Reason
from ..maths.abnormal import Abnormal, Sums, abnormal_moves, cumulate
from ..maths.least_squares import Fit, fit_windows
from ..maths.sample import Sample
from ..timeline import Window

__all__ = ["Estimates", "estimate", "sample_of"]

FLAT = 1e-12
"""Residual variance below this share of the window's mean square means that the model leaves nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Numbers of the N pairs that can be computed.

    Attributes
    ----------
    rows : ndarray of int, shape (N,)
        Their places in the alignment.
    fit : Fit
    abnormal : Abnormal
    sums : Sums
        Over the study's windows.
    headline : Sums
        Over tau = 0, or the candidates of the event session; one window.
    """

    rows: NDArray[np.int64]
    fit: Fit
    abnormal: Abnormal
    sums: Sums
    headline: Sums


def sample_of(alignment: Alignment, rows: NDArray[np.int64]) -> Sample:
    """Give the weighted long arrays of an alignment and the estimation windows of some pairs."""
    design, timeline = alignment.design, alignment.timeline
    starts = alignment.positions[rows] + timeline.estimation[0]
    return Sample(
        design.weighted_y, design.weighted_x, design.v, design.usable, alignment.clean, starts,
        timeline.estimation_length,
    )  # fmt: skip


def estimate(alignment: Alignment, windows: Sequence[Window]) -> tuple[Alignment, Estimates]:
    """Fit every pair that is not left out, and give its abnormal moves and their sums.

    Parameters
    ----------
    alignment : Alignment
    windows : sequence of (int, int)

    Returns
    -------
    tuple of Alignment and Estimates
        The alignment with the reasons that only the fit can know: no variation, collinear factors.
    """
    rows = np.flatnonzero((alignment.codes & int(LEFT_OUT)) == 0)
    sample = sample_of(alignment, rows)
    y, x, usable = sample.estimation()
    fit = fit_windows(y, x, usable, sample.starts, sample.length)
    collinear = np.isnan(fit.params).any(axis=1)
    flat = ~collinear & ~(fit.sigma2 > FLAT * _mean_square(_observed(alignment, y), sample, fit))
    if np.any(collinear | flat):
        codes = alignment.codes.copy()
        codes[rows[collinear]] |= int(Reason.COLLINEAR)
        codes[rows[flat]] |= int(Reason.NO_VARIATION)
        alignment = replace(alignment, codes=codes)
        good = ~(collinear | flat)
        rows = rows[good]
        fit = Fit(fit.params[good], fit.xtx_inv[good], fit.sigma2[good], fit.n_obs[good])
    first, last = alignment.timeline.event
    design = alignment.design
    abnormal = abnormal_moves(
        design.to_fit, design.regressors, design.v, alignment.positions[rows], (first, last), fit
    )
    sums = cumulate(abnormal, fit, [(np.array(a - first), np.array(b - first)) for a, b in windows])
    span = (alignment.last - alignment.position)[rows]
    headline = cumulate(abnormal, fit, [(np.full(len(rows), -first), span - first)])
    missing = (alignment.codes[rows] & int(Reason.MISSING_HEADLINE)) != 0
    # A sum over some of the candidates is not the candidates' sum.
    headline = replace(
        headline,
        car=np.where(missing[:, None], np.nan, headline.car),
        variance=np.where(missing[:, None], np.nan, headline.variance),
    )
    return alignment, Estimates(rows, fit, abnormal, sums, headline)


def _observed(alignment: Alignment, y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted moves as they were observed: beside a benchmark they say what noise of rounding is, not the rest."""
    design = alignment.design
    if design.given is None:
        return y
    return np.where(alignment.clean, design.y / np.sqrt(design.v), 0.0)


def _mean_square(y: NDArray[np.float64], sample: Sample, fit: Fit) -> NDArray[np.float64]:
    running = np.concatenate([[0.0], np.cumsum(y**2)])
    total = running[sample.starts + sample.length] - running[sample.starts]
    # rounding may leave less than zero
    return np.asarray(np.maximum(total, 0.0) / np.maximum(fit.n_obs, 1))
