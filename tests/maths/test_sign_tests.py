"""Signs and signed ranks: the exact sign test, Cowan's generalized sign, Wilcoxon's signed ranks."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths.sign_tests import (
    ENUMERATED,
    fewest_windows,
    generalized_sign,
    positive_share,
    sign_test,
    wilcoxon_signed_rank,
)
from tests.maths.reference import read_reference

DAYS = range(-5, 6)
WINDOWS = [*((day, day) for day in DAYS), (-1, 1), (0, 1), *((-5, last) for last in DAYS[1:])]

SEEDS = st.integers(0, 2**32 - 1)
COARSE = st.lists(st.integers(-4, 4).map(float), min_size=5, max_size=11)
"""Moves with ties and zeros."""


@pytest.fixture(scope="module", params=["spread", "sameday"])
def reference(request, shared):
    return read_reference(shared / "reference", request.param)


def label(window):
    return f"[{window[0]},{window[1]}]"


def stored_label(reference, window):
    """Windows of one day are stored under the day alone, but for two."""
    return label(window) if ("sign_z", label(window)) in reference.stored else str(window[0])


# Other software's numbers.


@pytest.mark.parametrize("window", WINDOWS, ids=label)
def test_windows_have_the_stored_signs(reference, window):
    """Stored are the normal z, and count and p of the exact test."""
    name = stored_label(reference, window)
    outcome = sign_test(reference.car(*window))
    assert outcome.statistic == pytest.approx(reference.stored["sign_z", name][0], rel=1e-12, abs=1e-14)
    count, p_value = reference.stored["sign_binom", name]
    assert outcome.estimate * outcome.n == pytest.approx(count)
    assert outcome.p_value == pytest.approx(p_value, rel=1e-11)


@pytest.mark.parametrize("window", WINDOWS, ids=label)
def test_windows_have_the_stored_generalized_sign_with_one_daily_share_for_all(reference, window):
    """The stored form pools the pairs and takes the share of days for windows too: given that share, it is ours."""
    name = stored_label(reference, window)
    pooled = np.mean(reference.residuals > 0)
    outcome = generalized_sign(reference.car(*window), np.full(30, pooled))
    statistic, p_value = reference.stored["gsign_z", name]
    assert outcome.statistic == pytest.approx(statistic, rel=1e-10)
    assert outcome.p_value == pytest.approx(p_value, rel=1e-10)


def test_daily_shares_average_to_the_stored_one(shared):
    spread = read_reference(shared / "reference", "spread")
    shares = positive_share(spread.residuals, sessions=1)
    assert shares.mean() == pytest.approx(0.508888888888889, rel=1e-13)
    assert np.ptp(shares) > 0.1  # and are not one share


@pytest.mark.parametrize("window", WINDOWS, ids=label)
def test_windows_have_the_stored_signed_ranks(reference, window):
    name = stored_label(reference, window)
    outcome = wilcoxon_signed_rank(reference.car(*window))
    statistic, p_value = reference.stored["wilcoxon_w", name]
    assert outcome.statistic == statistic
    assert outcome.p_value == pytest.approx(p_value, rel=1e-11)


@given(SEEDS, st.integers(10, 60), st.floats(-1, 1))
def test_the_sign_test_is_the_binomial_test_of_scipy(seed, n, shift):
    moves = np.random.default_rng(seed).standard_normal(n) + shift
    outcome = sign_test(moves)
    wanted = stats.binomtest(int((moves > 0).sum()), n, 0.5)
    assert outcome.p_value == pytest.approx(wanted.pvalue, rel=1e-10)
    assert outcome.estimate == wanted.statistic
    assert outcome.p_floor == pytest.approx(stats.binomtest(0, n, 0.5).pvalue)


@given(SEEDS, st.integers(5, 50), st.floats(-1, 1))
def test_signed_ranks_are_those_of_scipy_without_ties(seed, n, shift):
    moves = np.random.default_rng(seed).standard_normal(n) + shift
    outcome = wilcoxon_signed_rank(moves)
    wanted = stats.wilcoxon(moves, method="exact")
    assert min(outcome.statistic, n * (n + 1) / 2 - outcome.statistic) == wanted.statistic
    assert outcome.p_value == pytest.approx(wanted.pvalue, rel=1e-9)


# Brute force.


@given(COARSE)
def test_signed_ranks_with_ties_and_zeros_by_every_flip(moves):
    """p is the share of the 2^n flips whose sum lies at least as far from the middle."""
    counted = np.array([one for one in moves if one])
    n = len(counted)
    outcome = wilcoxon_signed_rank(np.array(moves))
    assert outcome.n == n
    if n < 5:
        assert f"needs 5 moves that are not zero, has {n}" in outcome.reason
        return
    ranks = stats.rankdata(np.abs(counted))
    middle = n * (n + 1) / 4
    far = abs(ranks[counted > 0].sum() - middle)
    sums = [abs(ranks[np.array(flip)].sum() - middle) for flip in product([False, True], repeat=n)]
    assert outcome.statistic == ranks[counted > 0].sum()
    assert outcome.p_value == pytest.approx(np.mean(np.array(sums) >= far), rel=1e-12)
    assert outcome.p_floor == 2.0 ** (1 - n) <= outcome.p_value


@pytest.mark.parametrize("n", [5, 6, 8, 10])
def test_under_symmetry_p_is_at_most_its_level_and_no_other_number(n):
    """Over all flips of the same sizes, P(p <= a) = a at every a that p takes: exact, not approximate."""
    sizes = np.array([1, 1, 2, 3, 3, 3, 4, 5, 7, 7])[:n]
    p = [wilcoxon_signed_rank(sizes * np.array(flip)).p_value for flip in product([-1.0, 1.0], repeat=n)]
    for level in set(p):
        assert Fraction(sum(one <= level * (1 + 1e-12) for one in p), 2**n) == Fraction(level)


def test_the_fewest_moves_cannot_reach_5_percent_and_six_can():
    """Attainable at 5 %: nothing with five moves (the floor is 1/16), 1/32 with six."""
    assert wilcoxon_signed_rank(np.arange(1.0, 6.0)).p_value == 0.0625
    assert wilcoxon_signed_rank(np.arange(1.0, 7.0)).p_value == 0.03125


def test_above_the_enumerated_the_normal_takes_over_and_says_so():
    rng = np.random.default_rng(2)
    moves = np.rint(rng.standard_normal(ENUMERATED + 200) * 20) + 1.0
    moves = moves[moves != 0.0][: ENUMERATED + 1]
    above, below = wilcoxon_signed_rank(moves), wilcoxon_signed_rank(moves[1:])
    assert "normal" in above.note
    assert "exact" in below.note
    wanted = stats.wilcoxon(moves, method="asymptotic", correction=False)
    assert above.p_value == pytest.approx(wanted.pvalue, rel=1e-9)
    near = stats.wilcoxon(moves[1:], method="asymptotic", correction=False)
    assert below.p_value == pytest.approx(near.pvalue, rel=0.02)


@given(SEEDS, st.integers(1, 5), st.booleans())
def test_shares_by_loops(seed, sessions, given_still):
    rng = np.random.default_rng(seed)
    rows = np.rint(rng.standard_normal((4, 12)) * 2)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    still = rng.random(rows.shape) < 0.3 if given_still else None
    found = positive_share(rows, sessions=sessions, still=still)
    for i, row in enumerate(rows):
        positive = total = 0
        for start in range(12 - sessions + 1):
            window = row[start : start + sessions]
            zero = window == 0 if still is None else still[i, start : start + sessions] | (window == 0)
            if np.isnan(window).any() or zero.all():
                continue
            total += 1
            positive += window.sum() > 0
        assert found[i] == (pytest.approx(positive / total) if total else pytest.approx(np.nan, nan_ok=True))


def test_generalized_sign_by_hand():
    """Twelve pairs with shares of .4 and .6 by turns: 9 positive, 6 expected, variance 12 x .24."""
    moves = np.array([1.0] * 9 + [-1.0] * 3)
    outcome = generalized_sign(moves, np.array([0.4, 0.6] * 6))
    assert outcome.statistic == pytest.approx(3 / np.sqrt(12 * 0.24), rel=1e-14)
    assert outcome.p_value == pytest.approx(2 * stats.norm.sf(3 / np.sqrt(2.88)), rel=1e-13)
    assert outcome.estimate == pytest.approx(0.25)
    assert outcome.p_floor == pytest.approx(2 * stats.norm.sf(6 / np.sqrt(2.88)), rel=1e-13)
    assert "9 of 12 positive, 6.0 expected" in outcome.note


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_the_floor_of_the_generalized_sign_is_that_of_the_rarer_sign(share):
    """Three of twelve expected: all twelve of that sign are six deviations of 1.5 away."""
    outcome = generalized_sign(np.ones(12), np.full(12, share))
    assert outcome.p_floor == pytest.approx(2 * stats.norm.sf(6.0), rel=1e-12)


# What must not change a test, and what must.


@given(COARSE, st.randoms(), st.floats(0.01, 100))
def test_order_and_scale_change_nothing_and_the_sign_turns_the_side(moves, random, scale):
    moves = np.array(moves * 3)
    assume((moves != 0).sum() >= 10)
    shares = np.full(len(moves), 0.5)
    order = list(range(len(moves)))
    random.shuffle(order)
    for test in (sign_test, wilcoxon_signed_rank, lambda x: generalized_sign(x, shares)):
        plain = test(moves)
        assert test(moves[order]) == plain
        assert test(scale * moves) == plain
        assert test(-moves).p_value == pytest.approx(plain.p_value, rel=1e-12)
        assert 0.0 < plain.p_floor <= plain.p_value * (1 + 1e-12) <= 1.0 + 1e-11


def test_rounding_makes_no_order_of_signed_ties():
    moves = np.array([0.1 + 0.2, -0.3, 0.5, 0.6, 0.7, -0.8])
    exact = np.array([0.3, -0.3, 0.5, 0.6, 0.7, -0.8])
    assert wilcoxon_signed_rank(moves) == wilcoxon_signed_rank(exact)


def test_zero_moves_are_neither_and_missing_ones_are_none():
    """A quote that did not move has an abnormal move of minus the mean, whose sign says nothing."""
    moves = np.concatenate([np.arange(1.0, 12.0), np.full(5, -0.1), [np.nan] * 3])
    still = moves == -0.1
    shares = np.full(len(moves), 0.5)
    for test, n in (
        (sign_test, 11),
        (wilcoxon_signed_rank, 11),
        (lambda x, still=None: generalized_sign(x, shares[: len(x)], still=still), 11),
    ):
        outcome = test(moves, still=still)
        assert outcome.n == n
        assert "5 zero moves count as neither" in outcome.note
        assert outcome.p_value == test(moves[:11]).p_value
        # Trimmed or not, they are not negative moves.
        assert test(moves).p_value > outcome.p_value


def test_a_pair_without_a_share_does_not_enter():
    moves, shares = np.arange(-3.0, 10.0), np.full(13, 0.4)
    shares[[1, 7]] = np.nan
    kept = np.isfinite(shares)
    outcome = generalized_sign(moves, shares)
    note = outcome.note.replace("2 moves have too few ordinary windows to compare with; ", "")
    assert note != outcome.note
    assert replace(outcome, note=note) == generalized_sign(moves[kept], shares[kept])
    assert outcome.n == 10  # eleven, of which one is zero


def test_a_share_of_few_windows_is_none():
    """Whole windows count, also those at rest; the count is by loops."""
    rows = np.random.default_rng(4).standard_normal((40, 60))
    rows[np.random.default_rng(5).random(rows.shape) < 0.1] = np.nan
    whole = [sum(bool(np.isfinite(row[t : t + 5]).all()) for t in range(56)) for row in rows]
    assert min(whole) < fewest_windows(5) <= max(whole)
    plain = positive_share(rows, sessions=5)
    found = positive_share(rows, sessions=5, fewest=fewest_windows(5))
    few = np.array(whole) < 28
    assert np.isnan(found[few]).all()
    np.testing.assert_array_equal(found[~few], plain[~few])
    still = np.zeros(rows.shape, dtype=bool)
    still[:, :20] = True
    at_rest = positive_share(rows, sessions=5, still=still, fewest=28)
    np.testing.assert_array_equal(np.isnan(at_rest), few)


@pytest.mark.parametrize("holes", [0.1, 0.2, 0.3])
def test_holes_in_estimation_windows_do_not_make_the_generalized_sign_reject(holes):
    """With 120 sessions it rejects 7, 20 and 42 % where shares of any number of windows are taken."""
    rng = np.random.default_rng(round(100 * holes))
    rejected = 0
    for _ in range(400):
        moves = rng.standard_normal((30, 131))
        rows = np.where(rng.random((30, 120)) < holes, np.nan, moves[:, :120])
        mean = np.nanmean(rows, axis=1, keepdims=True)
        shares = positive_share(rows - mean, sessions=11, fewest=fewest_windows(11))
        rejected += generalized_sign((moves[:, 120:] - mean).sum(axis=1), shares).p_value < 0.05
    assert rejected / 400 < 0.065 + 3.7 * np.sqrt(0.05 * 0.95 / 400)


def test_one_session_share_is_not_that_of_eleven():
    """Exponential moves less their mean: 36.8 % of days are positive, 45.4 to 47 % of sums over eleven."""
    moves = np.random.default_rng(3).exponential(1.0, (200, 2_000)) - 1.0
    daily, eleven = (positive_share(moves, sessions=sessions).mean() for sessions in (1, 11))
    assert daily == pytest.approx(np.exp(-1), abs=0.005)
    assert eleven == pytest.approx(stats.gamma(11).sf(11), abs=0.005)


# Where a test does not apply.


@pytest.mark.parametrize("n", [0, 1, 9])
def test_few_signs_are_refused(n):
    moves = np.append(np.arange(1.0, n + 1), [0.0, 0.0, np.nan])
    for outcome in (sign_test(moves), generalized_sign(moves, np.full(n + 3, 0.5))):
        assert f"needs 10 moves that are not zero, has {n}" in outcome.reason
        assert np.isnan([outcome.statistic, outcome.p_value, outcome.p_floor]).all()
        assert (outcome.n, "2 zero moves" in outcome.note) == (n, True)


def test_eight_signs_would_jump_over_5_percent():
    """All of eight alike: .8 %; all but one: 7 %."""
    assert stats.binomtest(8, 8).pvalue == pytest.approx(0.008, abs=5e-4)
    assert stats.binomtest(7, 8).pvalue == pytest.approx(0.07, abs=5e-4)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_few_signed_ranks_are_refused(n):
    outcome = wilcoxon_signed_rank(np.arange(1.0, n + 1))
    assert f"needs 5 moves that are not zero, has {n}" in outcome.reason


def test_pairs_whose_moves_have_one_sign_alone_are_refused():
    assert "both signs" in generalized_sign(np.arange(1.0, 13.0), np.ones(12)).reason


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: sign_test(m, still=np.zeros(3, bool)), "still: does not fit the moves"),
        (lambda m: wilcoxon_signed_rank(m, still=np.zeros(3, bool)), "still: does not fit the moves"),
        (lambda m: generalized_sign(m, np.full(3, 0.5)), "shares: does not fit the moves"),
        (lambda m: generalized_sign(m, np.full(12, 50.0)), "shares: not a share"),
        (lambda m: positive_share(m[None], sessions=13), "sessions: the estimation window holds no window"),
        (lambda m: positive_share(m[None], sessions=0), "sessions: the estimation window holds no window"),
        (lambda m: positive_share(m[None], sessions=1, still=np.zeros(12, bool)), "still: does not fit"),
    ],
)
def test_calls_that_cannot_be_meant_are_errors(call, words):
    with pytest.raises(InputError, match=words):
        call(np.arange(1.0, 13.0))
