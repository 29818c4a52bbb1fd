"""One pair, with the arrays that its tests need."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..maths.abnormal import Abnormal
from ..maths.one_event import outside_support
from ..maths.outcome import Outcome
from ..maths.sample import Sample
from .estimates import Estimates, sample_of
from .spec import Spec

__all__ = ["NOWHERE", "Found", "Tested"]

Found = tuple[Outcome, tuple[int, int], tuple[float, float]]
"""An outcome, first and last tau of what is tested, and the interval that belongs to it [move unit]."""

NOWHERE = (np.nan, np.nan)
"""The interval of a test that has none."""


class Tested:
    """One pair under test: its fit, its abnormal moves, where it lies in the long arrays.

    Parameters
    ----------
    alignment : Alignment
    estimates : Estimates
    spec : Spec
    place : int
        Its place among the estimates.
    """

    def __init__(self, alignment: Alignment, estimates: Estimates, spec: Spec, place: int) -> None:
        self.alignment, self.estimates, self.spec, self.place = alignment, estimates, spec, place
        self.row = int(estimates.rows[place])
        self.late = int((alignment.last - alignment.position)[self.row])
        self.at = int(alignment.positions[self.row])
        self.first, self.end = spec.timeline.event
        one = slice(place, place + 1)
        self.fit = estimates.fit.some(one)
        self.no_covariance = estimates.no_covariance
        self.abnormal = Abnormal(
            *(getattr(estimates.abnormal, name)[one].copy() for name in ("ar", "x", "v"))
        )
        self.missing = bool(np.isnan(estimates.headline.car[place, 0]))
        self.headline = (0, self.late)

    @property
    def n_obs(self) -> int:
        """Estimation moves T."""
        return int(self.fit.n_obs[0])

    @property
    def df(self) -> int:
        """Degrees of freedom T - k."""
        return int(self.fit.df[0])

    @property
    def estimate(self) -> float:
        """The headline's sum [move unit]."""
        return float(self.estimates.headline.car[self.place, 0])

    def sample(self) -> Sample:
        """The long arrays, and the pair's estimation window."""
        return sample_of(self.alignment, np.array([self.row]))

    def residuals(self, *, holes: bool = False) -> NDArray[np.float64]:
        """Weighted residuals of the estimation window in the order of time; with NaN in its holes, or without them."""
        sample = self.sample()
        y, x, clean = (
            sliding_window_view(one, sample.length, axis=-1)[..., sample.starts[0], :]
            for one in sample.estimation()
        )
        found = y - self.fit.params[0] @ x
        return np.asarray(np.where(clean, found, np.nan) if holes else found[clean])

    @property
    def leverage(self) -> float:
        """h_0 of the event's factors, as an ordinary session would have them; NaN where it is unknown.

        A move over several sessions has a large intercept, which lies outside nothing: it counts as 1 here, and the
        factors are divided by the root of the variance ratio.
        """
        zero = -self.first
        v, x = self.abnormal.v[0, zero], self.abnormal.x[0, zero]
        if self.no_covariance or not v > 0.0:
            return float("nan")
        ordinary = x / np.sqrt(v)
        if self.alignment.design.given is None:
            ordinary[0] = 1.0
        return float(ordinary @ self.fit.xtx_inv[0] @ ordinary)

    @property
    def outside(self) -> bool:
        """Whether the factors' values lie outside those of the estimation window."""
        k = self.fit.params.shape[1]
        return bool(outside_support(np.array([self.leverage]), k, self.fit.n_obs)[0])
