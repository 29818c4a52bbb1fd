"""The table of the tests that stand beside coefficients: one form for every regression."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..maths.outcome import Outcome

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TEST_COLUMNS", "outcome_table"]

TEST_COLUMNS = (
    "estimate", "std_error", "statistic", "df", "p_value", "p_floor", "n", "n_clusters", "note", "reason",
)  # fmt: skip
"""Columns of the table, behind ``term`` and ``test``."""


def outcome_table(outcomes: Iterable[tuple[str, Outcome]]) -> pd.DataFrame:
    """Make one row a term and test: statistic, p, the smallest p it can reach, note or reason.

    Parameters
    ----------
    outcomes : iterable of (str, Outcome)
        Each with the term that it is about.

    Returns
    -------
    DataFrame
        Columns ``term``, ``test``, then those of `TEST_COLUMNS`; NaN where a test does not apply.

    Examples
    --------
    >>> from marketimpact.maths.outcome import not_applicable
    >>> table = outcome_table([("event", not_applicable("sign test", "one pair", n=1))])
    >>> table[["term", "n", "reason"]].to_numpy().tolist()
    [['event', 1, 'one pair']]
    """
    import pandas as pd

    rows = [
        {"term": term, "test": one.test, **{name: getattr(one, name) for name in TEST_COLUMNS}}
        for term, one in outcomes
    ]
    return pd.DataFrame(rows, columns=["term", "test", *TEST_COLUMNS])
