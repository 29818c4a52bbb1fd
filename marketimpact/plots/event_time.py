"""Effects by event time, with the base before the event and the band that holds all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..regress.staggered import EventTimeResult
from ..units import DISPLAY_UNITS
from .expected import check_kind
from .style import BAND, EVENT, INK, LINE, axes_of, finish, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["event_time_data", "plot_event_time"]


def event_time_data(result: EventTimeResult) -> pd.DataFrame:
    """Give what `plot_event_time` draws.

    Parameters
    ----------
    result : EventTimeResult

    Returns
    -------
    DataFrame
        One row an event time, the base tau = -1 among them with zero and no interval. Columns ``tau``, ``estimate``,
        ``conf_low``, ``conf_high`` (pointwise), ``band_low``, ``band_high`` (simultaneous) [unit shown on the axis].

    Examples
    --------
    >>> import marketimpact as mi
    >>> from marketimpact.regress.staggered import StaggeredEvents
    >>> panel = mi.fetch("ecb:EUR/TRY", start="2018-01-01", end="2018-12-31")
    >>> for other in ("PLN", "HUF", "CZK"):
    ...     panel = panel.join(mi.fetch(f"ecb:EUR/{other}", start="2018-01-01", end="2018-12-31"))
    >>> news = mi.Event("speech", announced_at="2018-08-09T23:00", zone="Europe/Istanbul")
    >>> result = StaggeredEvents(leads=2, lags=1).run(panel, news, pairs=[("speech", "EUR/TRY")])
    >>> data = event_time_data(result)
    >>> data["tau"].tolist(), data["estimate"].round().tolist()
    ([-2, -1, 0, 1], [-2.0, 0.0, 10.0, 22.0])
    """
    import pandas as pd

    check_kind(result, EventTimeResult, "StaggeredEvents")
    table = result.to_frame().iloc[: len(result.taus)]
    names = ["estimate", "conf_low", "conf_high", "band_low", "band_high"]
    scale = DISPLAY_UNITS[result.unit][1]
    data = pd.DataFrame({"tau": list(result.taus), **{name: table[name] * scale for name in names}})
    base = pd.DataFrame({"tau": [-1], "estimate": [0.0], **{name: [np.nan] for name in names[1:]}})
    return pd.concat([data, base]).sort_values("tau", ignore_index=True)


def plot_event_time(result: EventTimeResult, *, ax: Axes | None = None) -> Axes:
    """Draw the effects by event time with pointwise intervals, over the simultaneous band.

    Coefficients before the event should lie about zero: the joint test of it is in the legend. The base, tau = -1, is
    zero by construction and hollow.

    Parameters
    ----------
    result : EventTimeResult
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.regress.staggered import StaggeredEvents
    >>> panel = mi.fetch("ecb:EUR/TRY", start="2018-01-01", end="2018-12-31")
    >>> for other in ("PLN", "HUF", "CZK"):
    ...     panel = panel.join(mi.fetch(f"ecb:EUR/{other}", start="2018-01-01", end="2018-12-31"))
    >>> news = mi.Event("speech", announced_at="2018-08-09T23:00", zone="Europe/Istanbul")
    >>> result = StaggeredEvents().run(panel, news, pairs=[("speech", "EUR/TRY")])
    >>> plot_event_time(result, ax=Figure().subplots()).get_xlabel()
    'sessions from the event (tau)'
    """
    data = event_time_data(result)
    ax = axes_of(ax)
    level = f"{result.level * 100:g} %"
    _band(ax, data, level)
    ax.axhline(0.0, color=INK, linewidth=0.8, zorder=2)
    ax.axvline(-0.5, color=EVENT, linewidth=1.0, linestyle="--", zorder=2)
    _points(ax, data, level)
    ax.plot(
        [-1],
        [0.0],
        "D",
        color=INK,
        markerfacecolor="white",
        markersize=5,
        zorder=4,
        label="base",
        linestyle="",
    )
    test = result.pre_trends
    said = f"pre-trends, joint F: p {test.p_value:.2g}" if test.applies else "pre-trends: no test"
    # Room above the band: wherever the legend stood within it, it would hide intervals.
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.36 * (high - low))
    ax.legend(
        loc="upper left",
        fontsize=9,
        title=said,
        title_fontsize=9,
        alignment="left",
        framealpha=0.85,
        edgecolor="none",
    )
    ax.locator_params(axis="x", integer=True)
    unit = DISPLAY_UNITS[result.unit][0]
    finish(
        ax,
        xlabel="sessions from the event (tau)",
        ylabel=f"effect [{unit}]",
        title=": effect by event time",
        name=result.method,
    )
    stamp(ax, result.stamp)
    return ax


def _band(ax: Axes, data: pd.DataFrame, level: str) -> None:
    """Draw the simultaneous band, before and since the event apart: the base has none."""
    with_band = data["band_low"].notna()
    if with_band.any():
        for i, part in enumerate((data["tau"] < -1, data["tau"] > -1)):
            some = data[part & with_band]
            if len(some) == 1:
                x = some["tau"].iloc[0]
                some = some.loc[some.index.repeat(2)].assign(tau=[x - 0.15, x + 0.15])
            name = f"simultaneous {level} band" if i else None
            ax.fill_between(
                some["tau"], some["band_low"], some["band_high"], color=BAND, zorder=1, label=name
            )


def _points(ax: Axes, data: pd.DataFrame, level: str) -> None:
    """Draw the effects with their pointwise intervals."""
    for part, colour, marker, name in (
        (data["tau"] < -1, INK, "s", "before"),
        (data["tau"] >= 0, LINE, "o", "since the event"),
    ):
        some = data[part]
        if not len(some):
            continue
        error = [some["estimate"] - some["conf_low"], some["conf_high"] - some["estimate"]]
        known = some["conf_low"].notna().any()
        words = f"{name}, pointwise {level} intervals (t)" if known else f"{name}, no interval"
        ax.errorbar(
            some["tau"], some["estimate"], yerr=error if known else None, fmt=marker, color=colour, markersize=5,
            linewidth=1.4, zorder=4, label=words,
        )  # fmt: skip
