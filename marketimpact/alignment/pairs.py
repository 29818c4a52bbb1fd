"""Which event meets which instrument."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..market.instruments import Factor
from ..market.panel import Panel
from ..news.event_set import EventSet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Pairs", "resolve_pairs"]

Pairs = tuple[NDArray[np.int32], NDArray[np.int32]]
"""Place of the event and place of the instrument of each pair; 32 bits, since pairs are many."""


def resolve_pairs(
    panel: Panel,
    events: EventSet,
    pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None,
    *,
    used_as_factor: Collection[str] = (),
) -> Pairs:
    """Give the places of the events and instruments to study.

    Parameters
    ----------
    panel : Panel
    events : EventSet
    pairs : {"all", "place"}, frame, iterable of (event_id, instrument), or None
        ``"all"``: every event with every instrument, factors of the model and those without a place left away;
        ``"place"``: where the event's place is the issuer's country or that of either currency; a frame with the
        columns event_id and instrument, or such tuples: exactly these. None is enough for one instrument.
    used_as_factor : collection of str
        Ids of the model's factors.

    Returns
    -------
    Pairs

    Raises
    ------
    InputError
        If ``pairs`` is needed and missing, an id is unknown, a pair is given twice, or none results.
    """
    studied = [
        i
        for i, instrument in enumerate(panel.instruments)
        if not (isinstance(instrument, Factor) and instrument.place is None)
        and instrument.id not in used_as_factor
    ]
    if pairs is None and len(studied) > 1:
        raise InputError(
            f"must be said, since the panel holds {len(studied)} instruments",
            parameter="pairs",
            allowed="'all', 'place', or a frame or tuples of event_id and instrument",
        )
    if isinstance(pairs, str) and pairs not in ("all", "place"):
        raise InputError(
            "is not known",
            parameter="pairs",
            received=pairs,
            allowed="'all', 'place', or a frame or tuples of event_id and instrument",
        )
    if pairs is None or isinstance(pairs, str):
        found = _by_rule(panel, events, np.array(studied, dtype=np.int32), by_place=pairs == "place")
    else:
        found = _named(panel, events, pairs)
    if not len(found[0]) and not studied and used_as_factor:
        raise InputError(
            "every instrument is a factor of the model, or a control: an instrument is never its own benchmark",
            parameter="pairs",
            received=sorted(used_as_factor),
            allowed="a panel with an instrument to study beside its factors and controls",
        )
    if not len(found[0]) and not studied and not used_as_factor and _every(pairs):
        raise InputError(
            "the panel holds no instrument that 'all' takes: each is a Factor without a place",
            parameter="pairs",
            received=list(panel.ids[:5]),
            allowed="pairs=[(event_id, instrument)], which may name such a Factor; or a place: Factor(..., place='US')",
        )
    if not len(found[0]):
        raise InputError(
            "no event meets an instrument",
            parameter="pairs",
            received=pairs if isinstance(pairs, str) else None,
            allowed="'all', or instruments with an issuer or a currency of the events' places; a Factor without a"
            " place is studied only when a frame of pairs names it, or a tuple: pairs=[(event_id, instrument)]"
            "; or give it a place: Factor(..., place='US')",
        )
    return found


def _every(pairs: object) -> bool:
    """Whether every event is to meet every instrument."""
    return pairs is None or (isinstance(pairs, str) and pairs == "all")


def _by_rule(panel: Panel, events: EventSet, studied: NDArray[np.int32], *, by_place: bool) -> Pairs:
    event = np.repeat(np.arange(len(events), dtype=np.int32), len(studied))
    instrument = np.tile(studied, len(events))
    if not by_place:
        return event, instrument
    places, of_event = np.unique(events.columns["place"].astype(str), return_inverse=True)
    meets = np.array(
        [[place in panel.instruments[i].places for i in studied] for place in places], dtype=bool
    )
    matches = meets[of_event].ravel()
    return event[matches], instrument[matches]


def _named(panel: Panel, events: EventSet, pairs: pd.DataFrame | Iterable[tuple[str, str]]) -> Pairs:
    import pandas as pd

    frame = pairs if isinstance(pairs, pd.DataFrame) else _from_tuples(pairs)
    for column in ("event_id", "instrument"):
        if column not in frame:
            raise InputError(
                "the frame of pairs lacks a column",
                parameter="pairs",
                received=list(frame.columns),
                allowed="event_id and instrument",
            )
    rejected = [row.event_id for row in events.rejected]  # these stand in the ledger already
    frame = frame[~frame["event_id"].isin(rejected)]
    repeated = frame.duplicated(["event_id", "instrument"])
    if repeated.any():
        raise InputError(
            "a pair is given twice",
            parameter="pairs",
            received=tuple(frame.loc[repeated, ["event_id", "instrument"]].iloc[0]),
            allowed="each (event_id, instrument) once",
        )
    event = _places(pd.Index(events.ids), frame["event_id"], "event_id")
    return event, _places(pd.Index(panel.ids), frame["instrument"], "instrument")


def _from_tuples(pairs: Iterable[tuple[str, str]]) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.DataFrame(list(pairs), columns=["event_id", "instrument"], dtype=object)
    except (ValueError, TypeError):
        raise InputError(
            "is not known",
            parameter="pairs",
            received=pairs,
            allowed="'all', 'place', a frame, or (event, id) tuples",
        ) from None


def _places(known: pd.Index, wanted: pd.Series, column: str) -> NDArray[np.int32]:
    import pandas as pd

    at = known.get_indexer(pd.Index(wanted.to_numpy(object)))
    if np.any(at < 0):
        unknown = sorted({str(name) for name in wanted[at < 0]})
        raise InputError(
            "is unknown",
            parameter=f"pairs.{column}",
            received=unknown[:5],
            allowed=", ".join(map(repr, known[:5])) + (", ..." if len(known) > 5 else ""),
        )
    return np.asarray(at, dtype=np.int32)
