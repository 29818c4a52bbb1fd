"""The file of the cache: where it lies, how it is opened, what it must be; every failure of it is one typed error."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from ..errors import CacheError

__all__ = ["CACHE", "SCHEMA", "TABLE", "cache_path", "code_of", "looked_up", "settled", "stands"]

CACHE = "MARKETIMPACT_CACHE"
"""Variable of the environment that names another file than the user's own."""

SCHEMA = 1
"""Version of the table; a file of a newer one is not touched, one of an older one is emptied."""

OURS = 0x6D696D70
"""The mark of our files ("mimp"): a database of somebody else's is not touched."""

JOURNAL = "WAL"
"""The journal asked for; where the file system has none of its kind, sqlite answers with the rollback journal."""

PATIENCE = 30.0
"""Longest wait for others that write to the same file [s]."""

PAUSE = 0.01
BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
UNWRITABLE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})

TABLE = (
    "CREATE TABLE series (source TEXT NOT NULL, symbol TEXT NOT NULL, adjusted INTEGER NOT NULL,"
    " dates BLOB NOT NULL, levels BLOB NOT NULL, said TEXT NOT NULL, sha256 BLOB NOT NULL,"
    " PRIMARY KEY (source, symbol, adjusted))"
)
"""One row a series; see `cache_rows` for what stands in it."""

T = TypeVar("T")
Tell = Callable[[str], None]


def cache_path(said: str | Path | bool = True) -> Path | None:
    """Give the file that `FetchOptions.cache` names.

    Parameters
    ----------
    said : str, Path or bool
        A file; the user's own (True), which MARKETIMPACT_CACHE may name; none (False).

    Returns
    -------
    Path or None

    Examples
    --------
    >>> cache_path("rates.sqlite").name, cache_path(False)
    ('rates.sqlite', None)
    """
    if isinstance(said, bool):
        if not said:
            return None
        named = os.environ.get(CACHE)
        if not named:
            import platformdirs

            return Path(platformdirs.user_cache_dir("marketimpact")) / "sources.sqlite"
        said = named
    return Path(said).expanduser()


def looked_up(path: Path, look: Callable[[sqlite3.Connection], T], nothing: T) -> T:
    """Read from the file; where it does not stand yet, or holds nothing that can be read, give ``nothing``.

    A file that this user may not write to is read all the same.

    Raises
    ------
    CacheError
        If the file is none of ours or of a newer version, or cannot be read.
    """

    def attempt() -> T:
        if not path.exists():
            return nothing
        try:
            return _looked(_opened(path, "mode=rw"), path, look, nothing)
        except sqlite3.OperationalError as error:
            if code_of(error) not in UNWRITABLE or not _at_rest(path):
                raise
        return _looked(_opened(path, "mode=ro&immutable=1"), path, look, nothing)

    return _patiently(path, attempt)


def settled(path: Path, change: Callable[[sqlite3.Connection], T], tell: Tell) -> T:
    """Change the file in one transaction: all of it or nothing, with nobody else in between.

    Parameters
    ----------
    path : Path
        Made with its folder where it does not stand yet, for this user's eyes alone.
    change : callable
        Reads and writes; it is called anew when others kept it from starting.
    tell : callable
        Is told, in a sentence, when a file of an older version was emptied.

    Raises
    ------
    CacheError
        If the file cannot be made, read or written, is none of ours or of a newer version.
    """

    def attempt() -> T:
        _make(path)
        with closing(_opened(path, "mode=rw")) as opened:
            journal = str(opened.execute(f"PRAGMA journal_mode={JOURNAL}").fetchone()[0])
            opened.execute(f"PRAGMA synchronous={'NORMAL' if journal == 'wal' else 'FULL'}")
            opened.execute("BEGIN IMMEDIATE")
            try:
                _prepare(opened, path, tell)
                result = change(opened)
            except BaseException:  # whatever it is, it goes on up
                if opened.in_transaction:
                    opened.execute("ROLLBACK")
                raise
            opened.execute("COMMIT")
            return result

    return _patiently(path, attempt)


def stands(path: Path) -> bool:
    """Whether there is a file.

    Raises
    ------
    CacheError
        If its folder lets nobody look.
    """
    try:
        return path.exists()
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def code_of(error: sqlite3.Error) -> int:
    """Give sqlite's primary code of an error; that of damage where Python found it, which gives none."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)) & 0xFF


def _patiently(path: Path, attempt: Callable[[], T]) -> T:
    """Try until others are done; sqlite's own wait leaves out the moments in which a journal is put in order."""
    if os.path.isdir(path):  # where nobody lets us look, the attempt says so
        raise _unusable(path, "it is a folder")
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as error:
            if code_of(error) not in BUSY or time.monotonic() >= until:
                raise _unusable(path, str(error)) from error
        except (sqlite3.Error, UnicodeError) as error:  # sqlite quotes what it found, readable or not
            raise _unusable(path, str(error)) from error
        except OSError as error:
            raise _unusable(path, error.strerror or str(error)) from error
        time.sleep(PAUSE)


def _unusable(path: Path, why: str) -> CacheError:
    return CacheError(
        f"the cache cannot be used: {why}",
        parameter="FetchOptions.cache",
        received=str(path),
        allowed=f"a file of its own that can be written ({CACHE} in the environment, FetchOptions or [fetch] name it), "
        "or cache=False",
    )


def _opened(path: Path, how: str) -> sqlite3.Connection:
    """Open a file that stands, without changing it; every thread and process opens its own."""
    opened = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}", uri=True, timeout=PATIENCE, isolation_level=None
    )
    opened.execute("PRAGMA trusted_schema=OFF")
    return opened


def _looked(opened: sqlite3.Connection, path: Path, look: Callable[[sqlite3.Connection], T], nothing: T) -> T:
    with closing(opened):
        opened.execute("BEGIN")  # one state of the file, whoever writes meanwhile
        return look(opened) if _version(opened, path) == SCHEMA else nothing


def _at_rest(path: Path) -> bool:
    """Whether nothing is left in a journal beside the file, so that the file alone holds everything."""
    journals = [path.with_name(path.name + end) for end in ("-wal", "-journal")]
    return not any(one.exists() and one.stat().st_size for one in journals)


def _make(path: Path) -> None:
    if path.exists():
        return
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:  # another was faster; opened and closed here, it would lose the other's locks
        return
    except ValueError as error:  # a name that no file can have
        raise _unusable(path, str(error)) from error


def _version(opened: sqlite3.Connection, path: Path) -> int:
    """Give the version of a file, 0 where nothing stands in it.

    Raises
    ------
    CacheError
        If it is none of ours, of a newer version, or not as we make it.
    """
    mark = int(opened.execute("PRAGMA application_id").fetchone()[0])
    version = int(opened.execute("PRAGMA user_version").fetchone()[0])
    made = [row[0] for row in opened.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
    if not mark and not version and not made:
        return 0
    if mark != OURS:
        raise _unusable(path, "it is a database of something else")
    if version > SCHEMA:
        raise _unusable(path, f"a newer marketimpact made it (version {version}, known here: {SCHEMA})")
    if version < 1 or (version == SCHEMA and made != [TABLE]):
        raise _unusable(path, "it is damaged, or was changed by something else: delete it")
    return version


def _prepare(opened: sqlite3.Connection, path: Path, tell: Tell) -> None:
    """Make the table, within the transaction that first writes to it."""
    version = _version(opened, path)
    if version == SCHEMA:
        return
    if version:
        tell(
            f"the cache {path.name} was of an older form (version {version}): it is emptied, and filled anew"
        )
        opened.execute("DROP TABLE IF EXISTS series")
    opened.execute(TABLE)
    opened.execute(f"PRAGMA application_id={OURS}")
    opened.execute(f"PRAGMA user_version={SCHEMA}")
