"""What a coefficient rests on, by its definition; and how often White's test rejects, against draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from marketimpact.maths.carried import carried, rejection_of_white


@given(st.integers(0, 10_000), st.integers(2, 5))
def test_shares_are_those_of_what_the_other_columns_leave(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(40), rng.standard_t(2, (40, k - 1))])
    found = carried(x, np.eye(k))
    for j in range(k):
        others = np.delete(x, j, axis=1)
        left = x[:, j] - others @ np.linalg.lstsq(others, x[:, j], rcond=None)[0]
        shares = left**2 / (left @ left)
        assert found.effective[j] == pytest.approx(1.0 / (shares @ shares), rel=1e-7)
        assert found.largest[j] == pytest.approx(shares.max(), rel=1e-7)
        assert shares[found.at[j]] == pytest.approx(shares.max(), rel=1e-7)


@given(st.integers(0, 10_000), st.floats(0.01, 100.0), st.floats(-5.0, 5.0))
def test_units_and_the_place_of_zero_do_not_matter(seed: int, factor: float, shift: float) -> None:
    x = np.column_stack([np.ones(30), np.random.default_rng(seed).standard_t(2, 30)])
    other = x @ np.array([[1.0, shift], [0.0, factor]])
    weights = np.array([[0.0, 1.0]])
    one, two = carried(x, weights), carried(other, weights)
    np.testing.assert_allclose(one.effective, two.effective, rtol=1e-6)
    np.testing.assert_allclose(rejection_of_white(x, weights), rejection_of_white(other, weights), atol=1e-6)


def test_a_sum_of_coefficients_is_a_coefficient_of_other_columns() -> None:
    x = np.column_stack([np.ones(50), np.random.default_rng(0).standard_t(2, (50, 2))])
    turned = np.column_stack([x[:, 0], x[:, 1], x[:, 2] - x[:, 1]])
    np.testing.assert_allclose(
        carried(x, np.array([[0.0, 1.0, 1.0]])).effective, carried(turned, np.eye(3)[1:2]).effective
    )


def drawn_rejections(column: np.ndarray, rng: np.random.Generator, draws: int = 20_000) -> float:
    n = len(column)
    x = np.column_stack([np.ones(n), column])
    q, _ = np.linalg.qr(x)
    d = column - column.mean()
    z = d / (d @ d)
    y = rng.standard_normal((draws, n))
    residuals = y - (y @ q) @ q.T
    t = y @ z / np.sqrt(n / (n - 2) * (residuals**2 @ z**2))
    return float((np.abs(t) > stats.t.isf(0.025, n - 2)).mean())


@pytest.mark.parametrize("name", ["2 days", "5 days", "20 days", "normal", "lognormal", "spike"])
def test_rejections_are_those_of_draws(name: str) -> None:
    rng, n = np.random.default_rng(4), 200
    column = {
        "normal": rng.standard_normal(n), "lognormal": np.exp(2.0 * rng.standard_normal(n)),
        "spike": np.r_[60.0, rng.poisson(3.0, n - 1)],
    }.get(name)  # fmt: skip
    if column is None:
        column = (np.arange(n) < int(name.split()[0])).astype(float)
    rate = float(rejection_of_white(np.column_stack([np.ones(n), column]), np.array([[0.0, 1.0]]))[0])
    assert rate == pytest.approx(drawn_rejections(column, rng), abs=0.03)


@given(st.integers(0, 10_000))
def test_shares_of_clusters_are_sums(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(40), rng.standard_t(2, 40)])
    clusters = rng.integers(5, 12, 40)
    left = x[:, 1] - x[:, 1].mean()
    names = np.unique(clusters)
    shares = np.array([(left[clusters == name] ** 2).sum() for name in names]) / (left @ left)
    found = carried(x, np.eye(2)[1:], clusters)
    assert found.effective[0] == pytest.approx(1.0 / (shares @ shares), rel=1e-7)
    assert shares[found.at[0]] == pytest.approx(shares.max(), rel=1e-7) == found.largest[0]
