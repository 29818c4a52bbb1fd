"""What a study file may hold: its keys, the form of each value, and tables checked against both."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from ..errors import InputError, MarketImpactError, RateLimitedError
from ..market.bonds import SovereignBond
from ..market.instruments import CurrencyPair, Factor
from ..news.event import FIELDS
from .study_forms import FORMS

__all__ = [
    "CHARACTERISTICS",
    "COLUMNS",
    "CURVE",
    "DATED",
    "EVENT",
    "FETCH",
    "INSTRUMENTS",
    "LAYOUT",
    "MODELS",
    "NEWS",
    "NEWS_WAYS",
    "OUTPUT",
    "POLICIES",
    "SERIES",
    "SERIES_WAYS",
    "STUDY",
    "TOP",
    "WITHOUT_KEYS",
    "CheckedTable",
    "blamed",
    "checked",
]

Keys = Mapping[str, str]
"""Keys of a table, each with its form."""

TOP: Keys = {
    "title": "text", "events": "table", "series": "tables", "study": "table", "confounders": "table",
    "output": "table", "regression": "tables", "association": "tables", "fetch": "table",
}  # fmt: skip
NEWS: Keys = {
    "file": "text", "dataset": "text", "list": "tables", "zone": "text", "select": "texts",
    "columns": "table", "delimiter": "character", "encoding": "text", "format": "format",
}  # fmt: skip
COLUMNS: Keys = dict.fromkeys(FIELDS, "text")
EVENT: Keys = {**COLUMNS, "announced_at": "moment", "surprise": "number"}
QUOTED: Keys = {
    "id": "text", "snapshot": "text", "calendar": "text", "dating_lag": "whole", "closures": "closures",
}  # fmt: skip
INSTRUMENTS: dict[str, tuple[type[SovereignBond | CurrencyPair | Factor], Keys, tuple[str, ...]]] = {
    "bond": (
        SovereignBond,
        {
            **QUOTED, "quoted": "text", "yield_unit": "text", "issuer": "text", "isin": "text", "currency": "text",
            "coupon": "number", "maturity": "date", "frequency": "whole", "day_count": "text",
            "settlement_lag": "whole", "issued": "date", "first_coupon": "date", "end_of_month": "switch",
            "yield_convention": "text",
        },
        ("id", "quoted"),
    ),
    "currency": (CurrencyPair, {**QUOTED, "base": "text", "quote": "text", "band": "band"}, ("base", "quote")),
    "factor": (
        Factor,
        {**QUOTED, "move": "text", "unit": "text", "quoted": "text", "place": "text", "gains": "text"},
        ("id",),
    ),
}  # fmt: skip
"""Instruments by their key in a series: the class, its keys and those that must be given."""

LAYOUT: Keys = {
    "layout": "layout", "delimiter": "character", "decimal": "character", "date_format": "text", "encoding": "text",
    "thousands": "character", "missing": "texts", "skip": "whole", "sheet": "text", "only": "texts",
}  # fmt: skip
"""Keys of `Layout`; that of its name is ``layout``."""

SERIES: Keys = {
    "source": "text or texts", "file": "text", "dataset": "text", "start": "date", "end": "date", "date": "text",
    "value": "text", **LAYOUT, **dict.fromkeys(INSTRUMENTS, "table"), "kind": "text", "note": "text",
    "requote": "requote", "adjusted": "switch",
}  # fmt: skip
FETCH: Keys = {
    "timeout": "number", "total": "number", "retries": "whole", "rate": "number", "largest": "whole",
    "cache": "file or switch",
}  # fmt: skip
"""Keys of `FetchOptions`, but adjusted prices, which each series says for itself."""

POLICIES: Keys = {
    "roll": "roll", "latency": "whole", "spanned": "spanned", "contamination": "contamination",
    "frozen": "frozen", "same_session": "same session",
}  # fmt: skip
STUDY: Keys = {
    "pairs": "pairs", "estimation": "window", "event": "window", "min_estimation": "whole", "windows": "windows",
    "model": "model", "benchmark": "text", "basket": "texts", "factors": "texts", "curve": "table", "donors": "texts",
    "n_components": "whole", "volatility": "volatility", "level": "number",
    "move": "move", "cluster": "cluster", "seed": "whole", **POLICIES,
}  # fmt: skip
OUTPUT: Keys = {
    "folder": "text", "png": "switch", "csv": "switch", "json": "switch", "sheet": "switch",
    "bundle": "form of bundle",
}  # fmt: skip

Ways = Mapping[str, tuple[str, ...]]

NEWS_WAYS: Ways = {
    "file": ("zone", "select", "columns", "delimiter", "encoding", "format"),
    "dataset": ("select",),
    "list": ("zone", "select"),
}
SERIES_WAYS: Ways = {
    "source": ("start", "end", "adjusted", *INSTRUMENTS),
    "file": ("date", "value", *LAYOUT, *INSTRUMENTS, "kind", "note", "requote"),
    "dataset": (),
}
"""Ways to name data, each with the keys that go with it."""

CURVE: Keys = {"id": "text", "points": "points"}
DATED: Keys = {"file": "text", "date": "text", "value": "text", "id": "text", **LAYOUT}
"""Keys of a file of one number a date: news, a state."""

CHARACTERISTICS: Keys = {
    "file": "text", "columns": "texts",
    **{key: form for key, form in LAYOUT.items() if key not in ("layout", "date_format")},
}  # fmt: skip
"""Keys of a file of numbers by event, by instrument or by both, which has no dates."""

MODELS: Ways = {
    "constant mean": (),
    "market": ("benchmark", "basket"),
    "adjusted": ("benchmark", "basket"),
    "dimson": ("benchmark", "basket"),
    "scholes-williams": ("benchmark", "basket"),
    "factors": ("factors",),
    "spread": ("benchmark", "curve"),
    "donors": ("donors",),
    "components": ("donors", "n_components"),
    "synthetic": ("donors",),
}
"""Normal models, each with its keys."""

WITHOUT_KEYS = ("constant mean", "donors", "components", "synthetic")
"""Models that need none of their keys; every other needs exactly one."""


@contextmanager
def blamed(place: str, keys: Collection[str] = (), also: Mapping[str, str] | None = None) -> Iterator[None]:
    """Put the study file and the key in front of an error from within.

    Parameters
    ----------
    place : str
        File and key, "ruble.toml: series[2]"; series and events are counted from 1.
    keys : collection of str
        Keys below that place; an error about a parameter of that name is about that key.
    also : mapping of str to str, optional
        Parameters that a key of another name stands for.

    Raises
    ------
    MarketImpactError
        The error from within, of the same class, with file and key in front.
    """
    try:
        yield
    except MarketImpactError as error:
        if (error.parameter or "").startswith(f"{place}."):
            raise  # it names file and key already, and perhaps a deeper one
        names = {**{key: key for key in keys}, **(also or {})}
        said = error.parameter or ""
        parts = [said, *said.split(".")]
        key = next((names[part] for part in parts if part in names), None)
        message = error.message if key is not None or not said else f"{said}: {error.message}"
        named = type(error)(
            message,
            parameter=f"{place}.{key}" if key else place,
            received=_shown(error.received),
            allowed=error.allowed,
        )
        if isinstance(error, RateLimitedError) and isinstance(named, RateLimitedError):
            named.retry_after = error.retry_after
        raise named from error


def _shown(value: object) -> object:
    """A value as an error shows it: dates as they were written, nothing longer than a line."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list):
        value = [_shown(one) for one in value]
    return value if len(repr(value)) <= 100 else repr(value)[:97] + "..."


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """A table of the study file whose keys and forms have been checked.

    Parameters
    ----------
    file : str
        The study file as the caller named it.
    key : str
        Dotted key of the table, ``"series[2].bond"``; empty for the whole file.
    cells : mapping of str to object
        Values by key.
    """

    file: str
    key: str
    cells: Mapping[str, Any]

    def place(self, name: str = "") -> str:
        """Give file and dotted key, of the table or of one of its keys."""
        dotted = ".".join(part for part in (self.key, name) if part)
        return f"{self.file}: {dotted}" if dotted else self.file

    def error(self, name: str, what: str, allowed: str | None = None) -> InputError:
        """Make the error that a key's value calls for."""
        received = _shown(self.cells.get(name))
        return InputError(what, parameter=self.place(name), received=received, allowed=allowed)

    def get(self, name: str, default: Any = None) -> Any:
        """Give a key's value."""
        return self.cells.get(name, default)

    def some(self, names: Collection[str]) -> dict[str, Any]:
        """Give the keys among some that are there, with their values."""
        return {name: self.cells[name] for name in names if name in self.cells}

    def pairs(self) -> Any:
        """Give the key ``pairs``: its word, or (event, instrument) one by one."""
        value = self.get("pairs")
        return [tuple(pair) for pair in value] if isinstance(value, list) else value

    def seed(self) -> int:
        """Give the key ``seed``, 0 where it is absent."""
        seed: int = self.get("seed", 0)
        if seed < 0:
            raise self.error("seed", "is not a seed", "a whole number from 0")
        return seed

    def below(self, name: str, keys: Keys, needs: Collection[str] = ()) -> CheckedTable:
        """Open a table below this one; an absent one is empty."""
        return checked(self.file, f"{self.key}.{name}".lstrip("."), self.get(name, {}), keys, needs)

    def each(self, name: str, keys: Keys, needs: Collection[str] = ()) -> tuple[CheckedTable, ...]:
        """Open the tables of a list, counted from 1."""
        key = f"{self.key}.{name}".lstrip(".")
        rows = enumerate(self.get(name, ()), start=1)
        return tuple(checked(self.file, f"{key}[{i}]", cells, keys, needs) for i, cells in rows)

    def way(self, ways: Ways) -> str:
        """Give the one way in which the data are named, and refuse keys that do not go with it."""
        given = [name for name in ways if name in self.cells]
        allowed = "one of " + ", ".join(ways)
        if not given:
            raise InputError("names no data", parameter=self.place(), allowed=allowed)
        if len(given) > 1:
            raise InputError(
                "names its data more than once", parameter=self.place(), received=given, allowed=allowed
            )
        for name in self.cells:
            if name != given[0] and name not in ways[given[0]]:
                fitting = ", ".join(ways[given[0]]) or "nothing else"
                raise self.error(name, f"does not go with {given[0]!r}", fitting)
        return given[0]


def checked(
    file: str, key: str, cells: Mapping[str, Any], keys: Keys, needs: Collection[str] = ()
) -> CheckedTable:
    """Check a table: its keys are known, their values of the right form, and none of the needed ones is missing.

    Parameters
    ----------
    file, key : str
        As in `CheckedTable`.
    cells : mapping of str to object
    keys : mapping of str to str
        Known keys, each with its form.
    needs : collection of str
        Keys that must be there.

    Returns
    -------
    CheckedTable

    Raises
    ------
    InputError
        Naming file and key, what was received and what is allowed.

    Examples
    --------
    >>> checked("ruble.toml", "output", {"flder": "out"}, OUTPUT)
    Traceback (most recent call last):
        ...
    marketimpact.errors.InputError: ruble.toml: output.flder: is not a known key; the nearest is
    'folder'; received 'out'; allowed: folder, png, csv, json, sheet, bundle
    """
    table = CheckedTable(file, key, cells)
    for name, value in cells.items():
        if name not in keys:
            near = difflib.get_close_matches(name.lower(), keys, n=1, cutoff=0.0)[0]
            raise InputError(
                f"is not a known key; the nearest is {near!r}",
                parameter=table.place(name),
                received=_shown(value),
                allowed=", ".join(keys),
            )
        fits, allowed = FORMS[keys[name]]
        if not fits(value):
            raise table.error(name, "is not what this key takes", allowed)
    for name in needs:
        if name not in cells:
            raise InputError("is missing", parameter=table.place(name), allowed=FORMS[keys[name]][1])
    return table
