"""Structural breaks: sessions on which the mean of moves, or how they follow factors, changed without a dated event."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..alignment.series_moves import FactorReader, series_moves
from ..errors import InputError
from ..market.coupon_rolls import coupon_words
from ..market.factors import Term, check_members, factor_id, members_of
from ..market.panel import Panel, instrument_of
from ..study.given import given_or
from ..units import MoveRule, one_of
from .break_result import Breaks, BreakSearch, Searched, search_breaks
from .one_series import check_terms, stamp_of_terms, unit_of

__all__ = ["structural_breaks"]

FEWEST = 20
"""Moves below which no break is looked for."""


def structural_breaks(
    panel: Panel,
    instrument: str | None = None,
    *,
    factors: Sequence[Term] = (),
    search: BreakSearch | None = None,
    move: MoveRule = "log",
) -> Breaks:
    """Find the sessions on which the mean of moves and their coefficients on factors changed.

    y_t = a_j m_t + b_j'f_t + e_t in regime j, m_t the sessions that a move spans: all coefficients may break, and the
    dates are those that leave the smallest sum of squares, or with ``BreakSearch(variance=True)`` those of the largest
    likelihood, where the variance of e breaks too. Use it where something changed and no event is dated: a
    currency that was let go, a bond that began to follow another curve. A mean of moves is small beside their noise:
    without factors even large news days make no break, which is what `largest_moves` is for.

    Parameters
    ----------
    panel : Panel
    instrument : str, optional
        Id; may be left out where there is one member.
    factors : sequence of str, Basket or Curve
        Whose moves are regressors.
    search : BreakSearch, optional
        How many breaks at most, how close, how chosen.
    move : {"log", "simple"}
        How prices and currencies move.

    Returns
    -------
    Breaks

    Raises
    ------
    InputError
        If the instrument or a factor cannot be read, there are too few moves, or factors cannot be told apart.

    References
    ----------
    Bai and Perron (1998), doi:10.2307/2998540; (2003), doi:10.1002/jae.659.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:EUR/CNY", "ecb:EUR/USD"], start="2009-06-01", end="2011-06-30")
    >>> found = structural_breaks(panel, "EUR/CNY", factors=["EUR/USD"], search=BreakSearch(variance=True))
    >>> str(found.sessions[found.breaks[0]]), found.regimes()["sigma"].round(5).tolist()
    ('2010-06-17', [0.00018, 0.00122])
    """
    name = instrument_of(panel, instrument)
    check_terms(factors, "factors")
    check_members(panel, factors, "factors")
    read = series_moves(FactorReader(panel, move, keep_frozen=False), panel.position(name), factors)
    if read.fault is not None:
        raise read.fault
    if read.own_benchmark:
        raise InputError("is its own factor", parameter="factors", received=name, allowed="other members")
    x = np.column_stack([read.spans.astype(np.float64), *read.factors])
    usable = np.isfinite(read.y) & np.isfinite(x).all(axis=1)
    if usable.sum() < FEWEST:
        raise InputError(
            f"has {int(usable.sum())} usable moves", parameter="instrument", received=name,
            allowed=f"{FEWEST} or more, with a move of every factor; quotes that stand still are none",
        )  # fmt: skip
    unit = read.kind.unit
    names = ("intercept", *map(factor_id, factors))
    per = ("session", *(one_of(unit_of(panel, term, move)) for term in factors))
    found = Searched(
        read.y[usable], x[usable], panel.quotes_of(name).sessions[usable], names,
        tuple(f"{unit} per {one}" for one in per),
        f"Breaks of {read.kind.noun}s of {name}" + (f" on {', '.join(names[1:])}" if factors else ""),
        coupon_words(panel, (name, *(one for term in factors for one in members_of(term)))),
        stamp_of_terms(panel, name, factors),
    )  # fmt: skip
    return Breaks(**search_breaks(found, given_or(search, BreakSearch(), "search")))
