"""Study files that describe series of sources; what a long fetch shows, and what troubles it."""

from __future__ import annotations

import io
import re
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact import cli
from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_run import load_series, run_file
from marketimpact.cli import main
from marketimpact.sources.registry import SOURCES
from tests.app.conftest import Write
from tests.app.sources_played import (
    ALL,
    CROWNS,
    NEWS,
    ONE,
    RATES,
    WANTED,
    result_of,
    without_yuan,
)
from tests.sources.every_source import playing, unhurried
from tests.sources.loopback import Loopback, Reply, Seen
from tests.sources.made_up import MadeUp, level_of
from tests.sources.providers import FRANKFURTER, FRED, NBK, value_of

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let no test wait."""
    return unhurried(monkeypatch)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> MadeUp:
    """Give a source of the user's own."""
    source = MadeUp()
    monkeypatch.setitem(SOURCES, "made-up", source)
    return source


# what a series quotes


def test_a_series_of_a_source_may_be_described(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    said = (
        'factor = { id = "ten years", move = "difference", unit = "percent", quoted = "breakeven",'
        ' snapshot = "16:00 America/New_York", place = "US", closures = [["2021-09-06", "2021-09-06", "Labor Day"]] }\n'
    )
    with playing(FRED, monkeypatch):
        panel = load_series(read_study_file(write(NEWS + ONE + said)).series[0])
    assert panel.instruments == (
        mi.Factor(
            "ten years", move="difference", unit="percent", quoted="breakeven", place="US",
            snapshot="16:00 America/New_York", closures=(mi.Closure("2021-09-06", "2021-09-06", reason="Labor Day"),),
        ),
    )  # fmt: skip
    assert panel["ten years"].tolist()[:2] == [value_of("DGS10", day) for day in WANTED[:2]]


def test_a_dating_lag_of_the_user_s_moves_sessions_back(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    lagged = 'factor = { id = "late", move = "difference", unit = "percent", dating_lag = 1 }\n'
    with playing(FRED, monkeypatch):
        panel = load_series(read_study_file(write(NEWS + ONE + lagged)).series[0])
    sessions = panel.quotes_of("late").sessions.astype(object).tolist()
    assert sessions == WANTED
    following = np.busday_offset(np.array(WANTED, dtype="datetime64[D]"), 1).astype(object)
    assert panel["late"].tolist() == [value_of("DGS10", day) for day in following]


FILE = f'{NEWS}[[series]]\nfile = "x.csv"\n'
MISFITS = {
    "a source with two instruments": (
        NEWS + ONE + 'factor = { id = "x" }\ncurrency = { base = "EUR", quote = "RUB" }',
        "series[1]: a source needs exactly one instrument, which says what it quotes; received ['currency', 'factor'];",
    ),
    "sources with one instrument": (
        NEWS + RATES + 'factor = { id = "x" }',
        "series[1].factor: describes one series; received {'id': 'x'}; allowed: a [[series]] with one source for each",
    ),
    "adjusted prices in a file": (
        FILE + 'factor = { id = "x" }\nadjusted = true',
        "series[1].adjusted: does not go with 'file'; received True; allowed: date, value,",
    ),
}


@pytest.mark.parametrize(("text", "words"), MISFITS.values(), ids=MISFITS)
def test_keys_that_do_not_go_together_are_refused(write: Write, text: str, words: str) -> None:
    path = write(text)
    with pytest.raises(mi.InputError, match="^" + re.escape(f"{path}: {words}")):
        read_study_file(path)


REFUSED = {
    "unknown unit": (
        '"fred:T10YIE"',
        "",
        "series[1].source: FRED's CSV names no unit, and this series is not known here; received 'fred:T10YIE';"
        ' allowed: a [[series]] of its own with what it quotes, like factor = { id = "...", move = "difference"',
    ),
    "other currencies": (
        '"nbk:USD/KZT"',
        'currency = { base = "EUR", quote = "KZT" }',
        "series[1].currency: ",
    ),
    "no currency": ('"nbk:USD/KZT"', 'factor = { id = "x" }', "series[1].factor: "),
    "another tenor's unit": (
        '"yahoo:^TNX"',
        'factor = { id = "x", move = "log" }',
        "series[1].factor: does not describe yahoo:^TNX",
    ),
    "one id twice": (
        '["nbk:USD/KZT", "frankfurter:USD/KZT"]',
        "",
        "series[1].source: a panel needs ids that do not repeat; received ['USD/KZT']; allowed: a [[series]]",
    ),
    "no source": ('"frd:DGS10"', "", "series[1].source: names no known source; received 'frd:DGS10'"),
    "an empty range": ('"fred:DGS10"', "", "series[1].start: lies after end"),
}


@pytest.mark.parametrize(("source", "said", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    write: Write, capsys: Captured, source: str, said: str, words: str
) -> None:
    text = RATES.replace('["fred:DGS10", "fred:DGS5", "fred:DGS2"]', source)
    if "lies after" in words:
        text = text.replace("2022-02-28", "2021-02-28")
    path = write(NEWS + text + said)
    assert main(["study", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"marketimpact: {path}: {words}")


def breakeven(seen: Seen) -> Reply:
    """Answer as FRED does, under another name."""
    reply = FRED.answers(replace(seen, params={**seen.params, "id": "DGS10"}))
    return Reply(reply.body.replace(b"DGS10", b"T10YIE"))


def test_the_series_of_the_documentation_come(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[2] / "docs" / "study_file.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```toml\n(\[\[series\]\].*?)```", text, flags=re.DOTALL)
    *some, prices = read_study_file(write(NEWS + shown)).series
    with (
        playing(NBK, monkeypatch),
        playing(FRANKFURTER, monkeypatch),
        playing(FRED, monkeypatch, breakeven),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", mi.MarketImpactWarning)  # that the bank's will take a while
        panels = [load_series(table) for table in some]
    assert [panel.ids for panel in panels] == [("USD/KZT", "EUR/SEK"), ("breakeven",)]
    assert panels[0]["USD/KZT"].tolist() == [value_of("USD/KZT", day) for day in WANTED]
    assert panels[1].instruments[0].quoted_unit == "percent"
    assert (prices.source, prices.options.adjusted) == (("yahoo:EMB",), True)


def test_a_series_nobody_knows_the_unit_of_comes_with_its_description(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        ONE.replace("DGS10", "T10YIE") + 'factor = { id = "T10YIE", unit = "percent", move = "difference" }\n'
    )
    pairs = '[study]\npairs = [["news", "T10YIE"]]\n'
    path = write(NEWS + text + pairs + "[output]\npng = false\n")
    with playing(FRED, monkeypatch, breakeven):
        assert main(["study", str(path)]) == 0
    (row,) = result_of(path)["series"]
    assert row["id"] == "T10YIE"


def test_adjusted_prices_are_asked_for(write: Write, made_up: MadeUp) -> None:
    for line, adjusted in (("adjusted = true\n", True), ("adjusted = false\n", False), ("", False)):
        text = f'{NEWS}[[series]]\nsource = "made-up:X"\nstart = 2022-01-03\nend = 2022-01-07\n{line}'
        panel = load_series(read_study_file(write(text)).series[0])
        assert panel.quotes_of("X").provenance.adjusted is adjusted
    assert panel["X"].tolist()[0] == level_of("X", np.datetime64("2022-01-03"))


# progress and remarks


def test_each_request_is_a_step(write: Write, made_up: MadeUp) -> None:
    made_up.piece = 7
    text = (
        '[[series]]\nsource = "ecb:EUR/RUB"\nstart = 2021-06-01\n'
        '[[series]]\nsource = "made-up:X"\nstart = 2021-06-01\nend = 2021-08-09\n'
    )
    steps: list[tuple[int, int]] = []
    path = write(NEWS + text + '[study]\npairs = [["news", "EUR/RUB"]]\n')
    run_file(read_study_file(path), progress=lambda *step: steps.append(step))
    assert len(made_up.asked) == 10
    assert [done for done, _ in steps] == list(range(1, 14))  # a series, ten requests, two of the study
    assert [total for _, total in steps] == [4, *[13] * 12]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_shows_requests_and_remarks_stand_on_lines_of_their_own(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Terminal()
    monkeypatch.setattr(cli, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", stream)
    news = NEWS.replace("2022-01-05", "2021-11-29")
    text = '[[series]]\nsource = "ecb:EUR/RUB"\nstart = 2021-06-01\n'
    tenge = '[[series]]\nsource = "nbk:USD/KZT"\nstart = 2021-06-01\nend = 2021-12-10\n'
    path = write(news + text + tenge + '[study]\npairs = "all"\n[output]\npng = false\n')
    with playing(NBK, monkeypatch) as server:
        assert main(["study", str(path)]) == 0
    asked = len(server.seen)
    assert asked > 130
    shown = stream.getvalue()
    assert f"] {asked // 2}/{asked + 3}" in shown
    assert f"] {asked + 3}/{asked + 3}" in shown
    (remark,) = re.findall(r"marketimpact: warning: [^\r\n]*\n", shown)
    assert re.fullmatch(
        rf"marketimpact: warning: nbk: {asked} requests, at 4 a second some \d+ s or more\n", remark
    )
    before = shown.partition(remark)[0].rpartition("\r")
    assert before[2] == "", "the bar is wiped out before a remark"
    assert not before[0].rpartition("\r")[2].strip()


def spoilt(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"this is no cache of sources\n" * 99)


def test_trouble_with_the_cache_is_one_line(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured, own_cache: Path
) -> None:
    spoilt(own_cache)
    path = write(NEWS + ONE + '[study]\npairs = [["news", "UST 10y"]]\n[output]\npng = false\n')
    with playing(FRED, monkeypatch):
        assert main(["study", str(path)]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("marketimpact: warning: ")
    assert own_cache.name in line


def test_offline_a_cache_that_cannot_be_read_is_bad_input(
    write: Write, capsys: Captured, own_cache: Path
) -> None:
    spoilt(own_cache)
    path = write(NEWS + ONE)
    assert main(["study", str(path), "--offline"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"marketimpact: {path}: series[1]: ")
    assert own_cache.name in line


def seen_of(server: Loopback) -> list[str]:
    return [one.params["base"] for one in server.seen]


def test_the_next_run_asks_for_what_did_not_come_alone(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(NEWS + CROWNS + ALL + "[output]\npng = false\n")
    with playing(FRANKFURTER, monkeypatch, without_yuan(Reply(status=404))):
        assert main(["study", str(path)]) == 4
    with playing(FRANKFURTER, monkeypatch) as server:
        assert main(["study", str(path)]) == 0
    assert seen_of(server) == ["CNY"]
    assert {one["status"] for one in result_of(path)["series_ledger"]} == {"used"}
    assert set(pd.read_csv(path.parent / "out" / "series_ledger.csv")["status"]) == {"used"}
