"""Moves of instruments and of their factors, on the instruments' own sessions, as long arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..market.baskets import FactorLevels
from ..market.calendars import expected_sessions
from ..market.coupon_rolls import CouponRolls, dropped_coupons, keeps_coupons
from ..market.factors import Benchmark, Term, factor_id, free_factors, levels_for, members_of
from ..market.instruments import Instrument
from ..market.panel import Panel
from ..market.snapshots import Snapshot
from ..maths.frozen import Frozen, read_only
from ..maths.least_squares import weigh
from ..maths.moves import moves_from_levels, span_slope, span_variance
from ..units import MoveKind, MoveRule
from .policies import Policies

__all__ = ["Design", "SeriesMoves", "build_design", "on_sessions"]


@dataclass(frozen=True, slots=True, eq=False)
class SeriesMoves:
    """The moves of one instrument and of its factors, on its own sessions.

    Attributes
    ----------
    y : ndarray, shape (n,)
        Moves [unit of the kind]; the first is NaN, as are those of a frozen run: it is not quoted.
    factors : ndarray, shape (k - 1, n)
        Moves of the factors over the same spans; NaN where a factor is missing at either end.
    given : ndarray, shape (n,), or None
        Moves of a benchmark whose coefficient is one; None where there is none.
    spans : ndarray of int, shape (n,)
        Expected sessions that each move covers; the first move after a frozen run covers the run.
    frozen : ndarray of bool, shape (n,)
        Quotes that stand still, and are none.
    slope : float
        c of v_m = 1 + c (m - 1).
    rolls : CouponRolls or None
        Coupons that were taken out of the moves of dirty prices; None for everything else, and without the terms.
    kind : MoveKind
    snapshots : tuple of Snapshot or None
        Of all factors.
    own_benchmark : bool
        Whether a factor is the instrument itself, in which case there are no factor moves.
    dirty_factors : tuple of str
        Ids of factors, or of members of theirs, that are dirty prices whose coupons are still in their moves.
    """

    y: NDArray[np.float64]
    factors: NDArray[np.float64]
    given: NDArray[np.float64] | None
    spans: NDArray[np.int64]
    frozen: NDArray[np.bool_]
    slope: float
    rolls: CouponRolls | None
    kind: MoveKind
    snapshots: tuple[Snapshot | None, ...]
    own_benchmark: bool
    dirty_factors: tuple[str, ...] = ()

    @property
    def keeps_coupons(self) -> bool:
        """Whether these are dirty prices whose coupons, if they drop any, are still in the moves."""
        if self.kind.quoted != "dirty price":
            return False
        return self.rolls is None or self.rolls.denied


@dataclass(frozen=True, slots=True, eq=False)
class Design(Frozen):
    """Moves of all studied instruments, one after another, each behind a pad of unusable positions.

    Attributes
    ----------
    y : ndarray, shape (n,)
        Moves; NaN where missing.
    x : ndarray, shape (1 + p, n)
        The sessions spanned (the intercept of a move over m sessions is m), then the p factors that are fitted.
    given : ndarray, shape (n,), or None
        The part of each move that the model knows without a fit: a benchmark's, with coefficient one.
    v : ndarray, shape (n,)
        Variance of each move over that of an ordinary one.
    weighted_y, weighted_x, usable : ndarray
        What is fitted (`to_fit`, `regressors`), divided by sqrt(v) and zero where not usable; where the move and every
        regressor are known.
    frozen : ndarray of bool, shape (n,)
        Where a series stands still for so long that it is not quoted.
    coupon : ndarray of bool, shape (n,)
        Where a coupon was taken out of the move.
    sessions : ndarray of datetime64[D], shape (n,)
        Session of each move; NaT in the pads.
    offset, length : ndarray of int, shape (S,)
        Position of each instrument's first session, and its number of sessions; S instruments as in ``members``.
    members : ndarray of int, shape (S,)
        Places of the instruments in the panel.
    series : tuple of SeriesMoves
    """

    y: NDArray[np.float64]
    x: NDArray[np.float64]
    given: NDArray[np.float64] | None
    v: NDArray[np.float64]
    weighted_y: NDArray[np.float64]
    weighted_x: NDArray[np.float64]
    usable: NDArray[np.bool_]
    frozen: NDArray[np.bool_]
    coupon: NDArray[np.bool_]
    sessions: NDArray[np.datetime64]
    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    members: NDArray[np.int64]
    series: tuple[SeriesMoves, ...]

    def __post_init__(self) -> None:
        read_only(
            self.y, self.x, self.v, self.weighted_y, self.weighted_x, self.usable, self.frozen,
            self.coupon, self.sessions, self.offset, self.length, self.members,
        )  # fmt: skip
        if self.given is not None:
            read_only(self.given)

    @property
    def to_fit(self) -> NDArray[np.float64]:
        """Moves less what the model knows without a fit, shape (n,)."""
        return self.y if self.given is None else self.y - self.given

    @property
    def regressors(self) -> NDArray[np.float64]:
        """Regressors that are fitted, shape (k, n): beside a benchmark with coefficient one there is no mean."""
        return self.x if self.given is None else self.x[1:]


def on_sessions(factor: FactorLevels, sessions: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Read a factor's levels on given sessions; NaN where it is not quoted. Nothing is filled."""
    at = np.searchsorted(factor.sessions, sessions)
    at = np.minimum(at, len(factor.sessions) - 1)
    there = factor.sessions[at] == sessions if len(factor.sessions) else np.zeros(len(sessions), dtype=bool)
    return np.where(there, factor.levels[at] if len(factor.sessions) else np.nan, np.nan)


def build_design(
    panel: Panel,
    members: NDArray[np.int64],
    factors: Sequence[Term],
    rule: MoveRule,
    pad: int,
    policies: Policies,
) -> Design:
    """Make the long arrays of the instruments to study.

    Parameters
    ----------
    panel : Panel
    members : ndarray of int, shape (S,)
        Places of the instruments to study.
    factors : sequence of str, Basket, Curve or Benchmark
        Factors of the normal model.
    rule : {"log", "simple"}
        How prices and currencies move.
    pad : int
        Unusable positions before each instrument, so that no window reaches into another.
    policies : Policies
        Whether moves that span several expected sessions are used, and quotes that stand still.

    Returns
    -------
    Design
    """
    reader = _Reader(panel, rule, policies.frozen == "keep")
    series = tuple(_series(reader, int(member), factors) for member in members)
    length = np.array([len(one.y) for one in series], dtype=np.int64)
    offset = np.cumsum(length + pad) - length
    total = int(length.sum() + pad * len(series))
    y, v = np.full(total, np.nan), np.ones(total)
    frozen, coupon = np.zeros(total, dtype=bool), np.zeros(total, dtype=bool)
    x = np.full((1 + len(free_factors(factors)), total), np.nan)
    given = np.full(total, np.nan) if any(isinstance(factor, Benchmark) for factor in factors) else None
    sessions = np.full(total, np.datetime64("NaT", "D"))
    for one, member, begin in zip(series, members, offset, strict=True):
        part = slice(begin, begin + len(one.y))
        y[part], x[0, part], x[1:, part] = one.y, one.spans, one.factors
        if given is not None and one.given is not None:
            given[part] = one.given
        v[part] = span_variance(one.spans, one.slope)
        frozen[part] = one.frozen
        if one.rolls is not None:
            coupon[begin + one.rolls.positions] = True
        sessions[part] = panel.quotes[member].sessions
    if policies.spanned == "leave_out":
        y[x[0] > 1] = np.nan
    weighted = weigh(y, x, v) if given is None else weigh(y - given, x[1:], v)
    return Design(y, x, given, v, *weighted, frozen, coupon, sessions, offset, length, members, series)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads factors for instruments; a member of the panel is read once for all of them."""

    panel: Panel
    rule: MoveRule
    keep_frozen: bool
    read: dict[str, FactorLevels | None] = field(default_factory=dict)
    kept: dict[str, bool] = field(default_factory=dict)

    def levels(self, term: Term, instrument: Instrument) -> FactorLevels | None:
        shared = isinstance(term, str) and term != instrument.id
        if shared and term in self.read:
            return self.read[factor_id(term)]
        found = levels_for(self.panel, term, instrument, self.rule, keep_frozen=self.keep_frozen)
        if shared:
            self.read[factor_id(term)] = found
        return found

    def dirty(self, factors: Sequence[Term], instrument: Instrument) -> tuple[str, ...]:
        """Ids of the members of factors that keep their coupons in their moves."""
        names = dict.fromkeys(name for term in factors for name in members_of(term) if name != instrument.id)
        for name in names:
            if name not in self.kept:
                self.kept[name] = keeps_coupons(self.panel, name)
        return tuple(name for name in names if self.kept[name])


def _series(reader: _Reader, member: int, factors: Sequence[Term]) -> SeriesMoves:
    instrument, quotes = reader.panel.instruments[member], reader.panel.quotes[member]
    kind = instrument.move_kind(reader.rule)
    quoted = np.full(len(quotes), True) if reader.keep_frozen else ~quotes.standing_still()
    days = quotes.sessions[quoted]
    y, spans = np.full(len(quotes), np.nan), np.ones(len(quotes), dtype=np.int64)
    rolls = dropped_coupons(reader.panel, instrument.id)
    paid = None if rolls is None else np.diff(np.cumsum(rolls.income(len(quotes)))[quoted], prepend=0.0)
    unit = _rate_unit(kind, instrument.quoted_unit)
    y[quoted] = moves_from_levels(quotes.levels[quoted], kind.rule, unit, income=paid)
    spans[quoted] = expected_sessions(instrument.calendar, days)
    read = [reader.levels(factor, instrument) for factor in factors]
    own = any(levels is None for levels in read)
    moves = np.full((len(factors), len(y)), np.nan)
    snapshots: list[Snapshot | None] = []
    for row, levels in zip(moves, read, strict=True):
        if levels is not None and not own:
            unit = _rate_unit(levels.kind, levels.quoted_unit)
            row[quoted] = moves_from_levels(on_sessions(levels, days), levels.kind.rule, unit)
            snapshots += levels.snapshots
    fixed = np.array([isinstance(factor, Benchmark) for factor in factors], dtype=bool)
    given = moves[fixed].sum(axis=0) if fixed.any() else None
    slope = span_slope(y, spans)
    return SeriesMoves(
        y, moves[~fixed], given, spans, ~quoted, slope, rolls, kind, tuple(snapshots), own,
        reader.dirty(factors, instrument),
    )  # fmt: skip


def _rate_unit(kind: MoveKind, quoted_unit: str) -> str | None:
    return quoted_unit if kind.rule == "difference" else None
