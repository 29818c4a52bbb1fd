"""Expected sessions, by a named calendar or else Monday to Friday: arrays of dates, never an event."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError, MissingExtraError
from ..maths.frozen import read_only

__all__ = ["expected_days", "expected_sessions", "setting_days", "weekday_offsets"]

Days = NDArray[np.datetime64]

FIRST = "1990-01-01"
"""First day that is asked of a named calendar; some begin later."""

AHEAD = np.timedelta64(365, "D")
"""How far from today named calendars are read, as exchange_calendars does by default."""


def expected_days(
    calendar: str | None, first: np.datetime64 | date | str, last: np.datetime64 | date | str
) -> Days:
    """Give the expected sessions from a first to a last day, both inclusive.

    Parameters
    ----------
    calendar : str or None
        A name that ``exchange_calendars`` or ``pandas_market_calendars`` knows, or None for Monday to Friday.
    first, last : datetime64, date or str
        Days, the text as ISO 8601 ("2022-01-05"); no session is expected where ``last`` is before ``first``.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)
        Ascending; read-only for a named calendar.

    Raises
    ------
    MissingExtraError, InputError, DataError
        If the calendar is named and its package is absent, none knows it, or it does not cover the days.

    Examples
    --------
    >>> expected_days(None, "2022-01-07", "2022-01-11").tolist()
    [datetime.date(2022, 1, 7), datetime.date(2022, 1, 10), datetime.date(2022, 1, 11)]
    """
    ends = np.array([first, last], dtype="datetime64[D]")
    if calendar is None or ends[1] < ends[0]:
        days = np.arange(ends[0], ends[1] + np.timedelta64(1, "D"))
        return np.asarray(days[np.is_busday(days)])
    named = _covering(calendar, ends)
    return named[np.searchsorted(named, ends[0]) : np.searchsorted(named, ends[1], side="right")]


def expected_sessions(calendar: str | None, sessions: Days) -> NDArray[np.int64]:
    """Count the expected sessions in (previous quote, this quote]: the span m of each move.

    Parameters
    ----------
    calendar : str or None
        A name that ``exchange_calendars`` or ``pandas_market_calendars`` knows, or None for Monday to Friday.
    sessions : ndarray of datetime64[D], shape (n,)
        Dates of the quotes, ascending.

    Returns
    -------
    ndarray of int, shape (n,)
        m, from 1; the first is 1. A quote on a day on which none was expected spans at least one session.

    Raises
    ------
    MissingExtraError, InputError, DataError
        If the calendar is named and its package is absent, none knows it, or it does not cover the quotes.

    Examples
    --------
    >>> days = np.array(["2021-12-31", "2022-01-03", "2022-01-05"], dtype="datetime64[D]")
    >>> expected_sessions(None, days).tolist()
    [1, 1, 2]
    """
    spans = np.ones(len(sessions), dtype=np.int64)
    if len(sessions) < 2:
        return spans
    after = sessions + np.timedelta64(1, "D")
    if calendar is None:
        spans[1:] = np.busday_count(after[:-1], after[1:])
    else:
        named = _covering(calendar, sessions)
        counted = np.searchsorted(named, after)
        spans[1:] = np.diff(counted)
    return np.maximum(spans, 1)


def _covering(calendar: str, sessions: Days) -> Days:
    """Every session of a named calendar, which must cover the quotes."""
    named = _named(calendar)
    if sessions[0] < named[0] or sessions[-1] > named[-1]:
        raise DataError(
            f"the calendar covers {named[0]} to {named[-1]}, the quotes {sessions[0]} to {sessions[-1]}",
            parameter="calendar",
            received=calendar,
            allowed="quotes within what the calendar covers, a newer version of its package, another calendar, or"
            " None for Monday to Friday",
        )
    return named


@lru_cache(maxsize=32)
def _named(calendar: str) -> Days:
    """Every session of a named calendar, from 1990 or its own beginning until a year from now; read-only."""
    known: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the packages' own, of nobody's use here
        for name, read in PACKAGES.items():
            package = _package(name, calendar)
            names = package.get_calendar_names()
            if calendar in names:
                return _sessions(package, read, calendar)
            known += names
    by_folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(calendar.casefold(), by_folded, n=3, cutoff=0.0)
    raise InputError(
        "is not a calendar of exchange_calendars or pandas_market_calendars",
        parameter="calendar",
        received=calendar,
        allowed=f"the nearest names are {', '.join(repr(by_folded[name]) for name in near)}; or None for Monday to"
        " Friday",
    )


def _package(name: str, calendar: str) -> ModuleType:
    """Import a package of calendars."""
    try:
        return import_module(name)
    except ImportError:
        raise MissingExtraError(
            f"the package {name}, which may know this calendar, is not installed",
            parameter="calendar",
            received=calendar,
            allowed="pip install 'marketimpact[calendars]', or calendar=None for Monday to Friday",
        ) from None


def _of_exchange(package: ModuleType, calendar: str) -> Any:
    earliest = package.get_calendar(calendar).bound_min()
    start = FIRST if earliest is None else max(earliest.date().isoformat(), FIRST)
    return package.get_calendar(calendar, start=start).sessions


def _of_market(package: ModuleType, calendar: str) -> Any:
    last = np.datetime64(date.today(), "D") + AHEAD
    return package.get_calendar(calendar).valid_days(FIRST, str(last)).tz_localize(None)


PACKAGES = {"exchange_calendars": _of_exchange, "pandas_market_calendars": _of_market}
"""Packages of calendars, in the order in which they are asked, and how each gives its sessions."""


def _sessions(package: ModuleType, read: Callable[[ModuleType, str], Any], calendar: str) -> Days:
    """Every session of a calendar that a package knows; read-only, for it is kept."""
    try:
        found = read(package, calendar)
    except (NotImplementedError, ValueError) as error:  # Orthodox Easter beside pandas 3.1, for one
        raise DataError(
            f"{package.__name__} knows the calendar, but fails to compute it beside the pandas that is installed"
            f" ({type(error).__name__})",
            parameter="calendar",
            received=calendar,
            allowed="another version of the package or of pandas, another calendar, or None for Monday to Friday",
        ) from None
    days = np.asarray(found.to_numpy().astype("datetime64[D]"))
    read_only(days)
    return days


def setting_days(sessions: Days, lag: int, calendar: str | None = None) -> Days:
    """Put officially dated rates back to the working day that set them.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (n,)
        Dates that the rates carry.
    lag : int
        Working days between setting and date [working days of the setting calendar].
    calendar : str or None
        The setting calendar, a name as in `expected_sessions`; None for Monday to Friday.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)

    Raises
    ------
    MissingExtraError, InputError
        If the calendar is named and its package is absent, or none knows it.
    DataError
        If two dates fall on one setting day, or the calendar does not cover the dates and their setting days.

    Examples
    --------
    A rate dated Tuesday was set on Monday, one dated Saturday on Friday:

    >>> setting_days(np.array(["2022-02-22", "2022-02-26"], dtype="datetime64[D]"), 1).tolist()
    [datetime.date(2022, 2, 21), datetime.date(2022, 2, 25)]
    """
    if lag == 0:
        return sessions
    if calendar is None:
        put_back = np.busday_offset(sessions, -lag, roll="forward")
    else:
        named = _covering(calendar, sessions)
        at = np.searchsorted(named, sessions) - lag
        if len(at) and at[0] < 0:
            raise DataError(
                f"the calendar begins on {named[0]}, too late to say when the rate dated {sessions[0]} was set",
                parameter="calendar",
                received=calendar,
                allowed="rates that begin later, another calendar, or None for Monday to Friday",
            )
        put_back = named[at]
    if np.any(put_back[1:] <= put_back[:-1]):
        i = int(np.flatnonzero(put_back[1:] <= put_back[:-1])[0])
        raise DataError(
            f"rates dated {sessions[i]} and {sessions[i + 1]} would both be set on {put_back[i]}",
            parameter="dating_lag",
            received=lag,
            allowed="the lag and the setting calendar that the source documents, without the rates that were only"
            " repeated over days on which none was set",
        )
    return np.asarray(put_back)


def weekday_offsets(sessions: Days, origin: np.datetime64) -> NDArray[np.int64]:
    """Give the distance of each session from a day, counted Monday to Friday; weekend days count as Friday."""
    return np.asarray(
        np.busday_count("1970-01-01", sessions + np.timedelta64(1, "D"))
        - np.busday_count("1970-01-01", origin + np.timedelta64(1, "D"))
    )
