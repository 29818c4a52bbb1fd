"""Figures of regressions draw what their data twins hold, and say what they draw."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import marketimpact as mi
from marketimpact.plots.coefficients import coefficient_data, plot_coefficients
from marketimpact.plots.surprises import plot_surprises, surprise_data
from marketimpact.regress.dummies import EventRegression
from marketimpact.regress.surprises import SurpriseResponse, SurpriseResult
from tests.regress.test_surprises import PANEL, SIZES, N, releases
from tests.regress.world import on

TYPES = {"a": ["e0", "e1", "e2"], "strike $": ["e30"]}


def axes() -> Axes:
    return Figure(figsize=(8.0, 4.5), layout="constrained").subplots()


def response(name: str = "USD/KZT", huge: bool = True) -> SurpriseResult:
    sizes = SIZES.copy()
    if not huge:
        return SurpriseResponse(by=["CPI"]).run(PANEL, releases(sizes), pairs=on(name, N))
    sizes[4] = 5.0
    with pytest.warns(mi.MarketImpactWarning, match="of the leverage"):
        return SurpriseResponse(by=["CPI"]).run(PANEL, releases(sizes), pairs=on(name, N))


def test_coefficients_are_drawn_with_their_intervals_and_those_without_an_error_as_they_are() -> None:
    result = EventRegression(types=TYPES).run(PANEL, releases(), pairs=on("KZ price", N))
    data, ax = coefficient_data(result), plot_coefficients(result, ax=axes())
    np.testing.assert_allclose(data["estimate"], result.estimates[:2] * 100)
    np.testing.assert_allclose(data["conf_low"], result.conf_int()["conf_low"][:2] * 100)
    drawn = {line.get_marker(): line.get_xydata() for line in ax.lines if line.get_marker() in ("o", "D")}
    np.testing.assert_allclose(drawn["o"], [[data["estimate"][0], 0]])
    np.testing.assert_allclose(drawn["D"], [[data["estimate"][1], 1]])
    (bars,) = ax.collections
    np.testing.assert_allclose(
        bars.get_segments()[0][:, 0], data.loc[0, ["conf_low", "conf_high"]].astype(float)
    )
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "a\n3 event days",
        "strike $\n1 event day",
    ]
    assert ax.get_xlabel() == "coefficient [% per event]"
    assert ax.get_title(loc="left") == "KZ price on event dummies"
    assert "HC2, degrees of freedom of Bell and McCaffrey" in ax.get_legend().get_title().get_text()


def test_one_regression_an_instrument_is_one_row_an_instrument() -> None:
    found = SurpriseResponse(by=["CPI"]).each(
        PANEL, releases(), pairs=[*on("KZ price", N), *on("USD/KZT", N)]
    )
    data, ax = coefficient_data(found), plot_coefficients(found, ax=axes())
    assert data["name"].tolist() == ["KZ price", "USD/KZT"]
    assert data["unit"].unique().tolist() == ["% per sd of surprise"]
    assert ax.get_title(loc="left") == "2 regressions on surprises"
    assert ax.get_yticklabels()[1].get_text().startswith("USD/KZT: CPI")


def test_terms_without_a_common_axis() -> None:
    result = SurpriseResponse(by=["CPI"], controls=("EM",)).run(PANEL, releases(), pairs=on("KZ yield", N))
    with pytest.raises(mi.InputError, match="terms: differ in unit, and have no common axis"):
        coefficient_data(result, ["CPI", "EM"])
    with pytest.raises(mi.InputError, match=r"terms: are no terms of this regression; received \['GDP'\]"):
        coefficient_data(result, ["GDP"])
    with pytest.raises(mi.InputError, match="result: is no result of a regression; received 'list'"):
        coefficient_data([])
    assert coefficient_data(result, ["EM"])["n_events"].tolist() == [0]


def test_moves_against_surprises_with_the_day_that_carries_the_slope() -> None:
    result = response()
    data, ax = surprise_data(result), plot_surprises(result, ax=axes())
    points = next(line for line in ax.lines if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_xydata(), data[["surprise", "move"]])
    line = next(one for one in ax.lines if str(one.get_label()).startswith("response"))
    slope = result.estimates[0] * 100
    np.testing.assert_allclose(line.get_ydata(), slope * line.get_xdata())
    without = next(one for one in ax.lines if str(one.get_label()).startswith("without it"))
    expected = result.leave_one_out()["estimate_without"][0] * 100
    np.testing.assert_allclose(without.get_ydata(), expected * without.get_xdata())
    day = next(one for one in ax.lines if one.get_marker() == "D")
    assert day.get_xdata()[0] == pytest.approx(data["surprise"].max())
    assert ax.get_ylabel() == "move beside other regressors [%]"
    assert ax.get_xlabel().endswith("points")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert any(label == "pointwise 95 % band of the response" for label in labels)


def test_the_band_is_that_of_the_coefficient() -> None:
    result = response("KZ yield", huge=False)
    ax = plot_surprises(result, "CPI", ax=axes())
    vertices = ax.collections[0].get_paths()[0].vertices
    low, high = result.conf_int().iloc[0]
    at = vertices[np.argmax(vertices[:, 0])]
    edge = vertices[vertices[:, 0] == at[0]][:, 1]
    np.testing.assert_allclose(sorted([edge.min(), edge.max()]), sorted([low * at[0], high * at[0]]))
    assert not any(str(line.get_label()).startswith("without it") for line in ax.lines)
    with pytest.raises(mi.InputError, match="term: is no surprise of this regression; received 'GDP'"):
        plot_surprises(result, "GDP", ax=axes())
