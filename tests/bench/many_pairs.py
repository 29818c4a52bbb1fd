"""Tests over very many events from long arrays: made up, and run in parts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from marketimpact.maths.abnormal import abnormal_moves, cumulate
from marketimpact.maths.closed_form import PairSums, closed_form
from marketimpact.maths.event_rows import Windows
from marketimpact.maths.least_squares import Fit, fit_windows, weigh
from marketimpact.maths.outcome import Outcome
from marketimpact.maths.sample import Sample
from tests.bench.large_panel import MISSING, SESSIONS, _peak

SERIES = 500
ESTIMATION, EVENT = (-130, -11), (-5, 5)
LENGTH, TESTED = ESTIMATION[1] - ESTIMATION[0] + 1, EVENT[1] - EVENT[0] + 1
CHUNK = 50_000


@dataclass(frozen=True)
class Arrays:
    """Long arrays of all series, one after another, weighted, and the series and session of each event."""

    y: np.ndarray
    x: np.ndarray
    v: np.ndarray
    sample: Sample
    series: np.ndarray
    session: np.ndarray

    @property
    def positions(self) -> np.ndarray:
        return self.series * SESSIONS + self.session


def made_up_arrays(events: int, factors: int = 1, seed: int = 1) -> Arrays:
    """Series that load on factors; three moves in a hundred missing, in series and factors alike."""
    rng = np.random.default_rng(seed)
    moves = rng.normal(0.0, 0.012, (SERIES, SESSIONS))
    x = np.ones((1 + factors, SERIES * SESSIONS))
    for column in x[1:]:
        factor = rng.normal(0.0, 0.01, SESSIONS)
        moves += rng.normal(1.0, 0.3, (SERIES, 1)) * factor
        factor[rng.random(SESSIONS) < MISSING / factors] = np.nan
        column[:] = np.tile(factor, SERIES)
    moves[rng.random(moves.shape) < MISSING] = np.nan
    y, v = moves.ravel(), np.ones(moves.size)
    series = rng.integers(0, SERIES, events)
    session = rng.integers(-ESTIMATION[0] + 1, SESSIONS - EVENT[1], events)
    weighted_y, weighted_x, usable = weigh(y, x, v)
    starts = series * SESSIONS + session + ESTIMATION[0]
    sample = Sample(weighted_y, weighted_x, v, usable, usable, starts, LENGTH)
    return Arrays(y, x, v, sample, series, session)


def numbers(arrays: Arrays, part: slice) -> tuple[Fit, PairSums]:
    """Fits, and sums over the window of eleven sessions with their variances, of some events."""
    sample, at = arrays.sample, arrays.positions[part]
    fit = fit_windows(sample.y, sample.x, sample.usable, sample.starts[part], LENGTH)
    abnormal = abnormal_moves(arrays.y, arrays.x, arrays.v, at, EVENT, fit)
    sums = cumulate(abnormal, fit, [(np.array(0), np.array(TESTED - 1))])
    event = abnormal.ar / np.sqrt(fit.sigma2)[:, None]
    whole = sums.sessions[:, 0] == TESTED
    still = np.zeros(len(at), dtype=np.bool_)
    return fit, PairSums(sums.car[:, 0], sums.scar[:, 0], fit.df, whole, still, event)


def parts(events: int) -> Iterator[slice]:
    return (slice(at, at + CHUNK) for at in range(0, events, CHUNK))


def prepared(arrays: Arrays) -> tuple[Windows, PairSums]:
    """The numbers of all events, part by part, and their windows."""
    fits, pairs = zip(*(numbers(arrays, part) for part in parts(len(arrays.series))), strict=True)
    fit = Fit(
        *(
            np.concatenate([getattr(one, name) for one in fits])
            for name in ("params", "xtx_inv", "sigma2", "n_obs")
        )
    )
    days = np.tile(np.arange(SESSIONS), SERIES)
    windows = Windows(
        arrays.sample, fit.params, fit.xtx_inv, np.sqrt(fit.sigma2)[:, None], arrays.positions + EVENT[0], TESTED, 0,
        np.full(len(fit.n_obs), TESTED), days, arrays.y == 0.0, arrays.series, fit.params.shape[1],
    )  # fmt: skip
    names = ("car", "scar", "df", "whole", "still", "event")
    return windows, PairSums(*(np.concatenate([getattr(one, name) for one in pairs]) for name in names))


def from_arrays(arrays: Arrays) -> tuple[Outcome, ...]:
    """From long arrays to the outcomes of all tests."""
    return closed_form(*prepared(arrays))


def peak_of_tests(events: int) -> str:
    """Seconds from long arrays to all tests, and the peak of memory before and after [MB]."""
    arrays = made_up_arrays(events)
    from_arrays(made_up_arrays(2_000))
    before = _peak()
    begin = time.perf_counter()
    outcomes = from_arrays(arrays)
    taken = time.perf_counter() - begin
    assert outcomes[0].n > 0.99 * events
    return f"{taken} {before} {_peak()}"
