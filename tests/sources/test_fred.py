"""FRED: two columns by their place, whatever the first is called; and what changes afterwards is fetched whole."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact import errors
from marketimpact.sources.fred import (
    DOLLARS_PER,
    FACTORS,
    NOON,
    PER_DOLLAR,
    REVISED,
    TREASURY_MARK,
    YIELDS,
    Fred,
)
from marketimpact.sources.protocol import Request
from tests.sources.answered import by_params, days_of, fetched, frozen_at, queries, read
from tests.sources.loopback import Reply, Seen

DGS10 = b"observation_date,DGS10\n2022-01-14,1.78\n2022-01-17,\n2022-01-18,1.87\n2022-01-19,1.83\n"


def test_yields_come_as_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, seen = fetched(
        monkeypatch, "fred:DGS10", by_params({"DGS10": DGS10}, "id"), start="2022-01-14", end="2022-01-19"
    )
    quotes = panel.quotes_of("UST 10y")
    assert days_of(quotes) == ["2022-01-14", "2022-01-18", "2022-01-19"]
    assert quotes.levels.tolist() == [1.78, 1.87, 1.83]
    assert "1 of 4 dates without a value: not quoted" in quotes.notes
    assert (seen[0].path, seen[0].params) == (
        "/graph/fredgraph.csv",
        {"id": "DGS10", "cosd": "2022-01-14", "coed": "2022-01-19"},
    )


def test_rows_outside_the_dates_asked_for_do_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the answer holds: both ends are inclusive."""
    panel, _ = fetched(
        monkeypatch, "fred:DGS10", by_params({"DGS10": DGS10}, "id"), start="2022-01-18", end="2022-01-18"
    )
    assert days_of(panel.quotes[0]) == ["2022-01-18"]


@pytest.mark.parametrize("header", ["DATE", "observation_date", "date", "Datum"])
@pytest.mark.parametrize("none", [".", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_the_first_column_may_have_any_name_and_a_gap_two_signs(
    header: str, none: str, end: str, mark: bytes
) -> None:
    body = end.join([f"{header},DGS10", "2022-01-14,1.78", f"2022-01-17,{none}", "2022-01-18,-0.05", ""])
    block = read("fred:DGS10", mark + body.encode())
    assert block.dates.astype(str).tolist() == ["2022-01-14", "2022-01-17", "2022-01-18"]
    np.testing.assert_array_equal(block.values, [1.78, np.nan, -0.05])
    assert block.unit == "percent"


@given(
    st.lists(
        st.tuples(
            st.dates(date(1954, 1, 1)),
            st.floats(allow_nan=False, allow_infinity=False) | st.none(),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_what_is_written_is_read(rows: list[tuple[date, float | None]]) -> None:
    body = "observation_date,VIXCLS\n" + "".join(f"{d},{'' if v is None else repr(v)}\n" for d, v in rows)
    block = read("fred:VIXCLS", body.encode())
    np.testing.assert_array_equal(block.dates, np.array([d for d, _ in rows], dtype="datetime64[D]"))
    np.testing.assert_array_equal(block.values, [np.nan if v is None else v for _, v in rows])


def test_an_unknown_series_is_a_page_that_says_404(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "fred:NOSUCH"
    with pytest.raises(
        errors.UnknownSymbolError, match=r"fred knows no such series \(404\); received 'fred:NOSUCH'"
    ):
        fetched(
            monkeypatch, name, by_params({}, "id"), start="2022-01-03", instruments={name: mi.Factor("none")}
        )


def test_a_series_whose_unit_nobody_said_is_refused() -> None:
    with pytest.raises(
        errors.InputError, match="FRED's CSV names no unit, and this series is not known here"
    ):
        mi.fetch("fred:T10YIE")
    for symbol in ("dgs10", "DGS10&id=X", "DGS 10", "../x", "A" * 61):
        with pytest.raises(errors.InputError, match="is no series of FRED"):
            mi.fetch(f"fred:{symbol}")


def test_the_users_word_makes_any_daily_series_known(monkeypatch: pytest.MonkeyPatch) -> None:
    name, body = "fred:T10YIE", b"observation_date,T10YIE\n2022-01-14,2.46\n2022-01-18,2.42\n"
    told = {name: mi.Factor("breakeven 10y", move="difference", unit="percent")}
    panel, _ = fetched(
        monkeypatch,
        name,
        by_params({"T10YIE": body}, "id"),
        start="2022-01-03",
        end="2022-01-19",
        instruments=told,
    )
    assert panel["breakeven 10y"].tolist() == [2.46, 2.42]
    assert panel.quotes[0].provenance.unit is None, "FRED declares none"


def test_a_monthly_series_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "fred:UNRATE"
    rows = "".join(f"2020-{month:02d}-01,3.5\n" for month in range(1, 13))
    with pytest.raises(
        errors.InputError, match=r"the series is not daily: the median gap between quotes is 3[01]"
    ):
        fetched(
            monkeypatch, name, lambda _: Reply(f"observation_date,UNRATE\n{rows}".encode()),
            start="2020-01-01", end="2020-12-31", instruments={name: mi.Factor("unemployment")},
        )  # fmt: skip


def test_what_series_quote() -> None:
    quoted = {
        symbol: Fred().instrument(Request(symbol))
        for symbol in (*YIELDS, *PER_DOLLAR, *DOLLARS_PER, *FACTORS)
    }
    assert len({one.id for one in quoted.values()}) == len(quoted)
    assert (quoted["DGS10"].id, quoted["DGS10"].quoted_unit, quoted["DGS10"].snapshot) == (
        "UST 10y",
        "percent",
        TREASURY_MARK,
    )
    assert quoted["DEXSFUS"] == mi.CurrencyPair("USD", "ZAR", snapshot=NOON)
    assert quoted["DEXUSEU"] == mi.CurrencyPair("EUR", "USD", snapshot=NOON)
    assert quoted["VIXCLS"].quoted_unit == "points"
    assert set(FACTORS) > REVISED


def test_where_a_yield_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, _ = fetched(
        monkeypatch, "fred:DGS10", by_params({"DGS10": DGS10}, "id"), start="2022-01-14", end="2022-01-19"
    )
    said = panel.quotes[0].provenance
    assert (said.unit, said.dating_lag, said.adjusted) == ("percent", 0, None)
    assert said.snapshot == str(TREASURY_MARK)
    assert said.sha256 == hashlib.sha256(DGS10).hexdigest()
    assert said.request == (
        "https://fred.stlouisfed.org/graph/fredgraph.csv?id=DGS10&cosd=2022-01-14&coed=2022-01-19"
    )
    assert said.package == f"marketimpact {mi.__version__}"
    assert (said.source, said.symbol, said.last_date) == (Fred.title, "DGS10", "2022-01-19")


def test_the_first_of_a_series_is_asked_for_without_dates() -> None:
    assert queries("fred:DGS10") == ["https://fred.stlouisfed.org/graph/fredgraph.csv?id=DGS10"]


@pytest.mark.parametrize(("symbol", "whole"), [("VIXCLS", False), ("DTWEXBGS", True)])
def test_a_series_that_is_revised_is_fetched_whole(
    symbol: str, whole: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A later call reaches further; the past has changed by then."""
    frozen_at(monkeypatch, "2022-03-01T12:00:00")
    days = [
        str(one) for one in np.arange("2022-01-03", "2022-02-26", dtype="datetime64[D]") if np.is_busday(one)
    ]
    level = {"now": 100.0}

    def script(seen: Seen) -> Reply:
        inside = [one for one in days if seen.params["cosd"] <= one <= seen.params["coed"]]
        rows = "".join(f"{one},{level['now']}\n" for one in inside)
        return Reply(f"observation_date,{symbol}\n{rows}".encode())

    kept = {"cache": tmp_path / "kept.sqlite", "start": "2022-01-03"}
    fetched(monkeypatch, f"fred:{symbol}", script, end="2022-01-31", **kept)
    level["now"] = 200.0
    panel, seen = fetched(monkeypatch, f"fred:{symbol}", script, end="2022-02-18", **kept)
    levels = panel.quotes[0].levels
    assert seen[0].params["cosd"] == ("2022-01-03" if whole else "2022-02-01")
    assert set(levels.tolist()) == ({200.0} if whole else {100.0, 200.0})
    assert len(levels) == sum(one <= "2022-02-18" for one in days)


ODD = {
    "another series": (b"observation_date,DGS2\n2022-01-14,1\n", "has another header; received 'observation_date,DGS"),
    "a vintage": (b"observation_date,DGS10_20220119\n2022-01-14,1\n", "has another header"),
    "three columns": (b"observation_date,DGS10,DGS2\n2022-01-14,1,2\n", "has another header"),
    "columns swapped": (b"DGS10,observation_date\n1.78,2022-01-14\n", "has another header"),
    "half a row": (b"observation_date,DGS10\n2022-01-14,1.78\n2022-01-18,1.8", "breaks off in its last row"),
    "row too short": (b"observation_date,DGS10\n2022-01-14\n", "has 1 cells in row 2, 2 in the first"),
    "no number": (b"observation_date,DGS10\n2022-01-14,1.78%\n", "holds something else than a number; received '1.78"),
    "infinite": (b"observation_date,DGS10\n2022-01-14,inf\n", "holds something else than a number; received 'inf'"),
    "too large": (b"observation_date,DGS10\n2022-01-14,1e999\n", "holds something else than a number"),
    "comma": (b'observation_date,DGS10\n2022-01-14,"1,78"\n', "holds something else than a number"),
    "underscore": (b"observation_date,DGS10\n2022-01-14,1_78\n", "holds something else than a number"),
    "other digits": (DGS10.replace(b"1.87", "\u0661".encode()), "holds something else than a number"),
    "other date": (b"observation_date,DGS10\n01/14/2022,1.78\n", "holds something else than a date; received '01/14"),
    "no such day": (b"observation_date,DGS10\n2022-02-30,1.78\n", "holds something else than a date"),
    "date in other digits": (DGS10.replace(b"2022", "\u0662022".encode()), "holds something else than a date"),
    "HTML": (b"\n <!doctype html><html>", "is a web page; received '<!doctype html><html>'"),
    "zip": (b"PK\x03\x04\xff\xfe", "is not text in utf-8-sig"),
    "open quote": (b'observation_date,DGS10\n2022-01-14,"1', "is no CSV"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), ODD.values(), ids=ODD)
def test_what_is_no_answer_is_an_error_that_says_why(content: bytes, words: str) -> None:
    with pytest.raises(errors.UnexpectedAnswerError, match=f"fred:DGS10: the answer {words}"):
        read("fred:DGS10", content)


@pytest.mark.parametrize("content", [b"", b"\n", b"observation_date,DGS10\n"])
def test_an_answer_without_a_row_is_no_data(content: bytes) -> None:
    with pytest.raises(errors.NoDataError, match="fred:DGS10: the source has nothing in these dates"):
        read("fred:DGS10", content)
