"""One series for each instrument with each set of donors: numbered alike in any order, all else as before."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.alignment.donor_sets import hit_instruments, studied_series
from marketimpact.market.donors import Donors
from tests.alignment.samples import SHORT, bond, news

DAYS = pd.bdate_range("2022-01-03", periods=80)
ISSUERS = ["KZ", "UZ", "AM", "GE", "AZ", "MN"]


def region(missing: float = 0.0, seed: int = 7) -> mi.Panel:
    """Yields of six countries, and of a second bond of the first."""
    rng = np.random.default_rng(seed)
    names = [f"{one} 2045" for one in ISSUERS] + ["KZ 2044"]
    levels = 5.0 + np.cumsum(rng.choice([-1.0, 1.0, 2.0], (len(DAYS), len(names))) / 16.0, axis=0)
    frame = pd.DataFrame(levels, DAYS, names).mask(rng.random((len(DAYS), len(names))) < missing)
    return mi.Panel.from_frame(frame, instruments=[bond(name, issuer=name[:2]) for name in names])


def at(position: int, id: str, place: str | None = None) -> mi.Event:
    return news(f"{DAYS[position]:%Y-%m-%d}T12:00", "Europe/London", id, place=place)


PAIRS = [("a", "KZ 2045"), ("b", "KZ 2045"), ("c", "KZ 2045"), ("c", "UZ 2045"), ("d", "UZ 2045")]
EVENTS = [at(30, "a"), at(45, "b", "UZ"), at(60, "c"), at(50, "d")]


def donors_of(alignment: mi.alignment.pipeline.Alignment, i: int) -> list[str]:  # type: ignore[name-defined]
    series = alignment.design.series[alignment.series[i]]
    return [name[:2] for one in series.read for name in one.members]


def test_every_pair_has_the_donors_of_its_event() -> None:
    alignment = mi.align(region(), EVENTS, timeline=SHORT, pairs=PAIRS, factors=[Donors()])
    assert [donors_of(alignment, i) for i in range(5)] == [
        [
            "AM",
            "AZ",
            "GE",
            "MN",
            "UZ",
        ],  # of an event without a place: only what shares Kazakhstan is left out
        ["AM", "AZ", "GE", "MN"],  # the event's place hits Uzbekistan
        ["AM", "AZ", "GE", "MN"],  # it is paired with the event
        ["AM", "AZ", "GE", "KZ", "MN"],  # the bond of 2045 is hit, that of 2044 is not
        ["AM", "AZ", "GE", "KZ", "KZ", "MN"],
    ]
    assert len(alignment.design.members) == 4  # b and c share theirs on one instrument
    assert alignment.series[1] == alignment.series[2]


def test_the_event_windows_of_an_instrument_are_left_out_whatever_the_donors() -> None:
    """Three events on one bond, with two sets of donors: each is out of the others' estimation windows."""
    close = [at(30, "a"), at(36, "b", "UZ"), at(41, "c", "AM")]
    pairs = [(name, "KZ 2045") for name in "abc"]
    with_donors = mi.align(region(), close, timeline=SHORT, pairs=pairs, factors=[Donors()])
    without = mi.align(region(), close, timeline=SHORT, pairs=pairs)
    assert len(with_donors.design.members) == 3
    np.testing.assert_array_equal(with_donors.estimation_used, without.estimation_used)
    np.testing.assert_array_equal(with_donors.contaminated, without.contaminated)
    assert without.contaminated.tolist() == [0, 5, 9]


def test_events_of_one_session_share_a_move_whatever_the_donors() -> None:
    twins = [at(40, "a"), at(40, "b", "UZ")]
    alignment = mi.align(
        region(), twins, timeline=SHORT, pairs=[("a", "KZ 2045"), ("b", "KZ 2045")], factors=[Donors()]
    )
    assert len(alignment.design.members) == 2
    assert alignment.move[0] == alignment.move[1]
    assert alignment.ledger.to_frame()["reason"].str.contains("one move, counted once").all()


@given(st.permutations(range(5)), st.permutations(range(7)))
@settings(max_examples=15)
def test_permuted_pairs_and_members_have_the_same_series(pairs: list[int], members: list[int]) -> None:
    panel = region(0.05)
    turned = panel.select([panel.ids[i] for i in members])
    one = mi.align(panel, EVENTS, timeline=SHORT, pairs=PAIRS, factors=[Donors(component=1)])
    other = mi.align(
        turned, EVENTS, timeline=SHORT, pairs=[PAIRS[i] for i in pairs], factors=[Donors(component=1)]
    )
    for i, j in enumerate(pairs):
        for columns in ("y", "v", "frozen", "sessions"):
            np.testing.assert_array_equal(*(_of(a, row, columns) for a, row in ((one, j), (other, i))))
        np.testing.assert_array_equal(_of(one, j, "x"), _of(other, i, "x"))
        assert donors_of(one, j) == donors_of(other, i)
    np.testing.assert_array_equal(one.estimation_used[pairs], other.estimation_used)
    np.testing.assert_array_equal(one.codes[pairs], other.codes)


def _of(alignment, i: int, name: str) -> np.ndarray:  # type: ignore[no-untyped-def]
    s = alignment.series[i]
    part = slice(
        int(alignment.design.offset[s]), int(alignment.design.offset[s] + alignment.design.length[s])
    )
    return np.asarray(getattr(alignment.design, name)[..., part])


def test_without_donors_there_is_one_series_an_instrument() -> None:
    panel = region()
    events = mi.EventSet.from_events(EVENTS)
    pairs = (np.array([0, 1, 2, 2, 3], dtype=np.int32), np.array([0, 0, 0, 1, 1], dtype=np.int32))
    found = studied_series(panel, events, pairs, ["MN 2045"])
    assert (found.members.tolist(), found.of_pair.tolist()) == ([0, 1], [0, 0, 0, 1, 1])
    assert found.factors == (("MN 2045",), ("MN 2045",))
    hit = hit_instruments(panel, events, pairs, ["UZ 2045", "KZ 2045", "KZ 2044"])
    assert hit.tolist() == [
        [False, True, False], [True, True, False], [True, True, False], [True, False, False],
    ]  # fmt: skip


def test_donors_that_are_factors_each_take_as_many_rows_as_the_longest_list() -> None:
    alignment = mi.align(region(), EVENTS, timeline=SHORT, pairs=PAIRS, factors=[Donors(each=True)])
    assert alignment.design.x.shape[0] == 1 + 6
    for i in range(5):
        x = _of(alignment, i, "x")
        count = len(donors_of(alignment, i))
        assert np.all(x[1 + count :, 1:] == 0.0)
        assert np.all(np.abs(x[1 : 1 + count, 1:]).sum(axis=1) > 0.0)
        assert _of(alignment, i, "usable")[1:].all()


@pytest.mark.parametrize("factors", [[Donors()], [Donors(component=1)], [Donors(each=True)]])
def test_a_donor_that_is_not_quoted_masks_the_two_moves_that_touch_it(factors: list[Donors]) -> None:
    panel = region()
    frame = panel.to_frame()
    frame.loc[DAYS[25], "MN 2045"] = np.nan
    panel = mi.Panel.from_frame(frame, instruments=panel.instruments)
    alignment = mi.align(panel, at(32, "a"), timeline=SHORT, pairs=[("a", "KZ 2045")], factors=factors)
    usable = _of(alignment, 0, "usable")
    assert np.flatnonzero(~usable).tolist() == [0, 25, 26]
    assert alignment.estimation_used.tolist() == [8]


def test_pairs_without_donors_are_left_out_with_the_reason_and_the_rest_is_studied() -> None:
    panel = region()
    everybody = [("a", name) for name in panel.ids]
    ledger = mi.align(
        panel, EVENTS[:2], timeline=SHORT, pairs=[*everybody, ("b", "KZ 2045")], factors=[Donors()]
    ).ledger.to_frame()
    assert ledger["status"].tolist()[:-1] == ["left out"] * 7
    assert ledger["status"].iloc[-1] != "left out"
    assert ledger["reason"].str.contains("too few donors are left")[:7].all()
    alone = mi.align(panel, EVENTS[:1], timeline=SHORT, pairs=everybody, factors=[Donors()])
    assert alone.ledger.to_frame()["status"].tolist() == ["left out"] * 7
