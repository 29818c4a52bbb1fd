"""Events that first show in the same sessions of an instrument: one move, however many pieces of news."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..news.event_set import EventSet
from .reasons import Codes, Reason

__all__ = ["groups_of", "shared_codes"]

Ints = NDArray[np.int64]


def shared_codes(
    move: Ints, events: EventSet, event: NDArray[np.int32], counted: NDArray[np.bool_], *, joint: bool
) -> Codes:
    """Give the reason bits of pairs whose move is another pair's too.

    Parameters
    ----------
    move : ndarray of int, shape (N,)
        A number for the headline move of each pair.
    events : EventSet
    event : ndarray of int, shape (N,)
        Places of the events.
    counted : ndarray of bool, shape (N,)
        Pairs that have a session.
    joint : bool
        Whether the pairs of one move become one joint event, under the name of the earliest.

    Returns
    -------
    ndarray of int, shape (N,)
        `Reason.SHARED`; of a joint event for the earliest alone, `Reason.JOINED` for the others.
    """
    repeated = _repeated(move, counted)
    codes = repeated * np.int64(Reason.SHARED)
    if joint and repeated.any():
        rows = np.flatnonzero(repeated)
        order = rows[np.lexsort((events.ids[event[rows]].astype(str), events.start[event[rows]], move[rows]))]
        later = order[1:][move[order][1:] == move[order][:-1]]
        codes[later] = int(Reason.JOINED)
    return codes


def _repeated(keys: Ints, counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a key stands more than once among the pairs that count."""
    some = keys if counted.all() else keys[counted]
    repeated = np.zeros(len(keys), dtype=bool)
    if len(some) and int(some.max()) <= 16 * len(some):  # counting beats sorting where keys are dense
        repeated[counted] = (np.bincount(some) > 1)[some]
    else:
        _, which, count = np.unique(some, return_inverse=True, return_counts=True)
        repeated[counted] = count[which] > 1
    return repeated


def groups_of(move: Ints, rows: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    """Give the pairs that share each move, by its number.

    Examples
    --------
    >>> {key: at.tolist() for key, at in groups_of(np.array([7, 5, 7]), np.arange(3)).items()}
    {5: [1], 7: [0, 2]}
    """
    order = rows[np.argsort(move[rows], kind="stable")]
    keys, starts = np.unique(move[order], return_index=True)
    return {int(key): group for key, group in zip(keys, np.split(order, starts[1:]), strict=True)}
