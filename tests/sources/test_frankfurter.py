"""Frankfurter, version 2: the pair is echoed in each rate; a blend is not a bank, and weekends are few banks' days."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact import errors
from marketimpact.sources.frankfurter import BLEND
from tests.sources.answered import days_of, fetched, frozen_at, queries, read
from tests.sources.loopback import Reply, Seen


def answer(rates: dict[str, object], base: str = "USD", quote: str = "KZT") -> bytes:
    return json.dumps(
        [{"date": d, "base": base, "quote": quote, "rate": rate} for d, rate in rates.items()]
    ).encode()


WEEK = answer(
    {
        "2022-01-05": 433.9, "2022-01-06": 435.88, "2022-01-07": 435.87, "2022-01-08": 435.9, "2022-01-09": 435.9,
        "2022-01-10": 435.5, "2022-01-11": 434.73,
    }
)  # fmt: skip


def test_a_blend_leaves_weekends_out_and_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, seen = fetched(
        monkeypatch, "frankfurter:USD/KZT", lambda _: Reply(WEEK), start="2022-01-05", end="2022-01-10"
    )
    quotes = panel.quotes_of("USD/KZT")
    assert days_of(quotes) == ["2022-01-05", "2022-01-06", "2022-01-07", "2022-01-10"]
    assert quotes.levels.tolist() == [433.9, 435.88, 435.87, 435.5]
    assert quotes.notes[:2] == (
        BLEND,
        "2 row(s) dated Saturdays and Sundays left out: few banks set rates at weekends",
    )
    assert (seen[0].path, seen[0].params) == (
        "/v2/rates",
        {"base": "USD", "quotes": "KZT", "from": "2022-01-05", "to": "2022-01-10"},
    )


def test_the_rates_of_one_bank_are_asked_for_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    body = answer({"2022-01-05": 9.05, "2022-01-06": 9.1, "2022-01-09": 9.2}, quote="SEK")
    panel, seen = fetched(
        monkeypatch, "frankfurter:USD/SEK@RB", lambda _: Reply(body), start="2022-01-05", end="2022-01-09"
    )
    quotes = panel.quotes_of("USD/SEK")
    assert days_of(quotes) == ["2022-01-05", "2022-01-06", "2022-01-09"], "a bank may set rates on Sundays"
    assert quotes.notes == ()
    assert seen[0].params["providers"] == "RB"


@pytest.mark.parametrize("bank", ["NBK", "CBR"])
def test_banks_that_date_a_day_late_keep_their_lag(bank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quote = {"NBK": "KZT", "CBR": "RUB"}[bank]
    body = answer({"2022-01-05": 433.31, "2022-01-06": 435.87, "2022-01-07": 435.88}, quote=quote)
    panel, seen = fetched(
        monkeypatch,
        f"frankfurter:USD/{quote}@{bank}",
        lambda _: Reply(body),
        start="2022-01-04",
        end="2022-01-05",
    )
    quotes = panel.quotes[0]
    assert days_of(quotes) == ["2022-01-04", "2022-01-05"]
    assert quotes.levels.tolist() == [433.31, 435.87]
    assert quotes.provenance.dating_lag == 1
    assert seen[0].params["to"] == "2022-01-06"


def test_weekend_rows_of_banks_that_date_late_stand_on_no_other_day() -> None:
    kazakh = read("frankfurter:USD/KZT@NBK", WEEK)
    assert kazakh.dates.astype(str).tolist()[-3:] == ["2022-01-07", "2022-01-10", "2022-01-11"]
    russian = read("frankfurter:USD/KZT@CBR", WEEK)
    assert russian.dates.astype(str).tolist()[-3:] == ["2022-01-07", "2022-01-08", "2022-01-11"]
    assert "cbr: has them" in russian.note


@given(
    st.lists(
        st.tuples(
            st.dates(date(1948, 1, 1)),
            st.floats(1e-9, 1e9) | st.integers(1, 10**9),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_what_is_written_is_read(rows: list[tuple[date, float]]) -> None:
    body = json.dumps([{"date": str(d), "base": "USD", "quote": "SEK", "rate": rate} for d, rate in rows])
    block = read("frankfurter:USD/SEK@RB", body.encode())
    np.testing.assert_array_equal(block.dates, np.array([d for d, _ in rows], dtype="datetime64[D]"))
    assert block.values.tolist() == [float(rate) for _, rate in rows]
    assert block.unit == "SEK per USD"


def test_a_currency_that_is_not_known_is_422_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Reply(b'{"status":422,"message":"invalid currency: XTS"}', 422)
    with pytest.raises(errors.UnknownSymbolError, match=r"frankfurter knows no such series \(422\)"):
        fetched(monkeypatch, "frankfurter:USD/KPW", lambda _: said, start="2022-01-05", end="2022-01-07")


@pytest.mark.parametrize(("symbol", "whole"), [("USD/KZT", True), ("USD/SEK@RB", False)])
def test_a_blend_is_fetched_whole_and_a_bank_extends(
    symbol: str, whole: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    frozen_at(monkeypatch, "2022-03-01T12:00:00")
    days = [
        str(one) for one in np.arange("2022-01-03", "2022-02-26", dtype="datetime64[D]") if np.is_busday(one)
    ]
    level = {"now": 100.0}

    def script(seen: Seen) -> Reply:
        inside = [one for one in days if seen.params["from"] <= one <= seen.params["to"]]
        return Reply(answer(dict.fromkeys(inside, level["now"]), quote=symbol[4:7]))

    kept = {"cache": tmp_path / "kept.sqlite", "start": "2022-01-03"}
    fetched(monkeypatch, f"frankfurter:{symbol}", script, end="2022-01-31", **kept)
    level["now"] = 200.0
    panel, seen = fetched(monkeypatch, f"frankfurter:{symbol}", script, end="2022-02-18", **kept)
    assert [one.params["from"] for one in seen] == ["2022-01-03" if whole else "2022-02-01"]
    assert set(panel.quotes[0].levels.tolist()) == ({200.0} if whole else {100.0, 200.0})


def test_where_a_rate_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, _ = fetched(
        monkeypatch, "frankfurter:USD/KZT", lambda _: Reply(WEEK), start="2022-01-05", end="2022-01-10"
    )
    said = panel.quotes[0].provenance
    assert (said.unit, said.snapshot, said.dating_lag, said.adjusted) == ("KZT per USD", None, 0, None)
    assert said.sha256 == hashlib.sha256(WEEK).hexdigest()
    assert said.request == (
        "https://api.frankfurter.dev/v2/rates?base=USD&quotes=KZT&from=2022-01-05&to=2022-01-10"
    )
    assert said.package == f"marketimpact {mi.__version__}"
    assert said.source == "Frankfurter, reference rates of central banks"


def test_all_that_there_is_is_asked_for_by_a_date_before_it() -> None:
    assert queries("frankfurter:USD/KZT", None, "2022-01-10")[0].endswith("from=1948-01-01&to=2022-01-10")


@pytest.mark.parametrize("symbol", ["USD", "USD/KZT@", "USD/KZT@nbk", "USD/KZT@A&b=c", "USD/USD"])
def test_what_is_no_pair_or_bank_is_refused(symbol: str) -> None:
    with pytest.raises(errors.InputError, match=r"is not a pair|names no bank|equals the base"):
        mi.fetch(f"frankfurter:{symbol}")


def row(**said: object) -> bytes:
    return json.dumps([{"date": "2022-01-05", "base": "USD", "quote": "KZT", "rate": 433.9} | said]).encode()


ODD = {
    "version 1": (b'{"amount":1.0,"base":"USD","rates":{"2022-01-05":{"KZT":433.9}}}', "is no list of rates; received"),
    "a message": (b'{"status":500,"message":"sorry"}', "is no list of rates"),
    "other base": (row(base="EUR"), "holds something else than rates of this pair"),
    "other quote": (row(quote="KGS"), "holds something else than rates of this pair"),
    "numbers alone": (b"[433.9]", "holds something else than rates of this pair; received '433.9'"),
    "no rate": (row(rate=None), "holds something else than a rate"),
    "text": (row(rate="433.9"), "holds something else than a rate"),
    "true": (row(rate=True), "holds something else than a rate"),
    "zero": (row(rate=0), "holds a rate that cannot be"),
    "below zero": (row(rate=-433.9), "holds a rate that cannot be"),
    "NaN": (row().replace(b"433.9", b"NaN"), "holds a rate that cannot be"),
    "infinite": (row().replace(b"433.9", b"Infinity"), "holds a rate that cannot be"),
    "too large for a float": (row(rate=10**400), "holds a rate that cannot be"),
    "too many digits": (row().replace(b"433.9", b"9" * 5000), "is no JSON"),
    "no date": (row(date=None), "holds something else than a date; received 'None'"),
    "a number as date": (row(date=20220105), "holds something else than a date; received '20220105'"),
    "a time": (row(date="2022-01-05T00:00:00Z"), "holds something else than a date"),
    "deep": (b"[" * 100_000, "is no JSON"),
    "deep within": (b'[{"rate":' + b"[" * 300 + b"]" * 300 + b"}]", "holds something else than rates of this pair"),
    "half": (WEEK[:-9], "is no JSON"),
    "nothing": (b"", "is no JSON"),
    "HTML": (b"<html><body>", "is a web page"),
    "UTF-16": (WEEK.decode().encode("utf-16"), "is not text in utf-8-sig"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), ODD.values(), ids=ODD)
def test_what_is_no_answer_is_an_error_that_says_why(content: bytes, words: str) -> None:
    with pytest.raises(
        errors.UnexpectedAnswerError, match=f"frankfurter:USD/KZT: the answer {words}"
    ) as caught:
        read("frankfurter:USD/KZT", content)
    assert len(str(caught.value)) < 400


def test_an_empty_list_is_no_data() -> None:
    with pytest.raises(
        errors.NoDataError, match="frankfurter:USD/KZT: the source has nothing in these dates"
    ):
        read("frankfurter:USD/KZT", b"[]")
