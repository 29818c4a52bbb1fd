"""Cross-correlations against loops, and how often their bands reject where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.errors import InputError
from marketimpact.maths.cross_correlation import cross_correlation, independent_bands


def looped(x: np.ndarray, y: np.ndarray, lags: int) -> list[float]:
    n = len(x)
    dx, dy = x - np.nanmean(x), y - np.nanmean(y)
    scale = np.nanstd(x) * np.nanstd(y)
    out = []
    for k in range(-lags, lags + 1):
        products = [dx[t - k] * dy[t] for t in range(n) if 0 <= t - k < n]
        known = [one for one in products if not np.isnan(one)]
        out.append(sum(known) * len(products) / len(known) / n / scale)
    return out


@given(st.integers(0, 10_000), st.integers(0, 4), st.floats(0.0, 0.2))
def test_lags_are_those_of_a_loop(seed: int, lags: int, missing: float) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal(40), rng.standard_normal(40)
    x[rng.random(40) < missing] = np.nan
    y[rng.random(40) < missing] = np.nan
    np.testing.assert_allclose(cross_correlation(x, y, lags), looped(x, y, lags), rtol=1e-9, atol=1e-12)


@given(st.integers(0, 10_000), st.floats(-50.0, 50.0), st.floats(0.01, 100.0))
def test_units_do_not_matter_and_turning_round_mirrors(seed: int, shift: float, factor: float) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal(50), rng.standard_normal(50)
    r = cross_correlation(x, y, 5)
    np.testing.assert_allclose(cross_correlation(shift + factor * x, y, 5), r, atol=1e-9)
    np.testing.assert_allclose(cross_correlation(y, x, 5), r[::-1], atol=1e-12)
    assert (np.abs(r) <= 1.0 + 1e-12).all()


def autoregression(rng: np.random.Generator, phi: float, n: int) -> np.ndarray:
    x = np.zeros(n + 100)
    for t, shock in enumerate(rng.standard_normal(n + 99), start=1):
        x[t] = phi * x[t - 1] + shock
    return x[100:]


def test_sizes_of_bands() -> None:
    """Nominal 5 %: two autoregressions of .8, and one of .9 beside white noise; lags -5 to 5 of 400 observations."""
    rng, sizes = np.random.default_rng(0), {}
    for name, phis in (("both", (0.8, 0.8)), ("one", (0.9, 0.0))):
        pointwise, joint, plain = [], [], []
        for _ in range(60):
            x, y = (autoregression(rng, phi, 400) for phi in phis)
            bands = independent_bands(x, y, 5, rng, draws=99)
            pointwise.append((bands.p_values <= 0.05).mean())
            joint.append(bands.p_joint.min() <= 0.05)
            plain.append((np.abs(cross_correlation(x, y, 5)) > 1.96 / np.sqrt(400)).mean())
        sizes[name] = (np.mean(pointwise), np.mean(joint), np.mean(plain))
    assert sizes["both"][2] > 0.25, "1.96 / sqrt(n) is no band of two autocorrelated series"
    assert sizes["both"][0] < 0.16
    assert sizes["both"][1] < 0.22
    assert sizes["one"][0] < 0.10
    assert sizes["one"][1] < 0.15


def test_bands_find_what_is_there() -> None:
    rng = np.random.default_rng(1)
    x = autoregression(rng, 0.5, 400)
    y = 0.4 * np.roll(x, 3) + rng.standard_normal(400)
    bands = independent_bands(x, y, 5, rng, draws=199)
    assert int(np.argmax(np.abs(cross_correlation(x, y, 5)))) == 5 + 3
    assert bands.p_joint[8] == pytest.approx(1 / 200)
    assert (bands.p_joint >= bands.p_values).all()


def test_the_same_seed_gives_the_same_bands() -> None:
    x, y = np.random.default_rng(2).standard_normal((2, 120))
    x[5] = np.nan
    one, other = (independent_bands(x, y, 2, np.random.default_rng(9), draws=49) for _ in range(2))
    assert one == other
    assert np.isfinite(one.std).all()


def test_draws_that_hold_no_news_are_drawn_anew() -> None:
    """One value of 100 is in 63 % of the draws: those without it have no correlation, and none is counted as 0."""
    x, y = np.zeros(100), np.random.default_rng(4).standard_normal(100)
    x[50] = 1.0
    bands = independent_bands(x, y, 0, np.random.default_rng(0), draws=999)
    assert bands.std[0] == pytest.approx(1.0 / np.sqrt(100), rel=0.1)
    with pytest.raises(InputError, match="y: does not vary"):
        independent_bands(x, np.ones(100), 1, np.random.default_rng(0))
    with pytest.raises(InputError, match="x: does not vary"):
        independent_bands(np.full(100, np.nan), y, 1, np.random.default_rng(0))
