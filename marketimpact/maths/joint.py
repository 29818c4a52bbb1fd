"""Several series on one event: do they move together by more than they do on ordinary days?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .outcome import Outcome, not_applicable
from .parametric import t_p_value
from .single_event import TIE

__all__ = ["JOINT_F", "JOINT_RANK", "ONE_DIRECTION", "directed_t", "joint_f", "joint_rank"]

JOINT_F = "joint F"
JOINT_RANK = "joint distance, rank with refit"
ONE_DIRECTION = "t of the mean signed move"

SINGULAR = 1e-10
"""Smallest eigenvalue of a correlation matrix, below which series repeat one another."""

REPEAT = "a series repeats the others: their residuals have no inverse covariance"
NORMAL = "trusts normal errors"


def _scatter(residuals: NDArray[np.float64], k: int) -> NDArray[np.float64] | None:
    """Residual covariance E'E / (T - k), shape (p, p); None where the series repeat one another."""
    cov = residuals.T @ residuals / (len(residuals) - k)
    deviation = np.sqrt(np.diag(cov))
    if not np.all(deviation > 0.0):
        return None
    roots = np.linalg.eigvalsh(cov / np.outer(deviation, deviation))
    return cov if roots[0] > SINGULAR else None


def joint_f(
    abnormal: NDArray[np.float64], factor: NDArray[np.float64], residuals: NDArray[np.float64], k: int
) -> Outcome:
    """Test that the abnormal moves of p series on one event are all zero.

    With z_i = A_i / sqrt(f_i), f the variance factors of the sums, and S = E'E / (T - k) of the residuals on common
    sessions, D^2 = z'S^-1 z, and F = D^2 (T - k - p + 1) / ((T - k) p) has the F distribution with p and
    T - k - p + 1 degrees of freedom, exactly so for normal errors and regressors that all series share. With the tails
    of a t with 3 degrees of freedom, on days that are wild for all series together, its 5 % test rejects 7 to 11 %:
    `joint_rank` holds its level there.

    Parameters
    ----------
    abnormal : ndarray, shape (p,)
        Abnormal moves, or their sums over one window [each in its own unit].
    factor : ndarray, shape (p,)
        Var(A_i) / sigma_i^2: sum v + x'(X'WX)^-1 x.
    residuals : ndarray, shape (T, p)
        Weighted residuals of the p fits on the same T sessions.
    k : int
        Parameters of each fit.

    Returns
    -------
    Outcome
        ``df`` is that of the denominator, ``n`` the number of series; not applicable with too few sessions, or where
        a series repeats the others.

    References
    ----------
    Anderson (2003), An Introduction to Multivariate Statistical Analysis, section 5.2 (Hotelling's T^2); the F of the
    joint hypothesis of Gibbons, Ross and Shanken (1989), doi:10.2307/1913625.

    Examples
    --------
    With one series it is the square of the t:

    >>> one = joint_f(np.array([3.0]), np.array([1.0]), np.array([[1.0], [-1.0], [1.0], [-1.0]]), 1)
    >>> round(one.statistic, 12), one.df
    (6.75, 3.0)
    """
    total, p = residuals.shape
    df = total - k - p + 1
    if not p:
        return not_applicable(JOINT_F, "no series has every move of the window", n=0)
    if df < 1:
        reason = f"needs more than {k + p - 1} common sessions for {p} series, has {total}"
        return not_applicable(JOINT_F, reason, n=p)
    cov = _scatter(residuals, k)
    if cov is None or not np.isfinite(abnormal).all():
        return not_applicable(JOINT_F, REPEAT if cov is None else "a move of the window is missing", n=p)
    z = abnormal / np.sqrt(factor)
    statistic = float(z @ np.linalg.solve(cov, z)) * df / ((total - k) * p)
    p_value = float(stats.f.sf(statistic, p, df))
    note = f"F with {p} and {df} degrees of freedom, {total} common sessions; {NORMAL}"
    parts = (("T - k", float(total - k)), ("D^2", statistic * (total - k) * p / df))
    return Outcome(JOINT_F, statistic, p_value, df=float(df), n=p, note=note, parts=parts)


def joint_rank(residuals: NDArray[np.float64], k: int) -> Outcome:
    """Rank the joint distance of an event's session among those of ordinary ones, all fitted together.

    The event's session is the last row of T + 1, on which all models were fitted; d_t^2 = e_t'S^-1 e_t with S of the
    same T + 1 rows. Under exchangeable errors, normal or not, its rank is exact at its attainable levels, of which the
    smallest is 1 / (T + 1); ties count against the event. Days whose volatility clusters are not exchangeable: on the
    level, slope and curvature of the US Treasury curve, 2010 to 2023, its 5 % test calls 7.5 % of all days unusual, and
    `joint_f` 8.8 %.

    Parameters
    ----------
    residuals : ndarray, shape (T + 1, p)
        Weighted residuals with refit, the event's session last.
    k : int
        Parameters of each fit.

    Returns
    -------
    Outcome

    Examples
    --------
    >>> rows = np.array([[1.0, 0.5], [-1.0, 0.2], [0.5, -0.7], [-0.6, -0.1], [4.0, -5.0]])
    >>> joint_rank(rows - rows.mean(axis=0), 1).p_value
    0.2
    """
    total, p = residuals.shape
    if total - k < p + 1 or not np.isfinite(residuals).all():
        short = f"needs more than {k + p} sessions for {p} series, has {total}"
        return not_applicable(JOINT_RANK, short if total - k < p + 1 else "a move is missing", n=p)
    cov = _scatter(residuals, k)
    if cov is None:
        return not_applicable(JOINT_RANK, REPEAT, n=p)
    distance = np.einsum("ti,ti->t", residuals, np.linalg.solve(cov, residuals.T).T)
    at_least = int(np.count_nonzero(distance >= distance[-1] * (1.0 - TIE)))
    return Outcome(JOINT_RANK, float(distance[-1]), at_least / total, n=p, p_floor=1.0 / total)


def directed_t(
    abnormal: NDArray[np.float64],
    factor: NDArray[np.float64],
    residuals: NDArray[np.float64],
    k: int,
    signs: NDArray[np.float64],
) -> Outcome:
    """Test the mean of the standardized, signed moves: have the series moved in one direction?

    m = mean_i s_i A_i / (sigma_i sqrt(f_i)); its variance is that of the same mean of the standardized residuals, so
    that series that move together do not count as several. t = m / sd(m) with T - k degrees of freedom, approximate as
    sigma_i is estimated.

    Parameters
    ----------
    abnormal, factor, residuals, k
        As for `joint_f`.
    signs : ndarray, shape (p,)
        +1 where a positive move is a gain, -1 where it is a loss.

    Returns
    -------
    Outcome
        ``estimate`` is the mean [standard deviations].

    Examples
    --------
    >>> rows = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])
    >>> both = directed_t(np.array([3.0, -3.0]), np.ones(2), rows, 1, np.array([1.0, -1.0]))
    >>> round(both.statistic, 3), round(both.estimate, 3)
    (2.598, 2.598)
    """
    total, p = residuals.shape
    df = total - k
    sigma = np.sqrt((residuals**2).sum(axis=0) / df) if df > 0 else np.zeros(p)
    if df < 1 or not np.all(sigma > 0.0) or not np.isfinite(abnormal).all():
        return not_applicable(ONE_DIRECTION, "a move is missing, or a series never moves", n=p)
    mean = float(np.mean(signs * abnormal / (sigma * np.sqrt(factor))))
    spread = float(np.sqrt((np.mean(signs * residuals / sigma, axis=1) ** 2).sum() / df))
    if not spread > np.sqrt(SINGULAR):
        return not_applicable(ONE_DIRECTION, "the signed moves cancel on ordinary days", n=p)
    statistic = mean / spread
    p_value = float(t_p_value(np.array(statistic), np.array(df)))
    note = f"standard deviations of ordinary days; {NORMAL}"
    return Outcome(
        ONE_DIRECTION, statistic, p_value, estimate=mean, std_error=spread, df=float(df), n=p, note=note
    )
