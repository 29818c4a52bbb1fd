"""Which tests over events to read, which not, and why: one verdict a test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..maths import over_events as means
from ..maths import rank_tests, sign_tests
from ..maths.outcome import Outcome
from ..maths.pooled import variance_growth
from .inference import SHARED_FITS

__all__ = [
    "GROWN",
    "LEVEL",
    "SKEWED",
    "Situation",
    "Verdict",
    "growth_of",
    "shares_fits",
    "skew_of",
    "verdicts",
]

Read = Literal["first", "beside", "no"]

LEVEL = 0.05
"""Level at which a fact of the data is said to differ."""

GROWN = 1.12
"""Variance of a sum over that of independent days above which tests that trust them are not read: 6.4 % at 5 %."""

SKEWED = 0.35
"""Standard errors by which skew alone moves a mean sign above which tests of signs are not read: 6.4 % at 5 %."""

CROWDED = 5.0
"""Date clusters that share an average estimation day and move together there, above which tests in event time are not
read: windows of one session, one or three sessions apart or twenty on one instrument, then reject 7 to 9 % at 5 %."""

FEW_CLUSTERS = 10
"""Date clusters below which tests that take a deviation over pairs are not read where pairs share them: 8 to 11 %."""

CLUSTER_TESTS = ("cluster t", "cross-sectional t (pairs taken as independent)")
BY_SHIFT_T = "joint calendar shift of BMP's t"
BY_SHIFT, BY_DATES, BY_DAY = "joint calendar shift", "date permutation", "calendar-time portfolio t"
SUMS_OF_DAYS = {means.CRUDE, means.PATELL, means.ADJUSTED_PATELL, rank_tests.CORRADO}
TRUST_VARIANCE = SUMS_OF_DAYS | {BY_SHIFT, BY_DATES}
TRUST_DAYS = SUMS_OF_DAYS | {rank_tests.CORRADO_ZIVNEY, BY_DAY}
TRUST_SHAPE = {
    sign_tests.SIGN, sign_tests.WILCOXON, rank_tests.CORRADO_ZIVNEY, rank_tests.GRANK_T, rank_tests.GRANK_Z,
}  # fmt: skip
IN_EVENT_TIME = {
    means.CRUDE, rank_tests.CORRADO, rank_tests.CORRADO_ZIVNEY, rank_tests.GRANK_T, rank_tests.GRANK_Z,
}  # fmt: skip
BY_DEVIATION = {rank_tests.CORRADO_ZIVNEY, rank_tests.GRANK_T}
KNOW_THE_CALENDAR = {means.KOLARI_PYNNONEN, means.ADJUSTED_PATELL, BY_SHIFT, BY_SHIFT_T}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to read a test.

    Attributes
    ----------
    test : str
    read : {"first", "beside", "no"}
        The test that leads; one that may be read beside it; one that is not to be read, or does not apply.
    why : str
        Why it is not to be read, or what limits it; empty where nothing does.
    """

    test: str
    read: Read
    why: str

    @property
    def advice(self) -> str:
        """What to do with a test that applies, in words; empty where it may be read beside others without remark."""
        return {"first": "read it first", "beside": self.why, "no": f"do not read it: {self.why}"}[self.read]


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides which tests may be read.

    Attributes
    ----------
    pairs : int
    rose : bool
        The event days' variance is larger than the estimation windows'.
    shared, overlapping, independent : bool
        Pairs share clusters; their windows overlap; they are taken as independent all the same.
    shared_fits : bool
        Events of one instrument share estimation windows beside which the windows are wide.
    staggered_short : bool
        Windows are staggered, and the shortest estimation window is short.
    growth : float
        Times by which the variance of a window's sum exceeds that of independent days; 1 where no autocorrelation is
        seen.
    skew : float
        Standard errors by which skew alone moves the mean sign of the pairs; 0 where none is seen.
    clusters : int
        Date clusters.
    crowding : float
        Date clusters whose estimation windows share an average day and move together there.
    """

    pairs: int
    rose: bool
    shared: bool
    overlapping: bool
    independent: bool
    shared_fits: bool
    staggered_short: bool
    growth: float
    skew: float
    clusters: int
    crowding: float


def shares_fits(outcomes: Sequence[Outcome]) -> bool:
    """Whether a test says that events of one instrument share estimation windows."""
    return any(one.note.startswith(SHARED_FITS.partition("{")[0]) for one in outcomes)


def growth_of(autocorrelation: Outcome, sessions: int) -> float:
    """Give how much more than independent days a sum varies; 1 where no autocorrelation is seen."""
    if not autocorrelation.applies or autocorrelation.p_value >= LEVEL:
        return 1.0
    return variance_growth(float(np.clip(autocorrelation.estimate, -0.99, 0.99)), sessions)


def skew_of(positive: Outcome, pairs: int, sessions: int) -> float:
    """Give the standard errors by which skew moves the mean sign of N sums over L sessions; it falls as 1 / sqrt(L)."""
    if not positive.applies or positive.p_value >= LEVEL:
        return 0.0
    return float(2.0 * abs(positive.estimate) * np.sqrt(pairs / sessions))


def verdicts(situation: Situation, outcomes: Sequence[Outcome]) -> tuple[Verdict, ...]:
    """Give a verdict on each test, in their order; one of those that may be read leads."""
    found = [_verdict(situation, outcome) for outcome in outcomes]
    readable = [one.test for one in found if one.read == "beside"]
    order = (*CLUSTER_TESTS, means.KOLARI_PYNNONEN)
    first = next((name for name in order if name in readable), "")
    return tuple(Verdict(one.test, "first", one.why) if one.test == first else one for one in found)


def _verdict(situation: Situation, outcome: Outcome) -> Verdict:
    if not outcome.applies:
        return Verdict(outcome.test, "no", f"not applicable: {outcome.reason}")
    if against := "; ".join(_against(situation, outcome)):
        return Verdict(outcome.test, "no", against)
    return Verdict(outcome.test, "beside", _limit(situation, outcome.test))


def _against(situation: Situation, outcome: Outcome) -> Iterator[str]:
    """Say what speaks against reading a test that applies."""
    name = outcome.test
    if situation.shared_fits and name not in KNOW_THE_CALENDAR:
        yield "events of one instrument share estimation windows, and what they share of their error is not counted"
    if situation.independent and situation.overlapping and name not in KNOW_THE_CALENDAR | {BY_DAY}:
        yield "takes pairs as independent, and their windows overlap"
    if situation.rose and name in TRUST_VARIANCE:
        yield "trusts that the variance of event days is the estimation windows', and it is larger"
    if situation.growth > GROWN and name in TRUST_DAYS:
        yield (
            "trusts that days are independent, and moves follow those of the day before: a sum varies"
            f" {situation.growth:.2f} times as much"
        )
    if situation.crowding > CROWDED and name in IN_EVENT_TIME:
        yield (
            "estimation windows of many dates share their days and move together there, so that the averages by event"
            " time which it is measured against rest on few independent ones"
        )
    if situation.shared and situation.clusters < FEW_CLUSTERS and name in BY_DEVIATION:
        yield f"takes a deviation over {situation.pairs} pairs, which are {situation.clusters} date clusters"
    if situation.skew > SKEWED and name in TRUST_SHAPE:
        yield f"trusts moves without skew, and skew alone moves the mean sign by {situation.skew:.1f} standard errors"


def _limit(situation: Situation, name: str) -> str:
    """Say what limits a test that may be read."""
    if name == means.PATELL:
        return "never the headline: it trusts the estimation windows' variance"
    if name == means.KOLARI_PYNNONEN and situation.rose and situation.shared:
        return "the variance of event days rose: if it is that of a factor which pairs share, this rejects too often"
    if name in KNOW_THE_CALENDAR and situation.staggered_short:
        return "windows are staggered and an estimation window is short: correlations are uncertain"
    return ""
