"""Volatility by a GARCH against the package arch called by itself, and where there is none."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from arch import arch_model
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.study import garch as module
from marketimpact.study.garch import GARCH_SESSIONS, Garch, garch_volatility
from tests.maths.test_one_event import moves


def residuals(seed: int, n: int = 700) -> np.ndarray:
    """Moves of a GARCH with alpha = .10 and beta = .88."""
    return moves("garch", seed, 1, n)[0][0]


@pytest.mark.parametrize("constant", [False, True])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 50.0])
def test_it_is_what_arch_says(constant: bool, scale: float) -> None:
    """arch with its own beginning of the variance, which is another than ours and is forgotten."""
    e = residuals(1, 1_500) + 0.3 * constant
    found = garch_volatility(e * scale, constant=constant)
    model = arch_model(e, mean="Constant" if constant else "Zero", vol="GARCH", p=1, q=1, rescale=False)
    theirs = model.fit(disp="off")
    assert found.converged
    assert found.alpha == pytest.approx(theirs.params["alpha[1]"], abs=0.004)
    assert found.beta == pytest.approx(theirs.params["beta[1]"], abs=0.004)
    assert found.mean == pytest.approx(scale * theirs.params.get("mu", 0.0), abs=1e-3 * scale)
    np.testing.assert_allclose(found.volatility[200:] / scale, theirs.conditional_volatility[200:], rtol=0.01)
    ahead = theirs.forecast(horizon=1).variance.to_numpy()[-1, 0]
    assert found.forecast / scale == pytest.approx(np.sqrt(ahead), rel=0.01)
    assert found.n_obs == 1_500


@pytest.mark.parametrize("seed", range(3))
def test_with_one_beginning_it_is_arch_to_the_optimiser_s_tolerance(seed: int) -> None:
    e = residuals(seed)
    e /= np.sqrt(np.mean(e**2))
    model = arch_model(e, mean="Zero", vol="GARCH", p=1, q=1, rescale=False)
    theirs = model.fit(disp="off", backcast=1.0)
    found = garch_volatility(e)
    assert (found.omega, found.alpha, found.beta) == pytest.approx(tuple(theirs.params), rel=1e-5)
    np.testing.assert_allclose(found.volatility, theirs.conditional_volatility, rtol=1e-5)
    assert found.persistence == found.alpha + found.beta < 1.0


def test_its_parameters_maximise_the_likelihood() -> None:
    """A step in any direction loses likelihood, written out here."""
    e = residuals(4)
    found = garch_volatility(e)

    def likelihood(omega: float, alpha: float, beta: float) -> float:
        mean_square = np.mean(e**2)
        variance, total = omega + (alpha + beta) * mean_square, 0.0
        for one in e:
            total -= 0.5 * (np.log(variance) + one**2 / variance)
            variance = omega + alpha * one**2 + beta * variance
        return float(total)

    best = likelihood(found.omega, found.alpha, found.beta)
    for place in range(3):
        for factor in (0.97, 1.03):
            changed = [found.omega, found.alpha, found.beta]
            changed[place] *= factor
            assert likelihood(*changed) < best


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(-20, 20), st.sampled_from(["garch", "normal", "t3"]))
def test_a_power_of_two_changes_no_digit(seed: int, power: int, kind: str) -> None:
    e, scale = moves(kind, seed, 1, 600)[0][0], 2.0**power
    one, other = garch_volatility(e), garch_volatility(-scale * e)
    assert one.reason == other.reason
    assert (one.alpha, one.beta) == pytest.approx((other.alpha, other.beta), abs=0.0, nan_ok=True)
    np.testing.assert_array_equal(other.volatility, scale * one.volatility)


@pytest.mark.parametrize("scale", [1e-6, 0.01, 3.7, 1e4])
def test_basis_points_and_fractions_are_one(scale: float) -> None:
    e = residuals(5)
    one, other = garch_volatility(e), garch_volatility(scale * e)
    np.testing.assert_allclose(other.volatility, scale * one.volatility, rtol=1e-5)
    assert other.forecast == pytest.approx(scale * one.forecast, rel=1e-5)
    assert other.omega == pytest.approx(scale**2 * one.omega, rel=1e-4)


def test_the_same_residuals_give_the_same_numbers() -> None:
    e = residuals(6)
    assert garch_volatility(e) == garch_volatility(e.copy())


def test_what_may_not_be_fitted_is_still_felt() -> None:
    """Parameters see the clean sessions alone; the storm outside of them raises the volatility after it."""
    e = residuals(7)
    fitted = np.full(700, True)
    fitted[690:] = False
    stormy = e.copy()
    stormy[690:] = 10.0 * np.abs(e).max()
    calm, storm = garch_volatility(e, fitted=fitted), garch_volatility(stormy, fitted=fitted)
    assert (storm.alpha, storm.beta, storm.n_obs) == (calm.alpha, calm.beta, 690)
    assert (storm.volatility[:691] == calm.volatility[:691]).all()
    assert storm.forecast > 5.0 * calm.forecast
    assert garch_volatility(stormy).alpha != calm.alpha


def test_unusable_sessions_are_as_if_they_were_not_there() -> None:
    e = residuals(8)
    usable = np.random.default_rng(8).random(700) > 0.1
    found, dense = garch_volatility(np.where(usable, e, np.nan)), garch_volatility(e[usable])
    assert (found.alpha, found.beta, found.forecast) == (dense.alpha, dense.beta, dense.forecast)
    assert (found.volatility[usable] == dense.volatility).all()
    assert garch_volatility(np.where(usable, e, 1e9), usable) == found


def test_the_volatility_of_a_session_knows_nothing_of_it_or_of_later_ones_but_through_the_parameters() -> (
    None
):
    e = residuals(9)
    fitted = np.arange(700) < 600
    changed = e.copy()
    changed[650:] *= 7.0
    one, other = garch_volatility(e, fitted=fitted), garch_volatility(changed, fitted=fitted)
    assert (one.volatility[:651] == other.volatility[:651]).all()
    assert one.volatility[651] != other.volatility[651]


def is_none(found: Garch, words: str) -> bool:
    numbers = [found.forecast, found.omega, found.alpha, found.beta, found.mean, *found.volatility]
    return words in found.reason and not found.converged and bool(np.isnan(numbers).all())


@pytest.mark.parametrize("n", [0, 1, GARCH_SESSIONS - 1])
def test_too_few_sessions_give_a_reason(n: int) -> None:
    assert is_none(garch_volatility(residuals(1, n) if n else np.empty(0)), f"has {n}")
    fitted = np.arange(900) < n
    assert is_none(
        garch_volatility(residuals(1, 900), fitted=fitted), f"500 usable sessions or more, has {n}"
    )


def test_five_hundred_are_enough() -> None:
    assert garch_volatility(residuals(1, GARCH_SESSIONS)).converged


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_a_series_that_stands_still_gives_a_reason(level: float) -> None:
    assert is_none(garch_volatility(np.full(600, level)), "do not vary")


def test_what_does_not_converge_gives_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which series do not depends on the version of arch and of its optimiser: its answer is set here."""
    monkeypatch.setattr(module, "_fit", lambda y, constant: (0.0, 0.1, 0.1, 0.8, 9))
    assert is_none(
        garch_volatility(residuals(1)), "did not converge: the optimiser of arch stopped with code 9"
    )


@pytest.mark.parametrize("kind", ["garch", "normal", "t3"])
def test_ordinary_series_converge(kind: str) -> None:
    """From arch's own beginning one in 200 of those without clusters does not."""
    rows = moves(kind, 3, 100, 500)[0]
    assert all(garch_volatility(e).converged for e in rows)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["outlier", "cauchy", "stale", "step", "turns"]))
def test_whatever_comes_gives_numbers_or_a_reason(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    made = {
        "outlier": np.append(rng.standard_normal(600), 10.0 ** rng.uniform(1, 7)),
        "cauchy": rng.standard_t(1, 600),
        "stale": np.where(rng.random(600) < 0.9, 0.0, rng.standard_normal(600)),
        "step": rng.standard_normal(600) * np.where(np.arange(600) < 300, 1.0, 10.0 ** rng.uniform(-4, 4)),
        "turns": np.tile([1.0, -1.0], 300),
    }[kind]
    found = garch_volatility(made)
    if found.converged:
        assert (found.volatility > 0.0).all()
        assert found.forecast > 0.0
        assert 0.0 <= found.persistence <= 1.0 + 1e-6
    else:
        assert is_none(found, found.reason)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "arch.univariate", None)
    with pytest.raises(mi.errors.MissingExtraError, match=r"marketimpact\[volatility\]"):
        garch_volatility(residuals(1))


@pytest.mark.parametrize(
    ("made", "usable"),
    [
        (np.full(600, np.inf), np.full(600, True)),
        (np.zeros((2, 600)), None),
        (np.zeros(600), np.full(599, True)),
    ],
)
def test_what_is_no_row_of_residuals_is_refused(made: np.ndarray, usable: np.ndarray | None) -> None:
    with pytest.raises(mi.InputError, match="residuals: are no residuals in a row"):
        garch_volatility(made, usable)
