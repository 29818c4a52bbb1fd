"""Moves and event sessions of a regression: those of the alignment, without an estimation window."""

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
