"""A plot draws what its data twin returns, on the axes it is given, and leaves matplotlib's state alone."""

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.text import Text

import marketimpact as mi
from marketimpact.plots.abnormal import ar_data
from marketimpact.plots.cumulative import car_data
from marketimpact.plots.series import series_data
from marketimpact.plots.style import finish

EMERGENCY = "kz-2022-01-05-emergency"
PLOTS = [mi.plot_series, mi.plot_ar, mi.plot_car]


@pytest.fixture(scope="module")
def bond() -> mi.StudyResult:
    """Study of the reconstructed bond."""
    panel, events = mi.datasets.load_panel("kazakhstan_2045"), mi.datasets.load_events("kazakhstan_2022")
    return mi.EventStudy().run(panel, events)


@pytest.fixture(scope="module")
def ruble() -> mi.StudyResult:
    """Study of the ruble on real rates."""
    events = mi.datasets.load_events("ruble_2022").select("ru-2022-02-24-invasion")
    return mi.EventStudy(timeline=mi.Timeline(event=(-5, 3))).run(mi.fetch("ecb:EUR/RUB"), events)


def axes() -> Axes:
    return Figure().subplots()


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_the_series_drawn_is_the_series_returned(bond: mi.StudyResult) -> None:
    ax, data = axes(), series_data(bond, EMERGENCY)
    mi.plot_series(bond, EMERGENCY, ax=ax)
    line = ax.lines[0]
    np.testing.assert_array_equal(date2num(line.get_xdata()), date2num(data["session"].to_numpy()))
    np.testing.assert_array_equal(line.get_ydata(), data["level"])
    marked = ax.lines[1]
    assert list(marked.get_ydata()) == list(data["level"][data["candidate"]]) == [4.53]
    assert ax.get_ylabel() == "yield [percent]"


def test_the_bars_drawn_are_the_abnormal_moves_returned(bond: mi.StudyResult) -> None:
    ax, data = axes(), ar_data(bond, EMERGENCY)
    mi.plot_ar(bond, EMERGENCY, ax=ax)
    band, ordinary, event = ax.containers
    np.testing.assert_allclose([bar.get_y() for bar in band], data["band_low"])
    np.testing.assert_allclose([bar.get_y() + bar.get_height() for bar in band], data["band_high"])
    np.testing.assert_allclose([bar.get_height() for bar in ordinary], data["ar"][~data["candidate"]])
    np.testing.assert_allclose([bar.get_height() for bar in event], data["ar"][data["candidate"]])
    assert [bar.get_x() + bar.get_width() / 2 for bar in event] == pytest.approx([0.0])
    assert ax.get_ylabel() == "abnormal yield change [bp]"


def test_the_path_drawn_is_the_path_returned(ruble: mi.StudyResult) -> None:
    ax, data = axes(), car_data(ruble)
    mi.plot_car(ruble, ax=ax)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), data["car"])
    vertices = ax.collections[0].get_paths()[0].vertices
    assert vertices[:, 1].max() == pytest.approx(data["band_high"].max())
    assert vertices[:, 1].min() == pytest.approx(data["band_low"].min())
    assert ax.get_ylabel() == "cumulative abnormal log move [%]"


def test_the_data_are_the_results_numbers_in_the_unit_of_the_axis(ruble: mi.StudyResult) -> None:
    pair = ruble.one("ru-2022-02-24-invasion")
    np.testing.assert_allclose(ar_data(ruble)["ar"], 100 * ruble.ar.to_numpy()[0])
    np.testing.assert_allclose(car_data(ruble)["car"], 100 * ruble.ar.to_numpy()[0].cumsum())
    full = ruble.to_frame("car").query("tau_from == -5 and tau_to == 3")
    error = float(full["std_error"].iloc[0]) * 100
    assert car_data(ruble)["band_high"].iloc[-1] == pytest.approx(pair.path_critical * error)
    assert car_data(ruble, band="pointwise")["band_high"].iloc[-1] == pytest.approx(pair.critical * error)


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.__name__)
def test_a_plot_returns_the_axes_it_was_given_and_leaves_the_state_alone(
    plot: Callable[..., Axes], bond: mi.StudyResult
) -> None:
    from matplotlib import pyplot as plt

    before, figures = dict(mpl.rcParams), plt.get_fignums()
    ax = axes()
    assert plot(bond, EMERGENCY, ax=ax) is ax
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == figures


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.__name__)
def test_without_axes_a_plot_opens_a_figure_for_jupyter(
    plot: Callable[..., Axes], bond: mi.StudyResult
) -> None:
    from matplotlib import pyplot as plt

    ax = plot(bond, EMERGENCY)
    assert ax.figure.number in plt.get_fignums()
    plt.close(ax.figure)


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.__name__)
def test_a_reconstruction_is_stamped_and_real_rates_are_not(
    plot: Callable[..., Axes], bond: mi.StudyResult, ruble: mi.StudyResult
) -> None:
    assert "RECONSTRUCTION" in words(plot(bond, EMERGENCY, ax=axes()))
    assert "RECONSTRUCTION" not in words(plot(ruble, ax=axes()))


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.__name__)
def test_axes_carry_units_and_a_tick_at_the_event(plot: Callable[..., Axes], ruble: mi.StudyResult) -> None:
    ax = plot(ruble, ax=axes())
    assert "per EUR" in ax.get_ylabel() or "[%]" in ax.get_ylabel()
    assert ax.get_xlabel() in ("session", "tau [sessions]")
    if ax.get_xlabel() != "session":
        assert 0 in ax.get_xticks()


def test_the_band_says_which_band_it_is(bond: mi.StudyResult) -> None:
    for plot, words in (
        (mi.plot_ar, "pointwise 95 % band of ordinary moves (t, 119 df)"),
        (mi.plot_car, "simultaneous 95 % band of paths (sup-t, 119 df)"),
    ):
        legend = plot(bond, EMERGENCY, ax=axes()).get_legend()
        assert words in [text.get_text() for text in legend.get_texts()]


def test_every_candidate_of_the_event_session_is_marked(bond: mi.StudyResult) -> None:
    data = ar_data(bond, "kz-2022-01-05-government")
    assert data["tau"][data["candidate"]].tolist() == [0, 1]
    assert series_data(bond, "kz-2022-01-05-government")["candidate"].sum() == 2


def test_a_pair_must_be_named_where_there_are_several(bond: mi.StudyResult) -> None:
    with pytest.raises(mi.InputError, match="event_id: must be named: the study holds 12 events"):
        mi.plot_ar(bond, ax=axes())


WORDS = ": quotes around the event"
LONG = f"{'A very long name ' * 20}6.5 % 2045"


def titled(name: str, title: str, *, inches: float = 4.0) -> Text:
    ax = Figure(figsize=(inches, 3.0)).subplots()
    finish(ax, xlabel="x", ylabel="y", title=title, name=name)
    written = next(text for text in ax.findobj(Text) if text.get_text() == ax.get_title(loc="left"))
    assert written.get_window_extent().width <= ax.get_window_extent().width
    return written


def test_a_title_as_wide_as_its_axes_or_less_stays_as_it_is() -> None:
    written = titled("KZ", WORDS)
    assert (written.get_text(), written.get_fontsize()) == ("KZ" + WORDS, 12)


def test_a_title_a_little_wider_than_its_axes_is_written_smaller() -> None:
    written = titled("KZ 6.5 % 2045 in $", WORDS)
    assert written.get_text() == "KZ 6.5 % 2045 in $" + WORDS
    assert 9 <= written.get_fontsize() < 12


def test_a_title_wider_still_loses_the_middle_of_its_name() -> None:
    """It begins with what it is about; the event's date and the words behind the name stay."""
    for title in (WORDS, ", 5 January 2022: headline move"):
        text = titled(LONG, title).get_text()
        assert text.startswith("A ver")
        assert text.endswith("2045" + title)
        assert text.count("…") == 1


def test_in_narrow_axes_a_title_loses_its_end_too() -> None:
    text = titled(LONG, WORDS, inches=2.0).get_text()
    assert text.startswith("A very")
    assert "2045: q" in text
    assert text.endswith("…")
    assert titled("", "Cumulative abnormal move", inches=1.5).get_text().startswith("Cumul")
    assert titled(LONG, WORDS, inches=0.2).get_text() == "…"


def test_a_title_of_any_length_is_measured_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []
    extent = Text.get_window_extent

    def counted(self: Text, *given: Any, **more: Any) -> Any:
        measured.append(len(self.get_text()))
        return extent(self, *given, **more)

    monkeypatch.setattr(Text, "get_window_extent", counted)
    titled("x" * 100_000, WORDS)
    assert len(measured) < 20
    assert max(measured) <= 201
