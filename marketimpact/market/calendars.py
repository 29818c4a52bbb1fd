"""Expected sessions, by a named calendar or else Monday to Friday: arrays of dates, never an event."""

from __future__ import annotations

import warnings
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError, MissingExtraError

__all__ = ["expected_sessions", "setting_days", "weekday_offsets"]

Days = NDArray[np.datetime64]


def expected_sessions(calendar: str | None, sessions: Days) -> NDArray[np.int64]:
    """Count the expected sessions in (previous quote, this quote]: the span m of each move.

    Parameters
    ----------
    calendar : str or None
        A name that ``exchange_calendars`` knows, or None for Monday to Friday.
    sessions : ndarray of datetime64[D], shape (n,)
        Dates of the quotes, ascending.

    Returns
    -------
    ndarray of int, shape (n,)
        m, from 1; the first is 1. A quote on a day on which none was expected spans at least one session.

    Raises
    ------
    MissingExtraError, InputError, DataError
        If the calendar is named and its package is absent, does not know it, or the calendar ends too early.

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
            allowed="a calendar that covers the quotes, or None for Monday to Friday",
        )
    return named


@lru_cache(maxsize=32)
def _named(calendar: str) -> Days:
    """Every session of a named calendar."""
    try:
        import exchange_calendars
    except ImportError:
        raise MissingExtraError(
            "named calendars need the package exchange_calendars",
            parameter="calendar",
            received=calendar,
            allowed="pip install 'marketimpact[calendars]', or calendar=None for Monday to Friday",
        ) from None
    from exchange_calendars.errors import InvalidCalendarName

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the package's own, of nobody's use here
            earliest = exchange_calendars.get_calendar(calendar).bound_min()
            start = "1990-01-01" if earliest is None else max(earliest.date().isoformat(), "1990-01-01")
            found = exchange_calendars.get_calendar(calendar, start=start)
    except InvalidCalendarName:
        raise InputError(
            "is not a calendar of exchange_calendars",
            parameter="calendar",
            received=calendar,
            allowed="a name like 'XLON', 'XNYS' or 'AIXK', or None for Monday to Friday",
        ) from None
    return np.asarray(found.sessions.to_numpy().astype("datetime64[D]"))


def setting_days(sessions: Days, lag: int, calendar: str | None = None) -> Days:
    """Put officially dated rates back to the working day that set them.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (n,)
        Dates that the rates carry.
    lag : int
        Working days between setting and date [working days of the setting calendar].
    calendar : str or None
        The setting calendar; None for Monday to Friday.

    Returns
    -------
    ndarray of datetime64[D], shape (n,)

    Raises
    ------
    DataError
        If two dates fall on one setting day.

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
        put_back = named[np.searchsorted(named, sessions) - lag]
    if np.any(put_back[1:] <= put_back[:-1]):
        at = int(np.flatnonzero(put_back[1:] <= put_back[:-1])[0])
        raise DataError(
            f"rates dated {sessions[at]} and {sessions[at + 1]} would both be set on {put_back[at]}",
            parameter="dating_lag",
            received=lag,
            allowed="the lag and the setting calendar that the source documents",
        )
    return np.asarray(put_back)


def weekday_offsets(sessions: Days, origin: np.datetime64) -> NDArray[np.int64]:
    """Give the distance of each session from a day, counted Monday to Friday; weekend days count as Friday."""
    return np.asarray(
        np.busday_count("1970-01-01", sessions + np.timedelta64(1, "D"))
        - np.busday_count("1970-01-01", origin + np.timedelta64(1, "D"))
    )
