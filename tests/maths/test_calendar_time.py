"""The calendar-time portfolio: brute force day by day, what it collapses to, its size, and what it refuses."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.maths.calendar_time import MIN_COMMON, CalendarTime, calendar_time_t
from marketimpact.maths.outcome import Outcome

LEVEL = 0.05


def made_up(
    seed: int, pairs: int = 12, length: int = 60, sessions: int = 4, spread: int = 90
) -> CalendarTime:
    """Pairs some days apart, with days missing in both windows."""
    rng = np.random.default_rng(seed)
    begin = 100 + np.sort(rng.integers(0, spread, pairs)) // 2 * 2
    event = rng.standard_normal((pairs, sessions))
    event[rng.random(event.shape) < 0.1] = np.nan
    residuals = rng.standard_normal((pairs, length))
    residuals[rng.random(residuals.shape) < 0.02] = np.nan
    return CalendarTime(
        event, begin[:, None] + np.arange(sessions), residuals, begin[:, None] - length - 3 + np.arange(length),
        np.where(np.isfinite(residuals), -sessions / length, 0.0),
    )  # fmt: skip


def by_loops(sample: CalendarTime, k: int) -> tuple[float, float, int]:
    """Mean, standard error and days, in dictionaries."""
    members: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for i, (moves, days) in enumerate(zip(sample.event, sample.event_days, strict=True)):
        for move, day in zip(moves, days, strict=True):
            if np.isfinite(move):
                members[int(day)].append((i, float(move)))
    residual = [
        {int(day): e for day, e in zip(days, row, strict=True) if np.isfinite(e)}
        for days, row in zip(sample.estimation_days, sample.residuals, strict=True)
    ]
    z, parts = {}, defaultdict(list)
    for day, held in sorted(members.items()):
        common = set.intersection(*(set(residual[i]) for i, _ in held))
        if len(common) < MIN_COMMON:
            continue
        r = np.array([np.mean([residual[i][u] for i, _ in held]) for u in sorted(common)])
        s = np.sqrt(((r - r.mean()) ** 2).sum() / (len(r) - k))
        z[day] = np.mean([move for _, move in held]) / s
        for i, _ in held:
            parts[i].append(1 / (len(held) * s))
    total, mean = len(z), np.mean(list(z.values()))
    most = max(len(residual[i]) for i in parts)
    by_day = defaultdict(float)
    for day, value in z.items():
        by_day[day] += (value - mean) / np.sqrt(total * (total - 1))
    for i, own in parts.items():
        c = sum(own) / np.isfinite(sample.event[i]).sum() / total
        for u, (day, e) in enumerate(zip(sample.estimation_days[i], sample.residuals[i], strict=True)):
            if np.isfinite(e):
                by_day[int(day)] += c * sample.estimation_weights[i, u] * e * np.sqrt(most / (most - k))
    return float(mean), float(np.sqrt(sum(value**2 for value in by_day.values()))), total


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("k", [1, 3])
def test_day_by_day_in_dictionaries(seed, k):
    sample = made_up(seed)
    mean, error, days = by_loops(sample, k)
    found = calendar_time_t(sample, k, n_clusters=4)
    assert found.estimate == pytest.approx(mean, rel=1e-12)
    assert found.std_error == pytest.approx(error, rel=1e-12)
    assert found.statistic == pytest.approx(mean / error, rel=1e-12)
    assert found.df == days - 1
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(mean / error), days - 1), rel=1e-12)


def apart(seed: int, pairs: int = 12, length: int = 50) -> CalendarTime:
    """Pairs of one day each, far from one another, the error of whose fits is nothing."""
    rng = np.random.default_rng(seed)
    begin = 200 * np.arange(1, pairs + 1)
    return CalendarTime(
        rng.standard_normal((pairs, 1)), begin[:, None], rng.standard_normal((pairs, length)),
        begin[:, None] - 60 + np.arange(length), np.zeros((pairs, length)),
    )  # fmt: skip


def test_one_pair_a_day_is_the_t_of_standardized_moves():
    sample = apart(1)
    z = sample.event[:, 0] / sample.residuals.std(axis=1, ddof=1)
    expected = stats.ttest_1samp(z, 0.0)
    found = calendar_time_t(sample, 1, n_clusters=12)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-12)
    assert found.note == "12 event days, taken as independent"


def test_the_error_of_the_fits_is_what_theory_says():
    """One pair with a constant mean and L days: the variance grows by about L / T, as L + L^2 / T does."""
    rng, length, sessions = np.random.default_rng(3), 2_000, 40
    residuals = rng.standard_normal((1, length))
    days = np.arange(length)[None]
    event = rng.standard_normal((1, sessions))
    weights = np.full((1, length), -sessions / length)
    errors = [
        calendar_time_t(
            CalendarTime(event, 3_000 + np.arange(sessions)[None], residuals - residuals.mean(), days, one), 1,
            n_clusters=2,
        ).std_error
        for one in (weights, 0 * weights)
    ]  # fmt: skip
    added = errors[0] ** 2 - errors[1] ** 2
    assert added == pytest.approx(1 / length / residuals.var() * residuals.var(), rel=0.01)
    assert errors[1] ** 2 == pytest.approx(event.var(ddof=1) / residuals.var(ddof=1) / sessions, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(-500, 500))
def test_order_copies_and_dates_change_nothing(seed, move):
    sample = made_up(seed)
    plain = calendar_time_t(sample, 1, n_clusters=4)
    order = np.random.default_rng(seed).permutation(12)
    arrays = [
        getattr(sample, name)
        for name in ("event", "event_days", "residuals", "estimation_days", "estimation_weights")
    ]
    permuted = calendar_time_t(CalendarTime(*(one[order] for one in arrays)), 1, n_clusters=4)
    doubled = calendar_time_t(CalendarTime(*(np.repeat(one, 2, axis=0) for one in arrays)), 1, n_clusters=4)
    shifted = [one + move if "day" in name else one for name, one in zip(
        ("event", "event_days", "residuals", "estimation_days", "weights"), arrays, strict=True
    )]  # fmt: skip
    moved = calendar_time_t(CalendarTime(*shifted), 1, n_clusters=4)
    for other in (permuted, doubled, moved):
        assert other.applies == plain.applies
        if plain.applies:
            assert other.statistic == pytest.approx(plain.statistic, rel=1e-9)
            assert other.df == plain.df


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100.0))
def test_scale_cancels_and_the_sign_turns(seed, scale):
    sample = made_up(seed)
    plain = calendar_time_t(sample, 1, n_clusters=4)
    turned = calendar_time_t(
        CalendarTime(-scale * sample.event, sample.event_days, scale * sample.residuals, sample.estimation_days,
                     -sample.estimation_weights),
        1, n_clusters=4,
    )  # fmt: skip
    assert turned.applies == plain.applies
    if plain.applies:
        assert turned.statistic == pytest.approx(-plain.statistic, rel=1e-9)
        assert 0.0 <= turned.p_value <= 1.0


def test_what_is_refused():
    sample = apart(5)
    one = calendar_time_t(sample, 1, n_clusters=1)
    assert one.reason == "the days of one date cluster are one observation"
    four = CalendarTime(*(getattr(sample, name)[:4] for name in (
        "event", "event_days", "residuals", "estimation_days", "estimation_weights"
    )))  # fmt: skip
    assert calendar_time_t(four, 1, n_clusters=4).reason == "needs 5 event days or more, has 4"
    nothing = CalendarTime(
        np.full((12, 1), np.nan), sample.event_days, sample.residuals, sample.estimation_days, np.zeros((12, 50))
    )  # fmt: skip
    assert calendar_time_t(nothing, 1, n_clusters=0).reason == "no pair has a value"
    flat = CalendarTime(
        np.zeros((12, 1)), sample.event_days, sample.residuals, sample.estimation_days, np.zeros((12, 50))
    )  # fmt: skip
    assert calendar_time_t(flat, 1, n_clusters=12).reason == "the days do not vary"
    with pytest.raises(ValueError, match="read-only"):
        sample.event[0] = 0.0


def test_days_whose_pairs_share_too_little_are_said():
    """The deviation of a portfolio comes from days that all its pairs have."""
    sample = apart(6)
    late = sample.estimation_days.copy()
    late[0] += 25
    both = CalendarTime(
        np.vstack([sample.event, sample.event[:1]]), np.vstack([sample.event_days, sample.event_days[:1]]),
        np.vstack([sample.residuals, sample.residuals[:1]]), np.vstack([sample.estimation_days, late[:1]]),
        np.zeros((13, 50)),
    )  # fmt: skip
    found = calendar_time_t(both, 1, n_clusters=12)
    assert found.df == 10
    assert found.note.endswith("1 days are left out: their pairs share fewer than 30 estimation days")


# ---------------------------------------------------------------- size


def world(
    rng: np.random.Generator, clusters: int, members: int, spacing: int, sessions: int, *, rho: float = 0.5,
    length: int = 120, effect: float = 0.0,
) -> tuple[CalendarTime, np.ndarray]:  # fmt: skip
    """Clusters of instruments correlated rho, their windows some days apart; each fitted by its mean."""
    reach = max(30, (members - 1) * spacing + sessions + 5)
    begin = (length + 5 + reach * np.arange(clusters)[:, None] + spacing * np.arange(members)).ravel()
    n = begin.max() + sessions
    instrument = np.tile(np.arange(members), clusters)
    y = np.sqrt(rho) * rng.standard_normal(n) + np.sqrt(1 - rho) * rng.standard_normal((members, n))
    masked = np.zeros((members, n), dtype=bool)
    event_days = begin[:, None] + np.arange(sessions)
    days = begin[:, None] - length - 5 + np.arange(length)
    masked[instrument[:, None], event_days] = True
    kept = np.where(masked[instrument[:, None], days], np.nan, y[instrument[:, None], days])
    mean, used = np.nanmean(kept, axis=1, keepdims=True), np.isfinite(kept).sum(axis=1, keepdims=True)
    s = np.sqrt(np.nansum((kept - mean) ** 2, axis=1, keepdims=True) / (used - 1))
    event = (y[instrument[:, None], event_days] - mean + effect) / s
    weights = np.where(np.isfinite(kept), -sessions / used, 0.0)
    return CalendarTime(event, event_days, (kept - mean) / s, days, weights), event


def outcomes(draws: int, seed: int, **case: float) -> list[Outcome]:
    rng = np.random.default_rng(seed)
    return [calendar_time_t(world(rng, **case)[0], 1, n_clusters=2) for _ in range(draws)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("clusters", "members", "spacing", "sessions", "rho"),
    [
        (5, 6, 0, 1, 0.5),
        (5, 6, 0, 11, 0.8),
        (6, 5, 1, 11, 0.5),
        (2, 20, 1, 11, 0.5),
        (3, 10, 3, 11, 0.8),
        (20, 1, 0, 1, 0.0),
        (20, 1, 0, 11, 0.0),
    ],
)
def test_size_on_shared_dates_and_on_staggered_windows(clusters, members, spacing, sessions, rho):
    draws = 300
    case = {
        "clusters": clusters, "members": members, "spacing": spacing, "sessions": sessions, "rho": rho
    }  # fmt: skip
    found = np.mean([one.p_value < LEVEL for one in outcomes(draws, members, **case)])
    low, high = (3.7 * np.sqrt(p * (1 - p) / draws) for p in (0.035, 0.065))
    assert 0.035 - low < found < 0.065 + high


def test_pairs_taken_as_independent_would_reject_a_quarter():
    """The same staggered windows by a t over their sums."""
    rng = np.random.default_rng(8)
    sums = np.array([world(rng, 6, 5, 1, 11)[1].sum(axis=1) for _ in range(200)])
    assert np.mean(stats.ttest_1samp(sums, 0.0, axis=1).pvalue < LEVEL) > 0.15


def test_news_is_found():
    found = outcomes(100, 9, clusters=6, members=5, spacing=1, sessions=11, effect=0.4)
    assert np.mean([one.p_value < LEVEL for one in found]) > 0.8
