"""The table [fetch] of a study file: how its sources are asked; and the command that inspects them offline."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

import marketimpact as mi
from marketimpact.app.inspect_file import findings_of_file, panel_of_file
from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_keys import FETCH
from marketimpact.cli import main
from marketimpact.sources.options import FetchOptions
from tests.app.conftest import Write
from tests.app.sources_played import ALL, CROWNS, NEWS, ONE, contents, gone
from tests.sources.every_source import playing, unhurried
from tests.sources.providers import DAYS, FRANKFURTER, FRED, NBK, value_of

Captured = pytest.CaptureFixture[str]

ALONE = '[study]\npairs = [["news", "UST 10y"]]\n[output]\npng = false\n'
TENGE = """
[[events.list]]
id = "news"
announced_at = 2021-08-25
zone = "Asia/Almaty"
[[series]]
source = "nbk:USD/KZT"
start = 2021-06-01
end = 2021-08-31
[study]
estimation = [-50, -6]
min_estimation = 30
event = [-3, 3]
[output]
png = false
"""
WANTED = [day for day in DAYS if date(2021, 6, 1) <= day <= date(2021, 8, 31)]


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let no test wait; turns at a host are counted all the same."""
    return unhurried(monkeypatch)


# its keys


def test_its_keys_are_those_of_the_options_but_what_a_series_says_for_itself() -> None:
    assert set(FETCH) == {one.name for one in fields(FetchOptions)} - {"adjusted"}


def test_every_key_arrives_at_every_series(write: Write) -> None:
    said = "timeout = 5\ntotal = 1800.5\nretries = 0\nrate = 0.5\nlargest = 1000\ncache = false\n"
    path = write(f"{NEWS}{ONE}adjusted = true\n{CROWNS}[fetch]\n{said}")
    options = FetchOptions(timeout=5, total=1800.5, retries=0, rate=0.5, largest=1000, cache=False)
    first, second = read_study_file(path).series
    assert second.options == options
    assert (first.options.adjusted, first.options.total) == (True, 1800.5)


def test_what_it_leaves_out_is_as_usual(write: Write) -> None:
    for said in ("", "[fetch]\n"):
        (series,) = read_study_file(write(NEWS + ONE + said)).series
        assert series.options == FetchOptions()


REFUSED = {
    "totl = 900": "totl: is not a known key; the nearest is 'total'; received 900; allowed: timeout, total, retries,",
    "adjusted = true": "adjusted: is not a known key; ",
    "offline = true": "offline: is not a known key; ",
    'total = "900"': "total: is not what this key takes; received '900'; allowed: a number, without quotes",
    "total = 0": "total: is not above zero and finite; received 0; allowed: above 0, up to 1e+09 s",
    "total = 2e9": "total: is not above zero and finite; received 2000000000.0; ",
    "timeout = nan": "timeout: is not above zero and finite; received nan; ",
    "rate = -1": "rate: is not above zero and finite; received -1; allowed: above 0",
    "rate = inf": "rate: is not above zero and finite; received inf; ",
    "largest = 1.5": "largest: is not what this key takes; received 1.5; allowed: a whole number",
    "largest = 0": "largest: is not above zero and finite; received 0; ",
    "retries = 21": "retries: is no number of tries; received 21; allowed: 0 to 20",
    "retries = true": "retries: is not what this key takes; received True; allowed: a whole number",
    "cache = 1": "cache: is not what this key takes; received 1; allowed: a file in quotes, or true",
    'cache = ""': "cache: is not what this key takes; received ''; ",
    'cache = "~/sources.sqlite"': "cache: begins with ~, which stands for no folder here; ",
    'cache = "study.toml"': "cache: is read as something else; received 'study.toml'; allowed: a file of its own",
    'cache = "out/bundle/sources.sqlite"': "cache: stands where outputs are written; ",
    'cache = "out"': "cache: stands where outputs are written; ",
    'cache = "../sources.sqlite"': "cache: lies outside the study file's folder; received '../sources.sqlite'; ",
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_refused_names_file_table_and_key(write: Write, said: str) -> None:
    path = write(f"{NEWS}{ONE}[fetch]\n{said}\n")
    with pytest.raises(mi.InputError, match="^" + re.escape(f"{path}: fetch.{REFUSED[said]}")):
        read_study_file(path)


def test_outside_the_folder_is_allowed_where_the_caller_says_so(write: Write, tmp_path: Path) -> None:
    path = write(f'{NEWS}{ONE}[fetch]\ncache = "../sources.sqlite"\n')
    (series,) = read_study_file(path, allow_outside=True).series
    assert series.options.cache == (tmp_path / "sources.sqlite").resolve()


def test_the_document_shows_every_key_with_its_usual_value() -> None:
    text = (Path(__file__).parents[2] / "docs" / "study_file.md").read_text(encoding="utf-8")
    *_, shown = re.findall(r"^\[fetch\] .*?\n\n?(?=```|\[)", text, flags=re.MULTILINE | re.DOTALL)
    lines = dict(re.findall(r"^(\w+) = (\S+)", shown, flags=re.MULTILINE))
    assert set(lines) == set(FETCH)
    usual = FetchOptions()
    for name in ("timeout", "retries", "rate", "largest"):
        assert lines[name] == f"{getattr(usual, name):.0f}", name
    assert f"{usual.total:g} when left out" in shown
    assert usual.cache is True
    assert "true, as when left out" in shown


# the time that it gives


def test_a_larger_total_lets_more_of_the_bank_s_days_come_in_one_run(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """66 requests at 4 a second take 16.5 s: more than 10, less than 60."""
    assert len(WANTED) == 66
    path = write(f'{TENGE}[fetch]\ntotal = 10\ncache = "short.sqlite"\n')
    with playing(NBK, monkeypatch) as server:
        assert main(["study", str(path)]) == 3
        assert len(server.seen) == 40
    warning, error = capsys.readouterr().err.splitlines()
    assert "10 s are allowed (FetchOptions(total=...), or total under [fetch] in a study file)" in warning
    assert f"{path}: series[1]: nbk:USD/KZT: " in error
    assert "40 of 67 answers are in the cache" in error
    assert "received 'rate=4 requests a second, total=10 s'" in error
    path = write(f'{TENGE}[fetch]\ntotal = 60\ncache = "long.sqlite"\n')
    with playing(NBK, monkeypatch) as server:
        assert main(["study", str(path)]) == 0
        assert len(server.seen) == 67, "the rate of the last session is dated a working day later"
        (quotes,) = panel_of_file(path).quotes
        assert len(server.seen) == 67
    assert quotes.sessions.astype(object).tolist() == WANTED
    assert quotes.levels.tolist() == [value_of("USD/KZT", day) for day in WANTED]


# the cache that it names


def test_the_cache_stands_where_the_file_says(
    write: Write, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    path = write(f'{NEWS}{ONE}[fetch]\ncache = "kept/sources.sqlite"\n{ALONE}')
    with playing(FRED, monkeypatch) as server:
        assert main(["study", str(path)]) == main(["study", str(path), "--offline"]) == 0
        assert len(server.seen) == 1
    assert (path.parent / "kept" / "sources.sqlite").is_file()
    assert not own_cache.exists()


def test_without_a_cache_every_run_asks(
    write: Write, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    path = write(f"{NEWS}{ONE}[fetch]\ncache = false\n{ALONE}")
    with playing(FRED, monkeypatch) as server:
        assert main(["study", str(path)]) == main(["study", str(path)]) == 0
        assert len(server.seen) == 2
    assert not own_cache.exists()
    assert main(["study", str(path), "--offline"]) == 3, "nothing is held"


def test_no_output_takes_the_place_of_the_cache(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(f'{NEWS}{ONE}[fetch]\ncache = "out/result.json"\n{ALONE}')
    with playing(FRED, monkeypatch):
        assert main(["study", str(path)]) == 2
    assert "an output would replace a folder, or a file that the study reads" in capsys.readouterr().err
    assert (path.parent / "out" / "result.json").read_bytes().startswith(b"SQLite format 3")


# offline, and from a bundle


def test_offline_wins_over_it(write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    path = write(f"{NEWS}{ONE}[fetch]\ntotal = 900\nretries = 20\n{ALONE}")
    with playing(FRED, monkeypatch) as server:
        assert main(["study", str(path), "--offline"]) == 3
        assert server.seen == []
    assert f"{path}: series[1]: fred:DGS10: offline, and the cache does not hold" in capsys.readouterr().err


def test_a_bundle_runs_again_byte_for_byte_whatever_it_says(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path
) -> None:
    fetch = '[fetch]\ntotal = 900\ncache = "sources.sqlite"\n'
    path = write(f'{NEWS}{CROWNS}{fetch}{ALL}[output]\npng = false\nbundle = "csv"\n')
    with playing(FRANKFURTER, monkeypatch):
        assert main(["study", str(path)]) == 0
    gone(monkeypatch, "frankfurter")
    cache = path.parent / "sources.sqlite"
    cache.unlink()
    again = ["study", str(path), "--bundle", str(path.parent / "out" / "bundle"), "--out"]
    capsys.readouterr()
    assert main([*again, str(tmp_path / "again")]) == 0
    assert capsys.readouterr().err == ""
    path.write_text(
        path.read_text(encoding="utf-8").replace(fetch, "[fetch]\ntotal = 0.001\ncache = false\n")
    )
    assert main([*again, str(tmp_path / "changed")]) == 0
    assert "is not the study file as it was" in capsys.readouterr().err
    first = contents(path.parent / "out")
    assert contents(tmp_path / "again") == contents(tmp_path / "changed") == first
    assert not cache.exists()


def test_series_of_sources_are_inspected_as_it_says_and_offline(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(f'{NEWS}{ONE}[fetch]\ncache = "sources.sqlite"\n{ALONE}')
    with playing(FRED, monkeypatch) as server:
        assert main(["inspect", str(path), "--offline"]) == 3
        assert server.seen == []
        said = capsys.readouterr()
        assert said.err.startswith(
            f"marketimpact: a source failed: {path}: series[1]: fred:DGS10: offline, and"
        )
        assert said.out == ""
        assert main(["inspect", str(path)]) == 0
        assert len(server.seen) == 1
    online = capsys.readouterr().out
    gone(monkeypatch, "fred")
    assert main(["inspect", str(path), "--offline"]) == 0
    assert capsys.readouterr().out == online
    assert online.startswith("UST 10y: ")
    assert str(findings_of_file(path, offline=True)) + "\n" == online


def test_a_table_is_inspected_offline_as_ever(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("day,rate\n2022-01-04,431.8\n2022-01-05,435.1\n", encoding="utf-8")
    assert main(["inspect", str(path), "--offline"]) == main(["inspect", str(path)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second


def test_the_command_says_the_same_of_it_everywhere(capsys: Captured) -> None:
    helps = []
    for command in ("study", "inspect"):
        assert main([command, "--help"]) == 0
        words = " ".join(capsys.readouterr().out.split())
        helps += re.findall(
            r"--offline (never touch the network: of sources only what the cache holds)", words
        )
    assert len(helps) == 2
