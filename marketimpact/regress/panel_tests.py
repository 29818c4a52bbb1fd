"""Tests of a panel's coefficients that do not trust few clusters, beside the t on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..maths.cluster_robust import dependent_columns
from ..maths.fixed_effects import absorber
from ..maths.outcome import Outcome, not_applicable
from ..maths.parametric import cluster_t
from ..maths.sign_change import SIGN_CHANGE, sign_change
from ..maths.unit_permutation import permute_units
from ..maths.wild_bootstrap import FEW_CLUSTERS
from ..maths.wild_regression import WILD_REGRESSION, wild_regression
from .panel_sample import PanelSample

__all__ = ["IBRAGIMOV_MUELLER", "few_clusters"]

IBRAGIMOV_MUELLER = "Ibragimov-Mueller t on estimates by cluster"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def few_clusters(
    sample: PanelSample, terms: tuple[str, ...], alone: NDArray[np.bool_], how: tuple[int, int]
) -> tuple[tuple[str, Outcome], ...]:
    """Give for each coefficient of news the tests that hold with few clusters.

    Where instruments or groups of them are the clusters: each cluster's own regression has a coefficient; the t on
    these with G - 1 degrees of freedom is Ibragimov and Mueller's, and their signs can be changed. Both need a cluster
    to tell the news from its effects alone, which it cannot beside date effects. The wild cluster bootstrap is made
    along the set with fewer clusters. The permutation over units is for one treated instrument.

    Parameters
    ----------
    sample : PanelSample
    terms : tuple of str
    alone : ndarray of bool, shape (news,)
        Whether one cluster carries the coefficient.
    how : (int, int)
        Draws of the bootstrap, 0 for none, and the seed.

    Returns
    -------
    tuple of (str, Outcome)

    References
    ----------
    Ibragimov and Mueller (2010), doi:10.1198/jbes.2009.08046; Canay, Romano and Shaikh (2017), doi:10.3982/ECTA13081.
    """
    draws, seed = how
    clusters = min(sample.clusters, key=lambda one: len(np.unique(one)))
    by_date = clusters is sample.dates
    out: list[tuple[str, Outcome]] = []
    for j in range(sample.news):
        keys = [seed, crc32(terms[j].encode())]
        if draws and alone[j]:
            reason = "one cluster alone carries it: with the null imposed it hardly ever rejects"
            many = len(np.unique(clusters))
            out.append((terms[j], not_applicable(WILD_REGRESSION, reason, n=len(sample.y), n_clusters=many)))
        elif draws:
            out += [(terms[j], one) for one in _wild(sample, j, clusters, keys, draws)]
        if not by_date:
            out += [(terms[j], one) for one in _by_cluster(sample, j, clusters, keys)]
    permuted = permute_units(
        sample.y, sample.x, sample.units, sample.dates, news=sample.news, effects=sample.effects
    )
    for j, pair in enumerate(permuted):
        out += [(terms[j], one) for one in pair]
    return tuple(out)


def _wild(sample: PanelSample, j: int, clusters: Ints, keys: list[int], draws: int) -> Iterator[Outcome]:
    """Rademacher's weights, and Webb's beside them below twelve clusters."""
    x = np.column_stack([sample.x[:, j], np.delete(sample.x, j, axis=1)])
    rng = np.random.default_rng([*keys, 0])
    yield wild_regression(sample.y, x, clusters, rng, effects=sample.effects, draws=draws)
    if len(np.unique(clusters)) < FEW_CLUSTERS:
        rng = np.random.default_rng([*keys, 1])
        yield wild_regression(sample.y, x, clusters, rng, effects=sample.effects, draws=draws, weights="webb")


def _by_cluster(sample: PanelSample, j: int, clusters: Ints, keys: list[int]) -> Iterator[Outcome]:
    """The t, and the sign changes, of the coefficients that clusters have on their own."""
    names = np.unique(clusters)
    found = np.array([_own(sample, j, clusters == name) for name in names])
    known = np.isfinite(found)
    if int(known.sum()) < 2:
        reason = (
            "date effects cannot be told from news within a cluster: effects='instrument', and factors as controls"
            if len(sample.effects) == 2 or sample.effects[0] is sample.dates
            else f"{int(known.sum())} clusters have news of their own: two or more are needed"
        )
        yield not_applicable(IBRAGIMOV_MUELLER, reason, n=len(sample.y), n_clusters=len(names))
        yield not_applicable(SIGN_CHANGE, reason, n=len(sample.y), n_clusters=len(names))
        return
    yield replace(cluster_t(found[known], names[known]), test=IBRAGIMOV_MUELLER)
    yield sign_change(found[known], names[known], np.random.default_rng([*keys, 2]))


def _own(sample: PanelSample, j: int, rows: NDArray[np.bool_]) -> float:
    """Give the coefficient that a cluster's own moves have; NaN where they have none."""
    effects = [one[rows] for one in sample.effects]
    if len(effects) == 2 or sample.effects[0] is sample.dates:
        return np.nan
    x, y = sample.x[rows], sample.y[rows]
    keep = [i for i in range(x.shape[1]) if i != j and (x[:, i] != 0.0).any()]
    made = absorber(effects)
    left = made.left_of(np.column_stack([x[:, keep], x[:, j]]))
    if len(left) <= left.shape[1] + made.degrees or dependent_columns(left):
        return np.nan
    return float(np.linalg.lstsq(left, made.left_of(y), rcond=None)[0][-1])
