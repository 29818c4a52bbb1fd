"""Prices and yields from the user's own files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..delimited import Table, read_bytes
from ..errors import InputError
from ..market.instruments import Instrument
from ..market.panel import Panel, members_by_column
from ..market.quotes import Quotes, make_quotes
from ..provenance import Provenance
from .layouts import PLAIN, Layout
from .recognise import Reading, as_layout, recognise
from .series import Days, check_unit, numbers_of, read_days, rows_of, value_column

__all__ = ["Layout", "read_prices"]


def read_prices(
    path: str | Path,
    instrument: Instrument | Mapping[str, Instrument],
    *,
    date: str | None = None,
    value: str | None = None,
    layout: Layout | str | None = None,
    provenance: Provenance | None = None,
) -> Panel:
    """Read prices or yields from a file: CSV, an Excel workbook or Parquet, in a known layout or in any other.

    Tables as of investing.com, Yahoo, FRED, the ECB, German exchanges, the Moscow Exchange and of days until maturity
    are recognised by their headers; every other is read as it stands, from the columns "date" and "value". What was
    recognised is a note of the quotes (`Quotes.notes`). Dates may have any form that the cells tell; an order of day
    and month that no row tells, and forms that are mixed, are errors. Whether a yield is in percent or in decimals is
    the instrument's word; a column that a workbook shows as percentages holds decimals, and under another unit is an
    error.

    Parameters
    ----------
    path : str or Path
        A file with one header row.
    instrument : instrument, or mapping of column to instrument
        What the file quotes; a mapping reads several columns. Where a file holds several bonds or currencies, the
        bond's ``isin`` or the pair's currencies choose the rows.
    date : str, optional
        Column of the dates; the known layout's, else "date", when not given.
    value : str, optional
        Column of the values, where one instrument is read; the known layout's, else "value", when not given.
    layout : Layout or str, optional
        The name of a known layout, or what is to be said of the file: that wins over what is recognised.
    provenance : Provenance, optional
        Where the numbers come from; the file's name and hash when not given.

    Returns
    -------
    Panel

    Raises
    ------
    InputError, DataError
        Naming the file, and the row and cell where there is one.
    MissingExtraError
        If the package that reads workbooks, or Parquet, is not installed.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "kz2045.csv"
    ...     _ = path.write_text('"Date","Price","Open","High","Low"\\n"01/14/2022","4.53","4.5","4.6","4.5"\\n')
    ...     bond = mi.SovereignBond("KZ 2045", quoted="yield", issuer="KZ")
    ...     read = mi.read_prices(path, bond)
    >>> read["KZ 2045"].tolist(), read.quotes_of("KZ 2045").sessions.astype(str).tolist()
    ([4.53], ['2022-01-14'])
    >>> read.quotes_of("KZ 2045").notes[0]
    "read as an investing.com-style table: dates %m/%d/%Y from 'Date' (row 2, '01/14/2022', allows no other order),
    values from 'Price'"
    """
    path = Path(path)
    several = isinstance(instrument, Mapping)
    if several and value is not None:
        raise InputError(
            "is for one instrument; a mapping says its columns itself",
            parameter="value",
            received=value,
            allowed="read_prices(path, {column: instrument}), or one instrument with value=",
        )
    members = members_by_column(instrument if isinstance(instrument, Mapping) else {"value": instrument})
    content = read_bytes(path)
    reading = recognise(content, path.name, as_layout(layout))
    series = _Series(reading, date, provenance, hashlib.sha256(content).hexdigest(), several)
    quotes = [series.quotes_of(one, column if several else value) for column, one in members.items()]
    return Panel(tuple(members.values()), tuple(quotes))


@dataclass(frozen=True, slots=True)
class _Series:
    """The series of one file; dates that several share are read once."""

    reading: Reading
    date: str | None
    provenance: Provenance | None
    sha256: str
    several: bool
    days: dict[object, Days] = field(default_factory=dict)

    def quotes_of(self, instrument: Instrument, value: str | None) -> Quotes:
        """Read the quotes of one instrument."""
        table, left = rows_of(self.reading, instrument)
        days = self._days_of(table, instrument)
        column = value_column(self.reading, instrument) if value is None else value
        check_unit(self.reading, table, column, instrument)
        numbers = numbers_of(self.reading, table, column)
        origin = self.provenance or Provenance(
            "the user's file", file=table.name, last_date=str(days.days.max()), sha256=self.sha256
        )
        made = make_quotes(
            instrument, days.days, numbers, origin, where=lambda i: f"{table.name}, row {table.rows[i]}"
        )
        return replace(made, notes=(*self._notes(days, column, left), *made.notes))

    def _days_of(self, table: Table, instrument: Instrument) -> Days:
        checked = [getattr(instrument, term, None) for term in ("maturity", "currency")]
        same = (table.rows, *checked)
        if same not in self.days:
            self.days[same] = read_days(self.reading, table, instrument, self.date)
        return self.days[same]

    def _notes(self, days: Days, column: str, left: str) -> tuple[str, ...]:
        """Say what was recognised; what the user said, and the plain form, need no word."""
        known = self.reading.known
        if known is PLAIN:
            notes = [*self.reading.notes, left, "" if days.plain else days.said]
        else:
            values = "" if self.several else f", values from {column!r}"  # a mapping has said the columns
            about = f"; {known.note}" if known.note and column in known.value else ""
            notes = [f"read as {known.words}: {days.said}{values}{about}", *self.reading.notes, left]
        return tuple(note for note in notes if note)
