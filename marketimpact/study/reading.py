"""What tests over events rest on, and words that say which of them to read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..maths.calendar_weights import MeanCorrelation
from ..maths.frozen import Frozen
from ..maths.outcome import Outcome
from ..maths.rank_tests import MOST_ZEROS
from .summary import p_words

__all__ = ["Diagnosis", "Facts", "diagnose"]

SHORT = 120
"""Estimation moves from which on Kolari and Pynnonen's t with exact weights is known to hold on staggered windows."""

ROUNDED = 0.05
"""Degrees of freedom that differ by less read the same."""

LEVEL = 0.05
"""Level at which the variance of event days is said to differ."""


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
    words : tuple of str
        Which tests to read, which not, and why.
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
    words: tuple[str, ...]


def diagnose(facts: Facts) -> Diagnosis:
    """Put what is known into numbers and words.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    Diagnosis
    """
    r = facts.correlation.r
    effective = facts.pairs / (1.0 + (facts.pairs - 1) * r) if facts.pairs > 1 else float(facts.pairs)
    said = (
        *_which(facts),
        *_correlation(facts, effective),
        *_variance(facts),
        *_data(facts),
    )
    return Diagnosis(
        facts.pairs, facts.clusters, facts.absent + facts.partial, facts.correlation.raw, r, effective,
        facts.variance, facts.zero_share, facts.shortest, facts.staggered, said,
    )  # fmt: skip


def _which(facts: Facts) -> list[str]:
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
        return [words]
    first = f"read the t on the means of the {facts.clusters} date clusters first"
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
        return []
    chance = p_words(one.p_value)
    said = f"p {chance}" if chance.startswith("<") else f"p = {chance}"
    ratio = f"variance of event days {one.statistic:.2f} times that of the estimation windows ({said})"
    if one.p_value < LEVEL and one.statistic > 1.0:
        trusting = "Patell, adjusted Patell, crude dependence and Corrado"
        return [f"{ratio}: do not read {trusting}, which trust that it is the same"]
    if one.p_value < LEVEL:
        return [f"{ratio}: it fell, and tests that trust the estimation windows' variance are too careful"]
    return [f"{ratio}: no change is seen, which {facts.pairs} pairs may not show"]


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
        words.append(f"{facts.absent} more pairs have no sum over the window, and enter nothing")
    return words
