"""Lead and lag: does a news series go with moves before, on or after its own day?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..market.panel import Panel
from ..maths.cross_correlation import cross_correlation, independent_bands
from ..maths.resample import check_seed
from .few_sessions import ENOUGH, behind_spread, check_spread
from .news_series import NewsAndMoves, NewsReading, read_news
from .result import ASSOCIATION, Association

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["lead_lag"]

BANDS = (
    "Bands are of no association: both series are drawn apart, in blocks that keep their own dependence. Read one"
    " lag that was named beforehand by its pointwise band, the path as a whole by the simultaneous one. The plain band"
    " 1.96 / sqrt(n) is shown beside: it is right only where one of the series is white noise."
)


def lead_lag(
    series: pd.Series,
    panel: Panel,
    instrument: str | None = None,
    *,
    lags: int = 10,
    reading: NewsReading | None = None,
    draws: int = 999,
    seed: int = 0,
) -> Association:
    """Correlate a news series with moves that come before, with and after it.

    r(k) = corr(news_(t-k), move_t), k from -lags to lags sessions: for k > 0 news lead; means and standard deviations
    are those of the whole sample, as usual for cross-correlations. With ``reading.of = "size"`` it says whether the
    market is livelier around much news, which a signed correlation does not see.

    Parameters
    ----------
    series : Series
        Daily news: counts, sentiment, an index; dates in the index.
    panel : Panel
    instrument : str, optional
        Id; may be left out where there is one member.
    lags : int
        [sessions]
    reading : NewsReading, optional
        How the series is read onto sessions.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    Association
        One row a lag; further columns ``lag``, ``pointwise`` and ``simultaneous`` (half widths of the bands of no
        association), ``plain`` (1.96 / sqrt(n)) and ``p_joint``: that of the largest correlation over all lags.
        ``std_error`` is that under no association.

    Raises
    ------
    InputError, DataError
        As `read_news`, and if there are fewer than ten sessions a lag, or one session has more than 90 % of the spread
        of the news.

    References
    ----------
    Politis and Romano (1994), doi:10.1080/01621459.1994.10476870.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> rng = np.random.default_rng(0)
    >>> days = pd.bdate_range("2020-01-01", periods=400)
    >>> news = pd.Series(rng.standard_normal(400), index=days, name="articles")
    >>> moves = 0.01 * (np.roll(news, 2) + rng.standard_normal(400))  # two sessions after the news
    >>> prices = pd.Series(100 * np.exp(np.cumsum(moves)), index=days)
    >>> panel = mi.Panel.from_frame(prices, instruments=mi.SovereignBond("KZ", quoted="clean price"))
    >>> found = lead_lag(news, panel, lags=4, reading=NewsReading(days="weekdays"), draws=199)
    >>> found.params.idxmax(), found.to_frame().query("p_joint < .05")["lag"].tolist()
    ('news 2 sessions before', [2.0])
    """
    check_seed(seed)
    found = read_news(series, panel, instrument, reading=reading)
    n = int(found.both.sum())
    if isinstance(lags, bool) or not isinstance(lags, int) or lags < 0 or 10 * max(lags, 1) > n:
        raise InputError(
            "is no number of sessions that the sample carries", parameter="lags", received=lags,
            allowed=f"0 to {n // 10}: ten sessions a lag or more",
        )  # fmt: skip
    said = _check_sessions(found)
    level = found.reading.level
    r = cross_correlation(found.news, found.moves, lags)
    bands = independent_bands(
        found.news, found.moves, lags, np.random.default_rng(seed), draws=draws, level=level
    )
    every = np.arange(-lags, lags + 1)
    nothing = np.full(len(r), np.nan)
    more: tuple[tuple[str, NDArray[np.float64]], ...] = (
        ("lag", every.astype(np.float64)), ("pointwise", bands.pointwise.copy()),
        ("simultaneous", bands.simultaneous.copy()), ("plain", np.full(len(r), 1.96 / np.sqrt(n))),
        ("p_joint", bands.p_joint.copy()),
    )  # fmt: skip
    blocks = f"blocks of {bands.blocks[0]:.1f} (news) and {bands.blocks[1]:.1f} (moves) sessions on average"
    return Association(
        "lead-lag", f"{found.name} and {found.moves_words}", tuple(map(_term, every.tolist())), r, bands.std.copy(),
        r / np.where(bands.std > 0.0, bands.std, np.nan), bands.p_values.copy(), nothing, nothing.copy(),
        tuple(int(one) for one in _pairs(found.news, found.moves, lags)), ("correlation",) * len(r),
        ("",) * len(r), "interval", more,
        (f"read as the {found.reading}", found.counted, f"{draws} draws, {blocks}; seed {seed}"),
        (*said, *found.coupons, BANDS, ASSOCIATION), None, found.stamp,
        found.ledger, found.reading.level, sign=found.sign, span=found.span,
        sample=found.sample,
    )  # fmt: skip


def _check_sessions(found: NewsAndMoves) -> tuple[str, ...]:
    """Refuse news that vary on one session; say where few sessions carry the news or the moves."""
    behind, _ = check_spread(found.news, found.sessions, found.name)
    said = []
    if behind < ENOUGH:
        said.append(
            f"The spread of {found.name} rests on about {behind:.2g} sessions, and each correlation on the moves about"
            " them: bands and p hold, but one of these days may make the path."
        )
    if (moved := behind_spread(found.moves)) < ENOUGH:
        said.append(f"The spread of {found.moves_words} rests on about {moved:.2g} sessions.")
    return tuple(said)


def _pairs(news: NDArray[np.float64], moves: NDArray[np.float64], lags: int) -> NDArray[np.int64]:
    a, b, n = np.isfinite(news), np.isfinite(moves), len(news)
    return np.array(
        [
            int((a[max(-k, 0) : n - max(k, 0)] & b[max(k, 0) : n - max(-k, 0)]).sum())
            for k in range(-lags, lags + 1)
        ]
    )


def _term(lag: int) -> str:
    if not lag:
        return "same session"
    when = "before" if lag > 0 else "after"
    return f"news {abs(lag)} session{'s' if abs(lag) > 1 else ''} {when}"
