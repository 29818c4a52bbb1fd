"""Reason codes in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ..market.coupon_search import CouponRolls
from ..market.factors import Shifted, factor_id
from ..market.snapshots import snapshot_of
from ..maths.stale import last_quoted, runs_of
from .moved_benchmarks import moved_words
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

TOGETHER = Reason.SHARED | Reason.JOINED

Groups = Mapping[int, NDArray[np.int64]]


def reasons_in_words(a: Positions, rows: Iterable[int]) -> list[str]:
    """Say the reasons of some pairs, most severe first; empty for a pair used without remark."""
    rows = list(rows)
    groups: Groups = {}
    if any(int(a.codes[i]) & TOGETHER for i in rows):
        groups = groups_of(a.move, np.flatnonzero((a.codes & int(TOGETHER)) != 0))
    return [_words(a, i, Reason(int(a.codes[i])), groups) if a.codes[i] else "" for i in rows]


def _words(a: Positions, i: int, code: Reason, groups: Groups) -> str:
    shown = code & NOWHERE or (code & (LEFT_OUT | EXPLAINING) if code & LEFT_OUT else code)
    return "; ".join(
        _together(a, i, reason, groups) if reason in TOGETHER else WORDS[reason](a, i)
        for reason in BY_WEIGHT
        if reason in shown
    )


def _together(a: Positions, i: int, reason: Reason, groups: Groups) -> str:
    """Say which events first show in the sessions of this one."""
    group = groups[int(a.move[i])]
    if reason == Reason.JOINED:
        leading = next(j for j in group if not int(a.codes[j]) & Reason.JOINED)
        return f"part of the joint event {a.events.ids[a.event[leading]]}: they first show in one session"
    names = _listed(sorted(str(a.events.ids[a.event[j]]) for j in group if j != i))
    if a.policies.same_session == "joint":
        return f"a joint event with {names}: they first show in one session"
    return (
        f"another event has the same event session ({names}): one move, counted once in averages over events"
    )


def _days(a: Positions, i: int) -> NDArray[np.datetime64]:
    return a.panel.quotes[int(a.instrument[i])].sessions


def _session(a: Positions, i: int) -> np.datetime64:
    return np.datetime64(_days(a, i)[a.position[i]])


def _at(a: Positions, i: int) -> int:
    """Position of tau = 0 in the design."""
    return int(a.design.offset[a.series[i]]) + int(a.position[i])


def _candidates(a: Positions, i: int) -> int:
    """tau of the last candidate."""
    return int(a.last[i] - a.position[i])


def _before_window(a: Positions, i: int) -> str:
    cure = "bring earlier quotes" if a.position[i] == 0 else "shorten Timeline(event=...)"
    return (
        f"the series begins on {_days(a, i)[0]}, tau = {-a.position[i]}; the event window asks for moves from"
        f" tau = {a.timeline.event[0]}: {cure}"
    )


def _after_window(a: Positions, i: int) -> str:
    left = len(_days(a, i)) - 1 - a.position[i]
    return (
        f"the series ends on {_days(a, i)[-1]}, tau = {left}; the event window asks for tau ="
        f" {a.timeline.event[1]}: {a.shorter}"
    )


def _ambiguous(a: Positions, i: int) -> str:
    said = f"the event session may be any of tau = 0 to {_candidates(a, i)}"
    if snapshot_of(a.panel.instruments[int(a.instrument[i])].snapshot) is None:
        said += " (unknown snapshot, anywhere in the day of UTC: give one to narrow this)"
    return said


def _short(a: Positions, i: int) -> str:
    lost = int(a.contaminated[i])
    why = [f"{lost} lie in event windows of other events"] if lost else []
    first, last = a.timeline.estimation
    window = slice(_at(a, i) + first, _at(a, i) + last + 1)
    without = np.count_nonzero(np.isfinite(a.design.y[window]) & ~a.design.usable[window])
    if without:
        why.append(f"{without} have no factor: {_factors(a)}")
    return (
        f"{a.estimation_used[i]} usable estimation moves, fewer than min_estimation ="
        f" {a.timeline.min_estimation}{f' ({_listed(why)})' if why else ''}"
    )


def _factors(a: Positions) -> str:
    return ", ".join(factor_id(factor) for factor in a.factors)


def _swings(a: Positions) -> str:
    """Name what takes a Scholes-Williams beta away too, where moves of neighbouring sessions are read."""
    return ", or swings back by half and more" if any(isinstance(one, Shifted) for one in a.factors) else ""


def _missing(a: Positions, i: int) -> str:
    own = "own quotes" + (", or left out for its span" if a.policies.spanned == "leave_out" else "")
    return f"a move of the event window is missing ({_factors(a) or own})"


def _spans(a: Positions, i: int) -> str:
    at = _at(a, i)
    return f"a move of the headline window spans several sessions{_gaps(a, i, at, at + _candidates(a, i), 2)}"


def _long_gap(a: Positions, i: int) -> str:
    at = _at(a, i)
    begin, end = at + a.timeline.estimation[0], at + a.timeline.event[1]
    gaps = _gaps(a, i, begin, end, LONG_SPAN, but=(at, at + _candidates(a, i)))
    return f"the windows reach across days without quotes{gaps}"


def _gaps(a: Positions, i: int, begin: int, end: int, least: int, *, but: tuple[int, int] = (0, -1)) -> str:
    """Name the quotes between which moves span sessions: ": from 2022-02-24 to 2022-03-22, 18 sessions"."""
    offset = int(a.design.offset[a.series[i]])
    begin = max(begin, offset + 1)
    spans = np.nan_to_num(a.design.x[0][begin : end + 1])
    quoted = last_quoted(a.design.frozen[offset : end + 1])
    said = []
    for at in begin + np.flatnonzero(spans >= least):
        if but[0] <= at <= but[1]:
            continue
        day, before = a.design.sessions[at], a.design.sessions[offset + quoted[at - 1 - offset]]
        declared = [
            f", closed {one}"
            for one in a.panel.instruments[int(a.instrument[i])].closures
            if np.datetime64(one.first) < day and np.datetime64(one.last) > before
        ]
        said.append(f"from {before} to {day}, {int(a.design.x[0][at])} sessions{''.join(declared)}")
    return f": {_listed(said)}" if said else ""


def _frozen(a: Positions, i: int, first: int, last: int) -> str:
    """Name the frozen runs that reach into a stretch of taus, both ends inclusive."""
    sessions, runs = _days(a, i), runs_of(a.design.series[int(a.series[i])].frozen)
    begin, end = int(a.position[i]) + first, int(a.position[i]) + last
    inside = slice(np.searchsorted(runs[:, 1], begin), np.searchsorted(runs[:, 0], end, side="right"))
    return _listed(
        [
            f"{until - since + 1} quotes that stand still from {sessions[since]} to {sessions[until]}"
            for since, until in runs[inside]
        ]
    )


def _dirty(a: Positions, i: int) -> str:
    """Say that coupons were taken out of the windows' moves, or why they were not, in those of factors too."""
    series = a.design.series[int(a.series[i])]
    said = []
    if series.kind.quoted == "clean price" and series.keeps_coupons and series.rolls is not None:
        said.append(
            f"declared as clean prices, but {len(series.rolls)} coupons drop out of them, the last on"
            f" {series.rolls.sessions[-1]}: declare quoted='dirty price' to have them taken out"
        )
    elif series.kind.quoted == "dirty price" or not series.dirty_factors:
        said.append(_own_coupons(a, i, series.rolls))
    if series.dirty_factors:
        said.append(f"a factor whose coupons stay in its moves: {_listed([*series.dirty_factors])}")
    return "; ".join(one for one in said if one)


def _own_coupons(a: Positions, i: int, rolls: CouponRolls | None) -> str:
    """Say what became of the instrument's own coupons; nothing where its event window holds none."""
    if rolls is None:
        return (
            "dirty prices: coupons are not removed from the moves, as the bond's coupon, maturity, frequency and day"
            " count are not given"
        )
    if rolls.denied:
        return "declared as dirty prices, but no coupon is seen to drop out of them: nothing is removed"
    first, last = (int(a.position[i]) + tau for tau in a.timeline.event)
    inside = (rolls.positions >= first) & (rolls.positions <= last)
    said = [
        f"{coupon:g} on {session} (a move of {move:+.2f}{'' if clear else ', not clear by its size'})"
        for coupon, session, move, clear in zip(
            rolls.coupon[inside], rolls.sessions[inside], rolls.move[inside], rolls.clear[inside], strict=True
        )
    ]
    return f"a coupon is taken out of the moves: {_listed(said)}" if said else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


WORDS: Mapping[Reason, Callable[[Positions, int], str]] = {
    Reason.NO_SESSION: lambda a, i: (
        "nothing is quoted on the event's day, and "
        + (
            "the policy is to leave such events out"
            if a.policies.roll == "drop"
            else "no session comes before it"
        )
    ),
    Reason.AFTER_LAST: lambda a, i: (
        f"no snapshot after the event: the series ends on {_days(a, i)[-1]}; bring later quotes"
    ),
    Reason.BEFORE_FIRST: lambda a, i: (
        f"the event comes {a.shift[i]} days before the first quote, of {_days(a, i)[0]}: bring earlier quotes"
    ),
    Reason.WINDOW_BEFORE_FIRST: _before_window,
    Reason.WINDOW_AFTER_LAST: _after_window,
    Reason.CANDIDATES_OUTSIDE: lambda a, i: (
        f"the event session may be as late as tau = {_candidates(a, i)}, beyond the event window's end"
        f" {a.timeline.event[1]}: widen Timeline(event=...) or give a snapshot"
    ),
    Reason.AMBIGUOUS: _ambiguous,
    Reason.WAITED: lambda a, i: f"{abs(a.shift[i])} days lie between the event and its session",
    Reason.TRUNCATED: lambda a, i: f"the estimation window begins before the first move, of {_days(a, i)[0]}",
    Reason.ROLLED_NEXT: lambda a, i: (
        "nothing is quoted on the event's day"
        + (f": rolled to the next session, {_session(a, i)}" if a.policies.roll != "raise" else "")
    ),
    Reason.ROLLED_BACK: lambda a, i: (
        f"nothing is quoted on the event's day: rolled back to the last session before it, {_session(a, i)}"
    ),
    Reason.DELAYED: lambda a, i: (
        f"a snapshot came before the latency of {a.policies.latency} minutes had passed"
    ),
    Reason.SHORT_ESTIMATION: _short,
    Reason.OWN_BENCHMARK: lambda a, i: "an instrument is never its own benchmark",
    Reason.NO_VARIATION: lambda a, i: "the normal model leaves no variation in the estimation window",
    Reason.COLLINEAR: lambda a, i: (
        f"a factor does not vary, or repeats another{_swings(a)}, in the estimation window ({_factors(a)})"
    ),
    Reason.SPANS: _spans,
    Reason.SPANS_OUT: lambda a, i: f"{_spans(a, i)}, and the policy is to leave it out",
    Reason.FIRST_SPANS: lambda a, i: (
        "the event window's first move spans days without quotes before the window"
    ),
    Reason.MISSING_MOVES: _missing,
    Reason.MISSING_HEADLINE: lambda a, i: "a move of the headline window is missing",
    Reason.ASYNCHRONOUS: lambda a, i: (
        f"snapshots of instrument and factors lie {a.hours_apart[i]:.1f} hours apart"
    ),
    Reason.STALE: lambda a, i: f"{a.zero_share[i]:.0%} of the estimation moves are zero",
    Reason.STOOD_STILL: lambda a, i: (
        f"the move is exactly zero, as {a.zeros[i]} of {a.estimation_used[i]} estimation moves are: perhaps not quoted"
        if a.estimation_used[i]
        else "the move is exactly zero: perhaps not quoted"
    ),
    Reason.DIRTY: _dirty,
    Reason.FROZEN: lambda a, i: (
        f"not quoted: {_frozen(a, i, 0, _candidates(a, i))}; where the market was shut, declare it (mi.Closure), and"
        " the news rolls to the first quote after it"
    ),
    Reason.FROZEN_BEFORE: lambda a, i: (
        "the windows hold quotes that stand still, taken as not quoted:"
        f" {_frozen(a, i, a.timeline.estimation[0], a.timeline.event[1])}"
    ),
    Reason.LONG_GAP: _long_gap,
    Reason.BEYOND_CURVE: lambda a, i: (
        f"the maturity lies beyond the curve, whose end is taken flat ({_factors(a)})"
    ),
    Reason.NO_FACTOR: lambda a, i: (
        f"{_factors(a)} cannot be read for it: {a.design.series[int(a.series[i])].fault}"
    ),
    Reason.MOVED_BENCHMARK: moved_words,
    Reason.CONFOUNDED: lambda a, i: "other dated news falls into the headline window",
    Reason.CONFOUNDED_OUT: lambda a, i: "confounded, and left out on request",
}
"""Words of each reason, for a pair; those of `TOGETHER` need the other pairs."""
