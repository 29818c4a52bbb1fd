"""Association of news with moves: correlations by lag over bands of none, and estimates with their intervals."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from ..associate.result import Association
from ..errors import InputError
from ..units import shown_unit
from .expected import check_kind
from .style import BAND, EVENT, INK, LINE, MUTED, axes_of, band, finish, sample_words, stamp, whole_ticks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["association_data", "lead_lag_data", "plot_association", "plot_lead_lag"]

CHANCE = ("coincidence", "granger")
"""Methods whose bars are what chance gives, not intervals of the estimates."""

LETTERS, LINES = 24, 3
"""Letters of a line of a term on the axis, and its lines."""


def lead_lag_data(result: Association) -> pd.DataFrame:
    """Give what `plot_lead_lag` draws: one row a lag with its correlation and half widths of the bands.

    Raises
    ------
    InputError
        If the result is not of `lead_lag`.
    """
    check_kind(result, Association, "lead_lag")
    if result.method != "lead-lag":
        raise InputError(
            "has no lags on both sides",
            parameter="result",
            received=result.method,
            allowed="what lead_lag gives",
        )
    return result.to_frame()[["lag", "estimate", "pointwise", "simultaneous", "plain", "p_value", "p_joint"]]


def plot_lead_lag(result: Association, *, ax: Axes | None = None) -> Axes:
    """Draw the correlation of news with moves at each lag, over the bands that hold it where there is no association.

    Parameters
    ----------
    result : Association
        Of `lead_lag`.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If the result is not of `lead_lag`.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.associate.lead_lag import lead_lag
    >>> panel = mi.fetch("ecb:EUR/RUB", start="2019-01-01", end="2020-12-31")
    >>> days = pd.date_range("2019-01-01", "2020-12-31")
    >>> news = pd.Series(np.random.default_rng(0).poisson(3.0, len(days)), index=days, name="articles")
    >>> ax = plot_lead_lag(lead_lag(news, panel, lags=5, draws=99), ax=Figure(figsize=(8, 4)).subplots())
    >>> ax.get_xlabel().splitlines()[1]
    '3 January 2019 to 31 December 2020, 511 sessions, 487 with news'
    """
    data, ax = lead_lag_data(result), axes_of(ax)
    lag = data["lag"].to_numpy()
    for name, words, colour in (
        ("simultaneous", "simultaneous band of no association", BAND),
        ("pointwise", "pointwise band of no association", "#b4bfcd"),
    ):
        width = data[name].to_numpy()
        band(ax, lag, -width, width, color=colour, label=words)
    plain = data["plain"].to_numpy()
    for sign in (-1.0, 1.0):
        ax.plot(lag, sign * plain, color=MUTED, linewidth=0.9, linestyle=":", zorder=2,
                label="1.96 / √n, right for white noise alone" if sign > 0 else None)  # fmt: skip
    outside = (data["p_joint"] < 0.05).to_numpy()
    ax.vlines(lag, 0.0, data["estimate"], color=LINE, linewidth=1.2, zorder=3)
    for chosen, face, words in (
        (outside, EVENT, "outside the simultaneous band at 5 %"),
        (~outside, "white", "inside"),
    ):
        if chosen.any():
            ax.plot(lag[chosen], data["estimate"][chosen], "D" if face == EVENT else "o", markersize=5.5, zorder=4,
                    color=EVENT if face == EVENT else LINE, markerfacecolor=face, label=words)  # fmt: skip
    ax.axhline(0.0, color=INK, linewidth=0.8, zorder=2)
    ax.axvline(0.0, color=MUTED, linewidth=0.8, zorder=1)
    finish(
        ax, xlabel=_below("sessions by which news lead (below 0: by which they follow)", result),
        ylabel=f"correlation (moves: {result.sign})" if result.sign else "correlation", title="", name=result.title,
    )  # fmt: skip
    whole_ticks(ax, len(lag) == 1)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.35 * (high - low))
    ax.legend(loc="upper left", fontsize=9, ncols=2, framealpha=0.85, edgecolor="none")
    stamp(ax, result.stamp)
    return ax


def _below(label: str, result: Association) -> str:
    """Put which sample it is below the label of the axis."""
    return "\n".join(filter(None, (label, sample_words(result.span, result.sample))))


def _chance(result: Association) -> str:
    """Say what a bar is; the p of a Granger test may be that of a bootstrap, and not of the bar's law."""
    by_draws = result.method == "granger" and "p_f" in dict(result.more)
    return "95 % of F by its own law; p by bootstrap" if by_draws else "95 % of what chance gives"


def _small(data: pd.DataFrame) -> str:
    """Say how many of how many are below .05: of many some are by chance."""
    alone = len(data) == 1
    return "p < .05" if alone else f"p < .05: {int(data['small'].sum())} of {len(data)}, unadjusted"


def _on_lines(term: str) -> str:
    """Write a term on a few short lines; of one that is too long the middle is left out."""
    lines = wrap(term, LETTERS)
    if len(lines) > LINES:
        lines = [*lines[: LINES - 2], f"{lines[LINES - 2][: LETTERS - 1]}…", lines[-1]]
    return "\n".join(lines)


def association_data(result: Association) -> pd.DataFrame:
    """Give what `plot_association` draws.

    Returns
    -------
    DataFrame
        One row a term: ``place`` on the axis, ``term``, ``estimate``, ``low``, ``high`` [``unit``], ``small``: whether
        p < .05. Of coincidences ``low`` and ``high`` bound what chance gives, of Granger tests 0 and the 5 % critical
        value the F, of all others the estimate.

    Raises
    ------
    InputError
        If the result is of `lead_lag`, which has a plot of its own.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from marketimpact.associate.coincidence import event_coincidence
    >>> found = event_coincidence(mi.fetch("ecb:EUR/RUB"), mi.datasets.load_events("ruble_2022"))
    >>> association_data(found)[["term", "estimate", "low", "high"]].round(3).values.tolist()
    [['precursor', 0.014, 0.0, 0.009], ['trigger', 1.0, 0.0, 1.0]]
    """
    import pandas as pd

    check_kind(result, Association, "distributed_lags and others")
    if result.method == "lead-lag":
        raise InputError(
            "is a path over lags", parameter="result", received=result.method, allowed="plot_lead_lag for it"
        )
    values, (low, high), unit = result.estimates, (result.low, result.high), result.units[0]
    if result.method == "coincidence":
        low, high = result.column("chance_low"), result.column("chance_high")
    elif result.method == "granger":
        values, low, high, unit = result.statistics, np.zeros(len(low)), result.column("critical"), "F"
    shown, scale = shown_unit(unit)
    return pd.DataFrame(
        {
            "place": np.arange(len(result.terms)), "term": result.terms, "estimate": values * scale,
            "low": low * scale, "high": high * scale, "small": result.p_values < 0.05, "unit": shown,
        }
    )  # fmt: skip


def plot_association(result: Association, *, ax: Axes | None = None) -> Axes:
    """Draw the estimates of a result with their intervals; coincidence rates and Granger's F over what chance gives.

    Parameters
    ----------
    result : Association
        Of `distributed_lags`, `quantile_response`, `adjusted_correlation`, `event_coincidence` or `granger`.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If the result is of `lead_lag`, which has a plot of its own.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.associate.contagion import adjusted_correlation
    >>> panel = mi.fetch(["ecb:EUR/TRY", "ecb:EUR/ZAR"], start="2017-01-01", end="2018-12-31")
    >>> found = adjusted_correlation(panel, "EUR/TRY", "EUR/ZAR", ("2018-08-01", "2018-09-30"))
    >>> plot_association(found, ax=Figure(figsize=(8, 4)).subplots()).get_xlabel().splitlines()
    ['correlation', '3 January 2017 to 31 December 2018, 509 moves, 43 turbulent']
    """
    data, ax = association_data(result), axes_of(ax)
    interval, _, errors = result.interval.rstrip(")").partition(" (")
    if result.method in CHANCE:
        ax.hlines(data["place"], data["low"], data["high"], color=BAND, linewidth=14.0, zorder=1)
        ax.fill_between(
            [], [], color=BAND, label=_chance(result)
        )  # in the legend no bar as long as those drawn
    else:
        ax.hlines(data["place"], data["low"], data["high"], color=LINE, linewidth=1.6, zorder=2,
                  label=f"pointwise {interval}")  # fmt: skip
    for small, words in ((True, _small(data)), (False, "p ≥ .05")):
        part = data[data["small"] == small]
        if len(part):
            ax.plot(part["estimate"], part["place"], "D" if small else "o", color=EVENT if small else LINE,
                    markersize=7,
                    markerfacecolor=EVENT if small else "white", zorder=3, label=words)  # fmt: skip
    ax.plot([0.0, 0.0], [-0.5, len(data) - 0.5], color=INK, linewidth=0.8, zorder=1)
    if result.method == "granger":
        ax.set_xlim(left=0.0)
    ax.set_yticks(data["place"], list(map(_on_lines, result.terms)), color=INK, parse_math=False)
    unit = str(data["unit"].iloc[0])
    sign = f"; moves: {result.sign}" if result.sign and result.method not in CHANCE else ""
    finish(ax, xlabel=_below(f"{unit}{sign}", result), ylabel="", title="", name=result.title)
    ax.set_ylim(len(data) - 0.5, -1.0 - 0.18 * len(data))
    ax.grid(axis="y", visible=False)
    ax.legend(loc="upper left", fontsize=9, ncols=3, framealpha=0.85, edgecolor="none", title=errors, title_fontsize=8,
              alignment="left")  # fmt: skip
    stamp(ax, result.stamp)
    return ax
