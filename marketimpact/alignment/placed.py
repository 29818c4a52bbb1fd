"""Where the event of each pair falls, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .reasons import Codes

__all__ = ["Placed"]

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where the event of each pair falls.

    Attributes
    ----------
    series : ndarray of int, shape (N,)
        Place of the instrument in the design.
    position, last : ndarray of int, shape (N,)
        First and last candidate of the event session; the number of sessions where the series has ended.
    shift : ndarray of int, shape (N,)
        Calendar days from the event's day to its session.
    hours_apart : ndarray, shape (N,)
        Between the snapshots of instrument and factors [hours]; NaN where unknown.
    codes : ndarray of int, shape (N,)
        `Reason` bits of the roll.
    """

    series: Ints
    position: Ints
    last: Ints
    shift: Ints
    hours_apart: NDArray[np.float64]
    codes: Codes

    def part(self, rows: slice) -> Placed:
        """Give some of the pairs."""
        return Placed(
            self.series[rows], self.position[rows], self.last[rows], self.shift[rows],
            self.hours_apart[rows], self.codes[rows],
        )  # fmt: skip
