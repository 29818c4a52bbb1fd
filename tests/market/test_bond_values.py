"""What the quotes of a bond say: the worked example, what must hold of any bond, panels, and real quotes."""

from __future__ import annotations

import csv
import pickle
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.bond_members import bond_values, requote
from marketimpact.market.bond_values import VALUE_UNITS, value_bond
from marketimpact.market.bonds import SovereignBond
from marketimpact.market.exchange_rates import cross_rate
from marketimpact.market.known_bonds import known_bond, known_bonds

KZ = known_bond("KZ 2045", quoted="yield")
TURKISH = [bond for bond in known_bonds() if bond.issuer == "TR"]


# The worked example: 6.5 % 21 July 2045, semi-annual 30/360, settled 7 January 2022 at 4.2 %


def test_the_worked_example():
    values = value_bond(KZ, ["2022-01-05"], [4.2])
    assert str(values.settlement[0]) == "2022-01-07"
    assert values.clean[0] == pytest.approx(134.2, abs=0.05)
    assert values.accrued[0] == pytest.approx(3.00, abs=0.005)
    assert values.modified[0] == pytest.approx(13.3, abs=0.05)
    assert values.dv01[0] == pytest.approx(values.modified[0] * values.dirty[0] / 1e4, rel=1e-15)


def test_thirty_basis_points_are_nearly_six_points():
    """Reuters' "nearly 6 cents" and Bloomberg's "more than 30 basis points" are one move."""
    values = value_bond(KZ, ["2022-01-05"], [4.2])
    thirty, more = values.price_change(30.0)[0], values.price_change(34.0)[0]
    assert thirty == pytest.approx(-5.3, abs=0.05)
    assert 100.0 * thirty / values.dirty[0] == pytest.approx(-3.9, abs=0.05)
    assert more == pytest.approx(-6.0, abs=0.05)
    assert values.yield_change(more)[0] == pytest.approx(34.0, abs=1e-9)


def test_the_coupon_of_a_yield_is_its_unit():
    decimal = replace(KZ, yield_unit="decimal")
    one, other = value_bond(KZ, ["2022-01-05"], [4.2]), value_bond(decimal, ["2022-01-05"], [0.042])
    assert one.clean[0] == pytest.approx(other.clean[0], rel=1e-14)
    assert other.ytm[0] == pytest.approx(4.2, rel=1e-15)


# What must hold of any bond

any_bond = st.builds(
    lambda **terms: SovereignBond("B", quoted="yield", maturity=date(2045, 7, 21), **terms),
    coupon=st.floats(0.0, 15.0),
    frequency=st.sampled_from([1, 2, 4]),
    day_count=st.sampled_from(["30/360", "30E/360", "ACT/ACT ICMA", "ACT/365", "ACT/360"]),
    settlement_lag=st.integers(0, 3),
    yield_convention=st.sampled_from(["street", "ICMA"]),
)
days = st.dates(date(2000, 1, 1), date(2045, 6, 1))


@given(any_bond, days, st.floats(-5.0, 60.0))
def test_clean_dirty_and_yield_give_one_another_back(bond, day, y):
    of_yield = value_bond(bond, [day], [y])
    for quoted, level in (("clean price", of_yield.clean), ("dirty price", of_yield.dirty)):
        again = value_bond(bond, [day], level, quoted=quoted)
        assert again.ytm[0] == pytest.approx(y, abs=1e-9)
        assert again.dirty[0] == pytest.approx(of_yield.dirty[0], rel=1e-13)
    assert of_yield.dirty[0] - of_yield.clean[0] == pytest.approx(of_yield.accrued[0], abs=1e-10)


@given(any_bond, days, st.floats(-2.0, 30.0), st.floats(-100.0, 100.0))
def test_a_move_of_the_yield_and_its_points_give_one_another_back(bond, day, y, bp):
    values = value_bond(bond, [day], [y])
    points = values.price_change(bp)
    assert points[0] == pytest.approx(
        value_bond(bond, [day], [y + bp / 100]).clean[0] - values.clean[0], abs=1e-9
    )
    assert values.yield_change(points)[0] == pytest.approx(bp, abs=1e-6)


@given(any_bond, days, st.floats(0.0, 20.0), st.floats(-5.0, 5.0))
def test_duration_and_convexity_approximate_small_moves(bond, day, y, bp):
    """-D dy + C dy^2 / 2: what is left is of third order, less than (T dy)^3 times the price with T = 60 years."""
    values = value_bond(bond, [day], [y])
    dy = bp / 1e4
    approximate = values.dirty * (-values.modified * dy + values.convexity * dy**2 / 2)
    assert abs(values.price_change(bp)[0] - approximate[0]) <= values.dirty[0] * (60 * abs(dy)) ** 3 + 1e-9


# Over time


def test_over_a_coupon_date_the_return_holds_the_coupon():
    values = value_bond(replace(KZ, settlement_lag=0), ["2022-01-20", "2022-01-21", "2022-01-24"], [4.2] * 3)
    found = values.total_returns()
    assert values.dirty[1] - values.dirty[0] < -3.2
    expected = (values.dirty[1] + 3.25 - values.dirty[0]) / values.dirty[0]
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(expected, rel=1e-13)
    assert found[2] == pytest.approx(values.dirty[2] / values.dirty[1] - 1, rel=1e-12)


def test_a_return_is_yield_less_duration_plus_convexity():
    """r is about y dt - D dy + C dy^2 / 2: +33 bp over one day."""
    values = value_bond(KZ, ["2022-01-04", "2022-01-05"], [4.20, 4.53])
    dy = 0.0033
    about = 0.042 / 365 - values.modified[0] * dy + values.convexity[0] * dy**2 / 2
    assert values.total_returns()[1] == pytest.approx(about, abs=5e-5), "the third order is about -3e-5"


def test_dates_that_are_missing_leave_returns_missing():
    values = value_bond(KZ, ["2022-01-04", "2022-01-05", "2022-01-06", "2022-01-07"], [4.2, np.nan, 4.3, 4.3])
    assert np.isnan(values.total_returns()).tolist() == [True, True, True, False]


@given(any_bond, st.dates(date(2010, 1, 1), date(2040, 1, 1)), st.integers(0, 400), st.floats(-1.0, 12.0))
def test_carry_is_the_return_at_an_unchanged_yield(bond, day, horizon, y):
    bond = replace(bond, settlement_lag=0)
    both = value_bond(bond, [day, day + timedelta(days=horizon)], [y, y])
    earned = both.total_returns()[1] * both.dirty[0]
    assert value_bond(bond, [day], [y]).carry(horizon)[0] == pytest.approx(earned, abs=1e-9)


def test_a_horizon_begins_at_the_settlement():
    late, spot = (
        value_bond(KZ, ["2022-01-05"], [4.2]),
        value_bond(replace(KZ, settlement_lag=0), ["2022-01-07"], [4.2]),
    )
    assert late.carry(30).tolist() == spot.carry(30).tolist()
    assert late.roll_down(30, 0.04).tolist() == spot.roll_down(30, 0.04).tolist()


def test_a_whole_period_of_carry_is_the_yield():
    """From coupon date to coupon date a bond earns y / f of its price: 4.2 / 2 % of it."""
    values = value_bond(replace(KZ, settlement_lag=0), ["2022-01-21"], [4.2])
    assert values.carry(181)[0] == pytest.approx(0.021 * values.dirty[0], rel=1e-12)


def test_roll_down_is_the_price_of_the_slope():
    """A year down 5 bp a year of maturity is a fall of the yield by 5 bp at the horizon."""
    values = value_bond(replace(KZ, settlement_lag=0), ["2022-01-21"], [4.2])
    then = value_bond(replace(KZ, settlement_lag=0), ["2023-01-21"], [4.2])
    assert values.roll_down(365, 0.05)[0] == pytest.approx(then.price_change(-5.0)[0], rel=1e-12)
    assert values.roll_down(365, 0.0)[0] == 0.0
    assert values.roll_down(0, 0.05)[0] == 0.0


def test_horizons_are_whole_days_ahead():
    values = value_bond(KZ, ["2022-01-05"], [4.2])
    for wrong in (-1, 0.5):
        with pytest.raises(mi.InputError, match="is no horizon"):
            values.carry(wrong)
    assert np.isnan(values.carry(365 * 30)).all(), "behind the maturity nothing is said"


# What cannot be valued


def test_dates_without_a_value_are_missing():
    bond = replace(KZ, issued=date(2015, 7, 21), settlement_lag=0)
    values = value_bond(
        bond, ["2015-07-20", "2022-01-05", "2022-01-06", "2045-07-21"], [4.2, np.nan, -250.0, 4.2]
    )
    for name in ("clean", "dirty", "ytm", "modified", "convexity", "dv01"):
        assert np.isnan(getattr(values, name)).all(), name
    assert np.isnan(values.accrued).tolist() == [True, False, False, True]


def test_a_price_that_no_yield_gives_stands_and_has_no_yield():
    """A day before 103.25 are paid, 105 would need a yield below -200 %: what it earned is known nevertheless."""
    bond = replace(KZ, quoted="clean price", settlement_lag=0)
    values = value_bond(bond, ["2045-07-19", "2045-07-20"], [101.0, 105.0])
    for name in ("ytm", "modified", "macaulay", "convexity", "dv01"):
        assert np.isnan(getattr(values, name)).tolist() == [False, True], name
    assert values.clean.tolist() == pytest.approx([101.0, 105.0])
    assert values.total_returns()[1] == pytest.approx((4.0 + 6.5 / 360) / (101.0 + 6.5 * 178 / 360))


def test_terms_and_shapes_are_asked_for():
    with pytest.raises(
        mi.InputError, match="missing that this needs: coupon, maturity, frequency, day_count"
    ):
        value_bond(SovereignBond("KZ", quoted="yield"), ["2022-01-05"], [4.2])
    with pytest.raises(mi.InputError, match="one level a date"):
        value_bond(KZ, ["2022-01-05"], [4.2, 4.3])
    with pytest.raises(mi.InputError, match="quoted: is not known"):
        value_bond(KZ, ["2022-01-05"], [4.2], quoted="price")


def test_values_are_values():
    values = value_bond(KZ, ["2022-01-05", "2022-01-06"], [4.2, np.nan])
    assert values == pickle.loads(pickle.dumps(values))
    assert not values.ytm.flags.writeable
    frame = values.to_frame()
    assert list(frame.columns) == list(VALUE_UNITS) == list(frame.attrs["units"])
    assert frame.index.name == "session"
    assert frame["clean"].iloc[0] == values.clean[0]


# Members of a panel


def panel_of(bond: SovereignBond, levels: list[float], first: str = "2022-01-04") -> mi.Panel:
    index = pd.bdate_range(first, periods=len(levels))
    return mi.Panel.from_frame(pd.DataFrame({bond.id: levels}, index=index), instruments=bond)


def test_a_member_becomes_another_quoting_and_comes_back():
    panel = panel_of(replace(KZ, snapshot="16:30 Europe/London"), [4.20, 4.53, 4.40])
    clean = requote(panel, "KZ 2045", "clean price")
    bond = clean.instrument("KZ 2045 clean price")
    assert (bond.quoted, bond.coupon, bond.isin, bond.snapshot) == (
        "clean price",
        6.5,
        KZ.isin,
        panel.instrument("KZ 2045").snapshot,
    )
    assert clean[bond.id].tolist() == bond_values(panel, "KZ 2045").clean.tolist()
    back = requote(clean, bond.id, "yield", id="again")
    np.testing.assert_allclose(back["again"], [4.20, 4.53, 4.40], rtol=1e-12)
    assert "clean price of KZ 2045 from its yield" in clean.quotes_of(bond.id).provenance.source
    assert panel.join(clean).ids == ("KZ 2045", "KZ 2045 clean price")


def test_a_requoted_yield_keeps_its_unit():
    bond = known_bond("KZ 2045", quoted="clean price", yield_unit="decimal")
    found = requote(panel_of(bond, [134.19]), "KZ 2045", "yield", id="y")
    assert found["y"].tolist() == pytest.approx([0.04199], abs=5e-6)


def test_dates_that_cannot_be_valued_are_counted():
    young = replace(KZ, issued=date(2022, 1, 7))
    found = requote(panel_of(young, [4.2] * 3), "KZ 2045", "dirty price", id="d")
    assert len(found.quotes_of("d")) == 2, "the trade of 4 January settles on the 6th"
    assert found.quotes_of("d").notes[0].startswith("1 of 3 dates have no dirty price: settled before")
    with pytest.raises(mi.DataError, match="no quote can be valued"):
        requote(panel_of(replace(KZ, issued=date(2030, 1, 1)), [4.2] * 3), "KZ 2045", "dirty price")


def test_a_requoted_series_keeps_what_was_said_of_its_quotes_and_of_their_source():
    index = pd.to_datetime(["2022-01-06", "2022-01-05", "2022-01-04"])
    said = mi.Provenance("a desk", file="kz.csv", last_date="2022-01-06", note="indicative")
    frame = pd.DataFrame({"KZ 2045": [4.2, 4.53, np.nan]}, index=index)
    found = requote(mi.Panel.from_frame(frame, instruments=KZ, provenance=said), "KZ 2045", "clean price")
    (quotes,) = found.quotes
    assert quotes.notes == (
        "rows stood in descending order: reversed",
        "1 of 3 dates without a value: not quoted",
    )
    origin = quotes.provenance
    assert origin.source == "clean price of KZ 2045 from its yield; made of a desk"
    assert (origin.file, origin.last_date, origin.note) == ("kz.csv", "2022-01-06", "indicative")


def test_what_is_made_of_several_series_is_as_old_as_the_oldest():
    days = pd.bdate_range("2022-01-04", periods=2)
    pairs = []
    for code, last in (("EUR", "2022-01-05"), ("GBP", "2022-03-01")):
        terms = mi.CurrencyPair(code, "USD", snapshot="16:00 Europe/London")
        origin = mi.Provenance("a desk", last_date=last)
        pairs.append(
            mi.Panel.from_frame(pd.Series([1.1, 1.2], index=days), instruments=terms, provenance=origin)
        )
    made = cross_rate(pairs[0].join(pairs[1]), "EUR/USD", "GBP/USD")
    assert made.quotes[0].provenance.last_date == "2022-01-05"


def test_what_cannot_be_requoted_is_refused():
    panel = panel_of(KZ, [4.2, 4.3])
    with pytest.raises(mi.InputError, match="quoted as that already"):
        requote(panel, "KZ 2045", "yield")
    with pytest.raises(mi.InputError, match="is not known"):
        requote(panel, "KZ 2045", "spread")
    factor = mi.Factor("Brent")
    with pytest.raises(mi.InputError, match="is not a bond"):
        bond_values(panel_of(factor, [80.0, 81.0]), "Brent")


# The register


def test_known_bonds_have_every_term_and_a_true_check_digit():
    for known in known_bonds():
        for key in (known.name, known.isin):
            bond = known_bond(key, quoted="yield")
            assert (bond.id, bond.isin, bond.missing_terms, bond.settlement_lag) == (key, known.isin, (), 2)


def test_what_is_asked_for_replaces_a_term():
    bond = known_bond("XS1263139856", quoted="clean price", settlement_lag=3, id="KZ")
    assert (bond.id, bond.settlement_lag, bond.coupon) == ("KZ", 3, 6.5)


def test_unknown_bonds_and_terms_are_refused():
    with pytest.raises(mi.InputError, match=r"no bond that the package knows.*KZ 2045 \(XS1263139856\)"):
        known_bond("KZ 2044", quoted="yield")
    with pytest.raises(mi.InputError, match="cupon: is no term of a bond; allowed: like coupon"):
        known_bond("KZ 2045", quoted="yield", cupon=7.0)


# Real quotes


def turkish_quotes(shared: Path, isin: str) -> dict[str, np.ndarray]:
    """Dates and both sides; the day of a quote is the maturity less the days until it."""
    with (shared / "data" / "turkey_dollar_bonds" / f"{isin}.csv").open(
        encoding="utf-8", newline=""
    ) as opened:
        rows = list(csv.DictReader(opened))
    days = [
        datetime.strptime(row["Maturity"], "%d.%m.%Y") - timedelta(days=int(row["Days Until"]))
        for row in rows
    ]
    columns = {
        name: np.array([float(row[name]) for row in rows])
        for name in ("Buy", "Buy Rate", "Sell", "Sell Rate")
    }
    return {"days": np.array(days, dtype="datetime64[D]"), **columns}


@pytest.mark.parametrize("known", TURKISH, ids=lambda one: one.name)
@pytest.mark.parametrize(("side", "lag", "least"), [("Sell", 2, 0.90), ("Buy", 0, 0.98)])
def test_quoted_yields_are_those_of_quoted_dirty_prices(shared, known, side, lag, least):
    """Yields are quoted to two digits: .006 percentage points are rounding and a little more.

    Of 1,449 to 1,483 days a bond, 90.7 to 95.1 % of the asks agree at T+2 and 98.7 to 99.7 % of the bids without a lag.
    """
    quotes = turkish_quotes(shared, known.isin)
    bond = known_bond(known.isin, quoted="dirty price", settlement_lag=lag)
    found = value_bond(bond, quotes["days"], quotes[side]).ytm
    share = np.mean(np.abs(found - quotes[f"{side} Rate"]) <= 0.006)
    assert share >= least


def test_dirty_prices_are_valued_at_the_settlement_at_which_their_coupons_drop() -> None:
    """A bid at a yield of 4.2 % that drops its coupon on the day itself, declared at T+2: no yield jumps before it."""
    days = pd.bdate_range("2021-12-01", "2022-02-28")
    own = known_bond("KZ 2045", quoted="yield", settlement_lag=0)
    rng = np.random.default_rng(2)
    yields = 4.2 + np.cumsum(rng.normal(0.0, 0.01, len(days)))
    dirty = value_bond(own, days.to_numpy(), yields).dirty
    declared = known_bond("KZ 2045", quoted="dirty price", settlement_lag=2)
    panel = mi.Panel.from_frame(pd.Series(dirty, index=days), instruments=declared)
    made = requote(panel, "KZ 2045", "yield")
    np.testing.assert_allclose(made["KZ 2045 yield"], yields, atol=1e-9)
    assert made.quotes[0].notes == (
        "valued at T+0, at which its coupons drop out, and not at the declared T+2",
    )
    naive = value_bond(declared, days.to_numpy(), dirty).ytm
    assert np.abs(naive - yields).max() > 0.15, (
        "valued as declared, two days before the coupon are off by 17 bp"
    )


def test_a_coupon_that_drops_a_session_late_is_put_right_before_valuing() -> None:
    days = pd.bdate_range("2021-12-01", "2022-02-28")
    own = known_bond("KZ 2045", quoted="yield", settlement_lag=0)
    dirty = value_bond(own, days.to_numpy(), np.full(len(days), 4.2)).dirty.copy()
    at = int(np.flatnonzero(days == "2022-01-21")[0])
    dirty[at] += 3.25
    dirty_bond = known_bond("KZ 2045", quoted="dirty price", settlement_lag=0)
    panel = mi.Panel.from_frame(pd.Series(dirty, index=days), instruments=dirty_bond)
    made = requote(panel, "KZ 2045", "yield")
    np.testing.assert_allclose(made["KZ 2045 yield"], 4.2, atol=1e-9)
    assert made.quotes[0].notes == (
        "on 1 sessions a coupon that drops off the schedule is put right before valuing",
    )
    assert bond_values(panel, "KZ 2045").total_returns()[at] == pytest.approx(4.2 / 100 * 1 / 365, abs=2e-5)
