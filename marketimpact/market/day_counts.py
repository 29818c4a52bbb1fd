"""Days and years between two dates, as interest counts them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .bonds import DayCount

__all__ = ["DAYS_A_YEAR", "actual_days", "days_360", "interest_days", "year_fraction"]

Days: TypeAlias = NDArray[np.datetime64]

DAYS_A_YEAR: dict[DayCount, int] = {"30/360": 360, "30E/360": 360, "ACT/365": 365, "ACT/360": 360}
"""Days of a year by each convention that knows its year without the coupon dates; ACT/ACT ICMA does not."""


def actual_days(start: Days, end: Days) -> NDArray[np.int64]:
    """Count the days of the calendar from a day to another.

    Parameters
    ----------
    start, end : ndarray of datetime64[D]
        Shapes that broadcast.

    Returns
    -------
    ndarray of int
        [days]; negative where ``end`` is before ``start``.

    Examples
    --------
    >>> actual_days(np.array("2024-02-28", "M8[D]"), np.array("2024-03-01", "M8[D]")).tolist()
    2
    """
    return np.asarray((end - start).astype(np.int64))


def days_360(start: Days, end: Days, *, european: bool = False) -> NDArray[np.int64]:
    """Count the days from a day to another, every month with 30 days.

    360 (Y2 - Y1) + 30 (M2 - M1) + D2 - D1, where D1 = 31 counts as 30, and D2 = 31 counts as 30 too: always by the
    European rule, but only behind a D1 of 30 or 31 by the bond basis. The end of February is no exception.

    Parameters
    ----------
    start, end : ndarray of datetime64[D]
        Shapes that broadcast.
    european : bool
        30E/360 in place of 30/360, the bond basis.

    Returns
    -------
    ndarray of int
        [days]

    References
    ----------
    ISDA (2006), 2006 ISDA Definitions, sections 4.16 (f) and (g).

    Examples
    --------
    >>> middle, last = np.array("2022-01-15", "M8[D]"), np.array("2022-03-31", "M8[D]")
    >>> int(days_360(middle, last)), int(days_360(middle, last, european=True))
    (76, 75)
    """
    y1, m1, d1 = _parts(start)
    y2, m2, d2 = _parts(end)
    d1 = np.minimum(d1, 30)
    d2 = np.where((d2 == 31) & (european | (d1 == 30)), 30, d2)
    return np.asarray(360 * (y2 - y1) + 30 * (m2 - m1) + d2 - d1)


def interest_days(day_count: DayCount, start: Days, end: Days) -> NDArray[np.int64]:
    """Count the days from a day to another, as a convention does [days]; ACT/ACT ICMA counts those of the calendar.

    Examples
    --------
    >>> issued, settled = np.array("2021-07-21", "M8[D]"), np.array("2022-01-07", "M8[D]")
    >>> int(interest_days("30/360", issued, settled)), int(interest_days("ACT/365", issued, settled))
    (166, 170)
    """
    if day_count in {"30/360", "30E/360"}:
        return days_360(start, end, european=day_count == "30E/360")
    return actual_days(start, end)


def year_fraction(day_count: DayCount, start: Days, end: Days) -> NDArray[np.float64]:
    """Give the part of a year from a day to another, for which a coupon is owed.

    Parameters
    ----------
    day_count : {"30/360", "30E/360", "ACT/365", "ACT/360"}
        The convention.
    start, end : ndarray of datetime64[D]
        Shapes that broadcast.

    Returns
    -------
    ndarray
        [years]

    Raises
    ------
    InputError
        For ACT/ACT ICMA, whose years are made of the coupon periods of a bond, and for a convention that is not
        known.

    See Also
    --------
    marketimpact.market.coupons.coupon_periods : accrued interest by all conventions.

    Examples
    --------
    >>> start, end = np.array("2022-01-01", "M8[D]"), np.array("2022-07-01", "M8[D]")
    >>> float(year_fraction("30/360", start, end)), round(float(year_fraction("ACT/360", start, end)), 6)
    (0.5, 0.502778)
    """
    if day_count not in DAYS_A_YEAR:
        raise InputError(
            "does not say how long a year is",
            parameter="day_count",
            received=day_count,
            allowed=", ".join(map(repr, DAYS_A_YEAR)) + "; for 'ACT/ACT ICMA' the periods of the bond say it:"
            " coupon_periods",
        )
    return np.asarray(interest_days(day_count, start, end) / DAYS_A_YEAR[day_count])


def _parts(days: Days) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Year, month (from 0) and day of the month (from 1)."""
    days = np.asarray(days, dtype="datetime64[D]")
    months = days.astype("datetime64[M]")
    number = months.astype(np.int64)
    return number // 12, number % 12, (days - months.astype("datetime64[D]")).astype(np.int64) + 1
