"""Every pair against statsmodels: one regression at a time on moves made by pandas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import marketimpact as mi
from tests.study.world import mixed_panel, news

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
WINDOWS = ((0, 0), (-1, 1), (-5, 5))
MODELS = {
    "constant mean": mi.ConstantMean(),
    "market model": mi.MarketModel("EM"),
    "two factors": mi.FactorModel(("EM", "UST")),
}
PLACES = (160, 222, 301, 302, 388, 455, 540, 600, 650)


@dataclass(frozen=True)
class Moves:
    """One instrument's moves and regressors on its own sessions."""

    y: pd.Series
    x: pd.DataFrame
    v: pd.Series


def changes(levels: pd.Series, name: str) -> pd.Series:
    return levels.diff() * 100 if name in ("KZ yield", "UST") else np.log(levels).diff()


def moves_of(panel: mi.Panel, name: str, factors: tuple[str, ...]) -> Moves:
    """Moves by pandas; spans by counting weekdays; v by the slope of squared moves on the days they add."""
    levels = panel[name]
    y = changes(levels, name)
    day = levels.index.to_numpy().astype("datetime64[D]")
    spans = pd.Series(1.0, index=levels.index)
    spans.iloc[1:] = np.busday_count(day[:-1], day[1:])
    x = pd.DataFrame({"const": spans})
    for factor in factors:
        x[factor] = changes(panel[factor].reindex(levels.index), factor)
    ordinary, gap = y[spans == 1].dropna(), y[spans > 1]
    slope = 1.0
    if len(gap) >= 20:
        z2 = (gap - spans[gap.index] * ordinary.mean()) ** 2 / ordinary.var()
        extra = spans[gap.index] - 1
        slope = np.clip((extra * (z2 - 1)).sum() / (extra**2).sum(), 0, 1)
    return Moves(y, x, 1 + slope * (spans - 1))


@dataclass(frozen=True)
class Found:
    """What a study has found of its pairs, in frames that are made once."""

    ar: pd.DataFrame
    sigma2: pd.Series
    ars: pd.DataFrame
    cars: pd.DataFrame
    sessions: pd.Series

    @classmethod
    def by(cls, result: mi.StudyResult) -> Found:
        ars, cars, ledger = (
            frame.set_index(["event_id", "instrument"])
            for frame in (
                result.to_frame("ar"),
                result.to_frame("car").query("term == 'CAR'"),
                result.ledger.to_frame(),
            )
        )
        return cls(result.ar, result.sigma2, ars, cars, ledger["session"])


def check_pair(found: Found, moves: Moves, pair: tuple[str, str]) -> None:
    """AR, CAR, sigma and both variances of a pair, to 1e-10 of sigma; no event's window enters a fit."""
    sessions = found.sessions.xs(pair[1], level="instrument")
    at = moves.y.index.get_loc(sessions[pair[0]])
    events = np.array([moves.y.index.get_loc(session) for session in sessions])
    window = np.arange(at + TIMELINE.estimation[0], at + TIMELINE.estimation[1] + 1)
    distance = window[:, None] - events
    rows = window[~((distance >= TIMELINE.event[0]) & (distance <= TIMELINE.event[1])).any(axis=1)]
    fit = sm.WLS(moves.y.iloc[rows], moves.x.iloc[rows], weights=1 / moves.v.iloc[rows], missing="drop").fit()
    sigma = np.sqrt(fit.scale)
    close = {"rtol": 0, "atol": 1e-10 * sigma}
    event = slice(at + TIMELINE.event[0], at + TIMELINE.event[1] + 1)
    x, v = moves.x.iloc[event], moves.v.iloc[event]
    ar = moves.y.iloc[event] - fit.predict(x)
    np.testing.assert_allclose(found.ar.loc[pair], ar, **close)
    np.testing.assert_allclose(np.sqrt(found.sigma2[pair]), sigma, **close)
    leverage = np.einsum("ti,ij,tj->t", x, fit.cov_params(), x)
    error = np.sqrt(np.where(ar.notna(), fit.scale * v + leverage, np.nan))
    np.testing.assert_allclose(found.ars.loc[[pair], "std_error"], error, **close)
    for (_, car), (first, last) in zip(found.cars.loc[[pair]].iterrows(), WINDOWS, strict=True):
        inside = ar.notna().to_numpy() & np.isin(TIMELINE.taus, range(first, last + 1))
        if not inside.any():
            assert np.isnan([car["estimate"], car["std_error"]]).all()
            continue
        summed = x[inside].sum().to_numpy()
        variance = fit.scale * v[inside].sum() + summed @ fit.cov_params().to_numpy() @ summed
        np.testing.assert_allclose(car["estimate"], ar[inside].sum(), **close)
        np.testing.assert_allclose(car["std_error"], np.sqrt(variance), **close)
        assert (car["n"], car["df"]) == (inside.sum(), fit.df_resid)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("holidays", [0.0, 0.1], ids=["every weekday", "holidays"])
@pytest.mark.parametrize("missing", [0.0, 0.08], ids=["whole factors", "holes in factors"])
def test_every_pair_equals_statsmodels(model, holidays, missing):
    panel = mixed_panel(3, holidays=holidays, missing=missing)
    days = panel["EM"].index if not missing else mixed_panel(3)["EM"].index
    study = mi.EventStudy(model=model, timeline=TIMELINE, windows=WINDOWS)
    result = study.run(panel, news(days[list(PLACES)].strftime("%Y-%m-%d")), pairs="all")
    assert len(result.pairs) == 3 * len(PLACES)
    found = Found.by(result)
    for name in ("KZ yield", "KZ price", "USD/KZT"):
        moves = moves_of(panel, name, tuple(map(str, model.factors)))
        for i in range(len(PLACES)):
            check_pair(found, moves, (f"e{i}", name))


def test_the_world_of_holes_has_what_the_test_above_is_about():
    """Spans longer than one, variance ratios within their bounds, masked moves and missing event moves."""
    panel = mixed_panel(3, holidays=0.1, missing=0.08)
    result = mi.EventStudy(model=MODELS["two factors"], timeline=TIMELINE).run(
        panel, news(mixed_panel(3)["EM"].index[list(PLACES)].strftime("%Y-%m-%d")), pairs="all"
    )
    ledger = result.ledger.to_frame()
    assert ledger["estimation_lost"].min() > 0
    assert (ledger["span"] > 1).any()
    assert result.ar.isna().to_numpy().any()
    for name in ("KZ yield", "KZ price", "USD/KZT"):
        v = moves_of(panel, name, ()).v
        assert (v > 1).sum() > 20


def test_the_event_session_is_the_first_own_session_after_the_news():
    panel = mixed_panel(4, holidays=0.1)
    days = mixed_panel(4)["EM"].index[list(PLACES)]
    result = mi.EventStudy(timeline=TIMELINE).run(panel, news(days.strftime("%Y-%m-%d")), pairs="all")
    ledger = result.ledger.to_frame().set_index(["event_id", "instrument"])
    for name in ("KZ yield", "KZ price", "USD/KZT"):
        own = panel[name].index
        for i, day in enumerate(days):
            assert ledger.loc[(f"e{i}", name), "session"] == own[own >= day][0]
