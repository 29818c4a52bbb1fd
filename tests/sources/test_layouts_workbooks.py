"""Workbooks and Parquet: the same tables, read through the same layouts, within limits."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.sources import workbooks
from marketimpact.sources.layouts import Layout
from marketimpact.sources.recognise import recognise

RATE = mi.Factor("rate")
OHLC = ["Date", "Price", "Open", "High", "Low"]

Read = Callable[..., tuple[list[str], list[float], tuple[str, ...]]]


def read(path: Path, instrument: Any = RATE, **more: Any) -> tuple[list[str], list[float], tuple[str, ...]]:
    (quotes,) = mi.read_prices(path, instrument, **more).quotes
    return quotes.sessions.astype(str).tolist(), quotes.levels.tolist(), quotes.notes


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    openpyxl = pytest.importorskip("openpyxl", reason="workbooks need the extra 'excel'")
    pytest.importorskip("defusedxml", reason="workbooks need the extra 'excel'")

    def write(rows: Sequence[Sequence[object]], name: str = "a.xlsx", **sheets: Any) -> Path:
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(list(row))
        for title, more in sheets.items():
            sheet = made.create_sheet(title)
            for row in more:
                sheet.append(list(row))
        made.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[..., Path]:
    pytest.importorskip("pyarrow", reason="Parquet needs the extra 'parquet'")

    def write(frame: pd.DataFrame, **more: Any) -> Path:
        frame.to_parquet(tmp_path / "a.parquet", **more)
        return tmp_path / "a.parquet"

    return write


# Workbooks


def test_a_workbook_of_a_known_layout(book: Callable[..., Path]) -> None:
    rows = [OHLC, [datetime(2022, 1, 6), 1234.5, 1, 1, 1], [datetime(2022, 1, 5), 4, 1, 1, 1]]
    days, levels, notes = read(book(rows))
    assert (days, levels) == (["2022-01-05", "2022-01-06"], [4.0, 1234.5])
    assert notes[0] == (
        "read as an investing.com-style table: dates of the file itself from 'Date', values from 'Price'"
    )


def test_text_in_a_workbook_is_read_as_text_of_a_file(book: Callable[..., Path]) -> None:
    rows = [OHLC, ["01/05/2022", "1,234.50", 1, 1, 1], ["01/14/2022", 4.25, 1, 1, 1]]
    days, levels, notes = read(book(rows))
    assert (days, levels) == (["2022-01-05", "2022-01-14"], [1234.5, 4.25])
    assert "row 3, '01/14/2022', allows no other order" in notes[0]
    with pytest.raises(mi.DataError, match=r"a\.xlsx, row 2, column 'Date': .* no row tells day from month"):
        read(book(rows[:2]))


def test_numbers_beside_text_with_a_decimal_comma(book: Callable[..., Path]) -> None:
    rows = [["Datum", "Schluss"], ["05.01.2022", "1.101,25"], ["06.01.2022", 102.5], ["07.01.2022", 99]]
    assert read(book(rows))[1] == [1101.25, 102.5, 99.0]


def test_a_number_of_a_workbook_keeps_every_digit(book: Callable[..., Path]) -> None:
    values = [0.1, 1e-7, 123456789.123457]
    rows = [["date", "value"], *([date(2022, 1, d), v] for d, v in enumerate(values, start=3))]
    assert read(book(rows))[1] == values
    assert read(book(rows), layout=Layout(decimal=","))[1] == values


def test_the_one_column_of_dates_needs_no_name(book: Callable[..., Path]) -> None:
    rows = [["Tag", "value"], [date(2022, 1, 5), 1.5]]
    assert read(book(rows)) == (["2022-01-05"], [1.5], ("dates of the file itself from 'Tag'",))
    rows = [["Tag", "value", "settled"], [date(2022, 1, 5), 1.5, date(2022, 1, 7)]]
    with pytest.raises(mi.DataError, match="has no column 'date'"):
        read(book(rows))
    assert read(book(rows), date="settled")[0] == ["2022-01-07"]


def test_rows_above_the_header_and_empty_rows(book: Callable[..., Path]) -> None:
    rows = [
        ["Quotes of the desk"],
        [],
        ["date", "value"],
        [date(2022, 1, 5), 1.5],
        [],
        [date(2022, 1, 6), "x"],
    ]
    with pytest.raises(mi.DataError, match=r"a\.xlsx, row 6, column 'value': is not a number; received 'x'"):
        read(book(rows), layout=Layout(skip=2))
    assert read(book(rows[:5]), layout=Layout(skip=1))[1] == [1.5]


def test_several_sheets_ask_which(book: Callable[..., Path]) -> None:
    rows = [["date", "value"], [date(2022, 1, 5), 1.5]]
    path = book(rows, Bids=[["date", "value"], [date(2022, 1, 5), 2.5]], Empty=[])
    with pytest.raises(
        mi.DataError, match=r"has several sheets; received \['Sheet', 'Bids'\]; .*sheet='Sheet'"
    ):
        read(path)
    assert read(path, layout=Layout(sheet="Bids"))[1] == [2.5]
    with pytest.raises(
        mi.InputError, match="has no such sheet; received 'Asks'; allowed: 'Sheet', 'Bids', 'Empty'"
    ):
        read(path, layout=Layout(sheet="Asks"))
    assert read(book(rows, Empty=[]))[1] == [1.5], "an empty sheet leaves no choice to make"


@pytest.fixture
def percents(tmp_path: Path) -> Path:
    """A workbook that shows 0.3, 0.31 and 1 as 30 %, 31 % and 100.00 %."""
    openpyxl = pytest.importorskip("openpyxl", reason="workbooks need the extra 'excel'")
    pytest.importorskip("defusedxml", reason="workbooks need the extra 'excel'")
    made = openpyxl.Workbook()
    made.active.append(["date", "value", "plain"])
    for day, value, form in ((4, 0.3, "0%"), (5, 0.31, '0.0 "percent, " %'), (6, 1, "0.00%")):
        made.active.append([date(2022, 1, day), value, 100 * value])
        made.active.cell(day - 2, 2).number_format = form
        made.active.cell(day - 2, 3).number_format = '0.00"%"'  # a word: 30 is shown as 30.00%
    made.save(tmp_path / "percents.xlsx")
    return tmp_path / "percents.xlsx"


@pytest.mark.parametrize(
    ("instrument", "allowed"),
    [
        (mi.SovereignBond("TR", quoted="yield"), "yield_unit='decimal'"),
        (mi.Factor("UST", move="difference", unit="percent"), "unit='decimal'"),
        (mi.Factor("CDS", move="difference", unit="bp"), "unit='decimal'"),
        (mi.Factor("VIX", move="difference", unit="points"), "a column of plain numbers"),
        (mi.SovereignBond("TR", quoted="clean price"), "a column of plain numbers"),
    ],
    ids=str,
)
def test_a_cell_that_is_shown_as_a_percentage_is_no_percent(
    percents: Path, instrument: Any, allowed: str
) -> None:
    """The sheet shows 30 % and holds 0.3: as a yield in percent it would be a hundredth of what the user sees."""
    with pytest.raises(
        mi.DataError, match=r"row 2, column 'value': is shown as a percentage.*received '0\.3'"
    ) as said:
        read(percents, instrument)
    assert allowed in str(said.value.allowed)
    assert read(percents, instrument, value="plain")[1] == [30.0, 31.0, 100.0]


@pytest.mark.parametrize("form", ["0%", "0.00%", "0.000%"])
def test_every_format_of_a_percentage_is_seen(percents: Path, form: str) -> None:
    """The first two stand in a workbook as the numbers 9 and 10, and not as text."""
    openpyxl = pytest.importorskip("openpyxl", reason="workbooks need the extra 'excel'")
    made = openpyxl.Workbook()
    made.active.append(["date", "value"])
    made.active.append([date(2022, 1, 5), 0.3])
    made.active.cell(2, 2).number_format = form
    made.save(percents)
    with pytest.raises(mi.DataError, match="is shown as a percentage"):
        read(percents, mi.SovereignBond("TR", quoted="yield"))


def test_a_percentage_is_a_decimal(percents: Path) -> None:
    for instrument in (
        mi.SovereignBond("TR", quoted="yield", yield_unit="decimal"),
        mi.Factor("UST", move="difference", unit="decimal"),
        RATE,
    ):
        assert read(percents, instrument)[1] == [0.3, 0.31, 1.0]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ((date(2022, 1, 5), "#N/A"), "column 'value': is not a number; received '#N/A'"),
        ((date(2022, 1, 5), "4.53%"), "column 'value': is not a number; received '4.53%'"),
        ((date(2022, 1, 5), True), "column 'value': is not a number; received 'TRUE'"),
        ((date(2022, 1, 5), date(2022, 1, 5)), "column 'value': is not a number; received '2022-01-05'"),
        ((datetime(2022, 1, 5, 16, 10), 1), "column 'date': holds a time of day"),
        ((44566, 1), "column 'date': is not a date; received '44566'"),
        ((None, 1), "column 'date': is not a date"),
    ],
)
def test_a_bad_cell_is_named(book: Callable[..., Path], cells: Sequence[object], words: str) -> None:
    with pytest.raises(mi.DataError, match=rf"a\.xlsx, row 3, {words}"):
        read(book([["date", "value"], [date(2022, 1, 4), 1], cells]))


def test_dates_and_text_in_one_column_are_mixed_forms(book: Callable[..., Path]) -> None:
    rows = [["date", "value"], [date(2022, 1, 5), 1], ["13.01.2022", 2]]
    with pytest.raises(
        mi.DataError, match=r"dates of several forms .*row 2 \(2022-01-05\).*row 3 \(13\.01\.2022\)"
    ):
        read(book(rows))


@pytest.mark.parametrize("row", [[date(2022, 1, 6), "=B2+1"], ["=A2+1", "=B2+1"]])
def test_a_formula_without_a_stored_value_does_not_vanish(
    book: Callable[..., Path], row: list[object]
) -> None:
    rows = [["date", "value"], [date(2022, 1, 5), 1], row]
    with pytest.raises(mi.DataError, match=r"row 3: cell [AB]3 holds a formula without a stored value"):
        read(book(rows))


def test_a_formula_gives_the_value_that_was_stored_with_it(book: Callable[..., Path]) -> None:
    path = book([["date", "value"], [date(2022, 1, 5), "=1+1"]])
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("<v />", "<v>2</v>").replace("<v></v>", "<v>2</v>"),
    )
    assert read(path)[1] == [2.0]


def rewrite(path: Path, member: str, change: Callable[[str], str]) -> None:
    """Change one file inside a workbook."""
    with zipfile.ZipFile(path) as packed:
        contents = {name: packed.read(name) for name in packed.namelist()}
    changed = change(contents[member].decode())
    assert changed != contents[member].decode()
    contents[member] = changed.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in contents.items():
            packed.writestr(name, content)


def test_the_bytes_tell_a_workbook_not_the_name(book: Callable[..., Path]) -> None:
    assert read(book([["date", "value"], [date(2022, 1, 5), 1.5]], "a.csv"))[1] == [1.5]


# Limits


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    """200 MiB of zeros in 200 KiB: refused by what the zip says of itself, so that no memory is taken."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        with packed.open("xl/worksheets/sheet1.xml", "w") as member:
            for _ in range(200):
                member.write(bytes(2**20))
    assert path.stat().st_size < 2**21
    with pytest.raises(mi.InputError, match=r"the file is too large; .*it unpacks to at most 128 MiB"):
        read(path)


@pytest.mark.parametrize("at", ["XFD4", "A9999999"])
def test_a_cell_far_away_does_not_make_an_endless_sheet(
    book: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    path = book([["date", "value"], [date(2022, 1, 5), 1.5], [date(2022, 1, 6), 1.5]])
    cell = f'<row r="{at.lstrip("AXFD")}"><c r="{at}"><v>1</v></c></row>'
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("</sheetData>", f"{cell}</sheetData>"))
    monkeypatch.setattr(workbooks, "MAX_CELLS", 10_000)
    with pytest.raises(mi.InputError, match=r"the file is too large; .*at most 10000 cells"):
        read(path)


def test_empty_cells_beside_a_wide_row_count(
    book: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 rows of two cells and one of 60 hold 460 cells, and 12,060 once every row is as wide."""
    path = book([["date", "value"], *[[date(2022, 1, 5), 1.5]] * 199, [1.0] * 60])
    monkeypatch.setattr(workbooks, "MAX_CELLS", 10_000)
    with pytest.raises(mi.InputError, match=r"at most 10000 cells, empty ones among them"):
        read(path)


def test_entities_in_a_workbook_are_not_expanded(book: Callable[..., Path]) -> None:
    path = book([["date", "value"], [date(2022, 1, 5), 1.5]])
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet'
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("<worksheet", bomb, 1))
    with pytest.raises(mi.DataError, match=r"a\.xlsx cannot be read as a workbook"):
        read(path)


def test_a_zip_that_is_no_workbook_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.csv", "date,value\n2022-01-05,1\n")
    with pytest.raises(
        mi.DataError, match=r"a\.zip is a zip, and no workbook .*the file inside the zip, unpacked"
    ):
        read(path)


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"PAR1"])
def test_a_damaged_file_is_refused(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(start + b"nothing of the kind")
    with pytest.raises(mi.DataError, match=r"a\.bin (is a damaged workbook|cannot be read as Parquet)"):
        read(path)


@pytest.mark.parametrize("seed", range(3))
def test_bytes_turned_at_random_are_read_or_refused(
    book: Callable[..., Path], parquet: Callable[..., Path], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    days = pd.date_range("2022-01-03", periods=20)
    originals = [
        book([OHLC, *([day.to_pydatetime(), 4.5, 1, 1, 1] for day in days)]).read_bytes(),
        parquet(pd.DataFrame({"value": np.arange(20.0)}, index=days.rename("date"))).read_bytes(),
    ]
    for original in originals:
        for _ in range(40):
            content = bytearray(original)
            for at in rng.integers(4, len(content), 5):
                content[at] = rng.integers(256)
            refused_or_read(bytes(content))


def refused_or_read(content: bytes) -> None:
    try:
        recognise(content, "a", Layout())
    except mi.MarketImpactError:
        return


# Parquet


def test_parquet_with_dates_in_the_index(parquet: Callable[..., Path]) -> None:
    days = pd.DatetimeIndex(["2022-01-05", "2022-01-06"], name="day")
    path = parquet(pd.DataFrame({"value": [1.5, np.nan], "other": [1.0, 2.0]}, index=days))
    assert read(path) == (
        ["2022-01-05"],
        [1.5],
        ("dates of the file itself from 'day'", "1 of 2 dates without a value: not quoted"),
    )
    assert read(path, value="other")[1] == [1.0, 2.0]


@pytest.mark.parametrize(
    "days",
    [
        [date(2022, 1, 5), date(2022, 1, 6)],
        pd.to_datetime(["2022-01-05", "2022-01-06"]).as_unit("ns"),
        pd.to_datetime(["2022-01-05", "2022-01-06"]).tz_localize("Asia/Almaty"),
        ["2022-01-05", "2022-01-06"],
    ],
    ids=["dates", "timestamps", "midnights of a zone", "text"],
)
def test_parquet_with_a_column_of_dates(parquet: Callable[..., Path], days: Any) -> None:
    path = parquet(pd.DataFrame({"date": days, "value": np.array([0.1, 2.5], dtype=np.float64)}))
    assert read(path) == (["2022-01-05", "2022-01-06"], [0.1, 2.5], ())


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2022, 1, 5, 16, 10),
        datetime(2022, 1, 5, 0, 0, 0, 1),
        pd.Timestamp("2022-01-05 00:00:00.000000001"),
        datetime(2022, 1, 5, 6, 10, tzinfo=UTC),
        datetime(2022, 1, 5, 3, tzinfo=timezone(timedelta(hours=6))),
    ],
)
def test_a_time_of_day_in_parquet_is_refused(parquet: Callable[..., Path], moment: datetime) -> None:
    path = parquet(pd.DataFrame({"date": [moment], "value": [1.5]}))
    with pytest.raises(mi.DataError, match=r"a\.parquet, row 2, column 'date': holds a time of day"):
        read(path)


@pytest.mark.parametrize(
    ("cell", "words"),
    [("1.5*", r"received '1\.5\*'"), (True, "received 'TRUE'"), (float("inf"), "is not finite")],
)
def test_a_bad_cell_of_parquet_is_named(parquet: Callable[..., Path], cell: object, words: str) -> None:
    path = parquet(pd.DataFrame({"date": ["2022-01-05"], "value": [cell]}))
    with pytest.raises(mi.DataError, match=rf"a\.parquet, row 2, column 'value': .*{words}"):
        read(path)


def test_decimals_and_whole_numbers_of_parquet(parquet: Callable[..., Path]) -> None:
    path = parquet(pd.DataFrame({"date": ["2022-01-05"], "exact": [Decimal("4.530")], "whole": [4]}))
    assert read(path, value="exact")[1] == [4.53]
    assert read(path, value="whole")[1] == [4.0]


def test_a_word_that_a_small_file_repeats_stands_in_memory_once(parquet: Callable[..., Path]) -> None:
    """Parquet holds a word once and counts its cells: a kilobyte may ask for any number of gigabytes."""
    word = " " + "x" * 200_000
    path = parquet(
        pd.DataFrame({"date": "2022-01-05", "word": [word] * 1000, "bytes": [word.encode()] * 1000})
    )
    content = path.read_bytes()
    assert len(content) < 100_000
    cells = workbooks.read_parquet(content, path.name)[1:]
    assert cells[0][1][1] == word.strip()
    for j in (1, 2):
        assert len({id(row[j]) for _, row in workbooks.as_text(cells, decimal=".")}) == 1


def test_a_missing_word_of_parquet_stays_missing(parquet: Callable[..., Path]) -> None:
    days = ["2022-01-04", "2022-01-05", "2022-01-06"]
    found = read(parquet(pd.DataFrame({"date": days, "value": ["1.5", None, "1.7"]})))
    assert found[:2] == ([days[0], days[2]], [1.5, 1.7])
    assert found[2] == ("1 of 3 dates without a value: not quoted",)


def test_a_parquet_file_that_unpacks_to_too_much_is_not_unpacked(parquet: Callable[..., Path]) -> None:
    path = parquet(pd.DataFrame({"word": ["x" * 200_000] * 1000}), use_dictionary=False, compression="zstd")
    assert path.stat().st_size < 100_000
    with pytest.raises(mi.InputError, match=r"the file is too large; .*it unpacks to at most 128 MiB"):
        read(path)


def test_a_parquet_file_of_too_many_cells_is_refused_before_it_is_read(
    parquet: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million equal cells take a few bytes: their number stands in the file's own description."""
    path = parquet(pd.DataFrame({"date": ["2022-01-05"] * 1_000, "value": 1.0}))
    monkeypatch.setattr(workbooks, "MAX_CELLS", 1_999)
    with pytest.raises(mi.InputError, match=r"the file is too large; .*at most 1999 cells"):
        read(path)


# Without the packages


@pytest.mark.parametrize(
    ("package", "extra", "content"),
    [
        ("openpyxl", "excel", b"PK\x03\x04"),
        ("defusedxml", "excel", b"PK\x03\x04"),
        ("pyarrow", "parquet", b"PAR1"),
    ],
)
def test_a_missing_package_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, extra: str, content: bytes
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    monkeypatch.setitem(sys.modules, package, None)
    words = rf"need the package {package}; received 'a\.bin'; allowed: pip install 'marketimpact\[{extra}\]'"
    with pytest.raises(mi.MissingExtraError, match=words):
        read(path)


def test_a_csv_needs_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("openpyxl", "defusedxml", "pyarrow"):
        monkeypatch.setitem(sys.modules, package, None)
    path = tmp_path / "a.csv"
    path.write_text("date,value\n2022-01-05,1.5\n", encoding="utf-8")
    quotes = mi.read_prices(path, RATE).quotes_of("rate")
    assert quotes.levels.tolist() == [1.5]


def test_the_hash_is_of_the_file(book: Callable[..., Path]) -> None:
    path = book([["date", "value"], [date(2022, 1, 5), 1.5]])
    assert path.read_bytes().startswith(b"PK")
    said = mi.read_prices(path, RATE).quotes_of("rate").provenance
    assert (said.file, said.last_date) == ("a.xlsx", "2022-01-05")
    assert said.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
