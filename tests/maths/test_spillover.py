"""Generalised variance shares: closed forms, loops over the formula, and the order of the series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.errors import InputError
from marketimpact.maths.spillover import generalised_shares


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
