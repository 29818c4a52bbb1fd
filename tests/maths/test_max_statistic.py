"""The largest of several candidate days: against counting, integrals and simulation, and how often it rejects."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from marketimpact.maths import sample as sample_module
from marketimpact.maths.abnormal import Abnormal, abnormal_moves, covariance, cumulative_path
from marketimpact.maths.least_squares import Fit, fit_windows
from marketimpact.maths.max_statistic import MaxRanks, max_with_refit, sup_t, sup_t_quantile
from marketimpact.maths.parametric import t_p_value
from marketimpact.maths.sample import Sample
from marketimpact.maths.single_event import rank_with_refit
from tests.maths.brute import Series, fit_one, make_series
from tests.maths.test_size import LEVEL, tolerance, windows_and_events

LENGTH, GAP = 25, 3
DRAWN = 0.01
"""Relative tolerance of a drawn p-value: more than three standard errors of its 20,000 draws."""


def ranks_of(series: Series, starts: np.ndarray, sessions: int, length: int = LENGTH) -> MaxRanks:
    return max_with_refit(series.sample(starts, length), starts + length + GAP, sessions)


def rank_one(series: Series, start: int, sessions: int) -> tuple[float, float, int]:
    """Refit on the estimation window and the candidates, count by hand, and divide whole numbers."""
    candidates = start + LENGTH + GAP + np.arange(sessions)
    if not series.usable[candidates].all():
        return np.nan, np.nan, -1
    size = np.abs(fit_one(series, np.append(np.arange(start, start + LENGTH), candidates)).residuals)
    largest = size[-sessions:].max()
    ties = np.isclose(size, largest, rtol=1e-9, atol=0)
    n, m = len(size), np.count_nonzero((size > largest) | ties)
    p_value = 1 - Fraction(comb(n - m, sessions), comb(n, sessions))
    return float(p_value), sessions / n, int(np.argmax(size[-sessions:]))


def series_of(y: np.ndarray) -> Series:
    return Series(y, np.ones((1, len(y))), np.ones(len(y)))


def daily(sample: Sample, events: np.ndarray, sessions: int) -> tuple[Abnormal, Fit, np.ndarray]:
    """Abnormal moves of the candidates, their fits, and the size of their t statistics."""
    fit = fit_windows(sample.y, sample.x, sample.usable, sample.starts, sample.length)
    abnormal = abnormal_moves(sample.y, sample.x, sample.v, events, (0, sessions - 1), fit)
    return abnormal, fit, np.abs(abnormal.ar / np.sqrt(abnormal.variance(fit)))


# The rank of the largest


@given(
    st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 6), st.floats(0.0, 0.2), st.floats(0.0, 0.4)
)
def test_ranks_equal_one_refit_at_a_time(seed, k, sessions, missing, gaps):
    series, starts = make_series(seed, 90, k, missing=missing, gaps=gaps), np.array([0, 11, 40])
    ranks = ranks_of(series, starts, sessions)
    wanted = np.array([rank_one(series, start, sessions) for start in starts])
    np.testing.assert_allclose(ranks.p_value, wanted[:, 0], rtol=1e-13)
    np.testing.assert_allclose(ranks.p_floor, wanted[:, 1], rtol=1e-13)
    np.testing.assert_array_equal(ranks.which, wanted[:, 2])


@pytest.mark.parametrize("sessions", [1, 2, 3, 8])
def test_p_is_the_share_of_all_ways_to_choose_the_candidates(sessions):
    """Ten moves about their mean: every choice of L of them is as likely as the one that was made."""
    for seed in range(20):
        moves = np.random.default_rng(seed).standard_normal(10)
        length = 10 - sessions
        y = np.concatenate([moves[:length], np.zeros(GAP), moves[length:]])
        size = np.abs(moves - moves.mean())
        largest = [max(size[list(chosen)]) for chosen in combinations(range(10), sessions)]
        wanted = np.mean(np.array(largest) >= size[length:].max())
        p_value = ranks_of(series_of(y), np.array([0]), sessions, length).p_value[0]
        assert p_value == pytest.approx(wanted, rel=1e-14)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0.0, 0.3))
def test_one_candidate_is_the_rank_with_refit_to_the_last_bit(seed, k, missing):
    series, starts = make_series(seed, 90, k, missing=missing, gaps=0.2), np.arange(60)
    one = rank_with_refit(series.sample(starts, LENGTH), starts + LENGTH + GAP)
    ranks = ranks_of(series, starts, 1)
    np.testing.assert_array_equal(ranks.p_value, one.p_value)
    np.testing.assert_array_equal(ranks.p_floor, one.p_floor)
    np.testing.assert_array_equal(ranks.which, np.where(np.isnan(one.p_value), -1, 0))


@pytest.mark.parametrize("sessions", [1, 2, 3, 5])
def test_nineteen_times_as_many_moves_reach_five_percent_and_one_less_does_not(sessions):
    for length, reached in ((19 * sessions, True), (19 * sessions - 1, False)):
        y = np.random.default_rng(length).standard_normal(length + GAP + sessions)
        y[-1] = 50.0
        ranks = ranks_of(series_of(y), np.array([0]), sessions, length)
        assert ranks.p_value[0] == ranks.p_floor[0] == sessions / (length + sessions)
        assert (ranks.p_value[0] <= 0.05) is np.bool_(reached)
        assert ranks.which[0] == sessions - 1


def test_a_small_chance_keeps_its_digits():
    """One large move among 100,000, two candidates: 1 - .99998 would have lost five digits."""
    y = np.random.default_rng(0).standard_normal(100_000 + GAP + 2)
    y[[0, -2]] = -90.0, 80.0
    p_value = ranks_of(series_of(y), np.array([0]), 2, 100_000).p_value[0]
    n = 100_002
    assert p_value == pytest.approx(float(1 - Fraction(comb(n - 2, 2), comb(n, 2))), rel=1e-15)


def test_ties_count_against_the_event():
    """The candidates' 2 stands beside another 2 and a -2 about a mean of 0: three of 27 are as large."""
    y = np.zeros(LENGTH + GAP + 2)
    y[:4], y[-2] = [2.0, -2.0, -1.0, -1.0], 2.0
    y[[4, 5]] = -(y[:4].sum() + y[-2]) / 2
    ranks = ranks_of(series_of(y), np.array([0]), 2)
    assert ranks.p_value[0] == pytest.approx(1 - (24 * 23) / (27 * 26), rel=1e-14)
    assert ranks.which.tolist() == [0]


def test_of_two_candidates_that_rounding_alone_splits_the_first_is_named():
    for seed in range(100):
        half = np.random.default_rng(seed).normal(0.0, 0.01, 13)
        y = 0.1 + np.concatenate([half[:-1], -half[:-1], np.zeros(GAP), half[-1:], -half[-1:]])
        assert ranks_of(series_of(y), np.array([0]), 2, 24).which.tolist() == [0]


def test_moves_of_nothing_have_the_largest_p_and_missing_ones_do_not_count():
    series = series_of(np.zeros(LENGTH + GAP + 3))
    series.y[:5] = np.nan
    ranks = ranks_of(series, np.array([0]), 3)
    assert ranks.p_value.tolist() == [1.0]
    assert ranks.p_floor.tolist() == [3 / (LENGTH - 5 + 3)]
    assert ranks.which.tolist() == [0]


def test_moves_in_other_events_windows_do_not_count_and_the_candidates_own_do():
    y = np.random.default_rng(8).standard_normal(LENGTH + GAP + 2)
    y[:5] = 99.0
    sample = series_of(y).sample(np.array([0]), LENGTH)
    clean = np.arange(len(y)) >= 5
    clean[-2:] = False
    masked = max_with_refit(replace(sample, clean=clean), np.array([LENGTH + GAP]), 2)
    assert masked.p_floor.tolist() == [2 / (LENGTH - 5 + 2)]
    y[:5] = np.nan
    assert ranks_of(series_of(y), np.array([0]), 2) == masked


def test_a_candidate_that_is_missing_leaves_nothing_to_rank():
    series = make_series(3, 60, 2)
    series.x[1, LENGTH + GAP + 2] = np.nan
    ranks = ranks_of(series, np.array([0, 3]), 3)
    assert np.isnan(ranks.p_value).tolist() == np.isnan(ranks.p_floor).tolist() == [True, False]
    assert ranks.which[0] == -1
    assert ranks.which[1] >= 0


def test_a_spanned_move_is_judged_by_its_own_variance():
    """Over four sessions 3.0 is an ordinary move; over one session 2.5 is the larger one."""
    y = np.random.default_rng(6).standard_normal(LENGTH + GAP + 2)
    y[-2:] = 3.0, 2.5
    series = series_of(y)
    assert ranks_of(series, np.array([0]), 2).which.tolist() == [0]
    series.v[-2] = 4.0
    assert ranks_of(series, np.array([0]), 2).which.tolist() == [1]


def test_the_size_of_a_chunk_changes_nothing(monkeypatch):
    series, starts = make_series(7, 200, 3, missing=0.05), np.arange(100)
    whole = ranks_of(series, starts, 3)
    monkeypatch.setattr(sample_module, "CHUNK", 9)
    assert ranks_of(series, starts, 3) == whole


# The sup-t


def path_correlation(length: int, sessions: int) -> np.ndarray:
    """Cov(CAR_a, CAR_b) = s^2 (min(a, b) + a b / T) of a constant mean, as a correlation."""
    sums = np.arange(1, sessions + 1)
    cov = np.minimum.outer(sums, sums) + np.outer(sums, sums) / length
    return cov / np.sqrt(np.outer(np.diag(cov), np.diag(cov)))


def day_correlation(length: int, sessions: int) -> np.ndarray:
    """Days that share the error of a constant mean: 1 / T over 1 + 1 / T."""
    return (np.eye(sessions) + 1 / length) / (1 + 1 / length)


def modulus_sf(c: float, days: int, df: float) -> float:
    """Studentized maximum modulus: independent normals over one s, integrated over s."""

    def within(s: float) -> float:
        root = np.sqrt(df)
        return (1 - 2 * stats.norm.sf(c * s)) ** days * stats.chi.pdf(s * root, df) * root

    return 1 - integrate.quad(within, 0, np.inf, epsabs=1e-12)[0]


def largest_t(corr: np.ndarray, df: int, draws: int, seed: int) -> np.ndarray:
    """Draw the largest of the correlated t statistics, from normals and one s."""
    rng = np.random.default_rng(seed)
    normals = rng.standard_normal((draws, len(corr))) @ np.linalg.cholesky(corr).T
    return np.abs(normals).max(axis=1) / np.sqrt(rng.chisquare(df, draws) / df)


@given(st.floats(0.0, 8.0), st.sampled_from([1, 4, 29, 118]), st.floats(0.1, 10.0), st.sampled_from([-1, 1]))
def test_one_day_is_the_two_sided_t(statistic, df, scale, sign):
    found = sup_t(np.array([sign * statistic * scale]), np.array([[scale**2]]), df)
    assert found.statistic == pytest.approx(statistic, rel=1e-12)
    assert found.which == 0
    assert found.p_value == pytest.approx(float(t_p_value(np.array(statistic), np.array(df))), rel=1e-9)


@pytest.mark.parametrize(
    ("days", "df", "c"), [(2, 5, 3.1), (3, 10, 2.8), (5, 29, 2.0), (11, 119, 2.9), (21, 60, 1)]
)
def test_independent_days_give_the_studentized_maximum_modulus(days, df, c):
    moves = np.zeros(days)
    moves[1] = -c
    found = sup_t(moves, np.eye(days), df)
    assert (found.statistic, found.which) == (c, 1)
    assert found.p_value == pytest.approx(modulus_sf(c, days, df), rel=DRAWN)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(2, 8), st.sampled_from([3, 12, 60]), st.floats(0.5, 3.0))
def test_correlated_days_give_what_scipy_integrates(seed, days, df, c):
    """With twenty times its usual points: with those its p-values differ by 2 % from one seed to the next."""
    mixed = np.random.default_rng(seed).standard_normal((days, days + 1))
    cov = mixed @ mixed.T
    moves = np.zeros(days)
    moves[-1] = c * np.sqrt(cov[-1, -1])
    found = sup_t(moves, cov, df)
    corr = cov / np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
    joint, corner = stats.multivariate_t(shape=corr, df=df, seed=1), np.full(days, c)
    outside = 1 - joint.cdf(corner, lower_limit=-corner, maxpts=20_000 * days)
    assert found.which == days - 1
    assert found.p_value == pytest.approx(outside, rel=DRAWN, abs=1e-4)


def test_a_path_of_sums_has_the_quantile_that_draws_have():
    """T = 120, L = 11: 2.60 holds the whole path in 95 %, a single day's 1.98 in 80 %."""
    corr, draws = path_correlation(120, 11), 100_000
    drawn = largest_t(corr, 119, draws, seed=1)
    quantile = sup_t_quantile(corr, 119, 0.95)
    assert round(quantile, 2) == 2.60
    assert abs(np.mean(drawn > quantile) - 0.05) < tolerance(0.05, draws)
    pointwise = stats.t.isf(0.025, 119)
    assert abs(np.mean(drawn <= pointwise) - 0.80) < 0.01


def test_the_covariance_of_the_path_is_the_one_that_its_sums_have():
    """What `covariance` says of the days and `cumulative_path` of their sums, and the closed form, are one."""
    length, sessions = 120, 11
    sample, events = windows_and_events(2, 1, length, sessions, 1)
    abnormal, fit, _ = daily(sample, events, sessions)
    summing = np.tril(np.ones((sessions, sessions)))
    path = summing @ covariance(abnormal, fit)[0] @ summing.T
    sums = cumulative_path(abnormal, fit)
    deviation = np.sqrt(np.diag(path))
    np.testing.assert_allclose(np.diag(path), sums.variance[0], rtol=1e-12)
    np.testing.assert_allclose(
        path / np.outer(deviation, deviation), path_correlation(length, sessions), rtol=1e-12
    )
    assert sup_t(sums.car[0], path, 119).statistic == pytest.approx(np.abs(sums.scar[0]).max(), rel=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.floats(0.0, 40.0))
def test_p_lies_between_the_largest_alone_and_the_sum_over_days(seed, days, c):
    """Far out too, where one minus a distribution function is rounding."""
    mixed = np.random.default_rng(seed).standard_normal((days, days))
    cov = mixed @ mixed.T + 0.1 * np.eye(days)
    moves = np.zeros(days)
    moves[0] = c * np.sqrt(cov[0, 0])
    alone = float(t_p_value(np.array(c), np.array(60)))
    assert alone * (1 - 1e-9) <= sup_t(moves, cov, 60).p_value <= min(days * alone, 1.0) * (1 + 1e-9)


@pytest.mark.parametrize("c", [4.0, 8.0, 20.0])
def test_far_out_independent_days_add_up(c):
    moves = np.array([c, 0.0, 0.0])
    wanted = 3 * float(t_p_value(np.array(c), np.array(200)))
    assert sup_t(moves, np.eye(3), 200).p_value == pytest.approx(wanted, rel=1e-3)


def test_no_p_is_above_one():
    moves = np.append(0.5, np.zeros(10))
    assert max(sup_t(moves, np.eye(11), 119, seed).p_value for seed in range(5)) == 1.0


def test_a_broken_peg_has_a_p_of_nothing_and_no_warning():
    assert sup_t(np.array([1e6, 0.0]), np.eye(2), 250) == (1e6, 0, 0.0)


def test_days_that_repeat_one_another_are_one_day():
    cov = np.full((4, 4), 0.25)
    found = sup_t(np.full(4, 1.0), cov, 29)
    assert (found.statistic, found.which) == (2.0, 0)
    assert found.p_value == pytest.approx(float(t_p_value(np.array(2.0), np.array(29))), rel=1e-9)
    assert sup_t_quantile(np.ones((4, 4)), 29, 0.95) == pytest.approx(stats.t.isf(0.025, 29), rel=1e-6)


def test_missing_days_are_left_out_and_keep_their_places():
    cov = np.diag([1.0, np.nan, 4.0, 0.0])
    cov[1] = cov[:, 1] = np.nan
    found = sup_t(np.array([0.5, np.nan, -6.0, 0.0]), cov, 29)
    assert found == sup_t(np.array([0.5, -6.0]), np.diag([1.0, 4.0]), 29)._replace(which=2)
    assert found.statistic == 3.0


@pytest.mark.parametrize(
    ("moves", "cov", "df"),
    [
        ([np.nan, np.nan], np.full((2, 2), np.nan), 29),
        ([1.0, 2.0], np.eye(2), 0),
        ([1.0, 2.0], np.zeros((2, 2)), 29),
    ],
    ids=["no move", "no degrees of freedom", "no variance"],
)
def test_without_anything_known_there_is_no_test(moves, cov, df):
    found = sup_t(np.array(moves), cov, df)
    assert np.isnan([found.statistic, found.p_value]).all()
    assert found.which == -1


def test_the_seed_alone_decides_the_draws():
    moves, cov = np.array([2.0, 1.0, 0.5]), path_correlation(30, 3)
    first = sup_t(moves, cov, 29, seed=4)
    assert first == sup_t(moves, cov, 29, seed=4)
    assert first.p_value != sup_t(moves, cov, 29, seed=5).p_value
    assert sup_t(-moves * 3.0, cov * 9.0, 29, seed=4).p_value == pytest.approx(first.p_value, rel=1e-12)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("df", [4, 118])
def test_the_quantile_and_the_p_value_say_one_thing(level, df):
    corr = path_correlation(30, 6)
    quantile = sup_t_quantile(corr, df, level, seed=3)
    moves = np.append(quantile, np.zeros(5))
    assert sup_t(moves, corr, df, seed=3).p_value == pytest.approx(1 - level, rel=1e-3)
    assert quantile >= stats.t.isf((1 - level) / 2, df)


# How often they reject where there is nothing to find


def attainable(length: int, sessions: int) -> float:
    """The largest p that is at most .05: with m of the T + L as large as the largest candidate."""
    n = length + sessions
    levels = [float(1 - Fraction(comb(n - m, sessions), comb(n, sessions))) for m in range(1, n)]
    return max(p for p in levels if p <= LEVEL)


@pytest.mark.parametrize("df", [np.inf, 3], ids=["normal", "t3"])
@pytest.mark.parametrize(("sessions", "level"), [(2, 0.0488), (3, 0.0484), (5, 0.0400)])
def test_the_largest_of_several_rejects_at_its_attainable_level(sessions, level, df):
    """T = 120, constant mean: three of 122, two of 123, one of 125 residuals."""
    draws, length = 20_000, 120
    wanted = attainable(length, sessions)
    assert wanted == pytest.approx(level, abs=0.0001)
    sample, events = windows_and_events(20 + sessions, draws, length, sessions, 1)
    if np.isfinite(df):
        sample = replace(sample, y=np.random.default_rng(sessions).standard_t(df, len(sample.y)))
    ranks = max_with_refit(sample, events, sessions)
    assert abs(np.mean(ranks.p_value <= LEVEL) - wanted) < tolerance(wanted, draws)


@pytest.mark.parametrize(("length", "sessions", "shortcut"), [(120, 3, 0.14), (30, 5, 0.22), (120, 5, 0.22)])
def test_sup_t_holds_its_level_where_the_largest_of_daily_t_tests_does_not(length, sessions, shortcut):
    draws = 20_000
    sample, events = windows_and_events(30 + length + sessions, draws, length, sessions, 1)
    abnormal, fit, statistics = daily(sample, events, sessions)
    critical = sup_t_quantile(day_correlation(length, sessions), length - 1, 1 - LEVEL)
    rejects = statistics.max(axis=1) > critical
    assert abs(rejects.mean() - LEVEL) < tolerance(LEVEL, draws)
    naive = (t_p_value(statistics, fit.df[:, None]) < LEVEL).any(axis=1).mean()
    assert abs(naive - shortcut) < tolerance(shortcut, draws) + 0.005  # the shares are rounded
    cov = covariance(abnormal, fit)
    for i in range(0, draws, 1_000):
        found = sup_t(abnormal.ar[i], cov[i], length - 1)
        assert (found.p_value < LEVEL) == rejects[i]
        assert found.which == np.argmax(statistics[i])


def test_heavy_tails_break_the_sup_t_and_not_the_rank():
    """T = 120, five days, t3 errors: about one in eight against one in 25, as it should be."""
    draws, length, sessions = 20_000, 120, 5
    sample, events = windows_and_events(50, draws, length, sessions, 1)
    sample = replace(sample, y=np.random.default_rng(51).standard_t(3, len(sample.y)))
    statistics = daily(sample, events, sessions)[2]
    critical = sup_t_quantile(day_correlation(length, sessions), length - 1, 1 - LEVEL)
    assert 0.12 - tolerance(0.12, draws) < np.mean(statistics.max(axis=1) > critical) < 0.14
    by_rank = np.mean(max_with_refit(sample, events, sessions).p_value <= LEVEL)
    assert abs(by_rank - 0.04) < tolerance(0.04, draws)
