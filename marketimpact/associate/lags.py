"""Distributed lags and Granger tests: how moves go with news of the sessions before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError
from ..market.panel import Panel
from ..maths.carried import carried
from ..maths.cluster_robust import cluster_robust
from ..maths.resample import check_seed
from ..maths.wild_f import wild_f
from ..units import one_of
from .few_sessions import (
    ALONE,
    ENOUGH,
    Design,
    check_alone,
    check_columns,
    check_spread,
    earlier,
    few_words,
    sessions_behind,
    shifted_p,
    warn_of_white,
)
from .news_series import NewsAndMoves, NewsReading, read_news
from .result import ASSOCIATION, Association

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["distributed_lags", "granger"]

Floats = NDArray[np.float64]

Cov = Literal["HC2", "HC1", "HAC"]

DRAWS = 999
"""Draws of the bootstrap of Granger's test."""

BELL_MCCAFFREY = "degrees of freedom of Bell and McCaffrey"

BY_BOOTSTRAP = (
    "p is that of the wild bootstrap, which holds for news on few sessions, heavy tails and variances that change; p_f,"
    " of the F's own law, does not: with news on 1, 2, 5 and 20 of 500 sessions it rejects 100, 69, 24 and 9 % of true"
    " nulls at 5 %, for three lags."
)

SPELLS = (
    "HC2 takes sessions as independent. Sizes are not: where the few sessions of news follow one another it rejects too"
    " often (16 % at 5 % for five in a row under GARCH), and p_permutation is the p to read."
)

LEADS = (
    "Coefficients of leads, news that came after the move, are the placebo: where they are as large as those of"
    " lags, the news follow the market."
)
PREDICTS = (
    "Granger's test asks whether past news help to foresee moves beyond past moves, and the other way round. To"
    " foresee is not to cause, and what happens within one session is not in it."
)


def distributed_lags(
    series: pd.Series,
    panel: Panel,
    instrument: str | None = None,
    *,
    lags: int = 5,
    leads: int = 0,
    reading: NewsReading | None = None,
    cov: Cov | None = None,
) -> Association:
    """Regress moves on news of the same session, of sessions before it, and of sessions after it as a placebo.

    y_t = a + sum_k b_k z_(t-k) + e_t, k from -leads to lags, z the news over their standard deviation
    (divisor n, not n - 1; surprises of `SurpriseResponse` have n - 1).

    Parameters
    ----------
    series : Series
    panel : Panel
    instrument : str, optional
    lags, leads : int
        [sessions]
    reading : NewsReading, optional
    cov : {"HC2", "HC1", "HAC"}, optional
        HC2 has Bell and McCaffrey's degrees of freedom, also of the sum, and holds from two sessions of news on. HC1
        and HAC (Newey and West, bandwidth 4 (n / 100)^(2/9)) do not. When not given HC2 for moves, and for sizes of
        moves, which are autocorrelated, HAC where 20 sessions or more carry each coefficient and HC2 where fewer do.

    Returns
    -------
    Association
        A row for each lead and lag, and the sum over lags 0 to ``lags``; further columns ``lag``, NaN for the sum;
        ``sessions``: the effective number behind the coefficient; ``df``; ``p_permutation``, where one coefficient or
        more has fewer than 20 sessions: against the news moved as a whole to other places.

    Raises
    ------
    InputError, DataError
        As `read_news`, if a number is out of its range, there are fewer than ten moves a coefficient, lags cannot be
        told apart, or one session has more than 90 % of a coefficient: news on a single day, or one value that dwarfs
        all others.

    Warns
    -----
    MarketImpactWarning
        If HC1 or HAC were asked for and fewer than 20 sessions carry a coefficient.

    References
    ----------
    Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples, Survey
    Methodology 28, 169-181; Imbens and Kolesár (2016), doi:10.1162/REST_a_00552; Newey and West (1987),
    doi:10.2307/1913610.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> rng = np.random.default_rng(0)
    >>> days = pd.bdate_range("2020-01-01", periods=400)
    >>> news = pd.Series(rng.standard_normal(400), index=days, name="articles")
    >>> moves = 0.01 * (np.roll(news, 1) + rng.standard_normal(400))
    >>> prices = pd.Series(100 * np.exp(np.cumsum(moves)), index=days)
    >>> panel = mi.Panel.from_frame(prices, instruments=mi.SovereignBond("KZ", quoted="clean price"))
    >>> found = distributed_lags(news, panel, lags=2, reading=NewsReading(days="weekdays"))
    >>> found.params.round(3).tolist(), found.units[0]
    ([0.001, 0.01, -0.0, 0.011], 'log per sd of articles')
    """
    found = read_news(series, panel, instrument, reading=reading)
    _check_lags(found, lags, leads, cov)
    every = list(range(-leads, lags + 1))
    design = _design(found, every)
    check_columns(design, found.name)
    check_alone(design, found.name, found.sessions)
    behind = sessions_behind(design)
    few = bool((behind < ENOUGH).any())
    how: Cov = cov or ("HAC" if found.reading.of == "size" and not few else "HC2")
    fitted = _fitted(design, how)
    words = few_words("The least carried coefficient", float(behind.min())) if few else ""
    guarded = "" if how == "HC2" else warn_of_white(design, behind, how, found.reading.level)
    spells = SPELLS if few and how == "HC2" and found.reading.of == "size" else ""
    k = len(design.terms)
    p_shift, places = (
        shifted_p(found.news, found.moves, every, design.weights) if few else (np.full(k, np.nan), 0)
    )
    t = fitted.estimates / fitted.errors
    half = np.asarray(stats.t.isf((1.0 - found.reading.level) / 2.0, fitted.dfs) * fitted.errors)
    head = [
        f"read as the {found.reading}",
        found.counted,
        f"one sd of {found.name} is {np.nanstd(found.news):.4g}",
    ]
    if few:
        head.append(f"p_permutation: the news moved as a whole to {places} places, its own among them")
    return Association(
        "distributed lags", f"{found.moves_words[0].upper()}{found.moves_words[1:]} on {found.name}",
        design.terms, fitted.estimates, fitted.errors, t, np.asarray(2.0 * stats.t.sf(np.abs(t), fitted.dfs)),
        fitted.estimates - half, fitted.estimates + half, (len(design.y),) * k,
        (f"{found.kind.unit} per sd of {found.name}",) * k, ("",) * k,
        f"{found.reading.level * 100:g} % interval ({fitted.words})",
        (("lag", np.array([*map(float, every), np.nan])), ("sessions", behind), ("df", fitted.dfs.copy()),
         ("p_permutation", p_shift)),
        tuple(head),
        tuple(filter(None, (guarded, words, spells, *found.coupons, LEADS if leads else "", ASSOCIATION))),
        fitted.model, found.stamp, found.ledger, found.reading.level, sign=found.sign, span=found.span,
        sample=found.sample,
    )  # fmt: skip


def _design(found: NewsAndMoves, every: list[int]) -> Design:
    """Put the news of each lag beside the moves; ask for each coefficient, and the sum over lags from 0 on."""
    z = _standardised(found.news)
    x = np.column_stack([np.ones(len(z)), *[earlier(z, k) for k in every]])
    rows = np.flatnonzero(np.isfinite(found.moves) & np.isfinite(x).all(axis=1))
    _check_rows(len(rows), len(every) + 1)
    k = len(every) + 1
    weights = np.vstack([np.eye(k)[1:], np.array([0.0, *[float(one >= 0) for one in every]])])
    names = tuple(map(_name, every))
    return Design(
        found.moves[rows],
        x[rows],
        rows,
        weights,
        (*names, f"sum of lags 0 to {every[-1]}"),
        ("const", *names),
    )


class _Fitted(NamedTuple):
    estimates: Floats
    errors: Floats
    dfs: Floats
    words: str
    model: Any


def _fitted(design: Design, how: Cov) -> _Fitted:
    """Fit by statsmodels; HC2 of each coefficient and of the sum with their own degrees of freedom."""
    import pandas as pd
    import statsmodels.api as sm

    frame = pd.DataFrame(design.x, columns=list(design.columns))
    width = bandwidth(len(design.y))
    options: dict[str, Any] = {"cov_kwds": {"maxlags": width}} if how == "HAC" else {}
    model = sm.OLS(pd.Series(design.y, name="move"), frame).fit(cov_type=how, use_t=True, **options)
    estimates = design.weights @ model.params.to_numpy()
    if how == "HC2":
        errors, dfs = _held(design)
        return _Fitted(estimates, errors, dfs, f"HC2, {BELL_MCCAFFREY}", model)
    cov = model.cov_params().to_numpy()
    errors = np.sqrt(np.einsum("ij,jk,ik->i", design.weights, cov, design.weights))
    words = f"HAC, bandwidth {width}" if how == "HAC" else how
    return _Fitted(estimates, errors, np.full(len(errors), float(model.df_resid)), words, model)


def _held(design: Design) -> tuple[Floats, Floats]:
    """Give HC2 errors and Bell and McCaffrey's degrees of freedom of each coefficient, and last of the sum.

    sum_k b_k x_k = S x_0 + sum_(k > 0) b_k (x_k - x_0), S = sum b_k: with the lags less the first, the sum is itself a
    coefficient.
    """
    alone = np.arange(len(design.y))
    each = cluster_robust(design.y, design.x, alone)
    summed = np.flatnonzero(design.weights[-1])
    turned = design.x.copy()
    turned[:, summed[1:]] -= design.x[:, summed[:1]]
    whole = cluster_robust(design.y, turned, alone)
    at = summed[0]
    return np.append(each.std_error[1:], whole.std_error[at]), np.append(each.df[1:], whole.df[at])


def bandwidth(n: int) -> int:
    """Give the bandwidth of HAC errors, 4 (n / 100)^(2/9) rounded down, and no more than half of the n moves.

    Examples
    --------
    >>> bandwidth(500), bandwidth(4)
    (5, 1)
    """
    return min(int(4 * (n / 100) ** (2 / 9)), n // 2)


def granger(
    series: pd.Series,
    panel: Panel,
    instrument: str | None = None,
    *,
    lags: int = 5,
    reading: NewsReading | None = None,
    robust: bool = True,
    seed: int = 0,
) -> Association:
    """Test whether past news foresee moves beyond past moves, and past moves news.

    y_t = a + sum_k c_k y_(t-k) + sum_k b_k x_(t-k) + e_t; all b_k = 0 by a Wald F with HC1 and its restricted wild
    bootstrap, or by the plain F.

    Parameters
    ----------
    series : Series
    panel : Panel
    instrument : str, optional
    lags : int
        [sessions]
    reading : NewsReading, optional
    robust : bool
        Whether errors may be of unequal variance. Moves are: the plain F rejects too often.
    seed : int
        Of the bootstrap's 999 draws.

    Returns
    -------
    Association
        Rows "news before moves" and "moves before news": the estimate is the sum of the b_k, ``statistic`` the F,
        ``p_value`` that of the bootstrap; further columns ``df_num``, ``df_denom`` and ``critical``: the F that 5 %
        exceed by its own law; ``p_f``: p by that law; ``p_floor``: the smallest p of so many draws; ``sessions``: the
        fewest that carry a lag. Where one session carries a lag of moves that row has no p, and a note.

    Raises
    ------
    InputError, DataError
        As `read_news`, and if there are fewer than ten moves a coefficient, lags cannot be told apart, or one session
        has more than 90 % of the spread of news.

    References
    ----------
    Granger (1969), doi:10.2307/1912791; Gonçalves and Kilian (2004), doi:10.1016/j.jeconom.2003.10.030.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> rng = np.random.default_rng(0)
    >>> days = pd.bdate_range("2020-01-01", periods=400)
    >>> news = pd.Series(rng.standard_normal(400), index=days, name="articles")
    >>> moves = 0.01 * (np.roll(news, 1) + rng.standard_normal(400))
    >>> prices = pd.Series(100 * np.exp(np.cumsum(moves)), index=days)
    >>> panel = mi.Panel.from_frame(prices, instruments=mi.SovereignBond("KZ", quoted="clean price"))
    >>> (granger(news, panel, lags=2, reading=NewsReading(days="weekdays")).p_values < 0.05).tolist()
    [True, False]
    """
    check_seed(seed)
    found = read_news(series, panel, instrument, reading=reading)
    _check_lags(found, lags, 0, None)
    if lags < 1:
        raise InputError("is no past", parameter="lags", received=lags, allowed="1 session or more")
    _, few = check_spread(found.news, found.sessions, found.name)
    z = _standardised(found.news)
    unit = found.kind.unit
    both = (
        _foreseen(found.moves, z, (lags, robust, [seed, 0]), (found.moves_words, found.name)),
        _foreseen(z, found.moves, (lags, robust, [seed, 1]), (found.name, found.moves_words)),
    )
    terms = (f"{found.name} before moves", f"moves before {found.name}")
    nothing = np.full(2, np.nan)
    test = (
        f"Wald F, HC1; p by the wild bootstrap, {DRAWS} draws, seed {seed}"
        if robust
        else "F, equal variances"
    )
    return Association(
        "granger", f"{found.name} and {found.moves_words}", terms, np.array([one.total for one in both]),
        np.array([one.error for one in both]), np.array([one.f for one in both]), np.array([one.p for one in both]),
        nothing, nothing.copy(), tuple(one.n for one in both),
        (f"{unit} per sd of {found.name}", f"sd of {found.name} per {one_of(unit)}"),
        tuple(one.note for one in both), "interval",
        (
            ("df_num", np.full(2, float(lags))), ("df_denom", np.array([one.df for one in both])),
            ("critical", np.array([float(stats.f.isf(0.05, lags, one.df)) for one in both])),
            ("p_f", np.array([one.p_f for one in both])), ("p_floor", np.array([one.p_floor for one in both])),
            ("sessions", np.array([one.behind for one in both])),
        ),
        (f"read as the {found.reading}", found.counted, f"{lags} lags; {test}; estimates are sums over lags"),
        tuple(filter(None, (few, BY_BOOTSTRAP if robust else "", *found.coupons, PREDICTS, ASSOCIATION))),
        tuple(one.fit for one in both), found.stamp, found.ledger, found.reading.level,
        span=found.span, sample=found.sample,
    )  # fmt: skip


class _Foreseen(NamedTuple):
    """A test of one direction: the sum of the tested coefficients, the F, its p, and that of its own law."""

    total: float
    error: float
    f: float
    p: float
    p_f: float
    p_floor: float
    df: float
    behind: float
    n: int
    note: str
    fit: Any


def _foreseen(y: Floats, x: Floats, how: tuple[int, bool, list[int]], names: tuple[str, str]) -> _Foreseen:
    """Regress y on its own past and that of x, and test the latter; say where one session carries it."""
    import statsmodels.api as sm

    lags, robust, seed = how
    design = _past(y, x, lags, names)
    fit = sm.OLS(design.y, design.x).fit(**({"cov_type": "HC1", "use_t": True} if robust else {}))
    chosen = np.eye(2 * lags + 1)[lags + 1 :]
    test = fit.f_test(chosen)
    ones = chosen.sum(axis=0)
    error = float(np.sqrt(ones @ np.asarray(fit.cov_params()) @ ones))
    p_f, floor, note = float(test.pvalue), 0.0, ""
    p = p_f
    if carried(design.x, chosen).largest.max() > ALONE:
        p = p_f = floor = error = np.nan
        note = f"one session carries a lag of {names[1]}: no p"
    elif robust:
        _, p, floor = wild_f(design.y, design.x, lags, np.random.default_rng(seed), draws=DRAWS)
    return _Foreseen(
        float(ones @ fit.params), error, float(test.fvalue), p, p_f, floor, float(test.df_denom),
        float(sessions_behind(design)[:-1].min()), len(design.y), note, fit,
    )  # fmt: skip


def _past(y: Floats, x: Floats, lags: int, names: tuple[str, str]) -> Design:
    """Put the past of both beside y; ask for each coefficient of x, and last for their sum."""
    columns = [earlier(one, k) for one in (y, x) for k in range(1, lags + 1)]
    past = np.column_stack([np.ones(len(y)), *columns])
    rows = np.flatnonzero(np.isfinite(y) & np.isfinite(past).all(axis=1))
    _check_rows(len(rows), 2 * lags + 1)
    chosen = np.eye(2 * lags + 1)[lags + 1 :]
    labels = ("const", *[f"{name} {_name(k)}" for name in names for k in range(1, lags + 1)])
    design = Design(
        y[rows], past[rows], rows, np.vstack([chosen, chosen.sum(axis=0)]),
        (*labels[lags + 1 :], f"sum of lags 1 to {lags}"), labels,
    )  # fmt: skip
    check_columns(design, names[1])
    return design


def _standardised(values: Floats) -> Floats:
    return np.asarray((values - np.nanmean(values)) / np.nanstd(values))


def _name(k: int) -> str:
    return "same session" if k == 0 else f"lag {k}" if k > 0 else f"lead {-k}"


def _check_lags(found: NewsAndMoves, lags: int, leads: int, cov: str | None) -> None:
    most = len(found.news) // 10
    for name, value in (("lags", lags), ("leads", leads)):
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise InputError(
                "is no number of sessions that the sample carries", parameter=name, received=value,
                allowed=f"0 to {most}",
            )  # fmt: skip
    if cov not in (None, "HC2", "HC1", "HAC"):
        raise InputError("is not known", parameter="cov", received=cov, allowed="'HC2', 'HC1', 'HAC'")


def _check_rows(rows: int, coefficients: int) -> None:
    if rows < 10 * coefficients:
        raise InputError(
            f"{rows} moves with all lags are too few for {coefficients} coefficients", parameter="lags",
            received=coefficients,
            allowed="ten moves a coefficient or more: fewer lags, or a longer series; days='weekdays' for a series"
            " without weekends",
        )  # fmt: skip
