"""All tests over events that have a closed form, straight from long arrays, for any number of pairs."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from . import over_events as parametric
from . import sign_tests
from .calendar_sample import MeanCorrelation
from .event_ranks import RANKS, RankPlan, rank_outcomes
from .event_rows import Windows
from .event_scan import Scan, Summed, scan
from .frozen import Frozen
from .outcome import Outcome, not_applicable

__all__ = ["LENGTHS", "PairSums", "closed_form"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LENGTHS = (
    "windows hold from {least} to {most} sessions: ranks and averages by session need windows of one length"
)


@dataclass(frozen=True, slots=True, eq=False)
class PairSums(Frozen):
    """What tests over events need of N pairs beside their rows.

    Attributes
    ----------
    car, scar : ndarray, shape (N,)
        Sums over the tested window [move unit], and over the root of their exact variance.
    df : ndarray of int, shape (N,)
        T - k.
    whole : ndarray of bool, shape (N,)
        Whether the window holds a move in all of its sessions.
    still : ndarray of bool, shape (N,)
        Whether the quote did not move over the window, before any model.
    event : ndarray, shape (N, L2)
        A / (s sqrt(v)) over the event window; NaN where missing.
    """

    car: Floats
    scar: Floats
    df: Ints
    whole: Bools
    still: Bools
    event: Floats

    def some(self, places: Ints | Bools) -> PairSums:
        """Give those of some pairs."""
        return PairSums(*(getattr(self, one.name)[places] for one in fields(self)))


def closed_form(
    windows: Windows,
    pairs: PairSums,
    *,
    clusters: Ints | None = None,
    zero_share: float = 0.0,
    lags: int = 0,
    ranks: bool = True,
) -> tuple[Outcome, ...]:
    """Test the mean of many pairs by every test that has a closed form, straight from long arrays.

    In this order: cross-sectional t, and adjusted for skewness; crude dependence t; Patell's z, and adjusted for
    correlation; the t of Boehmer, Musumeci and Poulsen, and of Kolari and Pynnonen; sign, generalized sign and
    Wilcoxon; the ranks of Corrado, of Corrado and Zivney, and GRANK-T. Pairs without a sum do not enter; averages and
    ranks by session, and the generalized sign, take those whose window is whole. Estimation windows of one cluster are
    taken as they lie: columns of one number of sessions before the event are one session. What a study refuses, as
    where windows of a cluster are staggered, is not looked into here.

    The rows are gathered twice, part by part: with a million pairs the memory that is needed beside the inputs does
    not grow with the length of the estimation window. The order of the pairs changes no bit of any number.

    Parameters
    ----------
    windows : Windows
    pairs : PairSums
    clusters : ndarray of int, shape (N,), optional
        Date cluster of each pair. Without it pairs are taken as independent, and the notes say so.
    zero_share : float
        Share of zero moves, before any model, in the estimation windows.
    lags : int
        Sessions before and after which moves are compared: 1 where closes are asynchronous.
    ranks : bool
        Whether to run the tests of ranks.

    Returns
    -------
    tuple of Outcome

    Examples
    --------
    >>> from marketimpact.maths.least_squares import fit_windows
    >>> from marketimpact.maths.sample import Sample
    >>> rng, known = np.random.default_rng(1), np.full(2_000, True)
    >>> y, x, at = rng.standard_normal(2_000), np.ones((1, 2_000)), np.arange(60, 1_960, 80)
    >>> fit = fit_windows(y, x, known, at - 60, 50)
    >>> sample = Sample(y, x, np.ones(2_000), known, known, at - 60, 50)
    >>> s, one = np.sqrt(fit.sigma2), np.ones(len(at), dtype=np.int64)
    >>> windows = Windows(
    ...     sample, fit.params, fit.xtx_inv, s[:, None], at, 1, 0, one, np.arange(2_000), y == 0.0, one, 1
    ... )
    >>> ar = y[at] - fit.params[:, 0]
    >>> pairs = PairSums(ar, ar / (s * np.sqrt(1 + 1 / 50)), fit.df, one > 0, one < 0, (ar / s)[:, None])
    >>> for outcome in closed_form(windows, pairs)[3:7]:
    ...     print(outcome.test, round(outcome.p_value, 2))
    Patell z 0.02
    adjusted Patell z 0.02
    BMP t 0.08
    Kolari-Pynnonen t 0.08
    """
    order = np.lexsort((windows.lengths, windows.begin, windows.instrument))
    order = order[np.isfinite(pairs.car[order])]
    windows, pairs = windows.some(order), pairs.some(order)
    clusters = None if clusters is None else clusters[order]
    summed = scan(windows, Scan(pairs.whole, pairs.whole, lags))
    outcomes = (*_of_moves(windows, pairs, summed, clusters), *_of_signs(pairs, summed))
    if not ranks:
        return outcomes
    return *outcomes, *_of_ranks(windows, pairs, summed.correlation, zero_share)


def _of_moves(
    windows: Windows, pairs: PairSums, summed: Summed, clusters: Ints | None
) -> tuple[Outcome, ...]:
    """Give the tests of means of moves and of standardized moves."""
    r, whole = summed.correlation, pairs.whole
    own = None if clusters is None else clusters[whole]
    crude = not_applicable(parametric.CRUDE, _unequal(windows), n=int(whole.sum()))
    if not crude.reason:
        crude = parametric.crude_dependence_t(
            pairs.car[whole], summed.average, int(windows.lengths.max(initial=1)), k=windows.k,
            parameter_error=windows.k > 0, clusters=own,
        )  # fmt: skip
    return (
        parametric.cross_sectional_t(pairs.car, clusters=clusters),
        parametric.skewness_adjusted_t(pairs.car, clusters=clusters),
        crude,
        parametric.patell_z(pairs.scar, pairs.df, clusters=clusters),
        parametric.adjusted_patell_z(pairs.scar, pairs.df, r, clusters=clusters),
        parametric.bmp_t(pairs.scar, clusters=clusters),
        parametric.kolari_pynnonen_t(pairs.scar, r, clusters=clusters),
    )


def _of_signs(pairs: PairSums, summed: Summed) -> tuple[Outcome, ...]:
    """Give the tests of signs and of signed ranks."""
    whole = pairs.whole
    return (
        sign_tests.sign_test(pairs.car, still=pairs.still),
        sign_tests.generalized_sign(pairs.car[whole], summed.shares[whole], still=pairs.still[whole]),
        sign_tests.wilcoxon_signed_rank(pairs.car, still=pairs.still),
    )


def _of_ranks(
    windows: Windows, pairs: PairSums, correlation: MeanCorrelation, zero_share: float
) -> tuple[Outcome, ...]:
    """Give the tests of ranks, from one pass over the rows."""
    last = windows.first + int(windows.lengths.max(initial=1)) - 1
    r = 0.0 if np.isnan(correlation.r) else correlation.r
    plan = RankPlan(pairs.event, pairs.scar, pairs.whole, (windows.first, last), zero_share, r)
    refused = _unequal(windows)
    found = rank_outcomes(windows, plan, RANKS[2:] if refused else RANKS)
    return tuple(found.get(name, not_applicable(name, refused, n=int(pairs.whole.sum()))) for name in RANKS)


def _unequal(windows: Windows) -> str:
    """Say that windows are not of one length; empty where they are."""
    least, most = (int(one(windows.lengths)) for one in (np.min, np.max)) if len(windows) else (1, 1)
    return "" if least == most else LENGTHS.format(least=least, most=most)
