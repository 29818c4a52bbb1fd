"""A GARCH with news: the likelihood by a loop, its maximum, and what it finds in made-up moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from marketimpact.errors import InputError
from marketimpact.maths.garch_news import fit_garch_news, garch_news_likelihood


def world(
    seed: int, n: int = 1500, mean: float = 0.0, log_ratio: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """GARCH moves, every twelfth of them an event day with a mean and a variance of its own."""
    rng = np.random.default_rng(seed)
    event = np.arange(n) % 12 == 5
    y, h, u = np.empty(n), 1.0, 0.0
    for t in range(n):
        h = 0.05 + 0.08 * u * u + 0.87 * h
        u = np.sqrt(h) * rng.standard_normal()
        y[t] = 0.1 + (mean + u * np.exp(log_ratio / 2.0) if event[t] else u)
    return y, event.astype(float)[:, None]


def by_loop(
    params: np.ndarray, y: np.ndarray, x: np.ndarray, z: np.ndarray, start: float, gjr: bool
) -> np.ndarray:
    k = x.shape[1]
    omega, alpha = params[k], params[k + 1]
    gamma, beta = (params[k + 2], params[k + 3]) if gjr else (0.0, params[k + 2])
    d = params[k + 3 + gjr :]
    out = np.empty(len(y))
    h, square, negative = start, start, 0.5
    for t in range(len(y)):
        h = omega + alpha * square + gamma * negative * square + beta * h
        e = y[t] - x[t] @ params[:k]
        s = np.exp(z[t] @ d)
        out[t] = -0.5 * (np.log(2 * np.pi) + np.log(h * s) + e * e / (h * s))
        square, negative = e * e / s, float(e < 0)
    return out


@settings(max_examples=40)
@given(
    seed=st.integers(0, 1_000), alpha=st.floats(0, 0.3), gamma=st.floats(0, 0.3), beta=st.floats(0, 0.6),
    d=st.floats(-2, 2), gjr=st.booleans(),
)  # fmt: skip
def test_the_likelihood_is_that_of_a_loop(
    seed: int, alpha: float, gamma: float, beta: float, d: float, gjr: bool
) -> None:
    y, z = world(seed, 60)
    x = np.column_stack([np.ones(60), z])
    params = np.array([0.1, 0.3, 0.2, alpha, *([gamma] if gjr else []), beta, d])
    likelihood, variance, residuals = garch_news_likelihood(params, y, x, z, 1.3, asymmetric=gjr)
    np.testing.assert_allclose(likelihood, by_loop(params, y, x, z, 1.3, gjr), rtol=1e-9)
    np.testing.assert_allclose(residuals, y - x @ params[:2])
    assert (variance > 0.0).all()


@pytest.mark.parametrize("model", ["garch", "gjr"])
def test_it_is_a_maximum(model: str) -> None:
    y, z = world(2)
    x = np.column_stack([np.ones(len(y)), z])
    found = fit_garch_news(y, x, z, model=model, start=1.0)  # type: ignore[arg-type]
    assert found.code == 0
    assert found.on_bound == ()

    def total(params: np.ndarray) -> float:
        return float(garch_news_likelihood(params, y, x, z, 1.0, asymmetric=model == "gjr")[0].sum())

    assert found.likelihood == pytest.approx(total(found.params), abs=1e-6)
    slope = approx_fprime(found.params, total, 1e-6)
    np.testing.assert_allclose(slope * np.sqrt(np.diag(found.cov_classic)), 0.0, atol=2e-2)
    rng = np.random.default_rng(0)
    for _ in range(50):
        moved = found.params + 0.3 * np.sqrt(np.diag(found.cov_classic)) * rng.standard_normal(
            len(found.params)
        )
        assert not total(moved) > found.likelihood


def test_it_finds_the_effects_that_are_there() -> None:
    y, z = world(3, 4000, mean=0.8, log_ratio=np.log(3.0))
    found = fit_garch_news(y, np.column_stack([z, np.ones(4000)]), z)
    truth = np.array([0.8, 0.1, 0.05, 0.08, 0.87, np.log(3.0)])
    errors = np.sqrt(np.diag(found.cov))
    assert (np.abs(found.params - truth) < 3.5 * errors).all()
    assert found.persistence == pytest.approx(0.95, abs=0.03)
    assert np.mean(found.volatility[z[:, 0] > 0]) > 1.5 * np.mean(found.volatility[z[:, 0] == 0])


@settings(max_examples=8)
@given(factor=st.floats(1e-4, 1e4))
def test_the_unit_of_the_moves_is_the_unit_of_the_parameters(factor: float) -> None:
    y, z = world(4, 800, log_ratio=1.0)
    x = np.column_stack([np.ones(800), z])
    one, two = fit_garch_news(y, x, z), fit_garch_news(factor * y, x, z)
    units = np.array([factor, factor, factor**2, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(two.params, one.params * units, rtol=2e-4)
    np.testing.assert_allclose(np.diag(two.cov), np.diag(one.cov) * units**2, rtol=5e-3)
    assert two.likelihood == pytest.approx(one.likelihood - 800 * np.log(factor), abs=1e-4)


def test_moves_without_clusters_may_end_on_a_bound_and_say_so() -> None:
    found = []
    for seed in range(8):
        y = np.random.default_rng(seed).standard_normal(400)
        found.append(fit_garch_news(y, np.ones((400, 1)), np.zeros((400, 0))))
    assert all(one.code == 0 for one in found)
    held = [one for one in found if one.on_bound]
    assert held
    assert len(held) < len(found)
    for one in held:
        on_zero = {name for name, at in (("alpha", 2), ("beta", 3)) if one.params[at] < 1e-5}
        assert on_zero <= set(one.on_bound)


def test_few_event_days_reject_too_often() -> None:
    """5 event days among 1,000: the variance coefficient of a true null is beyond 1.96 robust errors in 32 %."""
    rng = np.random.default_rng(7)
    beyond = []
    for seed in range(40):
        y, _ = world(seed, 500)
        event = np.zeros((500, 1))
        event[rng.choice(500, 5, replace=False)] = 1.0
        found = fit_garch_news(y, np.column_stack([np.ones(500), event]), event)
        beyond.append(abs(found.params[-1]) > 1.96 * np.sqrt(found.cov[-1, -1]))
    assert np.mean(beyond) > 0.15


def test_a_step_that_reaches_too_far_has_no_likelihood_and_warns_nobody() -> None:
    y, z = world(1, 50)
    for far in (-2000.0, 2000.0):
        params = np.array([0.1, 0.1, 0.1, 0.8, far])
        likelihood, _, _ = garch_news_likelihood(params, y, np.ones((50, 1)), z, 1.0)
        assert not np.isfinite(likelihood.sum())


def test_bad_input_is_named() -> None:
    y, z = world(1, 50)
    with pytest.raises(InputError, match="hold values that are missing"):
        fit_garch_news(np.where(z[:, 0] > 0, np.nan, y), np.ones((50, 1)), z)
    with pytest.raises(InputError, match="are too few; received 5"):
        fit_garch_news(y[:5], np.ones((5, 1)), z[:5])
    with pytest.raises(InputError, match="do not vary"):
        fit_garch_news(np.ones(50), np.ones((50, 1)), z)
