"""t tests: their p, their quantiles, and the t on cluster means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from marketimpact.maths.parametric import cluster_t, t_p_value, t_quantile

NUMBERS = st.floats(-1e3, 1e3).filter(lambda x: x == 0 or abs(x) > 1e-3)


def test_p_values_of_a_printed_table():
    """Two-sided 5 % points of Student's t: 12.706, 2.571, 2.228, 1.980 at 1, 5, 10, 120 degrees of freedom."""
    p = t_p_value(np.array([12.706, -2.571, 2.228, -1.980]), np.array([1, 5, 10, 120]))
    np.testing.assert_allclose(p, 0.05, atol=5e-5)


def test_a_tiny_p_does_not_become_zero():
    """1 - cdf is 0 from about 1e-16 on; the tail itself is not."""
    p = t_p_value(np.array([40.0, -40.0]), np.array([118, 118]))
    assert 1.0 - stats.t.cdf(40.0, 118) == 0.0
    assert np.all((p > 1e-80) & (p < 1e-60))
    assert p[0] == p[1] == 2.0 * stats.t.sf(40.0, 118)


def test_no_degrees_of_freedom_or_no_statistic_give_no_p():
    p = t_p_value(np.array([1.0, 1.0, np.nan, 0.0]), np.array([0, -3, 10, 10]))
    assert np.isnan(p).tolist() == [True, True, True, False]
    assert p[3] == 1.0


@given(st.floats(-1e6, 1e6), st.integers(1, 10_000))
def test_p_lies_between_0_and_1_and_has_no_side(statistic, df):
    p, mirrored = t_p_value(np.array([statistic, -statistic]), np.array([df, df]))
    assert 0.0 <= p <= 1.0
    assert p == mirrored


@pytest.mark.parametrize(("level", "df", "wanted"), [(0.95, 118, 1.980), (0.95, 4, 2.776), (0.99, 29, 2.756)])
def test_quantiles_of_a_printed_table(level, df, wanted):
    assert float(t_quantile(level, df)) == pytest.approx(wanted, abs=6e-4)


@given(st.floats(0.5, 0.999), st.integers(1, 500))
def test_a_quantile_is_the_statistic_whose_p_is_the_rest_of_the_level(level, df):
    at = t_quantile(level, np.array([df]))
    assert t_p_value(at, np.array([df]))[0] == pytest.approx(1.0 - level, rel=1e-8)
    assert np.isnan(t_quantile(level, np.array([0]))).all()


def test_cluster_means_by_hand():
    """Means 2, 6, 4 of three dates: mean 4, sd 2, error 2/sqrt(3), t = 2 sqrt(3)."""
    outcome = cluster_t(np.array([1.0, 3.0, 6.0, 3.0, 4.0, 5.0]), np.array([0, 0, 1, 2, 2, 2]))
    assert outcome.estimate == 4.0
    assert outcome.std_error == pytest.approx(2 / np.sqrt(3), rel=1e-14)
    assert outcome.statistic == pytest.approx(2 * np.sqrt(3), rel=1e-14)
    assert outcome.p_value == pytest.approx(2 * stats.t.sf(2 * np.sqrt(3), 2), rel=1e-13)
    assert (outcome.df, outcome.n, outcome.n_clusters, outcome.p_floor) == (2.0, 6, 3, 0.0)
    assert outcome.applies


@given(st.lists(NUMBERS, min_size=2, max_size=40))
def test_clusters_of_one_are_the_plain_t(values):
    values = np.array(values)
    assume(values.std() > 1e-6)
    outcome = cluster_t(values, np.arange(len(values)))
    wanted = stats.ttest_1samp(values, 0.0)
    assert outcome.statistic == pytest.approx(wanted.statistic, rel=1e-9, abs=1e-12)
    assert outcome.p_value == pytest.approx(wanted.pvalue, rel=1e-7)
    assert outcome.df == wanted.df


@given(st.lists(st.tuples(NUMBERS, st.integers(0, 5)), min_size=4, max_size=40), st.randoms())
def test_any_clusters_are_the_plain_t_of_their_means(pairs, random):
    values, clusters = np.array([v for v, _ in pairs]), np.array([c for _, c in pairs])
    means = np.array([values[clusters == c].mean() for c in np.unique(clusters)])
    assume(len(means) > 1 and means.std() > 1e-6)
    outcome = cluster_t(values, clusters)
    assert outcome.statistic == pytest.approx(stats.ttest_1samp(means, 0.0).statistic, rel=1e-8, abs=1e-10)
    assert 0.0 <= outcome.p_value <= 1.0
    order = list(range(len(pairs)))
    random.shuffle(order)
    assert cluster_t(values[order], clusters[order]) == outcome


def test_pairs_without_a_value_do_not_count():
    values, clusters = np.array([1.0, np.nan, 2.0, np.nan, 4.0]), np.array([0, 0, 1, 2, 3])
    outcome = cluster_t(values, clusters)
    assert (outcome.n, outcome.n_clusters) == (3, 3)
    assert outcome == cluster_t(values[[0, 2, 4]], clusters[[0, 2, 4]])


@pytest.mark.parametrize(
    ("values", "clusters", "reason"),
    [
        ([1.0, 2.0, 3.0], [7, 7, 7], "needs two date clusters or more"),
        ([1.0], [0], "needs two date clusters or more"),
        ([np.nan, np.nan], [0, 1], "no pair has a value"),
        ([], [], "no pair has a value"),
        ([2.0, 2.0, 2.0], [0, 1, 2], "the cluster means do not vary"),
        ([0.1, 0.1, 0.1], [0, 1, 2], "the cluster means do not vary"),
    ],
)
def test_where_the_t_does_not_apply_it_says_why(values, clusters, reason):
    """Three times 0.1 has a mean of 0.1 + 1e-17: equal means must not become a t of 1e16."""
    outcome = cluster_t(np.array(values), np.array(clusters, dtype=np.int64), name="mine")
    assert reason in outcome.reason
    assert not outcome.applies
    assert outcome.test == "mine"
    assert np.isnan([outcome.statistic, outcome.p_value, outcome.estimate, outcome.p_floor]).all()
    assert outcome.n == np.isfinite(values).sum()
