"""One regression an instrument: the pairs of each, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from ..alignment.pairs import resolve_pairs
from ..alignment.pipeline import unpaired_rows
from ..ledger import Ledger, LedgerRow, Status
from ..market.factors import Term, check_members, factor_id, simple_factor
from ..market.panel import Panel, check_panel
from ..news.event import Event
from ..news.event_set import EventSet, as_event_set
from .result import RegressionResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["run_each"]

Result = TypeVar("Result", bound=RegressionResult)


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
        In the order of the panel. The ledger of each has a row for every event that meets no instrument at all.
    """
    check_panel(panel)
    events = as_event_set(events)
    check_members(panel, controls, "controls")
    simple = [factor_id(term) for term in controls if simple_factor(term)]
    event, instrument = resolve_pairs(panel, events, pairs, used_as_factor=simple)
    alone = unpaired_rows(events, event, pairs)
    out = {}
    for place in sorted(set(map(int, instrument))):
        name = str(panel.ids[place])
        found = run([(str(events.ids[i]), name) for i in event[instrument == place]])
        out[name] = replace(found, ledger=_WithRows(found.ledger, alone).ledger) if alone else found
    return out


@dataclass(frozen=True, slots=True)
class _WithRows:
    """A ledger, and events without a pair behind its own."""

    plain: Ledger
    rows: tuple[LedgerRow, ...]

    @property
    def ledger(self) -> Ledger:
        lost = np.full(len(self.rows), Status.LEFT_OUT, dtype=np.int8)
        status = np.insert(self.plain.status, self.plain.given, lost)
        return Ledger(status, self.columns, self.plain.asides)

    def columns(self) -> Mapping[str, Any]:
        import pandas as pd

        frame, at = self.plain.to_frame(), self.plain.given
        rows = {
            "event_id": [row.event_id for row in self.rows],
            "local_time": [row.local_time for row in self.rows],
            "status": Status.LEFT_OUT.words,
            "reason": [row.reason for row in self.rows],
        }
        extra = pd.DataFrame(rows).reindex(columns=frame.columns).astype(frame.dtypes.to_dict())
        joined = pd.concat([frame[:at], extra, frame[at:]], ignore_index=True)
        return {str(name): joined[name] for name in joined}
