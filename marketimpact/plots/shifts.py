"""How much rests on the day: the headline move with the event put some sessions earlier or later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..study.pair import PairResult
from ..study.result import StudyResult
from .abnormal import ar_label, mark_tau
from .style import EVENT, LINE, MUTED, axes_of, date_words, finish, pair_of, stamp

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

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> result = mi.EventStudy(timeline=mi.Timeline(event=(-5, 1))).run(mi.fetch("ecb:EUR/RUB"), news)
    >>> shifts_data(result, shifts=(-1, 0))["estimate"].round(1).tolist()
    [1.2, 5.2]
    """
    (pair, mean), asked = _chosen(result, event_id, instrument), tuple(shifts)
    table = result.shift_sensitivity(asked).reindex(
        columns=["shift", "event_id", "instrument", *COLUMNS, "n"]
    )
    if mean:
        chosen = table[table["event_id"].isna()]
        _check_mean(result, chosen, pair)
    else:
        chosen = table[(table["event_id"] == pair.event.id) & (table["instrument"] == pair.instrument.id)]
    data = chosen.set_index("shift")[[*COLUMNS, "n"]].astype(float).reindex(sorted(asked))
    data[list(COLUMNS)] *= pair.kind.scale
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

    A move of the event's own day stands out at s = 0 alone. The interval is pointwise: each shift on its own. The
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
    pair, mean = _chosen(result, event_id, instrument)
    ax = axes_of(ax)
    for there, marker, colour, name in (
        (data["shift"] != 0, "o", LINE, "put elsewhere"),
        (data["shift"] == 0, "D", EVENT, "where the event is"),
    ):
        part = data[there & data["estimate"].notna()]
        error = [part["estimate"] - part["conf_low"], part["conf_high"] - part["estimate"]]
        ax.errorbar(part["shift"], part["estimate"], yerr=error, fmt=marker, color=colour, markersize=7,
                    capsize=4, linewidth=1.6, label=name, zorder=3)  # fmt: skip
    missing = data["shift"][data["estimate"].isna()]
    if len(missing):
        ax.plot(missing, np.zeros(len(missing)), "x", color=MUTED, label="no number", zorder=3)
    ax.axvline(0, color=EVENT, linewidth=1.2, linestyle="--", zorder=2)
    ax.axhline(0.0, color="#222222", linewidth=0.8, zorder=2)
    mark_tau(ax, np.union1d(data["shift"], 0))
    finish(
        ax,
        xlabel="s [sessions]: how much later the event is put, s = 0 where it is",
        ylabel=("mean " if mean else "") + ar_label(pair.kind),
        title=_mean_title(data) if mean else f", {date_words(pair.session)}: headline move, event shifted",
        name="" if mean else pair.instrument.id,
    )
    _legend(ax, data, _interval(result, mean=mean))
    stamp(ax, result.panel.stamp if mean else pair.stamp)
    return ax


def _chosen(result: StudyResult, event_id: str | None, instrument: str | None) -> tuple[PairResult, bool]:
    """Give the pair to draw, or the first of all pairs and whether their mean is drawn."""
    if event_id is not None or instrument is not None or not len(result.pairs):
        return pair_of(result, event_id, instrument), False
    first, name = result.pairs[0]
    return result.one(str(first), str(name)), len(result.pairs) > 1


def _check_mean(result: StudyResult, means: pd.DataFrame, pair: PairResult) -> None:
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
        allowed=f"a pair of the study, like {pair.event.id}, {pair.instrument.id}",
    )


def _mean_title(data: pd.DataFrame) -> str:
    few, many = data["n"].min(), data["n"].max()
    count = f"{many}" if few == many else f"{few} to {many}"
    return f"Mean headline move of {count} pairs, events shifted"


def _interval(result: StudyResult, *, mean: bool) -> str:
    """Say which interval it is, and what goes with the event."""
    clustered = "on cluster means" if result.spec.cluster else "pairs taken as independent"
    which = f"t, {clustered}" if mean else "t"
    level = f"{result.spec.level * 100:g} %"
    return f"pointwise {level} intervals ({which}); the estimation window goes with the event"


def _legend(ax: Axes, data: pd.DataFrame, caption: str) -> None:
    """Put the legend above the points, with the caption over it."""
    ax.legend(loc="upper left", fontsize=9, title=caption, title_fontsize=9, alignment="left", ncols=3,
              framealpha=0.85, edgecolor="none")  # fmt: skip
    numbers = np.nan_to_num(data[list(COLUMNS)].to_numpy())  # 0 is on the axis anyway
    low, high = min(numbers.min(), 0.0), max(numbers.max(), 0.0)
    if low < high:
        ax.set_ylim(low - 0.06 * (high - low), high + 0.3 * (high - low))
