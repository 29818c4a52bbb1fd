"""Providers as they answer, with made-up numbers: one description each, for the suite that all of them pass.

To add one, write its description and put it into `PROVIDERS`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from zlib import crc32

import numpy as np

import marketimpact as mi
from marketimpact import errors
from tests.sources.loopback import Reply, Script, Seen

FIRST, LAST = date(2020, 6, 1), date(2022, 6, 30)
DAYS = [
    FIRST + timedelta(i)
    for i in range((LAST - FIRST).days + 1)
    if (FIRST + timedelta(i)).weekday() < 5
]  # fmt: skip
"""Sessions of the made-up world: Monday to Friday, no holiday."""


def value_of(symbol: str, day: date) -> float:
    """Give a number of four decimals that belongs to no other symbol and day near it."""
    start = 1 + crc32(symbol.encode()) % 97
    return round(start * (1.0 + 0.001 * (day.toordinal() * 7 % 113)), 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """How a source answers.

    Parameters
    ----------
    word : str
        Before the colon.
    symbols : tuple of str
        Three that it knows.
    unit : str
        Of the first, as the source declares it.
    expected : callable
        Gives the value of a symbol in a session.
    answers : callable
        Gives the right answer to a request; it knows no other symbols than these.
    unknown : tuple of (str, type)
        A symbol that it does not know, and the error that says so.
    empty : Reply
        How an answer without a value looks.
    absent : type
        The error of an answer with status 404.
    changed : callable
        Changes what a right answer calls its columns or elements.
    doubled, shuffled, contradicting : callable, optional
        Repeats a row, puts rows out of order, and repeats a row with another value, in a right answer; None where an
        answer holds one row.
    lag : int
        Dating lag [working days].
    wider : tuple of (str, str)
        Dates beyond both ends of June 2021, in other queries.
    instruments : mapping
        What a symbol quotes, where the source does not say so.
    """

    word: str
    symbols: tuple[str, str, str]
    unit: str
    expected: Callable[[str, date], float]
    answers: Script
    unknown: tuple[str, type[errors.MarketImpactError]]
    empty: Reply
    changed: Callable[[bytes], bytes]
    absent: type[errors.MarketImpactError] = errors.UnknownSymbolError
    doubled: Callable[[bytes], bytes] | None = None
    shuffled: Callable[[bytes], bytes] | None = None
    contradicting: Callable[[bytes], bytes] | None = None
    lag: int = 0
    wider: tuple[str, str] = ("2021-05-24", "2021-06-25")
    instruments: Mapping[str, mi.Factor] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.word


def within(days: Iterable[date], start: str | None, end: str | None, form: str = "%Y-%m-%d") -> list[date]:
    """Give the days within two dates as a request writes them."""
    low = FIRST if not start else datetime.strptime(start, form).date()
    high = LAST if not end else datetime.strptime(end, form).date()
    return [day for day in days if low <= day <= high]


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Change every occurrence of something that must be there."""

    def change(body: bytes) -> bytes:
        assert old in body
        return body.replace(old, new)

    return change


def rows_changed(
    change: Callable[[list[bytes]], list[bytes]], end: bytes = b"\n"
) -> Callable[[bytes], bytes]:
    """Change the lines after the first."""

    def changed(body: bytes) -> bytes:
        head, *rows = body.removesuffix(end).split(end)
        return end.join([head, *change(rows)]) + end

    return changed


def twice(rows: list[bytes]) -> list[bytes]:
    """Repeat the second row."""
    return [*rows[:2], *rows[1:]]


def mixed(rows: list[bytes]) -> list[bytes]:
    """Put the first row behind the second."""
    return [rows[1], rows[0], *rows[2:]]


def at_odds(old: bytes, new: bytes) -> Callable[[list[bytes]], list[bytes]]:
    """Repeat the second row with something else at its end, or in its midst."""
    return lambda rows: [*rows[:2], rows[1].replace(old, new), *rows[2:]]


# European Central Bank

ECB_HEAD = (
    "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,OBS_CONF,OBS_PRE_BREAK,"
    "OBS_COM,TIME_FORMAT,BREAKS,COLLECTION,COMPILING_ORG,DISS_ORG,DOM_SER_IDS,PUBL_ECB,PUBL_MU,PUBL_PUBLIC,"
    "UNIT_INDEX_BASE,COMPILATION,COVERAGE,DECIMALS,NAT_TITLE,SOURCE_AGENCY,SOURCE_PUB,TITLE,TITLE_COMPL,UNIT,UNIT_MULT"
)
ECB_CURRENCIES = ("USD", "TRY", "ZAR")


def ecb_row(
    currency: str, day: date | str, value: object, *, mark: str = "A", unit: str | None = None
) -> str:
    return (
        f"EXR.D.{currency}.EUR.SP00.A,D,{currency},EUR,SP00,A,{day},{value},{mark},F,,,P1D,,A,,,,,,,99Q1=100,,,4,,4F0,,"
        f'{currency}/Euro,"ECB reference exchange rate, {currency}/Euro, 2.15 pm (C.E.T.)",{unit or currency},0'
    )


def ecb_csv(*rows: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (ECB_HEAD, *rows)).encode()


def ecb_answers(seen: Seen) -> Reply:
    flow, _, key = seen.path.removeprefix("/service/data/").partition("/")
    wanted = [one for one in key.split(".")[1].split("+") if one in ECB_CURRENCIES]
    assert flow == "EXR"
    assert seen.params["format"] == "csvdata"
    days = within(DAYS, seen.params.get("startPeriod"), seen.params.get("endPeriod"))
    if "lastNObservations" in seen.params:
        days = days[-int(seen.params["lastNObservations"]) :]
    rows = [ecb_row(one, day, value_of(one, day)) for one in sorted(wanted) for day in days]
    if not rows:
        return Reply(b'{"title":"Not Found","status":404,"detail":"No Series was returned"}', 404)
    return Reply(ecb_csv(*rows))


def ecb_expected(symbol: str, day: date) -> float:
    base, quote = symbol.split("/")
    return value_of(quote, day) / value_of(base, day) if base != "EUR" else value_of(quote, day)


ECB_LIVE = Provider(
    word="ecb-live",
    symbols=("EUR/USD", "EUR/TRY", "TRY/ZAR"),
    unit="USD per EUR",
    expected=ecb_expected,
    answers=ecb_answers,
    unknown=("EUR/KZT", errors.UnknownSymbolError),
    empty=Reply(b"", headers=(("Content-Type", "text/csv"),)),
    changed=replaced(b"OBS_VALUE", b"OBSERVATION"),
    doubled=rows_changed(twice, b"\r\n"),
    shuffled=rows_changed(mixed, b"\r\n"),
    contradicting=rows_changed(at_odds(b",A,F,", b"9,A,F,"), b"\r\n"),
)

# FRED


def fred_answers(seen: Seen) -> Reply:
    symbol = seen.params["id"]
    assert seen.path == "/graph/fredgraph.csv"
    if symbol not in FRED.symbols:
        return Reply(b"<!DOCTYPE html><html><title>Error</title></html>", 404)
    days = within(DAYS, seen.params.get("cosd"), seen.params.get("coed"))
    return Reply(
        "".join(
            [f"observation_date,{symbol}\n", *(f"{day},{value_of(symbol, day)}\n" for day in days)]
        ).encode()
    )


FRED = Provider(
    word="fred",
    symbols=("DGS10", "DGS2", "DGS5"),
    unit="percent",
    expected=value_of,
    answers=fred_answers,
    unknown=("NOSUCH", errors.UnknownSymbolError),
    empty=Reply(b"observation_date,DGS10\n"),
    changed=replaced(b"DGS10\n", b"DGS10_20220101\n"),
    doubled=rows_changed(twice),
    shuffled=rows_changed(mixed),
    contradicting=rows_changed(lambda rows: [*rows[:2], rows[1] + b"9", *rows[2:]]),
    instruments={"fred:NOSUCH": mi.Factor("none")},
)

# Frankfurter: rates of the Riksbank, which dates them by the day that set them


def frankfurter_answers(seen: Seen) -> Reply:
    base, quote, bank = seen.params["base"], seen.params["quotes"], seen.params["providers"]
    symbol = f"{base}/{quote}@{bank}"
    assert seen.path == "/v2/rates"
    if symbol not in FRANKFURTER.symbols:
        return Reply(b'{"status":422,"message":"invalid currency"}', 422)
    rows = [
        {"date": str(day), "base": base, "quote": quote, "rate": value_of(symbol, day)}
        for day in within(DAYS, seen.params.get("from"), seen.params.get("to"))
    ]
    return Reply(json.dumps(rows).encode())


def _listed(change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps(change(json.loads(body))).encode()


FRANKFURTER = Provider(
    word="frankfurter",
    symbols=("USD/SEK@RB", "EUR/SEK@RB", "CNY/SEK@RB"),
    unit="SEK per USD",
    expected=value_of,
    answers=frankfurter_answers,
    unknown=("USD/BOB@RB", errors.UnknownSymbolError),
    empty=Reply(b"[]"),
    changed=replaced(b'"rate"', b'"value"'),
    doubled=_listed(lambda rows: [*rows[:2], *rows[1:]]),
    shuffled=_listed(lambda rows: [rows[1], rows[0], *rows[2:]]),
    contradicting=_listed(lambda rows: [*rows, {**rows[1], "rate": 1.5}]),
)

# National Bank of Kazakhstan: dated a working day later, one answer a day


def working_day_before(dated: date) -> date:
    """Give the day that set a rate which is dated a working day later."""
    before: date = np.busday_offset(np.datetime64(dated, "D"), -1, roll="forward").astype(object)
    return before


def nbk_answers(seen: Seen) -> Reply:
    assert seen.path == "/rss/get_rates.cfm"
    day = working_day_before(datetime.strptime(seen.params["fdate"], "%d.%m.%Y").date())
    items = "".join(
        f"<item><fullname>x</fullname><title>{symbol[:3]}</title>"
        f"<description>{round(value_of(symbol, day) * quant, 4)}</description><quant>{quant}</quant>"
        "<index></index><change>0.00</change></item>"
        for symbol, quant in zip(NBK.symbols, (1, 10, 100), strict=True)
    )
    return Reply(
        '<?xml version="1.0" encoding="utf-8"?><rates><generator>x</generator><title>Official rates</title>'
        f"<date>{seen.params['fdate']}</date>{items}</rates>".encode()
    )


NBK = Provider(
    word="nbk",
    symbols=("USD/KZT", "RUB/KZT", "HUF/KZT"),
    unit="KZT per USD",
    expected=value_of,
    answers=nbk_answers,
    unknown=("BOB/KZT", errors.NoDataError),
    empty=Reply(b'<?xml version="1.0" encoding="utf-8"?><rates></rates>'),
    changed=replaced(b"description>", b"rate>"),
    contradicting=lambda body: body.replace(b"</rates>", body[body.index(b"<item>") :]),
    lag=1,
)

# Bank of Russia: dated Tuesday to Saturday


@cache
def _cbr_days() -> dict[date, date]:
    return {day + timedelta(1): day for day in DAYS}


def cbr_answers(seen: Seen) -> Reply:
    assert seen.path == "/scripts/XML_dynamic.asp"
    code = seen.params["VAL_NM_RQ"]
    symbol = {"R01235": "USD/RUB", "R01239": "EUR/RUB", "R01335": "KZT/RUB"}[code]
    nominal = 100 if symbol == "KZT/RUB" else 1
    form = "%d/%m/%Y"
    asked = within(_cbr_days(), seen.params["date_req1"], seen.params["date_req2"], form)
    rows = "".join(
        f'<Record Date="{dated:%d.%m.%Y}" Id="{code}"><Nominal>{nominal}</Nominal><Value>'
        f"{value_of(symbol, _cbr_days()[dated]) * nominal:.4f}".replace(".", ",").replace(
            dated.strftime("%d,%m,%Y"), dated.strftime("%d.%m.%Y")
        )
        + "</Value></Record>\n"
        for dated in asked
    )
    head = f'<?xml version="1.0" encoding="windows-1251"?><ValCurs ID="{code}" name="Динамика">'
    return Reply(f"{head}\n{rows}</ValCurs>\n".encode("cp1251"))


CBR = Provider(
    word="cbr",
    symbols=("USD/RUB", "EUR/RUB", "KZT/RUB"),
    unit="RUB per USD",
    expected=value_of,
    answers=cbr_answers,
    unknown=("BOB/RUB", errors.InputError),
    empty=Reply(
        '<?xml version="1.0" encoding="windows-1251"?><ValCurs name="Динамика"></ValCurs>'.encode("cp1251")
    ),
    changed=replaced(b"Value>", b"Rate>"),
    doubled=rows_changed(twice),
    shuffled=rows_changed(mixed),
    contradicting=rows_changed(at_odds(b"</Value>", b"9</Value>")),
    lag=1,
)

# US Treasury: one answer a year, the newest row first

TENORS = {"10y": "10 Yr", "2y": "2 Yr", "5y": "5 Yr"}


def treasury_answers(seen: Seen) -> Reply:
    year = int(seen.params["field_tdr_date_value"])
    assert seen.path.endswith(f"/daily-treasury-rates.csv/{year}/all")
    rows = [
        ",".join([day.strftime("%m/%d/%Y"), *(f"{value_of(one, day)}" for one in TENORS)])
        for day in reversed(DAYS)
        if day.year == year
    ]
    head = "Date," + ",".join(f'"{one}"' for one in TENORS.values())
    return Reply("\n".join([head, *rows, ""]).encode())


TREASURY = Provider(
    word="treasury",
    symbols=("10y", "2y", "5y"),
    unit="percent",
    expected=value_of,
    answers=treasury_answers,
    unknown=("11y", errors.InputError),
    empty=Reply(b'Date,"10 Yr","2 Yr","5 Yr"\n'),
    changed=replaced(b'Date,"10 Yr"', b'Day,"10 Yr"'),
    doubled=rows_changed(twice),
    shuffled=rows_changed(mixed),
    contradicting=rows_changed(lambda rows: [*rows[:2], rows[1].replace(b",", b",9"), *rows[2:]]),
    wider=("2020-12-21", "2022-01-07"),
)

PROVIDERS = (ECB_LIVE, FRED, FRANKFURTER, NBK, CBR, TREASURY)
