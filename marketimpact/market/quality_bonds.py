"""What prices and yields of one bond say of each other: coupons, clean or dirty, quotes that cross."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..units import BP_PER_UNIT
from .bond_values import value_bond
from .bonds import SovereignBond
from .coupon_rolls import CouponRolls, coupon_rolls, same_bond
from .panel import Panel
from .quality_findings import Finding, counted, dates_in_words
from .quotes import Quotes

__all__ = ["bond_findings"]

APART = 0.05
"""Distance of a recomputed yield from the quoted one above which a day is told [percentage points]."""

USUAL = 0.95
"""Share of the days on which one of two series must be above the other to be taken for the ask."""

JUMP = 1.0
"""Change of the gap between bid and ask above which a day is told [points]."""

Floats = NDArray[np.float64]


def bond_findings(panel: Panel) -> Iterator[Finding]:
    """Look at the prices of bonds whose terms are known, beside the bond's other series in the panel.

    Coupons that drop out of them; clean prices that behave like dirty ones and the reverse, by coupons and by the
    yields recomputed both ways; days on which a price and its quoted yield say different things; bid and ask that
    cross, and whose gap jumps.

    Parameters
    ----------
    panel : Panel

    Yields
    ------
    Finding
    """
    priced = [
        one
        for one in panel.instruments
        if isinstance(one, SovereignBond) and one.quoted != "yield" and not one.missing_terms
    ]
    rolls = {bond.id: coupon_rolls(panel, bond.id) for bond in priced}
    for bond in priced:
        found = rolls[bond.id]
        yield from _on_coupons(bond, found)
        if found.beside is not None:
            yield from _beside_yield(panel, bond, found.beside)
    for one, other in combinations(priced, 2):
        if same_bond(one, other):
            yield from _bid_and_ask(panel, rolls[one.id], rolls[other.id])


def _on_coupons(bond: SovereignBond, rolls: CouponRolls) -> Iterator[Finding]:
    """Coupons that drop, and series that drop them though they should not, or the reverse."""
    if rolls.dirty:
        first, last = rolls.sessions[0], rolls.sessions[-1]
        several = f"{counted(len(rolls), 'coupon')} of {rolls.coupon[-1]:g} points"
        drop = "drop" if len(rolls) > 1 else "drops"
        words = f"{several} {drop} out at T+{rolls.lag}, on {dates_in_words(rolls.sessions)}"
        if not rolls.clear.all():
            words += f"; not clear by size: {dates_in_words(rolls.sessions[~rolls.clear])}"
        if bond.settlement_lag is not None and bond.settlement_lag != rolls.lag:
            words += f"; its settlement lag is declared as {bond.settlement_lag}"
        kind = "coupons" if bond.quoted == "dirty price" else "dirty, not clean"
        if bond.quoted == "clean price":
            words += ": these are no clean prices; declare quoted='dirty price' to have the coupons taken out"
        yield Finding(bond.id, kind, first, last, float(len(rolls)), "coupons", words)
    elif bond.quoted == "dirty price" and rolls.explained < 0.0:
        day = np.datetime64("NaT", "D")
        words = f"no coupon drops out of them (falls explain {rolls.explained:.0%} of the coupons due): clean prices?"
        yield Finding(bond.id, "clean, not dirty", day, day, rolls.explained, "share", words)


def _beside_yield(panel: Panel, bond: SovereignBond, beside: str) -> Iterator[Finding]:
    """Compare the quoted yield with the yield of the price, taken as clean and as dirty."""
    quotes, of_yield = panel.quotes_of(bond.id), panel.instrument(beside)
    sessions, mine, theirs = np.intersect1d(
        quotes.sessions, panel.quotes_of(beside).sessions, return_indices=True
    )
    percent = panel.quotes_of(beside).levels[theirs] * BP_PER_UNIT[of_yield.quoted_unit] / 100.0
    apart = {
        quoted: np.abs(value_bond(bond, sessions, quotes.levels[mine], quoted=quoted).ytm - percent)
        for quoted in ("clean price", "dirty price")
    }
    middle = {quoted: float(np.nanmedian(values)) for quoted, values in apart.items()}
    better = min(middle, key=lambda quoted: middle[quoted])
    evidence = ", ".join(f"{middle[quoted]:.3f} as {quoted.split()[0]}" for quoted in middle)
    if better != bond.quoted:
        words = (
            f"yields recomputed from these {bond.quoted}s lie {evidence} percentage points from the quoted {beside} at"
            f" the median of {len(sessions)} days: they are {better}s"
        )
        kind = f"{better.split()[0]}, not {bond.quoted.split()[0]}"
        yield Finding(
            bond.id, kind, sessions[0], sessions[-1], middle[bond.quoted], "percentage points", words
        )
        return
    far = apart[better] > APART
    if far.any():
        days = sessions[far]
        words = (
            f"{counted(len(days), 'day')} of {len(sessions)} on which the yield of the price lies more than {APART}"
            f" percentage points from {beside}: {dates_in_words(days)}; at the median {middle[better]:.3f}"
        )
        kind = "price against yield"
        yield Finding(bond.id, kind, days[0], days[-1], float(len(days)), "days", words)


def _bid_and_ask(panel: Panel, one: CouponRolls, other: CouponRolls) -> Iterator[Finding]:
    """Compare two series of prices of one bond, of which one is nearly always above: bid and ask."""
    first, second = panel.quotes_of(one.instrument), panel.quotes_of(other.instrument)
    sessions, mine, theirs = np.intersect1d(first.sessions, second.sessions, return_indices=True)
    gap = _with_coupons(second, other)[theirs] - _with_coupons(first, one)[mine]
    names = (one.instrument, other.instrument)
    if len(gap) and np.median(gap) < 0.0:
        gap, names = -gap, names[::-1]
    if len(gap) < 2 or np.mean(gap > 0.0) < USUAL:
        return
    crossed, jumps = gap < 0.0, np.flatnonzero(np.abs(np.diff(gap)) > JUMP) + 1
    if crossed.any():
        days = sessions[crossed]
        words = (
            f"below {names[0]}, though above on {np.mean(gap > 0.0):.1%} of the days: {dates_in_words(days)}"
        )
        yield Finding(names[1], "crossed", days[0], days[-1], float(len(days)), "days", words)
    if len(jumps):
        days = sessions[jumps]
        words = (
            f"{counted(len(days), 'day')} on which the gap to {names[0]}, coupons added back, changes by more than"
            f" {JUMP:g} point: {dates_in_words(days)}"
        )
        yield Finding(names[1], "gap jumps", days[0], days[-1], float(len(days)), "days", words)


def _with_coupons(quotes: Quotes, rolls: CouponRolls) -> Floats:
    """Prices with all coupons that dropped so far added back."""
    return np.asarray(quotes.levels + np.cumsum(rolls.income(len(quotes))))
