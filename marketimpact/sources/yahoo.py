"""Prices of Yahoo Finance, through the package yfinance: currencies, indices, yields, futures, funds, shares.

Yahoo answers browsers alone, so yfinance passes for one, and no header names the project; its terms allow personal use.
A bar has no time: a series is "somewhere in its day" unless the user's own instrument says its snapshot.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MarketImpactError
from ..market.instruments import Instrument
from .answers import day_in, unexpected
from .asking import Passing, Question
from .protocol import Block, Query, Request
from .web import Web
from .yahoo_failures import check_answer, failure_of
from .yahoo_frame import SAID, Frame, canonical, live_day, read_frame, twice
from .yahoo_line import Line, borrowed
from .yahoo_symbols import YIELDS, about_yields, check_yields, described, in_points, pair_in, stays

__all__ = ["Yahoo"]

FIRST = np.datetime64("1927-01-01", "D")
"""Before the first day of any series; without a start yfinance would give one month."""

DAY = np.timedelta64(1, "D")

ADJUSTABLE = frozenset({"EQUITY", "ETF", "MUTUALFUND"})
"""Kinds of instrument that pay dividends: the others have one series, neither adjusted nor raw."""

WORD = "yahoo"


class Yahoo:
    """Daily closes by Yahoo's symbols.

    "KZT=X" is tenge per dollar, "EURUSD=X" dollars per euro; "^IRX", "^FVX", "^TNX" and "^TYX" are US Treasury yields,
    which are checked to be in percent; "^GSPC", "BZ=F", "EMB" are levels. Days of currencies run from midnight to
    midnight in London, and their "close" is often their open: a reaction may stand a day late.
    """

    title = "Yahoo Finance"
    local = False

    def instrument(self, request: Request) -> Instrument:
        """Say what a symbol quotes; refuse what is none."""
        return described(WORD, request)

    def lasting(self, request: Request) -> bool:
        """Say whether past values stay: those of currencies and indices do, prices change with splits and dividends."""
        return stays(request.symbol)

    def build(self, request: Request) -> tuple[Query, ...]:
        """Make the one call that there is; its end is exclusive, ours is not."""
        symbol, adjusted = request.symbol, request.adjusted and not stays(request.symbol)
        params = [("start", str(FIRST if request.start is None else max(request.start, FIRST)))]
        if request.end is not None:
            params.append(("end", str(request.end + DAY)))
        params += [
            ("interval", "1d"),
            ("auto_adjust", str(adjusted)),
            ("actions", "False"),
            ("keepna", "True"),
        ]
        return (
            Query(symbol, f"Ticker({symbol}).history", request.start, request.end, tuple(params), adjusted),
        )

    def fetch(self, query: Query, web: Web) -> bytes:
        """Have yfinance ask, and give its frame as bytes.

        Raises
        ------
        RateLimitedError, UnknownSymbolError, NoDataError, SourceDownError, UnexpectedAnswerError, SourceError
            By what happened, with what yfinance raised as the cause.
        """
        return web.patiently(lambda: _once(query, web), symbol=query.symbol)

    def parse(self, query: Query, content: bytes) -> Block:
        """Read the closes.

        Raises
        ------
        UnexpectedAnswerError
            If the frame is none, is of another symbol, unit or frequency, gives a day two closes, or holds yields that
            cannot be in percent.
        """
        name = f"{WORD}:{query.symbol}"
        frame = read_frame(name, content)
        _check_said(name, query, frame)
        notes: list[str] = []
        days, prices = _within(name, query, frame, notes)
        closes = prices[:, 3].copy()
        unit = _unit(name, query.symbol, frame, days, closes, notes)
        note = _about_closes(query.symbol, prices, notes)
        kind = frame.text("instrumentType")
        adjusted = frame.said.get("adjusted") is True if kind in ADJUSTABLE else None
        if adjusted is False:
            notes.append("raw closes of Yahoo: adjusted for splits, not for dividends")
        return Block(
            days.copy(), closes, unit, tuple(notes), adjusted, package=frame.text("package"), note=note
        )  # fmt: skip


def _once(query: Query, web: Web) -> bytes:
    question = Question(
        web.source, query.symbol, web.options, web.deadline, lambda host: web.pause(host, symbol=query.symbol)
    )  # fmt: skip
    line = Line(web, question)
    with borrowed(line) as session:
        try:
            content = _asked(query, session, line)
        except (MarketImpactError, Passing):
            raise
        except Exception as error:  # yfinance lets out whatever its reading of an odd answer trips over
            raise failure_of(error, line) from error
    check_answer(line)
    return content


def _asked(query: Query, session: Any, line: Line) -> bytes:
    """Ask once, and write down what came."""
    import yfinance

    said = dict(query.params)
    end = said.get("end")
    ticker = yfinance.Ticker(query.symbol, session=session)
    frame = ticker.history(
        start=date.fromisoformat(said["start"]),
        end=None if end is None else date.fromisoformat(end),
        interval="1d",
        auto_adjust=query.adjusted,
        actions=False,
        keepna=True,
        timeout=line.web.options.timeout,
    )
    result = json.loads(line.heard.body)["chart"]["result"][0]
    meta, stamps, closes = result["meta"], result["timestamp"], result["indicators"]["quote"][0]["close"]
    return canonical(
        frame,
        {key: meta.get(key) for key in SAID if isinstance(meta.get(key), str)}
        | {
            "adjusted": query.adjusted,
            "left_out": len(stamps) - len(frame),
            "live": live_day(frame, meta, datetime.now(UTC)),
            "package": f"yfinance {yfinance.__version__}",
            "twice": twice(stamps, closes, meta["exchangeTimezoneName"]),
        },
    )


def _check_said(name: str, query: Query, frame: Frame) -> None:
    """Compare what Yahoo says of a series with what was asked for."""
    symbol, every = frame.text("symbol"), frame.text("dataGranularity")
    if symbol and symbol != query.symbol:
        raise unexpected(name, "is of another symbol", symbol, query.symbol)
    if every not in ("", "1d"):
        raise unexpected(name, "is not daily", every, "1d")
    if frame.said.get("adjusted") is not query.adjusted:
        raise unexpected(name, "does not say whether it is adjusted as asked", frame.said.get("adjusted"))
    days = frame.said.get("twice")
    if days:
        raise unexpected(name, "gives a day two closes", str(days), "one close a day")
    kind = frame.text("instrumentType")
    if pair_in(query.symbol) is not None and kind not in ("", "CURRENCY"):
        raise unexpected(name, "is of no currency", kind, "CURRENCY")


def _within(
    name: str, query: Query, frame: Frame, notes: list[str]
) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Give the rows that were asked for and have ended; what is left out is noted."""
    days, prices = frame.days, frame.prices.copy()
    said = frame.text("live")
    live = days == (day_in(name, said, "%Y-%m-%d") if said else np.datetime64("NaT", "D"))
    inside = np.ones(len(days), dtype=bool)
    if query.start is not None:
        inside &= days >= query.start
    if query.end is not None:
        inside &= days <= query.end
    if live.any():
        notes.append(f"the row of {days[live][0]} was no close yet: left out")
    if (outside := np.count_nonzero(~inside & ~live)) > 0:
        notes.append(f"{outside} row(s) outside the dates asked for: left out")
    if (merged := frame.count("left_out")) > 0:
        notes.append(f"{merged} row(s) of Yahoo left out by yfinance: a day given twice, or after the end")
    kept = inside & ~live
    empty = kept & np.all(prices == 0.0, axis=1)
    if empty.any():
        notes.append(f"{np.count_nonzero(empty)} row(s) of zeros alone: not quoted")
        prices[empty] = np.nan
    return days[kept], prices[kept]


def _unit(
    name: str,
    symbol: str,
    frame: Frame,
    days: NDArray[np.datetime64],
    closes: NDArray[np.float64],
    notes: list[str],
) -> str:
    """Give the unit: declared where Yahoo's word can be trusted, checked where it cannot."""
    currency, pair = frame.text("currency"), pair_in(symbol)
    if pair is not None:
        if currency != pair[1]:
            raise unexpected(name, "is in another currency", currency, pair[1])
        return f"{pair[1]} per {pair[0]}"
    if symbol in YIELDS:
        check_yields(name, symbol, days, closes)
        notes.append(about_yields(symbol, closes, currency))
        return "percent"
    return "points" if in_points(symbol) else currency


def _about_closes(symbol: str, prices: NDArray[np.float64], notes: list[str]) -> str:
    """Count the days of a currency whose close is their open; give the sentence a reader must know when most are."""
    if pair_in(symbol) is None:
        return ""
    quoted = np.isfinite(prices[:, 3])
    same = np.count_nonzero(quoted & (prices[:, 0] == prices[:, 3]))
    if same == 0:
        return ""
    said = f"{same} of {np.count_nonzero(quoted)} days have Open == Close"
    notes.append(f"{said}: the 'close' may be the open, and a move stand a day late")
    if 2 * same <= np.count_nonzero(quoted):
        return ""
    return f"Most of Yahoo's closes of {symbol} equal the open: a move may stand a day late."
