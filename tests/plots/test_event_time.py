"""Effects by event time: what is drawn is what is returned, in the unit on the axis."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from marketimpact.plots.event_time import event_time_data, plot_event_time
from marketimpact.regress.staggered import EventTimeResult, StaggeredEvents
from tests.regress.test_staggered import EVENTS, PAIRS, frame, panel


@pytest.fixture(scope="module")
def result() -> EventTimeResult:
    return StaggeredEvents(leads=3, lags=3).run(panel(frame()), EVENTS, pairs=PAIRS)


def test_the_data_are_the_results_in_percent_with_the_base_between(result: EventTimeResult) -> None:
    data = event_time_data(result)
    assert data["tau"].tolist() == [-3, -2, -1, 0, 1, 2, 3]
    rest = data[data["tau"] != -1]
    table = result.to_frame().iloc[:-1]
    for name in ("estimate", "conf_low", "conf_high", "band_low", "band_high"):
        np.testing.assert_allclose(rest[name], 100 * table[name], rtol=1e-12)
    base = data[data["tau"] == -1].iloc[0]
    assert base["estimate"] == 0.0
    assert np.isnan(base["conf_low"])


def test_what_is_drawn_is_what_is_returned(result: EventTimeResult) -> None:
    ax = plot_event_time(result, ax=Figure(figsize=(8, 4.5), layout="constrained").subplots())
    data = event_time_data(result)
    drawn = []
    for container in ax.containers:
        points, _, (bars,) = container.lines
        drawn += [
            (x, y, s[0][1], s[1][1])
            for x, y, s in zip(points.get_xdata(), points.get_ydata(), bars.get_segments(), strict=True)
        ]
    expected = data[data["tau"] != -1][["tau", "estimate", "conf_low", "conf_high"]].to_numpy()
    np.testing.assert_allclose(sorted(drawn), expected)
    bands = np.concatenate([one.get_paths()[0].vertices for one in ax.collections if one.get_label() is not None
                            and len(one.get_paths()) == 1 and len(one.get_paths()[0].vertices) > 4])  # fmt: skip
    np.testing.assert_allclose(bands[:, 1].max(), data["band_high"].max())
    np.testing.assert_allclose(bands[:, 1].min(), data["band_low"].min())
    assert ax.get_ylabel() == "effect [%]"
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "simultaneous 95 % band" in words
    assert "pre-trends, joint F: p" in ax.get_legend().get_title().get_text()


def test_without_errors_there_are_points_alone() -> None:
    found = StaggeredEvents(leads=2, lags=1).run(panel(frame()), EVENTS, pairs=[("e0", "a0")])
    ax = plot_event_time(found, ax=Figure().subplots())
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "since the event, no interval" in words
    assert "pre-trends: no test" in ax.get_legend().get_title().get_text()
