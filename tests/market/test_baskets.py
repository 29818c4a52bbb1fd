"""Baskets and factors: what explains others, read as levels."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.baskets import basket_for, factor_levels, normalised
from marketimpact.market.factors import factor_id, members_of

DAYS = pd.bdate_range("2022-01-03", periods=4)
RAND = mi.CurrencyPair("EUR", "ZAR", snapshot="14:15 Europe/Berlin")
PESO = mi.CurrencyPair("EUR", "MXN", snapshot="14:15 Europe/Berlin")
LIRA = mi.CurrencyPair("EUR", "TRY")
BOND = mi.SovereignBond("KZ 2045", quoted="yield")
OTHER = mi.SovereignBond("KZ 2044", quoted="yield")
VIX = mi.Factor("VIX", move="difference", unit="points")

FRAME = pd.DataFrame(
    {
        "EUR/ZAR": [18.0, 18.2, np.nan, 18.1],
        "EUR/MXN": [23.0, 23.1, 23.2, 23.4],
        "EUR/TRY": [15.0, np.nan, 15.5, 15.2],
        "KZ 2045": [4.2, 4.2, 4.53, 4.4],
        "KZ 2044": [4.0, 4.1, 4.5, 4.2],
        "VIX": [17.0, 16.9, 19.7, 19.6],
    },
    index=DAYS,
)
PANEL = mi.Panel.from_frame(FRAME, instruments=[RAND, PESO, LIRA, BOND, OTHER, VIX])


def test_a_basket_holds_its_members_in_order_and_once() -> None:
    made = mi.basket(PANEL, ["EUR/MXN", "EUR/ZAR", "EUR/MXN"], id="emerging")
    assert made == mi.Basket(("EUR/MXN", "EUR/ZAR"), "emerging")


@pytest.mark.parametrize("leave_out", ["EUR/TRY", ["EUR/TRY"], ("EUR/TRY",)])
def test_a_member_can_be_left_out(leave_out: Any) -> None:
    made = mi.basket(PANEL, ["EUR/ZAR", "EUR/MXN", "EUR/TRY"], leave_out=leave_out)
    assert made.members == ("EUR/ZAR", "EUR/MXN")


def test_nothing_is_its_own_benchmark() -> None:
    made = mi.basket(PANEL, ["EUR/ZAR", "EUR/MXN", "EUR/TRY"], id="b")
    assert made.without("EUR/TRY") == mi.Basket(("EUR/ZAR", "EUR/MXN"), "b")
    assert made.without("KZ 2045") == made


@pytest.mark.parametrize(
    ("ids", "more", "words"),
    [
        (
            ["EUR/ZAR"],
            {},
            "ids: a basket needs two members or more whose moves are of one kind; received ['EUR/ZAR: cu",
        ),
        (["EUR/ZAR", "EUR/ZAR"], {}, "ids: a basket needs two members or more"),
        ([], {}, "ids: a basket needs two members or more"),
        (["EUR/ZAR", "EUR/MXN"], {"leave_out": "EUR/MXN"}, "ids: a basket needs two members or more"),
        (
            ["EUR/ZAR", "KZ 2045"],
            {},
            "received ['EUR/ZAR: currency log move [log]', 'KZ 2045: yield change [bp]']",
        ),
        (["KZ 2045", "VIX"], {}, "'VIX: factor change [points]'"),
        (
            ["EUR/ZAR", "EUR/BRL"],
            {},
            "instrument: is not in the panel; received 'EUR/BRL'; allowed: 'EUR/ZAR', ",
        ),
        (
            ["EUR/ZAR", "EUR/MXN"],
            {"leave_out": "EUR/BRL"},
            "instrument: is not in the panel; received 'EUR/BRL'",
        ),
    ],
)
def test_a_basket_that_is_no_average_of_its_kind_is_refused(
    ids: list[str], more: dict[str, Any], words: str
) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        mi.basket(PANEL, ids, **more)


def test_a_basket_of_prices_moves_by_the_mean_of_their_log_moves() -> None:
    levels = factor_levels(PANEL, mi.basket(PANEL, ["EUR/ZAR", "EUR/MXN"]), "log")
    assert levels.sessions.tolist() == DAYS[[0, 1, 3]].to_numpy().astype("datetime64[D]").tolist()
    both = np.log(FRAME[["EUR/ZAR", "EUR/MXN"]].iloc[[0, 1, 3]]).diff().mean(axis=1)
    np.testing.assert_allclose(np.diff(np.log(levels.levels)), both.iloc[1:], rtol=1e-12)


def test_a_basket_of_yields_moves_by_their_mean_move() -> None:
    levels = factor_levels(PANEL, mi.basket(PANEL, ["KZ 2045", "KZ 2044"]), "log")
    np.testing.assert_allclose(levels.levels, [4.1, 4.15, 4.515, 4.3])
    assert str(levels.kind) == "yield change [bp]"


def test_a_basket_counts_a_date_only_where_every_member_is_quoted() -> None:
    levels = factor_levels(PANEL, mi.basket(PANEL, ["EUR/ZAR", "EUR/MXN", "EUR/TRY"]), "log")
    assert levels.sessions.tolist() == DAYS[[0, 3]].to_numpy().astype("datetime64[D]").tolist()


def test_a_member_by_its_id_gives_its_own_levels() -> None:
    levels = factor_levels(PANEL, "EUR/TRY", "simple")
    assert levels.levels.tolist() == [15.0, 15.5, 15.2]
    assert (levels.id, levels.quoted_unit, levels.snapshots) == ("EUR/TRY", "TRY per EUR", (None,))
    assert str(levels.kind) == "currency simple move [simple]"


def test_a_basket_has_the_snapshots_of_its_members() -> None:
    levels = factor_levels(PANEL, mi.basket(PANEL, ["EUR/ZAR", "EUR/TRY"]), "log")
    assert levels.snapshots == (mi.Snapshot("14:15", "Europe/Berlin"), None)


def test_an_unknown_factor_is_refused() -> None:
    with pytest.raises(mi.InputError, match="is not in the panel; received 'Brent'"):
        factor_levels(PANEL, "Brent", "log")


def test_yields_quoted_in_two_units_are_not_averaged_as_they_stand() -> None:
    """4.2 percent and 0.042 are one yield: both move in bp, but their levels have no mean."""
    decimal = mi.SovereignBond("decimal", quoted="yield", yield_unit="decimal")
    half = mi.Panel.from_frame(FRAME["KZ 2045"] / 100.0, instruments=decimal)
    with pytest.raises(mi.InputError, match="decimal"):
        mi.basket(PANEL.join(half), ["KZ 2045", "decimal"])


@pytest.mark.parametrize("members", [("EUR/ZAR", "KZ 2045"), ("KZ 2045", "VIX")])
def test_a_basket_made_without_a_check_is_checked_when_it_is_read(members: tuple[str, str]) -> None:
    with pytest.raises(mi.InputError, match="of one kind"):
        factor_levels(PANEL, mi.Basket(members), "log")


def test_a_basket_of_which_nobody_is_left_is_refused() -> None:
    with pytest.raises(
        mi.InputError, match="basket: no member is left; received 'b'; allowed: a basket with"
    ):
        factor_levels(PANEL, mi.Basket((), "b"), "log")


def test_factors_have_a_name_and_members() -> None:
    made = mi.basket(PANEL, ["EUR/ZAR", "EUR/MXN"], id="emerging")
    assert (factor_id("VIX"), factor_id(made)) == ("VIX", "emerging")
    assert (members_of("VIX"), members_of(made)) == (("VIX",), ("EUR/ZAR", "EUR/MXN"))


# Weights

THREE = {"EUR/ZAR": 2.0, "EUR/MXN": 1.0, "EUR/TRY": 1.0}


def test_weights_are_divided_by_their_sum() -> None:
    made = mi.basket(PANEL, THREE, weights=THREE)
    assert made == mi.Basket(("EUR/ZAR", "EUR/MXN", "EUR/TRY"), "basket", (0.5, 0.25, 0.25))


def test_the_weights_of_those_that_remain_are_divided_by_their_sum() -> None:
    left = mi.basket(PANEL, THREE, weights=THREE, leave_out="EUR/TRY")
    assert left.weights == pytest.approx((2 / 3, 1 / 3), rel=1e-15)
    assert mi.basket(PANEL, THREE, weights=THREE).without("EUR/ZAR").weights == (0.5, 0.5)
    assert mi.basket(PANEL, THREE, weights=THREE).without("EUR/ZAR", "EUR/MXN").weights == (1.0,)
    assert mi.basket(PANEL, THREE, weights=THREE).without(*THREE) == mi.Basket((), "basket", ())


def test_a_weighted_basket_of_prices_moves_by_the_weighted_mean_of_their_log_moves() -> None:
    levels = factor_levels(
        PANEL, mi.basket(PANEL, ["EUR/ZAR", "EUR/MXN"], weights={"EUR/ZAR": 3, "EUR/MXN": 1}), "log"
    )
    by_hand = 0.75 * np.log([18.2 / 18.0, 18.1 / 18.2]) + 0.25 * np.log([23.1 / 23.0, 23.4 / 23.1])
    np.testing.assert_allclose(np.diff(np.log(levels.levels)), by_hand, rtol=1e-12)


def test_a_weighted_basket_of_yields_is_their_weighted_mean() -> None:
    made = mi.basket(PANEL, ["KZ 2045", "KZ 2044"], weights={"KZ 2045": 1, "KZ 2044": 3})
    np.testing.assert_allclose(factor_levels(PANEL, made, "log").levels, [4.05, 4.125, 4.5075, 4.25])


def test_a_negative_weight_turns_a_pair() -> None:
    both = mi.Basket(("EUR/ZAR", "EUR/MXN"), "ZAR/MXN", (-0.5, 0.5))
    levels = factor_levels(PANEL, both, "log").levels
    np.testing.assert_allclose(levels**2, [23.0 / 18.0, 23.1 / 18.2, 23.4 / 18.1], rtol=1e-12)
    alone = factor_levels(PANEL, both.without("EUR/MXN"), "log").levels
    np.testing.assert_allclose(alone, [1 / 18.0, 1 / 18.2, 1 / 18.1], rtol=1e-12)


def test_equal_weights_given_or_not_are_one_basket_but_for_noise() -> None:
    ids = ["EUR/ZAR", "EUR/MXN", "EUR/TRY"]
    plain = factor_levels(PANEL, mi.basket(PANEL, ids), "log").levels
    given_ = factor_levels(PANEL, mi.basket(PANEL, ids, weights=dict.fromkeys(ids, 1)), "log").levels
    np.testing.assert_allclose(given_, plain, rtol=1e-14)
    exact = np.exp(np.log(FRAME[ids].iloc[[0, 3]].to_numpy().T.copy()).mean(axis=0))
    assert plain.tolist() == exact.tolist(), "equal weights are what they were, to the last bit"


def test_one_member_of_weight_one_is_its_own_levels() -> None:
    alone = mi.basket(PANEL, THREE, weights=THREE).without("EUR/ZAR", "EUR/MXN")
    assert factor_levels(PANEL, alone, "log").levels.tolist() == [15.0, 15.5, 15.2]


@pytest.mark.parametrize(
    "weights",
    [
        {"EUR/ZAR": 1.0},
        {"EUR/ZAR": 1.0, "EUR/MXN": 0.0},
        {"EUR/ZAR": 1.0, "EUR/MXN": -1.0},
        {"EUR/ZAR": 1.0, "EUR/MXN": np.nan},
        {"EUR/ZAR": 1.0, "EUR/MXN": np.inf},
        {"EUR/ZAR": 1.0, "EUR/MXN": "half"},
        {"EUR/ZAR": 1.0, "EUR/MXN": 1.0, "EUR/TRY": 1.0},
    ],
)
def test_weights_that_are_none_are_refused(weights: Any) -> None:
    with pytest.raises(mi.InputError, match="weights: needs one weight above zero for each id"):
        mi.basket(PANEL, ["EUR/ZAR", "EUR/MXN"], weights=weights)


@pytest.mark.parametrize("weights", [(1.0,), (0.5, 0.4), (1.0, 0.0), (np.nan, 0.5), (0.9, 0.9)])
def test_a_basket_of_odd_weights_is_refused(weights: Any) -> None:
    with pytest.raises(mi.InputError, match=r"Basket\.weights: needs one weight for each member"):
        mi.Basket(("EUR/ZAR", "EUR/MXN"), weights=weights)


@given(st.lists(st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3), min_size=1, max_size=30))
def test_normalised_weights_keep_their_ratios_and_sum_to_one(weights: list[float]) -> None:
    made = normalised(weights)
    assert sum(map(abs, made)) == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(np.array(made) * np.abs(weights).sum(), weights, rtol=1e-12)
    mi.Basket(tuple(map(str, range(len(weights)))), weights=made)


# Another dress of the instrument

PAIRS = ("USD/RUB", "USD/ZAR", "ZAR/USD", "EUR/USD", "EUR/RUB", "EUR/ZAR", "EUR/MXN", "RUB/KZT", "USD/KZT")


def pairs_of(*ids: str) -> mi.Panel:
    days = pd.bdate_range("2022-01-03", periods=3)
    frame = pd.DataFrame({name: [1.0, 1.1, 1.2] for name in ids}, index=days)
    return mi.Panel.from_frame(frame, instruments=[mi.CurrencyPair(*name.split("/")) for name in ids])


@pytest.mark.parametrize(
    ("members", "instrument", "left"),
    [
        # the common currency is the dollar: it makes no twin, the ruble and the euro do
        (("USD/RUB", "USD/ZAR", "EUR/USD"), "EUR/RUB", ("USD/ZAR",)),
        (("USD/RUB", "USD/ZAR", "EUR/USD"), "USD/RUB", ("USD/ZAR", "EUR/USD")),
        (("USD/RUB", "USD/ZAR", "EUR/USD"), "USD/KZT", ("USD/RUB", "USD/ZAR", "EUR/USD")),
        (("USD/RUB", "USD/ZAR", "EUR/USD"), "RUB/KZT", ("USD/ZAR", "EUR/USD")),
        # the common currency is the euro
        (("EUR/RUB", "EUR/ZAR", "EUR/MXN"), "USD/RUB", ("EUR/ZAR", "EUR/MXN")),
        (("EUR/RUB", "EUR/ZAR", "EUR/MXN"), "EUR/ZAR", ("EUR/RUB", "EUR/MXN")),
        (("EUR/USD", "EUR/RUB", "EUR/ZAR"), "USD/KZT", ("EUR/RUB", "EUR/ZAR")),
        # the common currency is the ruble, as all pairs have it
        (("USD/RUB", "EUR/RUB", "RUB/KZT"), "USD/RUB", ("EUR/RUB", "RUB/KZT")),
        (("USD/RUB", "EUR/RUB", "RUB/KZT"), "USD/KZT", ("EUR/RUB",)),
        # none is common: dollar and euro do not count
        (("USD/ZAR", "EUR/RUB", "EUR/MXN"), "EUR/ZAR", ("EUR/RUB", "EUR/MXN")),
        (("USD/ZAR", "EUR/RUB", "EUR/MXN"), "USD/RUB", ("USD/ZAR", "EUR/MXN")),
        # one pair in two directions has two common currencies
        (("USD/ZAR", "ZAR/USD"), "EUR/ZAR", ()),
        (("USD/ZAR", "ZAR/USD"), "USD/RUB", ("USD/ZAR", "ZAR/USD")),
    ],
)
def test_a_basket_leaves_out_the_instrument_in_every_dress(
    members: tuple[str, ...], instrument: str, left: tuple[str, ...]
) -> None:
    panel = pairs_of(*PAIRS)
    assert basket_for(panel, mi.basket(panel, members), panel.instrument(instrument)).members == left


def test_the_same_pair_under_another_name_is_left_out() -> None:
    panel = pairs_of("USD/RUB", "USD/ZAR", "USD/KZT")
    tomorrow = mi.CurrencyPair("USD", "RUB", id="USD/RUB TOM")
    assert basket_for(panel, mi.basket(panel, panel.ids), tomorrow).members == ("USD/ZAR", "USD/KZT")


def test_a_bond_or_a_factor_leaves_no_currency_out() -> None:
    panel = pairs_of("USD/RUB", "USD/ZAR", "USD/KZT")
    made = mi.basket(panel, panel.ids)
    bond = mi.SovereignBond("RU 2042", quoted="yield", issuer="RU", currency="RUB")
    assert basket_for(panel, made, bond) == made
    assert basket_for(PANEL, mi.basket(PANEL, ["KZ 2045", "KZ 2044"]), BOND).members == ("KZ 2044",)
    assert basket_for(PANEL, mi.basket(PANEL, ["KZ 2045", "KZ 2044"]), RAND).members == ("KZ 2045", "KZ 2044")
