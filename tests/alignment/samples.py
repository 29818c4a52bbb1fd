"""Small panels and events whose place in time is known by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

import marketimpact as mi
from marketimpact.alignment.pipeline import Alignment

LONDON = "16:30 Europe/London"
NEW_YORK = "17:00 America/New_York"
ALMATY = "Asia/Almaty"

SHORT = mi.Timeline(estimation=(-12, -3), event=(-2, 2), min_estimation=5)
"""Ten sessions of estimation, of which five must be usable; five sessions of event window."""

JANUARY = pd.bdate_range("2021-11-01", "2022-02-28")


def bond(id: str = "KZ 2045", **terms: Any) -> mi.SovereignBond:
    return mi.SovereignBond(id, **({"quoted": "yield", "issuer": "KZ", "snapshot": LONDON} | terms))


def quoted(instrument: Any, days: Any = JANUARY, levels: Sequence[float] | None = None) -> mi.Panel:
    """Give a panel of one instrument, by default with levels that never stand still."""
    index = pd.DatetimeIndex(days)
    if levels is None:
        levels = 50.0 + np.cumsum(np.random.default_rng(7).choice([-1.0, 1.0, 2.0], len(index)) / 16.0)
    return mi.Panel.from_frame(
        pd.Series(np.asarray(levels, dtype=float), index=index), instruments=instrument
    )


def news(at: str, zone: str | None = ALMATY, id: str = "news", **more: Any) -> mi.Event:
    return mi.Event(id, announced_at=at, zone=zone, **more)


def aligned(panel: mi.Panel, *events: mi.Event, timeline: mi.Timeline = SHORT, **more: Any) -> Alignment:
    return mi.align(panel, events, timeline=timeline, **more)


def row(alignment: Alignment, i: int = 0) -> dict[str, Any]:
    """Give one row of the ledger by column."""
    return dict(alignment.ledger.to_frame().iloc[i])


def candidate_days(alignment: Alignment, i: int = 0) -> list[str]:
    return str(row(alignment, i)["candidates"]).split()


def at_session(days: pd.DatetimeIndex, position: int, id: str = "") -> mi.Event:
    """Give an event at noon of a session, so that a London close of that day is the first after it."""
    day = f"{days[position]:%Y-%m-%d}"
    return mi.Event(id or f"at {position}", announced_at=f"{day}T12:00", zone="Europe/London")
