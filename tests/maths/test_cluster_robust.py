"""Cluster-robust standard errors: against the n x n formulas, what they collapse to, and how often they reject."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths.cluster_robust import ClusterFit, cluster_robust, dependent_columns
from marketimpact.maths.parametric import cluster_t


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def made_up(seed: int, n: int = 40, k: int = 3, groups: int = 9) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moves, regressors of unlike sizes with an intercept first, and clusters of unlike sizes."""
    draw = rng(seed)
    x = np.column_stack([np.ones(n), draw.standard_normal((n, k - 1)) * 10.0 ** np.arange(k - 1)])
    clusters = np.concatenate([np.arange(groups), draw.integers(0, groups, n - groups)])
    y = draw.standard_normal(n) + draw.standard_normal(groups)[clusters]
    return y, x, clusters


def by_matrices(
    y: np.ndarray, x: np.ndarray, clusters: np.ndarray, kind: str
) -> tuple[np.ndarray, np.ndarray]:
    """Covariance and degrees of freedom from the n x n hat matrix, its blocks and their roots."""
    n, k = x.shape
    m = np.linalg.inv(x.T @ x)
    rest = np.eye(n) - x @ m @ x.T
    e, names = rest @ y, np.unique(clusters)
    meat, columns = np.zeros((k, k)), [[] for _ in range(k)]
    for name in names:
        here = clusters == name
        root = np.eye(int(here.sum()))
        if kind == "CR2":
            values, vectors = np.linalg.eigh(rest[np.ix_(here, here)])
            left = values > 1e-8
            root = (vectors[:, left] / np.sqrt(values[left])) @ vectors[:, left].T
        score = x[here].T @ root @ e[here]
        meat += np.outer(score, score)
        for j in range(k):
            columns[j].append(rest[here].T @ root @ x[here] @ m[:, j])
    factor = len(names) / (len(names) - 1) if kind == "CR1" else 1.0
    df = np.full(k, len(names) - 1.0)
    if kind == "CR2":
        inner = [np.array(one) @ np.array(one).T for one in columns]
        df = np.array([np.trace(one) ** 2 / np.trace(one @ one) for one in inner])
    return factor * m @ meat @ m, df


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2"])
@pytest.mark.parametrize("groups", [5, 9, 25, 40])
def test_the_formulas_with_matrices_of_n_by_n(kind, groups):
    for seed in range(3):
        y, x, clusters = made_up(seed, groups=groups)
        fit = cluster_robust(y, x, clusters, kind=kind)
        cov, df = by_matrices(y, x, clusters, kind)
        scale = np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
        assert np.abs((fit.cov - cov) / scale).max() < 1e-10
        assert fit.df == pytest.approx(df, rel=1e-10)
        assert fit.params == pytest.approx(np.linalg.lstsq(x, y, rcond=None)[0], rel=1e-10)
        assert fit.residuals == pytest.approx(y - x @ fit.params, abs=1e-12)
        assert fit.std_error == pytest.approx(np.sqrt(np.diag(cov)), rel=1e-10)
        assert (fit.n, fit.n_clusters, fit.kind) == (40, groups, kind)


def test_effects_of_clusters_need_the_pseudo_inverse():
    """A dummy a cluster makes I - H_g singular: slopes keep their standard error, the dummies' effects have none."""
    y, x, clusters = made_up(4, groups=8)
    dummies = (clusters[:, None] == np.arange(8)).astype(float)
    both = np.column_stack([dummies, x[:, 1:]])
    fit = cluster_robust(y, both, clusters)
    cov, df = by_matrices(y, both, clusters, "CR2")
    assert fit.std_error[8:] == pytest.approx(np.sqrt(np.diag(cov))[8:], rel=1e-9)
    assert fit.df[8:] == pytest.approx(df[8:], rel=1e-9)
    assert np.isnan(fit.std_error[:8]).all()
    assert np.isnan(fit.df[:8]).all()


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2"])
def test_one_event_day_has_no_standard_error(kind):
    """Its residual is zero whatever happened: HC1 rejects 90 % of the time. The intercept rests on the other days."""
    y, dummy = rng(1).standard_normal(60), np.arange(60) == 20
    fit = cluster_robust(y, np.column_stack([np.ones(60), dummy]), np.arange(60), kind=kind)
    assert np.isnan([fit.std_error[1], fit.df[1], fit.statistic[1], fit.p_value[1]]).all()
    assert fit.std_error[0] == pytest.approx(
        y[~dummy].std(ddof=1 if kind == "CR2" else 0)
        / np.sqrt(59)
        * (np.sqrt(60 / 59) if kind == "CR1" else 1)
    )
    days = cluster_robust(y, np.column_stack([np.ones(60), dummy]), np.arange(60) // 4, kind=kind)
    assert np.isnan(days.std_error[1])  # the other days of its cluster say nothing of it


# ---------------------------------------------------------------- what it collapses to


@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_mean_of_equal_clusters_is_the_t_on_cluster_means(size):
    y, clusters = rng(size).standard_normal(11 * size) + 0.3, np.repeat(np.arange(11), size)
    fit, t = cluster_robust(y, np.ones((len(y), 1)), clusters), cluster_t(y, clusters)
    assert fit.df[0] == pytest.approx(10.0, rel=1e-12)
    assert fit.std_error[0] == pytest.approx(t.std_error, rel=1e-12)
    assert fit.statistic[0] == pytest.approx(t.statistic, rel=1e-10)
    assert fit.p_value[0] == pytest.approx(t.p_value, rel=1e-10)
    first = cluster_robust(y, np.ones((len(y), 1)), clusters, kind="CR1")
    assert first.std_error[0] == pytest.approx(t.std_error, rel=1e-12)
    low, high = fit.interval(0.95)
    half = stats.t.isf(0.025, 10) * t.std_error
    assert (low[0], high[0]) == pytest.approx((y.mean() - half, y.mean() + half), rel=1e-10)


def test_unlike_clusters_have_fewer_degrees_of_freedom():
    y, clusters = rng(3).standard_normal(40), np.repeat(np.arange(5), [30, 4, 3, 2, 1])
    assert cluster_robust(y, np.ones((40, 1)), clusters).df[0] < 2.5


def test_a_dummy_in_clusters_of_one_is_the_difference_of_two_means():
    """HC2: s1^2 / n1 + s0^2 / n0. Degrees of freedom as Welch's, with equal variances."""
    for n1, n0 in ((2, 30), (5, 60), (20, 20)):
        y, dummy = rng(n1).standard_normal(n1 + n0), np.arange(n1 + n0) < n1
        fit = cluster_robust(y, np.column_stack([np.ones(n1 + n0), dummy]), np.arange(n1 + n0))
        variance = y[dummy].var(ddof=1) / n1 + y[~dummy].var(ddof=1) / n0
        assert fit.std_error[1] == pytest.approx(np.sqrt(variance), rel=1e-10)
        welch = (1 / n1 + 1 / n0) ** 2 / (1 / (n1**2 * (n1 - 1)) + 1 / (n0**2 * (n0 - 1)))
        assert fit.df[1] == pytest.approx(welch, rel=1e-8)


def test_clusters_of_one_make_cr1_the_plain_white_error():
    y, x, _ = made_up(5)
    m = np.linalg.inv(x.T @ x)
    e = y - x @ (m @ x.T @ y)
    white = m @ (x.T * e**2) @ x @ m
    found = cluster_robust(y, x, np.arange(40), kind="CR1").cov
    assert found == pytest.approx(white * 40 / 39, rel=1e-9)


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2"])
def test_clusters_of_one_have_one_answer_in_both_forms(kind):
    """The closed form and that of k x k matrices; with one cluster of two the latter is taken."""
    y, x, _ = made_up(6)
    alone = cluster_robust(y, x, np.arange(40), kind=kind)
    far = np.vstack([x, x[:1], -x[:1]])  # two observations without weight of their own, in one cluster
    far[40:] *= 1e-9
    both = cluster_robust(np.append(y, [0.0, 0.0]), far, np.append(np.arange(40), [40, 40]), kind=kind)
    factor = np.sqrt(41 / 40 * 39 / 40) if kind == "CR1" else 1.0
    assert both.std_error == pytest.approx(alone.std_error * factor, rel=1e-7)
    if kind == "CR2":
        assert both.df == pytest.approx(alone.df, rel=1e-7)


# ---------------------------------------------------------------- properties


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from(["CR0", "CR1", "CR2"]), st.sampled_from([1e-3, -2.0, 1e4]))
def test_units_names_and_order_do_not_matter(seed, kind, factor):
    y, x, clusters = made_up(seed)
    fit = cluster_robust(y, x, clusters, kind=kind)
    scaled = cluster_robust(factor * y, x * [1.0, factor, 1.0], clusters, kind=kind)
    scale = np.array([factor, 1.0, factor])
    assert scaled.params == pytest.approx(scale * fit.params, rel=1e-8, abs=1e-12)
    assert scaled.std_error == pytest.approx(np.abs(scale) * fit.std_error, rel=1e-8)
    assert scaled.df == pytest.approx(fit.df, rel=1e-8)
    order = rng(seed).permutation(40)
    turned = cluster_robust(y[order], x[order], 5 - 3 * clusters[order], kind=kind)
    assert turned.std_error == pytest.approx(fit.std_error, rel=1e-9)
    assert turned.df == pytest.approx(fit.df, rel=1e-9)
    assert np.all((fit.p_value >= 0) & (fit.p_value <= 1))


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_another_basis_has_the_same_coefficient(seed):
    """Adding a multiple of the intercept to a regressor leaves its slope, error and degrees of freedom."""
    y, x, clusters = made_up(seed)
    fit = cluster_robust(y, x, clusters)
    moved = x.copy()
    moved[:, 1] += 3.0
    found = cluster_robust(y, moved, clusters)
    assert found.params[1:] == pytest.approx(fit.params[1:], rel=1e-8, abs=1e-11)
    assert found.std_error[1:] == pytest.approx(fit.std_error[1:], rel=1e-8)
    assert found.df[1:] == pytest.approx(fit.df[1:], rel=1e-8)


@given(st.integers(0, 10_000), st.integers(2, 12))
def test_degrees_of_freedom_are_no_more_than_the_clusters(seed, groups):
    y, x, clusters = made_up(seed, groups=groups, k=2)
    df = cluster_robust(y, x, clusters).df
    assert np.all(np.isnan(df) | ((df > 0.0) & (df < groups + 1e-9)))


def test_a_fit_is_a_value():
    y, x, clusters = made_up(7)
    one, again = (cluster_robust(y, x, clusters) for _ in range(2))
    assert one == again
    assert one != replace(one, n=41)
    with pytest.raises(ValueError, match="read-only"):
        one.params[0] = 1.0


def test_no_error_no_t():
    """Moves that lie on the line: the standard error is rounding or zero, never a p of zero by division."""
    fit = ClusterFit(
        *(np.array([1.0]), np.array([0.0]), np.array([3.0])), np.zeros((1, 1)), np.zeros(4), 4, 4, "CR2"
    )
    assert np.isnan([fit.statistic[0], fit.p_value[0]]).all()


# ---------------------------------------------------------------- columns that depend on one another


def test_dependent_columns_are_found_with_what_they_are_made_of():
    draw = rng(1)
    a, b = draw.standard_normal((2, 30))
    one, zero = np.ones(30), np.zeros(30)
    assert dependent_columns(np.column_stack([one, a, b])) == {}
    assert dependent_columns(np.column_stack([one, a, 2 * a - 1, b, a + 10 * b, zero])) == {
        2: (0, 1),
        4: (1, 3),
        5: (),
    }
    assert dependent_columns(np.column_stack([one, 1e-9 * a, 1e9 * b])) == {}
    assert dependent_columns(np.column_stack([one, 7 * one])) == {1: (0,)}


def test_nearly_dependent_columns_are_kept():
    a = rng(2).standard_normal(50)
    assert dependent_columns(np.column_stack([np.ones(50), a, a + 1e-6 * rng(3).standard_normal(50)])) == {}


# ---------------------------------------------------------------- what is asked wrongly


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "HC3"}, "kind: no such kind; received 'HC3'; allowed: 'CR0', 'CR1', 'CR2'"),
        ({"y": np.ones(5)}, "y, x, clusters: do not fit one another"),
        ({"x": np.ones(40)}, "y, x, clusters: do not fit one another"),
        ({"clusters": np.zeros(40, dtype=np.int64)}, r"are too few; received \(40, 1\)"),
        ({"y": np.full(40, np.nan)}, "hold values that are missing"),
        ({"x": np.ones((40, 2))}, "columns that depend on earlier ones"),
        ({"x": rng().standard_normal((40, 40))}, "are too few"),
    ],
)
def test_what_cannot_be_fitted(change, message):
    y, x, clusters = made_up(8)
    asked = {"y": y, "x": x, "clusters": clusters, **change}
    kind = asked.pop("kind", "CR2")
    with pytest.raises(InputError, match=message):
        cluster_robust(asked["y"], asked["x"], asked["clusters"], kind=kind)


# ---------------------------------------------------------------- how often it rejects, and what it costs


@pytest.mark.parametrize(
    ("days", "hc1", "held"), [(2, 0.376, 0.019), (5, 0.146, 0.049), (10, 0.0895, 0.0495)]
)
def test_an_event_dummy_with_few_event_days(days, hc1, held):
    """T = 250, normal moves: White's error rejects 38, 15 and 9 %; HC2 with its degrees of freedom never above 5 %.

    With two event days of 250 it rejects less than 5 %: the days without events bound the variance from below.
    """
    draws = 2_000
    dummy, at = np.arange(250) < days, np.arange(250)
    x = np.column_stack([np.ones(250), dummy])
    p = np.empty((draws, 2))
    for i, y in enumerate(rng(days).standard_normal((draws, 250))):
        fits = [cluster_robust(y, x, at, kind=kind) for kind in ("CR1", "CR2")]
        p[i] = fits[0].p_value[1], fits[1].p_value[1]
    for found, wanted in zip(np.mean(p <= 0.05, axis=0), (hc1, held), strict=True):
        assert abs(found - wanted) < 3.7 * np.sqrt(wanted * (1 - wanted) / draws)


def test_few_clusters_of_unlike_sizes():
    """Dates of 1 to 8 pairs correlated .5, a characteristic of dates and one of pairs: CR2 holds, CR0 does not."""
    draws = 1_500
    draw, clusters = rng(9), np.repeat(np.arange(8), np.arange(1, 9))
    n = len(clusters)
    x = np.column_stack([np.ones(n), draw.standard_normal(8)[clusters], draw.standard_normal(n)])
    rejected = np.zeros((2, 3))
    for _ in range(draws):
        y = np.sqrt(0.5) * draw.standard_normal(8)[clusters] + np.sqrt(0.5) * draw.standard_normal(n)
        for i, kind in enumerate(("CR0", "CR2")):
            rejected[i] += cluster_robust(y, x, clusters, kind=kind).p_value <= 0.05
    plain, held = rejected / draws
    assert np.all(held < 0.065 + 3.7 * np.sqrt(0.05 / draws))
    assert np.all(held > 0.02)
    assert plain[1] > 0.12


def test_memory_grows_with_the_observations_alone():
    """100,000 clusters of one and 2,000 of fifty: an n x n matrix would be 80 GB, one of 2,000 x 2,000 32 MB."""
    n = 100_000
    y, x = rng(1).standard_normal(n), np.column_stack([np.ones(n), rng(2).standard_normal((n, 3))])
    for clusters in (np.arange(n), np.arange(n) // 50):
        tracemalloc.start()
        fit = cluster_robust(y, x, clusters)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 12 * x.nbytes
        assert np.isfinite(fit.std_error).all()
