"""Event files in iCalendar (RFC 5545), as calendars export them.

The library icalendar takes the lines apart; what they mean is decided here, so that no wall time that exists
twice, no zone and no repetition is settled in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Any
from zoneinfo import ZoneInfo

from ..errors import DataError, InputError, MissingExtraError
from .raw import RawEvents

__all__ = ["read_ics", "unfold"]

ONCE = ("UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "LOCATION", "URL", "STATUS", "RECURRENCE-ID")
"""Properties of an event that are read, and that stand in it once."""

OFTEN = ("CATEGORIES", "RRULE", "RDATE")
"""Properties that are read, and that may repeat."""

Property = tuple[Mapping[str, Any], str]
"""Parameters and value."""


def read_ics(text: str, name: str) -> RawEvents:
    """Read the events of an iCalendar file.

    Each VEVENT is an event: its UID is the id, SUMMARY the title, CATEGORIES the category, URL the source, and
    LOCATION the place where it is the code of a country. DTSTART is the time; a clock time is precise to the
    minute however long the meeting lasts, and an event of whole days has as many as it says. The rules of a
    VTIMEZONE are not read: a zone is a name of the tz database. DESCRIPTION, to-dos and journals are not read.

    Parameters
    ----------
    text : str
        The file.
    name : str
        Its name, for errors.

    Returns
    -------
    RawEvents
        Events are counted from 1. One that is cancelled, repeats, stands within another part, or names an
        unknown zone has a fault.

    Raises
    ------
    MissingExtraError
        If the package icalendar is not installed.
    DataError
        If it is not a calendar, ends within an event, or holds none.

    Examples
    --------
    >>> lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:a", "DTSTART:20220105T101000Z", "END:VEVENT"]
    >>> read_ics("\\r\\n".join([*lines, "END:VCALENDAR"]), "news.ics").rows[0]["announced_at"].isoformat()
    '2022-01-05T10:10:00+00:00'
    """
    _check_library(name)
    rows, faults = [], {}
    for i, (within, lines) in enumerate(_events(text, name)):
        found, broken = _properties(lines)
        row = _named(found)
        rows.append(row)
        try:
            if broken:
                raise broken
            _check_place(within)
            row |= _facts(found)
        except InputError as error:
            faults[i] = error
    return RawEvents(name, rows, [f"event {i}" for i in range(1, len(rows) + 1)], dict(faults))


def _check_library(name: str) -> None:
    if find_spec("icalendar") is None:
        raise MissingExtraError(
            "event files in iCalendar need the package icalendar",
            parameter="path",
            received=name,
            allowed="pip install 'marketimpact[ics]', or the events as CSV or JSON",
        )


def unfold(content: bytes) -> bytes:
    """Undo the folds of long lines, before the text is decoded: a fold may stand within a letter.

    Examples
    --------
    >>> unfold(b"SUMMARY:a long\\r\\n  line")
    b'SUMMARY:a long line'
    """
    return re.sub(rb"\r?\n[ \t]", b"", content)


def _events(text: str, name: str) -> list[tuple[list[str], list[str]]]:
    """Give the parts that each event stands within, and its own lines, without those of parts within it."""
    within: list[tuple[str, list[str]]] = []
    events: list[tuple[list[str], list[str]]] = []
    for line in filter(str.strip, re.split(r"\r?\n", text)):
        word, _, value = (part.strip().upper() for part in line.partition(":"))
        if word == "BEGIN":
            lines: list[str] = []
            if within and value == "VEVENT":
                events.append(([part for part, _ in within], lines))
            within.append((value, lines))
        elif word == "END" and within and within[-1][0] == value:
            within.pop()
        elif word == "END" or not within or within[0][0] != "VCALENDAR":
            raise _no_calendar(name, f"is no calendar at {line[:40]!r}")
        else:
            within[-1][1].append(line)
    if within or not events:
        raise _no_calendar(name, f"ends within {within[-1][0]}" if within else "holds no event")
    return events


def _no_calendar(name: str, what: str) -> DataError:
    allowed = "a whole calendar, BEGIN:VCALENDAR to END:VCALENDAR, with a VEVENT for each event"
    return DataError(f"{name} {what}", parameter="path", received=name, allowed=allowed)


def _properties(lines: list[str]) -> tuple[dict[str, list[Property]], InputError | None]:
    """Take apart those lines of an event that are read; of one that cannot be, give the reason."""
    from icalendar.parser import Contentline

    found: dict[str, list[Property]] = {}
    broken: InputError | None = None
    for line in lines:
        name = re.split("[:;]", line, maxsplit=1)[0].strip().upper()
        if name not in ONCE + OFTEN:
            continue
        try:
            _, parameters, value = Contentline(line).parts()
        except ValueError:
            broken = InputError("cannot be taken apart", parameter=name, received=line[:80])
        else:
            found.setdefault(name, []).append((parameters, value.strip()))
    return found, broken


def _check_place(within: list[str]) -> None:
    """Refuse an event within another part: whether it is news of its own is not known."""
    if within != ["VCALENDAR"]:
        raise InputError(
            f"stands within {within[-1]}",
            parameter="VEVENT",
            allowed="an event directly within its VCALENDAR; check the END of the one before it",
        )


def _named(found: Mapping[str, list[Property]]) -> dict[str, Any]:
    """Give an event's name, and its date as written, for the ledger."""
    uid, start, instance = (_value(found, name) for name in ("UID", "DTSTART", "RECURRENCE-ID"))
    return {"id": f"{uid} {instance}" if uid and instance else uid, "announced_at": start}


def _value(found: Mapping[str, list[Property]], name: str) -> str | None:
    return found[name][0][1] or None if name in found else None


def _facts(found: Mapping[str, list[Property]]) -> dict[str, Any]:
    """Give what an event holds beside its name."""
    _check(found)
    parameters, value = found["DTSTART"][0]
    zone = parameters.get("TZID")
    start = _moment("DTSTART", parameters, value)
    place = _value(found, "LOCATION")
    words = [word.strip() for _, text in found.get("CATEGORIES", ()) for word in text.split(",")]
    return {
        "announced_at": start,
        "zone": _known_zone(str(zone)) if zone else None,
        "precision": None if isinstance(start, datetime) else _days(found, start),
        "place": place if place in _countries() else None,
        "category": ", ".join(filter(None, words)),
        "title": " ".join((_value(found, "SUMMARY") or "").split()),
        "source": _value(found, "URL"),
    }


def _check(found: Mapping[str, list[Property]]) -> None:
    """Refuse an event that is not one piece of news at one time."""
    twice = [name for name in ONCE if len(found.get(name, ())) > 1]
    if twice:
        raise InputError("stands in the event more than once", parameter=twice[0], allowed="once")
    if not _value(found, "UID"):
        raise InputError("is missing", parameter="UID", allowed="a name of its own for each event")
    if (_value(found, "STATUS") or "").upper() == "CANCELLED":
        raise InputError("the event is cancelled", parameter="STATUS", received="CANCELLED")
    for name in ("RRULE", "RDATE"):
        if name in found:
            raise InputError(
                "the event repeats: give each date as an event of its own",
                parameter=name,
                received=_value(found, name),
            )
    if "RECURRENCE-ID" in found:
        raise InputError(
            "the event is one date of another that repeats: give it a UID of its own, without RECURRENCE-ID",
            parameter="RECURRENCE-ID",
            received=_value(found, "RECURRENCE-ID"),
        )
    if "DTSTART" not in found:
        raise InputError("is missing", parameter="DTSTART", allowed="a date or a time")


def _moment(name: str, parameters: Mapping[str, Any], value: str) -> date | datetime:
    """Read a date, a wall time without its zone, or an instant in UTC."""
    match = re.fullmatch(r"([0-9]{8})(T[0-9]{6})?(Z)?", value)
    form = str(parameters.get("VALUE", "DATE-TIME" if match and match[2] else "DATE")).upper()
    try:
        if match is None or form != ("DATE-TIME" if match[2] else "DATE") or (match[3] and not match[2]):
            raise ValueError(value)
        moment = datetime.strptime(match[1] + (match[2] or ""), "%Y%m%dT%H%M%S" if match[2] else "%Y%m%d")
    except ValueError:
        raise InputError(
            "is neither a date nor a time",
            parameter=name,
            received=value,
            allowed="'20220105' with VALUE=DATE, '20220105T161000' or '20220105T101000Z'",
        ) from None
    if match[3] and parameters.get("TZID"):
        raise InputError(
            f"is in UTC and in {parameters['TZID']}",
            parameter=name,
            received=value,
            allowed="a time that ends on Z, or a zone",
        )
    if not match[2]:
        return moment.date()
    return moment.replace(tzinfo=UTC) if match[3] else moment


def _days(found: Mapping[str, list[Property]], first: date) -> str:
    """Give the precision of an event of whole days, whose end is not its own."""
    ends = [name for name in ("DTEND", "DURATION") if name in found]
    if not ends:
        return "day"
    parameters, value = found[ends[0]][0]
    length: timedelta | None = None  # where both stand, neither is taken
    if ends == ["DURATION"]:
        length = _duration(value)
    elif ends == ["DTEND"]:
        end = _moment("DTEND", parameters, value)
        length = None if isinstance(end, datetime) else end - first
    if length is None or length < timedelta(days=1) or length % timedelta(days=1):
        raise InputError(
            "does not end an event of whole days",
            parameter=" and ".join(ends),
            received=value,
            allowed="the date after the last day, or a duration of days",
        )
    return "day" if length.days == 1 else f"{length.days}d"


def _duration(value: str) -> timedelta | None:
    from icalendar import vDuration

    try:
        length: timedelta = vDuration.from_ical(value)
    except (ValueError, OverflowError):
        return None
    return length


def _known_zone(name: str) -> str:
    if not _is_zone(name):
        raise InputError(
            "the tz database does not know this zone, and a calendar's own rules are not read",
            parameter="TZID",
            received=name,
            allowed="a name of the tz database, like 'Asia/Almaty'" + _proposed(name),
        )
    return name


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _proposed(name: str) -> str:
    """Propose a zone for one that has its maker's name before it, or the name that Windows gives it."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    parts = name.split("/")
    tails = ["/".join(parts[i:]) for i in range(1, len(parts))]
    proposed = next(filter(_is_zone, tails), WINDOWS_TO_OLSON.get(name))
    return f"; perhaps {proposed!r} is meant" if proposed else ""


@cache
def _countries() -> frozenset[str]:
    """Give the codes of countries, ISO 3166 alpha-2, as they come with the tz database."""
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    return frozenset(line[:2] for line in lines if not line.startswith("#"))
