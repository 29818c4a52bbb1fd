"""How often the usual robust errors reject by chance where few event days carry a coefficient, in words and numbers."""

from __future__ import annotations

import numpy as np
from scipy import stats

from ..errors import InputError

__all__ = ["ENOUGH_DAYS", "GUARDED", "false_rejection", "few_days"]

GUARDED = ("HC0", "HC1", "HC3", "HAC")
"""Errors that are too small where few event days carry a coefficient."""

ENOUGH_DAYS = 20
"""Event days a coefficient from which the usual robust errors are let pass without a warning."""

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
