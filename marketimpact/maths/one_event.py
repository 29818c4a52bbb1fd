"""One event, one series: an interval without normal errors, a rank that knows volatility, and what a t can see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats
from scipy.integrate import quad
from scipy.optimize import brentq

from .frozen import Frozen, read_only
from .least_squares import fit_rows
from .outcome import Outcome, not_applicable
from .single_event import TIE, Ranks

__all__ = [
    "BURN_IN",
    "CLUSTERING",
    "DECAY",
    "EQUIVALENCE",
    "LAGS",
    "RankInterval",
    "conditional_rank",
    "detectable_factor",
    "equivalence_t",
    "ewma_volatility",
    "outside_support",
    "rank_in_volatility",
    "rank_interval",
    "squared_autocorrelation",
]

DECAY = 0.94
"""Weight of yesterday's variance in today's: the daily value of RiskMetrics (1996)."""

BURN_IN = 20
"""Sessions whose mean square starts the variance, and that are not ranked themselves."""

LAGS = 5
"""Autocorrelations of squared residuals that are tested together: a week of sessions."""

CLUSTERING = "autocorrelation of squared residuals"
EQUIVALENCE = "equivalence (two one-sided t)"


@dataclass(frozen=True, slots=True, eq=False)
class RankInterval(Frozen):
    """Confidence intervals of N effects by inversion of the rank with refit.

    Attributes
    ----------
    conf_low, conf_high : ndarray, shape (N,)
        Their ends [move unit]; infinite where T is too short for the level, NaN where the event is unknown.
    coverage : ndarray, shape (N,)
        1 - c / (T + 1), the probability that the interval holds the effect under exchangeable errors: the level,
        or a little more.
    """

    conf_low: NDArray[np.float64]
    conf_high: NDArray[np.float64]
    coverage: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.conf_low, self.conf_high, self.coverage)


def rank_interval(
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    usable: NDArray[np.bool_],
    root: NDArray[np.float64],
    level: float,
) -> RankInterval:
    """Give the effects d of an event that the rank with refit does not reject.

    An effect d is taken from the event's move, the model is fitted again on the T + 1 observations, and the rank
    p of what remains is compared with 1 - level. No search is needed. With e the residuals and m the event's
    column of I - H, H = X(X'X)^-1 X', those of an effect d are e - d m, so that observation i is at least as
    large as the event wherever d lies between

    (e_0 - e_i) / (m_0 - m_i)  and  (e_0 + e_i) / (m_0 + m_i),

    and every such interval holds e_0 / m_0, the abnormal move out of sample. p(d) is the share of intervals that
    hold d, the event's own among them: it falls to both sides, and with c = floor((1 - level)(T + 1)) the ends are
    the c-th lowest and the c-th highest of all. With c = 0, where T + 1 is below 1 / (1 - level), no effect can be
    rejected and the interval is the whole line; as sizes are ranked, never a half of it.

    Under exchangeable errors it holds the effect with the probability 1 - c / (T + 1), whatever their tails.

    Parameters
    ----------
    y : ndarray, shape (N, T + 1)
        Weighted moves, the event's last, zero where unusable.
    x : ndarray, shape (k, N, T + 1)
        Weighted regressors, zero where unusable.
    usable : ndarray of bool, shape (N, T + 1)
    root : ndarray, shape (N,)
        Root of the variance ratio of the event's move: it turns a weighted move back into a move.
    level : float
        Level of the interval, between 0 and 1.

    Returns
    -------
    RankInterval
        An observation whose residual the event's effect moves as much as the event's own (leverage of a half and
        more) cannot be told from it for some effects on both sides, and counts there for all: the interval then
        holds the level at least.

    References
    ----------
    Gelbach, Helland and Klick (2013), the SQ test that is inverted, doi:10.1093/aler/aht006.

    Examples
    --------
    Twenty moves of 1 and -1 and an event of 5: the mean, and what one residual in 21 allows about it.

    >>> y = np.array([[1.0, -1.0] * 10 + [5.0]])
    >>> found = rank_interval(y, np.ones((1, 1, 21)), np.full((1, 21), True), np.ones(1), 0.95)
    >>> found.conf_low.round(3).tolist(), found.conf_high.round(3).tolist(), found.coverage.round(3).tolist()
    ([3.895], [6.105], [0.952])
    """
    unit = np.zeros_like(y)
    unit[:, -1] = 1.0
    n = len(y)
    _, _, both = fit_rows(np.concatenate([y, unit]), np.concatenate([x, x], axis=1))
    e, m = both[:n, :-1], np.where(usable, both[n:], 0.0)[:, :-1]
    own, kept = both[:n, -1:], both[n:, -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (own - e) / (kept - m), (own + e) / (kept + m)
        # What remains of the event's own effect is 1 - h_0: rounding alone where a regressor explains it wholly.
        endless = ~(np.abs(m) < kept * (1.0 - TIE)) | (kept < TIE)
        low = np.where(endless, -np.inf, np.minimum(first, second))
        high = np.where(endless, np.inf, np.maximum(first, second))
    others = usable[:, :-1]
    low, high = np.where(others, low, np.inf), np.where(others, high, -np.inf)  # they end no interval
    total = np.count_nonzero(usable, axis=1)
    count = np.floor((1.0 - level) * total + TIE).astype(np.int64)
    at = np.clip(count - 1, 0, None)
    rows = np.arange(n)
    whole, known = count < 1, usable[:, -1] & np.isfinite(own[:, 0])
    ends = (
        np.where(whole, -np.inf, np.sort(low, axis=1)[rows, at]),
        np.where(whole, np.inf, -np.sort(-high, axis=1)[rows, at]),
    )
    conf_low, conf_high = (np.where(known, end * root, np.nan) for end in ends)
    return RankInterval(conf_low, conf_high, np.where(known, 1.0 - count / np.maximum(total, 1), np.nan))


def ewma_volatility(residuals: NDArray[np.float64], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the volatility of each session from the sessions before it alone.

    s2_t = .94 s2_(t-1) + .06 e_(t-1)^2, begun with the mean square of the first 20 residuals. An unusable session
    leaves it as it is.

    Parameters
    ----------
    residuals : ndarray, shape (N, n)
        Weighted residuals in the order of time [move unit].
    usable : ndarray of bool, shape (N, n)

    Returns
    -------
    ndarray, shape (N, n)
        NaN until 20 usable residuals lie behind.

    References
    ----------
    J.P. Morgan and Reuters (1996), RiskMetrics Technical Document, 4th edition, section 5.2.

    Examples
    --------
    >>> e = np.array([[1.0] * 20 + [3.0, 0.0]])
    >>> (ewma_volatility(e, np.full((1, 22), True))[0, 19:] ** 2).round(2).tolist()
    [nan, 1.0, 1.48]
    """
    variance, seen = np.zeros(len(residuals)), np.zeros(len(residuals), dtype=np.int64)
    volatility = np.full(residuals.shape, np.nan)
    for t in range(residuals.shape[1]):
        ready = seen >= BURN_IN
        volatility[:, t] = np.where(ready, np.sqrt(variance), np.nan)
        square = residuals[:, t] ** 2
        grown = np.where(ready, DECAY * variance + (1.0 - DECAY) * square, variance + square / BURN_IN)
        variance = np.where(usable[:, t], grown, variance)
        seen += usable[:, t]
    return volatility


def conditional_rank(
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    usable: NDArray[np.bool_],
    fitted: NDArray[np.bool_],
) -> Ranks:
    """Rank the abnormal move of one session in units of the volatility of its day.

    The model is fitted on the estimation window and the event, as in `rank_with_refit`. Each residual is divided
    by its own EWMA volatility, from the sessions before it alone (`ewma_volatility`), the event's by that of
    tau = -1; then sizes are ranked. Where volatility clusters, the plain rank compares the event with calm and
    stormy days alike: from the calmest to the stormiest fifth of days it rejects 2 to 12 % at a nominal 5 %, this
    one 7 to 3 % (T = 120, GARCH with .10 and .88). It is not exact: the volatility is estimated, and returns to its
    mean more than this estimate knows. Without clusters it rejects 4.5 to 5.1 %.

    Parameters
    ----------
    y : ndarray, shape (N, n)
        Weighted moves from the first session of the estimation window to the event's, in the order of time.
    x : ndarray, shape (k, N, n)
        Weighted regressors.
    usable : ndarray of bool, shape (N, n)
        Sessions whose move is known: the volatility follows them all, those between window and event too.
    fitted : ndarray of bool, shape (N, n)
        Those that are fitted and ranked: estimation window and event.

    Returns
    -------
    Ranks
        NaN where the event is unknown, where no ranked session lies behind 20 others, or where the quotes stand
        still through the first 20.

    Examples
    --------
    A move of 3 among moves of 1 and -1 is unusual; after twenty moves of 3 and -3 it is not:

    >>> calm, storm = [1.0, -1.0] * 20, [3.0, -3.0] * 10
    >>> y = np.array([calm + calm[:20] + [3.0], calm + storm + [3.0]])
    >>> known = np.full(y.shape, True)
    >>> conditional_rank(y, np.empty((0, *y.shape)), known, known).p_value.round(3).tolist()
    [0.024, 0.512]
    """
    kept = fitted & usable
    params, _, _ = fit_rows(np.where(kept, y, 0.0), np.where(kept, x, 0.0))
    residuals = np.where(usable, y - np.einsum("kn,knt->nt", params, x), 0.0)
    return rank_in_volatility(residuals, ewma_volatility(residuals, usable), kept)


def rank_in_volatility(
    residuals: NDArray[np.float64], volatility: NDArray[np.float64], kept: NDArray[np.bool_]
) -> Ranks:
    """Rank the size of the last residual among some others, each divided by the volatility of its session.

    Parameters
    ----------
    residuals : ndarray, shape (N, n)
        Weighted residuals, the event's last [move unit].
    volatility : ndarray, shape (N, n)
        Of each session, from the sessions before it [move unit]; NaN where unknown: such sessions are not ranked.
    kept : ndarray of bool, shape (N, n)
        Sessions that are ranked, the event's among them.

    Returns
    -------
    Ranks
        NaN where the event is unknown or alone, or a ranked volatility is zero.

    Examples
    --------
    >>> e, volatility = np.array([[1.0, 2.0, 3.0, 8.0]]), np.array([[np.nan, 1.0, 1.0, 4.0]])
    >>> rank_in_volatility(e, volatility, np.full((1, 4), True)).p_value.tolist()
    [1.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.abs(residuals) / volatility
    ranked = kept & ~np.isnan(volatility)
    total = np.count_nonzero(ranked, axis=1)
    finite = np.where(ranked, np.isfinite(size), True).all(axis=1)
    known = ranked[:, -1] & (total > 1) & finite
    at_least = np.count_nonzero((size >= size[:, -1:] * (1.0 - TIE)) & ranked, axis=1)
    p_value = np.where(known, at_least / np.maximum(total, 1), np.nan)
    return Ranks(p_value, np.where(known, 1.0 / np.maximum(total, 1), np.nan))


def outside_support(
    leverage: NDArray[np.float64], k: int, n_obs: NDArray[np.int64] | int
) -> NDArray[np.bool_]:
    """Tell where an event's factors lie outside the values that the estimation window knows: h_0 > 3 k / T.

    h_0 = x_0'(X'X)^-1 x_0 is k / T on average over the window itself. Beyond three times that the abnormal move rests
    on a straight line where no data lie, and its error on that line. With one normal factor h_0 = (1 + z^2) / T, so
    that one ordinary day in 40 is outside, abs(z) > 2.24.

    Parameters
    ----------
    leverage : ndarray, shape (N,)
        h_0 of ordinary sessions: regressors divided by sqrt(v), the intercept 1.
    k : int
        Parameters of the mean. With one or none there is no factor, and nothing lies outside.
    n_obs : ndarray of int, shape (N,), or int
        Estimation moves T.

    Returns
    -------
    ndarray of bool, shape (N,)

    References
    ----------
    Belsley, Kuh and Welsch (1980), Regression Diagnostics, section 2.1, doi:10.1002/0471725153.

    Examples
    --------
    >>> outside_support(np.array([0.04, 0.06]), 2, 120).tolist()
    [False, True]
    """
    if k < 2:
        return np.zeros(np.shape(leverage), dtype=bool)
    return np.asarray(leverage > 3.0 * k / np.asarray(n_obs))


def squared_autocorrelation(residuals: NDArray[np.float64]) -> Outcome:
    """Test whether volatility clusters: are squared residuals correlated with those of the week before?

    Q = n (n + 2) sum_j r_j^2 / (n - j), r_j the autocorrelation of the squares at lag j = 1..5, beside chi-square
    with 5 degrees of freedom. It needs fourth moments: with heavy tails it finds less than there is.

    Parameters
    ----------
    residuals : ndarray, shape (T,)
        Residuals in the order of time [move unit].

    Returns
    -------
    Outcome
        Not applicable to fewer than 20 residuals, or where their squares do not vary.

    References
    ----------
    McLeod and Li (1983), doi:10.1111/j.1467-9892.1983.tb00373.x.

    Examples
    --------
    >>> calm_then_storm = np.array([0.1, -0.1] * 20 + [3.0, -2.0] * 5)
    >>> squared_autocorrelation(calm_then_storm).p_value < 0.001
    True
    """
    n = len(residuals)
    if n < BURN_IN:
        return not_applicable(CLUSTERING, f"needs {BURN_IN} residuals or more, has {n}")
    squares = residuals**2
    deviation = squares - squares.mean()
    spread = float(deviation @ deviation)
    if spread <= (TIE * float(squares.mean())) ** 2 * n:
        return not_applicable(CLUSTERING, "the squared residuals do not vary")
    lags = np.arange(1, LAGS + 1)
    r = np.array([deviation[j:] @ deviation[:-j] for j in lags]) / spread
    q = float(n * (n + 2) * np.sum(r**2 / (n - lags)))
    parts = (("n", float(n)), *((f"r_{j}", float(one)) for j, one in zip(lags, r, strict=True)))
    return Outcome(CLUSTERING, q, float(stats.chi2.sf(q, LAGS)), df=float(LAGS), parts=parts)


def equivalence_t(estimate: float, std_error: float, df: float, margin: float) -> Outcome:
    """Test whether an effect is smaller than a margin: two one-sided t tests.

    t = (margin - abs(estimate)) / std_error with T - k degrees of freedom, p = P(T > t): the larger p of the tests
    against -margin and +margin. p below 5 % says that the 90 % interval lies within the margin: that nothing as
    large as the margin happened, which a large p of the t never says.

    Parameters
    ----------
    estimate, std_error : float
        Effect and its standard error [move unit].
    df : float
        Degrees of freedom.
    margin : float
        Above 0 [move unit].

    Returns
    -------
    Outcome
        Its statistic is t; its p is one-sided.

    References
    ----------
    Schuirmann (1987), doi:10.1007/BF01068419.

    Examples
    --------
    >>> round(equivalence_t(1.0, 2.0, 118, 5.0).p_value, 4)
    0.0239
    """
    statistic = (margin - abs(estimate)) / std_error
    p_value = float(stats.t.sf(statistic, df))
    return Outcome(
        EQUIVALENCE, statistic, p_value, estimate, std_error, df, note="small p: the effect is within the margin",
        parts=(("margin", margin),),
    )  # fmt: skip


def detectable_factor(df: float, level: float, power: float = 0.8) -> float:
    """Give the effect, in standard errors, that a two-sided t test finds with a given power.

    It is the f with P(abs(T) > c) = power for the noncentral t with T - k degrees of freedom and noncentrality f,
    c the test's own critical value: 2.82 at 118 degrees of freedom, 5.65 at 2.

    Parameters
    ----------
    df : float
        Degrees of freedom.
    level : float
        One minus the test's size, between 0 and 1.
    power : float
        Between 1 - level and 1.

    Returns
    -------
    float

    Examples
    --------
    >>> [round(detectable_factor(df, 0.95), 2) for df in (2, 4, 29, 118)]
    [5.65, 3.76, 2.9, 2.82]
    """
    critical = float(stats.t.isf((1.0 - level) / 2.0, df))
    ends = stats.chi.ppf(1e-14, df), stats.chi.isf(1e-14, df)
    constant = (df / 2.0 - 1.0) * np.log(2.0) + special.gammaln(df / 2.0)

    def lacking(factor: float) -> float:
        # P(abs(T) > c given s), averaged over s: the noncentral t of a library is NaN far out, where few degrees
        # of freedom have their critical value.
        def beyond(z: float) -> float:
            bound = critical * z / np.sqrt(df)
            both = special.ndtr(factor - bound) + special.ndtr(-factor - bound)
            return float(both * np.exp((df - 1.0) * np.log(z) - z * z / 2.0 - constant))

        return float(quad(beyond, *ends, epsabs=1e-10, limit=200)[0]) - power

    high = critical + 1.0
    while lacking(high) < 0.0:
        high *= 2.0
    return float(brentq(lacking, 0.0, high, xtol=1e-9))
