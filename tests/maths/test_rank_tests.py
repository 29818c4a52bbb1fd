"""Corrado's rank test, Corrado and Zivney's, and the generalized rank test."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths.abnormal import abnormal_moves
from marketimpact.maths.least_squares import fit_rows, fit_windows
from marketimpact.maths.rank_tests import (
    average_ranks,
    corrado_rank,
    corrado_zivney_rank,
    grank_t,
    grank_z,
    two_sided_normal,
)
from tests.maths.reference import read_reference

DAYS = range(-5, 6)
WINDOWS = [(-1, 1), (0, 1), (-5, 5), *((-5, last) for last in DAYS)]
VARIANTS = ["spread", "sameday"]

# Few distinct values: ties are the rule.
COARSE = arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 9)), elements=st.integers(-2, 2))
HOLES = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module", params=VARIANTS)
def reference(request, shared):
    return read_reference(shared / "reference", request.param)


@pytest.fixture(scope="module")
def spread(shared):
    return read_reference(shared / "reference", "spread")


def label(window):
    return f"[{window[0]},{window[1]}]"


def study(seed, n=12, total=40, sessions=3):
    """Ordinary moves and event moves of n pairs."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, total)), rng.standard_normal((n, sessions)) + 0.4


# Other software's numbers.


def test_every_day_has_the_stored_corrado_z_and_no_day_repeats_another(reference):
    """A scalar condition that recycles the first day's statistic would repeat it over all days."""
    found = []
    for day in DAYS:
        column = day + 5
        outcome = corrado_rank(reference.residuals, reference.ar, window=(column, column))
        for test in ("rank_z", "cz_rank_z"):  # with nothing missing the two forms are one
            statistic, p_value = reference.stored[test, str(day)]
            assert outcome.statistic == pytest.approx(statistic, rel=1e-11)
            assert outcome.p_value == pytest.approx(p_value, rel=1e-10)
        found.append(outcome.statistic)
    assert len(set(found)) == 11


@pytest.mark.parametrize("window", WINDOWS, ids=label)
def test_windows_have_the_stored_corrado_z(reference, window):
    outcome = corrado_rank(reference.residuals, reference.ar, window=(window[0] + 5, window[1] + 5))
    statistic, p_value = reference.stored["rank_z", label(window)]
    assert outcome.statistic == pytest.approx(statistic, rel=1e-10)
    assert outcome.p_value == pytest.approx(p_value, rel=1e-9)


def test_corrado_and_zivney_restandardize_the_event(spread):
    """2.7193 on day 0, against 3.1285 where the event's moves are not divided by their own deviation."""
    sigma = spread.sigma[:, None]
    outcome = corrado_zivney_rank(spread.residuals / sigma, spread.ar / sigma, zero_share=0.0, window=(5, 5))
    assert outcome.statistic == pytest.approx(2.7193, abs=5e-5)
    assert spread.stored["cz_rank_z", "0"][0] == pytest.approx(3.1285, abs=5e-5)


@pytest.mark.parametrize("window", WINDOWS, ids=label)
def test_windows_have_the_stored_generalized_ranks(reference, window):
    """Stored, but confirmed by no package; here against the formula. On one date they leave sqrt(1 - r) out."""
    residuals, scar = reference.residuals / reference.sigma[:, None], reference.scar(*window)
    for test, name in ((grank_t, "grank_t"), (grank_z, "grank_z")):
        outcome = test(residuals, scar, zero_share=0.0)
        statistic, p_value = reference.stored[name, label(window)]
        assert outcome.statistic == pytest.approx(statistic, rel=1e-9, abs=1e-12)
        assert outcome.p_value == pytest.approx(p_value, rel=1e-8)


# Brute force.


@given(COARSE, HOLES)
def test_average_ranks_are_those_of_scipy(values, seed):
    values = values.copy()
    values[np.random.default_rng(seed).random(values.shape) < 0.2] = np.nan
    wanted = np.full(values.shape, np.nan)
    for row, ranks in zip(values, wanted, strict=True):
        known = np.isfinite(row)
        ranks[known] = stats.rankdata(row[known])
    np.testing.assert_array_equal(average_ranks(values), wanted)


@given(COARSE, st.randoms())
def test_the_order_of_ties_makes_no_difference(values, random):
    order = list(range(values.shape[1]))
    random.shuffle(order)
    np.testing.assert_array_equal(average_ranks(values[:, order]), average_ranks(values)[:, order])


def test_rounding_makes_no_order_of_ties():
    """A stale quote's residual is 0 - mean, its abnormal move 0 - x'b: the same number but for its last bit."""
    values = np.array([[0.1 + 0.2, 0.3, -5.0, 0.3, 7.0]])
    assert values[0, 0] != values[0, 1]
    assert average_ranks(values).tolist() == [[3.0, 3.0, 1.0, 3.0, 5.0]]
    assert average_ranks(np.array([[1.0, 1.0 + 1e-6]])).tolist() == [[1.0, 2.0]]


def test_equal_moves_of_quoted_yields_are_ties_after_a_fit():
    """4.10 - 4.05 is not 4.15 - 4.10 in binary fractions: equal moves differ in their last bits, and are ties."""
    rng = np.random.default_rng(3)
    n, total = 40, 60
    ticks = np.rint(2.0 * rng.standard_normal((n, total + 1)))
    levels = np.round(4.0 + 0.01 * np.cumsum(np.insert(ticks, 0, 0.0, axis=1), axis=1), 2)
    moves = np.diff(levels, axis=1)
    y, ones = moves.ravel(), np.ones(moves.size)
    starts = np.arange(n) * (total + 1)
    fit = fit_windows(y, ones[None], np.full(y.shape, True), starts, total)
    _, _, residuals = fit_rows(moves[:, :-1], np.ones((1, n, total)))
    event = abnormal_moves(y, ones[None], ones, starts + total, (0, 0), fit).ar
    whole = np.concatenate([residuals, event], axis=1)
    assert all(len(np.unique(row)) > len(np.unique(one)) for row, one in zip(whole, ticks, strict=True))
    np.testing.assert_array_equal(average_ranks(whole), stats.rankdata(ticks, axis=1))


def test_ranks_of_many_rows_are_those_of_each():
    values = np.random.default_rng(1).integers(0, 40, (3_000, 25)).astype(float)
    np.testing.assert_array_equal(average_ranks(values), stats.rankdata(values, axis=1))
    assert average_ranks(np.empty((0, 4))).shape == (0, 4)


def corrado_by_loops(estimation, event, window):
    """U = K / (1 + M) - 1/2; the sum of a day over sqrt(N_t); the deviation of these sums over all days."""
    whole = np.hstack([estimation, event])
    daily = []
    for t in range(whole.shape[1]):
        us = []
        for row in whole:
            if np.isfinite(row[t]):
                known = row[np.isfinite(row)]
                k = np.sum(known < row[t]) + (np.sum(known == row[t]) + 1) / 2
                us.append(k / (1 + len(known)) - 0.5)
        daily.append(sum(us) / len(us) ** 0.5 if us else None)
    spread = np.mean([one**2 for one in daily if one is not None]) ** 0.5
    first = estimation.shape[1]
    tested = [one for one in daily[first + window[0] : first + window[1] + 1] if one is not None]
    return sum(tested) / (len(tested) ** 0.5 * spread)


@given(HOLES, st.integers(5, 8), st.integers(0, 2), st.booleans())
def test_corrado_by_loops_over_missing_moves(seed, n, first, coarse):
    estimation, event = study(seed, n, 12)
    if coarse:
        estimation, event = np.rint(estimation), np.rint(event)
    rng = np.random.default_rng(seed)
    estimation[rng.random(estimation.shape) < 0.2] = np.nan
    event[rng.random(event.shape) < 0.2] = np.nan
    event[:, 2] = np.where(np.isfinite(event[:, 2]), event[:, 2], 0.0)  # all pairs enter
    outcome = corrado_rank(estimation, event, window=(first, 2))
    assert outcome.n == n
    assert outcome.statistic == pytest.approx(
        corrado_by_loops(estimation, event, (first, 2)), rel=1e-9, abs=1e-12
    )
    assert outcome.p_value == pytest.approx(2 * stats.norm.sf(abs(outcome.statistic)), rel=1e-12)
    assert outcome.p_floor <= outcome.p_value <= 1.0


def grank_by_loops(residuals, scar, r):
    n = len(scar)
    star = np.sqrt(1 - r) * scar / np.sqrt(sum((one - scar.mean()) ** 2 for one in scar) / (n - 1))
    us = []
    for row, own in zip(residuals, star, strict=True):
        known = np.append(row[np.isfinite(row)], own)
        one = [
            np.nan
            if np.isnan(x)
            else (np.sum(known < x) + (np.sum(known == x) + 1) / 2) / (len(known) + 1) - 0.5
            for x in np.append(row, own)
        ]
        us.append(one)
    us = np.array(us)
    total = residuals.shape[1]
    squares = 0.0
    for column in us.T:
        known = column[np.isfinite(column)]
        squares += len(known) / n * known.mean() ** 2
    z = us[:, -1].mean() / np.sqrt(squares / (total + 1))
    return z * ((total - 1) / (total - z**2)) ** 0.5


@given(HOLES, st.integers(10, 14), st.sampled_from([0.0, 0.15]), st.booleans())
def test_the_generalized_rank_by_loops(seed, n, r, holes):
    residuals, event = study(seed, n, 25, 1)
    if holes:
        residuals[np.random.default_rng(seed).random(residuals.shape) < 0.15] = np.nan
    outcome = grank_t(residuals, event[:, 0], zero_share=0.0, correlation=r)
    assert outcome.statistic == pytest.approx(grank_by_loops(residuals, event[:, 0], r), rel=1e-9, abs=1e-12)
    assert (outcome.df, outcome.n) == (24.0, n)
    assert outcome.p_value == pytest.approx(2 * stats.t.sf(abs(outcome.statistic), 24), rel=1e-10)
    assert outcome.p_floor <= outcome.p_value * (1 + 1e-12)


def test_the_generalized_z_has_the_variance_of_one_rank_among_t_plus_one():
    """All T + 1 ranks equally likely: the variance of rank / (T + 2) is T / (12 (T + 2))."""
    total, n = 40, 12
    u = np.arange(1, total + 2) / (total + 2) - 0.5
    residuals, event = study(2, n, total, 1)
    outcome = grank_z(residuals, event[:, 0], zero_share=0.0)
    assert outcome.std_error == pytest.approx(np.sqrt(u.var() / n), rel=1e-13)
    assert outcome.statistic == pytest.approx(outcome.estimate / outcome.std_error, rel=1e-14)
    assert grank_t(residuals, event[:, 0], zero_share=0.0).estimate == outcome.estimate


# What must not change a test, and what must.


@given(HOLES, st.randoms())
def test_pairs_in_another_order_are_the_same_pairs(seed, random):
    estimation, event = study(seed)
    order = list(range(len(event)))
    random.shuffle(order)
    for test in (
        lambda a, b: corrado_rank(a, b, window=(0, 2)),
        lambda a, b: corrado_zivney_rank(a, b, zero_share=0.0, window=(0, 2)),
        lambda a, b: grank_t(a, b[:, 0], zero_share=0.0),
    ):
        there, here = test(estimation, event), test(estimation[order], event[order])
        assert here.statistic == pytest.approx(there.statistic, rel=1e-9, abs=1e-12)


@given(HOLES, st.floats(0.1, 50))
def test_corrado_sees_order_alone_and_turns_with_the_sign(seed, power):
    """A bent scale for each pair keeps its ranks; minus the moves is minus the statistic."""
    estimation, event = study(seed)
    scale = np.random.default_rng(seed).uniform(0.1, power + 0.1, (len(event), 1))
    plain = corrado_rank(estimation, event, window=(0, 1))
    assume(abs(plain.statistic) > 1e-6)
    bent = corrado_rank(scale * np.sinh(estimation), scale * np.sinh(event), window=(0, 1))
    assert bent.statistic == pytest.approx(plain.statistic, rel=1e-9)
    turned = corrado_rank(-estimation, -event, window=(0, 1))
    assert turned.statistic == pytest.approx(-plain.statistic, rel=1e-9)
    assert turned.p_value == pytest.approx(plain.p_value, rel=1e-9)


def test_the_sum_of_a_window_goes_over_the_square_root_of_its_sessions():
    """Not over a fourth root, nor over nothing: z_window sqrt(L) is the sum of the days' z, with one S."""
    estimation, event = study(4)
    days = [corrado_rank(estimation, event, window=(t, t)).statistic for t in range(3)]
    window = corrado_rank(estimation, event, window=(0, 2)).statistic
    assert window * 3**0.5 == pytest.approx(sum(days), rel=1e-12)


def test_correlation_enters_by_a_square_root():
    """sqrt(1 - r) times SCAR*, not its root: the same as SCARs that lie wider by what the factor restores."""
    residuals, event = study(6, n=20, sessions=1)
    wanted = grank_by_loops(residuals, event[:, 0], 0.6)
    assert grank_t(residuals, event[:, 0], zero_share=0.0, correlation=0.05).statistic != pytest.approx(
        wanted
    )
    spread = event[:, 0] / event[:, 0].std(ddof=1)
    fourth = grank_by_loops(residuals, spread, 1 - 0.4**0.5)
    assert fourth != pytest.approx(wanted, rel=1e-3)


def test_a_zero_move_is_a_move_and_a_missing_one_is_none():
    """Zero moves trimmed as missing would leave other ranks and other counts behind."""
    estimation, event = study(8, n=10)
    zeros, missing = estimation.copy(), estimation.copy()
    zeros[:, ::4], missing[:, ::4] = 0.0, np.nan
    ranks = average_ranks(np.hstack([zeros, event]))
    assert np.isfinite(ranks).all()
    assert np.all(ranks.sum(axis=1) == 43 * 44 / 2)
    assert corrado_rank(zeros, event).statistic != corrado_rank(missing, event).statistic
    trimmed = np.delete(estimation, np.s_[::4], axis=1)
    assert corrado_rank(missing, event).statistic == pytest.approx(corrado_rank(trimmed, event).statistic)


def test_pairs_without_a_move_in_the_window_do_not_enter():
    estimation, event = study(9, n=14)
    event[[2, 5], 1] = np.nan
    estimation[7] = np.nan
    rest = np.delete(np.arange(14), [2, 5, 7])
    for test in (corrado_rank, lambda a, b, window: corrado_zivney_rank(a, b, zero_share=0.0, window=window)):
        outcome = test(estimation, event, window=(1, 1))
        assert outcome.n == 11
        assert outcome == test(estimation[rest], event[rest], window=(1, 1))
    outcome = grank_t(estimation, event[:, 1], zero_share=0.0)
    assert outcome.n == 11
    assert outcome == grank_t(estimation[rest], event[rest, 1], zero_share=0.0)


def test_floors_are_reached_by_moves_that_are_all_the_largest():
    estimation, event = study(10, n=12)
    event[:, 0] = np.linspace(50.0, 51.0, 12)
    for outcome in (
        corrado_rank(estimation, event),
        grank_t(estimation, event[:, 0], zero_share=0.0),
        grank_z(estimation, event[:, 0], zero_share=0.0),
    ):
        assert outcome.p_value == pytest.approx(outcome.p_floor, rel=1e-9)
        assert 0.0 < outcome.p_floor < 0.01


def test_no_z_of_ranks_leaves_the_root_of_three_times_the_effective_pairs():
    """rho = .8, N = 20: 1.23 effective pairs, and z within 1.93, so that 5 % cannot be reached."""
    rng = np.random.default_rng(11)
    n, rho, total = 20, 0.8, 2_000
    moves = np.sqrt(rho) * rng.standard_normal(total) + np.sqrt(1 - rho) * rng.standard_normal((n, total))
    outcome = corrado_rank(moves, np.full((n, 1), 99.0))  # taken as independent
    bound = np.sqrt(3 * n / (1 + (n - 1) * rho))
    assert bound < 1.96
    assert outcome.statistic == pytest.approx(bound, rel=0.05)
    assert outcome.p_floor > 0.05


def test_a_p_does_not_become_zero_and_has_two_sides():
    assert two_sided_normal(1.959963984540054) == pytest.approx(0.05, rel=1e-12)
    assert two_sided_normal(-37.0) == two_sided_normal(37.0) > 0.0
    assert 1.0 - stats.norm.cdf(37.0) == 0.0


# Where a test does not apply.


def test_few_pairs_or_effective_ones_are_refused():
    estimation, event = study(12, n=30)
    for n in (1, 2, 4):
        outcome = corrado_rank(estimation[:n], event[:n])
        assert "needs 5 pairs or more" in outcome.reason
        assert np.isnan([outcome.statistic, outcome.p_value, outcome.p_floor]).all()
    assert corrado_rank(estimation[:5], event[:5]).applies
    # 30 / (1 + 29 r) is 3 at r = 9 / 29.
    assert corrado_rank(estimation, event, correlation=9 / 29 - 1e-9).applies
    for test in (
        lambda r: corrado_rank(estimation, event, correlation=r),
        lambda r: corrado_zivney_rank(estimation, event, zero_share=0.0, correlation=r),
        lambda r: grank_t(estimation, event[:, 0], zero_share=0.0, correlation=r),
    ):
        assert "30 pairs with a mean correlation of 0.32 count as 2.9" in test(0.32).reason


@pytest.mark.parametrize("test", [grank_t, grank_z])
def test_generalized_ranks_refuse_few_pairs_and_many_zeros(test):
    estimation, event = study(13, n=10)
    assert "needs 10 pairs or more, has 9" in test(estimation[:9], event[:9, 0], zero_share=0.0).reason
    assert test(estimation, event[:, 0], zero_share=0.2).applies
    assert "21% of the moves are zero" in test(estimation, event[:, 0], zero_share=0.21).reason
    assert "do not vary" in test(estimation, np.full(10, 0.1), zero_share=0.0).reason


def test_corrado_and_zivney_refuse_few_pairs_many_zeros_and_moves_that_do_not_vary():
    estimation, event = study(14, n=10)
    few = corrado_zivney_rank(estimation[:9], event[:9], zero_share=0.0)
    assert "needs 10 pairs or more, has 9" in few.reason
    assert "21% of the moves are zero" in corrado_zivney_rank(estimation, event, zero_share=0.21).reason
    outcome = corrado_zivney_rank(estimation, np.full((10, 1), 0.1), zero_share=0.0)
    assert "do not vary over pairs" in outcome.reason


def test_ranks_that_do_not_vary_are_refused():
    assert "do not vary" in corrado_rank(np.zeros((6, 20)), np.zeros((6, 1))).reason
    event = np.arange(12.0) - 5.5
    assert "do not vary" in grank_t(np.zeros((12, 20)), event, zero_share=0.0).reason


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda a, b: corrado_rank(a, b[1:]),
            "event: estimation and event windows are not those of the same",
        ),
        (lambda a, b: corrado_rank(a, b, window=(1, 3)), "window: the window is not inside"),
        (lambda a, b: corrado_rank(a, b, window=(2, 1)), "window: the window is not inside"),
        (lambda a, b: corrado_rank(a, b, window=(-1, 1)), "window: the window is not inside"),
        (lambda a, b: corrado_rank(a, b, correlation=-0.1), "correlation: not a mean correlation"),
        (lambda a, b: corrado_rank(a, b, correlation=np.nan), "correlation: not a mean correlation"),
        (lambda a, b: grank_t(a, b[:, 0], zero_share=20.0), "zero_share: not a share"),
        (lambda a, b: grank_z(a, b[1:, 0], zero_share=0.0), "event: estimation and event windows"),
        (lambda a, b: corrado_zivney_rank(a, b, zero_share=np.nan), "zero_share: not a share"),
    ],
)
def test_calls_that_cannot_be_meant_are_errors(call, words):
    with pytest.raises(InputError, match=words):
        call(*study(15))
