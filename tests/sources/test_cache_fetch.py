"""What `fetch` asks of a source and what it takes from the cache, on a stopped clock, with a source that counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.sources import registry
from marketimpact.sources.cache import Cache
from marketimpact.sources.coverage import FRESH, RECENT
from marketimpact.sources.fetching import Key
from marketimpact.sources.protocol import Query
from marketimpact.sources.registry import SOURCES
from marketimpact.sources.secrets import secret
from marketimpact.sources.web import Web
from tests.sources.loopback import Reply, in_turn, served
from tests.sources.made_up import MadeUp, level_of

NOW = np.datetime64("2026-03-04T10:00:00", "s")
TODAY = NOW.astype("datetime64[D]")
DAY = np.timedelta64(1, "D")

Clock = Callable[[np.datetime64], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock, and give what sets it."""
    at = [NOW]
    monkeypatch.setattr(registry, "_now", lambda: at[0])
    return lambda now: at.__setitem__(0, now)


@pytest.fixture
def lasting(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> MadeUp:
    """A source of unadjusted series, whose past stays."""
    source = MadeUp(lasts=True, last=TODAY)
    monkeypatch.setitem(SOURCES, "made-up", source)
    return source


@pytest.fixture
def revised(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> MadeUp:
    """A source whose past values change."""
    source = MadeUp(lasts=False, last=TODAY)
    monkeypatch.setitem(SOURCES, "made-up", source)
    return source


def right(panel: mi.Panel, symbol: str, first: str, last: str, version: int = 0) -> bool:
    """Whether a member holds the right value on every weekday of a range, and nothing else."""
    days = np.arange(np.datetime64(first), np.datetime64(last) + DAY)
    days = days[np.is_busday(days)]
    quotes = panel.quotes_of(symbol)
    return np.array_equal(quotes.sessions, days) and np.array_equal(
        quotes.levels, [level_of(symbol, day, version) for day in days]
    )


# a series whose past stays


def test_what_was_fetched_is_not_asked_for_again(lasting: MadeUp) -> None:
    first = mi.fetch("made-up:A", start="2022-01-03", end="2022-03-31")
    again = mi.fetch("made-up:A", start="2022-01-03", end="2022-03-31")
    part = mi.fetch("made-up:A", start="2022-02-01", end="2022-02-28")
    assert lasting.asked == [("A", "2022-01-03", "2022-03-31")]
    assert first == again
    assert right(first, "A", "2022-01-03", "2022-03-31")
    assert right(part, "A", "2022-02-01", "2022-02-28")


def test_a_range_is_extended_at_both_ends(lasting: MadeUp) -> None:
    mi.fetch("made-up:A", start="2022-02-01", end="2022-02-28")
    wide = mi.fetch("made-up:A", start="2022-01-03", end="2022-03-31")
    assert lasting.asked[1:] == [("A", "2022-01-03", "2022-01-31"), ("A", "2022-03-01", "2022-03-31")]
    assert right(wide, "A", "2022-01-03", "2022-03-31")


def test_a_hole_between_two_ranges_is_asked_for_alone(lasting: MadeUp) -> None:
    mi.fetch("made-up:A", start="2022-01-03", end="2022-01-31")
    mi.fetch("made-up:A", start="2022-03-01", end="2022-03-31")
    wide = mi.fetch("made-up:A", start="2022-01-03", end="2022-03-31")
    assert lasting.asked[2:] == [("A", "2022-02-01", "2022-02-28")]
    assert right(wide, "A", "2022-01-03", "2022-03-31")


def test_without_a_start_the_first_day_is_asked_for_once(lasting: MadeUp) -> None:
    mi.fetch("made-up:A", end="2010-12-31")
    whole = mi.fetch("made-up:A", end="2011-12-30")
    assert lasting.asked == [("A", "None", "2010-12-31"), ("A", "2011-01-01", "2011-12-30")]
    assert right(whole, "A", "2000-01-03", "2011-12-30")


def test_a_few_days_without_a_quote_are_not_asked_for_twice(lasting: MadeUp) -> None:
    """The weekend after the last quote held: the source spoke of it, and had nothing."""
    mi.fetch("made-up:A", start="2022-01-03", end="2022-02-04")
    for _ in range(2):
        assert right(
            mi.fetch("made-up:A", start="2022-01-03", end="2022-02-06"), "A", "2022-01-03", "2022-02-04"
        )
    assert lasting.asked[1:] == [("A", "2022-02-05", "2022-02-06")]


def test_other_symbols_are_other_series(lasting: MadeUp) -> None:
    mi.fetch("made-up:A", start="2022-01-03", end="2022-01-31")
    both = mi.fetch(["made-up:A", "made-up:B"], start="2022-01-03", end="2022-01-31")
    assert [symbol for symbol, *_ in lasting.asked] == ["A", "B"]
    assert right(both, "A", "2022-01-03", "2022-01-31")
    assert right(both, "B", "2022-01-03", "2022-01-31")


def test_adjusted_and_raw_are_kept_apart(lasting: MadeUp) -> None:
    dates = {"start": "2022-01-03", "end": "2022-01-31"}
    raw = mi.fetch("made-up:A", **dates)
    adjusted = mi.fetch("made-up:A", **dates, options=mi.FetchOptions(adjusted=True))
    assert len(lasting.asked) == 2
    assert raw.quotes_of("A").provenance.adjusted is False
    assert adjusted.quotes_of("A").provenance.adjusted is True
    assert mi.fetch("made-up:A", **dates) == raw
    assert len(lasting.asked) == 2


# recent days


def test_within_hours_today_is_believed(lasting: MadeUp, clock: Clock) -> None:
    mi.fetch("made-up:A", start="2026-01-05")
    clock(NOW + FRESH)
    mi.fetch("made-up:A", start="2026-01-05")
    assert len(lasting.asked) == 1


def test_later_the_recent_days_are_asked_for_again_and_no_others(lasting: MadeUp, clock: Clock) -> None:
    """What a source has filled in or mended within the last week takes the place of what was held."""
    mi.fetch("made-up:A", start="2026-01-05")
    clock(NOW + FRESH + np.timedelta64(1, "s"))
    lasting.version = 1
    panel = mi.fetch("made-up:A", start="2026-01-05")
    renewed = TODAY - RECENT + DAY
    assert lasting.asked[1:] == [("A", str(renewed), str(TODAY))]
    quotes = panel.quotes_of("A")
    assert np.array_equal(quotes.levels > 1000.0, quotes.sessions >= renewed)


def test_a_day_that_was_not_over_is_asked_for_the_next_day(lasting: MadeUp, clock: Clock) -> None:
    """Nothing was known of days after the answer, even where a later end was asked for."""
    lasting.last = TODAY - DAY
    mi.fetch("made-up:A", start="2026-01-05", end="2026-03-20")
    clock(NOW + np.timedelta64(1, "h"))
    mi.fetch("made-up:A", start="2026-01-05", end="2026-03-20")
    assert len(lasting.asked) == 1
    clock(NOW + np.timedelta64(14 * 24, "h"))
    lasting.last = TODAY + 14 * DAY
    panel = mi.fetch("made-up:A", start="2026-01-05", end="2026-03-20")
    assert lasting.asked[1:] == [("A", str(TODAY - RECENT + DAY), str(TODAY + 14 * DAY))]
    assert right(panel, "A", "2026-01-05", "2026-03-18")


def test_the_distant_past_is_believed_for_years(lasting: MadeUp, clock: Clock) -> None:
    first = mi.fetch("made-up:A", start="2022-01-03", end="2022-03-31")
    clock(NOW + np.timedelta64(3 * 365, "D"))
    assert mi.fetch("made-up:A", start="2022-01-03", end="2022-03-31") == first
    assert len(lasting.asked) == 1


# a series whose past changes


def test_a_revised_series_is_fetched_whole(revised: MadeUp) -> None:
    mi.fetch("made-up:A", start="2022-02-01", end="2022-02-28")
    revised.version = 1
    panel = mi.fetch("made-up:A", start="2022-02-01", end="2022-03-31")
    assert revised.asked[1:] == [("A", "2022-02-01", "2022-03-31")]
    assert right(panel, "A", "2022-02-01", "2022-03-31", version=1)


def test_what_was_held_of_a_revised_series_is_in_the_whole(revised: MadeUp) -> None:
    """Otherwise two versions would stand side by side, with a jump between them that nobody traded."""
    mi.fetch("made-up:A", start="2022-01-03", end="2022-02-28")
    revised.version = 1
    mi.fetch("made-up:A", start="2022-02-01", end="2022-03-31")
    assert revised.asked[1:] == [("A", "2022-01-03", "2022-03-31")]
    assert right(
        mi.fetch("made-up:A", start="2022-01-03", end="2022-03-31"), "A", "2022-01-03", "2022-03-31", 1
    )
    assert len(revised.asked) == 2


def test_a_revised_series_is_taken_from_the_cache_where_it_is_all_there(revised: MadeUp) -> None:
    first = mi.fetch("made-up:A", start="2022-02-01", end="2022-02-28")
    revised.version = 1
    assert mi.fetch("made-up:A", start="2022-02-01", end="2022-02-28") == first
    assert len(revised.asked) == 1


def test_recent_days_renew_the_whole_of_a_revised_series(revised: MadeUp, clock: Clock) -> None:
    mi.fetch("made-up:A", start="2025-01-06")
    clock(NOW + FRESH + np.timedelta64(1, "s"))
    revised.version = 1
    panel = mi.fetch("made-up:A", start="2026-02-02")
    assert revised.asked[1:] == [("A", "2025-01-06", str(TODAY))]
    assert right(panel, "A", "2026-02-02", str(TODAY), version=1)


def test_a_revised_series_that_breaks_off_leaves_what_was_held(revised: MadeUp) -> None:
    first = mi.fetch("made-up:A", start="2022-01-03", end="2022-02-28")
    revised.version, revised.piece, revised.failing = 1, 30, frozenset({"2022-03-04"})
    with pytest.raises(mi.SourceDownError, match="is down"):
        mi.fetch("made-up:A", start="2022-01-03", end="2022-03-31")
    assert len(revised.asked) == 4
    assert mi.fetch("made-up:A", start="2022-01-03", end="2022-02-28") == first


def test_a_wider_range_that_came_meanwhile_stays(revised: MadeUp) -> None:
    """Two calls ask for the whole of one series: the one that is kept last may be the shorter."""
    usual, wide = revised.fetch, {"start": "2020-01-06", "end": "2022-03-31"}

    def fetch(query: Query, web: Web) -> bytes:
        if str(query.start) == "2022-02-01":
            mi.fetch("made-up:A", **wide)
        return usual(query, web)

    revised.fetch = fetch  # type: ignore[method-assign]
    panel = mi.fetch("made-up:A", start="2022-02-01", end="2022-02-28")
    assert right(panel, "A", "2022-02-01", "2022-02-28")
    assert right(mi.fetch("made-up:A", offline=True, **wide), "A", "2020-01-06", "2022-03-31")


# answers in pieces


def test_pieces_that_came_are_kept_when_a_later_one_fails(lasting: MadeUp) -> None:
    lasting.piece, lasting.failing = 10, frozenset({"2022-01-23"})
    with pytest.raises(
        mi.SourceDownError, match="is down; 2 of 3 answers are in the cache: the next call goes on"
    ):
        mi.fetch("made-up:A", start="2022-01-03", end="2022-02-01")
    lasting.failing = frozenset()
    panel = mi.fetch("made-up:A", start="2022-01-03", end="2022-02-01")
    assert lasting.asked[3:] == [("A", "2022-01-23", "2022-02-01")]
    assert right(panel, "A", "2022-01-03", "2022-02-01")


def test_series_that_came_are_kept_when_others_fail(lasting: MadeUp) -> None:
    lasting.failing = frozenset({"B"})
    names = ["made-up:A", "made-up:B", "made-up:C"]
    with pytest.warns(mi.MarketImpactWarning, match="1 of 3 series did not come: made-up:B"):
        panel = mi.fetch(names, start="2022-01-03", end="2022-01-31")
    assert panel.ids == ("A", "C")
    lasting.failing = frozenset()
    assert mi.fetch(names, start="2022-01-03", end="2022-01-31").ids == ("A", "B", "C")
    assert [symbol for symbol, *_ in lasting.asked] == ["A", "B", "C", "B"]


# offline


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr("socket.socket.connect", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("lasts", [True, False])
def test_offline_takes_what_is_held_however_old(lasting: MadeUp, clock: Clock, lasts: bool) -> None:
    lasting.lasts = lasts
    online = mi.fetch("made-up:A", start="2026-01-05", end=str(TODAY))
    clock(NOW + np.timedelta64(400, "D"))
    offline = mi.fetch("made-up:A", start="2026-01-05", end=str(TODAY), offline=True)
    assert offline == online
    assert right(mi.fetch("made-up:A", start="2026-01-05", offline=True), "A", "2026-01-05", str(TODAY))
    assert len(lasting.asked) == 1


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "dates", [("2022-01-03", "2022-02-01"), ("2021-12-31", "2022-01-05"), (None, "2022-01-05")]
)
def test_offline_never_asks(lasting: MadeUp, dates: tuple[str | None, str]) -> None:
    mi.fetch("made-up:A", start="2022-01-03", end="2022-01-31")
    start, end = dates
    words = r"made-up:A: offline, and the cache does not hold all of these dates; .*within 2022-01-03 to 2022-01-31"
    with pytest.raises(mi.NotCachedError, match=words):
        mi.fetch("made-up:A", start=start, end=end, offline=True)
    with pytest.raises(
        mi.NotCachedError, match=r"made-up:B: offline, .*one call online: nothing of it is held"
    ):
        mi.fetch("made-up:B", start="2022-01-03", end="2022-01-31", offline=True)
    assert len(lasting.asked) == 1


@pytest.mark.usefixtures("no_network")
def test_offline_with_a_cache_that_cannot_be_read_says_so(lasting: MadeUp, own_cache: Path) -> None:
    own_cache.parent.mkdir()
    own_cache.write_bytes(b"no database" * 500)
    with pytest.raises(mi.InputError, match="the cache cannot be used: file is not a database"):
        mi.fetch("made-up:A", start="2022-01-03", end="2022-01-31", offline=True)
    assert lasting.asked == []


# which cache


def test_without_a_cache_every_call_asks(lasting: MadeUp, own_cache: Path) -> None:
    for _ in range(2):
        mi.fetch("made-up:A", start="2022-01-03", end="2022-01-31", options=mi.FetchOptions(cache=False))
    assert len(lasting.asked) == 2
    assert not own_cache.parent.exists()


def test_a_cache_may_be_named(lasting: MadeUp, own_cache: Path, tmp_path: Path) -> None:
    for _ in range(2):
        mi.fetch("made-up:A", end="2022-01-31", options=mi.FetchOptions(cache=tmp_path / "mine.sqlite"))
    assert len(lasting.asked) == 1
    assert (tmp_path / "mine.sqlite").is_file()
    assert not own_cache.exists()


def test_local_sources_are_never_kept(own_cache: Path) -> None:
    mi.fetch("ecb:EUR/USD", start="2022-01-03", end="2022-01-31")
    assert not own_cache.parent.exists()


def test_local_sources_are_not_kept_beside_others_either(lasting: MadeUp, own_cache: Path) -> None:
    mi.fetch(["ecb:EUR/USD", "made-up:A"], start="2022-01-03", end="2022-01-31")
    assert [entry.key.source for entry in Cache(own_cache).entries()] == ["made-up"]


# a cache that cannot be used


@pytest.fixture(params=["no database", "a newer version", "a file for a folder", "no space"])
def useless(
    request: pytest.FixtureRequest, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Several ways in which a cache serves nothing, and the words for each."""
    if request.param == "a file for a folder":
        own_cache.parent.touch()
        yield "Not a directory"
    elif request.param == "no space":
        usual = sqlite3.connect

        def small(*arguments: object, **options: object) -> sqlite3.Connection:
            opened = usual(*arguments, **options)  # type: ignore[call-overload]  # passed on
            opened.execute("PRAGMA max_page_count=3")
            return opened  # type: ignore[no-any-return]

        monkeypatch.setattr("marketimpact.sources.cache_file.sqlite3.connect", small)
        yield "database or disk is full"
    elif request.param == "no database":
        own_cache.parent.mkdir()
        own_cache.write_bytes(b"no database" * 500)
        yield "file is not a database"
    else:
        own_cache.parent.mkdir()
        with sqlite3.connect(own_cache) as opened:
            opened.execute(f"PRAGMA application_id={0x6D696D70}")
            opened.execute("PRAGMA user_version=99")
        opened.close()
        yield "a newer marketimpact made it"


@pytest.mark.parametrize("lasts", [True, False])
@pytest.mark.parametrize("piece", [0, 10])
def test_a_cache_that_cannot_be_used_is_a_warning_and_loses_nothing(
    lasting: MadeUp, useless: str, lasts: bool, piece: int
) -> None:
    lasting.lasts, lasting.piece = lasts, piece
    with pytest.warns(mi.MarketImpactWarning, match=f"{useless}.*goes on without the cache") as caught:
        panel = mi.fetch(["made-up:A", "made-up:B"], start="2010-01-04", end="2012-03-30")
    assert len(caught) == 1, "told once, not for each series"
    assert right(panel, "A", "2010-01-04", "2012-03-30")
    assert right(panel, "B", "2010-01-04", "2012-03-30")


def test_a_damaged_series_is_told_and_fetched_anew(lasting: MadeUp, own_cache: Path) -> None:
    dates = {"start": "2022-01-03", "end": "2022-12-30"}
    names = ["made-up:A", "made-up:B"]
    mi.fetch(names, **dates)
    with sqlite3.connect(own_cache) as opened:
        opened.execute("UPDATE series SET levels = zeroblob(length(levels)) WHERE symbol = 'B'")
    opened.close()
    with pytest.warns(mi.MarketImpactWarning, match="made-up:B is damaged: its hash does not fit"):
        panel = mi.fetch(names, **dates)
    assert [symbol for symbol, *_ in lasting.asked] == ["A", "B", "B"]
    assert right(panel, "B", "2022-01-03", "2022-12-30")
    assert mi.fetch(names, **dates) == panel
    assert Cache(own_cache).verify() == ()


# what stands in the file


class WithKey(MadeUp):
    """A source that sends a key along, as a parameter and in a header."""

    def fetch(self, query: Query, web: Web) -> bytes:
        asked = replace(query, url="https://keyed.example/series")
        key = secret("keyed")
        web.get(asked, secrets={"apikey": key}, headers={"X-Key": key})
        return super().fetch(query, web)


def test_no_key_is_in_the_cache(clock: Clock, monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    monkeypatch.setenv("MARKETIMPACT_KEY_KEYED", "sesame-4711")
    monkeypatch.setitem(SOURCES, "keyed", WithKey(piece=20))
    with served(in_turn(Reply(b"fine"))) as server:
        monkeypatch.setenv("MARKETIMPACT_HOST_KEYED", server.address)
        panel = mi.fetch("keyed:A", start="2022-01-03", end="2022-01-31")
    assert [(one.params["apikey"], one.headers["X-Key"]) for one in server.seen] == [
        ("sesame-4711", "sesame-4711")
    ]
    assert list(Cache(own_cache).load([Key("keyed", "A")]))
    content = b"".join(one.read_bytes() for one in own_cache.parent.iterdir())
    assert b"keyed" in content
    assert b"sesame" not in content
    assert "sesame" not in repr(panel.quotes_of("A").provenance)


def test_provenance_is_the_same_from_the_cache(lasting: MadeUp, clock: Clock) -> None:
    first = mi.fetch("made-up:A", start="2022-01-03", end="2022-01-31").quotes_of("A").provenance
    clock(NOW + np.timedelta64(30, "D"))
    again = (
        mi.fetch("made-up:A", start="2022-01-03", end="2022-01-31", offline=True).quotes_of("A").provenance
    )
    assert again == first
    assert (again.retrieved, again.unit, again.symbol) == ("2026-03-04T10:00:00Z", "points", "A")
    assert len(again.sha256 or "") == 64
