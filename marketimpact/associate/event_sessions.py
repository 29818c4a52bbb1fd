"""Event sessions of an instrument: where dated news first shows, by the alignment."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..alignment.reasons import LEFT_OUT
from ..alignment.whole_series import align_whole
from ..errors import InputError
from ..ledger import Ledger
from ..market.panel import Panel
from ..news.event import Event
from ..news.event_set import EventSet, as_event_set
from ..units import MoveRule

__all__ = ["event_sessions", "joined"]


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
    found = align_whole(panel, news, pairs=[(str(name), instrument) for name in news.ids], rule=move)
    shown = (found.codes & int(LEFT_OUT)) == 0
    if not shown.any():
        raise InputError(
            "no event shows in the series", parameter="events", received=str(found.ledger),
            allowed="news within its dates: " + "; ".join(found.left_out(3)),
        )  # fmt: skip
    return found.position[shown].astype(np.int64), found.ledger


def joined(one: Ledger, other: Ledger) -> Ledger:
    """Put the rows of a second ledger below those of a first; what is no event stays last."""
    cut = one.given, other.given
    status = [one.status[: cut[0]], other.status[: cut[1]], one.status[cut[0] :], other.status[cut[1] :]]
    return Ledger(np.concatenate(status), partial(_both, one, other), one.asides + other.asides)


def _both(one: Ledger, other: Ledger) -> dict[str, object]:
    import pandas as pd

    a, b = one.to_frame(), other.to_frame()
    parts = [a[: one.given], b[: other.given], a[one.given :], b[other.given :]]
    both = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return {str(name): both[name] for name in both}
