"""Alignment of events whose whole series are looked at: there is no estimation window that could be too short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
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
    | Reason.TRUNCATED
    | Reason.NO_VARIATION
    | Reason.COLLINEAR
    | Reason.CANDIDATES_OUTSIDE
)
"""Reasons that speak of windows: an estimation window, or one that must hold every candidate session."""

ORDINARY = 0.05
"""Share of zero moves in a series from which one on an event session is nothing strange, as rounding makes them."""


class WholeAlignment(Alignment):
    """An alignment without an estimation window: no move is lost from it, and no share of it is zero."""

    __slots__ = ()

    @property
    def shorter(self) -> str:
        """Lags are what asks for sessions after the event."""
        return "ask for fewer lags"

    @property
    def estimation_lost(self) -> NDArray[np.int64]:
        """Nothing: there is no window."""
        return np.zeros(len(self), dtype=np.int64)


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

    A move of exactly zero is flagged where less than 5 % of the moves of its series are zero.

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
        As `align` does; if no series has the sessions that are looked at.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> align_whole(mi.fetch("ecb:EUR/RUB"), news).ledger.used
    1
    """
    first = around[0]
    chosen = policies or Policies()
    if isinstance(chosen, Policies):  # of all else align says what is wrong
        chosen = replace(chosen, contamination="keep")
    try:
        timeline = Timeline(estimation=(first - AHEAD - 1, first - 2), event=around, min_estimation=AHEAD)
        found = align(
            panel, events, timeline=timeline, pairs=pairs, factors=tuple(factors), rule=rule, policies=chosen
        )
    except InputError as error:
        if str(error.parameter).partition(".")[0].lower() != "timeline":
            raise
        raise _too_long(panel, around) from None
    arrays = {field.name: getattr(found, field.name) for field in fields(found)}
    nothing = np.zeros_like(found.estimation_used)
    arrays["codes"] = found.codes & ~np.int64(int(WINDOW_ONLY))
    ordinary = (_zero_share(found) >= ORDINARY)[found.series]
    arrays["codes"][ordinary] &= ~np.int64(int(Reason.STOOD_STILL))
    return WholeAlignment(**arrays | dict.fromkeys(("estimation_used", "contaminated", "zeros"), nothing))


def _zero_share(found: Alignment) -> NDArray[np.float64]:
    """Give the share of each series' moves that are exactly zero."""
    design, share = found.design, np.zeros(len(found.design.length))
    for place, (begin, length) in enumerate(zip(design.offset, design.length, strict=True)):
        moves = design.to_fit[begin : begin + length]
        known = int(np.isfinite(moves).sum())
        share[place] = int((moves == 0.0).sum()) / known if known else 0.0
    return share


def _too_long(panel: Panel, around: Window) -> InputError:
    """Say what no series is long enough for in the words of who asks: leads and lags, or the series itself."""
    longest = max(len(quotes) for quotes in panel.quotes)
    if around == (0, 0):
        return InputError(
            "is too short for an event and the sessions beside it", parameter="panel",
            received=f"{longest} quotes in the longest series", allowed=f"{AHEAD + 3} quotes or more",
        )  # fmt: skip
    return InputError(
        f"reach over {around[1] - around[0] + 1} sessions, and the longest series has {longest} quotes",
        parameter="leads, lags",
        received=(-around[0], around[1]),
        allowed="fewer leads and lags, or longer series",
    )
