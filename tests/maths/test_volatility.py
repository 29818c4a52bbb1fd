"""The recursion of a GARCH(1,1): by hand, and what it collapses to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.maths.one_event import BURN_IN, DECAY, ewma_volatility
from marketimpact.maths.volatility import garch_variance

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.floats(0.0, 0.3), st.floats(0.0, 0.69), st.floats(0.0, 0.4))
def test_each_variance_is_the_sum_of_its_own_past(seed, alpha, beta, missing):
    """s2_t = sum_j beta^j (omega + alpha e_(t-1-j)^2) + beta^m s2_0 over the m usable sessions before."""
    rng = np.random.default_rng(seed)
    e, usable = rng.standard_normal(30), rng.random(30) >= missing
    omega, start = 0.2, 1.7
    found = garch_variance(np.where(usable, e, 99.0), usable, (omega, alpha, beta), start)
    first = omega + (alpha + beta) * start
    for t in range(31):
        past = e[:t][usable[:t]][::-1]
        weights = beta ** np.arange(len(past))
        wanted = weights @ (omega + alpha * past**2) + beta ** len(past) * first
        assert found[t] == pytest.approx(wanted, rel=1e-10)


@given(seeds, st.floats(1e-4, 1e4))
def test_it_follows_the_unit(seed, scale):
    e, known = np.random.default_rng(seed).standard_normal(20), np.full(20, True)
    one = garch_variance(e, known, (0.1, 0.1, 0.8), 1.0)
    other = garch_variance(scale * e, known, (0.1 * scale**2, 0.1, 0.8), scale**2)
    np.testing.assert_allclose(other, scale**2 * one, rtol=1e-10)


def test_without_a_mean_to_return_to_it_is_the_ewma():
    e, known = np.random.default_rng(1).standard_normal(80), np.full(80, True)
    wanted = ewma_volatility(e[None], known[None])[0]
    start = float(np.mean(e[:BURN_IN] ** 2))
    found = garch_variance(e[BURN_IN:], known[BURN_IN:], (0.0, 1.0 - DECAY, DECAY), start)
    np.testing.assert_allclose(np.sqrt(found[:-1]), wanted[BURN_IN:], rtol=1e-12)


def test_without_dependence_it_is_constant():
    found = garch_variance(np.arange(5.0), np.full(5, True), (2.0, 0.0, 0.0), 9.0)
    assert found.tolist() == [2.0] * 6
