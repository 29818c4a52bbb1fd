"""Which sessions of a series may be the first to show scheduled news: against each piece of news by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.alignment.confounders import join_confounders, scheduled_sessions
from marketimpact.alignment.nearby import nearby_news
from tests.study.world import SNAPSHOT, news, price_panel, walk, weekdays

DAYS = weekdays(300)


def aligned(snapshot: str | None = SNAPSHOT, holes: tuple[int, ...] = ()) -> mi.Alignment:
    days = np.delete(DAYS, list(holes))
    panel = price_panel({"KZ": walk(np.random.default_rng(1), len(days))}, days, snapshot)
    return mi.align(panel, news([DAYS[200]]))


def test_nobody_has_looked() -> None:
    assert scheduled_sessions(aligned(), 0) is None


def test_news_shows_in_its_own_session_and_in_the_next_after_the_snapshot() -> None:
    others = mi.EventSet.from_events(
        [
            mi.Event("morning", announced_at=f"{DAYS[50]}T09:00", zone="UTC"),
            mi.Event("evening", announced_at=f"{DAYS[60]}T18:00", zone="UTC"),
            mi.Event("saturday", announced_at="2015-03-28", zone="UTC"),
            mi.Event("long ago", announced_at="2001-01-01", zone="UTC"),
            mi.Event("far ahead", announced_at="2031-01-01", zone="UTC"),
        ]
    )
    found = scheduled_sessions(join_confounders(aligned(), others), 0)
    assert found is not None
    monday = int(np.searchsorted(DAYS, np.datetime64("2015-03-30")))
    assert np.flatnonzero(found).tolist() == sorted([50, 61, monday])
    assert len(found) == 300


def test_without_a_snapshot_both_candidates_count() -> None:
    others = mi.EventSet.from_events([mi.Event("noon", announced_at=f"{DAYS[50]}T12:00", zone="UTC")])
    found = scheduled_sessions(join_confounders(aligned(None), others), 0)
    assert found is not None
    assert np.flatnonzero(found).tolist() == [50, 51]


def test_the_event_itself_is_no_confounder() -> None:
    found = scheduled_sessions(join_confounders(aligned(), news([DAYS[200]])), 0)
    assert found is not None
    assert not found.any()


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([SNAPSHOT, None]))
def test_it_is_the_union_of_the_candidates_of_each(seed: int, snapshot: str | None) -> None:
    rng = np.random.default_rng(seed)
    holes = tuple(int(hole) for hole in np.sort(rng.choice(300, 40, replace=False)) if hole != 200)
    days = rng.integers(-10, 310, 12)
    others = mi.EventSet.from_events(
        mi.Event(f"c{i}", announced_at=str(DAYS[0] + np.timedelta64(int(day) * 7 // 5, "D")), zone="UTC")
        for i, day in enumerate(days)
    )
    a = join_confounders(aligned(snapshot, holes), others)
    found = scheduled_sessions(a, 0)
    assert found is not None
    wanted = np.zeros(len(found), dtype=bool)
    for one in nearby_news(others, a.panel.instruments[0], a.panel.quotes[0]):
        wanted[max(one.first, 0) : one.last + 1] = True
    assert found.tolist() == wanted.tolist()


@pytest.mark.parametrize("day", [0, 299])
def test_the_ends_of_the_series_count(day: int) -> None:
    others = mi.EventSet.from_events([mi.Event("edge", announced_at=f"{DAYS[day]}T09:00", zone="UTC")])
    found = scheduled_sessions(join_confounders(aligned(), others), 0)
    assert found is not None
    assert np.flatnonzero(found).tolist() == ([] if day == 0 else [299])
