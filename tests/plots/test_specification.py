"""The specification curve: what is drawn is what is returned, and what is returned is the grid."""

from __future__ import annotations

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import marketimpact as mi
from marketimpact.plots.specification import specification_data
from tests.study.world import mixed_panel, news, weekdays

DAYS = weekdays(700)
MODELS = (mi.MarketModel("EM"), mi.FactorModel(("EM", "UST")))
LENGTHS = (40, 90, 120, 180)  # 40 is below the usual minimum: no number
CHOICES = ["model", "length", "window"]


@pytest.fixture(scope="module")
def result() -> mi.StudyResult:
    pairs = [(f"e{i}", name) for i in range(4) for name in ("KZ yield", "KZ price")]
    return mi.EventStudy(level=0.9).run(mixed_panel(3), news(DAYS[[200, 300, 400, 500]]), pairs=pairs)


@pytest.fixture(scope="module")
def means(result: mi.StudyResult) -> mi.Robustness:
    return mi.robustness(result, models=MODELS, lengths=LENGTHS)


@pytest.fixture(scope="module")
def pair(result: mi.StudyResult) -> mi.Robustness:
    return mi.robustness(result, event_id="e1", instrument="KZ price", models=MODELS, lengths=LENGTHS)


def axes(width: float = 8.0, height: float = 6.5) -> Axes:
    return Figure(figsize=(width, height), layout="constrained").subplots()


def drawn_points(ax: Axes) -> pd.DataFrame:
    """Every point with its interval, whether it is filled and whether it is the study's own, by place."""
    rows = []
    for container in ax.containers:
        points, _, (bars,) = container.lines
        own = points.get_marker() == "D"
        filled = to_hex(points.get_markerfacecolor()) != "#ffffff"
        for x, y, segment in zip(points.get_xdata(), points.get_ydata(), bars.get_segments(), strict=True):
            rows.append((x, y, segment[0][1], segment[1][1], filled, own))
    columns = ["place", "estimate", "conf_low", "conf_high", "small", "base"]
    return pd.DataFrame(rows, columns=columns).sort_values("place", ignore_index=True)


def drawn_choices(ax: Axes) -> dict[str, list[int]]:
    """Places that are marked in each row of the strip, by its label."""
    strip = ax.child_axes[0]
    labels = [label.get_text() for label in strip.get_yticklabels()]
    marks: dict[str, list[int]] = {label: [] for label in labels}
    for line in strip.lines:
        if line.get_marker() in ("s", "D"):
            for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True):
                marks[labels[int(y)]].append(int(x))
    return {label: sorted(places) for label, places in marks.items()}


def test_the_data_are_the_grid_in_the_order_of_its_estimates(pair: mi.Robustness) -> None:
    data = specification_data(pair)
    grid = pair.to_frame().query("group == 'grid'")
    assert len(data) == len(grid) == 3 * 4 * 4
    known = data[data["estimate"].notna()]
    assert known["estimate"].is_monotonic_increasing
    assert data["place"].tolist() == list(range(len(data)))
    assert data["estimate"].isna().tolist() == sorted(data["estimate"].isna())
    matched = data.set_index(CHOICES)
    for _, row in grid.iterrows():
        mine = matched.loc[tuple(row[CHOICES])]
        for name in ("estimate", "conf_low", "conf_high"):
            assert mine[name] == pytest.approx(100 * row[name], nan_ok=True)  # log moves in percent
        assert mine["small"] == (row["p_value"] < 0.1)
        assert mine["base"] == (tuple(row[CHOICES]) == ("constant mean", 120, "headline"))
    assert data["base"].sum() == 1
    assert (data["length"] == 40).tolist() == data["estimate"].isna().tolist()


@pytest.mark.parametrize("kind", [None, "yield change [bp]", "clean price log move [log]"])
def test_what_is_drawn_is_what_is_returned(
    pair: mi.Robustness, means: mi.Robustness, kind: str | None
) -> None:
    shown = pair if kind is None else means
    data = specification_data(shown, kind)
    ax = mi.plot_specification_curve(shown, kind=kind, ax=axes())
    found = drawn_points(ax)
    wanted = data[data["estimate"].notna()][found.columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    (crosses,) = (line for line in ax.lines if line.get_marker() == "x")
    assert list(crosses.get_xdata()) == data["place"][data["estimate"].isna()].tolist()
    marks = drawn_choices(ax)
    rows = {
        **{str(one): data["model"] == str(one) for one in (mi.ConstantMean(), *MODELS)},
        **{f"{one} sessions": data["length"] == one for one in LENGTHS},
        "headline": data["window"] == "headline",
        **{f"window {one}": data["window"] == str(one) for one in ((0, 1), (-1, 1), (-5, 5))},
    }
    assert list(marks) == list(rows)
    assert marks == {label: data["place"][made].tolist() for label, made in rows.items()}


def test_axes_say_what_is_drawn(pair: mi.Robustness, means: mi.Robustness) -> None:
    ax = mi.plot_specification_curve(pair, ax=axes())
    assert ax.get_ylabel() == "abnormal move [%]"
    assert ax.get_xlabel() == "48 specifications, in the order of their estimates"
    assert ax.get_title(loc="left") == "e1 on KZ price: specification curve"
    assert ax.get_legend().get_title().get_text() == "pointwise 90 % intervals (t)"
    other = mi.plot_specification_curve(means, kind="yield change [bp]", ax=axes())
    assert other.get_ylabel() == "mean abnormal move [bp]"
    assert other.get_title(loc="left") == "Mean yield change: specification curve"
    assert other.get_legend().get_title().get_text() == "pointwise 90 % intervals (t, on cluster means)"
    labels = [text.get_text() for text in other.get_legend().get_texts()]
    assert "no number" in labels
    assert all(label == "no number" or label.endswith((", p < .1", ", p ≥ .1")) for label in labels)


@pytest.mark.parametrize("size", [(8.0, 6.5), (6.0, 4.5), (12.0, 9.0)])
def test_legend_strip_and_curve_do_not_cover_one_another(
    pair: mi.Robustness, means: mi.Robustness, size: tuple[float, float]
) -> None:
    for shown, kind in ((pair, None), (means, "yield change [bp]")):
        ax = mi.plot_specification_curve(shown, kind=kind, ax=axes(*size))
        figure = ax.figure
        figure.draw_without_rendering()
        data = specification_data(shown, kind)
        to_pixels = ax.transData.transform
        top = to_pixels((0, np.nanmax(data["conf_high"])))[1]
        bottom = to_pixels((0, np.nanmin(data["conf_low"])))[1]
        strip = ax.child_axes[0]
        assert top <= ax.get_legend().get_window_extent().y0
        assert bottom >= strip.get_window_extent().y1 - 1.0
        names = [label.get_window_extent() for label in strip.get_yticklabels()]
        assert min(one.x0 for one in names) >= 0.0  # nothing is cut off by the figure
        assert all(a.y0 >= b.y1 - 1.0 for a, b in pairwise(names))
        ticks = [label.get_window_extent() for label in ax.get_yticklabels()]
        assert min(one.y0 for one in ticks) >= max(one.y1 for one in names) - 4.0
        label = ax.yaxis.label.get_window_extent()
        assert not any(label.overlaps(one) for one in [*names, *ticks])


def test_a_new_figure_is_high_enough(pair: mi.Robustness) -> None:
    ax = mi.plot_specification_curve(pair)
    assert ax.figure.get_size_inches().tolist() == [8.0, 6.5]
    plt.close(ax.figure)


def test_a_long_model_name_is_cut(result: mi.StudyResult) -> None:
    model = mi.FactorModel(("EM", "UST", "KZ yield", "USD/KZT"))
    found = mi.robustness(result, event_id="e1", instrument="KZ price", models=[model], lengths=())
    labels = list(drawn_choices(mi.plot_specification_curve(found, ax=axes())))
    assert labels[1] == "factor model on EM, UST,…"


def test_models_that_look_alike_when_cut_are_told_apart(result: mi.StudyResult) -> None:
    models = [mi.DimsonModel("KZ yield", leads=leads) for leads in (0, 1)]
    found = mi.robustness(result, event_id="e1", instrument="KZ price", models=models, lengths=())
    labels = list(drawn_choices(mi.plot_specification_curve(found, ax=axes())))[1:3]
    assert labels == ["Dimson model on KZ yield, 0…", "Dimson model on KZ yield, 1…"]


def test_no_p_has_another_mark_than_a_large_p(result: mi.StudyResult) -> None:
    found = mi.robustness(
        result, event_id="e1", instrument="KZ price", models=[mi.ScholesWilliams("KZ yield")], lengths=()
    )
    ax = mi.plot_specification_curve(found, ax=axes())
    marks = {str(one.get_label()): one.lines[0].get_marker() for one in ax.containers}
    assert marks["another specification, no p"] == "x"
    assert {mark for label, mark in marks.items() if "no p" not in label} <= {"o", "D"}


def test_reconstructed_series_are_stamped(pair: mi.Robustness) -> None:
    result = mi.EventStudy().run(
        mi.datasets.load_panel("kazakhstan_2045"), mi.datasets.load_events("kazakhstan_2022"), pairs="all"
    )
    found = mi.robustness(result, event_id="kz-2022-01-05-emergency", lengths=(90,))
    stamped = mi.plot_specification_curve(found, ax=axes())
    assert [text.get_text() for text in stamped.texts] == ["RECONSTRUCTION"]
    assert not mi.plot_specification_curve(pair, ax=axes()).texts


def test_a_curve_without_any_number_is_drawn_as_such() -> None:
    """Two events of one cluster: a mean without a test."""
    result = mi.EventStudy().run(
        mixed_panel(3), news(DAYS[[200, 203]]), pairs=[("e0", "KZ yield"), ("e1", "KZ yield")]
    )
    found = mi.robustness(result, lengths=(90,))
    ax = mi.plot_specification_curve(found, ax=axes())
    assert not ax.containers
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["no number"]


@pytest.mark.parametrize(
    ("kind", "match"),
    [
        (None, r"kind: must be named: there are several kinds"),
        ("bp", r"kind: is no kind of move here; received 'bp'"),
    ],
)
def test_one_kind_is_drawn(means: mi.Robustness, kind: str | None, match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        mi.plot_specification_curve(means, kind=kind, ax=axes())
    with pytest.raises(mi.InputError, match=match):
        specification_data(means, kind)
