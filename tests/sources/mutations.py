"""Right answers spoilt in every way that has come to mind, and what must hold of a parser whatever it gets."""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from marketimpact import errors
from marketimpact.sources.held import covered_by, joined
from marketimpact.sources.members import member_of
from marketimpact.sources.protocol import Block, Query, Request
from marketimpact.sources.registry import SOURCES
from tests.sources.loopback import Seen
from tests.sources.providers import PROVIDERS

__all__ = ["CASES", "WAYS", "Case", "ends_well", "outcome_of", "spoilt"]

START, END, NOW = (np.datetime64(one) for one in ("2021-06-07", "2021-06-18", "2022-03-01T12:00:00"))


@dataclass(frozen=True, slots=True)
class Case:
    """A right answer of a source, and the request that it answers."""

    word: str
    request: Request
    query: Query
    body: bytes

    def __str__(self) -> str:
        return f"{self.word}:{self.request.symbol}"


def _cases() -> list[Case]:
    """Give an answer of every source on the network, of two series each."""
    found = []
    for provider in PROVIDERS:
        for symbol in (provider.symbols[0], provider.symbols[2]):
            request = Request(symbol, START, END)
            query = SOURCES[provider.word].build(request)[:2][
                -1
            ]  # of an answer a day the first is dated too early
            path = "/" + query.url.removeprefix("https://").partition("/")[2]
            found.append(
                Case(
                    provider.word,
                    request,
                    query,
                    provider.answers(Seen(path, dict(query.params), {}, path, 0.0)).body,
                )
            )
    return [*found, *(_of_yahoo(symbol) for symbol in ("KZT=X", "^TNX") if "yahoo" in SOURCES)]


def _of_yahoo(symbol: str) -> Case:
    """Give what the source of Yahoo makes of a frame: its own canonical bytes."""
    request = Request(symbol, START, END)
    kind, currency = ("CURRENCY", "KZT") if symbol == "KZT=X" else ("INDEX", "USD")
    said = (
        f'{{"adjusted": false, "currency": "{currency}", "dataGranularity": "1d", "exchangeTimezoneName": '
        f'"Europe/London", "instrumentType": "{kind}", "left_out": 0, "live": null, "package": "yfinance 1.7.0", '
        f'"symbol": "{symbol}", "twice": []}}'
    )
    level = 427.5 if symbol == "KZT=X" else 1.5
    rows = [f"{START + i},{level},{level + 0.1},{level - 0.1},{level + i / 100}" for i in range(5)]
    body = "\n".join([said, "date,open,high,low,close", *rows, ""]).encode()
    return Case("yahoo", request, SOURCES["yahoo"].build(request)[0], body)


CASES = _cases()

NUMBERS = (
    "1e999", "-1e999", "nan", "NaN", "inf", "Infinity", "-Infinity", "1e-400", "-0.0", "0", "-1", "9" * 400,
    "9" * 5000, "1_000", "0x10", "1,5", "1.5.5", "\u0661\u0662", "\uff11", "\u00bd", "1e5e5", "+", "null", "true",
    '"1"', "1e308", "5e-324", "", " ", "N/A", "#N/A", ".", "--", "2021-13-45", "0000-00-00", "9999-12-31",
    "31.02.2021", "99/99/9999",
)  # fmt: skip

WORDS = (
    b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"<", b">", b"&", b"&e;", b"&#0;", b"&#x10FFFF;", b"]]>",
    b"<![CDATA[", b"<!--", b"<?x?>", b'"', b"'", b",", b";", b"\r", b"\n", b"\t", b"[", b"]", b"{", b"}",
    b"\\ud800", b"\\u0000", b"=1+1", b"<error>no</error>", b"<info>no</info>", b"<item/>", b"<Record/>", b"<date/>",
    b'Id="x"', b"\xc3\x28", b"\xed\xa0\x80",
)  # fmt: skip

ENCODINGS = ("utf-16", "utf-16-be", "utf-32", "cp1251", "koi8-r", "utf-7", "utf-8-sig", "cp037", "latin-1")

DECLARED = (
    b"utf-8", b"utf-16", b"windows-1251", b"ascii", b"utf-7", b"cp037", b"rot13", b"base64", b"idna", b"x" * 99, b"",
    b"shift_jis", b"gb18030", b"unicode_escape", b"undefined", b"mbcs", b"zlib", b"punycode", b"big5", b"latin-1",
)  # fmt: skip

Way = Callable[[random.Random, bytes], bytes]


def _place(chance: random.Random, body: bytes) -> int:
    return chance.randrange(len(body) + 1)


def flip(chance: random.Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(chance: random.Random, body: bytes) -> bytes:
    start, end = sorted((_place(chance, body), _place(chance, body)))
    return chance.choice((body[:start], body[start:], body[:start] + body[end:], body[start:end]))


def lines(chance: random.Random, body: bytes) -> bytes:
    """Repeat, drop or move a line; an answer without line breaks has its elements in their place."""
    mark = b"\n" if body.count(b"\n") > 2 else b">" if body[:1] == b"<" else b"}"
    rows = body.split(mark)
    i, j = chance.randrange(len(rows)), chance.randrange(len(rows))
    rows[i], rows[j] = chance.choice(
        ((rows[j], rows[i]), (rows[i], rows[i]), (rows[i] + mark + rows[i], rows[j]))
    )
    if chance.random() < 0.3:
        del rows[i]
    return mark.join(rows)


def cells(chance: random.Random, body: bytes) -> bytes:
    """Swap two cells, or put one in the place of another."""
    parts = re.split(rb'([,<>":=\n]+)', body)
    places = [i for i in range(0, len(parts), 2) if parts[i]]
    if len(places) > 1:
        i, j = chance.sample(places, 2)
        parts[i], parts[j] = parts[j], chance.choice((parts[i], parts[j]))
    return b"".join(parts)


def numbers(chance: random.Random, body: bytes) -> bytes:
    """Put something odd in the place of a number or a date."""
    found = list(re.finditer(rb"[0-9][0-9.,/-]*", body))
    if not found:
        return body
    hit = chance.choice(found)
    return body[: hit.start()] + chance.choice(NUMBERS).encode() + body[hit.end() :]


def words(chance: random.Random, body: bytes) -> bytes:
    at = _place(chance, body)
    return body[:at] + chance.choice(WORDS) * chance.choice((1, 1, 2, 50)) + body[at:]


def bomb(chance: random.Random, body: bytes) -> bytes:
    """Declare entities: many that grow, one of a file, one of another host; and use the last."""
    grown = b"".join(b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 9 if i else b"ha") for i in range(20))
    told = chance.choice(
        (grown, b'<!ENTITY e19 SYSTEM "file:///dev/zero">', b'<!ENTITY % p SYSTEM "http://127.0.0.1:9/">%p;')
    )
    head, end, rest = body.partition(b"?>") if body.startswith(b"<?xml") else (b"", b"", body)
    at = chance.choice((rest.find(b"</"), _place(chance, rest)))
    return head + end + b"<!DOCTYPE x [" + told + b"]>" + rest[:at] + b"&e19;" + rest[at:]


def deep(chance: random.Random, body: bytes) -> bytes:
    """Nest brackets or elements, here and there or around all."""
    opened, closed = chance.choice(
        ((b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>"), (b"(", b")"), (b'"', b'"'))
    )
    times = chance.choice((2, 50, 900, 990, 1000, 1100, 5000))
    at = chance.choice((0, _place(chance, body)))
    end = chance.choice((len(body), at))
    return body[:at] + opened * times + body[at:end] + closed * times + body[end:]


def coded(chance: random.Random, body: bytes) -> bytes:
    """Write it in another encoding, with or without a mark of its order."""
    text = body.decode(chance.choice(("utf-8", "latin-1", "cp1251")), "replace")
    return text.encode(chance.choice(ENCODINGS), "replace")


def declared(chance: random.Random, body: bytes) -> bytes:
    """Say another encoding than the one that it is in."""
    said = b'<?xml version="1.0" encoding="' + chance.choice(DECLARED) + b'"?>'
    return said + (body.partition(b"?>")[2] if body.startswith(b"<?xml") else body)


def wide(chance: random.Random, body: bytes) -> bytes:
    """Make one cell or one row very long."""
    at = _place(chance, body)
    return body[:at] + chance.choice((b"x", b",", b"1", b" ", b"\n", b"<a/>")) * 140_000 + body[at:]


def other(chance: random.Random, body: bytes) -> bytes:
    """Put the answer of another source, or noise, in its place or behind it."""
    new = chance.choice(
        (chance.choice(CASES).body, chance.randbytes(chance.randrange(200)), b"", b"null", b"0", b"[[]]")
    )
    return chance.choice((new, body + new, new + body))


WAYS: tuple[Way, ...] = (
    flip, cut, lines, cells, numbers, words, bomb, deep, coded, declared, wide, other,
)  # fmt: skip

OFTEN = (20, 10, 20, 30, 40, 20, 3, 5, 4, 4, 1, 3)
"""How often each way is taken: those that leave most of the answer whole lead furthest into a parser."""


def spoilt(chance: random.Random, body: bytes) -> bytes:
    """Spoil an answer in one to three ways."""
    for way in chance.choices(WAYS, OFTEN, k=chance.randint(1, 3)):
        body = way(chance, body)
    return body


def ends_well(case: Case, body: bytes) -> str:
    """Parse bytes; say what came of it, and fail where something holds no longer that always must.

    Raises
    ------
    AssertionError
        Whatever else a parser raised comes through as it is.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            block = SOURCES[case.word].parse(case.query, body)
        except errors.MarketImpactError as error:
            _check_error(case, error)
            return type(error).__name__
        _check_block(case, block)
        return _further(case, block, body)


def outcome_of(case: Case, body: bytes) -> str:
    """As `ends_well`, with what must not have happened as an outcome: the name of an exception."""
    try:
        return ends_well(case, body)
    except Exception as error:  # noqa: BLE001 - to find out which ones there are is the point
        return f"! {type(error).__name__}: {error}"[:200]


def _check_error(case: Case, error: errors.MarketImpactError) -> None:
    assert isinstance(error, errors.SourceError), repr(error)
    said = str(error)
    assert f"{case.word}:{case.request.symbol}" in said, said
    assert len(said) < 700, said
    assert "\n" not in said, said
    said.encode()


def _check_block(case: Case, block: Block) -> None:
    assert isinstance(block, Block)
    assert block.dates.dtype == np.dtype("datetime64[D]")
    assert block.values.dtype == np.float64
    assert block.dates.shape == block.values.shape
    assert not np.isnat(block.dates).any()
    assert not np.isinf(block.values).any()
    if " per " in block.unit and case.word != "yahoo":  # whose rates are held against zero as quotes
        assert np.all(block.values[np.isfinite(block.values)] > 0.0)
    "".join((block.unit, block.note, block.package, *block.notes)).encode()


def _further(case: Case, block: Block, body: bytes) -> str:
    """Go on as `mi.fetch` does: what was parsed is quotes of the dates asked for, or an error of the tree."""
    source = SOURCES[case.word]
    instrument = source.instrument(case.request)
    try:
        held = joined(None, block, covered_by(case.query, body, NOW, ""), str(case))
        quotes = member_of(str(case), source, case.request, instrument, held)
    except errors.MarketImpactError as error:
        str(error).encode()
        return f"read, then {type(error).__name__}"
    assert np.all(np.diff(quotes.sessions) > np.timedelta64(0, "D"))
    assert np.isfinite(quotes.levels).all()
    assert np.all((quotes.sessions >= START) & (quotes.sessions <= END))
    return "read"
