"""Days between two dates: the answer file, and what no answer may depend on."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.errors import InputError
from marketimpact.market.day_counts import actual_days, days_360, interest_days, year_fraction

with (Path(__file__).parent / "answers" / "day_counts.csv").open(newline="", encoding="utf-8") as file:
    CASES = list(csv.DictReader(file))

dates = st.dates(date(1900, 1, 1), date(2199, 12, 31))


def of(column: str) -> np.ndarray:
    return np.array([case[column] for case in CASES], dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("convention", "column"),
    [
        ("30/360", "30/360"),
        ("30E/360", "30E/360"),
        ("ACT/365", "actual"),
        ("ACT/360", "actual"),
        ("ACT/ACT ICMA", "actual"),
    ],
)
def test_the_answers_found_by_hand(convention, column):
    answers = [int(case[column]) for case in CASES]
    assert interest_days(convention, of("start"), of("end")).tolist() == answers


@pytest.mark.parametrize(
    ("convention", "days"), [("30/360", 166 / 360), ("ACT/365", 170 / 365), ("ACT/360", 170 / 360)]
)
def test_years_of_the_worked_example(convention, days):
    start, end = np.array(["2021-07-21"], "M8[D]"), np.array(["2022-01-07"], "M8[D]")
    assert year_fraction(convention, start, end)[0] == pytest.approx(days, rel=1e-15)


@given(dates, dates)
def test_the_rule_of_the_bond_basis_written_with_dates(start, end):
    d1, d2 = min(start.day, 30), end.day
    if d2 == 31 and start.day >= 30:
        d2 = 30
    expected = 360 * (end.year - start.year) + 30 * (end.month - start.month) + d2 - d1
    assert days_360(np.datetime64(start), np.datetime64(end)) == expected


@given(dates, dates)
def test_every_31st_is_a_30th_in_europe_so_that_turning_the_dates_turns_the_sign(start, end):
    there, back = (
        days_360(np.datetime64(one), np.datetime64(other), european=True)
        for one, other in ((start, end), (end, start))
    )
    assert there == -back
    assert abs(int(there) - 360 * (end - start).days / 365.2425) < 6


@given(dates, st.integers(0, 400))
def test_whole_years_have_360_days_by_every_month_of_thirty(start, years):
    day = min(start.day, 28)
    begin, end = date(start.year, start.month, day), date(start.year + years, start.month, day)
    for european in (False, True):
        assert days_360(np.datetime64(begin), np.datetime64(end), european=european) == 360 * years


@given(dates, st.integers(-1000, 1000))
def test_actual_days_are_those_of_the_calendar(start, days):
    end = np.datetime64(start) + days
    assert actual_days(np.datetime64(start), end) == days


def test_a_year_of_act_act_icma_needs_the_coupon_dates():
    day = np.array(["2022-01-01"], "M8[D]")
    with pytest.raises(InputError, match=r"does not say how long a year is.*coupon_periods"):
        year_fraction("ACT/ACT ICMA", day, day)
