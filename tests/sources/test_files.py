"""Prices and yields from the user's own files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import marketimpact as mi

BOND = mi.SovereignBond("KZ 2045", quoted="yield", issuer="KZ")
PRICE = mi.SovereignBond("KZ 2045", quoted="clean price", issuer="KZ")

Read = Callable[..., mi.Panel]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def from_text(text: str, instrument: Any = BOND, **more: Any) -> mi.Panel:
        path = tmp_path / "kz2045.csv"
        path.write_text(text, encoding="utf-8")
        return mi.read_prices(path, instrument, **more)

    return from_text


def test_a_plain_file_needs_no_more_than_its_instrument(read: Read) -> None:
    made = read("date,value\n2022-01-04,4.20\n2022-01-05,4.53\n")
    assert made["KZ 2045"].tolist() == [4.20, 4.53]
    assert made.instrument("KZ 2045") is BOND


def test_the_map_of_columns_is_explicit(read: Read) -> None:
    text = "Day,Bid,Mid\n2022-01-04,4.1,4.2\n2022-01-05,4.4,4.5\n"
    assert read(text, date="Day", value="Mid")["KZ 2045"].tolist() == [4.2, 4.5]


def test_a_european_layout(read: Read) -> None:
    layout = mi.Layout(delimiter=";", decimal=",", date_format="%d.%m.%Y")
    made = read(
        "Datum;Rendite\n04.01.2022;4,20\n05.01.2022;-0,53\n", date="Datum", value="Rendite", layout=layout
    )
    assert made["KZ 2045"].tolist() == [4.20, -0.53]
    assert made["KZ 2045"].index.strftime("%Y-%m-%d").tolist() == ["2022-01-04", "2022-01-05"]


def test_another_encoding_is_read_when_declared(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_bytes("дата,курс\n2022-01-04,435.1\n".encode("cp1251"))
    made = mi.read_prices(
        path, mi.CurrencyPair("USD", "KZT"), date="дата", value="курс", layout=mi.Layout(encoding="cp1251")
    )
    assert made["USD/KZT"].tolist() == [435.1]


def test_an_order_of_day_and_month_that_the_rows_tell_is_read_and_noted(read: Read) -> None:
    made = read("date,value\n12/01/2022,4.20\n13/01/2022,4.53\n")
    assert made["KZ 2045"].index.strftime("%Y-%m-%d").tolist() == ["2022-01-12", "2022-01-13"]
    assert made.quotes_of("KZ 2045").notes == (
        "dates %d/%m/%Y from 'date' (row 3, '13/01/2022', allows no other order)",
    )


def test_a_column_without_a_name_may_be_asked_for(read: Read) -> None:
    assert read(",x\n2022-01-04,4.2\n", date="", value="x")["KZ 2045"].tolist() == [4.2]


def test_several_columns_become_several_members_on_their_own_sessions(read: Read) -> None:
    rates = {"10yr": mi.Factor("UST 10y", move="difference", unit="percent"), "kz": BOND}
    made = read("date,10yr,kz\n2022-01-03,1.63,\n2022-01-04,1.66,4.2\n2022-01-05,,4.5\n", rates)
    assert made.ids == ("UST 10y", "KZ 2045")
    assert made["UST 10y"].tolist() == [1.63, 1.66]
    assert made["KZ 2045"].tolist() == [4.2, 4.5]
    assert made.quotes_of("KZ 2045").notes == ("1 of 3 dates without a value: not quoted",)


def test_the_file_its_last_date_and_its_hash_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "kz2045.csv"
    path.write_bytes(b"date,value\n2022-01-05,4.53\n2022-01-04,4.20\n")
    made = mi.read_prices(path, BOND)
    said = made.quotes_of("KZ 2045").provenance
    assert (said.file, said.last_date, said.kind) == ("kz2045.csv", "2022-01-05", "observed")
    assert said.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert str(tmp_path) not in repr(made), "a report never shows a folder of the user's"


def test_the_user_may_say_where_the_numbers_come_from(read: Read) -> None:
    said = mi.Provenance("what was reported", kind="reconstruction")
    made = read("date,value\n2022-01-04,4.20\n", provenance=said)
    assert made.quotes_of("KZ 2045").provenance is said
    assert "RECONSTRUCTION: what was reported" in repr(made)


def test_descending_rows_are_reversed_and_noted(read: Read) -> None:
    made = read("date,value\n2022-01-05,4.53\n2022-01-04,4.20\n")
    assert made["KZ 2045"].tolist() == [4.20, 4.53]
    assert made.quotes_of("KZ 2045").notes == ("rows stood in descending order: reversed",)


def test_negative_yields_are_legal(read: Read) -> None:
    assert read("date,value\n2022-01-04,-0.55\n2022-01-05,0\n")["KZ 2045"].tolist() == [-0.55, 0.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "kz2045.csv is empty"),
        ("date,value\n", "kz2045.csv has a header and no rows"),
        (
            "day,value\n2022-01-04,4.2\n",
            "kz2045.csv has no column 'date'; received 'date'; allowed: one of 'day', 'value'",
        ),
        ("date,close\n2022-01-04,4.2\n", "kz2045.csv has no column 'value'"),
        (
            "date,value,date\n2022-01-04,4.2,1\n",
            "kz2045.csv repeats a column in its header; received ['date']",
        ),
        ("date,value\n2022-01-04\n", "kz2045.csv, row 2: 1 cells under 2 columns"),
        ("date;value\n2022-01-04;4,2\n", "kz2045.csv, row 2: 2 cells under 1 columns"),
        (
            "date,value\n2022-01-04,high\n",
            "kz2045.csv, row 2, column 'value': is not a number; received 'high'",
        ),
        ("date,value\n2022-01-04,inf\n", "kz2045.csv, row 2, column 'value': is not finite; received 'inf'"),
        (
            "date,value\n2022-01-04,0\n",
            "KZ 2045: kz2045.csv, row 2 holds a price that is not positive; received 0.0",
        ),
        (
            "date,value\n2022-01-04,-1\n",
            "KZ 2045: kz2045.csv, row 2 holds a price that is not positive; received -1.0",
        ),
        (
            "date,value\n04.01.2022,1\n",
            "kz2045.csv, row 2, column 'date': is 4 January 2022 or 1 April 2022: no row tells day from month",
        ),
        ("date,value\n2022-01-04,\n", "KZ 2045: nothing is quoted"),
        (
            "date,value\n2022-01-04,1\n\n2022-01-04,2\n",
            "KZ 2045: kz2045.csv, row 2 and kz2045.csv, row 4 carry one date, 2022-01-04",
        ),
        (
            "date,value\n2022-01-04,1\n2022-01-06,1\n2022-01-05,2\n",
            "dates are out of order: 2022-01-05 (kz2045.csv, row 4) comes after 2022-01-06 (kz2045.csv, row 3)",
        ),
        (
            "date,value\n2022-01-06,1\n2022-01-05,0\n2022-01-04,2\n2022-01-03,3\n",
            "KZ 2045: kz2045.csv, row 3 holds a price that is not positive",
        ),
        (
            "date,value\n" + "".join(f"20{year}-01-03,1\n" for year in range(10, 22)),
            "KZ 2045: the series is not daily: the median gap between quotes is 365 days",
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_name_and_place(read: Read, text: str, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        read(text, PRICE)


@pytest.mark.parametrize("instrument", ["KZ 2045", None, {"value": "KZ 2045"}, {"value": mi.SovereignBond}])
def test_what_is_no_instrument_is_refused(read: Read, instrument: Any) -> None:
    with pytest.raises(mi.InputError, match="is not an instrument"):
        read("date,value\n2022-01-04,4.2\n", instrument)


@pytest.mark.parametrize("instrument", [{}, {"a": BOND, "b": BOND}])
def test_no_instrument_or_one_twice_is_refused(read: Read, instrument: Any) -> None:
    with pytest.raises(mi.InputError, match="at least one instrument, under ids that do not repeat"):
        read("date,a,b\n2022-01-04,4.2,4.3\n", instrument)


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(mi.InputError, match=r"path: cannot be read \(.+\); received "):
        mi.read_prices(tmp_path / name, BOND)
