"""Whatever a bundle may hold, for hypothesis: panels with every field of their instruments, and events."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any, get_args

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.app.bundle import Bundle
from marketimpact.app.characteristics_file import LabelledNumbers
from marketimpact.ledger import LedgerRow, instrument_ledger
from marketimpact.market.bonds import DayCount, Quoted, YieldConvention
from marketimpact.market.closures import Closure
from marketimpact.market.instruments import RateUnit
from marketimpact.market.quotes import Quotes
from marketimpact.market.snapshots import Snapshot
from marketimpact.units import MoveRule, YieldUnit

WORDS = st.text(max_size=12) | st.sampled_from(["=1+1", "+a", "-b", "@c", "\t=d", "'e", "Теңге", "a\r\nb"])
NAMES = WORDS.filter(str.strip)
SOME = st.none() | WORDS
ZONES = st.sampled_from(["Asia/Almaty", "Europe/London", "America/New_York", "Pacific/Apia", "UTC"])
CLOCKS = st.times().map(lambda clock: f"{clock:%H:%M:%S}") | st.just("16:30")
DAYS = st.dates(date(1995, 1, 1), date(2060, 12, 31))
PRICES = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    days = sorted(draw(st.sets(DAYS, max_size=3)))
    return Snapshot(draw(CLOCKS), draw(ZONES), tuple((str(day), draw(CLOCKS)) for day in days))


@st.composite
def closures(draw: st.DrawFn) -> tuple[Closure, ...]:
    ends = sorted(draw(st.sets(DAYS, max_size=4)))
    spans = zip(ends[::2], ends[1::2], strict=False)
    return tuple(Closure(a, b, reason=draw(WORDS), market=draw(WORDS)) for a, b in spans)


QUOTED: dict[str, st.SearchStrategy[Any]] = {
    "snapshot": st.none() | snapshots(),
    "calendar": st.none() | st.sampled_from(["XLON", "SIFMA_US"]),
    "dating_lag": st.integers(0, 5),
    "closures": closures(),
}
BOND: dict[str, st.SearchStrategy[Any]] = {
    **QUOTED,
    "id": NAMES,
    "quoted": st.sampled_from(get_args(Quoted)),
    "yield_unit": st.sampled_from(get_args(YieldUnit)),
    "issuer": st.sampled_from([None, "KZ", "TR"]),
    "isin": st.sampled_from([None, "XS1263139856", "US900123CG37"]),
    "currency": st.sampled_from([None, "USD", "EUR"]),
    "coupon": st.none() | st.integers(0, 12) | st.floats(0.0, 20.0),
    "maturity": st.none() | st.dates(date(2040, 1, 1), date(2060, 1, 1)),
    "frequency": st.sampled_from([None, 1, 2, 4]),
    "day_count": st.sampled_from([None, *get_args(DayCount)]),
    "settlement_lag": st.none() | st.integers(0, 10),
    "issued": st.none() | st.dates(date(2000, 1, 1), date(2010, 1, 1)),
    "first_coupon": st.none() | st.dates(date(2011, 1, 1), date(2012, 1, 1)),
    "end_of_month": st.booleans(),
    "yield_convention": st.sampled_from(get_args(YieldConvention)),
}
PAIR: dict[str, st.SearchStrategy[Any]] = {
    **QUOTED,
    "id": NAMES,
    "base": st.sampled_from(["USD", "EUR"]),
    "quote": st.sampled_from(["KZT", "RUB"]),
    "band": st.none() | st.tuples(st.floats(0.1, 1.0), st.floats(2.0, 1e300)),
}
FACTOR: dict[str, st.SearchStrategy[Any]] = {
    **QUOTED,
    "id": NAMES,
    "move": st.sampled_from(get_args(MoveRule)),
    "unit": st.sampled_from(get_args(RateUnit)),
    "quoted": NAMES,
    "place": st.sampled_from(["KZ", "RU"]),
    "gains": st.sampled_from([None, "up", "down"]),
}
CLASSES = {mi.SovereignBond: BOND, mi.CurrencyPair: PAIR, mi.Factor: FACTOR}
PROVENANCE: dict[str, st.SearchStrategy[Any]] = {
    **{field.name: SOME for field in fields(mi.Provenance)},
    "source": WORDS,
    "kind": st.sampled_from(["observed", "reconstruction", "simulation"]),
    "adjusted": st.none() | st.booleans(),
    "dating_lag": st.none() | st.integers(-3, 3),
}
INSTRUMENTS = st.one_of(st.builds(make, **kwargs) for make, kwargs in CLASSES.items())


@st.composite
def quotes(draw: st.DrawFn) -> Quotes:
    days = np.array(sorted(draw(st.sets(st.dates(), min_size=1, max_size=6))), dtype="datetime64[D]")
    n = len(days)
    levels = np.array(draw(st.lists(PRICES, min_size=n, max_size=n)), dtype=np.float64)
    still = draw(st.none() | st.lists(st.booleans(), min_size=n, max_size=n))
    return Quotes(
        days,
        levels,
        draw(st.builds(mi.Provenance, **PROVENANCE)),
        tuple(draw(st.lists(WORDS, max_size=3))),
        None if still is None else np.array(still, dtype=np.bool_),
    )


@st.composite
def panels(draw: st.DrawFn) -> mi.Panel:
    members = draw(st.lists(INSTRUMENTS, min_size=1, max_size=2, unique_by=lambda one: one.id))
    names = draw(st.lists(NAMES, max_size=2))
    reasons = [draw(WORDS) for _ in names]
    ledger = instrument_ledger(names, reasons) if names else None
    return mi.Panel(tuple(members), tuple(draw(quotes()) for _ in members), ledger)


MOMENTS = st.datetimes(pd.Timestamp("1950-01-01"), pd.Timestamp("2060-01-01")).map(
    lambda one: one.replace(microsecond=0)
)


@st.composite
def events(draw: st.DrawFn) -> mi.EventSet:
    names = draw(st.lists(NAMES.map(str.strip), min_size=1, max_size=3, unique=True))
    made, lost = [], []
    for name in names:
        day = draw(st.booleans())
        moment = draw(MOMENTS)
        surprise = draw(st.none() | PRICES)
        try:
            one = mi.Event(
                name,
                announced_at=moment.date() if day else moment,
                zone=draw(ZONES),
                precision=draw(
                    st.sampled_from(
                        ["day", "3d", "+-2d", "before open", "after close"] if day else ["minute", "hour"]
                    )
                ),
                place=draw(st.sampled_from([None, "KZ", "RU"])),
                category=draw(SOME),
                title=draw(SOME),
                source=draw(SOME),
                surprise=surprise,
                surprise_unit=None if surprise is None else "points",
            )
        except mi.errors.InputError as error:  # a wall time that the zone skipped
            lost.append(LedgerRow(name, str(error), str(moment)))
        else:
            made.append(one)
    made = made or [mi.Event("one", announced_at="2022-01-05T16:10+06:00")]
    rejected = draw(st.lists(st.builds(LedgerRow, WORDS, WORDS, SOME), max_size=2))
    return mi.EventSet.from_events(made, rejected=[*lost, *rejected])


@st.composite
def labelled(draw: st.DrawFn) -> LabelledNumbers:
    names = draw(st.sampled_from([("event_id",), ("instrument",), ("event_id", "instrument")]))
    n = draw(st.integers(1, 4))
    labels = {name: tuple(draw(st.lists(WORDS, min_size=n, max_size=n))) for name in names}
    cells = st.lists(st.none() | PRICES, min_size=n, max_size=n).map(tuple)
    columns = draw(st.dictionaries(WORDS, cells, min_size=1, max_size=3))
    notes = tuple(draw(st.lists(WORDS, max_size=2)))
    return LabelledNumbers(labels, columns, draw(st.builds(mi.Provenance, **PROVENANCE)), notes)


BUNDLES = st.builds(
    Bundle,
    panels(),
    st.none() | events(),
    st.none() | events(),
    st.dictionaries(WORDS, panels(), max_size=1),
    characteristics=st.dictionaries(WORDS, labelled(), max_size=2),
)
