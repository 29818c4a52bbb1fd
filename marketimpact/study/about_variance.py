"""What there is to know of the tests of how much moves vary on event days."""

from __future__ import annotations

from ..maths.outcome import About
from ..maths.variance_ratio import BROWN_FORSYTHE, PERMUTED_RATIO, VARIANCE_F
from ..maths.variance_shift import ONE_SHOCK

__all__ = ["VARIANCES"]

ALIKE = "moves on event days have the variance of those on other days"

VARIANCES: dict[str, About] = {
    VARIANCE_F: About(
        ALIKE,
        "F, event days less 1 and other days less 1 degrees of freedom",
        "moves are normal and independent: with t3 tails it rejects up to 38 % at a nominal 5 %",
        "F = s_E^2 / s_C^2, both tails alike",
        "Snedecor and Cochran (1989), Statistical Methods, 8th edition",
    ),
    BROWN_FORSYTHE: About(
        ALIKE,
        "F, 1 and n - 2 degrees of freedom",
        "moves are independent and of one shape; cautious with few event days",
        "the F of a one-way analysis of variance of abs(y - median of its group)",
        "Brown and Forsythe (1974)",
        "10.1080/01621459.1974.10482955",
    ),
    PERMUTED_RATIO: About(
        ALIKE,
        "ratios of event days drawn at random",
        "moves about their mean are exchangeable: no event days in a row where volatility clusters",
        "s_E^2 / s_C^2 of y less the mean of its group, times sqrt(n / (n - 1)); both tails alike",
        "Boos and Brownie (1989)",
        "10.1080/00401706.1989.10488477",
    ),
    ONE_SHOCK: About(
        "the covariance matrices of event and control days differ by one shock's variance",
        "studentised draws of days with replacement within each regime",
        "days of a regime are independent and alike; power only where variances change by much",
        "t = D / s_D, D = dvar(x) dvar(y) - dcov(x, y)^2",
        "Rigobon and Sack (2004)",
        "10.1016/j.jmoneco.2004.02.004",
    ),
}
"""By the name of the test."""
