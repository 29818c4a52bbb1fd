"""From a checked study file to events, panel and result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..datasets.shipped import load_events, load_panel
from ..errors import DataError, InputError
from ..market.bond_members import requote
from ..market.panel import Panel
from ..news.event_files import read_events
from ..news.event_set import EventSet, from_rows
from ..sources.files import read_prices
from ..sources.layouts import USUAL_COLUMNS
from ..study.event_study import EventStudy
from ..study.result import StudyResult
from .bundle import Bundle
from .dated_numbers import columns_by_key
from .layout_words import as_key, layout_said
from .normal_models import checked_model
from .regressions import RegressionRun, pairs_in_words, run_regression
from .series_missing import blamed_on_missing, missing_ids
from .study_file import NewsTable, SeriesTable, StudyFile
from .study_keys import NEWS, SERIES, STUDY, blamed
from .study_sources import check_sources, fetch_series

__all__ = ["Data", "Ran", "load_news", "load_series", "run_file", "run_study"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Data:
    """What a study file names, loaded.

    Attributes
    ----------
    events : EventSet or None
        None where the file names none.
    confounders : EventSet or None
    panel : Panel
    """

    events: EventSet | None
    confounders: EventSet | None
    panel: Panel


@dataclass(frozen=True, slots=True)
class Ran:
    """What a study file asked for, run.

    Attributes
    ----------
    result : StudyResult or None
        None where the file holds regressions or associations and no [study].
    regressions : tuple of RegressionRun
    panel : Panel
        The series that all were run on.
    associations : tuple of RegressionRun
    data : Data or None
        What all were run on.
    """

    result: StudyResult | None
    regressions: tuple[RegressionRun, ...]
    panel: Panel
    associations: tuple[RegressionRun, ...] = ()
    data: Data | None = None

    @property
    def runs(self) -> tuple[RegressionRun, ...]:
        """Regressions, then associations."""
        return (*self.regressions, *self.associations)


@dataclass(slots=True)
class _Steps:
    """Progress of a run: each series counts as its requests, once they are known, and as one till then."""

    progress: Progress | None
    series: list[int]
    others: int
    done: int = 0

    def requests(self, at: int) -> Progress:
        """Give the callable that a series reports its requests to."""

        def report(done: int, total: int) -> None:
            self.series[at] = total
            self._to(sum(self.series[:at]) + done)

        return report

    def over(self, at: int) -> None:
        """A series has been loaded."""
        self._to(sum(self.series[: at + 1]))

    def other(self, done: int) -> None:
        """So many steps after the series are done."""
        self._to(sum(self.series) + done)

    def _to(self, done: int) -> None:
        if done > self.done and self.progress is not None:
            self.progress(done, sum(self.series) + self.others)
        self.done = max(done, self.done)


def run_file(
    study: StudyFile, *, bundle: Bundle | None = None, offline: bool = False, progress: Progress | None = None
) -> Ran:
    """Load what a study file names, run its study, its regressions and its associations.

    Parameters
    ----------
    study : StudyFile
    bundle : Bundle, optional
        Series, events and numbers to run on in the place of those that the file names, which are not touched.
    offline : bool
        Never touch the network: what the cache does not hold of sources is an error.
    progress : callable, optional
        Called with (done, all) after each series, each step of the study, each regression and association; a series of
        several requests counts as so many, and ``all`` grows when they are known.

    Returns
    -------
    Ran
        Where some series of a [[series]] did not come, the rest is done, with a warning; ``panel.ledger`` names them.

    Raises
    ------
    InputError, DataError
        If a file, a name or a value is refused: the message begins with the study file and the key.
    SourceError
        If a source does not answer as expected, or something is to be run on a series that did not come.
    MissingExtraError
        If a regression needs a package that is not installed.
    """
    tables = (*study.regressions, *study.associations)
    of_study = 2 * study.has_study
    steps = _Steps(progress, [1] * len(study.series), of_study + len(tables))
    data = _loaded(study, offline, steps) if bundle is None else _bundled(study, bundle)
    result = None
    if study.has_study:
        result = run_study(study, data=data, progress=lambda done, _: steps.other(done))
    runs = []
    with blamed_on_missing(missing_ids(study.series, data.panel.ledger)):
        for done, table in enumerate(tables, start=of_study + 1):
            runs.append(run_regression(table, data.panel, data.events, result=result, bundle=bundle))
            steps.other(done)
    first = len(study.regressions)
    return Ran(result, tuple(runs[:first]), data.panel, tuple(runs[first:]), data)


def _bundled(study: StudyFile, bundle: Bundle) -> Data:
    """Take from a bundle what a study file names."""
    taken: dict[str, EventSet | None] = {}
    for name, table in (("events", study.news), ("confounders", study.confounders)):
        taken[name] = getattr(bundle, name) if table is not None else None
        if table is not None and taken[name] is None:
            raise InputError(
                "are not in the bundle",
                parameter=table.place,
                received=", ".join(bundle.panel.ids),
                allowed=f"a bundle with {name}, as a run of this study file writes it",
            )
    return Data(taken["events"], taken["confounders"], bundle.panel)


def _loaded(study: StudyFile, offline: bool, steps: _Steps) -> Data:
    check_sources(study.series)
    events = load_news(study.news) if study.news else None
    confounders = load_news(study.confounders) if study.confounders else None
    panels = []
    for at, table in enumerate(study.series):
        panels.append(load_series(table, offline=offline, progress=steps.requests(at)))
        steps.over(at)
    with blamed(f"{study.name}: series"):
        return Data(events, confounders, panels[0].join(*panels[1:]))


def run_study(
    study: StudyFile, *, data: Data | None = None, offline: bool = False, progress: Progress | None = None
) -> StudyResult:
    """Run the study of a study file.

    Parameters
    ----------
    study : StudyFile
    data : Data, optional
        What it names; loaded when not given.
    offline : bool
        As in `run_file`.
    progress : callable, optional
        Called with (done, all) after each series that is loaded, and each step of the study.

    Returns
    -------
    StudyResult

    Raises
    ------
    InputError, DataError, SourceError
        As `run_file`.
    """
    steps = _Steps(progress, [1] * len(study.series) if data is None else [], 2)
    if data is None:
        data = _loaded(study, offline, steps)
    assert data.events is not None  # noqa: S101 - a study file without events has no study
    with blamed_on_missing(missing_ids(study.series, data.panel.ledger)):
        plan = _with_factors(study, data.panel)
        with blamed(f"{study.name}: study", STUDY), pairs_in_words(study.pairs):
            return plan.run(
                data.panel, data.events, pairs=study.pairs, confounders=data.confounders, seed=study.seed,
                progress=lambda done, _: steps.other(done),
            )  # fmt: skip


def load_news(table: NewsTable) -> EventSet:
    """Load the events that a study file names, and keep those it selects.

    Parameters
    ----------
    table : NewsTable

    Returns
    -------
    EventSet
        Events that could not be read stand in ``rejected`` where they are selected.

    Raises
    ------
    InputError, DataError
        If the file or the list is refused, a selected event is unknown, or none can be read.
    """
    also = {
        "path": "file",
        "column": "columns",
        "name": "dataset",
        "event_id": "select",
        "events": "",
        "id": "",
    }
    with blamed(table.place, NEWS, also):
        if table.file is not None:
            events = read_events(
                table.file, columns=table.columns or None, zone=table.zone, **dict(table.form)
            )
        elif table.dataset is not None:
            events = load_events(table.dataset)
        else:
            rows = [dict(row) for row in table.rows]
            places = [f"number {i}" for i in range(1, len(rows) + 1)]
            events = from_rows(rows, places, f"{table.place.rpartition(': ')[2]}.list", zone=table.zone)
        return _selected(events, table.select) if table.select else events


def _selected(events: EventSet, names: tuple[str, ...]) -> EventSet:
    """Some events in the order asked for; a selected one that could not be read stays in the ledger."""
    rejected = tuple(row for row in events.rejected if row.event_id in names)
    lost = {row.event_id for row in rejected}
    readable = [name for name in names if name not in lost]
    if not readable:
        raise DataError(
            f"no selected event could be read: {rejected[0].reason}", parameter="select", received=list(names)
        )
    return replace(events.select(readable), rejected=rejected)


def load_series(table: SeriesTable, *, offline: bool = False, progress: Progress | None = None) -> Panel:
    """Load the series that one [[series]] of a study file names.

    Parameters
    ----------
    table : SeriesTable
    offline : bool
        As in `run_file`.
    progress : callable, optional
        Called with (done, all), counted in requests to a source.

    Returns
    -------
    Panel

    Raises
    ------
    InputError, DataError
        If the source, the file or its numbers are refused.
    SourceError
        If the source does not answer as expected.
    """
    if table.file is None and table.dataset is None:
        return fetch_series(table, offline=offline, progress=progress)
    also = {**USUAL_COLUMNS, "path": "file", "name": "dataset"}
    if table.instrument is not None:
        also |= {table.instrument.id: "file", table.value or "value": "value", table.date or "date": "date"}
    with blamed(table.place, SERIES, also), layout_said(as_key), columns_by_key(table.date):
        if table.dataset is not None:
            return load_panel(table.dataset)
        assert table.file is not None and table.instrument is not None  # noqa: S101, PT018 - a file comes with one
        panel = read_prices(
            table.file, table.instrument, date=table.date, value=table.value, layout=table.layout
        )
    said = table.provenance
    quotes = [
        replace(one, provenance=replace(one.provenance, kind=said.kind, note=said.note))
        for one in panel.quotes
    ]
    panel = Panel(panel.instruments, tuple(quotes))
    if table.requote is None:
        return panel
    name = panel.ids[0]
    with blamed(table.place, SERIES, {"quoted": "requote", name: "requote"}):
        return requote(panel, name, table.requote, id=name)


def _with_factors(study: StudyFile, panel: Panel) -> EventStudy:
    """Check the model's factors against the panel."""
    return replace(study.study, model=checked_model(f"{study.name}: study", study.study.model, panel))
