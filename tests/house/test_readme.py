"""The code of the README, where it needs no file of the reader's own: it runs, and says what the text says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def run_block(with_words: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    (block,) = (one for one in BLOCKS if with_words in one)
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(f"import marketimpact as mi\n{block}", names)
    return names


def test_one_study_in_twenty_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = run_block('announced_at="2022-02-24T05:50"', tmp_path, monkeypatch)
    assert list(names["result"].ledger.to_frame()["status"]) == ["flagged"]
    assert (tmp_path / "ruble.png").stat().st_size > 10_000


def test_the_dismissals_did_what_the_text_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = run_block("governor dismissed", tmp_path, monkeypatch)["result"].to_frame().iloc[0]
    low, middle, high = (100 * row[name] for name in ("conf_low", "estimate", "conf_high"))
    said = README.read_text(encoding="utf-8")
    assert f"the lira lost {middle:.1f} % against the euro on average" in said
    assert f"interval from {low:.0f} to +{high:.0f}" in said
    assert (
        f"({row['df']:.1f} degrees of\nfreedom), where the usual robust errors would count {row['n']:,.0f}"
        in said
    )
    assert (tmp_path / "dismissals.png").is_file()
