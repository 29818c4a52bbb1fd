"""The sources of a study file: what each [[series]] asks for, checked, fetched, and blamed by file and key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from ..errors import InputError
from ..market.instruments import Instrument
from ..market.panel import Panel
from ..sources.registry import fetch, requested
from .study_file import SeriesTable
from .study_keys import INSTRUMENTS, SERIES, blamed

__all__ = ["check_sources", "fetch_series"]


def check_sources(tables: Iterable[SeriesTable]) -> None:
    """Refuse what a source can never answer before any is asked.

    Parameters
    ----------
    tables : iterable of SeriesTable
        Of one file; those without a source are passed over.

    Raises
    ------
    InputError
        Naming file and key.
    """
    for table in tables:
        if table.source:
            with _blamed_on_source(table):
                requested(
                    table.source, start=table.start, end=table.end, instruments=_described(table),
                    adjusted=table.options.adjusted,
                )  # fmt: skip


def fetch_series(table: SeriesTable, *, offline: bool, progress: Callable[[int, int], None] | None) -> Panel:
    """Fetch the symbols of one [[series]].

    Parameters
    ----------
    table : SeriesTable
        One with a source.
    offline : bool
        Never touch the network.
    progress : callable, optional
        Called with (done, all), counted in requests.

    Raises
    ------
    InputError, SourceError
        Naming file and key.
    """
    with _blamed_on_source(table):
        return fetch(
            table.source,
            start=table.start,
            end=table.end,
            instruments=_described(table),
            offline=offline,
            options=table.options,
            progress=progress,
        )


def _described(table: SeriesTable) -> dict[str, Instrument]:
    return {} if table.instrument is None else {table.source[0]: table.instrument}


@contextmanager
def _blamed_on_source(table: SeriesTable) -> Iterator[None]:
    """Name file and key in errors of a source, and say what a study file can do."""
    said = table.instrument
    also = {"symbol": "source", "symbols": "source", "instruments": "source"}
    if said is not None:
        key = next(name for name, (kind, *_) in INSTRUMENTS.items() if isinstance(said, kind))
        also |= {"instruments": key, said.id: "source"}
    with blamed(table.place, SERIES, also), _described_in_file(table):
        yield


@contextmanager
def _described_in_file(table: SeriesTable) -> Iterator[None]:
    """Have an error that asks for instruments say how a study file gives one."""
    try:
        yield
    except InputError as error:
        if "instruments={" in (error.allowed or ""):
            error.allowed = (
                'a [[series]] of its own with what it quotes, like factor = { id = "...", move = "difference",'
                ' unit = "percent" }'
            )
        raise
