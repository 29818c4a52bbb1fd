"""Series of a study file that did not come: what they are called, and which errors they cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import InputError, SourceError
from ..ledger import Ledger
from ..sources.protocol import Request, day_of
from ..sources.registry import SOURCES
from .study_file import SeriesTable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["blamed_on_missing", "missing_ids", "series_table"]


def series_table(ledger: Ledger) -> pd.DataFrame:
    """Give the ledger of series as a table of what it says of them.

    Parameters
    ----------
    ledger : Ledger
        Of a panel that was fetched.

    Returns
    -------
    DataFrame
        ``series`` as the study file names it, ``status`` and ``reason``, one row each.

    Examples
    --------
    >>> from ..ledger import instrument_ledger
    >>> series_table(instrument_ledger(["ecb:EUR/RUB", "fred:NONE"], ["", "no such series"])).values.tolist()
    [['ecb:EUR/RUB', 'used', ''], ['fred:NONE', 'left out', 'no such series']]
    """
    return ledger.to_frame()[["instrument", "status", "reason"]].rename(columns={"instrument": "series"})


def missing_ids(tables: Sequence[SeriesTable], ledger: Ledger | None) -> dict[str, str]:
    """Give the ids that series would have had that did not come, each with its name and the reason.

    Parameters
    ----------
    tables : sequence of SeriesTable
    ledger : Ledger or None
        Of the panel.

    Returns
    -------
    dict of str to str
        "fred:DGS10 did not come (...)" by "UST 10y".
    """
    if ledger is None or ledger.used == ledger.given:
        return {}
    rows = series_table(ledger).query("status == 'left out'")
    reasons = {
        name: reason.removeprefix(f"{name}: ")
        for name, reason in zip(rows["series"], rows["reason"], strict=True)
    }
    found = {}
    for table in tables:
        for name in table.source:
            if name in reasons:
                found[_id_of(name, table)] = f"{name} did not come ({reasons[name]})"
    return found


def _id_of(name: str, table: SeriesTable) -> str:
    """Give the id that a series would have had; its name where its source cannot say."""
    word, _, symbol = name.partition(":")
    try:
        dates = day_of(table.start, "start"), day_of(table.end, "end")
        return SOURCES[word].instrument(Request(symbol, *dates, table.instrument, table.options.adjusted)).id
    except (KeyError, InputError):  # a bundle's ledger beside a study file that was changed since
        return name


@contextmanager
def blamed_on_missing(missing: Mapping[str, str]) -> Iterator[None]:
    """Say of a name that is in no series that its series did not come, where that is the cause.

    Parameters
    ----------
    missing : mapping of str to str
        As `missing_ids` gives it.

    Raises
    ------
    SourceError
        In the place of an error about such a name.

    Examples
    --------
    >>> with blamed_on_missing({"UST 10y": "fred:DGS10 did not come (no such series)"}):
    ...     raise InputError("is not one of the series", parameter="study.factors", received="UST 10y")
    Traceback (most recent call last):
        ...
    marketimpact.errors.SourceError: study.factors: is not one of the series: fred:DGS10 did not come
    (no such series); received 'UST 10y'; allowed: a later run, or a study file without it
    """
    try:
        yield
    except InputError as error:
        causes = [said for name, said in missing.items() if name in _names_in(error.received)]
        if not causes:
            raise
        raise SourceError(
            f"{error.message}: {'; '.join(causes)}",
            parameter=error.parameter,
            received=error.received,
            allowed="a later run, or a study file without it",
        ) from error


def _names_in(received: object) -> set[str]:
    """Give every text in what an error received."""
    if isinstance(received, str):
        return {received}
    if isinstance(received, list | tuple | set | frozenset):
        return {name for one in received for name in _names_in(one)}
    return set()
