"""Coupons in series of dirty prices: falls that are no news, recognised by schedule and size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .bond_values import value_bond
from .bonds import SovereignBond
from .coupon_search import CouponRolls, find_rolls
from .coupons import need_terms, settlement_days
from .panel import Panel
from .quality_dates import holiday_copies, weekend_copies
from .quotes import Quotes

__all__ = [
    "bond_of",
    "coupon_rolls",
    "coupon_words",
    "coupons_stay",
    "dropped_coupons",
    "implied_changes",
    "keeps_coupons",
    "levels_with_coupons",
    "on_schedule",
    "same_bond",
    "seen_coupons",
    "yields_beside",
]

Floats = NDArray[np.float64]


def coupon_rolls(panel: Panel, name: str) -> CouponRolls:
    r"""Find the coupons that a bond's series of prices drops.

    The schedule says about when: on the first quote that settles on or after the coupon date, or a session or two off
    where the fall's size leaves no doubt. The settlement lag is the one, of 0 to 5 working days, for which the evidence
    is best: the log likelihood ratio sum (\|r_k\| - \|r_k + c_k - i_k\|) / b_k over all coupons, each in the
    scheduled change or, less 2, in the one near it that fits best; less 3 for another lag than a declared one. i_k is
    the interest of the days of the change, and r_k the change of the quote, less what a quoted yield of the same bond
    in the panel implies, where there is one: it tells a coupon from a real move of its size. Changes are taken for
    Laplace's, of scale b = median \|r\| / log 2; b_k grows with the root of the weekdays over which nothing is quoted.

    Prices that are declared as clean are called dirty where the evidence is above 6; declared dirty ones drop their
    coupons by the schedule, unless it is below -2. Quotes that stand still, and weekend and holiday rows that repeat
    the session before, are none: a coupon shows in the first quote behind them. The coupon that is paid with the
    redemption, and one that is due within two sessions of either end of the series and shows in no fall, are left out.

    Parameters
    ----------
    panel : Panel
    name : str
        Id of a bond that is quoted as a price, with coupon, maturity, frequency and day count.

    Returns
    -------
    CouponRolls
        Empty where the series does not behave like dirty prices, or no coupon fell due.

    Raises
    ------
    InputError
        If it is no bond quoted as a price, or terms are missing.
    MissingExtraError, DataError
        If its calendar cannot be used.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> days = pd.bdate_range("2022-01-17", periods=8)
    >>> prices = pd.Series([136.9, 136.8, 137.0, 137.1, 133.9, 133.8, 134.0, 133.9], index=days)
    >>> bond = mi.known_bond("KZ 2045", quoted="dirty price", settlement_lag=0)
    >>> rolls = mi.coupon_rolls(mi.Panel.from_frame(prices, instruments=bond), "KZ 2045")
    >>> rolls.sessions.astype(str).tolist(), rolls.remainder.round(2).tolist()
    (['2022-01-21'], [0.03])
    """
    bond, quotes = _price_of(panel, name), panel.quotes_of(name)
    copies = weekend_copies(bond, quotes) | holiday_copies(bond, quotes)
    at = np.flatnonzero(~(quotes.standing_still() | copies))
    quoted = Quotes(quotes.sessions[at], quotes.levels[at], quotes.provenance)
    beside, implied = yields_beside(panel, bond, quoted)
    rolls = find_rolls(bond, quoted, implied, beside)
    return replace(rolls, positions=at[rolls.positions])


def seen_coupons(panel: Panel, name: str) -> CouponRolls | None:
    """Give the coupons that are seen to drop out of a bond's prices, clean or dirty; None without prices or terms."""
    bond = panel.instrument(name)
    if not isinstance(bond, SovereignBond) or bond.quoted == "yield" or bond.missing_terms:
        return None
    return coupon_rolls(panel, name)


def dropped_coupons(panel: Panel, name: str) -> CouponRolls | None:
    """Give the coupons of a series that is declared as dirty prices; None of any other, and without terms."""
    declared = getattr(panel.instrument(name), "quoted", None) == "dirty price"
    return seen_coupons(panel, name) if declared else None


def keeps_coupons(panel: Panel, name: str) -> bool:
    """Whether coupons that a series of prices drops stay in its moves: nothing takes them out.

    Dirty prices without terms, or that deny their coupons; and prices declared as clean that drop them all the same.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> prices = pd.Series([102.1, 102.2, 99.0], index=pd.to_datetime(["2022-01-19", "2022-01-20", "2022-01-21"]))
    >>> bond = mi.SovereignBond("KZ 2045", quoted="dirty price")  # without terms
    >>> keeps_coupons(mi.Panel.from_frame(prices, instruments=bond), "KZ 2045")
    True
    """
    bond = panel.instrument(name)
    return isinstance(bond, SovereignBond) and coupons_stay(bond.quoted, seen_coupons(panel, name))


def coupons_stay(quoted: str, rolls: CouponRolls | None) -> bool:
    """Whether coupons stay in the moves of what is declared so, given what is seen of them; see `keeps_coupons`."""
    if quoted == "clean price":
        return rolls is not None and rolls.dirty and bool(len(rolls))
    return quoted == "dirty price" and (rolls is None or rolls.denied)


def coupon_words(panel: Panel, names: Iterable[str]) -> tuple[str, ...]:
    """Say of which series coupons are taken out of the moves, how many, and in which they stay.

    Parameters
    ----------
    panel : Panel
    names : iterable of str
        Members; those that are no bonds' prices are passed over.

    Returns
    -------
    tuple of str
        A sentence for either, where there is one.
    """
    taken, kept = [], []
    for name in dict.fromkeys(names):
        if keeps_coupons(panel, name):
            kept.append(name)
        elif (rolls := dropped_coupons(panel, name)) is not None and len(rolls):
            taken.append(f"{len(rolls)} of {name}, {rolls.sessions[0]} to {rolls.sessions[-1]}")
    said = []
    if taken:
        said.append(f"Coupons that dirty prices drop are added back to the moves: {'; '.join(taken)}.")
    if kept:
        said.append(f"Coupons stay in the moves of {', '.join(kept)}: each looks like a fall of the price.")
    return tuple(said)


def levels_with_coupons(panel: Panel, name: str) -> Floats:
    """Give a member's levels; of dirty prices, as if each coupon had bought more of the bond when it dropped out.

    P_t times the product of (1 + c_k / P_k) over the coupons up to t: over one session the ratio of two such levels is
    (P_t + c_t) / P_t-1.

    Parameters
    ----------
    panel : Panel
    name : str

    Returns
    -------
    ndarray, shape (n,)
        [quoted unit]

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> prices = pd.Series([102.1, 102.2, 99.0], index=pd.to_datetime(["2022-01-19", "2022-01-20", "2022-01-21"]))
    >>> bond = mi.known_bond("KZ 2045", quoted="dirty price", settlement_lag=0)
    >>> levels_with_coupons(mi.Panel.from_frame(prices, instruments=bond), "KZ 2045").round(2).tolist()
    [102.1, 102.2, 102.25]
    """
    levels, rolls = panel.quotes_of(name).levels, dropped_coupons(panel, name)
    if rolls is None or not len(rolls):
        return levels
    return np.asarray(levels * np.cumprod(1.0 + rolls.income(len(levels)) / levels))


def bond_of(panel: Panel, name: str) -> SovereignBond:
    """Give a member that is a bond.

    Raises
    ------
    InputError
        If it is not in the panel, or is no bond.
    """
    found = panel.instrument(name)
    if not isinstance(found, SovereignBond):
        raise InputError(
            "is not a bond",
            parameter=name,
            received=type(found).__name__,
            allowed="a member that is a SovereignBond",
        )
    return found


def on_schedule(panel: Panel, name: str) -> tuple[SovereignBond, Floats, tuple[str, ...]]:
    """Give a bond and its levels as they are valued: dirty prices at the settlement at which their coupons drop.

    Prices that drop a coupon some sessions off the schedule hold it, or lack it, on the sessions between, where
    interest is counted otherwise: the coupon is put right there.

    Parameters
    ----------
    panel : Panel
    name : str
        Id of a bond.

    Returns
    -------
    bond : SovereignBond
        With the settlement lag that was found.
    levels : ndarray, shape (n,)
        [quoted unit]
    notes : tuple of str
        What was done, in words; empty where nothing was.

    Examples
    --------
    Declared at T+2, a bid that drops its coupon on the day itself:

    >>> import pandas as pd, marketimpact as mi
    >>> days = pd.bdate_range("2022-01-17", periods=8)
    >>> prices = pd.Series([136.9, 136.8, 137.0, 137.1, 133.9, 133.8, 134.0, 133.9], index=days)
    >>> panel = mi.Panel.from_frame(prices, instruments=mi.known_bond("KZ 2045", quoted="dirty price"))
    >>> on_schedule(panel, "KZ 2045")[2]
    ('valued at T+0, at which its coupons drop out, and not at the declared T+2',)
    """
    bond, quotes = bond_of(panel, name), panel.quotes_of(name)
    rolls = dropped_coupons(panel, name)
    if rolls is None or not rolls.dirty or not len(rolls):
        return bond, quotes.levels, ()
    settled = replace(bond, settlement_lag=rolls.lag)
    scheduled = np.searchsorted(settlement_days(settled, quotes.sessions), rolls.due)
    levels, put_right = quotes.levels.copy(), 0
    for at, due, coupon in zip(rolls.positions, scheduled, rolls.coupon, strict=True):
        levels[due:at] -= coupon  # still in the price, though it belongs to the past
        levels[at:due] += coupon  # out of the price already
        put_right += abs(int(at) - int(due))
    said = []
    if rolls.lag != (bond.settlement_lag or 0):
        declared = f"the declared T+{bond.settlement_lag or 0}"
        said.append(f"valued at T+{rolls.lag}, at which its coupons drop out, and not at {declared}")
    if put_right:
        said.append(
            f"on {put_right} sessions a coupon that drops off the schedule is put right before valuing"
        )
    return settled, levels, tuple(said)


def _price_of(panel: Panel, name: str) -> SovereignBond:
    bond = panel.instrument(name)
    if not isinstance(bond, SovereignBond) or bond.quoted == "yield":
        raise InputError(
            "is no bond quoted as a price: nothing drops a coupon",
            parameter="name",
            received=name,
            allowed="a SovereignBond quoted as 'dirty price' or 'clean price'",
        )
    need_terms(bond)
    return bond


def same_bond(one: SovereignBond, other: SovereignBond) -> bool:
    """Whether two series are of one bond: by ISIN where both have one, else by their terms.

    Examples
    --------
    >>> one = SovereignBond("ask", quoted="dirty price", isin="XS1263139856")
    >>> same_bond(one, SovereignBond("yield", quoted="yield", isin="XS1263139856"))
    True
    """
    if one.isin is not None and other.isin is not None:
        return one.isin == other.isin
    terms = [(bond.issuer, bond.coupon, bond.maturity, bond.currency) for bond in (one, other)]
    return one.maturity is not None and terms[0] == terms[1]


def implied_changes(bond: SovereignBond, quotes: Quotes, of_yield: SovereignBond, yields: Quotes) -> Floats:
    """Give the changes of a bond's clean price that its quoted yields imply on the sessions of its prices.

    Parameters
    ----------
    bond : SovereignBond
        With its terms.
    quotes : Quotes
        Of prices.
    of_yield : SovereignBond
        The same bond quoted as a yield.
    yields : Quotes

    Returns
    -------
    ndarray, shape (n,)
        [points per 100]; NaN where the yield is not quoted on both sessions, or stands still.
    """
    at = np.minimum(np.searchsorted(yields.sessions, quotes.sessions), len(yields) - 1)
    there = yields.sessions[at] == quotes.sessions
    levels = np.where(there & ~yields.standing_still()[at], yields.levels[at], np.nan)
    quoted = replace(bond, quoted="yield", yield_unit=of_yield.yield_unit)
    return np.diff(value_bond(quoted, quotes.sessions, levels).clean, prepend=np.nan)


def yields_beside(panel: Panel, bond: SovereignBond, quotes: Quotes) -> tuple[str | None, Floats | None]:
    """Find the quoted yield that goes with a series of prices: of those of the same bond the one that fits best.

    Parameters
    ----------
    panel : Panel
    bond : SovereignBond
        With its terms.
    quotes : Quotes
        Its prices.

    Returns
    -------
    tuple of str and ndarray, shape (n,)
        Its id, and the changes of the clean price that it implies [points]; None where there is none.
    """
    change = np.diff(quotes.levels, prepend=np.nan)
    found = [
        (float(np.nanmedian(np.abs(change - implied))), other.id, implied)
        for other in _yields_of(panel, bond)
        if np.isfinite(implied := implied_changes(bond, quotes, other, panel.quotes_of(other.id))).sum() > 1
    ]
    if not found:
        return None, None
    _, beside, implied = min(found, key=lambda one: one[:2])
    return beside, implied


def _yields_of(panel: Panel, bond: SovereignBond) -> Iterator[SovereignBond]:
    for other in panel.instruments:
        if isinstance(other, SovereignBond) and other.quoted == "yield" and same_bond(bond, other):
            yield other
