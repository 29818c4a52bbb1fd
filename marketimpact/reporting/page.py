"""The one-page report of one event and one instrument."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from ..alignment.nearby import NearbyNews
from ..news.event import Event
from ..news.event_set import EventSet
from ..plots.abnormal import ar_label, plot_ar
from ..plots.cumulative import plot_car
from ..plots.series import plot_series
from ..plots.style import EVENT, INK, MUTED, pair_of
from ..study.pair import PairResult, WindowMove
from ..study.result import StudyResult
from ..study.summary import p_words
from .canvas import (
    Picture,
    bare_figure,
    draw_table,
    draw_text,
    inch_paper,
    place_axes,
    set_height,
    text_width,
)
from .notes import notes
from .other_news import confounders_around, events_around, looked_at
from .words import finding, number_words, reading, sessions_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Report", "report"]

WIDTH, DPI = 10.0, 120
MARGIN = 0.55
SIDE = 2.35
"""Width of the headline number, left of the reading [inches]."""

PLOTS = 7.4
"""Height of the three figures with their labels [inches]."""

NOTE_SIZE = 10.0


@dataclass(frozen=True, eq=False)
class Report(Picture):
    """A one-page report; shown by Jupyter as a picture.

    Attributes
    ----------
    pair : PairResult
    confounders : tuple of NearbyNews or None
        Other dated news in the event window, in order of time; None where nobody has looked.
    others : tuple of NearbyNews
        Other events of the study in the event window.
    notes : tuple of str
        What stands below the table: source, session, model, ledger, other news.
    """

    pair: PairResult
    confounders: tuple[NearbyNews, ...] | None
    others: tuple[NearbyNews, ...]
    notes: tuple[str, ...]

    @property
    def finding(self) -> str:
        """The finding in one line."""
        return finding(self.pair)

    @property
    def reading(self) -> str:
        """The finding in plain sentences."""
        return reading(self.pair, self.confounders or ())

    @property
    def figure(self) -> Figure:
        """The page as a matplotlib figure."""
        return _draw(self)

    def __repr__(self) -> str:
        return f"Report: {self.finding}"


def report(
    result: StudyResult,
    event_id: str | None = None,
    instrument: str | None = None,
    *,
    confounders: EventSet | Event | Iterable[Event] | None = None,
) -> Report:
    """Make the one-page report of one event and one instrument.

    Parameters
    ----------
    result : StudyResult
    event_id : str, optional
        May be left out where the study holds one event.
    instrument : str, optional
        May be left out where the event met one instrument.
    confounders : EventSet, Event or iterable of Event, optional
        Other dated news (scheduled releases, other countries'); what falls into the event window is named. By default
        the confounders that the study was run with.

    Returns
    -------
    Report
        With ``finding``, ``png()`` and ``save(path)``; where a series was not observed, stamped.

    Raises
    ------
    InputError
        If there is no such pair, or it was left out: the message says why.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 3)))
    >>> mi.report(study.run(mi.fetch("ecb:EUR/RUB"), news)).finding
    'EUR/RUB, 24 February 2022: abnormal move +5.20 % (t = 7.2, rank p = .008, smallest possible .008)'
    """
    pair = pair_of(result, event_id, instrument)
    window = pair.spec.timeline.event
    others = events_around(result, pair, window)
    known = looked_at(result, confounders)
    found = None if known is None else confounders_around(result, pair, known, window)
    return Report(pair, found, others, notes(result, pair, known, found or (), others))


def _draw(page: Report) -> Figure:
    """Lay the page out: the words first, since the page is as high as they are, so that nothing overlaps or is cut."""
    figure = bare_figure(WIDTH, 1.0, DPI)
    paper = inch_paper(figure)
    top = _head(paper, page)
    set_height(paper, _foot(paper, page, top + PLOTS) + 0.3)
    _plots(figure, page.pair, top)
    return figure


def _head(paper: Axes, page: Report) -> float:
    """Write title, place, headline number and reading, and give where the figures begin [inches from the top]."""
    pair, inner = page.pair, WIDTH - 2 * MARGIN
    y = draw_text(paper, pair.event.title or pair.event.id, (MARGIN, 0.4), size=19, bold=True, width=inner)
    stamped = f"   |   {pair.stamp}, not quotes" if pair.stamp else ""
    place = f"{pair.instrument.id}   |   {sessions_words(pair)}{stamped}"
    colour = EVENT if pair.stamp else MUTED
    y = draw_text(paper, place, (MARGIN, y + 0.02), size=12.5, colour=colour, width=inner) + 0.14
    move = number_words(pair, pair.headline.estimate)
    wide = text_width(cast("Figure", paper.figure), move, 24, bold=True)
    draw_text(paper, move, (MARGIN, y), size=24 * min(1.0, (SIDE - 0.15) / wide), bold=True, colour=EVENT)
    draw_text(paper, ar_label(pair.kind).partition(" [")[0], (MARGIN, y + 0.5), size=10.5, colour=MUTED)
    if len(pair.candidates) > 1:
        draw_text(paper, "over the candidate sessions", (MARGIN, y + 0.7), size=10.5, colour=MUTED)
    below = draw_text(paper, page.reading, (MARGIN + SIDE, y), size=11.5, colour=INK, width=inner - SIDE)
    return max(below, y + 1.0) + 0.25


def _foot(paper: Axes, page: Report, y: float) -> float:
    """Write the table and the notes, and give where they end [inches from the top]."""
    inner = WIDTH - 2 * MARGIN
    y = draw_table(paper, _table(page.pair), (MARGIN, y), inner) + 0.12
    for note in page.notes:
        y = draw_text(paper, note, (MARGIN, y), size=NOTE_SIZE, colour=MUTED, width=inner) + 0.05
    return y


def _plots(figure: Figure, pair: PairResult, top: float) -> None:
    """Draw the three figures."""
    left = MARGIN + 0.55
    plot_series(pair, ax=place_axes(figure, left, top + 0.3, WIDTH - left - MARGIN, 2.45))
    upper = top + 3.0 + 0.75
    half = (WIDTH - left - MARGIN - 0.95) / 2
    plot_ar(pair, ax=place_axes(figure, left, upper, half, 2.85))
    plot_car(pair, ax=place_axes(figure, left + half + 0.95, upper, half, 2.85))


def _moves(pair: PairResult) -> list[tuple[str, WindowMove]]:
    """The headline, then the windows that are not the headline's."""
    others = [("", move) for move in pair.windows if move.window != pair.headline.window]
    return [("headline: ", pair.headline), *others]


def _table(pair: PairResult) -> list[list[str]]:
    unit = pair.kind.display_unit
    head = [
        "window",
        f"abnormal [{unit}]",
        f"se [{unit}]",
        "t",
        "p (t)",
        f"{pair.spec.level * 100:g} % interval [{unit}]",
    ]
    rows = [head]
    for name, move in _moves(pair):
        first, last = move.window
        where = f"tau = {first}" if first == last else f"tau = {first} to {last}"
        gap = f" ({move.n} of {last - first + 1} sessions)" if move.n != last - first + 1 else ""
        shown = [
            value * pair.kind.scale
            for value in (move.estimate, move.std_error, move.conf_low, move.conf_high)
        ]
        known, tested = not np.isnan(move.estimate), not np.isnan(move.statistic)
        rows.append(
            [
                f"{name}{where}{gap}",
                f"{shown[0]:+.2f}" if known else "missing",
                f"{shown[1]:.2f}" if tested else "",
                f"{move.statistic:.2f}" if tested else "",
                p_words(move.p_value) + (" *" if pair.stamp and tested else ""),
                f"{shown[2]:+.2f} to {shown[3]:+.2f}" if tested else "",
            ]
        )
    return rows
