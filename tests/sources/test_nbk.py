"""The National Bank of Kazakhstan: one answer a day, by `quant`, dated the working day after the one that set it."""

from __future__ import annotations

import hashlib
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact import errors
from marketimpact.sources.nbk import Nbk
from marketimpact.sources.protocol import Request
from tests.sources.answered import by_params, days_of, fetched, queries, read
from tests.sources.loopback import Reply, Seen

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><rates><generator>Alternate RSS</generator>'
    "<title>Официальные курсы валют Национального Банка Республики Казахстан</title>"
    "<link>www.nationalbank.kz</link><description>курсы</description><copyright>c</copyright>"
)


def item(code: str, rate: str, quant: str = "1") -> str:
    return (
        f"<item><fullname>ВАЛЮТА</fullname><title>{code}</title><description>{rate}</description>"
        f"<quant>{quant}</quant><index>UP</index><change>+0.10</change></item>"
    )


def answer(dated: str, *items: str, more: str = "") -> bytes:
    return f"{HEAD}<date>{dated}</date>{more}{''.join(items)}</rates>".encode()


JANUARY = {
    dated: answer(dated, item("USD", usd), item("KRW", "36.20", "100"))
    for dated, usd in {
        "31.12.2021": "431.67",
        "03.01.2022": "431.80",
        "04.01.2022": "431.80",
        "05.01.2022": "433.31",
        "06.01.2022": "435.87",
        "07.01.2022": "435.88",
        "10.01.2022": "435.87",
        "11.01.2022": "436.06",
    }.items()
}


def test_rates_stand_on_the_working_day_before_their_date(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, seen = fetched(
        monkeypatch, "nbk:USD/KZT", by_params(JANUARY, "fdate"), start="2021-12-31", end="2022-01-04"
    )
    quotes = panel.quotes_of("USD/KZT")
    assert days_of(quotes) == ["2021-12-31", "2022-01-03", "2022-01-04"]
    assert quotes.levels.tolist() == [431.80, 431.80, 433.31]
    assert [one.params["fdate"] for one in seen] == list(JANUARY)[:4]
    assert {one.path for one in seen} == {"/rss/get_rates.cfm"}


def test_only_the_sessions_asked_for_come(monkeypatch: pytest.MonkeyPatch) -> None:
    for start, end, days in (
        ("2022-01-04", "2022-01-04", ["2022-01-04"]),
        ("2022-01-01", "2022-01-03", ["2022-01-03"]),
        ("2021-12-31", "2022-01-02", ["2021-12-31"]),
    ):
        panel, _ = fetched(monkeypatch, "nbk:USD/KZT", by_params(JANUARY, "fdate"), start=start, end=end)
        assert days_of(panel.quotes[0]) == days


def test_quant_divides(monkeypatch: pytest.MonkeyPatch) -> None:
    script = by_params(JANUARY, "fdate")
    panel, seen = fetched(
        monkeypatch, ["nbk:KRW/KZT", "nbk:USD/KZT"], script, start="2022-01-03", end="2022-01-04"
    )
    np.testing.assert_allclose(panel["KRW/KZT"], [0.362, 0.362], rtol=1e-15)
    assert panel["USD/KZT"].tolist() == [431.80, 433.31]
    assert len(seen) == len({one.raw for one in seen}), "an answer holds all currencies: it is asked for once"


@given(st.integers(1, 10**8), st.sampled_from([1, 10, 100, 1000]))
def test_what_is_written_is_read(rate: int, quant: int) -> None:
    said = f"{rate // 100}.{rate % 100:02d}"
    block = read("nbk:HUF/KZT", answer("04.01.2022", item("HUF", said, str(quant))), fdate="04.01.2022")
    assert block.dates.astype(str).tolist() == ["2022-01-04"]
    assert block.values.tolist() == [float(said) / quant]
    assert block.unit == "KZT per HUF"


def test_days_of_monday_to_friday_are_asked_for_once_each_and_cover_all_days() -> None:
    asked = queries("nbk:USD/KZT", "2021-12-31", "2022-01-04")
    assert [one.rpartition("=")[2] for one in asked] == ["31.12.2021", "03.01.2022", "04.01.2022"]
    assert asked[0].startswith("https://nationalbank.kz/rss/get_rates.cfm?fdate=")


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 40))
def test_queries_cover_their_range_without_gap_or_overlap(first: date, length: int) -> None:
    start = np.datetime64(first, "D")
    end = start + np.timedelta64(length, "D")
    asked = Nbk().build(Request("USD/KZT", start, end))
    assert asked[0].start is not None
    assert asked[0].start <= start
    assert asked[-1].end == end
    for one, other in pairwise(asked):
        assert other.start == one.end + np.timedelta64(1, "D")  # type: ignore[operator]  # both are there
    dated = [one.params[0][1] for one in asked]
    working = np.arange(start, end + np.timedelta64(1, "D"))
    working = working[np.is_busday(working)]
    told = [one.item().strftime("%d.%m.%Y") for one in working]
    assert dated == told or (not told and len(dated) == 1)


def test_a_weekend_alone_is_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(queries("nbk:USD/KZT", "2022-01-08", "2022-01-09")) == 1
    with pytest.raises(errors.NoDataError, match="no session in these dates, once dates are put back"):
        fetched(monkeypatch, "nbk:USD/KZT", by_params(JANUARY, "fdate"), start="2022-01-01", end="2022-01-02")


def test_a_long_range_is_announced_and_goes_on_where_it_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept, broken = tmp_path / "kept.sqlite", {"on": True}

    def script(seen: Seen) -> Reply:
        if broken["on"] and seen.params["fdate"] == "05.01.2022":
            return Reply(status=503)
        return by_params(JANUARY, "fdate")(seen)

    dates = {"start": "2021-12-31", "end": "2022-01-04", "cache": kept}
    with pytest.raises(
        errors.SourceDownError, match=r"3 of 4 answers are in the cache: the next call goes on"
    ):
        fetched(monkeypatch, "nbk:USD/KZT", script, **dates)
    broken["on"] = False
    panel, seen = fetched(monkeypatch, "nbk:USD/KZT", script, **dates)
    assert panel["USD/KZT"].tolist() == [431.80, 431.80, 433.31]
    assert [one.params["fdate"] for one in seen] == list(JANUARY)[3:4]
    _, again = fetched(monkeypatch, "nbk:USD/KZT", script, **dates)
    assert again == []


def test_a_gap_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day without items, one on which the currency is missing, and one with a rate of zero: no value, no error."""
    answers = JANUARY | {
        "04.01.2022": answer("04.01.2022"),
        "05.01.2022": answer("05.01.2022", item("KRW", "36.20", "100")),
        "06.01.2022": answer("06.01.2022", item("USD", "0.0")),
        "12.01.2022": answer("12.01.2022", item("USD", "434.73")),
        "13.01.2022": answer("13.01.2022", item("USD", "433.90")),
    }
    panel, _ = fetched(
        monkeypatch, "nbk:USD/KZT", by_params(answers, "fdate"), start="2021-12-31", end="2022-01-06"
    )
    quotes = panel.quotes[0]
    assert days_of(quotes) == ["2021-12-31", "2022-01-06"]
    assert quotes.levels.tolist() == [431.80, 435.88]
    assert "2 of 5 dates without a value: not quoted" in quotes.notes


def test_a_word_of_the_bank_without_rates_is_a_day_without_a_value() -> None:
    body = answer("04.01.2022", more="<info>Нет данных</info>")
    block = read("nbk:USD/KZT", body, fdate="04.01.2022")
    assert block.dates.astype(str).tolist() == ["2022-01-04"]
    assert np.isnan(block.values).all()
    bare = read("nbk:USD/KZT", b"<rates></rates>", fdate="04.01.2022")
    assert np.isnan(bare.values).all()


def test_where_a_rate_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, _ = fetched(
        monkeypatch, "nbk:USD/KZT", by_params(JANUARY, "fdate"), start="2022-01-03", end="2022-01-04"
    )
    said = panel.quotes[0].provenance
    assert (said.unit, said.snapshot, said.dating_lag, said.adjusted) == ("KZT per USD", None, 1, None)
    assert said.source == "National Bank of Kazakhstan, official exchange rates"
    hashes = [hashlib.sha256(JANUARY[dated]).hexdigest() for dated in list(JANUARY)[1:4]]
    assert said.sha256 == hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    assert said.request == "https://nationalbank.kz/rss/get_rates.cfm?fdate=03.01.2022, and 2 more"
    assert said.package == f"marketimpact {mi.__version__}"
    assert (said.symbol, said.last_date) == ("USD/KZT", "2022-01-04")


def test_a_request_without_a_first_day_is_refused() -> None:
    with pytest.raises(errors.InputError, match="start: is needed: the bank has one file a day"):
        mi.fetch("nbk:USD/KZT")


def test_rates_of_another_money_are_not_asked_for() -> None:
    """The bank has the old ruble of Belarus under the code of the new one, to the first of July 2016."""
    with pytest.raises(errors.InputError, match="allowed: 2016-07-04 or later"):
        mi.fetch("nbk:BYN/KZT", start="2016-07-01", end="2016-07-29")
    with pytest.raises(errors.InputError, match="allowed: 1993-11-15 or later"):
        mi.fetch("nbk:USD/KZT", start="1993-01-04")


@pytest.mark.parametrize("symbol", ["KZT/USD", "USD/RUB", "USDKZT", "USD/"])
def test_what_is_not_against_the_tenge_is_refused(symbol: str) -> None:
    with pytest.raises(errors.InputError, match=r"is not against the tenge|is not a pair of currencies"):
        mi.fetch(f"nbk:{symbol}", start="2022-01-03")


RIGHT = item("USD", "431.80")
ODD = {
    "another day": (answer("03.01.2022", RIGHT), "is that of another day; received '03.01.2022'; allowed: 04.01.2022"),
    "no day": (f"{HEAD}{RIGHT}</rates>".encode(), "is that of another day; received ''"),
    "bank's error": (answer("04.01.2022", more="<error>Wrong date</error>"), "is an error of the bank's; received 'Wr"),
    "twice": (answer("04.01.2022", RIGHT, item("USD", "432.0")), "holds USD more than once"),
    "no number": (answer("04.01.2022", item("USD", "н/д")), "holds something else than a number; received 'н/д'"),
    "comma": (answer("04.01.2022", item("USD", "431,80")), "holds something else than a number"),
    "below zero": (answer("04.01.2022", item("USD", "-431.80")), "holds a rate that cannot be"),
    "no quant": (answer("04.01.2022", item("USD", "431.80", "")), "holds a rate that cannot be"),
    "quant 0": (answer("04.01.2022", item("USD", "431.80", "0")), "holds a rate that cannot be"),
    "no rate": (answer("04.01.2022", item("USD", "")), "holds a rate that cannot be; received 'nan for 1.0 USD'"),
    "renamed": (answer("04.01.2022", RIGHT).replace(b"description>", b"value>"), "holds a rate that cannot be"),
    "other XML": (b"<rss/>", "is another XML; received 'rss'"),
    "HTML": (b"<html><body>503</body></html>", "is a web page"),
    "cp1251 that says UTF-8": (answer("04.01.2022", RIGHT).decode().encode("cp1251"), r"is no XML \(ParseError\)"),
    "nothing": (b"", r"is no XML \(ParseError\)"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), ODD.values(), ids=ODD)
def test_what_is_no_answer_is_an_error_that_says_why(content: bytes, words: str) -> None:
    with pytest.raises(errors.UnexpectedAnswerError, match=f"nbk:USD/KZT: the answer {words}"):
        read("nbk:USD/KZT", content, fdate="04.01.2022")


def test_a_currency_that_the_bank_does_not_have_is_no_data() -> None:
    with pytest.raises(errors.NoDataError, match="nbk:BOB/KZT: the bank has no rate of BOB on 2022-01-04"):
        read("nbk:BOB/KZT", answer("04.01.2022", RIGHT), fdate="04.01.2022")


def test_a_description_without_a_lag_takes_the_banks_and_another_lag_is_the_users_word() -> None:
    day = np.datetime64("2022-01-05")
    for said, lag in ((mi.CurrencyPair("USD", "KZT", snapshot="15:30 Asia/Almaty"), 1),
                      (mi.CurrencyPair("USD", "KZT", dating_lag=2), 2)):  # fmt: skip
        made = Nbk().instrument(mi.Request("USD/KZT", day, day, said))
        assert (made.dating_lag, made.snapshot) == (lag, said.snapshot)
