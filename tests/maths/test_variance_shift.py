"""Identification through heteroskedasticity: formulas by hand, symmetries, the sets' coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketimpact.errors import InputError
from marketimpact.maths.variance_shift import VarianceShift, variance_shift


def world(
    seed: int, days: int = 40, ratio: float = 4.0, b: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x = .3 y + v, y = b x + u; the variance of v is larger on event days."""
    rng = np.random.default_rng(seed)
    event = np.arange(2 * days) < days
    u, v = rng.standard_normal((2, 2 * days))
    v = v * np.where(event, np.sqrt(ratio), 1.0)
    x = (v + 0.3 * u) / (1.0 - 0.3 * b)
    return x, b * x + u, event


def shifted(seed: int, draws: int = 199, **options: float) -> VarianceShift:
    return variance_shift(*world(seed, **options), np.random.default_rng(0), draws=draws)  # type: ignore[arg-type]


def test_moments_estimates_and_errors_by_hand() -> None:
    x, y, event = world(1)
    found = variance_shift(x, y, event, np.random.default_rng(0), draws=9)
    e, c = np.cov(x[event], y[event]), np.cov(x[~event], y[~event])
    np.testing.assert_allclose(found.event, [e[0, 1], e[0, 0], e[1, 1]])
    np.testing.assert_allclose(found.control, [c[0, 1], c[0, 0], c[1, 1]])
    d = e - c
    np.testing.assert_allclose(found.estimates, [d[0, 1] / d[0, 0], d[1, 1] / d[0, 1]])
    spread = np.zeros((3, 3))
    for rows in (event, ~event):
        p, q = x[rows] - x[rows].mean(), y[rows] - y[rows].mean()
        spread += np.cov(np.stack([p * q, p * p, q * q])) / rows.sum()
    np.testing.assert_allclose(found.spread, spread)
    b = found.estimates[0]
    by_delta = np.sqrt(spread[0, 0] - 2 * b * spread[0, 1] + b * b * spread[1, 1]) / abs(d[0, 0])
    assert found.std_errors[0] == pytest.approx(by_delta)
    assert found.strength[0] == pytest.approx(d[0, 0] / np.sqrt(spread[1, 1]))


@pytest.mark.parametrize("which", [0, 1])
def test_it_is_two_stage_least_squares(which: int) -> None:
    x, y, event = world(2)
    found = variance_shift(x, y, event, np.random.default_rng(0), draws=9)
    x, y = (one - np.where(event, one[event].mean(), one[~event].mean()) for one in (x, y))
    z = (x, y)[which] * np.where(event, 1.0 / (event.sum() - 1), -1.0 / ((~event).sum() - 1))
    assert (z @ y) / (z @ x) == pytest.approx(found.estimates[which], rel=1e-12)


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), sx=st.floats(0.01, 100), sy=st.floats(0.01, 100), shift=st.floats(-5, 5))
def test_units_and_means_change_only_the_scale(seed: int, sx: float, sy: float, shift: float) -> None:
    x, y, event = world(seed)
    plain = variance_shift(x, y, event, np.random.default_rng(1), draws=99)
    other = variance_shift(sx * x + shift, sy * y - shift, event, np.random.default_rng(1), draws=99)
    ratio = sy / sx
    np.testing.assert_allclose(other.estimates, plain.estimates * ratio, rtol=1e-6)
    np.testing.assert_allclose(other.std_errors, plain.std_errors * ratio, rtol=1e-6)
    one, two = plain.confidence_set(0.9), other.confidence_set(0.9)
    assert one.shape == two.shape
    np.testing.assert_allclose(two.parts, np.array(one.parts) * ratio, rtol=1e-4, atol=1e-9 * ratio)


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_swapping_the_regimes_changes_nothing_but_signs(seed: int) -> None:
    x, y, event = world(seed)
    one = variance_shift(x, y, event, np.random.default_rng(1), draws=19)
    two = variance_shift(x, y, ~event, np.random.default_rng(1), draws=19)
    np.testing.assert_allclose(two.difference, -one.difference)
    np.testing.assert_allclose(two.estimates, one.estimates)
    np.testing.assert_allclose(two.std_errors, one.std_errors)


@pytest.mark.parametrize(("seed", "ratio"), [(1, 4.0), (2, 1.5), (5, 1.1), (9, 1.5), (11, 1.3), (13, 2.0)])
def test_the_set_holds_what_its_test_does_not_reject(seed: int, ratio: float) -> None:
    found = shifted(seed, ratio=ratio)
    chosen = found.confidence_set(0.9)
    assert float(found.estimates[0]) in chosen
    assert found.p_value(float(found.estimates[0])) == 1.0
    kept = [c for c in np.tan(np.linspace(-1.57, 1.57, 301)) if found.p_value(float(c)) > 0.1]
    assert all(c in chosen for c in kept)  # it is filled where resampling leaves gaps, and never smaller
    ends = [end for part in chosen.parts for end in part if np.isfinite(end)]
    for end in ends:
        near = [found.p_value(end * (1.0 + step)) > 0.1 for step in (-1e-7, 1e-7)]
        assert sorted(near) == [False, True]


def test_a_wider_level_never_loses_a_value() -> None:
    for seed in range(8):
        found = shifted(seed, ratio=2.0)
        grid = np.tan(np.linspace(-1.5, 1.5, 99))
        inner, outer = found.confidence_set(0.68), found.confidence_set(0.95)
        assert all(c in outer for c in grid if found.p_value(float(c)) > 0.32)
        assert inner.shape != "whole line" or outer.shape == "whole line"


def test_all_three_shapes_occur_where_the_variance_hardly_changes() -> None:
    shapes = {shifted(seed, ratio=1.5).confidence_set(0.9).shape for seed in range(25)}
    assert shapes == {"interval", "complement", "whole line"}
    strong = {shifted(seed, days=100, ratio=9.0).confidence_set(0.9).shape for seed in range(25)}
    assert strong == {"interval"}


def test_the_same_seed_gives_the_same_draws_in_pieces_too(monkeypatch: pytest.MonkeyPatch) -> None:
    one = shifted(3)
    assert one == shifted(3)
    monkeypatch.setattr("marketimpact.maths.variance_shift.CELLS", 40 * 199)
    assert one == shifted(3)


@pytest.mark.parametrize(("ratio", "days"), [(4.0, 60), (1.1, 60), (1.5, 20)])
def test_the_set_covers_and_percentiles_cover_less(ratio: float, days: int) -> None:
    """Nominal 90 %: of 1,000 samples the set holds 89 to 95 %, percentiles of g 84 to 87 %."""
    inside = plain = 0
    samples = 250
    for seed in range(samples):
        found = variance_shift(*world(seed, days, ratio), np.random.default_rng(seed), draws=199)
        inside += found.p_value(1.0) > 0.1
        low, high = np.quantile((found.drawn + found.difference) @ [1.0, -1.0, 0.0], [0.05, 0.95])
        plain += low <= 0.0 <= high
    assert 0.84 <= inside / samples <= 0.98
    assert plain < inside


def test_one_shock_is_not_rejected_where_it_is_one_and_is_where_both_change() -> None:
    rejected = [shifted(seed, days=60).rank_test()[1] <= 0.1 for seed in range(100)]
    assert np.mean(rejected) <= 0.19
    both = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        event = np.arange(300) < 150
        x, y = rng.standard_normal((2, 300)) * np.where(event, 3.0, 1.0)
        both.append(variance_shift(x, y, event, rng, draws=99).rank_test()[1] <= 0.1)
    assert np.mean(both) > 0.9


def test_bad_input_is_named() -> None:
    x, y, event = world(1)
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="hold values that are missing"):
        variance_shift(np.where(event, np.nan, x), y, event, rng)
    with pytest.raises(InputError, match=r"are too few in a regime; received \{'event': 4, 'control': 76\}"):
        variance_shift(x, y, np.arange(80) < 4, rng)
    with pytest.raises(InputError, match="do not vary on control days"):
        variance_shift(np.where(event, x, 1.0), y, event, rng)
    with pytest.raises(InputError, match="draws: needs a draw or more"):
        variance_shift(x, y, event, rng, draws=0)
