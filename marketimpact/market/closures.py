"""Days on which a market was shut, as the user knows them: they belong to a market, not to an exchange."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..delimited import iso_date
from ..errors import InputError

__all__ = ["Closure", "closed_days", "closures_of"]


@dataclass(frozen=True, slots=True)
class Closure:
    """A span of days on which a market was shut; a quote that carries such a day is no quote.

    One exchange can shut its markets for different days: in January 2022 Almaty shut government securities from 6
    to 9, shares from 6 to 10 and currencies from 6 to 11.

    Parameters
    ----------
    first, last : date or str
        First and last day, both inclusive, the text like "2022-01-06"; kept as ``datetime.date``.
    reason : str, optional
        Why it was shut.
    market : str, optional
        Which market was shut.

    Raises
    ------
    InputError
        If a day is not a date, the last is before the first, or a word is not text.

    Examples
    --------
    >>> print(Closure("2022-01-06", "2022-01-11", reason="state of emergency", market="KASE currency"))
    2022-01-06 to 2022-01-11 (KASE currency: state of emergency)
    """

    first: date | str
    last: date | str
    _: KW_ONLY
    reason: str = ""
    market: str = ""

    def __post_init__(self) -> None:
        first, last = _day(self.first, "Closure.first"), _day(self.last, "Closure.last")
        if last < first:
            raise InputError(
                f"is before the first day, {first}",
                parameter="Closure.last",
                received=str(last),
                allowed="the last closed day, the same as the first or later",
            )
        object.__setattr__(self, "first", first)
        object.__setattr__(self, "last", last)
        for name in ("reason", "market"):
            if not isinstance(getattr(self, name), str):
                raise InputError(
                    "is not text", parameter=f"Closure.{name}", received=getattr(self, name), allowed="text"
                )

    @property
    def span(self) -> str:
        """Its days in words."""
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"

    def __str__(self) -> str:
        about = ": ".join(word for word in (self.market, self.reason) if word)
        return f"{self.span} ({about})" if about else self.span


def _day(value: object, parameter: str) -> date:
    if isinstance(value, str):
        try:
            return iso_date(value)
        except ValueError:
            pass
    elif isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise InputError(
        "is not a date",
        parameter=parameter,
        received=value,
        allowed="datetime.date, or text like '2022-01-06'",
    )


def closures_of(value: object, parameter: str = "closures") -> tuple[Closure, ...]:
    """Read closures and put them in order of time.

    Parameters
    ----------
    value : tuple or list
        Of `Closure`, (first, last), (first, last, reason) or (first, last, reason, market).
    parameter : str
        Its name in errors.

    Returns
    -------
    tuple of Closure

    Raises
    ------
    InputError
        If one is not a closure, or two overlap.

    Examples
    --------
    >>> print(*closures_of([("2022-02-28", "2022-03-18"), ("2022-01-06", "2022-01-09", "unrest")]), sep=", ")
    2022-01-06 to 2022-01-09 (unrest), 2022-02-28 to 2022-03-18
    """
    if not isinstance(value, tuple | list):
        raise _no_closures(value, parameter)
    closures = tuple(sorted((_closure(one, parameter) for one in value), key=lambda one: str(one.first)))
    for before, after in pairwise(closures):
        if str(after.first) <= str(before.last):
            raise InputError(
                f"{before} and {after} overlap",
                parameter=parameter,
                received=[one.span for one in closures],
                allowed="closures that share no day; join these into one",
            )
    return closures


def _closure(value: object, parameter: str) -> Closure:
    if isinstance(value, Closure):
        return value
    if not isinstance(value, tuple | list) or not 2 <= len(value) <= 4:
        raise _no_closures(value, parameter)
    reason, market = (*value[2:], "", "")[:2]
    return Closure(value[0], value[1], reason=reason, market=market)


def _no_closures(value: object, parameter: str) -> InputError:
    return InputError(
        "is not a closure",
        parameter=parameter,
        received=value,
        allowed="a list of Closure, (first, last), (first, last, reason) or (first, last, reason, market), like"
        " [('2022-01-06', '2022-01-11')]",
    )


def closed_days(closures: tuple[Closure, ...], dates: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Say which days lie in a closure.

    Parameters
    ----------
    closures : tuple of Closure
    dates : ndarray of datetime64[D], shape (n,)

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> days = np.array(["2022-01-05", "2022-01-06", "2022-01-12"], dtype="datetime64[D]")
    >>> closed_days((Closure("2022-01-06", "2022-01-11"),), days).tolist()
    [False, True, False]
    """
    closed = np.zeros(len(dates), dtype=np.bool_)
    for closure in closures:
        closed |= (dates >= np.datetime64(closure.first, "D")) & (dates <= np.datetime64(closure.last, "D"))
    return closed
