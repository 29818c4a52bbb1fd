"""One instrument's own quotes, checked once on entry: nothing is filled, repaired or dropped in silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError
from ..maths.frozen import Frozen, read_only
from ..maths.stale import repeated_quotes
from ..provenance import Provenance
from .calendars import setting_days
from .closures import closed_days
from .instruments import Instrument

__all__ = ["Quotes", "make_quotes"]

MIN_FOR_FREQUENCY = 10
SMALL_PERCENT = 0.2
"""A yield or rate whose median is below this may be quoted in decimals; it is noted, never converted [percent]."""

LARGEST_DECIMAL = 0.5
"""A yield in decimals is never above this: bills near zero that rose to percents are no decimals."""

DAILY_GAP = np.timedelta64(4, "D")
"""A median gap of this many days or more means weekly or monthly data."""


@dataclass(frozen=True, slots=True, eq=False)
class Quotes(Frozen):
    """The quotes of one instrument, on its own sessions.

    Attributes
    ----------
    sessions : ndarray of datetime64[D], shape (n,)
        Dates, ascending, without repetition; read-only.
    levels : ndarray, shape (n,)
        Prices or yields in the quoted unit; finite; read-only.
    provenance : Provenance
        Where they came from.
    notes : tuple of str
        What was moved or not counted on entry, in words.
    still : ndarray of bool, shape (n,), or None
        Quotes of frozen runs that reach over days on which the market was closed; None where there are none.
    """

    sessions: NDArray[np.datetime64]
    levels: NDArray[np.float64]
    provenance: Provenance
    notes: tuple[str, ...] = ()
    still: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        read_only(self.sessions, self.levels)
        if self.still is not None:
            read_only(self.still)

    def standing_still(self) -> NDArray[np.bool_]:
        """Mark the quotes that repeat an earlier one for improbably long, shape (n,); the first of a run is not marked.

        See Also
        --------
        marketimpact.maths.stale.frozen_runs : what is improbable.
        """
        found = repeated_quotes(self.levels)
        return found if self.still is None else found | self.still

    def __len__(self) -> int:
        return len(self.sessions)


def make_quotes(
    instrument: Instrument,
    dates: NDArray[np.datetime64],
    levels: NDArray[np.float64],
    provenance: Provenance,
    *,
    where: Callable[[int], str] | None = None,
) -> Quotes:
    """Check a series and keep it as quotes.

    Parameters
    ----------
    instrument : Instrument
        What the series quotes.
    dates : ndarray of datetime64[D], shape (n,)
        Dates as the source gives them, ascending or strictly descending.
    levels : ndarray, shape (n,)
        Prices or yields [quoted unit]; NaN means "not quoted".
    provenance : Provenance
    where : callable, optional
        Names the place of an observation for errors ("row 17"); the date when not given.

    Returns
    -------
    Quotes

    Raises
    ------
    DataError
        If dates repeat or are out of order, a value is infinite, a price is not positive, nothing is quoted, or
        every quote carries a day on which the market was closed.
    InputError
        If the series is not daily.
    """
    place = where or (lambda i: str(dates[i]))
    notes: list[str] = []
    order = np.arange(len(dates))
    if len(dates) > 1 and np.all(dates[1:] < dates[:-1]):
        order = order[::-1]
        notes.append("rows stood in descending order: reversed")
    dates, levels = dates[order], levels[order]
    _check_order(instrument, dates, lambda i: place(int(order[i])))
    _check_values(instrument, levels, lambda i: place(int(order[i])))
    quoted = ~np.isnan(levels)
    if not quoted.any():
        raise DataError("nothing is quoted", parameter=instrument.id, allowed="a series with numbers in it")
    if not quoted.all():
        notes.append(f"{np.count_nonzero(~quoted)} of {len(quoted)} dates without a value: not quoted")
    dates, levels = dates[quoted], levels[quoted]
    if instrument.quoted_unit == "percent":
        middle, largest = np.median(np.abs(levels)), np.abs(levels).max()
        if middle < SMALL_PERCENT and largest < LARGEST_DECIMAL:
            notes.append(
                f"the median level is {middle:.3g} percent: if these are decimals, declare that unit"
            )
    _check_daily(instrument, dates)
    if instrument.dating_lag:
        dates = setting_days(dates, instrument.dating_lag, instrument.calendar)
        notes.append(f"dates put back by {instrument.dating_lag} working day(s) to the day that set them")
    closed = closed_days(instrument.closures, dates)
    still = None
    if closed.any():
        notes.append(_closed_note(instrument, dates, closed))
        still = repeated_quotes(levels)[~closed]  # a run that was cut by the closure is as frozen as before
        dates, levels = dates[~closed], levels[~closed]
    return Quotes(dates.copy(), np.array(levels, dtype=np.float64), provenance, tuple(notes), still)


def _closed_note(instrument: Instrument, dates: NDArray[np.datetime64], closed: NDArray[np.bool_]) -> str:
    """Say which quotes are left out; a rate that was carried over days without trade is no reaction of the market."""
    during = ", ".join(one.span for one in instrument.closures if closed_days((one,), dates).any())
    if closed.all():
        raise DataError(
            f"every quote carries a day on which the market was closed ({during})",
            parameter=instrument.id,
            received=f"{len(dates)} quotes from {dates[0]} to {dates[-1]}",
            allowed="closures that leave quotes, or a longer series",
        )
    left_out = f"{np.count_nonzero(closed)} of {len(closed)} quotes"
    return f"{left_out} on days on which the market was closed ({during}): not quoted"


def _check_order(instrument: Instrument, dates: NDArray[np.datetime64], place: Callable[[int], str]) -> None:
    steps = np.diff(dates).astype(np.int64)
    if np.any(steps == 0):
        i = int(np.flatnonzero(steps == 0)[0])
        raise DataError(
            f"{place(i)} and {place(i + 1)} carry one date, {dates[i]}",
            parameter=instrument.id,
            received=str(dates[i]),
            allowed="one quote a session; intraday bars are refused: keep one snapshot of each day",
        )
    if np.any(steps < 0):
        i = int(np.flatnonzero(steps < 0)[0])
        raise DataError(
            f"dates are out of order: {dates[i + 1]} ({place(i + 1)}) comes after {dates[i]} ({place(i)})",
            parameter=instrument.id,
            received=str(dates[i + 1]),
            allowed="ascending dates, or strictly descending ones; sort the rows",
        )


def _check_values(instrument: Instrument, levels: NDArray[np.float64], place: Callable[[int], str]) -> None:
    infinite = np.isinf(levels)
    if infinite.any():
        i = int(np.flatnonzero(infinite)[0])
        raise DataError(
            f"{place(i)} is infinite",
            parameter=instrument.id,
            received=float(levels[i]),
            allowed="a finite number, or NaN for 'not quoted'",
        )
    if instrument.move_kind().rule == "difference":
        return
    bad = levels <= 0.0
    if bad.any():
        i = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"{place(i)} holds a price that is not positive",
            parameter=instrument.id,
            received=float(levels[i]),
            allowed="prices above zero; for a yield or a rate say quoted='yield' or move='difference'",
        )


def _check_daily(instrument: Instrument, dates: NDArray[np.datetime64]) -> None:
    if len(dates) < MIN_FOR_FREQUENCY:
        return
    gaps = np.diff(dates)
    if 2 * np.count_nonzero(gaps < DAILY_GAP) > len(gaps):  # the median lies below; counting is quicker
        return
    gap = np.median(gaps.astype(np.int64))
    if gap >= DAILY_GAP.astype(np.int64):
        raise InputError(
            f"the series is not daily: the median gap between quotes is {gap:g} days",
            parameter=instrument.id,
            received=f"{len(dates)} quotes from {dates[0]} to {dates[-1]}",
            allowed="one quote a session; weekly and monthly series are refused",
        )
