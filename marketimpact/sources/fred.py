"""Series of FRED (Federal Reserve Bank of St. Louis), from the CSV behind its graphs."""

from __future__ import annotations

import re

import numpy as np

from ..errors import InputError
from ..market.instruments import CurrencyPair, Factor, Instrument
from ..market.snapshots import Snapshot
from .answers import csv_rows, day_in, days_array, no_data, number_in, unexpected
from .protocol import Block, Query, Request
from .web import Web

__all__ = ["Fred"]

URL = "https://fred.stlouisfed.org/graph/fredgraph.csv"

TREASURY_MARK = Snapshot("15:30", "America/New_York")
"""The Treasury reads bid-side quotes at about 3:30 PM: its page on the par yield curve method."""

NOON = Snapshot("12:00", "America/New_York")
"""Noon buying rates in New York: the Federal Reserve's release H.10."""

YIELDS = {
    "DGS1MO": "UST 1m", "DGS3MO": "UST 3m", "DGS6MO": "UST 6m", "DGS1": "UST 1y", "DGS2": "UST 2y", "DGS3": "UST 3y",
    "DGS5": "UST 5y", "DGS7": "UST 7y", "DGS10": "UST 10y", "DGS20": "UST 20y", "DGS30": "UST 30y",
}  # fmt: skip
"""Treasury par yields at constant maturity [percent]."""

PER_DOLLAR = {
    "DEXBZUS": "BRL", "DEXCAUS": "CAD", "DEXCHUS": "CNY", "DEXDNUS": "DKK", "DEXHKUS": "HKD", "DEXINUS": "INR",
    "DEXJPUS": "JPY", "DEXKOUS": "KRW", "DEXMAUS": "MYR", "DEXMXUS": "MXN", "DEXNOUS": "NOK", "DEXSDUS": "SEK",
    "DEXSFUS": "ZAR", "DEXSIUS": "SGD", "DEXSLUS": "LKR", "DEXSZUS": "CHF", "DEXTAUS": "TWD", "DEXTHUS": "THB",
}  # fmt: skip
DOLLARS_PER = {"DEXUSAL": "AUD", "DEXUSEU": "EUR", "DEXUSNZ": "NZD", "DEXUSUK": "GBP"}
"""Noon buying rates: foreign units per dollar, and dollars per foreign unit."""

FACTORS = {
    "VIXCLS": Factor("VIX", move="difference", unit="points", quoted="implied volatility"),
    "DTWEXBGS": Factor("broad dollar", quoted="dollar index"),
    "DCOILBRENTEU": Factor("Brent", quoted="oil price"),
    "DCOILWTICO": Factor("WTI", quoted="oil price"),
    "SP500": Factor("S&P 500", quoted="equity index"),
}


REVISED = frozenset({"DCOILBRENTEU", "DCOILWTICO", "DTWEXBGS"})
"""Known series whose past changes: spot prices are mended, and the dollar index gets new weights each year."""


class Fred:
    """Daily series of FRED; what its CSV does not say of a series (its unit) is known of some, else the user's word."""

    title = "FRED, Federal Reserve Bank of St. Louis"
    local = False

    def instrument(self, request: Request) -> Instrument:
        """Say what a series quotes; refuse one whose unit nobody has said."""
        symbol = request.symbol
        if not re.fullmatch(r"[A-Z0-9_]{1,60}", symbol):
            raise InputError(
                "is no series of FRED",
                parameter="symbols",
                received=f"fred:{symbol}",
                allowed="like 'fred:DGS10'",
            )
        known = request.instrument or _known(symbol)
        if known is None:
            raise InputError(
                "FRED's CSV names no unit, and this series is not known here", parameter="instruments",
                received=f"fred:{symbol}",
                allowed=f'instruments={{"fred:{symbol}": Factor("name", move="difference", unit="percent")}} or alike',
            )  # fmt: skip
        return known

    def lasting(self, request: Request) -> bool:
        """Say that yields, noon rates and closes of indices stay; others may be revised."""
        return _known(request.symbol) is not None and request.symbol not in REVISED

    def build(self, request: Request) -> tuple[Query, ...]:
        """Ask for one series in one query."""
        dates = (("cosd", request.start), ("coed", request.end))
        said = tuple((name, str(day)) for name, day in dates if day is not None)
        return (Query(request.symbol, URL, request.start, request.end, (("id", request.symbol), *said)),)

    def fetch(self, query: Query, web: Web) -> bytes:
        """Get the CSV."""
        return web.get(query)

    def parse(self, query: Query, content: bytes) -> Block:
        """Read two columns by their place: the header was renamed once; a point means that there is no value."""
        name = f"fred:{query.symbol}"
        rows = csv_rows(name, content)
        if not rows:
            raise no_data(name)
        if len(rows[0]) != 2 or rows[0][1] != query.symbol:
            raise unexpected(name, "has another header", ",".join(rows[0]), f"a date and {query.symbol}")
        if len(rows) == 1:
            raise no_data(name)
        if not content.endswith(b"\n"):  # half a number is a number too
            raise unexpected(name, "breaks off in its last row", ",".join(rows[-1]), "rows that end")
        days = days_array([day_in(name, row[0], "%Y-%m-%d") for row in rows[1:]])
        values = np.array([number_in(name, row[1]) for row in rows[1:]], dtype=np.float64)
        return Block(days, values, _unit(query.symbol))


def _known(symbol: str) -> Instrument | None:
    if symbol in YIELDS:
        return Factor(
            YIELDS[symbol],
            move="difference",
            unit="percent",
            quoted="Treasury par yield",
            snapshot=TREASURY_MARK,
        )
    if symbol in PER_DOLLAR:
        return CurrencyPair("USD", PER_DOLLAR[symbol], snapshot=NOON)
    if symbol in DOLLARS_PER:
        return CurrencyPair(DOLLARS_PER[symbol], "USD", snapshot=NOON)
    return FACTORS.get(symbol)


def _unit(symbol: str) -> str:
    """Give the unit of a known series; FRED's CSV itself names none."""
    known = _known(symbol)
    return "" if known is None else known.quoted_unit
