"""News whose session is not certain: candidates, a headline that spans them, and their rank."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from tests.maths.brute import Series, scar_left_out
from tests.study.world import news, price_panel, row_of, walk, weekdays

TIMELINE = mi.Timeline(estimation=(-120, -6), event=(-2, 3))
STUDY = mi.EventStudy(timeline=TIMELINE, windows=((0, 0), (0, 1), (0, 2)))
DAYS = weekdays(220, "2021-06-01")
CLOSES = {"London": "16:30 Europe/London", "New York": "17:00 America/New_York", "unknown": None}


def quoted(name: str, levels: np.ndarray | None = None) -> mi.Panel:
    """A price with a snapshot, of 2021 and 2022."""
    rng = np.random.default_rng(3)
    return price_panel({"KZ 2045": walk(rng, 220) if levels is None else levels}, DAYS, snapshot=CLOSES[name])


def run(name: str, announced: str, precision: str | None = None, zone: str = "Asia/Almaty") -> mi.StudyResult:
    event = mi.Event("e0", announced_at=announced, zone=zone, precision=precision)
    return STUDY.run(quoted(name), event)


@pytest.mark.parametrize(
    ("close", "announced", "precision", "candidates"),
    [
        ("London", "2022-01-05", None, "2022-01-05 2022-01-06"),
        ("New York", "2022-01-05", None, "2022-01-04 2022-01-05"),
        ("London", "2022-01-02", None, "2022-01-03"),
        ("New York", "2022-01-02", None, "2022-01-03"),
        ("London", "2022-01-05", "3d", "2022-01-05 2022-01-06 2022-01-07 2022-01-10"),
        ("London", "2022-01-05T16:10", None, "2022-01-05"),
        ("London", "2022-01-05T22:29", None, "2022-01-05"),
        ("London", "2022-01-05T22:30", None, "2022-01-06"),
        ("London", "2022-01-05T22:00", "hour", "2022-01-05 2022-01-06"),
        ("unknown", "2022-01-05T16:10", None, "2022-01-05 2022-01-06"),
    ],
)
def test_candidates_of_the_event_session(close, announced, precision, candidates):
    """22:30 in Almaty was 16:30 in London: the snapshot must lie strictly after the news."""
    assert row_of(run(close, announced, precision), "e0", "KZ 2045")["candidates"] == candidates


def test_an_ambiguous_pair_is_one_flagged_row_whose_headline_spans_its_candidates():
    result = run("London", "2022-01-05")
    row = row_of(result, "e0", "KZ 2045")
    assert len(result.ledger) == 1
    assert (row["status"], str(row["session"].date())) == ("flagged", "2022-01-05")
    assert "the event session may be any of tau = 0 to 1" in row["reason"]
    table = result.to_frame("car")
    headline, both = (
        table.query("term == 'headline'").iloc[0],
        table.query("term == 'CAR' and tau_to == 1").iloc[0],
    )
    assert (headline["tau_from"], headline["tau_to"], headline["n"]) == (0, 1, 2)
    for name in ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"):
        assert headline[name] == pytest.approx(both[name], rel=1e-13)
    one = result.one("e0")
    assert one.headline.window == (0, 1)
    assert [str(day) for day in one.candidates] == ["2022-01-05", "2022-01-06"]
    assert str(one.session) == "2022-01-05"


def test_a_certain_pair_has_tau_0_as_its_headline():
    headline = run("London", "2022-01-05T16:10").to_frame("car").query("term == 'headline'").iloc[0]
    assert (headline["tau_from"], headline["tau_to"], headline["n"]) == (0, 0, 1)


def test_an_ambiguous_pair_never_counts_twice_in_an_average():
    events = [
        mi.Event("day", announced_at="2022-01-05", zone="Asia/Almaty"),
        mi.Event("minute", announced_at="2022-02-15T10:00", zone="Asia/Almaty"),
    ]
    result = STUDY.run(quoted("London"), events)
    table = result.to_frame("caar")
    assert (table["n"] == 2).all()
    headline = table.query("term == 'CAAR headline'").iloc[0]
    moves = result.to_frame("car").query("term == 'headline'")["estimate"]
    assert headline["estimate"] == pytest.approx(moves.mean(), rel=1e-13)
    np.testing.assert_allclose(result.aar.iloc[0], result.ar.mean(), rtol=1e-13)


def test_the_rank_of_two_candidates_is_that_of_all_windows_of_two_sessions():
    """Every placebo window refitted without it, by numpy, the event's own sessions in the sample."""
    result = run("London", "2022-01-05")
    y = np.diff(np.log(quoted("London")["KZ 2045"].to_numpy()), prepend=np.nan)
    series = Series(y, np.ones((1, 220)), np.ones(220))
    at = int(np.searchsorted(DAYS, np.datetime64("2022-01-05")))
    event, first = at + np.arange(2), at - 120
    rows = np.append(np.arange(first, at - 5), event)
    windows = [first + i + np.arange(2) for i in range(114)]
    scars = np.array([scar_left_out(series, rows, window) for window in [*windows, event]])
    wanted = np.count_nonzero(np.abs(scars) >= abs(scars[-1]) * (1 - 1e-9)) / 115
    rank = result.one("e0").rank
    assert (rank.p_value, rank.p_floor) == (wanted, 1 / 115)
    assert result.ranks.p_value.tolist() == [wanted]


def test_more_candidates_than_a_twentieth_of_the_window_have_no_rank():
    """A window of 40 moves carries two sessions and no more."""
    timeline = mi.Timeline(estimation=(-45, -6), event=(-2, 5), min_estimation=40)
    event = mi.Event("e0", announced_at="2022-01-05", zone="Asia/Almaty", precision="3d")
    result = mi.EventStudy(timeline=timeline).run(quoted("London"), event)
    tests = result.to_frame("tests").set_index("test")
    assert (
        tests.loc["rank with refit", "reason"]
        == "needs 80 usable estimation moves for a window of 4 sessions, has 40"
    )
    assert np.isnan(tests.loc["rank with refit", ["p_value", "p_floor"]].astype(float)).all()
    assert not result.one("e0").rank.applies
    two = mi.EventStudy(timeline=timeline).run(quoted("London"), news(["2022-01-05"], None, "Asia/Almaty"))
    assert two.one("e0").rank.applies


def test_candidates_beyond_the_event_window_leave_the_pair_out():
    event = mi.Event("e0", announced_at="2022-01-05", zone="Asia/Almaty", precision="6d")
    row = row_of(STUDY.run(quoted("London"), event), "e0", "KZ 2045")
    assert row["status"] == "left out"
    assert "the event session may be as late as tau = 4, beyond the event window's end 3" in row["reason"]


def test_a_missing_candidate_leaves_the_headline_without_a_number():
    """A factor is not quoted on one of two candidates: half a sum is not the sum."""
    rng = np.random.default_rng(4)
    factor = pd.DataFrame({"EM": walk(rng, 220)}, index=DAYS)
    factor.loc["2022-01-07"] = np.nan
    panel = quoted("London").join(
        mi.Panel.from_frame(factor, instruments=mi.Factor("EM", snapshot=CLOSES["London"]))
    )
    event = mi.Event("e0", announced_at="2022-01-06", zone="Asia/Almaty")
    study = mi.EventStudy(model=mi.MarketModel("EM"), timeline=TIMELINE, windows=((0, 0), (0, 1)))
    result = study.run(panel, event, pairs="all")
    table = result.to_frame("car").set_index(["term", "tau_to"])["estimate"]
    assert np.isnan(table["headline", 1])
    assert table["CAR", 0] == table["CAR", 1]
    assert "a move of the headline window is missing" in row_of(result, "e0", "KZ 2045")["reason"]
    rank = result.one("e0").rank
    assert (rank.reason, np.isnan(rank.p_value)) == ("a move of the headline window is missing", True)
