"""The study file of the documentation runs as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from marketimpact.cli import main

DOCUMENT = Path(__file__).parents[2] / "docs" / "study_file.md"

DAYS = pd.bdate_range("2021-03-01", "2022-02-28")


def series(seed: int, start: float, sd: float) -> np.ndarray:
    return start + np.cumsum(np.random.default_rng(seed).normal(0.0, sd, len(DAYS)))


def test_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars need the extra 'calendars'")
    text, _ = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "tenge.toml").write_text(text, encoding="utf-8")
    (tmp_path / "events.csv").write_text(
        "id,announced_at,place,title\nkz-emergency,2022-01-05T16:10,KZ,State of emergency\n"
        "kz-cap,2022-01-20,KZ,A cap\n",
        encoding="utf-8",
    )
    minutes = {
        "id": "fomc",
        "announced_at": "2022-01-05T14:00",
        "zone": "America/New_York",
        "title": "FOMC minutes",
    }
    (tmp_path / "fomc.json").write_text(json.dumps([minutes]), encoding="utf-8")
    for name, column, values in [
        ("usd_kzt.csv", "rate", series(1, 430.0, 1.0)),
        ("kz2045.csv", "yield", series(2, 4.2, 0.05)),
        ("brent.csv", "usd", series(3, 75.0, 1.0)),
    ]:
        pd.DataFrame({"date": DAYS.strftime("%Y-%m-%d"), column: values}).to_csv(tmp_path / name, index=False)
    every = pd.date_range(DAYS[0], DAYS[-1])
    counts = np.random.default_rng(4).poisson(5.0, len(every))
    pd.DataFrame({"day": every.strftime("%Y-%m-%d"), "GPRD": counts}).to_csv(
        tmp_path / "gpr.csv", index=False
    )
    monkeypatch.chdir(tmp_path)
    assert main(["study", "tenge.toml"]) == 0, capsys.readouterr().err
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {
        "country.csv",
        "ledger.csv",
        "shifts.csv",
        "split.csv",
        "tests.csv",
        "without_confounded.csv",
    } <= written
    assert len([name for name in written if name.endswith(".png")]) == 7
    assert {"regression-Measures.png", "regression.csv", "regression_ledger.csv"} <= written
    assert {"association-lead-lag.png", "association.csv"} <= written
    ledger = pd.read_csv(tmp_path / "out" / "ledger.csv").set_index(["event_id", "instrument"])
    assert ledger.loc[("kz-emergency", "USD/KZT"), "session"] == "2022-01-12"
    assert (
        ledger.loc[("kz-emergency", "KZ 2045"), "confounders"]
        == "FOMC minutes, 2022-01-05 14:00 New York, tau = 1"
    )
