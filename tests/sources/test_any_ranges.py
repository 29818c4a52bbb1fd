"""Whatever was asked for before, and whenever: what `fetch` gives is what one whole fetch would give."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.sources import registry
from marketimpact.sources.protocol import Block, Query, Request
from marketimpact.sources.registry import SOURCES
from tests.sources.made_up import FIRST, MadeUp, level_of

NOW = np.datetime64("2022-03-02T10:00:00", "s")
DAY = np.timedelta64(1, "D")
NONE = mi.FetchOptions(cache=False)


@dataclass
class Late(MadeUp):
    """Values of Monday to Friday, each dated so many days late; every answer notes its own range."""

    lag: int = 0
    calendar: str | None = None

    def instrument(self, request: Request) -> mi.CurrencyPair:
        return mi.CurrencyPair("USD", "KZT", dating_lag=self.lag, calendar=self.calendar)

    def parse(self, query: Query, content: bytes) -> Block:
        last = np.datetime64(json.loads(content)[0])
        start = FIRST if query.start is None else max(query.start, FIRST)
        dated = np.arange(start, min(query.end or last, last) + DAY)
        set_on = dated - self.lag * DAY
        good = np.is_busday(set_on)
        values = np.array([level_of(query.symbol, day) for day in set_on[good]])
        note = f"{query.start} to {query.end}"
        return Block(dated[good], values, "KZT per USD", (note,), note=note)


@st.composite
def calls(draw: st.DrawFn) -> list[tuple[int, int | None, int | None]]:
    """How many hours go by, then the first and the last day asked for, counted back from today."""
    one = st.tuples(
        st.integers(0, 400), st.none() | st.integers(0, 90), st.none() | st.integers(-20, 60)
    ).map(lambda t: (t[0], None if t[1] is None else t[1] + max(t[2] or 0, 0), t[2]))
    return draw(st.lists(one, min_size=1, max_size=6))


@settings(max_examples=60, deadline=None)
@given(calls(), st.integers(0, 1), st.booleans(), st.sampled_from([0, 7, 30]))
def test_any_requests_in_any_order_give_what_one_whole_fetch_gives(
    asked: list[tuple[int, int | None, int | None]], lag: int, lasts: bool, piece: int
) -> None:
    source, at = Late(lasts=lasts, lag=lag, piece=piece), [NOW]
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(SOURCES, {"late": source}),
        mock.patch.object(registry, "_now", side_effect=lambda: at[0]),
    ):
        kept = mi.FetchOptions(cache=Path(folder) / "kept.sqlite")
        for hours, back, end_back in asked:
            at[0] += np.timedelta64(hours, "h")
            today = at[0].astype("datetime64[D]")
            source.last = today
            dates = {
                "start": None if back is None else str(today - back * DAY),
                "end": None if end_back is None else str(today - end_back * DAY),
            }
            try:
                whole = mi.fetch("late:A", options=NONE, **dates)
            except mi.NoDataError:  # a weekend alone, or a session that is dated tomorrow
                with pytest.raises(mi.NoDataError, match=r"in these dates|no value"):
                    mi.fetch("late:A", options=kept, **dates)
                continue
            panel = mi.fetch("late:A", options=kept, **dates)
            _same(panel, whole)
            source.asked.clear()
            _same(mi.fetch("late:A", options=kept, **dates), whole)
            assert source.asked == [], "what was asked for just now is not asked for again"
            if end_back is None or end_back >= 0 or lag == 0:
                offline = mi.fetch("late:A", options=kept, offline=True, **dates)
                assert (offline, offline.quotes[0].notes) == (panel, panel.quotes[0].notes)


def _same(panel: mi.Panel, whole: mi.Panel) -> None:
    ours, theirs = panel.quotes[0], whole.quotes[0]
    assert ours.sessions.tolist() == theirs.sessions.tolist()
    assert ours.levels.tolist() == theirs.levels.tolist()
    assert (ours.provenance.unit, ours.provenance.last_date) == (
        theirs.provenance.unit,
        theirs.provenance.last_date,
    )


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Late:
    source = Late(lag=1, last=NOW.astype("datetime64[D]"))
    monkeypatch.setitem(SOURCES, "late", source)
    monkeypatch.setattr(registry, "_now", lambda: NOW)
    return source


@pytest.mark.parametrize(
    ("end", "dated"),
    [
        ("2021-12-30", "2021-12-31"),
        ("2021-12-31", "2022-01-03"),
        ("2022-01-01", "2022-01-03"),
        ("2022-01-02", "2022-01-03"),
        ("2022-01-03", "2022-01-04"),
    ],
)
def test_no_later_date_is_asked_for_than_the_last_session_has(late: Late, end: str, dated: str) -> None:
    """At the end of a year too: Friday's is dated Saturday at the earliest, Monday at the latest."""
    panel = mi.fetch("late:A", start="2021-12-27", end=end)
    assert late.asked == [("A", "2021-12-27", dated)]
    assert str(panel.quotes[0].sessions[-1]) == str(np.busday_offset(end, 0, roll="backward"))


def test_what_was_held_with_a_lag_is_there_offline_days_later(
    late: Late, monkeypatch: pytest.MonkeyPatch
) -> None:
    dates = {"start": "2022-02-01", "end": "2022-03-01"}
    online = mi.fetch("late:A", **dates)
    monkeypatch.setattr(registry, "_now", lambda: NOW + np.timedelta64(3, "D"))
    assert mi.fetch("late:A", offline=True, **dates) == online
    words = r"dates within 2022-02-01 to 2022-03-02 \(as dated by the source, 1 working day\(s\) late\)"
    with pytest.raises(mi.NotCachedError, match=words):
        mi.fetch("late:A", start="2022-02-01", end="2022-03-02", offline=True)


def test_a_calendar_with_holidays_in_a_row_is_reached_over(late: Late) -> None:
    """The session before a long closure is dated after it."""
    pytest.importorskip("exchange_calendars")
    late.calendar = "XSHG"  # shut from 1 to 7 October 2021
    usual = late.parse

    def parse(query: Query, content: bytes) -> Block:
        block = usual(query, content)
        shut = (block.dates > np.datetime64("2021-09-30")) & (block.dates < np.datetime64("2021-10-08"))
        return replace(block, dates=block.dates[~shut], values=block.values[~shut])

    late.parse = parse  # type: ignore[method-assign]
    part = mi.fetch("late:A", start="2021-09-23", end="2021-09-30", options=NONE).quotes[0]
    whole = mi.fetch("late:A", start="2021-09-23", end="2021-10-29", options=NONE).quotes[0]
    inside = whole.sessions <= np.datetime64("2021-09-30")
    assert part.sessions.tolist() == whole.sessions[inside].tolist()
    assert str(part.sessions[-1]) == "2021-09-30"
    assert part.levels.tolist() == whole.levels[inside].tolist()


def test_notes_go_with_the_answer_that_they_are_of(late: Late, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two months of daily calls leave no two months of notes; a range shows those of its own answers."""
    late.lag = 0
    for day in range(60):
        at = NOW + np.timedelta64(day, "D")
        late.last = at.astype("datetime64[D]")
        monkeypatch.setattr(registry, "_now", lambda at=at: at)
        panel = mi.fetch("late:A", start="2022-01-03")
    notes = panel.quotes[0].notes
    assert len(notes) < 5
    assert notes[-1].endswith(f"to {late.last}")
    first = mi.fetch("late:A", start="2022-01-03", end="2022-01-31").quotes[0]
    assert first.notes == ("2022-01-03 to 2022-03-02",)
    assert first.provenance.note == "2022-01-03 to 2022-03-02"


def test_a_clock_that_was_ahead_hides_no_day(late: Late, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of 2030 is believed in no year before: what it came for is asked for again."""
    late.lag = 0
    monkeypatch.setattr(registry, "_now", lambda: NOW + np.timedelta64(8 * 365, "D"))
    mi.fetch("late:A", start="2022-01-03")
    later = NOW + np.timedelta64(14, "D")
    late.last = later.astype("datetime64[D]")
    monkeypatch.setattr(registry, "_now", lambda: later)
    for _ in range(2):
        panel = mi.fetch("late:A", start="2022-01-03")
        assert panel.quotes[0].sessions[-1] == late.last
    assert len(late.asked) == 2
    monkeypatch.setattr(registry, "_now", lambda: later - np.timedelta64(3, "h"))
    mi.fetch("late:A", start="2022-01-03")
    assert len(late.asked) == 2, "another's clock may be a little ahead"


def test_another_unit_is_not_joined(late: Late, monkeypatch: pytest.MonkeyPatch) -> None:
    late.lag = 0
    held = mi.fetch("late:A", start="2022-01-03", end="2022-01-31")
    usual = late.parse
    late.parse = lambda query, content: replace(usual(query, content), unit="USD per KZT")  # type: ignore[method-assign]
    words = r"in another unit than what is held; received 'USD per KZT'; allowed: KZT per USD; .*clear late:A"
    with pytest.raises(mi.UnexpectedAnswerError, match=words):
        mi.fetch("late:A", start="2022-01-03", end="2022-02-28")
    assert mi.fetch("late:A", start="2022-01-03", end="2022-01-31") == held


def test_a_start_before_all_days_is_no_start(late: Late) -> None:
    late.lag = 0
    for _ in range(2):
        mi.fetch("late:A", start="1600-01-01", end="2021-12-31")
    assert late.asked == [("A", "None", "2021-12-31")]
