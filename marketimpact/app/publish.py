"""Files into a folder: all of them, or none."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..errors import InputError
from .bundle_folder import is_bundle

__all__ = ["not_written", "publish"]


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
