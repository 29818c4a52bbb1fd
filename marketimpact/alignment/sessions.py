"""From instants to sessions: which snapshots are the first after the news."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["candidates", "has_session", "nearer_before"]

Instants = NDArray[np.datetime64]
Days = NDArray[np.datetime64]


def candidates(
    start: Instants, end: Instants, earliest: Instants, latest: Instants, latency: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the first and the last session that can be the first quoted after each event.

    For news at an instant t the event session is the first whose snapshot lies strictly after t, and at least
    the latency after it. For an event [start, end) t is somewhere in the interval, so the candidates run from
    the first snapshot after the start to the first that no instant of the interval can miss: the first at or
    after the (excluded) end. A snapshot that is unknown lies somewhere between ``earliest`` and ``latest``.

    Parameters
    ----------
    start, end : ndarray of datetime64[s], shape (N,)
        The events' intervals, in UTC.
    earliest, latest : ndarray of datetime64[s], shape (n,)
        Bounds of each session's snapshot, ascending, in UTC.
    latency : int
        [minutes].

    Returns
    -------
    first, last : ndarray of int, shape (N,)
        Places of the first and last candidate; n where the series has ended.

    Examples
    --------
    "5 January 2022 in Almaty" may be known at the London close of the 5th, or not before the 6th:

    >>> close = np.array(["2022-01-04T16:30", "2022-01-05T16:30", "2022-01-06T16:30"], dtype="datetime64[s]")
    >>> day = np.array(["2022-01-04T18:00"], dtype="datetime64[s]")
    >>> first, last = candidates(day, day + np.timedelta64(1, "D"), close, close)
    >>> first.tolist(), last.tolist()
    ([1], [2])
    """
    wait = np.timedelta64(60 * latency, "s")
    return (
        np.searchsorted(latest, start + wait, side="left" if latency else "right"),
        np.searchsorted(earliest, end + wait, side="left"),
    )


def has_session(first_day: Days, last_day: Days, sessions: Days) -> NDArray[np.bool_]:
    """Whether a session is quoted on any of the days that each event touches.

    Parameters
    ----------
    first_day, last_day : ndarray of datetime64[D], shape (N,)
        First and last day of each event, both inclusive.
    sessions : ndarray of datetime64[D], shape (n,)

    Returns
    -------
    ndarray of bool, shape (N,)

    Examples
    --------
    >>> sessions = np.array(["2019-07-05", "2019-07-08"], dtype="datetime64[D]")
    >>> days = np.array(["2019-07-05", "2019-07-06"], dtype="datetime64[D]")
    >>> has_session(days, days, sessions).tolist()
    [True, False]
    """
    if not len(sessions):
        return np.zeros(len(first_day), dtype=bool)
    # Days are few and events many: sessions up to each day are counted once and looked up.
    days = int((sessions[-1] - sessions[0]).astype(np.int64)) + 1
    quoted = np.bincount((sessions - sessions[0]).astype(np.int64), minlength=days)
    up_to = np.concatenate([[0], np.cumsum(quoted)])
    before = up_to[np.clip((first_day - sessions[0]).astype(np.int64), 0, days)]
    return np.asarray(up_to[np.clip((last_day - sessions[0]).astype(np.int64) + 1, 0, days)] > before)


def nearer_before(
    start: NDArray[np.datetime64],
    end: NDArray[np.datetime64],
    before: NDArray[np.datetime64],
    after: NDArray[np.datetime64],
) -> NDArray[np.bool_]:
    """Whether the session before an event is nearer to its start than the one after is to its end; a tie is not.

    Parameters
    ----------
    start, end, before, after : ndarray of datetime64, shape (N,)
        Instants, or days.

    Returns
    -------
    ndarray of bool, shape (N,)

    Examples
    --------
    A Saturday is nearer to Friday, a Sunday to Monday:

    >>> days = np.array(["2019-07-06", "2019-07-07"], dtype="datetime64[D]")
    >>> friday, monday = np.array(["2019-07-05", "2019-07-08"], dtype="datetime64[D]")
    >>> nearer_before(days, days, np.array([friday] * 2), np.array([monday] * 2)).tolist()
    [True, False]
    """
    return np.asarray(start - before < after - end)
