"""Regimes between breaks: the coefficients of each, the dates of the breaks, and how surely they are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import InputError
from ..regress.break_result import Breaks
from ..units import shown_unit
from .expected import check_kind
from .style import BAND, EVENT, INK, LINE, MUTED, axes_of, finish, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["breaks_data", "plot_breaks"]

LOOKS = ((LINE, "-"), (EVENT, "--"), (INK, ":"), (MUTED, "-."))
"""Colour and dashes of the regressors; more share looks, and stand in the legend in order."""


def breaks_data(result: Breaks, *, regressors: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Give what `plot_breaks` draws.

    Parameters
    ----------
    result : Breaks
        An `ExchangeRegimes` is one.
    regressors : str or sequence of str, optional
        All that have the unit of the last one when not given: the weights of anchors, not the intercept.

    Returns
    -------
    DataFrame
        One row a regressor and regime: ``regressor``, ``start``, ``end``, ``estimate``, ``conf_low``, ``conf_high``
        [unit shown on the axis], ``unit``.

    Raises
    ------
    InputError
        If a regressor is unknown.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from marketimpact.regress.breaks import structural_breaks
    >>> from marketimpact.regress.break_result import BreakSearch
    >>> panel = mi.fetch(["ecb:EUR/CNY", "ecb:EUR/USD"], start="2009-06-01", end="2011-06-30")
    >>> search = BreakSearch(choose=1, variance=True)
    >>> data = breaks_data(structural_breaks(panel, "EUR/CNY", factors=["EUR/USD"], search=search))
    >>> data["end"].astype(str).tolist(), data["estimate"].round(2).tolist()
    (['2010-06-16', '2011-06-30'], [0.99, 0.93])
    """
    import pandas as pd

    check_kind(result, Breaks, "structural_breaks or exchange_regimes")
    k = len(result.names)
    usual = [
        name for name, unit in zip(result.names, result.units[:k], strict=True) if unit == result.units[k - 1]
    ]
    named = [regressors] if isinstance(regressors, str) else regressors
    chosen = usual if named is None else list(named)
    unknown = [name for name in chosen if name not in result.names]
    if unknown or not chosen:
        raise InputError(
            "is no regressor here",
            parameter="regressors",
            received=unknown,
            allowed=", ".join(map(repr, result.names)),
        )
    low, high = result.interval_at(result.level)
    days = result.sessions.astype("datetime64[s]")
    rows = []
    for name in chosen:
        for i, (a, b) in enumerate(result.edges):
            at = i * k + result.names.index(name)
            unit, scale = shown_unit(result.units[at])
            numbers = (scale * one[at] for one in (result.estimates, low, high))
            rows.append((name, days[a], days[b - 1], *numbers, unit))
    return pd.DataFrame(
        rows, columns=["regressor", "start", "end", "estimate", "conf_low", "conf_high", "unit"]
    )


def plot_breaks(
    result: Breaks, *, regressors: str | Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the coefficients of every regime as steps, with pointwise intervals, and the breaks with the intervals of
    their dates.

    Parameters
    ----------
    result : Breaks
    regressors : str or sequence of str, optional
        All that have the unit of the last one when not given.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If a regressor is unknown.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.regress.breaks import structural_breaks
    >>> panel = mi.fetch(["ecb:EUR/CNY", "ecb:EUR/USD"], start="2009-06-01", end="2011-06-30")
    >>> found = structural_breaks(panel, "EUR/CNY", factors=["EUR/USD"])
    >>> plot_breaks(found, ax=Figure(figsize=(8, 4)).subplots()).get_ylabel()
    'coefficient [% per %]'
    """
    data, ax = breaks_data(result, regressors=regressors), axes_of(ax)
    dates = result.dates()
    level = f"{result.level * 100:g} %"
    for i, row in enumerate(dates.itertuples()):
        ax.axvspan(row.conf_low, row.conf_high, color=BAND, zorder=1, linewidth=0.0,  # type: ignore[arg-type]  # dates
                   label=f"{level} interval of a date" if not i else None)  # fmt: skip
        ax.axvline(row.date, color=MUTED, linewidth=1.0, zorder=2, label=None if i else "break")  # type: ignore[arg-type]
    for j, (name, part) in enumerate(data.groupby("regressor", sort=False)):
        colour, dashes = LOOKS[j % len(LOOKS)]
        for i, (start, end, estimate, low, high) in enumerate(
            part[["start", "end", "estimate", "conf_low", "conf_high"]].itertuples(index=False)
        ):
            ax.fill_between([start, end], low, high, color=colour, alpha=0.15, linewidth=0.0, zorder=2)
            ax.plot(
                [start, end], [estimate] * 2, color=colour, linestyle=dashes, linewidth=2.0, zorder=3,
                label=None if i else f"{name}, with pointwise {level} interval",
            )  # fmt: skip
    low, high = ax.get_ylim()
    if low <= 0.05 * (high - low) and high >= 0.0:
        ax.axhline(0.0, color=INK, linewidth=0.8, zorder=1)
    unit = str(data["unit"].iloc[0])
    finish(
        ax, xlabel="session", ylabel="weight of an anchor" if unit == "weight" else f"coefficient [{unit}]",
        title=f": {_count(len(dates))}", name=result.title,
    )  # fmt: skip
    _room(ax, 2 + data["regressor"].nunique())
    stamp(ax, result.stamp)
    return ax


def _count(breaks: int) -> str:
    return "no break" if not breaks else f"{breaks} break{'s' if breaks > 1 else ''}"


def _room(ax: Axes, entries: int) -> None:
    """Put the legend above what is drawn, on room of its own."""
    low, high = ax.get_ylim()
    height = ax.get_window_extent().height / ax.figure.dpi * 72.0  # points
    share = min(16.0 * -(-entries // 2) / height + 0.03, 0.5)
    ax.set_ylim(low, low + (high - low) / (1.0 - share))
    ax.legend(loc="upper left", fontsize=9, ncols=2, framealpha=0.85, edgecolor="none")
