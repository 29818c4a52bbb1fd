"""All tests over events from long arrays, part by part: against the same tests of rows gathered one by one."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass, fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.maths import event_rows, event_scan
from marketimpact.maths import over_events as means
from marketimpact.maths import rank_tests as ranks
from marketimpact.maths import sign_tests as signs
from marketimpact.maths.abnormal import abnormal_moves, cumulate
from marketimpact.maths.calendar_weights import CalendarSample, MeanCorrelation, calendar_correlation
from marketimpact.maths.closed_form import PairSums, closed_form
from marketimpact.maths.event_layout import event_layout
from marketimpact.maths.event_rows import Windows
from marketimpact.maths.least_squares import fit_windows, weigh
from marketimpact.maths.outcome import Outcome
from marketimpact.maths.sample import Sample

T, GAP, SESSIONS = 60, 3, 7
"""Estimation moves, sessions between them and the event window, and sessions of the latter."""


@dataclass
class World:
    """Windows of many events in long arrays, and the raw arrays."""

    windows: Windows
    pairs: PairSums
    y: np.ndarray
    x: np.ndarray
    v: np.ndarray
    quiet: np.ndarray


def world(
    seed: int,
    events: int = 40,
    *,
    series: int = 6,
    length: int = 300,
    missing: float = 0.03,
    window: tuple[int, int] = (2, 4),
) -> World:
    """A factor and series that load on it, some moves missing, zero or spanning two sessions; events anywhere."""
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal(length)
    y = rng.standard_normal((series, length)) + 0.8 * factor
    quiet = rng.random(y.shape) < 0.05
    y[quiet] = 0.0
    y[rng.random(y.shape) < missing] = np.nan
    v = np.where(rng.random(y.shape) < 0.1, 1.5, 1.0).ravel()
    x = np.stack([np.ones(y.size), np.tile(factor, series)])
    y, quiet = y.ravel(), quiet.ravel()
    instrument = rng.integers(0, series, events)
    session = rng.choice(np.arange(T + GAP, length - SESSIONS), events)
    begin = instrument * length + session
    wy, wx, usable = weigh(y, x, v)
    sample = Sample(wy, wx, v, usable, usable, begin - GAP - T, T)
    fit = fit_windows(wy, wx, usable, sample.starts, T)
    abnormal = abnormal_moves(y, x, v, begin, (0, SESSIONS - 1), fit)
    lengths = np.full(events, window[1] - window[0] + 1)
    sums = cumulate(abnormal, fit, [(np.array(window[0]), np.array(window[1]))])
    s = np.sqrt(fit.sigma2)[:, None]
    days = np.tile(np.arange(length) + 2 * (np.arange(length) // 5), series)
    windows = Windows(
        sample, fit.params, fit.xtx_inv, s, begin, SESSIONS, window[0], lengths, days, quiet, instrument, 2
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        event = abnormal.ar / (s * np.sqrt(abnormal.v))
    inside = begin[:, None] + np.arange(window[0], window[1] + 1)
    still = np.all(quiet[inside] | np.isnan(y[inside]), axis=1)
    pairs = PairSums(sums.car[:, 0], sums.scar[:, 0], fit.df, sums.sessions[:, 0] == lengths[0], still, event)
    return World(windows, pairs, y, x, v, quiet)


def one_by_one(made: World, k: int = 2) -> tuple[dict[str, np.ndarray], CalendarSample]:
    """Rows of every pair by lstsq, in a loop."""
    w = made.windows
    out: dict[str, list[np.ndarray]] = {name: [] for name in ("residuals", "moves", "event", "quiet")}
    calendar: list[list[np.ndarray]] = []
    for i, begin in enumerate(w.begin):
        at = np.arange(begin - GAP - T, begin - GAP)
        known = np.isfinite(made.y[at])
        root = np.sqrt(made.v[at])
        left, right = (made.x[:, at] / root)[:, known].T, (made.y[at] / root)[known]
        b = np.linalg.lstsq(left, right, rcond=None)[0]
        e = right - left @ b
        s = np.sqrt(e @ e / (known.sum() - k))
        residuals = np.full(T, np.nan)
        residuals[known] = e / s
        on = begin + np.arange(SESSIONS)
        ar = made.y[on] - made.x[:, on].T @ b
        inside = np.zeros(SESSIONS, dtype=bool)
        inside[w.first : w.first + w.lengths[i]] = True
        inside &= np.isfinite(ar)
        weights = np.zeros(T)
        summed = made.x[:, on][:, inside].sum(axis=1)
        weights[known] = -left @ np.linalg.inv(left.T @ left) @ summed
        out["residuals"].append(residuals)
        out["moves"].append(residuals * s * root)
        out["event"].append(ar / s / np.sqrt(made.v[on]))
        out["quiet"].append(made.quiet[at])
        calendar.append([
            residuals, w.days[at], weights, w.days[on], np.where(inside, np.sqrt(made.v[on]), 0.0), w.instrument[i]
        ])  # fmt: skip
    return {name: np.array(rows) for name, rows in out.items()}, CalendarSample(
        *(np.array(column) for column in zip(*calendar, strict=True))
    )


def wanted(made: World, r: MeanCorrelation) -> dict[str, Outcome]:
    """Every test on whole arrays of rows."""
    rows, _ = one_by_one(made)
    p, w, length = made.pairs, made.pairs.whole, int(made.windows.lengths[0])
    columns = (made.windows.first, made.windows.first + length - 1)
    shares = signs.positive_share(rows["moves"][w], sessions=length, still=rows["quiet"][w])
    common = {"window": columns, "correlation": r.r}
    outcomes = (
        means.cross_sectional_t(p.car),
        means.skewness_adjusted_t(p.car),
        means.crude_dependence_t(p.car[w], rows["moves"][w], length, k=2),
        means.patell_z(p.scar, p.df),
        means.adjusted_patell_z(p.scar, p.df, r),
        means.bmp_t(p.scar),
        means.kolari_pynnonen_t(p.scar, r),
        signs.sign_test(p.car, still=p.still),
        signs.generalized_sign(p.car[w], shares, still=p.still[w]),
        signs.wilcoxon_signed_rank(p.car, still=p.still),
        ranks.corrado_rank(rows["residuals"][w], rows["event"][w], **common),
        ranks.corrado_zivney_rank(rows["residuals"][w], rows["event"][w], zero_share=0.05, **common),
        ranks.grank_t(rows["residuals"], p.scar, zero_share=0.05, correlation=r.r),
    )
    return {outcome.test: outcome for outcome in outcomes}


def same(found: Outcome, expected: Outcome) -> None:
    assert (found.n, found.reason) == (expected.n, expected.reason), found.test
    for name in ("statistic", "p_value", "estimate", "std_error", "df", "p_floor"):
        value = getattr(expected, name)
        assert getattr(found, name) == pytest.approx(value, rel=1e-8, abs=1e-11, nan_ok=True), found.test


@pytest.mark.parametrize("missing", [0.0, 0.04])
@pytest.mark.parametrize("many", [False, True])
def test_rows_gathered_one_by_one_give_the_same(monkeypatch, missing, many):
    """Both below and above the number of pairs from which correlations are those of instruments."""
    if many:
        monkeypatch.setattr(event_scan, "MANY_PAIRS", 1)
        monkeypatch.setattr("marketimpact.maths.calendar_weights.MANY_PAIRS", 1)
    made = world(1, missing=missing)
    _, sample = one_by_one(made)
    r = calendar_correlation(sample, 2)
    assert ("of instruments" in r.note) == many
    found = closed_form(made.windows, made.pairs, zero_share=0.05)
    expected = wanted(made, r)
    assert [outcome.test for outcome in found] == list(expected)
    assert sum(outcome.applies for outcome in found) >= (12 if missing else 13)
    for outcome in found:
        same(outcome, expected[outcome.test])
    assert closed_form(made.windows, made.pairs, zero_share=0.05, ranks=False) == found[:10]


def test_clusters_refuse_what_takes_pairs_for_independent():
    made = world(2)
    found = closed_form(made.windows, made.pairs, clusters=np.arange(40) // 2, ranks=False)
    by_name = {outcome.test: outcome for outcome in found}
    assert "form 20 date clusters" in by_name[means.BMP].reason
    assert by_name[means.KOLARI_PYNNONEN].n_clusters == 20


def test_parts_do_not_show(monkeypatch):
    made = world(3)
    whole = closed_form(made.windows, made.pairs)
    monkeypatch.setattr(event_rows, "PART", 7)
    for found, expected in zip(closed_form(made.windows, made.pairs), whole, strict=True):
        same(found, expected)


@settings(max_examples=20)
@given(seed=st.integers(0, 200), random=st.randoms(), many=st.booleans())
def test_the_order_of_the_pairs_does_not_change_a_bit(seed, random, many):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_scan, "MANY_PAIRS", 1 if many else 5_000)
        made = world(seed, events=15)
        order = list(range(15))
        random.shuffle(order)
        places = np.array(order)
        found = closed_form(made.windows, made.pairs, clusters=np.arange(15))
        assert (
            closed_form(made.windows.some(places), made.pairs.some(places), clusters=np.arange(15)[places])
            == found
        )


def test_pairs_without_a_sum_do_not_enter():
    made = world(4)
    car, scar = made.pairs.car.copy(), made.pairs.scar.copy()
    car[:3] = scar[:3] = np.nan
    others = np.arange(3, 40)
    columns = {one.name: getattr(made.pairs, one.name) for one in fields(PairSums)}
    left_out = PairSums(**(columns | {"car": car, "scar": scar}))
    alone = closed_form(made.windows.some(others), made.pairs.some(others))
    assert closed_form(made.windows, left_out) == alone
    assert alone[0].n == 37


def test_windows_of_several_lengths():
    made = world(5, missing=0.0)
    lengths = np.where(np.arange(40) % 2, 3, 2)
    windows = made.windows.some(slice(None))
    windows = Windows(
        *(lengths if one.name == "lengths" else getattr(windows, one.name) for one in fields(Windows))
    )
    by_name = {outcome.test: outcome for outcome in closed_form(windows, made.pairs)}
    for name in (means.CRUDE, ranks.CORRADO, ranks.CORRADO_ZIVNEY):
        assert by_name[name].reason.startswith("windows hold from 2 to 3 sessions")
    assert by_name[ranks.GRANK_T].applies
    assert by_name[signs.GENERALIZED_SIGN].applies


def test_the_standard_deviation_of_every_session_may_be_its_own():
    """Scales of shape (N, T + L2), as models of volatility have them."""
    made = world(6)
    wide = np.repeat(made.windows.scale, T + SESSIONS, axis=1)
    windows = Windows(
        *(wide if one.name == "scale" else getattr(made.windows, one.name) for one in fields(Windows))
    )
    assert closed_form(windows, made.pairs) == closed_form(made.windows, made.pairs)
    doubled = Windows(
        *(2 * wide if one.name == "scale" else getattr(windows, one.name) for one in fields(Windows))
    )
    part = slice(0, 5)
    np.testing.assert_array_equal(doubled.rows(part).standard * 2.0, windows.rows(part).standard)
    np.testing.assert_array_equal(doubled.rows(part).unscaled, windows.rows(part).unscaled)


@given(st.integers(0, 500))
def test_rows_of_one_cluster_stand_on_the_same_days(seed):
    """In dictionaries: every day that a pair of the cluster has, counted back from the last."""
    rng = np.random.default_rng(seed)
    made = world(seed, events=12, length=90, missing=0.0)
    starts = made.windows.sample.starts
    clusters = rng.integers(0, 4, 12)
    days = made.windows.days.copy()
    for one in range(6):  # the instruments' own holidays, and positions before their first session
        days[90 * one : 90 * (one + 1)] = np.sort(rng.choice(np.arange(110), 90, replace=False))
        days[90 * one : 90 * one + int(rng.integers(0, 5))] = np.iinfo(np.int64).min
    windows = Windows(
        *(days if one.name == "days" else getattr(made.windows, one.name) for one in fields(Windows))
    )
    values = rng.standard_normal((12, T))
    layout = event_layout(windows, clusters)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_rows, "PART", 5)
        assert event_layout(windows, clusters).width == layout.width
    out = np.concatenate([layout.lay(values[:7], slice(0, 7)), layout.lay(values[7:], slice(7, 12))])
    assert layout.width >= T
    for i in range(12):
        members = np.flatnonzero(clusters == clusters[i])
        rows = [days[starts[j] : starts[j] + T] for j in members]
        if all(np.array_equal(row, rows[0]) for row in rows):
            np.testing.assert_array_equal(out[i, -T:], values[i])
            continue
        union = sorted({int(d) for row in rows for d in row if d > 0 or d == 0}, reverse=True)
        back = {day: place for place, day in enumerate(union)}
        own = days[starts[i] : starts[i] + T]
        laid = {back[int(d)]: value for d, value in zip(own, values[i], strict=True) if d >= 0}
        expected = [laid.get(layout.width - 1 - column, np.nan) for column in range(layout.width)]
        np.testing.assert_array_equal(out[i], expected)


def test_memory_does_not_grow_with_the_estimation_window():
    """20,000 pairs more need 250 bytes each: their rows alone would be 536 bytes, five times over."""
    peaks = []
    for events in (10_000, 30_000):
        made = world(7, events=events, series=20, length=1_000)
        tracemalloc.start()
        found = closed_form(made.windows, made.pairs)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found[0].n > 0.99 * events
    assert (peaks[1] - peaks[0]) / 20_000 < 536


@given(st.integers(0, 300))
def test_sums_of_ranks_are_scipys(seed):
    """Rows with ties and missing values, in parts of any size, on both sides of a column that is missing throughout."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 6, (9, 8)).astype(float)
    values[rng.random(values.shape) < 0.2] = np.nan
    values[:, 5] = np.nan
    cut = int(rng.integers(0, 10))
    sums = ranks.RankSums(8)
    sums.add(values[:cut, :3], values[:cut, 3:])
    sums.add(values[cut:])
    u = np.full(values.shape, np.nan)
    for row, out in zip(values, u, strict=True):
        known = np.isfinite(row)
        out[known] = stats.rankdata(row[known]) / (known.sum() + 1) - 0.5
    np.testing.assert_allclose(sums.u, np.nansum(u, axis=0), atol=1e-13)
    np.testing.assert_array_equal(sums.count, np.isfinite(u).sum(axis=0))
    known = np.isfinite(values)
    most = known.sum(axis=1) / (known.sum(axis=1) + 1) - 0.5
    np.testing.assert_allclose(sums.furthest, (known * most[:, None]).sum(axis=0), atol=1e-13)
    assert sums.n == 9


@given(st.integers(0, 100), st.integers(1, 20))
def test_sums_over_runs_of_sessions_are_those_of_every_run(seed, sessions):
    """Shares of positive sums of whole numbers, which no order of summation rounds; with zeros and missing moves."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(-3, 4, (7, 20)).astype(float)
    still = rng.random(rows.shape) < 0.5
    rows[still] = 0.0
    rows[rng.random(rows.shape) < 0.05] = np.nan
    expected = []
    for row, rest in zip(rows, still | (rows == 0.0), strict=True):
        signs_of = [
            float(np.sum(row[at : at + sessions])) > 0.0
            for at in range(20 - sessions + 1)
            if np.isfinite(row[at : at + sessions]).all() and not rest[at : at + sessions].all()
        ]
        expected.append(np.mean(signs_of) if signs_of else np.nan)
    np.testing.assert_allclose(
        signs.positive_share(rows, sessions=sessions, still=still), expected, atol=1e-15
    )


@given(st.integers(0, 100), st.randoms())
def test_pairs_of_equal_sums_are_averaged_in_one_order(seed, random):
    """To the last bit, though their residuals differ; and a row of averages says what the rows say."""
    rng = np.random.default_rng(seed)
    car, rows = rng.integers(0, 3, 12).astype(float), rng.standard_normal((12, 40))
    order = list(range(12))
    random.shuffle(order)
    places = np.array(order)
    found = means.crude_dependence_t(car, rows, 3)
    assert means.crude_dependence_t(car[places], rows[places], 3) == found
    averaged = means.crude_dependence_t(car, means.average_row([rows[:5], rows[5:]]), 3)
    assert averaged.statistic == pytest.approx(found.statistic, rel=1e-12)
    rows[3, 7] = np.nan
    assert np.flatnonzero(np.isnan(means.average_row([rows]))).tolist() == [7]
