"""What went wrong under yfinance: read off Yahoo's last answer where there is one, else off what was raised."""

from __future__ import annotations

import json
from typing import Any

from ..errors import NoDataError, SourceError, UnexpectedAnswerError, UnknownSymbolError
from .answers import no_data, shortened, unexpected
from .asking import Passing, chain_of
from .yahoo_line import Heard, Line

__all__ = ["check_answer", "failure_of"]

NO_DATES = "exist for startdate"
"""How Yahoo says that it has nothing in the dates asked for."""

NOT_FOUND = ("not found", "no data found")
"""How Yahoo says that it has no such symbol."""

DOWN = "will be right back"
"""How Yahoo says that it is down, with status 200."""

TOO_LARGE = 63
"""Curl's number of an answer above the limit."""

UNTRUSTED = frozenset({"SSLError", "CertificateVerifyError"})
LATE = frozenset({"Timeout", "TimeoutError"})
BROKEN_OFF = frozenset({"ChunkedEncodingError", "IncompleteRead", "ProtocolError"})
UNREACHED = frozenset({"ConnectionError", "ProxyError"})
ASTRAY = frozenset({"TooManyRedirects", "InvalidSchema", "MissingSchema", "InvalidURL"})
"""Names of classes of requests, of curl_cffi, or of both: either may be what yfinance asks with."""


def check_answer(line: Line) -> None:
    """Refuse an answer that yfinance took although its status is that of a failure.

    Raises
    ------
    Passing, SourceError
    """
    failure = _of_status(line)
    if failure is not None:
        raise failure


def failure_of(error: Exception, line: Line) -> Passing | SourceError:
    """Give the error to raise for what yfinance raised; `Passing` where another try may help.

    Parameters
    ----------
    error : Exception
        Of yfinance, or of what it asks with.
    line : Line
        With the last answer heard.
    """
    if line.heard.status_code:
        found = _of_status(line) or _of_words(line)
        if found is not None:
            return found
    else:
        # Without curl_cffi, yfinance trips over its own handling of a broken connection: the cause stands behind.
        for one in chain_of(error):
            if (broken := _of_connection(one, line)) is not None:
                return broken
    kind = type(error).__name__
    if kind == "YFRateLimitError":
        return _judged(Heard(429), line) or _odd(error, line)
    if kind == "YFTzMissingError":
        return _unknown(line)
    if kind == "YFPricesMissingError":
        return _nothing(line)
    return _odd(error, line)


def _of_status(line: Line) -> Passing | SourceError | None:
    """Read the status of the last answer with prices; 200 says nothing."""
    heard = line.heard
    if heard.status_code in (400, 422) and NO_DATES in _complaint(heard.body).lower():
        return _nothing(line)
    return _judged(heard, line)


def _judged(heard: Heard, line: Line) -> Passing | SourceError | None:
    try:
        line.question.check_status(heard)
    except (Passing, SourceError) as failure:
        return failure
    return None


def _of_words(line: Line) -> Passing | SourceError | None:
    """Read the last answer with prices, which came with status 200; None where it has prices."""
    body = line.heard.body
    if DOWN in body[:4096].decode("latin-1").lower():
        return Passing(line.question.down("it says that it is down"))
    said = _complaint(body)
    if NO_DATES in said.lower():
        return _nothing(line)
    if any(words in said.lower() for words in NOT_FOUND):
        return _unknown(line)
    if said:
        return unexpected(_name(line), "is a complaint", said)
    chart = _chart(body)
    if chart is None:
        return unexpected(_name(line), "is none of Yahoo's", body[:400].decode("latin-1"))
    return _nothing(line) if _empty(chart) else None


def _of_connection(error: BaseException, line: Line) -> Passing | SourceError | None:
    """Say what broke before there was an answer, in words that hold no address."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & UNTRUSTED:
        return line.question.down("its certificate cannot be trusted")
    if kinds & LATE:
        how, limit = "it did not answer in time", f"timeout={line.web.options.timeout:g} s"
        return Passing(line.question.down(how, limit)) if line.web.deadline.left else line.question.too_long()
    if kinds & BROKEN_OFF:
        return Passing(line.question.down("its answer broke off"))
    if getattr(error, "code", None) == TOO_LARGE:
        return line.too_large()
    if kinds & ASTRAY:
        return line.question.unexpected(f"it sends us where we do not go ({type(error).__name__})")
    if kinds & UNREACHED:
        return Passing(line.question.down(_how_broken(error)))
    return None


def _how_broken(error: BaseException) -> str:
    text = repr(error)
    if "NameResolution" in text or "DNSError" in text:
        return "its name is not known here (no network?)"
    return (
        "the connection is refused"
        if "refused" in text or "Could not connect" in text
        else "the connection broke"
    )


def _chart(body: bytes) -> dict[str, Any] | None:
    try:
        chart = json.loads(body)["chart"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return chart if isinstance(chart, dict) else None


def _complaint(body: bytes) -> str:
    """Give what Yahoo says is wrong, empty where it says nothing."""
    error = (_chart(body) or {}).get("error")
    if not isinstance(error, dict):
        return "" if error is None else shortened(str(error))
    return shortened(f"{error.get('code', '')}: {error.get('description', '')}")


def _empty(chart: dict[str, Any]) -> bool:
    """Whether a chart has no row: that it says so in several ways is nothing odd."""
    result = chart.get("result")
    if "result" in chart and not result:
        return True
    first = result[0] if isinstance(result, list) else None
    return isinstance(first, dict) and "indicators" in first and not first.get("timestamp")


def _odd(error: Exception, line: Line) -> UnexpectedAnswerError:
    """Make the error of an answer that has prices, and something that yfinance trips over.

    Errors of a connection show addresses: their words are kept out.
    """
    words = error.args[0] if len(error.args) == 1 else error
    shown = "" if isinstance(error, OSError) else shortened(str(words))
    return unexpected(
        _name(line),
        f"has something in it that yfinance cannot read ({type(error).__name__})",
        shown or None,
    )


def _unknown(line: Line) -> UnknownSymbolError:
    return UnknownSymbolError(
        f"{line.web.source} knows no such series", parameter="symbols", received=_name(line),
        allowed="a symbol of this source",
    )  # fmt: skip


def _nothing(line: Line) -> NoDataError:
    return no_data(_name(line))


def _name(line: Line) -> str:
    return f"{line.web.source}:{line.question.symbol}"
