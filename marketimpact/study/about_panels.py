"""What there is to know of the tests of panels: permutation over units, and trends before the news."""

from __future__ import annotations

from ..maths.group_time import PRE_TRENDS
from ..maths.outcome import About
from ..maths.unit_permutation import PERMUTED_UNITS, PERMUTED_UNITS_SCALED

__all__ = ["PANELS"]

NO_EFFECT = "the news had no effect on the treated unit"

PANELS: dict[str, About] = {
    PERMUTED_UNITS: About(
        NO_EFFECT,
        "rank of the coefficient among those of all G units, smallest p 1 / G",
        "units are exchangeable without the news: a treated unit that is more volatile than the others looks treated",
        "p = share of units with abs(b_i) >= abs(b_1), the treated one among them",
        "Conley and Taber (2011)",
        "10.1162/REST_a_00049",
    ),
    PERMUTED_UNITS_SCALED: About(
        NO_EFFECT,
        "rank of the scaled coefficient among those of all G units, smallest p 1 / G",
        "units are exchangeable after division by their own volatility",
        "p = share of units with abs(b_i) / s_i as large, the treated one among them",
        "Ferman and Pinto (2019)",
        "10.1162/rest_a_00759",
    ),
    PRE_TRENDS: About(
        "all coefficients of sessions before the news are zero",
        "F, q and df - q + 1 degrees of freedom",
        "the estimates' influences are about normal, and clusters independent",
        "F = W (df - q + 1) / (df q), W = b'V^-1 b",
        "Hotelling (1931)",
        "10.1214/aoms/1177732979",
    ),
}
"""By the name of the test."""
