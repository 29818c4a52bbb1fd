"""What a test says, or why it says nothing; and what there is to know of the test itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["About", "Outcome", "not_applicable"]


@dataclass(frozen=True, slots=True)
class About:
    """What holds of a test whatever its data are.

    Attributes
    ----------
    null : str
        What is rejected where p is small.
    distribution : str
        What the statistic is compared with under the null.
    assumptions : str
        What must hold for p to be right, apart from the null.
    formula : str
        The statistic in plain text.
    reference : str
        Author, year and, where there is no DOI, where it was published.
    doi : str
        Empty where there is none.
    """

    null: str
    distribution: str
    assumptions: str
    formula: str
    reference: str
    doi: str = ""

    @property
    def source(self) -> str:
        """The reference with its DOI."""
        return f"{self.reference}, doi:{self.doi}" if self.doi else self.reference


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
    parts : tuple of (str, float)
        Ingredients of the statistic that stand in no other field, named as its formula names them.
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
    parts: tuple[tuple[str, float], ...] = ()

    @property
    def applies(self) -> bool:
        """Whether the test says anything."""
        return not self.reason

    def part(self, name: str) -> float:
        """Give an ingredient by its name; NaN where there is none."""
        return dict(self.parts).get(name, math.nan)


def not_applicable(test: str, reason: str, *, n: int = 1, n_clusters: int = 1, note: str = "") -> Outcome:
    """Give the outcome of a test that does not apply, with the reason."""
    nan = math.nan
    return Outcome(test, nan, nan, n=n, n_clusters=n_clusters, p_floor=nan, reason=reason, note=note)
