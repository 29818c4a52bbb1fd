"""Coincidence of news and large moves: event sessions by the alignment, large moves by size, chance by the arrays."""

from __future__ import annotations

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.associate.coincidence import LargeMoves, event_coincidence
from marketimpact.maths.coincidence import CoincidenceRule, coincidence_tests
from tests.associate.world import panel_of
from tests.study.world import news, weekdays


def jumpy() -> tuple[mi.Panel, np.ndarray]:
    """400 moves with jumps on the sessions 51, 151, 251 and 351."""
    moves = 0.005 * np.random.default_rng(0).standard_normal(400)
    moves[[50, 150, 250, 350]] += np.array([0.08, -0.08, 0.07, -0.07])
    return panel_of(moves), weekdays(401)


def test_jumps_after_news_coincide() -> None:
    panel, days = jumpy()
    found = event_coincidence(panel, news(days[[50, 151, 200, 250]]), LargeMoves(share=0.01))
    assert found.params.tolist() == [0.75, 0.75]
    rule = CoincidenceRule()
    later, earlier = np.array([50, 150, 250, 350]), np.array([49, 150, 199, 249])
    arrays = coincidence_tests(later, earlier, 400, rule, np.random.default_rng(0))
    assert found.p_values.tolist() == [one.p_value for one in arrays]
    assert found.column("chance_rate").tolist() == [one.part("chance rate") for one in arrays]
    assert found.n == (4, 4)
    assert "4 of 400 sessions have large moves" in str(found.summary())


def test_sides() -> None:
    panel, days = jumpy()
    up = event_coincidence(panel, news(days[[51, 251]]), LargeMoves(share=0.005, side="up"))
    down = event_coincidence(panel, news(days[[51, 251]]), LargeMoves(share=0.005, side="down"))
    assert up.params.tolist() == [1.0, 1.0]
    assert down.params.tolist() == [0.0, 0.0]
    assert "largest falls" in down.title


def test_other_events_may_be_the_later_kind() -> None:
    panel, days = jumpy()
    found = event_coincidence(panel, news(days[[100, 200]]), news(days[[101, 300, 350]]))
    assert found.params["precursor"] == pytest.approx(1 / 3)
    assert found.params["trigger"] == 0.5
    text = str(found.summary())
    assert "other events: 3 used of 3 given" in text
    assert found.title == "News and other events on sessions of KZ"
    assert "share of the other events with news before them" in text
    assert "large move" not in text
    of_moves = str(event_coincidence(panel, news(days[[100, 200]])).summary())
    assert "the trigger rate the share of news with a large move after them" in of_moves


def test_lag_and_surrogates() -> None:
    panel, days = jumpy()
    early = news(days[[46, 146, 246, 346]])
    assert event_coincidence(panel, early, LargeMoves(share=0.01)).params["precursor"] == 0.0
    for surrogate in ("shift", "shuffle", "intervals"):
        rule = CoincidenceRule(window=1, lag=4, surrogate=surrogate, draws=199)
        found = event_coincidence(panel, early, LargeMoves(share=0.01), rule=rule)
        assert found.params["precursor"] == 1.0
        assert found == event_coincidence(panel, early, LargeMoves(share=0.01), rule=rule)
    assert found.p_values[0] < 0.05 or surrogate == "intervals"


def test_what_cannot_coincide() -> None:
    panel, days = jumpy()
    with pytest.raises(mi.InputError, match="events: no event shows in the series"):
        event_coincidence(panel, news(["2031-01-01"]))
    with pytest.raises(mi.InputError, match="large: chooses no moves"):
        LargeMoves(share=0.0)
    with pytest.raises(mi.InputError, match="large: chooses no moves"):
        LargeMoves(side="left")  # type: ignore[arg-type]
    with pytest.raises(mi.InputError, match=r"large\.move: is not known; received 'daily'"):
        LargeMoves(move="daily")  # type: ignore[arg-type]
    alone = event_coincidence(panel, news(days[[0]]))  # before the first move: outside the sample
    assert np.isnan(alone.p_values).all()
    assert alone.notes[0] == "there is no session of one of the two kinds"


def test_news_of_a_day_counts_at_the_first_session_that_can_show_it() -> None:
    panel, days = jumpy()
    bare = mi.Panel((mi.SovereignBond("KZ", quoted="clean price"),), panel.quotes)
    found = event_coincidence(bare, news(days[[50, 151]], clock=None), LargeMoves(share=0.01))
    assert found.params["trigger"] == 1.0
    assert "2 used of 2 given (2 flagged, 0 left out)" in str(found.summary())


def test_the_ledger_holds_both_kinds_of_events() -> None:
    panel, days = jumpy()
    early = news([days[100], days[200], "2031-01-01"])
    late = mi.EventSet.from_events(
        mi.Event(f"later {i}", announced_at=f"{day}T09:00", zone="UTC")
        for i, day in enumerate(days[[101, 300]])
    )
    alone = event_coincidence(panel, early)
    assert alone.ledger.to_frame()["event_id"].tolist() == ["e0", "e1", "e2"]
    assert (alone.ledger.used, alone.ledger.given) == (2, 3)
    both = event_coincidence(panel, early, late).ledger
    rows = both.to_frame()
    assert rows["event_id"].tolist() == ["e0", "e1", "e2", "later 0", "later 1"]
    assert rows["status"].tolist() == ["used", "used", "left out", "used", "used"]
    assert (both.used, both.given) == (4, 5)


@pytest.mark.parametrize("events", [1, 5])
@pytest.mark.parametrize("surrogate", ["shift", "shuffle", "intervals"])
def test_size_with_few_events(events: int, surrogate: str) -> None:
    """Nominal 5 %: steps are large, and no test rejects more often than it says; nor does the binomial's beside."""
    rng, hits = np.random.default_rng(5), np.zeros(4)
    rule = CoincidenceRule(surrogate=surrogate, draws=99)  # type: ignore[arg-type]
    for _ in range(100):
        at, later = rng.choice(300, events, replace=False), rng.choice(300, 15, replace=False)
        found = coincidence_tests(later, at, 300, rule, rng)
        hits += [one <= 0.05 for test in found for one in (test.p_value, test.part("binomial p"))]
    assert (hits / 100 < 0.13).all()


def test_few_events_are_said() -> None:
    panel, days = jumpy()
    few = event_coincidence(panel, news(days[[50, 151]]), LargeMoves(share=0.05))
    assert few.reading[0].startswith("The rarer kind is on 2 of the sessions")
    many = event_coincidence(panel, news(days[[50, 151, 200, 250, 300]]), LargeMoves(share=0.05))
    assert not any("rarer kind" in line for line in many.reading)
