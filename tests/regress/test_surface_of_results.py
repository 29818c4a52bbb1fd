"""Every result of a regression or an association offers the same: numbers by term, a table, a ledger, a picture."""

from __future__ import annotations

import pickle
import pkgutil
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import marketimpact as mi
import marketimpact.associate
import marketimpact.regress
from marketimpact.associate.coincidence import event_coincidence
from marketimpact.associate.contagion import adjusted_correlation
from marketimpact.associate.lags import distributed_lags, granger
from marketimpact.associate.lead_lag import lead_lag
from marketimpact.associate.quantiles import quantile_response
from marketimpact.associate.spillovers import SpilloverSpec, spillovers
from marketimpact.ledger import Ledger
from marketimpact.plots import association as of_associations
from marketimpact.plots.breaks import breaks_data, plot_breaks
from marketimpact.plots.coefficients import coefficient_data, plot_coefficients
from marketimpact.plots.confidence_sets import confidence_set_data, plot_confidence_sets
from marketimpact.plots.event_time import event_time_data, plot_event_time
from marketimpact.plots.event_volatility import (
    event_variance_data,
    plot_event_variance,
    plot_volatility,
    volatility_data,
)
from marketimpact.plots.responses import plot_response, response_data
from marketimpact.plots.spillovers import (
    plot_spillovers,
    plot_total_spillover,
    spillovers_data,
    total_spillover_data,
)
from marketimpact.plots.surprises import plot_surprises, surprise_data
from marketimpact.plots.undated import largest_moves_data, plot_largest_moves
from marketimpact.regress.break_result import BreakSearch
from marketimpact.regress.breaks import structural_breaks
from marketimpact.regress.dummies import EventRegression
from marketimpact.regress.exchange_regimes import exchange_regimes
from marketimpact.regress.heteroskedasticity import VarianceSpec, rigobon_sack
from marketimpact.regress.local_projections import ProjectionSpec, local_projection
from marketimpact.regress.panels import PanelRegression
from marketimpact.regress.staggered import StaggeredEvents
from marketimpact.regress.surprises import SurpriseResponse
from marketimpact.regress.undated import MoveSearch, largest_moves
from marketimpact.regress.variance_ratios import event_variance
from marketimpact.regress.volatility import event_volatility
from marketimpact.study.cross_section import cross_section
from marketimpact.study.estimated import TERMS, Estimated
from tests.associate.world import WEEKDAYS, led, panel_of
from tests.study.world import SNAPSHOT, news, price_panel, weekdays

N = 600
DAYS = weekdays(N)
AT = np.arange(60, 580, 13)
RNG = np.random.default_rng(5)
MOVES = 0.01 * RNG.standard_normal((6, N))
NAMES = ("A", "B", "C", "D", "E", "F")


def prices(*names: str) -> mi.Panel:
    return price_panel({name: 100.0 * np.exp(np.cumsum(MOVES[NAMES.index(name)])) for name in names}, DAYS)


def surprises() -> mi.EventSet:
    return mi.EventSet.from_events(
        mi.Event(
            f"e{i}", announced_at=f"{DAYS[at]}T09:00", zone="UTC", surprise=float(size), surprise_unit="bp"
        )
        for i, (at, size) in enumerate(zip(AT, RNG.standard_normal(len(AT)), strict=True))
    )


def currencies() -> mi.Panel:
    pairs = [mi.CurrencyPair("EUR", one, snapshot=SNAPSHOT) for one in ("USD", "CHF", "KZT")]
    walks = {pair.id: np.exp(np.cumsum(MOVES[i])) for i, pair in enumerate(pairs)}
    return mi.Panel.from_frame(pd.DataFrame(walks, index=DAYS), instruments=pairs)


def staggered() -> Estimated:
    pairs = [("e0", "A"), ("e1", "B"), ("e1", "C")]
    return StaggeredEvents(leads=2, lags=2, draws=199).run(
        prices(*NAMES), news(DAYS[[100, 200]]), pairs=pairs
    )


def panel_regression() -> Estimated:
    pairs = [(f"e{i}", name) for i in range(12) for name in NAMES[: 2 + i % 3]]
    return PanelRegression().run(prices(*NAMES), news(DAYS[AT[:12]]), pairs=pairs)


def turbulence() -> Estimated:
    panel = panel_of(MOVES[0], "KZ").join(panel_of(MOVES[1] + MOVES[0], "TR"))
    return adjusted_correlation(panel, "KZ", "TR", tuple(map(str, DAYS[[300, 400]])))


def rates() -> Estimated:
    return event_coincidence(prices("A"), news(DAYS[AT[:20]]), news(DAYS[AT[5:15] + 1]))


def characteristics() -> Estimated:
    study = mi.EventStudy(timeline=mi.Timeline(estimation=(-50, -11), min_estimation=30)).run(
        prices("A"), news(DAYS[AT[::4]])
    )
    return cross_section(study, {"size": {f"e{i}": float(i % 5) for i in range(10)}}, window=(0, 1))


def volatility() -> Estimated:
    return event_volatility(prices("A"), news(DAYS[AT]))


EXAMPLES: dict[str, Callable[[], Estimated]] = {
    "dummies": lambda: EventRegression(permutations=99).run(prices("A"), news(DAYS[AT])),
    "surprises": lambda: SurpriseResponse().run(prices("A"), surprises()),
    "per unit": lambda: SurpriseResponse().run(prices("A"), surprises()).per_unit(),
    "panels": panel_regression,
    "cross-section": characteristics,
    "staggered": staggered,
    "projections": lambda: local_projection(prices("A"), news(DAYS[AT]), spec=ProjectionSpec(horizons=2)),
    "heteroskedasticity": lambda: rigobon_sack(
        prices("A", "B"), news(DAYS[AT]), "A", driver="B", spec=VarianceSpec(draws=199)
    ),
    "volatility": volatility,
    "variance": lambda: event_variance(prices("A"), news(DAYS[AT])),
    "largest": lambda: largest_moves(prices("A"), news(DAYS[AT]), search=MoveSearch(n=5)),
    "breaks": lambda: structural_breaks(prices("A", "B"), "A", factors=["B"], search=BreakSearch(choose=1)),
    "regimes": lambda: exchange_regimes(
        currencies(), "KZT", anchors=("USD", "EUR"), search=BreakSearch(choose=1, most=2)
    ),
    "lead and lag": lambda: lead_lag(*led(1), lags=2, reading=WEEKDAYS, draws=99),
    "distributed lags": lambda: distributed_lags(*led(1), lags=2, reading=WEEKDAYS),
    "granger": lambda: granger(*led(1), lags=2, reading=WEEKDAYS),
    "quantiles": lambda: quantile_response(*led(0), quantiles=(0.25, 0.75), reading=WEEKDAYS, draws=20),
    "adjusted correlation": turbulence,
    "coincidence": rates,
    "spillovers": lambda: spillovers(prices("A", "B"), spec=SpilloverSpec(window=300, step=100)),
}

DRAWN_BY = {
    "surprises": plot_surprises, "staggered": plot_event_time, "projections": plot_response,
    "heteroskedasticity": plot_confidence_sets, "volatility": plot_volatility, "variance": plot_event_variance,
    "largest": plot_largest_moves, "breaks": plot_breaks, "regimes": plot_breaks,
    "lead and lag": of_associations.plot_lead_lag, "spillovers": plot_spillovers,
    **dict.fromkeys(("dummies", "per unit", "panels", "cross-section"), plot_coefficients),
    **dict.fromkeys(
        ("distributed lags", "granger", "quantiles", "adjusted correlation", "coincidence"),
        of_associations.plot_association,
    ),
}  # fmt: skip

PLOTS = (
    *dict.fromkeys(DRAWN_BY.values()), plot_total_spillover,  # a set of functions has another order in each process
    of_associations.association_data, of_associations.lead_lag_data,
    breaks_data, coefficient_data, confidence_set_data, event_time_data, event_variance_data, volatility_data,
    response_data, spillovers_data, total_spillover_data, surprise_data, largest_moves_data,
)  # fmt: skip

FITTED_BY_ITSELF = ("staggered", "variance", "largest", "lead and lag", "adjusted correlation", "coincidence")
"""Results that the package's own arithmetic makes, which no library's model stands behind."""


@pytest.fixture(scope="module")
def results() -> dict[str, Estimated]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mi.MarketImpactWarning)
        return {name: make() for name, make in EXAMPLES.items()}


def test_every_kind_of_result_has_its_example(results: dict[str, Estimated]) -> None:
    for package in (marketimpact.regress, marketimpact.associate):
        for module in pkgutil.iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")
    kinds, waiting = set(), [Estimated]
    while waiting:
        waiting.extend(below := waiting.pop().__subclasses__())
        kinds.update(one.__name__ for one in below if one.__module__.startswith("marketimpact"))
    kinds.remove("RegressionResult")  # what several have in common: nothing gives it as it is
    assert kinds == {type(one).__name__ for one in results.values()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_numbers_by_term_are_those_of_the_table(results: dict[str, Estimated], name: str) -> None:
    found = results[name]
    frame = found.to_frame()
    assert set(TERMS) <= set(frame.columns)
    assert frame["term"].tolist() == list(found.terms)
    for words, column in (
        ("params", "estimate"), ("bse", "std_error"), ("tvalues", "statistic"), ("pvalues", "p_value"),
    ):  # fmt: skip
        series = getattr(found, words)
        assert (series.name, series.index.name) == (words, "term")
        assert series.index.tolist() == list(found.terms)
        np.testing.assert_array_equal(series.to_numpy(), frame[column].to_numpy(dtype=float))
    ends = found.conf_int()
    assert ends.index.tolist() == list(found.terms)
    np.testing.assert_array_equal(ends.to_numpy(), frame[["conf_low", "conf_high"]].to_numpy(dtype=float))
    np.testing.assert_array_equal(found.conf_int(found.level).to_numpy(), ends.to_numpy())
    known = found.p_values[np.isfinite(found.p_values)]
    assert ((known >= 0.0) & (known <= 1.0)).all()


@pytest.mark.parametrize("name", EXAMPLES)
def test_intervals_of_other_levels_lie_within_each_other(results: dict[str, Estimated], name: str) -> None:
    found = results[name]
    wide, narrow = found.conf_int(0.99), found.conf_int(0.5)
    there = (np.isfinite(wide) & np.isfinite(narrow)).all(axis=1).to_numpy()
    if name != "heteroskedasticity":  # a set may be an interval at one level, and at another none
        np.testing.assert_array_equal(there, np.isfinite(found.conf_int()).all(axis=1).to_numpy())
    bound = name == "spillovers"  # a share ends at zero and one at any level
    assert ((wide["conf_low"] < narrow["conf_low"]) | (bound & (narrow["conf_low"] == 0.0)))[there].all()
    assert ((narrow["conf_high"] < wide["conf_high"]) | (bound & (narrow["conf_high"] == 1.0)))[there].all()
    inside = (narrow["conf_low"] <= found.estimates) & (found.estimates <= narrow["conf_high"])
    assert inside[there].all() or name == "adjusted correlation"  # whose ends are percentiles of draws
    for level in (0.0, 1.0, 95.0):
        with pytest.raises(mi.InputError, match="level: is not a level"):
            found.conf_int(level)


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_does_not_exist_is_missing_and_says_why(results: dict[str, Estimated], name: str) -> None:
    frame = results[name].to_frame()
    without = frame[["std_error", "conf_low", "p_value"]].isna().any(axis=1)
    assert (frame.loc[without, "note"].str.len() > 0).all()
    assert frame["unit"].str.len().gt(0).all()


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_it_rests_on_and_how_it_reads(results: dict[str, Estimated], name: str) -> None:
    found = results[name]
    assert isinstance(found.ledger, Ledger)  # type: ignore[attr-defined]
    assert len(found.ledger.to_frame()) == len(found.ledger)  # type: ignore[attr-defined]
    without_news = name in ("breaks", "regimes", "spillovers")
    assert (found.ledger.given == 0) is without_news  # type: ignore[attr-defined]
    assert (found.model is None) is (name in FITTED_BY_ITSELF)  # type: ignore[attr-defined]
    assert str(found.summary())
    assert "<table>" in found._repr_html_()
    assert repr(found).startswith(f"{type(found).__name__}: ")
    assert len(repr(found)) < 500
    assert "\n" not in repr(found)


@pytest.mark.parametrize("name", EXAMPLES)
def test_equal_by_value_also_out_of_a_pickle(results: dict[str, Estimated], name: str) -> None:
    found = results[name]
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert again.to_frame().equals(found.to_frame())
    words = "stamp" if name == "cross-section" else "title"
    assert replace(found, **{words: "another"}) != found  # type: ignore[type-var]
    assert found != "something else"
    with pytest.raises(TypeError, match="unhashable"):
        hash(found)


def test_the_same_run_gives_an_equal_result(results: dict[str, Estimated]) -> None:
    """A second run has models of its own, which are equal to nothing but themselves."""
    again = EXAMPLES["breaks"]()
    assert again == results["breaks"]
    assert again.model is not results["breaks"].model  # type: ignore[attr-defined]
    numbers = results["breaks"].estimates.copy()
    numbers[0] += 1e-12
    assert replace(again, estimates=numbers) != again  # type: ignore[type-var]


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_has_a_picture(results: dict[str, Estimated], name: str) -> None:
    ax = DRAWN_BY[name](results[name], ax=Figure(figsize=(8, 4)).subplots())  # type: ignore[operator]
    assert ax.get_title(loc="left")


@pytest.mark.parametrize("draw", PLOTS, ids=lambda one: one.__name__)
def test_pictures_of_something_else_say_what_they_draw(
    results: dict[str, Estimated], draw: Callable[[object], object]
) -> None:
    mine = {name for name, one in DRAWN_BY.items() if one is draw}
    other = "spillovers" if "coeff" in draw.__name__ or "associat" in draw.__name__ else "variance"
    wrong = results["largest"] if "variance" in draw.__name__ else results[other]
    assert not mine & {"largest"} or wrong is not results["largest"]
    for one in (wrong, results["largest"].to_frame(), None):
        with pytest.raises(
            mi.InputError, match=r"result: is n.*(received|allowed).*(Result|Association|an? [A-Z])"
        ):
            draw(one)


def test_a_mapping_of_something_else_is_no_mapping_of_regressions(results: dict[str, Estimated]) -> None:
    with pytest.raises(mi.InputError, match="received 'EventVariance, NoneType'"):
        plot_coefficients({"a": results["variance"], "b": None})  # type: ignore[dict-item]
    with pytest.raises(mi.InputError, match="received 'an empty mapping'"):
        plot_coefficients({})


SPAN = (str(DAYS[300]), str(DAYS[400]))
STILL = np.full(N, 100.0)


@pytest.mark.parametrize(
    ("ask", "match"),
    [
        (lambda: event_variance(prices("A", "B"), news(DAYS[AT]), "A", controls="B"), "controls: are no list of"),
        (lambda: event_variance(prices("A"), news(DAYS[AT]), level="95"), "level: no level"),
        (lambda: structural_breaks(prices("A"), move="rate"), "move: is not known; received 'rate'"),
        (lambda: structural_breaks(price_panel({"A": STILL}, DAYS)), "instrument: has 0 usable moves"),
        (lambda: adjusted_correlation(prices("A", "B"), "A", "B", SPAN, move="rate"), "move: is not known"),
        (lambda: adjusted_correlation(prices("A", "B"), "A", "B", SPAN, level="95"), "0 < level < 1"),
        (lambda: SpilloverSpec(move="rate"), "move: is not known"),
        (
            lambda: spillovers(prices("A").join(panel_twin())),
            "instruments: move alike: their shocks cannot be told apart",
        ),
        (
            lambda: EventRegression(controls=["B", "B"]).run(
                prices("A", "B"), news(DAYS[AT]), pairs=[(f"e{i}", "A") for i in range(len(AT))]
            ),
            r"controls: name one twice; received \['B'\]; allowed: each control once",
        ),
        (lambda: VarianceSpec(draws=9), "draws: cannot reach the level; received 9; allowed: 19 or more"),
        (
            lambda: rigobon_sack(
                price_panel({"A": 100 * np.exp(np.cumsum(MOVES[0])), "B": STILL}, DAYS),
                news(DAYS[AT]), "A", driver="B",
            ),
            "driver: does not move",
        ),
        (lambda: EXAMPLES["heteroskedasticity"]().confidence_set(95.0), "level: no level"),
        (lambda: volatility().variance_ratio("event", 2.0), "level: no level"),
        (lambda: plot_coefficients(EXAMPLES["breaks"]()), "terms: must be named: none rests on events"),
    ],
)  # fmt: skip
def test_bad_input_is_named(ask: Callable[[], object], match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        ask()


SEEDED: dict[str, Callable[[Any], object]] = {
    "panels": lambda seed: PanelRegression().run(
        prices(*NAMES), news(DAYS[[100]]), pairs=[("e0", "A")], seed=seed
    ),
    "treatments": lambda seed: PanelRegression().run_treatment(
        prices("A", "B"), pd.DataFrame({"A": 1.0}, index=DAYS), seed=seed
    ),
    "staggered": lambda seed: StaggeredEvents().run(
        prices(*NAMES), news(DAYS[[100]]), pairs=[("e0", "A")], seed=seed
    ),
    "projections": lambda seed: local_projection(prices("A"), news(DAYS[AT]), seed=seed),
    "heteroskedasticity": lambda seed: rigobon_sack(
        prices("A", "B"), news(DAYS[AT]), "A", driver="B", seed=seed
    ),
    "volatility": lambda seed: event_volatility(prices("A"), news(DAYS[AT]), seed=seed),
    "variance": lambda seed: event_variance(prices("A"), news(DAYS[AT]), seed=seed),
    "lead and lag": lambda seed: lead_lag(*led(1), reading=WEEKDAYS, seed=seed),
    "granger": lambda seed: granger(*led(1), reading=WEEKDAYS, seed=seed),
    "quantiles": lambda seed: quantile_response(*led(1), reading=WEEKDAYS, seed=seed),
    "adjusted correlation": lambda seed: adjusted_correlation(prices("A", "B"), "A", "B", SPAN, seed=seed),
    "coincidence": lambda seed: event_coincidence(prices("A"), news(DAYS[AT]), seed=seed),
}


@pytest.mark.parametrize("seed", [-1, 1.5, True, "one"])
@pytest.mark.parametrize("name", SEEDED)
def test_what_is_no_seed_is_named(name: str, seed: object) -> None:
    with pytest.raises(
        mi.InputError, match=r"seed: is no seed; received .*; allowed: a whole number from 0 on"
    ):
        SEEDED[name](seed)


def panel_twin() -> mi.Panel:
    return price_panel({"Z": 50.0 * np.exp(np.cumsum(MOVES[0]))}, DAYS)


def test_one_name_is_a_list_of_one(results: dict[str, Estimated]) -> None:
    assert breaks_data(results["breaks"], regressors="B")["regressor"].unique().tolist() == ["B"]
    assert coefficient_data(results["dummies"], "event")["term"].tolist() == ["event"]
    assert coefficient_data(results["cross-section"])["term"].tolist() == ["size"]
    assert coefficient_data(results["cross-section"], "intercept")["unit"].tolist() == ["%"]
    assert set(confidence_set_data(results["heteroskedasticity"], 0.8)["level"]) == {0.8}
