"""Trade-weighted indices and the dollar factor: by hand, by loops, and by what they must collapse to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.baskets import basket_for, factor_levels
from marketimpact.market.currency_indices import dollar_factor, trade_weighted
from marketimpact.market.exchange_rates import cross_rate, inverse

LONDON = "16:00 Europe/London"
DAYS = pd.bdate_range("2022-01-03", periods=3)
RATES: dict[str, list[float]] = {
    "USD/KZT": [435.0, 440.0, 450.0],
    "KZT/RUB": [0.174, 0.175, 0.170],
    "CNY/KZT": [68.0, np.nan, 71.0],
    "EUR/USD": [1.13, 1.12, 1.10],
    "USD/TRY": [13.0, 13.5, 13.9],
}
WEIGHTS = {"USD": 4.0, "CNY": 3.0, "RUB": 3.0}


def pairs(rates: dict[str, Any] = RATES, days: Any = DAYS, **more: Any) -> mi.Panel:
    terms = {"snapshot": LONDON, **more}
    frame = pd.DataFrame(rates, index=days)
    return mi.Panel.from_frame(
        frame, instruments=[mi.CurrencyPair(*name.split("/"), **terms) for name in rates]
    )


# Trade weights


def test_the_currency_of_several_countries_has_no_place() -> None:
    rates = {"USD/XAF": [580.0, 581.0, 583.0], "EUR/XAF": [655.957] * 3}
    (index,) = trade_weighted(pairs(rates), "XAF", {"USD": 1, "EUR": 1}).instruments
    assert (index.places, index.gain_sign("XA")) == (frozenset(), 0)


def test_a_trade_weighted_index_by_hand() -> None:
    made = trade_weighted(pairs(), "KZT", WEIGHTS)
    # the tenge in dollars and yuan falls by the rates' rise, in rubles by the fall of its own price
    last = 100 * (435.0 / 450.0) ** 0.4 * (68.0 / 71.0) ** 0.3 * (0.170 / 0.174) ** 0.3
    np.testing.assert_allclose(made.quotes[0].levels, [100.0, last], rtol=1e-14)
    assert made.ids == ("KZT trade-weighted",)
    assert made.quotes[0].notes == (
        "weights: USD 0.4, CNY 0.3, RUB 0.3",
        "1 of 3 dates without all of USD/KZT, CNY/KZT, KZT/RUB: not quoted",
    )


def test_the_index_says_whose_assets_gain() -> None:
    (index,) = trade_weighted(pairs(), "KZT", WEIGHTS, id="tenge").instruments
    assert isinstance(index, mi.Factor)
    assert (index.id, index.quoted, index.place, index.gains) == ("tenge", "currency index", "KZ", "up")
    assert index.snapshot == mi.Snapshot("16:00", "Europe/London")
    assert (index.gain_sign("KZ"), index.gain_sign("RU")) == (1, 0)
    assert str(index.move_kind()) == "currency index log move [log]"
    (dollar,) = trade_weighted(pairs(), "USD", {"TRY": 1.0, "EUR": 1.0}).instruments
    assert dollar.places == frozenset()


def test_the_way_round_of_a_pair_changes_nothing() -> None:
    panel = pairs()
    turned = panel.select(["KZT/RUB", "CNY/KZT"]).join(inverse(panel, "USD/KZT"))
    one, other = (trade_weighted(each, "KZT", WEIGHTS).quotes[0].levels for each in (panel, turned))
    np.testing.assert_allclose(one, other, rtol=1e-13)


@given(st.floats(1e-3, 1e3), st.lists(st.tuples(*[st.floats(0.1, 1000.0)] * 3), min_size=2, max_size=9))
def test_the_scale_of_weights_and_of_rates_changes_nothing(
    scale: float, levels: list[tuple[float, float, float]]
) -> None:
    usd, rub, cny = np.array(levels).T
    days = pd.bdate_range("2022-01-03", periods=len(usd))
    panel = pairs({"USD/KZT": usd, "KZT/RUB": rub, "CNY/KZT": cny}, days)
    scaled = pairs({"USD/KZT": scale * usd, "KZT/RUB": rub, "CNY/KZT": cny}, days)
    first = trade_weighted(panel, "KZT", WEIGHTS).quotes[0].levels
    by_scaled = {other: scale * weight for other, weight in WEIGHTS.items()}
    np.testing.assert_allclose(trade_weighted(panel, "KZT", by_scaled).quotes[0].levels, first, rtol=1e-10)
    np.testing.assert_allclose(trade_weighted(scaled, "KZT", WEIGHTS).quotes[0].levels, first, rtol=1e-10)


def test_with_one_partner_the_index_is_the_rate() -> None:
    made = trade_weighted(pairs(), "KZT", {"RUB": 7.0})
    np.testing.assert_allclose(made.quotes[0].levels, 100 * np.array([0.174, 0.175, 0.170]) / 0.174)


def test_real_rates_weighted_by_a_loop() -> None:
    panel = mi.fetch(["ecb:EUR/ZAR", "ecb:EUR/USD", "ecb:EUR/CNY"], start="2019-01-01", end="2021-12-31")
    rand = cross_rate(panel, "EUR/USD", "EUR/ZAR").join(cross_rate(panel, "EUR/ZAR", "EUR/CNY"), panel)
    made = trade_weighted(rand, "ZAR", {"EUR": 5, "USD": 3, "CNY": 2})["ZAR trade-weighted"]
    level, rates = 100.0, panel.to_frame().dropna()
    for before, after in zip(rates.index[:-1], rates.index[1:], strict=True):
        euro = rates["EUR/ZAR"][after] / rates["EUR/ZAR"][before]
        ratios = [euro**-1]
        for name in ("EUR/USD", "EUR/CNY"):
            ratios.append(rates[name][after] / rates[name][before] / euro)
        level *= ratios[0] ** 0.5 * ratios[1] ** 0.3 * ratios[2] ** 0.2
        assert made[after] == pytest.approx(level, rel=1e-11)
    assert len(made) == len(rates) > 750


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"USD": 1.0, "EUR": 1.0}, "weights: no pair of KZT and EUR in the panel; received 'EUR'"),
        ({"USD": 0.0}, "weights['USD']: is not a weight; received 0.0; allowed: above zero"),
        ({"USD": -1.0}, "weights['USD']: is not a weight"),
        ({"USD": np.nan}, "weights['USD']: is not a weight"),
        ({"USD": "much"}, "weights['USD']: is not a weight; received 'much'"),
        ({}, "weights: is empty"),
        ({"KZR": 1.0}, "weights: is not a currency of ISO 4217"),
    ],
)
def test_weights_that_are_none_are_refused(weights: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        trade_weighted(pairs(), "KZT", weights)


def test_two_pairs_of_the_same_currencies_are_refused() -> None:
    panel = pairs().join(inverse(pairs(), "USD/KZT"))
    with pytest.raises(
        mi.InputError, match=r"several pairs of KZT and USD .*received \['USD/KZT', 'KZT/USD'\]"
    ):
        trade_weighted(panel, "KZT", WEIGHTS)


def test_pairs_of_two_snapshots_make_no_index() -> None:
    panel = pairs({"USD/KZT": [435.0] * 3}).join(pairs({"CNY/KZT": [68.0] * 3}, snapshot="15:30 Asia/Almaty"))
    with pytest.raises(mi.InputError, match="snapshot: differ"):
        trade_weighted(panel, "KZT", {"USD": 1, "CNY": 1})
    with pytest.raises(mi.InputError, match="snapshot: has no declared snapshot"):
        trade_weighted(pairs(snapshot=None), "KZT", WEIGHTS)


# The dollar factor


def test_the_dollar_factor_turns_every_pair_so_that_up_is_a_gain_of_the_dollar() -> None:
    made = dollar_factor(pairs())
    assert made == mi.Basket(("USD/KZT", "EUR/USD", "USD/TRY"), "dollar factor", (1 / 3, -1 / 3, 1 / 3))
    moves = np.diff(np.log(factor_levels(pairs(), made, "log").levels))
    by_hand = (np.log([440 / 435, 450 / 440]) - np.log([1.12 / 1.13, 1.10 / 1.12])) / 3
    np.testing.assert_allclose(moves, by_hand + np.log([13.5 / 13.0, 13.9 / 13.5]) / 3, rtol=1e-12)


def test_each_instrument_is_left_out_of_its_own_dollar_factor() -> None:
    panel = pairs()
    made = dollar_factor(panel)
    for name in made.members:
        others = [member for member in made.members if member != name]
        mine = basket_for(panel, made, panel.instrument(name))
        assert mine == dollar_factor(panel, others)
    lira = inverse(pairs({"EUR/TRY": [15.0] * 3}), "EUR/TRY").instruments[0]
    assert basket_for(panel, made, lira).members == ("USD/KZT",), (
        "EUR/USD and USD/TRY are the euro and the lira"
    )


def test_the_leave_one_out_mean_by_a_loop_over_real_rates() -> None:
    names = ["ecb:USD/ZAR", "ecb:EUR/USD", "ecb:USD/MXN", "ecb:GBP/USD", "ecb:USD/TRY"]
    panel = mi.fetch(names, start="2020-01-01", end="2021-12-31")
    sign = {"USD/ZAR": 1, "EUR/USD": -1, "USD/MXN": 1, "GBP/USD": -1, "USD/TRY": 1}
    logs = np.log(panel.to_frame()).diff().iloc[1:]
    for left_out in panel.ids:
        mine = basket_for(panel, dollar_factor(panel), panel.instrument(left_out))
        moves = np.diff(np.log(factor_levels(panel, mine, "log").levels))
        slow = [
            sum(sign[name] * row[name] for name in panel.ids if name != left_out) / 4
            for _, row in logs.iterrows()
        ]
        np.testing.assert_allclose(moves, slow, rtol=1e-9, atol=1e-15)


def test_any_currency_can_be_the_dollar() -> None:
    made = dollar_factor(pairs(), currency="KZT", leave_out="CNY/KZT", id="tenge factor")
    assert made == mi.Basket(("USD/KZT", "KZT/RUB"), "tenge factor", (-0.5, 0.5))


@pytest.mark.parametrize(
    ("ids", "more", "words"),
    [
        (["USD/KZT", "KZT/RUB"], {}, "KZT/RUB: has no USD; received 'RUB per KZT'; allowed: pairs with USD"),
        (["USD/KZT"], {}, "ids: needs two pairs or more with USD on one side; received ['USD/KZT']"),
        (None, {"currency": "CNY"}, "ids: needs two pairs or more with CNY"),
        (None, {"currency": "GBP"}, "ids: needs two pairs or more with GBP on one side; received []"),
        (["USD/KZT", "USD/CHF"], {}, "is not in the panel; received 'USD/CHF'"),
        (None, {"leave_out": "USD/CHF"}, "is not in the panel; received 'USD/CHF'"),
        (None, {"currency": "dollar"}, "currency: is not a code"),
    ],
)
def test_what_makes_no_factor_is_refused(ids: Any, more: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        dollar_factor(pairs(), ids, **more)


def test_a_currency_does_not_count_twice() -> None:
    panel = pairs().join(inverse(pairs(), "USD/KZT"))
    with pytest.raises(mi.InputError, match="ids: several pairs of KZT, which would count twice"):
        dollar_factor(panel)
    assert dollar_factor(panel, leave_out="KZT/USD") == dollar_factor(pairs())


def test_a_bond_is_no_pair() -> None:
    bond = mi.Panel.from_frame(
        pd.Series([4.2], index=DAYS[:1]), instruments=mi.SovereignBond("B", quoted="yield")
    )
    panel = pairs().join(bond)
    assert "B" not in dollar_factor(panel).members
    with pytest.raises(mi.InputError, match="B: is not a currency pair"):
        dollar_factor(panel, ["USD/KZT", "B"])


def test_equal_trade_weights_are_the_dollar_factor() -> None:
    panel = pairs().select(["USD/KZT", "EUR/USD", "USD/TRY"])
    index = trade_weighted(panel, "USD", {"KZT": 1, "EUR": 1, "TRY": 1}).quotes[0].levels
    factor = factor_levels(panel, dollar_factor(panel), "log").levels
    np.testing.assert_allclose(index / index[0], factor / factor[0], rtol=1e-13)


def test_both_follow_the_federal_reserves_broad_dollar_index(shared: Path) -> None:
    """Rates of Frankfurt's afternoon against an index of New York's: days differ, weeks and months agree."""
    theirs = pd.read_csv(shared / "data" / "market_factors.csv", index_col="date", parse_dates=True)[
        "broad_dollar"
    ]
    rough = {"CAD": 14, "MXN": 13, "CNY": 16, "JPY": 6, "GBP": 5, "KRW": 3, "INR": 3, "BRL": 2, "CHF": 3}
    names = ["ecb:EUR/USD", *(f"ecb:USD/{code}" for code in rough)]
    panel = mi.fetch(names, start="2010-01-01", end="2023-12-31")
    factor = factor_levels(panel, dollar_factor(panel), "log")
    days = pd.DatetimeIndex(factor.sessions.astype("datetime64[s]"))
    index = trade_weighted(panel, "USD", {"EUR": 19, **rough})["USD trade-weighted"]
    ours = {"factor": pd.Series(factor.levels, days), "index": index, "theirs": theirs}
    logs = np.log(pd.DataFrame(ours).dropna())
    assert len(logs) > 3_300
    weekly, monthly = (logs.iloc[::every].diff().corr()["theirs"] for every in (5, 21))
    assert weekly["factor"] > 0.88
    assert weekly["index"] > 0.92
    assert monthly["factor"] > 0.92
    assert monthly["index"] > 0.96
    ends = logs.iloc[-1] - logs.iloc[0]
    assert ends["index"] == pytest.approx(ends["theirs"], abs=0.03), "25 percent in fourteen years"
