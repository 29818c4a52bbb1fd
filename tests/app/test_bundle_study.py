"""A study file run again on its bundle, with nothing else there: every file it writes is the same, byte for byte."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.app import dated_numbers, regression_outputs, study_run
from marketimpact.app.bundle import read_bundle, write_bundle
from marketimpact.app.regression_outputs import render_ran
from marketimpact.app.study_file import OutputTable
from marketimpact.app.study_run import Ran
from marketimpact.cli import main
from tests.app.conftest import RUBLE
from tests.app.kinds import ALL, EVENTS, SERIES

Captured = pytest.CaptureFixture[str]

CURRENCIES = RUBLE.replace('"ecb:EUR/RUB"', '["ecb:EUR/RUB", "ecb:EUR/ZAR", "ecb:EUR/MXN"]') + (
    'pairs = [["invasion", "EUR/RUB"]]\nmodel = "market"\nbasket = ["EUR/ZAR", "EUR/MXN"]\nseed = 3\n'
    '[confounders]\ndataset = "confounders_2022"\n'
)

BOND = """
title = "=Bonds, and the curve"
[events]
file = "news.csv"
zone = "Asia/Almaty"
[confounders]
file = "other.json"
[[series]]
file = "kz.csv"
value = "price"
requote = "yield"
kind = "simulation"
note = "Drawn at random."
bond = { id = "KZ 2045", quoted = "clean price", issuer = "KZ", coupon = 6.5, maturity = "2045-07-21", frequency = 2, \
day_count = "30/360", settlement_lag = 2, snapshot = "16:30 Europe/London" }
[[series]]
file = "dirty.csv"
value = "price"
bond = { id = "dirty", quoted = "dirty price", issuer = "KZ", coupon = 6.5, maturity = "2045-07-21", frequency = 2, \
day_count = "30/360", settlement_lag = 2, closures = [["2022-01-06", "2022-01-10", "unrest", "KASE"]] }
[[series]]
file = "kz2.csv"
value = "price"
requote = "yield"
bond = { id = "KZ 2025", quoted = "dirty price", issuer = "KZ", coupon = 5.125, maturity = "2025-07-21", \
frequency = 2, day_count = "30/360", settlement_lag = 2 }
[[series]]
file = "ten.csv"
value = "rate"
factor = { id = "UST 10y", move = "difference", unit = "percent", snapshot = "15:30 America/New_York" }
[[series]]
file = "thirty.csv"
value = "rate"
factor = { id = "UST 30y", move = "difference", unit = "percent", snapshot = "15:30 America/New_York" }
[study]
pairs = PAIRS
model = "spread"
curve = { id = "US Treasuries", points = { "UST 10y" = 10, "UST 30y" = 30 } }
min_estimation = 60
same_session = "joint"
"""

DAYS = pd.bdate_range("2021-03-01", "2022-02-28")


def write_bonds(home: Path) -> None:
    """Prices with coupons in them, rates, and news of which one row cannot be read."""
    rng = np.random.default_rng(7)
    days = DAYS.strftime("%Y-%m-%d")
    walk = np.cumsum(rng.normal(0.0, 0.3, len(DAYS)))
    since = np.array([((day.month - 1) * 30 + min(day.day, 30) - 21) % 180 for day in DAYS])
    for name, column, values in [
        ("kz", "price", 110.0 + walk),
        ("dirty", "price", 110.0 + walk + 6.5 * since / 360),
        ("kz2", "price", 105.0 + 0.3 * walk),
        ("ten", "rate", 1.5 + np.cumsum(rng.normal(0.0, 0.03, len(DAYS)))),
        ("thirty", "rate", 2.0 + np.cumsum(rng.normal(0.0, 0.03, len(DAYS)))),
    ]:
        pd.DataFrame({"date": days, column: values}).to_csv(home / f"{name}.csv", index=False)
    (home / "news.csv").write_text(
        'id,announced_at,place,precision,title\n=1+1,2022-01-05T16:10,KZ,,"Unrest, ""=1"""\n'
        "fuel,2022-01-02,KZ,+-2d,Fuel\nsame,2022-01-05T16:40,KZ,,\n"
        "bad,2022-02-31,KZ,,\nlate,2022-01-27 after close,KZ,,\n",
        encoding="utf-8",
    )
    fomc = {"id": "@fomc", "announced_at": "2022-01-05T14:00", "zone": "America/New_York", "title": "Minutes"}
    (home / "other.json").write_text(json.dumps([fomc]), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def nothing_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make every way to fetch or to read data fail."""

    def never(*given: object, **more: object) -> None:
        raise AssertionError(f"read {given}")

    def from_now_on() -> None:
        for name in ("fetch_series", "read_prices", "read_events", "load_events", "load_panel", "from_rows"):
            monkeypatch.setattr(study_run, name, never)
        monkeypatch.setattr(dated_numbers, "read_prices", never)

    return from_now_on


def run_twice(
    home: Path, text: str, nothing_read: Callable[[], None], capsys: Captured
) -> tuple[Path, list[str], list[int]]:
    """Run a study file, move it and its bundle to where nothing else is, and run it again."""
    (home / "study.toml").write_text(text, encoding="utf-8")
    codes = [main(["study", str(home / "study.toml")])]
    said = [capsys.readouterr()]
    alone = home.parent / "alone"
    alone.mkdir()
    shutil.copy(home / "study.toml", alone / "study.toml")
    shutil.copytree(home / "out" / "bundle", alone / "data")
    nothing_read()
    codes.append(main(["study", str(alone / "study.toml"), "--bundle", str(alone / "data")]))
    said.append(capsys.readouterr())
    assert contents(alone / "out") == contents(home / "out"), said
    shutil.rmtree(home / "out" / "bundle")
    heard = [one.out.replace(str(home), "").replace(str(alone), "") for one in said]
    assert heard[0] == heard[1]
    return alone, [one.err for one in said], codes


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_currencies_of_the_ecb(
    tmp_path: Path, form: str, nothing_read: Callable[[], None], capsys: Captured
) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="needs the extra parquet")
    (home := tmp_path / "home").mkdir()
    alone, _, codes = run_twice(home, f'{CURRENCIES}[output]\nbundle = "{form}"\n', nothing_read, capsys)
    assert codes == [0, 0]
    names = set(contents(alone / "out"))
    assert {"result.json", "ledger.csv", "invasion_EUR-RUB.png", "bundle/manifest.json"} <= names
    assert ("bundle/series.parquet" in names) == (form == "parquet")


@pytest.mark.parametrize(
    ("pairs", "drawn"),
    [
        ('"place"', "png = false\nsheet = true\n"),
        ('[["=1+1", "KZ 2045"], ["same", "KZ 2025"]]', "sheet = false\n"),
    ],
)
def test_bonds_from_files_with_coupons_closures_a_curve_and_confounders(
    tmp_path: Path, pairs: str, drawn: str, nothing_read: Callable[[], None], capsys: Captured
) -> None:
    (home := tmp_path / "home").mkdir()
    write_bonds(home)
    text = BOND.replace("PAIRS", pairs)
    if pairs == '"place"':
        text = text.replace('model = "spread"\n', "").replace("curve =", "# curve =")
    alone, errors, codes = run_twice(home, f'{text}[output]\n{drawn}bundle = "csv"\n', nothing_read, capsys)
    assert codes == [4, 4], "an event that cannot be read is in the ledger of both"
    assert "2022-02-31" in errors[0]
    assert "left out" in errors[1]
    bundle = read_bundle(alone / "data")
    assert [one.event_id for one in bundle.events.rejected] == ["bad"]  # type: ignore[union-attr]
    assert bundle.panel.stamp == "SIMULATION"
    assert bundle.panel.instrument("dirty").closures[0].market == "KASE"


def test_every_kind_of_regression_and_association(
    tmp_path: Path,
    home: Path,
    nothing_read: Callable[[], None],
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is drawn: the results are equal by value, and a picture is made of nothing else."""
    runs: list[Ran] = []

    def noted(ran: Ran, output: OutputTable, **more: object) -> object:
        runs.append(ran)
        return render_ran(ran, output, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(regression_outputs, "render_ran", noted)
    shutil.copytree(home, tmp_path / "home", ignore=shutil.ignore_patterns("out"))
    text = EVENTS + SERIES + ALL + '[output]\npng = false\nbundle = "csv"\n'
    alone, _, codes = run_twice(tmp_path / "home", text, nothing_read, capsys)
    assert codes[0] == codes[1]
    assert runs[0] == runs[1]
    assert set(read_bundle(alone / "data").numbers) == {
        "regression.surprises.state", "association.lead_lag.news", "association.granger.news",
        "association.distributed_lags.news", "association.quantiles.news", "association.adjusted_correlation.turbulent",
    }  # fmt: skip


# what is refused and what is said

SMALL = RUBLE + "[output]\npng = false\n"


@pytest.fixture
def made(tmp_path: Path, capsys: Captured) -> Path:
    """Give a study file that has run, with the bundle in its folder of outputs."""
    path = tmp_path / "study.toml"
    path.write_text(SMALL + 'bundle = "csv"\n', encoding="utf-8")
    assert main(["study", str(path)]) == 0
    assert str(tmp_path / "out" / "bundle") in capsys.readouterr().out.splitlines()
    return path


def rerun(path: Path, *more: str | Path) -> int:
    return main(["study", str(path), "--bundle", str(path.parent / "out" / "bundle"), *map(str, more)])


def test_a_run_on_its_own_bundle_leaves_it_as_it_is(made: Path, capsys: Captured) -> None:
    before = contents(made.parent / "out")
    assert rerun(made) == 0
    assert contents(made.parent / "out") == before
    assert capsys.readouterr().err == ""


def test_a_second_run_replaces_the_bundle_of_the_first(made: Path) -> None:
    made.write_text(SMALL.replace("2021-06-01", "2021-05-03") + 'bundle = "csv"\n', encoding="utf-8")
    assert main(["study", str(made)]) == 0
    assert str(read_bundle(made.parent / "out" / "bundle").panel.quotes[0].sessions[0]) == "2021-05-03"


@pytest.mark.parametrize("inside", ["out/bundle", "out/bundle/more"])
def test_outputs_never_go_into_the_bundle_that_is_read(made: Path, inside: str, capsys: Captured) -> None:
    before = contents(made.parent)
    assert rerun(made, "--out", made.parent / inside) == 2
    assert "would add files to the bundle that is read" in capsys.readouterr().err
    assert contents(made.parent) == before


def test_a_changed_file_is_named_and_nothing_is_written(made: Path, capsys: Captured) -> None:
    series = made.parent / "out" / "bundle" / "series_1.csv"
    series.write_text(series.read_text().replace("2021-06-01", "2021-05-31"), encoding="utf-8")
    assert rerun(made, "--out", made.parent / "new") == 2
    assert "series_1.csv: was changed after the bundle was written" in capsys.readouterr().err
    assert not (made.parent / "new").exists()


def test_another_study_file_on_the_bundle_runs_and_says_so(made: Path, capsys: Captured) -> None:
    text = (
        made.read_text().replace("event = [-5, 3]", "event = [-3, 3]").replace("ecb:EUR/RUB", "ecb:EUR/XXX")
    )
    made.write_text(text, encoding="utf-8")
    assert rerun(made) == 0
    assert "is not the study file as it was when the bundle was written" in capsys.readouterr().err


def test_other_versions_are_said(made: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketimpact.app.bundle.version", lambda name: "9.9")
    assert rerun(made) == 0
    assert f"the bundle was written with numpy {np.__version__} (now 9.9)" in capsys.readouterr().err


def test_a_bundle_without_what_the_study_file_names(tmp_path: Path, home: Path, capsys: Captured) -> None:
    panel = mi.fetch("ecb:EUR/RUB", start="2021-06-01")
    write_bundle(tmp_path / "b", panel)
    (tmp_path / "s.toml").write_text(SMALL, encoding="utf-8")
    assert main(["study", str(tmp_path / "s.toml"), "--bundle", str(tmp_path / "b")]) == 2
    assert re.search(r"s\.toml: events: are not in the bundle", capsys.readouterr().err)
    news = '[[series]]\nsource = "ecb:EUR/RUB"\n[[association]]\nkind = "granger"\nnews = "gpr.csv"\n'
    (tmp_path / "s.toml").write_text(news, encoding="utf-8")
    assert main(["study", str(tmp_path / "s.toml"), "--bundle", str(tmp_path / "b")]) == 2
    said = capsys.readouterr().err
    assert "s.toml: association[1].news: is not in the bundle; received 'association.granger.news'" in said


def test_a_folder_named_bundle_of_other_things_is_left_alone(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "out" / "bundle").mkdir(parents=True)
    (tmp_path / "out" / "bundle" / "mine.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "s.toml").write_text(SMALL + 'bundle = "csv"\n', encoding="utf-8")
    assert main(["study", str(tmp_path / "s.toml")]) == 2
    assert "would replace what is no bundle" in capsys.readouterr().err
    assert set(contents(tmp_path)) == {"s.toml", "out/bundle/mine.txt"}


def test_a_bundle_alone_may_be_asked_for(tmp_path: Path) -> None:
    only = 'png = false\ncsv = false\njson = false\nbundle = "csv"\n'
    (tmp_path / "s.toml").write_text(f"{RUBLE}[output]\n{only}", encoding="utf-8")
    assert main(["study", str(tmp_path / "s.toml")]) == 0
    assert {name.partition("/")[0] for name in contents(tmp_path / "out")} == {"bundle"}


def test_an_unknown_form_is_refused(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "s.toml").write_text(SMALL + 'bundle = "pickle"\n', encoding="utf-8")
    assert main(["study", str(tmp_path / "s.toml")]) == 2
    assert "output.bundle: is not what this key takes; received 'pickle'" in capsys.readouterr().err
