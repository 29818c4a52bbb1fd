"""Sets on the circle: against the roots of a quadratic, and what they say of themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from marketimpact.maths.confidence_sets import ConfidenceSet, invert_on_circle

SIZES = st.floats(0.05, 3.0)


def fieller(top: float, bottom: float, v11: float, v22: float, v12: float) -> ConfidenceSet:
    """Invert (top - c bottom)^2 <= v11 - 2 c v12 + c^2 v22 on the circle."""

    def accepts(angles: np.ndarray) -> np.ndarray:
        a, b = np.cos(angles), np.sin(angles)
        return (a * top - b * bottom) ** 2 <= a * a * v11 - 2.0 * a * b * v12 + b * b * v22

    return invert_on_circle(accepts, top / bottom, 1.0, 0.9)


@given(st.floats(-3, 3), st.floats(-3, 3), SIZES, SIZES, st.floats(-0.9, 0.9))
def test_a_quadratic_has_the_set_of_its_roots(
    top: float, bottom: float, s1: float, s2: float, r: float
) -> None:
    """Fieller's set: a c^2 - 2 b c + d <= 0, an interval, a complement or the whole line by signs."""
    a, b, d = bottom**2 - s2**2, top * bottom - r * s1 * s2, top**2 - s1**2
    gap = b * b - a * d
    assume(abs(bottom) > 1e-3 and abs(a) > 1e-2 and abs(gap) > 1e-2)
    found = fieller(top, bottom, s1**2, s2**2, r * s1 * s2)
    if gap < 0.0:
        assert found.shape == "whole line"
        return
    roots = sorted(((b - np.sqrt(gap)) / a, (b + np.sqrt(gap)) / a))
    assert found.shape == ("interval" if a > 0.0 else "complement")
    ends = found.parts[0] if a > 0.0 else (found.parts[0][1], found.parts[1][0])
    np.testing.assert_allclose(ends, roots, rtol=1e-6, atol=1e-7)
    assert top / bottom in found


def test_shapes_and_words() -> None:
    inf = np.inf
    cases = [
        (((1.0, 2.0),), "interval", "1 to 2", True),
        (((-inf, 2.0),), "half-line", "up to 2", False),
        (((2.0, inf),), "half-line", "2 or more", False),
        (((-inf, inf),), "whole line", "any number", False),
        (((-inf, 1.0), (2.0, inf)), "complement", "all but 1 to 2", False),
        ((), "empty", "none", True),
    ]
    for parts, shape, words, bounded in cases:
        found = ConfidenceSet(parts, 0.9)
        assert (found.shape, str(found), found.bounded) == (shape, words, bounded)
        assert (found.interval == (1.0, 2.0)) == (shape == "interval")
        assert (1.5 in found) == (shape in ("interval", "whole line") or words == "up to 2")


def test_gaps_that_resampling_leaves_are_filled_but_for_the_widest() -> None:
    def accepts(angles: np.ndarray) -> np.ndarray:
        c = np.tan(angles)
        return (np.abs(c) < 1.0) & ~((c > 0.5) & (c < 0.55))

    found = invert_on_circle(accepts, 0.0, 1.0, 0.9)
    assert found.parts[0] == pytest.approx((-1.0, 1.0))

    def around(angles: np.ndarray) -> np.ndarray:
        c = np.tan(angles)
        return (np.abs(c) > 2.0) & ~((c > 5.0) & (c < 5.1))

    beyond = invert_on_circle(around, np.nan, 1.0, 0.9)
    assert beyond.shape == "complement"
    assert beyond.parts[0][1] == pytest.approx(-2.0)
    assert beyond.parts[1][0] == pytest.approx(2.0)


def test_a_set_that_is_narrower_than_the_grid_is_found_at_the_estimate() -> None:
    found = invert_on_circle(lambda a: np.abs(np.tan(a) - 0.3) < 1e-7, 0.3, 1.0, 0.9)
    assert found.parts[0] == pytest.approx((0.3, 0.3), abs=2e-7)
    assert invert_on_circle(lambda a: np.zeros(len(a), dtype=bool), np.nan, 1.0, 0.9).shape == "empty"
