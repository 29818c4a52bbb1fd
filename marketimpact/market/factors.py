"""The factors of a normal model: panel members, baskets, curves, their neighbouring moves, donors, and a benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InputError
from ..units import MoveKind, MoveRule
from .baskets import Basket, FactorLevels, basket_for
from .baskets import factor_levels as member_levels
from .curves import Curve, curve_for, curve_levels
from .donors import Donors, donor_levels
from .instruments import Instrument
from .panel import Panel

__all__ = [
    "Benchmark",
    "Shifted",
    "Term",
    "check_members",
    "factor_id",
    "free_factors",
    "levels_for",
    "members_of",
    "simple_factor",
]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A factor whose coefficient is one: what it moves is taken from the instrument's move, and nothing is fitted.

    Parameters
    ----------
    of : str, Basket or Curve
        Id of a panel member, a basket, or a curve that is read at the instrument's remaining maturity.
    spread : bool
        Whether the difference is a spread of yields, in which case both must move in bp; else both must move in one
        unit.
    """

    of: str | Basket | Curve
    spread: bool = True


@dataclass(frozen=True, slots=True)
class Shifted:
    """A factor's move in a neighbouring session of the instrument: what was quoted at another time shows there.

    Parameters
    ----------
    of : str, Basket or Curve
    by : int
        Sessions from the instrument's move to the factor's: -1 is the move of the session before, 1 of the one after.
    """

    of: str | Basket | Curve
    by: int

    @property
    def id(self) -> str:
        """Name of the factor and its session.

        Examples
        --------
        >>> Shifted("EMBI", -1).id, Shifted("EMBI", 2).id
        ('EMBI (t-1)', 'EMBI (t+2)')
        """
        return f"{factor_id(self.of)} (t{self.by:+d})"


Term = str | Basket | Curve | Benchmark | Shifted | Donors
"""A factor of a normal model."""


def factor_id(term: Term) -> str:
    """Name of a factor."""
    inner = term.of if isinstance(term, Benchmark) else term
    return inner if isinstance(inner, str) else inner.id


def members_of(term: Term) -> tuple[str, ...]:
    """Ids of the panel members that a factor is made of; of donors those that are named, if any."""
    inner = term.of if isinstance(term, Benchmark | Shifted) else term
    if isinstance(inner, Donors):
        return inner.members or ()
    return (inner,) if isinstance(inner, str) else inner.members


def check_members(panel: Panel, terms: Sequence[Term], parameter: str) -> None:
    """Refuse factors of which the panel lacks a member.

    Raises
    ------
    InputError
    """
    unknown = [name for term in terms for name in members_of(term) if name not in panel]
    if unknown:
        raise InputError(
            "is not in the panel", parameter=parameter, received=unknown[0],
            allowed=", ".join(map(repr, panel.ids[:10])),
        )  # fmt: skip


def simple_factor(term: Term) -> bool:
    """Whether a factor is one member of the panel."""
    return isinstance(term, str) or (isinstance(term, Benchmark) and isinstance(term.of, str))


def free_factors(terms: Sequence[Term]) -> tuple[str | Basket | Curve | Shifted | Donors, ...]:
    """Give the factors whose coefficients are fitted."""
    return tuple(term for term in terms if not isinstance(term, Benchmark))


def levels_for(
    panel: Panel, term: Term, instrument: Instrument, rule: MoveRule, *, keep_frozen: bool
) -> FactorLevels | None:
    """Read a factor for one instrument: baskets and curves leave the instrument itself out, in every dress.

    Parameters
    ----------
    panel : Panel
    term : str, Basket, Curve, Benchmark, Shifted or Donors
    instrument : Instrument
    rule : {"log", "simple", "difference"}
        How prices and currencies move in this study.
    keep_frozen : bool
        Whether quotes that stand still improbably long are levels; else they are missing (NaN).

    Returns
    -------
    FactorLevels or None
        None where the factor is the instrument itself: nothing is its own benchmark.

    Raises
    ------
    InputError
        If a benchmark and the instrument do not move in one unit, for a spread in bp, a curve is read for what has no
        maturity, or too few donors are left.
    """
    if isinstance(term, Benchmark):
        (_check_in_bp if term.spread else _check_in_one_unit)(panel, term, instrument, rule)
    if isinstance(term, Benchmark | Shifted):
        return levels_for(panel, term.of, instrument, rule, keep_frozen=keep_frozen)
    if isinstance(term, Donors):
        return donor_levels(panel, term, instrument, rule, keep_frozen=keep_frozen)
    if isinstance(term, str):
        own = term == instrument.id
        return None if own else member_levels(panel, term, rule, keep_frozen=keep_frozen)
    rest = (
        basket_for(panel, term, instrument)
        if isinstance(term, Basket)
        else curve_for(panel, term, instrument)
    )
    if len(rest.members) < (2 if isinstance(rest, Curve) else 1):
        return None
    if isinstance(rest, Basket):
        return member_levels(panel, rest, rule, keep_frozen=keep_frozen)
    return curve_levels(panel, rest, instrument, keep_frozen=keep_frozen)


def _kinds(panel: Panel, term: Benchmark, instrument: Instrument, rule: MoveRule) -> dict[str, MoveKind]:
    """Kinds of move of an instrument and of what its benchmark is made of."""
    members = [panel.instrument(name) for name in members_of(term)]
    return {one.id: one.move_kind(rule) for one in (instrument, *members)}


def _check_in_one_unit(panel: Panel, term: Benchmark, instrument: Instrument, rule: MoveRule) -> None:
    kinds = _kinds(panel, term, instrument, rule)
    if len({kind.unit for kind in kinds.values()}) > 1:
        raise InputError(
            "a move less another needs moves of one unit, and these differ",
            parameter="MarketAdjusted",
            received={name: str(kind) for name, kind in kinds.items()},
            allowed="a benchmark that moves in the instrument's unit (mi.Factor(..., move='simple') beside simple"
            " moves), or MarketModel(benchmark), which fits a coefficient",
        )


def _check_in_bp(panel: Panel, term: Benchmark, instrument: Instrument, rule: MoveRule) -> None:
    kinds = _kinds(panel, term, instrument, rule)
    wrong = {name: str(kind) for name, kind in kinds.items() if kind.unit != "bp"}
    if wrong:
        raise InputError(
            "a spread is a difference of yields, and these are none",
            parameter="BenchmarkSpread",
            received=wrong,
            allowed="bonds quoted as yields, and rates; mi.requote(panel, id, 'yield') turns prices into yields",
        )
