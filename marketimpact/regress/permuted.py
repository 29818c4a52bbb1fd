"""Event dates drawn anew: the p of an event dummy that rests on no standard error, by Frisch and Waugh's regression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..maths.outcome import Outcome, not_applicable
from ..maths.resample import DRAWS
from ..maths.single_event import TIE
from .estimation import Sample
from .observations import Observations

__all__ = ["PERMUTED", "permute_dates"]

PERMUTED = "permutation of event dates"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST_DATES = 19
"""Other dates below which no p can reach .05."""


def permute_dates(
    found: Observations,
    sample: Sample,
    chosen: NDArray[np.bool_],
    taus: tuple[int, ...],
    columns: tuple[int, ...],
    how: tuple[str, int, int],
) -> tuple[Outcome, ...]:
    """Test the dummies of one event type against those of dates drawn at random, with the whole regression refitted.

    The dates of the type move to as many other dates, all instruments together and leads and lags with them; everything
    else in the regression stays. With D the dummies, Z the other regressors, and y~, D~ what is left of y and D beside
    Z, each draw has b = (D~'D~)^-1 D~'y~ and the plain t of least squares; p = (1 + #{abs(t) >= abs(observed)}) /
    (draws + 1), or the exact share where all placements can be listed. With one event day it is the rank of the day
    among all days, with refit. It assumes that without the news the days are alike and could be exchanged: it says
    "unusual days", and cannot tell a shift from a burst of variance. Days of other news are not drawn.

    Parameters
    ----------
    found : Observations
    sample : Sample
    chosen : ndarray of bool, shape (N,)
        Event sessions of the type.
    taus : tuple of int, length m
    columns : tuple of int, length m
        Places of its dummies among the regressors.
    how : (str, int, int)
        Name of the type, number of draws, seed: the draws hang on these and on the dates alone.

    Returns
    -------
    tuple of Outcome, length m

    References
    ----------
    Lehmann and Romano (2005), Testing Statistical Hypotheses, section 15.2; Frisch and Waugh (1933),
    doi:10.2307/1907330; Gelbach, Helland and Klick (2013), doi:10.1093/aler/aht006, for one event day.
    """
    left = _Left.of(sample, columns, found)
    dates = _Dates.of(found, sample, chosen, taus, columns)
    observed = left.t(dates.observed[:, None] + np.array(taus))
    g, pool = len(dates.anchors), len(dates.pool)
    if pool < FEWEST_DATES + g or not np.isfinite(observed).all():
        reason = f"{pool} dates that could carry the events, needs {FEWEST_DATES + g}"
        return tuple(not_applicable(PERMUTED, reason, n=len(dates.observed), n_clusters=g) for _ in taus)
    listed = (g == 1 or dates.alike) and comb(pool, g) <= DRAWS and dates.inside
    total, hits = 0, np.zeros(len(taus), dtype=np.int64)
    for draw in _every(pool, g) if listed else _some(pool, g, how):
        t = left.t(dates.placed(draw)[:, None] + np.array(taus))
        hits += ~(np.abs(t) < np.abs(observed) * (1.0 - TIE))
        total += 1
    more = 0 if listed else 1
    note = "enumerated" if listed else f"{total} draws, seed {how[2]}"
    return tuple(
        Outcome(
            PERMUTED, float(t), (int(k) + more) / (total + more), n=len(dates.observed), n_clusters=g,
            p_floor=1.0 / (total + more), note=note,
        )
        for t, k in zip(observed, hits, strict=True)
    )  # fmt: skip


def _every(pool: int, g: int) -> Iterator[Ints]:
    for places in combinations(range(pool), g):
        yield np.array(places)


def _some(pool: int, g: int, how: tuple[str, int, int]) -> Iterator[Ints]:
    name, draws, seed = how
    rng = np.random.default_rng([seed, crc32(name.encode())])
    for _ in range(draws):
        yield rng.choice(pool, g, replace=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Left:
    """What is left of the moves beside all other regressors, ready for any dummies.

    Attributes
    ----------
    y : ndarray, shape (n,)
    q : ndarray, shape (n, k - m)
        Orthonormal base of the other regressors.
    place : ndarray of int
        Place in the sample of each position of the observations; -1 where it did not enter.
    df : int
    """

    y: Floats
    q: Floats
    place: Ints
    df: int

    @classmethod
    def of(cls, sample: Sample, columns: tuple[int, ...], found: Observations) -> _Left:
        q, _ = np.linalg.qr(np.delete(sample.wx, columns, axis=1))
        y = sample.wy - q @ (q.T @ sample.wy)
        place = np.full(len(found.y), -1, dtype=np.int64)
        place[sample.rows] = np.arange(len(sample.rows))
        return cls(y, q, place, len(y) - sample.x.shape[1])

    def t(self, at: Ints) -> Floats:
        """Give the t of dummies, 1 at positions of shape (N, m), a column each; NaN where they are collinear."""
        inside = (at >= 0) & (at < len(self.place))
        rows = np.where(inside, self.place[np.where(inside, at, 0)], -1)
        known = rows >= 0
        unique, of = np.unique(rows[known], return_inverse=True)
        dummies = np.zeros((len(unique), at.shape[1]))
        np.add.at(dummies, (of, np.nonzero(known)[1]), 1.0)
        explained = self.q[unique].T @ dummies
        gram = dummies.T @ dummies - explained.T @ explained
        if np.linalg.eigvalsh(gram)[0] < 1e-9:
            return np.full(at.shape[1], np.nan)
        inverse = np.linalg.inv(gram)
        shared = dummies.T @ self.y[unique]
        b = inverse @ shared
        s2 = max(float(self.y @ self.y - b @ shared), 0.0) / self.df
        return np.asarray(b / np.sqrt(s2 * np.diag(inverse)))


@dataclass(frozen=True, slots=True, eq=False)
class _Dates:
    """Where the event sessions of one type lie, and where they could lie.

    Attributes
    ----------
    observed : ndarray of int, shape (N,)
        Positions of the event sessions, ordered by date and instrument.
    cluster, group : ndarray of int, shape (N,)
        Place of each in ``anchors``, and in ``table``.
    anchors : ndarray of datetime64[D], shape (g,)
        The first date on which each event shows.
    pool : ndarray of datetime64[D], shape (T,)
        Dates on which every instrument has a usable move at every tau, and no other news.
    table : ndarray of int, shape (groups, T)
        Position of an event session if its event's date were that of the pool; a group is an instrument and the
        sessions from the event's first date to its own.
    """

    observed: Ints
    cluster: Ints
    group: Ints
    anchors: NDArray[np.datetime64]
    pool: NDArray[np.datetime64]
    table: Ints

    @classmethod
    def of(
        cls,
        found: Observations,
        sample: Sample,
        chosen: NDArray[np.bool_],
        taus: tuple[int, ...],
        columns: tuple[int, ...],
    ) -> _Dates:
        event, at = found.event[chosen], found.at[chosen]
        days = found.sessions[at]
        first = {int(e): days[event == e].min() for e in np.unique(event)}
        anchor = np.array([first[int(e)] for e in event])
        anchors, cluster = np.unique(anchor, return_inverse=True)
        begins, ends = _bounds(found)
        series = found.series[at]
        base = _positions(found, series, anchor, begins, ends)
        pairs, group = np.unique(np.stack([series, at - base]), axis=1, return_inverse=True)
        dates = np.unique(found.sessions[sample.rows])
        table = np.stack(
            [_positions(found, np.full(len(dates), s), dates, begins, ends) + o for s, o in pairs.T]
        )
        good = _can_carry(found, sample, table, pairs, taus)
        news = _other_news(sample, columns)
        busy = np.isin(dates, found.sessions[news]) & ~np.isin(dates, anchors)
        quoted = np.all(
            [found.sessions[row - o] == dates for row, o in zip(table, pairs[1], strict=True)], axis=0
        )
        keep = good & ~busy & quoted
        order = np.lexsort((series, at, anchor))
        return cls(at[order], cluster[order], group.ravel()[order], anchors, dates[keep], table[:, keep])

    @property
    def alike(self) -> bool:
        """Whether every date carries the same instruments, so that their order does not matter."""
        sets = {tuple(np.sort(self.group[self.cluster == c])) for c in range(len(self.anchors))}
        return len(sets) == 1

    @property
    def inside(self) -> bool:
        """Whether the events' own dates are among those that could be drawn."""
        return bool(np.isin(self.anchors, self.pool).all())

    def placed(self, draw: Ints) -> Ints:
        """Give the positions of the event sessions if the g dates were these of the pool, shape (N,)."""
        return np.asarray(self.table[self.group, draw[self.cluster]])


def _bounds(found: Observations) -> tuple[Ints, Ints]:
    """Give the position of each instrument's first session, and that behind its last."""
    s = len(found.instruments)
    begins = np.array([int(np.argmax(found.series == place)) for place in range(s)])
    return begins, begins + np.bincount(found.series[found.series >= 0], minlength=s)


def _positions(
    found: Observations, series: Ints, days: NDArray[np.datetime64], begins: Ints, ends: Ints
) -> Ints:
    """Give the position of each instrument's last session up to a day; the one before its first where there is none."""
    out = np.empty(len(days), dtype=np.int64)
    for place in np.unique(series):
        mine = series == place
        own = found.sessions[begins[place] : ends[place]]
        out[mine] = begins[place] + np.searchsorted(own, days[mine], side="right") - 1
    return out


def _can_carry(
    found: Observations, sample: Sample, table: Ints, pairs: Ints, taus: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Say on which dates every instrument has a usable move at every tau, shape (T,)."""
    usable = np.zeros(len(found.y), dtype=bool)
    usable[sample.rows] = True
    good = np.full(table.shape[1], True)
    for tau in taus:
        at = table + tau
        inside = (at >= 0) & (at < len(usable))
        at = np.where(inside, at, 0)
        good &= (inside & usable[at] & (found.series[at] == pairs[0][:, None])).all(axis=0)
    return good


def _other_news(sample: Sample, columns: tuple[int, ...]) -> Ints:
    """Give the positions that carry news of another type."""
    others = [j for j, n in enumerate(sample.n_events) if n and j not in columns]
    return np.asarray(sample.rows[(sample.x[:, others] != 0.0).any(axis=1)])
