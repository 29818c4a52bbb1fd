"""Workbooks and Parquet files as rows of cells, within limits that are checked before anything is unpacked."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

from ..delimited import Record
from ..errors import DataError, InputError, MissingExtraError

__all__ = [
    "Cells",
    "Percent",
    "as_text",
    "calendar_columns",
    "percent_columns",
    "read_parquet",
    "read_workbook",
]

Cells = tuple[int, list[object]]
"""The number of a row, and its cells as the file holds them: text, numbers, dates, None."""

BROKEN = (
    zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, AttributeError, SyntaxError, RuntimeError,
    ArithmeticError, EOFError, OSError,
)  # fmt: skip
"""What the packages raise for damaged files; our own errors are none of these."""

MAX_UNPACKED = 128 * 1024 * 1024
"""Bytes that a workbook or a Parquet file may unpack to."""

MAX_CELLS = 10_000_000
"""Cells of a workbook or a Parquet file; a cell far to the right counts with the empty ones before it."""

MAX_ROWS = 1_048_576
"""Rows of a sheet: more than that no workbook has."""

FORMULA = rb"<(?:[a-z]+:)?f[ />]"
PERCENTAGE = rb"""formatCode=["'][^"']*%|numFmtId=["'](?:9|10)["']"""
"""What the parts of a workbook hold where a cell is a formula, or may be shown as a percentage."""

WORDS = re.compile(r'"[^"]*"|\\.')
"""Text in the format of a number, which it does not scale: ``0.00"%"`` shows 4.53 as 4.53%."""


class Percent(float):
    """A number that its sheet shows as a percentage: 0.0453 as 4.53 %."""


def read_workbook(content: bytes, name: str, *, sheet: str | None = None) -> list[Cells]:
    """Read one sheet of an Excel workbook; formulas give the values that were stored with them.

    Parameters
    ----------
    content : bytes
    name : str
        Name of the file, for errors.
    sheet : str, optional
        Name of the sheet; the only one that is not empty when not given.

    Returns
    -------
    list of (int, list)
        Rows that hold anything, by their numbers in the sheet.

    Raises
    ------
    MissingExtraError
        If openpyxl, or defusedxml, is not installed.
    InputError
        If it unpacks to more than 128 MiB or ten million cells, or there is no such sheet.
    DataError
        If it is no workbook, several sheets hold something and none is named, or a formula has no stored value.
    """
    _need(("openpyxl", "defusedxml"), "excel", "workbooks", name)
    _check_unpacked(content, name)
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", UserWarning
            )  # of styles and validations, which nothing here reads
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            title = _sheet(book, name, sheet)
            cells = list(_rows(book[title], name))
            if _holds(content, "xl/styles.xml", PERCENTAGE):
                _mark_percents(cells, book[title])
            if _holds(content, "xl/worksheets/", FORMULA):
                formulas = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
                _check_formulas(cells, formulas[title], name)
        return _of_one_width(cells, name)
    except BROKEN as error:
        raise DataError(
            f"{name} cannot be read as a workbook: {_first_line(error)}",
            parameter="path",
            received=name,
            allowed="a workbook (.xlsx); open it in a spreadsheet program and save it as such, or as CSV",
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _need(packages: Sequence[str], extra: str, what: str, name: str) -> None:
    for package in packages:
        if find_spec(package) is None:
            raise MissingExtraError(
                f"{what} need the package {package}",
                parameter="path",
                received=name,
                allowed=f"pip install 'marketimpact[{extra}]', or the table as CSV",
            )


def _check_unpacked(content: bytes, name: str) -> None:
    """Refuse what is no workbook, or unpacks to too much: a zip gives no more than it says it holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
    except BROKEN as error:
        raise DataError(f"{name} is a damaged workbook: {error}", parameter="path", received=name) from error
    if "xl/workbook.xml" not in {member.filename for member in members}:
        raise DataError(
            f"{name} is a zip, and no workbook (.xlsx)",
            parameter="path",
            received=name,
            allowed="a workbook, or the file inside the zip, unpacked",
        )
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise _too_large(name, f"it unpacks to at most {MAX_UNPACKED // 1024**2} MiB")


def _too_large(name: str, allowed: str) -> InputError:
    return InputError("the file is too large", parameter="path", received=name, allowed=allowed)


def _sheet(book: Any, name: str, wanted: str | None) -> str:
    """Find the sheet to read."""
    titles: list[str] = [sheet.title for sheet in book.worksheets]
    if wanted is not None:
        if wanted not in titles:
            raise InputError(
                f"{name} has no such sheet",
                parameter="sheet",
                received=wanted,
                allowed=", ".join(map(repr, titles)),
            )
        return wanted
    full: list[str] = [sheet.title for sheet in book.worksheets if next(_rows(sheet, name), None) is not None]
    if len(full) > 1:
        raise DataError(
            f"{name} has several sheets",
            parameter="sheet",
            received=full,
            allowed=f"one of them by name: layout=Layout(sheet={full[0]!r})",
        )
    return full[0] if full else titles[0]


def _rows(sheet: Any, name: str) -> Iterator[Cells]:
    sheet.reset_dimensions()  # what the sheet says of its own size is not believed
    seen = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        seen += len(row)
        if seen > MAX_CELLS or number > MAX_ROWS:
            raise _too_large(name, f"at most {MAX_CELLS} cells in {MAX_ROWS} rows")
        cells = list(row)
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            yield number, cells


def _of_one_width(cells: list[Cells], name: str) -> list[Cells]:
    width = max((len(row) for _, row in cells), default=0)
    if width * len(cells) > MAX_CELLS:
        raise _too_large(name, f"at most {MAX_CELLS} cells, empty ones among them")
    return [(number, row + [None] * (width - len(row))) for number, row in cells]


def _holds(content: bytes, part: str, pattern: bytes) -> bool:
    """Tell whether any part of a workbook whose name begins so holds a pattern."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = [member for member in packed.namelist() if member.startswith(part)]
        return any(re.search(pattern, packed.read(member)) for member in parts)


def _mark_percents(cells: Sequence[Cells], sheet: Any) -> None:
    """Mark the numbers that are shown as percentages, in place."""
    rows = dict(cells)
    for number, row in enumerate(sheet.iter_rows(), start=1):
        for j, cell in enumerate(row):
            if type(cell.value) in (int, float) and "%" in WORDS.sub("", cell.number_format):
                rows[number][j] = Percent(cell.value)


def _check_formulas(cells: Sequence[Cells], sheet: Any, name: str) -> None:
    """Refuse a formula whose value was never stored: read as an empty cell it would vanish."""
    rows = dict(cells)
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(), start=1):
        for j, cell in enumerate(row):
            if cell.data_type != "f":
                continue
            stored = rows.get(number, [])
            if j >= len(stored) or stored[j] is None:
                raise DataError(
                    f"{name}, row {number}: cell {cell.coordinate} holds a formula without a stored value",
                    parameter="path",
                    received=str(cell.value),
                    allowed="a workbook that was calculated: open it in a spreadsheet program and save it",
                )


def read_parquet(content: bytes, name: str) -> list[Cells]:
    """Read a Parquet file; the names of its columns are the first row, as in a sheet.

    Parameters
    ----------
    content : bytes
    name : str
        Name of the file, for errors.

    Returns
    -------
    list of (int, list)

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    InputError
        If it holds more than ten million cells, or unpacks to more than 128 MiB.
    DataError
        If it is no Parquet file.
    """
    _need(("pyarrow",), "parquet", "Parquet files", name)
    import pyarrow
    import pyarrow.parquet

    try:
        opened = pyarrow.parquet.ParquetFile(io.BytesIO(content))
        _check_parquet(opened.metadata, name)
        flat = [field for field in opened.schema_arrow if not pyarrow.types.is_nested(field.type)]
        words = [
            field.name for field in flat if str(field.type).removeprefix("large_") in ("string", "binary")
        ]
        opened = pyarrow.parquet.ParquetFile(io.BytesIO(content), read_dictionary=words)
        table = opened.read(columns=[field.name for field in flat])
        columns = [_cells_of(column) for column in table.itercolumns()]
    except (pyarrow.ArrowException, *BROKEN) as error:
        raise DataError(
            f"{name} cannot be read as Parquet: {_first_line(error)}",
            parameter="path",
            received=name,
            allowed="a Parquet file",
        ) from error
    header: list[object] = list(table.column_names)
    body = (list(row) for row in zip(*columns, strict=True))
    return [(1, header), *enumerate(body, start=2)]


def _check_parquet(metadata: Any, name: str) -> None:
    if metadata.num_rows * max(metadata.num_columns, 1) > MAX_CELLS:
        raise _too_large(name, f"at most {MAX_CELLS} cells")
    if sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)) > MAX_UNPACKED:
        raise _too_large(name, f"it unpacks to at most {MAX_UNPACKED // 1024**2} MiB")


def _cells_of(column: Any) -> list[object]:
    """Give the cells of a column; a word that many of them repeat stands in memory once, as in the file."""
    cells: list[object] = []
    for chunk in column.chunks:
        if not hasattr(chunk, "dictionary"):
            cells += chunk.to_pylist()
            continue
        words = [
            str(one).strip() if isinstance(one, str | bytes) else one for one in chunk.dictionary.to_pylist()
        ]
        cells += [None if i is None else words[i] for i in chunk.indices.to_pylist()]
    return cells


def as_text(cells: Sequence[Cells], *, decimal: str) -> list[Record]:
    """Write cells as text: numbers in full with a decimal mark, dates as ISO.

    Parameters
    ----------
    cells : sequence of (int, list)
    decimal : str
        Decimal mark, that of the numbers which stand there as text.

    Returns
    -------
    list of (int, list of str)

    Examples
    --------
    >>> as_text([(1, ["day", "x"]), (2, [date(2022, 1, 5), 4.53])], decimal=",")
    [(1, ['day', 'x']), (2, ['2022-01-05', '4,53'])]
    """
    return [(number, [_text(cell, decimal) for cell in row]) for number, row in cells]


def _text(cell: object, decimal: str) -> str:
    if cell is None or cell != cell:  # NaN alone differs from itself
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int | float | Decimal):
        return str(cell).replace(".", decimal)
    if isinstance(cell, datetime):
        return str(cell.date()) if _is_midnight(cell) else cell.isoformat(sep=" ")
    return str(cell).strip()


def _is_midnight(cell: datetime) -> bool:
    return cell.time() == time() and not getattr(cell, "nanosecond", 0)


def calendar_columns(cells: Sequence[Cells]) -> frozenset[str]:
    """Give the columns, under the first row's names, whose cells are all dates and not text.

    Parameters
    ----------
    cells : sequence of (int, list)

    Returns
    -------
    frozenset of str

    Examples
    --------
    >>> sorted(calendar_columns([(1, ["day", "x"]), (2, [date(2022, 1, 5), "2022-01-05"])]))
    ['day']
    """
    header = cells[0][1] if cells else []
    return frozenset(
        _text(title, ".")
        for j, title in enumerate(header)
        if len(cells) > 1 and all(_is_day(row[j]) if j < len(row) else False for _, row in cells[1:])
    )


def percent_columns(cells: Sequence[Cells]) -> frozenset[str]:
    """Give the columns, under the first row's names, of which any cell is shown as a percentage.

    Parameters
    ----------
    cells : sequence of (int, list)

    Returns
    -------
    frozenset of str

    Examples
    --------
    >>> sorted(percent_columns([(1, ["day", "x"]), (2, [date(2022, 1, 5), Percent(0.0453)])]))
    ['x']
    """
    shown = {j for _, row in cells[1:] for j, cell in enumerate(row) if isinstance(cell, Percent)}
    return frozenset(_text(cells[0][1][j], ".") for j in shown if j < len(cells[0][1]))


def _is_day(cell: object) -> bool:
    return _is_midnight(cell) if isinstance(cell, datetime) else isinstance(cell, date)
