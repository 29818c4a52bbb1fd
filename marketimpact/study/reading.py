"""What tests over events rest on, and words that say which of them to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..maths.calendar_weights import MeanCorrelation
from ..maths.frozen import Frozen
from ..maths.outcome import Outcome
from ..maths.over_events import MIN_PAIRS
from ..maths.rank_tests import MOST_ZEROS
from .residual_facts import UNREAD, ResidualFacts
from .summary import p_said
from .verdicts import GROWN, LEVEL, SKEWED, Situation, Verdict, growth_of, shares_fits, skew_of, verdicts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FACTS", "Diagnosis", "Facts", "diagnose"]

SHORT = 120
"""Estimation moves from which on Kolari and Pynnonen's t with exact weights is known to hold on staggered windows."""

ROUNDED = 0.05
"""Degrees of freedom that differ by less read the same."""

KNOWS_FITS = (
    "read Kolari-Pynnonen first: events of one instrument share estimation windows, beside which the window is wide;"
    " the t on cluster means, ranks and signs do not know what they share of their error, adjusted Patell does"
)

UNKNOWN_VARIANCE = (
    "whether event days vary more than the estimation windows is not tested here, and crude dependence, Corrado and"
    " the date permutation trust that they do not"
)

FACTS = ("fact", "value", "std_error", "p_value", "reason")
"""Columns of the table of facts."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one kind's pairs before any words.

    ``pairs``, ``clusters``; ``absent`` pairs without any move in the window and ``partial`` ones with some; their mean
    correlation; the variance of event days; the share of zero moves; the ``shortest`` estimation window; whether
    windows that overlap are ``staggered``; whether pairs ``shared`` a cluster, whether their windows are
    ``overlapping``, and whether they are taken as ``independent`` all the same; ``lags`` of the correlation, and
    whether a snapshot is ``unknown``.
    """

    pairs: int
    clusters: int
    absent: int
    partial: int
    correlation: MeanCorrelation
    variance: Outcome
    zero_share: float
    shortest: int
    staggered: bool
    shared: bool
    overlapping: bool
    independent: bool
    lags: int
    unknown: bool


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis(Frozen):
    """What the tests over events of one kind of move rest on.

    Attributes
    ----------
    pairs, clusters : int
        Pairs with a sum over the window, and the date clusters they form.
    incomplete : int
        Pairs that lack a move of the window, or all of them.
    correlation, r : float
        Mean correlation of the pairs' sums by the calendar sessions that they share: as estimated, and as tests use it
        (a negative one is 0).
    effective : float
        N / (1 + (N - 1) r): independent pairs that the mean is worth.
    variance : Outcome
        Event days' variance over the estimation windows' (``statistic``), and its p.
    zero_share : float
        Share of the estimation windows' moves that are zero.
    shortest : int
        Fewest moves T of an estimation window.
    staggered : bool
        Whether windows of events that overlap do not begin and end on the same days.
    residuals : ResidualFacts
        What the fits say: autocorrelation and skew of the residuals, factor values outside their support, the typical
        standard error of a pair's sum.
    verdicts : tuple of Verdict
        Test by test, in the order of the tests: whether to read it, and why not.
    words : tuple of str
        Which tests to read, which not, and why.
    situation : Situation
        What decides that.
    """

    pairs: int
    clusters: int
    incomplete: int
    correlation: float
    r: float
    effective: float
    variance: Outcome
    zero_share: float
    shortest: int
    staggered: bool
    residuals: ResidualFacts
    verdicts: tuple[Verdict, ...]
    words: tuple[str, ...]
    situation: Situation

    def judged(self, outcomes: Sequence[Outcome]) -> tuple[Verdict, ...]:
        """Give verdicts on other tests of the same pairs and window, as the date permutation; see `verdicts`."""
        return verdicts(self.situation, outcomes)

    def verdict(self, test: str) -> Verdict:
        """Give the verdict on one test by its name.

        Raises
        ------
        InputError
            If there is no such test.
        """
        found = [one for one in self.verdicts if one.test == test]
        if not found:
            raise InputError(
                "is no test of this diagnosis",
                parameter="test",
                received=test,
                allowed=", ".join(repr(one.test) for one in self.verdicts),
            )
        return found[0]

    @property
    def unread(self) -> tuple[str, ...]:
        """Tests that apply and are not to be read, each reason once."""
        told = [one for one in self.verdicts if one.read == "no" and not one.why.startswith("not applicable")]
        reasons = dict.fromkeys(one.why for one in told)
        return tuple(
            f"do not read {', '.join(one.test for one in told if one.why == why)}: {why}" for why in reasons
        )

    def to_frame(self) -> pd.DataFrame:
        """Give one row a fact: its value, and where it is estimated its standard error and the p that it is nothing.

        Returns
        -------
        DataFrame
            Columns `FACTS`; the reason says why a fact is not known.
        """
        import pandas as pd

        return pd.DataFrame(list(self._facts()), columns=FACTS)

    def _facts(self) -> Iterator[tuple[str, float, float, float, str]]:
        nan = np.nan
        alone = "one pair has no correlation with others" if np.isnan(self.correlation) else ""
        known = self.residuals
        yield "pairs", float(self.pairs), nan, nan, ""
        yield "date clusters", float(self.clusters), nan, nan, ""
        yield "pairs with missing moves", float(self.incomplete), nan, nan, ""
        yield "mean correlation", self.correlation, nan, nan, alone
        yield "effective pairs", self.effective, nan, nan, alone
        one = self.variance
        yield "variance of event days over estimation days", one.statistic, nan, one.p_value, one.reason
        for fact in (known.autocorrelation, known.positive):
            # The share itself, not what it lacks of one half.
            value = fact.estimate + (0.5 if fact is known.positive else 0.0)
            yield fact.test, value, fact.std_error, fact.p_value, fact.reason
        yield "share of zero moves", self.zero_share, nan, nan, ""
        yield "date clusters that share an estimation day and move together", known.crowding, nan, nan, ""
        no_factors = "the model has no factors" if np.isnan(known.outside) else ""
        yield "share of pairs outside factor support", known.outside, nan, nan, no_factors
        yield "shortest estimation window", float(self.shortest), nan, nan, ""
        yield "staggered windows", float(self.staggered), nan, nan, ""


def diagnose(facts: Facts, residuals: ResidualFacts = UNREAD, outcomes: Sequence[Outcome] = ()) -> Diagnosis:
    """Put what is known into numbers and words.

    Parameters
    ----------
    facts : Facts
    residuals : ResidualFacts
    outcomes : sequence of Outcome
        The tests, each of which gets a verdict.

    Returns
    -------
    Diagnosis
    """
    r = facts.correlation.r
    effective = facts.pairs / (1.0 + (facts.pairs - 1) * r) if facts.pairs > 1 else float(facts.pairs)
    shared_fits = shares_fits(outcomes)
    situation = _situation(facts, residuals, shared_fits)
    said = (
        *_which(facts, shared_fits),
        *_correlation(facts, effective),
        *_variance(facts),
        *_residuals(facts, residuals),
        *_data(facts),
    )
    return Diagnosis(
        facts.pairs, facts.clusters, facts.absent + facts.partial, facts.correlation.raw, r, effective,
        facts.variance, facts.zero_share, facts.shortest, facts.staggered, residuals,
        verdicts(situation, outcomes), said, situation,
    )  # fmt: skip


def _situation(facts: Facts, residuals: ResidualFacts, shared_fits: bool) -> Situation:
    """Give what decides which tests may be read."""
    return Situation(
        facts.pairs,
        _rose(facts.variance),
        facts.shared,
        facts.overlapping,
        facts.independent,
        shared_fits,
        facts.staggered and facts.shortest < SHORT,
        growth_of(residuals.autocorrelation, residuals.sessions),
        skew_of(residuals.positive, facts.pairs, residuals.sessions),
        facts.clusters,
        residuals.crowding,
    )


def _rose(variance: Outcome) -> bool:
    return variance.applies and variance.p_value < LEVEL and variance.statistic > 1.0


def _which(facts: Facts, shared_fits: bool) -> list[str]:
    """Say which tests the dependence of the pairs leaves."""
    if facts.pairs < 2:
        return [
            "no mean over events can be tested with fewer than two pairs: read the tests of the pair itself"
        ]
    if facts.clusters == 1:
        chain = ": their windows overlap in a chain" if facts.staggered else ""
        return [
            f"one date cluster{chain}: no mean over events can be tested. Adjusted Patell says whether the day was"
            " unusual, not whether a mean moved: a day on which everything is volatile looks the same"
        ]
    if facts.independent:
        words = (
            "cluster=None takes pairs as independent, and every test here but Kolari-Pynnonen and adjusted Patell rests"
            " on it"
        )
        if facts.overlapping:
            words += "; their windows overlap all the same: read those two, or run the study with cluster='overlap'"
        return [words, *([KNOWS_FITS] if shared_fits else [])]
    first = (
        KNOWS_FITS if shared_fits else f"read the t on the means of the {facts.clusters} date clusters first"
    )
    if facts.staggered:
        return [
            f"{first}. Windows of one cluster are staggered: tests in event time and tests of independent pairs reject"
            " far too often, and are refused; Kolari-Pynnonen and adjusted Patell know the calendar"
        ]
    if facts.shared:
        return [
            f"{first}. Pairs share clusters: tests of independent pairs are refused; Kolari-Pynnonen, and ranks where"
            " they apply, allow for the correlation"
        ]
    if shared_fits:
        return [first]
    return [
        f"{first}: here it is the cross-sectional t. BMP weighs each pair by its own volatility, GRANK-T and Corrado do"
        " not rest on normal moves. Patell is never the headline: it trusts the estimation windows' variance"
    ]


def _correlation(facts: Facts, effective: float) -> list[str]:
    raw = facts.correlation.raw
    if np.isnan(raw):
        return []
    words = [f"mean correlation {raw:.3f}: {facts.pairs} pairs are worth {effective:.1f} independent ones"]
    if raw < 0.0:
        words = [
            f"warning: the mean correlation {raw:.3f} is negative and was set to 0, never to a test's advantage"
        ]
    if facts.correlation.df < facts.pairs - 1 - ROUNDED:
        words.append(
            f"few date clusters: Kolari-Pynnonen takes {facts.correlation.df:.1f} degrees of freedom for the spread"
            f" over pairs, not {facts.pairs - 1}"
        )
    if facts.lags:
        words.append(
            "snapshots lie more than an hour apart: moves one session before and after count as shared too"
        )
    if facts.unknown:
        words.append(
            "a snapshot is unknown: if closes lie hours apart, the correlation misses what one shows a session later"
        )
    return words


def _variance(facts: Facts) -> list[str]:
    """Say whether tests that trust the estimation windows' variance may be read."""
    one = facts.variance
    if not one.applies:
        # Where pairs are few or one cluster, the tests that trust it are refused themselves.
        told = facts.pairs >= MIN_PAIRS and facts.clusters > 1
        return [f"{UNKNOWN_VARIANCE}: {one.reason}"] if told else []
    ratio = (
        f"variance of event days {one.statistic:.2f} times that of the estimation windows"
        f" ({p_said(one.p_value)})"
    )
    if _rose(one):
        trusting = "Patell, adjusted Patell, crude dependence and Corrado"
        return [f"{ratio}: do not read {trusting}, which trust that it is the same"]
    if one.p_value < LEVEL:
        return [f"{ratio}: it fell, and tests that trust the estimation windows' variance are too careful"]
    return [f"{ratio}: no change is seen, which {facts.pairs} pairs may not show"]


def _residuals(facts: Facts, known: ResidualFacts) -> list[str]:
    """Say what the residuals and the factors put in doubt."""
    words = []
    rho, growth = known.autocorrelation, growth_of(known.autocorrelation, known.sessions)
    if rho.applies and rho.p_value < LEVEL:
        measured = (
            f"residuals follow those of the session before ({rho.estimate:+.2f}, se {rho.std_error:.2f})"
        )
        if growth > GROWN:
            measured += (
                f": a sum over {known.sessions} sessions varies {growth:.2f} times as much as independent days do; do"
                " not read tests that take their variance from the estimation windows"
            )
        words.append(measured)
    skew = skew_of(known.positive, facts.pairs, known.sessions)
    if skew > SKEWED:
        words.append(
            f"{known.positive.estimate + 0.5:.0%} of the residuals are positive: moves are skewed, and signs, signed"
            " ranks and rescaled ranks take skew for an effect"
        )
    if known.outside > 0.0:
        words.append(
            f"in {known.outside:.0%} of the pairs the factors took values that the estimation window did not hold (h"
            " above 3 k / T): what the model says of such days is extrapolated"
        )
    return words


def _data(facts: Facts) -> list[str]:
    """Say what the moves themselves lack."""
    words = []
    if facts.zero_share > MOST_ZEROS:
        words.append(
            f"{facts.zero_share:.0%} of the moves are zero: Corrado with average ranks holds, tests that rescale the"
            " event's moves are refused"
        )
    if 0 < facts.shortest < SHORT:
        words.append(
            f"the shortest estimation window holds {facts.shortest} moves: below {SHORT} correlations are uncertain"
        )
    if facts.partial:
        words.append(
            f"{facts.partial} of the pairs lack a move of the window; tests by session leave them out"
        )
    if facts.absent:
        more = "1 more pair has" if facts.absent == 1 else f"{facts.absent} more pairs have"
        words.append(f"{more} no sum over the window, and enter nothing")
    return words
