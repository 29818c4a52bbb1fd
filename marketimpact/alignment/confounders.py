"""Confounders: other dated news, joined to every event window."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..news.event_set import EventSet
from .locate import EventTimes
from .nearby import NearbyNews, named_news, shown_news
from .positions import Positions
from .reasons import Reason

__all__ = [
    "confounder_words",
    "join_confounders",
    "news_words",
    "scheduled_sessions",
    "without_confounded",
]

Aligned = TypeVar("Aligned", bound=Positions)


def join_confounders(a: Aligned, confounders: EventSet) -> Aligned:
    """Join other dated news to the windows of an alignment.

    A pair is flagged as confounded where a confounder may first show in its headline sessions; the ledger names
    those of the whole event window.

    Parameters
    ----------
    a : Alignment
    confounders : EventSet
        Scheduled releases, auctions, central-bank meetings, other countries' news. Those whose id is one of the
        study's own events are passed over.

    Returns
    -------
    Alignment
    """
    others = np.flatnonzero(~np.isin(confounders.ids, a.events.ids))
    chosen = confounders if len(others) == len(confounders) else confounders.select(confounders.ids[others])
    codes = a.codes & ~np.int64(Reason.CONFOUNDED)
    confounded = _meets(a, chosen, a.position, a.last)
    return replace(a, codes=codes | confounded * np.int64(Reason.CONFOUNDED), confounders=chosen)


def without_confounded(a: Aligned, *, whole_window: bool) -> Aligned:
    """Leave out the pairs with a confounder in their headline sessions, or anywhere in their event window."""
    confounded = (a.codes & int(Reason.CONFOUNDED)) != 0
    if whole_window and a.confounders is not None:
        first, last = a.timeline.event
        confounded |= _meets(a, a.confounders, a.position + first, a.position + last)
    return replace(a, codes=a.codes | confounded * np.int64(Reason.CONFOUNDED_OUT))


def _meets(
    a: Positions, confounders: EventSet, first: NDArray[np.int32], last: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Whether a confounder may first show between two places of each pair's series, both inclusive."""
    length, offset = a.design.length[a.series], a.design.offset[a.series]
    begun, over = _running(a, confounders)
    begin = offset + np.clip(first, 0, length - 1)
    end = offset + np.clip(last, 0, length - 1)
    return np.asarray(a.shows & (begun[end] > over[begin]))


def _running(a: Positions, confounders: EventSet) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count, at each position of the design, the news that has begun to show, and the news that is over."""
    total = len(a.design.y)
    begun, over = np.zeros(total + 1, dtype=np.int64), np.zeros(total + 1, dtype=np.int64)
    times = EventTimes.of(confounders)
    for s, (offset, n) in enumerate(zip(a.design.offset, a.design.length, strict=True)):
        _, first, last = _shown(a, s, times)
        np.add.at(begun, offset + first, 1)
        np.add.at(over, offset + np.minimum(last, n - 1) + 1, 1)
    return np.cumsum(begun), np.cumsum(over)


def _shown(a: Positions, s: int, times: EventTimes) -> tuple[NDArray[np.int64], ...]:
    """Give the confounders that a series can show: their places in the set, first and last candidates."""
    member = a.design.members[s]
    policies = replace(a.policies, roll="next")  # nobody asked to drop or move these
    return shown_news(times, a.panel.instruments[member], a.panel.quotes[member], policies)


def scheduled_sessions(a: Positions, series: int) -> NDArray[np.bool_] | None:
    """Tell which sessions of a series may be the first to show one of the confounders.

    Parameters
    ----------
    a : Alignment
    series : int
        Place of the series in the design.

    Returns
    -------
    ndarray of bool, shape (sessions of the series,), or None
        None where no confounders were joined.
    """
    if a.confounders is None:
        return None
    n = int(a.design.length[series])
    _, first, last = _shown(a, series, EventTimes.of(a.confounders))
    begun = np.bincount(first, minlength=n + 1)
    over = np.bincount(np.minimum(last, n - 1) + 1, minlength=n + 1)
    return np.asarray(np.cumsum(begun - over)[:n] > 0)


def confounder_words(a: Positions) -> NDArray[np.object_]:
    """Name the confounders in each pair's event window; None where nobody has looked."""
    words = np.full(len(a), None, dtype=object)
    if a.confounders is None:
        return words
    words[:] = ""
    times = EventTimes.of(a.confounders)
    order = np.flatnonzero(a.shows)
    order = order[np.argsort(a.series[order], kind="stable")]
    bounds = np.searchsorted(a.series[order], np.arange(len(a.design.members) + 1))
    for s in range(len(a.design.members)):
        places, first, last = _shown(a, s, times)
        for i in order[bounds[s] : bounds[s + 1]] if len(places) else ():
            begin, end = (a.position[i] + tau for tau in a.timeline.event)
            inside = np.flatnonzero((last >= begin) & (first <= max(end, a.last[i])))
            here = int(a.position[i])
            words[i] = "; ".join(
                news_words(
                    named_news(a.confounders, int(places[j]), int(first[j]) - here, int(last[j]) - here)
                )
                for j in inside
            )
    return words


def news_words(news: NearbyNews) -> str:
    """Say a confounder in one line.

    Examples
    --------
    >>> news_words(NearbyNews("fomc", "FOMC minutes", "2022-01-05 14:00 New York", 0, 0))
    'FOMC minutes, 2022-01-05 14:00 New York, tau = 0'
    """
    tau = f"{news.first}" if news.first == news.last else f"{news.first} to {news.last}"
    return f"{news.title}, {news.local_time}, tau = {tau}"
