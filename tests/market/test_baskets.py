"""Baskets and factors: what explains others, read as levels."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.market.baskets import factor_id, factor_levels, members_of

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
    with pytest.raises(mi.InputError, match="basket: no member is left; received 'b'"):
        factor_levels(PANEL, mi.Basket((), "b"), "log")


def test_factors_have_a_name_and_members() -> None:
    made = mi.basket(PANEL, ["EUR/ZAR", "EUR/MXN"], id="emerging")
    assert (factor_id("VIX"), factor_id(made)) == ("VIX", "emerging")
    assert (members_of("VIX"), members_of(made)) == (("VIX",), ("EUR/ZAR", "EUR/MXN"))
