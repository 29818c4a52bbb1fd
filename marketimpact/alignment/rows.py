"""The ledger's rows in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..ledger import Status
from ..market.baskets import factor_id
from ..market.snapshots import snapshot_of
from .positions import Positions
from .reasons import ASYNCHRONOUS_HOURS, Reason

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ledger_columns", "reasons_in_words"]

NO_DAY = np.datetime64("NaT", "s")


def ledger_columns(a: Positions) -> dict[str, object]:
    """Make the ledger's columns, as `marketimpact.ledger.COLUMNS` describes them.

    Parameters
    ----------
    a : Positions

    Returns
    -------
    dict of str to array
        One row a pair, then one for each event that could not be read.
    """
    import pandas as pd

    lost = a.lost
    session, snapshot, candidates = _sessions(a)
    local = np.array([a.events.local_time(i) for i in range(len(a.events))], dtype=object)
    span = np.where(_ended(a), 1, a.design.x[0][_at(a)]).astype(np.int64)
    apart = pd.array(a.hours_apart > ASYNCHRONOUS_HOURS, dtype="boolean")
    apart[np.isnan(a.hours_apart)] = pd.NA
    status = [Status(code).words for code in a.status]
    instant = pd.DatetimeIndex(a.events.start[a.event]).tz_localize("UTC")
    frame = pd.DataFrame(
        {
            "event_id": a.events.ids[a.event],
            "instrument": np.array(a.panel.ids, dtype=object)[a.instrument],
            "instant": instant,
            "local_time": local[a.event],
            "snapshot": pd.DatetimeIndex(snapshot).tz_localize("UTC"),
            "session": session,
            "candidates": candidates,
            "span": _unless(_ended(a), span),
            "shift": _unless(_ended(a), a.shift),
            "estimation_used": _unless(_ended(a), a.estimation_used),
            "estimation_lost": _unless(_ended(a), a.estimation_lost),
            "zero_share": np.where(_ended(a), np.nan, a.zero_share),
            "confounders": np.full(len(a), None, dtype=object),
            "asynchronous": apart,
            "status": status,
            "reason": reasons_in_words(a, range(len(a))),
        }
    )
    if lost:
        rows = {
            "event_id": [row.event_id for row in lost],
            "local_time": [row.local_time for row in lost],
            "status": Status.LEFT_OUT.words,
            "reason": [row.reason for row in lost],
        }
        extra = pd.DataFrame(rows).reindex(columns=frame.columns)
        frame = pd.concat([frame, extra.astype(frame.dtypes.to_dict())], ignore_index=True)
    return {str(column): frame[column] for column in frame}


def _unless(missing: NDArray[np.bool_], values: NDArray[np.int64]) -> pd.arrays.IntegerArray:
    """Whole numbers, missing where a series has ended."""
    import pandas as pd

    return pd.arrays.IntegerArray(values.astype(np.int64), missing.copy())


def _ended(a: Positions) -> NDArray[np.bool_]:
    return np.asarray(a.position >= a.design.length[a.series])


def _at(a: Positions) -> NDArray[np.int64]:
    """Positions of tau = 0 in the long arrays, kept inside them where a series has ended."""
    return np.where(_ended(a), 0, a.positions)


def _sessions(
    a: Positions,
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64], NDArray[np.object_]]:
    """Event session, its snapshot in UTC, and the candidates as text, instrument by instrument."""
    session = np.full(len(a), NO_DAY, dtype="datetime64[s]")
    snapshot = session.copy()
    words = np.full(len(a), "", dtype=object)
    for s, member in enumerate(a.design.members):
        rows = np.flatnonzero((a.series == s) & ~_ended(a))
        days = a.panel.quotes[member].sessions
        found = days[a.position[rows]]
        session[rows] = found
        known = snapshot_of(a.panel.instruments[member].snapshot)
        if known is not None:
            snapshot[rows] = known.instants(found)
        words[rows] = [
            " ".join(map(str, days[i : j + 1])) + (" (series ends)" if j >= len(days) else "")
            for i, j in zip(a.position[rows], a.last[rows], strict=True)
        ]
    return session, snapshot, words


def reasons_in_words(a: Positions, rows: Iterable[int]) -> list[str]:
    """Say the reasons of some pairs, most severe first; empty for a pair used without remark."""
    return [_words(a, i, Reason(int(a.codes[i]))) if a.codes[i] else "" for i in rows]


def _words(a: Positions, i: int, code: Reason) -> str:
    first, last = a.timeline.event
    quotes = a.panel.quotes[int(a.instrument[i])]
    ends, begins = quotes.sessions[-1], quotes.sessions[0]
    position, n = int(a.position[i]), len(quotes)
    factors = ", ".join(factor_id(factor) for factor in a.factors)
    at = int(a.positions[i]) if position < n else 0
    span = int(np.nan_to_num(a.design.x[0][at], nan=1.0))
    said = {
        Reason.AFTER_LAST: f"no snapshot after the event: the series ends on {ends}",
        Reason.WINDOW_BEFORE_FIRST: f"the series begins on {begins}, tau = {-position}; the event window asks for"
        f" moves from tau = {first}" + ("" if position == 0 else ": shorten Timeline(event=...)"),
        Reason.WINDOW_AFTER_LAST: f"the series ends on {ends}, tau = {n - 1 - position}; the event window asks for"
        f" tau = {last}: shorten Timeline(event=...)",
        Reason.CANDIDATES_OUTSIDE: f"the event session may be as late as tau = {a.last[i] - a.position[i]}, beyond"
        f" the event window's end {last}: widen Timeline(event=...) or give a snapshot",
        Reason.SHORT_ESTIMATION: f"{a.estimation_used[i]} usable estimation moves, fewer than min_estimation ="
        f" {a.timeline.min_estimation}",
        Reason.OWN_BENCHMARK: "an instrument is never its own benchmark",
        Reason.NO_VARIATION: "the normal model leaves no variation in the estimation window",
        Reason.COLLINEAR: f"a factor does not vary, or repeats another, in the estimation window ({factors})",
        Reason.AMBIGUOUS: f"the event session may be any of tau = 0 to {a.last[i] - a.position[i]}",
        Reason.SPANS: f"a move of the headline window spans several sessions (tau = 0: {span})",
        Reason.FIRST_SPANS: "the event window's first move begins before the window",
        Reason.WAITED: f"{a.shift[i]} days passed between the event and its first snapshot",
        Reason.TRUNCATED: f"the estimation window begins before the first move, of {begins}",
        Reason.MISSING_MOVES: f"a move of the event window is missing ({factors or 'own quotes'})",
        Reason.MISSING_HEADLINE: "a move of the headline window is missing",
        Reason.ASYNCHRONOUS: f"snapshots of instrument and factors lie {a.hours_apart[i]:.1f} hours apart",
        Reason.STALE: f"{a.zero_share[i]:.0%} of the estimation moves are zero",
        Reason.SHARED: "another event has the same event session: one move, counted once in averages over events",
        Reason.DIRTY: "dirty prices: coupons are not removed from the moves",
    }
    return "; ".join(words for reason, words in said.items() if reason in code)
