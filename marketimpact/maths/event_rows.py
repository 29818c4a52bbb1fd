"""Estimation and event windows of many pairs, gathered from long arrays a part at a time.

What tests over events need of every session of every pair is too much to hold for a million pairs: it is gathered,
used and let go, part by part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .calendar_sample import CalendarSample, exact_weights
from .sample import Sample

__all__ = ["PART", "EventRows", "Windows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PART = 512
"""Pairs gathered at once: their rows stay in the processor's cache."""


_Column = tuple[NDArray[Any], NDArray[Any]]

SPAN = 10_000_000
"""Days up to which every one has a cell of a table."""


@dataclass(frozen=True, slots=True)
class EventRows:
    """The rows of n pairs: T sessions of the estimation window, then the L2 of the event window.

    Attributes
    ----------
    standard : ndarray, shape (n, T + L2)
        Weighted residuals and abnormal moves over s; NaN where a session does not count.
    scale : ndarray, shape (n, 1) or (n, T + L2)
        s [move unit].
    roots : ndarray, shape (n, T + L2)
        Roots of the variance ratios.
    x : ndarray, shape (k, n, T + L2)
        Weighted regressors; zero where a session does not count.
    length : int
        T.
    """

    standard: Floats
    scale: Floats
    roots: Floats
    x: Floats
    length: int

    @property
    def residuals(self) -> Floats:
        """Weighted residuals of the estimation windows over s, shape (n, T)."""
        return self.standard[:, : self.length]

    @property
    def event(self) -> Floats:
        """Abnormal moves over s sqrt(v), shape (n, L2)."""
        return self.standard[:, self.length :]

    @property
    def unscaled(self) -> Floats:
        """Residuals and abnormal moves as moves, shape (n, T + L2) [move unit]."""
        return self.standard * self.scale * self.roots


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of N pairs in long arrays of all series, with their fits.

    Attributes
    ----------
    sample : Sample
        The long arrays, and where estimation windows begin.
    params : ndarray, shape (N, k)
        Coefficients of each fit.
    xtx_inv : ndarray, shape (N, k, k)
        (X'WX)^-1; zero where the error of a fit is left out of the weights of a sum.
    scale : ndarray, shape (N, 1) or (N, T + L2)
        s [move unit].
    begin : ndarray of int, shape (N,)
        Position of the first session of the event window.
    sessions : int
        Sessions L2 of the event window.
    first : int
        Column of the event window in which the tested window begins.
    lengths : ndarray of int, shape (N,)
        Sessions of the tested window.
    days : ndarray of int, shape (n,)
        Day of each position: numbers that rise with time and are the same for all series.
    quiet : ndarray of bool, shape (n,)
        Where the move itself is zero, before any model.
    instrument : ndarray of int, shape (N,)
        A number that names the instrument of each pair.
    k : int
        Parameters of each fit.

    Examples
    --------
    A constant mean over four moves, and a window of one:

    >>> y, known = np.array([1.0, -1.0, 1.0, -1.0, 3.0]), np.full(5, True)
    >>> sample = Sample(y, np.ones((1, 5)), np.ones(5), known, known, np.array([0]), 4)
    >>> one, s, at = np.array([1]), np.full((1, 1), 2.0), np.arange(5)
    >>> params, inverse = np.zeros((1, 1)), np.full((1, 1, 1), 0.25)
    >>> windows = Windows(sample, params, inverse, s, at[4:], 1, 0, one, at, y == 0.0, one, 1)
    >>> windows.rows(slice(None)).standard.tolist()
    [[0.5, -0.5, 0.5, -0.5, 1.5]]
    >>> windows.calendar(slice(None), windows.rows(slice(None))).estimation_weights.tolist()
    [[-0.25, -0.25, -0.25, -0.25]]
    """

    sample: Sample
    params: Floats
    xtx_inv: Floats
    scale: Floats
    begin: Ints
    sessions: int
    first: int
    lengths: Ints
    days: Ints
    quiet: Bools
    instrument: Ints
    k: int

    def __len__(self) -> int:
        return len(self.begin)

    def parts(self) -> Iterator[slice]:
        """Give the pairs in parts, in their order."""
        return (slice(at, min(at + PART, len(self))) for at in range(0, len(self), PART))

    def rows(self, part: slice) -> EventRows:
        """Gather the rows of some pairs."""
        return self._rows(part, *self._columns())

    def each(self) -> Iterator[tuple[slice, EventRows]]:
        """Gather the rows of all pairs part by part."""
        columns = self._columns()
        return ((part, self._rows(part, *columns)) for part in self.parts())

    def _columns(self) -> tuple[list[_Column], _Column, _Column]:
        """Weighted moves and regressors, which of them count, and roots: of estimation windows and of event windows."""
        sample = self.sample
        y, x, clean = sample.estimation()
        roots = np.sqrt(sample.v)
        numbers = [(y, sample.y), *zip(x, sample.x, strict=True)]
        return (
            [self._viewed(*one) for one in numbers],
            self._viewed(clean, sample.usable),
            self._viewed(roots, roots),
        )

    def _viewed(self, estimation: NDArray[Any], event: NDArray[Any]) -> _Column:
        """Every run of a long array that is as long as an estimation window, and of another as an event window."""
        return sliding_window_view(estimation, self.sample.length), sliding_window_view(event, self.sessions)

    def _rows(self, part: slice, numbers: list[_Column], usable: _Column, roots: _Column) -> EventRows:
        standard = self._gathered(part, numbers[0])
        x = np.empty((len(numbers) - 1, *standard.shape))
        for out, column, coefficient in zip(x, numbers[1:], self.params[part].T, strict=True):
            self._gathered(part, column, out)
            standard -= out * coefficient[:, None]
        scale = self.scale[part]
        with np.errstate(divide="ignore", invalid="ignore"):
            standard /= scale
        standard[~self._gathered(part, usable)] = np.nan
        return EventRows(standard, scale, self._gathered(part, roots), x, self.sample.length)

    def _gathered(self, part: slice, column: _Column, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Take estimation rows of one long array and event rows of another, shape (n, T + L2)."""
        starts, begin, length = self.sample.starts[part], self.begin[part], self.sample.length
        if out is None:
            out = np.empty((len(starts), length + self.sessions), dtype=column[0].dtype)
        out[:, :length], out[:, length:] = column[0][starts], column[1][begin]
        return out

    def inside(self, part: slice) -> Bools:
        """Tell which columns of the event window are in the tested one, shape (n, L2)."""
        columns = np.arange(self.sessions)
        return np.asarray((columns >= self.first) & (columns < self.first + self.lengths[part][:, None]))

    def calendar(self, part: slice, rows: EventRows) -> CalendarSample:
        """Give what the correlation of the sums of some pairs is computed from."""
        length = rows.length
        weights = np.where(self.inside(part) & np.isfinite(rows.event), rows.roots[:, length:], 0.0)
        x_event = np.moveaxis(rows.x[:, :, length:] * weights, 0, -1)
        estimation, _ = exact_weights(x_event, weights, rows.x[:, :, :length], self.xtx_inv[part])
        days = sliding_window_view(self.days, length)[self.sample.starts[part]]
        event_days = sliding_window_view(self.days, self.sessions)[self.begin[part]]
        return CalendarSample(
            np.ascontiguousarray(rows.residuals), days, estimation, event_days, weights, self.instrument[part]
        )  # fmt: skip

    def at_rest(self, part: slice) -> Bools:
        """Tell where the move itself is zero in the estimation windows of some pairs, shape (n, T)."""
        return sliding_window_view(self.quiet, self.sample.length)[self.sample.starts[part]]

    def some(self, places: Ints | Bools) -> Windows:
        """Give the windows of some pairs."""
        return replace(
            self, sample=replace(self.sample, starts=self.sample.starts[places]), params=self.params[places],
            xtx_inv=self.xtx_inv[places], scale=self.scale[places], begin=self.begin[places],
            lengths=self.lengths[places], instrument=self.instrument[places],
        )  # fmt: skip

    def numbered(self) -> tuple[Windows, int]:
        """Give the same windows with days that are counted from 0, and how many there are."""
        known = self.days[self.sample.usable]
        low, high = int(known.min(initial=0)), int(known.max(initial=0))
        if high - low < SPAN:
            seen = np.zeros(high - low + 1, dtype=np.bool_)
            seen[known - low] = True
            place = np.cumsum(seen) - 1
            return replace(self, days=place[np.clip(self.days - low, 0, high - low)]), int(place[-1]) + 1
        every = np.unique(known)
        return replace(self, days=np.minimum(np.searchsorted(every, self.days), len(every) - 1)), len(every)
