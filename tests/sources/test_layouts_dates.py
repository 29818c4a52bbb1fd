"""Columns of dates: the cells tell their form, or nothing is read."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.delimited import Table
from marketimpact.sources.date_forms import read_dates

SHORT = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

WRITERS = {
    "%Y-%m-%d": lambda d: f"{d.year:04}-{d.month:02}-{d.day:02}",
    "%Y%m%d": lambda d: f"{d.year:04}{d.month:02}{d.day:02}",
    "%Y/%m/%d": lambda d: f"{d.year:04}/{d.month}/{d.day}",
    "%Y.%m.%d": lambda d: f"{d.year:04}.{d.month:02}.{d.day:02}",
    "%b %d, %Y": lambda d: f"{SHORT[d.month - 1]} {d.day:02}, {d.year:04}",
    "%d %b %Y": lambda d: f"{d.day} {LONG[d.month - 1]} {d.year:04}",
    "%d-%b-%Y": lambda d: f"{d.day:02}-{SHORT[d.month - 1].upper()}-{d.year:04}",
    "%Y-%m-%d 00:00": lambda d: f"{d.year:04}-{d.month:02}-{d.day:02} 00:00:00-05:00",
}
"""Forms that tell day from month, each with a hand that writes it."""

ORDERS = {
    "%d{}%m{}%Y": lambda d, mark: f"{d.day:02}{mark}{d.month:02}{mark}{d.year:04}",
    "%m{}%d{}%Y": lambda d, mark: f"{d.month}{mark}{d.day}{mark}{d.year:04}",
}

DATES = st.lists(st.dates(date(1950, 1, 1), date(2049, 12, 31)), min_size=1, max_size=12)


def column(*cells: str) -> Table:
    return Table("a.csv", {"Date": cells}, tuple(range(2, 2 + len(cells))))


def read(*cells: str, **more: object) -> list[str]:
    return read_dates(column(*cells), "Date", **more).days.astype(str).tolist()


# Forms that tell day from month


@pytest.mark.parametrize("form", WRITERS)
@given(days=DATES)
def test_a_form_that_tells_gives_every_date_back(form: str, days: list[date]) -> None:
    found = read_dates(column(*(WRITERS[form](day) for day in days)), "Date")
    assert found.days.tolist() == days
    assert (found.form, found.why) == (form, "")


@pytest.mark.parametrize("cell", ["5 sept 2022", "Sept. 5, 2022", "September 5, 2022", "05-SEP-2022"])
def test_months_are_english_in_any_length_and_case(cell: str) -> None:
    assert read(cell) == ["2022-09-05"]


def test_months_are_english_whatever_language_the_machine_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    import _strptime
    import calendar

    german = ["", "Jän", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
    monkeypatch.setattr(calendar, "month_abbr", german)
    monkeypatch.setattr(calendar, "month_name", german)
    monkeypatch.setattr(_strptime, "_TimeRE_cache", _strptime.TimeRE())
    monkeypatch.setattr(_strptime, "_regex_cache", {})
    assert _strptime.TimeRE().locale_time.a_month[5] == "mai"
    assert read("May 05, 2022", "Dec 06, 2022") == ["2022-05-05", "2022-12-06"]
    assert read("05-Oct-2022", date_format="%d-%b-%Y") == ["2022-10-05"]
    with pytest.raises(mi.DataError, match="row 2, column 'Date': is not a date; received '05-Okt-2022'"):
        read("05-Okt-2022", date_format="%d-%b-%Y")


@pytest.mark.parametrize(("cell", "day"), [("11Nov2022", 11), ("1Nov2022", 1), ("01Nov2022", 1)])
def test_a_declared_month_name_is_kept_apart_from_the_digits_beside_it(cell: str, day: int) -> None:
    """The 1st of November written 1Nov2022 is 1112022 in digits, which may be read as 11 January."""
    assert read(cell, date_format="%d%b%Y") == [f"2022-11-{day:02}"]


# The order of day and month


@pytest.mark.parametrize("mark", ["/", ".", "-"])
@pytest.mark.parametrize("order", ORDERS)
@given(days=DATES)
def test_the_order_is_read_exactly_where_a_row_tells_it_and_never_wrong(
    order: str, mark: str, days: list[date]
) -> None:
    table = column(*(ORDERS[order](day, mark) for day in days))
    told = any(day.day > 12 for day in days) or all(day.day == day.month for day in days)
    if told:
        assert read_dates(table, "Date").days.tolist() == days
        return
    first = next(i for i, day in enumerate(days) if day.day != day.month)
    with pytest.raises(
        mi.DataError, match=rf"a\.csv, row {first + 2}, column 'Date': is .* no row tells day"
    ):
        read_dates(table, "Date")


@given(days=DATES)
def test_a_layout_with_the_day_first_never_reads_the_month_first(days: list[date]) -> None:
    cells = [ORDERS["%d{}%m{}%Y"](day, ".") for day in days]
    assert read_dates(column(*cells), "Date", day_first=True).days.tolist() == days
    cells = [ORDERS["%m{}%d{}%Y"](day, ".") for day in days]
    if any(day.day > 12 for day in days):
        with pytest.raises(mi.DataError, match="is a date with the month first"):
            read_dates(column(*cells), "Date", day_first=True)


def test_an_order_that_no_row_tells_names_the_first_such_row_and_the_option() -> None:
    with pytest.raises(mi.DataError, match="no row tells day from month") as caught:
        read("03/03/2022", "05/01/2022", "06/01/2022")
    assert str(caught.value) == (
        "Date: a.csv, row 3, column 'Date': is 5 January 2022 or 1 May 2022: no row tells day from month;"
        " received '05/01/2022'; allowed: layout=Layout(date_format='%d/%m/%Y') or"
        " layout=Layout(date_format='%m/%d/%Y')"
    )


def test_the_row_that_tells_the_order_is_named() -> None:
    found = read_dates(column("01/12/2022", "01/13/2022", "01/14/2022"), "Date")
    assert (found.form, found.why) == ("%m/%d/%Y", "row 3, '01/13/2022', allows no other order")
    assert found.days.astype(str).tolist() == ["2022-01-12", "2022-01-13", "2022-01-14"]


def test_rows_that_contradict_each_other_are_named() -> None:
    with pytest.raises(
        mi.DataError, match="rows contradict each other on the order of day and month"
    ) as caught:
        read("13/01/2022", "01/13/2022", "01/02/2022", "14/01/2022")
    assert caught.value.received == (
        "%d/%m/%Y: row 2 (13/01/2022), row 5 (14/01/2022); %m/%d/%Y: row 3 (01/13/2022)"
    )


def test_mixed_forms_are_refused_with_rows_of_each() -> None:
    with pytest.raises(mi.DataError, match="dates of several forms in one column") as caught:
        read("2022-01-03", "04.01.2022", "2022-01-05", "2022-01-06", "2022-01-07", "Jan 10, 2022")
    assert caught.value.received == (
        "%Y-%m-%d: row 2 (2022-01-03), row 4 (2022-01-05), row 5 (2022-01-06) and 1 more;"
        " day and month in numbers, with '.': row 3 (04.01.2022); %b %d, %Y: row 7 (Jan 10, 2022)"
    )


@pytest.mark.parametrize("cells", [("13/01/2022", "14.01.2022"), ("20220105", "2022-01-06")])
def test_another_mark_is_another_form(cells: tuple[str, ...]) -> None:
    with pytest.raises(mi.DataError, match="dates of several forms"):
        read(*cells)


# What is no date


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("", "is not a date"),
        ("today", "is not a date"),
        ("2022-02-30", "is not a date"),
        ("30.02.2022", "is not a date"),
        ("13/13/2022", "is not a date"),
        ("5 Januar 2022", "is not a date"),
        ("Jan 32, 2022", "is not a date"),
        ("2022-W01-1", "is not a date"),
        ("0000-01-01", "is not a date"),
        ("13/01.2022", "is not a date"),
        ("44566", "is not a date"),
        ("05.01.22", "has a year of two digits, which is not guessed"),
        ("05-Jan-22", "has a year of two digits, which is not guessed"),
        ("2022-01-05 16:10", "holds a time of day"),
        ("2022-01-05T00:10:00", "holds a time of day"),
        ("05.01.2022 9:00", "holds a time of day"),
    ],
)
def test_what_is_no_date_is_named_with_row_and_cell(cell: str, words: str) -> None:
    said = rf"a\.csv, row 3, column 'Date': {words}; received '{re.escape(cell)}'; allowed: "
    with pytest.raises(mi.DataError, match=said.replace("received ''; ", "received '';? ?")):
        read("2022-01-04", cell)


def test_a_declared_form_decides() -> None:
    assert read("05.01.22", date_format="%d.%m.%y") == ["2022-01-05"]
    assert read("05/01/2022", date_format="%d/%m/%Y") == ["2022-01-05"]
    assert read("05/01/2022", date_format="%m/%d/%Y") == ["2022-05-01"]
    with pytest.raises(mi.DataError, match=r"row 3, column 'Date': is not a date; received '13/01/2022'"):
        read("05/01/2022", "13/01/2022", date_format="%m/%d/%Y")
