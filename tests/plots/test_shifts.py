"""The shifted event: what is drawn is what a study of the moved event finds."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

import marketimpact as mi
from marketimpact.plots.shifts import shifts_data

DAYS = ("2021-03-10", "2021-05-12", "2021-07-14", "2021-09-15")


def noon(day: str) -> mi.Event:
    """News before the rates of a day, on whose session it first shows."""
    return mi.Event(day, announced_at=f"{day}T12:00", zone="Europe/Moscow")


def axes() -> Axes:
    return Figure().subplots()


def words(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [legend.get_title().get_text(), *(text.get_text() for text in legend.get_texts())]


@pytest.fixture(scope="module")
def ruble() -> mi.StudyResult:
    return mi.EventStudy().run(mi.fetch("ecb:EUR/RUB"), noon(DAYS[0]))


@pytest.fixture(scope="module")
def several() -> mi.StudyResult:
    """Two currencies, four events whose moves stay in each other's estimation windows."""
    panel = mi.fetch(["ecb:EUR/RUB", "ecb:EUR/TRY"])
    return mi.EventStudy(level=0.9, policies=mi.Policies(contamination="keep")).run(
        panel, map(noon, DAYS), pairs="all"
    )


def at_shift(result: mi.StudyResult, day: str, instrument: str, shift: int) -> float:
    """Headline move of a study whose event is news of another session [%]."""
    sessions = result.panel.quotes_of(instrument).sessions
    moved = str(sessions[np.searchsorted(sessions, np.datetime64(day)) + shift])
    found = mi.EventStudy().run(result.panel, noon(moved), pairs=[(moved, instrument)])
    return 100 * found.one(moved).headline.estimate


def test_a_pair_is_drawn_as_a_study_of_the_moved_event_finds_it(ruble: mi.StudyResult) -> None:
    data = shifts_data(ruble, shifts=(2, 0, -1))
    assert data["shift"].tolist() == [-1, 0, 2]
    expected = [at_shift(ruble, DAYS[0], "EUR/RUB", shift) for shift in (-1, 0, 2)]
    np.testing.assert_allclose(data["estimate"], expected, rtol=1e-9)
    head = ruble.one(DAYS[0]).headline
    row = data.iloc[1]
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((100 * head.conf_low, 100 * head.conf_high))


def test_the_mean_over_events_has_the_interval_of_its_clusters(several: mi.StudyResult) -> None:
    """Both currencies of one event are one cluster: four means of two."""
    moves = [[at_shift(several, day, name, 1) for name in ("EUR/RUB", "EUR/TRY")] for day in DAYS]
    means = np.mean(moves, axis=1)
    low, high = stats.t.interval(0.9, 3, loc=means.mean(), scale=stats.sem(means))
    row = shifts_data(several, shifts=(0, 1)).iloc[1]
    assert row["n"] == 8
    assert tuple(row[["estimate", "conf_low", "conf_high"]]) == pytest.approx((means.mean(), low, high))
    ax = mi.plot_shifts(several, ax=axes())
    assert words(ax)[0].startswith("pointwise 90 % intervals (t, on cluster means)")
    assert ax.get_title(loc="left") == "Mean headline move of 8 pairs, events shifted"
    assert ax.get_ylabel() == "mean abnormal log move [%]"


def test_what_is_drawn_is_what_is_returned(ruble: mi.StudyResult) -> None:
    ax, data = mi.plot_shifts(ruble, ax=axes()), shifts_data(ruble)
    elsewhere, event = ax.containers
    away = data[data["shift"] != 0]
    points, _, (bars,) = elsewhere.lines
    np.testing.assert_array_equal(points.get_xdata(), away["shift"])
    np.testing.assert_array_equal(points.get_ydata(), away["estimate"])
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    np.testing.assert_allclose(ends, away[["conf_low", "conf_high"]])
    assert event.lines[0].get_xdata().tolist() == [0]
    assert event.lines[0].get_marker() != points.get_marker()
    assert 0 in ax.get_xticks()
    assert "[sessions]" in ax.get_xlabel()
    assert ax.get_ylabel() == "abnormal log move [%]"
    assert words(ax)[0] == "pointwise 95 % intervals (t); the estimation window goes with the event"


def test_a_shift_beyond_the_series_has_no_number_and_says_so() -> None:
    """The ECB's ruble ends on 1 March 2022, one session after 28 February."""
    study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 1)))
    result = study.run(mi.fetch("ecb:EUR/RUB"), noon("2022-02-28"))
    data = shifts_data(result)
    assert data["estimate"].isna().tolist() == [False, False, False, True, True]
    assert data["n"].tolist() == [1, 1, 1, 0, 0]
    ax = mi.plot_shifts(result, ax=axes())
    assert "no number" in words(ax)
    assert [line.get_xdata().tolist() for line in ax.lines if line.get_marker() == "x"] == [[1, 2]]
    assert mi.plot_shifts(result, shifts=(1,), ax=axes()).get_xlim()[0] < 0


def test_a_reconstruction_is_stamped_and_one_cluster_has_no_mean() -> None:
    panel, events = mi.datasets.load_panel("kazakhstan_2045"), mi.datasets.load_events("kazakhstan_2022")
    result = mi.EventStudy().run(panel, events)
    ax = mi.plot_shifts(result, "kz-2022-01-05-emergency", ax=axes())
    assert "RECONSTRUCTION" in [text.get_text() for text in ax.texts]
    with pytest.raises(mi.InputError, match=r"one date cluster.*a pair of the study, like kz-2022-01-02"):
        mi.plot_shifts(result, ax=axes())


def test_kinds_have_no_common_mean() -> None:
    rates = mi.fetch("ecb:EUR/RUB")
    quotes = rates.quotes_of("EUR/RUB")
    frame = pd.DataFrame({"RUB": quotes.levels}, index=quotes.sessions)
    panel = rates.join(
        mi.Panel.from_frame(frame, instruments=mi.Factor("RUB", move="difference", unit="points"))
    )
    pairs = [(day, name) for day in DAYS for name in panel.ids]
    result = mi.EventStudy().run(panel, map(noon, DAYS), pairs=pairs)
    with pytest.raises(mi.InputError, match="moves of several kinds have no mean"):
        shifts_data(result)


def test_shifts_that_are_none_are_refused(ruble: mi.StudyResult) -> None:
    with pytest.raises(mi.InputError, match="are not shifts"):
        mi.plot_shifts(ruble, shifts=(0, 0), ax=axes())
