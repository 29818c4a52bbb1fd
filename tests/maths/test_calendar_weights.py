"""The correlation of sums with exact calendar weights: against pairs one by one, and closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.errors import InputError
from marketimpact.maths import calendar_weights
from marketimpact.maths.calendar_weights import (
    CalendarSample,
    MeanCorrelation,
    calendar_correlation,
    correlation_matrix,
    exact_weights,
    satterthwaite_df,
)

from .many_events import Study, correlation_by_pairs, study, windows

ROWS = ("residuals", "estimation_days", "estimation_weights", "event_days", "event_weights", "instrument")


def off_diagonal(matrix: np.ndarray) -> float:
    """Mean over i < j, summed entry by entry."""
    n = len(matrix)
    return sum(matrix[i, j] for i in range(n) for j in range(i + 1, n)) / (n * (n - 1) / 2)


def taken(sample: CalendarSample, rows: np.ndarray) -> CalendarSample:
    return CalendarSample(*(np.array(getattr(sample, name))[rows] for name in ROWS))


def made_up(
    seed: int, *, pairs: int = 14, total: int = 45, sessions: int = 4, missing: float = 0.1, k: int = 1
) -> Study:
    """Pairs of a few instruments on a few dates that move together, with sessions missing and spanned."""
    rng = np.random.default_rng(seed)
    instruments, length = 5, total + sessions + 60
    moves = rng.standard_normal((instruments, length)) + rng.standard_normal(length)
    moves[:, 1:] += 0.5 * rng.standard_normal(length)[:-1]
    moves[rng.random(moves.shape) < missing] = np.nan
    instrument = rng.integers(0, instruments, pairs)
    zero = total + np.sort(rng.choice([0, 1, 3, 8, 20, 40, 55], pairs))
    y, days = windows(moves, instrument, zero, total, sessions)
    # Days are no positions: weekends stand between them.
    days = (days[0] + 2 * (days[0] // 5), days[1] + 2 * (days[1] // 5))
    x = np.ones((k, *y.shape))
    if k > 1:
        factor = rng.standard_normal(length)
        x[1] = factor[zero[:, None] + np.arange(-total, sessions)]
    v = np.where(rng.random(y.shape) < 0.1, 1.4, 1.0)
    y[:, total] = np.where(np.isnan(y[:, total]), 0.5, y[:, total])  # no pair without any move in its window
    return study(y, x, days, instrument, v)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("lags", [0, 1])
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_date_sums_are_what_pairs_one_by_one_give(k, lags, missing):
    for seed in range(2):
        sample = made_up(seed, k=k, missing=missing).sample
        wanted = correlation_by_pairs(sample, k, lags=lags, least=20)
        np.testing.assert_allclose(
            correlation_matrix(sample, k, lags=lags, min_common=20), wanted, rtol=0, atol=1e-12
        )
        found = calendar_correlation(sample, k, lags=lags, min_common=20).raw
        assert found == pytest.approx(off_diagonal(wanted), abs=1e-12)


@pytest.mark.parametrize("lags", [0, 1])
@pytest.mark.parametrize("least", [30, 44, 200])
def test_pairs_with_few_common_sessions_take_their_instruments_correlation(lags, least):
    """At 44 most pairs lack them, at 200 the instruments too: they then count as fully correlated, or not at all."""
    for seed in range(2):
        sample = made_up(seed).sample
        wanted = correlation_by_pairs(sample, 1, lags=lags, least=least)
        np.testing.assert_allclose(
            correlation_matrix(sample, 1, lags=lags, min_common=least), wanted, rtol=0, atol=1e-12
        )
        found = calendar_correlation(sample, 1, lags=lags, min_common=least).raw
        assert found == pytest.approx(off_diagonal(wanted), abs=1e-12)
        if least > 30:
            bare = off_diagonal(correlation_by_pairs(sample, 1, lags=lags, least=least, instruments=False))
            assert abs(bare - found) > 1e-4, "the rule must have mattered here"


@pytest.mark.parametrize("lags", [0, 1])
def test_given_correlations_of_instruments_stand_in_for_those_of_the_estimation_windows(lags):
    """Every pair takes them at a threshold of 200; where they are unknown, full correlation or none."""
    sample = made_up(1).sample
    rng = np.random.default_rng(0)
    given_ones = rng.uniform(-0.5, 0.9, (1 + 2 * lags, 5, 5))
    given_ones[lags] = given_ones[lags] + given_ones[lags].T
    for lag in range(1, lags + 1):
        given_ones[lags - lag] = given_ones[lags + lag].T
    given_ones[:, 3, 1] = given_ones[:, 1, 3] = np.nan
    n = len(sample.instrument)
    wanted = np.zeros((n, n))
    weight = np.zeros((n, int(max(sample.event_days.max(), sample.estimation_days.max())) + 1))
    known = np.isfinite(sample.residuals)
    used = np.unique(
        np.concatenate([sample.estimation_days[known], sample.event_days[sample.event_weights != 0]])
    )
    for i in range(n):
        weight[i, sample.estimation_days[i][known[i]]] = sample.estimation_weights[i][known[i]]
        there = sample.event_weights[i] != 0
        weight[i, sample.event_days[i][there]] = sample.event_weights[i][there]
    weight = weight[:, used]
    weight /= np.linalg.norm(weight, axis=1, keepdims=True)
    for lag in range(-lags, lags + 1):
        later = np.zeros_like(weight)
        for s in range(weight.shape[1]):
            if 0 <= s + lag < weight.shape[1]:
                later[:, s] = weight[:, s + lag]
        overlap = weight @ later.T
        rho = given_ones[lags + lag][np.ix_(sample.instrument, sample.instrument)]
        rho = np.where(np.isnan(rho), np.where(overlap > 0.0, 1.0, 0.0), rho)
        same = sample.instrument[:, None] == sample.instrument
        wanted += np.where(same, 1.0 if lag == 0 else 0.0, rho) * overlap
    np.fill_diagonal(wanted, 1.0)
    options = {"lags": lags, "min_common": 200, "instruments": given_ones}
    np.testing.assert_allclose(correlation_matrix(sample, 1, **options), wanted, rtol=0, atol=1e-12)
    assert calendar_correlation(sample, 1, **options).raw == pytest.approx(off_diagonal(wanted), abs=1e-12)


def test_many_pairs_on_one_date_are_one_row_of_sums():
    """30 instruments of equal sessions on one date, a second date after it: groups, and sums within them."""
    rng = np.random.default_rng(1)
    moves = rng.standard_normal((30, 140)) + rng.standard_normal(140)
    instrument, zero = np.tile(np.arange(30), 2), np.repeat([120, 124], 30)
    y, days = windows(moves, instrument, zero, 100, 6)
    sample = study(y, np.ones((1, *y.shape)), days, instrument).sample
    for lags in (0, 1):
        wanted = off_diagonal(correlation_by_pairs(sample, 1, lags=lags))
        assert calendar_correlation(sample, 1, lags=lags).raw == pytest.approx(wanted, abs=1e-12)


def test_blocks_do_not_show(monkeypatch):
    sample = made_up(2, pairs=40).sample
    whole = calendar_correlation(sample, 1, lags=1).raw
    for name, value in (("BLOCK", 3), ("PARTNERS", 4), ("SPAN", 2)):
        monkeypatch.setattr(calendar_weights, name, value)
    assert calendar_correlation(sample, 1, lags=1).raw == pytest.approx(whole, abs=1e-13)


@given(st.integers(0, 50), st.randoms())
def test_the_order_of_the_pairs_does_not_change_a_bit(seed, random):
    sample = made_up(seed, pairs=9).sample
    order = list(range(9))
    random.shuffle(order)
    shuffled = taken(sample, np.array(order))
    assert calendar_correlation(shuffled, 1, lags=1).raw == calendar_correlation(sample, 1, lags=1).raw
    matrix = correlation_matrix(sample, 1)
    assert np.array_equal(correlation_matrix(shuffled, 1), matrix[np.ix_(order, order)])


def test_days_are_names_and_instruments_too():
    sample = made_up(3).sample
    renamed = replace(
        sample,
        estimation_days=sample.estimation_days * 7 + 100,
        event_days=sample.event_days * 7 + 100,
        instrument=100 - sample.instrument,
    )
    wanted = calendar_correlation(sample, 1, lags=1).raw
    assert calendar_correlation(renamed, 1, lags=1).raw == pytest.approx(wanted, abs=1e-13)


def test_exact_weights_have_the_exact_variance():
    """abs(a)^2 = sum v + x'(X'WX)^-1 x, here by numpy's inverse, of a design with spans and missing moves."""
    rng = np.random.default_rng(5)
    x, v = rng.standard_normal((2, 1, 50)), np.ones((1, 50))
    v[0, 4::6] = 1.5  # of the window's ten sessions two
    weighted = x[:, :, :40] / np.sqrt(v[:, :40])
    inverse = np.linalg.inv(weighted[:, 0] @ weighted[:, 0].T)
    x_event = np.moveaxis(x[:, :, 40:], 0, -1)
    a, b = exact_weights(x_event, v[:, 40:], weighted, inverse[None])
    summed = x_event[0].sum(axis=0)
    wanted = v[0, 40:].sum() + summed @ inverse @ summed
    assert (a**2).sum() + (b**2).sum() == pytest.approx(wanted, rel=1e-12)
    # And the weighted sum of weighted moves is the abnormal move itself.
    y = rng.standard_normal(50)
    params = inverse @ weighted[:, 0] @ (y[:40] / np.sqrt(v[0, :40]))
    car = (y[40:] - x_event[0] @ params).sum()
    scaled = y / np.sqrt(v[0])
    assert a[0] @ scaled[:40] + b[0] @ scaled[40:] == pytest.approx(car, rel=1e-10)


def test_weights_of_a_constant_mean_by_hand():
    """T = 4, L = 2: -L/T on each estimation session, 1 on each event session, L + L^2/T = 3 in all."""
    a, b = exact_weights(np.ones((1, 2, 1)), np.ones((1, 2)), np.ones((1, 1, 4)), np.full((1, 1, 1), 0.25))
    assert a.tolist() == [[-0.5] * 4]
    assert b.tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize("apart", [0, 1, 4, 10, 11, 30])
def test_without_parameter_error_the_weights_are_overlap_shares(apart):
    """Two windows of L sessions, d apart, one estimation window: rho max(0, L - d) / L."""
    rng = np.random.default_rng(apart)
    total, length = 60, 11
    e = rng.standard_normal((2, total)) + rng.standard_normal(total)
    e /= np.sqrt((e**2).sum(axis=1, keepdims=True) / (total - 1))
    estimation = np.tile(np.arange(total), (2, 1))
    event = 100 + np.array([[0], [apart]]) + np.arange(length)
    sample = CalendarSample(
        e, estimation, np.zeros((2, total)), event, np.ones((2, length)), np.array([0, 1])
    )
    rho = e[0] @ e[1] / (total - 1)
    wanted = rho * max(0, length - apart) / length
    assert calendar_correlation(sample, 1).raw == pytest.approx(wanted, abs=1e-14)


def test_windows_of_one_instrument_by_hand():
    """Constant mean, T = 4, L = 1, the second window right after the first.

    a_1 = (-1/4, -1/4, -1/4, -1/4, 1, 0), a_2 = (0, -1/4, -1/4, -1/4, -1/4, 1): a_1.a_2 = 3/16 - 1/4 = -1/16, over 5/4.
    """
    rng = np.random.default_rng(0)
    y, days = windows(rng.standard_normal((1, 6)), np.zeros(2, dtype=int), np.array([4, 5]), 4, 1)
    sample = study(y, np.ones((1, *y.shape)), days, np.zeros(2, dtype=int)).sample
    found = calendar_correlation(sample, 1)
    assert found.raw == pytest.approx(-0.05, abs=1e-14)
    assert found.r == 0.0
    assert "negative" in found.note
    assert "set to 0" in found.note


def test_the_correlation_is_a_correlation_and_no_inner_product():
    """Residuals in other units leave r as it is: an un-normalised inner product grows with their square."""
    rng = np.random.default_rng(3)
    moves = rng.standard_normal((8, 140)) + rng.standard_normal(140)
    scale = 10.0 ** rng.integers(-4, 4, 8)
    found = []
    for factor in (np.ones(8), scale):
        y, days = windows(moves * factor[:, None], np.arange(8), 120 + np.arange(8), 120, 5)
        found.append(calendar_correlation(study(y, np.ones((1, *y.shape)), days, np.arange(8)).sample, 1).raw)
    assert found[1] == pytest.approx(found[0], rel=1e-10)
    assert 0.0 < found[0] < 1.0


def test_one_date_and_one_window_give_the_mean_correlation_of_residuals():
    """All on one date: numpy's corrcoef of the residuals, whatever the window's length."""
    rng = np.random.default_rng(4)
    moves = rng.standard_normal((12, 140)) + rng.standard_normal(140)
    for sessions in (1, 11):
        y, days = windows(moves, np.arange(12), np.full(12, 120), 120, sessions)
        found = study(y, np.ones((1, *y.shape)), days, np.arange(12))
        wanted = off_diagonal(np.corrcoef(found.residuals))
        assert calendar_correlation(found.sample, 1).raw == pytest.approx(wanted, abs=1e-13)


def test_an_asynchronous_close_is_seen_at_a_lag():
    """One instrument repeats the other a session later: no correlation of windows at lag 0, (L - 1)/L at lag 1."""
    rng = np.random.default_rng(6)
    news = rng.standard_normal(2_030)
    moves = np.stack([news[1:], news[:-1]])
    y, days = windows(moves, np.arange(2), np.full(2, 2_000), 2_000, 10)
    sample = study(y, np.ones((1, *y.shape)), days, np.arange(2)).sample
    assert abs(calendar_correlation(sample, 1).raw) < 0.1
    assert calendar_correlation(sample, 1, lags=1).raw == pytest.approx(0.9, abs=0.12)
    wanted = correlation_by_pairs(sample, 1, lags=1)[0, 1]
    assert calendar_correlation(sample, 1, lags=1).raw == pytest.approx(wanted, abs=1e-12)


def test_a_window_that_begins_the_day_after_another_ends_touches_it_at_a_lag(monkeypatch):
    """Weights (1, 1, 2) and then (3, 0, 1): 2 x 3 over sqrt(6) sqrt(10), times the correlation a session later."""
    days = np.array([[0, 1], [3, 4]])
    weights, event = np.array([[1.0, 1.0], [3.0, 0.0]]), np.array([[2.0], [1.0]])
    sample = CalendarSample(np.ones((2, 2)), days, weights, days[:, 1:] + 1, event, np.arange(2))
    later = np.zeros((3, 2, 2))
    later[2, 0, 1] = later[0, 1, 0] = 0.5
    wanted = 0.5 * 6.0 / np.sqrt(60.0)
    for rows in (calendar_weights.BLOCK, 1):
        monkeypatch.setattr(calendar_weights, "BLOCK", rows)
        assert calendar_correlation(sample, 1, lags=1, instruments=later).raw == pytest.approx(
            wanted, rel=1e-12
        )
        assert calendar_correlation(sample, 1).raw == 0.0


def test_degrees_of_freedom_by_hand():
    """G dates of m pairs that repeat one another have G - 1; equally correlated pairs have N - 1 all the same."""
    assert satterthwaite_df(np.eye(7)) == pytest.approx(6.0, rel=1e-12)
    assert satterthwaite_df(np.kron(np.eye(5), np.ones((6, 6)))) == pytest.approx(4.0, rel=1e-12)
    equal = np.full((8, 8), 0.3) + 0.7 * np.eye(8)
    assert satterthwaite_df(equal) == pytest.approx(7.0, rel=1e-12)
    assert np.isnan(satterthwaite_df(np.ones((4, 4))))
    projection = np.eye(6) - 1 / 6
    matrix = np.cov(np.random.default_rng(0).standard_normal((6, 50)))
    wanted = np.trace(projection @ matrix) ** 2 / np.trace(projection @ matrix @ projection @ matrix)
    assert satterthwaite_df(matrix) == pytest.approx(wanted, rel=1e-12)


def test_degrees_of_freedom_are_given_where_they_are_asked_for():
    sample = made_up(7).sample
    assert np.isnan(calendar_correlation(sample, 1).df)
    wanted = satterthwaite_df(correlation_matrix(sample, 1))
    assert calendar_correlation(sample, 1, degrees=True).df == wanted


def test_one_pair_has_no_correlation():
    sample = taken(made_up(1).sample, np.array([0]))
    found = calendar_correlation(sample, 1)
    assert np.isnan(found.raw)
    assert np.isnan(found.r)
    assert found.note
    assert MeanCorrelation(0.2).r == 0.2


def test_errors_say_what_to_do(monkeypatch):
    sample = made_up(1).sample
    with pytest.raises(InputError, match="leave the others out"):
        replace(sample, event_weights=np.zeros(sample.event_weights.shape))
    for wrong in (np.eye(5), np.ones((3, 5, 5)), np.ones((1, 4, 4))):
        with pytest.raises(InputError, match="a row for every instrument"):
            calendar_correlation(sample, 1, instruments=wrong)
    monkeypatch.setattr(calendar_weights, "DENSE", 3)
    with pytest.raises(InputError, match="the mean correlation needs no list"):
        correlation_matrix(sample, 1)


def test_a_sample_is_a_value():
    sample = made_up(1).sample
    assert sample == made_up(1).sample
    with pytest.raises(ValueError, match="read-only"):
        sample.residuals[0, 0] = 1.0
