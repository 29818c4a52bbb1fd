"""[[regression]] in a study file: its keys are the fields of classes, its numbers those of Python, its files whole."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.app import regression_outputs
from marketimpact.app.regression_outputs import picture_names, render_ran
from marketimpact.app.regressions import RegressionRun
from marketimpact.app.study_file import OutputTable, read_study_file
from marketimpact.app.study_run import Ran, run_file
from marketimpact.cli import main
from tests.app.conftest import RUBLE, Write

DAYS = ("2018-04-06", "2018-08-08", "2020-03-09", "2020-03-16", "2021-04-15", "2021-11-26")
SURPRISES = (1.0, -0.9, 0.8, -1.1, 0.9, -1.0)
CATEGORIES = ("sanction", "sanction", "oil", "oil", "sanction", "oil")
IDS = ["ecb:EUR/RUB", "ecb:EUR/PLN", "ecb:EUR/HUF", "ecb:EUR/ZAR"]

EVENTS = "".join(
    f'[[events.list]]\nid = "{day}"\nannounced_at = {day}\nzone = "Europe/Berlin"\ncategory = "{category}"\n'
    f'surprise = {surprise}\nsurprise_unit = "points"\n'
    for day, surprise, category in zip(DAYS, SURPRISES, CATEGORIES, strict=True)
)
SERIES = f"[[series]]\nsource = {json.dumps(IDS)}\nstart = 2017-01-01\nend = 2021-12-31\n"
FILE = EVENTS + SERIES
TABLE_ONLY = OutputTable(Path("unused"), png=False)


def in_python() -> tuple[mi.Panel, list[mi.Event]]:
    news = [
        mi.Event(
            day, announced_at=day, zone="Europe/Berlin", category=category, surprise=surprise, surprise_unit="points"
        )
        for day, surprise, category in zip(DAYS, SURPRISES, CATEGORIES, strict=True)
    ]  # fmt: skip
    return mi.fetch(IDS, start="2017-01-01", end="2021-12-31"), news


def run(write: Write, lines: str, text: str = FILE) -> Ran:
    return run_file(read_study_file(write(f"{text}[[regression]]\n{lines}")))


# keys


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('kind = "event"', ".kind: is not what this key takes; received 'event'; allowed: \"events\", \"surprises\", "),
        ("lags = 1", '.kind: is missing; allowed: "events", "surprises", "panel", "st'),
        ('kind = "events"\nlag = 1', ".lag: is not a known key; the nearest is 'lags'; received 1; allowed: kind,"),
        (
            'kind = "events"\neffects = "both"',
            ".effects: does not go with kind = \"events\"; received 'both'; allowed: kind, name, pairs, level, move",
        ),
        ('kind = "panel"\neach = true', '.each: does not go with kind = "panel"; received True; allowed: kind'),
        ('kind = "panel"\ncov = "HC1"', ".cov: does not go with kind"),
        ('kind = "events"\ncontamination = "keep"', ".contamination: is not a known key"),
        ('kind = "events"\nlags = -1', ".lags: is no number; received -1; allowed: a whole number from 0 on"),
        ('kind = "events"\ncov = "white"', ".cov: is not what this key takes; received 'white'; allowed: \"HC2\""),
        ('kind = "events"\nmaxlags = 3', ".maxlags: is no bandwidth; received 3; allowed: 0 or more sessions"),
        ('kind = "events"\nlevel = 95', ".level: no level; received 95.0; allowed: 0 < level < 1"),
        ('kind = "events"\nlatency = 99999', ".latency: is not a number of minutes; received 99999"),
        ('kind = "events"\nseed = -1', ".seed: is not a seed; received -1; allowed: a whole number from 0"),
        ('kind = "events"\ntypes = "oil"', ".types: is not what this key takes; received 'oil'; allowed: \"none\""),
        ('kind = "events"\ntypes = { oil = "a" }', ".types: is not what this key takes"),
        ('kind = "surprises"\nexpected = { a = "1" }', ".expected: is not what this key takes"),
        ('kind = "panel"\ncluster = { a = 1 }', ".cluster: is not what this key takes"),
        ('kind = "panel"\nerrors = "Driscoll-Kraay"\ncluster = "both"', ".cluster: is not known; received 'both'"),
        ('kind = "panel"\nbandwidth = 3', ".bandwidth: is not known; received 3; allowed: None, or errors="),
    ],
)  # fmt: skip
def test_what_is_refused_before_anything_is_loaded_names_file_and_key(
    write: Write, lines: str, words: str
) -> None:
    path = write(f"{FILE}[[regression]]\n{lines}")
    with pytest.raises(mi.InputError, match="^" + re.escape(f"{path}: regression[1]{words}")):
        read_study_file(path)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('kind = "events"', '.pairs: must be said, since the panel holds 4 instruments; allowed: "all", "place" or ['),
        ('kind = "events"\npairs = "all"\ntypes = ["war"]', ".types: event type 'war' is of no event; received 'war'"),
        (
            'kind = "surprises"\npairs = "all"\nby = { one = ["unknown"] }',
            ".by: type 'one' names events that are not in the set; received ['unknown']",
        ),
        ('kind = "events"\npairs = "all"\ncontrols = ["Brent"]', ".controls: is not one of the series; received 'Bre"),
        ('kind = "panel"\npairs = "all"\nunits = ["EUR/TRY"]', ".units: is not one of the series; received 'EUR/TRY'"),
        ('kind = "events"\npairs = [["x", "EUR/RUB"]]', ".pairs: "),
        ('kind = "panel"\npairs = "all"', ".types: is held by the instrument and date effects; received ['event']"),
        (
            'kind = "surprises"\npairs = "all"\nexpected = { "2018-04-06" = 1 }\nby = "none"',
            ".expected: 5 events of type 'event' have a surprise and no expected value",
        ),
    ],
)  # fmt: skip
def test_what_the_data_refuse_names_file_and_key_too(write: Write, lines: str, words: str) -> None:
    path = write(f"{FILE}[[regression]]\n{lines}")
    with pytest.raises(mi.MarketImpactError, match="^" + re.escape(f"{path}: regression[1]{words}")):
        run_file(read_study_file(path))


def test_a_single_bracket_and_names_that_repeat_are_refused(write: Write) -> None:
    path = write(f'{FILE}[regression]\nkind = "events"')
    with pytest.raises(
        mi.InputError, match=r"regression: is not what this key takes.*double square brackets"
    ):
        read_study_file(path)
    two = '[[regression]]\nkind = "events"\n[[regression]]\nkind = "panel"\nname = "EVENTS"'
    with pytest.raises(
        mi.InputError, match=r"regression\[2\]\.name: two regressions have one name; received 'EVENTS'"
    ):
        read_study_file(write(FILE + two))


# numbers


@pytest.mark.parametrize(
    ("lines", "spec"),
    [
        ('kind = "events"', mi.EventRegression()),
        (
            'kind = "events"\ntypes = "category"\nleads = 1\nlags = 2\ncov = "HC1"\npermutations = 19\nseed = 5'
            '\ncontrols = ["EUR/ZAR"]\nlevel = 0.9\nmove = "simple"\nlatency = 30',
            mi.EventRegression(
                types="category", leads=1, lags=2, cov="HC1", permutations=19, controls=["EUR/ZAR"], level=0.9,
                move="simple", policies=mi.Policies(latency=30),
            ),
        ),
        ('kind = "events"\ntypes = { a = ["2018-04-06", "2020-03-09"] }',
         mi.EventRegression(types={"a": ["2018-04-06", "2020-03-09"]})),
        ('kind = "surprises"\nby = "none"\nasymmetric = true', mi.SurpriseResponse(by=None, asymmetric=True)),
        ('kind = "surprises"\ndays = "events"\nby = ["oil"]\nweights = "ewma"',
         mi.SurpriseResponse(days="events", by=["oil"], weights="ewma")),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::marketimpact.MarketImpactWarning")
def test_each_regression_is_that_of_python(
    write: Write, lines: str, spec: mi.EventRegression | mi.SurpriseResponse
) -> None:
    panel, news = in_python()
    how = {"seed": 5} if "seed" in lines else {}
    whole = run(write, f'{lines}\npairs = "all"').regressions[0].results
    pd.testing.assert_frame_equal(whole[""].to_frame(), spec.run(panel, news, pairs="all", **how).to_frame())
    each = run(write, f'{lines}\npairs = "all"\neach = true').regressions[0].results
    expected = spec.each(panel, news, pairs="all", **how)
    assert list(each) == list(expected)
    for name, one in expected.items():
        pd.testing.assert_frame_equal(each[name].to_frame(), one.to_frame())


PAIRS = [
    ("2018-04-06", "EUR/RUB"),
    ("2018-08-08", "EUR/RUB"),
    ("2020-03-09", "EUR/ZAR"),
    ("2020-03-16", "EUR/HUF"),
]


def test_a_panel_is_that_of_python(write: Write) -> None:
    lines = (
        f'kind = "panel"\npairs = {json.dumps(PAIRS)}\nlags = 1\ncluster = "instrument"\nwild = 99\nseed = 3\n'
        'units = ["EUR/RUB", "EUR/HUF", "EUR/ZAR", "EUR/PLN"]\neffects = "date"'
    )
    found = run(write, lines).regressions[0].results[""]
    spec = mi.PanelRegression(
        lags=1,
        cluster="instrument",
        wild=99,
        units=["EUR/RUB", "EUR/HUF", "EUR/ZAR", "EUR/PLN"],
        effects="date",
    )
    expected = spec.run(*in_python(), pairs=PAIRS, seed=3)
    assert isinstance(found, mi.PanelResult)
    pd.testing.assert_frame_equal(found.to_frame(), expected.to_frame())
    pd.testing.assert_frame_equal(found.tests_frame(), expected.tests_frame())


def test_the_seed_is_that_of_the_bootstrap(write: Write) -> None:
    lines = f'kind = "panel"\npairs = {json.dumps(PAIRS)}\nwild = 99\nseed = '
    found = [run(write, f"{lines}{seed}").regressions[0].results[""] for seed in (3, 4)]
    expected = mi.PanelRegression(wild=99).run(*in_python(), pairs=PAIRS, seed=3)
    tests = [one.tests_frame() for one in found if isinstance(one, mi.PanelResult)]
    pd.testing.assert_frame_equal(tests[0], expected.tests_frame())
    assert not tests[0].equals(tests[1])


def test_clusters_by_name_are_those_of_the_table(write: Write) -> None:
    where = {"EUR/RUB": "RU", "EUR/PLN": "EU", "EUR/HUF": "EU", "EUR/ZAR": "ZA"}
    table = ", ".join(f'"{name}" = "{place}"' for name, place in where.items())
    lines = f'kind = "panel"\npairs = {json.dumps(PAIRS)}\nwild = 0\ncluster = {{ {table} }}'
    found = run(write, lines).regressions[0].results[""]
    assert found.n_clusters == 3
    expected = mi.PanelRegression(cluster=where, wild=0).run(*in_python(), pairs=PAIRS)
    pd.testing.assert_frame_equal(found.to_frame(), expected.to_frame())


def test_what_a_regression_does_not_say_is_said_by_the_study(write: Write) -> None:
    study = (
        '[study]\npairs = "all"\nlevel = 0.9\nmove = "simple"\nlatency = 30\nroll = "previous"\nseed = 4\n'
    )
    one, other = read_study_file(
        write(
            f'{FILE}{study}[[regression]]\nkind = "events"\n[[regression]]\nkind = "panel"\npairs = "place"\n'
            'level = 0.8\nmove = "log"\nlatency = 0\nseed = 1'
        )
    ).regressions
    assert (one.pairs, one.spec.level, one.spec.move, one.seed) == ("all", 0.9, "simple", 4)
    assert one.spec.policies == mi.Policies(latency=30, roll="previous")
    assert (other.pairs, other.spec.level, other.spec.move, other.seed) == ("place", 0.8, "log", 1)
    assert other.spec.policies == mi.Policies(roll="previous")


# with a study and without


def test_without_a_study_no_event_study_is_run(write: Write) -> None:
    assert run(write, 'kind = "events"\npairs = "all"').result is None
    beside = run(write, 'kind = "events"', FILE + '[study]\npairs = "all"\n')
    assert beside.result is not None
    alone = run_file(read_study_file(write(FILE + '[study]\npairs = "all"\n')))
    assert beside.result == alone.result
    assert run_file(read_study_file(write(RUBLE.partition("[study]")[0]))).result is not None
    path = write(f'{FILE}[confounders]\ndataset = "confounders_2022"\n[[regression]]\nkind = "events"')
    with pytest.raises(mi.InputError, match=r"confounders: is used by the study alone; .*\[study\]"):
        read_study_file(path)


def test_a_step_is_reported_for_each_regression(write: Write) -> None:
    steps: list[tuple[int, int]] = []
    text = f'{FILE}[study]\npairs = "all"\n[[regression]]\nkind = "events"\n'
    run_file(read_study_file(write(text)), progress=lambda *step: steps.append(step))
    assert steps == [(done, 7) for done in range(1, 8)]  # four series, study and regression
    steps.clear()
    lone = f'{FILE}[[regression]]\nkind = "events"\npairs = "all"'
    run_file(read_study_file(write(lone)), progress=lambda *step: steps.append(step))
    assert steps == [(done, 5) for done in range(1, 6)]


# files


TWO = (
    '[[regression]]\nkind = "events"\nname = "By type"\npairs = "all"\ntypes = "category"\neach = true\n'
    f'[[regression]]\nkind = "panel"\npairs = {json.dumps(PAIRS)}\ncluster = "instrument"\nwild = 99\n'
)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    path = tmp_path_factory.mktemp("two") / "study.toml"
    path.write_text(FILE + TWO, encoding="utf-8")
    return run_file(read_study_file(path))


def test_the_tables_and_the_json_hold_every_number(two: Ran, tmp_path: Path) -> None:
    files = render_ran(two, TABLE_ONLY).files
    assert list(files) == [
        "regression.csv",
        "regression_leave_one_out.csv",
        "regression_tests.csv",
        "regression_ledger.csv",
        "series_ledger.csv",
        "result.json",
    ]
    (tmp_path / "r.csv").write_bytes(files["regression.csv"])
    table = pd.read_csv(tmp_path / "r.csv")
    frames = [one.to_frame() for run in two.regressions for one in run.results.values()]
    expected = pd.concat(frames, ignore_index=True)
    np.testing.assert_allclose(table["estimate"], expected["estimate"], rtol=1e-15)
    np.testing.assert_allclose(table["conf_high"], expected["conf_high"], rtol=1e-15)
    assert table["term"].tolist() == expected["term"].tolist()
    assert table["unit"].tolist() == expected["unit"].tolist()
    assert table["instrument"].dropna().unique().tolist() == ["EUR/RUB", "EUR/PLN", "EUR/HUF", "EUR/ZAR"]
    assert set(table.loc[table["instrument"].isna(), "regression"]) == {"panel"}
    content = json.loads(files["result.json"])
    assert sorted(content) == ["regressions", "series", "series_ledger"]
    by_type, panel = content["regressions"]
    assert [one["instrument"] for one in by_type["results"]] == list(two.regressions[0].results)
    result = two.regressions[1].results[""]
    (only,) = panel["results"]
    assert only["coefficients"][0]["estimate"] == result.estimates[0]
    assert only["summary"]["tail"][-1] == result.reading[-1]
    assert isinstance(result, mi.PanelResult)
    assert [one["test"] for one in only["tests"]] == [one.test for _, one in result.tests]
    assert only["ledger"] == result.ledger.to_dicts()
    assert len(files["regression_ledger.csv"].splitlines()) == 1 + 4 * 6 + 4


@pytest.mark.filterwarnings("ignore::marketimpact.MarketImpactWarning")
def test_the_degrees_of_freedom_of_a_normal_are_null(write: Write) -> None:
    ran = run(
        write, 'kind = "events"\npairs = [["2020-03-09", "EUR/RUB"], ["2018-04-06", "EUR/RUB"]]\ncov = "HC1"'
    )
    content = json.loads(render_ran(ran, TABLE_ONLY).files["result.json"])
    rows = content["regressions"][0]["results"][0]["coefficients"]
    assert np.isinf(ran.regressions[0].results[""].dfs).all()
    assert [row["df"] for row in rows] == [None, None]
    assert rows[0]["p_value"] == ran.regressions[0].results[""].p_values[0]


def test_the_study_keeps_its_files_beside_those_of_regressions(write: Write) -> None:
    text = RUBLE + '[[regression]]\nkind = "events"\n'
    found = render_ran(run_file(read_study_file(write(text))), TABLE_ONLY)
    alone = render_ran(run_file(read_study_file(write(RUBLE))), TABLE_ONLY)
    added = {"regression.csv", "regression_leave_one_out.csv", "regression_ledger.csv"}
    assert set(found.files) - set(alone.files) == added
    assert list(found.files)[-1] == "result.json"
    content = json.loads(found.files["result.json"])
    assert content.pop("regressions")[0]["name"] == "events"
    assert content == json.loads(alone.files["result.json"])


def test_a_picture_is_made_for_each_regression_unless_nobody_could_read_it(
    two: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = OutputTable(Path("unused"), csv=False, json=False, sheet=True)
    found = render_ran(two, output)
    assert list(found.files) == ["regression-By-type.png", "regression-panel.png"]
    assert all(content.startswith(b"\x89PNG") for content in found.files.values())
    assert found.files == render_ran(two, output).files
    assert found.remarks == ("sheet.png is left out: there is no [study]",)
    monkeypatch.setattr(regression_outputs, "MOST_ROWS", 7)
    few = render_ran(two, output)
    assert list(few.files) == ["regression-panel.png"]
    assert few.remarks[1] == "regression-By-type.png is left out: 8 coefficients, more than 7"


def test_names_of_pictures_never_meet(two: Ran) -> None:
    runs = [RegressionRun(name, "events", {}) for name in ("a b", "a-b", "../x", "EUR/RUB")]
    names = picture_names(runs)
    assert len({name.casefold() for name in names}) == 4
    assert all(re.fullmatch(r"regression-[\w-]+\.png", name) and "_" not in name for name in names)


# the command


def test_the_command_says_one_line_a_regression(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(FILE + TWO)
    monkeypatch.chdir(path.parent)
    assert main(["study", "study.toml"]) == 0
    out = capsys.readouterr().out.splitlines()
    name = {"EUR/RUB", "EUR/PLN", "EUR/HUF", "EUR/ZAR"}
    assert {line.partition(", ")[2].partition(":")[0] for line in out[:4]} == name
    number = r"[+-]\d\S* % per event \(3 event days, t = -?\d+\.\d\d, p [=<] \.\d{3}\)"
    assert re.fullmatch(rf"By type, EUR/RUB: oil {number}; sanction {number} \[\+ = weaker RUB\]", out[0])
    assert re.fullmatch(
        r"panel: event [+-]\S+ % per event \(4 event days, .*\) \[\+ = weaker quote currency\]", out[4]
    )
    assert any(line.startswith("  panel: A coefficient is the difference of moves") for line in out)
    written = [Path(line) for line in out if line.startswith("out/")]
    assert sorted(written) == sorted(path.relative_to(Path.cwd()) for path in (path.parent / "out").iterdir())


def test_without_a_standard_error_the_line_has_the_tests_in_its_place(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    lone = '[[regression]]\nkind = "panel"\npairs = [["2018-04-06", "EUR/RUB"]]\ncluster = "instrument"\n'
    assert main(["study", str(write(FILE + lone + "[output]\npng = false"))]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert re.search(
        r"\(1 event day, no standard error, permutation over units.*: p = \.\d{3}\) \[\+ = weaker quote currency\]$",
        first,
    )
    lone = '[[regression]]\nkind = "events"\npairs = [["2018-04-06", "EUR/RUB"]]\n'
    assert main(["study", str(write(FILE + lone + "[output]\npng = false"))]) == 0
    assert (
        capsys.readouterr().out.splitlines()[0].endswith("(1 event day, no standard error) [+ = weaker RUB]")
    )


def test_events_left_out_of_a_regression_end_in_part(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    late = '[[events.list]]\nid = "late"\nannounced_at = 2023-03-08\nzone = "Europe/Moscow"\n'
    regression = (
        '[[regression]]\nkind = "events"\npairs = "all"\ncontrols = ["EUR/PLN"]\n[output]\npng = false\n'
    )
    path = write(late + FILE + regression)
    assert main(["study", str(path)]) == 4
    out, err = capsys.readouterr()
    assert out.startswith("events: event ")
    assert "events: done in part: 3 of 21 left out" in err
    assert "late, EUR/RUB: " in err


def test_a_regression_that_fails_leaves_nothing_written(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(f'{RUBLE}[[regression]]\nkind = "events"\n[[regression]]\nkind = "surprises"\n')
    assert main(["study", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{path}: regression[2]: " in err.replace("\n", " ")
    assert list(path.parent.iterdir()) == [path]
