"""One suite that every normal model passes: what must hold whatever the rule is."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

import marketimpact as mi
from marketimpact.plots.abnormal import ar_data
from marketimpact.plots.cumulative import car_data
from marketimpact.study.models import (
    DimsonModel,
    DonorAverage,
    DonorComponents,
    MarketAdjusted,
    NormalModel,
    ScholesWilliams,
    SyntheticControl,
    VolatilityStandardized,
)
from marketimpact.study.result import Table
from tests.study.world import SNAPSHOT, news, weekdays

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
WINDOWS = ((0, 0), (-5, 0), (1, 5), (-5, 5))
N = 700
DAYS = weekdays(N)
PLACES = (560, 610, 660)
EVENTS = news(DAYS[list(PLACES)])
DONORS = ("D1", "D2", "D3", "D4")
ISSUERS = {"X": "KZ", "D1": "TR", "D2": "ZA", "D3": "BR", "D4": "MX"}

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Case:
    """A model, whether it has a mean, and its normal moves over an estimation window by another road."""

    model: NormalModel
    mean: bool
    brute: Callable[[World, slice], tuple[Floats, int]] | None
    yields: bool = False


@dataclass(frozen=True)
class World:
    """Moves of an instrument, of a market, of a rate [bp] and of four donors; the first session has none."""

    y: Floats
    market: Floats
    rate: Floats
    donors: Floats

    def panel(self, *, yields: bool = False) -> mi.Panel:
        """Levels whose moves these are: prices in logs, or yields in bp."""
        frame = pd.DataFrame(
            {
                "X": 4.0 + np.cumsum(self.y) if yields else 100.0 * np.exp(np.cumsum(self.y)),
                **{name: 100.0 * np.exp(np.cumsum(d)) for name, d in zip(DONORS, self.donors, strict=True)},
                "EM": 50.0 * np.exp(np.cumsum(self.market)),
                "UST": 2.0 + np.cumsum(self.rate) / 100,
            },
            index=DAYS[: len(self.y)],
        )
        instruments = [
            mi.SovereignBond(
                name,
                quoted="yield" if yields and name == "X" else "clean price",
                issuer=issuer,
                snapshot=SNAPSHOT,
            )
            for name, issuer in ISSUERS.items()
        ]
        factors = [
            mi.Factor("EM", snapshot=SNAPSHOT),
            mi.Factor("UST", move="difference", unit="percent", snapshot=SNAPSHOT),
        ]
        return mi.Panel.from_frame(frame, instruments=[*instruments, *factors])

    def observed(self, case: Case) -> Floats:
        return self.y * (100.0 if case.yields else 1.0)

    def until(self, n: int) -> World:
        return World(self.y[:n], self.market[:n], self.rate[:n], self.donors[:, :n])


def world(seed: int = 1) -> World:
    rng = np.random.default_rng(seed)
    market, rate = rng.normal(0.0, 0.01, N), rng.normal(0.0, 4.0, N)
    donors = 0.8 * market + rng.normal(0.0, 0.005, (4, N))
    y = 0.7 * market + 0.2 * np.roll(market, 1) - 0.0004 * rate + rng.normal(0.0002, 0.006, N)
    return World(y, market, rate, donors)


def line(*columns: Callable[[World], Floats]) -> Callable[[World, slice], tuple[Floats, int]]:
    """Least squares in a mean and some columns, by numpy's own decomposition."""

    def normal(w: World, at: slice) -> tuple[Floats, int]:
        x = np.column_stack([np.ones(N), *(column(w) for column in columns)])[at]
        return x @ np.linalg.lstsq(x, w.y[at], rcond=None)[0], x.shape[1]

    return normal


def scholes_williams(w: World, at: slice) -> tuple[Floats, int]:
    y, now = w.y[at], w.market[at]
    before, after = np.roll(w.market, 1)[at], np.roll(w.market, -1)[at]
    slopes = [np.cov(y, f)[0, 1] / f.var(ddof=1) for f in (before, now, after)]
    beta = sum(slopes) / (1.0 + 2.0 * np.corrcoef(before, now)[0, 1])
    return y.mean() + beta * (now - now.mean()), 2


def market(w: World) -> Floats:
    return w.market


def neighbour(by: int) -> Callable[[World], Floats]:
    return lambda w: np.roll(w.market, -by)


CASES = {
    "constant mean": Case(mi.ConstantMean(), True, line()),
    "market model": Case(mi.MarketModel("EM"), True, line(market)),
    "market-adjusted": Case(MarketAdjusted("EM"), False, lambda w, at: (w.market[at], 0)),
    "two factors": Case(mi.FactorModel(("EM", "UST")), True, line(market, lambda w: w.rate)),
    "spread": Case(mi.BenchmarkSpread("UST"), False, lambda w, at: (w.rate[at] / 100, 0), yields=True),
    "Dimson": Case(
        DimsonModel("EM", leads=1, lags=2),
        True,
        line(*(neighbour(by) for by in (-2, -1, 0, 1))),
    ),
    "Scholes-Williams": Case(ScholesWilliams("EM"), True, scholes_williams),
    "mean over EWMA": Case(VolatilityStandardized(mi.ConstantMean()), True, line()),
    "market over EWMA": Case(VolatilityStandardized(mi.MarketModel("EM")), True, line(market)),
    "market-adjusted over EWMA": Case(
        VolatilityStandardized(MarketAdjusted("EM")), False, lambda w, at: (w.market[at], 0)
    ),
    "mean over GARCH": Case(VolatilityStandardized(mi.ConstantMean(), "garch"), True, line()),
    "donor average": Case(DonorAverage(DONORS), True, line(lambda w: w.donors.mean(axis=0))),
    "donor components": Case(DonorComponents(DONORS, n=2), True, None),
    "synthetic control": Case(SyntheticControl(DONORS), False, None),
}
every_model = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
with_a_mean = pytest.mark.parametrize(
    "case", [one for one in CASES.values() if one.mean], ids=[name for name, one in CASES.items() if one.mean]
)


def studied(w: World, case: Case, events: Any = EVENTS, **options: Any) -> mi.StudyResult:
    study = mi.EventStudy(model=case.model, timeline=TIMELINE, windows=WINDOWS, **options)
    pairs = [(event.id, "X") for event in events]
    return study.run(w.panel(yields=case.yields), events, pairs=pairs)


RESULTS: dict[str, mi.StudyResult] = {}


def base(case: Case) -> mi.StudyResult:
    """The result in the world of seed 1, made once a model."""
    name = str(case.model)
    if name not in RESULTS:
        RESULTS[name] = studied(world(), case)
    return RESULTS[name]


def event_rows(values: Floats) -> Floats:
    return np.stack([values[at - 5 : at + 6] for at in PLACES])


@every_model
def test_counterfactual_and_abnormal_moves_are_the_observed_ones(case: Case) -> None:
    result = base(case)
    expected = event_rows(world().observed(case))
    np.testing.assert_allclose(result.normal + result.ar, expected, rtol=0, atol=1e-9)
    assert np.isfinite(result.ar).all(axis=None)
    pair = result.one("e1", "X")
    np.testing.assert_array_equal(pair.normal, result.normal.loc[("e1", "X")])
    split = result.to_frame("split")
    np.testing.assert_allclose(split["normal"] + split["abnormal"], split["observed"], rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    "case",
    [one for one in CASES.values() if one.brute],
    ids=[name for name, one in CASES.items() if one.brute],
)
def test_residual_variance_and_degrees_of_freedom_by_another_road(case: Case) -> None:
    """s^2 = e'e / (T - parameters fitted), over the estimation window without the other events' windows."""
    assert case.brute is not None
    result, w = base(case), world()
    at = PLACES[0]
    window = slice(at - 130, at - 10)
    normal, spent = case.brute(w, window)
    scale = 100.0 if case.yields else 1.0
    e = (w.y[window] - normal) * scale
    assert result.sigma2.iloc[0] == pytest.approx(e @ e / (120 - spent), rel=1e-9)
    assert result.one("e0", "X").df == 120 - spent


@every_model
def test_variances_are_known_or_there_is_a_reason(case: Case) -> None:
    result = base(case)
    reason = "" if case.model.method is None else case.model.method.no_covariance
    known = not reason
    assert known == isinstance(
        case.model,
        mi.ConstantMean
        | mi.MarketModel
        | mi.FactorModel
        | mi.BenchmarkSpread
        | MarketAdjusted
        | DimsonModel
        | DonorAverage
        | DonorComponents,
    )
    assert np.isfinite(result.sigma2).all()
    assert (np.isfinite(result.cov) == known).all()
    car, ar = result.to_frame("car"), result.to_frame("ar")
    for frame in (car, ar):
        assert np.isfinite(frame["estimate"]).all()
        for column in ("std_error", "statistic", "p_value", "conf_low", "conf_high"):
            assert (np.isfinite(frame[column]) == known).all(), column
    pair = result.one("e0", "X")
    assert {move.reason for move in (pair.headline, *pair.windows)} == {reason}
    tests = result.to_frame("tests")
    assert set(tests.loc[tests["test"] == "t", "reason"]) == {reason}
    found = result.one_event("e0", "X")
    assert found.one("t").reason == reason
    assert found.one("leak (before)").reason == reason
    assert found.leads == "rank with refit"
    assert result.joint("e0").joint.reason == reason
    assert (reason in str(result.summary())) or known
    assert result.no_covariance == pair.no_covariance == reason
    coefficients = result.coefficients
    assert (np.isfinite(coefficients["std_error"]) == known).all()
    assert set(coefficients["reason"]) <= {reason}


@every_model
def test_the_variance_of_a_sum_is_that_of_its_covariance(case: Case) -> None:
    result = base(case)
    for w, (first, last) in enumerate(WINDOWS):
        part = slice(first + 5, last + 6)
        found = result.cov[:, part, part].sum(axis=(1, 2))
        np.testing.assert_allclose(result.estimates.sums.variance[:, w], found, rtol=1e-9)


@every_model
def test_the_rank_and_its_floor_are_there_for_every_model(case: Case) -> None:
    result = base(case)
    rows = result.to_frame("tests").query("test == 'rank with refit'")
    assert (rows["reason"] == "").all()
    assert ((rows["p_value"] >= rows["p_floor"]) & (rows["p_value"] <= 1.0)).all()
    # of the first event's 121 rows EWMA leaves out the first 20, which start the volatility
    burnt = 20 if "EWMA" in str(case.model) else 0
    assert rows["p_floor"].iloc[0] == pytest.approx(1 / (121 - burnt), rel=1e-12)


@every_model
def test_coefficients_make_the_counterfactual(case: Case) -> None:
    """m a + sum of coefficients times their factors' moves is the normal move."""
    w, table = world(), base(case).coefficients
    inner = getattr(case.model, "model", case.model)
    if table.empty:
        assert isinstance(inner, mi.BenchmarkSpread | MarketAdjusted)
        return
    assert (table.groupby("event_id").size() == len(table) / 3).all()
    moves = {"mean per session": np.ones(N), "EM": w.market, "UST": w.rate, "donors": w.donors.mean(axis=0)}
    moves |= {f"EM (t{j:+d})": np.roll(w.market, -j) for j in (-2, -1, 1, 2)}
    moves |= dict(zip(DONORS, w.donors, strict=True))
    terms = table[table["term"] != "sum of betas"]
    if isinstance(inner, DonorComponents):
        assert terms["term"].tolist()[1:3] == ["component 1 of donors", "component 2 of donors"]
        return
    for event_id, at in zip(("e0", "e1", "e2"), PLACES, strict=True):
        own = terms[terms["event_id"] == event_id]
        made = sum(row.estimate * moves[row.term][at - 5 : at + 6] for row in own.itertuples())
        np.testing.assert_allclose(made, base(case).normal.loc[(event_id, "X")], rtol=0, atol=1e-9)
    if isinstance(inner, SyntheticControl):
        assert table["term"].tolist()[:4] == list(DONORS)
        assert set(table["unit"]) == {"weight"}
        np.testing.assert_allclose(table.groupby("event_id")["estimate"].sum(), 1.0, rtol=1e-9)


@every_model
def test_sums_of_neighbouring_windows_add_up(case: Case) -> None:
    car = base(case).car
    np.testing.assert_allclose(car[(-5, 0)] + car[(1, 5)], car[(-5, 5)], rtol=0, atol=1e-10)
    np.testing.assert_allclose(car[(0, 0)], base(case).ar[0], rtol=0, atol=1e-14)


@with_a_mean
def test_a_constant_on_all_moves_is_no_news(case: Case) -> None:
    w = world()
    shifted = studied(replace(w, y=w.y + 0.003), case)
    np.testing.assert_allclose(shifted.ar, base(case).ar, rtol=0, atol=1e-10)
    np.testing.assert_allclose(shifted.sigma2, base(case).sigma2, rtol=1e-7)


@every_model
def test_the_scale_of_the_moves_is_no_news(case: Case) -> None:
    """Three times the moves of everything that has the instrument's unit: AR scale, t, SCAR and p stay."""
    w = world()
    three = (
        replace(w, y=3 * w.y, rate=3 * w.rate)
        if case.yields
        else replace(w, y=3 * w.y, market=3 * w.market, donors=3 * w.donors)
    )
    scaled, plain = studied(three, case), base(case)
    np.testing.assert_allclose(scaled.ar, 3 * plain.ar, rtol=2e-6, atol=1e-9)
    np.testing.assert_allclose(scaled.scar, plain.scar, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(scaled.sar, plain.sar, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(scaled.ranks.p_value, plain.ranks.p_value)
    one, other = (result.to_frame("car") for result in (scaled, plain))
    np.testing.assert_allclose(one["p_value"], other["p_value"], rtol=1e-5)
    means = (result.to_frame("caar")["p_value"] for result in (scaled, plain))
    np.testing.assert_allclose(*means, rtol=1e-5)


@every_model
def test_the_order_of_events_only_moves_rows(case: Case) -> None:
    backwards = mi.EventSet.from_events([EVENTS[name] for name in ("e2", "e0", "e1")])
    other, plain = studied(world(), case, backwards), base(case)
    assert other.pairs.get_level_values(0).tolist() == ["e2", "e0", "e1"]
    for table in ("car", "ar", "split", "caar", "tests"):
        keys = [
            name
            for name in ("event_id", "term", "tau_from", "tau_to", "test")
            if name in plain.to_frame(table)
        ]
        left, right = (
            result.to_frame(table).sort_values(keys, kind="stable").reset_index(drop=True)
            for result in (other, plain)
        )
        pd.testing.assert_frame_equal(left, right, check_exact=True)


@every_model
def test_the_same_again_is_the_same(case: Case) -> None:
    again = studied(world(), case)
    found = again.to_dict()  # what two results are compared by
    assert found == base(case).to_dict()
    assert pickle.loads(pickle.dumps(again)).to_dict() == found
    assert found["spec"]["model"]["name"] == type(case.model).__name__


@every_model
def test_a_planted_shock_is_found(case: Case) -> None:
    w = world()
    y, size = w.y.copy(), 0.6 if case.yields else 0.12
    y[PLACES[1]] += size
    result = studied(replace(w, y=y), case)
    place = result.pairs.get_loc(("e1", "X"))
    assert result.ranks.p_value[place] == result.ranks.p_floor[place]
    grown = result.ar.loc[("e1", "X"), 0] - base(case).ar.loc[("e1", "X"), 0]
    scale = 100.0 if case.yields else 1.0
    assert grown == pytest.approx(size * scale, rel=1e-9)


@every_model
def test_a_window_too_short_is_a_row_of_the_ledger(case: Case) -> None:
    result = studied(world(), case, news(DAYS[[60, 660]]))
    ledger = result.ledger.to_frame()
    assert ledger["status"].tolist() == ["left out", "used"]
    assert "usable estimation moves, fewer than min_estimation" in ledger["reason"].iloc[0]
    assert result.pairs.tolist() == [("e1", "X")]


@every_model
def test_the_last_session_of_the_series_may_be_the_event(case: Case) -> None:
    """A model that needs the session after has no move there, and the ledger says so; nothing is filled."""
    w = world().until(PLACES[2] + 1)
    study = mi.EventStudy(model=case.model, timeline=mi.Timeline(event=(0, 0)))
    result = study.run(w.panel(yields=case.yields), news(DAYS[[PLACES[2]]]), pairs=[("e0", "X")])
    ahead = isinstance(case.model, DimsonModel | ScholesWilliams)
    row = result.ledger.to_frame().iloc[0]
    if ahead:
        assert row["status"] == "left out" or np.isnan(result.ar.to_numpy()).all()
        assert "missing" in row["reason"]
    else:
        assert np.isfinite(result.ar).all(axis=None)


@cache
def shapes(name: str) -> tuple[dict[str, tuple[list[str], int]], int, list[str]]:
    """Columns and rows of the tables, rows of the shifts, and the tests over events: made once a model."""
    result = base(CASES[name])
    tables = {table: result.to_frame(table) for table in get_args(Table)}
    return (
        {table: (frame.columns.tolist(), len(frame)) for table, frame in tables.items()},
        len(result.shift_sensitivity()),
        [one.test for one in result.over_events((0, 0)).kinds[0].outcomes],
    )


@pytest.mark.parametrize("name", CASES)
def test_tables_of_every_model_have_one_shape(name: str) -> None:
    result = base(CASES[name])
    assert shapes(name) == shapes("constant mean")
    assert result.sar.shape == result.ar.shape == result.normal.shape == (3, 11)
    assert result.scar.shape == result.car.shape == (3, len(WINDOWS))
    assert result.families().n == 3
    assert str(result.over_events().summary())
    assert str(result.one_event("e0", "X").summary())
    assert "e0 on X" in repr(result.one("e0", "X"))


@pytest.mark.parametrize(
    "name", ["constant mean", *(name for name, one in CASES.items() if one.model.method is not None)]
)
def test_figures_and_the_page_write_no_nan(name: str) -> None:
    """No band where there is no covariance, and the legend says why."""
    result = base(CASES[name])
    known = CASES[name].model.method is None
    for plot, data in ((mi.plot_ar, ar_data), (mi.plot_car, car_data)):
        ax = plot(result, "e1", "X", ax=Figure().subplots())
        frame = data(result, "e1", "X")
        assert (np.isfinite(frame[["band_low", "band_high"]]) == known).all(axis=None)
        words = " ".join(text.get_text() for text in ax.get_legend().get_texts())
        assert ("no band: theory has no covariance" in words) != known
        assert np.isfinite(ax.get_ylim()).all()
    page = mi.report(result, "e1", "X")
    assert not re.search(r"\bnan\b", " ".join([page.finding, page.reading, *page.notes, repr(page)]))
    figure = page.figure
    figure.draw_without_rendering()
    for legend in figure.findobj(Legend):
        over = legend.get_window_extent().x1 - legend.axes.get_window_extent().x1
        assert over <= 0.4 * 9 / 72 * figure.dpi, "words leave the axes: all but the padding"
    texts = [text.get_text() for text in figure.findobj(Text)]
    assert not [text for text in texts if re.search(r"\bnan\b", text)]


SERIES = 600
QUIET = mi.Timeline(estimation=(-130, -11), event=(0, 0))


@pytest.fixture(scope="module")
def crowd() -> mi.Panel:
    """Six hundred bonds without news; each with a beta of its own on one market, which four donors follow too."""
    rng = np.random.default_rng(17)
    market = rng.normal(0.0, 0.01, 137)
    betas = np.append(rng.uniform(0.5, 1.0, SERIES), np.full(4, 0.8))
    moves = betas[:, None] * market + rng.standard_t(5, (SERIES + 4, 137)) * 0.006
    names = [*(f"B{i:03d}" for i in range(SERIES)), *DONORS]
    levels = dict(
        zip([*names, "EM"], 100.0 * np.exp(np.cumsum(np.vstack([moves, market]), axis=1)), strict=True)
    )
    instruments = [mi.SovereignBond(name, quoted="clean price", snapshot=SNAPSHOT) for name in names]
    return mi.Panel.from_frame(
        pd.DataFrame(levels, index=DAYS[:137]), instruments=[*instruments, mi.Factor("EM", snapshot=SNAPSHOT)]
    )


@pytest.mark.parametrize(
    "name",
    ["market model", "Dimson", "Scholes-Williams", "market over EWMA", "donor average", "donor components"],
)
def test_the_rank_of_every_model_holds_its_size(crowd: mi.Panel, name: str) -> None:
    """Own moves of heavy tails, and no event: beside the attainable 6 of 121, within 3.7 standard errors of .9 points.

    Of EWMA, whose volatility is estimated, 5 of 101.
    """
    study = mi.EventStudy(model=CASES[name].model, timeline=QUIET)
    pairs = [("e0", f"B{i:03d}") for i in range(SERIES)]
    ranks = study.run(crowd, news(DAYS[[134]]), pairs=pairs).ranks
    attainable = 5 / 101 if "EWMA" in name else 6 / 121
    error = np.sqrt(attainable * (1 - attainable) / SERIES)
    assert np.mean(ranks.p_value <= 0.05) == pytest.approx(attainable, abs=3.7 * error)
