"""The mean over events by resampling its date clusters: wild bootstrap, sign changes, stationary block bootstrap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..maths.block_bootstrap import BLOCK, stationary_bootstrap
from ..maths.outcome import Outcome, not_applicable
from ..maths.resample import DRAWS
from ..maths.sign_change import SIGN_CHANGE, sign_change
from ..maths.wild_bootstrap import FEW_CLUSTERS, WEBB, WILD, wild_bootstrap
from .gathered import Gathered

__all__ = ["RESAMPLED", "resampled"]

RESAMPLED = (WILD, WEBB, SIGN_CHANGE, BLOCK)
"""Names of the tests, in their order."""

CHAIN = (
    "windows that overlap one after another form one date cluster: weights drawn by date would take them for"
    " independent (44 % at a nominal 5 % where windows of 11 sessions begin one day apart)"
)
ENOUGH = "{groups} date clusters: from {least} on signs have values enough, and Webb's weights are not needed"
NO_EVIDENCE = "no more evidence than Rademacher's smallest p of {floor:.3g}"
AS_SUCH = "pairs taken as independent"


def resampled(
    g: Gathered, *, level: float = 0.95, seed: int = 0, independent: bool = False, draws: int = DRAWS
) -> tuple[Outcome, ...]:
    """Test the mean of one kind's pairs over one window by resampling whole date clusters.

    Clusters are the connected components of the overlap graph, put in order of time: the weights, signs and blocks
    that a seed gives belong to that order, so that the order of events and pairs changes no number. The same signs
    serve the wild bootstrap and the sign changes. Windows of one cluster may be staggered, as a cluster has one weight;
    where all pairs hang together in one cluster, nothing is left to resample, and the reason says so.

    Parameters
    ----------
    g : Gathered
    level : float
        1 - level is compared with the smallest p; the note says where a test cannot reject.
    seed : int
        Seed of the draws.
    independent : bool
        Whether the pairs are taken as independent although their windows share sessions; the notes say so.
    draws : int
        Draws where not everything is listed.

    Returns
    -------
    tuple of Outcome
        Always these: wild bootstrap with Rademacher's weights, with Webb's (below 12 clusters), sign changes of the
        cluster means, stationary block bootstrap (from 20 clusters on). The estimate of the first two is the mean over
        pairs, of the others the mean of the cluster means [move unit].
    """
    clusters = _in_time(g)
    n, groups = len(g), g.n_clusters
    if groups == 1 and g.staggered(g.clusters):
        return tuple(not_applicable(name, CHAIN, n=n, n_clusters=1) for name in RESAMPLED)
    plain = wild_bootstrap(g.car, clusters, np.random.default_rng(seed), draws=draws, level=level)
    webb = _webb(g.car, clusters, np.random.default_rng(seed), draws, level)
    if webb.applies and plain.applies and plain.p_floor > 1.0 - level:
        webb = replace(webb, note=f"{webb.note}; {NO_EVIDENCE.format(floor=plain.p_floor)}")
    signs = sign_change(g.car, clusters, np.random.default_rng(seed), draws=draws, level=level)
    blocks = stationary_bootstrap(g.car, clusters, np.random.default_rng(seed), draws=draws)
    return tuple(_said(one, seed, independent) for one in (plain, webb, signs, blocks))


def _webb(
    values: NDArray[np.float64],
    clusters: NDArray[np.int64],
    rng: np.random.Generator,
    draws: int,
    level: float,
) -> Outcome:
    """Run Webb's weights where Rademacher's have few values."""
    groups = len(np.unique(clusters))
    if groups >= FEW_CLUSTERS:
        reason = ENOUGH.format(groups=groups, least=FEW_CLUSTERS)
        return not_applicable(WEBB, reason, n=len(values), n_clusters=groups)
    return wild_bootstrap(values, clusters, rng, draws=draws, weights="webb", level=level)


def _in_time(g: Gathered) -> NDArray[np.int64]:
    """Number the clusters in order of the first day of their windows."""
    names, of_pair = np.unique(g.clusters, return_inverse=True)
    first = np.full(len(names), np.iinfo(np.int64).max)
    np.minimum.at(first, of_pair, g.begin)
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.lexsort((names, first))] = np.arange(len(names))
    return np.asarray(rank[of_pair])


def _said(outcome: Outcome, seed: int, independent: bool) -> Outcome:
    """Add the seed of what was drawn, and whether pairs are taken as independent."""
    if not outcome.applies:
        return outcome
    listed = outcome.note.startswith("enumerated")
    remarks = (outcome.note, "" if listed else f"seed {seed}", AS_SUCH if independent else "")
    return replace(outcome, note="; ".join(filter(None, remarks)))
