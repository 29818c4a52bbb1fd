"""Moves and event sessions of a regression: those of the alignment, without an estimation window."""

import pickle

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.regress.observations import observe
from tests.study.world import mixed_panel, news, price_panel, walk, weekdays


def prices(n: int = 60) -> tuple[mi.Panel, np.ndarray]:
    days = weekdays(n)
    rng = np.random.default_rng(1)
    return price_panel({"A": walk(rng, n), "B": walk(rng, n)}, days), days


def test_a_dummy_stands_on_the_event_session_and_does_not_reach_the_next_instrument() -> None:
    panel, days = prices()
    found = observe(panel, news([days[5], days[58]]), pairs="all", around=(-1, 1))
    assert found.instruments == ("A", "B")
    everything = np.full(len(found.at), True)
    for tau in (-1, 0, 1):
        dummy = found.dummy(everything, tau)
        for series in (0, 1):
            mine = found.series == series
            marked = found.sessions[mine & (dummy > 0)]
            np.testing.assert_array_equal(marked, [days[5 + tau], days[58 + tau]])
        assert dummy.sum() == 4


def test_events_of_one_session_add_up() -> None:
    panel, days = prices()
    found = observe(
        panel, news([days[20], days[20], days[30]]), pairs=[("e0", "A"), ("e1", "A"), ("e2", "A")]
    )
    values = found.spread(np.array([1.5, 2.0, -1.0]))
    assert values[found.at[0]] == 3.5
    assert values.sum() == 2.5


def test_an_event_early_in_a_series_needs_no_estimation_window() -> None:
    panel, days = prices()
    found = observe(panel, news([days[1], days[2], days[59]]), pairs=[(f"e{i}", "A") for i in range(3)])
    assert found.ledger.used == 3
    np.testing.assert_array_equal(found.sessions[found.at], [days[1], days[2], days[59]])


def test_news_after_the_last_quote_is_a_row_of_the_ledger_and_news_of_nowhere_an_error() -> None:
    panel, days = prices()
    late = days[-1] + np.timedelta64(90, "D")
    found = observe(panel, news([days[20], late]), pairs=[("e0", "A"), ("e1", "A")])
    assert len(found.at) == 1
    assert found.ledger.to_frame()["status"].tolist() == ["used", "left out"]
    with pytest.raises(mi.InputError, match="events: no event shows in any series"):
        observe(panel, news([late]), pairs=[("e0", "A")])


def test_moves_and_controls_are_those_of_a_study() -> None:
    panel = mixed_panel(3, holidays=0.05, missing=0.05)
    days = weekdays(700)
    events, pairs = news([days[300]]), [("e0", "KZ yield")]
    found = observe(panel, events, pairs=pairs, controls=("EM", "UST"))
    study = mi.EventStudy(model=mi.FactorModel(("EM", "UST"))).run(panel, events, pairs=pairs)
    design = study.alignment.design
    mine, theirs = found.series == 0, ~np.isnat(design.sessions)
    np.testing.assert_array_equal(found.y[mine], design.y[theirs])
    np.testing.assert_array_equal(found.controls[:, mine], design.x[1:][:, theirs])
    np.testing.assert_array_equal(found.usable[mine], design.usable[theirs])
    frame = found.to_frame()
    assert list(frame.columns) == ["instrument", "session", "move", "EM", "UST", "span"]
    assert frame.notna().to_numpy().all()
    assert found.kind.unit == "bp"


def test_instruments_of_several_kinds_have_no_common_kind() -> None:
    panel = mixed_panel(3)
    found = observe(panel, news([weekdays(700)[300]]), pairs=[("e0", "KZ yield"), ("e0", "USD/KZT")])
    with pytest.raises(mi.InputError, match="differ in kind, and have no common coefficient"):
        _ = found.kind


def test_a_move_of_exactly_zero_is_flagged_without_an_estimation_window() -> None:
    panel, days = prices()
    levels = panel["A"].to_numpy().copy()
    levels[20] = levels[19]
    found = observe(price_panel({"A": levels}, days), news([days[10], days[20]]))
    frame = found.ledger.to_frame()
    assert frame["reason"].tolist() == ["", "the move is exactly zero: perhaps not quoted"]
    assert frame["status"].tolist() == ["used", "flagged"]
    assert (
        frame[["estimation_used", "estimation_lost", "contaminated"]].to_numpy().tolist() == [[0, 0, 0]] * 2
    )
    assert frame["zero_share"].isna().all()
    assert "estimation moves" not in str(frame.to_dict())


@pytest.mark.parametrize(("zeros", "flagged"), [(2, True), (3, False), (20, False)])
def test_a_zero_move_is_flagged_only_where_they_are_rare(zeros: int, flagged: bool) -> None:
    """60 prices, 59 moves: 2 of them are 3.4 %, 3 are 5.1 %. Yields that are rounded to a basis point have many."""
    panel, days = prices()
    moves = np.diff(panel["A"].to_numpy(), prepend=panel["A"].iloc[0])
    moves[20 : 20 + 2 * zeros : 2] = 0.0
    found = observe(price_panel({"A": 100.0 + np.cumsum(moves)}, days), news(days[[10, 20]]))
    reason = found.ledger.to_frame()["reason"].tolist()[1]
    assert (reason == "the move is exactly zero: perhaps not quoted") == flagged
    assert bool(reason) == flagged


@pytest.mark.parametrize(("leads", "lags"), [(100, 100), (0, 70), (5000, 0), (200_000, 0)])
def test_leads_and_lags_that_no_series_holds_are_named(leads: int, lags: int) -> None:
    panel, days = prices()
    spec = mi.EventRegression(leads=leads, lags=lags)
    with pytest.raises(
        mi.InputError, match=r"leads, lags: reach over \d+ sessions, and the longest series has 60"
    ):
        spec.run(panel, news(days[[10, 20]]), pairs="all")


def test_a_series_of_five_quotes_is_too_short() -> None:
    panel, days = prices(5)
    with pytest.raises(
        mi.InputError, match=r"panel: is too short for an event.*; received .5 quotes in the longest"
    ):
        mi.EventRegression().run(panel, news(days[[2, 3]]), pairs="all")


def test_one_regression_an_instrument_loses_no_event() -> None:
    """By place: events without a place, and of a place that no instrument has, are rows of every ledger."""
    panel, days = mixed_panel(3), weekdays(700)
    places = ("KZ", "BR", None, "KZ")
    events = mi.EventSet.from_events(
        mi.Event(f"e{i}", announced_at=f"{days[300 + 20 * i]}T09:00", zone="UTC", place=place)
        for i, place in enumerate(places)
    )
    for regression in (mi.EventRegression(), mi.EventRegression(leads=1)):
        found = regression.each(panel, events, pairs="place")
        assert list(found) == ["KZ yield", "KZ price", "USD/KZT"]
        for name, result in found.items():
            frame = result.ledger.to_frame()
            assert frame["event_id"].tolist() == ["e0", "e3", "e1", "e2"]
            assert frame["instrument"].tolist()[:2] == [name] * 2
            assert frame["status"].tolist() == ["used", "used", "left out", "left out"]
            assert frame["reason"].tolist()[2:] == [
                "no instrument belongs to the place BR", "the event has no place",
            ]  # fmt: skip
            assert "2 used of 4 given (0 flagged, 2 left out)" in str(result.summary())
            assert result.n_events[0] == 2
    both = mi.EventRegression().each(panel, events, pairs="place")["KZ yield"].ledger
    whole = mi.align(panel, events, pairs="place").ledger.to_frame()
    assert set(whole["event_id"]) == set(both.to_frame()["event_id"])
    assert both == pickle.loads(pickle.dumps(both))
