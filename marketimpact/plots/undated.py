"""The largest abnormal moves of a series, and which of them have news beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..regress.undated import LargestMoves
from ..units import DISPLAY_UNITS
from .expected import check_kind
from .style import EVENT, INK, LINE, MUTED, axes_of, finish, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["largest_moves_data", "plot_largest_moves"]

NAMED = 4
"""Moves whose news are named on the axes."""

MOST_LETTERS = 28
"""Letters of a name on the axes."""


def largest_moves_data(result: LargestMoves) -> pd.DataFrame:
    """Give what `plot_largest_moves` draws.

    Returns
    -------
    DataFrame
        One row a session: ``session``, ``ar`` [unit shown on the axis], ``sar``, ``listed``: whether it is one of the
        largest, ``matched``: whether it has news beside it, ``candidates``: their ids.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from marketimpact.regress.undated import MoveSearch, largest_moves
    >>> found = largest_moves(mi.fetch("ecb:EUR/RUB"), mi.datasets.load_events("ruble_2022"), search=MoveSearch(n=3))
    >>> data = largest_moves_data(found)
    >>> int(data["listed"].sum()), int(data["matched"].sum())
    (3, 1)
    """
    import pandas as pd

    check_kind(result, LargestMoves, "largest_moves")
    listed = np.zeros(len(result.ar), dtype=bool)
    listed[result.chosen] = True
    names = [""] * len(result.ar)
    for at, found in zip(result.chosen, result.candidates, strict=True):
        names[int(at)] = ", ".join(name for name, _ in found)
    return pd.DataFrame(
        {
            "session": result.sessions.astype("datetime64[s]"),
            "ar": result.ar * DISPLAY_UNITS[result.kind.unit][1], "sar": result.sar, "listed": listed,
            "matched": [bool(name) for name in names], "candidates": names,
        }
    )  # fmt: skip


def plot_largest_moves(result: LargestMoves, *, ax: Axes | None = None) -> Axes:
    """Draw abnormal moves over time, the largest marked: filled where news stand beside them, hollow where none do.

    Parameters
    ----------
    result : LargestMoves
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.regress.undated import largest_moves
    >>> found = largest_moves(mi.fetch("ecb:EUR/RUB"), mi.datasets.load_events("ruble_2022"))
    >>> plot_largest_moves(found, ax=Figure(figsize=(8, 4)).subplots()).get_ylabel()
    'abnormal move [%]\\n+ = weaker RUB'
    """
    data, ax = largest_moves_data(result), axes_of(ax)
    others = data[~data["listed"]]
    ax.vlines(others["session"], 0.0, others["ar"], color=MUTED, linewidth=0.6, zorder=1)
    for matched, words, colour in ((True, "news beside it", EVENT), (False, "no news beside it", LINE)):
        part = data[data["listed"] & (data["matched"] == matched)]
        if not len(part):
            continue
        ax.vlines(part["session"], 0.0, part["ar"], color=colour, linewidth=1.2, zorder=2)
        ax.plot(part["session"], part["ar"], "D" if matched else "o", color=colour, markersize=6, zorder=3,
                markerfacecolor=colour if matched else "white", label=f"{words} ({len(part)})")  # fmt: skip
    ax.axhline(0.0, color=INK, linewidth=0.8, zorder=2)
    _name_some(ax, data)
    unit, sign = DISPLAY_UNITS[result.kind.unit][0], f"\n{result.sign}" if result.sign else ""
    finish(ax, xlabel="session", ylabel=f"abnormal move [{unit}]{sign}", title=f": {len(result.chosen)} largest moves",
           name=result.instrument)  # fmt: skip
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.25 * (high - low))
    chance = (
        f"{result.share_matched * 100:.0f} % matched, {result.chance_rate * 100:.2g} % of all sessions are"
    )
    ax.legend(loc="upper left", fontsize=9, title=chance, title_fontsize=9, alignment="left", framealpha=0.85,
              edgecolor="none")  # fmt: skip
    stamp(ax, result.stamp)
    return ax


def _name_some(ax: Axes, data: pd.DataFrame) -> None:
    """Name the news of the largest matched moves, on the side that has room."""
    matched = data[data["matched"]]
    largest = matched.loc[matched["ar"].abs().sort_values(ascending=False).index[:NAMED]]
    middle = data["session"].iloc[len(data) // 2]
    for session, height, names in largest[["session", "ar", "candidates"]].itertuples(index=False):
        right = session > middle
        short = names if len(names) <= MOST_LETTERS else names[: MOST_LETTERS - 1].rstrip() + "…"
        ax.annotate(
            short, (session, height), xytext=(-8 if right else 8, 0), textcoords="offset points", fontsize=8, color=INK,
            ha="right" if right else "left", va="center", parse_math=False, zorder=4,
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip
