"""Outputs: names, tables and JSON in memory, and a folder that holds all of them or none."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import marketimpact as mi
from marketimpact.app import outputs
from marketimpact.app.outputs import json_text, page_names, render
from marketimpact.app.publish import not_written, publish
from marketimpact.app.study_file import OutputTable
from marketimpact.study.result import StudyResult

FILES = {"a.png": b"new a", "b.csv": b"new b", "c.json": b"new c"}


TABLES = ["car.csv", "ar.csv", "caar.csv", "aar.csv", "split.csv", "tests.csv", "ledger.csv"]
NO_PAGES = OutputTable(Path("unused"), png=False)


@pytest.fixture(scope="module")
def run() -> StudyResult:
    news = [
        mi.Event("=1+1", announced_at="2022-02-24T05:50", zone="Europe/Moscow", title="Formula"),
        mi.Event("late", announced_at="2022-03-08", zone="Europe/Moscow"),
    ]
    panel = mi.fetch(["ecb:EUR/RUB", "ecb:EUR/TRY"], start="2021-06-01", end="2022-03-01")
    study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 3)))
    return study.run(panel, news, pairs="all")


def study_of(days: list[str], *, confounder: str | None = None, **more: object) -> StudyResult:
    """News on some days, on two currencies that are quoted on all of them."""
    news = [mi.Event(day, announced_at=f"{day}T08:00", zone="UTC") for day in days]
    other = mi.Event("other", announced_at=f"{confounder}T08:00", zone="UTC") if confounder else None
    panel = mi.fetch(["ecb:EUR/MXN", "ecb:EUR/ZAR"], start="2020-01-01", end="2022-12-31")
    return mi.EventStudy().run(panel, news, **{"pairs": "all", "confounders": other, **more})  # type: ignore[arg-type]


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# names


@pytest.mark.parametrize(
    ("pair", "name"),
    [
        (("invasion", "EUR/RUB"), "invasion_EUR-RUB.png"),
        (("../../etc/passwd", "KZ 2045"), "etc-passwd_KZ-2045.png"),
        (("..", "."), "unnamed_unnamed.png"),
        (("CON", "a:b\\c|d\n"), "CON_a-b-c-d.png"),
        (("Қаңтар 2022", "тенге"), "Қаңтар-2022_тенге.png"),
        (("-rf", "x\0y"), "rf_x-y.png"),
    ],
)
def test_a_page_has_a_name_that_every_system_takes(pair: tuple[str, str], name: str) -> None:
    assert page_names([pair]) == [name]


def test_a_long_name_is_cut_between_letters() -> None:
    (name,) = page_names([("я" * 300, "n" * 300)])
    assert name == f"{'я' * 40}_{'n' * 80}.png"
    assert len(name.encode()) < 255


def test_names_that_collide_carry_a_digest_whatever_the_order() -> None:
    pairs = [("a b", "x"), ("a-b", "x"), ("A/B", "x"), ("c", "x")]
    names = page_names(pairs)
    assert len({name.casefold() for name in names}) == 4
    assert names[3] == "c_x.png"
    assert all(name.lower().startswith("a-b_x-") for name in names[:3])
    assert page_names(pairs[::-1]) == names[::-1]


def test_a_name_made_to_collide_with_a_digest_does_not() -> None:
    first = page_names([("a b", "x"), ("a-b", "x")])[0].removesuffix(".png")
    pairs = [("a b", "x"), ("a-b", "x"), ("a-b", first.removeprefix("a-b_"))]
    assert len(set(page_names(pairs))) == 3


# tables and JSON


def test_the_tables_are_those_of_the_result(run: StudyResult) -> None:
    files = render(run, NO_PAGES).files
    assert list(files) == [*TABLES, "shifts.csv", "overlaps.csv", "result.json"]
    car = rows_of(files["car.csv"])
    expected = run.to_frame("car")
    assert [float(row["estimate"]) for row in car] == expected["estimate"].tolist()
    assert {row["event_id"] for row in car} == {"'=1+1"}
    assert [row["status"] for row in rows_of(files["ledger.csv"])] == run.ledger.to_frame()["status"].tolist()


def test_the_headline_at_no_shift_is_that_of_the_study() -> None:
    run = study_of(["2022-02-01"])
    shifts = rows_of(render(run, NO_PAGES).files["shifts.csv"])
    there = [row for row in shifts if row["shift"] == "0" and row["term"] == "headline"]
    car = run.to_frame("car").query("term == 'headline'")
    assert [row["instrument"] for row in there] == ["EUR/MXN", "EUR/ZAR"]
    assert [float(row["estimate"]) for row in there] == pytest.approx(car["estimate"].tolist(), rel=1e-12)
    assert {int(row["shift"]) for row in shifts} == {-2, -1, 0, 1, 2}


def test_an_overlap_is_a_row_and_windows_apart_are_none() -> None:
    near = study_of(
        ["2022-02-01", "2022-02-03"], pairs=[("2022-02-01", "EUR/MXN"), ("2022-02-03", "EUR/MXN")]
    )
    (row,) = rows_of(render(near, NO_PAGES).files["overlaps.csv"])
    assert (row["event_id"], row["other_event_id"], row["sessions"]) == (
        "2022-02-01",
        "2022-02-03",
        "9",
    )  # 11 less 2
    far = study_of(["2021-02-01", "2022-02-03"], pairs=[("2021-02-01", "EUR/MXN"), ("2022-02-03", "EUR/MXN")])
    rendered = render(far, NO_PAGES)
    assert list(rendered.files) == [*TABLES, "shifts.csv", "result.json"]
    assert rendered.remarks == ()


def test_of_too_many_overlaps_there_is_a_remark_and_no_table(
    run: StudyResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "MOST_OVERLAPS", 1)  # the two pairs of the one event overlap: one edge
    assert "overlaps.csv" in render(run, NO_PAGES).files
    monkeypatch.setattr(outputs, "MOST_OVERLAPS", 0)
    rendered = render(run, NO_PAGES)
    assert "overlaps.csv" not in rendered.files
    assert rendered.remarks == ("overlaps.csv is left out: more than 0 event windows share days",)


def test_with_confounders_the_averages_stand_with_and_without_the_confounded() -> None:
    days = ["2021-03-03", "2021-06-02", "2021-09-01"]
    rows = rows_of(render(study_of(days, confounder="2021-06-02"), NO_PAGES).files["without_confounded.csv"])
    headline = [row for row in rows if row["term"] == "CAAR headline"]
    assert [(row["sample"], row["n"]) for row in headline] == [
        ("all pairs", "6"),
        ("without confounded", "4"),
    ]
    assert "without_confounded.csv" not in render(study_of(days), NO_PAGES).files


def test_a_study_of_which_nothing_is_left_writes_what_every_study_writes() -> None:
    rendered = render(study_of(["2022-12-30"], confounder="2022-12-30"), OutputTable(Path("unused")))
    assert list(rendered.files) == [*TABLES, "result.json"]
    assert rendered.findings == ()


# the contact sheet

THREE = ["2021-03-03", "2021-06-02", "2021-09-01"]


@pytest.mark.parametrize(
    ("days", "pairs", "output", "made"),
    [
        (THREE, "all", OutputTable(Path("unused"), csv=False, json=False), True),
        (THREE[:2], "all", OutputTable(Path("unused"), csv=False, json=False), False),
        (
            THREE,  # each event meets one instrument, but not all the same
            [(THREE[0], "EUR/MXN"), (THREE[1], "EUR/ZAR"), (THREE[2], "EUR/MXN")],
            OutputTable(Path("unused"), csv=False, json=False),
            False,
        ),
        (THREE, "all", OutputTable(Path("unused"), csv=False, json=False, sheet=False), False),
        (THREE, "all", OutputTable(Path("unused"), png=False, csv=False), False),
        (THREE[:1], "all", OutputTable(Path("unused"), png=False, csv=False, json=False, sheet=True), True),
    ],
    ids=["three events", "two events", "no grid", "switched off", "no pictures", "the sheet alone"],
)
@pytest.mark.usefixtures("undrawn")
def test_a_contact_sheet_is_made_for_three_events_on_the_same_instruments(
    days: list[str], pairs: object, output: OutputTable, made: bool
) -> None:
    files = render(study_of(days, pairs=pairs), output, title="Three days").files
    assert ("sheet.png" in files) == made
    if made:
        sheet = mi.contact_sheet(study_of(days, pairs=pairs), title="Three days")
        assert files["sheet.png"] == sheet.png()


def test_pairs_that_do_not_fit_on_a_sheet_are_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketimpact.reporting.contact.MOST_ROWS", 2)
    rendered = render(study_of(THREE), OutputTable(Path("unused"), png=False, csv=False, sheet=True))
    assert list(rendered.files) == ["result.json"]
    assert rendered.remarks == (
        "sheet.png is left out: the pairs do not fit on one sheet (3 rows of events, 2 instruments; allowed: 1 to 2"
        " rows of events, up to 4 instruments)",
    )


def test_the_json_is_the_result_in_a_settled_order(run: StudyResult) -> None:
    text = json_text(run)
    assert json.loads(text) == run.to_dict()
    assert "NaN" not in text
    assert "Infinity" not in text
    assert list(json.loads(text)) == sorted(json.loads(text))


@pytest.mark.parametrize(
    ("output", "kinds"),
    [
        (OutputTable(Path("unused"), csv=False, json=False), {".png"}),
        (OutputTable(Path("unused"), png=False, json=False), {".csv"}),
        (OutputTable(Path("unused"), png=False, csv=False), {".json"}),
    ],
)
@pytest.mark.usefixtures("undrawn")
def test_only_what_is_asked_for_is_made(run: StudyResult, output: OutputTable, kinds: set[str]) -> None:
    rendered = render(run, output)
    assert {Path(name).suffix for name in rendered.files} == kinds
    assert [finding.page for finding in rendered.findings] == (
        ["1-1_EUR-RUB.png", "1-1_EUR-TRY.png"] if output.png else [None, None]
    )


def test_there_is_a_page_a_used_pair_and_the_same_bytes_twice(run: StudyResult) -> None:
    steps: list[tuple[int, int]] = []
    once = render(run, OutputTable(Path("unused")), progress=lambda done, total: steps.append((done, total)))
    again = render(run, OutputTable(Path("unused")))
    assert steps == [(1, 2), (2, 2)]
    assert once.files == again.files
    assert once.files["1-1_EUR-RUB.png"].startswith(b"\x89PNG")
    assert once.findings[0].text == mi.report(run, "=1+1", "EUR/RUB").finding
    assert once.findings[0].text.startswith("EUR/RUB, 24 February 2022: abnormal move +5.")


# whole or not at all


def test_a_new_folder_appears_with_its_parents(tmp_path: Path) -> None:
    paths = publish(FILES, tmp_path / "deep" / "out")
    assert paths == [tmp_path / "deep" / "out" / name for name in FILES]
    assert everything(tmp_path) == {f"deep/out/{name}": content for name, content in FILES.items()}
    assert (tmp_path / "deep" / "out").stat().st_mode == (tmp_path / "deep").stat().st_mode


def test_a_folder_that_exists_keeps_what_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"old a")
    (tmp_path / "mine.txt").write_bytes(b"mine")
    publish(FILES, tmp_path)
    assert everything(tmp_path) == {**FILES, "mine.txt": b"mine"}


def failing(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, at: int, error: BaseException) -> None:
    """Let a call fail the ``at``-th time, once."""
    real: Callable[..., object] = getattr(owner, name)
    calls = iter(range(1, 1000))

    def fail(*args: object, **more: object) -> object:
        if next(calls) == at:
            raise error
        return real(*args, **more)

    monkeypatch.setattr(owner, name, fail)


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize(
    ("error", "raised", "words"),
    [
        (OSError(28, "No space left on device"), mi.InputError, "folder: cannot be written .No space left"),
        (KeyboardInterrupt("stop"), KeyboardInterrupt, "stop"),
    ],
)
def test_a_failure_while_moving_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException, raised: type, words: str
) -> None:
    before = {"a.png": b"old a", "c.json": b"old c", "mine.txt": b"mine"}
    for name, content in before.items():
        (tmp_path / name).write_bytes(content)
    failing(monkeypatch, os, "replace", at, error)
    with pytest.raises(raised, match=words):
        publish(FILES, tmp_path)
    assert everything(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(before)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_failure_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    failing(monkeypatch, Path, "write_bytes", at, OSError(28, "No space left on device"))
    with pytest.raises(
        mi.InputError, match=r"folder: cannot be written \(No space left on device\); received"
    ):
        publish(FILES, tmp_path / "deep" / "er" / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_at_the_last_step_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, Path, "rename", 1, KeyboardInterrupt("stop"))
    with pytest.raises(KeyboardInterrupt, match="stop"):
        publish(FILES, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_links_in_the_folder_are_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "far.txt").write_bytes(b"far")
    (tmp_path / "out" / "a.png").symlink_to(tmp_path / "far.txt")
    publish(FILES, tmp_path / "out")
    assert (tmp_path / "far.txt").read_bytes() == b"far"
    assert not (tmp_path / "out" / "a.png").is_symlink()


def test_a_link_is_put_back_after_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").symlink_to("nowhere")
    failing(monkeypatch, os, "replace", 2, OSError("no"))
    with pytest.raises(mi.InputError, match=r"cannot be written \(OSError\)"):
        publish(FILES, tmp_path)
    assert (tmp_path / "a.png").readlink() == Path("nowhere")


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"the user's")
    with pytest.raises(
        mi.InputError, match=r"an output would replace a folder, or a file that the study reads; rec"
    ):
        publish(FILES, tmp_path, keep=[tmp_path / "b.csv", tmp_path / "gone.csv"])
    assert everything(tmp_path) == {"b.csv": b"the user's"}


def test_a_folder_under_an_outputs_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.json").mkdir()
    with pytest.raises(mi.InputError, match=r"received '.*c\.json'; allowed: another folder"):
        publish(FILES, tmp_path)
    assert everything(tmp_path) == {}


def test_a_file_in_the_way_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"mine")
    with pytest.raises(mi.InputError, match=r"folder: cannot be written \("):
        publish(FILES, tmp_path / "out" / "deeper")
    assert everything(tmp_path) == {"out": b"mine"}


def test_pages_of_an_earlier_run_are_named(tmp_path: Path) -> None:
    publish({**FILES, "old.png": b""}, tmp_path)
    assert not_written(tmp_path, FILES) == ["old.png"]
