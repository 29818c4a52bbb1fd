"""What a study writes: pages, tables and JSON, rendered in memory and published whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from ..errors import InputError
from ..reporting.page import report
from ..study.result import StudyResult, Table
from .study_file import OutputTable
from .study_run import StudyRun

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Finding",
    "Rendered",
    "csv_text",
    "json_text",
    "not_written",
    "page_names",
    "publish",
    "render",
]

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text cell that begins with one of these would run as a formula in a spreadsheet."""

LONGEST = 80
"""Bytes of an id within the name of a file."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One pair's finding.

    Attributes
    ----------
    text : str
        One plain sentence.
    page : str or None
        Name of the file that holds its page.
    """

    text: str
    page: str | None


@dataclass(frozen=True, slots=True)
class Rendered:
    """Everything that a study writes, in memory.

    Attributes
    ----------
    findings : tuple of Finding
        One a pair, in the order of the pairs.
    files : mapping of str to bytes
        Content by name of file; ``result.json`` comes last.
    """

    findings: tuple[Finding, ...]
    files: Mapping[str, bytes]


def render(
    run: StudyRun, output: OutputTable, *, progress: Callable[[int, int], None] | None = None
) -> Rendered:
    """Make the content of every file.

    Parameters
    ----------
    run : StudyRun
    output : OutputTable
        Which of PNG, CSV and JSON are wanted.
    progress : callable, optional
        Called with (done, all) after each page.

    Returns
    -------
    Rendered
    """
    pairs = [(str(event_id), str(instrument)) for event_id, instrument in run.result.pairs]
    files: dict[str, bytes] = {}
    findings = []
    for done, (pair, name) in enumerate(zip(pairs, page_names(pairs), strict=True), start=1):
        page = report(run.result, *pair, confounders=run.confounders)
        if output.png:
            files[name] = page.png()
        findings.append(Finding(page.finding, name if output.png else None))
        if progress is not None:
            progress(done, len(pairs))
    if output.csv:
        for name, frame in _tables(run.result).items():
            files[f"{name}.csv"] = csv_text(frame).encode()
    if output.json:
        files["result.json"] = json_text(run.result).encode()
    return Rendered(tuple(findings), files)


def _tables(result: StudyResult) -> dict[str, pd.DataFrame]:
    tables: tuple[Table, ...] = get_args(Table)
    return {**{name: result.to_frame(name) for name in tables}, "ledger": result.ledger.to_frame()}


def page_names(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Give each pair's page a file name that every system takes; the order of the pairs does not matter.

    Parameters
    ----------
    pairs : sequence of (event_id, instrument)

    Returns
    -------
    list of str
        Names that differ in more than upper and lower case; pairs whose names would not carry a digest of their ids.

    Examples
    --------
    >>> page_names([("invasion", "EUR/RUB"), ("../etc", "KZ 2045")])
    ['invasion_EUR-RUB.png', 'etc_KZ-2045.png']
    """
    names = [f"{_slug(event_id)}_{_slug(instrument)}" for event_id, instrument in pairs]
    for digits in (8, 64):
        count = Counter(name.casefold() for name in names)
        digests = [hashlib.sha256("\0".join(pair).encode()).hexdigest()[:digits] for pair in pairs]
        names = [
            f"{name}-{digest}" if count[name.casefold()] > 1 else name
            for name, digest in zip(names, digests, strict=True)
        ]
    return [f"{name}.png" for name in names]


def _slug(text: str) -> str:
    """Letters and digits of any script, the rest as single hyphens."""
    normal = unicodedata.normalize("NFC", text)
    words = "".join(letter if letter.isalnum() else " " for letter in normal).split()
    return "-".join(words).encode()[:LONGEST].decode(errors="ignore") or "unnamed"


def csv_text(frame: pd.DataFrame) -> str:
    """Write a frame as CSV: numbers in full, dates in ISO, and no text that a spreadsheet would run.

    Parameters
    ----------
    frame : DataFrame

    Returns
    -------
    str
        Lines end in a line feed; text cells that begin like a formula carry a leading apostrophe.

    Examples
    --------
    >>> import pandas as pd
    >>> print(csv_text(pd.DataFrame({"event_id": ["=1+1"], "estimate": [-0.5]})), end="")
    event_id,estimate
    '=1+1,-0.5
    """
    import pandas as pd

    columns = {}
    for name in frame:
        column = frame[name]
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            column = column.dt.strftime("%Y-%m-%dT%H:%M:%SZ")  # the ledger keeps instants in UTC
        elif pd.api.types.is_datetime64_dtype(column.dtype):
            column = column.dt.strftime("%Y-%m-%d")
        elif pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype):
            column = column.map(_harmless, na_action="ignore")
        columns[name] = column
    return pd.DataFrame(columns, index=frame.index).to_csv(index=False, lineterminator="\n")


def _harmless(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    safe = f"'{cell}" if cell.startswith(FORMULA) else cell
    return safe.replace("\r\n", "\n").replace("\r", "\n")  # a bare carriage return would not be quoted


def json_text(result: StudyResult) -> str:
    """Write a result as JSON, keys in alphabetical order, null for NaN."""
    return json.dumps(result.to_dict(), allow_nan=False, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def publish(files: Mapping[str, bytes], folder: Path, *, keep: Iterable[Path] = ()) -> list[Path]:
    """Write files into a folder: all of them, or none.

    They are first written into a temporary folder beside their place. A folder that is new then takes its name in
    one step; in one that exists the files are replaced one by one, and put back if one of them fails.

    Parameters
    ----------
    files : mapping of str to bytes
        Content by name of file.
    folder : Path
        Made if it is not there.
    keep : iterable of Path
        Files that must not be replaced: the study's own inputs.

    Returns
    -------
    list of Path
        The files, in the order given.

    Raises
    ------
    InputError
        If the folder cannot be written to, or a file would replace one to keep.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     [path.name for path in publish({"car.csv": b"n\\n"}, Path(home) / "out")]
    ['car.csv']
    """
    folder = Path(folder)
    targets = [folder / name for name in files]
    try:
        _check_targets(targets, [path for path in keep if path.exists()])
        new = not folder.exists()
        missing = [parent for parent in folder.parents if not parent.exists()]
        staging = (folder.parent if new else folder) / f".{folder.name}-{secrets.token_hex(6)}.tmp"
        try:
            (staging / "new").mkdir(parents=True)
            for name, content in files.items():
                (staging / "new" / name).write_bytes(content)
            if new:
                (staging / "new").rename(folder)
            else:
                _replace(staging, folder, list(files))
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            if not folder.exists():
                _remove_empty(missing)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            f"cannot be written ({reason})",
            parameter="folder",
            received=str(folder),
            allowed="a folder that can be written to, with room for the outputs",
        ) from error
    return targets


def not_written(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Name the pages in a folder that this run did not write: an earlier one may have."""
    return sorted(path.name for path in folder.glob("*.png") if path.name not in files)


def _check_targets(targets: Sequence[Path], keep: Sequence[Path]) -> None:
    for target in targets:
        if target.is_dir() or any(target.exists() and target.samefile(path) for path in keep):
            raise InputError(
                "an output would replace a folder, or a file that the study reads",
                parameter="folder",
                received=str(target),
                allowed="another folder for the outputs",
            )


def _replace(staging: Path, folder: Path, names: Sequence[str]) -> None:
    """Move files into place one by one; after a failure the folder holds what it held before."""
    old = staging / "old"
    old.mkdir()
    done: list[str] = []
    try:
        for name in names:
            if os.path.lexists(folder / name):
                shutil.copy2(folder / name, old / name, follow_symlinks=False)
            done.append(name)
            os.replace(staging / "new" / name, folder / name)
    except BaseException:  # an interrupt too must leave the folder as it was
        for name in reversed(done):
            if os.path.lexists(old / name):
                os.replace(old / name, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
        raise


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders that were made on the way, innermost first."""
    for folder in folders:
        with suppress(OSError):  # somebody else put something there, or it was never made
            folder.rmdir()
