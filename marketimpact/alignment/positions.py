"""Where events fall: positions, candidates, usable moves and reason codes of all pairs, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..ledger import LedgerRow
from ..market.factors import Term
from ..market.panel import Panel
from ..maths.frozen import Frozen, read_only
from ..news.event_set import EventSet
from ..timeline import Timeline
from .design import Design
from .policies import Policies
from .reasons import NOWHERE, Codes, status_of

__all__ = ["Positions"]

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Positions(Frozen):
    """Where each pair's event falls in its instrument's own sessions. Arrays have the shape (N,).

    Attributes
    ----------
    event, instrument : ndarray of int
        Places in the event set and in the panel.
    series : ndarray of int
        Place of the instrument's series in the design.
    position, last : ndarray of int
        Session of tau = 0 (the first candidate), and of the last candidate; the number of sessions where the
        series has ended.
    shift : ndarray of int
        Calendar days from the event's local date to its session.
    hours_apart : ndarray
        Widest distance between the snapshots of instrument and factors [hours]; NaN where unknown.
    estimation_used : ndarray of int
        Moves of the estimation window that enter the fit.
    contaminated : ndarray of int
        Usable moves of the estimation window that other events' windows take away.
    zeros : ndarray of int
        Moves that enter the fit and are exactly zero.
    codes : ndarray of int
        `Reason` bits.
    clean : ndarray of bool, shape (n,)
        Positions of the design whose moves may enter a fit.
    panel, events, timeline, policies, factors, design
        What was aligned, and how.
    confounders : EventSet or None
        Other dated news that was joined to the windows; None where nobody has looked.
    unpaired : tuple of LedgerRow
        Events that meet no instrument by their place.
    """

    event: Ints
    instrument: Ints
    series: Ints
    position: Ints
    last: Ints
    shift: Ints
    hours_apart: NDArray[np.float64]
    estimation_used: Ints
    contaminated: Ints
    zeros: Ints
    codes: Codes
    clean: NDArray[np.bool_]
    panel: Panel
    events: EventSet
    timeline: Timeline
    policies: Policies
    factors: tuple[Term, ...]
    design: Design
    confounders: EventSet | None = None
    unpaired: tuple[LedgerRow, ...] = ()

    def __post_init__(self) -> None:
        read_only(
            self.event, self.instrument, self.series, self.position, self.last, self.shift, self.codes,
            self.estimation_used, self.contaminated, self.zeros, self.hours_apart, self.clean,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.event)

    @property
    def lost(self) -> tuple[LedgerRow, ...]:
        """Events without a pair: those that could not be read, and those that meet no instrument."""
        return (*self.events.rejected, *self.unpaired)

    @property
    def asides(self) -> tuple[LedgerRow, ...]:
        """Confounders that could not be read: rows of the ledger that are not counted."""
        others = () if self.confounders is None else self.confounders.rejected
        return tuple(replace(row, reason=f"a confounder: {row.reason}") for row in others)

    @property
    def shorter(self) -> str:
        """What to ask for where a series ends before the event window does."""
        return "shorten Timeline(event=...)"

    @property
    def shows(self) -> NDArray[np.bool_]:
        """Whether each pair's event shows in a session of the series."""
        return np.asarray((self.codes & int(NOWHERE)) == 0)

    @property
    def status(self) -> NDArray[np.int8]:
        """`Status` of each pair."""
        return status_of(self.codes)

    @property
    def estimation_lost(self) -> NDArray[np.int64]:
        """Moves of the estimation window that were not used."""
        return np.asarray(self.timeline.estimation_length - self.estimation_used.astype(np.int64))

    @property
    def zero_share(self) -> NDArray[np.float64]:
        """Share of the used estimation moves that are exactly zero; NaN where there is none."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.zeros / self.estimation_used)

    @property
    def move(self) -> NDArray[np.int64]:
        """A number for the headline of each pair: events that first show in the same sessions share one move."""
        widest = int((self.last - self.position).max(initial=0)) + 1
        return np.asarray(self.on_instrument * widest + (self.last - self.position))

    @property
    def on_instrument(self) -> NDArray[np.int64]:
        """A number for the instrument and session of tau = 0, whatever the donors, that rises by 1 a session."""
        return np.asarray(self.design.homes[self.series] + self.position, dtype=np.int64)

    @property
    def positions(self) -> NDArray[np.int64]:
        """Position of tau = 0 in the long arrays of the design."""
        return np.asarray(self.design.offset[self.series] + self.position, dtype=np.int64)
