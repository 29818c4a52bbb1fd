"""Other dated news in an event window."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..market.instruments import Instrument
from ..market.quotes import Quotes
from ..market.snapshots import snapshot_of
from ..maths.stale import next_quoted
from ..news.event_set import EventSet
from .locate import EventTimes, locate
from .policies import Policies

__all__ = ["NearbyNews", "named_news", "nearby_news", "shown_news"]


@dataclass(frozen=True, slots=True)
class NearbyNews:
    """A dated piece of news, and the sessions at which a series could first show it.

    Attributes
    ----------
    event_id : str
    title : str
        The event's title, or its id where it has none.
    local_time : str
        Its start on its own clock, "2022-01-05 14:00 New York"; the date alone where that is all there is.
    first, last : int
        Candidates of its event session: places in the series, or tau of the event under study.
    """

    event_id: str
    title: str
    local_time: str
    first: int
    last: int

    def seen_from(self, position: int) -> NearbyNews:
        """Count its candidates as tau of an event at a place of the series."""
        return replace(self, first=self.first - position, last=self.last - position)


def nearby_news(
    events: EventSet,
    instrument: Instrument,
    quotes: Quotes,
    policies: Policies | None = None,
    within: tuple[int, int] | None = None,
) -> tuple[NearbyNews, ...]:
    """Find the events that a series can show.

    Parameters
    ----------
    events : EventSet
    instrument : Instrument
        Gives the snapshot.
    quotes : Quotes
        Gives the sessions.
    policies : Policies, optional
        Latency and roll.
    within : (int, int), optional
        First and last place in the series, both inclusive, of which a candidate must reach one; everywhere when not
        given.

    Returns
    -------
    tuple of NearbyNews
        In order of time, candidates as places in the series.
    """
    places, first, last = shown_news(EventTimes.of(events), instrument, quotes, policies or Policies())
    begin, end = within or (0, len(quotes))
    inside = np.flatnonzero((last >= begin) & (first <= end))
    return tuple(named_news(events, int(places[j]), int(first[j]), int(last[j])) for j in inside)


def shown_news(
    times: EventTimes, instrument: Instrument, quotes: Quotes, policies: Policies
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give the places of the events that a series can show, in order of time, and their candidates.

    Returns
    -------
    places, first, last : ndarray of int, shape (n,)
    """
    order = np.argsort(times.events.start, kind="stable")
    found = locate(times, order, snapshot_of(instrument.snapshot), quotes.sessions, policies)
    # News that is over at the first quote may be years old.
    shown = (found.last > 0) & (found.first < len(quotes))
    first, last = found.first[shown], found.last[shown]
    if policies.frozen == "leave_out":  # news of a frozen run shows in the first move after it
        quoted = np.append(next_quoted(quotes.standing_still()), len(quotes))
        first, last = quoted[first], quoted[last]
    return order[shown], first, last


def named_news(events: EventSet, i: int, first: int, last: int) -> NearbyNews:
    """Name one event, with its candidates."""
    title = str(events.columns["title"][i] or events.ids[i])
    return NearbyNews(str(events.ids[i]), title, _when(events, i), first, last)


def _when(events: EventSet, i: int) -> str:
    day, clock = events.local_time(i)[:16].split("T")
    if events.columns["precision"][i] not in ("minute", "hour"):
        return day
    place = str(events.columns["zone"][i]).rpartition("/")[2].replace("_", " ")
    return f"{day} {clock} {place}"
