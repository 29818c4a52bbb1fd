"""The restricted wild cluster bootstrap of a regression's coefficient: the null imposed, studentised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .fixed_effects import Absorber, absorber
from .outcome import Outcome, not_applicable
from .parametric import EQUAL
from .resample import DRAWS
from .wild_bootstrap import (
    CLOSE,
    ENUMERATED,
    WEBB_ENUMERATED,
    checked_choice,
    floor_words,
    sign_blocks,
    webb_blocks,
)

__all__ = ["WILD_REGRESSION", "WILD_WEBB", "wild_regression"]

WILD_REGRESSION = "wild cluster bootstrap, restricted"
WILD_WEBB = "wild cluster bootstrap, restricted, Webb weights"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_CELLS = 200_000_000
"""Rows times clusters, above which clusters are so many that the t on them holds without a bootstrap."""

AT_ONCE = 4_000_000
"""Numbers of residuals of single clusters that are held at once: 32 MB."""


def wild_regression(
    y: Floats,
    x: Floats,
    clusters: Ints,
    rng: np.random.Generator,
    *,
    effects: Sequence[Ints] = (),
    draws: int = DRAWS,
    weights: Literal["rademacher", "webb"] = "rademacher",
) -> Outcome:
    """Test that the first regressor's coefficient is zero, with one random weight for all rows of a cluster.

    With u the residuals of the regression without the regressor (the null imposed) and w_g the weight of a cluster,
    each draw is y* = fitted + w_g u. The whole regression is made of it, effects included, and its
    t* = b* / sqrt(G / (G - 1) sum_g (z_g'e*_g)^2), z = x~ / x~'x~ and x~ the regressor beside all the others; p is the
    share of abs(t*) not below abs(t). As t* is linear in the weights, above and below the line, each draw costs G^2:
    (sum_g w_g z_g'u_g) / abs(A w), A_gh = z_g'(M u^(h))_g with u^(h) the residuals of cluster h alone and M what the
    whole regression leaves.

    Rademacher's weights, +1 or -1, are all listed up to 14 clusters, and Webb's six up to 5; else drawn, and
    p = (1 + #) / (draws + 1). Where all weights of a draw are alike t* = t, so that no p is below 2^(1-G) (Webb:
    6^(1-G)). It holds for few clusters if several of them carry the regressor: where one or two do, the restricted
    version hardly ever rejects (MacKinnon and Webb 2017).

    Parameters
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
        The regressor that is tested first; a column of ones among them if an intercept is wanted and no effects.
    clusters : ndarray of int, shape (n,)
        Cluster of each row. Weights are drawn in the order of these numbers, not of the rows.
    rng : Generator
    effects : sequence of ndarray of int, shape (n,)
        One or two sets of groups that have effects, or none.
    draws : int
        Draws where the weights are not listed.
    weights : {"rademacher", "webb"}

    Returns
    -------
    Outcome
        ``statistic`` is t by CR1. Not applicable for one cluster, or where clusters leave the coefficient no spread.

    Raises
    ------
    InputError
        For weights of another name, or no draws.

    References
    ----------
    Cameron, Gelbach and Miller (2008), doi:10.1162/rest.90.3.414; MacKinnon and Webb (2017), doi:10.1002/jae.2508;
    Roodman, Nielsen, MacKinnon and Webb (2019), doi:10.1177/1536867X19830877, on the linear form.

    Examples
    --------
    Six clusters, three with the news and three without:

    >>> x = np.column_stack([np.repeat([1.0, 0.0], 6), np.ones(12)])
    >>> y = np.array([5.0, 6.0, 4.0, 5.0, 6.0, 7.0, 0.0, 1.0, 2.0, 0.0, 1.0, 1.0])
    >>> outcome = wild_regression(y, x, np.repeat(np.arange(6), 2), np.random.default_rng(0))
    >>> round(outcome.estimate, 3), outcome.p_value, outcome.p_floor
    (4.667, 0.03125, 0.03125)
    """
    checked_choice(weights, draws)
    signs = weights == "rademacher"
    name = WILD_REGRESSION if signs else WILD_WEBB
    groups, at = _numbered(clusters)
    if groups < 2:
        return not_applicable(name, "needs two clusters or more", n=len(y), n_clusters=groups)
    if len(y) * groups > MOST_CELLS:
        return not_applicable(
            name, f"{groups} clusters of {len(y)} moves: the t on clusters holds", n=len(y), n_clusters=groups
        )
    over, under, estimate = _linear_form(y, x, (groups, at), absorber(effects) if effects else None)
    error = float(np.sqrt(groups / (groups - 1) * (under.sum(axis=1) ** 2).sum()))
    if error <= EQUAL * np.abs(over).sum():
        return not_applicable(
            name, "the clusters leave the coefficient no spread", n=len(y), n_clusters=groups
        )
    exact = groups <= (ENUMERATED if signs else WEBB_ENUMERATED)
    blocks = (sign_blocks if signs else webb_blocks)(groups, rng, draws)
    observed = float(_shares(np.ones((1, groups)), over, under)[0]) - CLOSE
    hits = equal = total = 0
    for block in blocks:
        alike = np.ptp(block, axis=1) == 0.0
        hits += int(np.count_nonzero(alike | (_shares(block, over, under) >= observed)))
        equal += int(np.count_nonzero(alike))
        total += len(block)
    one = 0 if exact else 1  # the observed statistic is one of its own draws
    floor = (equal + one) / (total + one)
    note = "; ".join(filter(None, ("enumerated" if exact else f"{total} draws", floor_words(floor, 0.95))))
    return Outcome(
        name, estimate / error, (hits + one) / (total + one), estimate, error, n=len(y), n_clusters=groups,
        p_floor=floor, note=note, parts=(("draws", float(total)), ("draws not below", float(hits))),
    )  # fmt: skip


def _linear_form(
    y: Floats, x: Floats, clusters: tuple[int, Ints], effects: Absorber | None
) -> tuple[Floats, Floats, float]:
    """Give z_g'u_g, shape (G,); A, shape (G, G); and the coefficient."""
    groups, at = clusters
    left = x if effects is None else effects.left_of(x)
    known = y if effects is None else effects.left_of(y)
    others, _ = np.linalg.qr(left[:, 1:] / _norms(left[:, 1:]))
    own = left[:, 0] - others @ (others.T @ left[:, 0])
    z = own / (own @ own)
    u = known - others @ (others.T @ known)
    whole = np.column_stack([others, own / np.sqrt(own @ own)])
    over = np.bincount(at, weights=z * u, minlength=groups).astype(np.float64)
    under = np.empty((groups, groups))
    step = max(AT_ONCE // len(y), 1)
    for begin in range(0, groups, step):
        some = np.arange(begin, min(begin + step, groups))
        alone = np.where(at[:, None] == some, u[:, None], 0.0)
        rest = alone if effects is None else effects.left_of(alone)
        rest = (rest - whole @ (whole.T @ rest)) * z[:, None]
        under[:, some] = np.stack([np.bincount(at, weights=one, minlength=groups) for one in rest.T], axis=1)
    return over, under, float(z @ u)


def _shares(weights: Floats, over: Floats, under: Floats) -> Floats:
    """Give abs(t*) of rows of weights on a scale from 0 to 1."""
    top = (weights @ over) ** 2
    whole = top + ((weights @ under.T) ** 2).sum(axis=1)
    return np.asarray(np.sqrt(top / np.where(whole > 0.0, whole, 1.0)))


def _numbered(clusters: Ints) -> tuple[int, Ints]:
    names, at = np.unique(clusters, return_inverse=True)
    return len(names), np.asarray(at, dtype=np.int64)


def _norms(columns: Floats) -> Floats:
    sizes = np.sqrt((columns**2).sum(axis=0))
    return np.asarray(np.where(sizes > 0.0, sizes, 1.0))
