"""Distributed lags and Granger tests against statsmodels called directly, and their size under GARCH."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.tsa.stattools import grangercausalitytests

import marketimpact as mi
from marketimpact.associate.lags import distributed_lags, granger
from tests.associate.world import WEEKDAY_SIZES, WEEKDAYS, led, news_of, panel_of


def test_lags_are_those_of_least_squares() -> None:
    news, panel = led(1)
    found = distributed_lags(news, panel, lags=2, leads=1, reading=WEEKDAYS)
    z = (news.to_numpy() - news.mean()) / news.std(ddof=0)
    y = np.diff(np.log(panel["KZ"].to_numpy()))
    at = np.arange(2, 499)
    x = sm.add_constant(np.column_stack([z[at - k] for k in (-1, 0, 1, 2)]))
    fit = sm.OLS(y[at], x).fit(cov_type="HC2", use_t=True)
    np.testing.assert_allclose(found.estimates[:4], fit.params[1:], rtol=1e-9)
    np.testing.assert_allclose(found.std_errors[:4], fit.bse[1:], rtol=1e-9)
    np.testing.assert_allclose(found.p_values[:4], fit.pvalues[1:], rtol=1e-7)
    np.testing.assert_allclose(found.conf_int().to_numpy()[:4], fit.conf_int()[1:], rtol=1e-7)
    total = fit.t_test(np.array([0.0, 0.0, 1.0, 1.0, 1.0]))
    assert found.estimates[4] == pytest.approx(float(total.effect[0]))
    assert found.std_errors[4] == pytest.approx(float(total.sd[0, 0]))
    assert found.p_values[4] == pytest.approx(float(total.pvalue))
    assert found.terms == ("lead 1", "same session", "lag 1", "lag 2", "sum of lags 0 to 2")
    assert found.column("lag")[:4].tolist() == [-1.0, 0.0, 1.0, 2.0]
    assert found.n == (497,) * 5
    assert int(np.argmin(found.p_values[:4])) == 2


def test_sizes_have_hac_errors_unless_asked_otherwise() -> None:
    news, panel = led(0)
    found = distributed_lags(news, panel, lags=1, reading=WEEKDAY_SIZES)
    assert "HAC, bandwidth 5" in found.interval
    z = (news.to_numpy() - news.mean()) / news.std(ddof=0)
    y = np.abs(np.diff(np.log(panel["KZ"].to_numpy())))
    x = sm.add_constant(np.column_stack([z[1:], z[:-1]]))
    fit = sm.OLS(y[1:], x).fit(cov_type="HAC", cov_kwds={"maxlags": 5}, use_t=True)
    np.testing.assert_allclose(found.std_errors[:2], fit.bse[1:], rtol=1e-9)
    assert "HC1" in distributed_lags(news, panel, lags=1, reading=WEEKDAY_SIZES, cov="HC1").interval


def test_granger_is_that_of_statsmodels_and_its_robust_form_a_wald_test() -> None:
    news, panel = led(2)
    y = np.diff(np.log(panel["KZ"].to_numpy()))
    z = news.to_numpy()
    plain = granger(news, panel, lags=3, reading=WEEKDAYS, robust=False)
    for j, pair in enumerate((np.column_stack([y, z]), np.column_stack([z, y]))):
        f, p, df_denom, df_num = grangercausalitytests(pair, [3])[3][0]["ssr_ftest"]
        assert plain.statistics[j] == pytest.approx(f, rel=1e-8)
        assert plain.p_values[j] == pytest.approx(p, rel=1e-6)
        assert (plain.column("df_num")[j], plain.column("df_denom")[j]) == (df_num, df_denom)
    assert plain.p_values[0] < 1e-6
    assert plain.p_values[1] > 0.05
    robust = granger(news, panel, lags=3, reading=WEEKDAYS)
    at = np.arange(3, 500)
    zs = (z - z.mean()) / z.std()
    x = np.column_stack([np.ones(497)] + [y[at - k] for k in (1, 2, 3)] + [zs[at - k] for k in (1, 2, 3)])
    fit = sm.OLS(y[at], x).fit(cov_type="HC1", use_t=True)
    test = fit.f_test(np.eye(7)[4:])
    assert robust.statistics[0] == pytest.approx(float(test.fvalue))
    assert robust.p_values[0] == pytest.approx(float(test.pvalue))
    assert robust.estimates[0] == pytest.approx(fit.params[4:].sum())


def test_size_where_news_raise_the_variance_of_the_next_move() -> None:
    """Moves that past news widen but do not shift: the plain F rejects too often at 5 %, the robust one less so."""
    rng, hits = np.random.default_rng(0), np.zeros(2)
    for _ in range(120):
        news = rng.gamma(0.5, 1.0, 300)
        moves = 0.01 * np.r_[1.0, 0.2 + news[:-1]] * rng.standard_normal(300)
        series, panel = news_of(news), panel_of(moves)
        hits += [
            granger(series, panel, lags=1, reading=WEEKDAYS, robust=robust).p_values[0] < 0.05
            for robust in (True, False)
        ]
    robust, plain = hits / 120
    assert plain > 0.2
    assert robust < 0.15


def test_what_has_no_lags() -> None:
    news, panel = led(0, n=100)
    for lags in (-1, 11):
        with pytest.raises(mi.InputError, match="lags: is no number of sessions"):
            distributed_lags(news, panel, lags=lags, reading=WEEKDAYS)
    with pytest.raises(mi.InputError, match="leads: is no number of sessions"):
        distributed_lags(news, panel, lags=1, leads=99, reading=WEEKDAYS)
    with pytest.raises(mi.InputError, match="cov: is not known"):
        distributed_lags(news, panel, lags=1, reading=WEEKDAYS, cov="HC9")  # type: ignore[arg-type]
    with pytest.raises(mi.InputError, match="lags: is no past"):
        granger(news, panel, lags=0, reading=WEEKDAYS)
    with pytest.raises(mi.InputError, match="moves with all lags are too few for 11 coefficients"):
        granger(news, panel, lags=5, reading=WEEKDAYS)
