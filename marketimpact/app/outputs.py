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

import numpy as np

from ..errors import InputError
from ..ledger import csv_text
from ..reporting.contact import contact_sheet
from ..reporting.page import report
from ..reporting.words import finding
from ..study.country import country_table
from ..study.result import StudyResult, Table
from .bundle_folder import is_bundle
from .study_file import OutputTable

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "PairFinding",
    "Rendered",
    "json_text",
    "not_written",
    "page_names",
    "publish",
    "render",
]

SHEET = "sheet.png"
SHEET_EVENTS = 3
"""Events on the same instruments from which a contact sheet is made unasked."""

MOST_OVERLAPS = 200_000
"""Overlaps beyond which their table is left out: their number grows with the square of the events on a date."""

LONGEST = 80
"""Bytes of an id within the name of a file."""


@dataclass(frozen=True, slots=True)
class PairFinding:
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
    findings : tuple of PairFinding
        One a pair, in the order of the pairs.
    files : mapping of str to bytes
        Content by name of file; ``result.json`` comes last.
    remarks : tuple of str
        What is not written although it could be expected, and why.
    """

    findings: tuple[PairFinding, ...]
    files: Mapping[str, bytes]
    remarks: tuple[str, ...] = ()


def render(
    result: StudyResult,
    output: OutputTable,
    *,
    title: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Rendered:
    """Make the content of every file.

    Parameters
    ----------
    result : StudyResult
    output : OutputTable
        Which of PNG, CSV, JSON and contact sheet are wanted.
    title : str, optional
        Title of the contact sheet.
    progress : callable, optional
        Called with (done, all) after each page.

    Returns
    -------
    Rendered
    """
    files, findings, remarks = {}, [], []
    pairs = [(str(event_id), str(instrument)) for event_id, instrument in result.pairs]
    for done, (pair, name) in enumerate(zip(pairs, page_names(pairs), strict=True), start=1):
        findings.append(PairFinding(finding(result.one(*pair)), name if output.png else None))
        if output.png:
            files[name] = report(result, *pair).png()
        if progress is not None:
            progress(done, len(pairs))
    if output.sheet or (output.sheet is None and output.png and _is_grid(result)):
        try:
            files[SHEET] = contact_sheet(result, title=title or "Contact sheet").png()
        except InputError as error:
            fault = f"{error.message} ({error.received}; allowed: {error.allowed})"
            remarks.append(f"{SHEET} is left out: {fault}")
    if output.csv:
        overlaps = _overlaps(result)
        tables = _tables(result, overlaps)
        files |= {f"{name}.csv": csv_text(frame).encode() for name, frame in tables.items()}
        if overlaps is None:
            remarks.append(f"overlaps.csv is left out: more than {MOST_OVERLAPS:,} event windows share days")
    if output.json:
        files["result.json"] = json_text(result).encode()
    return Rendered(tuple(findings), files, tuple(remarks))


def _is_grid(result: StudyResult) -> bool:
    """Whether several events meet the same instruments: what a contact sheet is made for."""
    asked = result.alignment
    cells = len(np.unique(asked.event)) * len(np.unique(asked.instrument))
    used = {event_id for event_id, _ in result.pairs}
    return len(asked) == cells and len(used) >= SHEET_EVENTS


def _tables(result: StudyResult, overlaps: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """Give the tables by name: those that every result has, then those that have rows."""
    tables = {name: result.to_frame(name) for name in get_args(Table)}
    more = {"shifts": result.shift_sensitivity(), "country": country_table(result)}
    if overlaps is not None:
        more["overlaps"] = overlaps
    if result.alignment.confounders is not None and len(result.pairs):
        more["without_confounded"] = result.excluding_confounded().to_frame()
    found = {name: frame for name, frame in more.items() if len(frame)}
    return {**tables, "ledger": result.ledger.to_frame(), **found}


def _overlaps(result: StudyResult) -> pd.DataFrame | None:
    """The overlap graph's edges; None where they are too many for a file."""
    try:
        return result.alignment.overlaps(limit=MOST_OVERLAPS).to_frame()
    except InputError:
        return None


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


def json_text(result: StudyResult) -> str:
    """Write a result as JSON, keys in alphabetical order, null for NaN."""
    return json.dumps(result.to_dict(), allow_nan=False, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def publish(files: Mapping[str, bytes], folder: Path, *, keep: Iterable[Path] = ()) -> list[Path]:
    """Write files into a folder: all of them, or none.

    They are first written into a temporary folder beside their place. A folder that is new then takes its name in
    one step; in one that exists the files are replaced one by one, and put back if one of them fails. Files below one
    name, "bundle/manifest.json", are a folder, which is replaced as a whole.

    Parameters
    ----------
    files : mapping of str to bytes
        Content by name of file; by "bundle/manifest.json" in a folder within the folder.
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
    tops = list(dict.fromkeys(name.partition("/")[0] for name in files))
    try:
        inner = [folder / top for top in tops if top not in files]
        _check_targets(targets, inner, [path for path in keep if path.exists()])
        new = not folder.exists()
        missing = [parent for parent in folder.parents if not parent.exists()]
        staging = (folder.parent if new else folder) / f".{folder.name}-{secrets.token_hex(6)}.tmp"
        try:
            (staging / "new").mkdir(parents=True)
            for top in set(tops) - files.keys():
                (staging / "new" / top).mkdir()
            for name, content in files.items():
                (staging / "new" / name).write_bytes(content)
            if new:
                (staging / "new").rename(folder)
            else:
                _replace(staging, folder, tops)
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


def _check_targets(targets: Sequence[Path], inner: Sequence[Path], keep: Sequence[Path]) -> None:
    for one in inner:
        if os.path.lexists(one) and not (one.is_dir() and (is_bundle(one) or not any(one.iterdir()))):
            raise InputError(
                "an output would replace what is no bundle",
                parameter="folder",
                received=str(one),
                allowed="a folder that is new, empty or a bundle",
            )
        if any(path.resolve().is_relative_to(one.resolve()) for path in keep):
            raise InputError(
                "an output would replace a bundle that the study reads",
                parameter="folder",
                received=str(one),
                allowed="another folder for the outputs",
            )
    for target in targets:
        if target.is_dir() or any(target.exists() and target.samefile(path) for path in keep):
            raise InputError(
                "an output would replace a folder, or a file that the study reads",
                parameter="folder",
                received=str(target),
                allowed="another folder for the outputs",
            )


def _replace(staging: Path, folder: Path, names: Sequence[str]) -> None:
    """Move files and folders into place one by one; after a failure the folder holds what it held before."""
    old = staging / "old"
    old.mkdir()
    done: list[str] = []
    try:
        for name in names:
            if (staging / "new" / name).is_dir():
                done.append(name)
                if os.path.lexists(folder / name):
                    os.replace(folder / name, old / name)
            else:
                if os.path.lexists(folder / name):
                    shutil.copy2(folder / name, old / name, follow_symlinks=False)
                done.append(name)
            os.replace(staging / "new" / name, folder / name)
    except BaseException:  # an interrupt too must leave the folder as it was
        for name in reversed(done):
            _put_back(staging, folder, name)
        raise


def _put_back(staging: Path, folder: Path, name: str) -> None:
    """Put the old file or folder of a name back; where there was none, remove the new one."""
    came = not os.path.lexists(staging / "new" / name)
    if came and (folder / name).is_dir():
        shutil.rmtree(folder / name)
    if os.path.lexists(staging / "old" / name):
        os.replace(staging / "old" / name, folder / name)
    elif came:
        (folder / name).unlink(missing_ok=True)


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders that were made on the way, innermost first."""
    for folder in folders:
        with suppress(OSError):  # somebody else put something there, or it was never made
            folder.rmdir()
