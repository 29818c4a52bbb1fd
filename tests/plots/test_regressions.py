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
    assert ax.get_title(loc="left") == "KZ price on event dummies, 16 February 2015 to 31 July 2017"
    assert "HC2, degrees of freedom of Bell and McCaffrey" in ax.get_legend().get_title().get_text()


def test_one_regression_an_instrument_is_one_row_an_instrument() -> None:
    found = SurpriseResponse(by=["CPI"]).each(
        PANEL, releases(), pairs=[*on("KZ price", N), *on("USD/KZT", N)]
    )
    data, ax = coefficient_data(found), plot_coefficients(found, ax=axes())
    assert data["name"].tolist() == ["KZ price", "USD/KZT"]
    assert data["unit"].unique().tolist() == ["% per sd of surprise"]
    assert ax.get_title(loc="left") == "KZ price, USD/KZT on surprises, 16 February 2015 to 31 July 2017"
    sds = [f"{one.scales[0]:.3g} points" for one in found.values()]
    assert data["one_sd"].tolist() == sds
    assert len(set(sds)) == 1
    assert (
        ax.get_xlabel() == f"coefficient [% per sd of surprise]; 1 sd = {sds[0]}; + = weaker quote currency"
    )
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
    assert ax.get_ylabel() == "move beside other regressors [%]\n+ = weaker KZT"
    assert ax.get_xlabel().endswith("points")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert any(label == "pointwise 95 % band of the response" for label in labels)


def test_responses_that_are_compared_are_drawn_together_each_over_its_own_surprises() -> None:
    with pytest.warns(mi.MarketImpactWarning, match="positive surprise: .* of the leverage"):
        result = SurpriseResponse(by=["CPI"], asymmetric=True).run(PANEL, releases(), pairs=on("USD/KZT", N))
    data, ax = surprise_data(result), plot_surprises(result, ax=axes())
    assert data["term"].unique().tolist() == list(result.terms[:2])
    assert set(np.sign(data["surprise"])) == {1.0, -1.0}
    for at, marker, sign in ((0, "o", 1.0), (1, "s", -1.0)):
        part = data[data["term"] == result.terms[at]]
        (points,) = (one for one in ax.lines if one.get_marker() == marker)
        np.testing.assert_allclose(points.get_xydata(), part[["surprise", "move"]])
        line = next(one for one in ax.lines if str(one.get_label()).startswith(result.terms[at]))
        np.testing.assert_allclose(line.get_ydata(), result.estimates[at] * 100 * line.get_xdata())
        assert (sign * line.get_xdata() >= 0.0).all()
    (test,) = result.tests
    assert ax.get_legend().get_title().get_text().startswith(
        f"difference of the responses {test.estimate * 100:+.3g}, p = "
    )  # fmt: skip
    assert ax.get_xlabel() == f"surprise [sd]: CPI, 1 sd = {result.scales[0]:.4g} points"
    alone = surprise_data(result, result.terms[1])
    assert alone.equals(data[data["term"] == result.terms[1]].reset_index(drop=True))
    rows, drawn = coefficient_data(result), plot_coefficients(result, ax=axes())
    np.testing.assert_allclose(rows["difference"], [np.nan, test.estimate * 100])
    np.testing.assert_allclose(rows["p_difference"], [np.nan, test.p_value])
    assert [label.get_text().count("difference") for label in drawn.get_yticklabels()] == [0, 1]
    swapped = coefficient_data(result, [result.terms[1], result.terms[0]])
    assert swapped["difference"].isna().all()


def test_per_unit_the_axes_are_in_the_unit_and_the_line_is_still_the_coefficient() -> None:
    per_sd = SurpriseResponse(by=["CPI"]).run(PANEL, releases(), pairs=on("USD/KZT", N))
    result = per_sd.per_unit()
    data, ax = surprise_data(result), plot_surprises(result, ax=axes())
    other = surprise_data(per_sd)
    np.testing.assert_allclose(data["surprise"], other["surprise"] * per_sd.scales[0])
    np.testing.assert_allclose(data["move"], other["move"])
    line = next(one for one in ax.lines if str(one.get_label()).startswith("response"))
    np.testing.assert_allclose(line.get_ydata(), result.estimates[0] * 100 * line.get_xdata())
    assert ax.get_xlabel() == "surprise [points]: CPI"
    assert coefficient_data(result)["one_sd"].tolist() == [""]


def test_surprises_that_are_fractions_have_a_coefficient_per_per_cent_and_an_axis_of_fractions() -> None:
    result = SurpriseResponse(by=["CPI"], per="unit").run(PANEL, releases(unit="log"), pairs=on("USD/KZT", N))
    data, ax = surprise_data(result), plot_surprises(result, ax=axes())
    line = next(one for one in ax.lines if "response" in str(one.get_label()))
    np.testing.assert_allclose(line.get_ydata(), 100 * result.estimates[0] * line.get_xdata())
    points = next(one for one in ax.lines if one.get_marker() == "o")
    np.testing.assert_allclose(points.get_xydata(), data[["surprise", "move"]])
    assert np.sign(np.polyfit(data["surprise"], data["move"], 1)[0]) == np.sign(result.estimates[0])


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
