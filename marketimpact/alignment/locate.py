"""Where events fall in the sessions of one instrument: candidates, and what the roll policy makes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..market.snapshots import Snapshot, snapshot_bounds
from ..news.event_set import EventSet
from .policies import Policies
from .sessions import candidates, has_session, nearer_before

__all__ = ["DROPPED", "ROLLED_BACK", "ROLLED_NEXT", "EventTimes", "Located", "locate"]

ROLLED_NEXT, ROLLED_BACK, DROPPED = 1, 2, 3
"""What became of an event on whose days nothing is quoted."""

SECOND = np.timedelta64(1, "s")
Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, eq=False)
class EventTimes:
    """The events' intervals as arrays, and the days they touch, made once a zone.

    News with a clock time touches days on the clock of the market; news of whole days touches the days that it
    names, on its own clock: a Saturday in Istanbul is a Saturday, though it begins on a Friday evening in London.

    Parameters
    ----------
    events : EventSet
    named : ndarray of datetime64[D], shape (n,)
        The day that each event names, on its own clock.
    offset : ndarray of int8, shape (n,)
        0 for "before open", 1 for "after close" of the named day, -1 for news with a time of its own.
    whole_days : ndarray of bool, shape (n,)
        Where the interval is of whole days.
    """

    events: EventSet
    named: Days
    offset: NDArray[np.int8]
    whole_days: NDArray[np.bool_]
    _days: dict[str | None, tuple[Days, Days]] = field(default_factory=dict)

    @classmethod
    def of(cls, events: EventSet) -> EventTimes:
        """Read the times of a set of events."""
        precision = events.columns["precision"]
        whole = (precision != "minute") & (precision != "hour")
        return cls(events, events.local_days(), events.market_day_offset, whole)

    def days(self, zone: str | None) -> tuple[Days, Days]:
        """Give the first and last day of each event, by a market's zone or, where that is None, its own."""
        if zone not in self._days:
            ends = (self.events.start, self.events.end - SECOND)
            first, last = (self._dates(instants, zone) for instants in ends)
            if zone is not None and self.whole_days.any():
                own = self.days(None)
                first[self.whole_days], last[self.whole_days] = (days[self.whole_days] for days in own)
            self._days[zone] = first, last
        return self._days[zone]

    def _dates(self, instants: NDArray[np.datetime64], zone: str | None) -> Days:
        import pandas as pd

        def on_clock(some: NDArray[np.datetime64], name: str) -> Days:
            local = pd.DatetimeIndex(some).tz_localize("UTC").tz_convert(name).tz_localize(None)
            return local.to_numpy().astype("datetime64[D]")

        if zone is not None:
            return on_clock(instants, zone)
        dates = np.empty(len(instants), dtype="datetime64[D]")
        zones = self.events.columns["zone"]
        for name in dict.fromkeys(zones):
            rows = zones == name
            dates[rows] = on_clock(instants[rows], str(name))
        return dates


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Places of some events in one instrument's sessions.

    Attributes
    ----------
    first, last : ndarray of int, shape (N,)
        Candidates of the event session; n where the series has ended.
    rolled : ndarray of int8, shape (N,)
        0 for an event that meets a session, else `ROLLED_NEXT`, `ROLLED_BACK` or `DROPPED`.
    delayed : ndarray of bool, shape (N,)
        Where the latency passes over a snapshot that lies after the news.
    """

    first: Ints
    last: Ints
    rolled: NDArray[np.int8]
    delayed: NDArray[np.bool_]


def locate(
    times: EventTimes,
    at: NDArray[np.integer[Any]],
    snapshot: Snapshot | None,
    sessions: Days,
    policies: Policies,
) -> Located:
    """Find the candidates of the event session of some events.

    Parameters
    ----------
    times : EventTimes
    at : ndarray of int, shape (N,)
        Places of the events.
    snapshot : Snapshot or None
        The instrument's; None: somewhere in its day.
    sessions : ndarray of datetime64[D], shape (n,)
        The instrument's own.
    policies : Policies
        Latency and roll.

    Returns
    -------
    Located
    """
    earliest, latest = snapshot_bounds(snapshot, sessions)
    start, end, offset = times.events.start[at], times.events.end[at], times.offset[at]
    first, last = candidates(start, end, earliest, latest, policies.latency)
    delayed = np.zeros(len(at), dtype=bool)
    if policies.latency:
        delayed = first > np.searchsorted(latest, start, side="right")
    by_word = np.flatnonzero(offset >= 0)
    if len(by_word):  # the market's own dates decide, whatever its clock
        days = times.named[at[by_word]] + offset[by_word].astype("timedelta64[D]")
        first[by_word] = last[by_word] = np.searchsorted(sessions, days)
        delayed[by_word] = False
    first_day, last_day = (days[at] for days in times.days(None if snapshot is None else snapshot.zone))
    without = np.flatnonzero(~has_session(first_day, last_day, sessions) & (first < len(sessions)))
    rolled = np.zeros(len(at), dtype=np.int8)
    # A Saturday in Almaty may show at Friday's close in New York: nothing was rolled then.
    later = sessions[first[without]] > last_day[without]
    rolled[without] = np.where(later | (policies.roll == "raise"), ROLLED_NEXT, 0)
    if policies.roll == "drop":
        rolled[without] = DROPPED
    if policies.roll not in ("previous", "nearest"):
        return Located(first, last, rolled, delayed)
    before = np.searchsorted(sessions, first_day[without]) - 1
    back = np.full(len(without), True)
    if policies.roll == "nearest":
        by_day = (offset[without] >= 0) | (snapshot is None)
        place = np.maximum(before, 0)
        back = np.where(
            by_day,
            nearer_before(first_day[without], last_day[without], sessions[place], sessions[first[without]]),
            nearer_before(start[without], end[without], latest[place], latest[first[without]]),
        )
        back &= before >= 0
    rolled[without[back]] = np.where(before[back] >= 0, ROLLED_BACK, DROPPED)
    moved = without[back & (before >= 0)]
    first[moved] = last[moved] = before[back & (before >= 0)]
    delayed[moved] = False
    return Located(first, last, rolled, delayed)
