"""Permutation p-values beside the coefficients of a regression, in its table and in its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import InputError
from ..maths.outcome import Outcome
from ..study.summary import Summary, p_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DRAWS", "check_count", "check_draws", "frame_beside", "summary_beside"]

DRAWS = 999
"""Draws where few event days ask for a permutation and no number was given."""


def check_count(name: str, number: object) -> None:
    """Refuse what is no whole number from 0 on.

    Raises
    ------
    InputError
    """
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise InputError("is no number", parameter=name, received=number, allowed="a whole number from 0 on")


def check_draws(permutations: object) -> None:
    """Refuse what is no number of draws; None leaves it to the regression.

    Raises
    ------
    InputError
    """
    if permutations is not None:
        check_count("permutations", permutations)


def frame_beside(frame: pd.DataFrame, permutation: Sequence[Outcome]) -> pd.DataFrame:
    """Add ``p_permutation`` and ``p_floor``, the smallest that the permutation could reach."""
    return frame.assign(
        p_permutation=[one.p_value for one in permutation], p_floor=[one.p_floor for one in permutation]
    )


def summary_beside(plain: Summary, permutation: Sequence[Outcome]) -> Summary:
    """Put a column of permutation p-values behind that of p, where there are any."""
    if not any(one.applies for one in permutation):
        return plain
    at = plain.columns.index("p") + 1
    rows = tuple(
        (*row[:at], p_words(one.p_value) if one.applies else "", *row[at:])
        for row, one in zip(plain.rows, permutation, strict=True)
    )
    return replace(plain, columns=(*plain.columns[:at], "p (permutation)", *plain.columns[at:]), rows=rows)
