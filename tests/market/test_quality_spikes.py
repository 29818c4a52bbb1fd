"""Single levels: decimal points that slip, spikes that are undone, an outlier at the end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.market.quality import inspect
from marketimpact.market.quotes import Quotes
from tests.market.quality_samples import MADE_UP, Numbers, normal, only, panel, turkish, weekdays

# Spikes


@pytest.mark.parametrize(("undone", "is_spike"), [(0.7, False), (0.9, True), (1.1, True), (1.5, False)])
def test_a_spike_is_one_that_the_next_session_undoes(undone: float, is_spike: bool) -> None:
    moves = normal(400)
    moves[200:202] = 12.0, -12.0 * undone
    findings = inspect(panel(x=500.0 + np.cumsum(moves)))
    assert [one.kind for one in findings] == (["spike that reverts"] if is_spike else [])
    for one in findings:
        assert (one.first, one.last) == (weekdays(400)[200], weekdays(400)[201])
        assert one.value == pytest.approx(12.0)
        assert one.unit == "points"


def test_a_wild_month_has_no_spikes() -> None:
    moves = normal(2_000)
    moves[1_000:1_030] *= 10.0
    moves[1_010:1_012] = 20.0, -20.0
    assert not inspect(panel(x=500.0 + np.cumsum(moves)))


def test_a_spike_of_a_yield_is_in_bp_and_of_a_price_in_percent() -> None:
    levels = 4.0 + 0.01 * np.round(np.cumsum(normal(200)))
    levels[100] += 0.5
    series = pd.Series(levels, index=pd.bdate_range("2022-01-03", periods=200))
    bond = mi.Panel.from_frame(series, instruments=mi.SovereignBond("KZ", quoted="yield"))
    price = mi.Panel.from_frame(series, instruments=mi.SovereignBond("KZ", quoted="clean price"))
    for given, unit in ((bond, "bp"), (price, "log")):
        (spike,) = [one for one in inspect(given) if one.kind == "spike that reverts"]
        assert spike.unit == unit
        assert (" bp on " in spike.words) == (unit == "bp")
        assert (" % on " in spike.words) == (unit == "log")


def test_the_bad_asks_of_a_turkish_bond_are_found(shared: Path) -> None:
    def spikes(column: str, quoted: str) -> list[str]:
        findings = inspect(turkish(shared, "US900123CB40", column, quoted))
        return [str(one.first) for one in findings if one.kind == "spike that reverts"]

    bad = ["2015-04-13", "2016-01-11", "2016-08-10"]
    assert spikes("Sell Rate", "yield") == bad
    assert spikes("Sell", "dirty price") == bad, "the first one too, which is undone on the day of a coupon"
    assert spikes("Buy Rate", "yield") == spikes("Buy", "dirty price") == []


@pytest.mark.parametrize("lasts", [1, 2, 3, 4])
def test_a_spike_lasts_up_to_three_sessions(lasts: int) -> None:
    levels = 500.0 + np.cumsum(normal(400))
    levels[200 : 200 + lasts] += 30.0
    spikes = [one for one in inspect(panel(x=levels)) if one.kind == "spike that reverts"]
    days = weekdays(400)
    assert [(one.first, one.last) for one in spikes] == (
        [(days[200], days[200 + lasts])] if lasts < 4 else []
    )


def test_two_zeros_in_a_row_of_a_yield_are_a_spike() -> None:
    levels = walking_yield()
    levels[100:102] = 0.0
    spike = only(yields(levels), "spike that reverts")
    assert (spike.first, spike.last) == (weekdays(300)[100], weekdays(300)[102])


def test_a_wild_week_within_is_no_spike() -> None:
    moves = normal(400)
    moves[200:203] = 20.0, 8.0, -20.0
    assert not inspect(panel(x=500.0 + np.cumsum(moves)))


# The last quote


@pytest.mark.parametrize(("size", "found"), [(7.0, False), (15.0, True), (-15.0, True)])
def test_an_outlier_at_the_end_waits_for_the_next_quote(size: float, found: bool) -> None:
    moves = normal(400)
    moves[-1] = size
    given = panel(x=500.0 + np.cumsum(moves))
    if not found:
        assert not inspect(given)
        return
    outlier = only(given, "outlier at the end")
    assert outlier.first == outlier.last == weekdays(400)[-1]
    assert outlier.value == pytest.approx(size)
    assert "the last quote" in outlier.words


def test_a_last_quote_that_takes_back_a_spike_is_no_outlier() -> None:
    moves = normal(400)
    moves[-2:] = 15.0, -15.0
    assert only(panel(x=500.0 + np.cumsum(moves)), "spike that reverts").last == weekdays(400)[-1]


def test_the_end_of_a_rate_is_rarely_an_outlier() -> None:
    """Cut at any of 500 days, at most 1 series in 200 ends in one."""
    codes = ("USD", "CHF", "ZAR", "TRY", "RUB")
    whole = mi.fetch([f"ecb:EUR/{code}" for code in codes], start="2015-01-01", end="2022-03-01")
    rng = np.random.default_rng(3)
    false = 0
    for pair, quotes in zip(whole.instruments, whole.quotes, strict=True):
        for n in rng.integers(200, len(quotes), 100).tolist():
            cut = Quotes(quotes.sessions[:n].copy(), quotes.levels[:n].copy(), quotes.provenance)
            false += "outlier at the end" in {one.kind for one in inspect(mi.Panel((pair,), (cut,)))}
    assert false <= 2


# Decimal points


def walking_yield(n: int = 300, seed: int = 1) -> Numbers:
    return np.asarray(4.0 + 0.03 * np.cumsum(normal(n, seed)))


def yields(levels: Numbers) -> mi.Panel:
    bond = mi.SovereignBond("KZ", quoted="yield")
    return mi.Panel((bond,), (Quotes(weekdays(len(levels)), levels, MADE_UP),))


@pytest.mark.parametrize("power", [-3, -2, -1, 1, 2, 3])
@pytest.mark.parametrize("span", [(100, 101), (100, 102), (100, 150), (250, 300)])
@pytest.mark.parametrize("kind", ["yield", "currency"])
def test_levels_times_or_over_a_power_of_ten_are_a_decimal_shift(
    power: int, span: tuple[int, int], kind: str
) -> None:
    levels = walking_yield() if kind == "yield" else np.exp(0.01 * np.cumsum(normal(300)))
    levels[span[0] : span[1]] *= 10.0**power
    given = yields(levels)
    if kind == "currency":
        given = mi.Panel((mi.CurrencyPair("USD", "KZT"),), given.quotes)
    (shift,) = [one for one in inspect(given) if one.kind != "frozen run"]
    days = weekdays(300)
    assert (shift.kind, shift.value) == ("decimal shift", float(power))
    assert (shift.first, shift.last) == (days[span[0]], days[span[1] - 1])
    assert f"levels {'times' if power > 0 else 'over'} {10 ** abs(power)} " in shift.words
    assert (" on (" in shift.words) == (span[1] == 300)


def test_a_bill_that_goes_from_a_hundredth_to_a_tenth_of_a_percent_is_no_shift() -> None:
    levels = np.maximum(0.05 + 0.01 * np.round(np.cumsum(normal(400))), 0.01)
    levels[200:202] = 0.01, 0.10
    assert "decimal shift" not in {one.kind for one in inspect(yields(levels))}


def test_a_spread_that_crosses_zero_has_no_ratio() -> None:
    assert not inspect(panel(x=np.cumsum(normal(1_000))))
