"""Moves against surprises: the points behind a response, and the day that carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..regress.influence import LARGEST_SHARE
from ..regress.surprises import SurpriseResult
from .coefficients import shown_unit
from .expected import check_kind
from .style import BAND, EVENT, INK, LINE, axes_of, date_words, finish, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_surprises", "surprise_data"]

GRID = 41
"""Points of a line and its band."""


def surprise_data(result: SurpriseResult, term: str | None = None) -> pd.DataFrame:
    """Give the points that `plot_surprises` draws.

    Parameters
    ----------
    result : SurpriseResult
    term : str, optional
        One of its surprises; the first when not given.

    Returns
    -------
    DataFrame
        One row a move: ``session``, ``event_id``, ``instrument``, ``surprise`` [sd], ``move`` beside all other
        regressors [unit shown on the axis], ``share`` of the leverage.

    Raises
    ------
    InputError
        If there is no such surprise.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from marketimpact.regress.surprises import SurpriseResponse
    >>> days = ("2008-09-16", "2010-05-06", "2011-08-05", "2015-01-16", "2016-06-24", "2020-03-16")
    >>> news = mi.EventSet.from_events(
    ...     mi.Event(day, announced_at=day, zone="Europe/Berlin", surprise=s, surprise_unit="points", category="toy")
    ...     for day, s in zip(days, (1.0, -0.9, 0.8, -1.1, 0.9, -1.0)))
    >>> result = SurpriseResponse().run(mi.fetch("ecb:USD/EUR", start="2007-01-01", end="2020-12-31"), news)
    >>> surprise_data(result)["surprise"].round(2).tolist()
    [0.96, -0.86, 0.77, -1.05, 0.86, -0.96]
    """
    import pandas as pd

    at, points = _place(result, term), result.points
    assert points is not None  # noqa: S101 - whoever runs a regression gives them
    mine = points.term == at
    return pd.DataFrame(
        {
            "session": points.sessions[mine].astype("datetime64[s]"),
            "event_id": points.events[mine],
            "instrument": points.instrument[mine],
            "surprise": points.surprise[mine],
            "move": points.move[mine] * shown_unit(result.units[at])[1],
            "share": points.share[mine],
        }
    )


def plot_surprises(result: SurpriseResult, term: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw moves against surprises, the fitted response with its band, and the day with the largest leverage.

    The moves are those beside all other regressors, so that the line through zero is the coefficient. The band is that
    of the coefficient, point by point; it says nothing of single moves. A dashed line is the response without the day
    that is named, where that day has more than a third of the leverage.

    Parameters
    ----------
    result : SurpriseResult
    term : str, optional
        One of its surprises; the first when not given.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If there is no such surprise.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.regress.surprises import SurpriseResponse
    >>> days = ("2008-09-16", "2010-05-06", "2011-08-05", "2015-01-16", "2016-06-24", "2020-03-16")
    >>> news = mi.EventSet.from_events(
    ...     mi.Event(day, announced_at=day, zone="Europe/Berlin", surprise=s, surprise_unit="points", category="toy")
    ...     for day, s in zip(days, (1.0, -0.9, 0.8, -1.1, 0.9, -1.0)))
    >>> result = SurpriseResponse().run(mi.fetch("ecb:USD/EUR", start="2007-01-01", end="2020-12-31"), news)
    >>> plot_surprises(result, ax=Figure().subplots()).get_ylabel()
    'move beside other regressors [%]'
    """
    at, data, ax = _place(result, term), surprise_data(result, term), axes_of(ax)
    unit, scale = shown_unit(result.units[at])
    low, high = min(float(data["surprise"].min()), 0.0), max(float(data["surprise"].max()), 0.0)
    x = np.linspace(1.05 * low, 1.05 * high, GRID)
    b = result.estimates[at] * scale
    ends = result.conf_int().iloc[at] * scale
    ax.axhline(0.0, color=INK, linewidth=0.8, zorder=1)
    ax.axvline(0.0, color=INK, linewidth=0.8, zorder=1)
    if ends.notna().all():
        edges = np.sort(np.outer(x, ends.to_numpy()), axis=1)
        level = f"pointwise {result.level * 100:g} % band of the response"
        ax.fill_between(x, edges[:, 0], edges[:, 1], color=BAND, zorder=0, label=level)
    ax.plot(x, b * x, color=LINE, linewidth=1.6, zorder=2, label=f"response {b:+.3g} {unit}")
    ax.plot(
        data["surprise"], data["move"], "o", color=LINE, markersize=4, alpha=0.7, zorder=3, linestyle="none"
    )
    _largest(ax, result, at, data, x)
    ax.margins(y=0.12)
    finish(
        ax, xlabel=f"surprise [sd]: {result.terms[at]}, {result.notes[at]}".rstrip(", "),
        ylabel=f"move beside other regressors [{unit.partition(' per ')[0]}]", title="", name=result.title,
    )  # fmt: skip
    ax.legend(loc="best", fontsize=9, frameon=False)
    stamp(ax, result.stamp)
    return ax


def _largest(ax: Axes, result: SurpriseResult, at: int, data: pd.DataFrame, x: NDArray[np.float64]) -> None:
    """Name the day with the largest leverage, and draw the response without it where it carries the slope."""
    influence = result.influence
    assert influence is not None  # noqa: S101 - whoever runs a regression gives it
    day = data.iloc[int(np.argmax(data["share"].to_numpy()))]
    rows = data[data["session"] == day["session"]]
    label = f"{date_words(np.datetime64(day['session']))}: {day['share'] * 100:.0f} % of the leverage"
    ax.plot(
        rows["surprise"],
        rows["move"],
        "D",
        color=EVENT,
        markersize=7,
        zorder=4,
        linestyle="none",
        label=label,
    )
    if day["share"] > LARGEST_SHARE:
        without = influence.without[influence.largest(at), at] * shown_unit(result.units[at])[1]
        ax.plot(
            x, without * x, color=EVENT, linestyle="--", linewidth=1.4, label=f"without it {without:+.3g}"
        )


def _place(result: SurpriseResult, term: str | None) -> int:
    """Give the place of a surprise among the terms."""
    check_kind(result, SurpriseResult, "SurpriseResponse")
    terms = () if result.influence is None else result.influence.terms
    if term is None and terms:
        return 0
    if term not in terms:
        raise InputError(
            "is no surprise of this regression", parameter="term", received=term,
            allowed=", ".join(map(repr, terms)) or "a result of SurpriseResponse",
        )  # fmt: skip
    return terms.index(term)
