"""The date permutation: enumerated by hand, keyed draws, and what it refuses."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketimpact.maths import resample
from marketimpact.maths.outcome import Outcome
from marketimpact.maths.resample import DRAWS, MIN_POOL, date_permutation

SEED = 5


def made_up(seed: int, clusters: list[int], dates: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """SCARs at so many placebo dates, the event's own last, and the distances of the dates."""
    rng = np.random.default_rng(seed)
    scars = rng.standard_normal((len(clusters), dates + 1))
    scars[:, -1] += shift
    return scars, np.tile(np.arange(-dates, 0), (len(clusters), 1))


def permute(scars: np.ndarray, offsets: np.ndarray, clusters: list[int], seed: int = SEED) -> Outcome:
    given = np.array(clusters, dtype=np.int64)
    return date_permutation(scars, offsets, given, 1_000 + given, seed)


def test_one_cluster_is_enumerated():
    scars, offsets = made_up(1, [0, 0, 0], 119, shift=1.0)
    outcome = permute(scars, offsets, [0, 0, 0])
    means = scars.mean(axis=0)
    assert outcome.statistic == pytest.approx(means[-1], rel=1e-14)
    assert outcome.p_value == np.count_nonzero(np.abs(means) >= abs(means[-1])) / 120
    assert outcome.p_floor == 1 / 120
    assert (outcome.n, outcome.n_clusters) == (3, 1)
    assert "enumerated" in outcome.note
    assert "a joint test of unusual days, not of a mean over events" in outcome.note


def test_two_clusters_are_enumerated_over_all_combinations():
    """Two pairs on one date, one on another, 30 and 40 dates: 31 x 41 combinations."""
    first, offsets_1 = made_up(2, [0, 0], 30, shift=0.8)
    second, offsets_2 = made_up(3, [1], 40, shift=0.8)
    scars, offsets = np.full((3, 41), np.nan), np.zeros((3, 40), dtype=np.int64)
    scars[:2, :30], scars[:2, -1], offsets[:2, :30] = first[:, :-1], first[:, -1], offsets_1
    scars[2], offsets[2] = second[0], offsets_2[0]
    outcome = permute(scars, offsets, [0, 0, 1])
    pool_1, pool_2 = first.mean(axis=0), second[0]
    observed = abs(pool_1[-1] + pool_2[-1]) / 2
    hits = sum(abs(a + b) / 2 >= observed * (1 - 1e-12) for a, b in itertools.product(pool_1, pool_2))
    assert outcome.p_value == hits / (31 * 41)
    assert outcome.p_floor == 1 / (31 * 41)
    assert outcome.note == "enumerated"


@pytest.mark.parametrize(("dates", "drawn"), [(98, False), (99, True)])
def test_draws_begin_where_combinations_outnumber_them(dates, drawn):
    """99^2 = 9,801 combinations are listed, 100^2 = 10,000 are not."""
    scars, offsets = made_up(4, [0, 1], dates)
    outcome = permute(scars, offsets, [0, 1])
    assert outcome.p_floor == (1 / (DRAWS + 1) if drawn else 1 / 99**2)
    assert ("seed 5" in outcome.note) == drawn


def test_the_largest_date_reaches_the_floor_when_enumerated():
    scars, offsets = made_up(6, [0, 0], 60, shift=50.0)
    outcome = permute(scars, offsets, [0, 0])
    assert outcome.p_value == outcome.p_floor == 1 / 61


def test_the_floor_of_draws_is_never_undercut():
    scars, offsets = made_up(7, list(range(6)), 119, shift=50.0)
    outcome = permute(scars, offsets, list(range(6)))
    assert outcome.p_value == outcome.p_floor == 1 / (DRAWS + 1)


def test_ties_count_against_the_event():
    scars, offsets = made_up(8, [0], 99)
    scars[0, :] = np.linspace(0.0, 1.0, 100)
    scars[0, -1] = -scars[0, 90]
    outcome = permute(scars, offsets, [0])
    assert outcome.p_value == np.count_nonzero(np.abs(scars[0]) >= scars[0, 90]) / 100 == 10 / 100


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.permutations(range(8)))
def test_the_order_of_pairs_changes_nothing_to_the_last_bit(seed, order):
    clusters = [0, 0, 0, 1, 1, 2, 3, 3]
    scars, offsets = made_up(seed, clusters, 40)
    plain = permute(scars, offsets, clusters)
    permuted = permute(scars[order], offsets[order], [clusters[i] for i in order])
    assert permuted == plain


def test_the_numbers_of_clusters_do_not_matter_only_their_keys():
    """An event added in another year renumbers the clusters; the draws of the others stay."""
    clusters = np.array([0, 0, 1, 2])
    scars, offsets = made_up(9, clusters.tolist(), 60)
    keys = np.array([500, 500, 700, 900])
    outcome = date_permutation(scars, offsets, clusters, keys, SEED)
    renumbered = date_permutation(scars, offsets, np.array([2, 2, 5, 9]), keys, SEED)
    rekeyed = date_permutation(scars, offsets, clusters, keys + 1, SEED)
    assert renumbered == outcome
    assert rekeyed.p_value != outcome.p_value
    assert rekeyed.statistic == outcome.statistic


def test_a_seed_gives_the_same_p_and_another_seed_another():
    scars, offsets = made_up(10, [0, 1, 2], 60)
    one, again, other = (permute(scars, offsets, [0, 1, 2], seed) for seed in (1, 1, 2))
    assert one == again
    assert one.p_value != other.p_value
    assert abs(one.p_value - other.p_value) < 3.7 * np.sqrt(2 * 0.25 / DRAWS)


def test_draws_agree_with_all_combinations():
    scars, offsets = made_up(11, [0, 1, 2], 39, shift=0.7)
    drawn = permute(scars, offsets, [0, 1, 2]).p_value
    means = np.abs([sum(one) / 3 for one in itertools.product(*scars)])
    exact = np.count_nonzero(means >= abs(scars[:, -1].mean()) * (1 - 1e-12)) / len(means)
    assert abs(drawn - exact) < 3.7 * np.sqrt(exact * (1 - exact) / DRAWS) + 1 / DRAWS


def test_pairs_of_a_cluster_share_their_dates():
    """Only dates that every pair of the cluster has are drawn, each with the same date for all."""
    scars, offsets = made_up(12, [0, 0], 40)
    offsets[1] -= 15
    outcome = permute(scars, offsets, [0, 0])
    at = {offset: (scars[0, i], None) for i, offset in enumerate(offsets[0])}
    both = [(at[o][0] + scars[1, i]) / 2 for i, o in enumerate(offsets[1]) if o in at]
    observed = abs(scars[:, -1].mean())
    assert len(both) == 25
    assert outcome.p_value == (1 + np.count_nonzero(np.abs(both) >= observed)) / 26


def test_a_date_without_a_value_for_one_pair_is_no_date_of_the_cluster():
    scars, offsets = made_up(13, [0, 0], 60)
    scars[1, :20] = np.nan
    assert permute(scars, offsets, [0, 0]).p_floor == 1 / 41


def test_pairs_without_an_event_value_are_left_out():
    scars, offsets = made_up(14, [0, 0, 1], 60)
    scars[1, -1] = np.nan
    outcome = permute(scars, offsets, [0, 0, 1])
    assert (outcome.n, outcome.n_clusters) == (2, 2)
    assert outcome == permute(scars[[0, 2]], offsets[[0, 2]], [0, 1])


@pytest.mark.parametrize(("dates", "applies"), [(MIN_POOL - 1, True), (MIN_POOL - 2, False)])
def test_twenty_dates_with_the_events_own_are_the_fewest(dates, applies):
    scars, offsets = made_up(15, [0], dates)
    outcome = permute(scars, offsets, [0])
    assert outcome.applies == applies
    assert applies or "fewer than 19 placebo dates" in outcome.reason
    assert np.isnan(outcome.p_value) != applies


def test_one_poor_cluster_stops_the_test():
    scars, offsets = made_up(16, [0, 1], 60)
    scars[1, :50] = np.nan
    outcome = permute(scars, offsets, [0, 1])
    assert not outcome.applies
    assert (outcome.n, outcome.n_clusters) == (2, 2)


def test_no_pair_with_a_value_is_said():
    scars, offsets = made_up(17, [0, 1], 60)
    scars[:, -1] = np.nan
    outcome = permute(scars, offsets, [0, 1])
    assert outcome.reason == "no pair has a value"
    assert np.isnan([outcome.statistic, outcome.p_value, outcome.p_floor]).all()


@pytest.mark.parametrize("pairs", [1, 2])
@pytest.mark.parametrize("missing", [False, True], ids=["both known", "one missing"])
def test_two_positions_of_one_distance_do_not_break_the_test(pairs, missing):
    """A quote on a Saturday has the distance of the Friday before it; positions before a series have one as well."""
    clusters = [0] * pairs
    scars, offsets = made_up(18, clusters, 60)
    offsets[:, 30] = offsets[:, 29]
    if missing:
        scars[:, 30] = np.nan
    outcome = permute(scars, offsets, clusters)
    assert 1 / 61 <= outcome.p_floor <= 1 / 60
    assert outcome.p_floor <= outcome.p_value <= 1.0


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 3), min_size=1, max_size=8), st.floats(-5, 5))
def test_p_lies_between_its_floor_and_one(seed, clusters, shift):
    scars, offsets = made_up(seed, clusters, 25, shift=shift)
    outcome = permute(scars, offsets, clusters)
    assert 0.0 < outcome.p_floor <= outcome.p_value <= 1.0
    mirrored = permute(-scars, offsets, clusters)
    assert mirrored.p_value == outcome.p_value
    assert mirrored.statistic == pytest.approx(-outcome.statistic, rel=1e-12)


def test_one_big_cluster_weighs_no_more_than_a_pair_alone():
    """The statistic is the mean over clusters of the mean in each."""
    clusters = [0] * 9 + [1]
    scars, offsets = made_up(19, clusters, 40)
    outcome = permute(scars, offsets, clusters)
    assert outcome.statistic == pytest.approx((scars[:9, -1].mean() + scars[9, -1]) / 2, rel=1e-14)


def test_the_number_of_draws_is_the_modules(monkeypatch):
    monkeypatch.setattr(resample, "DRAWS", 99)
    scars, offsets = made_up(20, [0, 1], 60)
    assert permute(scars, offsets, [0, 1]).p_floor == 1 / 100
