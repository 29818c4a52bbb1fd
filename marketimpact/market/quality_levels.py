"""What the levels of one series show: frozen runs, a coarse tick, many zero moves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..maths.moves import moves_from_levels
from ..maths.stale import ROUNDING, runs_of
from .instruments import Instrument
from .quality_findings import Finding
from .quotes import Quotes

__all__ = ["MIN_MOVES", "TO_SD", "level_findings", "move_sizes", "moves_of"]

MIN_MOVES = 20
"""Moves below which a scale is not estimated."""

COARSE = 0.5
"""A tick of this many sd of the moves is coarse: a fifth of the moves is zero for want of a finer one."""

STALE_SHARE = 0.2
"""Share of zero moves above which tests by rank lose their size."""

TO_SD = 1.4826
"""Median of the absolute deviations to sd, for a normal."""


def level_findings(instrument: Instrument, quotes: Quotes) -> Iterator[Finding]:
    """Give what the levels show: frozen runs, and a coarse tick or many zero moves outside them.

    Parameters
    ----------
    instrument : Instrument
    quotes : Quotes
        Without the weekend rows that repeat Friday's.

    Yields
    ------
    Finding

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> levels = pd.Series([4.1, 4.2] * 15, index=pd.bdate_range("2022-01-03", periods=30))
    >>> levels.iloc[10:17] = 4.1
    >>> panel = mi.Panel.from_frame(levels, instruments=mi.SovereignBond("KZ 2045", quoted="yield"))
    >>> print(*level_findings(panel.instruments[0], panel.quotes[0]), sep="\\n")
    KZ 2045, frozen run: 7 quotes at 4.1 from 2022-01-17 to 2022-01-25; 21 % of all moves are zero
    KZ 2045, coarse tick: 0 % of the moves outside frozen runs are zero; smallest step 0.1 [percent], 1 sd of the moves
    """
    repeated = quotes.standing_still()
    for i, j in runs_of(repeated):
        yield _frozen(instrument, quotes, int(i), int(j))
    sizes = move_sizes(quotes.levels)[~repeated[1:]]
    if np.count_nonzero(sizes) >= MIN_MOVES:
        yield from _resolution(instrument, quotes, sizes)


def move_sizes(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the sizes of the moves between levels, over the largest level; rounding noise is 0.

    Examples
    --------
    >>> move_sizes(np.array([0.1 + 0.2, 0.3, 0.4])).round(9).tolist()
    [0.0, 0.25]
    """
    top = np.abs(levels).max()
    sizes = np.abs(np.diff(levels / top)) if top > 0.0 else np.zeros(len(levels) - 1)
    return np.asarray(np.where(sizes > ROUNDING, sizes, 0.0))


def _frozen(instrument: Instrument, quotes: Quotes, i: int, j: int) -> Finding:
    days, levels = quotes.sessions, quotes.levels[i : j + 1]
    zero = np.mean(move_sizes(quotes.levels) == 0.0)
    low, high = levels.min(), levels.max()
    at = f"{low:g}" if low == high else f"{low:.10g} to {high:.10g}"
    words = (
        f"{j - i + 1} quotes at {at} from {days[i]} to {days[j]}; {100 * zero:.0f} % of all moves are zero"
    )
    return Finding(instrument.id, "frozen run", days[i], days[j], float(j - i + 1), "quotes", words)


def _resolution(instrument: Instrument, quotes: Quotes, sizes: NDArray[np.float64]) -> Iterator[Finding]:
    """Give a coarse tick, else many zero moves, by the sizes of the moves outside frozen runs."""
    tick = _tick(quotes.levels)
    mild = np.sort(sizes)[: int(np.ceil(0.99 * len(sizes)))]  # without the wildest
    usual = float(np.sqrt(np.mean((mild if mild.any() else sizes) ** 2)))
    share = float(np.mean(sizes == 0.0))
    coarse = tick >= COARSE * usual
    if coarse or share > STALE_SHARE:
        step = tick * float(np.abs(quotes.levels).max())
        words = (
            f"{100 * share:.0f} % of the moves outside frozen runs are zero; smallest step {step:.3g}"
            f" [{instrument.quoted_unit}], {tick / usual:.2g} sd of the moves"
        )
        days = quotes.sessions
        kind = "coarse tick" if coarse else "zero moves"
        value, unit = (tick / usual, "sd of the moves") if coarse else (share, "share of moves")
        yield Finding(instrument.id, kind, days[0], days[-1], value, unit, words)


def _tick(levels: NDArray[np.float64]) -> float:
    """Give the smallest step between two levels of the series, over the largest level; 0 where there is none."""
    steps = np.diff(np.unique(levels / np.abs(levels).max()))
    steps = steps[steps > ROUNDING]
    return float(steps.min()) if len(steps) else 0.0


def moves_of(instrument: Instrument, levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the moves between levels, of the instrument's own kind [its unit].

    Examples
    --------
    >>> from marketimpact.market.bonds import SovereignBond
    >>> moves_of(SovereignBond("KZ 2045", quoted="yield"), np.array([4.20, 4.53])).round(9).tolist()
    [33.0]
    """
    kind = instrument.move_kind()
    unit = instrument.quoted_unit if kind.rule == "difference" else None
    return moves_from_levels(levels, kind.rule, unit)[1:]
