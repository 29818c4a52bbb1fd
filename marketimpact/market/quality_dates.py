"""What the dates of one series show: weekends, holes, closures, another frequency, the day a rate is in force."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .calendars import expected_days, expected_sessions
from .closures import closed_days
from .instruments import Instrument
from .panel import Panel
from .quality_findings import Days, Finding, counted, dates_in_words
from .quotes import Quotes

__all__ = ["date_findings", "dated_in_force", "early_end", "weekend_copies", "without_weekend_copies"]

CLOSED = 5
"""Expected sessions without a quote, one after the other, from which a gap is a closure."""

ENDS_EARLY = 10
"""Expected sessions by which a series may end before the rest of its panel."""

MIN_FOR_PATTERN = 40
"""Quotes below which no pattern of weekdays is told."""

WINDOW = 21
"""Gaps whose median tells the frequency."""

SATURDAY, SUNDAY = 5, 6


def weekdays(days: Days) -> NDArray[np.int64]:
    """Give the weekday of dates: 0 is Monday.

    Examples
    --------
    >>> weekdays(np.array(["2022-01-05", "2022-01-09"], dtype="datetime64[D]")).tolist()
    [2, 6]
    """
    return np.asarray((days.astype(np.int64) + 3) % 7)


def dated_in_force(days: Days) -> bool:
    """Tell whether dates run Tuesday to Saturday: by the day a rate is in force, not by the day that set it.

    Examples
    --------
    >>> days = np.arange("2021-01-01", "2022-01-01", dtype="datetime64[D]")
    >>> in_force = days[(weekdays(days) >= 1) & (weekdays(days) <= 5)]
    >>> dated_in_force(in_force), dated_in_force(days)
    (True, False)
    """
    if len(days) < MIN_FOR_PATTERN:
        return False
    share = np.bincount(weekdays(days), minlength=7) / len(days)
    return bool(share[SATURDAY] >= 0.1 and share[0] <= 0.03 and share[SUNDAY] <= 0.03)


def weekend_copies(instrument: Instrument, quotes: Quotes) -> NDArray[np.bool_]:
    """Mark the Saturdays and Sundays that repeat the last weekday's quote, where at least half of them do.

    Parameters
    ----------
    instrument : Instrument
    quotes : Quotes

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> from marketimpact.market.instruments import CurrencyPair
    >>> from marketimpact.provenance import Provenance
    >>> days = np.arange("2022-01-06", "2022-01-11", dtype="datetime64[D]")  # Thursday to Monday
    >>> quotes = Quotes(days, np.array([1.1, 1.2, 1.2, 1.2, 1.3]), Provenance("made up"))
    >>> weekend_copies(CurrencyPair("EUR", "USD"), quotes).tolist()
    [False, False, True, True, False]
    """
    off = _off_days(instrument, quotes.sessions)
    if not off.any() or dated_in_force(quotes.sessions):
        return np.zeros(len(off), dtype=np.bool_)
    before = np.maximum.accumulate(np.where(off, 0, np.arange(len(off))))
    near = quotes.sessions - quotes.sessions[before] <= np.timedelta64(4, "D")
    copies = off & ~off[before] & near & (quotes.levels == quotes.levels[before])
    return np.asarray(copies & (2 * np.count_nonzero(copies) >= np.count_nonzero(off)))


def without_weekend_copies(panel: Panel) -> Panel:
    """Give a panel whose series leave out the weekend rows that repeat a weekday's quote, with a note.

    Nothing was quoted on such days: news of a Saturday shows on Monday. The panel itself, where none has any.
    """
    quotes = []
    for instrument, one in zip(panel.instruments, panel.quotes, strict=True):
        copies = weekend_copies(instrument, one)
        if copies.any():
            said = counted(int(np.count_nonzero(copies)), "quote")
            note = f"{said} on Saturdays and Sundays equal to the weekday before: not quoted"
            kept = ~copies
            still = one.standing_still()[kept]
            one = Quotes(one.sessions[kept], one.levels[kept], one.provenance, (*one.notes, note), still)
        quotes.append(one)
    if all(new is old for new, old in zip(quotes, panel.quotes, strict=True)):
        return panel
    return Panel(panel.instruments, tuple(quotes))


def date_findings(instrument: Instrument, quotes: Quotes) -> Iterator[Finding]:
    """Give what the dates show.

    Parameters
    ----------
    instrument : Instrument
    quotes : Quotes

    Yields
    ------
    Finding

    Raises
    ------
    MissingExtraError, InputError, DataError
        If the instrument's calendar cannot be used.

    Examples
    --------
    >>> from marketimpact.market.instruments import CurrencyPair
    >>> from marketimpact.provenance import Provenance
    >>> days = np.array(["2022-01-05", "2022-01-13", "2022-01-14"], dtype="datetime64[D]")
    >>> quotes = Quotes(days, np.array([431.8, 433.1, 434.0]), Provenance("made up"))
    >>> print(*date_findings(CurrencyPair("USD", "KZT"), quotes))
    USD/KZT, closure: no quotes from 2022-01-06 to 2022-01-12, 5 weekdays
    """
    days = quotes.sessions
    if dated_in_force(days):
        words = (
            "dated Tuesday to Saturday, with no Mondays: dated by the day in force;"
            " propose dating_lag=1, never applied by itself (holes are not looked for until it is)"
        )
        saturdays = float(np.count_nonzero(weekdays(days) == SATURDAY))
        yield Finding(instrument.id, "dated in force", days[0], days[-1], saturdays, "Saturdays", words)
        return
    yield from _weekends(instrument, quotes)
    spans = expected_sessions(instrument.calendar, days)
    odd = _odd_stretches(spans)
    for i, j in odd:
        yield _other_frequency(instrument, days, spans, i, j)
    yield from _gaps(instrument, days, odd)


def early_end(instrument: Instrument, last: np.datetime64, end: np.datetime64) -> Iterator[Finding]:
    """Give a finding where a series ends more than ten expected sessions before its panel does.

    Parameters
    ----------
    instrument : Instrument
    last, end : datetime64[D]
        Last date of the series and of the panel.

    Yields
    ------
    Finding

    Examples
    --------
    >>> from marketimpact.market.instruments import CurrencyPair
    >>> last, end = np.datetime64("2022-03-01"), np.datetime64("2022-04-01")
    >>> print(*early_end(CurrencyPair("EUR", "RUB"), last, end))
    EUR/RUB, ends early: ends on 2022-03-01, 23 weekdays before the rest of the panel (2022-04-01)
    """
    if end - last <= np.timedelta64(ENDS_EARLY, "D"):
        return
    short = int(expected_sessions(instrument.calendar, np.array([last, end]))[1])
    if short > ENDS_EARLY:
        words = f"ends on {last}, {short} {_noun(instrument)} before the rest of the panel ({end})"
        yield Finding(instrument.id, "ends early", last, end, float(short), "sessions", words)


def _noun(instrument: Instrument) -> str:
    return "weekdays" if instrument.calendar is None else f"sessions of {instrument.calendar}"


def _off_days(instrument: Instrument, days: Days) -> NDArray[np.bool_]:
    """Mark the Saturdays and Sundays on which no session is expected."""
    off = weekdays(days) >= SATURDAY
    if off.any():
        off &= ~np.isin(days, _expected(instrument, days))
    return off


def _expected(instrument: Instrument, days: Days) -> Days:
    return expected_days(instrument.calendar, days[0], days[-1])


def _weekends(instrument: Instrument, quotes: Quotes) -> Iterator[Finding]:
    off, copies = _off_days(instrument, quotes.sessions), weekend_copies(instrument, quotes)
    filled = " equal to the weekday before (filled, not quoted; leave them out)"
    for kind, rows, what in (("weekend copies", copies, filled), ("weekend quotes", off & ~copies, "")):
        days = quotes.sessions[rows]
        if len(days):
            words = f"{counted(len(days), 'quote')} on Saturdays and Sundays{what}: {dates_in_words(days)}"
            yield Finding(instrument.id, kind, days[0], days[-1], float(len(days)), "quotes", words)


def _odd_stretches(spans: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Find stretches at another frequency than the series': index of the quotes that end their first and last gap.

    The frequency is the median span of the 21 gaps around; a stretch begins and ends with a gap of its own kind.
    """
    gaps = spans[1:]
    if len(gaps) < WINDOW:
        return []
    rolling = np.median(np.lib.stride_tricks.sliding_window_view(gaps, WINDOW), axis=1)
    rolling = np.pad(rolling, WINDOW // 2, mode="edge")
    usual = float(np.median(gaps))
    odd = np.concatenate([[0], (rolling >= 2) & (rolling != usual), [0]]).astype(np.int64)
    first, last = np.flatnonzero(np.diff(odd) == 1).tolist(), np.flatnonzero(np.diff(odd) == -1).tolist()
    found = []
    for i, j in zip(first, last, strict=True):
        level = rolling[i:j].max()
        start, stop = max(i - WINDOW // 2, 0), min(j + WINDOW // 2, len(gaps))
        own = np.flatnonzero(np.abs(gaps[start:stop] - level) < np.abs(gaps[start:stop] - usual)) + start + 1
        found.append((int(own[0]), int(own[-1])))
    return found


def _other_frequency(instrument: Instrument, days: Days, spans: NDArray[np.int64], i: int, j: int) -> Finding:
    every = float(np.median(spans[i : j + 1]))
    words = (
        f"one quote every {every:g} {_noun(instrument)} from {days[i - 1]} to {days[j]}"
        f" ({j - i + 2} quotes), every {np.median(spans[1:]):g} in the series as a whole"
    )
    return Finding(instrument.id, "other frequency", days[i - 1], days[j], every, "sessions", words)


def _gaps(instrument: Instrument, days: Days, odd: list[tuple[int, int]]) -> Iterator[Finding]:
    """Give each closure, and the single holes together; stretches of another frequency have a line of their own."""
    missing = np.setdiff1d(_expected(instrument, days), days)
    later = np.searchsorted(days, missing)
    for first, last in odd:
        later[(later >= first) & (later <= last)] = 0
    missing, later = missing[later > 0], later[later > 0]
    sizes = np.bincount(later, minlength=len(days))
    sizes[later[closed_days(instrument.closures, missing)]] = (
        CLOSED  # a declared closure is one, however short
    )
    for i in np.flatnonzero(sizes >= CLOSED).tolist():
        yield _closure(instrument, missing[later == i])
    yield from _holes(instrument, missing[sizes[later] < CLOSED])


def _closure(instrument: Instrument, missing: Days) -> Finding:
    words = f"no quotes from {missing[0]} to {missing[-1]}, {len(missing)} {_noun(instrument)}"
    declared = [str(one) for one in instrument.closures if closed_days((one,), missing).any()]
    if declared:
        covered = np.count_nonzero(closed_days(instrument.closures, missing))
        part = "declared" if covered == len(missing) else f"{covered} of them declared"
        words += f"; {part}: {', '.join(declared)}"
    return Finding(instrument.id, "closure", missing[0], missing[-1], float(len(missing)), "sessions", words)


def _holes(instrument: Instrument, missing: Days) -> Iterator[Finding]:
    """Give the holes as one finding: holes by a named calendar, else holidays or holes."""
    if not len(missing):
        return
    kind, words = "holes", f"{counted(len(missing), 'session')} of {instrument.calendar} without a quote"
    if instrument.calendar is None:
        kind = "weekdays without a quote"
        words = f"{len(missing)} (holidays or holes: name a calendar to tell)"
    words += f": {dates_in_words(missing)}"
    yield Finding(instrument.id, kind, missing[0], missing[-1], float(len(missing)), "sessions", words)
