"""The ledger: what was used, what was flagged, what was left out, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "Ledger", "LedgerRow", "Status"]

COLUMNS = (
    "event_id",
    "instrument",
    "instant",
    "local_time",
    "snapshot",
    "session",
    "candidates",
    "span",
    "shift",
    "dating_lag",
    "estimation_used",
    "estimation_lost",
    "contaminated",
    "zero_share",
    "confounders",
    "asynchronous",
    "status",
    "reason",
)
"""The ledger's columns, in order.

event_id, instrument
    The pair; ``instrument`` is missing for an event that could not be read.
instant, local_time
    Start of the event: in UTC, and as its own clock showed it.
snapshot
    Snapshot of the event session in UTC; missing when the instrument's snapshot is unknown.
session
    The event session (tau = 0).
candidates
    Every session that could be the event session, first to last.
span
    Expected sessions that the move at tau = 0 covers [sessions].
shift
    Calendar days from the event's local date to the event session [days].
dating_lag
    Working days by which the source dates a quote too late, as declared; sessions are put back by it [days].
estimation_used, estimation_lost
    Moves of the estimation window that were used, and that were not [sessions].
contaminated
    Of the lost moves those that lie in event windows of other events [sessions].
zero_share
    Share of the used estimation moves that are exactly zero.
confounders
    Other dated news in the event window, "FOMC minutes, 14:00 New York, tau = 0"; empty where there is none,
    missing where nobody has looked.
asynchronous
    Whether the snapshots of instrument and factors lie more than an hour apart; missing when unknown.
status
    ``"used"``, ``"flagged"`` or ``"left out"``.
reason
    Why, in words; empty for a pair used without remark.
"""


class Status(IntEnum):
    """What became of a pair."""

    USED = 0
    FLAGGED = 1
    LEFT_OUT = 2

    @property
    def words(self) -> str:
        """The status as the ledger shows it."""
        return ("used", "flagged", "left out")[self]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One event that could not be read: its name, as far as known, and the reason."""

    event_id: str
    reason: str
    local_time: str | None = None


@dataclass(frozen=True)
class Ledger:
    """Rows of what was used, flagged and left out; text is made only when a frame is asked for.

    Parameters
    ----------
    status : ndarray of int8, shape (n,)
        `Status` of each row.
    build : callable
        Makes the columns, named as in `COLUMNS`.
    """

    status: NDArray[np.int8]
    build: Callable[[], Mapping[str, Any]]

    def __len__(self) -> int:
        return len(self.status)

    def count(self, status: Status) -> int:
        """Rows of one status."""
        return int(np.count_nonzero(self.status == status))

    @property
    def given(self) -> int:
        """Rows in all."""
        return len(self)

    @property
    def used(self) -> int:
        """Rows that were used, flagged ones included."""
        return self.given - self.count(Status.LEFT_OUT)

    def __str__(self) -> str:
        return (
            f"{self.used} used of {self.given} given"
            f" ({self.count(Status.FLAGGED)} flagged, {self.count(Status.LEFT_OUT)} left out)"
        )

    def __repr__(self) -> str:
        return f"Ledger({self})"

    def to_frame(self) -> pd.DataFrame:
        """Give the ledger as a frame, one row a pair, columns as in `COLUMNS`."""
        import pandas as pd

        return pd.DataFrame(dict(self.build()), columns=list(COLUMNS))
