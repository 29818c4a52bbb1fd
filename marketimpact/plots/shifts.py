"""How much rests on the day: the headline move with the event put some sessions earlier or later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..study.pair import PairResult
from ..study.result import StudyResult
from .abnormal import ar_label
from .style import EVENT, LINE, MUTED, axes_of, finish, pair_of, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_shifts", "shifts_data"]

SHIFTS = (-2, -1, 0, 1, 2)
COLUMNS = ("estimate", "conf_low", "conf_high")


def shifts_data(
    result: StudyResult,
    event_id: str | None = None,
    instrument: str | None = None,
    *,
    shifts: Iterable[int] = SHIFTS,
) -> pd.DataFrame:
    """Give what `plot_shifts` draws.

    Returns
    -------
    DataFrame
        Columns ``shift`` [sessions], in order, ``estimate``, ``conf_low``, ``conf_high`` [unit shown on the axis],
        ``n``: sessions of the pair's headline, or pairs in the mean. NaN and 0 where a shift leaves no number.

    Raises
    ------
    InputError
        If a pair must be named: the moves are of several kinds, or the mean over events has no interval.
    """
    pair, asked = _pair_of(result, event_id, instrument), tuple(shifts)
    table = result.shift_sensitivity(asked)
    if pair is None:
        chosen = table[table["event_id"].isna()]
        _check_mean(result, chosen)
    else:
        chosen = table[(table["event_id"] == pair.event.id) & (table["instrument"] == pair.instrument.id)]
    data = chosen.set_index("shift")[[*COLUMNS, "n"]].astype(float).reindex(sorted(asked))
    data[list(COLUMNS)] *= _shown_pair(result, pair).kind.scale
    return data.assign(n=data["n"].fillna(0.0).astype(int)).reset_index()


def plot_shifts(
    result: StudyResult,
    event_id: str | None = None,
    instrument: str | None = None,
    *,
    shifts: Iterable[int] = SHIFTS,
    ax: Axes | None = None,
) -> Axes:
    """Draw the headline abnormal move as it would be had the event come some sessions earlier or later.

    A move that is the event's stands out at s = 0 alone. The interval is pointwise: each shift on its own. The
    estimation window goes with the event.

    Parameters
    ----------
    result : StudyResult
    event_id, instrument : str, optional
        The pair. Without them, and where the study has several pairs, the mean over events.
    shifts : iterable of int
        [sessions].
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If a pair must be named: the moves are of several kinds, or the mean over events has no interval.

    See Also
    --------
    StudyResult.shift_sensitivity : the numbers, with t and rank p.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> result = mi.EventStudy(timeline=mi.Timeline(event=(-5, 1))).run(mi.fetch("ecb:EUR/RUB"), news)
    >>> mi.plot_shifts(result, ax=Figure().subplots()).get_ylabel()
    'abnormal log move [%]'
    """
    data = shifts_data(result, event_id, instrument, shifts=shifts)
    pair = _pair_of(result, event_id, instrument)
    ax = axes_of(ax)
    for there, marker, colour, name in (
        (data["shift"] != 0, "o", LINE, "put elsewhere"),
        (data["shift"] == 0, "D", EVENT, "where the event is"),
    ):
        part = data[there & data["estimate"].notna()]
        error = [part["estimate"] - part["conf_low"], part["conf_high"] - part["estimate"]]
        ax.errorbar(part["shift"], part["estimate"], yerr=error, fmt=marker, color=colour, markersize=7,
                    capsize=4, linewidth=1.6, label=name, zorder=3)  # fmt: skip
    for shift in data["shift"][data["estimate"].isna()]:
        ax.annotate("no number", (shift, 0.0), xytext=(0, 4), textcoords="offset points", ha="center",
                    color=MUTED, fontsize=9)  # fmt: skip
    ax.axvline(0, color=EVENT, linewidth=1.2, linestyle="--", zorder=2)
    ax.axhline(0.0, color="#222222", linewidth=0.8, zorder=2)
    ax.set_xticks(data["shift"])
    ax.set_xlim(min(data["shift"].min(), 0) - 0.6, max(data["shift"].max(), 0) + 0.6)
    label = ar_label(_shown_pair(result, pair).kind)
    finish(
        ax,
        xlabel="s, sessions by which the event is put later (s = 0: where it is)",
        ylabel=label if pair else f"mean {label}",
        title=_title(data, pair),
    )
    _legend(ax, data, result.spec.level)
    stamp(ax, pair.stamp if pair else result.panel.stamp)
    return ax


def _pair_of(result: StudyResult, event_id: str | None, instrument: str | None) -> PairResult | None:
    """Give the pair to draw; None for the mean over events."""
    named = event_id is not None or instrument is not None
    if not named and len(result.pairs) > 1:
        return None
    return (
        result.one(*result.pairs[0])
        if not named and len(result.pairs)
        else pair_of(result, event_id, instrument)
    )


def _shown_pair(result: StudyResult, pair: PairResult | None) -> PairResult:
    return pair or result.one(*result.pairs[0])


def _check_mean(result: StudyResult, means: pd.DataFrame) -> None:
    """Refuse a mean that nothing can be drawn of."""
    kinds = list(result.kinds)
    if len(kinds) > 1:
        what = "moves of several kinds have no mean"
    elif means["estimate"].isna().all():
        what = "the mean over events has no interval: the pairs fall into one date cluster"
    else:
        return
    raise InputError(
        what,
        parameter="event_id, instrument",
        received=(None, None),
        allowed="a pair of the study, like " + " on ".join(map(str, result.pairs[0])),
    )


def _title(data: pd.DataFrame, pair: PairResult | None) -> str:
    if pair is None:
        few, many = data["n"].min(), data["n"].max()
        count = f"{many}" if few == many else f"{few} to {many}"
        return f"Mean abnormal move of {count} pairs, events put s sessions later"
    span = f" over {len(pair.candidates)} sessions" if len(pair.candidates) > 1 else ""
    return f"{pair.instrument.id}: abnormal move{span}, event put s sessions later"


def _legend(ax: Axes, data: pd.DataFrame, level: float) -> None:
    """Say above the points which interval it is, and what goes with the event."""
    caption = f"pointwise {level * 100:g} % intervals (t); the estimation window goes with the event"
    ax.legend(loc="upper left", fontsize=9, title=caption, title_fontsize=9, alignment="left", ncols=2,
              framealpha=0.85, edgecolor="none")  # fmt: skip
    numbers = np.nan_to_num(data[list(COLUMNS)].to_numpy())  # 0 is on the axis anyway
    low, high = min(numbers.min(), 0.0), max(numbers.max(), 0.0)
    ax.set_ylim(low - 0.06 * (high - low), high + 0.3 * (high - low))  # room for the legend above the points
