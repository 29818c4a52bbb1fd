"""Which of several candidate sessions moved: the largest abnormal move among them, judged as the largest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..maths.abnormal import Abnormal, covariance
from ..maths.frozen import read_only
from ..maths.max_statistic import max_with_refit, sup_t
from .estimates import Estimates, sample_of

__all__ = ["MAX_RANK", "SUP_T", "WhichDays", "largest_candidates"]

MIN_RATIO = 19
"""Estimation moves per candidate below which the rank of the largest cannot reach .05."""

MAX_RANK = "largest of the candidates, rank with refit"
SUP_T = "largest of the candidates, sup-t"

KNOWN = "the event session is known"
UNKNOWN = "a move of the candidate sessions is missing"
TAILS = "trusts normal errors: with heavy tails the 5 % test rejects 12 to 14 %"


@dataclass(frozen=True, slots=True)
class WhichDays:
    """The largest of each pair's candidate moves. Arrays have the shape (N,).

    Attributes
    ----------
    which : ndarray of int
        tau of the largest, -1 where the test does not apply.
    p_value, p_floor : ndarray
        NaN where the test does not apply; the floor of the sup-t is 0.
    test, reason, note : ndarray of str
        Name of the test, why it does not apply, what a reader must know.
    """

    which: NDArray[np.int64]
    p_value: NDArray[np.float64]
    p_floor: NDArray[np.float64]
    test: NDArray[np.object_]
    reason: NDArray[np.object_]
    note: NDArray[np.object_]

    def __post_init__(self) -> None:
        read_only(self.which, self.p_value, self.p_floor, self.test, self.reason, self.note)


def largest_candidates(alignment: Alignment, estimates: Estimates, chosen: NDArray[np.int64]) -> WhichDays:
    """Judge the largest abnormal move among the candidate sessions of some pairs.

    Where T is at least 19 L, by its rank among all T + L residuals (`max_with_refit`); else by the multivariate t
    of the L abnormal moves (`sup_t`), which trusts normal errors. Not of a model whose errors have no known covariance.

    Parameters
    ----------
    alignment : Alignment
    estimates : Estimates
    chosen : ndarray of int, shape (N,)
        Places among the estimates.

    Returns
    -------
    WhichDays
    """
    n, rows = len(chosen), estimates.rows[chosen]
    lengths = (alignment.last - alignment.position)[rows].astype(np.int64) + 1
    which, p_value, p_floor = np.full(n, -1), np.full(n, np.nan), np.full(n, np.nan)
    test, reason, note = (np.full(n, text, dtype=object) for text in (MAX_RANK, "", ""))
    reason[lengths == 1] = KNOWN
    doubtful = (lengths > 1) & (estimates.method is None)
    by_rank = doubtful & (estimates.fit.n_obs[chosen] >= MIN_RATIO * lengths)
    for sessions in np.unique(lengths[by_rank]):
        here = np.flatnonzero(by_rank & (lengths == sessions))
        events = alignment.positions[rows[here]]
        ranks = max_with_refit(sample_of(alignment, rows[here]), events, int(sessions))
        which[here], p_value[here], p_floor[here] = ranks.which, ranks.p_value, ranks.p_floor
    for i in np.flatnonzero(doubtful & ~by_rank):
        test[i], note[i], p_floor[i] = SUP_T, TAILS, 0.0
        which[i], p_value[i] = _by_sup_t(
            estimates, int(chosen[i]), -alignment.timeline.event[0], int(lengths[i])
        )
    reason[(lengths > 1) & np.isnan(p_value)] = estimates.no_covariance or UNKNOWN
    p_floor[np.isnan(p_value)] = np.nan
    return WhichDays(which, p_value, p_floor, test, reason, note)


def _by_sup_t(estimates: Estimates, place: int, zero: int, sessions: int) -> tuple[int, float]:
    """The largest of one pair's candidates, and its p; unknown where a candidate's move is missing."""
    days = slice(zero, zero + sessions)
    one = slice(place, place + 1)
    fit = estimates.fit.some(one)
    abnormal = Abnormal(*(getattr(estimates.abnormal, name)[one, days].copy() for name in ("ar", "x", "v")))
    if not np.isfinite(abnormal.ar).all():
        return -1, np.nan
    found = sup_t(abnormal.ar[0], covariance(abnormal, fit)[0], float(fit.df[0]))
    return found.which, found.p_value
