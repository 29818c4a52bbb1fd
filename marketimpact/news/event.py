"""One dated piece of news: an interval of time in its zone."""

from __future__ import annotations

import math
import re
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import cast
from zoneinfo import ZoneInfo

from ..errors import InputError

__all__ = ["FIELDS", "Event", "is_offset", "precision_days", "zone_named"]

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


def precision_days(precision: str) -> int | None:
    """Give the days of a precision of days ("day", "3d"), None for minutes and hours."""
    if precision == "day":
        return 1
    match = re.fullmatch(r"([1-9][0-9]?)d", precision)
    return int(match[1]) if match else None


def is_offset(zone: str) -> bool:
    """Whether a zone is the offset that came with a time, "UTC+06:00", and no name of the tz database."""
    return re.fullmatch(r"UTC[+-]\d\d:\d\d", zone) is not None


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


@dataclass(frozen=True, slots=True)
class Event:
    """A dated piece of news: the interval [start, end) in which it became known, in its zone.

    Parameters
    ----------
    id : str
        Name of the event.
    announced_at : str, date or datetime
        A date ("2022-01-05") or a local wall time ("2022-01-05T16:10"); with an offset or an aware datetime the
        zone may be left out.
    zone : str, optional
        A name of the tz database. A clock time without a zone is an error; a date needs one too, since the day
        of Almaty is not the day of New York.
    precision : str, optional
        ``"minute"``, ``"hour"``, ``"day"`` or ``"3d"``; by default ``"day"`` for a date and ``"minute"`` for a
        clock time.
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
        moment, zone, has_clock = _read(self)
        precision = self.precision or ("minute" if has_clock else "day")
        _check_precision(self.id, precision, has_clock)
        _check_surprise(self)
        if self.place is not None and not re.fullmatch("[A-Z]{2}", str(self.place)):
            raise InputError(
                f"event {self.id!r} has a place that is no code of a country",
                parameter="Event.place",
                received=self.place,
                allowed="ISO 3166 alpha-2, like 'KZ'",
            )
        object.__setattr__(self, "announced_at", moment)
        object.__setattr__(self, "zone", zone)
        object.__setattr__(self, "precision", precision)
        try:
            _ = self.start, self.end
        except OverflowError:
            raise _error(self.id, "lies at the end of the calendar", moment.isoformat()) from None

    @property
    def local(self) -> datetime:
        """Start of the event on its own clock, zone-aware."""
        return cast(datetime, self.announced_at)  # __post_init__ made it one

    @property
    def start(self) -> datetime:
        """First instant, in UTC; of an event of whole days, the start of its first day."""
        if precision_days(self.precision or "minute") is None:
            return self.local.astimezone(UTC)
        return self._midnight(0)

    @property
    def end(self) -> datetime:
        """First instant after the event, in UTC."""
        precision = self.precision or "minute"
        days = precision_days(precision)
        if days is None:
            return self.start + timedelta(minutes=60 if precision == "hour" else 1)
        return self._midnight(days)

    def _midnight(self, days: int) -> datetime:
        """Start of a local day, counted from the event's own, in UTC; a local day is not always 24 hours long."""
        day = self.local.date() + timedelta(days=days)
        return datetime.combine(day, time(), tzinfo=self.local.tzinfo).astimezone(UTC)


def _read(event: Event) -> tuple[datetime, str, bool]:
    """Give the aware start of an event, the name of its zone, and whether it has a clock time."""
    value = event.announced_at
    if isinstance(value, str):
        value = _parse(event.id, value)
    if not isinstance(value, date) or value != value:  # NaT is a datetime, and not equal to itself
        raise _error(event.id, "is neither a date nor a time", event.announced_at)
    if not isinstance(value, datetime):
        midnight = datetime.combine(value, time())
        return _localise(event, midnight, first=True), str(event.zone), False
    if value.tzinfo is not None:
        return _aware(event, value)
    return _localise(event, value), str(event.zone), True


def _parse(name: str, text: str) -> date | datetime:
    try:
        return (
            date.fromisoformat(text)
            if re.fullmatch(r"\d{4}-\d\d-\d\d", text)
            else datetime.fromisoformat(text)
        )
    except ValueError:
        raise _error(name, "is neither a date nor a time", text) from None


def _localise(event: Event, wall: datetime, *, first: bool = False) -> datetime:
    """Put a wall time into its zone; ``first`` takes the first instant of a day that begins with a gap."""
    if event.zone is None:
        raise InputError(
            f"event {event.id!r} has no zone",
            parameter="Event.zone",
            received=wall.isoformat(),
            allowed="a name of the tz database, like 'Asia/Almaty': the same clock time is another instant elsewhere",
        )
    zone = _zone(event)
    early, late = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return early
    if first:
        return early.astimezone(UTC).astimezone(zone)
    exists = early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall
    readings = " or ".join(reading.astimezone(UTC).astimezone(zone).isoformat() for reading in (early, late))
    raise _error(
        event.id,
        f"{'exists twice' if exists else 'does not exist'} in {event.zone}: {readings}",
        wall.isoformat(),
        "the time with its offset, one of these",
    )


def _aware(event: Event, value: datetime) -> tuple[datetime, str, bool]:
    if event.zone is None:
        name = _zone_name(value)
        return value.astimezone(zone_named(name)), name, True
    local = value.astimezone(_zone(event))
    if local.utcoffset() != value.utcoffset():
        raise _error(
            event.id,
            f"has an offset that {event.zone} did not have then",
            value.isoformat(),
            f"the offset of that day, {local:%z}, or the time without one",
        )
    return local, event.zone, True


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


def _zone(event: Event) -> ZoneInfo:
    try:
        return ZoneInfo(str(event.zone))
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
        )
    number = event.surprise
    if number is not None and not (isinstance(number, int | float) and math.isfinite(number)):
        raise InputError(
            f"event {event.id!r} has a surprise that is no number",
            parameter="Event.surprise",
            received=number,
            allowed="a finite number",
        )


def _check_precision(name: str, precision: str, has_clock: bool) -> None:
    if precision not in ("minute", "hour") and precision_days(precision) is None:
        raise InputError(
            f"event {name!r} has an unknown precision",
            parameter="Event.precision",
            received=precision,
            allowed="'minute', 'hour', 'day', or days like '3d'",
        )
    if precision in ("minute", "hour") and not has_clock:
        raise InputError(
            f"event {name!r} has a date alone, which is not precise to the {precision}",
            parameter="Event.precision",
            received=precision,
            allowed="'day', or a clock time in announced_at",
        )


def _error(name: str, what: str, received: object, allowed: str | None = None) -> InputError:
    return InputError(
        f"event {name!r}: {received!s} {what}",
        parameter="Event.announced_at",
        received=received,
        allowed=allowed or "ISO, like '2022-01-05' or '2022-01-05T16:10'",
    )
