"""Alignment: every pair's event session, candidates, usable moves and reason codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..ledger import Ledger, LedgerRow, Status
from ..market.factors import Term, factor_id, members_of, simple_factor
from ..market.panel import Panel, check_panel
from ..market.quality_dates import without_copies
from ..news.event import Event
from ..news.event_set import EventSet, as_event_set
from ..provenance import stamp_of
from ..timeline import Timeline
from ..units import MoveRule
from .contamination import clean_moves
from .design import build_design
from .donor_sets import studied_series
from .examine import examine
from .moved_benchmarks import moved_codes
from .overlap import MOST_OVERLAPS, OverlapGraph, overlap_graph
from .pairs import resolve_pairs
from .place import by_series, place
from .placed import Placed
from .policies import Policies
from .positions import Positions
from .reason_words import reasons_in_words
from .reasons import Reason
from .rows import ledger_columns
from .shared_moves import shared_codes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Alignment", "align", "reexamined", "unpaired_rows"]


class Alignment(Positions):
    """`Positions` with their ledger; see there for the arrays."""

    __slots__ = ()

    @property
    def ledger(self) -> Ledger:
        """One row a pair, and one for every event without a pair."""
        lost = np.full(len(self.lost) + len(self.asides), Status.LEFT_OUT, dtype=np.int8)
        return Ledger(np.concatenate([self.status, lost]), self._columns, len(self.asides))

    def overlaps(self, *, limit: int = MOST_OVERLAPS) -> OverlapGraph:
        """Give the overlap graph: which event windows share sessions, and how many.

        Parameters
        ----------
        limit : int
            Overlaps above which none is listed.

        Returns
        -------
        OverlapGraph

        Raises
        ------
        InputError
            If there are more overlaps than the limit.
        """
        return overlap_graph(self, limit)

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
        names.update(name for one in self.design.series[self.series[row]].read for name in one.members)
        at = {int(self.instrument[row]), *map(self.panel.position, names)}
        return stamp_of(self.panel.quotes[i].provenance for i in at)

    def _columns(self) -> dict[str, object]:
        return ledger_columns(self)

    def __repr__(self) -> str:
        return f"Alignment: {self.ledger}"

    def _repr_html_(self) -> str:
        return self.ledger._repr_html_()


def align(
    panel: Panel,
    events: EventSet | Event | Iterable[Event],
    *,
    timeline: Timeline | None = None,
    pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None = None,
    factors: Sequence[Term] = (),
    rule: MoveRule = "log",
    policies: Policies | None = None,
) -> Alignment:
    """Find each pair's event session, its candidates and its usable estimation moves.

    tau = 0 is the first snapshot strictly after the news; for an interval or an unknown snapshot it is the
    first of several candidates. tau counts the instrument's own quoted sessions. Nothing is filled: where a
    factor is missing on either of a move's two dates, the move is masked and counted. The event windows of other
    events on the instrument are left out of each estimation window.

    Parameters
    ----------
    panel : Panel
    events : EventSet, Event or iterable of Event
    timeline : Timeline, optional
    pairs : {"all", "place"}, frame or iterable of (event_id, instrument)
        Required when the panel holds more than one instrument.
    factors : sequence of str, Basket, Curve, Benchmark, Shifted or Donors
        Factors that the normal model will use.
    rule : {"log", "simple"}
        How prices and currencies move.
    policies : Policies, optional
        What to do where the news and the market do not fit.

    Returns
    -------
    Alignment
        Its ``ledger`` tells what was used, flagged and left out, and why.

    Raises
    ------
    InputError
        If pairs are missing, unknown or repeated, a factor is unknown, or a policy says "raise" and finds a reason.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow", place="RU")
    >>> alignment = mi.align(mi.fetch("ecb:EUR/RUB"), news, timeline=mi.Timeline(event=(-5, 3)))
    >>> alignment.ledger.to_frame().loc[0, ["session", "status"]].tolist()
    [Timestamp('2022-02-24 00:00:00'), 'used']
    """
    timeline, policies = timeline or Timeline(), policies or Policies()
    _check_options(panel, timeline, factors, rule, policies)
    events = as_event_set(events)
    factors = tuple(factors)
    event, instrument = resolve_pairs(
        panel,
        events,
        pairs,
        used_as_factor=[factor_id(factor) for factor in factors if simple_factor(factor)],
    )
    studied = studied_series(panel, events, (event, instrument), factors)
    members, series = studied.members, studied.of_pair
    if policies.frozen == "leave_out":
        names = {panel.ids[member] for member in members}
        panel = without_copies(panel, names.union(*(map(members_of, chain(*studied.factors)))))
    _check_length(panel, members, timeline)
    design = build_design(panel, members, studied.factors, rule, -timeline.estimation[0], policies)
    order, bounds = by_series(event, series, events, len(members))
    placed = place(panel, events, event[order], bounds, design, policies)
    clean = design.usable
    if policies.contamination == "leave_out":
        clean = clean_moves(design, bounds, placed, timeline)
    examined = examine(placed, panel, design, clean, timeline, policies)
    position, last, shift, hours, used, contaminated, zeros, codes = _in_order_of_pairs(
        order, placed.position, placed.last, placed.shift, placed.hours_apart, examined.estimation_used,
        examined.contaminated, examined.zeros, examined.codes,
    )  # fmt: skip
    alignment = Alignment(
        event, instrument, series, position, last, shift, hours, used, contaminated, zeros, codes, clean,
        panel, events, timeline, policies, factors, design, None, unpaired_rows(events, event, pairs),
    )  # fmt: skip
    del order, placed, examined  # as many columns as there are pairs, which nothing below looks at
    joint = policies.same_session == "joint"
    codes = shared_codes(alignment.move, events, event, alignment.shows, joint=joint)
    codes |= alignment.codes
    codes |= moved_codes(alignment)
    return _raised(replace(alignment, codes=codes))


def _in_order_of_pairs(order: NDArray[np.int64], *columns: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Put columns that stand by instrument and time back into the order of the pairs."""
    for column in columns:
        if not column.any():  # zeros that nobody wrote to take no memory
            yield column
            continue
        back = np.empty_like(column)
        back[order] = column
        yield back


def _raised(alignment: Alignment) -> Alignment:
    """Raise what the policies say is an error."""
    policies = alignment.policies
    said = []
    if policies.roll == "raise":
        said.append((Reason.ROLLED_NEXT, "Policies.roll", "the event meets no session"))
    if policies.spanned == "raise":
        said.append((Reason.SPANS, "Policies.spanned", "the headline move spans several sessions"))
    for reason, parameter, what in said:
        concerned = (alignment.codes & int(reason)) != 0
        if reason == Reason.SPANS:
            concerned &= alignment.status != Status.LEFT_OUT
        rows = np.flatnonzero(concerned)
        if len(rows):
            row = int(rows[0])
            name = f"{alignment.events.ids[alignment.event[row]]} on {alignment.panel.ids[alignment.instrument[row]]}"
            more = f" (and {len(rows) - 1} more pairs)" if len(rows) > 1 else ""
            alone = replace(alignment, codes=np.full_like(alignment.codes, int(reason)))
            raise InputError(
                f"{what}: {name}{more}: {alone.words(row)}",
                parameter=parameter,
                received="raise",
                allowed="another policy, other pairs, or a calendar that knows the holiday",
            )
    return alignment


def reexamined(alignment: Alignment, shift: int) -> Alignment:
    """Move every event by some sessions, its estimation window with it, and examine the windows anew.

    The event windows of the events where they truly are stay out of all estimation windows.

    Parameters
    ----------
    alignment : Alignment
    shift : int
        [sessions].

    Returns
    -------
    Alignment
    """
    a = alignment
    step = np.where(a.shows, np.int32(shift), np.int32(0))
    position, last = np.maximum(a.position + step, 0), np.maximum(a.last + step, 0)
    kept = int(
        Reason.NO_SESSION | Reason.BEFORE_FIRST | Reason.SHARED | Reason.JOINED | Reason.CONFOUNDED_OUT
    )
    placed = Placed(a.series, position, last, a.shift, a.hours_apart, a.codes & np.int64(kept))
    examined = examine(placed, a.panel, a.design, a.clean, a.timeline, a.policies)
    shifted = replace(
        a, position=position, last=last, estimation_used=examined.estimation_used,
        contaminated=examined.contaminated, zeros=examined.zeros, codes=examined.codes,
    )  # fmt: skip
    return replace(shifted, codes=shifted.codes | moved_codes(shifted))


def unpaired_rows(events: EventSet, paired: NDArray[np.int32], pairs: object) -> tuple[LedgerRow, ...]:
    """Events that were to meet the instruments of their place, and meet none."""
    if not isinstance(pairs, str) or pairs != "place":
        return ()
    alone = np.setdiff1d(np.arange(len(events)), paired)
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


def _check_options(panel: object, timeline: object, factors: object, rule: object, policies: object) -> None:
    check_panel(panel)
    if not isinstance(timeline, Timeline):
        raise InputError(
            "is not a time line", parameter="timeline", received=timeline, allowed="mi.Timeline(...)"
        )
    if isinstance(factors, Term):
        raise InputError(
            "is one factor, not several", parameter="factors", received=factors, allowed="a list of factors"
        )
    if rule not in ("log", "simple"):
        raise InputError("is not known", parameter="rule", received=rule, allowed="'log', 'simple'")
    if not isinstance(policies, Policies):
        raise InputError(
            "is not a set of policies",
            parameter="policies",
            received=policies,
            allowed='mi.Policies(roll="previous", ...)',
        )


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
