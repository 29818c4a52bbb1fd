"""Joint tests of several series: against Wilks' lambda and Hotelling by hand, and their size where nothing happens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from marketimpact.maths.joint import directed_t, joint_f, joint_rank

STANDARD_ERRORS = 3.7
DRAWS = 3_000


def world(seed: int, total: int, p: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Correlated moves of p series on T + 1 sessions, shape (T + 1, p), and k regressors they share."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(total + 1), rng.normal(size=(total + 1, max(k - 1, 0)))])[:, :k]
    root = np.linalg.cholesky(0.5 * np.eye(p) + 0.5) * rng.uniform(0.01, 100.0, p)[:, None]
    return x @ rng.normal(size=(k, p)) + rng.standard_normal((total + 1, p)) @ root.T, x


def fitted(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Abnormal moves of the last session, their variance factors and the residuals of the others."""
    params = np.linalg.lstsq(x[:-1], y[:-1], rcond=None)[0]
    leverage = x[-1] @ np.linalg.pinv(x[:-1].T @ x[:-1]) @ x[-1]
    return y[-1] - x[-1] @ params, np.full(y.shape[1], 1.0 + leverage), y[:-1] - x[:-1] @ params


def refitted(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Residuals of all sessions, the last among them."""
    return y - x @ np.linalg.lstsq(x, y, rcond=None)[0]


@pytest.mark.parametrize(("total", "p", "k"), [(60, 2, 1), (60, 5, 1), (120, 3, 2), (120, 5, 4), (30, 2, 3)])
def test_the_f_is_that_of_an_event_dummy_in_a_multivariate_regression(total: int, p: int, k: int) -> None:
    """By the determinants of both residual matrices; statsmodels says the same in the tests of studies."""
    y, x = world(total + p, total, p, k)
    dummy = np.eye(total + 1)[:, -1:]
    with_event, without = refitted(y, np.hstack([x, dummy])), refitted(y, x)
    wilks = np.linalg.det(with_event.T @ with_event) / np.linalg.det(without.T @ without)
    df = total - k - p + 1
    found = joint_f(*fitted(y, x), k)
    assert found.statistic == pytest.approx((1 - wilks) / wilks * df / p, rel=1e-10)
    assert found.p_value == pytest.approx(stats.f.sf(found.statistic, p, df), rel=1e-12)
    assert (found.df, found.n) == (df, p)


@pytest.mark.parametrize("p", [2, 4])
def test_without_a_fit_it_is_hotelling_about_a_mean_of_zero(p: int) -> None:
    """k = 0: A'S^-1 A with S the mean of the products, F = D^2 (T - p + 1) / (T p)."""
    total = 50
    y, _ = world(p, total, p, 0)
    s = sum(np.outer(row, row) for row in y[:-1]) / total
    squared = y[-1] @ np.linalg.inv(s) @ y[-1]
    found = joint_f(y[-1], np.ones(p), y[:-1], 0)
    assert found.statistic == pytest.approx(squared * (total - p + 1) / (total * p), rel=1e-10)
    assert found.p_value == pytest.approx(stats.f.sf(found.statistic, p, total - p + 1), rel=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(0, 3))
def test_neither_units_nor_signs_nor_order_nor_mixtures_change_the_joint_tests(
    seed: int, p: int, k: int
) -> None:
    y, x = world(seed, 40, p, k)
    rng = np.random.default_rng(seed)
    mixture = rng.normal(size=(p, p)) + 3.0 * np.eye(p)
    if np.linalg.cond(mixture) > 100.0:
        mixture = np.eye(p)
    for turned in (y * rng.uniform(-9.0, 9.0, p), y[:, rng.permutation(p)], y @ mixture):
        assert joint_f(*fitted(turned, x), k).p_value == pytest.approx(
            joint_f(*fitted(y, x), k).p_value, rel=1e-6
        )
        assert joint_rank(refitted(turned, x), k).p_value == joint_rank(refitted(y, x), k).p_value


def test_of_one_series_it_is_the_square_of_the_t_and_the_rank_of_the_size() -> None:
    y, x = world(7, 40, 1, 2)
    abnormal, factor, residuals = fitted(y, x)
    t = abnormal[0] / np.sqrt(factor[0] * (residuals**2).sum() / 38)
    found = joint_f(abnormal, factor, residuals, 2)
    assert found.statistic == pytest.approx(t**2, rel=1e-12)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(t), 38), rel=1e-10)
    directed = directed_t(abnormal, factor, residuals, 2, np.array([-1.0]))
    assert directed.statistic == pytest.approx(-t, rel=1e-12)
    assert directed.p_value == pytest.approx(found.p_value, rel=1e-10)
    size = np.abs(refitted(y, x)[:, 0])
    rank = joint_rank(refitted(y, x), 2)
    assert (rank.p_value, rank.p_floor) == (np.mean(size >= size[-1]), 1 / 41)


def test_the_rank_by_a_loop_and_ties_count_against_the_event() -> None:
    y, x = world(11, 60, 3, 1)
    y[5] = y[-1]
    rows = refitted(y, x)
    inverse = np.linalg.inv(rows.T @ rows / 60)
    distance = [float(row @ inverse @ row) for row in rows]
    found = joint_rank(rows, 1)
    assert found.statistic == pytest.approx(distance[-1], rel=1e-10)
    assert distance[5] == pytest.approx(distance[-1], rel=1e-10)
    larger = sum(one > distance[-1] * (1 + 1e-6) for one in distance)
    assert found.p_value == pytest.approx((larger + 2) / 61, rel=1e-13)


def test_the_directed_t_by_hand() -> None:
    """The variance of the mean is that of the mean of the standardised residuals: 1'R1 / p^2."""
    y, x = world(13, 80, 3, 1)
    abnormal, factor, residuals = fitted(y, x)
    signs = np.array([1.0, -1.0, -1.0])
    corr = np.corrcoef(residuals.T)  # the residuals of a mean have mean zero
    sigma = residuals.std(axis=0, ddof=1)
    mean = float(np.mean(signs * abnormal / sigma / np.sqrt(factor)))
    spread = np.sqrt(signs @ corr @ signs) / 3
    found = directed_t(abnormal, factor, residuals, 1, signs)
    assert found.estimate == pytest.approx(mean, rel=1e-10)
    assert found.std_error == pytest.approx(spread, rel=1e-10)
    assert found.statistic == pytest.approx(mean / spread, rel=1e-10)
    assert directed_t(abnormal, factor, residuals, 1, -signs).statistic == -found.statistic


def test_a_series_twice_is_no_second_observation() -> None:
    y, x = world(17, 50, 2, 1)
    abnormal, factor, residuals = fitted(y[:, [0, 0]], x)
    twice = directed_t(abnormal, factor, residuals, 1, np.ones(2))
    once = directed_t(abnormal[:1], factor[:1], residuals[:, :1], 1, np.ones(1))
    assert twice.statistic == pytest.approx(once.statistic, rel=1e-12)
    for found in (joint_f(abnormal, factor, residuals, 1), joint_rank(refitted(y[:, [0, 0]], x), 1)):
        assert not found.applies
        assert "repeats the others" in found.reason
        assert np.isnan(found.p_value)


@pytest.mark.parametrize(("total", "applies"), [(5, False), (6, True)])
def test_too_few_sessions_are_counted(total: int, applies: bool) -> None:
    y, x = world(19, total, 4, 2)
    found = joint_f(*fitted(y, x), 2)
    assert found.applies == applies
    if not applies:
        assert found.reason == "needs more than 5 common sessions for 4 series, has 5"


def test_what_cannot_be_tested_says_why() -> None:
    rows = np.random.default_rng(1).normal(size=(30, 2))
    missing = np.array([np.nan, 1.0])
    assert joint_f(missing, np.ones(2), rows, 0).reason == "a move of the window is missing"
    assert "is missing" in directed_t(missing, np.ones(2), rows, 0, np.ones(2)).reason
    opposite = np.column_stack([rows[:, 0], -rows[:, 0]])
    assert "cancel" in directed_t(np.ones(2), np.ones(2), opposite, 0, np.ones(2)).reason
    assert joint_f(np.empty(0), np.empty(0), np.empty((30, 0)), 0).n == 0
    assert "no series" in joint_f(np.empty(0), np.empty(0), np.empty((30, 0)), 0).reason
    short = joint_rank(rows[:3], 1)
    assert short.reason == "needs more than 3 sessions for 2 series, has 3"


def p_values(p: int, total: int, tails: float, k: int = 1) -> np.ndarray:
    """F, rank and directed t where nothing happens, shape (DRAWS, 3); df of the errors' tails, infinite for normal."""
    rng = np.random.default_rng([p, total, k, 0 if np.isinf(tails) else int(tails)])
    root = np.linalg.cholesky(0.6 * np.eye(p) + 0.4)
    signs, factor = np.where(np.arange(p) % 2, -1.0, 1.0), np.full(p, 1.0 + k / total)
    found = np.empty((DRAWS, 3))
    for row in found:
        errors = rng.standard_normal((total + 1, p)) @ root.T
        if np.isfinite(tails):  # one mixing variable a day: all series have their wild days together
            errors *= np.sqrt(tails / rng.chisquare(tails, (total + 1, 1)))
        mean = errors[:-1].mean(axis=0) if k else np.zeros(p)
        rest = errors[:-1] - mean
        whole = errors - errors.mean(axis=0) if k else errors
        row[0] = joint_f(errors[-1] - mean, factor, rest, k).p_value
        row[1] = joint_rank(whole, k).p_value
        row[2] = directed_t(errors[-1] - mean, factor, rest, k, signs).p_value
    return found


def assert_level(p_value: np.ndarray, level: float) -> None:
    rate = np.mean(p_value <= 0.05 + 1e-12)
    assert abs(rate - level) < STANDARD_ERRORS * np.sqrt(level * (1.0 - level) / DRAWS)


@pytest.mark.parametrize("total", [60, 120])
@pytest.mark.parametrize("p", [2, 5])
def test_under_normal_errors_all_three_hold_their_level(p: int, total: int) -> None:
    found = p_values(p, total, np.inf)
    assert_level(found[:, 0], 0.05)
    assert_level(found[:, 1], np.floor(0.05 * (total + 1)) / (total + 1))
    assert_level(found[:, 2], 0.05)


@pytest.mark.parametrize(("p", "total", "k"), [(2, 60, 1), (5, 120, 1), (3, 60, 0)])
def test_with_heavy_tails_the_rank_holds_its_level_and_the_f_does_not(p: int, total: int, k: int) -> None:
    found = p_values(p, total, 3.0, k)
    assert_level(found[:, 1], np.floor(0.05 * (total + 1)) / (total + 1))
    assert 0.065 < np.mean(found[:, 0] <= 0.05) < 0.115


def test_the_chi_square_would_reject_too_often() -> None:
    """Why F: 22 series on 120 sessions, D^2 against chi-square rejects in a fifth of all cases."""
    rng, total, p, draws = np.random.default_rng(3), 120, 22, 1_000
    chi, exact = np.empty(draws), np.empty(draws)
    for i in range(draws):
        y = rng.standard_normal((total + 1, p))
        abnormal, rest = y[-1] - y[:-1].mean(axis=0), y[:-1] - y[:-1].mean(axis=0)
        found = joint_f(abnormal, np.full(p, 1 + 1 / total), rest, 1)
        squared = found.statistic * (total - 1) * p / (total - p)
        chi[i], exact[i] = stats.chi2.sf(squared, p), found.p_value
    assert abs(np.mean(chi <= 0.05) - 0.22) < STANDARD_ERRORS * np.sqrt(0.22 * 0.78 / draws)
    assert abs(np.mean(exact <= 0.05) - 0.05) < STANDARD_ERRORS * np.sqrt(0.05 * 0.95 / draws)
