"""What an event regression is fitted to: moves on the instruments' own sessions, and where news falls among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..alignment.policies import Policies
from ..alignment.reasons import LEFT_OUT, Reason
from ..alignment.whole_series import align_whole
from ..errors import InputError
from ..ledger import Ledger, Status, remarked_ledger
from ..market.coupon_rolls import coupon_words
from ..market.factors import Term, check_members, factor_id
from ..market.instruments import sign_words
from ..market.panel import Panel, check_panel
from ..maths.frozen import Frozen, read_only
from ..news.event import Event
from ..news.event_set import EventSet
from ..units import MoveKind, MoveRule

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BY_MOVE", "BY_SESSION", "Observations", "observe"]

BY_SESSION = "the intercept counts each session that they span"
BY_MOVE = "their constant is that of one session"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Observations(Frozen):
    """Moves of S instruments, one after another, each behind a pad without moves; shape (n,) unless said.

    Attributes
    ----------
    alignment : Alignment
        Pairs of event and instrument, with reasons.
    y : ndarray
        Moves [unit of the kind]; NaN where missing.
    controls : ndarray, shape (p, n)
        Moves of the control factors over the same sessions; NaN where missing.
    names : tuple of str
        Names of the controls.
    spans : ndarray
        Expected sessions that each move covers.
    usable : ndarray of bool
        Where the move and every control are known.
    series : ndarray of int
        Place of the instrument among those studied; -1 in the pads.
    sessions : ndarray of datetime64[D]
        NaT in the pads.
    event, at : ndarray of int, shape (N,)
        Events that show, as places in the event set, and the positions of their event sessions (tau = 0).
    """

    alignment: Alignment
    y: Floats
    controls: Floats
    names: tuple[str, ...]
    spans: Floats
    usable: NDArray[np.bool_]
    series: Ints
    sessions: NDArray[np.datetime64]
    event: Ints
    at: Ints

    def __post_init__(self) -> None:
        read_only(
            self.y, self.controls, self.spans, self.usable, self.series, self.sessions, self.event, self.at
        )

    @property
    def shown(self) -> Ints:
        """Rows of the alignment, and of its ledger, that ``event`` and ``at`` are of, shape (N,)."""
        return np.flatnonzero((self.alignment.codes & int(LEFT_OUT)) == 0)

    @property
    def ledger(self) -> Ledger:
        """Which events show in the series, and why others do not; `ledger_of_used` knows which of them enter."""
        return self.alignment.ledger

    def ledger_of_used(
        self, lost: Mapping[str, NDArray[np.bool_]] | None = None, *, taus: Sequence[int] = (0,)
    ) -> Ledger:
        """Say which events were used, flagged and left out: left out are also those that show, and enter nowhere.

        Parameters
        ----------
        lost : mapping of str to ndarray of bool, shape (N,)
            Further events that enter nowhere, by the reason; the first that holds is said.
        taus : sequence of int
            Sessions from the event session that have coefficients of their own. An event with a usable move at some of
            them alone is flagged: the series begins or ends there, or has a hole.
        """
        unseen, entered = ~self.usable[self.at], self._entered(taus)
        a, rows = self.alignment, self.shown
        codes = a.codes.copy()
        codes[rows[unseen]] &= ~np.int64(int(Reason.MISSING_MOVES | Reason.MISSING_HEADLINE))
        ledger = replace(a, codes=codes).ledger if unseen.any() else a.ledger
        for status, of in ((Status.FLAGGED, entered > 0), (Status.LEFT_OUT, entered == 0)):
            without = {
                int(rows[i]): self._missing(int(i), entered[i] > 0) for i in np.flatnonzero(unseen & of)
            }
            ledger = remarked_ledger(ledger, without, status)
        partly = np.flatnonzero(~unseen & (entered < len(taus)))
        some_taus = {int(rows[i]): f"enters at {entered[i]} of {len(taus)} event times" for i in partly}
        ledger = remarked_ledger(ledger, some_taus, Status.FLAGGED)
        others: dict[int, str] = {}
        for words, gone in (lost or {}).items():
            some = gone & ~(unseen & (entered == 0))
            others |= {int(rows[i]): words for i in np.flatnonzero(some) if int(rows[i]) not in others}
        return remarked_ledger(ledger, others, Status.LEFT_OUT)

    def _entered(self, taus: Sequence[int]) -> Ints:
        """Count the event times at which each event has a usable move, shape (N,)."""
        entered = np.zeros(len(self.at), dtype=np.int64)
        for tau in taus:
            inside, at = self.after(tau)
            entered[inside] += self.usable[at]
        return entered

    def _missing(self, i: int, elsewhere: bool) -> str:
        """Say what has no move on the event session of one event."""
        at = self.at[i]
        own = self.instruments[int(self.series[at])]
        names = [own] if np.isnan(self.y[at]) else []
        names += [
            name for name, column in zip(self.names, self.controls, strict=True) if np.isnan(column[at])
        ]
        where = "enters at other taus alone" if elsewhere else "enters nowhere"
        return f"the event session has no usable move of {', '.join(names or [own])}, and {where}"

    @property
    def events(self) -> EventSet:
        """The events, by reference."""
        return self.alignment.events

    @property
    def instruments(self) -> tuple[str, ...]:
        """Ids of the S instruments."""
        design, ids = self.alignment.design, self.alignment.panel.ids
        return tuple(str(ids[int(member)]) for member in design.members)

    @property
    def kinds(self) -> tuple[MoveKind, ...]:
        """Kind of move of each instrument."""
        return tuple(one.kind for one in self.alignment.design.series)

    @property
    def kind(self) -> MoveKind:
        """The one kind of move of all instruments.

        Raises
        ------
        InputError
            If the instruments' moves differ in kind: they have no common coefficient.
        """
        kinds = set(self.kinds)
        if len(kinds) > 1:
            raise InputError(
                "the instruments' moves differ in kind, and have no common coefficient",
                parameter="panel",
                received=sorted(map(str, kinds)),
                allowed="instruments of one kind, or one regression an instrument",
            )
        return next(iter(kinds))

    @property
    def sign(self) -> str:
        """What a move above zero is, of currency pairs; else empty."""
        return sign_words(map(self.alignment.panel.instrument, self.instruments))

    @property
    def categories(self) -> tuple[str, ...]:
        """Category of each event that shows; empty where it has none."""
        column = self.events.columns["category"]
        return tuple("" if column[i] is None else str(column[i]) for i in self.event)

    def dummy(self, chosen: NDArray[np.bool_], tau: int = 0) -> Floats:
        """Count the chosen events whose event session lies tau sessions before each move, shape (n,).

        Parameters
        ----------
        chosen : ndarray of bool, shape (N,)
        tau : int
            Sessions after the event; negative before it.
        """
        return self.spread(chosen.astype(np.float64), tau)

    def spread(self, values: Floats, tau: int = 0) -> Floats:
        """Put values of events on the moves tau sessions after them, added where events share a session, shape (n,).

        Parameters
        ----------
        values : ndarray, shape (N,)
            Zero for events that do not enter.
        tau : int
        """
        out = np.zeros(len(self.y))
        inside, at = self.after(tau)
        np.add.at(out, at, values[inside])
        return out

    def after(self, tau: int) -> tuple[NDArray[np.bool_], Ints]:
        """Say which events have a session tau sessions after theirs, shape (N,), and give the positions of these."""
        at = self.at + tau
        inside = (at >= 0) & (at < len(self.y))
        inside[inside] = self.series[at[inside]] == self.series[self.at[inside]]
        return inside, at[inside]

    def unseen(
        self, chosen: NDArray[np.bool_] | None = None, *, taus: Sequence[int] = (0,)
    ) -> tuple[str, ...]:
        """Say how many event sessions have no usable move; `ledger_of_used` says which.

        Parameters
        ----------
        chosen : ndarray of bool, shape (N,), optional
            Event sessions that are wanted; all when not given.
        taus : sequence of int
            Sessions from the event session that have coefficients of their own.
        """
        lost = ~self.usable[self.at] if chosen is None else chosen & ~self.usable[self.at]
        elsewhere = self._entered(taus) > 0
        return tuple(
            f"Event sessions without a usable move, which enter {where}: {n}."
            for where, some in (("nowhere", lost & ~elsewhere), ("at other taus alone", lost & elsewhere))
            if (n := int(some.sum()))
        )

    @property
    def coupons(self) -> tuple[str, ...]:
        """Which coupons were taken out of the moves of instruments and controls, and which stay, in sentences."""
        read = self.alignment.design.series
        members = (name for one in read for basket in one.read for name in basket.members)
        return coupon_words(self.alignment.panel, (*self.instruments, *members))

    @property
    def spanned(self) -> tuple[str, ...]:
        """How many moves span several sessions, and what the intercept is of them, in a sentence."""
        many = int((self.spans[self.usable] != 1.0).sum())
        return (f"Moves that span several sessions: {many}; {BY_SESSION}.",) if many else ()

    def dated(self, chosen: NDArray[np.bool_]) -> tuple[str, ...]:
        """Say that event days are session dates, where the chosen events fall on more or fewer of these.

        Parameters
        ----------
        chosen : ndarray of bool, shape (N,)
        """
        dates, events = len(np.unique(self.sessions[self.at[chosen]])), len(np.unique(self.event[chosen]))
        if dates == events:
            return ()
        why = "some share one" if dates < events else "instruments show an event on days of their own"
        many = (
            f"{events} event{'s fall' if events > 1 else ' falls'} on {dates} session date{'s' * (dates > 1)}"
        )
        return (f"Event days are counted as session dates: {many}, as {why}.",)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a usable move: instrument, session, move, controls, span."""
        import pandas as pd

        rows = self.usable
        names = np.array(self.instruments, dtype=object)
        return pd.DataFrame(
            {
                "instrument": names[self.series[rows]],
                "session": self.sessions[rows].astype("datetime64[s]"),
                "move": self.y[rows],
                **{name: column[rows] for name, column in zip(self.names, self.controls, strict=True)},
                "span": self.spans[rows],
            }
        )


def observe(
    panel: Panel,
    events: EventSet | Event | Iterable[Event],
    *,
    pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None = None,
    controls: Sequence[Term] = (),
    move: MoveRule = "log",
    policies: Policies | None = None,
    around: tuple[int, int] = (0, 0),
) -> Observations:
    """Find the moves of a panel and the event sessions among them.

    Event sessions are those of `mi.align`: the first snapshot after the news, on the instrument's own clock; of
    several candidates the first, with a flag. There is no estimation window: every usable move enters.

    Parameters
    ----------
    panel : Panel
    events : EventSet, Event or iterable of Event
    pairs : {"all", "place"}, frame or iterable of (event_id, instrument)
        Required when the panel holds more than one instrument.
    controls : sequence of str, Basket or Curve
        Factors whose moves are controls.
    move : {"log", "simple"}
        How prices and currencies move.
    policies : Policies, optional
    around : (int, int)
        First and last tau that the regression looks at, around the event session; holds 0.

    Returns
    -------
    Observations

    Raises
    ------
    InputError
        As `mi.align` does, and if no event shows in any series.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow", category="war")
    >>> found = observe(mi.fetch("ecb:EUR/RUB"), news)
    >>> found.categories, str(found.sessions[found.at[0]]), int(found.dummy(np.array([True])).sum())
    (('war',), '2022-02-24', 1)
    """
    check_panel(panel)
    check_members(panel, controls, "controls")
    first, last = min(around[0], 0), max(around[1], 0)
    alignment = align_whole(
        panel, events, around=(first, last), pairs=pairs, factors=controls, rule=move, policies=policies
    )
    design = alignment.design
    series = np.full(len(design.y), -1, dtype=np.int64)
    for place, (begin, length) in enumerate(zip(design.offset, design.length, strict=True)):
        series[begin : begin + length] = place
    shown = np.flatnonzero((alignment.codes & int(LEFT_OUT)) == 0)
    if not len(shown) and ((alignment.codes & int(Reason.OWN_BENCHMARK)) != 0).any():
        raise InputError(
            "is the instrument itself, whose moves would explain themselves", parameter="controls",
            received=sorted({str(panel.ids[i]) for i in alignment.instrument}), allowed="other series",
        )  # fmt: skip
    if not len(shown):
        raise InputError(
            "no event shows in any series",
            parameter="events",
            received=str(alignment.ledger),
            allowed="news within the dates of a series: " + "; ".join(alignment.left_out(3)),
        )
    usable = np.isfinite(design.to_fit) & np.isfinite(design.x).all(axis=0)
    return Observations(
        alignment, design.to_fit.copy(), design.x[1:].copy(), tuple(map(factor_id, controls)),
        design.x[0].copy(), usable, series, design.sessions.copy(),
        alignment.event[shown].astype(np.int64), alignment.positions[shown],
    )  # fmt: skip
