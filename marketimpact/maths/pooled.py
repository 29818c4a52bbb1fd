"""What the residuals of many estimation windows have in common: do they follow one another, are they skewed?

Pairs share sessions: instruments move together on one day, and estimation windows of one instrument overlap. A
session of an instrument counts once here, and sums run over calendar days, so that what moves together on a day is
one observation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .outcome import Outcome, not_applicable

__all__ = [
    "AUTOCORRELATION",
    "FEWEST_DAYS",
    "MOST_PAIRS",
    "POSITIVE_SHARE",
    "pooled_autocorrelation",
    "pooled_positive_share",
    "variance_growth",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AUTOCORRELATION = "autocorrelation of residuals"
POSITIVE_SHARE = "share of positive residuals"

FEWEST_DAYS = 20
"""Calendar days below which the spread of their sums says too little."""

MOST_PAIRS = 1_000
"""Pairs whose windows are read; of more, as many at equal distances."""

CELLS = 4_000_000
"""Series times days up to which a table of all of them is made."""


@dataclass(frozen=True, slots=True)
class _Days:
    """Two values of each session of each series, averaged over the windows that hold it."""

    first: Floats
    second: Floats
    day: Ints

    def sums(self) -> tuple[Floats, Floats]:
        """Sum both over the series of each day, in the order of time."""
        _, at = np.unique(self.day, return_inverse=True)
        first, second = (np.bincount(at, one).astype(np.float64) for one in (self.first, self.second))
        return first, second


def _distinct(first: Floats, second: Floats, days: Ints, series: Ints) -> _Days:
    """Average values of one session of one series; NaN in either leaves the session out."""
    row, column = np.nonzero(np.isfinite(first) & np.isfinite(second))
    on = days[row, column]  # a session that does not count may have no day at all
    begin = int(on.min(initial=0))
    span = int(on.max(initial=0)) - begin + 1
    names, number = np.unique(series, return_inverse=True)
    keys = number[row] * span + (on - begin)
    known, size = None, len(names) * span
    if size > CELLS:  # a table of all series and days would be mostly empty
        known, keys = np.unique(keys, return_inverse=True)
        size = len(known)
    count = np.bincount(keys, minlength=size)
    there = np.flatnonzero(count)
    one, other = (
        np.bincount(keys, values[row, column], size)[there] / count[there] for values in (first, second)
    )
    return _Days(one, other, (there if known is None else known) % span + begin)


def _read(residuals: Floats, days: Ints, series: Ints) -> tuple[Floats, Ints, Ints]:
    """Choose the pairs that are read: all, or as many as are enough at equal distances."""
    n = len(residuals)
    if n <= MOST_PAIRS:
        return residuals, days, series
    chosen = np.linspace(0, n - 1, MOST_PAIRS).astype(np.int64)
    return residuals[chosen], days[chosen], series[chosen]


def pooled_autocorrelation(residuals: Floats, days: Ints, series: Ints, *, intercept: bool = True) -> Outcome:
    """Test whether residuals follow from those of the session before, over all series together.

    rho = sum c_s / V + 1 / T, with c_s the sum over series of e_s e_(s-1) on day s, V the sum of all e_s^2 and T the
    mean length of a window: a fitted mean makes residuals follow one another by -1 / T. Its standard error is
    sqrt(sum c_s^2) / V, which allows series to move together on a day and volatility to change. z = rho / se.

    Positive, a sum over L days varies by more than s^2 L says (`variance_growth`): quotes that are averages of a
    session, or stale.

    Parameters
    ----------
    residuals : ndarray, shape (N, T)
        Standardized residuals of the estimation windows in the order of time, session by session; NaN where a session
        does not count.
    days : ndarray of int, shape (N, T)
        Day of each session.
    series : ndarray of int, shape (N,)
        A number that names the series of each pair: a session of it counts once.
    intercept : bool
        Whether a mean was fitted.

    Returns
    -------
    Outcome
        ``estimate`` is rho, ``n`` the number of products; not applicable with fewer than 20 days. Of more than 1,000
        pairs as many are read, at equal distances.

    References
    ----------
    The variance by day, robust to what a day has in common: Lo and MacKinlay (1988), doi:10.1093/rfs/1.1.41, section
    1.2, for one series.

    Examples
    --------
    >>> rows = np.tile([1.0, -1.0], (1, 50))
    >>> found = pooled_autocorrelation(rows, np.arange(100)[None, :], np.array([0]), intercept=False)
    >>> round(found.estimate, 2)
    -1.0
    """
    residuals, days, series = _read(residuals, days, series)
    e = residuals[:, 1:]
    products = _distinct(e * residuals[:, :-1], e, days[:, 1:], series)
    by_day, _ = products.sums()
    squares = _distinct(residuals**2, residuals, days, series)
    total = float(squares.first.sum()) * len(products.first) / max(len(squares.first), 1)
    if len(by_day) < FEWEST_DAYS or not total > 0.0:
        reason = f"needs products of {FEWEST_DAYS} days or more, has {len(by_day)}"
        return not_applicable(
            AUTOCORRELATION, reason if len(by_day) < FEWEST_DAYS else "no residual differs from zero"
        )
    length = float(np.isfinite(residuals).sum(axis=1).mean())
    rho = float(by_day.sum()) / total + (1.0 / length if intercept else 0.0)
    return _against_zero(
        AUTOCORRELATION, rho, math.sqrt(float((by_day**2).sum())) / total, len(products.first)
    )


def pooled_positive_share(residuals: Floats, days: Ints, series: Ints) -> Outcome:
    """Test whether residuals are positive half the time: skewed ones are not.

    d = mean over sessions of 1{e > 0} - 1{e < 0}, halved; its standard error comes from the sums of each day, so that
    series which move together count once. Share = 1/2 + d. Tests of signs, of signed ranks and of rescaled ranks take
    moves for symmetric, or for of one shape over a day and over a window.

    Parameters
    ----------
    residuals, days, series
        As for `pooled_autocorrelation`.

    Returns
    -------
    Outcome
        ``estimate`` is d, the share less one half; ``n`` the sessions; not applicable with fewer than 20 days.

    References
    ----------
    A sum of signs by day: Conover (1999), Practical Nonparametric Statistics, section 3.4.

    Examples
    --------
    >>> rows = np.array([[-1.0, -1.0, 2.0] * 30])
    >>> round(pooled_positive_share(rows, np.arange(90)[None, :], np.array([0])).estimate, 4)
    -0.1667
    """
    residuals, days, series = _read(residuals, days, series)
    found = _distinct(np.sign(residuals) / 2.0, residuals, days, series)
    by_day, _ = found.sums()
    if len(by_day) < FEWEST_DAYS:
        return not_applicable(POSITIVE_SHARE, f"needs {FEWEST_DAYS} days or more, has {len(by_day)}")
    n = len(found.first)
    return _against_zero(POSITIVE_SHARE, float(by_day.sum()) / n, math.sqrt(float((by_day**2).sum())) / n, n)


def _against_zero(name: str, estimate: float, error: float, n: int) -> Outcome:
    """Give estimate / error beside a standard normal."""
    if not error > 0.0:
        return not_applicable(name, "the sums of the days do not vary", n=n)
    z = estimate / error
    p_value = float(2.0 * stats.norm.sf(abs(z)))
    return Outcome(name, z, p_value, estimate, error, n=n, note="by calendar day, a session of a series once")


def variance_growth(rho: float, sessions: int) -> float:
    """Give how many times s^2 L a sum over L sessions varies, where moves follow one another by rho as an AR(1).

    1 + 2 sum_(j < L) (1 - j / L) rho^j.

    Parameters
    ----------
    rho : float
        First-order autocorrelation.
    sessions : int
        Length L.

    Returns
    -------
    float

    References
    ----------
    Lo and MacKinlay (1988), doi:10.1093/rfs/1.1.41.

    Examples
    --------
    >>> round(variance_growth(0.2, 11), 3), variance_growth(0.2, 1)
    (1.443, 1.0)
    """
    lags = np.arange(1, sessions)
    return float(1.0 + 2.0 * ((1.0 - lags / sessions) * rho**lags).sum())
