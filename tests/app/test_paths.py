"""Paths in a study file: relative to its folder, and within it unless the caller says otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import marketimpact as mi
from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_run import load_news
from tests.app.conftest import Write

EVENTS = '[events]\ndataset = "kazakhstan_2022"\n'
SOURCE = '[[series]]\nsource = "ecb:EUR/RUB"\n'
BOND = 'bond = { id = "KZ 2045", quoted = "yield" }'
PATHS = {
    "events.file": '[events]\nfile = "{}"\n' + SOURCE,
    "series[1].file": EVENTS + '[[series]]\nfile = "{}"\n' + BOND,
    "confounders.file": EVENTS + SOURCE + '[confounders]\nfile = "{}"',
    "output.folder": EVENTS + SOURCE + '[output]\nfolder = "{}"',
}


@pytest.mark.parametrize("key", PATHS)
@pytest.mark.parametrize(
    "path", ["../outside", "sub/../../outside", "{tmp}/outside", "link/x", "{tmp}/home-too/x"]
)
def test_a_path_out_of_the_folder_is_refused_unless_allowed(
    write: Write, tmp_path: Path, key: str, path: str
) -> None:
    study = write()
    (study.parent / "link").symlink_to(tmp_path)
    study.write_text(PATHS[key].replace("{}", path.format(tmp=tmp_path)))
    with pytest.raises(
        mi.InputError, match=re.escape(f"{key}: lies outside the study file's folder; received")
    ):
        read_study_file(study)
    assert read_study_file(study, allow_outside=True)


@pytest.mark.parametrize("key", PATHS)
@pytest.mark.parametrize(
    "path", ["in.csv", "./sub/../in.csv", "{tmp}/home/in.csv", "link/in.csv", "..dots/in.csv"]
)
def test_a_path_within_the_folder_is_taken(write: Write, tmp_path: Path, key: str, path: str) -> None:
    study = write()
    (study.parent / "link").symlink_to(study.parent)
    study.write_text(PATHS[key].replace("{}", path.format(tmp=tmp_path)))
    assert read_study_file(study)


def test_a_circle_of_links_is_refused(write: Write) -> None:
    study = write()
    (study.parent / "circle").symlink_to(study.parent / "circle")
    study.write_text(PATHS["events.file"].replace("{}", "circle/x"))
    with pytest.raises(
        mi.InputError, match=r"events\.file: .*circle/x"
    ):  # at once, or from Python 3.13 when read
        load_news(read_study_file(study).news)
