"""What every source can do, in three steps: build the request, fetch the bytes, parse them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np

from ..errors import InputError
from ..market.instruments import Instrument
from ..market.panel import Panel

__all__ = ["Request", "Source", "day_of"]


@dataclass(frozen=True, slots=True)
class Request:
    """One series asked of one source.

    Parameters
    ----------
    symbol : str
        The provider's own name of the series.
    start, end : datetime64[D], optional
        First and last session wanted, both inclusive.
    instrument : instrument, optional
        What the series quotes, where the user says so; by default the source does.
    timeout : float
        Longest wait for the network [s]; a source that reads from the disk has none.
    offline : bool
        Never touch the network.
    """

    symbol: str
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    instrument: Instrument | None = None
    timeout: float = 30.0
    offline: bool = False


class Source(Protocol):
    """A source of series: only ``read`` touches the world."""

    def check(self, request: Request) -> None:
        """Refuse a request that the source can never answer (pure)."""

    def read(self, request: Request) -> Mapping[str, bytes]:
        """Fetch what the answer is made of: bytes by name of file."""

    def parse(self, request: Request, content: Mapping[str, bytes]) -> Panel:
        """Make a panel of one member of the bytes (pure)."""


def day_of(value: object, parameter: str) -> np.datetime64 | None:
    """Read a date given as text, date or datetime64; None stays None."""
    if value is None:
        return None
    text = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
    try:
        if not text and not isinstance(value, date | np.datetime64):
            raise ValueError(str(value))
        day = np.datetime64(value, "D")  # type: ignore[call-overload]  # one of its own inputs
    except (ValueError, TypeError):
        day = np.datetime64("NaT")
    if np.isnat(day):
        raise InputError("is not a date", parameter=parameter, received=value, allowed="like '2022-01-05'")
    return np.datetime64(day, "D")
