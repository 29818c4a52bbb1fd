"""Event files in JSON: the same events as from CSV, and every way in which a row or the file is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.news.json_files import read_json

Write = Callable[[str], Path]
GOOD = '{"id": "good", "announced_at": "2022-01-05", "zone": "UTC"}'


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        path = tmp_path / "events.json"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_a_file_is_read_as_events(write: Write) -> None:
    path = write("""[
        {"id": "shut", "announced_at": " 2022-01-06 ", "zone": "Asia/Almaty", "place": "KZ", "title": "Закрыто",
         "remark": {"not": ["read"]}},
        {"id": 7, "announced_at": "2016-07-15T22:30", "zone": "Europe/Istanbul", "precision": "hour",
         "surprise": -2, "surprise_unit": "pp", "place": null},
        {"id": "late", "announced_at": "2022-01-05 after close", "zone": "Asia/Almaty", "surprise": null}
    ]""")
    assert list(mi.read_events(path)) == [
        mi.Event("shut", announced_at="2022-01-06", zone="Asia/Almaty", place="KZ", title="Закрыто"),
        mi.Event(
            "7",
            announced_at="2016-07-15T22:30",
            zone="Europe/Istanbul",
            precision="hour",
            surprise=-2.0,
            surprise_unit="pp",
        ),
        mi.Event("late", announced_at="2022-01-05", zone="Asia/Almaty", precision="after close"),
    ]


def test_the_events_may_stand_under_a_key(write: Write) -> None:
    assert mi.read_events(write(f'{{"source": "a paper", "events": [{GOOD}]}}')).ids.tolist() == ["good"]


def test_keys_of_other_names_are_mapped_and_a_zone_said_once(write: Write) -> None:
    path = write('[{"No.": 1, "Date": "2022-01-05", "id": "other"}, {"No.": 2, "Date": "2022-01-06"}]')
    read = mi.read_events(path, columns={"id": "No.", "announced_at": "Date"}, zone="Asia/Almaty")
    assert list(read) == [
        mi.Event("1", announced_at="2022-01-05", zone="Asia/Almaty"),
        mi.Event("2", announced_at="2022-01-06", zone="Asia/Almaty"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"events\.json, line 1, column 1: is not JSON \(Expecting value\)"),
        (f"[{GOOD},\n{{'id': 1}}]", r"events\.json, line 2, column 2: is not JSON"),
        (f"[\n {GOOD}", rf"events\.json, line 2, column {len(GOOD) + 2}: is not JSON"),
        ("7", r"events\.json holds no list of events; received 'int'; .*\{\"events\""),
        ('{"news": []}', r"events\.json holds no list of events; received 'dict'"),
        ('{"events": [], "events": []}', r"events\.json holds a key more than once; received \['events'\]"),
        ('{"events": NaN}', r"events\.json is no value of JSON; received 'NaN'"),
        ("[" * 100_000, r"events\.json is nested too deeply"),
        ("[]", r"no event could be read: events\.json has no rows"),
        ("[1, 2]", r"no event could be read: events\.json, row 1: row: is not an object; received 'int'"),
        (
            '[{"id": "a", "Date": 1}]',
            r"json has no column 'announced_at'; received \['id', 'Date'\]; .*columns=\{",
        ),
        ('[{"announced_at": "2022-01-05"}]', r"events\.json has no column 'id'"),
        (f"[{GOOD}, {GOOD}]", r"event ids repeat; received \['good'\]; .*events\.json"),
        ('[{"id": "a", "announced_at": "2022-01-05T16:10"}]', r"events\.json, row 1: .*'a' has no zone"),
    ],
)
def test_a_bad_file_is_refused(write: Write, text: str, words: str) -> None:
    with pytest.raises(mi.DataError, match=words):
        mi.read_events(write(text))


def test_a_map_to_a_key_that_no_event_has_is_refused(write: Write) -> None:
    with pytest.raises(mi.DataError, match=r"events\.json has no key 'Date'; .*one of 'id', 'announced_at'"):
        mi.read_events(write(f"[{GOOD}]"), columns={"announced_at": "Date"})


@pytest.mark.parametrize(
    ("row", "name", "reason"),
    [
        ('"bad"', "", "row: is not an object; received 'str'"),
        ("[]", "", "row: is not an object; received 'list'"),
        ('{"id": "bad", "id": "bad"}', "", "row: holds a key more than once; received ['id']"),
        ('{"id": "bad", "announced_at": 20220105}', "bad", "announced_at: is not text; received 20220105"),
        ('{"id": "bad", "announced_at": {"day": 5}}', "bad", "announced_at: is not text; received 'dict'"),
        ('{"id": "bad", "announced_at": NaN}', "bad", "announced_at: is no value of JSON; received 'NaN'"),
        ('{"id": "bad", "announced_at": null}', "bad", "event 'bad' has no date"),
        ('{"id": "bad"}', "bad", "event 'bad' has no date"),
        ('{"announced_at": "2022-01-05"}', "", "Event.id: is empty"),
        ('{"id": 1.5, "announced_at": "2022-01-05"}', "", "id: is not text; received 1.5"),
        ('{"id": true, "announced_at": "2022-01-05"}', "", "id: is not text; received True"),
        ('{"id": "bad", "zone": ["UTC"]}', "bad", "zone: is not text; received 'list'"),
        ('{"id": "bad", "title": "\\ud83d"}', "bad", "title: is not text; received \"'\\\\ud83d'\""),
        ('{"id": "bad", "surprise": "0.5"}', "bad", "surprise: is not a number; received \"'0.5'\""),
        ('{"id": "bad", "surprise": true}', "bad", "surprise: is not a number; received True"),
        ('{"id": "bad", "surprise": -Infinity}', "bad", "is no value of JSON; received '-Infinity'"),
        (f'{{"id": "bad", "surprise": {"9" * 5000}}}', "bad", "is too long a number; received '5000 digits'"),
        (
            '{"id": "bad", "announced_at": "2022-01-05", "zone": "UTC", "surprise": 1e999, "surprise_unit": "x"}',
            "bad",
            "event 'bad' has a surprise that is no number; received inf",
        ),
        (
            '{"id": "bad", "announced_at": "2022-10-30T02:30", "zone": "Europe/Berlin"}',
            "bad",
            "exists twice in Europe/Berlin: 2022-10-30T02:30:00+02:00 or 2022-10-30T02:30:00+01:00",
        ),
        (
            '{"id": "bad", "announced_at": "2022-03-27T02:30", "zone": "Europe/Berlin"}',
            "bad",
            "does not exist in Europe/Berlin: 2022-03-27T03:30:00+02:00 or 2022-03-27T01:30:00+01:00",
        ),
        (
            '{"id": "bad", "announced_at": "2018-04-18 +-2d", "zone": "UTC"}',
            "bad",
            "neither a date nor a time; received '2018-04-18 +-2d'; allowed: '2018-04-18' in announced_at,"
            " and '+-2d' in precision",
        ),
        ('{"id": "bad", "announced_at": "2022-01-05", "zone": "Mars/Base"}', "bad", "has an unknown zone"),
    ],
)
def test_a_bad_row_among_good_ones_is_kept_with_file_and_row(
    write: Write, row: str, name: str, reason: str
) -> None:
    words = rf"1 of 2 events .*left out: events\.json, row 2: .*{re.escape(reason)}"
    with pytest.warns(mi.MarketImpactWarning, match=words):
        read = mi.read_events(write(f"[{GOOD}, {row}]"))
    assert read.ids.tolist() == ["good"]
    (lost,) = read.rejected
    assert lost.event_id == name
    assert lost.reason.startswith("events.json, row 2: ")


def test_the_warning_points_to_the_line_of_the_caller(write: Write) -> None:
    with pytest.warns(mi.MarketImpactWarning, match="1 of 2 events") as caught:
        mi.read_events(write(f"[{GOOD}, 1]"))
    assert [one.filename for one in caught] == [__file__]


KEYS = st.sampled_from(["id", "announced_at", "zone", "precision", "surprise", "surprise_unit", "more"])
VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers())
)
DATES = st.sampled_from(["2022-01-05", "2022-01-05T16:10", "2022-01-05 after close", "2022-13-05"])


@given(st.lists(st.dictionaries(KEYS, VALUES | DATES, max_size=6) | VALUES, max_size=4))
@pytest.mark.filterwarnings("ignore::marketimpact.MarketImpactWarning")
def test_whatever_json_holds_it_is_read_or_refused(rows: list[Any]) -> None:
    """Any list at all: a set and its rejected rows account for every row, or it is our own error."""
    try:
        raw = read_json(json.dumps(rows), "events.json", {})
    except mi.DataError:
        return
    assert len(raw.rows) == len(raw.places) == len(rows)
    assert all("id" not in row or isinstance(row["id"], str | int | None) for row in raw.rows)
    assert all(isinstance(row.get("announced_at"), str | None) for row in raw.rows)
    fit = [i for i, row in enumerate(rows) if isinstance(row, dict)]
    assert {*range(len(rows))} - {*raw.faults} <= {*fit}
