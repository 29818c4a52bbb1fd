"""Every test of a mean over events side by side, and which of them to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..alignment.overlap import window_days
from ..alignment.pipeline import Alignment
from ..errors import InputError
from ..maths import over_events as parametric
from ..maths import rank_tests, sign_tests
from ..maths.bhar import BHAR, BHAR_SKEWNESS
from ..maths.calendar_time import CALENDAR_TIME
from ..maths.dependence import overlap_clusters
from ..maths.frozen import Frozen
from ..maths.joint_shift import JOINT_SHIFT, JOINT_SHIFT_T
from ..maths.outcome import Outcome
from ..maths.power import POWER
from ..timeline import Window
from ..timeline import window as read_window
from ..units import DISPLAY_UNITS
from .about import ABOUT_COLUMNS, with_about
from .detectable import detectable_move
from .estimates import Estimates
from .event_tests import EventTests
from .explain import Explanation, explain_outcome
from .gathered import Gathered, gather
from .inference import cluster_test, clusters_of, kind_groups
from .over_time import over_time
from .reading import Diagnosis, diagnose
from .resampled import resampled
from .residual_facts import residual_facts
from .spec import Spec
from .summary import Summary, p_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "GROUPS", "KindTests", "OverEvents", "over_events"]

GROUPS = ("moves", "ranks", "signs", "resampling", "calendar")
"""Groups of tests that may be asked for, in the order in which they stand: of means, of ranks, of signs, by resampling
date clusters, and by calendar days, buy-and-hold moves and ranks of independent pairs."""

COLUMNS = (
    "kind", "test", "statistic", "df", "p_value", "p_floor", "estimate", "std_error", "unit", "n", "n_clusters",
    "reason", "note", "detectable", "read", "why", *ABOUT_COLUMNS,
)  # fmt: skip
"""Columns of the table; ``unit`` is that of estimate and standard error, ``detectable`` is in that of the moves."""

UNITS = {
    **dict.fromkeys((parametric.CROSS_SECTIONAL, parametric.SKEWNESS_ADJUSTED, parametric.CRUDE), ""),
    **dict.fromkeys(
        (parametric.PATELL, parametric.ADJUSTED_PATELL, parametric.BMP, parametric.KOLARI_PYNNONEN),
        "standard deviations",
    ),
    **dict.fromkeys((rank_tests.CORRADO, rank_tests.CORRADO_ZIVNEY, rank_tests.GRANK_T), "share of ranks"),
    **dict.fromkeys((sign_tests.SIGN, sign_tests.GENERALIZED_SIGN), "share of pairs"),
    sign_tests.WILCOXON: "rank sum",
    **dict.fromkeys((JOINT_SHIFT, JOINT_SHIFT_T, CALENDAR_TIME), "standard deviations"),
    **dict.fromkeys((BHAR, BHAR_SKEWNESS), "fraction"),
    rank_tests.GRANK_Z: "share of ranks",
}
"""Unit of what each test estimates; that of the moves where there is none here."""

SHOWN = DISPLAY_UNITS | {"fraction": ("%", 100.0)}
"""Units in which an explanation writes estimates that are moves."""


@dataclass(frozen=True, slots=True, eq=False)
class KindTests(Frozen):
    """The tests over events of one kind of move.

    Attributes
    ----------
    kind, unit : str
        Kind of the moves and their unit.
    outcomes : tuple of Outcome
        Always the same tests in the same order; one that does not apply has a reason.
    diagnosis : Diagnosis
        What they rest on, and which of them to read.
    """

    kind: str
    unit: str
    outcomes: tuple[Outcome, ...]
    diagnosis: Diagnosis

    def unit_of(self, outcome: Outcome) -> str:
        """Unit of an outcome's estimate and standard error."""
        return UNITS.get(outcome.test, "") or self.unit

    def detectable(self, outcome: Outcome) -> float:
        """Effect, alike in all pairs, that a test finds in 80 % of all cases [move unit]; see `detectable_move`."""
        known = self.diagnosis.residuals
        r, error = self.diagnosis.r, known.typical_error
        return detectable_move(outcome, typical_error=error, r=r, level=known.level)

    @property
    def seen(self) -> tuple[str, ...]:
        """What the test that leads could have seen, in a sentence."""
        leads = {one.test for one in self.diagnosis.verdicts if one.read == "first"}
        unit, scale = DISPLAY_UNITS[self.unit]
        return tuple(
            f"the {one.test} finds {100 * POWER:.0f} % of effects of {self.detectable(one) * scale:.3g} {unit} that all"
            " pairs have alike, fewer of smaller ones"
            for one in self.outcomes
            if one.test in leads
        )

    def explain(self, outcome: Outcome, where: str) -> Explanation:
        """Put one of the tests into words; see `OverEvents.explain`."""
        unit, scale = SHOWN.get(self.unit_of(outcome), ("", 1.0))
        return explain_outcome(
            outcome, where=f"{self.kind}, {where}", scale=scale, unit=unit,
            advice=self.diagnosis.verdict(outcome.test).advice if outcome.applies else "",
        )  # fmt: skip

    def row(self, outcome: Outcome) -> dict[str, object]:
        """Give what the table says of a test."""
        verdict = self.diagnosis.verdict(outcome.test)
        said = {name: getattr(outcome, name) for name in COLUMNS if hasattr(outcome, name)}
        own = {"kind": self.kind, "unit": self.unit_of(outcome), "detectable": self.detectable(outcome)}
        return said | own | {"read": verdict.read, "why": verdict.why}


@dataclass(frozen=True, slots=True, eq=False)
class OverEvents(Frozen):
    """Every classical test of a mean over events, kind by kind, and a diagnosis of which to read.

    In this order: the t on cluster means (the headline test); cross-sectional t, and adjusted for skewness; crude
    dependence t; Patell's z, and adjusted for correlation; the t of Boehmer, Musumeci and Poulsen (BMP), and that of
    Kolari and Pynnonen; the ranks of Corrado, of Corrado and Zivney, and GRANK-T; sign, generalized sign, and Wilcoxon;
    the wild bootstrap with Rademacher's and with Webb's weights, sign changes of cluster means, and the stationary
    block bootstrap; the joint calendar shift of the mean and of BMP's t, the calendar-time portfolio, buy-and-hold
    moves, those adjusted for skewness, and GRANK-Z.

    Attributes
    ----------
    window : (int, int) or None
        The window that is tested; None for the headline.
    kinds : tuple of KindTests

    See Also
    --------
    StudyResult.over_events : makes it.
    """

    window: Window | None
    kinds: tuple[KindTests, ...]

    def one(self, test: str, kind: str | None = None) -> Outcome:
        """Give the outcome of one test by its name.

        Parameters
        ----------
        test : str
            As the table names it, "Patell z".
        kind : str, optional
            Kind of move; may be left out where the study has one.

        Returns
        -------
        Outcome

        Raises
        ------
        InputError
            If there is no such kind or test, or the study has several kinds and none is named.
        """
        chosen = [one for one in self.kinds if kind in (None, one.kind)]
        if len(chosen) != 1:
            raise InputError(
                "names no kind of move of this study"
                if not chosen
                else "the study has several kinds: name one",
                parameter="kind",
                received=kind,
                allowed=", ".join(repr(one.kind) for one in self.kinds),
            )
        found = [outcome for outcome in chosen[0].outcomes if outcome.test == test]
        if not found:
            raise InputError(
                "is no test over events",
                parameter="test",
                received=test,
                allowed=", ".join(repr(outcome.test) for outcome in chosen[0].outcomes),
            )
        return found[0]

    def to_frame(self) -> pd.DataFrame:
        """Give one row a kind and test: numbers only, no rounding, with the reason where a test does not apply.

        Returns
        -------
        DataFrame
            ``detectable`` is the effect, alike in all pairs, that the test finds in 80 % of all cases [unit of the
            moves]; ``read`` is the verdict of the diagnosis, "first", "beside" or "no", and ``why`` says why; ``null``,
            ``distribution`` and ``assumptions`` are those of the test.
        """
        import pandas as pd

        rows = [one.row(outcome) for one in self.kinds for outcome in one.outcomes]
        return with_about(pd.DataFrame(rows, columns=COLUMNS), [str(row["test"]) for row in rows])

    def explain(self, test: str, kind: str | None = None) -> Explanation:
        """Put one test into words: its formula with these numbers, its null, what it assumes, where it is from.

        Parameters
        ----------
        test, kind
            As for `one`.

        Returns
        -------
        Explanation
            Its ``str`` is the text.

        Raises
        ------
        InputError
            As `one` does.
        """
        outcome = self.one(test, kind)
        chosen = next(one for one in self.kinds if kind in (None, one.kind))
        return chosen.explain(outcome, self._where)

    def summary(self) -> Summary:
        """Give the tests with what they rest on: text in a terminal, HTML in Jupyter."""
        outcomes = [outcome for one in self.kinds for outcome in one.outcomes]
        remarks = [one.reason for one in outcomes if not one.applies]
        remarks += [one.note for one in outcomes if one.applies and one.note]
        number = {words: i for i, words in enumerate(dict.fromkeys(remarks), start=1)}
        rows = [
            (one.kind.partition(" [")[0], *_cells(outcome, number, one.diagnosis.verdict(outcome.test).read))
            for one in self.kinds
            for outcome in one.outcomes
        ]
        tail = [f"({i}) {words}" for words, i in number.items()]
        tail += [
            f"{one.kind}: {words}"
            for one in self.kinds
            for words in (*one.diagnosis.words, *one.diagnosis.unread, *one.seen)
        ]
        columns = (
            "kind",
            "test",
            "statistic",
            "df",
            "p",
            "smallest p",
            "pairs",
            "clusters",
            "read",
            "remark",
        )
        return Summary((f"Tests over events, {self._where}",), columns, tuple(rows), tuple(tail))

    @property
    def _where(self) -> str:
        return "headline" if self.window is None else f"window {self.window}"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        parts = [
            f"{one.kind}, {one.diagnosis.pairs} pairs in {one.diagnosis.clusters} clusters,"
            f" {sum(outcome.applies for outcome in one.outcomes)} of {len(one.outcomes)} tests apply"
            for one in self.kinds
        ]
        return f"OverEvents: {self._where}: {'; '.join(parts)}"


def _cells(outcome: Outcome, number: dict[str, int], read: str) -> tuple[str, ...]:
    """Write one test as a row; remarks stand below the table, each once for all tests that it holds of."""
    df = "" if np.isnan(outcome.df) else f"{outcome.df:.4g}"
    statistic = f"{outcome.statistic:.2f}" if outcome.applies else "n/a"
    floor = p_words(outcome.p_floor) if outcome.p_floor else ""
    remark = f"not applicable ({number[outcome.reason]})" if not outcome.applies else ""
    remark += f"({number[outcome.note]})" if outcome.applies and outcome.note else ""
    counts = (str(outcome.n), str(outcome.n_clusters))
    return (outcome.test, statistic, df, p_words(outcome.p_value), floor, *counts, read, remark)


@dataclass(frozen=True, slots=True)
class Case:
    """The pairs of one kind and one window, with the study that they are of."""

    alignment: Alignment
    estimates: Estimates
    spec: Spec
    seed: int
    window: Window | None
    places: NDArray[np.int64]
    clusters: NDArray[np.int64]
    gathered: Gathered
    tests: EventTests


def over_events(
    alignment: Alignment,
    estimates: Estimates,
    spec: Spec,
    window: Window | None = None,
    *,
    tests: Iterable[str] | None = None,
    seed: int = 0,
) -> OverEvents:
    """Test means over events in every way; see `StudyResult.over_events` for what may be asked, and what is refused."""
    if window is not None and (window := read_window(window, "window")) not in spec.window_list:
        raise InputError(
            "is no window of this study",
            parameter="window",
            received=window,
            allowed=f"None for the headline, {', '.join(map(str, spec.window_list))}; or EventStudy(windows=...)",
        )
    groups = _asked(tests)
    clusters = clusters_of(alignment, estimates.rows, spec)
    overlaps = overlap_clusters(*window_days(alignment, estimates.rows))
    kinds = []
    for kind, group in kind_groups(alignment, estimates.rows).items():
        gathered = gather(alignment, estimates, spec, window, group, clusters)
        of_kind = EventTests(
            gathered,
            overlaps[gathered.places],
            spec.cluster is None,
            _zero_share(alignment, estimates, gathered),
        )
        case = Case(alignment, estimates, spec, seed, window, group, clusters, gathered, of_kind)
        unit = alignment.design.series[alignment.series[estimates.rows[group[0]]]].kind.unit
        headline = cluster_test(alignment, estimates, spec, window, group, clusters)
        outcomes = (headline, *_outcomes(case, groups))
        known = residual_facts(estimates, gathered, spec.level)
        kinds.append(KindTests(kind, unit, outcomes, diagnose(of_kind.facts(len(group)), known, outcomes)))
    return OverEvents(window, tuple(kinds))


def _outcomes(case: Case, groups: tuple[str, ...]) -> tuple[Outcome, ...]:
    """Run groups of tests, one after another in their order."""
    run: dict[str, Callable[[], tuple[Outcome, ...]]] = {
        "moves": case.tests.of_moves,
        "ranks": case.tests.of_ranks,
        "signs": case.tests.of_signs,
        "resampling": lambda: resampled(
            case.gathered, level=case.spec.level, seed=case.seed, independent=case.spec.cluster is None
        ),
        "calendar": lambda: over_time(
            case.gathered, case.alignment, case.estimates, case.window,
            correlation=case.tests.correlation, zero_share=case.tests.zero_share,
        ),
    }  # fmt: skip
    return tuple(outcome for group in groups for outcome in run[group]())


def _asked(tests: Iterable[str] | None) -> tuple[str, ...]:
    """Give the groups that are asked for in their order: all when not said."""
    if tests is None:
        return GROUPS
    asked = {tests} if isinstance(tests, str) else set(tests)
    if not asked <= set(GROUPS):
        raise InputError(
            "names no group of tests",
            parameter="tests",
            received=sorted(map(str, asked - set(GROUPS))),
            allowed=", ".join(map(repr, GROUPS)),
        )
    return tuple(group for group in GROUPS if group in asked)


def _zero_share(alignment: Alignment, estimates: Estimates, gathered: Gathered) -> float:
    """Share of the moves of all estimation windows that are zero, before any model."""
    rows = estimates.rows[gathered.places]
    used = int(alignment.estimation_used[rows].sum())
    return int(alignment.zeros[rows].sum()) / used if used else 0.0
