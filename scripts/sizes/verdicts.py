"""What a cell of the size table says of its test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from marketimpact.maths.over_events import KOLARI_PYNNONEN

from .registry import Entry
from .rows import Row

Verdict = Literal["held", "refused", "assumption violated", "printed", "failed", "power"]

STANDARD_ERRORS = 3.7
BAND = (0.035, 0.065)
"""What an asymptotic test may reject at a nominal 5 %."""

MOST_REFUSED = 0.9
"""Share of draws in which a test is refused, or told not to be read, from which on the cell is not gated."""


@dataclass(frozen=True)
class Cell:
    """One test in one row: the columns of the table's file.

    ``draws`` of the situation, ``share`` of those with a p-value in which it is at most 5 %; ``low`` and ``high``, the
    gate; shares of studies in which the package gives no p-value (``refused``), or gives one and its diagnosis says not
    to read it (``warned``).
    """

    row: str
    test: str
    L: int
    N: int
    T: int
    draws: int
    share: float
    attainable: float
    low: float
    high: float
    refused: float
    warned: float
    verdict: str
    seed: int


def judged(cell: Cell, row: Row, entry: Entry) -> Cell:
    """Give a cell with its gate, and what became of it."""
    # A test of few levels is compared with the one that it can attain, never with 5 %.
    low, high = (max(0.0, end + (cell.attainable - 0.05 if entry.level else 0.0)) for end in BAND)
    if entry.exact and not entry.nearly & row.tags:
        error = STANDARD_ERRORS * np.sqrt(cell.attainable * (1.0 - cell.attainable) / max(cell.draws, 1))
        low, high = max(cell.attainable - error, 0.0), cell.attainable + error
    if row.is_power:
        low = high = np.nan
    return replace(cell, low=low, high=high, verdict=_verdict(replace(cell, low=low, high=high), row, entry))


def _verdict(cell: Cell, row: Row, entry: Entry) -> Verdict:
    flagship = row.flagship and entry.name == KOLARI_PYNNONEN and "one date" not in row.tags
    if cell.refused + cell.warned >= MOST_REFUSED and not flagship:
        return "refused"
    if row.is_power:
        return "power"
    if entry.bears_not & row.tags:
        return "assumption violated"
    if {"staggered", "short"} <= row.tags or entry.printed(row):
        return "printed"
    return "held" if cell.low <= cell.share <= cell.high else "failed"
