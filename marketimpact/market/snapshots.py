"""Snapshots: the instant within its session at which a series is quoted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ..delimited import iso_date
from ..errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ASYNCHRONOUS_HOURS", "Snapshot", "snapshot_bounds", "snapshot_of", "widest_gap", "zone_of"]

TABLE_START, TABLE_END = np.datetime64("1970-01-01", "D"), np.datetime64("2070-01-01", "D")
DAY = np.timedelta64(86_400, "s")

ASYNCHRONOUS_HOURS = 1.0
"""Distance between snapshots above which quotes are called asynchronous [hours]."""


def zone_of(name: object, parameter: str) -> ZoneInfo:
    """Give the zone of a name of the tz database.

    Raises
    ------
    InputError
        If there is no such zone; fixed offsets are not zones: Almaty was +06 until March 2024 and is +05 since.
    """
    allowed = "a name of the tz database, like 'Asia/Almaty' or 'Europe/London'"
    if not isinstance(name, str) or not name.strip():
        raise InputError("is not a time zone", parameter=parameter, received=name, allowed=allowed)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError("is not a time zone", parameter=parameter, received=name, allowed=allowed) from None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The local time at which an instrument is quoted in each of its sessions.

    Parameters
    ----------
    clock : str
        Local time, "16:30".
    zone : str
        A name of the tz database.
    later : tuple of (str, str)
        Times that hold from a date on: ``(("2022-03-02", "14:10"),)``, in order of date.

    Raises
    ------
    InputError
        If a time, a date or the zone cannot be read.

    Examples
    --------
    >>> Snapshot("16:30", "Europe/London").instants(np.array(["2022-01-05"], dtype="datetime64[D]"))
    array(['2022-01-05T16:30:00'], dtype='datetime64[s]')
    """

    clock: str
    zone: str
    later: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        zone_of(self.zone, "Snapshot.zone")
        object.__setattr__(self, "later", _changes(self.later))
        for clock in (self.clock, *(clock for _, clock in self.later)):
            _clock(clock)
        days = [_date(day) for day, _ in self.later]
        if days != sorted(set(days)):
            raise InputError("dates must ascend", parameter="Snapshot.later", received=self.later)

    def instants(self, sessions: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
        """Give the instant of the snapshot of each session.

        Parameters
        ----------
        sessions : ndarray of datetime64[D], shape (n,)

        Returns
        -------
        ndarray of datetime64[s], shape (n,)
            In UTC.
        """
        if len(sessions) and sessions.min() >= TABLE_START and sessions.max() < TABLE_END:
            return _table(self)[(sessions - TABLE_START).astype(np.int64)]
        return self._computed(sessions)

    def _computed(self, sessions: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
        import pandas as pd

        seconds = np.full(len(sessions), _seconds(self.clock))
        for day, clock in self.later:
            seconds[sessions >= np.datetime64(day, "D")] = _seconds(clock)
        wall = sessions.astype("datetime64[s]") + seconds.astype("timedelta64[s]")
        # Clocks jump at night: a snapshot inside a jump takes the later reading rather than an error.
        local = pd.DatetimeIndex(wall).tz_localize(
            self.zone, ambiguous=np.zeros(len(wall), dtype=bool), nonexistent="shift_forward"
        )
        return local.tz_convert("UTC").tz_localize(None).as_unit("s").to_numpy()

    def __str__(self) -> str:
        times = "".join(f", {clock} from {day}" for day, clock in self.later)
        return f"{self.clock}{times} {self.zone}"


@lru_cache(maxsize=64)
def _table(snapshot: Snapshot) -> NDArray[np.datetime64]:
    """Instants of every day: hundreds of series share a snapshot, and the rules of a zone are slow to apply."""
    return snapshot._computed(np.arange(TABLE_START, TABLE_END))


def _changes(later: object) -> tuple[tuple[str, str], ...]:
    pairs = later if isinstance(later, tuple | list) else None
    if pairs is None or not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
        raise InputError(
            "is not a list of changes",
            parameter="Snapshot.later",
            received=later,
            allowed="pairs of date and time, (('2022-03-02', '14:10'),)",
        )
    return tuple((str(day), str(clock)) for day, clock in pairs)


def _clock(text: object) -> time:
    try:
        if not isinstance(text, str) or not re.fullmatch(r"\d\d:\d\d(:\d\d)?", text):
            raise ValueError(text)
        return time.fromisoformat(text)
    except ValueError:
        raise InputError(
            "is not a time of day", parameter="Snapshot.clock", received=text, allowed="like '16:30'"
        ) from None


def _seconds(text: str) -> int:
    clock = _clock(text)
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _date(text: str) -> date:
    try:
        return iso_date(text)
    except ValueError:
        raise InputError(
            "is not a date", parameter="Snapshot.later", received=text, allowed="like '2022-03-02'"
        ) from None


def snapshot_of(value: Snapshot | str | None, parameter: str = "snapshot") -> Snapshot | None:
    """Read a snapshot from "16:30 Europe/London"; None stays None: somewhere in its day.

    Examples
    --------
    >>> print(snapshot_of("16:30 Europe/London"))
    16:30 Europe/London
    """
    if value is None or isinstance(value, Snapshot):
        return value
    parts = value.split() if isinstance(value, str) else []
    if len(parts) != 2:
        raise InputError(
            "is not a snapshot",
            parameter=parameter,
            received=value,
            allowed="like '16:30 Europe/London', or None",
        )
    return Snapshot(parts[0], parts[1])


def snapshot_bounds(
    snapshot: Snapshot | None, sessions: NDArray[np.datetime64]
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Give the earliest and the latest instant at which each session can have been quoted.

    A known snapshot is both. An unknown one lies somewhere in its day, which is taken as the day of UTC: every
    usual close of a market, from Tokyo to New York, lies within it.

    Returns
    -------
    tuple of ndarray of datetime64[s], each shape (n,)
    """
    if snapshot is not None:
        instants = snapshot.instants(sessions)
        return instants, instants
    first = sessions.astype("datetime64[s]")
    return first, np.asarray(first + (DAY - np.timedelta64(1, "s")), dtype="datetime64[s]")


def widest_gap(
    one: Snapshot | None, others: Iterable[Snapshot | None], sessions: NDArray[np.datetime64]
) -> NDArray[np.float64]:
    """Give the widest distance between one snapshot and others in each session [hours]; NaN where unknown."""
    hours = np.zeros(len(sessions))
    for other in others:
        if one is None or other is None:
            return np.full(len(sessions), np.nan)
        apart = np.abs(one.instants(sessions) - other.instants(sessions)).astype(np.float64) / 3600.0
        hours = np.maximum(hours, apart)
    return hours
