"""A cross-section of a study file: Python's numbers on the result of [study], and all that is written and refused."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.app import characteristics_file, dated_numbers, study_run
from marketimpact.app.bundle import read_bundle
from marketimpact.app.regression_outputs import render_ran
from marketimpact.app.study_file import OutputTable, read_study_file
from marketimpact.app.study_run import Ran, run_file
from marketimpact.cli import main
from tests.app.kinds import AT, EVENTS, IDS, SERIES, SURPRISES, write_data

Captured = pytest.CaptureFixture[str]

USED = [f"e{k}" for k in range(3, 12)]
TWO = ("EUR/TRY", "EUR/ZAR")
PAIRS = [[event, instrument] for event in reversed(USED) for instrument in TWO]
STUDY = f"""[study]
pairs = {json.dumps(PAIRS)}
estimation = [-19, -6]
min_estimation = 10
event = [-2, 2]
windows = [[0, 0], [0, 1]]
level = 0.9
"""
BY_PAIR = '[[regression]]\nkind = "cross_section"\ncharacteristics = "pairs.csv"\nwindow = [0, 1]\n'
BY_EVENT = (
    '[[regression]]\nkind = "cross_section"\nname = "by event"\nstandardized = true\n'
    'characteristics = { file = "events.txt", columns = ["größe"], delimiter = ";", decimal = ",", missing = ["?"] }\n'
)
PLAIN = '[output]\npng = false\nsheet = false\nbundle = "csv"\n'
TEXT = EVENTS + SERIES + STUDY + BY_PAIR + BY_EVENT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with series, events and characteristics: of pairs in one file, of events in another."""
    home = tmp_path_factory.mktemp("cross")
    write_data(home)
    rows = ["instrument,event_id,size,war"]
    for place, (event, instrument) in enumerate(sorted(map(tuple, PAIRS))):
        size = "" if event == "e7" and instrument == "EUR/ZAR" else SURPRISES[IDS.index(event)]
        rows.append(f"{instrument},{event},{size},{place // 3 % 2}")
    rows.append("EUR/TRY,nowhere,1.5,1")
    (home / "pairs.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    cells = [f"{one};{SURPRISES[IDS.index(one)]:.3f};why".replace(".", ",") for one in USED]
    cells[2] = "e5;?;no number"
    text = "\n".join(["event_id;größe;words", *cells])
    (home / "events.txt").write_text(text + "\n", encoding="utf-8")
    (home / "study.toml").write_text(TEXT + PLAIN, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def ran(folder: Path) -> Ran:
    """Run the study and its cross-sections."""
    return run_file(read_study_file(folder / "study.toml"))


def test_the_numbers_are_those_of_python(ran: Ran, folder: Path) -> None:
    assert ran.result is not None
    frame = pd.read_csv(folder / "pairs.csv").set_index(["event_id", "instrument"])
    by_pair = mi.cross_section(ran.result, frame, window=(0, 1))
    series = pd.Series({one: SURPRISES[IDS.index(one)] for one in USED if one != "e5"}, name="größe")
    by_event = mi.cross_section(ran.result, pd.DataFrame(series.rename_axis("event_id")), standardized=True)
    for run, expected in zip(ran.regressions, (by_pair, by_event), strict=True):
        pd.testing.assert_frame_equal(run.results[""].to_frame(), expected.to_frame())
        assert run.results[""].level == 0.9
    assert ran.regressions[0].results[""] == by_pair
    assert by_pair.unknown == ("nowhere, EUR/TRY",)
    assert [row[:2] for row in by_pair.left_out] == [("e7", "EUR/ZAR")]


def test_the_coefficients_are_those_of_least_squares_on_the_table_of_the_study(
    ran: Ran, folder: Path
) -> None:
    assert ran.result is not None
    moves = ran.result.car[(0, 1)].rename("car")
    given = pd.read_csv(folder / "pairs.csv").set_index(["event_id", "instrument"])
    both = given.join(moves, how="inner").dropna(subset=["size", "car"])
    x = np.column_stack([np.ones(len(both)), both["size"], both["war"]])
    expected = np.linalg.lstsq(x, both["car"].to_numpy(), rcond=None)[0]
    np.testing.assert_allclose(ran.regressions[0].results[""].estimates, expected, rtol=1e-9)
    assert len(both) == 17


def test_all_is_written_as_of_other_kinds_and_said_in_a_line(
    ran: Ran, folder: Path, capsys: Captured
) -> None:
    only = STUDY.replace(json.dumps(PAIRS), json.dumps(PAIRS[2:]))
    path = folder / "fewer.toml"
    path.write_text(
        EVENTS + SERIES + only + BY_PAIR + '[output]\nfolder = "fewer"\npng = false\n', encoding="utf-8"
    )
    assert main(["study", str(path)]) == 0, "a pair without a characteristic is said, and the study is whole"
    out = capsys.readouterr().out.splitlines()
    (line,) = [one for one in out if one.startswith("cross_section: size ")]
    number, p = r"[+-]\d\S*", r"p [=<] \.\d{3}"
    coefficients = "; ".join(rf"{name} {number} % per unit \(t = \S+, {p}\)" for name in ("size", "war"))
    assert re.fullmatch(rf"cross_section: {coefficients}; 15 pairs in 8 date clusters, 1 left out", line)
    assert "  cross_section: left out: 1 pair: no value of size" in out
    table = pd.read_csv(folder / "fewer" / "regression.csv")
    assert table["term"].tolist() == ["intercept", "size", "war"]
    assert table["unit"].tolist() == ["log", "log per unit", "log per unit"]
    left = pd.read_csv(folder / "fewer" / "regression_left_out.csv")
    assert left[["event_id", "instrument", "reason"]].to_numpy().tolist() == [
        ["e7", "EUR/ZAR", "no value of size"]
    ]


def test_each_is_a_picture(ran: Ran) -> None:
    output = OutputTable(Path("unused"), csv=False, json=False)
    pictures = render_ran(replace(ran, result=None), output).files
    assert list(pictures) == ["regression-cross-section.png", "regression-by-event.png"]
    assert all(len(one) > 10_000 for one in pictures.values())


def test_the_json_says_where_characteristics_came_from(folder: Path, ran: Ran) -> None:
    assert main(["study", str(folder / "study.toml")]) == 0
    content = json.loads((folder / "out" / "result.json").read_text(encoding="utf-8"))
    first, second = content["regressions"]
    assert [one["id"] for one in first["files"]["characteristics"]] == ["size", "war"]
    assert "pairs.csv" in first["files"]["characteristics"][0]["provenance"]
    assert [one["id"] for one in second["files"]["characteristics"]] == ["größe"]
    (result,) = first["results"]
    found = ran.regressions[0].results[""]
    assert [row["estimate"] for row in result["coefficients"]] == found.estimates.tolist()
    assert result["tables"]["left_out"] == [
        {"event_id": "e7", "instrument": "EUR/ZAR", "reason": "no value of size"}
    ]
    assert result["summary"]["tail"] == list(found.reading)
    assert "about" in content, "the study stands beside them"


def test_a_file_of_characteristics_is_never_replaced(folder: Path) -> None:
    names = {path.name for path in read_study_file(folder / "study.toml").inputs}
    assert {"pairs.csv", "events.txt"} <= names


def test_the_bundle_holds_them_and_gives_the_same_bytes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["study", str(folder / "study.toml")]) == 0
    shutil.copytree(folder / "out", tmp_path / "first")
    shutil.copytree(tmp_path / "first" / "bundle", tmp_path / "data")
    shutil.copy(folder / "study.toml", tmp_path / "study.toml")

    def never(*given: object, **more: object) -> None:
        raise AssertionError(f"read {given}")

    for module, names in (
        (study_run, ("fetch_series", "read_prices", "read_events")), (dated_numbers, ("read_prices",)),
        (characteristics_file, ("read_bytes", "recognise")),
    ):  # fmt: skip
        for name in names:
            monkeypatch.setattr(module, name, never)
    monkeypatch.chdir(tmp_path)
    assert main(["study", "study.toml", "--bundle", "data"]) == 0
    written = {
        path.relative_to(tmp_path / "out"): path.read_bytes() for path in (tmp_path / "out").rglob("*.*")
    }
    before = {
        path.relative_to(tmp_path / "first"): path.read_bytes() for path in (tmp_path / "first").rglob("*.*")
    }
    assert written == before
    assert set(read_bundle(tmp_path / "data").characteristics) == {
        "regression.cross_section.characteristics", "regression.by event.characteristics",
    }  # fmt: skip


def test_a_changed_or_a_missing_file_of_the_bundle_is_named(
    folder: Path, tmp_path: Path, capsys: Captured
) -> None:
    assert main(["study", str(folder / "study.toml")]) == 0
    shutil.copytree(folder / "out" / "bundle", tmp_path / "data")
    table = tmp_path / "data" / "characteristics.json"
    table.write_bytes(table.read_bytes().replace(b"1.5", b"1.6"))
    call = [
        "study",
        str(folder / "study.toml"),
        "--out",
        str(tmp_path / "out"),
        "--bundle",
        str(tmp_path / "data"),
    ]
    assert main(call) == 2
    assert "characteristics.json: was changed after the bundle was written" in capsys.readouterr().err
    other = folder / "other.toml"
    other.write_text(TEXT.replace('name = "by event"', 'name = "new"') + PLAIN, encoding="utf-8")
    call = ["study", str(other), "--out", str(tmp_path / "out"), "--bundle", str(folder / "out" / "bundle")]
    assert main(call) == 2
    assert (
        "regression[2].characteristics: is not in the bundle; received 'regression.new."
        in capsys.readouterr().err
    )


# what is refused


def refused(folder: Path, lines: str, study: str = STUDY, **files: str) -> str:
    path = folder / "refused.toml"
    path.write_text(
        f'{EVENTS}{SERIES}{study}[[regression]]\nkind = "cross_section"\n{lines}\n', encoding="utf-8"
    )
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(mi.InputError, match="^" + re.escape(f"{path}: ")) as caught:
        run_file(read_study_file(path))
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "regression[1].characteristics: is missing; allowed: a file, like"),
        ("characteristics = 3", "regression[1].characteristics: is not what this key takes; received 3"),
        ('characteristics = "../x.csv"', "regression[1].characteristics: lies outside the study file's folder"),
        (
            'characteristics = { file = "pairs.csv", column = ["size"] }',
            "regression[1].characteristics.column: is not a known key; the nearest is 'columns'",
        ),
        ('characteristics = { columns = ["size"] }', "regression[1].characteristics.file: is missing"),
        (
            'characteristics = { file = "pairs.csv", date_format = "%Y" }',
            "regression[1].characteristics.date_format: is not a known key",
        ),
        (
            'characteristics = { file = "pairs.csv", thousands = "." }',
            "regression[1].characteristics.thousands: equals the decimal mark",
        ),
        (
            'characteristics = "pairs.csv"\nkind_of_move = "x"',
            "regression[1].kind_of_move: is not a known key",
        ),
        ('characteristics = "pairs.csv"\npairs = "all"', "regression[1].pairs: does not go with kind = "),
        ('characteristics = "pairs.csv"\nwindow = 3', "regression[1].window: is not what this key takes"),
        ('characteristics = "pairs.csv"\nwindow = [0, 4]', "regression[1].window: is no window of this study"),
        (
            'characteristics = "pairs.csv"\nmove_kind = "yield"',
            "regression[1].move_kind: names no kind of move of this study; received 'yield'; allowed: "
            "'currency log move [log]'",
        ),
        ('characteristics = "none.csv"', "regression[1].characteristics.file: cannot be read"),
        (
            'characteristics = { file = "pairs.csv", columns = ["debt"] }',
            "regression[1].characteristics.columns: pairs.csv has no column 'debt'",
        ),
        (
            'characteristics = { file = "events.txt", delimiter = ";" }',
            "regression[1].characteristics: größe: events.txt, row 2, column 'größe': is not a number",
        ),
        ('characteristics = "try.csv"', "regression[1].characteristics.columns: try.csv does not say whose"),
    ],
)  # fmt: skip
def test_the_error_names_file_and_key(folder: Path, lines: str, words: str) -> None:
    assert refused(folder, lines).startswith(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("event_id,size\ne3,1\n,2\n", "event_id: odd.csv, row 3, column 'event_id': names nothing"),
        (
            "event_id,size\ne3,1\ne4,2\ne3,2\n",
            "event_id: odd.csv, row 4, column 'event_id': names what row 2 has named",
        ),
        (
            "event_id,instrument,size\ne3,EUR/TRY,1\ne3,EUR/ZAR,1\ne3,EUR/TRY,2\n",
            "instrument: odd.csv, row 4, column 'instrument': names what row 2 has named",
        ),
        ("event_id,size\ne3,inf\n", "size: odd.csv, row 2, column 'size': is not finite"),
        (
            "event_id,size\nx,1\ny,2\n",
            "column 'size' has no label that names an event, an instrument or a pair",
        ),
        ("event_id,intercept\ne3,1\n", "need columns, each with a name of its own"),
        ("event_id\ne3\n", "odd.csv has no characteristics"),
        (
            "event_id,size\ne3,1\ne4,2\n",
            "leave 4 pairs in 2 date clusters for 2 coefficients",
        ),
        (
            "event_id,size\n" + "".join(f"{one},1\n" for one in USED),
            "depend on one another over the 18 pairs: 'size' does not vary",
        ),
    ],
)
def test_a_file_that_holds_no_characteristics_is_refused_by_row_and_cell(
    folder: Path, text: str, words: str
) -> None:
    said = refused(folder, 'characteristics = "odd.csv"', odd=text)
    assert re.match(r"regression\[1\]\.characteristics(\.columns)?: " + re.escape(words), said), said


def test_without_a_study_there_is_nothing_to_regress(folder: Path) -> None:
    said = refused(folder, 'characteristics = "pairs.csv"', study="")
    assert said == (
        "regression[1].kind: is run on the result of the study; received 'cross_section'; allowed: [study] beside it"
    )


def test_an_event_that_enters_no_regression_makes_the_run_end_in_part(folder: Path, capsys: Captured) -> None:
    prices = (folder / "chf.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "holed.csv").write_text("".join(prices[: 1 + AT[4]] + prices[2 + AT[4] :]), encoding="utf-8")
    lines = (
        f'[[regression]]\nkind = "events"\npairs = {json.dumps(PAIRS)}\ncontrols = ["EUR/CHF"]\neach = true\n'
    )
    path = folder / "holed.toml"
    series = SERIES.replace('"chf.csv"', '"holed.csv"')
    path.write_text(f'{EVENTS}{series}{lines}[output]\nfolder = "holed"\npng = false\n', encoding="utf-8")
    assert main(["study", str(path)]) == 4
    why = "the event session has no usable move of EUR/CHF, and enters nowhere"
    assert f"e4, EUR/TRY: {why}" in capsys.readouterr().err
    ledger = pd.read_csv(folder / "holed" / "regression_ledger.csv").query("status == 'left out'")
    assert ledger[["event_id", "instrument", "reason"]].to_numpy().tolist() == [
        ["e4", one, why] for one in TWO
    ]
