"""Excess returns and the carry factor: by hand, by a slow loop, and without a look ahead."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.currency_returns import carry_factor, excess_return, year_fractions
from marketimpact.market.exchange_rates import inverse

LONDON = "16:00 Europe/London"
DAYS = pd.to_datetime(["2022-01-05", "2022-01-06", "2022-01-07", "2022-01-10", "2022-01-11"])
LEVELS: dict[str, list[float]] = {
    "USD/KZT": [435.0, 434.0, 436.0, 440.0, 439.0],
    "USD": [0.10, 0.10, 0.20, 0.20, 0.30],
    "KZT": [9.75, 9.75, 9.80, np.nan, 10.25],
}


def rate(name: str, **more: Any) -> mi.Factor:
    terms = {"move": "difference", "unit": "percent", **more}
    return mi.Factor(name, **terms)


def pair(name: str, **more: Any) -> mi.CurrencyPair:
    return mi.CurrencyPair(*name.split("/"), **{"snapshot": LONDON, **more})


def panel_of(levels: dict[str, Any] = LEVELS, days: Any = DAYS, **more: Any) -> mi.Panel:
    members = [pair(name, **more) if "/" in name else rate(name) for name in levels]
    return mi.Panel.from_frame(pd.DataFrame(levels, index=days), instruments=members)


def earned(panel: mi.Panel, **more: Any) -> mi.Panel:
    return excess_return(panel, "USD/KZT", **{"base_rate": "USD", "quote_rate": "KZT", **more})


# Excess returns


def test_an_excess_return_by_hand() -> None:
    made = earned(panel_of())
    moves = [
        np.log(434 / 435) + (0.0010 - 0.0975) * 1 / 360,
        np.log(436 / 434) + (0.0010 - 0.0975) * 1 / 360,
        np.log(439 / 436) + (0.0020 - 0.0980) * 4 / 360,  # from Friday to Tuesday, at Friday's rates
    ]
    np.testing.assert_allclose(np.diff(np.log(made.quotes[0].levels)), moves, rtol=1e-11)
    assert made.quotes[0].levels[0] == 100.0
    assert made.quotes[0].notes == ("1 of 5 sessions of USD/KZT without both rates, USD and KZT: left out",)


def test_the_index_says_what_it_is() -> None:
    (index,) = earned(panel_of()).instruments
    assert index.id == "USD/KZT excess return"
    assert (index.gain_sign("KZ"), index.snapshot) == (-1, mi.Snapshot("16:00", "Europe/London"))
    assert str(index.move_kind()) == "currency excess return index log move [log]"
    assert earned(panel_of(), id="carry of dollars").ids == ("carry of dollars",)
    tenge = panel_of().join(inverse(panel_of(), "USD/KZT"))
    (other,) = excess_return(tenge, "KZT/USD", base_rate="KZT", quote_rate="USD").instruments
    assert other.gain_sign("KZ") == 1
    two = panel_of({"RUB/KZT": [5.7] * 5, "USD": [0.1] * 5, "KZT": [9.75] * 5})
    (none,) = excess_return(two, "RUB/KZT", base_rate="USD", quote_rate="KZT").instruments
    assert none.places == frozenset(), "of two countries it belongs to neither"


def test_the_other_side_earns_the_opposite() -> None:
    panel = panel_of().join(inverse(panel_of(), "USD/KZT"))
    dollars = earned(panel).quotes[0].levels
    tenge = excess_return(panel, "KZT/USD", base_rate="KZT", quote_rate="USD").quotes[0].levels
    np.testing.assert_allclose(dollars * tenge, 100.0**2, rtol=1e-12)


@given(st.floats(-0.02, 0.30), st.floats(-0.02, 0.30))
def test_what_a_forward_locks_in_earns_nothing(base: float, quote: float) -> None:
    """Covered interest parity: a rate that follows its forward has an excess return of second order in i d/360."""
    days = pd.bdate_range("2022-01-03", periods=30)
    d = np.diff(days.to_numpy().astype("datetime64[D]")).astype(float)
    forward = np.cumprod(np.concatenate(([435.0], (1 + quote * d / 360) / (1 + base * d / 360))))
    levels = {"USD/KZT": forward, "USD": np.full(30, 100 * base), "KZT": np.full(30, 100 * quote)}
    moves = np.diff(np.log(earned(panel_of(levels, days)).quotes[0].levels))
    assert np.all(np.abs(moves) <= (quote**2 + base**2) * (d / 360) ** 2 / 2 * 1.01 + 1e-13)


def test_decimals_and_percents_and_yields_are_one_rate() -> None:
    decimal = mi.Panel.from_frame(
        pd.Series(np.array(LEVELS["KZT"]) / 100, index=DAYS), instruments=rate("KZT", unit="decimal")
    )
    bill = mi.Panel.from_frame(
        pd.Series(LEVELS["KZT"], index=DAYS), instruments=mi.SovereignBond("KZT", quoted="yield", issuer="KZ")
    )
    pairs_ = panel_of().select(["USD/KZT", "USD"])
    expected = earned(panel_of()).quotes[0].levels
    for other in (decimal, bill):
        np.testing.assert_allclose(earned(pairs_.join(other)).quotes[0].levels, expected, rtol=1e-14)


def test_equal_rates_leave_the_move_of_the_pair() -> None:
    made = earned(panel_of(), base_rate="KZT")
    np.testing.assert_allclose(made.quotes[0].levels, 100 * np.array([435, 434, 436, 439]) / 435, rtol=1e-13)


def test_the_last_rate_is_not_used() -> None:
    """It belongs to the span that begins there: nothing is known of it yet, and nothing of the past depends on it."""
    later = {**LEVELS, "KZT": [9.75, 9.75, 9.80, np.nan, 50.0]}
    assert earned(panel_of(later)).quotes[0].levels.tolist() == earned(panel_of()).quotes[0].levels.tolist()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"base_rate": "EUR"}, "is not in the panel; received 'EUR'"),
        ({"base_rate": "USD/KZT"}, "USD/KZT: is not an interest rate; received 'levels in KZT per USD'"),
        ({"pair": "KZT"}, "KZT: is not a currency pair"),
    ],
)
def test_what_is_no_pair_or_no_rate_is_refused(more: dict[str, str], words: str) -> None:
    call: dict[str, Any] = {"pair": "USD/KZT", "base_rate": "USD", "quote_rate": "KZT", **more}
    with pytest.raises(mi.InputError, match=re.escape(words)):
        excess_return(panel_of(), **call)


@pytest.mark.parametrize("unit", ["bp", "points"])
def test_rates_in_other_units_are_refused(unit: str) -> None:
    panel = panel_of().select(["USD/KZT", "KZT"])
    odd = mi.Panel.from_frame(pd.Series(LEVELS["USD"], index=DAYS), instruments=rate("USD", unit=unit))
    with pytest.raises(mi.InputError, match=f"USD: is not an interest rate; received 'levels in {unit}'"):
        earned(panel.join(odd))


def test_rates_that_are_never_quoted_with_the_pair_are_refused() -> None:
    panel = panel_of({**LEVELS, "KZT": [np.nan] * 4 + [10.0], "USD": [0.1] * 4 + [np.nan]})
    with pytest.raises(mi.DataError, match="USD/KZT, USD, KZT: are never quoted on one date"):
        earned(panel)


def test_a_year_has_360_days() -> None:
    days = np.array(["2022-01-01", "2022-12-27"], dtype="datetime64[D]")
    assert year_fractions(days).tolist() == [1.0]


def test_a_rate_that_stands_still_is_a_rate_and_a_pair_that_does_is_none() -> None:
    """A policy rate that nobody changes for months is no stale quote; a rate of exchange that never moves is."""
    days = pd.bdate_range("2022-01-03", periods=80)
    rate_of_exchange = 435.0 + np.sin(np.arange(80.0) ** 2)
    levels = {"USD/KZT": rate_of_exchange, "USD": np.full(80, 0.25), "KZT": np.full(80, 9.75)}
    panel = panel_of(levels, days)
    assert panel.quotes_of("KZT").standing_still().sum() == 79
    assert not earned(panel).quotes[0].standing_still().any()
    frozen = rate_of_exchange.copy()
    frozen[30:50] = 431.8
    found = earned(panel_of({**levels, "USD/KZT": frozen}, days)).quotes[0].standing_still()
    assert np.flatnonzero(found).tolist() == list(range(31, 50))


def test_a_return_made_of_simulated_rates_is_a_simulation() -> None:
    panel = panel_of()
    drawn_rate = mi.Provenance("a draw", kind="simulation")
    simulated = mi.Panel.from_frame(
        pd.Series(LEVELS["KZT"], index=DAYS), instruments=rate("KZT"), provenance=drawn_rate
    )
    made = earned(panel.select(["USD/KZT", "USD"]).join(simulated))
    assert made.stamp == "SIMULATION"
    assert "a draw" in str(made.quotes[0].provenance)


# The carry factor

CODES = ["TRY", "ZAR", "MXN", "JPY", "CHF", "SEK", "NOK"]


def drawn(seed: int, n: int = 60) -> tuple[mi.Panel, dict[str, str]]:
    """Draw pairs in both directions, with rates that change places, and holes in both."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2021-01-04", periods=n)
    levels: dict[str, Any] = {}
    rates = {}
    for i, code in enumerate(CODES):
        name = f"USD/{code}" if i % 2 else f"{code}/USD"
        levels[name] = np.exp(rng.normal(0.0, 0.01, n).cumsum())
        levels[code] = rng.normal(3.0, 3.0, n).round(1)
        rates[name] = code
    levels["TRY/USD"][17] = np.nan
    levels["CHF"][[30, 31]] = np.nan
    levels["USD"] = rng.normal(1.0, 0.5, n)
    return panel_of(levels, days), rates


@pytest.mark.parametrize(("share", "number"), [(1 / 3, 2), (1 / 2, 3), (1 / 7, 1), (0.2, 1), (3 / 7, 3)])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_carry_factor_by_a_slow_loop_that_knows_the_home_rate(
    seed: int, share: float, number: int
) -> None:
    panel, rates = drawn(seed)
    frame = panel.to_frame().dropna()
    level, slow = 100.0, [100.0]
    for before, after in zip(frame.index[:-1], frame.index[1:], strict=True):
        d = (after - before).days
        differentials = {
            name: (frame[code][before] - frame["USD"][before]) / 100 for name, code in rates.items()
        }
        earned_ = {}
        for name, differential in differentials.items():
            move = np.log(frame[name][after] / frame[name][before])
            earned_[name] = (move if name.endswith("/USD") else -move) + differential * d / 360
        ranked = sorted(rates, key=lambda name: (round(differentials[name], 12), name))
        high, low = ranked[-number:], ranked[:number]
        level *= np.exp(np.mean([earned_[n] for n in high]) - np.mean([earned_[n] for n in low]))
        slow.append(level)
    made = carry_factor(panel, rates, share=share)
    np.testing.assert_allclose(made.quotes[0].levels, slow, rtol=1e-11)
    assert made.quotes[0].sessions.tolist() == frame.index.to_numpy().astype("datetime64[D]").tolist()
    assert made.quotes[0].notes[0] == f"{number} of 7 currencies held, and {number} owed, at each session"
    assert made.quotes[0].notes[1].startswith("3 of 60 dates without all of CHF/USD, ")


def test_the_carry_factor_does_not_look_ahead() -> None:
    """What comes later, rates of the same session included, changes no move before it."""
    panel, rates = drawn(3)
    made = carry_factor(panel, rates).quotes[0].levels
    frame = panel.to_frame()
    for cut in (10, 25, 40):
        changed = frame.copy()
        changed.iloc[cut:, :] *= np.linspace(0.5, 2.0, changed.shape[1])
        same_prices = frame.copy()
        same_prices.loc[changed.index[cut] :, CODES] = changed.loc[changed.index[cut] :, CODES]
        days = frame.dropna().index
        upto = int(np.searchsorted(days, frame.index[cut])) + 1
        other = carry_factor(panel_of(dict(same_prices.items()), frame.index), rates).quotes[0].levels
        assert other[:upto].tolist() == made[:upto].tolist(), "the rates of a session enter the next move"
        assert other[upto] != made[upto]
        all_ = carry_factor(panel_of(dict(changed.items()), frame.index), rates).quotes[0].levels
        assert all_[: upto - 1].tolist() == made[: upto - 1].tolist()


def test_the_order_and_the_direction_of_pairs_change_nothing() -> None:
    panel, rates = drawn(4)
    made = carry_factor(panel, rates)
    backwards = carry_factor(panel, dict(reversed(rates.items())))
    assert backwards.quotes[0].levels.tolist() == made.quotes[0].levels.tolist()
    turned = panel.join(inverse(panel, "USD/ZAR"))
    other = {("ZAR/USD" if name == "USD/ZAR" else name): code for name, code in rates.items()}
    np.testing.assert_allclose(
        carry_factor(turned, other).quotes[0].levels, made.quotes[0].levels, rtol=1e-12
    )


def test_of_equal_rates_the_earlier_id_counts_as_the_lower() -> None:
    levels = {"USD/TRY": [1.0, 1.1], "USD/ZAR": [1.0, 1.3]}
    panel = panel_of({**levels, "TRY": [5.0, 5.0], "ZAR": [5.0, 5.0]}, DAYS[:2])
    made = carry_factor(panel, {"USD/ZAR": "ZAR", "USD/TRY": "TRY"}, share=0.5)
    assert made.quotes[0].levels[1] == pytest.approx(100 * 1.1 / 1.3)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"share": 0.0}, "share: is not a share; received 0.0; allowed: above 0, at most 1/2"),
        ({"share": 0.6}, "share: is not a share; received 0.6"),
        ({"share": "third"}, "share: is not a share"),
        ({"share": 0.1}, "share: makes no whole currency of 7; received 0.1"),
        ({"currency": "EUR"}, "has no EUR"),
        ({"rates": {"TRY": "TRY", "USD/ZAR": "ZAR"}}, "TRY: is not a currency pair"),
        (
            {"rates": {"TRY/USD": "CZK", "USD/ZAR": "ZAR"}, "share": 0.5},
            "is not in the panel; received 'CZK'",
        ),
        (
            {"rates": {"TRY/USD": "USD/ZAR", "USD/ZAR": "ZAR"}, "share": 0.5},
            "USD/ZAR: is not an interest rate",
        ),
        ({"rates": {}}, "share: makes no whole currency of 0"),
    ],
)
def test_what_makes_no_carry_factor_is_refused(more: dict[str, Any], words: str) -> None:
    panel, rates = drawn(1)
    call = {"rates": rates, **more}
    with pytest.raises(mi.InputError, match=re.escape(words)):
        carry_factor(panel, call.pop("rates"), **call)


def test_a_currency_does_not_stand_on_both_sides() -> None:
    panel, rates = drawn(1)
    with pytest.raises(mi.InputError, match="rates: several pairs of one currency, which would count twice"):
        carry_factor(panel.join(inverse(panel, "USD/ZAR")), {**rates, "ZAR/USD": "ZAR"})


def test_pairs_of_unknown_snapshots_make_no_carry_factor() -> None:
    panel = panel_of(
        {"USD/TRY": [1.0], "USD/ZAR": [1.0], "TRY": [5.0], "ZAR": [5.0]}, DAYS[:1], snapshot=None
    )
    with pytest.raises(mi.InputError, match="snapshot: has no declared snapshot"):
        carry_factor(panel, {"USD/ZAR": "ZAR", "USD/TRY": "TRY"}, share=0.5)


def test_constant_rates_do_not_freeze_the_carry_factor() -> None:
    panel, rates = drawn(5)
    frame = panel.to_frame()
    frame[CODES] = [14.0, 6.0, 5.0, -0.1, -0.75, 0.25, 1.0]
    made = carry_factor(panel_of(dict(frame.items()), frame.index), rates).quotes[0]
    assert not made.standing_still().any()
    assert len(made) == 59


def test_the_carry_factor_says_that_its_rates_are_simulated() -> None:
    panel, rates = drawn(5)
    drawn_rate = mi.Provenance("a draw", kind="simulation")
    simulated = mi.Panel.from_frame(panel["JPY"], instruments=rate("JPY"), provenance=drawn_rate)
    others = panel.select([name for name in panel.ids if name != "JPY"])
    made = carry_factor(others.join(simulated), rates)
    assert (carry_factor(panel, rates).stamp, made.stamp) == (None, "SIMULATION")


def test_a_share_that_is_a_number_of_currencies_but_for_a_binary_fraction_is_that_number() -> None:
    panel, rates = drawn(6)
    six = {name: rates[name] for name in sorted(rates)[:6]}
    assert (1 - 5 / 6) * 6 < 1
    assert carry_factor(panel, six, share=1 - 5 / 6).quotes[0].notes[0].startswith("1 of 6 currencies held")
