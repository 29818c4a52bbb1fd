"""Pictures of spillovers: the table in percent, and totals over rolling windows."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

import marketimpact as mi
from marketimpact.associate.spillovers import SpilloverSpec, spillovers
from marketimpact.plots.spillovers import (
    plot_spillovers,
    plot_total_spillover,
    spillovers_data,
    total_spillover_data,
)
from tests.associate.test_spillovers import three


def test_the_table_is_drawn_in_percent() -> None:
    found = spillovers(three())
    data = spillovers_data(found)
    np.testing.assert_allclose(data.to_numpy(), found.shares * 100.0)
    ax = plot_spillovers(found, ax=Figure(figsize=(6, 5)).subplots())
    assert [text.get_text() for text in ax.texts] == [f"{one:.1f}" for one in data.to_numpy().ravel()]
    assert [one.get_text() for one in ax.get_yticklabels()] == ["KZ", "TR", "UA"]
    assert f"total {found.total * 100:.1f} % (" in ax.get_title(loc="left")
    assert ax.get_title(loc="left").endswith("), 95 % interval")
    bare = plot_spillovers(
        spillovers(three(), spec=SpilloverSpec(draws=0)), ax=Figure(figsize=(6, 5)).subplots()
    )
    assert bare.get_title(loc="left").endswith(f"total {found.total * 100:.1f} %")
    figure = Figure(figsize=(6, 5), layout="constrained")
    ax = plot_spillovers(found, ax=figure.subplots())
    figure.draw_without_rendering()
    assert ax._left_title.get_window_extent().x1 < figure.bbox.x1, "the title is fitted beside the names"
    assert ax.get_ylabel() == "error variance, 10 sessions ahead, of"
    assert found.head[0].startswith("600 moves from ")
    assert ax.get_xlabel().endswith("600 sessions")
    shown = np.ma.getdata(ax.images[0].get_array())
    assert np.isnan(np.diag(shown)).all(), "own shares are hollow"


def test_totals_of_windows() -> None:
    found = spillovers(three(), spec=SpilloverSpec(window=200, step=100))
    data = total_spillover_data(found)
    ax = plot_total_spillover(found, ax=Figure(figsize=(8, 4)).subplots())
    assert ax.lines[0].get_ydata().tolist() == data["total"].tolist()
    assert ax.lines[1].get_ydata()[0] == pytest.approx(found.total * 100.0)
    assert ax.get_xlabel().endswith("larger by chance in short windows: compare them with each other")
    with pytest.raises(mi.InputError, match="result: has no rolling windows"):
        total_spillover_data(spillovers(three()))


@pytest.mark.parametrize("height", [2.5, 4.0])
def test_the_legend_hides_no_total(height: float) -> None:
    """Totals that differ little leave little room above themselves, seen from zero."""
    figure = Figure(figsize=(8, height))
    ax = plot_total_spillover(
        spillovers(three(), spec=SpilloverSpec(window=450, step=25)), ax=figure.subplots()
    )
    figure.draw_without_rendering()
    legend = ax.get_legend()
    assert legend is not None
    top = max(ax.transData.transform((0.0, float(y)))[1] for line in ax.lines for y in line.get_ydata())
    assert top < legend.get_window_extent().y0


def test_a_number_on_dark_blue_is_white() -> None:
    ax = plot_spillovers(spillovers(three()), ax=Figure(figsize=(6, 5)).subplots())
    image = ax.images[0]
    shades = image.cmap(image.norm(np.ma.getdata(image.get_array())))[..., :3].ravel().reshape(-1, 3)
    dark = np.nan_to_num(shades.mean(axis=1), nan=1.0) < 0.55
    white = [text.get_color() == "white" for text in ax.texts]
    own = np.eye(3, dtype=bool).ravel()
    assert dark[~own].any()
    assert [w for w, o in zip(white, own, strict=True) if not o] == dark[~own].tolist()
