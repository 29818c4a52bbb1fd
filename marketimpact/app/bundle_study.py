"""A study file with a bundle: the data that it used written beside the rest, and read in the place of its sources."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from .bundle import Bundle, bundle_bytes
from .bundle_folder import FOLDER
from .regressions import numbers_name
from .study_file import StudyFile
from .study_run import Ran

__all__ = [
    "bundle_of",
    "check_outputs",
    "is_own",
    "kept",
    "remarks_on",
]


def bundle_of(study: StudyFile, ran: Ran) -> dict[str, bytes]:
    """Make the files of the bundle that a study file asks for: none where it asks for none.

    Parameters
    ----------
    study : StudyFile
    ran : Ran

    Returns
    -------
    dict of str to bytes
        Content by name of file, each within the folder ``bundle``.

    Raises
    ------
    InputError, MissingExtraError
        As `write_bundle`.
    """
    if study.output.bundle is None or ran.data is None:
        return {}
    numbers = {
        numbers_name(run.kind, run.name, key): panel for run in ran.runs for key, panel in run.files.items()
    }
    data = ran.data
    labelled = {
        numbers_name(run.kind, run.name, key): one
        for run in ran.runs
        for key, one in run.characteristics.items()
    }
    bundle = Bundle(data.panel, data.events, data.confounders, numbers, study.sha256, labelled)
    files = bundle_bytes(bundle, study.output.bundle)
    return {f"{FOLDER}/{name}": content for name, content in files.items()}


def check_outputs(folder: Path, source: Path) -> None:
    """Refuse to write into the bundle that is read.

    Raises
    ------
    InputError
        If the folder of outputs is the bundle, or lies within it.
    """
    if folder.resolve().is_relative_to(source.resolve()):
        raise InputError(
            "would add files to the bundle that is read",
            parameter="--out",
            received=str(folder),
            allowed="a folder that is not within the bundle",
        )


def is_own(folder: Path, source: Path) -> bool:
    """Whether the bundle that is read is the one that a run into this folder would write: it is left as it is."""
    return (folder / FOLDER).resolve() == source.resolve()


def kept(study: StudyFile, source: Path | None) -> tuple[Path, ...]:
    """Give the files that outputs never replace: those of the study, and those of the bundle that it read."""
    return study.inputs if source is None else (*study.inputs, *source.iterdir())


def remarks_on(study: StudyFile, bundle: Bundle) -> tuple[str, ...]:
    """Say what may make the outputs differ from those of the run that wrote a bundle."""
    said = []
    if bundle.study not in (None, study.sha256):
        said.append(
            f"{study.name} is not the study file as it was when the bundle was written:"
            " [events], [[series]] and [confounders] are taken from the bundle, the rest from the file"
        )
    if bundle.other_versions:
        said.append(
            f"the bundle was written with {', '.join(bundle.other_versions)}: last digits and pictures may differ"
        )
    return tuple(said)
