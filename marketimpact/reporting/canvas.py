"""Text and tables on a bare figure: measured, wrapped, never clipped; the same bytes every time."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..errors import InputError
from ..plots.style import EVENT, INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "Picture",
    "bare_figure",
    "draw_table",
    "draw_text",
    "inch_paper",
    "place_axes",
    "png_bytes",
    "save_png",
    "set_height",
    "text_width",
    "wrap",
]

LETTER = 0.5
"""Width of a letter over the size of its font, about: from where the end of a line is looked for."""

TABLE_SIZE, MIN_GAP = 10.5, 0.15
"""Letters of a table [points], and what lies between its columns at least [inches]."""


class Picture:
    """A page that is a picture: its bytes are made once, and shown by Jupyter."""

    @property
    def figure(self) -> Figure:
        """The page as a matplotlib figure."""
        raise NotImplementedError

    @cached_property
    def _png(self) -> bytes:
        return png_bytes(self.figure)

    def png(self) -> bytes:
        """The page as PNG; the same study gives the same bytes."""
        return self._png

    def save(self, path: str | Path) -> Path:
        """Write the page as PNG, whole or not at all, and give its path.

        Raises
        ------
        InputError
            If the path does not end in .png, or cannot be written to.
        """
        if Path(path).suffix.lower() != ".png":
            raise InputError(
                "is not a PNG file", parameter="path", received=str(path), allowed="a name ending in .png"
            )
        return save_png(self.png(), path)

    def _repr_png_(self) -> bytes:
        return self.png()


def bare_figure(width: float, height: float, dpi: int) -> Figure:
    """Make a figure that pyplot never hears of [inches, dots per inch]."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=dpi, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def inch_paper(figure: Figure) -> Axes:
    """Add empty axes over the whole figure, in inches from its upper left corner."""
    paper = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    width, height = figure.get_size_inches()
    paper.set(xlim=(0.0, width), ylim=(height, 0.0))
    paper.set_axis_off()
    return paper


def set_height(paper: Axes, height: float) -> None:
    """Cut the figure to a height [inches]: what is written on the paper keeps its place; other axes come after."""
    figure = cast("Figure", paper.figure)
    figure.set_size_inches(figure.get_size_inches()[0], height)
    paper.set_ylim(height, 0.0)


def place_axes(figure: Figure, left: float, top: float, wide: float, tall: float) -> Axes:
    """Add axes at a place in inches from the figure's upper left corner."""
    width, height = figure.get_size_inches()
    return figure.add_axes((left / width, 1 - (top + tall) / height, wide / width, tall / height))


def text_width(figure: Figure, text: str, size: float, *, bold: bool = False) -> float:
    """Measure a line of text in the font it is drawn in [inches]."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.font_manager import FontProperties

    renderer = cast(FigureCanvasAgg, figure.canvas).get_renderer()  # type: ignore[no-untyped-call]
    font = FontProperties(size=size, weight="bold" if bold else "normal")
    return float(renderer.get_text_width_height_descent(text, font, ismath=False)[0]) / float(figure.dpi)


def wrap(figure: Figure, text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """Break text into lines that fit a width, measured in the font they are drawn in.

    Parameters
    ----------
    figure : Figure
    text : str
    size : float
        Font size [points].
    width : float
        Width to fit [inches].
    bold : bool

    Returns
    -------
    list of str
    """

    def fits(line: str) -> bool:
        return text_width(figure, line, size, bold=bold) <= width

    words, lines = text.split(), []
    letters = int(width / (LETTER * size / 72.0))
    while words:
        guess = min(" ".join(words)[:letters].count(" "), len(words))
        many = _most(len(words), guess, lambda n: fits(" ".join(words[:n])))
        if many:
            lines.append(" ".join(words[:many]))
            del words[:many]
            continue
        long = len(words[0])  # a single word longer than the line: cut it
        keep = max(_most(long, min(letters, long), lambda n: fits(words[0][:n])), 1)
        lines.append(words[0][:keep])
        words[0] = words[0][keep:]
    return lines or [""]


def _most(count: int, guess: int, fits: Callable[[int], bool]) -> int:
    """Give the largest n up to a count that fits, looked for from a guess: every look lays out a line of text."""
    if guess and not fits(guess):
        return next((n for n in range(guess - 1, 0, -1) if fits(n)), 0)
    return next((n for n in range(guess, count) if not fits(n + 1)), count)


def draw_text(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    *,
    size: float = 11.0,
    colour: str = INK,
    bold: bool = False,
    width: float | None = None,
) -> float:
    """Write wrapped text from its upper left corner, and give where the next line may begin.

    Parameters
    ----------
    ax : Axes
        Empty axes whose coordinates are inches from the upper left corner, y downwards.
    text : str
    at : (float, float)
        Upper left corner [inches].
    size : float
        Font size [points].
    colour : str
    bold : bool
    width : float, optional
        Width to wrap to [inches]; no wrapping when not given.

    Returns
    -------
    float
        y below the last line [inches].
    """
    figure = cast("Figure", ax.figure)
    x, y = at
    for line in [text] if width is None else wrap(figure, text, size, width, bold=bold):
        ax.text(x, y, line, fontsize=size, color=colour, va="top", ha="left", parse_math=False,
                fontweight="bold" if bold else "normal")  # fmt: skip
        y += size * 1.32 / 72.0
    return y


def draw_table(ax: Axes, rows: Sequence[Sequence[str]], at: tuple[float, float], width: float) -> float:
    """Write a table whose first row is its head and whose second row is set apart; numbers end at their column.

    Parameters
    ----------
    ax : Axes
        Empty axes in inches, as for `draw_text`.
    rows : sequence of rows of text
    at : (float, float)
        Upper left corner [inches].
    width : float
        Width to fill [inches]; the letters shrink where the text is wider.

    Returns
    -------
    float
        y below the table [inches].
    """
    x, y = at
    size, edges = _columns(cast("Figure", ax.figure), rows, width)
    for number, row in enumerate(rows):
        colour = MUTED if number == 0 else EVENT if number == 1 else INK
        for j, (cell, edge) in enumerate(zip(row, edges, strict=True)):
            ax.text(x + edge, y, cell, fontsize=size, color=colour, va="top", ha="left" if j == 0 else "right",
                    fontweight="bold" if number == 1 else "normal", parse_math=False)  # fmt: skip
        y += 0.235
        if number == 0:
            ax.plot([x, x + width], [y - 0.03, y - 0.03], color=MUTED, linewidth=0.8)
            y += 0.03
    return y


def _columns(figure: Figure, rows: Sequence[Sequence[str]], width: float) -> tuple[float, list[float]]:
    """Give the size of a table's letters, the left edge of its first column and the right edges of the others."""
    widths = [
        max(text_width(figure, cell, TABLE_SIZE, bold=number == 1) for number, cell in enumerate(column))
        for column in zip(*rows, strict=True)
    ]
    gaps = len(widths) - 1
    shrink = min(1.0, (width - MIN_GAP * gaps) / sum(widths))
    gap = (width - shrink * sum(widths)) / gaps
    edges = [shrink * sum(widths[: j + 1]) + gap * j for j in range(len(widths))]
    return TABLE_SIZE * shrink, [0.0, *edges[1:]]


def png_bytes(figure: Figure) -> bytes:
    """Render a figure as PNG: the same figure gives the same bytes."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=figure.dpi, metadata={"Software": None})
    return stream.getvalue()


def save_png(content: bytes, path: str | Path) -> Path:
    """Write a file whole or not at all.

    Raises
    ------
    InputError
        If the folder does not exist or cannot be written to.
    """
    path = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})",
            parameter="path",
            received=str(path),
            allowed="an existing folder",
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)  # mkstemp keeps files to their owner
        os.replace(name, path)
    except BaseException:  # an interrupt too must leave nothing half-written
        os.unlink(name)
        raise
    return path
