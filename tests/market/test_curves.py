"""Curves of panel members: what may be one, and every level against numpy, one day at a time."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.curves import Curve, curve_for, curve_levels, remaining_years

TENORS = {
    "3mo": 0.25, "6mo": 0.5, "1yr": 1, "2yr": 2, "3yr": 3, "5yr": 5, "7yr": 7, "10yr": 10, "20yr": 20, "30yr": 30
}  # fmt: skip
SNAPSHOT = "15:30 America/New_York"
DAYS = pd.bdate_range("2021-11-01", periods=40)


def bond(name: str, matures: date, **terms: Any) -> mi.SovereignBond:
    return mi.SovereignBond(name, **({"quoted": "yield", "maturity": matures} | terms))


def rates(frame: pd.DataFrame, unit: Any = "percent") -> mi.Panel:
    members = [mi.Factor(name, move="difference", unit=unit, snapshot=SNAPSHOT) for name in frame]
    return mi.Panel.from_frame(frame, instruments=members)


def made_up(seed: int, *, holes: float = 0.0) -> pd.DataFrame:
    """Yields at four tenors, with holes."""
    rng = np.random.default_rng(seed)
    moves = rng.normal(0.0, 0.05, (len(DAYS), 4)).cumsum(axis=0)
    frame = pd.DataFrame(
        moves + np.array([1.0, 2.0, 2.5, 2.6]), index=DAYS, columns=["2y", "5y", "10y", "30y"]
    )
    return frame.mask(rng.random(frame.shape) < holes)


POINTS = {"2y": 2.0, "5y": 5.0, "10y": 10.0, "30y": 30.0}


def by_numpy(row: pd.Series, tenors: np.ndarray, at: float) -> float:
    """np.interp on the points of one day; NaN where one of those around it is missing."""
    values = row.to_numpy()
    needed = np.interp(at, tenors, np.where(np.isnan(values), 1.0, 0.0))
    return float("nan") if needed > 0 else float(np.interp(at, tenors, np.nan_to_num(values)))


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 40.0), st.floats(0.0, 0.4))
def test_a_tenor_is_read_as_numpy_reads_it_on_each_day(seed: int, tenor: float, holes: float) -> None:
    frame = made_up(seed, holes=holes)
    panel = rates(frame)
    found = curve_levels(panel, mi.curve(panel, POINTS), tenor)
    quoted = frame.dropna(how="all")
    assert (found.sessions == quoted.index.to_numpy().astype("datetime64[D]")).all()
    expected = [by_numpy(row, np.array([2.0, 5.0, 10.0, 30.0]), tenor) for _, row in quoted.iterrows()]
    np.testing.assert_allclose(found.levels, expected, rtol=1e-12)
    assert (found.beyond == (not 2.0 <= tenor <= 30.0)).all()


def test_a_bond_is_read_at_its_remaining_maturity_of_each_day() -> None:
    frame = made_up(1)
    matures = date(2026, 11, 20)  # it passes the point of 5 years within the sample
    instrument = bond("KZ", matures)
    panel = rates(frame)
    found = curve_levels(panel, mi.curve(panel, POINTS), instrument)
    years = [(matures - day.date()).days / 365.25 for day in frame.index]
    assert min(years) < 5.0 < max(years)
    expected = [
        by_numpy(row, np.array([2.0, 5.0, 10.0, 30.0]), at)
        for at, (_, row) in zip(years, frame.iterrows(), strict=True)
    ]
    np.testing.assert_allclose(found.levels, expected, rtol=1e-12)
    days = frame.index.to_numpy().astype("datetime64[D]")
    np.testing.assert_allclose(remaining_years(instrument, days), years, rtol=1e-14)


def test_a_curve_of_bonds_slides_down_with_its_bonds() -> None:
    days = pd.to_datetime(["2022-01-04", "2023-01-04"])
    frame = pd.DataFrame({"A": [3.0, 3.0], "B": [5.0, 5.0], "C": [4.0, 4.0]}, index=days)
    bonds = [bond("A", date(2027, 1, 4)), bond("B", date(2037, 1, 4)), bond("C", date(2032, 1, 4))]
    panel = mi.Panel.from_frame(frame, instruments=bonds)
    made = mi.curve(panel, ["B", "A", "C"], id="bonds")
    assert made.members == ("A", "C", "B")
    at = curve_levels(panel, made, bond("D", date(2030, 1, 4)))  # always 3/5 of the way from A to C
    np.testing.assert_allclose(at.levels, 3.0 + 1.0 * 1096 / 1826, rtol=1e-12)
    ten_years = curve_levels(panel, made, 10.0)
    assert ten_years.levels[0] == pytest.approx(4.0, abs=1e-3)  # C has ten years left
    assert ten_years.levels[1] == pytest.approx(4.2, abs=1e-3)  # and nine a year later


def test_the_order_in_which_points_are_given_does_not_matter() -> None:
    panel = rates(made_up(2))
    backwards = mi.curve(panel, dict(reversed(POINTS.items())))
    assert backwards == mi.curve(panel, POINTS)
    assert backwards.points == tuple(POINTS.items())


def test_a_curve_out_of_order_is_refused_and_not_read_wrongly() -> None:
    panel = rates(made_up(2))
    by_hand = Curve((("10y", 10.0), ("2y", 2.0), ("5y", 5.0)))
    with pytest.raises(mi.InputError, match=r"do not ascend in maturity; received .*allowed: mi\.curve"):
        curve_levels(panel, by_hand, 4.0)


def test_a_curve_that_is_left_with_one_point_is_refused() -> None:
    panel = rates(made_up(2))
    rest = mi.curve(panel, {"2y": 2, "5y": 5}, id="two").without("2y")
    with pytest.raises(mi.InputError, match="fewer than two points are left; received 'two'"):
        curve_levels(panel, rest, 4.0)


def test_what_stands_still_is_missing_only_where_it_is_needed() -> None:
    frame = made_up(3)
    frame.iloc[10:22, 0] = 1.0  # the two-year rate stands still
    panel = rates(frame)
    made = mi.curve(panel, POINTS)
    still = panel.quotes_of("2y").standing_still()
    assert still.sum() == 11
    for tenor, needs_it in ((3.0, True), (5.0, False), (7.0, False), (1.0, True)):
        found = curve_levels(panel, made, tenor, keep_frozen=False).levels
        assert (np.isnan(found) == (still & needs_it)).all()
        assert np.isfinite(curve_levels(panel, made, tenor).levels).all()


PANEL = mi.Panel.from_frame(
    pd.DataFrame({name: [1.0, 2.0] for name in ("10y", "30y", "decimal", "KZ", "old", "price", "VIX")}, index=DAYS[:2]),
    instruments=[
        mi.Factor("10y", move="difference", unit="percent"),
        mi.Factor("30y", move="difference", unit="percent"),
        mi.Factor("decimal", move="difference", unit="decimal"),
        bond("KZ", date(2045, 7, 21)),
        mi.SovereignBond("old", quoted="yield"),
        bond("price", date(2040, 7, 21), quoted="clean price"),
        mi.Factor("VIX", move="difference", unit="points"),
    ],
)  # fmt: skip


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ({"10y": 10, "unknown": 30}, "instrument: is not in the panel; received 'unknown'"),
        ({"10y": 10}, "points: a curve needs two points or more; received ['10y']"),
        ({}, "points: a curve needs two points or more; received []"),
        ({"10y": 10, "30y": 10}, "maturities that do not repeat"),
        ({"10y": 10, "30y": 0}, "points.30y: is not a tenor; received 0; allowed: years above 0"),
        ({"10y": 10, "30y": -1.0}, "points.30y: is not a tenor; received -1.0"),
        ({"10y": 10, "30y": float("nan")}, "points.30y: is not a tenor; received nan"),
        ({"10y": 10, "30y": "30"}, "points.30y: is not a tenor; received '30'"),
        ({"10y": 10, "30y": True}, "points.30y: is not a tenor; received True"),
        ({"10y": 10, "decimal": 30}, "yields or rates in one unit"),
        ({"10y": 10, "VIX": 30}, "yields or rates in one unit"),
        ({"10y": 10, "price": 30}, "mi.requote turns prices into yields"),
        (["KZ", "price"], "yields or rates in one unit"),
        (["KZ", "old"], "points.old: has neither a tenor nor a maturity"),
        (["KZ", "10y"], "points.10y: has neither a tenor nor a maturity"),
        (["KZ", "KZ"], "maturities that do not repeat"),
        ({"KZ": None, "30y": 30}, "all fixed tenors or all bonds"),
    ],
)
def test_what_is_no_curve_is_refused(points: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        mi.curve(PANEL, points)


@pytest.mark.parametrize("name", ["old", "10y"])
def test_without_a_maturity_there_is_nowhere_to_read(name: str) -> None:
    made = mi.curve(PANEL, {"10y": 10, "30y": 30})
    with pytest.raises(mi.InputError, match="has no maturity, at which a curve could be read"):
        curve_levels(PANEL, made, PANEL.instrument(name))


@pytest.fixture(scope="module")
def treasuries(shared: Path) -> mi.Panel:
    frame = pd.read_csv(shared / "data/us_treasury_par_curve.csv", index_col="date", parse_dates=True)
    return rates(frame)


def test_the_treasury_curve_at_the_maturity_of_kazakhstan_2045(treasuries: mi.Panel) -> None:
    """5 January 2022: 20 and 30 years rose by 2 bp, and so did 23.54 years; the ten-year rate rose by 5."""
    made = mi.curve(treasuries, TENORS)
    found = curve_levels(treasuries, made, bond("KZ 2045", date(2045, 7, 21)))
    levels = pd.Series(found.levels, found.sessions.astype("datetime64[s]"))
    change = levels.diff().loc["2022-01-05"] * 100
    assert change == pytest.approx(2.0, abs=0.002)
    assert levels.loc["2022-01-05"] == pytest.approx(2.12 - 0.03 * 3.54 / 10, abs=1e-4)
    assert treasuries["10yr"].diff().loc["2022-01-05"] * 100 == pytest.approx(5.0)


def test_the_whole_treasury_sample_day_by_day(treasuries: mi.Panel) -> None:
    found = curve_levels(treasuries, mi.curve(treasuries, TENORS), bond("KZ 2045", date(2045, 7, 21)))
    frame, tenors = treasuries.to_frame(), np.array(list(TENORS.values()), dtype=float)
    years = remaining_years(bond("KZ 2045", date(2045, 7, 21)), found.sessions)
    expected = [by_numpy(row, tenors, at) for at, (_, row) in zip(years, frame.iterrows(), strict=True)]
    assert years[0] > 30  # a bond of 35 years, in 2010, takes the end
    assert (found.beyond == (years > 30)).all()
    np.testing.assert_allclose(found.levels, expected, rtol=1e-12)
    assert found.levels[0] == treasuries["30yr"].iloc[0]


def test_other_series_of_the_same_bond_are_no_benchmark_of_it() -> None:
    """The New York quotes of a bond would take its London move away."""
    matures = date(2045, 7, 21)
    london = mi.known_bond("KZ 2045", quoted="yield")
    others = {
        "KZ NY": bond("KZ NY", matures, isin=london.isin),
        "A": bond("A", date(2040, 1, 1)),
        "B": bond("B", date(2050, 1, 1)),
    }
    frame = pd.DataFrame({name: [4.0, 4.5] for name in (london.id, *others)}, index=DAYS[:2])
    panel = mi.Panel.from_frame(frame, instruments=[london, *others.values()])
    made = mi.curve(panel, list(others))
    assert curve_for(panel, made, london).members == ("A", "B")
    assert curve_for(panel, made, panel.instrument("A")).members == ("KZ NY", "B")
    assert curve_for(panel, made, bond("C", matures)).members == ("A", "KZ NY", "B")
