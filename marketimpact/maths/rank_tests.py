"""Rank tests over many pairs: Corrado, Corrado and Zivney, and the generalized rank test.

Each abnormal move is replaced by its rank among those of its own pair, so that no tail weighs more than a rank.
The arrays hold no dates. Windows of different dates that share sessions break every test here (38 to 46 % at a
nominal 5 %, one session apart with a correlation of .5), and pairs of one date alone are one event: whoever calls
must know. ``n_clusters`` counts every pair as a date of its own.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError
from .outcome import Outcome, not_applicable
from .parametric import t_p_value

__all__ = [
    "CORRADO",
    "CORRADO_ZIVNEY",
    "FEWEST_EFFECTIVE",
    "FEWEST_PAIRS",
    "FEWEST_RESCALED",
    "GRANK_T",
    "GRANK_Z",
    "MOST_ZEROS",
    "RankSums",
    "average_ranks",
    "corrado_rank",
    "corrado_zivney_rank",
    "deviations",
    "grank_refused",
    "grank_t",
    "grank_t_of",
    "grank_z",
    "grank_z_of",
    "mean_rank",
    "ranks_refused",
    "rescaled",
    "two_sided_normal",
]

CORRADO = "Corrado rank"
CORRADO_ZIVNEY = "Corrado-Zivney rank"
GRANK_T = "GRANK-T"
GRANK_Z = "GRANK-Z"

FEWEST_PAIRS = 5
"""Pairs below which no test by ranks or signs applies: two to four carry a t on cluster means or a permutation."""

FEWEST_EFFECTIVE = 3.0
"""Effective pairs N / (1 + (N - 1) r) below which ranks hardly reject: their z stays within sqrt(3 N_eff)."""

FEWEST_RESCALED = 10
"""Pairs below which a test that divides by the deviation over pairs rejects too often: the generalized rank test 26 %
at 2, 12 at 4, 8 at 8, at a nominal 5 %."""

MOST_ZEROS = 0.2
"""Share of zero moves above which tests that rescale the event's moves alone reject too often."""

ROUNDING = 1e-10
"""Values this close, relative to the largest of their row, are ties: a residual and an abnormal move of the same
quote differ by rounding alone, and a rank would make an order of it."""

CHUNK = 1024
"""Rows ranked at once: they stay in the processor's cache."""

SAME_DISTRIBUTION = "trusts that an abnormal move of the event is distributed as its pair's ordinary ones"
UNVARYING = "the moves of a session do not vary over pairs"
OWN_VARIANCE = "allows the event a variance of its own if it is idiosyncratic, not a common factor's"


def average_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank each row from its smallest value, 1, on; ties get the average of the ranks they occupy.

    Parameters
    ----------
    values : ndarray, shape (N, n)
        NaN where missing.

    Returns
    -------
    ndarray, shape (N, n)
        Ranks among the finite values of the row; NaN where missing. Values that differ by less than 1e-10 of the
        row's largest size are ties.

    Examples
    --------
    >>> average_ranks(np.array([[3.0, 1.0, 3.0, np.nan, 2.0]])).tolist()
    [[3.5, 1.0, 3.5, nan, 2.0]]
    """
    ranks = np.empty(values.shape)
    for begin in range(0, len(values), CHUNK):
        part = slice(begin, begin + CHUNK)
        ranks[part] = _rank_rows(values[part])
    return ranks


def _rank_rows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks of rows few enough for the cache."""
    n, width = values.shape
    if not values.size:
        return np.full(values.shape, np.nan)
    missing = ~np.isfinite(values)
    any_missing = bool(missing.any())
    filled = np.where(missing, np.inf, values) if any_missing else values
    order = np.argsort(filled, axis=1)
    order += np.arange(0, n * width, width)[:, None]
    in_order = filled.ravel()[order]
    size = np.abs(np.where(missing, 0.0, values) if any_missing else values).max(axis=1, keepdims=True)
    opens = np.ones(values.shape, dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        # A missing value stands last and is no tie of anything: infinity less infinity is not a number.
        np.logical_not(np.diff(in_order, axis=1) <= ROUNDING * size, out=opens[:, 1:])
    ranks = np.empty(n * width)
    ranks[order] = np.arange(1.0, width + 1.0)
    tied = np.flatnonzero(~opens.all(axis=1))
    if len(tied):
        starts = np.flatnonzero(opens[tied])
        lengths = np.diff(np.append(starts, len(tied) * width))
        middle = starts % width + 1 + (lengths - 1) / 2.0
        ranks[order[tied]] = np.repeat(middle, lengths).reshape(len(tied), width)
    if any_missing:
        ranks[missing.ravel()] = np.nan
    return ranks.reshape(n, width)


class RankSums:
    """Ranks of pairs among their own sessions, summed session by session as the pairs come, part by part.

    U = rank / (M + 1) - 1/2 among the M known values of a pair.

    Parameters
    ----------
    width : int
        Sessions of a pair.

    Attributes
    ----------
    n : int
        Pairs that were added.
    u, furthest : ndarray, shape (width,)
        Sum of U, and of what it would be were the session the largest of every pair.
    count : ndarray of int, shape (width,)
        Pairs that are known.
    spread : float
        Sum over pairs of (M - 1) / (12 (M + 1)), the variance of a U that is any of M with equal chance.

    Examples
    --------
    >>> sums = RankSums(3)
    >>> sums.add(np.array([[3.0, 1.0, 2.0], [5.0, np.nan, 4.0]]))
    >>> sums.u.round(3).tolist(), sums.count.tolist()
    ([0.417, -0.25, -0.167], [2, 1, 2])
    """

    __slots__ = ("count", "furthest", "n", "spread", "u")

    def __init__(self, width: int) -> None:
        self.n, self.spread = 0, 0.0
        self.u, self.furthest = np.zeros(width), np.zeros(width)
        self.count = np.zeros(width, dtype=np.int64)

    def add(self, *columns: NDArray[np.float64]) -> None:
        """Add pairs.

        Parameters
        ----------
        columns : ndarray, shape (N, any)
            Side by side the values of N pairs; NaN where missing.
        """
        for begin in range(0, len(columns[0]), CHUNK):
            part = [values[begin : begin + CHUNK] for values in columns]
            ranks = _rank_rows(np.concatenate(part, axis=1) if len(part) > 1 else part[0])
            known = np.isfinite(ranks)
            total = known.sum(axis=1, keepdims=True)
            ranks /= 1 + total
            ranks -= 0.5
            ranks[~known] = 0.0
            self.u += ranks.sum(axis=0)
            self.furthest += np.where(known, total / (1 + total) - 0.5, 0.0).sum(axis=0)
            self.count += known.sum(axis=0)
            self.n += len(ranks)
            self.spread += float(((total - 1) / (12.0 * (total + 1))).sum())


def corrado_rank(
    estimation: NDArray[np.float64],
    event: NDArray[np.float64],
    *,
    window: tuple[int, int] = (0, 0),
    correlation: float = 0.0,
) -> Outcome:
    """Test the ranks of abnormal moves in a window by their mean over pairs.

    U_it = K_it / (1 + M_i) - 1/2, K the rank among the M_i abnormal moves of pair i, those of its estimation and
    event window together. Z_t = sum_i U_it / sqrt(N_t) over the N_t pairs known on session t, S^2 the mean of Z_t^2
    over all sessions, and z = sum_t Z_t / (sqrt(L) S) over the L sessions of the window. Where nothing is missing
    this is sqrt(L) (mean rank - (M + 1) / 2) / S(mean rank).

    S is taken from the same dates as the mean, so that pairs of one date may be correlated; skew and heavy tails do no
    harm. An event that raises the variance alone makes it reject too often: 9.6 % at a nominal 5 % for twice the
    variance. A window that fills much of the sample makes it reject too seldom: 1.7 % for 11 sessions after 30. Pairs
    without a known move in the window do not enter.

    Parameters
    ----------
    estimation : ndarray, shape (N, T)
        Residuals of the estimation windows, session by session [any unit, one a pair]; NaN where missing.
    event : ndarray, shape (N, L2)
        Abnormal moves of the event windows [the same unit]; NaN where missing. A move over several sessions is
        divided by the root of its variance ratio, in both arrays.
    window : tuple of int
        First and last column of ``event`` that are tested, both inclusive.
    correlation : float
        Mean correlation r between pairs. It does not enter the statistic: it decides whether the test applies.

    Returns
    -------
    Outcome
        Of a standard normal z. ``estimate`` is the mean of U in the window, ``p_floor`` the p of a window whose moves
        are all the largest of their pairs, with S as it is. Not applicable below 5 pairs or below 3 effective ones,
        N / (1 + (N - 1) r).

    Raises
    ------
    InputError
        With a window outside the event window, arrays that do not fit, or a correlation outside [0, 1).

    References
    ----------
    Corrado (1989), doi:10.1016/0304-405X(89)90064-0; over several sessions Campbell and Wasley (1993),
    doi:10.1016/0304-405X(93)90025-7; U for missing moves Corrado and Zivney (1992), doi:10.2307/2331331.

    Examples
    --------
    Five pairs whose largest move of four is the event's, the other ranks evenly spread: z = .3 / sqrt(.03).

    >>> ordinary = np.array([[1, 2, 3], [3, 1, 2], [2, 3, 1], [1, 3, 2], [3, 1, 2]], dtype=float)
    >>> outcome = corrado_rank(ordinary, np.full((5, 1), 9.0))
    >>> round(outcome.statistic, 4), round(outcome.estimate, 12), outcome.n
    (1.7321, 0.3, 5)
    """
    _check(estimation, event, window, correlation)
    entered = _entered(estimation, event, window)
    n = int(entered.sum())
    refused = _too_few(n, correlation)
    if refused:
        return not_applicable(CORRADO, refused, n=n)
    return _mean_rank(CORRADO, estimation[entered], event[entered], window, SAME_DISTRIBUTION)


def corrado_zivney_rank(
    estimation: NDArray[np.float64],
    event: NDArray[np.float64],
    *,
    zero_share: float,
    window: tuple[int, int] = (0, 0),
    correlation: float = 0.0,
) -> Outcome:
    """Test ranks as `corrado_rank` does, after giving the event's moves unit variance across pairs.

    The standardized moves of each event session are divided by their standard deviation over pairs, sd(N-1), before
    they are ranked: an event that raises the variance of every pair alike no longer looks like a mean.

    The deviation costs something. With 10 pairs the test rejects 7.6 % at a nominal 5 %; with correlated ones, whose
    deviation is too small, 6.9 % (r = .3, 30 pairs), where `grank_t`, which knows r, rejects 4.9 %; with skewed
    (exponential) moves 20 %, where `corrado_rank` holds.

    Parameters
    ----------
    estimation : ndarray, shape (N, T)
        Standardized residuals e / s of the estimation windows; NaN where missing.
    event : ndarray, shape (N, L2)
        Standardized abnormal moves A / s; NaN where missing.
    zero_share : float
        Share of zero moves, before any model, in the estimation windows.
    window, correlation
        As for `corrado_rank`.

    Returns
    -------
    Outcome
        As `corrado_rank` gives it; not applicable below 10 pairs, and where more than 20 % of the moves are zero:
        divided by another number, the event's zeros all stand on one side of the others (11 % size at 50 %).

    Raises
    ------
    InputError
        As `corrado_rank` does, and with a share outside [0, 1].

    References
    ----------
    Corrado and Zivney (1992), doi:10.2307/2331331.

    Examples
    --------
    Multiplying all moves of the event session by one number changes nothing:

    >>> rng = np.random.default_rng(5)
    >>> ordinary, event = rng.standard_normal((10, 60)), rng.standard_normal((10, 1)) + 0.5
    >>> once, thrice = (corrado_zivney_rank(ordinary, x * event, zero_share=0.0) for x in (1.0, 3.0))
    >>> once.statistic == thrice.statistic
    True
    """
    _check(estimation, event, window, correlation)
    _check_share(zero_share)
    entered = _entered(estimation, event, window)
    n = int(entered.sum())
    refused = ranks_refused(n, correlation, zero_share=zero_share)
    if refused:
        return not_applicable(CORRADO_ZIVNEY, refused, n=n)
    event = event[entered]
    spreads = deviations(event)
    if not np.all(spreads[window[0] : window[1] + 1] > 0.0):
        return not_applicable(CORRADO_ZIVNEY, UNVARYING, n=n)
    return _mean_rank(CORRADO_ZIVNEY, estimation[entered], event / spreads, window, OWN_VARIANCE)


def _mean_rank(
    name: str,
    estimation: NDArray[np.float64],
    event: NDArray[np.float64],
    window: tuple[int, int],
    note: str,
) -> Outcome:
    """Give the z of the mean rank of pairs that all enter."""
    first = estimation.shape[1]
    sums = RankSums(first + event.shape[1])
    sums.add(estimation, event)
    return mean_rank(name, sums, (first + window[0], first + window[1]), note)


def mean_rank(name: str, sums: RankSums, window: tuple[int, int], note: str) -> Outcome:
    """Give the z of `corrado_rank` from sums over pairs that all enter, without asking whether they are enough.

    Parameters
    ----------
    name : str
        Name under which the outcome is shown.
    sums : RankSums
        Over estimation and event windows.
    window : tuple of int
        First and last session that are tested, both inclusive, counted over estimation and event window together.
    note : str

    Returns
    -------
    Outcome
    """
    n, columns = sums.n, slice(window[0], window[1] + 1)
    root = np.sqrt(np.maximum(sums.count, 1))
    daily = sums.u / root
    spread = math.sqrt(float((daily**2).sum() / np.count_nonzero(sums.count)))
    tested = sums.count[columns] > 0
    if not spread > ROUNDING:
        return not_applicable(name, "the mean ranks do not vary over sessions", n=n)
    sessions = int(np.count_nonzero(tested))
    statistic = float(daily[columns].sum()) / (math.sqrt(sessions) * spread)
    furthest = float((sums.furthest / root)[columns].sum()) / (math.sqrt(sessions) * spread)
    estimate = float(sums.u[columns].sum() / sums.count[columns].sum())
    return Outcome(
        name, statistic, two_sided_normal(statistic), estimate=estimate, n=n, n_clusters=n,
        p_floor=two_sided_normal(furthest), note=note,
        parts=(("sum Z", float(daily[columns].sum())), ("L", float(sessions)), ("S", spread)),
    )  # fmt: skip


def grank_t(
    residuals: NDArray[np.float64], scar: NDArray[np.float64], *, zero_share: float, correlation: float = 0.0
) -> Outcome:
    """Test standardized CARs of any length by their ranks among ordinary days, with a t.

    SCAR*_i = sqrt(1 - r) SCAR_i / sd(SCAR), sd(N-1) over pairs, stands for the window as one event day beside the T
    standardized residuals of the pair. U = rank / (T + 2) - 1/2 among these T + 1, Ubar_t its mean over the N_t pairs
    known on row t, S^2 the mean over all T + 1 rows of (N_t / N) Ubar_t^2, Z = Ubar_0 / S, and
    t = Z sqrt((T - 1) / (T - Z^2)) with T - 1 degrees of freedom.

    The deviation is that of the SCARs, not of their mean: divided by the standard error the test rejects 21 to 24 %
    at a nominal 5 %. Correlated pairs make the deviation too small by sqrt(1 - r), which the factor restores.

    One day and a sum of days are ranked as if they had one distribution. With the tails of a t with 3 degrees of
    freedom and eleven days the test rejects 8.4 % (N = 30, T = 150), with skewed (exponential) moves 20 % on one day
    and 12 % over eleven, where `corrado_rank` holds; with 10 pairs and normal moves 7.6 %.

    Parameters
    ----------
    residuals : ndarray, shape (N, T)
        Standardized residuals e / s of the estimation windows, row by row of event time; NaN where missing.
    scar : ndarray, shape (N,)
        CAR over the root of its exact variance; NaN where missing: the pair does not enter.
    zero_share : float
        Share of zero moves, before any model, in the estimation windows.
    correlation : float
        Mean correlation r between the pairs' SCARs; 0 where no two windows share sessions.

    Returns
    -------
    Outcome
        ``estimate`` is Ubar_0; ``p_floor`` the p of SCARs that are all the largest of their pairs, the other rows as
        they are. Not applicable below 10 pairs, below 3 effective ones, or above 20 % zero moves (10 % size at 50 %).

    Raises
    ------
    InputError
        With arrays that do not fit, a correlation outside [0, 1) or a share outside [0, 1].

    References
    ----------
    Kolari and Pynnönen (2011), doi:10.1016/j.jempfin.2011.08.003. Their T counts the event day too.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> outcome = grank_t(rng.standard_normal((20, 100)), rng.standard_normal(20) + 1.0, zero_share=0.0)
    >>> outcome.df, outcome.n, outcome.p_value < 0.01
    (99.0, 20, True)
    """
    prepared = _grank_sums(GRANK_T, residuals, scar, zero_share, correlation)
    return prepared if isinstance(prepared, Outcome) else grank_t_of(prepared)


def grank_t_of(sums: RankSums) -> Outcome:
    """Give `grank_t` from sums over pairs that all enter, the event day last, without asking whether they are enough.

    Parameters
    ----------
    sums : RankSums
        Over the T standardized residuals and the rescaled SCAR behind them.

    Returns
    -------
    Outcome
    """
    n, counts = sums.n, sums.count
    squares = (counts / n) * (sums.u / np.maximum(counts, 1)) ** 2
    total = int(np.count_nonzero(counts)) - 1
    rest = float(squares[:-1].sum())
    if not rest > ROUNDING**2:
        return not_applicable(GRANK_T, "the mean ranks do not vary over rows", n=n)
    mean = float(sums.u[-1] / n)
    statistic = _student(mean, rest, total)
    floor = _student(float(sums.furthest[-1] / n), rest, total)
    p_value, p_floor = t_p_value(np.array([statistic, floor]), np.array(total - 1))
    return Outcome(
        GRANK_T, statistic, float(p_value), estimate=mean, df=float(total - 1), n=n, n_clusters=n,
        p_floor=float(p_floor), note=OWN_VARIANCE,
        parts=(("T", float(total)), ("S", math.sqrt((rest + mean**2) / (total + 1)))),
    )  # fmt: skip


def grank_z(
    residuals: NDArray[np.float64], scar: NDArray[np.float64], *, zero_share: float, correlation: float = 0.0
) -> Outcome:
    """Test standardized CARs by their ranks as `grank_t` does, with the variance of independent ranks.

    z = N Ubar_0 / sqrt(sum_i T_i / (12 (T_i + 2))), T_i the residuals of pair i: the variance of a rank that is any
    of T_i + 1 with equal chance. It trusts independent pairs, and does not apply to correlated ones.

    Parameters
    ----------
    residuals, scar, zero_share, correlation
        As for `grank_t`.

    Returns
    -------
    Outcome
        Of a standard normal z; ``p_floor`` is the p of SCARs that are all the largest of their pairs. Not applicable
        where `grank_t` is not, and with a correlation above zero.

    Raises
    ------
    InputError
        As `grank_t` does.

    References
    ----------
    Kolari and Pynnönen (2011), doi:10.1016/j.jempfin.2011.08.003.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> residuals, scar = rng.standard_normal((20, 100)), rng.standard_normal(20)
    >>> grank_z(residuals, scar, zero_share=0.0, correlation=0.2).reason
    'its variance is that of independent pairs, and these are correlated: use GRANK-T'
    """
    prepared = _grank_sums(GRANK_Z, residuals, scar, zero_share, correlation)
    return prepared if isinstance(prepared, Outcome) else grank_z_of(prepared, correlation)


def grank_z_of(sums: RankSums, correlation: float = 0.0) -> Outcome:
    """Give `grank_z` from sums over pairs that all enter, the event day last, without asking whether they are enough.

    Parameters
    ----------
    sums : RankSums
        Over the T standardized residuals and the rescaled SCAR behind them.
    correlation : float
        Mean correlation between the pairs' SCARs.

    Returns
    -------
    Outcome
    """
    n = sums.n
    if correlation > 0.0:
        reason = "its variance is that of independent pairs, and these are correlated: use GRANK-T"
        return not_applicable(GRANK_Z, reason, n=n)
    mean, error = float(sums.u[-1] / n), math.sqrt(sums.spread) / n
    return Outcome(
        GRANK_Z, mean / error, two_sided_normal(mean / error), estimate=mean, std_error=error, n=n,
        n_clusters=n, p_floor=two_sided_normal(float(sums.furthest[-1] / n) / error),
        note=f"trusts independent pairs; {OWN_VARIANCE}",
    )  # fmt: skip


def _grank_sums(
    name: str,
    residuals: NDArray[np.float64],
    scar: NDArray[np.float64],
    zero_share: float,
    correlation: float,
) -> RankSums | Outcome:
    """Sum U of the T residuals and the event day behind them over pairs; or say why the test does not apply."""
    _check(residuals, scar[:, None], (0, 0), correlation)
    _check_share(zero_share)
    entered = _entered(residuals, scar[:, None], (0, 0))
    refused = grank_refused(scar[entered], zero_share, correlation)
    if refused:
        return not_applicable(name, refused, n=int(entered.sum()))
    sums = RankSums(residuals.shape[1] + 1)
    sums.add(residuals[entered], rescaled(scar[entered], correlation)[:, None])
    return sums


def grank_refused(scar: NDArray[np.float64], zero_share: float, correlation: float) -> str:
    """Say why the generalized rank test does not apply to some SCARs; nothing where it does.

    Parameters
    ----------
    scar : ndarray, shape (N,)
    zero_share, correlation
        As for `grank_t`.

    Returns
    -------
    str
    """
    refused = ranks_refused(len(scar), correlation, zero_share=zero_share)
    if not refused and not deviation(scar) > 0.0:
        return "the SCARs do not vary over pairs"
    return refused


def ranks_refused(n: int, correlation: float, *, zero_share: float | None = None) -> str:
    """Say why a test of ranks does not apply to so many pairs; nothing where it does.

    Parameters
    ----------
    n : int
        Pairs that enter.
    correlation : float
        Their mean correlation.
    zero_share : float, optional
        Share of zero moves: for the tests that rescale the event's moves.

    Returns
    -------
    str
    """
    if zero_share is None:
        return _too_few(n, correlation)
    return _too_few(n, correlation, FEWEST_RESCALED) or _too_still(zero_share)


def rescaled(scar: NDArray[np.float64], correlation: float) -> NDArray[np.float64]:
    """Give SCAR*, sqrt(1 - r) SCAR / sd(SCAR), as `grank_t` ranks it.

    Parameters
    ----------
    scar : ndarray, shape (N,)
    correlation : float

    Returns
    -------
    ndarray, shape (N,)
    """
    return np.asarray(scar * (math.sqrt(1.0 - correlation) / deviation(scar)))


def _student(mean: float, rest: float, total: int) -> float:
    """Give t from Ubar_0 and the sum of (N_t / N) Ubar_t^2 over the other rows."""
    z2 = mean**2 * (total + 1) / (rest + mean**2)
    if z2 >= total:
        return math.copysign(math.inf, mean)
    return math.copysign(math.sqrt(z2 * (total - 1) / (total - z2)), mean)


def deviation(values: NDArray[np.float64]) -> float:
    """Give sd(N-1) of the finite values; NaN below two, zero where they differ by rounding alone."""
    finite = values[np.isfinite(values)]
    if len(finite) < 2:
        return math.nan
    return float(finite.std(ddof=1)) if np.ptp(finite) > ROUNDING * np.abs(finite).max() else 0.0


def deviations(event: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give sd(N-1) over pairs of each event session, by which `corrado_zivney_rank` divides.

    Parameters
    ----------
    event : ndarray, shape (N, L2)
        NaN where missing.

    Returns
    -------
    ndarray, shape (L2,)
        NaN where fewer than two pairs know a session or do not vary: it then counts as unknown.
    """
    spreads = np.array([deviation(session) for session in event.T])
    return np.where(spreads > 0.0, spreads, np.nan)


def two_sided_normal(statistic: float) -> float:
    """Give the two-sided p of a standard normal statistic, from its tail."""
    return float(2.0 * stats.norm.sf(abs(statistic)))


def _entered(
    estimation: NDArray[np.float64], event: NDArray[np.float64], window: tuple[int, int]
) -> NDArray[np.bool_]:
    """Tell which pairs have a move in the window and one in the estimation window."""
    inside = np.isfinite(event[:, window[0] : window[1] + 1]).any(axis=1)
    return np.asarray(inside & np.isfinite(estimation).any(axis=1))


def _too_few(n: int, correlation: float, fewest: int = FEWEST_PAIRS) -> str:
    """Say why too few pairs carry a test by ranks; nothing where they do."""
    if n < fewest:
        return f"needs {fewest} pairs or more, has {n}"
    effective = n / (1.0 + (n - 1) * correlation)
    if effective < FEWEST_EFFECTIVE:
        return (
            f"{n} pairs with a mean correlation of {correlation:.2f} count as {effective:.1f}: below"
            f" {FEWEST_EFFECTIVE:.0f} the mean rank cannot leave its own spread"
        )
    return ""


def _too_still(zero_share: float) -> str:
    """Say why so many zero moves break a test that rescales the event's moves; nothing where they do not."""
    if zero_share <= MOST_ZEROS:
        return ""
    return f"{zero_share:.0%} of the moves are zero: above {MOST_ZEROS:.0%} it rejects too often"


def _check_share(zero_share: float) -> None:
    if not 0.0 <= zero_share <= 1.0:
        raise InputError(
            "not a share of moves", parameter="zero_share", received=zero_share, allowed="0 to 1, zero moves over all"
        )  # fmt: skip


def _check(
    estimation: NDArray[np.float64],
    event: NDArray[np.float64],
    window: tuple[int, int],
    correlation: float,
) -> None:
    """Refuse arrays, windows and correlations that no test can use."""
    if len(estimation) != len(event):
        raise InputError(
            "estimation and event windows are not those of the same pairs",
            parameter="event",
            received=f"{len(event)} pairs",
            allowed=f"one row for each of the {len(estimation)} pairs",
        )
    if not 0 <= window[0] <= window[1] < event.shape[1]:
        raise InputError(
            "the window is not inside the event window",
            parameter="window",
            received=window,
            allowed=f"first and last column of {event.shape[1]}, counted from 0",
        )
    if not 0.0 <= correlation < 1.0:
        raise InputError(
            "not a mean correlation that a test can use",
            parameter="correlation",
            received=correlation,
            allowed="at least 0 and below 1; set a negative mean to 0",
        )
