"""The sum of one pair's abnormal moves over each window of the study, tested in three ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..maths.autocorrelation import CORRECTED, corrected_t
from ..maths.frozen import Frozen
from ..maths.outcome import Outcome, not_applicable
from ..maths.parametric import t_quantile
from ..maths.single_event import rank_with_refit
from ..timeline import Window
from .estimates import window_scars
from .inference import MIN_WINDOW_RATIO, NO_RANK, ranked_scars
from .pair_tests import NO_MOVE, T, sum_test
from .tested import NOWHERE, Found, Tested

__all__ = ["PLACEBO", "WindowTests", "window_tests"]

PLACEBO = "leave-window-out rank"

REFIT = "one session: the rank with refit"
OVERLAPPING = "approximate: placebo windows overlap"
LOST = "{lost} of {length} moves missing"


@dataclass(frozen=True, slots=True, eq=False)
class WindowTests(Frozen):
    """Tests of the sum of one pair's abnormal moves over one window.

    Attributes
    ----------
    window : (int, int)
        First and last tau, both inclusive.
    outcomes : tuple of Outcome
        t by the exact variance; the rank among windows of the same length, each left out of its own fit, where T is at
        least 20 times that length; t corrected for autocorrelation by the variance ratio of the residuals' own sums.
    intervals : tuple of (float, float)
        Interval of each [unit of the kind]; NaN where there is none.
    """

    window: Window
    outcomes: tuple[Outcome, ...]
    intervals: tuple[tuple[float, float], ...]


def window_tests(tested: Tested) -> tuple[WindowTests, ...]:
    """Test the headline's window and every window of the study."""
    inside = tested.headline[1] <= tested.end
    windows = dict.fromkeys([*([tested.headline] if inside else []), *tested.spec.window_list])
    return tuple(_of(tested, window) for window in windows)


def _of(tested: Tested, window: Window) -> WindowTests:
    found = list(_three(tested, window))
    return WindowTests(window, tuple(one[0] for one in found), tuple(one[2] for one in found))


def _three(tested: Tested, window: Window) -> Iterator[Found]:
    t = sum_test(tested, T, window)
    yield t
    yield _placebo(tested, window), window, NOWHERE
    yield _corrected(tested, t[0], window)


def _corrected(tested: Tested, t: Outcome, window: Window) -> Found:
    """Test a sum with the variance that sums of the residuals have."""
    if not t.applies:
        return not_applicable(CORRECTED, t.reason), window, NOWHERE
    length, k = window[1] - window[0] + 1, tested.n_obs - tested.df
    outcome = corrected_t(t.estimate, t.std_error**2, tested.residuals(holes=True), length, k=k)
    if not outcome.applies:
        return outcome, window, NOWHERE
    half = float(t_quantile(tested.spec.level, np.array(outcome.df))) * outcome.std_error
    return outcome, window, (t.estimate - half, t.estimate + half)


def _placebo(tested: Tested, window: Window) -> Outcome:
    """Rank a sum among the windows of its length, each standardized by a fit without it."""
    length, need = window[1] - window[0] + 1, MIN_WINDOW_RATIO * (window[1] - window[0] + 1)
    ar = tested.abnormal.ar[0, window[0] - tested.first : window[1] - tested.first + 1]
    known = int(np.isfinite(ar).sum())
    if known < length:
        lost = LOST.format(lost=length - known, length=length)
        return not_applicable(PLACEBO, lost if known else NO_MOVE)
    if length > 1 and tested.n_obs < need:
        return not_applicable(PLACEBO, NO_RANK.format(need=need, sessions=length, n=tested.n_obs))
    begin, estimate = np.array([tested.at + window[0]]), float(ar.sum())
    if length == 1 and not tested.no_covariance:
        ranks = rank_with_refit(tested.sample(), begin)
        p_value, p_floor, note = ranks.p_value, ranks.p_floor, REFIT
    else:
        scars = window_scars(tested.alignment, tested.estimates, np.array([tested.place]), begin, length)
        p_value, p_floor = ranked_scars(scars)
        note = OVERLAPPING if length > 1 else ""
    if np.isnan(p_value[0]):
        return not_applicable(PLACEBO, NO_MOVE)
    return Outcome(PLACEBO, np.nan, float(p_value[0]), estimate, p_floor=float(p_floor[0]), note=note)
