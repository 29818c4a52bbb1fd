"""Confidence sets of a ratio: an interval, its complement, the whole line, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["ConfidenceSet", "SetShape", "invert_on_circle"]

SetShape = Literal["interval", "complement", "half-line", "whole line", "empty"]

GRID = 1_440
"""Angles at which a test is tried before the ends are looked for."""

HALVINGS = 50
"""Times that the step between an accepted and a rejected angle is halved."""


@dataclass(frozen=True, slots=True)
class ConfidenceSet:
    """A set of numbers that a test does not reject: closed intervals, one after another.

    Attributes
    ----------
    parts : tuple of (float, float)
        Ends: of one interval, either of which may be infinite; or of the two half-lines beside an interval; or none.
    level : float

    Examples
    --------
    >>> found = ConfidenceSet(((-np.inf, -2.0), (3.0, np.inf)), 0.9)
    >>> found.shape, 0.0 in found, 5.0 in found, str(found)
    ('complement', False, True, 'all but -2 to 3')
    """

    parts: tuple[tuple[float, float], ...]
    level: float

    @property
    def shape(self) -> SetShape:
        """What the set is: "complement" is all but an interval."""
        if len(self.parts) != 1:
            return "complement" if self.parts else "empty"
        shapes: tuple[SetShape, ...] = ("interval", "half-line", "whole line")
        return shapes[int(np.isinf(self.parts[0]).sum())]

    @property
    def bounded(self) -> bool:
        """Whether the set is empty or has two finite ends: the data then bound the number."""
        return not self.parts or bool(np.isfinite(self.parts[0][0]) and np.isfinite(self.parts[-1][1]))

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of a set that is an interval; NaN for every other, which no two ends describe."""
        return self.parts[0] if self.shape == "interval" else (np.nan, np.nan)

    def __contains__(self, value: float) -> bool:
        return any(low <= value <= high for low, high in self.parts)

    def words(self, form: str = ".4g") -> str:
        """Write the set."""
        if self.shape == "complement":
            return f"all but {self.parts[0][1]:{form}} to {self.parts[1][0]:{form}}"
        if self.shape in ("empty", "whole line"):
            return "none" if self.shape == "empty" else "any number"
        low, high = self.parts[0]
        if np.isinf(low):
            return f"up to {high:{form}}"
        return f"{low:{form}} or more" if np.isinf(high) else f"{low:{form}} to {high:{form}}"

    def __str__(self) -> str:
        return self.words()


def invert_on_circle(
    accepts: Callable[[NDArray[np.float64]], NDArray[np.bool_]], inside: float, scale: float, level: float
) -> ConfidenceSet:
    """Find the numbers c that a test accepts, on the circle on which minus and plus infinity meet.

    With c = scale tan(a), angles a from -pi/2 to pi/2 are tried on a grid that holds the estimate, and the step from
    an accepted to a rejected angle is halved until it is small. On the circle a set that reaches beyond infinity is
    one piece: a complement of an interval on the line. Where a test of resamples rejects in several places, its steps
    do, the widest of them is left out and the others are filled: the set can only be too large.

    Parameters
    ----------
    accepts : callable
        Takes angles, shape (m,), and says which the test accepts. -pi/2 and pi/2 are the same number.
    inside : float
        The estimate, which is accepted; NaN where there is none.
    scale : float
        Size of an ordinary number [as c]; above 0.
    level : float

    Returns
    -------
    ConfidenceSet

    Examples
    --------
    >>> found = invert_on_circle(lambda a: np.abs(np.tan(a) - 2.0) <= 1.0, 2.0, 1.0, 0.9)
    >>> tuple(round(end, 9) for end in found.parts[0])
    (1.0, 3.0)
    """
    grid = np.linspace(-np.pi / 2.0, np.pi / 2.0, GRID + 1)[1:]
    if np.isfinite(inside):
        grid = np.unique(np.append(grid, np.arctan(inside / scale)))
    taken = accepts(grid)
    if taken.all():
        return ConfidenceSet(((-np.inf, np.inf),), level)
    if not taken.any():
        return ConfidenceSet((), level)
    before, own = np.roll(taken, 1), np.append(grid[-1] - np.pi, grid[:-1])
    begins = np.flatnonzero(taken & ~before)
    ends = np.flatnonzero(~taken & before)
    starts = _edge(accepts, own[begins], grid[begins], False)
    stops = _edge(accepts, own[ends], grid[ends], True)
    # Each gap begins where an arc stops, and ends where the next one starts, maybe on the other side of infinity.
    after = np.roll(starts, -1) if begins[0] < ends[0] else starts
    widest = int(np.argmax((after - stops) % np.pi))
    low, high = (scale * float(np.tan(one[widest])) for one in (after, stops))
    if low <= high:
        return ConfidenceSet(((low, high),), level)
    return ConfidenceSet(((-np.inf, high), (low, np.inf)), level)


def _edge(
    accepts: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    accepted_below: bool,
) -> NDArray[np.float64]:
    """Halve the steps until they are small; give the accepted ends."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        there = accepts(middle) == accepted_below
        low, high = np.where(there, middle, low), np.where(there, high, middle)
    return low if accepted_below else high
