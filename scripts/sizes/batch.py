"""Many draws of one situation at once: fits, sums and correlations, whose weights all draws share."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from marketimpact.maths.calendar_weights import MIN_COMMON, exact_weights
from marketimpact.maths.dependence import overlap_clusters
from marketimpact.maths.least_squares import fit_rows, weigh
from marketimpact.maths.sample import Sample
from marketimpact.maths.simulate import windows_of
from marketimpact.maths.synthetic_control import PlaceboControls

from .rows import Row

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEW_CLUSTERS = 50
"""Overlap clusters below which Kolari and Pynnonen's t takes Satterthwaite's degrees of freedom, as a study does."""


class Batch:
    """D draws of N pairs, fitted and summed. Arrays begin with the draw, then the pair.

    Parameters
    ----------
    row : Row
    series : ndarray, shape (D, I, S)
        Moves of all instruments on all sessions.
    factors : ndarray, shape (k, N, T + L)
        Regressors, the same in all draws: the constant (sessions spanned), then the factors.
    """

    def __init__(self, row: Row, series: Floats, factors: Floats) -> None:
        self.row, self.series, self.x = row, series, factors
        self.windows = windows_of(row.situation)
        self.y = self.windows.gather(series)
        self.shifts: Floats | None = None
        self.grank: tuple[Floats, tuple[Floats, Floats, Floats]] | None = None
        self.placebos: list[PlaceboControls] | None = None
        self.draws, self.n, width = self.y.shape
        self.total = row.situation.estimation
        self.sessions, self.k = width - self.total, len(factors)
        self.known = self.windows.usable[:, : self.total]
        self.df = self.known.sum(axis=1) - self.k
        self._fit()

    def _fit(self) -> None:
        total, v = self.total, self.windows.v
        root = np.sqrt(v)
        shown = np.where(self.windows.usable, 1.0, np.nan)
        _, weighted, _ = weigh(shown.ravel(), self.x.reshape(self.k, -1), v.ravel())
        self.xw = weighted.reshape(self.x.shape)[:, :, :total]
        _, inverse, _ = fit_rows(np.zeros(self.known.shape), self.xw)
        xtx_inv = np.moveaxis(inverse, -1, 0)
        self.weights = exact_weights(np.moveaxis(self.x[:, :, total:], 0, -1), v[:, total:], self.xw, xtx_inv)
        self.factor = sum((part**2).sum(axis=1) for part in self.weights)
        yw = np.where(self.known, self.y[:, :, :total] / root[:, :total], 0.0)
        b = np.einsum("nij,dnj->dni", xtx_inv, np.einsum("knt,dnt->dnk", self.xw, yw))
        self.e = yw - np.einsum("dnk,knt->dnt", b, self.xw)
        self.s = np.sqrt((self.e**2).sum(axis=-1) / self.df)
        ar = self.y[:, :, total:] - np.einsum("dnk,knt->dnt", b, self.x[:, :, total:])
        self.event = ar / (self.s[..., None] * root[:, total:])
        self.car = ar.sum(axis=-1)
        self.scar = self.car / (self.s * np.sqrt(self.factor))

    @cached_property
    def standard(self) -> Floats:
        """Standardized residuals, shape (D, N, T); NaN where masked."""
        return np.where(self.known, self.e / self.s[..., None], np.nan)

    @cached_property
    def still(self) -> NDArray[np.bool_]:
        """Whether the quote did not move over the window, shape (D, N)."""
        return np.asarray((self.y[:, :, self.total :] == 0.0).all(axis=-1))

    @cached_property
    def edges(self) -> tuple[Ints, Ints]:
        """First and last day of each tested window; a spanned move begins behind the last quote."""
        w = self.windows
        return w.days[:, self.total] - w.spans[:, self.total] + 1, w.days[:, -1]

    @cached_property
    def clusters(self) -> Ints:
        """Connected components of windows that share days, shape (N,)."""
        return overlap_clusters(*self.edges)

    def sample(self) -> tuple[Sample, Ints]:
        """All windows of all draws, one after another, and where each event begins."""
        width = self.total + self.sessions
        n = self.draws * self.n
        v = np.tile(self.windows.v.ravel(), self.draws)
        x = np.tile(self.x.reshape(self.k, 1, -1), (1, self.draws, 1)).reshape(self.k, -1)
        y, x, usable = weigh(self.y.ravel(), x, v)
        clean = np.tile(self.windows.usable.ravel(), self.draws)
        starts = np.arange(n) * width
        # Where nothing is masked, both are one array: the sample then makes no copies.
        clean = usable if clean.all() else clean
        return Sample(y, x, v, usable, clean, starts, self.total), starts + self.total

    @cached_property
    def correlations(self) -> Floats:
        """Correlation of every two pairs' sums, shape (D, N, N): what `correlation_matrix` gives, draw by draw."""
        days, total = self.windows.days, self.total
        stop = int(days.max()) + 1
        row = np.arange(self.n)[:, None]
        known, a = np.zeros((self.n, stop)), np.zeros((self.n, stop))
        known[row, days[:, :total]] = self.known
        a[row, days[:, :total]] = self.weights[0]
        a[row, days[:, total:]] = self.weights[1]
        a /= np.sqrt((a**2).sum(axis=1))[:, None]
        common, overlap = known @ known.T, a @ a.T
        np.fill_diagonal(overlap, 1.0)
        if np.count_nonzero(overlap) == self.n:
            return np.broadcast_to(overlap, (self.draws, self.n, self.n))
        e = np.zeros((self.draws, self.n, stop))
        e[:, row, days[:, :total]] = np.where(self.known, self.standard, 0.0)
        enough = common >= max(MIN_COMMON, self.k + 1)
        out = (e @ e.swapaxes(-1, -2)) / np.where(enough, common - self.k, 1.0) * overlap
        if np.any(~enough & (overlap != 0.0)):
            out = np.where(enough, out, self._of_instruments(e, known) * overlap)
            out = np.where(~enough & np.isnan(out), np.maximum(overlap, 0.0), out)
        instrument = self.windows.instrument
        out = np.where(instrument[:, None] == instrument, overlap, out)
        out[:, np.arange(self.n), np.arange(self.n)] = 1.0
        return np.asarray(out)

    def _of_instruments(self, e: Floats, known: Floats) -> Floats:
        """Correlation of the pairs' instruments over all sessions of theirs, shape (D, N, N); NaN where unknown."""
        instrument = self.windows.instrument
        if len(np.unique(instrument)) == self.n:  # it has no sessions but the pair's own
            return np.full((self.draws, self.n, self.n), np.nan)
        member = (np.arange(instrument.max() + 1)[:, None] == instrument).astype(np.float64)
        count = member @ known
        there = (count > 0.0).astype(np.float64)
        mean = (member @ e) / np.maximum(count, 1.0)
        square = mean**2 @ there.T
        with np.errstate(invalid="ignore", divide="ignore"):
            rho = mean @ mean.swapaxes(-1, -2) / np.sqrt(square * square.swapaxes(-1, -2))
        rho = np.where(there @ there.T >= MIN_COMMON, rho, np.nan)
        return np.asarray(rho[:, instrument[:, None], instrument])

    @cached_property
    def raw(self) -> Floats:
        """Mean correlation as estimated, shape (D,)."""
        return np.asarray((self.correlations.sum(axis=(1, 2)) - self.n) / (self.n * (self.n - 1)))

    @property
    def r(self) -> Floats:
        """Mean correlation that tests use: never below 0."""
        return np.maximum(self.raw, 0.0)

    @cached_property
    def spread_df(self) -> Floats:
        """Degrees of freedom of the spread over pairs, shape (D,): Satterthwaite's where clusters are few."""
        if len(np.unique(self.clusters)) >= FEW_CLUSTERS:
            return np.full(self.draws, self.n - 1.0)
        centred = self.correlations - self.correlations.mean(axis=1, keepdims=True)
        trace = np.trace(centred, axis1=1, axis2=2)
        return np.asarray(trace**2 / (centred * centred.swapaxes(-1, -2)).sum(axis=(1, 2)))
