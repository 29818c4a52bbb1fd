"""Moves against surprises: the points behind a response, and the day that carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..regress.influence import LARGEST_SHARE
from ..regress.surprises import SurpriseResult
from ..study.summary import p_said
from ..units import shown_unit
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
        One of its surprises; when not given the first, and with it the one that it is compared with: a positive
        surprise beside a negative one, a state beside its absence.

    Returns
    -------
    DataFrame
        One row a term and move: ``session``, ``event_id``, ``instrument``, ``surprise`` [sd, or its unit where the
        result is per unit], ``move`` beside all other regressors [unit shown on the axis], ``share`` of the leverage,
        ``term``.

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

    places, points = _places(result, term), result.points
    assert points is not None  # noqa: S101 - whoever runs a regression gives them
    mine = np.concatenate([np.flatnonzero(points.term == at) for at in places])
    return pd.DataFrame(
        {
            "session": points.sessions[mine].astype("datetime64[s]"),
            "event_id": points.events[mine],
            "instrument": points.instrument[mine],
            "surprise": points.surprise[mine],
            "move": points.move[mine] * _scale(result, places[0]),
            "share": points.share[mine],
            "term": [result.terms[at] for at in points.term[mine]],
        }
    )


def _scale(result: SurpriseResult, at: int) -> float:
    """Factor from the unit of a move to the one shown."""
    return shown_unit(result.units[at].partition(" per ")[0])[1]


def plot_surprises(result: SurpriseResult, term: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw moves against surprises, the fitted response with its band, and the day with the largest leverage.

    The moves are those beside all other regressors, so that the line through zero is the coefficient. The band is that
    of the coefficient, point by point; it says nothing of single moves. A dashed line is the response without the day
    that is named, where that day has more than a third of the leverage. Two responses that are compared, by sign or by
    state, are drawn together, each over its own surprises.

    Parameters
    ----------
    result : SurpriseResult
    term : str, optional
        One of its surprises; when not given the first, and the one that it is compared with.
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
    'move beside other regressors [%]\\n+ = weaker EUR'
    """
    places, data, ax = _places(result, term), surprise_data(result, term), axes_of(ax)
    ax.axhline(0.0, color=INK, linewidth=0.8, zorder=1)
    ax.axvline(0.0, color=INK, linewidth=0.8, zorder=1)
    for look, at in zip(LOOKS, places, strict=False):
        _response(ax, result, at, data[data["term"] == result.terms[at]], (*look, len(places) > 1))
    ax.margins(y=0.12)
    unit = shown_unit(result.units[places[0]])[0].partition(" per ")[0]
    finish(
        ax, xlabel=_surprise_words(result, places), title="", name=result.title,
        ylabel=f"move beside other regressors [{unit}]" + (f"\n{result.sign}" if result.sign else ""),
    )  # fmt: skip
    legend = ax.legend(loc="best", fontsize=9, frameon=False, alignment="left")
    if len(places) > 1:
        (test,) = (one for one, pair in zip(result.tests, result.compared, strict=True) if pair == places)
        p = "no p" if np.isnan(test.p_value) else p_said(test.p_value)
        difference = test.estimate * shown_unit(result.units[places[0]])[1]
        legend.set_title(f"difference of the responses {difference:+.3g}, {p}")
        legend.get_title().set_fontsize(9)
    stamp(ax, result.stamp)
    return ax


LOOKS = ((LINE, "o", EVENT, "D"), (INK, "s", "#8a4a9e", "X"))
"""Colour and marker of the points of a response, and of the day that has most of its leverage."""


def _surprise_words(result: SurpriseResult, places: tuple[int, ...]) -> str:
    """Say what the lower axis holds: of which release, and what one of its units is."""
    at = places[0]
    unit, note = ("sd", result.notes[at]) if result.per == "sd" else (result.surprise_units[at], "")
    terms = [result.terms[one] for one in places]
    name = terms[0] if len(terms) == 1 else terms[0].rpartition(", ")[0]
    return f"surprise [{unit}]: {', '.join(filter(None, (name, note)))}".rstrip(": ")


def _response(
    ax: Axes, result: SurpriseResult, at: int, data: pd.DataFrame, look: tuple[str, str, str, str, bool]
) -> None:
    """Draw the points of one response, its line and its band over the surprises that it has."""
    (unit, scale), (colour, marker, _, _, several) = shown_unit(result.units[at]), look
    low, high = min(float(data["surprise"].min()), 0.0), max(float(data["surprise"].max()), 0.0)
    x = np.linspace(1.05 * low, 1.05 * high, GRID)
    b, over = (
        result.estimates[at] * scale,
        _scale(result, at) / scale,
    )  # the axis may be per unit, not per cent of it
    ends = result.conf_int().iloc[at] * scale
    if ends.notna().all():
        edges = np.sort(np.outer(x, ends.to_numpy()), axis=1) * over
        level = f"pointwise {result.level * 100:g} % band" + ("s" if several else " of the response")
        shown = at == 0 or not several
        ax.fill_between(
            x, edges[:, 0], edges[:, 1], color=BAND, alpha=0.7, zorder=0, label=level if shown else None
        )
    name = result.terms[at] if several else "response"
    ax.plot(x, b * x * over, color=colour, linewidth=1.6, zorder=2, label=f"{name} {b:+.3g} {unit}")
    ax.plot(
        data["surprise"],
        data["move"],
        marker,
        color=colour,
        markersize=4,
        alpha=0.7,
        zorder=3,
        linestyle="none",
    )
    _largest(ax, result, (at, over), data, (x, *look[2:4]))


def _largest(
    ax: Axes,
    result: SurpriseResult,
    which: tuple[int, float],
    data: pd.DataFrame,
    look: tuple[NDArray[np.float64], str, str],
) -> None:
    """Name the day with the largest leverage, and draw the response without it where it carries the slope."""
    (at, over), (x, colour, marker), influence = which, look, result.influence
    assert influence is not None  # noqa: S101 - whoever runs a regression gives it
    day = data.iloc[int(np.argmax(data["share"].to_numpy()))]
    rows = data[data["session"] == day["session"]]
    label = f"{date_words(np.datetime64(day['session']))}: {day['share'] * 100:.0f} % of the leverage"
    ax.plot(
        rows["surprise"],
        rows["move"],
        marker,
        color=colour,
        markersize=7,
        zorder=4,
        linestyle="none",
        label=label,
    )
    if day["share"] > LARGEST_SHARE:
        without = influence.without[influence.largest(at), at] * shown_unit(result.units[at])[1]
        ax.plot(
            x,
            without * x * over,
            color=colour,
            linestyle="--",
            linewidth=1.4,
            label=f"without it {without:+.3g}",
        )


def _places(result: SurpriseResult, term: str | None) -> tuple[int, ...]:
    """Give the places of the surprises to draw: the one named, or the first and the one that it is compared with."""
    at = _place(result, term)
    pairs = [pair for pair in result.compared if pair[0] == at] if term is None else []
    return pairs[0] if pairs else (at,)


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
