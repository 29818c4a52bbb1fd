"""The rank of an event's move among ordinary residuals, against one refit at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.maths import sample as sample_module
from marketimpact.maths.sample import Sample
from marketimpact.maths.single_event import Ranks, rank_with_refit
from tests.maths.brute import Series, fit_one, make_series

LENGTH, GAP = 25, 3


def ranks_of(series: Series, starts: np.ndarray) -> Ranks:
    return rank_with_refit(series.sample(starts, LENGTH), starts + LENGTH + GAP)


def rank_one(series: Series, start: int) -> tuple[float, float]:
    """Refit on the estimation window and the event, and count by hand."""
    event = start + LENGTH + GAP
    if not series.usable[event]:
        return np.nan, np.nan
    size = np.abs(fit_one(series, np.append(np.arange(start, start + LENGTH), event)).residuals)
    ties = np.isclose(size, size[-1], rtol=1e-9, atol=0)
    return np.count_nonzero((size > size[-1]) | ties) / len(size), 1 / len(size)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0.0, 0.3), st.floats(0.0, 0.4))
def test_ranks_equal_one_refit_at_a_time(seed, k, missing, gaps):
    series, starts = make_series(seed, 80, k, missing=missing, gaps=gaps), np.array([0, 11, 40])
    ranks = ranks_of(series, starts)
    wanted = np.array([rank_one(series, start) for start in starts])
    np.testing.assert_allclose(ranks.p_value, wanted[:, 0], rtol=1e-13)
    np.testing.assert_allclose(ranks.p_floor, wanted[:, 1], rtol=1e-13)
    known = np.isfinite(ranks.p_value)
    assert np.all(ranks.p_value[known] >= ranks.p_floor[known])
    assert np.all(ranks.p_value[known] <= 1.0)


def test_the_largest_move_reaches_the_floor_and_no_less():
    series = make_series(1, 60, 2)
    series.y[LENGTH + GAP] = 1.0
    ranks = ranks_of(series, np.array([0]))
    assert ranks.p_value.tolist() == ranks.p_floor.tolist() == [1 / (LENGTH + 1)]


def test_ties_count_against_the_event():
    """The event's 2 stands beside another 2 and one -2 about a mean of 0: three of the largest size."""
    y = np.zeros(LENGTH + GAP + 1)
    y[:4], y[-1] = [2.0, -2.0, -1.0, -1.0], 2.0
    y[4] = -y[:4].sum() - y[-1]
    series = Series(y, np.ones((1, len(y))), np.ones(len(y)))
    ranks = ranks_of(series, np.array([0]))
    assert y[[*range(LENGTH), -1]].mean() == 0.0
    assert y[4] == 0.0
    assert ranks.p_value[0] == pytest.approx(3 / (LENGTH + 1), rel=1e-14)


def test_a_tie_that_rounding_splits_is_a_tie():
    """Thirteen moves and their mirror images about 0.1: the event's image is as large as the event."""
    for seed in range(200):
        half = np.random.default_rng(seed).normal(0.0, 0.01, (LENGTH + 1) // 2)
        y = 0.1 + np.concatenate([-half, np.zeros(GAP), half])
        y = np.concatenate([y[: len(half)], y[len(half) + GAP : -1], np.zeros(GAP), y[-1:]])
        p = ranks_of(Series(y, np.ones((1, len(y))), np.ones(len(y))), np.array([0])).p_value[0]
        wanted = 2 * np.count_nonzero(np.abs(half) >= abs(half[-1])) / (LENGTH + 1)
        assert p == pytest.approx(wanted, rel=1e-12)


def test_an_event_that_moves_by_nothing_has_the_largest_p_of_a_frozen_series():
    series = Series(np.zeros(LENGTH + GAP + 1), np.ones((1, LENGTH + GAP + 1)), np.ones(LENGTH + GAP + 1))
    assert ranks_of(series, np.array([0])).p_value.tolist() == [1.0]


def test_a_missing_event_has_no_rank():
    series = make_series(3, 60, 2)
    series.x[1, LENGTH + GAP] = np.nan
    ranks = ranks_of(series, np.array([0, 1]))
    assert np.isnan(ranks.p_value).tolist() == np.isnan(ranks.p_floor).tolist() == [True, False]


def test_missing_estimation_moves_raise_the_floor():
    series = make_series(4, 60, 2)
    series.y[:5] = np.nan
    assert ranks_of(series, np.array([0])).p_floor.tolist() == [1 / (LENGTH - 5 + 1)]


def test_the_gap_between_window_and_event_does_not_enter():
    series = make_series(5, 60, 2)
    before = ranks_of(series, np.array([0]))
    series.y[LENGTH : LENGTH + GAP] = 99.0
    assert ranks_of(series, np.array([0])).p_value.tolist() == before.p_value.tolist()


def test_a_spanned_move_is_judged_by_its_own_variance():
    """The same move is less unusual when it covers four sessions than when it covers one."""
    series = make_series(6, 60, 1)
    event = LENGTH + GAP
    series.y[event] = 2.2 * series.y[:LENGTH].std()
    plain = ranks_of(series, np.array([0])).p_value[0]
    series.v[event] = 4.0
    assert ranks_of(series, np.array([0])).p_value[0] > plain


@given(st.integers(0, 2**32 - 1), st.floats(-5, 5), st.floats(1e-3, 1e3), st.sampled_from([-1.0, 1.0]))
def test_ranks_follow_neither_shift_nor_unit_nor_sign(seed, shift, scale, sign):
    series = make_series(seed, 60, 2, gaps=0.2)
    changed = Series((series.y + shift * series.x[1]) * scale * sign, series.x, series.v)
    assert (
        ranks_of(changed, np.array([0])).p_value.tolist() == ranks_of(series, np.array([0])).p_value.tolist()
    )


def test_the_size_of_a_chunk_changes_nothing(monkeypatch):
    series, starts = make_series(7, 200, 3, missing=0.1), np.arange(100)
    whole = ranks_of(series, starts)
    monkeypatch.setattr(sample_module, "CHUNK", 9)
    parts = ranks_of(series, starts)
    np.testing.assert_array_equal(parts.p_value, whole.p_value)
    np.testing.assert_array_equal(parts.p_floor, whole.p_floor)


def test_rows_are_the_window_then_the_event():
    known = np.full(20, True)
    sample = Sample(np.arange(20.0), np.ones((1, 20)), np.ones(20), known, known, np.array([0, 5]), 3)
    rows = sample.rows(slice(None), np.array([10, 15]), 2)
    assert rows.y.tolist() == [[0, 1, 2, 10, 11], [5, 6, 7, 15, 16]]
