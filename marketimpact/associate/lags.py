"""Distributed lags and Granger tests: how moves go with news of the sessions before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError
from ..market.panel import Panel
from .news_series import NewsAndMoves, NewsReading, read_news
from .result import ASSOCIATION, Association

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["distributed_lags", "granger"]

Floats = NDArray[np.float64]

Cov = Literal["HC2", "HC1", "HAC"]

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

    y_t = a + sum_k b_k z_(t-k) + e_t, k from -leads to lags, z the news over their standard deviation.

    Parameters
    ----------
    series : Series
    panel : Panel
    instrument : str, optional
    lags, leads : int
        [sessions]
    reading : NewsReading, optional
    cov : {"HC2", "HC1", "HAC"}, optional
        HAC (Newey and West, bandwidth 4 (n / 100)^(2/9)) for sizes of moves, which are autocorrelated, and HC2 for
        moves when not given.

    Returns
    -------
    Association
        A row for each lead and lag, and the sum over lags 0 to ``lags``; further column ``lag``, NaN for the sum.

    Raises
    ------
    InputError, DataError
        As `read_news`, if a number is out of its range, or there are fewer than ten moves a coefficient.

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
    import pandas as pd
    import statsmodels.api as sm

    found = read_news(series, panel, instrument, reading=reading)
    _check_lags(found, lags, leads, cov)
    every = list(range(-leads, lags + 1))
    z = _standardised(found.news)
    x = np.column_stack([_earlier(z, k) for k in every])
    rows = np.isfinite(found.moves) & np.isfinite(x).all(axis=1)
    _check_rows(int(rows.sum()), len(every) + 1)
    names = [_name(k) for k in every]
    frame = sm.add_constant(pd.DataFrame(x[rows], columns=names))
    how = cov or ("HAC" if found.reading.of == "size" else "HC2")
    width = int(4 * (rows.sum() / 100) ** (2 / 9))
    options: dict[str, Any] = {"cov_kwds": {"maxlags": width}} if how == "HAC" else {}
    fit = sm.OLS(pd.Series(found.moves[rows], name="move"), frame).fit(cov_type=how, use_t=True, **options)
    weights = np.vstack([np.eye(len(every)), np.array([float(k >= 0) for k in every])])
    estimates = weights @ fit.params.to_numpy()[1:]
    errors = np.sqrt(np.einsum("ij,jk,ik->i", weights, fit.cov_params().to_numpy()[1:, 1:], weights))
    t = estimates / errors
    half = stats.t.isf((1.0 - found.reading.level) / 2.0, fit.df_resid) * errors
    words = f"HAC, bandwidth {width}" if how == "HAC" else how
    unit = f"{found.kind.unit} per sd of {found.name}"
    k = len(estimates)
    return Association(
        "distributed lags", f"{found.moves_words[0].upper()}{found.moves_words[1:]} on {found.name}",
        (*names, f"sum of lags 0 to {lags}"), estimates, errors, t, 2.0 * stats.t.sf(np.abs(t), fit.df_resid),
        estimates - half, estimates + half, (int(rows.sum()),) * k, (unit,) * k, ("",) * k,
        f"{found.reading.level * 100:g} % interval ({words})",
        (("lag", np.array([*map(float, every), np.nan])),),
        (f"read as the {found.reading}", found.counted, f"one sd of {found.name} is {np.nanstd(found.news):.4g}"),
        ((LEADS,) if leads else ()) + (ASSOCIATION,), fit, found.stamp,
    )  # fmt: skip


def granger(
    series: pd.Series,
    panel: Panel,
    instrument: str | None = None,
    *,
    lags: int = 5,
    reading: NewsReading | None = None,
    robust: bool = True,
) -> Association:
    """Test whether past news foresee moves beyond past moves, and past moves news.

    y_t = a + sum_k c_k y_(t-k) + sum_k b_k x_(t-k) + e_t; all b_k = 0 by a Wald F with HC1, or by the plain F.

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

    Returns
    -------
    Association
        Rows "news before moves" and "moves before news": the estimate is the sum of the b_k, ``statistic`` the F;
        further columns ``df_num``, ``df_denom`` and ``critical``: the F that 5 % of tests exceed without foresight.

    Raises
    ------
    InputError, DataError
        As `read_news`, and if there are fewer than ten moves a coefficient.

    References
    ----------
    Granger (1969), doi:10.2307/1912791.

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
    found = read_news(series, panel, instrument, reading=reading)
    if lags < 1:
        raise InputError("is no past", parameter="lags", received=lags, allowed="1 session or more")
    _check_lags(found, lags, 0, None)
    z = _standardised(found.news)
    unit = found.kind.unit
    one = f"1.0 {unit}" if unit in ("log", "simple") else unit
    both = (
        _foreseen(found.moves, z, lags, robust),
        _foreseen(z, found.moves, lags, robust),
    )
    terms = (f"{found.name} before moves", f"moves before {found.name}")
    nothing = np.full(2, np.nan)
    test = "Wald F, HC1" if robust else "F, equal variances"
    return Association(
        "granger", f"{found.name} and {found.moves_words}", terms, np.array([one.total for one in both]),
        np.array([one.error for one in both]), np.array([one.f for one in both]), np.array([one.p for one in both]),
        nothing, nothing.copy(), tuple(one.n for one in both),
        (f"{unit} per sd of {found.name}", f"sd of {found.name} per {one}"),
        ("", ""), "interval",
        (
            ("df_num", np.full(2, float(lags))), ("df_denom", np.array([one.df for one in both])),
            ("critical", np.array([float(stats.f.isf(0.05, lags, one.df)) for one in both])),
        ),
        (f"read as the {found.reading}", found.counted, f"{lags} lags; {test}; estimates are sums over lags"),
        (PREDICTS, ASSOCIATION), tuple(one.fit for one in both), found.stamp,
    )  # fmt: skip


class _Foreseen(NamedTuple):
    total: float
    error: float
    f: float
    p: float
    df: float
    n: int
    fit: Any


def _foreseen(y: Floats, x: Floats, lags: int, robust: bool) -> _Foreseen:
    """Regress y on its own past and that of x, and test the latter."""
    import statsmodels.api as sm

    past = np.column_stack([_earlier(one, k) for one in (y, x) for k in range(1, lags + 1)])
    rows = np.isfinite(y) & np.isfinite(past).all(axis=1)
    _check_rows(int(rows.sum()), 2 * lags + 1)
    design = np.column_stack([np.ones(int(rows.sum())), past[rows]])
    fit = sm.OLS(y[rows], design).fit(**({"cov_type": "HC1", "use_t": True} if robust else {}))
    chosen = np.eye(2 * lags + 1)[lags + 1 :]
    test = fit.f_test(chosen)
    ones = chosen.sum(axis=0)
    error = float(np.sqrt(ones @ np.asarray(fit.cov_params()) @ ones))
    return _Foreseen(
        float(ones @ fit.params), error, float(test.fvalue), float(test.pvalue), float(test.df_denom),
        int(rows.sum()), fit,
    )  # fmt: skip


def _standardised(values: Floats) -> Floats:
    return np.asarray((values - np.nanmean(values)) / np.nanstd(values))


def _earlier(values: Floats, by: int) -> Floats:
    """The value so many sessions before each; NaN where there is none."""
    out = np.full(len(values), np.nan)
    n = len(values) - abs(by)
    if n > 0:
        out[max(by, 0) : max(by, 0) + n] = values[max(-by, 0) : max(-by, 0) + n]
    return out


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
            received=coefficients, allowed="ten moves a coefficient or more: fewer lags, or a longer series",
        )  # fmt: skip
