"""The moves of all instruments of a panel, those without news among them, and where the news falls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..alignment.design import build_design
from ..alignment.policies import Policies
from ..errors import DataError, InputError
from ..market.factors import Term, check_members, members_of
from ..market.instruments import Factor, sign_words
from ..market.panel import Panel, check_panel
from ..maths.frozen import Frozen, read_only
from ..news.event import Event
from ..news.event_set import EventSet
from ..units import MoveKind, MoveRule
from .observations import Observations, observe

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NewsAt", "PanelMoves", "panel_moves", "place_news", "read_treatment"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PanelMoves(Frozen):
    """Moves of S instruments, one after another; shape (n,) unless said.

    Attributes
    ----------
    y : ndarray
        Moves [unit of the kind]; NaN where missing.
    controls : ndarray, shape (p, n)
        Moves of the control factors.
    spans : ndarray
        Expected sessions that each move covers.
    quoted : ndarray of bool
        False in a run of quotes that stand still, which are none: the next move spans it.
    units : ndarray of int
        Place of the instrument in ``names``.
    sessions : ndarray of datetime64[D]
    names : tuple of str, length S
    kind : MoveKind
    stamp : str or None
        Word to stamp across figures: a series was not observed.
    sign : str
        What a move above zero is, of currency pairs; else empty.
    """

    y: Floats
    controls: Floats
    spans: Floats
    quoted: NDArray[np.bool_]
    units: Ints
    sessions: NDArray[np.datetime64]
    names: tuple[str, ...]
    kind: MoveKind
    stamp: str | None
    sign: str = ""

    def __post_init__(self) -> None:
        read_only(self.y, self.controls, self.spans, self.quoted, self.units, self.sessions)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Where the move and every control are known."""
        return np.asarray(np.isfinite(self.y) & np.isfinite(self.controls).all(axis=0))

    @property
    def dates(self) -> Ints:
        """Sessions as numbers."""
        return self.sessions.astype(np.int64)

    def levels(self) -> tuple[Floats, NDArray[np.datetime64]]:
        """Give moves summed from each instrument's first, shape (S, T), and the T sessions; NaN where not quoted.

        A hole breaks nothing, as the move after it spans it, nor does a run of quotes that stand still. Where a move
        was left out itself, by the policies or for a coupon, the sums of that instrument are NaN from there on.
        """
        days, at = np.unique(self.sessions, return_inverse=True)
        table = np.full((len(self.names), len(days)), np.nan)
        for unit in range(len(self.names)):
            rows = np.flatnonzero((self.units == unit) & self.quoted)
            moves = self.y[rows].copy()
            moves[:1] = 0.0
            table[unit, at[rows]] = np.cumsum(moves)
        return table, days


def panel_moves(
    panel: Panel,
    *,
    units: Sequence[str] | None = None,
    controls: Sequence[Term] = (),
    move: MoveRule = "log",
    policies: Policies | None = None,
) -> PanelMoves:
    """Make the moves of the instruments of a panel, whether or not there is news of them.

    Parameters
    ----------
    panel : Panel
    units : sequence of str, optional
        Ids of the instruments; when not given all but controls and factors without a place.
    controls : sequence of str, Basket or Curve
    move : {"log", "simple"}
    policies : Policies, optional

    Returns
    -------
    PanelMoves

    Raises
    ------
    InputError
        If there are fewer than two instruments, one is repeated or unknown, or their moves differ in kind.
    """
    check_panel(panel)
    check_members(panel, controls, "controls")
    used = {name for term in controls for name in members_of(term)}
    names = (
        [name for name in panel.ids if name not in used and _studied(panel, name)]
        if units is None
        else list(units)
    )
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(
            "holds one instrument" if len(set(names)) < 2 else "repeats an instrument",
            parameter="panel" if units is None else "units",
            received=names,
            allowed="two instruments or more that are no controls; EventRegression is for one",
        )
    members = np.array([panel.position(name) for name in names], dtype=np.int64)
    terms = tuple(controls)
    design = build_design(panel, members, [terms] * len(names), move, 1, policies or Policies())
    kinds = {one.kind for one in design.series}
    if len(kinds) > 1:
        raise InputError(
            "the instruments' moves differ in kind, and have no common coefficient",
            parameter="panel",
            received=sorted(map(str, kinds)),
            allowed="instruments of one kind: units=[...] names them",
        )
    at = np.concatenate([np.arange(o, o + n) for o, n in zip(design.offset, design.length, strict=True)])
    place = np.repeat(np.arange(len(names)), design.length)
    return PanelMoves(
        design.to_fit[at], design.x[1:, at], design.x[0, at], ~design.frozen[at], place, design.sessions[at],
        tuple(names), next(iter(kinds)), panel.select([*names, *sorted(used - set(names))]).stamp,
        sign_words(map(panel.instrument, names)),
    )  # fmt: skip


def _studied(panel: Panel, name: str) -> bool:
    one = panel.instrument(name)
    return not (isinstance(one, Factor) and one.place is None)


@dataclass(frozen=True, slots=True, eq=False)
class NewsAt:
    """Where events fall among the moves of a panel.

    Attributes
    ----------
    found : Observations
        What `observe` says of the events.
    at : ndarray of int, shape (N,)
        Row of the event session of each event that shows; -1 where its instrument is none of the panel's units.
    """

    found: Observations
    at: Ints

    def spread(self, moves: PanelMoves, chosen: NDArray[np.bool_], tau: int = 0) -> Floats:
        """Count the chosen events whose session lies tau of the instrument's own sessions before each move."""
        out = np.zeros(len(moves.y))
        rows = self.at[chosen & (self.at >= 0)]
        moved = rows + tau
        inside = (moved >= 0) & (moved < len(out))
        inside[inside] = moves.units[moved[inside]] == moves.units[rows[inside]]
        np.add.at(out, moved[inside], 1.0)
        return out


def place_news(
    panel: Panel,
    moves: PanelMoves,
    events: EventSet | Event | Iterable[Event],
    *,
    pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None,
    controls: Sequence[Term] = (),
    policies: Policies | None = None,
    around: tuple[int, int] = (0, 0),
) -> NewsAt:
    """Find the event sessions among the moves of a panel, by the alignment of `mi.align`."""
    rule: MoveRule = moves.kind.rule if moves.kind.rule != "difference" else "log"
    some = panel.select([*moves.names, *_others(panel, moves, controls)])
    found = observe(some, events, pairs=pairs, controls=controls, move=rule, policies=policies, around=around)
    place = {name: unit for unit, name in enumerate(moves.names)}
    # Rows stand instrument by instrument, each in the order of time: one sorted key.
    days = moves.sessions.astype(np.int64)
    step = int(days.max() - days.min()) + 1
    key = moves.units * step + (days - days.min())
    unit = np.array([place.get(name, -1) for name in found.instruments], dtype=np.int64)
    of = unit[found.series[found.at]]
    wanted = of * step + (found.sessions[found.at].astype(np.int64) - days.min())
    at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    at = np.where((of >= 0) & (key[at] == wanted), at, -1)
    return NewsAt(found, at)


def _others(panel: Panel, moves: PanelMoves, controls: Sequence[Term]) -> list[str]:
    used = {name for term in controls for name in members_of(term)}
    return [name for name in panel.ids if name in used and name not in moves.names]


def read_treatment(moves: PanelMoves, treatment: pd.DataFrame) -> tuple[Floats, tuple[str, ...]]:
    """Read a table of dates and instruments on the moves of the same date and instrument; nothing is filled.

    Parameters
    ----------
    moves : PanelMoves
    treatment : DataFrame
        Session dates in the index, a column an instrument: 1 while it is treated, or a dose. An instrument without a
        column is never treated.

    Returns
    -------
    (ndarray of shape (n,), tuple of str)
        NaN on a move whose date is not in the table; and what to say of it.

    Raises
    ------
    InputError, DataError
        If the index holds no dates or repeats one, or a column is no instrument of the panel.
    """
    import pandas as pd

    index = treatment.index if isinstance(treatment, pd.DataFrame) else None
    if not isinstance(index, pd.DatetimeIndex) or index.tz:
        raise InputError(
            "is no table of dates", parameter="treatment", received=type(treatment).__name__,
            allowed="a frame with a DatetimeIndex of session dates without a zone, a column an instrument",
        )  # fmt: skip
    days = index.to_numpy().astype("datetime64[D]")
    if len(np.unique(days)) < len(days):
        raise DataError("holds a date twice", parameter="treatment", allowed="one row a session date")
    unknown = sorted(set(map(str, treatment.columns)) - set(moves.names))
    if unknown or not len(treatment.columns) or not treatment.columns.is_unique:
        raise InputError(
            "has columns that are no units of the panel, or one twice", parameter="treatment",
            received=unknown or list(map(str, treatment.columns[treatment.columns.duplicated()])),
            allowed=", ".join(map(repr, moves.names[:10])),
        )  # fmt: skip
    if not np.isin(days, moves.sessions).any():
        raise InputError(
            "has no date that is a session of the panel", parameter="treatment",
            received=f"{min(days, default=None)} to {max(days, default=None)}",
            allowed=f"session dates, {moves.sessions.min()} to {moves.sessions.max()}",
        )  # fmt: skip
    order = np.argsort(days)
    at = np.searchsorted(days[order], moves.sessions)
    there = at < len(days)
    there[there] = days[order][at[there]] == moves.sessions[there]
    values = np.where(there, 0.0, np.nan)
    for unit, name in enumerate(moves.names):
        if name in treatment.columns:
            numbers = _doses(treatment[name], name)[order]
            rows = (moves.units == unit) & there
            values[rows] = numbers[at[rows]]
    lost = int((moves.usable & np.isnan(values)).sum())
    return values, (f"Moves without a number in the table, which do not enter: {lost}.",) if lost else ()


def _doses(column: pd.Series, name: str) -> Floats:
    """Give the numbers of one instrument; text and infinities are none."""
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    strange = column[np.isinf(numbers) | (np.isnan(numbers) & column.notna().to_numpy())]
    if len(strange):
        raise DataError(
            f"holds what is no dose in {name!r}", parameter="treatment", received=strange.iloc[0],
            allowed="0, 1 or a finite number; NaN where it is not known",
        )  # fmt: skip
    return numbers
