"""The form of a column of dates, told by its cells; an order of day and month that they do not tell is an error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ..delimited import MONTHS, Table
from ..errors import DataError

__all__ = ["DateColumn", "mostly_dates", "read_dates"]

ISO = "%Y-%m-%d"

_MONTH = r"(?P<name>[A-Za-z]{3,9})"
_DAY = r"(?P<day>[0-9]{1,2})"
_YEAR = r"(?P<year>[0-9]{4})"

SHAPES = tuple(
    (form, re.compile(pattern))
    for form, pattern in (
        (ISO, r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"),
        (
            f"{ISO} 00:00",  # a date that some program wrote as the midnight it begins with
            r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[ T]00:00(?::00(?:\.0+)?)?"
            r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?",
        ),
        ("%Y%m%d", r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
        ("%Y/%m/%d", r"(?P<year>[0-9]{4})/(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})"),
        ("%Y.%m.%d", r"(?P<year>[0-9]{4})\.(?P<month>[0-9]{1,2})\.(?P<day>[0-9]{1,2})"),
        ("%b %d, %Y", rf"{_MONTH}\.? {_DAY}, ?{_YEAR}"),
        ("%d %b %Y", rf"{_DAY} {_MONTH}\.?,? {_YEAR}"),
        ("%d-%b-%Y", rf"{_DAY}-{_MONTH}-{_YEAR}"),
    )
)
"""Forms that tell day from month by themselves, each with its pattern; %b stands for the whole name too."""

NUMERIC = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
"""Day and month, or month and day, before the year."""

SHORT_YEAR = re.compile(r"[0-9]{1,2}([/.-])[0-9]{1,2}\1[0-9]{2}|[0-9]{1,2}[- ][A-Za-z]{3,9}[- ][0-9]{2}")
CLOCK = re.compile(r".*[0-9][ T][0-9]{1,2}:[0-9]{2}.*")

MOST_ROWS = 3
"""Rows of each form that an error names."""


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A column of dates, and how it was read.

    Parameters
    ----------
    days : ndarray of datetime64[D], shape (n,)
    form : str
        The form, as a ``strptime`` format.
    why : str
        What decided the order of day and month, where that had to be decided; else empty.
    """

    days: NDArray[np.datetime64]
    form: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Cell:
    """One cell: its shape, and the date it is in each form that it may have."""

    shape: str
    readings: dict[str, date]


def read_dates(
    table: Table, column: str, *, date_format: str | None = None, day_first: bool = False
) -> DateColumn:
    """Read a column as dates of one form.

    Parameters
    ----------
    table : Table
    column : str
        Name of the column.
    date_format : str, optional
        The form of the dates, as ``strptime`` takes it, with English months; told by the cells when not given.
    day_first : bool
        Whether a known layout says that the day comes first, where the cells do not tell. Cells that allow the month
        first alone are then refused.

    Returns
    -------
    DateColumn

    Raises
    ------
    DataError
        If a cell is no date; the forms are mixed; rows contradict each other on the order of day and month; or no row
        tells the order: a number above 12 does, and nothing else. The message names rows and cells.

    Examples
    --------
    >>> table = Table("a.csv", {"Date": ("01/12/2022", "01/13/2022")}, (2, 3))
    >>> found = read_dates(table, "Date")
    >>> found.form, found.why, found.days.astype(str).tolist()
    ('%m/%d/%Y', "row 3, '01/13/2022', allows no other order", ['2022-01-12', '2022-01-13'])
    """
    cells = table.texts(column)
    if column in table.calendar:
        return DateColumn(table.dates(column), "of the file itself")
    if date_format is not None:
        return DateColumn(table.dates(column, date_format=date_format), date_format, "declared")
    read = [_read_cell(table, column, i) for i in range(len(cells))]
    _check_one_shape(table, column, read)
    form, why = _decide(table, column, read, day_first)
    days = np.array([cell.readings[form] for cell in read], dtype="datetime64[D]")
    return DateColumn(days, form, why)


def mostly_dates(cells: Sequence[str]) -> bool:
    """Tell whether more than half of some cells are dates in a form that tells, or may tell, the day.

    Examples
    --------
    >>> mostly_dates(["05.01.2022", "06.01.2022", "closed"])
    True
    """
    return sum(bool(_numeric(cell) or _by_shape(cell)) for cell in cells) > len(cells) / 2


def _read_cell(table: Table, column: str, i: int) -> _Cell:
    cell = table.texts(column)[i]
    found = _numeric(cell) or _by_shape(cell)
    if found is None:
        raise _no_date(table, column, i)
    return found


def _numeric(cell: str) -> _Cell | None:
    """Read a cell in both orders; a number above 12 leaves one."""
    match = NUMERIC.fullmatch(cell)
    if match is None:
        return None
    first, mark, second, year = int(match[1]), match[2], int(match[3]), int(match[4])
    orders = {
        f"%d{mark}%m{mark}%Y": _date(year, second, first),
        f"%m{mark}%d{mark}%Y": _date(year, first, second),
    }
    readings = {form: day for form, day in orders.items() if day is not None}
    return _Cell(f"day and month in numbers, with {mark!r}", readings) if readings else None


def _by_shape(cell: str) -> _Cell | None:
    for form, pattern in SHAPES:
        match = pattern.fullmatch(cell)
        if match is None:
            continue
        parts = match.groupdict()
        month = MONTHS.get(parts["name"].lower(), 0) if "name" in parts else int(parts["month"])
        day = _date(int(parts["year"]), month, int(parts["day"]))
        return None if day is None else _Cell(form, {form: day})
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _no_date(table: Table, column: str, i: int) -> DataError:
    cell = table.texts(column)[i]
    if SHORT_YEAR.fullmatch(cell):
        allowed = "a year of four digits, or a date_format that says how two are meant, like '%d.%m.%y'"
        return table.cell_error(i, column, "has a year of two digits, which is not guessed", allowed)
    if CLOCK.fullmatch(cell):
        allowed = "one quote a session, under a date alone; keep one snapshot of each day"
        return table.cell_error(i, column, "holds a time of day", allowed)
    allowed = "a date in the form ISO, like 2022-01-05; layout=Layout(date_format=...) for another"
    return table.cell_error(i, column, "is not a date", allowed)


def _check_one_shape(table: Table, column: str, read: Sequence[_Cell]) -> None:
    rows: dict[str, list[int]] = {}
    for i, cell in enumerate(read):
        rows.setdefault(cell.shape, []).append(i)
    if len(rows) > 1:
        raise DataError(
            f"{table.name}, column {column!r}: dates of several forms in one column",
            parameter=column,
            received="; ".join(f"{shape}: {_rows(table, column, at)}" for shape, at in rows.items()),
            allowed="one form in a column; write the dates of all rows alike, 2022-01-05 best",
        )


def _rows(table: Table, column: str, at: Sequence[int]) -> str:
    """Name some rows with their cells, and say how many there are."""
    named = ", ".join(f"row {table.rows[i]} ({table.texts(column)[i]})" for i in at[:MOST_ROWS])
    return named if len(at) <= MOST_ROWS else f"{named} and {len(at) - MOST_ROWS} more"


def _decide(table: Table, column: str, read: Sequence[_Cell], day_first: bool) -> tuple[str, str]:
    """Find the one form that every row allows, and what decided it."""
    alone: dict[str, list[int]] = {}
    for i, cell in enumerate(read):
        if len(cell.readings) == 1:
            alone.setdefault(next(iter(cell.readings)), []).append(i)
    if len(alone) > 1:
        raise DataError(
            f"{table.name}, column {column!r}: rows contradict each other on the order of day and month",
            parameter=column,
            received="; ".join(f"{form}: {_rows(table, column, at)}" for form, at in alone.items()),
            allowed="one order in a column; correct the rows of the other",
        )
    both = [i for i, cell in enumerate(read) if len(set(cell.readings.values())) > 1]
    orders = list(read[0].readings) if read else [ISO]
    if alone:
        ((form, at),) = alone.items()
        if day_first and form.startswith("%m"):
            allowed = "the day first, as in tables of this layout; layout=Layout(date_format=...) for another"
            raise table.cell_error(at[0], column, "is a date with the month first", allowed)
        numeric = NUMERIC.fullmatch(table.texts(column)[at[0]])
        why = f"row {table.rows[at[0]]}, {table.texts(column)[at[0]]!r}, allows no other order"
        return form, why if numeric else ""
    if not both:
        return orders[0], "day and month are equal in every row"
    if day_first:
        return orders[0], "the day first, as in tables of this layout"
    i = both[0]
    first, second = (_words(read[i].readings[form]) for form in orders)
    raise table.cell_error(
        i,
        column,
        f"is {first} or {second}: no row tells day from month",
        f"layout=Layout(date_format={orders[0]!r}) or layout=Layout(date_format={orders[1]!r})",
    )


def _words(day: date) -> str:
    """Write a date with the English name of its month, whatever the machine's language."""
    month = next(name for name, number in reversed(MONTHS.items()) if number == day.month and name != "sept")
    return f"{day.day} {month.capitalize()} {day.year}"
