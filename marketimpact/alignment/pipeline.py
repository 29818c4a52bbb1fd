"""Alignment: every pair's event session, candidates, usable moves and reason codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..ledger import Ledger, LedgerRow, Status
from ..market.baskets import Basket, members_of
from ..market.panel import Panel
from ..market.snapshots import snapshot_bounds, snapshot_of, widest_gap
from ..news.event import Event
from ..news.event_set import EventSet, as_event_set
from ..provenance import stamp_of
from ..timeline import Timeline
from ..units import MoveRule
from .design import Design, build_design
from .pairs import Pairs, resolve_pairs
from .positions import Positions
from .reasons import ASYNCHRONOUS_HOURS, LONG_WAIT, STALE_SHARE, Reason
from .rows import ledger_columns, reasons_in_words
from .sessions import candidates

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Alignment", "align"]


class Alignment(Positions):
    """`Positions` with their ledger; see there for the arrays."""

    __slots__ = ()

    @property
    def ledger(self) -> Ledger:
        """One row a pair, and one for every event without a pair."""
        lost = np.full(len(self.lost), Status.LEFT_OUT, dtype=np.int8)
        return Ledger(np.concatenate([self.status, lost]), self._columns)

    def words(self, row: int) -> str:
        """Say why a pair is flagged or left out; empty for a pair used without remark."""
        return reasons_in_words(self, [row])[0]

    def left_out(self, most: int) -> list[str]:
        """Say of the first few pairs and events that were left out what they are, and why."""
        rows = np.flatnonzero(self.status == Status.LEFT_OUT)[:most]
        pairs = [
            f"{self.events.ids[self.event[row]]} on {self.panel.ids[self.instrument[row]]}: {self.words(int(row))}"
            for row in rows
        ]
        return [*pairs, *(f"{row.event_id}: {row.reason}" for row in self.lost)][:most]

    def stamp_of(self, row: int) -> str | None:
        """Word to stamp across a pair's figures: its instrument or a factor was not observed."""
        names = {name for factor in self.factors for name in members_of(factor)}
        at = {int(self.instrument[row]), *map(self.panel.position, names)}
        return stamp_of(self.panel.quotes[i].provenance for i in at)

    def _columns(self) -> dict[str, object]:
        return ledger_columns(self)

    def __repr__(self) -> str:
        return f"Alignment: {self.ledger}"


def align(
    panel: Panel,
    events: EventSet | Event | Iterable[Event],
    *,
    timeline: Timeline | None = None,
    pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None = None,
    factors: Sequence[str | Basket] = (),
    rule: MoveRule = "log",
) -> Alignment:
    """Find each pair's event session, its candidates and its usable estimation moves.

    tau = 0 is the first snapshot strictly after the news; for an interval or an unknown snapshot it is the
    first of several candidates. tau counts the instrument's own quoted sessions. Nothing is filled: where a
    factor is missing on either of a move's two dates, the move is masked and counted.

    Parameters
    ----------
    panel : Panel
    events : EventSet, Event or iterable of Event
    timeline : Timeline, optional
    pairs : {"all", "place"}, frame or iterable of (event_id, instrument)
        Required when the panel holds more than one instrument.
    factors : sequence of str or Basket
        Factors that the normal model will use.
    rule : {"log", "simple"}
        How prices and currencies move.

    Returns
    -------
    Alignment
        Its ``ledger`` tells what was used, flagged and left out, and why.

    Raises
    ------
    InputError
        If pairs are missing, unknown or repeated, or a factor is unknown.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow", place="RU")
    >>> alignment = mi.align(mi.fetch("ecb:EUR/RUB"), news, timeline=mi.Timeline(event=(-5, 3)))
    >>> alignment.ledger.to_frame().loc[0, ["session", "status"]].tolist()
    [Timestamp('2022-02-24 00:00:00'), 'used']
    """
    timeline = timeline or Timeline()
    _check_options(panel, timeline, factors, rule)
    events = as_event_set(events)
    factors = tuple(factors)
    found = resolve_pairs(
        panel, events, pairs, used_as_factor=[factor for factor in factors if isinstance(factor, str)]
    )
    members, series = np.unique(found[1], return_inverse=True)
    _check_length(panel, members, timeline)
    design = build_design(panel, members, factors, rule, pad=-timeline.estimation[0])
    position, last, shift, hours = _locate(panel, events, found, series, design)
    usable, zero = _running(design.usable), _running(design.usable & (design.y == 0.0))
    begin = design.offset[series] + np.minimum(position, design.length[series]) + timeline.estimation[0]
    stop = begin + timeline.estimation_length
    used = usable[stop] - usable[begin]
    with np.errstate(invalid="ignore", divide="ignore"):
        zero_share = (zero[stop] - zero[begin]) / used
    uncoded = Alignment(
        *found, series, position, last, shift, used, zero_share, hours, np.zeros_like(position),
        panel, events, timeline, factors, design, _unpaired(events, found, pairs),
    )  # fmt: skip
    return replace(uncoded, codes=_codes(uncoded, usable))


def _unpaired(events: EventSet, found: Pairs, pairs: object) -> tuple[LedgerRow, ...]:
    """Events that were to meet the instruments of their place, and meet none."""
    if not isinstance(pairs, str) or pairs != "place":
        return ()
    alone = np.setdiff1d(np.arange(len(events)), found[0])
    places = events.columns["place"]
    return tuple(
        LedgerRow(
            str(events.ids[i]),
            "the event has no place"
            if places[i] is None
            else f"no instrument belongs to the place {places[i]}",
            events.local_time(int(i)),
        )
        for i in alone
    )


def _check_options(panel: object, timeline: object, factors: object, rule: object) -> None:
    if not isinstance(panel, Panel):
        raise InputError(
            "is not a panel",
            parameter="panel",
            received=type(panel).__name__,
            allowed="mi.Panel.from_frame(frame, ...)",
        )
    if not isinstance(timeline, Timeline):
        raise InputError(
            "is not a time line", parameter="timeline", received=timeline, allowed="mi.Timeline(...)"
        )
    if isinstance(factors, str | Basket):
        raise InputError(
            "is one factor, not several", parameter="factors", received=factors, allowed="a list of factors"
        )
    if rule not in ("log", "simple"):
        raise InputError("is not known", parameter="rule", received=rule, allowed="'log', 'simple'")


def _check_length(panel: Panel, members: NDArray[np.int64], timeline: Timeline) -> None:
    """Refuse windows that no event could fill in any of the series."""
    needed = timeline.min_estimation - timeline.estimation[1] + timeline.event[1] + 1
    longest = max(len(panel.quotes[int(member)]) for member in members)
    if longest < needed:
        raise InputError(
            f"the windows need {needed} quotes, the longest series has {longest}",
            parameter="timeline",
            received=timeline,
            allowed="shorter windows, a smaller min_estimation, or longer series",
        )


def _running(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Running count of a mask, so that the count within [i, j) is running[j] - running[i]."""
    return np.concatenate([[0], np.cumsum(mask)])


def _locate(
    panel: Panel, events: EventSet, pairs: Pairs, series: NDArray[np.int64], design: Design
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Give what depends on each instrument's own sessions, instrument by instrument.

    Returns
    -------
    first, last : ndarray of int, shape (N,)
        Candidates of the event session.
    shift : ndarray of int, shape (N,)
        Calendar days from the event's local date to its session; zero where the series has ended.
    hours : ndarray, shape (N,)
        How far the snapshots of instrument and factors lie apart [hours].
    """
    first, last, shift = np.empty_like(series), np.empty_like(series), np.zeros_like(series)
    hours, local = np.zeros(len(series)), events.local_days()
    order = np.argsort(series, kind="stable")
    bounds = np.searchsorted(series[order], np.arange(len(design.members) + 1))
    for s, member in enumerate(design.members):
        rows = order[bounds[s] : bounds[s + 1]]
        sessions = panel.quotes[member].sessions
        snapshot = snapshot_of(panel.instruments[member].snapshot)
        at = pairs[0][rows]
        first[rows], last[rows] = candidates(
            events.start[at], events.end[at], *snapshot_bounds(snapshot, sessions)
        )
        apart = widest_gap(snapshot, dict.fromkeys(design.series[s].snapshots), sessions)
        hours[rows] = np.append(apart, np.nan)[first[rows]]
        on = rows[first[rows] < len(sessions)]
        shift[on] = (sessions[first[on]] - local[pairs[0][on]]).astype(np.int64)
    return first, last, shift, hours


def _repeated(keys: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a key stands more than once."""
    _, which, count = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(count[which] > 1)


def _codes(a: Positions, usable: NDArray[np.int64]) -> NDArray[np.int64]:
    """Reason bits of each pair; ``usable`` is the running count of usable moves."""
    first, last = a.timeline.event
    length = a.design.length[a.series]
    ended = a.position >= length
    inside = ~ended & (a.position + first >= 1) & (a.position + last < length)
    at = np.where(inside, a.positions, -first)
    span_at_end = np.minimum(a.last - a.position, last)
    spanned = _running(a.design.x[0] > 1)
    present = usable[at + last + 1] - usable[at + first]
    headline = usable[at + span_at_end + 1] - usable[at]
    own = np.array([one.own_benchmark for one in a.design.series])[a.series]
    dirty = np.array([one.kind.quoted == "dirty price" for one in a.design.series])[a.series]
    conditions = {
        Reason.AFTER_LAST: ended,
        Reason.WINDOW_BEFORE_FIRST: ~ended & (a.position + first < 1),
        Reason.WINDOW_AFTER_LAST: ~ended & (a.position + last >= length),
        Reason.CANDIDATES_OUTSIDE: ~ended & (a.last - a.position > last),
        Reason.SHORT_ESTIMATION: ~ended & ~own & (a.estimation_used < a.timeline.min_estimation),
        Reason.OWN_BENCHMARK: own,
        Reason.AMBIGUOUS: a.last > a.position,
        Reason.SPANS: inside & (spanned[at + span_at_end + 1] > spanned[at]),
        Reason.FIRST_SPANS: inside & (first < 0) & (a.design.x[0][at + first] > 1),
        Reason.WAITED: a.shift > LONG_WAIT,
        Reason.TRUNCATED: ~ended & (a.position + a.timeline.estimation[0] < 1),
        Reason.MISSING_MOVES: inside & ~own & (present < a.timeline.event_length),
        Reason.MISSING_HEADLINE: inside & ~own & (headline <= span_at_end),
        Reason.ASYNCHRONOUS: np.nan_to_num(a.hours_apart) > ASYNCHRONOUS_HOURS,
        Reason.STALE: np.nan_to_num(a.zero_share) > STALE_SHARE,
        Reason.DIRTY: dirty,
        Reason.SHARED: ~ended & _repeated(a.move),
    }
    codes = np.zeros(len(a), dtype=np.int64)
    for reason, where in conditions.items():
        codes |= np.where(where, int(reason), 0)
    return codes
