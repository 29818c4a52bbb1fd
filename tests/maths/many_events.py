"""Many pairs at once: made-up studies, and the correlation of their sums the slow and obvious way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from marketimpact.maths.calendar_weights import CalendarSample, exact_weights
from marketimpact.maths.least_squares import fit_rows, weigh

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Study:
    """Numbers of N pairs over one event window."""

    ar: Floats
    sar: Floats
    car: Floats
    scar: Floats
    residuals: Floats
    df: Ints
    sample: CalendarSample

    def draws(self, count: int) -> list[CalendarSample]:
        """Cut the sample of many draws of one design into one sample a draw."""
        fields = (
            "residuals",
            "estimation_days",
            "estimation_weights",
            "event_days",
            "event_weights",
            "instrument",
        )
        cut = [np.split(np.array(getattr(self.sample, field)), count) for field in fields]
        return [CalendarSample(*columns) for columns in zip(*cut, strict=True)]


def study(y: Floats, x: Floats, days: tuple[Ints, Ints], instrument: Ints, v: Floats | None = None) -> Study:
    """Fit, predict and sum N pairs.

    Parameters
    ----------
    y : ndarray, shape (N, T + L)
        Estimation moves and event moves of each pair; NaN where missing or masked.
    x : ndarray, shape (k, N, T + L)
    days : tuple of ndarray of int, shapes (N, T) and (N, L)
    instrument : ndarray of int, shape (N,)
    v : ndarray, shape (N, T + L), optional
        Variance ratios.
    """
    total = days[0].shape[1]
    v = np.ones(y.shape) if v is None else v
    k = len(x)
    wy, wx, usable = (
        part.reshape(*part.shape[:-1], *y.shape) for part in weigh(y.ravel(), x.reshape(k, y.size), v.ravel())
    )
    params, inverse, residuals = fit_rows(wy[:, :total], wx[:, :, :total])
    df = usable[:, :total].sum(axis=1) - k
    s = np.sqrt((residuals**2).sum(axis=1) / df)
    xtx_inv = np.moveaxis(inverse, -1, 0)
    there = usable[:, total:]
    ar = np.where(there, y[:, total:] - np.einsum("kn,knt->nt", params, x[:, :, total:]), np.nan)
    x_event = np.where(there[..., None], np.moveaxis(x[:, :, total:], 0, -1), 0.0)
    v_event = np.where(there, v[:, total:], 0.0)
    factor = np.einsum("nti,nij,ntj->nt", x_event, xtx_inv, x_event) + v_event
    estimation, event = exact_weights(x_event, v_event, wx[:, :, :total], xtx_inv)
    length = (estimation**2).sum(axis=1) + (event**2).sum(axis=1)
    car = np.nansum(ar, axis=1)
    standard = np.where(usable[:, :total], residuals / s[:, None], np.nan)
    sample = CalendarSample(standard, days[0], estimation, days[1], event, instrument)
    with np.errstate(invalid="ignore", divide="ignore"):
        sar = ar / (s[:, None] * np.sqrt(factor))
    raw = np.where(usable[:, :total], residuals, np.nan)
    return Study(ar, sar, car, car / (s * np.sqrt(length)), raw, df, sample)


def windows(
    moves: Floats, instrument: Ints, zero: Ints, total: int, sessions: int
) -> tuple[Floats, tuple[Ints, Ints]]:
    """Gather constant-mean windows of pairs: T sessions up to a window of L that starts on a day."""
    estimation = zero[:, None] + np.arange(-total, 0)
    event = zero[:, None] + np.arange(sessions)
    at = np.concatenate([estimation, event], axis=1)
    return moves[instrument[:, None], at], (estimation, event)


def correlation_by_pairs(
    sample: CalendarSample, k: int, *, lags: int = 0, least: int = 30, instruments: bool = True
) -> Floats:
    """Correlations of the sums pair by pair, session by session, in dictionaries."""
    every = np.unique(
        np.concatenate([
            sample.estimation_days[np.isfinite(sample.residuals)], sample.event_days[sample.event_weights != 0]
        ])
    )  # fmt: skip
    place = {int(day): i for i, day in enumerate(every)}
    e, a = [], []
    for i in range(len(sample.instrument)):
        known = np.isfinite(sample.residuals[i])
        e.append(
            {
                place[d]: r
                for d, r in zip(sample.estimation_days[i][known], sample.residuals[i][known], strict=True)
            }
        )
        weights = {
            place[d]: w
            for d, w in zip(
                sample.estimation_days[i][known], sample.estimation_weights[i][known], strict=True
            )
        }
        for day, weight in zip(sample.event_days[i], sample.event_weights[i], strict=True):
            if weight:
                weights[place[day]] = weight
        a.append(weights)
    matrix = np.eye(len(e))
    for i, j in combinations(range(len(e)), 2):
        total = 0.0
        for lag in range(-lags, lags + 1):
            overlap = sum(w * a[j].get(s + lag, 0.0) for s, w in a[i].items())
            rho = 0.0
            if sample.instrument[i] == sample.instrument[j]:
                rho = 1.0 if lag == 0 else 0.0
            else:
                common = [s for s in e[i] if s + lag in e[j]]
                if len(common) >= least:
                    rho = sum(e[i][s] * e[j][s + lag] for s in common) / (len(common) - k)
                elif instruments:
                    rho = _of_instruments(e, sample.instrument, (i, j), lag, least, overlap)
            total += rho * overlap
        length = np.sqrt(sum(w * w for w in a[i].values()) * sum(w * w for w in a[j].values()))
        matrix[i, j] = matrix[j, i] = total / length
    return matrix


def _of_instruments(
    e: list[dict[int, float]], instrument: Ints, pair: tuple[int, int], lag: int, least: int, overlap: float
) -> float:
    means = []
    for one in pair:
        values: dict[int, list[float]] = {}
        for row in np.flatnonzero(instrument == instrument[one]):
            for s, r in e[row].items():
                values.setdefault(s, []).append(r)
        means.append({s: float(np.mean(r)) for s, r in values.items()})
    common = [s for s in means[0] if s + lag in means[1]]
    if len(common) < least:
        return 1.0 if overlap > 0.0 else 0.0
    left = np.array([means[0][s] for s in common])
    right = np.array([means[1][s + lag] for s in common])
    return float(left @ right / np.sqrt((left @ left) * (right @ right)))
