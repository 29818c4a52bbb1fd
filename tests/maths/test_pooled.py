"""What residuals of many windows have in common, against loops over days and simulated sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.maths import pooled as module
from marketimpact.maths.pooled import (
    AUTOCORRELATION,
    POSITIVE_SHARE,
    pooled_autocorrelation,
    pooled_positive_share,
    variance_growth,
)

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def windows(
    rng: np.random.Generator,
    pairs: int,
    length: int,
    *,
    series: int = 3,
    common: float = 0.5,
    ar: float = 0.0,
    law: str = "normal",
) -> Arrays:
    """Standardized residuals of windows that overlap, of series that share a factor."""  # fmt: skip
    days = 600
    draw = {
        "normal": lambda *shape: rng.standard_normal(shape),
        "skewed": lambda *shape: rng.exponential(size=shape) - 1.0,
        "t3": lambda *shape: rng.standard_t(3, shape),
    }[law]
    moves = np.sqrt(common) * draw(days)[None] + np.sqrt(1.0 - common) * draw(series, days)
    for t in range(1, days if ar else 0):
        moves[:, t] = ar * moves[:, t - 1] + np.sqrt(1.0 - ar**2) * moves[:, t]
    of, starts = rng.integers(0, series, pairs), rng.integers(0, days - length, pairs)
    at = starts[:, None] + np.arange(length)
    rows = moves[of[:, None], at]
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / rows.std(axis=1, ddof=1, keepdims=True), at, of


def by_day(residuals: np.ndarray, days: np.ndarray, series: np.ndarray) -> tuple[float, float, float, float]:
    """Both estimates and their errors in loops: each session of a series once, sums over the series of a day."""
    products: dict[tuple[int, int], list[float]] = {}
    squares: dict[tuple[int, int], list[float]] = {}
    signs: dict[tuple[int, int], list[float]] = {}
    for row, at, one in zip(residuals, days, series, strict=True):
        for t, value in enumerate(row):
            if not np.isfinite(value):
                continue
            key = (int(at[t]), int(one))
            squares.setdefault(key, []).append(value**2)
            signs.setdefault(key, []).append(np.sign(value) / 2.0)
            if t and np.isfinite(row[t - 1]):
                products.setdefault(key, []).append(value * row[t - 1])
    c: dict[int, float] = {}
    d: dict[int, float] = {}
    for (day, _), values in products.items():
        c[day] = c.get(day, 0.0) + float(np.mean(values))
    for (day, _), values in signs.items():
        d[day] = d.get(day, 0.0) + float(np.mean(values))
    total = np.mean([np.mean(one) for one in squares.values()]) * len(products)
    length = np.isfinite(residuals).sum(axis=1).mean()
    n = len(signs)
    return (
        sum(c.values()) / total + 1.0 / length, float(np.sqrt(sum(x**2 for x in c.values())) / total),
        sum(d.values()) / n, float(np.sqrt(sum(x**2 for x in d.values())) / n),
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(25, 60), st.floats(0.0, 0.3))
def test_sums_are_those_of_a_loop_over_days(seed, pairs, length, holes):
    rng = np.random.default_rng(seed)
    residuals, days, series = windows(rng, pairs, length)
    residuals[rng.random(residuals.shape) < holes] = np.nan
    rho, positive = (
        pooled_autocorrelation(residuals, days, series),
        pooled_positive_share(residuals, days, series),
    )
    expected = by_day(residuals, days, series)
    if rho.applies:
        assert (rho.estimate, rho.std_error) == pytest.approx(expected[:2], rel=1e-10, abs=1e-14)
        assert rho.statistic == pytest.approx(rho.estimate / rho.std_error)
        assert rho.p_value == pytest.approx(2.0 * stats.norm.sf(abs(rho.statistic)))
    if positive.applies:
        assert (positive.estimate, positive.std_error) == pytest.approx(expected[2:], rel=1e-10, abs=1e-14)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_same_window_twice_is_one(seed):
    rng = np.random.default_rng(seed)
    residuals, days, series = windows(rng, 4, 50)
    for test in (pooled_autocorrelation, pooled_positive_share):
        once = test(residuals, days, series)
        twice = test(np.tile(residuals, (2, 1)), np.tile(days, (2, 1)), np.tile(series, 2))
        assert (twice.estimate, twice.std_error) == pytest.approx((once.estimate, once.std_error))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_pairs_and_the_names_of_series_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    residuals, days, series = windows(rng, 6, 40)
    order = rng.permutation(6)
    for test in (pooled_autocorrelation, pooled_positive_share):
        one, other = test(residuals, days, series), test(residuals[order], days[order], 7 - 2 * series[order])
        assert other.estimate == pytest.approx(one.estimate, abs=1e-14)
        assert other.std_error == pytest.approx(one.std_error)


@pytest.mark.parametrize(
    ("pairs", "length", "series", "common", "law"),
    [(30, 120, 30, 0.3, "normal"), (20, 120, 1, 0.0, "normal"), (1, 60, 1, 0.0, "normal"), (12, 60, 6, 0.9, "t3")],
)  # fmt: skip
def test_size_where_moves_are_independent(pairs, length, series, common, law):
    """5 % within four standard errors of 400 draws; the signs are fitted, and so more careful than that."""
    rng = np.random.default_rng([pairs, length, series])
    found = [windows(rng, pairs, length, series=series, common=common, law=law) for _ in range(400)]
    rho = [pooled_autocorrelation(*one) for one in found]
    assert np.mean([one.p_value < 0.05 for one in rho]) == pytest.approx(0.05, abs=0.044)
    errors = np.mean([one.std_error for one in rho])
    assert np.mean([one.estimate for one in rho]) == pytest.approx(0.0, abs=4.0 * errors / 20.0)
    assert np.mean([pooled_positive_share(*one).p_value < 0.05 for one in found]) < 0.094


def test_what_is_there_is_found():
    rng = np.random.default_rng(5)
    follow = [pooled_autocorrelation(*windows(rng, 30, 120, ar=0.2)) for _ in range(40)]
    assert np.mean([one.estimate for one in follow]) == pytest.approx(0.2, abs=0.02)
    assert min(one.statistic for one in follow) > 1.96
    skewed = [pooled_positive_share(*windows(rng, 30, 120, common=0.0, law="skewed")) for _ in range(40)]
    assert np.mean([one.estimate for one in skewed]) == pytest.approx(np.exp(-1.0) - 0.5, abs=0.01)
    assert max(one.p_value for one in skewed) < 1e-4


def test_without_a_mean_nothing_is_added_back():
    residuals, days, series = windows(np.random.default_rng(1), 3, 50)
    with_mean = pooled_autocorrelation(residuals, days, series)
    without = pooled_autocorrelation(residuals, days, series, intercept=False)
    assert with_mean.estimate - without.estimate == pytest.approx(1.0 / 50.0)


def test_too_little_is_said_to_be():
    residuals, days, series = windows(np.random.default_rng(1), 2, 15, series=1)
    days = np.tile(np.arange(15), (2, 1))
    for test, name, had in (
        (pooled_autocorrelation, AUTOCORRELATION, "has 14"),
        (pooled_positive_share, POSITIVE_SHARE, "has 15"),
    ):
        outcome = test(residuals, days, series)
        assert outcome.test == name
        assert not outcome.applies
        assert had in outcome.reason
    still = pooled_autocorrelation(np.zeros((1, 40)), np.arange(40)[None], np.array([0]))
    assert still.reason == "no residual differs from zero"
    empty = np.empty((0, 40))
    none = pooled_autocorrelation(empty, empty.astype(np.int64), np.empty(0, dtype=np.int64))
    assert none.reason.endswith("has 0")


def test_a_table_that_would_be_mostly_empty_is_not_made(monkeypatch):
    """Days a century apart, and a name of a series that says nothing of their number."""
    residuals, days, series = windows(np.random.default_rng(3), 12, 60)
    days = np.where(np.arange(12)[:, None] < 6, days, days + 36_500)
    once = [test(residuals, days, series) for test in (pooled_autocorrelation, pooled_positive_share)]
    monkeypatch.setattr(module, "CELLS", 10)
    again = [test(residuals, days, series) for test in (pooled_autocorrelation, pooled_positive_share)]
    assert once == again
    assert once[0].estimate == pytest.approx(by_day(residuals, days, series)[0])


def test_of_many_pairs_some_are_read(monkeypatch):
    residuals, days, series = windows(np.random.default_rng(3), 40, 60)
    monkeypatch.setattr(module, "MOST_PAIRS", 14)
    chosen = np.linspace(0, 39, 14).astype(int)
    for test in (pooled_autocorrelation, pooled_positive_share):
        assert test(residuals, days, series) == test(residuals[chosen], days[chosen], series[chosen])


@settings(max_examples=50, deadline=None)
@given(st.floats(-0.9, 0.9), st.integers(1, 30))
def test_growth_is_the_variance_of_an_ar_1(rho, sessions):
    covariance = rho ** np.abs(np.subtract.outer(np.arange(sessions), np.arange(sessions)))
    assert variance_growth(rho, sessions) == pytest.approx(covariance.sum() / sessions)
