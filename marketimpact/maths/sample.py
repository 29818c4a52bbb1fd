"""The sample of a placebo or rank test: estimation rows and event rows, gathered from long arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .least_squares import CHUNK

__all__ = ["Rows", "Sample"]


@dataclass(frozen=True, slots=True)
class Rows:
    """Estimation rows of some windows, followed by their event rows; zero where a row does not count.

    Attributes
    ----------
    y : ndarray, shape (N, n)
        Weighted moves.
    x : ndarray, shape (k, N, n)
        Weighted regressors.
    usable : ndarray of bool, shape (N, n)
        Rows that count.
    """

    y: NDArray[np.float64]
    x: NDArray[np.float64]
    usable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sample:
    """Long arrays of all series, one after another, and the windows to gather from them.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Weighted moves, zero where unusable.
    x : ndarray, shape (k, n)
        Weighted regressors, zero where unusable.
    v : ndarray, shape (n,)
        Variance of each move over that of an ordinary one: its root turns a weighted residual back into a move.
    usable : ndarray of bool, shape (n,)
        Where the move and every regressor are known.
    clean : ndarray of bool, shape (n,)
        Those of them that may enter a fit: outside the event windows of all events. An event's own rows count all
        the same.
    starts : ndarray of int, shape (N,)
        First position of each estimation window.
    length : int
        Positions in an estimation window.

    Examples
    --------
    The third move lies in another event's window, and does not count; the event's own, the last, does:

    >>> known, clean = np.full(4, True), np.array([True, True, False, False])
    >>> sample = Sample(np.arange(4.0), np.ones((1, 4)), np.ones(4), known, clean, np.array([0]), 3)
    >>> sample.rows(slice(None), np.array([3]), 1).usable.tolist()
    [[True, True, False, True]]
    """

    y: NDArray[np.float64]
    x: NDArray[np.float64]
    v: NDArray[np.float64]
    usable: NDArray[np.bool_]
    clean: NDArray[np.bool_]
    starts: NDArray[np.int64]
    length: int

    def chunks(self) -> Iterator[slice]:
        """Give the windows in parts whose rows stay in the processor's cache."""
        return (slice(begin, begin + CHUNK) for begin in range(0, len(self.starts), CHUNK))

    def rows(self, part: slice, events: NDArray[np.int64], sessions: int) -> Rows:
        """Gather the rows of some windows.

        Parameters
        ----------
        part : slice
            Which windows.
        events : ndarray of int, shape (N,)
            Position of the first event row of every window, those outside the part too.
        sessions : int
            Event rows of a window [sessions].

        Returns
        -------
        Rows
        """
        at = (self.starts[part], self.length, events[part], sessions)
        usable = _gather(self.clean, self.usable, *at)
        y = np.where(usable, _gather(self.y, self.y, *at), 0.0)
        x = np.empty((len(self.x), *y.shape))
        for column, one in zip(x, self.x, strict=True):
            column[:] = np.where(usable, _gather(one, one, *at), 0.0)
        return Rows(y, x, usable)

    def roots(self, part: slice, events: NDArray[np.int64], sessions: int) -> NDArray[np.float64]:
        """Gather the roots of the variance ratios of the same rows, shape (N, n)."""
        gathered = _gather(self.v, self.v, self.starts[part], self.length, events[part], sessions)
        return np.asarray(np.sqrt(gathered))

    def estimation(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Give the long arrays with nothing but clean moves in them, as `fit_windows` takes them."""
        if self.clean is self.usable:
            return self.y, self.x, self.usable
        return np.where(self.clean, self.y, 0.0), np.where(self.clean, self.x, 0.0), self.clean


def _gather(
    estimation: NDArray[Any],
    event: NDArray[Any],
    starts: NDArray[np.int64],
    length: int,
    events: NDArray[np.int64],
    sessions: int,
) -> NDArray[Any]:
    """Take estimation rows of one long array and event rows of another, shape (N, length + sessions)."""
    window = sliding_window_view(estimation, length)[starts]
    return np.concatenate([window, event[events[:, None] + np.arange(sessions)]], axis=1)
