"""What a test could have seen: the smallest effect that it finds with a given power, by its own critical value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats
from scipy.optimize import brentq

from ..errors import InputError
from .one_event import detectable_factor
from .single_event import TIE

__all__ = ["POWER", "PowerOf", "detectable_effect", "detectable_rank", "family_level", "rank_power"]

POWER = 0.8
"""Power at which an effect counts as detectable."""

NODES = 1_000
"""Points of the average over the critical residual of a rank: its power is right to four digits."""

PowerOf = Literal["t", "z", "signed rank", "rank", "sign"]

WORTH = {"t": 1.0, "z": 1.0, "signed rank": 3.0 / np.pi, "rank": 3.0 / np.pi, "sign": 1.0}
"""What an observation is worth to a test, beside the mean, under normal errors; the sign test is solved exactly."""


def detectable_effect(
    test: PowerOf,
    sigma: float,
    n: int,
    *,
    r: float = 0.0,
    df: float | None = None,
    level: float = 0.95,
    power: float = POWER,
) -> float:
    """Give the mean effect over N observations that a two-sided test finds with a given power.

    effect = f sigma sqrt((1 + (N - 1) r) / (e N)), f the factor of the test's own critical value: by the noncentral t
    5.65, 3.76, 2.90 and 2.82 at 2, 4, 29 and 118 degrees of freedom (5 %, 80 % power). e is 1, for tests of ranks
    3 / pi, what ranks are worth beside the mean under normal errors. The sign test has the f sqrt(1 / N) at which
    the binomial of its attainable level has the power.

    A cell of a family of m that is held by Bonferroni's or Holm's rule has the level `family_level(level, m)`.

    Parameters
    ----------
    test : {"t", "z", "signed rank", "rank", "sign"}
        "t": cluster, cross-sectional, BMP and Kolari-Pynnonen tests, and GRANK-T with its df; "z": Patell's, and its
        adjusted form; "signed rank": Wilcoxon's; "rank": Corrado's and Corrado-Zivney's; "sign": the sign tests.
    sigma : float
        Standard deviation of one observation [move unit; 1 for standardized moves].
    n : int
        Observations N: clusters for the cluster t, else pairs.
    r : float
        Mean correlation of two observations; below 0 it counts as 0.
    df : float, optional
        Degrees of freedom of the t; N - 1 when not given.
    level : float
        One minus the test's size, between 0 and 1.
    power : float
        Between 1 - level and 1.

    Returns
    -------
    float
        [unit of sigma]; NaN where there are no degrees of freedom, infinite where the test can never reject.

    Raises
    ------
    InputError
        If there is no such test, or the power does not lie between 1 - level and 1.

    References
    ----------
    Bloom (1995), doi:10.1177/0193841X9501900504; Hodges and Lehmann (1956), what ranks are worth,
    doi:10.1214/aoms/1177728261.

    Examples
    --------
    Thirty pairs of 4 bp each, independent, and with a correlation of .3 on one date:

    >>> [round(detectable_effect("t", 4.0, 30, r=r), 2) for r in (0.0, 0.3)]
    [2.12, 6.59]
    """
    if test not in WORTH:
        raise InputError(
            "is no test with a power", parameter="test", received=test, allowed=", ".join(map(repr, WORTH))
        )
    _check(level, power)
    degrees = np.inf if test in ("z", "rank") else float(n - 1 if df is None else df)
    if test == "sign":
        factor = np.sqrt(n) * _sign_effect(n, level, power)
    elif not degrees > 0.0:
        return float("nan")
    else:
        factor = detectable_factor(degrees, level, power) if np.isfinite(degrees) else _z_factor(level, power)
    return float(factor * sigma * np.sqrt((1.0 + (n - 1) * max(r, 0.0)) / (WORTH[test] * n)))


def family_level(level: float, cells: int) -> float:
    """Give the level at which each of some cells is tested so that all of them hold the level: Bonferroni's.

    Examples
    --------
    >>> round(family_level(0.95, 10), 6)
    0.995
    """
    return 1.0 - (1.0 - level) / max(cells, 1)


def rank_power(effect: float, n_obs: int, *, level: float = 0.95, tails: float = np.inf) -> float:
    """Give the power of the rank with refit of one event.

    With c = floor((1 - level)(T + 1)) the event is rejected where it is larger in size than the c-th largest of T
    residuals. Of independent errors with the distribution F of sizes, F of that residual is Beta(T - c + 1, c): the
    power is the average of P(abs(e + effect) > m) over it. At no effect it is c / (T + 1). The parameters are taken as
    known; with effects in standard errors of the prediction, which know that they are not, simulations agree.

    Parameters
    ----------
    effect : float
        [standard errors of the abnormal move]
    n_obs : int
        Estimation moves T.
    level : float
        One minus the test's size, between 0 and 1.
    tails : float
        Degrees of freedom above 2 of errors that follow Student's t, scaled to a variance of 1; infinite for normal.

    Returns
    -------
    float

    References
    ----------
    Gelbach, Helland and Klick (2013), doi:10.1093/aler/aht006.

    Examples
    --------
    Four standard errors, at 5 % after 120 sessions, and at 1 % with heavy tails:

    >>> round(rank_power(4.0, 120), 3), round(rank_power(4.0, 120, level=0.99, tails=3), 2)
    (0.976, 0.46)
    """
    return _beyond(effect, _critical_residuals(n_obs, level, tails), tails)


def detectable_rank(n_obs: int, *, level: float = 0.95, power: float = POWER, tails: float = np.inf) -> float:
    """Give the effect that the rank with refit of one event finds with a given power.

    Parameters
    ----------
    n_obs : int
        Estimation moves T.
    level : float
        One minus the test's size, between 0 and 1.
    power : float
        Between 1 - level and 1.
    tails : float
        As in `rank_power`.

    Returns
    -------
    float
        [standard errors of the abnormal move]; infinite where T + 1 is below 1 / (1 - level) and nothing is rejected.

    Raises
    ------
    InputError
        If the power does not lie between 1 - level and 1.

    Examples
    --------
    The t finds 2.82 standard errors after 120 sessions:

    >>> [round(detectable_rank(n), 2) for n in (18, 19, 39, 120)]
    [inf, 3.07, 2.93, 2.85]
    """
    _check(level, power)
    if _rejected(n_obs, level) < 1:
        return float("inf")
    critical = _critical_residuals(n_obs, level, tails)
    return _solved(lambda effect: _beyond(effect, critical, tails), power)


def _rejected(n_obs: int, level: float) -> int:
    """How many of T + 1 ranks reject."""
    return int(np.floor((1.0 - level) * (n_obs + 1) + TIE))


def _critical_residuals(n_obs: int, level: float, tails: float) -> NDArray[np.float64]:
    """The c-th largest size of T errors, at equally likely points of its distribution; infinite where c = 0."""
    c = _rejected(n_obs, level)
    if c < 1:
        return np.full(1, np.inf)
    points = (np.arange(NODES) + 0.5) / NODES
    beyond = special.betaincinv(c, n_obs - c + 1, points)  # 1 - F, whose small values keep their digits
    if np.isinf(tails):
        return np.asarray(-special.ndtri(beyond / 2.0))
    return np.asarray(stats.t.isf(beyond / 2.0, tails) * _unit(tails))


def _beyond(effect: float, critical: NDArray[np.float64], tails: float) -> float:
    """Average chance that an error with an effect is beyond a critical size, on either side."""
    if np.isinf(tails):
        return float(np.mean(special.ndtr(effect - critical) + special.ndtr(-effect - critical)))
    above, below = (critical - effect) / _unit(tails), (critical + effect) / _unit(tails)
    return float(np.mean(stats.t.sf(above, tails) + stats.t.sf(below, tails)))


def _unit(tails: float) -> float:
    """What scales Student's t to a variance of 1."""
    return float(np.sqrt((tails - 2.0) / tails))


def _sign_effect(n: int, level: float, power: float) -> float:
    """The shift, in standard deviations, at which the two-sided sign test of N normal numbers has the power."""
    counts = np.arange(n + 1)
    below = counts[2.0 * stats.binom.cdf(counts, n, 0.5) <= 1.0 - level + TIE]
    if not len(below):
        return float("inf")

    def found(shift: float) -> float:
        up, down = float(stats.norm.cdf(shift)), float(stats.norm.sf(shift))
        return float(stats.binom.cdf(below[-1], n, up) + stats.binom.cdf(below[-1], n, down))

    return _solved(found, power)


def _z_factor(level: float, power: float) -> float:
    """The shift at which a normal number is beyond its two-sided quantile with the power."""
    critical = float(stats.norm.isf((1.0 - level) / 2.0))
    return _solved(
        lambda shift: float(stats.norm.sf(critical - shift) + stats.norm.sf(critical + shift)), power
    )


def _solved(found: Callable[[float], float], power: float) -> float:
    """The effect at which a rising power reaches the one that is asked."""
    high = 1.0
    while found(high) < power:
        high *= 2.0
    return float(brentq(lambda effect: found(effect) - power, 0.0, high, xtol=1e-9))


def _check(level: float, power: float) -> None:
    if not 0.0 < 1.0 - level < power < 1.0:
        raise InputError(
            "is no power that a test of this level can have",
            parameter="power",
            received=power,
            allowed=f"a number between {1.0 - level:.4g} and 1, for a level between 0 and 1",
        )
