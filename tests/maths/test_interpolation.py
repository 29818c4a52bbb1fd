"""Curves read row by row, against numpy one row at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.maths.interpolation import interpolate_rows


def curves(seed: int, rows: int, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Ascending points that differ from row to row, and values."""
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.uniform(0.1, 5.0, (rows, points)), axis=1), rng.normal(3.0, 2.0, (rows, points))


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 6))
def test_every_row_equals_numpy_flat_beyond_both_ends(seed: int, rows: int, points: int) -> None:
    x, y = curves(seed, rows, points)
    at = np.random.default_rng(seed + 1).uniform(-2.0, 5.0 * points, rows)
    value, beyond = interpolate_rows(x, y, at)
    expected = [np.interp(one, xs, ys) for one, xs, ys in zip(at, x, y, strict=True)]
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12)
    assert beyond.tolist() == [bool(one < xs[0] or one > xs[-1]) for one, xs in zip(at, x, strict=True)]


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.data())
def test_a_missing_point_takes_away_exactly_what_needs_it(
    seed: int, points: int, data: st.DataObject
) -> None:
    x, y = curves(seed, 1, points)
    hole = data.draw(st.integers(0, points - 1))
    y[0, hole] = np.nan
    at = np.array([data.draw(st.floats(0.0, 6.0 * points))])
    value, _ = interpolate_rows(x, y, at)
    needed = {0} if at[0] <= x[0, 0] else {points - 1} if at[0] >= x[0, -1] else None
    if needed is None:
        left = int(np.searchsorted(x[0], at[0], side="right")) - 1
        needed = {left} if x[0, left] == at[0] else {left, left + 1}
    assert np.isnan(value[0]) == (hole in needed)


def test_on_a_point_the_missing_neighbours_have_no_say() -> None:
    x, y = np.array([[1.0, 2.0, 3.0]] * 3), np.array([[np.nan, 5.0, np.nan]] * 3)
    value, beyond = interpolate_rows(x, y, np.array([2.0, 2.0 + 1e-9, 0.5]))
    assert value[0] == 5.0
    assert np.isnan(value[1:]).all()
    assert beyond.tolist() == [False, False, True]


def test_nowhere_has_no_value() -> None:
    value, beyond = interpolate_rows(np.array([[1.0, 2.0]]), np.array([[5.0, 6.0]]), np.array([np.nan]))
    assert np.isnan(value[0])
    assert not beyond[0]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_units_of_value_pass_through(scale: float) -> None:
    x, y = curves(5, 20, 4)
    at = np.full(20, 6.0)
    np.testing.assert_allclose(interpolate_rows(x, scale * y, at)[0], scale * interpolate_rows(x, y, at)[0])


def test_the_ends_themselves_are_not_beyond() -> None:
    x, y = np.array([[1.0, 2.0]] * 4), np.array([[5.0, 6.0]] * 4)
    value, beyond = interpolate_rows(x, y, np.array([1.0, 2.0, 1.0 - 1e-12, 2.0 + 1e-12]))
    assert value.tolist() == [5.0, 6.0, 5.0, 6.0]
    assert beyond.tolist() == [False, False, True, True]
