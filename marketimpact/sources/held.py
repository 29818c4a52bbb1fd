"""What is held of one series: its block and the answers it came from; and how a new answer joins it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from ..errors import UnexpectedAnswerError
from ..maths.frozen import Frozen
from .coverage import FIRST_DAY, Covered, with_answer
from .protocol import Block, Query

__all__ = ["Held", "covered_by", "hash_of", "joined", "tidied"]


@dataclass(frozen=True, slots=True, eq=False)
class Held(Frozen):
    """One series as it is held.

    Parameters
    ----------
    block : Block
        Dates ascending, without repetition.
    covered : tuple of Covered
        The ranges that answers spoke of, ascending, without overlap.
    """

    block: Block
    covered: tuple[Covered, ...]


def covered_by(query: Query, content: bytes, now: np.datetime64, package: str) -> Covered:
    """Say what an answer covers; nothing is known of days after the one on which it came."""
    today = now.astype("datetime64[D]")
    end = today if query.end is None else min(query.end, today)
    start = FIRST_DAY if query.start is None else query.start
    return Covered(start, end, now, hashlib.sha256(content).hexdigest(), str(query), package)


def joined(held: Held | None, block: Block, covered: Covered, name: str) -> Held:
    """Put an answer into what is held: within its range it takes the place of what was there.

    Raises
    ------
    UnexpectedAnswerError
        If a date stands twice in the answer with different values.
    """
    new = tidied(block, name)
    inside = (new.dates >= covered.start) & (new.dates <= covered.end)
    dates, values = new.dates[inside], new.values[inside]
    notes = new.notes
    if held is not None:
        old = held.block
        kept = (old.dates < covered.start) | (old.dates > covered.end)
        dates, values = np.concatenate([old.dates[kept], dates]), np.concatenate([old.values[kept], values])
        order = np.argsort(dates, kind="stable")
        dates, values = dates[order], values[order]
        notes = (*old.notes, *(note for note in new.notes if note not in old.notes))
    return Held(
        replace(new, dates=dates.copy(), values=values.copy(), notes=notes),
        with_answer(() if held is None else held.covered, covered),
    )


def tidied(block: Block, name: str) -> Block:
    """Put rows in order of date; a row that repeats another is one row.

    Raises
    ------
    UnexpectedAnswerError
        If a date stands twice with different values: which of them holds is not for us to say.
    """
    dates, values, notes = block.dates, block.values, block.notes
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
