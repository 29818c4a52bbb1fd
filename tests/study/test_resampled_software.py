"""Resampling and clustered errors against the packages arch and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from marketimpact.maths.block_bootstrap import block_length, stationary_indices
from marketimpact.maths.cluster_robust import cluster_robust
from marketimpact.maths.wild_bootstrap import wild_bootstrap
from tests.maths.test_block_bootstrap import autoregression


def clear(x: np.ndarray) -> bool:
    """Whether no autocorrelation lies near the threshold, where two divisors of it decide differently."""
    n = len(x)
    e = x - x.mean()
    lags = range(1, int(np.ceil(np.sqrt(n))) + 6)
    rho = np.array([abs(e[k:] @ e[: n - k]) / (e @ e) * n / (n - k) for k in lags])
    share = 1.0 - np.array(lags) / n  # the divisors of a correlation at a lag lie between these
    threshold = 2.0 * np.sqrt(np.log10(n) / n)
    return not np.any((rho * share * 0.95 < threshold) & (threshold < rho * 1.15))


def test_the_length_of_blocks_is_archs():
    bootstrap = pytest.importorskip("arch.bootstrap")
    compared = 0
    for seed in range(150):
        draw = np.random.default_rng(seed)
        x = autoregression(draw, draw.uniform(-0.5, 0.9), (1, int(draw.integers(60, 400))))[0]
        if clear(x):
            expected = float(bootstrap.optimal_block_length(x)["stationary"].iloc[0])
            assert block_length(x) == pytest.approx(max(expected, 1.0), rel=1e-9)
            compared += 1
    assert compared > 60


def test_means_of_draws_spread_as_archs():
    bootstrap = pytest.importorskip("arch.bootstrap")
    x = autoregression(np.random.default_rng(1), 0.6, (1, 80))[0]
    theirs = bootstrap.StationaryBootstrap(6, x, seed=np.random.default_rng(2)).apply(np.mean, 4_000).ravel()
    ours = x[stationary_indices(80, 6.0, np.random.default_rng(3), 4_000)].mean(axis=1)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.06)
    assert abs(ours.mean() - theirs.mean()) < 4 * ours.std() * np.sqrt(2 / 4_000)


def test_the_statistic_of_the_wild_bootstrap_is_statsmodels_clustered_t():
    draw = np.random.default_rng(4)
    clusters = np.repeat(np.arange(9), draw.integers(1, 8, 9))
    values = draw.standard_normal(len(clusters)) + 0.4
    fit = sm.OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    outcome = wild_bootstrap(values, clusters, draw)
    assert outcome.statistic == pytest.approx(fit.tvalues[0], rel=1e-10)
    assert outcome.std_error == pytest.approx(fit.bse[0], rel=1e-10)


@pytest.mark.parametrize(("kind", "theirs"), [("CR0", "HC0"), ("CR2", "HC2")])
def test_clusters_of_one_have_statsmodels_errors(kind, theirs):
    draw = np.random.default_rng(5)
    x = sm.add_constant(draw.standard_normal((70, 3)) * [1.0, 100.0, 1e-3])
    y = draw.standard_normal(70) * (1 + x[:, 1] ** 2)
    fit = cluster_robust(y, x, np.arange(70), kind=kind)
    expected = sm.OLS(y, x).fit(cov_type=theirs)
    assert fit.std_error == pytest.approx(expected.bse, rel=1e-9)
    assert fit.params == pytest.approx(expected.params, rel=1e-9)
    assert fit.cov == pytest.approx(expected.cov_params(), rel=1e-7)
