"""A process that knows of no test: it asks Yahoo's own address over TLS, and its environment alone leads it here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from marketimpact.sources.asking import AGENT
from tests.conftest import REPOSITORY
from tests.sources.test_yahoo import CLOSES, DAYS, tenge
from tests.sources.yahoo_relay import Relay, certificate, relayed
from tests.sources.yahoo_server import Answer, Yahoo, chart, midnights, served

PROGRAM = """
import json, sys, warnings
warnings.simplefilter("error")
import marketimpact as mi
found = {"before": [name for name in ("yfinance", "pandas", "requests", "curl_cffi") if name in sys.modules]}
for symbol, more in json.loads(sys.argv[1]).items():
    options = mi.FetchOptions(**{"cache": False, "rate": 1e6, "retries": 0, "timeout": 10} | more)
    try:
        panel = mi.fetch("yahoo:" + symbol, start="2022-01-03", end="2022-01-14", options=options)
    except mi.MarketImpactError as error:
        found[symbol] = [type(error).__name__, str(error)]
    else:
        quotes = panel.quotes_of(panel.ids[0])
        found[symbol] = [[str(day) for day in quotes.sessions], quotes.levels.tolist()]
json.dump(found, sys.stdout)
"""

FAILURES: dict[str, tuple[Answer, dict[str, Any], str, str]] = {
    "TRY=X": (Answer({}, 503), {}, "SourceDownError", r"failed by its own word \(503\)"),
    "UAH=X": (Answer(b"<html></html>"), {}, "UnexpectedAnswerError", "is none of Yahoo's; received '<html></html>'"),
    "UZS=X": (
        Answer(chart("UZS=X", midnights(DAYS), CLOSES), cut=300), {},
        "SourceDownError", "its answer broke off|the connection broke",
    ),
    "KGS=X": (Answer({}, wait=1.5), {"timeout": 0.5}, "SourceDownError", "did not answer in time; .*timeout=0.5 s"),
    "AZN=X": (
        Answer(b"[" + b" " * 1_000_000), {"largest": 50_000},
        "UnexpectedAnswerError", "the answer is larger than 50000 bytes",
    ),
    "GEL=X": (Answer({}, 429), {}, "RateLimitedError", r"asks to be left alone \(429\)"),
    "AMD=X": (
        Answer({}, 302, headers={"Location": "http://example.org/"}), {},
        "UnexpectedAnswerError", "it sends us where we do not go",
    ),
}  # fmt: skip

Found = dict[str, Any]


def script(symbol: str, params: dict[str, list[str]], number: int) -> Answer:
    return FAILURES[symbol][0] if symbol in FAILURES else tenge(symbol, params, number)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def outside(keys: tuple[Path, Path]) -> Iterator[tuple[Yahoo, Relay]]:
    with served(script) as yahoo, relayed(urlsplit(yahoo.host).port or 0, *keys) as relay:
        yield yahoo, relay


def environment(folder: Path, proxy: str, cert: Path, *, curl: bool) -> dict[str, str]:
    """That of somebody behind a proxy."""
    if curl:
        pytest.importorskip("curl_cffi")
    mine = {name: one for name, one in os.environ.items() if not name.startswith("MARKETIMPACT_")}
    return mine | {
        "HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": "", "no_proxy": "",
        "REQUESTS_CA_BUNDLE": str(cert), "CURL_CA_BUNDLE": str(cert), "XDG_CACHE_HOME": str(folder),
        "MARKETIMPACT_CONFIG": str(folder / "none.toml"), "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1",
        "YF_DISABLE_CURL_CFFI": "" if curl else "1",
    }  # fmt: skip


def ask(wanted: dict[str, dict[str, Any]], said: dict[str, str]) -> Found:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(wanted)],
        env=said, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stderr == "", "nothing is told to whoever did not ask"
    return dict(json.loads(done.stdout))


BOTH = pytest.mark.parametrize("curl", [True, False], ids=["curl_cffi", "requests"])


@BOTH
def test_a_process_gets_what_was_served_and_each_failure_its_error(
    tmp_path: Path, outside: tuple[Yahoo, Relay], keys: tuple[Path, Path], curl: bool
) -> None:
    yahoo, relay = outside
    yahoo.agents.clear()
    relay.hosts.clear()
    wanted = {symbol: options for symbol, (_, options, _, _) in FAILURES.items()}
    found = ask({**wanted, "KZT=X": {}}, environment(tmp_path, relay.address, keys[1], curl=curl))
    assert found["before"] == [], "importing the package loads none of these"
    assert found["KZT=X"] == [DAYS, CLOSES], "failures before it leave nothing behind"
    for symbol, (_, _, kind, words) in FAILURES.items():
        assert found[symbol][0] == kind, found[symbol]
        assert re.search(words, found[symbol][1]), found[symbol]
    assert "query2.finance.yahoo.com:443" in relay.hosts
    assert all(host.endswith("yahoo.com:443") for host in relay.hosts)
    assert (AGENT in yahoo.agents) is not curl


@BOTH
def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, outside: tuple[Yahoo, Relay], keys: tuple[Path, Path], curl: bool
) -> None:
    """With the system's own list of authorities."""
    said = environment(tmp_path, outside[1].address, keys[1], curl=curl)
    del said["REQUESTS_CA_BUNDLE"], said["CURL_CA_BUNDLE"]
    kind, words = ask({"KZT=X": {}}, said)["KZT=X"]
    assert kind == "SourceDownError"
    assert "its certificate cannot be trusted" in words


@BOTH
def test_a_proxy_that_is_not_there(tmp_path: Path, keys: tuple[Path, Path], curl: bool) -> None:
    kind, words = ask({"KZT=X": {}}, environment(tmp_path, "http://127.0.0.1:9", keys[1], curl=curl))["KZT=X"]
    assert kind == "SourceDownError"
    assert "the connection" in words
