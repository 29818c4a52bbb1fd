"""Coupon dates, settlements, coupons paid and what accrues between them."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.errors import DataError, InputError
from marketimpact.market.bond_values import value_bond
from marketimpact.market.bonds import SovereignBond
from marketimpact.market.coupons import (
    coupon_dates,
    coupon_periods,
    coupons_paid,
    need_terms,
    settlement_days,
)

KZ = SovereignBond(
    "KZ 2045", quoted="yield", coupon=6.5, maturity=date(2045, 7, 21), frequency=2, day_count="30/360"
)


def bond(**terms: object) -> SovereignBond:
    return replace(KZ, **terms)


# When a bond pays


def test_dates_from_the_issue_to_the_maturity():
    days = coupon_dates(bond(issued=date(2015, 7, 21)))
    assert (len(days), str(days[0]), str(days[-1])) == (60, "2016-01-21", "2045-07-21")


def test_a_short_last_day_is_found_from_the_maturity_and_not_from_the_coupon_before():
    """Were days carried from coupon to coupon, all before a February would be the 28th."""
    days = coupon_dates(bond(maturity=date(2024, 8, 31)), since="2022-01-01")
    assert days.astype(str).tolist() == [
        "2022-02-28",
        "2022-08-31",
        "2023-02-28",
        "2023-08-31",
        "2024-02-29",
        "2024-08-31",
    ]


def test_the_end_of_the_month_is_a_flag():
    february = bond(maturity=date(2025, 2, 28))
    assert coupon_dates(february, since="2024-02-01").astype(str).tolist() == [
        "2024-02-28",
        "2024-08-28",
        "2025-02-28",
    ]
    last = replace(february, end_of_month=True)
    assert coupon_dates(last, since="2024-02-01").astype(str).tolist() == [
        "2024-02-29",
        "2024-08-31",
        "2025-02-28",
    ]
    inside = bond(maturity=date(2025, 2, 27), end_of_month=True)
    assert str(coupon_dates(inside, since="2024-08-01")[0]) == "2024-08-27"


@given(
    st.dates(date(1950, 1, 1), date(2100, 12, 31)),
    st.sampled_from([1, 2, 4]),
    st.booleans(),
    st.integers(0, 20_000),
)
def test_dates_are_those_of_a_loop_over_the_calendar(maturity, frequency, at_end, before):
    since = maturity - timedelta(days=before)
    expected, k = [], 0
    is_last = maturity.day == calendar.monthrange(maturity.year, maturity.month)[1]
    while True:
        year, month = divmod(maturity.year * 12 + maturity.month - 1 - k * 12 // frequency, 12)
        length = calendar.monthrange(year, month + 1)[1]
        day = date(year, month + 1, length if at_end and is_last else min(maturity.day, length))
        if day <= since:
            break
        expected.insert(0, day)
        k += 1
    found = coupon_dates(bond(maturity=maturity, frequency=frequency, end_of_month=at_end), since=since)
    assert found.tolist() == expected


def test_a_first_coupon_leaves_away_the_dates_before_it():
    days = coupon_dates(bond(issued=date(2015, 6, 1), first_coupon=date(2016, 1, 21)))
    assert str(days[0]) == "2016-01-21", "21 July 2015 pays nothing"
    assert str(coupon_dates(bond(issued=date(2015, 6, 1)))[0]) == "2015-07-21"
    assert str(coupon_dates(bond(first_coupon=date(2016, 7, 21)))[0]) == "2016-07-21"


def test_a_first_coupon_off_the_grid_is_refused_with_its_neighbours():
    with pytest.raises(InputError, match=r"no regular coupon date.*2016-01-21 or 2016-07-21"):
        coupon_dates(bond(first_coupon=date(2016, 2, 1)))


def test_without_a_beginning_the_dates_need_one():
    with pytest.raises(InputError, match="nothing says when payments began"):
        coupon_dates(KZ)


def test_missing_terms_are_named():
    with pytest.raises(
        InputError, match=r"missing that this needs: maturity, frequency.*date\(2045, 7, 21\)"
    ):
        need_terms(SovereignBond("B", quoted="yield", coupon=1.0, day_count="ACT/365"))
    with pytest.raises(InputError, match="missing that this needs: day_count"):
        coupon_periods(bond(day_count=None), ["2022-01-07"])


# When a trade settles


def test_working_days_skip_the_weekend_and_a_weekend_trade_counts_as_fridays():
    days = ["2022-01-05", "2022-01-06", "2022-01-07", "2022-01-08", "2022-01-09", "2022-01-10"]
    settled = settlement_days(bond(settlement_lag=2), days).astype(str).tolist()
    assert settled == ["2022-01-07", "2022-01-10", "2022-01-11", "2022-01-11", "2022-01-11", "2022-01-12"]
    assert settlement_days(KZ, days).astype(str).tolist() == days, "no lag given: the day itself"
    assert settlement_days(bond(settlement_lag=2), np.array([], "M8[D]")).tolist() == []


def test_a_named_calendar_has_its_holidays():
    """London was shut on Monday 3 January 2022 in lieu of New Year's Day."""
    pytest.importorskip("exchange_calendars")
    london = bond(settlement_lag=2, calendar="XLON")
    assert settlement_days(london, ["2021-12-31", "2021-12-30"]).astype(str).tolist() == [
        "2022-01-05",
        "2022-01-04",
    ]
    with pytest.raises(DataError, match="covers"):
        settlement_days(london, ["2199-01-05"])


# What is paid


def test_a_coupon_belongs_to_the_day_on_which_it_is_paid():
    days = np.array(["2022-01-20", "2022-01-21", "2022-01-22"], "M8[D]")
    assert coupons_paid(KZ, days[:-1], days[1:]).tolist() == [3.25, 0.0]
    assert coupons_paid(KZ, ["2021-01-01"], ["2022-07-21"]).tolist() == [13.0]


def test_nothing_is_paid_before_the_first_coupon_or_after_the_last():
    young = bond(issued=date(2021, 7, 21))
    assert coupons_paid(young, ["1990-01-01", "2045-07-21"], ["2022-01-20", "2099-01-01"]).tolist() == [
        0.0,
        0.0,
    ]
    assert coupons_paid(young, ["1990-01-01"], ["2099-01-01"])[0] == pytest.approx(48 * 3.25)
    assert coupons_paid(KZ, ["2045-01-21"], ["2099-01-01"]).tolist() == [3.25], "the redemption is no coupon"


def test_ends_out_of_order_are_refused():
    with pytest.raises(InputError, match="comes before the day after which"):
        coupons_paid(KZ, ["2022-01-21"], ["2022-01-20"])


# Where a settlement lies


def test_the_worked_example():
    """From 21 July 2021 to 7 January 2022 are 166 days of 30/360: 6.5 x 166 / 360; 14 of 180 are left."""
    found = coupon_periods(KZ, ["2022-01-07"])
    assert (str(found.previous[0]), str(found.next[0]), found.left[0]) == ("2021-07-21", "2022-01-21", 48)
    assert found.accrued[0] == pytest.approx(6.5 * 166 / 360, rel=1e-15)
    assert found.to_next[0] == pytest.approx(14 / 180, rel=1e-15)
    assert found.next_coupon[0] == 3.25


@pytest.mark.parametrize(
    ("day_count", "accrued", "to_next"),
    [
        ("30/360", 6.5 * 166 / 360, 14 / 180),
        ("30E/360", 6.5 * 166 / 360, 14 / 180),
        ("ACT/ACT ICMA", 3.25 * 170 / 184, 14 / 184),
        ("ACT/365", 6.5 * 170 / 365, 14 / 184),
        ("ACT/360", 6.5 * 170 / 360, 14 / 184),
    ],
)
def test_every_day_count_by_hand(day_count, accrued, to_next):
    found = coupon_periods(bond(day_count=day_count), ["2022-01-07"])
    assert found.accrued[0] == pytest.approx(accrued, rel=1e-14)
    assert found.to_next[0] == pytest.approx(to_next, rel=1e-14)


def test_a_settlement_on_the_31st_counts_from_the_previous_coupon():
    """From 21 July to 31 August are 40 days; 180 - 40 are left, where the count from the 31st (as a 30th) says 141."""
    found = coupon_periods(KZ, ["2021-08-31"])
    assert found.accrued[0] == pytest.approx(6.5 * 40 / 360, rel=1e-14)
    assert found.to_next[0] == pytest.approx(140 / 180, rel=1e-14)


def test_at_the_end_of_february_days_of_30_360_are_counted_as_they_are():
    """From 31 August to 28 February are 178 of them: the coupon is a half all the same, and a day before 1 is left."""
    last = bond(maturity=date(2030, 8, 31), end_of_month=True)
    found = coupon_periods(last, ["2022-08-31", "2023-02-27"])
    assert found.to_next.tolist() == pytest.approx([178 / 180, 1 / 180], rel=1e-14)
    assert found.accrued.tolist() == pytest.approx([0.0, 6.5 * 177 / 360], rel=1e-14)
    assert found.next_coupon.tolist() == [3.25, 3.25]


@pytest.mark.parametrize("day_count", ["30/360", "30E/360", "ACT/ACT ICMA", "ACT/365", "ACT/360"])
def test_on_a_coupon_date_nothing_accrued_and_a_whole_period_is_left(day_count):
    found = coupon_periods(bond(day_count=day_count), ["2022-01-21"])
    assert (found.accrued[0], found.to_next[0], found.left[0]) == (0.0, 1.0, 47)


def test_outside_its_life_a_bond_has_no_period():
    found = coupon_periods(
        bond(issued=date(2015, 7, 21)), ["2015-07-20", "2015-07-21", "2045-07-20", "2045-07-21"]
    )
    assert found.left.tolist() == [0, 60, 1, 0]
    assert np.isnan(found.accrued).tolist() == [True, False, False, True]
    assert np.isnat(found.next).tolist() == [True, False, False, True]


def test_published_fractions_of_act_act_icma():
    """ISDA (1998), EMU and Market Conventions: a short and a long first period, and a regular one."""
    act = bond(day_count="ACT/ACT ICMA", coupon=100.0)
    short = replace(
        act, frequency=1, issued=date(1999, 2, 1), first_coupon=date(1999, 7, 1), maturity=date(2000, 7, 1)
    )
    long = replace(act, issued=date(2002, 8, 15), first_coupon=date(2003, 7, 15), maturity=date(2004, 1, 15))
    regular = replace(act, issued=date(2003, 11, 1), maturity=date(2004, 5, 1))
    paid = [coupon_periods(one, [one.issued]).next_coupon[0] for one in (short, long, regular)]
    np.testing.assert_allclose(paid, [41.0958904110, 91.5760869565, 50.0], rtol=1e-11)


def test_irregular_first_coupons_by_30_360():
    """From 10 March 2016: 131 days to 21 July 2016, 311 to 21 January 2017; a period has 180."""
    short = bond(issued=date(2016, 3, 10), first_coupon=date(2016, 7, 21))
    long = replace(short, first_coupon=date(2017, 1, 21))
    found = [coupon_periods(one, [date(2016, 4, 10)]) for one in (short, long)]
    assert [one.next_coupon[0] for one in found] == pytest.approx(
        [6.5 * 131 / 360, 6.5 * 311 / 360], rel=1e-14
    )
    assert [one.accrued[0] for one in found] == pytest.approx([6.5 * 30 / 360] * 2, rel=1e-14)
    assert [one.to_next[0] for one in found] == pytest.approx([101 / 180, 281 / 180], rel=1e-14)
    assert [one.left[0] for one in found] == [59, 58]


def test_at_the_end_of_february_thirty_days_a_month_leave_a_bond_beside_par():
    """From 28 February to 31 August are 183 days of 30/360, as the docstring of `coupon_periods` warns."""
    six = bond(coupon=6.0, maturity=date(2030, 8, 31), end_of_month=True)
    assert coupon_periods(six, ["2025-02-28"]).to_next.tolist() == [183 / 180]
    assert value_bond(six, ["2025-02-28"], [6.0]).clean.round(2).tolist() == [99.95]
    middle = replace(six, maturity=date(2030, 8, 15))
    assert value_bond(middle, ["2025-02-15"], [6.0]).clean.round(12).tolist() == [100.0]


terms = st.fixed_dictionaries(
    {
        "maturity": st.dates(date(2030, 1, 1), date(2060, 12, 31)),
        "frequency": st.sampled_from([1, 2, 4]),
        "day_count": st.sampled_from(["30/360", "30E/360", "ACT/ACT ICMA", "ACT/365", "ACT/360"]),
        "end_of_month": st.booleans(),
        "issued": st.none() | st.dates(date(2000, 1, 1), date(2029, 1, 1)),
    }
)


@given(terms, st.integers(0, 2**32))
def test_a_settlement_does_not_depend_on_the_others(drawn, seed):
    one = bond(**drawn)
    rng = np.random.default_rng(seed)
    days = np.datetime64("1999-06-01") + rng.integers(0, 24_000, 20)
    together = coupon_periods(one, days)
    for i, day in enumerate(days):
        alone = coupon_periods(one, [day])
        for name in ("previous", "next", "left", "accrued", "to_next", "next_coupon"):
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[i])


@given(terms)
def test_within_a_period_interest_grows_and_time_shrinks(drawn):
    one = bond(**drawn)
    found = coupon_periods(
        one, np.arange("2029-01-01", one.maturity + timedelta(days=5), dtype="M8[D]")[:800]
    )
    same = (found.next[1:] == found.next[:-1]) & (found.previous[1:] == found.previous[:-1])
    assert (np.diff(found.accrued)[same] >= 0.0).all()
    assert (np.diff(found.to_next)[same] <= 0.0).all()
    valid = found.left > 0
    assert (found.to_next[valid] >= 0.0).all()
    assert (found.settlement[valid] < found.next[valid]).all()
    assert (found.previous[valid] <= found.settlement[valid]).all()


def test_days_are_checked():
    with pytest.raises(InputError, match="does not hold days"):
        coupon_periods(KZ, ["2022-01-07", "NaT"])


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (pd.to_datetime(["2022-01-05"]).tz_localize("Asia/Almaty"), "would become other days"),
        ([pd.Timestamp("2022-01-05 20:00", tz="America/New_York")], "would become other days"),
        ([20220105], "holds numbers"),
        ([44566.0], "holds numbers"),
    ],
)
def test_days_of_a_zone_and_numbers_are_not_guessed_at(days, words):
    """Numpy takes midnight in Almaty for the day before, an evening in New York for the day after."""
    with pytest.raises(InputError, match=words):
        settlement_days(KZ, days)


def test_days_come_in_many_dresses():
    day = np.array(["2022-01-05"], dtype="M8[D]")
    index = pd.to_datetime(["2022-01-05"])
    for dates in (["2022-01-05"], [date(2022, 1, 5)], index, pd.Series(index), index.to_list(), day):
        assert settlement_days(KZ, dates).tolist() == day.tolist()
    assert len(settlement_days(KZ, [])) == 0
