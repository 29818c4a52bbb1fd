"""The shock that a local projection follows: news, its surprises, a dated series, or a move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeGuard, get_args

import numpy as np
from numpy.typing import NDArray

from ..alignment.design import Design, build_design
from ..alignment.policies import Policies
from ..errors import DataError, InputError
from ..ledger import Ledger
from ..market.factors import Term, check_members
from ..market.panel import Panel
from ..maths.frozen import Frozen, read_only
from ..news.event import Event
from ..news.event_set import EventSet
from ..units import MoveKind, MoveRule, shown_unit
from .observations import BY_MOVE, Observations
from .one_series import observe_one, unit_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ShockForm", "Shocked", "find_shock"]

Floats = NDArray[np.float64]

ShockForm = Literal["event", "surprise", "sd"]
"""What one unit of a shock is."""


@dataclass(frozen=True, slots=True, eq=False)
class Shocked(Frozen):
    """One instrument's n sessions with the shock on them; shape (n,) unless said.

    Attributes
    ----------
    y, shock : ndarray
        Moves [unit of the kind] and the shock [``per``]; NaN where missing.
    controls : ndarray, shape (n, p)
        Moves of the control factors.
    sessions : ndarray of datetime64[D]
    kind : MoveKind
    name, per : str
        What the shock is, and one unit of it: "event", "sd of surprise", "log".
    own : bool
        Whether the shock is the instrument's own move.
    ledger : Ledger
    notes : tuple of str
        What a reader must know of the shock.
    news : Observations or None
        The events and where they fall, where the shock is news.
    """

    y: Floats
    shock: Floats
    controls: Floats
    sessions: NDArray[np.datetime64]
    kind: MoveKind
    name: str
    per: str
    own: bool
    ledger: Ledger
    notes: tuple[str, ...]
    news: Observations | None = None

    def __post_init__(self) -> None:
        read_only(self.y, self.shock, self.controls, self.sessions)

    def ledger_of(self, used: NDArray[np.bool_]) -> Ledger:
        """Say which events enter where only some sessions are used; what is no news has none.

        Parameters
        ----------
        used : ndarray of bool, shape (n,)
        """
        if self.news is None:
            return self.ledger
        rows = self.news.at - _only(self.news.alignment.design).start
        return self.news.ledger_of_used(
            {
                "a surprise of its session is not known": np.isnan(self.shock[rows]),
                "a lag before its session is missing": ~used[rows],
            }
        )


def find_shock(
    panel: Panel,
    shock: EventSet | Event | Iterable[Event] | pd.Series | str,
    instrument: str,
    *,
    form: ShockForm = "event",
    controls: Sequence[Term] = (),
    move: MoveRule = "log",
    policies: Policies | None = None,
) -> Shocked:
    """Put a shock on the sessions of an instrument.

    Parameters
    ----------
    panel : Panel
    shock : EventSet, Event, iterable of Event, Series or str
        News, on its event sessions; numbers by session date; or the id of a panel member, whose moves are the shock.
    instrument : str
    form : {"event", "surprise", "sd"}
        Of news: one an event, its surprise in its unit, or over the standard deviation of the surprises. Of a series or
        a member "sd" divides by the standard deviation.
    controls : sequence of str, Basket or Curve
    move : {"log", "simple"}
    policies : Policies, optional

    Returns
    -------
    Shocked

    Raises
    ------
    InputError
        For an unknown form, surprises without units, in several units or all alike, and a series without a number on a
        session, or with zero on all.
    """
    if form not in get_args(ShockForm):
        raise InputError(
            "is not known",
            parameter="shock",
            received=form,
            allowed=", ".join(map(repr, get_args(ShockForm))),
        )
    if isinstance(shock, str) or _is_series(shock):
        return _of_series(panel, shock, instrument, form, (tuple(controls), move, policies))
    found = observe_one(panel, shock, instrument, controls=controls, move=move, policies=policies)
    values, per, notes = _surprises(found, form)
    design = found.alignment.design
    part, notes = _only(design), (*notes, *_spanned(design))
    return Shocked(
        found.y[part].copy(), found.spread(values)[part], found.controls[:, part].T.copy(),
        found.sessions[part].copy(), found.kind, "news" if form == "event" else "surprise", per, False,
        found.ledger, notes, found,
    )  # fmt: skip


def _only(design: Design) -> slice:
    return slice(int(design.offset[0]), int(design.offset[0] + design.length[0]))


def _spanned(design: Design) -> tuple[str, ...]:
    """Say how many moves span several sessions: each has the constant of one."""
    many = int((design.x[0, _only(design)][np.isfinite(design.to_fit[_only(design)])] != 1.0).sum())
    return (f"Moves that span several sessions: {many}; {BY_MOVE}.",) if many else ()


def _surprises(found: Observations, form: ShockForm) -> tuple[Floats, str, tuple[str, ...]]:
    """Surprises of the events that show, NaN where one is not known; one unit of them; and what to say."""
    if form == "event":
        return np.ones(len(found.at)), "event", ()
    columns = found.events.columns
    values = np.asarray(columns["surprise"], dtype=np.float64)[found.event]
    known = np.isfinite(values)
    units = sorted({str(columns["surprise_unit"][i]) for i in found.event[known]})
    if len(units) != 1:
        raise InputError(
            "the events have no surprise" if not units else "surprises are in several units",
            parameter="events",
            received=units or None,
            allowed="events with surprises in one unit, like surprise=0.25 and surprise_unit='percent'; shock='event' "
            "needs none",
        )
    entering = values[known & found.usable[found.at]]  # as in `read_releases`
    spread = float(entering.std(ddof=1)) if len(entering) > 1 else 0.0
    if not spread > 0.0:
        raise InputError(
            "the surprises do not vary",
            parameter="events",
            received=values[known][:3].tolist(),
            allowed="two different surprises or more; shock='event' asks for the response to the news itself",
        )
    missing = int((~known).sum())
    notes = (f"{missing} events without a surprise: their sessions do not enter.",) if missing else ()
    if form == "sd":
        return values / spread, "sd of surprise", (
            *notes, f"One standard deviation of the surprises is {spread:.4g} {units[0]}.",
        )  # fmt: skip
    return values, f"1.0 {units[0]} of surprise", notes


def _of_series(
    panel: Panel,
    shock: pd.Series | str,
    instrument: str,
    form: ShockForm,
    reading: tuple[tuple[Term, ...], MoveRule, Policies | None],
) -> Shocked:
    """Take a dated series or a panel member's moves as the shock."""
    if form == "surprise":
        raise InputError(
            "only news has surprises",
            parameter="shock",
            received=form,
            allowed="'event' or 'sd' for a series",
        )
    controls, move, policies = reading
    check_members(panel, controls, "controls")
    if instrument in controls:
        raise InputError(
            "is the instrument itself", parameter="controls", received=instrument, allowed="other series"
        )
    if isinstance(shock, str) and shock not in panel:
        raise InputError(
            "is not in the panel", parameter="events", received=shock, allowed="news, a Series, or a panel id"
        )
    own = isinstance(shock, str) and shock == instrument
    terms: tuple[Term, ...] = (*controls, shock) if isinstance(shock, str) and not own else controls
    place = np.array([panel.position(instrument)], dtype=np.int64)
    design = build_design(panel, place, [terms], move, 1, policies or Policies())
    part = _only(design)
    y, x, sessions = design.y[part].copy(), design.x[1:, part].T.copy(), design.sessions[part].copy()
    notes: tuple[str, ...] = ()
    if own:
        values, per, name = y.copy(), design.series[0].kind.unit, f"its own move, {instrument}"
    elif isinstance(shock, str):
        values, per, name, x = x[:, -1].copy(), unit_of(panel, shock, move), f"moves of {shock}", x[:, :-1]
    else:
        values, notes = _dated(shock, sessions)
        per, name = "unit", str(getattr(shock, "name", None) or "series")
    if form == "sd":
        values, per, notes = _standard(values, per, notes)
    return Shocked(
        y,
        values,
        x.copy(),
        sessions,
        design.series[0].kind,
        name,
        per,
        own,
        Ledger.empty(),
        (*notes, *_spanned(design)),
    )


def _is_series(shock: object) -> TypeGuard[pd.Series]:
    import pandas as pd

    return isinstance(shock, pd.Series)


def _dated(shock: pd.Series | str, sessions: NDArray[np.datetime64]) -> tuple[Floats, tuple[str, ...]]:
    """Read a series on the sessions of the same date; nothing is filled."""
    import pandas as pd

    if not isinstance(shock.index, pd.DatetimeIndex) or shock.index.tz:
        raise InputError(
            "is no dated series",
            parameter="events",
            received=type(shock.index).__name__,
            allowed="a Series with a DatetimeIndex of session dates without a zone",
        )
    days = shock.index.to_numpy().astype("datetime64[D]")
    if len(np.unique(days)) < len(days):
        raise DataError(
            "the series has several numbers a day",
            parameter="events",
            received=str(days[pd.Series(days).duplicated()][0]),
            allowed="one number a session date",
        )
    numbers = pd.to_numeric(shock, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if (strange := shock[np.isnan(numbers) & shock.notna().to_numpy()]).size:
        raise DataError(
            "the series holds what is no number", parameter="events", received=strange.iloc[0],
            allowed="numbers; NaN where there is none",
        )  # fmt: skip
    by_day = dict(zip(days.tolist(), numbers.tolist(), strict=True))
    values = np.array([by_day.get(day, np.nan) for day in sessions.tolist()])
    lost = int(np.isfinite(numbers).sum()) - int(np.isfinite(values).sum())
    missing = int((~np.isfinite(values)).sum())
    if not np.isfinite(values).any():
        raise InputError(
            "the series has no number on a session of the instrument", parameter="events",
            received=f"{days.min()} to {days.max()}" if np.isfinite(numbers).any() else "no number at all",
            allowed=f"numbers on its sessions, {sessions[0]} to {sessions[-1]}; 0 where there was no shock",
        )  # fmt: skip
    if not (values[np.isfinite(values)] != 0.0).any():
        raise InputError(
            "the series is zero on every session of the instrument", parameter="events",
            allowed=f"a shock on one of its sessions, {sessions[0]} to {sessions[-1]}",
        )  # fmt: skip
    notes = []
    if lost:
        notes.append(f"{lost} numbers of the series are dated on no session, and do not enter.")
    if missing:
        notes.append(f"{missing} sessions have no number of the series, and do not enter.")
    return values, tuple(notes)


def _standard(values: Floats, per: str, notes: tuple[str, ...]) -> tuple[Floats, str, tuple[str, ...]]:
    spread = float(np.nanstd(values, ddof=1)) if np.isfinite(values).sum() > 1 else 0.0
    if not spread > 0.0:
        raise InputError("does not vary", parameter="events", allowed="a series that does")
    unit, scale = shown_unit(per)
    return values / spread, "sd", (*notes, f"One standard deviation is {spread * scale:.4g} {unit}.")
