"""Factors are read on the instrument's own two dates; where either is missing nothing is filled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.alignment.pipeline import Alignment
from tests.alignment.samples import LONDON, SHORT, aligned, at_session, bond, news, quoted, row

DAYS = pd.bdate_range("2022-01-03", periods=40)
AT = 20  # the event; its estimation window is 8 to 17, its event window 18 to 22
TREASURY = mi.Factor("UST 10y", move="difference", unit="percent", snapshot="15:30 America/New_York")


def factor(days: Any = DAYS, instrument: Any = None) -> mi.Panel:
    return quoted(instrument or mi.Factor("Brent", snapshot=LONDON), days)


def with_factor(days: Any, **more: Any) -> Alignment:
    panel = quoted(bond(), DAYS).join(factor(days))
    return aligned(panel, at_session(DAYS, AT), factors=["Brent"], **more)


def moves(alignment: Alignment) -> tuple[np.ndarray, np.ndarray]:
    part = slice(
        int(alignment.design.offset[0]), int(alignment.design.offset[0] + alignment.design.length[0])
    )
    return alignment.design.y[part], alignment.design.x[1, part]


# On the instrument's own dates


def test_a_factor_on_the_same_dates_masks_nothing() -> None:
    found = row(with_factor(DAYS))
    assert (found["estimation_used"], found["estimation_lost"], found["status"]) == (10, 0, "used")


@pytest.mark.parametrize("missing", [9, 12, 16])
def test_a_missing_factor_masks_the_two_moves_that_touch_it(missing: int) -> None:
    alignment = with_factor(DAYS.delete(missing))
    found = row(alignment)
    assert (found["estimation_used"], found["estimation_lost"]) == (8, 2)
    _, x = moves(alignment)
    assert np.flatnonzero(np.isnan(x)).tolist() == [0, missing, missing + 1]


@pytest.mark.parametrize(("missing", "lost"), [(7, 1), (6, 0), (17, 1), (18, 0)])
def test_a_missing_factor_at_the_edge_of_the_window_masks_one_move_or_none(missing: int, lost: int) -> None:
    assert row(with_factor(DAYS.delete(missing)))["estimation_lost"] == lost


def test_two_missing_factors_in_a_row_mask_three_moves() -> None:
    assert row(with_factor(DAYS.delete([11, 12])))["estimation_lost"] == 3


def test_too_many_missing_factors_leave_the_pair_out() -> None:
    found = row(with_factor(DAYS.delete([9, 11, 13])))
    assert (found["estimation_used"], found["status"]) == (4, "left out")
    assert "4 usable estimation moves, fewer than min_estimation = 5" in found["reason"]
    assert row(with_factor(DAYS.delete([9, 11])))["estimation_used"] == 6


@pytest.mark.parametrize(
    ("missing", "window", "headline"),
    [
        (17, True, False),
        (18, True, False),
        (19, True, True),
        (20, True, True),
        (21, True, False),
        (22, True, False),
        (23, False, False),
    ],
)
def test_a_missing_factor_in_the_event_window_is_flagged(missing: int, window: bool, headline: bool) -> None:
    found = row(with_factor(DAYS.delete(missing)))
    assert ("a move of the event window is missing (Brent)" in found["reason"]) == window
    assert ("a move of the headline window is missing" in found["reason"]) == headline
    assert found["status"] == ("flagged" if window else "used")


def test_the_headline_of_an_ambiguous_event_is_its_candidates() -> None:
    panel = quoted(bond(), DAYS).join(factor(DAYS.delete(22)))
    day = news(f"{DAYS[AT]:%Y-%m-%d}", "Europe/London")
    assert "headline" not in row(aligned(panel, day, factors=["Brent"]))["reason"]
    panel = quoted(bond(), DAYS).join(factor(DAYS.delete(21)))
    assert "a move of the headline window is missing" in row(aligned(panel, day, factors=["Brent"]))["reason"]


def test_a_factor_quoted_on_other_days_too_is_differenced_over_the_instruments_own() -> None:
    own = DAYS.delete([10, 11, 30])
    panel = quoted(bond(), own).join(factor())
    alignment = aligned(panel, at_session(DAYS, AT), factors=["Brent"])
    _, x = moves(alignment)
    levels = panel["Brent"][own]
    np.testing.assert_allclose(x[1:], np.diff(np.log(levels)), rtol=0, atol=1e-15)
    assert row(alignment)["estimation_lost"] == 0


@given(st.sets(st.integers(0, 39), max_size=12), st.sets(st.integers(0, 39), max_size=12))
def test_factor_moves_against_a_loop_over_dates(not_own: set[int], not_factors: set[int]) -> None:
    own = DAYS.delete(sorted(not_own))
    panel = quoted(bond(), own).join(quoted(TREASURY, DAYS.delete(sorted(not_factors))))
    alignment = aligned(
        panel, mi.Event("news", announced_at=own[len(own) // 2], zone="UTC"), factors=["UST 10y"]
    )
    y, x = moves(alignment)
    bonds, rates = panel["KZ 2045"].to_dict(), panel["UST 10y"].to_dict()
    for i in range(1, len(own)):
        before, after = own[i - 1], own[i]
        assert y[i] == pytest.approx(100.0 * (bonds[after] - bonds[before]), abs=1e-9)
        if before in rates and after in rates:
            assert x[i] == pytest.approx(100.0 * (rates[after] - rates[before]), abs=1e-9)
        else:
            assert np.isnan(x[i])


def test_a_factor_without_a_common_date_leaves_nothing_to_use() -> None:
    found = row(with_factor(pd.bdate_range("2010-01-04", periods=40)))
    assert (found["estimation_used"], found["status"]) == (0, "left out")
    assert pd.isna(found["zero_share"])


def test_rates_move_in_bp_and_prices_in_the_rule_of_the_study() -> None:
    panel = quoted(bond(quoted="clean price"), DAYS).join(factor(), quoted(TREASURY, DAYS))
    for rule, of_price in (("log", lambda p: np.diff(np.log(p))), ("simple", lambda p: p[1:] / p[:-1] - 1.0)):
        alignment = aligned(panel, at_session(DAYS, AT), factors=["Brent", "UST 10y"], rule=rule)
        y, brent = moves(alignment)
        np.testing.assert_allclose(y[1:], of_price(panel["KZ 2045"].to_numpy()), atol=1e-14)
        np.testing.assert_allclose(brent[1:], np.diff(np.log(panel["Brent"])), atol=1e-14)
        rates = alignment.design.x[2, alignment.design.offset[0] :][: len(DAYS)]
        np.testing.assert_allclose(rates[1:], 100.0 * np.diff(panel["UST 10y"]), atol=1e-9)


@pytest.mark.parametrize("rule", ["logs", "difference", None])
def test_an_unknown_rule_of_moves_is_refused(rule: Any) -> None:
    with pytest.raises(mi.InputError, match="rule"):
        aligned(quoted(bond(quoted="clean price"), DAYS), at_session(DAYS, AT), rule=rule)


# Hours between snapshots


@pytest.mark.parametrize(
    ("of_factor", "hours", "flagged"),
    [
        ("15:30 America/New_York", 4.0, True),
        ("17:31 Europe/London", 61 / 60, True),
        ("17:30 Europe/London", 1.0, False),
        ("15:30 Europe/London", 1.0, False),
        (LONDON, 0.0, False),
    ],
)
def test_snapshots_more_than_an_hour_apart_are_flagged(of_factor: str, hours: float, flagged: bool) -> None:
    panel = quoted(bond(), DAYS).join(factor(instrument=mi.Factor("F", snapshot=of_factor)))
    alignment = aligned(panel, at_session(DAYS, AT), factors=["F"])
    found = row(alignment)
    assert alignment.hours_apart[0] == pytest.approx(hours)
    assert bool(found["asynchronous"]) == flagged
    words = f"snapshots of instrument and factors lie {hours:.1f} hours apart"
    assert found["reason"] == (words if flagged else "")


@pytest.mark.parametrize(("own", "of_factor"), [(None, LONDON), (LONDON, None), (None, None)])
def test_with_an_unknown_snapshot_nobody_knows_whether_they_are_asynchronous(
    own: Any, of_factor: Any
) -> None:
    panel = quoted(bond(snapshot=own), DAYS).join(factor(instrument=mi.Factor("F", snapshot=of_factor)))
    found = row(aligned(panel, news(f"{DAYS[AT]:%Y-%m-%d}T12:00", "Europe/London"), factors=["F"]))
    assert found["asynchronous"] is pd.NA
    assert "hours apart" not in found["reason"]


def test_without_factors_nothing_is_asynchronous() -> None:
    assert not row(aligned(quoted(bond(), DAYS), at_session(DAYS, AT)))["asynchronous"]


@pytest.mark.parametrize(("day", "hours"), [("2022-03-10", 4.0), ("2022-03-16", 3.0), ("2022-04-06", 4.0)])
def test_the_distance_is_that_of_the_event_session(day: str, hours: float) -> None:
    """New York changed its clocks on 13 March 2022 and London on the 27th."""
    days = pd.bdate_range("2022-01-03", "2022-05-31")
    panel = quoted(bond(), days).join(quoted(TREASURY, days))
    alignment = aligned(panel, news(f"{day}T12:00", "Europe/London"), factors=["UST 10y"])
    assert alignment.hours_apart.tolist() == [hours]
    assert f"lie {hours:.1f} hours apart" in row(alignment)["reason"]


def test_the_widest_distance_counts_among_several_factors() -> None:
    panel = quoted(bond(), DAYS).join(factor(), quoted(TREASURY, DAYS))
    found = row(aligned(panel, at_session(DAYS, AT), factors=["Brent", "UST 10y"]))
    assert "4.0 hours apart" in found["reason"]


# Baskets and benchmarks


CURRENCIES = ["EUR/ZAR", "EUR/MXN", "EUR/TRY"]


def rates() -> mi.Panel:
    first, *others = (mi.fetch(f"ecb:{pair}", start="2021-06-01", end="2022-03-01") for pair in CURRENCIES)
    return first.join(*others)


def test_an_instrument_is_left_out_of_its_own_basket() -> None:
    panel = rates()
    made = mi.basket(panel, CURRENCIES, id="emerging")
    alignment = mi.align(panel, news("2022-01-05T12:00"), timeline=SHORT, factors=[made], pairs="all")
    ledger = alignment.ledger.to_frame()
    assert ledger["status"].tolist() == ["flagged"] * 3  # the event hits the others too
    assert ledger["reason"].str.contains("the event hits it").all()
    levels = np.log(panel.to_frame())
    for i, name in enumerate(CURRENCIES):
        part = slice(
            int(alignment.design.offset[i]), int(alignment.design.offset[i] + alignment.design.length[i])
        )
        others = levels.drop(columns=name).mean(axis=1).diff()
        np.testing.assert_allclose(alignment.design.x[1, part][1:], others.iloc[1:], atol=1e-14)


def test_an_instrument_that_is_the_factor_itself_is_left_out() -> None:
    panel = quoted(bond(), DAYS)
    found = row(aligned(panel, at_session(DAYS, AT), factors=["KZ 2045"], pairs=[(f"at {AT}", "KZ 2045")]))
    assert found["status"] == "left out"
    assert found["reason"] == "an instrument is never its own benchmark"


def test_a_basket_of_which_only_the_instrument_is_left_is_no_benchmark() -> None:
    panel = quoted(bond(), DAYS)
    found = row(aligned(panel, at_session(DAYS, AT), factors=[mi.Basket(("KZ 2045",))]))
    assert found["reason"] == "an instrument is never its own benchmark"


def test_an_unknown_factor_is_refused() -> None:
    with pytest.raises(mi.InputError, match="is not in the panel; received 'Brent'; allowed: 'KZ 2045'"):
        aligned(quoted(bond(), DAYS), at_session(DAYS, AT), factors=["Brent"])
    with pytest.raises(mi.InputError, match="is not in the panel; received 'Urals'"):
        aligned(quoted(bond(), DAYS), at_session(DAYS, AT), factors=[mi.Basket(("Urals", "WTI"))])


def test_a_single_name_is_not_taken_letter_by_letter() -> None:
    panel = quoted(bond(), DAYS).join(factor())
    with pytest.raises(mi.InputError, match=r"factors: .*received 'Brent'"):
        aligned(panel, at_session(DAYS, AT), factors="Brent")


def test_what_was_not_observed_stamps_the_pair_that_uses_it() -> None:
    rebuilt = mi.Provenance("rebuilt", kind="reconstruction")
    levels = pd.Series(np.linspace(1.0, 2.0, len(DAYS)), index=DAYS)
    stamped = mi.Panel.from_frame(levels, instruments=mi.Factor("Brent", snapshot=LONDON), provenance=rebuilt)
    panel = quoted(bond(), DAYS).join(stamped)
    event = at_session(DAYS, AT)
    assert aligned(panel, event, factors=["Brent"]).stamp_of(0) == "RECONSTRUCTION"
    assert aligned(panel, event).stamp_of(0) is None


def test_real_treasury_marks_against_a_london_bond(shared: Any) -> None:
    ten_years = mi.Factor("UST 10y", move="difference", unit="percent", snapshot="15:30 America/New_York")
    curve = mi.read_prices(shared / "data" / "us_treasury_par_curve.csv", {"10yr": ten_years})
    days = pd.bdate_range("2021-06-01", "2022-02-28")
    panel = quoted(bond(), days).join(curve)
    event = news("2022-01-05T16:10")
    found = row(mi.align(panel, event, factors=["UST 10y"]))
    assert found["asynchronous"]
    assert "snapshots of instrument and factors lie 4.0 hours apart" in found["reason"]
    holidays = ["2021-07-05", "2021-09-06", "2021-10-11", "2021-11-11", "2021-11-25", "2021-12-24"]
    absent = [day for day in days if day not in curve["UST 10y"].index]
    assert [f"{day:%Y-%m-%d}" for day in absent if day < pd.Timestamp("2022-01-01")] == holidays
    assert found["estimation_lost"] > 0
    assert found["estimation_used"] + found["estimation_lost"] == 120
