"""The cache's file: what comes back is what was put in; damage, other files and lack of space are said, never used."""

from __future__ import annotations

import os
import sqlite3
import stat
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import marketimpact as mi
from marketimpact.errors import CacheError
from marketimpact.sources import cache_file
from marketimpact.sources.cache import PUT, Cache
from marketimpact.sources.cache_file import cache_path, looked_up, settled
from marketimpact.sources.cache_rows import packed
from marketimpact.sources.coverage import Covered
from marketimpact.sources.fetching import Key
from marketimpact.sources.held import Held
from marketimpact.sources.protocol import Block
from tests.sources.cached import KEY, NOW, block_of, covered_of, held_of, told_by

# what comes back


TEXTS = st.text(max_size=20)
DAYS = st.integers(-98_000, 60_000)
RANGES = st.lists(
    st.tuples(
        DAYS, DAYS, st.integers(0, 2**33), TEXTS, TEXTS, TEXTS, st.lists(TEXTS, max_size=2).map(tuple), TEXTS
    ).map(
        lambda t: Covered(
            np.datetime64(t[0], "D"), np.datetime64(t[1], "D"), np.datetime64(t[2], "s"), *t[3:]
        )
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@st.composite
def helds(draw: st.DrawFn) -> Held:
    days = np.array(sorted(draw(st.sets(DAYS, max_size=30))), dtype="datetime64[D]")
    values = draw(hnp.arrays(np.float64, len(days), elements=st.floats(width=64)))
    adjusted = draw(st.sampled_from([None, True, False]))
    notes = tuple(draw(st.lists(TEXTS, max_size=3)))
    block = Block(days, values, draw(TEXTS), notes, adjusted, draw(TEXTS), draw(TEXTS), draw(TEXTS))
    return Held(block, tuple(draw(RANGES)))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(helds(), st.text(min_size=1, max_size=12).filter(lambda t: t.isprintable()), st.booleans())
def test_what_comes_back_is_what_was_put_in(own_cache: Path, held: Held, symbol: str, adjusted: bool) -> None:
    cache, key = Cache(own_cache), Key("made-up", symbol, adjusted)
    cache.clear()
    cache.put(key, held)
    found = cache.load([key])
    assert list(found) == [key]
    assert found[key] == held
    assert found[key].block.values.tobytes() == held.block.values.tobytes(), "to the last bit, also of NaN"
    assert not cache.verify()


def test_more_series_than_one_statement_takes(own_cache: Path) -> None:
    cache = Cache(own_cache)
    keys = [Key("made-up", f"S{i:04d}", adjusted=bool(i % 2)) for i in range(700)]
    rows = [packed(key, held_of("2022-01-03", 3, level=float(i + 1))) for i, key in enumerate(keys)]
    settled(own_cache, lambda opened: opened.executemany(PUT, rows).rowcount, warnings.warn)
    found = cache.load([*reversed(keys), Key("made-up", "S0000", adjusted=True), keys[3]])
    assert set(found) == set(keys)
    assert [found[key].block.values[0] for key in keys] == [float(i + 1) for i in range(700)]


def test_an_answer_joins_what_is_held(own_cache: Path) -> None:
    cache = Cache(own_cache)
    for first, level in (("2022-01-03", 430.0), ("2022-02-01", 440.0), ("2022-01-05", 900.0)):
        block = block_of(first, 4, level)
        held = cache.add(KEY, block, covered_of(block))
        assert held == cache.load([KEY])[KEY]
    assert held.block.values.tolist() == [
        430.0,
        431.0,
        900.0,
        901.0,
        902.0,
        903.0,
        440.0,
        441.0,
        442.0,
        443.0,
    ]


def test_an_answer_that_cannot_be_joined_changes_nothing(own_cache: Path) -> None:
    cache = Cache(own_cache)
    cache.put(KEY, before := held_of("2022-01-03", 4))
    day = np.datetime64("2022-01-10")
    twice = Block(np.array([day, day]), np.array([1.0, 2.0]), "")
    with pytest.raises(
        mi.UnexpectedAnswerError, match="yahoo:KZT=X: the answer has two values of 2022-01-10"
    ):
        cache.add(KEY, twice, Covered(day, day, NOW))
    assert cache.load([KEY]) == {KEY: before}


def test_a_row_without_a_date_is_no_row(own_cache: Path) -> None:
    block = Block(np.array(["NaT"], dtype="datetime64[D]"), np.array([1.0]), "")
    with pytest.raises(mi.UnexpectedAnswerError, match="yahoo:KZT=X: the answer has a row without a date"):
        Cache(own_cache).put(KEY, Held(block, covered=(covered_of(block_of("2022-01-03", 1)),)))


def test_reading_makes_no_file(own_cache: Path) -> None:
    cache = Cache(own_cache)
    assert (cache.load([KEY]), cache.entries(), cache.verify(), cache.clear()) == ({}, (), (), 0)
    assert not own_cache.parent.exists()


def test_entries_and_what_is_cleared(own_cache: Path) -> None:
    cache = Cache(own_cache)
    keys = [Key("yahoo", "KZT=X"), Key("yahoo", "EMB", adjusted=True), Key("yahoo", "EMB"), Key("nbk", "USD")]
    for key in keys:
        cache.put(key, held_of("2022-01-03", 4))
    first = cache.entries()[0]
    assert [one.key for one in cache.entries()] == sorted(keys)
    assert (str(first.key), first.sessions, str(first.first), str(first.last), first.retrieved) == (
        "nbk:USD", 4, "2022-01-03", "2022-01-06", NOW
    )  # fmt: skip
    assert cache.clear("yahoo", "EMB") == 2
    assert cache.clear("yahoo", "EMB") == 0
    assert [str(one.key) for one in cache.entries("yahoo")] == ["yahoo:KZT=X"]
    assert cache.clear() == 2
    assert cache.entries() == ()


def test_cleared_space_goes_back_to_the_disk(own_cache: Path) -> None:
    cache = Cache(own_cache)
    for i in range(20):
        cache.put(Key("made-up", str(i)), held_of("2000-01-03", 5_000))
    full = own_cache.stat().st_size
    assert cache.clear() == 20
    assert own_cache.stat().st_size < full / 20


# which file


def test_the_file_is_the_users_own_unless_another_is_named(
    monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    assert cache_path(True) == own_cache
    assert cache_path("other.sqlite") == Path("other.sqlite")
    assert cache_path(False) is None
    monkeypatch.delenv("MARKETIMPACT_CACHE")
    default = cache_path()
    assert default is not None
    assert default.name == "sources.sqlite"
    assert "marketimpact" in default.parts


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_the_file_is_for_this_users_eyes_alone(own_cache: Path) -> None:
    old = os.umask(0o000)
    try:
        cache = Cache(own_cache)
        cache.put(KEY, held_of("2022-01-03", 4))
        with sqlite3.connect(own_cache) as reader:  # keeps the journal beside the file
            reader.execute("SELECT count(*) FROM series").fetchone()
            cache.put(KEY, held_of("2022-01-03", 5))
            modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in own_cache.parent.iterdir()}
        reader.close()
    finally:
        os.umask(old)
    assert modes == dict.fromkeys(["sources.sqlite", "sources.sqlite-shm", "sources.sqlite-wal"], 0o600)
    assert stat.S_IMODE(own_cache.parent.stat().st_mode) == 0o700


def journal_of(path: Path) -> str:
    opened = sqlite3.connect(path)
    try:
        return str(opened.execute("PRAGMA journal_mode").fetchone()[0])
    finally:
        opened.close()


def test_the_journal_is_written_ahead(own_cache: Path) -> None:
    Cache(own_cache).put(KEY, held_of("2022-01-03", 4))
    assert journal_of(own_cache) == "wal"


def test_where_no_journal_can_be_written_ahead_the_rollback_journal_serves(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sqlite's dot-file locking has no shared memory, as network file systems have none."""
    usual = cache_file._opened
    monkeypatch.setattr(cache_file, "_opened", lambda path, how: usual(path, f"{how}&vfs=unix-dotfile"))
    cache = Cache(own_cache)
    cache.put(KEY, held := held_of("2022-01-03", 4))
    assert journal_of(own_cache) == "delete"
    assert cache.load([KEY]) == {KEY: held}
    assert not cache.verify()


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(
        CacheError, match=r"FetchOptions\.cache: the cache cannot be used: .*null byte.*cache=False"
    ):
        Cache(Path("a\0b")).put(KEY, held_of("2022-01-03", 4))


@pytest.mark.parametrize(
    "name", ["sources.sqlite", "deep/er/sources.sqlite", "what? 100%#1&mode=ro ü.sqlite"]
)
def test_names_of_files_are_taken_as_they_are(tmp_path: Path, name: str) -> None:
    cache = Cache(tmp_path / name)
    cache.put(KEY, held := held_of("2022-01-03", 4))
    assert cache.load([KEY]) == {KEY: held}
    assert (tmp_path / name).is_file()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    for call in (lambda c: c.put(KEY, held_of("2022-01-03", 4)), lambda c: c.load([KEY])):
        with pytest.raises(CacheError, match="the cache cannot be used: it is a folder"):
            call(Cache(tmp_path))


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CacheError, match="the cache cannot be used: Not a directory"):
        Cache(tmp_path / "file" / "sources.sqlite").put(KEY, held_of("2022-01-03", 4))


def test_a_symbol_that_is_no_text_is_refused(own_cache: Path) -> None:
    cache = Cache(own_cache)
    cache.put(KEY, held_of("2022-01-03", 4))
    with pytest.raises(CacheError, match=r"the cache cannot be used: .*surrogates not allowed"):
        cache.load([Key("yahoo", "\ud800")])


# files that are not ours, or not of this version


def test_a_database_of_something_else_is_not_touched(own_cache: Path) -> None:
    own_cache.parent.mkdir()
    with sqlite3.connect(own_cache) as opened:
        opened.execute("CREATE TABLE mine (x)")
    opened.close()
    before, cache = own_cache.read_bytes(), Cache(own_cache)
    for call in (cache.entries, cache.clear, cache.verify, lambda: cache.put(KEY, held_of("2022-01-03", 4))):
        with pytest.raises(CacheError, match="the cache cannot be used: it is a database of something else"):
            call()
    with sqlite3.connect(own_cache) as opened:
        assert opened.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
    opened.close()
    assert len(own_cache.read_bytes()) == len(before)


def test_a_file_that_is_no_database_is_not_touched(own_cache: Path) -> None:
    own_cache.parent.mkdir()
    own_cache.write_bytes(before := b"Date,Close\n" * 500)
    cache = Cache(own_cache)
    for call in (cache.entries, cache.clear, lambda: cache.put(KEY, held_of("2022-01-03", 4))):
        with pytest.raises(CacheError, match="the cache cannot be used: file is not a database"):
            call()
    assert own_cache.read_bytes() == before


def test_a_newer_version_is_not_touched(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(own_cache)
    monkeypatch.setattr(cache_file, "SCHEMA", 2)
    cache.put(KEY, held := held_of("2022-01-03", 4))
    monkeypatch.undo()
    for call in (
        cache.entries,
        cache.clear,
        cache.verify,
        lambda: cache.add(KEY, held.block, held.covered[0]),
    ):
        with pytest.raises(CacheError, match=r"a newer marketimpact made it \(version 2, known here: 1\)"):
            call()
    monkeypatch.setattr(cache_file, "SCHEMA", 2)
    assert cache.load([KEY]) == {KEY: held}


def test_an_older_version_is_emptied_by_what_is_kept_next(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, said = told_by(own_cache)
    cache.put(KEY, held := held_of("2022-01-03", 4))
    monkeypatch.setattr(cache_file, "SCHEMA", 2)
    assert cache.load([KEY]) == {}
    assert said == []
    cache.put(Key("nbk", "USD"), held)
    assert said == [
        "the cache sources.sqlite was of an older form (version 1): it is emptied, and filled anew"
    ]
    assert [str(one.key) for one in cache.entries()] == ["nbk:USD"]


def test_a_table_that_something_else_changed_is_refused(own_cache: Path) -> None:
    cache = Cache(own_cache)
    cache.put(KEY, held_of("2022-01-03", 4))
    with sqlite3.connect(own_cache) as opened:
        opened.execute("CREATE TRIGGER t AFTER INSERT ON series BEGIN DELETE FROM series; END")
    opened.close()
    with pytest.raises(CacheError, match="it is damaged, or was changed by something else"):
        cache.put(KEY, held_of("2022-01-03", 5))


def test_a_file_that_was_made_and_never_filled_is_empty(own_cache: Path) -> None:
    own_cache.parent.mkdir()
    own_cache.touch()
    cache = Cache(own_cache)
    assert cache.load([KEY]) == {}
    cache.put(KEY, held := held_of("2022-01-03", 4))
    assert cache.load([KEY]) == {KEY: held}


def test_a_look_sees_one_state_of_the_file_whoever_writes_meanwhile(own_cache: Path) -> None:
    """Its version and its table were once read from different states, while another process made the file."""
    Cache(own_cache).put(KEY, held_of("2022-01-03", 5))
    with sqlite3.connect(own_cache) as opened:
        if opened.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            pytest.skip("without a write-ahead log nobody writes while another looks")

    def look(opened: sqlite3.Connection) -> int:
        Cache(own_cache).put(Key("yahoo", "EURUSD=X"), held_of("2022-01-03", 5))
        return int(opened.execute("SELECT count(*) FROM series").fetchone()[0])

    assert looked_up(own_cache, look, 0) == 1
    assert len(Cache(own_cache).entries()) == 2


def test_a_file_that_another_made_first_is_not_opened_to_make_it(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened and closed beside an open connection of the same process, it would drop that one's locks."""
    Cache(own_cache).put(KEY, held_of("2022-01-03", 5))
    closed: list[int] = []
    real = os.close
    monkeypatch.setattr(Path, "exists", lambda self: False)
    monkeypatch.setattr(os, "close", lambda number: (closed.append(number), real(number))[1])
    cache_file._make(own_cache)
    assert closed == []
