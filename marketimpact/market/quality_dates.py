"""What the dates of one series show: weekends, days without a session, the day a rate is in force, an early end."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import lgamma, log

import numpy as np
from numpy.typing import NDArray

from .calendars import expected_days, expected_sessions
from .instruments import Instrument
from .panel import Panel
from .quality_findings import Days, Finding, counted, dates_in_words
from .quality_gaps import IMPROBABLE, gap_findings, noun_of
from .quotes import Quotes

__all__ = [
    "date_findings",
    "dated_in_force",
    "early_end",
    "holiday_copies",
    "weekend_copies",
    "without_copies",
]

ENDS_EARLY = 10
"""Expected sessions by which a series may end before the rest of its panel."""

MIN_FOR_PATTERN = 40
"""Quotes below which no pattern of weekdays is told."""

OFTEN, HARDLY = 0.1, 0.03
"""Share of a series' quotes on one day of the week: from the first it belongs to the pattern, up to the second not."""

OVER_A_WEEKEND, OVER_A_HOLIDAY = np.timedelta64(4, "D"), np.timedelta64(12, "D")
"""Days after a quote within which one that is equal may be its copy; China's holidays last over a week."""

FRIDAY, SATURDAY, SUNDAY = 4, 5, 6


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
    return _quoted_on(days, often=SATURDAY, hardly=(0, SUNDAY))


def _quoted_on(days: Days, often: int, hardly: tuple[int, int]) -> bool:
    """Tell whether many dates fall on one day of the week, and next to none on two others."""
    if len(days) < MIN_FOR_PATTERN:
        return False
    share = np.bincount(weekdays(days), minlength=7) / len(days)
    return bool(share[often] >= OFTEN and all(share[one] <= HARDLY for one in hardly))


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
    off = _off_days(instrument, quotes.sessions) & (weekdays(quotes.sessions) >= SATURDAY)
    if not off.any() or dated_in_force(quotes.sessions):
        return np.zeros(len(off), dtype=np.bool_)
    return _beyond_chance(quotes, off, _mostly(_repeats(quotes, off, OVER_A_WEEKEND), off), off)


def holiday_copies(instrument: Instrument, quotes: Quotes) -> NDArray[np.bool_]:
    """Mark the weekdays without a session that repeat the session before, where at least half of them do.

    Nothing is marked where moves of zero are so many that the repetitions may be chance.

    Parameters
    ----------
    instrument : Instrument
        Without a named calendar no day is known to be a holiday: nothing is marked.
    quotes : Quotes

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> from marketimpact.market.instruments import CurrencyPair
    >>> from marketimpact.provenance import Provenance
    >>> days = np.array(["2022-01-05", "2022-01-06"], dtype="datetime64[D]")
    >>> quotes = Quotes(days, np.array([431.8, 431.8]), Provenance("made up"))
    >>> holiday_copies(CurrencyPair("USD", "KZT"), quotes).tolist()
    [False, False]
    """
    if instrument.calendar is None or dated_in_force(quotes.sessions):
        return np.zeros(len(quotes), dtype=np.bool_)
    off = _off_days(instrument, quotes.sessions)
    holidays = off & (weekdays(quotes.sessions) < SATURDAY)
    copies = _mostly(holidays & _repeats(quotes, off, OVER_A_HOLIDAY), holidays)
    return _beyond_chance(quotes, off, copies, holidays)


def _beyond_chance(
    quotes: Quotes, off: NDArray[np.bool_], copies: NDArray[np.bool_], among: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Give the copies, but none where moves of zero are so many that the repetitions may be chance."""
    zero = np.diff(quotes.levels[~off]) == 0.0
    n, k = int(np.count_nonzero(among)), int(np.count_nonzero(copies))
    return copies if _hardly_chance(n, k, float(zero.mean()) if len(zero) else 0.0) else np.zeros_like(copies)


def _hardly_chance(n: int, k: int, chance: float) -> bool:
    """Tell whether k of n by chance is improbable: (n over k) chance^k, which bounds it, is below .01."""
    ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return chance == 0.0 or ways + k * log(chance) < log(IMPROBABLE)


def _repeats(quotes: Quotes, off: NDArray[np.bool_], within: np.timedelta64) -> NDArray[np.bool_]:
    """Mark the days off whose quote equals that of the last day that is none."""
    before = np.maximum.accumulate(np.where(off, 0, np.arange(len(off))))
    near = quotes.sessions - quotes.sessions[before] <= within
    return np.asarray(off & ~off[before] & near & (quotes.levels == quotes.levels[before]))


def _mostly(copies: NDArray[np.bool_], off: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Give the copies where they are at least half of the days off, else none: the days have quotes of their own."""
    return np.asarray(copies & (2 * np.count_nonzero(copies) >= np.count_nonzero(off)))


def without_copies(panel: Panel, ids: Collection[str]) -> Panel:
    """Give a panel whose series leave out the weekend and holiday rows that repeat the session before, with a note.

    Nothing was quoted on such days: news of a Saturday shows on Monday. The panel itself, where none of the named
    members has any.
    """
    quotes = []
    for instrument, one in zip(panel.instruments, panel.quotes, strict=True):
        named = instrument.id in ids
        if named and (copies := weekend_copies(instrument, one) | holiday_copies(instrument, one)).any():
            said = counted(int(np.count_nonzero(copies)), "quote")
            note = f"{said} on days without a session, equal to the session before: not quoted"
            kept = ~copies
            still = None if one.still is None else one.still[kept]
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
    sundays = _off_days(instrument, days) & (weekdays(days) == SUNDAY)
    if sundays.any() and _quoted_on(days, often=SUNDAY, hardly=(FRIDAY, SATURDAY)):
        words = (
            "quoted Sunday to Thursday, with no Fridays: name a calendar of such a week, like XSAU or XTAE"
            " (holes are not looked for until it is)"
        )
        value = float(np.count_nonzero(sundays))
        yield Finding(instrument.id, "week from Sunday", days[0], days[-1], value, "Sundays", words)
        return
    yield from _unexpected(instrument, quotes)
    yield from gap_findings(instrument, days)


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
        words = f"ends on {last}, {short} {noun_of(instrument)} before the rest of the panel ({end})"
        yield Finding(instrument.id, "ends early", last, end, float(short), "sessions", words)


def _off_days(instrument: Instrument, days: Days) -> NDArray[np.bool_]:
    """Mark the days on which no session is expected: Saturdays and Sundays, where no calendar is named."""
    if instrument.calendar is None:
        return weekdays(days) >= SATURDAY
    return ~np.isin(days, expected_days(instrument.calendar, days[0], days[-1]))


def _unexpected(instrument: Instrument, quotes: Quotes) -> Iterator[Finding]:
    """Give the quotes on days without a session: weekends, then holidays; copies of the day before apart."""
    off, weekend = _off_days(instrument, quotes.sessions), weekdays(quotes.sessions) >= SATURDAY
    filled = weekend_copies(instrument, quotes), holiday_copies(instrument, quotes)
    on_weekend, beside = "on Saturdays and Sundays", f"quoted that {instrument.calendar} does not expect"
    equal = "equal to the {} before (filled, not quoted; leave them out)"
    for kind, rows, noun, what in (
        ("weekend copies", filled[0], "quote", f"{on_weekend} {equal.format('weekday')}"),
        ("weekend quotes", off & weekend & ~filled[0], "quote", on_weekend),
        ("holiday copies", filled[1], "weekday", f"{beside}, {equal.format('session')}"),
        ("quotes on days without a session", off & ~weekend & ~filled[1], "weekday", beside),
    ):
        days = quotes.sessions[rows]
        if len(days):
            words = f"{counted(len(days), noun)} {what}: {dates_in_words(days)}"
            yield Finding(instrument.id, kind, days[0], days[-1], float(len(days)), "quotes", words)
