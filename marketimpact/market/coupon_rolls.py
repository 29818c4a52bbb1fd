"""Coupons in series of dirty prices: falls that are no news, recognised by schedule and size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..maths.frozen import Frozen, read_only
from .bond_values import value_bond
from .bonds import SovereignBond
from .coupons import coupons_paid, need_terms, settlement_days
from .panel import Panel
from .quotes import Quotes

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CouponRolls",
    "coupon_rolls",
    "dropped_coupons",
    "find_rolls",
    "implied_changes",
    "same_bond",
    "yields_beside",
]

LAGS = range(6)
"""Settlement lags at which a series may drop its coupons [working days]."""

NEAR = 2
"""Sessions about the scheduled one in which a roll is looked for where a yield tells it from a real move; without
one only the next session on either side is looked at."""

OFF = 0.1
"""What a coupon off the schedule takes from the share that a lag explains."""

CLEAR = 0.5
"""Share of the coupon that may be left over for a fall to be called clear."""

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CouponRolls(Frozen):
    """The coupons that a series of prices drops, one entry a coupon. All arrays have the shape (n,).

    Attributes
    ----------
    instrument : str
    lag : int
        Working days of settlement at which the series drops its coupons; -1 where it does not drop them.
    explained : float
        Share of the scheduled coupons that the falls explain: about 1 for dirty prices, about -1 for clean ones; NaN
        without coupons.
    beside : str or None
        Id of the quoted yield that tells coupons from real moves; None where there is none.
    positions : ndarray of int
        Place of the first quote without the coupon in the series.
    sessions : ndarray of datetime64[D]
        Its date.
    late : ndarray of int
        Sessions by which it differs from the schedule.
    coupon : ndarray
        [points per 100].
    move : ndarray
        Change of the quote in which it falls [points].
    remainder : ndarray
        What is left of that move with the coupon added back, less what the quoted yield implies where there is one
        [points].
    clear : ndarray of bool
        Whether the fall has the size of the coupon, to within half of it.
    """

    instrument: str
    lag: int
    explained: float
    beside: str | None
    positions: NDArray[np.int64]
    sessions: Days
    late: NDArray[np.int64]
    coupon: Floats
    move: Floats
    remainder: Floats
    clear: NDArray[np.bool_]

    def __post_init__(self) -> None:
        read_only(
            self.positions, self.sessions, self.late, self.coupon, self.move, self.remainder, self.clear
        )

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def dirty(self) -> bool:
        """Whether the series behaves like dirty prices."""
        return self.lag >= 0

    def income(self, n: int) -> Floats:
        """Give the coupon that each of n quotes has dropped since the quote before [points per 100]; mostly zero."""
        dropped = np.zeros(n)
        np.add.at(dropped, self.positions, self.coupon)
        return dropped

    def to_frame(self) -> pd.DataFrame:
        """Give one row a coupon: ``session, late, coupon, move, remainder, clear``."""
        import pandas as pd

        return pd.DataFrame(
            {
                "session": self.sessions.astype("datetime64[s]"),
                "late": self.late,
                "coupon": self.coupon,
                "move": self.move,
                "remainder": self.remainder,
                "clear": self.clear,
            }
        )

    def __repr__(self) -> str:
        if not len(self):
            return f"CouponRolls: {self.instrument}: none"
        when = f"{len(self)} from {self.sessions[0]} to {self.sessions[-1]}, at T+{self.lag}"
        return f"CouponRolls: {self.instrument}: {when}, {int(self.clear.sum())} clear by size"


def coupon_rolls(panel: Panel, name: str) -> CouponRolls:
    """Find the coupons that a bond's series of prices drops.

    The schedule says about when: on the first quote that settles on or after the coupon date, or a session or two off
    where the fall's size leaves no doubt. The settlement lag is the one, of 0 to 5 working days, at which falls of the
    coupon's size fit best: sum |r_k| - |r_k + c| over all coupons, less a little for each that is off the schedule. The
    series behaves like dirty prices where the sum is positive. r_k is the change of the quote, less what a quoted yield
    of the same bond in the panel implies, where there is one: it tells a coupon from a real move of its size.

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

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> days = pd.bdate_range("2022-01-17", periods=8)
    >>> prices = pd.Series([136.9, 136.8, 137.0, 137.1, 133.9, 133.8, 134.0, 133.9], index=days)
    >>> bond = mi.known_bond("KZ 2045", quoted="dirty price", settlement_lag=0)
    >>> rolls = mi.coupon_rolls(mi.Panel.from_frame(prices, instruments=bond), "KZ 2045")
    >>> rolls.sessions.astype(str).tolist(), rolls.remainder.round(2).tolist()
    (['2022-01-21'], [0.05])
    """
    bond, quotes = _price_of(panel, name), panel.quotes_of(name)
    beside, implied = yields_beside(panel, name)
    return find_rolls(bond, quotes, implied, beside)


def dropped_coupons(panel: Panel, name: str) -> CouponRolls | None:
    """Give the coupons of a series that is declared as dirty prices; None of any other, and without the bond's terms."""
    bond = panel.instrument(name)
    if not isinstance(bond, SovereignBond) or bond.quoted != "dirty price" or bond.missing_terms:
        return None
    return coupon_rolls(panel, name)


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


def find_rolls(
    bond: SovereignBond, quotes: Quotes, implied: Floats | None = None, beside: str | None = None
) -> CouponRolls:
    """Find the coupons that one series drops; see `coupon_rolls`.

    Parameters
    ----------
    bond : SovereignBond
        With its terms.
    quotes : Quotes
    implied : ndarray, shape (n,), optional
        Change of the clean price that a quoted yield implies [points]; NaN where it says nothing.
    beside : str, optional
        Id of that yield.

    Returns
    -------
    CouponRolls
    """
    change = np.diff(quotes.levels, prepend=np.nan)
    rest = change.copy()
    if implied is not None:
        rest = np.where(np.isfinite(implied), change - implied, change)
    found = {lag: _Fit.of(rest, _due(bond, quotes, lag), implied is not None) for lag in LAGS}
    declared = bond.settlement_lag or 0
    best = max(LAGS, key=lambda lag: (found[lag].score, lag == declared, -lag))
    fit, dirty = found[best], found[best].explained > 0.0
    at = fit.at if dirty else fit.at[:0]
    coupon = fit.coupon[: len(at)]
    remainder = rest[at] + coupon
    return CouponRolls(
        bond.id, best if dirty else -1, fit.explained, beside, at, quotes.sessions[at].copy(),
        at - fit.scheduled[: len(at)], coupon, change[at], remainder, np.abs(remainder) < CLEAR * coupon,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well falls fit the coupons at one settlement lag."""

    scheduled: NDArray[np.int64]
    at: NDArray[np.int64]
    coupon: Floats
    explained: float

    @classmethod
    def of(cls, rest: Floats, due: Floats, known: bool) -> _Fit:
        scheduled = np.flatnonzero(due > 0.0)
        coupon = due[scheduled]
        placed = [_placed(rest, int(k), float(c), known) for k, c in zip(scheduled, coupon, strict=True)]
        at = np.array(placed, dtype=np.int64)
        if not len(at):
            return cls(scheduled, at, coupon, float("nan"))
        explained = float(np.sum(np.abs(rest[at]) - np.abs(rest[at] + coupon)) / coupon.sum())
        return cls(scheduled, at, coupon, explained)

    @property
    def score(self) -> float:
        """What is explained, less a little for each coupon off the schedule; -inf without coupons."""
        if not len(self.at):
            return -np.inf
        return self.explained - OFF * float(np.mean(self.at != self.scheduled))


def _due(bond: SovereignBond, quotes: Quotes, lag: int) -> Floats:
    """Coupons that each quote drops by schedule, shape (n,)."""
    settled = settlement_days(replace(bond, settlement_lag=lag), quotes.sessions)
    due = np.zeros(len(quotes))
    due[1:] = coupons_paid(bond, settled[:-1], settled[1:])
    return due


def _placed(rest: Floats, scheduled: int, coupon: float, known: bool) -> int:
    """Place of the quote that drops a coupon: the scheduled one, unless its neighbour is it beyond doubt."""
    left = np.abs(rest + coupon)
    if left[scheduled] < CLEAR * coupon or (not known and left[scheduled] < abs(rest[scheduled])):
        return scheduled
    near = NEAR if known else 1
    others = [k for k in range(scheduled - near, scheduled + near + 1) if 1 <= k < len(rest)]
    best = min(others, key=lambda k: (left[k], abs(k - scheduled)))
    return best if left[best] < CLEAR * coupon else scheduled


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
        [points per 100]; NaN where the yield is not quoted on both sessions.
    """
    at = np.minimum(np.searchsorted(yields.sessions, quotes.sessions), len(yields) - 1)
    there = yields.sessions[at] == quotes.sessions
    levels = np.where(there, yields.levels[at], np.nan)
    quoted = replace(bond, quoted="yield", yield_unit=of_yield.yield_unit)
    return np.diff(value_bond(quoted, quotes.sessions, levels).clean, prepend=np.nan)


def yields_beside(panel: Panel, name: str) -> tuple[str | None, Floats | None]:
    """Find the quoted yield that goes with a series of prices: of those of the same bond the one that fits best.

    Returns
    -------
    tuple of str and ndarray, shape (n,)
        Its id, and the changes of the clean price that it implies [points]; None where there is none.
    """
    bond, quotes = _price_of(panel, name), panel.quotes_of(name)
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
