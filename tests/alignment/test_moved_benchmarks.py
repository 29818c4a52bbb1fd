"""A benchmark that the same news moves is flagged: because the event hits it, or because its own move is large."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.alignment.pipeline import Alignment
from marketimpact.alignment.reasons import Reason
from marketimpact.market.donors import Donors
from marketimpact.maths.own_moves import large_among
from tests.alignment.samples import LONDON, bond, news

DAYS = pd.bdate_range("2021-01-04", periods=220)
AT = 180
TIMELINE = mi.Timeline(estimation=(-110, -11), event=(-5, 5), min_estimation=60)


def region(seed: int = 1, shock: dict[str, float] | None = None, day: int = AT) -> mi.Panel:
    """Yields of five countries, oil, and two Treasury rates of which one belongs to the United States."""
    rng = np.random.default_rng(seed)
    names = ["KZ", "UZ", "AM", "GE", "AZ", "Brent", "UST 10y", "UST 30y"]
    moves = rng.normal(0.0, 0.01, (len(DAYS), len(names)))
    moves[AT - 5 : AT + 6] /= 10.0  # nothing large by chance
    for name, size in (shock or {}).items():
        moves[day, names.index(name)] += 0.01 * size
    frame = pd.DataFrame(4.0 * np.exp(np.cumsum(moves, axis=0)), DAYS, names)
    instruments = [
        *(bond(name, issuer=name) for name in names[:5]),
        mi.Factor("Brent", snapshot=LONDON),
        mi.Factor("UST 10y", move="difference", unit="percent", snapshot=LONDON, place="US"),
        mi.Factor("UST 30y", move="difference", unit="percent", snapshot=LONDON),
    ]
    return mi.Panel.from_frame(frame, instruments=instruments)


def event(place: str | None = None, at: int = AT, clock: str = "T12:00") -> mi.Event:
    return news(f"{DAYS[at]:%Y-%m-%d}{clock}", "Europe/London", place=place)


def aligned(panel: mi.Panel, *factors: Any, of: mi.Event | None = None, pairs: Any = None) -> Alignment:
    return mi.align(panel, of or event(), timeline=TIMELINE, factors=factors, pairs=pairs or [("news", "KZ")])


def flagged(alignment: Alignment, i: int = 0) -> bool:
    return bool(alignment.codes[i] & int(Reason.MOVED_BENCHMARK))


def basket_of(*members: str) -> mi.Basket:
    return mi.Basket(members)


@pytest.mark.parametrize(
    "factors",
    [["Brent"], ["UST 30y"], [basket_of("UZ", "AM")], [Donors()], [Donors(component=1)], ["Brent", "UZ"]],
)
def test_a_benchmark_that_stays_calm_is_not_flagged(factors: list[Any]) -> None:
    alignment = aligned(region(), *factors)
    assert not flagged(alignment)
    assert alignment.words(0) == ""


@pytest.mark.parametrize(
    ("factors", "hit"),
    [
        (["UZ"], "UZ"), (["Brent", "UZ"], "UZ"), ([basket_of("UZ", "AM")], "UZ"), ([basket_of("UZ", "KZ")], "UZ"),
        ([basket_of("AM", "GE")], None), ([Donors()], None), ([Donors(("UZ", "AM", "GE"))], None),
    ],
)  # fmt: skip
def test_a_member_that_is_paired_with_the_event_is_flagged(factors: list[Any], hit: str | None) -> None:
    """Not the instrument itself, which no basket holds, and no donor, since whoever is hit is none."""
    alignment = aligned(region(), *factors, pairs=[("news", "KZ"), ("news", "UZ")])
    assert flagged(alignment) == (hit is not None)
    words = f"a benchmark may be moved by the same news: the event hits it ({hit})"
    assert alignment.words(0) == (words if hit else "")


@pytest.mark.parametrize(
    ("factor", "place", "expected"),
    [("UST 10y", "US", True), ("UST 10y", "KZ", False), ("UST 30y", "US", False), ("AM", "AM", True)],
)
def test_a_member_of_the_events_place_is_flagged(factor: str, place: str, expected: bool) -> None:
    assert flagged(aligned(region(), factor, of=event(place))) == expected


@pytest.mark.parametrize("size", [-6.0, 6.0])
@pytest.mark.parametrize("factors", [["Brent"], [basket_of("UZ", "AM", "GE")], [Donors()]])
def test_a_large_move_of_its_own_is_flagged_and_named(factors: list[Any], size: float) -> None:
    name = "Brent" if factors == ["Brent"] else "AM"
    alignment = aligned(region(2, {name: size}), *factors)
    assert flagged(alignment)
    assert f"its own move of that session is large ({name}, t = " in alignment.words(0)
    assert alignment.ledger.to_frame()["status"].tolist() == ["flagged"]
    assert not flagged(aligned(region(2, {name: size}, day=AT + 1), *factors))


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.0, 8.0))
def test_large_is_the_t_of_a_constant_mean_of_the_members_own(seed: int, size: float) -> None:
    """The same t as a study of the member gives, above 3."""
    panel = region(seed, {"Brent": size})
    own = mi.EventStudy(timeline=TIMELINE).run(panel, event(), pairs=[("news", "Brent")])
    t = abs(own.one("news", "Brent").headline.statistic)
    alignment = aligned(panel, "Brent")
    assert flagged(alignment) == (t > 3.0)
    if t > 3.0:
        assert f"Brent, t = {t:.1f}" in alignment.words(0)


@pytest.mark.parametrize("size", [3.3, 4.2])
def test_of_many_members_the_largest_must_be_larger(size: float) -> None:
    """Four members: 3.3 standard deviations, above 3, are nothing unusual in the largest of them."""
    panel = region(3)
    own = mi.EventStudy(timeline=TIMELINE).run(panel, event(), pairs=[("news", "AM")]).one("news", "AM")
    frame = panel.to_frame()
    frame.loc[DAYS[AT] :, "AM"] += (size * own.headline.std_error - own.headline.estimate) / 100.0
    shocked = mi.Panel.from_frame(frame, instruments=panel.instruments)
    t = (
        mi.EventStudy(timeline=TIMELINE)
        .run(shocked, event(), pairs=[("news", "AM")])
        .one("news", "AM")
        .headline.statistic
    )
    assert t == pytest.approx(size, rel=1e-9)
    assert 3.3 < large_among(4) < 4.2
    assert flagged(aligned(shocked, basket_of("UZ", "AM", "GE", "AZ"))) == (size > 4.0)
    assert flagged(aligned(shocked, "AM"))


def test_every_candidate_session_counts_and_no_other() -> None:
    day = event(clock="")
    assert aligned(region(), of=day).last[0] - aligned(region(), of=day).position[0] == 1
    for step, expected in ((0, True), (1, True), (2, False), (-1, False)):
        panel = region(4, {"Brent": 7.0}, day=AT + step)
        assert flagged(aligned(panel, "Brent", of=day)) == expected


def test_the_flag_goes_with_events_that_are_moved() -> None:
    model = mi.MarketModel("Brent")
    panel = region(5, {"Brent": 7.0}, day=AT + 1)
    result = mi.EventStudy(model=model, timeline=TIMELINE).run(panel, event(), pairs=[("news", "KZ")])
    assert not flagged(result.alignment)
    from marketimpact.alignment.pipeline import reexamined

    assert flagged(reexamined(result.alignment, 1))
    assert not flagged(reexamined(result.alignment, 2))


def test_the_page_says_it() -> None:
    result = mi.EventStudy(model=mi.MarketModel("Brent"), timeline=TIMELINE).run(
        region(6, {"Brent": 7.0}), event(), pairs=[("news", "KZ")]
    )
    pair = result.one("news", "KZ")
    assert pair.status == "flagged"
    assert "a benchmark may be moved by the same news" in pair.reason


def test_a_member_that_is_not_quoted_that_day_says_nothing() -> None:
    panel = region(7, {"Brent": 7.0})
    frame = panel.to_frame()
    frame.loc[DAYS[AT], "Brent"] = np.nan
    holed = mi.Panel.from_frame(frame, instruments=panel.instruments)
    assert not flagged(aligned(holed, "Brent"))
