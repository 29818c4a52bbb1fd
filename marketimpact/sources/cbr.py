"""Official rates of the Bank of Russia."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..market.instruments import Instrument
from .answers import (
    check_length,
    day_in,
    days_array,
    no_data,
    number_in,
    per_unit,
    unexpected,
    without_weekdays,
    xml_of,
)
from .ecb import pair_of
from .protocol import Block, Query, Request
from .units_of_money import first_day, since_their_units
from .web import Web

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["Cbr"]

URL = "https://www.cbr.ru/scripts/XML_dynamic.asp"

LAG = 1
"""The rate of a day is set on the working day before, so rates are dated Tuesday to Saturday."""

SET_AT_WEEKENDS = frozenset({6, 0})
"""Days of the week, 0 for Monday, whose rates were set the day before: on a Saturday or Sunday that was worked."""

WHY = "they were set at a weekend that was worked, which is no session of Monday to Friday"

CODES = {
    "AMD": "R01060", "AUD": "R01010", "AZN": "R01020A", "BGN": "R01100", "BRL": "R01115", "BYN": "R01090B",
    "CAD": "R01350", "CHF": "R01775", "CNY": "R01375", "CZK": "R01760", "DKK": "R01215", "EUR": "R01239",
    "GBP": "R01035", "GEL": "R01210", "HKD": "R01200", "HUF": "R01135", "INR": "R01270", "JPY": "R01820",
    "KGS": "R01370", "KRW": "R01815", "KZT": "R01335", "MDL": "R01500", "NOK": "R01535", "PLN": "R01565",
    "RON": "R01585F", "SEK": "R01770", "SGD": "R01625", "TJS": "R01670", "TRY": "R01700J", "UAH": "R01720",
    "USD": "R01235", "UZS": "R01717", "ZAR": "R01810",
}  # fmt: skip
"""The bank's own codes of currencies."""


class Cbr:
    """Rubles per unit of a currency, "USD/RUB"; sessions are put back to the day that set the rate."""

    title = "Bank of Russia, official exchange rates"
    local = False

    def instrument(self, request: Request) -> Instrument:
        """Say what a pair quotes; refuse what is not against the ruble of 1998, or not known here."""
        pair = pair_of("cbr", request, None, dating_lag=LAG)
        if pair.quote != "RUB" or pair.base not in CODES:
            raise InputError(
                "is no rate of the Bank of Russia that is known here", parameter="symbols",
                received=f"cbr:{request.symbol}", allowed="'cbr:USD/RUB' or another of " + ", ".join(CODES),
            )  # fmt: skip
        return since_their_units("cbr", request, pair)

    def lasting(self, request: Request) -> bool:
        """Say that official rates stay as they are."""
        return True

    def build(self, request: Request) -> tuple[Query, ...]:
        """Ask for the whole range in one query."""
        base = request.symbol.partition("/")[0]
        start = first_day(base, "RUB") if request.start is None else request.start
        end = np.datetime64("2100-01-01", "D") if request.end is None else request.end
        said = (
            ("date_req1", start.astype(object).strftime("%d/%m/%Y")),
            ("date_req2", end.astype(object).strftime("%d/%m/%Y")),
            ("VAL_NM_RQ", CODES[base]),
        )
        return (Query(request.symbol, URL, request.start, request.end, said),)

    def fetch(self, query: Query, web: Web) -> bytes:
        """Get the XML."""
        return web.get(query)

    def parse(self, query: Query, content: bytes) -> Block:
        """Read records in the encoding that the file names, with decimal commas, each by its own nominal.

        A rate dated Sunday or Monday was set on a Saturday or Sunday that was worked: it is left out, with a note, for
        put back to a day of Monday to Friday it would stand on that of another.
        """
        name = f"cbr:{query.symbol}"
        base = query.symbol.partition("/")[0]
        root = xml_of(name, content)
        if root.tag != "ValCurs":
            raise unexpected(name, "is another XML", root.tag, "<ValCurs> with one <Record> a day")
        records = root.findall("Record")
        said = (root.text or "").strip()
        if said:
            raise unexpected(name, "is an error of the bank's", said)
        for code in (root.get("ID"), *(record.get("Id") for record in records)):
            if code not in (None, CODES[base]):
                raise unexpected(name, "is that of another currency", code, CODES[base])
        if not records:
            raise no_data(name)
        check_length(name, len(records))
        dated = days_array([day_in(name, record.get("Date") or "", "%d.%m.%Y") for record in records])
        rates = np.array([_rate(name, record, base) for record in records])
        days, values, notes = without_weekdays(dated, rates, SET_AT_WEEKENDS, WHY)
        return Block(days, values, f"RUB per {base}", notes)


def _rate(name: str, record: Element, base: str) -> float:
    rate, nominal = (
        number_in(name, (record.findtext(tag) or "").strip(), decimal=",") for tag in ("Value", "Nominal")
    )
    return per_unit(name, rate, nominal, base)
