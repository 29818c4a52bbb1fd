"""Factors as a study reads them: a panel member by its id, or a basket of members."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..units import MoveKind, MoveRule
from .coupon_rolls import levels_with_coupons
from .instruments import NOWHERE, CurrencyPair, Instrument
from .panel import Panel
from .snapshots import Snapshot, snapshot_of

__all__ = [
    "Basket",
    "FactorLevels",
    "average_levels",
    "basket",
    "basket_for",
    "factor_levels",
    "normalised",
    "shared_levels",
]

ROUNDING = 1e-9
"""By how much the sizes of weights may miss a sum of one: noise of binary fractions."""


@dataclass(frozen=True, slots=True)
class Basket:
    """An average of panel members, used as a benchmark.

    Prices and currencies are averaged in logs, so that the log move of the basket is the average log move;
    yields are averaged as they are. A date counts only where every member is quoted.

    Parameters
    ----------
    members : tuple of str
        Ids of the members.
    id : str
        Name of the factor in tables and reports.
    weights : tuple of float, optional
        Weight of each member; their sizes sum to one. A currency pair that is quoted the other way round has a
        negative one, which turns it: see `dollar_factor`. Equal weights when not given.

    Raises
    ------
    InputError
        If there is not one weight for each member, one is zero or not finite, or their sizes do not sum to one.

    See Also
    --------
    basket : makes one and checks it against a panel.
    """

    members: tuple[str, ...]
    id: str = "basket"
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.weights is None:
            return
        total = math.fsum(map(abs, self.weights))
        fit = all(math.isfinite(weight) and weight != 0.0 for weight in self.weights)
        empty = not self.members
        if len(self.weights) != len(self.members) or not fit or (abs(total - 1.0) > ROUNDING and not empty):
            raise InputError(
                "needs one weight for each member, whose sizes sum to one",
                parameter="Basket.weights",
                received=self.weights,
                allowed="mi.basket(panel, ids, weights={id: weight}), which divides by the sum",
            )

    def without(self, *instruments: str) -> Basket:
        """Give the basket that leaves instruments out; the weights of the rest are divided by their sum.

        See Also
        --------
        basket_for : leaves out the instrument under study, and its currency in other pairs.
        """
        kept = [i for i, member in enumerate(self.members) if member not in instruments]
        if len(kept) == len(self.members):
            return self
        members = tuple(self.members[i] for i in kept)
        if self.weights is None:
            return Basket(members, self.id)
        return Basket(members, self.id, normalised([self.weights[i] for i in kept]))


def normalised(weights: Iterable[float]) -> tuple[float, ...]:
    """Divide weights by the sum of their sizes.

    Examples
    --------
    >>> normalised([2.0, -1.0, 1.0])
    (0.5, -0.25, 0.25)
    """
    given = tuple(weights)
    total = math.fsum(map(abs, given))
    return tuple(weight / total for weight in given)


def basket(
    panel: Panel,
    ids: Iterable[str],
    *,
    leave_out: str | Iterable[str] = (),
    weights: Mapping[str, float] | None = None,
    id: str = "basket",
) -> Basket:
    """Make a basket of panel members.

    A study leaves the instrument under study out of the basket by itself, and with a currency pair every other
    pair of the same currency (see `basket_for`); ``leave_out`` names members that must not stand in it for another
    reason, such as those that the same news hits.

    Parameters
    ----------
    panel : Panel
        The panel that holds the members.
    ids : iterable of str
        Ids of the members.
    leave_out : str or iterable of str
        Ids to leave out.
    weights : mapping of id to float, optional
        Weight of each id, above zero, in any scale: those of the members are divided by their sum. Equal weights
        when not given.
    id : str
        Name of the factor.

    Returns
    -------
    Basket

    Raises
    ------
    InputError
        If an id is unknown, fewer than two members remain, the members' moves differ in kind, or the weights are
        not one above zero for each id.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:EUR/ZAR", "ecb:EUR/MXN", "ecb:EUR/TRY"])
    >>> mi.basket(panel, panel.ids, leave_out="EUR/TRY").members
    ('EUR/ZAR', 'EUR/MXN')
    >>> basket(panel, ["EUR/ZAR", "EUR/MXN"], weights={"EUR/ZAR": 3, "EUR/MXN": 1}).weights
    (0.75, 0.25)
    """
    left_out = {leave_out} if isinstance(leave_out, str) else set(leave_out)
    for name in left_out:
        panel.position(name)
    asked = tuple(dict.fromkeys(ids))
    members = tuple(name for name in asked if name not in left_out)
    _check_alike(panel, members, at_least=2)
    if weights is None:
        return Basket(members, id)
    _check_weights(weights, asked)
    return Basket(members, id, normalised(float(weights[name]) for name in members))


def _check_weights(weights: Mapping[str, float], ids: tuple[str, ...]) -> None:
    numbers = [
        isinstance(weight, int | float) and math.isfinite(weight) and weight > 0
        for weight in weights.values()
    ]
    if set(weights) != set(ids) or not all(numbers):
        raise InputError(
            "needs one weight above zero for each id",
            parameter="weights",
            received=dict(weights),
            allowed=f"weights of {', '.join(map(repr, ids))}",
        )


def basket_for(panel: Panel, of: Basket, instrument: Instrument) -> Basket:
    """Give a basket as a study of one instrument reads it: nothing is its own benchmark, in no dress.

    It leaves the instrument out. Where that is a currency pair, it also leaves out every pair that shares with it a
    currency which is not the common currency of the basket: for EUR/RUB a basket of dollar pairs loses USD/RUB,
    which moves with the same ruble, and EUR/USD. The common currency is the one that all pairs of the basket have;
    where there is none, or there are two, dollar and euro count as common. The weights of the rest are divided by
    their sum.

    Parameters
    ----------
    panel : Panel
        The panel that holds the members.
    of : Basket
    instrument : Instrument

    Returns
    -------
    Basket
        Without members where nobody is left.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:USD/RUB", "ecb:USD/ZAR", "ecb:USD/MXN", "ecb:EUR/RUB"])
    >>> dollar = mi.basket(panel, ["USD/RUB", "USD/ZAR", "USD/MXN"])
    >>> basket_for(panel, dollar, panel.instrument("EUR/RUB")).members
    ('USD/ZAR', 'USD/MXN')
    """
    if not isinstance(instrument, CurrencyPair):
        return of.without(instrument.id)
    pairs = {
        one.id: {one.base, one.quote}
        for one in map(panel.instrument, of.members)
        if isinstance(one, CurrencyPair)
    }
    shared = set.intersection(*pairs.values()) if pairs else set()
    common = shared if len(shared) == 1 else NOWHERE
    own = {instrument.base, instrument.quote} - common
    return of.without(instrument.id, *(name for name, codes in pairs.items() if codes & own))


def _check_alike(panel: Panel, members: tuple[str, ...], *, at_least: int) -> None:
    """Refuse members whose levels have no mean: moves of several kinds, or one kind quoted in several units."""
    instruments = [panel.instrument(name) for name in members]
    kinds = [instrument.move_kind() for instrument in instruments]
    units = {
        one.quoted_unit for one, kind in zip(instruments, kinds, strict=True) if kind.rule == "difference"
    }
    if len(members) < at_least or len(set(kinds)) > 1 or len(units) > 1:
        raise InputError(
            "a basket needs two members or more whose moves are of one kind",
            parameter="ids",
            received=[f"{name}: {kind}" for name, kind in zip(members, kinds, strict=True)],
            allowed="members of one kind"
            + (f", quoted in one unit, not {sorted(units)}" if len(units) > 1 else ""),
        )


@dataclass(frozen=True, slots=True, eq=False)
class FactorLevels:
    """A factor's levels on its own dates, and how they move.

    Attributes
    ----------
    id : str
    sessions : ndarray of datetime64[D], shape (n,)
    levels : ndarray, shape (n,)
        Levels [quoted unit], of dirty prices with the coupons they dropped; a basket of prices is the geometric mean.
    kind : MoveKind
    quoted_unit : str
    snapshots : tuple of Snapshot or None
        Of the factor, or of each member of a basket.
    beyond : ndarray of bool, shape (n,)
        Where the end of a curve stands in for a maturity beyond it.
    members : tuple of str
        Ids of the panel members that were read.
    weights : tuple of float, optional
        Their weights; None for equal ones, and for a curve.
    """

    id: str
    sessions: NDArray[np.datetime64]
    levels: NDArray[np.float64]
    kind: MoveKind
    quoted_unit: str
    snapshots: tuple[Snapshot | None, ...]
    beyond: NDArray[np.bool_]
    members: tuple[str, ...] = ()
    weights: tuple[float, ...] | None = None


def factor_levels(
    panel: Panel, factor: str | Basket, rule: MoveRule, *, keep_frozen: bool = True
) -> FactorLevels:
    """Read a factor from a panel.

    Parameters
    ----------
    panel : Panel
    factor : str or Basket
        Id of a member, or a basket of members.
    rule : {"log", "simple", "difference"}
        How prices and currencies move in this study.
    keep_frozen : bool
        Whether quotes that stand still improbably long are levels; else they are missing (NaN).

    Returns
    -------
    FactorLevels
    """
    names, name = ((factor,), factor) if isinstance(factor, str) else (factor.members, factor.id)
    if not names:
        raise InputError(
            "no member is left",
            parameter="basket",
            received=name,
            allowed="a basket with a member that is neither the instrument nor of its currency",
        )
    _check_alike(panel, names, at_least=1)
    instruments = [panel.instrument(name) for name in names]
    kind = instruments[0].move_kind(rule)
    sessions, levels = shared_levels(panel, names, keep_frozen=keep_frozen)
    weights = None if isinstance(factor, str) else factor.weights
    return FactorLevels(
        name,
        sessions,
        average_levels(levels, weights, kind),
        kind,
        instruments[0].quoted_unit,
        tuple(snapshot_of(instrument.snapshot) for instrument in instruments),
        np.zeros(len(sessions), dtype=np.bool_),
        names,
        weights,
    )


def shared_levels(
    panel: Panel, names: tuple[str, ...], *, keep_frozen: bool = True
) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Give the sessions on which all of some members are quoted, and their levels there, shape (n_members, n).

    Levels of dirty prices hold the coupons they dropped; quotes that stand still are NaN unless they are kept.
    """
    quotes = [panel.quotes_of(name) for name in names]
    sessions = reduce(_common, [one.sessions for one in quotes])
    earned = [levels_with_coupons(panel, name) for name in names]
    known = [
        of if keep_frozen else np.where(one.standing_still(), np.nan, of)
        for one, of in zip(quotes, earned, strict=True)
    ]
    return sessions, np.stack(
        [part[np.searchsorted(one.sessions, sessions)] for part, one in zip(known, quotes, strict=True)]
    )


def _common(one: NDArray[np.datetime64], other: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Sessions of both; series of one source mostly have the same, which is seen faster than sorted."""
    return one if np.array_equal(one, other) else np.intersect1d(one, other, assume_unique=True)


def average_levels(
    levels: NDArray[np.float64], weights: tuple[float, ...] | None, kind: MoveKind
) -> NDArray[np.float64]:
    """Average the levels of members, shape (n_members, n): rates as they are, prices in logs."""
    if len(levels) == 1 and weights in (None, (1.0,)):
        return np.asarray(levels[0])
    inside: NDArray[np.float64] = levels if kind.rule == "difference" else np.log(levels)
    mean = inside.mean(axis=0) if weights is None else (np.array(weights)[:, None] * inside).sum(axis=0)
    return mean if kind.rule == "difference" else np.asarray(np.exp(mean))
