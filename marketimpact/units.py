"""Kinds of move, their units, and exact conversions between units.

A move never loses its kind: a yield change is in bp, a price or currency move is a log or a simple return,
the change of an index is in points. Kinds are never averaged with one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "BP_PER_UNIT",
    "DISPLAY_UNITS",
    "MoveKind",
    "MoveRule",
    "YieldUnit",
    "move_kind",
    "one_of",
    "shown_unit",
]

MoveRule = Literal["log", "simple", "difference"]
"""How a move is made from two levels: log ratio, simple return, or difference."""

YieldUnit = Literal["percent", "decimal"]
"""The unit in which a yield or a rate is quoted; declared, never guessed."""

BP_PER_UNIT: dict[str, float] = {"percent": 100.0, "decimal": 10_000.0, "bp": 1.0, "points": 1.0}
"""Basis points (or points) in a difference of one quoted unit."""

DISPLAY_UNITS: dict[str, tuple[str, float]] = {
    "log": ("%", 100.0),
    "simple": ("%", 100.0),
    "bp": ("bp", 1.0),
    "points": ("points", 1.0),
}
"""For each unit a number is kept in: the unit it is shown in, and the factor between the two."""

PER = " per "
"""Between the unit of what answers and that of what it answers."""


@dataclass(frozen=True, slots=True, order=True)
class MoveKind:
    """The kind of a move: what is quoted, how the move is made, and the unit it is kept in.

    Parameters
    ----------
    quoted : str
        What moves: ``"yield"``, ``"clean price"``, ``"dirty price"``, ``"currency"`` or ``"factor"``.
    rule : {"log", "simple", "difference"}
        How the move is made from two levels.
    unit : str
        ``"log"`` and ``"simple"`` are fractions, ``"bp"`` basis points, ``"points"`` index points.

    Examples
    --------
    >>> str(move_kind("yield", "difference", "percent"))
    'yield change [bp]'
    >>> move_kind("currency", "log").display_unit
    '%'
    """

    quoted: str
    rule: MoveRule
    unit: str

    @property
    def display_unit(self) -> str:
        """Unit on axes and in prose: ``"bp"``, ``"%"`` or ``"points"``."""
        return DISPLAY_UNITS[self.unit][0]

    @property
    def scale(self) -> float:
        """Factor from the unit inside to the unit shown (100 for fractions)."""
        return DISPLAY_UNITS[self.unit][1]

    @property
    def noun(self) -> str:
        """The kind in words, without its unit."""
        return {
            "difference": f"{self.quoted} change",
            "log": f"{self.quoted} log move",
            "simple": f"{self.quoted} simple move",
        }[self.rule]

    def __str__(self) -> str:
        return f"{self.noun} [{self.unit}]"


def move_kind(quoted: str, rule: MoveRule, quoted_unit: str | None = None) -> MoveKind:
    """Give the kind of move of a quote.

    Parameters
    ----------
    quoted : str
        What is quoted.
    rule : {"log", "simple", "difference"}
        How the move is made.
    quoted_unit : {"percent", "decimal", "bp", "points"}, optional
        Unit of the quote; needed for differences alone.

    Returns
    -------
    MoveKind

    Raises
    ------
    KeyError
        If a difference is asked of a quote whose unit is not declared; instruments check that on entry.
    """
    if rule != "difference":
        return MoveKind(quoted, rule, rule)
    if quoted_unit not in BP_PER_UNIT:
        raise KeyError(f"a difference needs the unit of the quote, not {quoted_unit!r}")
    return MoveKind(quoted, rule, "points" if quoted_unit == "points" else "bp")


def one_of(unit: str) -> str:
    """Say one unit of a regressor's move, as in the unit of its coefficient: "bp per 1.0 log".

    Examples
    --------
    >>> one_of("log"), one_of("points"), one_of("bp")
    ('1.0 log', 'point', 'bp')
    """
    return {"log": "1.0 log", "simple": "1.0 simple", "points": "point"}.get(unit, unit)


def shown_unit(unit: str) -> tuple[str, float]:
    """Give the unit in which a coefficient is drawn and said, and the factor to it; fractions are per cent, also below.

    Examples
    --------
    >>> shown_unit("log per event"), shown_unit("bp per sd of surprise")
    (('% per event', 100.0), ('bp per sd of surprise', 1.0))
    >>> shown_unit("bp per 1.0 log"), shown_unit("log per 1.0 log")
    (('bp per %', 0.01), ('% per %', 1.0))
    """
    of, _, per = unit.partition(PER)
    shown, scale = DISPLAY_UNITS.get(of, (of, 1.0))
    below, factor = DISPLAY_UNITS.get(per.removeprefix("1.0 "), (per, 1.0))
    return (f"{shown}{PER}{below}", scale / factor) if per else (shown, scale)
