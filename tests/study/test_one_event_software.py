"""Tests of one event against statsmodels, which the array floor's tests must do without."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import DescrStatsW

from marketimpact.maths.one_event import detectable_factor, equivalence_t, squared_autocorrelation
from tests.maths.test_one_event import moves


@pytest.mark.parametrize("n", [20, 57, 250])
def test_clustering_is_ljung_and_boxs_q_of_the_squares(n):
    e = moves("garch", n, 1, n)[0][0]
    found = squared_autocorrelation(e)
    wanted = acorr_ljungbox(e**2, lags=[5]).iloc[0]
    assert found.statistic == pytest.approx(wanted["lb_stat"], rel=1e-12)
    assert found.p_value == pytest.approx(wanted["lb_pvalue"], rel=1e-10)


@pytest.mark.parametrize(("mean", "margin"), [(0.1, 0.5), (-0.4, 0.5), (2.0, 0.5)])
def test_equivalence_is_that_of_other_software(mean, margin):
    values = np.random.default_rng(9).standard_normal(30) * 0.6 + mean
    wanted = DescrStatsW(values).ttost_mean(-margin, margin)[0]
    error = values.std(ddof=1) / np.sqrt(30)
    assert equivalence_t(float(values.mean()), error, 29, margin).p_value == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("df", [2, 4, 29, 118])
def test_what_the_t_can_see_is_what_other_software_says(df):
    wanted = TTestPower().solve_power(effect_size=None, nobs=df + 1, alpha=0.05, power=0.8) * np.sqrt(df + 1)
    assert detectable_factor(df, 0.95) == pytest.approx(wanted, rel=1e-5)
