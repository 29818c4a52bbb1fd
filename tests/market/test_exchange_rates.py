"""Inverses and crosses: what pairs of one snapshot say of each other, and what pairs of two snapshots do not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.exchange_rates import cross_rate, inverse

LONDON = "16:00 Europe/London"
DAYS = pd.bdate_range("2022-01-03", periods=4)
RATES: dict[str, list[float]] = {
    "EUR/RUB": [84.0, 85.0, np.nan, 87.0],
    "EUR/USD": [1.13, 1.12, 1.14, 1.10],
    "USD/KZT": [435.0, np.nan, 440.0, 450.0],
    "GBP/USD": [1.35, 1.36, 1.34, 1.33],
}


def pairs(rates: dict[str, Any] = RATES, days: Any = DAYS, **more: Any) -> mi.Panel:
    terms = {"snapshot": LONDON, **more}
    frame = pd.DataFrame(rates, index=days)
    return mi.Panel.from_frame(
        frame, instruments=[mi.CurrencyPair(*name.split("/"), **terms) for name in rates]
    )


def dates(*at: int) -> list[Any]:
    return DAYS[list(at)].to_numpy().astype("datetime64[D]").tolist()


# Inverse


def test_the_inverse_is_one_over_the_rate_on_the_same_sessions() -> None:
    made = inverse(pairs(), "USD/KZT")
    (turned,) = made.instruments
    assert (turned.id, turned.snapshot) == ("KZT/USD", mi.Snapshot("16:00", "Europe/London"))
    assert made.quotes[0].levels.tolist() == [1 / 435.0, 1 / 440.0, 1 / 450.0]
    assert made.quotes[0].sessions.tolist() == dates(0, 2, 3)
    assert turned.gain_sign("KZ") == 1
    assert "inverse of USD/KZT" in str(made.quotes[0].provenance)


def test_the_band_turns_with_the_rate() -> None:
    panel = pairs({"USD/HKD": [7.75, 7.80, 7.85, 7.9]}, band=(7.75, 7.85))
    (turned,) = inverse(panel, "USD/HKD").instruments
    assert isinstance(turned, mi.CurrencyPair)
    assert turned.band == (1 / 7.85, 1 / 7.75)
    assert inverse(panel, "USD/HKD", id="dollars").ids == ("dollars",)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=9))
def test_the_inverse_of_an_inverse_is_the_pair(levels: list[float]) -> None:
    panel = pairs({"USD/KZT": levels}, pd.bdate_range("2022-01-03", periods=len(levels)), calendar="XLON")
    twice = inverse(inverse(panel, "USD/KZT"), "KZT/USD")
    assert twice.instruments == panel.instruments
    np.testing.assert_allclose(twice.quotes[0].levels, levels, rtol=1e-15)


def test_a_dating_lag_and_closures_are_applied_once() -> None:
    panel = pairs(
        {"USD/RUB": [75.0, 76.0, 77.0, 78.0]}, dating_lag=1, closures=[("2022-01-04", "2022-01-04")]
    )
    made = inverse(panel, "USD/RUB")
    (turned,) = made.instruments
    assert made.quotes[0].sessions.tolist() == panel.quotes[0].sessions.tolist()
    assert (turned.dating_lag, turned.closures) == (0, ())
    assert any("market was closed" in note for note in made.quotes[0].notes)


def test_quotes_that_stand_still_stand_still_in_the_inverse_and_the_cross() -> None:
    days = pd.bdate_range("2022-01-03", periods=60)
    moving = 1.1 + 0.01 * np.sin(np.arange(60.0) ** 2)
    frozen = 430.0 + np.cos(np.arange(60.0) ** 2)
    frozen[20:40] = 431.8
    panel = pairs({"USD/KZT": frozen, "EUR/USD": moving}, days)
    still = panel.quotes[0].standing_still()
    assert np.flatnonzero(still).tolist() == list(range(21, 40))
    for made in (inverse(panel, "USD/KZT"), cross_rate(panel, "USD/KZT", "EUR/USD")):
        assert made.quotes[0].standing_still().tolist() == still.tolist()


def test_a_bond_has_no_inverse() -> None:
    bond = mi.Panel.from_frame(
        pd.Series([4.2], index=DAYS[:1]), instruments=mi.SovereignBond("B", quoted="yield")
    )
    with pytest.raises(mi.InputError, match="B: is not a currency pair; received 'SovereignBond'"):
        inverse(bond, "B")
    with pytest.raises(mi.InputError, match="is not in the panel; received 'USD/RUB'"):
        inverse(bond, "USD/RUB")


# Cross rates


@pytest.mark.parametrize(
    ("one", "other", "base", "id", "by_hand"),
    [
        ("EUR/RUB", "EUR/USD", None, "USD/RUB", [84.0 / 1.13, 85.0 / 1.12, 87.0 / 1.10]),
        ("EUR/USD", "EUR/RUB", None, "RUB/USD", [1.13 / 84.0, 1.12 / 85.0, 1.10 / 87.0]),
        ("EUR/RUB", "EUR/USD", "RUB", "RUB/USD", [1.13 / 84.0, 1.12 / 85.0, 1.10 / 87.0]),
        ("EUR/RUB", "EUR/USD", "USD", "USD/RUB", [84.0 / 1.13, 85.0 / 1.12, 87.0 / 1.10]),
        ("EUR/USD", "USD/KZT", None, "EUR/KZT", [1.13 * 435.0, 1.14 * 440.0, 1.10 * 450.0]),
        ("USD/KZT", "EUR/USD", None, "EUR/KZT", [1.13 * 435.0, 1.14 * 440.0, 1.10 * 450.0]),
        (
            "USD/KZT",
            "EUR/USD",
            "KZT",
            "KZT/EUR",
            [1 / (1.13 * 435.0), 1 / (1.14 * 440.0), 1 / (1.10 * 450.0)],
        ),
        ("EUR/USD", "GBP/USD", None, "EUR/GBP", [1.13 / 1.35, 1.12 / 1.36, 1.14 / 1.34, 1.10 / 1.33]),
        ("GBP/USD", "EUR/USD", None, "GBP/EUR", [1.35 / 1.13, 1.36 / 1.12, 1.34 / 1.14, 1.33 / 1.10]),
    ],
)
def test_a_cross_is_what_hand_and_money_say(
    one: str, other: str, base: str | None, id: str, by_hand: list[float]
) -> None:
    made = cross_rate(pairs(), one, other, base=base)
    assert made.ids == (id,)
    np.testing.assert_allclose(made.quotes[0].levels, by_hand, rtol=1e-15)
    (cross,) = made.instruments
    assert cross == mi.CurrencyPair(*id.split("/"), snapshot=LONDON)


def test_a_cross_has_the_dates_of_both_and_says_how_many_have_one_alone() -> None:
    made = cross_rate(pairs(), "EUR/RUB", "EUR/USD")
    assert made.quotes[0].sessions.tolist() == dates(0, 1, 3)
    assert made.quotes[0].notes == ("1 of 4 dates without all of EUR/RUB and EUR/USD: not quoted",)
    assert cross_rate(pairs(), "EUR/USD", "GBP/USD").quotes[0].notes == ()


def test_the_european_central_banks_own_crosses() -> None:
    """The source divides rates by itself: both ways lead to one number, on every day since 1999."""
    both = mi.fetch(["ecb:EUR/ZAR", "ecb:EUR/USD"])
    theirs = mi.fetch("ecb:USD/ZAR")
    ours = cross_rate(both, "EUR/ZAR", "EUR/USD")
    assert ours.instruments == theirs.instruments
    assert len(ours.quotes[0]) > 6_800
    assert ours.quotes[0].sessions.tolist() == theirs.quotes[0].sessions.tolist()
    np.testing.assert_allclose(ours.quotes[0].levels, theirs.quotes[0].levels, rtol=1e-14)


@given(st.lists(st.tuples(*[st.floats(0.01, 1000.0)] * 3), min_size=2, max_size=9))
def test_the_triangle_closes(levels: list[tuple[float, float, float]]) -> None:
    """Crosses of crosses: over a third and a fourth currency one comes to the same rate."""
    rub, usd, gbp = np.array(levels).T
    days = pd.bdate_range("2022-01-03", periods=len(rub))
    panel = pairs({"EUR/RUB": rub, "EUR/USD": usd, "EUR/GBP": gbp}, days)
    direct = cross_rate(panel, "EUR/RUB", "EUR/USD")
    by_pound = cross_rate(panel, "EUR/RUB", "EUR/GBP").join(cross_rate(panel, "EUR/GBP", "EUR/USD"))
    detour = cross_rate(by_pound, "GBP/RUB", "USD/GBP")
    assert detour.ids == direct.ids == ("USD/RUB",)
    np.testing.assert_allclose(detour.quotes[0].levels, direct.quotes[0].levels, rtol=1e-13)
    turned = inverse(cross_rate(panel, "EUR/USD", "EUR/RUB"), "RUB/USD")
    np.testing.assert_allclose(turned.quotes[0].levels, direct.quotes[0].levels, rtol=1e-14)
    back = cross_rate(panel.join(direct), "USD/RUB", "EUR/USD")
    np.testing.assert_allclose(back.quotes[0].levels, rub, rtol=1e-14)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ("16:30 Europe/London", "snapshot: differ: a move between two instants"),
        ("10:00 America/New_York", "snapshot: differ: a move between two instants"),
        (mi.Snapshot("16:00", "Europe/London", later=(("2022-01-05", "16:10"),)), "snapshot: differ"),
        (None, "snapshot: has no declared snapshot"),
    ],
)
def test_rates_of_two_instants_are_no_cross(other: Any, words: str) -> None:
    panel = pairs({"EUR/RUB": [84.0] * 4}).join(pairs({"EUR/USD": [1.1] * 4}, snapshot=other))
    with pytest.raises(mi.InputError, match=words):
        cross_rate(panel, "EUR/RUB", "EUR/USD")


def test_two_unknown_snapshots_are_no_identical_ones() -> None:
    with pytest.raises(
        mi.InputError, match="received 'EUR/RUB, EUR/USD'; allowed: snapshot='16:00 Europe/London'"
    ):
        cross_rate(pairs(snapshot=None), "EUR/RUB", "EUR/USD")


@pytest.mark.parametrize(
    ("one", "other", "more", "words"),
    [
        ("EUR/RUB", "USD/KZT", {}, "one, other: share no currency; received ['EUR/RUB: RUB per EUR', "),
        ("EUR/RUB", "EUR/RUB", {}, "one, other: are the same two currencies"),
        ("EUR/RUB", "EUR/USD", {"base": "EUR"}, "base: is not a currency of the cross; received 'EUR'"),
        ("EUR/RUB", "EUR/USD", {"base": "KZT"}, "allowed: 'USD' or 'RUB'"),
        ("EUR/RUB", "EUR/CHF", {}, "is not in the panel"),
    ],
)
def test_what_is_no_cross_is_refused(one: str, other: str, more: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        cross_rate(pairs(), one, other, **more)


def test_pairs_that_never_meet_are_refused() -> None:
    panel = pairs({"EUR/RUB": [84.0, np.nan], "EUR/USD": [np.nan, 1.1]}, DAYS[:2])
    with pytest.raises(mi.DataError, match="EUR/RUB and EUR/USD: are never quoted on one date"):
        cross_rate(panel, "EUR/RUB", "EUR/USD")


def test_two_calendars_give_monday_to_friday_and_a_note() -> None:
    panel = pairs({"EUR/RUB": [84.0] * 4}, calendar="XLON").join(pairs({"EUR/USD": [1.1] * 4}))
    made = cross_rate(panel, "EUR/RUB", "EUR/USD")
    assert made.instruments[0].calendar is None
    assert (
        "several calendars (Monday to Friday, XLON): Monday to Friday are expected" in made.quotes[0].notes[0]
    )
    same = cross_rate(pairs(calendar="XLON"), "EUR/RUB", "EUR/USD")
    assert same.instruments[0].calendar == "XLON"


def test_a_cross_of_a_simulation_is_a_simulation() -> None:
    panel = pairs()
    made_up = replace(panel.quotes[1], provenance=mi.Provenance("a draw", kind="simulation"))
    panel = mi.Panel(panel.instruments, (panel.quotes[0], made_up, *panel.quotes[2:]))
    assert cross_rate(panel, "EUR/RUB", "EUR/USD").stamp == "SIMULATION"
    assert inverse(panel, "EUR/USD").stamp == "SIMULATION"
    assert inverse(panel, "EUR/RUB").stamp is None
