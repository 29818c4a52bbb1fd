"""The series of a file, loaded and inspected: those of a study file, or the columns of a table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..delimited import Table, about_delimiter, read_bytes
from ..errors import DataError, InputError
from ..market.instruments import Factor
from ..market.panel import Panel
from ..market.quality import inspect
from ..market.quality_findings import Findings
from ..sources.date_forms import mostly_dates, read_dates
from ..sources.files import Layout, read_prices
from ..sources.layouts import PLAIN
from ..sources.recognise import Reading, recognise
from ..sources.series import numbers_of
from .layout_words import as_option, layout_said
from .study_file import read_study_file
from .study_keys import blamed
from .study_run import load_series

__all__ = ["FileForm", "findings_of_file", "panel_of_file"]

NO_VALUES = ("ISIN", "Days Until", "TIME PERIOD")
"""Columns of known layouts that are no series, though their cells may be numbers."""

NUMBERS = 0.5
"""Share of cells that are numbers from which a column is one of numbers with a bad cell, and not of text."""


@dataclass(frozen=True, slots=True)
class FileForm:
    """How a table is read, as options say it; a known layout is recognised.

    Parameters
    ----------
    date : str, optional
        Column of the dates; when not given the known layout's, else the first whose cells are dates.
    values : tuple of str
        Columns of the values; when empty the known layout's, else every column of numbers.
    as_yield : bool
        Whether values are yields in percent, whose moves are differences; else they move in logs.
    calendar : str, optional
        Named calendar of expected sessions; None: Monday to Friday.
    layout : Layout
        What the user says of the file.

    Examples
    --------
    >>> FileForm(values=("10yr",), as_yield=True).layout
    Layout(delimiter=None, decimal=None, date_format=None, encoding=None, name=None, thousands=None, missing=(), skip=0,
    sheet=None, only=None)
    """

    date: str | None = None
    values: tuple[str, ...] = ()
    as_yield: bool = False
    calendar: str | None = None
    layout: Layout = field(default_factory=Layout)


def panel_of_file(
    path: str | Path, form: FileForm | None = None, *, allow_outside: bool = False, offline: bool = False
) -> Panel:
    """Load the series of a study file (``.toml``) or of a table: CSV, a workbook, Parquet.

    Parameters
    ----------
    path : str or Path
    form : FileForm, optional
        How a table is read; a study file says so itself.
    allow_outside : bool
        Whether paths in a study file may leave its folder.
    offline : bool
        Never touch the network: what the cache does not hold of a study file's sources is an error.

    Returns
    -------
    Panel

    Raises
    ------
    InputError, DataError
        If the file, a column, a cell or an option is refused.
    SourceError
        If a source that a study file names does not answer as expected.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rates.csv"
    ...     _ = path.write_text("name,day,rate\\nKZT,2022-01-04,431.8\\nKZT,2022-01-05,431.81\\n")
    ...     panel_of_file(path).ids
    ('rate',)
    """
    return _load(path, form, allow_outside, offline)[0]


def findings_of_file(
    path: str | Path, form: FileForm | None = None, *, allow_outside: bool = False, offline: bool = False
) -> Findings:
    """Look for what is wrong or odd in the series of a file; its notes say which columns were not read, and why.

    Parameters
    ----------
    path, form, allow_outside, offline
        As in `panel_of_file`, which also says what is raised.

    Returns
    -------
    Findings

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rates.csv"
    ...     _ = path.write_text("day,x,y\\n2022-01-04,1,1\\n2022-01-05,2,2\\n2022-01-06,2,#N/A\\n")
    ...     print(findings_of_file(path))
    x: 3 quotes, 2022-01-04 to 2022-01-06: nothing found
    note: column 'y' is not read: row 4 holds '#N/A'; empty the cell to have the column read
    """
    panel, notes = _load(path, form, allow_outside, offline)
    findings = inspect(panel)
    return replace(findings, notes=(*notes, *findings.notes))


def _load(
    path: str | Path, form: FileForm | None, allow_outside: bool, offline: bool
) -> tuple[Panel, tuple[str, ...]]:
    """Load the series, with notes of the columns that were not read."""
    if Path(path).suffix.lower() == ".toml":
        return _panel_of_study(path, form, allow_outside, offline), ()
    form = form or FileForm()
    with layout_said(as_option):
        reading = recognise(read_bytes(path), Path(path).name, form.layout)
        day = form.date or _date_column(reading)
        values, notes = (form.values, ()) if form.values else _value_columns(reading, day)
        _check_columns(reading.table, (day,), "--date")
        _check_columns(reading.table, values, "--value")
        unit = {"move": "difference", "unit": "percent"} if form.as_yield else {"move": "log"}
        if not form.as_yield:
            _check_positive(reading, values)
        factors = {value: Factor(value, calendar=form.calendar, **unit) for value in values}  # type: ignore[arg-type]
        asked = form.date if reading.known is not PLAIN else day
        return read_prices(path, factors, date=asked, layout=form.layout), notes


def _panel_of_study(path: str | Path, form: FileForm | None, allow_outside: bool, offline: bool) -> Panel:
    if form not in (None, FileForm()):
        raise InputError(
            "a study file says itself how its series are read",
            parameter=str(path),
            allowed="no option for columns, yields, calendar or form; these belong to a CSV",
        )
    study = read_study_file(path, allow_outside=allow_outside)
    panels = [load_series(table, offline=offline) for table in study.series]
    with blamed(f"{study.name}: series"):
        return panels[0].join(*panels[1:])


def _date_column(reading: Reading) -> str:
    """Give the layout's column of dates; in the plain form the first whose cells are all dates of one form.

    Where there is none, what is wrong with the first column that holds dates in most of its cells is the error.
    """
    table, form = reading.table, reading.layout.date_format
    if reading.known is not PLAIN:
        return next(column for column in reading.known.date if column in table.columns)
    refused: list[DataError] = []
    for column in table.columns:
        try:
            read_dates(table, column, date_format=form)
        except DataError as error:
            if form is None and mostly_dates(table.texts(column)):
                refused.append(error)
            continue
        return column
    if refused:
        raise refused[0]
    words = "dates, like 2022-01-05" if form is None else f"dates like {form}"
    raise DataError(
        f"{table.name} has no column of {words}",
        parameter="--date",
        received=list(table.columns),
        allowed="--date COLUMN, and --date-format for another form ('%d.%m.%Y')"
        + about_delimiter(table.columns),
    )


def _value_columns(reading: Reading, day: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the layout's column of values; without one every column of numbers, and notes of others."""
    usual = [column for column in reading.known.value if column in reading.table.columns]
    if usual and reading.known is not PLAIN:
        return (usual[0],), ()
    return _number_columns(reading, {day, *NO_VALUES} if reading.known is not PLAIN else {day})


def _number_columns(reading: Reading, apart: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find every column, some apart, whose cells are numbers or say "no value", and notes of others.

    Notes name the columns of numbers that are left out: for a bad cell, or for want of a name. Where no other is
    left, the bad cell is an error.
    """
    table = reading.table
    found: list[str] = []
    notes: list[str] = []
    refused: list[DataError] = []
    for column in table.columns:
        if column in apart or all(cell in reading.missing for cell in table.texts(column)):
            continue
        try:
            numbers_of(reading, table, column)
        except DataError as error:
            if _mostly_numbers(reading, column):
                refused.append(error)
                notes.append(_bad_cell(table, column, str(error.received)))
            continue
        if column:
            found.append(column)
        else:
            notes.append("a column without a name is not read: an index, as a rule; name it to have it read")
    if not found:
        raise refused[0] if refused else _no_numbers(table, sorted(apart & {*table.columns})[0])
    return tuple(found), tuple(notes)


def _mostly_numbers(reading: Reading, column: str) -> bool:
    """Tell whether a column that is not read holds numbers in most of its cells."""
    cells = [cell for cell in reading.table.texts(column) if cell not in reading.missing]
    good = {cell for cell in set(cells) if _is_number(cell, reading.layout)}
    return sum(cell in good for cell in cells) > NUMBERS * len(cells)


def _is_number(cell: str, layout: Layout) -> bool:
    try:
        Table("", {"": (cell,)}, (1,)).numbers(
            "", decimal=layout.decimal or ".", thousands=layout.thousands, missing=()
        )
    except DataError:
        return False
    return True


def _bad_cell(table: Table, column: str, cell: str) -> str:
    row = table.rows[table.texts(column).index(cell)]
    return f"column {column!r} is not read: row {row} holds {cell!r}; empty the cell to have the column read"


def _no_numbers(table: Table, day: str) -> DataError:
    return DataError(
        f"{table.name} has no column of numbers beside {day!r}",
        parameter="--value",
        received=list(table.columns),
        allowed="--value COLUMN, and --decimal for another decimal mark; a column without a name is not read",
    )


def _check_columns(table: Table, columns: tuple[str, ...], option: str) -> None:
    for column in columns:
        if column not in table.columns:
            raise DataError(
                f"{table.name} has no such column",
                parameter=option,
                received=column,
                allowed=", ".join(map(repr, table.columns)),
            )


def _check_positive(reading: Reading, values: tuple[str, ...]) -> None:
    """Refuse a level that has no logarithm, and say which option it asks for."""
    table = reading.table
    for column in values:
        numbers = numbers_of(reading, table, column)
        bad = np.flatnonzero(numbers <= 0.0)
        if len(bad):
            raise InputError(
                f"{table.name}, row {table.rows[bad[0]]}: a price or rate of exchange that is not positive",
                parameter=column,
                received=float(numbers[bad[0]]),
                allowed="values above zero; --yield for yields in percent; --value COLUMN for the columns to read",
            )
