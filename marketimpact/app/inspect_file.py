"""The series of a file, loaded and inspected: those of a study file, or the columns of a CSV."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..delimited import MISSING, Table, read_table
from ..errors import DataError, InputError
from ..market.instruments import Factor
from ..market.panel import Panel
from ..market.quality import inspect
from ..market.quality_findings import Findings
from ..sources.files import Layout, read_prices
from .study_file import read_study_file
from .study_keys import blamed
from .study_run import load_series

__all__ = ["FileForm", "findings_of_file", "panel_of_file"]

NUMBERS = 0.5
"""Share of cells that are numbers from which a column is one of numbers with a bad cell, and not of text."""


@dataclass(frozen=True, slots=True)
class FileForm:
    """How a CSV is read, as options say it.

    Parameters
    ----------
    date : str, optional
        Column of the dates; the first whose cells are dates when not given.
    values : tuple of str
        Columns of the values; every column of numbers when empty.
    as_yield : bool
        Whether values are yields in percent, whose moves are differences; else they move in logs.
    calendar : str, optional
        Named calendar of expected sessions; None: Monday to Friday.
    layout : Layout
        Delimiter, decimal mark, form of dates.

    Examples
    --------
    >>> FileForm(values=("10yr",), as_yield=True).layout.delimiter
    ','
    """

    date: str | None = None
    values: tuple[str, ...] = ()
    as_yield: bool = False
    calendar: str | None = None
    layout: Layout = field(default_factory=Layout)


def panel_of_file(path: str | Path, form: FileForm | None = None, *, allow_outside: bool = False) -> Panel:
    """Load the series of a study file (``.toml``) or of a CSV.

    Parameters
    ----------
    path : str or Path
    form : FileForm, optional
        How a CSV is read; a study file says so itself.
    allow_outside : bool
        Whether paths in a study file may leave its folder.

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
    return _load(path, form, allow_outside)[0]


def findings_of_file(
    path: str | Path, form: FileForm | None = None, *, allow_outside: bool = False
) -> Findings:
    """Look for what is wrong or odd in the series of a file; its notes say which columns were not read, and why.

    Parameters
    ----------
    path, form, allow_outside
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
    panel, notes = _load(path, form, allow_outside)
    findings = inspect(panel)
    return replace(findings, notes=(*notes, *findings.notes))


def _load(path: str | Path, form: FileForm | None, allow_outside: bool) -> tuple[Panel, tuple[str, ...]]:
    """Load the series, with notes of the columns that were not read."""
    if Path(path).suffix.lower() == ".toml":
        return _panel_of_study(path, form, allow_outside), ()
    form = form or FileForm()
    table = read_table(path, delimiter=form.layout.delimiter, encoding=form.layout.encoding)
    day = form.date or _date_column(table, form.layout)
    values, notes = (form.values, ()) if form.values else _number_columns(table, day, form.layout)
    _check_columns(table, (day,), "--date")
    _check_columns(table, values, "--value")
    unit = {"move": "difference", "unit": "percent"} if form.as_yield else {"move": "log"}
    if not form.as_yield:
        _check_positive(table, values, form.layout)
    factors = {value: Factor(value, calendar=form.calendar, **unit) for value in values}  # type: ignore[arg-type]
    return read_prices(path, factors, date=day, layout=form.layout), notes


def _panel_of_study(path: str | Path, form: FileForm | None, allow_outside: bool) -> Panel:
    if form not in (None, FileForm()):
        raise InputError(
            "a study file says itself how its series are read",
            parameter=str(path),
            allowed="no option for columns, yields, calendar or form; these belong to a CSV",
        )
    study = read_study_file(path, allow_outside=allow_outside)
    panels = [load_series(table) for table in study.series]
    with blamed(f"{study.name}: series"):
        return panels[0].join(*panels[1:])


def _date_column(table: Table, layout: Layout) -> str:
    """Find the first column whose cells are all dates."""
    for column in table.columns:
        try:
            table.dates(column, date_format=layout.date_format)
        except DataError:
            continue
        return column
    form = "ISO dates, like 2022-01-05" if layout.date_format is None else f"dates like {layout.date_format}"
    raise DataError(
        f"{table.name} has no column of {form}",
        parameter="--date",
        received=list(table.columns),
        allowed="--date COLUMN, and --date-format for another form ('%d.%m.%Y')",
    )


def _number_columns(table: Table, day: str, layout: Layout) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find every column, that of the dates aside, whose cells are numbers or say "no value", and notes of others.

    Notes name the columns of numbers that are left out: for a bad cell, or for want of a name. Where no other is
    left, the bad cell is an error.
    """
    found: list[str] = []
    notes: list[str] = []
    refused: list[DataError] = []
    for column in table.columns:
        if column == day or all(cell in MISSING for cell in table.texts(column)):
            continue
        try:
            table.numbers(column, decimal=layout.decimal)
        except DataError as error:
            if _mostly_numbers(table, column, layout):
                refused.append(error)
                notes.append(_bad_cell(table, column, str(error.received)))
            continue
        if column:
            found.append(column)
        else:
            notes.append("a column without a name is not read: an index, as a rule; name it to have it read")
    if not found:
        raise refused[0] if refused else _no_numbers(table, day)
    return tuple(found), tuple(notes)


def _mostly_numbers(table: Table, column: str, layout: Layout) -> bool:
    """Tell whether a column that is not read holds numbers in most of its cells."""
    cells = [cell for cell in table.texts(column) if cell not in MISSING]
    good = {cell for cell in set(cells) if _is_number(cell, layout)}
    return sum(cell in good for cell in cells) > NUMBERS * len(cells)


def _is_number(cell: str, layout: Layout) -> bool:
    try:
        Table("", {"": (cell,)}, (1,)).numbers("", decimal=layout.decimal)
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


def _check_positive(table: Table, values: tuple[str, ...], layout: Layout) -> None:
    """Refuse a level that has no logarithm, and say which option it asks for."""
    for column in values:
        numbers = table.numbers(column, decimal=layout.decimal)
        bad = np.flatnonzero(numbers <= 0.0)
        if len(bad):
            raise InputError(
                f"{table.name}, row {table.rows[bad[0]]}: a price or rate of exchange that is not positive",
                parameter=column,
                received=float(numbers[bad[0]]),
                allowed="values above zero; --yield for yields in percent; --value COLUMN for the columns to read",
            )
