"""The layout of a file in a study file: known ones by name or by header, and the user's words beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import marketimpact as mi
from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_run import load_series
from tests.app.conftest import RUBLE, Write

BOND = '[[series]]\nfile = "kz.csv"\n{}\nbond = {{ id = "KZ", quoted = "clean price" }}\n'
PRICES = '"Date","Price","Open","High","Low"\n"{}","101.5","1","1","1"\n"01/06/2022","100.25","1","1","1"\n'


def load(write: Write, keys: str, text: str) -> mi.Panel:
    path = write(RUBLE + BOND.format(keys))
    (path.parent / "kz.csv").write_text(text, encoding="utf-8")
    return load_series(read_study_file(path).series[-1])


@pytest.mark.parametrize("keys", ["", 'layout = "investing"'])
def test_a_known_layout_by_its_name_or_by_its_header(write: Write, keys: str) -> None:
    panel = load(write, keys, PRICES.format("01/13/2022"))
    assert panel["KZ"].tolist() == [100.25, 101.5]
    assert panel.quotes_of("KZ").notes[0].startswith("read as an investing.com-style table: dates %m/%d/%Y")


def test_keys_beside_it_win(write: Write) -> None:
    keys = 'layout = "investing"\nvalue = "Open"\ndate_format = "%d/%m/%Y"'
    panel = load(write, keys, PRICES.format("02/06/2022"))
    assert panel["KZ"].tolist() == [1.0, 1.0]
    assert panel["KZ"].index.strftime("%Y-%m-%d").tolist() == ["2022-06-01", "2022-06-02"]


def test_every_key_of_a_layout_arrives(write: Write) -> None:
    keys = (
        'layout = "plain"\ndelimiter = ";"\ndecimal = ","\nthousands = "."\nmissing = ["closed"]\nskip = 1\n'
        'sheet = "Bids"\nonly = ["board", "A"]\nencoding = "cp1251"\ndate_format = "%d.%m.%Y"'
    )
    table = read_study_file(write(RUBLE + BOND.format(keys))).series[-1]
    assert table.layout == mi.Layout(
        ";", ",", "%d.%m.%Y", "cp1251", name="plain", thousands=".", missing=("closed",), skip=1, sheet="Bids",
        only=("board", "A"),
    )  # fmt: skip
    text = "desk\nboard;date;value\nA;05.01.2022;1.101,5\nB;05.01.2022;2\nA;06.01.2022;closed\n"
    assert load(write, keys, text)["KZ"].tolist() == [1101.5]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('layout = "bloomberg"', 'series[2].layout: is not what this key takes; received \'bloomberg\';'),
        ('thousands = "."', "series[2].thousands: equals the decimal mark"),
        ('only = ["board"]', "series[2].only: is not a column and a cell"),
        ("skip = -1", "series[2].skip: is not a number of rows"),
    ],
)  # fmt: skip
def test_a_key_that_is_refused_is_named(write: Write, keys: str, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        read_study_file(write(RUBLE + BOND.format(keys)))


@pytest.mark.parametrize(
    ("keys", "text", "words"),
    [
        ("", PRICES.format("01/05/2022"), "series[2].date: kz.csv, row 2, column 'Date': is 1 May 2022 or 5 January"),
        ("", PRICES.format("01/05/2022"), "allowed: date_format = '%d/%m/%Y' or date_format = '%m/%d/%Y'"),
        ("", PRICES.format("01/13/2022").replace("Date", "Datum"), "series[2].date: kz.csv has no column 'date'"),
        ('layout = "yahoo"', PRICES.format("01/13/2022"), "series[2].layout: kz.csv has not the header of this layout"),
        ('only = ["board", "A"]', "board,date,value\nB,2022-01-05,1\n", "series[2].only: kz.csv has no row of this"),
        ('sheet = "Bids"', "date,price\n2022-01-05,1\n", "series[2].value: kz.csv has no column 'value'"),
        ("", "day,value\n2022-01-05,1\n", "series[2].date: kz.csv has no column 'date'"),
        ("", "date;value\n2022-01-05;1\n", "'date;value'; is ';' the delimiter? delimiter = ';'"),
        ("", "date\tvalue\n2022-01-05\t1\n", 'the delimiter? delimiter = "\\t"'),
        ("", PRICES.format("01/13/2022").replace("101.5", "101.5*"), "kz.csv, row 2, column 'Price': is not a number"),
    ],
)  # fmt: skip
def test_a_file_that_is_refused_is_named_with_the_key(write: Write, keys: str, text: str, words: str) -> None:
    with pytest.raises(mi.DataError, match=re.escape(words)):
        load(write, keys, text)


def test_a_file_is_found_beside_the_study_file(write: Write, tmp_path: Path) -> None:
    with pytest.raises(mi.InputError, match=r"series\[2\]\.file: cannot be read"):
        load_series(read_study_file(write(RUBLE + BOND.format('layout = "fred"'))).series[-1])
