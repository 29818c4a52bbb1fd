"""Delimited text, read with errors that name file, row and cell.

Rows are counted as a spreadsheet shows them: the header is row 1.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import DataError, InputError

__all__ = [
    "MISSING",
    "MONTHS",
    "Record",
    "Table",
    "about_delimiter",
    "decode",
    "iso_date",
    "parse_table",
    "read_bytes",
    "read_table",
    "split_records",
    "tabulate",
]

Record = tuple[int, list[str]]
"""The number of a row in its file, and its cells."""

MISSING = frozenset({"", "NA", "N/A", "NaN", "nan"})
"""Cells that say "no value"."""

MARKED_ENCODINGS = {
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}
"""Encodings that a file begins by naming; the mark of the first begins with that of the second."""

OTHER_DELIMITERS = (";", "\t", "|", ",")
"""Delimiters that files have, the likeliest first."""

MAX_BYTES = 256 * 1024 * 1024

_SHORT = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
MONTHS = {name: number for names in (_SHORT, _LONG) for number, name in enumerate(names, start=1)} | {
    "sept": 9
}
"""English months, short and long, by number: ``strptime`` takes the names of the machine's own language."""

ABOUT_MARKS = "; of prices layout=Layout(decimal=',', thousands='.') says other marks"
"""What an error of a cell that is no number says of how to read it."""

PROBES = (datetime(2021, 11, 23, tzinfo=UTC), datetime(1998, 2, 14, tzinfo=UTC))
"""Dates that differ in every part: a form of a date that gives both back tells the whole date."""


@dataclass(frozen=True)
class Table:
    """The cells of a delimited file, as text.

    Parameters
    ----------
    name : str
        Name of the file, for errors.
    columns : mapping of str to tuple of str
        Cells by column, stripped of surrounding blanks.
    rows : tuple of int
        Row number of each record in the file; the header is row 1.
    calendar : frozenset of str
        Columns whose cells are dates of the file itself, not text (a workbook, Parquet): they stand here as ISO.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    rows: tuple[int, ...]
    calendar: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.rows)

    def texts(self, column: str) -> tuple[str, ...]:
        """Give the cells of a column.

        Raises
        ------
        DataError
            If the file has no such column.
        """
        try:
            return self.columns[column]
        except KeyError:
            raise DataError(
                f"{self.name} has no column {column!r}",
                parameter="column",
                received=column,
                allowed="one of " + ", ".join(map(repr, self.columns)) + about_delimiter(self.columns),
            ) from None

    def numbers(
        self,
        column: str,
        *,
        decimal: str = ".",
        thousands: str | None = None,
        missing: Collection[str] = MISSING,
    ) -> NDArray[np.float64]:
        """Read a column as finite numbers, NaN where the cell says "no value".

        Parameters
        ----------
        column : str
            Name of the column.
        decimal : str
            Decimal mark.
        thousands : str, optional
            Mark between groups of three digits; none when not given: 1,234 is then no number.
        missing : collection of str
            Cells that say "no value".

        Returns
        -------
        ndarray, shape (n,)

        Raises
        ------
        DataError
            If a cell is text or infinite; the message names file, row and cell.

        Examples
        --------
        >>> Table("a.csv", {"x": ("1.234,5", "")}, (2, 3)).numbers("x", decimal=",", thousands=".").tolist()
        [1234.5, nan]
        """
        values = np.full(len(self), np.nan)
        for i, cell in enumerate(self.texts(column)):
            if cell in missing:
                continue
            try:
                values[i] = _number(cell, decimal, thousands)
            except ValueError:
                mark = "" if decimal == "." else f" with the decimal mark {decimal!r}"
                raise self.cell_error(
                    i,
                    column,
                    "is not a number",
                    f"a number{mark}, or an empty cell{_about_percent(cell) or ABOUT_MARKS}",
                ) from None
            if not math.isfinite(values[i]):
                raise self.cell_error(i, column, "is not finite", "a finite number, or an empty cell")
        return values

    def dates(self, column: str, *, date_format: str | None = None) -> NDArray[np.datetime64]:
        """Read a column as dates.

        Parameters
        ----------
        column : str
            Name of the column.
        date_format : str, optional
            A ``strptime`` format; ISO (2022-01-05) when not given. Never guessed.

        Returns
        -------
        ndarray of datetime64[D], shape (n,)

        Raises
        ------
        InputError
            If ``date_format`` tells no whole date: without a year, say, it would be guessed.
        DataError
            If a cell is not such a date; the message names file, row and cell.
        """
        _check_form(date_format)
        days = np.empty(len(self), dtype="datetime64[D]")
        for i, cell in enumerate(self.texts(column)):
            try:
                day = _day(cell, date_format)
            except ValueError:
                form = "ISO, like 2022-01-05" if date_format is None else date_format
                raise self.cell_error(
                    i, column, "is not a date", f"a date in the form {form}; set date_format for another"
                ) from None
            days[i] = np.datetime64(day, "D")
        return days

    def subset(self, keep: Sequence[int]) -> Table:
        """Give the table of some records, by their places from 0, in the order asked for.

        Examples
        --------
        >>> Table("a.csv", {"x": ("1", "2")}, (2, 3)).subset([1]).rows
        (3,)
        """
        cells = {column: tuple(texts[i] for i in keep) for column, texts in self.columns.items()}
        return Table(self.name, cells, tuple(self.rows[i] for i in keep), self.calendar)

    def cell_error(self, i: int, column: str, what: str, allowed: str) -> DataError:
        """Make the error of a cell: it names file, row, column and cell.

        Examples
        --------
        >>> Table("a.csv", {"x": ("1*",)}, (2,)).cell_error(0, "x", "is not a number", "a number").message
        "a.csv, row 2, column 'x': is not a number"
        """
        cell = self.columns[column][i]
        return DataError(
            f"{self.name}, row {self.rows[i]}, column {column!r}: {what}",
            parameter=column,
            received=cell,
            allowed=allowed,
        )


def _number(cell: str, decimal: str, thousands: str | None = None) -> float:
    """Read a number; groups of digits that are not declared, and a mark that is neither, are not guessed at."""
    if thousands is not None and thousands in cell:
        mark, point = re.escape(thousands), re.escape(decimal)
        if not re.fullmatch(rf"[+-]?[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+(?:{point}[0-9]*)?", cell):
            raise ValueError(cell)
        cell = cell.replace(thousands, "")
    if "_" in cell or (decimal != "." and "." in cell):
        raise ValueError(cell)
    return float(cell.replace(decimal, "."))


def about_delimiter(columns: Collection[str]) -> str:
    """Say what to do with a header that stayed in one piece; nothing where it did not.

    Examples
    --------
    >>> about_delimiter(["date;value"]), about_delimiter(["date", "value"])
    ("; is ';' the delimiter? delimiter=';'; in read_prices layout=Layout(delimiter=';')", '')
    """
    mark = next(
        (mark for mark in OTHER_DELIMITERS if len(columns) == 1 and mark in next(iter(columns))), None
    )
    return "" if mark is None else f"; is {mark!r} the delimiter? {_setting('delimiter', mark)}"


def _setting(name: str, value: str) -> str:
    return f"{name}={value!r}; in read_prices layout=Layout({name}={value!r})"


def _about_percent(cell: str) -> str:
    """Say what to do with a cell that carries its unit: 4.53% and 0.0453 are one yield, and neither is guessed."""
    if "%" not in cell:
        return ""
    return (
        "; strip the sign, and declare the unit: yield_unit='percent' of a bond, unit='percent' of a factor"
    )


def iso_date(text: str) -> date:
    """Read a date in the form 2022-01-05, and in no other of ISO 8601: "2022-W01" is a week, and no Monday.

    Raises
    ------
    ValueError
        If it is not such a date.

    Examples
    --------
    >>> iso_date("2022-01-05")
    datetime.date(2022, 1, 5)
    """
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _day(cell: str, date_format: str | None) -> date:
    if date_format is None:
        return iso_date(cell)
    form = _without_names(date_format)
    if form != date_format:
        cell = re.sub("[A-Za-z]{3,}", _month_number, cell)
    return datetime.strptime(cell, form).date()


def _without_names(date_format: str) -> str:
    """Put the month's number, between marks, where a form has its name."""
    return re.sub("%[bB]", "|%m|", date_format)


def _month_number(found: re.Match[str]) -> str:
    """Write an English month as its number, between marks that keep it apart from the digits beside it."""
    number = MONTHS.get(found[0].lower())
    return found[0] if number is None else f"|{number}|"


def _check_form(date_format: str | None) -> None:
    """Refuse a form of dates that is none, or that leaves a part of the date to be guessed."""
    if date_format is None or all(_gives_back(probe, _without_names(date_format)) for probe in PROBES):
        return
    raise InputError(
        "tells no whole date",
        parameter="date_format",
        received=date_format,
        allowed="a strptime format of day, month and year, each once, like '%d.%m.%Y'",
    )


def _gives_back(probe: datetime, date_format: str) -> bool:
    try:
        return datetime.strptime(probe.strftime(date_format), date_format).date() == probe.date()
    except (ValueError, re.error):  # re.error: a part of the date stands twice
        return False


def read_bytes(path: str | Path) -> bytes:
    """Read a whole file.

    Raises
    ------
    InputError
        If the file is absent, unreadable or larger than 256 MiB.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("the file is too large", parameter="path", received=path.name, allowed="256 MiB")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError(
            f"cannot be read ({reason})", parameter="path", received=str(path), allowed="a readable file"
        ) from error


def decode(content: bytes, name: str, encoding: str) -> str:
    """Read the bytes of a file as text.

    Parameters
    ----------
    content : bytes
    name : str
        Name of the file, for errors.
    encoding : str
        Encoding of the text.

    Returns
    -------
    str

    Raises
    ------
    DataError
        If there is no such encoding, or the bytes are not text in it.

    Examples
    --------
    >>> decode(b"\\xef\\xbb\\xbfdate,value", "rates.csv", "utf-8-sig")
    'date,value'
    """
    try:
        return content.decode(encoding)
    except (LookupError, ValueError) as error:  # not known; no codec of text, or not the file's
        forms = (form for form, marks in MARKED_ENCODINGS.items() if content.startswith(marks))
        marked = next(forms, "cp1251")
        raise DataError(
            f"{name} is not text in {encoding}: {error}",
            parameter="encoding",
            allowed=f"the file's encoding, like {marked!r}: {_setting('encoding', marked)}",
        ) from error


def read_table(path: str | Path, *, delimiter: str = ",", encoding: str = "utf-8-sig") -> Table:
    """Read a delimited file with one header row.

    Parameters
    ----------
    path : str or Path
        The file.
    delimiter : str
        One character between cells.
    encoding : str
        Encoding of the text.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        If the file cannot be read.
    DataError
        If it is empty, has no rows, repeats a column, or a row has too many or too few cells.
    """
    path = Path(path)
    return parse_table(read_bytes(path), path.name, delimiter=delimiter, encoding=encoding)


def parse_table(content: bytes, name: str, *, delimiter: str = ",", encoding: str = "utf-8-sig") -> Table:
    """Parse the bytes of a delimited file; see `read_table`."""
    return tabulate(split_records(decode(content, name, encoding), name, delimiter=delimiter), name)


def split_records(text: str, name: str, *, delimiter: str = ",") -> list[Record]:
    """Split text into rows of cells, stripped of surrounding blanks; rows without a cell are left away.

    Parameters
    ----------
    text : str
    name : str
        Name of the file, for errors.
    delimiter : str
        One character between cells.

    Returns
    -------
    list of (int, list of str)

    Raises
    ------
    InputError
        If the delimiter is not one character.
    DataError
        If it is not delimited text.

    Examples
    --------
    >>> split_records("a; b\\n\\n1;2\\n", "x.csv", delimiter=";")
    [(1, ['a', 'b']), (3, ['1', '2'])]
    """
    if not isinstance(delimiter, str) or len(delimiter) != 1:
        raise InputError(
            "is not a delimiter", parameter="delimiter", received=delimiter, allowed="one character, like ';'"
        )
    try:
        return [
            (number, [cell.strip() for cell in record])
            for number, record in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1)
            if any(cell.strip() for cell in record)
        ]
    except csv.Error as error:
        raise DataError(
            f"{name} is not delimited text: {error}",
            parameter="path",
            received=name,
            allowed="one row a line, ended by a line feed; open it in a spreadsheet program and save it as CSV",
        ) from error


def tabulate(records: Sequence[Record], name: str, *, calendar: Collection[str] = ()) -> Table:
    """Make a table of rows of cells, the first of which is the header.

    Parameters
    ----------
    records : sequence of (int, list of str)
    name : str
        Name of the file, for errors.
    calendar : collection of str
        Columns whose cells were dates, and stand here as ISO.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        If there is no header or no row, a column repeats, or a row has too many or too few cells.

    Examples
    --------
    >>> tabulate([(1, ["a", "b"]), (3, ["1", "2"])], "x.csv").columns
    {'a': ('1',), 'b': ('2',)}
    """
    header = records[0][1] if records else []
    while header and header[-1] == "":  # a trailing delimiter on every line, as in the ECB's file
        header = header[:-1]
    if not header:
        raise DataError(f"{name} is empty", parameter="path", received=name, allowed="a header and rows")
    _check_header(header, name)
    if len(records) == 1:
        raise DataError(f"{name} has a header and no rows", parameter="path", received=name, allowed="rows")
    rows = [(number, _fit_row(record, header, name, number)) for number, record in records[1:]]
    return Table(
        name,
        {column: tuple(cells[j] for _, cells in rows) for j, column in enumerate(header)},
        tuple(number for number, _ in rows),
        frozenset(calendar),
    )


def _check_header(header: Sequence[str], name: str) -> None:
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise DataError(
            f"{name} repeats a column in its header",
            parameter="path",
            received=repeated,
            allowed="unique names",
        )


def _fit_row(cells: list[str], header: Sequence[str], name: str, number: int) -> list[str]:
    width = len(header)
    extra = cells[width:]
    if len(cells) < width or any(extra):
        raise DataError(
            f"{name}, row {number}: {len(cells)} cells under {width} columns",
            parameter="path",
            received=cells,
            allowed=f"{width} cells; check the quotes"
            + (about_delimiter(header) or " and the delimiter (read_prices: layout=Layout(delimiter=...))"),
        )
    return cells[:width]
