"""Frankfurter, version 2: reference rates of many central banks, one by one or blended; it has the tenge."""

from __future__ import annotations

import re

import numpy as np

from ..errors import InputError
from ..market.instruments import Instrument
from .answers import day_in, days_array, json_of, no_data, unexpected
from .ecb import pair_of
from .protocol import Block, Query, Request
from .web import Web

__all__ = ["Frankfurter"]

URL = "https://api.frankfurter.dev/v2/rates"

BLEND = "a blend of many central banks' rates: it has no time of day, and may change when a bank joins or mends its own"


class Frankfurter:
    """Rates of pairs: "USD/KZT" is the blend of all banks, "USD/KZT@NBK" the rates of one of them."""

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
        return pair_of("frankfurter", plain, None)

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
            raise unexpected(name, "is no list of rates", str(found))
        if not found:
            raise no_data(name)
        days, values = [], []
        for row in found:
            said = (row.get("base"), row.get("quote")) if isinstance(row, dict) else None
            rate = row.get("rate") if isinstance(row, dict) else None
            if said != (base, quote) or isinstance(rate, bool) or not isinstance(rate, int | float):
                raise unexpected(name, "holds something else than rates of this pair", str(row))
            if not 0.0 < rate < float("inf"):
                raise unexpected(name, "holds a rate that cannot be", str(row))
            days.append(day_in(name, str(row.get("date")), "%Y-%m-%d"))
            values.append(float(rate))
        return Block(days_array(days), np.array(values), f"{quote} per {base}", () if bank else (BLEND,))
