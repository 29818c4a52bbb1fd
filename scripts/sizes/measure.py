"""Measure one row of the table: how often each of its tests rejects, and what the package says of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from marketimpact.maths.simulate import simulate, windows_of

from .batch import Batch, Floats
from .registry import Entry, entries_of
from .rows import Row
from .studies import Said, said
from .verdicts import Cell, judged

LEVEL = 0.05 + 1e-12
"""A rank of exactly one in twenty is as small as 5 %, whatever rounding makes of it."""

STUDIES = 10
"""Draws of each row on which the package's own study is run."""

REFUSED = 2_000
"""Draws of a test that is refused in all studies of a row: its share is shown, not gated."""

CELLS = 12_000_000
"""Moves drawn at once."""


@dataclass
class _Count:
    """What has been counted of one test so far."""

    draws: int = 0
    known: int = 0
    rejected: int = 0
    level: float = 0.0


def batches(row: Row, draws: int, seed: int) -> Iterator[Batch]:
    """Draw a row in parts that fit in little memory. The numbers depend on the seed and the row's name alone."""
    rng = np.random.default_rng([seed, zlib.crc32(row.name.encode())])
    windows = windows_of(row.situation)
    factors = np.empty((row.parameters, *windows.days.shape))
    factors[0] = windows.spans
    factors[1:] = rng.standard_normal(factors[1:].shape)
    cells = len(windows.days) * windows.shape[1]
    size = int(np.clip(CELLS // cells, 20, 2_000))
    for begin in range(0, draws, size):
        yield Batch(row, simulate(row.situation, min(size, draws - begin), rng), factors)


def measure(row: Row, draws: int, seed: int, known: frozenset[str] = frozenset()) -> list[Cell]:
    """Measure the tests of a row that are not known yet.

    Raises
    ------
    AssertionError
        If a p-value of a draw is not the one that the package's own study of that draw gives.
    """
    entries = [entry for entry in entries_of(row) if entry.name not in known]
    counts = {entry.name: _Count() for entry in entries}
    studies: list[Said] = []
    total = 0
    for batch in batches(row, draws, seed):
        if not total:
            studies = _studies(row, batch)
            said_of = says(row, studies)
        for entry in entries:
            count = counts[entry.name]
            if count.draws < enough(entry, said_of[entry.name].shut, draws):
                p = _add(count, entry, batch, seed + total)
                if not total and entry.most is None:
                    _compare(row, entry.name, p, studies)
        total += batch.draws
    return [_cell(row, entry, counts[entry.name], said_of[entry.name], seed) for entry in entries]


def study_again(row: Row, draws: int, seed: int) -> dict[str, Says]:
    """Ask the package again what it says of a row's tests, on the draws that `measure` asks it about."""
    return says(row, _studies(row, next(batches(row, draws, seed))))


def enough(entry: Entry, shut: bool, draws: int) -> int:
    """Draws of a test: fewer where no study shows it, none where it is costly too."""
    if shut:
        return 0 if entry.most is not None else min(REFUSED, draws)
    return min(entry.most or draws, draws)


@dataclass(frozen=True)
class Says:
    """Shares of studies in which a test does not apply, and in which it does but is not to be read."""

    refused: float = 0.0
    warned: float = 0.0

    @property
    def shut(self) -> bool:
        """Whether no study shows it."""
        return self.refused == 1.0


def says(row: Row, studies: list[Said]) -> dict[str, Says]:
    """Count what studies say of each test of a row; one that they do not know they let be read."""
    entries = entries_of(row)
    if not studies:
        return {entry.name: Says(float(entry.refused(row))) for entry in entries}
    out = {}
    for entry in entries:
        found = [one for one in studies if entry.name in one.outcomes]
        refused = [not one.outcomes[entry.name].applies for one in found]
        told = [entry.name in one.unread for one in found]
        out[entry.name] = Says(float(np.mean(refused)), float(np.mean(told))) if found else Says()
    return out


def _add(count: _Count, entry: Entry, batch: Batch, seed: int) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        p = entry.p(batch, seed)
    count.level += batch.draws * (entry.level(batch) if entry.level else 0.05)
    count.draws += batch.draws
    count.known += int(np.isfinite(p).sum())
    count.rejected += int(np.count_nonzero(p <= LEVEL))
    return p


def _studies(row: Row, batch: Batch) -> list[Said]:
    """Run the package's own study on the first draws."""
    if row.situation.pairs == 1 or row.donors:
        return []
    return [said(row, moves) for moves in batch.series[:STUDIES]]


def _compare(row: Row, name: str, p: Floats, studies: list[Said]) -> None:
    """Hold a test's p-values beside those of the studies.

    Not where a study estimates what the row knows, the variance of spanned moves, or leaves out what the row keeps,
    quotes that stand still for long.
    """
    if {"spans", "stale"} & row.tags:
        return
    for mine, study in zip(p, studies, strict=False):
        outcome = study.outcomes.get(name)
        if (
            outcome is not None
            and outcome.applies
            and not np.isclose(mine, outcome.p_value, rtol=1e-7, atol=1e-12)
        ):
            raise AssertionError(f"{row.name}, {name}: {mine} here, {outcome.p_value} in a study")


def _cell(row: Row, entry: Entry, count: _Count, said_of: Says, seed: int) -> Cell:
    s = row.situation
    share = count.rejected / count.known if count.known else np.nan
    unknown = 1.0 - count.known / count.draws if count.draws else 1.0
    attainable = count.level / count.draws if count.draws else np.nan
    nan = float("nan")
    cell = Cell(
        row.name, entry.name, s.sessions, s.pairs, s.estimation, count.draws, share, attainable, nan, nan,
        max(said_of.refused, unknown), said_of.warned, "", seed,
    )  # fmt: skip
    return judged(cell, row, entry)
