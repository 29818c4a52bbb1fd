"""What events and sets of them show of themselves: each on its own clock, bounded, escaped."""

from __future__ import annotations

from hypothesis import given

import marketimpact as mi
from marketimpact.ledger import MOST_SHOWN, LedgerRow
from tests.news.test_event_set import ALMATY, FIRST, SECOND, THIRD, events_of_any_kind
from tests.shown import shown

THREE = mi.EventSet.from_events([FIRST, SECOND, THIRD])


@given(events_of_any_kind())
def test_the_repr_of_an_event_of_any_kind_makes_it_again(one: mi.Event) -> None:
    assert eval(repr(one), {"Event": mi.Event}) == one


def test_a_set_without_events_says_so() -> None:
    assert repr(THREE.select([])) == "EventSet of 0"
    assert shown(THREE.select([])).rows == [["id", "when", "precision"]]


def test_a_set_shows_each_event_on_its_own_clock() -> None:
    assert shown(THREE).rows == [
        ["id", "when", "precision", "place", "category", "title"],
        ["first", "2022-01-05 16:10 Asia/Almaty", "minute", "KZ", "politics", ""],
        ["second", "2022-01-06 Europe/London", "day", "", "", "a day"],
        ["third", "2022-01-05 14:00 America/New_York", "hour", "", "", ""],
    ]


def test_what_a_set_shows_is_bounded_and_escaped() -> None:
    """A long title is cut, rows beyond the first are counted, and no text becomes an element."""
    evil = "<script>alert('x')</script>"
    news = [
        mi.Event(f"{evil} {i}", announced_at="2022-01-05", zone=ALMATY, title=f"{evil} {'long ' * 100}")
        for i in range(5_000)
    ]
    lost = [LedgerRow(f"{evil} {i}", f"no zone: {evil}") for i in range(9)]
    made = mi.EventSet.from_events(news, rejected=lost)
    read = shown(made)
    assert len(read.rows) == 1 + MOST_SHOWN
    assert read.rows[1][0] == f"{evil} 0"
    assert read.rows[1][3].startswith(f"{evil} long long")
    assert len(read.rows[1][3]) <= 203
    assert read.lines[1:3] == [repr(made), "... and 4980 events more: .to_frame()"]
    assert read.lines[3] == f"not read: {evil} 0: no zone: {evil}"
    assert read.lines[8:] == ["... and 4 more not read: .rejected"]
