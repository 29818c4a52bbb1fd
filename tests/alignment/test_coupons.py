"""Coupons of dirty prices in a study: taken out of the moves, flagged where a window holds one, said in the ledger."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.alignment.pipeline import Alignment
from tests.alignment.samples import SHORT, aligned, at_session, news, row
from tests.market.coupon_samples import BONDS, DAYS, dropped, prices, walk

KZ = BONDS["semi-annual"]
LONDON = "16:30 Europe/London"
AT = dropped(KZ, 2)
"""Sessions on which the prices of T+2 drop a coupon; the second is of 19 July 2016."""


def panel_of(
    series: pd.Series, quoted: str = "dirty price", terms: dict[str, Any] = KZ, **more: Any
) -> mi.Panel:
    bond = mi.SovereignBond("B", quoted=quoted, issuer="KZ", snapshot=LONDON, **terms, **more)  # type: ignore[arg-type]
    return mi.Panel.from_frame(series.rename("B"), instruments=bond)


def dirty(seed: int = 1, sd: float = 0.02) -> pd.Series:
    return prices(KZ, 2, walk(seed, sd))


def moves(alignment: Alignment) -> np.ndarray:
    """Moves of the one series, on its sessions."""
    return alignment.design.y[-int(alignment.design.length[0]) :]


def study(series: pd.Series, position: int = 60, **more: Any) -> Alignment:
    return aligned(panel_of(series, settlement_lag=2), at_session(DAYS, position), **more)


# The moves


def test_the_move_over_a_coupon_is_log_of_price_and_coupon_over_price() -> None:
    series = dirty()
    found = moves(study(series))
    price = series.to_numpy()
    expected = np.log(price[1:] / price[:-1])
    for k in AT:
        expected[k - 1] = np.log((price[k] + 3.25) / price[k - 1])
    np.testing.assert_allclose(found[1:], expected, rtol=1e-12, atol=1e-15)
    assert np.log(price[AT[1]] / price[AT[1] - 1]) < -0.02


def test_a_simple_move_holds_its_coupon_too() -> None:
    series = dirty()
    found = moves(study(series, rule="simple"))
    price = series.to_numpy()
    assert found[AT[1]] == pytest.approx((price[AT[1]] + 3.25) / price[AT[1] - 1] - 1.0, rel=1e-12)


@given(st.integers(0, 2**32 - 1))
def test_the_moves_are_those_of_the_total_return_index(seed: int) -> None:
    panel = panel_of(dirty(seed, 0.05), settlement_lag=2)
    index = mi.bond_return_index(panel, "B")["B return"]
    own = moves(aligned(panel, at_session(DAYS, 60), policies=mi.Policies(frozen="keep")))
    np.testing.assert_allclose(own[1:], np.diff(np.log(index)), atol=1e-12)
    returns = mi.bond_values(panel, "B").total_returns()
    np.testing.assert_allclose(np.expm1(own[1:]), returns[1:], atol=1e-12)


def test_a_study_of_dirty_prices_is_one_of_the_total_return_index() -> None:
    """Abnormal moves, their variance and their tests, for events on, before and behind coupons."""
    panel = panel_of(dirty(3, 0.05), settlement_lag=2)
    values = 100.0 * np.cumprod(1.0 + np.nan_to_num(mi.bond_values(panel, "B").total_returns()))
    factor = mi.Factor("B", quoted="total return index", place="KZ", gains="up", snapshot=LONDON)
    index = mi.Panel.from_frame(pd.Series(values, DAYS, name="B"), instruments=factor)
    timeline = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
    events = [at_session(DAYS, k) for k in (AT[2], AT[2] + 3, AT[3] - 4, AT[3] + 30)]
    spec = mi.EventStudy(timeline=timeline)
    own, other = spec.run(panel, events, seed=1), spec.run(index, events, seed=1)
    for name in ("ar", "car", "sigma2", "scar"):
        np.testing.assert_allclose(
            getattr(own, name), getattr(other, name), rtol=1e-8, atol=1e-13, err_msg=name
        )
    assert own.ledger.to_frame()["status"].tolist() == ["flagged", "flagged", "flagged", "used"]
    assert other.ledger.to_frame()["status"].tolist() == ["used"] * 4


def test_clean_prices_and_yields_are_left_as_they_are() -> None:
    clean = prices(KZ, 2, walk(1, 0.02), "clean price")
    found = aligned(panel_of(clean, "clean price", settlement_lag=2), at_session(DAYS, AT[1]))
    np.testing.assert_allclose(moves(found)[1:], np.diff(np.log(clean)), rtol=1e-13)
    assert not found.design.series[0].takes_coupons_out
    assert not found.design.coupon.any()
    yields = aligned(panel_of(pd.Series(walk(1), DAYS), "yield"), at_session(DAYS, AT[1]))
    assert row(yields)["reason"] == ""


def test_behind_a_frozen_run_the_move_holds_the_coupon_once() -> None:
    """The coupon drops while nothing is quoted; the first move behind the run spans it."""
    series, at = dirty(), AT[1]
    series.iloc[at - 6 : at + 6] = series.iloc[at - 6]
    found = study(series)
    price, y = series.to_numpy(), moves(found)
    assert np.isnan(y[at - 5 : at + 6]).all()
    assert y[at + 6] == pytest.approx(np.log((price[at + 6] + 3.25) / price[at - 6]), rel=1e-12)
    kept = moves(study(series, policies=mi.Policies(frozen="keep")))
    assert kept[at - 5 : at + 6].tolist() == [0.0] * 11
    assert kept[at + 6] == y[at + 6]


def test_a_coupon_in_a_hole_is_in_the_move_that_spans_it() -> None:
    series, at = dirty(), AT[1]
    hole = series.drop(DAYS[at - 1 : at + 2])
    y = moves(aligned(panel_of(hole, settlement_lag=2), at_session(DAYS, at + 10)))
    assert y[at - 1] == pytest.approx(np.log((series.iloc[at + 2] + 3.25) / series.iloc[at - 2]), rel=1e-12)


def test_a_coupon_in_a_declared_closure_is_in_the_move_behind_it() -> None:
    series, at = dirty(), AT[1]
    shut = [(DAYS[at - 2].date(), DAYS[at + 2].date(), "holidays")]
    found = aligned(panel_of(series, settlement_lag=2, closures=shut), at_session(DAYS, at + 10))
    y = moves(found)
    assert y[at - 2] == pytest.approx(np.log((series.iloc[at + 3] + 3.25) / series.iloc[at - 3]), rel=1e-12)


def test_a_factor_of_dirty_prices_holds_its_coupons() -> None:
    """As a regressor beside a yield: no fall on the day of the coupon."""
    series = dirty()
    instrument = mi.SovereignBond("Y", quoted="yield", issuer="KZ", snapshot=LONDON)
    both = panel_of(series, settlement_lag=2).join(
        mi.Panel.from_frame(pd.Series(walk(5), DAYS, name="Y"), instruments=instrument)
    )
    event = at_session(DAYS, 60)
    found = mi.align(both, event, timeline=SHORT, factors=["B"], pairs=[(event.id, "Y")])
    np.testing.assert_allclose(
        found.design.x[1, -len(DAYS) + 1 :], moves(study(series))[1:], rtol=1e-10, atol=1e-15
    )


def test_a_factor_of_dirty_prices_whose_coupons_stay_is_said_to_be_one() -> None:
    instrument = mi.SovereignBond("Y", quoted="yield", issuer="KZ", snapshot=LONDON)
    both = panel_of(dirty(), terms={}).join(
        mi.Panel.from_frame(pd.Series(walk(5), DAYS, name="Y"), instruments=instrument)
    )
    event = at_session(DAYS, 60)
    found = row(mi.align(both, event, timeline=SHORT, factors=["B"], pairs=[(event.id, "Y")]))
    assert found["reason"] == "a factor whose coupons stay in its moves: B"
    assert found["status"] == "flagged"


# Flags and words


@pytest.mark.parametrize("tau", range(-4, 5))
def test_a_pair_is_flagged_where_its_event_window_holds_a_coupon(tau: int) -> None:
    """The window has two sessions on either side; a coupon in the estimation window is no reason."""
    found = row(study(dirty(), AT[1] - tau))
    held = abs(tau) <= 2
    assert found["status"] == ("flagged" if held else "used")
    assert found["reason"].startswith("a coupon is taken out of the moves") == held


def test_the_ledger_names_the_coupon_its_day_and_its_move() -> None:
    series = dirty()
    move = series.iloc[AT[1]] - series.iloc[AT[1] - 1]
    assert row(study(series, AT[1]))["reason"] == (
        f"a coupon is taken out of the moves: 3.25 on 2016-07-19 (a move of {move:+.2f})"
    )


def test_a_coupon_that_its_size_does_not_show_is_said_to_be_one() -> None:
    series = dirty()
    series.iloc[AT[1] :] += 3.0
    found = study(series, AT[1])
    assert row(found)["reason"].endswith(", not clear by its size)")
    assert moves(found)[AT[1]] == pytest.approx(3.0 / series.iloc[AT[1] - 1], abs=0.01), "the news is left"


def test_prices_whose_coupons_are_not_removed_are_flagged_wherever_the_event_lies() -> None:
    for position in (60, AT[1]):
        bare = aligned(panel_of(dirty(), terms={}), at_session(DAYS, position))
        assert "coupons are not removed from the moves, as the bond's coupon, maturity" in row(bare)["reason"]
        clean = prices(KZ, 2, walk(1, 0.02), "clean price")
        wrong = aligned(panel_of(clean, settlement_lag=2), at_session(DAYS, position))
        assert row(wrong)["reason"] == (
            "declared as dirty prices, but no coupon is seen to drop out of them: nothing is removed"
        )
        np.testing.assert_allclose(moves(wrong)[1:], np.diff(np.log(clean)), rtol=1e-13)


def test_a_series_without_a_coupon_day_and_a_zero_coupon_bond_are_not_flagged() -> None:
    part = dirty().iloc[20:110]
    assert row(aligned(panel_of(part, settlement_lag=2), at_session(DAYS, 60)))["reason"] == ""
    terms = KZ | {"coupon": 0.0}
    zero = panel_of(prices(terms, 2, walk(1, 0.02)), terms=terms)
    assert row(aligned(zero, at_session(DAYS, AT[1])))["reason"] == ""


def test_the_yield_of_a_panel_says_on_which_session_the_coupon_dropped() -> None:
    """Two sessions late; without the yield nothing tells, and the schedule's session is taken."""
    yields, at = walk(2, 0.05), AT[1]
    series = prices(KZ, 2, yields)
    series.iloc[at : at + 2] += 3.25
    bond = panel_of(series, settlement_lag=2)
    of = mi.SovereignBond("Y", quoted="yield", issuer="KZ", snapshot=LONDON, **KZ)
    both = bond.join(mi.Panel.from_frame(pd.Series(yields.round(2), DAYS, name="Y"), instruments=of))
    event = at_session(DAYS, 60)
    seen = mi.align(both, event, timeline=SHORT, pairs=[(event.id, "B")])
    assert abs(moves(seen)[at + 2]) < 0.015
    assert moves(study(series))[at + 2] < -0.015


def test_news_on_the_day_of_a_coupon_keeps_its_own_move() -> None:
    """A fall of two points on the session that drops 3.25: the study sees the two."""
    series = dirty(4, 0.01)
    series.iloc[AT[2] :] -= 2.0
    panel = panel_of(series, settlement_lag=2)
    event = news(f"{DAYS[AT[2]]:%Y-%m-%d}T12:00", "Europe/London")
    result = mi.EventStudy(timeline=SHORT).run(panel, event)
    assert np.asarray(result.ar)[0, 2] == pytest.approx(-2.0 / series.iloc[AT[2] - 1], abs=0.004)
