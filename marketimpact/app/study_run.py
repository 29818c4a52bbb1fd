"""From a checked study file to events, panel and result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ..datasets.shipped import load_events, load_panel
from ..errors import DataError, InputError
from ..market.baskets import Basket, basket
from ..market.bond_members import requote
from ..market.curves import Curve, curve
from ..market.donors import Donors, check_donors
from ..market.factors import Benchmark, Shifted
from ..market.panel import Panel
from ..news.event_files import read_events
from ..news.event_set import EventSet, from_rows
from ..sources.files import read_prices
from ..sources.layouts import USUAL_COLUMNS
from ..sources.registry import fetch
from ..study.event_study import EventStudy
from ..study.models import BenchmarkSpread, FactorModel, MarketAdjusted, MarketModel, NormalModel
from ..study.models_lagged import DimsonModel, ScholesWilliams
from ..study.models_volatility import VolatilityStandardized
from ..study.result import StudyResult
from .layout_words import as_key, layout_said
from .regressions import RegressionRun, pairs_in_words, run_regression
from .study_file import NewsTable, SeriesTable, StudyFile
from .study_keys import NEWS, SERIES, STUDY, blamed

__all__ = ["Data", "Ran", "load_data", "load_news", "load_series", "run_file", "run_study"]

Progress = Callable[[int, int], None]

OnBasket = MarketModel | MarketAdjusted | DimsonModel | ScholesWilliams
"""Models that a study file puts on a basket."""


@dataclass(frozen=True, slots=True)
class Data:
    """What a study file names, loaded.

    Attributes
    ----------
    events : EventSet
    confounders : EventSet or None
    panel : Panel
    """

    events: EventSet
    confounders: EventSet | None
    panel: Panel


@dataclass(frozen=True, slots=True)
class Ran:
    """What a study file asked for, run.

    Attributes
    ----------
    result : StudyResult or None
        None where the file holds regressions and no [study].
    regressions : tuple of RegressionRun
    panel : Panel
        The series that both were run on.
    """

    result: StudyResult | None
    regressions: tuple[RegressionRun, ...]
    panel: Panel


def run_file(study: StudyFile, *, progress: Progress | None = None) -> Ran:
    """Load what a study file names, run its study and its regressions.

    Parameters
    ----------
    study : StudyFile
    progress : callable, optional
        Called with (done, all) after each series, each step of the study and each regression.

    Returns
    -------
    Ran

    Raises
    ------
    InputError, DataError
        If a file, a name or a value is refused: the message begins with the study file and the key.
    SourceError
        If a source does not answer as expected.
    MissingExtraError
        If a regression needs a package that is not installed.
    """
    series, steps = len(study.series), 2 * study.has_study
    total = series + steps + len(study.regressions)

    def report(done: int, _: int = 0) -> None:
        if progress is not None:
            progress(done, total)

    data = load_data(study, progress=report)
    result = None
    if study.has_study:
        result = run_study(study, data=data, progress=lambda done, _: report(done))
    runs = []
    for done, table in enumerate(study.regressions, start=series + steps + 1):
        runs.append(run_regression(table, data.panel, data.events))
        report(done)
    return Ran(result, tuple(runs), data.panel)


def load_data(study: StudyFile, *, progress: Progress | None = None) -> Data:
    """Load the events, the confounders and the series that a study file names.

    Parameters
    ----------
    study : StudyFile
    progress : callable, optional
        Called with (done, all) after each series.

    Returns
    -------
    Data

    Raises
    ------
    InputError, DataError, SourceError
        As `run_file`.
    """
    events = load_news(study.news)
    confounders = load_news(study.confounders) if study.confounders else None
    panels = []
    for done, table in enumerate(study.series, start=1):
        panels.append(load_series(table))
        if progress is not None:
            progress(done, len(study.series))
    with blamed(f"{study.name}: series"):
        return Data(events, confounders, panels[0].join(*panels[1:]))


def run_study(study: StudyFile, *, data: Data | None = None, progress: Progress | None = None) -> StudyResult:
    """Run the study of a study file.

    Parameters
    ----------
    study : StudyFile
    data : Data, optional
        What it names; loaded when not given.
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
    steps = len(study.series)

    def report(done: int, _: int = 0) -> None:
        if progress is not None:
            progress(done, steps + 2)

    if data is None:
        data = load_data(study, progress=report)
    plan = _with_factors(study, data.panel)
    with blamed(f"{study.name}: study", STUDY), pairs_in_words(study.pairs):
        return plan.run(
            data.panel, data.events, pairs=study.pairs, confounders=data.confounders, seed=study.seed,
            progress=lambda done, _: report(steps + done),
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


def load_series(table: SeriesTable) -> Panel:
    """Load the series that one [[series]] of a study file names.

    Parameters
    ----------
    table : SeriesTable

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
    also = {**USUAL_COLUMNS, "path": "file", "symbol": "source", "symbols": "source", "name": "dataset"}
    if table.instrument is not None:
        also |= {table.instrument.id: "file", table.value or "value": "value", table.date or "date": "date"}
    with blamed(table.place, SERIES, also), layout_said(as_key), _columns_by_key(table):
        if table.dataset is not None:
            return load_panel(table.dataset)
        if table.file is None or table.instrument is None:  # a file comes with an instrument
            return fetch(table.source, start=table.start, end=table.end)
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


@contextmanager
def _columns_by_key(table: SeriesTable) -> Iterator[None]:
    """Where a file lacks a column, say which key asked for it."""
    try:
        yield
    except DataError as error:
        if error.parameter == "column":
            error.parameter = "date" if error.received == (table.date or "date") else "value"
        raise


def _with_factors(study: StudyFile, panel: Panel) -> EventStudy:
    """Check the model's factors against the panel."""
    return replace(study.study, model=_checked(study.name, study.study.model, panel))


def _checked(name: str, model: NormalModel, panel: Panel) -> NormalModel:
    """Give the model with its basket or curve made of the panel's members."""
    if isinstance(model, VolatilityStandardized) and isinstance(model.model, NormalModel):
        return replace(model, model=_checked(name, model.model, panel))
    for term in model.factors:
        if isinstance(term, Donors):
            with blamed(f"{name}: study", also={"instrument": "donors", "donors": "donors"}):
                check_donors(panel, term)
            continue
        factor = term.of if isinstance(term, Benchmark | Shifted) else term
        if isinstance(factor, str):
            _check_member(name, "factors" if isinstance(model, FactorModel) else "benchmark", factor, panel)
        elif isinstance(factor, Basket) and isinstance(model, OnBasket):
            with blamed(f"{name}: study", also={"instrument": "basket", "ids": "basket"}):
                return replace(model, benchmark=basket(panel, factor.members, id=_basket_name(factor)))
        elif isinstance(factor, Curve):
            points = {one: tenor for one, tenor in factor.points if tenor is not None}
            also = {
                "instrument": "curve",
                "points": "curve",
                **{f"points.{one}": "curve" for one in points},
            }
            with blamed(f"{name}: study", also=also):
                return BenchmarkSpread(curve(panel, points, id=factor.id))
    return model


def _check_member(name: str, key: str, factor: str, panel: Panel) -> None:
    """Refuse a factor that is none of the series."""
    if factor not in panel:
        raise InputError(
            "is not one of the series",
            parameter=f"{name}: study.{key}",
            received=factor,
            allowed=", ".join(map(repr, panel.ids)),
        )


def _basket_name(factor: Basket) -> str:
    """Name a basket by its members, or by their number where they are many."""
    return ", ".join(factor.members) if len(factor.members) <= 3 else f"a basket of {len(factor.members)}"
