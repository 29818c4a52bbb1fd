"""The spread as a model of the study file: the same numbers as in Python, and what is refused, in the file's words."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_run import run_study
from marketimpact.cli import main
from tests.app.conftest import Write

DAYS = pd.bdate_range("2021-03-01", "2022-02-28")
TENORS = {"10y": 10, "20y": 20, "30y": 30}
NEWS = '[[events.list]]\nid = "e"\nannounced_at = 2022-01-05T10:00:00\nzone = "Europe/London"\nplace = "KZ"\n'
BOND = 'id = "KZ", quoted = "yield", issuer = "KZ", snapshot = "16:30 Europe/London", maturity = 2045-07-21'
CURVE = 'curve = { id = "US Treasuries", points = { "30y" = 30, "10y" = 10, "20y" = 20 } }'


def series(file: str, terms: str, column: str | None = None) -> str:
    return f'[[series]]\nfile = "{file}.csv"\nvalue = "{column or file}"\n{terms}\n'


def rates(move: str = "difference") -> str:
    unit = ', unit = "percent"' if move == "difference" else ""
    return "".join(
        series(
            name,
            f'factor = {{ id = "{name}", move = "{move}"{unit}, snapshot = "15:30 America/New_York" }}',
        )
        for name in TENORS
    )


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    paths = 3.0 + rng.normal(0.0, 0.04, (len(DAYS), 4)).cumsum(axis=0)
    return pd.DataFrame(paths, index=DAYS, columns=["KZ", *TENORS]).round(4)


def files() -> dict[str, str]:
    return {
        name: column.rename_axis("date").reset_index().to_csv(index=False) for name, column in frame().items()
    }


def text(study: str, bond: str = BOND) -> str:
    return f'{NEWS}{series("KZ", f"bond = {{ {bond} }}")}{rates()}[study]\npairs = "place"\n{study}\n'


def run(write: Write, study: str, bond: str = BOND) -> mi.StudyResult:
    return run_study(read_study_file(write(text(study, bond), **files())))


def in_python(benchmark: str | None) -> mi.StudyResult:
    bond = mi.SovereignBond(
        "KZ", quoted="yield", issuer="KZ", snapshot="16:30 Europe/London", maturity=pd.Timestamp("2045-07-21").date()
    )  # fmt: skip
    factors = [
        mi.Factor(name, move="difference", unit="percent", snapshot="15:30 America/New_York")
        for name in TENORS
    ]
    panel = mi.Panel.from_frame(frame(), instruments=[bond, *factors])
    model = mi.BenchmarkSpread(benchmark or mi.curve(panel, TENORS, id="US Treasuries"))
    event = mi.Event("e", announced_at="2022-01-05T10:00", zone="Europe/London", place="KZ")
    return mi.EventStudy(model=model).run(panel, event, pairs="place")


@pytest.mark.parametrize(("key", "benchmark"), [(CURVE, None), ('benchmark = "20y"', "20y")])
def test_the_numbers_are_those_of_python(write: Write, key: str, benchmark: str | None) -> None:
    found, expected = run(write, f'model = "spread"\n{key}'), in_python(benchmark)
    pd.testing.assert_frame_equal(found.to_frame("car"), expected.to_frame("car"))
    pd.testing.assert_frame_equal(found.to_frame("split"), expected.to_frame("split"))
    assert str(found.spec.model) == f"spread to {benchmark or 'US Treasuries'}"
    assert found.spec.model == expected.spec.model
    assert found.one("e").split.timing == "asynchronous, 4.0 hours apart"


def test_a_curve_without_a_name_is_called_curve(write: Write) -> None:
    found = run(write, 'model = "spread"\ncurve = { points = { "10y" = 10, "30y" = 30.0 } }')
    assert str(found.spec.model) == "spread to curve"


def test_the_command_writes_the_split(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(text(f'model = "spread"\n{CURVE}') + "[output]\npng = false\n", **files())
    monkeypatch.chdir(path.parent)
    assert main(["study", path.name]) == 0, capsys.readouterr().err
    table = pd.read_csv(Path("out") / "split.csv")
    assert table["term"].tolist()[0] == "headline"
    np.testing.assert_allclose(table["observed"], table["normal"] + table["abnormal"], atol=1e-9)
    assert set(table["timing"]) == {"asynchronous, 4.0 hours apart"}


POINTS = 'model = "spread"\ncurve = {{ points = {{ {} }} }}'
YIELD_WITHOUT_MATURITY = BOND.replace(", maturity = 2045-07-21", "")
PRICE = BOND.replace('"yield"', '"clean price"')


@pytest.mark.parametrize(
    ("study", "words"),
    [
        ('model = "spread"', "study.model: the model 'spread' needs exactly one of benchmark, curve"),
        (f'model = "spread"\nbenchmark = "20y"\n{CURVE}', "study.model: the model 'spread' needs exactly one of"),
        (f'model = "market"\n{CURVE}', "study.curve: is not used by the model 'market'"),
        (CURVE, "study.curve: is not used by the model 'constant mean'"),
        ('model = "spread"\nbasket = ["10y", "20y"]', "study.basket: is not used by the model 'spread'"),
        ('model = "spread"\nfactors = ["10y", "20y"]', "study.factors: is not used by the model 'spread'"),
        ('model = "spread"\nbenchmark = ["10y"]', "study.benchmark: is not what this key takes"),
        ('model = "spread"\ncurve = "UST"', "study.curve: is not what this key takes"),
        ('model = "spread"\ncurve = { id = "UST" }', "study.curve.points: is missing"),
        ('model = "spread"\ncurve = { point = { "10y" = 10 } }', "study.curve.point: is not a known key; the"),
        (POINTS.format('"10y" = 10'), "study.curve.points: is not what this key takes; received {'10y': 10}"),
        (POINTS.format('"10y" = 10, "20y" = "20"'), "study.curve.points: is not what this key takes"),
        (POINTS.format('"10y" = 10, "20y" = true'), "study.curve.points: is not what this key takes"),
    ],
)  # fmt: skip
def test_what_the_file_alone_shows_is_refused_before_anything_is_loaded(
    write: Write, study: str, words: str
) -> None:
    path = write(text(study))  # no series lies beside it
    with pytest.raises(mi.InputError, match=re.escape(f"{path.name}: {words}")):
        read_study_file(path)


@pytest.mark.parametrize(
    ("study", "bond", "words"),
    [
        ('model = "spread"\nbenchmark = "40y"', BOND, "study.benchmark: is not one of the series; received '40y'"),
        (POINTS.format('"10y" = 10, "40y" = 40'), BOND, "study.curve: is not in the panel; received '40y'"),
        (POINTS.format('"10y" = 10, "20y" = 10'), BOND, "study.curve: the points of a curve need maturities"),
        (POINTS.format('"10y" = 10, "20y" = 0'), BOND, "study.curve: is not a tenor; received 0.0; allowed: years"),
        (POINTS.format('"10y" = 10, "20y" = -2'), BOND, "study.curve: is not a tenor; received -2.0"),
        (f'model = "spread"\n{CURVE}', PRICE, "these are none; received {'KZ': 'clean price log move [log]'}"),
        ('model = "spread"\nbenchmark = "20y"', PRICE, "study: BenchmarkSpread: a spread is a difference of yields"),
        (f'model = "spread"\n{CURVE}', YIELD_WITHOUT_MATURITY, "has no maturity, at which a curve could be read"),
    ],
)  # fmt: skip
def test_what_only_the_series_show_is_refused_with_file_and_key(
    write: Write, study: str, bond: str, words: str
) -> None:
    path = write(text(study, bond), **files())
    with pytest.raises(mi.InputError, match=f"^{re.escape(str(path))}: .*{re.escape(words)}"):
        run_study(read_study_file(path))


def test_rates_that_move_in_logs_are_no_benchmark(write: Write) -> None:
    written = text(f'model = "spread"\n{CURVE}').replace(rates(), rates("log"))
    path = write(written, **files())
    with pytest.raises(mi.InputError, match=r"study\.curve: a curve is made of yields or rates in one unit"):
        run_study(read_study_file(path))


def test_a_yield_without_a_maturity_may_stand_beside_a_named_bond(write: Write) -> None:
    found = run(write, 'model = "spread"\nbenchmark = "20y"', YIELD_WITHOUT_MATURITY)
    assert found.one("e").headline.estimate == in_python("20y").one("e").headline.estimate


def test_a_spread_to_a_curve_keeps_its_volatility(write: Write) -> None:
    found = run(write, f'model = "spread"\n{CURVE}\nvolatility = "ewma"')
    assert found.spec.model == mi.VolatilityStandardized(in_python(None).spec.model, "ewma")
