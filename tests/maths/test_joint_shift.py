"""The joint calendar shift: brute force at every shift, the group it is made of, its size, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketimpact.maths.joint_shift import (
    MIN_SHIFTS,
    Ring,
    Runs,
    Shifts,
    joint_shift,
    joint_shift_t,
    shift_sums,
    shifted_scars,
)
from marketimpact.maths.over_events import bmp_t

LEVEL = 0.05


def runs(*pairs: tuple[int, int]) -> Runs:
    return Runs(*np.array(pairs, dtype=np.int64).T.copy())


def plain_ring(y: np.ndarray, k: int = 1, seed: int = 0) -> Ring:
    n = len(y)
    factors = np.random.default_rng(seed).standard_normal((k - 1, n))
    return Ring(y.copy(), np.vstack([np.ones(n), factors]), np.ones(n), np.full(n, True))


def uneven_ring(seed: int, n: int, k: int) -> Ring:
    """Days that are missing, and moves of several variances."""
    rng = np.random.default_rng(seed)
    usable = rng.random(n) > 0.1
    roots = np.where(usable, np.sqrt(rng.choice([1.0, 1.5], n)), 0.0)
    x = np.vstack([np.ones(n), rng.standard_normal((k - 1, n))]) / np.where(usable, roots, 1.0) * usable
    return Ring(rng.standard_normal(n) * usable, x, roots, usable)


def by_loops(
    ring: Ring, window: tuple[int, int], estimation: tuple[int, int], holes: list[tuple[int, int]]
) -> np.ndarray:
    """One regression a shift, with lstsq."""
    k, n = ring.x.shape
    lost = {day for begin, length in holes for day in range(begin, begin + length)}
    fitted = [day for day in range(estimation[0], sum(estimation)) if day not in lost]
    out = np.full(n, np.nan)
    for d in range(n):
        w = [(day + d) % n for day in range(window[0], sum(window)) if ring.usable[(day + d) % n]]
        f = [(day + d) % n for day in fitted if ring.usable[(day + d) % n]]
        if not w:
            continue
        x = ring.x[:, f].T
        b = np.linalg.lstsq(x, ring.y[f], rcond=None)[0]
        e = ring.y[f] - x @ b
        total = (ring.x[:, w] * ring.roots[w]).sum(axis=1)
        factor = (ring.roots[w] ** 2).sum() + total @ np.linalg.inv(x.T @ x) @ total
        car = (ring.roots[w] * (ring.y[w] - b @ ring.x[:, w])).sum()
        out[d] = car / np.sqrt(e @ e / (len(f) - k) * factor)
    return out


# ---------------------------------------------------------------- the numbers


@pytest.mark.parametrize("k", [1, 2, 4])
def test_every_shift_is_a_regression_of_its_own(k):
    ring = uneven_ring(k, 60, k)
    windows, estimations, holes = ((50, 3), (48, 1)), ((5, 38), (2, 40)), ((20, 5), (0, 0))
    found = shifted_scars(ring, runs(*windows), runs(*estimations), (runs(*holes),))
    for row, window, estimation, hole in zip(found, windows, estimations, holes, strict=True):
        expected = by_loops(ring, window, estimation, [hole])
        assert np.isnan(expected).sum() == np.isnan(row).sum() < 10
        np.testing.assert_allclose(row, expected, rtol=1e-10, atol=1e-12)


def test_several_holes_are_all_left_out():
    ring = uneven_ring(9, 70, 2)
    holes = [(10, 3), (20, 1), (33, 6)]
    found = shifted_scars(ring, runs((60, 4)), runs((4, 50)), tuple(runs(hole) for hole in holes))
    np.testing.assert_allclose(found[0], by_loops(ring, (60, 4), (4, 50), holes), rtol=1e-10, atol=1e-12)


def test_a_window_that_wraps_takes_both_ends():
    ring = plain_ring(np.arange(12.0) ** 2)
    found = shifted_scars(ring, runs((10, 2)), runs((2, 6)))
    np.testing.assert_allclose(found[0], by_loops(ring, (10, 2), (2, 6), []), rtol=1e-10)


def test_a_fit_on_too_few_days_is_none():
    """Half of what the event's own fit holds, or more."""
    usable = np.full(50, True)
    usable[5:25] = False
    y = np.where(usable, np.random.default_rng(2).standard_normal(50), 0.0)
    ring = Ring(y, usable[None].astype(float), usable.astype(float), usable)
    found = shifted_scars(ring, runs((49, 1)), runs((25, 20)))[0]
    counted = np.array([usable[(25 + d + np.arange(20)) % 50].sum() for d in range(50)])
    assert np.array_equal(np.isfinite(found), (counted >= 10) & usable[(49 + np.arange(50)) % 50])
    assert 0 < np.isnan(found).sum() < 50


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 49), st.integers(1, 3))
def test_turning_the_data_turns_the_shifts(seed, turn, k):
    """The group: what is seen at shift d is what would be seen at shift none were the data turned back by d."""
    ring = uneven_ring(seed, 50, k)
    turned = Ring(
        np.roll(ring.y, -turn), np.roll(ring.x, -turn, axis=1), np.roll(ring.roots, -turn), np.roll(ring.usable, -turn)
    )  # fmt: skip
    where = (runs((44, 3), (42, 5)), runs((3, 36), (1, 38)), (runs((8, 4), (20, 2)),))
    plain, moved = shifted_scars(ring, *where), shifted_scars(turned, *where)
    both = np.isfinite(moved) & np.isfinite(np.roll(plain, -turn, axis=1))
    assert both.sum() > 60
    np.testing.assert_allclose(moved[both], np.roll(plain, -turn, axis=1)[both], rtol=1e-7, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10.0), st.floats(-5.0, 5.0))
def test_scale_and_level_of_the_moves_change_nothing(seed, scale, level):
    y = np.random.default_rng(seed).standard_normal(60)
    where = (runs((55, 4)), runs((2, 48)))
    plain = shifted_scars(plain_ring(y), *where)
    np.testing.assert_allclose(
        shifted_scars(plain_ring(level + scale * y), *where), plain, rtol=1e-6, atol=1e-8
    )


# ---------------------------------------------------------------- the test


def sums(values: np.ndarray, weight: np.ndarray | None = None) -> Shifts:
    return Shifts(
        np.asarray(values, dtype=float), np.square(values), np.ones(len(values)) if weight is None else weight
    )


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(MIN_SHIFTS, 150))
def test_over_all_turns_every_p_comes_once(seed, n):
    """Whatever the dependence of neighbours: each day of the ring taken for the event's in turn, p is uniform."""
    walk = np.random.default_rng(seed).standard_normal(n).cumsum()
    found = sorted(joint_shift(sums(np.roll(walk, -d)), n=1, n_clusters=1).p_value for d in range(n))
    assert found == pytest.approx((np.arange(n) + 1) / n)
    assert np.mean(np.array(found) <= LEVEL + 1e-12) == pytest.approx(np.floor(LEVEL * n + 1e-9) / n)


def test_p_counts_shifts_that_are_as_large_either_way():
    values = np.r_[2.0, -2.0, 3.0, np.zeros(37)]
    outcome = joint_shift(sums(values), n=4, n_clusters=2)
    assert outcome.p_value == 3 / 40
    assert outcome.p_floor == 1 / 40
    assert (outcome.n, outcome.n_clusters) == (4, 2)
    assert outcome.note == "39 shifts; trusts that the event days' variance is the estimation window's"


def test_the_mean_over_clusters_is_the_estimate():
    scars = np.array([[1.0, 0.0], [3.0, 1.0], [6.0, np.nan]]).repeat([1, 29], axis=1)
    found = shift_sums(scars, np.array([0.5, 0.5, 1.0]))
    outcome = joint_shift(found, n=3, n_clusters=2)
    assert outcome.estimate == outcome.statistic == (2.0 + 6.0) / 2
    assert outcome.note.startswith("29 shifts")


def test_absent_pairs_widen_a_shift_as_fewer_clusters_do():
    """One of two clusters known: its mean over root 2, the deviation of a mean of two."""
    weight = np.r_[2.0, np.ones(30)]
    at = 3.0 / np.sqrt(2.0)
    for observed, p in ((at + 0.01, 1 / 31), (at - 0.01, 1.0)):
        values = np.r_[2.0 * observed, np.full(30, 3.0)]
        assert joint_shift(sums(values, weight), n=2, n_clusters=2).p_value == pytest.approx(p)


def test_shifts_with_less_than_half_of_the_weight_are_left_out():
    weight = np.r_[4.0, np.full(20, 2.0), np.full(20, 1.9)]
    outcome = joint_shift(sums(np.r_[1.0, np.zeros(40)], weight), n=4, n_clusters=4)
    assert outcome.p_floor == 1 / 21


@pytest.mark.parametrize(("days", "applies"), [(MIN_SHIFTS, True), (MIN_SHIFTS - 1, False)])
def test_nineteen_shifts_are_the_fewest(days, applies):
    outcome = joint_shift(sums(np.arange(days)), n=1, n_clusters=1)
    assert outcome.applies == applies
    assert applies or outcome.reason == ("needs 19 shifts at which half of the pairs have a move, has 18")


def test_no_value_is_said():
    assert joint_shift(Shifts(*np.zeros((3, 40))), n=0, n_clusters=0).reason == "no pair has a value"


def test_shifts_onto_part_of_the_window_can_be_left_out():
    """News of one day in a window of 5 shows at shifts of -4 to 4, and counts against itself there alone."""
    values = np.zeros(200)
    values[[0, 1, 2, 198, 199]] = 5.0
    assert joint_shift(sums(values), n=1, n_clusters=1).p_value == 5 / 200
    apart = joint_shift(sums(values), n=1, n_clusters=1, apart=5)
    assert apart.p_value == apart.p_floor == 1 / (200 - 8)
    assert "unusual days, not of a mean over events" in apart.note


# ---------------------------------------------------------------- the t of every shift


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(5, 12))
def test_the_t_is_bmps_at_every_shift(seed, pairs):
    scars = np.random.default_rng(seed).standard_normal((pairs, 40)) + 0.3
    scars[1, 5:9] = np.nan
    every = np.array([bmp_t(np.append(column, [np.nan])).statistic for column in scars.T if pairs])
    known = np.isfinite(every)
    found = joint_shift_t(shift_sums(scars, np.ones(pairs)), n=pairs, n_clusters=pairs)
    assert known.sum() >= 36
    if pairs > 5:  # with four pairs known the published test does not apply
        assert known.all()
        assert found.p_value == np.count_nonzero(np.abs(every) >= abs(every[0]) * (1 - 1e-9)) / 40
    assert found.statistic == pytest.approx(every[0], rel=1e-9)
    assert found.estimate == pytest.approx(scars[:, 0].mean(), rel=1e-12)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10.0))
def test_the_variance_of_the_event_leaves_the_t(seed, scale):
    """All SCARs of the event times one number: another mean, the same t and p."""
    scars = np.random.default_rng(seed).standard_normal((8, 50))
    wider = scars.copy()
    wider[:, 0] *= scale
    plain, scaled = (joint_shift_t(shift_sums(one, np.ones(8)), n=8, n_clusters=2) for one in (scars, wider))
    assert scaled.statistic == pytest.approx(plain.statistic, rel=1e-9)
    assert scaled.p_value == plain.p_value


def test_the_t_over_all_turns_has_every_p_once():
    scars = np.random.default_rng(4).standard_normal((6, 60)).cumsum(axis=1)
    found = sorted(
        joint_shift_t(shift_sums(np.roll(scars, -d, axis=1), np.ones(6)), n=6, n_clusters=1).p_value
        for d in range(60)
    )
    assert found == pytest.approx((np.arange(60) + 1) / 60)


def test_when_there_is_no_t():
    scars = np.random.default_rng(5).standard_normal((6, 60))
    few = joint_shift_t(shift_sums(scars[:4], np.ones(4)), n=4, n_clusters=4)
    assert few.reason == "needs 5 pairs or more, has 4"
    assert joint_shift_t(Shifts(*np.zeros((3, 40))), n=0, n_clusters=0).reason == "no pair has a value"
    scars[:, 0] = 1.7
    alike = joint_shift_t(shift_sums(scars, np.ones(6)), n=6, n_clusters=6)
    assert alike.reason == "the values do not vary"
    short = joint_shift_t(shift_sums(scars[:, 1:15], np.ones(6)), n=6, n_clusters=6)
    assert short.reason == "needs 19 shifts at which half of the pairs have a move, has 13"


# ---------------------------------------------------------------- size and power


def staggered(
    rng: np.random.Generator, events: int, spacing: int, sessions: int, length: int, rho: float | None,
    effect: float = 0.0, variance: float = 1.0, weight: float | None = None,
) -> Shifts:  # fmt: skip
    """Events some days apart on instruments correlated rho; on one instrument, masked, where rho is None."""
    first = length + 5
    n = first + (events - 1) * spacing + sessions
    at = first + spacing * np.arange(events)
    common = rng.standard_normal(n)
    estimation = Runs(at - first, np.full(events, length))
    window = Runs(at, np.full(events, sessions))
    weights = np.full(events, weight or 1.0 / events)
    if rho is None:
        y = common.copy()
        for day in at:
            y[day : day + sessions] += effect / np.sqrt(sessions)
        holes = []
        for day in at:
            begin, end = np.maximum(day, at - first), np.minimum(day + sessions, at - 5)
            holes.append(Runs(begin, np.maximum(end - begin, 0)))
        return shift_sums(shifted_scars(plain_ring(y), window, estimation, tuple(holes)), weights)
    rows = []
    for i, day in enumerate(at):
        y = np.sqrt(rho) * common + np.sqrt(1.0 - rho) * rng.standard_normal(n)
        y[day : day + sessions] += effect / np.sqrt(sessions)
        y[day : day + sessions] += np.sqrt(variance - 1.0) * rng.standard_normal(sessions)
        part = slice(i, i + 1)
        rows.append(shifted_scars(plain_ring(y), window.part(part), estimation.part(part))[0])
    return shift_sums(np.array(rows), weights)


def rate(draws: int, seed: int, **case: object) -> tuple[float, float]:
    """Share of rejections, and the level that can be attained."""
    rng = np.random.default_rng(seed)
    found = [joint_shift(staggered(rng, **case), n=case["events"], n_clusters=1) for _ in range(draws)]  # type: ignore[arg-type]
    return float(np.mean([one.p_value <= LEVEL + 1e-12 for one in found])), float(
        np.floor(LEVEL / found[0].p_floor) * found[0].p_floor
    )


@pytest.mark.parametrize(
    ("events", "spacing", "sessions", "length", "rho"),
    [
        (20, 1, 1, 120, None),  # moved by the spacing on a line it rejects 11 %
        (20, 1, 11, 120, None),
        (20, 3, 11, 120, None),
        (5, 11, 11, 120, None),
        (5, 1, 11, 120, 0.5),
        (5, 3, 1, 120, 0.8),
        (1, 1, 11, 120, None),
        (20, 3, 1, 30, None),
    ],
)
def test_size_is_the_attainable_level_however_windows_overlap(events, spacing, sessions, length, rho):
    draws = 1_000 if rho is None else 400
    found, level = rate(
        draws, events + spacing, events=events, spacing=spacing, sessions=sessions, length=length, rho=rho
    )
    assert abs(found - level) < 3.7 * np.sqrt(level * (1 - level) / draws)


def test_without_neighbours_a_short_ring_rejects_too_often_and_a_long_one_hardly():
    """Shifts onto part of the window left out: 7 to 9 % on 12 windows of 11 days, 5 to 6 % on 40."""
    for length, low, high in ((120, 0.055, 0.105), (430, 0.038, 0.075)):
        rng = np.random.default_rng(length)
        found = [
            joint_shift(staggered(rng, 1, 1, 11, length, None), n=1, n_clusters=1, apart=11).p_value
            for _ in range(1_000)
        ]
        assert low < np.mean(np.array(found) <= LEVEL + 1e-12) < high


def test_news_is_found():
    """One deviation in each of 20 events a day apart: nine times of ten and more."""
    for rho in (None, 0.5):
        found, _ = rate(40, 3, events=20, spacing=1, sessions=1, length=120, rho=rho, effect=1.0)
        assert found > 0.8


@pytest.mark.parametrize(("spacing", "rho"), [(30, 0.0), (1, 0.5)])
def test_twice_the_variance_breaks_the_mean_and_not_the_t(spacing, rho):
    """Ten events whose days vary twice as much: 13 to 15 % by the mean, 4 to 5 % by the t."""
    draws, rng = 250, np.random.default_rng(spacing)
    p = []
    for _ in range(draws):
        found = staggered(rng, 10, spacing, 1, 120, rho, variance=2.0, weight=1.0)
        p.append([test(found, n=10, n_clusters=10).p_value for test in (joint_shift, joint_shift_t)])
    mean, t = (np.array(p) <= LEVEL + 1e-12).mean(axis=0)
    assert mean > 0.09
    assert 0.02 < t < 0.065 + 3.7 * np.sqrt(0.065 * 0.935 / draws)
