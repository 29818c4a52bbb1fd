"""Frankfurter, version 2: reference rates of many central banks, one by one or blended; it has the tenge."""

from __future__ import annotations

import re

import numpy as np

from ..errors import InputError
from ..market.instruments import Instrument
from .answers import (
    SMALLEST,
    check_length,
    day_in,
    days_array,
    json_of,
    no_data,
    shown,
    unexpected,
    without_weekdays,
)
from .cbr import LAG as CBR_LAG
from .cbr import SET_AT_WEEKENDS, WHY
from .ecb import pair_of
from .nbk import LAG as NBK_LAG
from .protocol import Block, Query, Request
from .web import Web

__all__ = ["Frankfurter"]

URL = "https://api.frankfurter.dev/v2/rates"

BLEND = (
    "a blend of many central banks' rates, some of them dated a day late: it has no time of day, and may change when a"
    " bank joins or mends its own"
)

LAGS = {"CBR": CBR_LAG, "NBK": NBK_LAG}
"""Banks that are known to date a rate after the day that set it: Frankfurter passes their dates on."""

WEEKEND = frozenset({5, 6})
FEW = "few banks set rates at weekends"
REPEATED = "the bank repeats the last rate at weekends"

WITHOUT = {"": (WEEKEND, FEW), "CBR": (SET_AT_WEEKENDS, WHY), "NBK": (WEEKEND, REPEATED)}
"""Days of the week that are left out, and why, by bank; the blend has none."""

NOTES = {
    "CBR": "Frankfurter leaves out Saturdays, on which the Bank of Russia dates the rates that it sets on Fridays:"
    " cbr: has them.",
}


class Frankfurter:
    """Rates of pairs: "USD/KZT" is the blend of all banks, "USD/KZT@NBK" the rates of one of them.

    Rates have the dates of their bank: those of Kazakhstan and Russia are put back by a working day.
    """

    title = "Frankfurter, reference rates of central banks"
    local = False

    def instrument(self, request: Request) -> Instrument:
        """Say what a pair quotes; its time of day is not known, so neither is its snapshot."""
        pair, at, bank = request.symbol.partition("@")
        if at and not re.fullmatch(r"[A-Z0-9.]{2,20}", bank):
            raise InputError(
                "names no bank of Frankfurter's", parameter="symbols", received=f"frankfurter:{request.symbol}",
                allowed="like 'frankfurter:USD/KZT@NBK'",
            )  # fmt: skip
        plain = Request(pair, request.start, request.end, request.instrument)
        return pair_of("frankfurter", plain, None, dating_lag=LAGS.get(bank, 0))

    def lasting(self, request: Request) -> bool:
        """Say that the rates of one bank stay as they are; a blend may change."""
        return "@" in request.symbol

    def build(self, request: Request) -> tuple[Query, ...]:
        """Ask for the whole range in one query."""
        pair, _, bank = request.symbol.partition("@")
        base, _, quote = pair.partition("/")
        said = [("base", base), ("quotes", quote)]
        said += [("providers", bank)] if bank else []
        said += [("from", str(request.start if request.start is not None else "1948-01-01"))]
        said += [("to", str(request.end))] if request.end is not None else []
        return (Query(request.symbol, URL, request.start, request.end, tuple(said)),)

    def fetch(self, query: Query, web: Web) -> bytes:
        """Get the JSON."""
        return web.get(query)

    def parse(self, query: Query, content: bytes) -> Block:
        """Read a list of rates; each says its own pair, which is held against the one asked for."""
        name = f"frankfurter:{query.symbol}"
        pair, _, bank = query.symbol.partition("@")
        base, _, quote = pair.partition("/")
        found = json_of(name, content)
        if not isinstance(found, list):
            raise unexpected(name, "is no list of rates", shown(found))
        if not found:
            raise no_data(name)
        check_length(name, len(found))
        days = days_array([_day(name, row, base, quote) for row in found])
        rates = np.array([_rate(name, row) for row in found])
        left_out, why = WITHOUT.get(bank, (frozenset(), ""))
        days, values, notes = without_weekdays(days, rates, left_out, why)
        blend = () if bank else (BLEND,)
        return Block(days, values, f"{quote} per {base}", (*blend, *notes), note=NOTES.get(bank, ""))


def _day(name: str, row: object, base: str, quote: str) -> np.datetime64:
    if not isinstance(row, dict) or (row.get("base"), row.get("quote")) != (base, quote):
        raise unexpected(name, "holds something else than rates of this pair", shown(row), f"{base}, {quote}")
    said = row.get("date")
    return day_in(name, said if isinstance(said, str) else shown(said), "%Y-%m-%d")


def _rate(name: str, row: dict[str, object]) -> float:
    rate = row.get("rate")
    if isinstance(rate, bool) or not isinstance(rate, int | float):
        raise unexpected(name, "holds something else than a rate", shown(row))
    if not SMALLEST < rate < 1.0 / SMALLEST:
        raise unexpected(name, "holds a rate that cannot be", shown(row), "rates above zero")
    return float(rate)
