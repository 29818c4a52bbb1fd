"""Errors found in published event-study packages, one test each: the right number, and that it is not the wrong one."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import marketimpact as mi
from marketimpact.maths.calendar_weights import CalendarSample, MeanCorrelation, calendar_correlation
from marketimpact.maths.over_events import bmp_t, kolari_pynnonen_t, summed_sar
from marketimpact.maths.parametric import t_p_value
from marketimpact.maths.rank_tests import corrado_rank, grank_t
from marketimpact.maths.sign_tests import generalized_sign, wilcoxon_signed_rank
from marketimpact.maths.wild_bootstrap import wild_bootstrap
from tests.study.world import news, price_panel, walk, weekdays

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))


@pytest.fixture(scope="module")
def days() -> np.ndarray:
    return weekdays(900)


@pytest.fixture(scope="module")
def panel(days: np.ndarray) -> mi.Panel:
    rng = np.random.default_rng(71)
    return price_panel({name: walk(rng, len(days)) for name in ("A", "B")}, days)


def test_days_are_summed_over_one_root() -> None:
    """Cumulating SAR_t / sqrt(t) gives Patell's test a size of 11 to 37 %."""
    sar = np.full((1, 9), 2.0)
    assert summed_sar(sar)[0] == pytest.approx(18.0 / 3.0)
    assert summed_sar(sar)[0] != pytest.approx((sar / np.sqrt(np.arange(1, 10))).sum())


def test_generalized_ranks_divide_by_the_deviation_not_by_the_standard_error() -> None:
    rng = np.random.default_rng(1)
    residuals, scar = rng.standard_normal((25, 60)), rng.standard_normal(25) + 0.5

    def by_hand(divisor: float) -> float:
        rows = np.column_stack([residuals, scar / divisor])
        u = stats.rankdata(rows, axis=1) / 62 - 0.5
        means = u.mean(axis=0)
        z = means[-1] / math.sqrt((means**2).mean())
        return float(z * math.sqrt(59 / (60 - z**2)))

    deviation = float(scar.std(ddof=1))
    found = grank_t(residuals, scar, zero_share=0.0).statistic
    assert found == pytest.approx(by_hand(deviation), rel=1e-12)
    assert abs(found - by_hand(deviation / 5.0)) > 0.1


def test_correlation_enters_by_a_square_root_not_a_fourth() -> None:
    scar = np.array([0.5, 1.5, 1.0, 2.0, -1.0, 0.7, 0.1, 1.2, -0.4, 0.9])
    share = kolari_pynnonen_t(scar, MeanCorrelation(0.3)).statistic / bmp_t(scar).statistic
    assert share == pytest.approx(math.sqrt(0.7 / 3.7), rel=1e-12)
    assert share != pytest.approx((0.7 / 3.7) ** 0.25, rel=0.1)


def test_every_day_has_a_rank_statistic_of_its_own() -> None:
    rng = np.random.default_rng(2)
    estimation, event = rng.standard_normal((12, 60)), rng.standard_normal((12, 5))
    found = [corrado_rank(estimation, event, window=(day, day)).statistic for day in range(5)]
    assert len(set(found)) == 5


def test_signed_ranks_have_the_moments_of_the_pairs_ranked() -> None:
    """Moments of N applied to ranks over N x T reject 29 to 100 %."""
    moves = np.array([1.2, -0.3, 0.8, 2.2, 0.4, -0.1, 1.7, 0.9])
    found, exact = wilcoxon_signed_rank(moves), stats.wilcoxon(moves, method="exact")
    assert found.p_value == pytest.approx(exact.pvalue, rel=1e-12)
    assert 0 <= found.statistic <= 8 * 9 / 2


def test_two_sided_tests_have_two_sided_cut_offs(panel: mi.Panel, days: np.ndarray) -> None:
    assert float(t_p_value(np.array(1.6577), np.array(119))) == pytest.approx(0.10, abs=1e-4)
    assert generalized_sign(np.ones(30), np.full(30, 0.5)).p_value == pytest.approx(
        2 * stats.norm.sf(math.sqrt(30)), rel=1e-9
    )
    pair = mi.EventStudy(timeline=TIMELINE).run(panel, news([days[400]]), pairs="all").one("e0", "A")
    assert pair.critical == pytest.approx(stats.t.isf(0.025, 119))


def test_the_forecast_error_multiplies_the_variance(panel: mi.Panel, days: np.ndarray) -> None:
    result = mi.EventStudy(timeline=TIMELINE).run(panel, news([days[400]]), pairs=[("e0", "A")])
    pair = result.one("e0")
    np.testing.assert_allclose(pair.ar_error, pair.sigma * math.sqrt(1 + 1 / 120), rtol=1e-12)
    assert np.all(np.abs(result.sar.to_numpy()) < np.abs(pair.ar / pair.sigma))


def test_a_correlation_is_normalised() -> None:
    rng = np.random.default_rng(3)
    residuals = rng.standard_normal((2, 60)) + rng.standard_normal(60)
    residuals /= np.sqrt((residuals**2).sum(axis=1, keepdims=True) / 59)
    at = np.tile(np.arange(60), (2, 1)), np.full((2, 1), 60)

    def r(scale: float) -> float:
        weights = np.full((2, 60), -scale / 60), np.full((2, 1), scale)
        return calendar_correlation(
            CalendarSample(residuals, at[0], weights[0], at[1], weights[1], np.arange(2)), 1
        ).raw

    assert r(1.0) == pytest.approx(r(10.0), rel=1e-12)
    assert 0.0 < r(10.0) < 1.0


def test_zero_moves_are_moves(days: np.ndarray) -> None:
    """Trimmed as missing they took a beta from .997 to .039."""
    rng = np.random.default_rng(4)
    factor = rng.normal(0.0, 0.01, len(days))
    moves = np.where(rng.random(len(days)) < 0.3, 0.0, factor)
    panel = price_panel({"bond": 100 * np.exp(np.cumsum(moves)), "EM": 50 * np.exp(np.cumsum(factor))}, days)
    study = mi.EventStudy(model=mi.MarketModel("EM"), timeline=TIMELINE)
    pair = study.run(panel, news([days[500]]), pairs=[("e0", "bond")]).one("e0")
    window = slice(500 - 130, 500 - 10)
    slope = stats.linregress(factor[window], moves[window]).slope
    assert pair.n_obs == 120
    assert np.count_nonzero(moves[window] == 0.0) > 20
    assert pair.params[1] == pytest.approx(slope, rel=1e-9)


def test_a_band_of_90_percent_has_5_on_either_side(panel: mi.Panel, days: np.ndarray) -> None:
    result = mi.EventStudy(timeline=TIMELINE, level=0.9).run(panel, news([days[400]]), pairs=[("e0", "A")])
    pair = result.one("e0")
    half = pair.headline.conf_high - pair.headline.estimate
    assert half / pair.headline.std_error == pytest.approx(stats.t.isf(0.05, 119), rel=1e-12)
    assert half / pair.headline.std_error > stats.t.isf(0.10, 119) + 0.3


def test_tables_are_joined_on_events_not_on_series(panel: mi.Panel, days: np.ndarray) -> None:
    """Joined on the series, 9,255 events became 61,757."""
    events = news(days[200:850:50])
    result = mi.EventStudy(timeline=TIMELINE, windows=((0, 0), (-5, 5))).run(panel, events, pairs="all")
    table = result.to_frame("car")
    assert len(result.pairs) == 2 * len(events) == 26
    assert len(table) == 26 * 3
    assert not table.duplicated(["event_id", "instrument", "term", "tau_from", "tau_to"]).any()


def test_bootstrap_weights_belong_to_dates() -> None:
    """Weights that are independent across events of one date make pairs of one date look like news of many dates."""
    values, dates = np.array([1.0, 0.4, -0.3, 0.9, 1.4, 0.2, 0.7, 0.5]), np.arange(8)
    rng = np.random.default_rng
    once = wild_bootstrap(values, dates, rng(0))
    sixfold = wild_bootstrap(np.repeat(values, 6), np.repeat(dates, 6), rng(0))
    apart = wild_bootstrap(np.repeat(values, 6), np.arange(48), rng(0))
    assert sixfold.p_value == pytest.approx(once.p_value, rel=1e-12)
    assert apart.p_value < once.p_value / 3


def test_a_windows_ranks_are_divided_by_the_root_of_its_length() -> None:
    rng = np.random.default_rng(5)
    estimation, event = rng.standard_normal((12, 60)), rng.standard_normal((12, 4))
    single = [corrado_rank(estimation, event, window=(day, day)).statistic for day in range(4)]
    assert corrado_rank(estimation, event, window=(0, 3)).statistic == pytest.approx(sum(single) / 2.0)


def test_days_of_a_window_covary(panel: mi.Panel, days: np.ndarray) -> None:
    result = mi.EventStudy(timeline=TIMELINE, windows=((-5, 5),)).run(
        panel, news([days[400]]), pairs=[("e0", "A")]
    )
    pair = result.one("e0")
    error = pair.windows[0].std_error
    assert error**2 == pytest.approx(result.cov[0].sum(), rel=1e-12)
    assert error**2 == pytest.approx(pair.sigma**2 * (11 + 121 / 120), rel=1e-12)
    assert error**2 > 1.05 * (pair.ar_error**2).sum()


def test_the_estimation_window_goes_with_the_event(days: np.ndarray) -> None:
    panel = price_panel({"A": walk(np.random.default_rng(6), len(days))}, days)
    at = next(i for i in range(400, 410) if days[i].astype("datetime64[D]").item().weekday() == 0)
    saturday = days[at] - np.timedelta64(2, "D")
    policies = mi.Policies(roll="next")
    result = mi.EventStudy(timeline=TIMELINE, policies=policies).run(panel, news([saturday]))
    pair = result.one("e0")
    assert pair.session == days[at]
    assert pair.estimation_sessions == (days[at - 130], days[at - 11])
    np.testing.assert_array_equal(pair.sessions, days[at - 5 : at + 6])


def test_a_simple_move_is_divided_by_the_first_level(days: np.ndarray) -> None:
    levels = walk(np.random.default_rng(7), len(days))
    result = mi.EventStudy(timeline=TIMELINE, move="simple").run(
        price_panel({"A": levels}, days), news([days[400]])
    )
    assert result.one("e0").moves[5] == pytest.approx(levels[400] / levels[399] - 1.0, rel=1e-12)
    assert result.one("e0").moves[5] != pytest.approx(1.0 - levels[399] / levels[400], rel=1e-6)


def test_news_after_the_last_session_is_a_row_of_the_ledger(panel: mi.Panel, days: np.ndarray) -> None:
    late = days[-1] + np.timedelta64(4000, "D")
    result = mi.EventStudy(timeline=TIMELINE).run(panel, news([days[400], late]), pairs="all")
    rows = result.ledger.to_frame()
    lost = rows[rows["event_id"] == "e1"]
    assert len(lost) == 2
    assert (lost["status"] == "left out").all()
    assert lost["reason"].str.len().min() > 10
    assert isinstance(rows, pd.DataFrame)
