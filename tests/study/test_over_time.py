"""Tests over calendar days through a study: against whole studies of turned data, loops, and other software."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from arch.unitroot import VarianceRatio
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tsa.stattools import acf

import marketimpact as mi
from marketimpact.maths import bhar, calendar_time, rank_tests
from marketimpact.maths.autocorrelation import autocorrelations, ljung_box, variance_ratio_factor
from marketimpact.maths.calendar_time import CalendarTime, calendar_time_t
from marketimpact.maths.calendar_weights import MeanCorrelation, calendar_correlation
from marketimpact.maths.joint_shift import JOINT_SHIFT
from marketimpact.maths.outcome import Outcome
from marketimpact.study.gathered import Gathered, gather
from marketimpact.study.inference import clusters_of, kind_groups
from marketimpact.study.joint_shift import joint_calendar_shift
from marketimpact.study.over_time import OVER_TIME, over_time
from tests.study.many_events import TIMELINE, apart, common_dates, loops, plain
from tests.study.world import SNAPSHOT, mixed_panel, news, price_panel, walk, weekdays


def gathered_of(result: mi.StudyResult, window: tuple[int, int] | None, kind: str | None = None) -> Gathered:
    a, e, spec = result.alignment, result.estimates, result.spec
    groups = kind_groups(a, e.rows)
    group = groups[kind or next(iter(groups))]
    return gather(a, e, spec, window, group, clusters_of(a, e.rows, spec))


def outcomes_of(
    result: mi.StudyResult,
    window: tuple[int, int] | None = None,
    kind: str | None = None,
    zero_share: float = 0.0,
) -> dict[str, Outcome]:
    g = gathered_of(result, window, kind)
    r = calendar_correlation(g.sample, g.k, lags=g.lags) if len(g) > 1 else MeanCorrelation(np.nan)
    found = over_time(g, result.alignment, result.estimates, window, correlation=r, zero_share=zero_share)
    assert tuple(one.test for one in found) == OVER_TIME
    assert all(np.isnan(one.p_value) for one in found if not one.applies)
    return {one.test: one for one in found}


# ---------------------------------------------------------------- the joint shift


def ring_study(turn: int, model: str, ring: int) -> mi.StudyResult:
    """Three instruments whose first moves make a ring, turned back by some days; events a few days apart.

    Two of them are on one instrument, so that its windows are masked.
    """
    at = {"A": (61, 92), "B": (64,), "C": (66, 95)}
    sessions = 95 + 3
    rng = np.random.default_rng(11)
    common = rng.standard_normal(sessions)
    moves = {name: 0.01 * (common + rng.standard_normal(sessions)) for name in (*at, "EM")}
    days = weekdays(sessions + 1)
    frame = pd.DataFrame(
        {
            name: 100 * np.exp(np.r_[0.0, np.roll(one[:ring], -turn), one[ring:]].cumsum())
            for name, one in moves.items()
        },
        index=days,
    )
    panel = mi.Panel.from_frame(
        frame,
        instruments=[
            *(mi.SovereignBond(name, quoted="clean price", snapshot=SNAPSHOT) for name in at),
            mi.Factor("EM", snapshot=SNAPSHOT),
        ],
    )
    events = mi.EventSet.from_events(
        mi.Event(f"{name}{i}", announced_at=f"{days[day]}T09:00", zone="UTC")
        for name, places in at.items()
        for i, day in enumerate(places)
    )
    pairs = pd.DataFrame(
        [(f"{name}{i}", name) for name, places in at.items() for i in range(len(places))],
        columns=["event_id", "instrument"],
    )
    chosen = mi.MarketModel("EM") if model == "market" else mi.ConstantMean()
    timeline = mi.Timeline(estimation=(-60, -6), event=(-1, 3), min_estimation=30)
    return mi.EventStudy(model=chosen, timeline=timeline, windows=((0, 0), (0, 3))).run(
        panel, events, pairs=pairs
    )


@pytest.mark.parametrize("model", ["mean", "market"])
@pytest.mark.parametrize("window", [(0, 0), (0, 3)])
def test_the_shift_is_a_study_of_turned_data(model, window):
    """Every shift is a whole study on the data turned the other way: S_d is its mean SCAR over clusters."""

    def mean_scar(result: mi.StudyResult) -> float:
        g = gathered_of(result, window)
        assert len(g) == 5
        return float(np.mean([g.scar[g.clusters == one].mean() for one in np.unique(g.clusters)]))

    ring = 95 + window[1]
    plain_study = ring_study(0, model, ring)
    found = outcomes_of(plain_study, window)[JOINT_SHIFT]
    turned = np.array([mean_scar(ring_study(turn, model, ring)) for turn in range(ring)])
    assert found.statistic == pytest.approx(turned[0], rel=1e-9)
    assert found.p_floor == 1 / ring
    assert found.p_value == np.count_nonzero(np.abs(turned) >= abs(turned[0]) * (1 - 1e-9)) / ring
    assert found.n_clusters == gathered_of(plain_study, window).n_clusters == 2
    assert ("shifts by less than 4 days count too" in found.note) == (window == (0, 3))


def test_the_shift_takes_the_studys_own_scar_whatever_is_missing():
    """Holidays that differ between instruments, masks and candidates: at no shift the study's mean over clusters."""
    panel, events, pairs = common_dates(3, dates=6, instruments=5, apart=1, holidays=0.04)
    result = mi.EventStudy(timeline=TIMELINE, windows=((0, 0), (-5, 5))).run(panel, events, pairs=pairs)
    for window in (None, (0, 0), (-5, 5)):
        g = gathered_of(result, window)
        means = [g.scar[g.clusters == one].mean() for one in np.unique(g.clusters)]
        assert outcomes_of(result, window)[JOINT_SHIFT].statistic == pytest.approx(np.mean(means), rel=1e-9)


def test_long_rings_leave_out_shifts_onto_the_window_itself():
    days = weekdays(900)
    panel = price_panel({"KZ": walk(np.random.default_rng(1), 900)}, days)
    result = mi.EventStudy(timeline=TIMELINE, windows=((-5, 5),)).run(panel, apart(days, 20, 35))
    found = outcomes_of(result, (-5, 5))[JOINT_SHIFT]
    assert found.n_clusters == 20
    ring = 130 + 19 * 35 + 5 + 1
    assert found.p_floor == 1 / (ring - 20)
    assert "count against itself" not in found.note


def test_one_date_is_said_to_be_an_unusual_day():
    panel, events, pairs = common_dates(2, dates=1)
    found = outcomes_of(mi.EventStudy(timeline=TIMELINE).run(panel, events, pairs=pairs))
    assert "unusual days, not of a mean over events" in found[JOINT_SHIFT].note
    assert found[JOINT_SHIFT].p_floor == pytest.approx(1 / 131)
    assert found[calendar_time.CALENDAR_TIME].reason == "the days of one date cluster are one observation"
    assert "one observation" in found[bhar.BHAR].reason
    assert "6 pairs form 1 date clusters" in found[rank_tests.GRANK_Z].reason


def test_a_model_of_another_rule_is_not_refitted():
    result = plain(6)
    g = gathered_of(result, (0, 0))
    other = replace(result.estimates, method=object())
    for found in joint_calendar_shift(g, result.alignment, other, 0):
        assert found.reason.startswith("the model is not fitted by least squares")
        assert (found.n, found.n_clusters) == (6, 6)


# ---------------------------------------------------------------- the other tests


def test_calendar_days_from_loops():
    """The portfolio's numbers from every pair fitted by itself with lstsq."""
    panel, events, pairs = common_dates(5, dates=4, instruments=4, apart=2)
    result = mi.EventStudy(timeline=TIMELINE, windows=((-1, 2),)).run(panel, events, pairs=pairs)
    one = loops(result, next(iter(result.kinds)), (-1, 2))
    part = slice(4, 8)
    sample = CalendarTime(
        one.event[:, part], one.sample.event_days[:, part], one.residuals, one.days, one.sample.estimation_weights
    )  # fmt: skip
    expected = calendar_time_t(sample, one.k, n_clusters=4)
    found = outcomes_of(result, (-1, 2))[calendar_time.CALENDAR_TIME]
    assert found.applies
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert (found.df, found.n, found.n_clusters) == (expected.df, 16, 4)


@pytest.mark.parametrize("move", ["log", "simple"])
def test_buy_and_hold_from_prices(move):
    """Prices over prices, less what the fitted mean would have earned."""
    days = weekdays(700)
    prices = walk(np.random.default_rng(4), 700)
    result = mi.EventStudy(timeline=TIMELINE, windows=((-1, 3),), move=move).run(
        price_panel({"KZ": prices}, days), apart(days, 12, 40)
    )
    moves = np.diff(np.log(prices)) if move == "log" else np.diff(prices) / prices[:-1]
    a = result.alignment
    values = []
    for row in range(12):
        at = int(a.position[row])
        clean = a.clean[a.positions[row] - 130 : a.positions[row] - 10]
        window = moves[at - 131 : at - 11][clean]
        mean, s2 = window.mean(), window.var(ddof=1)
        normal = np.exp(5 * (mean + s2 / 2)) if move == "log" else (1 + mean) ** 5
        values.append(prices[at + 3] / prices[at - 2] - normal)
    found = outcomes_of(result, (-1, 3))
    expected = bhar.bhar_t(np.array(values), np.arange(12))
    assert found[bhar.BHAR].statistic == pytest.approx(expected.statistic, rel=1e-7)
    assert found[bhar.BHAR].estimate == pytest.approx(np.mean(values), rel=1e-7)
    skewed = bhar.bhar_skewness_t(np.array(values), np.arange(12))
    assert found[bhar.BHAR_SKEWNESS].statistic == pytest.approx(skewed.statistic, rel=1e-7)


def test_basis_points_have_no_buy_and_hold():
    result = mi.EventStudy(model=mi.MarketModel("EM"), timeline=TIMELINE).run(
        mixed_panel(3), apart(weekdays(700), 11, 45), pairs="all"
    )
    for kind in result.kinds:
        found = outcomes_of(result, None, kind)
        compounds = not kind.startswith("yield")
        for name in (bhar.BHAR, bhar.BHAR_SKEWNESS):
            assert found[name].applies == compounds
            assert compounds or found[name].reason == "moves in bp do not compound"
        assert found[JOINT_SHIFT].applies


def test_grank_z_takes_independent_pairs_alone():
    result = plain(20)
    g = gathered_of(result, (0, 0))
    for r, applies in ((0.0, True), (0.05 / 19, True), (0.06 / 19, False), (np.nan, True)):
        found = over_time(
            g, result.alignment, result.estimates, (0, 0), correlation=MeanCorrelation(r), zero_share=0.0
        )[-1]
        assert found.applies == applies
        if applies:
            assert found == rank_tests.grank_z(g.residuals, g.scar, zero_share=0.0)
        else:
            assert "these are correlated: use GRANK-T" in found.reason
    still = over_time(
        g, result.alignment, result.estimates, (0, 0), correlation=MeanCorrelation(0.0), zero_share=0.4
    )[-1]
    assert "of the moves are zero" in still.reason


def test_without_any_sum_there_are_reasons_only():
    days = weekdays(700)
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"KZ": walk(rng, 700), "EM": walk(rng, 700)}, index=days)
    frame.loc[days[150 : 150 + 480 : 40], "EM"] = np.nan
    panel = mi.Panel.from_frame(
        frame,
        instruments=[
            mi.SovereignBond("KZ", quoted="clean price", snapshot=SNAPSHOT), mi.Factor("EM", snapshot=SNAPSHOT)
        ],
    )  # fmt: skip
    events = apart(days, 12, 40)
    pairs = pd.DataFrame([(name, "KZ") for name in events.ids], columns=["event_id", "instrument"])
    result = mi.EventStudy(model=mi.MarketModel("EM"), timeline=TIMELINE).run(panel, events, pairs=pairs)
    found = outcomes_of(result)
    assert not any(one.applies for one in found.values())
    assert {one.n for one in found.values()} == {0}


def test_closes_hours_apart_are_said():
    days, rng = weekdays(700), np.random.default_rng(5)
    bonds = [
        mi.SovereignBond("London", quoted="clean price", snapshot="16:30 Europe/London"),
        mi.SovereignBond("Tokyo", quoted="clean price", snapshot="15:00 Asia/Tokyo"),
    ]
    frame = pd.DataFrame({"London": walk(rng, 700), "Tokyo": walk(rng, 700)}, index=days)
    result = mi.EventStudy(timeline=TIMELINE).run(
        mi.Panel.from_frame(frame, instruments=bonds), news(days[150:630:40], "01:00"), pairs="all"
    )
    assert "more than an hour apart" in outcomes_of(result, (-5, 5))[calendar_time.CALENDAR_TIME].note


@pytest.mark.parametrize("window", [None, (-5, 5)])
def test_the_order_of_events_and_pairs_changes_nothing_to_the_last_bit(window):
    panel, events, pairs = common_dates(7, dates=6, instruments=4, apart=1, holidays=0.02)
    study = mi.EventStudy(timeline=TIMELINE, windows=((-5, 5),))
    expected = outcomes_of(study.run(panel, events, pairs=pairs), window)
    order = np.random.default_rng(1).permutation(len(events.ids))
    listed = list(events)
    shuffled = mi.EventSet.from_events(listed[i] for i in order)
    assert (
        outcomes_of(study.run(panel, shuffled, pairs=pairs.sample(frac=1.0, random_state=1)), window)
        == expected
    )


# ---------------------------------------------------------------- size


def test_size_on_staggered_windows():
    """Six clusters of five windows of 11 sessions, one session apart, rho = .5."""
    draws, world = 100, {"dates": 6, "instruments": 5, "apart": 1}
    rejected = dict.fromkeys((JOINT_SHIFT, calendar_time.CALENDAR_TIME, bhar.BHAR), 0)
    for draw in range(draws):
        panel, events, pairs = common_dates(20_000 + draw, **world)
        study = mi.EventStudy(timeline=replace(TIMELINE, event=(0, 10)), windows=((0, 10),))
        found = outcomes_of(study.run(panel, events, pairs=pairs), (0, 10))
        for name in rejected:
            rejected[name] += found[name].p_value <= 0.05
    low, high = (3.7 * np.sqrt(p * (1 - p) / draws) for p in (0.035, 0.065))
    for name, count in rejected.items():
        assert 0.035 - low < count / draws < 0.065 + high, name


def test_a_mean_with_hac_errors_on_few_days_rejects_15_to_23_percent():
    """Five event days of independent moves: what the portfolio is standardised for."""
    rng, draws = np.random.default_rng(6), 600
    p = [
        sm.OLS(rng.standard_normal(5), np.ones(5)).fit(cov_type="HAC", cov_kwds={"maxlags": 1}).pvalues[0]
        for _ in range(draws)
    ]
    assert 0.12 < np.mean(np.array(p) < 0.05) < 0.28


# ---------------------------------------------------------------- other software


@pytest.mark.parametrize("sessions", [2, 5, 11])
def test_the_variance_ratio_is_that_of_other_software(sessions):
    """arch's debiased ratio of overlapping sums about their mean."""
    moves = np.random.default_rng(sessions).standard_normal(200)
    wanted = VarianceRatio(
        np.r_[0.0, moves.cumsum()], lags=sessions, trend="c", debiased=True, overlap=True
    ).vr
    assert variance_ratio_factor((moves - moves.mean())[None], sessions)[0] == pytest.approx(
        wanted, rel=1e-10
    )


@pytest.mark.parametrize("lags", [1, 5, 10])
def test_ljung_box_is_that_of_other_software(lags):
    moves = np.random.default_rng(lags).standard_normal(150)
    moves -= moves.mean()
    wanted = acorr_ljungbox(moves, lags=[lags]).iloc[0]
    found = ljung_box(moves, lags)
    assert found.statistic == pytest.approx(wanted["lb_stat"], rel=1e-12)
    assert found.p_value == pytest.approx(wanted["lb_pvalue"], rel=1e-10)
    np.testing.assert_allclose(autocorrelations(moves[None], lags)[0], acf(moves, nlags=lags)[1:], rtol=1e-10)
