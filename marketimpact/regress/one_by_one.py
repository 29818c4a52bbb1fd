"""One regression an instrument: the pairs of each, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar

from ..alignment.pairs import resolve_pairs
from ..market.factors import Term, factor_id, simple_factor
from ..market.panel import Panel
from ..news.event import Event
from ..news.event_set import EventSet, as_event_set

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["run_each"]

Result = TypeVar("Result")


def run_each(
    panel: Panel,
    events: EventSet | Event | Iterable[Event],
    pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None,
    controls: Sequence[Term],
    run: Callable[[list[tuple[str, str]]], Result],
) -> dict[str, Result]:
    """Run a regression on the pairs of each instrument.

    Parameters
    ----------
    panel, events, pairs
        As in `mi.align`.
    controls : sequence of str, Basket or Curve
        Factors, which are no instruments of ``pairs="all"``.
    run : callable
        Makes the result of some pairs.

    Returns
    -------
    dict of str to result
        In the order of the panel.
    """
    events = as_event_set(events)
    simple = [factor_id(term) for term in controls if simple_factor(term)]
    event, instrument = resolve_pairs(panel, events, pairs, used_as_factor=simple)
    out = {}
    for place in sorted(set(map(int, instrument))):
        name = str(panel.ids[place])
        out[name] = run([(str(events.ids[i]), name) for i in event[instrument == place]])
    return out
