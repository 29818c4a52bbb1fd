"""What is held of one series: its block and the answers it came from; and how a new answer joins it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from ..errors import UnexpectedAnswerError
from ..maths.frozen import Frozen
from .coverage import FIRST_DAY, Covered, with_answer
from .protocol import Block, Query

__all__ = ["Held", "covered_by", "hash_of", "hosts_in", "joined", "tidied"]


@dataclass(frozen=True, slots=True, eq=False)
class Held(Frozen):
    """One series as it is held.

    Parameters
    ----------
    block : Block
        Dates ascending, without repetition; what is said of single answers stands in ``covered``.
    covered : tuple of Covered
        The ranges that answers spoke of, ascending, without overlap.
    """

    block: Block
    covered: tuple[Covered, ...]


def covered_by(query: Query, content: bytes, now: np.datetime64, package: str, host: str = "") -> Covered:
    """Say what an answer covers; nothing is known of days after the one on which it came."""
    today = now.astype("datetime64[D]")
    end = today if query.end is None else min(query.end, today)
    start = FIRST_DAY if query.start is None else query.start
    return Covered(start, end, now, hashlib.sha256(content).hexdigest(), str(query), package, host=host)


def joined(held: Held | None, block: Block, covered: Covered, name: str) -> Held:
    """Put an answer into what is held: within its range it takes the place of what was there.

    Raises
    ------
    UnexpectedAnswerError
        If a row has no date or is infinite, a date stands twice with different values, or the unit is not that of what
        is held.
    """
    new = tidied(block, name)
    inside = (new.dates >= covered.start) & (new.dates <= covered.end)
    dates, values = new.dates[inside], new.values[inside]
    if held is not None:
        old = held.block
        kept = (old.dates < covered.start) | (old.dates > covered.end)
        if kept.any() and old.unit != new.unit and old.unit and new.unit:
            raise UnexpectedAnswerError(
                "the answer is in another unit than what is held", parameter=name, received=new.unit,
                allowed=f"{old.unit}; if the source changed it, `marketimpact cache clear {name}` starts anew",
            )  # fmt: skip
        dates, values = np.concatenate([old.dates[kept], dates]), np.concatenate([old.values[kept], values])
        order = np.argsort(dates, kind="stable")
        dates, values = dates[order], values[order]
    return Held(
        replace(new, dates=dates.copy(), values=values.copy(), notes=(), note=""),
        with_answer(() if held is None else held.covered, replace(covered, notes=new.notes, note=new.note)),
    )


def tidied(block: Block, name: str) -> Block:
    """Put rows in order of date; a row that repeats another is one row.

    Raises
    ------
    UnexpectedAnswerError
        If a row has no date or is infinite, or a date stands twice with different values: which of them holds is not
        for us to say.
    """
    dates, values, notes = block.dates, block.values, block.notes
    if np.isnat(dates).any() or np.isinf(values).any():
        raise UnexpectedAnswerError(
            "the answer has a row without a date, or an infinite value", parameter=name,
            allowed="a date in each row, and a finite number or none",
        )  # fmt: skip
    steps = np.diff(dates).astype(np.int64)
    if not np.any(steps <= 0):
        return block
    if np.any(steps < 0) and not np.all(steps < 0):
        notes = (*notes, "rows stood out of order: sorted by date")
    order = np.argsort(dates, kind="stable")
    dates, values = dates[order], values[order]
    again = np.concatenate([[False], dates[1:] == dates[:-1]])
    same = np.concatenate(
        [[False], (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))]
    )
    if np.any(again & ~same):
        i = int(np.flatnonzero(again & ~same)[0])
        raise UnexpectedAnswerError(
            f"the answer has two values of {dates[i]}", parameter=name,
            received=[float(values[i - 1]), float(values[i])], allowed="one value a day",
        )  # fmt: skip
    if again.any():
        notes = (*notes, f"{np.count_nonzero(again)} rows stood twice: kept once")
    return replace(block, dates=dates[~again].copy(), values=values[~again].copy(), notes=notes)


def hash_of(covered: tuple[Covered, ...]) -> str:
    """Give the hash of the bytes of one answer, or that of several answers' hashes, a line each."""
    hashes = list(dict.fromkeys(one.sha256 for one in covered))
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def hosts_in(covered: tuple[Covered, ...]) -> str:
    """Give the hosts that answered in the place of the source's own; nothing where none did."""
    return ", ".join(dict.fromkeys(one.host for one in covered if one.host))
