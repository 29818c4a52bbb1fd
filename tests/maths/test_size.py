"""How often tests reject where there is nothing to find, and where the shortcuts they avoid would.

Every rate is compared with the level that the test can attain, within 3.7 standard errors of the simulation.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from marketimpact.maths import resample
from marketimpact.maths.abnormal import abnormal_moves, cumulate
from marketimpact.maths.least_squares import fit_windows
from marketimpact.maths.parametric import cluster_t, t_p_value
from marketimpact.maths.resample import date_permutation, placebo_scars
from marketimpact.maths.sample import Sample
from marketimpact.maths.single_event import rank_with_refit

LEVEL = 0.05
STANDARD_ERRORS = 3.7


def tolerance(rate: float, draws: int) -> float:
    """3.7 standard errors of a rate over so many draws."""
    return STANDARD_ERRORS * np.sqrt(rate * (1.0 - rate) / draws)


def normal_windows(seed: int, draws: int, length: int, k: int) -> Sample:
    """One long array of windows, each followed by its event: normal moves on a mean and k - 1 factors."""
    rng = np.random.default_rng(seed)
    n = draws * length
    x = np.vstack([np.ones(n), rng.standard_normal((k - 1, n))])
    known = np.ones(n, dtype=bool)
    return Sample(rng.standard_normal(n), x, np.ones(n), known, known, np.arange(draws) * length, length)


def windows_and_events(
    seed: int, draws: int, length: int, sessions: int, k: int
) -> tuple[Sample, np.ndarray]:
    whole = normal_windows(seed, draws, length + sessions, k)
    sample = replace(whole, length=length)
    return sample, whole.starts + length


@pytest.mark.parametrize("length", [19, 119])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_rank_with_refit_rejects_at_its_attainable_level(length, k):
    """One of 20 and six of 120 residuals: p <= .05 has the probability .05 exactly."""
    draws = 20_000
    sample, events = windows_and_events(length + k, draws, length, 1, k)
    ranks = rank_with_refit(sample, events)
    rate = np.mean(ranks.p_value <= LEVEL + 1e-12)
    assert abs(rate - 0.05) < tolerance(0.05, draws)


def test_every_rank_is_equally_likely_with_heavy_tails_too():
    draws, length = 20_000, 19
    sample, events = windows_and_events(3, draws, length, 1, 2)
    heavy = np.random.default_rng(4).standard_t(3, len(sample.y))
    p = rank_with_refit(replace(sample, y=heavy), events).p_value
    shares = np.bincount(np.rint(p * 20).astype(int), minlength=21)[1:] / draws
    assert np.all(np.abs(shares - 0.05) < tolerance(0.05, draws))


def test_ranking_without_refit_would_reject_14_percent():
    """The event out of sample against residuals that were fitted, T = 19 and five parameters."""
    draws, length, k = 20_000, 19, 5
    sample, events = windows_and_events(5, draws, length, 1, k)
    fit = fit_windows(sample.y, sample.x, sample.usable, sample.starts, length)
    at = sample.starts[:, None] + np.arange(length)
    fitted = np.abs(sample.y[at] - np.einsum("knt,nk->nt", sample.x[:, at], fit.params))
    event = np.abs(sample.y[events] - np.einsum("kn,nk->n", sample.x[:, events], fit.params))
    rate = np.mean(event > fitted.max(axis=1))
    assert abs(rate - 0.143) < tolerance(0.143, draws) + 0.0005  # 14.3 is rounded


def test_the_exact_variance_of_a_sum_keeps_the_level_and_s2_times_l_does_not():
    """T = 30, L = 11, market model: the t is exact; the short variance rejects 9 to 12 %."""
    draws, length, sessions = 20_000, 30, 11
    sample, events = windows_and_events(6, draws, length, sessions, 2)
    fit = fit_windows(sample.y, sample.x, sample.usable, sample.starts, length)
    ones = np.ones(len(sample.y))
    abnormal = abnormal_moves(sample.y, sample.x, ones, events, (0, sessions - 1), fit)
    sums = cumulate(abnormal, fit, [(np.array(0), np.array(sessions - 1))])
    exact = np.mean(t_p_value(sums.scar[:, 0], fit.df) < LEVEL)
    short = np.mean(t_p_value(sums.car[:, 0] / np.sqrt(sessions * fit.sigma2), fit.df) < LEVEL)
    assert abs(exact - 0.05) < tolerance(0.05, draws)
    assert 0.09 - tolerance(0.09, draws) < short < 0.12 + tolerance(0.12, draws)


def test_a_constant_means_short_variance_rejects_as_often_as_algebra_says():
    """The short t is too large by sqrt(1 + L / T): 9.1 % at T = 30, L = 11."""
    draws, length, sessions = 20_000, 30, 11
    sample, events = windows_and_events(7, draws, length, sessions, 1)
    fit = fit_windows(sample.y, sample.x, sample.usable, sample.starts, length)
    ones = np.ones(len(sample.y))
    abnormal = abnormal_moves(sample.y, sample.x, ones, events, (0, sessions - 1), fit)
    car = cumulate(abnormal, fit, [(np.array(0), np.array(sessions - 1))]).car[:, 0]
    short = np.mean(t_p_value(car / np.sqrt(sessions * fit.sigma2), fit.df) < LEVEL)
    wanted = 2 * stats.t.sf(stats.t.isf(0.025, length - 1) / np.sqrt(1 + sessions / length), length - 1)
    assert abs(wanted - 0.091) < 0.0005
    assert abs(short - wanted) < tolerance(wanted, draws)


def test_the_cluster_t_holds_at_high_correlation_and_the_plain_t_does_not():
    """Five dates of six instruments each, correlated .95 within a date: the plain t counts 30 for 5."""
    draws, dates, instruments, rho = 5_000, 5, 6, 0.95
    rng = np.random.default_rng(8)
    common = rng.standard_normal((draws, dates, 1))
    own = rng.standard_normal((draws, dates, instruments))
    moves = (np.sqrt(rho) * common + np.sqrt(1 - rho) * own).reshape(draws, -1)
    clusters, alone = np.repeat(np.arange(dates), instruments), np.arange(dates * instruments)
    clustered = np.mean([cluster_t(row, clusters).p_value < LEVEL for row in moves])
    plain = np.mean([cluster_t(row, alone).p_value < LEVEL for row in moves])
    assert abs(clustered - 0.05) < tolerance(0.05, draws)
    assert plain > 0.30


def permutation_rate(moves: np.ndarray, keys: np.ndarray, seed: int) -> float:
    """Share of rejections over draws of (instrument, session) moves, the event last, refitted at every date."""
    draws, pairs, rows = moves.shape
    n = moves.size
    starts = np.arange(draws * pairs) * rows
    known = np.ones(n, dtype=bool)
    sample = Sample(moves.ravel(), np.ones((1, n)), np.ones(n), known, known, starts, rows - 1)
    scars = placebo_scars(sample, starts + rows - 1, 1).reshape(draws, pairs, rows)
    offsets = np.tile(np.arange(1 - rows, 0), (pairs, 1))
    clusters = keys - keys.min()
    p = [date_permutation(one, offsets, clusters, keys, seed + i).p_value for i, one in enumerate(scars)]
    return float(np.mean(np.array(p) <= LEVEL + 1e-12))


def test_the_date_permutation_holds_over_separate_dates(monkeypatch):
    """30 pairs on 30 dates, T = 59: with the event among 1,000 exchangeable combinations the level is .05."""
    draws = 2_000
    monkeypatch.setattr(resample, "DRAWS", 999)
    moves = np.random.default_rng(9).standard_t(3, (draws, 30, 60))
    rate = permutation_rate(moves, 100 + np.arange(30), seed=1_000)
    assert abs(rate - 0.05) < tolerance(0.05, draws)


def test_the_date_permutation_holds_on_one_common_date():
    """30 instruments correlated .3 on one date among 60: three of 60 dates are .05."""
    draws, rho = 2_000, 0.3
    rng = np.random.default_rng(10)
    moves = np.sqrt(rho) * rng.standard_normal((draws, 1, 60)) + np.sqrt(1 - rho) * rng.standard_normal(
        (draws, 30, 60)
    )
    rate = permutation_rate(moves, np.full(30, 100), seed=0)
    assert abs(rate - 0.05) < tolerance(0.05, draws)


def test_the_date_permutation_finds_what_is_there(monkeypatch):
    """Half a standard deviation in each of 30 pairs is found in about three quarters of all draws."""
    monkeypatch.setattr(resample, "DRAWS", 999)
    moves = np.random.default_rng(11).standard_normal((300, 30, 60))
    moves[:, :, -1] += 0.5
    rate = permutation_rate(moves, 100 + np.arange(30), seed=2_000)
    assert 0.6 < rate < 0.9
