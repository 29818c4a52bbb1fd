"""Confidence sets of an identification through heteroskedasticity, whatever their shape."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..regress.heteroskedasticity import RigobonSack
from ..units import shown_unit
from .expected import check_kind
from .style import EVENT, INK, LINE, MUTED, axes_of, finish, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["confidence_set_data", "plot_confidence_sets"]

MARGIN = 0.12
"""Room beside the finite ends, as a share of their spread: what is unbounded runs through it into an arrow."""

ARROW = 0.02
"""Room for the arrows, as a share of the axis."""


def confidence_set_data(result: RigobonSack, levels: float | tuple[float, ...] | None = None) -> pd.DataFrame:
    """Give what `plot_confidence_sets` draws.

    Parameters
    ----------
    result : RigobonSack
    levels : float or tuple of float, optional
        That of the result when not given.

    Returns
    -------
    DataFrame
        One row a part of a set, one with NaN for an empty set: ``term``, ``level``, ``estimate``, ``shape``, ``low``,
        ``high`` [unit shown on the axis]; unbounded ends are infinite; ``words``: the set as it is written.
    """
    import pandas as pd

    check_kind(result, RigobonSack, "rigobon_sack")
    wanted = (levels,) if isinstance(levels, float) else levels
    rows, scale = [], shown_unit(result.units[0])[1]
    for which, term in enumerate(result.terms):
        for level in wanted or (result.level,):
            found = result.confidence_set(level, which)
            words = replace(
                found, parts=tuple((scale * low, scale * high) for low, high in found.parts)
            ).words(".3g")
            for low, high in found.parts or ((np.nan, np.nan),):
                estimate = scale * result.estimates[which]
                rows.append((term, level, estimate, found.shape, scale * low, scale * high, words))
    return pd.DataFrame(rows, columns=["term", "level", "estimate", "shape", "low", "high", "words"])


def plot_confidence_sets(
    result: RigobonSack, *, levels: float | tuple[float, ...] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the estimates and the sets of values that are not rejected: a bar that has no end ends in an arrow.

    Parameters
    ----------
    result : RigobonSack
    levels : float or tuple of float, optional
        That of the result when not given.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.regress.heteroskedasticity import rigobon_sack
    >>> panel = mi.fetch("ecb:EUR/RUB").join(mi.fetch("ecb:EUR/PLN"))
    >>> clocks = [f"{day.date()}T09:00" for day in panel["EUR/PLN"].loc["2008"].index[::10]]
    >>> news = [mi.Event(f"e{i}", announced_at=at, zone="Europe/Berlin") for i, at in enumerate(clocks)]
    >>> found = rigobon_sack(panel, news, "EUR/RUB", driver="EUR/PLN")
    >>> plot_confidence_sets(found, ax=Figure().subplots()).get_xlabel()
    'response of EUR/RUB to EUR/PLN [% per %]'
    """
    data = confidence_set_data(result, levels)
    ax = axes_of(ax)
    rows = [
        (str(term), float(level), part)  # type: ignore[arg-type]  # a key of the two columns
        for (term, level), part in data.groupby(["term", "level"], sort=False)
    ]
    left, right = _limits(data)
    for y, (_, level, part) in enumerate(rows):
        for _, one in part.iterrows():
            _bar(ax, y, (float(one["low"]), float(one["high"])), (left, right))
        ax.text(
            left,
            y - 0.22,
            f"{level * 100:g} %: {part['words'].iloc[0]}",
            va="bottom",
            ha="left",
            fontsize=9,
            color=MUTED,
        )
        estimate = float(part["estimate"].iloc[0])
        if left <= estimate <= right:
            ax.plot(
                estimate, y, "D", color=EVENT, markersize=8, zorder=4, label="estimate" if y == 0 else None
            )
    ax.axvline(0.0, color=INK, linewidth=0.8, zorder=2)
    ax.set_xlim(left - ARROW * (right - left), right + ARROW * (right - left))
    ax.set_ylim(len(rows) - 0.4, -0.8)
    ax.set_yticks(range(len(rows)), [term for term, _, _ in rows], parse_math=False)
    ax.tick_params(axis="y", length=0)
    finish(
        ax, xlabel=f"response of {result.instrument} to {result.driver} [{shown_unit(result.units[0])[0]}]", ylabel="",
        title=": values that are not rejected", name=result.instrument,
    )  # fmt: skip
    if ax.get_legend_handles_labels()[1]:
        ax.legend(loc="upper right", fontsize=9, framealpha=0.85, edgecolor="none")
    stamp(ax, result.stamp)
    return ax


def _limits(data: pd.DataFrame) -> tuple[float, float]:
    """Give ends of the axis that hold zero, every finite end and every estimate that is not far beyond them."""
    ends = data[["low", "high"]].to_numpy(dtype=float).ravel()
    ends = np.append(ends[np.isfinite(ends)], 0.0)
    estimates = data["estimate"].to_numpy(dtype=float)
    reach = float(np.abs(ends).max()) or float(np.abs(estimates).max()) or 1.0
    shown = np.append(ends, estimates[np.abs(estimates) <= 3.0 * reach])
    low, high = float(shown.min()), float(shown.max())
    room = MARGIN * (high - low if high > low else reach)
    return low - room, high + room


def _bar(ax: Axes, y: int, ends: tuple[float, float], limits: tuple[float, float]) -> None:
    """Draw one part; a thick line, with an arrow at an end that there is not."""
    if np.isnan(ends[0]):
        return
    low, high = max(ends[0], limits[0]), min(ends[1], limits[1])
    ax.plot([low, high], [y, y], "-", color=LINE, linewidth=5.0, alpha=0.75, solid_capstyle="butt", zorder=3)
    for end, limit, marker in ((ends[0], limits[0], "<"), (ends[1], limits[1], ">")):
        if np.isinf(end):
            ax.plot(limit, y, marker, color=LINE, markersize=11, clip_on=False, zorder=4)
        else:
            ax.plot([end, end], [y - 0.1, y + 0.1], "-", color=LINE, linewidth=2.0, zorder=4)
