"""Event files in JSON: a list of objects, one an event."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import DataError, InputError
from .event import FIELDS
from .event_set import check_columns
from .raw import RawEvents

__all__ = ["read_json"]

MAX_DIGITS = 300
"""Digits of a whole number; more do not fit into a float."""


@dataclass(frozen=True)
class _Unfit:
    """Stands where JSON holds what no event can: it is refused where it is read, and with the row's number."""

    what: str
    received: object


def read_json(text: str, name: str, names: Mapping[str, str]) -> RawEvents:
    """Read the rows of a JSON file: a list of objects, or an object whose ``events`` is such a list.

    Parameters
    ----------
    text : str
        The file.
    name : str
        Its name, for errors.
    names : mapping of str to str
        Keys of the file by field, where they differ.

    Returns
    -------
    RawEvents
        Rows are counted from 1. Keys that an event does not hold are not read.

    Raises
    ------
    DataError
        If it is not JSON, holds no list of events, or no event has an id or a date.

    Examples
    --------
    >>> raw = read_json('[{"id": "a", "announced_at": "2022-01-05"}]', "events.json", {})
    >>> raw.places, raw.rows[0]["announced_at"]
    (['row 1'], '2022-01-05')
    """
    given = _rows(_parse(text, name), name)
    _check_keys(given, name, names)
    rows, faults = [], {}
    for i, one in enumerate(given):
        row, fault = _row(one, names)
        rows.append(row)
        if fault is not None:
            faults[i] = fault
    return RawEvents(name, rows, [f"row {i}" for i in range(1, len(rows) + 1)], dict(faults))


def _parse(text: str, name: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{name}, line {error.lineno}, column {error.colno}: is not JSON ({error.msg})",
            parameter="path",
            received=name,
            allowed="a list of objects, or the right format",
        ) from None
    except RecursionError:
        raise DataError(
            f"{name} is nested too deeply", parameter="path", received=name, allowed="a list of plain objects"
        ) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Unfit:
    held = dict(pairs)
    if len(held) == len(pairs):
        return held
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    return _Unfit("holds a key more than once", repeated[:5])


def _constant(text: str) -> _Unfit:
    return _Unfit("is no value of JSON", text)


def _whole(text: str) -> int | _Unfit:
    return int(text) if len(text) <= MAX_DIGITS else _Unfit("is too long a number", f"{len(text)} digits")


def _rows(content: Any, name: str) -> list[Any]:
    rows = content.get("events") if isinstance(content, dict) else content
    if isinstance(rows, list):
        return rows
    unfit = rows if isinstance(rows, _Unfit) else _Unfit("holds no list of events", type(content).__name__)
    raise DataError(
        f"{name} {unfit.what}",
        parameter="path",
        received=unfit.received,
        allowed='[{"id": ..., "announced_at": ...}, ...], or {"events": [...]}',
    )


def _check_keys(rows: list[Any], name: str, names: Mapping[str, str]) -> None:
    """Refuse keys that no event of the file has, where one is needed or named by the caller."""
    held = {key: None for row in rows if isinstance(row, dict) for key in row}
    if not held:
        return
    for key in names.values():
        if key not in held:
            raise DataError(
                f"{name} has no key {key!r}",
                parameter="columns",
                received=key,
                allowed="one of " + ", ".join(map(repr, list(held)[:20])),
            )
    check_columns([field for field in FIELDS if names.get(field, field) in held], name, seen=held)


def _row(given: Any, names: Mapping[str, str]) -> tuple[dict[str, Any], InputError | None]:
    """Give what an event holds, and the first reason for which it cannot be read."""
    if isinstance(given, _Unfit):
        return {}, InputError(given.what, parameter="row", received=given.received, allowed="each key once")
    if not isinstance(given, dict):
        return {}, InputError(
            "is not an object", parameter="row", received=type(given).__name__, allowed='{"id": ..., ...}'
        )
    row: dict[str, Any] = {}
    fault: InputError | None = None
    for field in FIELDS:
        value = given.get(names.get(field, field))
        found = _fault(field, value)
        fault = fault or found
        if found is None:
            row[field] = value.strip() if isinstance(value, str) else value
    return row, fault


def _fault(field: str, value: Any) -> InputError | None:
    """Say why a value cannot stand in a field; null stands for nothing in each of them."""
    types = {"surprise": (int, float), "id": (str, int)}.get(field, (str,))
    if value is None or (isinstance(value, types) and not isinstance(value, bool) and _is_text(value)):
        return None
    number = field == "surprise"
    what, received = "is not a number" if number else "is not text", value
    if isinstance(value, _Unfit):
        what, received = value.what, value.received
    elif isinstance(value, str):
        received = ascii(value)
    elif isinstance(value, list | dict):
        received = type(value).__name__
    allowed = "a number, or null" if number else "text in quotes, or null"
    return InputError(what, parameter=field, received=received, allowed=allowed)


def _is_text(value: Any) -> bool:
    """Whether a value can be written as text: half of a surrogate pair ("\\ud83d") cannot."""
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True
