"""What the command ``marketimpact cache`` says: what is held, what was removed, what is damaged."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..sources.cache import Cache, CacheEntry
from ..sources.cache_file import CACHE, cache_path

__all__ = ["cleared", "listed", "verified"]

HEAD = ("source", "symbol", "adjusted", "sessions", "first", "last", "retrieved", "size", "answers of")
TO_THE_RIGHT = frozenset({"sessions", "size"})


def listed(file: str | None = None, which: str = "") -> list[str]:
    """Give a table of what the cache holds, a line a series, and a line that sums it up.

    Parameters
    ----------
    file : str, optional
        The cache; the user's own when not given.
    which : str
        A source, or ``source:symbol``; everything when empty.

    Raises
    ------
    CacheError
        If the file cannot be read.
    """
    cache = _cache(file)
    entries = cache.entries(*_chosen(which))
    sums = f"{_series(len(entries))}, {_size(sum(one.size for one in entries))}, in {cache.path}"
    width = len(HEAD) if any(one.host for one in entries) else len(HEAD) - 1
    rows = [row[:width] for row in (HEAD, *map(_cells, entries))]
    return [*(_table(rows) if entries else []), sums]


def cleared(file: str | None = None, which: str = "") -> str:
    """Remove what the cache holds, chosen as in `listed`, and say how much that was.

    Raises
    ------
    CacheError
        If the file cannot be written.
    """
    cache = _cache(file)
    return f"{_series(cache.clear(*_chosen(which)))} removed from {cache.path}"


def verified(file: str | None = None, which: str = "") -> tuple[list[str], bool]:
    """Look for damage in what the cache holds, chosen as in `listed`.

    Returns
    -------
    lines : list of str
        One for each that is damaged, and one that sums it up.
    sound : bool
        Whether nothing is.

    Raises
    ------
    CacheError
        If the file cannot be read.
    """
    cache = _cache(file)
    found = cache.verify(*_chosen(which))
    count = len(cache.entries(*_chosen(which)))
    if not found:
        return [f"{_series(count)}, none damaged, in {cache.path}"], True
    return [*map(str, found), f"{len(found)} damaged, of {_series(count)}, in {cache.path}"], False


def _cache(file: str | None) -> Cache:
    path = cache_path(True if file is None else file)
    if path is None or (file is not None and not os.path.isfile(path)):
        raise InputError(
            "is no file of a cache",
            parameter="--file",
            received=file,
            allowed=f"a file that stands, or none: {CACHE}",
        )
    return Cache(path)


def _chosen(which: str) -> tuple[str, str]:
    source, colon, symbol = which.partition(":")
    if (which and not source) or (colon and not symbol):
        raise InputError(
            "names no series", parameter="cache", received=which, allowed="SOURCE or SOURCE:SYMBOL"
        )
    return source, symbol


def _series(count: int) -> str:
    return f"{count} series"


def _size(size: int) -> str:
    return f"{size / 1000:,.1f} kB"


def _cells(one: CacheEntry) -> tuple[str, ...]:
    named = (one.key.source, one.key.symbol, "yes" if one.key.adjusted else "no")
    if one.damage:
        return (*named, "damaged", "", "", "", _size(one.size), "")
    when = f"{one.retrieved}Z" if one.retrieved is not None else ""
    return (*named, str(one.sessions), _day(one.first), _day(one.last), when, _size(one.size), one.host)


def _day(day: np.datetime64 | None) -> str:
    return "" if day is None else str(day)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if name in TO_THE_RIGHT else cell.ljust(width)
            for name, cell, width in zip(rows[0], row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
