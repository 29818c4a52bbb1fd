"""What the windows of each pair hold: usable moves, and the reason codes, from running counts over long arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..market.panel import Panel
from ..market.snapshots import ASYNCHRONOUS_HOURS
from ..timeline import Timeline
from .design import Design
from .placed import Placed
from .policies import Policies
from .reasons import LONG_SPAN, LONG_WAIT, STALE_SHARE, Codes, Reason

__all__ = ["Examined", "examine"]

CHUNK = 32_768
"""Pairs looked at together: their columns stay in the processor's cache."""

Ints = NDArray[np.int32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """What the windows hold. All arrays have the shape (N,).

    Attributes
    ----------
    estimation_used : ndarray of int
        Moves of the estimation window that enter the fit.
    contaminated : ndarray of int
        Usable moves of the estimation window that other events' windows take away.
    zeros : ndarray of int
        Moves that enter the fit and are exactly zero.
    codes : ndarray of int
        `Reason` bits.
    """

    estimation_used: Ints
    contaminated: Ints
    zeros: Ints
    codes: Codes


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Running counts over the long arrays: what lies within [i, j) is counts[j] - counts[i]."""

    usable: Ints
    clean: Ints
    zero: Ints
    still: Ints
    spanned: Ints
    long: Ints
    frozen: Ints
    coupon: Ints
    beyond: Ints

    @classmethod
    def of(cls, design: Design, clean: Mask) -> _Counts:
        spans = np.nan_to_num(design.x[0])
        masks = (
            design.usable,
            clean,
            clean & (design.y == 0.0),
            design.usable & (design.y == 0.0),
            spans > 1,
            spans >= LONG_SPAN,
            design.frozen,
            design.coupon,
            design.beyond,
        )
        counts = np.zeros((len(masks), len(clean) + 1), dtype=np.int32)
        for mask, count in zip(masks, counts, strict=True):
            if mask.any():  # zeros that nobody wrote to take no memory
                np.cumsum(mask, dtype=np.int32, out=count[1:])
        return cls(*counts)


def examine(
    placed: Placed, panel: Panel, design: Design, clean: Mask, timeline: Timeline, policies: Policies
) -> Examined:
    """Count the moves in each pair's windows, and give the reasons to flag it or to leave it out.

    Parameters
    ----------
    placed : Placed
    panel : Panel
    design : Design
    clean : ndarray of bool
        Positions of the design whose moves may enter a fit.
    timeline : Timeline
    policies : Policies

    Returns
    -------
    Examined
    """
    counts = _Counts.of(design, clean)
    traits = _traits(panel, design)
    n = len(placed.series)
    used, contaminated, zeros = (np.empty(n, dtype=np.int32) for _ in range(3))
    codes = np.empty(n, dtype=np.int64)
    for begin in range(0, n, CHUNK):
        part = slice(begin, begin + CHUNK)
        used[part], contaminated[part], zeros[part], codes[part] = _examine(
            placed.part(part), counts, traits, design, timeline, policies
        )
    return Examined(used, contaminated, zeros, codes)


def _traits(panel: Panel, design: Design) -> Codes:
    """Reasons that belong to a series, shape (S,)."""
    own = np.array([one.own_benchmark for one in design.series])
    dirty = np.array([one.keeps_coupons or bool(one.dirty_factors) for one in design.series])
    faulty = np.array([one.fault is not None for one in design.series])
    return np.asarray(
        own * np.int64(Reason.OWN_BENCHMARK)
        | dirty * np.int64(Reason.DIRTY)
        | faulty * np.int64(Reason.NO_FACTOR)
    )


def _examine(
    p: Placed, counts: _Counts, traits: Codes, design: Design, timeline: Timeline, policies: Policies
) -> tuple[Ints, Ints, Ints, Codes]:
    """Examine the pairs of one chunk; the columns of `Examined`."""
    first, last = timeline.event
    length, offset = design.length[p.series], design.offset[p.series]
    ended = p.position >= length
    inside = ~ended & (p.position + first >= 1) & (p.position + last < length)
    begin = offset + np.minimum(p.position, length) + timeline.estimation[0]
    stop = begin + timeline.estimation_length
    used = _within(counts.clean, begin, stop)
    known = _within(counts.usable, begin, stop)
    zeros = _within(counts.zero, begin, stop)
    at = np.where(inside, offset + p.position, -first)
    through = at + np.minimum(p.last - p.position, last) + 1  # behind the last candidate
    behind = at + last + 1
    frozen = inside & (_within(counts.frozen, at, through) > 0)
    spanned = inside & (_within(counts.spanned, at, through) > 0)
    without = (traits[p.series] & int(Reason.OWN_BENCHMARK | Reason.NO_FACTOR)) != 0
    measured = inside & ~without
    conditions = {
        Reason.AFTER_LAST: ended,
        Reason.WINDOW_BEFORE_FIRST: ~ended & (p.position + first < 1),
        Reason.WINDOW_AFTER_LAST: ~ended & (p.position + last >= length),
        Reason.CANDIDATES_OUTSIDE: ~ended & (p.last - p.position > last),
        Reason.SHORT_ESTIMATION: ~ended & ~without & (used < timeline.min_estimation),
        Reason.AMBIGUOUS: p.last > p.position,
        (Reason.SPANS_OUT if policies.spanned == "leave_out" else Reason.SPANS): spanned,
        Reason.WAITED: np.abs(p.shift) > LONG_WAIT,
        Reason.TRUNCATED: ~ended & (p.position + timeline.estimation[0] < 1),
        Reason.MISSING_MOVES: measured & (_within(counts.usable, at + first, behind) < last - first + 1),
        Reason.MISSING_HEADLINE: measured & ~frozen & (_within(counts.usable, at, through) < through - at),
        Reason.DIRTY: inside & (_within(counts.coupon, at + first, behind) > 0),
        Reason.BEYOND_CURVE: inside & (_within(counts.beyond, at + first, behind) > 0),
        Reason.FROZEN: frozen,
        Reason.FROZEN_BEFORE: inside & (_within(counts.frozen, begin, behind) > 0),
        Reason.LONG_GAP: inside & (_within(counts.long, begin, behind) > _within(counts.long, at, through)),
        Reason.ASYNCHRONOUS: p.hours_apart > ASYNCHRONOUS_HOURS,  # not where unknown
        Reason.STALE: zeros > STALE_SHARE * used,
        Reason.STOOD_STILL: measured & (_within(counts.still, at, through) == through - at),
    }
    if first < 0:
        conditions[Reason.FIRST_SPANS] = inside & (_within(counts.spanned, at + first, at + first + 1) > 0)
    codes = p.codes | traits[p.series]
    for reason, where in conditions.items():
        if where.any():
            codes |= where * np.int64(reason)
    return used, known - used, zeros, codes


def _within(counts: Ints, begin: NDArray[np.int64], stop: NDArray[np.int64]) -> Ints:
    """Count what lies in [begin, stop) of each pair; of most traits there is nothing anywhere."""
    if not counts[-1]:
        return np.zeros(len(begin), dtype=np.int32)
    return np.asarray(counts[stop] - counts[begin])
