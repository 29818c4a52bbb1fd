"""Models made of donors in the study file: the same numbers as in Python, and what is refused, in the file's words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_run import run_study
from marketimpact.study.models_donors import DonorAverage, DonorComponents, SyntheticControl
from tests.app.conftest import Write

DAYS = pd.bdate_range("2021-03-01", "2022-02-28")
ISSUERS = ("KZ", "UZ", "AM", "GE", "AZ")
NEWS = '[[events.list]]\nid = "e"\nannounced_at = 2022-01-05T10:00:00\nzone = "Europe/London"\nplace = "KZ"\n'


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    common = rng.normal(0.0, 0.04, (len(DAYS), 1))
    paths = 5.0 + (common + rng.normal(0.0, 0.04, (len(DAYS), len(ISSUERS)))).cumsum(axis=0)
    return pd.DataFrame(paths, index=DAYS, columns=ISSUERS).round(4)


def study_of(write: Write, study: str) -> Path:
    files = {
        name: column.rename_axis("date").reset_index().to_csv(index=False) for name, column in frame().items()
    }
    series = "".join(
        f'[[series]]\nfile = "{name}.csv"\nvalue = "{name}"\n'
        f'bond = {{ id = "{name}", quoted = "yield", issuer = "{name}", snapshot = "16:30 Europe/London" }}\n'
        for name in ISSUERS
    )
    return write(f'{NEWS}{series}[study]\npairs = "place"\n{study}\n', **files)


def in_python(model: Any) -> mi.StudyResult:
    bonds = [
        mi.SovereignBond(name, quoted="yield", issuer=name, snapshot="16:30 Europe/London")
        for name in ISSUERS
    ]
    event = mi.Event("e", announced_at="2022-01-05T10:00", zone="Europe/London", place="KZ")
    return mi.EventStudy(model=model).run(
        mi.Panel.from_frame(frame(), instruments=bonds), event, pairs="place"
    )


@pytest.mark.parametrize(
    ("keys", "model"),
    [
        ('model = "donors"', DonorAverage()),
        ('model = "donors"\ndonors = ["UZ", "GE"]', DonorAverage(["UZ", "GE"])),
        ('model = "components"', DonorComponents()),
        (
            'model = "components"\nn_components = 1\ndonors = ["UZ", "GE", "AZ"]',
            DonorComponents(["UZ", "GE", "AZ"], 1),
        ),
        ('model = "synthetic"', SyntheticControl()),
    ],
)
def test_the_numbers_are_those_of_python(write: Write, keys: str, model: Any) -> None:
    found, expected = run_study(read_study_file(study_of(write, keys))), in_python(model)
    assert found.spec.model == model
    pd.testing.assert_frame_equal(found.to_frame("car"), expected.to_frame("car"), check_exact=True)
    assert len(found.to_frame("car")) > 0


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('model = "market"\ndonors = ["UZ"]', "study.donors: is not used by the model 'market'"),
        ('model = "donors"\nn_components = 2', "study.n_components: is not used by the model 'donors'"),
        ('model = "donors"\nbenchmark = "UZ"', "study.benchmark: is not used by the model 'donors'"),
        ('model = "donors"\ndonors = "UZ"', "study.donors: is not what this key takes"),
        ('model = "donors"\ndonors = ["UZ", "UZ"]', "study.donors: is not what this key takes"),
        (
            'model = "components"\nn_components = 0',
            "study.n_components: is no number of components; received 0",
        ),
        ('model = "donors"\ndonors = ["UZ"]', "study.donors: needs donors; received ['UZ']"),
        ('model = "synthetic"\ndonors = ["UZ", "TJ"]', "study.donors: is not in the panel; received 'TJ'"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_file(write: Write, keys: str, words: str) -> None:
    path = study_of(write, keys)
    with pytest.raises(mi.InputError, match=re.escape(words)):
        run_study(read_study_file(path))
