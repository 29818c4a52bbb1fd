"""Whatever the bytes: a parser gives dates and numbers, or an error of the tree that names source and series."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketimpact.sources.registry import SOURCES
from tests.sources.mutations import CASES, WAYS, Case, Way, ends_well, spoilt

every = pytest.mark.parametrize("case", CASES, ids=str)


def test_every_source_on_the_network_is_here() -> None:
    assert {case.word for case in CASES} == {word for word, one in SOURCES.items() if not one.local}


@every
def test_the_right_answer_is_read(case: Case) -> None:
    assert ends_well(case, case.body) == "read"


@every
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_spoilt_answers_end_well(case: Case, seed: int) -> None:
    ends_well(case, spoilt(random.Random(seed), case.body))


@every
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_each_way_alone_ends_well(case: Case, way: Way) -> None:
    """And most ways do change what comes: a spoilt answer is not read as if nothing were."""
    for seed in range(6):
        ends_well(case, way(random.Random(seed), case.body))


@every
@settings(max_examples=60)
@given(st.binary(max_size=60))
def test_any_bytes_end_well(case: Case, body: bytes) -> None:
    ends_well(case, body)


@every
@settings(max_examples=60)
@given(st.text(max_size=30), st.integers(0, 10**6))
def test_any_text_within_ends_well(case: Case, text: str, at: int) -> None:
    place = at % (len(case.body) + 1)
    ends_well(case, case.body[:place] + text.encode("utf-8", "surrogatepass") + case.body[place:])
