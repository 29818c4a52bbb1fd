"""One suite for every source that is asked over HTTP, each against a server on this machine that plays its provider."""

from __future__ import annotations

import gzip
import hashlib
import json
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketimpact import errors
from marketimpact.sources.protocol import Block, Query, Request
from marketimpact.sources.registry import SOURCES
from tests.sources.every_source import (
    CASES,
    START,
    changing,
    check,
    every,
    failures,
    fetched,
    playing,
    unhurried,
)
from tests.sources.loopback import Reply, Seen, nobody
from tests.sources.providers import PROVIDERS, Provider


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return unhurried(monkeypatch)


# Right answers


@every
def test_a_right_answer_is_the_series(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(provider, monkeypatch) as server:
        check(fetched(provider), provider, *provider.symbols)
    assert all(seen.headers["User-Agent"].startswith("marketimpact/") for seen in server.seen)


@every
def test_where_a_series_comes_from(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies: list[bytes] = []

    def script(seen: Seen) -> Reply:
        reply = provider.answers(seen)
        bodies.append(reply.body)
        return reply

    with playing(provider, monkeypatch, script) as server:
        said = fetched(provider, provider.symbols[0]).quotes[0].provenance
    hashes = [hashlib.sha256(body).hexdigest() for body in bodies]
    whole = hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    assert said.sha256 == whole
    assert (said.symbol, said.unit, said.dating_lag) == (provider.symbols[0], provider.unit, provider.lag)
    assert said.source == SOURCES[provider.word].title
    assert said.last_date is not None
    assert said.request is not None
    assert said.request.startswith("https://")
    assert server.host not in said.request
    assert said.host == server.address, "who answered in the place of the provider"
    assert said.retrieved is not None
    assert said.observed


@every
def test_both_ends_are_inclusive(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(provider, monkeypatch):
        for start, end in (
            ("2021-06-09", "2021-06-09"),
            ("2021-06-11", "2021-06-14"),
            ("2021-06-12", "2021-06-15"),
        ):
            panel = fetched(provider, provider.symbols[0], start=start, end=end)
            check(panel, provider, provider.symbols[0], start=start, end=end)


@every
def test_packed_answers_and_redirects_change_nothing(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def packed(seen: Seen) -> Reply:
        if not seen.path.startswith("/moved"):
            place = f"/moved{seen.raw}"
            return Reply(status=307, headers=(("Location", place),))
        reply = provider.answers(replace(seen, path=seen.path.removeprefix("/moved")))
        return Reply(gzip.compress(reply.body), headers=(("Content-Encoding", "gzip"),))

    with playing(provider, monkeypatch, packed):
        check(fetched(provider), provider, *provider.symbols)


@every
def test_a_failure_that_passes_leaves_nothing_but_a_wait(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    failed: set[str] = set()

    def script(seen: Seen) -> Reply:
        if seen.raw in failed:
            return provider.answers(seen)
        failed.add(seen.raw)
        return Reply(status=500)

    with playing(provider, monkeypatch, script):
        check(fetched(provider, retries=1), provider, *provider.symbols)
    assert [wait for wait in waits if wait > 0.01] == [0.5] * len(failed)


@every
def test_rows_that_stand_twice_or_out_of_order_are_put_right_with_a_note(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    symbol = provider.symbols[0]
    if provider.doubled is None or provider.shuffled is None:
        assert provider.word == "nbk", "one row an answer"
        return
    for change, words in (
        (provider.doubled, "rows stood twice"),
        (provider.shuffled, "rows stood out of order"),
    ):
        with playing(provider, monkeypatch, changing(provider, change)):
            panel = fetched(provider, symbol)
        check(panel, provider, symbol)
        assert words in "; ".join(panel.quotes[0].notes)


# Wrong answers


@pytest.mark.parametrize(("provider", "name"), CASES)
def test_each_failure_is_an_error_of_its_own(
    provider: Provider, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, kind = failures(provider)[name]
    limits = {"timeout": 0.1} if name == "slow" else {}
    with (
        playing(provider, monkeypatch, script),
        pytest.raises(kind, match=f"{provider.word}:{provider.symbols[0]}") as caught,
    ):
        fetched(provider, provider.symbols[0], largest=2_000_000, **limits)
    assert type(caught.value) is kind
    assert len(str(caught.value)) < 700
    if name == "429 for long":
        assert getattr(caught.value, "retry_after", None) == 86400.0


@every
def test_nobody_there(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"MARKETIMPACT_HOST_{provider.word.upper().replace('-', '_')}", nobody())
    with pytest.raises(errors.SourceDownError, match=rf"{provider.word}:.* the connection is refused"):
        fetched(provider, provider.symbols[0])


@every
def test_an_unknown_symbol_says_so(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    symbol, kind = provider.unknown
    with playing(provider, monkeypatch), pytest.raises(kind, match=symbol) as caught:
        fetched(provider, symbol)
    assert type(caught.value) is kind


# Whatever the bytes


def _right(provider: Provider) -> list[tuple[Query, bytes]]:
    source = SOURCES[provider.word]
    request = Request(provider.symbols[0], np.datetime64(START, "D"), np.datetime64("2021-06-11", "D"))
    found = []
    for query in source.build(request)[:1]:
        path = "/" + query.url.removeprefix("https://").partition("/")[2]
        found.append((query, provider.answers(Seen(path, dict(query.params), {}, path, 0.0)).body))
    return found


def _mutated(body: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for at, length, new in changes:
        place = at % (len(body) + 1)
        body = body[:place] + new + body[place + length :]
    return body


pieces = st.one_of(
    st.binary(max_size=6),
    st.sampled_from(
        [
            b"",
            b",",
            b'"',
            b"\r\n",
            b"<",
            b"&x;",
            b"nan",
            b"-1",
            b"1e400",
            b"0",
            b"\x00",
            b"NaN",
            b"[]",
            b"9" * 40,
        ]
    ),
)
changes = st.lists(st.tuples(st.integers(0, 10**5), st.integers(0, 40), pieces), min_size=1, max_size=6)


@every
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(told=changes)
def test_no_bytes_lead_out_of_the_tree_of_errors(
    provider: Provider, told: list[tuple[int, int, bytes]]
) -> None:
    source = SOURCES[provider.word]
    for query, body in _right(provider):
        assert isinstance(source.parse(query, body), Block)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                block = source.parse(query, _mutated(body, told))
            except errors.SourceError:
                continue
        assert not np.isinf(block.values).any()
        assert not np.isnat(block.dates).any()


@every
def test_wide_and_deep_answers_are_errors_too(provider: Provider) -> None:
    source = SOURCES[provider.word]
    for query, _ in _right(provider):
        for body in (
            b"[" * 10**5,
            b"<a>" * 10**4,
            b"," * 10**5,
            b'"' + b"x" * 200_000,
            json.dumps({"a": [1]}).encode(),
        ):
            with pytest.raises(errors.UnexpectedAnswerError, match=provider.word):
                source.parse(query, body)


def test_every_source_on_the_network_is_in_this_suite() -> None:
    ours = {word: one for word, one in SOURCES.items() if type(one).__module__.startswith("marketimpact.")}
    far = {word for word, source in ours.items() if not source.local}
    assert far - {provider.word for provider in PROVIDERS} <= {
        "yahoo"
    }  # it has its own: a client library asks for it
