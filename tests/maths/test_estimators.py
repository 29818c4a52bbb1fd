"""Rules other than least squares: each number straight from its formula, and placebo windows refitted one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from marketimpact.maths.estimators import (
    Estimator,
    estimated_scars,
    fit_estimator,
    least_squares,
    scholes_williams,
)
from marketimpact.maths.least_squares import fit_windows
from marketimpact.maths.resample import placebo_scars
from marketimpact.maths.single_event import rank_with_refit
from tests.maths.brute import Series, make_series

LENGTH, GAP = 40, 4


def lagged_series(
    seed: int, n: int = 140, *, missing: float = 0.0, gaps: float = 0.0, swing: float = 0.0
) -> Series:
    """Moves on a factor's moves of the session before, this one and the next: m, f_(t-1), f_t, f_(t+1)."""
    rng = np.random.default_rng(seed)
    spans = np.where(rng.random(n) < gaps, rng.integers(2, 5, n), 1).astype(float)
    v = 1.0 + 0.4 * (spans - 1.0)
    shocks = rng.normal(0.0, 0.01, n + 3)
    f = shocks[1:] + swing * shocks[:-1]
    before, now, after = f[:-2], f[1:-1], f[2:]
    y = 0.3 * before + 0.5 * now + 0.1 * after + rng.normal(0.0, 0.01, n) * np.sqrt(v)
    y[rng.random(n) < missing] = np.nan
    after = np.where(rng.random(n) < missing, np.nan, after)
    return Series(y, np.vstack([spans, before, now, after]), v)


def scholes_williams_one(
    series: Series, chosen: np.ndarray, weights: bool = True
) -> tuple[float, float, float]:
    """alpha, beta and s^2 of one window: three weighted regressions on one factor each, by numpy's lstsq."""
    at = chosen[series.usable[chosen]]
    root = np.sqrt(series.v[at]) if weights else np.ones(len(at))
    y, (m, *factors) = series.y[at] / root, series.x[:, at] / root
    slopes = [np.linalg.lstsq(np.column_stack([m, f]), y, rcond=None)[0][1] for f in factors]
    rest = [f - m * np.linalg.lstsq(m[:, None], f, rcond=None)[0][0] for f in factors]
    rho = rest[0] @ rest[1] / np.linalg.norm(rest[0]) / np.linalg.norm(rest[1])
    if 1.0 + 2.0 * rho <= 0.0:
        return np.nan, np.nan, np.nan
    beta = sum(slopes) / (1.0 + 2.0 * rho)
    alpha = np.linalg.lstsq(m[:, None], y - beta * factors[1], rcond=None)[0][0]
    e = y - alpha * m - beta * factors[1]
    return float(alpha), float(beta), float(e @ e / (len(at) - 2))


@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize("gaps", [0.0, 0.2])
@pytest.mark.parametrize("swing", [0.0, 0.4, -0.3])
def test_scholes_williams_equals_three_regressions(missing, gaps, swing):
    series, starts = lagged_series(1, missing=missing, gaps=gaps, swing=swing), np.array([0, 31, 77])
    fit = fit_estimator(series.sample(starts, LENGTH), scholes_williams)
    for i, start in enumerate(starts):
        window = np.arange(start, start + LENGTH)
        alpha, beta, sigma2 = scholes_williams_one(series, window)
        zero = 0.0 * alpha
        np.testing.assert_allclose(fit.params[i], [alpha, zero, beta, zero], rtol=1e-9, atol=1e-15)
        assert fit.sigma2[i] == pytest.approx(sigma2, rel=1e-10, nan_ok=True)
        assert fit.n_obs[i] == series.usable[window].sum()
        assert (fit.spent[i], fit.df[i]) == (2, fit.n_obs[i] - 2)
    assert np.isnan(fit.xtx_inv).all()
    assert np.isfinite(fit.params).any()


def test_on_ordinary_moves_it_is_the_formula_of_the_paper():
    """b_j = cov(y_t, f_(t+j)) / var(f_(t+j)), rho = corr(f_t, f_(t-1)), alpha = mean(y) - beta mean(f)."""
    series = lagged_series(2, swing=0.3)
    y, (_, before, now, after) = series.y[:LENGTH], series.x[:, :LENGTH]
    slopes = [np.cov(y, f)[0, 1] / np.var(f, ddof=1) for f in (before, now, after)]
    beta = sum(slopes) / (1 + 2 * np.corrcoef(now, before)[0, 1])
    params, _ = scholes_williams(y[None], series.x[:, None, :LENGTH])
    np.testing.assert_allclose(
        params[:, 0], [y.mean() - beta * now.mean(), 0, beta, 0], rtol=1e-10, atol=1e-16
    )


def test_it_is_the_market_model_where_neighbouring_moves_explain_nothing():
    """With f_(t-1) and f_(t+1) made orthogonal to the mean, y and f_t: b_-1 = b_1 = rho = 0."""
    rng = np.random.default_rng(3)
    one = np.ones(LENGTH)
    y, now = rng.normal(0.0, 1.0, (2, LENGTH))
    basis, _ = np.linalg.qr(np.column_stack([one, y, now, *rng.normal(0.0, 1.0, (2, LENGTH))]))
    before, after = basis[:, 3], basis[:, 4]
    params, _ = scholes_williams(y[None], np.stack([one, before, now, after])[:, None])
    line, _ = least_squares(y[None], np.stack([one, now])[:, None])
    np.testing.assert_allclose(params[[0, 2], 0], line[:, 0], rtol=1e-12)


def test_the_beta_of_quotes_of_other_times_is_found_and_the_markets_is_too_near_zero():
    """A third of each day's common move shows a session late: the true beta is 1.

    The market model's is 2/3 of it; over 400 windows of 250 sessions Scholes-Williams has mean 1 within 4 errors.
    """
    rng = np.random.default_rng(4)
    f = rng.normal(0.0, 1.0, (400, 252))
    y = 2 / 3 * f[:, 1:-1] + 1 / 3 * f[:, :-2] + rng.normal(0.0, 1.0, (400, 250))
    x = np.stack([np.ones((400, 250)), f[:, :-2], f[:, 1:-1], f[:, 2:]])
    beta = scholes_williams(y, x)[0][2]
    line = least_squares(y, x[[0, 2]])[0][1]
    assert abs(beta.mean() - 1.0) < 4 * beta.std() / 20
    assert abs(line.mean() - 2 / 3) < 4 * line.std() / 20


@pytest.mark.parametrize("wrong", ["a constant factor", "a factor that swings back wholly", "no observation"])
def test_without_such_a_beta_there_is_none(wrong):
    f = {
        "a constant factor": np.full(LENGTH + 2, 0.01),
        "a factor that swings back wholly": np.tile([1.0, -1.0], LENGTH // 2 + 1),
        "no observation": np.zeros(LENGTH + 2),
    }[wrong]
    mean = np.zeros(LENGTH) if wrong == "no observation" else np.ones(LENGTH)
    x = np.stack([mean, f[:-2], f[1:-1], f[2:]])[:, None]
    y = mean * np.random.default_rng(5).normal(0.0, 1.0, LENGTH)
    assert np.isnan(scholes_williams(y[None], x)[0]).all()


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100.0), st.floats(-1.0, 1.0), st.floats(0.1, 50.0))
def test_scales_of_moves_and_factor_and_a_shift_of_the_moves(seed, scale, shift, stretch):
    series = lagged_series(seed, LENGTH, missing=0.1)
    y, x = series.sample(np.array([0]), LENGTH).y, series.sample(np.array([0]), LENGTH).x
    base = scholes_williams(y[None], x[:, None])[0][:, 0]
    assume(np.isnan(base[2]) or abs(base[2]) < 50.0)  # 1 + 2 rho close to zero magnifies rounding
    stretched = x.copy()
    stretched[1:] *= stretch
    other = scholes_williams((scale * y + shift * x[0])[None], stretched[:, None])[0][:, 0]
    np.testing.assert_allclose(other[2], scale * base[2] / stretch, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(other[0], scale * base[0] + shift, rtol=1e-7, atol=1e-9 * scale)


def test_least_squares_as_a_rule_is_least_squares():
    series, starts = make_series(6, 120, 3, missing=0.1, gaps=0.2), np.array([0, 40, 60])
    sample = series.sample(starts, LENGTH)
    fit, plain = fit_estimator(sample, least_squares), fit_windows(*sample.estimation(), starts, LENGTH)
    np.testing.assert_allclose(fit.params, plain.params, rtol=1e-10)
    np.testing.assert_allclose(fit.sigma2, plain.sigma2, rtol=1e-10)
    assert (fit.df == plain.df).all()


def one_by_one(
    series: Series, start: int, sessions: int, rule: Estimator, volatility: np.ndarray | None = None
) -> np.ndarray:
    """Sum over each window what a fit to all other rows does not predict, over s sqrt(sum v) or the volatility's."""
    event = start + LENGTH + GAP + np.arange(sessions)
    rows = np.append(np.arange(start, start + LENGTH), event)
    scars = []
    for i, window in enumerate(
        [*(start + j + np.arange(sessions) for j in range(LENGTH - sessions + 1)), event]
    ):
        there, others = window[series.usable[window]], np.setdiff1d(rows, window)
        if len(there) != series.usable[event].sum() or not len(there):
            scars.append(np.nan)
            continue
        others = others[series.usable[others]]
        root = np.sqrt(series.v[others])
        params, spent = rule((series.y[others] / root)[None], (series.x[:, others] / root)[:, None])
        e = (series.y[others] - params[:, 0] @ series.x[:, others]) / root
        car = (series.y[there] - params[:, 0] @ series.x[:, there]).sum()
        s = np.sqrt(e @ e / (len(others) - spent[0])) if volatility is None else volatility[i]
        scars.append(car / (s * np.sqrt(series.v[there].sum())))
    return np.array(scars)


@pytest.mark.parametrize("rule", [scholes_williams, least_squares])
@pytest.mark.parametrize("sessions", [1, 3])
@pytest.mark.parametrize(("missing", "gaps"), [(0.0, 0.0), (0.12, 0.2)])
@pytest.mark.parametrize("known", [False, True])
def test_every_placebo_equals_a_refit_without_it(rule, sessions, missing, gaps, known):
    series, starts = lagged_series(7, missing=missing, gaps=gaps), np.array([0, 17, 60])
    width = LENGTH - sessions + 2
    volatility = np.random.default_rng(8).uniform(0.5, 2.0, (3, width)) if known else None
    found = estimated_scars(series.sample(starts, LENGTH), starts + LENGTH + GAP, sessions, rule, volatility)
    assert found.shape == (3, width)
    for i, start in enumerate(starts):
        path = None if volatility is None else volatility[i]
        expected = one_by_one(series, int(start), sessions, rule, path)
        np.testing.assert_allclose(found[i], expected, rtol=1e-7, atol=1e-10)
    assert np.isfinite(found).sum() > 40


def test_chunks_of_windows_change_nothing(monkeypatch):
    series, starts = lagged_series(9, missing=0.1), np.array([0, 17])
    args = series.sample(starts, LENGTH), starts + LENGTH + GAP, 2, scholes_williams
    whole = estimated_scars(*args)
    monkeypatch.setattr("marketimpact.maths.estimators.CHUNK", 7)
    np.testing.assert_array_equal(estimated_scars(*args), whole)


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.2))
def test_with_equal_leverage_ranks_are_those_of_the_rank_with_refit(seed, missing):
    """Constant mean, ordinary moves: leaving out and putting in order the sizes alike."""
    series = make_series(seed, 60, 1, missing=missing)
    sample, event = series.sample(np.array([0]), LENGTH), np.array([LENGTH + GAP])
    ranks = rank_with_refit(sample, event)
    for scars in (
        estimated_scars(sample, event, 1, least_squares)[0],
        placebo_scars(sample, event, 1)[0],
    ):
        if np.isnan(ranks.p_value[0]):
            assert np.isnan(scars).all()
            continue
        size = np.abs(scars[np.isfinite(scars)])
        assert np.mean(size >= abs(scars[-1]) * (1 - 1e-9)) == pytest.approx(ranks.p_value[0], rel=1e-12)


def test_any_row_could_be_the_event_and_the_p_of_all_of_them_are_the_attainable_levels():
    """Each of the T + 1 rows in turn stands last: without ties the p are 1/(T+1), 2/(T+1), ..., 1, each once."""
    series = lagged_series(10, LENGTH + 1)
    p = []
    for i in range(LENGTH + 1):
        order = np.append(np.delete(np.arange(LENGTH + 1), i), i)
        turned = Series(series.y[order], series.x[:, order], series.v[order])
        sample = turned.sample(np.array([0]), LENGTH)
        size = np.abs(estimated_scars(sample, np.array([LENGTH]), 1, scholes_williams)[0])
        p.append(np.mean(size >= size[-1] * (1 - 1e-9)))
    np.testing.assert_allclose(np.sort(p), np.arange(1, LENGTH + 2) / (LENGTH + 1), rtol=1e-12)
