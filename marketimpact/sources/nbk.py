"""Official rates of the National Bank of Kazakhstan, one XML a day."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..market.instruments import Instrument
from .answers import days_array, no_data, number_in, per_unit, unexpected, xml_of
from .ecb import pair_of
from .protocol import Block, Query, Request
from .units_of_money import since_their_units
from .web import Web

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["Nbk"]

URL = "https://nationalbank.kz/rss/get_rates.cfm"

LAG = 1
"""The rate of a day is the exchange's average of the working day before: the bank's metadata on exchange rates."""

NEW_UNITS = {"BYN": "2016-07-04"}
"""Days on which the bank took to a currency's new unit, where that was later: the code was the new one before."""


class Nbk:
    """Tenge per unit of a currency, "USD/KZT".

    The rate of a day is the exchange's average of the working day before, so sessions are put back by one. There is
    one XML a day: a year is 260 requests, which go on where they ended.
    """

    title = "National Bank of Kazakhstan, official exchange rates"
    local = False

    def instrument(self, request: Request) -> Instrument:
        """Say what a pair quotes; refuse what is not against the tenge, and a request without a first day."""
        pair = pair_of("nbk", request, None, dating_lag=LAG)
        if pair.quote != "KZT":
            raise InputError(
                "is not against the tenge", parameter="symbols", received=f"nbk:{request.symbol}",
                allowed="like 'nbk:USD/KZT' (tenge per dollar)",
            )  # fmt: skip
        if request.start is None:
            raise InputError(
                "is needed: the bank has one file a day", parameter="start", received=None,
                allowed="a first day, like start='2021-06-01'",
            )  # fmt: skip
        return since_their_units("nbk", request, pair, NEW_UNITS)

    def lasting(self, request: Request) -> bool:
        """Say that official rates stay as they are."""
        return True

    def build(self, request: Request) -> tuple[Query, ...]:
        """Ask for each day from Monday to Friday; on others the bank repeats the last rate."""
        if request.start is None or request.end is None:
            return ()
        days = np.arange(request.start, request.end + np.timedelta64(1, "D"))
        working = days[np.is_busday(days)]
        if not len(working):  # a weekend: the day before it is asked for once more, and speaks for it
            working = np.array([np.busday_offset(request.start, 0, roll="preceding")])
        starts = [min(request.start, working[0]), *(working[:-1] + np.timedelta64(1, "D"))]
        ends = [*working[:-1], request.end]
        return tuple(
            Query(request.symbol, URL, start, end, (("fdate", day.astype(object).strftime("%d.%m.%Y")),))
            for day, start, end in zip(working, starts, ends, strict=True)
        )

    def fetch(self, query: Query, web: Web) -> bytes:
        """Get the XML of a day; it holds all currencies."""
        return web.get(query)

    def parse(self, query: Query, content: bytes) -> Block:
        """Read the rate of one currency, by ``quant`` units; a day without rates, or with a rate of 0, has no value."""
        name = f"nbk:{query.symbol}"
        base = query.symbol.partition("/")[0]
        day = dict(query.params)["fdate"]
        date = np.datetime64("-".join(reversed(day.split("."))), "D")
        items = _items(name, content, day)
        unit = f"KZT per {base}"
        if not items:
            return Block(days_array([date]), np.array([np.nan]), unit)
        codes = [_text(item, "title") for item in items]
        if codes.count(base) > 1:
            raise unexpected(name, f"holds {base} more than once", ", ".join(codes), "one <item> a currency")
        if base not in codes:
            raise no_data(name, f"the bank has no rate of {base} on {date}")
        item = items[codes.index(base)]
        rate, quant = (number_in(name, _text(item, tag)) for tag in ("description", "quant"))
        value = math.nan if rate == 0.0 else per_unit(name, rate, quant, base)
        return Block(days_array([date]), np.array([value]), unit)


def _items(name: str, content: bytes, day: str) -> list[Element]:
    """Give the currencies of an answer, which must be of the day that was asked for."""
    root = xml_of(name, content)
    if root.tag != "rates":
        raise unexpected(name, "is another XML", root.tag, "<rates> with one <item> a currency")
    trouble = _text(root, "error")
    if trouble:
        raise unexpected(name, "is an error of the bank's", trouble)
    items, said = root.findall("item"), _text(root, "date")
    if said != day and (said or items):
        raise unexpected(name, "is that of another day", said, day)
    return items


def _text(element: Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()
