"""The one way to the network: where it leads, whom it trusts, and what it keeps to itself."""

from __future__ import annotations

import ast
import dataclasses
import logging
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import numpy as np
import pytest
import requests

import marketimpact as mi
from marketimpact import errors
from marketimpact.sources.options import FetchOptions
from marketimpact.sources.protocol import Block, Query, Request
from marketimpact.sources.registry import SOURCES
from marketimpact.sources.secrets import Secret, secret
from marketimpact.sources.web import Deadline, Web
from tests.sources.certificates import self_signed
from tests.sources.loopback import Reply, in_turn, served
from tests.sources.web_asking import KEY, LASTING, PASSING, TOLD, always, ask, hops

# Redirects


def test_a_redirect_on_the_same_host_is_followed_with_what_was_sent() -> None:
    asked = ask(hops("/elsewhere?token=1"), headers={"X-Key": Secret("abc")})
    assert asked.answer == TOLD.body
    first, second = asked.server.seen
    assert (second.path, second.params) == ("/elsewhere", {"token": "1"})
    assert first.headers["X-Key"] == second.headers["X-Key"] == "abc"


def test_a_key_goes_to_no_other_host() -> None:
    with served(always(TOLD)) as other:
        sent = {"secrets": {"key": Secret(KEY)}, "headers": {"X-Key": Secret("abc"), "Accept": "text/csv"}}
        assert ask(hops(f"{other.address}/there"), **sent).answer == TOLD.body
        (seen,) = other.seen
    assert seen.params == {}
    assert "X-Key" not in seen.headers
    assert seen.headers["Accept"] == "text/csv"


@pytest.mark.parametrize("form", [quote, quote_plus, lambda key: quote(key, safe="")])
def test_a_host_that_sends_the_key_on_to_another_is_not_followed(form: Any) -> None:
    with served(always(TOLD)) as other:
        place = f"{other.address}/there?key={form(KEY)}"
        asked = ask(hops(place), secrets={"key": Secret(KEY)})
        assert "it sends us, key and all, to another host (https://127.0.0.1)" in str(asked.error)
        assert other.seen == []


def test_who_names_a_user_asks_the_same_host_and_no_error_shows_his_password() -> None:
    with served(always(TOLD)) as other:
        place = other.address.replace("http://", "http://me:PASSW0RD@")
        asked = ask(hops(f"{place}/a"))
        assert asked.answer == TOLD.body
        late = ask(hops(f"{place}/b"), rate=0.01, total=5.0)
    assert re.search(r"127\.0\.0\.1:\d+ may be asked again only in", str(late.error))
    assert "PASSW0RD" not in str(late.error)


REFUSED = {
    "http://example.org/x": r"it leads to an address without TLS \(http://example.org\)",
    "ftp://127.0.0.1/x": r"it leads to an address without TLS \(ftp://127.0.0.1\)",
    "file:///etc/passwd": r"it leads to an address without TLS \(file://None\)",
    "http://[::1": r"the request failed \(ValueError\)",
    "https://127.0.0.1:99999/": r"the request failed \(ValueError\)",
}


@pytest.mark.parametrize(("place", "words"), REFUSED.items(), ids=REFUSED)
def test_a_redirect_that_leads_astray_is_not_followed(place: str, words: str) -> None:
    asked = ask(hops(place))
    assert type(asked.error) is errors.UnexpectedAnswerError
    assert re.search(words, str(asked.error))


def test_redirects_without_end_have_one() -> None:
    asked = ask(always(Reply(status=302, headers=(("Location", "/again"),))))
    assert "more than 5 redirects" in str(asked.error)
    assert len(asked.server.seen) == 6


@pytest.mark.parametrize(
    "url", ["http://example.org/", "http://data.bank/", "ftp://data.bank/", "//data.bank/", "x"]
)
def test_an_address_in_the_clear_is_asked_of_this_machine_alone(url: str) -> None:
    web = Web("bank", FetchOptions(retries=0), Deadline.after(5.0))
    with pytest.raises(errors.UnexpectedAnswerError, match="leads to an address without TLS"):
        web.get(Query("X", url))


# TLS


def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with served(always(TOLD), certificate=certificate) as server:
        waits: list[float] = []
        web = Web("bank", FetchOptions(rate=1e4), Deadline.after(9.0), server.address, sleep=waits.append)
        with pytest.raises(errors.SourceDownError, match=r"bank:X: .*its certificate cannot be trusted"):
            web.get(Query("X", "https://data.bank/"))
        assert server.seen == []
        assert waits == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        trusting = Web("bank", FetchOptions(rate=1e4), Deadline.after(9.0), server.address)
        assert trusting.get(Query("X", "https://data.bank/")) == TOLD.body


def test_a_certificate_of_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path, names="DNS:other.example")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with served(always(TOLD), certificate=certificate) as server:
        web = Web("bank", FetchOptions(rate=1e4), Deadline.after(9.0), server.address)
        with pytest.raises(errors.SourceDownError, match="its certificate cannot be trusted"):
            web.get(Query("X", "https://data.bank/"))
        assert server.seen == []


def test_a_redirect_from_tls_to_this_machine_in_the_clear_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider has no business with what listens here."""
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with (
        served(always(TOLD)) as inner,
        served(hops(f"{inner.address}/admin"), certificate=certificate) as outer,
    ):
        web = Web("bank", FetchOptions(rate=1e4), Deadline.after(9.0), outer.address)
        with pytest.raises(errors.UnexpectedAnswerError, match=r"address without TLS \(http://127.0.0.1\)"):
            web.get(Query("X", "https://data.bank/"))
        assert inner.seen == []


def test_a_host_that_speaks_no_tls_is_down() -> None:
    with served(always(TOLD)) as server:
        web = Web(
            "bank",
            FetchOptions(rate=1e4, retries=0),
            Deadline.after(9.0),
            server.address.replace("http", "https"),
        )
        with pytest.raises(errors.SourceDownError, match="the connection broke"):
            web.get(Query("X", "https://data.bank/"))


def test_a_file_of_certificates_that_is_not_there_is_an_error_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/at/all.pem")
    web = Web("bank", FetchOptions(retries=0), Deadline.after(9.0), "https://data.invalid")
    with pytest.raises(errors.UnexpectedAnswerError, match=r"the request failed \(OSError\)"):
        web.get(Query("X", "https://data.bank/"))


def test_nothing_in_the_package_switches_verification_off() -> None:
    names = {field.name for field in dataclasses.fields(FetchOptions)}
    assert not [name for name in names if re.search("verif|tls|ssl|cert|insecure", name)]
    for path in Path(mi.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"CERT_NONE|_create_unverified|check_hostname|disable_warnings", text), path.name
        if "verify" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                assert "verify" not in [keyword.arg for keyword in node.keywords], path.name
            if isinstance(node, ast.Assign):
                assert not [
                    one for one in node.targets if isinstance(one, ast.Attribute) and one.attr == "verify"
                ]


# Keys

FORMS = {KEY, quote(KEY), quote_plus(KEY), quote(KEY, safe="")}


def shows(text: str) -> bool:
    return any(form in text for form in FORMS)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_the_client_itself_would_write_a_key_to_its_log(logged: pytest.LogCaptureFixture) -> None:
    """What would happen without our hand on it: the address stands in the log, key and all."""
    with served(always(TOLD)) as server:
        requests.get(server.address, params={"key": "never-sent-by-us"}, timeout=5.0)
    assert "key=never-sent-by-us" in logged.text


def test_a_key_in_the_address_is_not_in_the_log(logged: pytest.LogCaptureFixture) -> None:
    asked = ask(in_turn(Reply(status=500), TOLD), secrets={"key": Secret(KEY)})
    assert [seen.params["key"] for seen in asked.server.seen] == [KEY, KEY]
    assert logged.text.count("key=***") == 2
    assert not shows(logged.text)


def test_a_key_stays_hidden_when_logs_are_set_up_anew(logged: pytest.LogCaptureFixture) -> None:
    import logging.config

    ask(always(TOLD), secrets={"key": Secret(KEY)})
    logging.config.dictConfig(
        {"version": 1, "disable_existing_loggers": False, "loggers": {"urllib3": {"level": "DEBUG"}}}
    )
    ask(always(TOLD), secrets={"key": Secret(KEY)})
    assert logged.text.count("key=***") == 2
    assert not shows(logged.text)
    logging.getLogger("urllib3").setLevel(logging.NOTSET)


def test_a_key_in_a_header_is_not_in_the_log(logged: pytest.LogCaptureFixture) -> None:
    asked = ask(always(TOLD), headers={"X-Key": Secret("abc-in-a-header")})
    assert asked.server.seen[0].headers["X-Key"] == "abc-in-a-header"
    assert "GET /series" in logged.text
    assert "abc-in-a-header" not in logged.text


FAILURES: dict[str, Reply] = {name: reply for name, (reply, *_) in {**PASSING, **LASTING}.items()} | {
    "astray": Reply(status=302, headers=(("Location", f"http://example.org/?key={quote_plus(KEY)}"),)),
    "on": Reply(status=302, headers=(("Location", f"https://example.org/?key={quote_plus(KEY)}"),)),
    "in a circle": Reply(status=302, headers=(("Location", f"/?key={quote_plus(KEY)}"),)),
    "late": Reply(first=5.0),
    "in a head that is none": Reply(headers=((f"no head {quote_plus(KEY)}", "x"),), status=500),
}


@pytest.mark.parametrize("reply", FAILURES.values(), ids=FAILURES)
def test_a_key_is_in_no_error_nor_behind_it(reply: Reply, logged: pytest.LogCaptureFixture) -> None:
    asked = ask(
        always(reply), retries=1, timeout=0.2, secrets={"key": Secret(KEY)}, headers={"X-Key": Secret("abc")}
    )
    assert asked.error is not None
    waiting, told = [asked.error], []
    while waiting:
        error = waiting.pop()
        told += traceback.TracebackException.from_exception(error, capture_locals=True).format()
        told += [repr(error), str(error), repr(vars(error))]
        waiting += [one for one in (error.__cause__, error.__context__) if one is not None]
    assert not shows("".join(told))
    assert not shows(repr(asked.web))
    assert not shows(logged.text)


def test_a_key_that_no_header_can_hold_is_an_error_that_does_not_show_it() -> None:
    for key in (KEY, "two\nlines"):
        asked = ask(always(TOLD), headers={"X-Key": Secret(key)})
        assert type(asked.error) is errors.UnexpectedAnswerError
        assert "the request failed (" in str(asked.error)
        assert key not in "".join(traceback.format_exception(asked.error))


class Keyed:
    """A source that wants a key."""

    title, local = "a bank with keys", False

    def instrument(self, request: Request) -> mi.Factor:
        return mi.Factor(request.symbol)

    def lasting(self, request: Request) -> bool:
        return True

    def build(self, request: Request) -> tuple[Query, ...]:
        return (
            Query(
                request.symbol, "https://data.bank/v1", request.start, request.end, (("id", request.symbol),)
            ),
        )

    def fetch(self, query: Query, web: Web) -> bytes:
        return web.get(query, secrets={"key": secret("keyed")})

    def parse(self, query: Query, content: bytes) -> Block:
        day, value = content.decode().split()[1].split(",")
        return Block(np.array([day], dtype="datetime64[D]"), np.array([float(value)]), "points")


def test_a_key_is_in_nothing_that_a_call_leaves_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(SOURCES, "keyed", Keyed())  # type: ignore[arg-type]
    monkeypatch.setenv("MARKETIMPACT_KEY_KEYED", KEY)
    kept = tmp_path / "kept.sqlite"

    def script(seen: Any) -> Reply:
        assert seen.params["key"] == KEY
        return TOLD if seen.params["id"] == "A" else Reply(status=403)

    with served(script) as server:
        monkeypatch.setenv("MARKETIMPACT_HOST_KEYED", server.address)
        options = FetchOptions(cache=kept, rate=1e4)
        with pytest.warns(mi.MarketImpactWarning, match="1 of 2 series did not come") as warned:
            panel = mi.fetch(["keyed:A", "keyed:B"], start="2022-01-05", end="2022-01-05", options=options)
    origin = panel.quotes_of("A").provenance
    assert origin.request == "https://data.bank/v1?id=A"
    ledger = panel.ledger
    assert ledger is not None
    said = [
        repr(panel),
        repr(origin),
        str(origin),
        ledger.to_frame().to_csv(),
        *(str(one.message) for one in warned),
    ]
    assert not shows("".join(said))
    assert not shows(logged.text)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert not [form for form in FORMS if form.encode() in content]
