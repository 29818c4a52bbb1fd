"""Levels: frozen runs, coarse ticks, zero moves, and spikes that revert."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import marketimpact as mi
from marketimpact.market.quality import inspect
from tests.market.quality_samples import normal, only, panel, turkish, weekdays


def walk(n: int = 500, seed: int = 1) -> NDArray[np.float64]:
    return 500.0 + np.cumsum(normal(n, seed))


def test_a_frozen_run_has_its_dates_its_length_and_the_share_of_still_moves() -> None:
    levels = walk(201)
    levels[100:121] = levels[100]
    run = only(panel(x=levels), "frozen run")
    days = weekdays(201)
    assert (run.first, run.last, run.value, run.unit) == (days[100], days[120], 21.0, "quotes")
    assert run.words == (
        f"21 quotes at {levels[100]:g} from {days[100]} to {days[120]}; 10 % of all moves are zero"
    )


def test_a_rate_that_moves_by_a_hundredth_is_frozen_all_the_same() -> None:
    levels = np.round(431.0 + np.cumsum(normal(300)), 2)
    levels[50:58] = [431.8, 431.81, 431.8, 431.81, 431.81, 431.8, 431.81, 431.8]
    run = only(panel(x=levels), "frozen run")
    assert run.words.startswith("8 quotes at 431.8 to 431.81 from ")


@pytest.mark.parametrize(("tick", "kind"), [(1.0, "coarse tick"), (0.6, "coarse tick"), (0.2, None)])
def test_a_tick_is_coarse_from_half_an_sd_of_the_moves(tick: float, kind: str | None) -> None:
    levels = tick * np.round(walk(2_000) / tick)
    findings = [one for one in inspect(panel(x=levels)) if one.kind != "frozen run"]
    assert [one.kind for one in findings] == ([kind] if kind else [])
    for one in findings:
        sd = np.std(np.diff(levels))
        assert one.value == pytest.approx(tick / sd, rel=0.05)
        zero = round(100 * np.mean(np.diff(levels) == 0.0))
        assert one.words.startswith(f"{zero} % of the moves outside frozen runs are zero")


def test_many_zero_moves_with_a_fine_tick_are_told_from_a_coarse_one() -> None:
    rng = np.random.default_rng(5)
    moves = rng.normal(size=1_000) * (rng.random(1_000) < 0.7)
    zeros = only(panel(x=500.0 + np.cumsum(moves)), "zero moves")
    assert zeros.value == pytest.approx(np.mean(moves[1:] == 0.0))
    moves = rng.normal(size=1_000) * (rng.random(1_000) < 0.85)
    assert not inspect(panel(x=500.0 + np.cumsum(moves)))


def test_a_rate_that_a_bank_sets_moves_in_coarse_steps() -> None:
    moves = np.zeros(4_000)
    moves[100::150] = 0.25
    steps = only(panel(x=2.0 + np.cumsum(moves)), "coarse tick")
    assert steps.words.startswith(
        "99 % of the moves outside frozen runs are zero; smallest step 0.25 [points]"
    )


@pytest.mark.parametrize(("undone", "is_spike"), [(0.7, False), (0.9, True), (1.1, True), (1.5, False)])
def test_a_spike_is_one_that_the_next_session_undoes(undone: float, is_spike: bool) -> None:
    moves = normal(400)
    moves[200:202] = 12.0, -12.0 * undone
    findings = inspect(panel(x=500.0 + np.cumsum(moves)))
    assert [one.kind for one in findings] == (["spike that reverts"] if is_spike else [])
    for one in findings:
        assert (one.first, one.last) == (weekdays(400)[200], weekdays(400)[201])
        assert one.value == pytest.approx(12.0)
        assert one.unit == "points"


def test_a_wild_month_has_no_spikes() -> None:
    moves = normal(2_000)
    moves[1_000:1_030] *= 10.0
    moves[1_010:1_012] = 20.0, -20.0
    assert not inspect(panel(x=500.0 + np.cumsum(moves)))


def test_a_spike_of_a_yield_is_in_bp_and_of_a_price_in_percent() -> None:
    levels = 4.0 + 0.01 * np.round(np.cumsum(normal(200)))
    levels[100] += 0.5
    series = pd.Series(levels, index=pd.bdate_range("2022-01-03", periods=200))
    bond = mi.Panel.from_frame(series, instruments=mi.SovereignBond("KZ", quoted="yield"))
    price = mi.Panel.from_frame(series, instruments=mi.SovereignBond("KZ", quoted="clean price"))
    for given, unit in ((bond, "bp"), (price, "log")):
        (spike,) = [one for one in inspect(given) if one.kind == "spike that reverts"]
        assert spike.unit == unit
        assert (" bp on " in spike.words) == (unit == "bp")
        assert (" % on " in spike.words) == (unit == "log")


def test_the_bad_asks_of_a_turkish_bond_are_found(shared: Path) -> None:
    def spikes(column: str, quoted: str) -> list[str]:
        findings = inspect(turkish(shared, "US900123CB40", column, quoted))
        return [str(one.first) for one in findings if one.kind == "spike that reverts"]

    bad = ["2015-04-13", "2016-01-11", "2016-08-10"]
    assert spikes("Sell Rate", "yield") == bad
    assert spikes("Sell", "dirty price") == bad, "the first one too, which is undone on the day of a coupon"
    assert spikes("Buy Rate", "yield") == spikes("Buy", "dirty price") == []
