"""Yield curves as a study reads them: members of a panel, each at a tenor or at its bond's remaining maturity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..maths.interpolation import interpolate_rows
from ..units import BP_PER_UNIT
from .baskets import FactorLevels
from .bonds import SovereignBond
from .instruments import Instrument
from .panel import Panel
from .snapshots import snapshot_of

__all__ = ["Curve", "curve", "curve_for", "curve_levels", "curve_slope", "remaining_years"]

DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Curve:
    """A yield curve of panel members, interpolated linearly in maturity.

    Beyond its shortest and longest point the curve is flat, as markets read it; where that was done is said. A day
    counts only where the points around the maturity asked for are quoted: no other day, and no point further off,
    stands in for them.

    Parameters
    ----------
    points : tuple of (str, float or None)
        Id of a member and its tenor [years]; None: a bond, at its remaining maturity of each day.
    id : str
        Name of the curve in tables and reports.

    See Also
    --------
    curve : makes one and checks it against a panel.
    """

    points: tuple[tuple[str, float | None], ...]
    id: str = "curve"

    @property
    def members(self) -> tuple[str, ...]:
        """Ids of the members."""
        return tuple(name for name, _ in self.points)

    def without(self, *instruments: str) -> Curve:
        """Give the curve that leaves instruments out.

        See Also
        --------
        curve_for : leaves out the instrument under study, and other series of the same bond.
        """
        return Curve(tuple(point for point in self.points if point[0] not in instruments), self.id)


def curve(panel: Panel, points: Mapping[str, float] | Iterable[str], *, id: str = "curve") -> Curve:
    """Make a curve of panel members that hold yields.

    Parameters
    ----------
    panel : Panel
    points : mapping of id to tenor, or iterable of ids
        Par yields at fixed tenors [years]: ``{"UST 10yr": 10, "UST 30yr": 30}``; or bonds, which stand at their
        remaining maturities.
    id : str
        Name of the curve: ``"US Treasuries"``.

    Returns
    -------
    Curve

    Raises
    ------
    InputError
        If an id is unknown, fewer than two points remain, tenors repeat or are not positive, a bond has no maturity,
        or the members are not all yields or rates quoted in one unit.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> days = pd.to_datetime(["2022-01-04", "2022-01-05"])
    >>> frame = pd.DataFrame({"20yr": [2.05, 2.07], "30yr": [2.07, 2.09]}, index=days)
    >>> members = [mi.Factor(name, move="difference", unit="percent") for name in frame]
    >>> treasuries = curve(mi.Panel.from_frame(frame, instruments=members), {"20yr": 20, "30yr": 30}, id="UST")
    >>> treasuries.points
    (('20yr', 20.0), ('30yr', 30.0))
    """
    given = list(points.items()) if isinstance(points, Mapping) else [(name, None) for name in points]
    checked = [(name, _tenor(panel, name, tenor)) for name, tenor in given]
    if len(checked) < 2:
        raise InputError(
            "a curve needs two points or more", parameter="points", received=[name for name, _ in given]
        )
    _check_alike(panel, [name for name, _ in checked])
    keys = [_order(panel, name, tenor) for name, tenor in checked]
    fixed = {tenor is None for _, tenor in checked}
    if len(set(keys)) < len(keys) or len(fixed) > 1:
        raise InputError(
            "the points of a curve need maturities that do not repeat, all fixed tenors or all bonds",
            parameter="points",
            received=dict(given),
            allowed="{'UST 10yr': 10, 'UST 30yr': 30}, or ids of bonds of different maturities",
        )
    ascending = [point for _, point in sorted(zip(keys, checked, strict=True))]
    return Curve(tuple(ascending), id)


def _tenor(panel: Panel, name: str, tenor: object) -> float | None:
    instrument = panel.instrument(name)
    if tenor is None:
        if isinstance(instrument, SovereignBond) and instrument.maturity is not None:
            return None
        raise InputError(
            "has neither a tenor nor a maturity",
            parameter=f"points.{name}",
            received=name,
            allowed="{id: tenor in years}, or a SovereignBond with its maturity",
        )
    number = isinstance(tenor, int | float) and not isinstance(tenor, bool)
    if not number or not 0.0 < float(tenor) < 1000.0:  # type: ignore[arg-type]  # a number by the line above
        raise InputError(
            "is not a tenor", parameter=f"points.{name}", received=tenor, allowed="years above 0"
        )
    return float(tenor)  # type: ignore[arg-type]


def _order(panel: Panel, name: str, tenor: float | None) -> float:
    """What the points are sorted by: the tenor, or the day of maturity."""
    if tenor is not None:
        return tenor
    instrument = panel.instrument(name)
    matures = instrument.maturity if isinstance(instrument, SovereignBond) else None
    return float(np.datetime64(matures, "D").astype(np.int64))


def _check_alike(panel: Panel, names: Iterable[str]) -> None:
    """Refuse members that are no yields, or yields of several units."""
    kinds = {name: panel.instrument(name).move_kind() for name in names}
    units = {panel.instrument(name).quoted_unit for name in kinds}
    if any(kind.unit != "bp" for kind in kinds.values()) or len(units) > 1:
        raise InputError(
            "a curve is made of yields or rates in one unit",
            parameter="points",
            received={name: f"{kind}, {panel.instrument(name).quoted_unit}" for name, kind in kinds.items()},
            allowed="bonds quoted as yields, or Factor(..., move='difference', unit='percent'); mi.requote turns prices"
            " into yields",
        )


def curve_for(panel: Panel, of: Curve, instrument: Instrument) -> Curve:
    """Give a curve as a study of one instrument reads it: nothing is its own benchmark, in no dress.

    It leaves the instrument out, and every other series of the same bond, by its ISIN: the New York quotes of a bond
    are no benchmark of its London quotes.

    Parameters
    ----------
    panel : Panel
        The panel that holds the members.
    of : Curve
    instrument : Instrument

    Returns
    -------
    Curve
        With fewer than two points where it cannot be read any more.

    Examples
    --------
    >>> from datetime import date
    >>> import pandas as pd, marketimpact as mi
    >>> london = mi.known_bond("KZ 2045", quoted="yield")
    >>> york = mi.SovereignBond("KZ 2045 NY", quoted="yield", isin=london.isin, maturity=london.maturity)
    >>> rest = [mi.SovereignBond(f"KZ {y}", quoted="yield", maturity=date(y, 7, 21)) for y in (2030, 2050)]
    >>> frame = pd.DataFrame({one.id: [4.0] for one in (london, york, *rest)}, index=[pd.Timestamp("2022-01-05")])
    >>> panel = mi.Panel.from_frame(frame, instruments=[london, york, *rest])
    >>> curve_for(panel, mi.curve(panel, ["KZ 2045 NY", "KZ 2030", "KZ 2050"]), london).members
    ('KZ 2030', 'KZ 2050')
    """
    isin = instrument.isin if isinstance(instrument, SovereignBond) else None
    same = [
        name
        for name in of.members
        if isin is not None and getattr(panel.instrument(name), "isin", None) == isin
    ]
    return of.without(instrument.id, *same)


def remaining_years(instrument: Instrument, sessions: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Give the years from each session to a bond's maturity, shape (n,).

    Raises
    ------
    InputError
        If the instrument is no bond with a maturity.

    Examples
    --------
    >>> from datetime import date
    >>> bond = SovereignBond("KZ 2045", quoted="yield", maturity=date(2045, 7, 21))
    >>> remaining_years(bond, np.array(["2022-01-05"], dtype="datetime64[D]")).round(2).tolist()
    [23.54]
    """
    if not isinstance(instrument, SovereignBond) or instrument.maturity is None:
        raise InputError(
            "has no maturity, at which a curve could be read",
            parameter="instrument",
            received=instrument.id,
            allowed="SovereignBond(..., maturity=date(2045, 7, 21)), or mi.known_bond(...)",
        )
    days = (np.datetime64(instrument.maturity, "D") - sessions).astype(np.float64)
    return np.asarray(days / DAYS_A_YEAR)


def curve_levels(
    panel: Panel, read: Curve, maturity: Instrument | float, *, earlier: float = 0.0, keep_frozen: bool = True
) -> FactorLevels:
    """Read a curve at a bond's remaining maturity of each day, or at one tenor.

    Parameters
    ----------
    panel : Panel
    read : Curve
    maturity : instrument or float
        A bond, or a tenor [years].
    earlier : float
        Taken off the maturity [years].
    keep_frozen : bool
        Whether quotes that stand still improbably long are levels; else they are missing (NaN).

    Returns
    -------
    FactorLevels
        On every day on which a member is quoted: NaN where a needed point is not; ``beyond`` where an end was taken.

    Raises
    ------
    InputError
        If the instrument is no bond with a maturity, the curve has no points left, or they do not ascend.
    """
    if len(read.points) < 2:
        raise InputError(
            "fewer than two points are left", parameter="curve", received=read.id, allowed="more points"
        )
    instruments = [panel.instrument(name) for name in read.members]
    _check_alike(panel, read.members)
    quotes = [panel.quotes_of(name) for name in read.members]
    sessions = reduce(np.union1d, [one.sessions for one in quotes])
    yields = np.full((len(sessions), len(quotes)), np.nan)
    for column, one in zip(yields.T, quotes, strict=True):
        known = one.levels if keep_frozen else np.where(one.standing_still(), np.nan, one.levels)
        column[np.searchsorted(sessions, one.sessions)] = known
    tenors = np.column_stack(
        [
            np.full(len(sessions), tenor) if tenor is not None else remaining_years(instrument, sessions)
            for instrument, (_, tenor) in zip(instruments, read.points, strict=True)
        ]
    )
    _check_ascending(read, tenors)
    numbered = isinstance(maturity, int | float)
    at = np.full(len(sessions), float(maturity)) if numbered else remaining_years(maturity, sessions)  # type: ignore[arg-type]
    levels, beyond = interpolate_rows(tenors, yields, at - earlier)
    snapshots = tuple(snapshot_of(instrument.snapshot) for instrument in instruments)
    kind, unit = instruments[0].move_kind(), instruments[0].quoted_unit
    return FactorLevels(read.id, sessions, levels, kind, unit, snapshots, beyond, read.members)


def _check_ascending(read: Curve, tenors: NDArray[np.float64]) -> None:
    """Refuse a curve that was not made by `curve`, and whose points are out of order: it would be read wrongly."""
    if not np.all(np.diff(tenors, axis=1) > 0.0):
        raise InputError(
            "the points of a curve do not ascend in maturity",
            parameter="curve.points",
            received=list(read.points),
            allowed="mi.curve(panel, points), which puts them in order",
        )


def curve_slope(panel: Panel, read: Curve, name: str) -> NDArray[np.float64]:
    """Give the slope of a curve at a bond's remaining maturity, as `BondValues.roll_down` takes it.

    The yield at the maturity less that at a year before it: what a bond slides down in a year if the curve stays.

    Parameters
    ----------
    panel : Panel
    read : Curve
    name : str
        Id of a bond with a maturity.

    Returns
    -------
    ndarray, shape (n,)
        On the bond's own sessions [percentage points of yield per year of maturity]; NaN where the curve is not quoted.

    Raises
    ------
    InputError
        If it is no bond with a maturity.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> days = pd.to_datetime(["2022-01-04", "2022-01-05"])
    >>> frame = pd.DataFrame({"20yr": [2.0, 2.1], "30yr": [2.4, 2.4], "KZ 2045": [4.20, 4.53]}, index=days)
    >>> rates = [mi.Factor(name, move="difference", unit="percent") for name in ("20yr", "30yr")]
    >>> bond = mi.known_bond("KZ 2045", quoted="yield")
    >>> panel = mi.Panel.from_frame(frame, instruments=[*rates, bond])
    >>> slope = mi.curve_slope(panel, mi.curve(panel, {"20yr": 20, "30yr": 30}), "KZ 2045")
    >>> slope.round(3).tolist(), mi.bond_values(panel, "KZ 2045").roll_down(365, slope).round(2).tolist()
    ([0.04, 0.03], [0.71, 0.5])
    """
    bond, sessions = panel.instrument(name), panel.quotes_of(name).sessions
    here, sooner = (curve_levels(panel, read, bond, earlier=years) for years in (0.0, 1.0))
    at = np.minimum(np.searchsorted(here.sessions, sessions), len(here.sessions) - 1)
    slope = (here.levels - sooner.levels)[at] * BP_PER_UNIT[here.quoted_unit] / BP_PER_UNIT["percent"]
    return np.where(here.sessions[at] == sessions, slope, np.nan)
