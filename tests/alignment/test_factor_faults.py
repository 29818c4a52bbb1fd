"""Factors that cannot be read for an instrument, curves that end before a bond, prices that are not what they say."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from tests.study.world import SNAPSHOT, news, row_of, weekdays

DAYS = weekdays(300)
STUDY = mi.Timeline(estimation=(-90, -6), event=(-2, 3))
RATES = {"UST 10y": 10.0, "UST 30y": 30.0}


def world(*bonds: mi.SovereignBond | mi.CurrencyPair) -> mi.Panel:
    """Members that walk, beside two Treasury yields."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({one.id: 5.0 + np.cumsum(rng.normal(0.0, 0.03, 300)) for one in bonds}, index=DAYS)
    for name in RATES:
        frame[name] = 2.0 + np.cumsum(rng.normal(0.0, 0.02, 300))
    rates = [mi.Factor(name, move="difference", unit="percent", snapshot=SNAPSHOT) for name in RATES]
    return mi.Panel.from_frame(frame, instruments=[*bonds, *rates])


def bond(name: str, matures: int | None = 2040, quoted: str = "yield") -> mi.SovereignBond:
    maturity = None if matures is None else date(matures, 3, 1)
    return mi.SovereignBond(name, quoted=quoted, issuer="KZ", maturity=maturity, snapshot=SNAPSHOT)


def run(panel: mi.Panel) -> mi.StudyResult:
    study = mi.EventStudy(mi.BenchmarkSpread(mi.curve(panel, RATES, id="UST")), STUDY)
    return study.run(panel, news([DAYS[200]]), pairs="all")


def test_a_currency_beside_a_spread_is_left_out_with_the_reason_and_the_bond_is_studied() -> None:
    panel = world(bond("KZ 2040"), mi.CurrencyPair("USD", "KZT", snapshot=SNAPSHOT))
    result = run(panel)
    assert row_of(result, "e0", "KZ 2040")["status"] == "used"
    lost = row_of(result, "e0", "USD/KZT")
    assert lost["status"] == "left out"
    assert lost["reason"].startswith(
        "UST cannot be read for it: BenchmarkSpread: a spread is a difference of yields, and these are none"
    )
    alone = run(panel.select(["KZ 2040", *RATES]))
    assert result.one("e0", "KZ 2040").headline == alone.one("e0").headline


def test_a_bond_without_maturity_is_left_out_beside_one_that_has_it_and_refused_alone() -> None:
    lost = row_of(run(world(bond("A"), bond("B", None))), "e0", "B")
    assert (lost["status"], "has no maturity" in lost["reason"]) == ("left out", True)
    with pytest.raises(mi.InputError, match="has no maturity, at which a curve could be read"):
        run(world(bond("B", None)))


def test_a_maturity_beyond_the_curve_is_flagged_and_one_within_is_not() -> None:
    result = run(world(bond("within", 2040), bond("beyond", 2060)))
    assert row_of(result, "e0", "within")["reason"] == ""
    flagged = row_of(result, "e0", "beyond")
    assert flagged["status"] == "flagged"
    assert flagged["reason"] == "the maturity lies beyond the curve, whose end is taken flat (UST)"
    rate = result.panel["UST 30y"].diff().to_numpy()[200] * 100.0
    assert result.one("e0", "beyond").split.normal == pytest.approx(rate, abs=1e-9)


def test_clean_prices_that_drop_coupons_are_flagged_and_say_what_to_declare() -> None:
    """A bond of 8 % twice a year whose "clean" prices fall by 4 points on each coupon date."""
    rng, days = np.random.default_rng(1), weekdays(600)
    terms = {"coupon": 8.0, "maturity": date(2040, 6, 15), "frequency": 2, "day_count": "30/360"}
    clean = mi.SovereignBond("KZ", quoted="clean price", snapshot=SNAPSHOT, **terms)
    levels = 100.0 + np.cumsum(rng.normal(0.0, 0.2, 600))
    dirty = mi.value_bond(clean, days, levels).dirty
    found = {}
    for name, quotes in (("clean", levels), ("dirty", dirty)):
        panel = mi.Panel.from_frame(pd.Series(quotes, index=days), instruments=clean)
        found[name] = row_of(mi.EventStudy(timeline=STUDY).run(panel, news([days[400]])), "e0", "KZ")
    assert found["clean"]["reason"] == ""
    assert found["dirty"]["status"] == "flagged"
    assert found["dirty"]["reason"].startswith(
        "declared as clean prices, but 4 coupons drop out of them, the last on 20"
    )
    assert "declare quoted='dirty price'" in found["dirty"]["reason"]
