"""The Bank of Russia: encoding, decimal commas, nominals, dates of the day after, and rubles of 1998."""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact import errors
from marketimpact.sources.cbr import CODES
from tests.sources.answered import days_of, fetched, queries, read
from tests.sources.loopback import Reply

USD, KZT = CODES["USD"], CODES["KZT"]


def record(dated: str, value: str, nominal: str = "1", code: str = USD) -> str:
    unit = "<VunitRate>0</VunitRate>"  # an element that came later, and is not read
    return f'<Record Date="{dated}" Id="{code}"><Nominal>{nominal}</Nominal><Value>{value}</Value>{unit}</Record>'


def answer(*records: str, code: str = USD) -> bytes:
    head = '<?xml version="1.0" encoding="windows-1251"?>'
    said = f'ID="{code}" DateRange1="01.06.2023" DateRange2="30.06.2023" name="Динамика курса: доллар США"'
    return f"{head}<ValCurs {said}>{''.join(records)}</ValCurs>".encode("cp1251")


WEEK = answer(
    record("07.06.2023", "81,2502"),
    record("08.06.2023", "81,4581"),
    record("09.06.2023", "82,0930"),
    record("10.06.2023", "82,6417"),
    record("14.06.2023", "83,6405"),
    record("15.06.2023", "84,3249"),
)
"""A Monday without work, 12 June: Friday's rate is dated Saturday, and Tuesday's Wednesday."""


def test_rates_stand_on_the_day_that_set_them(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, seen = fetched(
        monkeypatch, "cbr:USD/RUB", lambda _: Reply(WEEK), start="2023-06-06", end="2023-06-13"
    )
    quotes = panel.quotes_of("USD/RUB")
    assert days_of(quotes) == ["2023-06-06", "2023-06-07", "2023-06-08", "2023-06-09", "2023-06-13"]
    assert quotes.levels.tolist() == [81.2502, 81.4581, 82.093, 82.6417, 83.6405]
    assert seen[0].params == {"date_req1": "06/06/2023", "date_req2": "14/06/2023", "VAL_NM_RQ": USD}
    assert "dates put back by 1 working day(s) to the day that set them" in quotes.notes


def test_only_the_sessions_asked_for_come(monkeypatch: pytest.MonkeyPatch) -> None:
    for start, end, days in (
        ("2023-06-09", "2023-06-12", ["2023-06-09"]),
        ("2023-06-13", "2023-06-13", ["2023-06-13"]),
        ("2023-06-08", "2023-06-09", ["2023-06-08", "2023-06-09"]),
    ):
        panel, _ = fetched(monkeypatch, "cbr:USD/RUB", lambda _: Reply(WEEK), start=start, end=end)
        assert days_of(panel.quotes[0]) == days
        assert panel.quotes[0].provenance.last_date == days[-1]


def test_a_holiday_holds_no_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.NoDataError, match="no value in these dates"):
        fetched(
            monkeypatch,
            "cbr:USD/RUB",
            lambda _: Reply(answer(record("14.06.2023", "83,6405"))),
            start="2023-06-12",
            end="2023-06-12",
        )


def test_a_row_dated_tuesday_stands_on_monday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on one without work, where the bank dates a rate so: its dates are all that is known."""
    body = answer(record("13.06.2023", "83,00"), record("14.06.2023", "83,6405"))
    panel, _ = fetched(
        monkeypatch, "cbr:USD/RUB", lambda _: Reply(body), start="2023-06-12", end="2023-06-13"
    )
    assert days_of(panel.quotes[0]) == ["2023-06-12", "2023-06-13"]


def test_rates_of_a_worked_weekend_are_left_out_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worked Saturday, 9 June 2012: its rate is dated Sunday, and would stand on Friday with that dated Saturday."""
    body = answer(
        record("08.06.2012", "32,3336"),
        record("09.06.2012", "32,9010"),
        record("10.06.2012", "32,4100"),
        record("14.06.2012", "32,7700"),
    )
    panel, _ = fetched(
        monkeypatch, "cbr:USD/RUB", lambda _: Reply(body), start="2012-06-07", end="2012-06-13"
    )
    quotes = panel.quotes[0]
    assert days_of(quotes) == ["2012-06-07", "2012-06-08", "2012-06-13"]
    assert quotes.notes[0] == (
        "1 row(s) dated Sundays left out: they were set at a weekend that was worked, which is no session of Monday to"
        " Friday"
    )


def test_a_worked_sunday_is_left_out_too() -> None:
    """The bank's own example of 2001: 12 March, a Monday, after a Sunday that was worked for Friday."""
    block = read(
        "cbr:USD/RUB",
        answer(
            record("08.03.2001", "28,6200"),
            record("12.03.2001", "28,6200"),
            record("13.03.2001", "28,6700"),
            record("14.03.2001", "28,6500"),
        ),
    )
    assert block.dates.astype(str).tolist() == ["2001-03-08", "2001-03-13", "2001-03-14"]
    assert block.values.tolist() == [28.62, 28.67, 28.65]
    assert "dated Mondays" in block.notes[0]


@given(
    st.lists(
        st.tuples(
            st.dates(date(1998, 1, 1), date(2098, 1, 1)),
            st.integers(1, 10**9),
            st.sampled_from(["1", "10", "100", "1000", "10000"]),
        ),
        min_size=1,
        max_size=20,
        unique_by=lambda row: row[0],
    )
)
def test_what_is_written_is_read(rows: list[tuple[date, int, str]]) -> None:
    """Every record by its own nominal; the decimal comma is exact to the last digit."""
    records = [record(f"{d:%d.%m.%Y}", f"{v // 10000},{v % 10000:04d}", n) for d, v, n in rows]
    block = read("cbr:USD/RUB", answer(*records))
    told = {
        d: float(f"{v // 10000}.{v % 10000:04d}") / int(n) for d, v, n in rows if d.weekday() not in (6, 0)
    }
    assert dict(zip(block.dates.astype(object), block.values, strict=True)) == told
    assert block.unit == "RUB per USD"


def test_a_nominal_that_changes_changes_no_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tenge by ten until one day, by a hundred from the next: the level stays that of one tenge."""
    body = answer(
        record("02.02.2022", "1,7750", "10", KZT),
        record("03.02.2022", "17,6800", "100", KZT),
        record("04.02.2022", "17,7100", "100", KZT),
        code=KZT,
    )
    panel, seen = fetched(
        monkeypatch, "cbr:KZT/RUB", lambda _: Reply(body), start="2022-02-01", end="2022-02-03"
    )
    np.testing.assert_allclose(panel["KZT/RUB"], [0.1775, 0.1768, 0.1771], rtol=1e-15)
    assert seen[0].params["VAL_NM_RQ"] == KZT == "R01335"


def test_where_a_rate_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, _ = fetched(
        monkeypatch, "cbr:USD/RUB", lambda _: Reply(WEEK), start="2023-06-06", end="2023-06-13"
    )
    said = panel.quotes[0].provenance
    assert (said.source, said.symbol, said.unit) == (
        "Bank of Russia, official exchange rates",
        "USD/RUB",
        "RUB per USD",
    )
    assert (said.snapshot, said.dating_lag, said.adjusted) == (None, 1, None)
    assert said.sha256 == hashlib.sha256(WEEK).hexdigest()
    assert said.request == (
        "https://www.cbr.ru/scripts/XML_dynamic.asp?date_req1=06/06/2023&date_req2=14/06/2023&VAL_NM_RQ=R01235"
    )
    assert said.package == f"marketimpact {mi.__version__}"
    assert (said.retrieved or "").endswith("Z")
    assert said.observed


def test_rates_of_another_ruble_are_not_asked_for() -> None:
    """A thousand rubles of 1997 are one of 1998; the bank has both under one code."""
    with pytest.raises(
        errors.InputError, match=r"start: lies before .* received '1997-12-01 for cbr:USD/RUB'"
    ):
        mi.fetch("cbr:USD/RUB", start="1997-12-01")
    assert "date_req1=01/01/1998" in queries("cbr:USD/RUB", None, "2022-01-01")[0]


def test_rates_of_another_somoni_are_not_asked_for() -> None:
    with pytest.raises(errors.InputError, match="allowed: 2000-10-30 or later"):
        mi.fetch("cbr:TJS/RUB", start="2000-01-01")
    assert "date_req1=30/10/2000" in queries("cbr:TJS/RUB", None, "2022-01-01")[0]


@pytest.mark.parametrize("symbol", ["RUB/USD", "USD/KZT", "XAU/RUB", "USDRUB", "usd/RUB", "USD/"])
def test_what_is_no_rate_of_the_bank_is_refused(symbol: str) -> None:
    with pytest.raises(errors.InputError, match=r"is no rate of the Bank|is not a pair|is not a code"):
        mi.fetch(f"cbr:{symbol}", start="2022-01-03")


RIGHT = record("14.06.2023", "83,6405")
ODD = {
    "dot": (answer(record("14.06.2023", "83.6405")), "holds something else than a number; received '83.6405'"),
    "thousands": (answer(record("14.06.2023", "1.083,64")), "holds something else than a number"),
    "no value": (answer(record("14.06.2023", "")), "holds a rate that cannot be; received 'nan for 1.0 USD'"),
    "zero": (answer(record("14.06.2023", "0,0000")), "holds a rate that cannot be"),
    "below zero": (answer(record("14.06.2023", "-83,64")), "holds a rate that cannot be"),
    "no nominal": (answer(record("14.06.2023", "83,64", "")), "holds a rate that cannot be; received '83.64 for nan"),
    "nominal 0": (answer(record("14.06.2023", "83,64", "0")), "holds a rate that cannot be"),
    "nominal 1,5": (answer(record("14.06.2023", "83,64", "1,5")), "holds a rate that cannot be"),
    "other digits": (answer(record("14.06.2023", "83,64", "&#1633;")), "holds something else than a number"),
    "other digits in a date": (answer(record("&#1633;4.06.2023", "83,64")), "holds something else than a date"),
    "month first": (answer(record("06.14.2023", "83,64")), "holds something else than a date"),
    "other currency": (answer(RIGHT, code=CODES["EUR"]), "is that of another currency; received 'R01239'"),
    "other currency within": (answer(RIGHT, record("15.06.2023", "1", code=KZT)), "is that of another currency"),
    "bank's error": (b"<ValCurs>Error in parameters</ValCurs>", "is an error of the bank's; received 'Error in par"),
    "other XML": (b"<Valuta/>", "is another XML; received 'Valuta'"),
    "HTML": (b"<!DOCTYPE html><html><p>403", "is a web page; received '<!DOCTYPE html><html><p>403'"),
    "half": (WEEK[:-40], r"is no XML \(ParseError\)"),
    "UTF-16": (WEEK.decode("cp1251").encode("utf-16"), r"is no XML \(encoding\)"),
    "unknown encoding": (WEEK.replace(b"windows-1251", b"windows-9999"), r"is no XML \(encoding\)"),
    "nothing": (b"", r"is no XML \(ParseError\)"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), ODD.values(), ids=ODD)
def test_what_is_no_answer_is_an_error_that_says_why(content: bytes, words: str) -> None:
    with pytest.raises(errors.UnexpectedAnswerError, match=f"cbr:USD/RUB: the answer {words}"):
        read("cbr:USD/RUB", content)


def test_an_answer_without_a_record_is_no_data() -> None:
    with pytest.raises(errors.NoDataError, match="cbr:USD/RUB: the source has nothing in these dates"):
        read("cbr:USD/RUB", answer())


def test_an_external_entity_is_not_opened() -> None:
    body = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><ValCurs>&e;</ValCurs>'
    )
    with pytest.raises(errors.UnexpectedAnswerError, match=r"is no XML \(DTDForbidden\)"):
        read("cbr:USD/RUB", body)
