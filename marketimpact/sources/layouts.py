"""Layouts of files that people have: those of known vendors, by name and by header, and the user's own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass

from ..errors import InputError

__all__ = ["KNOWN", "PLAIN", "USUAL_COLUMNS", "KnownLayout", "Layout", "layout_names"]

Header = Sequence[str]
"""The cells of a header."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The form of a file, as far as the user says it; what is left out is a known layout's, or the plain form's.

    Parameters
    ----------
    delimiter : str, optional
        Between cells; the plain form has a comma.
    decimal : str, optional
        Decimal mark of numbers; the plain form has a point.
    date_format : str, optional
        A ``strptime`` format, ``"%d.%m.%Y"``, with English months; told by the cells when not given, and an order of
        day and month that they do not tell is an error.
    encoding : str, optional
        Encoding of the text; the plain form has UTF-8.
    name : str, optional
        Name of a known layout, ``"investing"``, or ``"plain"`` for none; recognised by the header when not given.
    thousands : str, optional
        Mark between groups of three digits.
    missing : tuple of str
        Cells that say "no value", beside the usual ones.
    skip : int
        Rows before the header.
    sheet : str, optional
        Sheet of a workbook that has several.
    only : (str, str), optional
        A column and a cell: rows that hold another one there are left away, ``("BOARDID", "TQOB")``.

    Raises
    ------
    InputError
        If an option is not of its form.

    Examples
    --------
    >>> Layout(delimiter=";", decimal=",", date_format="%d.%m.%Y").decimal
    ','
    """

    delimiter: str | None = None
    decimal: str | None = None
    date_format: str | None = None
    encoding: str | None = None
    _: KW_ONLY
    name: str | None = None
    thousands: str | None = None
    missing: tuple[str, ...] = ()
    skip: int = 0
    sheet: str | None = None
    only: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if self.name is not None and self.name not in layout_names():
            raise InputError(
                "is not a known layout",
                parameter="Layout.name",
                received=self.name,
                allowed=", ".join(map(repr, layout_names())),
            )
        for option in ("delimiter", "date_format", "encoding", "sheet"):
            text = getattr(self, option)
            if text is not None and not isinstance(text, str):
                raise InputError(
                    "is not a text", parameter=f"Layout.{option}", received=text, allowed="a text"
                )
        for option in ("decimal", "thousands"):
            mark = getattr(self, option)
            if mark is not None and (
                not isinstance(mark, str) or len(mark) != 1 or mark.isalnum() or mark in "+-_"
            ):
                raise InputError(
                    "is not a mark", parameter=f"Layout.{option}", received=mark, allowed="one character"
                )
        if self.thousands is not None and self.thousands == (self.decimal or "."):
            raise InputError(
                "equals the decimal mark",
                parameter="Layout.thousands",
                received=self.thousands,
                allowed="two marks that differ: decimal=',' with thousands='.'",
            )
        self._check_rows()

    def _check_rows(self) -> None:
        if isinstance(self.skip, bool) or not isinstance(self.skip, int) or self.skip < 0:
            raise InputError(
                "is not a number of rows",
                parameter="Layout.skip",
                received=self.skip,
                allowed="a whole number from 0",
            )
        missing = self.missing if isinstance(self.missing, list | tuple) else (None,)
        if not all(isinstance(cell, str) for cell in missing):
            raise InputError(
                "are not cells",
                parameter="Layout.missing",
                received=self.missing,
                allowed="texts, like ('-',)",
            )
        object.__setattr__(self, "missing", tuple(missing))
        if self.only is None:
            return
        only = self.only if isinstance(self.only, list | tuple) else ()
        if len(only) != 2 or not all(isinstance(part, str) for part in only):
            raise InputError(
                "is not a column and a cell",
                parameter="Layout.only",
                received=self.only,
                allowed="a pair of texts, like ('BOARDID', 'TQOB')",
            )
        object.__setattr__(self, "only", tuple(only))


@dataclass(frozen=True, slots=True)
class KnownLayout:
    """The form of the files of one vendor.

    Parameters
    ----------
    name : str
        Name by which it is asked for; variants share one.
    words : str
        What such a file is, in the words of notes.
    fits : callable
        Tells by the header whether a file is one.
    date : tuple of str
        Columns of the dates; the first that the file has.
    value : tuple of str
        Columns of the values where none is asked for; the first that the file has. Empty: it must be said.
    delimiter : str
        Between cells.
    decimal : str or None
        Decimal mark; None: a point or a comma, whichever the numbers have, where no mark groups thousands.
    thousands : str or None
        Mark between groups of three digits.
    missing : tuple of str
        Cells that say "no value", beside the usual ones.
    encodings : tuple of str
        Encodings in which such files come; the first in which the bytes are text.
    day_first : bool
        Whether its numeric dates have the day first, where the rows do not tell.
    lead : str or None
        A line before the header.
    tail : str or None
        A line after the rows, from which another table begins.
    key : tuple of str
        Columns that tell the series of a file which holds several apart.
    note : str
        What a reader must know of the values that are read by default.
    """

    name: str
    words: str
    fits: Callable[[Header], bool]
    _: KW_ONLY
    date: tuple[str, ...]
    value: tuple[str, ...] = ()
    delimiter: str = ","
    decimal: str | None = "."
    thousands: str | None = None
    missing: tuple[str, ...] = ()
    encodings: tuple[str, ...] = ("utf-8-sig",)
    day_first: bool = False
    lead: str | None = None
    tail: str | None = None
    key: tuple[str, ...] = ()
    note: str = ""


def _has(*columns: str) -> Callable[[Header], bool]:
    return lambda header: {*columns} <= {*header}


def _german(header: Header) -> bool:
    return header[0] == "Datum" and not {"Schluss", "Schlusskurs", "Schlußkurs"}.isdisjoint(header)


def _fred(header: Header) -> bool:
    series = header[1:]
    codes = bool(series) and all(re.fullmatch("[A-Z0-9_]+", one) for one in series)
    return header[0] in ("observation_date", "DATE") and codes


def _ecb_rates(header: Header) -> bool:
    codes = header[1:]
    # Another's table of a few currencies has another base, and one with the euro too.
    whole = {"USD", "JPY", "GBP", "CHF"} <= {*codes} and "EUR" not in codes
    return header[0] == "Date" and whole and all(re.fullmatch("[A-Z]{3}", code) for code in codes)


def _ecb_download(header: Header) -> bool:
    return [*header[:2]] == ["DATE", "TIME PERIOD"]


OHLC = ("Open", "High", "Low", "Close")

PLAIN = KnownLayout(
    "plain", "a plain table", lambda header: False, date=("date",), value=("value",), key=("ISIN",)
)
"""What is not recognised: columns "date" and "value", a comma, a decimal point, UTF-8; an "ISIN" tells bonds apart."""

KNOWN: tuple[KnownLayout, ...] = (
    KnownLayout(
        "days until", "a table of days until maturity", _has("Maturity", "Days Until"),
        date=("Maturity",), day_first=True, key=("ISIN",),
    ),
    KnownLayout(
        "investing", "an investing.com-style table", _has("Date", "Price", "Open", "High", "Low"),
        date=("Date",), value=("Price",), thousands=",", missing=("-",),
    ),
    KnownLayout(
        "investing", "an investing.com-style table in German", _has("Datum", "Zuletzt", "Hoch", "Tief"),
        date=("Datum",), value=("Zuletzt",), decimal=",", thousands=".", missing=("-",),
    ),
    KnownLayout(
        "investing", "an investing.com-style table in Russian", _has("Дата", "Цена", "Макс.", "Мин."),
        date=("Дата",), value=("Цена",), decimal=",", thousands=".", missing=("-",),
    ),
    KnownLayout(
        "yahoo", "a Yahoo table", _has("Date", *OHLC, "Adj Close"),
        date=("Date",), value=("Close",), thousands=",", missing=("null", "-"),
        note="'Close' is not adjusted for dividends; value='Adj Close' is",
    ),
    KnownLayout(
        "yahoo", "a table that yfinance wrote", _has("Date", *OHLC, "Dividends", "Stock Splits"),
        date=("Date",), value=("Close",), missing=("null", "-"),
        note="'Close' is adjusted for dividends unless auto_adjust=False was said; the file does not tell",
    ),
    KnownLayout(
        "fred", "a FRED table", _fred, date=("observation_date", "DATE"), missing=(".",),
    ),
    KnownLayout(
        "ecb", "a table of the ECB data portal", _has("KEY", "FREQ", "TIME_PERIOD", "OBS_VALUE"),
        date=("TIME_PERIOD",), value=("OBS_VALUE",), key=("KEY",),
    ),
    KnownLayout("ecb", "a download of the ECB data portal", _ecb_download, date=("DATE",), missing=("-",)),
    KnownLayout("ecb", "a table of ECB reference rates", _ecb_rates, date=("Date",)),
    KnownLayout(
        "german exchange", "a German exchange's table", _german,
        date=("Datum",), value=("Schluss", "Schlusskurs", "Schlußkurs"), delimiter=";", decimal=",", thousands=".",
        missing=("-", "--", "n/a"), encodings=("utf-8-sig", "cp1252"), day_first=True,
    ),
    KnownLayout(
        "moscow exchange", "a Moscow Exchange table", _has("BOARDID", "TRADEDATE", "SECID"),
        date=("TRADEDATE",), value=("CLOSE",), delimiter=";", decimal=None, encodings=("utf-8-sig", "cp1251"),
        day_first=True, lead="history", tail="history.cursor", key=("BOARDID", "SECID"),
    ),
)  # fmt: skip
"""Known layouts, the most particular first; no header fits two of them by another name."""

USUAL_COLUMNS = {column: "date" for known in KNOWN for column in known.date} | {
    column: "value" for known in KNOWN for column in known.value
}
"""Columns of known layouts, each with the parameter that names another."""


def layout_names() -> tuple[str, ...]:
    """Give the names of the known layouts, and that of the plain form.

    Examples
    --------
    >>> layout_names()[:3]
    ('days until', 'investing', 'yahoo')
    """
    return (*dict.fromkeys(known.name for known in KNOWN), PLAIN.name)
