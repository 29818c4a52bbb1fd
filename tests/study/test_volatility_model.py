"""Abnormal moves over the volatility before the event: by hand, beside arch, and in size where volatility clusters."""

from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import marketimpact as mi
from marketimpact.study.garch import garch_volatility
from marketimpact.study.models import MarketAdjusted, ScholesWilliams, VolatilityStandardized
from tests.study.world import SNAPSHOT, mixed_panel, news, price_panel, row_of, weekdays

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
WINDOWS = ((0, 0), (0, 1), (-3, 2), (-5, 5))
PLACES = (160, 301, 690)
PAIRS = [("e0", "KZ price"), ("e1", "KZ price"), ("e2", "USD/KZT")]


def studied(panel: mi.Panel, model: Any, days: Any, **options: Any) -> mi.StudyResult:
    study = mi.EventStudy(model=model, timeline=TIMELINE, windows=WINDOWS, **options)
    return study.run(panel, news(days[list(PLACES)].strftime("%Y-%m-%d")), pairs=PAIRS)


def residuals_of(result: mi.StudyResult, place: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Weighted residuals of one pair's whole series by its own coefficients, where they are usable, and tau = 0."""
    a = result.alignment
    row = int(result.estimates.rows[place])
    begin = int(a.design.offset[a.series[row]])
    part = slice(begin, begin + int(a.design.length[a.series[row]]))
    x, y, v = a.design.regressors[:, part], a.design.to_fit[part], a.design.v[part]
    e = (y - result.estimates.fit.params[place] @ x) / np.sqrt(v)
    return e, np.isfinite(e), int(a.position[row])


def ewma(e: np.ndarray, usable: np.ndarray, start: int, stop: int) -> np.ndarray:
    """The recursion of the docstring, one session after another, known before each of the sessions start..stop."""
    seen: list[float] = []
    variance, path = np.nan, []
    for t in range(start, stop + 1):
        path.append(np.sqrt(variance))
        if not usable[t]:
            continue
        if len(seen) < 20:
            seen.append(e[t] ** 2)
            variance = float(np.mean(seen)) if len(seen) == 20 else np.nan
        else:
            variance = 0.94 * variance + 0.06 * e[t] ** 2
    return np.array(path)


@pytest.mark.parametrize("inner", [mi.ConstantMean(), mi.MarketModel("EM"), mi.FactorModel(("EM", "UST"))])
@pytest.mark.parametrize(("holidays", "missing"), [(0.0, 0.0), (0.1, 0.05)])
@pytest.mark.parametrize("volatility", ["ewma", "garch"])
def test_standardised_moves_by_hand(volatility, holidays, missing, inner):
    """The moves are the other model's; each over the volatility known before it, frozen from tau = 0 on."""
    panel, days = mixed_panel(3, holidays=holidays, missing=missing), mixed_panel(3)["EM"].index
    result = studied(panel, VolatilityStandardized(inner, volatility), days)
    plain = studied(panel, inner, days)
    np.testing.assert_allclose(result.ar, plain.ar, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(result.car, plain.car, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(result.sigma2, plain.sigma2, rtol=1e-9)
    seen = 0
    for place, pair in enumerate(PAIRS):
        e, usable, at = residuals_of(result, place)
        if volatility == "ewma":
            path = ewma(e, usable, at - 130, at)
        else:
            fitted = usable[:at].copy()
            events = {name: row_of(result, *name)["session"] for name in PAIRS if name[1] == pair[1]}
            own = panel[pair[1]].index
            for session in events.values():
                fitted[max(own.get_loc(session) - 5, 0) : own.get_loc(session) + 6] = False
            found = garch_volatility(np.where(usable[:at], e[:at], 0.0), usable[:at], fitted)
            if found.reason:
                assert np.isnan(result.scar.loc[pair]).all()
                assert result.ranks.reason[place] == found.reason
                continue
            path = np.append(found.volatility, found.forecast)[at - 130 :]
        seen += 1
        taus = np.arange(-5, 6)
        known = path[130 + np.minimum(taus, 0)]
        v = result.alignment.design.v[int(result.alignment.positions[place]) + taus]
        close = 1e-9 if volatility == "ewma" else 1e-5  # an optimiser stops where rounding lets it
        np.testing.assert_allclose(
            result.sar.loc[pair], result.ar.loc[pair] / (known * np.sqrt(v)), rtol=close
        )
        there = np.isfinite(result.ar.loc[pair].to_numpy())
        for w, (first, last) in enumerate(WINDOWS):
            inside = there & (taus >= first) & (taus <= last)
            scale = known[first + 5] * np.sqrt(v[inside].sum())
            expected = result.car.loc[pair].iloc[w] / scale if inside.any() else np.nan
            assert result.scar.loc[pair].iloc[w] == pytest.approx(expected, rel=close, nan_ok=True)
    holes = missing > 0 and len(inner.factors) > 0  # of 700 sessions fewer than 500 have all factors
    assert seen >= (3 if volatility == "ewma" else 0 if holes else 1)


def test_the_rank_by_hand():
    """Each of the last 100 rows and the event, predicted by the mean of all others, over the volatility before it."""
    panel, days = mixed_panel(4), mixed_panel(4)["EM"].index
    result = studied(panel, VolatilityStandardized(mi.ConstantMean()), days)
    for place, pair in enumerate(PAIRS):
        e, usable, at = residuals_of(result, place)
        moves = np.log(panel[pair[1]]).diff().to_numpy()
        path = ewma(e, usable, at - 130, at)
        rows = np.append(np.arange(at - 130, at - 10), at)
        left_out = [moves[t] - moves[rows[rows != t]].mean() for t in rows]
        size = np.abs(left_out / path[rows - at + 130])[20:]
        assert result.ranks.p_value[place] == pytest.approx(np.mean(size >= size[-1]), rel=1e-12)
        assert result.ranks.p_floor[place] == pytest.approx(1 / 101, rel=1e-12)
        known = result.one_event(*pair).one("rank with refit")
        assert known.p_value == result.ranks.p_value[place]
        plain = studied(panel, mi.ConstantMean(), days).one_event(*pair).one("conditional rank")
        assert abs(plain.p_value - known.p_value) < 0.04  # refitted with the event, not without each row


def test_a_storm_before_the_event_makes_its_move_ordinary():
    rng = np.random.default_rng(5)
    days = weekdays(200)
    y = rng.normal(0.0, 0.005, (2, 200))
    y[1, 142:150] *= 6.0  # after the estimation window, before the event
    y[:, 150] = 0.02
    panel = price_panel({"calm": 100 * np.exp(np.cumsum(y[0])), "storm": 100 * np.exp(np.cumsum(y[1]))}, days)
    study = mi.EventStudy(model=VolatilityStandardized(mi.ConstantMean()), timeline=TIMELINE)
    result = study.run(panel, news(days[[150]]), pairs="all")
    calm, storm = result.ranks.p_value
    assert calm == result.ranks.p_floor[0]
    assert storm > 0.1
    assert abs(result.sar[0].iloc[0]) > 2 * abs(result.sar[0].iloc[1])


def test_too_short_a_history_keeps_the_moves_and_says_why():
    panel, days = mixed_panel(6), mixed_panel(6)["EM"].index
    result = studied(panel, VolatilityStandardized(mi.ConstantMean(), "garch"), days)
    reasons = result.ranks.reason.tolist()
    assert re.fullmatch(r"a GARCH needs 500 usable sessions or more, has 1\d\d", reasons[0])
    assert reasons[2] == ""
    assert np.isfinite(result.ar).all(axis=None)
    assert np.isnan(result.scar.iloc[:2]).all(axis=None)
    assert np.isfinite(result.scar.iloc[2]).all()
    tests = result.to_frame("tests").query("test == 'rank with refit'")
    assert tests["reason"].tolist() == reasons
    assert "rank not applicable: a GARCH needs 500" in mi.report(result, "e0", "KZ price").finding


def test_where_neither_t_nor_rank_applies_the_reading_says_what_the_rank_needs():
    panel, days = mixed_panel(8), mixed_panel(8)["EM"].index
    result = studied(panel, VolatilityStandardized(mi.ConstantMean(), "garch"), days)
    one = result.one_event("e0", "KZ price")
    assert one.leads == "rank with refit"
    assert re.fullmatch(
        r"The headline cannot be tested: a GARCH needs 500 usable sessions or more, has \d+\.", one.reading[0]
    )


def test_quotes_that_do_not_move_have_no_volatility():
    """Twenty sessions of one quote at the window's start, and then a move now and then: no volatility to begin with."""
    rng = np.random.default_rng(7)
    days = weekdays(200)
    y = rng.normal(0.0, 0.005, 200)
    y[19:45] = 0.0
    y[1::2] = 0.0
    panel = price_panel({"X": 100 * np.exp(np.cumsum(y))}, days)
    policies = mi.Policies(frozen="keep")
    study = mi.EventStudy(
        model=VolatilityStandardized(MarketAdjusted("F")), timeline=TIMELINE, policies=policies
    )
    frame = pd.DataFrame({"X": panel["X"], "F": 100 * np.exp(1e-4 * np.arange(200) ** 2 / 2)}, index=days)
    flat = mi.Panel.from_frame(frame, instruments=[*panel.instruments, mi.Factor("F", snapshot=SNAPSHOT)])
    result = study.run(flat, news(days[[150]]), pairs=[("e0", "X")])
    assert np.isfinite(result.ranks.p_value).all()  # the market moves where the bond stands still
    still = mi.EventStudy(
        model=VolatilityStandardized(mi.ConstantMean()), timeline=TIMELINE, policies=policies
    )
    found = still.run(panel, news(days[[150]]), pairs="all")
    assert np.isfinite(found.ranks.p_value).all()  # nor is a mean of zero fitted


def test_without_the_extra_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "arch.univariate", None)
    panel, days = mixed_panel(8), mixed_panel(8)["EM"].index
    with pytest.raises(mi.MissingExtraError, match=r"the package arch, which fits it, is not installed"):
        studied(panel, VolatilityStandardized(mi.ConstantMean(), "garch"), days)


def many(n_events: int, seed: int = 9) -> mi.StudyResult:
    """Events on one series, thirty sessions apart, so that none shares a window with another."""
    rng = np.random.default_rng(seed)
    n = 150 + 30 * n_events
    days = weekdays(n)
    panel = price_panel({"X": 100 * np.exp(np.cumsum(rng.normal(0.0, 0.01, n)))}, days)
    study = mi.EventStudy(
        model=VolatilityStandardized(mi.ConstantMean()), timeline=TIMELINE, windows=((0, 0), (0, 2), (-5, 5))
    )
    return study.run(panel, news(days[140 + 30 * np.arange(n_events)]), pairs="all")


@pytest.mark.parametrize("window", [None, (0, 0), (0, 2), (-5, 5)])
def test_over_events_what_takes_the_spread_from_the_pairs_holds_and_patell_does_not(window):
    result = many(14)
    over = result.over_events(window)
    for name in ("Patell z", "adjusted Patell z"):
        assert "theory has no covariance" in over.one(name).reason
    assert "theory has no covariance" in over.kinds[0].diagnosis.variance.reason
    scar = result.scar[window or (0, 0)].to_numpy()
    bmp = over.one("BMP t")
    expected = stats.ttest_1samp(scar, 0.0)
    assert bmp.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert bmp.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    for name in ("cluster t", "cross-sectional t", "Kolari-Pynnonen t", "Corrado rank", "GRANK-T", "sign"):
        assert over.one(name).applies, name


@pytest.mark.parametrize("window", [None, (0, 0), (-5, 5)])
def test_over_events_without_a_scale_tests_of_moves_and_ranks_hold(window):
    rng = np.random.default_rng(10)
    days = weekdays(600)
    panel = price_panel(
        {name: 100 * np.exp(np.cumsum(rng.normal(0.0, 0.01, 600))) for name in ("X", "EM")}, days
    )
    study = mi.EventStudy(model=ScholesWilliams("EM"), timeline=TIMELINE, windows=((0, 0), (-5, 5)))
    events = news(days[140 + 30 * np.arange(14)])
    over = study.run(panel, events, pairs=[(one.id, "X") for one in events]).over_events(window)
    for name in ("Patell z", "adjusted Patell z", "BMP t", "Kolari-Pynnonen t", "GRANK-T"):
        assert "theory has no covariance for the errors of a Scholes-Williams beta" in over.one(name).reason
    for name in ("cluster t", "cross-sectional t", "Corrado rank", "sign", "Wilcoxon signed rank"):
        assert over.one(name).applies, name


def test_the_size_where_volatility_clusters():
    """GARCH with .10 and .88: on the stormiest third of days the plain rank rejects far too often, this one does not.

    600 events of no effect: beside the attainable 4.95 % one standard error is .9 points overall, 1.5 in a third.
    """
    rng = np.random.default_rng(11)
    series, n = 600, 140
    variance, moves = np.ones(series), np.empty((n + 100, series))
    ahead = np.empty((n + 100, series))
    for t in range(n + 100):
        ahead[t] = variance
        moves[t] = rng.normal(0.0, np.sqrt(variance))
        variance = 0.02 + 0.1 * moves[t] ** 2 + 0.88 * variance
    days = weekdays(n)
    names = [f"B{i:03d}" for i in range(series)]
    levels = 100 * np.exp(np.cumsum(0.005 * moves[100:], axis=0))
    panel = price_panel(dict(zip(names, levels.T, strict=True)), days)
    stormy = ahead[100 + 134] > np.quantile(ahead[100 + 134], 2 / 3)
    rejected = {}
    for name, model in (("plain", mi.ConstantMean()), ("ewma", VolatilityStandardized(mi.ConstantMean()))):
        study = mi.EventStudy(model=model, timeline=mi.Timeline(estimation=(-130, -11), event=(0, 0)))
        rejected[name] = study.run(panel, news(days[[134]]), pairs="all").ranks.p_value <= 0.05
    assert 100 * rejected["ewma"].mean() == pytest.approx(4.95, abs=3.7 * 0.9)
    assert rejected["plain"][stormy].mean() > 0.08
    assert rejected["ewma"][stormy].mean() < 0.07


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "EM",
        mi.ConstantMean,
        ScholesWilliams("EM"),
        VolatilityStandardized(mi.ConstantMean()),
        mi.Basket(("A", "B")),
    ],
)
def test_a_model_without_a_covariance_is_not_standardised(wrong):
    with pytest.raises(mi.InputError, match=r"is no model whose abnormal moves could be standardised"):
        VolatilityStandardized(wrong)


@pytest.mark.parametrize("wrong", [None, "EWMA", "arch", 0.94])
def test_an_unknown_volatility_is_refused(wrong):
    with pytest.raises(
        mi.InputError, match=r"VolatilityStandardized\.volatility: is no way to follow volatility"
    ):
        VolatilityStandardized(mi.ConstantMean(), wrong)


def test_what_was_asked_stands_in_the_plain_data():
    result = many(2)
    assert result.to_dict()["spec"]["model"] == {
        "name": "VolatilityStandardized",
        "factors": [],
        "model": {"name": "ConstantMean", "factors": []},
        "volatility": "ewma",
    }
