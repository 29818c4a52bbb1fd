"""One dated piece of news: an interval of time in its zone."""

from __future__ import annotations

import math
import re
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import cast
from zoneinfo import ZoneInfo

from ..delimited import iso_date
from ..errors import InputError
from ..ledger import html_table
from .precision import AFTER_CLOSE, ALLOWED, BEFORE_OPEN, day_span, read_precision, read_side

__all__ = ["FIELDS", "Event", "is_offset", "midnight", "when_words", "zone_named"]

FIELDS = (
    "id",
    "announced_at",
    "zone",
    "precision",
    "place",
    "category",
    "title",
    "source",
    "surprise",
    "surprise_unit",
)
"""What an event holds, in the order of its columns."""


def is_offset(zone: str) -> bool:
    """Whether a zone is the offset that came with a time, "UTC+06:00", and no name of the tz database."""
    return re.fullmatch(r"UTC[+-]\d\d:\d\d(:\d\d(\.\d+)?)?", zone) is not None


def zone_named(name: str) -> tzinfo:
    """Give the zone of a name of the tz database, or the offset that came with a time, "UTC+06:00".

    Raises
    ------
    KeyError, ValueError, OSError
        If there is no such zone.
    """
    if is_offset(name):
        offset = datetime.strptime(name[3:], "%z").tzinfo
        return offset if offset is not None else UTC
    return ZoneInfo(name)


def midnight(day: date, zone: tzinfo | None) -> datetime:
    """Give the first instant of a local day, in UTC; where the day begins with a gap, the end of the gap.

    Examples
    --------
    >>> midnight(date(2022, 1, 5), ZoneInfo("Asia/Almaty")).isoformat()
    '2022-01-04T18:00:00+00:00'
    """
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def when_words(at: datetime, zone: str, precision: str) -> str:
    """Say when news became known, on its own clock; of days the day that names them.

    Examples
    --------
    >>> when_words(datetime(2022, 1, 5, 16, 10), "Asia/Almaty", "minute")
    '2022-01-05 16:10 Asia/Almaty'
    >>> when_words(datetime(2022, 1, 5), "Asia/Almaty", "+-2d")
    '2022-01-05 Asia/Almaty'
    """
    clock = at.replace(tzinfo=None).isoformat(" ", "seconds" if at.second else "minutes")
    return f"{clock if day_span(precision) is None else at.date()} {zone}"


@dataclass(frozen=True, slots=True)
class Event:
    """A dated piece of news: the interval [start, end) in which it became known, in its zone.

    Parameters
    ----------
    id : str
        Name of the event.
    announced_at : str, date or datetime
        A date ("2022-01-05") or a local wall time ("2022-01-05T16:10"); with an offset or an aware datetime the
        zone may be left out. A side of the session may stand behind a date: "2022-01-05 after close".
    zone : str, optional
        A name of the tz database. A clock time without a zone is an error; a date needs one too, since the day
        of Almaty is not the day of New York.
    precision : str, optional
        ``"minute"``, ``"hour"``, ``"day"``, ``"3d"`` (the day and the two after it), ``"+-2d"`` (the day and
        two on either side), ``"before open"`` or ``"after close"`` of the market's session of that day; by
        default ``"day"`` for a date and ``"minute"`` for a clock time. A side of the session needs a date
        without a clock time, and its interval is the whole day: the market's own sessions say the rest.
    place : str, optional
        Country, ISO 3166 alpha-2.
    category, title, source : str, optional
        Words for tables and reports.
    surprise : float, optional
        Actual less expected, in ``surprise_unit``.
    surprise_unit : str, optional

    Raises
    ------
    InputError
        If the time, the zone or the precision cannot be read; if a wall time does not exist in its zone or
        exists twice.

    Examples
    --------
    >>> event = Event("emergency", announced_at="2022-01-05T16:10", zone="Asia/Almaty", place="KZ")
    >>> event.start.isoformat(), event.precision
    ('2022-01-05T10:10:00+00:00', 'minute')

    "Around 5 January" is the days 3 to 7:

    >>> event = Event("unrest", announced_at="2022-01-05", zone="Asia/Almaty", precision="+-2d")
    >>> event.start.isoformat(), event.end.isoformat()
    ('2022-01-02T18:00:00+00:00', '2022-01-07T18:00:00+00:00')
    """

    id: str
    _: KW_ONLY
    announced_at: str | date | datetime
    zone: str | None = None
    precision: str | None = None
    place: str | None = None
    category: str | None = None
    title: str | None = None
    source: str | None = None
    surprise: float | None = None
    surprise_unit: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not self.id.strip():
            raise InputError("is empty", parameter="Event.id", received=self.id, allowed="a name")
        value, side = _parse(self)
        precision = _precision(self, value, side)
        if precision in (BEFORE_OPEN, AFTER_CLOSE):
            value = _bare_date(self.id, value, precision)
        _check_surprise(self)
        if self.place is not None and (self.place == "UK" or not re.fullmatch("[A-Z]{2}", str(self.place))):
            raise InputError(
                f"event {self.id!r} has a place that is no code of a country",
                parameter="Event.place",
                received=self.place,
                allowed="ISO 3166 alpha-2, like 'KZ'; for the United Kingdom 'GB'",
            )
        try:
            moment, zone = _placed(self, value)
            object.__setattr__(self, "announced_at", moment)
            object.__setattr__(self, "zone", zone)
            object.__setattr__(self, "precision", precision)
            _ = self.start, self.end
        except OverflowError:
            raise _error(self.id, "lies at an end of the calendar", value.isoformat()) from None

    @property
    def local(self) -> datetime:
        """The named day's start, or the clock time, on the event's own clock; zone-aware."""
        return cast(datetime, self.announced_at)  # __post_init__ made it one

    @property
    def start(self) -> datetime:
        """First instant, in UTC; of an event of whole days, the start of its first day."""
        span = self._span
        return self.local.astimezone(UTC) if span is None else self._midnight(span[0])

    @property
    def end(self) -> datetime:
        """First instant after the event, in UTC."""
        span = self._span
        if span is None:
            return self.start + timedelta(minutes=60 if self.precision == "hour" else 1)
        return self._midnight(span[1])

    @property
    def _span(self) -> tuple[int, int] | None:
        return day_span(self.precision or "minute")

    @property
    def _given(self) -> dict[str, object]:
        """What is known, by field; the time as text that makes the same event."""
        local = self.local
        dated = self._span is not None and not is_offset(str(self.zone))
        by_date = dated and local == midnight(
            local.date(), local.tzinfo
        )  # a day may be named by a clock time
        at = (local.date() if by_date else local).isoformat()
        known = {name: getattr(self, name) for name in FIELDS if getattr(self, name) is not None}
        return known | {"announced_at": at}

    def __repr__(self) -> str:
        name, *others = (f"{name}={value!r}" for name, value in self._given.items())
        return f"Event({', '.join([name.removeprefix('id='), *others])})"

    def _repr_html_(self) -> str:
        interval = {
            "from": f"{self.start:%Y-%m-%d %H:%M:%S} UTC",
            "until": f"{self.end:%Y-%m-%d %H:%M:%S} UTC",
        }
        rows = [(name, str(value)) for name, value in (self._given | interval).items()]
        return html_table(("event", ""), rows)

    def _midnight(self, days: int) -> datetime:
        """Start of a local day, counted from the event's own, in UTC; a local day is not always 24 hours long."""
        return midnight(self.local.date() + timedelta(days=days), self.local.tzinfo)


def _parse(event: Event) -> tuple[date | datetime, str | None]:
    """Give the date or the time of an event, and the side of the session that stands behind it."""
    value, side = event.announced_at, None
    if isinstance(value, str):
        day, _, words = value.partition(" ")
        side = read_side(words)
        try:
            value = _read(day if side else value)
        except ValueError:
            raise _error(
                event.id, "is neither a date nor a time", event.announced_at, _apart(day, words)
            ) from None
    if not isinstance(value, date) or value != value:  # NaT is a datetime, and not equal to itself
        raise _error(event.id, "is neither a date nor a time", event.announced_at)
    return value, side


def _read(text: str) -> date | datetime:
    """Read a date, or a date with hours and minutes: neither a week nor an hour is guessed to the minute."""
    is_time = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8})[Tt ][0-9]{2}:?[0-9]{2}.*", text)
    return datetime.fromisoformat(text) if is_time else iso_date(text)


def _apart(day: str, words: str) -> str | None:
    """Say where a date and the days behind it belong: "2018-04-18 +-2d" is one of each."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) and day_span(read_precision(words) or ""):
        return f"{day!r} in announced_at, and {words!r} in precision"
    return None


def _placed(event: Event, value: date | datetime) -> tuple[datetime, str]:
    """Give the aware start of the named day or the aware time, and the name of its zone."""
    if not isinstance(value, datetime):
        return _localise(event, datetime.combine(value, time()), first=True), str(event.zone)
    if value.tzinfo is None:
        return _localise(event, value), str(event.zone)
    return _aware(event, value)


def _localise(event: Event, wall: datetime, *, first: bool = False) -> datetime:
    """Put a wall time into its zone; ``first`` takes the first instant of a day that begins with a gap."""
    if event.zone is None:
        raise InputError(
            f"event {event.id!r} has no zone",
            parameter="Event.zone",
            received=wall.isoformat(),
            allowed="a name of the tz database, like 'Asia/Almaty': the same day or clock time is another instant"
            " elsewhere (for all events of a file: read_events(..., zone=...))",
        )
    zone = _zone(event)
    early, late = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return early
    if first:
        began = midnight(wall.date(), zone).astimezone(zone)
        if began.date() != wall.date():
            raise _error(
                event.id, f"is a day that {event.zone} skipped", wall.date().isoformat(), "another day"
            )
        return began
    exists = early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall
    readings = " or ".join(reading.astimezone(UTC).astimezone(zone).isoformat() for reading in (early, late))
    raise _error(
        event.id,
        f"{'exists twice' if exists else 'does not exist'} in {event.zone}: {readings}",
        wall.isoformat(),
        "the time with its offset, one of these",
    )


def _aware(event: Event, value: datetime) -> tuple[datetime, str]:
    if event.zone is None:
        name = _zone_name(value)
        return value.astimezone(zone_named(name)), name
    local = value.astimezone(_zone(event, offsets=True))
    if local.utcoffset() != value.utcoffset():
        raise _error(
            event.id,
            f"has an offset that {event.zone} did not have then",
            value.isoformat(),
            f"the offset of that day, {local:%z}, or the time without one",
        )
    return local, event.zone


def _zone_name(value: datetime) -> str:
    """Name of an aware time's zone: zoneinfo and pytz say it, dateutil names its file; else its offset."""
    said = str(value.tzinfo)
    file = re.fullmatch(r"tzfile\('(?:.*/zoneinfo/)?(.+)'\)", said)
    name = file[1] if file else said
    try:
        known = value.astimezone(zone_named(name)).utcoffset() == value.utcoffset()
    except (KeyError, ValueError, OSError):
        known = False
    return name if known else str(timezone(value.utcoffset() or timedelta()))


def _zone(event: Event, *, offsets: bool = False) -> tzinfo:
    """Give the zone of an event; ``offsets`` takes "UTC+06:00" too, which a time with that offset may name."""
    try:
        return zone_named(str(event.zone)) if offsets else ZoneInfo(str(event.zone))
    except (KeyError, ValueError, OSError):
        raise InputError(
            f"event {event.id!r} has an unknown zone",
            parameter="Event.zone",
            received=event.zone,
            allowed="a name of the tz database, like 'Asia/Almaty'",
        ) from None


def _check_surprise(event: Event) -> None:
    if (event.surprise is None) != (event.surprise_unit is None):
        raise InputError(
            f"event {event.id!r}: a surprise and its unit go together",
            parameter="Event.surprise_unit",
            received=event.surprise_unit,
            allowed="both, as surprise=0.25 and surprise_unit='percent'; or neither",
        )
    number = event.surprise
    if number is not None and not (isinstance(number, int | float) and math.isfinite(number)):
        raise InputError(
            f"event {event.id!r} has a surprise that is no number",
            parameter="Event.surprise",
            received=number,
            allowed="a finite number",
        )


def _precision(event: Event, value: date | datetime, side: str | None) -> str:
    """Agree on the precision: that beside the date or behind it, else that of a date or of a clock time."""
    given, has_clock = event.precision, isinstance(value, datetime)
    precision = read_precision(str(given)) if given else side or ("minute" if has_clock else "day")
    if precision is None:
        raise InputError(
            f"event {event.id!r} has an unknown precision",
            parameter="Event.precision",
            received=given,
            allowed=ALLOWED,
        )
    if side not in (None, precision):
        raise InputError(
            f"event {event.id!r} is said to be {side!r} behind its date and {precision!r} beside it",
            parameter="Event.precision",
            received=given,
            allowed="one of the two, or twice the same",
        )
    if precision in ("minute", "hour") and not has_clock:
        raise InputError(
            f"event {event.id!r} has a date alone, which is not precise to the {precision}",
            parameter="Event.precision",
            received=precision,
            allowed="'day', or a clock time in announced_at",
        )
    return precision


def _bare_date(name: str, value: date | datetime, precision: str) -> date:
    """Give the date of news dated by a side of the session; a naive midnight is how pandas holds a date."""
    if isinstance(value, datetime) and (value.tzinfo is not None or value.time() != time()):
        raise InputError(
            f"event {name!r} has a clock time and is said to be {precision!r}",
            parameter="Event.precision",
            received=precision,
            allowed="a date without a clock time, or the precision 'minute' or 'hour'",
        )
    return value.date() if isinstance(value, datetime) else value


def _error(name: str, what: str, received: object, allowed: str | None = None) -> InputError:
    return InputError(
        f"event {name!r}: {received!s} {what}",
        parameter="Event.announced_at",
        received=received,
        allowed=allowed or "ISO, like '2022-01-05' or '2022-01-05T16:10'",
    )
