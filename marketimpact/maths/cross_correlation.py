"""Cross-correlation of two series, with bands of what it would be if they were independent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .block_bootstrap import block_length, stationary_indices
from .frozen import Frozen, read_only
from .wild_bootstrap import CELLS, checked_draws

__all__ = ["NullBands", "cross_correlation", "independent_bands"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class NullBands(Frozen):
    """What cross-correlations of two independent series with these autocorrelations look like; shape (2 K + 1,).

    Attributes
    ----------
    std : ndarray
        Standard deviation at each lag.
    pointwise : ndarray
        Half width that holds a share ``level`` at each lag.
    simultaneous : ndarray
        Half width that holds whole paths with probability ``level``.
    p_values, p_joint : ndarray
        Of each correlation on its own, and of the largest of all lags.
    blocks : (float, float)
        Mean lengths of the blocks of both series.
    """

    std: Floats
    pointwise: Floats
    simultaneous: Floats
    p_values: Floats
    p_joint: Floats
    blocks: tuple[float, float]

    def __post_init__(self) -> None:
        read_only(self.std, self.pointwise, self.simultaneous, self.p_values, self.p_joint)


def cross_correlation(x: Floats, y: Floats, lags: int) -> Floats:
    """Give r(k) = corr(x_(t-k), y_t) for k = -K, ..., K; for k > 0 x leads.

    r(k) = (1/n) sum_t (x_(t-k) - mean x) (y_t - mean y) / (s_x s_y), with means and standard deviations (divisor n) of
    the whole series; where values are missing, the sum is over the pairs that are there, times (n - abs(k)) over their
    number.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        NaN where missing.
    lags : int
        K.

    Returns
    -------
    ndarray, shape (2 K + 1,)

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0])
    >>> cross_correlation(x, np.roll(x, 1), 1).round(2).tolist()
    [-0.4, -0.35, 0.95]
    """
    return np.asarray(_correlations(x[None], y[None], lags)[0])


def _correlations(x: Floats, y: Floats, lags: int) -> Floats:
    """The same for rows of series, shape (draws, 2 K + 1)."""
    n = x.shape[1]
    known_x, known_y = np.isfinite(x), np.isfinite(y)
    whole = bool(known_x.all() and known_y.all())
    dx, dy = _deviations(x, known_x), _deviations(y, known_y)
    out = np.empty((len(x), 2 * lags + 1))
    for k in range(-lags, lags + 1):
        a, b = slice(max(-k, 0), n - max(k, 0)), slice(max(k, 0), n - max(-k, 0))
        pairs: Floats | int = n
        if not whole and abs(k) < n:
            there = np.einsum("dt,dt->d", known_x[:, a].astype(float), known_y[:, b].astype(float))
            pairs = there * n / (n - abs(k))
        with np.errstate(divide="ignore", invalid="ignore"):
            out[:, k + lags] = np.einsum("dt,dt->d", dx[:, a], dy[:, b]) / pairs
    return out


def _deviations(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """Deviations over their standard deviation, 0 where missing."""
    filled = np.where(known, values, 0.0)
    counts = np.maximum(known.sum(axis=1, keepdims=True), 1)
    centred = np.where(known, filled - filled.sum(axis=1, keepdims=True) / counts, 0.0)
    spread = np.sqrt((centred**2).sum(axis=1, keepdims=True) / counts)
    return np.asarray(np.where(spread > 0.0, centred / np.where(spread > 0.0, spread, 1.0), 0.0))


def _blocks(values: Floats) -> float:
    """Mean length of blocks: twice what suits a mean, as the variance of r(k) rests on squares of correlations."""
    known = values[np.isfinite(values)]
    length = block_length(known)
    return length if length <= 1.0 else max(1.0, min(2.0 * length, len(known) / 10.0))


def _varies(rows: Floats) -> NDArray[np.bool_]:
    """Say which rows of series have two values that differ."""
    known = np.isfinite(rows)
    return np.asarray(np.where(known, rows, -np.inf).max(axis=1) > np.where(known, rows, np.inf).min(axis=1))


def _drawn_apart(
    x: Floats, y: Floats, lags: int, blocks: tuple[float, float], how: tuple[np.random.Generator, int]
) -> Iterator[Floats]:
    """Give correlations of so many draws of both, in blocks of rows; a draw without any variation is drawn anew."""
    rng, left = how
    n = len(x)
    most = max(CELLS // n, 1)
    while left > 0:
        some = min(most, left)
        drawn_x = x[stationary_indices(n, blocks[0], rng, some)]
        drawn_y = y[stationary_indices(n, blocks[1], rng, some)]
        kept = _varies(drawn_x) & _varies(drawn_y)
        left -= int(kept.sum())
        yield _correlations(drawn_x[kept], drawn_y[kept], lags)


def independent_bands(
    x: Floats,
    y: Floats,
    lags: int,
    rng: np.random.Generator,
    *,
    draws: int = 999,
    level: float = 0.95,
) -> NullBands:
    """Draw both series apart from each other, in blocks that keep their own dependence, and correlate them anew.

    The band 1.96 / sqrt(n) takes one of the two series as white noise. Where both are autocorrelated the variance of
    r(k) is (1 + 2 sum_j r_x(j) r_y(j)) / n (Bartlett 1946): in 500 observations of two independent autoregressions of
    .8 it rejects 36 % at a nominal 5 %, and this band 7 %; where one of the two is white both reject 5 %. A draw of a
    series that differs from a constant on few observations may hold none of them: it has no correlation, and is drawn
    anew.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        NaN where missing: a gap is drawn with the values about it.
    lags : int
    rng : Generator
    draws : int
    level : float

    Returns
    -------
    NullBands
        p = (1 + #{abs(r*) >= abs(r)}) / (draws + 1); the joint one compares abs(r(k)) / std(k) with the largest over
        lags of each draw.

    Raises
    ------
    InputError
        If there is no draw, or a series does not vary.

    References
    ----------
    Politis and Romano (1994), doi:10.1080/01621459.1994.10476870; Politis and White (2004), doi:10.1081/ETC-120028836,
    for the lengths of the blocks.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.standard_normal(300), rng.standard_normal(300)
    >>> bands = independent_bands(x, y, 2, rng, draws=199)
    >>> bool((bands.simultaneous > bands.pointwise).all()), bool((bands.p_joint >= bands.p_values).all())
    (True, True)
    """
    checked_draws(draws)
    for name, values in (("x", x), ("y", y)):
        if not _varies(values[None])[0]:
            raise InputError("does not vary", parameter=name, allowed="a series of which two values differ")
    found, blocks = cross_correlation(x, y, lags), (_blocks(x), _blocks(y))
    drawn_r = np.abs(np.concatenate(list(_drawn_apart(x, y, lags, blocks, (rng, draws)))))
    std = np.sqrt((drawn_r**2).mean(axis=0))
    safe = np.where(std > 0.0, std, np.nan)
    largest = np.nanmax(drawn_r / safe, axis=1)
    return NullBands(
        std, np.quantile(drawn_r, level, axis=0), float(np.quantile(largest, level)) * std,
        (1 + (drawn_r >= np.abs(found)).sum(axis=0)) / (draws + 1.0),
        (1 + (largest[:, None] >= np.abs(found) / safe).sum(axis=0)) / (draws + 1.0), blocks,
    )  # fmt: skip
