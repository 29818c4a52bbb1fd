"""The regression of staggered events with a dummy for every cohort and event time, averaged over cohorts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .cluster_robust import ClusterFit, cluster_robust
from .fixed_effects import absorber
from .frozen import Frozen, read_only
from .group_time import NEVER

__all__ = ["InteractionWeighted", "interaction_weighted"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_CELLS = 100_000_000
"""Numbers in the matrix of dummies: 800 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class InteractionWeighted(Frozen):
    """The interaction-weighted regression.

    Attributes
    ----------
    taus : ndarray of int, shape (E,)
        Sessions from the event that have a coefficient: those that a cohort reaches.
    alone : ndarray of bool, shape (E,)
        Whether a cohort of one unit is in the average, whose own dummies fit it, or the control is one unit, which the
        date effects fit: it has no standard error then.
    fit : ClusterFit
        Its first E coefficients are the averages over cohorts; the others are cohorts' differences from them.
    controls : int
        Units that are controls throughout.
    cohorts : ndarray of int, shape (C,)
    effects : ndarray, shape (C, E)
        Coefficient of each cohort at each event time; NaN where it is not reached.
    treated : ndarray of int, shape (C, E)
        Units that each rests on: the weights.
    y, x : ndarray, shapes (n,) and (n, k)
        Outcome and regressors less their unit and date effects.
    """

    taus: Ints
    alone: NDArray[np.bool_]
    fit: ClusterFit
    controls: int
    cohorts: Ints
    effects: Floats
    treated: Ints
    y: Floats
    x: Floats

    @property
    def dfs(self) -> Floats:
        """Degrees of freedom of the averages, shape (E,): Bell and McCaffrey's, and not above the controls less one.

        The date effects are taken out before the corrections for leverage are made, so that what few controls add to
        the error is missed in part: of two cohorts of two units beside 1, 2 and 3 controls the 5 % test at tau = 0
        rejects 17, 12 and 10 % by Bell and McCaffrey's degrees of freedom; so it has none, .3 and 2 %.
        """
        most = np.nan if self.controls < 2 else self.controls - 1.0
        return np.where(self.alone, np.nan, np.minimum(self.fit.df[: len(self.taus)], most))

    def __post_init__(self) -> None:
        read_only(self.taus, self.alone, self.cohorts, self.effects, self.treated, self.y, self.x)


def interaction_weighted(levels: Floats, first: Ints, taus: Ints) -> InteractionWeighted:
    """Fit Y_it = a_i + l_t + sum_g sum_tau d_g,tau 1{i in g} 1{t = g + tau} + e, and average d over cohorts.

    The coefficient at tau is v = sum_g w_g d_g,tau, w_g the cohort's share among the treated units there. The
    regressors are turned so that v is a coefficient itself, with its own standard error (CR2 clustered by unit) and
    Bell and McCaffrey's degrees of freedom: the sum of a session's dummies, and beside it for every cohort but the
    first its dummy less w_g / w_1 times that of the first. Treated units enter from their first tau to the last;
    tau = -1 is the base, and a unit that is not quoted there does not enter. Controls are units without an event;
    without any, those of the last cohort before its event, and no session from it on.

    Few controls make the errors too small (`InteractionWeighted.dfs`), and one leaves none.

    Where controls miss no session it gives the effects of `group_time` with ``controls="never"``. A cohort of one unit
    is fitted by its own dummies: an average that holds one has no standard error here, and one in `group_time`.

    Parameters
    ----------
    levels : ndarray, shape (U, T)
        NaN where missing.
    first : ndarray of int, shape (U,)
        Session of each unit's event; -1 for none.
    taus : ndarray of int, shape (E,)
        Sessions from the event, without -1.

    Returns
    -------
    InteractionWeighted

    Raises
    ------
    InputError
        If no unit has an event or can be a control, or the dummies are too many.

    References
    ----------
    Sun and Abraham (2021), doi:10.1016/j.jeconom.2020.09.006; Pustejovsky and Tipton (2018),
    doi:10.1080/07350015.2016.1247004, on CR2.

    Examples
    --------
    >>> levels = np.array([[0.0, 0.0, 5.0, 6.0], [1.0, 1.0, 4.0, 5.0], [0.0, 1.0, 1.0, 2.0], [2.0, 2.0, 2.0, 3.0]])
    >>> found = interaction_weighted(levels, np.array([2, 2, -1, -1]), np.array([-2, 0, 1]))
    >>> found.effects.round(6).tolist()
    [[0.5, 4.0, 4.0]]
    """
    first, levels = _with_controls(first, levels)
    cohorts = np.unique(first[first >= 0])
    tau = np.arange(levels.shape[1]) - np.where(first == NEVER, 0, first)[:, None]
    wanted = (first == NEVER)[:, None] | np.isin(tau, np.append(taus, -1))
    based = first == NEVER
    for i in np.flatnonzero(first > 0):
        based[i] = np.isfinite(levels[i, first[i] - 1])
    in_time = np.unique(np.nonzero(wanted & (first != NEVER)[:, None])[1])
    wanted &= np.isin(np.arange(levels.shape[1]), in_time) & based[:, None]
    unit, date = np.nonzero(wanted & np.isfinite(levels))
    cohort, event_time = first[unit], tau[unit, date]
    treated = np.array([[int(((cohort == g) & (event_time == e)).sum()) for e in taus] for g in cohorts])
    columns, map_back = _turned(treated)
    if len(unit) * len(columns) > MOST_CELLS or not len(columns):
        raise InputError(
            "leave no event to see" if not len(columns) else "make too many dummies",
            parameter="leads, lags",
            received=(len(unit), len(columns)),
            allowed=f"fewer than {MOST_CELLS:g} numbers: fewer leads, lags or units; or method='Callaway-Sant'Anna'",
        )
    x = np.zeros((len(unit), len(columns)))
    for j, column in enumerate(columns):
        for (c, e), value in column.items():
            x[(cohort == cohorts[c]) & (event_time == taus[e]), j] = value
    made = absorber([unit, date])
    y, x = made.left_of(levels[unit, date]), made.left_of(x)
    fit = cluster_robust(y, x, unit)
    effects = np.full(treated.shape, np.nan)
    for (c, e), row in map_back.items():
        effects[c, e] = sum(value * fit.params[j] for j, value in row.items())
    there = treated.sum(axis=0) > 0
    controls = len(np.unique(unit[cohort == NEVER]))
    alone = (treated[:, there] == 1).any(axis=0) | (controls < 2)
    return InteractionWeighted(
        taus[there], alone, fit, controls, cohorts, effects[:, there], treated[:, there], y, x
    )


Cells = dict[tuple[int, int], float]


def _turned(treated: Ints) -> tuple[list[Cells], dict[tuple[int, int], dict[int, float]]]:
    """Give the columns as weights of cohort-time dummies, averages first; and each cell's effect as their sum."""
    many = treated.shape[1]
    there = [e for e in range(many) if treated[:, e].any()]
    place = {e: j for j, e in enumerate(there)}
    columns: list[Cells] = [{(int(c), e): 1.0 for c in np.flatnonzero(treated[:, e])} for e in there]
    back: dict[tuple[int, int], dict[int, float]] = {}
    for e in there:
        head, *rest = (int(c) for c in np.flatnonzero(treated[:, e]))
        back[head, e] = {place[e]: 1.0}
        for c in rest:
            ratio = float(treated[c, e] / treated[head, e])
            back[c, e] = {place[e]: 1.0, len(columns): 1.0}
            back[head, e][len(columns)] = -ratio
            columns.append({(c, e): 1.0, (head, e): -ratio})
    return columns, back


def _with_controls(first: Ints, levels: Floats) -> tuple[Ints, Floats]:
    """Take the last cohort as controls where no unit is without an event."""
    cohorts = np.unique(first[first >= 0])
    if not len(cohorts):
        raise InputError("no unit is reached by an event", parameter="events", allowed="units with an event")
    if (first == NEVER).any():
        return first, levels
    if len(cohorts) == 1:
        raise InputError(
            "every unit is reached at the same time",
            parameter="events",
            received=1,
            allowed="units without an event, or with a later one",
        )
    last = int(cohorts[-1])
    return np.where(first == last, NEVER, first), levels[:, :last]
