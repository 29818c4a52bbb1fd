"""The factors that a normal model can have: panel members, baskets and curves, and a benchmark with coefficient one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InputError
from ..units import MoveRule
from .baskets import Basket, FactorLevels, basket_for
from .baskets import factor_levels as member_levels
from .curves import Curve, curve_for, curve_levels
from .instruments import Instrument
from .panel import Panel

__all__ = ["Benchmark", "Term", "factor_id", "free_factors", "levels_for", "members_of", "simple_factor"]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A factor whose coefficient is one: what it moves is taken from the instrument's move, and nothing is fitted.

    Parameters
    ----------
    of : str or Curve
        Id of a panel member, or a curve that is read at the instrument's remaining maturity.
    """

    of: str | Curve


Term = str | Basket | Curve | Benchmark
"""A factor of a normal model."""


def factor_id(term: Term) -> str:
    """Name of a factor."""
    inner = term.of if isinstance(term, Benchmark) else term
    return inner if isinstance(inner, str) else inner.id


def members_of(term: Term) -> tuple[str, ...]:
    """Ids of the panel members that a factor is made of."""
    inner = term.of if isinstance(term, Benchmark) else term
    return (inner,) if isinstance(inner, str) else inner.members


def simple_factor(term: Term) -> bool:
    """Whether a factor is one member of the panel."""
    return isinstance(term, str) or (isinstance(term, Benchmark) and isinstance(term.of, str))


def free_factors(terms: Sequence[Term]) -> tuple[str | Basket | Curve, ...]:
    """Give the factors whose coefficients are fitted."""
    return tuple(term for term in terms if not isinstance(term, Benchmark))


def levels_for(
    panel: Panel, term: Term, instrument: Instrument, rule: MoveRule, *, keep_frozen: bool
) -> FactorLevels | None:
    """Read a factor for one instrument: baskets and curves leave the instrument itself out, in every dress.

    Parameters
    ----------
    panel : Panel
    term : str, Basket, Curve or Benchmark
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
        If a benchmark and the instrument do not both move in bp, or a curve is read for what has no maturity.
    """
    if isinstance(term, Benchmark):
        _check_in_bp(panel, term, instrument)
        return levels_for(panel, term.of, instrument, rule, keep_frozen=keep_frozen)
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


def _check_in_bp(panel: Panel, term: Benchmark, instrument: Instrument) -> None:
    kinds = {instrument.id: instrument.move_kind()}
    kinds.update({name: panel.instrument(name).move_kind() for name in members_of(term)})
    wrong = {name: str(kind) for name, kind in kinds.items() if kind.unit != "bp"}
    if wrong:
        raise InputError(
            "a spread is a difference of yields, and these are none",
            parameter="BenchmarkSpread",
            received=wrong,
            allowed="bonds quoted as yields, and rates; mi.requote(panel, id, 'yield') turns prices into yields",
        )
