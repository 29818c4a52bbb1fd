"""Five Turkish dollar bonds of 2014 to 2019, bid and ask, as dirty prices: coupons, bad asks, the largest falls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.alignment.design import build_design
from marketimpact.market.coupon_rolls import coupon_rolls
from marketimpact.market.quality import inspect

ISINS = {
    "AT75": "US900123AT75", "AY60": "US900123AY60", "BJ84": "US900123BJ84", "CB40": "US900123CB40",
    "CG37": "US900123CG37",
}  # fmt: skip
SIDES = ("bid", "ask")
LAG = {"bid": 0, "ask": 2}
NEWS = ("2016-07-18", "2016-07-20", "2018-08-13")
"""The first session after the coup attempt, the rating cut and the state of emergency, the fall of the lira."""

BAD = ["2015-04-13", "2016-01-11", "2016-08-10"]
CACHE: dict[str, mi.Panel] = {}

each = pytest.mark.parametrize(("bond", "side"), [(bond, side) for bond in ISINS for side in SIDES])


def panel_of(shared: Path, bond: str) -> mi.Panel:
    """Bid and ask as dirty prices, and their quoted yields; the ask settles at T+2, the bid on its day."""
    if bond not in CACHE:
        columns = {"Buy": ("bid", "dirty price"), "Sell": ("ask", "dirty price")}
        columns |= {"Buy Rate": ("bid yield", "yield"), "Sell Rate": ("ask yield", "yield")}
        members = {
            column: mi.known_bond(ISINS[bond], quoted=quoted, id=id, settlement_lag=LAG[id[:3]])
            for column, (id, quoted) in columns.items()
        }
        CACHE[bond] = mi.read_prices(shared / "data" / "turkey_dollar_bonds" / f"{ISINS[bond]}.csv", members)
    return CACHE[bond]


def due(bond: str, first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
    """Coupon days within the series, from the month and day of the maturity."""
    maturity = pd.Timestamp(mi.known_bond(ISINS[bond], quoted="yield").maturity)
    months = (maturity.month, (maturity.month + 5) % 12 + 1)
    days = [pd.Timestamp(year, month, maturity.day) for year in range(2014, 2020) for month in months]
    return sorted(day for day in days if first < day <= last)


def spikes(panel: mi.Panel, side: str) -> list[np.datetime64]:
    """Days that `inspect` names as spikes; the quotes from the first to before the day on which it is undone."""
    days: list[np.datetime64] = []
    for one in inspect(panel):
        if (one.instrument, one.kind) == (side, "spike that reverts"):
            sessions = panel.quotes_of(side).sessions
            days += sessions[(sessions >= one.first) & (sessions < one.last)].tolist()
    return days


def moves(panel: mi.Panel, side: str) -> pd.Series:
    """Moves as a study makes them: coupons taken out."""
    design = build_design(
        panel, np.array([panel.position(side)]), ((),), "log", 0, mi.Policies(frozen="keep")
    )
    return pd.Series(design.y, pd.DatetimeIndex(design.sessions.astype("datetime64[s]")))


def ranks(series: pd.Series) -> pd.Series:
    """Rank of each move among the falls: 1 is the largest."""
    return series.rank(method="min")


# Prices and yields


@each
def test_the_yield_of_the_price_is_the_quoted_one(shared: Path, bond: str, side: str) -> None:
    """At least 85 % of days within .006 percentage points: yields are quoted in hundredths of a point."""
    panel = panel_of(shared, bond)
    found = mi.bond_values(panel, side).ytm
    assert np.mean(np.abs(found - panel[f"{side} yield"].to_numpy()) < 0.006) >= 0.85


# Coupons


@each
@pytest.mark.parametrize("seen", [True, False])
def test_every_coupon_is_found_and_none_invented(shared: Path, bond: str, side: str, seen: bool) -> None:
    """With the quoted yield, and by schedule and size alone."""
    panel = panel_of(shared, bond) if seen else panel_of(shared, bond).select(side)
    rolls = coupon_rolls(panel, side)
    first, last = panel[side].index[[0, -1]]
    assert [pd.Timestamp(day) for day in rolls.due] == due(bond, first, last)
    assert rolls.lag == LAG[side]
    assert np.abs(rolls.late).max() <= 2
    if seen:
        assert rolls.clear.all()
        assert np.abs(rolls.remainder).max() < 0.3, "of coupons of 2.4 to 4 points"


def test_without_the_yield_a_few_coupons_are_put_a_session_or_two_off(shared: Path) -> None:
    """By schedule and size alone 8 of 118: those that drop two sessions off, or on a day that moves by as much."""
    off, total = 0, 0
    for bond in ISINS:
        panel = panel_of(shared, bond)
        for side in SIDES:
            seen, alone = coupon_rolls(panel, side), coupon_rolls(panel.select(side), side)
            apart = np.abs(seen.positions - alone.positions)
            assert apart.max() <= 2
            off, total = off + np.count_nonzero(apart), total + len(apart)
    assert (off, total) == (8, 118)


@each
def test_the_lag_of_each_side_is_found_though_another_is_declared(shared: Path, bond: str, side: str) -> None:
    panel = panel_of(shared, bond)
    other = mi.known_bond(ISINS[bond], quoted="dirty price", id=side, settlement_lag=2 - LAG[side])
    declared = mi.Panel((other, *panel.select([f"{side} yield"]).instruments),
                        (panel.quotes_of(side), panel.quotes_of(f"{side} yield")))  # fmt: skip
    rolls = coupon_rolls(declared, side)
    assert rolls.lag == LAG[side]
    assert rolls.positions.tolist() == coupon_rolls(panel, side).positions.tolist()


@each
def test_clean_prices_of_the_same_bond_drop_none(shared: Path, bond: str, side: str) -> None:
    panel = panel_of(shared, bond)
    clean = mi.requote(panel, f"{side} yield", "clean price", id=side).join(panel.select(f"{side} yield"))
    assert not coupon_rolls(clean, side).dirty
    assert not coupon_rolls(clean.select(side), side).dirty


@each
def test_dirty_prices_declared_as_clean_are_told(shared: Path, bond: str, side: str) -> None:
    panel = panel_of(shared, bond)
    clean = mi.known_bond(ISINS[bond], quoted="clean price", id=side, settlement_lag=LAG[side])
    members = (clean, panel.instrument(f"{side} yield"))
    given = mi.Panel(members, (panel.quotes_of(side), panel.quotes_of(f"{side} yield")))
    told = [one.words for one in inspect(given) if one.kind == "dirty, not clean"]
    assert len(told) == 2
    assert "drop out at T+" in told[0]
    assert "as clean, " in told[1]
    assert "they are dirty prices" in told[1]


# Bad quotes


@pytest.mark.parametrize("bond", ISINS)
def test_the_bad_asks_are_found_and_no_bid(shared: Path, bond: str) -> None:
    panel = panel_of(shared, bond)
    assert [str(day) for day in spikes(panel, "ask")] == (BAD if bond == "CB40" else [])
    assert spikes(panel, "bid") == []


@pytest.mark.parametrize(
    ("bond", "raw", "left"),
    [("AT75", 36, 15), ("AY60", 36, 14), ("BJ84", 39, 17), ("CB40", 51, 30), ("CG37", 35, 17)],
)
def test_gaps_that_jump_are_told_without_those_of_coupons(
    shared: Path, bond: str, raw: int, left: int
) -> None:
    panel = panel_of(shared, bond)
    gap = panel["ask"] - panel["bid"]
    assert (gap.diff().abs() > 1.0).sum() == raw
    (finding,) = [one for one in inspect(panel) if one.kind == "gap jumps"]
    assert (finding.instrument, finding.value) == ("ask", left)


@pytest.mark.parametrize("bond", ISINS)
def test_no_quotes_cross_once_coupons_are_set_right(shared: Path, bond: str) -> None:
    """On 13 August 2018 the ask of AT75 stands below its bid: it has dropped its coupon of 4, the bid a day later."""
    panel = panel_of(shared, bond)
    kinds = [one.kind for one in inspect(panel)]
    assert "crossed" not in kinds
    if bond == "AT75":
        day = "2018-08-13"
        assert panel["ask"][day] - panel["bid"][day] == pytest.approx(-0.2056, abs=1e-4)
        assert panel["bid yield"][day] - panel["ask yield"][day] == pytest.approx(0.50, abs=1e-9)
        (between,) = [one for one in inspect(panel) if one.kind == "coupon between"]
        assert between.value == ((panel["ask"] - panel["bid"]) < 0).sum()
        dates = [coupon_rolls(panel, side).sessions[9].astype(str) for side in ("ask", "bid")]
        assert dates == ["2018-08-13", "2018-08-14"]


# The largest falls

RANKS = {
    ("AT75", "bid"): (15, 3, 1), ("AT75", "ask"): (14, 4, 1), ("AY60", "bid"): (11, 3, 1), ("AY60", "ask"): (10, 4, 1),
    ("BJ84", "bid"): (12, 2, 1), ("BJ84", "ask"): (12, 2, 1), ("CB40", "bid"): (12, 2, 1), ("CB40", "ask"): (9, 2, 1),
    ("CG37", "bid"): (17, 2, 1), ("CG37", "ask"): (15, 3, 1),
}  # fmt: skip
"""Ranks of the three days of news among the falls after cleaning."""

ON_COUPONS = {
    ("AT75", "ask"): {"2018-08-13": 1}, ("BJ84", "ask"): {"2018-07-12": 25}, ("CG37", "bid"): {"2019-08-19": 7},
    ("CG37", "ask"): {"2018-08-16": 6, "2019-08-19": 5},
}  # fmt: skip
"""Coupon sessions that stay among the 40 largest falls, and their ranks: on each the quoted yield rose by 20 bp."""


@each
def test_after_cleaning_the_news_is_among_the_largest_falls_and_no_coupon(
    shared: Path, bond: str, side: str
) -> None:
    """Coupons taken out by the package, the spikes that `inspect` names left out: news is among the 20 largest."""
    panel = panel_of(shared, bond)
    days = spikes(panel, side)
    cleaned = panel.without_quotes(side, days, reason="spikes that are undone")
    rank = ranks(moves(cleaned, side))
    assert tuple(rank[day] for day in NEWS) == RANKS[bond, side]
    rolls = coupon_rolls(cleaned, side)
    fallen = {str(day): rank[str(day)] for day in rolls.sessions if rank[str(day)] <= 40}
    assert fallen == ON_COUPONS.get((bond, side), {})
    yields = panel[f"{side} yield"].diff()
    assert all(yields[day] > 0.2 for day in fallen)
    at = [str(day) in fallen for day in rolls.sessions]
    assert np.all(np.abs(rolls.remainder[at]) < 0.3), "the yield explains the fall but for these points"


@each
def test_before_cleaning_most_coupons_are_among_the_largest_falls(shared: Path, bond: str, side: str) -> None:
    panel = panel_of(shared, bond)
    rank = ranks(np.log(panel[side]).diff())
    sessions = [str(day) for day in coupon_rolls(panel, side).sessions]
    assert sum(rank[day] <= 40 for day in sessions) >= 8, "of 11 or 12"


def test_before_cleaning_coupons_of_the_2045_bond_are_among_the_largest_falls(shared: Path) -> None:
    """All 11 are among the 40 largest falls of the ask, 7 of them on the session that T+2 says."""
    panel = panel_of(shared, "CG37")
    rank = ranks(np.log(panel["ask"]).diff())
    rolls = coupon_rolls(panel, "ask")
    largest = np.array([rank[str(day)] <= 40 for day in rolls.sessions])
    assert (len(rolls), largest.sum(), (largest & (rolls.late == 0)).sum()) == (11, 11, 7)
    assert sum(rank[str(day)] <= 20 for day in rolls.sessions) == 7


def test_the_roll_after_the_hole_of_august_2019_carries_a_real_move(shared: Path) -> None:
    """The ask of the 2045 bond fell by 7.09 points, of which the coupon is 3.31; its yield rose by 35 bp."""
    panel = panel_of(shared, "CG37")
    rolls = coupon_rolls(panel, "ask")
    assert str(rolls.sessions[-1]) == "2019-08-19"
    assert rolls.move[-1] == pytest.approx(-7.0891, abs=1e-4)
    assert panel["ask yield"].diff()["2019-08-19"] == pytest.approx(0.35, abs=1e-9)
    cleaned = moves(panel, "ask")["2019-08-19"]
    before = panel["ask"].loc[:"2019-08-18"].iloc[-1]
    assert cleaned == pytest.approx(np.log((before - 7.0891 + 3.3125) / before), abs=1e-5)
