"""Standardized CARs at placebo dates, against one refit a window that leaves the window out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from marketimpact.maths import sample as sample_module
from marketimpact.maths.resample import placebo_scars
from marketimpact.maths.single_event import rank_with_refit
from tests.maths.brute import Series, make_series, scar_left_out

LENGTH, GAP = 30, 4


def scars_of(series: Series, starts: np.ndarray, sessions: int) -> np.ndarray:
    return placebo_scars(series.sample(starts, LENGTH), starts + LENGTH + GAP, sessions)


def one_by_one(series: Series, start: int, sessions: int) -> np.ndarray:
    """Each window of the estimation window, and the event's, against the refit on all the other rows."""
    event = start + LENGTH + GAP + np.arange(sessions)
    rows = np.append(np.arange(start, start + LENGTH), event)
    windows = [start + i + np.arange(sessions) for i in range(LENGTH - sessions + 1)]
    wanted = series.usable[event].sum()
    return np.array(
        [
            scar_left_out(series, rows, window) if 0 < series.usable[window].sum() == wanted else np.nan
            for window in [*windows, event]
        ]
    )


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("sessions", [1, 3])
@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_every_placebo_equals_a_refit_without_it(k, sessions, missing, gaps):
    series, starts = make_series(40 + k, 120, k, missing=missing, gaps=gaps), np.array([0, 17, 60])
    found = scars_of(series, starts, sessions)
    assert found.shape == (3, LENGTH - sessions + 2)
    for row, start in zip(found, starts, strict=True):
        np.testing.assert_allclose(row, one_by_one(series, start, sessions), rtol=1e-8, atol=1e-10)


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 5), st.floats(0.0, 0.25))
def test_any_placebo_equals_a_refit_without_it(seed, k, sessions, missing):
    series = make_series(seed, 60, k, missing=missing, gaps=missing)
    found = scars_of(series, np.array([0]), sessions)[0]
    np.testing.assert_allclose(found, one_by_one(series, 0, sessions), rtol=1e-7, atol=1e-9)


def test_one_session_of_a_constant_mean_by_hand():
    """Rows 0, 2, 4, 6: without 6 the rest has mean 2, s^2 = 4, T = 3: (6 - 2) / sqrt(4 (1 + 1/3))."""
    series = Series(np.array([0.0, 2.0, 4.0, 6.0]), np.ones((1, 4)), np.ones(4))
    found = placebo_scars(series.sample(np.array([0]), 3), np.array([3]), 1)[0]
    assert found[-1] == pytest.approx(4 / np.sqrt(16 / 3), rel=1e-13)
    assert found[0] == pytest.approx(-found[-1], rel=1e-13)


def test_one_session_is_a_studentised_residual():
    """The event's value is the t of its move against its own estimation window, whatever stands in the rest."""
    series = make_series(50, 120, 1)
    window, event = series.y[:LENGTH], series.y[LENGTH + GAP]
    wanted = (event - window.mean()) / (window.std(ddof=1) * np.sqrt(1 + 1 / LENGTH))
    assert scars_of(series, np.array([0]), 1)[0, -1] == pytest.approx(wanted, rel=1e-11)


def test_a_missing_event_has_no_placebo():
    series = make_series(51, 60, 2)
    series.y[LENGTH + GAP] = np.nan
    assert np.isnan(scars_of(series, np.array([0]), 1)).all()


def test_placebos_have_as_many_usable_moves_as_the_event():
    series = make_series(52, 60, 1)
    series.y[LENGTH + GAP + 1] = np.nan
    series.y[[10, 20]] = np.nan
    found = scars_of(series, np.array([0]), 3)[0]
    with_one_hole = [8, 9, 10, 18, 19, 20]
    assert np.flatnonzero(np.isfinite(found[:-1])).tolist() == with_one_hole
    assert np.isfinite(found[-1])


def test_too_few_rows_outside_the_window_leave_nothing():
    """Seven rows less a window of three are four, as many as parameters."""
    series = make_series(53, 10, 4)
    found = placebo_scars(series.sample(np.array([0]), 4), np.array([4]), 3)
    assert np.isnan(found).all()


def test_a_factor_that_moves_in_one_window_alone_has_no_fit_without_it():
    series = make_series(54, 60, 2)
    series.x[1] = 0.0
    series.x[1, [3, 5]] = 1.0
    found = scars_of(series, np.array([0]), 3)[0]
    assert np.flatnonzero(np.isnan(found)).tolist() == [3]


def test_the_size_of_a_chunk_changes_nothing(monkeypatch):
    series, starts = make_series(55, 160, 2, missing=0.1), np.arange(100)
    whole = scars_of(series, starts, 2)
    monkeypatch.setattr(sample_module, "CHUNK", 9)
    np.testing.assert_allclose(scars_of(series, starts, 2), whole, rtol=1e-9, atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(1e-3, 1e3), st.sampled_from([-1.0, 1.0]))
def test_placebos_have_no_unit(seed, sessions, scale, sign):
    series = make_series(seed, 60, 2, gaps=0.2)
    scaled = Series(series.y * scale * sign, series.x, series.v)
    plain = scars_of(series, np.array([0]), sessions)
    np.testing.assert_allclose(scars_of(scaled, np.array([0]), sessions), sign * plain, rtol=1e-6, atol=1e-9)


def test_each_placebo_of_normal_moves_is_a_t_with_the_degrees_of_freedom_left():
    """T = 30, L = 3, k = 1: T + L - L - k = 29 degrees of freedom at every place, edges and event alike."""
    rng = np.random.default_rng(56)
    n, sessions = 4_000, 3
    y = rng.standard_normal((n, LENGTH + sessions)).ravel()
    series = Series(y, np.ones((1, len(y))), np.ones(len(y)))
    starts = np.arange(n) * (LENGTH + sessions)
    found = placebo_scars(series.sample(starts, LENGTH), starts + LENGTH, sessions)
    rejected = (np.abs(found) > stats.t.isf(0.025, LENGTH - 1)).mean(axis=0)
    assert np.all(np.abs(rejected - 0.05) < 3.7 * np.sqrt(0.05 * 0.95 / n))


def test_the_rank_of_one_session_orders_alike_by_residual_and_by_placebo():
    """With a constant mean every row has one leverage, so the studentised order is the order of residuals."""
    series, starts = make_series(57, 200, 1), np.arange(100)
    sample = series.sample(starts, LENGTH)
    events = starts + LENGTH + GAP
    size = np.abs(placebo_scars(sample, events, 1))
    by_scar = (size >= size[:, -1:] * (1 - 1e-9)).sum(axis=1) / (LENGTH + 1)
    by_residual = rank_with_refit(sample, events).p_value
    np.testing.assert_allclose(by_scar, by_residual, rtol=1e-13)
