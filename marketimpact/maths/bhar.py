"""Buy-and-hold abnormal moves: what was earned over a window, less what the normal model would have earned."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .dependence import cluster_means
from .outcome import Outcome, not_applicable
from .over_events import MIN_PAIRS, skewness_adjusted_t
from .parametric import cluster_t

__all__ = ["BHAR", "BHAR_SKEWNESS", "bhar_skewness_t", "bhar_t", "buy_and_hold"]

BHAR = "BHAR t"
BHAR_SKEWNESS = "BHAR skewness-adjusted t"


def buy_and_hold(
    moves: NDArray[np.float64],
    normal: NDArray[np.float64],
    *,
    rule: Literal["log", "simple"],
    variance: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Give BHAR = prod(1 + R_t) - prod(1 + E(R_t | X_t)) over a window, R simple moves.

    A log move y is the simple move exp(y) - 1. The normal model of log moves gives E(y | X), and of a normal y with the
    variance s^2 v_t the expected simple move is exp(E(y | X) + s^2 v_t / 2) - 1: without that half the mean BHAR of
    nothing is about L s^2 / 2 above zero.

    When to use it: where a holder's result over weeks is asked for. It compounds, and is skewed to the right. It does
    not apply to moves in basis points or points, which do not compound.

    Parameters
    ----------
    moves : ndarray, shape (N, L)
        Moves of the windows [log or fraction]; NaN where missing: the day adds to neither product.
    normal : ndarray, shape (N, L)
        What the normal model gives for them [log or fraction].
    rule : {"log", "simple"}
        What the moves are.
    variance : ndarray, shape (N, L), optional
        s^2 v_t of log moves [log squared].

    Returns
    -------
    ndarray, shape (N,)
        [fraction]; NaN where a window holds no move.

    Raises
    ------
    InputError
        For another rule.

    References
    ----------
    Barber and Lyon (1997), doi:10.1016/S0304-405X(96)00890-2.

    Examples
    --------
    Two days of 10 % where none was expected, and the same in logs:

    >>> buy_and_hold(np.array([[0.1, 0.1]]), np.zeros((1, 2)), rule="simple").round(12).tolist()
    [0.21]
    >>> buy_and_hold(np.log([[1.1, 1.1]]), np.zeros((1, 2)), rule="log").round(12).tolist()
    [0.21]
    """
    if rule not in ("log", "simple"):
        raise InputError(
            "moves that do not compound have no buy-and-hold result",
            parameter="rule", received=rule, allowed='"log" or "simple"',
        )  # fmt: skip
    there = np.isfinite(moves) & np.isfinite(normal)
    if rule == "log":
        expected = normal if variance is None else normal + variance / 2.0
        held, wanted = (np.exp(np.where(there, one, 0.0).sum(axis=1)) for one in (moves, expected))
    else:
        held, wanted = (np.where(there, 1.0 + one, 1.0).prod(axis=1) for one in (moves, normal))
    return np.where(there.any(axis=1), held - wanted, np.nan)


def bhar_t(values: NDArray[np.float64], clusters: NDArray[np.int64], *, name: str = BHAR) -> Outcome:
    """Test a mean BHAR by the t on cluster means; see `cluster_t`, which it is.

    Parameters
    ----------
    values : ndarray, shape (N,)
        BHAR [fraction]; NaN where missing.
    clusters : ndarray of int, shape (N,)
    name : str
        Name under which the outcome is shown.

    Returns
    -------
    Outcome

    References
    ----------
    Barber and Lyon (1997), doi:10.1016/S0304-405X(96)00890-2; Ibragimov and Müller (2010),
    doi:10.1198/jbes.2009.08046.

    Examples
    --------
    >>> round(bhar_t(np.array([0.01, 0.03, 0.04]), np.array([0, 0, 1])).statistic, 12)
    3.0
    """
    return cluster_t(values, clusters, name=name)


def bhar_skewness_t(
    values: NDArray[np.float64], clusters: NDArray[np.int64], *, name: str = BHAR_SKEWNESS
) -> Outcome:
    """Test a mean BHAR by the skewness-adjusted t of Lyon, Barber and Tsai, over the means of clusters.

    sqrt(G) (S + g S^2 / 3 + g / (6 G)), S = mean / sd(G-1) and g the skewness of the G cluster means, beside a t with
    G - 1 degrees of freedom; see `skewness_adjusted_t`, form "johnson".

    Parameters
    ----------
    values : ndarray, shape (N,)
        BHAR [fraction]; NaN where missing.
    clusters : ndarray of int, shape (N,)
    name : str
        Name under which the outcome is shown.

    Returns
    -------
    Outcome
        Not applicable with fewer than five clusters.

    References
    ----------
    Lyon, Barber and Tsai (1999), doi:10.1111/0022-1082.00101.

    Examples
    --------
    >>> bhar_skewness_t(np.array([0.01, 0.03, 0.04]), np.array([0, 0, 1])).reason
    'needs 5 date clusters or more, has 2: take the t on cluster means'
    """
    means, n = cluster_means(values, clusters), int(np.isfinite(values).sum())
    groups = len(means)
    if not n:
        return not_applicable(name, "no pair has a value", n=0, n_clusters=0)
    if groups < MIN_PAIRS:
        reason = f"needs {MIN_PAIRS} date clusters or more, has {groups}: take the t on cluster means"
        return not_applicable(name, reason, n=n, n_clusters=groups)
    outcome = skewness_adjusted_t(means, clusters=np.arange(groups), form="johnson", name=name)
    # The values are means of clusters, and only these are taken for independent.
    told = f"trusts independent clusters; skewness {outcome.part('skewness'):.2f}" if outcome.applies else ""
    return replace(outcome, n=n, n_clusters=groups, note=told)
