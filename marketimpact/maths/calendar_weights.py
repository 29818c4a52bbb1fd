"""How far pairs move together: the mean correlation of sums over windows, with exact weights on calendar sessions.

A cumulative abnormal move is a weighted sum of ordinary moves, CAR_i = sum_s a_i(s) u_i(s): a_i is the window's own
sessions, less what each estimation session puts into the parameters. Two of them are correlated by
rho_ij (a_i . a_j) / (abs(a_i) abs(a_j)), whichever sessions they share.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .calendar_sample import CalendarSample, MeanCorrelation, exact_weights
from .calendar_sums import MANY_PAIRS, MOST_INSTRUMENTS, CalendarSums, instrument_correlation, with_itself

__all__ = [
    "MIN_COMMON",
    "CalendarSample",
    "MeanCorrelation",
    "calendar_correlation",
    "correlation_matrix",
    "exact_weights",
    "satterthwaite_df",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_COMMON = 30
"""Common estimation sessions below which two pairs take the correlation of their instruments."""

DENSE = 5_000
"""Pairs up to which all correlations are listed: 200 MB."""

BLOCK, PARTNERS, SPAN = 256, 2_048, 512
"""Rows, rows beside them, and sessions compared at once."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of sessions in the order of their first day; a cell without a session has day -1 and zeros."""

    days: Ints
    e: Floats
    known: Floats
    a: Floats
    first: Ints
    last: Ints

    def take(self, rows: Ints) -> _Table:
        return _Table(
            self.days[rows], self.e[rows], self.known[rows], self.a[rows], self.first[rows], self.last[rows]
        )

    def dense(self, rows: slice, begin: int, width: int) -> tuple[Floats, Floats, Floats]:
        """Residuals, whether they are known, and weights, on a run of days; shape (rows, width) each."""
        columns = self.days[rows] - begin
        row, cell = np.nonzero((self.days[rows] >= 0) & (columns >= 0) & (columns < width))
        column = columns[row, cell]
        spread = []
        for values in (self.e, self.known, self.a):
            out = np.zeros((len(columns), width))
            out[row, column] = values[rows][row, cell]
            spread.append(out)
        return spread[0], spread[1], spread[2]


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows against rows that begin no earlier, at one lag: later[j] is read `lag` sessions after rows[i]."""

    rows: Ints
    partners: Ints
    lag: int
    products: Floats
    common: Floats
    overlap: Floats


def _blocks(table: _Table, lags: int) -> Iterator[_Block]:
    """Compare every two rows that share a day, or come within some lags of it."""
    begin, total = 0, len(table.first)
    while begin < total:
        far = int(np.searchsorted(table.first, table.first[begin] + SPAN))
        stop = max(min(begin + BLOCK, far), begin + 1)
        base, final = int(table.first[begin]), int(table.last[begin:stop].max())
        width = final - base + 1
        rows = table.dense(slice(begin, stop), base, width)
        beyond = int(np.searchsorted(table.first, final + lags, side="right"))
        for at in range(begin, beyond, PARTNERS):
            chunk = slice(at, min(at + PARTNERS, beyond))
            others = table.dense(chunk, base - lags, width + 2 * lags)
            for lag in range(-lags, lags + 1):
                shifted = [other[:, lags + lag : lags + lag + width] for other in others]
                products, common, overlap = (one @ other.T for one, other in zip(rows, shifted, strict=True))
                yield _Block(
                    np.arange(begin, stop), np.arange(chunk.start, chunk.stop), lag, products, common, overlap
                )
        begin = stop


def _prepare(sample: CalendarSample) -> tuple[_Table, Ints, Ints, Ints]:
    """Lay out the pairs in an order that depends on what they are alone.

    Returns the table with weights of unit length, the pattern of each row (equal sessions and weights), the number of
    its instrument, and its place in the sample.
    """
    counted = np.isfinite(sample.residuals)
    there = np.concatenate([counted, sample.event_weights != 0.0], axis=1)
    days = np.concatenate([sample.estimation_days, sample.event_days], axis=1).astype(np.int64)
    _, ranks = np.unique(days[there], return_inverse=True)
    days[:] = -1
    days[there] = ranks
    a = np.concatenate([np.where(counted, sample.estimation_weights, 0.0), sample.event_weights], axis=1)
    a = a / np.sqrt((a**2).sum(axis=1))[:, None] + 0.0  # no negative zero
    outside = ((0, 0), (0, sample.event_days.shape[1]))
    known = np.pad(counted.astype(np.float64), outside)
    e = np.pad(np.where(counted, sample.residuals, 0.0), outside)
    first = np.where(there, days, np.iinfo(np.int64).max).min(axis=1)
    last = days.max(axis=1)
    pattern = np.array([_mark(*row) for row in zip(days, known, a, strict=True)], dtype=np.int64)
    _, instrument = np.unique(sample.instrument, return_inverse=True)
    order = np.lexsort((instrument, pattern, first))
    table = _Table(days, e, known, a, first, last).take(order)
    return table, pattern[order], instrument[order].astype(np.int64), order


class _Instruments:
    """Correlations of instruments over all sessions that any of their estimation windows holds."""

    def __init__(self, table: _Table, instrument: Ints, least: int) -> None:
        shape = (int(instrument.max()) + 1, int(table.days.max()) + 1)
        total, count = np.zeros(shape), np.zeros(shape)
        row, cell = np.nonzero(table.known > 0.0)
        where = (instrument[row], table.days[row, cell])
        np.add.at(total, where, table.e[row, cell])
        np.add.at(count, where, 1.0)
        self.there = (count > 0.0).astype(np.float64)
        self.mean = total / np.maximum(count, 1.0)
        self.least = least

    def at(self, lag: int) -> tuple[Floats, Floats]:
        """Correlations (zero where unknown), and which are unknown; an instrument with itself is 1, or 0 at a lag."""
        return with_itself(instrument_correlation(self.mean, self.there, self.least, lag), lag)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Groups of rows that follow one another: where each begins, and the instrument of each row."""

    starts: Ints
    instrument: Ints
    instruments: int

    def counts(self, chosen: Ints) -> Floats:
        """Rows of each chosen group by instrument, shape (groups, instruments)."""
        out = np.zeros((len(chosen), self.instruments))
        stops = np.append(self.starts[1:], len(self.instrument))
        for row, group in zip(out, chosen, strict=True):
            members = self.instrument[self.starts[group] : stops[group]]
            row += np.bincount(members, minlength=self.instruments)
        return out


class _Rule:
    """The correlation of two rows: over their common sessions, else that of their instruments."""

    def __init__(self, table: _Table, instrument: Ints, k: int, least: int, given: Floats | None) -> None:
        self.table, self.instrument = table, instrument
        self.k, self.least = k, max(least, k + 1)
        self._whole: _Instruments | None = None
        self._at: dict[int, tuple[Floats, Floats]] = {}
        if given is not None:
            lags = len(given) // 2
            self._at = {lag: with_itself(given[lags + lag], lag) for lag in range(-lags, lags + 1)}

    def of_instruments(self, lag: int) -> tuple[Floats, Floats]:
        if lag not in self._at:
            if self._whole is None:
                self._whole = _Instruments(self.table, self.instrument, self.least)
            self._at[lag] = self._whole.at(lag)
        return self._at[lag]

    def covariances(self, block: _Block, groups: _Groups) -> Floats:
        """Sum rho_ij (a_i . a_j) over the pairs of every two groups."""
        enough = block.common >= self.least
        with np.errstate(divide="ignore", invalid="ignore"):
            sums = np.where(enough, block.products / (block.common - self.k), 0.0) * block.overlap
        if np.any(~enough & (block.overlap != 0.0)):
            rho, unknown = self.of_instruments(block.lag)
            one, other = groups.counts(block.rows), groups.counts(block.partners)
            # Unknown correlations count as complete where that is the careful side, else as none.
            whole = (one @ rho @ other.T) * block.overlap
            whole += (one @ unknown @ other.T) * np.maximum(block.overlap, 0.0)
            sums = np.where(enough, sums, whole)
        return sums


def _later(block: _Block) -> NDArray[np.bool_]:
    """Which of a block's pairs are of two different rows, each such pair once."""
    return block.partners[None, :] > block.rows[:, None]


def _between(sums_of: _Table, groups: _Groups, rule: _Rule, lags: int) -> float:
    """Sum over pairs of different groups."""
    total = 0.0
    for block in _blocks(sums_of, lags):
        sums = rule.covariances(block, groups)
        total += float(np.where(_later(block), sums, 0.0).sum())
    return total


def _within(table: _Table, sums_of: _Table, groups: _Groups, rule: _Rule, lags: int) -> float:
    """Sum over pairs of one group: all sessions and weights are shared, and only residuals differ."""
    total = 0.0
    for lag in range(lags + 1):
        # Every pair at +lag and at -lag, each once; at lag 0 the same pair would be there twice.
        share = 0.5 if lag == 0 else 1.0
        squares, common, overlap = _own(sums_of, lag)
        own = np.add.reduceat(_own(table, lag)[0], groups.starts)
        enough = common >= rule.least
        with np.errstate(divide="ignore", invalid="ignore"):
            sums = np.where(enough, (squares - own) / (common - rule.k), 0.0) * overlap
        for group in np.flatnonzero(~enough & (overlap != 0.0)):
            rho, unknown = rule.of_instruments(lag)
            count = groups.counts(np.array([group]))[0]
            known = (count @ rho @ count - count @ np.diag(rho)) * overlap[group]
            sums[group] = known + count @ unknown @ count * max(overlap[group], 0.0)
        total += share * float(sums.sum())
    return total


def _own(table: _Table, lag: int) -> tuple[Floats, Floats, Floats]:
    """Products of each row's residuals, of their being known, and of its weights, with the same row a lag later."""
    if lag == 0:
        e, known, a = (np.einsum("rt,rt->r", x, x) for x in (table.e, table.known, table.a))
        return e, known, a
    sums = np.empty((3, len(table.first)))
    for begin in range(0, len(table.first), BLOCK):
        part = slice(begin, begin + BLOCK)
        base = int(table.first[part].min())
        dense = table.dense(part, base, int(table.last[part].max()) - base + 1)
        for row, x in zip(sums, dense, strict=True):
            row[part] = np.einsum("rt,rt->r", x[:, :-lag], x[:, lag:])
    return sums[0], sums[1], sums[2]


def _same_instrument(table: _Table, instrument: Ints, rule: _Rule, lags: int) -> float:
    """What the pairs of one instrument add to the sum when its moves are taken as the same moves: rho = 1."""
    total = 0.0
    order = np.argsort(instrument, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(instrument[order])) + 1):
        if len(rows) < 2:
            continue
        alone = _Groups(np.arange(len(rows)), instrument[rows], int(instrument.max()) + 1)
        for block in _blocks(table.take(rows), lags):
            sums = rule.covariances(block, alone)
            same = block.overlap if block.lag == 0 else 0.0
            total += float(np.where(_later(block), same - sums, 0.0).sum())
    return total


def calendar_correlation(
    sample: CalendarSample,
    k: int,
    *,
    lags: int = 0,
    min_common: int = MIN_COMMON,
    instruments: Floats | None = None,
    degrees: bool = False,
) -> MeanCorrelation:
    """Give the mean correlation of the sums of N pairs, from the calendar sessions that they share.

    r = mean over i < j of sum_l rho_ij(l) sum_s a_i(s) a_j(s + l) / (abs(a_i) abs(a_j)), where
    rho_ij(l) = sum_s e_i(s) e_j(s + l) / (n_common - k) over standardized residuals of common sessions. Pairs with
    fewer than ``min_common`` of them take the correlation of their instruments: the one that is given, else the one
    over all sessions that any of their estimation windows holds; where that is unknown too, they count as fully
    correlated wherever their weights overlap. Pairs of one instrument have rho(0) = 1. A negative mean is set to 0.

    Pairs of equal sessions and weights enter as one sum of residuals, so that the work grows with the pairs and with
    the distinct windows that share days, not with the square of the pairs on one date. Above 5,000 pairs (of 2,500
    instruments at most) every pair takes the correlation of its instruments, and the work grows with the pairs alone
    (`CalendarSums`); the note says so.

    Parameters
    ----------
    sample : CalendarSample
        Of the pairs that enter the test, for the test's window.
    k : int
        Parameters of each fit.
    lags : int
        Sessions before and after which moves are compared too: 1 where closes are asynchronous. Where half of 20
        instruments see the news a session late, windows one day apart are rejected at 17 % without, at 6 % with it.
    min_common : int
        Common sessions that a correlation of two pairs needs.
    instruments : ndarray, shape (1 + 2 lags, I, I), optional
        Correlations of the instruments over their whole clean samples, at lags from -lags to lags; row and column are
        the numbers in ``sample.instrument``, from 0. NaN where unknown.
    degrees : bool
        Whether to give Satterthwaite's degrees of freedom, which need all correlations: for few dates.

    Returns
    -------
    MeanCorrelation
        Not a number with fewer than two pairs. The same to the last bit in whatever order the pairs come.

    Raises
    ------
    InputError
        When degrees of freedom are asked for more than 5,000 pairs, or the instruments' correlations have not the
        shape that the lags and the instruments' numbers need.

    References
    ----------
    Kolari and Pynnonen (2010), doi:10.1093/rfs/hhq072, for the mean correlation in event time; Kolari, Pape and
    Pynnonen (2018), SSRN 3167271, for windows that overlap in part.

    Examples
    --------
    Two instruments whose residuals are the same, in windows of two sessions of which they share one:

    >>> e = np.tile([1.0, -1.0], (2, 20))
    >>> estimation, event = np.tile(np.arange(40), (2, 1)), np.array([[50, 51], [51, 52]])
    >>> sample = CalendarSample(e, estimation, np.zeros((2, 40)), event, np.ones((2, 2)), np.array([0, 1]))
    >>> round(calendar_correlation(sample, 0).r, 12)
    0.5
    """
    total = len(sample.instrument)
    if total < 2:
        return MeanCorrelation(np.nan, note="one pair has no correlation with others")
    if total > MANY_PAIRS and not degrees and len(np.unique(sample.instrument)) <= MOST_INSTRUMENTS:
        return _of_many(sample, max(min_common, k + 1), lags, _given(sample, instruments, lags))
    table, pattern, instrument, _ = _prepare(sample)
    starts = np.flatnonzero(np.append(True, (np.diff(pattern) != 0) | (np.diff(table.first) != 0)))
    sums_of = replace(table.take(starts), e=np.add.reduceat(table.e, starts, axis=0))
    groups = _Groups(starts, instrument, int(instrument.max()) + 1)
    rule = _Rule(table, instrument, k, min_common, _given(sample, instruments, lags))
    covariance = _between(sums_of, groups, rule, lags) + _within(table, sums_of, groups, rule, lags)
    covariance += _same_instrument(table, instrument, rule, lags)
    raw = covariance / (total * (total - 1) / 2.0)
    df = np.nan
    if degrees:
        matrix = correlation_matrix(sample, k, lags=lags, min_common=min_common, instruments=instruments)
        df = satterthwaite_df(matrix)
    note = f"mean correlation {raw:.4f}"
    if raw < 0.0:
        note = f"warning: the mean correlation {raw:.4f} is negative and was set to 0"
    return MeanCorrelation(raw, df, note)


def _of_many(sample: CalendarSample, least: int, lags: int, given: Floats | None) -> MeanCorrelation:
    """Give the mean correlation by sums over instruments and days, the pairs in an order of their own."""
    there = np.concatenate([np.isfinite(sample.residuals), sample.event_weights != 0.0], axis=1)
    days = np.concatenate([sample.estimation_days, sample.event_days], axis=1)
    every = np.unique(days[there])
    names, instrument = np.unique(sample.instrument, return_inverse=True)
    length = sample.residuals.shape[1]
    keys = (sample.event_days[:, 0], sample.estimation_days[:, 0], instrument)
    order = np.lexsort(keys)
    tied = np.flatnonzero(np.all([np.diff(key[order]) == 0 for key in keys], axis=0))
    if len(tied):
        marks = np.zeros(len(order), dtype=np.int64)
        for row in order[np.unique([tied, tied + 1])]:
            marks[row] = _mark(
                sample.residuals[row], sample.estimation_weights[row], sample.event_weights[row]
            )
        order = np.lexsort((marks, *keys))
    sums = CalendarSums(len(names), len(every))
    for begin in range(0, len(order), PARTNERS):
        rows = order[begin : begin + PARTNERS]
        at = np.where(there[rows], np.searchsorted(every, days[rows]), 0)
        sums.add(
            CalendarSample(
                sample.residuals[rows], at[:, :length], sample.estimation_weights[rows],
                at[:, length:], sample.event_weights[rows], instrument[rows].astype(np.int64),
            )
        )  # fmt: skip
    return sums.correlation(least, lags=lags, instruments=given)


def _mark(*parts: NDArray[np.generic]) -> int:
    """A number that stands for the contents of some arrays."""
    mark = hashlib.blake2b(b"".join(part.tobytes() for part in parts), digest_size=7).digest()
    return int.from_bytes(mark, "big")


def _given(sample: CalendarSample, instruments: Floats | None, lags: int) -> Floats | None:
    """Give the instruments' correlations in the order of the numbers that occur."""
    if instruments is None:
        return None
    names = np.unique(sample.instrument)
    shape = (1 + 2 * lags, int(names.max()) + 1, int(names.max()) + 1)
    fits = instruments.ndim == 3 and len(instruments) == shape[0] and min(instruments.shape[1:]) >= shape[1]
    if not fits or names.min() < 0:
        raise InputError(
            "not a matrix for every lag, with a row for every instrument",
            parameter="instruments",
            received=instruments.shape,
            allowed=f"{shape} or more rows and columns, and instruments numbered from 0",
        )
    return instruments[:, names][:, :, names]


def correlation_matrix(
    sample: CalendarSample,
    k: int,
    *,
    lags: int = 0,
    min_common: int = MIN_COMMON,
    instruments: Floats | None = None,
) -> Floats:
    """List the correlations of the sums of every two pairs, as `calendar_correlation` averages them.

    Parameters
    ----------
    sample, k, lags, min_common, instruments
        As for `calendar_correlation`.

    Returns
    -------
    ndarray, shape (N, N)
        With ones on the diagonal.

    Raises
    ------
    InputError
        With more than 5,000 pairs.

    Examples
    --------
    >>> e = np.tile([1.0, -1.0], (2, 20))
    >>> estimation, event = np.tile(np.arange(40), (2, 1)), np.array([[50, 51], [51, 52]])
    >>> sample = CalendarSample(e, estimation, np.zeros((2, 40)), event, np.ones((2, 2)), np.array([0, 1]))
    >>> correlation_matrix(sample, 0).round(12).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    total = len(sample.instrument)
    if total > DENSE:
        raise InputError(
            "too many pairs to list their correlations two by two",
            parameter="sample",
            received=total,
            allowed=f"{DENSE} pairs or fewer; the mean correlation needs no list",
        )
    table, _, instrument, order = _prepare(sample)
    rule = _Rule(table, instrument, k, min_common, _given(sample, instruments, lags))
    alone = _Groups(np.arange(total), instrument, int(instrument.max()) + 1)
    sorted_matrix = np.zeros((total, total))
    for block in _blocks(table, lags):
        sums = rule.covariances(block, alone)
        same = instrument[block.rows][:, None] == instrument[block.partners][None, :]
        sums = np.where(same, block.overlap if block.lag == 0 else 0.0, sums)
        sorted_matrix[np.ix_(block.rows, block.partners)] += np.where(_later(block), sums, 0.0)
    sorted_matrix += sorted_matrix.T
    np.fill_diagonal(sorted_matrix, 1.0)
    matrix = np.empty_like(sorted_matrix)
    matrix[np.ix_(order, order)] = sorted_matrix
    return matrix


def satterthwaite_df(matrix: Floats) -> float:
    """Give the degrees of freedom of the spread over correlated values: tr(PR)^2 / tr(PRPR), P = I - 11'/N.

    Parameters
    ----------
    matrix : ndarray, shape (N, N)
        Correlations R.

    Returns
    -------
    float
        N - 1 for independent values; NaN where nothing is left of the spread.

    References
    ----------
    Satterthwaite (1946), doi:10.2307/3002019.

    Examples
    --------
    Independent values, and two dates of two values that repeat one another:

    >>> round(satterthwaite_df(np.eye(5)), 9)
    4.0
    >>> round(satterthwaite_df(np.kron(np.eye(2), np.ones((2, 2)))), 9)
    1.0
    """
    centred = matrix - matrix.mean(axis=0)
    trace, squares = float(np.trace(centred)), float((centred * centred.T).sum())
    return trace**2 / squares if squares > 0.0 and trace > 0.0 else np.nan
