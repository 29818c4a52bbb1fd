"""When a bond pays, when a trade settles, and where each settlement lies between two coupons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError, InputError
from ..maths.frozen import Frozen, read_only
from .bonds import TERMS, SovereignBond
from .calendars import expected_days
from .day_counts import DAYS_A_YEAR, actual_days, interest_days, year_fraction

__all__ = [
    "CouponPeriods",
    "coupon_dates",
    "coupon_periods",
    "coupons_paid",
    "need_terms",
    "settlement_days",
]

Days: TypeAlias = NDArray[np.datetime64]

SEARCHED = np.timedelta64(120, "D")
"""Days behind a trade in which a named calendar must have its settlement; exchanges were shut for weeks."""


@dataclass(frozen=True, slots=True, eq=False)
class CouponPeriods(Frozen):
    """Where settlements lie between two coupons. All arrays have the shape (n,) and are read-only.

    A settlement at or after the maturity, or before interest accrues, has no period: NaT, NaN, and no payment left.

    Attributes
    ----------
    settlement : ndarray of datetime64[D]
        The days asked for.
    previous : ndarray of datetime64[D]
        Day from which interest accrues: the last coupon up to the settlement, or the issue. On a coupon date it is
        that day itself: its coupon belongs to the past.
    next : ndarray of datetime64[D]
        Day of the next payment.
    left : ndarray of int
        Payments left, the redemption with the last coupon as one; of a zero-coupon bond the periods left.
    accrued : ndarray
        Accrued interest [points per 100].
    to_next : ndarray
        Time to the next payment, w: the exponent of its discount factor [coupon periods].
    next_coupon : ndarray
        Coupon at the next payment [points per 100].
    """

    settlement: Days
    previous: Days
    next: Days
    left: NDArray[np.int64]
    accrued: NDArray[np.float64]
    to_next: NDArray[np.float64]
    next_coupon: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.settlement, self.previous, self.next, self.left)
        read_only(self.accrued, self.to_next, self.next_coupon)

    def __len__(self) -> int:
        return len(self.settlement)


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """What a schedule needs of a bond, checked."""

    coupon: float
    maturity: np.datetime64
    frequency: int


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Regular coupon dates backward from the maturity, and where the bond's own begin.

    ``days`` (m,) ascend to the maturity; the first of them is at or before ``start``, from which interest accrues;
    ``first`` is the position of the first payment; ``coupons`` (m,) are paid on the days [points per 100].
    """

    days: Days
    start: np.datetime64
    first: int
    coupons: NDArray[np.float64]


def need_terms(bond: SovereignBond, names: Sequence[str] = TERMS) -> None:
    """Refuse a bond of which terms are not given.

    Raises
    ------
    InputError
        Naming them.

    Examples
    --------
    >>> need_terms(SovereignBond("KZ 2045", quoted="yield", coupon=6.5))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    marketimpact.errors.InputError: KZ 2045: terms are missing that this needs: maturity, frequency, day_count; ...
    """
    missing = [name for name in names if getattr(bond, name) is None]
    if missing:
        raise InputError(
            f"terms are missing that this needs: {', '.join(missing)}",
            parameter=bond.id,
            allowed="SovereignBond(..., "
            + ", ".join(f"{name}={EXAMPLES[name]}" for name in missing)
            + ") as the prospectus has them",
        )


EXAMPLES = {
    "coupon": "6.5",
    "maturity": "date(2045, 7, 21)",
    "frequency": "2",
    "day_count": "'30/360'",
}
"""How each term is written."""


def coupon_dates(bond: SovereignBond, *, since: np.datetime64 | date | str | None = None) -> Days:
    """Give the days on which a bond pays, not adjusted to working days.

    They are found backward from the maturity, by whole multiples of 12 / frequency months from the maturity itself;
    a day that its month does not have becomes the month's last one. With ``end_of_month``, and a maturity on the last
    day of its month, all are last days.

    Parameters
    ----------
    bond : SovereignBond
        Of a zero-coupon bond the ends of the compounding periods are given.
    since : date, optional
        Payments after this day alone. Needed where neither the issue nor the first coupon is given, for then nothing
        says when payments began.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)
        Ascending; the last is the maturity.

    Raises
    ------
    InputError
        If the maturity or the frequency is missing, the first coupon is no regular date, or nothing says when
        payments began.

    Examples
    --------
    >>> bond = SovereignBond("KZ 2045", quoted="yield", maturity=date(2045, 7, 21), frequency=2)
    >>> coupon_dates(bond, since="2044-01-21").astype(str).tolist()
    ['2044-07-21', '2045-01-21', '2045-07-21']
    """
    need_terms(bond, ("maturity", "frequency"))
    if since is None and bond.issued is None and bond.first_coupon is None:
        raise InputError(
            "nothing says when payments began",
            parameter="since",
            allowed="a day after which payments count, or a bond with issued or first_coupon",
        )
    after = None if since is None else _day(since)
    grid = _grid(bond, _terms(bond).maturity if after is None else after)
    paid = grid.days[grid.first :]
    return paid if after is None else paid[paid > after]


def settlement_days(bond: SovereignBond, dates: ArrayLike) -> Days:
    """Give the days on which trades settle: ``settlement_lag`` working days after the trade.

    Parameters
    ----------
    bond : SovereignBond
        Working days are those of its named calendar, else Monday to Friday; a lag that is not given is 0.
    dates : array of datetime64[D], shape (n,)
        Days of the trades, in any order. A trade on a day without sessions settles as one of the session before; with
        a lag of 0 it settles on its own day.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)

    Raises
    ------
    MissingExtraError, InputError, DataError
        If a calendar is named and its package is absent, none knows it, or it does not cover the days.

    Examples
    --------
    A trade of Wednesday 5 January 2022 settles on Friday, one of Thursday on Monday:

    >>> bond = SovereignBond("KZ 2045", quoted="yield", settlement_lag=2)
    >>> settlement_days(bond, ["2022-01-05", "2022-01-06"]).astype(str).tolist()
    ['2022-01-07', '2022-01-10']
    """
    days, lag = _as_days(dates, "dates"), bond.settlement_lag or 0
    if lag == 0 or len(days) == 0:
        return days
    if bond.calendar is None:
        return np.asarray(np.busday_offset(days, lag, roll="backward"))
    named = expected_days(bond.calendar, days.min(), days.max() + SEARCHED)
    at = np.searchsorted(named, days, side="right") + lag - 1
    if at.max() >= len(named):
        raise DataError(
            f"the calendar has no {lag} sessions in the {SEARCHED.astype(int)} days behind {days.max()}",
            parameter="calendar",
            received=bond.calendar,
            allowed="another calendar, or None for Monday to Friday",
        )
    return np.asarray(named[at])


def coupons_paid(bond: SovereignBond, after: ArrayLike, through: ArrayLike) -> NDArray[np.float64]:
    """Sum the coupons with after < date <= through; the redemption is none.

    Parameters
    ----------
    bond : SovereignBond
    after, through : array of datetime64[D], shape (n,)
        Days of settlement, none of ``through`` before its ``after``.

    Returns
    -------
    ndarray, shape (n,)
        [points per 100]

    Raises
    ------
    InputError
        If a term is missing or ends are out of order.

    Examples
    --------
    >>> bond = SovereignBond(
    ...     "KZ 2045", quoted="yield", coupon=6.5, maturity=date(2045, 7, 21), frequency=2, day_count="30/360"
    ... )
    >>> coupons_paid(bond, ["2022-01-20", "2022-01-21"], ["2022-01-21", "2022-01-24"]).tolist()
    [3.25, 0.0]
    """
    need_terms(bond)
    begin, end = np.broadcast_arrays(_as_days(after, "after"), _as_days(through, "through"))
    if np.any(end < begin):
        i = int(np.flatnonzero(end < begin)[0])
        raise InputError(
            "comes before the day after which coupons count",
            parameter="through",
            received=str(end[i]),
            allowed=f"{begin[i]} or later",
        )
    if len(begin) == 0:
        return np.zeros(0)
    grid = _grid(bond, begin.min())
    summed = np.concatenate([[0.0], np.cumsum(grid.coupons)])
    until, before = (np.searchsorted(grid.days, ends, side="right") for ends in (end, begin))
    return np.asarray(summed[until] - summed[before])


def coupon_periods(bond: SovereignBond, settlement: ArrayLike) -> CouponPeriods:
    """Find where settlements lie between two coupons, and what accrued.

    The coupon of a regular period is coupon / frequency by every day count. Interest accrues by the day count from
    the previous coupon, or from the issue: by actual days over those of the (quasi-coupon) period for ACT/ACT ICMA. A
    first coupon for a period that is not regular is coupon times the years that it accrues.

    The time to the next payment is, in coupon periods, (d(previous, next) - d(previous, settlement)) frequency / 360
    for 30/360 and 30E/360, where d counts days of the convention: both from the previous coupon, as a count from the
    settlement itself would be off on the 31st of a month. For the others it is actual days left over actual days of
    the (quasi-coupon) period. Where coupons fall on the last days of February and August, a period has 178 to 183 days
    of 30/360: at its coupon of 6 % such a bond stands at 99.95 on a 28 February, and not at par.

    Parameters
    ----------
    bond : SovereignBond
    settlement : array of datetime64[D], shape (n,)
        In any order.

    Returns
    -------
    CouponPeriods

    Raises
    ------
    InputError
        If a term is missing, or the first coupon is no regular date.

    References
    ----------
    ICMA, Rule 251 (accrued interest); SIFMA (Mayle, J.), Standard Securities Calculation Methods (1993).

    Examples
    --------
    >>> bond = SovereignBond(
    ...     "KZ 2045", quoted="yield", coupon=6.5, maturity=date(2045, 7, 21), frequency=2, day_count="30/360"
    ... )
    >>> found = coupon_periods(bond, ["2022-01-07", "2022-01-21"])
    >>> found.left.tolist(), found.accrued.round(4).tolist(), found.to_next.round(4).tolist()
    ([48, 47], [2.9972, 0.0], [0.0778, 1.0])
    """
    need_terms(bond)
    days = _as_days(settlement, "settlement")
    grid = _grid(bond, days.min() if len(days) else _terms(bond).maturity)
    valid = (days >= grid.start) & (days < grid.days[-1])
    at = np.clip(np.searchsorted(grid.days, days, side="right"), 1, len(grid.days) - 1)
    due = np.maximum(at, grid.first)
    previous = np.where(due == grid.first, grid.start, grid.days[due - 1])
    following = grid.days[due]
    accrued, to_next = _accrued(bond, grid, previous, days, at), _to_next(bond, grid, previous, days, at)
    return CouponPeriods(
        days,
        np.where(valid, previous, np.datetime64("NaT")),
        np.where(valid, following, np.datetime64("NaT")),
        np.where(valid, len(grid.days) - due, 0),
        np.where(valid, accrued, np.nan),
        np.where(valid, to_next, np.nan),
        np.where(valid, grid.coupons[due], np.nan),
    )


def _accrued(
    bond: SovereignBond, grid: _Grid, previous: Days, days: Days, at: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Accrued interest [points per 100]; ``at`` is the regular date behind each day."""
    terms = _terms(bond)
    if bond.day_count in DAYS_A_YEAR:
        return terms.coupon * year_fraction(bond.day_count, previous, days)
    return terms.coupon / terms.frequency * _periods_between(grid.days, previous, days, at)


def _to_next(
    bond: SovereignBond, grid: _Grid, previous: Days, days: Days, at: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Time to the next payment [coupon periods]."""
    due = np.maximum(at, grid.first)
    if bond.day_count in {"30/360", "30E/360"}:
        whole = interest_days(bond.day_count, previous, grid.days[due])
        passed = interest_days(bond.day_count, previous, days)
        return np.asarray((whole - passed) * (_terms(bond).frequency / 360), dtype=np.float64)
    left = actual_days(days, grid.days[at]) / actual_days(grid.days[at - 1], grid.days[at])
    return np.asarray(due - at + left)


def _periods_between(days: Days, start: Days, end: Days, at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Periods from a day to another, each by actual days over those of the quasi-coupon period it lies in."""
    begin = np.clip(np.searchsorted(days, start, side="right"), 1, len(days) - 1)
    passed = actual_days(days[at - 1], end) / actual_days(days[at - 1], days[at])
    missed = actual_days(days[begin - 1], start) / actual_days(days[begin - 1], days[begin])
    return np.asarray(at - begin + (passed - missed))


def _grid(bond: SovereignBond, since: np.datetime64) -> _Grid:
    """Regular dates from the day on which interest begins to accrue; from ``since`` where no term says it."""
    terms = _terms(bond)
    begun = bond.issued or bond.first_coupon
    lowest = min(since, terms.maturity - np.timedelta64(1, "D")) if begun is None else _day(begun)
    days = _regular_days(bond, terms, lowest)
    if bond.first_coupon is not None:
        first = _first_given(bond, bond.first_coupon, days)
    else:
        first = int(np.searchsorted(days, lowest, side="right"))
    start = days[first - 1] if bond.issued is None else _day(bond.issued)
    below = int(np.searchsorted(days, start, side="right")) - 1  # the last regular date up to the start
    days, first = days[below:], first - below
    coupons = np.where(np.arange(len(days)) < first, 0.0, terms.coupon / terms.frequency)
    if start != days[first - 1]:
        coupons[first] = terms.coupon * _first_years(bond, terms, days, start, days[first])
    return _Grid(days, start, first, coupons)


def _first_years(
    bond: SovereignBond, terms: _Terms, days: Days, start: np.datetime64, end: np.datetime64
) -> float:
    """Years for which a first coupon is paid whose period is not regular."""
    ends = np.array([start]), np.array([end])
    if bond.day_count in DAYS_A_YEAR:
        return float(year_fraction(bond.day_count, *ends)[0])
    at = np.searchsorted(days, ends[1])
    return float(_periods_between(days, *ends, at)[0]) / terms.frequency


def _regular_days(bond: SovereignBond, terms: _Terms, lowest: np.datetime64) -> Days:
    """Dates backward from the maturity, ascending, from at least two periods before ``lowest``."""
    step = 12 // terms.frequency
    month = terms.maturity.astype("datetime64[M]")
    back = int((month - lowest.astype("datetime64[M]")).astype(np.int64)) // step + 3
    months = month - step * np.arange(back, -1, -1)
    firsts = months.astype("datetime64[D]")
    lengths = (months + 1).astype("datetime64[D]") - firsts
    day = terms.maturity - month.astype("datetime64[D]") + np.timedelta64(1, "D")
    wanted = lengths if bond.end_of_month and day == lengths[-1] else np.minimum(day, lengths)
    return np.asarray(firsts + (wanted - np.timedelta64(1, "D")))


def _first_given(bond: SovereignBond, given: date, days: Days) -> int:
    """Position of the first coupon among the regular dates."""
    first = _day(given)
    at = int(np.searchsorted(days, first))
    if days[at] != first:
        raise InputError(
            f"is no regular coupon date counted back from the maturity {bond.maturity}",
            parameter=f"{bond.id}.first_coupon",
            received=str(first),
            allowed=f"{days[at - 1]} or {days[at]}, else another maturity, frequency or end_of_month",
        )
    return at


def _terms(bond: SovereignBond) -> _Terms:
    """The terms of a bond that has them; the coupon is not needed for dates."""
    if bond.maturity is None or bond.frequency is None:
        raise AssertionError("need_terms comes first")
    return _Terms(bond.coupon or 0.0, _day(bond.maturity), bond.frequency)


def _day(value: np.datetime64 | date | str) -> np.datetime64:
    day: np.datetime64 = np.array([value], dtype="datetime64[D]")[0]
    return day


def _as_days(dates: ArrayLike, parameter: str) -> Days:
    """Read days into an array of their own."""
    given = np.asarray(dates)
    zoned = given.dtype == object and any(getattr(one, "tzinfo", None) for one in given.flat)
    if zoned or (given.dtype.kind in "biuf" and given.size):
        raise InputError(
            "would become other days: numpy moves an instant of a zone to UTC" if zoned else "holds numbers",
            parameter=parameter,
            received=str(dates),
            allowed="dates of the market's own zone: index.tz_localize(None)" if zoned else "dates",
        )
    days = np.array(given, dtype="datetime64[D]", ndmin=1)
    if days.ndim != 1 or np.isnat(days).any():
        raise InputError(
            "does not hold days",
            parameter=parameter,
            received=str(dates),
            allowed="a one-dimensional array of dates, none of them missing",
        )
    return days
