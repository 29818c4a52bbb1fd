"""The correlation of very many pairs by sums over instruments and days: against pairs one by one, and its size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.errors import InputError
from marketimpact.maths import calendar_weights
from marketimpact.maths.calendar_sums import MANY_PAIRS, CalendarSums, instrument_correlation
from marketimpact.maths.calendar_weights import CalendarSample, MeanCorrelation, calendar_correlation
from marketimpact.maths.over_events import adjusted_patell_z, kolari_pynnonen_t

from .many_events import Study, study, windows
from .test_calendar_weights import made_up, taken
from .test_over_events_size import gate, simulate, together

NEVER = 10**6
"""Common sessions that no two pairs have: every pair takes its instruments' correlation."""


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Two pairs are many."""
    monkeypatch.setattr(calendar_weights, "MANY_PAIRS", 1)
    return monkeypatch


def by_sessions(sample: CalendarSample, least: int, lags: int) -> np.ndarray:
    """Correlations of instruments in loops over dictionaries of sessions; NaN where unknown."""
    known = np.isfinite(sample.residuals)
    every = np.unique(
        np.concatenate([sample.estimation_days[known], sample.event_days[sample.event_weights != 0]])
    )
    place = {int(day): i for i, day in enumerate(every)}
    count = int(sample.instrument.max()) + 1
    means: list[dict[int, float]] = []
    for one in range(count):
        values: dict[int, list[float]] = {}
        for row in np.flatnonzero(sample.instrument == one):
            for s in np.flatnonzero(known[row]):
                values.setdefault(place[int(sample.estimation_days[row, s])], []).append(
                    sample.residuals[row, s]
                )
        means.append({s: sum(r) / len(r) for s, r in values.items()})
    rho = np.full((1 + 2 * lags, count, count), np.nan)
    for lag in range(-lags, lags + 1):
        for i, one in enumerate(means):
            for j, other in enumerate(means):
                common = [s for s in one if s + lag in other]
                if len(common) >= least:
                    top = sum(one[s] * other[s + lag] for s in common)
                    below = sum(one[s] ** 2 for s in common) * sum(other[s + lag] ** 2 for s in common)
                    rho[lags + lag, i, j] = top / np.sqrt(below)
    return rho


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("lags", [0, 1, 2])
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_sums_are_what_pairs_with_their_instruments_correlation_give(many, k, lags, missing):
    """Both the correlations, taken from all sessions, and the sum over pairs, of weights of either sign."""
    for seed in range(3):
        sample = made_up(seed, pairs=40, k=k, missing=missing).sample
        rho = by_sessions(sample, 20, lags)
        assert np.isfinite(rho).all()
        found = calendar_correlation(sample, k, lags=lags, min_common=20)
        assert "of instruments" in found.note or found.raw < 0.0
        many.setattr(calendar_weights, "MANY_PAIRS", MANY_PAIRS)
        wanted = calendar_correlation(sample, k, lags=lags, min_common=NEVER, instruments=rho)
        many.setattr(calendar_weights, "MANY_PAIRS", 1)
        assert found.raw == pytest.approx(wanted.raw, abs=1e-13)
        assert calendar_correlation(sample, k, lags=lags, instruments=rho).raw == pytest.approx(
            wanted.raw, abs=1e-13
        )


def test_unknown_correlations_count_as_complete_where_that_makes_the_mean_larger(many):
    """Pairs of two instruments are taken together: all of them count as one, or none does."""
    sample = made_up(3).sample
    rho = np.zeros((1, 5, 5))
    rho[0, 1, 2] = rho[0, 2, 1] = rho[0, 0, 4] = rho[0, 4, 0] = np.nan
    found = calendar_correlation(sample, 1, instruments=rho).raw
    raws = []
    for one in (0.0, 1.0):
        for other in (0.0, 1.0):
            rho[0, 1, 2] = rho[0, 2, 1] = one
            rho[0, 0, 4] = rho[0, 4, 0] = other
            raws.append(calendar_correlation(sample, 1, instruments=rho).raw)
    assert len(set(raws)) == 4
    assert found == pytest.approx(max(raws), abs=1e-14)
    # Without any session in common nothing is known, and everything that overlaps counts in full.
    unknown = calendar_correlation(sample, 1, min_common=NEVER).raw
    assert unknown > calendar_correlation(sample, 1, min_common=20).raw


@given(st.integers(0, 50), st.randoms())
def test_the_order_of_the_pairs_does_not_change_a_bit(seed, random):
    """Also of pairs that are one another's copies, or differ in a residual alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calendar_weights, "MANY_PAIRS", 1)
        rows = np.concatenate([np.arange(9), [0, 0, 1]])
        sample = taken(made_up(seed, pairs=9).sample, rows)
        changed = sample.residuals.copy()
        at = int(np.flatnonzero(np.isfinite(changed[10]))[5])
        changed[10, at] += 0.25
        sample = replace(sample, residuals=changed)
        order = list(range(12))
        random.shuffle(order)
        shuffled = taken(sample, np.array(order))
        assert calendar_correlation(shuffled, 1, lags=1).raw == calendar_correlation(sample, 1, lags=1).raw


def test_pairs_that_come_in_parts_are_pairs_that_come_at_once():
    sample = made_up(4, pairs=40).sample
    names, days = 5, int(sample.event_days.max()) + 1
    whole, parts = CalendarSums(names, days), CalendarSums(names, days)
    whole.add(sample)
    for rows in np.array_split(np.arange(40), 7):
        parts.add(taken(sample, rows))
    for lags in (0, 1):
        assert parts.correlation(20, lags=lags).raw == pytest.approx(
            whole.correlation(20, lags=lags).raw, abs=1e-14
        )
    assert parts.pairs == 40
    assert np.isnan(CalendarSums(names, days).correlation(20).raw)


def test_a_correlation_of_instruments_is_numpys():
    rng = np.random.default_rng(0)
    u = rng.standard_normal((6, 200)) + rng.standard_normal(200)
    u -= u.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(instrument_correlation(u, np.ones(u.shape), 30), np.corrcoef(u), atol=1e-13)
    assert np.isnan(instrument_correlation(u, np.ones(u.shape), 201)).all()
    later = instrument_correlation(u, np.ones(u.shape), 30, 1)
    wanted = u[2, :-1] @ u[4, 1:] / np.linalg.norm(u[2, :-1]) / np.linalg.norm(u[4, 1:])
    assert later[2, 4] == pytest.approx(wanted, abs=1e-14)
    np.testing.assert_allclose(instrument_correlation(u, np.ones(u.shape), 30, -1), later.T, atol=1e-14)


def test_a_negative_mean_is_set_to_zero_and_said(many):
    rho = np.full((1, 5, 5), -0.3)
    found = calendar_correlation(made_up(5).sample, 1, instruments=rho)
    assert found.raw < 0.0
    assert found.r == 0.0
    assert "negative" in found.note
    with pytest.raises(InputError, match="not a matrix for every lag"):
        calendar_correlation(made_up(5).sample, 1, instruments=rho[:, :3])


def both(sample: CalendarSample, patch: pytest.MonkeyPatch) -> tuple[float, float]:
    """The mean correlation pair by pair, and of instruments."""
    found = []
    for many_pairs in (MANY_PAIRS, 1):
        patch.setattr(calendar_weights, "MANY_PAIRS", many_pairs)
        found.append(calendar_correlation(sample, 1).raw)
    return found[0], found[1]


def test_many_pairs_agree_with_pairs_one_by_one(monkeypatch):
    """400 pairs of 30 instruments on 60 days: 1 + (N - 1) r differs by 2 %, where it varies by 6 % over samples."""
    found = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        moves = together(seed, 1, 30, 200, 0.4)
        zero = np.sort(rng.integers(120, 180, 400))
        found.append(both(simulate(moves, rng.integers(0, 30, 400), zero, 120, 11).sample, monkeypatch))
    one, other = 1.0 + 399 * np.array(found).T
    assert one.min() > 5.0
    np.testing.assert_allclose(other, one, rtol=0.06)
    assert -0.01 < (other / one).mean() - 1.0 < 0.03
    assert (other / one).std() < 0.03 < one.std() / one.mean()


def rates(found: Study, draws: int, patch: pytest.MonkeyPatch, df: float = np.nan) -> dict[str, float]:
    """Rejections at 5 % with the correlation of instruments, and how often they agree with pairs one by one."""
    patch.setattr(calendar_weights, "MANY_PAIRS", 1)
    scar, degrees = found.scar.reshape(draws, -1), found.df.reshape(draws, -1)
    counts = np.zeros(2)
    for i, sample in enumerate(found.draws(draws)):
        r = MeanCorrelation(calendar_correlation(sample, 1).raw, df)
        counts += [
            kolari_pynnonen_t(scar[i], r).p_value < 0.05,
            adjusted_patell_z(scar[i], degrees[i], r).p_value < 0.05,
        ]
    return dict(zip(("kp", "adjusted"), counts / draws, strict=True))


@pytest.mark.parametrize(("apart", "length"), [(1, 1), (1, 11), (3, 11), (11, 11)])
def test_size_of_staggered_windows(monkeypatch, apart, length):
    """rho = .5, N = 20, T = 120: as pairs one by one hold it."""
    draws, pairs = 500, 20
    moves = together(20 + apart, draws, pairs, 131 + apart * pairs, 0.5)
    found = simulate(moves, np.arange(pairs), 120 + apart * np.arange(pairs), 120, length)
    for rate in rates(found, draws, monkeypatch).values():
        gate(rate, draws)


def test_size_of_one_instrument_with_many_events(monkeypatch):
    """20 windows of 11 sessions, 20 apart, none of which enters any estimation: pair by pair it is the same number."""
    draws, length = 500, 11
    zero = 120 + 20 * np.arange(20)
    sessions = int(zero.max()) + length
    inside = np.zeros(sessions, dtype=bool)
    inside[zero[:, None] + np.arange(length)] = True
    moves = np.random.default_rng(31).standard_normal((draws, sessions))
    y, days = windows(moves, np.repeat(np.arange(draws), 20), np.tile(zero, draws), 120, length)
    y[:, :120][inside[days[0]]] = np.nan
    found = study(y, np.ones((1, *y.shape)), days, np.zeros(20 * draws, dtype=int))
    one, other = both(found.draws(draws)[0], monkeypatch)
    assert one == pytest.approx(other, abs=1e-14)
    for rate in rates(found, draws, monkeypatch).values():
        gate(rate, draws)


def test_size_of_five_dates_of_six_instruments(monkeypatch):
    """rho = .8, with the dates' own number less one as degrees of freedom, as above 5,000 pairs."""
    draws = 500
    moves = together(41, draws, 6, 271, 0.8)
    found = simulate(moves, np.tile(np.arange(6), 5), np.repeat(120 + 30 * np.arange(5), 6), 120, 1)
    for rate in rates(found, draws, monkeypatch, 4.0).values():
        gate(rate, draws)


def test_size_of_unequal_correlations(monkeypatch):
    """Loadings from .2 to .95 on one factor; windows a session apart."""
    draws, pairs = 500, 20
    rng = np.random.default_rng(51)
    load = np.linspace(0.2, 0.95, pairs)[:, None]
    moves = load * rng.standard_normal((draws, 1, 151)) + np.sqrt(1 - load**2) * rng.standard_normal(
        (draws, pairs, 151)
    )
    found = simulate(moves, np.arange(pairs), 120 + np.arange(pairs), 120, 11)
    for rate in rates(found, draws, monkeypatch).values():
        gate(rate, draws)
