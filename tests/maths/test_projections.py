"""Local projections: against the formulas by hand, the properties that must hold, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths.cluster_robust import cluster_robust
from marketimpact.maths.projections import (
    ProjectionCov,
    Projections,
    lags_of,
    leads_of,
    long_differences,
    longest_horizon,
    project,
)


def world(seed: int, n: int = 90, horizons: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Long differences, shock and two lags of it; a missing move in the middle."""
    rng = np.random.default_rng(seed)
    shock = rng.standard_normal(n)
    moves = 0.7 * shock + rng.standard_t(4.0, n)
    moves[n // 2] = np.nan
    return long_differences(moves, horizons), shock, lags_of(shock, 2)


def by_hand(y: np.ndarray, x: np.ndarray, cov: str, bandwidth: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and covariance straight from the sandwich; the shock is the first column."""
    n, k = x.shape
    m = np.linalg.inv(x.T @ x)
    b = m @ x.T @ y
    e = y - x @ b
    lever = np.einsum("ij,jk,ik->i", x, m, x)
    squares = {
        "HC0": e**2, "HC1": e**2 * n / (n - k), "HC2": e**2 / (1 - lever), "HC3": e**2 / (1 - lever) ** 2,
        "HAC": e**2,
    }[cov]  # fmt: skip
    middle = np.zeros((k, k))
    for i in range(n):
        middle += squares[i] * np.outer(x[i], x[i])
    if cov == "HAC":
        for lag in range(1, bandwidth + 1):
            for i in range(lag, n):
                product = e[i] * e[i - lag] * np.outer(x[i], x[i - lag])
                middle += (1 - lag / (bandwidth + 1)) * (product + product.T)
    return b, m @ middle @ m


@pytest.mark.parametrize("cov", ["HC0", "HC1", "HC2", "HC3"])
def test_each_horizon_is_its_own_sandwich(cov: ProjectionCov) -> None:
    outcomes, shock, controls = world(1)
    found = project(outcomes, shock, controls, cov=cov)
    for h in range(outcomes.shape[1]):
        rows = np.isfinite(outcomes[:, h]) & np.isfinite(controls).all(axis=1)
        x = np.column_stack([shock, controls, np.ones(len(shock))])[rows]
        b, v = by_hand(outcomes[rows, h], x, cov)
        assert found.estimates[h] == pytest.approx(b[0], rel=1e-10)
        assert found.std_errors[h] == pytest.approx(np.sqrt(v[0, 0]), rel=1e-10)
        assert found.used[:, h].sum() == rows.sum()
        np.testing.assert_allclose(found.residuals[rows, h], outcomes[rows, h] - x @ b, atol=1e-10)


def test_newey_west_is_the_double_sum() -> None:
    rng = np.random.default_rng(2)
    shock = rng.standard_normal(70)
    outcomes = long_differences(shock + rng.standard_normal(70), 3)[:-3]
    shock = shock[:-3]
    found = project(outcomes, shock, np.empty((67, 0)), cov="HAC", bandwidth=2)
    x = np.column_stack([shock, np.ones(67)])
    for h in range(4):
        _, v = by_hand(outcomes[:, h], x, "HAC", 2)
        assert found.std_errors[h] == pytest.approx(np.sqrt(v[0, 0]), rel=1e-9)


def test_hc2_has_the_degrees_of_freedom_of_bell_and_mccaffrey() -> None:
    outcomes, shock, controls = world(3)
    found = project(outcomes, shock, controls)
    rows = np.isfinite(outcomes[:, 2]) & np.isfinite(controls).all(axis=1)
    x = np.column_stack([shock, controls, np.ones(len(shock))])[rows]
    fit = cluster_robust(outcomes[rows, 2], x, np.arange(rows.sum()))
    assert found.dfs[2] == pytest.approx(fit.df[0])
    assert found.std_errors[2] == pytest.approx(fit.std_error[0])
    assert project(outcomes, shock, controls, cov="HC0").dfs[2] == rows.sum() - 4


@given(seed=st.integers(0, 10_000), change=st.floats(-3, 3), factor=st.floats(0.01, 100))
def test_units_and_constants_do_what_they_must(seed: int, change: float, factor: float) -> None:
    outcomes, shock, controls = world(seed)
    plain = project(outcomes, shock, controls)
    other = project(outcomes * factor + change, 2.0 * shock - change, controls + change)
    np.testing.assert_allclose(other.estimates, plain.estimates * factor / 2.0, rtol=1e-7, atol=1e-9 * factor)
    np.testing.assert_allclose(other.std_errors, plain.std_errors * factor / 2.0, rtol=1e-7)
    np.testing.assert_allclose(other.dfs, plain.dfs, rtol=1e-6)


@given(seed=st.integers(0, 10_000))
def test_the_covariance_over_horizons_is_one_of_sums(seed: int) -> None:
    """With the same rows at all horizons the response of a sum of outcomes has the variance of the matrix."""
    rng = np.random.default_rng(seed)
    shock = rng.standard_normal(60)
    outcomes = rng.standard_normal((60, 3)) + np.outer(shock, [1.0, 2.0, 0.0])
    found = project(outcomes, shock, np.empty((60, 0)))
    weights = rng.standard_normal(3)
    summed = project((outcomes @ weights)[:, None], shock, np.empty((60, 0)))
    assert summed.estimates[0] == pytest.approx(weights @ found.estimates)
    assert summed.cov[0, 0] == pytest.approx(weights @ found.cov @ weights)


def test_one_shock_leaves_an_estimate_and_no_error() -> None:
    rng = np.random.default_rng(4)
    shock = (np.arange(80) == 40).astype(float)
    moves = rng.standard_normal(80)
    found = project(long_differences(moves, 2), shock, np.column_stack([np.nan_to_num(lags_of(shock, 2))]))
    assert np.isfinite(found.estimates).all()
    assert np.isnan(found.std_errors).all()
    assert np.isnan(found.dfs).all()


def test_a_control_without_a_number_at_a_horizon_is_left_out_there() -> None:
    rng = np.random.default_rng(5)
    shock = rng.standard_normal(50)
    late = (np.arange(50) >= 49).astype(float)[:, None]
    outcomes = long_differences(rng.standard_normal(50), 3)
    found, without = project(outcomes, shock, late), project(outcomes, shock, np.empty((50, 0)))
    np.testing.assert_allclose(found.estimates[1:], without.estimates[1:])
    assert found.estimates[0] != without.estimates[0]


def test_what_cannot_be_regressed_is_said() -> None:
    outcomes, shock, controls = world(6)
    with pytest.raises(InputError, match="cov: is not known; received 'HC9'"):
        project(outcomes, shock, controls, cov="HC9")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="do not fit one another"):
        project(outcomes[1:], shock, controls)
    with pytest.raises(
        InputError, match="the shock does not vary, or is a combination of the controls, at h = 0"
    ):
        project(outcomes, np.ones(len(shock)), controls)
    with pytest.raises(InputError, match="a control does not vary, or is a combination"):
        project(outcomes, shock, np.column_stack([controls, controls[:, 0] + 2.0]))
    with pytest.raises(InputError, match="leave 4 observations for 4 coefficients at h = 0"):
        project(outcomes[:6], shock[:6], controls[:6])


def test_a_later_horizon_without_a_shock_has_no_coefficient_and_the_first_decides() -> None:
    rng = np.random.default_rng(11)
    moves, shock = rng.standard_normal(60), np.zeros(60)
    shock[[50, 55]] = 1.0
    found = project(long_differences(moves, 12), shock, np.empty((60, 0)))
    np.testing.assert_array_equal(np.isfinite(found.estimates), np.arange(13) <= 9)
    np.testing.assert_array_equal(np.isfinite(found.std_errors), np.arange(13) <= 4)
    np.testing.assert_array_equal(found.largest >= 0, np.arange(13) <= 9)
    assert found.missing[9] == ""
    assert "does not vary" in found.missing[10]
    known = np.arange(13) <= 4
    assert np.isfinite(found.cov[np.ix_(known, known)]).all()
    assert np.isnan(found.cov[~known]).all()
    with pytest.raises(InputError, match=r"the shock does not vary, .* at h = 0"):
        project(long_differences(moves, 12)[:, [12]], shock, np.empty((60, 0)))


@pytest.mark.parametrize("bandwidth", [36, 100, 100_000])
def test_a_bandwidth_over_half_of_the_observations_is_refused(bandwidth: int) -> None:
    rng = np.random.default_rng(12)
    shock = rng.standard_normal(70)
    outcomes = long_differences(shock + rng.standard_normal(70), 0)
    with pytest.raises(InputError, match="bandwidth: reaches over more than half of 70 observations"):
        project(outcomes, shock, np.empty((70, 0)), cov="HAC", bandwidth=bandwidth)
    project(outcomes, shock, np.empty((70, 0)), cov="HAC", bandwidth=35)


@given(seed=st.integers(0, 10_000))
def test_without_the_largest_is_a_fit_without_it(seed: int) -> None:
    outcomes, shock, controls = world(seed)
    found = project(outcomes, shock, controls, cov="HC1")
    for h in (0, 3):
        at = found.largest[h]
        kept = np.arange(len(shock)) != at
        other = project(outcomes[kept][:, [h]], shock[kept], controls[kept])
        assert found.without[h] == pytest.approx(other.estimates[0], rel=1e-8, abs=1e-10)
        rows = found.used[:, h]
        x = np.column_stack([controls, np.ones(len(shock))])[rows]
        z = shock[rows] - x @ np.linalg.lstsq(x, shock[rows], rcond=None)[0]
        assert found.shares[h] == pytest.approx((z**2).max() / (z @ z))
        lags = np.abs(np.flatnonzero(rows)[:, None] - np.flatnonzero(rows))
        weights = np.maximum(0.0, 1.0 - lags / (h + 1.0))
        assert found.overlaps[h] == pytest.approx(z @ weights @ z / (z @ z))
    np.testing.assert_allclose(found.honest_dfs, project(outcomes, shock, controls).dfs)


@given(seed=st.integers(0, 10_000), p=st.integers(0, 20), missing=st.floats(0.0, 0.3))
def test_the_longest_horizon_is_the_last_that_can_be_fitted(seed: int, p: int, missing: float) -> None:
    rng = np.random.default_rng(seed)
    moves, shock, controls = rng.standard_normal(60), rng.standard_normal(60), rng.standard_normal((60, p))
    moves[rng.random(60) < missing] = np.nan
    counts = (np.isfinite(long_differences(moves, 59))).sum(axis=0)
    fits = np.flatnonzero((counts > p + 2) & (np.arange(60) <= counts[0] // 2))
    assert longest_horizon(moves, shock, controls) == (fits.max() if counts[0] > p + 2 else -1)


def rejected(m: int, gap: int, samples: int) -> tuple[np.ndarray, float]:
    """Shares of 500-session samples without effect in which the 5 % test of h = 0, 4 and 12 rejects."""
    rng = np.random.default_rng([m, gap])
    hits, overlap = np.zeros(3), 0.0
    for _ in range(samples):
        shock = np.zeros(500)
        shock[100 + gap * np.arange(m) if gap else rng.choice(np.arange(20, 480), m, replace=False)] = 1.0
        moves = rng.standard_normal(500)
        lags = np.column_stack([lags_of(moves, 2), lags_of(shock, 2)])
        fit = project(long_differences(moves, 12), shock, lags)
        t = np.abs(fit.estimates) / fit.std_errors
        hits += (t > stats.t.isf(0.025, fit.dfs))[[0, 4, 12]]
        overlap = max(overlap, float(fit.overlaps[12]))
    return hits / samples, overlap


@pytest.mark.parametrize("m", [2, 5, 10])
def test_few_shocks_do_not_make_the_default_reject_too_often(m: int) -> None:
    # 1,500 samples: 2.7, 5.1 and 4.1 % at h = 0; 3.7 standard errors at 200 samples are 5.7 points.
    share, _ = rejected(m, 0, 200)
    assert (share < 0.107).all()


def test_shocks_in_rows_make_errors_too_small_by_the_factor_that_is_given() -> None:
    share, overlap = rejected(10, 3, 150)  # 1,000 samples: 6, 15 and 40 %
    assert share[0] < 0.12
    assert share[2] == pytest.approx(0.40, abs=0.15)
    assert overlap == pytest.approx(3.9, abs=0.2)


def test_what_is_shorter_than_the_horizon_is_missing() -> None:
    assert np.isnan(long_differences(np.ones(2), 5)[:, 2:]).all()
    assert np.isnan(lags_of(np.ones(2), 5)[:, 1:]).all()
    assert lags_of(np.ones(3), 0).shape == (3, 0)
    moves = np.array([1.0, np.nan, 2.0, 3.0])
    np.testing.assert_array_equal(
        long_differences(moves, 1), [[1, np.nan], [np.nan] * 2, [2, 5], [3, np.nan]]
    )


def covered(samples: int, sessions: int, cov: ProjectionCov, horizon: int) -> float:
    rng = np.random.default_rng(8)
    hits = 0
    for _ in range(samples):
        shock = rng.standard_normal(sessions)
        sums = long_differences(shock + rng.standard_normal(sessions), horizon)[:, [horizon]]
        fit = project(sums, shock, np.empty((sessions, 0)), cov=cov, bandwidth=horizon)
        hits += abs(fit.estimates[0] - 1.0) <= stats.t.isf(0.05, fit.dfs[0]) * fit.std_errors[0]
    return hits / samples


def test_hc_covers_observed_shocks_and_newey_west_does_not() -> None:
    # 2,000 samples: HC2 86 %, Newey-West 66 %; +-3.7 standard errors at 500 samples.
    assert covered(500, 150, "HC2", 36) == pytest.approx(0.86, abs=0.058)
    assert covered(500, 150, "HAC", 36) == pytest.approx(0.66, abs=0.08)


def test_a_unit_roots_own_innovation_is_not_covered_in_levels() -> None:
    rng = np.random.default_rng(9)
    hits = np.zeros(3)
    samples = 400
    for _ in range(samples):
        moves = rng.standard_normal(240)
        level = np.cumsum(moves)
        ahead = np.full((240, 1), np.nan)
        ahead[:-12, 0] = level[12:]
        fits = (
            project(ahead, level, np.empty((240, 0)), cov="HAC", bandwidth=12),
            project(ahead, level, lags_of(level, 1), cov="HC0"),
            project(long_differences(moves, 12)[:, 12:], moves, lags_of(moves, 1)),
        )
        hits += [abs(f.estimates[0] - 1.0) <= stats.t.isf(0.05, f.dfs[0]) * f.std_errors[0] for f in fits]
    plain, augmented, differenced = hits / samples
    assert plain == pytest.approx(0.32, abs=0.087)
    assert augmented == pytest.approx(0.67, abs=0.087)
    assert differenced == pytest.approx(0.88, abs=0.06)


def test_the_simultaneous_band_holds_the_path_and_pointwise_intervals_do_not() -> None:
    rng = np.random.default_rng(10)
    inside = np.zeros(2)
    samples = 300
    for _ in range(samples):
        shock = rng.standard_normal(200)
        fit = project(long_differences(shock + rng.standard_normal(200), 8), shock, np.empty((200, 0)))
        t = np.abs(fit.estimates - 1.0) / fit.std_errors
        df = float(fit.dfs.min())
        inside += [t.max() <= stats.t.isf(0.05, df), t.max() <= drawn(fit, df, rng)]
    assert inside[0] / samples < 0.75
    assert inside[1] / samples == pytest.approx(0.90, abs=0.065)


def drawn(fit: Projections, df: float, rng: np.random.Generator) -> float:
    """The quantile of the largest t, straight from draws: `sup_t_quantile` is slow for so many samples."""
    corr = fit.cov / np.outer(fit.std_errors, fit.std_errors)
    normal = rng.multivariate_normal(np.zeros(len(corr)), corr, 1_000, method="eigh")
    return float(np.quantile(np.abs(normal).max(axis=1) / np.sqrt(rng.chisquare(df, 1_000) / df), 0.9))


@given(seed=st.integers(0, 10_000), missing=st.booleans())
@settings(max_examples=20)
def test_a_response_holds_those_to_the_shocks_that_follow(seed: int, missing: bool) -> None:
    """Where each shock moves the series by one, the sum to h moves by one and as many as follow: to rounding."""
    rng = np.random.default_rng(seed)
    shock = np.convolve(rng.standard_normal(80), [1.0, 0.8, 0.3])[:80]
    controls = lags_of(shock, 2)
    controls[7] = np.nan if missing else controls[7]
    found = project(long_differences(shock, 5), shock, controls, cov="HC0")
    np.testing.assert_allclose(found.estimates, 1.0 + found.followers, rtol=1e-9, atol=1e-9)
    assert found.followers[0] == 0.0
    ahead = project(long_differences(shock, 5), shock, controls, cov="HC0", leads=True)
    np.testing.assert_allclose(ahead.estimates, 1.0, rtol=1e-9)
    assert (ahead.followers == 0.0).all()


def test_later_shocks_are_controls_of_their_horizon_alone() -> None:
    outcomes, shock, controls = world(11)
    shock = shock.copy()
    shock[30] = np.nan
    found = project(outcomes, shock, controls, leads=True)
    for h in range(outcomes.shape[1]):
        whole = np.column_stack([controls, leads_of(shock, h)])
        one = project(outcomes[:, [h]], shock, whole)
        assert found.estimates[h] == pytest.approx(one.estimates[0], rel=1e-10)
        assert found.std_errors[h] == pytest.approx(one.std_errors[0], rel=1e-10)
        assert found.dfs[h] == pytest.approx(one.dfs[0], rel=1e-8)
        assert (found.used[:, h] == one.used[:, 0]).all()


@given(
    n=st.integers(1, 40),
    p=st.integers(0, 12),
    gap=st.integers(0, 39),
    leads=st.booleans(),
    lost=st.integers(0, 39),
)
def test_every_horizon_up_to_the_longest_has_more_rows_than_coefficients(
    n: int, p: int, gap: int, leads: bool, lost: int
) -> None:
    moves, shock, controls = np.ones(n), np.ones(n), np.zeros((n, p))
    moves[gap:][:1], controls[lost:][:1] = np.nan, np.nan
    ready = np.isfinite(controls).all(axis=1) & np.isfinite(moves)

    def enough(h: int) -> bool:
        rows = ready & np.isfinite(long_differences(moves, h)[:, h])
        return bool(rows.sum() > p + 2 + h * leads) and h <= ready.sum() / 2

    longest = longest_horizon(moves, shock, controls, leads=leads)
    assert all(enough(h) for h in range(longest + 1))
    assert not enough(longest + 1)


def test_later_shocks_as_controls_hold_where_shocks_come_on_consecutive_days() -> None:
    """Four rows of five, each for good: the default misses the response to one, and says by how many shocks."""
    rng = np.random.default_rng(3)
    missed, told = np.zeros(2), list[float]()
    for _ in range(40):
        shock = np.zeros(300)
        for start in rng.choice(np.arange(20, 270, 25), 4, replace=False):
            shock[start : start + 5] = 1.0
        moves = 1.5 * shock + rng.standard_normal(300)
        controls = np.column_stack([lags_of(moves, 2), lags_of(shock, 2)])
        for j, leads in enumerate((False, True)):
            found = project(long_differences(moves, 4), shock, controls, leads=leads)
            missed[j] += (
                abs(found.estimates[4] - 1.5) > stats.t.isf(0.025, found.dfs[4]) * found.std_errors[4]
            )
            told += [] if leads else [found.followers[4]]
    assert missed[0] > 30
    assert missed[1] <= 2
    assert np.mean(told) == pytest.approx(2.7, abs=0.6)
