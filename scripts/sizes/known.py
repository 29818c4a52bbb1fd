"""Cells of the table that do not hold, and what is known of them. None is left out in silence."""

from __future__ import annotations

from dataclasses import dataclass

from marketimpact.maths import over_events as means
from marketimpact.maths import rank_tests, sign_tests
from marketimpact.maths.bhar import BHAR, BHAR_SKEWNESS
from marketimpact.maths.block_bootstrap import BLOCK
from marketimpact.maths.calendar_time import CALENDAR_TIME
from marketimpact.maths.joint_shift import JOINT_SHIFT_T
from marketimpact.maths.one_event import CLUSTERING
from marketimpact.maths.sign_change import SIGN_CHANGE
from marketimpact.maths.wild_bootstrap import WEBB, WILD
from marketimpact.study.inference import PERMUTATION

from .registry import CLUSTER_T, PLACEBO

BY_RANKS = (rank_tests.CORRADO, rank_tests.CORRADO_ZIVNEY, rank_tests.GRANK_Z)
BY_SKEWNESS = (means.SKEWNESS_ADJUSTED, BHAR_SKEWNESS)
BY_SPREAD = (
    CLUSTER_T, means.CROSS_SECTIONAL, means.BMP, means.KOLARI_PYNNONEN, BHAR, *BY_SKEWNESS,
    sign_tests.SIGN, sign_tests.GENERALIZED_SIGN, sign_tests.WILCOXON, WILD, WEBB, SIGN_CHANGE, BLOCK,
)  # fmt: skip
BY_ESTIMATION = (means.PATELL, means.ADJUSTED_PATELL, PERMUTATION)


@dataclass(frozen=True)
class Known:
    """Some cells that do not hold: rows whose name holds all ``rows``, and the tests named."""

    rows: tuple[str, ...]
    tests: tuple[str, ...]
    words: str

    def covers(self, row: str, test: str) -> bool:
        """Whether a cell is one of them."""
        lengths = [part for part in self.rows if part.startswith("L=")]
        here = all(part in row for part in self.rows) and all(row.endswith(part) for part in lengths)
        return here and test in self.tests


KNOWN: tuple[Known, ...] = (
    Known(
        ("11 sessions apart", "L=11"),
        (*BY_SPREAD, *BY_ESTIMATION, means.CRUDE, *BY_RANKS),
        "Too careful, the more so the more pairs and the higher rho. Each window follows upon the one before and lies"
        " in the estimation windows of those after it: what moves the factor in one window moves the means that later"
        " windows are measured against the other way, so that their sums are negatively correlated, and the mean varies"
        " less than its parts say (by .76 of its variance for 20 pairs at rho = .5, .32 for 50 at .8). Kolari and"
        " Pynnonen's t sees the negative correlation, warns, and sets it to 0; the joint calendar shift holds.",
    ),
    Known(
        ("sessions apart", "L=11"),
        (means.KOLARI_PYNNONEN, JOINT_SHIFT_T),
        "A little too careful where windows overlap in a chain and rho is .8: the study refuses the t there as one"
        " cluster, unless pairs are taken as independent.",
    ),
    Known(
        ("sessions apart", "L=1"),
        (BLOCK, CALENDAR_TIME, sign_tests.WILCOXON),
        "A little too careful (3.4 to 4.1 %). Tests in event time would reject up to 9 % there and are not to be read:"
        " column t of one pair is the day of column t + 1 of the next, so that the averages by event time rest on few"
        " independent ones.",
    ),
    Known(
        ("5 dates x 6",),
        (means.CRUDE, WEBB),
        "Five dates are five observations: Webb's weights have few values (to 7 %), and crude dependence knows the"
        " spread of dates from the estimation windows alone (6.8 %). Corrado and Zivney's test and GRANK-T, which would"
        " reject 8 to 11 %, are not to be read there, and the permutation of dates over eleven sessions is refused.",
    ),
    Known(
        ("5 dates x 6", "own event variance x2"),
        (means.KOLARI_PYNNONEN,),
        "Too careful: the event adds to each pair's own variance, not to what pairs share, so that the correlation of"
        " the estimation windows overstates that of the event days.",
    ),
    Known(
        ("5 dates x 6", "t3"),
        (means.KOLARI_PYNNONEN, CALENDAR_TIME),
        "A little too careful with five dates and heavy tails.",
    ),
    Known(
        ("t3",),
        (*BY_SKEWNESS, means.PATELL, means.ADJUSTED_PATELL, BLOCK, CALENDAR_TIME),
        "Heavy tails: the skewness of 30 values is an outlier more often than a skew, and the adjusted t follows it"
        " (7 %); after 30 estimation moves s is too small too often for Patell (8 to 9 %). The bootstrap and the"
        " calendar-time t are a little too careful.",
    ),
    Known(
        ("skewed", "L=1"),
        (CLUSTER_T, means.CROSS_SECTIONAL, means.BMP, means.KOLARI_PYNNONEN, CALENDAR_TIME, BHAR),
        "A t over 30 exponential values rejects 7 %, whatever it is a t of; the skewness-adjusted one holds.",
    ),
    Known(
        ("stale",),
        (*BY_SKEWNESS, BLOCK, rank_tests.CORRADO),
        "Half of the moves are zero: the skewness-adjusted t rejects 7 %, the bootstrap and Corrado's ranks a little"
        " too seldom.",
    ),
    Known(
        ("one event", "normal"),
        (CLUSTERING,),
        "The test of squared residuals is a little too careful in short windows (3 %).",
    ),
    Known(
        ("one event", "L=11"),
        (PLACEBO,),
        "Windows of eleven sessions overlap, which is why their placebos are called approximate (6 to 7 %).",
    ),
)
"""What is known, family by family."""


def explained(row: str, test: str) -> bool:
    """Whether what is known covers a cell."""
    return any(known.covers(row, test) for known in KNOWN)
