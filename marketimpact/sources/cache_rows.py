"""What stands in a row of the cache: days, values, what was said of them, and a hash that any damage breaks."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UnexpectedAnswerError
from .coverage import Covered
from .fetching import Key
from .held import Held
from .protocol import Block

__all__ = ["DamagedRow", "Row", "packed", "unpacked"]

Row = tuple[str, str, int, bytes, bytes, str, bytes]
"""Source, symbol, adjusted; days since 1970 (int32) and values (float64), little-endian; JSON; sha256."""

DAY, LEVEL = np.dtype("<i4"), np.dtype("<f8")
FEWEST, MOST = np.iinfo(DAY).min, np.iinfo(DAY).max


class DamagedRow(ValueError):
    """A row that is not as it was written."""


def packed(key: Key, held: Held) -> Row:
    """Give the row of a series.

    Raises
    ------
    UnexpectedAnswerError
        If a date is missing, or beyond what 32 bits of days hold.
    """
    block = held.block
    days = block.dates.astype("datetime64[D]").astype(np.int64)
    if np.any((days < FEWEST) | (days > MOST)):
        raise UnexpectedAnswerError(
            "the answer has a row without a date", parameter=str(key), allowed="a date in each row"
        )
    said: dict[str, object] = {
        "unit": block.unit, "notes": block.notes, "adjusted": block.adjusted, "package": block.package,
        "file": block.file, "note": block.note, "covered": [_ranged(one) for one in held.covered],
    }  # fmt: skip
    if any(
        one.host for one in held.covered
    ):  # beside the rest, where versions that know no hosts pass over it
        said["hosts"] = [one.host for one in held.covered]
    first = (key.source, key.symbol, int(key.adjusted), days.astype(DAY).tobytes())
    row = (*first, block.values.astype(LEVEL).tobytes(), json.dumps(said, separators=(",", ":")))
    return (*row, _hash(row))


def unpacked(row: tuple[Any, ...]) -> tuple[Key, Held]:
    """Read a row.

    Raises
    ------
    DamagedRow
        If its hash does not fit, or what stands in it is no series.
    """
    *rest, hashed = row
    try:
        if _hash(tuple(rest)) != hashed:
            raise DamagedRow("its hash does not fit")
        source, symbol, adjusted, days, levels, said = rest
        held = _held(np.frombuffer(days, DAY), np.frombuffer(levels, LEVEL), json.loads(said))
    except DamagedRow:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise DamagedRow(f"it holds no series ({type(error).__name__})") from None
    return Key(source, symbol, bool(adjusted)), held


def _held(days: NDArray[np.int32], levels: NDArray[np.float64], said: dict[str, Any]) -> Held:
    texts = [said[name] for name in ("unit", "package", "file", "note")]
    notes, adjusted = said["notes"], said["adjusted"]
    hosts = said.get("hosts") or [""] * len(said["covered"])
    all_texts = all(isinstance(text, str) for text in [*texts, *notes, *hosts])
    if not all_texts or adjusted not in (None, True, False):
        raise DamagedRow("what is said of it is not of its kind")
    if len(days) != len(levels):
        raise DamagedRow("its dates and values differ in number")
    dates = days.astype(np.int64).view("datetime64[D]")
    unit, package, file, note = texts
    block = Block(
        dates, levels.astype(np.float64, copy=False), unit, tuple(notes), adjusted, package, file, note
    )
    covered = tuple(_answer(one, host) for one, host in zip(said["covered"], hosts, strict=True))
    if not covered:
        raise DamagedRow("it covers nothing")
    return Held(block, covered)


def _answer(row: list[Any], host: str) -> Covered:
    start, end, retrieved, sha256, request, package, notes, note = row
    days = np.datetime64(start, "D"), np.datetime64(end, "D")
    return Covered(*days, np.datetime64(retrieved, "s"), sha256, request, package, tuple(notes), note, host)


def _ranged(one: Covered) -> list[object]:
    days = [int(day.astype("datetime64[D]").astype(np.int64)) for day in (one.start, one.end)]
    seconds = int(one.retrieved.astype("datetime64[s]").astype(np.int64))
    return [*days, seconds, one.sha256, one.request, one.package, list(one.notes), one.note]


def _hash(row: tuple[Any, ...]) -> bytes:
    """Hash the cells, each after its length, so that no byte can move from one to the next."""
    made = hashlib.sha256()
    for cell in row:
        content = cell if isinstance(cell, bytes) else str(cell).encode()
        made.update(len(content).to_bytes(8, "little"))
        made.update(content)
    return made.digest()
