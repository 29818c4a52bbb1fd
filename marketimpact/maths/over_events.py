"""Parametric tests of a mean over many pairs: what each trusts, and where it does not apply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError
from .calendar_weights import MeanCorrelation
from .outcome import Outcome, not_applicable
from .parametric import EQUAL, t_p_value

__all__ = [
    "ADJUSTED_PATELL",
    "BMP",
    "CROSS_SECTIONAL",
    "CRUDE",
    "KOLARI_PYNNONEN",
    "MIN_PAIRS",
    "PATELL",
    "SKEWNESS_ADJUSTED",
    "adjusted_patell_z",
    "average_row",
    "bmp_t",
    "cross_sectional_t",
    "crude_dependence_t",
    "kolari_pynnonen_t",
    "patell_z",
    "skewness_adjusted_t",
    "summed_sar",
]

CROSS_SECTIONAL = "cross-sectional t"
CRUDE = "crude dependence t"
PATELL = "Patell z"
ADJUSTED_PATELL = "adjusted Patell z"
BMP = "BMP t"
KOLARI_PYNNONEN = "Kolari-Pynnonen t"
SKEWNESS_ADJUSTED = "skewness-adjusted t"

MIN_PAIRS = 5
"""Pairs below which a spread over pairs says too little: two to four have the cluster t, Patell and permutation."""

MIN_COMMON = 30
"""Estimation sessions that all pairs must share for the spread of their average."""

ROWS = 1_024
"""Rows averaged at once: they stay in the processor's cache."""

INDEPENDENT = "trusts independent pairs"
SAME_VARIANCE = "trusts that the event days' variance is the estimation window's"
UNUSUAL_DAY = "one date cluster: a joint test of an unusual day, not of a mean over events"
IDENTICAL = 1.0 - 1e-12
"""Mean correlation from which on the pairs repeat one another."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The pairs that have a value, in an order of their own, so that sums do not depend on the caller's order."""

    values: NDArray[np.float64]
    places: NDArray[np.int64]
    n_clusters: int

    @property
    def n(self) -> int:
        return len(self.values)

    def refused(self, name: str, reason: str) -> Outcome:
        return not_applicable(name, reason, n=self.n, n_clusters=self.n_clusters)


def _known(
    values: NDArray[np.float64], clusters: NDArray[np.int64] | None, tie: NDArray[np.float64] | None = None
) -> _Known:
    """Choose the pairs that have a value, sorted by it (and by another column where values are equal)."""
    places = np.flatnonzero(np.isfinite(values))
    known = values[places]
    places = places[np.argsort(known) if tie is None else np.lexsort((tie[places], known))]
    groups = len(places) if clusters is None else len(np.unique(clusters[places]))
    return _Known(values[places], places, groups)


def _too_few(known: _Known, least: int) -> str:
    """Say why the pairs are too few for a test over pairs; empty where they are enough."""
    if known.n < 2:
        return "no pair has a value" if not known.n else "one pair has no mean over events to test"
    if known.n < least:
        return f"needs {least} pairs or more, has {known.n}: take the t on cluster means, or a permutation"
    return ""


def _one_cluster(known: _Known) -> str:
    return "" if known.n_clusters > 1 else "the pairs of one date cluster are one observation"


def _dependent(known: _Known) -> str:
    """Say why a test that takes pairs for independent does not apply; empty where it does."""
    if (one := _one_cluster(known)) or known.n_clusters == known.n:
        return one
    return (
        f"takes pairs for independent, but {known.n} pairs form {known.n_clusters} date clusters:"
        " take the t on cluster means, or Kolari-Pynnonen with the calendar's correlation"
    )


def _flat(known: _Known) -> str:
    """Say that values do not vary beyond rounding; empty where they do."""
    size = float(np.abs(known.values).max())
    return "the values do not vary" if np.ptp(known.values) <= EQUAL * size else ""


def _plain_t(known: _Known, name: str, note: str) -> Outcome:
    """Give sqrt(N) mean / sd(N-1) with N - 1 degrees of freedom."""
    mean = float(known.values.mean())
    error = float(known.values.std(ddof=1) / np.sqrt(known.n))
    df = known.n - 1
    p_value = float(t_p_value(np.array(mean / error), np.array(df)))
    return Outcome(name, mean / error, p_value, mean, error, float(df), known.n, known.n_clusters, note=note)


def _labelled(note: str, clusters: NDArray[np.int64] | None) -> str:
    return note if clusters is not None else f"{note}, taken as such"


def cross_sectional_t(
    values: NDArray[np.float64], *, clusters: NDArray[np.int64] | None = None, name: str = CROSS_SECTIONAL
) -> Outcome:
    """Test a mean over independent pairs: t = sqrt(N) mean / sd(N-1), with N - 1 degrees of freedom.

    The variance is that of the event days themselves, so it may differ from the estimation window's. Pairs that share
    sessions are not independent: of 30 on one date, correlated .3, its 5 % test rejects half the time.

    Parameters
    ----------
    values : ndarray, shape (N,)
        Abnormal moves, or their sums over one window, of one kind [move unit]; NaN where missing.
    clusters : ndarray of int, shape (N,), optional
        Date cluster of each pair. Without it pairs are taken as independent, and the note says so.
    name : str
        Name under which the outcome is shown.

    Returns
    -------
    Outcome
        Not applicable with fewer than `MIN_PAIRS` pairs, where pairs share a date cluster, or where they do not vary.

    References
    ----------
    Brown and Warner (1985), doi:10.1016/0304-405X(85)90042-X.

    Examples
    --------
    >>> outcome = cross_sectional_t(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    >>> round(outcome.statistic, 6), outcome.df
    (4.242641, 4.0)
    """
    known = _known(values, clusters)
    if reason := _too_few(known, MIN_PAIRS) or _dependent(known) or _flat(known):
        return known.refused(name, reason)
    return _plain_t(known, name, _labelled(INDEPENDENT, clusters))


def bmp_t(
    standardized: NDArray[np.float64], *, clusters: NDArray[np.int64] | None = None, name: str = BMP
) -> Outcome:
    """Test a mean standardized move over independent pairs, with the spread of the event days themselves.

    t = sqrt(N) mean(SCAR) / sd(N-1) of the SCAR, with N - 1 degrees of freedom. The event may raise the variance of
    each pair on its own, not that of a factor which they share; pairs must be independent.

    Parameters
    ----------
    standardized : ndarray, shape (N,)
        SAR_t = A_t / (s sqrt(v_t + h_t)), or SCAR = CAR / sqrt(exact variance); NaN where missing.
    clusters : ndarray of int, shape (N,), optional
        Date cluster of each pair. Without it pairs are taken as independent, and the note says so.
    name : str
        Name under which the outcome is shown.

    Returns
    -------
    Outcome
        As for `cross_sectional_t`; ``estimate`` is the mean [standard deviations].

    References
    ----------
    Boehmer, Musumeci and Poulsen (1991), doi:10.1016/0304-405X(91)90032-F.

    Examples
    --------
    >>> outcome = bmp_t(np.array([0.5, 1.5, 1.0, 2.0, -1.0]))
    >>> round(outcome.statistic, 6), outcome.df
    (1.554057, 4.0)
    """
    return cross_sectional_t(standardized, clusters=clusters, name=name)


def skewness_adjusted_t(
    values: NDArray[np.float64],
    *,
    clusters: NDArray[np.int64] | None = None,
    form: Literal["hall", "johnson"] = "hall",
    name: str = SKEWNESS_ADJUSTED,
) -> Outcome:
    """Test a mean over independent pairs whose values are skewed.

    With S = mean / sd(N-1) and g = sum (x - mean)^3 / (N sd^3), Hall's statistic is
    sqrt(N) (S + g S^2 / 3 + g^2 S^3 / 27 + g / (6 N)), which rises with S; Johnson's, that of Lyon, Barber and Tsai,
    leaves out the third term. They are compared with t, N - 1 degrees of freedom. Lyon, Barber and Tsai find their
    statistic well specified with bootstrapped critical values only, which are not computed here.

    Parameters
    ----------
    values : ndarray, shape (N,)
        Abnormal moves, their sums over one window [move unit], or standardized ones; NaN where missing.
    clusters : ndarray of int, shape (N,), optional
        Date cluster of each pair. Without it pairs are taken as independent, and the note says so.
    form : {"hall", "johnson"}
        Which statistic.
    name : str
        Name under which the outcome is shown.

    Returns
    -------
    Outcome
        As for `cross_sectional_t`.

    Raises
    ------
    InputError
        For a form of another name.

    References
    ----------
    Hall (1992), On the removal of skewness by transformation, Journal of the Royal Statistical Society B 54, 221-228;
    Johnson (1978), Modified t tests and confidence intervals for asymmetrical populations, Journal of the American
    Statistical Association 73, 536-544; Lyon, Barber and Tsai (1999), doi:10.1111/0022-1082.00101.

    Examples
    --------
    Values without skewness leave the plain t:

    >>> round(skewness_adjusted_t(np.array([1.0, 2.0, 3.0, 4.0, 5.0])).statistic, 6)
    4.242641
    """
    if form not in ("hall", "johnson"):
        raise InputError("no such form", parameter="form", received=form, allowed="'hall' or 'johnson'")
    plain = cross_sectional_t(values, clusters=clusters, name=name)
    if not plain.applies:
        return plain
    known = _known(values, clusters)
    sd = float(known.values.std(ddof=1))
    ratio = plain.estimate / sd
    skew = float(((known.values - plain.estimate) ** 3).mean()) / sd**3
    cubic = skew**2 * ratio**3 / 27.0 if form == "hall" else 0.0
    adjusted = ratio + skew * ratio**2 / 3.0 + cubic + skew / (6.0 * known.n)
    statistic = float(np.sqrt(known.n) * adjusted)
    p_value = float(t_p_value(np.array(statistic), np.array(known.n - 1)))
    note = f"{plain.note}; skewness {skew:.2f}"
    parts = (("skewness", skew),)
    return replace(plain, statistic=statistic, p_value=p_value, note=note, parts=parts)


def crude_dependence_t(
    car: NDArray[np.float64],
    residuals: NDArray[np.float64],
    sessions: int,
    *,
    k: int = 1,
    parameter_error: bool = True,
    clusters: NDArray[np.int64] | None = None,
    days: NDArray[np.int64] | None = None,
) -> Outcome:
    """Test a mean against the spread of the average residual over the estimation window.

    t = mean(CAR) / (S sqrt(L + L^2/T)), S^2 = sum_t (mean_i e_it)^2 / (T - k), with T - k degrees of freedom, T - 1
    where nothing was fitted, for the average residual is then taken about its own mean. Pairs on one date are allowed
    to move together, as averages of one session are compared. Brown and Warner divide by S sqrt(L): at T = 30 and L =
    11 their 5 % test rejects 9 %, for S sqrt(L) leaves out the error of the mean. Windows that overlap without
    beginning on one day break it (43 % where 20 of 11 sessions lie one day apart).

    Parameters
    ----------
    car : ndarray, shape (N,)
        Abnormal moves or their sums over one window [move unit]; NaN where missing.
    residuals : ndarray, shape (N, T) or (T,)
        Residuals of the estimation windows, aligned in event time; NaN where missing. Sessions that a pair lacks do
        not count for any, as an average over fewer pairs has another variance. A single row is the average over the
        pairs with a sum, as `average_row` gives it.
    sessions : int
        Length L of the window [sessions].
    k : int
        Parameters of each fit. Brown and Warner divide by T - 1.
    parameter_error : bool
        False for the published form, sqrt(L).
    clusters : ndarray of int, shape (N,), optional
        Date cluster of each pair. Without it pairs are taken as aligned, and the note says so.
    days : ndarray of int, shape (N,), optional
        First day of each window: pairs of one cluster must begin on one day.

    Returns
    -------
    Outcome
        Not applicable with fewer than `MIN_PAIRS` pairs, one date cluster, staggered windows, or fewer than 30
        sessions that all pairs have.

    References
    ----------
    Brown and Warner (1985), doi:10.1016/0304-405X(85)90042-X.

    Examples
    --------
    >>> ordinary = np.tile([1.0, -1.0], (5, 20))
    >>> outcome = crude_dependence_t(np.full(5, 2.0), ordinary, 1)
    >>> round(outcome.statistic, 6), outcome.df
    (1.95061, 39.0)
    """
    known = _known(car, clusters)
    if reason := _too_few(known, MIN_PAIRS) or _one_cluster(known) or _staggered(known, clusters, days):
        return known.refused(CRUDE, reason)
    average = residuals
    if residuals.ndim == 2:
        order = _told_apart(known, residuals)
        average = average_row(residuals[rows] for rows in np.array_split(order, 1 + known.n // ROWS))
    average = average[np.isfinite(average)]
    total = len(average)
    if total < max(MIN_COMMON, k + 1):
        return known.refused(CRUDE, f"needs {MIN_COMMON} sessions that all pairs have, has {total}")
    factor = sessions + (sessions**2 / total if parameter_error else 0.0)
    # A residual's mean is zero where the model has an intercept; about its own mean, the sum is never too large.
    df = total - max(k, 1)
    error = float(np.sqrt(((average - average.mean()) ** 2).sum() / df * factor))
    mean = float(known.values.mean())
    if not error > EQUAL * abs(mean):
        return known.refused(CRUDE, "the average residual does not vary")
    p_value = float(t_p_value(np.array(mean / error), np.array(df)))
    note = f"{total} sessions; {SAME_VARIANCE}" + ("" if clusters is not None else "; pairs taken as aligned")
    spread = float(error / np.sqrt(factor))
    return Outcome(
        CRUDE, mean / error, p_value, mean, error, float(df), known.n, known.n_clusters, note=note,
        parts=(("S", spread), ("factor", factor)),
    )  # fmt: skip


def average_row(parts: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Average rows that come in parts.

    Parameters
    ----------
    parts : iterable of ndarray, shape (N, T)

    Returns
    -------
    ndarray, shape (T,)
        NaN where a row is.

    Examples
    --------
    >>> average_row([np.array([[1.0, 2.0]]), np.array([[3.0, np.nan], [5.0, 1.0]])]).tolist()
    [3.0, nan]
    """
    total, n = np.zeros(()), 0
    for part in parts:
        total, n = total + part.sum(axis=0), n + len(part)
    return np.asarray(total / max(n, 1))


def _told_apart(known: _Known, rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the places of the known pairs in an order of their own: by their values, equal ones by their rows."""
    order = known.places.copy()
    ties = np.flatnonzero(np.diff(known.values) == 0.0)
    for run in np.split(ties, np.flatnonzero(np.diff(ties) > 1) + 1) if len(ties) else ():
        places = order[run[0] : run[-1] + 2]
        order[run[0] : run[-1] + 2] = places[np.lexsort(rows[places].T)]
    return order


def _staggered(known: _Known, clusters: NDArray[np.int64] | None, days: NDArray[np.int64] | None) -> str:
    """Say that windows of one cluster begin on different days; empty where they do not, or it is not known."""
    if clusters is None or days is None:
        return ""
    begins = np.unique(np.stack([clusters[known.places], days[known.places]]), axis=1)
    if begins.shape[1] == known.n_clusters:
        return ""
    return (
        "windows overlap that do not begin on one day: take Kolari-Pynnonen with the calendar's correlation"
    )


def summed_sar(sar: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum standardized daily moves: sum_t SAR_t / sqrt(L), L the days that are there.

    This takes the days of a window for independent, which a SCAR of the exact variance does not. Dividing each sum by
    a root of something else, such as cumulating SAR_t / sqrt(t), gives Patell's test a size of 11 to 37 %.

    Parameters
    ----------
    sar : ndarray, shape (N, L)
        NaN where missing.

    Returns
    -------
    ndarray, shape (N,)
        NaN where no day is there.

    Examples
    --------
    >>> summed_sar(np.array([[1.0, 2.0, 0.0, 1.0], [3.0, np.nan, np.nan, np.nan]])).tolist()
    [2.0, 3.0]
    """
    count = np.isfinite(sar).sum(axis=1)
    total = np.where(np.isfinite(sar), sar, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.sqrt(np.maximum(count, 1)), np.nan)


def patell_z(
    standardized: NDArray[np.float64],
    df: NDArray[np.int64],
    *,
    clusters: NDArray[np.int64] | None = None,
    name: str = PATELL,
) -> Outcome:
    """Test a sum of standardized moves over independent pairs with the estimation windows' variance.

    z = sum_i SCAR_i / sqrt(sum_i Q_i), Q_i = (T - k) / (T - k - 2), the variance of a t with T - k degrees of freedom;
    normal for many pairs. It is never a headline: its 5 % test rejects 45 % where events share a date with
    correlation .3, and 17 to 27 % where the event days' variance is two to three times the estimation window's.

    Parameters
    ----------
    standardized : ndarray, shape (N,)
        SAR, SCAR or `summed_sar`; NaN where missing.
    df : ndarray of int, shape (N,)
        Degrees of freedom T - k of each pair.
    clusters : ndarray of int, shape (N,), optional
        Date cluster of each pair. Without it pairs are taken as independent, and the note says so.
    name : str
        Name under which the outcome is shown.

    Returns
    -------
    Outcome
        ``estimate`` is the mean [standard deviations]; not applicable with one pair, where pairs share a date cluster,
        or where T - k is below 3.

    References
    ----------
    Patell (1976), doi:10.2307/2490543.

    Examples
    --------
    >>> outcome = patell_z(np.array([1.0, 2.0, 3.0]), np.array([118, 118, 118]))
    >>> round(outcome.statistic, 6), round(outcome.p_value, 6)
    (3.434619, 0.000593)
    """
    known = _known(standardized, clusters, np.asarray(df, dtype=np.float64))
    if reason := _too_few(known, 2) or _dependent(known):
        return known.refused(name, reason)
    return _patell(known, df, name, _labelled(f"{SAME_VARIANCE}; {INDEPENDENT}", clusters), 1.0)


def _patell(known: _Known, df: NDArray[np.int64], name: str, note: str, inflation: float) -> Outcome:
    """Give Patell's z, its variance inflated by what correlated pairs add."""
    degrees = df[known.places].astype(np.float64)
    if degrees.min() <= 2:
        return known.refused(name, "needs T - k above 2 in every pair: the variance of a t is infinite below")
    error = float(np.sqrt((degrees / (degrees - 2.0)).sum() * inflation) / known.n)
    mean = float(known.values.mean())
    p_value = float(2.0 * stats.norm.sf(abs(mean / error)))
    return Outcome(name, mean / error, p_value, mean, error, np.nan, known.n, known.n_clusters, note=note)


def _correlated(known: _Known, correlation: MeanCorrelation) -> str:
    """Say why a mean correlation cannot be used; empty where it can."""
    if np.isnan(correlation.r):
        return "the mean correlation of the pairs is not known"
    return "the pairs repeat one another" if correlation.r >= IDENTICAL else ""


def adjusted_patell_z(
    standardized: NDArray[np.float64],
    df: NDArray[np.int64],
    correlation: MeanCorrelation,
    *,
    clusters: NDArray[np.int64] | None = None,
    name: str = ADJUSTED_PATELL,
) -> Outcome:
    """Test a sum of standardized moves over correlated pairs with the estimation windows' variance.

    z = Patell's z / sqrt(1 + (N - 1) r), r the mean correlation of the pairs: the variance is known from the estimation
    windows, so that no (1 - r) enters as it does in `kolari_pynnonen_t`. It trusts that variance on the event days: if
    it doubles, a 5 % test rejects 17 %. On one date it says that the day was unusual, whatever raised the spread.

    Parameters
    ----------
    standardized : ndarray, shape (N,)
        SAR or SCAR; NaN where missing.
    df : ndarray of int, shape (N,)
        Degrees of freedom T - k of each pair.
    correlation : MeanCorrelation
        Of the same pairs and the same window, as `calendar_correlation` gives it.
    clusters : ndarray of int, shape (N,), optional
        Date cluster of each pair.
    name : str
        Name under which the outcome is shown.

    Returns
    -------
    Outcome

    References
    ----------
    Kolari and Pynnonen (2010), doi:10.1093/rfs/hhq072.

    Examples
    --------
    >>> outcome = adjusted_patell_z(np.array([1.0, 2.0, 3.0]), np.full(3, 118), MeanCorrelation(0.5))
    >>> round(outcome.statistic, 6)
    2.428643
    """
    known = _known(standardized, clusters, np.asarray(df, dtype=np.float64))
    if reason := _too_few(known, 2) or _correlated(known, correlation):
        return known.refused(name, reason)
    remarks = [SAME_VARIANCE, correlation.note, UNUSUAL_DAY if known.n_clusters == 1 else ""]
    note = "; ".join(remark for remark in remarks if remark)
    found = _patell(known, df, name, note, 1.0 + (known.n - 1) * correlation.r)
    return replace(found, parts=(("r", correlation.r),)) if found.applies else found


def kolari_pynnonen_t(
    standardized: NDArray[np.float64],
    correlation: MeanCorrelation,
    *,
    clusters: NDArray[np.int64] | None = None,
    name: str = KOLARI_PYNNONEN,
) -> Outcome:
    """Test a mean standardized move over correlated pairs, with the spread of the event days themselves.

    t = BMP's t sqrt((1 - r) / (1 + (N - 1) r)), r the mean correlation of the pairs: the spread over correlated pairs
    is too small by (1 - r), and the variance of their mean too large by 1 + (N - 1) r. With the calendar's r it holds
    for windows that are staggered and for many events of one instrument. The event may raise the variance of each pair
    on its own; where it raises that of a factor which pairs share, the test rejects too often (14 % if it doubles, for
    30 pairs on one date correlated .3).

    The degrees of freedom are those of the correlation, where it has any, else N - 1. The difference matters where
    dates are few: of 5 dates with 6 pairs each, correlated .95, N - 1 rejects 10 % at a nominal 5 %, and
    Satterthwaite's number 5 %.

    Parameters
    ----------
    standardized : ndarray, shape (N,)
        SAR or SCAR; NaN where missing.
    correlation : MeanCorrelation
        Of the same pairs and the same window, as `calendar_correlation` gives it.
    clusters : ndarray of int, shape (N,), optional
        Date cluster of each pair.
    name : str
        Name under which the outcome is shown.

    Returns
    -------
    Outcome
        ``estimate`` is the mean [standard deviations]; not applicable with fewer than `MIN_PAIRS` pairs, one date
        cluster, or pairs that repeat one another.

    References
    ----------
    Kolari and Pynnonen (2010), doi:10.1093/rfs/hhq072.

    Examples
    --------
    >>> outcome = kolari_pynnonen_t(np.array([0.5, 1.5, 1.0, 2.0, -1.0]), MeanCorrelation(0.25))
    >>> round(outcome.statistic, 6), outcome.df
    (0.951662, 4.0)
    """
    known = _known(standardized, clusters)
    reason = _too_few(known, MIN_PAIRS) or _one_cluster(known) or _correlated(known, correlation)
    if reason := reason or _flat(known):
        return known.refused(name, reason)
    plain = _plain_t(known, name, correlation.note)
    widening = float(np.sqrt((1.0 + (known.n - 1) * correlation.r) / (1.0 - correlation.r)))
    degrees = correlation.df if np.isfinite(correlation.df) else plain.df
    statistic = plain.statistic / widening
    p_value = float(2.0 * stats.t.sf(abs(statistic), degrees))
    error = plain.std_error * widening
    parts = (("r", correlation.r),)
    return replace(plain, statistic=statistic, p_value=p_value, std_error=error, df=degrees, parts=parts)
