"""Benchmarks that the same news moves: the abnormal move then lacks what both moved together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..market.baskets import factor_levels
from ..market.calendars import expected_sessions
from ..market.panel import Panel
from ..maths.moves import moves_from_levels, span_slope, span_variance
from ..maths.own_moves import large_among, running_t
from ..timeline import Timeline
from .donor_sets import hit_instruments
from .positions import Positions
from .reasons import Codes, Reason

__all__ = ["moved_codes", "moved_words"]


def moved_codes(a: Positions) -> Codes:
    """Flag the pairs whose benchmark the same news moves.

    A member of a factor is taken to be moved by the news where the event hits it (it is paired with the event, or
    belongs to its place), or where its own move of a headline session is large against a constant mean of its own:
    abs(t) > 3, and more than that where several members are looked at (`large_among`).

    Parameters
    ----------
    a : Alignment

    Returns
    -------
    ndarray of int, shape (N,)
        `Reason.MOVED_BENCHMARK`, or 0.
    """
    codes = np.zeros(len(a), dtype=np.int64)
    names = _members(a)
    if not names:
        return codes
    read = [_read(a, s) for s in range(len(a.design.series))]
    reads = np.array([[name in one for name in names] for one in read])
    bounds = np.array([large_among(int(count)) for count in reads.sum(axis=1)])
    hit = hit_instruments(a.panel, a.events, (a.event, a.instrument), names)
    for j, name in enumerate(names):
        rows = np.flatnonzero(reads[a.series, j] & a.shows)
        t = _headline_t(a, rows, *_own_t(a.panel, name, a.timeline))
        moved = hit[a.event[rows], j] | (t > bounds[a.series[rows]])
        codes[rows[moved]] = int(Reason.MOVED_BENCHMARK)
    return codes


def moved_words(a: Positions, i: int) -> str:
    """Say which members of a pair's factors the news moves, and how one knows."""
    names, row = sorted(_read(a, int(a.series[i]))), np.array([i])
    hit = hit_instruments(a.panel, a.events, (a.event, a.instrument), names)[a.event[i]]
    bound = large_among(len(names))
    large = []
    for name in names:
        t = float(_headline_t(a, row, *_own_t(a.panel, name, a.timeline))[0])
        if t > bound:
            large.append(f"{name}, t = {t:.1f}")
    said = [
        f"{how} ({'; '.join(which[:4])}{f' and {len(which) - 4} more' if len(which) > 4 else ''})"
        for how, which in (
            ("the event hits it", [name for name, one in zip(names, hit, strict=True) if one]),
            ("its own move of that session is large", large),
        )
        if which
    ]
    return "a benchmark may be moved by the same news: " + ", and ".join(said)


def _members(a: Positions) -> list[str]:
    return sorted({name for one in a.design.series for basket in one.read for name in basket.members})


def _read(a: Positions, s: int) -> frozenset[str]:
    """Ids of the panel members that one series' factors are read from."""
    return frozenset(name for basket in a.design.series[s].read for name in basket.members)


def _own_t(panel: Panel, name: str, timeline: Timeline) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Sessions of a panel member, and the size of t of its move in each: log moves, and differences of rates."""
    levels = factor_levels(panel, name, "log", keep_frozen=False)
    quoted = np.isfinite(levels.levels)
    days = levels.sessions[quoted]
    unit = levels.quoted_unit if levels.kind.rule == "difference" else None
    y = moves_from_levels(levels.levels[quoted], levels.kind.rule, unit)
    spans = expected_sessions(panel.instrument(name).calendar, days)
    v = span_variance(spans, span_slope(y, spans))
    return days, np.abs(running_t(y, spans, v, timeline.estimation, timeline.min_estimation))


def _headline_t(
    a: Positions, rows: NDArray[np.int64], days: NDArray[np.datetime64], t: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The largest t of a member over the candidates of each pair's event session; zero where it has none."""
    largest = np.zeros(len(rows))
    for sessions in _candidates(a, rows):
        at = np.minimum(np.searchsorted(days, sessions), len(days) - 1)
        found = np.where((days[at] == sessions) & np.isfinite(t[at]), t[at], 0.0)
        largest = np.maximum(largest, found)
    return largest


def _candidates(a: Positions, rows: NDArray[np.int64]) -> Iterator[NDArray[np.datetime64]]:
    """The event sessions of some pairs, then their second candidates, and so on; NaT where there is none."""
    begin, length = a.design.offset[a.series[rows]], a.design.length[a.series[rows]]
    for step in range(int((a.last - a.position)[rows].max(initial=0)) + 1):
        at = a.position[rows] + step
        there = (at <= a.last[rows]) & (at < length)
        yield np.where(there, a.design.sessions[np.where(there, begin + at, 0)], np.datetime64("NaT", "D"))
