"""Where a series came from, and the stamp on what was not observed."""

from __future__ import annotations

from typing import get_args

import pytest

import marketimpact as mi
from marketimpact.provenance import SeriesKind, stamp_of


def test_only_what_was_observed_is_unstamped() -> None:
    assert mi.Provenance("a bank").observed
    assert not mi.Provenance("a bank", kind="reconstruction").observed
    assert not mi.Provenance("a bank", kind="simulation").observed


def test_a_provenance_reads_as_a_sentence() -> None:
    full = mi.Provenance(
        "Bank", file="rates.zip", package="Rates 1.2", last_date="2022-03-01", note="in short"
    )
    assert str(full) == "Bank (rates.zip, Rates 1.2, last date 2022-03-01)"
    assert str(mi.Provenance("Bank")) == "Bank"
    assert str(mi.Provenance("Bank", kind="reconstruction")) == "RECONSTRUCTION: Bank"
    assert str(mi.Provenance("Bank", kind="simulation", file="a.csv")) == "SIMULATION: Bank (a.csv)"


@pytest.mark.parametrize("kind", ["Observed", "real", "", None])
def test_an_unknown_kind_is_refused(kind: object) -> None:
    with pytest.raises(mi.InputError, match=r"Provenance\.kind: is not a kind of series; .*'reconstruction'"):
        mi.Provenance("Bank", kind=kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kinds", "stamp"),
    [
        ([], None),
        (["observed", "observed"], None),
        (["observed", "reconstruction"], "RECONSTRUCTION"),
        (["simulation", "observed"], "SIMULATION"),
        (["reconstruction", "simulation"], "SIMULATION"),
    ],
)
def test_the_least_observed_series_gives_the_stamp(kinds: list[SeriesKind], stamp: str | None) -> None:
    assert stamp_of(mi.Provenance("a", kind=kind) for kind in kinds) == stamp


def test_every_kind_but_observed_has_a_stamp() -> None:
    stamps = {kind: stamp_of([mi.Provenance("a", kind=kind)]) for kind in get_args(SeriesKind)}
    assert stamps == {"observed": None, "reconstruction": "RECONSTRUCTION", "simulation": "SIMULATION"}
