"""The study file: a study in about 25 lines of TOML, checked key by key before anything runs."""

from __future__ import annotations

import difflib

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ..delimited import read_bytes
from ..errors import InputError, MarketImpactError
from ..market.baskets import Basket
from ..market.instruments import CurrencyPair, Factor, Instrument, SovereignBond
from ..news.event import FIELDS
from ..provenance import Provenance
from ..sources.files import Layout
from ..study.event_study import EventStudy
from ..study.models import ConstantMean, FactorModel, MarketModel, NormalModel
from ..timeline import Timeline

__all__ = ["NewsTable", "OutputTable", "SeriesTable", "StudyFile", "blamed", "read_study_file"]


def _is_date(value: object) -> bool:
    if isinstance(value, str):
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return True
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: object) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(map(_is_text, value)) and len({*value}) == len(value)
    )


def _are_pairs(value: object) -> bool:
    if not isinstance(value, list):
        return value in ("all", "place")
    return bool(value) and all(
        isinstance(pair, list) and len(pair) == 2 and all(map(_is_text, pair)) for pair in value
    )


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


FORMS: dict[str, tuple[Callable[[object], bool], str]] = {
    "text": (_is_text, "text in quotes, not empty"),
    "texts": (_are_texts, 'a list of texts that do not repeat, like ["a", "b"]'),
    "text or texts": (lambda value: _is_text(value) or _are_texts(value), 'text in quotes, or a list ["a", "b"]'),
    "character": (lambda value: isinstance(value, str) and len(value) == 1 and value not in '"\r\n\0', "one character"),
    "switch": (lambda value: isinstance(value, bool), "true or false, without quotes"),
    "number": (lambda value: _is_whole(value) or isinstance(value, float), "a number, without quotes"),
    "whole": (_is_whole, "a whole number, without quotes"),
    "date": (_is_date, "a date like 2022-01-05"),
    "moment": (
        lambda value: _is_text(value) or isinstance(value, date),
        "a date like 2022-01-05 or a time like 2022-01-05T16:10",
    ),
    "window": (lambda value: isinstance(value, list), "two whole numbers, like [-5, 3]"),
    "windows": (lambda value: isinstance(value, list), "a list of windows, like [[0, 0], [0, 1]]"),
    "pairs": (_are_pairs, '"all", "place", or a list like [["event", "instrument"]]'),
    "table": (lambda value: isinstance(value, dict), "a table, under its name in square brackets"),
    "tables": (_are_tables, "tables, each under its name in double square brackets"),
    "text table": (
        lambda value: isinstance(value, dict) and bool(value) and all(map(_is_text, value.values())),
        'a table of texts, like { id = "Headline" }',
    ),
    "log or simple": (lambda value: value in ("log", "simple"), '"log" or "simple"'),
    "overlap or none": (lambda value: value in ("overlap", "none"), '"overlap" or "none"'),
    "model": (lambda value: isinstance(value, str) and value in MODELS, '"constant mean", "market" or "factors"'),
}  # fmt: skip
"""Forms that a value may have: a check, and what is allowed in words."""

Keys = Mapping[str, str]
"""Keys of a table, each with its form."""

TOP: Keys = {
    "title": "text", "events": "table", "series": "tables", "study": "table", "confounders": "table",
    "output": "table",
}  # fmt: skip
NEWS: Keys = {
    "file": "text", "dataset": "text", "list": "tables", "zone": "text", "select": "texts",
    "columns": "text table", "delimiter": "character", "encoding": "text",
}  # fmt: skip
EVENT: Keys = {**dict.fromkeys(FIELDS, "text"), "announced_at": "moment", "surprise": "number"}
QUOTED: Keys = {"id": "text", "snapshot": "text", "calendar": "text", "dating_lag": "whole"}
INSTRUMENTS: dict[str, tuple[type[SovereignBond | CurrencyPair | Factor], Keys, tuple[str, ...]]] = {
    "bond": (
        SovereignBond,
        {
            **QUOTED, "quoted": "text", "yield_unit": "text", "issuer": "text", "isin": "text", "currency": "text",
            "coupon": "number", "maturity": "date", "frequency": "whole", "day_count": "text",
            "settlement_lag": "whole",
        },
        ("id", "quoted"),
    ),
    "currency": (CurrencyPair, {**QUOTED, "base": "text", "quote": "text"}, ("base", "quote")),
    "factor": (Factor, {**QUOTED, "move": "text", "unit": "text"}, ("id",)),
}  # fmt: skip
"""Instruments by their key in a series: the class, its keys and those that must be given."""

LAYOUT: Keys = {"delimiter": "character", "decimal": "character", "date_format": "text", "encoding": "text"}
SERIES: Keys = {
    "source": "text or texts", "file": "text", "dataset": "text", "start": "date", "end": "date", "date": "text",
    "value": "text", **LAYOUT, **dict.fromkeys(INSTRUMENTS, "table"), "kind": "text", "note": "text",
}  # fmt: skip
STUDY: Keys = {
    "pairs": "pairs", "estimation": "window", "event": "window", "min_estimation": "whole", "windows": "windows",
    "model": "model", "benchmark": "text", "basket": "texts", "factors": "texts", "level": "number",
    "move": "log or simple", "cluster": "overlap or none", "seed": "whole",
}  # fmt: skip
OUTPUT: Keys = {"folder": "text", "png": "switch", "csv": "switch", "json": "switch"}

Ways = Mapping[str, tuple[str, ...]]

NEWS_WAYS: Ways = {
    "file": ("zone", "select", "columns", "delimiter", "encoding"),
    "dataset": ("select",),
    "list": ("zone", "select"),
}
SERIES_WAYS: Ways = {
    "source": ("start", "end"),
    "file": ("date", "value", *LAYOUT, *INSTRUMENTS, "kind", "note"),
    "dataset": (),
}
"""Ways to name data, each with the keys that go with it."""

MODELS: Ways = {"constant mean": (), "market": ("benchmark", "basket"), "factors": ("factors",)}
"""Normal models, each with the keys of which it needs one."""


@dataclass(frozen=True, slots=True)
class NewsTable:
    """Where dated news come from.

    Parameters
    ----------
    place : str
        File and key, for errors.
    file : Path, optional
    dataset : str, optional
        Name of a list that the package ships.
    rows : tuple of mapping
        Events written into the study file itself.
    zone : str, optional
        Zone of the events that name none.
    select : tuple of str
        Ids of the events to keep; empty for all.
    columns : mapping of str to str
        Which column of the file holds what.
    form : mapping of str to str
        Delimiter and encoding, where given.
    """

    place: str
    file: Path | None
    dataset: str | None
    rows: tuple[Mapping[str, Any], ...]
    zone: str | None
    select: tuple[str, ...]
    columns: Mapping[str, str]
    form: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SeriesTable:
    """Where one series comes from, and what it quotes.

    Parameters
    ----------
    place : str
        File and key, for errors.
    source : tuple of str
        Symbols to fetch, ``"ecb:EUR/RUB"``.
    start, end : date or str, optional
        First and last session fetched.
    file : Path, optional
        A delimited file; it comes with an instrument.
    dataset : str, optional
        Name of a series that the package ships.
    instrument : instrument, optional
        What the file quotes.
    date, value : str
        Columns of the file.
    layout : Layout
        Form of the file.
    provenance : Provenance, optional
        Kind and note of the file's numbers, where given.
    """

    place: str
    source: tuple[str, ...]
    start: object
    end: object
    file: Path | None
    dataset: str | None
    instrument: Instrument | None
    date: str
    value: str
    layout: Layout
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class OutputTable:
    """What is written, and where.

    Parameters
    ----------
    folder : Path
    png, csv, json : bool
        Pages, tables, and everything as one file.
    """

    folder: Path
    png: bool = True
    csv: bool = True
    json: bool = True


@dataclass(frozen=True, slots=True)
class StudyFile:
    """A study file, read and checked; nothing has been loaded or run.

    Parameters
    ----------
    name : str
        The study file as the caller named it, for errors.
    title : str, optional
    news : NewsTable
    series : tuple of SeriesTable
    study : EventStudy
    pairs : str or list of tuple, optional
    seed : int
    confounders : NewsTable, optional
    output : OutputTable
    inputs : tuple of Path
        Every file that is read, the study file included: outputs never replace one.
    """

    name: str
    title: str | None
    news: NewsTable
    series: tuple[SeriesTable, ...]
    study: EventStudy
    pairs: Any
    seed: int
    confounders: NewsTable | None
    output: OutputTable
    inputs: tuple[Path, ...]


@contextmanager
def blamed(place: str, keys: Collection[str] = (), **also: str) -> Iterator[None]:
    """Put the study file and the key in front of an error from within.

    Parameters
    ----------
    place : str
        File and key, "ruble.toml: series[2]"; series and events are counted from 1.
    keys : collection of str
        Keys below that place; an error about a parameter of that name is about that key.
    **also : str
        Parameters that a key of another name stands for.

    Raises
    ------
    MarketImpactError
        The error from within, of the same class, with file and key in front.
    """
    try:
        yield
    except MarketImpactError as error:
        names = {**{key: key for key in keys}, **also}
        parts = (error.parameter or "").split(".")
        key = next((names[part] for part in parts if part in names), None)
        known = key is not None or not error.parameter
        message = error.message if known else f"{error.parameter}: {error.message}"
        raise type(error)(
            message,
            parameter=f"{place}.{key}" if key else place,
            received=_shown(error.received),
            allowed=error.allowed,
        ) from error


def _shown(value: object) -> object:
    """A value as an error shows it: dates as they were written, nothing longer than a line."""
    if isinstance(value, date | time):
        return value.isoformat()
    return value if len(repr(value)) <= 100 else repr(value)[:97] + "..."


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file whose keys and forms have been checked."""

    file: str
    key: str
    cells: Mapping[str, Any]

    def place(self, name: str = "") -> str:
        dotted = ".".join(part for part in (self.key, name) if part)
        return f"{self.file}: {dotted}" if dotted else self.file

    def error(self, name: str, what: str, allowed: str | None = None) -> InputError:
        received = _shown(self.cells.get(name))
        return InputError(what, parameter=self.place(name), received=received, allowed=allowed)

    def get(self, name: str, default: Any = None) -> Any:
        return self.cells.get(name, default)

    def some(self, names: Collection[str]) -> dict[str, Any]:
        return {name: self.cells[name] for name in names if name in self.cells}

    def below(self, name: str, keys: Keys, needs: Collection[str] = ()) -> _Table:
        """Open a table below this one; an absent one is empty."""
        return _checked(self.file, f"{self.key}.{name}".lstrip("."), self.get(name, {}), keys, needs)

    def each(self, name: str, keys: Keys, needs: Collection[str] = ()) -> tuple[_Table, ...]:
        """Open the tables of a list, counted from 1."""
        key = f"{self.key}.{name}".lstrip(".")
        rows = enumerate(self.get(name, ()), start=1)
        return tuple(_checked(self.file, f"{key}[{i}]", cells, keys, needs) for i, cells in rows)

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


def _checked(
    file: str, key: str, cells: Mapping[str, Any], keys: Keys, needs: Collection[str] = ()
) -> _Table:
    table = _Table(file, key, cells)
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
            raise table.error(name, "is not of its form", allowed)
    for name in needs:
        if name not in cells:
            raise InputError("is missing", parameter=table.place(name), allowed=FORMS[keys[name]][1])
    return table


@dataclass(frozen=True, slots=True)
class _Paths:
    """The rule for paths: relative to the study file's folder, and within it."""

    home: Path
    allow_outside: bool

    def resolve(self, table: _Table, name: str, default: str = "") -> Path:
        try:
            path = (self.home / table.get(name, default)).resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a name no system takes
            raise table.error(name, f"is not a path ({error})") from error
        if not self.allow_outside and not path.is_relative_to(self.home):
            raise table.error(
                name,
                "lies outside the study file's folder",
                f"a path within {self.home}; --allow-outside allows any",
            )
        return path


def read_study_file(path: str | Path, *, allow_outside: bool = False) -> StudyFile:
    """Read and check a study file.

    Parameters
    ----------
    path : str or Path
        A TOML file.
    allow_outside : bool
        Whether paths in it may leave its folder, after links are followed.

    Returns
    -------
    StudyFile

    Raises
    ------
    InputError
        If it is not TOML, a key is unknown, missing or not of its form, a value is refused, or a path leaves the
        folder: the message names file, key, received value and what is allowed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ruble.toml"
    ...     _ = path.write_text('events.dataset = "ruble_2022"\\nseries = [{ source = "ecb:EUR/RUB" }]')
    ...     print(read_study_file(path).study.model)
    constant mean
    """
    file = str(path)
    top = _checked(file, "", _parse(Path(path), file), TOP, ("events", "series"))
    paths = _Paths(Path(path).parent.resolve(), allow_outside)
    news = _news(top.below("events", NEWS), paths)
    series = tuple(_series(table, paths) for table in top.each("series", SERIES))
    asked = top.below("study", STUDY)
    confounders = _news(top.below("confounders", NEWS), paths) if "confounders" in top.cells else None
    read = [news.file, *(one.file for one in series), confounders.file if confounders else None]
    return StudyFile(
        name=file,
        title=top.get("title"),
        news=news,
        series=series,
        study=_study(asked),
        pairs=_pairs(asked.get("pairs")),
        seed=_seed(asked),
        confounders=confounders,
        output=_output(top.below("output", OUTPUT), paths),
        inputs=(Path(path), *(one for one in read if one is not None)),
    )


def _parse(path: Path, file: str) -> dict[str, Any]:
    with blamed(file, path=""):
        content = read_bytes(path)
    try:
        text = content.decode("utf-8-sig")
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise InputError(f"is not UTF-8 text (line {line}, column {column})", parameter=file) from error
    except RecursionError as error:
        raise InputError("is nested too deeply", parameter=file) from error
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        lines = text.split("\n")
        end = f"line {len(lines)}, column {len(lines[-1]) + 1}"
        raise InputError(
            f"is not TOML: {str(error).replace('end of document', end)}",
            parameter=file,
            allowed="keys and values as in https://toml.io",
        ) from error


def _news(table: _Table, paths: _Paths) -> NewsTable:
    way = table.way(NEWS_WAYS)
    rows = tuple(row.cells for row in table.each("list", EVENT, ("id", "announced_at")))
    columns = table.get("columns", {})
    for name in columns:
        if name not in FIELDS:
            near = difflib.get_close_matches(name.lower(), FIELDS, n=1, cutoff=0.0)[0]
            raise InputError(
                f"is not something an event holds; the nearest is {near!r}",
                parameter=table.place(f"columns.{name}"),
                received=columns[name],
                allowed=", ".join(FIELDS),
            )
    return NewsTable(
        place=table.place(),
        file=paths.resolve(table, "file") if way == "file" else None,
        dataset=table.get("dataset"),
        rows=rows,
        zone=table.get("zone"),
        select=tuple(table.get("select", ())),
        columns=columns,
        form=table.some(("delimiter", "encoding")),
    )


def _series(table: _Table, paths: _Paths) -> SeriesTable:
    way = table.way(SERIES_WAYS)
    source = table.get("source", [])
    with blamed(table.place(), SERIES):
        provenance = Provenance("the user's file", **table.some(("kind", "note")))
    return SeriesTable(
        place=table.place(),
        source=(source,) if isinstance(source, str) else tuple(source),
        start=table.get("start"),
        end=table.get("end"),
        file=paths.resolve(table, "file") if way == "file" else None,
        dataset=table.get("dataset"),
        instrument=_instrument(table) if way == "file" else None,
        date=table.get("date", "date"),
        value=table.get("value", "value"),
        layout=replace(Layout(), **table.some(LAYOUT)),
        provenance=provenance,
    )


def _instrument(table: _Table) -> Instrument:
    given = [name for name in INSTRUMENTS if name in table.cells]
    if len(given) != 1:
        raise InputError(
            "a file needs exactly one instrument, which says what it quotes",
            parameter=table.place(),
            received=given or None,
            allowed='bond = { id = "...", quoted = "yield" }, currency = { base = "...", quote = "..." }, or'
            ' factor = { id = "..." }',
        )
    make, keys, needs = INSTRUMENTS[given[0]]
    terms = table.below(given[0], keys, needs)
    values = dict(terms.cells)
    if isinstance(values.get("maturity"), str):
        values["maturity"] = date.fromisoformat(values["maturity"])
    with blamed(terms.place(), keys, Snapshot="snapshot"):
        return make(**values)


def _study(table: _Table) -> EventStudy:
    with blamed(table.place(), STUDY):
        options = table.some(("windows", "move"))
        if "level" in table.cells:
            options["level"] = float(table.cells["level"])
        if "cluster" in table.cells:
            options["cluster"] = None if table.cells["cluster"] == "none" else "overlap"
        timeline = Timeline(**table.some(("estimation", "event", "min_estimation")))
        return EventStudy(_model(table), timeline, **options)


def _model(table: _Table) -> NormalModel:
    """Give the normal model; a basket is checked against the panel when there is one."""
    name = table.get("model", "constant mean")
    needs = MODELS[name]
    given = [key for keys in MODELS.values() for key in keys if key in table.cells]
    for key in given:
        if key not in needs:
            fitting = next(model for model, keys in MODELS.items() if key in keys)
            raise InputError(
                f"is not used by the model {name!r}",
                parameter=key,
                received=table.cells[key],
                allowed=f'model = "{fitting}" with it',
            )
    if needs and len(given) != 1:
        raise InputError(
            f"the model {name!r} needs exactly one of {', '.join(needs)}",
            parameter="model",
            received=given or None,
            allowed='benchmark = "id", or basket = ["id", "id"]' if name == "market" else 'factors = ["id"]',
        )
    if name == "market":
        is_basket = "basket" in table.cells
        return MarketModel(Basket(tuple(table.cells["basket"])) if is_basket else table.cells["benchmark"])
    return FactorModel(tuple(table.cells["factors"])) if name == "factors" else ConstantMean()


def _pairs(value: Any) -> Any:
    return [tuple(pair) for pair in value] if isinstance(value, list) else value


def _seed(table: _Table) -> int:
    seed: int = table.get("seed", 0)
    if seed < 0:
        raise table.error("seed", "is not a seed", "a whole number from 0")
    return seed


def _output(table: _Table, paths: _Paths) -> OutputTable:
    folder = paths.resolve(table, "folder", "out")
    if folder.exists() and not folder.is_dir():
        raise InputError(
            "is not a folder", parameter=table.place("folder"), received=folder.name, allowed="a folder"
        )
    switches = table.some(("png", "csv", "json"))
    output = OutputTable(folder, **switches)
    if not (output.png or output.csv or output.json):
        raise InputError(
            "writes nothing", parameter=table.place(), received=switches, allowed="png, csv or json = true"
        )
    return output
