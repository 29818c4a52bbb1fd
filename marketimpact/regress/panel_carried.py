"""Which clusters carry the coefficients of a panel, once effects and other regressors are taken out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..maths.carried import ALONE, carried
from ..maths.fixed_effects import absorber
from ..maths.frozen import Frozen, read_only
from .guard import beyond_mixture, beyond_signed_mixture
from .panel_sample import PanelSample

__all__ = [
    "ALONE_NOTE",
    "ENOUGH",
    "ONE_CLUSTER",
    "Bearers",
    "bearers_of",
    "bearers_of_dates",
    "few_clusters_words",
    "rate_of",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENOUGH = 20
"""Clusters a coefficient below which the t on clusters is read with care."""

ONE_CLUSTER = "news in one cluster alone: no standard error"

ALONE_NOTE = (
    "one cluster carries what the effects leave of the news: no standard error; effects='instrument' with controls "
    "lets news of all instruments count, mi.EventStudy(...).run(...).one_event(...) tests one event"
)

CONTROL_NOTE = "one cluster alone determines it: no standard error"

MOST_MOVES = 200
"""Moves whose residuals are random in that rate along two sets of clusters."""

FEW = 60
"""Clusters whose residuals are random in the rate of false rejections."""


@dataclass(frozen=True, slots=True, eq=False)
class Bearers(Frozen):
    """What the coefficients of m news rest on, along the set of clusters that is worse for each; shape (m,).

    Attributes
    ----------
    reached : ndarray of int
        Clusters in which the news are not zero, effects or no.
    of : ndarray of int
        Clusters in all.
    effective : ndarray
        How many clusters of equal weight would carry as much: 1 / sum_g s_g^2, s_g the share of cluster g in the
        squares that effects and other regressors leave of the news; ``reached`` at most.
    largest : ndarray
        The largest share.
    alone : ndarray of bool
        Whether one cluster carries the coefficient: it alone has the news, or more than 90 % of the squares, or less
        than 10 % of them are left without it.
    """

    reached: Ints
    of: Ints
    effective: Floats
    largest: Floats
    alone: NDArray[np.bool_]

    def __post_init__(self) -> None:
        read_only(self.reached, self.of, self.effective, self.largest, self.alone)

    def notes(self, errors: Floats) -> tuple[str, ...]:
        """Say of each coefficient why it has no standard error; empty where it has one, and for controls."""
        lonely = self.alone | np.isnan(errors[: len(self.alone)])
        said = np.where(self.reached == 1, ONE_CLUSTER, ALONE_NOTE)
        rest = np.where(np.isnan(errors[len(self.alone) :]), CONTROL_NOTE, "")
        return (*map(str, np.where(lonely, said, "")), *map(str, rest))


def bearers_of(sample: PanelSample, left: Floats) -> Bearers:
    """Count the clusters that carry each coefficient of news.

    News that reach every instrument of a date are held by the date's effect, and leave nothing: a dummy of six events
    of which one reaches a single instrument on a day of its own rests on that day, whatever it counts.

    Parameters
    ----------
    sample : PanelSample
    left : ndarray, shape (n, k)
        What the effects leave of its regressors.

    Returns
    -------
    Bearers
    """
    sets = [_along(sample, left, clusters) for clusters in sample.clusters]
    worst = np.argmin([one.effective for one in sets], axis=0)
    columns = np.arange(sample.news)
    reached, of, effective, largest = (
        np.array([getattr(one, name) for one in sets])[worst, columns]
        for name in ("reached", "of", "effective", "largest")
    )
    return Bearers(reached, of, effective, largest, np.any([one.alone for one in sets], axis=0))


def bearers_of_dates(x: Floats, counts: Ints) -> Bearers:
    """Count the dates that carry each coefficient of news that are the same for all instruments of a date.

    Parameters
    ----------
    x : ndarray, shape (T, k)
        News by date; beside them are instrument effects alone.
    counts : ndarray of int, shape (T,)
        Instruments with a move.

    Returns
    -------
    Bearers
    """
    columns = np.column_stack([x, np.ones(len(x))]) * np.sqrt(counts)[:, None]
    found = carried(columns, np.eye(columns.shape[1])[: x.shape[1]])
    reached = (x != 0.0).sum(axis=0)
    alone = (reached == 1) | (found.largest > ALONE)
    of = np.full(len(reached), len(x))
    return Bearers(reached, of, np.minimum(found.effective, reached), found.largest.copy(), alone)


def few_clusters_words(
    bearers: Bearers, terms: Sequence[str], rate: Callable[[int], float] | None, size: float
) -> str:
    """Say which coefficients few clusters carry, and how often their t rejects by chance; empty where none.

    Parameters
    ----------
    bearers : Bearers
    terms : sequence of str
    rate : callable or None
        Gives the share of true nulls that the test of a term, by place, rejects; None where no rate is known.
    size : float
        Nominal.
    """
    said = []
    for j in map(int, np.flatnonzero(bearers.effective < ENOUGH - 0.5)):
        reached, few = int(bearers.reached[j]), float(bearers.effective[j])
        if reached == 1 and rate is None:
            continue
        words = f"{terms[j]}: {reached} of {bearers.of[j]}"
        if few < reached - 0.5:
            words += f", of which about {few:.1f} carry what the effects leave"
        if rate is not None:
            would = "would reject" if bearers.alone[j] else "rejects"
            words += f", {would} about {rate(j) * 100:.0f} % of true nulls at a nominal {size * 100:.3g} %"
        said.append(words + (", and is refused" if bearers.alone[j] else ""))
    return "; ".join(said)


def _along(sample: PanelSample, left: Floats, clusters: Ints) -> Bearers:
    found = carried(left, np.eye(left.shape[1])[: sample.news], clusters)
    reached = np.array([len(np.unique(clusters[sample.x[:, j] != 0.0])) for j in range(sample.news)])
    alone = (reached == 1) | (found.largest > ALONE)
    # What the others have left is one less the share where effects lie within clusters, and less where they cross.
    if any(effect is sample.dates for effect in sample.effects) and clusters is not sample.dates:
        names = np.unique(clusters)
        for j in np.flatnonzero(~alone):
            kept = clusters != names[found.at[j]]
            alone[j] = _squares(sample, int(j), kept) < (1.0 - ALONE) * _squares(
                sample, int(j), np.full(len(kept), True)
            )
    of = np.full(len(reached), len(np.unique(clusters)))
    return Bearers(reached, of, np.minimum(found.effective, reached), found.largest.copy(), alone)


def _squares(sample: PanelSample, j: int, kept: NDArray[np.bool_]) -> float:
    """Give the squares that effects and other regressors leave of one, on some of the rows."""
    made = absorber([effect[kept] for effect in sample.effects])
    left = made.left_of(sample.x[kept])
    others = np.delete(left, j, axis=1)
    rest = left[:, j] - others @ np.linalg.lstsq(others, left[:, j], rcond=None)[0]
    return float(rest @ rest)


def _variances(sample: PanelSample, at: Ints, w: Floats, shared: float) -> Floats:
    """Give the variances of the sums w_g'e_g by cluster, where the moves of a date share a part of theirs."""
    own = np.bincount(at, weights=w**2)
    if shared:
        cells, cell = np.unique(np.stack([at, sample.dates]), axis=1, return_inverse=True)
        sums = np.bincount(cell.ravel(), weights=w)
        own = (1.0 - shared) * own + shared * np.bincount(cells[0], weights=sums**2)
    return np.asarray(own)


def rate_of(sample: PanelSample, left: Floats, term: int, size: float, *, shared: float = 0.0) -> float:
    """Give the share of true nulls that the t of CR1, or of Driscoll and Kraay, rejects.

    With w a row of (X'X)^-1 X' of what the effects leave, w_g its part in cluster g, u = M e the residuals and M what
    regressors and effects leave, V = G / (G - 1) sum_g (w_g'u_g)^2 is a mixture of chi-squared variables whose weights
    are the eigenvalues of w_g'M w_h. Of more than 60 clusters those with the smaller abs(w_g) are taken as certain.
    Along two sets of clusters V is that of the one and of the other less that of the moves themselves, in which single
    moves stand for clusters: a mixture with weights of either sign, of which draws are taken; where V is not above zero
    there is no t, and nothing is rejected. Assumes alike and normal errors beside the effects, of which the moves of a
    date share a part, and V independent of the coefficient, which shared errors make it where news reaches the same
    instruments on each of its dates.

    Parameters
    ----------
    sample : PanelSample
    left : ndarray, shape (n, k)
        What the effects leave of the regressors.
    term : int
    size : float
        Nominal.
    shared : float
        Share of the errors' variance that all moves of a date have in common.

    Returns
    -------
    float
    """
    inverse = np.linalg.pinv(left)
    w = inverse[term]
    kinds = [np.unique(one, return_inverse=True)[1] for one in sample.clusters]
    signs = [1.0] * len(kinds)
    if len(kinds) > 1:  # each instrument has one move a date
        kinds, signs = [*kinds, np.arange(len(w))], [*signs, -1.0]
    parts, weights, rest = [], [], 0.0
    for at, sign in zip(kinds, signs, strict=True):
        many = int(at.max()) + 1
        own = _variances(sample, at, w, shared)
        heavy = np.argsort(own, kind="stable")[-(FEW if sign > 0.0 else MOST_MOVES) :]
        factor = sign * many / (many - 1.0)
        parts.append(np.where(at[:, None] == heavy, w[:, None], 0.0))
        weights.append(np.full(len(heavy), factor))
        rest += factor * float(own.sum() - own[heavy].sum())
    part, weight = np.hstack(parts), np.concatenate(weights)
    free = absorber(sample.effects).left_of(part)
    free -= left @ (inverse @ free)
    spread = (1.0 - shared) * part.T @ free
    if shared:
        by_date = np.zeros((int(sample.dates.max()) - int(sample.dates.min()) + 1, free.shape[1]))
        np.add.at(by_date, sample.dates - sample.dates.min(), free)
        spread += shared * by_date.T @ by_date
    every = np.zeros(len(w), dtype=np.int64)
    limit = float(stats.t.isf(size / 2.0, sample.n_clusters - 1)) ** 2
    limit /= float(_variances(sample, every, w, shared)[0])
    if len(kinds) == 1:
        shares = np.asarray(np.linalg.eigvalsh(spread), dtype=np.float64)
        return beyond_mixture(shares * weight[0], rest, limit)
    values, vectors = np.linalg.eigh(spread)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return beyond_signed_mixture(np.linalg.eigvalsh(root.T @ (weight[:, None] * root)), rest, limit)
