"""Delimited text: what is wrong is named with file, row and cell."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import marketimpact as mi
from marketimpact import delimited
from marketimpact.delimited import (
    MISSING,
    Table,
    parse_table,
    read_bytes,
    read_table,
    split_records,
    tabulate,
)


def table(text: str, **form: str) -> Table:
    return parse_table(text.encode(), "rates.csv", **form)


def days(*texts: str) -> list[object]:
    return np.array(texts, dtype="datetime64[D]").tolist()


# What is read


def test_cells_are_text_by_column_without_the_blanks_around_them() -> None:
    read = table("date, value \n2022-01-05 , 4.53\n2022-01-06,\n")
    assert dict(read.columns) == {"date": ("2022-01-05", "2022-01-06"), "value": ("4.53", "")}
    assert len(read) == 2


def test_rows_are_counted_as_a_spreadsheet_shows_them() -> None:
    assert table('date,title\n\n2022-01-05,"one\ntwo"\n\n2022-01-06,b\n').rows == (3, 5)


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert "date" in parse_table(b"\xef\xbb\xbfdate,v\n2022-01-05,1\n", "a.csv").columns


def test_a_delimiter_after_the_last_cell_is_no_column() -> None:
    read = table("Date,USD,\n2022-01-05,1.13,\n")
    assert list(read.columns) == ["Date", "USD"]


def test_quoted_cells_may_hold_the_delimiter() -> None:
    assert table('id,title\na,"banks, and the exchange, shut"\n').texts("title") == (
        "banks, and the exchange, shut",
    )


def test_an_empty_cell_and_its_kin_mean_no_value() -> None:
    cells = [*sorted(MISSING), "1.5", "-2", "1e-3"]
    values = table("v,x\n" + "".join(f"{cell},x\n" for cell in cells)).numbers("v")
    assert np.isnan(values[: len(MISSING)]).all()
    assert values[len(MISSING) :].tolist() == [1.5, -2.0, 0.001]


def test_a_decimal_comma_is_read_when_declared() -> None:
    assert table("v;x\n4,53;x\n-0,25;x\n", delimiter=";").numbers("v", decimal=",").tolist() == [4.53, -0.25]


def test_thousands_are_read_when_declared_and_in_groups_of_three_alone() -> None:
    read = table("v;x\n1.234,5;x\n1.234.567;x\n-12.000,25;x\n+999;x\n", delimiter=";")
    assert read.numbers("v", decimal=",", thousands=".").tolist() == [1234.5, 1234567.0, -12000.25, 999.0]
    for cell in ("1.23", "1.2345", "1234.567", ".123", "1..234", "1.234,567.8", "1,234.5", "1.234e5"):
        with pytest.raises(mi.DataError, match=rf"is not a number; received '{re.escape(cell)}'"):
            table(f"v;x\n{cell};x\n", delimiter=";").numbers("v", decimal=",", thousands=".")


def test_other_marks_of_no_value_are_read_when_declared() -> None:
    values = table("v,x\n.,x\n1,x\n").numbers("v", missing=MISSING | {"."})
    assert np.isnan(values[0])
    assert values[1] == 1.0


@pytest.mark.parametrize("cell", ["4.53%", "4.53 %", "%"])
def test_a_percent_sign_is_no_unit(cell: str) -> None:
    words = r"is not a number; .*strip the sign, and declare the unit: yield_unit='percent' of a bond, unit='percent'"
    with pytest.raises(mi.DataError, match=words):
        table(f"v,x\n{cell},x\n").numbers("v")


def test_some_rows_keep_their_numbers_in_the_file() -> None:
    some = table("d,v\n2022-01-05,1\n\n2022-01-06,x\n2022-01-07,3\n").subset([2, 1])
    assert (some.rows, some.texts("v"), some.name) == ((5, 4), ("3", "x"), "rates.csv")
    with pytest.raises(mi.DataError, match="row 4, column 'v': is not a number; received 'x'"):
        some.numbers("v")


def test_rows_are_split_before_a_header_is_looked_for() -> None:
    assert split_records("desk\n\na; b\n", "x.csv", delimiter=";") == [(1, ["desk"]), (3, ["a", "b"])]
    made = tabulate([(3, ["a", "b"]), (5, ["1", "2"])], "x.csv", calendar=["a"])
    assert (made.rows, made.calendar) == ((5,), {"a"})


def test_dates_are_iso_or_in_the_declared_form() -> None:
    assert table("d,x\n2022-01-05,x\n").dates("d").tolist() == days("2022-01-05")
    assert table("d,x\n05.01.2022,x\n").dates("d", date_format="%d.%m.%Y").tolist() == days("2022-01-05")
    assert table("d,x\n01/05/2022,x\n").dates("d", date_format="%m/%d/%Y").tolist() == days("2022-01-05")


def test_another_encoding_is_read_when_declared() -> None:
    content = "дата,v\n2022-01-05,1\n".encode("cp1251")
    assert "дата" in parse_table(content, "a.csv", encoding="cp1251").columns


# What is refused


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_header_that_stayed_in_one_piece_names_the_delimiter(mark: str) -> None:
    words = f"no column 'date'; .*is {mark!r} the delimiter"
    with pytest.raises(mi.DataError, match=words.replace("\\", r"\\").replace("|", r"\|")):
        table(f"date{mark}value\n2022-01-05{mark}1\n").dates("date")
    with pytest.raises(mi.DataError, match=r"one of 'date', 'value'$"):
        table("date,value\n2022-01-05,1\n").dates("day")


@pytest.mark.parametrize("text", ["", "   ", "\n\n\n", ",,,\n", '""\n'])
def test_an_empty_file_is_refused(text: str) -> None:
    with pytest.raises(mi.DataError, match=r"rates\.csv is empty; .*a header and rows"):
        table(text)


@pytest.mark.parametrize("text", ["date,value\n", "date,value", "\n\ndate,value\n\n"])
def test_a_header_alone_is_refused(text: str) -> None:
    with pytest.raises(mi.DataError, match=r"rates\.csv has a header and no rows"):
        table(text)


def test_a_missing_column_is_named_with_those_that_there_are() -> None:
    with pytest.raises(
        mi.DataError, match=r"rates\.csv has no column 'value'; .*one of 'date', 'close'"
    ) as caught:
        table("date,close\n2022-01-05,1\n").numbers("value")
    assert (caught.value.parameter, caught.value.received) == ("column", "value")


def test_a_repeated_column_is_refused() -> None:
    with pytest.raises(mi.DataError, match=r"rates\.csv repeats a column .*received \['value'\]"):
        table("date,value,value\n2022-01-05,1,2\n")


@pytest.mark.parametrize(
    ("row", "cells"), [("2022-01-06", 1), ("2022-01-06,1,2,3", 4), ("2022-01-06,1,5", 3)], ids=str
)
def test_a_ragged_row_is_named(row: str, cells: int) -> None:
    with pytest.raises(mi.DataError, match=rf"rates\.csv, row 3: {cells} cells under 2 columns; .*delimiter"):
        table(f"date,value\n2022-01-05,1\n{row}\n")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_text_in_another_encoding_is_refused(encoding: str) -> None:
    content = "date,intérêt\n2022-01-05,1\n".encode(encoding)
    with pytest.raises(
        mi.DataError, match=r"encoding: rates\.csv is not text in utf-8-sig: .*the file's encoding"
    ):
        parse_table(content, "rates.csv")


def test_an_encoding_that_does_not_exist_is_refused() -> None:
    with pytest.raises(mi.DataError, match="is not text in utf-99: unknown encoding"):
        table("date,value\n2022-01-05,1\n", encoding="utf-99")


@pytest.mark.parametrize("encoding", ["punycode", "undefined", "utf-8\0", "hex", "\ud800", ""], ids=ascii)
def test_what_is_no_encoding_of_text_is_refused_not_a_crash(encoding: str) -> None:
    with pytest.raises(mi.DataError, match=r"^encoding: rates\.csv is not text in .*the file's encoding"):
        table("date,value\n2022-01-05,1\n", encoding=encoding)


@pytest.mark.parametrize("cell", ["abc", "1.2.3", "4,53", "-", ".", "12 %", "1 000", "0x1A"])
def test_text_in_a_column_of_numbers_is_named_with_row_and_cell(cell: str) -> None:
    read = table(f'date,value\n2022-01-05,1\n2022-01-06,"{cell}"\n')
    words = rf"value: rates\.csv, row 3, column 'value': is not a number; received '{re.escape(cell)}'; allowed: a num"
    with pytest.raises(mi.DataError, match=words) as caught:
        read.numbers("value")
    assert caught.value.received == cell


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity", "1e999", "NAN"])
def test_a_value_that_is_not_finite_is_named_with_row_and_cell(cell: str) -> None:
    read = table(f"date,value\n2022-01-05,{cell}\n")
    with pytest.raises(
        mi.DataError, match=rf"rates\.csv, row 2, column 'value': is not finite; received '{cell}'"
    ):
        read.numbers("value")


def test_digits_grouped_with_an_underscore_are_not_a_number() -> None:
    with pytest.raises(mi.DataError, match=r"row 2, column 'value': is not a number; received '1_000'"):
        table("date,value\n2022-01-05,1_000\n").numbers("value")


@pytest.mark.parametrize("cell", ["1.234", "1.234,5", "1.234.567"])
def test_a_point_under_a_decimal_comma_is_not_guessed_at(cell: str) -> None:
    """1.234 is one thousand and more where the comma is the decimal mark: reading it as 1.234 would be a guess."""
    read = table(f"date;value\n2022-01-05;{cell}\n", delimiter=";")
    with pytest.raises(
        mi.DataError, match=rf"row 2, column 'value': is not a number; received '{re.escape(cell)}'"
    ):
        read.numbers("value", decimal=",")


@pytest.mark.parametrize(
    "cell",
    [
        "05.01.2022",
        "2022-13-05",
        "2022-02-30",
        "",
        "NA",
        "2022-01-05T16:10",
        "today",
        "20220105",
        "2022-W01",
        "2022-W01-1",
    ],
)
def test_what_is_no_iso_date_is_named_with_row_and_cell(cell: str) -> None:
    read = table(f"date,value\n2022-01-04,1\n{cell},1\n")
    words = (
        rf"rates\.csv, row 3, column 'date': is not a date; received '{re.escape(cell)}'; .*like 2022-01-05"
    )
    with pytest.raises(mi.DataError, match=words):
        read.dates("date")


def test_a_date_of_another_form_than_declared_is_refused() -> None:
    with pytest.raises(
        mi.DataError, match=r"row 2, column 'd': is not a date; received '2022-01-05'; .*%d\.%m\.%Y"
    ):
        table("d,x\n2022-01-05,x\n").dates("d", date_format="%d.%m.%Y")


@pytest.mark.parametrize(
    ("date_format", "cell"),
    [
        ("%d%d", "0505"),  # one part twice
        ("%d.%m", "05.01"),  # 1900 would be a guess
        ("%m.%Y", "01.2022"),  # and so would the first of the month
        ("23.%m.%Y", "23.01.2022"),
        ("%H:%M", "16:10"),
        ("%Q", "5"),
        ("%Y-%m-%d %", "2022-01-05 "),
        ("ISO", "ISO"),
        ("", ""),
    ],
)
def test_a_form_that_tells_no_whole_date_is_refused(date_format: str, cell: str) -> None:
    words = rf"date_format: tells no whole date; received {re.escape(repr(date_format))}; .*'%d\.%m\.%Y'"
    with pytest.raises(mi.InputError, match=words):
        table(f"d,x\n{cell},x\n").dates("d", date_format=date_format)


@pytest.mark.parametrize(
    ("date_format", "cell"),
    [
        ("%Y%m%d", "20220105"),
        ("%d.%m.%y", "05.01.22"),
        ("%d %B %Y", "5 January 2022"),
        ("%Y-%m-%d %H:%M:%S", "2022-01-05 16:10:00"),
        ("%Y-%m-%dT%H:%M%z", "2022-01-05T00:10+06:00"),
        ("%G-W%V-%u", "2022-W01-3"),
        ("%Y %j", "2022 005"),
        ("%Y年%m月%d日", "2022年01月05日"),
    ],
)
def test_any_form_that_tells_a_whole_date_is_read(date_format: str, cell: str) -> None:
    assert table(f"d,x\n{cell},x\n").dates("d", date_format=date_format).tolist() == days("2022-01-05")


@pytest.mark.parametrize("delimiter", ["", ";;", "tab"])
def test_a_delimiter_that_is_not_one_character_is_refused(delimiter: str) -> None:
    with pytest.raises(mi.InputError, match="delimiter"):
        table("date,value\n2022-01-05,1\n", delimiter=delimiter)


def test_rows_that_fall_apart_under_a_header_in_one_piece_name_the_delimiter() -> None:
    """Decimal commas split the rows, and nothing splits the header."""
    words = r"1 cells; check the quotes; is ';' the delimiter\? delimiter=';'; in read_prices layout=Layout\(delim"
    with pytest.raises(mi.DataError, match=words):
        table("date;value\n2022-01-05;4,53\n")


def test_a_mark_at_the_beginning_tells_the_encoding() -> None:
    text = "date\tvalue\n2022-01-05\t1\n"
    for form in ("utf-16", "utf-32"):
        with pytest.raises(mi.DataError, match=rf"is not text in utf-8-sig.*Layout\(encoding='{form}'\)"):
            parse_table(text.encode(form), "a.csv")
        assert len(parse_table(text.encode(form), "a.csv", delimiter="\t", encoding=form)) == 1
    with pytest.raises(mi.DataError, match="allowed: the file's encoding, like 'cp1251'"):
        parse_table("дата,v\n1,1\n".encode("cp1251"), "a.csv")


def test_lines_that_end_in_a_carriage_return_alone_are_refused() -> None:
    with pytest.raises(mi.DataError, match=r"rates\.csv is not delimited text.*save it as CSV"):
        table("date,value\r2022-01-05,1\r")


def test_a_quote_that_is_never_closed_is_refused() -> None:
    with pytest.raises(mi.DataError, match=r"rates\.csv, row 2: 1 cells under 2 columns; .*quotes"):
        table('date,value\n"2022-01-05,1\n2022-01-06,2\n')


# Files


def test_a_file_on_disk_is_read_and_named_without_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("date,value\n2022-01-05,abc\n", encoding="utf-8")
    read = read_table(path)
    assert read.name == "rates.csv"
    with pytest.raises(mi.DataError, match=r"^value: rates\.csv, row 2"):
        read.numbers("value")


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_a_file_that_cannot_be_read_is_an_error_of_the_call(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        mi.InputError, match=r"path: cannot be read \(.+\); received .+; allowed: a readable file"
    ):
        read_bytes(tmp_path / name)


def test_a_name_that_no_file_can_have_is_an_error_of_the_call() -> None:
    with pytest.raises(mi.InputError, match=r"path: cannot be read \(.+\); received 'a\\x00b'"):
        read_bytes("a\0b")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(b"0123456789")
    monkeypatch.setattr(delimited, "MAX_BYTES", 10)
    assert read_bytes(path) == b"0123456789"
    monkeypatch.setattr(delimited, "MAX_BYTES", 9)
    with pytest.raises(mi.InputError, match=r"path: the file is too large; received 'large\.csv'"):
        read_bytes(path)


# The tree of errors


def test_the_facts_of_an_error_are_attributes_too() -> None:
    with pytest.raises(mi.MarketImpactError, match="is not a number") as caught:
        table("date,value\n2022-01-05,abc\n").numbers("value")
    error = caught.value
    assert (error.parameter, error.received) == ("value", "abc")
    assert error.allowed == (
        "a number, or an empty cell; of prices layout=Layout(decimal=',', thousands='.') says other marks"
    )
    assert str(error) == f"value: {error.message}; received 'abc'; allowed: {error.allowed}"


@pytest.mark.parametrize(
    ("leaf", "parent"),
    [
        (mi.DataError, mi.InputError),
        (mi.InputError, mi.MarketImpactError),
        (mi.SourceError, mi.MarketImpactError),
        (mi.MissingExtraError, mi.MarketImpactError),
        (mi.MarketImpactError, Exception),
        (mi.MarketImpactWarning, UserWarning),
    ],
)
def test_the_errors_are_one_tree(leaf: type, parent: type) -> None:
    assert leaf.__bases__ == (parent,)
