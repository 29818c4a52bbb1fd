"""Event coincidence: do large moves follow news, and news lead to large moves, more often than by chance?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..alignment.series_moves import FactorReader, series_moves
from ..errors import InputError
from ..market.coupon_rolls import coupon_words
from ..market.panel import Panel, instrument_of
from ..maths.coincidence import CoincidenceRule, coincidence_tests
from ..maths.outcome import Outcome
from ..maths.resample import check_seed
from ..news.event import Event
from ..news.event_set import EventSet
from ..study.given import given_or
from ..units import MoveRule
from .event_sessions import event_sessions, joined
from .result import ASSOCIATION, Association

__all__ = ["LargeMoves", "event_coincidence"]

RATES = (
    "The precursor rate is the share of {later} with news before them, the trigger rate the share of news with {one}"
    " after them. A rate is high or low only beside what chance gives: news every other day precede {every}."
)
"""What the rates are, of `OF_MOVES` or `OF_EVENTS`."""

OF_MOVES = RATES.format(later="large moves", one="a large move", every="every move")
OF_EVENTS = RATES.format(later="the other events", one="one of the other events", every="every event")

FEW = 5
"""Sessions of the rarer kind below which a word is said of the steps of the rates."""

STEPS = (
    "The rarer kind is on {} of the sessions: rates go in large steps, and the tests reject less often than they say."
    " One dated event has tests of its own: mi.EventStudy(...).run(...).one_event(...)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeMoves:
    """Which sessions count as large moves.

    Parameters
    ----------
    share : float
        Share of the sessions whose moves are largest.
    side : {"both", "up", "down"}
        By size, or the largest rises or falls.
    move : {"log", "simple"}

    Raises
    ------
    InputError
        If a choice is out of its range.

    Examples
    --------
    >>> LargeMoves(share=0.01).side
    'both'
    """

    share: float = 0.05
    side: Literal["both", "up", "down"] = "both"
    move: MoveRule = "log"

    def __post_init__(self) -> None:
        if not 0.0 < self.share < 1.0 or self.side not in ("both", "up", "down"):
            raise InputError(
                "chooses no moves", parameter="large", received=(self.share, self.side),
                allowed="0 < share < 1, and 'both', 'up' or 'down'",
            )  # fmt: skip
        if self.move not in get_args(MoveRule):
            raise InputError(
                "is not known", parameter="large.move", received=self.move,
                allowed=", ".join(map(repr, get_args(MoveRule))),
            )  # fmt: skip

    @property
    def words(self) -> str:
        """The choice in words."""
        kind = {"both": "moves", "up": "rises", "down": "falls"}[self.side]
        return f"the {self.share * 100:g} % largest {kind}"


def event_coincidence(
    panel: Panel,
    events: EventSet | Event | Iterable[Event],
    others: EventSet | Event | Iterable[Event] | LargeMoves | None = None,
    *,
    instrument: str | None = None,
    rule: CoincidenceRule | None = None,
    seed: int = 0,
) -> Association:
    """Count how often large moves, or other events, follow news, against what chance gives.

    Parameters
    ----------
    panel : Panel
    events : EventSet, Event or iterable of Event
        The earlier kind.
    others : LargeMoves, EventSet, Event or iterable of Event, optional
        The later kind: the largest 5 % of moves when not given.
    instrument : str, optional
        Whose sessions are counted, and whose moves; may be left out where there is one member.
    rule : CoincidenceRule, optional
        Window, lag and surrogates; a window of one session and all shifts when not given.
    seed : int

    Returns
    -------
    Association
        Rows "precursor" and "trigger": rates with one-sided p; further columns ``chance_rate``, ``chance_low``,
        ``chance_high`` and ``binomial_p``.

    Raises
    ------
    InputError
        If no event shows, or the window does not fit the sample.

    References
    ----------
    Donges, Schleussner, Siegmund and Donner (2016), doi:10.1140/epjst/e2015-50233-y.

    Examples
    --------
    >>> import marketimpact as mi
    >>> found = event_coincidence(mi.fetch("ecb:EUR/RUB"), mi.datasets.load_events("ruble_2022"))
    >>> found.params.tolist()[1], float(found.pvalues["trigger"].round(3))
    (1.0, 0.032)
    """
    check_seed(seed)
    name = instrument_of(panel, instrument)
    large = LargeMoves() if others is None else others
    wanted = given_or(rule, CoincidenceRule(), "rule")
    move: MoveRule = large.move if isinstance(large, LargeMoves) else "log"
    earlier, ledger = event_sessions(panel, events, name, move)
    head = [f"news: {ledger}"]
    if isinstance(large, LargeMoves):
        later, n, first = _largest(panel, name, large)
        kept = (earlier >= first) & (earlier < first + n)
        earlier, words, rates = earlier[kept] - first, f"{large.words} of", OF_MOVES
        head.append(f"{len(later)} of {n} sessions have large moves")
        if gone := int((~kept).sum()):
            head.append(f"event sessions before the first move, which do not enter: {gone}")
    else:
        later, theirs = event_sessions(panel, large, name, move)
        n, first, words, rates = len(panel.quotes_of(name)), 0, "other events on sessions of", OF_EVENTS
        head.append(f"other events: {theirs}")
        ledger = joined(ledger, theirs)
    found = coincidence_tests(later, earlier, n, wanted, np.random.default_rng(seed))
    head.append(f"window {wanted.window}, lag {wanted.lag} sessions; {found[0].note or 'no test'}")
    made = _association(found, f"News and {words} {name}", tuple(head), panel.select(name).stamp)
    few = min(len(np.unique(earlier)), len(np.unique(later)))
    said = (STEPS.format(few),) if few < FEW else ()
    if isinstance(large, LargeMoves):
        said = (*said, *coupon_words(panel, (name,)))
    sample = f"{n} sessions, {len(np.unique(earlier))} with news"
    span = panel.quotes_of(name).sessions[[first, first + n - 1]]
    return replace(made, ledger=ledger, reading=(*said, rates, ASSOCIATION), span=span, sample=sample)


def _association(
    found: tuple[Outcome, Outcome], title: str, head: tuple[str, ...], stamp: str | None
) -> Association:
    nothing = np.full(2, np.nan)
    names = ("chance rate", "chance low", "chance high", "binomial p")
    more = tuple((part.replace(" ", "_"), np.array([one.part(part) for one in found])) for part in names)
    return Association(
        "coincidence", title, ("precursor", "trigger"), np.array([one.estimate for one in found]), nothing,
        np.array([one.statistic for one in found]), np.array([one.p_value for one in found]), nothing.copy(),
        nothing.copy(), tuple(one.n for one in found), ("share",) * 2, tuple(one.reason for one in found), "interval",
        more, head, stamp=stamp,
    )  # fmt: skip


def _largest(panel: Panel, name: str, large: LargeMoves) -> tuple[NDArray[np.int64], int, int]:
    """Places of the largest moves among the sessions from the first with a move on, their number, and that first."""
    y = series_moves(FactorReader(panel, large.move, keep_frozen=False), panel.position(name), ()).y
    known = np.flatnonzero(np.isfinite(y))
    if not len(known):
        raise InputError("has no move", parameter="instrument", received=name, allowed="two quotes or more")
    size = {"both": np.abs(y), "up": y, "down": -y}[large.side]
    count = max(round(large.share * len(known)), 1)
    order = known[np.argsort(-size[known], kind="stable")[:count]]
    first = int(known[0])
    return np.sort(order) - first, len(y) - first, first
