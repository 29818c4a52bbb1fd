"""The quotes around an event: a line where quotes follow each other, a dotted one where there are none between."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import marketimpact as mi
from marketimpact.plots.series import series_data

DAYS = pd.bdate_range("2021-06-01", "2022-05-31")
CLOSED = ("2022-02-25", "2022-03-21")
EVENT = "2022-03-23"


def levels(*, frozen: tuple[str, str] | None = None) -> pd.Series:
    """A simulated yield; a frozen run repeats the quote of its first day."""
    moves = np.random.default_rng(24).normal(scale=0.04, size=len(DAYS))
    made = pd.Series(8.0 + moves.cumsum(), index=DAYS)
    if frozen:
        made[slice(*frozen)] = made[frozen[0]]
    return made


def study(
    quoted: pd.Series, day: str = EVENT, *, frozen: str = "leave_out", **bond: object
) -> mi.StudyResult:
    instrument = mi.SovereignBond("OFZ", quoted="yield", issuer="RU", snapshot="18:45 Europe/Moscow", **bond)
    event = mi.Event("news", announced_at=f"{day}T12:00", zone="Europe/Moscow")
    return mi.EventStudy(policies=mi.Policies(frozen=frozen)).run(
        mi.Panel.from_frame(quoted, instruments=instrument), event
    )


def without(*days: str) -> pd.Series:
    return levels().drop(pd.DatetimeIndex(days))


def reached_over_a_gap(result: mi.StudyResult) -> list[str]:
    data = series_data(result)
    return data["session"][data["gap"]].dt.strftime("%Y-%m-%d").tolist()


def drawn(result: mi.StudyResult) -> Axes:
    return mi.plot_series(result, ax=Figure().subplots())


def pieces(line: Line2D) -> list[tuple[float, ...]]:
    """What a line joins: day and level of both ends."""
    ends = np.column_stack([date2num(line.get_xdata()), line.get_ydata()])
    joined = np.column_stack([ends[:-1], ends[1:]])
    return [tuple(piece) for piece in joined[np.isfinite(joined).all(axis=1)]]


def assert_drawn_as_returned(result: mi.StudyResult) -> None:
    """Every quote is joined to the one before, by the dotted line across a gap and by the other elsewhere."""
    data = series_data(result)
    days, levels = date2num(data["session"].to_numpy()), data["level"].to_numpy()
    joined = np.column_stack([days[:-1], levels[:-1], days[1:], levels[1:]])
    gap = data["gap"].to_numpy()[1:]
    line, dotted = drawn(result).lines[:2]
    assert (line.get_linestyle(), dotted.get_linestyle()) == ("-", ":")
    assert line.get_color() != dotted.get_color()
    assert pieces(line) == [tuple(piece) for piece in joined[~gap]]
    assert pieces(dotted) == [tuple(piece) for piece in joined[gap]]


def test_a_closure_is_crossed_by_a_dotted_line() -> None:
    result = study(levels(), closures=[CLOSED])
    assert reached_over_a_gap(result) == ["2022-03-22"]
    assert_drawn_as_returned(result)
    assert drawn(result).get_title(loc="left") == "OFZ: quotes around the event (dotted: no quotes)"


def test_a_frozen_run_is_dotted_up_to_the_first_quote_after_it() -> None:
    """Ten quotes that stand still: the first was made, and the first after them is reached over days without."""
    result = study(levels(frozen=("2022-03-01", "2022-03-14")))
    days = pd.bdate_range("2022-03-02", "2022-03-15").strftime("%Y-%m-%d").tolist()
    assert reached_over_a_gap(result) == days
    assert_drawn_as_returned(result)


def test_an_ordinary_series_is_one_line_and_says_nothing_of_gaps() -> None:
    ax = drawn(study(levels()))
    line, marker, session = ax.lines
    assert len(pieces(line)) == 80
    assert (marker.get_marker(), session.get_linestyle()) == ("o", "--")
    assert ax.get_title(loc="left") == "OFZ: quotes around the event"


def test_quotes_that_stand_still_and_are_kept_are_quotes() -> None:
    quoted = levels(frozen=("2022-03-01", "2022-03-14"))
    assert reached_over_a_gap(study(quoted, frozen="keep")) == []


def test_a_holiday_is_no_gap_and_five_expected_sessions_are() -> None:
    """From Monday to Friday four sessions are expected, to the next Monday five."""
    week = ["2022-03-08", "2022-03-09", "2022-03-10"]
    assert reached_over_a_gap(study(without(*week))) == []
    assert reached_over_a_gap(study(without(*week, "2022-03-11"))) == ["2022-03-14"]


def test_days_on_which_a_named_calendar_expects_none_are_no_gap() -> None:
    """In Shanghai 1 to 7 October 2021 were holidays: 8 October is the session after 30 September."""
    pytest.importorskip("exchange_calendars", reason="named calendars need the extra 'calendars'")
    week = without("2021-10-01", "2021-10-04", "2021-10-05", "2021-10-06", "2021-10-07")
    study_of = mi.EventStudy(timeline=mi.Timeline(estimation=(-80, -11), event=(-5, 5)))
    found = []
    for calendar in (None, "XSHG"):
        bond = mi.SovereignBond("CGB", quoted="yield", snapshot="16:30 Asia/Shanghai", calendar=calendar)
        news = mi.Event("news", announced_at="2021-10-20T12:00", zone="Asia/Shanghai")
        found.append(reached_over_a_gap(study_of.run(mi.Panel.from_frame(week, instruments=bond), news)))
    assert found == [["2021-10-08"], []]


def test_a_gap_before_the_first_session_drawn_is_not_drawn() -> None:
    """Sixty sessions before the event is the first quote after the closure."""
    first = DAYS[DAYS.get_loc(pd.Timestamp(EVENT)) - 60]
    closed = (str((first - pd.Timedelta(days=20)).date()), str((first - pd.Timedelta(days=1)).date()))
    result = study(levels(), closures=[closed])
    assert series_data(result)["session"].iloc[0] == first
    assert reached_over_a_gap(result) == []
