"""Where events fall: positions, candidates, usable moves and reason codes of all pairs, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..ledger import LedgerRow
from ..market.baskets import Basket
from ..market.panel import Panel
from ..maths.frozen import Frozen, read_only
from ..news.event_set import EventSet
from ..timeline import Timeline
from .design import Design
from .reasons import status_of

__all__ = ["Positions"]


@dataclass(frozen=True, slots=True, eq=False)
class Positions(Frozen):
    """Where each pair's event falls in its instrument's own sessions. All arrays have the shape (N,).

    Attributes
    ----------
    event, instrument : ndarray of int
        Places in the event set and in the panel.
    series : ndarray of int
        Place of the instrument in the design.
    position, last : ndarray of int
        Session of tau = 0 (the first candidate), and of the last candidate; the number of sessions where the
        series has ended.
    shift : ndarray of int
        Calendar days from the event's local date to its session.
    estimation_used : ndarray of int
        Usable moves of the estimation window.
    zero_share : ndarray
        Share of these that are exactly zero; NaN where there is none.
    hours_apart : ndarray
        Widest distance between the snapshots of instrument and factors [hours]; NaN where unknown.
    codes : ndarray of int
        `Reason` bits.
    panel, events, timeline, factors, design
        What was aligned.
    unpaired : tuple of LedgerRow
        Events that meet no instrument by their place.
    """

    event: NDArray[np.int64]
    instrument: NDArray[np.int64]
    series: NDArray[np.int64]
    position: NDArray[np.int64]
    last: NDArray[np.int64]
    shift: NDArray[np.int64]
    estimation_used: NDArray[np.int64]
    zero_share: NDArray[np.float64]
    hours_apart: NDArray[np.float64]
    codes: NDArray[np.int64]
    panel: Panel
    events: EventSet
    timeline: Timeline
    factors: tuple[str | Basket, ...]
    design: Design
    unpaired: tuple[LedgerRow, ...] = ()

    def __post_init__(self) -> None:
        read_only(
            self.event, self.instrument, self.series, self.position, self.last, self.shift, self.codes,
            self.estimation_used, self.zero_share, self.hours_apart,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.event)

    @property
    def lost(self) -> tuple[LedgerRow, ...]:
        """Events without a pair: those that could not be read, and those that meet no instrument."""
        return (*self.events.rejected, *self.unpaired)

    @property
    def status(self) -> NDArray[np.int8]:
        """`Status` of each pair."""
        return status_of(self.codes)

    @property
    def estimation_lost(self) -> NDArray[np.int64]:
        """Moves of the estimation window that were not used."""
        return self.timeline.estimation_length - self.estimation_used

    @property
    def move(self) -> NDArray[np.int64]:
        """A number for the headline of each pair: events that first show in the same sessions share one move."""
        return np.asarray(
            (self.series << 40) | (self.position << 8) | np.minimum(self.last - self.position, 255)
        )

    @property
    def positions(self) -> NDArray[np.int64]:
        """Position of tau = 0 in the long arrays of the design."""
        return self.design.offset[self.series] + self.position
