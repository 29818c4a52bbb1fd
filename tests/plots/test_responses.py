"""Responses, confidence sets and volatility: what is drawn is what is returned."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from marketimpact.plots.confidence_sets import confidence_set_data, plot_confidence_sets
from marketimpact.plots.event_volatility import (
    event_variance_data,
    plot_event_variance,
    plot_volatility,
    volatility_data,
)
from marketimpact.plots.responses import plot_response, response_data
from marketimpact.regress.heteroskedasticity import RigobonSack, rigobon_sack
from marketimpact.regress.local_projections import LocalProjection, ProjectionSpec, local_projection
from marketimpact.regress.variance_ratios import event_variance
from marketimpact.regress.volatility import event_volatility
from tests.regress.test_heteroskedasticity import AT as POLICY
from tests.regress.test_heteroskedasticity import DAYS as POLICY_DAYS
from tests.regress.test_heteroskedasticity import panel as policy_panel
from tests.regress.test_volatility import AT, DAYS, moves
from tests.regress.test_volatility import panel as loud_panel
from tests.study.world import mixed_panel, news, weekdays

SOME = weekdays(700)[np.arange(40, 660, 18)]


def axes() -> Axes:
    return Figure(figsize=(8.0, 4.5), layout="constrained").subplots()


@cache
def projected(events: str = "news", instrument: str = "KZ price") -> LocalProjection:
    chosen = news(SOME) if events == "news" else events
    return local_projection(mixed_panel(3), chosen, instrument, spec=ProjectionSpec(horizons=4, level=0.9))


@cache
def identified(seed: int = 1, ratio: float = 9.0) -> RigobonSack:
    return rigobon_sack(policy_panel(seed, ratio=ratio), news(POLICY_DAYS[POLICY]), "bond", driver="policy")


def test_a_response_is_drawn_with_both_bands() -> None:
    result, ax = projected(), axes()
    data = response_data(result)
    plot_response(result, ax=ax)
    line = next(one for one in ax.lines if one.get_label() == "response")
    np.testing.assert_array_equal(line.get_xdata(), data["horizon"])
    np.testing.assert_array_equal(line.get_ydata(), data["estimate"])
    np.testing.assert_allclose(data["estimate"], 100.0 * result.estimates)
    (bars,) = ax.containers[0].lines[2]
    ends = np.array([[low[1], high[1]] for low, high in bars.get_segments()])
    np.testing.assert_allclose(ends, data[["conf_low", "conf_high"]])
    band = next(one for one in ax.collections if isinstance(one, PolyCollection))
    corners = band.get_paths()[0].vertices[:, 1]
    assert corners.min() == pytest.approx(data["band_low"].min())
    assert corners.max() == pytest.approx(data["band_high"].max())
    labels = ax.get_legend_handles_labels()[1]
    assert "simultaneous 90 % band of the whole path (sup-t)" in labels
    assert "pointwise 90 % interval (t)" in labels
    assert ax.get_ylabel() == "cumulative log move [% per event]"
    assert ax.get_title(loc="left") == f"KZ price: response to news, {result.n_events[0]} event days"


@pytest.mark.parametrize(
    ("events", "instrument", "unit", "factor"),
    [
        ("EM", "KZ price", "% per %", 1.0),
        ("UST", "KZ price", "% per bp", 100.0),
        ("EM", "KZ yield", "bp per %", 0.01),
        ("UST", "KZ yield", "bp per bp", 1.0),
    ],
)
def test_fractions_are_shown_in_percent(events: str, instrument: str, unit: str, factor: float) -> None:
    result = projected(events, instrument)
    ax = plot_response(result, ax=axes())
    assert ax.get_ylabel().endswith(f"[{unit}]")
    np.testing.assert_allclose(response_data(result)["estimate"], factor * result.estimates)


def test_a_response_without_errors_is_drawn_without_bands() -> None:
    one = local_projection(mixed_panel(3), news(SOME[[5]]), "KZ yield", spec=ProjectionSpec(horizons=2))
    ax = plot_response(one, ax=axes())
    assert not ax.containers
    assert not [piece for piece in ax.collections if isinstance(piece, PolyCollection)]


def test_horizons_without_a_shock_are_shown_as_such() -> None:
    days = weekdays(700)[[300, 690, 696]]
    found = local_projection(mixed_panel(3), news(days), "KZ yield", spec=ProjectionSpec(horizons=398 // 2))
    ax = plot_response(found, ax=axes())
    assert response_data(found)["estimate"].isna().sum() == 0  # the first shock reaches to the end
    assert not [one for one in ax.texts if one.get_text() == "no shock left"]
    late = local_projection(mixed_panel(3), news(days[1:]), "KZ yield", spec=ProjectionSpec(horizons=12))
    ax = plot_response(late, ax=axes())
    assert response_data(late)["estimate"].isna().tolist() == [False] * 10 + [True] * 3
    assert ax.get_xlim()[1] > 12.0
    (said,) = [one for one in ax.texts if one.get_text() == "no shock left"]
    assert said.xy == (11.0, 0.0)
    assert "simultaneous 95 % band of the whole path (Sidak's bound)" in ax.get_legend_handles_labels()[1]


def test_an_interval_is_drawn_with_two_ends() -> None:
    result, ax = identified(), axes()
    plot_confidence_sets(result, ax=ax)
    data = confidence_set_data(result)
    assert data["shape"].tolist() == ["interval", "interval"]
    bars = [one for one in ax.lines if one.get_linewidth() == 5.0]
    np.testing.assert_array_equal([one.get_xdata() for one in bars], data[["low", "high"]])
    assert not [one for one in ax.lines if one.get_marker() in "<>"]
    assert ax.get_xlabel() == "response of bond to policy [bp per bp]"


def test_what_has_no_end_is_drawn_to_an_arrow() -> None:
    result = identified(4, 1.0)
    data = confidence_set_data(result, (0.5, 0.95))
    assert set(data["shape"]) & {"complement", "whole line"}
    ax = plot_confidence_sets(result, levels=(0.5, 0.95), ax=axes())
    arrows = [one.get_marker() for one in ax.lines if one.get_marker() in ("<", ">")]
    assert arrows.count("<") == np.isinf(data["low"]).sum()
    assert arrows.count(">") == np.isinf(data["high"]).sum()
    left, right = ax.get_xlim()
    finite = data[["low", "high"]].to_numpy().ravel()
    finite = finite[np.isfinite(finite)]
    assert ((finite > left) & (finite < right)).all()
    texts = [one.get_text() for one in ax.texts]
    assert any("all but" in one or "any number" in one for one in texts)
    for term, level in (("by policy's variance", 0.95), ("by bond's variance", 0.5)):
        rows = data[(data["term"] == term) & (data["level"] == level)]
        chosen = result.confidence_set(level, result.terms.index(term))
        assert tuple(map(tuple, rows[["low", "high"]].to_numpy())) == chosen.parts


def test_volatility_marks_the_event_days() -> None:
    result = event_volatility(loud_panel(moves(ratio=4.0)), news(DAYS[AT]))
    data, ax = volatility_data(result), plot_volatility(result, ax=axes())
    path, marks = ax.lines[0], ax.lines[1]
    np.testing.assert_array_equal(path.get_ydata(), data["volatility"])
    np.testing.assert_array_equal(marks.get_ydata(), data["volatility"][data["event"]])
    np.testing.assert_allclose(data["volatility"], 100.0 * result.volatility)
    assert data["event"].sum() == len(AT)
    assert ax.get_ylabel() == "volatility of a move [%]"
    assert ax.get_ylim() == pytest.approx((0.0, 1.25 * data["volatility"].max()))


@pytest.mark.parametrize(("scaled", "unit"), [("ewma", "sd of the days before"), (None, "%")])
def test_sizes_of_moves_are_drawn_for_both_groups(scaled: str | None, unit: str) -> None:
    result = event_variance(loud_panel(moves(ratio=4.0)), news(DAYS[AT]), scaled=scaled)  # type: ignore[arg-type]
    data, ax = event_variance_data(result), plot_event_variance(result, ax=axes())
    for line, event in zip(ax.lines, (False, True), strict=True):
        part = data[data["event"] == event]
        np.testing.assert_array_equal(line.get_xdata(), part["size"])
        np.testing.assert_array_equal(line.get_ydata(), 100.0 * part["share"])
        assert part["share"].iloc[-1] == 1.0
        assert part["size"].is_monotonic_increasing
    assert ax.get_xlabel().endswith(f"[{unit}]")
    assert f"×{result.ratio:.2g}" in ax.get_title(loc="left")


def test_made_up_series_are_stamped() -> None:
    import dataclasses

    ax = plot_response(dataclasses.replace(projected(), stamp="RECONSTRUCTED"), ax=axes())
    assert any(one.get_text() == "RECONSTRUCTED" for one in ax.texts)
    ax = plot_confidence_sets(dataclasses.replace(identified(), stamp="RECONSTRUCTED"), ax=axes())
    assert any(one.get_text() == "RECONSTRUCTED" for one in ax.texts)


def test_without_axes_a_figure_is_opened() -> None:
    import matplotlib.pyplot as plt

    with plt.rc_context({"figure.max_open_warning": 0}):
        ax = plot_response(projected())
    assert isinstance(ax, Axes)
    plt.close(ax.figure)  # type: ignore[arg-type]


def test_one_horizon_has_one_tick() -> None:
    found = local_projection(mixed_panel(700), news(SOME), "USD/KZT", spec=ProjectionSpec(horizons=0))
    ax = plot_response(found, ax=axes())
    assert ax.get_xticks().tolist() == [0]
    assert ax.get_ylabel() == "cumulative log move [% per event]\n+ = weaker KZT"
