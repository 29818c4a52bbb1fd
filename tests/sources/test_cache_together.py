"""Many at once on one cache: threads and processes lose nothing of each other; killed ones break nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.sources.cache import Cache
from marketimpact.sources.coverage import Covered
from marketimpact.sources.fetching import Key
from marketimpact.sources.protocol import Block
from marketimpact.sources.registry import SOURCES
from tests.house.source import REPOSITORY
from tests.sources.made_up import MadeUp, level_of

SHARED = Key("made-up", "shared")
NOW = np.datetime64("2026-03-02T10:00:00", "s")
DAY = np.timedelta64(1, "D")
THREADS, PIECES, PIECE = 20, 3, 10

WORKER = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(REPOSITORY)!r})
from tests.sources.test_cache_together import add_all
add_all(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
"""


def piece_of(number: int) -> tuple[Block, Covered]:
    """The days of one piece, each with a value of its own."""
    days = np.datetime64("2000-01-01") + PIECE * number * DAY + np.arange(PIECE)
    values = days.astype(np.int64).astype(np.float64)
    return Block(days, values, "days"), Covered(days[0], days[-1], NOW, f"{number:064d}")


def add_all(path: Path, process: int, of: int) -> None:
    """Twenty threads add pieces to one common series, and one series each of their own."""
    cache = Cache(path)

    def work(thread: int) -> None:
        for i in range(PIECES):
            cache.add(SHARED, *piece_of((i * THREADS + thread) * of + process))
        own = Key("made-up", f"p{process} t{thread}")
        cache.add(own, *piece_of(thread))
        assert len(cache.load([own, SHARED])) == 2

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))


@pytest.mark.parametrize("processes", [1, 2])
def test_threads_and_processes_lose_nothing_of_each_other(own_cache: Path, processes: int) -> None:
    """Every answer joins what the others have added by then: all pieces are there in the end, each once."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, own_cache, str(i), str(processes)], stderr=subprocess.PIPE
        )
        for i in range(processes)
    ]
    complaints = [one.communicate()[1].decode() for one in running]
    assert [one.returncode for one in running] == [0] * processes, complaints
    cache = Cache(own_cache)
    pieces = THREADS * PIECES * processes
    held = cache.load([SHARED])[SHARED]
    wanted = np.datetime64("2000-01-01") + np.arange(pieces * PIECE)
    np.testing.assert_array_equal(held.block.dates, wanted)
    np.testing.assert_array_equal(held.block.values, wanted.astype(np.int64).astype(np.float64))
    assert [one.sha256 for one in held.covered] == [f"{number:064d}" for number in range(pieces)]
    assert len(cache.entries()) == 1 + THREADS * processes
    assert cache.verify() == ()


def test_twenty_threads_fetch_at_once(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = MadeUp(last=np.datetime64("2024-12-31"))
    monkeypatch.setitem(SOURCES, "made-up", source)

    def work(thread: int) -> mi.Panel:
        names = ["made-up:common", f"made-up:T{thread % 5}"]
        return mi.fetch(names, start=f"20{thread % 10:02d}-01-03", end="2015-12-31")

    with ThreadPoolExecutor(THREADS) as pool:
        panels = list(pool.map(work, range(THREADS)))
    for panel in panels:
        for name in panel.ids:
            quotes = panel.quotes_of(name)
            assert quotes.levels.tolist() == [level_of(name, day) for day in quotes.sessions]
    asked = len(source.asked)
    again = mi.fetch("made-up:common", start="2000-01-03", end="2015-12-31")["common"]
    assert again.equals(panels[0]["common"])
    assert len(source.asked) == asked
    assert Cache(own_cache).verify() == ()


def test_a_reader_is_not_kept_waiting_by_a_writer(own_cache: Path) -> None:
    """A transaction that is open elsewhere does not lock readers out, nor show them half of its work."""
    cache = Cache(own_cache)
    cache.add(SHARED, *piece_of(0))
    code = (
        "import sqlite3, sys, time\n"
        "opened = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "opened.execute('BEGIN IMMEDIATE')\n"
        "opened.execute('DELETE FROM series')\n"
        "print('in', flush=True)\n"
        "sys.stdin.read()\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code, own_cache], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"in\n"
        begin = time.monotonic()
        assert list(cache.load([SHARED])) == [SHARED]
        assert time.monotonic() - begin < 5.0
        writer.kill()
    assert list(cache.load([SHARED])) == [SHARED]


def test_a_writer_that_waits_too_long_says_so(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    cache = Cache(own_cache)
    cache.add(SHARED, *piece_of(0))
    monkeypatch.setattr("marketimpact.sources.cache_file.PATIENCE", 0.05)
    other = sqlite3.connect(own_cache, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(mi.InputError, match="the cache cannot be used: database is locked"):
        cache.add(SHARED, *piece_of(1))
    other.execute("ROLLBACK")
    other.close()
    assert len(cache.add(SHARED, *piece_of(1)).covered) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_killed_writers_break_nothing_and_lose_nothing(journal: str) -> None:
    """A few kills; scripts/cache_kill.py does a hundred."""
    script = REPOSITORY / "scripts" / "cache_kill.py"
    done = subprocess.run(
        [sys.executable, script, "--kills", "5", "--journal", journal],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said = re.match(
        r"5 kills of 2 writers in \d+ s \(\w+\): (\d+) writers killed while they wrote", done.stdout
    )
    assert said is not None
    assert int(said[1]) >= 1, "none was killed in the middle of writing: nothing was tried"
    assert done.stdout.endswith("; 0 faults\n")
