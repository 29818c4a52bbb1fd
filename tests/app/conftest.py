"""Study files for the tests: real ECB rates, a small CSV, no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_run import Ran, run_file
from tests.app.kinds import ALL, EVENTS, SERIES, write_data

RUBLE = """
title = "Ruble, February 2022"
[[events.list]]
id = "invasion"
announced_at = 2022-02-24T05:50:00
zone = "Europe/Moscow"
precision = "hour"
[[series]]
source = "ecb:EUR/RUB"
start = 2021-06-01
[study]
event = [-5, 3]
"""
"""A whole study; what a test adds goes behind, under [study] or a table of its own."""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a study file into a folder of its own, beside which lies an outside."""

    def to_folder(text: str = RUBLE, name: str = "study.toml", **others: str) -> Path:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        for other, content in others.items():
            (home / f"{other}.csv").write_text(content, encoding="utf-8")
        (home / name).write_text(text, encoding="utf-8")
        return home / name

    return to_folder


class Page:
    """A page that is not drawn."""

    def png(self) -> bytes:
        return b"page"


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no page of a pair be drawn."""
    monkeypatch.setattr("marketimpact.app.outputs.report", lambda *_, **__: Page())


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a study file of every kind of regression and association, and what it reads."""
    folder = tmp_path_factory.mktemp("kinds")
    write_data(folder)
    (folder / "study.toml").write_text(EVENTS + SERIES + ALL, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def ran(home: Path) -> Ran:
    """Run that study file."""
    return run_file(read_study_file(home / "study.toml"))
