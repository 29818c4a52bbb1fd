"""Outputs: names, tables and JSON in memory, and a folder that holds all of them or none."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.app.outputs import (
    csv_text,
    json_text,
    not_written,
    page_names,
    publish,
    render,
)
from marketimpact.app.study_file import OutputTable
from marketimpact.app.study_run import StudyRun

FILES = {"a.png": b"new a", "b.csv": b"new b", "c.json": b"new c"}


@pytest.fixture(scope="module")
def run() -> StudyRun:
    news = [
        mi.Event("=1+1", announced_at="2022-02-24T05:50", zone="Europe/Moscow", title="Formula"),
        mi.Event("late", announced_at="2022-03-08", zone="Europe/Moscow"),
    ]
    panel = mi.fetch(["ecb:EUR/RUB", "ecb:EUR/TRY"], start="2021-06-01", end="2022-03-01")
    study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 3)))
    return StudyRun(study.run(panel, news, pairs="all"), None)


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


def test_text_that_a_spreadsheet_would_run_is_neutralised_and_numbers_are_not() -> None:
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "x=1", "y\r\nz", None]
    frame = pd.DataFrame({"text": pd.Series(texts, dtype=object), "number": [-0.1] * 9})
    rows = list(csv.DictReader(io.StringIO(csv_text(frame), newline="")))
    assert [row["text"] for row in rows] == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\nx", "x=1", "y\nz", ""]
    assert {row["number"] for row in rows} == {"-0.1"}


def test_the_string_columns_of_pandas_are_text_too() -> None:
    frame = pd.DataFrame({"text": pd.array(["=1", None], dtype="string"), "kind": ["@a", "b"]})
    assert csv_text(frame) == "text,kind\n'=1,'@a\n,b\n"


def test_numbers_are_written_in_full_and_dates_in_one_form() -> None:
    frame = pd.DataFrame(
        {
            "p": [1e-300, 0.1 + 0.2],
            "n": pd.array([3, None], dtype="Int64"),
            "session": pd.to_datetime(["2022-01-05", None]).astype("datetime64[s]"),
            "instant": pd.to_datetime(["2022-01-05T10:10", None]).tz_localize("UTC"),
            "asynchronous": pd.array([True, None], dtype="boolean"),
        }
    )
    assert csv_text(frame) == (
        "p,n,session,instant,asynchronous\n"
        "1e-300,3,2022-01-05,2022-01-05T10:10:00Z,True\n"
        "0.30000000000000004,,,,\n"
    )


def test_the_tables_are_those_of_the_result(run: StudyRun) -> None:
    files = render(run, OutputTable(Path("unused"), png=False)).files
    assert list(files) == [
        "car.csv", "ar.csv", "caar.csv", "aar.csv", "tests.csv", "ledger.csv", "result.json",
    ]  # fmt: skip
    car = list(csv.DictReader(io.StringIO(files["car.csv"].decode())))
    expected = run.result.to_frame("car")
    assert [float(row["estimate"]) for row in car] == expected["estimate"].tolist()
    assert {row["event_id"] for row in car} == {"'=1+1"}
    ledger = list(csv.DictReader(io.StringIO(files["ledger.csv"].decode())))
    assert [row["status"] for row in ledger] == run.result.ledger.to_frame()["status"].tolist()


def test_the_json_is_the_result_in_a_settled_order(run: StudyRun) -> None:
    text = json_text(run.result)
    assert json.loads(text) == run.result.to_dict()
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
def test_only_what_is_asked_for_is_made(run: StudyRun, output: OutputTable, kinds: set[str]) -> None:
    rendered = render(run, output)
    assert {Path(name).suffix for name in rendered.files} == kinds
    assert [finding.page for finding in rendered.findings] == (
        ["1-1_EUR-RUB.png", "1-1_EUR-TRY.png"] if output.png else [None, None]
    )


def test_there_is_a_page_a_used_pair_and_the_same_bytes_twice(run: StudyRun) -> None:
    steps: list[tuple[int, int]] = []
    once = render(run, OutputTable(Path("unused")), progress=lambda done, total: steps.append((done, total)))
    again = render(run, OutputTable(Path("unused")))
    assert steps == [(1, 2), (2, 2)]
    assert once.files == again.files
    assert once.files["1-1_EUR-RUB.png"].startswith(b"\x89PNG")
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
