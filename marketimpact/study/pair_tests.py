"""The tests of one pair that are no ranks of its headline, and all of them in their order."""

from __future__ import annotations

import numpy as np

from ..maths.abnormal import covariance, cumulate
from ..maths.max_statistic import max_with_refit, sup_t
from ..maths.one_event import EQUIVALENCE, detectable_factor, equivalence_t, squared_autocorrelation
from ..maths.outcome import Outcome, not_applicable
from ..maths.parametric import t_p_value, t_quantile
from ..maths.power import POWER, detectable_rank
from .inference import MISSING
from .pair_ranks import SEVERAL, ranks_of
from .tested import NOWHERE, Found, Tested
from .which_day import MIN_RATIO

__all__ = [
    "AFTER",
    "DETECTABLE",
    "DETECTABLE_RANK",
    "LARGEST",
    "LEAK",
    "REMAINS",
    "T",
    "all_tests",
    "sum_test",
]

T = "t"
LARGEST = "largest of the event window"
LEAK = "leak (before)"
AFTER = "reversal (after)"
REMAINS = "what remains (headline and after)"
DETECTABLE = "minimum detectable effect"
DETECTABLE_RANK = "minimum detectable effect (rank)"

NO_SUCH = "the event window holds no such session"
NO_MOVE = "no move of the window is known"
NO_MARGIN = "no margin was given"
ONE_SESSION = "the event window holds one session"
TOO_SHORT = "T = {n} is too short to reject any effect at this level"
TRUSTS = "trusts normal errors and one variance"
BY_RANK = "tau = {tau}, by its rank among T + L = {n}"
BY_SUP_T = (
    "tau = {tau}, by the multivariate t: with heavy tails it rejects 12 % of 5 days, 20 % of 11, at 5 %"
)


def all_tests(tested: Tested, margin: float | None) -> list[Found]:
    """Give all tests of one pair in their order; see `OneEvent`.

    Parameters
    ----------
    tested : Tested
    margin : float or None
        An effect that would not matter [move unit].
    """
    t = _whole(tested, T, tested.headline, TRUSTS)
    estimation = tested.spec.timeline.estimation
    return [
        t,
        *ranks_of(tested),
        (_largest(tested), tested.spec.timeline.event, NOWHERE),
        (squared_autocorrelation(tested.residuals()), estimation, NOWHERE),
        _whole(tested, LEAK, (tested.first, -1)),
        _whole(tested, AFTER, (tested.late + 1, tested.end)),
        _whole(tested, REMAINS, (0, tested.end)),
        _equivalence(tested, t[0], margin),
        (_detectable(tested, t[0]), tested.headline, NOWHERE),
        (_detectable_rank(tested, t[0]), tested.headline, NOWHERE),
    ]


def _whole(tested: Tested, name: str, window: tuple[int, int], note: str = "") -> Found:
    """Test a sum that says nothing without its headline."""
    if window[1] < window[0] or (name == REMAINS and tested.late == tested.end):
        return not_applicable(name, NO_SUCH), window, NOWHERE
    if tested.missing and window[0] == 0:
        return not_applicable(name, MISSING), window, NOWHERE
    return sum_test(tested, name, window, note)


def sum_test(tested: Tested, name: str, window: tuple[int, int], note: str = "") -> Found:
    """Test a sum of abnormal moves by its exact variance.

    Parameters
    ----------
    tested : Tested
    name : str
        Name of the test.
    window : (int, int)
        First and last tau, both within the event window.
    note : str
        What a reader must know of the number.

    Returns
    -------
    Outcome, window and interval
    """
    if tested.no_covariance:
        return not_applicable(name, tested.no_covariance), window, NOWHERE
    length = window[1] - window[0] + 1
    columns = np.array(window[0] - tested.first), np.array(window[1] - tested.first)
    sums = cumulate(tested.abnormal, tested.fit, [columns])
    n, df = int(sums.sessions[0, 0]), tested.df
    if not n:
        return not_applicable(name, NO_MOVE), window, NOWHERE
    estimate, error = float(sums.car[0, 0]), float(np.sqrt(sums.variance[0, 0]))
    p_value = float(t_p_value(np.array(estimate / error), np.array(df)))
    half = float(t_quantile(tested.spec.level, df)) * error
    remarks = [note, f"{length - n} of {length} moves missing, they add nothing" if n < length else ""]
    outcome = Outcome(
        name, estimate / error, p_value, estimate, error, float(df), note="; ".join(filter(None, remarks))
    )
    return outcome, window, (estimate - half, estimate + half)


def _largest(tested: Tested) -> Outcome:
    """Judge the largest abnormal move of the event window as the largest: by its rank, or by the multivariate t."""
    length, ar = tested.spec.timeline.event_length, tested.abnormal.ar[0]
    reason = tested.no_covariance or (ONE_SESSION if length == 1 else "")
    if reason or not np.isfinite(ar).any():
        return not_applicable(LARGEST, reason or NO_MOVE)
    errors = np.sqrt(tested.abnormal.variance(tested.fit)[0])
    lost = length - int(np.isfinite(ar).sum())
    if tested.n_obs >= MIN_RATIO * length and not lost:
        found = max_with_refit(tested.sample(), np.array([tested.at + tested.first]), length)
        day = int(found.which[0])
        note = BY_RANK.format(tau=tested.first + day, n=tested.n_obs + length)
        return Outcome(
            LARGEST, np.nan, float(found.p_value[0]), float(ar[day]), float(errors[day]),
            p_floor=float(found.p_floor[0]), note=note,
        )  # fmt: skip
    statistic, day, p_value = sup_t(ar, covariance(tested.abnormal, tested.fit)[0], float(tested.df))
    note = BY_SUP_T.format(tau=tested.first + day)
    if lost:
        note += f"; {lost} of {length} moves missing"
    return Outcome(
        LARGEST, statistic, p_value, float(ar[day]), float(errors[day]), float(tested.df), note=note
    )


def _equivalence(tested: Tested, t: Outcome, margin: float | None) -> Found:
    """Two one-sided tests against the margin, with the interval that must lie within it."""
    reason = t.reason or (NO_MARGIN if margin is None else "")
    if reason or margin is None:
        return not_applicable(EQUIVALENCE, reason), tested.headline, NOWHERE
    outcome = equivalence_t(t.estimate, t.std_error, t.df, margin)
    half = float(t_quantile(2.0 * tested.spec.level - 1.0, int(t.df))) * t.std_error
    return outcome, tested.headline, (t.estimate - half, t.estimate + half)


def _detectable(tested: Tested, t: Outcome) -> Outcome:
    """Give the effect that the t finds in four of five cases."""
    if not t.applies:
        return not_applicable(DETECTABLE, t.reason)
    factor = detectable_factor(t.df, tested.spec.level, POWER)
    note = f"of the t, {100 * POWER:.0f} % power: {factor:.2f} standard errors"
    return Outcome(DETECTABLE, factor, np.nan, factor * t.std_error, t.std_error, t.df, note=note)


def _detectable_rank(tested: Tested, t: Outcome) -> Outcome:
    """Give the effect that the rank with refit finds in four of five cases under normal errors."""
    several = SEVERAL.format(sessions=tested.late + 1) if tested.late else ""
    factor = detectable_rank(tested.n_obs, level=tested.spec.level, power=POWER)
    short = "" if np.isfinite(factor) else TOO_SHORT.format(n=tested.n_obs)
    if reason := t.reason or several or short:
        return not_applicable(DETECTABLE_RANK, reason)
    note = f"of the rank, {100 * POWER:.0f} % power under normal errors: {factor:.2f} standard errors"
    return Outcome(DETECTABLE_RANK, factor, np.nan, factor * t.std_error, t.std_error, note=note)
