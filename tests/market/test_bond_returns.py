"""Returns of bonds in their own currency, in another one and hedged: by hand, and by what they must collapse to."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.bond_members import requote
from marketimpact.market.bond_returns import bond_return_index
from marketimpact.market.exchange_rates import inverse

LONDON = "16:30 Europe/London"
DAYS = pd.to_datetime(["2022-07-19", "2022-07-20", "2022-07-21", "2022-07-22", "2022-07-25"])
LEVELS: dict[str, list[float]] = {
    "KZ": [100.0, 101.0, 100.5, 99.0, 99.5],
    "USD/KZT": [480.0, 482.0, 479.0, 481.0, 485.0],
    "USD": [2.0, 2.1, 2.2, 2.3, 2.4],
    "KZT": [14.0, 14.1, 14.2, 14.3, 14.4],
}


def bond(**more: Any) -> mi.SovereignBond:
    terms: dict[str, Any] = {
        "quoted": "clean price", "issuer": "KZ", "currency": "KZT", "coupon": 9.0, "frequency": 2,
        "maturity": date(2030, 7, 21), "day_count": "30/360", "settlement_lag": 0, "snapshot": LONDON,
    }  # fmt: skip
    return mi.SovereignBond("KZ", **{**terms, **more})


def panel_of(levels: dict[str, Any] = LEVELS, days: Any = DAYS, fx: Any = LONDON, **more: Any) -> mi.Panel:
    members = [
        bond(**more)
        if name == "KZ"
        else mi.CurrencyPair(*name.split("/"), snapshot=fx)
        if "/" in name
        else mi.Factor(name, move="difference", unit="percent")
        for name in levels
    ]
    return mi.Panel.from_frame(pd.DataFrame(levels, index=days), instruments=members)


def index(panel: mi.Panel, **more: Any) -> np.ndarray:
    return bond_return_index(panel, "KZ", **more).quotes[0].levels


RATES = {"USD": "USD", "KZT": "KZT"}

# By hand: accrued 30/360 from 21 January 2022: 178, 179, 0 (the coupon of 4.5 is paid), 1 and 4 days at 9/360 a day
DIRTY = np.array([100.0 + 178 / 40, 101.0 + 179 / 40, 100.5, 99.0 + 1 / 40, 99.5 + 4 / 40])
COUPONS = np.array([0.0, 4.5, 0.0, 0.0])
LOCAL = (DIRTY[1:] + COUPONS) / DIRTY[:-1] - 1


def test_a_return_in_its_own_currency_by_hand_over_a_coupon() -> None:
    made = index(panel_of())
    np.testing.assert_allclose(made[1:] / made[:-1] - 1, LOCAL, rtol=1e-10)
    assert made[0] == 100.0
    assert index(panel_of(), currency="KZT").tolist() == made.tolist()


def test_a_return_in_another_currency_by_hand() -> None:
    made = index(panel_of(), currency="USD", fx="USD/KZT")
    fx = np.array(LEVELS["USD/KZT"])
    np.testing.assert_allclose(made[1:] / made[:-1] - 1, (1 + LOCAL) * fx[:-1] / fx[1:] - 1, rtol=1e-10)


def test_a_hedged_return_by_hand() -> None:
    made = index(panel_of(), currency="USD", rates=RATES, hedged=True)
    earned = (np.array(LEVELS["USD"]) - np.array(LEVELS["KZT"]))[:-1] / 100 * np.array([1, 1, 1, 3]) / 360
    np.testing.assert_allclose(made[1:] / made[:-1] - 1, LOCAL + earned, rtol=1e-10)


def test_a_zero_coupon_bond_by_its_formula() -> None:
    """100 (1 + y) ** -t, with t from July to July in whole years and days of 1/360."""
    levels = {**LEVELS, "KZ": [10.0, 10.1, 10.2, 10.0, 9.9]}
    made = index(panel_of(levels, quoted="yield", coupon=0.0, frequency=1))
    left = 8 + np.array([2, 1, 0, -1, -4]) / 360
    prices = 100 * (1 + np.array(levels["KZ"]) / 100) ** -left
    np.testing.assert_allclose(made, 100 * prices / prices[0], rtol=1e-12)


def test_the_index_says_what_it_is() -> None:
    made = bond_return_index(panel_of(), "KZ")
    (local,) = made.instruments
    assert isinstance(local, mi.Factor)
    assert (local.id, local.quoted, local.place, local.gains) == (
        "KZ return",
        "bond return index",
        "KZ",
        "up",
    )
    assert (local.snapshot, made.quotes[0].notes) == (mi.Snapshot("16:30", "Europe/London"), ())
    assert bond_return_index(panel_of(), "KZ", currency="USD", fx="USD/KZT").ids == ("KZ return in USD",)
    hedged = bond_return_index(panel_of(), "KZ", currency="USD", rates=RATES, hedged=True)
    assert hedged.ids == ("KZ return hedged into USD",)
    assert bond_return_index(panel_of(), "KZ", id="carry").ids == ("carry",)
    (nowhere,) = bond_return_index(panel_of(issuer=None), "KZ").instruments
    assert nowhere.places == frozenset()


def test_the_index_is_expected_on_the_sessions_of_its_bond() -> None:
    (local,) = bond_return_index(panel_of(calendar="XLON"), "KZ").instruments
    assert local.calendar == "XLON"


# What they must collapse to

PATHS = st.lists(
    st.tuples(st.floats(60.0, 140.0), st.floats(200.0, 900.0), st.floats(-1.0, 20.0)), min_size=2, max_size=12
)


@given(PATHS)
def test_a_return_in_dollars_is_the_local_one_times_the_tenge(path: list[tuple[float, float, float]]) -> None:
    price, rate, short = np.array(path).T
    days = pd.bdate_range("2022-07-11", periods=len(price))
    panel = panel_of({"KZ": price, "USD/KZT": rate, "USD": short, "KZT": short}, days)
    local, dollars = index(panel), index(panel, currency="USD", fx="USD/KZT")
    np.testing.assert_allclose(dollars, local * rate[0] / rate, rtol=1e-11)
    turned = panel.join(inverse(panel, "USD/KZT"))
    np.testing.assert_allclose(index(turned, currency="USD", fx="KZT/USD"), dollars, rtol=1e-11)
    # at equal rates a hedge costs nothing, and leaves the local return
    hedged = index(panel, currency="USD", rates=RATES, hedged=True)
    np.testing.assert_allclose(hedged, local, rtol=1e-13)


@given(PATHS, st.floats(0.0, 10.0))
def test_the_hedge_is_a_forward_sale_up_to_what_the_docstring_says(
    path: list[tuple[float, float, float]], dollar: float
) -> None:
    """Selling the tenge forward over a span: (1 + r) S_t / S_0 + (F - S_t) / S_0 - 1, F by covered parity."""
    price, rate, short = np.array(path).T
    days = pd.bdate_range("2022-07-11", periods=len(price))
    panel = panel_of({"KZ": price, "USD/KZT": rate, "USD": np.full(len(rate), dollar), "KZT": short}, days)
    local = index(panel)
    r, s = local[1:] / local[:-1] - 1, rate[:-1] / rate[1:]
    d = np.diff(days.to_numpy().astype("datetime64[D]")).astype(float)
    i, j = dollar / 100 * d / 360, short[:-1] / 100 * d / 360
    exact = (1 + r) * s + ((1 + i) / (1 + j) - s) - 1
    made = index(panel, currency="USD", rates=RATES, hedged=True)
    error = made[1:] / made[:-1] - 1 - exact
    np.testing.assert_allclose(error, -r * (s - 1) + j * (i - j) / (1 + j), atol=1e-9)


def test_the_size_of_what_is_left_away() -> None:
    """The docstring's example: .25 percent over a day on which bond and currency both move by 5 percent."""
    levels = {"KZ": [60.0, 63.0], "USD/KZT": [480.0, 480.0 / 1.05], "USD": [3.0, 3.0], "KZT": [3.0, 3.0]}
    panel = panel_of(levels, DAYS[:2], quoted="dirty price", coupon=0.0)
    hedged = index(panel, currency="USD", rates=RATES, hedged=True)[1] / 100 - 1
    sold_forward = 1.05 * 1.05 - (1.05 - 1.0) - 1
    assert hedged - sold_forward == pytest.approx(-0.0025)


def test_clean_prices_dirty_prices_and_yields_earn_the_same() -> None:
    panel = panel_of()
    made = index(panel)
    for kind in ("dirty price", "yield"):
        other = requote(panel, "KZ", kind, id="other")
        np.testing.assert_allclose(bond_return_index(other, "other").quotes[0].levels, made, rtol=1e-10)


def test_a_missing_quote_of_anything_is_spanned_and_counted() -> None:
    holes = {**LEVELS, "USD/KZT": [480.0, 482.0, np.nan, 481.0, 485.0]}
    made = bond_return_index(panel_of(holes), "KZ", currency="USD", fx="USD/KZT")
    whole = index(panel_of(), currency="USD", fx="USD/KZT")
    assert len(made.quotes[0]) == 4
    assert made.quotes[0].notes == ("1 of 5 sessions without all of a value of the bond, USD/KZT: left out",)
    # the coupon of the day that is left out is earned; it is reinvested a day later
    np.testing.assert_allclose(made.quotes[0].levels[:2], whole[:2], rtol=1e-13)
    spanned = (DIRTY[3] + 4.5) / DIRTY[1] * 482 / 481
    assert made.quotes[0].levels[2] / made.quotes[0].levels[1] == pytest.approx(spanned, rel=1e-12)


def test_quotes_after_the_maturity_are_left_out() -> None:
    made = bond_return_index(panel_of(maturity=date(2022, 7, 22)), "KZ")
    assert len(made.quotes[0]) == 3
    assert made.quotes[0].notes == ("2 of 5 sessions without all of a value of the bond: left out",)


def test_a_policy_rate_does_not_freeze_the_hedged_return() -> None:
    days = pd.bdate_range("2022-07-11", periods=60)
    waves = np.sin(np.arange(60.0) ** 2)
    levels = {
        "KZ": 100.0 + waves,
        "USD/KZT": 480.0 + waves,
        "USD": np.full(60, 2.0),
        "KZT": np.full(60, 14.0),
    }
    made = bond_return_index(panel_of(levels, days), "KZ", currency="USD", rates=RATES, hedged=True)
    assert not made.quotes[0].standing_still().any()
    pegged = {**levels, "USD/KZT": np.full(60, 480.0)}
    found = bond_return_index(panel_of(pegged, days), "KZ", currency="USD", fx="USD/KZT").quotes[0]
    assert found.standing_still()[1:].all(), "a pair that never moves is not quoted"


# Instants


@pytest.mark.parametrize(
    ("own", "fx", "snapshot", "words"),
    [
        (LONDON, LONDON, LONDON, None),
        (LONDON, "17:00 Europe/London", None, "KZ is quoted at 16:30 Europe/London, USD/KZT at 17:00 Europe/London, "
         "up to 0.5 hours apart"),
        (LONDON, "15:30 Asia/Almaty", None, "asynchronous: KZ is quoted at 16:30 Europe/London, USD/KZT at 15:30 "
         "Asia/Almaty, up to 6.0 hours apart"),
        (LONDON, None, None, "the snapshot of USD/KZT is not declared: bond and pair may be quoted at different "
         "instants"),
        (None, None, None, "the snapshot of KZ and USD/KZT is not declared: bond and pair may be quoted at "
         "different instants"),
    ],
)  # fmt: skip
def test_bond_and_pair_of_two_instants_are_said_to_be(own: Any, fx: Any, snapshot: Any, words: Any) -> None:
    made = bond_return_index(panel_of(fx=fx, snapshot=own), "KZ", currency="USD", fx="USD/KZT")
    assert made.quotes[0].notes == (() if words is None else (words,))
    expected = None if snapshot is None else mi.Snapshot(*snapshot.split())
    assert made.instruments[0].snapshot == expected


# Refusals


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"fx": "USD/KZT"}, "currency: is the bond's own, which needs neither fx nor rates"),
        ({"hedged": True}, "currency: is the bond's own"),
        ({"rates": RATES}, "currency: is the bond's own"),
        ({"currency": "KZT", "fx": "USD/KZT"}, "currency: is the bond's own"),
        ({"currency": "dollars"}, "currency: is not a code"),
        ({"currency": "USD"}, "fx: an unhedged return needs the pair of the two currencies, and no rates"),
        ({"currency": "USD", "fx": "USD/KZT", "rates": RATES}, "fx: an unhedged return needs the pair"),
        (
            {"currency": "EUR", "fx": "USD/KZT"},
            "fx: is not the pair of EUR and KZT; received 'USD/KZT: KZT per USD'",
        ),
        ({"currency": "USD", "fx": "KZT"}, "KZT: is not a currency pair"),
        ({"currency": "USD", "fx": "EUR/KZT"}, "is not in the panel"),
        ({"currency": "USD", "hedged": True}, "rates: a hedged return needs the rates of the two currencies"),
        ({"currency": "USD", "hedged": True, "fx": "USD/KZT", "rates": RATES}, "and no fx; received"),
        (
            {"currency": "USD", "hedged": True, "rates": {"USD": "USD"}},
            "allowed: rates={'KZT': id, 'USD': id}",
        ),
        (
            {"currency": "USD", "hedged": True, "rates": {**RATES, "KZT": "USD/KZT"}},
            "is not an interest rate",
        ),
    ],
)
def test_what_does_not_fit_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        bond_return_index(panel_of(), "KZ", **more)


def test_a_bond_without_a_currency_or_terms_is_refused() -> None:
    with pytest.raises(mi.InputError, match="KZ: does not say the currency of its payments"):
        index(panel_of(currency=None), currency="USD", fx="USD/KZT")
    assert len(index(panel_of(currency=None))) == 5
    with pytest.raises(mi.InputError, match="coupon"):
        index(panel_of(coupon=None))
    with pytest.raises(mi.InputError, match="bond"):
        bond_return_index(panel_of(), "USD/KZT")


def test_sessions_that_never_meet_are_refused() -> None:
    apart = {**LEVELS, "KZ": [100.0, np.nan, np.nan, np.nan, np.nan], "USD/KZT": [np.nan, 1.0, 1.0, 1.0, 1.0]}
    with pytest.raises(mi.DataError, match="no session has all that is needed: a value of the bond, USD/KZT"):
        index(panel_of(apart), currency="USD", fx="USD/KZT")
