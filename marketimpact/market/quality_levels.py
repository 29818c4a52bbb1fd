"""What the levels of one series show: frozen runs, a coarse tick, many zero moves, spikes that revert."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..maths.moves import moves_from_levels
from ..maths.stale import runs_of, still_moves
from .instruments import Instrument
from .quality_findings import Finding
from .quotes import Quotes

__all__ = ["level_findings", "moves_of"]

MIN_MOVES = 20
"""Moves below which a scale is not estimated."""

COARSE = 0.5
"""A tick of this many sd of the moves is coarse: a fifth of the moves is zero for want of a finer one."""

STALE_SHARE = 0.2
"""Share of zero moves above which tests by rank lose their size."""

SPIKE = 6.0
"""Robust sd beyond which a move may be a spike."""

UNDONE = (0.8, 1.3)
"""Share of a spike that the next move takes back; above 1.2 it may hold the fall of a dirty price at its coupon."""

AROUND = 15
"""Moves on either side from which the scale of the day is taken: a wild month makes no spikes."""

TO_SD = 1.4826
"""Median of the absolute deviations to sd, for a normal."""


def level_findings(instrument: Instrument, quotes: Quotes) -> Iterator[Finding]:
    """Give what the levels show: frozen runs, a coarse tick or many zero moves, spikes that revert.

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
    >>> levels.iloc[10] = 9.9
    >>> panel = mi.Panel.from_frame(levels, instruments=mi.SovereignBond("KZ 2045", quoted="yield"))
    >>> print(*level_findings(panel.instruments[0], panel.quotes[0]), sep="\\n")
    KZ 2045, spike that reverts: +570 bp on 2022-01-17, -570 bp on 2022-01-18: 38 robust sd, and undone
    """
    still = still_moves(quotes.levels)
    runs = runs_of(quotes.standing_still())
    outside = np.ones(len(still), dtype=np.bool_)
    for i, j in runs:
        outside[i:j] = False
        yield _frozen(instrument, quotes, int(i), int(j))
    if np.count_nonzero(outside & ~still) >= MIN_MOVES:
        yield from _resolution(instrument, quotes, outside)
        yield from _spikes(instrument, quotes, still)


def _frozen(instrument: Instrument, quotes: Quotes, i: int, j: int) -> Finding:
    days, levels = quotes.sessions, quotes.levels[i : j + 1]
    zero = np.mean(np.diff(quotes.levels) == 0.0)
    low, high = levels.min(), levels.max()
    at = f"{low:g}" if low == high else f"{low:.10g} to {high:.10g}"
    words = (
        f"{j - i + 1} quotes at {at} from {days[i]} to {days[j]}; {100 * zero:.0f} % of all moves are zero"
    )
    return Finding(instrument.id, "frozen run", days[i], days[j], float(j - i + 1), "quotes", words)


def _resolution(instrument: Instrument, quotes: Quotes, outside: NDArray[np.bool_]) -> Iterator[Finding]:
    """Give a coarse tick, else many zero moves: both judged outside frozen runs, which have their own line."""
    tick = _tick(quotes.levels)
    sizes = np.sort(np.abs(np.diff(quotes.levels))[outside])
    mild = sizes[: int(np.ceil(0.99 * len(sizes)))]  # without the wildest
    usual = float(np.sqrt(np.mean((mild if mild.any() else sizes) ** 2)))
    share = float(np.mean(sizes == 0.0))
    coarse = tick >= COARSE * usual
    if coarse or share > STALE_SHARE:
        words = (
            f"{100 * share:.0f} % of the moves outside frozen runs are zero; smallest step {tick:.3g}"
            f" [{instrument.quoted_unit}], {tick / usual:.2g} sd of the moves"
        )
        days = quotes.sessions
        kind = "coarse tick" if coarse else "zero moves"
        value, unit = (tick / usual, "sd of the moves") if coarse else (share, "share of moves")
        yield Finding(instrument.id, kind, days[0], days[-1], value, unit, words)


def _tick(levels: NDArray[np.float64]) -> float:
    """Give the smallest step between two levels of the series [quoted unit]."""
    steps = np.diff(np.unique(levels))
    return float(steps[steps > 1e-9 * np.abs(levels).max()].min())


def moves_of(instrument: Instrument, levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the moves between levels, of the instrument's own kind [its unit].

    Examples
    --------
    >>> from marketimpact.market.instruments import SovereignBond
    >>> moves_of(SovereignBond("KZ 2045", quoted="yield"), np.array([4.20, 4.53])).round(9).tolist()
    [33.0]
    """
    kind = instrument.move_kind()
    unit = instrument.quoted_unit if kind.rule == "difference" else None
    return moves_from_levels(levels, kind.rule, unit)[1:]


def _spikes(instrument: Instrument, quotes: Quotes, still: NDArray[np.bool_]) -> Iterator[Finding]:
    """Find moves beyond six robust sd, of the whole series and of the weeks around, that the next one undoes."""
    moves = moves_of(instrument, quotes.levels)
    usual = TO_SD * float(np.median(np.abs(moves[~still])))
    undone = -moves[1:] / np.where(moves[:-1] == 0.0, np.nan, moves[:-1])
    reverts = (np.abs(moves[:-1]) > SPIKE * usual) & (undone >= UNDONE[0]) & (undone <= UNDONE[1])
    kind = instrument.move_kind()
    for i in np.flatnonzero(reverts):
        around = np.r_[moves[max(i - AROUND, 0) : i], moves[i + 2 : i + 2 + AROUND]]
        if np.abs(moves[i]) <= SPIKE * TO_SD * np.median(np.abs(around)):
            continue
        day, back = quotes.sessions[i + 1], quotes.sessions[i + 2]
        there, again = (f"{kind.scale * move:+.3g} {kind.display_unit}" for move in moves[i : i + 2])
        words = f"{there} on {day}, {again} on {back}: {abs(moves[i]) / usual:.0f} robust sd, and undone"
        yield Finding(instrument.id, "spike that reverts", day, back, float(moves[i]), kind.unit, words)
