"""Confounders: other dated news, joined to every event window."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..news.event_set import EventSet
from .nearby import NearbyNews, nearby_news
from .positions import Positions
from .reasons import Reason

__all__ = ["confounder_words", "join_confounders", "news_words", "without_confounded"]

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
    codes = a.codes & ~np.int32(Reason.CONFOUNDED)
    confounded = _meets(a, chosen, a.position, a.last)
    return replace(a, codes=codes | confounded * np.int32(Reason.CONFOUNDED), confounders=chosen)


def without_confounded(a: Aligned, *, whole_window: bool) -> Aligned:
    """Leave out the pairs with a confounder in their headline sessions, or anywhere in their event window."""
    confounded = (a.codes & int(Reason.CONFOUNDED)) != 0
    if whole_window and a.confounders is not None:
        first, last = a.timeline.event
        confounded |= _meets(a, a.confounders, a.position + first, a.position + last)
    return replace(a, codes=a.codes | confounded * np.int32(Reason.CONFOUNDED_OUT))


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
    for member, offset in zip(a.design.members, a.design.offset, strict=True):
        for news in _of_member(a, int(member), confounders):
            begun[offset + news.first] += 1
            over[offset + min(news.last, len(a.panel.quotes[member]) - 1) + 1] += 1
    return np.cumsum(begun), np.cumsum(over)


def _of_member(a: Positions, member: int, confounders: EventSet) -> tuple[NearbyNews, ...]:
    policies = replace(a.policies, roll="next")
    return nearby_news(confounders, a.panel.instruments[member], a.panel.quotes[member], policies)


def confounder_words(a: Positions) -> NDArray[np.object_]:
    """Name the confounders in each pair's event window; None where nobody has looked."""
    words = np.full(len(a), None, dtype=object)
    if a.confounders is None:
        return words
    words[:] = ""
    for s, member in enumerate(a.design.members):
        found = _of_member(a, int(member), a.confounders)
        if not found:
            continue
        first, last = (np.array([getattr(one, name) for one in found]) for name in ("first", "last"))
        for i in np.flatnonzero((a.series == s) & a.shows):
            begin, end = (a.position[i] + tau for tau in a.timeline.event)
            inside = np.flatnonzero((last >= begin) & (first <= max(end, a.last[i])))
            words[i] = "; ".join(news_words(found[j].seen_from(int(a.position[i]))) for j in inside)
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
