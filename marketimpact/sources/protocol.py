"""What every source does, in three steps: build the queries (pure), fetch the bytes, parse them (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..market.instruments import Instrument
from ..maths.frozen import Frozen, read_only
from .web import Web

__all__ = ["Block", "Query", "Request", "Source", "day_of"]


@dataclass(frozen=True, slots=True)
class Request:
    """One series asked of one source.

    Parameters
    ----------
    symbol : str
        The provider's own name of the series.
    start, end : datetime64[D], optional
        First and last session wanted, both inclusive; no start is the source's first.
    instrument : instrument, optional
        What the series quotes, where the user says so; by default the source does.
    adjusted : bool
        Whether prices are wanted as adjusted afterwards for dividends and splits, where a source has both.
    """

    symbol: str
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    instrument: Instrument | None = None
    adjusted: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One question to one provider: everything that decides the answer, and never a key.

    Parameters
    ----------
    symbol : str
        As in the request.
    url : str
        Address without its parameters; the name of a file or of a call where there is none.
    start, end : datetime64[D], optional
        First and last day that the answer covers, both inclusive.
    params : tuple of (str, str)
        Parameters of the address.
    adjusted : bool
        As in the request.
    """

    symbol: str
    url: str
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    params: tuple[tuple[str, str], ...] = ()
    adjusted: bool = False

    def __str__(self) -> str:
        said = "&".join(f"{name}={value}" for name, value in self.params)
        return f"{self.url}?{said}" if said else self.url


@dataclass(frozen=True, slots=True, eq=False)
class Block(Frozen):
    """One series as a source gave it: dates, values, and what the source declares of them.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (n,)
        As dated by the source, in the order of its rows.
    values : ndarray, shape (n,)
        In the source's unit; NaN where it has a date and no value.
    unit : str
        Unit and direction as the source declares them: "RUB per 1 EUR", "percent".
    notes : tuple of str
        What a reader must know: rows left out, fields that look odd.
    adjusted : bool, optional
        Whether prices were adjusted afterwards; None where that means nothing.
    package : str
        Name and version of the package that read or ships the answer, where one does.
    file : str
        Name of the file that was read, where one was.
    note : str
        One sentence a reader of a report must know.
    made : str
        ISO date on which that file was made, where it says so.
    """

    dates: NDArray[np.datetime64]
    values: NDArray[np.float64]
    unit: str
    notes: tuple[str, ...] = ()
    adjusted: bool | None = None
    package: str = ""
    file: str = ""
    note: str = ""
    made: str = ""

    def __post_init__(self) -> None:
        if self.dates.shape != self.values.shape or self.dates.ndim != 1:
            raise InputError("every date has one value", parameter="Block", received=len(self.dates))
        if (kinds := f"{self.dates.dtype}, {self.values.dtype}") != "datetime64[D], float64":
            raise InputError(
                "is of other kinds", parameter="Block", received=kinds, allowed="datetime64[D], float64"
            )
        read_only(self.dates, self.values)


class Source(Protocol):
    """A source of series: only ``fetch`` touches the world.

    Attributes
    ----------
    title : str
        The source in words a reader of a report understands.
    local : bool
        Whether it reads from this machine: such answers are never cached, and are there offline.
    """

    title: str
    local: bool

    def instrument(self, request: Request) -> Instrument:
        """Say what a symbol quotes, the user's word first (pure); refuse one that can never be answered."""

    def lasting(self, request: Request) -> bool:
        """Whether past values stay as they are: a cached range is then extended, else fetched whole (pure)."""

    def build(self, request: Request) -> tuple[Query, ...]:
        """Make the queries that the dates of a request take, oldest first (pure)."""

    def fetch(self, query: Query, web: Web) -> bytes:
        """Get the answer to one query."""

    def parse(self, query: Query, content: bytes) -> Block:
        """Read an answer (pure)."""


def day_of(value: object, parameter: str) -> np.datetime64 | None:
    """Read a date given as text, date or datetime64, one with a zone as its own zone has it; None stays None."""
    if value is None:
        return None
    text = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
    try:
        if isinstance(value, datetime):
            value = value.date()
        part = isinstance(value, np.datetime64) and np.datetime_data(value)[0] in ("Y", "M", "W")
        if part or (not text and not isinstance(value, date | np.datetime64)):
            raise ValueError(str(value))
        day = np.datetime64(value, "D")  # type: ignore[call-overload]  # one of its own inputs
    except (ValueError, TypeError):
        day = np.datetime64("NaT")
    if np.isnat(day):
        raise InputError("is not a date", parameter=parameter, received=value, allowed="like '2022-01-05'")
    return np.datetime64(day, "D")
