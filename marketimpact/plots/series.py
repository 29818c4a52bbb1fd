"""The quotes around an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..alignment.reasons import LONG_SPAN
from ..market.bonds import SovereignBond
from ..market.calendars import expected_sessions
from ..market.instruments import CurrencyPair, Instrument
from ..study.pair import PairResult
from ..study.result import StudyResult
from .style import EVENT, LINE, MUTED, axes_of, date_words, finish, pair_of, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["level_label", "plot_series", "series_data"]

BEFORE, AFTER = 60, 20
"""Sessions drawn before and after the event."""


def series_data(
    result: StudyResult | PairResult, event_id: str | None = None, instrument: str | None = None
) -> pd.DataFrame:
    """Give what `plot_series` draws.

    Returns
    -------
    DataFrame
        Columns ``session``, ``level`` [quoted unit], ``candidate``: whether it may be the event session, ``gap``:
        whether the line from the session before crosses days without quotes, as a closure or a frozen run,
        ``coupon``: whether a coupon that drops out here was taken out of the move.
    """
    import pandas as pd

    pair = pair_of(result, event_id, instrument)
    at = int(np.searchsorted(pair.quotes.sessions, pair.session))
    part = slice(max(at - BEFORE, 0), at + AFTER + 1)
    sessions = pair.quotes.sessions[part]
    return pd.DataFrame(
        {
            "session": sessions.astype("datetime64[s]"),
            "level": pair.quotes.levels[part],
            "candidate": np.isin(sessions, pair.candidates),
            "gap": _gaps(pair, part),
            "coupon": np.isin(sessions, pair.coupons),
        }
    )


def _gaps(pair: PairResult, part: slice) -> NDArray[np.bool_]:
    """Tell which of some sessions are reached over days without quotes; never the first of them."""
    gap = expected_sessions(pair.instrument.calendar, pair.quotes.sessions[part]) >= LONG_SPAN
    still = pair.standing_still()[part]
    gap[1:] |= still[:-1] | still[1:]
    return gap


def plot_series(
    result: StudyResult | PairResult,
    event_id: str | None = None,
    instrument: str | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the quotes around an event, with the event session marked.

    A dotted line crosses days without quotes: five expected sessions or more from one quote to the next, or quotes
    that stand still and count as none. A triangle marks a coupon that drops out of a dirty price.

    Parameters
    ----------
    result : StudyResult or PairResult
    event_id, instrument : str, optional
        The pair, where the result holds several.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 3)))
    >>> result = study.run(mi.fetch("ecb:EUR/RUB"), news)
    >>> mi.plot_series(result, ax=Figure().subplots()).get_ylabel()
    'RUB per EUR'
    """
    pair = pair_of(result, event_id, instrument)
    data = series_data(pair)
    ax = axes_of(ax)
    _lines(ax, data)
    chosen = data[data["candidate"]]
    ax.plot(chosen["session"], chosen["level"], "o", color=EVENT, markersize=7, zorder=5)
    for session in chosen["session"]:
        ax.axvline(session, color=EVENT, linewidth=1.2, linestyle="--", zorder=2)
    several = f" to {date_words(pair.candidates[-1])}" if len(pair.candidates) > 1 else ""
    ax.annotate(
        f"tau = 0{f' to {len(pair.candidates) - 1}' if several else ''}: {date_words(pair.session)}{several}",
        xy=(chosen["session"].iloc[0], 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-6, -4),
        textcoords="offset points",
        ha="right",
        va="top",
        color=EVENT,
        fontsize=11,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.85},
        zorder=6,
    )
    ax.margins(y=0.16)
    _dates(ax)
    dropped = data[data["coupon"]]
    if len(dropped):
        ax.plot(dropped["session"], dropped["level"], "v", color=MUTED, markersize=8, zorder=4)
    marks = [
        words
        for words, there in (
            ("dotted: no quotes", data["gap"].any()),
            ("triangle: a coupon drops out", len(dropped)),
        )
        if there
    ]
    title = ": quotes around the event" + (f" ({'; '.join(marks)})" if marks else "")
    finish(ax, xlabel="session", ylabel=level_label(pair.instrument), title=title, name=pair.instrument.id)
    stamp(ax, pair.stamp)
    return ax


def level_label(instrument: Instrument) -> str:
    """Label of an axis of quotes, with their unit.

    Examples
    --------
    >>> from marketimpact.market.bonds import SovereignBond
    >>> level_label(SovereignBond("KZ 2045", quoted="clean price"))
    'clean price [per 100]'
    """
    unit = instrument.quoted_unit
    if isinstance(instrument, SovereignBond):
        return f"yield [{unit}]" if instrument.quoted == "yield" else f"{instrument.quoted} [per 100]"
    if isinstance(instrument, CurrencyPair):
        return unit
    what = "level" if instrument.quoted == "factor" else instrument.quoted
    return what if unit == "level" else f"{what} [{unit}]"


def _lines(ax: Axes, data: pd.DataFrame) -> None:
    """Draw the quotes as a line, and as a dotted one where it crosses days without quotes."""
    gap = data["gap"].to_numpy()
    ax.plot(*_broken(data, gap), color=LINE, linewidth=1.6, zorder=3)
    if gap.any():
        ax.plot(*_broken(data, ~gap), color=MUTED, linewidth=1.2, linestyle=":", zorder=3)


def _broken(data: pd.DataFrame, where: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give sessions and levels with a hole before some sessions, over which no line is drawn."""
    before = np.flatnonzero(where)
    sessions = data["session"].to_numpy()
    return np.insert(sessions, before, sessions[before]), np.insert(data["level"].to_numpy(), before, np.nan)


def _dates(ax: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, num2date
    from matplotlib.ticker import FuncFormatter

    def words(value: float, _: int | None = None) -> str:
        day = num2date(value)  # type: ignore[no-untyped-call]
        return f"{day.day} {day:%b}\n{day.year}"

    ax.xaxis.set_major_locator(AutoDateLocator(minticks=4, maxticks=8))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(FuncFormatter(words))
