"""The ledger of a news series: to which session each of its days went, with which others, and why some went nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ..ledger import Ledger, Status
from ..maths.frozen import Frozen, read_only

__all__ = ["Day", "NewsDays"]

Days = NDArray[np.datetime64]
Ints = NDArray[np.int64]

NO_DAY = np.datetime64("NaT", "D")


class Day(IntEnum):
    """What became of a day of news."""

    USED = 0
    NO_VALUE = 1
    BEFORE = 2
    AFTER = 3
    INCOMPLETE = 4
    NO_MOVE = 5


@dataclass(frozen=True, slots=True, eq=False)
class NewsDays(Frozen):
    """n days of a news series, and the sessions that take them.

    Attributes
    ----------
    instrument : str
    dates : ndarray of datetime64[D], shape (n,)
        As the source dates its values.
    codes : ndarray of int8, shape (n,)
        `Day`.
    sessions : ndarray of datetime64[D], shape (n,)
        NaT before the first move and after the last session.
    have, need : ndarray of int, shape (n,)
        Days of the session that have a value, and days that it takes.
    how : str
        "mean" or "sum".
    dating_lag : int
        Days by which the source dates a value late.
    """

    instrument: str
    dates: Days
    codes: NDArray[np.int8]
    sessions: Days
    have: Ints
    need: Ints
    how: str
    dating_lag: int

    def __post_init__(self) -> None:
        read_only(self.dates, self.codes, self.sessions, self.have, self.need)

    @property
    def ledger(self) -> Ledger:
        """One row a day; its text is made when it is asked for."""
        status = np.where(self.codes == Day.USED, Status.USED, Status.LEFT_OUT).astype(np.int8)
        return Ledger(status, self._columns)

    def _columns(self) -> dict[str, object]:
        """Make the ledger's columns; ``event_id`` is the source's date, ``shift`` the days from what it is about."""
        import pandas as pd

        known = ~np.isnat(self.sessions)
        about = self.dates - np.timedelta64(1, "D") * self.dating_lag
        shift = np.where(known, (self.sessions - about).astype(np.int64), 0)
        return {
            "event_id": np.datetime_as_string(self.dates, unit="D").astype(object),
            "instrument": np.full(len(self.dates), self.instrument, dtype=object),
            "local_time": np.datetime_as_string(about, unit="D").astype(object),
            "session": self.sessions.astype("datetime64[s]"),
            "shift": pd.arrays.IntegerArray(shift, ~known),
            "dating_lag": self.dating_lag,
            "status": np.where(self.codes == Day.USED, Status.USED.words, Status.LEFT_OUT.words).astype(
                object
            ),
            "reason": [self._words(i) for i in range(len(self.dates))],
        }

    def _words(self, i: int) -> str:
        need, have = int(self.need[i]), int(self.have[i])
        others = f"one of {need} days in the {self.how} of {self.sessions[i]}" if need > 1 else ""
        lost = need - have
        return {
            Day.USED: others,
            Day.NO_VALUE: "no value",
            Day.BEFORE: "on or before the first session, which has no move",
            Day.AFTER: "after the last session",
            Day.INCOMPLETE: f"{others}, of which {lost} {'has' if lost == 1 else 'have'} no value",
            Day.NO_MOVE: f"no move of {self.instrument} on {self.sessions[i]}",
        }[Day(int(self.codes[i]))]
