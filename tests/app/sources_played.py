"""Study files on sources that a server on this machine plays."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.sources.loopback import Reply, Script, nobody
from tests.sources.providers import DAYS, FRANKFURTER, FRED

NEWS = """
[[events.list]]
id = "news"
announced_at = 2022-01-05T16:10:00
zone = "Asia/Almaty"
"""
RATES = """
[[series]]
source = ["fred:DGS10", "fred:DGS5", "fred:DGS2"]
start = 2021-06-01
end = "2022-02-28"
"""
CROWNS = """
[[series]]
source = ["frankfurter:USD/SEK@RB", "frankfurter:EUR/SEK@RB", "frankfurter:CNY/SEK@RB"]
start = 2021-06-01
end = "2022-02-28"
"""
ONE = RATES.replace('["fred:DGS10", "fred:DGS5", "fred:DGS2"]', '"fred:DGS10"')
ALL = '[study]\npairs = "all"\n'
WANTED = [day for day in DAYS if date(2021, 6, 1) <= day <= date(2022, 2, 28)]


def without(symbol: str, reply: Reply) -> Script:
    """Answer as FRED does, but for one series."""
    return lambda seen: reply if seen.params["id"] == symbol else FRED.answers(seen)


def without_yuan(reply: Reply) -> Script:
    """Answer as Frankfurter does, but for one pair."""
    return lambda seen: reply if seen.params["base"] == "CNY" else FRANKFURTER.answers(seen)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "bundle" not in path.parts
    }


def result_of(path: Path) -> Any:
    return json.loads((path.parent / "out" / "result.json").read_text(encoding="utf-8"))


def gone(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    """Have nobody answer in the place of some sources."""
    for word in words:
        monkeypatch.setenv(f"MARKETIMPACT_HOST_{word.upper()}", nobody())
