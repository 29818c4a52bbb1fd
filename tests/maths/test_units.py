"""Kinds of move and their units."""

from __future__ import annotations

import pytest

from marketimpact.units import BP_PER_UNIT, move_kind


@pytest.mark.parametrize(
    ("quoted", "rule", "unit", "words", "inside", "shown", "scale"),
    [
        ("yield", "difference", "percent", "yield change [bp]", "bp", "bp", 1.0),
        ("yield", "difference", "decimal", "yield change [bp]", "bp", "bp", 1.0),
        ("factor", "difference", "points", "factor change [points]", "points", "points", 1.0),
        ("clean price", "log", None, "clean price log move [log]", "log", "%", 100.0),
        ("currency", "simple", None, "currency simple move [simple]", "simple", "%", 100.0),
    ],
)
def test_a_kind_knows_its_units(quoted, rule, unit, words, inside, shown, scale):
    kind = move_kind(quoted, rule, unit)
    assert (str(kind), kind.unit, kind.display_unit, kind.scale) == (words, inside, shown, scale)


def test_one_percentage_point_and_one_hundredth_are_100_bp():
    assert BP_PER_UNIT["percent"] * 1.0 == BP_PER_UNIT["decimal"] * 0.01 == 100.0


def test_yields_of_both_units_are_one_kind_and_prices_another():
    assert move_kind("yield", "difference", "percent") == move_kind("yield", "difference", "decimal")
    assert move_kind("clean price", "log") != move_kind("dirty price", "log")
    assert move_kind("currency", "log") != move_kind("currency", "simple")


def test_a_difference_without_a_unit_is_an_error():
    with pytest.raises(KeyError, match="needs the unit of the quote, not None"):
        move_kind("yield", "difference")
