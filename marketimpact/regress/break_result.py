"""What a search for breaks found: regimes, the dates between them with intervals, and the tests behind their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError
from ..ledger import Ledger
from ..maths.break_law import sup_f_critical
from ..maths.breaks import (
    NextBreak,
    Partition,
    best_partitions,
    break_interval,
    information,
    next_break,
    sup_f,
)
from ..maths.cluster_robust import cluster_robust
from ..study.summary import ILLUSTRATIVE, Summary, p_words, shown_row
from .one_series import check_level
from .result import RegressionResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BreakSearch", "Breaks", "Searched", "search_breaks"]

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

Choice = Literal["sequential", "BIC", "LWZ"]

DATES = (
    "A break date is where the regression changed, not why: look for what was known then, and mind that slow changes"
    " are dated as sudden ones."
)
SIZES = (
    "The tests allow moves of unequal variance but not autocorrelated ones: of 300 moves without a break, trimming .15,"
    " a 5 % test of one break rejects 5 % (normal), 5 % (GARCH), 3 % (heavy tails), and 19 % where the moves have an"
    " autocorrelation of .2. 90 % intervals of a date hold 85 to 92 %."
)
VARIANCES = (
    "Regimes differ in coefficients, in the variance of what is left, or in both. Volatility that comes in clusters"
    " looks like regimes of the variance: in 1,500 GARCH moves without a break, of a persistence of .98, LWZ finds one"
    " in half of the series, BIC in nine of ten. 90 % intervals of a date hold 82 to 89 %."
)

NONE = NextBreak(-1, float("nan"), float("nan"))
"""No test of one break more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakSearch:
    """How breaks are looked for.

    Parameters
    ----------
    most : int
        Breaks of the largest partition.
    trimming : float
        Shortest regime as a share of the moves; .05, .10, .15, .20 and .25 have tabulated values of sup F(k).
    variance : bool
        Whether each regime has a variance of its own, so that changes of the variance are breaks and are dated too.
    choose : {"sequential", "BIC", "LWZ"} or int, optional
        How many breaks are taken: those whose tests of l against l + 1 breaks reject one after another, from none on;
        the smallest criterion; or a number. When not given "sequential", and "LWZ" with ``variance``: the tests look
        at coefficients alone.
    level : float
        Level of the intervals; the sequential tests are those at 1 - level.

    Raises
    ------
    InputError
        If a choice is out of its range.

    Examples
    --------
    >>> BreakSearch(most=3).trimming
    0.15
    """

    most: int = 5
    trimming: float = 0.15
    variance: bool = False
    choose: Choice | int | None = None
    level: float = 0.95

    def __post_init__(self) -> None:
        if isinstance(self.most, bool) or not isinstance(self.most, int) or self.most < 1:
            raise InputError("is no count", parameter="most", received=self.most, allowed="1 break or more")
        if not 0.0 < self.trimming < 0.5:
            raise InputError(
                "leaves no date", parameter="trimming", received=self.trimming, allowed="0 < trimming < .5"
            )
        choice = self.choice
        if isinstance(choice, bool) or choice not in (*get_args(Choice), *range(self.most + 1)):
            raise InputError(
                "is not known", parameter="choose", received=choice,
                allowed=f"{', '.join(map(repr, get_args(Choice)))}, or a number of breaks from 0 to most",
            )  # fmt: skip
        if self.variance and choice == "sequential":
            raise InputError(
                "tests coefficients, not variances", parameter="choose", received=choice,
                allowed="'LWZ', 'BIC' or a number with variance=True",
            )  # fmt: skip
        check_level(self.level)

    @property
    def choice(self) -> Choice | int:
        """How many breaks are taken."""
        if self.choose is not None:
            return self.choose
        return "LWZ" if self.variance else "sequential"


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """n moves and the regressors whose coefficients may break.

    Attributes
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
    sessions : ndarray of datetime64[D], shape (n,)
    names, units : tuple of str, length k
        Of the regressors, and of their coefficients.
    title : str
    reading : tuple of str
    stamp : str or None
    """

    y: Floats
    x: Floats
    sessions: Days
    names: tuple[str, ...]
    units: tuple[str, ...]
    title: str
    reading: tuple[str, ...]
    stamp: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Breaks(RegressionResult):
    """Regimes of a regression: one coefficient a regressor and regime, "USD [2005-07-22 to 2008-07-16]".

    Attributes
    ----------
    names : tuple of str, length k
        Regressors.
    sessions : ndarray of datetime64[D], shape (n,)
        Of the moves.
    breaks, first, last : ndarray of int, shape (m,)
        Position of the first move of each new regime, and the ends of its interval.
    r2, sigma : ndarray, shape (m + 1,)
        Share of the moves' variance that a regime's regression explains, and the standard deviation of its residuals.
    ssr, bic, lwz, sup_f, critical : ndarray, shape (M + 1,)
        Of the best partition with 0 to M breaks; sup F and its 5 % value are NaN without a break, the latter also where
        it is not tabulated.
    next_f, next_p : ndarray, shape (M + 1,)
        Test of l breaks against l + 1.
    chosen : str
        How the number of breaks was chosen, in words.
    """

    names: tuple[str, ...] = ()
    sessions: Days = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))
    breaks: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    first: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    last: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    r2: Floats = field(default_factory=lambda: np.empty(0))
    sigma: Floats = field(default_factory=lambda: np.empty(0))
    ssr: Floats = field(default_factory=lambda: np.empty(0))
    bic: Floats = field(default_factory=lambda: np.empty(0))
    lwz: Floats = field(default_factory=lambda: np.empty(0))
    sup_f: Floats = field(default_factory=lambda: np.empty(0))
    critical: Floats = field(default_factory=lambda: np.empty(0))
    next_f: Floats = field(default_factory=lambda: np.empty(0))
    next_p: Floats = field(default_factory=lambda: np.empty(0))
    chosen: str = ""

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """First move and the one after the last of each regime."""
        return tuple(pairwise([0, *self.breaks.tolist(), len(self.sessions)]))

    def dates(self) -> pd.DataFrame:
        """Give one row a break: ``date`` of the new regime's first session, with its interval."""
        import pandas as pd

        days = self.sessions.astype("datetime64[s]")
        return pd.DataFrame(
            {"date": days[self.breaks], "conf_low": days[self.first], "conf_high": days[self.last]}
        )

    def tests(self) -> pd.DataFrame:
        """Give one row a number of breaks: what it leaves unexplained, its criteria, and the tests."""
        import pandas as pd

        return pd.DataFrame(
            {
                "breaks": np.arange(len(self.ssr)), "ssr": self.ssr, "bic": self.bic, "lwz": self.lwz,
                "sup_f": self.sup_f, "critical_5": self.critical, "next_f": self.next_f, "next_p": self.next_p,
            }
        )  # fmt: skip

    def regimes(self) -> pd.DataFrame:
        """Give one row a regime: ``start``, ``end``, ``n``, ``r2``, ``sigma``, and each regressor's coefficient."""
        import pandas as pd

        days = self.sessions.astype("datetime64[s]")
        k = len(self.names)
        coefficients = self.estimates.reshape(len(self.edges), k)
        return pd.DataFrame(
            {
                "start": [days[a] for a, _ in self.edges],
                "end": [days[b - 1] for _, b in self.edges],
                "n": [b - a for a, b in self.edges],
                "r2": self.r2,
                "sigma": self.sigma,
                **{name: coefficients[:, j] for j, name in enumerate(self.names)},
            }
        )

    def summary(self) -> Summary:
        """Give the breaks, their tests and the regimes: text in a terminal, HTML in Jupyter."""
        head = [self.title, f"{self.n} moves, {self.cov_type}", self.chosen]
        if self.stamp:
            head.append(ILLUSTRATIVE.format(stamp=self.stamp))
        for at, a, b in zip(self.breaks, self.first, self.last, strict=True):
            days = self.sessions
            head.append(f"break on {days[at]} ({self.level * 100:g} % interval {days[a]} to {days[b]})")
        head.extend(self._test_lines())
        low, high = self.interval_at(self.level)
        shown = map(shown_row, self.estimates, self.std_errors, low, high, self.units)
        rows = tuple(
            (term, estimate, error, p_words(p), span, unit)
            for term, p, (estimate, error, span, unit) in zip(self.terms, self.p_values, shown, strict=True)
        )
        interval = f"{self.level * 100:g} % interval"
        return Summary(tuple(head), ("term", "estimate", "se", "p", interval, "unit"), rows, self.reading)

    def _test_lines(self) -> list[str]:
        return [
            f"{count} against {count + 1} breaks: F {f:.2f}, p {p_words(float(p))}"
            for count, (f, p) in enumerate(zip(self.next_f, self.next_p, strict=True))
            if np.isfinite(p)
        ]

    def __repr__(self) -> str:
        days = ", ".join(str(self.sessions[at]) for at in self.breaks)
        return f"{type(self).__name__}: {self.title.removeprefix('Breaks of ')}: {days or 'no break'}"


def search_breaks(found: Searched, search: BreakSearch) -> dict[str, Any]:
    """Search the breaks of a regression, choose their number, and fit the regimes: the fields of a `Breaks`.

    Raises
    ------
    InputError
        If there are too few moves, or regressors cannot be told apart within a stretch of the shortest regime.
    """
    y, x, k = found.y, found.x, found.x.shape[1]
    shortest = max(int(np.ceil(search.trimming * len(y))), k + 1)
    partitions = best_partitions(y, x, search.most, shortest, variance=search.variance)
    bic, lwz = information(partitions, len(y), k, variance=search.variance)
    following = [NONE if search.variance else _next(y, x, one, shortest) for one in partitions]
    count, words = _number(search, bic, lwz, following)
    chosen = partitions[count].breaks
    ends = np.array(
        [break_interval(y, x, chosen, i, search.level, variance=search.variance) for i in range(count)],
        dtype=np.int64,
    ).reshape(count, 2)
    critical = [np.nan, *(sup_f_critical(k, m, search.trimming) for m in range(1, len(partitions)))]
    return {
        **_regimes(found, chosen),
        "title": found.title, "level": search.level, "n": len(y), "n_clusters": len(y),
        "reading": (*found.reading, DATES, VARIANCES if search.variance else SIZES),
        "ledger": Ledger.empty(),
        "stamp": found.stamp, "names": found.names, "sessions": found.sessions.copy(), "breaks": chosen.copy(),
        "first": ends[:, 0].copy(), "last": ends[:, 1].copy(), "chosen": words,
        "ssr": np.array([one.ssr for one in partitions]), "bic": bic, "lwz": lwz, "critical": np.array(critical),
        "sup_f": np.array(
            [np.nan, *(np.nan if search.variance else sup_f(y, x, one.breaks) for one in partitions[1:])]
        ),
        "next_f": np.array([one.statistic for one in following]),
        "next_p": np.array([one.p_value for one in following]),
    }  # fmt: skip


def _next(y: Floats, x: Floats, partition: Partition, shortest: int) -> NextBreak:
    """Test one break more; an exact fit has none."""
    if partition.ssr <= 1e-20 * float(y @ y):
        return NONE
    return next_break(y, x, partition.breaks, shortest)


def _number(search: BreakSearch, bic: Floats, lwz: Floats, following: Sequence[NextBreak]) -> tuple[int, str]:
    """Choose the number of breaks, and say how."""
    choice = search.choice
    if isinstance(choice, int):
        count = min(choice, len(bic) - 1)
        short = "" if count == choice else f": there is room for no more than {count}"
        return count, f"{choice} breaks were asked for{short}"
    by_bic, by_lwz = int(np.argmin(bic)), int(np.argmin(lwz))
    alpha = 1.0 - search.level
    count = 0
    while count < len(bic) - 1 and following[count].p_value < alpha:
        count += 1
    taken = {"sequential": count, "BIC": by_bic, "LWZ": by_lwz}[choice]
    tests = "" if search.variance else f"by sequential tests at {alpha * 100:.3g} %: {count}; "
    return taken, f"breaks {tests}by BIC: {by_bic}; by LWZ: {by_lwz}; taken: {choice}"


def _regimes(found: Searched, breaks: NDArray[np.int64]) -> dict[str, Any]:
    """Fit each regime by statsmodels, with HC2 and Bell and McCaffrey's degrees of freedom."""
    import pandas as pd
    import statsmodels.api as sm

    y, x, days = found.y, found.x, found.sessions
    edges = list(pairwise([0, *breaks.tolist(), len(y)]))
    fits = [cluster_robust(y[a:b], x[a:b], np.arange(b - a)) for a, b in edges]
    models = tuple(
        sm.OLS(pd.Series(y[a:b], name="move"), pd.DataFrame(x[a:b], columns=list(found.names))).fit()
        for a, b in edges
    )
    estimates, errors, dfs = (
        np.concatenate([getattr(one, name) for one in fits]) for name in ("params", "std_error", "df")
    )
    t = np.abs(estimates) / np.where(errors > 0.0, errors, np.nan)
    k = len(found.names)
    cov = np.zeros((len(estimates), len(estimates)))
    for i, one in enumerate(fits):
        cov[i * k : (i + 1) * k, i * k : (i + 1) * k] = one.cov
    spans = [f" [{days[a]} to {days[b - 1]}]" for a, b in edges] if len(edges) > 1 else [""]
    residuals = [y[a:b] - x[a:b] @ one.params for (a, b), one in zip(edges, fits, strict=True)]
    return {
        "terms": tuple(f"{name}{span}" for span in spans for name in found.names),
        "estimates": estimates, "std_errors": errors, "dfs": dfs, "cov": cov, "model": models,
        "p_values": 2.0 * stats.t.sf(t, dfs), "units": found.units * len(edges),
        "cov_type": "HC2 in each regime, degrees of freedom of Bell and McCaffrey",
        "n_events": (0,) * len(estimates), "notes": ("",) * len(estimates),
        "r2": np.array([_explained(y[a:b], e) for (a, b), e in zip(edges, residuals, strict=True)]),
        "sigma": np.array([np.sqrt(e @ e / (len(e) - k)) for e in residuals]),
    }  # fmt: skip


def _explained(y: Floats, residuals: Floats) -> float:
    total = float(np.sum((y - y.mean()) ** 2))
    return float("nan") if total == 0.0 else 1.0 - float(residuals @ residuals) / total
