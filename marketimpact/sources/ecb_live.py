"""Series of the European Central Bank from its data portal, up to the last that it set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnknownSymbolError
from ..market.instruments import Instrument
from .answers import SMALLEST, csv_rows, day_in, days_array, number_in, unexpected
from .ecb import ENDED, SNAPSHOT, in_life, pair_of
from .held import tidied
from .protocol import Block, Query, Request
from .web import Web

__all__ = ["EcbLive"]

URL = "https://data-api.ecb.europa.eu/service/data"

REFERENCE = re.compile(r"EXR/D\.([A-Z]{3})\.EUR\.SP00\.A")
"""The key of a reference rate: daily, units of a currency per euro, spot, average or standardised."""

SERIES = re.compile(r"[A-Z0-9_]{2,20}/[DB](\.[A-Za-z0-9_]{1,40}){1,20}")
"""The key of one daily series: a data flow, its frequency (D, or B of business days), its other dimensions."""

ORDINARY = ("", "A")
"""Marks of an observation that say nothing special."""


class EcbLive:
    """Reference rates against the euro, "EUR/USD", their crosses, "USD/TRY", and any daily series by its key.

    Crosses are rates of one day divided by each other. A key, "YC/B.U2.EUR.4F.G_N_A.SV_C_YM.SR_10Y", needs the user's
    word on what it quotes; that of a reference rate, "EXR/D.USD.EUR.SP00.A", is known.
    """

    title = "European Central Bank, data portal"
    local = False

    def instrument(self, request: Request) -> Instrument:
        """Say what a symbol quotes; refuse what is neither a pair of currencies nor the key of one daily series."""
        symbol = request.symbol
        if (pair := _pair(symbol)) is not None:
            return pair_of("ecb-live", Request(pair, instrument=request.instrument), SNAPSHOT)
        if not SERIES.fullmatch(symbol):
            raise InputError(
                "is neither a pair nor the key of one daily series", parameter="symbols",
                received=f"ecb-live:{symbol}",
                allowed="like 'ecb-live:EUR/USD' or 'ecb-live:YC/B.U2.EUR.4F.G_N_A.SV_C_YM.SR_10Y', without a gap or +",
            )  # fmt: skip
        if request.instrument is None:
            raise InputError(
                "what the series quotes is not known here", parameter="instruments",
                received=f"ecb-live:{symbol}",
                allowed='instruments={"ecb-live:...": Factor("name", move="difference", unit="percent")} or alike',
            )  # fmt: skip
        return request.instrument

    def lasting(self, request: Request) -> bool:
        """Say that reference rates are not revised; other series may be."""
        return _pair(request.symbol) is not None

    def build(self, request: Request) -> tuple[Query, ...]:
        """Ask for the whole range in one query, a cross too."""
        flow, keys = _keys(request.symbol)
        asked = keys[0]
        if len(keys) == 2:
            asked = f"D.{'+'.join(_currencies(request.symbol))}.EUR.SP00.A"
        dates = (("startPeriod", request.start), ("endPeriod", request.end))
        said = tuple((name, str(day)) for name, day in dates if day is not None)
        return (
            Query(
                request.symbol, f"{URL}/{flow}/{asked}", request.start, request.end, (("format", "csvdata"), *said),
            ),
        )  # fmt: skip

    def fetch(self, query: Query, web: Web) -> bytes:
        """Get the CSV; where a series is missing in it, find out whether there is one.

        The portal answers with "not found" both where there is no such series and where it has nothing in the dates.

        Raises
        ------
        UnknownSymbolError
            If there is no such series.
        UnexpectedAnswerError
            If the series does have values in the dates.
        """
        try:
            content = web.get(query)
        except UnknownSymbolError:
            content = b""
        flow, keys = _keys(query.symbol)
        if not content.strip() or b"KEY" in content.partition(b"\n")[0]:
            for key in keys:
                if f"{flow}.{key},".encode() not in content:
                    self._look_for(query, flow, key, web)
        return content

    def _look_for(self, query: Query, flow: str, key: str, web: Web) -> None:
        """Ask for the last value of a series up to the end of a query; there shall be none in its dates."""
        said = tuple(one for one in query.params if one[0] == "endPeriod")
        last = (("format", "csvdata"), ("lastNObservations", "1"))
        for params in ((*last, *said), last) if said else (last,):
            try:
                found = web.get(Query(query.symbol, f"{URL}/{flow}/{key}", params=params))
            except UnknownSymbolError:
                continue
            if not found.strip():
                return
            block = self.parse(Query(f"{flow}/{key}", query.url), found)
            dates = block.dates[np.isfinite(block.values)]
            inside = (query.start is None or dates >= query.start) & (query.end is None or dates <= query.end)
            if np.any(inside):
                raise unexpected(
                    f"ecb-live:{query.symbol}",
                    f"lacks {flow}/{key}, which has a value of {dates[inside][-1]}",
                )
            return
        raise UnknownSymbolError(
            "the ECB has no such series", parameter="symbols", received=f"ecb-live:{query.symbol}",
            allowed=f"a symbol of its data portal; {flow}/{key} is none",
        )  # fmt: skip

    def parse(self, query: Query, content: bytes) -> Block:
        """Read the columns TIME_PERIOD and OBS_VALUE, found by name, of the series asked for and no other."""
        name = f"ecb-live:{query.symbol}"
        flow, keys = _keys(query.symbol)
        table = _table(name, content)
        strange = sorted(set(table["KEY"]) - {f"{flow}.{key}" for key in keys})
        if strange:
            raise unexpected(name, "holds another series", strange[0], ", ".join(keys))
        currencies = _currencies(query.symbol)
        if not currencies:
            return _leg(name, table, f"{flow}.{keys[0]}", "")
        base, quote = str(_pair(query.symbol)).split("/")
        legs = {
            currency: _leg(name, table, f"{flow}.{key}", currency)
            for currency, key in zip(currencies, keys, strict=True)
        }
        dates, values = _divided(legs.get(base), legs.get(quote))
        notes = tuple(dict.fromkeys(note for leg in legs.values() for note in leg.notes))
        return Block(
            dates, values, f"{quote} per {base}", notes, note=ENDED.get(quote) or ENDED.get(base) or ""
        )


def _pair(symbol: str) -> str | None:
    """Give the pair that a symbol stands for; None of another series, and of no symbol at all."""
    found = REFERENCE.fullmatch(symbol)
    if found is not None:
        return f"EUR/{found[1]}"
    return symbol if symbol.count("/") == 1 and "." not in symbol else None


def _currencies(symbol: str) -> tuple[str, ...]:
    """Give the currencies of a pair other than the euro."""
    pair = _pair(symbol)
    return () if pair is None else tuple(one for one in pair.split("/") if one != "EUR")


def _keys(symbol: str) -> tuple[str, tuple[str, ...]]:
    """Give the data flow, and the keys of its series that a symbol takes."""
    currencies = _currencies(symbol)
    if currencies:
        return "EXR", tuple(f"D.{one}.EUR.SP00.A" for one in currencies)
    flow, _, key = symbol.partition("/")
    return flow, (key,)


def _table(name: str, content: bytes) -> Mapping[str, Sequence[str]]:
    """Read the columns that are needed; an empty answer has no rows."""
    wanted = ("KEY", "TIME_PERIOD", "OBS_VALUE")
    rows = csv_rows(name, content)
    if not rows:
        return dict.fromkeys((*wanted, "OBS_STATUS", "UNIT", "UNIT_MULT"), ())
    header = rows[0]
    lacking = [column for column in wanted if header.count(column) != 1]
    if lacking:
        raise unexpected(
            name, "has another header", ",".join(header), "one column each of " + ", ".join(wanted)
        )
    table = {column: [row[i] for row in rows[1:]] for i, column in enumerate(header)}
    return {column: [""] * (len(rows) - 1) for column in ("OBS_STATUS", "UNIT", "UNIT_MULT")} | table


def _leg(name: str, table: Mapping[str, Sequence[str]], key: str, currency: str) -> Block:
    """Read one series; a rate must be in units of its currency, above zero."""
    at = [i for i, said in enumerate(table["KEY"]) if said == key]
    dates = days_array([day_in(name, table["TIME_PERIOD"][i], "%Y-%m-%d") for i in at])
    values = np.array(
        [number_in(name, table["OBS_VALUE"][i], missing=("", "NaN")) for i in at], dtype=np.float64
    )
    units = sorted({(table["UNIT"][i], table["UNIT_MULT"][i]) for i in at})
    if len(units) > 1:
        raise unexpected(name, "changes its unit", str(units), "one unit")
    unit, power = units[0] if units else ("", "")
    if currency and (unit not in ("", currency) or power not in ("", "0")):
        raise unexpected(name, "is in another unit", f"{unit} times 10^{power or 0}", currency)
    odd = values[(values < SMALLEST) | (values > 1.0 / SMALLEST)] if currency else values[:0]
    if len(odd):
        raise unexpected(name, "holds a rate that cannot be", str(odd[0]), "rates above zero")
    marks = [table["OBS_STATUS"][i] for i, value in zip(at, values, strict=True) if np.isfinite(value)]
    notes = tuple(
        f"{marks.count(mark)} values have the mark {mark!r} in OBS_STATUS"
        for mark in sorted(set(marks) - set(ORDINARY))
    )
    said = unit if power in ("", "0") else f"{unit} times 10^{power}"
    return tidied(Block(dates, values, said, notes), name)


def _divided(base: Block | None, quote: Block | None) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Divide rates of the same day, from the first to the last that there is; the euro is one of itself."""
    if base is None or quote is None:
        leg = base or quote
        if leg is None:
            return days_array([]), np.array([])
        return leg.dates, leg.values if base is None else 1.0 / leg.values
    dates = np.union1d(base.dates, quote.dates)
    sides = []
    for leg in (base, quote):
        side = np.full(len(dates), np.nan)
        side[np.searchsorted(dates, leg.dates)] = leg.values
        sides.append(side)
    return in_life(dates, sides[1] / sides[0])
