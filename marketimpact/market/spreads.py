"""Series made of yields: spreads, the shape of a curve, and the average of an issuer's bonds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..units import BP_PER_UNIT
from .bonds import SovereignBond
from .curves import Curve, curve_for, curve_levels
from .derived import derived_panel
from .factors import Benchmark, factor_id, levels_for, members_of
from .instruments import Factor, Instrument
from .panel import Panel
from .snapshots import Snapshot, snapshot_of

__all__ = ["curve_shape", "issuer_average", "spread"]

T = TypeVar("T")


def spread(panel: Panel, bond: str, benchmark: str | Curve, *, id: str | None = None) -> Panel:
    """Make the series of a bond's yield less that of a benchmark: a G-spread where that is a curve.

    s_t = y_t - b_t, b_t the benchmark's yield or the curve at the bond's remaining maturity of that day. Only days
    on which both are quoted have a spread.

    Parameters
    ----------
    panel : Panel
    bond : str
        Id of a bond that is quoted as a yield.
    benchmark : str or Curve
        Id of another member that holds a yield or a rate, or a curve.
    id : str, optional
        Name of the new member; "KZ 2045 less US Treasuries" when not given.

    Returns
    -------
    Panel
        One member, a `Factor` in percent that moves in bp, of the issuer's place; up is a loss.

    Raises
    ------
    InputError
        If one of them is no yield, the curve has no maturity to be read at, or they are the same series.
    DataError
        If they are never quoted together.

    See Also
    --------
    BenchmarkSpread : the same as a normal model, in a study.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> days = pd.to_datetime(["2022-01-04", "2022-01-05"])
    >>> frame = pd.DataFrame({"KZ": [4.20, 4.53], "UST": [2.05, 2.07]}, index=days)
    >>> bonds = [mi.SovereignBond("KZ", quoted="yield", issuer="KZ"), mi.SovereignBond("UST", quoted="yield")]
    >>> made = mi.spread(mi.Panel.from_frame(frame, instruments=bonds), "KZ", "UST")
    >>> made["KZ less UST"].round(2).tolist()
    [2.15, 2.46]
    """
    own, quotes = panel.instrument(bond), panel.quotes_of(bond)
    levels, moving = (
        levels_for(panel, Benchmark(benchmark), own, "log", keep_frozen=keep) for keep in (True, False)
    )
    if levels is None or moving is None:
        raise InputError(
            "is its own benchmark", parameter="benchmark", received=bond, allowed="another series"
        )
    sessions, mine, theirs = np.intersect1d(quotes.sessions, levels.sessions, return_indices=True)
    percent = quotes.levels[mine] * _percent(own.quoted_unit)
    percent = percent - levels.levels[theirs] * _percent(levels.quoted_unit)
    members = members_of(benchmark)
    instruments = [own, *map(panel.instrument, members)]
    place = own.issuer if isinstance(own, SovereignBond) else None
    made = Factor(
        id or f"{bond} less {factor_id(benchmark)}",
        move="difference",
        unit="percent",
        quoted="spread",
        place=place,
        gains=None if place is None else "down",
        snapshot=_common_snapshot(instruments),
        calendar=own.calendar,
    )
    notes = [*_lost(panel, bond, benchmark, int(np.isfinite(percent).sum())), *_timing(instruments)]
    rest = list(map(panel.quotes_of, members))
    known = np.isfinite(percent)
    how = f"{bond} less {factor_id(benchmark)}"
    spreads = derived_panel(made, sessions[known], percent[known], [quotes], how, notes=notes, rates=rest)
    return _marked(spreads, levels.sessions[np.isfinite(levels.levels) & np.isnan(moving.levels)])


def _marked(made: Panel, frozen: NDArray[np.datetime64]) -> Panel:
    """Mark quotes of some days as standing still: of a curve a frozen point counts only where it was needed."""
    (quotes,) = made.quotes
    found = np.isin(quotes.sessions, frozen)
    if quotes.still is not None:
        found |= quotes.still
    return Panel(made.instruments, (replace(quotes, still=found if found.any() else None),))


def _lost(panel: Panel, bond: str, benchmark: str | Curve, kept: int) -> list[str]:
    """Say how many quotes have no spread, and for how many the end of a curve was taken."""
    quotes, notes = panel.quotes_of(bond), []
    if kept < len(quotes):
        without = f"{len(quotes) - kept} of {len(quotes)} quotes of {bond}"
        notes.append(f"{without} without one of {factor_id(benchmark)}: no spread")
    if isinstance(benchmark, Curve):
        own = panel.instrument(bond)
        read = curve_levels(panel, curve_for(panel, benchmark, own), own)
        flat = read.beyond & np.isfinite(read.levels)
        days = np.count_nonzero(flat & np.isin(read.sessions, quotes.sessions))
        if days:
            notes.append(f"on {days} days the maturity lies beyond {benchmark.id}: its end was taken, flat")
    return notes


def _percent(unit: str) -> float:
    """Percentage points in one quoted unit."""
    return BP_PER_UNIT[unit] / BP_PER_UNIT["percent"]


def _common(instruments: Iterable[Instrument], of: Callable[[Instrument], T]) -> T | None:
    """What instruments agree on; None where they differ."""
    found = {of(one) for one in instruments}
    return found.pop() if len(found) == 1 else None


def _common_snapshot(instruments: Iterable[Instrument]) -> Snapshot | None:
    return _common(instruments, lambda one: snapshot_of(one.snapshot))


def _timing(instruments: list[Instrument]) -> list[str]:
    """Say that a series is made of quotes of different times; where all are unknown alike, that is known already."""
    snapshots = {snapshot_of(one.snapshot) for one in instruments}
    if len(snapshots) == 1:
        return []
    if None in snapshots:
        return ["made of quotes whose snapshots are not all known: perhaps asynchronous"]
    return [f"asynchronous: made of quotes at {', '.join(sorted(map(str, snapshots)))}"]


def curve_shape(
    panel: Panel,
    read: Curve,
    *,
    tenors: tuple[float, float, float] = (2, 5, 10),
    place: str | None = None,
) -> Panel:
    """Make the level, the slope and the curvature of a curve, as instruments to study.

    With y_s, y_m, y_l at a short, a middle and a long tenor: level (y_s + y_m + y_l) / 3, slope y_l - y_s (2s10s),
    curvature 2 y_m - y_s - y_l (2s5s10s).

    Parameters
    ----------
    panel : Panel
    read : Curve
    tenors : tuple of float
        Short, middle and long tenor [years].
    place : str, optional
        The country whose curve it is: news of this place matches the three. By default the issuer of a curve of bonds.

    Returns
    -------
    Panel
        Three members, "... level", "... slope 2s10s", "... curvature 2s5s10s", in percent, that move in bp. Days on
        which a needed point is not quoted, or lies beyond the curve, have none.

    Raises
    ------
    InputError
        If the tenors do not ascend, or lie beyond the curve on every day.

    See Also
    --------
    StudyResult.joint : tests the three together.

    References
    ----------
    Litterman and Scheinkman (1991), Common factors affecting bond returns, doi:10.3905/jfi.1991.692347.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> days = pd.to_datetime(["2022-01-04", "2022-01-05"])
    >>> frame = pd.DataFrame({"2y": [1.0, 1.1], "5y": [1.5, 1.7], "10y": [2.0, 2.4]}, index=days)
    >>> members = [mi.Factor(name, move="difference", unit="percent") for name in frame]
    >>> panel = mi.Panel.from_frame(frame, instruments=members)
    >>> shape = mi.curve_shape(panel, mi.curve(panel, {"2y": 2, "5y": 5, "10y": 10}, id="TR"), place="TR")
    >>> {name: shape[name].round(2).tolist() for name in shape}
    {'TR level': [1.5, 1.73], 'TR slope 2s10s': [1.0, 1.3], 'TR curvature 2s5s10s': [0.0, -0.1]}
    """
    _check_tenors(tenors)
    instruments = [panel.instrument(name) for name in read.members]
    scale = _percent(instruments[0].quoted_unit)
    names = [f"{tenor:g}s" for tenor in tenors]
    called = {
        f"{read.id} level": "curve level",
        f"{read.id} slope {names[0]}{names[2]}": "curve slope",
        f"{read.id} curvature {''.join(names)}": "curve curvature",
    }
    forms, moving = (
        _forms(*(_at_tenor(panel, read, tenor, keep) * scale for tenor in tenors)) for keep in (True, False)
    )
    like = Factor(
        read.id,
        move="difference",
        unit="percent",
        place=place or _common(instruments, lambda one: getattr(one, "issuer", None)),
        snapshot=_common_snapshot(instruments),
        calendar=_common(instruments, lambda one: one.calendar),
    )
    sessions, parents = curve_levels(panel, read, 1.0).sessions, list(map(panel.quotes_of, read.members))
    made = []
    for (name, quoted), levels, unfrozen in zip(called.items(), forms, moving, strict=True):
        one = replace(like, id=name, quoted=quoted)
        panel_of_one = derived_panel(
            one, sessions, levels, [], name, notes=_timing(instruments), rates=parents
        )
        made.append(_marked(panel_of_one, sessions[np.isfinite(levels) & np.isnan(unfrozen)]))
    return made[0].join(*made[1:])


def _forms(
    short: NDArray[np.float64], middle: NDArray[np.float64], long: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Level, slope and curvature."""
    return (short + middle + long) / 3.0, long - short, 2.0 * middle - short - long


def _check_tenors(tenors: tuple[float, float, float]) -> None:
    if len(tenors) != 3 or not 0 < tenors[0] < tenors[1] < tenors[2]:
        raise InputError(
            "are not a short, a middle and a long tenor",
            parameter="tenors",
            received=tenors,
            allowed="three ascending numbers of years, like (2, 5, 10)",
        )


def _at_tenor(panel: Panel, read: Curve, tenor: float, keep_frozen: bool) -> NDArray[np.float64]:
    """A curve at one tenor on all its sessions; NaN where it does not reach there."""
    found = curve_levels(panel, read, float(tenor), keep_frozen=keep_frozen)
    levels = np.where(found.beyond, np.nan, found.levels)
    if keep_frozen and not np.isfinite(levels).any():
        raise InputError(
            f"lies beyond {read.id} on every day, or is never quoted with its neighbours",
            parameter="tenors",
            received=tenor,
            allowed=f"tenors within the curve, whose points are {_reach(panel, read)}",
        )
    return levels


def _reach(panel: Panel, read: Curve) -> str:
    """Write the points of a curve: its tenors, or its bonds and their maturities."""
    return ", ".join(
        f"{tenor:g} years"
        if tenor is not None
        else f"{name} of {getattr(panel.instrument(name), 'maturity', None)}"
        for name, tenor in read.points
    )


def issuer_average(panel: Panel, ids: Iterable[str], *, id: str | None = None) -> Panel:
    """Average the yields of several bonds of one issuer: they share their news, and are not independent.

    Parameters
    ----------
    panel : Panel
    ids : iterable of str
        Ids of bonds of one issuer that are quoted as yields in one unit.
    id : str, optional
        Name of the average; "KZ average" when not given.

    Returns
    -------
    Panel
        One member, on the days on which all are quoted.

    Raises
    ------
    InputError
        If fewer than two are named, one is no bond quoted as a yield, or issuers or units differ.

    References
    ----------
    Bessembinder, Kahle, Maxwell and Xu (2009), Measuring abnormal bond performance, doi:10.1093/rfs/hhn105, average
    the bonds of a firm before they test.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> frame = pd.DataFrame({"A": [4.0, 4.2], "B": [5.0, 5.4]}, index=pd.to_datetime(["2022-01-04", "2022-01-05"]))
    >>> bonds = [mi.SovereignBond(name, quoted="yield", issuer="KZ") for name in frame]
    >>> average = mi.issuer_average(mi.Panel.from_frame(frame, instruments=bonds), ["A", "B"])
    >>> average["KZ average"].round(2).tolist()
    [4.5, 4.8]
    """
    names = list(dict.fromkeys(ids))
    bonds: list[Instrument] = [panel.instrument(name) for name in names]
    quotes = [panel.quotes_of(name) for name in names]
    first = _first_of_one_issuer(bonds)
    sessions = reduce(np.intersect1d, [one.sessions for one in quotes])
    levels = np.mean([one.levels[np.searchsorted(one.sessions, sessions)] for one in quotes], axis=0)
    lost = len(reduce(np.union1d, [one.sessions for one in quotes])) - len(sessions)
    notes = [f"{lost} days on which not all of {', '.join(names)} are quoted: no average"] if lost else []
    average = SovereignBond(
        id or f"{first.issuer} average",
        quoted="yield",
        yield_unit=first.yield_unit,
        issuer=first.issuer,
        currency=_common(bonds, lambda one: one.currency if isinstance(one, SovereignBond) else None),
        snapshot=_common_snapshot(bonds),
        calendar=_common(bonds, lambda one: one.calendar),
    )
    how = f"average yield of {', '.join(names)}"
    return derived_panel(average, sessions, levels, quotes, how, notes=[*notes, *_timing(bonds)])


def _first_of_one_issuer(bonds: list[Instrument]) -> SovereignBond:
    """Refuse what is not two bonds or more of one issuer, quoted as yields in one unit; give the first."""
    alike = {
        (one.issuer, one.yield_unit) if isinstance(one, SovereignBond) and one.quoted == "yield" else None
        for one in bonds
    }
    first = bonds[0] if len(bonds) > 1 and len(alike) == 1 else None
    if not isinstance(first, SovereignBond) or first.issuer is None or None in alike:
        raise InputError(
            "are not two bonds or more of one issuer, quoted as yields in one unit",
            parameter="ids",
            received=[one.id for one in bonds],
            allowed="bonds with the same issuer='KZ'; mi.requote(panel, id, 'yield') turns prices into yields",
        )
    return first
