"""The wild bootstrap and sign changes: enumerated in loops, what few clusters can say, and how often they reject."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths import sign_change as signs
from marketimpact.maths import wild_bootstrap as wild
from marketimpact.maths.outcome import Outcome
from marketimpact.maths.parametric import cluster_t
from marketimpact.maths.sign_change import sign_change
from marketimpact.maths.wild_bootstrap import WEBB, WILD, sign_blocks, wild_bootstrap

WEBB_VALUES = [s * v for s in (-1.0, 1.0) for v in (0.5**0.5, 1.0, 1.5**0.5)]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def robust_t(values: np.ndarray, clusters: np.ndarray) -> float:
    """The t of a mean by CR1, from residuals cluster by cluster."""
    mean = sum(values) / len(values)
    names = sorted(set(clusters.tolist()))
    meat = sum(
        sum(v - mean for v, c in zip(values, clusters, strict=True) if c == name) ** 2 for name in names
    )
    return mean / (len(names) / (len(names) - 1) * meat) ** 0.5 * len(values)


def by_loops(values: np.ndarray, clusters: np.ndarray, points: list[float]) -> float:
    """The exact p: every combination of weights, put on the pairs one by one."""
    names = sorted(set(clusters.tolist()))
    observed, hits = abs(robust_t(values, clusters)), 0
    for weights in itertools.product(points, repeat=len(names)):
        drawn = values * np.array([weights[names.index(c)] for c in clusters])
        hits += abs(robust_t(drawn, clusters)) >= observed * (1 - 1e-9)
    return hits / len(points) ** len(names)


# ---------------------------------------------------------------- against loops


@pytest.mark.parametrize("seed", range(6))
def test_signs_are_enumerated_as_in_loops(seed):
    draw = rng(seed)
    clusters = np.repeat(np.arange(7), draw.integers(1, 5, 7))
    values = draw.standard_normal(len(clusters)) + 0.6
    outcome = wild_bootstrap(values, clusters, rng())
    assert outcome.p_value == pytest.approx(by_loops(values, clusters, [-1.0, 1.0]), rel=1e-12)
    assert outcome.statistic == pytest.approx(robust_t(values, clusters), rel=1e-12)
    assert outcome.estimate == pytest.approx(values.mean(), rel=1e-12)
    assert outcome.statistic == pytest.approx(outcome.estimate / outcome.std_error, rel=1e-12)
    assert (outcome.p_floor, outcome.part("draws"), outcome.n_clusters) == (2.0**-6, 64, 7)
    assert outcome.note == "enumerated"


@pytest.mark.parametrize("seed", range(4))
def test_webbs_weights_are_enumerated_as_in_loops(seed):
    draw = rng(seed)
    clusters = np.repeat(np.arange(3), [3, 1, 2])
    values = draw.standard_normal(6) + 0.5
    outcome = wild_bootstrap(values, clusters, rng(), weights="webb")
    assert outcome.p_value == pytest.approx(by_loops(values, clusters, WEBB_VALUES), rel=1e-12)
    assert outcome.p_floor == pytest.approx(6.0**-2, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_sign_changes_are_enumerated_as_in_loops(seed):
    """With the t as with the mean; a cluster of many pairs counts once."""
    draw = rng(seed)
    clusters = np.repeat(np.arange(8), draw.integers(1, 5, 8))
    values = draw.standard_normal(len(clusters)) + 0.6
    means = np.array([values[clusters == g].mean() for g in range(8)])
    outcome = sign_change(values, clusters, rng())
    every = np.array(list(itertools.product([-1.0, 1.0], repeat=8))) * means
    by_mean = np.mean(np.abs(every.mean(axis=1)) >= abs(means.mean()) - 1e-12)
    t = np.abs(stats.ttest_1samp(every, 0.0, axis=1).statistic)
    by_t = np.mean(t >= abs(stats.ttest_1samp(means, 0.0).statistic) * (1 - 1e-12))
    assert outcome.p_value == by_mean == by_t
    assert outcome.statistic == pytest.approx(stats.ttest_1samp(means, 0.0).statistic, rel=1e-12)


def test_sign_changes_agree_with_scipys_permutation_test():
    """Pairs that change sides are signs that change."""
    values = rng(3).standard_normal(11) + 0.5
    found = stats.permutation_test(
        (values, np.zeros(11)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    assert sign_change(values, np.arange(11), rng()).p_value == pytest.approx(found.pvalue, rel=1e-12)


@pytest.mark.parametrize("groups", [3, 14])
def test_every_sign_is_listed_once_but_for_its_mirror(groups):
    (block,) = sign_blocks(groups, rng(), 1)
    assert block.shape == (2 ** (groups - 1), groups)
    assert len(np.unique(block, axis=0)) == len(block)
    assert np.all(block[:, 0] == 1.0)
    assert set(np.unique(block)) == {-1.0, 1.0}


def test_drawn_signs_are_fair():
    """Each of 60 clusters is positive in half of the draws, and no two go together."""
    block = np.concatenate(list(sign_blocks(60, rng(1), 20_000)))
    assert block.shape == (20_000, 60)
    error = 1 / np.sqrt(20_000)
    assert np.all(np.abs(block.mean(axis=0)) < 4.5 * error)
    together = (block.T @ block / len(block))[np.triu_indices(60, 1)]
    assert np.all(np.abs(together) < 5.5 * error)


@pytest.mark.parametrize("weights", ["rademacher", "webb"])
def test_draws_agree_with_all_combinations(monkeypatch, weights):
    values = rng(5).standard_normal(15) + 0.4
    clusters = np.repeat(np.arange(5), 3)
    exact = wild_bootstrap(values, clusters, rng(), weights=weights).p_value
    monkeypatch.setattr(wild, "ENUMERATED", 1)
    monkeypatch.setattr(wild, "WEBB_ENUMERATED", 1)
    drawn = wild_bootstrap(values, clusters, rng(), weights=weights)
    assert drawn.note.startswith("9999 draws")
    assert abs(drawn.p_value - exact) < 3.7 * np.sqrt(exact * (1 - exact) / 9_999) + 1e-4
    assert 0.02 < exact < 0.5


def test_drawn_sign_changes_agree_with_all(monkeypatch):
    values = rng(6).standard_normal(12) + 0.4
    exact = sign_change(values, np.arange(12), rng()).p_value
    monkeypatch.setattr(wild, "ENUMERATED", 1)
    monkeypatch.setattr(signs, "ENUMERATED", 1)
    drawn = sign_change(values, np.arange(12), rng()).p_value
    assert abs(drawn - exact) < 3.7 * np.sqrt(exact * (1 - exact) / 9_999) + 1e-4


# ---------------------------------------------------------------- what few clusters can say


def with_t(t: float, groups: int) -> np.ndarray:
    """Values of as many clusters whose mean is 1 and whose t is given."""
    shape = np.arange(groups) - (groups - 1) / 2
    return 1.0 + shape / shape.std(ddof=1) * np.sqrt(groups) / t


def test_four_countries_prove_nothing_either_way():
    """Clustered t 35.7: Rademacher's p is its floor, .125, and Webb's .005 is that of weights which are all equal.

    A t of ten times as much has the same two p-values: they tell of the number of clusters alone.
    """
    clusters = np.arange(4)
    for t in (35.7, 357.0):
        values = with_t(t, 4)
        plain, webb = (wild_bootstrap(values, clusters, rng(), weights=w) for w in ("rademacher", "webb"))
        assert plain.statistic == webb.statistic == pytest.approx(t, rel=1e-9)
        assert (plain.p_value, plain.p_floor) == (0.125, 0.125)
        assert webb.p_value == webb.p_floor == pytest.approx(6 / 6**4, rel=1e-12)
        assert webb.p_value < 0.05 < plain.p_value
        assert "cannot reject at the 5 % level" in plain.note
        assert cluster_t(values, clusters).p_value < 0.0001
    assert (plain.test, webb.test) == (WILD, WEBB)


@pytest.mark.parametrize(("groups", "can"), [(2, False), (5, False), (6, True), (14, True)])
def test_the_smallest_p_of_signs(groups, can):
    for outcome in (
        wild_bootstrap(with_t(40.0, groups), np.arange(groups), rng()),
        sign_change(with_t(40.0, groups), np.arange(groups), rng()),
    ):
        assert outcome.p_value == outcome.p_floor == 2.0 ** (1 - groups)
        assert ("cannot reject at the 5 % level" in outcome.note) is not can
    lenient = sign_change(with_t(40.0, 5), np.arange(5), rng(), level=0.9)
    assert "cannot reject" not in lenient.note
    strict = wild_bootstrap(with_t(40.0, 6), np.arange(6), rng(), level=0.99)
    assert "cannot reject at the 1 % level" in strict.note


def test_the_floor_of_draws_counts_those_that_cannot_be_below():
    """Of 200,000 draws of 15 signs about 12 are all equal: they leave any t as it is."""
    draws = 200_000
    for test in (wild_bootstrap, sign_change):
        outcome = test(with_t(40.0, 15), np.arange(15), rng(2), draws=draws)
        equal = outcome.part("draws not below")
        assert outcome.p_value == outcome.p_floor == (1 + equal) / (draws + 1)
        assert abs(equal - draws / 2**14) < 4 * np.sqrt(draws / 2**14)
    few = sign_change(with_t(40.0, 40), np.arange(40), rng(2), draws=999)
    assert few.p_value == few.p_floor == 1 / 1000


# ---------------------------------------------------------------- properties

# Multiples of 1/64: sums of them are exact, so that statistics are equal or differ by more than rounding.
MOVES = st.lists(st.integers(-1280, 1280).filter(bool).map(lambda i: i / 64), min_size=4, max_size=40)


def three(values: np.ndarray, clusters: np.ndarray, seed: int = 0) -> list[Outcome]:
    return [
        wild_bootstrap(values, clusters, rng(seed), draws=199),
        wild_bootstrap(values, clusters, rng(seed), draws=199, weights="webb"),
        sign_change(values, clusters, rng(seed), draws=199),
    ]


@settings(max_examples=60)
@given(MOVES, st.integers(1, 3), st.randoms())
def test_the_order_of_pairs_and_the_names_of_clusters_change_no_bit(moves, size, random):
    values, clusters = np.array(moves), np.arange(len(moves)) // size
    order = list(range(len(moves)))
    random.shuffle(order)
    straight = three(values, clusters)
    assert [str(one) for one in three(values[order], clusters[order])] == [str(one) for one in straight]
    assert [str(one) for one in three(values, 7 * clusters - 50)] == [str(one) for one in straight]
    for one in straight:
        if one.applies:
            assert one.p_floor <= one.p_value <= 1.0


@settings(max_examples=60)
@given(MOVES, st.sampled_from([-1.0, 0.25, 1024.0]))
def test_units_and_signs_do_not_matter(moves, factor):
    """A power of two changes no rounding."""
    values, clusters = np.array(moves), np.arange(len(moves)) // 2
    for one, other in zip(three(values, clusters), three(factor * values, clusters), strict=True):
        assert one.reason == other.reason
        assert one.p_value == pytest.approx(other.p_value, nan_ok=True)
        assert one.statistic == pytest.approx(np.sign(factor) * other.statistic, rel=1e-9, nan_ok=True)


@settings(max_examples=60)
@given(MOVES, st.integers(1, 3))
def test_clusters_of_one_size_make_it_the_sign_change(moves, size):
    """The t is then that on cluster means, and so is every t*."""
    values = np.array(moves[: len(moves) // size * size])
    clusters = np.arange(len(values)) // size
    found, other, t = (
        wild_bootstrap(values, clusters, rng(), draws=299),
        sign_change(values, clusters, rng(), draws=299),
        cluster_t(values, clusters),
    )
    assert (found.applies, other.applies) == (t.applies, t.applies)
    if t.applies:
        assert found.p_value == other.p_value
        assert found.statistic == pytest.approx(t.statistic, rel=1e-7)
        assert found.std_error == pytest.approx(t.std_error, rel=1e-7)
        assert other.statistic == t.statistic


def test_a_large_cluster_counts_for_more_in_the_mean_over_pairs_alone():
    """Fifty pairs on one date moved; eight dates of one pair each did not."""
    values = np.concatenate([np.full(50, 5.0), np.array([0.1, -0.1, 0.2, -0.2, 0.05, -0.05, 0.3, -0.3])])
    clusters = np.concatenate([np.zeros(50, dtype=np.int64), np.arange(1, 9)])
    assert wild_bootstrap(values, clusters, rng()).estimate == pytest.approx(250 / 58)
    assert sign_change(values, clusters, rng()).estimate == pytest.approx(5 / 9)


def test_missing_values_do_not_enter():
    values, clusters = rng(1).standard_normal(20), np.arange(20) // 2
    holes = np.concatenate([values, [np.nan, np.nan]])
    more = np.concatenate([clusters, [3, 77]])
    for one, other in zip(three(values, clusters), three(holes, more), strict=True):
        assert one == other
        assert (one.n, one.n_clusters) == (20, 10)


def test_a_seed_gives_the_same_p_and_another_seed_another():
    values = rng(4).standard_normal(40) + 0.2
    for test in (wild_bootstrap, sign_change):
        one, again, other = (test(values, np.arange(40), rng(seed)) for seed in (1, 1, 2))
        assert one == again
        assert one.p_value != other.p_value
        assert abs(one.p_value - other.p_value) < 3.7 * np.sqrt(0.5 / 9_999)


# ---------------------------------------------------------------- where they do not apply


@pytest.mark.parametrize(
    ("values", "clusters", "reason"),
    [
        ([], [], "no pair has a value"),
        ([np.nan], [0], "no pair has a value"),
        ([1.0, 2.0, 0.5], [4, 4, 4], "the pairs of one cluster are one observation"),
        ([2.0, 2.0, 2.0], [0, 1, 2], "not vary"),
        ([0.0, 0.0, 0.0], [0, 1, 2], "not vary"),
        ([0.1, 0.2, 0.15, 0.15], [0, 0, 1, 2], "not vary"),
    ],
)
def test_where_they_do_not_apply(values, clusters, reason):
    for one in three(np.array(values), np.array(clusters, dtype=np.int64)):
        assert reason in one.reason
        assert np.isnan([one.statistic, one.p_value, one.p_floor]).all()
        assert one.n == np.isfinite(values).sum()


def test_what_is_asked_wrongly():
    values, clusters = np.arange(5.0), np.arange(5)
    with pytest.raises(
        InputError, match="weights: no such weights; received 'mammen'; allowed: 'rademacher'"
    ):
        wild_bootstrap(values, clusters, rng(), weights="mammen")
    for test in (wild_bootstrap, sign_change):
        with pytest.raises(InputError, match="draws: needs one draw or more; received 0"):
            test(values, clusters, rng(), draws=0)


# ---------------------------------------------------------------- how often they reject, and what they cost


def rate(p: list[float]) -> float:
    return float(np.mean(np.array(p) <= 0.05 + 1e-12))


def within(found: float, wanted: float, draws: int) -> bool:
    return abs(found - wanted) < 3.7 * np.sqrt(wanted * (1 - wanted) / draws)


@pytest.mark.parametrize(("groups", "attainable"), [(6, 1 / 32), (10, 25 / 512)])
def test_they_reject_at_their_attainable_level(groups, attainable):
    """Dates of four pairs correlated .8, tails of t3, variances from 1 to 9 between dates: symmetric is enough."""
    draws = 4_000
    draw = rng(groups)
    common, own = (draw.standard_t(3, (draws, groups, n)) for n in (1, 4))
    moves = (np.sqrt(0.8) * common + np.sqrt(0.2) * own) * np.linspace(1, 3, groups)[:, None]
    clusters = np.repeat(np.arange(groups), 4)
    rows = moves.reshape(draws, -1)
    assert within(rate([wild_bootstrap(row, clusters, rng()).p_value for row in rows]), attainable, draws)
    assert within(rate([sign_change(row, clusters, rng()).p_value for row in rows]), attainable, draws)


def test_weights_that_are_independent_within_a_date_reject_far_too_often():
    """Twelve dates of five pairs correlated .8: one weight a pair rejects 37 %, one weight a date 5 %."""
    draws = 1_000
    draw = rng(12)
    moves = np.sqrt(0.8) * draw.standard_normal((draws, 12, 1)) + np.sqrt(0.2) * draw.standard_normal(
        (draws, 12, 5)
    )
    rows, clusters = moves.reshape(draws, -1), np.repeat(np.arange(12), 5)
    assert within(rate([wild_bootstrap(row, clusters, rng()).p_value for row in rows]), 0.05, draws)
    alone = rate(
        [wild_bootstrap(row, np.arange(60), rng(i), draws=199).p_value for i, row in enumerate(rows[:500])]
    )
    assert alone > 0.3


def test_clusters_of_unlike_sizes():
    """Sizes 1 to 12, correlated .5 within a date: not exact any more, and within one to two points of 5 %."""
    draws = 2_000
    draw = rng(13)
    clusters = np.repeat(np.arange(12), np.arange(1, 13))
    common, own = draw.standard_normal((draws, 12)), draw.standard_normal((draws, len(clusters)))
    rows = np.sqrt(0.5) * common[:, clusters] + np.sqrt(0.5) * own
    found = rate([wild_bootstrap(row, clusters, rng()).p_value for row in rows])
    assert 0.035 < found < 0.065
    assert within(rate([sign_change(row, clusters, rng()).p_value for row in rows]), 102 / 2048, draws)


def test_the_draws_are_never_all_in_memory():
    """1,000 draws of 10,000 weights would be 80 MB."""
    values, clusters = rng(1).standard_normal(10_000), np.arange(10_000)
    for test in (wild_bootstrap, sign_change):
        tracemalloc.start()
        test(values, clusters, rng(), draws=1_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 40e6
