"""The numbers of a bundle: sessions and levels as CSV, a file a series, or all of them as one Parquet file."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingExtraError
from ..market.quotes import Quotes
from .bundle_words import understood

__all__ = ["Form", "Numbers", "csv_of", "numbers_in_csv", "numbers_in_parquet", "parquet_of"]

Form = Literal["csv", "parquet"]
"""Form of a bundle's tables."""

Numbers = tuple[NDArray[np.datetime64], NDArray[np.float64], NDArray[np.bool_] | None]
"""Sessions, levels, and which of them stand still, if any do."""


def csv_of(quotes: Quotes) -> bytes:
    """Write a series as CSV: dates in ISO, every number with the digits that give it back exactly, and no text.

    Parameters
    ----------
    quotes : Quotes

    Returns
    -------
    bytes
        Columns ``session``, ``level``, and ``still`` (0 or 1) where quotes of frozen runs are marked.

    Examples
    --------
    >>> from marketimpact.provenance import Provenance
    >>> days = np.array(["2022-01-04", "2022-01-05"], dtype="datetime64[D]")
    >>> csv_of(Quotes(days, np.array([4.2, 0.1 + 0.2]), Provenance("mine")))
    b'session,level\\n2022-01-04,4.2\\n2022-01-05,0.30000000000000004\\n'
    """
    days = quotes.sessions.astype("datetime64[D]").astype(str).tolist()
    columns = [days, [repr(level) for level in quotes.levels.tolist()]]
    if quotes.still is not None:
        columns.append([str(int(one)) for one in quotes.still.tolist()])
    head = ("session", "level", "still")[: len(columns)]
    lines = [",".join(head), *(",".join(row) for row in zip(*columns, strict=True)), ""]
    return "\n".join(lines).encode("ascii")


def numbers_in_csv(content: bytes, name: str, still: bool) -> Numbers:
    """Read a series that `csv_of` wrote.

    Parameters
    ----------
    content : bytes
    name : str
        Name of the file, for errors.
    still : bool
        Whether it has the column ``still``.

    Returns
    -------
    Numbers

    Raises
    ------
    DataError
        If it is something else.
    """
    with understood(name):
        head, *rows, end = content.decode("ascii").split("\n")
        names = ["session", "level", "still"][: 3 if still else 2]
        if head.split(",") != names or end:
            raise ValueError(f"its columns are {head[:60]!r}")
        cells = [row.split(",") for row in rows]
        columns = [list(column) for column in zip(*cells, strict=True)] if cells else [[] for _ in names]
        if len(columns) != len(names):
            raise ValueError("a row has another number of cells")
        levels = np.array([float(cell) for cell in columns[1]], dtype=np.float64)
        marks = np.array([("0", "1").index(cell) for cell in columns[2]], dtype=np.bool_) if still else None
        return _sessions(columns[0]), levels, marks


def _sessions(texts: list[str]) -> NDArray[np.datetime64]:
    days = np.array(texts, dtype="datetime64[D]")
    if days.astype(str).tolist() != texts:  # numpy takes "today", and months
        raise ValueError("a session is not written as YYYY-MM-DD")
    return days


def parquet_of(series: Sequence[Quotes]) -> bytes:
    """Write several series as one Parquet file.

    Parameters
    ----------
    series : sequence of Quotes

    Returns
    -------
    bytes
        Columns ``series`` (its number in the manifest, from 1), ``session``, ``level``, and ``still``, missing where no
        quote of the series is marked.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    """
    arrow, parquet = _pyarrow()
    counts = [len(one) for one in series]
    days = np.concatenate([one.sessions.astype("datetime64[D]").astype(np.int64) for one in series])
    marked = np.repeat([one.still is not None for one in series], counts)
    still = np.concatenate(
        [np.zeros(len(one), bool) if one.still is None else np.asarray(one.still, bool) for one in series]
    )
    table = arrow.table(
        {
            "series": arrow.array(np.repeat(np.arange(1, len(series) + 1, dtype=np.int32), counts)),
            "session": arrow.array(days.astype(np.int32), arrow.int32()).cast(arrow.date32()),
            "level": arrow.array(np.concatenate([one.levels for one in series]), arrow.float64()),
            "still": arrow.array(still, arrow.bool_(), mask=~marked),
        }
    )
    out = io.BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()


def numbers_in_parquet(content: bytes, name: str, series: Sequence[Mapping[str, Any]]) -> list[Numbers]:
    """Read the series that `parquet_of` wrote.

    Parameters
    ----------
    content : bytes
    name : str
        Name of the file, for errors.
    series : sequence of mapping
        What the manifest says of each: ``sessions``, their number, and ``still``.

    Returns
    -------
    list of Numbers

    Raises
    ------
    DataError
        If it is something else.
    MissingExtraError
        If pyarrow is not installed.
    """
    arrow, parquet = _pyarrow()
    with understood(name):
        try:
            table = parquet.read_table(io.BytesIO(content))
        except (arrow.ArrowException, OSError) as error:
            raise ValueError(str(error)) from error
        number, day, level, mark = (table.column(one) for one in ("series", "session", "level", "still"))
        counts = [int(one["sessions"]) for one in series]
        if min(counts, default=0) < 0 or sum(counts) != len(table):
            raise ValueError(f"it has {len(table)} rows, and the manifest {sum(counts)}")
        if number.to_pylist() != np.repeat(np.arange(1, len(series) + 1), counts).tolist():
            raise ValueError("its series are not those of the manifest")
        days = day.cast(arrow.int32()).to_numpy().astype(np.int64).astype("datetime64[D]")
        levels = np.asarray(level.to_numpy(), dtype=np.float64)
        marks = mark.fill_null(False).to_numpy().astype(np.bool_)
    ends = np.cumsum([0, *counts])
    return [
        (days[a:b].copy(), levels[a:b].copy(), marks[a:b].copy() if one["still"] else None)
        for one, a, b in zip(series, ends[:-1], ends[1:], strict=True)
    ]


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError(
            "Parquet needs pyarrow: pip install 'marketimpact[parquet]'",
            parameter="form",
            received="parquet",
            allowed="'csv', which needs nothing more",
        ) from error
    return pyarrow, pyarrow.parquet
