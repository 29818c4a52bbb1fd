"""What an alignment must not depend on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from tests.alignment.samples import JANUARY, LONDON, NEW_YORK, SHORT, bond, quoted

HOLES = np.random.default_rng(1).choice(len(JANUARY), 12, replace=False)
PANEL = quoted(bond()).join(
    quoted(bond("KZ 2044", snapshot=NEW_YORK), JANUARY.delete(HOLES[:6])),
    quoted(bond("KZ 2030", snapshot=None, quoted="dirty price"), JANUARY[10:]),
    quoted(mi.Factor("Brent", snapshot=LONDON), JANUARY.delete(HOLES)),
)

days = st.dates(pd.Timestamp("2021-10-20").date(), pd.Timestamp("2022-03-10").date())
zones = st.sampled_from(["Asia/Almaty", "Europe/London", "America/New_York"])
precisions = st.sampled_from(["minute", "hour", "day", "3d"])


@st.composite
def event_lists(draw: st.DrawFn) -> list[mi.Event]:
    events = []
    for i in range(draw(st.integers(2, 6))):
        precision = draw(precisions)
        day = draw(days)
        clock = f"T{draw(st.integers(3, 22)):02d}:{draw(st.sampled_from([0, 29, 30, 59])):02d}"
        at = f"{day}{clock if precision in ('minute', 'hour') else ''}"
        events.append(mi.Event(f"e{i}", announced_at=at, zone=draw(zones), precision=precision))
    return events


def ledger(panel: mi.Panel, events: list[mi.Event], **policies: Any) -> pd.DataFrame:
    alignment = mi.align(
        panel, events, timeline=SHORT, pairs="all", factors=["Brent"], policies=mi.Policies(**policies)
    )
    frame = alignment.ledger.to_frame()
    return frame.set_index(["event_id", "instrument"]).sort_index()


@given(event_lists(), st.randoms())
def test_the_order_of_events_changes_no_row(events: list[mi.Event], random: object) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(ledger(PANEL, shuffled), ledger(PANEL, events))


SHARED = "another event has the same event session"


@given(event_lists())
def test_each_event_alone_has_the_row_that_it_has_among_others(events: list[mi.Event]) -> None:
    """But for the remark that it shares its session with another, which no event can know alone; where the event
    windows of others are left out of estimation windows, that too."""
    alone = pd.concat([ledger(PANEL, [event]) for event in events]).sort_index()
    together = ledger(PANEL, events, contamination="keep")
    shares = together["reason"].str.contains(SHARED, regex=False)
    alone, together = alone[~shares], together[~shares]
    assert alone.astype(str).equals(together.astype(str))


@given(event_lists(), st.permutations(range(4)))
def test_the_order_of_instruments_changes_no_row(events: list[mi.Event], order: list[int]) -> None:
    other = PANEL.select([PANEL.ids[i] for i in order])
    pd.testing.assert_frame_equal(ledger(other, events), ledger(PANEL, events))


@given(st.lists(days, min_size=1, max_size=4, unique=True), st.integers(-30, 30))
def test_shifting_all_dates_by_whole_weeks_changes_nothing_where_clocks_do_not_change(
    on: list[object], weeks: int
) -> None:
    def moved(weeks: int) -> pd.DataFrame:
        index = JANUARY.delete(HOLES) + pd.Timedelta(weeks=weeks)
        events = [
            mi.Event(
                f"e{i}", announced_at=f"{pd.Timestamp(day) + pd.Timedelta(weeks=weeks):%Y-%m-%d}", zone="UTC"
            )
            for i, day in enumerate(on)
        ]
        alignment = mi.align(quoted(bond(snapshot="16:30 UTC"), index), events, timeline=SHORT)
        kept = ["event_id", "span", "shift", "estimation_used", "estimation_lost", "zero_share", "status"]
        return alignment.ledger.to_frame()[kept].assign(position=alignment.position, last=alignment.last)

    pd.testing.assert_frame_equal(moved(weeks), moved(0))


@given(event_lists())
def test_a_pair_is_counted_once_and_every_pair_is_there(events: list[mi.Event]) -> None:
    alignment = mi.align(PANEL, events, timeline=SHORT, pairs="all", factors=["Brent"])
    frame = alignment.ledger.to_frame()
    assert not frame.duplicated(["event_id", "instrument"]).any()
    assert alignment.ledger.given == 3 * len(events) == len(frame)
    known = frame["estimation_used"].notna()
    assert (frame["estimation_used"] + frame["estimation_lost"])[known].eq(10).all()
    remark = frame["reason"].str.fullmatch("(nothing is quoted on the event's day: rolled to the next .*)?")
    assert remark.equals(frame["status"].eq("used"))


@given(event_lists())
def test_levels_times_a_constant_leave_every_row_of_a_price(events: list[mi.Event]) -> None:
    levels = 50.0 + np.cumsum(np.random.default_rng(3).choice([-1.0, 0.0, 1.0], len(JANUARY)) / 8.0)
    price = bond(quoted="clean price")
    frames = [
        mi.align(quoted(price, JANUARY, scale * levels), events, timeline=SHORT).ledger.to_frame()
        for scale in (1.0, 64.0)
    ]
    pd.testing.assert_frame_equal(*frames)
