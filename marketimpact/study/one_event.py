"""One pair in full: every test that a single event allows, and which of them leads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..errors import InputError
from ..maths.abnormal import Abnormal, cumulate
from ..maths.frozen import Frozen
from ..maths.least_squares import Fit
from ..maths.one_event import (
    BURN_IN,
    CLUSTERING,
    EQUIVALENCE,
    conditional_rank,
    detectable_factor,
    equivalence_t,
    rank_interval,
    squared_autocorrelation,
)
from ..maths.outcome import Outcome, not_applicable
from ..maths.parametric import t_p_value, t_quantile
from ..units import MoveKind
from .estimates import Estimates, sample_of
from .inference import MISSING, headline_ranks
from .spec import Spec
from .summary import Summary, p_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AFTER",
    "CONDITIONAL",
    "DETECTABLE",
    "LEAK",
    "RANK",
    "REMAINS",
    "OneEvent",
    "T",
    "one_event_tests",
]

T = "t"
RANK = "rank with refit"
CONDITIONAL = "conditional rank"
LEAK = "leak (before)"
AFTER = "reversal (after)"
REMAINS = "what remains (headline and after)"
DETECTABLE = "minimum detectable effect"

POWER = 0.8
"""Power at which an effect counts as detectable."""

ROUNDING = 1e-12

COLUMNS = (
    "event_id", "instrument", "test", "tau_from", "tau_to", "statistic", "df", "p_value", "p_floor", "estimate",
    "std_error", "conf_low", "conf_high", "unit", "reason", "note",
)  # fmt: skip

SEVERAL = "the headline holds {sessions} sessions: it is of single ones"
APPROXIMATE = "approximate: windows of {sessions} sessions that overlap; no interval"
ENDLESS = "T = {n} is too short to reject any effect at this level: the interval is the whole line"
NO_VOLATILITY = (
    f"needs more than {BURN_IN} usable estimation moves, of which the first {BURN_IN} do not stand still"
)
NO_MARGIN = "no margin was given"
ALONE = "One event cannot tell a shift of the mean from a burst of variance: unusual day, not more."
TRUSTS = "trusts normal errors and one variance"

NOWHERE = (np.nan, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class OneEvent(Frozen):
    """Every test of one pair of event and instrument.

    Attributes
    ----------
    event_id, instrument : str
    kind : MoveKind
        Kind and unit of the moves.
    level : float
        The study's level: of the intervals, and one minus the size of the tests in words.
    n_obs : int
        Estimation moves T.
    outcomes : tuple of Outcome
        Always in this order: t of the headline; rank with refit; conditional rank; autocorrelation of squared
        residuals; leak (the sum before tau = 0); reversal (the sum after the headline); what remains (headline and
        after together); equivalence; minimum detectable effect. One that does not apply has a reason.
    windows : tuple of (int, int)
        First and last tau of each; of the volatility test, which looks at the estimation window, that window.
    intervals : tuple of (float, float)
        Interval of each [unit of the kind]; NaN where there is none. Of the rank the inversion: the effects that it
        does not reject. Of the equivalence test the one at 2 level - 1 that must lie within the margin.
    margin : float or None
        An effect that would not matter [unit of the kind].
    stamp : str or None
        Word to stamp on what is shown: the series was not observed.

    See Also
    --------
    StudyResult.one_event : makes it.
    """

    event_id: str
    instrument: str
    kind: MoveKind
    level: float
    n_obs: int
    outcomes: tuple[Outcome, ...]
    windows: tuple[tuple[int, int], ...]
    intervals: tuple[tuple[float, float], ...]
    margin: float | None = None
    stamp: str | None = None

    def one(self, test: str) -> Outcome:
        """Give the outcome of one test by its name.

        Parameters
        ----------
        test : str
            As the table names it, "conditional rank".

        Returns
        -------
        Outcome

        Raises
        ------
        InputError
            If there is no such test.
        """
        return self.outcomes[self._at(test)]

    def interval(self, test: str) -> tuple[float, float]:
        """Give the interval that belongs to a test, low and high [unit of the kind]; NaN where there is none."""
        return self.intervals[self._at(test)]

    def _at(self, test: str) -> int:
        names = [outcome.test for outcome in self.outcomes]
        if test not in names:
            raise InputError(
                "is no test of one event",
                parameter="test",
                received=test,
                allowed=", ".join(map(repr, names)),
            )
        return names.index(test)

    @property
    def clusters(self) -> bool:
        """Whether volatility clusters: the test of squared residuals rejects at the study's level."""
        return self._small(CLUSTERING)

    @property
    def leads(self) -> str:
        """Name of the test to read first.

        The conditional rank where volatility clusters; else the rank with refit; the t where no rank applies that
        could be as small as one minus the level. The test of clustering sees little in short windows: with T = 120
        and a GARCH of .10 and .88 it rejects in 36 % of all cases, and the test that leads then rejects 5.9 % at a
        nominal 5 %, where the plain rank has 6.1 and the conditional rank 4.9.
        """
        ranks = [CONDITIONAL, RANK] if self.clusters else [RANK]
        for name in ranks:
            outcome = self.one(name)
            if outcome.applies and outcome.p_floor <= self._size:
                return name
        return T

    @property
    def detectable(self) -> float:
        """Smallest effect that the t finds in 80 % of all cases [unit of the kind]."""
        return self.one(DETECTABLE).estimate

    def _small(self, test: str) -> bool:
        return self.one(test).p_value <= self._size

    @property
    def _size(self) -> float:
        """Size of the tests; a rank p that rounding puts above it is as large."""
        return 1.0 - self.level + ROUNDING

    @property
    def reading(self) -> tuple[str, ...]:
        """What to read of it, in sentences."""
        lines = (self._leading(), self._before(), self._afterwards(), self._nothing(), self._seen(), ALONE)
        return tuple(line for line in lines if line)

    def _leading(self) -> str:
        lead, clustering = self.one(self.leads), self.one(CLUSTERING)
        if not lead.applies:
            return f"The headline cannot be tested: {lead.reason}."
        size = f"{100 * (1 - self.level):.3g} %"
        if not clustering.applies:
            why = f"Whether volatility clusters is not known: {clustering.reason}"
        elif self.clusters:
            why = f"Volatility clusters (squared residuals, {_p(clustering)})"
        else:
            why = f"Squared residuals do not say that volatility clusters ({_p(clustering)})"
        if self.clusters and self.leads != CONDITIONAL:
            why += "; the conditional rank does not apply"
        if self.leads == T:
            why += f"; no rank can reach {size} here"
        floor = f", smallest {p_words(lead.p_floor)}" if lead.p_floor else ""
        return f"{why}: the {self.leads} leads, {_p(lead)}{floor}."

    def _before(self) -> str:
        leak = self.one(LEAK)
        if not leak.applies or not self._small(LEAK):
            return ""
        return f"It moved before the event too: {self._written(leak.estimate)}, {_p(leak)}."

    def _afterwards(self) -> str:
        headline, after, remains = self.one(T), self.one(AFTER), self.one(REMAINS)
        if not (headline.applies and after.applies):
            return ""
        if not self._small(AFTER):
            return f"No move after the headline is seen: {self._written(after.estimate)}, {_p(after)}."
        back = after.estimate * headline.estimate < 0
        left = "cannot be told from nothing" if not self._small(REMAINS) else "stands out"
        return (
            f"Afterwards it {'went back' if back else 'went on'}: {self._written(after.estimate)},"
            f" {_p(after)}; what remains, {self._written(remains.estimate)}, {left}."
        )

    def _nothing(self) -> str:
        found = self.one(EQUIVALENCE)
        if not found.applies or self.margin is None:
            return ""
        within = "is smaller" if self._small(EQUIVALENCE) else "is not shown to be smaller"
        return f"The effect {within} than {self._written(self.margin, '.4g')}, {_p(found)}."

    def _seen(self) -> str:
        if not self.one(DETECTABLE).applies:
            return ""
        size = self._written(self.detectable, ".3g")
        return f"The t finds {100 * POWER:.0f} % of effects of {size}, fewer of smaller ones."

    def _written(self, number: float, form: str = "+.2f") -> str:
        return f"{number * self.kind.scale:{form}} {self.kind.display_unit}"

    def to_frame(self) -> pd.DataFrame:
        """Give one row a test: numbers only, no rounding, with the reason where it does not apply."""
        import pandas as pd

        rows = []
        for outcome, window, interval in zip(self.outcomes, self.windows, self.intervals, strict=True):
            names = {"event_id": self.event_id, "instrument": self.instrument, "unit": self.kind.unit}
            where = dict(
                zip(("tau_from", "tau_to", "conf_low", "conf_high"), (*window, *interval), strict=True)
            )
            own = {name: getattr(outcome, name) for name in COLUMNS if name not in names | where}
            rows.append(names | where | own)
        return pd.DataFrame(rows, columns=COLUMNS)

    def summary(self) -> Summary:
        """Give the tests and their reading: text in a terminal, HTML in Jupyter."""
        head = [f"{self.event_id} on {self.instrument}, {self.kind}, {self.n_obs} estimation moves"]
        if self.stamp:
            head.append(f"{self.stamp}: not all series were observed; every p is illustrative")
        rows = [self._cells(*one) for one in zip(self.outcomes, self.windows, self.intervals, strict=True)]
        columns = ("test", "tau", "estimate", "se", "interval", "p", "smallest p", "remark")
        return Summary(tuple(head), columns, tuple(rows), self.reading)

    def _cells(
        self, outcome: Outcome, window: tuple[int, int], interval: tuple[float, float]
    ) -> tuple[str, ...]:
        ends = [f"{end * self.kind.scale:+.2f}" for end in interval]
        estimate, error = outcome.estimate, outcome.std_error * self.kind.scale
        return (
            outcome.test,
            str(window[0]) if window[0] == window[1] else f"{window[0]} to {window[1]}",
            "" if np.isnan(estimate) else self._written(estimate),
            "" if np.isnan(error) else f"{error:.2f}",
            "" if np.isnan(interval[0]) else " to ".join(ends),
            "" if outcome.test == DETECTABLE and outcome.applies else p_words(outcome.p_value),
            p_words(outcome.p_floor) if outcome.p_floor else "",
            outcome.note if outcome.applies else f"not applicable: {outcome.reason}",
        )

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        lead = self.one(self.leads)
        stamped = f", {self.stamp}" if self.stamp else ""
        said = _p(lead) if lead.applies else f"not applicable: {lead.reason}"
        applying = sum(outcome.applies for outcome in self.outcomes)
        return (
            f"OneEvent: {self.event_id} on {self.instrument}: {self.leads} leads, {said};"
            f" {applying} of {len(self.outcomes)} tests apply{stamped}"
        )


def _p(outcome: Outcome) -> str:
    """Write a p-value in a sentence: p = .023, p < .001."""
    words = p_words(outcome.p_value)
    return f"p {words}" if words.startswith("<") else f"p = {words}"


def one_event_tests(
    alignment: Alignment, estimates: Estimates, spec: Spec, place: int, margin: float | None = None
) -> OneEvent:
    """Test one pair in every way; see `StudyResult.one_event` for what may be asked, and what is refused."""
    if margin is not None:
        real = isinstance(margin, int | float | np.integer | np.floating) and not isinstance(margin, bool)
        if not real or not 0.0 < margin < np.inf:
            raise InputError(
                "is no effect that would not matter",
                parameter="margin",
                received=margin,
                allowed="a number above 0, in the unit of the pair's moves (bp, or a fraction), or None",
            )
    row = int(estimates.rows[place])
    series = alignment.design.series[alignment.series[row]]
    found = _Tests(alignment, estimates, spec, place).all(None if margin is None else float(margin))
    outcomes, windows, intervals = zip(*found, strict=True)
    return OneEvent(
        str(alignment.events.ids[alignment.event[row]]),
        str(alignment.panel.ids[alignment.instrument[row]]),
        series.kind,
        spec.level,
        int(estimates.fit.n_obs[place]),
        outcomes,
        windows,
        intervals,
        None if margin is None else float(margin),
        alignment.stamp_of(row),
    )


_Found = tuple[Outcome, tuple[int, int], tuple[float, float]]


class _Tests:
    """The tests of one pair."""

    def __init__(self, alignment: Alignment, estimates: Estimates, spec: Spec, place: int) -> None:
        self.alignment, self.estimates, self.spec, self.place = alignment, estimates, spec, place
        self.row = int(estimates.rows[place])
        self.late = int((alignment.last - alignment.position)[self.row])
        self.at = int(alignment.positions[self.row])
        self.first, self.end = spec.timeline.event
        one = slice(place, place + 1)
        self.fit = Fit(
            *(getattr(estimates.fit, name)[one] for name in ("params", "xtx_inv", "sigma2", "n_obs"))
        )
        self.abnormal = Abnormal(
            *(getattr(estimates.abnormal, name)[one].copy() for name in ("ar", "x", "v"))
        )
        self.missing = bool(np.isnan(estimates.headline.car[place, 0]))
        self.headline = (0, self.late)

    def all(self, margin: float | None) -> list[_Found]:
        """Give all tests in their order."""
        t = self._sum(T, self.headline, TRUSTS)
        return [
            t,
            self._rank(),
            (self._conditional(), self.headline, NOWHERE),
            (squared_autocorrelation(self._residuals()), self.spec.timeline.estimation, NOWHERE),
            self._sum(LEAK, (self.first, -1)),
            self._sum(AFTER, (self.late + 1, self.end)),
            self._sum(REMAINS, (0, self.end)),
            self._equivalence(t[0], margin),
            (self._detectable(t[0]), self.headline, NOWHERE),
        ]

    def _sum(self, name: str, window: tuple[int, int], note: str = "") -> _Found:
        """Test a sum of abnormal moves by its exact variance."""
        length = window[1] - window[0] + 1
        if length < 1 or (name == REMAINS and self.late == self.end):
            return not_applicable(name, "the event window holds no such session"), window, NOWHERE
        if self.missing and window[0] == 0:
            return not_applicable(name, MISSING), window, NOWHERE
        columns = np.array(window[0] - self.first), np.array(window[1] - self.first)
        sums = cumulate(self.abnormal, self.fit, [columns])
        n, df = int(sums.sessions[0, 0]), int(self.fit.df[0])
        if not n:
            return not_applicable(name, "no move of the window is known"), window, NOWHERE
        estimate, error = float(sums.car[0, 0]), float(np.sqrt(sums.variance[0, 0]))
        p_value = float(t_p_value(np.array(estimate / error), np.array(df)))
        half = float(t_quantile(self.spec.level, df)) * error
        remarks = [note, f"{length - n} of {length} moves missing, they add nothing" if n < length else ""]
        outcome = Outcome(
            name, estimate / error, p_value, estimate, error, float(df), note="; ".join(filter(None, remarks))
        )
        return outcome, window, (estimate - half, estimate + half)

    def _rank(self) -> _Found:
        """Rank the headline, and invert the rank where it is one of a single session."""
        ranks = headline_ranks(self.alignment, self.estimates, np.array([self.place]))
        if ranks.reason[0]:
            return not_applicable(RANK, str(ranks.reason[0])), self.headline, NOWHERE
        outcome = Outcome(
            RANK, np.nan, float(ranks.p_value[0]), float(self.estimates.headline.car[self.place, 0]),
            p_floor=float(ranks.p_floor[0]),
        )  # fmt: skip
        if self.late:
            note = APPROXIMATE.format(sessions=self.late + 1)
            return replace(outcome, note=note), self.headline, NOWHERE
        sample, events = sample_of(self.alignment, np.array([self.row])), np.array([self.at])
        rows = sample.rows(slice(None), events, 1)
        root = sample.roots(slice(None), events, 1)[:, -1]
        found = rank_interval(rows.y, rows.x, rows.usable, root, self.spec.level)
        interval = float(found.conf_low[0]), float(found.conf_high[0])
        note = "" if np.isfinite(interval).all() else ENDLESS.format(n=int(self.fit.n_obs[0]))
        return replace(outcome, note=note), self.headline, interval

    def _conditional(self) -> Outcome:
        """Rank the headline in units of the volatility before the event."""
        if self.missing or self.late:
            reason = MISSING if self.missing else SEVERAL.format(sessions=self.late + 1)
            return not_applicable(CONDITIONAL, reason)
        design, timeline = self.alignment.design, self.spec.timeline
        begin = self.at + timeline.estimation[0]
        through = slice(begin, self.at + 1)
        usable = design.usable[through][None]
        fitted = np.zeros_like(usable)
        fitted[0, : timeline.estimation_length] = self.alignment.clean[
            begin : begin + timeline.estimation_length
        ]
        fitted[0, -1] = True
        y, x = design.weighted_y[through][None], design.weighted_x[:, None, through]
        ranks = conditional_rank(y, x, usable, fitted)
        if np.isnan(ranks.p_value[0]):
            return not_applicable(CONDITIONAL, NO_VOLATILITY)
        estimate = float(self.estimates.headline.car[self.place, 0])
        return Outcome(
            CONDITIONAL, np.nan, float(ranks.p_value[0]), estimate, p_floor=float(ranks.p_floor[0]),
            note="in units of the volatility until tau = -1",
        )  # fmt: skip

    def _residuals(self) -> NDArray[np.float64]:
        """Weighted residuals of the estimation window in the order of time."""
        sample = sample_of(self.alignment, np.array([self.row]))
        y, x, clean = (
            sliding_window_view(one, sample.length, axis=-1)[..., sample.starts[0], :]
            for one in sample.estimation()
        )
        return np.asarray((y - self.fit.params[0] @ x)[clean])

    def _equivalence(self, t: Outcome, margin: float | None) -> _Found:
        """Two one-sided tests against the margin, with the interval that must lie within it."""
        reason = t.reason or (NO_MARGIN if margin is None else "")
        if reason or margin is None:
            return not_applicable(EQUIVALENCE, reason), self.headline, NOWHERE
        outcome = equivalence_t(t.estimate, t.std_error, t.df, margin)
        half = float(t_quantile(2.0 * self.spec.level - 1.0, int(t.df))) * t.std_error
        return outcome, self.headline, (t.estimate - half, t.estimate + half)

    def _detectable(self, t: Outcome) -> Outcome:
        """Give the effect that the t finds in four of five cases."""
        if not t.applies:
            return not_applicable(DETECTABLE, t.reason)
        factor = detectable_factor(t.df, self.spec.level, POWER)
        note = f"of the t, {100 * POWER:.0f} % power: {factor:.2f} standard errors"
        return Outcome(DETECTABLE, factor, np.nan, factor * t.std_error, t.std_error, t.df, note=note)
