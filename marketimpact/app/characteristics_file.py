"""A file of numbers by event, by instrument or by pair, on which a cross-section regresses moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..delimited import Table, read_bytes
from ..errors import DataError, MarketImpactError
from ..provenance import Provenance
from ..sources.layouts import PLAIN, Layout
from ..sources.recognise import recognise
from ..sources.series import numbers_of
from ..study.characteristics import EVENT, FORMS, INSTRUMENT
from .bundle_folder import sha256_of
from .bundle_words import provenance_from, provenance_said
from .dated_numbers import Resolve, file_said
from .layout_words import as_key, layout_said
from .study_keys import CHARACTERISTICS, CheckedTable, blamed

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CharacteristicsFile",
    "LabelledNumbers",
    "characteristics_file",
    "labelled_from",
    "labelled_said",
    "read_characteristics_file",
    "said_by_column",
]

LABELS = (EVENT, INSTRUMENT)
"""Columns that say whose numbers a row has."""

OF_COLUMN = "characteristics["
"""How a parameter begins that is one column of them."""

ROWS = f"a column {EVENT!r}, {INSTRUMENT!r} or both, and a column of numbers for each characteristic"


@dataclass(frozen=True, slots=True)
class CharacteristicsFile:
    """Where characteristics come from.

    Parameters
    ----------
    place : str
        File and key, for errors.
    file : Path
    columns : tuple of str
        Columns that are characteristics; empty for all but the labels.
    layout : Layout
        Form of the file.
    """

    place: str
    file: Path
    columns: tuple[str, ...]
    layout: Layout

    @property
    def key(self) -> str:
        """Key that names it."""
        return self.place.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class LabelledNumbers:
    """Numbers of events, of instruments or of pairs, as a file gave them.

    Attributes
    ----------
    labels : mapping of str to tuple of str
        ``event_id``, ``instrument`` or both, row by row.
    columns : mapping of str to tuple of float
        Characteristics; None where a cell is empty.
    provenance : Provenance
    notes : tuple of str
        What was recognised of the file.
    """

    labels: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, tuple[float | None, ...]]
    provenance: Provenance
    notes: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Give the characteristics as `cross_section` takes them: indexed by event, by instrument, or by both."""
        import pandas as pd

        labels = {name: list(self.labels[name]) for name in LABELS if name in self.labels}
        if len(labels) == 1:
            ((name, cells),) = labels.items()
            index = pd.Index(cells, name=name, dtype=object)
        else:
            index = pd.MultiIndex.from_arrays(list(labels.values()), names=list(labels))
        columns = {name: list(cells) for name, cells in self.columns.items()}
        return pd.DataFrame(columns, index=index, dtype="float64")


def characteristics_file(table: CheckedTable, key: str, resolve: Resolve) -> CharacteristicsFile:
    """Read and check a key that names characteristics: a path, or a table with columns and the form of the file.

    Parameters
    ----------
    table : CheckedTable
    key : str
    resolve : callable
        Gives the path that a key names.

    Returns
    -------
    CharacteristicsFile

    Raises
    ------
    InputError
        If a key is unknown or missing, the form is refused, or the path leaves the folder.

    Examples
    --------
    >>> cells = {"characteristics": {"file": "debt.csv", "columns": ["debt"]}}
    >>> table = CheckedTable("eurobonds.toml", "regression[1]", cells)
    >>> characteristics_file(table, "characteristics", lambda below, name: Path(below.cells[name])).columns
    ('debt',)
    """
    own, file = file_said(table, key, CHARACTERISTICS, resolve)
    rest = {name: one for name, one in own.cells.items() if name not in ("file", "columns")}
    with blamed(own.place(), CHARACTERISTICS):
        layout = Layout(name=PLAIN.name, **rest)
    return CharacteristicsFile(table.place(key), file, tuple(own.get("columns", ())), layout)


def read_characteristics_file(asked: CharacteristicsFile) -> LabelledNumbers:
    """Read characteristics; an empty cell is one that is not known.

    Parameters
    ----------
    asked : CharacteristicsFile

    Returns
    -------
    LabelledNumbers

    Raises
    ------
    InputError, DataError
        If the file, a label or a number is refused: the message begins with the study file and the key.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "debt.csv"
    ...     _ = path.write_text("instrument,debt\\nKZ 2045,23.4\\nTR 2045,\\n")
    ...     place = "eurobonds.toml: regression[1].characteristics"
    ...     found = read_characteristics_file(CharacteristicsFile(place, path, (), Layout()))
    >>> dict(found.labels), dict(found.columns)
    ({'instrument': ('KZ 2045', 'TR 2045')}, {'debt': (23.4, None)})
    """
    also = {"path": "file", "column": "columns"}
    with blamed(asked.place, CHARACTERISTICS, also), layout_said(as_key):
        content = read_bytes(asked.file)
        reading = recognise(content, asked.file.name, asked.layout)
        table = reading.table
        labels = {name: table.texts(name) for name in LABELS if name in table.columns}
        names = asked.columns or tuple(name for name in table.columns if name not in LABELS)
        _check(table, labels, names)
        columns = {name: numbers_of(reading, table, name).tolist() for name in names}
    return LabelledNumbers(
        labels,
        {name: tuple(None if isnan(one) else one for one in cells) for name, cells in columns.items()},
        Provenance("the user's file", file=table.name, sha256=sha256_of(content)),
        reading.notes,
    )


def _check(table: Table, labels: Mapping[str, tuple[str, ...]], names: tuple[str, ...]) -> None:
    """Refuse rows that name nothing, or what another row has named, and a file without a characteristic."""
    if not labels or not names or set(names) & set(LABELS):
        raise DataError(
            f"{table.name} has no characteristics" if labels else f"{table.name} does not say whose its rows are",
            parameter="column", received=list(table.columns), allowed=ROWS,
        )  # fmt: skip
    seen: dict[tuple[str, ...], int] = {}
    last = list(labels)[-1]
    for i, row in enumerate(zip(*labels.values(), strict=True)):
        if empty := next((name for name, cell in zip(labels, row, strict=True) if not cell), None):
            raise table.cell_error(i, empty, "names nothing", "an id in every row")
        if row in seen:
            raise table.cell_error(
                i,
                last,
                f"names what row {table.rows[seen[row]]} has named",
                "each id, or each pair of ids, once",
            )
        seen[row] = i


@contextmanager
def said_by_column() -> Iterator[None]:
    """Where an error is about one characteristic, say which in its words, and what a file may hold."""
    try:
        yield
    except MarketImpactError as error:
        if (error.parameter or "").startswith(OF_COLUMN):
            column = str(error.parameter).removeprefix(OF_COLUMN).removesuffix("]")
            error.parameter, error.message = OF_COLUMN[:-1], f"column {column} {error.message}"
        if error.allowed == FORMS:
            error.allowed = ROWS
        raise


def labelled_said(numbers: LabelledNumbers) -> dict[str, Any]:
    """Say characteristics as plain data, every number exactly.

    Examples
    --------
    >>> some = LabelledNumbers({"instrument": ("KZ 2045",)}, {"debt": (0.1 + 0.2,)}, Provenance("mine"))
    >>> labelled_from(labelled_said(some)) == some
    True
    """
    return {
        "labels": {name: list(cells) for name, cells in numbers.labels.items()},
        "columns": {name: list(cells) for name, cells in numbers.columns.items()},
        "provenance": provenance_said(numbers.provenance),
        "notes": list(numbers.notes),
    }


def labelled_from(said: Mapping[str, Any]) -> LabelledNumbers:
    """Make characteristics of plain data.

    Raises
    ------
    InputError, TypeError, ValueError, LookupError
        If they are none.
    """
    labels = {str(name): tuple(map(str, cells)) for name, cells in said["labels"].items()}
    columns = {
        str(name): tuple(None if one is None else float(one) for one in cells)
        for name, cells in said["columns"].items()
    }
    lengths = {len(cells) for cells in (*labels.values(), *columns.values())}
    if not labels or not set(labels) <= set(LABELS) or len(lengths) != 1:
        raise ValueError("its rows are not labelled")
    return LabelledNumbers(labels, columns, provenance_from(said["provenance"]), tuple(said["notes"]))
