"""Other dated news in an event window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..market.instruments import Instrument
from ..market.quotes import Quotes
from ..market.snapshots import snapshot_bounds, snapshot_of
from ..news.event_set import EventSet
from .sessions import candidates

__all__ = ["NearbyNews", "news_in_window"]


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
        Candidates of its event session, as tau of the event under study.
    """

    event_id: str
    title: str
    local_time: str
    first: int
    last: int


def news_in_window(
    events: EventSet, instrument: Instrument, quotes: Quotes, session: np.datetime64, window: tuple[int, int]
) -> tuple[NearbyNews, ...]:
    """Find the events whose session falls into a window around a session of a series.

    Parameters
    ----------
    events : EventSet
    instrument : Instrument
        Gives the snapshot.
    quotes : Quotes
        Gives the sessions.
    session : datetime64[D]
        The session that is tau = 0.
    window : (int, int)
        First and last tau, both inclusive.

    Returns
    -------
    tuple of NearbyNews
        In order of time.
    """
    bounds = snapshot_bounds(snapshot_of(instrument.snapshot), quotes.sessions)
    first, last = candidates(events.start, events.end, *bounds)
    origin = int(np.searchsorted(quotes.sessions, session))
    inside = np.flatnonzero(
        (last - origin >= window[0])
        & (first - origin <= window[1])
        & (first > 0)  # news before the first quote may be years old
        & (first < len(quotes.sessions))
    )
    return tuple(
        NearbyNews(
            str(events.ids[i]),
            str(events.columns["title"][i] or events.ids[i]),
            _when(events, int(i)),
            int(first[i] - origin),
            int(last[i] - origin),
        )
        for i in inside[np.argsort(events.start[inside], kind="stable")]
    )


def _when(events: EventSet, i: int) -> str:
    day, clock = events.local_time(i)[:16].split("T")
    if events.columns["precision"][i] not in ("minute", "hour"):
        return day
    place = str(events.columns["zone"][i]).rpartition("/")[2].replace("_", " ")
    return f"{day} {clock} {place}"
