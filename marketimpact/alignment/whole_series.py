"""Alignment of events whose whole series are looked at: there is no estimation window that could be too short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..market.factors import Term
from ..market.panel import Panel
from ..news.event import Event
from ..news.event_set import EventSet
from ..timeline import Timeline, Window
from ..units import MoveRule
from .pipeline import Alignment, align
from .policies import Policies
from .reasons import Reason

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["align_whole"]

AHEAD = 3
"""Sessions of the estimation window that an alignment wants, and whole series have no use for."""

WINDOW_ONLY = (
    Reason.SHORT_ESTIMATION
    | Reason.STALE
    | Reason.WINDOW_BEFORE_FIRST
    | Reason.NO_VARIATION
    | Reason.COLLINEAR
    | Reason.CANDIDATES_OUTSIDE
)
"""Reasons that speak of windows: an estimation window, or one that must hold every candidate session."""


def align_whole(
    panel: Panel,
    events: EventSet | Event | Iterable[Event],
    *,
    around: Window = (0, 0),
    pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None = None,
    factors: Sequence[Term] = (),
    rule: MoveRule = "log",
    policies: Policies | None = None,
) -> Alignment:
    """Align as `align` does, without the reasons that speak of an estimation window.

    Parameters
    ----------
    panel, events, pairs, factors, rule, policies
        As for `align`; moves near other events stay, whatever the policy of contamination.
    around : (int, int)
        First and last tau that are looked at; holds 0.

    Returns
    -------
    Alignment

    Raises
    ------
    InputError
        As `align` does.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> align_whole(mi.fetch("ecb:EUR/RUB"), news).ledger.used
    1
    """
    first, last = around
    timeline = Timeline(estimation=(first - AHEAD - 1, first - 2), event=(first, last), min_estimation=AHEAD)
    chosen = replace(policies or Policies(), contamination="keep")
    found = align(
        panel, events, timeline=timeline, pairs=pairs, factors=tuple(factors), rule=rule, policies=chosen
    )
    return replace(found, codes=found.codes & ~np.int64(int(WINDOW_ONLY)))
