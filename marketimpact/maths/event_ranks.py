"""The tests of ranks over any number of pairs: one pass over their rows, part by part, for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import rank_tests
from .event_rows import Windows
from .event_scan import Lay, as_they_lie
from .outcome import Outcome, not_applicable
from .rank_tests import CORRADO, CORRADO_ZIVNEY, GRANK_T, RankSums

__all__ = ["RANKS", "RankPlan", "rank_outcomes"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RANKS = (CORRADO, CORRADO_ZIVNEY, GRANK_T)
"""The tests in their order."""


@dataclass(frozen=True, slots=True)
class RankPlan:
    """What the tests of ranks need of N pairs beside their rows.

    Attributes
    ----------
    event : ndarray, shape (N, L2)
        A / (s sqrt(v)) over the event window; NaN where missing.
    scar : ndarray, shape (N,)
        Sums over the tested window over the root of their exact variance.
    whole : ndarray of bool, shape (N,)
        Pairs that the ranks by session take: those with every move of the window.
    columns : tuple of int
        First and last column of ``event`` in the tested window.
    zero_share : float
        Share of zero moves, before any model, in the estimation windows.
    correlation : float
        Mean correlation of the pairs' sums.
    """

    event: Floats
    scar: Floats
    whole: Bools
    columns: tuple[int, int]
    zero_share: float
    correlation: float


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Columns to rank behind the residuals of each pair, over a number a column, and the pairs that enter."""

    beside: Floats
    scale: Floats
    chosen: Bools


def rank_outcomes(
    windows: Windows, plan: RankPlan, names: Iterable[str] = RANKS, lay: Lay = as_they_lie
) -> dict[str, Outcome]:
    """Run some tests of ranks.

    Parameters
    ----------
    windows : Windows
    plan : RankPlan
    names : iterable of str
        Tests to run: some of `RANKS`.
    lay : callable
        How estimation rows are laid out in event time.

    Returns
    -------
    dict of str to Outcome
        As `corrado_rank`, `corrado_zivney_rank` and `grank_t` of the same rows.
    """
    found: dict[str, Outcome] = {}
    asked: dict[str, _Ranked] = {}
    for name in names:
        prepared = _prepared(name, plan)
        if isinstance(prepared, Outcome):
            found[name] = prepared
        else:
            asked[name] = prepared
    for name, sums in _summed(windows, asked, lay).items():
        if name == GRANK_T:
            found[name] = rank_tests.grank_t_of(sums)
            continue
        first = len(sums.u) - plan.event.shape[1]
        note = rank_tests.SAME_DISTRIBUTION if name == CORRADO else rank_tests.OWN_VARIANCE
        found[name] = rank_tests.mean_rank(
            name, sums, (first + plan.columns[0], first + plan.columns[1]), note
        )
    return found


def _prepared(name: str, plan: RankPlan) -> _Ranked | Outcome:
    """Give what a test ranks, or why it does not apply."""
    r, share, n = plan.correlation, plan.zero_share, int(plan.whole.sum())
    if name == GRANK_T:
        reason = rank_tests.grank_refused(plan.scar, share, r)
        if reason:
            return not_applicable(name, reason, n=len(plan.scar))
        column = rank_tests.rescaled(plan.scar, r)[:, None]
        return _Ranked(column, np.ones(1), np.full(len(column), True))
    reason = rank_tests.ranks_refused(n, r, zero_share=None if name == CORRADO else share)
    scale = np.ones(plan.event.shape[1])
    if name == CORRADO_ZIVNEY and not reason:
        scale = rank_tests.deviations(plan.event[plan.whole])
        if not np.all(scale[plan.columns[0] : plan.columns[1] + 1] > 0.0):
            reason = rank_tests.UNVARYING
    return not_applicable(name, reason, n=n) if reason else _Ranked(plan.event, scale, plan.whole)


def _summed(windows: Windows, asked: dict[str, _Ranked], lay: Lay) -> dict[str, RankSums]:
    """Go once over the rows of all pairs, and sum their ranks among their own sessions."""
    found: dict[str, RankSums] = {}
    for part, rows in windows.each() if asked else ():
        laid = lay(rows.residuals, part)
        for name, one in asked.items():
            if name not in found:
                found[name] = RankSums(laid.shape[1] + one.beside.shape[1])
            chosen = one.chosen[part]
            beside = one.beside[part] / one.scale
            every = bool(chosen.all())
            found[name].add(*((laid, beside) if every else (laid[chosen], beside[chosen])))
    return found
