"""Large panels whose news reaches all instruments on the same dates: sums over dates instead of a matrix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..maths.frozen import Frozen, read_only
from .panel_moves import PanelMoves

__all__ = ["LARGE", "DateTable", "date_table"]

Floats = NDArray[np.float64]

LARGE = 20_000_000
"""Numbers in the matrix of regressors, 160 MB, above which it is not formed if sums over dates do."""


@dataclass(frozen=True, slots=True, eq=False)
class DateTable(Frozen):
    """Moves by date and instrument, and regressors by date.

    Attributes
    ----------
    y : ndarray, shape (T, S)
        NaN where there is no usable move.
    x : ndarray, shape (T, k)
    """

    y: Floats
    x: Floats

    def __post_init__(self) -> None:
        read_only(self.y, self.x)


def date_table(moves: PanelMoves, columns: Iterable[Floats]) -> DateTable | None:
    """Lay moves out by date, if every column is the same for all usable moves of a date.

    Parameters
    ----------
    moves : PanelMoves
    columns : iterable of ndarray, shape (n,)
        Taken one at a time.

    Returns
    -------
    DateTable or None
        None where a column differs between instruments of one date.
    """
    rows = np.flatnonzero(moves.usable)
    days, at = np.unique(moves.dates[rows], return_inverse=True)
    counts = np.bincount(at)
    x = []
    for column in columns:
        values = column[rows]
        mean = np.bincount(at, values) / counts
        if not np.array_equal(values, mean[at]):
            return None
        x.append(mean)
    y = np.full((len(days), len(moves.names)), np.nan)
    y[at, moves.units[rows]] = moves.y[rows]
    return DateTable(y[:, np.isfinite(y).any(axis=0)], np.column_stack(x))
