"""What a bundle says of its series and events: as plain data, and back, equal by value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import date, datetime
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError
from ..ledger import COLUMNS, Ledger, LedgerRow
from ..market.bonds import SovereignBond
from ..market.closures import Closure
from ..market.instruments import CurrencyPair, Factor, Instrument
from ..market.snapshots import Snapshot
from ..news.event_set import EventSet
from ..provenance import Provenance

__all__ = [
    "events_from",
    "events_said",
    "instrument_from",
    "instrument_said",
    "ledger_from",
    "ledger_said",
    "provenance_from",
    "provenance_said",
    "understood",
]

CLASSES: dict[str, Callable[..., Instrument]] = {
    "SovereignBond": SovereignBond,
    "CurrencyPair": CurrencyPair,
    "Factor": Factor,
}
DATES = ("maturity", "issued", "first_coupon")
SURPRISE = "surprise"


@contextmanager
def understood(name: str) -> Iterator[None]:
    """Give one typed error where the content of a file is not what a bundle holds.

    Raises
    ------
    DataError
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise DataError(
            f"is not what a bundle holds ({type(error).__name__}: {str(error)[:80]})",
            parameter=name,
            allowed="a file as write_bundle wrote it",
        ) from error


def plain(value: object, place: str) -> Any:
    """Give one value as JSON has it: text, a finite number, a switch, a date as text, or nothing.

    Raises
    ------
    InputError
        If it is something else, which could not be read back as it was.

    Examples
    --------
    >>> plain(date(2045, 7, 21), "maturity"), plain(6.5, "coupon")
    ('2045-07-21', 6.5)
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating) and isfinite(value):
        return float(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise InputError(
        "cannot stand in a bundle",
        parameter=place,
        received=repr(value)[:80],
        allowed="text, a finite number, True or False, a date, or None",
    )


def instrument_said(instrument: Instrument) -> dict[str, Any]:
    """Say what an instrument is, field by field.

    Parameters
    ----------
    instrument : Instrument

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If it is of a class of the user's, or a field holds what JSON cannot.

    Examples
    --------
    >>> said = instrument_said(CurrencyPair("USD", "KZT", snapshot="15:30 Asia/Almaty"))
    >>> said["type"], said["snapshot"]
    ('CurrencyPair', {'clock': '15:30', 'zone': 'Asia/Almaty', 'later': []})
    >>> instrument_from(said)
    CurrencyPair(base='USD', quote='KZT', id='USD/KZT', band=None, snapshot=Snapshot(clock='15:30', \
zone='Asia/Almaty', later=()), calendar=None, dating_lag=0, closures=())
    """
    name = type(instrument).__name__
    if CLASSES.get(name) is not type(instrument):
        raise InputError(
            "is an instrument of another class, which a bundle cannot hold",
            parameter=instrument.id,
            received=name,
            allowed=", ".join(CLASSES),
        )
    return {"type": name, **_fields_said(instrument)}


def _fields_said(thing: Any) -> dict[str, Any]:
    place = type(thing).__name__
    return {one.name: _said(getattr(thing, one.name), f"{place}.{one.name}") for one in fields(thing)}


def _said(value: object, place: str) -> Any:
    if isinstance(value, tuple | list):
        return [_said(one, place) for one in value]
    return _fields_said(value) if isinstance(value, Snapshot | Closure) else plain(value, place)


def instrument_from(said: Mapping[str, Any]) -> Instrument:
    """Make the instrument of its fields; those that are not there take their defaults.

    Raises
    ------
    InputError, TypeError, ValueError, LookupError
        If they are of no instrument.
    """
    values = dict(said)
    make = CLASSES[values.pop("type")]
    for name in DATES:
        if values.get(name) is not None:
            values[name] = date.fromisoformat(values[name])
    if values.get("snapshot") is not None:
        values["snapshot"] = Snapshot(**values["snapshot"])
    values["closures"] = tuple(Closure(**one) for one in values.get("closures", ()))
    return make(**values)


def provenance_said(provenance: Provenance) -> dict[str, Any]:
    """Say where a series came from, field by field.

    Examples
    --------
    >>> provenance_from(provenance_said(Provenance("the bank", unit="KZT per 1 USD"))).unit
    'KZT per 1 USD'
    """
    return {name: value for name, value in _fields_said(provenance).items() if value is not None}


def provenance_from(said: Mapping[str, Any]) -> Provenance:
    """Make the provenance of its fields."""
    return Provenance(**said)


def events_said(events: EventSet) -> dict[str, Any]:
    """Say what a set of events holds: every column as it is, and the rows that could not be read.

    Parameters
    ----------
    events : EventSet

    Returns
    -------
    dict
        ``columns``, their names in order; ``events``, one object each, without what is not given; ``rejected``.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.EventSet.from_events([mi.Event("a", announced_at="2022-01-05", zone="Asia/Almaty")])
    >>> events_said(news)["events"]
    [{'id': 'a', 'start': '2022-01-04T18:00:00', 'end': '2022-01-05T18:00:00', 'zone': 'Asia/Almaty', \
'precision': 'day'}]
    """
    times = {name: _instants_said(getattr(events, name), name) for name in ("start", "end")}
    columns = {
        "id": events.ids.tolist(),
        **times,
        **{name: array.tolist() for name, array in events.columns.items()},
    }
    rows = [
        {
            name: plain(cell, f"events.{name}")
            for name, cell in zip(columns, row, strict=True)
            if cell is not None and not (name == SURPRISE and cell != cell)  # NaN is no surprise
        }
        for row in zip(*columns.values(), strict=True)
    ]
    rejected = [[one.event_id, one.reason, one.local_time] for one in events.rejected]
    return {"columns": list(events.columns), "events": rows, "rejected": rejected}


def _instants_said(instants: NDArray[np.datetime64], name: str) -> list[str]:
    if np.isnat(instants).any():
        raise InputError("holds no instant", parameter=f"events.{name}", received="NaT", allowed="instants")
    texts: list[str] = np.datetime_as_string(instants.astype("datetime64[s]")).tolist()
    return texts


def events_from(said: Mapping[str, Any]) -> EventSet:
    """Make the set of events.

    Raises
    ------
    InputError, TypeError, ValueError, LookupError
        If it is none.
    """
    rows = said["events"]
    columns: dict[str, NDArray[Any]] = {}
    for name in said["columns"]:
        if name == SURPRISE:
            columns[name] = np.array([row.get(name, np.nan) for row in rows], dtype=np.float64)
        else:
            columns[name] = _objects([row.get(name) for row in rows])
    start, end = (_instants_from([row[name] for row in rows]) for name in ("start", "end"))
    rejected = tuple(LedgerRow(*one) for one in said["rejected"])
    return EventSet(_objects([row["id"] for row in rows]), start, end, columns, rejected)


def _objects(cells: list[Any]) -> NDArray[np.object_]:
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def _instants_from(texts: list[str]) -> NDArray[np.datetime64]:
    instants = np.array(texts, dtype="datetime64[s]")
    if np.datetime_as_string(instants).tolist() != texts:  # numpy takes "now", and dates without a time
        raise ValueError("instants are not written as YYYY-MM-DDThh:mm:ss")
    return instants


def ledger_said(ledger: Ledger | None) -> dict[str, Any] | None:
    """Say what a ledger of series holds."""
    if ledger is None:
        return None
    return {"status": ledger.status.tolist(), "asides": ledger.asides, "rows": ledger.to_dicts()}


def ledger_from(said: Mapping[str, Any] | None) -> Ledger | None:
    """Make the ledger.

    Examples
    --------
    >>> from marketimpact.ledger import instrument_ledger
    >>> ledger = instrument_ledger(["ecb:EUR/RUB", "fred:NONE"], ["", "no such series"])
    >>> ledger_from(ledger_said(ledger)) == ledger
    True
    """
    if said is None:
        return None
    columns = {name: [row[name] for row in said["rows"]] for name in COLUMNS}
    status = np.array(said["status"], dtype=np.int8)
    if len(status) != len(said["rows"]):
        raise ValueError("a ledger needs a status for each row")
    return Ledger(status, lambda: columns, int(said["asides"]))
