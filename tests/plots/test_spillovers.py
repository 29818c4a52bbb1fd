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
    assert f"total {found.total * 100:.1f} %" in ax.get_title(loc="left")
    shown = np.ma.getdata(ax.images[0].get_array())
    assert np.isnan(np.diag(shown)).all(), "own shares are hollow"


def test_totals_of_windows() -> None:
    found = spillovers(three(), spec=SpilloverSpec(window=200, step=100))
    data = total_spillover_data(found)
    ax = plot_total_spillover(found, ax=Figure(figsize=(8, 4)).subplots())
    assert ax.lines[0].get_ydata().tolist() == data["total"].tolist()
    assert ax.lines[1].get_ydata()[0] == pytest.approx(found.total * 100.0)
    with pytest.raises(mi.InputError, match="result: has no rolling windows"):
        total_spillover_data(spillovers(three()))
