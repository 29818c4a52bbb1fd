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
from ..market.panel import Panel, instrument_of
from ..maths.frozen import read_only
from ..maths.outcome import Outcome
from ..maths.resample import check_seed
from ..maths.variance_ratio import (
    brown_forsythe,
    ewma_scale,
    f_ratio_interval,
    permuted_ratio_interval,
    permuted_variance_ratio,
    variance_ratio_f,
)
from ..news.event import Event
from ..news.event_set import EventSet
from ..study.estimated import TERMS, Estimated
from ..study.summary import ILLUSTRATIVE, Summary, p_words
from ..units import DISPLAY_UNITS
from .observations import Observations
from .one_series import check_level, check_terms, observe_one, stamp_of_terms

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventVariance", "event_variance"]

Floats = NDArray[np.float64]

NO_ERRORS = (
    "no standard error: the interval is that of the ratios which the test does not reject",
    "no standard error and no interval: the ratio is that of mean distances, and its test is of none",
    "no standard error; the interval trusts normal moves too",
)
"""What the rows of the three tests say of what they do not have."""

SPELL = 2
"""Event sessions one after another from which they are a spell."""

UNUSUAL = (
    "A larger variance on event days says that these days were unusual, not what the news did to the level; with other"
    " news of the same days it is theirs too."
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EventVariance(Estimated):
    """How much more moves vary on event days: a ratio with three tests, of which two have an interval.

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
    seed : int
        Of the permutations.
    level : float
        Level of the intervals.
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
    seed: int = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        read_only(self.event_moves, self.other_moves)

    @property
    def model(self) -> None:
        """None: the package's own arithmetic makes variances and tests, and no library fits a model."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the tests."""
        return tuple(one.test for one in self.outcomes)

    @property
    def estimates(self) -> Floats:
        """Ratios by test: of variances, and of mean distances from the medians for Brown and Forsythe's."""
        return np.array([one.estimate for one in self.outcomes])

    @property
    def std_errors(self) -> Floats:
        """NaN: a ratio of variances is far from normal, and has an interval without one."""
        return np.full(len(self.outcomes), np.nan)

    @property
    def statistics(self) -> Floats:
        """Statistic of each test, against a ratio of one."""
        return np.array([one.statistic for one in self.outcomes])

    @property
    def p_values(self) -> Floats:
        """p of each test, that variances are alike."""
        return np.array([one.p_value for one in self.outcomes])

    def interval_at(self, level: float) -> tuple[Floats, Floats]:
        """Give the ratios that the permutation, and F, do not reject; infinite where there is no end."""
        groups = self.event_moves, self.other_moves
        rng = np.random.default_rng([self.seed, 1])
        permuted = permuted_ratio_interval(*groups, rng, level=level)
        by_f = f_ratio_interval(*groups, level)
        return np.array([permuted[0], np.nan, by_f[0]]), np.array([permuted[1], np.nan, by_f[1]])

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of each row."""
        return tuple(
            one.reason or "; ".join(filter(None, (one.note, words)))
            for one, words in zip(self.outcomes, NO_ERRORS, strict=True)
        )

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

    def to_frame(self) -> pd.DataFrame:
        """Give one row a test: numbers only, no rounding; then ``df``, ``p_floor`` (the smallest p that it could reach)
        and ``n_events``.
        """
        import pandas as pd

        low, high = self.interval_at(self.level)
        columns = {
            "term": self.terms, "estimate": self.estimates, "std_error": self.std_errors, "statistic": self.statistics,
            "p_value": self.p_values, "conf_low": low, "conf_high": high, "n": [one.n for one in self.outcomes],
            "unit": "ratio", "note": self.notes, "df": [one.df for one in self.outcomes],
            "p_floor": [one.p_floor for one in self.outcomes], "n_events": self.n_event,
        }  # fmt: skip
        return pd.DataFrame(columns, columns=[*TERMS, "df", "p_floor", "n_events"])

    def summary(self) -> Summary:
        """Give the ratio and its tests: text in a terminal, HTML in Jupyter."""
        head = [self.title, f"{self.n_event} event days, {self.n_other} others; {self.scaled}; {self.ledger}"]
        if self.stamp:
            head.append(ILLUSTRATIVE.format(stamp=self.stamp))
        rows = tuple(
            (
                one.test, "n/a" if np.isnan(one.estimate) else f"{one.estimate:.3g}", p_words(one.p_value),
                p_words(one.p_floor) if one.p_floor else "", _ends(a, z), one.reason or one.note,
            )
            for one, a, z in zip(self.outcomes, *self.interval_at(self.level), strict=True)
        )  # fmt: skip
        columns = ("test", "ratio", "p", "smallest p", f"{self.level * 100:g} % interval", "note")
        return Summary(tuple(head), columns, rows, self.reading)

    def __repr__(self) -> str:
        return f"EventVariance: {self.title}: x{self.ratio:.3g} (p {p_words(self.p_value)})"


def _ends(low: float, high: float) -> str:
    """Write an interval of ratios; one without an end says so."""
    if np.isnan(low):
        return ""
    return f"{low:.3g} to {high:.3g}" if np.isfinite(high) else f"{low:.3g} or more"


def event_variance(
    panel: Panel,
    events: EventSet | Event | Iterable[Event],
    instrument: str | None = None,
    *,
    controls: Sequence[Term] = (),
    scaled: Literal["ewma"] | None = "ewma",
    level: float = 0.95,
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
    level : float
        Level of the intervals.
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
    check_level(level)
    check_seed(seed)
    check_terms(controls, "controls")
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
        reading=(*found.unseen(), *found.coupons, *_reading(event, int(event.sum()) - len(groups[0]))),
        ledger=found.ledger_of_used(),
        event_moves=groups[0],
        other_moves=groups[1],
        instrument=name,
        unit="sd" if scaled else found.kind.unit,
        stamp=stamp_of_terms(panel, name, controls),
        seed=seed,
        level=level,
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
