"""How coupons are told in a series of prices: by schedule, by size, and by a quoted yield."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..maths.frozen import Frozen, read_only
from .bonds import SovereignBond
from .coupons import coupon_dates, coupons_paid, settlement_days
from .quotes import Quotes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SURE", "CouponRolls", "find_rolls"]

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
