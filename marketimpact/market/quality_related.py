"""What two series show beside each other: one that lags the other by a session, a ratio that drifts in jumps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .instruments import Instrument
from .quality_findings import Days, Finding, dates_in_words
from .quality_levels import TO_SD, moves_of
from .quotes import Quotes

__all__ = ["Lag", "drift_finding", "lag_finding", "lags"]

WINDOW = 125
"""Common sessions over which moves are correlated: half a year."""

CLEARLY = 0.45
"""By how much the lagged correlation must exceed that of the same session.

Over twenty years of two unrelated series the largest excess is .26 in the middle and .36 in one pair in fifty, be
the moves normal, t3 or GARCH; where both share half of each session (New York beside London) it is .44.
"""

CLIP = 3.0
"""Robust sd at which moves are cut off before they are correlated: a few wild days decide nothing."""

MIN_MOVING = WINDOW // 2
"""Moves of a window that must not be zero, in both series."""

MIN_COMMON = 250
"""Common sessions below which a drift is not looked for."""

ALIKE = 0.1
"""Robust sd of the difference of two series' moves, over that of the moves, up to which they move alike."""

JUMP = 0.5
"""A jump of the ratio is at least so many robust sd of the moves."""

ONE_WAY = 0.8
"""Net jump over the sum of all sizes, from which jumps are of one direction."""

MOST_JUMPS = 0.02
"""Share of common sessions with a jump up to which two series move alike on nearly all days."""


@dataclass(frozen=True, slots=True)
class Lag:
    """A span in which a series shows what another one showed a session before.

    Attributes
    ----------
    other : str
        Id of the other series.
    first, last : datetime64[D]
        Of the series that lags.
    lagged, same : float
        Correlation of its moves with the other's of the session before, and of the same session.
    """

    other: str
    first: np.datetime64
    last: np.datetime64
    lagged: float
    same: float


@dataclass(frozen=True, slots=True)
class _Common:
    """Moves of two series between the sessions they share, and those sessions."""

    days: Days
    x: NDArray[np.float64]
    y: NDArray[np.float64]


def _common(one: tuple[Instrument, Quotes], other: tuple[Instrument, Quotes]) -> _Common:
    days, i, j = np.intersect1d(one[1].sessions, other[1].sessions, assume_unique=True, return_indices=True)
    x, y = moves_of(one[0], one[1].levels[i]), moves_of(other[0], other[1].levels[j])
    return _Common(days[1:], x, y)


def lags(one: tuple[Instrument, Quotes], other: tuple[Instrument, Quotes]) -> list[Lag]:
    """Find the spans in which the first series lags the second by a session.

    Moves between common sessions are cut off at three robust sd and correlated over rolling windows of 125. Where
    \\|r\\| with the other's move of the session before exceeds \\|r\\| of the same session by .45, the span is that
    around it whose sum of lagged less contemporaneous products is largest. A lag of half a year is found where the
    two series correlate by about .6 or more.

    Parameters
    ----------
    one, other : tuple of Instrument and Quotes

    Returns
    -------
    list of Lag

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch("ecb:EUR/ZAR", start="2020-01-01", end="2021-12-31")
    >>> rand, on_time = panel.instruments[0], panel.quotes[0]
    >>> late = Quotes(on_time.sessions[1:], on_time.levels[:-1], on_time.provenance)
    >>> found = lags((rand, late), (rand, on_time))
    >>> [(lag.other, str(lag.first), str(lag.last), round(lag.lagged, 2)) for lag in found]
    [('EUR/ZAR', '2020-01-08', '2021-12-31', 1.0)]
    """
    common = _common(one, other)
    if len(common.days) < WINDOW + 1:
        return []
    x, y = _cut_off(common.x), _cut_off(common.y)
    days, x, before, y = common.days[1:], x[1:], y[:-1], y[1:]
    lagged, same = _rolling_correlation(x, before), _rolling_correlation(x, y)
    ends = np.flatnonzero(np.abs(lagged) - np.abs(same) > CLEARLY)
    found = []
    for group in np.split(ends, np.flatnonzero(np.diff(ends) > WINDOW) + 1) if len(ends) else []:
        i, j = int(group[0]), int(group[-1]) + WINDOW
        sign = np.sign(lagged[group].sum())
        a, b = _heaviest(sign * x[i:j] * (before[i:j] - y[i:j]))
        span = slice(i + a, i + b + 1)
        found.append(
            Lag(
                other[0].id,
                days[i + a],
                days[i + b],
                float(np.corrcoef(x[span], before[span])[0, 1]),
                float(np.corrcoef(x[span], y[span])[0, 1]),
            )
        )
    return found


def lag_finding(instrument: Instrument, found: list[Lag]) -> Iterator[Finding]:
    """Give one finding for each span in which an instrument lags: that of the other series which shows it best.

    Parameters
    ----------
    instrument : Instrument
        The series that lags.
    found : list of Lag
        Beside any other series; spans that overlap are one.

    Yields
    ------
    Finding

    Examples
    --------
    >>> import marketimpact as mi
    >>> lag = Lag("USD/KZT", np.datetime64("2021-01-04"), np.datetime64("2021-06-30"), 0.9, 0.1)
    >>> [finding.kind for finding in lag_finding(mi.CurrencyPair("EUR", "KZT"), [lag])]
    ['suspected lag']
    """
    left = sorted(found, key=lambda lag: lag.first)
    while left:
        end, group = left[0].last, []
        while left and left[0].first <= end:
            group.append(left.pop(0))
            end = max(end, group[-1].last)
        best = max(group, key=lambda lag: abs(lag.lagged) - abs(lag.same))
        others = len({lag.other for lag in group}) - 1
        words = (
            f"from {best.first} to {best.last} it shows what {best.other} showed a session before"
            f" (correlation {best.lagged:.2f}, {best.same:.2f} on the same session)"
            + (f", and so beside {others} other series" if others else "")
            + "; propose dating_lag=1 for these dates, never applied by itself, unless it is quoted earlier in the day"
        )
        yield Finding(
            instrument.id, "suspected lag", best.first, best.last, abs(best.lagged), "correlation", words
        )


def _cut_off(moves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give moves in robust sd, cut off at three."""
    usual = _robust_sd(moves)
    return np.clip(moves / usual, -CLIP, CLIP) if usual else np.zeros(len(moves))


def _robust_sd(moves: NDArray[np.float64]) -> float:
    """Give the sd of moves by their median size, zeros aside."""
    moving = np.abs(moves[moves != 0.0])
    return TO_SD * float(np.median(moving)) if len(moving) else 0.0


def _rolling_sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(total[WINDOW:] - total[:-WINDOW])


def _rolling_correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the correlation over each window; 0 where a series hardly moves."""
    sx, sy = _rolling_sum(x), _rolling_sum(y)
    cross = _rolling_sum(x * y) - sx * sy / WINDOW
    square = (_rolling_sum(x * x) - sx**2 / WINDOW) * (_rolling_sum(y * y) - sy**2 / WINDOW)
    moving = np.minimum(_rolling_sum((x != 0.0) * 1.0), _rolling_sum((y != 0.0) * 1.0)) >= MIN_MOVING
    usable = moving & (square > 0.0)
    return np.where(usable, cross / np.sqrt(np.where(usable, square, 1.0)), 0.0)


def _heaviest(weights: NDArray[np.float64]) -> tuple[int, int]:
    """Give first and last index of the stretch with the largest sum."""
    total = np.concatenate([[0.0], np.cumsum(weights)])
    lowest = np.minimum.accumulate(total)
    last = int(np.argmax((total - lowest)[1:]))
    return int(np.argmin(total[: last + 1])), last


def _jumps(common: _Common) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find where the ratio of two series that else move alike jumps, and by how much; none where they do not."""
    usual = min(_robust_sd(common.x), _robust_sd(common.y))
    gap = common.x - common.y
    gap = gap - np.median(gap)
    spread = TO_SD * float(np.median(np.abs(gap)))
    large = np.flatnonzero(np.abs(gap) > max(JUMP * usual, 8.0 * spread))
    at = np.array([i for i in large.tolist() if _lasts(gap, i)], dtype=np.int64)
    alike = usual > 0.0 and spread <= ALIKE * usual and len(at) <= MOST_JUMPS * len(gap)
    return (at, gap[at]) if alike else (at[:0], gap[:0])


def _lasts(gap: NDArray[np.float64], i: int) -> bool:
    """Tell whether a jump neither is taken back within two sessions nor takes back one of two sessions before."""
    sums = gap[max(i - 2, 0) : i + 1].sum(), gap[i : i + 3].sum()
    return bool(np.abs(sums).min() > 0.5 * abs(gap[i]))


def drift_finding(one: tuple[Instrument, Quotes], other: tuple[Instrument, Quotes]) -> Iterator[Finding]:
    """Tell whether two series move alike on nearly all days while their ratio drifts in jumps of one direction.

    Such is a series adjusted for coupons or dividends beside the raw one. One jump alone, as of a new unit or base,
    is a finding of its own kind. A jump counts where it is half
    a robust sd of the moves or more and is not taken back within two sessions, as a bad quote is.

    Parameters
    ----------
    one, other : tuple of Instrument and Quotes

    Yields
    ------
    Finding
        Of the first series; two series of different kinds give none.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch("ecb:EUR/ZAR", start="2020-01-01", end="2021-12-31")
    >>> raw, rand = panel.quotes[0], panel.instruments[0]
    >>> adjusted = raw.levels * np.where(raw.sessions < np.datetime64("2021-01-15"), 0.9, 1.0)
    >>> [one] = drift_finding((rand, raw), (rand, Quotes(raw.sessions, adjusted, raw.provenance)))
    >>> one.kind, str(one.first), round(one.value, 3)
    ('one jump', '2021-01-15', -0.105)
    """
    kind = one[0].move_kind()
    if (kind.rule, kind.unit) != ((theirs := other[0].move_kind()).rule, theirs.unit):
        return
    common = _common(one, other)
    if len(common.days) < MIN_COMMON:
        return
    at, sizes = _jumps(common)
    total = float(sizes.sum())
    if not len(at) or abs(total) < ONE_WAY * np.abs(sizes).sum():
        return
    days, size = common.days[at], f"{kind.scale * total:+.3g} {kind.display_unit}"
    if len(at) == 1:
        name = "one jump"
        what = f"one jump, {size} on {days[0]}, drives them apart: a new unit or base, or another bond, in one of them"
    else:
        name = "drift in jumps"
        what = (
            f"{len(at)} jumps of one direction, {size} in all, drive them apart: {dates_in_words(days)};"
            " one of them may be adjusted, the other raw"
        )
    words = f"moves as {other[0].id} on nearly all days, but {what}"
    yield Finding(one[0].id, name, days[0], days[-1], total, kind.unit, words)
