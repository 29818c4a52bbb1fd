"""Reason codes: why a pair is flagged or left out."""

from __future__ import annotations

from enum import IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEFT_OUT",
    "LONG_SPAN",
    "LONG_WAIT",
    "NOWHERE",
    "REMARKS",
    "STALE_SHARE",
    "Codes",
    "Reason",
    "status_of",
]

LONG_WAIT = 4
"""Calendar days from event to session that a long weekend explains [days]."""

LONG_SPAN = 5
"""Expected sessions that a move spans from which on it crosses a closure rather than a holiday [sessions]."""

STALE_SHARE = 0.20
"""Share of zero moves in an estimation window above which a series is called stale."""


Codes = NDArray[np.int64]
"""`Reason` bits of pairs."""


class Reason(IntFlag):
    """One bit a reason; the ledger puts them into words."""

    AFTER_LAST = 1 << 0
    WINDOW_BEFORE_FIRST = 1 << 1
    WINDOW_AFTER_LAST = 1 << 2
    CANDIDATES_OUTSIDE = 1 << 3
    SHORT_ESTIMATION = 1 << 4
    OWN_BENCHMARK = 1 << 5
    NO_VARIATION = 1 << 6
    COLLINEAR = 1 << 7
    AMBIGUOUS = 1 << 8
    SPANS = 1 << 9
    FIRST_SPANS = 1 << 10
    WAITED = 1 << 11
    TRUNCATED = 1 << 12
    MISSING_MOVES = 1 << 13
    MISSING_HEADLINE = 1 << 14
    ASYNCHRONOUS = 1 << 15
    STALE = 1 << 16
    DIRTY = 1 << 17
    SHARED = 1 << 18
    ROLLED_NEXT = 1 << 19
    ROLLED_BACK = 1 << 20
    NO_SESSION = 1 << 21
    SPANS_OUT = 1 << 22
    JOINED = 1 << 23
    FROZEN = 1 << 24
    FROZEN_BEFORE = 1 << 25
    LONG_GAP = 1 << 26
    CONFOUNDED = 1 << 27
    CONFOUNDED_OUT = 1 << 28
    DELAYED = 1 << 29
    BEFORE_FIRST = 1 << 30
    STOOD_STILL = 1 << 31
    BEYOND_CURVE = 1 << 32
    NO_FACTOR = 1 << 33
    MOVED_BENCHMARK = 1 << 34


LEFT_OUT = (
    Reason.AFTER_LAST
    | Reason.WINDOW_BEFORE_FIRST
    | Reason.WINDOW_AFTER_LAST
    | Reason.CANDIDATES_OUTSIDE
    | Reason.SHORT_ESTIMATION
    | Reason.OWN_BENCHMARK
    | Reason.NO_VARIATION
    | Reason.COLLINEAR
    | Reason.NO_SESSION
    | Reason.BEFORE_FIRST
    | Reason.SPANS_OUT
    | Reason.JOINED
    | Reason.FROZEN
    | Reason.CONFOUNDED_OUT
    | Reason.NO_FACTOR
)
"""Reasons for which a pair is left out."""

NOWHERE = Reason.AFTER_LAST | Reason.NO_SESSION | Reason.BEFORE_FIRST
"""Reasons for which an event shows in no session of the series: it has no numbers, and shares no move."""

REMARKS = Reason.ROLLED_NEXT | Reason.DELAYED
"""What the ledger says of a pair without flagging it; all other reasons flag."""

FLAGGING = sum(int(reason) for reason in Reason if reason not in REMARKS)


def status_of(codes: NDArray[np.integer[Any]]) -> NDArray[np.int8]:
    """Give the status that reason codes amount to.

    Examples
    --------
    >>> status_of(np.array([0, Reason.AMBIGUOUS, Reason.AMBIGUOUS | Reason.AFTER_LAST])).tolist()
    [0, 1, 2]
    """
    flagged = (codes & FLAGGING) != 0
    left_out = (codes & int(LEFT_OUT)) != 0
    return np.asarray(flagged.astype(np.int8) + left_out.astype(np.int8))
