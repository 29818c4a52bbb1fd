"""Spillovers: the table as a picture, and the total over rolling windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..associate.spillovers import Spillovers
from ..errors import InputError
from .expected import check_kind
from .style import INK, LINE, MUTED, axes_of, finish, sample_words, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_spillovers", "plot_total_spillover", "spillovers_data", "total_spillover_data"]

BY_CHANCE = "larger by chance in short windows: compare them with each other"
"""What stands below totals of windows."""

DARK = 0.6
"""Share of the darkest blue above which ink is no longer read on it."""


def spillovers_data(result: Spillovers) -> pd.DataFrame:
    """Give what `plot_spillovers` draws: the shares in percent, a row a market, a column a source."""
    import pandas as pd

    check_kind(result, Spillovers, "spillovers")
    return pd.DataFrame(result.shares * 100.0, index=list(result.names), columns=list(result.names))


def plot_spillovers(result: Spillovers, *, ax: Axes | None = None) -> Axes:
    """Draw the table of spillovers: the more of a row's error variance a column makes, the darker; own shares are
    hollow.

    Parameters
    ----------
    result : Spillovers
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.associate.spillovers import spillovers
    >>> panel = mi.fetch(["ecb:EUR/TRY", "ecb:EUR/ZAR", "ecb:EUR/CZK"], start="2017-01-01", end="2018-12-31")
    >>> ax = plot_spillovers(spillovers(panel), ax=Figure(figsize=(6, 5)).subplots())
    >>> ax.get_xlabel().splitlines()
    ['from shocks to', '3 January 2017 to 31 December 2018, 509 sessions']
    """
    data, ax = spillovers_data(result), axes_of(ax)
    table, k = data.to_numpy(dtype=np.float64), len(data)
    shown = np.where(np.eye(k, dtype=bool), np.nan, table)
    darkest = 1.4 * max(float(np.nanmax(shown)), 1e-9)
    ax.imshow(shown, cmap="Blues", vmin=0.0, vmax=darkest, aspect="auto", zorder=1)
    for i in range(k):
        for j in range(k):
            ink = "white" if shown[i, j] > DARK * darkest else INK
            ax.text(j, i, f"{table[i, j]:.1f}", ha="center", va="center", fontsize=9,
                    color=MUTED if i == j else ink, zorder=2)  # fmt: skip
    level = f", {result.level * 100:g} % interval" if len(result.drawn) else ""
    sample = sample_words(result.span, f"{result.n + result.spec.lags} sessions")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_ticks(range(k), list(result.names), color=INK, fontsize=9, parse_math=False)
    finish(ax, xlabel=f"from shocks to\n{sample}".strip(), title=f" [%]: total {result.total_words}{level}",
           ylabel=f"error variance, {result.spec.horizon} sessions ahead, of", name="Spillovers")  # fmt: skip
    ax.grid(visible=False)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    stamp(ax, result.stamp)
    return ax


def total_spillover_data(result: Spillovers) -> pd.DataFrame:
    """Give what `plot_total_spillover` draws: ``session`` and ``total`` [%] of each rolling window.

    Raises
    ------
    InputError
        If there are no rolling windows.
    """
    check_kind(result, Spillovers, "spillovers")
    table = result.rolling()[["total"]] * 100.0
    if not len(table):
        raise InputError(
            "has no rolling windows",
            parameter="result",
            allowed="spillovers(..., spec=SpilloverSpec(window=250))",
        )
    return table.reset_index()


def plot_total_spillover(result: Spillovers, *, ax: Axes | None = None) -> Axes:
    """Draw the total spillover of rolling windows, each at its last session; a gap where an autoregression is not
    stable.

    Parameters
    ----------
    result : Spillovers
        With rolling windows.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If there are no rolling windows.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.associate.spillovers import SpilloverSpec, spillovers
    >>> panel = mi.fetch(["ecb:EUR/TRY", "ecb:EUR/ZAR"], start="2017-01-01", end="2018-12-31")
    >>> found = spillovers(panel, spec=SpilloverSpec(window=200, step=20))
    >>> plot_total_spillover(found, ax=Figure(figsize=(8, 4)).subplots()).get_ylabel()
    'total spillover [%]'
    """
    data, ax = total_spillover_data(result), axes_of(ax)
    window = result.spec.window
    ax.plot(
        data["session"],
        data["total"],
        color=LINE,
        linewidth=1.6,
        zorder=3,
        label=f"windows of {window} sessions",
    )
    ax.axhline(
        result.total * 100.0, color=MUTED, linewidth=1.0, linestyle="--", zorder=2, label="whole sample"
    )
    finish(ax, xlabel=f"last session of the window\n{BY_CHANCE}", ylabel="total spillover [%]",
           name=", ".join(result.names), title=": total spillover")  # fmt: skip
    low, high = min(ax.get_ylim()[0], 0.0), ax.get_ylim()[1]
    ax.set_ylim(low, high + 0.2 * (high - low))  # room for the legend
    ax.legend(loc="upper left", fontsize=9, ncols=2, framealpha=0.85, edgecolor="none")
    stamp(ax, result.stamp)
    return ax
