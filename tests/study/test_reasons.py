"""Pairs that cannot be computed become rows with a reason; the others are not touched."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from tests.study.world import SNAPSHOT, mixed_panel, news, price_panel, row_of, walk, weekdays

TIMELINE = mi.Timeline(estimation=(-90, -6), event=(-2, 2))
DAYS = weekdays(500)


def prices(seed: int, *names: str, **given: np.ndarray) -> mi.Panel:
    rng = np.random.default_rng(seed)
    return price_panel({**{name: walk(rng, 500) for name in names}, **given}, DAYS)


def factor(levels: np.ndarray, name: str = "EM") -> mi.Panel:
    frame = pd.DataFrame({name: levels}, index=DAYS)
    return mi.Panel.from_frame(frame, instruments=mi.Factor(name, snapshot=SNAPSHOT))


def run(panel: mi.Panel, places: list[int], **options: object) -> mi.StudyResult:
    pairs = options.pop("pairs", "all")
    return mi.EventStudy(timeline=TIMELINE, **options).run(panel, news(DAYS[places]), pairs=pairs)


def test_a_factor_that_rests_in_one_window_alone_costs_that_pair_alone():
    levels = walk(np.random.default_rng(1), 500)
    levels[100:200] = levels[100]
    kept = mi.Policies(frozen="keep")
    result = run(prices(2, "A").join(factor(levels)), [200, 400], model=mi.MarketModel("EM"), policies=kept)
    row = row_of(result, "e0", "A")
    assert row["status"] == "left out"
    assert row["reason"] == "a factor does not vary, or repeats another, in the estimation window (EM)"
    missing = run(prices(2, "A").join(factor(levels)), [200, 400], model=mi.MarketModel("EM"))
    words = "0 usable estimation moves, fewer than min_estimation = 60 (85 have no factor: EM)"
    assert row_of(missing, "e0", "A")["reason"] == words, "a factor that stands still is not quoted"
    assert result.pairs.tolist() == [("e1", "A")]
    alone = run(prices(2, "A").join(factor(levels)), [400], model=mi.MarketModel("EM"), policies=kept)
    np.testing.assert_array_equal(result.ar, alone.ar)
    np.testing.assert_array_equal(result.one("e1", "A").ar, alone.ar.iloc[0])
    with pytest.raises(mi.InputError, match="was left out: a factor does not vary"):
        result.one("e0", "A")


def test_a_factor_that_repeats_another_is_left_out_as_collinear():
    levels = walk(np.random.default_rng(3), 500)
    panel = prices(4, "A").join(factor(levels), factor(2.0 * levels, "twice"))
    result = run(panel, [300], model=mi.FactorModel(("EM", "twice")))
    assert "a factor does not vary, or repeats another" in row_of(result, "e0", "A")["reason"]


def test_a_frozen_series_is_left_out_and_its_neighbour_is_not():
    """An official rate that rests for months is not quoted: on no day of it, and it leaves no variance to judge by."""
    frozen = walk(np.random.default_rng(5), 500)
    frozen[150:300] = frozen[150]
    result = run(prices(6, "A", frozen=frozen), [290, 300, 480])
    for event in ("e0", "e1"):
        row = row_of(result, event, "frozen")
        assert row["status"] == "left out"
        assert "0 usable estimation moves" in row["reason"]
        assert row["reason"].startswith("not quoted: 150 quotes that stand still") == (event == "e0")
    assert result.pairs.tolist() == [("e0", "A"), ("e1", "A"), ("e2", "A"), ("e2", "frozen")]


def test_a_series_that_its_factor_explains_wholly_is_left_out():
    levels = walk(np.random.default_rng(7), 500)
    result = run(prices(8, "A", twin=3.0 * levels).join(factor(levels)), [300], model=mi.MarketModel("EM"))
    assert "leaves no variation" in row_of(result, "e0", "twin")["reason"]
    assert result.pairs.tolist() == [("e0", "A")]


def test_an_instrument_is_never_its_own_benchmark():
    """A pair of the benchmark with itself, asked for by name, is a row; with "all" it is no pair."""
    panel = prices(9, "A", "B")
    named = run(panel, [300], model=mi.MarketModel("B"), pairs=[("e0", "A"), ("e0", "B")])
    row = row_of(named, "e0", "B")
    assert (row["status"], row["reason"]) == ("left out", "an instrument is never its own benchmark")
    assert named.pairs.tolist() == [("e0", "A")]
    assert run(panel, [300], model=mi.MarketModel("B")).pairs.tolist() == [("e0", "A")]


def test_a_basket_leaves_the_instrument_out():
    """Each member against the mean of the others' log moves, by hand."""
    panel = prices(10, "A", "B", "C")
    result = run(panel, [300], model=mi.MarketModel(mi.basket(panel, panel.ids)))
    moves = {name: np.diff(np.log(panel[name].to_numpy()), prepend=np.nan) for name in panel}
    rows, event = slice(300 - 90, 300 - 5), slice(298, 303)
    for name in panel:
        others = np.mean([moves[other] for other in panel if other != name], axis=0)
        slope, level = np.polyfit(others[rows], moves[name][rows], 1)
        wanted = moves[name][event] - level - slope * others[event]
        np.testing.assert_allclose(result.ar.loc[("e0", name)], wanted, rtol=0, atol=1e-13)
    assert abs(result.ar.sum(axis=0)).min() > 1e-6


def test_a_basket_of_two_is_the_other_one():
    panel = prices(11, "A", "B")
    basket = run(panel, [300], model=mi.MarketModel(mi.basket(panel, ("A", "B"))))
    other = run(panel, [300], model=mi.MarketModel("B"))
    np.testing.assert_allclose(basket.ar.loc[[("e0", "A")]], other.ar, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (1, "the series begins on 2015-01-05, tau = -1; the event window asks for moves from tau = -2"),
        (2, "the series begins on 2015-01-05, tau = -2; the event window asks for moves from tau = -2"),
        (3, "0 usable estimation moves, fewer than min_estimation = 60"),
        (65, "59 usable estimation moves, fewer than min_estimation = 60"),
        (498, f"the series ends on {DAYS[-1]}, tau = 1; the event window asks for tau = 2"),
    ],
)
def test_an_event_too_close_to_the_edge_is_a_row_with_a_reason(place, says):
    row = row_of(run(prices(12, "A"), [place]), "e0", "A")
    assert row["status"] == "left out"
    assert says in row["reason"]


@pytest.mark.parametrize(("place", "used"), [(66, 60), (90, 84), (91, 85)])
def test_on_the_other_side_of_the_edge_it_is_used(place, used):
    """The first quote has no move: at session 91 the window of 85 is whole."""
    row = row_of(run(prices(12, "A"), [place]), "e0", "A")
    assert (row["estimation_used"], row["estimation_lost"]) == (used, 85 - used)
    assert row["status"] == ("used" if used == 85 else "flagged")
    assert used == 85 or "the estimation window begins before the first move" in row["reason"]


def test_the_last_possible_event_is_used():
    assert row_of(run(prices(12, "A"), [497]), "e0", "A")["status"] == "used"


def test_a_truncated_window_gives_the_numbers_of_the_moves_it_has():
    levels = walk(np.random.default_rng(13), 500)
    result = run(prices(13, A=levels), [70])
    moves = np.diff(np.log(levels), prepend=np.nan)
    window = moves[1:65]
    np.testing.assert_allclose(result.ar.iloc[0], moves[68:73] - window.mean(), rtol=0, atol=1e-14)
    assert result.sigma2.iloc[0] == pytest.approx(window.var(ddof=1), rel=1e-11)
    assert result.one("e0").n_obs == 64


def test_one_bad_event_among_good_ones_costs_nothing():
    good = run(prices(14, "A", "B"), [200, 300])
    mixed = run(prices(14, "A", "B"), [200, 300, 3, 499])
    np.testing.assert_array_equal(mixed.ar, good.ar)
    assert mixed.ledger.to_frame()["status"].tolist() == ["used"] * 4 + ["left out"] * 4


def test_a_long_series_in_bp_does_not_blur_a_quiet_one_in_logs():
    """Whether a window is flat is judged by its own size, not by the sums of a neighbour a million times as large."""
    rng = np.random.default_rng(15)
    quiet = 100 * np.exp(np.cumsum(rng.normal(0, 1e-6, 500)))
    wild = 1e5 * np.cumsum(rng.standard_normal(500))
    frame = pd.DataFrame({"wild": wild, "quiet": quiet}, index=DAYS)
    instruments = [
        mi.SovereignBond("wild", quoted="yield", yield_unit="decimal", snapshot=SNAPSHOT),
        mi.SovereignBond("quiet", quoted="clean price", snapshot=SNAPSHOT),
    ]
    panel = mi.Panel.from_frame(frame, instruments=instruments)
    together, alone = run(panel, [300]), run(panel.select("quiet"), [300])
    np.testing.assert_array_equal(together.ar.loc[[("e0", "quiet")]], alone.ar)


def test_quotes_on_saturdays_do_not_break_the_permutation():
    """Two instruments quoted Monday to Saturday, as around Chinese holidays: Friday and Saturday are one distance."""
    rng = np.random.default_rng(16)
    days = np.busday_offset("2018-01-01", np.arange(300), roll="forward", weekmask="1111110").astype(
        "datetime64[D]"
    )
    panel = price_panel({name: walk(rng, 300) for name in ("A", "B")}, days)
    result = mi.EventStudy(timeline=TIMELINE).run(panel, news(days[[200]]), pairs="all")
    permuted = result.to_frame("tests").query("test == 'date permutation' and tau_from == tau_to")
    assert len(permuted) == 2
    assert permuted["p_value"].between(0, 1).all()
    assert ((permuted["p_floor"] > 1 / 87) & (permuted["p_floor"] < 1 / 70)).all()


def test_a_truncated_window_with_missing_event_moves_does_not_break_the_permutation():
    """A factor with holes in the event window, and an estimation window that begins before the series."""
    levels = walk(np.random.default_rng(17), 500)
    levels[[71, 79]] = np.nan
    panel = prices(18, "A").join(factor(levels))
    result = mi.EventStudy(
        model=mi.MarketModel("EM"),
        timeline=mi.Timeline(estimation=(-90, -6), event=(-5, 5)),
        windows=((-5, 5),),
    ).run(panel, news(DAYS[[75]]), pairs="all")
    assert row_of(result, "e0", "A")["estimation_lost"] > 2
    permuted = result.to_frame("tests").query("test == 'date permutation' and tau_from == -5")
    assert permuted["reason"].tolist() == ["no pair has every move of its window"]
    assert permuted["p_value"].isna().all()


def test_the_world_used_above_is_otherwise_without_remark():
    assert (run(mixed_panel(19, 500), [200, 300]).ledger.to_frame()["status"] == "used").all()
