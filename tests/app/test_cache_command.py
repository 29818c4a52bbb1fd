"""The command `marketimpact cache`: what it lists, removes and finds damaged, and its exit codes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from marketimpact.cli import main
from marketimpact.sources.cache import Cache
from marketimpact.sources.coverage import Covered
from marketimpact.sources.fetching import Key
from marketimpact.sources.protocol import Block

Captured = pytest.CaptureFixture[str]

HELD = [Key("yahoo", "KZT=X"), Key("yahoo", "EMB"), Key("yahoo", "EMB", adjusted=True), Key("nbk", "USD")]


@pytest.fixture
def filled(own_cache: Path) -> Path:
    """A cache of four series."""
    cache = Cache(own_cache)
    for n, key in enumerate(HELD):
        days = np.datetime64("2022-01-03") + np.arange(300 * (n + 1))
        levels = np.full(len(days), 100.0 + n)
        levels[0] = np.nan
        retrieved = np.datetime64("2026-03-02T10:00:00", "s") + n
        cache.add(
            key, Block(days, levels, "x"), Covered(days[0], days[-1], retrieved, "0" * 64, "asked", "by")
        )
    return own_cache


def spoil(path: Path, symbol: str) -> None:
    opened = sqlite3.connect(path)
    opened.execute("UPDATE series SET said = replace(said, 'asked', 'asket') WHERE symbol = ?", (symbol,))
    opened.commit()
    opened.close()


def test_what_is_held_is_listed(filled: Path, capsys: Captured) -> None:
    assert main(["cache", "list"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [
        "source  symbol  adjusted  sessions  first       last        retrieved                size",
        "nbk     USD     no            1199  2022-01-04  2025-04-16  2026-03-02T10:00:03Z  14.6 kB",
        "yahoo   EMB     no             599  2022-01-04  2023-08-25  2026-03-02T10:00:01Z   7.4 kB",
        "yahoo   EMB     yes            899  2022-01-04  2024-06-20  2026-03-02T10:00:02Z  11.0 kB",
        "yahoo   KZT=X   no             299  2022-01-04  2022-10-29  2026-03-02T10:00:00Z   3.8 kB",
        f"4 series, 36.9 kB, in {filled}",
    ]


@pytest.mark.parametrize(("which", "count"), [("yahoo", 3), ("yahoo:EMB", 2), ("yahoo:USD", 0), ("fred", 0)])
def test_a_source_or_a_symbol_may_be_chosen(filled: Path, capsys: Captured, which: str, count: int) -> None:
    assert main(["cache", "list", which]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{count} series, ")
    assert main(["cache", "verify", which]) == 0
    assert capsys.readouterr().out == f"{count} series, none damaged, in {filled}\n"
    assert main(["cache", "clear", which]) == 0
    assert capsys.readouterr().out == f"{count} series removed from {filled}\n"
    assert len(Cache(filled).entries()) == 4 - count


def test_everything_is_cleared_without_asking(filled: Path, capsys: Captured) -> None:
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == f"4 series removed from {filled}\n"
    assert main(["cache", "list"]) == 0
    assert capsys.readouterr().out.startswith("0 series, 0.0 kB, in ")


def test_each_damaged_series_is_said_and_the_exit_code_is_2(filled: Path, capsys: Captured) -> None:
    spoil(filled, "EMB")
    assert main(["cache", "verify"]) == 2
    assert capsys.readouterr().out.splitlines() == [
        "yahoo:EMB is damaged: its hash does not fit",
        "yahoo:EMB (adjusted) is damaged: its hash does not fit",
        f"2 damaged, of 4 series, in {filled}",
    ]
    assert main(["cache", "verify", "nbk"]) == 0
    capsys.readouterr()
    assert main(["cache", "list", "yahoo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:4] for line in lines[1:3]] == [
        ["yahoo", "EMB", "no", "damaged"],
        ["yahoo", "EMB", "yes", "damaged"],
    ]


def test_without_a_file_nothing_is_held_and_none_is_made(own_cache: Path, capsys: Captured) -> None:
    for does, said in (
        ("list", "0 series, 0.0 kB, in"),
        ("clear", "0 series removed"),
        ("verify", "0 series, none"),
    ):
        assert main(["cache", does]) == 0
        assert capsys.readouterr().out.startswith(said)
    assert not own_cache.parent.exists()


def test_another_file_may_be_named(filled: Path, tmp_path: Path, capsys: Captured) -> None:
    other = filled.rename(tmp_path / "other.sqlite")
    assert main(["cache", "list", "nbk", "--file", str(other)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith(f"in {other}")


@pytest.mark.parametrize("does", ["list", "clear", "verify"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--file", "nowhere.sqlite"], "--file: is no file of a cache; received 'nowhere.sqlite'"),
        (["--file", ""], "--file: is no file of a cache"),
        (["--file", "table.csv"], "the cache cannot be used: file is not a database"),
        (["yahoo:"], "cache: names no series; received 'yahoo:'; allowed: SOURCE or SOURCE:SYMBOL"),
        ([":EMB"], "cache: names no series"),
    ],
)
def test_what_cannot_be_is_refused(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, does: str,
    arguments: list[str], words: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("Date,Close\n" * 100)
    assert main(["cache", does, *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert len(Cache(filled).entries()) == 4
    assert (tmp_path / "table.csv").read_text() == "Date,Close\n" * 100


def test_the_command_wants_to_know_what_to_do(capsys: Captured) -> None:
    assert main(["cache"]) == 2
    assert "list|clear|verify" in capsys.readouterr().err
