"""Another host that answers in the place of a source's own leaves its name, and no more, wherever the answer goes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.app.bundle_words import provenance_from, provenance_said
from marketimpact.cli import main
from marketimpact.market.quotes import Quotes
from marketimpact.provenance import Provenance
from marketimpact.sources.cache_rows import packed, unpacked
from marketimpact.sources.held import Held
from marketimpact.sources.options import FetchOptions, hosts_of, origin_of
from marketimpact.sources.web import Deadline, Web
from tests.sources.cached import KEY, held_of
from tests.sources.every_source import fetched, playing, unhurried
from tests.sources.loopback import Reply, Seen, nobody
from tests.sources.providers import FRED

MIRROR = "https://mirror.bank"


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let no test wait."""
    return unhurried(monkeypatch)


def kept(start: str, end: str, *, offline: bool = False) -> Provenance:
    """Fetch a series through the user's own cache, and say where it came from."""
    panel = fetched(FRED, "DGS10", start=start, end=end, cache=True, offline=offline)
    return panel.quotes[0].provenance


# What is said


def test_the_words_say_who_answered_wherever_provenance_is_shown() -> None:
    said = Provenance("the bank", symbol="USD/KZT", retrieved="2026-03-02T10:00:00Z", host=MIRROR)
    assert said.labelled == "the bank, with answers of https://mirror.bank"
    assert str(said) == f"{said.labelled} (USD/KZT, retrieved 2026-03-02T10:00:00Z)"
    assert replace(said, kind="simulation").labelled == f"SIMULATION: {said.labelled}"
    assert "answers of" not in str(replace(said, host=None))


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://mirror.bank/ecb", MIRROR),
        ("https://me:secret@Mirror.Bank:443/ecb?key=secret#secret", MIRROR),
        ("https://mirror.bank:8443", "https://mirror.bank:8443"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("http://[::1]:80/x", "http://[::1]"),
    ],
)
def test_scheme_name_and_port_are_all_that_is_kept(address: str, origin: str) -> None:
    assert origin_of(address) == origin
    assert origin_of(origin) == origin


def test_a_path_stays_with_us(monkeypatch: pytest.MonkeyPatch) -> None:
    def below(seen: Seen) -> Reply:
        assert seen.path.startswith("/room-7/")
        return FRED.answers(replace(seen, path=seen.path.removeprefix("/room-7")))

    with playing(FRED, monkeypatch, below) as server:
        monkeypatch.setenv("MARKETIMPACT_HOST_FRED", f"{server.address}/room-7/")
        said = fetched(FRED, "DGS10").quotes[0].provenance
    assert said.host == server.address
    assert "room-7" not in repr(said)


@pytest.mark.parametrize("host", ["https://data.bank", "https://DATA.bank:443", "https://data.bank/v2"])
def test_the_source_s_own_host_is_no_other(host: str) -> None:
    web = Web(
        "bank", FetchOptions(), Deadline.after(1.0), hosts_of({"MARKETIMPACT_HOST_BANK": host}, {})["bank"]
    )
    web.address("https://data.bank/rates?day=1")
    assert web.stood_in == ""
    web.address("https://login.bank/")
    assert web.stood_in == "https://data.bank"


def test_a_source_that_asks_nobody_names_no_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETIMPACT_HOST_ECB", nobody())
    panel = mi.fetch("ecb:EUR/RUB", start="2022-02-23", end="2022-02-24")
    assert panel.quotes[0].provenance.host is None
    assert Web("bank", FetchOptions(), Deadline.after(1.0), MIRROR).stood_in == "", "set, and not asked yet"


def test_what_is_made_of_two_series_names_the_hosts_of_both() -> None:
    days = np.arange("2022-01-03", "2022-01-08", dtype="datetime64[D]")
    members = []
    for base, host in (("USD", f"https://a.bank, {MIRROR}"), ("EUR", MIRROR)):
        pair = mi.CurrencyPair(base, "KZT", snapshot="15:30 Asia/Almaty")
        quotes = Quotes(days, np.linspace(430.0, 436.0, 5), Provenance("the bank", host=host))
        members.append(mi.Panel((pair,), (quotes,)))
    made = mi.cross_rate(members[0].join(members[1]), "USD/KZT", "EUR/KZT").quotes[0].provenance
    assert made.host == f"https://a.bank, {MIRROR}"
    assert made.source.endswith("the bank"), "said once, beside the source"


def test_a_host_for_a_source_that_there_is_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETIMPACT_HOST_FRD", MIRROR)
    words = "hosts.frd: no source has that name; the host stands in for none"
    with playing(FRED, monkeypatch), pytest.warns(mi.MarketImpactWarning, match=words):
        kept("2021-06-07", "2021-06-11")


# What is kept


def test_the_cache_keeps_who_answered_and_serves_calls_without_that_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with playing(FRED, monkeypatch) as first:
        assert kept("2021-06-07", "2021-06-11").host == first.address
    for host in ("", nobody()):
        monkeypatch.setenv("MARKETIMPACT_HOST_FRED", host)
        for offline in (False, True):
            assert kept("2021-06-07", "2021-06-11", offline=offline).host == first.address
    with playing(FRED, monkeypatch) as second:
        wider = kept("2021-06-07", "2021-06-18")
        assert kept("2021-06-14", "2021-06-18").host == second.address, "of the days that are wanted"
    # the system may give the second the port of the first
    assert wider.host == ", ".join(dict.fromkeys([first.address, second.address]))


def test_what_is_cleared_is_asked_of_whoever_answers_now(monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(FRED, monkeypatch):
        kept("2021-06-07", "2021-06-11")
    assert main(["cache", "clear", "fred"]) == 0
    with playing(FRED, monkeypatch) as other:
        assert kept("2021-06-07", "2021-06-11").host == other.address
        assert other.seen


def test_a_row_keeps_it_and_a_row_from_before_it_was_kept_is_read() -> None:
    plain = held_of("2022-01-03", 5)
    mirrored = Held(plain.block, tuple(replace(one, host=MIRROR) for one in plain.covered))
    assert unpacked(packed(KEY, mirrored)) == (KEY, mirrored)
    ranges, hosts = (json.loads(packed(KEY, one)[5]) for one in (plain, mirrored))
    assert hosts == {**ranges, "hosts": [MIRROR]}, "in a place of its own, which earlier versions pass over"
    before = (
        '{"unit":"KZT per 1 USD","notes":[],"adjusted":null,"package":"","file":"","note":"",'
        '"covered":[[18995,18999,1772445600,"' + "ab" * 32 + '","chart/KZT=X?range=1","yfinance 1.7.0",'
        '["odd rows left out"],""]]}'
    )
    assert packed(KEY, plain)[5] == before, "the form of the rows that earlier versions wrote, and read"
    assert unpacked(packed(KEY, plain)) == (KEY, plain)


def test_the_list_of_what_is_held_shows_it_where_there_is_any(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with playing(FRED, monkeypatch) as server:
        kept("2021-06-07", "2021-06-11")
    assert main(["cache", "list"]) == 0
    head, row, _ = capsys.readouterr().out.splitlines()
    assert head.endswith("  answers of")
    assert row.endswith(f"  {server.address}")


def test_a_bundle_keeps_it() -> None:
    said = Provenance("the bank", host=MIRROR, made="2026-10-30")
    assert provenance_from(provenance_said(said)) == said
    assert "host" not in provenance_said(Provenance("the bank")), (
        "nothing new in a bundle of the source's own answers"
    )
