"""What `inspect` says of a bond's prices beside its yields and its other prices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.market.quality import inspect
from marketimpact.market.quality_findings import Finding
from tests.market.coupon_samples import BONDS, DAYS, beside, dropped, panel, prices, walk

KZ = BONDS["semi-annual"]
KINDS = {
    "coupons", "dirty, not clean", "clean, not dirty", "price against yield", "crossed", "coupon between", "gap jumps",
}  # fmt: skip


def found(given: mi.Panel) -> list[Finding]:
    """Findings of bonds alone."""
    return [one for one in inspect(given) if one.kind in KINDS]


def kinds(given: mi.Panel) -> list[tuple[str, str]]:
    return [(one.instrument, one.kind) for one in found(given)]


def two(
    bid: pd.Series, ask: pd.Series, quoted: str = "dirty price", lags: tuple[int, int] = (0, 2)
) -> mi.Panel:
    members = [
        mi.SovereignBond(name, quoted=quoted, issuer="KZ", settlement_lag=lag, **KZ)
        for name, lag in zip(("bid", "ask"), lags, strict=True)
    ]
    return mi.Panel.from_frame(pd.concat({"bid": bid, "ask": ask}, axis=1, sort=True), instruments=members)


# Coupons


def test_coupons_are_told_with_their_days() -> None:
    (one,) = found(panel(prices(KZ, 2, walk(1, 0.02)), KZ, settlement_lag=2))
    assert one.words == (
        "4 coupons of 3.25 points drop out at T+2, on 2016-01-19, 2016-07-19, 2017-01-19, 2017-07-19"
    )
    assert (one.kind, one.value, one.unit) == ("coupons", 4.0, "coupons")
    assert (str(one.first), str(one.last)) == ("2016-01-19", "2017-07-19")


def test_one_coupon_another_lag_and_coupons_of_two_sizes() -> None:
    series = prices(KZ, 0, walk(1, 0.02))
    (one,) = found(panel(series.iloc[100:200], KZ))
    assert one.words == "1 coupon of 3.25 points drops out at T+0, on 2016-07-21"
    (one,) = found(panel(series, KZ, settlement_lag=2))
    assert one.words.endswith("; its settlement lag is declared as 2")
    at = dropped(KZ, 0)
    (one,) = found(panel(series.drop(DAYS[at[1] - 4 : at[2] + 3]), KZ))
    assert one.words.startswith("3 coupons of 3.25 or 6.5 points drop out at T+0")


def test_a_coupon_that_its_size_does_not_show_is_named() -> None:
    series, at = prices(KZ, 2, walk(1, 0.02)), dropped(KZ, 2)
    series.iloc[at[2] :] += 3.0
    (one,) = found(panel(series, KZ, settlement_lag=2))
    assert one.words.endswith("2017-07-19; not clear by size: 2017-01-19")


def test_coupons_that_cannot_be_seen_are_said_to_be_the_schedules() -> None:
    terms = KZ | {"coupon": 0.4}
    (one,) = found(panel(prices(terms, 2, walk(1)), terms, settlement_lag=2))
    assert one.words.endswith("; their sizes alone would not show them: the schedule says when")


def test_a_coupon_on_the_last_day_is_no_outlier_and_hides_no_spike() -> None:
    """A bad quote on the day before the coupon, which takes it back and drops the coupon as well."""
    series, at = prices(KZ, 2, walk(1, 0.01)), dropped(KZ, 2)
    ended = series.iloc[: at[2] + 1]
    given = panel(ended, KZ, settlement_lag=2)
    assert {one.kind for one in inspect(given)} == {"coupons"}
    bare = panel(ended, {})
    assert {one.kind for one in inspect(bare)} == {"outlier at the end", "terms missing"}
    series.iloc[at[2] - 1] += 6.0
    (spike,) = [one for one in inspect(panel(series, KZ, settlement_lag=2)) if "spike" in one.kind]
    assert (spike.first, spike.last) == tuple(
        series.index[at[2] - 1 : at[2] + 1].to_numpy().astype("datetime64[D]")
    )


# Clean or dirty


def test_dirty_prices_declared_as_clean_are_told_by_their_coupons() -> None:
    (one,) = found(panel(prices(KZ, 2, walk(1, 0.02)), KZ, "clean price"))
    assert one.kind == "dirty, not clean"
    assert "4 coupons of 3.25 points drop out at T+2" in one.words
    assert one.words.endswith(
        "these are no clean prices; declare quoted='dirty price' to have the coupons taken out"
    )


def test_dirty_prices_declared_as_clean_are_told_by_their_yields_too() -> None:
    """The evidence is the yield recomputed both ways: accrued interest of 1.6 points is .09 of yield at the median."""
    yields = walk(1, 0.02)
    told = found(beside(prices(KZ, 0, yields), yields, KZ, "clean price"))
    assert [one.kind for one in told] == ["dirty, not clean"] * 2
    assert told[1].words.endswith(
        "as clean, 0.002 as dirty percentage points from the quoted Y at the median of 520 days: they are dirty prices"
    )
    assert told[1].value == pytest.approx(0.09, abs=0.03)


def test_without_a_coupon_the_yields_alone_tell() -> None:
    yields, part = walk(1, 0.02), slice(30, 110)
    told = found(beside(prices(KZ, 0, yields).iloc[part], yields, KZ, "clean price"))
    assert [one.kind for one in told] == ["dirty, not clean"]
    assert "recomputed" in told[0].words


def test_clean_prices_declared_as_dirty_are_told_both_ways() -> None:
    yields = walk(1, 0.02)
    clean = prices(KZ, 0, yields, "clean price")
    (alone,) = found(panel(clean, KZ))
    assert alone.kind == "clean, not dirty"
    assert alone.words.startswith("no coupon drops out of them (falls explain -")
    assert (alone.first, alone.last) == (clean.index[0], clean.index[-1])
    told = found(beside(clean, yields, KZ))
    assert [one.kind for one in told] == ["clean, not dirty"] * 2
    assert told[1].words.endswith("they are clean prices")


@pytest.mark.parametrize("quoted", ["clean price", "dirty price"])
@pytest.mark.parametrize("coupon", [6.5, 0.0, 0.01])
def test_what_is_declared_rightly_is_not_accused(quoted: str, coupon: float) -> None:
    """Of a zero-coupon bond clean and dirty prices are one."""
    terms = KZ | {"coupon": coupon}
    for seed in range(6):
        yields = walk(seed)
        told = kinds(beside(prices(terms, 0, yields, quoted), yields, terms, quoted))
        assert not {kind for _, kind in told} - {"coupons"}


@pytest.mark.parametrize("quoted", ["clean price", "dirty price"])
def test_yields_that_cannot_tell_accuse_nobody(quoted: str) -> None:
    """Interest of at most .1 points, beside a yield of another hour: neither quoting brings it near."""
    terms = KZ | {"coupon": 0.2}
    for seed in range(12):
        yields = walk(seed, 0.05)
        noisy = yields + np.random.default_rng(seed).normal(0.0, 0.1, len(DAYS))
        told = kinds(beside(prices(terms, 0, yields, quoted), noisy, terms, quoted))
        assert not {kind for _, kind in told} & {"clean, not dirty", "dirty, not clean"}


@pytest.mark.parametrize("lag", [0, 2])
def test_a_lag_that_is_declared_wrongly_makes_no_day_of_wrong_yields(lag: int) -> None:
    """The prices settle at T+lag, whatever is declared: accrued interest and coupon are of that day."""
    yields = walk(2, 0.02)
    given = beside(prices(KZ, lag, yields), yields, KZ)
    members = tuple(replace(one, settlement_lag=2 - lag) for one in given.instruments)
    assert kinds(mi.Panel(members, given.quotes)) == [("B", "coupons")]


def test_a_price_that_its_yield_denies_is_named() -> None:
    yields = walk(2, 0.02)
    series = prices(KZ, 0, yields)
    series.iloc[200] *= 1.05
    (one,) = [one for one in found(beside(series, yields, KZ)) if one.kind == "price against yield"]
    assert one.words.startswith(
        "1 day of 520 on which the yield of the price lies more than 0.05 percentage points from Y: 2016-10-10"
    )


def test_yields_in_decimals_are_compared_alike() -> None:
    yields = walk(1, 0.02)
    given = beside(prices(KZ, 0, yields), yields, KZ, "clean price")
    decimal = replace(given.instrument("Y"), yield_unit="decimal")
    quotes = replace(given.quotes_of("Y"), levels=given.quotes_of("Y").levels / 100)
    told = found(mi.Panel((given.instrument("B"), decimal), (given.quotes_of("B"), quotes)))
    assert [one.words for one in told] == [one.words for one in found(given)]


def test_bonds_without_terms_are_not_looked_at() -> None:
    series = prices(KZ, 2, walk(1, 0.02))
    assert found(panel(series, {})) == []
    assert (
        found(
            mi.Panel.from_frame(series, instruments=mi.SovereignBond("B", quoted="clean price", coupon=6.5))
        )
        == []
    )


# Bid and ask


def spread(seed: int = 3, wide: float = 0.8) -> pd.Series:
    return pd.Series(wide + 0.02 * np.random.default_rng(seed).normal(size=len(DAYS)), DAYS)


def test_bid_and_ask_that_drop_a_coupon_on_different_days_do_not_cross() -> None:
    """Bid at T+0, ask at T+2: between the two the ask stands below by 3.25 - .8 points."""
    yields = walk(1, 0.02)
    told = found(two(prices(KZ, 0, yields), prices(KZ, 2, yields) + spread()))
    assert [one.kind for one in told] == ["coupons", "coupons", "coupon between"]
    assert told[2].instrument == "ask"
    assert told[2].value == sum(b - a for a, b in zip(dropped(KZ, 2), dropped(KZ, 0), strict=True))
    assert told[2].words.startswith(
        "below bid only because one has dropped its coupon and the other has not: 2016-01"
    )


def test_a_quote_that_truly_crosses_is_told_and_its_jumps() -> None:
    yields = walk(1, 0.02)
    ask = prices(KZ, 0, yields) + spread()
    ask.iloc[200] -= 2.0
    told = found(two(prices(KZ, 0, yields), ask, lags=(0, 0)))
    assert [one.kind for one in told] == ["coupons", "coupons", "crossed", "gap jumps"]
    assert told[2].words == "below bid, though above on 99.8% of the days: 2016-10-10"
    assert told[3].words == (
        "2 days on which the gap to bid, coupons added back, changes by more than 1 point: 2016-10-10, 2016-10-11"
    )


def test_the_one_above_is_the_ask_in_either_order() -> None:
    yields = walk(1, 0.02)
    bid, ask = prices(KZ, 0, yields), prices(KZ, 0, yields) + spread()
    ask.iloc[200] -= 2.0
    swapped = two(ask, bid, lags=(0, 0))  # named the wrong way round
    told = [one for one in found(swapped) if one.kind in ("crossed", "gap jumps")]
    assert [one.instrument for one in told] == ["bid", "bid"]


@pytest.mark.parametrize("later", ["bid", "ask"])
@pytest.mark.parametrize("part", [slice(200, None), slice(None, 200), slice(268, 400)])
def test_series_of_different_lengths_are_compared_where_both_are_quoted(later: str, part: slice) -> None:
    """Coupons that only the longer one dropped are no gap."""
    yields = walk(1, 0.02)
    sides = {"bid": prices(KZ, 0, yields), "ask": prices(KZ, 2, yields) + spread()}
    sides[later] = sides[later].iloc[part]
    told = {kind for _, kind in kinds(two(sides["bid"], sides["ask"]))}
    assert not told & {"crossed", "gap jumps"}


@pytest.mark.parametrize("wide", [0.8, 20.0])
def test_a_clean_and_a_dirty_price_of_one_bond_are_no_bid_and_ask(wide: float) -> None:
    yields = walk(1, 0.02)
    members = [mi.SovereignBond(f"{q} price", quoted=f"{q} price", **KZ) for q in ("clean", "dirty")]  # type: ignore[arg-type]
    frame = pd.DataFrame(
        {"clean price": prices(KZ, 0, yields, "clean price"), "dirty price": prices(KZ, 0, yields) + wide}
    )
    told = kinds(mi.Panel.from_frame(frame, instruments=members))
    assert told == [("dirty price", "coupons")]


def test_two_sources_of_one_price_are_no_bid_and_ask() -> None:
    yields = walk(1, 0.02)
    noise = 0.5 * np.random.default_rng(1).normal(size=len(DAYS))
    told = kinds(two(prices(KZ, 0, yields), prices(KZ, 0, yields) + noise, lags=(0, 0)))
    assert {kind for _, kind in told} == {"coupons"}


def test_series_that_share_no_day_are_not_compared() -> None:
    yields = walk(1, 0.02)
    both = prices(KZ, 0, yields)
    told = kinds(two(both.iloc[:200], both.iloc[200:], lags=(0, 0)))
    assert {kind for _, kind in told} == {"coupons"}


@pytest.mark.parametrize(
    ("bond", "level", "words"),
    [
        ({"quoted": "yield"}, 101.0, "the median yield is 101 percent: a price, and no yield?"),
        (
            {"quoted": "yield", "yield_unit": "decimal"},
            4.5,
            "the median yield is 450 percent: percent, and not decimals?",
        ),
        (
            {"quoted": "clean price"},
            4.5,
            "the median price is 4.5 per 100: a yield, or a price of another face value?",
        ),
        ({"quoted": "yield"}, 4.5, None),
        ({"quoted": "yield", "yield_unit": "decimal"}, 0.045, None),
        ({"quoted": "clean price"}, 95.0, None),
    ],
)
def test_a_level_that_another_unit_would_explain_is_told(
    bond: dict[str, str], level: float, words: str | None
) -> None:
    days = pd.bdate_range("2022-01-03", periods=30)
    series = pd.Series(level * (1 + 0.01 * np.sin(np.arange(30))), index=days)
    found = mi.inspect(mi.Panel.from_frame(series, instruments=mi.SovereignBond("X", **bond)))
    odd = [one.words for one in found if one.kind == "odd level"]
    assert odd == ([] if words is None else [words])


def test_quotes_after_the_maturity_are_told() -> None:
    days = pd.bdate_range("2022-01-03", periods=30)
    bond = mi.SovereignBond("X", quoted="clean price", maturity=days[20].date())
    series = pd.Series(100 + np.sin(np.arange(30)), index=days)
    (late,) = [
        one
        for one in mi.inspect(mi.Panel.from_frame(series, instruments=bond))
        if one.kind == "after maturity"
    ]
    assert late.words == f"10 quotes on or after the maturity, {days[20].date()}"
