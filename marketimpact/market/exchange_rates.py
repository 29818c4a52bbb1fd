"""Currency pairs made of currency pairs: the inverse, and the cross of two from one snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError
from .derived import derived_panel
from .instruments import CurrencyPair, Instrument
from .panel import Panel
from .quotes import Quotes
from .snapshots import snapshot_of

__all__ = [
    "check_one_snapshot",
    "cross_rate",
    "inverse",
    "levels_on",
    "pair_of",
    "shared_calendar",
    "shared_sessions",
]


def pair_of(panel: Panel, name: str) -> CurrencyPair:
    """Give a member that is a currency pair.

    Raises
    ------
    InputError
        If it is not in the panel, or is something else.
    """
    found = panel.instrument(name)
    if not isinstance(found, CurrencyPair):
        raise InputError(
            "is not a currency pair",
            parameter=name,
            received=type(found).__name__,
            allowed="a member that is a CurrencyPair",
        )
    return found


def inverse(panel: Panel, name: str, *, id: str | None = None) -> Panel:
    """Quote a currency pair the other way round: KZT/USD from USD/KZT.

    The sessions, the snapshot and the calendar stay; a declared band is inverted with the rate. A dating lag and
    closures have been applied when the pair was loaded.

    Parameters
    ----------
    panel : Panel
    name : str
        Id of a currency pair in the panel.
    id : str, optional
        Id of the new pair; ``"KZT/USD"`` when not given.

    Returns
    -------
    Panel
        Of one member: join it to others with ``Panel.join``.

    Raises
    ------
    InputError
        If the member is unknown or is no currency pair.

    Examples
    --------
    >>> import pandas as pd
    >>> from marketimpact.market.instruments import CurrencyPair
    >>> frame = pd.DataFrame({"USD/KZT": [400.0, 500.0]}, index=pd.to_datetime(["2022-01-04", "2022-01-05"]))
    >>> panel = Panel.from_frame(frame, instruments=CurrencyPair("USD", "KZT"))
    >>> inverse(panel, "USD/KZT")["KZT/USD"].tolist()
    [0.0025, 0.002]
    """
    pair, quotes = pair_of(panel, name), panel.quotes_of(name)
    band = None if pair.band is None else (1.0 / pair.band[1], 1.0 / pair.band[0])
    turned = replace(pair, base=pair.quote, quote=pair.base, id=id or "", band=band)
    return derived_panel(
        turned, quotes.sessions, 1.0 / quotes.levels, [quotes], f"inverse of {name}", notes=quotes.notes
    )


def cross_rate(
    panel: Panel, one: str, other: str, *, base: str | None = None, id: str | None = None
) -> Panel:
    """Make the cross rate of two pairs that share a currency, from one and the same snapshot.

    Where the shared currency is the base of both, or the quote of both, the cross is the first rate over the second:
    EUR/RUB and EUR/USD give USD/RUB. Where it is the quote of one and the base of the other, the cross is their
    product: EUR/USD and USD/RUB give EUR/RUB. ``base`` turns the result. Rates of two instants are no cross rate: a
    move between them would look like one of the cross. A declared band is not carried over.

    Parameters
    ----------
    panel : Panel
    one, other : str
        Ids of two currency pairs in the panel.
    base : str, optional
        Currency that the cross is the price of; the other one is the quote.
    id : str, optional
        Id of the new pair; ``"USD/RUB"`` when not given.

    Returns
    -------
    Panel
        Of one member, on the dates on which both are quoted. Its notes say how many dates have one alone.

    Raises
    ------
    InputError
        If a member is unknown or is no currency pair, they do not share one currency, their snapshots differ or
        are not declared, or ``base`` is not one of the two other currencies.
    DataError
        If they are never quoted on one date.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:EUR/RUB", "ecb:EUR/USD"], start="2022-02-23", end="2022-02-25")
    >>> cross_rate(panel, "EUR/RUB", "EUR/USD")["USD/RUB"].round(4).tolist()
    [80.112, 85.7453, 82.5315]
    """
    pairs = [pair_of(panel, name) for name in (one, other)]
    check_one_snapshot(pairs)
    ends, shared = _ends(pairs)
    own = ends if pairs[0].quote == shared else ends[::-1]
    if base not in (None, *own):
        raise InputError(
            "is not a currency of the cross",
            parameter="base",
            received=base,
            allowed=" or ".join(map(repr, own)),
        )
    wanted = own[::-1] if base == own[1] else own
    quotes = [panel.quotes_of(name) for name in (one, other)]
    sessions, left_out = shared_sessions(quotes, f"{one} and {other}")
    # What a unit of each end is worth in the shared currency, as a fraction: products with 1 are exact.
    above: dict[str, NDArray[np.float64] | float] = {}
    below: dict[str, NDArray[np.float64] | float] = {}
    for end, pair, each in zip(ends, pairs, quotes, strict=True):
        rate = levels_on(each, sessions)
        above[end], below[end] = (rate, 1.0) if pair.quote == shared else (1.0, rate)
    levels = np.asarray(above[wanted[0]] * below[wanted[1]] / (below[wanted[0]] * above[wanted[1]]))
    calendar, said = shared_calendar(pairs)
    cross = CurrencyPair(*wanted, id=id or "", snapshot=pairs[0].snapshot, calendar=calendar)
    how = f"cross rate of {one} and {other}"
    return derived_panel(cross, sessions, levels, quotes, how, notes=[*left_out, *said])


def _ends(pairs: Sequence[CurrencyPair]) -> tuple[tuple[str, str], str]:
    """Give the currency that each of two pairs has for itself, and the one that they share."""
    first, second = ({pair.base, pair.quote} for pair in pairs)
    if len(first & second) != 1:
        raise InputError(
            "share no currency" if not first & second else "are the same two currencies",
            parameter="one, other",
            received=[f"{pair.id}: {pair.quoted_unit}" for pair in pairs],
            allowed="two pairs that share one currency, like 'EUR/RUB' and 'EUR/USD'",
        )
    return ((first - second).pop(), (second - first).pop()), (first & second).pop()


def check_one_snapshot(instruments: Iterable[Instrument]) -> None:
    """Refuse series that are not quoted at one and the same known instant of their sessions.

    Raises
    ------
    InputError
        If a snapshot is not declared, or they differ.
    """
    snapshots = {one.id: snapshot_of(one.snapshot) for one in instruments}
    unknown = [name for name, snapshot in snapshots.items() if snapshot is None]
    if unknown:
        raise InputError(
            "has no declared snapshot, so that its quotes may be of another instant than the others'",
            parameter="snapshot",
            received=", ".join(unknown),
            allowed="snapshot='16:00 Europe/London' on every one of them, where that is when they are quoted",
        )
    found = set(snapshots.values())
    if len(found) > 1:
        raise InputError(
            "differ: a move between two instants would look like one of the result",
            parameter="snapshot",
            received={name: str(snapshot) for name, snapshot in snapshots.items()},
            allowed="series of identical snapshots",
        )


def shared_sessions(quotes: Sequence[Quotes], said: str) -> tuple[NDArray[np.datetime64], list[str]]:
    """Give the dates on which all of several series are quoted, and a note of how many have some of them alone.

    Parameters
    ----------
    quotes : sequence of Quotes
    said : str
        The series in words, for the note and the error.

    Raises
    ------
    DataError
        If there is no such date.
    """
    each = [one.sessions for one in quotes]
    sessions = reduce(np.intersect1d, each)
    if not len(sessions):
        raise DataError(
            "are never quoted on one date",
            parameter=said,
            received=[f"{one[0]} to {one[-1]}" for one in each],
            allowed="series that overlap in time",
        )
    total = len(reduce(np.union1d, each))
    if total == len(sessions):
        return sessions, []
    return sessions, [f"{total - len(sessions)} of {total} dates without all of {said}: not quoted"]


def levels_on(quotes: Quotes, sessions: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Read levels on sessions of which each is quoted, shape of ``sessions``."""
    return quotes.levels[np.searchsorted(quotes.sessions, sessions)]


def shared_calendar(instruments: Iterable[Instrument]) -> tuple[str | None, list[str]]:
    """Give the calendar of several series if they have one, else Monday to Friday (None) and a note that says so."""
    found = {one.calendar for one in instruments}
    if len(found) == 1:
        return found.pop(), []
    names = ", ".join(sorted(name or "Monday to Friday" for name in found))
    return None, [f"made of series with several calendars ({names}): Monday to Friday are expected"]
