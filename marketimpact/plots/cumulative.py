"""The cumulative path of abnormal moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..study.pair import PairResult
from ..study.result import StudyResult
from .abnormal import ar_label, mark_tau
from .style import BAND, EVENT, LINE, axes_of, band_words, finish, pair_of, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["car_data", "plot_car"]


def car_data(
    result: StudyResult | PairResult, event_id: str | None = None, instrument: str | None = None
) -> pd.DataFrame:
    """Give what `plot_car` draws.

    Returns
    -------
    DataFrame
        Columns ``tau``, ``session``, ``car``, ``band_low``, ``band_high`` [unit shown on the axis], summed from the
        first session of the event window.
    """
    import pandas as pd

    pair = pair_of(result, event_id, instrument)
    half = pair.critical * pair.path_error * pair.kind.scale
    return pd.DataFrame(
        {
            "tau": pair.taus,
            "session": pair.sessions.astype("datetime64[s]"),
            "car": pair.path * pair.kind.scale,
            "band_low": -half,
            "band_high": half,
        }
    )


def plot_car(
    result: StudyResult | PairResult,
    event_id: str | None = None,
    instrument: str | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the cumulative abnormal move over the band in which ordinary paths lie at each session.

    The band is pointwise and widens with the sessions summed; its variance holds the shared error of the normal
    model's parameters.

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
    >>> mi.plot_car(study.run(mi.fetch("ecb:EUR/RUB"), news), ax=Figure().subplots()).get_ylabel()
    'cumulative abnormal log move [%]'
    """
    pair = pair_of(result, event_id, instrument)
    data = car_data(pair)
    ax = axes_of(ax)
    ax.fill_between(
        data["tau"], data["band_low"], data["band_high"], color=BAND, label=band_words(pair), zorder=1
    )
    known = np.flatnonzero(
        np.isfinite(pair.ar)
    )  # a missing session adds nothing, and is no point of the path
    ax.plot(data["tau"], data["car"], "o-", color=LINE, linewidth=1.8, markersize=5, markevery=known.tolist(),
            label=f"summed from tau = {pair.taus[0]}", zorder=3)  # fmt: skip
    at = data["tau"].between(0, len(pair.candidates) - 1) & np.isfinite(pair.ar)
    ax.plot(data["tau"][at], data["car"][at], "D", color=EVENT, markersize=9, label="event session", zorder=5)
    ax.axvline(0, color=EVENT, linewidth=1.2, linestyle="--", zorder=2)
    ax.axhline(0.0, color="#222222", linewidth=0.8, zorder=2)
    mark_tau(ax, data["tau"].to_numpy())
    finish(
        ax,
        xlabel="tau [sessions]",
        ylabel=f"cumulative {ar_label(pair.kind)}",
        title="Cumulative abnormal move",
    )
    ax.legend(loc="upper left", fontsize=9, framealpha=0.85, edgecolor="none")
    drawn = data[["band_low", "band_high", "car"]].to_numpy(dtype=float)
    if np.isfinite(drawn).any():  # not where every move of the window is missing
        low, high = np.nanmin(drawn), np.nanmax(drawn)
        ax.set_ylim(
            low - 0.06 * (high - low), high + 0.42 * (high - low)
        )  # room for the legend above the path
    stamp(ax, pair.stamp)
    return ax
