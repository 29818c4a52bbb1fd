"""The joint test against statsmodels and by all signs; and how often it rejects where few observations carry it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import scipy.stats as stats
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.maths.wild_f import wild_f


def white_f(y: np.ndarray, x: np.ndarray, tested: int) -> float:
    """Wald's F by HC1, straight from the formula."""
    n, k = x.shape
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ y
    scores = x * (y - x @ b)[:, None]
    cov = n / (n - k) * inverse @ scores.T @ scores @ inverse
    last = b[k - tested :]
    return float(last @ np.linalg.solve(cov[k - tested :, k - tested :], last)) / tested


@given(st.integers(0, 10_000), st.integers(1, 3))
def test_statistic_is_the_formula(seed: int, tested: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(40), rng.standard_normal((40, tested + 1))])
    y = rng.standard_normal(40)
    assert wild_f(y, x, tested, rng, draws=1).statistic == pytest.approx(white_f(y, x, tested), rel=1e-8)


def test_p_is_about_the_share_of_all_signs() -> None:
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(11), rng.standard_normal((11, 2))])
    y = rng.standard_normal(11) + 0.7 * x[:, 2]
    base = x[:, :2]
    left = y - base @ np.linalg.lstsq(base, y, rcond=None)[0]
    observed = white_f(y, x, 1)
    every = [
        white_f(y - left + np.array(signs) * left, x, 1) >= observed * (1.0 - 1e-9)
        for signs in product((-1.0, 1.0), repeat=11)
    ]
    found = wild_f(y, x, 1, rng, draws=4_000)
    assert found.p_value == pytest.approx(np.mean(every), abs=0.03)
    assert found.p_floor == 1.0 / 4_001


@given(st.integers(0, 10_000), st.floats(0.01, 100.0))
def test_units_do_not_matter(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(30), rng.standard_normal((30, 3))])
    y = rng.standard_normal(30)
    one, other = (
        wild_f(a, b, 2, np.random.default_rng(1), draws=19)
        for a, b in ((y, x), (factor * y + x[:, 1], x * np.array([1.0, 1.0, factor, 2.0])))
    )
    assert one.statistic == pytest.approx(other.statistic, rel=1e-6)
    assert one.p_value == other.p_value


def test_size_where_few_observations_carry_the_columns() -> None:
    """Nominal 5 %, of 200: three lags of news on 4 of them; the law of F beside."""
    rng, hits = np.random.default_rng(0), np.zeros(2)
    for _ in range(300):
        news = np.zeros(203)
        news[rng.choice(np.arange(10, 190), 4, replace=False)] = 1.0
        x = np.column_stack([np.ones(200), *[news[3 - k : 203 - k] for k in (1, 2, 3)]])
        found = wild_f(rng.standard_t(3, 200), x, 3, rng, draws=99)
        hits += [found.p_value <= 0.05, stats.f.sf(found.statistic, 3, 196) <= 0.05]
    bootstrap, law = hits / 300
    assert law > 0.2
    assert bootstrap < 0.08


def test_no_draws() -> None:
    with pytest.raises(mi.InputError, match="draws: needs one draw or more"):
        wild_f(np.ones(4), np.ones((4, 1)), 1, np.random.default_rng(0), draws=0)
