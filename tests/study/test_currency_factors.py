"""Baskets of currencies in a study: weights, the dollar factor, and the instrument in another dress."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.market.baskets import Basket
from marketimpact.market.currency_indices import dollar_factor
from tests.study.world import SNAPSHOT, news, walk, weekdays

DAYS = weekdays(250)
NEWS = news([DAYS[200]])


def world(seed: int = 5) -> mi.Panel:
    """Four rates of the dollar, and the ruble against the euro, made of two of them."""
    rng = np.random.default_rng(seed)
    names = ["USD/RUB", "USD/ZAR", "USD/MXN", "EUR/USD"]
    frame = pd.DataFrame({name: walk(rng, len(DAYS), level=10.0) for name in names}, index=DAYS)
    frame["EUR/RUB"] = frame["EUR/USD"] * frame["USD/RUB"]
    pairs = [mi.CurrencyPair(*name.split("/"), snapshot=SNAPSHOT) for name in frame]
    return mi.Panel.from_frame(frame, instruments=pairs)


def studied(panel: mi.Panel, benchmark: Basket | str, instrument: str) -> mi.StudyResult:
    study = mi.EventStudy(model=mi.MarketModel(benchmark), windows=((0, 0),))
    return study.run(panel, NEWS, pairs=[("e0", instrument)])


def moves(panel: mi.Panel, benchmark: Basket, instrument: str) -> tuple[Any, ...]:
    pair = studied(panel, benchmark, instrument).one("e0", instrument)
    return (pair.ar.tolist(), pair.params.tolist(), pair.sigma)


@pytest.mark.parametrize(
    ("instrument", "left"),
    [
        ("EUR/RUB", ["USD/ZAR", "USD/MXN"]),
        ("USD/RUB", ["USD/ZAR", "USD/MXN", "EUR/USD"]),
        ("EUR/USD", ["USD/RUB", "USD/ZAR", "USD/MXN"]),
    ],
)
def test_a_study_reads_the_basket_without_the_instruments_currency(instrument: str, left: list[str]) -> None:
    panel = world()
    whole = studied(panel, dollar_factor(panel), instrument)
    assert moves(panel, dollar_factor(panel), instrument) == moves(
        panel, dollar_factor(panel, left), instrument
    )
    (read,) = whole.one("e0", instrument).baskets
    assert read == dollar_factor(panel, left)


def test_the_twin_would_have_taken_the_move_away() -> None:
    """With its own ruble in the benchmark, the fall of the ruble is half explained by itself."""
    panel = world()
    frame = panel.to_frame()
    frame.loc[DAYS[200] :, ["USD/RUB", "EUR/RUB"]] *= 1.2
    panel = mi.Panel.from_frame(frame, instruments=list(panel.instruments))
    ours = studied(panel, mi.basket(panel, ["USD/RUB", "USD/ZAR", "USD/MXN"]), "EUR/RUB")
    twin = replace(panel.instruments[0], base="GEL", quote="AMD")  # it does not say what it is
    hidden = mi.Panel((twin, *panel.instruments[1:]), panel.quotes)
    theirs = studied(hidden, mi.Basket(("USD/RUB", "USD/ZAR", "USD/MXN")), "EUR/RUB")
    at = ours.one("e0", "EUR/RUB").taus == 0
    assert ours.one("e0", "EUR/RUB").ar[at] == pytest.approx(np.log(1.2), abs=0.05)
    assert theirs.one("e0", "EUR/RUB").ar[at] < 0.8 * np.log(1.2)


def test_a_basket_that_is_nothing_but_the_instrument_is_its_own_benchmark() -> None:
    panel = world()
    result = studied(panel, mi.basket(panel, ["USD/RUB", "EUR/USD"]), "EUR/RUB")
    (row,) = result.ledger.to_dicts()
    assert row["status"] == "left out"
    assert "own benchmark" in row["reason"]


def test_the_weights_stand_in_the_results_specification_and_on_the_page() -> None:
    panel = world()
    result = studied(panel, dollar_factor(panel), "EUR/RUB")
    (factor,) = result.to_dict()["spec"]["model"]["factors"]
    members = ["USD/RUB", "USD/ZAR", "USD/MXN", "EUR/USD"]
    assert factor == {"id": "dollar factor", "members": members, "weights": [0.25, 0.25, 0.25, -0.25]}
    words = " ".join(mi.report(result, "e0", "EUR/RUB").notes)
    assert " dollar factor: USD/ZAR (+0.5), USD/MXN (+0.5)." in words


def test_equal_weights_stand_nowhere() -> None:
    panel = world()
    result = studied(panel, mi.basket(panel, ["USD/RUB", "USD/ZAR", "EUR/USD"]), "USD/MXN")
    (factor,) = result.to_dict()["spec"]["model"]["factors"]
    assert factor == {"id": "basket", "members": ["USD/RUB", "USD/ZAR", "EUR/USD"]}
    assert " basket: USD/RUB, USD/ZAR, EUR/USD." in " ".join(mi.report(result, "e0", "USD/MXN").notes)


def test_the_weights_of_a_basket_move_the_fit_as_a_factor_made_by_hand_does() -> None:
    panel = world()
    made = mi.basket(panel, ["USD/ZAR", "USD/MXN"], weights={"USD/ZAR": 3, "USD/MXN": 1})
    by_hand = panel["USD/ZAR"] ** 0.75 * panel["USD/MXN"] ** 0.25
    factor = mi.Panel.from_frame(by_hand.rename("F"), instruments=mi.Factor("F", snapshot=SNAPSHOT))
    one = studied(panel, made, "EUR/RUB").one("e0", "EUR/RUB")
    other = studied(panel.join(factor), "F", "EUR/RUB").one("e0", "EUR/RUB")
    np.testing.assert_allclose(one.ar, other.ar, rtol=1e-9)
    np.testing.assert_allclose(one.params, other.params, rtol=1e-9)
