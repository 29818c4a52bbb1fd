"""The Treasury's par yield curve: one file a year, newest row first, columns that come and go."""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact import errors
from marketimpact.sources.fred import TREASURY_MARK
from tests.sources.answered import by_params, days_of, fetched, frozen_at, queries, read

OLD = '"1 Mo","2 Mo","3 Mo","6 Mo","1 Yr","2 Yr","3 Yr","5 Yr","7 Yr","10 Yr","20 Yr","30 Yr"'
NEW = '"1 Mo","1.5 Month","2 Mo","3 Mo","4 Mo","6 Mo","1 Yr","2 Yr","3 Yr","5 Yr","7 Yr","10 Yr","20 Yr","30 Yr"'


def year(head: str, *rows: str) -> bytes:
    """Write a file as the Treasury does: without a line break at its end."""
    return "\n".join([f"Date,{head}", *rows]).encode()


YEARS = {
    "2020": year(OLD, "12/31/2020,0.08,0.08,0.09,0.09,0.10,0.13,0.17,0.36,0.65,0.93,1.45,1.65"),
    "2021": year(
        OLD,
        "12/31/2021,0.06,0.05,0.06,0.19,0.39,0.73,0.97,1.26,1.44,1.52,1.94,1.90",
        "12/30/2021,0.06,0.06,0.05,0.19,0.38,0.73,0.98,1.27,1.44,1.52,1.97,1.93",
    ),
    "2022": year(
        OLD,
        "01/04/2022,0.06,0.05,0.08,0.22,0.38,0.77,1.02,1.37,1.57,1.66,2.10,2.07",
        "01/03/2022,0.05,0.06,0.08,0.22,0.40,0.78,1.04,1.37,1.55,1.63,2.05,2.01",
    ),
    "2025": year(
        NEW,
        "02/19/2025,4.36,4.36,4.36,4.34,4.33,4.32,4.20,4.25,4.27,4.34,4.44,4.53,4.83,4.76",
        "02/18/2025,4.37,4.38,4.37,4.34,4.33,4.32,4.21,4.29,4.31,4.38,4.47,4.55,4.83,4.77",
        "02/14/2025,4.37,,4.37,4.34,4.33,4.30,4.20,4.26,4.27,4.33,4.40,4.47,4.77,4.69",
    ),
}
script = by_params(YEARS, "field_tdr_date_value")


def test_years_join_in_ascending_order(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, seen = fetched(
        monkeypatch, ["treasury:10y", "treasury:30y"], script, start="2021-12-30", end="2022-01-03"
    )
    ten = panel.quotes_of("UST 10y")
    assert days_of(ten) == ["2021-12-30", "2021-12-31", "2022-01-03"]
    assert ten.levels.tolist() == [1.52, 1.52, 1.63]
    assert panel["UST 30y"].tolist() == [1.93, 1.90, 2.01]
    assert [one.params["field_tdr_date_value"] for one in seen] == ["2021", "2022"], (
        "one answer holds all tenors"
    )
    assert seen[0].path.endswith("/interest-rates/daily-treasury-rates.csv/2021/all")
    assert seen[0].params["type"] == "daily_treasury_yield_curve"


def test_only_the_dates_asked_for_come(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, _ = fetched(monkeypatch, "treasury:10y", script, start="2022-01-04", end="2022-01-04")
    assert days_of(panel.quotes[0]) == ["2022-01-04"]


def test_a_new_column_moves_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"treasury:{one}" for one in ("1m", "1.5m", "2m", "4m", "10y")]
    panel, _ = fetched(monkeypatch, names, script, start="2025-02-14", end="2025-02-19")
    told = [quotes.levels.tolist() for quotes in panel.quotes]
    assert told == [
        [4.37, 4.37, 4.36],
        [4.38, 4.36],
        [4.37, 4.37, 4.36],
        [4.33, 4.33, 4.33],
        [4.47, 4.55, 4.53],
    ]
    assert days_of(panel.quotes_of("UST 1.5m")) == ["2025-02-18", "2025-02-19"]


def test_a_tenor_that_a_year_does_not_have_has_no_value_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.NoDataError, match="treasury:4m: "):
        fetched(monkeypatch, "treasury:4m", script, start="2022-01-03", end="2022-01-04")
    block = read("treasury:4m", YEARS["2022"])
    assert len(block.dates) == 2
    assert np.isnan(block.values).all()


def test_columns_may_stand_in_any_order() -> None:
    body = b'"10 Yr",Date,"1 Months"\nN/A,01/04/2022,0.06\n1.63,01/03/2022,N/A\n'
    np.testing.assert_array_equal(read("treasury:10y", body).values, [np.nan, 1.63])
    np.testing.assert_array_equal(read("treasury:1m", body).values, [0.06, np.nan])
    assert read("treasury:1m", body).dates.astype(str).tolist() == ["2022-01-04", "2022-01-03"]


def test_a_thirty_year_yield_that_was_not_issued_is_a_gap() -> None:
    body = year('"1 Mo","10 Yr","30 Yr"', "02/19/2002,1.77,4.88,N/A", "02/15/2002,1.76,4.86,5.38")
    np.testing.assert_array_equal(read("treasury:30y", body).values, [np.nan, 5.38])


def test_a_year_that_has_only_begun_has_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the second of January the new year's file is empty: the old year's days come all the same."""
    frozen_at(monkeypatch, "2022-01-02T12:00:00")
    for empty in (year(OLD), b""):
        answers = YEARS | {"2022": empty}
        panel, _ = fetched(
            monkeypatch, "treasury:10y", by_params(answers, "field_tdr_date_value"), start="2021-12-30"
        )
        assert days_of(panel.quotes[0]) == ["2021-12-30", "2021-12-31"]


@given(
    st.lists(
        st.tuples(
            st.dates(date(1990, 1, 1), date(1990, 12, 31)),
            st.integers(-100, 2000) | st.none(),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_what_is_written_is_read(rows: list[tuple[date, int | None]]) -> None:
    lines = [f"{d:%m/%d/%Y},1.0,{'' if v is None else f'{v / 100:.2f}'},2.0" for d, v in rows]
    block = read("treasury:10y", year('"1 Mo","10 Yr","30 Yr"', *lines))
    np.testing.assert_array_equal(block.dates, np.array([d for d, _ in rows], dtype="datetime64[D]"))
    np.testing.assert_array_equal(
        block.values, [np.nan if v is None else float(f"{v / 100:.2f}") for _, v in rows]
    )


def test_where_a_yield_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, _ = fetched(monkeypatch, "treasury:10y", script, start="2022-01-03", end="2022-01-04")
    said = panel.quotes[0].provenance
    assert (said.unit, said.dating_lag, said.adjusted) == ("percent", 0, None)
    assert said.snapshot == str(TREASURY_MARK)
    assert said.sha256 == hashlib.sha256(YEARS["2022"]).hexdigest()
    assert (said.request or "").endswith(
        "/2022/all?type=daily_treasury_yield_curve&field_tdr_date_value=2022&_format=csv"
    )
    assert (said.request or "").startswith("https://home.treasury.gov/")
    assert said.package == f"marketimpact {mi.__version__}"
    assert panel.instruments[0] == mi.Factor(
        "UST 10y", move="difference", unit="percent", quoted="Treasury par yield", snapshot=TREASURY_MARK
    )


def test_years_asked_for_are_those_that_the_dates_touch() -> None:
    def years(*dates: str) -> list[str]:
        return [one.partition("csv/")[2][:4] for one in queries("treasury:10y", *dates)]

    assert years("2020-12-31", "2022-01-01") == ["2020", "2021", "2022"]
    assert years("1985-01-01", "1991-06-01") == ["1990", "1991"]


@pytest.mark.parametrize("symbol", ["10", "10 Yr", "11y", "", "10Y"])
def test_what_is_no_tenor_is_refused(symbol: str) -> None:
    with pytest.raises(errors.InputError, match=r"is no tenor of the par yield curve|names no known source"):
        mi.fetch(f"treasury:{symbol}")


ODD = {
    "real yields": (b'Date,"5 YR","7 YR","10 YR"\n01/03/2022,-1.5,-1.2,-0.9', "has another header; received 'Date,5 Y"),
    "no date": (b'Day,"10 Yr"\n01/03/2022,1.63', "has another header"),
    "two dates": (b'Date,Date,"10 Yr"\n01/03/2022,01/03/2022,1.63', "has another header"),
    "column twice": (b'Date,"10 Yr","10 Yr"\n01/03/2022,1.63,1.64', "has another header"),
    "half a row": (b'Date,"10 Yr","30 Yr"\n01/04/2022,1,2\n01/03/2022,1.6', "has 2 cells in row 3, 3 in the first"),
    "another date": (b'Date,"10 Yr"\n2022-01-03,1.63', "holds something else than a date; received '2022-01-03'"),
    "no number": (b'Date,"10 Yr"\n01/03/2022,1.63 %', "holds something else than a number"),
    "HTML": (b"<!DOCTYPE html>\n<html lang='en'>", "is a web page"),
    "an object": (b'{"error": "no"}', "has another header"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), ODD.values(), ids=ODD)
def test_what_is_no_answer_is_an_error_that_says_why(content: bytes, words: str) -> None:
    with pytest.raises(errors.UnexpectedAnswerError, match=f"treasury:10y: the answer {words}"):
        read("treasury:10y", content)
