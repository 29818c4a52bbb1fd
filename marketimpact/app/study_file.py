"""The study file: a study in about 25 lines of TOML, checked key by key before anything runs."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..alignment.policies import Policies
from ..delimited import read_bytes
from ..errors import InputError
from ..provenance import Provenance
from ..sources.files import Layout
from ..sources.options import FetchOptions
from ..study.event_study import EventStudy
from ..timeline import Timeline
from .bundle_folder import FOLDER, sha256_of
from .bundle_tables import Form
from .normal_models import read_model
from .regressions import RegressionTable, read_regressions
from .study_forms import FORMS
from .study_keys import (
    COLUMNS,
    EVENT,
    FETCH,
    INSTRUMENTS,
    LAYOUT,
    NEWS,
    NEWS_WAYS,
    OUTPUT,
    POLICIES,
    SERIES,
    SERIES_WAYS,
    STUDY,
    TOP,
    CheckedTable,
    blamed,
    checked,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..market.bonds import Quoted
    from ..market.instruments import Instrument

__all__ = ["NewsTable", "OutputTable", "SeriesTable", "StudyFile", "read_study_file"]


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
        Delimiter, encoding and format, where given.
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
    options : FetchOptions
        How it is fetched: what [fetch] says, and whether the series wants prices as adjusted afterwards.
    file : Path, optional
        A file that `read_prices` reads; it comes with an instrument.
    dataset : str, optional
        Name of a series that the package ships.
    instrument : instrument, optional
        What the file quotes, or the one symbol: the source's own word when not given.
    date, value : str, optional
        Columns of the file; those of its layout when not given.
    layout : Layout
        Form of the file.
    requote : str, optional
        What the bond is studied as, where that is not what the file quotes: a yield made of prices.
    provenance : Provenance, optional
        Kind and note of the file's numbers, where given.
    """

    place: str
    source: tuple[str, ...]
    start: object
    end: object
    options: FetchOptions
    file: Path | None
    dataset: str | None
    instrument: Instrument | None
    date: str | None
    value: str | None
    layout: Layout
    requote: Quoted | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class OutputTable:
    """What is written, and where.

    Parameters
    ----------
    folder : Path
    png, csv, json : bool
        Pages, tables, and everything as one file.
    sheet : bool, optional
        The contact sheet; None: beside the pages of three events or more on the same instruments.
    bundle : {"csv", "parquet"}, optional
        Form of the bundle of data beside the rest; None: none.
    """

    folder: Path
    png: bool = True
    csv: bool = True
    json: bool = True
    sheet: bool | None = None
    bundle: Form | None = None


@dataclass(frozen=True, slots=True)
class StudyFile:
    """A study file, read and checked; nothing has been loaded or run.

    Parameters
    ----------
    name : str
        The study file as the caller named it, for errors.
    title : str, optional
    news : NewsTable, optional
        Always there where anything is run on events.
    series : tuple of SeriesTable
    study : EventStudy
    pairs : str or list of tuple, optional
    seed : int
    confounders : NewsTable, optional
    output : OutputTable
    inputs : tuple of Path
        Every file that is read, the study file and a cache that [fetch] names included: outputs never replace one.
    regressions, associations : tuple of RegressionTable
    has_study : bool
        Whether the event study is run: [study] is there, or no regression and no association is.
    sha256 : str
        Hash of the study file.
    """

    name: str
    title: str | None
    news: NewsTable | None
    series: tuple[SeriesTable, ...]
    study: EventStudy
    pairs: Any
    seed: int
    confounders: NewsTable | None
    output: OutputTable
    inputs: tuple[Path, ...]
    regressions: tuple[RegressionTable, ...] = ()
    associations: tuple[RegressionTable, ...] = ()
    has_study: bool = True
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class _Paths:
    """The rule for paths: relative to the study file's folder, and within it."""

    home: Path
    allow_outside: bool

    def resolve(self, table: CheckedTable, name: str, default: str = "") -> Path:
        said = table.get(name, default)
        if said.startswith("~"):
            raise table.error(name, "begins with ~, which stands for no folder here", "the whole path")
        try:
            path: Path = (self.home / said).resolve()
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
    with blamed(file, also={"path": ""}):
        content = read_bytes(path)
    top = checked(file, "", _parse(content, file), TOP)
    paths = _Paths(Path(path).parent.resolve(), allow_outside)
    asked = top.below("study", STUDY)
    runs = tuple(read_regressions(top, asked, paths.resolve, room) for room in ("regression", "association"))
    has_study = "study" in top.cells or not any(runs)
    _check_top(top, has_study, [one for room in runs for one in room])
    news = _news(top.below("events", NEWS), paths) if "events" in top.cells else None
    fetch = top.below("fetch", FETCH)
    options = _options(fetch, paths)
    series = tuple(_series(table, paths, options) for table in top.each("series", SERIES))
    confounders = _news(top.below("confounders", NEWS), paths) if "confounders" in top.cells else None
    read = [
        *(one.file for one in (news, *series, confounders) if one is not None),
        *(one.file for room in runs for table in room for one in table.files),
        *(one.file for room in runs for table in room for one in table.characteristics),
    ]
    inputs = (Path(path), *(one for one in read if one is not None))
    output = _output(top.below("output", OUTPUT), paths)
    if isinstance(options.cache, Path):
        _check_cache(fetch, options.cache, inputs, output)
        inputs = (*inputs, options.cache)
    return StudyFile(
        name=file,
        title=top.get("title"),
        news=news,
        series=series,
        study=_study(asked),
        pairs=asked.pairs(),
        seed=asked.seed(),
        confounders=confounders,
        output=output,
        inputs=inputs,
        regressions=runs[0],
        associations=runs[1],
        has_study=has_study,
        sha256=sha256_of(content),
    )


def _check_top(top: CheckedTable, has_study: bool, runs: Sequence[RegressionTable]) -> None:
    """Refuse a file without the study, the events or the series that something is run on; or confounders of nothing."""
    for one in runs:
        if one.of_study and not has_study:
            raise InputError(
                "is run on the result of the study", parameter=f"{one.place}.kind", received=one.kind,
                allowed="[study] beside it",
            )  # fmt: skip
    need_events = any(one.needs_events for one in runs)
    for name, needed in (("events", has_study or need_events), ("series", True)):
        if needed and name not in top.cells:
            raise InputError("is missing", parameter=top.place(name), allowed=FORMS[TOP[name]][1])
    if "confounders" in top.cells and not has_study:
        raise InputError(
            "is used by the study alone", parameter=top.place("confounders"), allowed="[study] beside it"
        )


def _parse(content: bytes, file: str) -> dict[str, Any]:
    text = ""
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


def _news(table: CheckedTable, paths: _Paths) -> NewsTable:
    way = table.way(NEWS_WAYS)
    rows = tuple(row.cells for row in table.each("list", EVENT, ("id", "announced_at")))
    return NewsTable(
        place=table.place(),
        file=paths.resolve(table, "file") if way == "file" else None,
        dataset=table.get("dataset"),
        rows=rows,
        zone=table.get("zone"),
        select=tuple(table.get("select", ())),
        columns=table.below("columns", COLUMNS).cells,
        form=table.some(("delimiter", "encoding", "format")),
    )


def _options(table: CheckedTable, paths: _Paths) -> FetchOptions:
    said = table.some(FETCH)
    if isinstance(said.get("cache"), str):
        said["cache"] = paths.resolve(table, "cache")
    with blamed(table.place(), FETCH):
        return FetchOptions(**said)


def _check_cache(table: CheckedTable, cache: Path, inputs: Sequence[Path], output: OutputTable) -> None:
    """Refuse a cache that is another input, or stands where a folder of outputs is made whole."""
    if cache in [one.resolve() for one in inputs]:
        raise table.error("cache", "is read as something else", "a file of its own")
    if cache == output.folder or cache.is_relative_to(output.folder / FOLDER):
        raise table.error("cache", "stands where outputs are written", "a file outside of them")


def _series(table: CheckedTable, paths: _Paths, options: FetchOptions) -> SeriesTable:
    way = table.way(SERIES_WAYS)
    source = table.get("source", [])
    with blamed(table.place(), SERIES):
        provenance = Provenance("the user's file", **table.some(("kind", "note")))
    return SeriesTable(
        place=table.place(),
        source=(source,) if isinstance(source, str) else tuple(source),
        start=table.get("start"),
        end=table.get("end"),
        options=replace(options, adjusted=table.get("adjusted", False)),
        file=paths.resolve(table, "file") if way == "file" else None,
        dataset=table.get("dataset"),
        instrument=_instrument(table, way),
        date=table.get("date"),
        value=table.get("value"),
        layout=_layout(table),
        requote=table.get("requote"),
        provenance=provenance,
    )


def _layout(table: CheckedTable) -> Layout:
    words = {"name" if key == "layout" else key: value for key, value in table.some(LAYOUT).items()}
    with blamed(table.place(), LAYOUT):
        return Layout(**words)


def _instrument(table: CheckedTable, way: str) -> Instrument | None:
    """Read what a series quotes: a file must say it, a source of one symbol may."""
    given = [name for name in INSTRUMENTS if name in table.cells]
    if not given and way != "file":
        return None
    symbols = table.get("source")
    if isinstance(symbols, list) and len(symbols) != 1:
        raise table.error(given[0], "describes one series", "a [[series]] with one source for each")
    if len(given) != 1:
        raise InputError(
            f"a {way} needs exactly one instrument, which says what it quotes",
            parameter=table.place(),
            received=given or None,
            allowed='bond = { id = "...", quoted = "yield" }, currency = { base = "...", quote = "..." }, or'
            ' factor = { id = "..." }',
        )
    make, keys, needs = INSTRUMENTS[given[0]]
    terms = table.below(given[0], keys, needs)
    values = dict(terms.cells)
    for name in ("maturity", "issued", "first_coupon"):
        if isinstance(values.get(name), str):
            values[name] = date.fromisoformat(values[name])
    with blamed(terms.place(), keys, {"Snapshot": "snapshot", "Closure": "closures"}):
        return make(**values)


def _study(table: CheckedTable) -> EventStudy:
    with blamed(table.place(), STUDY, {"n": "n_components"}):
        options = table.some(("windows", "move"))
        if "level" in table.cells:
            options["level"] = float(table.cells["level"])
        if "cluster" in table.cells:
            options["cluster"] = None if table.cells["cluster"] == "none" else "overlap"
        timeline = Timeline(**table.some(("estimation", "event", "min_estimation")))
        policies = Policies(**table.some(POLICIES))
        return EventStudy(read_model(table), timeline, policies=policies, **options)


def _output(table: CheckedTable, paths: _Paths) -> OutputTable:
    folder = paths.resolve(table, "folder", "out")
    if folder.exists() and not folder.is_dir():
        raise InputError(
            "is not a folder", parameter=table.place("folder"), received=folder.name, allowed="a folder"
        )
    switches = table.some(("png", "csv", "json", "sheet", "bundle"))
    output = OutputTable(folder, **switches)
    if not (output.png or output.csv or output.json or output.sheet or output.bundle):
        raise InputError(
            "writes nothing",
            parameter=table.place(),
            received=switches,
            allowed='png, csv, json or sheet = true, or bundle = "csv"',
        )
    return output
