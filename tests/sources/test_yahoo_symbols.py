"""What symbols quote, which yields are believed, and that no bytes upset the reading of a frame."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.sources.protocol import Request
from marketimpact.sources.yahoo import Yahoo
from marketimpact.sources.yahoo_symbols import YIELDS, check_yields
from tests.sources.yahoo_asking import query_of


def instrument(symbol: str, said: Any = None) -> Any:
    return Yahoo().instrument(Request(symbol, instrument=said))


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("KZT=X", "USD", "KZT"),
        ("EURUSD=X", "EUR", "USD"),
        ("TRY=X", "USD", "TRY"),
        ("GBPKZT=X", "GBP", "KZT"),
    ],
)
def test_currencies(symbol: str, base: str, quote: str) -> None:
    assert instrument(symbol) == mi.CurrencyPair(base, quote)


@pytest.mark.parametrize("symbol", ["^IRX", "^FVX", "^TNX", "^TYX"])
def test_yields_move_in_basis_points(symbol: str) -> None:
    found = instrument(symbol)
    assert (found.id, found.unit, found.places) == (symbol, "percent", frozenset({"US"}))
    assert str(found.move_kind()) == "yield change [bp]"


@pytest.mark.parametrize(
    "symbol", ["^GSPC", "BZ=F", "EMB", "BRK-B", "HSBK.IL", "BTC-USD", "M&M.NS", "000001.SS"]
)
def test_all_else_moves_in_logs(symbol: str) -> None:
    assert instrument(symbol) == mi.Factor(symbol, move="log")


def test_an_index_of_fear_moves_in_points() -> None:
    assert str(instrument("^VIX").move_kind()) == "index of fear change [points]"


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        ("KZT=X", mi.CurrencyPair("USD", "KZT", id="tenge", snapshot="16:30 Europe/London")),
        ("^TNX", mi.Factor("UST 10y", move="difference", unit="percent")),
        ("^TNX", mi.SovereignBond("UST 10y", quoted="yield", issuer="US")),
        ("^GSPC", mi.Factor("shares", move="simple", snapshot="16:00 America/New_York")),
        ("BZ=F", mi.Factor("Brent")),
    ],
    ids=repr,
)
def test_the_users_word_is_the_last(symbol: str, said: Any) -> None:
    assert instrument(symbol, said) is said


@pytest.mark.parametrize(
    ("symbol", "said", "words"),
    [
        ("KZT=X", mi.CurrencyPair("KZT", "USD"), r"CurrencyPair\('USD', 'KZT', \.\.\.\)"),
        ("KZT=X", mi.Factor("tenge"), r"CurrencyPair\('USD', 'KZT', \.\.\.\)"),
        ("^TNX", mi.Factor("10y"), "an instrument in percent"),
        ("^TNX", mi.Factor("10y", move="difference", unit="decimal"), "an instrument in percent"),
        ("^TNX", mi.SovereignBond("10y", quoted="clean price", issuer="US"), "an instrument in percent"),
        ("^GSPC", mi.CurrencyPair("USD", "KZT"), "a Factor or a SovereignBond"),
    ],
)
def test_the_users_word_must_fit(symbol: str, said: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=rf"instruments: does not describe yahoo:.*allowed: {words}"):
        instrument(symbol, said)


@pytest.mark.parametrize(
    "symbol",
    [
        "kzt=x",
        "",
        " ",
        "KZT=X ",
        "A/B",
        "../X",
        "A?B",
        "A B",
        "A" * 40,
        "^",
        "=X",
        "KZT=Y",
        "US900123CG37",
        "\u041aZT=X",
        "A#B",
    ],
)
def test_what_is_no_symbol_is_refused_before_anything_is_asked(symbol: str) -> None:
    with pytest.raises(mi.InputError, match="symbol: is no symbol of Yahoo"):
        instrument(symbol)


@pytest.mark.parametrize("symbol", ["USDEU=X", "A=X", "EURUSDKZT=X"])
def test_what_is_no_pair_of_currencies_is_refused(symbol: str) -> None:
    with pytest.raises(mi.InputError, match="is no symbol of two currencies"):
        instrument(symbol)


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(mi.InputError, match="yahoo:KZR=X: is not a currency of ISO 4217; received 'KZR'"):
        instrument("KZR=X")


PAR = {"^IRX": "3mo", "^FVX": "5yr", "^TNX": "10yr", "^TYX": "30yr"}


@pytest.fixture(scope="session")
def par(shared: Path) -> dict[str, tuple[Any, Any]]:
    """Par yields of the US Treasury, 2010 to 2023 [percent]: near those that Yahoo gives."""
    with (shared / "data" / "us_treasury_par_curve.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    days = np.array([row["date"] for row in rows], dtype="datetime64[D]")
    return {
        symbol: (days, np.array([float(row[column] or "nan") for row in rows]))
        for symbol, column in PAR.items()
    }


@pytest.mark.parametrize("symbol", PAR)
def test_true_yields_pass(par: dict[str, tuple[Any, Any]], symbol: str) -> None:
    days, values = par[symbol]
    check_yields("yahoo", symbol, days, values)


@pytest.mark.parametrize("symbol", ["^FVX", "^TNX", "^TYX"])
def test_ten_times_the_yield_is_refused_on_every_single_day(
    par: dict[str, tuple[Any, Any]], symbol: str
) -> None:
    days, values = par[symbol]
    low, high = YIELDS[symbol].bounds(days)
    quoted = np.isfinite(values)
    assert np.all((10.0 * values > high)[quoted])
    assert np.all(((values > low) & (values < high))[quoted])


def test_of_bills_near_zero_a_scale_cannot_be_told_and_is_noted(par: dict[str, tuple[Any, Any]]) -> None:
    days, values = par["^IRX"]
    low, high = YIELDS["^IRX"].bounds(days)
    quoted = np.isfinite(values)
    seen = (10.0 * values > high) | (10.0 * values < low)
    assert 0.6 < np.mean(seen[quoted]) < 0.9
    with pytest.raises(mi.UnexpectedAnswerError, match="holds no yield in percent"):
        check_yields("yahoo", "^IRX", days, 10.0 * values)
    zero = np.full(3, 0.01)
    block = Yahoo().parse(
        query_of("^IRX"), written("^IRX", ["2012-01-03", "2012-01-04", "2012-01-05"], zero.tolist())
    )
    assert "so near to zero a scale that is ten times off could not be told" in block.notes[0]


def written(symbol: str, days: list[str], closes: list[float], **said: Any) -> bytes:
    facts = {
        "symbol": symbol,
        "currency": "USD",
        "instrumentType": "INDEX",
        "adjusted": False,
        "package": "yfinance 1",
    }
    lines = [json.dumps(facts | said), "date,open,high,low,close"]
    lines += [f"{day},1.0,1.0,1.0,{close!r}" for day, close in zip(days, closes, strict=True)]
    return "\n".join(lines).encode()


def test_yields_say_how_their_unit_was_come_by() -> None:
    block = Yahoo().parse(query_of("^TNX"), written("^TNX", ["2022-01-04", "2022-01-05"], [1.66, 1.71]))
    assert block.unit == "percent"
    assert block.notes == (
        "yield of 10-year US Treasury notes: Yahoo says USD of its unit; taken as percent, in which every value is "
        "plausible",
    )


@pytest.mark.parametrize("closes", [[16.6, 17.1], [0.0166, 0.0171], [166.0, 171.0], [-1.0, 1.7]])
def test_yields_in_another_unit_are_refused_not_rescaled(closes: list[float]) -> None:
    with pytest.raises(
        mi.UnexpectedAnswerError,
        match=r"yahoo:\^TNX: the answer holds no yield in percent on 2022-01-04; .*is not rescaled",
    ):
        Yahoo().parse(query_of("^TNX"), written("^TNX", ["2022-01-04", "2022-01-05"], closes))


def test_a_change_of_scale_within_an_answer_is_refused() -> None:
    content = written("^TNX", ["2024-01-04", "2024-01-05"], [0.45, 4.5])
    with pytest.raises(mi.UnexpectedAnswerError, match="changes its scale between 2024-01-04 and 2024-01-05"):
        Yahoo().parse(query_of("^TNX"), content)


GOOD = written("^GSPC", ["2022-01-04", "2022-01-05"], [4793.54, 4700.58])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "does not begin with a line of JSON"),
        (b"[]\n", "does not begin with a line of JSON"),
        (GOOD.replace(b",low", b""), "has 4 cells|has 5 cells|has another header"),
        (GOOD.replace(b"close", b"settle"), "has another header"),
        (GOOD.replace(b"4700.58", b"inf"), "something else than a number"),
        (GOOD.replace(b"2022-01-05", b"2022-13-05"), "something else than a date"),
        (GOOD.replace(b'"adjusted": false', b'"adjusted": null'), "does not say whether it is adjusted"),
        (GOOD.replace(b'"adjusted"', b'"live": "now", "adjusted"'), "something else than a date"),
        (GOOD.replace(b'"adjusted"', b'"twice": ["2022-01-05"], "adjusted"'), "gives a day two closes"),
    ],
)
def test_bytes_that_are_none_of_ours_are_refused(content: bytes, words: str) -> None:
    with pytest.raises(mi.UnexpectedAnswerError, match=rf"yahoo:\^GSPC: the answer ({words})|{words}"):
        Yahoo().parse(query_of("^GSPC"), content)


@given(st.data())
def test_no_bytes_upset_the_reading(data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        cut = data.draw(st.integers(0, 12))
        content[at : at + cut] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"null", b"1e999", b"-", b"\n", b'"'])
        )
    symbol = data.draw(st.sampled_from(["^GSPC", "KZT=X", "^TNX", "EMB"]))
    try:
        block = Yahoo().parse(query_of(symbol, "2022-01-01", "2022-01-31"), bytes(content))
    except mi.SourceError:
        return
    assert block.dates.shape == block.values.shape
    assert not np.isinf(block.values).any()


@given(st.binary(max_size=200))
def test_any_bytes_give_a_block_or_our_error(content: bytes) -> None:
    with pytest.raises(mi.UnexpectedAnswerError, match="yahoo"):
        Yahoo().parse(query_of("KZT=X"), content)
