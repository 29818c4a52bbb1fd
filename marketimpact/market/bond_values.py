"""What the quotes of a bond say: clean and dirty price, yield, duration, what a move of one is in the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..maths.bond_arithmetic import Payments, dirty_price, sensitivities, solve_yield
from ..maths.frozen import Frozen, read_only
from ..units import BP_PER_UNIT
from .bonds import Quoted, SovereignBond
from .coupons import CouponPeriods, coupon_periods, coupons_paid, need_terms, settlement_days
from .terms import check_one_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["VALUE_UNITS", "BondValues", "value_bond"]

Days: TypeAlias = NDArray[np.datetime64]
Floats: TypeAlias = NDArray[np.float64]

PERCENT = 100.0
YEAR = 365.0
"""Days of a year along a curve of maturities."""

VALUE_UNITS = {
    "settlement": "date",
    "clean": "per 100",
    "dirty": "per 100",
    "accrued": "per 100",
    "ytm": "percent",
    "macaulay": "years",
    "modified": "years",
    "convexity": "years^2",
    "dv01": "points per bp",
}
"""Columns of `BondValues.to_frame`, and their units."""


@dataclass(frozen=True, slots=True, eq=False)
class BondValues(Frozen):
    """A bond on each of n dates. All arrays have the shape (n,) and are read-only.

    A date is NaN where it was not quoted, or settles before interest accrues, at or after the maturity. Where no yield
    above -100 f percent gives a price (f: frequency), the price stands, and yield, durations and convexity are NaN.

    Attributes
    ----------
    bond : SovereignBond
    dates : ndarray of datetime64[D]
        Days of the quotes.
    periods : CouponPeriods
        Where their settlements lie between two coupons.
    dirty : ndarray
        Price with accrued interest [per 100].
    ytm : ndarray
        Yield to maturity, compounded at the coupon frequency [percent].
    macaulay, modified : ndarray
        Durations from the settlement [years]: mean time to the payments, and -dP/dy / P of the dirty price.
    convexity : ndarray
        d2P/dy2 / P of the dirty price [years^2].

    See Also
    --------
    value_bond : makes one of quotes.
    """

    bond: SovereignBond
    dates: Days
    periods: CouponPeriods
    dirty: Floats
    ytm: Floats
    macaulay: Floats
    modified: Floats
    convexity: Floats

    def __post_init__(self) -> None:
        read_only(self.dates, self.dirty, self.ytm, self.macaulay, self.modified, self.convexity)

    def __repr__(self) -> str:
        when = f", {self.dates[0]} to {self.dates[-1]}" if len(self) else ""
        return f"BondValues: {self.bond.id}, {len(self)} dates{when}"

    def __len__(self) -> int:
        return len(self.dates)

    @property
    def settlement(self) -> Days:
        """Days on which trades at the quotes settle."""
        return self.periods.settlement

    @property
    def accrued(self) -> Floats:
        """Accrued interest at settlement [per 100]."""
        return self.periods.accrued

    @property
    def clean(self) -> Floats:
        """Price without accrued interest [per 100]."""
        return np.asarray(self.dirty - self.accrued)

    @property
    def dv01(self) -> Floats:
        """Points lost when the yield rises by a basis point: modified dirty / 10,000 [points per bp]."""
        return np.asarray(self.modified * self.dirty / BP_PER_UNIT["decimal"])

    def price_change(self, bp: ArrayLike) -> Floats:
        """Give the points that a move of the yield is worth, by repricing: no approximation by duration.

        Clean and dirty price change by the same points.

        Parameters
        ----------
        bp : float or array, shape (n,)
            Moves of the yield [bp].

        Returns
        -------
        ndarray, shape (n,)
            P(ytm + bp / 100) - P(ytm) [points per 100].

        Examples
        --------
        The founding case: 30 and 34 bp on top of 4.2 %:

        >>> from marketimpact.market.known_bonds import known_bond
        >>> bond = known_bond("KZ 2045", quoted="yield")
        >>> value_bond(bond, ["2022-01-05"] * 2, [4.2, 4.2]).price_change([30.0, 34.0]).round(2).tolist()
        [-5.32, -6.01]
        """
        moved = self.ytm + np.asarray(bp, dtype=np.float64) / BP_PER_UNIT["percent"]
        return self._priced(self.periods, moved) - self._priced(self.periods, self.ytm)

    def yield_change(self, points: ArrayLike) -> Floats:
        """Give the move of the yield that a move of the price is worth.

        Parameters
        ----------
        points : float or array, shape (n,)
            Moves of the price, clean or dirty [points per 100].

        Returns
        -------
        ndarray, shape (n,)
            y(P + points) - y(P) [bp]; NaN where no yield gives the moved price.

        Examples
        --------
        >>> from marketimpact.market.known_bonds import known_bond
        >>> bond = known_bond("KZ 2045", quoted="yield")
        >>> value_bond(bond, ["2022-01-05"], [4.2]).yield_change(-6.0).round(1).tolist()
        [33.9]
        """
        moved = self.dirty + np.asarray(points, dtype=np.float64)
        found = PERCENT * solve_yield(_payments(self.bond, self.periods), moved)
        return np.asarray((found - self.ytm) * BP_PER_UNIT["percent"])

    def total_returns(self) -> Floats:
        """Give the simple return from each date to the next, with the coupons paid between the settlements.

        r_t = (dirty_t + coupons - dirty_t-1) / dirty_t-1, coupons with settlement_t-1 < date <= settlement_t.

        Returns
        -------
        ndarray, shape (n,)
            [fraction], at the later date; the first is NaN, as is any beside a date without a value.

        Raises
        ------
        InputError
            If dates are out of order.

        Examples
        --------
        Over a coupon date at an unchanged yield the dirty price falls by 3.25, and the return does not show it:

        >>> from marketimpact.market.known_bonds import known_bond
        >>> bond = known_bond("KZ 2045", quoted="yield", settlement_lag=0)
        >>> values = value_bond(bond, ["2022-01-20", "2022-01-21"], [4.2, 4.2])
        >>> values.total_returns().round(6).tolist()
        [nan, 0.000115]
        """
        returns = np.full(len(self), np.nan)
        coupons = coupons_paid(self.bond, self.settlement[:-1], self.settlement[1:])
        returns[1:] = (self.dirty[1:] + coupons - self.dirty[:-1]) / self.dirty[:-1]
        return returns

    def carry(self, days: ArrayLike) -> Floats:
        """Give the points that are earned over a horizon while the yield does not change, coupons included.

        carry = P(settlement + days, ytm) + coupons paid until then - P(settlement, ytm), P dirty. Coupons are not
        reinvested and nothing is borrowed: a cost of funds is the reader's to subtract.

        Parameters
        ----------
        days : int or array of int, shape (n,)
            Calendar days from settlement, from 0 [days].

        Returns
        -------
        ndarray, shape (n,)
            [points per 100]; NaN where the horizon reaches the maturity.

        Raises
        ------
        InputError
            If a horizon is no whole number of days, or negative.

        Examples
        --------
        >>> from marketimpact.market.known_bonds import known_bond
        >>> bond = known_bond("KZ 2045", quoted="yield")
        >>> value_bond(bond, ["2022-01-05"], [4.2]).carry(30).round(3).tolist()
        [0.454]
        """
        then, horizon = self._at_horizon(days)
        coupons = coupons_paid(self.bond, self.settlement, horizon)
        return self._priced(then, self.ytm) + coupons - self._priced(self.periods, self.ytm)

    def roll_down(self, days: ArrayLike, slope: ArrayLike) -> Floats:
        """Give the points that are earned over a horizon by sliding down a curve that itself does not change.

        At the horizon the bond is days / 365 years nearer to its maturity and yields ytm - slope days / 365:
        roll_down = P(settlement + days, ytm - slope days / 365) - P(settlement + days, ytm). Carry and roll-down add
        up to the points earned on an unchanged curve.

        Parameters
        ----------
        days : int or array of int, shape (n,)
            Calendar days from settlement, from 0 [days].
        slope : float or array, shape (n,)
            Slope of the yield curve at the bond's maturity [percentage points of yield per year of maturity].

        Returns
        -------
        ndarray, shape (n,)
            [points per 100]; NaN where the horizon reaches the maturity.

        Raises
        ------
        InputError
            As for `carry`.

        Examples
        --------
        A quarter of a year down a curve that rises by 4 bp a year of maturity:

        >>> from marketimpact.market.known_bonds import known_bond
        >>> bond = known_bond("KZ 2045", quoted="yield")
        >>> value_bond(bond, ["2022-01-05"], [4.2]).roll_down(91, 0.04).round(3).tolist()
        [0.181]
        """
        then, horizon = self._at_horizon(days)
        years = (horizon - self.settlement).astype(np.float64) / YEAR
        rolled = self.ytm - np.asarray(slope, dtype=np.float64) * years
        return self._priced(then, rolled) - self._priced(then, self.ytm)

    def to_frame(self) -> pd.DataFrame:
        """Give a table: one row a date, columns as in `VALUE_UNITS`; ``frame.attrs["units"]`` holds their units."""
        import pandas as pd

        index = pd.DatetimeIndex(self.dates.astype("datetime64[s]"), name="session")
        columns = {name: getattr(self, name) for name in VALUE_UNITS}
        columns["settlement"] = self.settlement.astype("datetime64[s]")
        frame = pd.DataFrame(columns, index=index)
        frame.attrs["units"] = dict(VALUE_UNITS)
        return frame

    def _priced(self, periods: CouponPeriods, ytm: Floats) -> Floats:
        return dirty_price(_payments(self.bond, periods), ytm / PERCENT)

    def _at_horizon(self, days: ArrayLike) -> tuple[CouponPeriods, Days]:
        ahead = np.asarray(days)
        if ahead.dtype.kind not in "iu" or np.any(ahead < 0):
            raise InputError("is no horizon", parameter="days", received=days, allowed="whole days, from 0")
        horizon = self.settlement + ahead.astype("timedelta64[D]")
        return coupon_periods(self.bond, horizon), horizon


def value_bond(
    bond: SovereignBond, dates: ArrayLike, levels: ArrayLike, *, quoted: Quoted | None = None
) -> BondValues:
    """Value a bond on each date by its quotes.

    Parameters
    ----------
    bond : SovereignBond
        With coupon, maturity, frequency and day count.
    dates : array of datetime64[D], shape (n,)
        Days of the quotes; each settles ``bond.settlement_lag`` working days later.
    levels : array, shape (n,)
        Prices [per 100], or yields in ``bond.yield_unit``; NaN where not quoted.
    quoted : {"clean price", "dirty price", "yield"}, optional
        What the levels are; what the bond quotes, when not given.

    Returns
    -------
    BondValues

    Raises
    ------
    InputError
        If a term is missing, or there is not one level a date.
    MissingExtraError, DataError
        As for `settlement_days`.

    See Also
    --------
    marketimpact.market.bond_members.bond_values : values a panel member.

    Examples
    --------
    The bond of the founding case, at 4.2 % on 5 January 2022, settled two working days later:

    >>> from marketimpact.market.known_bonds import known_bond
    >>> values = value_bond(known_bond("KZ 2045", quoted="yield"), ["2022-01-05"], [4.2])
    >>> [float(one[0].round(2)) for one in (values.clean, values.accrued, values.modified, values.dv01)]
    [134.17, 3.0, 13.31, 0.18]
    """
    need_terms(bond)
    kind = bond.quoted if quoted is None else quoted
    check_one_of(kind, get_args(Quoted), "quoted")
    periods = coupon_periods(bond, settlement_days(bond, dates))
    days, given = np.array(dates, dtype="datetime64[D]", ndmin=1), np.array(levels, dtype=np.float64, ndmin=1)
    if days.shape != given.shape:
        raise InputError(
            "does not hold one level a date",
            parameter="levels",
            received=f"shape {given.shape}",
            allowed=f"shape {days.shape}",
        )
    payments = _payments(bond, periods)
    if kind == "yield":
        y = given * (BP_PER_UNIT[bond.yield_unit] / BP_PER_UNIT["decimal"])
        dirty = dirty_price(payments, y)
        y = np.where(np.isnan(dirty), np.nan, y)
    else:
        dirty = np.where(
            periods.left > 0, given + (periods.accrued if kind == "clean price" else 0.0), np.nan
        )
        y = solve_yield(payments, dirty)
    found = sensitivities(payments, y)
    return BondValues(
        bond, days, periods, dirty, PERCENT * y, found.macaulay, found.modified, found.convexity
    )


def _payments(bond: SovereignBond, periods: CouponPeriods) -> Payments:
    """What is left to be paid, as the arithmetic reads it."""
    frequency = bond.frequency or 1
    return Payments(
        periods.to_next,
        periods.left,
        periods.next_coupon,
        (bond.coupon or 0.0) / frequency,
        frequency,
        bond.yield_convention == "street",
    )
