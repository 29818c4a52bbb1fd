"""Bytes of an answer as text, rows, JSON or XML, or an error that says what came instead (pure)."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import reprlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import NoDataError, UnexpectedAnswerError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "SMALLEST",
    "check_length",
    "csv_rows",
    "day_in",
    "days_array",
    "json_of",
    "no_data",
    "number_in",
    "per_unit",
    "shortened",
    "shown",
    "text_of",
    "unexpected",
    "without_weekdays",
    "xml_of",
]

SHOWN = 80
"""Characters of an answer that an error shows."""

SMALLEST = 1e-12
"""No currency is worth so little, or so much, of another."""

MOST_ROWS = 200_000
"""No daily series has as many rows, nor have several in one answer."""

PAGE = re.compile(r"\s*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
"""How a web page begins, which often stands in the place of data."""

ENCODINGS = ("utf-8", "windows-1251", "us-ascii", "iso-8859-1")
"""Encodings in which XML is read."""

DECLARED = re.compile(r"""\bencoding\s*=\s*["']([^"']*)["']""")
"""How XML names its encoding."""

WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def shortened(text: str) -> str:
    """Give the beginning of a text, in one line, with no half of a character that nobody could write down.

    Examples
    --------
    >>> shortened("<html>" + " " * 9 + "no" * 99)[:12]
    '<html> nonon'
    """
    line = re.sub(r"\s+", " ", text).strip().encode("utf-8", "replace").decode("utf-8")
    return line if len(line) <= SHOWN else line[: SHOWN - 3] + "..."


def shown(value: object) -> str:
    """Write a value that was read, however deep or large it is.

    Examples
    --------
    >>> shown({"rate": 10**60})
    "{'rate': 100000000000000000...0000000000000000000}"
    """
    return shortened(reprlib.repr(value))


def unexpected(
    name: str, what: str, received: object = None, allowed: str | None = None
) -> UnexpectedAnswerError:
    """Make the error of an answer that is not what it used to be; ``name`` is "source:symbol"."""
    shown = shortened(received) if isinstance(received, str) else received
    return UnexpectedAnswerError(
        f"the answer {what}", parameter=name, received=shown,
        allowed=allowed or "the source's usual form: it may have changed, or something stands between",
    )  # fmt: skip


def no_data(name: str, what: str = "the source has nothing in these dates") -> NoDataError:
    """Make the error of an answer without a row."""
    return NoDataError(what, parameter=name, allowed="other dates, or another symbol")


def text_of(name: str, content: bytes, encoding: str = "utf-8-sig") -> str:
    """Decode an answer; HTML in place of data is named as such.

    Raises
    ------
    UnexpectedAnswerError
    """
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise unexpected(name, f"is not text in {encoding}", content[:SHOWN].decode("latin-1")) from error
    if PAGE.match(text):
        raise unexpected(name, "is a web page", text)
    return text


def check_length(name: str, count: int) -> None:
    """Refuse an answer of more rows than a series of days can have: reading them would take minutes.

    Raises
    ------
    UnexpectedAnswerError
    """
    if count > MOST_ROWS:
        raise unexpected(name, "is too long", count, f"up to {MOST_ROWS:,} rows")


def csv_rows(name: str, content: bytes) -> list[list[str]]:
    """Read an answer as rows of cells, empty lines left out.

    Raises
    ------
    UnexpectedAnswerError
        If it is no text, or no CSV, has too many rows, or rows of different length.
    """
    check_length(name, content.count(b"\n"))
    text = text_of(name, content)
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error as error:
        raise unexpected(name, f"is no CSV ({error})", text) from None
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise unexpected(
                name, f"has {len(row)} cells in row {number}, {len(rows[0])} in the first", ",".join(row)
            )
    return rows


def json_of(name: str, content: bytes) -> Any:
    """Read an answer as JSON.

    Raises
    ------
    UnexpectedAnswerError
    """
    text = text_of(name, content)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise unexpected(name, "is no JSON", text) from None


def xml_of(name: str, content: bytes) -> Element:
    """Read an answer as XML, in the encoding that it names, one of `ENCODINGS`, without entities or a document type.

    Raises
    ------
    UnexpectedAnswerError
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    begin = content[:400].removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    if PAGE.match(begin):
        raise unexpected(name, "is a web page", begin)
    if _encoding_in(begin) not in ENCODINGS:
        raise unexpected(name, "is no XML (encoding)", begin, "XML in " + ", ".join(ENCODINGS))
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise unexpected(name, f"is no XML ({type(error).__name__})", begin) from None
    return root


def _encoding_in(begin: str) -> str:
    """Give the encoding that XML names: the parser would take any codec of Python's, of which some are no encodings."""
    if "\x00" in begin:
        return "utf-16"
    if not begin.startswith("<?xml"):
        return "utf-8"
    head, end, _ = begin.partition("?>")
    said = DECLARED.search(head)
    return "unknown" if not end else said[1].lower() if said else "utf-8"


def day_in(name: str, cell: str, form: str) -> np.datetime64:
    """Read a date of a given form, as of ``strptime``, written in plain digits.

    Raises
    ------
    UnexpectedAnswerError
    """
    try:
        if not cell.isascii():  # strptime takes digits of other scripts
            raise ValueError(cell)
        return np.datetime64(datetime.strptime(cell, form).date(), "D")
    except (ValueError, TypeError):
        raise unexpected(name, "holds something else than a date", cell, f"dates like {form}") from None


def number_in(
    name: str, cell: str, *, decimal: str = ".", missing: Sequence[str] = ("", ".", "N/A", "NA")
) -> float:
    """Read a finite number, NaN where the cell says that there is none.

    Raises
    ------
    UnexpectedAnswerError

    Examples
    --------
    >>> number_in("cbr:USD/RUB", "28,6200", decimal=",")
    28.62
    """
    if cell in missing:
        return math.nan
    plain = cell if decimal == "." else cell.replace(".", "?").replace(decimal, ".")
    if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", plain, re.ASCII):
        value = float(plain)
        if math.isfinite(value):
            return value
    raise unexpected(
        name, "holds something else than a number", cell, f"numbers with the decimal mark {decimal!r}"
    )


def per_unit(name: str, rate: float, units: float, currency: str) -> float:
    """Give the rate of one unit of a currency that is quoted by several.

    Raises
    ------
    UnexpectedAnswerError
        If no currency can have such a rate, or the units are no whole number.

    Examples
    --------
    >>> per_unit("cbr:KZT/RUB", 17.25, 100.0, "KZT")
    0.1725
    """
    if units >= 1.0 and units.is_integer():
        value = rate / units
        if SMALLEST < value < 1.0 / SMALLEST:
            return value
    raise unexpected(
        name,
        "holds a rate that cannot be",
        f"{rate} for {units} {currency}",
        "a rate above zero of whole units",
    )


def without_weekdays(
    days: NDArray[np.datetime64], values: NDArray[np.float64], weekdays: Collection[int], why: str
) -> tuple[NDArray[np.datetime64], NDArray[np.float64], tuple[str, ...]]:
    """Leave out rows dated some days of the week, 0 for Monday; what is left out is noted.

    Examples
    --------
    >>> days = np.array(["2012-06-09", "2012-06-10"], dtype="datetime64[D]")
    >>> without_weekdays(days, np.array([32.6, 32.5]), {6}, "banks rest")[2]
    ('1 row(s) dated Sundays left out: banks rest',)
    """
    found = (days.astype(np.int64) + 3) % 7  # the first day of 1970 was a Thursday
    out = np.isin(found, list(weekdays))
    if not out.any():
        return days, values, ()
    names = " and ".join(WEEKDAYS[i] for i in sorted(set(found[out].tolist())))
    note = f"{np.count_nonzero(out)} row(s) dated {names} left out: {why}"
    return days[~out], values[~out], (note,)


def days_array(days: Sequence[np.datetime64]) -> NDArray[np.datetime64]:
    """Give days as an array, also where there are none."""
    return np.array(days, dtype="datetime64[D]")
