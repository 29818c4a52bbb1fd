"""A file of one number a date that a regression or an association names: news, a state, days of turbulence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, InputError
from ..market.instruments import Factor
from ..market.panel import Panel
from ..sources.files import read_prices
from ..sources.layouts import USUAL_COLUMNS, Layout
from .layout_words import as_key, layout_said
from .study_keys import DATED, LAYOUT, CheckedTable, Keys, blamed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DatedFile", "Resolve", "as_booleans", "columns_by_key", "dated_file", "file_said", "read_dated"]

Resolve = Callable[[CheckedTable, str], Path]
"""Gives the path that a key of a table names, by the rule for paths."""


@dataclass(frozen=True, slots=True)
class DatedFile:
    """Where numbers by date come from.

    Parameters
    ----------
    place : str
        File and key, for errors.
    file : Path
    id : str
        Name of the numbers.
    date, value : str, optional
        Columns of the file; those of its layout when not given.
    layout : Layout
        Form of the file.
    """

    place: str
    file: Path
    id: str
    date: str | None
    value: str | None
    layout: Layout

    @property
    def key(self) -> str:
        """Key that names it."""
        return self.place.rpartition(".")[2]


def dated_file(table: CheckedTable, key: str, resolve: Resolve) -> DatedFile:
    """Read and check a key that names numbers by date: a path, or a table with columns and layout.

    Parameters
    ----------
    table : CheckedTable
    key : str
    resolve : callable

    Returns
    -------
    DatedFile
        Named by its ``id``, else by the column asked for, else by the file.

    Raises
    ------
    InputError
        If a key is unknown or missing, the layout is refused, or the path leaves the folder.

    Examples
    --------
    >>> table = CheckedTable("ruble.toml", "association[1]", {"news": {"file": "gpr.csv", "value": "GPRD"}})
    >>> dated_file(table, "news", lambda below, name: Path(below.cells[name])).id
    'GPRD'
    """
    own, file = file_said(table, key, DATED, resolve)
    words = {"name" if name == "layout" else name: one for name, one in own.some(LAYOUT).items()}
    with blamed(own.place(), LAYOUT):
        layout = Layout(**words)
    return DatedFile(
        table.place(key),
        file,
        own.get("id", own.get("value", file.stem)),
        own.get("date"),
        own.get("value"),
        layout,
    )


def file_said(table: CheckedTable, key: str, keys: Keys, resolve: Resolve) -> tuple[CheckedTable, Path]:
    """Read a key that is a path, or a table with the path under ``file`` and more of these keys beside it.

    Parameters
    ----------
    table : CheckedTable
    key : str
    keys : Keys
        Of the table below.
    resolve : callable

    Returns
    -------
    CheckedTable, Path
        What stands beside the path; nothing where the key is a path alone.

    Raises
    ------
    InputError
        If a key is unknown or missing, or the path leaves the folder.
    """
    if isinstance(table.cells[key], dict):
        own = table.below(key, keys, ("file",))
        return own, resolve(own, "file")
    return CheckedTable(table.file, table.key, {}), resolve(table, key)


def read_dated(asked: DatedFile) -> Panel:
    """Read numbers by date; a date whose cell is empty has none.

    Parameters
    ----------
    asked : DatedFile

    Returns
    -------
    Panel
        One factor, named by ``id``; with where the numbers came from, and what was recognised.

    Raises
    ------
    InputError, DataError
        If the file, a date or a number is refused: the message begins with the study file and the key.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "gpr.csv"
    ...     _ = path.write_text("date,value\\n2022-01-05,110.5\\n2022-01-08,97\\n")
    ...     asked = DatedFile("ruble.toml: association[1].news", path, "gpr", None, None, Layout())
    ...     read_dated(asked)["gpr"].tolist()
    [110.5, 97.0]
    """
    numbers = Factor(asked.id, move="difference", unit="points")
    also = {**USUAL_COLUMNS, "path": "file", "column": "value", asked.id: "value"}
    also |= {asked.value or "value": "value", asked.date or "date": "date"}
    with blamed(asked.place, DATED, also), layout_said(as_key), columns_by_key(asked.date):
        return read_prices(asked.file, numbers, date=asked.date, value=asked.value, layout=asked.layout)


def as_booleans(series: pd.Series, asked: DatedFile) -> pd.Series:
    """Give numbers that are 0 or 1 as booleans.

    Raises
    ------
    InputError
        If one is neither.
    """
    other = series[~series.isin([0.0, 1.0])]
    if len(other):
        raise InputError(
            f"is neither 0 nor 1 on {other.index[0].date()}", parameter=asked.place, received=float(other.iloc[0]),
            allowed="1 on days of turbulence, 0 on others",
        )  # fmt: skip
    return series == 1.0


@contextmanager
def columns_by_key(date: str | None) -> Iterator[None]:
    """Where a file lacks a column, say which key asked for it: that of the dates, or that of the values."""
    try:
        yield
    except DataError as error:
        if error.parameter == "column":
            error.parameter = "date" if error.received == (date or "date") else "value"
        raise
