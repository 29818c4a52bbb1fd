"""Prices and yields from the user's own files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..delimited import parse_table, read_bytes
from ..market.instruments import Instrument
from ..market.panel import Panel, members_by_column
from ..market.quotes import make_quotes
from ..provenance import Provenance

__all__ = ["Layout", "read_prices"]


@dataclass(frozen=True, slots=True)
class Layout:
    """The form of a delimited file.

    Parameters
    ----------
    delimiter : str
        Between cells.
    decimal : str
        Decimal mark of numbers.
    date_format : str, optional
        A ``strptime`` format, ``"%d.%m.%Y"``; ISO when not given. Never guessed.
    encoding : str
        Encoding of the text.
    """

    delimiter: str = ","
    decimal: str = "."
    date_format: str | None = None
    encoding: str = "utf-8-sig"


def read_prices(
    path: str | Path,
    instrument: Instrument | Mapping[str, Instrument],
    *,
    date: str = "date",
    value: str = "value",
    layout: Layout | None = None,
    provenance: Provenance | None = None,
) -> Panel:
    """Read prices or yields from a CSV file with an explicit map of columns.

    Parameters
    ----------
    path : str or Path
        A file with one header row.
    instrument : instrument, or mapping of column to instrument
        What the file quotes; a mapping reads several columns.
    date : str
        Column of the dates.
    value : str
        Column of the values, where one instrument is read.
    layout : Layout, optional
        Delimiter, decimal mark, form of dates, encoding.
    provenance : Provenance, optional
        Where the numbers come from; the file's name and hash when not given.

    Returns
    -------
    Panel

    Raises
    ------
    InputError, DataError
        Naming the file, and the row and cell where there is one.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "kz2045.csv"
    ...     _ = path.write_text("Date;Yield\\n04.01.2022;4,20\\n05.01.2022;4,53\\n")
    ...     bond = mi.SovereignBond("KZ 2045", quoted="yield", issuer="KZ")
    ...     layout = mi.Layout(delimiter=";", decimal=",", date_format="%d.%m.%Y")
    ...     mi.read_prices(path, bond, date="Date", value="Yield", layout=layout)["KZ 2045"].tolist()
    [4.2, 4.53]
    """
    layout = layout or Layout()
    path = Path(path)
    content = read_bytes(path)
    table = parse_table(content, path.name, delimiter=layout.delimiter, encoding=layout.encoding)
    members = members_by_column(instrument if isinstance(instrument, Mapping) else {value: instrument})
    days = table.dates(date, date_format=layout.date_format)
    origin = provenance or Provenance(
        "the user's file",
        file=path.name,
        last_date=str(days.max()),
        sha256=hashlib.sha256(content).hexdigest(),
    )

    def row(i: int) -> str:
        return f"{table.name}, row {table.rows[i]}"

    quotes = [
        make_quotes(member, days, table.numbers(column, decimal=layout.decimal), origin, where=row)
        for column, member in members.items()
    ]
    return Panel(tuple(members.values()), tuple(quotes))
