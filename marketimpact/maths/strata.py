"""Ranks among sessions of one kind: the event's weekday, with scheduled news or without."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .least_squares import fit_rows
from .single_event import TIE, Ranks

__all__ = ["FEWEST_DATES", "Stratum", "choose_stratum", "stratified_rank"]

FEWEST_DATES = 19
"""Placebo dates below which the rank of a stratum cannot reach .05."""

WEEK = 7


class Stratum(NamedTuple):
    """Sessions that an event is compared with.

    Attributes
    ----------
    chosen : ndarray of bool, shape (n,)
        The sessions, the event's own, the last, among them.
    weekdays : tuple of int
        Their weekdays, Monday 0, the event's first.
    scheduled : bool or None
        Whether they have scheduled news; None where those with and without were merged, or nobody has looked.
    merged : bool
        Whether the event's own stratum was too small.

    Examples
    --------
    >>> Stratum(np.array([True, True]), (2,), None, False).weekdays
    (2,)
    """

    chosen: NDArray[np.bool_]
    weekdays: tuple[int, ...]
    scheduled: bool | None
    merged: bool


def choose_stratum(
    weekdays: NDArray[np.int64],
    usable: NDArray[np.bool_],
    scheduled: NDArray[np.bool_] | None = None,
    *,
    fewest: int = FEWEST_DATES,
) -> Stratum:
    """Choose the sessions that share the event's weekday and its scheduled news, or the smallest union that is enough.

    A stratum with fewer placebo dates than ``fewest`` is merged with that of the weekday that follows, Sunday with
    Monday, and so on. Where all weekdays are not enough, sessions with and without scheduled news are merged, and the
    weekdays begin anew with the event's. The moves are not looked at, so that the choice leaves the rank as it is.

    Parameters
    ----------
    weekdays : ndarray of int, shape (n,)
        Monday 0 to Sunday 6; the event's last.
    usable : ndarray of bool, shape (n,)
        Sessions that are fitted and may be ranked.
    scheduled : ndarray of bool, shape (n,), optional
        Sessions that may show scheduled news.
    fewest : int
        Placebo dates, the event not counted.

    Returns
    -------
    Stratum
        All sessions where even they are too few.

    Examples
    --------
    Twenty weeks; Wednesdays are enough for an event on a Wednesday, but not those with scheduled news:

    >>> weekdays = np.append(np.tile(np.arange(5), 20), 2)
    >>> known, news = np.full(101, True), np.arange(101) % 3 == 1
    >>> choose_stratum(weekdays, known).weekdays
    (2,)
    >>> found = choose_stratum(weekdays, known, news)
    >>> found.weekdays, found.scheduled, int(found.chosen.sum()) - 1
    ((2, 3, 4), True, 20)
    """
    days = [int(day) for day in (int(weekdays[-1]) + np.arange(WEEK)) % WEEK]
    alike = [] if scheduled is None else [(scheduled == scheduled[-1], bool(scheduled[-1]))]
    for same, news in (*alike, (np.full(len(usable), True), None)):
        for width in range(1, WEEK + 1):
            chosen = usable & same & np.isin(weekdays, days[:width])
            if np.count_nonzero(chosen[:-1]) >= fewest:
                present = tuple(day for day in days[:width] if (weekdays[chosen] == day).any())
                merged = width > 1 or (scheduled is not None and news is None)
                return Stratum(chosen, present, news, merged)
    present = tuple(day for day in days if (weekdays[usable] == day).any())
    return Stratum(usable.copy(), present, None, True)


def stratified_rank(
    y: NDArray[np.float64], x: NDArray[np.float64], usable: NDArray[np.bool_], chosen: NDArray[np.bool_]
) -> Ranks:
    """Rank the abnormal move of one session among the residuals of its stratum, with refit.

    The model is fitted on the whole estimation window and the event, as in `rank_with_refit`; then the event is
    ranked among the sessions of its stratum alone. Where weekdays or news days differ in their variance, the plain
    rank compares unlike days: an event on a news day whose variance is four times the others' is rejected too often.

    Parameters
    ----------
    y : ndarray, shape (N, T + 1)
        Weighted moves, the event's last, zero where unusable.
    x : ndarray, shape (k, N, T + 1)
        Weighted regressors, zero where unusable.
    usable : ndarray of bool, shape (N, T + 1)
    chosen : ndarray of bool, shape (N, T + 1)
        Sessions of the stratum, the event's own among them.

    Returns
    -------
    Ranks
        NaN where the event is unknown.

    References
    ----------
    Gelbach, Helland and Klick (2013), the SQ test within strata, doi:10.1093/aler/aht006.

    Examples
    --------
    A move of 3 is the largest, but not among the stormy Wednesdays:

    >>> y = np.array([[1.0, 4.0] * 20 + [3.0]])
    >>> known, stormy = np.full((1, 41), True), np.append(np.tile([False, True], 20), True)[None]
    >>> [stratified_rank(y, np.empty((0, 1, 41)), known, some).p_value.round(2).tolist() for some in (known, stormy)]
    [[0.51], [1.0]]
    """
    _, _, residuals = fit_rows(y, x)
    size, ranked = np.abs(residuals), chosen & usable
    total = np.count_nonzero(ranked, axis=1)
    known = ranked[:, -1] & np.isfinite(residuals[:, -1])
    at_least = np.count_nonzero((size >= size[:, -1:] * (1.0 - TIE)) & ranked, axis=1)
    p_value = np.where(known, at_least / np.maximum(total, 1), np.nan)
    return Ranks(p_value, np.where(known, 1.0 / np.maximum(total, 1), np.nan))
