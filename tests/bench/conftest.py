"""Collect the files `bench_*.py` of this folder, and print what they measured when all have run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

FIGURES = pytest.StashKey[list[tuple[str, str, str]]]()
HEAD = ("what", "measured", "target")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Take benchmark files; one that was named on the command line is collected by pytest itself."""
    if not file_path.match("bench_*.py") or parent.session.isinitpath(file_path):
        return None
    return pytest.Module.from_parent(parent, path=file_path)


@pytest.fixture(scope="session")
def figure(request: pytest.FixtureRequest) -> Callable[[str, str, str], None]:
    """Note a measured figure beside its target for the table at the end."""
    found = request.config.stash.setdefault(FIGURES, [])
    return lambda what, measured, target: found.append((what, measured, target))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures as a plain table."""
    rows = config.stash.get(FIGURES, [])
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    terminalreporter.section("figures")
    for row in (HEAD, tuple("-" * width for width in widths), *rows):
        terminalreporter.write_line(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        )
