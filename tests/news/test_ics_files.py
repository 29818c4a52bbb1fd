"""Event files in iCalendar: what a calendar says, and what it leaves open and is therefore refused."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.news.event_set import from_rows
from marketimpact.news.ics_files import read_ics, unfold

icalendar = pytest.importorskip("icalendar", reason="calendars need the extra ics")

Write = Callable[..., Path]
GOOD = ("UID:good", "DTSTART;TZID=Asia/Almaty:20220105T161000")


def calendar(*events: tuple[str, ...]) -> str:
    """A calendar as its lines; what stands around the lines of each event is added."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//hand//made//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", "DTSTAMP:20220101T000000Z", *event, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(*events: tuple[str, ...], text: str | None = None) -> Path:
        path = tmp_path / "news.ics"
        path.write_bytes((calendar(*events) if text is None else text).encode())
        return path

    return to_file


def test_a_calendar_is_read_as_events(write: Write) -> None:
    path = write(
        (
            *GOOD,
            "DTEND;TZID=Asia/Almaty:20220105T180000",  # how long it lasts is not how uncertain it is
            r"SUMMARY:State of emergency\, Almaty\; unrest\n spreads",
            "CATEGORIES:politics,unrest",
            "CATEGORIES:emergency",
            "LOCATION:KZ",
            "URL:https://example.org/news?a=1,2",
            "DESCRIPTION:not read",
            "BEGIN:VALARM",
            "TRIGGER:-PT15M",
            "SUMMARY:the alarm's own",
            "END:VALARM",
        )
    )
    assert list(mi.read_events(path)) == [
        mi.Event(
            "good",
            announced_at="2022-01-05T16:10",
            zone="Asia/Almaty",
            title="State of emergency, Almaty; unrest spreads",
            category="politics, unrest, emergency",
            place="KZ",
            source="https://example.org/news?a=1,2",
        )
    ]


@pytest.mark.parametrize(
    ("lines", "made_of"),
    [
        (["DTSTART:20220105T101000Z"], {"announced_at": "2022-01-05T10:10Z"}),
        (["DTSTART;VALUE=DATE:20220105"], {"announced_at": "2022-01-05", "zone": "Asia/Aqtau"}),
        (["DTSTART:20220105"], {"announced_at": "2022-01-05", "zone": "Asia/Aqtau"}),
        (["DTSTART:20220105T161000"], {"announced_at": "2022-01-05T16:10", "zone": "Asia/Aqtau"}),
        (
            ['dtstart;tzid="America/New_York":20220105T140000', "DURATION:PT1H"],
            {"announced_at": "2022-01-05T14:00", "zone": "America/New_York"},
        ),
        (
            ["DTSTART;VALUE=DATE;TZID=Europe/London:20220105", "DTEND;VALUE=DATE:20220106"],
            {"announced_at": "2022-01-05", "zone": "Europe/London", "precision": "day"},
        ),
        (
            ["DTSTART;VALUE=DATE:20220105", "DTEND;VALUE=DATE:20220108"],
            {"announced_at": "2022-01-05", "zone": "Asia/Aqtau", "precision": "3d"},
        ),
        (
            ["DTSTART;VALUE=DATE:20220105", "DURATION:P1W"],
            {"announced_at": "2022-01-05", "zone": "Asia/Aqtau", "precision": "7d"},
        ),
    ],
    ids=lambda part: part[0] if isinstance(part, list) else "",
)
def test_each_form_of_a_time(write: Write, lines: list[str], made_of: dict[str, str]) -> None:
    """A zone for the rows that name none does not touch those that do."""
    read = mi.read_events(write(("UID:a", *lines)), zone="Asia/Aqtau")
    assert list(read) == [mi.Event("a", **made_of)]  # type: ignore[arg-type]


@pytest.mark.parametrize("lines", [["DTSTART:20220105T161000"], ["DTSTART;VALUE=DATE:20220105"]])
def test_a_time_without_a_zone_needs_one(write: Write, lines: list[str]) -> None:
    with pytest.raises(mi.DataError, match=r"news\.ics, event 1: .*event 'a' has no zone.*zone=\.\.\.\)"):
        mi.read_events(write(("UID:a", *lines)))


@pytest.mark.parametrize(
    ("location", "place"),
    [("KZ", "KZ"), ("Almaty", None), ("HQ", None), ("UK", None), ("GB", "GB"), ("kz", None), ("", None)],
)
def test_a_location_is_a_place_where_it_is_the_code_of_a_country(
    write: Write, location: str, place: str | None
) -> None:
    assert mi.read_events(write((*GOOD, f"LOCATION:{location}")))["good"].place == place


def test_a_line_may_be_folded_within_a_letter(tmp_path: Path) -> None:
    folded = calendar((*GOOD, "SUMMARY:Пожар")).encode()
    at = folded.index("жар".encode()) + 1
    path = tmp_path / "news.ics"
    path.write_bytes(folded[:at] + b"\r\n " + folded[at:])
    assert mi.read_events(path)["good"].title == "Пожар"


def test_another_encoding_is_read_when_declared(tmp_path: Path) -> None:
    path = tmp_path / "news.ics"
    path.write_bytes(calendar((*GOOD, "SUMMARY:Пожар")).encode("cp1251"))
    assert mi.read_events(path, encoding="cp1251")["good"].title == "Пожар"
    with pytest.raises(mi.DataError, match=r"news\.ics is not text in utf-8-sig"):
        mi.read_events(path)


def test_a_zone_is_that_of_the_tz_database_whatever_the_calendar_says_of_it(write: Write) -> None:
    """A calendar that was written before March 2024 may still have Almaty at +06."""
    zone = ["BEGIN:VTIMEZONE", "TZID:Asia/Almaty", "BEGIN:STANDARD", "DTSTART:19700101T000000"]
    zone += ["TZOFFSETFROM:+0600", "TZOFFSETTO:+0600", "END:STANDARD", "END:VTIMEZONE"]
    event = ["BEGIN:VEVENT", "UID:a", "DTSTART;TZID=Asia/Almaty:20240401T120000", "END:VEVENT"]
    path = write(text="\n".join(["BEGIN:VCALENDAR", *zone, *event, "END:VCALENDAR"]))
    assert mi.read_events(path)["a"].start.isoformat() == "2024-04-01T07:00:00+00:00"


def test_todos_and_journals_are_no_events(write: Write) -> None:
    todo = "BEGIN:VTODO\r\nUID:todo\r\nDTSTART:20220105T101000Z\r\nEND:VTODO\r\n"
    text = calendar(GOOD).replace("END:VCALENDAR", todo + "END:VCALENDAR")
    assert mi.read_events(write(text=text)).ids.tolist() == ["good"]


@pytest.mark.parametrize(
    ("lines", "name", "reason"),
    [
        (["UID:bad"], "bad", "DTSTART: is missing"),
        (["DTSTART:20220105T101000Z"], "", "UID: is missing"),
        (["UID:", "DTSTART:20220105T101000Z"], "", "UID: is missing"),
        (
            ["UID:bad", "STATUS:cancelled", "DTSTART:20220105T101000Z"],
            "bad",
            "STATUS: the event is cancelled",
        ),
        (
            ["UID:bad", "DTSTART:20220105T101000Z", "RRULE:FREQ=WEEKLY;COUNT=3"],
            "bad",
            "RRULE: the event repeats: give each date as an event of its own; received 'FREQ=WEEKLY;COUNT=3'",
        ),
        (
            ["UID:bad", "DTSTART:20220105T101000Z", "RDATE:20220106T101000Z"],
            "bad",
            "RDATE: the event repeats",
        ),
        (
            ["UID:good", "DTSTART:20220105T101000Z", "RECURRENCE-ID:20220104T101000Z"],
            "good 20220104T101000Z",
            "RECURRENCE-ID: the event is one date of another that repeats: give it a UID of its own",
        ),
        (
            ["UID:bad", "DTSTART:20220105T101000Z", "DTSTART:20220106"],
            "bad",
            "DTSTART: stands in the event more",
        ),
        (["UID:bad", "DTSTART:20220105T101"], "bad", "DTSTART: is neither a date nor a time"),
        (
            ["UID:bad", "DTSTART:20221305"],
            "bad",
            "DTSTART: is neither a date nor a time; received '20221305'",
        ),
        (["UID:bad", "DTSTART:20220105T101060Z"], "bad", "DTSTART: is neither a date nor a time"),
        (["UID:bad", "DTSTART:20220105Z"], "bad", "DTSTART: is neither a date nor a time"),
        (["UID:bad", "DTSTART;VALUE=DATE:20220105T101000Z"], "bad", "DTSTART: is neither a date nor a time"),
        (["UID:bad", "DTSTART;VALUE=DATE-TIME:20220105"], "bad", "DTSTART: is neither a date nor a time"),
        (["UID:bad", "DTSTART;TZID=:20220105T1010"], "bad", "DTSTART: is neither a date nor a time"),
        (
            ["UID:bad", "DTSTART;TZID=Asia/Almaty:20220105T101000Z"],
            "bad",
            "DTSTART: is in UTC and in Asia/Almaty; received '20220105T101000Z'",
        ),
        (["UID:bad", "DTSTART;X=\x07;TZID:20220105"], "bad", "DTSTART: cannot be taken apart"),
        (
            ["UID:bad", "DTSTART;TZID=Our Own Time:20220105T101000"],
            "bad",
            "TZID: the tz database does not know this zone, and a calendar's own rules are not read; "
            "received 'Our Own Time'; allowed: a name of the tz database, like 'Asia/Almaty'",
        ),
        (
            ["UID:bad", "DTSTART;TZID=W. Europe Standard Time:20220105T101000"],
            "bad",
            "perhaps 'Europe/Berlin' is meant",
        ),
        (
            ["UID:bad", "DTSTART;TZID=/example.org/Europe/Berlin:20220105T101000"],
            "bad",
            "perhaps 'Europe/Berlin' is meant",
        ),
        (
            ["UID:bad", "DTSTART;TZID=Europe/Berlin:20221030T023000"],
            "bad",
            "exists twice in Europe/Berlin: 2022-10-30T02:30:00+02:00 or 2022-10-30T02:30:00+01:00",
        ),
        (
            ["UID:bad", "DTSTART;TZID=Europe/Berlin:20220327T023000"],
            "bad",
            "does not exist in Europe/Berlin: 2022-03-27T03:30:00+02:00 or 2022-03-27T01:30:00+01:00",
        ),
        *(
            (
                ["UID:bad", "DTSTART;VALUE=DATE;TZID=UTC:20220105", *end],
                "bad",
                "does not end an event of whole days",
            )
            for end in (
                ["DTEND;VALUE=DATE:20220105"],
                ["DTEND:20220106T000000Z"],
                ["DURATION:PT36H"],
                ["DURATION:-P1D"],
                ["DURATION:soon"],
                ["DTEND;VALUE=DATE:20220106", "DURATION:P1D"],
            )
        ),
        (
            ["UID:bad", "DTSTART;VALUE=DATE;TZID=UTC:20220105", "DURATION:P120D"],
            "bad",
            "event 'bad' has an unknown precision; received '120d'; allowed: 'minute', 'hour', 'day', days like "
            "'3d' or '+-2d' (up to 99)",
        ),
    ],
)
def test_a_bad_event_among_good_ones_is_kept_with_file_and_number(
    write: Write, lines: list[str], name: str, reason: str
) -> None:
    words = rf"1 of 2 events .*left out: news\.ics, event 2: .*{re.escape(reason)}"
    with pytest.warns(mi.MarketImpactWarning, match=words) as caught:
        read = mi.read_events(write(GOOD, tuple(lines)))
    assert [one.filename for one in caught] == [__file__]
    assert read.ids.tolist() == ["good"]
    (lost,) = read.rejected
    assert lost.event_id == name
    assert lost.reason.startswith("news.ics, event 2: ")


@pytest.mark.filterwarnings("ignore:2 of 3 events")
def test_an_event_that_repeats_and_its_moved_dates_do_not_spoil_the_file(write: Write) -> None:
    weekly = ("UID:weekly", "DTSTART:20220105T101000Z", "RRULE:FREQ=WEEKLY")
    moved = ("UID:weekly", "DTSTART:20220112T111000Z", "RECURRENCE-ID:20220112T101000Z")
    read = mi.read_events(write(weekly, moved, GOOD))
    assert read.ids.tolist() == ["good"]
    assert [(lost.event_id, lost.local_time) for lost in read.rejected] == [
        ("weekly", "20220105T101000Z"),
        ("weekly 20220112T101000Z", "20220112T111000Z"),
    ]


INNER = ["BEGIN:VEVENT", "UID:inner", "DTSTART:20220112T101000Z", "END:VEVENT"]


@pytest.mark.parametrize(
    "around", [["VEVENT"], ["VTODO"], ["X-FOLDER"], ["VEVENT", "VALARM"], ["VCALENDAR"]], ids=" ".join
)
@pytest.mark.filterwarnings("ignore:1 of . events")
def test_an_event_within_another_part_is_not_lost(write: Write, around: list[str]) -> None:
    begin = [f"BEGIN:{part}" for part in around]
    begin[1:1] = ["UID:outer", "DTSTART:20220107T101000Z"]  # of a to-do they are not read
    end = [f"END:{part}" for part in reversed(around)]
    lines = [*begin, *INNER, "SUMMARY:outer", *end, "END:VCALENDAR"]
    read = mi.read_events(write(text=calendar(GOOD).replace("END:VCALENDAR", "\r\n".join(lines))))
    assert read.ids.tolist() == (["good", "outer"] if around[0] == "VEVENT" else ["good"])
    (lost,) = read.rejected
    assert (lost.event_id, lost.local_time) == ("inner", "20220112T101000Z")
    assert f"VEVENT: stands within {around[-1]}" in lost.reason
    if around == ["VEVENT"]:
        assert read["outer"].title == "outer"


def test_two_events_of_one_uid_are_refused(write: Write) -> None:
    with pytest.raises(mi.DataError, match=r"event ids repeat; received \['good'\]; .*news\.ics"):
        mi.read_events(write(GOOD, GOOD))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"news\.ics holds no event; .*BEGIN:VCALENDAR"),
        (calendar(), r"news\.ics holds no event"),
        ("id,announced_at\na,2022-01-05\n", r"news\.ics is no calendar at 'id,announced_at'"),
        (calendar(GOOD).partition("END:VEVENT")[0], r"news\.ics ends within VEVENT"),
        (calendar(GOOD).replace("END:VEVENT", "END:VTODO"), r"news\.ics is no calendar at 'END:VTODO'"),
        ("BEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\n", r"news\.ics is no calendar at 'UID:a'"),
        (calendar(GOOD) + "END:VCALENDAR", r"news\.ics is no calendar at 'END:VCALENDAR'"),
    ],
)
def test_what_is_no_whole_calendar_is_refused(write: Write, text: str, words: str) -> None:
    with pytest.raises(mi.DataError, match=words):
        mi.read_events(write(text=text))


def test_without_its_package_a_calendar_says_what_to_install(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    words = r"calendar.* need the package icalendar; .*pip install 'marketimpact\[ics\]'"
    with pytest.raises(mi.MissingExtraError, match=words.replace("calendar.*", "iCalendar")):
        mi.read_events(write(GOOD))


def test_other_files_need_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    path = tmp_path / "events.csv"
    path.write_text("id,announced_at,zone\na,2022-01-05,UTC\n")
    assert len(mi.read_events(path)) == 1


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    st.sampled_from(["Asia/Almaty", "Europe/Berlin", "America/New_York"]),
    st.text("aж ,;:\\\n\"'x%2C", max_size=120),
)
def test_what_the_library_writes_is_what_is_read(utc: datetime, zone: str, title: str) -> None:
    """The library folds, escapes and names zones; only a wall time that exists once can come back."""
    at = utc.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    assume(at.utcoffset() == at.replace(fold=1 - at.fold).utcoffset())
    written, made = icalendar.Calendar(), icalendar.Event()
    made.add("uid", "a")
    made.add("dtstart", at)
    made.add("summary", title)
    written.add_component(made)
    raw = read_ics(unfold(written.to_ical()).decode(), "news.ics")
    read = from_rows(raw.rows, raw.places, raw.where, faults=raw.faults)["a"]
    assert (read.start, read.zone) == (at, zone)
    assert read.title == (" ".join(title.split()) or None)


NESTING = [f"{word}:{part}" for word in ("BEGIN", "END") for part in ("VCALENDAR", "VEVENT", "VALARM")]
DATES = [
    "DTSTART:20220105",
    "DTSTART;TZID=",
    "DTSTART;TZID=/etc/passwd:20220105T000000",
    "DTEND;VALUE=DATE:2022",
]
OTHERS = ["UID:a", "UID:b", "RRULE", "STATUS:CANCELLED", "DURATION:P", "CATEGORIES;:", " folded", "\x00", ""]
PIECES = st.sampled_from(NESTING + DATES + OTHERS)


@given(st.lists(PIECES, max_size=12))
def test_whatever_stands_in_a_calendar_it_is_read_or_refused(lines: list[str]) -> None:
    """Any lines at all: every event is a row, with or without a fault, or it is our own error."""
    text = "\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"])
    try:
        raw = read_ics(text, "news.ics")
    except mi.DataError:
        return
    assert len(raw.rows) == len(raw.places) >= 1
    assert all("announced_at" in row or i in raw.faults for i, row in enumerate(raw.rows))
