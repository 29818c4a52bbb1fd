"""The US Treasury's par yield curve, one CSV a year."""

from __future__ import annotations

import re

import numpy as np

from ..errors import InputError
from ..market.instruments import Factor, Instrument
from .answers import csv_rows, day_in, days_array, no_data, number_in, unexpected
from .coverage import FIRST_DAY
from .fred import TREASURY_MARK
from .protocol import Block, Query, Request
from .web import Web

__all__ = ["Treasury"]

URL = "https://home.treasury.gov/resource-center/data-chart-center/interest-rates/daily-treasury-rates.csv/{year}/all"

FIRST_YEAR = 1990

TENORS = {
    "1m": "1 Mo", "1.5m": "1.5 Mo", "2m": "2 Mo", "3m": "3 Mo", "4m": "4 Mo", "6m": "6 Mo", "1y": "1 Yr", "2y": "2 Yr",
    "3y": "3 Yr", "5y": "5 Yr", "7y": "7 Yr", "10y": "10 Yr", "20y": "20 Yr", "30y": "30 Yr",
}  # fmt: skip
"""Symbols, and the columns of the file."""


class Treasury:
    """Par yields of Treasury securities, bid side, at about 15:30 in New York [percent]."""

    title = "US Department of the Treasury, par yield curve"
    local = False

    def instrument(self, request: Request) -> Instrument:
        """Say what a tenor quotes; refuse what is none."""
        if request.symbol not in TENORS:
            raise InputError(
                "is no tenor of the par yield curve", parameter="symbols", received=f"treasury:{request.symbol}",
                allowed=", ".join(TENORS),
            )  # fmt: skip
        return request.instrument or Factor(
            f"UST {request.symbol}", move="difference", unit="percent", quoted="Treasury par yield",
            snapshot=TREASURY_MARK,
        )  # fmt: skip

    def lasting(self, request: Request) -> bool:
        """Say that yields of the past stay as they are."""
        return True

    def build(self, request: Request) -> tuple[Query, ...]:
        """Ask for the years that the dates touch; all tenors of a year stand in one answer."""
        first = FIRST_YEAR if request.start is None else max(_year(request.start), FIRST_YEAR)
        last = first if request.end is None else max(_year(request.end), first)
        return tuple(self._of_year(request.symbol, year) for year in range(first, last + 1))

    def _of_year(self, symbol: str, year: int) -> Query:
        said = (
            ("type", "daily_treasury_yield_curve"),
            ("field_tdr_date_value", str(year)),
            ("_format", "csv"),
        )
        start, end = (np.datetime64(f"{year}-{day}", "D") for day in ("01-01", "12-31"))
        start = FIRST_DAY if year == FIRST_YEAR else start
        return Query(symbol, URL.format(year=year), start, end, said)

    def fetch(self, query: Query, web: Web) -> bytes:
        """Get the CSV of a year."""
        return web.get(query)

    def parse(self, query: Query, content: bytes) -> Block:
        """Read one column, found by its name; a tenor that was not issued in a year has no value there.

        The file does not end with a line break, so its last row is not held against one.
        """
        name = f"treasury:{query.symbol}"
        rows = csv_rows(name, content)
        if not rows:
            raise no_data(name)
        header = [re.sub(r"\bMonths?\b", "Mo", cell) for cell in rows[0]]
        column = TENORS[query.symbol]
        if header.count("Date") != 1 or "10 Yr" not in header or header.count(column) > 1:
            raise unexpected(name, "has another header", ",".join(rows[0]), "Date, 1 Mo, ... 10 Yr, ...")
        dated = header.index("Date")
        days = days_array([day_in(name, row[dated], "%m/%d/%Y") for row in rows[1:]])
        if column not in header:
            return Block(days, np.full(len(days), np.nan), "percent")
        at = header.index(column)
        return Block(
            days, np.array([number_in(name, row[at]) for row in rows[1:]], dtype=np.float64), "percent"
        )


def _year(day: np.datetime64) -> int:
    return int(day.astype("datetime64[Y]").astype(int)) + 1970
