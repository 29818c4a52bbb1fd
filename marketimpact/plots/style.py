"""What all plots share: colours, axes, dates, the stamp. Nothing here touches matplotlib's global state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..study.pair import PairResult
from ..study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "BAND",
    "EVENT",
    "INK",
    "LINE",
    "MUTED",
    "axes_of",
    "band_words",
    "date_words",
    "finish",
    "pair_of",
    "stamp",
]

INK, MUTED = "#222222", "#6b6b6b"
LINE, EVENT, BAND = "#1f5fa8", "#c8501e", "#d5dbe3"
"""Blue, vermilion and grey: told apart by the colour-blind, and in greyscale by their lightness."""


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
    if event_id is None and len(result.events) == 1:
        event_id = str(result.events.ids[0])
    return result.one(str(event_id), instrument)


def date_words(day: np.datetime64) -> str:
    """Write a date as "5 January 2022"."""
    moment = day.astype("datetime64[D]").item()
    return f"{moment.day} {moment:%B %Y}"


def band_words(pair: PairResult) -> str:
    """Say which band it is: pointwise, level, test, variance."""
    return f"pointwise {pair.spec.level * 100:g} % band of ordinary moves (t, {pair.df} df)"


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


def finish(ax: Axes, *, xlabel: str, ylabel: str, title: str) -> None:
    """Set labels and title, and take away what carries no number; a title wider than the axes loses its beginning."""
    ax.set_xlabel(xlabel, color=INK, parse_math=False)
    ax.set_ylabel(ylabel, color=INK, parse_math=False)
    written = ax.set_title(
        title, loc="left", color=INK, fontsize=12, parse_math=False
    )  # "$" in a name is no formula
    while title and written.get_window_extent().width > ax.get_window_extent().width:
        title = title[1:]
        written.set_text(f"…{title}")
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(colors=INK)
    ax.grid(axis="y", color="#e8e8e8", linewidth=0.8)
    ax.set_axisbelow(True)
