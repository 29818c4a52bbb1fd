"""What all plots share: colours, axes, dates, the stamp. Nothing here touches matplotlib's global state."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..study.pair import PairResult
from ..study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = [
    "BAND",
    "EVENT",
    "INK",
    "LINE",
    "MUTED",
    "axes_of",
    "band",
    "band_words",
    "date_words",
    "finish",
    "pair_of",
    "sample_words",
    "stamp",
    "whole_ticks",
]

INK, MUTED = "#222222", "#6b6b6b"
LINE, EVENT, BAND = "#1f5fa8", "#c8501e", "#d5dbe3"
"""Blue, vermilion and grey: told apart by the colour-blind, and in greyscale by their lightness."""

TITLE_SIZES = (12.0, 11.0, 10.0, 9.0)
"""Sizes that a title is tried in, the last one that of a legend [points]."""

MOST_LETTERS = 200
"""Letters of a title that are measured; more fit on no axes."""

FEW_LETTERS = 12
"""Letters that tell a name from others, and stay of it before the title loses its end."""


def axes_of(ax: Axes | None) -> Axes:
    """Give the axes to draw on; without any, a new pyplot figure's, as pandas and seaborn do."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(8.0, 4.5), layout="constrained")[1]


def pair_of(result: StudyResult | PairResult, event_id: str | None, instrument: str | None) -> PairResult:
    """Give the pair to draw: the one given, the one named, or the only one there is."""
    if isinstance(result, PairResult):
        return result
    ids = sorted({str(one) for one, _ in result.pairs} or set(map(str, result.events.ids)))
    if event_id is None and len(ids) > 1:
        more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
        raise InputError(
            f"must be named: the study holds {len(ids)} events",
            parameter="event_id",
            allowed=", ".join(map(repr, ids[:5])) + more,
        )
    return result.one(ids[0] if event_id is None else event_id, instrument)


def date_words(day: np.datetime64) -> str:
    """Write a date as "5 January 2022"."""
    moment = day.astype("datetime64[D]").item()
    return f"{moment.day} {moment:%B %Y}"


def sample_words(span: NDArray[np.datetime64], more: str) -> str:
    """Say which sample a picture is of: "3 January 2017 to 31 December 2018, 509 sessions"; empty without a span."""
    return f"{date_words(span[0])} to {date_words(span[-1])}, {more}" if len(span) else ""


def band_words(pair: PairResult, *, whole: bool = False) -> str:
    """Say which band it is: of single sessions or of whole paths, level, test, degrees of freedom.

    Why there is none stands in the tables and on the page: it is longer than an axes is wide.
    """
    if pair.no_covariance:
        return "no band: theory has no covariance"
    level = f"{pair.spec.level * 100:g} %"
    if whole:
        return f"simultaneous {level} band of paths (sup-t, {pair.df} df)"
    return f"pointwise {level} band of ordinary moves (t, {pair.df} df)"


def stamp(ax: Axes, word: str | None) -> None:
    """Write a word across the axes where a series was not observed."""
    if word is None:
        return
    width = ax.get_window_extent().width / ax.figure.dpi * 72.0  # points
    ax.text(
        0.5,
        0.5,
        word,
        transform=ax.transAxes,
        ha="center",
        va="center",
        rotation=18,
        fontsize=min(30.0, width / (0.85 * len(word))),
        color=EVENT,
        alpha=0.22,
        fontweight="bold",
        zorder=10,
        clip_on=True,
    )


def band(
    ax: Axes, x: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], **look: Any
) -> None:
    """Draw a band over whole numbers; that of a single one is as wide as can be seen."""
    alone = len(x) == 1
    edges = (
        (np.array([x[0] - 0.15, x[0] + 0.15]), *(one.repeat(2) for one in (low, high)))
        if alone
        else (x, low, high)
    )
    ax.fill_between(*edges, linewidth=0.0, zorder=1, **look)


def whole_ticks(ax: Axes, alone: bool) -> None:
    """Put ticks of the lower axis on whole numbers; of a single value, 0, on that alone."""
    if alone:
        ax.set_xlim(-0.5, 0.5)
        ax.set_xticks([0])
    else:
        ax.locator_params(axis="x", integer=True)


def finish(ax: Axes, *, xlabel: str, ylabel: str, title: str, name: str = "") -> None:
    """Set labels and title, and take away what carries no number.

    Parameters
    ----------
    ax : Axes
    xlabel, ylabel : str
    title : str
        Where it is wider than the axes it is written smaller, and then shortened from its end.
    name : str
        What the title begins with, of any length: before the rest is shortened, its middle is left out.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> finish(ax, xlabel="session", ylabel="percent", title=": quotes", name="KZ 2045")
    >>> ax.get_title(loc="left")
    'KZ 2045: quotes'
    """
    ax.set_xlabel(xlabel, color=INK, parse_math=False)
    ax.set_ylabel(ylabel, color=INK, parse_math=False)
    written = ax.set_title("", loc="left", color=INK, parse_math=False)  # "$" in a name is no formula
    _settle(ax)
    _fit(written, name, title, ax.get_window_extent().width)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(colors=INK)
    ax.grid(axis="y", color="#e8e8e8", linewidth=0.8)
    ax.set_axisbelow(True)


def _settle(ax: Axes) -> None:
    """Let a figure that lays itself out make room for long labels first: the title is measured by what is left."""
    figure = ax.figure.figure  # that of a subfigure's axes is its parent
    engine = figure.get_layout_engine() if figure is not None else None
    if engine is not None:
        engine.execute(figure)


def _fit(written: Text, name: str, title: str, width: float) -> None:
    """Write a title no wider than its axes [pixels]: smaller first, then with as many letters as there is room for."""
    letters = min(len(name) + len(title), MOST_LETTERS)

    def fits(n: int) -> bool:
        written.set_text(_shortened(name, title, n))
        return written.get_window_extent().width <= width

    for size in TITLE_SIZES:
        written.set_fontsize(size)
        if fits(letters):
            return
    too_many = bisect_left(range(letters), True, key=lambda n: not fits(n))
    fits(max(too_many - 1, 0))


def _shortened(name: str, title: str, letters: int) -> str:
    """Give a title of so many letters: the middle of its name goes first, down to a few, then its end."""
    of_name = min(len(name), max(letters - len(title), FEW_LETTERS), letters)
    if of_name < len(name):
        tail = of_name // 3
        name = f"{name[: of_name - tail]}…{name[len(name) - tail :]}"
    rest = letters - of_name
    return name + title if rest == len(title) else (name + title[:rest]).rstrip("…") + "…"
