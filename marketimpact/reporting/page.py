"""The one-page report of one event and one instrument."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..alignment.nearby import NearbyNews, news_in_window
from ..market.snapshots import snapshot_of
from ..news.event_set import EventSet
from ..plots.abnormal import ar_label, plot_ar
from ..plots.cumulative import plot_car
from ..plots.series import plot_series
from ..plots.style import EVENT, INK, MUTED
from ..study.pair import PairResult, WindowMove
from ..study.result import StudyResult
from ..study.summary import p_words
from .canvas import Picture, bare_figure, draw_table, draw_text, inch_paper, place_axes, wrap
from .words import finding, notes, number_words, reading, sessions_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Report", "report"]

WIDTH, DPI = 10.0, 120
MARGIN = 0.55
LINE_HEIGHT = 1.32 / 72.0
NOTE_SIZE = 10.0


@dataclass(frozen=True, eq=False)
class Report(Picture):
    """A one-page report; shown by Jupyter as a picture.

    Attributes
    ----------
    pair : PairResult
    confounders : tuple of NearbyNews
        Scheduled or foreign news in the event window.
    others : tuple of NearbyNews
        Other events of the study in the event window.
    remarks : tuple of str
        What else the page must say: factors and their clocks, other events in the estimation window.
    """

    pair: PairResult
    confounders: tuple[NearbyNews, ...]
    others: tuple[NearbyNews, ...]
    remarks: tuple[str, ...] = ()

    @property
    def finding(self) -> str:
        """The finding in one line."""
        return finding(self.pair)

    @property
    def reading(self) -> str:
        """The finding in plain sentences."""
        return reading(self.pair)

    @property
    def figure(self) -> Figure:
        """The page as a matplotlib figure."""
        return _draw(self)

    def __repr__(self) -> str:
        return f"Report: {self.finding}"


def report(
    result: StudyResult, event_id: str | None = None, instrument: str | None = None, *,
    confounders: EventSet | None = None,
) -> Report:  # fmt: skip
    """Make the one-page report of one event and one instrument.

    Parameters
    ----------
    result : StudyResult
    event_id : str, optional
        May be left out where the study holds one event.
    instrument : str, optional
        May be left out where the event met one instrument.
    confounders : EventSet, optional
        Other dated news (scheduled releases, other countries'); what falls into the event window is named.

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
    if event_id is None and len(result.events) == 1:
        event_id = str(result.events.ids[0])
    pair = result.one(str(event_id), instrument)
    place = (pair.instrument, pair.quotes, pair.session, pair.spec.timeline.event)
    others = [news for news in news_in_window(result.events, *place) if news.event_id != pair.event.id]
    return Report(
        pair,
        news_in_window(confounders, *place) if confounders is not None else (),
        tuple(others),
        tuple(_remarks(result, pair)),
    )


def _remarks(result: StudyResult, pair: PairResult) -> Iterator[str]:
    """Say what the numbers rest on besides the series itself."""
    for factor in pair.spec.model.factors:
        if isinstance(factor, str):
            snapshot = snapshot_of(result.panel.instrument(factor).snapshot)
            clock = "an unknown snapshot" if snapshot is None else f"snapshot {snapshot}"
            yield f"Factor: {factor}, {result.panel.quotes_of(factor).provenance}; {clock}."
    place = (pair.instrument, pair.quotes, pair.session, pair.spec.timeline.estimation)
    inside = len(news_in_window(result.events, *place))
    if inside:
        yield f"Estimation: other events of this study fall into its window ({inside}), and their moves are in it."


def _draw(page: Report) -> Figure:
    """Lay the page out: every block's height is measured first, so that nothing overlaps or is cut."""
    pair = page.pair
    said = (*notes(pair, page.confounders, page.others), *page.remarks)
    scratch = bare_figure(WIDTH, 1.0, DPI)
    inner = WIDTH - 2 * MARGIN
    title = wrap(scratch, pair.event.title or pair.event.id, 19, inner, bold=True)
    sentences = wrap(scratch, page.reading, 11.5, inner - 2.35)
    note_lines = sum(len(wrap(scratch, note, NOTE_SIZE, inner)) for note in said)
    head = 0.4 + len(title) * 19 * LINE_HEIGHT + 0.42 + max(len(sentences) * 11.5 * LINE_HEIGHT, 1.0) + 0.25
    table = 0.235 * (len(_moves(pair)) + 1) + 0.35
    foot = note_lines * NOTE_SIZE * LINE_HEIGHT + 0.05 * len(said) + 0.15
    height = head + 3.0 + 0.75 + 3.2 + 0.75 + table + foot
    figure = bare_figure(WIDTH, height, DPI)
    paper = inch_paper(figure)
    _head(paper, page, inner)
    below = _plots(figure, pair, head)
    below = draw_table(paper, _table(pair), (MARGIN, below), [0.0, 4.0, 5.2, 6.2, 7.2, inner]) + 0.12
    for note in said:
        below = draw_text(paper, note, (MARGIN, below), size=NOTE_SIZE, colour=MUTED, width=inner) + 0.05
    return figure


def _head(paper: Axes, page: Report, inner: float) -> None:
    pair = page.pair
    y = draw_text(paper, pair.event.title or pair.event.id, (MARGIN, 0.4), size=19, bold=True, width=inner)
    stamped = f"   |   {pair.stamp}, not quotes" if pair.stamp else ""
    place = f"{pair.instrument.id}   |   {sessions_words(pair)}{stamped}"
    y = draw_text(paper, place, (MARGIN, y + 0.02), size=12.5, colour=EVENT if pair.stamp else MUTED) + 0.14
    move = number_words(pair, pair.headline.estimate)
    draw_text(paper, move, (MARGIN, y), size=24, bold=True, colour=EVENT)
    draw_text(paper, ar_label(pair).partition(" [")[0], (MARGIN, y + 0.5), size=10.5, colour=MUTED)
    if len(pair.candidates) > 1:
        draw_text(paper, "over the candidate sessions", (MARGIN, y + 0.7), size=10.5, colour=MUTED)
    draw_text(paper, page.reading, (MARGIN + 2.35, y), size=11.5, colour=INK, width=inner - 2.35)


def _plots(figure: Figure, pair: PairResult, top: float) -> float:
    """Draw the three figures, and give where the table begins [inches from the top]."""
    left = MARGIN + 0.55
    plot_series(pair, ax=place_axes(figure, left, top + 0.3, WIDTH - left - MARGIN, 2.45))
    upper = top + 3.0 + 0.75
    half = (WIDTH - left - MARGIN - 0.95) / 2
    plot_ar(pair, ax=place_axes(figure, left, upper, half, 2.85))
    plot_car(pair, ax=place_axes(figure, left + half + 0.95, upper, half, 2.85))
    return upper + 2.85 + 0.8


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
        known = not np.isnan(move.estimate)
        rows.append(
            [
                f"{name}{where}{gap}",
                f"{shown[0]:+.2f}" if known else "missing",
                f"{shown[1]:.2f}" if known else "",
                f"{move.statistic:.2f}" if known else "",
                p_words(move.p_value) + (" *" if pair.stamp and known else ""),
                f"{shown[2]:+.2f} to {shown[3]:+.2f}" if known else "",
            ]
        )
    return rows
