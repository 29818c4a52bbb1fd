"""What Yahoo's symbols quote, and where the yields among them can lie (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..market.codes import check_currency
from ..market.instruments import CurrencyPair, Factor, Instrument
from ..market.quotes import SMALL_PERCENT
from .answers import unexpected
from .protocol import Request

__all__ = ["Yields", "about_yields", "check_yields", "described", "in_points", "pair_in", "stays"]

SYMBOL = r"\^?[A-Z0-9][A-Z0-9.&_-]{0,30}(=[XF])?"
"""Yahoo's symbols, as they stand in its addresses."""

ISIN = r"[A-Z]{2}[A-Z0-9]{9}[0-9]"
"""An ISIN would be searched for, and answered with the series of some other symbol."""

FEAR = frozenset({"^VIX", "^VXN", "^VVIX", "^VXD", "^RVX", "^GVZ", "^OVX", "^EVZ", "^MOVE", "^SKEW"})
"""Indices of fear, in points: their moves are differences."""

LARGEST_STEP = 3.0
"""No US yield has moved by so much between two quotes within a week; a change of scale has [percentage points]."""

WEEK = np.timedelta64(7, "D")


@dataclass(frozen=True, slots=True)
class Yields:
    """Where a yield lay, in eras: with room around its history, and too little of it for a scale that is ten times off.

    Parameters
    ----------
    what : str
        In words.
    eras : tuple of (str, float, float)
        First day, lowest and highest yield [percent]; each lasts until the next begins.
    """

    what: str
    eras: tuple[tuple[str, float, float], ...]

    def bounds(self, days: NDArray[np.datetime64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the lowest and the highest yield of days, each shape (n,) [percent]."""
        starts = np.array([start for start, _, _ in self.eras], dtype="datetime64[D]")
        era = np.clip(np.searchsorted(starts, days, side="right") - 1, 0, None)
        limits = np.array([(low, high) for _, low, high in self.eras])
        return limits[era, 0], limits[era, 1]


YIELDS = {
    "^IRX": Yields(
        "discount rate of 13-week US Treasury bills",
        (("1950-01-01", 0.3, 20.0), ("2008-09-15", -0.3, 2.5), ("2009-01-01", -0.3, 0.7), ("2016-01-01", 0.05, 6.0),
         ("2020-01-15", -0.3, 1.8), ("2020-04-01", -0.3, 0.4), ("2022-01-01", -0.3, 20.0)),
    ),
    "^FVX": Yields(
        "yield of 5-year US Treasury notes",
        (("1950-01-01", 1.2, 20.0), ("2008-11-01", 0.4, 4.5), ("2020-01-15", 0.1, 1.85), ("2022-01-01", 0.3, 10.0),
         ("2023-01-01", 0.1, 20.0)),
    ),
    "^TNX": Yields(
        "yield of 10-year US Treasury notes",
        (("1950-01-01", 2.0, 20.0), ("2008-11-01", 1.0, 5.0), ("2020-01-15", 0.3, 2.8), ("2022-01-01", 0.6, 10.0),
         ("2023-01-01", 0.3, 20.0)),
    ),
    "^TYX": Yields(
        "yield of 30-year US Treasury bonds",
        (("1950-01-01", 2.4, 20.0), ("2008-11-01", 1.4, 6.0), ("2020-01-15", 0.6, 3.5), ("2022-01-01", 1.0, 10.0),
         ("2023-01-01", 0.6, 20.0)),
    ),
}  # fmt: skip
"""US Treasury yields by symbol. Yahoo names their unit "USD", and has given ten times the yield in its time."""


def pair_in(symbol: str) -> tuple[str, str] | None:
    """Give base and quote of a currency symbol; None where it is none.

    Examples
    --------
    >>> pair_in("KZT=X"), pair_in("EURUSD=X"), pair_in("BZ=F")
    (('USD', 'KZT'), ('EUR', 'USD'), None)
    """
    found = re.fullmatch(r"([A-Z]{3})?([A-Z]{3})=X", symbol)
    return None if found is None else (found[1] or "USD", found[2])


def stays(symbol: str) -> bool:
    """Whether past values stay as they are: currencies and indices; prices change with every later split."""
    return symbol.endswith("=X") or symbol.startswith("^")


def in_points(symbol: str) -> bool:
    """Whether a symbol is an index of fear, whose moves are differences in points."""
    return symbol in FEAR


def described(word: str, request: Request) -> Instrument:
    """Say what a symbol quotes, the user's word first.

    Raises
    ------
    InputError
        If it is no symbol, or the user's word does not fit it.
    """
    symbol, name = request.symbol, f"{word}:{request.symbol}"
    if not re.fullmatch(SYMBOL, symbol, re.ASCII) or re.fullmatch(ISIN, symbol):
        raise InputError(
            "is no symbol of Yahoo", parameter="symbol", received=name,
            allowed=f"like '{word}:KZT=X' (tenge per dollar), '{word}:^TNX', '{word}:BZ=F', in capitals; no ISIN",
        )  # fmt: skip
    pair = pair_in(symbol)
    if pair is not None:
        return _currency(name, pair, request.instrument)
    if symbol.endswith("=X"):
        raise InputError(
            "is no symbol of two currencies", parameter="symbol", received=name,
            allowed=f"like '{word}:KZT=X' or '{word}:EURUSD=X'",
        )  # fmt: skip
    said = request.instrument
    if symbol in YIELDS:
        return _rate(name, symbol, said)
    if isinstance(said, CurrencyPair):
        raise _misfit(
            name, said, "a Factor or a SovereignBond: pairs of currencies have symbols like 'KZT=X'"
        )
    if said is not None:
        return said
    if in_points(symbol):
        return Factor(symbol, move="difference", unit="points", quoted="index of fear")
    return Factor(symbol, move="log")


def _currency(name: str, pair: tuple[str, str], said: Instrument | None) -> CurrencyPair:
    base, quote = pair
    for code in pair:
        check_currency(code, name)
    if said is None:
        return CurrencyPair(base, quote)
    if not isinstance(said, CurrencyPair) or (said.base, said.quote) != pair:
        raise _misfit(name, said, f"CurrencyPair({base!r}, {quote!r}, ...)")
    return said


def _rate(name: str, symbol: str, said: Instrument | None) -> Instrument:
    if said is None:
        return Factor(symbol, move="difference", unit="percent", quoted="yield", place="US", gains="down")
    if said.quoted_unit != "percent" or said.move_kind().rule != "difference":
        raise _misfit(name, said, "an instrument in percent whose moves are differences")
    return said


def _misfit(name: str, said: Instrument, allowed: str) -> InputError:
    return InputError(f"does not describe {name}", parameter="instruments", received=said, allowed=allowed)


def check_yields(name: str, symbol: str, days: NDArray[np.datetime64], values: NDArray[np.float64]) -> None:
    """Refuse values that cannot be yields in percent; nothing is ever rescaled.

    Raises
    ------
    UnexpectedAnswerError
        If one lies outside its era's range, or jumps as only a change of scale does.
    """
    order = np.flatnonzero(np.isfinite(values))
    order = order[np.argsort(days[order], kind="stable")]
    at, quoted = days[order], values[order]
    low, high = YIELDS[symbol].bounds(at)
    outside = np.flatnonzero((quoted < low) | (quoted > high))
    if len(outside):
        i = outside[0]
        raise unexpected(
            name, f"holds no yield in percent on {at[i]}", float(quoted[i]),
            f"{low[i]:g} to {high[i]:g} in these years; it may be in another unit, and is not rescaled",
        )  # fmt: skip
    jumps = np.flatnonzero((np.abs(np.diff(quoted)) > LARGEST_STEP) & (np.diff(at) <= WEEK))
    if len(jumps):
        i = jumps[0]
        raise unexpected(
            name, f"changes its scale between {at[i]} and {at[i + 1]}", [float(quoted[i]), float(quoted[i + 1])],
            f"steps of at most {LARGEST_STEP:g} percentage points; nothing is rescaled",
        )  # fmt: skip


def about_yields(symbol: str, values: NDArray[np.float64], declared: str) -> str:
    """Say how the unit of a yield was come by."""
    quoted = values[np.isfinite(values)]
    text = (
        f"{YIELDS[symbol].what}: Yahoo says {declared or 'nothing'} of its unit; taken as percent, in which every "
        "value is plausible"
    )
    if len(quoted) and np.median(np.abs(quoted)) < SMALL_PERCENT:
        text += "; so near to zero a scale that is ten times off could not be told"
    return text
