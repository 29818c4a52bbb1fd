"""The line of a quantile regression against all lines through two points, a linear programme, and statsmodels."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from marketimpact.errors import InputError
from marketimpact.maths.quantile_line import quantile_line


def loss(y: np.ndarray, z: np.ndarray, w: np.ndarray, q: float, line: tuple[float, float]) -> float:
    left = y - line[0] - line[1] * z
    return float(w @ (left * (q - (left < 0))))


def programme(y: np.ndarray, z: np.ndarray, w: np.ndarray, q: float) -> tuple[float, float, float]:
    """Sum, intercept and slope by linear programming: residuals are u - v, both not negative."""
    n = len(y)
    cost = np.concatenate([np.zeros(2), q * w, (1 - q) * w])
    equal = np.column_stack([np.ones(n), z, np.eye(n), -np.eye(n)])
    bounds = [(None, None)] * 2 + [(0, None)] * (2 * n)
    found = linprog(cost, A_eq=equal, b_eq=y, bounds=bounds, method="highs")
    return float(found.fun), float(found.x[0]), float(found.x[1])


@given(st.integers(0, 100_000), st.sampled_from([0.05, 0.3, 0.5, 0.75, 0.9]), st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_no_line_through_two_points_is_better(seed: int, q: float, digits: int) -> None:
    """Rounded, so that many points share a value, a line or everything."""
    rng = np.random.default_rng(seed)
    y, z = np.round(rng.normal(0, 2, 14), digits), np.round(rng.normal(0, 2, 14), digits)
    w = rng.integers(0, 4, 14).astype(float)
    w[:2], z[:2] = 1.0, (-1.0, 1.0)
    best = min(
        loss(y, z, w, q, (y[i] - slope * z[i], slope))
        for i, j in combinations(np.flatnonzero(w > 0), 2)
        if z[i] != z[j]
        for slope in [(y[j] - y[i]) / (z[j] - z[i])]
    )
    assert loss(y, z, w, q, quantile_line(y, z, q, weights=w)) <= best + 1e-9
    start = float(rng.normal(0, 5))
    assert loss(y, z, w, q, quantile_line(y, z, q, weights=w, start=start)) <= best + 1e-9


@pytest.mark.parametrize("q", [0.05, 0.5, 0.83])
@pytest.mark.parametrize("kind", ["normal", "counts", "rounded"])
def test_it_is_the_linear_programme(q: float, kind: str) -> None:
    rng = np.random.default_rng(3)
    z = rng.poisson(0.4, 151).astype(float) if kind == "counts" else rng.standard_normal(151)
    y = rng.standard_t(3, 151) * (1 + 0.3 * np.abs(z))
    y = np.round(y, 1) if kind == "rounded" else y
    w = rng.integers(0, 4, 151).astype(float)
    least, _, slope = programme(y, z, w, q)
    found = quantile_line(y, z, q, weights=w)
    assert loss(y, z, w, q, found) == pytest.approx(least, rel=1e-9)
    if kind == "normal":
        assert found[1] == pytest.approx(slope, abs=1e-7)


@given(st.integers(0, 100_000), st.floats(-3, 3), st.floats(-3, 3), st.floats(0.1, 10))
@settings(max_examples=40, deadline=None)
def test_a_line_that_is_added_is_added_to_the_line(seed: int, a: float, b: float, scale: float) -> None:
    rng = np.random.default_rng(seed)
    y, z = rng.standard_t(4, 61), rng.standard_normal(61)
    one = quantile_line(y, z, 0.3)
    two = quantile_line(scale * y + a + b * z, z, 0.3)
    np.testing.assert_allclose(two, (scale * one[0] + a, scale * one[1] + b), atol=1e-7)
    up = quantile_line(-y, z, 0.7)
    assert loss(-y, z, np.ones(61), 0.7, up) == pytest.approx(loss(y, z, np.ones(61), 0.3, one), rel=1e-9)


def test_what_has_no_line_is_refused() -> None:
    with pytest.raises(InputError, match="z: does not vary"):
        quantile_line(np.arange(4.0), np.ones(4), 0.5)
    with pytest.raises(InputError, match="z: does not vary"):
        quantile_line(np.arange(4.0), np.arange(4.0), 0.5, weights=np.array([3.0, 0.0, 0.0, 0.0]))
    with pytest.raises(InputError, match="q: is no quantile"):
        quantile_line(np.arange(4.0), np.arange(4.0), 1.0)
