"""What a test says, or why it says nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Outcome", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one test. A test that does not apply is the same object with NaN and a reason.

    Attributes
    ----------
    test : str
        Name of the test.
    statistic, p_value : float
        NaN where the test does not apply. Two-sided.
    estimate, std_error : float
        What is tested and its standard error, where the test has them [move unit].
    df : float
        Degrees of freedom, NaN where there are none.
    n : int
        Pairs that entered.
    n_clusters : int
        Independent date clusters among them.
    p_floor : float
        The smallest p that the test can reach here; 0 for a continuous distribution.
    reason : str
        Why the test does not apply; empty where it does.
    note : str
        What a reader must know of the number.
    """

    test: str
    statistic: float
    p_value: float
    estimate: float = math.nan
    std_error: float = math.nan
    df: float = math.nan
    n: int = 1
    n_clusters: int = 1
    p_floor: float = 0.0
    reason: str = ""
    note: str = ""

    @property
    def applies(self) -> bool:
        """Whether the test says anything."""
        return not self.reason


def not_applicable(test: str, reason: str, *, n: int = 1, n_clusters: int = 1, note: str = "") -> Outcome:
    """Give the outcome of a test that does not apply, with the reason."""
    nan = math.nan
    return Outcome(test, nan, nan, n=n, n_clusters=n_clusters, p_floor=nan, reason=reason, note=note)
