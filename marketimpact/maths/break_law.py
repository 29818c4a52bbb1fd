"""Laws of tests for breaks at unknown dates, and of the dates themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, optimize, special

from ..errors import InputError

__all__ = ["MOST_IN_TABLE", "argmax_cdf", "argmax_quantile", "sup_f_critical", "sup_wald_p"]

_TABLE = {
    0.05: """
9.63 8.78 7.85 7.21 6.69 6.23 5.86 5.51 5.20
12.89 11.60 10.46 9.71 9.12 8.65 8.19 7.79 7.46
15.37 13.84 12.64 11.83 11.15 10.61 10.14 9.71 9.32
17.60 15.84 14.63 13.71 12.99 12.42 11.91 11.49 11.04
19.50 17.60 16.40 15.52 14.79 14.19 13.63 13.16 12.70
21.59 19.61 18.23 17.27 16.50 15.86 15.29 14.77 14.30
23.50 21.30 19.83 18.91 18.10 17.43 16.83 16.28 15.79
25.22 23.03 21.48 20.46 19.66 18.97 18.37 17.80 17.30
27.08 24.55 23.16 22.08 21.22 20.49 19.90 19.29 18.79
28.49 26.17 24.59 23.59 22.71 21.93 21.34 20.74 20.17
""",
    0.10: """
9.10 7.92 6.84 6.03 5.37 4.80 4.23 3.58
12.25 10.58 9.29 8.37 7.62 6.90 6.21 5.41
14.60 12.82 11.46 10.41 9.59 8.80 8.01 7.03
16.76 14.72 13.30 12.25 11.29 10.42 9.58 8.46
18.68 16.50 15.07 13.93 13.00 12.10 11.16 9.96
20.76 18.32 16.81 15.67 14.65 13.68 12.63 11.34
22.62 20.04 18.45 17.19 16.14 15.11 14.09 12.71
24.34 21.69 20.01 18.74 17.66 16.65 15.54 14.07
26.20 23.36 21.63 20.32 19.19 18.09 16.89 15.40
27.64 24.87 23.11 21.79 20.58 19.47 18.29 16.70
""",
    0.15: """
8.58 7.22 5.96 4.99 3.91
11.47 9.75 8.36 7.19 5.85
13.98 11.99 10.39 9.05 7.46
16.19 13.77 12.17 10.79 9.09
18.23 15.62 13.93 12.38 10.52
20.08 17.37 15.58 13.90 11.94
21.87 18.98 17.23 15.55 13.40
23.70 20.62 18.69 16.96 14.77
25.65 22.35 20.18 18.40 16.11
27.03 23.80 21.62 19.79 17.44
""",
    0.20: """
8.22 6.53 5.08
10.98 8.98 7.13
13.47 11.09 9.12
15.67 12.94 10.78
17.66 14.69 12.45
19.55 16.35 13.91
21.33 18.14 15.55
23.19 19.58 17.10
24.91 21.23 18.58
26.38 22.62 19.91
""",
    0.25: """
7.86 5.80
10.55 8.17
13.04 10.16
15.19 11.91
17.12 13.65
18.97 15.38
20.75 16.97
22.56 18.43
24.18 19.93
25.77 21.34
""",
}
"""Critical values of sup F(k) at 5 %, by trimming: a row for each q from 1, a column for each k from 1."""

SUP_F = {
    trimming: tuple(tuple(map(float, row.split())) for row in text.strip().splitlines())
    for trimming, text in _TABLE.items()
}

MOST_IN_TABLE = 10
"""Coefficients that may break, in the table."""

FAR = 200.0
"""Where the tail of sup Wald is nothing."""


def sup_f_critical(q: int, k: int, trimming: float) -> float:
    """Give the 5 % critical value of sup F(k) for q coefficients that break; NaN where it is not tabulated.

    Parameters
    ----------
    q, k : int
        Coefficients, and breaks under the alternative.
    trimming : float
        Shortest regime as a share of the observations: .05, .10, .15, .20 or .25.

    References
    ----------
    Bai and Perron (2003), Critical values for multiple structural change tests, doi:10.1111/1368-423X.00102: the 5 %
    values of its tables, which were simulated.

    Examples
    --------
    >>> sup_f_critical(1, 1, 0.15), sup_f_critical(1, 6, 0.15)
    (8.58, nan)
    """
    rows = SUP_F.get(round(trimming, 4), ())
    return rows[q - 1][k - 1] if 1 <= q <= len(rows) and 1 <= k <= len(rows[q - 1]) else float("nan")


def sup_wald_p(statistic: float, q: int, trimming: float) -> float:
    """Give the p of the largest Wald statistic for one break, over dates that leave a share on either side.

    The limit is the largest value of a squared, tied-down Bessel process of order q. For large c

        P(sup > c) = c^(q/2) exp(-c/2) / (2^(q/2) G(q/2)) ((1 - q/c) ln((1 - e)^2 / e^2) + 2/c),

    e the trimming and G the gamma function: it gives between 5.2 and 5.8 % at the simulated 5 % values of Bai and
    Perron (2003), e = .15, and 4.7 to 5.2 % at those of Andrews (1993). It falls with c from about .6 or .7 on;
    below that c, p is 1.

    Parameters
    ----------
    statistic : float
        Not divided by q.
    q : int
        Coefficients that may break.
    trimming : float
        Between 0 and one half.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If there is no coefficient, or the trimming leaves no date.

    References
    ----------
    DeLong (1981), Crossing probabilities for a square root boundary by a Bessel process, Communications in Statistics
    A10, 2197-2213; Estrella (2003), Critical values and p values of Bessel process distributions, Econometric Theory
    19, 1128-1143; Andrews (1993), doi:10.2307/2951764.

    Examples
    --------
    >>> round(sup_wald_p(8.85, 1, 0.15), 3), sup_wald_p(0.5, 1, 0.15)
    (0.047, 1.0)
    """
    if q < 1 or not 0.0 < trimming < 0.5:
        raise InputError(
            "no test of a break", parameter="trimming", received=(q, trimming),
            allowed="a coefficient or more, and 0 < trimming < .5",
        )  # fmt: skip
    if np.isnan(statistic):
        return float("nan")
    if np.isposinf(statistic):
        return 0.0
    if statistic >= FAR + 5.0 * q:
        return float(_tail(np.array([statistic]), q, trimming)[0])
    onwards = _tail(np.linspace(max(statistic, 1e-6), FAR + 5.0 * q, 2_000), q, trimming)
    return float(onwards[0]) if onwards[0] >= onwards.max() and onwards[0] < 1.0 else 1.0


def _tail(c: NDArray[np.float64], q: int, trimming: float) -> NDArray[np.float64]:
    reach = 2.0 * np.log((1.0 - trimming) / trimming)
    log_density = q / 2.0 * np.log(c / 2.0) - c / 2.0 - special.gammaln(q / 2.0)
    return np.asarray(np.exp(log_density) * ((1.0 - q / c) * reach + 2.0 / c))


def argmax_cdf(s: float, variance: float = 1.0, slope: float = 0.5) -> float:
    """Give P(place <= s) of the highest point of a random walk's limit that falls away on both sides.

    The process is W1(-s) - abs(s) / 2 before 0, and sqrt(v) W2(s) - m s after it, v the variance and m the slope. A
    path that starts at 0 and falls away at the rate m has its highest point at the time s and the height h with the
    density h_s(h) 2 m / v, h_s the density of first reaching h at s; it is the highest of both sides where the other
    side's, exponential, is lower. Integrated over h, with r the rate of the other side (2 m / v of it) and N the
    normal distribution,

        g(s) = (2 m / v) (A(s, 0) - A(s, r)),
        A(s, k) = sqrt(v / (2 pi s)) exp(-m^2 s / (2 v))
                  - (m + k v) exp(((m + k v)^2 - m^2) s / (2 v)) N(-(m + k v) sqrt(s / v)).

    With v = 1 and m = 1/2 it is the law that Yao (1987) and Bai (1997) give in closed form.

    Parameters
    ----------
    s : float
    variance, slope : float
        v and m, above 0.

    References
    ----------
    Bai (1997), Estimation of a change point in multiple regression models, doi:10.1162/003465397557132; the first
    passage of a Brownian motion with drift: Karatzas and Shreve (1991), Brownian Motion and Stochastic Calculus, 3.5.C.

    Examples
    --------
    >>> round(argmax_cdf(0.0), 4), round(argmax_cdf(11.03), 3)
    (0.5, 0.975)
    """
    before, after = (1.0, 0.5), (variance, slope)
    if s <= 0.0:
        return _beyond(-s, before, after)
    return 1.0 - _beyond(s, after, before)


def argmax_quantile(p: float, variance: float = 1.0, slope: float = 0.5) -> float:
    """Give the place below which the highest point lies with probability p; see `argmax_cdf`.

    Examples
    --------
    >>> round(argmax_quantile(0.95), 2), round(argmax_quantile(0.05), 2)
    (7.69, -7.69)
    """
    low, high = -1.0, 1.0
    while argmax_cdf(low, variance, slope) > p:
        low *= 2.0
    while argmax_cdf(high, variance, slope) < p:
        high *= 2.0
    root = optimize.brentq(lambda s: argmax_cdf(s, variance, slope) - p, low, high, xtol=1e-9)
    return float(root)


def _beyond(s: float, own: tuple[float, float], other: tuple[float, float]) -> float:
    """P(the highest point lies on this side, further than s from 0)."""
    (variance, slope), rate = own, 2.0 * other[1] / other[0]
    scale = variance / slope**2  # in which the time of this side counts

    def density(u: float) -> float:
        time = u * u * scale  # the root takes the singularity at 0 away
        parts = _arrivals(time, variance, slope, 0.0) - _arrivals(time, variance, slope, rate)
        return 2.0 * slope / variance * parts * 2.0 * u * scale

    first = np.sqrt(s / scale)
    value, _ = integrate.quad(density, first, max(first, 1.0) + 14.0, limit=200, epsabs=1e-12)
    return float(value)


def _arrivals(s: float, variance: float, slope: float, rate: float) -> float:
    """A(s, k) of `argmax_cdf`."""
    if s == 0.0:
        return 0.0
    steep = slope + rate * variance
    spread = s / variance
    near = np.sqrt(variance / (2.0 * np.pi * s)) * np.exp(-(slope**2) * spread / 2.0)
    grown = (steep**2 - slope**2) * spread / 2.0
    far = steep * np.exp(grown + special.log_ndtr(-steep * np.sqrt(spread)))
    return float(near - far)
