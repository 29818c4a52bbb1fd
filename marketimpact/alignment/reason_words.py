"""Reason codes in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ..market.baskets import factor_id
from .positions import Positions
from .reasons import LEFT_OUT, LONG_SPAN, NOWHERE, REMARKS, Reason
from .shared_moves import groups_of

__all__ = ["reasons_in_words"]

MOST_NAMES = 4

BY_WEIGHT = sorted(
    Reason, key=lambda reason: (reason != Reason.FROZEN, reason not in LEFT_OUT, reason in REMARKS)
)
"""What leaves a pair out, what flags it, and mere remarks; that nothing is quoted explains the rest."""

EXPLAINING = Reason.FROZEN_BEFORE | Reason.TRUNCATED | Reason.LONG_GAP
"""What a pair that is left out may owe it to; its other remarks are of no use then."""

Groups = Mapping[int, NDArray[np.int64]]


def reasons_in_words(a: Positions, rows: Iterable[int]) -> list[str]:
    """Say the reasons of some pairs, most severe first; empty for a pair used without remark."""
    rows = list(rows)
    together = int(Reason.SHARED | Reason.JOINED)
    groups: Groups = {}
    if any(int(a.codes[i]) & together for i in rows):
        groups = groups_of(a.move, np.flatnonzero((a.codes & together) != 0))
    return [_words(a, i, Reason(int(a.codes[i])), groups) if a.codes[i] else "" for i in rows]


def _words(a: Positions, i: int, code: Reason, groups: Groups) -> str:
    said = {**_of_place(a, i), **_of_moves(a, i), **_of_others(a, i, code, groups)}
    shown = code & NOWHERE or (code & (LEFT_OUT | EXPLAINING) if code & LEFT_OUT else code)
    return "; ".join(said[reason] for reason in BY_WEIGHT if reason in shown)


def _of_place(a: Positions, i: int) -> dict[Reason, str]:
    """Words on where the event falls in the series."""
    first, last = a.timeline.event
    sessions = a.panel.quotes[int(a.instrument[i])].sessions
    position, n = int(a.position[i]), len(sessions)
    session = sessions[position] if position < n else None
    return {
        Reason.NO_SESSION: "nothing is quoted on the event's day, and the policy is to leave such events out"
        if a.policies.roll == "drop"
        else "nothing is quoted on the event's day, and no session comes before it",
        Reason.AFTER_LAST: f"no snapshot after the event: the series ends on {sessions[-1]}; bring later quotes",
        Reason.BEFORE_FIRST: f"the event comes {a.shift[i]} days before the first quote, of {sessions[0]}: bring"
        " earlier quotes",
        Reason.WINDOW_BEFORE_FIRST: f"the series begins on {sessions[0]}, tau = {-position}; the event window asks"
        f" for moves from tau = {first}"
        + (": bring earlier quotes" if position == 0 else ": shorten Timeline(event=...)"),
        Reason.WINDOW_AFTER_LAST: f"the series ends on {sessions[-1]}, tau = {n - 1 - position}; the event window"
        f" asks for tau = {last}: shorten Timeline(event=...)",
        Reason.CANDIDATES_OUTSIDE: f"the event session may be as late as tau = {a.last[i] - a.position[i]}, beyond"
        f" the event window's end {last}: widen Timeline(event=...) or give a snapshot",
        Reason.AMBIGUOUS: f"the event session may be any of tau = 0 to {a.last[i] - a.position[i]}",
        Reason.WAITED: f"{abs(a.shift[i])} days lie between the event and its session",
        Reason.TRUNCATED: f"the estimation window begins before the first move, of {sessions[0]}",
        Reason.ROLLED_NEXT: "nothing is quoted on the event's day"
        + (f": rolled to the next session, {session}" if a.policies.roll != "raise" else ""),
        Reason.DELAYED: f"a snapshot came before the latency of {a.policies.latency} minutes had passed",
        Reason.ROLLED_BACK: "nothing is quoted on the event's day: rolled back to the last session before it,"
        f" {session}",
    }


def _of_moves(a: Positions, i: int) -> dict[Reason, str]:
    """Words on the moves in the windows."""
    factors = ", ".join(factor_id(factor) for factor in a.factors)
    at = int(a.positions[i]) if a.position[i] < a.design.length[a.series[i]] else 0
    candidates = int(a.last[i] - a.position[i])
    first, last = a.timeline.estimation[0], a.timeline.event[1]
    spans = f"a move of the headline window spans several sessions{_gaps(a, i, at, at + candidates, 2)}"
    return {
        Reason.SHORT_ESTIMATION: f"{a.estimation_used[i]} usable estimation moves, fewer than min_estimation ="
        f" {a.timeline.min_estimation}" + _lost_to_others(a, i),
        Reason.OWN_BENCHMARK: "an instrument is never its own benchmark",
        Reason.NO_VARIATION: "the normal model leaves no variation in the estimation window",
        Reason.COLLINEAR: f"a factor does not vary, or repeats another, in the estimation window ({factors})",
        Reason.SPANS: spans,
        Reason.SPANS_OUT: spans + ", and the policy is to leave it out",
        Reason.FIRST_SPANS: "the event window's first move begins before the window",
        Reason.MISSING_MOVES: f"a move of the event window is missing ({factors or 'own quotes'})",
        Reason.MISSING_HEADLINE: "a move of the headline window is missing",
        Reason.ASYNCHRONOUS: f"snapshots of instrument and factors lie {a.hours_apart[i]:.1f} hours apart",
        Reason.STALE: f"{a.zero_share[i]:.0%} of the estimation moves are zero",
        Reason.DIRTY: "dirty prices: coupons are not removed from the moves",
        Reason.FROZEN: f"not quoted: {_frozen(a, i, 0, candidates)}",
        Reason.FROZEN_BEFORE: f"the windows hold quotes that stand still, taken as not quoted:"
        f" {_frozen(a, i, first, last)}",
        Reason.LONG_GAP: f"the windows reach across days without quotes"
        f"{_gaps(a, i, at + first, at + last, LONG_SPAN, but=(at, at + candidates))}",
    }


def _of_others(a: Positions, i: int, code: Reason, groups: Groups) -> dict[Reason, str]:
    """Words on other news."""
    if not code & (Reason.SHARED | Reason.JOINED):
        names = ""
        first = ""
    else:
        group = groups[int(a.move[i])]
        names = _listed(sorted(str(a.events.ids[a.event[j]]) for j in group if j != i))
        leading = [j for j in group if not int(a.codes[j]) & Reason.JOINED]
        first = str(a.events.ids[a.event[leading[0]]]) if leading else ""
    joint = a.policies.same_session == "joint"
    return {
        Reason.SHARED: f"a joint event with {names}: they first show in one session"
        if joint
        else f"another event has the same event session ({names}): one move, counted once in averages over events",
        Reason.JOINED: f"part of the joint event {first}: they first show in one session",
        Reason.CONFOUNDED: "other dated news falls into the headline window",
        Reason.CONFOUNDED_OUT: "confounded, and left out on request",
    }


def _lost_to_others(a: Positions, i: int) -> str:
    lost = int(a.contaminated[i])
    return f" ({lost} lie in event windows of other events)" if lost else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _gaps(a: Positions, i: int, begin: int, end: int, least: int, *, but: tuple[int, int] = (0, -1)) -> str:
    """Name the quotes between which moves span sessions: " (from 2022-02-24 to 2022-03-22, 18 sessions)"."""
    offset = int(a.design.offset[a.series[i]])
    begin = max(begin, offset + 1)
    spans = np.nan_to_num(a.design.x[0][begin : end + 1])
    said = []
    for at in begin + np.flatnonzero(spans >= least):
        if but[0] <= at <= but[1]:
            continue
        earlier = at - 1
        while a.design.frozen[earlier]:
            earlier -= 1
        day, before = a.design.sessions[at], a.design.sessions[earlier]
        declared = [
            f", closed {one}"
            for one in a.panel.instruments[int(a.instrument[i])].closures
            if np.datetime64(one.first) < day and np.datetime64(one.last) > before
        ]
        said.append(f"from {before} to {day}, {int(a.design.x[0][at])} sessions{''.join(declared)}")
    return f": {_listed(said)}" if said else ""


def _frozen(a: Positions, i: int, first: int, last: int) -> str:
    """Name the frozen runs that reach into a stretch of taus, both ends inclusive."""
    sessions = a.panel.quotes[int(a.instrument[i])].sessions
    begin, end = int(a.position[i]) + first, int(a.position[i]) + last
    return _listed(
        [
            f"{until - since + 1} equal quotes from {sessions[since]} to {sessions[until]}"
            for since, until in a.design.series[int(a.series[i])].frozen
            if until >= begin and since <= end
        ]
    )
