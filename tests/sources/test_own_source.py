"""A source of the user's own may be wrong in any way: the error is typed, and no other series is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.errors import CacheError
from marketimpact.sources import registry
from marketimpact.sources.answers import MOST_ROWS, csv_rows
from marketimpact.sources.cache import Cache
from marketimpact.sources.options import read_config
from marketimpact.sources.protocol import Block, day_of
from marketimpact.sources.registry import SOURCES
from marketimpact.sources.web import _Pace
from marketimpact.sources.yahoo_line import _ignore_theirs
from tests.sources.made_up import MadeUp

DATES = {"start": "2022-01-03", "end": "2022-01-31"}
TODAY = np.datetime64("2026-03-04")


def _raise(*_: object) -> Any:
    raise ValueError("https://terminal.example/?key=sesame-4711")


def _changed(**said: Any) -> Callable[[Any, Any], Any]:
    def parse(query: Any, content: Any) -> Block:
        return replace(MadeUp().parse(query, content), **said)

    return parse


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> MadeUp:
    source = MadeUp(last=TODAY)
    monkeypatch.setattr(registry, "_now", lambda: np.datetime64("2026-03-04T10:00:00", "s"))
    monkeypatch.setitem(SOURCES, "own", source)
    monkeypatch.setitem(SOURCES, "other", MadeUp(last=TODAY))
    return source


@pytest.mark.parametrize(
    ("part", "how", "kind", "words"),
    [
        ("fetch", _raise, mi.SourceError, r"the source has a defect \(ValueError\)"),
        ("fetch", lambda *_: "text", mi.SourceError, r"the source has a defect \(TypeError\)"),
        ("parse", _raise, mi.SourceError, r"the source has a defect \(ValueError\)"),
        ("parse", lambda *_: None, mi.SourceError, r"the source has a defect \(TypeError\)"),
        ("build", _raise, mi.SourceError, r"the source has a defect \(ValueError\)"),
        ("lasting", _raise, mi.SourceError, r"the source has a defect \(ValueError\)"),
        (
            "parse",
            _changed(values=np.full(21, np.inf)),
            mi.UnexpectedAnswerError,
            "a row without a date, or an infinite value",
        ),
        (
            "parse",
            _changed(dates=np.full(21, np.datetime64("NaT"), dtype="datetime64[D]")),
            mi.UnexpectedAnswerError,
            "a row without a date, or an infinite value",
        ),
        (
            "parse",
            _changed(dates=np.arange(21).astype("datetime64[s]")),
            mi.InputError,
            r"Block: is of other kinds; received 'datetime64\[s\], float64'",
        ),
        ("parse", _changed(values=np.arange(21)), mi.InputError, "Block: is of other kinds"),
    ],
)
@pytest.mark.parametrize("kept", [True, False])
def test_a_defect_of_one_source_is_typed_and_ends_no_other(
    own: MadeUp,
    part: str,
    how: Callable[..., Any],
    kind: type[mi.MarketImpactError],
    words: str,
    kept: bool,
    own_cache: Path,
) -> None:
    options = mi.FetchOptions(cache=kept)
    if part == "lasting":
        mi.fetch("own:A", options=options, start="2022-01-10", end="2022-01-12")
    setattr(own, part, how)
    if (
        part == "lasting" and not kept
    ):  # it is not asked where nothing is held, or is: what matters is the type
        options = mi.FetchOptions()
    with pytest.raises(kind, match=words) as caught:
        mi.fetch("own:A", options=options, **DATES)
    assert "sesame" not in str(caught.value), "what it says may hold a key: it stays in the cause"
    with pytest.warns(mi.MarketImpactWarning, match="1 of 2 series did not come: own:A"):
        panel = mi.fetch(["own:A", "other:B"], options=options, **DATES)
    assert panel.ids == ("B",)
    delattr(own, part)
    assert len(mi.fetch("own:A", options=options, **DATES).quotes[0]) == 21, "nothing wrong was kept"
    assert Cache(own_cache).verify() == ()


def test_a_source_that_cannot_say_what_it_quotes_is_refused_before_anything_is_asked(own: MadeUp) -> None:
    own.instrument = _raise  # type: ignore[method-assign]
    with pytest.raises(mi.SourceError, match=r"own:A: the source has a defect \(ValueError\)") as caught:
        mi.fetch(["other:B", "own:A"], **DATES)
    assert isinstance(caught.value.__cause__, ValueError)
    assert SOURCES["other"].asked == []  # type: ignore[attr-defined]  # a made-up one


def test_a_series_from_the_cache_does_not_say_that_its_source_is_up(own: MadeUp) -> None:
    """Else a source that is down would be asked for every series that lies between kept ones."""
    mi.fetch([f"own:K{i}" for i in range(4)], **DATES)
    own.asked.clear()
    own.failing = frozenset(f"N{i}" for i in range(4))
    names = [f"own:{letter}{i}" for i in range(4) for letter in "NK"]
    with pytest.warns(mi.MarketImpactWarning, match="4 of 8 series did not come"):
        assert mi.fetch(names, **DATES).ids == ("K0", "K1", "K2", "K3")
    assert [symbol for symbol, *_ in own.asked] == ["N0", "N1"]


def test_a_panel_without_some_quotes_keeps_its_ledger(own: MadeUp) -> None:
    own.failing = frozenset({"B"})
    with pytest.warns(mi.MarketImpactWarning, match="1 of 2 series did not come"):
        panel = mi.fetch(["own:A", "own:B"], **DATES)
    rest = panel.without_quotes("A", ["2022-01-05"], reason="a holiday")
    assert rest.ledger is panel.ledger is not None


# dates of the user's


def test_a_time_with_a_zone_has_the_date_of_its_zone() -> None:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert str(day_of(pd.Timestamp("2022-01-05 23:00", tz="America/New_York"), "start")) == "2022-01-05"
        assert str(day_of(pd.Timestamp("2022-01-05 01:00", tz="Asia/Almaty"), "start")) == "2022-01-05"


@pytest.mark.parametrize(
    "value", [np.datetime64("2022-01"), np.datetime64("2022"), np.datetime64("2022-01-05", "W")]
)
def test_a_month_or_a_year_of_numpy_is_not_guessed_at(value: np.datetime64) -> None:
    with pytest.raises(mi.InputError, match="end: is not a date"):
        day_of(value, "end")


# limits


@pytest.mark.parametrize("name", ["timeout", "total"])
def test_a_time_that_no_clock_counts_is_refused(name: str) -> None:
    with pytest.raises(mi.InputError, match=rf"FetchOptions\.{name}: .*above 0, up to 1e\+09 s"):
        mi.FetchOptions(**{name: 1e10})


def test_a_turn_that_is_not_waited_for_is_left_to_others() -> None:
    pace = _Pace()
    assert pace.turn("a", 0.1, 5.0) == 0.0
    for _ in range(100):
        assert 5.0 < pace.turn("a", 0.1, 5.0) <= 10.0
    assert pace.turn("a", 0.1, 60.0) <= 10.0


def test_a_fast_caller_goes_before_the_turns_that_a_slow_one_has_taken_far_ahead() -> None:
    pace = _Pace()
    slow = [pace.turn("a", 0.1, 60.0) for _ in range(3)]
    fast = [pace.turn("a", 10.0, 60.0) for _ in range(3)]
    assert slow == pytest.approx([0.0, 10.0, 20.0], abs=0.1)
    assert fast == pytest.approx([0.1, 0.2, 0.3], abs=0.1)
    at = sorted(pace.turns["a"])
    assert min(np.diff(at)) == pytest.approx(0.1)
    assert pace.turn("a", 0.1, 60.0) == pytest.approx(30.0, abs=0.2), "ten seconds from every other turn"


def test_turns_that_are_past_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    pace, clock = _Pace(), iter(range(1000))
    monkeypatch.setattr("marketimpact.sources.web.time.monotonic", lambda: float(next(clock)))
    for _ in range(100):
        pace.turn("a", 5.0, 60.0)
    assert len(pace.turns["a"]) <= 2


def test_more_rows_than_days_are_refused_before_they_are_read() -> None:
    with pytest.raises(mi.UnexpectedAnswerError, match=r"the answer is too long; .*up to 200,000 rows"):
        csv_rows("own:A", b"1,2\n" * (MOST_ROWS + 1))


# what nobody lets us look at


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that this user may not search, whoever the user is."""
    usual, folder = Path.stat, tmp_path / "locked"

    def stat(self: Path, **options: Any) -> Any:
        if folder in self.parents:
            raise PermissionError(13, "Permission denied", str(self))
        return usual(self, **options)

    monkeypatch.setattr(Path, "stat", stat)
    return folder


def test_a_cache_in_a_locked_folder_is_told_and_loses_nothing(
    own: MadeUp, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETIMPACT_CACHE", str(locked / "sources.sqlite"))
    with pytest.warns(mi.MarketImpactWarning, match="Permission denied.*goes on without the cache"):
        assert len(mi.fetch("own:A", **DATES).quotes[0]) == 21
    cache = Cache(locked / "sources.sqlite")
    for call in (cache.entries, cache.clear, cache.verify):
        with pytest.raises(CacheError, match="the cache cannot be used: Permission denied"):
            call()


def test_settings_that_may_not_be_read_are_an_error_of_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MARKETIMPACT_CONFIG", str(tmp_path))
    with pytest.raises(mi.InputError, match="the file of settings cannot be read"):
        read_config()
    monkeypatch.setenv("MARKETIMPACT_CONFIG", str(tmp_path / "none" / "config.toml"))
    assert read_config() == {}


# beside other threads, and without what is not needed


def test_what_another_thread_warns_of_is_heard_while_yahoo_is_asked() -> None:
    heard: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with warnings.catch_warnings(record=True) as caught:
            _ignore_theirs()

            def other() -> None:
                warnings.warn("lost", mi.MarketImpactWarning, stacklevel=1)
                warnings.warn("theirs", DeprecationWarning, stacklevel=1)

            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            heard += [str(one.message) for one in caught]
        assert heard == ["lost"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _ignore_theirs()
        with pytest.raises(mi.MarketImpactWarning, match="ours"):
            warnings.warn("ours", mi.MarketImpactWarning, stacklevel=1)


def test_a_file_of_this_machine_needs_no_client_and_no_database() -> None:
    code = (
        "import sys, marketimpact as mi; mi.fetch('ecb:EUR/RUB', start='2022-02-23', end='2022-02-24');"
        "print(sorted({'requests', 'yfinance', 'sqlite3', 'pandas', 'urllib3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
