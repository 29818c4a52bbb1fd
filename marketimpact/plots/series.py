"""The quotes around an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..study.pair import PairResult
from ..study.result import StudyResult
from .style import EVENT, LINE, axes_of, date_words, finish, pair_of, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_series", "series_data"]

BEFORE, AFTER = 60, 20
"""Sessions drawn before and after the event."""


def series_data(
    result: StudyResult | PairResult, event_id: str | None = None, instrument: str | None = None
) -> pd.DataFrame:
    """Give what `plot_series` draws.

    Returns
    -------
    DataFrame
        Columns ``session``, ``level`` [quoted unit], ``candidate``: whether it may be the event session.
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
        }
    )


def plot_series(
    result: StudyResult | PairResult,
    event_id: str | None = None,
    instrument: str | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the quotes around an event, with the event session marked.

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
    ax.plot(data["session"], data["level"], color=LINE, linewidth=1.6, zorder=3)
    chosen = data[data["candidate"]]
    ax.plot(chosen["session"], chosen["level"], "o", color=EVENT, markersize=7, zorder=5)
    for session in chosen["session"]:
        ax.axvline(session, color=EVENT, linewidth=1.2, linestyle="--", zorder=2)
    several = f" to {date_words(pair.candidates[-1])}" if len(pair.candidates) > 1 else ""
    ax.annotate(
        f"tau = 0: {date_words(pair.session)}{several}",
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
    unit = pair.instrument.quoted_unit
    label = f"yield [{unit}]" if pair.kind.quoted == "yield" else unit if "per" in unit else f"level [{unit}]"
    finish(ax, xlabel="session", ylabel=label, title=f"{pair.instrument.id}: quotes around the event")
    stamp(ax, pair.stamp)
    return ax


def _dates(ax: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, num2date
    from matplotlib.ticker import FuncFormatter

    def words(value: float, _: int | None = None) -> str:
        day = num2date(value)  # type: ignore[no-untyped-call]
        return f"{day.day} {day:%b}\n{day.year}"

    ax.xaxis.set_major_locator(AutoDateLocator(minticks=4, maxticks=8))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(FuncFormatter(words))
