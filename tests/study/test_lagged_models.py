"""Dimson and Scholes-Williams: against statsmodels and the formula, on worlds with holidays and holes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from matplotlib.figure import Figure

import marketimpact as mi
from marketimpact.study.models import DimsonModel, ScholesWilliams
from tests.study.test_statsmodels import Found, Moves, check_pair, moves_of
from tests.study.world import SNAPSHOT, mixed_panel, news, price_panel, row_of, walk, weekdays

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
WINDOWS = ((0, 0), (-1, 1), (-5, 5))
PLACES = (160, 301, 455, 600)
NAMES = ("KZ yield", "KZ price", "USD/KZT")


def shifted(panel: mi.Panel, name: str, leads: int, lags: int, factor: str = "EM") -> Moves:
    """The instrument's moves on the factor's moves around each of its own sessions."""
    moves = moves_of(panel, name, (factor,))
    x = moves.x[["const"]].copy()
    for j in range(-lags, leads + 1):
        x[f"{j:+d}"] = moves.x[factor].shift(-j)
    return Moves(moves.y, x, moves.v)


def studied(panel: mi.Panel, model: Any, days: Any, **options: Any) -> mi.StudyResult:
    study = mi.EventStudy(model=model, timeline=TIMELINE, windows=WINDOWS, **options)
    return study.run(
        panel,
        news(days[list(PLACES)].strftime("%Y-%m-%d")),
        pairs=[(f"e{i}", n) for i in range(4) for n in NAMES],
    )


@pytest.mark.parametrize("factor", ["EM", "UST"])
@pytest.mark.parametrize(("leads", "lags"), [(1, 1), (0, 2), (2, 0)])
@pytest.mark.parametrize(("holidays", "missing"), [(0.0, 0.0), (0.1, 0.05)])
def test_every_pair_of_a_dimson_model_equals_statsmodels(leads, lags, holidays, missing, factor):
    panel, days = mixed_panel(3, holidays=holidays, missing=missing), mixed_panel(3)["EM"].index
    result = studied(panel, DimsonModel(factor, leads=leads, lags=lags), days)
    found = Found.by(result)
    for name in NAMES:
        moves = shifted(panel, name, leads, lags, factor)
        for i in range(len(PLACES)):
            check_pair(found, moves, (f"e{i}", name))


@pytest.mark.parametrize("holidays", [0.0, 0.1])
def test_coefficients_and_their_sum_equal_statsmodels(holidays):
    """The sum of the betas and its standard error by statsmodels' own linear test."""
    panel, days = mixed_panel(5, holidays=holidays), mixed_panel(5)["EM"].index
    result = studied(panel, DimsonModel("EM", leads=1, lags=2), days)
    table = result.coefficients
    events = result.ledger.to_frame().set_index(["event_id", "instrument"])["session"]
    for name in NAMES:
        moves = shifted(panel, name, 1, 2)
        at = moves.y.index.get_loc(events[("e1", name)])
        others = [moves.y.index.get_loc(events[(f"e{i}", name)]) for i in range(4)]
        rows = [t for t in range(at - 130, at - 10) if all(abs(t - other) > 5 for other in others)]
        fit = sm.WLS(
            moves.y.iloc[rows], moves.x.iloc[rows], weights=1 / moves.v.iloc[rows], missing="drop"
        ).fit()
        found = table[(table["event_id"] == "e1") & (table["instrument"] == name)].set_index("term")
        terms = ["mean per session", "EM (t-2)", "EM (t-1)", "EM", "EM (t+1)"]
        assert found.index.tolist() == [*terms, "sum of betas"]
        np.testing.assert_allclose(found.loc[terms, "estimate"], fit.params, rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(found.loc[terms, "std_error"], fit.bse, rtol=1e-8)
        total = fit.t_test([0, 1, 1, 1, 1])
        assert found.loc["sum of betas", "estimate"] == pytest.approx(total.effect[0], rel=1e-8)
        assert found.loc["sum of betas", "std_error"] == pytest.approx(total.sd[0, 0], rel=1e-8)
        assert set(found["df"]) == {fit.df_resid}
        own = "bp" if name == "KZ yield" else "log"
        assert found["unit"].tolist() == [own, *[f"{own} per log"] * 5]


@pytest.mark.parametrize("model", [DimsonModel("EM", leads=0, lags=0), mi.FactorModel(("EM",))])
def test_without_leads_and_lags_it_is_the_market_model(model):
    panel, days = mixed_panel(6, holidays=0.1, missing=0.05), mixed_panel(6)["EM"].index
    found, plain = studied(panel, model, days), studied(panel, mi.MarketModel("EM"), days)
    for table in ("car", "ar", "caar", "tests"):
        pd.testing.assert_frame_equal(found.to_frame(table), plain.to_frame(table), check_exact=True)


def test_a_factor_that_explains_nothing_leaves_the_constant_mean():
    """A factor made orthogonal to the mean and the moves of the one estimation window: b = 0, a = mean."""
    rng = np.random.default_rng(7)
    days = weekdays(200)
    y = rng.normal(0.0, 0.01, 200)
    window = slice(150 - 130, 150 - 10)
    f = rng.normal(0.0, 0.01, 200)
    basis, _ = np.linalg.qr(np.column_stack([np.ones(120), y[window], f[window]]))
    f[window] = 0.1 * basis[:, 2]
    panel = price_panel({"X": 100 * np.exp(np.cumsum(y)), "EM": 50 * np.exp(np.cumsum(f))}, days)
    results = [
        mi.EventStudy(model=model, timeline=TIMELINE).run(panel, news(days[[150]]), pairs=[("e0", "X")])
        for model in (mi.MarketModel("EM"), mi.ConstantMean())
    ]
    np.testing.assert_allclose(results[0].ar, results[1].ar, rtol=0, atol=1e-12)
    ratio = (results[0].sigma2 / results[1].sigma2).iloc[0]
    assert ratio == pytest.approx(119 / 118, rel=1e-9)


@pytest.mark.parametrize(("holidays", "missing"), [(0.0, 0.0), (0.1, 0.05)])
def test_scholes_williams_by_pandas(holidays, missing):
    """alpha, beta, AR, CAR and s^2 of every pair from three regressions by statsmodels."""
    panel, days = mixed_panel(8, holidays=holidays, missing=missing), mixed_panel(8)["EM"].index
    result = studied(panel, ScholesWilliams("EM"), days)
    sessions = result.ledger.to_frame().set_index(["event_id", "instrument"])["session"]
    table = result.coefficients.set_index(["event_id", "instrument", "term"])
    for name in NAMES:
        moves = shifted(panel, name, 1, 1)
        events = np.array([moves.y.index.get_loc(sessions[(f"e{i}", name)]) for i in range(4)])
        for i, at in enumerate(events):
            rows = [t for t in range(at - 130, at - 10) if (np.abs(t - events) > 5).all()]
            sample = (
                pd.concat([moves.y.rename("y"), moves.x, moves.v.rename("v")], axis=1).iloc[rows].dropna()
            )
            weights = {"weights": 1 / sample["v"]}
            slopes = [
                sm.WLS(sample["y"], sample[["const", j]], **weights).fit().params[j]
                for j in ("-1", "+0", "+1")
            ]
            rest = [
                sm.WLS(sample[j], sample["const"], **weights).fit().resid / np.sqrt(sample["v"])
                for j in ("-1", "+0")
            ]
            rho = (rest[0] @ rest[1]) / np.sqrt((rest[0] @ rest[0]) * (rest[1] @ rest[1]))
            beta = sum(slopes) / (1 + 2 * rho)
            mean = sm.WLS(sample["y"] - beta * sample["+0"], sample["const"], **weights).fit()
            pair = (f"e{i}", name)
            assert table.loc[(*pair, "EM"), "estimate"] == pytest.approx(beta, rel=1e-8)
            alpha = mean.params["const"]
            assert table.loc[(*pair, "mean per session"), "estimate"] == pytest.approx(
                alpha, rel=1e-6, abs=1e-12
            )
            e = mean.resid / np.sqrt(sample["v"])
            assert result.sigma2[pair] == pytest.approx(e @ e / (len(e) - 2), rel=1e-8)
            event = slice(at - 5, at + 6)
            x = moves.x.iloc[event]
            ar = moves.y.iloc[event] - alpha * x["const"] - beta * x["+0"]
            ar[x.isna().any(axis=1)] = np.nan  # the sessions around belong to the model: without them no move
            np.testing.assert_allclose(result.ar.loc[pair], ar, rtol=0, atol=1e-9 * moves.y.std())


def test_neighbouring_moves_are_those_of_the_instruments_own_sessions():
    """On a day off of the instrument the factor's move covers both days, and is the neighbour as such."""
    days = weekdays(200)
    rng = np.random.default_rng(9)
    levels = {"X": walk(rng, 200), "EM": walk(rng, 200)}
    levels["X"][153] = np.nan
    panel = price_panel(levels, days)
    model = DimsonModel("EM", leads=1, lags=1)
    result = mi.EventStudy(model=model, timeline=TIMELINE).run(panel, news(days[[150]]), pairs=[("e0", "X")])
    own = np.delete(np.arange(200), 153)
    f = np.diff(np.log(levels["EM"][own]), prepend=np.nan)
    design, at = result.alignment.design, int(result.alignment.positions[0])
    for j, row in zip((-1, 0, 1), design.x[1:], strict=True):
        np.testing.assert_allclose(row[at - 5 : at + 6], f[145 + j : 156 + j], rtol=1e-9)


def test_quotes_that_stand_still_have_no_neighbouring_move():
    """A frozen run is no session of the instrument: the move after it is the neighbour of the one before."""
    days = weekdays(400)
    rng = np.random.default_rng(10)
    levels = {"X": walk(rng, 400), "EM": walk(rng, 400)}
    levels["X"][200:230] = levels["X"][200]
    panel = price_panel(levels, days)
    result = mi.EventStudy(model=DimsonModel("EM"), timeline=TIMELINE).run(
        panel, news(days[[380]]), pairs=[("e0", "X")]
    )
    design = result.alignment.design
    begin = int(design.offset[0])
    quoted = np.flatnonzero(~design.frozen[begin:])
    assert 200 <= (~np.isin(np.arange(400), quoted)).sum() + 200 < 231
    f = np.diff(np.log(levels["EM"][quoted]), prepend=np.nan)
    np.testing.assert_allclose(design.x[1, begin + quoted][1:], f[:-1], rtol=1e-9)
    np.testing.assert_allclose(design.x[3, begin + quoted][:-1], f[1:], rtol=1e-9)
    assert np.isnan(design.x[1:, begin:][:, design.frozen[begin:]]).all()


def test_an_event_in_the_last_session_has_no_session_after_it():
    days = weekdays(200)
    rng = np.random.default_rng(11)
    panel = price_panel({"X": walk(rng, 200), "EM": walk(rng, 200)}, days)
    options = {"timeline": mi.Timeline(event=(-5, 0))}
    events, pairs = news(days[[199]]), [("e0", "X")]
    ledger = row_of(
        mi.EventStudy(model=DimsonModel("EM"), **options).run(panel, events, pairs=pairs), "e0", "X"
    )
    assert re.search(r"a move of the (headline|event) window is missing|no move", ledger["reason"])
    lags = mi.EventStudy(model=DimsonModel("EM", leads=0), **options).run(panel, events, pairs=pairs)
    assert np.isfinite(lags.ar).all(axis=None)


def asynchronous(seed: int, n: int = 2_000) -> mi.Panel:
    """A bond quoted a third of a day before its benchmark; both follow one walk, the bond with a beta of 1."""
    rng = np.random.default_rng(seed)
    early, late = rng.normal(0.0, 0.01 * np.sqrt([[2 / 3], [1 / 3]]), (2, n))
    benchmark = early + late
    bond = early + np.append(0.0, late[:-1]) + rng.normal(0.0, 0.005, n)
    frame = pd.DataFrame(
        {"X": 100 * np.exp(np.cumsum(bond)), "EM": 100 * np.exp(np.cumsum(benchmark))}, index=weekdays(n)
    )
    instruments = [
        mi.SovereignBond("X", quoted="clean price", snapshot="12:00 UTC"),
        mi.Factor("EM", snapshot=SNAPSHOT),
    ]
    return mi.Panel.from_frame(frame, instruments=instruments)


def test_asynchronous_closes_are_put_right():
    """True beta 1: the market model finds 2/3, Scholes-Williams and both sums of betas 1; Dimson predicts best.

    A line with the beta of 1 charges today with what shows tomorrow: its errors are larger than the market model's.
    """
    days = weekdays(2_000)
    timeline = mi.Timeline(estimation=(-1_900, -11), event=(-5, 5))
    found = {}
    for model in (mi.MarketModel("EM"), DimsonModel("EM", leads=0), DimsonModel("EM"), ScholesWilliams("EM")):
        study = mi.EventStudy(model=model, timeline=timeline)
        found[str(model)] = study.run(asynchronous(12), news(days[[1_950]]), pairs=[("e0", "X")])
    last = {name: result.coefficients.iloc[-1] for name, result in found.items()}
    names = list(last)
    assert last[names[0]]["estimate"] == pytest.approx(2 / 3, abs=4 * last[names[0]]["std_error"])
    for name in names[1:3]:
        assert last[name]["term"] == "sum of betas"
        assert last[name]["estimate"] == pytest.approx(1.0, abs=4 * last[name]["std_error"])
    assert last[names[3]]["estimate"] == pytest.approx(1.0, abs=0.1)
    # own noise 25, and of the common 100: 22 twice by the two betas, 22 + 33 by one of 2/3, 33 twice by one of 1
    sigma2 = [1e6 * float(result.sigma2.iloc[0]) for result in found.values()]
    np.testing.assert_allclose(sigma2, [80.6, 69.4, 69.4, 91.7], rtol=0.12)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"leads": -1}, "DimsonModel.leads: is no number of neighbouring sessions; received -1"),
        ({"lags": 6}, "DimsonModel.lags: is no number of neighbouring sessions; received 6"),
        ({"lags": True}, "DimsonModel.lags: is no number of neighbouring sessions; received True"),
        ({"leads": 1.0}, "DimsonModel.leads: is no number of neighbouring sessions; received 1.0"),
    ],
)
def test_leads_and_lags_are_whole_numbers(options, words):
    with pytest.raises(mi.InputError, match=re.escape(words)):
        DimsonModel("EM", **options)


@pytest.mark.parametrize("wrong", [None, 5, ("EM",), ["EM"]])
@pytest.mark.parametrize("model", [DimsonModel, ScholesWilliams])
def test_something_else_is_no_benchmark(model, wrong):
    with pytest.raises(mi.InputError, match=rf"{model.__name__}\.benchmark: is not a benchmark"):
        model(wrong)


def test_a_basket_and_a_curve_have_neighbouring_moves_too():
    days = weekdays(200)
    rng = np.random.default_rng(13)
    levels = {name: walk(rng, 200) for name in ("X", "A", "B")}
    panel = price_panel(levels, days)
    basket = mi.basket(panel, ["A", "B"], id="region")
    result = mi.EventStudy(model=DimsonModel(basket), timeline=TIMELINE).run(
        panel, news(days[[150]]), pairs=[("e0", "X")]
    )
    mean = np.diff(np.log(levels["A"]) + np.log(levels["B"]), prepend=np.nan) / 2
    design, at = result.alignment.design, int(result.alignment.positions[0])
    np.testing.assert_allclose(design.x[1, at - 5 : at + 6], mean[144:155], rtol=1e-9)
    assert [one.id for one in result.one("e0", "X").baskets][:1] == ["region"]
    assert "region (t-1), region, region (t+1)" in ", ".join(result.one("e0", "X").split.factors)
    assert result.to_dict()["spec"]["model"]["factors"][0] == {
        "id": "region (t-1)", "of": {"id": "region", "members": ["A", "B"]}, "by": -1
    }  # fmt: skip


def test_nothing_is_its_own_benchmark_a_session_late():
    days = weekdays(200)
    panel = price_panel(
        {"X": walk(np.random.default_rng(14), 200), "EM": walk(np.random.default_rng(15), 200)}, days
    )
    result = mi.EventStudy(model=DimsonModel("X"), timeline=TIMELINE).run(
        panel, news(days[[150]]), pairs=[("e0", "X")]
    )
    assert "own benchmark" in row_of(result, "e0", "X")["reason"]


def test_a_factor_that_swings_back_wholly_has_no_such_beta():
    days = weekdays(200)
    rng = np.random.default_rng(16)
    swing = 100 * np.exp(0.01 * (np.arange(200) % 2))
    panel = price_panel({"X": walk(rng, 200), "EM": swing}, days)
    result = mi.EventStudy(model=ScholesWilliams("EM"), timeline=TIMELINE).run(
        panel, news(days[[150]]), pairs=[("e0", "X")]
    )
    assert row_of(result, "e0", "X")["reason"].startswith(
        "a factor does not vary, or repeats another, or swings back by half and more, in the estimation window"
    )


def own_scars(result: mi.StudyResult, place: int, first: int, sessions: int) -> np.ndarray:
    """Every placebo window's sum over s sqrt(sum v), by a Scholes-Williams fit to all other rows; the event's last."""
    a = result.alignment
    at = int(a.positions[result.estimates.rows[place]])
    y, x, v = a.design.y, a.design.x, a.design.v
    known = np.isfinite(y) & np.isfinite(x).all(axis=0)
    event = at + first + np.arange(sessions)
    rows = np.append(np.arange(at - 130, at - 10), event)
    clean = np.append(a.clean[at - 130 : at - 10], known[event])
    scars = []
    for window in [*(at - 130 + j + np.arange(sessions) for j in range(120 - sessions + 1)), event]:
        inside = np.isin(rows, window)
        if (clean & inside).sum() != known[event].sum():
            continue
        out, into = rows[clean & ~inside], rows[clean & inside]
        root = np.sqrt(v[out])
        m, *factors = x[:, out] / root
        right = y[out] / root
        slopes = [np.linalg.lstsq(np.column_stack([m, f]), right, rcond=None)[0][1] for f in factors]
        before, now = (f - m * (m @ f) / (m @ m) for f in factors[:2])
        beta = sum(slopes) / (1 + 2 * before @ now / np.sqrt((before @ before) * (now @ now)))
        alpha = m @ (right - beta * factors[1]) / (m @ m)
        e = right - alpha * m - beta * factors[1]
        car = (y[into] - alpha * x[0, into] - beta * x[2, into]).sum()
        scars.append(car / np.sqrt(e @ e / (len(out) - 2) * v[into].sum()))
    return np.array(scars)


@pytest.mark.parametrize("holidays", [0.0, 0.1])
@pytest.mark.parametrize("width", [1, 3])
def test_the_rank_of_scholes_williams_is_among_refits_of_its_own(holidays, width):
    """One session or three candidates: the share of placebo windows at least as large, and one over their number."""
    panel, days = mixed_panel(17, holidays=holidays, missing=holidays / 2), weekdays(700)
    precision = {"precision": "+-1d"} if width == 3 else {}
    event = mi.Event(
        "e0", announced_at=f"{days[301]}T09:00" if width == 1 else str(days[301]), zone="UTC", **precision
    )
    study = mi.EventStudy(model=ScholesWilliams("EM"), timeline=TIMELINE)
    result = study.run(panel, event, pairs=[("e0", name) for name in NAMES])
    lengths = result.to_frame("car").query("term == 'headline'")
    seen = 0
    for place, (first, last) in enumerate(zip(lengths["tau_from"], lengths["tau_to"], strict=True)):
        scars = np.abs(own_scars(result, place, first, last - first + 1))
        if np.isnan(result.ranks.p_value[place]):
            continue
        seen += 1
        assert result.ranks.p_value[place] == pytest.approx(
            np.mean(scars >= scars[-1] * (1 - 1e-9)), rel=1e-12
        )
        assert result.ranks.p_floor[place] == pytest.approx(1 / len(scars), rel=1e-12)
    assert seen >= 1
    assert (lengths["tau_to"].max() > 0) == (width == 3)
    if width == 3:
        assert "theory has no covariance" in result.one("e0", "KZ price").which_day.reason


def test_windows_need_twenty_moves_a_session_for_their_placebos():
    panel, days = mixed_panel(18), weekdays(700)
    event = mi.Event("e0", announced_at=str(days[301]), zone="UTC", precision="+-4d")
    study = mi.EventStudy(model=ScholesWilliams("EM"), timeline=mi.Timeline(event=(-5, 12)))
    result = study.run(panel, event, pairs=[("e0", "KZ price")])
    assert re.fullmatch(
        r"needs \d+ usable estimation moves for a window of \d+ sessions, has 120", result.ranks.reason[0]
    )


def test_dates_are_permuted_with_refits_of_its_own():
    """Two events on one series, enumerated: every pair of placebo dates by the model's own scars."""
    days = weekdays(500)
    rng = np.random.default_rng(19)
    panel = price_panel({"X": walk(rng, 500), "EM": walk(rng, 500)}, days)
    timeline = mi.Timeline(estimation=(-80, -11), event=(0, 0))
    study = mi.EventStudy(model=ScholesWilliams("EM"), timeline=timeline)
    result = study.run(panel, news(days[[200, 400]]), pairs=[("e0", "X"), ("e1", "X")])
    pools = []
    for place in range(2):
        at = int(result.alignment.positions[place])
        y, x = result.alignment.design.y, result.alignment.design.x
        rows = np.append(np.arange(at - 80, at - 10), at)
        scars = []
        for t in rows:
            out = rows[rows != t]
            slopes = [np.cov(y[out], x[j, out])[0, 1] / x[j, out].var(ddof=1) for j in (1, 2, 3)]
            beta = sum(slopes) / (1 + 2 * np.corrcoef(x[1, out], x[2, out])[0, 1])
            alpha = y[out].mean() - beta * x[2, out].mean()
            e = y[out] - alpha - beta * x[2, out]
            scars.append((y[t] - alpha - beta * x[2, t]) / np.sqrt(e @ e / (len(out) - 2)))
        pools.append(np.array(scars))
    means = np.abs(pools[0][:, None] + pools[1]) / 2
    test = next(one for one in result.across if one.outcome.test == "date permutation" and one.window is None)
    assert test.outcome.note == "enumerated"
    assert test.outcome.p_value == pytest.approx(np.mean(means >= means[-1, -1] * (1 - 1e-9)), rel=1e-12)


def test_beside_other_models_in_one_call():
    """Robustness over models, with and without a covariance, and placebo dates of the study's own rule."""
    days = weekdays(400)
    rng = np.random.default_rng(20)
    panel = price_panel({"X": walk(rng, 400), "EM": walk(rng, 400)}, days)
    study = mi.EventStudy(model=ScholesWilliams("EM"), timeline=TIMELINE)
    result = study.run(panel, news(days[[300]]), pairs=[("e0", "X")])
    found = mi.robustness(
        result,
        event_id="e0",
        instrument="X",
        models=[mi.ConstantMean(), mi.MarketModel("EM"), DimsonModel("EM")],
    )
    frame = found.to_frame()
    grid = frame[frame["group"] == "grid"]
    own = grid["model"] == "Scholes-Williams model on EM"
    assert grid.loc[own, "reason"].str.startswith("theory has no covariance").all()
    assert grid.loc[~own, "p_value"].notna().any()
    placebo = frame[frame["group"] == "placebo date"]
    np.testing.assert_allclose(
        placebo["estimate"].dropna().to_numpy()[1:], own_scars(result, 0, 0, 1)[:-1], rtol=1e-8
    )
    ax = mi.plot_specification_curve(found, ax=Figure().subplots())
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "the study, no p" in words
    assert {"another specification, p ≥ .05", "another specification, no p"} <= set(words)
    assert mi.plot_shifts(result, "e0", "X", ax=Figure().subplots()).get_ylabel()
    shifted = result.shift_sensitivity()
    assert shifted["reason"].str.startswith("theory has no covariance").all()
    assert str(found.summary())
