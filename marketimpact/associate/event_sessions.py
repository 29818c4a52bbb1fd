"""Event sessions of an instrument: where dated news first shows, by the alignment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import align
from ..alignment.policies import Policies
from ..alignment.reasons import LEFT_OUT, Reason
from ..errors import InputError
from ..ledger import Ledger
from ..market.panel import Panel
from ..news.event import Event
from ..news.event_set import EventSet, as_event_set
from ..timeline import Timeline
from ..units import MoveRule

__all__ = ["event_sessions"]

NO_WINDOW = (
    Reason.SHORT_ESTIMATION
    | Reason.CANDIDATES_OUTSIDE
    | Reason.STALE
    | Reason.WINDOW_BEFORE_FIRST
    | Reason.NO_VARIATION
    | Reason.COLLINEAR
)
"""Reasons that speak of windows: there are none here."""


def event_sessions(
    panel: Panel, events: EventSet | Event | Iterable[Event], instrument: str, move: MoveRule
) -> tuple[NDArray[np.int64], Ledger]:
    """Give the sessions, as places in the instrument's own, in which events first show, and the ledger.

    Of several candidates the first is taken, with a flag in the ledger.

    Raises
    ------
    InputError
        If no event shows in the series.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> panel = mi.fetch("ecb:EUR/RUB")
    >>> at, ledger = event_sessions(panel, news, "EUR/RUB", "log")
    >>> str(panel.quotes_of("EUR/RUB").sessions[at[0]]), ledger.used
    ('2022-02-24', 1)
    """
    news = as_event_set(events)
    found = align(
        panel, news, timeline=Timeline(estimation=(-4, -2), event=(0, 0), min_estimation=3),
        pairs=[(str(name), instrument) for name in news.ids], rule=move, policies=Policies(contamination="keep"),
    )  # fmt: skip
    found = replace(found, codes=found.codes & ~np.int64(int(NO_WINDOW)))
    shown = (found.codes & int(LEFT_OUT)) == 0
    if not shown.any():
        raise InputError(
            "no event shows in the series", parameter="events", received=str(found.ledger),
            allowed="news within its dates: " + "; ".join(found.left_out(3)),
        )  # fmt: skip
    return found.position[shown].astype(np.int64), found.ledger
