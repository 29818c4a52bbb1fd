"""What the mean correlation of sums over windows is computed from, with exact weights on calendar sessions.

A cumulative abnormal move is a weighted sum of ordinary moves, CAR_i = sum_s a_i(s) u_i(s): a_i is the window's own
sessions, less what each estimation session puts into the parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .frozen import Frozen, read_only

__all__ = ["CalendarSample", "MeanCorrelation", "exact_weights"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MeanCorrelation:
    """Mean correlation of the standardized sums of N pairs.

    Attributes
    ----------
    raw : float
        Mean over i < j, as estimated.
    df : float
        Satterthwaite's degrees of freedom of the spread over the pairs; NaN where they were not asked for.
    note : str
        What a reader must know of it.

    Examples
    --------
    >>> MeanCorrelation(-0.01).r, MeanCorrelation(0.3).r
    (0.0, 0.3)
    """

    raw: float
    df: float = np.nan
    note: str = ""

    @property
    def r(self) -> float:
        """The correlation that tests use: a negative one is set to 0, never to their advantage."""
        return max(self.raw, 0.0) if np.isfinite(self.raw) else np.nan


@dataclass(frozen=True, slots=True, eq=False)
class CalendarSample(Frozen):
    """What the correlation of N pairs is computed from, for one window.

    Attributes
    ----------
    residuals : ndarray, shape (N, T)
        Weighted residuals of the estimation windows over their own s; NaN where a session does not count.
    estimation_days : ndarray of int, shape (N, T)
        Day of each estimation session, any numbers that rise with time and are the same for all pairs.
    estimation_weights : ndarray, shape (N, T)
        As `exact_weights` gives them.
    event_days : ndarray of int, shape (N, L)
        Day of each session of the window.
    event_weights : ndarray, shape (N, L)
        Zero where a move is missing.
    instrument : ndarray of int, shape (N,)
        A number that names the instrument of each pair.
    """

    residuals: Floats
    estimation_days: Ints
    estimation_weights: Floats
    event_days: Ints
    event_weights: Floats
    instrument: Ints

    def __post_init__(self) -> None:
        read_only(
            self.residuals, self.estimation_days, self.estimation_weights,
            self.event_days, self.event_weights, self.instrument,
        )  # fmt: skip
        moves = np.any(self.event_weights != 0.0, axis=1)
        if not moves.all():
            raise InputError(
                "a pair without any move in the window has no sum to correlate",
                parameter="event_weights",
                received=f"zeros in row {int(np.flatnonzero(~moves)[0])}",
                allowed="pairs whose sum is known; leave the others out",
            )


def exact_weights(
    x_event: Floats, v_event: Floats, x_estimation: Floats, xtx_inv: Floats
) -> tuple[Floats, Floats]:
    """Give the weights of a cumulative abnormal move on moves of unit variance.

    a = sqrt(v_t) on the window's sessions and -x'(X'WX)^-1 x_s on the estimation sessions, x = sum_t x_t the summed
    regressors of the window and x_s a weighted row. Then sum a^2 = sum v + x'(X'WX)^-1 x, the exact variance factor.

    Parameters
    ----------
    x_event : ndarray, shape (N, L, k)
        Regressors of the window; zero where a move is missing.
    v_event : ndarray, shape (N, L)
        Variance of each move over that of an ordinary one; zero where a move is missing.
    x_estimation : ndarray, shape (k, N, T)
        Weighted regressors of the estimation windows; zero where a session does not count.
    xtx_inv : ndarray, shape (N, k, k)
        (X'WX)^-1.

    Returns
    -------
    tuple of ndarray
        Weights on the estimation sessions, shape (N, T), and on the window's, shape (N, L).

    Examples
    --------
    A mean over four moves, taken from a window of two: L + L^2 / T = 3.

    >>> a, b = exact_weights(np.ones((1, 2, 1)), np.ones((1, 2)), np.ones((1, 1, 4)), np.full((1, 1, 1), 0.25))
    >>> a.tolist(), b.tolist(), float((a**2).sum() + (b**2).sum())
    ([[-0.5, -0.5, -0.5, -0.5]], [[1.0, 1.0]], 3.0)
    """
    estimation = np.zeros(x_estimation.shape[1:])
    coefficients = np.einsum("nti,nij->nj", x_event, xtx_inv)
    for column, coefficient in zip(x_estimation, coefficients.T, strict=True):
        estimation -= column * coefficient[:, None]
    return estimation, np.sqrt(v_event)
