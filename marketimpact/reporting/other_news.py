"""Other dated news around a pair, as the study itself dates it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..alignment.nearby import NearbyNews, nearby_news
from ..alignment.policies import Policies
from ..news.event import Event
from ..news.event_set import EventSet, as_event_set
from ..study.pair import PairResult
from ..study.result import StudyResult
from ..timeline import Window

__all__ = ["confounders_around", "events_around", "in_headline", "looked_at"]


def looked_at(result: StudyResult, confounders: EventSet | Event | Iterable[Event] | None) -> EventSet | None:
    """Give the confounders of a page: those given, else those that the study was run with.

    Returns
    -------
    EventSet or None
        None where nobody has looked; an event of the study is not its own confounder.
    """
    if confounders is None:
        return result.alignment.confounders
    given = as_event_set(confounders)
    return given.select(given.ids[~np.isin(given.ids, result.events.ids)])


def confounders_around(
    result: StudyResult, pair: PairResult, confounders: EventSet, window: Window
) -> tuple[NearbyNews, ...]:
    """Find the confounders that may fall into a window of a pair, in order of time."""
    # Confounders are never rolled back or dropped, as in the ledger.
    return _around(pair, confounders, window, replace(result.alignment.policies, roll="next"))


def events_around(result: StudyResult, pair: PairResult, window: Window) -> tuple[NearbyNews, ...]:
    """Find the other events of the study that may fall into a window of a pair, in order of time."""
    found = _around(pair, result.events, window, result.alignment.policies)
    return tuple(news for news in found if news.event_id != pair.event.id)


def in_headline(pair: PairResult, news: NearbyNews) -> bool:
    """Whether news may first show in a headline session of a pair.

    Examples
    --------
    >>> import marketimpact as mi
    >>> event = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 3)))
    >>> pair = study.run(mi.fetch("ecb:EUR/RUB"), event).one("invasion")
    >>> in_headline(pair, NearbyNews("claims", "US jobless claims", "2022-02-24 08:30 New York", 1, 1))
    False
    """
    return _meets(news, 0, len(pair.candidates) - 1)


def _around(pair: PairResult, events: EventSet, window: Window, policies: Policies) -> tuple[NearbyNews, ...]:
    origin = int(np.searchsorted(pair.quotes.sessions, pair.session))
    within = (origin + window[0], origin + window[1])
    found = nearby_news(events, pair.instrument, pair.quotes, policies, within)
    return tuple(news.seen_from(origin) for news in found)


def _meets(news: NearbyNews, first: int, last: int) -> bool:
    return news.last >= first and news.first <= last
