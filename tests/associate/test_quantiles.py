"""Quantile responses against exact solutions, and against slopes that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import linprog

import marketimpact as mi
from marketimpact.associate.quantiles import TOO_FEW, _fit, quantile_response
from marketimpact.maths.quantile_line import quantile_line
from marketimpact.maths.shifted_scores import shifted_scores
from tests.associate.world import WEEKDAYS, led, news_of, panel_of


def by_linear_programme(y: np.ndarray, x: np.ndarray, q: float) -> np.ndarray:
    """The quantile regression that is exact: least weighted sum of absolute residuals."""
    n, k = x.shape
    costs = np.r_[np.zeros(2 * k), np.full(n, q), np.full(n, 1.0 - q)]
    found = linprog(costs, A_eq=np.hstack([x, -x, np.eye(n), -np.eye(n)]), b_eq=y, bounds=(0, None))
    return found.x[:k] - found.x[k : 2 * k]


def test_slopes_are_those_of_a_linear_programme() -> None:
    news, panel = led(0)
    found = quantile_response(news, panel, quantiles=(0.1, 0.5, 0.9), reading=WEEKDAYS, draws=20)
    z = (news.to_numpy() - news.mean()) / news.std(ddof=0)
    y = np.diff(np.log(panel["KZ"].to_numpy()))
    x = np.column_stack([np.ones(500), z])
    direct = [float(by_linear_programme(y, x, q)[1]) for q in (0.1, 0.5, 0.9)]
    np.testing.assert_allclose(found.estimates[:3], direct, rtol=1e-4)
    assert found.estimates[3] == pytest.approx(direct[2] - direct[0], rel=1e-3)
    assert found.column("quantile")[:3].tolist() == [0.1, 0.5, 0.9]
    assert found == quantile_response(news, panel, quantiles=(0.1, 0.5, 0.9), reading=WEEKDAYS, draws=20)


def test_news_that_widens_moves_has_slopes_of_the_normal_quantiles() -> None:
    """y = (1 + .5 z) e: the q-quantile of y rises by .5 Phi^-1(q) with z."""
    rng = np.random.default_rng(0)
    z = np.clip(rng.standard_normal(1_500), -1.8, 1.8)
    z = (z - z.mean()) / z.std()
    series, panel = news_of(z), panel_of(0.01 * (1.0 + 0.5 * z) * rng.standard_normal(1_500))
    found = quantile_response(series, panel, quantiles=(0.1, 0.5, 0.9), reading=WEEKDAYS, draws=30)
    expected = 0.005 * stats.norm.ppf([0.1, 0.5, 0.9])
    np.testing.assert_allclose(found.estimates[:3], expected, atol=0.0015)
    assert found.p_values[3] < 1e-3


def test_errors_of_the_draws_are_about_those_of_theory() -> None:
    """Independent moves at the median: sqrt(pi / 2) s / sqrt(n)."""
    rng = np.random.default_rng(1)
    series, panel = news_of(rng.standard_normal(600)), panel_of(0.01 * rng.standard_normal(600))
    found = quantile_response(series, panel, quantiles=(0.4, 0.5, 0.6), reading=WEEKDAYS, draws=60)
    assert found.std_errors[1] == pytest.approx(0.01 * np.sqrt(np.pi / 2.0 / 600), rel=0.3)


def test_quantiles_that_are_none() -> None:
    news, panel = led(0, n=100)
    for quantiles in ((0.5,), (0.9, 0.1), (0.0, 0.5), (0.5, 1.0), (0.5, np.nan), 0.5, ("low", "high")):
        with pytest.raises(mi.InputError, match="quantiles: are no quantiles"):
            quantile_response(news, panel, quantiles=quantiles, reading=WEEKDAYS)  # type: ignore[arg-type]
    with pytest.raises(mi.InputError, match="leave fewer than five of 100 moves"):
        quantile_response(news, panel, quantiles=(0.01, 0.5), reading=WEEKDAYS)
    with pytest.raises(mi.InputError, match="draws: are too few"):
        quantile_response(news, panel, reading=WEEKDAYS, draws=5)
    with pytest.raises(mi.InputError, match="draws: are too few"):
        quantile_response(news, panel, reading=WEEKDAYS, draws=None)  # type: ignore[arg-type]


def test_few_sessions_of_news_beyond_a_quantile_have_a_p_by_shifts_and_no_error() -> None:
    rng = np.random.default_rng(2)
    news = np.zeros(400)
    news[rng.choice(400, 30, replace=False)] = 1.0
    moves = 0.01 * rng.standard_normal(400)
    found = quantile_response(
        news_of(news), panel_of(moves), quantiles=(0.05, 0.5), reading=WEEKDAYS, draws=20
    )
    assert np.isnan(found.std_errors).tolist() == [True, False, True]
    assert np.isnan(found.low).tolist() == [True, False, True]
    assert found.p_values[[0, 2]].tolist() == found.column("p_shift")[[0, 2]].tolist()
    direct = shifted_scores(moves, news, (0.05, 0.5))
    np.testing.assert_allclose(found.column("p_shift"), direct)
    assert found.notes == (TOO_FEW, "", TOO_FEW)
    wide = moves + 0.06 * news * np.where(np.arange(400) % 2, 1.0, -1.0)
    seen = quantile_response(news_of(news), panel_of(wide), quantiles=(0.05, 0.95), reading=WEEKDAYS)
    assert seen.p_values.max() < 0.02
    assert "no draws" in str(seen.summary())


def test_size_with_news_on_three_sessions() -> None:
    rng, hits = np.random.default_rng(3), np.zeros(3)
    for _ in range(60):
        news = np.zeros(200)
        news[rng.choice(200, 3, replace=False)] = 1.0
        found = quantile_response(
            news_of(news), panel_of(0.006 * rng.standard_t(3, 200)), quantiles=(0.05, 0.95), reading=WEEKDAYS
        )
        hits += found.p_values <= 0.05
    assert (hits / 60 < 0.14).all()


def test_one_session_of_news_is_refused() -> None:
    panel = panel_of(0.01 * np.random.default_rng(4).standard_normal(200))
    with pytest.raises(mi.InputError, match=r"varies on one session: .*one_event"):
        quantile_response(news_of((np.arange(200) == 90).astype(float)), panel, reading=WEEKDAYS)


@pytest.mark.parametrize("kind", ["normal", "counts", "rounded"])
def test_draws_are_fitted_as_statsmodels_fits_them(kind: str) -> None:
    """Its search stops at 1e-6 of a slope; where several lines have the same sum it gives any of them."""
    rng = np.random.default_rng(11)
    z = rng.poisson(0.5, 400).astype(float) if kind == "counts" else rng.standard_normal(400)
    z = (z - z.mean()) / z.std()
    y = rng.standard_t(4, 400) * (1 + 0.2 * np.abs(z))
    y = np.round(y, 1) if kind == "rounded" else y
    x, gaps = np.column_stack([np.ones(400), z]), []
    for q in (0.05, 0.25, 0.5, 0.75, 0.95):
        at = rng.integers(0, 400, 400)
        theirs = _fit(y[at], x[at], q).params
        ours = np.array(quantile_line(y, z, q, weights=np.bincount(at, minlength=400).astype(float)))
        sums = [
            float((left * (q - (left < 0))).sum()) for left in (y[at] - x[at] @ theirs, y[at] - x[at] @ ours)
        ]
        assert sums[1] <= sums[0] * (1 + 1e-12)
        assert sums[1] == pytest.approx(sums[0], rel=1e-3)
        gaps.append(abs(theirs[1] - ours[1]))
    assert np.median(gaps) < 1e-5
