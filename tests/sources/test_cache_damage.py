"""Damage, lack of space, lack of rights: nothing wrong is ever given, nothing is lost, and all of it is said."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import warnings
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.errors import CacheError
from marketimpact.sources.cache import Cache
from marketimpact.sources.fetching import Key
from tests.house.source import REPOSITORY
from tests.sources.cached import KEY, block_of, covered_of, damaged, held_of, told_by


def test_a_changed_value_is_found_and_never_used(own_cache: Path) -> None:
    cache, said = told_by(own_cache)
    other = Key("nbk", "USD")
    cache.put(KEY, held := held_of("2022-01-03", 50, level=430.0))
    cache.put(other, held_of("2022-01-03", 50, level=77.0))
    cache.clear("none")
    at = own_cache.read_bytes().index(np.float64(440.0).tobytes())
    damaged(own_cache, at, np.float64(441.0).tobytes())
    assert list(cache.load([KEY, other])) == [other]
    words = "yahoo:KZT=X is damaged: its hash does not fit"
    assert said == [f"{words}; it counts as not held (cache sources.sqlite)"]
    assert [str(one) for one in cache.verify()] == [words]
    assert [one.damage for one in cache.entries()] == ["", "its hash does not fit"]
    assert cache.verify("nbk") == ()
    new = block_of("2022-03-01", 2)
    assert cache.add(KEY, new, covered_of(new)).block.values.tolist() == [430.0, 431.0]
    assert cache.verify() == ()
    assert len(cache.load([KEY])[KEY].block.dates) == 2 < len(held.block.dates)


def test_without_a_listener_damage_is_a_warning(own_cache: Path) -> None:
    cache = Cache(own_cache)
    cache.put(KEY, held_of("2022-01-03", 50))
    damaged(own_cache, own_cache.read_bytes().index(np.float64(440.0).tobytes()), b"\0")
    with sqlite3.connect(own_cache) as opened:
        opened.execute("UPDATE series SET symbol = 'USD'")
    opened.close()
    with pytest.warns(mi.MarketImpactWarning, match="yahoo:USD is damaged: its hash does not fit"):
        assert cache.load([Key("yahoo", "USD")]) == {}


@pytest.mark.parametrize(
    "change",
    [
        "symbol = 'USDKZT=X'",
        "source = 'nbk', symbol = 'USDKZT=X'",
        "adjusted = 1, symbol = 'USDKZT=X'",
        "dates = substr(dates, 5), symbol = 'USDKZT=X'",
        "levels = NULL, symbol = 'USDKZT=X'",
    ],
)
def test_a_row_under_another_name_or_cut_is_damaged(own_cache: Path, change: str) -> None:
    cache, said = told_by(own_cache)
    cache.put(KEY, held_of("2022-01-03", 50))
    opened = sqlite3.connect(own_cache)
    opened.execute("PRAGMA ignore_check_constraints=ON")
    try:
        opened.execute(f"UPDATE series SET {change}")
    except sqlite3.IntegrityError:  # NOT NULL holds
        opened.execute("UPDATE series SET levels = '', symbol = 'USDKZT=X'")
    opened.commit()
    opened.close()
    keys = [Key(source, "USDKZT=X", adjusted) for source in ("yahoo", "nbk") for adjusted in (False, True)]
    assert cache.load(keys) == {}
    assert len(said) == 1
    assert len(cache.verify()) == 1


WRITTEN = {Key("made-up", f"S{i}"): held_of("2022-01-03", 400, level=100.0 * (i + 1)) for i in range(5)}


@lru_cache
def sound() -> bytes:
    """A whole file, as bytes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sources.sqlite"
        cache = Cache(path)
        for key, held in WRITTEN.items():
            cache.put(key, held)
        return path.read_bytes()


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.one_of(st.integers(0, 4095), st.integers(0, 2**15)), st.binary(min_size=1, max_size=8)),
        min_size=1,
        max_size=4,
    ),
    st.one_of(st.none(), st.integers(0, 2**15)),
)
@example([(3976, b"\x80")], None)
@example([(100, b"\x00")], None)
@example([(28, b"\xff\xff")], 8192)
def test_no_damage_gives_a_wrong_number_or_a_foreign_error(
    own_cache: Path, spots: list[tuple[int, bytes]], length: int | None
) -> None:
    """Any bytes changed, any end cut off: a series is right or not held, or the file is refused; also for writing."""
    content = bytearray(sound())
    for at, new in spots:
        content[at % len(content) : at % len(content) + len(new)] = new
    own_cache.parent.mkdir(exist_ok=True)
    for one in own_cache.parent.iterdir():
        one.unlink()
    own_cache.write_bytes(content[:length])
    cache, _ = told_by(own_cache)
    new = block_of("2024-01-01", 3)
    for call in (cache.entries, cache.verify, lambda: cache.add(KEY, new, covered_of(new)), cache.clear):
        try:
            for key, held in cache.load(list(WRITTEN)).items():
                assert held == WRITTEN[key]
            call()
        except CacheError:
            continue


def test_a_row_that_the_index_holds_for_another_is_damaged(own_cache: Path) -> None:
    own_cache.parent.mkdir()
    found = []
    for spot in re.finditer(rb"made-upS0", sound()):
        own_cache.write_bytes(sound())
        damaged(own_cache, spot.start(), b"made-upS9")
        found.append([str(one) for one in Cache(own_cache).verify()])
    assert ["made-up:S0 is damaged: its hash does not fit"] in [one[-1:] for one in found]
    assert ["made-up:S9 is damaged: it stands under the name of another"] in [one[-1:] for one in found]
    assert all(one[0].startswith("the file is damaged: ") for one in found)


def test_a_damaged_page_costs_its_own_series_alone(own_cache: Path) -> None:
    """The chain of pages of one row leads nowhere: sqlite refuses to read that row, and the others come."""
    cache, said = told_by(own_cache)
    keys = [Key("made-up", f"S{i}") for i in range(3)]
    for i, key in enumerate(keys):
        cache.put(key, held_of("2010-01-04", 3_000, level=10_000.0 * (i + 1)))
    inside = own_cache.read_bytes().index(np.float64(21_400.0).tobytes())
    damaged(own_cache, inside - inside % 4096, b"\xff\xff\xff\xff")
    assert list(cache.load(keys)) == [keys[0], keys[2]]
    words = "made-up:S1 is damaged: database disk image is malformed"
    assert said == [f"{words}; it counts as not held (cache sources.sqlite)"]
    assert words in map(str, cache.verify())
    assert [one.damage != "" for one in cache.entries()] == [False, True, False]


# no space, no right to write


LITTLE_SPACE = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from tests.sources.test_cache_damage import KEY, Cache, CacheError, held_of
from marketimpact.sources.fetching import Key
cache = Cache(Path(sys.argv[1]))
cache.put(KEY, held_of("2022-01-03", 100))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    cache.put(Key("made-up", "large"), held_of("1950-01-03", 20_000))
except CacheError as error:
    print(error)
print(list(map(str, cache.load([KEY]))), cache.verify())
cache.put(Key("made-up", "small"), held_of("2022-01-03", 10))
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of files are POSIX's")
def test_a_full_disk_is_said_and_loses_nothing(own_cache: Path) -> None:
    """Files of this process may not grow above 100 kB, as on a disk without space."""
    done = subprocess.run(
        [sys.executable, "-c", LITTLE_SPACE, own_cache, REPOSITORY],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("FetchOptions.cache: the cache cannot be used: ")
    assert second == "['yahoo:KZT=X'] ()"
    assert [str(one.key) for one in Cache(own_cache).entries()] == ["made-up:small", "yahoo:KZT=X"]


NO_RIGHT = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.sources.test_cache_damage import KEY, Cache, CacheError, held_of
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
cache = Cache(Path(sys.argv[1]))
print(list(map(str, cache.load([KEY]))), cache.verify(), len(cache.entries()))
try:
    cache.put(KEY, held_of("2022-01-03", 5))
except CacheError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")
def test_a_file_that_may_not_be_written_is_read() -> None:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "cache" / "sources.sqlite"
        Cache(path).put(KEY, held_of("2022-01-03", 4))
        path.chmod(0o444)
        path.parent.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", NO_RIGHT, path, REPOSITORY], capture_output=True, text=True, check=False
        )
        path.parent.chmod(0o700)
    assert done.returncode == 0, done.stderr
    read, refused = done.stdout.splitlines()
    assert read == "['yahoo:KZT=X'] () 1"
    assert refused.startswith(
        "FetchOptions.cache: the cache cannot be used: attempt to write a readonly database"
    )


def test_nothing_here_warns_of_what_is_left_open(own_cache: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        cache = Cache(own_cache)
        cache.put(KEY, held_of("2022-01-03", 4))
        assert cache.load([KEY])
