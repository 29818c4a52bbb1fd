"""Event files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..delimited import read_table
from ..errors import DataError
from .event import FIELDS
from .event_set import EventSet, check_columns, from_rows

__all__ = ["read_events"]


def read_events(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    zone: str | None = None,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
) -> EventSet:
    """Read dated news from a CSV file.

    Parameters
    ----------
    path : str or Path
        A file with a header; columns ``id`` and ``announced_at``, and any of ``zone``, ``precision``, ``place``,
        ``category``, ``title``, ``source``, ``surprise``, ``surprise_unit``. Other columns are not read.
    columns : mapping, optional
        Which column of the file holds which of these: ``{"announced_at": "Date", "id": "Headline no."}``.
    zone : str, optional
        Zone of the rows that name none.
    delimiter, encoding : str
        Form of the file.

    Returns
    -------
    EventSet
        A bad row among good ones stands in ``rejected`` and in every ledger, with a warning.

    Raises
    ------
    InputError, DataError
        If the file cannot be read, is empty, misses a column, repeats an id, or no row can be read.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "events.csv"
    ...     _ = path.write_text("id,announced_at,zone\\nemergency,2022-01-05T16:10,Asia/Almaty\\n")
    ...     mi.read_events(path)
    EventSet of 1, 2022-01-05 to 2022-01-05
    """
    table = read_table(path, delimiter=delimiter, encoding=encoding)
    names = dict(columns or {})
    unknown = sorted(set(names) - set(FIELDS))
    if unknown:
        raise DataError(
            "is not something an event holds",
            parameter="columns",
            received=unknown,
            allowed=", ".join(FIELDS),
        )
    cells = {
        field: table.texts(names.get(field, field))
        for field in FIELDS
        if field in names or field in table.columns
    }
    check_columns(cells, table.name)
    rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    return from_rows(rows, [f"row {number}" for number in table.rows], table.name, zone=zone)
