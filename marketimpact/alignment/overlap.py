"""The overlap graph: which event windows share sessions, and how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..ledger import Status
from ..maths.dependence import overlap_clusters, overlap_edges, shared_days
from ..maths.frozen import Frozen, read_only
from ..maths.stale import last_quoted
from .positions import Positions

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_OVERLAPS", "OverlapGraph", "overlap_graph", "window_days"]


MOST_OVERLAPS = 20_000_000
"""Overlaps that are listed unless more are asked for."""

EDGES = 100_000
"""Edges whose windows are compared together."""


@dataclass(frozen=True, slots=True, eq=False)
class OverlapGraph(Frozen):
    """Which event windows reach over the same days: pairs as nodes, overlaps as edges.

    Attributes
    ----------
    pairs : ndarray of int, shape (N,)
        The nodes: places in the alignment of the pairs that are not left out.
    cluster : ndarray of int, shape (N,)
        Connected component of each, numbered in order of time. Tests over events take a cluster for one
        observation.
    one, other : ndarray of int, shape (E,)
        The edges: places among the nodes, each overlap once, in order of time.
    shared : ndarray of int, shape (E,)
        Sessions that both windows hold, by their dates [sessions]; 0 where the windows interleave without one.
    length : int
        Sessions in an event window.
    aligned : Positions
        The alignment, by reference.
    """

    pairs: NDArray[np.int64]
    cluster: NDArray[np.int64]
    one: NDArray[np.int64]
    other: NDArray[np.int64]
    shared: NDArray[np.int64]
    length: int
    aligned: Positions

    def __post_init__(self) -> None:
        read_only(self.pairs, self.cluster, self.one, self.other, self.shared)

    @property
    def n_clusters(self) -> int:
        """Connected components: what tests over events can count as independent observations."""
        return int(self.cluster.max(initial=-1)) + 1

    def to_frame(self) -> pd.DataFrame:
        """Give the edges as a frame: two pairs, the sessions they share, and their share of a window."""
        import pandas as pd

        a = self.aligned
        events, ids = a.events.ids, np.array(a.panel.ids, dtype=object)
        one, other = self.pairs[self.one], self.pairs[self.other]
        return pd.DataFrame(
            {
                "event_id": events[a.event[one]],
                "instrument": ids[a.instrument[one]],
                "other_event_id": events[a.event[other]],
                "other_instrument": ids[a.instrument[other]],
                "sessions": self.shared,
                "share": self.shared / self.length,
                "cluster": self.cluster[self.one],
            }
        )

    def __repr__(self) -> str:
        return f"OverlapGraph: {len(self.pairs)} pairs, {len(self.one)} overlaps, {self.n_clusters} clusters"


def window_days(a: Positions, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the first and last day of the event windows of some pairs, both inclusive [days since 1970].

    Moves run from quote to quote: a window begins on the day after the quote that its first move starts from.
    """
    first, last = a.timeline.event
    days, at = a.design.sessions.astype(np.int64), a.positions[rows]
    return days[last_quoted(a.design.frozen)[at + first - 1]] + 1, days[at + last]


def overlap_graph(a: Positions, limit: int = MOST_OVERLAPS) -> OverlapGraph:
    """Build the overlap graph of the pairs that are not left out.

    Windows are joined where they share a day between their first and their last session: moves run from quote to
    quote, so windows that interleave without a common session share news all the same.

    Parameters
    ----------
    a : Alignment
    limit : int
        Overlaps above which none is listed.

    Returns
    -------
    OverlapGraph

    Raises
    ------
    InputError
        If there are more overlaps than the limit.
    """
    rows = np.flatnonzero(a.status != Status.LEFT_OUT)
    first, last = window_days(a, rows)
    one, other = overlap_edges(first, last, limit=limit)
    taus = np.arange(a.timeline.event[0], a.timeline.event[1] + 1)
    days = a.design.sessions[a.positions[rows][:, None] + taus].astype(np.int64)
    shared = np.empty(len(one), dtype=np.int64)
    for begin in range(0, len(one), EDGES):  # the days of all edges at once would fill the memory
        part = slice(begin, begin + EDGES)
        shared[part] = shared_days(days[one[part]], days[other[part]])
    return OverlapGraph(rows, overlap_clusters(first, last), one, other, shared, len(taus), a)
