"""Which moves may enter a fit: those outside all event windows on the instrument."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..timeline import Timeline
from .design import Design
from .placed import Placed
from .reasons import Reason

__all__ = ["clean_moves"]


def clean_moves(
    design: Design, bounds: NDArray[np.int64], placed: Placed, timeline: Timeline
) -> NDArray[np.bool_]:
    """Give the moves that no event window holds: those that may enter a fit.

    The windows of pairs that are left out, or dropped by the roll policy, count: their news happened.

    An event's own window never touches its own estimation window, so that a move in anybody's window is in
    another event's for every pair whose estimation window holds it.

    Parameters
    ----------
    design : Design
    bounds : ndarray of int, shape (S + 1,)
        Where the pairs of each instrument begin.
    placed : Placed
        Where the event of each pair falls, the pairs of one instrument together.
    timeline : Timeline
        Its event window, and the candidates beyond it, are left out.

    Returns
    -------
    ndarray of bool, shape (n,)
        Along the long arrays of the design.
    """
    clean = design.usable.copy()
    first, end = timeline.event
    for s, (offset, n) in enumerate(zip(design.offset, design.length, strict=True)):
        rows = slice(bounds[s], bounds[s + 1])
        there = (placed.position[rows] < n) & ((placed.codes[rows] & int(Reason.BEFORE_FIRST)) == 0)
        at, late = placed.position[rows][there], placed.last[rows][there]
        # News of a frozen run shows in the first move after it.
        shows = _next_quoted(design.frozen[offset : offset + n])[at]
        opened = np.bincount(np.maximum(at + first, 0), minlength=n + 1)
        closed = np.bincount(np.minimum(np.maximum(shows + end, late) + 1, n), minlength=n + 1)
        clean[offset : offset + n] &= np.cumsum(opened - closed)[:n] == 0
    return clean


def _next_quoted(frozen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Place of the first session from each on that is not part of a frozen run; the last where there is none."""
    n = len(frozen)
    places = np.where(frozen, n - 1, np.arange(n))
    return np.minimum.accumulate(places[::-1])[::-1]
