"""Quantile response: do much-reported days widen the tails of moves, where the middle stays?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError
from ..market.panel import Panel
from ..maths.block_bootstrap import block_length, stationary_indices
from ..maths.quantile_line import quantile_line
from ..maths.resample import check_seed
from ..maths.shifted_scores import shifted_scores
from .few_sessions import check_spread
from .news_series import NewsReading, read_news
from .result import ASSOCIATION, Association

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["quantile_response"]

Floats = NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

BEYOND = 5.0
"""Sessions of news beyond a quantile, of those that carry their spread, from which the bootstrap's error holds."""

TOO_FEW = "too few sessions of news beyond the quantile for an error: p is p_shift"

TAILS = (
    "A slope at a low quantile below zero and one at a high quantile above zero say that moves are wider where news are"
    " many, in both directions: volatility, not direction. The last row compares the two ends."
)


def quantile_response(
    series: pd.Series,
    panel: Panel,
    instrument: str | None = None,
    *,
    quantiles: Sequence[float] = QUANTILES,
    reading: NewsReading | None = None,
    draws: int = 199,
    seed: int = 0,
) -> Association:
    """Regress quantiles of moves on news of the same session, with a stationary bootstrap of sessions.

    The q-quantile of y_t is a_q + b_q z_t, z the news over their standard deviation (divisor n).

    Parameters
    ----------
    series : Series
    panel : Panel
    instrument : str, optional
    quantiles : sequence of float
        Between 0 and 1, ascending.
    reading : NewsReading, optional
    draws, seed : int
        Of the bootstrap, 20 draws or more. statsmodels fits the series, and `quantile_line` each draw: the same sum is
        made least, in a tenth of the time.

    Returns
    -------
    Association
        A row a quantile, and the difference of the outermost; standard errors are those of the draws, p that of a
        normal. Further columns ``quantile``, NaN for the difference, and ``p_shift``: by ranks, against the news moved
        as a whole to all places. Where fewer than five of the sessions that carry the news are beyond a quantile it has
        no standard error, as the bootstrap's is far too small then: with news on 2, 5 and 20 of 500 sessions its test
        of the .05-quantile rejects about 60, 30 and 20 % of true nulls at 5 %. p is ``p_shift`` there. ``model`` holds
        the fits, of moves over their standard deviation.

    Raises
    ------
    InputError, DataError
        As `read_news`, and if quantiles are not ascending between 0 and 1, one has fewer than five moves beyond it, or
        one session has more than 90 % of the spread of the news.

    References
    ----------
    Koenker and Bassett (1978), doi:10.2307/1913643; Fitzenberger (1998), doi:10.1016/S0304-4076(97)00058-4, for blocks.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> rng = np.random.default_rng(0)
    >>> days = pd.bdate_range("2020-01-01", periods=300)
    >>> news = pd.Series(rng.uniform(0.0, 2.0, 300), index=days, name="articles")
    >>> moves = 0.01 * (0.2 + news) * rng.standard_normal(300)
    >>> prices = pd.Series(100 * np.exp(np.cumsum(moves)), index=days)
    >>> panel = mi.Panel.from_frame(prices, instruments=mi.SovereignBond("KZ", quoted="clean price"))
    >>> reading = NewsReading(days="weekdays")
    >>> found = quantile_response(news, panel, quantiles=(0.1, 0.5, 0.9), reading=reading, draws=29)
    >>> (found.estimates > 0).tolist(), bool(found.p_values[-1] < 0.05)
    ([False, True, True, True], True)
    """
    check_seed(seed)
    found = read_news(series, panel, instrument, reading=reading)
    rows = found.both
    n, scale = int(rows.sum()), float(found.moves[rows].std())
    y = found.moves[rows] / scale  # the search of statsmodels stops at a distance that suits numbers about 1
    _check(quantiles, n, draws)
    behind, few = check_spread(found.news, found.sessions, found.name)
    z = (found.news[rows] - found.news[rows].mean()) / found.news[rows].std()
    x = np.column_stack([np.ones(n), z])
    fits = [_fit(y, x, q) for q in quantiles]
    slopes = scale * np.array([float(fit.params[1]) for fit in fits])
    estimates = np.append(slopes, slopes[-1] - slopes[0])
    held = behind * _sides(quantiles) >= BEYOND
    errors, block = _bootstrapped((y, x), fits, quantiles, (draws, seed)) if held.any() else (np.nan, 1.0)
    errors = np.where(held, scale * errors, np.nan)
    t = estimates / errors
    p_shift = shifted_scores(y, z, quantiles)
    half = np.asarray(stats.norm.isf((1.0 - found.reading.level) / 2.0) * errors)
    k = len(estimates)
    made = (
        f"{draws} draws, blocks of {block:.1f} sessions on average; seed {seed}" if held.any() else "no draws"
    )
    return Association(
        "quantile response", f"Quantiles of {found.moves_words} on {found.name}",
        (*(f"quantile {q:g}" for q in quantiles), f"{quantiles[-1]:g} less {quantiles[0]:g}"), estimates, errors, t,
        np.where(held, 2.0 * stats.norm.sf(np.abs(t)), p_shift), estimates - half, estimates + half, (n,) * k,
        (f"{found.kind.unit} per sd of {found.name}",) * k, tuple("" if one else TOO_FEW for one in held),
        f"{found.reading.level * 100:g} % interval (stationary bootstrap)",
        (("quantile", np.array([*quantiles, np.nan])), ("p_shift", p_shift)),
        (f"read as the {found.reading}", found.counted, made, f"p_shift: the news moved as a whole to all {n} places"),
        (*filter(None, (few,)), *found.coupons, TAILS, ASSOCIATION), tuple(fits), found.stamp,
        found.ledger, found.reading.level, np.full(k, np.inf), sign=found.sign, span=found.span,
        sample=found.sample,
    )  # fmt: skip


def _sides(quantiles: Sequence[float]) -> Floats:
    """Give the smaller side of each quantile, and of the outermost two."""
    values = np.asarray(quantiles, dtype=np.float64)
    sides = np.minimum(values, 1.0 - values)
    return np.append(sides, min(sides[0], sides[-1]))


def _bootstrapped(
    data: tuple[Floats, Floats], fits: list[Any], quantiles: Sequence[float], how: tuple[int, int]
) -> tuple[Floats, float]:
    """Give standard errors of the slopes and of the difference of the outermost, and the length of the blocks."""
    (y, x), (draws, seed) = data, how
    scores = [x[:, 1] * (q - (y < x @ fit.params)) for q, fit in zip(quantiles, fits, strict=True)]
    block = min(max(map(block_length, scores)), len(y) / 5.0)
    drawn = np.empty((draws, len(fits)))
    places = stationary_indices(len(y), block, np.random.default_rng(seed), draws)
    for row, at in zip(drawn, places, strict=True):
        often = np.bincount(at, minlength=len(y)).astype(np.float64)
        row[:] = [
            quantile_line(y, x[:, 1], q, weights=often, start=float(fit.params[1]))[1]
            if np.ptp(x[at, 1])
            else np.nan
            for q, fit in zip(quantiles, fits, strict=True)
        ]
    # A draw without news has no slope: with so few of them there is hardly one.
    return np.nanstd(np.column_stack([drawn, drawn[:, -1] - drawn[:, 0]]), axis=0, ddof=1), block


def _check(quantiles: Sequence[float], n: int, draws: int) -> None:
    try:
        values = np.asarray(quantiles, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.empty(0)
    inside = values.ndim == 1 and len(values) > 1 and bool(((values > 0.0) & (values < 1.0)).all())
    if not inside or bool((np.diff(values) <= 0.0).any()):
        raise InputError(
            "are no quantiles", parameter="quantiles", received=quantiles,
            allowed="two or more numbers between 0 and 1, ascending",
        )  # fmt: skip
    if min(values[0], 1.0 - values[-1]) * n < 5.0:
        raise InputError(
            f"leave fewer than five of {n} moves beyond the outermost", parameter="quantiles",
            received=tuple(quantiles), allowed="quantiles nearer to the middle, or a longer series",
        )  # fmt: skip
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 20:
        raise InputError(
            "are too few for a standard error", parameter="draws", received=draws, allowed="20 or more"
        )


def _fit(y: Floats, x: Floats, q: float) -> Any:
    from statsmodels.regression.quantile_regression import QuantReg
    from statsmodels.tools.sm_exceptions import IterationLimitWarning

    with warnings.catch_warnings():
        # Ties in a bootstrap sample make the last digits of the search wander: its slope is known to enough of them.
        warnings.simplefilter("ignore", IterationLimitWarning)
        warnings.filterwarnings("ignore", message="Convergence cycle detected")
        return QuantReg(y, x).fit(q=q)
