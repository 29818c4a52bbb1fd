"""Kinds of dates: how each is spelled, and the days it spans."""

from __future__ import annotations

import pytest

from marketimpact.news.precision import AFTER_CLOSE, BEFORE_OPEN, day_span, read_precision, read_side


@pytest.mark.parametrize("text", ["minute", "hour", "day", "1d", "3d", "99d", "+-1d", "+-99d"])
def test_a_precision_is_read_as_it_is_spelled(text: str) -> None:
    assert read_precision(text) == text


@pytest.mark.parametrize(
    "text", ["week", "0d", "100d", "d", "Day", "+-0d", "+-100d", "+-d", "-2d", "+2d", "+-2", "²d", "", "±day"]
)
def test_other_words_are_no_precision(text: str) -> None:
    assert read_precision(text) is None


def test_the_sign_for_around_is_spelled_one_way() -> None:
    assert read_precision("±2d") == "+-2d"


@pytest.mark.parametrize(
    ("side", "spellings"),
    [
        (
            BEFORE_OPEN,
            ["before open", "Before Market Open", "BEFORE THE  OPEN", " market open", "pre-market"],
        ),
        (
            AFTER_CLOSE,
            [
                "after close",
                "after market close",
                "After the\tClose",
                "Market open (next day)",
                "After-Hours ",
            ],
        ),
    ],
)
def test_a_side_of_the_session_has_several_spellings(side: str, spellings: list[str]) -> None:
    assert {read_precision(text) for text in spellings} == {side}
    assert {read_side(text) for text in spellings} == {side}


@pytest.mark.parametrize(
    "text", ["day", "2d", "", "open", "close", "market close", "after", "next day", "beforeopen"]
)
def test_other_words_are_no_side_of_the_session(text: str) -> None:
    assert read_side(text) is None


@pytest.mark.parametrize(
    ("precision", "span"),
    [
        ("minute", None),
        ("hour", None),
        ("day", (0, 1)),
        ("1d", (0, 1)),
        ("3d", (0, 3)),
        ("99d", (0, 99)),
        ("+-1d", (-1, 2)),
        ("+-2d", (-2, 3)),
        ("before open", (0, 1)),
        ("after close", (0, 1)),
    ],
)
def test_the_days_that_a_precision_spans(precision: str, span: tuple[int, int] | None) -> None:
    assert day_span(precision) == span
