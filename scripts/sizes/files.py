"""The table as a file of its cells, and as a text."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path

from .known import KNOWN
from .registry import entries_of
from .rows import ROWS, Row
from .verdicts import Cell, judged

SHORT = {
    "cluster t": "cluster t",
    "cross-sectional t": "CS t",
    "skewness-adjusted t": "skew t",
    "crude dependence t": "crude",
    "Patell z": "Patell",
    "adjusted Patell z": "adj. Patell",
    "BMP t": "BMP",
    "Kolari-Pynnonen t": "KP",
    "Corrado rank": "Corrado",
    "Corrado-Zivney rank": "C-Zivney",
    "GRANK-T": "GRANK-T",
    "GRANK-Z": "GRANK-Z",
    "sign": "sign",
    "generalized sign": "gen. sign",
    "Wilcoxon signed rank": "Wilcoxon",
    "date permutation": "date perm.",
    "wild bootstrap": "wild",
    "wild bootstrap, Webb weights": "Webb",
    "sign-change randomisation": "sign change",
    "stationary block bootstrap": "block",
    "joint calendar shift": "joint shift",
    "joint calendar shift of BMP's t": "joint shift t",
    "calendar-time portfolio t": "calendar t",
    "BHAR t": "BHAR",
    "BHAR skewness-adjusted t": "BHAR skew",
    "rank with refit": "rank",
    "conditional rank": "cond. rank",
    "conditional rank, GARCH": "cond. GARCH",
    "leave-window-out placebo": "placebo",
    "largest of the days, rank with refit": "max rank",
    "largest of the days, sup-t": "sup-t",
    "equivalence (two one-sided t)": "equivalence",
    "autocorrelation of squared residuals": "squares",
    "joint distance, rank with refit": "joint rank",
    "t of the mean signed move": "one direction",
    "synthetic control: CAR among donors": "CAR ratio",
    "synthetic control: RMSPE ratio among donors": "RMSPE ratio",
}
"""Tests as the head of a column."""

MARKS = {
    "held": "{}",
    "refused": "({})",
    "assumption violated": "{}*",
    "printed": "{}+",
    "failed": "**{}**",
    "power": "{}",
}
"""How a cell of each verdict is written."""

HEAD = """# How often each test rejects where nothing happens

Share of rejections at a nominal 5 %, in %, over {draws:,} draws of each situation; fewer where a permutation or
bootstrap is inside (5,000 or more, with 399 draws of its own each) and where a test is refused, or fits many models
(2,000): the file says how many. Seed {seed}; T = 150 estimation moves and a constant mean unless said otherwise. Made
by `scripts/size_table.py`; the same numbers, with gates and verdicts, stand in [size_table.csv](size_table.csv), and as
a picture in [pictures/size_table.png](pictures/size_table.png).

- a plain number **held** its gate: for exact tests the level they can attain, give or take 3.7 standard errors; for the
  others 3.5 to 6.5 %;
- (in brackets) the package **refuses** the test there, or its diagnosis says not to read it: the number is what it
  would reject;
- \\* the row **violates an assumption** that the test states;
- \\+ **printed**, not gated: its documentation says how far off it is, or every window is short and staggered;
- **bold** did **not hold**;
- n/a: the test gives no number there, or is costly and refused.

In "N sessions apart" each window begins N sessions after the one before, each on an instrument of its own. Where
windows of eleven sessions overlap in a chain, the study takes them for one cluster and refuses all tests of a mean;
Kolari and Pynnonen's t is gated there all the same, as `cluster=None` shows it.
"""


def read(path: Path) -> list[Cell]:
    """Read the cells of a file; none where there is no file."""
    if not path.exists():
        return []
    kinds = {field.name: {"str": str, "int": int, "float": float}[str(field.type)] for field in fields(Cell)}
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [Cell(**{name: kind(row[name]) for name, kind in kinds.items()}) for row in rows]


def write(path: Path, cells: Iterable[Cell]) -> None:
    """Write cells in the order of the table's rows, judged afresh."""
    place = {row.name: i for i, row in enumerate(ROWS)}
    by_name = {row.name: row for row in ROWS}
    order = {row.name: [entry.name for entry in entries_of(row)] for row in ROWS}
    known = [cell for cell in cells if cell.test in order.get(cell.row, [])]
    known.sort(key=lambda cell: (place[cell.row], order[cell.row].index(cell.test)))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Cell)], lineterminator="\n")
        writer.writeheader()
        for cell in _judged(known, by_name):
            values = asdict(cell).items()
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in values})


def _judged(cells: Iterable[Cell], by_name: dict[str, Row]) -> Iterator[Cell]:
    for cell in cells:
        row = by_name[cell.row]
        entry = next(entry for entry in entries_of(row) if entry.name == cell.test)
        yield judged(cell, row, entry)


def groups(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """Part the cells into tables whose rows share their tests."""
    out: dict[str, list[Cell]] = {}
    kinds = {row.name: _title(row) for row in ROWS}
    for cell in cells:
        out.setdefault(kinds[cell.row], []).append(cell)
    return out


def _title(row: Row) -> str:
    if row.donors:
        return "One event among donors: synthetic control"
    one = row.situation.pairs == 1
    if row.is_power:
        return f"Power: {'one event' if one else 'means over events'}"
    if one:
        return "One event"
    return {
        "apart": "Means over events: independent pairs",
        "one date": "Means over events: all pairs on one date",
        "staggered": "Means over events: windows that follow one another",
    }.get(row.situation.layout, "Means over events: few dates, or one instrument")


def text(cells: Sequence[Cell]) -> str:
    """Write the tables in Markdown."""
    parts = [HEAD.format(draws=max(cell.draws for cell in cells), seed=cells[0].seed)]
    for title, some in groups(cells).items():
        tests = list(dict.fromkeys(cell.test for cell in some))
        rows = list(dict.fromkeys(cell.row for cell in some))
        found = {(cell.row, cell.test): cell for cell in some}
        lines = [f"## {title}", "", "| | " + " | ".join(SHORT.get(test, test) for test in tests) + " |"]
        lines.append("|---" * (len(tests) + 1) + "|")
        for row in rows:
            written = [_written(found.get((row, test))) for test in tests]
            lines.append(f"| {row} | " + " | ".join(written) + " |")
        parts.append("\n".join(lines) + "\n")
    parts.append(_unheld(cells))
    return "\n".join(parts)


def _unheld(cells: Sequence[Cell]) -> str:
    """Say of every cell that did not hold what is known of it."""
    lines = ["## What did not hold, and what is known of it", ""]
    failed = [cell for cell in cells if cell.verdict == "failed"]
    for known in KNOWN:
        mine = [cell for cell in failed if known.covers(cell.row, cell.test)]
        failed = [cell for cell in failed if not known.covers(cell.row, cell.test)]
        if not mine:
            continue
        tests = dict.fromkeys(SHORT.get(cell.test, cell.test) for cell in mine)
        low, high = (100.0 * end(cell.share for cell in mine) for end in (min, max))
        where = ", ".join(known.rows)
        lines.append(
            f"- **{where}** ({len(mine)} cells, {low:.1f} to {high:.1f} %; {', '.join(tests)}). {known.words}"
        )
    lines += [f"- {cell.row}, {cell.test}: {100 * cell.share:.1f} %; not explained." for cell in failed]
    return "\n".join(lines) + "\n"


def _written(cell: Cell | None) -> str:
    if cell is None:
        return ""
    if cell.share != cell.share:
        return "n/a"
    return MARKS[cell.verdict].format(f"{100 * cell.share:.1f}")
