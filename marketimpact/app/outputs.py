"""What a study writes: pages, tables and JSON, rendered in memory."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from ..errors import InputError
from ..ledger import csv_text
from ..reporting.contact import contact_sheet
from ..reporting.page import report
from ..reporting.words import finding
from ..study.country import country_table
from ..study.result import StudyResult, Table
from .study_file import OutputTable

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "PairFinding",
    "Rendered",
    "json_text",
    "page_names",
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
