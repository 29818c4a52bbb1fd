"""The cumulative path of abnormal moves: of one pair, and its mean over events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ..errors import InputError
from ..study.cells import counted
from ..study.pair import PairResult
from ..study.result import StudyResult
from .abnormal import ar_label, mark_tau
from .style import BAND, EVENT, LINE, axes_of, band_words, finish, pair_of, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["caar_data", "car_data", "plot_caar", "plot_car"]

Band = Literal["simultaneous", "pointwise"]


def car_data(
    result: StudyResult | PairResult,
    event_id: str | None = None,
    instrument: str | None = None,
    *,
    band: Band = "simultaneous",
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
    critical = pair.path_critical if _whole(band) else pair.critical
    half = critical * pair.path_error * pair.kind.scale
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
    band: Band = "simultaneous",
    ax: Axes | None = None,
) -> Axes:
    """Draw the cumulative abnormal move over the band in which ordinary paths lie.

    The band widens with the sessions summed; its variance holds the shared error of the normal model's parameters. By
    default it holds whole paths (sup-t): an ordinary one leaves the 95 % band anywhere in one case of twenty. The
    pointwise band holds each session's sum on its own, and an ordinary path of eleven sessions leaves it in one case
    of five.

    Parameters
    ----------
    result : StudyResult or PairResult
    event_id, instrument : str, optional
        The pair, where the result holds several.
    band : {"simultaneous", "pointwise"}
        Which band; the legend says it.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If there is no such pair or band.

    References
    ----------
    Montiel Olea and Plagborg-Møller (2019), the sup-t band, doi:10.1002/jae.2656.

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
    data = car_data(pair, band=band)
    ax = axes_of(ax)
    _band(ax, data, band_words(pair, whole=_whole(band)), drawn=not pair.no_covariance)
    known = np.flatnonzero(
        np.isfinite(pair.ar)
    )  # a missing session adds nothing, and is no point of the path
    ax.plot(data["tau"], data["car"], "o-", color=LINE, linewidth=1.8, markersize=5, markevery=known.tolist(),
            label=f"summed from tau = {pair.taus[0]}", zorder=3)  # fmt: skip
    at = data["tau"].between(0, len(pair.candidates) - 1) & np.isfinite(pair.ar)
    ax.plot(data["tau"][at], data["car"][at], "D", color=EVENT, markersize=9, label="event session", zorder=5)
    _dress(ax, data, "car", f"cumulative {ar_label(pair.kind)}", "Cumulative abnormal move")
    stamp(ax, pair.stamp)
    return ax


def caar_data(result: StudyResult, kind: str | None = None, *, band: Band = "simultaneous") -> pd.DataFrame:
    """Give what `plot_caar` draws.

    Returns
    -------
    DataFrame
        Columns ``tau``, ``caar``, ``band_low``, ``band_high`` [unit shown on the axis]; no band with one cluster.
    """
    path = result.caar_path(kind)
    ends = ("band_low", "band_high") if _whole(band) else ("point_low", "point_high")
    frame = path.to_frame()
    data = frame[["tau", "caar", *ends]].rename(
        columns=dict(zip(ends, ("band_low", "band_high"), strict=True))
    )
    data[["caar", "band_low", "band_high"]] *= path.kind.scale
    return data


def plot_caar(
    result: StudyResult, kind: str | None = None, *, band: Band = "simultaneous", ax: Axes | None = None
) -> Axes:
    """Draw the mean cumulative abnormal move over events, over the band in which means without an effect lie.

    The mean is that of the date clusters' means, as in the test of the CAAR. By default the band holds whole paths, of
    means whose every session has its own standard error over G clusters; the pointwise band is the t with G - 1
    degrees of freedom, session by session.

    Parameters
    ----------
    result : StudyResult
    kind : str, optional
        Kind of move; may be left out where the study has one.
    band : {"simultaneous", "pointwise"}
        Which band; the legend says it.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If there is no such kind or band.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> days = ("2008-09-16", "2010-05-06", "2011-08-05", "2015-01-16", "2016-06-24", "2020-03-16")
    >>> news = mi.EventSet.from_events(mi.Event(day, announced_at=day, zone="Europe/Berlin") for day in days)
    >>> result = mi.EventStudy().run(mi.fetch("ecb:USD/EUR"), news)
    >>> mi.plot_caar(result, ax=Figure().subplots()).get_title(loc="left")
    'Mean cumulative abnormal move: 6 pairs, 6 clusters'
    """
    path = result.caar_path(kind)
    data = caar_data(result, kind, band=band)
    ax = axes_of(ax)
    level, df = f"{path.level * 100:g} %", path.n_clusters - 1
    words = (
        f"simultaneous {level} band of means without effect (sup-t, {df} df)"
        if _whole(band)
        else f"pointwise {level} band of means without effect (t, {df} df)"
    )
    if not path.reason:
        _band(ax, data, words)
    name = "mean of cluster means" + (f"\nno band: {path.reason}" if path.reason else "")
    ax.plot(data["tau"], data["caar"], "o-", color=LINE, linewidth=1.8, markersize=5, label=name, zorder=3)
    _dress(
        ax, data, "caar", f"mean cumulative {ar_label(path.kind)}",
        f"Mean cumulative abnormal move: {counted(path.n, 'pair')}, {counted(path.n_clusters, 'cluster')}",
    )  # fmt: skip
    stamp(ax, path.stamp)
    return ax


def _whole(band: Band) -> bool:
    """Whether the band holds whole paths."""
    if band not in ("simultaneous", "pointwise"):
        raise InputError("is no band", parameter="band", received=band, allowed="'simultaneous', 'pointwise'")
    return band == "simultaneous"


def _band(ax: Axes, data: pd.DataFrame, words: str, *, drawn: bool = True) -> None:
    """Draw a band; the legend shows the colour of none where there is none."""
    colour = BAND if drawn else "none"
    ax.fill_between(data["tau"], data["band_low"], data["band_high"], color=colour, label=words, zorder=1)


def _dress(ax: Axes, data: pd.DataFrame, drawn: str, ylabel: str, title: str) -> None:
    """Mark tau = 0 and zero, name the axes, and leave room for the legend above the path."""
    ax.axvline(0, color=EVENT, linewidth=1.2, linestyle="--", zorder=2)
    ax.axhline(0.0, color="#222222", linewidth=0.8, zorder=2)
    mark_tau(ax, data["tau"].to_numpy())
    finish(ax, xlabel="tau [sessions]", ylabel=ylabel, title=title)
    ax.legend(loc="upper left", fontsize=9, framealpha=0.85, edgecolor="none")
    shown = data[["band_low", "band_high", drawn]].to_numpy(dtype=float)
    if np.isfinite(shown).any():  # not where every move of the window is missing
        low, high = np.nanmin(shown), np.nanmax(shown)
        ax.set_ylim(low - 0.06 * (high - low), high + 0.42 * (high - low))
