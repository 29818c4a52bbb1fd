"""One instrument's dates and values out of a recognised table: its rows, its column, its days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..delimited import Table
from ..errors import DataError
from ..market.bonds import SovereignBond
from ..market.instruments import CurrencyPair, Instrument
from .date_forms import read_dates
from .layouts import PLAIN
from .recognise import Reading, rows_left

__all__ = ["Days", "check_unit", "numbers_of", "read_days", "rows_of", "value_column"]

NOT_DECIMAL = ("percent", "bp", "points", "price")
"""Units whose numbers are not those of a cell that is shown as a percentage; rates of exchange have none."""


@dataclass(frozen=True, slots=True)
class Days:
    """The dates of a table's rows.

    Parameters
    ----------
    days : ndarray of datetime64[D], shape (n,)
    said : str
        Where they come from and in which form, in words.
    plain : bool
        Whether they are read as the plain form has them, or as the user declared: nothing to report.
    """

    days: NDArray[np.datetime64]
    said: str
    plain: bool


def rows_of(reading: Reading, instrument: Instrument) -> tuple[Table, str]:
    """Give the rows of one instrument, where a table holds several series, and a note of those left away.

    Parameters
    ----------
    reading : Reading
    instrument : Instrument
        A bond is told by its ISIN, a pair by its currencies.

    Returns
    -------
    Table, str

    Raises
    ------
    DataError
        If the table does not hold the instrument, or holds several series that nothing tells apart.

    Examples
    --------
    >>> from marketimpact.sources.layouts import Layout
    >>> from marketimpact.sources.recognise import recognise
    >>> text = b"ISIN,Maturity,Days Until,Buy\\nUS900123CG37,17.02.2045,8444,90.1\\nXS0000000000,17.02.2045,8444,1\\n"
    >>> bond = SovereignBond(isin="US900123CG37", quoted="dirty price")
    >>> table, note = rows_of(recognise(text, "tr.csv", Layout()), bond)
    >>> table.rows, note
    ((2,), "1 row of another 'ISIN' than 'US900123CG37' left away")
    """
    table, key = reading.table, [column for column in reading.known.key if column in reading.table.columns]
    note = ""
    if "ISIN" in key and isinstance(instrument, SovereignBond) and instrument.isin is not None:
        table, note = _keep(table, "ISIN", instrument.isin)
    if isinstance(instrument, CurrencyPair) and "CURRENCY_DENOM" in table.columns and "KEY" in key:
        table, note = _pair_rows(table, instrument)
    if key:
        note = "; ".join(filter(None, (note, _check_one_series(reading, table, key))))
    return table, note


def _keep(table: Table, column: str, cell: str) -> tuple[Table, str]:
    texts = table.texts(column)
    keep = [i for i, text in enumerate(texts) if text == cell]
    if not keep:
        raise DataError(
            f"{table.name} has no row of the {column!r} {cell}",
            parameter=column,
            received=list(dict.fromkeys(texts)),
            allowed=f"a file with rows of {cell}",
        )
    return table.subset(keep), rows_left(len(texts) - len(keep), f"another {column!r} than {cell!r}")


def _pair_rows(table: Table, pair: CurrencyPair) -> tuple[Table, str]:
    """Keep the rows that quote the pair, units of ``quote`` for one of ``base``."""
    quoted = list(zip(table.texts("CURRENCY_DENOM"), table.texts("CURRENCY"), strict=True))
    keep = [i for i, one in enumerate(quoted) if one == (pair.base, pair.quote)]
    if not keep:
        raise _no_pair(table, pair, [f"{base}/{quote}" for base, quote in dict.fromkeys(quoted)])
    return table.subset(keep), rows_left(len(quoted) - len(keep), "other currencies")


def _no_pair(table: Table, pair: CurrencyPair, there: Sequence[str]) -> DataError:
    inverse = f"{pair.quote}/{pair.base}"
    hint = f"; CurrencyPair({pair.quote!r}, {pair.base!r}) is there" if inverse in there else ""
    return DataError(
        f"{table.name} does not quote {pair.base}/{pair.quote}",
        parameter="instrument",
        received=pair.id,
        allowed=", ".join(there) + hint,
    )


def _check_one_series(reading: Reading, table: Table, key: Sequence[str]) -> str:
    """Refuse rows of several series; one that went from board to board is noted."""
    cells = list(zip(*(table.texts(column) for column in key), strict=True))
    there = list(dict.fromkeys(cells))
    if len(there) == 1:
        return ""
    j = next(j for j in reversed(range(len(key))) if len({one[j] for one in there}) > 1)
    moved = key[j] == "BOARDID" and len({*table.texts(reading.known.date[0])}) == len(table)
    found = [one[j] for one in there]
    if moved:
        return f"rows of several boards, each day of one: {', '.join(found)}"
    raise DataError(
        f"{table.name} holds several series, told apart by {key[j]!r}",
        parameter=key[j],
        received=list(dict.fromkeys(found)),
        allowed=f"one of them: layout=Layout(only=({key[j]!r}, {found[0]!r}))"
        + ("; or a bond with its isin" if key[j] == "ISIN" else ""),
    )


def value_column(reading: Reading, instrument: Instrument) -> str:
    """Give the column of an instrument's values, where none is asked for.

    Parameters
    ----------
    reading : Reading
    instrument : Instrument

    Returns
    -------
    str

    Raises
    ------
    DataError
        If the table does not hold the pair, or several columns hold numbers.

    Examples
    --------
    >>> from marketimpact.sources.layouts import Layout
    >>> from marketimpact.sources.recognise import recognise
    >>> reading = recognise(b"DATE,DGS10\\n2022-01-05,1.71\\n", "DGS10.csv", Layout())
    >>> value_column(reading, SovereignBond("US", quoted="yield"))
    'DGS10'
    """
    known, table = reading.known, reading.table
    if known.value:
        return next((column for column in known.value if column in table.columns), known.value[0])
    if known.name == "ecb" and isinstance(instrument, CurrencyPair):
        return _rate_column(table, instrument)
    columns = [column for column in table.columns if column not in known.date]
    if known.name == "days until":
        columns = [column for column in columns if column not in ("ISIN", "Days Until", "Currency")]
    columns = [column for column in columns if column != "TIME PERIOD"]
    if len(columns) == 1:
        return columns[0]
    raise DataError(
        f"{table.name} has several columns of values",
        parameter="value",
        received=None,
        allowed=f"value= one of {', '.join(map(repr, columns))}",
    )


def _rate_column(table: Table, pair: CurrencyPair) -> str:
    """Find a currency's column among rates against the euro, by its code or by the key of its series."""
    pairs: dict[str, str] = {}
    for column in table.columns:
        found = re.search(r"EXR\.[A-Z]\.([A-Z]{3})\.([A-Z]{3})\.", column)
        if found:
            pairs[f"{found[2]}/{found[1]}"] = column
        elif re.fullmatch("[A-Z]{3}", column):
            pairs[f"EUR/{column}"] = column
    try:
        return pairs[f"{pair.base}/{pair.quote}"]
    except KeyError:
        raise _no_pair(table, pair, list(pairs)) from None


def read_days(reading: Reading, table: Table, instrument: Instrument, date: str | None) -> Days:
    """Read the dates of some rows.

    Parameters
    ----------
    reading : Reading
    table : Table
        The instrument's rows.
    instrument : Instrument
        A bond with a maturity must have that of a table of days until it.
    date : str or None
        Column of the dates; the layout's when not given.

    Returns
    -------
    Days

    Raises
    ------
    DataError
        If a cell is no date, the order of day and month is not told, or the maturity is another one.
    """
    known = reading.known
    if known.name == "days until" and date is None:
        return _before_maturity(reading, table, instrument)
    column = _date_column(reading, table) if date is None else date
    found = read_dates(table, column, date_format=reading.layout.date_format, day_first=known.day_first)
    said = f"dates {found.form} from {column!r}" + (f" ({found.why})" if found.why else "")
    asked = column in table.calendar and column == ("date" if date is None else date)
    usual = asked or reading.layout.date_format is not None or found.form == "%Y-%m-%d"
    return Days(found.days, said, known is PLAIN and usual)


def _date_column(reading: Reading, table: Table) -> str:
    usual = reading.known.date
    column = next((column for column in usual if column in table.columns), usual[0])
    if reading.known is PLAIN and column not in table.columns and len(table.calendar) == 1:
        return next(iter(table.calendar))  # the one column of true dates in a workbook or a Parquet file
    return column


def _before_maturity(reading: Reading, table: Table, instrument: Instrument) -> Days:
    """Count the days back from the maturity."""
    _check_currency(table, instrument)
    found = read_dates(table, "Maturity", date_format=reading.layout.date_format, day_first=True)
    _check_maturity(table, instrument, found.days)
    until = table.numbers("Days Until", decimal=reading.layout.decimal or ".")
    bad = np.flatnonzero(~(until >= 0) | (until != np.floor(until)))
    if len(bad):
        raise table.cell_error(int(bad[0]), "Days Until", "is not a number of days", "a whole number from 0")
    return Days(found.days - until.astype(np.int64), "dates from 'Maturity' less 'Days Until'", False)


def _check_currency(table: Table, instrument: Instrument) -> None:
    given = instrument.currency if isinstance(instrument, SovereignBond) else None
    cells = table.columns.get("Currency", ())
    bad = [i for i, cell in enumerate(cells) if given is not None and cell != given]
    if bad:
        raise table.cell_error(
            bad[0], "Currency", f"is not the bond's, {given}", "one bond, and its own currency"
        )


def _check_maturity(table: Table, instrument: Instrument, found: NDArray[np.datetime64]) -> None:
    given = instrument.maturity if isinstance(instrument, SovereignBond) else None
    right = found[0] if given is None else np.datetime64(given, "D")
    bad = np.flatnonzero(found != right)
    if len(bad):
        whose = "that of the rows before" if given is None else f"the bond's, {right}"
        raise table.cell_error(int(bad[0]), "Maturity", f"is not {whose}", "one bond, and its own maturity")


def check_unit(reading: Reading, table: Table, column: str, instrument: Instrument) -> None:
    """Refuse a column that a workbook shows as percentages under an instrument of another unit.

    Parameters
    ----------
    reading : Reading
    table : Table
        The instrument's rows.
    column : str
    instrument : Instrument

    Raises
    ------
    DataError
        If the instrument is quoted in percent, bp, points or as a price: the sheet shows 4.53 % and holds 0.0453.
    """
    if column in reading.percent and instrument.quoted_unit in NOT_DECIMAL:
        raise table.cell_error(
            0,
            column,
            "is shown as a percentage in the workbook, so that its cells are decimals",
            "yield_unit='decimal' of a bond, unit='decimal' of a factor, or a column of plain numbers",
        )


def numbers_of(reading: Reading, table: Table, column: str) -> NDArray[np.float64]:
    """Read a column of values with the marks of the layout.

    Parameters
    ----------
    reading : Reading
    table : Table
        The instrument's rows.
    column : str

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    DataError
        If a cell is no number; or has a mark that the layout takes for one between thousands, and no cell of the
        column shows the decimal mark: 101.250 is then a hundred or a hundred thousand.
    """
    layout = reading.layout
    decimal, thousands = layout.decimal or ".", layout.thousands
    numbers = table.numbers(column, decimal=decimal, thousands=thousands, missing=reading.missing)
    if reading.proof and thousands is not None:
        _check_proof(table, column, decimal, thousands)
    return numbers


def _check_proof(table: Table, column: str, decimal: str, thousands: str) -> None:
    cells = table.texts(column)
    grouped = [i for i, cell in enumerate(cells) if thousands in cell]
    if not grouped or any(decimal in cell or cell.count(thousands) > 1 for cell in cells):
        return
    raise table.cell_error(
        grouped[0],
        column,
        f"holds {thousands!r}, and no cell of the column tells whether it is the decimal mark",
        f"layout=Layout(decimal={decimal!r}, thousands={thousands!r}) or layout=Layout(decimal={thousands!r})",
    )
