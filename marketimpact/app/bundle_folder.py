"""The folder of a bundle: a manifest with the hash of every file, and the hash of the manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import DataError, InputError
from .bundle_words import understood

__all__ = [
    "FOLDER",
    "MANIFEST",
    "SCHEMA",
    "SEAL",
    "is_bundle",
    "json_bytes",
    "read_sealed",
    "sealed",
    "sha256_of",
]

FOLDER = "bundle"
"""Name of the folder beside the rest of what a study writes."""

MANIFEST, SEAL = "manifest.json", "manifest.sha256"
SCHEMA = 1
"""Number of the form that a manifest has."""


def sha256_of(content: bytes) -> str:
    """Give the hash of some bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def json_bytes(content: object) -> bytes:
    """Write plain data as JSON in UTF-8; a character that is half of a pair, and no text, is escaped.

    Examples
    --------
    >>> json_bytes({"title": "Теңге"}).decode()
    '{\\n "title": "Теңге"\\n}\\n'
    """
    text = json.dumps(content, allow_nan=False, ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", "backslashreplace")


def sealed(files: Mapping[str, bytes], said: Mapping[str, Any]) -> dict[str, bytes]:
    """Add a manifest to files, and its seal.

    Parameters
    ----------
    files : mapping of str to bytes
        Content by name of file.
    said : mapping
        What the manifest says beside the hashes.

    Returns
    -------
    dict of str to bytes
        The files; then ``manifest.json`` with the hash and the size of each; then ``manifest.sha256`` in the form of
        ``sha256sum``.

    Examples
    --------
    >>> list(sealed({"series.parquet": b"..."}, {"schema": SCHEMA}))
    ['series.parquet', 'manifest.json', 'manifest.sha256']
    """
    hashes = {name: {"sha256": sha256_of(one), "bytes": len(one)} for name, one in files.items()}
    manifest = json_bytes({**said, "files": hashes})
    return {**files, MANIFEST: manifest, SEAL: f"{sha256_of(manifest)}  {MANIFEST}\n".encode()}


def is_bundle(folder: Path) -> bool:
    """Whether a folder is a bundle by the names of its files; what they hold is not looked at."""
    return (folder / MANIFEST).is_file() and (folder / SEAL).is_file()


def read_sealed(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read the manifest and every file of a bundle, and compare all of them with their hashes.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    manifest : dict
    files : dict of str to bytes
        Without manifest and seal.

    Raises
    ------
    InputError
        If there is no such folder, or it is no bundle.
    DataError
        If a file was changed, is missing or is additional: the message names it.
    """
    names = _names(folder)
    for name in (MANIFEST, SEAL):
        if name not in names:
            raise InputError(
                f"is no bundle: it has no {name}",
                parameter="folder",
                received=str(folder),
                allowed="a folder that write_bundle wrote",
            )
    content = _content(folder / MANIFEST)
    if _content(folder / SEAL).split() != [sha256_of(content).encode(), MANIFEST.encode()]:
        raise _changed(MANIFEST, f"its hash is not the one in {SEAL}")
    with understood(MANIFEST):
        manifest = json.loads(content)
        _check_schema(manifest)
        hashes = {
            str(name): (str(one["sha256"]), int(one["bytes"])) for name, one in manifest["files"].items()
        }
    _check_names(names - {MANIFEST, SEAL}, set(hashes))
    files = {}
    for name, (sha256, size) in hashes.items():
        files[name] = _content(folder / name)
        if sha256_of(files[name]) != sha256:
            raise _changed(name, f"{len(files[name])} bytes, {size} were written; the hash differs")
    return manifest, files


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except (OSError, ValueError) as error:  # ValueError: a name that no folder can have
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise InputError(
            f"cannot be read ({reason})",
            parameter="folder",
            received=str(folder),
            allowed="a folder that write_bundle wrote",
        ) from error


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot be read ({error.strerror or type(error).__name__})",
            parameter=path.name,
            allowed="the file as write_bundle wrote it",
        ) from error


def _check_schema(manifest: Any) -> None:
    if manifest["schema"] != SCHEMA:
        raise DataError(
            "has another form than this version of marketimpact reads",
            parameter=f"{MANIFEST}: schema",
            received=str(manifest["schema"])[:80],
            allowed=f"{SCHEMA}; the manifest says which version wrote it",
        )


def _check_names(found: set[str], wanted: set[str]) -> None:
    for name in sorted(wanted - found):
        raise DataError(
            "is missing from the bundle", parameter=name, allowed="the bundle whole, as it was written"
        )
    for name in sorted(found - wanted):
        raise DataError(
            "was not written with the bundle",
            parameter=name,
            allowed="nothing beside the files that the manifest names: move it out of the folder",
        )


def _changed(name: str, how: str) -> DataError:
    return DataError(
        "was changed after the bundle was written",
        parameter=name,
        received=how,
        allowed="the file as it was written; a version control or an editor may have changed the ends of its lines",
    )
