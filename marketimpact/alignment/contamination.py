"""Which moves may enter a fit: those outside all event windows on the instrument."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..maths.stale import next_quoted
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
        Where the pairs of each series begin.
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
        # an instrument may have several series, one after another, each with donors of its own
        own = np.flatnonzero(design.members == design.members[s])
        rows = slice(bounds[own[0]], bounds[own[-1] + 1])
        there = (placed.position[rows] < n) & ((placed.codes[rows] & int(Reason.BEFORE_FIRST)) == 0)
        at, late = placed.position[rows][there], placed.last[rows][there]
        # What falls into a frozen run shows in the first move after it.
        quoted = next_quoted(design.frozen[offset : offset + n])
        covered = quoted[np.minimum(np.maximum(at + end, late), n - 1)]
        until = np.minimum(np.maximum(quoted[at] + end, covered), n - 1)
        opened = np.bincount(np.maximum(at + first, 0), minlength=n + 1)
        closed = np.bincount(until + 1, minlength=n + 1)
        clean[offset : offset + n] &= np.cumsum(opened - closed)[:n] == 0
    return clean
