"""Scores of quantiles at all places, against loops; their size where few values carry the news."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.maths.shifted_scores import shifted_scores


@given(st.integers(0, 10_000), st.integers(20, 60))
def test_p_is_that_of_a_loop(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    y, z = rng.standard_t(3, n), rng.poisson(0.5, n) + 0.1 * np.arange(n)
    scores = [q - (y < np.quantile(y, q)) for q in (0.1, 0.5, 0.9)]
    scores.append(scores[2] - scores[0])
    for p, score in zip(shifted_scores(y, z, (0.1, 0.5, 0.9)), scores, strict=True):
        sums = np.array([abs(np.roll(z - z.mean(), s) @ score) for s in range(n)])
        assert p == (sums >= sums[0] - 1e-9).mean()


@given(st.integers(0, 10_000), st.floats(0.01, 100.0), st.floats(-9.0, 9.0), st.integers(1, 30))
def test_units_zero_and_the_begin_do_not_matter(seed: int, factor: float, shift: float, by: int) -> None:
    rng = np.random.default_rng(seed)
    y, z = rng.standard_normal(40), rng.standard_normal(40)
    one = shifted_scores(y, z, (0.25, 0.75))
    np.testing.assert_allclose(one, shifted_scores(y, shift + factor * z, (0.25, 0.75)))
    np.testing.assert_allclose(one, shifted_scores(np.roll(y, by), np.roll(z, by), (0.25, 0.75)))


def test_size_with_news_on_two_of_two_hundred() -> None:
    rng, hits = np.random.default_rng(0), np.zeros(4)
    for _ in range(600):
        z = np.zeros(200)
        z[rng.choice(200, 2, replace=False)] = 1.0
        hits += shifted_scores(rng.standard_t(3, 200), z, (0.05, 0.5, 0.95)) <= 0.05
    assert (hits / 600 < 0.075).all()
