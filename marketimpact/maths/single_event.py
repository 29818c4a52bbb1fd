"""One event, one series: the rank of its abnormal move among ordinary residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .least_squares import fit_rows
from .sample import Sample

__all__ = ["TIE", "Ranks", "rank_with_refit"]

TIE = 1e-9
"""Residuals this close to the event's, relative to it, count as ties: they differ by rounding alone."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """Rank p-values of N pairs.

    Attributes
    ----------
    p_value : ndarray, shape (N,)
        Share of the T + 1 residuals at least as large as the event's, itself included; NaN where unknown.
    p_floor : ndarray, shape (N,)
        1 / (T + 1), the smallest p that can be reached.
    """

    p_value: NDArray[np.float64]
    p_floor: NDArray[np.float64]


def rank_with_refit(sample: Sample, events: NDArray[np.int64]) -> Ranks:
    """Rank the abnormal move of one session among the residuals of its estimation window, with refit.

    The event session is put into the sample, the model is fitted again on the T + 1 observations, and the
    size of the event's residual is ranked among all T + 1 residuals; ties count against the event. Under
    exchangeable errors p is exact at its attainable levels: without the refit the event is compared out
    of sample with residuals that were fitted, and rejects too often.

    Parameters
    ----------
    sample : Sample
    events : ndarray of int, shape (N,)
        Position of each event session.

    Returns
    -------
    Ranks

    References
    ----------
    Gelbach, Helland and Klick (2013), the SQ test, doi:10.1093/aler/aht006.
    """
    n = len(sample.starts)
    p_value, p_floor = np.full(n, np.nan), np.full(n, np.nan)
    for part in sample.chunks():
        rows = sample.rows(part, events, 1)
        _, _, residuals = fit_rows(rows.y, rows.x)
        size = np.abs(residuals)
        at_least = (size >= size[:, -1:] * (1.0 - TIE)) & rows.usable
        total = rows.usable.sum(axis=1)
        known = rows.usable[:, -1] & np.isfinite(residuals[:, -1])
        p_value[part] = np.where(known, at_least.sum(axis=1) / np.maximum(total, 1), np.nan)
        p_floor[part] = np.where(known, 1.0 / np.maximum(total, 1), np.nan)
    return Ranks(p_value, p_floor)
