"""One event, one series: the rank of its abnormal move among ordinary residuals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .least_squares import CHUNK, fit_rows

__all__ = ["TIE", "Ranks", "rank_with_refit", "sample_rows"]

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


def sample_rows(
    column: NDArray[Any],
    starts: NDArray[np.int64],
    length: int,
    events: NDArray[np.int64],
    sessions: int,
) -> NDArray[Any]:
    """Gather the estimation rows of N windows, followed by their event rows.

    Returns
    -------
    ndarray, shape (N, length + sessions)
    """
    window = sliding_window_view(column, length)[starts]
    return np.concatenate([window, column[events[:, None] + np.arange(sessions)]], axis=1)


def rank_with_refit(
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    usable: NDArray[np.bool_],
    starts: NDArray[np.int64],
    length: int,
    events: NDArray[np.int64],
) -> Ranks:
    """Rank the abnormal move of one session among the residuals of its estimation window, with refit.

    The event session is put into the sample, the model is fitted again on the T + 1 observations, and the
    size of the event's residual is ranked among all T + 1 residuals; ties count against the event. Under
    exchangeable errors p is exact at its attainable levels: without the refit the event is compared out
    of sample with residuals that were fitted, and rejects too often.

    Parameters
    ----------
    y, x, usable : ndarray
        Weighted moves, regressors and usable observations, as in `fit_windows`.
    starts : ndarray of int, shape (N,)
        First position of each estimation window.
    length : int
        Positions in an estimation window.
    events : ndarray of int, shape (N,)
        Position of each event session.

    Returns
    -------
    Ranks

    References
    ----------
    Gelbach, Helland and Klick (2013), the SQ test, doi:10.1093/aler/aht006.
    """
    p_value, p_floor = np.full(len(starts), np.nan), np.full(len(starts), np.nan)
    for begin in range(0, len(starts), CHUNK):
        part = slice(begin, begin + CHUNK)
        at = (starts[part], length, events[part], 1)
        rows = [sample_rows(column, *at) for column in (y, *x)]
        counts = sample_rows(usable, *at).astype(bool)
        _, _, residuals = fit_rows(rows[0], np.stack(rows[1:]))
        size = np.abs(residuals)
        at_least = (size >= size[:, -1:] * (1.0 - TIE)) & counts
        n = counts.sum(axis=1)
        known = counts[:, -1] & np.isfinite(residuals[:, -1])
        p_value[part] = np.where(known, at_least.sum(axis=1) / np.maximum(n, 1), np.nan)
        p_floor[part] = np.where(known, 1.0 / np.maximum(n, 1), np.nan)
    return Ranks(p_value, p_floor)
