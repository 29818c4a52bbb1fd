"""Kinds of move: what they are called, what they are kept in, and what they are shown in."""

from __future__ import annotations

import numpy as np
import pytest

from marketimpact.maths.moves import moves_from_levels
from marketimpact.units import BP_PER_UNIT, DISPLAY_UNITS, MoveKind, MoveRule, move_kind


@pytest.mark.parametrize(
    ("quoted", "rule", "quoted_unit", "words", "shown", "scale"),
    [
        ("yield", "difference", "percent", "yield change [bp]", "bp", 1.0),
        ("yield", "difference", "decimal", "yield change [bp]", "bp", 1.0),
        ("factor", "difference", "points", "factor change [points]", "points", 1.0),
        ("clean price", "log", None, "clean price log move [log]", "%", 100.0),
        ("currency", "simple", None, "currency simple move [simple]", "%", 100.0),
    ],
)
def test_a_kind_says_what_moves_and_in_which_unit(
    quoted: str, rule: MoveRule, quoted_unit: str | None, words: str, shown: str, scale: float
) -> None:
    kind = move_kind(quoted, rule, quoted_unit)
    assert str(kind) == words
    assert (kind.display_unit, kind.scale) == (shown, scale)
    assert str(kind).startswith(kind.noun)


def test_kinds_that_differ_in_anything_are_not_equal() -> None:
    kinds = {
        move_kind("yield", "difference", "percent"),
        move_kind("factor", "difference", "percent"),
        move_kind("factor", "difference", "points"),
        move_kind("clean price", "log"),
        move_kind("clean price", "simple"),
        move_kind("dirty price", "log"),
        move_kind("currency", "log"),
    }
    assert len(kinds) == 7
    assert move_kind("yield", "difference", "decimal") in kinds, "both units of a yield move in bp"


@pytest.mark.parametrize("unit", [None, "price", "per cent"])
def test_a_difference_needs_a_declared_unit(unit: str | None) -> None:
    with pytest.raises(KeyError, match="a difference needs the unit of the quote"):
        move_kind("yield", "difference", unit)


@pytest.mark.parametrize(("unit", "before", "after"), [("percent", 4.20, 4.53), ("decimal", 0.0420, 0.0453)])
def test_one_move_is_33_bp_in_either_unit_of_the_quote(unit: str, before: float, after: float) -> None:
    assert BP_PER_UNIT[unit] * (after - before) == pytest.approx(33.0)
    moves = moves_from_levels(np.array([before, after]), "difference", unit)
    assert moves[1] == pytest.approx(33.0)


def test_every_unit_a_move_is_kept_in_can_be_shown() -> None:
    for kept in ("log", "simple", "bp", "points"):
        shown, factor = DISPLAY_UNITS[kept]
        kind = MoveKind("any", "log", kept)
        assert (kind.display_unit, kind.scale) == (shown, factor)


def test_a_kind_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="unit"):
        move_kind("currency", "log").unit = "bp"  # type: ignore[misc]
