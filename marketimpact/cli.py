"""The command ``marketimpact``: the only place that prints.

Findings and paths go to standard output; messages, and a bar when work is long, to standard error.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from ._version import __version__
from .errors import InputError, MarketImpactError, MarketImpactWarning, SourceError

if TYPE_CHECKING:
    from .app.bundle import Bundle
    from .app.outputs import Rendered
    from .app.regressions import RegressionRun
    from .app.study_file import StudyFile
    from .ledger import Ledger
    from .sources.files import Layout
    from .study.result import StudyResult

__all__ = ["main"]

FINE, BAD_INPUT, SOURCE_FAILED, IN_PART, INTERRUPTED = 0, 2, 3, 4, 130

PATIENCE = 1.0
"""Work that takes longer than this gets a bar [s]."""

MOST_REASONS = 10
"""Reasons that are printed; the ledger has them all."""

EXIT_CODES = """exit codes:
  0  fine
  2  bad input: the message says which file and key, what was received and what is allowed
  3  a source of data failed
  4  done in part: the ledger says what is missing
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process when not given.

    Returns
    -------
    int
        0 fine, 2 bad input, 3 a source failed, 4 done in part, 130 interrupted.

    Examples
    --------
    >>> main(["--version"])
    marketimpact 0.1.0
    0
    """
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said what it had to say
        return stop.code if isinstance(stop.code, int) else FINE
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        with _stopped_by_signal(), _plain_warnings():
            return run(arguments)
    except SourceError as error:
        _complain(f"a source failed: {error}")
        return SOURCE_FAILED
    except MarketImpactError as error:
        _complain(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the findings has gone; the files are written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="marketimpact",
        description="Did this dated news move this sovereign bond or currency, by how much, and how sure can we be?",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"marketimpact {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    study = commands.add_parser("study", help="run a study file", allow_abbrev=False)
    study.add_argument("file", metavar="STUDY.toml", help="the study file")
    study.add_argument("--out", metavar="FOLDER", help="where to write, instead of [output] folder")
    study.add_argument(
        "--bundle", metavar="FOLDER", help="take series and events from a bundle that a run has written"
    )
    study.add_argument(
        "--allow-outside", action="store_true", help="let paths in the study file leave its folder"
    )
    _add_offline(study)
    study.set_defaults(run=_study)
    demo = commands.add_parser("demo", help="write the demonstration's pages", allow_abbrev=False)
    demo.add_argument("--out", metavar="FOLDER", default="reports", help="where to write (default: reports)")
    demo.set_defaults(run=_demo)
    _add_inspect(commands)
    _add_cache(commands)
    return parser


def _add_offline(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--offline", action="store_true", help="never touch the network: of sources only what the cache holds"
    )


def _add_inspect(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    inspect = commands.add_parser(
        "inspect", help="look for what is wrong or odd in series; nothing is repaired", allow_abbrev=False
    )
    inspect.add_argument(
        "file", metavar="FILE", help="a study file (.toml: all its series), or a table: CSV, .xlsx, Parquet"
    )
    inspect.add_argument("--date", metavar="COLUMN", help="column of dates (default: the first one of dates)")
    inspect.add_argument(
        "--value",
        metavar="COLUMN",
        action="append",
        default=[],
        help="column of values; may be repeated (default: every column of numbers)",
    )
    inspect.add_argument(
        "--yield", dest="as_yield", action="store_true", help="values are yields in percent, not prices"
    )
    inspect.add_argument("--calendar", metavar="NAME", help="calendar of expected sessions, like XLON")
    _add_layout(inspect)
    inspect.add_argument(
        "--allow-outside", action="store_true", help="let paths in a study file leave its folder"
    )
    _add_offline(inspect)
    inspect.set_defaults(run=_inspect)


def _add_layout(inspect: argparse.ArgumentParser) -> None:
    """Add what can be said of a table; what is not said is recognised."""
    inspect.add_argument(
        "--layout", metavar="NAME", help='a known layout, like "investing" (default: recognised)'
    )
    inspect.add_argument("--delimiter", help="between cells (default: the layout's, else a comma)")
    inspect.add_argument("--decimal", help="decimal mark (default: the layout's, else a point)")
    inspect.add_argument("--thousands", help="mark between thousands (default: the layout's, else none)")
    inspect.add_argument(
        "--date-format", metavar="FORM", help="form of dates, like %%d.%%m.%%Y (default: as the rows tell)"
    )
    inspect.add_argument("--encoding", help="encoding of the text (default: the layout's, else UTF-8)")
    inspect.add_argument("--skip", metavar="N", type=int, default=0, help="rows before the header")
    inspect.add_argument("--sheet", metavar="NAME", help="sheet of a workbook that has several")
    inspect.add_argument("--only", metavar="COLUMN=CELL", help="leave away rows that hold another cell there")


def _add_cache(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    cache = commands.add_parser("cache", help="what was fetched and is kept", allow_abbrev=False)
    does = cache.add_subparsers(required=True, metavar="list|clear|verify", dest="does")
    for word, help in (
        ("list", "what is held, a line a series"),
        ("clear", "remove it, without asking"),
        ("verify", "look for damage; 2 when any is found"),
    ):
        one = does.add_parser(word, help=help, allow_abbrev=False)
        one.add_argument(
            "which", metavar="SOURCE[:SYMBOL]", nargs="?", default="", help="of one source, or of one series"
        )
        one.add_argument(
            "--file", metavar="FILE", help="the cache (default: MARKETIMPACT_CACHE, the user's own)"
        )
    cache.set_defaults(run=_cache)


def _cache(arguments: argparse.Namespace) -> int:
    from .app.cache_command import cleared, listed, verified

    lines, sound = [], True
    if arguments.does == "list":
        lines = listed(arguments.file, arguments.which)
    elif arguments.does == "clear":
        lines = [cleared(arguments.file, arguments.which)]
    else:
        lines, sound = verified(arguments.file, arguments.which)
    for line in lines:
        _say(line)
    return FINE if sound else BAD_INPUT


def _layout(arguments: argparse.Namespace) -> Layout:
    from .sources.files import Layout

    only = arguments.only and tuple(arguments.only.partition("=")[::2])
    names = ("delimiter", "decimal", "date_format", "encoding", "thousands", "skip", "sheet")
    return Layout(**{name: getattr(arguments, name) for name in names}, name=arguments.layout, only=only)


def _inspect(arguments: argparse.Namespace) -> int:
    from .app.inspect_file import FileForm, findings_of_file

    form = FileForm(
        arguments.date,
        tuple(arguments.value),
        arguments.as_yield,
        arguments.calendar,
        _layout(arguments),
    )
    findings = findings_of_file(
        arguments.file, form, allow_outside=arguments.allow_outside, offline=arguments.offline
    )
    for line in str(findings).splitlines():
        _say(line)
    return FINE


def _study(arguments: argparse.Namespace) -> int:
    from .app.bundle_folder import FOLDER
    from .app.bundle_study import bundle_of, is_own, kept
    from .app.publish import not_written, publish
    from .app.regression_outputs import ledgers_of, render_ran
    from .app.study_file import read_study_file
    from .app.study_run import run_file

    asked = read_study_file(arguments.file, allow_outside=arguments.allow_outside)
    folder = asked.output.folder if arguments.out is None else _folder(arguments.out)
    source = None if arguments.bundle is None else Path(arguments.bundle)
    bundle = None if source is None else _bundle(source, asked, folder)
    with _Bar(sys.stderr) as bar:
        ran = run_file(asked, bundle=bundle, offline=arguments.offline, progress=bar.of("study"))
        rendered = render_ran(ran, asked.output, title=asked.title, progress=bar.of("pages"))
    data = {} if source is not None and is_own(folder, source) else bundle_of(asked, ran)
    publish({**data, **rendered.files}, folder, keep=kept(asked, source))
    if ran.result is not None:
        _say_study(ran.result, rendered, folder, asked.title or asked.name)
    _say_regressions(ran.runs)
    pages = {finding.page for finding in rendered.findings}
    for name in rendered.files:
        if name not in pages:
            _say(_short(folder / name))
    if data:
        _say(_short(folder / FOLDER))
    for remark in rendered.remarks:
        _complain(remark)
    if asked.output.png and (others := not_written(folder, rendered.files)):
        _complain(f"{_short(folder)} also holds pages that this run did not write: {', '.join(others)}")
    codes = [FINE if ran.result is None else _left_out(ran.result.ledger)]
    codes += [_left_out(one, run.name) for run in ran.runs if run.of_events for one in ledgers_of(run)]
    return max(*codes, _not_come(ran.panel.ledger, said=bundle is None))


def _bundle(source: Path, asked: StudyFile, folder: Path) -> Bundle:
    """Read the bundle to run on, and say what may make the outputs differ."""
    from .app.bundle import read_bundle
    from .app.bundle_study import check_outputs, remarks_on

    check_outputs(folder, source)
    bundle = read_bundle(source)
    for remark in remarks_on(asked, bundle):
        _complain(remark)
    return bundle


def _say_study(result: StudyResult, rendered: Rendered, folder: Path, title: str) -> None:
    _say(f"{title}: {result.ledger}")
    if policies := str(result.spec.policies):
        _say(f"Policies: {policies}")
    for finding in rendered.findings:
        _say(finding.text)
        if finding.page:
            _say(f"  {_short(folder / finding.page)}")
    for line in result.summary().tail:
        _say(line)


def _say_regressions(runs: Sequence[RegressionRun]) -> None:
    """Say one line a regression or association, and below them how they are read: what several share, once."""
    from .app.regression_outputs import common_reading, line_of

    for run in runs:
        for instrument, result in run.results.items():
            _say(line_of(run, instrument, result))
    names: dict[str, list[str]] = {}
    for run in runs:
        for line in common_reading(run):
            names.setdefault(line, []).append(run.name)
    for line, some in names.items():
        _say(f"  {', '.join(some)}: {line}")


def _left_out(ledger: Ledger, name: str = "") -> int:
    """Say what is missing, if anything is."""
    missing = ledger.given - ledger.used
    if not missing:
        return FINE
    _complain(f"{name and f'{name}: '}done in part: {missing} of {ledger.given} left out")
    rows = ledger.to_frame().query("status == 'left out'").fillna({"instrument": "not read"})
    for row in rows.head(MOST_REASONS).to_dict("records"):
        _complain(f"  {row['event_id']}, {row['instrument']}: {row['reason']}")
    if missing > MOST_REASONS:
        _complain(f"  ... and {missing - MOST_REASONS} more in the ledger")
    return IN_PART


def _not_come(ledger: Ledger | None, *, said: bool) -> int:
    """Say which series did not come, and why where no warning has said so."""
    if ledger is None or ledger.used == ledger.given:
        return FINE
    rows = ledger.to_frame().query("status == 'left out'").to_dict("records")
    names = ", ".join(row["instrument"] for row in rows)
    _complain(f"done in part: {len(rows)} of {ledger.given} series did not come: {names}")
    for row in rows[:0] if said else rows:
        _complain(f"  {row['instrument']}: {row['reason'].removeprefix(row['instrument'] + ': ')}")
    return IN_PART


def _demo(arguments: argparse.Namespace) -> int:
    from .app.demo import run_demo

    with _Bar(sys.stderr) as bar:
        made = run_demo(_folder(arguments.out), progress=bar.of("pages"))
    for path, finding in made:
        _say(finding)
        _say(f"  {_short(path)}")
    return FINE


def _folder(out: str) -> Path:
    folder = Path(out)
    if not out.strip() or (folder.exists() and not folder.is_dir()):
        raise InputError("is not a folder", parameter="--out", received=out, allowed="a folder, new or not")
    return folder.resolve()


def _short(path: Path) -> str:
    """A path as seen from here, where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _say(text: str) -> None:
    _write(text, sys.stdout)


def _complain(text: str) -> None:
    _write(f"marketimpact: {text}", sys.stderr)


def _write(text: str, stream: TextIO) -> None:
    """Print one line: nothing that steers a terminal, nothing its encoding cannot show."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    encoding = stream.encoding or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding), file=stream, flush=True)


class _Bar:
    """A bar of progress: on a terminal alone, and once work has taken a while."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.begun = time.monotonic()
        self.width = 0
        self.show = warnings.showwarning

    def __enter__(self) -> _Bar:
        warnings.showwarning = self._warn
        return self

    def __exit__(self, *raised: object) -> None:
        warnings.showwarning = self.show
        self._clear()

    def _warn(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        """Put a warning on a line of its own, not behind the bar."""
        self._clear()
        self.show(message, category, filename, lineno, file, line)

    def _clear(self) -> None:
        if self.width:
            self._draw("")
            self.stream.write("\r")
            self.stream.flush()
            self.width = 0

    def of(self, stage: str) -> Callable[[int, int], None]:
        """Give the callable that a stage of the work reports to, with (done, all)."""

        def show(done: int, total: int) -> None:
            if self.stream.isatty() and time.monotonic() - self.begun >= PATIENCE:
                full = 30 * done // max(total, 1)
                self._draw(f"{stage} [{'#' * full}{'.' * (30 - full)}] {done}/{total}")

        return show

    def _draw(self, text: str) -> None:
        self.stream.write("\r" + text.ljust(self.width))
        self.stream.flush()
        self.width = len(text)


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show the package's own warnings as one line each, without the place in the source."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", MarketImpactWarning)
        usual = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, MarketImpactWarning):
                _complain(f"warning: {message}")
            else:
                usual(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield


@contextmanager
def _stopped_by_signal() -> Iterator[None]:
    """Let a request to terminate end the work in order, so that nothing half-written stays behind."""

    def stop(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]  # nohup ignores one
    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
