"""How a study runs its tests over events: groups that are asked for, and very many pairs part by part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.maths import calendar_weights, event_rows, event_scan
from marketimpact.maths import over_events as means
from marketimpact.maths import sign_tests as signs
from marketimpact.maths.calendar_weights import calendar_correlation
from marketimpact.study import event_tests as internals
from marketimpact.study.event_tests import EventTests
from marketimpact.study.gathered import Gathered, gather
from marketimpact.study.inference import clusters_of
from marketimpact.study.over_events import GROUPS
from tests.study.many_events import NAMES, TIMELINE, common_dates, plain

MOVES = NAMES[1:8]


def test_groups_that_are_asked_for():
    """The headline test and the diagnosis stand whatever is asked for; groups keep their order and their numbers."""
    result = plain(12)
    whole = result.over_events((-1, 1))
    by_name = {outcome.test: outcome for outcome in whole.kinds[0].outcomes}
    for asked in (["moves"], "moves", ("signs", "moves"), []):
        found = result.over_events((-1, 1), tests=asked)
        names = [outcome.test for outcome in found.kinds[0].outcomes]
        assert names[0] == "cluster t"
        assert (means.PATELL in names) == ("moves" in asked)
        assert (signs.SIGN in names) == ("signs" in asked)
        assert all(outcome == by_name[outcome.test] for outcome in found.kinds[0].outcomes)
        assert found.kinds[0].diagnosis.correlation == whole.kinds[0].diagnosis.correlation
        assert str(found.summary())
    assert result.over_events((-1, 1), tests=GROUPS) == whole
    both = result.over_events((-1, 1), tests=("signs", "moves")).kinds[0].outcomes
    assert [outcome.test for outcome in both[1:8]] == list(MOVES)
    with pytest.raises(mi.InputError, match=r"names no group of tests.*'rank'"):
        result.over_events(tests=["rank", "moves"])


def gathered(result: mi.StudyResult, window: tuple[int, int]) -> Gathered:
    a, e = result.alignment, result.estimates
    (places,) = result.kinds.values()
    return gather(a, e, result.spec, window, places, clusters_of(a, e.rows, result.spec))


def run_on(g: Gathered) -> EventTests:
    return EventTests(g, g.clusters, independent=False, zero_share=0.0)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten pairs are many."""
    for module in (event_scan, calendar_weights):
        monkeypatch.setattr(module, "MANY_PAIRS", 10)
    monkeypatch.setattr(internals, "DENSE", 10)


@pytest.mark.parametrize("apart", [0, 1])
def test_many_pairs_take_the_correlation_of_their_instruments(many, apart):
    """Part by part the same number as of all rows at once, and another than pair by pair."""
    panel, events, pairs = common_dates(3, apart=apart, holidays=0.02)
    result = mi.EventStudy(timeline=TIMELINE, windows=((-5, 5),)).run(panel, events, pairs=pairs)
    g = gathered(result, (-5, 5))
    found = run_on(g).correlation
    assert "of instruments" in found.note
    assert found.df == g.n_clusters - 1
    assert found.raw == pytest.approx(calendar_correlation(g.sample, 1).raw, rel=1e-12)
    one_by_one = calendar_correlation(g.sample, 1, degrees=True)
    assert "of instruments" not in one_by_one.note
    assert found.raw != one_by_one.raw
    assert found.raw == pytest.approx(one_by_one.raw, abs=0.02)
    outcome = result.over_events((-5, 5)).one(means.KOLARI_PYNNONEN)
    assert outcome.statistic == means.kolari_pynnonen_t(g.scar, found, clusters=g.clusters).statistic


@settings(max_examples=8)
@given(seed=st.integers(0, 500), order=st.permutations(range(12)))
def test_permuting_events_changes_nothing_of_many_pairs(seed, order):
    """To the last bit, whatever the parts: part by part and by sums over instruments and days."""
    panel, events, pairs = common_dates(seed, dates=2, instruments=6, apart=1, holidays=0.02)
    shuffled = mi.EventSet.from_events([list(events)[i] for i in order])
    study = mi.EventStudy(timeline=TIMELINE, windows=((-5, 5),), cluster=None)
    with pytest.MonkeyPatch.context() as patch:
        for module in (event_scan, calendar_weights):
            patch.setattr(module, "MANY_PAIRS", 1)
        patch.setattr(internals, "DENSE", 1)
        patch.setattr(event_rows, "PART", 5)
        one = study.run(panel, events, pairs=pairs).over_events((-5, 5))
        assert one == study.run(panel, shuffled, pairs=pairs.iloc[list(order)]).over_events((-5, 5))


def test_parts_do_not_show(monkeypatch):
    """Clusters whose rows are laid out anew lie across parts."""
    panel, events, pairs = common_dates(8, holidays=0.02)
    result = mi.EventStudy(timeline=TIMELINE, windows=((0, 0),)).run(panel, events, pairs=pairs)
    whole = result.over_events((0, 0)).kinds[0].outcomes
    monkeypatch.setattr(event_rows, "PART", 4)
    for found, expected in zip(result.over_events((0, 0)).kinds[0].outcomes, whole, strict=True):
        for name in ("statistic", "p_value", "estimate", "p_floor"):
            value = getattr(expected, name)
            assert getattr(found, name) == pytest.approx(value, rel=1e-10, nan_ok=True), found.test
        assert replace(
            found, statistic=0, p_value=0, estimate=0, std_error=0, p_floor=0, parts=()
        ) == replace(expected, statistic=0, p_value=0, estimate=0, std_error=0, p_floor=0, parts=())


def test_rows_are_gathered_when_they_are_asked_for():
    """Rows and their layout are those of the windows, gathered once."""
    panel, events, pairs = common_dates(8, holidays=0.02)
    result = mi.EventStudy(timeline=TIMELINE, windows=((0, 0),)).run(panel, events, pairs=pairs)
    g = gathered(result, (0, 0))
    assert "residuals" not in vars(g)
    assert g.residuals is g.residuals
    laid = g.aligned(g.residuals)
    assert laid.shape[1] >= g.residuals.shape[1] == 120
    for i in range(len(g)):
        known = np.sort(g.residuals[i][np.isfinite(g.residuals[i])])
        np.testing.assert_array_equal(np.sort(laid[i][np.isfinite(laid[i])]), known)
    np.testing.assert_array_equal(g.sample.residuals, g.residuals)
    np.testing.assert_array_equal(g.sample.estimation_days, g.days)


def test_rows_of_some_pairs():
    panel, events, pairs = common_dates(8)
    g = gathered(mi.EventStudy(timeline=TIMELINE, windows=((0, 0),)).run(panel, events, pairs=pairs), (0, 0))
    residuals, days, instrument = g.residuals_of(7)
    assert "residuals" not in vars(g)
    chosen = [0, 4, 9, 14, 19, 24, 29]
    np.testing.assert_array_equal(residuals, g.residuals[chosen])
    np.testing.assert_array_equal(days, g.days[chosen])
    np.testing.assert_array_equal(instrument, g.sample.instrument[chosen])
    assert g.residuals_of(30)[0] is g.residuals
