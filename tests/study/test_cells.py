"""How many cells a result counts: moves x windows x models, and variants that were tried."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.study.cells import NOT_COUNTED
from tests.study.world import mixed_panel, news, price_panel, walk, weekdays

TIMELINE = mi.Timeline(estimation=(-90, -6), event=(-5, 5))
DAYS = weekdays(700)


def panel(names: str = "ABC", seed: int = 1) -> mi.Panel:
    rng = np.random.default_rng(seed)
    return price_panel({name: walk(rng, 700) for name in names}, DAYS)


@pytest.mark.parametrize(
    ("windows", "count"), [(((0, 0),), 1), (((0, 0), (0, 1), (-5, 5)), 3), (((0, 1), (-1, 1)), 3)]
)
def test_cells_are_moves_times_windows(windows, count):
    """The headline of a known session is the window (0, 0), and counts once."""
    result = mi.EventStudy(timeline=TIMELINE, windows=windows).run(
        panel(), news(DAYS[[200, 320, 440, 560]]), pairs="all"
    )
    assert result.n_cells == 12 * count
    times = "1 window" if count == 1 else f"{count} windows"
    what = f"{12 * count} cells tested: 12 moves (4 events, 3 instruments) x {times} x 1 model"
    assert str(result.cells) == what
    assert f"{what}; {NOT_COUNTED}" in result.summary().head


def test_a_headline_of_several_sessions_is_a_window_of_its_own():
    given = news(DAYS[[200, 320]], clock=None, zone="Asia/Almaty")
    for windows, count in ((((0, 0), (-1, 1)), 3), (((0, 1), (-1, 1)), 2)):
        result = mi.EventStudy(timeline=TIMELINE, windows=windows).run(panel("A"), given)
        assert (result.alignment.last - result.alignment.position).tolist() == [1, 1]
        assert result.n_cells == 2 * count


def test_a_move_that_two_events_share_is_one():
    shared = news([DAYS[200], DAYS[200], DAYS[400]])
    result = mi.EventStudy(timeline=TIMELINE, windows=((0, 0),)).run(panel("AB"), shared, pairs="all")
    assert len(result.pairs) == 6
    assert result.n_cells == 4
    assert result.families().n == 4


def test_what_has_no_number_is_no_cell():
    levels = {"A": walk(np.random.default_rng(1), 700)}
    levels["A"][199:202] = np.nan
    result = mi.EventStudy(timeline=TIMELINE, windows=((0, 0), (-5, 5))).run(
        price_panel(levels, DAYS), news(DAYS[[206, 400]])
    )
    known = np.isfinite(result.estimates.sums.car).sum()
    assert result.n_cells == known
    nothing = mi.EventStudy(timeline=TIMELINE).run(panel("A"), news(["2030-01-01"]))
    assert nothing.n_cells == 0
    assert str(nothing.cells).startswith("0 cells tested: 0 moves (0 events, 0 instruments)")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.permutations([150, 230, 310, 390, 470]))
def test_cells_are_those_of_the_families(seed, places):
    """All windows of a study as one family: a test is a cell that was counted."""
    study = mi.EventStudy(timeline=TIMELINE, windows=((0, 0), (0, 3), (-5, 5)))
    result = study.run(mixed_panel(seed, holidays=0.05), news(DAYS[places]), pairs="all")
    assert result.n_cells == result.families(windows=result.spec.window_list).n


def test_robustness_counts_every_look_once():
    result = mi.EventStudy(timeline=TIMELINE, windows=((0, 0), (0, 1))).run(
        panel("AM"), news(DAYS[[300]]), pairs=[("e0", "A")]
    )
    found = mi.robustness(result, lengths=(60, 70), models=(mi.MarketModel("M"),))
    variants = found.variants
    grid = [one for one in variants if one.group == "grid"]
    assert len(grid) == 2 * 3 * 2
    assert found.n_cells == len(grid) + 4
    line = f"{len(grid) + 4} cells tested: 2 models x 3 lengths x 2 windows, and other dates and samples; {NOT_COUNTED}"
    assert line in found.summary().tail
