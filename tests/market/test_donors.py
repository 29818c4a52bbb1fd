"""Donors of one instrument on one event: who is left out, and how the rest is read."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.multivariate.pca import PCA

import marketimpact as mi
from marketimpact.market.baskets import factor_levels
from marketimpact.market.donors import (
    Donors,
    check_donors,
    donor_levels,
    donor_pool,
    donors_for,
    single_donors,
)

DAYS = pd.bdate_range("2020-01-01", periods=160)
RUBLE, RAND, PESO = (mi.CurrencyPair("EUR", code) for code in ("RUB", "ZAR", "MXN"))
DOLLAR_RUBLE, EURO_DOLLAR = mi.CurrencyPair("USD", "RUB"), mi.CurrencyPair("EUR", "USD")
BONDS = [
    mi.SovereignBond(name, quoted="yield", issuer=name[:2])
    for name in ("KZ 2045", "KZ 2044", "UZ 2029", "AM 2031")
]
DECIMAL = mi.SovereignBond("GE 2026", quoted="yield", yield_unit="decimal", issuer="GE")
PRICE = mi.SovereignBond("AZ 2032", quoted="clean price", issuer="AZ")
BRENT, INDEX = mi.Factor("Brent"), mi.Factor("KASE", quoted="equity index", place="KZ")


def panel_of(instruments: Any, seed: int = 1, missing: float = 0.0) -> mi.Panel:
    rng = np.random.default_rng(seed)
    common = rng.normal(0.0, 0.01, (len(DAYS), 1))
    moves = common * rng.uniform(0.5, 1.5, len(instruments)) + rng.normal(
        0.0, 0.01, (len(DAYS), len(instruments))
    )
    moves *= rng.uniform(0.5, 3.0, len(instruments))
    frame = pd.DataFrame(4.0 * np.exp(np.cumsum(moves, axis=0)), DAYS, [one.id for one in instruments])
    frame = frame.mask(rng.random(frame.shape) < missing)
    return mi.Panel.from_frame(frame, instruments=list(instruments))


CURRENCIES = panel_of([RUBLE, RAND, PESO, DOLLAR_RUBLE, EURO_DOLLAR])
MIXED = panel_of([*BONDS, DECIMAL, PRICE, RUBLE, BRENT, INDEX])


@pytest.mark.parametrize(
    ("panel", "of", "hit", "rest"),
    [
        (CURRENCIES, "EUR/RUB", set(), ["EUR/MXN", "EUR/USD", "EUR/ZAR"]),
        (CURRENCIES, "EUR/RUB", {"EUR/ZAR"}, ["EUR/MXN", "EUR/USD"]),
        (CURRENCIES, "EUR/ZAR", {"EUR/RUB", "USD/RUB"}, ["EUR/MXN", "EUR/USD"]),
        (MIXED, "KZ 2045", set(), ["AM 2031", "UZ 2029"]),
        (MIXED, "UZ 2029", {"KZ 2045", "KZ 2044"}, ["AM 2031"]),
        (MIXED, "AZ 2032", set(), []),
        (MIXED, "EUR/RUB", set(), []),
    ],
)
def test_whoever_is_hit_or_close_is_no_donor(
    panel: mi.Panel, of: str, hit: set[str], rest: list[str]
) -> None:
    """Neither the instrument, nor its country's other series, nor another kind or unit, nor a factor of no place."""
    assert list(donors_for(panel, Donors(), panel.instrument(of), hit).members or ()) == rest


def test_named_donors_may_move_in_another_kind_and_keep_their_weights() -> None:
    given = Donors(("UZ 2029", "KZ 2044", "AM 2031"), weights=(0.5, 0.3, 0.2))
    found = donors_for(MIXED, given, RUBLE, {"KZ 2044"})
    assert (found.members, found.weights) == (("AM 2031", "UZ 2029"), (0.2, 0.5))
    levels = donor_levels(MIXED, found, RUBLE, "log", keep_frozen=True)
    expected = (MIXED["AM 2031"] * 0.2 + MIXED["UZ 2029"] * 0.5) / 0.7
    np.testing.assert_allclose(levels.levels, expected, rtol=1e-13)
    assert (levels.members, levels.kind.unit) == (("AM 2031", "UZ 2029"), "bp")


def test_factors_without_a_place_are_donors_by_name_alone() -> None:
    assert "Brent" not in donor_pool(MIXED, Donors())
    assert "KASE" in donor_pool(MIXED, Donors())
    assert donor_pool(MIXED, Donors(("Brent",))) == ("Brent",)
    with pytest.raises(mi.InputError, match="is not in the panel; received 'Urals'"):
        donor_pool(MIXED, Donors(("Urals",)))


def test_the_average_is_that_of_a_basket() -> None:
    panel = panel_of([RUBLE, RAND, PESO, EURO_DOLLAR], missing=0.1)
    found = donor_levels(panel, donors_for(panel, Donors(), RUBLE, set()), RUBLE, "log", keep_frozen=True)
    made = factor_levels(panel, mi.basket(panel, ["EUR/MXN", "EUR/USD", "EUR/ZAR"]), "log")
    np.testing.assert_array_equal(found.sessions, made.sessions)
    np.testing.assert_array_equal(found.levels, made.levels)
    assert (found.id, found.members) == ("donors", ("EUR/MXN", "EUR/USD", "EUR/ZAR"))


@pytest.mark.parametrize("component", [1, 2])
@pytest.mark.parametrize("of", ["currencies", "bonds"])
def test_a_component_moves_as_statsmodels_scores_do(component: int, of: str) -> None:
    """A fixed sum of the moves between the sessions that all donors share, in bp for yields and in logs for rates."""
    instruments = [RUBLE, RAND, PESO, EURO_DOLLAR, mi.CurrencyPair("EUR", "TRY")]
    if of == "bonds":
        instruments = [mi.SovereignBond(f"B{i}", quoted="yield") for i in range(5)]
    panel = panel_of(instruments, seed=3, missing=0.05)
    one = instruments[0]
    donors = donors_for(panel, Donors(component=component), one, set())
    found = donor_levels(panel, donors, one, "log", keep_frozen=True)
    shared = panel.to_frame()[list(donors.members or ())].dropna()
    moves = (np.log(shared) if of == "currencies" else 100.0 * shared).diff().dropna()
    scores = PCA(moves, ncomp=component, standardize=True).factors.iloc[:, -1]
    levels = pd.Series(found.levels, pd.DatetimeIndex(found.sessions))
    own = (np.log(levels) if of == "currencies" else 100.0 * levels).diff().dropna()
    assert own.index.equals(moves.index)
    assert abs(np.corrcoef(own, scores)[0, 1]) == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(own, moves @ np.array(found.weights), atol=1e-10)
    if component == 1:
        assert np.corrcoef(own, moves.mean(axis=1))[0, 1] > 0.0


def test_single_donors_are_read_one_by_one_and_then_a_series_that_never_moves() -> None:
    panel = panel_of([RUBLE, RAND, PESO], missing=0.1)
    donors = donors_for(panel, Donors(each=True, same_unit=True), RUBLE, set())
    first, second, third = (
        donor_levels(panel, one, RUBLE, "log", keep_frozen=True) for one in single_donors(donors, 3)
    )
    for found, name in ((first, "EUR/MXN"), (second, "EUR/ZAR")):
        np.testing.assert_array_equal(found.levels, panel[name])
        assert found.members == (name,)
    np.testing.assert_array_equal(third.sessions, first.sessions)
    assert set(third.levels) == {1.0}
    assert third.members == ()


@pytest.mark.parametrize(
    ("donors", "of", "words"),
    [
        (
            Donors(("UZ 2029",)),
            "KZ 2045",
            "too few donors are left, .*received 'UZ 2029'; allowed: 2 or more",
        ),
        (Donors(()), "KZ 2045", "too few donors are left, .*received 'none'"),
        (Donors(("UZ 2029", "AM 2031"), component=3), "KZ 2045", "allowed: 3 or more"),
        (
            Donors(("UZ 2029", "AM 2031"), same_unit=True),
            "EUR/RUB",
            "donors must move in the instrument's unit; .*allowed: members that move in log",
        ),
        (Donors(("GE 2026", "UZ 2029")), "KZ 2045", "moves are of one kind"),
        (Donors(("AZ 2032", "UZ 2029")), "KZ 2045", "moves are of one kind"),
    ],
)
def test_donors_that_cannot_be_read_are_refused(donors: Donors, of: str, words: str) -> None:
    with pytest.raises(mi.InputError, match=words):
        donor_levels(MIXED, donors, MIXED.instrument(of), "log", keep_frozen=True)


def test_donors_that_share_too_few_sessions_have_no_components() -> None:
    levels = pd.DataFrame({"A": [4.0, 4.1, 4.3, 4.2, np.nan, 4.0], "B": [5.0, np.nan, 5.1, np.nan, 5.2, 5.3]})
    bonds = [mi.SovereignBond(name, quoted="yield") for name in levels]
    panel = mi.Panel.from_frame(levels.set_index(DAYS[:6]), instruments=bonds)
    with pytest.raises(mi.InputError, match=r"have no principal components: has too few moves .*received 2"):
        donor_levels(panel, Donors(("A", "B"), component=1), RUBLE, "log", keep_frozen=True)


@pytest.mark.parametrize(
    ("donors", "words"),
    [
        (Donors(("UZ 2029",)), "needs donors; received ['UZ 2029']; allowed: 2 or more panel members"),
        (
            Donors(("UZ 2029", "KASE")),
            "donors must be of one kind, quoted in one unit; received ['UZ 2029: yield",
        ),
        (Donors(("UZ 2029", "GE 2026")), "GE 2026: yield change [bp], decimal'"),
    ],
)
def test_donors_of_which_no_event_could_have_enough_are_refused_at_once(donors: Donors, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        check_donors(MIXED, donors)
