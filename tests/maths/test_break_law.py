"""Laws of tests for breaks and of break dates: published tables, a closed form, simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths.break_law import (
    SUP_F,
    argmax_cdf,
    argmax_quantile,
    sup_f_critical,
    sup_wald_p,
)

NEXT_F = (
    (8.58, 10.13, 11.14, 11.83, 12.25),
    (11.47, 12.95, 14.03, 14.85, 15.29),
    (13.98, 15.72, 16.83, 17.61, 18.14),
    (16.19, 18.11, 18.93, 19.64, 20.19),
    (18.23, 19.91, 20.99, 21.71, 22.37),
)
"""5 % values of sup F(l + 1 | l), l = 0 to 4, q = 1 to 5, trimming .15: Bai and Perron (2003), Econometrics Journal."""


@pytest.mark.parametrize("q", range(1, 6))
def test_published_values_of_one_break_more(q: int) -> None:
    for already, value in enumerate(NEXT_F[q - 1]):
        p = 1.0 - (1.0 - sup_wald_p(value, q, 0.15)) ** (already + 1)
        assert 0.044 < p < 0.063  # the published values are themselves simulated


def test_the_table_of_many_breaks_begins_with_that_of_one() -> None:
    for q in range(1, 11):
        for trimming in SUP_F:
            assert 0.046 < sup_wald_p(sup_f_critical(q, 1, trimming), q, trimming) < 0.062
    for rows in SUP_F.values():
        table = np.array(rows)
        assert table.shape[0] == 10
        assert (np.diff(table, axis=0) > 0.0).all(), "more coefficients, larger values"
        assert (np.diff(table, axis=1) < 0.0).all(), "more breaks, smaller values"


def test_andrews_values() -> None:
    for q, value in enumerate((8.85, 11.79, 14.15, 16.45), start=1):
        assert sup_wald_p(value, q, 0.15) == pytest.approx(0.05, abs=0.004)


def test_what_is_not_tabulated() -> None:
    for q, k, trimming in ((0, 1, 0.15), (11, 1, 0.15), (1, 6, 0.15), (1, 0, 0.15), (1, 1, 0.12)):
        assert np.isnan(sup_f_critical(q, k, trimming))
    with pytest.raises(InputError, match=r"0 < trimming < \.5"):
        sup_wald_p(3.0, 1, 0.5)
    assert sup_wald_p(np.inf, 2, 0.15) == 0.0
    assert np.isnan(sup_wald_p(np.nan, 2, 0.15))


@given(
    st.floats(0.0, 80.0),
    st.floats(0.0, 5.0),
    st.integers(1, 8),
    st.sampled_from((0.02, 0.05, 0.15, 0.3, 0.45)),
)
def test_p_falls_with_the_statistic_and_is_a_probability(
    c: float, more: float, q: int, trimming: float
) -> None:
    low, high = sup_wald_p(c, q, trimming), sup_wald_p(c + more, q, trimming)
    assert 0.0 <= high <= low <= 1.0


def closed_form(x: float) -> float:
    """Bai (1997), appendix B, for equal sides."""
    root = np.sqrt(x)
    return float(
        1.0
        + np.sqrt(x / (2.0 * np.pi)) * np.exp(-x / 8.0)
        - 0.5 * (x + 5.0) * stats.norm.cdf(-root / 2.0)
        + 1.5 * np.exp(x) * stats.norm.cdf(-1.5 * root)
    )


@pytest.mark.parametrize("x", [0.01, 0.5, 1.0, 4.0, 7.687, 11.033, 30.0])
def test_equal_sides_have_bais_closed_form(x: float) -> None:
    assert argmax_cdf(x) == pytest.approx(closed_form(x), abs=1e-10)
    assert argmax_cdf(-x) == pytest.approx(1.0 - closed_form(x), abs=1e-10)


@given(st.floats(0.05, 20.0), st.floats(0.05, 5.0), st.floats(0.01, 0.99))
def test_quantiles_and_probabilities_are_inverse(variance: float, slope: float, p: float) -> None:
    assert argmax_cdf(argmax_quantile(p, variance, slope), variance, slope) == pytest.approx(p, abs=1e-6)


@given(st.floats(0.05, 20.0), st.floats(0.05, 5.0))
def test_the_side_follows_from_two_exponential_heights(variance: float, slope: float) -> None:
    """P(before) = r_after / (r_before + r_after), r = 2 slope / variance the rate of a side's height, 1 before."""
    rate = 2.0 * slope / variance
    assert argmax_cdf(0.0, variance, slope) == pytest.approx(rate / (1.0 + rate), abs=1e-7)


def test_unequal_sides_by_simulation() -> None:
    variance, slope, step = 3.0, 0.8, 0.02
    rng = np.random.default_rng(0)
    n = 3_000
    sides = []
    for v, m in ((1.0, 0.5), (variance, slope)):
        steps = rng.normal(-m * step, np.sqrt(v * step), (1_500, n))
        paths = np.cumsum(steps, axis=1)
        at = paths.argmax(axis=1)
        height = paths[np.arange(len(paths)), at]
        sides.append((np.maximum(height, 0.0), np.where(height > 0.0, (at + 1) * step, 0.0)))
    (left, before), (right, after) = sides
    place = np.where(right > left, after, -before)
    for s in (-4.0, -1.0, 0.5, 2.0, 5.0):
        assert np.mean(place <= s) == pytest.approx(argmax_cdf(s, variance, slope), abs=0.05)
