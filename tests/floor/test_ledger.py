"""The ledger: counts on arrays, words only when a frame is asked for."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.ledger import (
    COLUMNS,
    MOST_SHOWN,
    Ledger,
    LedgerRow,
    Status,
    csv_text,
    html_table,
    instrument_ledger,
    plain_rows,
    shortened,
)
from tests.shown import Shown, shown


def ledger(*codes: int) -> Ledger:
    def build() -> dict[str, list[object]]:
        return {column: [None] * len(codes) for column in reversed(COLUMNS)} | {
            "status": [Status(code).words for code in codes]
        }

    return Ledger(np.array(codes, dtype=np.int8), build)


def test_flagged_pairs_are_used_pairs() -> None:
    book = ledger(0, 1, 1, 2, 0, 2)
    assert (book.given, book.used, len(book)) == (6, 4, 6)
    assert [book.count(status) for status in Status] == [2, 2, 2]
    assert str(book) == "4 used of 6 given (2 flagged, 2 left out)"
    assert repr(book) == "Ledger(4 used of 6 given (2 flagged, 2 left out))"


def test_an_empty_ledger_counts_nothing() -> None:
    assert str(ledger()) == "0 used of 0 given (0 flagged, 0 left out)"
    assert list(ledger().to_frame().columns) == list(COLUMNS)


def test_the_columns_stand_in_their_order_whatever_the_builder_does() -> None:
    frame = ledger(0, 2).to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert frame["status"].tolist() == ["used", "left out"]


def test_no_column_repeats() -> None:
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_words_are_made_only_when_asked_for() -> None:
    calls = []

    def build() -> dict[str, list[object]]:
        calls.append(1)
        return {column: [None] for column in COLUMNS}

    book = Ledger(np.zeros(1, dtype=np.int8), build)
    assert (len(book), book.used, str(book)) == (1, 1, "1 used of 1 given (0 flagged, 0 left out)")
    assert calls == []
    book.to_frame()
    assert calls == [1]


def test_a_status_has_three_words() -> None:
    assert [status.words for status in Status] == ["used", "flagged", "left out"]
    with pytest.raises(ValueError, match="3 is not a valid Status"):
        Status(3)


def test_rows_of_unreadable_events_are_equal_by_value() -> None:
    assert LedgerRow("a", "no zone", "2022-01-05") == LedgerRow("a", "no zone", "2022-01-05")
    assert LedgerRow("a", "no zone") != LedgerRow("a", "no date")


# as text


def test_text_that_a_spreadsheet_would_run_is_neutralised_and_numbers_are_not() -> None:
    texts = ["=1+1", "+-2d", "-1", "@x", "\tx", "\rx", "\nx", "x=1", "y\r\nz", None]
    frame = pd.DataFrame({"text": pd.Series(texts, dtype=object), "number": [-0.1] * 10})
    rows = list(csv.DictReader(io.StringIO(csv_text(frame), newline="")))
    assert [row["text"] for row in rows] == [
        "'=1+1", "'+-2d", "'-1", "'@x", "'\tx", "'\nx", "'\nx", "x=1", "y\nz", "",
    ]  # fmt: skip
    assert {row["number"] for row in rows} == {"-0.1"}


def test_the_string_columns_of_pandas_are_text_too() -> None:
    frame = pd.DataFrame({"text": pd.array(["=1", None], dtype="string"), "kind": ["@a", "b"]})
    assert csv_text(frame) == "text,kind\n'=1,'@a\n,b\n"


FRAME = pd.DataFrame(
    {
        "p": [1e-300, np.nan],
        "n": pd.array([3, None], dtype="Int64"),
        "session": pd.to_datetime(["2022-01-05", None]).astype("datetime64[s]"),
        "instant": pd.to_datetime(["2022-01-05T16:10", None]).tz_localize("Asia/Almaty"),
        "asynchronous": pd.array([True, None], dtype="boolean"),
        "text": ["+-2d", None],
        "flag": [True, False],
    }
)
"""A cell of every type that a table holds, and one that is missing."""


def test_numbers_are_written_in_full_and_dates_in_one_form() -> None:
    assert csv_text(FRAME) == (
        "p,n,session,instant,asynchronous,text,flag\n"
        "1e-300,3,2022-01-05,2022-01-05T10:10:00Z,True,'+-2d,True\n"
        ",,,,,,False\n"
    )
    assert csv_text(pd.DataFrame({"p": [0.1 + 0.2]})) == "p\n0.30000000000000004\n"


def test_plain_rows_are_what_json_takes_with_none_for_what_is_missing() -> None:
    known = {
        "p": 1e-300, "n": 3, "session": "2022-01-05", "instant": "2022-01-05T10:10:00Z", "asynchronous": True,
        "text": "+-2d", "flag": True,
    }  # fmt: skip
    assert plain_rows(FRAME) == [known, {**dict.fromkeys(known), "flag": False}]
    assert json.loads(json.dumps(plain_rows(FRAME), allow_nan=False)) == plain_rows(FRAME)
    assert plain_rows(FRAME.iloc[:0]) == []


@pytest.fixture(scope="module")
def book() -> Ledger:
    """A ledger with a used pair, a pair left out, and an event that could not be read."""
    frame = pd.DataFrame(
        {
            "id": ["=invasion", "late", "bad"],
            "announced_at": ["2022-02-24T05:50", "2022-03-08", "2022-02-31"],
            "zone": "Europe/Moscow",
        }
    )
    with pytest.warns(mi.MarketImpactWarning, match="1 of 3 events could not be read"):
        news = mi.EventSet.from_frame(frame)
    return mi.align(mi.fetch("ecb:EUR/RUB"), news, timeline=mi.Timeline(event=(-5, 3))).ledger


def test_a_ledger_as_csv_has_its_columns_and_no_formula(book: Ledger) -> None:
    used, late, bad = csv.DictReader(io.StringIO(book.to_csv(), newline=""))
    assert tuple(used) == COLUMNS
    assert (used["event_id"], used["instrument"]) == ("'=invasion", "EUR/RUB")
    assert (used["instant"], used["session"]) == ("2022-02-24T02:50:00Z", "2022-02-24")
    assert (late["status"], late["session"], late["estimation_used"]) == ("left out", "", "")
    assert (bad["instrument"], bad["local_time"]) == ("", "2022-02-31")


def test_a_ledger_as_json_is_its_rows_as_plain_data(book: Ledger) -> None:
    used, late, bad = rows = json.loads(book.to_json())
    assert rows == book.to_dicts()
    assert tuple(used) == COLUMNS
    assert (used["event_id"], used["estimation_used"], used["asynchronous"]) == ("=invasion", 120, False)
    assert (used["instant"], used["session"]) == ("2022-02-24T02:50:00Z", "2022-02-24")
    assert (late["status"], late["session"], late["estimation_used"]) == ("left out", None, None)
    assert bad["instrument"] is None
    assert bad["reason"].startswith("the frame, row 2: Event.announced_at: event 'bad': 2022-02-31")


def test_an_empty_ledger_is_a_header_and_an_empty_list() -> None:
    assert ledger().to_csv() == ",".join(COLUMNS) + "\n"
    assert (ledger().to_dicts(), ledger().to_json()) == ([], "[]\n")


def test_ledgers_are_equal_by_what_they_say() -> None:
    assert ledger(0, 1, 2) == ledger(0, 1, 2), "two builders that say the same"
    assert ledger(0, 1, 2) != ledger(0, 1, 1)
    assert ledger(0, 1) != ledger(0, 1, 2)
    assert ledger(0) != "ledger"
    one = Ledger(np.zeros(1, dtype=np.int8), lambda: {"event_id": ["a"], "zero_share": [np.nan]})
    same = Ledger(np.zeros(1, dtype=np.int8), lambda: {"event_id": ["a"], "zero_share": [np.nan]})
    other = Ledger(np.zeros(1, dtype=np.int8), lambda: {"event_id": ["b"], "zero_share": [np.nan]})
    assert one == same != other
    assert Ledger(one.status, one.build, 1) != one
    assert Ledger.empty() == Ledger.empty()
    assert Ledger.empty().given == 0
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(TEXTS, min_size=1, max_size=3), st.lists(TEXTS, max_size=3), st.integers(0, 3), st.data())
def test_every_text_of_a_table_is_read_as_it_was_written(
    columns: list[str], lines: list[str], n: int, data: st.DataObject
) -> None:
    """Whatever the texts hold, a parser finds these cells and lines and no element of theirs."""
    cell = st.lists(TEXTS, min_size=len(columns), max_size=len(columns))
    rows = data.draw(st.lists(cell, min_size=n, max_size=n))
    read = Shown(html_table(columns, rows, head=lines, tail=["<script>", "a & b"]))
    assert read.rows == [columns, *rows]
    assert read.lines == ["", *lines, "<script>", "a & b"]


@given(st.text(max_size=60), st.integers(1, 30))
def test_a_shortened_text_is_the_beginning_of_it_on_one_line(text: str, most: int) -> None:
    short, line = shortened(text, most), " ".join(text.split())
    assert len(short) <= most + 3
    assert short == line if len(line) <= most else line.startswith(short.removesuffix("..."))
    assert "\n" not in short


def test_a_ledger_shows_what_was_left_out_first_and_is_bounded() -> None:
    reasons = ["no such series <script>" if i in (30, 77) else "" for i in range(100)]
    read = shown(instrument_ledger([f"s{i}" for i in range(100)], reasons))
    assert read.rows[0] == ["instrument", "status", "reason"]
    assert read.rows[1:4] == [
        ["s30", "left out", "no such series <script>"],
        ["s77", "left out", "no such series <script>"],
        ["s0", "used", ""],
    ]
    assert len(read.rows) == 1 + MOST_SHOWN
    assert read.lines[1:] == [
        "98 used of 100 given (0 flagged, 2 left out)",
        "... and 80 rows more: .to_frame()",
    ]


def test_an_empty_ledger_and_one_of_very_many_rows_show_their_counts_alone() -> None:
    """No text is made of very many rows, which would take seconds."""

    def build() -> dict[str, list[object]]:
        raise AssertionError("text was made")

    many = Ledger(np.zeros(200_000, dtype=np.int8), build)
    assert shown(many).rows == shown(Ledger.empty()).rows == []
    assert shown(many).lines[-1] == "... and 200000 rows more: .to_frame()"
    assert shown(Ledger.empty()).lines[1:] == ["0 used of 0 given (0 flagged, 0 left out)"]
