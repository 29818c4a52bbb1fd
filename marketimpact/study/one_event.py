"""One pair in full: every test that a single event allows, and which of them leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..alignment.pipeline import Alignment
from ..errors import InputError
from ..maths.frozen import Frozen
from ..maths.one_event import CLUSTERING, EQUIVALENCE
from ..maths.outcome import Outcome
from ..maths.power import POWER
from ..timeline import Window
from ..units import MoveKind
from .about import ABOUT_COLUMNS, with_about
from .estimates import Estimates
from .explain import Explanation, explain_outcome
from .pair_ranks import CONDITIONAL, GARCH_RANK, RANK, STRATIFIED
from .pair_tests import (
    AFTER,
    DETECTABLE,
    DETECTABLE_RANK,
    LARGEST,
    LEAK,
    REMAINS,
    T,
    all_tests,
)
from .spec import Spec
from .summary import ILLUSTRATIVE, Summary, p_words
from .tested import Tested
from .window_tests import WindowTests, window_tests

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AFTER",
    "CONDITIONAL",
    "DETECTABLE",
    "DETECTABLE_RANK",
    "GARCH_RANK",
    "LARGEST",
    "LEAK",
    "RANK",
    "REMAINS",
    "STRATIFIED",
    "OneEvent",
    "T",
    "one_event_tests",
]

ROUNDING = 1e-12

COLUMNS = (
    "event_id", "instrument", "test", "tau_from", "tau_to", "statistic", "df", "p_value", "p_floor", "estimate",
    "std_error", "conf_low", "conf_high", "unit", "reason", "note", *ABOUT_COLUMNS,
)  # fmt: skip

ALONE = "One event cannot tell a shift of the mean from a burst of variance: unusual day, not more."
UNSUPPORTED = (
    "The factors' values on that day lie outside those of the estimation window (h_0 = {h:.2g}, beyond 3 k / T ="
    " {bound:.2g}): the abnormal move rests on a line beyond the data."
)


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
        Always in this order: t of the headline; rank with refit; conditional rank by EWMA, and by GARCH; rank among
        sessions of the same weekday and scheduled news; the largest day of the event window; autocorrelation of squared
        residuals; leak (the sum before tau = 0); reversal (the sum after the headline: does the move persist whole?);
        what remains (headline and after together: did all of it go back?); equivalence; minimum detectable effect of
        the t, and of the rank. One that does not apply has a reason.
    windows : tuple of (int, int)
        First and last tau of each; of the volatility test, which looks at the estimation window, that window.
    intervals : tuple of (float, float)
        Interval of each [unit of the kind]; NaN where there is none. Of the rank the inversion: the effects that it
        does not reject. Of the equivalence test the one at 2 level - 1 that must lie within the margin.
    margin : float or None
        An effect that would not matter [unit of the kind].
    stamp : str or None
        Word to stamp on what is shown: the series was not observed.
    sums : tuple of WindowTests
        Three tests of the sum over each of the study's windows, and over the headline.
    leverage : float
        h_0 of the event's factors; of ordinary days of the estimation window k / T.
    outside_support : bool
        Whether h_0 is above 3 k / T: the factors' values lie outside those of the estimation window.
    n_parameters : int
        Parameters k of the mean.

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
    sums: tuple[WindowTests, ...] = ()
    leverage: float = float("nan")
    outside_support: bool = False
    n_parameters: int = 1

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

    def over(self, window: tuple[int, int]) -> WindowTests:
        """Give the tests of the sum over one of the study's windows: t, placebo rank, t by the variance ratio.

        Parameters
        ----------
        window : (int, int)
            First and last tau, both inclusive.

        Returns
        -------
        WindowTests

        Raises
        ------
        InputError
            If the study has no such window.
        """
        for one in self.sums:
            if one.window == window:
                return one
        raise InputError(
            "is no window of this study",
            parameter="window",
            received=window,
            allowed=", ".join(str(one.window) for one in self.sums),
        )

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

        The conditional rank by EWMA where volatility clusters; else the rank with refit; the t where no rank applies
        that could be as small as one minus the level, and where there is no t either, the rank. The test of clustering
        sees little in short windows: with T = 120 and a GARCH of .10 and .88 it rejects in 36 % of all cases, and the
        test that leads then rejects 5.9 % at a nominal 5 %, where the plain rank has 6.1 and the conditional rank 4.9.
        The conditional rank by GARCH stands beside: where its model is the true one it finds 83 % of effects of three
        deviations of their day, the one by EWMA 81 %; it needs 500 sessions and an optimiser that converges.
        """
        ranks = [CONDITIONAL, RANK] if self.clusters else [RANK]
        for name in ranks:
            outcome = self.one(name)
            if outcome.applies and outcome.p_floor <= self._size:
                return name
        return T if self.one(T).applies else RANK

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
        lines = (
            self._leading(), self._supported(), self._before(), self._afterwards(), self._nothing(), self._seen(),
            ALONE,
        )  # fmt: skip
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
        garch = self.one(GARCH_RANK)
        beside = f"; by GARCH {_p(garch)}" if self.leads == CONDITIONAL and garch.applies else ""
        return f"{why}: the {self.leads} leads, {_p(lead)}{floor}{beside}."

    def _supported(self) -> str:
        if not self.outside_support:
            return ""
        bound = 3.0 * self.n_parameters / self.n_obs
        return UNSUPPORTED.format(h=self.leverage, bound=bound)

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
        size, rank = self._written(self.detectable, ".3g"), self.one(DETECTABLE_RANK)
        beside = f", the rank of {self._written(rank.estimate, '.3g')}" if rank.applies else ""
        return f"The t finds {100 * POWER:.0f} % of effects of {size}{beside}, fewer of smaller ones."

    def _written(self, number: float, form: str = "+.2f") -> str:
        return f"{number * self.kind.scale:{form}} {self.kind.display_unit}"

    def to_frame(self, table: Literal["tests", "windows"] = "tests") -> pd.DataFrame:
        """Give one row a test: numbers only, no rounding, with the reason where it does not apply.

        Parameters
        ----------
        table : {"tests", "windows"}
            All tests of the headline and around it, or the three tests of the sum over each window.

        Raises
        ------
        InputError
            If the table is unknown.
        """
        import pandas as pd

        if table == "tests":
            found = [*zip(self.outcomes, self.windows, self.intervals, strict=True)]
        elif table == "windows":
            found = [
                (outcome, one.window, interval)
                for one in self.sums
                for outcome, interval in zip(one.outcomes, one.intervals, strict=True)
            ]
        else:
            raise InputError("is no table", parameter="table", received=table, allowed="'tests', 'windows'")
        rows = []
        for outcome, window, interval in found:
            names = {"event_id": self.event_id, "instrument": self.instrument, "unit": self.kind.unit}
            where = dict(
                zip(("tau_from", "tau_to", "conf_low", "conf_high"), (*window, *interval), strict=True)
            )
            own = {name: getattr(outcome, name) for name in COLUMNS if hasattr(outcome, name)}
            rows.append(own | names | where)
        return with_about(pd.DataFrame(rows, columns=COLUMNS), [outcome.test for outcome, _, _ in found])

    def explain(self, test: str, window: Window | None = None) -> Explanation:
        """Put one test into words: its formula with these numbers, its null, what it assumes, where it is from.

        Parameters
        ----------
        test : str
            As the table names it, "conditional rank".
        window : (int, int), optional
            One of the windows of ``sums``, for its tests; those of the headline when not given.

        Returns
        -------
        Explanation
            Its ``str`` is the text.

        Raises
        ------
        InputError
            If there is no such test, or no such window.
        """
        if window is None:
            outcome, where = self.one(test), self.windows[self._at(test)]
        else:
            outcome, where = self._of_window(test, window), window
        taus = f"tau = {where[0]}" if where[0] == where[1] else f"tau = {where[0]} to {where[1]}"
        return explain_outcome(
            outcome, where=f"{self.event_id} on {self.instrument}, {self.kind}, {taus}", scale=self.kind.scale,
            unit=self.kind.display_unit, advice=ALONE,
        )  # fmt: skip

    def _of_window(self, test: str, window: Window) -> Outcome:
        """Give one of the tests of the sum over a window."""
        found = {(one.window, outcome.test): outcome for one in self.sums for outcome in one.outcomes}
        if (window, test) not in found:
            raise InputError(
                "is no test of a window of this pair",
                parameter="test, window",
                received=(test, window),
                allowed=", ".join(map(repr, found)),
            )
        return found[window, test]

    def summary(self) -> Summary:
        """Give the tests and their reading: text in a terminal, HTML in Jupyter."""
        head = [f"{self.event_id} on {self.instrument}, {self.kind}, {self.n_obs} estimation moves"]
        if self.stamp:
            head.append(ILLUSTRATIVE.format(stamp=self.stamp))
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
            ""
            if outcome.test in (DETECTABLE, DETECTABLE_RANK) and outcome.applies
            else p_words(outcome.p_value),
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
    tested = Tested(alignment, estimates, spec, place)
    found = all_tests(tested, None if margin is None else float(margin))
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
        window_tests(tested),
        tested.leverage,
        tested.outside,
        tested.fit.params.shape[1],
    )
