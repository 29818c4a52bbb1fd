"""The ECB's data portal: what is asked of it, and what is read from its CSV."""

from __future__ import annotations

import numpy as np
import pytest

import marketimpact as mi
from marketimpact import errors
from marketimpact.sources.ecb import SNAPSHOT
from marketimpact.sources.ecb_live import EcbLive
from marketimpact.sources.options import FetchOptions
from marketimpact.sources.protocol import Query, Request
from tests.sources.loopback import Reply, Script, Seen, served
from tests.sources.providers import ECB_HEAD, ecb_csv, ecb_row

BUND = "YC/B.U2.EUR.4F.G_N_A.SV_C_YM.SR_10Y"
FACTOR = mi.Factor("AAA 10y", move="difference", unit="percent")

YC_HEAD = "KEY,FREQ,REF_AREA,TIME_PERIOD,OBS_VALUE,OBS_STATUS,DECIMALS,TITLE_COMPL,UNIT,UNIT_MULT"


def yc_csv(*rows: str) -> bytes:
    key = "YC.B.U2.EUR.4F.G_N_A.SV_C_YM.SR_10Y"
    return "".join(f"{line}\r\n" for line in (YC_HEAD, *(f"{key},B,U2,{row}" for row in rows))).encode()


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def built(symbol: str, start: str | None = None, end: str | None = None) -> str:
    request = Request(symbol, None if start is None else day(start), None if end is None else day(end))
    (query,) = EcbLive().build(request)
    return str(query)


def read(symbol: str, content: bytes) -> tuple[list[str], list[float], str]:
    block = EcbLive().parse(Query(symbol, "https://data.bank"), content)
    return block.dates.astype(str).tolist(), block.values.tolist(), block.unit


def fetched(
    symbol: str, script: Script, monkeypatch: pytest.MonkeyPatch, **dates: str
) -> tuple[mi.Panel, list[Seen]]:
    with served(script) as server:
        monkeypatch.setenv("MARKETIMPACT_HOST_ECB_LIVE", server.address)
        options = FetchOptions(cache=False, rate=1e5, retries=0)
        return mi.fetch(f"ecb-live:{symbol}", options=options, **dates), server.seen  # type: ignore[arg-type]


# What is asked


def test_a_pair_is_one_series_and_a_cross_two_in_one_query() -> None:
    base = "https://data-api.ecb.europa.eu/service/data"
    dates = "&startPeriod=2022-01-03&endPeriod=2022-01-07"
    asked = built("EUR/RUB", "2022-01-03", "2022-01-07")
    assert asked == f"{base}/EXR/D.RUB.EUR.SP00.A?format=csvdata{dates}"
    assert built("RUB/EUR", "2022-01-03", "2022-01-07") == asked
    assert built("USD/TRY") == f"{base}/EXR/D.USD+TRY.EUR.SP00.A?format=csvdata"
    assert built("EXR/D.RUB.EUR.SP00.A", "2022-01-03", "2022-01-07") == asked
    assert built(BUND) == f"{base}/{BUND}?format=csvdata"


def test_what_a_symbol_quotes() -> None:
    source = EcbLive()
    assert source.instrument(Request("EUR/RUB")) == mi.CurrencyPair("EUR", "RUB", snapshot=SNAPSHOT)
    assert source.instrument(Request("EXR/D.RUB.EUR.SP00.A")) == mi.CurrencyPair(
        "EUR", "RUB", snapshot=SNAPSHOT
    )
    assert source.instrument(Request(BUND, instrument=FACTOR)) is FACTOR
    assert [source.lasting(Request(one)) for one in ("EUR/RUB", "USD/TRY", BUND)] == [True, True, False]


@pytest.mark.parametrize(
    ("symbol", "words"),
    [
        ("EURUSD", "is neither a pair nor the key of one daily series; received 'ecb-live:EURUSD'"),
        ("EUR/", "is not a pair of currencies"),
        ("eur/usd", "base: is not a code; received 'eur'"),
        ("EUR/EUR", "quote: equals the base"),
        ("EXR/M.USD.EUR.SP00.A", "is neither a pair nor the key of one daily series"),
        ("EXR/D..EUR.SP00.A", "is neither a pair nor the key of one daily series"),
        ("EXR/D.USD+TRY.EUR.SP00.A", "is neither a pair nor the key of one daily series"),
        ("EXR/D.USD.EUR.SP00.A?x=1", "is neither a pair nor the key of one daily series"),
        ("../D.USD", "is neither a pair nor the key of one daily series"),
        (BUND, "what the series quotes is not known here"),
        ("EXR/D.USD.EUR.SP00.E", "what the series quotes is not known here"),
    ],
)
def test_what_can_never_be_answered_is_refused(symbol: str, words: str) -> None:
    with pytest.raises(errors.InputError, match=words):
        mi.fetch(f"ecb-live:{symbol}")


def test_an_instrument_of_other_currencies_is_refused() -> None:
    with pytest.raises(errors.InputError, match="does not describe ecb-live:EUR/RUB"):
        mi.fetch("ecb-live:EUR/RUB", instruments={"ecb-live:EUR/RUB": mi.CurrencyPair("EUR", "TRY")})


# What is read


def test_rates_are_units_per_euro_and_the_inverse_is_the_reciprocal() -> None:
    content = ecb_csv(ecb_row("RUB", "2022-02-23", "90.8791"), ecb_row("RUB", "2022-02-24", "95.7175"))
    days = ["2022-02-23", "2022-02-24"]
    assert read("EUR/RUB", content) == (days, [90.8791, 95.7175], "RUB per EUR")
    assert read("RUB/EUR", content) == (days, [1.0 / 90.8791, 1.0 / 95.7175], "EUR per RUB")
    assert read("EXR/D.RUB.EUR.SP00.A", content) == (days, [90.8791, 95.7175], "RUB per EUR")


def test_a_cross_divides_rates_of_the_same_day() -> None:
    content = ecb_csv(
        ecb_row("TRY", "2022-01-03", "14.9"),
        ecb_row("TRY", "2022-01-04", "15.2"),
        ecb_row("TRY", "2022-01-06", "15.5"),
        ecb_row("USD", "2022-01-04", "1.1279"),
        ecb_row("USD", "2022-01-05", "1.1319"),
        ecb_row("USD", "2022-01-06", "1.1315"),
        ecb_row("USD", "2022-01-07", "1.1298"),
    )
    days, values, unit = read("USD/TRY", content)
    assert unit == "TRY per USD"
    assert days == ["2022-01-04", "2022-01-05", "2022-01-06"]
    np.testing.assert_array_equal(values, [15.2 / 1.1279, np.nan, 15.5 / 1.1315])


def test_a_holiday_is_a_date_without_a_rate() -> None:
    content = ecb_csv(
        ecb_row("USD", "2022-04-14", "1.0878"),
        ecb_row("USD", "2022-04-15", "", mark="H"),
        ecb_row("USD", "2022-04-19", "NaN"),
    )
    days, values, _ = read("EUR/USD", content)
    assert days == ["2022-04-14", "2022-04-15", "2022-04-19"]
    np.testing.assert_array_equal(values, [1.0878, np.nan, np.nan])


def test_columns_are_found_by_name_and_others_may_come_and_go() -> None:
    content = b"OBS_VALUE,NEW,KEY,TIME_PERIOD\n1.13,x,EXR.D.USD.EUR.SP00.A,2022-01-05\n"
    assert read("EUR/USD", content) == (["2022-01-05"], [1.13], "USD per EUR")


def test_the_unit_of_a_series_is_that_which_the_portal_declares() -> None:
    assert read(BUND, yc_csv("2022-01-05,-0.0712,A,6,x,PCPA,0"))[1:] == ([-0.0712], "PCPA")
    assert read(BUND, yc_csv("2022-01-05,12,A,6,x,EUR,6"))[1:] == ([12.0], "EUR times 10^6")


def test_marks_of_observations_are_noted() -> None:
    content = yc_csv(
        "2022-01-05,0.1,A,6,x,PCPA,0", "2022-01-06,0.2,P,6,x,PCPA,0", "2022-01-07,0.3,P,6,x,PCPA,0"
    )
    block = EcbLive().parse(Query(BUND, "https://data.bank"), content)
    assert block.notes == ("2 values have the mark 'P' in OBS_STATUS",)


def test_the_end_of_the_ruble_is_noted() -> None:
    block = EcbLive().parse(Query("EUR/RUB", "x"), ecb_csv(ecb_row("RUB", "2022-03-01", "117.201")))
    assert block.note == "The ECB suspended its ruble rate on 2 March 2022: the last is of 1 March."


@pytest.mark.parametrize("content", [b"", b"\r\n", ecb_csv()])
def test_an_answer_without_rows_is_a_block_without_rows(content: bytes) -> None:
    for symbol in ("EUR/USD", "USD/TRY", BUND):
        assert read(symbol, content)[:2] == ([], [])


RIGHT = ecb_csv(ecb_row("USD", "2022-01-05", "1"))
ODD = {
    "no such column": (RIGHT.replace(b"TIME_PERIOD", b"DATE"), "has another header"),
    "column twice": (RIGHT.replace(b"OBS_CONF", b"OBS_VALUE"), "has another header"),
    "another series": (ecb_csv(ecb_row("GBP", "2022-01-05", "0.83")), "holds another series; received 'EXR.D.GBP"),
    "another unit": (ecb_csv(ecb_row("USD", "2022-01-05", "113", unit="USD100")), "is in another unit"),
    "no date": (ecb_csv(ecb_row("USD", "2022-01", "1.13")), "holds something else than a date; received '2022-01'"),
    "no number": (ecb_csv(ecb_row("USD", "2022-01-05", "1.13*")), "holds something else than a number"),
    "zero": (ecb_csv(ecb_row("USD", "2022-01-05", "0")), "holds a rate that cannot be; received '0.0'"),
    "below zero": (ecb_csv(ecb_row("USD", "2022-01-05", "-1.13")), "holds a rate that cannot be"),
    "tiny": (ecb_csv(ecb_row("USD", "2022-01-05", "1e-320")), "holds a rate that cannot be"),
    "two values": (
        ecb_csv(ecb_row("USD", "2022-01-05", "1.13"), ecb_row("USD", "2022-01-05", "1.14")),
        "has two values of 2022-01-05",
    ),
    "short row": (ecb_csv("EXR.D.USD.EUR.SP00.A,D,USD"), "has 3 cells in row 2, 32 in the first"),
    "another encoding": (ecb_csv().decode().encode("utf-16"), "is not text in utf-8-sig"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), ODD.values(), ids=ODD)
def test_what_is_no_answer_is_an_error_that_says_why(content: bytes, words: str) -> None:
    with pytest.raises(errors.UnexpectedAnswerError, match=f"ecb-live:EUR/USD: the answer {words}"):
        read("EUR/USD", content)


def test_a_series_that_changes_its_unit_is_refused() -> None:
    with pytest.raises(errors.UnexpectedAnswerError, match="changes its unit"):
        read(BUND, yc_csv("2022-01-05,0.1,A,6,x,PCPA,0", "2022-01-06,10,A,6,x,BP,0"))


# Nothing found: no such series, or nothing in these dates

NOT_FOUND = Reply(b'{"title":"Not Found","status":404}', 404)


def test_a_series_that_is_known_but_has_nothing_in_the_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ruble after its end: the portal answers "not found" for these dates, and knows the series."""

    def script(seen: Seen) -> Reply:
        return (
            Reply(ecb_csv(ecb_row("RUB", "2022-03-01", "117.201")))
            if "lastNObservations" in seen.params
            else NOT_FOUND
        )

    with pytest.raises(errors.NoDataError, match=r"ecb-live:EUR/RUB: no value in these dates"):
        fetched("EUR/RUB", script, monkeypatch, start="2022-04-01", end="2022-04-29")


def test_a_series_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    words = r"the ECB has no such series; received 'ecb-live:EUR/KZT'; .*EXR/D\.KZT\.EUR\.SP00\.A is none"
    with pytest.raises(errors.UnknownSymbolError, match=words):
        fetched("EUR/KZT", lambda _: NOT_FOUND, monkeypatch, start="2022-04-01")


def test_a_cross_with_a_currency_that_is_not_known_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def script(seen: Seen) -> Reply:
        return Reply(ecb_csv(ecb_row("USD", "2022-04-01", "1.1"))) if "USD" in seen.path else NOT_FOUND

    with pytest.raises(errors.UnknownSymbolError, match=r"EXR/D\.KZT\.EUR\.SP00\.A is none"):
        fetched("USD/KZT", script, monkeypatch, start="2022-04-01", end="2022-04-29")


@pytest.mark.parametrize("said", [NOT_FOUND, Reply(b"")])
def test_an_answer_that_lacks_what_the_series_has_is_not_believed(
    said: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty answer from a portal out of order would else stay in the cache as a month without rates."""

    def script(seen: Seen) -> Reply:
        return (
            Reply(ecb_csv(ecb_row("USD", "2022-04-29", "1.05")))
            if "lastNObservations" in seen.params
            else said
        )

    words = r"ecb-live:EUR/USD: the answer lacks EXR/D\.USD\.EUR\.SP00\.A, which has a value of 2022-04-29"
    with pytest.raises(errors.UnexpectedAnswerError, match=words):
        fetched("EUR/USD", script, monkeypatch, start="2022-04-01", end="2022-04-29")


def test_a_series_by_its_key_comes_as_the_user_describes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    content = yc_csv("2022-01-05,0.1,A,6,x,PCPA,0", "2022-01-06,0.2,A,6,x,PCPA,0")
    with served(lambda _: Reply(content)) as server:
        monkeypatch.setenv("MARKETIMPACT_HOST_ECB_LIVE", server.address)
        name, options = f"ecb-live:{BUND}", FetchOptions(cache=False, rate=1e5)
        panel = mi.fetch(
            name, start="2022-01-03", end="2022-01-07", instruments={name: FACTOR}, options=options
        )
    assert panel["AAA 10y"].tolist() == [0.1, 0.2]
    assert panel.quotes_of("AAA 10y").provenance.unit == "PCPA"
    (seen,) = server.seen
    assert seen.path == f"/service/data/{BUND}"
    assert seen.params == {"format": "csvdata", "startPeriod": "2022-01-03", "endPeriod": "2022-01-07"}


def test_the_header_of_the_portal_is_read_in_full() -> None:
    assert (
        len(ECB_HEAD.split(","))
        == len(ecb_csv(ecb_row("USD", "2022-01-05", 1)).split(b"\r\n")[1].split(b",")) - 2
    )
