"""Regimes between breaks: what is drawn is what the twin says."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

import marketimpact as mi
from marketimpact.plots.breaks import breaks_data, plot_breaks
from marketimpact.regress.break_result import BreakSearch
from marketimpact.regress.breaks import structural_breaks
from tests.regress.test_breaks import changing
from tests.regress.test_exchange_regimes import rates


def test_steps_and_breaks_are_those_of_the_twin() -> None:
    from marketimpact.regress.exchange_regimes import exchange_regimes

    found = exchange_regimes(rates(), "KZT", anchors=("USD", "EUR", "JPY"))
    data = breaks_data(found)
    assert data["regressor"].unique().tolist() == ["USD", "EUR", "JPY"]
    assert set(data["unit"]) == {"weight"}
    ax = plot_breaks(found, ax=Figure(figsize=(8, 4)).subplots())
    steps = [line for line in ax.lines if line.get_linewidth() == 2.0]
    assert [line.get_ydata()[0] for line in steps] == data["estimate"].tolist()
    assert ax.get_ylabel() == "weight of an anchor"
    labels = ax.get_legend_handles_labels()[1]
    assert labels[:2] == ["95 % interval of a date", "break"]
    assert labels[2:] == [f"{one}, with pointwise 95 % interval" for one in ("USD", "EUR", "JPY")]
    assert len({(line.get_color(), line.get_linestyle()) for line in steps}) == 3
    assert ax.get_title(loc="left").startswith("Weights in KZT, measured in CHF")


def test_one_regressor_and_no_break() -> None:
    panel, _ = changing()
    found = structural_breaks(panel, "USD/KZT", factors=["oil"], search=BreakSearch(choose=0))
    data = breaks_data(found, regressors=["intercept"])
    assert len(data) == 1
    np.testing.assert_allclose(data["conf_low"], 100.0 * found.conf_int()["conf_low"].iloc[:1])
    assert data["unit"].tolist() == ["% per session"]
    ax = plot_breaks(found, regressors=["intercept"], ax=Figure().subplots())
    assert "no break" in ax.get_title(loc="left")
    assert ax.get_ylabel() == "coefficient [% per session]"
    with pytest.raises(mi.InputError, match="regressors: is no regressor here"):
        breaks_data(found, regressors=["gas"])
