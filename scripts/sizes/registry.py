"""The tests of the size table: how each is computed over draws, and what it does not bear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from marketimpact.maths import joint, over_events, rank_tests, sign_tests
from marketimpact.maths.bhar import BHAR, BHAR_SKEWNESS
from marketimpact.maths.block_bootstrap import BLOCK
from marketimpact.maths.calendar_time import CALENDAR_TIME
from marketimpact.maths.joint_shift import JOINT_SHIFT, JOINT_SHIFT_T
from marketimpact.maths.one_event import CLUSTERING, EQUIVALENCE
from marketimpact.maths.sign_change import SIGN_CHANGE
from marketimpact.maths.synthetic_control import SYNTHETIC_CAR, SYNTHETIC_RMSPE
from marketimpact.maths.wild_bootstrap import ENUMERATED, WEBB, WILD
from marketimpact.study.garch import GARCH_SESSIONS
from marketimpact.study.inference import MIN_WINDOW_RATIO, PERMUTATION
from marketimpact.study.one_event import CONDITIONAL, RANK, T

from . import one, over
from .batch import Batch, Floats
from .rows import Row

CLUSTER_T = "cluster t"
CONDITIONAL_GARCH = "conditional rank, GARCH"
PLACEBO = "leave-window-out placebo"
LARGEST = "largest of the days, rank with refit"
SUP_T = "largest of the days, sup-t"
MAX_RATIO = 19
"""Estimation moves per session of the window from which on the rank of the largest can reach 5 %."""

VARIANCE = frozenset({"event variance", "common variance"})
COMMON = frozenset({"common variance"})
NORMAL = frozenset({"heavy tails", "skew", "clustering", "stale"})

Group = Literal["over", "one", "joint", "donors"]
Level = Callable[[Batch], float]


@dataclass(frozen=True)
class Entry:
    """One test.

    ``p`` gives the p-value of each draw, from a batch and a seed. An ``exact`` test is compared with its attainable
    ``level``, unless the row holds what it is only ``nearly`` exact under; then, as one that is not, with 3.5 to 6.5 %.
    ``bears_not`` names what violates its assumptions. ``most`` draws are taken where it is costly. ``where`` says
    to which rows it belongs, ``refused`` in which of them the package does not show it, and ``printed`` in which of
    them its documentation says how far off it is.
    """

    name: str
    p: Callable[[Batch, int], Floats]
    group: Group = "over"
    exact: bool = False
    level: Level | None = None
    bears_not: frozenset[str] = frozenset()
    nearly: frozenset[str] = frozenset()
    most: int | None = None
    where: Callable[[Row], bool] = lambda row: True
    refused: Callable[[Row], bool] = lambda row: False
    printed: Callable[[Row], bool] = lambda row: False


def _plain(p: Callable[[Batch], Floats]) -> Callable[[Batch, int], Floats]:
    return lambda batch, seed: p(batch)


def _sign_level(b: Batch) -> float:
    """Mean over draws of the largest level up to 5 % of the sign test."""
    levels = {}
    for n in np.unique((~b.still).sum(axis=1)):
        below = stats.binom.cdf(np.arange(n + 1), n, 0.5)
        reached = 2.0 * below[2.0 * below <= 0.05]
        levels[n] = float(reached.max(initial=0.0))
    return float(np.mean([levels[n] for n in (~b.still).sum(axis=1)]))


def _wilcoxon_level(b: Batch) -> float:
    """Largest level up to 5 % of the signed ranks 1 to n."""
    levels = {}
    for n in np.unique((~b.still).sum(axis=1)):
        chances = np.ones(1)
        for rank in range(1, n + 1):
            added = np.zeros(len(chances) + rank)
            added[: len(chances)] += chances
            added[rank:] += chances
            chances = added / 2.0
        tails = 2.0 * np.cumsum(chances)
        levels[n] = float(tails[tails <= 0.05].max(initial=0.0))
    return float(np.mean([levels[n] for n in (~b.still).sum(axis=1)]))


def _permutation_level(b: Batch) -> float:
    pool, groups = b.total - b.sessions + 2, len(np.unique(b.clusters))
    total = pool if groups == 1 else over.PERMUTATIONS + 1
    return float(np.floor(0.05 * total + 1e-9) / total)


def _signs_level(b: Batch) -> float:
    """Largest level up to 5 % of random signs of clusters: of 2^(G-1) up to their mirror images, or as drawn."""
    groups = len(np.unique(b.clusters))
    total = 2 ** max(groups - 1, 0) if groups <= ENUMERATED else over.PERMUTATIONS + 1
    return float(np.floor(0.05 * total + 1e-9) / total)


def _donor_level(b: Batch) -> float:
    return float(np.floor(0.05 * b.n + 1e-9) / b.n)


def _single(row: Row) -> bool:
    return row.situation.sessions == 1


def _wide(row: Row) -> bool:
    return row.situation.sessions > 1


def _filled(row: Row) -> bool:
    """A window that fills much of the sample: too careful, 1.7 % for 11 sessions after 30 (`corrado_rank`)."""
    return row.situation.estimation < 4 * row.situation.sessions


def _filled_or_skewed(row: Row) -> bool:
    """And skewed moves, 20 % (`corrado_zivney_rank`)."""
    return _filled(row) or "skew" in row.tags


def _tailed(row: Row) -> bool:
    """Heavy tails over eleven days, 8.4 %; skewed moves, 20 and 12 % (`grank_t`)."""
    return "skew" in row.tags or ("heavy tails" in row.tags and _wide(row))


def _volatile(row: Row) -> bool:
    """A rank of days whose volatility clusters, 6.1 % (`OneEvent.leads`)."""
    return "clustering" in row.tags


def _correlated_variance(row: Row) -> bool:
    """Correlated pairs whose event raises the variance: too careful, 1 % (`joint_shift_t`)."""
    return {"event variance", "dependent"} <= row.tags


def _shorter(ratio: int) -> Callable[[Row], bool]:
    return lambda row: row.situation.estimation < ratio * row.situation.sessions


OVER = (
    Entry(CLUSTER_T, _plain(over.cluster_t)),
    Entry(over_events.CROSS_SECTIONAL, _plain(over.cross_sectional)),
    Entry(over_events.SKEWNESS_ADJUSTED, _plain(over.skewness_adjusted)),
    Entry(over_events.CRUDE, _plain(over.crude), bears_not=VARIANCE),
    Entry(over_events.PATELL, _plain(over.patell), bears_not=VARIANCE),
    Entry(over_events.ADJUSTED_PATELL, _plain(over.adjusted_patell), bears_not=VARIANCE),
    Entry(over_events.BMP, _plain(over.bmp), bears_not=COMMON),
    Entry(over_events.KOLARI_PYNNONEN, _plain(over.kolari_pynnonen), bears_not=COMMON),
    Entry(rank_tests.CORRADO, _plain(over.corrado), bears_not=VARIANCE, printed=_filled),
    Entry(rank_tests.CORRADO_ZIVNEY, _plain(over.corrado_zivney), bears_not=COMMON, printed=_filled_or_skewed),
    Entry(rank_tests.GRANK_T, _plain(over.grank_t), bears_not=COMMON, printed=_tailed),
    Entry(rank_tests.GRANK_Z, _plain(over.grank_z), bears_not=COMMON, printed=_tailed),
    Entry(sign_tests.SIGN, _plain(over.sign), exact=True, level=_sign_level, bears_not=frozenset({"skew"})),
    Entry(sign_tests.GENERALIZED_SIGN, _plain(over.generalized_sign)),
    Entry(
        sign_tests.WILCOXON, _plain(over.wilcoxon), exact=True, level=_wilcoxon_level,
        bears_not=frozenset({"skew"}),
    ),
    Entry(
        PERMUTATION, over.permutation, exact=True, level=_permutation_level, most=5_000,
        bears_not=VARIANCE, nearly=frozenset({"dependent", "serial", "spans"}),
    ),
    Entry(WILD, over.wild, exact=True, level=_signs_level, most=5_000, bears_not=frozenset({"skew"})),
    Entry(WEBB, over.webb, most=5_000, bears_not=frozenset({"skew"})),
    Entry(SIGN_CHANGE, over.signs_changed, exact=True, level=_signs_level, most=5_000, bears_not=frozenset({"skew"})),
    Entry(BLOCK, over.stationary, most=5_000),
    Entry(JOINT_SHIFT, _plain(over.joint_shift), bears_not=VARIANCE, most=5_000),
    Entry(
        JOINT_SHIFT_T, _plain(over.joint_shift_t), bears_not=COMMON, most=5_000, printed=_correlated_variance
    ),
    Entry(CALENDAR_TIME, over.calendar_time, bears_not=COMMON, most=5_000),
    Entry(BHAR, _plain(over.bhar)),
    Entry(BHAR_SKEWNESS, _plain(over.bhar_skewness)),
)  # fmt: skip

ONE = (
    Entry(T, _plain(one.t), "one", exact=True, bears_not=NORMAL | VARIANCE | {"serial"}),
    Entry(
        RANK, _plain(one.rank), "one", exact=True, level=one.rank_level, where=_single,
        bears_not=VARIANCE, nearly=frozenset({"clustering", "serial", "stale"}), printed=_volatile,
    ),
    Entry(
        CONDITIONAL, _plain(one.conditional), "one", level=one.conditional_level, where=_single, bears_not=VARIANCE
    ),
    Entry(
        CONDITIONAL_GARCH, _plain(one.conditional_garch), "one", where=_single, bears_not=VARIANCE, most=2_000,
        refused=lambda row: row.situation.estimation < GARCH_SESSIONS,
    ),
    Entry(
        PLACEBO, _plain(one.placebo), "one", level=one.placebo_level, where=_wide,
        refused=_shorter(MIN_WINDOW_RATIO), bears_not=VARIANCE,
    ),
    Entry(
        LARGEST, _plain(one.largest), "one", exact=True, level=one.largest_level, where=_wide,
        refused=_shorter(MAX_RATIO), bears_not=VARIANCE, nearly=frozenset({"clustering", "serial", "stale"}),
    ),
    Entry(SUP_T, _plain(one.sup_t), "one", where=_wide, bears_not=NORMAL | VARIANCE),
    Entry(EQUIVALENCE, _plain(one.equivalence), "one", exact=True, bears_not=NORMAL | VARIANCE | {"serial"}),
    Entry(CLUSTERING, _plain(one.volatility), "one", where=_single, bears_not=NORMAL | {"serial"}),
)  # fmt: skip

JOINT = (
    Entry(joint.JOINT_F, _plain(one.joint), "joint", exact=True, bears_not=VARIANCE),
    Entry(joint.JOINT_RANK, _plain(one.joint_distance), "joint", exact=True, level=one.rank_level, where=_single,
          bears_not=VARIANCE),
    Entry(joint.ONE_DIRECTION, _plain(one.one_direction), "joint", bears_not=VARIANCE),
)  # fmt: skip


DONORS = (
    Entry(SYNTHETIC_CAR, _plain(one.synthetic_car), "donors", exact=True, level=_donor_level, most=2_000),
    Entry(SYNTHETIC_RMSPE, _plain(one.synthetic_rmspe), "donors", exact=True, level=_donor_level, most=2_000),
)


def entries_of(row: Row) -> list[Entry]:
    """The tests that belong to a row."""
    chosen: tuple[Entry, ...] = ONE
    if row.donors:
        chosen = DONORS
    elif row.situation.pairs == 1:
        chosen = ONE
    else:
        chosen = OVER + (JOINT if "one date" in row.tags else ())
    return [entry for entry in chosen if entry.where(row)]
