"""Resampling of date clusters through a study: against arrays gathered by hand, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.maths.block_bootstrap import BLOCK, stationary_bootstrap
from marketimpact.maths.outcome import Outcome
from marketimpact.maths.sign_change import SIGN_CHANGE, sign_change
from marketimpact.maths.wild_bootstrap import WEBB, WILD, wild_bootstrap
from marketimpact.study.gathered import Gathered, gather
from marketimpact.study.inference import clusters_of
from marketimpact.study.resampled import CHAIN, RESAMPLED, resampled
from tests.study.many_events import TIMELINE, common_dates, plain


def gathered(result: mi.StudyResult, window: tuple[int, int] | None = None) -> Gathered:
    """Arrays of the only kind of a study."""
    a, estimates = result.alignment, result.estimates
    (group,) = result.kinds.values()
    return gather(a, estimates, result.spec, window, group, clusters_of(a, estimates.rows, result.spec))


def by_name(
    result: mi.StudyResult, window: tuple[int, int] | None = None, **options: object
) -> dict[str, Outcome]:
    found = resampled(gathered(result, window), **options)
    assert tuple(one.test for one in found) == RESAMPLED
    return {one.test: one for one in found}


def dates_and_bonds(dates: int, *, cluster: str | None = "overlap", **options: float) -> mi.StudyResult:
    panel, events, pairs = common_dates(3, dates, 4, **options)
    return mi.EventStudy(timeline=TIMELINE, cluster=cluster).run(panel, events, pairs=pairs)


@pytest.mark.parametrize("window", [(0, 0), (-5, 5)])
def test_the_tests_of_cars_by_date(window):
    """Eight dates of four bonds: moves pair by pair from the result's own frame, dates by their names."""
    result = dates_and_bonds(8)
    car = result.car[window]
    values, dates = car.to_numpy(), np.array([int(event[1:]) for event, _ in car.index])
    found = by_name(result, window)
    expected = wild_bootstrap(values, dates, np.random.default_rng(9))  # enumerated: no seed matters
    assert found[WILD] == expected
    assert found[SIGN_CHANGE] == sign_change(values, dates, np.random.default_rng(9))
    webb = wild_bootstrap(values, dates, np.random.default_rng(0), weights="webb")
    assert found[WEBB].p_value == webb.p_value
    assert found[WEBB].note == "9999 draws; seed 0"
    assert "needs 20 date clusters or more, has 8" in found[BLOCK].reason
    assert (found[WILD].n, found[WILD].n_clusters, found[WILD].p_floor) == (32, 8, 2.0**-7)
    assert found[WILD].estimate == pytest.approx(values.mean(), rel=1e-12)


def test_many_dates_are_drawn_in_order_of_time():
    result = plain(26)
    car = result.car[(0, 1)].to_numpy()
    found = by_name(result, (0, 1), seed=5, draws=999)
    at = np.arange(26)
    for name, test in ((WILD, wild_bootstrap), (SIGN_CHANGE, sign_change), (BLOCK, stationary_bootstrap)):
        expected = test(car, at, np.random.default_rng(5), draws=999)
        assert (found[name].statistic, found[name].p_value) == (expected.statistic, expected.p_value)
        assert found[name].note == f"{expected.note}; seed 5"
    assert found[WILD].p_value == found[SIGN_CHANGE].p_value  # clusters of one size, and the same signs
    assert found[WEBB].reason.startswith("26 date clusters: from 12 on signs have values enough")
    other = by_name(result, (0, 1), seed=6, draws=999)
    assert other[BLOCK].p_value != found[BLOCK].p_value


def test_four_dates_say_what_they_cannot():
    found = by_name(dates_and_bonds(4))
    assert found[WILD].p_floor == found[SIGN_CHANGE].p_floor == 0.125
    assert "its smallest p is 0.125: it cannot reject at the 5 % level" in found[WILD].note
    assert "no more evidence than Rademacher's smallest p of 0.125" in found[WEBB].note
    assert found[WEBB].p_floor == pytest.approx(6.0**-3)
    lenient = by_name(dates_and_bonds(4), level=0.8)
    assert "cannot reject" not in lenient[WILD].note
    assert "no more evidence" not in lenient[WEBB].note


def test_one_date_has_nothing_to_resample():
    for one in by_name(dates_and_bonds(1)).values():
        assert not one.applies
        assert (one.n, one.n_clusters) == (4, 1)
    found = by_name(dates_and_bonds(1))
    assert "the pairs of one cluster are one observation" in found[WILD].reason


def test_windows_one_day_apart_are_one_cluster_and_the_reason_says_why():
    for one in by_name(dates_and_bonds(1, apart=1)).values():
        assert one.reason == CHAIN
        assert (one.n, one.n_clusters) == (4, 1)


def test_staggered_windows_of_several_clusters_have_one_weight_a_cluster():
    result = dates_and_bonds(6, apart=1)
    car = result.car[(0, 0)]
    dates = np.array([int(event[1:].split("-")[0]) for event, _ in car.index])
    found = by_name(result, (0, 0))
    assert found[WILD] == wild_bootstrap(car.to_numpy(), dates, np.random.default_rng(0))
    assert found[WILD].n_clusters == 6


def test_pairs_taken_as_independent_are_labelled():
    result = dates_and_bonds(4, cluster=None)
    found = by_name(result, independent=True)
    assert found[WILD].n_clusters == 16
    assert found[WILD].note.endswith("pairs taken as independent")
    assert "pairs taken as independent" not in found[BLOCK].reason
    assert "pairs taken as independent" not in by_name(dates_and_bonds(4))[WILD].note


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(21)), st.sampled_from(["overlap", None]))
def test_the_order_of_events_and_pairs_changes_no_bit(order, cluster):
    panel, events, pairs = common_dates(3, 21, 2)
    study = mi.EventStudy(timeline=TIMELINE, cluster=cluster)
    straight = resampled(gathered(study.run(panel, events, pairs=pairs)), draws=99)
    turned = mi.EventSet.from_events(events[f"e{i}"] for i in order)
    rows = pairs.sample(frac=1.0, random_state=order[0])
    assert resampled(gathered(study.run(panel, turned, pairs=rows)), draws=99) == straight


def test_an_effect_is_found_and_none_is_not():
    """Every date's moves lie 2 % lower: every test that applies says so."""
    result = dates_and_bonds(24)
    g = gathered(result, (0, 0))
    quiet = resampled(g, draws=999)
    moved = replace(g, car=g.car - 0.02)
    for before, after in zip(quiet, resampled(moved, draws=999), strict=True):
        if before.applies:
            assert after.p_floor <= after.p_value < 0.01 < before.p_value
            assert after.estimate == pytest.approx(before.estimate - 0.02, abs=1e-12)
