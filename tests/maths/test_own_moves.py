"""The t of every move against the window before it: against the constant-mean fit, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.maths.abnormal import abnormal_moves
from marketimpact.maths.least_squares import fit_windows, weigh
from marketimpact.maths.own_moves import large_among, running_t


def series(seed: int, n: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    spans = rng.choice([1, 1, 1, 2, 4], n)
    v = 1.0 + 0.4 * (spans - 1)
    y = 3.0 + 0.2 * spans + np.sqrt(v) * rng.standard_t(3, n)
    y[rng.random(n) < 0.1] = np.nan
    return y, spans, v


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_it_is_the_t_of_a_constant_mean_model_at_every_session(seed: int) -> None:
    """Against the package's own fit of one window at a time, with its exact variance."""
    y, spans, v = series(seed)
    t = running_t(y, spans, v, (-40, -6), 20)
    x = spans[None].astype(float)
    weighted = weigh(y, x, v)
    seen = 0
    for at in range(40, len(y)):
        known = np.count_nonzero(np.isfinite(y[at - 40 : at - 5]))
        fit = fit_windows(*weighted, np.array([at - 40]), 35)
        abnormal = abnormal_moves(y, x, v, np.array([at]), (0, 0), fit)
        expected = abnormal.ar[0, 0] / np.sqrt(abnormal.variance(fit)[0, 0])
        if known < 20 or not np.isfinite(y[at]):
            assert np.isnan(t[at])
            continue
        assert t[at] == pytest.approx(expected, rel=1e-9)
        seen += 1
    assert seen > 40


@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), st.floats(-100.0, 100.0))
def test_scale_and_mean_leave_it(seed: int, scale: float, mean: float) -> None:
    y, spans, v = series(seed)
    one, other = (running_t(moves, spans, v, (-40, -6), 20) for moves in (y, (y + mean * spans) * scale))
    np.testing.assert_allclose(other, one, rtol=1e-6)


def test_a_jump_after_a_long_rest_is_large_and_rest_is_not() -> None:
    y = np.zeros(100)
    y[:20], y[90] = np.random.default_rng(1).normal(size=20), 1.0
    t = np.abs(running_t(y, np.ones(100, dtype=int), np.ones(100), (-40, -1), 20))
    assert t[90] > 1e6
    assert np.all(t[70:90] < 1e-6)


def test_without_a_known_move_there_is_no_t() -> None:
    assert np.isnan(running_t(np.full(5, np.nan), np.ones(5, dtype=int), np.ones(5), (-3, -1), 2)).all()


def test_windows_that_begin_before_the_series_need_enough_moves() -> None:
    y = np.arange(10.0) % 3
    t = running_t(y, np.ones(10, dtype=int), np.ones(10), (-6, -2), 3)
    assert np.isnan(t[:4]).all()
    assert np.isfinite(t[4:]).all()


@pytest.mark.parametrize("count", [1, 5, 20, 50])
def test_the_largest_of_many_is_large_as_seldom_as_one(count: int) -> None:
    """At most .27 %, and not much less where moves are independent: exact by the distribution of the largest."""
    exact = -np.expm1(count * np.log1p(-2 * stats.norm.sf(large_among(count))))
    assert 2 * stats.norm.sf(3.0) * 0.99 < exact <= 2 * stats.norm.sf(3.0) * (1 + 1e-12)
