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
from .coupons import coupon_dates, coupons_paid, need_terms, settlement_days
from .panel import Panel
from .quality_dates import holiday_copies, weekend_copies
from .quotes import Quotes

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SURE",
    "CouponRolls",
    "coupon_rolls",
    "coupons_stay",
    "dropped_coupons",
    "find_rolls",
    "implied_changes",
    "keeps_coupons",
    "levels_with_coupons",
    "on_schedule",
    "same_bond",
    "seen_coupons",
    "yields_beside",
]

LAGS = range(6)
"""Settlement lags at which a series may drop its coupons [working days]."""

NEAR = 2
"""Sessions about the scheduled one in which a roll is looked for where a yield tells it from a real move; without
one only the next session on either side is looked at."""

REACH = np.timedelta64(14, "D")
"""Days about the scheduled session beyond which a fall is none of this coupon: a session off may lie behind a hole."""

OFF, OTHER = 2.0, 3.0
"""What a coupon off the schedule, and a settlement lag other than the declared one, take from the evidence [nats]."""

SURE, DOUBT = 6.0, 2.0
"""Evidence above which clean prices are called dirty, and evidence against it at which declared dirty prices are not
[nats]: a likelihood ratio passes e^6 by chance in one of 400 series at most, and six lags are tried."""

TELLS = 0.5
"""Share of the usual change of a price that a yield must leave over at most to be believed."""

YEAR = 365.0
"""Days over which a year's interest accrues, to within what matters here."""

BEYOND = 4.0
"""Evidence by which another session must be better than the scheduled one [nats]: of 1,530 simulated coupons on their
scheduled sessions, 1 is put elsewhere."""

SMALL = 0.01
"""Share of the coupon below which the scale of the moves is not believed."""

CLEAR = 0.5
"""Share of the coupon that may be left over for a fall to be called clear."""

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CouponRolls(Frozen):
    """The coupons that a series of prices drops, one entry a fall. All arrays have the shape (n,).

    Attributes
    ----------
    instrument : str
    lag : int
        Working days of settlement at which the series drops its coupons; -1 where it does not drop them.
    explained : float
        Share of the scheduled coupons that the falls explain: about 1 for dirty prices, about -1 for clean ones; NaN
        without coupons.
    evidence : float
        Log of the likelihood ratio of dirty to clean prices, less what the search for it costs [nats]; NaN without
        coupons.
    beside : str or None
        Id of the bond's quoted yield, which tells coupons from real moves; None where there is none. One that leaves
        over more than half of the usual change of the price is not believed.
    positions : ndarray of int
        Place of the first quote without the coupon in the series.
    sessions : ndarray of datetime64[D]
        Its date.
    due : ndarray of datetime64[D]
        Day of the coupon; the last one where a hole in the quotes hides several.
    late : ndarray of int
        Sessions by which it differs from the schedule.
    coupon : ndarray
        What dropped, the sum where a hole hides several [points per 100].
    move : ndarray
        Change of the quote in which it falls [points].
    remainder : ndarray
        What is left of that move with the coupon added back, less the interest of its days and what the quoted yield
        implies where there is one [points].
    clear : ndarray of bool
        Whether the fall has the size of the coupon, to within half of it.
    """

    instrument: str
    lag: int
    explained: float
    evidence: float
    beside: str | None
    positions: NDArray[np.int64]
    sessions: Days
    due: Days
    late: NDArray[np.int64]
    coupon: Floats
    move: Floats
    remainder: Floats
    clear: NDArray[np.bool_]

    def __post_init__(self) -> None:
        read_only(
            self.positions, self.sessions, self.due, self.late, self.coupon, self.move, self.remainder, self.clear
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def denied(self) -> bool:
        """Whether coupons fell due and the series does not drop them."""
        return not self.dirty and not np.isnan(self.explained)

    @property
    def dirty(self) -> bool:
        """Whether the series behaves like dirty prices, or is declared as such and nothing denies it."""
        return self.lag >= 0

    def income(self, n: int) -> Floats:
        """Give the coupon that each of n quotes has dropped since the quote before [points per 100]; mostly zero."""
        dropped = np.zeros(n)
        np.add.at(dropped, self.positions, self.coupon)
        return dropped

    def to_frame(self) -> pd.DataFrame:
        """Give one row a fall: ``session, due, late, coupon, move, remainder, clear``."""
        import pandas as pd

        return pd.DataFrame(
            {
                "session": self.sessions.astype("datetime64[s]"),
                "due": self.due.astype("datetime64[s]"),
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
    bond, quotes = panel.instrument(name), panel.quotes_of(name)
    if not isinstance(bond, SovereignBond):
        raise InputError("is not a bond", parameter="name", received=name, allowed="a SovereignBond")
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


def find_rolls(
    bond: SovereignBond, quotes: Quotes, implied: Floats | None = None, beside: str | None = None
) -> CouponRolls:
    """Find the coupons that one series drops; see `coupon_rolls`.

    Parameters
    ----------
    bond : SovereignBond
        With its terms.
    quotes : Quotes
        Without those that stand still.
    implied : ndarray, shape (n,), optional
        Change of the clean price that a quoted yield implies [points]; NaN where it says nothing.
    beside : str, optional
        Id of that yield.

    Returns
    -------
    CouponRolls
    """
    change = np.diff(quotes.levels, prepend=np.nan)
    if implied is not None and not _tells(change, implied):
        implied = None
    rest = change if implied is None else np.where(np.isfinite(implied), change - implied, change)
    known = np.zeros(len(change), dtype=np.bool_) if implied is None else np.isfinite(implied)
    series = _Series.of(bond, quotes.sessions, rest, known)
    declared = bond.settlement_lag
    found = {lag: _Fit.of(series, _due(bond, quotes, lag), declared not in (None, lag)) for lag in LAGS}
    best = max(LAGS, key=lambda lag: (found[lag].evidence, lag == (declared or 0), -lag))
    fit, needed = found[best], -DOUBT if bond.quoted == "dirty price" else SURE
    dirty = len(fit.at) > 0 and fit.evidence > needed
    if not dirty:
        fit = replace(fit, at=fit.at[:0], scheduled=fit.scheduled[:0], coupon=fit.coupon[:0], due=fit.due[:0])
    at, coupon = fit.at, fit.coupon
    remainder = series.left(coupon, at)
    evidence = fit.evidence if np.isfinite(fit.evidence) else float("nan")
    return CouponRolls(
        bond.id, best if dirty else -1, fit.explained, evidence, beside,
        at, quotes.sessions[at], fit.due, at - fit.scheduled, coupon, change[at], remainder,
        np.abs(remainder) < CLEAR * coupon,
    )  # fmt: skip


def _tells(change: Floats, implied: Floats) -> bool:
    """Whether a yield explains the usual change of a price: a stale or strange one tells no coupon from a move."""
    both = np.isfinite(change) & np.isfinite(implied)
    if not both.any():
        return False
    left = np.median(np.abs(change[both] - implied[both]))
    return bool(left < TELLS * np.median(np.abs(change[both])))


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """The changes of a series. All arrays have the shape (n,).

    Attributes
    ----------
    sessions : ndarray of datetime64[D]
    rest : ndarray
        Changes less what a yield implies [points].
    known : ndarray of bool
        Where a yield implies something.
    interest : ndarray
        What accrues from the quote before [points].
    scale : ndarray
        Scale of Laplace changes, with the root of the weekdays spanned where no yield tells what happened in them
        [points].
    """

    sessions: Days
    rest: Floats
    known: NDArray[np.bool_]
    interest: Floats
    scale: Floats

    @classmethod
    def of(cls, bond: SovereignBond, sessions: Days, rest: Floats, known: NDArray[np.bool_]) -> _Series:
        coupon, days = bond.coupon or 0.0, np.diff(sessions, prepend=sessions[:1]).astype(np.float64)
        spans = np.ones(len(sessions))
        spans[1:] = np.maximum(np.busday_count(sessions[:-1], sessions[1:]), 1)
        wide = np.where(known, 1.0, np.sqrt(spans))
        sizes = np.abs(rest[1:]) / wide[1:]
        middle = float(np.median(sizes)) / np.log(2.0) if len(sizes) else 0.0
        least = SMALL * coupon / (bond.frequency or 1)
        return cls(sessions, rest, known, coupon * days / YEAR, max(middle, least) * wide)

    def left(self, coupon: Floats | float, at: NDArray[np.int64]) -> Floats:
        """What is left of changes with a coupon added back, less the interest of their days [points]."""
        return np.asarray(self.rest[at] + coupon - self.interest[at])

    def gain(self, coupon: float) -> Floats:
        """Log likelihood ratio of a coupon in each change to none [nats]."""
        left = np.abs(self.left(coupon, np.arange(len(self.rest))))
        return np.asarray((np.abs(self.rest) - left) / self.scale)

    def near(self, scheduled: int) -> list[int]:
        """Places about a scheduled one where a coupon may drop instead."""
        n = len(self.rest)
        by, day = self.reach, self.sessions[min(scheduled, n - 1)]
        about = range(max(scheduled - by, 1), min(scheduled + by + 1, n))
        return [k for k in about if k != scheduled and abs(self.sessions[k] - day) <= REACH]

    @property
    def reach(self) -> int:
        """Sessions by which a coupon may be off."""
        return NEAR if self.known.any() else 1

    def place(self, scheduled: int, coupon: float) -> int:
        """Place of the quote that drops a coupon: the scheduled one, unless a neighbour is it beyond doubt.

        The schedule is n for a coupon behind the last quote and 0 for one up to the first; -1 where none drops it.
        """
        n, gain = len(self.rest), self.gain(coupon)
        clear = np.abs(self.left(coupon, np.arange(n))) < CLEAR * coupon
        if not 1 <= scheduled < n:  # only a yield tells it from news
            there = [k for k in self.near(scheduled) if clear[k] and self.known[k] and gain[k] > SURE + OFF]
            return max(there, key=lambda k: gain[k], default=-1)
        seen = bool(clear[scheduled]) or (gain[scheduled] > 0.0 and not self.known[scheduled])
        if seen:
            return scheduled
        others = [k for k in self.near(scheduled) if clear[k] and gain[k] - gain[scheduled] > BEYOND]
        if others:
            return max(others, key=lambda k: gain[k])
        at_edge = (
            scheduled - self.reach < 1 or scheduled + self.reach >= n
        )  # it may drop where nothing is quoted
        return -1 if at_edge and gain[scheduled] <= 0.0 else scheduled

    def evidence(self, scheduled: int, coupon: float) -> float:
        """Evidence that a coupon drops on its session or, less likely, on one near it [nats]."""
        gain = self.gain(coupon)
        about = [gain[k] - OFF for k in self.near(scheduled)]
        if 1 <= scheduled < len(gain):
            about.append(gain[scheduled])
        return float(max(about))


@dataclass(frozen=True, slots=True, eq=False)
class _Due:
    """Where coupons drop by schedule, shape (m,): 0 up to the first quote, n behind the last one."""

    scheduled: NDArray[np.int64]
    coupon: Floats
    due: Days


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """How well falls fit the coupons at one settlement lag; coupons that no quote drops are left away."""

    scheduled: NDArray[np.int64]
    at: NDArray[np.int64]
    coupon: Floats
    due: Days
    explained: float
    evidence: float

    @classmethod
    def of(cls, series: _Series, given: _Due, other: bool) -> _Fit:
        placed = [series.place(int(k), float(c)) for k, c in zip(given.scheduled, given.coupon, strict=True)]
        at = np.array(placed, dtype=np.int64)
        shown = at > 0
        at, scheduled, coupon = at[shown], given.scheduled[shown], given.coupon[shown]
        if not len(at):
            return cls(scheduled, at, coupon, given.due[shown], float("nan"), -np.inf)
        scale = series.scale[at]
        gained = np.abs(series.rest[at]) - np.abs(series.left(coupon, at))
        explained = float(np.sum(gained / scale) / np.sum(coupon / scale))
        seen = [series.evidence(int(k), float(c)) for k, c in zip(scheduled, coupon, strict=True)]
        return cls(scheduled, at, coupon, given.due[shown], explained, sum(seen) - OTHER * other)


def _due(bond: SovereignBond, quotes: Quotes, lag: int) -> _Due:
    """Find where coupons drop by schedule. The last one is paid with the redemption: no price is left to drop it."""
    settled = settlement_days(replace(bond, settlement_lag=lag), quotes.sessions)
    days = coupon_dates(bond, since=settled[0] - REACH)
    days = days[days <= settled[-1] + REACH]
    days = days[days < np.datetime64(str(bond.maturity), "D")]
    paid = coupons_paid(bond, days - np.timedelta64(1, "D"), days)
    days, paid = days[paid > 0.0], paid[paid > 0.0]
    at = np.searchsorted(settled, days)
    scheduled, first = np.unique(at, return_index=True)
    last = np.searchsorted(at, scheduled, side="right") - 1
    return _Due(scheduled, np.add.reduceat(paid, first) if len(first) else paid, days[last])


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
