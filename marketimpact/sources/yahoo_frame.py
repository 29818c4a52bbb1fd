"""A frame of yfinance as bytes that are the same for the same numbers, and those bytes read again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .answers import csv_rows, day_in, days_array, number_in, shortened, unexpected

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LATE", "Frame", "canonical", "live_day", "read_frame", "twice"]

COLUMNS = ("date", "open", "high", "low", "close")

SAID = ("symbol", "currency", "instrumentType", "exchangeTimezoneName", "dataGranularity")
"""What is kept of what Yahoo says of a series; the rest changes by the minute."""

LATE = timedelta(minutes=30)
"""Exchanges' quotes come up to so much late: a day's last is no close before."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The canonical frame: one row a session, and what was said of it.

    Parameters
    ----------
    said : mapping of str to object
        What Yahoo says of the series (``symbol``, ``currency``, ...), what was asked (``adjusted``), what was found
        (``live``, the day that had not ended; ``left_out``, rows that yfinance left out; ``twice``, days that have two
        closes) and which ``package`` asked.
    days : ndarray of datetime64[D], shape (n,)
    prices : ndarray, shape (n, 4)
        Open, high, low and close; NaN where there is none.
    """

    said: Mapping[str, Any]
    days: NDArray[np.datetime64]
    prices: NDArray[np.float64]

    def text(self, key: str) -> str:
        """Give what is said as text, empty where nothing is."""
        value = self.said.get(key)
        return shortened(value) if isinstance(value, str) else ""

    def count(self, key: str) -> int:
        """Give a count, zero where there is none."""
        value = self.said.get(key)
        return value if isinstance(value, int) else 0


def canonical(frame: pd.DataFrame, said: Mapping[str, Any]) -> bytes:
    """Write a frame of yfinance: a line of JSON, a header, a row a session; numbers as Python writes them.

    Parameters
    ----------
    frame : DataFrame
        With Open, High, Low, Close, on midnights of the exchange's zone.
    said : mapping
        As of `Frame`.

    Raises
    ------
    KeyError
        If a column is missing.
    """
    days = np.array([day.date() for day in frame.index], dtype="datetime64[D]")
    prices = frame[["Open", "High", "Low", "Close"]].to_numpy(dtype=np.float64)
    lines = [json.dumps(dict(said), sort_keys=True, ensure_ascii=True), ",".join(COLUMNS)]
    for day, row in zip(days, prices.tolist(), strict=True):
        lines.append(",".join([str(day), *("" if math.isnan(one) else repr(one) for one in row)]))
    return ("\n".join(lines) + "\n").encode("ascii")


def read_frame(name: str, content: bytes) -> Frame:
    """Read what `canonical` wrote (pure).

    Raises
    ------
    UnexpectedAnswerError
        If it is nothing of the kind.
    """
    first, _, rest = content.partition(b"\n")
    try:
        said = json.loads(first)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise unexpected(name, "does not begin with a line of JSON", first[:160].decode("latin-1"))
    rows = csv_rows(name, rest)
    if not rows or tuple(rows[0]) != COLUMNS:
        raise unexpected(name, "has another header", ",".join(rows[0]) if rows else "", ",".join(COLUMNS))
    days = [day_in(name, row[0], "%Y-%m-%d") for row in rows[1:]]
    prices = [[number_in(name, cell, missing=("",)) for cell in row[1:]] for row in rows[1:]]
    return Frame(said, days_array(days), np.array(prices, dtype=np.float64).reshape(len(days), 4))


def live_day(frame: pd.DataFrame, meta: Mapping[str, Any], now: datetime) -> str | None:
    """Give the day of a last row that is no close yet: today's on its exchange, before the session has ended.

    Where Yahoo does not say when sessions end, today's row is none.
    """
    if frame.index.empty:
        return None
    last = frame.index[-1]
    if last.date() != now.astimezone(last.tzinfo).date():
        return None
    period = meta.get("currentTradingPeriod")
    regular = period.get("regular") if isinstance(period, Mapping) else None
    end = regular.get("end") if isinstance(regular, Mapping) else None
    if not isinstance(end, int):
        return str(last.date())
    at = datetime.fromtimestamp(end, UTC)
    end_day = at.astimezone(last.tzinfo).date()
    ended = end_day > last.date() or (end_day == last.date() and now >= at + LATE)
    return None if ended else str(last.date())


def twice(stamps: Sequence[Any], closes: Sequence[Any], zone: str) -> list[str]:
    """Give the days to which Yahoo gave different closes, the last day aside: there a live row may stand beside it.

    Parameters
    ----------
    stamps, closes : sequence
        As in Yahoo's answer: seconds since 1970 in UTC, and prices or None.
    zone : str
        Of the exchange.
    """
    import pandas as pd

    local = pd.to_datetime(pd.Series(list(stamps), dtype="int64"), unit="s", utc=True).dt.tz_convert(zone)
    # Yahoo misses midnight by an hour or two where clocks change: yfinance reads 22:00 and 23:00 as the next day's.
    early = (local.dt.hour >= 22) & (local.dt.minute == 0)
    days = (local + pd.to_timedelta(early.astype("int64") * 2, unit="h")).dt.strftime("%Y-%m-%d")
    closed = pd.DataFrame({"day": days, "close": list(closes)}).dropna()
    counts = closed.groupby("day")["close"].nunique()
    return [str(day) for day, count in counts.items() if count > 1 and day != days.max()]
