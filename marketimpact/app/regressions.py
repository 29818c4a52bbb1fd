"""The regressions and associations of a study file: [[regression]] and [[association]], read, checked and run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, TypeVar

from ..alignment.policies import Policies
from ..errors import InputError
from ..market.panel import Panel
from ..news.event_set import EventSet
from ..study.result import StudyResult
from ..timeline import Timeline
from .bundle import Bundle
from .characteristics_file import (
    CharacteristicsFile,
    LabelledNumbers,
    characteristics_file,
    read_characteristics_file,
    said_by_column,
)
from .dated_numbers import DatedFile, Resolve, as_booleans, dated_file, read_dated
from .kinds import KINDS, MODEL, NEEDS, OWN_POLICIES, TIMELINE, Kind, Room, kinds_of
from .normal_models import as_term, check_member, checked_model, checked_term, read_model
from .study_keys import POLICIES, STUDY, CheckedTable, blamed, checked

__all__ = [
    "RegressionRun",
    "RegressionTable",
    "numbers_name",
    "pairs_in_words",
    "read_regressions",
    "run_regression",
]

Numbers = TypeVar("Numbers")

OF_RUN = ("kind", "name", "pairs", "each", "instrument", "seed", *OWN_POLICIES, *TIMELINE)
"""Keys of a run, its name, its policies and its windows: what is run does not take them as they are."""

FROM_STUDY = ("level", "move")
"""Keys that a regression takes from [study] where it does not say them itself; so it does pairs, seed, policies and
windows.
"""


@dataclass(frozen=True, slots=True)
class RegressionTable:
    """One [[regression]] or [[association]] of a study file, checked.

    Parameters
    ----------
    place : str
        File and key, for errors.
    name : str
        Unlike that of any other of its room.
    kind : str
        One of `KINDS`.
    specs : mapping of str to object
        Specifications by the parameter that takes them.
    options : mapping of str to object
        What is run takes beside.
    pairs : str or list of tuple, optional
    seed : int
    each : bool
        One regression an instrument.
    instruments : tuple of str
        The instruments of what is run on one at a time; empty for the only one there is.
    """

    place: str
    name: str
    kind: str
    specs: Mapping[str, Any]
    options: Mapping[str, Any]
    pairs: Any
    seed: int
    each: bool
    instruments: tuple[str, ...] = ()

    @property
    def spec(self) -> Any:
        """The first specification, which most kinds have alone."""
        return next(iter(self.specs.values()), None)

    @property
    def files(self) -> tuple[DatedFile, ...]:
        """Files of numbers by date that it names."""
        every = [*self.options.values(), *(getattr(one, "state", None) for one in self.specs.values())]
        return tuple(one for one in every if isinstance(one, DatedFile))

    @property
    def characteristics(self) -> tuple[CharacteristicsFile, ...]:
        """Files of characteristics that it names."""
        return tuple(one for one in self.options.values() if isinstance(one, CharacteristicsFile))

    @property
    def of_study(self) -> bool:
        """Whether it is run on the result of [study]."""
        return KINDS[self.kind].of_study

    @property
    def needs_events(self) -> bool:
        """Whether [events] is used: not where a series stands in its place."""
        return KINDS[self.kind].events and not {"events", "news"} & self.options.keys()


@dataclass(frozen=True, slots=True)
class RegressionRun:
    """One [[regression]] or [[association]] of a study file, run.

    Attributes
    ----------
    name, kind : str
    results : mapping of str to result
        By instrument where there is one each; else one under the empty name.
    of_events : bool
        Whether it was run on [events]: its ledger is then of them, and its own.
    files : mapping of str to Panel
        Numbers by date that it was run on, by key.
    characteristics : mapping of str to LabelledNumbers
        Characteristics that it was run on, by key.
    """

    name: str
    kind: str
    results: Mapping[str, Any]
    of_events: bool = True
    files: Mapping[str, Panel] = field(default_factory=dict)
    characteristics: Mapping[str, LabelledNumbers] = field(default_factory=dict)


def read_regressions(
    top: CheckedTable, study: CheckedTable, resolve: Resolve, room: Room = "regression"
) -> tuple[RegressionTable, ...]:
    """Read and check the regressions, or the associations, of a study file.

    Parameters
    ----------
    top : CheckedTable
        The whole file.
    study : CheckedTable
        Its [study], from which a regression takes pairs, level, move, seed, policies and windows that it does not say
        itself.
    resolve : callable
        Gives the path that a key names.
    room : {"regression", "association"}

    Returns
    -------
    tuple of RegressionTable

    Raises
    ------
    InputError
        If a key is unknown, of another kind, missing or refused; or two have one name.

    Examples
    --------
    >>> from pathlib import Path
    >>> from .study_keys import STUDY, TOP, checked
    >>> cells = {"regression": [{"kind": "events", "lags": 1}]}
    >>> top = checked("ruble.toml", "", cells, TOP)
    >>> read_regressions(top, top.below("study", STUDY), lambda table, key: Path(table.cells[key]))[0].spec.lags
    1
    """
    out: dict[str, RegressionTable] = {}
    given = {key: "any" for cells in top.get(room, ()) for key in cells} | {"kind": f"kind of {room}"}
    for table in top.each(room, given, ("kind",)):
        one = _read(table, study, resolve)
        if one.name.casefold() in out:
            raise InputError(
                f"two {room}s have one name", parameter=table.place("name"), received=one.name,
                allowed='a name of its own: name = "..."',
            )  # fmt: skip
        out[one.name.casefold()] = one
    return tuple(out.values())


def _read(table: CheckedTable, study: CheckedTable, resolve: Resolve) -> RegressionTable:
    name = table.cells["kind"]
    kind = KINDS[name]
    elsewhere = {key for other in kinds_of(kind.room).values() for key in other.keys}
    for key in table.cells:
        if key not in kind.keys and key in elsewhere:
            raise table.error(key, f'does not go with kind = "{name}"', ", ".join(kind.keys))
    table = checked(table.file, table.key, table.cells, kind.keys, NEEDS.get(name, ()))
    if {"events", "news"} <= table.cells.keys():
        raise table.error("news", 'does not go with "events"', "one of them, or the news of [events]")
    values = _values(table, study, resolve, kind)
    with blamed(table.place(), kind.keys, kind.also):
        specs = {parameter: _spec(make, values, table, study) for parameter, make in kind.into.items()}
    of_specs = {one.name for make in kind.into.values() for one in fields(make)}
    given = table.get("instrument", ())
    return RegressionTable(
        place=table.place(),
        name=table.get("name", name),
        kind=name,
        specs=specs,
        options={key: one for key, one in values.items() if key not in of_specs and key not in OF_RUN},
        pairs=(table if "pairs" in table.cells else study).pairs(),
        seed=(table if "seed" in table.cells else study).seed(),
        each=table.get("each", False),
        instruments=(given,) if isinstance(given, str) else tuple(given),
    )


def _values(table: CheckedTable, study: CheckedTable, resolve: Resolve, kind: Kind) -> dict[str, Any]:
    """Give the values that Python takes: from the file, from [study], or those of the kind."""
    shared = study.some([key for key in FROM_STUDY if key in kind.keys])
    cells = {**kind.defaults, **shared, **table.cells}
    values = {key: _value(kind.keys[key], cell) for key, cell in cells.items()}
    for key, form in kind.keys.items():
        if key in cells and form in ("dated", "turbulent") and not isinstance(cells[key], list):
            values[key] = dated_file(table, key, resolve)
        elif key in cells and form == "characteristics":
            values[key] = characteristics_file(table, key, resolve)
    if "least squares" in kind.keys.values():
        with blamed(table.place(), STUDY):
            values = {key: one for key, one in values.items() if key not in MODEL} | {
                "model": read_model(table)
            }
    return values


def _value(form: str, cell: Any) -> Any:
    """Give a value of the file as Python takes it."""
    if form in ("types", "scaled") and cell == "none":
        return None
    if form == "number":
        return float(cell)
    if form == "term":
        return as_term(cell)
    if form == "terms":
        return tuple(map(as_term, cell))
    return tuple(map(str, cell)) if form == "turbulent" and isinstance(cell, list) else cell


def _spec(make: Any, values: Mapping[str, Any], table: CheckedTable, study: CheckedTable) -> Any:
    own = {one.name for one in fields(make)}
    given = {key: one for key, one in values.items() if key in own}
    if "policies" in own:
        given["policies"] = Policies(**(study.some(POLICIES) | table.some(OWN_POLICIES)))
    if "timeline" in own:
        given["timeline"] = Timeline(**(study.some(TIMELINE) | table.some(TIMELINE)))
    return make(**given)


def run_regression(
    table: RegressionTable,
    panel: Panel,
    events: EventSet | None,
    *,
    result: StudyResult | None = None,
    bundle: Bundle | None = None,
) -> RegressionRun:
    """Run one regression or association of a study file.

    Parameters
    ----------
    table : RegressionTable
    panel : Panel
    events : EventSet or None
        None where the file has none, and nothing needs them.
    result : StudyResult, optional
        That of [study], for what is run on it.
    bundle : Bundle, optional
        Holds the numbers by date and the characteristics, by `numbers_name`; the files that it names are not read then.

    Returns
    -------
    RegressionRun

    Raises
    ------
    InputError, DataError
        If it is refused: the message begins with the study file and the key.
    MissingExtraError
        If a package is needed that is not installed.
    """
    kind = KINDS[table.kind]
    also = {**kind.also, **({"events": "news", "series": "news"} if "news" in table.options else {})}
    with blamed(table.place, kind.keys, also), pairs_in_words(table.pairs), said_by_column():
        files = {
            one.key: read_dated(one) if bundle is None else _bundled(table, one.key, bundle.numbers)
            for one in table.files
        }
        labelled = {
            one.key: read_characteristics_file(one)
            if bundle is None
            else _bundled(table, one.key, bundle.characteristics)
            for one in table.characteristics
        }
        arguments = _loaded(table, panel, {**files, **labelled})
        if kind.of_study:
            arguments["result"] = result
        else:
            arguments["panel"] = panel
            if table.needs_events:
                arguments["events"] = events
        if "pairs" in kind.keys:
            arguments["pairs"] = table.pairs
        if "seed" in kind.keys:
            arguments["seed"] = table.seed
        results = _run(table, panel, arguments)
    own = table.needs_events and not kind.of_study  # what the study leaves out is said once
    return RegressionRun(table.name, table.kind, results, own, files, labelled)


def numbers_name(kind: str, name: str, key: str) -> str:
    """Name, in a bundle, the numbers that a key of a regression or an association names.

    Examples
    --------
    >>> numbers_name("granger", "Wars", "news")
    'association.Wars.news'
    """
    return f"{KINDS[kind].room}.{name}.{key}"


def _bundled(table: RegressionTable, key: str, numbers: Mapping[str, Numbers]) -> Numbers:
    name = numbers_name(table.kind, table.name, key)
    if name not in numbers:
        raise InputError(
            "is not in the bundle", parameter=key, received=name,
            allowed=", ".join(numbers) or "a bundle that a run of this study file wrote",
        )  # fmt: skip
    return numbers[name]


def _run(table: RegressionTable, panel: Panel, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = KINDS[table.kind]
    if table.each and kind.each is not None:
        return kind.each(**arguments)
    if "instrument" not in kind.keys:
        return {"": kind.call(**arguments)}
    call = partial(kind.call, **arguments)
    if not table.instruments:
        name = panel.ids[0] if len(panel) == 1 else None
        return {name or "": call(instrument=name)}
    for name in table.instruments:
        check_member(f"{table.place}.instrument", name, panel)
    return {name: call(instrument=name) for name in table.instruments}


def _loaded(table: RegressionTable, panel: Panel, files: Mapping[str, Any]) -> dict[str, Any]:
    """Give specifications and options with files read, and factors checked against the panel."""
    kind = KINDS[table.kind]
    load = partial(_load, table=table, panel=panel, files=files)
    out: dict[str, Any] = {}
    for parameter, spec in table.specs.items():
        own = [key for key in (one.name for one in fields(spec)) if key in kind.keys]
        loaded = {key: load(key, value) for key in own if (value := getattr(spec, key)) is not None}
        out[parameter] = replace(spec, **loaded)
    for key, value in table.options.items():
        out[kind.news if key == "news" else kind.named.get(key, key)] = load(key, value)
    return out


def _load(key: str, value: Any, *, table: RegressionTable, panel: Panel, files: Mapping[str, Any]) -> Any:
    place, form = f"{table.place}.{key}", KINDS[table.kind].keys[key]
    if isinstance(value, DatedFile):
        numbers = files[key][value.id].rename(value.id)
        return as_booleans(numbers, value) if form == "turbulent" else numbers
    if isinstance(value, CharacteristicsFile):
        return files[key].to_frame()
    if form == "member":
        check_member(place, value, panel)
    elif form == "members":
        for name in value:
            check_member(place, name, panel)
    elif form == "term":
        return checked_term(place, value, panel)
    elif form == "terms":
        return tuple(checked_term(place, term, panel) for term in value)
    elif form == "least squares":
        return checked_model(table.place, value, panel)
    return value


@contextmanager
def pairs_in_words(pairs: object) -> Iterator[None]:
    """Where pairs must be said and are not, say how a study file says them."""
    try:
        yield
    except InputError as error:
        if error.parameter == "pairs" and pairs is None:
            error.allowed = '"all", "place" or [["event", "instrument"]]'
        raise
