"""One country on one event: the gains of its instruments, in one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError
from ..maths.parametric import t_quantile
from ..study.country import CountryView
from ..study.summary import p_words
from ..units import DISPLAY_UNITS
from .style import BAND, INK, LINE, MUTED, axes_of, date_words, finish, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["country_data", "plot_country"]

PALE = "#9fb6d3"
"""Bars of moves that are not clear; clear ones are dark and hatched."""


def country_data(view: CountryView) -> pd.DataFrame:
    """Give what `plot_country` draws.

    Returns
    -------
    DataFrame
        Columns ``instrument``, ``gain`` [standard errors], ``bound``: the size up to which a move is not clear,
        ``label``: the abnormal move in its own unit, ``reading``.
    """
    frame = view.to_frame()
    labels = [
        f"{estimate * DISPLAY_UNITS[unit][1]:+.1f} {DISPLAY_UNITS[unit][0]}"
        for estimate, unit in zip(frame["estimate"], frame["unit"], strict=True)
    ]
    bound = float(t_quantile(view.level, view.test.df))
    return frame[["instrument", "gain", "reading"]].assign(bound=bound, label=labels)


def plot_country(view: CountryView, *, ax: Axes | None = None) -> Axes:
    """Draw the gains of a country's instruments on one event: to the right its assets gained, to the left they lost.

    Every bar is an abnormal move with the sign of a gain, over its standard error; its label is the move as it is
    quoted. The band is pointwise: moves within it are not clear.

    Parameters
    ----------
    view : CountryView
        As `country_view` gives it.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If no move has a standard error.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow", place="RU")
    >>> study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 3)))
    >>> view = mi.country_view(study.run(mi.fetch("ecb:EUR/RUB"), news))
    >>> mi.plot_country(view, ax=Figure().subplots()).get_xlabel()
    'gain of RU assets [standard errors]'
    """
    if not view.tested:
        raise InputError(
            "has no move with a standard error to be drawn in",
            parameter="view",
            received=view.reading,
            allowed="a view of a study by a model whose errors have a known covariance, as ConstantMean()",
        )
    data = country_data(view)
    ax = axes_of(ax)
    rows, bound = range(len(data)), float(data["bound"].iloc[0])
    level = f"{view.level * 100:g} %"
    ax.axvspan(
        -bound, bound, color=BAND, zorder=0, label=f"pointwise {level} band (t, {view.test.df} df): not clear"
    )
    clear = data["reading"] != "no clear move"
    ax.barh(
        list(rows), data["gain"], height=0.55, color=[LINE if one else PALE for one in clear], zorder=3,
        hatch=["///" if one else "" for one in clear], edgecolor="white",
    )  # fmt: skip
    ax.axvline(0.0, color=INK, linewidth=0.8, zorder=4)
    reach = max(float(data["gain"].abs().max()), bound) * 1.45
    ax.set_xlim(-reach, reach)
    ax.set_ylim(len(data) - 0.4, -1.0)  # the first instrument on top, the legend above it
    for row, gain, label in zip(rows, data["gain"], data["label"], strict=True):
        side = 1 if gain >= 0 else -1
        ax.annotate(
            label, (gain, row), xytext=(6 * side, 0), textcoords="offset points", va="center",
            ha="left" if side > 0 else "right", color=INK, fontsize=10, zorder=5,
        )  # fmt: skip
    ax.set_yticks(list(rows), list(data["instrument"]), parse_math=False)
    days = _days(view)
    finish(
        ax,
        xlabel=f"gain of {view.place} assets [standard errors]",
        ylabel="",
        title=f", {days}: {_joint(view)}",
        name=f"{view.place}, {view.title}",
    )
    ax.grid(axis="x", color="#e8e8e8", linewidth=0.8)
    ax.legend(loc="upper center", fontsize=9, framealpha=0.85, edgecolor="none", labelcolor=MUTED)
    stamp(ax, view.stamp)
    return ax


def _days(view: CountryView) -> str:
    first, last = date_words(view.test.first), date_words(view.test.last)
    return first if first == last else f"{first} to {last}"


def _joint(view: CountryView) -> str:
    """Say the joint test in the title."""
    outcome = view.test.joint
    if not outcome.applies:
        return f"joint F not applicable: {outcome.reason}"
    p = p_words(outcome.p_value)
    return f"joint F {p if p.startswith('<') else f'p = {p}'}".replace("F <", "F p <")
