"""Since when currencies have the unit that their code names today: some banks put earlier rates under the same code."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..errors import InputError
from ..market.instruments import CurrencyPair
from .protocol import Request

__all__ = ["FIRST_DAYS", "first_day", "since_their_units"]

FIRST_DAYS = {
    "AZN": "2006-01-01", "BGN": "1999-07-05", "BRL": "1994-07-01", "BYN": "2016-07-01", "GEL": "1995-10-02",
    "KZT": "1993-11-15", "PLN": "1995-01-01", "RON": "2005-07-01", "RUB": "1998-01-01", "TJS": "2000-10-30",
    "TMT": "2009-01-01", "TRY": "2005-01-01", "UAH": "1996-09-02", "UZS": "1994-07-01",
}  # fmt: skip
"""First day of a unit that took the place of another, for 500 to a million of the old, by ISO 4217's amendments."""


def first_day(base: str, quote: str, own: Mapping[str, str] | None = None) -> np.datetime64:
    """Give the first day on which both currencies of a pair have their units of today.

    Parameters
    ----------
    base, quote : str
        ISO 4217 codes.
    own : mapping, optional
        Days on which a source itself took to the new unit, where they differ.

    Examples
    --------
    >>> str(first_day("BYN", "RUB"))
    '2016-07-01'
    """
    known = {**FIRST_DAYS, **(own or {})}
    return max(np.datetime64(known.get(one, "1970-01-01"), "D") for one in (base, quote))


def since_their_units(
    word: str, request: Request, pair: CurrencyPair, own: Mapping[str, str] | None = None
) -> CurrencyPair:
    """Refuse a request that begins before a currency had its unit of today: give the pair.

    Raises
    ------
    InputError
    """
    first = first_day(pair.base, pair.quote, own)
    if request.start is not None and request.start < first:
        raise InputError(
            "lies before one of the currencies had its unit of today: earlier rates are of another money",
            parameter="start", received=f"{request.start} for {word}:{request.symbol}", allowed=f"{first} or later",
        )  # fmt: skip
    return pair
