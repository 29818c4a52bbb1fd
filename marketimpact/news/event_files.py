"""Event files: CSV, JSON and iCalendar."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..delimited import decode, read_bytes, read_table
from ..errors import DataError, InputError
from .event import FIELDS
from .event_set import EventSet, check_columns, from_rows
from .ics_files import read_ics, unfold
from .json_files import read_json
from .raw import RawEvents

__all__ = ["read_events"]

FORMATS = ("csv", "json", "ics")


def read_events(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    zone: str | None = None,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
    format: str | None = None,
) -> EventSet:
    """Read dated news from a file: CSV, JSON or iCalendar.

    Parameters
    ----------
    path : str or Path
        CSV: a file with a header; columns ``id`` and ``announced_at``, and any of ``zone``, ``precision``,
        ``place``, ``category``, ``title``, ``source``, ``surprise``, ``surprise_unit``. Other columns are not
        read. JSON: a list of objects with these keys, or ``{"events": [...]}`` of them. iCalendar: a VEVENT is
        an event, with UID, DTSTART, SUMMARY, CATEGORIES, URL and LOCATION (a country's code) as its id, time,
        title, category, source and place; it needs the extra ``marketimpact[ics]``.
    columns : mapping, optional
        Which column or key of the file holds which of these: ``{"announced_at": "Date", "id": "Headline no."}``.
        Not for iCalendar.
    zone : str, optional
        Zone of the rows that name none.
    delimiter : str
        Form of a CSV file.
    encoding : str
        Encoding of the text.
    format : str, optional
        ``"csv"``, ``"json"`` or ``"ics"``; by default the suffix of the file says it, and a suffix that says
        nothing is CSV.

    Returns
    -------
    EventSet
        A bad row among good ones stands in ``rejected`` and in every ledger, with a warning. So does a calendar's
        event that is cancelled or repeats.

    Raises
    ------
    InputError, DataError
        If the file cannot be read, is empty, misses a column, repeats an id, or no row can be read; if an option
        does not fit the format.
    MissingExtraError
        If a calendar is read without the package icalendar.

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
    path, names = Path(path), _names(columns)
    form = _format(path, format)
    if form != "csv" and delimiter != ",":
        raise _misfit("delimiter", delimiter, form)
    if form == "ics" and names:
        raise _misfit("columns", sorted(names), form)
    if form == "csv":
        raw = _read_csv(path, names, delimiter, encoding)
    elif form == "json":
        raw = read_json(decode(read_bytes(path), path.name, encoding), path.name, names)
    else:
        raw = read_ics(decode(unfold(read_bytes(path)), path.name, encoding), path.name)
    return from_rows(raw.rows, raw.places, raw.where, zone=zone, faults=raw.faults)


def _names(columns: Mapping[str, str] | None) -> dict[str, str]:
    """Give the names of the file by field, all of which an event must hold."""
    unknown = sorted(set(columns or ()) - set(FIELDS))
    if unknown:
        raise DataError(
            "is not something an event holds",
            parameter="columns",
            received=unknown,
            allowed=", ".join(FIELDS),
        )
    return dict(columns or {})


def _format(path: Path, said: str | None) -> str:
    if said is None:
        suffix = path.suffix.lower().removeprefix(".")
        return suffix if suffix in FORMATS else "csv"
    if said not in FORMATS:
        raise InputError(
            "is not a format of event files",
            parameter="format",
            received=said,
            allowed=", ".join(map(repr, FORMATS)) + ", or None for what the suffix says",
        )
    return said


def _misfit(parameter: str, received: object, form: str) -> InputError:
    return InputError(
        f"says nothing in an event file of the format {form!r}",
        parameter=parameter,
        received=received,
        allowed=f"leave it out, or set format for a file that is not {form!r}",
    )


def _read_csv(path: Path, names: Mapping[str, str], delimiter: str, encoding: str) -> RawEvents:
    table = read_table(path, delimiter=delimiter, encoding=encoding)
    cells = {
        field: table.texts(names.get(field, field))
        for field in FIELDS
        if field in names or field in table.columns
    }
    check_columns(cells, table.name, seen=table.columns, elsewhere="set delimiter, or ")
    rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    return RawEvents(table.name, rows, [f"row {number}" for number in table.rows])
