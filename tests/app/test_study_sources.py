"""Study files whose series come from sources on the network, which a server on this machine plays: the command."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_run import run_file, run_study
from marketimpact.cli import main
from tests.app.conftest import Write
from tests.app.sources_played import (
    ALL,
    CROWNS,
    NEWS,
    RATES,
    WANTED,
    contents,
    gone,
    result_of,
    without,
    without_yuan,
)
from tests.sources.every_source import HTML, playing, unhurried
from tests.sources.loopback import Reply
from tests.sources.providers import DAYS, FRANKFURTER, FRED, NBK, value_of

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let no test wait."""
    return unhurried(monkeypatch)


# all come


def test_every_number_is_the_source_s(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    tenge = '[[series]]\nsource = "nbk:USD/KZT"\nstart = 2021-12-27\nend = 2022-01-14\n'
    path = write(NEWS + CROWNS + tenge + ALL + "[output]\npng = false\n")
    with playing(FRANKFURTER, monkeypatch), playing(NBK, monkeypatch):
        assert main(["study", str(path)]) == 4  # the tenge has too few sessions to estimate on
        panel = run_file(read_study_file(path)).panel
    assert panel.ids == ("USD/SEK", "EUR/SEK", "CNY/SEK", "USD/KZT")
    for symbol, name in (("USD/SEK@RB", "USD/SEK"), ("EUR/SEK@RB", "EUR/SEK"), ("CNY/SEK@RB", "CNY/SEK")):
        assert panel.quotes_of(name).sessions.astype(object).tolist() == WANTED
        assert panel[name].tolist() == [value_of(symbol, day) for day in WANTED]
    days = [day for day in DAYS if date(2021, 12, 27) <= day <= date(2022, 1, 14)]
    assert panel.quotes_of("USD/KZT").sessions.astype(object).tolist() == days
    assert panel["USD/KZT"].tolist() == [value_of("USD/KZT", day) for day in days]
    said = result_of(path)
    assert [one["series"] for one in said["series_ledger"]] == [
        "frankfurter:USD/SEK@RB", "frankfurter:EUR/SEK@RB", "frankfurter:CNY/SEK@RB", "nbk:USD/KZT",
    ]  # fmt: skip
    assert {(one["status"], one["reason"]) for one in said["series_ledger"]} == {("used", "")}
    table = pd.read_csv(path.parent / "out" / "series_ledger.csv")
    assert table["series"].tolist() == [one["series"] for one in said["series_ledger"]]
    assert table["status"].tolist() == ["used"] * 4
    assert "did not come" not in capsys.readouterr().err


def test_all_that_came_is_no_word_on_stderr(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(NEWS + CROWNS + ALL + "[output]\npng = false\n")
    with playing(FRANKFURTER, monkeypatch):
        assert main(["study", str(path)]) == 0
    assert capsys.readouterr().err == ""


# some come

FAILED = {
    "no such series": (Reply(status=404), "knows no such series .404."),
    "down": (Reply(status=500), "failed by its own word"),
    "limited": (Reply(status=429), "asks to be left alone"),
    "a page": (HTML, "is not JSON|<!DOCTYPE"),
    "nothing": (Reply(b"[]"), "nothing in these dates"),
}


@pytest.mark.parametrize(("reply", "words"), FAILED.values(), ids=FAILED)
def test_the_rest_is_done_and_what_did_not_come_is_named(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured, reply: Reply, words: str
) -> None:
    path = write(NEWS + CROWNS + ALL + "[output]\npng = false\n")
    with playing(FRANKFURTER, monkeypatch, without_yuan(reply)):
        assert main(["study", str(path)]) == 4
    said = capsys.readouterr()
    warning, last = said.err.splitlines()
    assert warning.startswith("marketimpact: warning: 1 of 3 series did not come: frankfurter:CNY/SEK@RB: ")
    assert re.search(words, warning), warning
    assert last == "marketimpact: done in part: 1 of 3 series did not come: frankfurter:CNY/SEK@RB"
    assert "2 used of 2 given" in said.out
    found = result_of(path)
    assert [one["id"] for one in found["series"]] == ["USD/SEK", "EUR/SEK"]
    assert [one["status"] for one in found["series_ledger"]] == ["used", "used", "left out"]
    assert re.search(words, found["series_ledger"][2]["reason"])
    assert {one["instrument"] for one in found["ledger"]} == {"USD/SEK", "EUR/SEK"}
    table = pd.read_csv(path.parent / "out" / "series_ledger.csv")
    assert table.loc[table["status"] == "left out", "series"].tolist() == ["frankfurter:CNY/SEK@RB"]


def test_regressions_alone_are_done_in_part_too(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(NEWS + CROWNS + '[[regression]]\nkind = "events"\npairs = "all"\n[output]\npng = false\n')
    with playing(FRANKFURTER, monkeypatch, without_yuan(Reply(status=404))):
        assert main(["study", str(path)]) == 4
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .endswith("1 of 3 series did not come: frankfurter:CNY/SEK@RB")
    )
    assert [one["status"] for one in result_of(path)["series_ledger"]] == ["used", "used", "left out"]


NEEDED = {
    "factor": ('pairs = [["news", "UST 10y"]]\nmodel = "factors"\nfactors = ["UST 5y", "UST 2y"]', "study.factors"),
    "benchmark": ('pairs = [["news", "UST 10y"]]\nmodel = "market"\nbenchmark = "UST 2y"', "study.benchmark"),
    "basket": ('pairs = [["news", "UST 10y"]]\nmodel = "market"\nbasket = ["UST 5y", "UST 2y"]', "study.basket"),
    "curve": (
        'pairs = [["news", "UST 10y"]]\nmodel = "spread"\n'
        'curve = { id = "US", points = { "UST 5y" = 5, "UST 2y" = 2 } }',
        "study.curve",
    ),
    "donors": ('pairs = [["news", "UST 10y"]]\nmodel = "donors"\ndonors = ["UST 5y", "UST 2y"]', "study.donors"),
    "pairs": ('pairs = [["news", "UST 10y"], ["news", "UST 2y"]]', "study.pairs"),
}  # fmt: skip


@pytest.mark.parametrize(("keys", "place"), NEEDED.values(), ids=NEEDED)
def test_a_study_on_a_series_that_did_not_come_is_refused(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured, keys: str, place: str
) -> None:
    path = write(f"{NEWS}{RATES}[study]\n{keys}\n")
    with playing(FRED, monkeypatch, without("DGS2", Reply(status=404))):
        assert main(["study", str(path)]) == 3
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(f"marketimpact: a source failed: {path}: {place}: ")
    assert ": fred:DGS2 did not come (" in last
    assert "404" in last
    assert last.endswith("; allowed: a later run, or a study file without it")
    assert not (path.parent / "out").exists()


RUN_ON = {
    "controls": ('[[regression]]\nkind = "events"\npairs = [["news", "UST 10y"]]\ncontrols = ["UST 2y"]', "controls"),
    "basket": (
        '[[regression]]\nkind = "events"\npairs = [["news", "UST 10y"]]\n'
        'controls = [{ basket = ["UST 5y", "UST 2y"] }]',
        "controls",
    ),
    "instrument": ('[[regression]]\nkind = "projection"\ninstrument = "UST 2y"', "instrument"),
    "instruments": ('[[association]]\nkind = "spillovers"\ninstruments = ["UST 10y", "UST 2y"]', "instruments"),
    "source": ('[[association]]\nkind = "adjusted_correlation"\nsource = "UST 2y"\ntarget = "UST 5y"\n'
               'turbulent = ["2022-01-03", "2022-01-31"]', "source"),
}  # fmt: skip


@pytest.mark.parametrize(("keys", "key"), RUN_ON.values(), ids=RUN_ON)
def test_so_is_a_regression(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured, keys: str, key: str
) -> None:
    path = write(f"{NEWS}{RATES}{keys}\n")
    with playing(FRED, monkeypatch, without("DGS2", Reply(status=404))):
        assert main(["study", str(path)]) == 3
    last = capsys.readouterr().err.splitlines()[-1]
    assert re.search(
        rf"a source failed: .*(regression|association)\[1\]\.{key}: .*fred:DGS2 did not come", last
    )


def test_a_name_that_is_in_no_series_anyway_is_bad_input(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    keys = '[study]\npairs = [["news", "UST 10y"]]\nmodel = "market"\nbenchmark = "Brent"\n'
    path = write(NEWS + RATES + keys)
    with playing(FRED, monkeypatch, without("DGS2", Reply(status=404))):
        assert main(["study", str(path)]) == 2
    assert "study.benchmark: is not one of the series; received 'Brent'" in capsys.readouterr().err


# none come


def test_a_single_source_that_fails_names_file_and_key(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(NEWS + RATES.replace('["fred:DGS10", "fred:DGS5", "fred:DGS2"]', '"fred:DGS10"'))
    with playing(FRED, monkeypatch, lambda _: Reply(status=500)):
        assert main(["study", str(path)]) == 3
    said = capsys.readouterr()
    assert said.err.startswith(f"marketimpact: a source failed: {path}: series[1]: fred:DGS10: ")
    assert len(said.err.splitlines()) == 1
    assert said.out == ""
    assert not (path.parent / "out").exists()


def test_all_of_several_that_fail_are_one_error(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(NEWS + RATES)
    with playing(FRED, monkeypatch, lambda _: Reply(status=404)):
        assert main(["study", str(path)]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    words = "series[1]: none of 3 series came; the first: fred:DGS10: "
    assert line.startswith(f"marketimpact: a source failed: {path}: {words}")


def test_how_long_a_source_asks_to_be_left_alone_is_kept(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(NEWS + RATES.replace('["fred:DGS10", "fred:DGS5", "fred:DGS2"]', '"fred:DGS10"'))
    later = Reply(status=429, headers=(("Retry-After", "86400"),))
    with (
        playing(FRED, monkeypatch, lambda _: later),
        pytest.raises(mi.errors.RateLimitedError, match=re.escape(f"{path}: series[1]")) as caught,
    ):
        run_file(read_study_file(path))
    assert caught.value.retry_after == 86400.0


# offline


def test_offline_takes_what_is_held_and_asks_nobody(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(NEWS + CROWNS + ALL + "[output]\npng = false\n")
    with playing(FRANKFURTER, monkeypatch) as server:
        assert main(["study", str(path)]) == 0
        asked = len(server.seen)
        first = contents(path.parent / "out")
        assert main(["study", str(path), "--offline"]) == 0
        assert len(server.seen) == asked == 3
    gone(monkeypatch, "frankfurter")
    assert main(["study", str(path), "--offline"]) == 0
    assert contents(path.parent / "out") == first
    assert capsys.readouterr().err == ""


def test_what_is_not_held_names_file_and_key(write: Write, capsys: Captured) -> None:
    path = write(NEWS + RATES.replace('["fred:DGS10", "fred:DGS5", "fred:DGS2"]', '"fred:DGS10"'))
    assert main(["study", str(path), "--offline"]) == 3
    err = capsys.readouterr().err
    assert err.startswith(
        f"marketimpact: a source failed: {path}: series[1]: fred:DGS10: offline, and the cache"
    )
    assert "one call online: nothing of it is held" in err
    for run in (run_file, run_study):
        with pytest.raises(
            mi.errors.NotCachedError, match=re.escape(f"{path}: series[1]: fred:DGS10: offline")
        ):
            run(read_study_file(path), offline=True)


def test_some_that_are_held_are_a_part(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(NEWS + CROWNS + ALL + "[output]\npng = false\n")
    with playing(FRANKFURTER, monkeypatch, without_yuan(Reply(status=500))):
        assert main(["study", str(path)]) == 4
    capsys.readouterr()
    assert main(["study", str(path), "--offline"]) == 4
    warning, last = capsys.readouterr().err.splitlines()
    assert "frankfurter:CNY/SEK@RB: offline, and the cache does not hold all of these dates" in warning
    assert last.endswith("done in part: 1 of 3 series did not come: frankfurter:CNY/SEK@RB")


def test_files_and_shipped_rates_need_no_network_offline(write: Write) -> None:
    rates = '[[series]]\nsource = "ecb:EUR/RUB"\nstart = 2021-03-01\n'
    path = write(NEWS + rates + "[study]\nevent = [-1, 1]\n[output]\npng = false\n")
    assert main(["study", str(path), "--offline"]) == 0


# the bundle


def test_a_bundle_of_a_part_runs_again_without_a_source(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path
) -> None:
    path = write(NEWS + CROWNS + ALL + '[output]\npng = false\nbundle = "csv"\n')
    with playing(FRANKFURTER, monkeypatch, without_yuan(Reply(status=404))):
        assert main(["study", str(path)]) == 4
    first = capsys.readouterr()
    reason = first.err.splitlines()[0].partition("did not come: frankfurter:CNY/SEK@RB: ")[2]
    gone(monkeypatch, "frankfurter")
    again = [
        "study",
        str(path),
        "--bundle",
        str(path.parent / "out" / "bundle"),
        "--out",
        str(tmp_path / "again"),
    ]
    assert main([*again, "--offline"]) == 4
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "marketimpact: done in part: 1 of 3 series did not come: frankfurter:CNY/SEK@RB",
        f"marketimpact:   frankfurter:CNY/SEK@RB: {reason}",
    ]
    assert contents(tmp_path / "again") == contents(path.parent / "out")


def test_a_bundle_lacks_what_did_not_come(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(NEWS + CROWNS + ALL + '[output]\npng = false\nbundle = "csv"\n')
    with playing(FRANKFURTER, monkeypatch, without_yuan(Reply(status=404))):
        main(["study", str(path)])
    path.write_text(
        path.read_text(encoding="utf-8").replace(ALL, ALL.replace('"all"', '[["news", "CNY/SEK"]]'))
    )
    assert main(["study", str(path), "--bundle", str(path.parent / "out" / "bundle")]) == 3
    assert re.search(r"study\.pairs: .*: frankfurter:CNY/SEK@RB did not come \(", capsys.readouterr().err)


def test_every_symbol_is_checked_before_any_source_is_asked(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    wrong = '[[series]]\nsource = "treasury:11y"\nstart = 2021-12-27\n'
    path = write(NEWS + CROWNS + wrong + ALL)
    with playing(FRANKFURTER, monkeypatch) as server:
        assert main(["study", str(path)]) == 2
        assert server.seen == []
    said = capsys.readouterr().err
    assert re.search(
        r"series\[\d\]\.source: is no tenor of the par yield curve; received 'treasury:11y'", said
    )
