"""The ratio of variances of event days to other days, with three tests and an interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..ledger import Ledger
from ..market.factors import Term
from ..market.panel import Panel
from ..maths.frozen import Frozen, read_only
from ..maths.outcome import Outcome
from ..maths.variance_ratio import brown_forsythe, ewma_scale, permuted_variance_ratio, variance_ratio_f
from ..news.event import Event
from ..news.event_set import EventSet
from ..study.summary import Summary, p_words
from ..units import DISPLAY_UNITS
from .observations import Observations
from .one_series import instrument_of, observe_one, stamp_of_terms

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventVariance", "event_variance"]

Floats = NDArray[np.float64]

SPELL = 2
"""Event sessions one after another from which they are a spell."""

UNUSUAL = (
    "A larger variance on event days says that these days were unusual, not what the news did to the level; with other"
    " news of the same days it is theirs too."
)


@dataclass(frozen=True, slots=True, eq=False)
class EventVariance(Frozen):
    """How much more moves vary on event days.

    Attributes
    ----------
    title : str
    ratio : float
        Variance of event days over that of other days, each about its own mean; NaN with fewer than two of either.
    outcomes : tuple of Outcome
        Permutation first, which leads; then Brown and Forsythe's, and F.
    n_event, n_other : int
        Sessions.
    scaled : str
        What moves were divided by, in words.
    reading : tuple of str
    ledger : Ledger
    event_moves, other_moves : ndarray
        Moves of the two groups [``unit``].
    instrument, unit : str
        What moves, and the unit of the moves that are compared: "sd" where they were scaled.
    stamp : str or None
    """

    title: str
    ratio: float
    outcomes: tuple[Outcome, ...]
    n_event: int
    n_other: int
    scaled: str
    reading: tuple[str, ...]
    ledger: Ledger
    event_moves: Floats
    other_moves: Floats
    instrument: str
    unit: str
    stamp: str | None = None

    def __post_init__(self) -> None:
        read_only(self.event_moves, self.other_moves)

    @property
    def shown(self) -> str:
        """Unit on an axis."""
        return DISPLAY_UNITS.get(self.unit, ("sd of the days before", 1.0))[0]

    @property
    def scale(self) -> float:
        """Factor from the unit inside to the unit shown."""
        return DISPLAY_UNITS.get(self.unit, ("", 1.0))[1]

    @property
    def p_value(self) -> float:
        """p of the leading test, the permutation."""
        return self.outcomes[0].p_value

    @property
    def pvalues(self) -> pd.Series:
        """p by test."""
        import pandas as pd

        names = pd.Index([one.test for one in self.outcomes], name="term")
        return pd.Series([one.p_value for one in self.outcomes], index=names, name="pvalues")

    def to_frame(self) -> pd.DataFrame:
        """Give one row a test: numbers only, no rounding."""
        import pandas as pd

        rows = [
            {
                "term": one.test, "estimate": one.estimate, "statistic": one.statistic, "df": one.df,
                "p_value": one.p_value, "p_floor": one.p_floor, "n": one.n, "n_events": self.n_event,
                "unit": "ratio", "note": one.reason or one.note,
            }
            for one in self.outcomes
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def summary(self) -> Summary:
        """Give the ratio and its tests: text in a terminal, HTML in Jupyter."""
        head = [self.title, f"{self.n_event} event days, {self.n_other} others; {self.scaled}; {self.ledger}"]
        if self.stamp:
            head.append(f"{self.stamp}: not all series were observed; every p is illustrative")
        rows = tuple(
            (
                one.test, "n/a" if np.isnan(one.estimate) else f"{one.estimate:.3g}", p_words(one.p_value),
                p_words(one.p_floor) if one.p_floor else "", one.reason or one.note,
            )
            for one in self.outcomes
        )  # fmt: skip
        return Summary(tuple(head), ("test", "ratio", "p", "smallest p", "note"), rows, self.reading)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        return f"EventVariance: {self.title}: x{self.ratio:.3g} (p {p_words(self.p_value)})"


def event_variance(
    panel: Panel,
    events: EventSet | Event | Iterable[Event],
    instrument: str | None = None,
    *,
    controls: Sequence[Term] = (),
    scaled: Literal["ewma"] | None = "ewma",
    seed: int = 0,
) -> EventVariance:
    """Compare the variance of moves on event days with that of the others, and test that they are alike.

    The permutation leads: F trusts that moves are normal, and they are not. By default each move is first divided by
    the volatility that the moves before led to expect, so that event days that fall into a nervous time are not taken
    for the cause of it.

    Parameters
    ----------
    panel : Panel
    events : EventSet, Event or iterable of Event
    instrument : str, optional
        May be left out where the panel holds one.
    controls : sequence of str, Basket or Curve
        Factors that are taken out of the moves by least squares over the other days.
    scaled : {"ewma"} or None
        Whether moves are divided by their exponentially weighted volatility.
    seed : int
        Seed of the permutations.

    Returns
    -------
    EventVariance
        Tests that do not apply, as with one event day, say why.

    Raises
    ------
    InputError
        If the instrument is not named, a choice is unknown, or no event shows.

    References
    ----------
    Brown and Forsythe (1974), doi:10.1080/01621459.1974.10482955; Good (2005), Permutation, Parametric and Bootstrap
    Tests of Hypotheses, 3rd edition.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch("ecb:EUR/PLN")
    >>> days = panel["EUR/PLN"].loc["2006":"2015"].index[::40]
    >>> news = [mi.Event(f"e{i}", announced_at=str(day.date()), zone="Europe/Berlin") for i, day in enumerate(days)]
    >>> found = event_variance(panel, news)
    >>> found.n_event, bool(0.5 < found.ratio < 1.5), [one.test for one in found.outcomes]
    (64, True, ['variance ratio permutation', 'Brown-Forsythe', 'variance ratio F'])
    """
    if scaled not in ("ewma", None):
        raise InputError("is not known", parameter="scaled", received=scaled, allowed="'ewma' or None")
    name = instrument_of(panel, instrument)
    found = observe_one(panel, events, name, controls=controls)
    moves, event = _moves(found)
    if scaled:
        moves = ewma_scale(moves, event)
    known = np.isfinite(moves)
    groups = moves[known & event], moves[known & ~event]
    outcomes = (
        permuted_variance_ratio(*groups, np.random.default_rng(seed)),
        brown_forsythe(*groups),
        variance_ratio_f(*groups),
    )
    return EventVariance(
        title=f"variance of the {found.kind.noun} of {name} on event days over other days",
        ratio=outcomes[2].estimate,
        outcomes=outcomes,
        n_event=len(groups[0]),
        n_other=len(groups[1]),
        scaled="over the volatility of the days before" if scaled else "as they are",
        reading=_reading(event, int(event.sum()) - len(groups[0])),
        ledger=found.ledger,
        event_moves=groups[0],
        other_moves=groups[1],
        instrument=name,
        unit="sd" if scaled else found.kind.unit,
        stamp=stamp_of_terms(panel, name, controls),
    )


def _moves(found: Observations) -> tuple[Floats, NDArray[np.bool_]]:
    """Give the usable moves less what intercept and controls explain on other days, and the event days."""
    rows = found.usable & (found.series == 0)
    event = found.dummy(np.full(len(found.at), True))[rows] > 0.0
    y, x = found.y[rows], np.column_stack([np.ones(int(rows.sum())), found.controls[:, rows].T])
    return np.asarray(y - x @ np.linalg.lstsq(x[~event], y[~event], rcond=None)[0]), event


def _reading(event: NDArray[np.bool_], lost: int) -> tuple[str, ...]:
    lines = []
    if lost:
        lines.append(f"Event days without 20 other moves before them, which do not enter: {lost}.")
    edges = np.diff(np.concatenate([[0], event.astype(np.int64), [0]]))
    runs = np.flatnonzero(edges < 0) - np.flatnonzero(edges > 0)
    if len(runs) and runs.max() > SPELL:
        lines.append(
            f"{int(runs.max())} event days follow one another: volatility that clusters makes these tests reject too"
            " often (13 % at a nominal 5 % for 10 days in a row); mi.event_volatility models it."
        )
    return (*lines, UNUSUAL)
