"""The response of a local projection over horizons, with its pointwise intervals and its simultaneous band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..regress.local_projections import LocalProjection
from ..units import shown_unit
from .expected import check_kind
from .style import BAND, EVENT, INK, LINE, axes_of, band, finish, stamp, whole_ticks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_response", "response_data"]

NUMBERS = ("estimate", "conf_low", "conf_high", "band_low", "band_high")


def response_data(result: LocalProjection) -> pd.DataFrame:
    """Give what `plot_response` draws.

    Returns
    -------
    DataFrame
        Columns ``horizon`` [sessions], ``estimate``, ``conf_low``, ``conf_high``: the pointwise interval,
        ``band_low``, ``band_high``: the simultaneous band [unit shown on the axis].
    """
    check_kind(result, LocalProjection, "local_projection")
    frame = result.to_frame()
    data = frame[["horizon", *NUMBERS]].copy()
    data[list(NUMBERS)] *= shown_unit(result.units[0])[1]
    return data


def plot_response(result: LocalProjection, *, ax: Axes | None = None) -> Axes:
    """Draw where the series stands h sessions after the shock.

    Bars are pointwise intervals, each horizon on its own; the band holds the whole path (sup-t; Sidak's
    bound with few shocks). A response whose band
    leaves zero somewhere is one; a bar that leaves zero at one of many horizons is not.

    Parameters
    ----------
    result : LocalProjection
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    References
    ----------
    Montiel Olea and Plagborg-Møller (2019), doi:10.1002/jae.2656.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.regress.local_projections import ProjectionSpec, local_projection
    >>> panel = mi.fetch("ecb:EUR/RUB").join(mi.fetch("ecb:EUR/PLN"))
    >>> found = local_projection(panel, "EUR/PLN", "EUR/RUB", spec=ProjectionSpec(horizons=2))
    >>> plot_response(found, ax=Figure().subplots()).get_ylabel()
    'cumulative log move [% per %]\\n+ = weaker RUB'
    """
    data, (unit, _) = response_data(result), shown_unit(result.units[0])
    ax = axes_of(ax)
    level = f"{result.level * 100:g} %"
    if data["band_low"].notna().any():
        ends = (data[name].to_numpy(dtype=np.float64) for name in ("horizon", "band_low", "band_high"))
        words = f"simultaneous {level} band of the whole path ({result.band_words})"
        band(ax, *ends, color=BAND, label=words)
    known = data[data["conf_low"].notna()]
    if len(known):
        error = [known["estimate"] - known["conf_low"], known["conf_high"] - known["estimate"]]
        ax.errorbar(known["horizon"], known["estimate"], yerr=error, fmt="none", ecolor=LINE, elinewidth=1.2,
                    capsize=3, zorder=3, label=f"pointwise {level} interval (t)")  # fmt: skip
    ax.plot(
        data["horizon"],
        data["estimate"],
        "o-",
        color=LINE,
        linewidth=1.6,
        markersize=4.5,
        label="response",
        zorder=4,
    )
    first = data[data["horizon"] == 0]
    ax.plot(
        first["horizon"],
        first["estimate"],
        "D",
        color=EVENT,
        markersize=8,
        label="session of the shock",
        zorder=5,
    )
    ax.axhline(0.0, color=INK, linewidth=0.8, zorder=2)
    ax.axvline(0, color=EVENT, linewidth=1.2, linestyle="--", zorder=2)
    whole_ticks(ax, len(data) == 1)
    move = result.kind.noun.removeprefix(f"{result.kind.quoted} ")
    instrument = result.title.partition(" of ")[2].partition(" on ")[0]
    sign = f"\n{result.sign}" if result.sign else ""
    finish(ax, xlabel="sessions after the shock", ylabel=f"cumulative {move} [{unit}]{sign}",
           title=f": response to {result.shock}{_days(result)}", name=instrument)  # fmt: skip
    _room(ax, data)
    _unknown(ax, data)
    ax.legend(loc="upper left", fontsize=9, ncols=2, framealpha=0.85, edgecolor="none")
    stamp(ax, result.stamp)
    return ax


def _days(result: LocalProjection) -> str:
    """Say how many event days the response to news rests on at first."""
    n = result.n_events[0]
    return f", {n} event {'day' if n == 1 else 'days'}" if result.shock in ("news", "surprise") else ""


def _room(ax: Axes, data: pd.DataFrame) -> None:
    """Leave room for the legend above the path."""
    shown = np.append(data[list(NUMBERS)].to_numpy(dtype=float).ravel(), 0.0)
    low, high = np.nanmin(shown), np.nanmax(shown)
    if high > low:
        ax.set_ylim(low - 0.06 * (high - low), high + 0.28 * (high - low))


def _unknown(ax: Axes, data: pd.DataFrame) -> None:
    """Show horizons without a coefficient as such: the axis would end before them."""
    gone = data["horizon"][data["estimate"].isna()]
    if len(gone):
        last = float(data["horizon"].max())
        if last:
            ax.set_xlim(-0.04 * last, 1.04 * last)
        middle = (float(gone.min()) + float(gone.max())) / 2.0
        ax.annotate(
            "no shock left", (middle, 0.0), (0, -14), textcoords="offset points", ha="center", color=INK
        )
