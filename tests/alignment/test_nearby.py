"""Other dated news in an event window."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.alignment.nearby import NearbyNews, nearby_news
from tests.alignment.samples import LONDON, NEW_YORK, bond, news, quoted

DAYS = pd.bdate_range("2021-12-27", "2022-01-31")
MINUTES = news("2022-01-05T14:00", "America/New_York", id="fomc", title="Minutes of the FOMC")


def nearby(
    *events: mi.Event, snapshot: str | None = LONDON, window: tuple[int, int] = (0, 0)
) -> tuple[NearbyNews, ...]:
    instrument = bond(snapshot=snapshot)
    panel = quoted(instrument, DAYS)
    origin = int(np.searchsorted(panel.quotes[0].sessions, np.datetime64("2022-01-05")))
    found = nearby_news(mi.EventSet.from_events(events), instrument, panel.quotes[0])
    seen = (one.seen_from(origin) for one in found)
    return tuple(one for one in seen if one.last >= window[0] and one.first <= window[1])


def test_the_minutes_of_the_fed_stand_in_a_new_york_session_and_not_in_londons() -> None:
    (found,) = nearby(MINUTES, snapshot=NEW_YORK)
    assert found == NearbyNews("fomc", "Minutes of the FOMC", "2022-01-05 14:00 New York", 0, 0)
    assert nearby(MINUTES) == ()
    assert [one.first for one in nearby(MINUTES, window=(0, 1))] == [1]


def test_an_event_counts_when_any_of_its_candidates_is_inside() -> None:
    day = news("2022-01-04", id="day")
    assert nearby(day) == (NearbyNews("day", "day", "2022-01-04", -1, 0),)
    assert nearby(day, window=(-1, -1)) != ()
    assert nearby(day, window=(1, 2)) == ()


@pytest.mark.parametrize(("at", "tau"), [("2021-12-28T12:00", -6), ("2022-01-12T12:00", 5)])
def test_both_ends_of_the_window_are_inside(at: str, tau: int) -> None:
    event = news(at, "Europe/London")
    wide = (min(tau, 0), max(tau, 0))
    narrow = (min(tau + 1, 0), max(tau - 1, 0))
    assert [one.first for one in nearby(event, window=wide)] == [tau]
    assert nearby(event, window=narrow) == ()


def test_news_stand_in_order_of_time() -> None:
    events = [news(f"2022-01-0{day}T12:00", id=f"on the {day}th") for day in (6, 4, 5)]
    assert [one.event_id for one in nearby(*events, window=(-5, 5))] == [
        "on the 4th",
        "on the 5th",
        "on the 6th",
    ]


def test_news_after_the_end_of_the_series_are_in_no_window() -> None:
    assert nearby(news("2022-06-01"), window=(-5, 500)) == ()


def test_news_before_the_series_are_not_in_its_first_session() -> None:
    """News of years ago had its session where nobody looked: it does not fall on the first quote of the series."""
    long_ago = news("2015-06-01T12:00", "Europe/London")
    assert nearby(long_ago, window=(-7, 0)) == ()
