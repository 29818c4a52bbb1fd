"""From an alignment to numbers: fits, abnormal moves, and their sums, for all usable pairs at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..alignment.reasons import LEFT_OUT, Reason
from ..maths.abnormal import Abnormal, Sums, abnormal_moves, cumulate
from ..maths.estimators import estimated_scars, fit_estimator
from ..maths.least_squares import Fit, fit_windows
from ..maths.resample import placebo_scars
from ..maths.sample import Sample
from ..timeline import Window
from .conditional import Volatilities, volatilities
from .methods import Method, Model

__all__ = ["Estimates", "estimate", "sample_of", "window_scars"]

Arrays = TypeVar("Arrays", Fit, Abnormal, Sums, Volatilities)

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
    method : Method or None
        How the model is fitted and judged where its errors have no known covariance: variances are NaN then. None for
        least squares.
    volatility : Volatilities or None
        What standardises, where the method says so.
    """

    rows: NDArray[np.int64]
    fit: Fit
    abnormal: Abnormal
    sums: Sums
    headline: Sums
    method: Method | None = None
    volatility: Volatilities | None = None

    def __repr__(self) -> str:
        return f"Estimates of {len(self.rows)} pairs"

    @property
    def no_covariance(self) -> str:
        """Why theory has no covariance for the model's errors; empty where it has one."""
        return "" if self.method is None else self.method.no_covariance

    @property
    def sar(self) -> NDArray[np.float64]:
        """A_t over its standard error, or over the volatility known before it and sqrt(v_t); shape (N, L2)."""
        ar, length = self.abnormal.ar, self.abnormal.ar.shape[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.volatility is None:
                return np.asarray(ar / np.sqrt(self.abnormal.variance(self.fit)))
            return np.asarray(ar / (self.volatility.path[:, -length:] * np.sqrt(self.abnormal.v)))

    def scar(self, sums: Sums, first: Sequence[int]) -> NDArray[np.float64]:
        """Give sums over their standard errors, or over the volatility known before them and sqrt(sum v).

        Parameters
        ----------
        sums : Sums
            Of the study's windows, or the headline.
        first : sequence of int
            Column of the event window in which each of the W windows begins.

        Returns
        -------
        ndarray, shape (N, W)
        """
        if self.volatility is None:
            return sums.scar
        before = self.volatility.path[:, -self.abnormal.ar.shape[1] :][:, list(first)]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(sums.car / (before * np.sqrt(sums.spread)))

    def some(self, places: NDArray[np.int64]) -> Estimates:
        """Give the estimates of some pairs alone."""

        def of(arrays: Arrays) -> Arrays:
            return type(arrays)(*(getattr(arrays, one.name)[places] for one in fields(arrays)))

        return Estimates(
            self.rows[places], of(self.fit), of(self.abnormal), of(self.sums), of(self.headline), self.method,
            None if self.volatility is None else of(self.volatility),
        )  # fmt: skip


def sample_of(alignment: Alignment, rows: NDArray[np.int64]) -> Sample:
    """Give the weighted long arrays of an alignment and the estimation windows of some pairs."""
    design, timeline = alignment.design, alignment.timeline
    starts = alignment.positions[rows] + timeline.estimation[0]
    return Sample(
        design.weighted_y, design.weighted_x, design.v, design.usable, alignment.clean, starts,
        timeline.estimation_length,
    )  # fmt: skip


def window_scars(
    alignment: Alignment,
    estimates: Estimates,
    places: NDArray[np.int64],
    begin: NDArray[np.int64],
    sessions: int,
) -> NDArray[np.float64]:
    """Give the standardized CAR of all placebo windows of some pairs, each by a fit that leaves it out.

    Parameters
    ----------
    alignment : Alignment
    estimates : Estimates
    places : ndarray of int, shape (N,)
        Places of the pairs among the estimates.
    begin : ndarray of int, shape (N,)
        Position of the first session of each event's window.
    sessions : int
        Sessions of a window.

    Returns
    -------
    ndarray, shape (N, T - L + 2)
        As `placebo_scars`, by the model's own rule (`estimated_scars`) where its errors have no known covariance.
    """
    sample = sample_of(alignment, estimates.rows[places])
    if estimates.method is None:
        return placebo_scars(sample, begin, sessions)
    before = None
    if estimates.volatility is not None:
        path = estimates.volatility.path[places]
        own = path[np.arange(len(places)), begin - sample.starts]
        before = np.column_stack([path[:, : sample.length - sessions + 1], own])
    return estimated_scars(sample, begin, sessions, estimates.method.estimator, before)


def estimate(
    alignment: Alignment, windows: Sequence[Window], model: Model | None = None
) -> tuple[Alignment, Estimates]:
    """Fit every pair that is not left out, and give its abnormal moves and their sums.

    Parameters
    ----------
    alignment : Alignment
    windows : sequence of (int, int)
    model : normal model, optional
        How the pairs are fitted; by least squares in the alignment's factors when not given.

    Returns
    -------
    tuple of Alignment and Estimates
        The alignment with the reasons that only the fit can know: no variation, collinear factors.
    """
    rows = np.flatnonzero((alignment.codes & int(LEFT_OUT)) == 0)
    sample = sample_of(alignment, rows)
    y, x, usable = sample.estimation()
    method = None if model is None else model.method
    if method is None:
        fit = fit_windows(y, x, usable, sample.starts, sample.length)
    else:
        fit = fit_estimator(sample, method.estimator)
    collinear = np.isnan(fit.params).any(axis=1)
    flat = ~collinear & ~(fit.sigma2 > FLAT * _mean_square(_observed(alignment, y), sample, fit))
    if np.any(collinear | flat):
        codes = alignment.codes.copy()
        codes[rows[collinear]] |= int(Reason.COLLINEAR)
        codes[rows[flat]] |= int(Reason.NO_VARIATION)
        alignment = replace(alignment, codes=codes)
        good = ~(collinear | flat)
        rows = rows[good]
        fit = fit.some(good)
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
    volatility = None
    if method is not None and method.volatility is not None:
        volatility = volatilities(alignment, rows, fit, method.volatility)
    return alignment, Estimates(rows, fit, abnormal, sums, headline, method, volatility)


def _observed(alignment: Alignment, y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted moves as they were observed: beside a benchmark they say what noise of rounding is, not the rest."""
    design = alignment.design
    if design.given is None:
        return y
    return np.where(alignment.clean, design.y / np.sqrt(design.v), 0.0)


def _mean_square(y: NDArray[np.float64], sample: Sample, fit: Fit) -> NDArray[np.float64]:
    running = np.zeros(len(y) + 1)
    np.cumsum(y**2, out=running[1:])
    total = running[sample.starts + sample.length] - running[sample.starts]
    # rounding may leave less than zero
    return np.asarray(np.maximum(total, 0.0) / np.maximum(fit.n_obs, 1))
