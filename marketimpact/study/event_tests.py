"""The tests over events of one kind's pairs: which apply, and on what arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..maths import over_events as parametric
from ..maths import rank_tests, sign_tests
from ..maths.calendar_weights import DENSE
from ..maths.event_ranks import RankPlan, rank_outcomes
from ..maths.event_scan import Scan, Summed, as_they_lie, scan
from ..maths.outcome import Outcome, not_applicable
from .gathered import Gathered
from .reading import Facts

__all__ = ["FEW_CLUSTERS", "VARIANCE", "EventTests"]

FEW_CLUSTERS = 50
"""Date clusters below which Kolari and Pynnonen's t takes Satterthwaite's degrees of freedom, not N - 1."""

VARIANCE = "variance of event days over estimation days"

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


class EventTests:
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
        self.summed = self._summed()
        self.correlation = self.summed.correlation

    def facts(self, pairs: int) -> Facts:
        """Give what the tests rest on; ``pairs`` are those of the kind, with a sum over the window or without."""
        return Facts(
            self.n, self.n_clusters, pairs - self.n, int(np.count_nonzero(~self.g.whole)), self.correlation,
            self.variance(), self.zero_share, int(self.g.df.min(initial=2**31)) + self.g.k if self.n else 0,
            self.apart, self.shared, self.overlapping, self.independent, self.g.lags,
            self.g.unknown,
        )  # fmt: skip

    def _summed(self) -> Summed:
        """Go over the rows of all pairs for what the tests that are not refused need of them.

        The degrees of freedom of the correlation are those of the spread, where dates are few: Satterthwaite's below 50
        clusters of windows that overlap; clusters less one where there are too many pairs to list their correlations
        two by two; with more clusters none, and Kolari and Pynnonen's t takes N - 1.
        """
        g, few = self.g, self.groups < FEW_CLUSTERS
        averaged = None if self._apart_in_time() or not g.equal_lengths else g.whole
        shared = None if self._dependent() else g.whole
        listed = few and 2 <= self.n <= DENSE
        lay = as_they_lie if averaged is None else g.layout.lay
        found = scan(g.windows, Scan(averaged, shared, g.lags, listed, lay))
        if few and self.n > DENSE:  # too many to list two by two: what one observation a date would have
            df = float(max(self.groups - 1, 1))
            return replace(found, correlation=replace(found.correlation, df=df))
        return found

    def of_moves(self) -> tuple[Outcome, ...]:
        """Give the tests of means of moves and of standardized moves."""
        g, clusters, r = self.g, self.claimed, self.correlation
        return (
            parametric.cross_sectional_t(g.car, clusters=clusters),
            parametric.skewness_adjusted_t(g.car, clusters=clusters),
            self._counted(parametric.CRUDE, self._refused_in_event_time(equal=True), self._crude, g.whole),
            self._if_known(parametric.PATELL, lambda: parametric.patell_z(g.scar, g.df, clusters=clusters)),
            self._if_known(
                parametric.ADJUSTED_PATELL,
                lambda: parametric.adjusted_patell_z(g.scar, g.df, r, clusters=clusters),
            ),
            self._if_scaled(parametric.BMP, lambda: parametric.bmp_t(g.scar, clusters=clusters)),
            self._if_scaled(
                parametric.KOLARI_PYNNONEN,
                lambda: parametric.kolari_pynnonen_t(g.scar, r, clusters=clusters),
            ),
        )

    def _if_known(self, name: str, test: Callable[[], Outcome]) -> Outcome:
        """Run a test that trusts the variance of SCAR, or say why theory has none."""
        if self.g.no_variance:
            return not_applicable(name, self.g.no_variance, n=self.n, n_clusters=self.n_clusters)
        return test()

    def _if_scaled(self, name: str, test: Callable[[], Outcome]) -> Outcome:
        """Run a test that takes the spread of SCAR from the pairs, or say why there is no SCAR."""
        if self.g.no_scale:
            return not_applicable(name, self.g.no_scale, n=self.n, n_clusters=self.n_clusters)
        return test()

    def of_ranks(self) -> tuple[Outcome, ...]:
        """Give the tests of ranks, from one pass over the rows for those that are not refused."""
        g, everyone = self.g, np.full(self.n, True)
        r = 0.0 if np.isnan(self.correlation.r) else self.correlation.r
        chosen = {
            rank_tests.CORRADO: g.whole,
            rank_tests.CORRADO_ZIVNEY: g.whole,
            rank_tests.GRANK_T: everyone,
        }
        refused = {
            name: self._refused_in_event_time(equal=name != rank_tests.GRANK_T)
            or (g.no_scale if name == rank_tests.GRANK_T else "")
            for name in chosen
        }
        plan = RankPlan(g.event, g.scar, g.whole, g.columns, self.zero_share, r)
        asked = [name for name in chosen if not refused[name]]
        found = rank_outcomes(g.windows, plan, asked, g.layout.lay) if asked else {}
        return tuple(
            self._counted(name, refused[name], partial(_stored, found, name), pairs)
            for name, pairs in chosen.items()
        )

    def of_signs(self) -> tuple[Outcome, ...]:
        """Give the tests of signs and signed ranks."""
        g = self.g
        everyone = np.full(self.n, True)
        return (
            self._apart(
                sign_tests.SIGN, lambda at: sign_tests.sign_test(g.car[at], still=g.still[at]), everyone
            ),
            self._of_shares(self._apart(sign_tests.GENERALIZED_SIGN, self._generalized_sign, g.whole)),
            self._apart(
                sign_tests.WILCOXON,
                lambda at: sign_tests.wilcoxon_signed_rank(g.car[at], still=g.still[at]),
                everyone,
            ),
        )

    def _crude(self, chosen: NDArray[np.bool_]) -> Outcome:
        g = self.g
        clusters = None if self.claimed is None else g.clusters[chosen]
        return parametric.crude_dependence_t(
            g.car[chosen], self.summed.average, int(g.lengths.max(initial=1)), k=g.k, parameter_error=g.k > 0,
            clusters=clusters, days=g.begin[chosen],
        )  # fmt: skip

    def _generalized_sign(self, chosen: NDArray[np.bool_]) -> Outcome:
        """Take the shares of positive moves from windows as long as each pair's own."""
        g = self.g
        longest = int(g.lengths[chosen].max(initial=1))
        if longest > g.windows.sample.length:
            reason = TOO_LONG.format(sessions=longest)
            return not_applicable(sign_tests.GENERALIZED_SIGN, reason, n=int(chosen.sum()))
        return sign_tests.generalized_sign(g.car[chosen], self.summed.shares[chosen], still=g.still[chosen])

    def _of_shares(self, outcome: Outcome) -> Outcome:
        """Count the clusters of the pairs that have a share alone."""
        known = self.g.whole & np.isfinite(self.summed.shares)
        if self._dependent() or not known.any():
            return outcome
        return replace(outcome, n_clusters=len(np.unique(self.g.clusters[known])))

    def _refused_in_event_time(self, *, equal: bool) -> str:
        """Say why a test that compares averages of one tau does not apply; empty where it does."""
        reason = self._apart_in_time() or self._repeating()
        if not reason and equal and not self.g.equal_lengths:
            return LENGTHS.format(least=self.g.lengths.min(), most=self.g.lengths.max())
        return reason

    def _apart_in_time(self) -> str:
        return self._one_cluster() or (STAGGERED if self.staggered else "")

    def _apart(
        self, name: str, test: Callable[[NDArray[np.bool_]], Outcome], chosen: NDArray[np.bool_]
    ) -> Outcome:
        """Run a test that takes pairs for independent: not where they share a cluster."""
        return self._counted(name, self._dependent(), test, chosen)

    def _dependent(self) -> str:
        if self._one_cluster() or not self.shared:
            return self._one_cluster()
        return DEPENDENT.format(n=self.n, clusters=self.n_clusters)

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
        reason = few or self._one_cluster() or self._repeating() or g.no_variance
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
            parts=(("sd^2", ratio * expected), ("mean Q", expected / (1.0 - r)), ("r", r)),
        )  # fmt: skip


def _stored(found: dict[str, Outcome], name: str, _: NDArray[np.bool_]) -> Outcome:
    """Give an outcome that was found with others."""
    return found[name]
