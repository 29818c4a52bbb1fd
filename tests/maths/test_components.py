"""Principal components: against eigenvalues by definition, what a rotation and a change of unit do, and the signs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.errors import DataError, InputError
from marketimpact.maths.components import component_weights


def region(seed: int, count: int = 5, n: int = 200) -> np.ndarray:
    """Series with two common drivers, and volatilities of their own."""
    rng = np.random.default_rng(seed)
    drivers = rng.normal(size=(2, n))
    loads = rng.normal(size=(count, 2)) + np.array([1.0, 0.0])
    return np.exp(rng.normal(size=(count, 1))) * (loads @ drivers + rng.normal(size=(count, n)))


@given(st.integers(0, 10_000), st.integers(2, 6))
def test_components_are_eigenvectors_of_the_correlations_over_the_deviations(seed: int, count: int) -> None:
    """R q = l q with l falling, q = s w up to its scale, straight from the definition."""
    moves = region(seed, count)
    weights = component_weights(moves, count)
    q = weights * moves.std(axis=1, ddof=1)
    q /= np.sqrt((q**2).sum(axis=1, keepdims=True))
    correlations = np.corrcoef(moves)
    values = np.einsum("kj,ji,ki->k", q, correlations, q)
    np.testing.assert_allclose(q @ correlations, values[:, None] * q, atol=1e-10)
    np.testing.assert_allclose(q @ q.T, np.eye(count), atol=1e-10)
    assert np.all(np.diff(values) <= 1e-10)
    assert values.sum() == pytest.approx(count, rel=1e-10)


def test_no_combination_of_standardized_moves_varies_more_than_the_first() -> None:
    moves = region(1)
    standard = (moves - moves.mean(axis=1, keepdims=True)) / moves.std(axis=1, ddof=1, keepdims=True)
    q = component_weights(moves, 1)[0] * moves.std(axis=1, ddof=1)
    best = np.var(q / np.linalg.norm(q) @ standard)
    tried = np.random.default_rng(2).normal(size=(2_000, len(moves)))
    tried /= np.linalg.norm(tried, axis=1, keepdims=True)
    assert np.var(tried @ standard, axis=1).max() < best


@given(st.integers(0, 10_000))
def test_sizes_sum_to_one_and_signs_are_fixed(seed: int) -> None:
    moves = region(seed)
    weights = component_weights(moves, 3)
    np.testing.assert_allclose(np.abs(weights).sum(axis=1), 1.0, rtol=1e-12)
    assert np.all((weights * moves.std(axis=1, ddof=1)).sum(axis=1) > 0.0)
    np.testing.assert_allclose(component_weights(-moves, 3), weights, atol=1e-12)


def test_where_loadings_sum_to_zero_the_first_decides_the_sign() -> None:
    rng = np.random.default_rng(3)
    common = rng.normal(size=400)
    moves = np.stack([common + 0.1 * rng.normal(size=400), -common + 0.1 * rng.normal(size=400)])
    moves -= moves.mean(axis=1, keepdims=True)
    moves /= moves.std(axis=1, ddof=1, keepdims=True)
    weights = component_weights(moves, 2)
    np.testing.assert_allclose(weights, [[0.5, -0.5], [0.5, 0.5]], atol=1e-12)


@given(st.integers(0, 10_000), st.permutations(range(5)))
def test_the_order_of_the_series_only_moves_their_weights(seed: int, order: list[int]) -> None:
    moves = region(seed)
    np.testing.assert_allclose(
        component_weights(moves[order], 2), component_weights(moves, 2)[:, order], atol=1e-9
    )


@given(st.integers(0, 10_000), st.lists(st.floats(0.01, 100.0), min_size=5, max_size=5))
def test_a_change_of_unit_leaves_the_component(seed: int, scales: list[float]) -> None:
    """A yield in percent or in bp: the sum w'y has the same shape over time."""
    moves, scale = region(seed), np.array(scales)[:, None]
    one = component_weights(moves, 1) @ moves
    other = component_weights(moves * scale, 1) @ (moves * scale)
    assert np.corrcoef(one[0], other[0])[0, 1] == pytest.approx(1.0, abs=1e-9)


def test_a_time_at_which_one_is_missing_does_not_count() -> None:
    moves = region(4)
    holed = moves.copy()
    holed[2, [5, 17]] = np.nan
    kept = np.delete(moves, [5, 17], axis=1)
    np.testing.assert_array_equal(component_weights(holed, 2), component_weights(kept, 2))


@pytest.mark.parametrize("n", [0, 6])
def test_more_components_than_series_are_refused(n: int) -> None:
    with pytest.raises(InputError, match=r"n: needs at least as many series as components; .*1 to 5"):
        component_weights(region(5), n)


def test_too_few_moves_and_a_series_that_stands_still_are_refused() -> None:
    with pytest.raises(DataError, match="too few moves that all of them share; received 5"):
        component_weights(region(6)[:, :5], 1)
    still = region(7)
    still[1] = 0.0
    with pytest.raises(DataError, match="a series does not vary; received 'series 1'"):
        component_weights(still, 1)
