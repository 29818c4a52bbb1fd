"""Where an event's factors lie outside the estimation window's: how often of ordinary days, and with which models."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from marketimpact.maths.one_event import outside_support, rank_in_volatility


@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.floats(-6.0, 6.0))
def test_it_is_the_leverage_above_three_times_its_mean(seed, k, size):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(80), rng.standard_normal((80, k - 1))])
    own = np.append(1.0, size * rng.standard_normal(k - 1))
    h = own @ np.linalg.inv(x.T @ x) @ own
    inside = np.einsum("ti,ij,tj->t", x, np.linalg.inv(x.T @ x), x)
    assert outside_support(np.array([h]), k, 80).tolist() == [h > 3 * inside.mean()]


@pytest.mark.parametrize("k", [0, 1])
def test_without_factors_nothing_lies_outside(k):
    assert outside_support(np.array([0.0, 1.0, np.inf]), k, 30).tolist() == [False] * 3


def test_what_is_unknown_is_not_flagged():
    assert outside_support(np.array([np.nan]), 3, 30).tolist() == [False]


@pytest.mark.parametrize(("k", "share"), [(2, 0.025), (3, 0.018), (6, 0.0045)])
def test_of_ordinary_days_few_are_flagged(k, share):
    """T h_0 is one plus a chi-square with k - 1 degrees of freedom, where T is long."""
    rng = np.random.default_rng(k)
    draws, length = 4_000, 500
    x = np.concatenate([np.ones((draws, length, 1)), rng.standard_normal((draws, length, k - 1))], axis=2)
    own = np.concatenate([np.ones((draws, 1)), rng.standard_normal((draws, k - 1))], axis=1)
    h = np.einsum("ni,nij,nj->n", own, np.linalg.inv(np.einsum("nti,ntj->nij", x, x)), own)
    rate = np.mean(outside_support(h, k, np.full(draws, length)))
    assert rate == pytest.approx(stats.chi2.sf(3 * k - 1, k - 1), abs=0.008)
    assert rate == pytest.approx(share, abs=0.009)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100.0))
def test_the_rank_in_volatility_is_counted_and_knows_no_unit(seed, scale):
    rng = np.random.default_rng(seed)
    e, volatility, kept = rng.standard_normal(50), rng.uniform(0.5, 2.0, 50), rng.random(50) < 0.7
    kept[-1] = True
    volatility[:5] = np.nan
    found = rank_in_volatility(e[None], volatility[None], kept[None])
    sizes = [abs(a) / b for a, b, c in zip(e, volatility, kept, strict=True) if c and np.isfinite(b)]
    if len(sizes) < 2:
        assert np.isnan(found.p_value[0])
        return
    assert found.p_value[0] == np.mean(np.array(sizes) >= sizes[-1] * (1 - 1e-9))
    other = rank_in_volatility(scale * e[None], scale * volatility[None], kept[None])
    assert other.p_value[0] == found.p_value[0]
