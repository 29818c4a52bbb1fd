"""Event files: what is wrong is named with file and row; a bad row among good ones is kept as such."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import marketimpact as mi

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        path = tmp_path / "events.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_a_file_is_read_as_events(write: Write) -> None:
    path = write(
        "id,announced_at,zone,precision,place,title,remark\n"
        'shut,2022-01-06,Asia/Almaty,day,KZ,"banks, and the exchange, shut",not read\n'
        "coup,2016-07-15T22:30,Europe/Istanbul,hour,TR,,\n"
    )
    read = mi.read_events(path)
    assert list(read) == [
        mi.Event(
            "shut",
            announced_at="2022-01-06",
            zone="Asia/Almaty",
            place="KZ",
            title="banks, and the exchange, shut",
        ),
        mi.Event(
            "coup", announced_at="2016-07-15T22:30", zone="Europe/Istanbul", precision="hour", place="TR"
        ),
    ]


def test_columns_of_other_names_are_mapped(write: Write) -> None:
    path = write("No.;Date;Headline;Gap;Unit\n1;2022-01-05;fire;-0,2;pp\n".replace(",", "."))
    read = mi.read_events(
        path,
        columns={
            "id": "No.",
            "announced_at": "Date",
            "title": "Headline",
            "surprise": "Gap",
            "surprise_unit": "Unit",
        },
        zone="Asia/Almaty",
        delimiter=";",
    )
    assert list(read) == [
        mi.Event(
            "1",
            announced_at="2022-01-05",
            zone="Asia/Almaty",
            title="fire",
            surprise=-0.2,
            surprise_unit="pp",
        )
    ]


def test_another_encoding_is_read_when_declared(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes("id,announced_at,zone,title\na,2022-01-05,Asia/Almaty,Пожар\n".encode("cp1251"))
    assert mi.read_events(path, encoding="cp1251")["a"].title == "Пожар"
    with pytest.raises(mi.DataError, match=r"events\.csv is not text in utf-8-sig"):
        mi.read_events(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"events\.csv is empty"),
        ("id,announced_at,zone\n", r"events\.csv has a header and no rows"),
        (
            "ID;Date\na;2022-01-05\n",
            r"events\.csv has no column 'id'; received \['ID;Date'\]; .*set delimiter, .*columns=\{'id': ",
        ),
        (
            "ID,Date\na,2022-01-05\n",
            r"events\.csv has no column 'id'; received \['ID', 'Date'\]; .*columns=\{'id': ",
        ),
        ("id,zone\na,UTC\n", r"events\.csv has no column 'announced_at'; received \['id', 'zone'\]"),
        ("announced_at,zone\n2022-01-05,UTC\n", r"events\.csv has no column 'id'"),
        (
            "id,announced_at,id\na,2022-01-05,b\n",
            r"events\.csv repeats a column in its header; received \['id'\]",
        ),
        ("id,announced_at,zone\na,2022-01-05\n", r"events\.csv, row 2: 2 cells under 3 columns"),
        ("id,announced_at,zone\na,2022-01-05,UTC\na,2022-01-06,UTC\n", r"event ids repeat; received \['a'\]"),
        (
            "id,announced_at\na,2022-01-05T16:10\n",
            r"no event could be read: events\.csv, row 2: .*has no zone",
        ),
        (
            "id,announced_at,zone\na,soon,UTC\nb,later,UTC\n",
            r"no event could be read: events\.csv, row 2: .*event 'a': soon is neither",
        ),
    ],
)
def test_a_bad_file_is_refused(write: Write, text: str, words: str) -> None:
    with pytest.raises(mi.DataError, match=words):
        mi.read_events(write(text))


def test_a_file_of_repeated_ids_is_named(write: Write) -> None:
    path = write("id,announced_at,zone\na,2022-01-05,UTC\nb,2022-01-05,UTC\na,2022-01-06,UTC\n")
    with pytest.raises(mi.DataError, match=r"events\.csv"):
        mi.read_events(path)


def test_an_absent_file_is_an_error_of_the_call(tmp_path: Path) -> None:
    with pytest.raises(mi.InputError, match=r"path: cannot be read .*; received .*absent\.csv"):
        mi.read_events(tmp_path / "absent.csv")


def test_a_map_to_a_column_that_is_not_there_is_refused(write: Write) -> None:
    path = write("id,announced_at\na,2022-01-05\n")
    with pytest.raises(
        mi.DataError, match=r"events\.csv has no column 'Date'; .*one of 'id', 'announced_at'"
    ):
        mi.read_events(path, columns={"announced_at": "Date"})


def test_a_map_of_something_that_an_event_does_not_hold_is_refused(write: Write) -> None:
    path = write("id,announced_at\na,2022-01-05\n")
    with pytest.raises(
        mi.InputError, match=r"columns: is not something an event holds; received \['when'\]; .*announced"
    ):
        mi.read_events(path, columns={"when": "announced_at"})


@pytest.mark.parametrize(
    ("row", "name", "reason"),
    [
        ("bad,2022-13-05,UTC", "bad", "event 'bad': 2022-13-05 is neither a date nor a time"),
        ("bad,2022-01-05T16:10,", "bad", "event 'bad' has no zone"),
        ("bad,2022-01-05,Mars/Base", "bad", "event 'bad' has an unknown zone; received 'Mars/Base'"),
        ("bad,2022-10-30T02:30,Europe/Berlin", "bad", "exists twice in Europe/Berlin"),
        ("bad,2022-03-27T02:30,Europe/Berlin", "bad", "does not exist in Europe/Berlin"),
        ("bad,2022-01-05T16:10+05:00,Asia/Almaty", "bad", "has an offset that Asia/Almaty did not have then"),
        ("bad,,UTC", "bad", "event 'bad' has no date"),
        (",2022-01-05,UTC", "", "Event.id: is empty"),
    ],
)
def test_a_bad_row_among_good_ones_is_kept_with_file_and_row(
    write: Write, row: str, name: str, reason: str
) -> None:
    path = write(f"id,announced_at,zone\ngood,2022-01-05,UTC\n\n{row}\nfine,2022-01-06,UTC\n")
    with pytest.warns(
        mi.MarketImpactWarning, match=rf"1 of 3 events .*left out: events\.csv, row 4: .*{re.escape(reason)}"
    ):
        read = mi.read_events(path)
    assert read.ids.tolist() == ["good", "fine"]
    (lost,) = read.rejected
    assert lost.event_id == name
    assert lost.reason.startswith("events.csv, row 4: ")
    assert reason in lost.reason


def test_the_news_of_january_2022(shared: Path) -> None:
    read = mi.read_events(shared / "data" / "kazakhstan_2022_events.csv")
    assert len(read) == 12
    assert read.rejected == ()
    starts = read.to_frame().set_index("id")["start"]
    assert str(starts["kz-2022-01-05-airport"]) == "2022-01-05 16:52:00+00:00"
    assert str(starts["kz-2022-01-02-zhanaozen"]) == "2022-01-01 19:00:00+00:00", "Aqtau was at +05"
    assert str(starts["kz-2022-01-05-government"]) == "2022-01-04 18:00:00+00:00", "Almaty was at +06"
    assert {*read.columns["place"]} == {"KZ"}


def test_the_news_of_turkey(shared: Path) -> None:
    read = mi.read_events(shared / "data" / "turkey_events.csv")
    assert len(read) == 6
    assert read["tr-2016-07-15-coup"] == mi.Event(
        "tr-2016-07-15-coup",
        announced_at="2016-07-15T22:30",
        zone="Europe/Istanbul",
        precision="hour",
        place="TR",
        category="coup",
        title="Coup attempt begins on a Friday night",
    )
    assert read["tr-2018-08-01-sanctions"].start.isoformat() == "2018-08-01T04:00:00+00:00"


# The format of a file

CSV = "id,announced_at,zone\na,2022-01-05,UTC\n"
JSON = '[{"id": "a", "announced_at": "2022-01-05", "zone": "UTC"}]'
ICS = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART;TZID=UTC:20220105\nEND:VEVENT\nEND:VCALENDAR\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("events.csv", CSV),
        ("events.txt", CSV),
        ("events", CSV),
        ("events.json.bak", CSV),
        ("events.json", JSON),
        ("events.JSON", JSON),
        ("events.ics", ICS),
        ("events.Ics", ICS),
    ],
)
def test_the_suffix_says_the_format(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert list(mi.read_events(str(path))) == [mi.Event("a", announced_at="2022-01-05", zone="UTC")]


@pytest.mark.parametrize(("form", "text"), [("csv", CSV), ("json", JSON), ("ics", ICS)])
@pytest.mark.parametrize("name", ["events.csv", "events.json", "events.ics"])
def test_the_caller_may_say_the_format(tmp_path: Path, name: str, form: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert mi.read_events(path, format=form).ids.tolist() == ["a"]


def test_an_unknown_format_is_refused(write: Write) -> None:
    with pytest.raises(
        mi.InputError, match=r"format: is not a format of event files; received 'xlsx'; .*'json'"
    ):
        mi.read_events(write(CSV), format="xlsx")


@pytest.mark.parametrize(
    ("form", "option", "value"),
    [
        ("json", "delimiter", ";"),
        ("ics", "delimiter", ";"),
        ("ics", "columns", {"id": "UID"}),
    ],
)
def test_an_option_that_says_nothing_in_a_format_is_refused(
    write: Write, form: str, option: str, value: Any
) -> None:
    with pytest.raises(
        mi.InputError, match=rf"{option}: says nothing in an event file of the format '{form}'"
    ):
        mi.read_events(write(CSV), format=form, **{option: value})


@pytest.mark.parametrize("form", ["json", "ics"])
def test_a_file_of_another_format_that_is_not_text_or_absent_is_named(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"events.{form}"
    with pytest.raises(mi.InputError, match=rf"path: cannot be read .*events\.{form}"):
        mi.read_events(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(mi.DataError, match=rf"events\.{form} is not text in utf-8-sig"):
        mi.read_events(path)


@pytest.mark.parametrize("form", ["csv", "json", "ics"])
@pytest.mark.parametrize("encoding", ["punycode", "undefined", "utf-8\0", "utf-99"], ids=ascii)
def test_what_is_no_encoding_of_text_is_refused_not_a_crash(write: Write, form: str, encoding: str) -> None:
    with pytest.raises(mi.DataError, match=r"^encoding: events\.csv is not text in .*the file's encoding"):
        mi.read_events(write(CSV), format=form, encoding=encoding)


def test_a_name_that_no_file_can_have_is_an_error_of_the_call() -> None:
    with pytest.raises(mi.InputError, match=r"path: cannot be read"):
        mi.read_events("a\0b")


def test_kinds_of_dates_are_read_from_a_file(write: Write) -> None:
    read = mi.read_events(
        write(
            "id,announced_at,precision\na,2022-01-05,±2d\nb,2022-01-05 Market open (next day),\n"
            "c,2022-01-05,pre-market\n"
        ),
        zone="Asia/Almaty",
    )
    assert read.columns["precision"].tolist() == ["+-2d", "after close", "before open"]
    assert read.local_days().astype(str).tolist() == ["2022-01-05"] * 3
    assert read.market_day_offset.tolist() == [-1, 1, 0]
