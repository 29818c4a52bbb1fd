"""Coupons that drop out of dirty prices: found where the schedule puts them, and none invented in clean prices."""

from __future__ import annotations

import itertools
import pickle
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume
from hypothesis import given as holds
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.baskets import factor_levels
from marketimpact.market.coupon_rolls import (
    coupon_rolls,
    dropped_coupons,
    implied_changes,
    levels_with_coupons,
    same_bond,
)
from tests.market.coupon_samples import BONDS, DAYS, beside, dropped, panel, prices, walk

KZ = BONDS["semi-annual"]
SEEDS = range(12)


def rolls(series: pd.Series, terms: dict[str, Any], quoted: str = "dirty price", **more: Any) -> Any:
    return coupon_rolls(panel(series, terms, quoted, **more), "B")


# Prices made by a schedule


@pytest.mark.parametrize("lag", range(4))
@pytest.mark.parametrize("name", BONDS)
def test_all_coupons_of_a_declared_lag_are_found_on_their_sessions(name: str, lag: int) -> None:
    terms, expected = BONDS[name], dropped(BONDS[name], lag)
    for seed in SEEDS:
        found = rolls(prices(terms, lag, walk(seed, 0.03)), terms, settlement_lag=lag)
        assert found.positions.tolist() == expected
        assert (found.lag, found.late.any()) == (lag, False)
        assert found.coupon.tolist() == [terms["coupon"] / terms["frequency"]] * len(expected)


@pytest.mark.parametrize("lag", range(4))
@pytest.mark.parametrize("name", BONDS)
def test_the_lag_need_not_be_declared(name: str, lag: int) -> None:
    """Some lags put all coupons on one and the same session; then the smallest is said."""
    terms, expected = BONDS[name], dropped(BONDS[name], lag)
    for seed in SEEDS:
        found = rolls(prices(terms, lag, walk(seed, 0.03)), terms)
        assert found.positions.tolist() == expected
        assert dropped(terms, found.lag) == expected


def test_by_size_alone_hardly_a_coupon_leaves_its_scheduled_session() -> None:
    """At up to 12 bp a day, when a price of twenty years moves by half a coupon a day: 1 of 1,530."""
    off = total = 0
    for name, terms in BONDS.items():
        expected = [dropped(terms, lag) for lag in range(4)]
        for sd, seed in itertools.product((0.03, 0.05, 0.12), range(30)):
            lag = seed % 4
            found = rolls(prices(terms, lag, walk(seed, sd)), terms, settlement_lag=lag)
            assert len(found) == len(expected[lag]), name
            off += np.count_nonzero(found.positions != expected[lag])
            total += len(found)
    assert (off, total) == (1, 1530)


@pytest.mark.parametrize("sd", [0.02, 0.12])
@pytest.mark.parametrize("name", BONDS)
def test_a_quoted_yield_tells_coupons_from_moves_of_their_size(name: str, sd: float) -> None:
    """At 12 bp a day a price of twenty years moves by half a coupon a day."""
    terms = BONDS[name]
    for seed in SEEDS:
        yields, lag = walk(seed, sd), seed % 4
        found = coupon_rolls(beside(prices(terms, lag, yields), yields, terms), "B")
        assert found.positions.tolist() == dropped(terms, lag)
        assert found.beside == "Y"
        assert found.clear.all()
        np.testing.assert_allclose(found.remainder, 0.0, atol=0.4)


@pytest.mark.parametrize("sd", [0.02, 0.05, 0.12])
@pytest.mark.parametrize("name", [*BONDS, "small"])
def test_no_coupon_is_invented_in_clean_prices(name: str, sd: float) -> None:
    terms = BONDS.get(name, KZ | {"coupon": 0.4})
    for seed in range(25):
        yields = walk(seed, sd)
        clean = prices(terms, seed % 4, yields, "clean price")
        alone = rolls(clean, terms, "clean price")
        assert (len(alone), alone.dirty, alone.lag) == (0, False, -1)
        assert not len(coupon_rolls(beside(clean, yields, terms, "clean price"), "B"))


@pytest.mark.parametrize("name", ["semi-annual", "short", "quarterly"])
def test_dirty_prices_that_are_declared_as_clean_are_told(name: str) -> None:
    terms = BONDS[name]
    for seed in SEEDS:
        found = rolls(prices(terms, seed % 4, walk(seed, 0.03)), terms, "clean price")
        assert found.dirty
        assert found.positions.tolist() == dropped(terms, seed % 4)
        assert found.evidence > 6.0
        assert found.explained > 0.5


@pytest.mark.parametrize("name", ["semi-annual", "short", "quarterly"])
def test_clean_prices_that_are_declared_as_dirty_drop_nothing(name: str) -> None:
    terms = BONDS[name]
    for seed in SEEDS:
        found = rolls(
            prices(terms, seed % 4, walk(seed, 0.03), "clean price"), terms, settlement_lag=seed % 4
        )
        assert (found.dirty, len(found)) == (False, 0)
        assert found.explained < -0.4


@pytest.mark.parametrize("lag", range(3))
def test_coupons_too_small_to_be_seen_drop_by_the_declared_schedule(lag: int) -> None:
    """A coupon of .2 points beside moves of .7: neither proved nor denied."""
    terms = KZ | {"coupon": 0.4}
    for seed in SEEDS:
        found = rolls(prices(terms, lag, walk(seed)), terms, settlement_lag=lag)
        assert found.positions.tolist() == dropped(terms, lag)
        assert abs(found.evidence) < 6.0


def test_the_evidence_by_hand_with_a_change_over_a_hole() -> None:
    """Changes of .1 up and down, b = .1 / log 2; the coupon of 21 July drops behind a hole of four weekdays."""
    days = pd.bdate_range("2016-07-04", periods=30).delete([12, 13, 14])
    assert days[12] == pd.Timestamp("2016-07-25")
    levels = 100.0 + 0.1 * (np.arange(27) % 2)
    levels[12:] -= 3.0
    found = rolls(pd.Series(levels, days), KZ, settlement_lag=0)
    change, interest = levels[12] - levels[11], 6.5 * 6 / 365
    expected = (abs(change) - abs(change + 3.25 - interest)) / (0.1 / np.log(2.0) * np.sqrt(4))
    assert found.evidence == pytest.approx(expected, rel=1e-9)
    assert found.explained == pytest.approx((abs(change) - abs(change + 3.25 - interest)) / 3.25, rel=1e-9)
    assert found.remainder[0] == pytest.approx(change + 3.25 - interest, rel=1e-9)
    late = rolls(pd.Series(levels, days), KZ, settlement_lag=2)  # T+2 drops it on the 19th: a session early
    assert late.evidence == pytest.approx(expected - 2.0, rel=1e-9)
    other = rolls(pd.Series(levels, days), KZ, settlement_lag=5)
    assert (other.lag, other.evidence) == (0, pytest.approx(expected - 3.0, rel=1e-9))


# Off the schedule


def moved(series: pd.Series, at: int, by: int, coupon: float) -> pd.Series:
    """Let a coupon drop some sessions later, or earlier."""
    out = series.copy()
    if by > 0:
        out.iloc[at : at + by] += coupon
    else:
        out.iloc[at + by : at] -= coupon
    return out


@pytest.mark.parametrize("by", [-2, -1, 1, 2])
def test_a_coupon_off_by_a_session_or_two_is_found_beside_a_yield(by: int) -> None:
    expected = dropped(KZ, 2)
    for seed in SEEDS:
        yields = walk(seed)
        series = moved(prices(KZ, 2, yields), expected[1], by, 3.25)
        found = coupon_rolls(beside(series, yields, KZ), "B")
        assert found.positions.tolist() == [expected[0], expected[1] + by, *expected[2:]]
        assert found.late.tolist() == [0, by, 0, 0]
        assert found.lag == 2


@pytest.mark.parametrize("by", [-1, 1])
def test_a_coupon_off_by_a_session_is_found_by_its_size_alone(by: int) -> None:
    expected = dropped(KZ, 2)
    for seed in SEEDS:
        series = moved(prices(KZ, 2, walk(seed, 0.02)), expected[1], by, 3.25)
        found = rolls(series, KZ)
        assert found.positions.tolist() == [expected[0], expected[1] + by, *expected[2:]]


def test_a_fall_beyond_a_hole_is_not_taken_for_the_coupon() -> None:
    """The session before the scheduled one lies 40 days back; a fall of the coupon's size there is news."""
    yields, at = walk(1, 0.01), dropped(KZ, 0)[1]
    series = prices(KZ, 0, yields)
    series.iloc[at - 30 :] -= 3.2
    series.iloc[at:] += 3.2  # on the scheduled session the news is undone, and the coupon seen in no move
    hole = series.drop(series.index[at - 29 : at])
    found = rolls(hole, KZ, settlement_lag=0)
    assert found.positions.tolist()[1] == at - 29
    assert found.late.tolist() == [0, 0, 0, 0]


def test_a_real_rise_on_the_day_of_the_coupon_does_not_hide_it() -> None:
    yields, expected = walk(3), dropped(KZ, 2)
    series = prices(KZ, 2, yields)
    series.iloc[expected[2] :] += 3.0
    found = rolls(series, KZ, settlement_lag=2)
    assert found.positions.tolist() == expected
    assert found.clear.tolist() == [True, True, False, True]
    assert found.remainder[2] == pytest.approx(3.0, abs=1.5)


# Holes, frozen quotes, ends


def test_a_coupon_in_a_hole_drops_on_the_first_quote_behind_it() -> None:
    yields, expected = walk(2), dropped(KZ, 2)
    series = prices(KZ, 2, yields).drop(DAYS[expected[1] - 4 : expected[1] + 3])
    found = rolls(series, KZ, settlement_lag=2)
    assert found.sessions[1] == DAYS[expected[1] + 3].to_datetime64().astype("datetime64[D]")
    assert found.due[1] == np.datetime64("2016-07-21")


def test_several_coupons_in_one_hole_are_one_fall_of_their_sum() -> None:
    yields, expected = np.full(len(DAYS), 5.0), dropped(KZ, 2)
    series = prices(KZ, 2, yields).drop(DAYS[expected[1] - 4 : expected[2] + 3])
    found = rolls(series, KZ, settlement_lag=2)
    assert found.coupon.tolist() == [3.25, 6.5, 3.25]
    assert found.due.astype(str).tolist() == ["2016-01-21", "2017-01-21", "2017-07-21"]
    assert found.clear.all(), "what accrues in the hole is earned: 3.5 points of interest are no news"
    np.testing.assert_allclose(found.remainder, 0.0, atol=0.3)


def test_a_coupon_in_a_frozen_run_drops_on_the_first_quote_behind_it() -> None:
    yields, expected = walk(2), dropped(KZ, 2)
    series = prices(KZ, 2, yields)
    series.iloc[expected[1] - 6 : expected[1] + 6] = series.iloc[expected[1] - 6]
    given = panel(series, KZ, settlement_lag=2)
    assert given.quotes_of("B").standing_still()[expected[1]]
    found = coupon_rolls(given, "B")
    assert found.positions.tolist() == [expected[0], expected[1] + 6, *expected[2:]]
    assert found.late.tolist() == [0, 0, 0, 0]
    assert found.income(len(series))[expected[1] + 6] == 3.25


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize("cut", range(-3, 4))
def test_a_series_that_begins_or_ends_about_a_coupon(cut: int, seen: bool) -> None:
    """It drops the coupons over which it has two quotes, and no others."""
    yields, expected = walk(4, 0.03), dropped(KZ, 2)
    whole = prices(KZ, 2, yields)
    for part in (slice(expected[1] + cut, None), slice(None, expected[1] + cut)):
        series = whole.iloc[part]
        places = [DAYS[k] for k in expected if DAYS[k] in series.index[1:]]
        given = beside(series, yields, KZ) if seen else panel(series, KZ, settlement_lag=2)
        found = coupon_rolls(given, "B")
        assert found.sessions.tolist() == [day.date() for day in places]


@pytest.mark.parametrize("end", [False, True])
def test_a_coupon_that_drops_beyond_the_series_is_not_taken_out(end: bool) -> None:
    """Scheduled on the last session, it drops on the next one; or it dropped a session before the first."""
    yields, at = walk(4, 0.03), dropped(KZ, 2)[1]
    series = moved(prices(KZ, 2, yields), at, 1 if end else -1, 3.25)
    part = series.iloc[: at + 1] if end else series.iloc[at - 1 :]
    for given in (beside(part, yields, KZ), panel(part, KZ, settlement_lag=2)):
        found = coupon_rolls(given, "B")
        assert DAYS[at].date() not in found.sessions.tolist()
        assert len(found) == (1 if end else 2)


@pytest.mark.parametrize("end", [False, True])
def test_beside_a_yield_a_coupon_is_found_though_it_is_scheduled_beyond_the_series(end: bool) -> None:
    yields, at = walk(4, 0.03), dropped(KZ, 2)[1]
    series = moved(prices(KZ, 2, yields), at, -1 if end else 1, 3.25)
    part = series.iloc[:at] if end else series.iloc[at:]
    found = coupon_rolls(beside(part, yields, KZ), "B")
    place = DAYS[at - 1] if end else DAYS[at + 1]
    assert place.date() in found.sessions.tolist()
    assert found.late[-1 if end else 0] == (-1 if end else 1)


def test_no_coupon_due_is_no_evidence_of_either() -> None:
    series = prices(KZ, 2, walk(1)).iloc[20:100]
    found = rolls(series, KZ, settlement_lag=2)
    assert (len(found), found.dirty) == (0, False)
    assert np.isnan([found.explained, found.evidence]).all()
    assert repr(found) == "CouponRolls: B: none"


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_few_quotes_over_a_coupon(n: int) -> None:
    at = dropped(KZ, 0)[1]
    series = prices(KZ, 0, np.full(len(DAYS), 5.0)).iloc[at - n + 1 : at + 1]
    assert len(rolls(series, KZ)) == (n > 1)


def test_a_zero_coupon_bond_drops_nothing() -> None:
    terms = KZ | {"coupon": 0.0}
    found = rolls(prices(terms, 2, walk(1)), terms)
    assert (len(found), found.dirty) == (0, False)


def test_the_coupon_of_the_redemption_is_left_out_with_quotes_behind_it() -> None:
    """Through its maturity, with T+2: the last quotes have no value by the schedule, and stand at 100."""
    terms = BONDS["short"] | {"maturity": date(2017, 9, 29), "end_of_month": False}
    series = prices(terms, 2, walk(5, 0.02)).fillna(100.0)
    expected = dropped(terms, 2)
    found = rolls(series, terms, settlement_lag=2)
    assert found.positions.tolist() == expected
    assert found.due[-1] == np.datetime64("2017-03-29")


def test_a_first_coupon_of_its_own_length() -> None:
    """Issued on 21 May 2016: 60 days of 30/360 at 6.5 are 1.0833."""
    terms = KZ | {"issued": date(2016, 5, 21)}
    series = prices(terms, 2, walk(6, 0.02)).dropna()
    found = rolls(series, terms, settlement_lag=2)
    np.testing.assert_allclose(found.coupon, [6.5 * 60 / 360, 3.25, 3.25], rtol=1e-14)


def test_weekend_rows_that_repeat_friday_drop_a_coupon_of_the_weekend_on_monday() -> None:
    """21 January 2017 was a Saturday; the row of that Saturday repeats Friday's price."""
    series = prices(KZ, 0, walk(7)).resample("D").ffill()
    found = rolls(series, KZ, settlement_lag=0)
    assert found.sessions.astype(str).tolist()[2] == "2017-01-23"


def test_descending_rows_and_decimal_yields_change_nothing() -> None:
    yields = walk(8, 0.12)
    series = prices(KZ, 1, yields)
    plain = coupon_rolls(beside(series, yields, KZ), "B")
    members = [
        mi.SovereignBond("B", quoted="dirty price", issuer="KZ", **KZ),
        mi.SovereignBond("Y", quoted="yield", yield_unit="decimal", issuer="KZ", **KZ),
    ]
    frame = pd.DataFrame({"B": series, "Y": np.round(yields, 2) / 100}, DAYS).iloc[::-1]
    other = coupon_rolls(mi.Panel.from_frame(frame, instruments=members), "B")
    assert other.positions.tolist() == plain.positions.tolist()
    np.testing.assert_allclose(other.remainder, plain.remainder, atol=1e-9)


# Which yield


def test_of_two_yields_the_one_that_fits_is_taken() -> None:
    yields = walk(9, 0.1)
    given = beside(prices(KZ, 2, yields), yields, KZ)
    noisy = pd.Series(yields + np.random.default_rng(1).normal(0, 0.2, len(DAYS)), DAYS)
    other = mi.Panel.from_frame(noisy, instruments=replace(given.instrument("Y"), id="A"))
    assert coupon_rolls(given.join(other), "B").beside == "Y"
    assert coupon_rolls(other.join(given), "B").beside == "Y"


def test_a_yield_of_another_bond_or_of_other_days_is_none() -> None:
    yields = walk(9)
    given = panel(prices(KZ, 2, yields), KZ, issuer="KZ")
    of = mi.SovereignBond("Y", quoted="yield", issuer="KZ", **(KZ | {"coupon": 6.0}))
    stranger = mi.Panel.from_frame(pd.Series(yields, DAYS), instruments=of)
    assert coupon_rolls(given.join(stranger), "B").beside is None
    elsewhen = mi.Panel.from_frame(
        pd.Series(yields, DAYS + pd.DateOffset(years=5)),
        instruments=mi.SovereignBond("Y", quoted="yield", issuer="KZ", **KZ),
    )
    assert coupon_rolls(given.join(elsewhen), "B").beside is None


@pytest.mark.parametrize("strange", ["frozen", "of another day", "a hundredth"])
def test_a_yield_that_explains_nothing_is_not_believed(strange: str) -> None:
    """The coupons are those that schedule and size give, a session off where it is so."""
    yields, expected = walk(9, 0.03), dropped(KZ, 2)
    series = moved(prices(KZ, 2, yields), expected[1], 1, 3.25)
    shown = {
        "frozen": np.full(len(DAYS), 5.0),
        "of another day": np.roll(yields, 3),
        "a hundredth": yields / 100,
    }
    found = coupon_rolls(beside(series, shown[strange], KZ), "B")
    assert found.positions.tolist() == rolls(series, KZ).positions.tolist()
    assert found.late.tolist() == [0, 1, 0, 0]


def test_where_the_yield_is_missing_the_schedule_decides() -> None:
    yields, expected = walk(9), dropped(KZ, 2)
    shown = yields.copy()
    shown[expected[1] - 3 : expected[1] + 3] = np.nan
    found = coupon_rolls(beside(prices(KZ, 2, yields), shown, KZ), "B")
    assert found.positions.tolist() == expected
    assert found.beside == "Y"


def test_the_implied_change_is_that_of_the_clean_price() -> None:
    yields = walk(1)
    bond = mi.SovereignBond("B", quoted="dirty price", settlement_lag=2, **KZ)
    given = mi.Panel.from_frame(
        pd.Series(yields, DAYS).drop(DAYS[10]), instruments=mi.SovereignBond("Y", quoted="yield", **KZ)
    )
    priced = panel(prices(KZ, 2, yields), KZ)
    found = implied_changes(bond, priced.quotes_of("B"), given.instrument("Y"), given.quotes_of("Y"))
    expected = prices(KZ, 2, yields, "clean price").diff().to_numpy()
    assert np.flatnonzero(np.isnan(found)).tolist() == [0, 10, 11]
    np.testing.assert_allclose(np.delete(found, [0, 10, 11]), np.delete(expected, [0, 10, 11]), atol=1e-10)


def test_a_yield_that_stands_still_implies_nothing() -> None:
    yields = walk(1)
    yields[100:120] = yields[100]
    bond = mi.SovereignBond("B", quoted="dirty price", settlement_lag=2, **KZ)
    of = mi.Panel.from_frame(pd.Series(yields, DAYS), instruments=mi.SovereignBond("Y", quoted="yield", **KZ))
    priced = panel(prices(KZ, 2, yields), KZ)
    found = implied_changes(bond, priced.quotes_of("B"), of.instrument("Y"), of.quotes_of("Y"))
    assert np.flatnonzero(np.isnan(found)).tolist() == [0, *range(101, 121)]


def test_one_bond_by_isin_or_by_terms() -> None:
    one = mi.SovereignBond("a", quoted="yield", issuer="KZ", currency="USD", **KZ)
    assert same_bond(one, replace(one, id="b", quoted="dirty price"))
    assert not same_bond(one, replace(one, coupon=6.0))
    assert not same_bond(mi.SovereignBond("a", quoted="yield"), mi.SovereignBond("b", quoted="yield"))
    isin = replace(one, isin="XS1263139856")
    assert not same_bond(isin, replace(one, isin="US486661AH44"))
    assert same_bond(isin, one)


# What it gives


def test_income_and_levels_with_coupons_by_hand() -> None:
    days = pd.to_datetime(["2022-01-19", "2022-01-20", "2022-01-21", "2022-01-24"])
    given = panel(pd.Series([102.1, 102.2, 99.0, 99.1], days), KZ, settlement_lag=0)
    found = coupon_rolls(given, "B")
    assert found.income(4).tolist() == [0.0, 0.0, 3.25, 0.0]
    np.testing.assert_allclose(
        levels_with_coupons(given, "B"),
        [102.1, 102.2, 99 * (1 + 3.25 / 99), 99.1 * (1 + 3.25 / 99)],
        rtol=1e-14,
    )
    assert (found.move[0], found.remainder[0]) == pytest.approx((-3.2, 0.05 - 6.5 / 365))


@holds(st.integers(0, 2**32 - 1), st.integers(0, 3))
def test_levels_with_coupons_return_what_the_bond_earns(seed: int, lag: int) -> None:
    series = prices(KZ, lag, walk(seed))
    given = panel(series, KZ, settlement_lag=lag)
    assume(not coupon_rolls(given, "B").late.any())  # by size alone one in 1,530 is put a session off
    levels = levels_with_coupons(given, "B")
    earned = mi.bond_values(given, "B").total_returns()[1:]
    np.testing.assert_allclose(levels[1:] / levels[:-1] - 1.0, earned, atol=1e-12)


def test_a_factor_of_dirty_prices_holds_its_coupons() -> None:
    """As the total return index of the bond, which moves by no coupon."""
    yields, expected = walk(1), dropped(KZ, 2)
    given = panel(prices(KZ, 2, yields), KZ, settlement_lag=2)
    moves = np.diff(np.log(factor_levels(given, "B", "log").levels))
    index = mi.bond_return_index(given, "B").quotes[0].levels
    np.testing.assert_allclose(moves, np.diff(np.log(index)), atol=1e-12)
    assert np.diff(np.log(given.quotes_of("B").levels))[expected[1] - 1] == pytest.approx(
        moves[expected[1] - 1] - 0.03, abs=0.01
    )


def test_only_declared_dirty_prices_with_terms_have_coupons_taken_out() -> None:
    series = prices(KZ, 2, walk(1, 0.02))
    assert dropped_coupons(panel(series, KZ), "B") is not None
    assert dropped_coupons(panel(series, KZ, "clean price"), "B") is None
    assert dropped_coupons(panel(series, {}), "B") is None
    assert levels_with_coupons(panel(series, {}), "B").tolist() == series.tolist()


def test_the_frame_names_what_was_found() -> None:
    frame = rolls(prices(KZ, 2, walk(1)), KZ, settlement_lag=2).to_frame()
    assert frame.columns.tolist() == ["session", "due", "late", "coupon", "move", "remainder", "clear"]
    assert frame["session"].tolist() == [DAYS[k] for k in dropped(KZ, 2)]
    assert frame["due"].tolist() == [
        pd.Timestamp(day) for day in ("2016-01-21", "2016-07-21", "2017-01-21", "2017-07-21")
    ]
    np.testing.assert_allclose(frame["remainder"], frame["move"] + frame["coupon"] - 6.5 / 365, atol=1e-12)


def test_it_is_a_value() -> None:
    found = rolls(prices(KZ, 2, walk(1, 0.02)), KZ)
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(ValueError, match="read-only"):
        found.positions[0] = 1
    assert repr(found) == "CouponRolls: B: 4 from 2016-01-19 to 2017-07-19, at T+2, 4 clear by size"


@pytest.mark.parametrize(
    ("instrument", "words"),
    [
        (
            mi.SovereignBond("B", quoted="yield", **KZ),
            "name: is no bond quoted as a price: nothing drops a coupon",
        ),
        (mi.CurrencyPair("USD", "KZT", id="B"), "name: is no bond quoted as a price"),
        (
            mi.SovereignBond("B", quoted="dirty price", coupon=6.5),
            "B: terms are missing that this needs: maturity",
        ),
    ],
)
def test_what_drops_no_coupon_is_refused(instrument: Any, words: str) -> None:
    given = mi.Panel.from_frame(pd.Series(walk(1), DAYS), instruments=instrument)
    with pytest.raises(mi.InputError, match=words):
        coupon_rolls(given, "B")
