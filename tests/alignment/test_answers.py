"""The answer file: which session news belongs to, found by hand; and what no answer may depend on."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi

ANSWERS = Path(__file__).parent / "answers"
with (ANSWERS / "sessions.csv").open(newline="", encoding="utf-8") as file:
    CASES = list(csv.DictReader(file))

SHORTEST = mi.Timeline(estimation=(-6, -3), event=(0, 0), min_estimation=3)

ERROR_WORDS = ("does not exist", "exists twice", "unknown zone", "no zone", "no session", "spans")
"""What a message of an error says; `why` holds the one that it must say."""

LEFT_OUT = {"after end": "the series ends", "dropped": "no session|nothing is quoted on the event's day"}
"""What the reason of a pair without a session says."""

Case = dict[str, str]


# The answer file


def days_in(text: str) -> set[date]:
    """Read days and ranges of days, "2022-01-03 2022-01-06..2022-01-10"."""
    return {day for first, last in ranges_in(text) for day in days_between(first, last)}


def ranges_in(text: str) -> list[tuple[str, str]]:
    parts = [part.partition("..") for part in text.split()]
    return [(first, last or first) for first, _, last in parts]


def days_between(first: str, last: str) -> list[date]:
    start = date.fromisoformat(first)
    return [start + timedelta(days=i) for i in range((date.fromisoformat(last) - start).days + 1)]


def quoted_days(case: Case) -> list[date]:
    """Give the days of the series, those of declared closures among them."""
    absent, added = days_in(case["not_quoted"]), days_in(case["also_quoted"])
    every = days_between(case["quoted_from"], case["quoted_to"])
    return [day for day in every if (day.weekday() < 5 and day not in absent) or day in added]


def panel_of(
    days: list[date], *, snapshot: str | None, calendar: str | None = None, closures: str = ""
) -> mi.Panel:
    bond = mi.SovereignBond(
        "X", quoted="yield", snapshot=snapshot, calendar=calendar, closures=ranges_in(closures)
    )
    levels = np.arange(1.0, len(days) + 1.0) ** 1.1  # never stand still
    return mi.Panel.from_frame(pd.Series(levels, index=pd.DatetimeIndex(days)), instruments=bond)


def ledger_row(case: Case) -> dict[str, Any]:
    panel = panel_of(
        quoted_days(case),
        snapshot=case["snapshot"] or None,
        calendar=case["calendar"] or None,
        closures=case["closures"],
    )
    event = mi.Event(
        "news",
        announced_at=case["announced_at"],
        zone=case["zone"] or None,
        precision=case["precision"] or None,
    )
    choices: dict[str, Any] = {name: case[name] for name in ("roll", "spanned") if case[name]}
    if case["latency"]:
        choices["latency"] = int(case["latency"])
    alignment = mi.align(panel, [event], timeline=SHORTEST, policies=mi.Policies(**choices))
    return dict(alignment.ledger.to_frame().iloc[0])


def candidates(case: Case) -> str:
    """Write the candidates as the ledger does: the sessions from the first to the last."""
    ends = case["last"] == "series ends"
    closed = days_in(case["closures"])
    between = days_between(case["first"], case["quoted_to"] if ends else case["last"])
    quoted = set(quoted_days(case)) - closed
    return " ".join(str(day) for day in between if day in quoted) + (" (series ends)" if ends else "")


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in CASES])
def test_the_session_is_the_one_found_by_hand(case: Case) -> None:
    if case["calendar"]:
        pytest.importorskip("exchange_calendars", reason="named calendars need the extra 'calendars'")
    if case["outcome"] == "error":
        words = next(words for words in ERROR_WORDS if words in case["why"])
        with pytest.raises(mi.InputError, match=words):
            ledger_row(case)
        return
    found = ledger_row(case)
    if case["outcome"] == "session":
        answer = (pd.Timestamp(case["first"]), candidates(case), int(case["span"]))
        assert (found["session"], found["candidates"], found["span"]) == answer, case["why"]
        return
    assert found["status"] == "left out", case["why"]
    assert re.search(LEFT_OUT[case["outcome"]], str(found["reason"])), case["why"]
    if case["outcome"] == "after end":
        assert pd.isna(found["session"])


def test_the_file_is_whole() -> None:
    names = [case["case"] for case in CASES]
    assert len(names) >= 200
    assert len(set(names)) == len(names)
    assert {case["outcome"] for case in CASES} == {"session", "after end", "dropped", "error"}
    topics = (ANSWERS / "README.md").read_text(encoding="utf-8").partition("The topics:")[2]
    assert set(re.findall(r"`(\w+)`", topics)) == {name.partition("-")[0] for name in names}


# What no answer may depend on

DAYS = sorted(set(quoted_days(CASES[0])) - days_in("2021-12-27..2021-12-28 2022-01-03 2022-01-19"))
SNAPSHOTS = ["16:30 Europe/London", "17:00 America/New_York", "15:30 Asia/Almaty", "16:30:30 Asia/Kathmandu"]
WAITS = [0, 1, 15, 30, 60, 1440]


def taken(snapshot: str, day: date) -> datetime:
    clock, zone = snapshot.split()
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone)).astimezone(UTC)


def near(snapshot: str, day: date, wait: int, seconds: int) -> datetime:
    return taken(snapshot, day) - timedelta(minutes=wait) + timedelta(seconds=seconds)


# From before the series to three days before its end: every case has a last candidate.
anywhere = st.integers(0, 69 * 86_400).map(lambda s: datetime(2021, 12, 1, tzinfo=UTC) + timedelta(seconds=s))
early_days = st.sampled_from(DAYS[:-4])
seconds = st.sampled_from([-61, -60, -59, -1, 0, 1])
places = st.sampled_from([*SNAPSHOTS, "00:00 UTC"])
on_the_edge = st.builds(near, places, early_days, st.sampled_from(WAITS), seconds)
instants = st.one_of(anywhere, on_the_edge)
zones = st.sampled_from(
    ["UTC", "Asia/Almaty", "Asia/Kathmandu", "America/New_York", "Pacific/Apia", "Asia/Tokyo"]
)
snapshots = st.sampled_from(SNAPSHOTS)
latencies = st.sampled_from(WAITS)


@cache
def quoted_at(snapshot: str | None, closures: str) -> mi.Panel:
    return panel_of(DAYS, snapshot=snapshot, closures=closures)


def sessions_of(
    moments: list[datetime], *, snapshot: str | None, closures: str = "", **choices: Any
) -> pd.DataFrame:
    """Align news of single minutes and give its rows of the ledger, in order."""
    events = [
        mi.Event(f"{i}", announced_at=moment, zone=str(moment.tzinfo)) for i, moment in enumerate(moments)
    ]
    panel = quoted_at(snapshot, closures)
    frame = mi.align(panel, events, timeline=SHORTEST, policies=mi.Policies(**choices)).ledger.to_frame()
    frame["last"] = pd.to_datetime(frame["candidates"].str.split().str[-1])
    return frame.set_index("event_id").loc[[event.id for event in events]]


@given(st.lists(instants, min_size=2, max_size=12), st.one_of(snapshots, st.none()), latencies, st.booleans())
def test_later_news_never_has_an_earlier_session(
    moments: list[datetime], snapshot: str | None, latency: int, closed: bool
) -> None:
    closures = "2022-01-06..2022-01-11" if closed else ""
    frame = sessions_of(sorted(moments), snapshot=snapshot, closures=closures, latency=latency)
    assert frame["session"].is_monotonic_increasing
    assert frame["last"].is_monotonic_increasing
    assert (frame["session"] <= frame["last"]).all()


@given(st.lists(anywhere), st.lists(st.tuples(early_days, seconds), min_size=1), snapshots, latencies)
def test_the_snapshot_of_the_session_is_the_first_after_the_news(
    moments: list[datetime], edges: list[tuple[date, int]], snapshot: str, latency: int
) -> None:
    moments = moments + [near(snapshot, day, latency, second) for day, second in edges]
    shots = [taken(snapshot, day) for day in DAYS]
    frame = sessions_of(moments, snapshot=snapshot, latency=latency)
    for moment, session in zip(moments, frame["session"], strict=True):
        wait = timedelta(minutes=latency)
        late_enough = [shot > moment and shot - moment >= wait for shot in shots]
        assert DAYS.index(session.date()) == late_enough.index(True)


@given(instants, st.lists(zones, min_size=2, max_size=4, unique=True), st.one_of(snapshots, st.none()))
def test_an_instant_has_one_session_in_whatever_zone_it_is_written(
    moment: datetime, written: list[str], snapshot: str | None
) -> None:
    frame = sessions_of([moment.astimezone(ZoneInfo(zone)) for zone in written], snapshot=snapshot)
    assert frame[["session", "candidates", "span"]].drop_duplicates().shape[0] == 1


@given(
    instants, st.sampled_from(["previous", "nearest"]), snapshots, st.lists(zones, min_size=2, unique=True)
)
def test_the_zone_of_the_news_moves_no_session_where_the_snapshot_is_known(
    moment: datetime, roll: str, snapshot: str, written: list[str]
) -> None:
    again = [moment.astimezone(ZoneInfo(zone)) for zone in written]
    assert sessions_of(again, snapshot=snapshot, roll=roll)["session"].nunique(dropna=False) == 1


@given(instants, st.lists(st.integers(0, 1440), min_size=2, max_size=5), st.one_of(snapshots, st.none()))
def test_latency_never_moves_the_session_earlier(
    moment: datetime, waits: list[int], snapshot: str | None
) -> None:
    frames = [sessions_of([moment], snapshot=snapshot, latency=wait).iloc[0] for wait in sorted(waits)]
    for column in ("session", "last"):
        assert pd.Series([frame[column] for frame in frames]).is_monotonic_increasing
