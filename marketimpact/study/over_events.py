"""Every test of a mean over events side by side, and which of them to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..alignment.overlap import window_days
from ..alignment.pipeline import Alignment
from ..errors import InputError
from ..maths import over_events as parametric
from ..maths import rank_tests, sign_tests
from ..maths.calendar_weights import DENSE, MeanCorrelation, calendar_correlation
from ..maths.dependence import overlap_clusters
from ..maths.frozen import Frozen
from ..maths.outcome import Outcome, not_applicable
from ..timeline import Window
from ..timeline import window as read_window
from .estimates import Estimates
from .gathered import Gathered, gather
from .inference import cluster_test, clusters_of, kind_groups
from .reading import Diagnosis, Facts, diagnose
from .spec import Spec
from .summary import Summary, p_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "FEW_CLUSTERS", "VARIANCE", "KindTests", "OverEvents", "over_events"]

FEW_CLUSTERS = 50
"""Date clusters below which Kolari and Pynnonen's t takes Satterthwaite's degrees of freedom, not N - 1."""

VARIANCE = "variance of event days over estimation days"

COLUMNS = (
    "kind", "test", "statistic", "df", "p_value", "p_floor", "estimate", "std_error", "unit", "n", "n_clusters",
    "reason", "note",
)  # fmt: skip
"""Columns of the table; ``unit`` is that of estimate and standard error."""

UNITS = {
    **dict.fromkeys((parametric.CROSS_SECTIONAL, parametric.SKEWNESS_ADJUSTED, parametric.CRUDE), ""),
    **dict.fromkeys(
        (parametric.PATELL, parametric.ADJUSTED_PATELL, parametric.BMP, parametric.KOLARI_PYNNONEN),
        "standard deviations",
    ),
    **dict.fromkeys((rank_tests.CORRADO, rank_tests.CORRADO_ZIVNEY, rank_tests.GRANK_T), "share of ranks"),
    **dict.fromkeys((sign_tests.SIGN, sign_tests.GENERALIZED_SIGN), "share of pairs"),
    sign_tests.WILCOXON: "rank sum",
}
"""Unit of what each test estimates; that of the moves where there is none here."""

ONE_CLUSTER = "the pairs of one date cluster are one observation"
STAGGERED = (
    "windows of one cluster do not begin and end on the same days, which breaks every test in event time (38 to 46 % at"
    " a nominal 5 %): take the t on cluster means, or Kolari-Pynnonen with the calendar's correlation"
)
DEPENDENT = (
    "takes pairs for independent, but {n} pairs form {clusters} date clusters: take the t on cluster means, or"
    " Kolari-Pynnonen with the calendar's correlation"
)
LENGTHS = "the headline holds from {least} to {most} sessions: ranks and averages by session need windows of one length"
TOO_LONG = "the estimation window holds no window of {sessions} sessions"
AS_SUCH = "pairs taken as independent"


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


@dataclass(frozen=True, slots=True, eq=False)
class OverEvents(Frozen):
    """Every classical test of a mean over events, kind by kind, and a diagnosis of which to read.

    In this order: the t on cluster means (the headline test); cross-sectional t, and adjusted for skewness; crude
    dependence t; Patell's z, and adjusted for correlation; the t of Boehmer, Musumeci and Poulsen (BMP), and that of
    Kolari and Pynnonen; the ranks of Corrado, of Corrado and Zivney, and GRANK-T; sign, generalized sign, and Wilcoxon.

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
        """Give one row a kind and test: numbers only, no rounding, with the reason where a test does not apply."""
        import pandas as pd

        rows = [
            {"kind": one.kind, "unit": one.unit_of(outcome)}
            | {name: getattr(outcome, name) for name in COLUMNS if name not in ("kind", "unit")}
            for one in self.kinds
            for outcome in one.outcomes
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    def summary(self) -> Summary:
        """Give the tests with what they rest on: text in a terminal, HTML in Jupyter."""
        reasons = list(
            dict.fromkeys(
                outcome.reason for one in self.kinds for outcome in one.outcomes if not outcome.applies
            )
        )
        rows = [
            (one.kind.partition(" [")[0], *_cells(outcome, reasons))
            for one in self.kinds
            for outcome in one.outcomes
        ]
        tail = [f"({number}) {reason}" for number, reason in enumerate(reasons, start=1)]
        tail += [f"{one.kind}: {words}" for one in self.kinds for words in one.diagnosis.words]
        columns = ("kind", "test", "statistic", "df", "p", "smallest p", "pairs", "clusters", "remark")
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


def _cells(outcome: Outcome, reasons: list[str]) -> tuple[str, ...]:
    """Write one test as a row; why it does not apply stands below the table, once for all tests it holds of."""
    df = "" if np.isnan(outcome.df) else f"{outcome.df:.4g}"
    statistic = f"{outcome.statistic:.2f}" if outcome.applies else "n/a"
    floor = p_words(outcome.p_floor) if outcome.p_floor else ""
    remark = outcome.note if outcome.applies else f"not applicable ({reasons.index(outcome.reason) + 1})"
    counts = (str(outcome.n), str(outcome.n_clusters))
    return (outcome.test, statistic, df, p_words(outcome.p_value), floor, *counts, remark)


def over_events(
    alignment: Alignment, estimates: Estimates, spec: Spec, window: Window | None = None
) -> OverEvents:
    """Test means over events in every way; see `StudyResult.over_events` for what may be asked, and what is refused."""
    if window is not None and (window := read_window(window, "window")) not in spec.window_list:
        raise InputError(
            "is no window of this study",
            parameter="window",
            received=window,
            allowed=f"None for the headline, {', '.join(map(str, spec.window_list))}; or EventStudy(windows=...)",
        )
    clusters = clusters_of(alignment, estimates.rows, spec)
    overlaps = overlap_clusters(*window_days(alignment, estimates.rows))
    kinds = []
    for kind, group in kind_groups(alignment, estimates.rows).items():
        gathered = gather(alignment, estimates, spec, window, group, clusters)
        unit = alignment.design.series[alignment.series[estimates.rows[group[0]]]].kind.unit
        headline = cluster_test(alignment, estimates, spec, window, group, clusters)
        tests = _Tests(
            gathered,
            overlaps[gathered.places],
            spec.cluster is None,
            _zero_share(alignment, estimates, gathered),
        )
        kinds.append(tests.of_kind(kind, unit, headline, len(group)))
    return OverEvents(window, tuple(kinds))


def _zero_share(alignment: Alignment, estimates: Estimates, gathered: Gathered) -> float:
    """Share of the moves of all estimation windows that are zero, before any model."""
    rows = estimates.rows[gathered.places]
    used = int(alignment.estimation_used[rows].sum())
    return int(alignment.zeros[rows].sum()) / used if used else 0.0


class _Tests:
    """The tests of one kind's gathered pairs."""

    def __init__(
        self, g: Gathered, overlaps: NDArray[np.int64], independent: bool, zero_share: float
    ) -> None:
        self.g, self.zero_share, self.independent = g, zero_share, independent
        self.n, self.n_clusters = len(g), g.n_clusters
        self.shared = self.n_clusters < self.n
        self.apart = g.staggered(overlaps)
        self.staggered = g.staggered(g.clusters)
        # Pairs that are taken as independent are labelled so; bonds of one issuer on one event never are.
        self.claimed = None if independent and not self.shared else g.clusters
        self.overlapping = len(np.unique(overlaps)) < self.n
        self.groups = len(np.unique(overlaps))
        self.correlation = self._correlation()

    def of_kind(self, kind: str, unit: str, headline: Outcome, pairs: int) -> KindTests:
        """Give all tests in their order, the headline test first, and what they rest on."""
        outcomes = (headline, *self.of_moves(), *self.of_ranks(), *self.of_signs())
        facts = Facts(
            self.n, self.n_clusters, pairs - self.n, int(np.count_nonzero(~self.g.whole)), self.correlation,
            self.variance(), self.zero_share, int(self.g.df.min(initial=2**31)) + self.g.k if self.n else 0,
            self.apart, self.shared, self.overlapping, self.independent, self.g.lags,
            self.g.unknown,
        )  # fmt: skip
        return KindTests(kind, unit, outcomes, diagnose(facts))

    @cached_property
    def _rows(self) -> NDArray[np.float64]:
        """Standardized residuals in event time, those of one cluster on the same days."""
        return self.g.aligned(self.g.residuals)

    def _correlation(self) -> MeanCorrelation:
        """Mean correlation with the degrees of freedom of the spread, where dates are few.

        Satterthwaite's below 50 clusters of windows that overlap; clusters less one where there are too many pairs to
        list their correlations two by two; with more clusters none, and Kolari and Pynnonen's t takes N - 1.
        """
        g, few = self.g, self.groups < FEW_CLUSTERS
        listed = few and 2 <= self.n <= DENSE
        found = calendar_correlation(g.sample, g.k, lags=g.lags, degrees=listed)
        if few and self.n > DENSE:  # too many to list two by two: what one observation a date would have
            return replace(found, df=float(max(self.groups - 1, 1)))
        return found

    def of_moves(self) -> tuple[Outcome, ...]:
        """Give the tests of means of moves and of standardized moves."""
        g, clusters, r = self.g, self.claimed, self.correlation
        return (
            parametric.cross_sectional_t(g.car, clusters=clusters),
            parametric.skewness_adjusted_t(g.car, clusters=clusters),
            self._same_days(parametric.CRUDE, self._crude, g.whole, equal=True),
            parametric.patell_z(g.scar, g.df, clusters=clusters),
            parametric.adjusted_patell_z(g.scar, g.df, r, clusters=clusters),
            parametric.bmp_t(g.scar, clusters=clusters),
            parametric.kolari_pynnonen_t(g.scar, r, clusters=clusters),
        )

    def of_ranks(self) -> tuple[Outcome, ...]:
        """Give the tests of ranks."""
        g, share = self.g, self.zero_share
        r = 0.0 if np.isnan(self.correlation.r) else self.correlation.r

        def corrado(chosen: NDArray[np.bool_]) -> Outcome:
            return rank_tests.corrado_rank(
                self._rows[chosen], g.event[chosen], window=g.columns, correlation=r
            )

        def corrado_zivney(chosen: NDArray[np.bool_]) -> Outcome:
            rows = self._rows[chosen]
            return rank_tests.corrado_zivney_rank(
                rows, g.event[chosen], zero_share=share, window=g.columns, correlation=r
            )

        def grank(chosen: NDArray[np.bool_]) -> Outcome:
            return rank_tests.grank_t(self._rows[chosen], g.scar[chosen], zero_share=share, correlation=r)

        return (
            self._same_days(rank_tests.CORRADO, corrado, g.whole, equal=True),
            self._same_days(rank_tests.CORRADO_ZIVNEY, corrado_zivney, g.whole, equal=True),
            self._same_days(rank_tests.GRANK_T, grank, np.full(self.n, True)),
        )

    def of_signs(self) -> tuple[Outcome, ...]:
        """Give the tests of signs and signed ranks."""
        g = self.g
        everyone = np.full(self.n, True)
        return (
            self._apart(
                sign_tests.SIGN, lambda at: sign_tests.sign_test(g.car[at], still=g.still[at]), everyone
            ),
            self._apart(sign_tests.GENERALIZED_SIGN, self._generalized_sign, g.whole),
            self._apart(
                sign_tests.WILCOXON,
                lambda at: sign_tests.wilcoxon_signed_rank(g.car[at], still=g.still[at]),
                everyone,
            ),
        )

    def _crude(self, chosen: NDArray[np.bool_]) -> Outcome:
        g = self.g
        rows = g.aligned(g.moves)[chosen]
        clusters = None if self.claimed is None else g.clusters[chosen]
        return parametric.crude_dependence_t(
            g.car[chosen], rows, int(g.lengths.max(initial=1)), k=g.k, parameter_error=g.k > 0,
            clusters=clusters, days=g.begin[chosen],
        )  # fmt: skip

    def _generalized_sign(self, chosen: NDArray[np.bool_]) -> Outcome:
        """Take the shares of positive moves from windows as long as each pair's own."""
        g = self.g
        shares = np.full(self.n, np.nan)
        for length in np.unique(g.lengths[chosen]):
            if length > g.moves.shape[1]:
                reason = TOO_LONG.format(sessions=length)
                return not_applicable(sign_tests.GENERALIZED_SIGN, reason, n=int(chosen.sum()))
            here = chosen & (g.lengths == length)
            shares[here] = sign_tests.positive_share(g.moves[here], sessions=int(length), still=g.quiet[here])
        return sign_tests.generalized_sign(g.car[chosen], shares[chosen], still=g.still[chosen])

    def _same_days(
        self,
        name: str,
        test: Callable[[NDArray[np.bool_]], Outcome],
        chosen: NDArray[np.bool_],
        *,
        equal: bool = False,
    ) -> Outcome:
        """Run a test that compares averages of one tau: not on one cluster, nor on windows that are staggered."""
        reason = self._one_cluster() or (STAGGERED if self.staggered else "") or self._repeating()
        if not reason and equal and not self.g.equal_lengths:
            reason = LENGTHS.format(least=self.g.lengths.min(), most=self.g.lengths.max())
        return self._counted(name, reason, test, chosen)

    def _apart(
        self, name: str, test: Callable[[NDArray[np.bool_]], Outcome], chosen: NDArray[np.bool_]
    ) -> Outcome:
        """Run a test that takes pairs for independent: not where they share a cluster."""
        reason = self._one_cluster()
        if not reason and self.shared:
            reason = DEPENDENT.format(n=self.n, clusters=self.n_clusters)
        return self._counted(name, reason, test, chosen)

    def _one_cluster(self) -> str:
        return ONE_CLUSTER if self.n > 1 and self.n_clusters == 1 else ""

    def _repeating(self) -> str:
        """Say that pairs repeat one another: no test by ranks or averages can use such a correlation."""
        return "the pairs repeat one another" if self.correlation.r >= parametric.IDENTICAL else ""

    def _counted(
        self,
        name: str,
        reason: str,
        test: Callable[[NDArray[np.bool_]], Outcome],
        chosen: NDArray[np.bool_],
    ) -> Outcome:
        """Run a test, or say why not, with the clusters of the pairs that enter and the pairs that do not."""
        groups = len(np.unique(self.g.clusters[chosen]))
        if reason:
            return not_applicable(name, reason, n=int(chosen.sum()), n_clusters=groups)
        outcome = test(chosen)
        lost = self.n - int(chosen.sum())
        remarks = [
            outcome.note,
            AS_SUCH if self.claimed is None and name != parametric.CRUDE else "",
            f"{lost} {'pair' if lost == 1 else 'pairs'} with missing moves {'does' if lost == 1 else 'do'} not enter"
            if lost
            else "",
        ]
        return replace(outcome, n_clusters=groups, note="; ".join(one for one in remarks if one))

    def variance(self) -> Outcome:
        """Compare the spread of the standardized moves with what the estimation windows lead to expect.

        ratio = sd(SCAR)^2 / ((1 - r) mean Q), Q = (T - k) / (T - k - 2), and ratio times its degrees of freedom beside
        chi-square: those of the correlation, where it has any; else N - 1, or clusters less one where windows overlap.
        """
        g, r = self.g, self.correlation.r
        few = (
            f"needs {parametric.MIN_PAIRS} pairs or more, has {self.n}"
            if self.n < parametric.MIN_PAIRS
            else ""
        )
        reason = few or self._one_cluster() or self._repeating()
        if not reason and int(g.df.min()) <= 2:
            reason = "needs T - k above 2 in every pair"
        if reason:
            return not_applicable(VARIANCE, reason, n=self.n, n_clusters=self.n_clusters)
        expected = float((g.df / (g.df - 2.0)).mean()) * (1.0 - r)
        ratio = float(g.scar.var(ddof=1)) / expected
        df = self.correlation.df
        if np.isnan(df):  # not listed: a spread over correlated pairs has fewer degrees than N - 1
            df = float((self.groups if self.overlapping else self.n) - 1)
        tails = (float(tail(ratio * df, df)) for tail in (stats.chi2.cdf, stats.chi2.sf))
        p_value = min(1.0, 2.0 * min(tails))
        return Outcome(
            VARIANCE, ratio, p_value, df=df, n=self.n, n_clusters=self.n_clusters,
            note="trusts normal moves; effects that differ between pairs widen it too",
        )  # fmt: skip
