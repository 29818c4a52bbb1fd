"""The spread to a benchmark as a normal model: every number by hand, with pandas, and on the Treasury curve."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import marketimpact as mi
from tests.market.test_curves import TENORS as ALL_TENORS
from tests.study.world import SNAPSHOT, news, row_of, weekdays

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
DAYS = weekdays(500)
PLACES = (200, 320, 430)
EVENTS = news(DAYS[list(PLACES)])
MATURES = date(2045, 7, 21)
TENORS = {"5y": 5.0, "10y": 10.0, "20y": 20.0, "30y": 30.0}


def world(
    seed: int = 1, *, holidays: float = 0.0, own_unit: Any = "percent", unit: Any = "percent"
) -> mi.Panel:
    """A dollar bond and four Treasury rates; the rates share their days off."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0.0, 0.04, len(DAYS))
    frame = pd.DataFrame(
        {
            "KZ": 4.0 + np.cumsum(common + rng.normal(0.0, 0.03, len(DAYS))),
            **{
                name: 1.0 + tenor / 20 + np.cumsum(common + rng.normal(0.0, 0.01, len(DAYS)))
                for name, tenor in TENORS.items()
            },
        },
        index=DAYS,
    )
    frame.loc[rng.random(len(DAYS)) < holidays, list(TENORS)] = np.nan
    scale = {"percent": 1.0, "decimal": 0.01, "bp": 100.0}
    frame["KZ"] *= scale[own_unit]
    frame[list(TENORS)] *= scale[unit]
    bond = mi.SovereignBond(
        "KZ", quoted="yield", yield_unit=own_unit, issuer="KZ", maturity=MATURES, snapshot=SNAPSHOT
    )
    factors = [mi.Factor(name, move="difference", unit=unit, snapshot=SNAPSHOT) for name in TENORS]
    return mi.Panel.from_frame(frame, instruments=[bond, *factors])


def studied(panel: mi.Panel, benchmark: Any, **options: Any) -> mi.StudyResult:
    study = mi.EventStudy(model=mi.BenchmarkSpread(benchmark), timeline=TIMELINE, **options)
    return study.run(panel, EVENTS, pairs=[(f"e{i}", "KZ") for i in range(len(PLACES))])


def changes(panel: mi.Panel, benchmark: Any) -> pd.Series:
    """Changes of the spread on the bond's own days [bp]; missing where the benchmark is on either day."""
    own = panel["KZ"]
    if isinstance(benchmark, str):
        rest = panel[benchmark].reindex(own.index)
    else:
        rest = pd.Series(np.nan, index=own.index)
        for day, row in panel.to_frame()[list(TENORS)].dropna().iterrows():
            rest[day] = np.interp((MATURES - day.date()).days / 365.25, list(TENORS.values()), row)
    return (own - rest).diff() * 100


@pytest.mark.parametrize("holidays", [0.0, 0.06])
@pytest.mark.parametrize("curved", [False, True])
def test_every_number_by_hand(curved: bool, holidays: float) -> None:
    """A = change of the spread; s^2 = mean of the squares of the T changes; t = A / s; p of the rank by counting."""
    panel = world(2, holidays=holidays)
    benchmark = mi.curve(panel, TENORS, id="UST") if curved else "20y"
    result = studied(panel, benchmark)
    delta = changes(panel, benchmark)
    outside = np.ones(len(delta), dtype=bool)
    for at in PLACES:
        outside[at - 5 : at + 6] = False
    seen = 0
    for i, at in enumerate(PLACES):
        rows = delta[at - 130 : at - 10][outside[at - 130 : at - 10]].dropna()
        sigma = float(np.sqrt((rows**2).mean()))
        pair = result.one(f"e{i}", "KZ")
        np.testing.assert_allclose(pair.ar, delta[at - 5 : at + 6], rtol=0, atol=1e-9)
        assert pair.sigma == pytest.approx(sigma, rel=1e-10)
        assert (pair.n_obs, pair.df, len(pair.params)) == (len(rows), len(rows), 0)
        known = np.isfinite(pair.ar)
        np.testing.assert_allclose(pair.ar_error[known], sigma, rtol=1e-10)
        whole = next(one for one in pair.windows if one.window == (-5, 5))
        assert whole.estimate == pytest.approx(delta[at - 5 : at + 6].sum(), abs=1e-9)
        assert whole.std_error == pytest.approx(sigma * np.sqrt(known.sum()), rel=1e-10)
        ledger = row_of(result, f"e{i}", "KZ")
        assert ledger["estimation_used"] == len(rows)
        lost = np.isnan(delta[at - 130 : at - 10][outside[at - 130 : at - 10]]).sum()
        assert ledger["estimation_lost"] == lost + (~outside[at - 130 : at - 10]).sum()
        seen += int(lost)
        if not np.isfinite(delta.iloc[at]):
            assert np.isnan(pair.headline.estimate)
            continue
        t = delta.iloc[at] / sigma
        assert pair.headline.statistic == pytest.approx(t, rel=1e-9)
        assert pair.headline.p_value == pytest.approx(2 * stats.t.sf(abs(t), len(rows)), rel=1e-8)
        size = np.abs(np.append(rows, delta.iloc[at]))
        assert pair.rank.p_value == pytest.approx(np.mean(size >= size[-1] * (1 - 1e-9)), rel=1e-12)
        assert pair.rank.p_floor == pytest.approx(1 / len(size), rel=1e-12)
    assert (seen > 0) == (holidays > 0)  # holidays of the benchmark mask moves, and are counted


def test_a_day_off_of_the_benchmark_masks_the_moves_on_both_sides_and_fills_none() -> None:
    panel = world(3)
    frame = panel.to_frame()
    frame.loc[DAYS[PLACES[0] + 2], list(TENORS)] = np.nan
    panel = mi.Panel.from_frame(frame, instruments=panel.instruments)
    result = studied(panel, mi.curve(panel, TENORS))
    missing = np.isnan(result.one("e0", "KZ").ar)
    assert np.flatnonzero(missing).tolist() == [7, 8]  # tau = 2 and 3
    ledger = row_of(result, "e0", "KZ")
    assert ledger["status"] == "flagged"
    assert "a move of the event window is missing (curve)" in ledger["reason"]
    whole = result.one("e0", "KZ").windows[-1]
    assert (whole.window, whole.n) == ((-5, 5), 9)


@pytest.mark.parametrize("unit", ["percent", "decimal", "bp"])
@pytest.mark.parametrize("own_unit", ["percent", "decimal"])
def test_the_units_of_the_quotes_do_not_matter(own_unit: str, unit: str) -> None:
    panel, plain = world(4, own_unit=own_unit, unit=unit), world(4)
    for benchmark, reference in (
        ("10y", "10y"),
        (mi.curve(panel, TENORS), mi.curve(plain, TENORS)),
    ):
        found, expected = studied(panel, benchmark).ar, studied(plain, reference).ar
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_the_order_of_members_and_events_only_moves_rows() -> None:
    panel = world(5, holidays=0.05)
    turned = panel.select(["30y", "5y", "KZ", "20y", "10y"])
    backwards = mi.EventSet.from_events([EVENTS[name] for name in ("e2", "e0", "e1")])
    study = mi.EventStudy(model=mi.BenchmarkSpread(mi.curve(panel, TENORS)), timeline=TIMELINE)
    pairs = [(f"e{i}", "KZ") for i in range(3)]
    one = study.run(panel, EVENTS, pairs=pairs)
    other = study.run(turned, backwards, pairs=pairs[::-1])
    for table in ("car", "ar", "split"):
        left, right = (
            result.to_frame(table)
            .sort_values(["event_id", "term", "tau_from", "tau_to"])
            .reset_index(drop=True)
            for result in (one, other)
        )
        pd.testing.assert_frame_equal(left, right, check_exact=True)


def test_a_common_parallel_shift_of_all_yields_is_no_news() -> None:
    panel = world(6)
    frame = panel.to_frame()
    frame.loc[DAYS[PLACES[1]] :] += 0.5
    shifted = mi.Panel.from_frame(frame, instruments=panel.instruments)
    benchmark = mi.curve(panel, TENORS)
    np.testing.assert_allclose(studied(shifted, benchmark).ar, studied(panel, benchmark).ar, atol=1e-9)
    mean = mi.EventStudy(timeline=TIMELINE).run(shifted, EVENTS, pairs=[("e1", "KZ")]).one("e1", "KZ")
    assert mean.headline.estimate > 35.0


def test_beside_a_regression_whose_coefficient_is_one_and_mean_zero() -> None:
    """The market model on the same benchmark, with its fitted values put to a = 0, b = 1, gives the same moves."""
    panel = world(7)
    spread = studied(panel, "20y").one("e1", "KZ")
    market = mi.EventStudy(model=mi.MarketModel("20y"), timeline=TIMELINE)
    fitted = market.run(panel, EVENTS, pairs=[("e1", "KZ")]).one("e1", "KZ")
    alpha, beta = fitted.params
    moves = panel["20y"].diff().to_numpy()[PLACES[1] - 5 : PLACES[1] + 6] * 100
    np.testing.assert_allclose(spread.ar, fitted.ar + alpha + (beta - 1.0) * moves, rtol=0, atol=1e-9)


def test_several_candidates_are_tested_without_a_fit_too() -> None:
    panel = world(8)
    day = mi.Event("e", announced_at=str(DAYS[300]), zone="Asia/Almaty", precision="+-2d")
    study = mi.EventStudy(model=mi.BenchmarkSpread("20y"), timeline=TIMELINE)
    result = study.run(panel, day, pairs=[("e", "KZ")])
    pair = result.one("e", "KZ")
    assert len(pair.candidates) > 1
    assert pair.rank.applies
    assert pair.which_day.applies
    sizes = np.abs(pair.ar[5 : 5 + len(pair.candidates)])
    assert pair.which_day.statistic == np.argmax(sizes)
    assert len(result.shift_sensitivity()) > 0
    assert result.cov.shape == (1, 11, 11)
    assert np.isfinite(result.cov).all()
    assert result == result
    assert "spread to 20y" in str(result.summary())


def test_a_bond_that_runs_beside_its_benchmark_leaves_noise_of_rounding_and_is_left_out() -> None:
    panel = world(9)
    frame = panel.to_frame()
    frame["KZ"] = frame["20y"] + 1.0
    twin = mi.Panel.from_frame(frame, instruments=panel.instruments)
    ledger = row_of(studied(twin, "20y"), "e0", "KZ")
    assert ledger["status"] == "left out"
    assert ledger["reason"].startswith("the normal model leaves no variation")


def test_nothing_is_its_own_benchmark() -> None:
    ledger = row_of(studied(world(10), "KZ"), "e0", "KZ")
    assert ledger["status"] == "left out"
    assert "own benchmark" in ledger["reason"]


def other_bonds() -> mi.Panel:
    frame = pd.DataFrame(
        {"price": 90.0 + np.arange(500) % 7, "open": 4.0 + 0.01 * (np.arange(500) % 7)}, index=DAYS
    )
    instruments = [
        mi.SovereignBond("price", quoted="clean price", maturity=MATURES),
        mi.SovereignBond("open", quoted="yield"),
    ]  # fmt: skip
    return world(11).join(mi.Panel.from_frame(frame, instruments=instruments))


@pytest.mark.parametrize(
    ("benchmark", "instrument", "words"),
    [
        ("unknown", "KZ", "is not in the panel; received 'unknown'"),
        ("20y", "price", "a spread is a difference of yields, and these are none; received {'price'"),
        ("price", "KZ", "a spread is a difference of yields, and these are none; received {'price'"),
        (TENORS, "open", "has no maturity, at which a curve could be read; received 'open'"),
        (TENORS, "10y", "has no maturity, at which a curve could be read; received '10y'"),
    ],
)
def test_what_has_no_spread_is_refused(benchmark: Any, instrument: str, words: str) -> None:
    panel = other_bonds()
    if isinstance(benchmark, dict):
        benchmark = mi.curve(panel, benchmark)
    study = mi.EventStudy(model=mi.BenchmarkSpread(benchmark), timeline=TIMELINE)
    with pytest.raises(mi.InputError, match=re.escape(words)):
        study.run(panel, EVENTS, pairs=[("e0", instrument)])


@pytest.mark.parametrize("wrong", [None, 5.0, ["20y"], ("20y",), mi.Basket(("20y", "30y"))])
def test_a_model_of_something_else_is_refused(wrong: Any) -> None:
    with pytest.raises(mi.InputError, match=r"BenchmarkSpread\.benchmark: is not a benchmark"):
        mi.BenchmarkSpread(wrong)


def test_the_series_of_the_spread_gives_the_same_moves_where_every_day_is_quoted() -> None:
    """With a mean taken out: that of a constant-mean model on the spread is the model's less its mean."""
    panel = world(12)
    made = mi.spread(panel, "KZ", mi.curve(panel, TENORS), id="spread")
    mean = mi.EventStudy(timeline=TIMELINE).run(made, EVENTS, pairs="all").one("e1")
    model = studied(panel, mi.curve(panel, TENORS)).one("e1", "KZ")
    np.testing.assert_allclose(mean.ar + mean.params[0], model.ar, rtol=0, atol=1e-9)


def test_a_curve_is_a_factor_of_a_fitted_model_too() -> None:
    panel = world(13)
    made = mi.curve(panel, TENORS, id="UST")
    fitted = mi.EventStudy(model=mi.MarketModel(made), timeline=TIMELINE)
    pair = fitted.run(panel, EVENTS, pairs=[("e1", "KZ")]).one("e1", "KZ")
    delta = panel["KZ"].diff() * 100
    moves = delta - changes(panel, made)
    at, rows = PLACES[1], slice(PLACES[1] - 130, PLACES[1] - 10)
    beta, alpha = np.polyfit(moves[rows], delta[rows], 1)
    np.testing.assert_allclose(pair.params, [alpha, beta], rtol=1e-8)
    assert pair.ar[5] == pytest.approx(delta.iloc[at] - alpha - beta * moves.iloc[at], abs=1e-8)


@pytest.fixture(scope="module")
def kazakhstan(shared: Path) -> mi.StudyResult:
    """The reconstructed bond beside the real Treasury curve."""
    frame = pd.read_csv(shared / "data/us_treasury_par_curve.csv", index_col="date", parse_dates=True)
    factors = [
        mi.Factor(name, move="difference", unit="percent", snapshot="15:30 America/New_York")
        for name in frame
    ]
    panel = mi.datasets.load_panel("kazakhstan_2045").join(mi.Panel.from_frame(frame, instruments=factors))
    model = mi.BenchmarkSpread(mi.curve(panel, ALL_TENORS, id="US Treasuries"))
    return mi.EventStudy(model=model).run(panel, mi.datasets.load_events("kazakhstan_2022"), pairs="place")


def test_of_33_bp_two_are_treasuries_and_31_the_countrys_own(kazakhstan: mi.StudyResult) -> None:
    pair = kazakhstan.one("kz-2022-01-05-emergency", "KZ 2045")
    split = pair.split
    assert split.observed == pytest.approx(33.0, abs=1e-9)
    assert split.normal == pytest.approx(2.0, abs=0.002)
    assert split.abnormal == pytest.approx(31.0, abs=0.002)
    assert split.abnormal == pair.headline.estimate
    assert split.hours_apart == 4.0
    assert split.timing == "asynchronous, 4.0 hours apart"
    row = row_of(kazakhstan, pair.event.id, "KZ 2045")
    assert row["asynchronous"]
    assert "snapshots of instrument and factors lie 4.0 hours apart" in row["reason"]
    assert pair.stamp == "RECONSTRUCTION"


def test_us_holidays_mask_moves_and_are_counted(kazakhstan: mi.StudyResult) -> None:
    panel = kazakhstan.panel
    own, rates = panel["KZ 2045"].index, panel["10yr"].index
    at = own.get_loc(pd.Timestamp("2022-01-05"))
    window = own[at - 131 : at - 10]
    off = ~window.isin(rates)
    assert window[off].strftime("%Y-%m-%d").tolist() == [
        "2021-07-05", "2021-09-06", "2021-10-11", "2021-11-11", "2021-11-25",
    ]  # fmt: skip
    touched = int((off[1:] | off[:-1]).sum())
    row = row_of(kazakhstan, "kz-2022-01-05-emergency", "KZ 2045")
    assert row["estimation_lost"] == touched
    assert kazakhstan.one("kz-2022-01-05-emergency", "KZ 2045").n_obs == 120 - touched
