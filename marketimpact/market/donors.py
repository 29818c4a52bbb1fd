"""Donors: series that the news does not hit, which stand in for what an instrument would have done without it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError
from ..maths.components import component_weights
from ..maths.moves import moves_from_levels
from ..units import MoveRule
from .baskets import Basket, FactorLevels, average_levels, basket_for, factor_levels, shared_levels
from .instruments import Factor, Instrument
from .panel import Panel

__all__ = [
    "MIN_DONORS",
    "Donors",
    "check_donors",
    "donor_levels",
    "donor_pool",
    "donors_for",
    "single_donors",
]

MIN_DONORS = 2
"""Fewer donors are no average."""


@dataclass(frozen=True, slots=True)
class Donors:
    """Donors as a factor of a model: their average, a principal component of their moves, or each for itself.

    Which series are donors depends on the event: none that it hits is one, see `donors_for`.

    Parameters
    ----------
    members : tuple of str, optional
        Ids of the panel members that may be donors. All that move as the instrument does when not given, but factors
        without a place.
    component : int
        0: the average; 1, 2, ...: that principal component of the standardized moves.
    each : bool
        Every donor is a factor of its own, see `single_donors`.
    only : int, optional
        The donor at this place alone; where there are fewer donors, a series that never moves.
    weights : tuple of float, optional
        Weight of each member in the average; equal when not given.
    same_unit : bool
        Whether donors must move in the instrument's unit.
    id : str
        Name of the factor.
    """

    members: tuple[str, ...] | None = None
    component: int = 0
    each: bool = False
    only: int | None = None
    weights: tuple[float, ...] | None = None
    same_unit: bool = False
    id: str = "donors"


def donor_pool(panel: Panel, donors: Donors) -> tuple[str, ...]:
    """Give the ids that may be donors, before any is left out for an event; unknown ids are refused."""
    if donors.members is not None:
        for name in donors.members:
            panel.position(name)
        return donors.members
    return tuple(one.id for one in panel.instruments if not (isinstance(one, Factor) and one.place is None))


def check_donors(panel: Panel, donors: Donors) -> None:
    """Refuse donors of which no event could have enough, or that have no average.

    Raises
    ------
    InputError
        If an id is unknown, fewer may be donors than are needed, or named ones differ in kind or in unit.
    """
    pool = donor_pool(panel, donors)
    need = max(MIN_DONORS, donors.component)
    if len(pool) < need:
        raise InputError(
            "needs donors", parameter="donors", received=list(pool), allowed=f"{need} or more panel members"
        )
    first, *others = map(panel.instrument, pool)
    summed = donors.members is not None and not donors.each  # levels are averaged, moves of one donor are not
    if summed and not all(_alike(one, first) for one in others):
        raise InputError(
            "donors must be of one kind, quoted in one unit",
            parameter="donors",
            received=[
                f"{one.id}: {one.move_kind()}, {one.quoted_unit}" for one in map(panel.instrument, pool)
            ],
            allowed="members that move alike, or None for those that move as the instrument does",
        )


def donors_for(panel: Panel, donors: Donors, instrument: Instrument, hit: Collection[str]) -> Donors:
    """Give the donors of one instrument on one event, in the order of their names.

    Left out are the instruments that the event hits, the instrument itself, every series that shares a place with it
    (its issuer's other bonds, its currency's other pairs), and pairs of its currencies as `basket_for` leaves them out.
    Where donors are not named, those alone remain that move as the instrument does.

    Parameters
    ----------
    panel : Panel
    donors : Donors
    instrument : Instrument
    hit : collection of str
        Ids of the instruments that the event hits.

    Returns
    -------
    Donors
        With members; perhaps none.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:EUR/ZAR", "ecb:EUR/MXN", "ecb:EUR/PLN", "ecb:EUR/RUB", "ecb:USD/RUB"])
    >>> donors_for(panel, Donors(), panel.instrument("EUR/RUB"), hit={"EUR/PLN"}).members
    ('EUR/MXN', 'EUR/ZAR')
    """
    pool = donor_pool(panel, donors)
    weights = dict(zip(pool, donors.weights or (1.0,) * len(pool), strict=True))
    kept = [
        one
        for one in map(panel.instrument, sorted(pool))
        if one.id not in hit
        and not (one.places & instrument.places)
        and (donors.members is not None or _alike(one, instrument))
    ]
    rest = basket_for(panel, Basket(tuple(one.id for one in kept)), instrument).members
    given = None if donors.weights is None else tuple(weights[name] for name in rest)
    return replace(donors, members=rest, weights=given)


def single_donors(donors: Donors, count: int) -> tuple[Donors, ...]:
    """Give one factor a donor, and series that never move beyond the last: the same number for every event.

    Examples
    --------
    >>> [one.only for one in single_donors(Donors(("EUR/MXN", "EUR/ZAR"), each=True), 3)]
    [0, 1, 2]
    """
    return tuple(replace(donors, each=False, only=place) for place in range(count))


def _alike(one: Instrument, other: Instrument) -> bool:
    """Whether two series move in one kind and are quoted in one unit, so that their levels have a mean."""
    kind, reference = one.move_kind(), other.move_kind()
    same_unit = kind.rule != "difference" or one.quoted_unit == other.quoted_unit
    return kind == reference and same_unit


def donor_levels(
    panel: Panel, donors: Donors, instrument: Instrument, rule: MoveRule, *, keep_frozen: bool
) -> FactorLevels:
    """Read the average of donors, or a component of their moves, as levels that are differenced like any factor's.

    A component is a sum of the donors' moves with weights that stay the same over the whole of the series: they come
    from the donors alone, over all sessions that they share, so that a fit on them is ordinary least squares given the
    donors' moves.

    Parameters
    ----------
    panel : Panel
    donors : Donors
        With members, as `donors_for` gives them.
    instrument : Instrument
    rule : {"log", "simple", "difference"}
        How prices and currencies move in this study.
    keep_frozen : bool
        Whether quotes that stand still improbably long are levels; else they are missing (NaN).

    Returns
    -------
    FactorLevels

    Raises
    ------
    InputError
        If fewer donors are left than are needed, or their moves differ in kind or, where they must not, in unit from
        the instrument's.
    """
    names = donors.members or ()
    need = max(MIN_DONORS, donors.component)
    if len(names) < need:
        raise InputError(
            "too few donors are left, without those that the event hits and the instrument's own place or currency",
            parameter="donors",
            received=", ".join(names) or "none",
            allowed=f"{need} or more",
        )
    if donors.same_unit:
        _check_unit(panel, names, instrument, rule)
    if donors.only is not None:
        return _alone(panel, donors, names, rule, keep_frozen=keep_frozen)
    members = _weighted(names, donors)
    if not donors.component:
        return replace(factor_levels(panel, members, rule, keep_frozen=keep_frozen), id=donors.id)
    plain = factor_levels(panel, Basket(names, donors.id), rule, keep_frozen=keep_frozen)
    _, levels = shared_levels(panel, names, keep_frozen=keep_frozen)
    try:
        weights = component_weights(_moves(levels, plain), donors.component)[-1]
    except DataError as error:
        raise InputError(
            f"have no principal components: {error.message}",
            parameter="donors",
            received=error.received,
            allowed=error.allowed,
        ) from error
    return replace(
        plain, levels=average_levels(levels, tuple(weights), plain.kind), weights=tuple(map(float, weights))
    )


def _alone(
    panel: Panel, donors: Donors, names: tuple[str, ...], rule: MoveRule, *, keep_frozen: bool
) -> FactorLevels:
    place = donors.only or 0
    if place < len(names):
        return factor_levels(panel, names[place], rule, keep_frozen=keep_frozen)
    first = factor_levels(panel, names[0], rule, keep_frozen=keep_frozen)
    still = np.where(np.isfinite(first.levels), 1.0, np.nan)
    return replace(first, id=donors.id, levels=still, members=(), snapshots=())


def _weighted(names: tuple[str, ...], donors: Donors) -> Basket:
    if donors.weights is None or donors.component:
        return Basket(names, donors.id)
    total = sum(map(abs, donors.weights))
    return Basket(names, donors.id, tuple(weight / total for weight in donors.weights))


def _moves(levels: NDArray[np.float64], like: FactorLevels) -> NDArray[np.float64]:
    """Moves of donors between the sessions that they share, shape (J, n - 1)."""
    unit = like.quoted_unit if like.kind.rule == "difference" else None
    kept = np.isfinite(levels).all(axis=0)
    moves = [moves_from_levels(row[kept], like.kind.rule, unit)[1:] for row in levels]
    return np.reshape(moves, (len(levels), -1))


def _check_unit(panel: Panel, names: Iterable[str], instrument: Instrument, rule: MoveRule) -> None:
    own = instrument.move_kind(rule)
    kinds = {name: panel.instrument(name).move_kind(rule) for name in names}
    wrong = {name: str(kind) for name, kind in kinds.items() if kind.unit != own.unit}
    if wrong:
        raise InputError(
            "donors must move in the instrument's unit",
            parameter="donors",
            received=wrong,
            allowed=f"members that move in {own.unit}",
        )
