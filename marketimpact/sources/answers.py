"""Bytes of an answer as text, rows, JSON or XML, or an error that says what came instead (pure)."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import NoDataError, UnexpectedAnswerError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "csv_rows",
    "day_in",
    "days_array",
    "json_of",
    "no_data",
    "number_in",
    "shortened",
    "text_of",
    "unexpected",
    "xml_of",
]

SHOWN = 80
"""Characters of an answer that an error shows."""


def shortened(text: str) -> str:
    """Give the beginning of a text, in one line.

    Examples
    --------
    >>> shortened("<html>" + " " * 9 + "no" * 99)[:12]
    '<html> nonon'
    """
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= SHOWN else line[: SHOWN - 3] + "..."


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
    if re.match(r"\s*<(!doctype\s+html|html|head|body)\b", text, re.IGNORECASE):
        raise unexpected(name, "is a web page", text)
    return text


def csv_rows(name: str, content: bytes) -> list[list[str]]:
    """Read an answer as rows of cells, empty lines left out.

    Raises
    ------
    UnexpectedAnswerError
        If it is no text, or no CSV, or rows are of different length.
    """
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
    """Read an answer as XML, in the encoding that it names, without entities or a document type.

    Raises
    ------
    UnexpectedAnswerError
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise unexpected(
            name, f"is no XML ({type(error).__name__})", content[:400].decode("latin-1")
        ) from None
    return root


def day_in(name: str, cell: str, form: str) -> np.datetime64:
    """Read a date of a given form, as of ``strptime``.

    Raises
    ------
    UnexpectedAnswerError
    """
    try:
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
    plain = cell.replace(decimal, ".") if decimal != "." and "." not in cell else cell
    if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", plain, re.ASCII):
        value = float(plain)
        if math.isfinite(value):
            return value
    raise unexpected(
        name, "holds something else than a number", cell, f"numbers with the decimal mark {decimal!r}"
    )


def days_array(days: Sequence[np.datetime64]) -> NDArray[np.datetime64]:
    """Give days as an array, also where there are none."""
    return np.array(days, dtype="datetime64[D]")
