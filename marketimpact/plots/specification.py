"""The specification curve: the estimates of every combination of choices in order, and the choices below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..study.robustness import Robustness
from ..study.variants import HEADLINE
from ..units import DISPLAY_UNITS
from .style import EVENT, INK, LINE, MUTED, axes_of, finish, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_specification_curve", "specification_data"]

NUMBERS = ("estimate", "conf_low", "conf_high")

ROW = 0.045
"""Height of a row of the strip, as a share of the axes."""

MOST_STRIP = 0.6
"""Height of the strip, as a share of the axes, however many rows it has."""

LINE_HEIGHT = 15.0
"""Height of a line of the legend [points]."""

Row = tuple[str, str, str | int]
"""A row of the strip: column of the data, label, value."""

MOST_LETTERS = 26
"""Letters of a model's name in the strip, unless two models then look alike."""


def specification_data(robustness: Robustness, kind: str | None = None) -> pd.DataFrame:
    """Give what `plot_specification_curve` draws.

    Parameters
    ----------
    robustness : Robustness
    kind : str, optional
        Kind of move; may be left out where there is one.

    Returns
    -------
    DataFrame
        One row a combination, in the order of the estimates, those without a number last. Columns ``place``: from 0 on
        the axis, ``estimate``, ``conf_low``, ``conf_high`` [unit shown on the axis], ``small``: whether p is below
        1 - level, ``base``: whether it is the study itself, and the choices ``model``, ``length`` [sessions],
        ``window``.

    Raises
    ------
    InputError
        If there are several kinds and none is named, or there is no such kind.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> result = mi.EventStudy(timeline=mi.Timeline(event=(-5, 1))).run(mi.fetch("ecb:EUR/RUB"), news)
    >>> data = specification_data(mi.robustness(result, lengths=(60,), windows=((0, 1),)))
    >>> data["estimate"].round(1).tolist(), data["window"].tolist()
    ([1.7, 1.9, 5.1, 5.2], ['(0, 1)', '(0, 1)', 'headline', 'headline'])
    """
    import pandas as pd

    table = robustness.to_frame()
    table = table[(table["group"] == "grid") & (table["kind"] == _kind(robustness, kind))]
    scale = DISPLAY_UNITS[str(table["unit"].iloc[0])][1]
    first = table.iloc[0]  # the study itself begins the grid
    choices = ["model", "length", "window"]
    data = pd.DataFrame(
        {
            **{name: table[name] * scale for name in NUMBERS},
            "small": table["p_value"] < 1.0 - robustness.spec.level,
            "base": (table[choices] == first[choices]).all(axis=1),
            **{name: table[name] for name in choices},
        }
    )
    data = data.sort_values("estimate", kind="stable", na_position="last").reset_index(drop=True)
    data.insert(0, "place", np.arange(len(data)))
    return data


def plot_specification_curve(
    robustness: Robustness, *, kind: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the estimates of every combination of model, estimation length and window in order, the choices below.

    Intervals are pointwise: each specification on its own. Specifications are not independent, and windows of
    different lengths ask different questions: what to see is whether sign and size rest on a choice.

    Parameters
    ----------
    robustness : Robustness
    kind : str, optional
        Kind of move; may be left out where there is one.
    ax : Axes, optional
        Where to draw; a new figure when not given. The choices are named to the left of it: a constrained layout makes
        room for them.

    Returns
    -------
    Axes
        The choices are in its inset axes, ``child_axes[0]``.

    Raises
    ------
    InputError
        If there are several kinds and none is named, or there is no such kind.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), Specification curve analysis, doi:10.1038/s41562-020-0912-z.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> result = mi.EventStudy(timeline=mi.Timeline(event=(-5, 1))).run(mi.fetch("ecb:EUR/RUB"), news)
    >>> ax = mi.plot_specification_curve(mi.robustness(result), ax=Figure(figsize=(8, 6)).subplots())
    >>> ax.get_ylabel()
    'abnormal move [%]'
    """
    data, kind = specification_data(robustness, kind), _kind(robustness, kind)
    if ax is None:
        ax = axes_of(None)
        ax.figure.set_size_inches(8.0, 6.5)  # type: ignore[union-attr]  # a new figure, no part of one
    _curve(ax, data, f"p < {1.0 - robustness.spec.level:.3g}".replace("0.", "."))
    rows = _rows(robustness)
    share = min(MOST_STRIP, ROW * (len(rows) + 1))
    _room(ax, data, share, lines=1 + -(-len(ax.get_legend_handles_labels()[1]) // 2))
    _strip(ax, data, rows, share)
    unit = next(one.unit for one in robustness.variants if one.kind == kind)
    mean = robustness.event_id is None
    finish(
        ax,
        xlabel=f"{len(data)} specifications, in the order of their estimates",
        ylabel=f"{'mean ' if mean else ''}abnormal move [{DISPLAY_UNITS[unit][0]}]",
        title=": specification curve" if mean else f" on {robustness.instrument}: specification curve",
        name=f"Mean {kind.partition(' [')[0]}" if mean else str(robustness.event_id),
    )
    ax.yaxis.label.set_y(share + (1.0 - share) / 2.0)
    which = (
        ("t, on cluster means" if robustness.spec.cluster else "t, pairs taken as independent")
        if mean
        else "t"
    )
    ax.legend(loc="upper left", fontsize=9, title=f"pointwise {robustness.spec.level * 100:g} % intervals ({which})",
              title_fontsize=9, alignment="left", ncols=2, framealpha=0.85, edgecolor="none")  # fmt: skip
    stamp(ax, robustness.stamp)
    return ax


def _kind(robustness: Robustness, kind: str | None) -> str:
    """Give the kind that is named, or the only one."""
    if kind is None and len(robustness.kinds) == 1:
        return robustness.kinds[0]
    if kind not in robustness.kinds:
        raise InputError(
            "must be named: there are several kinds of moves" if kind is None else "is no kind of move here",
            parameter="kind",
            received=kind,
            allowed=", ".join(map(repr, robustness.kinds)),
        )
    return kind


def _curve(ax: Axes, data: pd.DataFrame, small: str) -> None:
    """Draw estimates and intervals: the study itself as a diamond, a mark that is hollow where p is not small.

    A model without a p has a cross for a mark: a hollow one would say that p is large.
    """
    known = data["estimate"].notna()
    size = 7.0 if len(data) <= 60 else 4.0
    for base, marker, colour, name in (
        (False, "o", LINE, "another specification"),
        (True, "D", EVENT, "the study"),
    ):
        tested = data["conf_low"].notna()  # a model without a covariance has no interval and no p
        for shape, filled, marked, words in (
            (marker, True, tested & data["small"], small),
            (marker, False, tested & ~data["small"], small.replace("<", "≥")),
            (marker if base else "x", False, ~tested, "no p"),
        ):
            part = data[known & (data["base"] == base) & marked]
            if not len(part):
                continue
            error = [part["estimate"] - part["conf_low"], part["conf_high"] - part["estimate"]]
            ax.errorbar(
                part["place"], part["estimate"], yerr=error, fmt=shape, color=colour, markersize=size,
                markerfacecolor=colour if filled else "white", linewidth=1.2, zorder=4 if base else 3,
                label=f"{name}, {words}",
            )  # fmt: skip
    missing = data["place"][~known]
    if len(missing):
        ax.plot(
            missing,
            np.zeros(len(missing)),
            "x",
            color=MUTED,
            markersize=size - 1,
            label="no number",
            zorder=3,
        )
    ax.axhline(0.0, color=INK, linewidth=0.8, zorder=2)


def _rows(robustness: Robustness) -> list[Row]:
    """Give the rows of the strip from the top: models, lengths in ascending order, windows; as they were asked for."""
    grid = [one for one in robustness.variants if one.group == "grid"]
    models, windows = (dict.fromkeys(getattr(one, name) for one in grid) for name in ("model", "window"))
    letters = _told_apart(list(models))
    return [
        *(("model", _cut(one, letters), one) for one in models),
        *(("length", f"{one} sessions", one) for one in sorted({one.length for one in grid})),
        *(("window", one if one == HEADLINE else f"window {one}", one) for one in windows),
    ]


def _cut(name: str, letters: int) -> str:
    return name if len(name) <= letters else name[: letters - 1].rstrip() + "…"


def _told_apart(names: list[str]) -> int:
    """Give the letters that names are cut to: as many as tell them from one another."""
    longest = max(map(len, names))
    return next(
        (n for n in range(MOST_LETTERS, longest) if len({_cut(one, n) for one in names}) == len(names)),
        max(longest, MOST_LETTERS),
    )


def _room(ax: Axes, data: pd.DataFrame, share: float, *, lines: int) -> None:
    """Leave the lower part of the axes to the strip, and room for the legend on top."""
    numbers = np.nan_to_num(data[list(NUMBERS)].to_numpy())  # 0 is on the axis anyway
    low, high = min(numbers.min(), 0.0), max(numbers.max(), 0.0)
    if low == high:
        low, high = -1.0, 1.0
    height = ax.get_window_extent().height / ax.figure.dpi * 72.0 * (1.0 - share)  # points
    legend = min((LINE_HEIGHT * lines + 12.0) / height, 0.6)
    low = low - 0.05 * (high - low)
    high = low + (high - low) * 1.05 / (1.0 - legend)
    bottom = high - (high - low) / (1.0 - share)
    ticks = ax.yaxis.get_major_locator().tick_values(low, high)
    ax.set_yticks([one for one in ticks if low <= one <= high])
    ax.set_ylim(bottom, high)
    ax.set_xlim(-0.7, len(data) - 0.3)
    ax.set_xticks([])


def _strip(ax: Axes, data: pd.DataFrame, rows: list[Row], share: float) -> None:
    """Mark in a row for every choice the specifications that make it; the study's own in its colour and shape."""
    strip = ax.inset_axes((0.0, 0.0, 1.0, share), sharex=ax)
    strip.patch.set_alpha(0.0)
    labels: list[str] = []
    for y, (column, label, value) in enumerate(rows):
        made = data[data[column] == value]
        for base, marker, colour in ((False, "s", LINE), (True, "D", EVENT)):
            part = made[made["base"] == base]
            strip.plot(
                part["place"], np.full(len(part), y), marker, color=colour, markersize=3.5 if len(data) <= 60 else 2.5,
                linestyle="none",
            )  # fmt: skip
        labels.append(label)
        if y and rows[y - 1][0] != column:
            strip.axhline(y - 0.5, color="#e8e8e8", linewidth=0.8)
    strip.set_ylim(len(rows) - 0.4, -0.9)
    strip.set_yticks(range(len(rows)), labels, fontsize=8, color=INK, parse_math=False)
    strip.tick_params(axis="both", length=0)
    strip.set_xticks([])
    strip.spines[:].set_visible(False)
    strip.axhline(-0.9, color=INK, linewidth=0.8)
