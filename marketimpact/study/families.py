"""All tests of a study as one family: how many there are, and what is left of each when all are counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..alignment.overlap import window_days
from ..alignment.pipeline import Alignment
from ..errors import InputError
from ..maths.dependence import overlap_clusters
from ..maths.frozen import Frozen, read_only
from ..maths.multiplicity import ROMANO_WOLF, Adjusted, benjamini_hochberg, benjamini_yekutieli, holm
from ..maths.parametric import t_p_value
from ..maths.single_event import TIE
from ..timeline import Window
from ..timeline import window as read_window
from .cells import counted
from .estimates import Estimates
from .family_dates import Look, romano_wolf
from .inference import (
    MIN_WINDOW_RATIO,
    NO_JOINT,
    NO_RANK,
    PairRanks,
    day_keys,
    joint_block,
    placebos,
)
from .spec import Spec
from .summary import MOST_ROWS, Summary, p_words, tau_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Basis", "Families", "Part", "families_of"]

HELD = (
    "Holm and Romano-Wolf hold the chance of any false rejection; Benjamini-Hochberg and Benjamini-Yekutieli the"
    " expected share of false ones among the rejections."
)
FAR_OUT = "The adjusted p of t trusts normal moves far out in the tails, where heavy tails tell most."


@dataclass(frozen=True, slots=True, eq=False)
class Basis(Frozen):
    """The p-values of one test over a family, as they are and adjusted.

    Attributes
    ----------
    name : str
        ``"t"`` or ``"rank"``.
    p_value, p_floor : ndarray, shape (cells,)
        As each test says alone, and the smallest it can reach; NaN where it does not apply.
    adjusted : tuple of Adjusted
        Holm, Benjamini-Hochberg, Benjamini-Yekutieli.
    """

    name: str
    p_value: NDArray[np.float64]
    p_floor: NDArray[np.float64]
    adjusted: tuple[Adjusted, Adjusted, Adjusted]

    def __post_init__(self) -> None:
        read_only(self.p_value, self.p_floor)


@dataclass(frozen=True, slots=True, eq=False)
class Families(Frozen):
    """Every pair's test in every window that was asked for, as one family. Arrays have the shape (cells,).

    Attributes
    ----------
    windows : tuple of (int, int) or None
        The windows tested of each pair; None for the headline.
    level : float
        Level at which rejections are counted.
    models : tuple of str
        The normal model of each result whose tests are in the family.
    model, event_ids, instruments, terms : ndarray of str
    tau_from, tau_to : ndarray of int
    statistic : ndarray
        t of each test.
    repeats : ndarray of bool
        Tests of a move that another event's pair tests already: they have its p and are not counted twice.
    t, rank : Basis
    romano_wolf : Adjusted
    p_floor : ndarray
        The smallest p that each test can reach by Romano-Wolf, NaN where it does not apply.
    reason : str
        Why Romano-Wolf does not apply; empty where it does.

    See Also
    --------
    StudyResult.families : makes it.
    """

    windows: tuple[Window | None, ...]
    level: float
    models: tuple[str, ...]
    model: NDArray[np.object_]
    event_ids: NDArray[np.object_]
    instruments: NDArray[np.object_]
    terms: NDArray[np.object_]
    tau_from: NDArray[np.int64]
    tau_to: NDArray[np.int64]
    statistic: NDArray[np.float64]
    repeats: NDArray[np.bool_]
    t: Basis
    rank: Basis
    romano_wolf: Adjusted
    p_floor: NDArray[np.float64]
    reason: str = ""

    def __post_init__(self) -> None:
        read_only(self.model, self.event_ids, self.instruments, self.terms, self.tau_from, self.tau_to)
        read_only(self.statistic, self.repeats, self.p_floor)

    @property
    def n(self) -> int:
        """Tests in the family: cells with a t or a rank, each move once."""
        return int(np.count_nonzero(self._tested & ~self.repeats))

    @property
    def _tested(self) -> NDArray[np.bool_]:
        """Which cells have a move that some test judges."""
        return np.asarray(~(np.isnan(self.t.p_value) & np.isnan(self.rank.p_value)))

    def to_frame(self) -> pd.DataFrame:
        """Give one row a test: numbers only, no rounding; result by result, window by window, pairs in their order."""
        import pandas as pd

        columns = {
            "model": self.model,
            "event_id": self.event_ids,
            "instrument": self.instruments,
            "term": self.terms,
            "tau_from": self.tau_from,
            "tau_to": self.tau_to,
            "statistic": self.statistic,
            "repeats": self.repeats,
        }
        for basis in (self.t, self.rank):
            columns[f"p_value_{basis.name}"] = basis.p_value
            columns[f"p_floor_{basis.name}"] = basis.p_floor
            for short, one in zip(("holm", "bh", "by"), basis.adjusted, strict=True):
                columns[f"{short}_{basis.name}"] = one.p_value
        columns["p_value_romano_wolf"] = self.romano_wolf.p_value
        columns["p_floor_romano_wolf"] = self.p_floor
        return pd.DataFrame(columns)

    def summary(self) -> Summary:
        """Give the family with what is left of it: text in a terminal, HTML in Jupyter."""
        chance = (
            f"By chance alone {self.n * self.level:.3g} of {self.n} would have p <= {self.level:g}; every other"
            " model, window or date that was looked at makes the family larger."
        )
        order = np.argsort(-np.abs(self.statistic), kind="stable")[:MOST_ROWS]
        columns = (
            *self._named("model"), "event", "instrument", "tau", "t", "p (t)", "Holm", "BH", "BY", "p (rank)", "Holm",
            "BH", "BY", ROMANO_WOLF, "smallest",
        )  # fmt: skip
        tail = [self._counted(one) for one in (self.t, self.rank)]
        tail += [self._romano_wolf_line(), HELD, FAR_OUT]
        if (more := len(self.statistic) - len(order)) > 0:
            tail.insert(0, f"... and {more} tests more: .to_frame()")
        return Summary((self._family, chance), columns, tuple(map(self._row, order)), tuple(tail))

    def _named(self, name: str) -> tuple[str, ...]:
        """Name the model of a row only where there are several."""
        return (name,) if len(self.models) > 1 else ()

    @property
    def _family(self) -> str:
        """What was counted, in words."""
        where = "headline" if self.windows == (None,) else ", ".join(map(str, self.windows))
        pairs = set(zip(self.event_ids, self.instruments, strict=True))
        events, instruments = (len({pair[i] for pair in pairs}) for i in (0, 1))
        models = list(dict.fromkeys(self.models))
        text = (
            f"Family of {self.n} tests: {counted(len(pairs), 'pair')} of {counted(events, 'event')} and"
            f" {counted(instruments, 'instrument')}, {counted(len(self.windows), 'window')} ({where}),"
            f" {counted(len(self.models), 'model' if len(models) == len(self.models) else 'result')}"
            f" ({'; '.join(models)})"
        )
        if repeated := int(self.repeats.sum()):
            text += f"; {repeated} repeat the move of another event's pair"
        if missing := int((~self._tested & ~self.repeats).sum()):
            text += f"; {missing} without a move are no tests"
        return text

    def _row(self, i: int) -> tuple[str, ...]:
        values = [
            value[i]
            for basis in (self.t, self.rank)
            for value in (basis.p_value, *(one.p_value for one in basis.adjusted))
        ]
        return (
            *self._named(str(self.model[i])),
            str(self.event_ids[i]),
            str(self.instruments[i]),
            tau_words(self.tau_from[i], self.tau_to[i]),
            f"{self.statistic[i]:.2f}"
            if np.isfinite(self.statistic[i])
            else "n/a"
            if self._tested[i]
            else "missing",
            *(p_words(float(one)) for one in (*values, self.romano_wolf.p_value[i], self.p_floor[i])),
        )

    def _counted(self, basis: Basis) -> str:
        """Say how many tests of one kind fall below the level, alone and adjusted."""
        n = basis.adjusted[0].n
        parts = [f"{one.method} {self._below(one.p_value)}" for one in basis.adjusted]
        notes = [f"{one.method} {one.note}" for one in basis.adjusted if one.note]
        text = (
            f"{basis.name}: {self._below(basis.p_value)} of {n} with p <= {self.level:g}; {', '.join(parts)}"
        )
        return "; ".join([text, *notes])

    def _romano_wolf_line(self) -> str:
        if self.reason:
            return f"{ROMANO_WOLF}: not applicable: {self.reason}"
        found = self.romano_wolf
        text = f"{ROMANO_WOLF}: {self._below(found.p_value)} of {found.n} with p <= {self.level:g} [{found.note}]"
        if lost := self.n - found.n:
            enter = "does not enter" if lost == 1 else "do not enter"
            text += f"; {counted(lost, 'test')} with missing moves in the window {enter}"
        return text

    def _below(self, p: NDArray[np.float64]) -> int:
        """Tests at or below the level, each move once."""
        return int(np.count_nonzero(p[~self.repeats] <= self.level * (1.0 + TIE)))

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        joint = f"n/a ({self.reason})" if self.reason else str(self._below(self.romano_wolf.p_value))
        return (
            f"Families: {self._family}; at {self.level:g}: t {self._below(self.t.p_value)}, rank"
            f" {self._below(self.rank.p_value)}; Holm {self._below(self.t.adjusted[0].p_value)} and"
            f" {self._below(self.rank.adjusted[0].p_value)}; {ROMANO_WOLF} {joint}"
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What a family needs of one result.

    Attributes
    ----------
    alignment : Alignment
    estimates : Estimates
    spec : Spec
    ranks : PairRanks
    """

    alignment: Alignment
    estimates: Estimates
    spec: Spec
    ranks: PairRanks

    def distinct(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give a pair for each move, the one whose event comes first by name, and which of them each pair has."""
        a, rows = self.alignment, self.estimates.rows
        by_id = np.argsort(a.events.ids[a.event[rows]].astype(str), kind="stable")
        _, first, back = np.unique(a.move[rows][by_id], return_index=True, return_inverse=True)
        where = np.empty(len(rows), dtype=np.int64)
        where[by_id] = back
        return by_id[first], where


def families_of(parts: Sequence[Part], seed: int, windows: Iterable[Window] | None) -> Families:
    """Take all tests of some results as one family; see `StudyResult.families` for what may be asked."""
    asked = _asked([part.spec for part in parts], windows)
    looks: list[Look] = []
    cells: list[NDArray[np.int64]] = []
    columns: list[dict[str, NDArray[Any]]] = []
    for part in parts:
        chosen, where = part.distinct()
        for window in asked:
            cells.append(where + sum(len(one.statistic) for one in looks))
            looks.append(_look(part, chosen, window))
            columns.append(_columns(part, window, looks[-1].lengths[where], chosen[where]))
    level, at = round(1.0 - parts[0].spec.level, 12), np.concatenate(cells)
    joint, joint_floor, reason = romano_wolf(looks, seed)
    p_t, p_rank, floor, statistic = (
        np.concatenate([getattr(one, name) for one in looks])
        for name in ("p_t", "p_rank", "p_floor", "statistic")
    )
    return Families(
        windows=asked,
        level=level,
        models=tuple(str(part.spec.model) for part in parts),
        statistic=statistic[at],
        t=_basis("t", p_t, np.zeros(len(p_t)), level, at),
        rank=_basis("rank", p_rank, floor, level, at),
        romano_wolf=Adjusted(ROMANO_WOLF, joint.p_value[at], joint.n, joint.note),
        p_floor=joint_floor[at],
        reason=reason,
        **{name: np.concatenate([one[name] for one in columns]) for name in columns[0]},
    )


def _columns(
    part: Part, window: Window | None, lengths: NDArray[np.int64], stands_for: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """Say of each test what it tests."""
    a, rows = part.alignment, part.estimates.rows
    begin = np.full(len(rows), window[0] if window else 0, dtype=np.int64)
    return {
        "model": np.full(len(rows), str(part.spec.model), dtype=object),
        "event_ids": a.events.ids[a.event[rows]].astype(object),
        "instruments": np.array(a.panel.ids, dtype=object)[a.instrument[rows]],
        "terms": np.full(len(rows), "CAR" if window else "headline", dtype=object),
        "tau_from": begin,
        "tau_to": begin + lengths - 1,
        "repeats": stands_for != np.arange(len(rows)),
    }


def _asked(specs: list[Spec], windows: Iterable[Window] | None) -> tuple[Window | None, ...]:
    """Read the windows of a family: the headline alone, or some that all results have."""
    if windows is None:
        return (None,)
    asked = tuple(dict.fromkeys(read_window(one, "windows") for one in windows))
    common = [one for one in specs[0].window_list if all(one in spec.window_list for spec in specs)]
    if not asked or set(asked) - set(common):
        raise InputError(
            "are no windows of this study" + (" and of those beside it" if len(specs) > 1 else ""),
            parameter="windows",
            received=asked,
            allowed=f"None for the headline, or some of {', '.join(map(str, common))}",
        )
    return asked


def _basis(
    name: str, p: NDArray[np.float64], floor: NDArray[np.float64], level: float, cells: NDArray[np.int64]
) -> Basis:
    """Adjust the p-values of the distinct tests, and give each pair its own."""
    adjusted = [
        method(p, p_floor=floor, level=level) for method in (holm, benjamini_hochberg, benjamini_yekutieli)
    ]
    first, second, third = (Adjusted(one.method, one.p_value[cells], one.n, one.note) for one in adjusted)
    return Basis(name, p[cells], np.where(np.isnan(p), np.nan, floor)[cells], (first, second, third))


def _look(part: Part, chosen: NDArray[np.int64], window: Window | None) -> Look:
    """Test one window, or the headline, of the distinct moves."""
    alignment, estimates = part.alignment, part.estimates
    rows = estimates.rows[chosen]
    sums, w = (
        (estimates.headline, 0) if window is None else (estimates.sums, part.spec.window_list.index(window))
    )
    first, last = window or (0, 0)
    lengths = np.full(len(rows), last - first + 1, dtype=np.int64)
    if window is None:
        lengths += (alignment.last - alignment.position)[rows]
    statistic = sums.scar[chosen, w]
    whole = np.isfinite(sums.car[chosen, w]) & (sums.sessions[chosen, w] == lengths)
    n_obs = estimates.fit.n_obs[chosen]
    entered = np.flatnonzero(whole & (n_obs >= MIN_WINDOW_RATIO * lengths))
    scars, offsets = np.empty((0, 1)), np.empty((0, 0), dtype=np.int64)
    if len(entered):
        scars, offsets = placebos(alignment, rows[entered], lengths[entered], first, estimates)
    p_rank, p_floor = part.ranks.p_value[chosen], part.ranks.p_floor[chosen]
    if window is not None:
        p_rank, p_floor = _ranked(scars, entered, len(rows))
    return Look(
        window_days(alignment, rows),
        day_keys(alignment, rows),
        statistic,
        t_p_value(statistic, estimates.fit.df[chosen]),
        p_rank,
        p_floor,
        lengths,
        _too_short(alignment, rows[whole], lengths[whole], first, n_obs[whole]),
        entered,
        scars,
        offsets,
    )


def _ranked(
    scars: NDArray[np.float64], entered: NDArray[np.int64], n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rank each standardized CAR among its placebos; NaN where there are none."""
    p_value, p_floor = np.full(n, np.nan), np.full(n, np.nan)
    size = np.abs(scars)
    count = np.isfinite(size).sum(axis=1)
    p_value[entered] = (size >= size[:, -1:] * (1.0 - TIE)).sum(axis=1) / count
    p_floor[entered] = 1.0 / count
    return p_value, p_floor


def _too_short(
    alignment: Alignment,
    rows: NDArray[np.int64],
    lengths: NDArray[np.int64],
    first: int,
    n_obs: NDArray[np.int64],
) -> str:
    """Say why placebo windows of these pairs overlap too much; empty where they do not."""
    if not len(rows):
        return ""
    longest = int(lengths.max())
    clusters = overlap_clusters(*window_days(alignment, rows))
    block = max(longest, joint_block(alignment, rows, lengths, first, clusters))
    need, fewest = MIN_WINDOW_RATIO * block, int(n_obs.min())
    if fewest >= need:
        return ""
    return (NO_JOINT if block > longest else NO_RANK).format(need=need, sessions=block, n=fewest)
