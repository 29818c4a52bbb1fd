"""One instrument's moves and the events among them: what regressions of a single series share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real

from ..alignment.policies import Policies
from ..errors import InputError
from ..market.factors import Benchmark, Term, members_of
from ..market.panel import Panel
from ..news.event import Event
from ..news.event_set import EventSet, as_event_set
from ..units import MoveRule
from .observations import Observations, observe

__all__ = [
    "ASSOCIATION",
    "check_level",
    "check_terms",
    "observe_one",
    "stamp_of_terms",
    "unit_of",
]

ASSOCIATION = (
    "Association is not effect: a coefficient is one only where the news was not awaited, did not answer the market,"
    " and nothing else moved the series on the same sessions."
)
"""The rule for reading a coefficient of news."""


def observe_one(
    panel: Panel,
    events: EventSet | Event | Iterable[Event],
    instrument: str,
    *,
    controls: Sequence[Term] = (),
    move: MoveRule = "log",
    policies: Policies | None = None,
    around: tuple[int, int] = (0, 0),
) -> Observations:
    """Find the moves of one instrument of a panel and the event sessions among them, as `observe` does."""
    news = as_event_set(events)
    pairs = [(str(name), instrument) for name in news.ids]
    return observe(panel, news, pairs=pairs, controls=controls, move=move, policies=policies, around=around)


def unit_of(panel: Panel, term: Term, move: MoveRule) -> str:
    """Give the unit in which a term moves: its members' common one, else "unit"."""
    units = {panel.instrument(name).move_kind(move).unit for name in members_of(term)}
    return next(iter(units)) if len(units) == 1 else "unit"


def stamp_of_terms(panel: Panel, instrument: str, terms: Sequence[Term] = ()) -> str | None:
    """Give the word to stamp across figures where the instrument or a member of a term was not observed."""
    names = dict.fromkeys([instrument, *(name for term in terms for name in members_of(term))])
    return panel.select(list(names)).stamp


def check_level(level: float) -> None:
    """Check that a level lies between 0 and 1."""
    if not isinstance(level, Real) or not 0.0 < level < 1.0:
        raise InputError("no level", parameter="level", received=level, allowed="0 < level < 1")


def check_terms(terms: Sequence[Term], parameter: str) -> None:
    """Check that factors are a list of ids, baskets or curves."""
    if isinstance(terms, Term) or any(isinstance(term, Benchmark) for term in terms):
        raise InputError(
            "are no list of factors", parameter=parameter, received=terms,
            allowed="a list of ids, baskets or curves, none a benchmark with coefficient one",
        )  # fmt: skip
