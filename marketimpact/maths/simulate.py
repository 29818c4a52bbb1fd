"""Made-up moves in which nothing happens, or a known effect does: to see how often a test rejects.

A test that is exact on paper may fail in the situation at hand: dates that pairs share, heavy tails, short windows.
A `Situation` says what it is; `windows_of` lays out its windows, and `simulate` draws moves for them, many times. A
test is then run on each draw, and its share of rejections compared with its level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from ..errors import InputError
from .frozen import Frozen, read_only

__all__ = ["Law", "Layout", "Situation", "Windows", "simulate", "windows_of"]

Law = Literal["normal", "t3", "skewed", "garch", "autoregressive"]
Layout = Literal["apart", "one date", "staggered", "one instrument", "few dates"]

AR = 0.2
"""Correlation of a move with the one before, of the law "autoregressive"."""

NEWS, MEMORY = 0.10, 0.88
"""Weights of yesterday's squared move and of yesterday's variance, of the law "garch"."""

BURN_IN = 200
"""Sessions drawn and thrown away, so that the variance of a GARCH has forgotten where it began [sessions]."""

GAP = 9
"""Sessions between two tested windows that lie apart [sessions]."""

BETWEEN_EVENTS = 20
"""Sessions from one event of an instrument to its next [sessions]."""

BETWEEN_DATES = 30
"""Sessions from one date to the next where several instruments share a few [sessions]."""

SPAN_GROWTH = 0.3
"""Growth of a move's variance with each further session that it spans."""

LEAST, MOST = 0.2, 0.95
"""Correlation with the common factor of the first and the last instrument, where they are unequal."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a test meets: N pairs of event and instrument, their windows, and the law of their moves.

    Parameters
    ----------
    name : str
        What it is called in a table.
    pairs : int
        Pairs N.
    sessions : int
        Sessions L of the window that is tested.
    estimation : int
        Sessions T of the estimation window, which ends where the tested window begins.
    law : {"normal", "t3", "skewed", "garch", "autoregressive"}
        Law of a move, of mean 0 and variance 1: normal; t with 3 degrees of freedom; exponential less its mean;
        GARCH with weights .10 and .88; correlated by .2 with the move before.
    layout : {"apart", "one date", "staggered", "one instrument", "few dates"}
        Every pair has an instrument of its own and tested windows lie apart; all on one date; each window begins
        ``step`` sessions after the one before; all pairs are events of one instrument; or ``dates`` dates, on each of
        which every instrument has an event. Where an instrument has several events, the windows of the others are
        left out of each estimation window.
    step : int, optional
        Sessions from the beginning of one window to that of the next, where windows are staggered.
    dates : int
        Dates of the layout "few dates".
    rho : float
        Correlation of two instruments on one session: a common factor's share of the variance.
    unequal : bool
        Whether instruments are correlated with the factor by .2 to .95 instead, one more than the other.
    event_variance, common_variance : float
        Factor by which the window's sessions raise the variance of each pair's own part, and of the common factor.
    stale : float
        Share of moves that are zero.
    spanned : bool
        Whether every seventh move spans two sessions and every twenty-third three, with the variance 1 + .3 (m - 1).
    effect : float
        Added to the first move of each window [standard deviations]: 0 to measure a size, else a power.

    Raises
    ------
    InputError
        For a law or layout that is not known, numbers that no window can have, and what cannot go together: moves that
        span several sessions, and pairs that share them or follow their past.

    Examples
    --------
    >>> Situation("20 windows one session apart", pairs=20, sessions=11, layout="staggered", step=1, rho=0.5).pairs
    20
    """

    name: str
    pairs: int = 30
    sessions: int = 1
    estimation: int = 150
    law: Law = "normal"
    layout: Layout = "apart"
    step: int | None = None
    dates: int = 5
    rho: float = 0.0
    unequal: bool = False
    event_variance: float = 1.0
    common_variance: float = 1.0
    stale: float = 0.0
    spanned: bool = False
    effect: float = 0.0

    def __post_init__(self) -> None:
        self._check_words()
        self._check_counts()
        self._check_numbers()

    def _check_words(self) -> None:
        for name, allowed in (("law", get_args(Law)), ("layout", get_args(Layout))):
            if getattr(self, name) not in allowed:
                raise _wrong(name, getattr(self, name), ", ".join(map(repr, allowed)))

    def _check_counts(self) -> None:
        for name, least in (("pairs", 1), ("sessions", 1), ("estimation", 3), ("dates", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise _wrong(name, value, f"a whole number from {least}")
        if self.step is not None and (self.layout != "staggered" or self.step < 0):
            raise _wrong("step", self.step, "a whole number from 0 with layout='staggered', else None")
        if self.layout == "staggered" and self.step is None:
            raise _wrong("step", None, "a whole number from 0 with layout='staggered'")
        if self.layout == "few dates" and self.pairs % self.dates:
            raise _wrong("pairs", self.pairs, f"a multiple of the {self.dates} dates")

    def _check_numbers(self) -> None:
        for name, high in (("rho", 1.0), ("stale", 1.0)):
            if not 0.0 <= getattr(self, name) < high:
                raise _wrong(name, getattr(self, name), "at least 0 and below 1")
        for name in ("event_variance", "common_variance"):
            if not 0.0 < getattr(self, name) < np.inf:
                raise _wrong(name, getattr(self, name), "a number above 0")
        if not np.isfinite(self.effect):
            raise _wrong("effect", self.effect, "a finite number")
        plain = self.layout == "apart" and not self.rho and not self.unequal
        if self.spanned and (not plain or self.law in ("garch", "autoregressive")):
            raise _wrong(
                "spanned", True, "moves that follow nobody else's and no past: layout='apart', rho=0"
            )


def _wrong(name: str, received: object, allowed: str) -> InputError:
    return InputError(
        "is no part of a situation", parameter=f"Situation.{name}", received=received, allowed=allowed
    )


@dataclass(frozen=True, slots=True, eq=False)
class Windows(Frozen):
    """The windows of a situation: the same in all draws. T estimation moves, then the L that are tested.

    Attributes
    ----------
    days : ndarray of int, shape (N, T + L)
        Session of each move, counted from 0.
    instrument : ndarray of int, shape (N,)
    usable : ndarray of bool, shape (N, T + L)
        False for estimation moves inside another event's window on the same instrument.
    spans : ndarray of int, shape (N, T + L)
        Sessions that each move spans.
    v : ndarray, shape (N, T + L)
        Variance of each move over that of an ordinary one.
    estimation : int
        T.
    """

    days: NDArray[np.int64]
    instrument: NDArray[np.int64]
    usable: NDArray[np.bool_]
    spans: NDArray[np.int64]
    v: NDArray[np.float64]
    estimation: int

    def __post_init__(self) -> None:
        read_only(self.days, self.instrument, self.usable, self.spans, self.v)

    @property
    def shape(self) -> tuple[int, int]:
        """Instruments and sessions of the situation."""
        return int(self.instrument.max()) + 1, int(self.days.max()) + 1

    def gather(self, moves: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the moves of each pair's windows, shape (D, N, T + L), from those that `simulate` gives."""
        return moves[:, self.instrument[:, None], self.days]


def windows_of(situation: Situation) -> Windows:
    """Lay out the windows of a situation.

    Parameters
    ----------
    situation : Situation

    Returns
    -------
    Windows

    Examples
    --------
    Two windows of two sessions, one session apart, after three estimation sessions each:

    >>> found = windows_of(Situation("", pairs=2, sessions=2, estimation=3, layout="staggered", step=1))
    >>> found.days.tolist()
    [[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]]
    """
    n, total, length = situation.pairs, situation.estimation, situation.sessions
    first, instrument = _placed(situation)
    column = np.arange(total + length)
    spans = np.ones((n, total + length), dtype=np.int64)
    if situation.spanned:
        place = column + 3 * np.arange(n)[:, None]
        spans[place % 7 == 0] = 2
        spans[place % 23 == 0] = 3
    days = np.cumsum(spans, axis=1) - spans[:, :1] + first[:, None]
    usable = np.full(days.shape, True)
    for one in np.unique(instrument):
        rows = np.flatnonzero(instrument == one)
        hit = np.unique(days[rows, total:])
        usable[rows, :total] = ~np.isin(days[rows, :total], hit)
    v = np.asarray(1.0 + SPAN_GROWTH * (spans - 1), dtype=np.float64)
    return Windows(days, instrument, usable, spans, v, total)


def _placed(situation: Situation) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First estimation session and instrument of each pair."""
    place = np.arange(situation.pairs)
    if situation.layout == "few dates":
        each = situation.pairs // situation.dates
        return place // each * (BETWEEN_DATES + situation.sessions - 1), place % each
    if situation.layout == "staggered":
        return place * (situation.step or 0), place
    if situation.layout == "one instrument":
        return place * max(BETWEEN_EVENTS, situation.sessions + 1), np.zeros_like(place)
    return place * (GAP + situation.sessions) * (situation.layout == "apart"), place


def simulate(situation: Situation, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw the moves of all instruments of a situation, on all its sessions.

    A move is b f_s + sqrt(1 - b^2) u_is, f the common factor of session s, u the instrument's own part, both of the
    situation's law, and b the root of rho, or what unequal instruments have.

    Parameters
    ----------
    situation : Situation
    draws : int
        Draws D, each of them a whole study.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (D, I, S)
        Moves of I instruments on S sessions [standard deviations of an ordinary move]; NaN where a quote is missing,
        which the next move spans. `Windows.gather` takes the moves of each pair's windows from it.

    Examples
    --------
    How often the t of one event of eleven sessions rejects at 5 % after thirty, by its exact variance and by s^2 L:

    >>> from scipy import stats
    >>> situation = Situation("one event", pairs=1, sessions=11, estimation=30)
    >>> y = windows_of(situation).gather(simulate(situation, 4000, np.random.default_rng(1)))[:, 0]
    >>> before, car = y[:, :30], y[:, 30:].sum(axis=1) - 11 * y[:, :30].mean(axis=1)
    >>> t = car / before.std(axis=1, ddof=1)
    >>> critical = stats.t.isf(0.025, 29)
    >>> [round(float(np.mean(abs(t) > critical * f**0.5)), 3) for f in (11 + 11**2 / 30, 11)]
    [0.047, 0.086]
    """
    windows = windows_of(situation)
    instruments, sessions = windows.shape
    moves = _drawn(situation.law, (draws, instruments, sessions), rng)
    hit = np.zeros(windows.shape, dtype=np.bool_)
    hit[windows.instrument[:, None], windows.days[:, windows.estimation :]] = True
    if situation.event_variance != 1.0:
        moves[:, hit] *= np.sqrt(situation.event_variance)
    if situation.rho or situation.unequal:
        common = _drawn(situation.law, (draws, 1, sessions), rng)
        common[:, :, hit.any(axis=0)] *= np.sqrt(situation.common_variance)
        b = _loadings(situation, instruments)[:, None]
        moves *= np.sqrt(1.0 - b**2)
        moves += b * common
    if situation.stale:
        moves[rng.random(moves.shape) < situation.stale] = 0.0
    if situation.spanned:
        root = np.full(windows.shape, np.nan)
        root[windows.instrument[:, None], windows.days] = np.sqrt(windows.v)
        moves *= root
    if situation.effect:
        moves[:, windows.instrument, windows.days[:, windows.estimation]] += situation.effect
    return moves


def _loadings(situation: Situation, instruments: int) -> NDArray[np.float64]:
    """Correlation of each instrument's moves with the common factor."""
    if situation.unequal:
        return np.linspace(LEAST, MOST, instruments)
    return np.full(instruments, np.sqrt(situation.rho))


def _drawn(law: Law, shape: tuple[int, int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw moves of mean 0 and variance 1; their last axis is time."""
    if law == "t3":
        return np.asarray(rng.standard_t(3.0, shape) / np.sqrt(3.0))
    if law == "skewed":
        return np.asarray(rng.standard_exponential(shape) - 1.0)
    if law == "garch":
        return _garch(shape, rng)
    moves = rng.standard_normal(shape)
    if law == "autoregressive":
        # The first move has the variance of all others from the start.
        moves[..., 1:] *= np.sqrt(1.0 - AR**2)
        moves = lfilter([1.0], [1.0, -AR], moves, axis=-1)
    return np.asarray(moves)


def _garch(shape: tuple[int, int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Moves whose variance follows h_t = (1 - a - b) + a e_(t-1)^2 + b h_(t-1)."""
    variance, last = np.ones(shape[:2]), rng.standard_normal(shape[:2])
    moves = np.empty(shape)
    for t in range(-BURN_IN, shape[2]):
        variance = (1.0 - NEWS - MEMORY) + NEWS * last**2 + MEMORY * variance
        last = np.sqrt(variance) * rng.standard_normal(shape[:2])
        if t >= 0:
            moves[..., t] = last
    return moves
