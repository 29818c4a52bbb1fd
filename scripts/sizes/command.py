"""The command that makes the size table."""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

from .files import read, text, write
from .measure import enough, measure, study_again
from .registry import entries_of
from .rows import ROWS, Row
from .verdicts import Cell

DOCS = Path(__file__).resolve().parents[2] / "docs"
DRAWS, SEED, PROCESSES = 10_000, 8, 2

FEWEST = 2_000
"""Draws below which no row is kept in the documentation: a row of fewer than ``DRAWS`` is measured again by default."""


def main(arguments: list[str] | None = None) -> None:
    """Measure the rows that are not there yet, and write the table."""
    options = _parser().parse_args(arguments)
    out = Path(options.out)
    (out / "pictures").mkdir(parents=True, exist_ok=True)
    file = out / "size_table.csv"
    asked = [row for row in ROWS if not options.rows or any(part in row.name for part in options.rows)]
    again = {row.name for row in asked} if options.fresh else set()
    found = [cell for cell in read(file) if cell.seed == options.seed and cell.row not in again]
    cells: dict[str, list[Cell]] = {}
    for cell in found:
        cells.setdefault(cell.row, []).append(cell)
    with ProcessPoolExecutor(options.processes) as pool:
        if options.studies:
            _studied(pool, cells, options)
        done = {name: _complete(some, options.draws) for name, some in cells.items()}
        missing = [row for row in asked if _tests(row) - done.get(row.name, frozenset())]
        print(f"{len(missing)} rows to measure, {len(asked) - len(missing)} are there", flush=True)
        begun = time.perf_counter()
        tasks = {
            pool.submit(measure, row, options.draws, options.seed, done.get(row.name, frozenset())): row
            for row in _longest_first(missing)
        }
        for task in as_completed(tasks):
            row, new = tasks[task].name, task.result()
            kept = [cell for cell in cells.get(row, []) if cell.test not in {one.test for one in new}]
            cells[row] = kept + new
            write(file, (cell for some in cells.values() for cell in some))
            print(f"{time.perf_counter() - begun:7.0f} s  {row}", flush=True)
    write(file, (cell for some in cells.values() for cell in some))
    _finish(file, out)


def _studied(pool: ProcessPoolExecutor, cells: dict[str, list[Cell]], options: argparse.Namespace) -> None:
    """Put what the package says now of the tests beside what was measured."""
    rows = [row for row in ROWS if row.name in cells]
    tasks = {row.name: pool.submit(study_again, row, options.draws, options.seed) for row in rows}
    for name, task in tasks.items():
        now = task.result()
        cells[name] = [
            replace(cell, refused=max(now[cell.test].refused, _silent(cell)), warned=now[cell.test].warned)
            for cell in cells[name]
            if cell.test in now
        ]


def _silent(cell: Cell) -> float:
    """One where a test gave no number in any draw."""
    return float(cell.draws == 0 or cell.share != cell.share)


def _complete(cells: list[Cell], draws: int) -> frozenset[str]:
    """Tests of a row that were measured with enough draws."""
    row = next(row for row in ROWS if row.name == cells[0].row) if cells else None
    entries = {entry.name: entry for entry in entries_of(row)} if row else {}
    return frozenset(
        cell.test
        for cell in cells
        if cell.test in entries and cell.draws >= enough(entries[cell.test], cell.refused == 1.0, draws)
    )


def _tests(row: Row) -> frozenset[str]:
    return frozenset(entry.name for entry in entries_of(row))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="How often each test rejects where nothing happens.")
    parser.add_argument("--draws", type=int, default=DRAWS, help="draws of each situation")
    parser.add_argument(
        "--rows", action="append", help="rows whose name holds this; may be given several times"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", default=str(DOCS), help="folder of the table")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--studies", action="store_true", help="ask the package again what it refuses")
    parser.add_argument("--fresh", action="store_true", help="measure rows again that are there already")
    return parser


def _longest_first(rows: list[Row]) -> list[Row]:
    """Order rows so that both processes end at about the same time."""
    return sorted(rows, key=lambda row: -row.situation.pairs * row.situation.estimation)


def _finish(file: Path, out: Path) -> None:
    from .picture import draw

    cells = read(file)
    write(file, cells)
    cells = read(file)
    (out / "size_table.md").write_text(text(cells), encoding="utf-8")
    draw(cells, out / "pictures" / "size_table.png")
    counts: dict[str, int] = {}
    for cell in cells:
        counts[cell.verdict] = counts.get(cell.verdict, 0) + 1
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    for cell in cells:
        if cell.verdict == "failed":
            print(f"did not hold: {cell.row}: {cell.test}, {100 * cell.share:.1f} %")
