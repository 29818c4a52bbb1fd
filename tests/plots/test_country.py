"""The picture of a country: what is drawn is what its data say, gains to the right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import marketimpact as mi
from marketimpact.plots.country import country_data
from tests.study.world import SNAPSHOT, news, weekdays


@pytest.fixture(scope="module")
def view() -> mi.CountryView:
    """A bond that loses, a currency that loses, an index that stands still, on the 200th session."""
    rng, days = np.random.default_rng(3), weekdays(300)
    frame = pd.DataFrame(
        {
            "KZ 2045": 4.0 + np.cumsum(rng.normal(0.0, 0.04, 300)),
            "USD/KZT": 430.0 * np.exp(np.cumsum(rng.normal(0.0, 0.004, 300))),
            "KASE": 3000.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, 300))),
        },
        index=days,
    )
    frame.loc[days[200] :, "KZ 2045"] += 0.4
    frame.loc[days[200] :, "USD/KZT"] *= 1.03
    instruments = [
        mi.SovereignBond("KZ 2045", quoted="yield", issuer="KZ", snapshot=SNAPSHOT),
        mi.CurrencyPair("USD", "KZT", snapshot=SNAPSHOT),
        mi.Factor("KASE", quoted="equity index", place="KZ", gains="up", snapshot=SNAPSHOT),
    ]
    panel = mi.Panel.from_frame(
        frame, instruments=instruments, provenance=mi.Provenance("made up", kind="simulation")
    )
    result = mi.EventStudy(timeline=mi.Timeline(estimation=(-90, -6), event=(-2, 3))).run(
        panel, news([days[200]]), pairs="all"
    )
    return mi.country_view(result, place="KZ")


def test_the_bars_are_the_gains_and_the_labels_the_moves_as_quoted(view: mi.CountryView) -> None:
    data, ax = country_data(view), mi.plot_country(view, ax=Figure().subplots())
    bars = [bar.get_width() for bar in ax.patches if bar.get_height() == pytest.approx(0.55)]
    assert bars == data["gain"].tolist()
    assert data["gain"].tolist() == view.to_frame()["gain"].tolist()
    assert [text.get_text() for text in ax.texts][:3] == data["label"].tolist()
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["KZ 2045", "USD/KZT", "KASE"]
    assert data["reading"].tolist()[:2] == ["lost", "lost"]
    assert (data["gain"][:2] < -3.0).all()
    assert data["label"].str.contains("bp").tolist() == [True, False, False]


def test_every_bar_and_label_lies_within_the_axes_and_the_stamp_is_there(view: mi.CountryView) -> None:
    figure = Figure(figsize=(8.0, 4.5), layout="constrained")
    ax = mi.plot_country(view, ax=figure.subplots())
    figure.draw_without_rendering()
    frame = ax.get_window_extent()
    for text in ax.texts[:3]:
        box = text.get_window_extent()
        assert frame.x0 <= box.x0
        assert box.x1 <= frame.x1
    assert "SIMULATION" in [text.get_text() for text in ax.texts]
    assert ax.get_title(loc="left").startswith("KZ, ")


def test_a_view_without_standard_errors_is_not_drawn() -> None:
    rng, days = np.random.default_rng(3), weekdays(300)
    levels = pd.DataFrame({"KZ 2045": 4.0 + np.cumsum(rng.normal(0.0, 0.04, 300))}, index=days)
    bond = mi.SovereignBond("KZ 2045", quoted="yield", issuer="KZ", snapshot=SNAPSHOT)
    study = mi.EventStudy(model=mi.VolatilityStandardized(mi.ConstantMean()))
    result = study.run(mi.Panel.from_frame(levels, instruments=bond), news([days[250]]))
    with pytest.raises(mi.InputError, match=r"no move with a standard error.*theory has no covariance"):
        mi.plot_country(mi.country_view(result, place="KZ"))
