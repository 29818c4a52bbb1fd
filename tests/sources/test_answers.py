"""Bytes of answers as text, rows, JSON, XML, dates and numbers: read exactly, or an error that says what came."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact import errors
from marketimpact.sources.answers import (
    csv_rows,
    day_in,
    json_of,
    number_in,
    per_unit,
    shortened,
    shown,
    text_of,
    without_weekdays,
    xml_of,
)
from marketimpact.sources.units_of_money import FIRST_DAYS, first_day

NAME = "bank:X"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6))
def test_a_number_is_the_nearest_float_whatever_its_decimal_mark(number: Decimal) -> None:
    told = float(number)
    assert number_in(NAME, f"{number:f}") == told
    assert number_in(NAME, f"{number:f}".replace(".", ","), decimal=",") == told


@given(st.text(max_size=12))
def test_any_text_is_a_finite_number_a_gap_or_an_error(cell: str) -> None:
    """What is a number is what Python's own reading of it says."""
    try:
        value = number_in(NAME, cell)
    except errors.UnexpectedAnswerError:
        return
    assert math.isnan(value) == (cell in ("", ".", "N/A", "NA"))
    assert math.isnan(value) or (math.isfinite(value) and value == float(cell))


@pytest.mark.parametrize(
    "cell", ["nan", "inf", "-inf", "1e999", "1_0", " 1", "0x1F", "\u0661", "1,5", "--1", "1e", "+"]
)
def test_what_only_looks_like_a_number_is_none(cell: str) -> None:
    with pytest.raises(
        errors.UnexpectedAnswerError, match="bank:X: the answer holds something else than a number"
    ):
        number_in(NAME, cell)


@given(st.dates(date(1000, 1, 1)), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y"]))
def test_a_date_is_read_in_its_form_alone(when: date, form: str) -> None:
    written = when.strftime(form)
    assert day_in(NAME, written, form) == np.datetime64(when, "D")
    with pytest.raises(errors.UnexpectedAnswerError, match="holds something else than a date"):
        day_in(NAME, written, "%Y%m%d")


@given(st.floats(1e-6, 1e6), st.sampled_from([1.0, 10.0, 100.0, 10_000.0]))
def test_a_rate_of_one_unit_is_the_quotient(rate: float, units: float) -> None:
    assert per_unit(NAME, rate, units, "KZT") == rate / units


@pytest.mark.parametrize(
    ("rate", "units"),
    [
        (0.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (1.0, -1.0), (1.0, 0.5), (1.0, 1.5), (1.0, math.nan), (math.nan, 1.0),
        (1e300, 1.0), (1e-320, 1.0), (1e-300, 1e300),
    ],
)  # fmt: skip
def test_what_no_currency_can_cost_is_refused(rate: float, units: float) -> None:
    with pytest.raises(errors.UnexpectedAnswerError, match=r"holds a rate that cannot be; received '.* KZT'"):
        per_unit(NAME, rate, units, "KZT")


@given(st.lists(st.dates(), max_size=15), st.sets(st.integers(0, 6)))
def test_days_of_the_week_are_left_out_and_counted(dates: list[date], left_out: set[int]) -> None:
    days = np.array(dates, dtype="datetime64[D]")
    kept, values, notes = without_weekdays(days, np.arange(len(days), dtype=np.float64), left_out, "so it is")
    told = [i for i, one in enumerate(dates) if one.weekday() not in left_out]
    assert values.tolist() == told
    np.testing.assert_array_equal(kept, days[told])
    assert [note.split(" ")[0] for note in notes] == (
        [str(len(days) - len(told))] if len(told) < len(days) else []
    )


def test_text_is_of_the_encoding_that_is_expected() -> None:
    assert text_of(NAME, b"\xef\xbb\xbfa,b") == "a,b"
    assert text_of(NAME, "курс".encode("cp1251"), "cp1251") == "курс"
    for content in ("a".encode("utf-16"), b"\xff", "курс".encode("cp1251")):
        with pytest.raises(errors.UnexpectedAnswerError, match="bank:X: the answer is not text in utf-8-sig"):
            text_of(NAME, content)


@pytest.mark.parametrize(
    "page", ["<!DOCTYPE html>", " \n<html lang='en'>", "<HEAD>", "<body>no", "<!doctype HTML PUBLIC"]
)
def test_a_web_page_is_named_as_such(page: str) -> None:
    for reader in (text_of, csv_rows, json_of, xml_of):
        with pytest.raises(
            errors.UnexpectedAnswerError, match=r"bank:X: the answer is a web page; received .<"
        ):
            reader(NAME, page.encode())


def test_rows_are_of_one_length_and_empty_lines_are_none() -> None:
    assert csv_rows(NAME, b'a, b\r\n\r\n"1,5",\r\n') == [["a", "b"], ["1,5", ""]]
    assert csv_rows(NAME, b"") == []
    with pytest.raises(
        errors.UnexpectedAnswerError, match="has 3 cells in row 2, 2 in the first; received '1,2,3'"
    ):
        csv_rows(NAME, b"a,b\n1,2,3\n")
    with pytest.raises(errors.UnexpectedAnswerError, match=r"is no CSV \(field larger than field limit"):
        csv_rows(NAME, b"a" * 200_000)


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10 if i else b"&a;" * 10) for i in range(20))
    + b"]><ValCurs>&a19;</ValCurs>"
)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (BOMB, "DTDForbidden"),
        (b'<!DOCTYPE v SYSTEM "http://127.0.0.1:9/x.dtd"><v/>', "DTDForbidden"),
        (b"<v>&e;</v>", "ParseError"),
        (b"<v><w></v>", "ParseError"),
        (b"<v>\x00</v>", "encoding"),
        (b'<?xml version="1.0" encoding="utf-7"?><v/>', "encoding"),
        (b'<?xml version="1.0"' + b" " * 500 + b'encoding="unicode_escape"?><v/>', "encoding"),
        (b"<?xml version='1.0'\n encoding = 'unicode_escape' ?><v>\\]</v>", "encoding"),
        ('<?xml version="1.0" encoding="utf-16"?><v/>'.encode("utf-16"), "encoding"),
        ('<?xml version="1.0" encoding="rot13"?><v/>'.encode("utf-16-le"), "encoding"),
        (b'<?xml version="1.0" encoding="utf-8"?><v>\xff</v>', "ParseError"),
        (b"<v/><v/>", "ParseError"),
    ],
)  # fmt: skip
def test_xml_that_could_do_harm_or_is_none_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(errors.UnexpectedAnswerError, match=rf"bank:X: the answer is no XML \(({why})\)"):
        xml_of(NAME, content)


def test_json_that_is_too_deep_or_has_too_many_digits_is_refused() -> None:
    for content in (b"[" * 200_000, b'{"a":' * 200_000, b"9" * 5_000, b"{", b"\xff"):
        with pytest.raises(
            errors.UnexpectedAnswerError, match=r"bank:X: the answer is (no JSON|not text in)"
        ):
            json_of(NAME, content)
    assert json_of(NAME, b'\xef\xbb\xbf{"a": [1.5, null]}') == {"a": [1.5, None]}


@given(st.text(st.characters(), max_size=300))
def test_what_an_error_shows_is_one_short_line(text: str) -> None:
    line = shortened(text)
    assert len(line) <= 80
    assert line == " ".join(line.split())
    line.encode()
    assert text.split() == [] or line.startswith(text.encode("utf-8", "replace").decode().split()[0][:77])


def test_half_a_character_is_a_question_mark() -> None:
    assert shortened("KZT\ud800") == "KZT?"


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    )
)
def test_any_value_is_shown_short(value: object) -> None:
    assert len(shown(value)) <= 80


def test_a_pair_begins_with_the_younger_of_its_two_units() -> None:
    assert str(first_day("USD", "RUB")) == "1998-01-01"
    assert str(first_day("TRY", "KZT")) == str(first_day("KZT", "TRY")) == "2005-01-01"
    assert str(first_day("BYN", "KZT", {"BYN": "2016-07-04"})) == "2016-07-04"
    assert str(first_day("USD", "EUR")) == "1970-01-01"
    assert all(np.datetime64(one, "D") > np.datetime64("1990-01-01") for one in FIRST_DAYS.values())
