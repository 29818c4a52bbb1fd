"""Covariances of panels from the formulas; statsmodels' are compared in the tests of the regressions."""

from __future__ import annotations

import numpy as np
import pytest

from marketimpact.errors import InputError
from marketimpact.maths.panel_errors import clustered, default_bandwidth, driscoll_kraay, two_way

RNG = np.random.default_rng(5)
X, E = RNG.normal(size=(120, 3)), RNG.normal(size=120)
UNIT, DATE = np.repeat(np.arange(6), 20), np.tile(np.arange(20), 6)
BREAD = np.linalg.inv(X.T @ X)


def middle(same: np.ndarray) -> np.ndarray:
    """Sum over pairs of rows of x_i e_i e_j x_j', weighted."""
    scores = X * E[:, None]
    return BREAD @ (scores.T @ same @ scores) @ BREAD


def test_clusters_are_pairs_of_rows_that_share_one() -> None:
    same = (UNIT[:, None] == UNIT).astype(float)
    np.testing.assert_allclose(clustered(X, E, UNIT), middle(same) * 6 / 5, rtol=1e-10)


def test_two_ways_add_up() -> None:
    parts = [(UNIT[:, None] == UNIT, 6 / 5), (DATE[:, None] == DATE, 20 / 19), (np.eye(120), -120 / 119)]
    plain = sum(middle(same.astype(float)) * weight for same, weight in parts)
    cov, mended = two_way(X, E, UNIT, DATE)
    assert mended == bool(np.linalg.eigvalsh(plain).min() < 0.0)
    if not mended:
        np.testing.assert_allclose(cov, plain, rtol=1e-9)


def test_negative_eigenvalues_are_set_to_zero_and_it_is_said() -> None:
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x, e = rng.normal(size=(9, 3)), rng.normal(size=9)
        unit, date = np.repeat(np.arange(3), 3), np.tile(np.arange(3), 3)
        plain = clustered(x, e, unit) + clustered(x, e, date) - clustered(x, e, np.arange(9))
        cov, mended = two_way(x, e, unit, date)
        least = np.linalg.eigvalsh(plain).min()
        assert mended == (least < 0.0)
        assert np.linalg.eigvalsh(cov).min() > -1e-9 * np.trace(np.abs(cov))
        values, vectors = np.linalg.eigh(plain)
        np.testing.assert_allclose(cov, (vectors * np.clip(values, 0, None)) @ vectors.T, atol=1e-9)


@pytest.mark.parametrize("bandwidth", [0, 3, 10])
def test_driscoll_kraay_weighs_pairs_of_rows_by_the_dates_between(bandwidth: int) -> None:
    apart = np.abs(DATE[:, None] - DATE)
    weight = np.maximum(1.0 - apart / (bandwidth + 1.0), 0.0)
    found = driscoll_kraay(X, E, DATE, bandwidth=bandwidth)
    np.testing.assert_allclose(found, middle(weight) * 20 / 19, rtol=1e-9)


def test_the_bandwidth_is_newey_and_wests() -> None:
    assert [default_bandwidth(n) for n in (20, 100, 250, 5000)] == [2, 4, 4, 9]
    np.testing.assert_allclose(driscoll_kraay(X, E, DATE), driscoll_kraay(X, E, DATE, bandwidth=2))


@pytest.mark.parametrize("bandwidth", [11, 19, 50, 100_000, -1])
def test_a_bandwidth_over_half_of_the_dates_is_refused(bandwidth: int) -> None:
    with pytest.raises(
        InputError, match=r"bandwidth: .* half of 20 dates, .*; received .*; allowed: 0 to 10 dates"
    ):
        driscoll_kraay(X, E, DATE, bandwidth=bandwidth)


def test_the_default_bandwidth_is_never_refused() -> None:
    assert all(default_bandwidth(many) <= many / 2 for many in range(2, 5_000))


def test_a_long_bandwidth_makes_the_errors_too_small() -> None:
    """What the bound is for: the scores of least squares add up to zero, and so do all their products."""
    left = E - X @ np.linalg.lstsq(X, E, rcond=None)[0]
    apart = np.abs(DATE[:, None] - DATE)
    sizes = [np.trace(middle_of(left, np.maximum(1 - apart / (m + 1), 0))) for m in (2, 10, 1000, 100_000)]
    assert sizes[0] > sizes[1] > 50 * sizes[2] > 50 * sizes[3] > 0


def middle_of(left: np.ndarray, same: np.ndarray) -> np.ndarray:
    scores = X * left[:, None]
    return BREAD @ (scores.T @ same @ scores) @ BREAD


def test_one_cluster_is_refused() -> None:
    with pytest.raises(InputError, match="is one cluster"):
        clustered(X, E, np.zeros(120, dtype=np.int64))
    with pytest.raises(InputError, match="is one date"):
        driscoll_kraay(X, E, np.zeros(120, dtype=np.int64))
