"""Estimation rows in event time: those of one cluster on the same days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .event_rows import Windows

__all__ = ["Layout", "event_layout"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BEFORE_TIME = -(2**40)
"""Day below which a position has no day."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the sessions of estimation windows stand in event time.

    Attributes
    ----------
    windows : Windows
    width : int
        Columns, T or more.
    place : ndarray of int, shape (N,)
        Row of ``back`` of each pair's cluster; -1 where its pairs have the same days, and stay where they are.
    last : ndarray of int, shape (G,)
        Last day of each cluster in ``back``.
    back : ndarray of int, shape (G, D)
        Columns from the last one back to the day so many days before the last.
    """

    windows: Windows
    width: int
    place: Ints
    last: Ints
    back: Ints

    def lay(self, values: Floats, part: slice) -> Floats:
        """Lay out the estimation rows of some pairs.

        Parameters
        ----------
        values : ndarray, shape (n, T)
        part : slice
            Which pairs.

        Returns
        -------
        ndarray, shape (n, width)
            NaN where a pair has no session.
        """
        if not len(self.last):
            return values
        out = np.full((len(values), self.width), np.nan)
        out[:, self.width - values.shape[1] :] = values
        moved = np.flatnonzero(self.place[part] >= 0)
        if len(moved):
            out[moved] = np.nan
            group = self.place[part][moved, None]
            days = _days(self.windows, part)[moved]
            there = days > BEFORE_TIME
            at = self.width - 1 - self.back[group, np.where(there, self.last[group] - days, 0)]
            row, cell = np.nonzero(there)
            out[moved[row], at[row, cell]] = values[moved[row], cell]
        return out


def event_layout(windows: Windows, clusters: Ints) -> Layout:
    """Lay out estimation windows in event time.

    Instruments of one date whose holidays differ have different days at one tau; side by side their rows would hide how
    far they move together. Within a cluster a column is a day that any of its pairs is quoted on, counted back from the
    last; a pair without it has NaN there. Only for windows that are not staggered.

    Parameters
    ----------
    windows : Windows
    clusters : ndarray of int, shape (N,)

    Returns
    -------
    Layout
    """
    length = windows.sample.length
    _, lead, of_pair = np.unique(clusters, return_index=True, return_inverse=True)
    differs = np.zeros(len(lead), dtype=np.bool_)
    view = sliding_window_view(windows.days, length)
    for part in windows.parts():
        other = np.any(_days(windows, part) != view[windows.sample.starts[lead[of_pair[part]]]], axis=1)
        differs[of_pair[part][other]] = True
    groups = int(np.count_nonzero(differs))
    place = np.where(differs, np.cumsum(differs) - 1, -1)[of_pair]
    last = np.full(groups, BEFORE_TIME)
    first = np.full(groups, -BEFORE_TIME)
    moved = place >= 0
    for part in windows.parts() if groups else ():
        days = _days(windows, part)[moved[part]]
        there = days > BEFORE_TIME
        np.maximum.at(last, place[part][moved[part]], np.where(there, days, BEFORE_TIME).max(axis=1))
        np.minimum.at(first, place[part][moved[part]], np.where(there, days, -BEFORE_TIME).min(axis=1))
    seen = np.zeros((groups, int((last - first).max(initial=-1)) + 1), dtype=np.bool_)
    for part in windows.parts() if groups else ():
        group = place[part][moved[part], None]
        days = _days(windows, part)[moved[part]]
        there = days > BEFORE_TIME
        seen[np.broadcast_to(group, days.shape)[there], (last[group] - days)[there]] = True
    back = np.cumsum(seen, axis=1, dtype=np.int64) - 1
    return Layout(windows, max(length, int(back.max(initial=-1)) + 1), place, last, back)


def _days(windows: Windows, part: slice) -> Ints:
    """Days of the estimation windows of some pairs, shape (n, T)."""
    return np.asarray(sliding_window_view(windows.days, windows.sample.length)[windows.sample.starts[part]])
