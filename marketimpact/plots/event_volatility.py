"""Volatility with its event days, and how large moves are on event days and on others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..regress.variance_ratios import EventVariance
from ..regress.volatility import VolatilityResult
from .expected import check_kind
from .style import EVENT, LINE, MUTED, axes_of, finish, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["event_variance_data", "plot_event_variance", "plot_volatility", "volatility_data"]


def volatility_data(result: VolatilityResult) -> pd.DataFrame:
    """Give what `plot_volatility` draws: columns ``session``, ``volatility`` [unit shown on the axis], ``event``."""
    import pandas as pd

    check_kind(result, VolatilityResult, "event_volatility")
    return pd.DataFrame(
        {
            "session": result.sessions.astype("datetime64[s]"),
            "volatility": result.volatility * result.kind.scale,
            "event": result.event,
        }
    )


def plot_volatility(result: VolatilityResult, *, ax: Axes | None = None) -> Axes:
    """Draw the fitted volatility of every session, with the event days.

    Parameters
    ----------
    result : VolatilityResult
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.regress.volatility import event_volatility
    >>> panel = mi.fetch("ecb:EUR/PLN")
    >>> days = panel["EUR/PLN"].loc["2006":"2015"].index[::40]
    >>> news = [mi.Event(f"e{i}", announced_at=str(day.date()), zone="Europe/Berlin") for i, day in enumerate(days)]
    >>> plot_volatility(event_volatility(panel, news), ax=Figure().subplots()).get_ylabel()
    'volatility of a move [%]'
    """
    data = volatility_data(result)
    ax = axes_of(ax)
    ax.plot(
        data["session"], data["volatility"], color=LINE, linewidth=1.0, label="fitted volatility", zorder=2
    )
    on = data[data["event"]]
    ax.plot(on["session"], on["volatility"], "D", color=EVENT, markersize=4, linestyle="none",
            label=f"event days ({len(on)})", zorder=3)  # fmt: skip
    name, _, rest = result.title.partition(" on news")
    finish(ax, xlabel="session", ylabel=f"volatility of a move [{result.kind.display_unit}]",
           title=rest.replace(",", ":", 1) + ", event days marked", name=name)  # fmt: skip
    ax.set_ylim(0.0, 1.25 * float(data["volatility"].max()))  # room for the legend, also above a flat line
    ax.legend(loc="upper right", fontsize=9, framealpha=0.85, edgecolor="none")
    stamp(ax, result.stamp)
    return ax


def event_variance_data(result: EventVariance) -> pd.DataFrame:
    """Give what `plot_event_variance` draws: ``size`` in order, ``share`` of moves that are not larger, ``event``."""
    import pandas as pd

    check_kind(result, EventVariance, "event_variance")
    parts = []
    for event, moves in ((True, result.event_moves), (False, result.other_moves)):
        size = np.sort(np.abs(moves - moves.mean())) if len(moves) else moves
        share = np.arange(1, len(size) + 1) / max(len(size), 1)
        parts.append(pd.DataFrame({"size": size * result.scale, "share": share, "event": event}))
    return pd.concat(parts, ignore_index=True)


def plot_event_variance(result: EventVariance, *, ax: Axes | None = None) -> Axes:
    """Draw how many moves are at most as large as a size, on event days and on others.

    A curve that lies below and to the right belongs to the days that move more.

    Parameters
    ----------
    result : EventVariance
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.regress.variance_ratios import event_variance
    >>> panel = mi.fetch("ecb:EUR/PLN")
    >>> days = panel["EUR/PLN"].loc["2006":"2015"].index[::40]
    >>> news = [mi.Event(f"e{i}", announced_at=str(day.date()), zone="Europe/Berlin") for i, day in enumerate(days)]
    >>> plot_event_variance(event_variance(panel, news), ax=Figure().subplots()).get_ylabel()
    'share of moves not larger [%]'
    """
    data = event_variance_data(result)
    ax = axes_of(ax)
    looks = ((False, MUTED, "--", "other days"), (True, EVENT, "-", "event days"))
    for event, colour, line, name in looks:
        part = data[data["event"] == event]
        ax.step(part["size"], 100.0 * part["share"], where="post", color=colour, linestyle=line, linewidth=1.8,
                label=f"{name} ({len(part)})")  # fmt: skip
    largest = data["size"].quantile(0.995)
    if largest > 0.0:
        ax.set_xlim(0.0, max(largest, data["size"][data["event"]].max()) * 1.03)
    ax.set_ylim(0.0, 102.0)
    words = "" if np.isnan(result.ratio) else f" ×{result.ratio:.2g}"
    finish(ax, xlabel=f"size of a move from its mean [{result.shown}]", ylabel="share of moves not larger [%]",
           title=f": variance on event days{words}", name=result.instrument)  # fmt: skip
    ax.legend(loc="lower right", fontsize=9, framealpha=0.85, edgecolor="none")
    stamp(ax, result.stamp)
    return ax
