"""Numbers of known layouts: marks that are declared, cells that are refused, units that are never guessed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.delimited import Table
from marketimpact.sources.layouts import Layout
from tests.sources.layout_samples import INVESTING, YIELD, Read, reader


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return reader(tmp_path)


@pytest.mark.parametrize(
    "cell",
    ["1,23.50", "12,34", "1,2345.0", ",123.0", "1,234,5.0", "1.234,50", "1 234.50", "4.5*", "$4.53", "4.5b"],
)
def test_a_stray_character_or_group_is_named_with_row_column_and_cell(read: Read, cell: str) -> None:
    words = rf"a\.csv, row 3, column 'Price': is not a number; received '{re.escape(cell)}'"
    with pytest.raises(mi.DataError, match=words):
        read(INVESTING.replace("987.25", cell))


def test_a_percent_sign_asks_for_the_unit_to_be_declared(read: Read) -> None:
    with pytest.raises(
        mi.DataError, match=r"received '0\.37%'; .*strip the sign, and declare the unit: yield_unit="
    ):
        read(INVESTING, YIELD, value="Change %")


WHOLE = INVESTING.replace("1,234.50", "1,234").replace("987.25", "987")
POINTS = "Datum;Schluss\n05.01.2022;101.250\n04.01.2022;102.500\n"


@pytest.mark.parametrize(
    ("text", "cell", "options"), [(WHOLE, "1,234", "decimal=',"), (POINTS, "101.250", "decimal='.")]
)
def test_a_mark_that_may_be_either_is_not_guessed(read: Read, text: str, cell: str, options: str) -> None:
    """101.250 in a German table is a hundred thousand, unless a program wrote it with a decimal point."""
    with pytest.raises(
        mi.DataError, match=rf"received '{cell}'; allowed: layout=Layout\(.*{options}"
    ) as caught:
        read(text)
    assert "no cell of the column tells whether it is the decimal mark" in caught.value.message


def test_a_mark_is_settled_by_the_user_or_by_two_groups(read: Read) -> None:
    assert read(WHOLE, layout=Layout(thousands=","))[1] == [987.0, 1234.0]
    assert read(WHOLE.replace("1,234", "1,234,000"))[1] == [987.0, 1234000.0]
    assert read(WHOLE.replace("987", "0,987"), layout=Layout(decimal=","))[1] == [0.987, 1.234]
    assert read(POINTS, layout=Layout(decimal="."))[1] == [102.5, 101.25]
    assert read(POINTS, layout=Layout(decimal=",", thousands="."))[1] == [102500.0, 101250.0]


@given(
    st.lists(st.integers(0, 10**12), min_size=1, max_size=6),
    st.sampled_from([(".", ","), (",", "."), (".", "'")]),
)
def test_grouped_numbers_come_back(cents: list[int], marks: tuple[str, str]) -> None:
    decimal, thousands = marks
    cells = [f"{n // 100:,}|{n % 100:02}".replace(",", thousands).replace("|", decimal) for n in cents]
    table = Table("a.csv", {"x": tuple(cells)}, tuple(range(len(cells))))
    assert table.numbers("x", decimal=decimal, thousands=thousands).tolist() == [n / 100 for n in cents]


def test_percent_and_decimal_are_never_told_from_the_numbers(read: Read) -> None:
    """A yield of 0.0453 is read as it stands: the unit is the instrument's word."""
    text = "date,value\n2022-01-04,0.0420\n2022-01-05,0.0453\n"
    for unit in ("percent", "decimal"):
        bond = mi.SovereignBond("KZ", quoted="yield", yield_unit=unit)
        assert read(text, bond)[1] == [0.0420, 0.0453]
