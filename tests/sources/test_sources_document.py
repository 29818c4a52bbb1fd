"""docs/sources.md: its source of one's own runs as it stands, and what it says of the others is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import marketimpact as mi
from marketimpact import errors
from marketimpact.sources import cache_file, coverage, options, registry, secrets
from marketimpact.sources.fred import REVISED
from marketimpact.sources.options import FetchOptions
from marketimpact.sources.protocol import Request
from marketimpact.sources.registry import SOURCES
from marketimpact.sources.treasury import TENORS
from tests.sources.loopback import Reply, Seen, served

TEXT = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
KEY = "no-key-at-all-7f3a"


def table(title: str) -> dict[str, list[str]]:
    """Give the rows of the first table after a heading, by their first cell."""
    rows = re.findall(r"^\| (.*) \|$", TEXT.partition(f"## {title}")[2].partition("\n## ")[0], re.MULTILINE)
    cells = [row.split(" | ") for row in rows]
    return {row[0].strip("`"): row[1:] for row in cells[2:] if not row[0].startswith("---")} | {
        row[0].strip("`"): row[1:] for row in cells[1:2] if not row[0].startswith("---")
    }


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Seen]]:
    """Play the bank of the example; its name is free again afterwards."""

    def script(seen: Seen) -> Reply:
        if seen.headers.get("X-Api-Key") != KEY:
            return Reply(status=401)
        assert (seen.path, seen.params["isin"]) == ("/v1/yields", "XS0000000009")
        days = [
            one for one in map(str, np.arange("2022-01-03", "2022-01-10", dtype="datetime64[D]"))
            if np.is_busday(one) and seen.params.get("from", "") <= one <= seen.params["to"]
        ]  # fmt: skip
        return Reply(("day,yield\n" + "".join(f"{one},4.{one[-1]}\n" for one in days)).encode())

    with served(script) as server:
        monkeypatch.setenv("MARKETIMPACT_HOST_MYBANK", server.address)
        monkeypatch.setenv("MARKETIMPACT_KEY_MYBANK", KEY)
        yield server.seen
    SOURCES.pop("mybank", None)


def run_example() -> mi.Panel:
    named: dict[str, object] = {}
    exec(compile(BLOCKS[-1], "docs/sources.md", "exec"), named)  # our own document
    panel = named["panel"]
    assert isinstance(panel, mi.Panel)
    return panel


def test_the_source_of_ones_own_runs_as_it_stands(bank: list[Seen]) -> None:
    panel = run_example()
    quotes = panel.quotes_of("XS0000000009")
    assert [str(one) for one in quotes.sessions] == [f"2022-01-0{i}" for i in range(3, 8)]
    assert quotes.levels.tolist() == [4.3, 4.4, 4.5, 4.6, 4.7]
    said = quotes.provenance
    assert (said.source, said.unit, said.snapshot) == (
        "My bank, mid yields at the close",
        "percent",
        "16:30 Europe/London",
    )
    assert (
        said.request == "https://api.mybank.example/v1/yields?isin=XS0000000009&from=2022-01-03&to=2022-01-07"
    )
    assert KEY not in repr(panel) + str(said) + repr(said)
    assert len(bank) == 1


def test_the_source_of_ones_own_has_the_cache_and_the_errors_of_all(
    bank: list[Seen], own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_example()
    mi.fetch("mybank:XS0000000009", start="2022-01-04", end="2022-01-06")
    assert len(bank) == 1, "what is there is not asked for again"
    assert mi.fetch("mybank:XS0000000009", start="2022-01-04", end="2022-01-06", offline=True).ids
    assert not any(KEY.encode() in one.read_bytes() for one in own_cache.parent.iterdir())
    with pytest.raises(errors.NoDataError, match="mybank:XS0000000009"):
        mi.fetch("mybank:XS0000000009", start="2022-02-01", end="2022-02-04")
    monkeypatch.setenv("MARKETIMPACT_KEY_MYBANK", "wrong-9c41")
    with pytest.raises(errors.SourceError, match=r"mybank refuses this caller \(401\)") as caught:
        mi.fetch("mybank:XS0000000009", start="2022-03-01", end="2022-03-04")
    assert "wrong-9c41" not in str(caught.value)
    monkeypatch.delenv("MARKETIMPACT_KEY_MYBANK")
    with pytest.raises(errors.InputError, match="mybank: has no key; allowed: MARKETIMPACT_KEY_MYBANK"):
        mi.fetch("mybank:XS0000000009", start="2022-03-01", end="2022-03-04")


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", errors.NoDataError, "the source has nothing in these dates"),
        (b"day,yield\n", errors.NoDataError, "the source has nothing in these dates"),
        (b"date,yield\n2022-01-03,4.3\n", errors.UnexpectedAnswerError, "has another header"),
        (b"day,yield\n2022-01-03,4.3%\n", errors.UnexpectedAnswerError, "holds something else than a number"),
        (b"<html>", errors.UnexpectedAnswerError, "is a web page"),
    ],
)
def test_the_source_of_ones_own_knows_what_is_no_answer(
    content: bytes, kind: type[errors.SourceError], words: str, bank: list[Seen]
) -> None:
    run_example()
    source = SOURCES["mybank"]
    (query,) = source.build(Request("XS0000000009"))
    assert str(query) == "https://api.mybank.example/v1/yields?isin=XS0000000009"
    with pytest.raises(kind, match=f"mybank:XS0000000009: .*{words}"):
        source.parse(query, content)


def test_the_example_is_as_short_as_a_reader_hopes() -> None:
    code = [line for line in BLOCKS[-1].splitlines() if line.strip()]
    assert len(code) <= 35
    assert max(map(len, code)) <= 120


def test_the_other_example_is_python() -> None:
    for block in BLOCKS:
        compile(block, "docs/sources.md", "exec")


def test_every_source_stands_in_the_table_with_its_lag_and_unit() -> None:
    rows = table("What each source gives")
    assert set(rows) == set(SOURCES)
    for word, symbol in (
        ("ecb", "EUR/RUB"), ("fred", "DGS10"), ("treasury", "10y"), ("frankfurter", "USD/KZT"),
        ("nbk", "USD/KZT"), ("cbr", "USD/RUB"), ("yahoo", "KZT=X"),
    ):  # fmt: skip
        request = Request(symbol, np.datetime64("2022-01-03"))
        said = SOURCES[word].instrument(request)
        assert rows[word][3].startswith(str(said.dating_lag)), word
        if rows[word][1].startswith("`"):
            assert rows[word][1].strip("`") == said.quoted_unit
        clock = str(said.snapshot).split(" ") if said.snapshot else ["none"]
        assert all(part.strip(",") in rows[word][2] for part in clock[:2]), (word, clock)
    assert re.findall(r"`(\w[\w.]*)`", rows["treasury"][0]) == list(TENORS)
    assert set(re.findall(r"`(\w+)`", rows["fred"][4])) == REVISED
    assert SOURCES["frankfurter"].instrument(Request("USD/KZT@NBK")).dating_lag == 1


def test_every_error_of_a_source_stands_in_the_table() -> None:
    rows = table("Errors, and what to do")
    leaves = {
        name for name in errors.__all__ if issubclass(getattr(errors, name), errors.SourceError | errors.CacheError)
    }  # fmt: skip
    assert leaves | {"InputError"} == set(rows)


def test_the_numbers_and_names_are_those_of_the_code() -> None:
    plain, told = " ".join(TEXT.split()), FetchOptions()
    assert f"The last {coverage.RECENT.astype(int)} days before an answer are believed for" in plain
    assert f"for {coverage.FRESH.astype(int) // 3600} hours" in plain
    assert f"(`timeout`, {told.timeout:g} s)" in plain
    assert f"(`total`, {told.total:g} s)" in plain
    assert f"(`retries`, {told.retries}," in plain
    assert f"(`rate`, {told.rate:g} a second)" in plain
    assert f"(`largest`, {told.largest // 2**20} MiB)" in plain
    named = set(re.findall(r"MARKETIMPACT_[A-Z_]+", TEXT))
    known = {options.CONFIG, f"{options.HOST}ECB_LIVE", f"{secrets.KEY}MYBANK", "MARKETIMPACT_CACHE"}
    assert named == known
    assert "MARKETIMPACT_CACHE" in Path(cache_file.__file__).read_text(encoding="utf-8")
    assert 260 / told.rate > registry.LONG, "a year of nbk is announced"
