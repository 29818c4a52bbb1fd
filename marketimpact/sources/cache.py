"""The cache of series: one sqlite file, a row a series, safe with many threads and processes.

Every call opens the file, works in one transaction and closes it: nothing is shared between threads or across a fork,
and a process that is killed leaves what was committed.
"""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import CacheError, MarketImpactWarning
from .cache_file import cache_path, code_of, looked_up, settled, stands
from .cache_rows import DamagedRow, packed, unpacked
from .coverage import Covered, missing
from .fetching import Key, Store
from .held import Held, hosts_in, joined
from .protocol import Block

__all__ = ["Cache", "CacheEntry", "Damage", "Lenient", "store_of"]

MOST_KEYS = 290
"""Keys of one statement, three parameters each: below the 999 that every sqlite allows."""

ROWS = "SELECT source, symbol, adjusted, dates, levels, said, sha256 FROM series"
OF_KEY = f"{ROWS} WHERE source = ? AND symbol = ? AND adjusted = ?"
OF_PLACE = f"{ROWS} WHERE rowid = ?"
CHOSEN = "WHERE (:source = '' OR source = :source) AND (:symbol = '' OR symbol = :symbol)"
PLACES = f"SELECT rowid, source, symbol, adjusted FROM series {CHOSEN}"  # noqa: S608 - of constants
REMOVE = f"DELETE FROM series {CHOSEN}"  # noqa: S608 - of constants
PUT = "INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?, ?, ?, ?)"

Found = tuple[Any, ...] | DamagedRow
"""A row as it stands, or what kept it from being read."""


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """What the cache holds of one series.

    Parameters
    ----------
    key : Key
    sessions : int
        Dates with a value.
    first, last : datetime64[D] or None
        Of these dates.
    retrieved : datetime64[s] or None
        When the newest part came, UTC; None where the row is damaged.
    size : int
        Of the row [bytes].
    damage : str
        What is wrong with the row; empty where nothing is.
    host : str
        Who answered in the place of the source's own host; empty where nobody did.
    """

    key: Key
    sessions: int
    first: np.datetime64 | None
    last: np.datetime64 | None
    retrieved: np.datetime64 | None
    size: int
    damage: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that is not as it was written: of one series, or of the file (no key)."""

    key: Key | None
    reason: str

    def __str__(self) -> str:
        return f"{self.key or 'the file'} is damaged: {self.reason}"


def _warn(message: str) -> None:
    warnings.warn(message, MarketImpactWarning, stacklevel=4)


@dataclass(frozen=True, slots=True)
class Cache:
    """Series kept between calls, in one file.

    Parameters
    ----------
    path : Path
        Of the file; made, for this user's eyes alone, by the first series that is kept.
    tell : callable
        Is told what a user must know: damaged rows, a file of an older form; warns when not given.

    Examples
    --------
    >>> import tempfile
    >>> from marketimpact.sources.fetching import Key
    >>> day = np.datetime64("2022-01-05")
    >>> block = Block(np.array([day]), np.array([435.0]), "KZT per 1 USD")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = Cache(Path(folder) / "sources.sqlite")
    ...     held = cache.add(Key("nbk", "USD"), block, Covered(day, day, day.astype("datetime64[s]")))
    ...     [str(key) for key in cache.load([Key("nbk", "USD"), Key("nbk", "EUR")])]
    ['nbk:USD']
    """

    path: Path
    tell: Callable[[str], None] = _warn

    def load(self, keys: Sequence[Key]) -> Mapping[Key, Held]:
        """Give what is held of series; a damaged row counts as nothing, and is told.

        Raises
        ------
        CacheError
            If the file cannot be read, is none of ours or of a newer version.
        """
        wanted = list(dict.fromkeys(keys))
        found: dict[Key, Held] = {}
        if not wanted:
            return found
        none: list[tuple[Key, Found]] = []
        for key, row in looked_up(self.path, lambda opened: list(_rows(opened, wanted)), none):
            held = self._sound(key, row)
            if held is not None:
                found[key] = held
        return found

    def add(self, key: Key, block: Block, covered: Covered) -> Held:
        """Join an answer to what is held, in one transaction, and give what is held now.

        Raises
        ------
        CacheError
            If the file cannot be written.
        UnexpectedAnswerError
            As `joined`; nothing is changed then.
        """

        def change(opened: sqlite3.Connection) -> Held:
            row = next(iter(_rows(opened, [key])), None)
            held = joined(None if row is None else self._sound(*row), block, covered, str(key))
            _write(opened, key, held)
            return held

        return settled(self.path, change, self.tell)

    def put(self, key: Key, held: Held) -> None:
        """Keep a series in the place of what was held; what another has kept meanwhile stays where it is wider.

        Raises
        ------
        CacheError
            If the file cannot be written.
        """

        def change(opened: sqlite3.Connection) -> None:
            row = next(iter(_rows(opened, [key])), None)
            try:
                meanwhile = None if row is None else _read(*row)
            except DamagedRow:
                meanwhile = None
            if meanwhile is None or not _says_more(meanwhile, held):
                _write(opened, key, held)

        settled(self.path, change, self.tell)

    def entries(self, source: str = "", symbol: str = "") -> tuple[CacheEntry, ...]:
        """Give what is held, by source and symbol; all of it, or that of one source, or of one symbol of it."""

        def look(opened: sqlite3.Connection) -> list[CacheEntry]:
            return [_entry(key, row) for key, row in _each(opened, source, symbol)]

        return tuple(sorted(looked_up(self.path, look, list[CacheEntry]()), key=lambda one: one.key))

    def clear(self, source: str = "", symbol: str = "") -> int:
        """Remove what is held, chosen as in `entries`, and give the number of series removed."""
        if not stands(self.path):
            return 0
        bound = {"source": source, "symbol": symbol}
        removed = settled(self.path, lambda opened: opened.execute(REMOVE, bound).rowcount, self.tell)
        if removed:
            self._shrink()
        return removed

    def verify(self, source: str = "", symbol: str = "") -> tuple[Damage, ...]:
        """Look at every row, chosen as in `entries`, and at the file itself; give all that is damaged."""

        def look(opened: sqlite3.Connection) -> list[Damage]:
            said = [str(row[0]) for row in opened.execute("PRAGMA integrity_check")]
            found = [Damage(None, line) for line in said if line != "ok"]
            for key, row in _each(opened, source, symbol):
                entry = _entry(key, row)
                if entry.damage:
                    found.append(Damage(key, entry.damage))
            return found

        return tuple(looked_up(self.path, look, []))

    def _sound(self, key: Key, row: Found) -> Held | None:
        try:
            return _read(key, row)
        except DamagedRow as error:
            self.tell(f"{Damage(key, str(error))}; it counts as not held (cache {self.path.name})")
            return None

    def _shrink(self) -> None:
        """Give freed space back to the disk; where others are at work, later writes use it."""
        try:
            with closing(sqlite3.connect(self.path, timeout=0.0, isolation_level=None)) as opened:
                opened.execute("VACUUM")
                opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            return


@dataclass(slots=True)
class Lenient:
    """A store of `fetch`: where the cache cannot be used, that is told once, and the call goes on without.

    Parameters
    ----------
    cache : Cache
    offline : bool
        Without the cache there is then nothing to go on with: its errors are raised.
    """

    cache: Cache
    offline: bool = False
    usable: bool = True
    held: dict[Key, Held] = field(default_factory=dict)

    def load(self, keys: Sequence[Key]) -> Mapping[Key, Held]:
        """Give what is held of series."""
        try:
            self.held.update(self.cache.load(keys))
        except CacheError as error:
            if self.offline:
                raise
            self._give_up(error)
        return dict(self.held)

    def add(self, key: Key, block: Block, covered: Covered) -> Held:
        """Join an answer to what is held; in memory at least, where the file takes nothing."""
        if self.usable:
            try:
                self.held[key] = self.cache.add(key, block, covered)
                return self.held[key]
            except CacheError as error:
                self._give_up(error)
        self.held[key] = joined(self.held.get(key), block, covered, str(key))
        return self.held[key]

    def put(self, key: Key, held: Held) -> None:
        """Keep a series in the place of what was held."""
        if self.usable:
            try:
                self.cache.put(key, held)
            except CacheError as error:
                self._give_up(error)

    def _give_up(self, error: CacheError) -> None:
        self.usable = False
        self.cache.tell(f"{error}; this call goes on without the cache: what it fetches is not kept")


def store_of(said: str | Path | bool, tell: Callable[[str], None], *, offline: bool) -> Store | None:
    """Give the store that `FetchOptions.cache` names, or None."""
    path = cache_path(said)
    return None if path is None else Lenient(Cache(path, tell), offline)


def _rows(opened: sqlite3.Connection, keys: Sequence[Key]) -> Iterator[tuple[Key, Found]]:
    """Read the rows of keys, many in one statement; one by one where a page of the file is damaged."""
    for at in range(0, len(keys), MOST_KEYS):
        some = keys[at : at + MOST_KEYS]
        marks = ", ".join(["(?, ?, ?)"] * len(some))
        text = f"{ROWS} WHERE (source, symbol, adjusted) IN (VALUES {marks})"
        try:
            rows = opened.execute(text, [part for key in some for part in _bound(key)]).fetchall()
        except sqlite3.DatabaseError as error:
            if code_of(error) != sqlite3.SQLITE_CORRUPT:
                raise
            yield from ((key, row) for key in some for row in _one(opened, OF_KEY, _bound(key)))
        else:
            yield from ((Key(row[0], row[1], bool(row[2])), row) for row in rows)


def _each(opened: sqlite3.Connection, source: str, symbol: str) -> Iterator[tuple[Key, Found]]:
    for place, *named in opened.execute(PLACES, {"source": source, "symbol": symbol}):
        key = Key(str(named[0]), str(named[1]), bool(named[2]))
        yield from ((key, row) for row in _one(opened, OF_PLACE, (place,)))


def _one(opened: sqlite3.Connection, text: str, bound: tuple[Any, ...]) -> Iterator[Found]:
    try:
        yield from opened.execute(text, bound).fetchall()
    except sqlite3.DatabaseError as error:
        if code_of(error) != sqlite3.SQLITE_CORRUPT:
            raise
        yield DamagedRow(str(error))


def _bound(key: Key) -> tuple[str, str, int]:
    return key.source, key.symbol, int(key.adjusted)


def _says_more(one: Held, other: Held) -> bool:
    """Whether a series reaches further than another, which would not have been asked for beside it."""
    first, last = other.covered[0], other.covered[-1]
    reaches = (one.covered[0].start, one.covered[-1].end)
    return reaches != (first.start, last.end) and not missing(
        one.covered, first.start, last.end, now=last.retrieved
    )


def _write(opened: sqlite3.Connection, key: Key, held: Held) -> None:
    opened.execute(PUT, packed(key, held))


def _read(key: Key, row: Found) -> Held:
    if isinstance(row, DamagedRow):
        raise row
    found, held = unpacked(row)
    if found != key:
        raise DamagedRow("it stands under the name of another")
    return held


def _entry(key: Key, row: Found) -> CacheEntry:
    size = (
        0
        if isinstance(row, DamagedRow)
        else sum(len(cell) for cell in row[3:] if isinstance(cell, bytes | str))
    )
    try:
        held = _read(key, row)
    except DamagedRow as error:
        return CacheEntry(key, 0, None, None, None, size, str(error))
    dates = held.block.dates[np.isfinite(held.block.values)]
    first, last = (dates[0], dates[-1]) if len(dates) else (None, None)
    newest = max(one.retrieved for one in held.covered)
    return CacheEntry(key, len(dates), first, last, newest, size, host=hosts_in(held.covered))
