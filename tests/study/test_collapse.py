"""Tests and models that must become one another where what tells them apart is taken away."""

import math

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.maths.calendar_weights import (
    CalendarSample,
    MeanCorrelation,
    calendar_correlation,
    exact_weights,
)
from marketimpact.maths.dependence import cluster_means
from marketimpact.maths.over_events import bmp_t, cross_sectional_t, kolari_pynnonen_t, patell_z
from marketimpact.maths.parametric import cluster_t
from marketimpact.maths.rank_tests import corrado_rank, grank_t
from tests.study.world import news, price_panel, walk, weekdays

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))


def test_the_mean_of_one_event_is_its_own_move() -> None:
    days = weekdays(400)
    panel = price_panel({"A": walk(np.random.default_rng(1), 400)}, days)
    result = mi.EventStudy(timeline=TIMELINE).run(panel, news([days[300]]))
    np.testing.assert_array_equal(result.aar.to_numpy(), result.ar.to_numpy())
    np.testing.assert_array_equal(result.caar.to_numpy(), result.car.to_numpy())
    np.testing.assert_allclose(result.caar_path().caar, result.one("e0").path, rtol=1e-12)


def test_patell_is_the_independence_t_where_variances_are_equal() -> None:
    """z = sum CAR / sqrt(N Var(CAR)) / sqrt((T - k) / (T - k - 2)), whatever the moves."""
    car, variance, df = np.array([0.4, -0.1, 0.9, 0.3, 0.6]), 0.16, np.full(5, 118)
    independence = car.sum() / math.sqrt(5 * variance)
    found = patell_z(car / math.sqrt(variance), df).statistic
    assert found == pytest.approx(independence / math.sqrt(118 / 116), rel=1e-12)


def test_bmp_is_the_cross_sectional_t_where_s_and_h_are_equal() -> None:
    car = np.array([0.4, -0.1, 0.9, 0.3, 0.6, -0.2])
    assert bmp_t(car / 0.7).statistic == pytest.approx(cross_sectional_t(car).statistic, rel=1e-12)


def test_without_correlation_kolari_and_pynnonens_t_is_bmps() -> None:
    scar = np.array([0.4, -0.1, 0.9, 0.3, 0.6, -0.2])
    assert kolari_pynnonen_t(scar, MeanCorrelation(0.0)).statistic == bmp_t(scar).statistic


@pytest.mark.parametrize("apart", [0, 1, 3, 11])
def test_without_parameter_error_exact_weights_are_overlap_shares(apart: int) -> None:
    """A window of 11 sessions, shifted by some: r = rho (11 - shift) / 11."""
    length, rho = 11, 0.5
    residuals = np.random.default_rng(2).standard_normal((2, 40))
    days = np.tile(np.arange(40), (2, 1)), 100 + np.array([[0], [apart]]) + np.arange(length)
    weights = exact_weights(
        np.ones((2, length, 1)), np.ones((2, length)), np.ones((1, 2, 40)), np.zeros((2, 1, 1))
    )
    sample = CalendarSample(residuals, days[0], weights[0], days[1], weights[1], np.arange(2))
    given = np.array([[[1.0, rho], [rho, 1.0]]])
    found = calendar_correlation(sample, 1, min_common=1_000, instruments=given).raw
    assert found == pytest.approx(rho * max(length - apart, 0) / length, abs=1e-12)


def test_a_market_model_on_a_market_that_explains_nothing_is_the_constant_mean() -> None:
    """A factor that is exactly orthogonal to the moves, and rests at its mean on the event days."""
    rng = np.random.default_rng(3)
    n, days = 400, weekdays(400)
    y = rng.normal(0.0, 0.01, n)
    window, event = slice(300 - 130, 300 - 10), slice(295, 306)
    f = rng.normal(0.0, 0.01, n)
    centred = y[window] - y[window].mean()
    f[window] -= f[window].mean()
    f[window] -= centred * (f[window] @ centred) / (centred @ centred)
    f[event] = 0.0
    panel = price_panel({"A": 100 * np.exp(np.cumsum(y)), "M": 100 * np.exp(np.cumsum(f))}, days)
    mean, market = (
        mi.EventStudy(model=model, timeline=TIMELINE, policies=mi.Policies(frozen="keep")).run(
            panel, news([days[300]]), pairs=[("e0", "A")]
        )
        for model in (mi.ConstantMean(), mi.MarketModel("M"))
    )
    np.testing.assert_allclose(market.ar.to_numpy(), mean.ar.to_numpy(), atol=1e-12)
    np.testing.assert_allclose(118 * market.sigma2.to_numpy(), 119 * mean.sigma2.to_numpy(), rtol=1e-9)
    np.testing.assert_allclose(market.cov / market.sigma2.iloc[0], mean.cov / mean.sigma2.iloc[0], rtol=1e-9)


def test_the_order_of_ties_changes_no_rank_test() -> None:
    rng = np.random.default_rng(4)
    estimation = np.round(rng.standard_normal((12, 60)))
    event, scar = np.round(rng.standard_normal((12, 1))), np.round(rng.standard_normal(12))
    shuffled = estimation.copy()
    for row in shuffled:  # values that tie change places, session by session
        ones = np.flatnonzero(row == 1.0)
        row[ones] = row[rng.permutation(ones)]
    assert corrado_rank(shuffled, event).statistic == corrado_rank(estimation, event).statistic
    together = (grank_t(rows, scar, zero_share=0.0).statistic for rows in (shuffled, estimation))
    assert len(set(together)) == 1


def test_clusters_of_one_pair_are_the_plain_t() -> None:
    values = np.array([0.4, -0.1, 0.9, 0.3, 0.6, -0.2])
    assert cluster_t(values, np.arange(6)).statistic == pytest.approx(cross_sectional_t(values).statistic)
    np.testing.assert_array_equal(cluster_means(values, np.arange(6)), values)
