"""Levels: frozen runs, coarse ticks and zero moves."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import marketimpact as mi
from marketimpact.market.quality import inspect
from marketimpact.market.quality_levels import move_sizes
from tests.market.quality_samples import normal, only, panel, weekdays


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


@pytest.mark.parametrize(
    ("level", "step", "kind"),
    [
        (1e12, 300.0, "coarse tick"),
        (1e9, 0.5, "coarse tick"),
        (1e6, 0.0005, "coarse tick"),
        (1e-310, 1e-312, "coarse tick"),
        (1e308, 1e306, "coarse tick"),
        (1e18, 1e3, "frozen run"),  # steps within the rounding of such levels are none
    ],
)
def test_levels_of_any_size_are_looked_at(level: float, step: float, kind: str) -> None:
    levels = level + step * np.round(1.2 * normal(200))
    for move in ("difference", "log"):
        given = panel(x=levels)
        unit = "points" if move == "difference" else None
        factor = mi.Factor("x", move=move, unit=unit)  # type: ignore[arg-type]
        kinds = {one.kind for one in inspect(mi.Panel((factor,), given.quotes))}
        assert kind in kinds
        assert kinds <= {kind, "frozen run"}


def test_the_sizes_of_moves_know_no_rounding() -> None:
    assert move_sizes(np.array([0.3, 0.1 + 0.2, 0.6])).tolist() == [0.0, pytest.approx(0.5)]
    assert move_sizes(np.zeros(3)).tolist() == [0.0, 0.0]
    assert move_sizes(np.array([1e308, -1e308])).tolist() == [2.0]
