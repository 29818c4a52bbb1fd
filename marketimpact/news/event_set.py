"""Sets of events, kept as columns."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError, MarketImpactError, MarketImpactWarning
from ..ledger import MOST_SHOWN, LedgerRow, and_more, html_table, shortened
from ..maths.frozen import Frozen, read_only
from .event import FIELDS, Event, is_offset, midnight, when_words, zone_named
from .precision import AFTER_CLOSE, BEFORE_OPEN, day_span

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventSet", "as_event_set", "check_columns", "from_rows"]

SHOWN = ("place", "category", "title")
"""Columns that a set shows of itself beside name and time, where any event has them."""

MOST_REJECTED = 5
"""Rows that could not be read of which a set says why."""

TEXTS = tuple(field for field in FIELDS if field not in ("id", "announced_at", "surprise"))


@dataclass(frozen=True, slots=True, eq=False)
class EventSet(Frozen):
    """Dated news as columns: a million events are a few arrays, not a million objects.

    Attributes
    ----------
    ids : ndarray of str, shape (n,)
        Names, without repetition.
    start, end : ndarray of datetime64[s], shape (n,)
        The interval [start, end) of each event, in UTC. It may begin before the day that names the event
        ("+-2d"): `local_days` gives that day.
    columns : mapping of str to ndarray, shape (n,)
        Zone, precision, place, category, title, source, surprise and its unit; None where not given.
    rejected : tuple of LedgerRow
        Rows that could not be read; they stand in every ledger made from this set.

    See Also
    --------
    EventSet.from_frame, EventSet.from_events, read_events : the ways to make one.
    """

    ids: NDArray[np.object_]
    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]
    columns: Mapping[str, NDArray[Any]]
    rejected: tuple[LedgerRow, ...] = ()

    def __post_init__(self) -> None:
        names, counts = np.unique(self.ids.astype(str), return_counts=True)
        if np.any(counts > 1):
            raise DataError(
                "event ids repeat",
                parameter="id",
                received=names[counts > 1].tolist()[:5],
                allowed="an id of its own for each event",
            )
        read_only(self.ids, self.start, self.end, *self.columns.values())

    @classmethod
    def from_events(cls, events: Iterable[Event], *, rejected: Iterable[LedgerRow] = ()) -> EventSet:
        """Make a set of events.

        Raises
        ------
        DataError
            If ids repeat, or there is no event.

        Examples
        --------
        >>> import marketimpact as mi
        >>> mi.EventSet.from_events([mi.Event("a", announced_at="2022-01-05", zone="Asia/Almaty")])
        EventSet of 1, 2022-01-05 to 2022-01-05
        """
        events = list(events)
        for event in events:
            if not isinstance(event, Event):
                raise InputError("is not an event", parameter="events", received=event, allowed="Event(...)")
        if not events:
            raise DataError("there is no event", parameter="events", received=0, allowed="at least one")
        columns: dict[str, NDArray[Any]] = {
            field: np.array([getattr(event, field) for event in events], dtype=object) for field in TEXTS
        }
        surprises = [event.surprise for event in events]
        columns["surprise"] = np.array(
            [np.nan if value is None else value for value in surprises], dtype=float
        )
        return cls(
            np.array([event.id for event in events], dtype=object),
            _instants(event.start for event in events),
            _instants(event.end for event in events),
            columns,
            tuple(rejected),
        )

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, zone: str | None = None) -> EventSet:
        """Make a set from a frame with the columns of an event file.

        Parameters
        ----------
        frame : DataFrame
            Columns ``id`` and ``announced_at``, and any of ``zone``, ``precision``, ``place``, ``category``,
            ``title``, ``source``, ``surprise``, ``surprise_unit``; other columns are not read.
            Zone-aware times are taken as columns, whole; anything else is read event by event.
        zone : str, optional
            Zone of the rows that name none.

        Returns
        -------
        EventSet
            Rows that cannot be read stand in ``rejected``, with a warning, as long as one row can.

        Raises
        ------
        InputError
            If it is not a frame.
        DataError
            If a column is missing, an id repeats, every time is a naive midnight without a precision beside it,
            or no row can be read.
        """
        _check_frame(frame)
        check_columns(frame.columns, "the frame")
        _check_midnights(frame)
        if _is_whole(frame):
            return _from_instants(cls, frame)
        cells = frame.astype(object).where(frame.notna(), None)
        rows = [dict(zip(cells.columns, row, strict=True)) for row in cells.itertuples(index=False)]
        return from_rows(rows, [f"row {label}" for label in frame.index], "the frame", zone=zone)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Event]:
        return (self[str(name)] for name in self.ids)

    def __getitem__(self, name: str) -> Event:
        """Give one event by its id."""
        i = self.position(name)
        zone, precision = str(self.columns["zone"][i]), str(self.columns["precision"][i])
        at = self._local(i)
        fixed = is_offset(zone)
        surprise = float(self.columns["surprise"][i])
        others = {field: self.columns[field][i] for field in TEXTS if field not in ("zone", "precision")}
        return Event(
            str(self.ids[i]),
            announced_at=at if day_span(precision) is None or fixed else at.date(),
            zone=None if fixed else zone,
            precision=precision,
            surprise=None if np.isnan(surprise) else surprise,
            **others,
        )

    def position(self, name: str) -> int:
        """Give the place of an event.

        Raises
        ------
        InputError
            If there is no such event.
        """
        found = np.flatnonzero(self.ids == name)
        if not len(found):
            some = ", ".join(map(repr, self.ids[:5])) + (", ..." if len(self) > 5 else "")
            raise InputError("is not an event of the set", parameter="event_id", received=name, allowed=some)
        return int(found[0])

    def select(self, names: str | Iterable[str]) -> EventSet:
        """Give the set of some events, in the order asked for."""
        places = {str(name): i for i, name in enumerate(self.ids)}
        wanted = [names] if isinstance(names, str) else list(names)
        at = np.array([places[name] if name in places else self.position(name) for name in wanted], dtype=int)
        columns = {field: array[at] for field, array in self.columns.items()}
        return EventSet(self.ids[at], self.start[at], self.end[at], columns, self.rejected)

    def _local(self, i: int) -> datetime:
        """Give an event's clock time, or the start of its named day, zone-aware."""
        zone = zone_named(str(self.columns["zone"][i]))
        first, after = (at.item().replace(tzinfo=UTC).astimezone(zone) for at in (self.start[i], self.end[i]))
        before, to = day_span(str(self.columns["precision"][i])) or (0, 0)
        if not before:
            return cast(datetime, first)
        named = min(first.date() - timedelta(days=before), after.date() - timedelta(days=to))
        return midnight(named, zone).astimezone(zone)

    def local_time(self, i: int) -> str:
        """Give an event's clock time, or the start of its named day, with the offset of that day."""
        at = self._local(i)
        return at.isoformat(timespec="seconds" if at.second else "minutes")

    def local_days(self) -> NDArray[np.datetime64]:
        """Give the date that names each event, on its own clock, shape (n,); of "+-2d" the one in the middle."""
        zones, precisions = self.columns["zone"], self.columns["precision"]
        days = _clock_days(self.start, zones)
        for precision in set(precisions):
            before, to = day_span(precision) or (0, 0)
            if before:
                rows = precisions == precision
                # A zone that skipped a day (Apia, 30 December 2011) makes one of the two too late, never both.
                days[rows] = np.minimum(days[rows] - before, _clock_days(self.end[rows], zones[rows]) - to)
        return days

    @property
    def market_day_offset(self) -> NDArray[np.int8]:
        """Session of news dated by a side of the session, counted from the named day's, shape (n,).

        0 for "before open": the session of the named day; 1 for "after close": the first session after it;
        -1 for every other precision, whose interval decides.

        Examples
        --------
        >>> from marketimpact import EventSet
        >>> news = [Event("a", announced_at="2022-01-05 after close", zone="Asia/Almaty")]
        >>> EventSet.from_events(news).market_day_offset
        array([1], dtype=int8)
        """
        precision = self.columns["precision"]
        offset = np.full(len(self), -1, dtype=np.int8)
        offset[precision == BEFORE_OPEN] = 0
        offset[precision == AFTER_CLOSE] = 1
        return offset

    def to_frame(self) -> pd.DataFrame:
        """Give the events as a frame, one row an event, with start and end in UTC."""
        import pandas as pd

        times = {
            "start": pd.DatetimeIndex(self.start).tz_localize("UTC"),
            "end": pd.DatetimeIndex(self.end).tz_localize("UTC"),
        }
        sides = self.market_day_offset >= 0  # dated by a date alone, whatever the clock
        local = [self.local_time(i)[: 10 if side else None] for i, side in enumerate(sides)]
        return pd.DataFrame({"id": self.ids, "announced_at": local, **times, **self.columns})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EventSet):
            return NotImplemented
        return self.to_frame().equals(other.to_frame()) and self.rejected == other.rejected

    def __repr__(self) -> str:
        days = self.local_days()
        when = f", {days.min()} to {days.max()}" if len(self) else ""
        lost = f", {len(self.rejected)} not readable" if self.rejected else ""
        return f"EventSet of {len(self)}{when}{lost}"

    def _repr_html_(self) -> str:
        """The first events, each when it became known on its own clock, and the first rows that could not be read."""
        first = range(min(len(self), MOST_SHOWN))
        names = [name for name in SHOWN if any(self.columns[name][i] is not None for i in first)]
        rows = []
        for i in first:
            precision = str(self.columns["precision"][i])
            when = when_words(self._local(i), str(self.columns["zone"][i]), precision)
            words = [self.columns[name][i] for name in names]
            rows.append([str(self.ids[i]), when, precision, *(shortened(str(one or "")) for one in words)])
        lost = [f"not read: {one.event_id}: {shortened(one.reason)}" for one in self.rejected[:MOST_REJECTED]]
        if (more := len(self.rejected) - len(lost)) > 0:
            lost.append(f"... and {more} more not read: .rejected")
        tail = [*and_more(len(self) - len(rows), "events"), *lost]
        return html_table(["id", "when", "precision", *names], rows, head=[repr(self)], tail=tail)


def _clock_days(instants: NDArray[np.datetime64], zones: NDArray[np.object_]) -> NDArray[np.datetime64]:
    """Give the date of each instant in its zone, shape (n,)."""
    import pandas as pd

    days = np.empty(len(instants), dtype="datetime64[D]")
    names = zones.astype(str)
    for name in np.unique(names):
        rows = names == name
        local = pd.DatetimeIndex(instants[rows]).tz_localize("UTC").tz_convert(zone_named(name))
        days[rows] = local.tz_localize(None).to_numpy().astype("datetime64[D]")
    return days


def as_event_set(events: EventSet | Event | Iterable[Event]) -> EventSet:
    """Take one event, several, or a set, as a set."""
    if isinstance(events, EventSet):
        return events
    if hasattr(events, "columns") or not isinstance(events, Event | Iterable):
        raise InputError(
            "is not a set of events",
            parameter="events",
            received=type(events).__name__,
            allowed="Event(...), several of them, or EventSet.from_frame(frame)",
        )
    return EventSet.from_events([events] if isinstance(events, Event) else events)


def from_rows(
    rows: list[dict[str, Any]],
    places: list[str],
    where: str,
    *,
    zone: str | None = None,
    faults: Mapping[int, MarketImpactError] | None = None,
) -> EventSet:
    """Read events row by row; rows that cannot be read are kept as rejected, as long as one can.

    Parameters
    ----------
    rows : list of dict
        What each event holds, by field.
    places : list of str
        Where each row stands, for errors: "row 3".
    where : str
        Name of the file or the frame, for errors.
    zone : str, optional
        Zone of the rows that name none.
    faults : mapping of int to error, optional
        Rows, counted from 0, of which it is known why they cannot be read.

    Raises
    ------
    DataError
        If no row can be read: the message holds the first reason.
    """
    names = [_text(row.get("id")) for row in rows]
    repeated = sorted(name for name, count in Counter(names).items() if name and count > 1)
    if repeated:
        raise DataError(
            "event ids repeat",
            parameter="id",
            received=repeated[:5],
            allowed=f"an id of its own for each event of {where}",
        )
    events, rejected, faults = [], [], faults or {}
    for i, (row, name, place) in enumerate(zip(rows, names, places, strict=True)):
        try:
            if i in faults:
                raise faults[i]
            events.append(_event(row, name, zone))
        except MarketImpactError as error:
            rejected.append(LedgerRow(name, f"{where}, {place}: {error}", str(row.get("announced_at") or "")))
    if not events:
        reason = rejected[0].reason if rejected else f"{where} has no rows"
        raise DataError(f"no event could be read: {reason}", parameter="events", allowed="at least one event")
    if rejected:
        warnings.warn(
            f"{len(rejected)} of {len(rows)} events could not be read and stand in the ledger as left out: "
            + rejected[0].reason,
            MarketImpactWarning,
            stacklevel=3,
        )
    return EventSet.from_events(events, rejected=rejected)


def _event(row: dict[str, Any], name: str, zone: str | None) -> Event:
    cells = {field: row.get(field) for field in FIELDS if field != "id"}
    moment = cells.pop("announced_at")
    surprise = cells.pop("surprise")
    if moment is None or moment == "":
        raise InputError(f"event {name!r} has no date", parameter="announced_at", allowed="a date or a time")
    if hasattr(moment, "to_pydatetime"):
        moment = moment.to_pydatetime()
    texts = {field: _word(value) for field, value in cells.items()}
    texts["zone"] = texts["zone"] or (zone if getattr(moment, "tzinfo", None) is None else None)
    try:
        number = None if surprise is None or surprise == "" else float(surprise)
    except (ValueError, TypeError, OverflowError):
        raise InputError("is not a number", parameter="surprise", received=surprise) from None
    return Event(name, announced_at=moment, surprise=number, **texts)


def check_columns(
    columns: Iterable[str], where: str, *, seen: Iterable[str] | None = None, elsewhere: str = ""
) -> None:
    """Check that the columns of an event hold each field once, and its name and date.

    Parameters
    ----------
    columns : iterable of str
        Those that hold a field, under the field's name.
    where : str
        Name of the file or the frame, for errors.
    seen : iterable of str, optional
        Of a file, all its columns as they are written there, for errors.
    elsewhere : str
        What else than ``columns`` may say where in the file a field stands, for errors.

    Raises
    ------
    DataError
        If a field stands twice, or there is no ``id`` or no ``announced_at``.

    Examples
    --------
    >>> check_columns(["id", "announced_at", "title"], "events.csv")
    """
    present = list(columns)
    repeated = sorted({name for name in FIELDS if present.count(name) > 1})
    if repeated:
        raise DataError(f"{where} has a column more than once", parameter="columns", received=repeated)
    for needed in ("id", "announced_at"):
        if needed not in present:
            hint = "" if seen is None else f"; {elsewhere}columns={{{needed!r}: its name in the file}}"
            raise DataError(
                f"{where} has no column {needed!r}",
                parameter="columns",
                received=present if seen is None else list(seen)[:20],
                allowed="id and announced_at, and any of " + ", ".join(FIELDS[2:]) + hint,
            )


def _check_frame(frame: object) -> None:
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            "is not a DataFrame",
            parameter="frame",
            received=type(frame).__name__,
            allowed="a DataFrame of events; a file: read_events(path), several Event(...): EventSet.from_events",
        )


def _check_midnights(frame: pd.DataFrame) -> None:
    """Refuse a column that may hold dates as well as minutes: nothing is guessed."""
    import pandas as pd

    times = frame["announced_at"]
    if not pd.api.types.is_datetime64_dtype(times.dtype) or "precision" in frame or times.isna().all():
        return
    if (times.dropna() == times.dropna().dt.normalize()).all():
        raise DataError(
            "every time is midnight: these may be dates, or news of that minute",
            parameter="announced_at",
            received=str(times.dropna().iloc[0]),
            allowed="a column precision ('day' or 'minute'), or dates as text",
        )


def _is_whole(frame: pd.DataFrame) -> bool:
    """Whether a frame's times can be taken as a column: zone-aware, and nothing beside them needs a look a row."""
    import pandas as pd

    times = frame["announced_at"]
    if not isinstance(times.dtype, pd.DatetimeTZDtype) or times.hasnans or not len(frame):
        return False
    if {"zone", "place", "surprise", "surprise_unit"} & set(frame.columns):
        return False
    if "precision" in frame and not frame["precision"].isin(["minute", "hour"]).all():
        return False
    if not _is_zone_named(times):
        return False
    ids = frame["id"]
    named = ids.map(lambda name: isinstance(name, str) and name != "" and name == name.strip())
    return bool(named.all())


def _is_zone_named(times: pd.Series[Any]) -> bool:
    """Whether the zone of a column goes by the name it has in the tz database; other makers' may not."""
    try:
        zone = zone_named(str(times.dt.tz))
    except (KeyError, ValueError, OSError):
        return False
    return bool((times.dt.tz_convert(zone).dt.tz_localize(None) == times.dt.tz_localize(None)).all())


def _from_instants(cls: type[EventSet], frame: pd.DataFrame) -> EventSet:
    """Take zone-aware times whole, as columns."""
    import pandas as pd

    n = len(frame)
    column = frame["announced_at"]
    start = pd.DatetimeIndex(column).tz_convert("UTC").tz_localize(None).as_unit("s").to_numpy()
    columns: dict[str, NDArray[Any]] = {field: _texts(frame, field) for field in TEXTS}
    precision = columns["precision"] if "precision" in frame else np.full(n, "minute", object)
    seconds = np.where(precision == "hour", 3600, 60).astype("timedelta64[s]")
    columns["zone"] = np.full(n, str(column.dt.tz), object)
    columns["precision"] = precision
    columns["surprise"] = np.full(n, np.nan)
    return cls(frame["id"].to_numpy(object, copy=True), start.copy(), start + seconds, columns)


def _texts(frame: pd.DataFrame, field: str) -> NDArray[np.object_]:
    if field not in frame:
        return np.full(len(frame), None, object)
    column = frame[field]
    return np.array(
        [None if lost else _word(cell) for cell, lost in zip(column, column.isna(), strict=True)], object
    )


def _word(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _instants(times: Iterable[datetime]) -> NDArray[np.datetime64]:
    return np.array([moment.replace(tzinfo=None) for moment in times], dtype="datetime64[s]")
