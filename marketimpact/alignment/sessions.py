"""From instants to sessions: which snapshots are the first after the news."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["candidates"]

Instants = NDArray[np.datetime64]


def candidates(
    start: Instants, end: Instants, earliest: Instants, latest: Instants
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the first and the last session that can be the first quoted after each event.

    For news at an instant t the event session is the first whose snapshot lies strictly after t. For an event
    [start, end) t is somewhere in the interval, so the candidates run from the first snapshot after the start
    to the first that no instant of the interval can miss: the first at or after the (excluded) end. A
    snapshot that is unknown lies somewhere between ``earliest`` and ``latest``.

    Parameters
    ----------
    start, end : ndarray of datetime64[s], shape (N,)
        The events' intervals, in UTC.
    earliest, latest : ndarray of datetime64[s], shape (n,)
        Bounds of each session's snapshot, ascending, in UTC.

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
    return (
        np.searchsorted(latest, start, side="right").astype(np.int64),
        np.searchsorted(earliest, end, side="left").astype(np.int64),
    )
