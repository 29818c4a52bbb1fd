"""Tests of signs, and of signed ranks, over many pairs: exact where they can be.

All of them trust independent pairs: of 30 pairs on one date with a correlation of .1 the tests of signs reject 24 %
at a nominal 5 %, and the signed ranks 32 %. Use the ranks of `corrado_rank`, or date clusters, there.

A zero is a move of the quote that is zero, before any model: an abnormal move of it is minus the mean, and has a
sign that says nothing. Zeros count as neither positive nor negative; missing moves do not count at all.
"""

from __future__ import annotations

import math
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError
from .outcome import Outcome, not_applicable
from .rank_tests import CHUNK, FEWEST_PAIRS, average_ranks, two_sided_normal

__all__ = [
    "ENUMERATED",
    "FEWEST_SIGNS",
    "GENERALIZED_SIGN",
    "SIGN",
    "WILCOXON",
    "fewest_windows",
    "generalized_sign",
    "positive_share",
    "sign_test",
    "wilcoxon_signed_rank",
]

SIGN = "sign"
GENERALIZED_SIGN = "generalized sign"
WILCOXON = "Wilcoxon signed rank"

FEWEST_SIGNS = 10
"""Signs below which the tests of signs do not apply: with 8 the exact one can reject at .8 % or at 7 %."""

ENUMERATED = 400
"""Signed ranks up to which all flips of their signs are counted; above, their sum is taken as normal."""


def sign_test(moves: NDArray[np.float64], *, still: NDArray[np.bool_] | None = None) -> Outcome:
    """Test whether positive and negative moves are equally likely, by the exact binomial.

    With n moves that are not zero, n+ of them positive, p = P(\\|X - n/2\\| >= \\|n+ - n/2\\|) for X binomial (n, 1/2);
    the statistic shown is (n+ - n/2) / (sqrt(n) / 2). Skewed abnormal moves are not half positive where there is no
    event, and 28 % of tests of 30 exponential ones reject: `generalized_sign` takes the share from ordinary days.

    Parameters
    ----------
    moves : ndarray, shape (N,)
        Abnormal moves, or their sums over one window [any unit]; NaN where missing.
    still : ndarray of bool, shape (N,), optional
        Where the quote did not move over the window. Without it the moves that are exactly zero.

    Returns
    -------
    Outcome
        ``estimate`` is the share of positive moves, ``n`` the moves that are not zero, ``p_floor`` 2^(1-n). Not
        applicable below 10 of them.

    Raises
    ------
    InputError
        Where ``still`` has another shape.

    References
    ----------
    Conover (1999), Practical Nonparametric Statistics, section 3.4.

    Examples
    --------
    Nine of ten moves are positive: p = 2 (10 + 1) / 2^10.

    >>> outcome = sign_test(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, -1, np.nan, 0]))
    >>> outcome.p_value, outcome.n, outcome.p_floor
    (0.021484375, 10, 0.001953125)
    """
    counted, zeros = _signed(moves, still)
    n = len(counted)
    if n < FEWEST_SIGNS:
        return not_applicable(SIGN, _too_few_signs(n, FEWEST_SIGNS), n=n, note=_zeros(zeros))
    positive = int(np.count_nonzero(counted > 0.0))
    smaller = min(positive, n - positive)
    p_value = min(1.0, 2.0 * float(stats.binom.cdf(smaller, n, 0.5)))
    return Outcome(
        SIGN,
        (positive - n / 2) / (math.sqrt(n) / 2),
        p_value,
        estimate=positive / n,
        n=n,
        n_clusters=n,
        p_floor=2.0 ** (1 - n),
        note=f"{positive} of {n} positive; exact; {_zeros(zeros)}trusts independent pairs and moves without skew",
    )


def fewest_windows(sessions: int) -> int:
    """Give how many ordinary windows a share of positive ones must rest on: 18 + 2 L.

    The generalized sign test takes shares as known. In estimation windows with many holes few windows are whole: with
    T = 120, L = 11 and every tenth or fifth session missing, 35 or 9 of 110, and it rejects 7 and 20 % at a nominal
    5 %; windows of 21 sessions after 60 give it 40, and 8 %.

    Parameters
    ----------
    sessions : int
        Sessions L of a window.

    Returns
    -------
    int

    Examples
    --------
    >>> fewest_windows(1), fewest_windows(11)
    (20, 40)
    """
    return 18 + 2 * sessions


def positive_share(
    estimation: NDArray[np.float64],
    *,
    sessions: int,
    still: NDArray[np.bool_] | None = None,
    fewest: int = 1,
) -> NDArray[np.float64]:
    """Give the share of positive moves of each pair over ordinary windows as long as the event's.

    All windows of consecutive estimation sessions count, overlapping ones too; those with a missing move do not,
    and those in which the quote never moved count as neither. The share of positive days says little of the sign of
    a sum over eleven: with skewed moves the two differ, and a test by the daily share rejects 12 to 81 %.

    Parameters
    ----------
    estimation : ndarray, shape (N, T)
        Residuals of the estimation windows; NaN where missing.
    sessions : int
        Sessions L of the event's window.
    still : ndarray of bool, shape (N, T), optional
        Where the quote did not move. Without it the residuals that are exactly zero.
    fewest : int
        Windows without a missing move that a share must rest on, 1 or more; a study asks for `fewest_windows`.

    Returns
    -------
    ndarray, shape (N,)
        NaN where fewer are whole, or no window counts.

    Raises
    ------
    InputError
        Where the window is longer than the estimation window, or ``still`` has another shape.

    References
    ----------
    Cowan (1992), doi:10.1007/BF00939016.

    Examples
    --------
    Of three moves two are positive, of their two sums over two sessions none:

    >>> rows = np.array([[1.0, -3.0, 2.0]])
    >>> positive_share(rows, sessions=1).round(3).tolist(), positive_share(rows, sessions=2).tolist()
    ([0.667], [0.0])
    """
    width = estimation.shape[1]
    if not 1 <= sessions <= width:
        raise InputError(
            "the estimation window holds no window of this length",
            parameter="sessions",
            received=sessions,
            allowed=f"1 to {width} sessions",
        )
    zero = _still(estimation, still)
    share = np.empty(len(estimation))
    for begin in range(0, len(estimation), CHUNK):
        part = slice(begin, begin + CHUNK)
        sums = _running(estimation[part], sessions, np.add)
        counted = np.isfinite(sums)
        enough = counted.sum(axis=1) >= fewest
        if zero[part].any():
            counted &= ~_running(zero[part], sessions, np.logical_and)
        total = counted.sum(axis=1)
        positive = np.count_nonzero(counted & (sums > 0.0), axis=1)
        share[part] = np.where(enough & (total > 0), positive / np.maximum(total, 1), np.nan)
    return share


def _running(rows: NDArray[Any], sessions: int, join: np.ufunc) -> NDArray[Any]:
    """Join every run of consecutive sessions: runs of 1, 2, 4... are joined to twice as long ones."""
    width = rows.shape[1] - sessions + 1
    pieces: list[NDArray[Any]] = []
    doubled, length, done = rows, 1, 0
    while done < sessions:
        if sessions & length:
            pieces.append(doubled[:, done : done + width])
            done += length
        if done < sessions:
            doubled, length = join(doubled[:, :-length], doubled[:, length:]), 2 * length
    return reduce(join, pieces)


def generalized_sign(
    moves: NDArray[np.float64], shares: NDArray[np.float64], *, still: NDArray[np.bool_] | None = None
) -> Outcome:
    """Test whether more moves are positive than ordinary windows of the same pairs and length lead to expect.

    z = (n+ - sum p_i) / sqrt(sum p_i (1 - p_i)), p_i the share of positive moves of pair i. The p_i are taken as known:
    from 20 overlapping windows (11 sessions, T = 30) they are not quite, and it rejects 7.4 % at a nominal 5 %.

    Parameters
    ----------
    moves : ndarray, shape (N,)
        Abnormal moves, or their sums over one window [any unit]; NaN where missing.
    shares : ndarray, shape (N,)
        p_i, as `positive_share` gives them over windows of the same length; a pair without does not enter.
    still : ndarray of bool, shape (N,), optional
        Where the quote did not move over the window. Without it the moves that are exactly zero.

    Returns
    -------
    Outcome
        Of a standard normal z. ``estimate`` is the share of positive moves less the share expected, ``n`` the moves
        that are not zero, ``p_floor`` the p of moves that are all of the rarer sign. Not applicable below 10 moves.

    Raises
    ------
    InputError
        Where an array has another shape, or a share lies outside [0, 1].

    References
    ----------
    Cowan (1992), doi:10.1007/BF00939016, who takes one share for all pairs.

    Examples
    --------
    Ten of ten moves are positive where half are expected: (10 - 5) / sqrt(2.5).

    >>> outcome = generalized_sign(np.arange(1.0, 11.0), np.full(10, 0.5))
    >>> round(outcome.statistic, 4), outcome.estimate
    (3.1623, 0.5)
    """
    if shares.shape != moves.shape:
        raise _misfit("shares", shares.shape, moves.shape)
    if np.any((shares < 0.0) | (shares > 1.0)):
        raise InputError(
            "not a share of positive moves",
            parameter="shares",
            received=float(shares[(shares < 0.0) | (shares > 1.0)][0]),
            allowed="0 to 1, NaN where it is not known",
        )
    known = np.isfinite(shares)
    zero = _still(moves, still)
    counted, zeros = _signed(moves[known], zero[known])
    p = shares[known & np.isfinite(moves) & ~zero]
    n = len(counted)
    shareless = _shareless(int(np.count_nonzero(np.isfinite(moves) & ~known)))
    remarks = _zeros(zeros) + shareless
    if n < FEWEST_SIGNS:
        reason = f"{_too_few_signs(n, FEWEST_SIGNS)}; {shareless}".removesuffix("; ")
        return not_applicable(GENERALIZED_SIGN, reason, n=n, note=_zeros(zeros))
    expected, deviation = float(p.sum()), math.sqrt(float((p * (1.0 - p)).sum()))
    if not deviation > 0.0:
        reason = "no pair has moves of both signs on ordinary days"
        return not_applicable(GENERALIZED_SIGN, reason, n=n, note=remarks)
    positive = int(np.count_nonzero(counted > 0.0))
    statistic = (positive - expected) / deviation
    furthest = max(expected, n - expected) / deviation
    p_value, floor = two_sided_normal(statistic), two_sided_normal(furthest)
    return Outcome(
        GENERALIZED_SIGN, statistic, p_value, estimate=(positive - expected) / n, std_error=deviation / n, n=n,
        n_clusters=n, p_floor=floor,
        note=f"{positive} of {n} positive, {expected:.1f} expected; {remarks}trusts independent pairs",
        parts=(("n+", float(positive)), ("sum p", expected)),
    )  # fmt: skip


def wilcoxon_signed_rank(moves: NDArray[np.float64], *, still: NDArray[np.bool_] | None = None) -> Outcome:
    """Test whether moves are symmetric about zero, by the ranks of their sizes.

    W is the sum of the ranks of abs(move) over the positive moves, ties averaged, zeros left out. Under symmetry each
    rank is in the sum or not with equal chance: up to 400 moves all 2^n flips of signs are counted, ties or not, and
    p = P(\\|W' - m\\| >= \\|W - m\\|) is exact, m = n (n + 1) / 4. Above, W is taken as normal with the variance
    sum rank^2 / 4. Skewed moves are not symmetric: of tests of 30 exponential ones, less their mean, 15 % reject.

    Parameters
    ----------
    moves : ndarray, shape (N,)
        Abnormal moves, or their sums over one window, all in one unit or standardized; NaN where missing.
    still : ndarray of bool, shape (N,), optional
        Where the quote did not move over the window. Without it the moves that are exactly zero.

    Returns
    -------
    Outcome
        ``statistic`` is W, ``n`` the moves that are not zero, ``p_floor`` that of moves all of one
        sign, 2^(1-n) where it is exact. Not applicable below 5 moves.

    Raises
    ------
    InputError
        Where ``still`` has another shape.

    References
    ----------
    Wilcoxon (1945), doi:10.2307/3001968.

    Examples
    --------
    Of the 32 flips of the ranks 1 to 5 four leave at most one unit on one side: sums of 0, 1, 14 and 15.

    >>> outcome = wilcoxon_signed_rank(np.array([-1.0, 2.0, 3.0, 4.0, 5.0]))
    >>> outcome.statistic, outcome.p_value, outcome.p_floor
    (14.0, 0.125, 0.0625)
    """
    counted, zeros = _signed(moves, still)
    n = len(counted)
    if n < FEWEST_PAIRS:
        return not_applicable(WILCOXON, _too_few_signs(n, FEWEST_PAIRS), n=n, note=_zeros(zeros))
    ranks = average_ranks(np.abs(counted)[None, :])[0]
    statistic = float(ranks[counted > 0.0].sum())
    # Twice a rank, averaged or not, is a whole number.
    doubled = np.rint(2.0 * np.sort(ranks)).astype(np.int64)
    if n <= ENUMERATED:
        chances = _sums_of_flips(tuple(doubled.tolist()))
        # Sums of flips are symmetric about the middle: one tail holds as much as the other.
        tail = round(2.0 * statistic)
        tail = min(tail, len(chances) - 1 - tail)
        p_value, p_floor = min(1.0, 2.0 * float(chances[: tail + 1].sum())), 2.0 ** (1 - n)
        how = "exact, all flips of signs counted"
    else:
        middle, deviation = n * (n + 1) / 4, math.sqrt(float((ranks**2).sum()) / 4)
        p_value, p_floor = (two_sided_normal(far / deviation) for far in (statistic - middle, middle))
        how = f"normal, above {ENUMERATED} moves"
    return Outcome(
        WILCOXON, statistic, p_value, n=n, n_clusters=n, p_floor=p_floor,
        note=f"{how}; {_zeros(zeros)}trusts independent pairs and symmetric moves",
    )  # fmt: skip


@lru_cache(maxsize=16)
def _sums_of_flips(doubled: tuple[int, ...]) -> NDArray[np.float64]:
    """Give the chance of each sum of a random half of some whole numbers: each is in it or not, with equal chance."""
    chances = np.zeros(sum(doubled) + 1)
    chances[0] = 1.0
    reach = 0
    for one in doubled:
        added = chances[: reach + 1].copy()
        reach += one
        chances[one : reach + 1] += added
        chances[: reach + 1] *= 0.5
    chances.flags.writeable = False
    return chances


def _signed(moves: NDArray[np.float64], still: NDArray[np.bool_] | None) -> tuple[NDArray[np.float64], int]:
    """Give the known moves that are not zero, and how many are."""
    known, zero = np.isfinite(moves), _still(moves, still)
    return moves[known & ~zero], int(np.count_nonzero(known & zero))


def _still(moves: NDArray[np.float64], still: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Tell which moves are zero: those said to be, and those that are exactly."""
    if still is None:
        return np.asarray(moves == 0.0)
    if still.shape != moves.shape:
        raise _misfit("still", still.shape, moves.shape)
    return np.asarray(still | (moves == 0.0))


def _misfit(parameter: str, received: tuple[int, ...], wanted: tuple[int, ...]) -> InputError:
    return InputError(
        "does not fit the moves", parameter=parameter, received=received, allowed=f"an array of shape {wanted}"
    )  # fmt: skip


def _too_few_signs(n: int, fewest: int) -> str:
    return f"needs {fewest} moves that are not zero, has {n}"


def _zeros(zeros: int) -> str:
    """Say how many moves were zero; nothing where none was."""
    return f"{zeros} zero {'move counts' if zeros == 1 else 'moves count'} as neither; " if zeros else ""


def _shareless(lost: int) -> str:
    """Say how many moves have no share of ordinary windows; nothing where all have."""
    return (
        f"{lost} {'move has' if lost == 1 else 'moves have'} too few ordinary windows to compare with; "
        if lost
        else ""
    )
