"""How often the usual robust errors reject by chance where few event days carry a coefficient, in words and numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError

__all__ = [
    "ENOUGH_DAYS",
    "GUARDED",
    "beyond_mixture",
    "beyond_signed_mixture",
    "false_rejection",
    "few_days",
    "few_left",
    "few_surprises",
    "slope_rejection",
]

GUARDED = ("HC0", "HC1", "HC3", "HAC")
"""Errors that are too small where few event days carry a coefficient."""

ENOUGH_DAYS = 20
"""Event days a coefficient from which the usual robust errors are let pass without a warning."""

SIGNED_DRAWS = 4_000
"""Draws of a mixture with weights of either sign."""

NODES = 100
"""Points of the Gauss-Legendre rule, on the scale of probabilities: right to 1e-4."""


def false_rejection(days: int, n: int, size: float = 0.05, *, cov: str = "HC0") -> float:
    """Give the share of samples without any effect in which the HC0 test of an event dummy rejects.

    The dummy of m event days among n sessions has the coefficient mean(e_E) - mean(e_R), of the event days E and the
    r = n - m other days, and HC0 takes S / m^2 + s^2 / r for its variance, S the squared deviations of the event days
    from their own mean. S / s^2 is chi-squared with m - 1 degrees of freedom and independent of the mean, so that the
    share is E[2 P(Z > z sqrt((S / m^2 + 1 / r) / (1 / m + 1 / r)))], z the normal quantile. With one event day S = 0:
    the residual of the day is zero, and the test rejects nearly always.

    Assumes alike, independent and normal errors; Newey-West errors of scattered event days do the same. Where the
    variance is larger on event days the share of one and of two days is the same or larger.

    Parameters
    ----------
    days : int
        Event days m that carry the coefficient.
    n : int
        Sessions of the sample.
    size : float
        Nominal share of false rejections.
    cov : str
        ``"HC3"`` divides each residual by 1 - h, which is (m - 1) / m on event days; all others as HC0.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If the days are not between 1 and n - 1.

    References
    ----------
    MacKinnon and White (1985), doi:10.1016/0304-4076(85)90158-7, on the estimator; the integral is elementary.

    Examples
    --------
    >>> [round(false_rejection(days, 250), 2) for days in (1, 2, 5, 10, 20)]
    [0.9, 0.38, 0.15, 0.09, 0.07]
    """
    if not 1 <= days < n:
        raise InputError("are no event days", parameter="days", received=days, allowed=f"1 to {n - 1}")
    quantile, rest = stats.norm.isf(size / 2.0), 1.0 / (n - days)
    total = 1.0 / days + rest

    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    spread = stats.chi2.ppf((nodes + 1.0) / 2.0, days - 1) if days > 1 else np.zeros(NODES)
    if cov == "HC3" and days > 1:
        spread = spread * (days / (days - 1)) ** 2
    rejects = 2.0 * stats.norm.sf(quantile * np.sqrt((spread / days**2 + rest) / total))
    return float(weights @ rejects / 2.0)


def few_days(days: int, n: int, size: float, *, cov: str = "HC0") -> str:
    """Say what few event days do to the usual robust errors.

    Examples
    --------
    >>> few_days(5, 250, 0.05)
    '5 event days: rejects about 15 % of true nulls at a nominal 5 %'
    >>> few_days(1, 250, 0.05)
    '1 event day: would reject about 90 % of true nulls at a nominal 5 %, and is refused'
    """
    rate = false_rejection(days, n, size, cov=cov)
    share = f"about {rate * 100:.0f} % of true nulls at a nominal {size * 100:.3g} %"
    return (
        f"1 event day: would reject {share}, and is refused"
        if days == 1
        else f"{days} event days: rejects {share}"
    )


def few_left(
    days: tuple[int, float],
    x: NDArray[np.float64],
    column: int,
    dates: NDArray[np.int64],
    how: tuple[float, str, bool],
) -> str:
    """Say what is left of event days beside the other regressors, and what that does to the usual robust errors.

    Empty where errors reject no more than the nominal size, as HC3 does where one day carries nearly all.

    Parameters
    ----------
    days : (int, float)
        Event days, and how many of equal weight would carry as much of what the other regressors leave.
    x, column, dates
        As for `slope_rejection`.
    how : (float, str, bool)
        Nominal size, kind of errors, and whether the coefficient is refused.
    """
    size, cov, refused = how
    rate = slope_rejection(x, column, dates, size, cov=cov)
    if rate <= size and not refused:
        return ""
    share = f"about {rate * 100:.0f} % of true nulls at a nominal {size * 100:.3g} %"
    some = f"{days[0]} event days, of which about {days[1]:.1f} carry what the other regressors leave"
    return f"{some}: would reject {share}, and is refused" if refused else f"{some}: rejects {share}"


def slope_rejection(
    x: NDArray[np.float64], column: int, dates: NDArray[np.int64], size: float = 0.05, *, cov: str = "HC0"
) -> float:
    """Give the share of samples without any effect in which a robust test of a slope rejects.

    b = w'e, with w a row of (X'X)^-1 X', is independent of the residuals u = M e, and with G event dates d the
    estimated variance is about V = f (sum_d (w_d'u_d)^2 + s^2 sum_(other t) w_t^2), f = n / (n - k) for HC1,
    w_t / (1 - h_t) in place of w_t for HC3. The sum over d is a mixture of chi-squared variables, whose weights l_d are
    the eigenvalues of the covariance of w_d'u_d. With c the critical value and Craig's form of the normal tail it is

    (2 / pi) int_0^(pi/2) exp(-a r) prod_d (1 + 2 a l_d)^(-1/2) d angle, a = f c^2 / (2 w'w sin(angle)^2),

    r the part of the other dates. Assumes alike, independent and normal errors, also between moves of one date; HAC of
    scattered event days does as HC0.

    Parameters
    ----------
    x : ndarray, shape (n, k)
    column : int
        Place of the slope.
    dates : ndarray of int, shape (n,)
        Dates; errors are clustered by date where moves share dates.
    size : float
        Nominal share of false rejections.
    cov : {"HC0", "HC1", "HC3", "HAC"}

    Returns
    -------
    float

    References
    ----------
    Craig (1991), A new, simple and exact result for calculating the probability of error for two-dimensional signal
    constellations, MILCOM 91, doi:10.1109/MILCOM.1991.258319; MacKinnon and White (1985),
    doi:10.1016/0304-4076(85)90158-7.

    Examples
    --------
    >>> s = np.zeros(250)
    >>> s[100], s[101:140:2] = 10.0, 1.0
    >>> round(slope_rejection(np.column_stack([s, np.ones(250)]), 0, np.arange(250)), 2)
    0.33
    """
    n, k = x.shape
    x = x / np.linalg.norm(x, axis=0)
    bread = np.linalg.inv(x.T @ x)
    w, many = x @ bread[column], len(np.unique(dates))
    v = w / np.maximum(1.0 - ((x @ bread) * x).sum(axis=1), ROUNDING) if cov == "HC3" else w
    on_event = np.isin(dates, _heaviest(dates, x[:, column], v))
    _, at = np.unique(dates[on_event], return_inverse=True)
    own = np.bincount(at, weights=v[on_event] ** 2)
    sums = np.stack([np.bincount(at, weights=one) for one in (x[on_event] * v[on_event, None]).T], axis=1)
    shares = np.asarray(np.linalg.eigvalsh(np.diag(own) - sums @ bread @ sums.T), dtype=np.float64)
    stacked = many < n
    factor = {"HC1": many / (many - 1.0) if stacked else n / (n - k)}.get(cov, 1.0)
    critical = float(stats.t.isf(size / 2.0, many - 1) if stacked else stats.norm.isf(size / 2.0))

    rest = float((v[~on_event] ** 2).sum())
    return beyond_mixture(shares, rest, factor * critical**2 / float(w @ w))


def beyond_mixture(shares: NDArray[np.float64], rest: float, limit: float) -> float:
    """Give P(z^2 > limit (rest + sum_d l_d c_d)), z normal, the c_d chi-squared with one degree of freedom.

    Parameters
    ----------
    shares : ndarray
        Weights l_d.
    rest, limit : float

    Returns
    -------
    float

    References
    ----------
    Craig (1991), as for `slope_rejection`.

    Examples
    --------
    >>> round(beyond_mixture(np.zeros(1), 1.0, 1.96**2), 3), round(beyond_mixture(np.ones(1), 0.0, 1.0), 3)
    (0.05, 0.5)
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    angle = (nodes + 1.0) * np.pi / 4.0
    a = limit / (2.0 * np.sin(angle) ** 2)
    logs = -a * rest
    logs -= 0.5 * np.log1p(2.0 * a[:, None] * np.maximum(shares, 0.0)).sum(axis=1)
    return float(weights @ np.exp(logs) / 2.0)


def beyond_signed_mixture(shares: NDArray[np.float64], rest: float, limit: float) -> float:
    """Give P(z^2 > limit Q and Q > 0), Q = rest + sum_d l_d c_d, as `beyond_mixture` with weights of either sign.

    The mean of 2 P(Z > sqrt(limit Q)) over 4,000 draws of Q, always the same: right to half a point.

    Parameters
    ----------
    shares : ndarray
        Weights l_d.
    rest, limit : float

    Returns
    -------
    float

    Examples
    --------
    >>> round(beyond_signed_mixture(np.array([0.5, 0.5, -0.1]), 0.2, 4.0), 2)
    0.12
    """
    squares = np.random.default_rng(0).standard_normal((SIGNED_DRAWS, len(shares))) ** 2
    q = rest + squares @ shares
    rejects = 2.0 * stats.norm.sf(np.sqrt(limit * np.maximum(q, 0.0)))
    return float(np.where(q > 0.0, rejects, 0.0).mean())


def few_surprises(
    term: str, x: NDArray[np.float64], column: int, dates: NDArray[np.int64], how: tuple[float, str, float]
) -> str:
    """Say what few surprises do to the usual robust errors of a slope.

    Parameters
    ----------
    term : str
    x, column, dates
        As for `slope_rejection`.
    how : (float, str, float)
        Nominal size, kind of errors, and about how many event days carry the slope.
    """
    size, cov, days = how
    rate = slope_rejection(x, column, dates, size, cov=cov)
    share = f"about {rate * 100:.0f} % of true nulls at a nominal {size * 100:.3g} %"
    return (
        f"{term}: 1 event day: would reject {share}, and is refused"
        if days <= 1.0
        else f"{term}: about {days:.1f} event days carry it: rejects {share}"
    )


def _heaviest(
    dates: NDArray[np.int64], column: NDArray[np.float64], v: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Give the event dates whose weight is not like a constant: the largest, up to a number that is quick."""
    chosen = np.unique(dates[column != 0.0])
    if len(chosen) <= MOST_DATES:
        return chosen
    at = np.minimum(np.searchsorted(chosen, dates), len(chosen) - 1)
    mine = chosen[at] == dates
    weight = np.bincount(at[mine], weights=v[mine] ** 2)
    return np.asarray(chosen[np.argsort(weight)[-MOST_DATES:]])


MOST_DATES = 500
"""Event dates whose residuals are taken as random; what lighter ones add hardly varies."""

ROUNDING = 1e-12
"""What is left of a leverage of 1: the day determines a coefficient alone."""
