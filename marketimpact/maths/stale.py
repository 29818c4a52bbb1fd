"""Quotes that stand still: which moves are still, and which runs of them are improbably long."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["frozen_runs", "last_quoted", "next_quoted", "repeated_quotes", "runs_of", "still_moves"]

STILL = 0.02
"""A move up to this share of the median move that is not zero counts as still: 431.80 after 431.81."""

IMPROBABLE = 0.01
"""A run is frozen where fewer than this number of runs as long as it are expected in the series."""

MIN_STILL = 4
"""Still moves below which a run is never called frozen: five equal quotes."""

ROUNDING = 1e-12
"""Differences up to this share of the largest level are noise of binary fractions."""


def still_moves(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which moves stand still.

    A move is still where \\|difference\\| <= 0.02 times the median \\|difference\\| that is not zero. Plain
    differences serve prices and yields alike, as only their sizes beside each other count.

    Parameters
    ----------
    levels : ndarray, shape (n,)
        Levels in order of time [quoted unit]; finite.

    Returns
    -------
    ndarray of bool, shape (n - 1,)
        Of the move from each level to the next; empty below two levels.

    Examples
    --------
    >>> still_moves(np.array([431.80, 431.81, 433.1, 433.1, 431.9])).tolist()
    [True, False, True, False]
    """
    sizes = np.abs(np.diff(levels))
    if not len(sizes):
        return np.zeros(0, dtype=np.bool_)
    zero: NDArray[np.bool_] = sizes <= ROUNDING * np.abs(levels).max()
    if zero.all():
        return zero
    return np.asarray(zero | (sizes <= STILL * np.median(sizes[~zero])))


def frozen_runs(levels: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the runs of quotes that stand still improbably long.

    Let z be the number of stretches of still moves over the number of moves that are not still, at most 1: the
    chance that the next move is still. One long run counts as one stretch, so that it does not excuse itself, as
    it would by the share of still moves. Among n moves, about n z^r runs of r still moves or more are then
    expected. A run is frozen where that is below 0.01 and it has four still moves (five equal quotes) or more.
    A series that never moves is one run.

    Still moves are taken to come independently. Where they cluster, more is found: quiet years of a rate near
    zero; a tick of three standard deviations of the moves (4 % of simulated series show a run, at a tick of two
    .7 %, at half the moves still .4 %).

    Parameters
    ----------
    levels : ndarray, shape (n,)
        Levels in order of time [quoted unit]; finite.

    Returns
    -------
    first, last : ndarray of int, shape (k,)
        Index of the first and the last quote of each run, both inclusive, in order of time.

    Examples
    --------
    >>> levels = np.array([1.0, 3.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 5.0, 3.0, 4.5, 2.5, 4.0])
    >>> first, last = frozen_runs(levels)
    >>> first.tolist(), last.tolist()
    ([3], [8])
    """
    still = still_moves(levels)
    edges = np.diff(np.concatenate([[0], still.astype(np.int64), [0]]))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    lengths = last - first
    moving = len(still) - int(lengths.sum())
    chance = min(len(first) / moving, 1.0) if moving else 0.0
    frozen = (lengths >= MIN_STILL) & (len(still) * chance**lengths < IMPROBABLE)
    return first[frozen], last[frozen]


def repeated_quotes(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the quotes of frozen runs that repeat the first of their run, shape (n,).

    Examples
    --------
    >>> repeated_quotes(np.array([1.0, 3.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 5.0, 3.0])).astype(int).tolist()
    [0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0]
    """
    repeated = np.zeros(len(levels), dtype=np.bool_)
    for first, last in zip(*frozen_runs(levels), strict=True):
        repeated[first + 1 : last + 1] = True
    return repeated


def runs_of(repeated: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give the first and last quote of each run, the quote that the others repeat included, shape (r, 2).

    Examples
    --------
    >>> runs_of(np.array([False, True, True, False])).tolist()
    [[0, 2]]
    """
    edges = np.diff(np.concatenate([[0], repeated.astype(np.int8), [0]]))
    first, last = np.flatnonzero(edges == 1) - 1, np.flatnonzero(edges == -1) - 1
    return np.stack([np.maximum(first, 0), last], axis=1)


def next_quoted(repeated: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give the place of the first quote from each on that repeats none; of the last quote where there is none.

    Examples
    --------
    >>> next_quoted(np.array([False, True, True, False])).tolist()
    [0, 3, 3, 3]
    """
    n = len(repeated)
    places = np.where(repeated, n - 1, np.arange(n))
    return np.asarray(np.minimum.accumulate(places[::-1])[::-1])


def last_quoted(repeated: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give the place of the last quote up to each that repeats none; of the first quote where there is none.

    Examples
    --------
    >>> last_quoted(np.array([False, True, True, False])).tolist()
    [0, 0, 0, 3]
    """
    return np.asarray(np.maximum.accumulate(np.where(repeated, 0, np.arange(len(repeated)))))
