"""The contact sheet: many events on a few instruments, one small picture each, on one page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from ..alignment.nearby import NearbyNews
from ..errors import InputError
from ..news.event import Event
from ..news.event_set import EventSet
from ..plots.abnormal import ar_data
from ..plots.style import BAND, EVENT, LINE, MUTED
from ..study.inference import PERMUTATION, Across
from ..study.pair import PairResult
from ..study.result import StudyResult
from ..study.summary import across_line, p_words
from .canvas import Picture, bare_figure, draw_text, inch_paper, place_axes, text_width
from .other_news import confounders_around, looked_at
from .words import days_words, illustrative, number_words, sessions_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ContactSheet", "contact_sheet"]

WIDTH, DPI = 11.0, 110
MARGIN, LABEL = 0.5, 3.1
ROW = 1.12
MOST_INSTRUMENTS, MOST_ROWS = 4, 15


@dataclass(frozen=True, slots=True)
class Row:
    """Events that fall on the same sessions of every instrument: one row of pictures.

    Attributes
    ----------
    event_ids : tuple of str
    pairs : tuple of PairResult or None
        One an instrument, of the row's first event; None where the pair was left out or not asked for.
    """

    event_ids: tuple[str, ...]
    pairs: tuple[PairResult | None, ...]

    @property
    def shown(self) -> PairResult:
        """The first pair there is."""
        return next(pair for pair in self.pairs if pair is not None)


@dataclass(frozen=True, eq=False)
class ContactSheet(Picture):
    """Many events on a few instruments, on one page; shown by Jupyter as a picture.

    Attributes
    ----------
    title : str
    result : StudyResult
    instruments : tuple of str
        Columns.
    rows : tuple of Row
    confounders : tuple of NearbyNews
        Scheduled or foreign news in an event window of the sheet, in order of time; tau counts from an event whose
        window it may reach.
    """

    title: str
    result: StudyResult
    instruments: tuple[str, ...]
    rows: tuple[Row, ...]
    confounders: tuple[NearbyNews, ...]

    @property
    def stamp(self) -> str | None:
        """Word to stamp across the sheet: a series of it was not observed."""
        return next((pair.stamp for row in self.rows for pair in row.pairs if pair and pair.stamp), None)

    @property
    def finding(self) -> str:
        """What can be said of all pairs together, in one line: both tests, or the joint one of one date cluster."""
        several = len({one.kind for one in self.result.across}) > 1
        return illustrative(self.stamp) + "; ".join(
            _joint(one, named=several) if one.outcome.n_clusters == 1 else across_line(one, verdict)
            for one, verdict in self.result.judged
            if one.outcome.n_clusters > 1 or one.outcome.test == PERMUTATION
        )

    @property
    def figure(self) -> Figure:
        """The sheet as a matplotlib figure."""
        return _draw(self)

    def __repr__(self) -> str:
        return f"ContactSheet: {self.title}, {len(self.rows)} rows"


def contact_sheet(
    result: StudyResult,
    *,
    title: str = "Contact sheet",
    confounders: EventSet | Event | Iterable[Event] | None = None,
) -> ContactSheet:
    """Put the pairs of a study on one page: a row for the events of one set of sessions, a column an instrument.

    Parameters
    ----------
    result : StudyResult
        With at most 4 instruments and 15 sets of sessions; a pair that was left out is said to be.
    title : str
    confounders : EventSet, Event or iterable of Event, optional
        Other dated news; what falls into the windows is named. By default the confounders that the study was run with.

    Returns
    -------
    ContactSheet

    Raises
    ------
    InputError
        If the pairs do not fit on a sheet.

    Examples
    --------
    >>> import marketimpact as mi
    >>> events = mi.datasets.load_events("kazakhstan_2022").select(["kz-2022-01-05-emergency"])
    >>> result = mi.EventStudy().run(mi.fetch(["ecb:EUR/RUB", "ecb:EUR/CNY"]), events, pairs="all")
    >>> mi.contact_sheet(result, title="January 2022")
    ContactSheet: January 2022, 1 rows
    """
    instruments = tuple(dict.fromkeys(str(name) for _, name in result.pairs))
    rows = _rows(result, instruments)
    if not rows or len(rows) > MOST_ROWS or len(instruments) > MOST_INSTRUMENTS:
        raise InputError(
            "the pairs do not fit on one sheet",
            parameter="result",
            received=f"{len(rows)} rows of events, {len(instruments)} instruments",
            allowed=f"1 to {MOST_ROWS} rows of events, up to {MOST_INSTRUMENTS} instruments",
        )
    return ContactSheet(title, result, instruments, rows, _confounders(result, rows, confounders))


def _rows(result: StudyResult, instruments: tuple[str, ...]) -> tuple[Row, ...]:
    """Group the events that fall on the same sessions, in order of time."""
    used = {(str(event_id), str(name)) for event_id, name in result.pairs}
    groups: dict[tuple[tuple[str, ...], ...], Row] = {}
    for event_id in dict.fromkeys(str(event_id) for event_id, _ in result.pairs):
        pairs = tuple(
            result.one(event_id, name) if (event_id, name) in used else None for name in instruments
        )
        key = tuple(() if pair is None else tuple(map(str, pair.candidates)) for pair in pairs)
        seen = groups.get(key)
        groups[key] = Row((*seen.event_ids, event_id), seen.pairs) if seen else Row((event_id,), pairs)
    return tuple(sorted(groups.values(), key=lambda row: tuple(map(str, row.shown.candidates))))


def _confounders(
    result: StudyResult, rows: tuple[Row, ...], confounders: EventSet | Event | Iterable[Event] | None
) -> tuple[NearbyNews, ...]:
    """Other dated news that may fall into the event window of a picture, in order of time, each once."""
    known = looked_at(result, confounders)
    if known is None:
        return ()
    found = {
        news.event_id: news
        for row in rows
        for pair in row.pairs
        if pair
        for news in confounders_around(result, pair, known, pair.spec.timeline.event)
    }
    in_order = known.ids[np.argsort(known.start, kind="stable")]
    return tuple(found[name] for name in in_order if name in found)


def _draw(sheet: ContactSheet) -> Figure:
    """Lay the sheet out: words are written once to measure them, so that nothing overlaps or is cut."""
    scratch = inch_paper(bare_figure(WIDTH, 1.0, DPI))
    heights = (max(ROW, _label(scratch, sheet, row, 0.0)) for row in sheet.rows)
    tops = list(accumulate(heights, initial=_head(scratch, sheet)))
    foot = tops[-1] + 0.35
    figure = bare_figure(WIDTH, foot + _foot(scratch, sheet, 0.0) + 0.3, DPI)
    paper = inch_paper(figure)
    _head(paper, sheet)
    for row, top in zip(sheet.rows, tops, strict=False):  # the last top is where the foot begins
        _label(paper, sheet, row, top)
    for j in range(len(sheet.instruments)):
        _column(figure, paper, sheet, j, tops)
    if sheet.stamp:
        paper.text(WIDTH / 2, (tops[0] + tops[-1]) / 2, sheet.stamp, rotation=35, fontsize=54, alpha=0.2,
                   color=EVENT, fontweight="bold", ha="center", va="center", zorder=20)  # fmt: skip
    _foot(paper, sheet, foot)
    return figure


def _head(paper: Axes, sheet: ContactSheet) -> float:
    """Write title, explanation and the instruments' names, and give where the rows begin [inches from the top]."""
    inner = WIDTH - 2 * MARGIN
    y = draw_text(paper, sheet.title, (MARGIN, 0.35), size=18, bold=True, width=inner)
    said = _explanation([pair for row in sheet.rows for pair in row.pairs if pair])
    y = draw_text(paper, said, (MARGIN, y + 0.03), size=10.5, colour=MUTED, width=inner) + 0.12
    ends = []
    for j, name in enumerate(sheet.instruments):
        unit = next(pair for row in sheet.rows if (pair := row.pairs[j])).kind.display_unit
        left, wide = _place(sheet, j)
        ends.append(draw_text(paper, f"{name} [{unit}]", (left, y), size=12, bold=True, width=wide))
    return max(ends) + 0.06


def _place(sheet: ContactSheet, j: int) -> tuple[float, float]:
    """Give an instrument's column: where its pictures begin, and how wide its words may be [inches]."""
    wide = (WIDTH - LABEL - MARGIN) / len(sheet.instruments)
    return LABEL + j * wide + 0.42, wide - 0.1


def _column(figure: Figure, paper: Axes, sheet: ContactSheet, j: int, tops: Sequence[float]) -> None:
    """Draw one instrument's pictures, on one scale."""
    left, wide = _place(sheet, j)
    there = [row.pairs[j] for row in sheet.rows]
    largest = _largest([pair for pair in there if pair is not None])
    for i, (pair, top) in enumerate(zip(there, tops, strict=False)):
        if pair is None:
            draw_text(paper, "left out: see the ledger", (left, top + 0.03), size=9.5, colour=MUTED)
            continue
        _small(place_axes(figure, left, top + 0.24, wide - 0.42, ROW - 0.46), pair, largest,
               last=i == len(there) - 1)  # fmt: skip
        shrink = min(1.0, wide / text_width(figure, _cell(pair), 9.5))
        draw_text(paper, _cell(pair), (left, top + 0.03), size=9.5 * shrink)


def _explanation(pairs: Sequence[PairResult]) -> str:
    pair = pairs[0]
    first, last = pair.taus[0], pair.taus[-1]
    few, many = min(one.n_obs for one in pairs), max(one.n_obs for one in pairs)
    count = f"{many}" if few == many else f"{few} to {many}"
    floor = f"never below 1/(T+1) = {p_words(1 / (many + 1))}, T = {count} sessions"
    band = f" Grey: pointwise {pair.spec.level * 100:g} % band of ordinary moves."
    t = " its t,"
    if pair.no_covariance:
        band, t = f" No bands: {pair.no_covariance}.", ""
    return (
        f"Bold dates are sessions. Abnormal moves from tau = {first} to {last} sessions around each event;"
        f" {pair.spec.model}.{band} Hatched: the sessions that may be the event session."
        f" Above each picture: the abnormal move over these,{t} and its rank p ({floor})."
        + (" Every p is illustrative." if pair.stamp else "")
    )


def _largest(pairs: list[PairResult]) -> float:
    """Largest size drawn; 1 where every move of every window is missing."""
    drawn = [ar_data(pair) for pair in pairs]
    sizes = np.concatenate([[*data["ar"].abs(), *data["band_high"]] for data in drawn])
    known = sizes[np.isfinite(sizes)]
    return 1.08 * float(known.max()) if len(known) else 1.0


def _joint(one: Across, *, named: bool) -> str:
    """Say the joint test of one date cluster: no test of a mean over events applies to it."""
    outcome = one.outcome
    moves = "1 distinct move" if outcome.n == 1 else f"{outcome.n} distinct moves"
    kind = f" ({one.kind.partition(' [')[0]})" if named else ""
    head = f"{moves}{kind} in one date cluster: no test of a mean over events applies"
    if not outcome.applies:
        return f"{head}; joint test not applicable: {outcome.reason}"
    p, floor = p_words(outcome.p_value), p_words(outcome.p_floor)
    return f"{head}; joint test of unusual days: p = {p}, smallest possible {floor}"


def _label(paper: Axes, sheet: ContactSheet, row: Row, top: float) -> float:
    """Write a row's sessions and events, and give where they end [inches from the top]."""
    events = [sheet.result.events[name] for name in row.event_ids]
    wide = LABEL - MARGIN - 0.15
    y = draw_text(paper, _days(sheet, row), (MARGIN, top + 0.05), size=10.5, bold=True, width=wide)
    titles = [event.title or event.id for event in events]
    shown = titles[0] if len(titles) == 1 else f"{titles[0]}; and {len(titles) - 1} more on the same session"
    return draw_text(paper, shown, (MARGIN, y), size=9.5, width=wide) + 0.1


def _days(sheet: ContactSheet, row: Row) -> str:
    """Write a row's sessions: with the year where the sheet holds several."""
    years = {str(day)[:4] for one in sheet.rows for pair in one.pairs if pair for day in pair.candidates}
    days = [day for pair in row.pairs if pair for day in (pair.candidates[0], pair.candidates[-1])]
    alike = len({sessions_words(pair) for pair in row.pairs if pair}) == 1
    words = days_words(min(days), max(days)) + ("" if alike else ", by instrument")
    return words if len(years) > 1 else words.replace(f" {years.pop()}", "")


def _small(ax: Axes, pair: PairResult, largest: float, *, last: bool) -> None:
    data = ar_data(pair)
    ax.bar(data["tau"], data["band_high"] - data["band_low"], bottom=data["band_low"], width=1.0, color=BAND)
    for chosen, colour, hatch in ((~data["candidate"], LINE, ""), (data["candidate"], EVENT, "////")):
        ax.bar(data["tau"][chosen], data["ar"][chosen], width=0.65, color=colour, hatch=hatch,
               edgecolor="white", linewidth=0.4, zorder=3)  # fmt: skip
    ax.axhline(0.0, color="#222222", linewidth=0.6, zorder=4)
    ax.set(ylim=(-largest, largest), xlim=(pair.taus[0] - 0.6, pair.taus[-1] + 0.6))
    ax.set_xticks([int(pair.taus[0]), 0, int(pair.taus[-1])])
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8.5, length=2, labelbottom=last)
    if last:
        ax.set_xlabel("tau [sessions]", fontsize=9)


def _cell(pair: PairResult) -> str:
    move = pair.headline
    if np.isnan(move.estimate):
        return "missing"
    rank = p_words(pair.rank.p_value) if pair.rank.applies else "n/a"
    t = "" if pair.no_covariance else f" t {move.statistic:.1f},"
    return f"{number_words(pair, move.estimate)},{t} p {rank}"


def _foot(paper: Axes, sheet: ContactSheet, y: float) -> float:
    """Write what holds for all pairs, and give where it ends [inches from the top]."""
    width = WIDTH - 2 * MARGIN
    lines = [f"All pairs together: {sheet.finding}."]
    moves = sheet.result.cells.moves
    if moves > 1:
        size = 1.0 - sheet.result.spec.level
        lines.append(
            f"Counted: {sheet.result.cells}; by chance alone {moves * size:.2g} of {moves} rank p would be"
            f" {size:.2g} or below."
        )
    if sheet.confounders:
        named = "; ".join(f"{news.title}, {news.local_time}" for news in sheet.confounders)
        lines.append(f"Other news in these windows: {named}.")
    panel = sheet.result.panel
    sources = dict.fromkeys(panel.quotes_of(name).provenance.labelled for name in sheet.instruments)
    lines.append(f"Source: {'; '.join(sources)}. Ledger: {sheet.result.ledger}.")
    for line in lines:
        y = draw_text(paper, line, (MARGIN, y), size=10, colour=MUTED, width=width) + 0.05
    return y
