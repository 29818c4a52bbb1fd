"""Effects of staggered events from the definitions, and in worlds whose effects are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths.fixed_effects import absorber
from marketimpact.maths.group_time import NEVER, group_time, joint_wald
from marketimpact.maths.interaction_weighted import interaction_weighted
from marketimpact.maths.multiplier import multiplier_critical, sup_t_critical

TAUS = np.array([-3, -2, 0, 1, 2])


def world(
    seed: int, sizes: tuple[int, ...] = (3, 2, 4), never: int = 6, sessions: int = 30, noise: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Levels with unit and session effects, and the session of each unit's event: 8, 13, 18, ..."""
    rng = np.random.default_rng(seed)
    first = np.concatenate(
        [*[np.full(size, 8 + 5 * i) for i, size in enumerate(sizes)], np.full(never, NEVER)]
    )
    levels = rng.normal(size=(len(first), 1)) + np.cumsum(rng.normal(size=sessions))
    return levels + noise * np.cumsum(rng.normal(size=(len(first), sessions)), axis=1), first


def effect(cohort: int, tau: int) -> float:
    """Grows after the event, and more for early cohorts."""
    return (tau + 1.0) * (20.0 - cohort) / 4.0 if tau >= 0 else 0.0


def with_effects(levels: np.ndarray, first: np.ndarray) -> np.ndarray:
    out = levels.copy()
    for i, g in enumerate(first):
        if g != NEVER:
            out[i] += [effect(int(g), t - int(g)) for t in range(levels.shape[1])]
    return out


@pytest.mark.parametrize("controls", ["not yet", "never"])
def test_every_cell_is_the_difference_of_differences(controls: str) -> None:
    levels, first = world(1)
    levels[np.random.default_rng(2).random(levels.shape) < 0.05] = np.nan
    found = group_time(levels, first, TAUS, controls=controls)
    for c, g in enumerate((8, 13, 18)):
        for e, tau in enumerate(TAUS):
            change = levels[:, g + tau] - levels[:, g - 1]
            untouched = first == NEVER
            if controls == "not yet":
                untouched |= first > max(g + tau, g - 1)
            untouched &= first != g
            own, other = change[first == g], change[untouched]
            assert found.effects[c, e] == pytest.approx(np.nanmean(own) - np.nanmean(other), abs=1e-12)
            assert found.treated[c, e] == np.isfinite(own).sum()
            assert found.controls[c, e] == np.isfinite(other).sum()
    weights = found.treated / found.treated.sum(axis=0)
    np.testing.assert_allclose(found.average, (weights * found.effects).sum(axis=0))


def test_one_cohort_is_welchs_t() -> None:
    levels, first = world(3, sizes=(5,), never=7)
    found = group_time(levels, first, np.array([0, 2]))
    for e, tau in enumerate((0, 2)):
        change = levels[:, 8 + tau] - levels[:, 7]
        theirs = stats.ttest_ind(change[:5], change[5:], equal_var=False)
        assert found.average[e] / np.sqrt(found.cov[e, e]) == pytest.approx(theirs.statistic, rel=1e-9)
        assert found.dfs[e] == pytest.approx(theirs.df, rel=1e-9)


def test_by_date_cohorts_of_one_size_are_the_t_on_their_effects() -> None:
    levels, first = world(4, sizes=(3, 3, 3, 3))
    found = group_time(levels, first, np.array([0, 1]), by="date")
    theirs = stats.ttest_1samp(found.effects, 0.0)
    np.testing.assert_allclose(found.average / np.sqrt(np.diag(found.cov)), theirs.statistic, rtol=1e-9)
    np.testing.assert_allclose(found.dfs, 3.0)


@pytest.mark.parametrize(
    ("sizes", "most"), [((10, 2, 2, 2, 2), 0.02), ((5, 4, 3, 3), 0.07), ((12, 12, 1, 1, 1), 0.04)]
)
def test_by_date_cohorts_of_unlike_size_do_not_reject_too_often(sizes: tuple[int, ...], most: float) -> None:
    """Effects that are shocks of their dates alone, 1,000 samples; with C - 1 df 12, 6 and 25 %."""
    rng, hits, samples = np.random.default_rng(7), 0, 1000
    first = np.append(np.repeat(np.arange(len(sizes)) * 3 + 2, sizes), [-1, -1])
    levels = np.zeros((len(first), 3 * len(sizes) + 2))
    for _ in range(samples):
        for g, shock in enumerate(rng.standard_normal(len(sizes))):
            levels[first == 3 * g + 2, 3 * g + 2 :] = shock
        found = group_time(levels, first, np.array([0]), controls="never", by="date")
        t = found.average[0] / np.sqrt(found.cov[0, 0])
        hits += 2 * stats.t.sf(abs(t), found.dfs[0]) < 0.05
    assert hits / samples < most


def test_by_date_one_large_cohort_has_no_standard_error() -> None:
    levels, first = world(4, sizes=(20, 1, 1))
    found = group_time(levels, first, np.array([0, 1]), by="date")
    assert np.isfinite(found.average).all()
    assert np.isnan(found.dfs).all()


def test_both_methods_recover_effects_that_grow_and_differ_where_one_dummy_is_wrong() -> None:
    """Without noise; every unit is reached in the end, and the first cohorts most: the one dummy has the wrong sign."""
    levels, first = world(5, sizes=(6, 3, 3), never=0, noise=0.0)
    levels = with_effects(levels, first)
    unit, session = (one.ravel() for one in np.indices(levels.shape))
    since = (session >= first[unit]).astype(float)
    made = absorber([unit, session])
    left = made.left_of(since)
    one_dummy = float(left @ levels.ravel() / (left @ left))
    true = [effect(8, t) for t in range(22)] + [effect(13, t) for t in range(17)]
    assert min(true) > 0.0
    assert one_dummy < 0.0
    taus = np.array([-3, -2, 0, 1, 2, 3])
    expected = np.array([[effect(g, int(t)) for t in taus] for g in (8, 13)])
    np.testing.assert_allclose(group_time(levels, first, taus).effects[:2], expected, atol=1e-9)
    np.testing.assert_allclose(interaction_weighted(levels, first, taus).effects, expected, atol=1e-9)


@given(seed=st.integers(0, 2_000), never=st.integers(2, 6))
@settings(max_examples=25, deadline=None)
def test_the_regression_has_the_effects_of_the_comparison_where_nothing_is_missing(
    seed: int, never: int
) -> None:
    levels, first = world(seed, never=never)
    ours = group_time(levels, first, TAUS, controls="never")
    found = interaction_weighted(levels, first, TAUS)
    np.testing.assert_allclose(found.effects, ours.effects, atol=1e-8)
    np.testing.assert_allclose(found.fit.params[: len(TAUS)], ours.average, atol=1e-8)


@given(seed=st.integers(0, 2_000), by=st.sampled_from(["unit", "date"]))
@settings(max_examples=25, deadline=None)
def test_unit_effects_session_effects_and_the_order_of_units_change_nothing(seed: int, by: str) -> None:
    levels, first = world(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(first))
    moved = 3.0 * levels + rng.normal(size=(len(first), 1)) + rng.normal(size=levels.shape[1])
    one = group_time(levels, first, TAUS, by=by)  # type: ignore[arg-type]
    other = group_time(moved[order], first[order], TAUS, by=by)  # type: ignore[arg-type]
    np.testing.assert_allclose(other.effects, 3.0 * one.effects, atol=1e-8)
    np.testing.assert_allclose(other.cov, 9.0 * one.cov, atol=1e-7)
    np.testing.assert_allclose(other.dfs, one.dfs, rtol=1e-6)


def test_a_single_treated_unit_has_an_effect_and_no_standard_error() -> None:
    levels, first = world(6, sizes=(1,), never=9)
    found = group_time(levels, first, TAUS)
    assert np.isfinite(found.effects).all()
    assert np.isnan(found.dfs).all()
    assert (found.cov == 0.0).all()
    regression = interaction_weighted(levels, first, TAUS)
    assert regression.alone.all()
    assert not interaction_weighted(*world(6), TAUS).alone.any()


def test_pointwise_and_whole_bands_hold_what_they_say() -> None:
    """Five cohorts of one unit beside ten, no effect, 400 samples at 95 %."""
    taus = np.array([-3, -2, 0, 1, 2])
    holds = np.zeros((400, 2))
    for seed in range(400):
        levels, first = world(20_000 + seed, sizes=(1,) * 4, never=10)
        found = group_time(levels, first, taus)
        t = np.abs(found.average) / np.sqrt(np.diag(found.cov))
        rng = np.random.default_rng(seed)
        whole = max(
            multiplier_critical(found.influence, 0.95, rng, draws=199),
            sup_t_critical(found.cov, float(found.dfs.min()), 0.95, rng, draws=399),
        )
        holds[seed] = (t < stats.t.isf(0.025, found.dfs)).mean(), (t < whole).all()
    point, simultaneous = holds.mean(axis=0)
    assert 0.925 < point < 0.975
    assert simultaneous > 0.95 - 3.0 * np.sqrt(0.05 * 0.95 / 400)


def test_the_joint_test_is_hotellings() -> None:
    rng = np.random.default_rng(7)
    sample = rng.normal(size=(12, 3)) + 0.3
    cov = np.cov(sample.T) / 12
    found = joint_wald(sample.mean(axis=0), cov, 11.0, 12)
    t2 = sample.mean(axis=0) @ np.linalg.inv(cov) @ sample.mean(axis=0)
    assert found.statistic == pytest.approx(t2 * 9 / (11 * 3), rel=1e-10)
    assert found.p_value == pytest.approx(stats.f.sf(t2 * 9 / 33, 3, 9), rel=1e-10)
    assert "too many for 2 degrees of freedom" in joint_wald(np.ones(3), np.eye(3), 2.0, 3).reason
    assert "no session before" in joint_wald(np.empty(0), np.empty((0, 0)), 5.0, 6).reason
    assert "no standard error" in joint_wald(np.ones(2), np.zeros((2, 2)), 5.0, 6).reason


def test_bands_of_independent_estimates_are_sidaks() -> None:
    rng = np.random.default_rng(8)
    sidak = stats.norm.isf((1 - 0.95 ** (1 / 6)) / 2)
    assert multiplier_critical(rng.normal(size=(800, 6)), 0.95, rng) == pytest.approx(sidak, abs=0.06)
    assert sup_t_critical(np.diag([4.0] * 6), 1e7, 0.95, rng, draws=40_000) == pytest.approx(sidak, abs=0.04)
    one = sup_t_critical(np.ones((3, 3)), 5.0, 0.95, rng, draws=40_000)
    assert one == pytest.approx(stats.t.isf(0.025, 5), abs=0.08)
    assert np.isnan(multiplier_critical(np.zeros((5, 2)), 0.95, rng))
    assert np.isnan(sup_t_critical(np.zeros((2, 2)), 5.0, 0.95, rng))


def test_without_events_or_controls_it_is_refused() -> None:
    levels, first = world(9)
    with pytest.raises(InputError, match="no unit is reached"):
        group_time(levels, np.full(len(first), NEVER), TAUS)
    with pytest.raises(InputError, match="every unit is reached at the same time"):
        group_time(levels, np.full(len(first), 8), TAUS)
    with pytest.raises(InputError, match="no unit can serve as a control"):
        group_time(levels[:9], first[:9], TAUS, controls="never")
    with pytest.raises(InputError, match="every unit is reached at the same time"):
        interaction_weighted(levels, np.full(len(first), 8), TAUS)
    with pytest.raises(InputError, match="no unit is reached"):
        interaction_weighted(levels, np.full(len(first), NEVER), TAUS)


def test_of_two_units_the_degrees_of_freedom_are_those_of_units_that_are_alike() -> None:
    taus = np.array([0])
    for treated, controls in ((10, 2), (2, 10), (2, 2)):
        found = group_time(*world(12, sizes=(treated,), never=controls), taus)
        p, q = 1.0 / treated, 1.0 / controls
        expected = (p + q) ** 2 / (p**2 / (treated - 1) + q**2 / (controls - 1))
        assert found.dfs[0] == pytest.approx(expected)
    still = np.zeros((4, 30)), np.array([8, 8, NEVER, NEVER])
    assert np.isnan(group_time(*still, taus).dfs).all()


def test_one_control_leaves_no_standard_error_and_few_bound_the_degrees_of_freedom() -> None:
    taus = np.array([-2, 0, 1])
    for never in (1, 2, 3, 6):
        levels, first = world(13, sizes=(3, 3), never=never)
        found = interaction_weighted(levels, first, taus)
        assert found.controls == never
        if never == 1:
            assert np.isnan(found.dfs).all()
            assert found.alone.all()
        else:
            np.testing.assert_array_equal(found.dfs, np.minimum(found.fit.df[:3], never - 1))


def false_rejections(samples: int, sizes: tuple[int, ...], never: int) -> np.ndarray:
    """Shares of samples without effect whose 5 % test at tau = 0 rejects: group-time, regression, and its own df."""
    hits = np.zeros(3)
    for seed in range(samples):
        levels, first = world(seed, sizes, never)
        one, two = group_time(levels, first, TAUS), interaction_weighted(levels, first, TAUS)
        b, error = two.fit.params[2], two.fit.std_error[2]
        hits += [
            abs(one.average[2]) > stats.t.isf(0.025, one.dfs[2]) * np.sqrt(one.cov[2, 2]),
            abs(b) > stats.t.isf(0.025, two.dfs[2]) * error, abs(b) > stats.t.isf(0.025, two.fit.df[2]) * error,
        ]  # fmt: skip
    return hits / samples


def test_few_controls_do_not_reject_too_often() -> None:
    # 1,000 samples: group-time 4, the regression 2, and by Bell and McCaffrey's degrees of freedom 10 %.
    one, two, plain = false_rejections(300, (2, 2), 3)
    assert one < 0.09
    assert two < 0.05
    assert plain > 0.06
    # Welch's t of ten treated units beside two controls rejects 11 %.
    assert false_rejections(300, (10,), 2)[0] < 0.03
