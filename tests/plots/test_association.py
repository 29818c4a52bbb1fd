"""Pictures of association: bands and correlations by lag, estimates with intervals, rates over chance."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

import marketimpact as mi
from marketimpact.associate.coincidence import event_coincidence
from marketimpact.associate.lags import distributed_lags, granger
from marketimpact.associate.lead_lag import lead_lag
from marketimpact.plots.association import (
    association_data,
    lead_lag_data,
    plot_association,
    plot_lead_lag,
)
from tests.associate.test_coincidence import jumpy
from tests.associate.world import WEEKDAY_SIZES, WEEKDAYS, led
from tests.study.world import news


def test_lead_lag_draws_its_twin() -> None:
    found = lead_lag(*led(1), lags=4, reading=WEEKDAYS, draws=99)
    data = lead_lag_data(found)
    assert data["estimate"].tolist() == found.estimates.tolist()
    ax = plot_lead_lag(found, ax=Figure(figsize=(8, 4)).subplots())
    labels = ax.get_legend_handles_labels()[1]
    assert labels == [
        "simultaneous band of no association", "pointwise band of no association",
        "1.96 / √n, right for white noise alone", "outside the simultaneous band at 5 %", "inside",
    ]  # fmt: skip
    (outside,) = (line for line in ax.lines if line.get_marker() == "D")
    assert outside.get_xdata().tolist() == data.loc[data["p_joint"] < 0.05, "lag"].tolist() == [1.0]
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(data["simultaneous"].max())
    assert ax.get_title(loc="left") == "articles and moves of KZ"


def test_estimates_have_their_intervals_in_the_unit_of_the_axis() -> None:
    found = distributed_lags(*led(1), lags=2, reading=WEEKDAYS)
    data = association_data(found)
    np.testing.assert_allclose(data["estimate"], found.estimates * 100.0)
    np.testing.assert_allclose(data["high"], found.high * 100.0)
    ax = plot_association(found, ax=Figure(figsize=(8, 4)).subplots())
    assert ax.get_xlabel() == "% per sd of articles\n6 January 2015 to 5 December 2016, 500 sessions"
    assert [one.get_text() for one in ax.get_yticklabels()] == list(found.terms)
    (small,) = (line for line in ax.lines if line.get_marker() == "D")
    assert small.get_xdata().tolist() == data.loc[data["small"], "estimate"].tolist()
    assert small.get_label() == f"p < .05: {data['small'].sum()} of 4, unadjusted"
    assert ax.get_legend_handles_labels()[1][0] == "pointwise 95 % interval"
    assert ax.get_legend().get_title().get_text() in found.interval


def test_chance_is_a_bar_of_its_own() -> None:
    panel, days = jumpy()
    rates = event_coincidence(panel, news(days[[51, 151]]))
    data = association_data(rates)
    assert data["high"].tolist() == rates.column("chance_high").tolist()
    assert data["unit"].tolist() == ["share"] * 2
    found = granger(*led(1), lags=2, reading=WEEKDAYS)
    tested = association_data(found)
    assert tested["estimate"].tolist() == found.statistics.tolist()
    assert (tested["small"] == (tested["estimate"] > tested["high"])).all()
    for one in (rates, found):
        ax = plot_association(one, ax=Figure(figsize=(8, 4)).subplots())
        assert ax.get_legend_handles_labels()[1][0].startswith("95 % of ")
    assert ax.get_xlabel() == "F\n6 January 2015 to 5 December 2016, 500 sessions"


def test_a_stamp_is_written_across() -> None:
    found = replace(distributed_lags(*led(1), lags=1, reading=WEEKDAYS), stamp="SIMULATION")
    ax = plot_association(found, ax=Figure(figsize=(8, 4)).subplots())
    assert "SIMULATION" in [text.get_text() for text in ax.texts]
    assert "SIMULATION: not all series were observed" in str(found.summary())


def test_each_result_has_its_picture() -> None:
    path, table = (
        lead_lag(*led(1), lags=1, reading=WEEKDAYS, draws=19),
        distributed_lags(*led(1), reading=WEEKDAYS),
    )
    with pytest.raises(mi.InputError, match="result: is a path over lags"):
        association_data(path)
    with pytest.raises(mi.InputError, match="result: has no lags on both sides"):
        lead_lag_data(table)


def test_long_names_stay_within_the_picture() -> None:
    """The labels take their room before the title is measured, and stand on lines."""
    series, panel = led(1)
    series = series.rename(
        "articles on the lira, its central bank, the government and everything else in the papers"
    )
    ax = plot_association(granger(series, panel, lags=2, reading=WEEKDAYS))
    figure = ax.figure
    figure.canvas.draw()
    for text in (ax._left_title, *ax.get_yticklabels()):
        box = text.get_window_extent()
        assert box.x0 >= 0.0
        assert box.x1 <= figure.bbox.x1
    for label in ax.get_yticklabels():
        lines = label.get_text().split("\n")
        assert len(lines) <= 3
        assert max(map(len, lines)) <= 24
    plt.close(figure)


def test_axes_say_which_way_a_currency_moves_but_not_of_sizes() -> None:
    news, panel = led(1)
    pair = mi.Panel.from_frame(panel["KZ"].rename("EUR/RUB"), instruments=mi.CurrencyPair("EUR", "RUB"))
    found = distributed_lags(news, pair, lags=1, reading=WEEKDAYS)
    assert found.sign == "+ = weaker RUB"
    assert "moves: + = weaker RUB" in str(found.summary())
    ax = plot_association(found, ax=Figure(figsize=(8, 4)).subplots())
    assert ax.get_xlabel().splitlines()[0] == "% per sd of articles; moves: + = weaker RUB"
    path = lead_lag(news, pair, lags=1, reading=WEEKDAYS, draws=19)
    assert plot_lead_lag(path, ax=Figure().subplots()).get_ylabel() == "correlation (moves: + = weaker RUB)"
    assert distributed_lags(news, pair, lags=1, reading=WEEKDAY_SIZES).sign == ""
    assert distributed_lags(news, panel, lags=1, reading=WEEKDAYS).sign == ""


def test_one_lag_has_one_tick_and_a_band_that_is_seen() -> None:
    ax = plot_lead_lag(lead_lag(*led(0), lags=0, reading=WEEKDAYS, draws=19), ax=Figure().subplots())
    assert ax.get_xticks().tolist() == [0]
    assert np.ptp(ax.collections[0].get_paths()[0].vertices[:, 0]) > 0.2


def test_bars_of_f_begin_at_the_edge_and_the_legend_has_none_of_them() -> None:
    found = granger(*led(1), lags=2, reading=WEEKDAYS)
    ax = plot_association(found, ax=Figure(figsize=(8, 4)).subplots())
    assert ax.get_xlim()[0] == 0.0
    handles, labels = ax.get_legend_handles_labels()
    assert isinstance(
        dict(zip(labels, handles, strict=True))["95 % of F by its own law; p by bootstrap"], PolyCollection
    )


def test_pictures_say_how_many_sessions_have_news() -> None:
    news, panel = led(1)
    some = news.where(np.arange(len(news)) % 25 == 0, 0.0)
    found = lead_lag(some, panel, lags=3, reading=WEEKDAYS, draws=99)
    label = plot_lead_lag(found, ax=Figure(figsize=(8, 4)).subplots()).get_xlabel()
    taken = int(
        ((found.ledger.to_frame()["status"] != "left out").to_numpy() & (some != 0.0).to_numpy()).sum()
    )
    assert label.endswith(f"500 sessions, {taken} with news")
    assert taken == 20
    days = found.span.astype(str).tolist()
    assert days == ["2015-01-06", "2016-12-05"]
    assert any(f"500 sessions from {days[0]} to {days[1]}" in line for line in found.head)
