"""Which moves may enter a fit: those outside all event windows on the instrument."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..timeline import Timeline
from .design import Design

__all__ = ["clean_moves"]

Ints = NDArray[np.int32]


def clean_moves(
    design: Design, bounds: NDArray[np.int64], position: Ints, last: Ints, timeline: Timeline
) -> NDArray[np.bool_]:
    """Give the moves that no event window holds: those that may enter a fit.

    An event's own window never touches its own estimation window, so that a move in anybody's window is in
    another event's for every pair whose estimation window holds it.

    Parameters
    ----------
    design : Design
    bounds : ndarray of int, shape (S + 1,)
        Where the pairs of each instrument begin.
    position, last : ndarray of int, shape (N,)
        First and last candidate of the event session of each pair, the pairs of one instrument together.
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
        there = position[rows] < n
        at, late = position[rows][there], last[rows][there]
        opened = np.bincount(np.maximum(at + first, 0), minlength=n + 1)
        closed = np.bincount(np.minimum(np.maximum(at + end, late) + 1, n), minlength=n + 1)
        clean[offset : offset + n] &= np.cumsum(opened - closed)[:n] == 0
    return clean
