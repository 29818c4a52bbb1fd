"""Moves of a banded currency in two parts, and quotes that a band does not allow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.bands import band_moves, outside_band
from marketimpact.market.exchange_rates import inverse
from marketimpact.market.quality_bands import band_findings

BAND = (7.75, 7.85)
RATES = st.lists(st.floats(5.0, 12.0), min_size=1, max_size=20)


def dollar(levels: Any, band: Any = BAND) -> mi.Panel:
    days = pd.bdate_range("2022-01-03", periods=len(levels))
    return mi.Panel.from_frame(
        pd.Series(levels, index=days), instruments=mi.CurrencyPair("USD", "HKD", band=band)
    )


def test_moves_by_hand() -> None:
    made = band_moves(dollar([7.80, 8.00, 7.85, 7.60, 7.70, 7.80]), "USD/HKD")
    assert list(made.columns) == ["session", "level", "outside", "move", "move_outside", "move_inside"]
    outside = [0.0, np.log(8.0 / 7.85), 0.0, np.log(7.6 / 7.75), np.log(7.7 / 7.75), 0.0]
    np.testing.assert_allclose(made["outside"], outside, atol=1e-15)
    breaks = [
        np.log(8.0 / 7.85),
        np.log(7.85 / 8.0),
        np.log(7.6 / 7.75),
        np.log(7.7 / 7.6),
        np.log(7.75 / 7.7),
    ]
    np.testing.assert_allclose(made["move_outside"][1:], breaks, atol=1e-15)
    inside = [np.log(7.85 / 7.8), 0.0, np.log(7.75 / 7.85), 0.0, np.log(7.8 / 7.75)]
    np.testing.assert_allclose(made["move_inside"][1:], inside, atol=1e-15)
    assert made.loc[0, ["move", "move_outside", "move_inside"]].isna().all()
    assert made["session"].tolist() == list(pd.bdate_range("2022-01-03", periods=6))


@given(RATES)
def test_the_parts_are_the_move_and_each_is_told_by_a_loop(levels: list[float]) -> None:
    made = band_moves(dollar(levels), "USD/HKD")
    np.testing.assert_allclose(made["move_outside"] + made["move_inside"], made["move"], atol=1e-14)
    slow = [
        np.log(level / 7.85) if level > 7.85 else np.log(level / 7.75) if level < 7.75 else 0.0
        for level in levels
    ]
    np.testing.assert_allclose(made["outside"], slow, atol=1e-15)
    # a move inside never exceeds the width of the band
    assert (made["move_inside"].abs().dropna() <= np.log(7.85 / 7.75) + 1e-12).all()


@given(RATES)
def test_the_inverse_has_the_opposite_moves_in_both_parts(levels: list[float]) -> None:
    there = band_moves(dollar(levels), "USD/HKD")
    back = band_moves(inverse(dollar(levels), "USD/HKD"), "HKD/USD")
    for name in ("outside", "move", "move_outside", "move_inside"):
        np.testing.assert_allclose(back[name], -there[name], atol=1e-13)


def test_the_edges_are_inside() -> None:
    assert outside_band(np.array([7.75, 7.85, 7.8]), BAND).tolist() == [0.0, 0.0, 0.0]


def test_a_pair_without_a_band_is_refused() -> None:
    with pytest.raises(
        mi.InputError, match=r"USD/HKD: declares no band; allowed: CurrencyPair\('USD', 'HKD', band="
    ):
        band_moves(dollar([7.8], None), "USD/HKD")


def test_the_swiss_floor_of_2011_to_2015() -> None:
    """The floor of 1.20 francs a euro held at every fixing from 7 September 2011 to 14 January 2015, and broke."""
    floor = mi.CurrencyPair("EUR", "CHF", band=(1.20, 100.0), snapshot="14:15 Europe/Berlin")
    panel = mi.fetch("ecb:EUR/CHF", start="2011-09-07", end="2015-01-15", instruments={"ecb:EUR/CHF": floor})
    made = band_moves(panel, "EUR/CHF").set_index("session")
    assert (made["outside"][:"2015-01-14"] == 0.0).all()
    last = made.loc["2015-01-15"]
    assert last["outside"] == last["move_outside"] == pytest.approx(np.log(last["level"] / 1.20))
    assert last["move"] < last["move_outside"] < -0.1
    (found,) = mi.inspect(panel).of("EUR/CHF").to_frame().query("kind == 'outside its band'").itertuples()
    assert (str(found.first.date()), str(found.last.date())) == ("2015-01-15", "2015-01-15")
    assert found.value == pytest.approx(last["outside"])


# The finding


def test_quotes_outside_are_one_finding_with_the_largest_distance() -> None:
    panel = dollar([7.80, 8.00, 7.60, 7.70, 7.80, 7.90])
    (found,) = band_findings(panel.instruments[0], panel.quotes[0])
    assert (found.kind, found.unit) == ("outside its band", "log")
    assert found.value == pytest.approx(np.log(7.6 / 7.75))
    assert (str(found.first), str(found.last)) == ("2022-01-04", "2022-01-10")
    assert found.words == (
        "4 of 6 quotes outside 7.75 to 7.85, on 2022-01-04, 2022-01-05, 2022-01-06, 2022-01-10;"
        " by -1.9 % at most on 2022-01-05"
    )
    assert "outside its band: 4 of 6 quotes" in str(mi.inspect(panel))


@pytest.mark.parametrize(("levels", "band"), [([7.75, 7.85], BAND), ([7.0, 9.0], None)])
def test_quotes_inside_or_without_a_band_give_no_finding(levels: list[float], band: Any) -> None:
    panel = dollar(levels, band)
    assert list(band_findings(panel.instruments[0], panel.quotes[0])) == []


def test_only_currencies_have_bands() -> None:
    days = pd.bdate_range("2022-01-03", periods=2)
    bond = mi.SovereignBond("B", quoted="yield")
    panel = mi.Panel.from_frame(pd.Series([4.2, 4.3], index=days), instruments=bond)
    assert list(band_findings(bond, panel.quotes[0])) == []
