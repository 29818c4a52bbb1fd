"""What there is to know of every test: its null, its distribution, what it assumes, its formula, its source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..maths.outcome import About
from .about_news import NEWS
from .about_one import FAMILIES, JOINT, ONE_EVENT
from .about_over import OVER_EVENTS
from .about_panels import PANELS
from .about_variance import VARIANCES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ABOUT", "ABOUT_COLUMNS", "about", "with_about"]

ABOUT: dict[str, About] = {**OVER_EVENTS, **ONE_EVENT, **JOINT, **FAMILIES, **VARIANCES, **NEWS, **PANELS}
"""By the name of the test, as outcomes and tables have it."""

ABOUT_COLUMNS = ("null", "distribution", "assumptions")
"""What tables of tests say of each."""

UNSAID = About("", "", "", "", "")


def about(test: str) -> About:
    """Give what there is to know of a test; empty words for a name that is not in the table.

    Examples
    --------
    >>> about("BMP t").distribution, about("BMP t").doi
    ("Student's t, N - 1 degrees of freedom", '10.1016/0304-405X(91)90032-F')
    """
    return ABOUT.get(test, UNSAID)


def with_about(table: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Give a table of tests with their null, distribution and assumptions behind its columns.

    Parameters
    ----------
    table : DataFrame
        One row a test.
    names : iterable of str
        Name of each row's test.
    """
    facts = [about(name) for name in names]
    return table.assign(**{column: [getattr(one, column) for one in facts] for column in ABOUT_COLUMNS})
