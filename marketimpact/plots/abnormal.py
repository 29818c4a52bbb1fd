"""Abnormal moves, session by session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..study.pair import PairResult
from ..study.result import StudyResult
from ..units import MoveKind
from .style import BAND, EVENT, LINE, axes_of, band_words, finish, pair_of, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["ar_data", "ar_label", "mark_tau", "plot_ar"]


def ar_data(
    result: StudyResult | PairResult, event_id: str | None = None, instrument: str | None = None
) -> pd.DataFrame:
    """Give what `plot_ar` draws.

    Returns
    -------
    DataFrame
        Columns ``tau``, ``session``, ``ar``, ``band_low``, ``band_high`` [unit shown on the axis], ``candidate``.
    """
    import pandas as pd

    pair = pair_of(result, event_id, instrument)
    half = pair.critical * pair.ar_error * pair.kind.scale
    return pd.DataFrame(
        {
            "tau": pair.taus,
            "session": pair.sessions.astype("datetime64[s]"),
            "ar": pair.ar * pair.kind.scale,
            "band_low": -half,
            "band_high": half,
            "candidate": (pair.taus >= 0) & (pair.taus < len(pair.candidates)),
        }
    )


def plot_ar(
    result: StudyResult | PairResult,
    event_id: str | None = None,
    instrument: str | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw abnormal moves as bars over the band in which ordinary ones lie.

    The band is pointwise: each session on its own. Over a window of eleven sessions an ordinary path leaves a 95 %
    band somewhere more often than one time in twenty.

    Parameters
    ----------
    result : StudyResult or PairResult
    event_id, instrument : str, optional
        The pair, where the result holds several.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 3)))
    >>> mi.plot_ar(study.run(mi.fetch("ecb:EUR/RUB"), news), ax=Figure().subplots()).get_ylabel()
    'abnormal log move [%]'
    """
    pair = pair_of(result, event_id, instrument)
    data = ar_data(pair)
    ax = axes_of(ax)
    ax.bar(data["tau"], data["band_high"] - data["band_low"], bottom=data["band_low"], width=1.0,
           color="none" if pair.no_covariance else BAND,
           label=band_words(pair), zorder=1)  # fmt: skip
    for chosen, colour, hatch, name in (
        (~data["candidate"], LINE, "", "abnormal move"),
        (
            data["candidate"],
            EVENT,
            "///",
            "event session" + ("s (candidates)" if len(pair.candidates) > 1 else ""),
        ),
    ):
        ax.bar(data["tau"][chosen], data["ar"][chosen], width=0.6, color=colour, hatch=hatch, edgecolor="white",
               linewidth=0.6, label=name, zorder=3)  # fmt: skip
    ax.axhline(0.0, color="#222222", linewidth=0.8, zorder=4)
    mark_tau(ax, data["tau"].to_numpy())
    finish(ax, xlabel="tau [sessions]", ylabel=ar_label(pair.kind), title="Abnormal move, session by session")
    ax.legend(loc="upper left", fontsize=9, framealpha=0.85, edgecolor="none")
    drawn = data[["band_low", "band_high", "ar"]].to_numpy(dtype=float)
    low, high = (float(np.nanmin(drawn)), float(np.nanmax(drawn))) if np.isfinite(drawn).any() else (0.0, 0.0)
    if low < high:  # not where every move of the window is missing
        ax.set_ylim(
            low - 0.06 * (high - low), high + 0.42 * (high - low)
        )  # room for the legend above the bars
    stamp(ax, pair.stamp)
    return ax


CHANGING = ("yield", "spread")
"""What changes by bp: named on axes, as "change" alone says too little."""


def ar_label(kind: MoveKind) -> str:
    """Label of an axis of abnormal moves, with its unit."""
    word = {"difference": "change", "log": "log move", "simple": "simple move"}[kind.rule]
    return f"abnormal {f'{kind.quoted} ' if kind.quoted in CHANGING else ''}{word} [{kind.display_unit}]"


def mark_tau(ax: Axes, taus: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    """Put a tick at whole sessions, always one at tau = 0."""
    step = max(1, int(np.ceil(len(taus) / 12)))
    ax.set_xticks([int(tau) for tau in taus if tau % step == 0])
    ax.set_xlim(taus[0] - 0.6, taus[-1] + 0.6)
