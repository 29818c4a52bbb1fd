"""Moves of instruments and of their factors, on the instruments' own sessions, as long arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..market.donors import Donors
from ..market.factors import Benchmark, Term, free_factors
from ..market.panel import Panel
from ..maths.frozen import Frozen, read_only
from ..maths.least_squares import weigh
from ..maths.moves import span_variance
from ..units import MoveRule
from .policies import Policies
from .series_moves import FactorReader, SeriesMoves, series_moves

__all__ = ["Design", "build_design"]


@dataclass(frozen=True, slots=True, eq=False)
class Design(Frozen):
    """Moves of all studied instruments, one after another, each behind a pad of unusable positions.

    Attributes
    ----------
    y : ndarray, shape (n,)
        Moves; NaN where missing.
    x : ndarray, shape (1 + p, n)
        The sessions spanned (the intercept of a move over m sessions is m), then the p factors that are fitted.
    given : ndarray, shape (n,), or None
        The part of each move that the model knows without a fit: a benchmark's, with coefficient one.
    v : ndarray, shape (n,)
        Variance of each move over that of an ordinary one.
    weighted_y, weighted_x, usable : ndarray
        What is fitted (`to_fit`, `regressors`), divided by sqrt(v) and zero where not usable; where the move and every
        regressor are known.
    frozen : ndarray of bool, shape (n,)
        Where a series stands still for so long that it is not quoted.
    coupon, beyond : ndarray of bool, shape (n,)
        Where a coupon was taken out of the move, and where the maturity lies beyond a curve, whose end was taken.
    sessions : ndarray of datetime64[D], shape (n,)
        Session of each move; NaT in the pads.
    offset, length : ndarray of int, shape (S,)
        Position of each series' first session, and its number of sessions.
    members : ndarray of int, shape (S,)
        Place in the panel of the instrument of each of the S series; an instrument stands once, or once for each set of
        donors.
    series : tuple of SeriesMoves
    """

    y: NDArray[np.float64]
    x: NDArray[np.float64]
    given: NDArray[np.float64] | None
    v: NDArray[np.float64]
    weighted_y: NDArray[np.float64]
    weighted_x: NDArray[np.float64]
    usable: NDArray[np.bool_]
    frozen: NDArray[np.bool_]
    coupon: NDArray[np.bool_]
    beyond: NDArray[np.bool_]
    sessions: NDArray[np.datetime64]
    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    members: NDArray[np.int64]
    series: tuple[SeriesMoves, ...]

    def __post_init__(self) -> None:
        read_only(
            self.y, self.x, self.v, self.weighted_y, self.weighted_x, self.usable, self.frozen,
            self.coupon, self.beyond, self.sessions, self.offset, self.length, self.members,
        )  # fmt: skip
        if self.given is not None:
            read_only(self.given)

    @property
    def to_fit(self) -> NDArray[np.float64]:
        """Moves less what the model knows without a fit, shape (n,)."""
        return self.y if self.given is None else self.y - self.given

    @property
    def regressors(self) -> NDArray[np.float64]:
        """Regressors that are fitted, shape (k, n): beside a benchmark with coefficient one there is no mean."""
        return self.x if self.given is None else self.x[1:]

    @property
    def homes(self) -> NDArray[np.int64]:
        """Position of the first session of the first series of each series' instrument, shape (S,)."""
        _, first, of_series = np.unique(self.members, return_index=True, return_inverse=True)
        return np.asarray(self.offset[first[of_series]])


def build_design(
    panel: Panel,
    members: NDArray[np.int64],
    factors: Sequence[Sequence[Term]],
    rule: MoveRule,
    pad: int,
    policies: Policies,
) -> Design:
    """Make the long arrays of the instruments to study.

    Parameters
    ----------
    panel : Panel
    members : ndarray of int, shape (S,)
        Places of the instruments to study.
    factors : sequence of sequence of Term
        Factors of the normal model, as each of the series reads them.
    rule : {"log", "simple"}
        How prices and currencies move.
    pad : int
        Unusable positions before each instrument, so that no window reaches into another.
    policies : Policies
        Whether moves that span several expected sessions are used, and quotes that stand still.

    Returns
    -------
    Design

    Raises
    ------
    InputError
        If a factor cannot be read for any of the instruments; where it can for some, the others' pairs are left out,
        and so are all where donors are too few: that hangs on the events.
    """
    reader = FactorReader(panel, rule, policies.frozen == "keep")
    series = tuple(
        series_moves(reader, int(member), terms) for member, terms in zip(members, factors, strict=True)
    )
    faults = [one.fault for one in series]
    if all(faults) and faults[0] is not None and not any(isinstance(term, Donors) for term in factors[0]):
        raise faults[0]
    length = np.array([len(one.y) for one in series], dtype=np.int64)
    offset = np.cumsum(length + pad) - length
    total = int(length.sum() + pad * len(series))
    y, v = np.full(total, np.nan), np.ones(total)
    frozen, coupon, beyond = (np.zeros(total, dtype=bool) for _ in range(3))
    x = np.full((1 + len(free_factors(factors[0])), total), np.nan)
    given = np.full(total, np.nan) if any(isinstance(factor, Benchmark) for factor in factors[0]) else None
    sessions = np.full(total, np.datetime64("NaT", "D"))
    for one, member, begin in zip(series, members, offset, strict=True):
        part = slice(begin, begin + len(one.y))
        y[part], x[0, part], x[1:, part] = one.y, one.spans, one.factors
        if given is not None and one.given is not None:
            given[part] = one.given
        v[part] = span_variance(one.spans, one.slope)
        frozen[part] = one.frozen
        beyond[part] = one.beyond
        if one.rolls is not None and one.takes_coupons_out:
            coupon[begin + one.rolls.positions] = True
        sessions[part] = panel.quotes[member].sessions
    if policies.spanned == "leave_out":
        y[x[0] > 1] = np.nan
    weighted = weigh(y, x, v) if given is None else weigh(y - given, x[1:], v)
    return Design(
        y, x, given, v, *weighted, frozen, coupon, beyond, sessions, offset, length, members, series
    )
