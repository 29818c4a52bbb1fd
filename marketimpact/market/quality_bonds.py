"""What prices and yields of one bond say of each other: coupons, clean or dirty, quotes that cross."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..units import BP_PER_UNIT
from .bond_values import value_bond
from .bonds import Quoted, SovereignBond
from .coupon_rolls import coupon_rolls, same_bond
from .coupon_search import SURE, CouponRolls
from .panel import Panel
from .quality_findings import Finding, counted, dates_in_words

__all__ = ["bond_findings"]

APART = 0.05
"""Distance of a recomputed yield from the quoted one above which a day is told [percentage points]."""

USUAL = 0.95
"""Share of the days on which one of two series must be above the other to be taken for the ask."""

BETTER = 0.5
"""Share of the distance as declared below which the other quoting must bring the yields to be told."""

JUMP = 1.0
"""Change of the gap between bid and ask above which a day is told [points]."""

QUOTED: tuple[Quoted, ...] = ("clean price", "dirty price")

Days = NDArray[np.datetime64]
LARGE_YIELD = 50.0
"""Median yield above which a series may be something else [percent]."""

SMALL_PRICE = 20.0
"""Median price below which a series may be something else [per 100]."""

Floats = NDArray[np.float64]


def bond_findings(panel: Panel) -> Iterator[Finding]:
    """Look at bonds: at their levels, and at prices beside the bond's other series in the panel.

    Levels that another unit or kind of quote would explain, and quotes behind the maturity; prices without the terms
    that coupons need; coupons that drop out of them; clean prices that behave like dirty ones and the reverse, by
    coupons and by the yields recomputed both ways; days on which a price and its quoted yield say different things;
    bid and ask that cross, and whose gap jumps.

    Parameters
    ----------
    panel : Panel

    Yields
    ------
    Finding
    """
    yield from _odd_levels(panel)
    priced = [
        one
        for one in panel.instruments
        if isinstance(one, SovereignBond) and one.quoted != "yield" and not one.missing_terms
    ]
    rolls = {bond.id: coupon_rolls(panel, bond.id) for bond in priced}
    for bond in priced:
        found = rolls[bond.id]
        yield from _on_coupons(panel, bond, found)
        if found.beside is not None:
            yield from _beside_yield(panel, bond, found)
    for one, other in combinations(priced, 2):
        if one.quoted == other.quoted and same_bond(one, other):
            yield from _bid_and_ask(panel, rolls[one.id], rolls[other.id])


def _odd_levels(panel: Panel) -> Iterator[Finding]:
    """Levels that another unit or kind of quote would explain; quotes of a bond that was redeemed; terms that lack."""
    for bond, quotes in zip(panel.instruments, panel.quotes, strict=True):
        if not isinstance(bond, SovereignBond):
            continue
        first, last = quotes.sessions[0], quotes.sessions[-1]
        middle = float(np.median(quotes.levels))
        if doubt := _doubt(bond, middle):
            yield Finding(bond.id, "odd level", first, last, middle, bond.quoted_unit, doubt)
        if bond.maturity is not None and last >= np.datetime64(bond.maturity, "D"):
            late = quotes.sessions[quotes.sessions >= np.datetime64(bond.maturity, "D")]
            words = f"{counted(len(late), 'quote')} on or after the maturity, {bond.maturity}"
            yield Finding(bond.id, "after maturity", late[0], last, float(len(late)), "quotes", words)
        if bond.quoted == "dirty price" and bond.missing_terms:
            words = f"coupons cannot be looked for: {', '.join(bond.missing_terms)} not given"
            yield Finding(
                bond.id, "terms missing", first, last, float(len(bond.missing_terms)), "terms", words
            )


def _doubt(bond: SovereignBond, middle: float) -> str:
    """Say which other unit or kind of quote would explain a median level; empty where none need."""
    if bond.quoted != "yield":
        low = f"the median price is {middle:.3g} per 100: a yield, or a price of another face value?"
        return low if middle < SMALL_PRICE else ""
    percent = middle * BP_PER_UNIT[bond.yield_unit] / BP_PER_UNIT["percent"]
    if percent <= LARGE_YIELD:
        return ""
    other = "percent, and not decimals" if bond.yield_unit == "decimal" else "a price, and no yield"
    return f"the median yield is {percent:.3g} percent: {other}?"


def _on_coupons(panel: Panel, bond: SovereignBond, rolls: CouponRolls) -> Iterator[Finding]:
    """Coupons that drop, and series that drop them though they should not, or the reverse."""
    if rolls.dirty:
        first, last = rolls.sessions[0], rolls.sessions[-1]
        sizes = " or ".join(f"{size:g}" for size in np.unique(rolls.coupon.round(9)))
        drop = "drop" if len(rolls) > 1 else "drops"
        words = f"{counted(len(rolls), 'coupon')} of {sizes} points {drop} out at T+{rolls.lag}"
        words += f", on {dates_in_words(rolls.sessions)}"
        if rolls.evidence < SURE:
            words += "; their sizes alone would not show them: the schedule says when"
        elif not rolls.clear.all():
            words += f"; not clear by size: {dates_in_words(rolls.sessions[~rolls.clear])}"
        if bond.settlement_lag is not None and bond.settlement_lag != rolls.lag:
            words += f"; its settlement lag is declared as {bond.settlement_lag}"
        kind = "coupons" if bond.quoted == "dirty price" else "dirty, not clean"
        if bond.quoted == "clean price":
            words += ": these are no clean prices; declare quoted='dirty price' to have the coupons taken out"
        yield Finding(bond.id, kind, first, last, float(len(rolls)), "coupons", words)
    elif bond.quoted == "dirty price" and rolls.denied:
        words = (
            f"no coupon drops out of them (falls explain {rolls.explained:.0%} of the coupons due): clean prices?"
            " declare quoted='clean price' if so; as they stand nothing is taken out of the moves"
        )
        first, last = panel.quotes_of(bond.id).sessions[[0, -1]]
        yield Finding(bond.id, "clean, not dirty", first, last, rolls.explained, "share", words)


def _beside_yield(panel: Panel, bond: SovereignBond, rolls: CouponRolls) -> Iterator[Finding]:
    """Compare the quoted yield with the yield of the price, taken as clean and as dirty.

    Prices that drop their coupons at another lag than the declared one are valued at that lag.
    """
    beside, lag = str(rolls.beside), rolls.lag if rolls.dirty else bond.settlement_lag
    quotes, yields = panel.quotes_of(bond.id), panel.quotes_of(beside)
    sessions, mine, theirs = np.intersect1d(quotes.sessions, yields.sessions, return_indices=True)
    percent = (
        yields.levels[theirs] * BP_PER_UNIT[panel.instrument(beside).quoted_unit] / BP_PER_UNIT["percent"]
    )
    settled = replace(bond, settlement_lag=lag)
    apart = {
        quoted: np.abs(value_bond(settled, sessions, quotes.levels[mine], quoted=quoted).ytm - percent)
        for quoted in QUOTED
    }
    valued = np.all([np.isfinite(values) for values in apart.values()], axis=0)
    if not valued.any():
        return
    middle = {quoted: float(np.median(values[valued])) for quoted, values in apart.items()}
    other = next(quoted for quoted in QUOTED if quoted != bond.quoted)
    if middle[other] < BETTER * middle[bond.quoted]:
        evidence = ", ".join(f"{middle[quoted]:.3f} as {quoted.split()[0]}" for quoted in middle)
        words = (
            f"yields recomputed from these {bond.quoted}s lie {evidence} percentage points from the quoted {beside} at"
            f" the median of {counted(int(valued.sum()), 'day')}: they are {other}s"
        )
        kind = f"{other.split()[0]}, not {bond.quoted.split()[0]}"
        yield Finding(
            bond.id, kind, sessions[0], sessions[-1], middle[bond.quoted], "percentage points", words
        )
        return
    far = apart[bond.quoted] > APART
    if far.any():
        days = sessions[far]
        words = (
            f"{counted(len(days), 'day')} of {len(sessions)} on which the yield of the price lies more than {APART}"
            f" percentage points from {beside}: {dates_in_words(days)}; at the median {middle[bond.quoted]:.3f}"
        )
        kind = "price against yield"
        yield Finding(bond.id, kind, days[0], days[-1], float(len(days)), "days", words)


def _bid_and_ask(panel: Panel, one: CouponRolls, other: CouponRolls) -> Iterator[Finding]:
    """Compare two series of prices of one bond, of which one is nearly always above: bid and ask."""
    first, second = panel.quotes_of(one.instrument), panel.quotes_of(other.instrument)
    sessions, mine, theirs = np.intersect1d(first.sessions, second.sessions, return_indices=True)
    raw = second.levels[theirs] - first.levels[mine]
    gap = raw + _dropped_more(sessions, other, one)
    names = (one.instrument, other.instrument)
    if len(gap) and np.median(gap) < 0.0:
        raw, gap, names = -raw, -gap, names[::-1]
    if len(gap) < 2 or np.mean(gap > 0.0) < USUAL:
        return
    crossed, jumps = gap < 0.0, np.flatnonzero(np.abs(np.diff(gap)) > JUMP) + 1
    seeming = (raw < 0.0) & (gap > 0.0)
    if crossed.any():
        words = f"below {names[0]}, though above on {np.mean(gap > 0.0):.1%} of the days"
        yield _on_days(names[1], "crossed", sessions[crossed], words)
    if seeming.any():
        words = f"below {names[0]} only because one has dropped its coupon and the other has not"
        yield _on_days(names[1], "coupon between", sessions[seeming], words)
    if len(jumps):
        words = (
            f"{counted(len(jumps), 'day')} on which the gap to {names[0]}, coupons added back, changes by more than"
            f" {JUMP:g} point"
        )
        yield _on_days(names[1], "gap jumps", sessions[jumps], words)


def _on_days(instrument: str, kind: str, days: Days, words: str) -> Finding:
    return Finding(
        instrument, kind, days[0], days[-1], float(len(days)), "days", f"{words}: {dates_in_words(days)}"
    )


def _dropped_more(sessions: Days, one: CouponRolls, other: CouponRolls) -> Floats:
    """Coupons that one series has dropped on each day and the other has not, less the reverse [points per 100].

    A coupon counts where both drop it, on the days between the two; at its beginning or end a series may miss one.
    """
    more = np.zeros(len(sessions))
    _, mine, theirs = np.intersect1d(one.due, other.due, return_indices=True)
    for i, j in zip(mine, theirs, strict=True):
        more += one.coupon[i] * (
            (sessions >= one.sessions[i]).astype(np.float64) - (sessions >= other.sessions[j])
        )
    return more
