"""What single levels show: a decimal point that slipped, spikes that are undone, an outlier at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .instruments import Instrument
from .quality_findings import Finding, counted
from .quality_levels import MIN_MOVES, TO_SD, move_sizes, moves_of
from .quotes import Quotes

__all__ = ["spike_findings"]

SPIKE, LASTING = 6.0, 8.0
"""Robust sd beyond which a move may be a spike: of one session, and of several."""

UNDONE = (0.8, 1.3)
"""Share of a spike that is taken back; above 1.2 it may hold the fall of a dirty price at its coupon."""

LASTS = 3
"""Sessions that a spike lasts at most."""

CALM = 0.2
"""Share of a spike up to which the sessions within it move: a level, not a wild week."""

AROUND = 15
"""Moves on either side from which the scale of the day is taken: a wild month makes no spikes."""

AT_END = 8.0
"""Robust sd beyond which the last move is an outlier: in 2 of 10,000 days of twenty currencies beside the euro."""

SHIFTED = 0.02
"""Distance of log10 of the ratio of two levels from a whole number, up to which a decimal point may have slipped."""

MOST_ZEROS = 12
"""Zeros that a redenomination strikes at most: Zimbabwe's of 2009."""

SHIFT = 20.0
"""Robust sd beyond which such a ratio is no move: a bill's yield does go from .01 to .10 percent."""


@dataclass(frozen=True, slots=True)
class _Moves:
    """The moves of a series and their scale.

    Attributes
    ----------
    instrument : Instrument
    quotes : Quotes
    moves : ndarray, shape (n - 1,)
        Of the instrument's kind.
    usual : float
        Robust sd of those that are not zero.
    """

    instrument: Instrument
    quotes: Quotes
    moves: NDArray[np.float64]
    usual: float

    def stands_out(self, i: int, j: int, by: float) -> bool:
        """Tell whether a move is large beside the moves before it and after another one."""
        around = np.r_[self.moves[max(i - AROUND, 0) : i], self.moves[j + 1 : j + 1 + AROUND]]
        return bool(np.abs(self.moves[i]) > by * TO_SD * np.median(np.abs(around)))

    def words(self, i: int) -> str:
        kind = self.instrument.move_kind()
        return f"{kind.scale * self.moves[i]:+.3g} {kind.display_unit} on {self.quotes.sessions[i + 1]}"

    def sd(self, i: int) -> str:
        return f"{abs(self.moves[i]) / self.usual:.0f} robust sd"


def spike_findings(instrument: Instrument, quotes: Quotes) -> Iterator[Finding]:
    """Give levels times or over 10, 100, 1000, spikes of up to three sessions, and an outlier as the last quote.

    Parameters
    ----------
    instrument : Instrument
    quotes : Quotes
        Without the weekend and holiday rows that repeat the session before.

    Yields
    ------
    Finding

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> levels = pd.Series([4.1, 4.2] * 15, index=pd.bdate_range("2022-01-03", periods=30))
    >>> levels.iloc[[10, 20]] = 9.9, 41.0
    >>> panel = mi.Panel.from_frame(levels, instruments=mi.SovereignBond("KZ 2045", quoted="yield"))
    >>> print(*spike_findings(panel.instruments[0], panel.quotes[0]), sep="\\n")  # doctest: +ELLIPSIS
    KZ 2045, decimal shift: levels times 10 on 2022-01-31 (1 quote): a slip of the decimal point...
    KZ 2045, spike that reverts: +570 bp on 2022-01-17, -570 bp on 2022-01-18: 38 robust sd, and undone
    """
    given, levels = _moves(instrument, quotes, quotes.levels), quotes.levels.copy()
    if given is None:
        return
    for i, j, power in _shifts(given):
        levels[i + 1 : j + 1] /= 10.0**power  # so that spikes are looked for on one scale
        yield _shift(given, i, j, power)
    given = _moves(instrument, quotes, levels)
    if given is not None:
        yield from _spikes(given)
        yield from _at_end(given)


def _moves(instrument: Instrument, quotes: Quotes, levels: NDArray[np.float64]) -> _Moves | None:
    """Give the moves between levels and their scale; None where too few move to tell it, or none is finite."""
    outside = (move_sizes(levels) > 0.0) & ~quotes.standing_still()[1:]
    if np.count_nonzero(outside) < MIN_MOVES:
        return None
    moves = moves_of(instrument, levels)
    usual = TO_SD * float(np.median(np.abs(moves[outside])))
    return _Moves(instrument, quotes, moves, usual) if np.isfinite(moves).all() and usual > 0.0 else None


def _shifts(given: _Moves) -> Iterator[tuple[int, int, int]]:
    """Find moves to a power of ten: the move there, the move back (past the last where there is none), the power."""
    levels = given.quotes.levels
    ratio = levels[1:] / np.where(levels[:-1] == 0.0, np.nan, levels[:-1])
    exact = np.log10(np.where(ratio > 0.0, ratio, np.nan))
    powers = np.nan_to_num(np.round(exact)).astype(np.int64)
    known = (np.abs(powers) >= 1) & (np.abs(powers) <= MOST_ZEROS)
    slipped = known & (np.abs(exact - powers) <= SHIFTED) & (np.abs(given.moves) > SHIFT * given.usual)
    at = np.flatnonzero(slipped).tolist()
    while at:
        i = at.pop(0)
        back = next((j for j in at if powers[j] == -powers[i]), len(given.moves))
        if back in at:
            at.remove(back)
        yield i, back, int(powers[i])


def _shift(given: _Moves, i: int, j: int, power: int) -> Finding:
    days, n = given.quotes.sessions, j - i
    first, last = days[i + 1], days[j]
    when = f"on {first}" if n == 1 else f"from {first} to {last}"
    what = "a slip of the decimal point, or another unit"
    if j == len(given.moves):
        when = f"from {first} on"
        what = "a new unit, a redenomination or a split, or a slip of the decimal point"
    by = f"{'times' if power > 0 else 'over'} {10 ** abs(power)}"
    words = f"levels {by} {when} ({counted(n, 'quote')}): {what}"
    return Finding(given.instrument.id, "decimal shift", first, last, float(power), "powers of ten", words)


def _undone(given: _Moves, i: int, j: int) -> bool:
    """Tell whether the move j takes back the move i, with calm sessions between them."""
    if i < 0:
        return False
    within = np.abs(given.moves[i + 1 : j])
    back = -given.moves[j] / given.moves[i] if given.moves[i] else 0.0
    return bool(UNDONE[0] <= back <= UNDONE[1] and np.all(within <= CALM * abs(given.moves[i])))


def _spikes(given: _Moves) -> Iterator[Finding]:
    """Find moves beyond six or eight robust sd, of all and of the weeks around, undone within three sessions."""
    days, unit = given.quotes.sessions, given.instrument.move_kind().unit
    end = -1
    for i in np.flatnonzero(np.abs(given.moves) > SPIKE * given.usual).tolist():
        ends = [j for j in range(i + 1, min(i + LASTS + 1, len(given.moves))) if _undone(given, i, j)]
        if i <= end or not ends or not _large(given, i, ends[0]):
            continue
        end = ends[0]
        words = f"{given.words(i)}, {given.words(end)}: {given.sd(i)}, and undone"
        size = float(given.moves[i])
        yield Finding(
            given.instrument.id, "spike that reverts", days[i + 1], days[end + 1], size, unit, words
        )


def _large(given: _Moves, i: int, j: int) -> bool:
    """Tell whether the move there is large enough for a spike that the move j takes back."""
    by = SPIKE if j == i + 1 else LASTING
    return abs(given.moves[i]) > by * given.usual and given.stands_out(i, j, by)


def _at_end(given: _Moves) -> Iterator[Finding]:
    """Give the last move where it is an outlier and takes back no spike: no quote after it says which it is."""
    last = len(given.moves) - 1
    large = abs(given.moves[last]) > AT_END * given.usual and given.stands_out(last, last, AT_END)
    if large and not any(_undone(given, i, last) for i in range(last - LASTS, last)):
        words = f"{given.words(last)}, the last quote: {given.sd(last)}, and no quote after it to confirm it"
        day, unit = given.quotes.sessions[-1], given.instrument.move_kind().unit
        yield Finding(
            given.instrument.id, "outlier at the end", day, day, float(given.moves[last]), unit, words
        )
