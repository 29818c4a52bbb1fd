"""Effects of one or two sets of groups taken out of columns: the within transformation, with or without holes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse import csgraph

from ..errors import InputError
from .frozen import Frozen, read_only

__all__ = ["Absorber", "absorber"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_GROUPS = 5_000
"""Groups of the smaller set: its equations are a dense matrix, 200 MB."""

DENSE = 0.05
"""Share of filled cells from which the table of counts is held dense."""


@dataclass(frozen=True, slots=True, eq=False)
class Absorber(Frozen):
    """Takes the effects of one or two sets of groups out of columns.

    Attributes
    ----------
    first, second : ndarray of int, shape (n,)
        Groups of each row from 0, the larger set first; ``second`` is empty where there is one set.
    sizes : ndarray, shape (A,)
        Rows of each group of the first set.
    factor : ndarray, shape (B, B)
        Cholesky factor of the equations of the second set's effects; empty where there is one set.
    degrees : int
        Effects that can be told apart: A + B less the parts of the panel that no row joins.
    """

    first: Ints
    second: Ints
    sizes: Floats
    factor: Floats
    degrees: int

    def __post_init__(self) -> None:
        read_only(self.first, self.second, self.sizes, self.factor)

    def left_of(self, columns: Floats) -> Floats:
        """Give what the effects leave of columns of shape (n,) or (n, p), in the same shape."""
        flat = columns.reshape(len(columns), -1)
        left = self._demeaned(flat)
        if len(self.second):
            sums = _sums(left, self.second, len(self.factor))
            effects = linalg.cho_solve((self.factor, True), sums)
            left = self._demeaned(left - effects[self.second])
        return np.asarray(left.reshape(columns.shape))

    def _demeaned(self, columns: Floats) -> Floats:
        means = _sums(columns, self.first, len(self.sizes)) / self.sizes[:, None]
        return np.asarray(columns - means[self.first])


def absorber(groups: Sequence[Ints]) -> Absorber:
    """Make the within transformation of one or two sets of groups.

    With D1 and D2 the dummies of the larger and of the smaller set, and M1 what is left beside the means of the first,
    the effects of the second solve (D2' M1 D2) g = D2' M1 y, and M1 (y - D2 g) is left: the residual of the regression
    on all dummies, exactly and without iterations, whatever cells are missing (Frisch and Waugh). Only the equations of
    the smaller set are formed: those of 1,000 instruments for 5,000 dates. One effect is set to zero in every part of
    the panel that no row joins with the others.

    Parameters
    ----------
    groups : sequence of one or two ndarray of int, shape (n,)

    Returns
    -------
    Absorber

    Raises
    ------
    InputError
        For no set or more than two, sets of unequal length, or more than 5,000 groups in the smaller one.

    References
    ----------
    Frisch and Waugh (1933), doi:10.2307/1907330; Abowd, Creecy and Kramarz (2002), Computing person and firm effects
    using linked longitudinal employer-employee data, on the parts.

    Examples
    --------
    >>> unit, date = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1])
    >>> made = absorber([unit, date])
    >>> made.degrees, made.left_of(np.array([1.0, 2.0, 7.0, 2.0, 5.0])).round(6).tolist()
    (4, [0.5, -0.5, 0.0, -0.5, 0.5])
    """
    if not 1 <= len(groups) <= 2 or len({len(one) for one in groups}) > 1 or not len(groups[0]):
        raise InputError(
            "are no sets of groups",
            parameter="groups",
            received=[len(one) for one in groups],
            allowed="one or two sets that name the group of each row",
        )
    named = [np.unique(one, return_inverse=True) for one in groups]
    named.sort(key=lambda one: -len(one[0]))
    first = np.asarray(named[0][1], dtype=np.int64)
    sizes = np.bincount(first).astype(np.float64)
    if len(named) == 1:
        return Absorber(first, np.empty(0, dtype=np.int64), sizes, np.empty((0, 0)), len(sizes))
    second = np.asarray(named[1][1], dtype=np.int64)
    many = len(named[1][0])
    if many > MOST_GROUPS:
        raise InputError(
            "are too many to be solved at once",
            parameter="groups",
            received=(len(sizes), many),
            allowed=f"{MOST_GROUPS} instruments or dates at most, whichever are fewer; or one set of effects",
        )
    factor, parts = _equations(first, second, sizes, many)
    return Absorber(first, second, sizes, factor, len(sizes) + many - parts)


def _equations(first: Ints, second: Ints, sizes: Floats, many: int) -> tuple[Floats, int]:
    """Give the Cholesky factor of D2' M1 D2, one effect of each part pinned to zero, and the number of parts."""
    counts = sparse.coo_matrix((np.ones(len(first)), (first, second)), shape=(len(sizes), many)).tocsr()
    if counts.nnz > DENSE * len(sizes) * many:
        table = counts.toarray() / np.sqrt(sizes)[:, None]
        shared = table.T @ table
    else:
        scaled = sparse.diags(1.0 / np.sqrt(sizes)) @ counts
        shared = (scaled.T @ scaled).toarray()
    equations = np.diag(np.bincount(second, minlength=many).astype(np.float64)) - shared
    size = len(sizes) + many
    graph = sparse.coo_matrix((np.ones(len(first)), (first, second + len(sizes))), shape=(size, size))
    parts, of = csgraph.connected_components(graph, directed=False)
    pinned = np.unique(of[len(sizes) :], return_index=True)[1]
    equations[pinned, pinned] += 1.0
    return np.asarray(linalg.cholesky(equations, lower=True)), int(parts)


def _sums(columns: Floats, groups: Ints, many: int) -> Floats:
    """Sum rows of (n, p) over groups."""
    return np.stack([np.bincount(groups, weights=one, minlength=many) for one in columns.T], axis=1)
