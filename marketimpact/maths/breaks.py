"""Breaks of a regression at unknown dates: the best partition of a series, tests for breaks, intervals of dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .break_law import argmax_quantile, sup_wald_p
from .frozen import Frozen, read_only

__all__ = [
    "NextBreak",
    "Partition",
    "best_partitions",
    "break_interval",
    "information",
    "next_break",
    "sup_f",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SINGULAR = 1e-10
"""Smallest over largest eigenvalue of X'X, columns of unit length, below which a stretch does not tell its regressors
apart."""

MOST_OBSERVATIONS = 20_000
"""Beyond, the search of all partitions takes minutes."""


@dataclass(frozen=True, slots=True, eq=False)
class Partition(Frozen):
    """A partition of n observations.

    Attributes
    ----------
    breaks : ndarray of int, shape (m,)
        First observation of each regime after the first, ascending.
    ssr : float
        Sum of squared residuals of a regression in each regime.
    deviance : float
        Minus twice the normal log likelihood: n (ln(2 pi SSR / n) + 1), or with a variance for each regime the sum of
        that over them.
    """

    breaks: Ints
    ssr: float
    deviance: float

    def __post_init__(self) -> None:
        read_only(self.breaks)


@dataclass(frozen=True, slots=True)
class NextBreak:
    """The test of l breaks against one more.

    Attributes
    ----------
    at : int
        First observation of the regime that would be new; -1 where no regime is long enough for one.
    statistic : float
        Wald statistic of its break, divided by nothing.
    p_value : float
        Of the best of all regimes.
    """

    at: int
    statistic: float
    p_value: float


def best_partitions(
    y: Floats, x: Floats, most: int, shortest: int, *, variance: bool = False
) -> tuple[Partition, ...]:
    """Give the partitions into 1, 2, ... regimes whose regressions leave the smallest sum of squares.

    With ``variance`` the errors of each regime have a variance of their own, and the partitions have the largest normal
    likelihood: changes of the variance are dated too. A variance counts as at least 1e-8 of that of all y.

    The sum of squares of every stretch follows from the one that is an observation shorter by its recursive residual,
    and the best partition of the first j observations into m + 1 regimes from those into m: of order n^2 k^2 operations
    for any number of breaks, in memory of order n (k^2 + m).

    Parameters
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
        Regressors, all of whose coefficients may break.
    most : int
        Breaks of the largest partition.
    shortest : int
        Observations of the shortest regime, more than k.
    variance : bool

    Returns
    -------
    tuple of Partition
        With 0, 1, ... breaks: ``most``, or as many as the observations have room for.

    Raises
    ------
    InputError
        If there are fewer than ``shortest`` observations or too many, ``shortest`` is not more than k, or regressors
        cannot be told apart within some stretch of that length.

    References
    ----------
    Bai and Perron (2003), Computation and analysis of multiple structural change models, doi:10.1002/jae.659; Brown,
    Durbin and Evans (1975), doi:10.1111/j.2517-6161.1975.tb01532.x; Zeileis, Shah and Patnaik (2010),
    doi:10.1016/j.csda.2009.12.005, for the variance.

    Examples
    --------
    >>> y = np.repeat([0.0, 5.0, 1.0], 10) + np.tile([0.1, -0.1], 15)
    >>> [one.breaks.tolist() for one in best_partitions(y, np.ones((30, 1)), 2, 5)]
    [[], [10], [10, 20]]
    """
    n, k = x.shape
    _check(n, k, most, shortest)
    scaled = x / np.sqrt(np.mean(x**2, axis=0))
    scaled[~np.isfinite(scaled)] = 0.0  # a column of zeros: found singular below
    room = min(most, n // shortest - 1)
    cost = np.full((room + 1, n + 1), np.inf)
    last = np.zeros((room + 1, n + 1), dtype=np.int64)
    floor = 1e-8 * max(float(np.var(y)), np.finfo(np.float64).tiny)
    for j, squares in _stretches(y, scaled, shortest):
        ssr = _deviance(squares, j - np.arange(len(squares)), floor) if variance else squares
        cost[0, j] = ssr[0]
        for m in range(1, room + 1):
            first = m * shortest
            if first < len(ssr):
                total = cost[m - 1, first : len(ssr)] + ssr[first:]
                best = int(np.argmin(total))
                cost[m, j], last[m, j] = total[best], first + best
    return tuple(_partition(y, scaled, _path(last, m, n), floor, variance) for m in range(room + 1))


def _deviance(squares: Floats, counts: Ints, floor: float) -> Floats:
    return np.asarray(counts * (np.log(2.0 * np.pi * np.maximum(squares / counts, floor)) + 1.0))


def _partition(y: Floats, x: Floats, breaks: Ints, floor: float, variance: bool) -> Partition:
    """Sum up a partition from the fits of its regimes, which the recursion has only to rounding."""
    edges = np.array([0, *breaks.tolist(), len(y)])
    squares = np.array([_first_fit(y[a:b], x[a:b], a)[2] for a, b in pairwise(edges.tolist())])
    ssr = float(squares.sum())
    counts = np.diff(edges)
    if not variance:
        squares, counts = np.array([ssr]), np.array([len(y)])
    return Partition(breaks, ssr, float(_deviance(squares, counts, floor).sum()))


def _check(n: int, k: int, most: int, shortest: int) -> None:
    if shortest <= k or n < shortest or n > MOST_OBSERVATIONS or most < 0:
        raise InputError(
            f"{n} observations and {k} coefficients do not make regimes of {shortest}", parameter="shortest",
            received=shortest,
            allowed=f"more observations a regime than coefficients, no more than there are, {MOST_OBSERVATIONS} at most"
            " in all; a larger trimming, fewer regressors, or a longer series",
        )  # fmt: skip


def _path(last: Ints, m: int, n: int) -> Ints:
    found, j = [], n
    for breaks in range(m, 0, -1):
        j = int(last[breaks, j])
        found.append(j)
    return np.array(found[::-1], dtype=np.int64)


def _stretches(y: Floats, x: Floats, shortest: int) -> Iterator[tuple[int, Floats]]:
    """Give, for each end j, the sums of squares of the stretches that begin at 0, 1, ..., j - shortest."""
    n, k = x.shape
    inverse, beta, ssr = np.empty((n, k, k)), np.empty((n, k)), np.empty(n)
    for j in range(shortest, n + 1):
        begun = j - shortest
        if begun:
            row, target = x[j - 1], y[j - 1]
            gain = inverse[:begun] @ row
            scale = 1.0 + gain @ row
            missed = target - beta[:begun] @ row
            step = gain / scale[:, None]
            beta[:begun] += step * missed[:, None]
            inverse[:begun] -= step[:, :, None] * gain[:, None, :]
            ssr[:begun] += missed**2 / scale
        inverse[begun], beta[begun], ssr[begun] = _first_fit(y[begun:j], x[begun:j], begun)
        yield j, ssr[: begun + 1]


def _first_fit(y: Floats, x: Floats, begun: int) -> tuple[Floats, Floats, float]:
    cross = x.T @ x
    size = np.sqrt(np.diag(cross))
    apart = bool((size > 0.0).all())
    values = np.linalg.eigvalsh(cross / np.outer(size, size)) if apart else np.zeros(1)
    if values[0] <= SINGULAR * values[-1]:
        raise InputError(
            f"cannot be told apart within the {len(y)} observations from number {begun} on", parameter="regressors",
            allowed="a longer shortest regime, or fewer regressors: one that stands still, or follows others there,"
            " has no coefficient",
        )  # fmt: skip
    inverse = np.asarray(np.linalg.inv(cross), dtype=np.float64)
    beta: Floats = inverse @ (x.T @ y)
    return inverse, beta, float(np.sum((y - x @ beta) ** 2))


def information(
    partitions: tuple[Partition, ...], n: int, k: int, *, variance: bool = False
) -> tuple[Floats, Floats]:
    """Give BIC and LWZ of partitions into m + 1 regimes, m = 0, 1, ...; the smallest is chosen.

    With p = (m + 1) k + m, and m + 1 more where each regime has a variance, BIC = D + p ln(n) and
    LWZ = D + .299 p ln(n)^2.1, D minus twice the log likelihood. BIC finds too many breaks where errors are
    autocorrelated or their variance clusters, LWZ too few where breaks are small.

    Parameters
    ----------
    partitions : tuple of Partition
    n, k : int
        Observations, and coefficients of a regime.
    variance : bool

    Returns
    -------
    bic, lwz : ndarray

    References
    ----------
    Yao (1988), doi:10.1016/0167-7152(88)90118-6; Liu, Wu and Zidek (1997), On segmented multivariate regression,
    Statistica Sinica 7, 497-525, whose constants these are.

    Examples
    --------
    >>> y = np.repeat([0.0, 5.0], 20) + np.tile([0.1, -0.1], 20)
    >>> bic, lwz = information(best_partitions(y, np.ones((40, 1)), 2, 5), 40, 1)
    >>> int(np.argmin(bic)), int(np.argmin(lwz))
    (1, 1)
    """
    deviance = np.array([one.deviance for one in partitions])
    m = np.arange(len(partitions))
    p = (m + 1.0) * (k + variance) + m
    return deviance + p * np.log(n), deviance + 0.299 * p * np.log(n) ** 2.1


def sup_f(y: Floats, x: Floats, breaks: Ints) -> float:
    """Give sup F(m): the Wald statistic that the coefficients of m + 1 regimes are equal, in the scale of its table.

    F = (n - (m + 1) k) / (n m) d'V^-1 d, d the differences between neighbouring regimes' coefficients and V their
    covariance, HC0 within each regime: moves of unequal variance do not make a break.

    Parameters
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
    breaks : ndarray of int, shape (m,)
        Those of the best partition.

    References
    ----------
    Bai and Perron (1998), doi:10.2307/2998540, section 4.1.
    """
    n, k = x.shape
    m = len(breaks)
    fits = [_regime(y[a:b], x[a:b]) for a, b in pairwise([0, *breaks.tolist(), n])]
    difference = np.concatenate([after[0] - before[0] for before, after in pairwise(fits)])
    cov = np.zeros((m * k, m * k))
    for i in range(m):
        at = slice(i * k, (i + 1) * k)
        cov[at, at] = fits[i][1] + fits[i + 1][1]
        if i:
            before = slice((i - 1) * k, i * k)
            cov[before, at] = cov[at, before] = -fits[i][1]
    size = np.sqrt(np.diag(cov))
    scaled = cov / np.outer(size, size) if (size > 0.0).all() else np.zeros((1, 1))
    values = np.linalg.eigvalsh(scaled)
    if values[0] <= SINGULAR * values[-1]:
        return float("inf")  # a regime fits exactly, and another does not
    z = difference / size
    return float((n - (m + 1) * k) / (n * m) * (z @ np.linalg.solve(scaled, z)))


def _regime(y: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Coefficients and their HC0 covariance."""
    inverse = np.asarray(np.linalg.inv(x.T @ x), dtype=np.float64)
    beta: Floats = inverse @ (x.T @ y)
    scored = x * (y - x @ beta)[:, None]
    return beta, inverse @ (scored.T @ scored) @ inverse


def next_break(y: Floats, x: Floats, breaks: Ints, shortest: int) -> NextBreak:
    """Test l breaks against l + 1: is there one more within a regime?

    In each regime that has room the best single break is found, and tested by its Wald statistic, HC0, times
    (T - 2 k) / T with T the regime's observations. The smallest p of the r regimes with room, each with its own
    trimming ``shortest`` / T, is that of the best of r: 1 - (1 - p)^r. With equal trimmings that is sup F(l + 1 | l).

    Parameters
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
    breaks : ndarray of int, shape (l,)
    shortest : int

    Returns
    -------
    NextBreak

    References
    ----------
    Bai and Perron (1998), doi:10.2307/2998540, section 4.3.
    """
    k = x.shape[1]
    found: list[tuple[float, float, int]] = []
    for a, b in pairwise([0, *breaks.tolist(), len(y)]):
        if b - a <= 2 * shortest:
            continue
        inner = best_partitions(y[a:b], x[a:b], 1, shortest)[1].breaks
        statistic = sup_f(y[a:b], x[a:b], inner)
        found.append((sup_wald_p(statistic, k, shortest / (b - a)), -statistic, a + int(inner[0])))
    if not found:
        return NextBreak(-1, float("nan"), float("nan"))
    p, statistic, at = min(found)
    joint = -np.expm1(len(found) * np.log1p(-p)) if p < 1.0 else 1.0
    return NextBreak(at, -statistic, float(joint))


def break_interval(
    y: Floats, x: Floats, breaks: Ints, which: int, level: float, *, variance: bool = False
) -> tuple[int, int]:
    """Give the interval of a break's first new observation.

    With d the change of the parameters, Q1, Q2 the information and S1, S2 the mean outer product of the scores of an
    observation before and after, (d'Q1 d)^2 / (d'S1 d) times the error of the date is distributed as the highest point
    of a process that falls away on both sides (`argmax_cdf`), after the break with the slope d'Q2 d / (2 d'Q1 d) and
    the variance d'S2 d / d'S1 d. For least squares Q is the mean x x' and S the mean e^2 x x'; with a variance for each
    regime they are those of the normal likelihood of the coefficients and the log variance. The ends are rounded
    outwards by an observation. The law holds for breaks that are small beside the noise.

    Parameters
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
    breaks : ndarray of int, shape (m,)
    which : int
        Which of the breaks.
    level : float
    variance : bool

    Returns
    -------
    first, last : int
        Within the two regimes.

    References
    ----------
    Bai (1997), doi:10.1162/003465397557132, proposition 3; Bai and Perron (2003), doi:10.1002/jae.659, section 4;
    Zeileis, Shah and Patnaik (2010), doi:10.1016/j.csda.2009.12.005, for the likelihood.
    """
    edges = [0, *breaks.tolist(), len(y)]
    a, at, b = edges[which : which + 3]
    before, after = (_regime(y[i:j], x[i:j])[0] for i, j in ((a, at), (at, b)))
    old, new = y[a:at] - x[a:at] @ before, y[at:b] - x[at:b] @ after
    sizes = (float(np.mean(old**2)), float(np.mean(new**2)))
    if min(sizes) <= 0.0:
        return at, at  # an exact fit dates its break exactly
    grown = np.log(sizes[1] / sizes[0]) if variance else 0.0
    moved = x[a:b] @ (after - before)
    q1, s1 = _along(moved[: at - a], old, sizes[0] if variance else 1.0, grown)
    q2, s2 = _along(moved[at - a :], new, sizes[1] if variance else 1.0, grown)
    if min(s1, s2) <= 0.0:
        return at, at
    tail = (1.0 - level) / 2.0
    early, late = (argmax_quantile(p, s2 / s1, 0.5 * q2 / q1) * s1 / q1**2 for p in (1.0 - tail, tail))
    first, last = at - int(np.floor(early)) - 1, at - int(np.ceil(late)) + 1
    return max(first, a + 1), min(last, b - 1)


def _along(moved: Floats, residuals: Floats, size: float, grown: float) -> tuple[float, float]:
    """d'Q d and d'S d of a regime: ``moved`` is x'd, ``grown`` the change of the log variance."""
    score = moved * residuals / size + 0.5 * grown * (residuals**2 / size - 1.0)
    return float(np.mean(moved**2)) / size + 0.5 * grown**2, float(np.mean(score**2))
