"""The table as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .files import SHORT, groups
from .verdicts import Cell

ROW, COLUMN, HEAD, LEFT = 0.19, 0.62, 1.25, 4.1
"""Height of a row, width of a column, height over a table, width of the names [inches]."""

SCALE = TwoSlopeNorm(5.0, 0.0, 20.0)
"""Colours of shares in %: 5 is white, 20 and more the darkest."""


def draw(cells: Sequence[Cell], path: Path) -> None:
    """Draw all tables below one another, and save them."""
    tables = {title: some for title, some in groups(cells).items() if not title.startswith("Power")}
    heights = [HEAD + ROW * len({cell.row for cell in some}) for some in tables.values()]
    width = LEFT + COLUMN * max(len({cell.test for cell in some}) for some in tables.values()) + 0.3
    height = sum(heights) + 0.7
    figure = Figure(figsize=(width, height), dpi=100)
    FigureCanvasAgg(figure)
    top = height - 0.6
    figure.text(
        0.01, 1.0 - 0.3 / height,
        "Rejections at a nominal 5 % where nothing happens, in %. Red: too many; blue: too few; grey: refused by the"
        " package; * assumption violated; + printed, not gated; boxed: did not hold",
        fontsize=9, va="center",
    )  # fmt: skip
    for (title, some), tall in zip(tables.items(), heights, strict=True):
        tests = list(dict.fromkeys(cell.test for cell in some))
        rows = list(dict.fromkeys(cell.row for cell in some))
        bottom = top - tall
        axes = figure.add_axes(
            (LEFT / width, bottom / height, COLUMN * len(tests) / width, ROW * len(rows) / height)
        )
        _table(axes, title, rows, tests, {(cell.row, cell.test): cell for cell in some})
        top = bottom
    figure.savefig(path, metadata={"Software": None})


def _table(
    axes: Axes, title: str, rows: list[str], tests: list[str], found: dict[tuple[str, str], Cell]
) -> None:
    shares = np.full((len(rows), len(tests)), np.nan)
    for i, row in enumerate(rows):
        for j, test in enumerate(tests):
            cell = found.get((row, test))
            if cell is not None and cell.verdict != "refused":
                shares[i, j] = min(100.0 * cell.share, 20.0)
    axes.set_facecolor("0.93")
    axes.imshow(shares, cmap="RdBu_r", norm=SCALE, aspect="auto", alpha=0.75)
    for (row, test), cell in found.items():
        _number(axes, tests.index(test), rows.index(row), cell)
    axes.set_xticks(
        range(len(tests)), [SHORT.get(test, test) for test in tests], rotation=40, ha="left", fontsize=7.5
    )
    axes.set_yticks(range(len(rows)), rows, fontsize=7.5)
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    axes.set_title(title, loc="left", fontsize=10, pad=6, x=-LEFT / (COLUMN * len(tests)) + 0.01)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _number(axes: Axes, x: int, y: int, cell: Cell) -> None:
    """Write a cell's number; colour is never the only sign."""
    if cell.share != cell.share:
        axes.text(x, y, "–", ha="center", va="center", fontsize=7, color="0.6")
        return
    mark = {"assumption violated": "*", "printed": "+"}.get(cell.verdict, "")
    refused = cell.verdict == "refused"
    dark = not refused and (cell.share > 0.16 or cell.share < 0.012)
    colour = "0.55" if refused else "white" if dark else "black"
    weight = "bold" if cell.verdict == "failed" else "normal"
    axes.text(
        x, y, f"{100 * cell.share:.1f}{mark}", ha="center", va="center", fontsize=7, color=colour, weight=weight
    )  # fmt: skip
    if cell.verdict == "failed":
        axes.add_patch(
            Rectangle((x - 0.47, y - 0.45), 0.94, 0.9, fill=False, linewidth=1.2, edgecolor="black")
        )
