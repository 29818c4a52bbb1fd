"""The moves of one instrument and of its factors, on the instrument's own sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..market.baskets import Basket, FactorLevels
from ..market.calendars import expected_sessions
from ..market.coupon_rolls import coupons_stay, keeps_coupons, seen_coupons
from ..market.coupon_search import CouponRolls
from ..market.donors import Donors
from ..market.factors import Benchmark, Shifted, Term, levels_for, members_of
from ..market.instruments import Instrument
from ..market.panel import Panel
from ..market.snapshots import Snapshot
from ..maths.moves import moves_from_levels, span_slope
from ..units import MoveKind, MoveRule

__all__ = ["FactorReader", "SeriesMoves", "on_sessions", "series_moves"]

Days = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, eq=False)
class SeriesMoves:
    """The moves of one instrument and of its factors, on its own sessions.

    Attributes
    ----------
    y : ndarray, shape (n,)
        Moves [unit of the kind]; the first is NaN, as are those of a frozen run: it is not quoted.
    factors : ndarray, shape (p, n)
        Moves of the p fitted factors over the same spans; NaN where a factor is missing at either end.
    given : ndarray, shape (n,), or None
        Moves of a benchmark whose coefficient is one; None where there is none.
    spans : ndarray of int, shape (n,)
        Expected sessions that each move covers; the first move after a frozen run covers the run.
    frozen : ndarray of bool, shape (n,)
        Quotes that stand still, and are none.
    beyond : ndarray of bool, shape (n,)
        Where the maturity lies beyond a curve, whose end was taken.
    slope : float
        c of v_m = 1 + c (m - 1).
    kind : MoveKind
        Of the moves; beside a benchmark a yield's are a spread's.
    rolls : CouponRolls or None
        Coupons that are seen to drop out of a bond's prices, taken out of the moves of dirty ones; None for everything
        else, and without the terms.
    snapshots : tuple of Snapshot or None
        Of all factors.
    own_benchmark : bool
        Whether a factor is the instrument itself, in which case there are no factor moves.
    dirty_factors : tuple of str
        Ids of factors, or of members of theirs, that are prices whose coupons are still in their moves.
    read : tuple of Basket
        The panel members that each factor was read from, with their weights; equal ones for a curve.
    fault : InputError or None
        Why a factor cannot be read for this instrument; there are no factor moves then.
    """

    y: NDArray[np.float64]
    factors: NDArray[np.float64]
    given: NDArray[np.float64] | None
    spans: NDArray[np.int64]
    frozen: NDArray[np.bool_]
    beyond: NDArray[np.bool_]
    slope: float
    kind: MoveKind
    rolls: CouponRolls | None
    snapshots: tuple[Snapshot | None, ...]
    own_benchmark: bool
    dirty_factors: tuple[str, ...]
    read: tuple[Basket, ...]
    fault: InputError | None

    @property
    def takes_coupons_out(self) -> bool:
        """Whether coupons that these prices drop are taken out of the moves."""
        return self.rolls is not None and self.kind.quoted == "dirty price"

    @property
    def keeps_coupons(self) -> bool:
        """Whether coupons that these prices drop are still in the moves."""
        return coupons_stay(self.kind.quoted, self.rolls)


@dataclass(frozen=True, slots=True)
class FactorReader:
    """Reads factors for instruments; a member of the panel, or an average of donors, is read once for all of them.

    Attributes
    ----------
    panel : Panel
    rule : {"log", "simple"}
        How prices and currencies move.
    keep_frozen : bool
        Whether quotes that stand still count.
    """

    panel: Panel
    rule: MoveRule
    keep_frozen: bool
    read: dict[Term, FactorLevels | None] = field(default_factory=dict)
    kept: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.rule not in get_args(MoveRule):
            raise InputError(
                "is not known",
                parameter="move",
                received=self.rule,
                allowed=" or ".join(map(repr, get_args(MoveRule))),
            )

    def levels(self, term: Term, instrument: Instrument) -> FactorLevels | None:
        """Read a factor for an instrument; None where it is the instrument itself."""
        if isinstance(term, Shifted):
            return self.levels(term.of, instrument)
        shared = (isinstance(term, str) and term != instrument.id) or (
            isinstance(term, Donors) and not term.same_unit  # whose unit hangs on the instrument
        )
        if shared and term in self.read:
            return self.read[term]
        found = levels_for(self.panel, term, instrument, self.rule, keep_frozen=self.keep_frozen)
        if shared:
            self.read[term] = found
        return found

    def dirty(self, factors: Sequence[Term], instrument: Instrument) -> tuple[str, ...]:
        """Ids of the members of factors that keep their coupons in their moves."""
        names = dict.fromkeys(name for term in factors for name in members_of(term) if name != instrument.id)
        for name in names:
            if name not in self.kept:
                self.kept[name] = keeps_coupons(self.panel, name)
        return tuple(name for name in names if self.kept[name])


def on_sessions(factor: FactorLevels, sessions: Days) -> NDArray[np.float64]:
    """Read a factor's levels on given sessions; NaN where it is not quoted. Nothing is filled."""
    at = np.searchsorted(factor.sessions, sessions)
    at = np.minimum(at, len(factor.sessions) - 1)
    there = factor.sessions[at] == sessions if len(factor.sessions) else np.zeros(len(sessions), dtype=bool)
    return np.where(there, factor.levels[at] if len(factor.sessions) else np.nan, np.nan)


def series_moves(reader: FactorReader, member: int, factors: Sequence[Term]) -> SeriesMoves:
    """Make the moves of one instrument and of its factors.

    Parameters
    ----------
    reader : FactorReader
    member : int
        Place of the instrument in the panel.
    factors : sequence of str, Basket, Curve, Benchmark or Shifted

    Returns
    -------
    SeriesMoves
    """
    instrument, quotes = reader.panel.instruments[member], reader.panel.quotes[member]
    kind = instrument.move_kind(reader.rule)
    quoted = np.full(len(quotes), True) if reader.keep_frozen else ~quotes.standing_still()
    days = quotes.sessions[quoted]
    rolls = seen_coupons(reader.panel, instrument.id)
    paid = None
    if rolls is not None and kind.quoted == "dirty price":
        paid = np.diff(np.cumsum(rolls.income(len(quotes)))[quoted], prepend=0.0)
    y, spans = np.full(len(quotes), np.nan), np.ones(len(quotes), dtype=np.int64)
    unit = _rate_unit(kind, instrument.quoted_unit)
    y[quoted] = moves_from_levels(quotes.levels[quoted], kind.rule, unit, income=paid)
    spans[quoted] = expected_sessions(instrument.calendar, days)
    read, fault = _read(reader, instrument, factors)
    own = fault is None and any(levels is None for levels in read)
    known = [] if own else [levels for levels in read if levels is not None]
    moves = np.full((len(factors), len(y)), np.nan)
    for row, levels, factor in zip(moves, known, factors, strict=False):  # all of them, or none
        unit = _rate_unit(levels.kind, levels.quoted_unit)
        moved = moves_from_levels(on_sessions(levels, days), levels.kind.rule, unit)
        row[quoted] = _neighbours(moved, factor.by) if isinstance(factor, Shifted) else moved
    fixed = np.array([isinstance(factor, Benchmark) for factor in factors], dtype=bool)
    if fixed.any() and kind.quoted == "yield":
        kind = replace(kind, quoted="spread")
    return SeriesMoves(
        y, moves[~fixed], moves[fixed].sum(axis=0) if fixed.any() else None, spans, ~quoted,
        _beyond(known, quotes.sessions), span_slope(y, spans), kind, rolls,
        tuple(snapshot for levels in known for snapshot in levels.snapshots), own,
        reader.dirty(factors, instrument),
        tuple(Basket(levels.members, levels.id, levels.weights) for levels in known), fault,
    )  # fmt: skip


def _read(
    reader: FactorReader, instrument: Instrument, factors: Sequence[Term]
) -> tuple[list[FactorLevels | None], InputError | None]:
    """Read the factors for an instrument, or say why one cannot be: others of the study may have theirs."""
    try:
        return [reader.levels(factor, instrument) for factor in factors], None
    except InputError as error:
        return [], error


def _neighbours(moves: NDArray[np.float64], by: int) -> NDArray[np.float64]:
    """Give each session the move of the one so many sessions later; NaN where there is none."""
    found = np.full(len(moves), np.nan)
    last = len(moves) - abs(by)
    if last > 0:
        found[max(-by, 0) : max(-by, 0) + last] = moves[max(by, 0) : max(by, 0) + last]
    return found


def _beyond(factors: Sequence[FactorLevels], sessions: Days) -> NDArray[np.bool_]:
    found = np.zeros(len(sessions), dtype=np.bool_)
    for levels in factors:
        found |= np.isin(sessions, levels.sessions[levels.beyond])
    return found


def _rate_unit(kind: MoveKind, quoted_unit: str) -> str | None:
    return quoted_unit if kind.rule == "difference" else None
