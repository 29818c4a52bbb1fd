"""Thousands of random bonds, conventions and dates against QuantLib.

Prices, accrued interest, durations and convexity agree to 1e-10 of their size. Yields agree to 1e-10 percentage points
times max(1, .01 / modified): a price near the last payment, known to a float's 16 digits, says less of a yield.

QuantLib pays the coupon of a regular period by the leg's day count. Where that is not coupon / frequency (ACT/365 and
ACT/360, and 30/360 with coupons at the end of February) the market pays equal coupons and so does the package; there
the leg is built by ISMA periods, whose coupons are equal, and accrued interest comes from QuantLib's day counter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
import QuantLib as ql
from hypothesis import given, settings
from hypothesis import strategies as st

from marketimpact.market.bond_values import BondValues, value_bond
from marketimpact.market.bonds import SovereignBond
from marketimpact.market.coupons import coupon_dates, coupon_periods, coupons_paid, settlement_days

DATES = 12
"""Settlements of each random bond; with 200 bonds a test is one of 2,400 cases."""

BONDS = settings(max_examples=200)
THIRTY = {"30/360": ql.Thirty360.BondBasis, "30E/360": ql.Thirty360.EurobondBasis}
ACTUAL = {"ACT/365": ql.Actual365Fixed(), "ACT/360": ql.Actual360()}
EVERY = ("30/360", "30E/360", "ACT/ACT ICMA", "ACT/365", "ACT/360")


@dataclass(frozen=True)
class Oracle:
    """A bond of QuantLib's, the counter that discounts, and the one that accrues."""

    bond: Any
    discounts: Any
    accrues: Any

    def keys(self, values: BondValues, i: int) -> tuple[Any, ...]:
        last = values.periods.left[i] == 1 and values.bond.yield_convention == "street"
        compounding = ql.SimpleThenCompounded if last else ql.Compounded
        return self.discounts, compounding, values.bond.frequency, as_ql(values.settlement[i].item())


def as_ql(day: date) -> Any:
    return ql.Date(day.day, day.month, day.year)


def schedule_of(bond: SovereignBond) -> Any:
    first = ql.Date() if bond.first_coupon is None else as_ql(bond.first_coupon)
    return ql.Schedule(
        as_ql(bond.issued),
        as_ql(bond.maturity),
        ql.Period(12 // bond.frequency, ql.Months),
        ql.NullCalendar(),
        ql.Unadjusted,
        ql.Unadjusted,
        ql.DateGeneration.Backward,
        bond.end_of_month,
        first,
    )


def oracle_of(bond: SovereignBond) -> Oracle:
    schedule = schedule_of(bond)
    isma = ql.ActualActual(ql.ActualActual.ISMA, schedule)
    thirty = ql.Thirty360(THIRTY[bond.day_count]) if bond.day_count in THIRTY else None
    paid = ql.FixedRateBond(0, 100.0, schedule, [bond.coupon / 100], thirty or isma)
    return Oracle(paid, thirty or isma, thirty or ACTUAL.get(bond.day_count, isma))


@st.composite
def bonds(draw: st.DrawFn, *, day_counts: tuple[str, ...] = EVERY, irregular: bool = False) -> SovereignBond:
    """Bonds of up to 40 years that were issued on a regular date, or in the midst of a period."""
    day_count, frequency = draw(st.sampled_from(day_counts)), draw(st.sampled_from([1, 2, 4]))
    # QuantLib counts quasi-coupon dates back from the first coupon: 29 February gives 29 August, where the maturity
    # gives the 30th. And by 30/360 it pays no equal coupons at the end of February (see below).
    plain = irregular or day_count in THIRTY
    last_day = 28 if plain else 31
    day = draw(st.dates(date(2000, 1, 1), date(2060, 12, 31)).filter(lambda one: one.day <= last_day))
    bond = SovereignBond(
        "B",
        quoted="yield",
        coupon=draw(st.one_of(st.just(0.0), st.floats(0.01, 15.0))),
        maturity=day,
        frequency=frequency,
        day_count=day_count,
        end_of_month=draw(st.booleans()) and not plain,
        yield_convention=draw(st.sampled_from(["street", "ICMA"])),
    )
    # A first coupon that is the only one gives a schedule of one period, in which QuantLib finds no quasi-coupon dates.
    periods = draw(st.integers(4, 40 * frequency))
    regular = coupon_dates(bond, since=day - timedelta(days=366 * 41))[-periods:]
    if not irregular:
        return replace(bond, issued=regular[0].item())
    first = draw(st.integers(1, 2))  # a short first coupon, or a long one
    length = (regular[1] - regular[0]).astype(int)
    issued = regular[0].item() + timedelta(days=draw(st.integers(1, int(length) - 1)))
    return replace(bond, issued=issued, first_coupon=regular[first].item())


def draw_values(bond: SovereignBond, seed: int) -> BondValues:
    """Value a bond at yields of -5 to 60 % on days of its life; near its ends more than chance would."""
    rng = np.random.default_rng(seed)
    life = (bond.maturity - bond.issued).days
    offsets = np.r_[rng.integers(0, life, DATES - 4), rng.integers(0, min(life, 200), 2), life - 1, life // 2]
    ends = np.r_[offsets, life - rng.integers(1, min(life, 120), 2)]
    days = np.datetime64(bond.issued, "D") + ends
    return value_bond(bond, days, rng.uniform(-5.0, 60.0, len(days)))


def agrees(bond: SovereignBond, values: BondValues) -> None:
    oracle = oracle_of(bond)
    functions = ql.BondFunctions
    for i in range(len(values)):
        keys, y, settled = oracle.keys(values, i), values.ytm[i] / 100, as_ql(values.settlement[i].item())
        begun, accrues = as_ql(values.periods.previous[i].item()), oracle.accrues
        dirty = oracle.bond.dirtyPrice(y, *keys)
        assert values.dirty[i] == pytest.approx(dirty, rel=1e-10)
        if bond.day_count in ACTUAL:
            accrued = bond.coupon * accrues.yearFraction(begun, settled)
        else:
            accrued = oracle.bond.accruedAmount(settled)
        assert values.accrued[i] == pytest.approx(accrued, rel=1e-10, abs=1e-12)
        modified = functions.duration(oracle.bond, y, *keys[:3], ql.Duration.Modified, settled)
        assert values.modified[i] == pytest.approx(modified, rel=1e-10)
        assert values.convexity[i] == pytest.approx(functions.convexity(oracle.bond, y, *keys), rel=1e-10)
        if keys[1] == ql.Compounded:
            macaulay = functions.duration(oracle.bond, y, *keys[:3], ql.Duration.Macaulay, settled)
            assert values.macaulay[i] == pytest.approx(macaulay, rel=1e-10)


@BONDS
@given(bonds(), st.integers(0, 2**32))
def test_prices_durations_and_convexity_are_those_of_quantlib(bond, seed):
    agrees(bond, draw_values(bond, seed))


@BONDS
@given(bonds(day_counts=("30/360", "30E/360", "ACT/ACT ICMA"), irregular=True), st.integers(0, 2**32))
def test_short_and_long_first_coupons_are_those_of_quantlib(bond, seed):
    agrees(bond, draw_values(bond, seed))


@BONDS
@given(bonds(), st.integers(0, 2**32))
def test_yields_of_prices_are_those_of_quantlib(bond, seed):
    values = draw_values(bond, seed)
    oracle = oracle_of(bond)
    found = value_bond(bond, values.dates, values.dirty, quoted="dirty price")
    for i in range(len(values)):
        if values.modified[i] == 0.0:  # by 30/360 no day is left from the 31st to a redemption on the 1st
            assert np.isnan(found.ytm[i])
            continue
        allowed = 1e-10 * max(1.0, 0.01 / values.modified[i])
        assert found.ytm[i] == pytest.approx(values.ytm[i], abs=allowed)
        price = ql.BondPrice(float(values.dirty[i]), ql.BondPrice.Dirty)
        theirs = ql.BondFunctions.bondYield(
            oracle.bond, price, *oracle.keys(values, i), 1e-14, 1000, values.ytm[i] / 100
        )
        # At prices of a few hundredths of a point QuantLib's search is off by 1e-10: against 60 digits ours is within
        # 1e-14 there, and the yields given, above, are its oracle.
        if values.dirty[i] > 0.1:
            assert found.ytm[i] == pytest.approx(100 * theirs, abs=allowed)


@BONDS
@given(bonds(irregular=True))
def test_payment_days_are_those_of_quantlib(bond):
    days = [date(one.year(), one.month(), one.dayOfMonth()) for one in schedule_of(bond).dates()]
    assert coupon_dates(bond).tolist() == days[1:]


@BONDS
@given(bonds(day_counts=("30/360", "30E/360", "ACT/ACT ICMA"), irregular=True))
def test_coupons_are_those_of_quantlib(bond):
    """All but the redemption, which is the last flow."""
    flows = [flow.amount() for flow in oracle_of(bond).bond.cashflows()][:-1]
    days = np.r_[np.datetime64(bond.issued, "D"), coupon_dates(bond)]
    np.testing.assert_allclose(coupons_paid(bond, days[:-1], days[1:]), flows, rtol=1e-10, atol=1e-12)


def test_what_quantlib_pays_at_the_end_of_february_is_no_equal_coupon():
    """By 30/360 from 31 August to 28 February are 178 days: QuantLib pays 178 / 360 of a coupon, the market a half."""
    bond = SovereignBond(
        "B",
        quoted="yield",
        coupon=6.0,
        maturity=date(2030, 8, 31),
        frequency=2,
        day_count="30/360",
        issued=date(2022, 8, 31),
        end_of_month=True,
    )
    theirs = oracle_of(bond).bond.cashflows()[0].amount()
    assert theirs == pytest.approx(6.0 * 178 / 360, rel=1e-12)
    assert coupons_paid(bond, ["2022-08-31"], ["2023-02-28"]).tolist() == [3.0]


@pytest.mark.parametrize("day_count", sorted(ACTUAL))
def test_an_irregular_first_coupon_by_actual_days_is_paid_by_them(day_count):
    """QuantLib's leg of this day count agrees on the first coupon and on what accrues before it, not on later ones."""
    bond = SovereignBond(
        "B",
        quoted="yield",
        coupon=7.3,
        maturity=date(2030, 5, 15),
        frequency=2,
        day_count=day_count,
        issued=date(2021, 7, 3),
        first_coupon=date(2022, 5, 15),
    )
    counter = ACTUAL[day_count]
    leg = ql.FixedRateBond(0, 100.0, schedule_of(bond), [0.073], counter)
    first = leg.cashflows()[0].amount()
    assert coupons_paid(bond, ["2021-07-03"], ["2022-05-15"])[0] == pytest.approx(first, rel=1e-12)
    days = np.arange("2021-07-03", "2022-05-15", dtype="datetime64[D]")
    found = coupon_periods(bond, days)
    theirs = [leg.accruedAmount(as_ql(day)) for day in days.tolist()]
    np.testing.assert_allclose(found.accrued, theirs, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.next_coupon, first, rtol=1e-12)


@given(st.dates(date(2000, 1, 1), date(2040, 12, 31)), st.integers(1, 10))
def test_settlements_are_those_of_quantlib(day, lag):
    bond = SovereignBond("B", quoted="yield", settlement_lag=lag)
    theirs = ql.WeekendsOnly().advance(as_ql(day), lag, ql.Days)
    assert settlement_days(bond, [day])[0].item() == date(theirs.year(), theirs.month(), theirs.dayOfMonth())
