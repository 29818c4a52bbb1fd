"""The ledger's rows in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ledger import Status
from ..market.snapshots import ASYNCHRONOUS_HOURS, snapshot_of
from .confounders import confounder_words
from .positions import Positions
from .reason_words import reasons_in_words
from .reasons import Reason

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ledger_columns"]

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

    lost = (*a.lost, *a.asides)
    session, snapshot, candidates = _sessions(a)
    local = np.array([a.events.local_time(i) for i in range(len(a.events))], dtype=object)
    span = np.where(_ended(a), 1, a.design.x[0][_at(a)]).astype(np.int64)
    apart = pd.array(a.hours_apart > ASYNCHRONOUS_HOURS, dtype="boolean")
    apart[np.isnan(a.hours_apart)] = pd.NA
    status = [Status(code).words for code in a.status]
    instant = pd.DatetimeIndex(a.events.start[a.event]).tz_localize("UTC")
    columns: dict[str, object] = {
        "event_id": a.events.ids[a.event],
        "instrument": np.array(a.panel.ids, dtype=object)[a.instrument],
        "instant": instant,
        "local_time": local[a.event],
        "snapshot": pd.DatetimeIndex(snapshot).tz_localize("UTC"),
        "session": session,
        "candidates": candidates,
        "span": _unless(_ended(a), span),
        "shift": _unless(_ended(a), a.shift),
        "dating_lag": _unless(np.zeros(len(a), dtype=bool), _lags(a)),
        "estimation_used": _unless(_ended(a), a.estimation_used),
        "estimation_lost": _unless(_ended(a), a.estimation_lost),
        "contaminated": _unless(_ended(a), a.contaminated),
        "zero_share": np.where(_ended(a), np.nan, a.zero_share),
        "confounders": confounder_words(a),
        "asynchronous": apart,
        "status": status,
        "reason": reasons_in_words(a, range(len(a))),
    }
    if lost:
        frame = pd.DataFrame(columns)
        rows = {
            "event_id": [row.event_id for row in lost],
            "local_time": [row.local_time for row in lost],
            "status": Status.LEFT_OUT.words,
            "reason": [row.reason for row in lost],
        }
        extra = pd.DataFrame(rows).reindex(columns=frame.columns)
        frame = pd.concat([frame, extra.astype(frame.dtypes.to_dict())], ignore_index=True)
        columns = {str(column): frame[column] for column in frame}
    return columns


def _unless(missing: NDArray[np.bool_], values: NDArray[np.integer[Any]]) -> pd.arrays.IntegerArray:
    """Whole numbers, missing where a series has ended."""
    import pandas as pd

    return pd.arrays.IntegerArray(values.astype(np.int64), missing.copy())


def _lags(a: Positions) -> NDArray[np.int64]:
    return np.array([one.dating_lag for one in a.panel.instruments], dtype=np.int64)[a.instrument]


def _ended(a: Positions) -> NDArray[np.bool_]:
    """Where no session is shown: the series has ended, or the roll policy drops the event.

    News of long before a series keeps the first session, which the rule gives it, beside the reason.
    """
    dropped = (a.codes & int(Reason.NO_SESSION)) != 0
    return np.asarray(dropped | (a.position >= a.design.length[a.series]))


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
