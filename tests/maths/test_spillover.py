"""Generalised variance shares: closed forms, loops over the formula, and the order of the series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.errors import InputError
from marketimpact.maths.spillover import generalised_shares, resampled_shares


def world(seed: int, k: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = 0.5 * rng.standard_normal((k, k)) / np.sqrt(k)
    responses = np.array([np.linalg.matrix_power(a, h) for h in range(horizon)])
    root = rng.standard_normal((k, k))
    return responses, root @ root.T + 0.1 * np.eye(k)


@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(1, 6))
def test_shares_are_those_of_the_formula_in_loops(seed: int, k: int, horizon: int) -> None:
    responses, sigma = world(seed, k, horizon)
    expected = np.zeros((k, k))
    for i in range(k):
        below = sum(responses[h][i] @ sigma @ responses[h][i] for h in range(horizon))
        for j in range(k):
            expected[i, j] = (
                sum((responses[h][i] @ sigma[:, j]) ** 2 for h in range(horizon)) / sigma[j, j] / below
            )
    np.testing.assert_allclose(generalised_shares(responses, sigma, normalised=False), expected, rtol=1e-9)
    np.testing.assert_allclose(
        generalised_shares(responses, sigma), expected / expected.sum(axis=1, keepdims=True), rtol=1e-9
    )


@given(st.integers(0, 10_000), st.permutations(range(3)))
def test_the_order_of_the_series_does_not_matter(seed: int, order: list[int]) -> None:
    responses, sigma = world(seed, 3, 4)
    turned = generalised_shares(responses[:, order][:, :, order], sigma[np.ix_(order, order)])
    np.testing.assert_allclose(turned, generalised_shares(responses, sigma)[np.ix_(order, order)], rtol=1e-9)


def test_closed_forms() -> None:
    """Independent shocks of a VAR(1) with one spillover: the share of a geometric sum of squares."""
    a = np.array([[0.5, 0.3], [0.0, 0.4]])
    responses = np.array([np.linalg.matrix_power(a, h) for h in range(200)])
    shares = generalised_shares(responses, np.diag([2.0, 3.0]))
    assert shares[1].tolist() == [0.0, 1.0]
    own = 2.0 / (1.0 - 0.25)
    crossed = 3.0 * sum((0.3 * (0.5**h - 0.4**h) / 0.1) ** 2 for h in range(200))
    assert shares[0, 1] == pytest.approx(crossed / (own + crossed))


def test_what_does_not_fit() -> None:
    with pytest.raises(InputError, match="responses: do not fit"):
        generalised_shares(np.ones((2, 2, 3)), np.eye(2))
    with pytest.raises(InputError, match="sigma: has a shock without variance"):
        generalised_shares(np.eye(2)[None], np.diag([1.0, 0.0]))


def autoregression(rng: np.random.Generator, n: int, mixing: np.ndarray, lead: float) -> np.ndarray:
    """Series of which the second answers the first a step later, with shocks of the covariance mixing mixing'."""
    shocks = rng.standard_normal((n, len(mixing))) @ mixing.T
    y = shocks.copy()
    y[1:, 1] += lead * shocks[:-1, 0]
    return y


def test_a_draw_is_the_autoregression_of_its_own_series() -> None:
    """One draw by hand: residuals, one block after another, the recursion in a loop, lstsq, and the formula."""
    y = autoregression(np.random.default_rng(2), 80, np.eye(2), 0.5)
    found = resampled_shares(y, 2, 4, np.random.default_rng(7), draws=3, block=6)
    n, k, m = 80, 2, 78
    x = np.column_stack([np.ones(m), y[1:-1], y[:-2]])
    b = np.linalg.lstsq(x, y[2:], rcond=None)[0]
    left = y[2:] - x @ b
    begins = np.random.default_rng(7).integers(0, m - 6 + 1, (3, 13))
    for draw, begin in enumerate(begins):
        made = [y[0], y[1]]
        for t in range(m):
            place = t % 6
            error = left[begin[t // 6] + place] - left[place : m - 6 + 1 + place].mean(axis=0)
            made.append(b[0] + made[-1] @ b[1:3] + made[-2] @ b[3:5] + error)
        z = np.array(made)
        x = np.column_stack([np.ones(m), z[1:-1], z[:-2]])
        c = np.linalg.lstsq(x, z[2:], rcond=None)[0]
        e = z[2:] - x @ c
        one, two = c[1:3].T, c[3:5].T
        responses = [np.eye(k), one, one @ one + two, one @ (one @ one + two) + two @ one]
        expected = generalised_shares(np.array(responses), e.T @ e / (m - 5))
        np.testing.assert_allclose(found[draw], expected, rtol=1e-8)
    assert len(z) == n


def test_the_order_of_the_series_changes_no_draw() -> None:
    y, order = autoregression(np.random.default_rng(3), 120, np.eye(3), 0.4), [2, 0, 1]
    one = resampled_shares(y, 1, 5, np.random.default_rng(1), draws=20)
    other = resampled_shares(y[:, order], 1, 5, np.random.default_rng(1), draws=20)
    np.testing.assert_allclose(other, one[:, order][:, :, order], rtol=1e-8)
