"""Bonds of a panel: what their quotes say, and the same quotes as another kind."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np

from ..errors import DataError, InputError
from ..units import BP_PER_UNIT
from .bond_values import BondValues, value_bond
from .bonds import Quoted
from .coupon_rolls import bond_of, on_schedule
from .derived import derived_panel
from .panel import Panel
from .terms import check_one_of

__all__ = ["bond_values", "requote", "valued_member"]


def bond_values(panel: Panel, name: str) -> BondValues:
    """Value a bond of a panel on each of its sessions.

    Dirty prices are valued at the settlement at which their coupons drop out (`coupon_rolls`), whatever lag is
    declared; ``values.bond`` has it.

    Parameters
    ----------
    panel : Panel
    name : str
        Id of a bond with coupon, maturity, frequency and day count.

    Returns
    -------
    BondValues

    Raises
    ------
    InputError
        If it is not in the panel, is no bond, or terms are missing.

    See Also
    --------
    marketimpact.market.bond_values.value_bond : of arrays.

    Examples
    --------
    >>> import pandas as pd
    >>> from marketimpact.market.known_bonds import known_bond
    >>> frame = pd.DataFrame({"KZ 2045": [4.20, 4.53]}, index=pd.to_datetime(["2022-01-04", "2022-01-05"]))
    >>> panel = Panel.from_frame(frame, instruments=known_bond("KZ 2045", quoted="yield"))
    >>> bond_values(panel, "KZ 2045").clean.round(2).tolist()
    [134.18, 128.33]
    """
    return valued_member(panel, name)[0]


def valued_member(panel: Panel, name: str) -> tuple[BondValues, tuple[str, ...]]:
    """Value a bond of a panel as `bond_values` does, with what was done to its prices for that, in words."""
    bond, levels, said = on_schedule(panel, name)
    return value_bond(bond, panel.quotes_of(name).sessions, levels), said


def requote(panel: Panel, name: str, quoted: Quoted, *, id: str | None = None) -> Panel:
    """Make the series of a bond as another quoting: yields of clean prices, clean prices of yields.

    The terms, the snapshot and the calendar of the bond stay; a dating lag and closures have been applied when it was
    loaded.

    Parameters
    ----------
    panel : Panel
    name : str
        Id of a bond with coupon, maturity, frequency and day count.
    quoted : {"clean price", "dirty price", "yield"}
        What the new series holds; a yield is in the bond's ``yield_unit``.
    id : str, optional
        Name of the new series; ``"KZ 2045 yield"`` for a yield of ``"KZ 2045"`` when not given.

    Returns
    -------
    Panel
        Of the new series alone; ``panel.join(...)`` puts both into one. Dates that cannot be valued are not quoted,
        and a note says how many.

    Raises
    ------
    InputError
        If it is not in the panel, is no bond, quotes this already, or terms are missing.
    DataError
        If no date can be valued.

    Examples
    --------
    >>> import pandas as pd
    >>> from marketimpact.market.known_bonds import known_bond
    >>> frame = pd.DataFrame({"KZ 2045": [134.19, 128.34]}, index=pd.to_datetime(["2022-01-04", "2022-01-05"]))
    >>> panel = Panel.from_frame(frame, instruments=known_bond("KZ 2045", quoted="clean price"))
    >>> requote(panel, "KZ 2045", "yield")["KZ 2045 yield"].round(2).tolist()
    [4.2, 4.53]
    """
    bond, quotes = bond_of(panel, name), panel.quotes_of(name)
    check_one_of(quoted, get_args(Quoted), "quoted")
    if quoted == bond.quoted:
        raise InputError(
            f"{name} is quoted as that already",
            parameter="quoted",
            received=quoted,
            allowed=" or ".join(repr(one) for one in get_args(Quoted) if one != quoted),
        )
    values, valued = valued_member(panel, name)
    per_percent = BP_PER_UNIT["percent"] / BP_PER_UNIT[bond.yield_unit]
    levels = {"clean price": values.clean, "dirty price": values.dirty, "yield": values.ytm * per_percent}[
        quoted
    ]
    lost = int(np.count_nonzero(np.isnan(levels)))
    why = "settled before interest accrues, at or after the maturity, or at a price that no yield gives"
    if lost == len(levels):
        raise DataError(
            f"no quote can be valued: each is {why}",
            parameter=name,
            received=f"{len(levels)} quotes from {quotes.sessions[0]} to {quotes.sessions[-1]}",
            allowed=f"quotes of the life of the bond; it says issued={bond.issued}, maturity={bond.maturity}",
        )
    told = [f"{lost} of {len(levels)} dates have no {quoted}: {why}"] if lost else []
    return derived_panel(
        replace(bond, id=id or f"{name} {quoted}", quoted=quoted),
        quotes.sessions,
        levels,
        [quotes],
        f"{quoted} of {name} from its {bond.quoted}",
        notes=[*quotes.notes, *valued, *told],
    )
