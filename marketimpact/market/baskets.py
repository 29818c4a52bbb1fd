"""Factors as a study reads them: a panel member by its id, or a basket of members."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..units import MoveKind, MoveRule
from .panel import Panel
from .snapshots import Snapshot, snapshot_of

__all__ = ["Basket", "FactorLevels", "basket", "factor_id", "factor_levels", "members_of"]


@dataclass(frozen=True, slots=True)
class Basket:
    """An equally weighted average of panel members, used as a benchmark.

    Prices and currencies are averaged in logs, so that the log move of the basket is the average log move;
    yields are averaged as they are. A date counts only where every member is quoted.

    Parameters
    ----------
    members : tuple of str
        Ids of the members.
    id : str
        Name of the factor in tables and reports.

    See Also
    --------
    basket : makes one and checks it against a panel.
    """

    members: tuple[str, ...]
    id: str = "basket"

    def without(self, instrument: str) -> Basket:
        """Give the basket that leaves an instrument out: nothing is its own benchmark."""
        return Basket(tuple(member for member in self.members if member != instrument), self.id)


def basket(
    panel: Panel, ids: Iterable[str], *, leave_out: str | Iterable[str] = (), id: str = "basket"
) -> Basket:
    """Make a basket of panel members.

    A study leaves the instrument under study out of the basket by itself; ``leave_out`` names members that must
    not stand in it for another reason, such as those that the same news hits.

    Parameters
    ----------
    panel : Panel
        The panel that holds the members.
    ids : iterable of str
        Ids of the members.
    leave_out : str or iterable of str
        Ids to leave out.
    id : str
        Name of the factor.

    Returns
    -------
    Basket

    Raises
    ------
    InputError
        If an id is unknown, fewer than two members remain, or the members' moves differ in kind.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:EUR/ZAR", "ecb:EUR/MXN", "ecb:EUR/TRY"])
    >>> mi.basket(panel, panel.ids, leave_out="EUR/TRY").members
    ('EUR/ZAR', 'EUR/MXN')
    """
    left_out = {leave_out} if isinstance(leave_out, str) else set(leave_out)
    for name in left_out:
        panel.position(name)
    members = tuple(dict.fromkeys(name for name in ids if name not in left_out))
    _check_alike(panel, members, at_least=2)
    return Basket(members, id)


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
        Levels [quoted unit]; a basket of prices is the geometric mean.
    kind : MoveKind
    quoted_unit : str
    snapshots : tuple of Snapshot or None
        Of the factor, or of each member of a basket.
    """

    id: str
    sessions: NDArray[np.datetime64]
    levels: NDArray[np.float64]
    kind: MoveKind
    quoted_unit: str
    snapshots: tuple[Snapshot | None, ...]


def factor_id(factor: str | Basket) -> str:
    """Name of a factor."""
    return factor if isinstance(factor, str) else factor.id


def members_of(factor: str | Basket) -> tuple[str, ...]:
    """Ids of the panel members that a factor is made of."""
    return (factor,) if isinstance(factor, str) else factor.members


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
    names = members_of(factor)
    if not names:
        raise InputError("no member is left", parameter="basket", received=factor_id(factor))
    _check_alike(panel, names, at_least=1)
    instruments = [panel.instrument(name) for name in names]
    quotes = [panel.quotes_of(name) for name in names]
    kind = instruments[0].move_kind(rule)
    sessions = reduce(np.intersect1d, [one.sessions for one in quotes])
    known = [
        one.levels if keep_frozen else np.where(one.standing_still(), np.nan, one.levels) for one in quotes
    ]
    levels = np.stack(
        [part[np.searchsorted(one.sessions, sessions)] for part, one in zip(known, quotes, strict=True)]
    )
    averaged = levels.mean(axis=0) if kind.rule == "difference" else np.exp(np.log(levels).mean(axis=0))
    return FactorLevels(
        factor_id(factor),
        sessions,
        levels[0] if len(names) == 1 else averaged,
        kind,
        instruments[0].quoted_unit,
        tuple(snapshot_of(instrument.snapshot) for instrument in instruments),
    )
