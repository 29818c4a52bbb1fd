"""Families of tests: adjusted p by their definitions, and the step-down maximum against loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths import multiplicity
from marketimpact.maths.multiplicity import (
    benjamini_hochberg,
    benjamini_yekutieli,
    holm,
    romano_wolf,
    step_down,
)
from marketimpact.maths.parametric import t_p_value
from marketimpact.maths.resample import placebo_scars
from marketimpact.maths.sample import Sample

LEVEL = 0.05
STANDARD_ERRORS = 3.7
METHODS = {"holm": holm, "bh": benjamini_hochberg, "by": benjamini_yekutieli}

P = st.lists(st.one_of(st.floats(0.0, 1.0), st.just(np.nan), st.sampled_from([0.01, 0.02, 0.5])), max_size=30)


def smallest_level(p: list[float], i: int, method: str) -> float:
    """The smallest level at which the procedure, run as its paper states it, rejects test i.

    It changes only at levels p c, so that those alone have to be tried.
    """
    n = len(p)
    harmonic = sum(1 / j for j in range(1, n + 1)) if method == "by" else 1.0
    factors = range(1, n + 1) if method == "holm" else [n * harmonic / j for j in range(1, n + 1)]
    levels = sorted({min(one * factor, 1.0) for one in p for factor in factors} | {1.0})
    return next((level for level in levels if p[i] <= threshold(p, level, method, harmonic)), 1.0)


def threshold(p: list[float], level: float, method: str, harmonic: float) -> float:
    """The largest p that is rejected at a level; below 0 where none is."""
    n, largest = len(p), -1.0
    allowed = level * (1 + 1e-12)
    for j, one in enumerate(sorted(p), start=1):
        if method == "holm":
            if one * (n - j + 1) > allowed:
                break
            largest = one
        elif one * n * harmonic / j <= allowed:
            largest = one
    return largest


@pytest.mark.parametrize("method", METHODS)
@given(p=st.lists(st.one_of(st.floats(0.0, 1.0), st.sampled_from([0.01, 0.02])), min_size=1, max_size=8))
def test_an_adjusted_p_is_the_smallest_level_that_rejects(method, p):
    found = METHODS[method](np.array(p))
    expected = [smallest_level(p, i, method) for i in range(len(p))]
    np.testing.assert_allclose(found.p_value, expected, rtol=1e-9, atol=1e-300)


@given(P)
def test_scipy_agrees_on_false_discoveries(p):
    known = np.isfinite(p)
    for name in ("bh", "by"):
        found = METHODS[name](np.array(p))
        assert found.n == known.sum()
        if known.any():
            expected = stats.false_discovery_control(np.array(p)[known], method=name)
            np.testing.assert_allclose(
                found.p_value[known], expected, rtol=1e-12, atol=1e-300
            )  # numbers at the end of their range lose digits


@pytest.mark.parametrize("method", METHODS.values())
@given(p=P, data=st.data())
def test_unknown_tests_stay_unknown_and_do_not_count(method, p, data):
    found = method(np.array(p))
    known = np.isfinite(np.array(p, dtype=float))
    np.testing.assert_array_equal(np.isfinite(found.p_value), known)
    np.testing.assert_array_equal(found.p_value[known], method(np.array(p, dtype=float)[known]).p_value)
    assert np.all(found.p_value[known] >= np.array(p, dtype=float)[known] * (1 - 1e-12))
    order = np.array(data.draw(st.permutations(range(len(p)))), dtype=int)
    np.testing.assert_array_equal(method(np.array(p)[order]).p_value, found.p_value[order])


def test_three_tests_by_hand():
    """.01 x 3, .03 x 2, .04 x 1; then .01 x 3, .03 x 3/2, .04 x 3/3; then times 11/6."""
    p = np.array([0.04, 0.01, 0.03])
    np.testing.assert_allclose(holm(p).p_value, [0.06, 0.03, 0.06])
    np.testing.assert_allclose(benjamini_hochberg(p).p_value, [0.04, 0.03, 0.04])
    np.testing.assert_allclose(benjamini_yekutieli(p).p_value, np.array([0.04, 0.03, 0.04]) * 11 / 6)


def test_two_hundred_ranks_need_3999_moves_before_holm_can_reject_one():
    p = np.full(200, 0.5)
    assert "cannot reject any of 200 tests" in holm(p, p_floor=1 / 3_999).note
    assert holm(p, p_floor=1 / 4_000).note == ""
    p[0] = 1 / 4_000
    assert holm(p, p_floor=1 / 4_000).p_value[0] == pytest.approx(0.05)
    assert "cannot reject fewer than 2 of 200 tests" in benjamini_hochberg(p, p_floor=1 / 3_999).note


@pytest.mark.parametrize("method", METHODS.values())
@given(n=st.integers(1, 40), sessions=st.integers(19, 300))
def test_the_note_says_how_many_tests_at_their_floor_it_takes(method, n, sessions):
    floor = 1 / (sessions + 1)
    note = method(np.full(n, 0.5), p_floor=floor).note
    enough = [
        k
        for k in range(1, n + 1)
        if (method(np.repeat([floor, 1.0], [k, n - k])).p_value <= LEVEL * (1 + 1e-9)).any()
    ]
    if not enough:
        assert f"cannot reject any of {n} tests" in note
    elif enough[0] > 1:
        assert f"cannot reject fewer than {enough[0]} of {n} tests" in note
    else:
        assert note == ""


def test_nothing_is_a_family_of_none():
    for method in METHODS.values():
        assert (method(np.array([])).n, method(np.full(2, np.nan), p_floor=np.nan).n) == (0, 0)
    assert romano_wolf(np.full(2, np.nan), np.zeros((3, 2))).n == 0


@pytest.mark.parametrize("method", METHODS.values())
def test_what_is_no_probability_is_refused(method):
    with pytest.raises(InputError, match="p: is no probability"):
        method(np.array([0.1, 1.1]))
    with pytest.raises(InputError, match="p: is no probability"):
        method(np.array([0.1, np.inf]))
    with pytest.raises(InputError, match="p_floor: is no probability"):
        method(np.array([0.1]), p_floor=-0.1)
    with pytest.raises(InputError, match="level: is no level"):
        method(np.array([0.1]), level=5.0)


# The step-down maximum.


def step_by_step(observed: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Take the largest that is left, count the draws whose largest of those left reaches it, drop it, go on."""
    left = [i for i in range(len(observed)) if np.isfinite(observed[i])]
    found, so_far = np.full(len(observed), np.nan), 0.0
    while left:
        top = max(left, key=lambda i: abs(observed[i]))
        reached = sum(max(abs(draw[i]) for i in left) >= abs(observed[top]) for draw in draws)
        so_far = max(so_far, (1 + reached) / (len(draws) + 1))
        found[top] = so_far
        left.remove(top)
    return found


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 40), st.booleans())
def test_romano_wolf_is_the_loop(seed, cells, draws, coarse):
    rng = np.random.default_rng(seed)
    observed, null = 2 * rng.standard_normal(cells), rng.standard_normal((draws, cells))
    if coarse:  # with ties
        observed, null = observed.round(), null.round()
    observed[rng.random(cells) < 0.2] = np.nan
    found = romano_wolf(observed, null)
    np.testing.assert_allclose(found.p_value, step_by_step(observed, null), rtol=1e-13)
    assert found.n == np.isfinite(observed).sum()


def test_one_test_is_its_permutation_p_and_copies_cost_nothing():
    rng = np.random.default_rng(1)
    null = rng.standard_normal((99, 1))
    alone = romano_wolf(np.array([1.7]), null).p_value[0]
    assert alone == (1 + np.sum(np.abs(null) >= 1.7)) / 100
    np.testing.assert_array_equal(romano_wolf(np.full(30, 1.7), np.repeat(null, 30, axis=1)).p_value, alone)


def test_blocks_of_draws_change_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    observed, null = rng.standard_normal(7), rng.standard_normal((100, 7))
    whole = romano_wolf(observed, null)
    assert step_down(observed, [null[:13], null[13:14], null[14:]]) == whole
    monkeypatch.setattr(multiplicity, "ROWS", 3)
    assert romano_wolf(observed, null) == whole


def test_draws_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="draws: needs one column a test"):
        romano_wolf(np.zeros(3), np.zeros((5, 2)))
    with pytest.raises(InputError, match="draws: needs one column a test"):
        romano_wolf(np.zeros(3), np.zeros((0, 3)))
    with pytest.raises(InputError, match="draws: are unknown where the test is known"):
        romano_wolf(np.zeros(2), np.array([[0.0, np.nan]]))
    unknown = romano_wolf(np.array([1.0, np.nan]), np.array([[0.0, np.nan]]))
    np.testing.assert_array_equal(unknown.p_value, [0.5, np.nan])


# How often a family of true nulls has a false rejection: 20 series, one date, correlation .5.

SERIES, LENGTH, FAMILIES = 20, 99, 2_000


def null_scars(seed: int, df: float) -> np.ndarray:
    """Leave-one-out statistics of families of series, shape (families, series, LENGTH + 1), the event's last."""
    rng = np.random.default_rng(seed)
    shape = (FAMILIES, 1, LENGTH + 1)
    common = rng.standard_normal(shape)
    moves = np.sqrt(0.5) * common + np.sqrt(0.5) * rng.standard_normal((FAMILIES, SERIES, LENGTH + 1))
    if np.isfinite(df):  # a multivariate t: heavy tails that all series share
        moves /= np.sqrt(rng.chisquare(df, shape) / df)
    y = moves.ravel()
    known = np.full(len(y), True)
    starts = np.arange(FAMILIES * SERIES) * (LENGTH + 1)
    sample = Sample(y, np.ones((1, len(y))), np.ones(len(y)), known, known, starts, LENGTH)
    scars = placebo_scars(sample, starts + LENGTH, 1)
    return scars.reshape(FAMILIES, SERIES, LENGTH + 1)


def false_rejections(scars: np.ndarray) -> dict[str, float]:
    """Share of families with a false rejection."""
    p = t_p_value(scars[:, :, -1], np.array(LENGTH - 1))
    rows = [
        (
            romano_wolf(one[:, -1], one[:, :-1].T).p_value.min() <= LEVEL + 1e-12,
            holm(p_t).p_value.min() <= LEVEL,
        )
        for one, p_t in zip(scars, p, strict=True)
    ]
    return dict(zip(("romano_wolf", "holm of t"), np.mean(rows, axis=0), strict=True))


def tolerance(rate: float) -> float:
    return STANDARD_ERRORS * np.sqrt(rate * (1 - rate) / FAMILIES)


@pytest.mark.parametrize("df", [np.inf, 3.0])
def test_romano_wolf_holds_the_familywise_error(df):
    """The largest of 100 dates has p .01 and five of them p <= .05: the attainable level is .05."""
    rates = false_rejections(null_scars(11, df))
    assert abs(rates["romano_wolf"] - 0.05) < tolerance(0.05)
    if np.isfinite(df):  # what the summary says of t, in numbers
        assert rates["holm of t"] > 0.08
    else:
        assert rates["holm of t"] < 0.05 + tolerance(0.05)


def test_romano_wolf_rejects_more_than_ranks_by_holm_can():
    """One series of twenty moves by 6 standard deviations: Holm's smallest p of ranks is 20 / 100."""
    scars = null_scars(12, np.inf)[:200].copy()
    scars[:, 0, -1] += 6.0
    found = np.array([romano_wolf(one[:, -1], one[:, :-1].T).p_value[0] for one in scars])
    assert np.mean(found <= LEVEL + 1e-12) > 0.99
    size = np.abs(scars)
    ranks = (size >= size[:, :, -1:]).mean(axis=2)
    assert min(holm(one).p_value.min() for one in ranks) == pytest.approx(0.2)


def test_two_dates_drawn_apart_hold_the_familywise_error_too():
    """Two clusters of ten series, all pairs of their 31 dates.

    One date at the top has 31 of the 961 combinations, two have 61 or 62, more than 5 %: a family is rejected where
    the largest of all is the true date of its cluster, one time in 31.
    """
    rng = np.random.default_rng(13)
    dates, rejected = 31, 0
    for _ in range(FAMILIES):
        common = rng.standard_normal((2, dates, 1))
        pools = np.sqrt(0.5) * (common + rng.standard_normal((2, dates, 10)))
        null = np.concatenate([np.repeat(pools[0], dates, axis=0), np.tile(pools[1], (dates, 1))], axis=1)
        rejected += romano_wolf(null[-1], null[:-1]).p_value.min() <= LEVEL
    assert abs(rejected / FAMILIES - 1 / dates) < tolerance(1 / dates)
