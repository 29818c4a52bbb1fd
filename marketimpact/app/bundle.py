"""Bundles: the exact series and events of a study in one folder, with hashes, from which it runs again bit for bit."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, get_args

from .._version import __version__
from ..errors import InputError
from ..market.panel import Panel
from ..market.quotes import Quotes
from ..news.event import Event
from ..news.event_set import EventSet, as_event_set
from .bundle_folder import MANIFEST, SCHEMA, json_bytes, read_sealed, sealed
from .bundle_tables import Form, Numbers, csv_of, numbers_in_csv, numbers_in_parquet, parquet_of
from .bundle_words import (
    events_from,
    events_said,
    instrument_from,
    instrument_said,
    ledger_from,
    ledger_said,
    plain,
    provenance_from,
    provenance_said,
    understood,
)
from .characteristics_file import LabelledNumbers, labelled_from, labelled_said
from .publish import publish

__all__ = ["Bundle", "bundle_bytes", "read_bundle", "write_bundle"]

PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "arch", "matplotlib", "pyarrow", "exchange_calendars")
"""Packages whose versions may change a digit, or a pixel, of what a study writes."""

TABLE, LABELLED = "series.parquet", "characteristics.json"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The data of a study, as they were when it ran.

    Attributes
    ----------
    panel : Panel
        Every series, with what it quotes, where it came from, its notes, and the ledger of what was fetched.
    events, confounders : EventSet or None
        With the rows that could not be read.
    numbers : mapping of str to Panel
        Series of numbers by date that regressions and associations were run on, by name.
    study : str or None
        Hash of the study file that wrote it.
    characteristics : mapping of str to LabelledNumbers
        Numbers by event, by instrument or by pair that cross-sections were run on, by name.
    manifest : mapping
        What was written beside: versions of packages, and the hash of every file. Empty before it is written.
    """

    panel: Panel
    events: EventSet | None = None
    confounders: EventSet | None = None
    numbers: Mapping[str, Panel] = field(default_factory=dict)
    study: str | None = None
    characteristics: Mapping[str, LabelledNumbers] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def other_versions(self) -> tuple[str, ...]:
        """Packages whose versions are not those that the bundle was written with, in words: digits may differ."""
        now = _versions()
        return tuple(
            f"{name} {then} (now {now.get(name, 'not installed')})"
            for name, then in self.manifest.get("versions", {}).items()
            if now.get(name) != then
        )


def write_bundle(
    folder: str | Path,
    panel: Panel,
    events: EventSet | Event | Iterable[Event] | None = None,
    *,
    confounders: EventSet | Event | Iterable[Event] | None = None,
    numbers: Mapping[str, Panel] | None = None,
    form: Form = "csv",
) -> Path:
    """Write the exact data of a study into a folder, whole or not at all.

    Tables hold dates and numbers alone; every word (ids, titles, notes) stands in JSON, where no spreadsheet runs it.

    Parameters
    ----------
    folder : str or Path
        New, empty, or a bundle, which is replaced.
    panel : Panel
    events, confounders : EventSet, Event or several of them, optional
    numbers : mapping of str to Panel, optional
        Further series of numbers by date, by name.
    form : {"csv", "parquet"}
        A CSV file a series, or one Parquet file, which needs the extra ``parquet``. Both give every number back
        exactly.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If the form is unknown, a member holds what cannot be read back as it was, the folder holds other things, or
        cannot be written to.
    MissingExtraError
        If Parquet is asked for and pyarrow is not installed.

    See Also
    --------
    read_bundle : what reads it.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from tempfile import TemporaryDirectory
    >>> panel = mi.fetch("ecb:EUR/RUB", start="2022-02-21", end="2022-02-25")
    >>> with TemporaryDirectory() as home:
    ...     folder = write_bundle(Path(home) / "ruble", panel)
    ...     names = sorted(path.name for path in folder.iterdir())
    ...     again = read_bundle(folder)
    >>> names
    ['manifest.json', 'manifest.sha256', 'series_1.csv']
    >>> again.panel == panel
    True
    """
    target = _resolved(folder)
    bundle = Bundle(
        panel,
        None if events is None else as_event_set(events),
        None if confounders is None else as_event_set(confounders),
        dict(numbers or {}),
    )
    publish({f"{target.name}/{name}": one for name, one in bundle_bytes(bundle, form).items()}, target.parent)
    return target


def _resolved(folder: str | Path) -> Path:
    try:
        target = Path(folder).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a name no system takes
        raise InputError(
            f"is not a path ({error})", parameter="folder", received=str(folder), allowed="a folder"
        ) from error
    if not target.name:
        raise InputError(
            "has no name", parameter="folder", received=str(folder), allowed="a folder of its own"
        )
    return target


def bundle_bytes(bundle: Bundle, form: Form) -> dict[str, bytes]:
    """Make the content of every file of a bundle.

    Parameters
    ----------
    bundle : Bundle
    form : {"csv", "parquet"}

    Returns
    -------
    dict of str to bytes
        By name of file, the manifest and its seal last. The same data give the same bytes.

    Raises
    ------
    InputError, MissingExtraError
        As `write_bundle`.
    """
    if form not in get_args(Form):
        raise InputError(
            "is not a form of bundle", parameter="form", received=form, allowed="'csv' or 'parquet'"
        )
    panels = [bundle.panel, *bundle.numbers.values()]
    quotes = [one for panel in panels for one in panel.quotes]
    if form == "parquet":
        files, names = {TABLE: parquet_of(quotes)}, [TABLE] * len(quotes)
    else:
        names = [f"series_{number}.csv" for number in range(1, len(quotes) + 1)]
        files = {name: csv_of(one) for name, one in zip(names, quotes, strict=True)}
    words = {"events": bundle.events, "confounders": bundle.confounders}
    files |= {f"{name}.json": json_bytes(events_said(one)) for name, one in words.items() if one is not None}
    if bundle.characteristics:
        files[LABELLED] = json_bytes(
            {name: labelled_said(one) for name, one in bundle.characteristics.items()}
        )
    series = iter(names)
    said = {
        "what": "a bundle of marketimpact: the exact data of a study",
        "schema": SCHEMA,
        "form": form,
        "versions": _versions(),
        "study": bundle.study,
        "panel": _panel_said(bundle.panel, series),
        "numbers": {name: _panel_said(panel, series) for name, panel in bundle.numbers.items()},
    }
    return sealed(files, said)


def _panel_said(panel: Panel, files: Iterable[str]) -> dict[str, Any]:
    series = [
        {
            "file": file,
            "sessions": len(quotes),
            "still": quotes.still is not None,
            "instrument": instrument_said(instrument),
            "provenance": provenance_said(quotes.provenance),
            "notes": [plain(note, f"notes of {instrument.id}") for note in quotes.notes],
        }
        for instrument, quotes, file in zip(panel.instruments, panel.quotes, files, strict=False)
    ]
    return {"series": series, "ledger": ledger_said(panel.ledger)}


def _versions() -> dict[str, str]:
    """Versions of what may change a digit; packages that are not installed are left away."""
    found = {"marketimpact": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def read_bundle(folder: str | Path) -> Bundle:
    """Read a bundle, after every hash in it was compared: data that were changed by accident are never used.

    The hashes tell accidents, not forgers: who rewrites a file can rewrite its hash.

    Parameters
    ----------
    folder : str or Path
        As `write_bundle` wrote it.

    Returns
    -------
    Bundle
        Its series and events are equal by value to those that were written.

    Raises
    ------
    InputError
        If there is no such folder, or it is no bundle.
    DataError
        If a file was changed, is missing or is additional: the message names it.
    MissingExtraError
        If it holds Parquet and pyarrow is not installed.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from tempfile import TemporaryDirectory
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> with TemporaryDirectory() as home:
    ...     folder = write_bundle(Path(home) / "ruble", mi.fetch("ecb:EUR/RUB"), news)
    ...     bundle = read_bundle(folder)
    >>> bundle.events["invasion"] == news, bundle.panel["EUR/RUB"].tolist()[-1]
    (True, 117.201)
    """
    manifest, files = read_sealed(Path(folder))
    with understood(MANIFEST):
        sets = {
            name: _events_from(files[f"{name}.json"], f"{name}.json")
            for name in ("events", "confounders")
            if f"{name}.json" in files
        }
        said = [manifest["panel"], *manifest["numbers"].values()]
        tables = iter(_tables([one for panel in said for one in panel["series"]], files))
        panel, *others = [_panel_from(one, tables) for one in said]
        numbers = dict(zip(manifest["numbers"], others, strict=True))
        return Bundle(
            panel, sets.get("events"), sets.get("confounders"), numbers, manifest["study"],
            _labelled_from(files.get(LABELLED)), manifest,
        )  # fmt: skip


def _events_from(content: bytes, name: str) -> EventSet:
    with understood(name):
        return events_from(json.loads(content))


def _labelled_from(content: bytes | None) -> dict[str, LabelledNumbers]:
    if content is None:
        return {}
    with understood(LABELLED):
        return {str(name): labelled_from(one) for name, one in json.loads(content).items()}


def _tables(series: list[dict[str, Any]], files: Mapping[str, bytes]) -> list[Numbers]:
    """Read the numbers of every series, in the order of the manifest."""
    if TABLE in files:
        return numbers_in_parquet(files[TABLE], TABLE, series)
    return [numbers_in_csv(files[one["file"]], one["file"], one["still"]) for one in series]


def _panel_from(said: Mapping[str, Any], tables: Iterable[Numbers]) -> Panel:
    instruments, quotes = [], []
    for one, (sessions, levels, still) in zip(said["series"], tables, strict=False):
        instruments.append(instrument_from(one["instrument"]))
        quotes.append(
            Quotes(sessions, levels, provenance_from(one["provenance"]), tuple(one["notes"]), still)
        )
    return Panel(tuple(instruments), tuple(quotes), ledger_from(said["ledger"]))
