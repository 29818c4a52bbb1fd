"""Kill processes while they write to one cache, again and again, and look whether anything is broken or lost.

    python scripts/cache_kill.py [--kills 100] [--file FILE] [--journal WAL|DELETE] [--seed 1]

Two processes at a time write series of 5,000 days to one file: each says which version of which series it begins to
write, and says it again once it is committed. Both are killed (SIGKILL) after a random time. Then every series must
hold, to the last bit, the last version that was said to be committed, or the one that was being written; no row and no
page may be damaged; and what was held before must still be there. The exit code is 1 where any of that fails.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from marketimpact.sources import cache_file
from marketimpact.sources.cache import Cache
from marketimpact.sources.coverage import Covered
from marketimpact.sources.fetching import Key
from marketimpact.sources.held import Held, joined
from marketimpact.sources.protocol import Block

WRITERS, SERIES, DAYS = 2, 6, 5_000
SHORTEST, LONGEST = 0.0, 0.25
FIRST, NOW = np.datetime64("2000-01-01"), np.datetime64("2026-03-02T10:00:00", "s")


@dataclass
class Seen:
    """What the writers said, and what was found after each kill."""

    committed: dict[Key, int] = field(default_factory=dict)
    begun: dict[Key, int] = field(default_factory=dict)
    kills: int = 0
    amid: int = 0
    unsaid: int = 0
    journals: int = 0
    faults: list[str] = field(default_factory=list)


def answer(key: Key, version: int) -> tuple[Block, Covered]:
    """The one right answer for a version of a series."""
    days = FIRST + np.arange(DAYS)
    values = np.random.default_rng([version, *key.symbol.encode()]).normal(size=DAYS)
    return Block(days, values, f"version {version}"), Covered(days[0], days[-1], NOW, f"{version:064d}")


def right(key: Key, version: int) -> Held:
    """What the cache must hold of a version."""
    return joined(None, *answer(key, version), str(key))


def keys_of(writer: int) -> list[Key]:
    """The series that one writer alone writes."""
    return [Key(f"writer-{writer}", f"S{i}") for i in range(SERIES)]


def write_until_killed(path: Path, writer: int, version: int) -> None:
    """Write one version after another; say what is begun ("b") and what is committed ("c")."""
    cache, keys = Cache(path), keys_of(writer)
    while True:
        key = keys[version % SERIES]
        made = answer(key, version)
        os.write(1, f"b {key.symbol} {version}\n".encode())
        cache.add(key, *made)
        os.write(1, f"c {key.symbol} {version}\n".encode())
        version += 1


def kill_once(path: Path, seen: Seen, journal: str, rng: np.random.Generator) -> None:
    """Start the writers, let them write for a while, kill them, and note what they said."""
    running = []
    for writer in range(WRITERS):
        version = 1 + max([0, *(seen.begun.get(key, 0) for key in keys_of(writer))])
        options = ["--file", str(path), "--journal", journal, "--write", str(writer), str(version)]
        command = [sys.executable, __file__, *options]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE))
    said = [one.stdout.readline() for one in running if one.stdout]
    time.sleep(rng.uniform(SHORTEST, LONGEST))
    for one in running:
        one.kill()
    for writer, (one, first) in enumerate(zip(running, said, strict=True)):
        lines = (first + one.communicate()[0]).decode().split("\n")[:-1]
        if not lines or one.returncode >= 0:
            seen.faults.append(f"writer {writer} ended by itself ({one.returncode})")
        for line in lines:
            what, symbol, number = line.split()
            (seen.begun if what == "b" else seen.committed)[Key(f"writer-{writer}", symbol)] = int(number)
        seen.amid += bool(lines) and lines[-1].startswith("b")
    seen.kills += 1
    left = [path.with_name(path.name + end) for end in ("-wal", "-journal")]
    seen.journals += any(one.exists() and one.stat().st_size for one in left)


def look(path: Path, seen: Seen) -> None:
    """Compare all that is held with what was said."""
    told: list[str] = []
    cache = Cache(path, told.append)
    seen.faults += [str(one) for one in cache.verify()]
    held = cache.load([key for writer in range(WRITERS) for key in keys_of(writer)])
    for key, begun in seen.begun.items():
        committed = seen.committed.get(key, 0)
        versions = [
            version for version in {committed, begun} if version and held.get(key) == right(key, version)
        ]
        if not versions and (committed or key in held):
            seen.faults.append(f"{key}: version {committed} was committed; neither it nor {begun} is there")
        if versions == [begun] and begun != committed:
            seen.unsaid += 1
            seen.committed[key] = begun
        else:
            seen.begun[key] = max(versions, default=0)
    seen.faults += told


def main() -> int:
    """Kill as often as asked, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--journal", choices=["WAL", "DELETE"], default="WAL")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", nargs=2, type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    cache_file.JOURNAL = asked.journal
    if asked.write:
        write_until_killed(asked.file, *asked.write)
    rng, seen, begin = np.random.default_rng(asked.seed), Seen(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.file or Path(folder) / "sources.sqlite"
        while seen.kills < asked.kills and not seen.faults:
            kill_once(path, seen, asked.journal, rng)
            look(path, seen)
        size = path.stat().st_size
    print(
        f"{seen.kills} kills of {WRITERS} writers in {time.monotonic() - begin:.0f} s ({asked.journal}): "
        f"{seen.amid} writers killed while they wrote, {seen.journals} kills left a journal, "
        f"{seen.unsaid} rows committed and not yet said; {len(seen.committed)} series, {size / 1000:.0f} kB; "
        f"{len(seen.faults)} faults"
    )
    for fault in seen.faults:
        print(fault)
    return 1 if seen.faults else 0


if __name__ == "__main__":
    sys.exit(main())
