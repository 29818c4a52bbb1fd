"""How much rests on the day: every shifted row is that of a study whose event is dated so many sessions away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from tests.maths.brute import Series, fit_one, predicted
from tests.study.world import mixed_panel, news, price_panel, walk, weekdays

DAYS = weekdays(700)
SHIFTS = (-20, -3, -1, 0, 1, 2, 20)
NUMBERS = ["estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "n"]
KEYS = ["event_id", "instrument"]
COLUMNS = [
    "shift",
    *KEYS,
    "kind",
    "term",
    "tau_from",
    "tau_to",
    *NUMBERS,
    "unit",
    "p_rank",
    "p_floor",
    "reason",
]
TIMELINE = mi.Timeline(estimation=(-90, -30), event=(-5, 5), min_estimation=30)
"""The gap is wide enough that no event's own window reaches into an estimation window by a shift of 20."""


def dated(places: list[int], days: np.ndarray = DAYS) -> list[mi.Event]:
    return list(news(days[places]))


def pair_rows(table: pd.DataFrame, shift: int) -> pd.DataFrame:
    return table[(table["shift"] == shift) & table["event_id"].notna()].set_index(KEYS)


def mean_rows(table: pd.DataFrame, shift: int) -> pd.DataFrame:
    return table[(table["shift"] == shift) & table["event_id"].isna()].set_index("kind")


@pytest.mark.parametrize("model", [mi.ConstantMean(), mi.MarketModel("EM")], ids=["mean", "market"])
def test_each_row_is_that_of_a_study_dated_so_many_sessions_away(model: Any) -> None:
    """Three kinds of moves with all weekdays quoted; a factor with holes. Windows do not meet."""
    panel = mixed_panel(1, missing=0.02).select(["KZ yield", "KZ price", "USD/KZT", "EM"])
    places = [150, 300, 450]
    study = mi.EventStudy(model=model, timeline=TIMELINE, windows=((0, 0), (0, 1)))
    table = study.run(panel, dated(places), pairs="all").shift_sensitivity(SHIFTS)
    assert table["shift"].drop_duplicates().tolist() == list(SHIFTS)
    assert list(table.columns) == COLUMNS
    for shift in SHIFTS:
        away = study.run(panel, dated([at + shift for at in places]), pairs="all")
        headline = away.to_frame("car").query("term == 'headline'").set_index(KEYS)
        found = pair_rows(table, shift)
        assert found.index.tolist() == headline.index.tolist()
        pd.testing.assert_frame_equal(found[NUMBERS], headline[NUMBERS], check_dtype=False)
        assert (found[["tau_from", "tau_to"]] == shift).all(axis=None)
        np.testing.assert_array_equal(found["p_rank"], away.ranks.p_value)
        np.testing.assert_array_equal(found["p_floor"], away.ranks.p_floor)
        caar = away.to_frame("caar").query("term == 'CAAR headline'").set_index("kind")
        mean = mean_rows(table, shift)
        pd.testing.assert_frame_equal(mean[NUMBERS], caar[NUMBERS], check_dtype=False)
        assert (mean["tau_from"] == shift).all()
        assert mean[["p_rank", "p_floor"]].isna().all(axis=None)


def test_no_shift_is_the_result_itself() -> None:
    """Also where windows overlap, and where event dates are uncertain."""
    panel = price_panel({"A": walk(np.random.default_rng(2), 700)}, DAYS)
    day = mi.Event("day", announced_at=str(DAYS[340]), zone="UTC")
    result = mi.EventStudy().run(panel, [*dated([200, 260, 330, 335]), day])
    found = result.shift_sensitivity((0,))
    headline = result.to_frame("car").query("term == 'headline'").reset_index(drop=True)
    pd.testing.assert_frame_equal(
        found[found["event_id"].notna()][headline.columns], headline, check_dtype=False
    )


def test_candidates_go_with_the_event() -> None:
    panel = price_panel({"A": walk(np.random.default_rng(3), 700)}, DAYS)
    day = mi.Event("e0", announced_at=str(DAYS[300]), zone="UTC")
    study = mi.EventStudy(timeline=TIMELINE)
    table = study.run(panel, day).shift_sensitivity((-2, 0, 3))
    assert table[["tau_from", "tau_to", "n"]].values.tolist() == [[-2, -1, 2], [0, 1, 2], [3, 4, 2]]
    for shift in (-2, 0, 3):
        assert DAYS[300 + shift].item().weekday() < 4  # two candidates then too
        away = study.run(panel, mi.Event("e0", announced_at=str(DAYS[300 + shift]), zone="UTC"))
        headline = away.to_frame("car").query("term == 'headline'").set_index(KEYS)
        pd.testing.assert_frame_equal(pair_rows(table, shift)[NUMBERS], headline[NUMBERS], check_dtype=False)


@pytest.mark.parametrize("contamination", ["leave_out", "keep"])
def test_the_windows_of_the_true_events_stay_out_of_shifted_estimation_windows(contamination: str) -> None:
    """By hand: the mask is that of sessions 195 to 205 and 225 to 235, whatever the shift."""
    levels = walk(np.random.default_rng(4), 700)
    timeline = mi.Timeline(estimation=(-60, -6), event=(-5, 5), min_estimation=30)
    study = mi.EventStudy(timeline=timeline, policies=mi.Policies(contamination=contamination))
    result = study.run(price_panel({"A": levels}, DAYS), dated([200, 230]))
    table = result.shift_sensitivity(range(-10, 11))
    taken = {*range(195, 206), *range(225, 236)} if contamination == "leave_out" else set()
    series = Series(np.diff(np.log(levels), prepend=np.nan), np.ones((1, 700)), np.ones(700))
    own = 0
    for row in table[table["event_id"].notna()].to_dict("records"):
        true = 200 if row["event_id"] == "e0" else 230
        at = true + row["shift"]
        rows = np.array([i for i in range(at - 60, at - 5) if i not in taken])
        own += bool(set(range(at - 60, at - 5)) & set(range(true - 5, true + 6)) & taken)
        fit = fit_one(series, rows)
        (ar,), ((variance,),) = predicted(series, fit, np.array([at]))
        assert row["estimate"] == pytest.approx(ar, rel=1e-9)
        assert row["std_error"] == pytest.approx(np.sqrt(variance), rel=1e-9)
        assert row["df"] == len(rows) - 1
        size = np.abs(fit_one(series, np.append(rows, at)).residuals)
        assert row["p_rank"] == pytest.approx(np.mean(size >= size[-1] * (1 - 1e-9)), rel=1e-13)
    assert own == (20 if contamination == "leave_out" else 0), "an event's own true window is one of them"


def test_an_estimation_window_that_the_true_event_eats_into_is_too_short_at_last() -> None:
    """Fifty of 55 moves are asked for: six sessions late the true event window, from 195 on, takes six."""
    timeline = mi.Timeline(estimation=(-60, -6), event=(-5, 5), min_estimation=50)
    panel = price_panel({"A": walk(np.random.default_rng(11), 300)}, DAYS[:300])
    table = mi.EventStudy(timeline=timeline).run(panel, dated([200])).shift_sensitivity(range(-8, 9))
    assert table["shift"].tolist() == list(range(-8, 9))
    assert table["df"].tolist()[:14] == [54] * 9 + [53, 52, 51, 50, 49]
    assert (
        table["reason"].str.contains("fewer than min_estimation = 50").tolist() == [False] * 14 + [True] * 3
    )
    assert table["estimate"].isna().tolist() == [False] * 14 + [True] * 3


def test_pairs_that_leave_the_series_say_so_and_come_back() -> None:
    """The first event has 55 moves and not one less behind it, the last the five sessions of its window before it."""
    panel = price_panel({"A": walk(np.random.default_rng(5), 200)}, DAYS[:200])
    timeline = mi.Timeline(estimation=(-60, -6), event=(-5, 5), min_estimation=55)
    study = mi.EventStudy(timeline=timeline, policies=mi.Policies(contamination="keep"))
    table = study.run(panel, dated([61, 120, 194])).shift_sensitivity(range(-2, 3))
    held = {
        shift: table[(table["shift"] == shift) & table["event_id"].notna() & (table["reason"] == "")][
            "event_id"
        ].tolist()
        for shift in range(-2, 3)
    }
    assert held == {
        -2: ["e1", "e2"], -1: ["e1", "e2"], 0: ["e0", "e1", "e2"], 1: ["e0", "e1"], 2: ["e0", "e1"]
    }  # fmt: skip
    mean = table[table["event_id"].isna()].set_index("shift")
    assert mean["n"].to_dict() == {shift: len(pairs) for shift, pairs in held.items()}
    assert len(table) == 5 * 3 + 5, "every pair has a row at every shift"
    for shift, pairs in held.items():
        moves = pair_rows(table, shift)["estimate"].dropna()
        assert len(pairs) == len(moves)
        assert mean.loc[shift, "estimate"] == pytest.approx(moves.mean(), rel=1e-12)


def test_a_pair_left_out_for_good_is_never_a_row() -> None:
    """Dropped by the roll, or joined to another event: a shift does not bring it back."""
    panel = price_panel({"A": walk(np.random.default_rng(6), 700)}, DAYS)
    saturday = mi.Event("saturday", announced_at=str(DAYS[299] + 1), zone="UTC")
    assert DAYS[299].item().weekday() == 4
    events = [saturday, *dated([200, 200])]
    study = mi.EventStudy(policies=mi.Policies(roll="drop", same_session="joint"))
    table = study.run(panel, events).shift_sensitivity()
    assert set(table["event_id"].dropna()) == {"e0"}
    assert table["event_id"].notna().all(), "a mean over one event is no mean"


def test_events_in_one_session_count_once_in_the_mean_at_every_shift() -> None:
    panel = price_panel({"A": walk(np.random.default_rng(7), 700)}, DAYS)
    table = mi.EventStudy().run(panel, dated([200, 200, 400])).shift_sensitivity()
    mean = table[table["event_id"].isna()]
    assert set(mean["n"]) == {2}
    for shift, row in mean.set_index("shift").iterrows():
        moves = pair_rows(table, shift)["estimate"]
        assert row["estimate"] == pytest.approx((moves.iloc[0] + moves.iloc[2]) / 2, rel=1e-12)


def test_a_study_without_numbers_has_a_table_without_rows() -> None:
    panel = price_panel({"A": walk(np.random.default_rng(8), 700)}, DAYS)
    table = mi.EventStudy().run(panel, dated([3])).shift_sensitivity()
    assert len(table) == 0
    assert {"shift", "event_id"} <= {*table.columns}


@pytest.mark.parametrize("bad", [(), (0, 0), (1.0,), (True,), (21,), (-21, 0), ("1",)])
def test_shifts_are_whole_numbers_that_do_not_repeat(bad: Any) -> None:
    panel = price_panel({"A": walk(np.random.default_rng(9), 300)}, DAYS[:300])
    result = mi.EventStudy().run(panel, dated([200]))
    with pytest.raises(
        mi.InputError, match=r"shifts: are not shifts;.*whole numbers of sessions from -20 to 20"
    ):
        result.shift_sensitivity(bad)


def test_the_result_is_not_changed() -> None:
    panel = price_panel({"A": walk(np.random.default_rng(10), 300)}, DAYS[:300])
    result, other = (mi.EventStudy().run(panel, dated([180, 200])) for _ in range(2))
    result.shift_sensitivity()
    assert result == other
