"""Prices, yields and their sensitivities of payments at regular distances: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .frozen import Frozen, read_only

__all__ = ["Payments", "Sensitivities", "dirty_price", "sensitivities", "solve_yield"]

Floats = NDArray[np.float64]

FACE = 100.0
"""What is redeemed; prices are per 100 of face value."""

STEPS = 100
"""Newton steps after which a yield counts as not found; ten are many."""

NEAR = 1e-9
"""Newton step behind which the next one is below what a float resolves [log of the period's growth]."""

SMALL = 1e-6
"""Log growth of a period below which the slope of an annuity is read off its series, which is exact there."""

REACH = 600.0
"""Log of the largest growth of a single payment that is tried: exp(709) is the largest float."""


@dataclass(frozen=True, slots=True, eq=False)
class Payments(Frozen):
    """What is still to be paid behind each of n settlements.

    Attributes
    ----------
    to_next : ndarray, shape (n,)
        Time to the next payment, w [coupon periods], from 0; NaN where nothing is left.
    left : ndarray of int, shape (n,)
        Payments left, N.
    next_coupon : ndarray, shape (n,)
        Coupon at the next payment [points per 100].
    coupon : float
        Coupon at each later payment [points per 100].
    frequency : int
        Payments a year, f, at which yields compound.
    simple_last : bool
        Whether a single payment left is discounted with simple interest.
    """

    to_next: Floats
    left: NDArray[np.int64]
    next_coupon: Floats
    coupon: float
    frequency: int
    simple_last: bool = True

    def __post_init__(self) -> None:
        read_only(self.to_next, self.left, self.next_coupon)

    @property
    def single(self) -> NDArray[np.bool_]:
        """Settlements whose single payment is discounted with simple interest, shape (n,)."""
        return np.asarray((self.left == 1) & self.simple_last)


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivities(Frozen):
    """What a price does when its yield moves. All arrays have the shape (n,) and are read-only.

    Attributes
    ----------
    macaulay : ndarray
        Mean time to the payments, weighted with their present values [years].
    modified : ndarray
        -dP/dy / P, y as a fraction [years].
    convexity : ndarray
        d2P/dy2 / P [years^2].
    """

    macaulay: Floats
    modified: Floats
    convexity: Floats

    def __post_init__(self) -> None:
        read_only(self.macaulay, self.modified, self.convexity)


def dirty_price(payments: Payments, y: Floats) -> Floats:
    """Discount what is left: the price with accrued interest.

    P = sum_j CF_j / (1 + y / f)^(w + j), j = 0 ... N - 1; with a single payment left and simple interest
    P = CF / (1 + w y / f). The sum over equal coupons is (1 - v^n) / (1 - v) in functions that are exact near v = 1, so
    that yields of 0 and below are as exact as others.

    Parameters
    ----------
    payments : Payments
    y : ndarray, shape (n,)
        Yields, as fractions a year.

    Returns
    -------
    ndarray, shape (n,)
        [per 100]; NaN where nothing is left, y is NaN or y <= -f.

    References
    ----------
    Mayle, J. (1993), Standard Securities Calculation Methods, SIFMA.

    Examples
    --------
    Two annual payments of 5, the redemption with the last, a year from the first of them, at par:

    >>> two = Payments(np.array([1.0]), np.array([2]), np.array([5.0]), 5.0, 1)
    >>> dirty_price(two, np.array([0.05])).round(12).tolist()
    [100.0]
    """
    w, growth = payments.to_next, _growth(payments, y)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        price = np.exp(-w * growth) * _at_next(payments, growth)[0]
        if payments.simple_last:
            simple = (payments.next_coupon + FACE) / (1.0 + w * (y / payments.frequency))
            price = np.where(payments.single & np.isfinite(growth), simple, price)
    return np.asarray(np.where(_known(payments) & np.isfinite(price), price, np.nan))


def solve_yield(payments: Payments, dirty: Floats) -> Floats:
    """Find the yield at which the payments left are worth a price.

    Newton's method in u = log(1 + y / f) on log P, which is convex and falls: log P(u) is the logarithm of a sum of
    exponentials. From any start the second step on is on the left of the root, and steps come nearer from there, so
    that no bracket is needed; u alone is kept where no payment overflows.

    Parameters
    ----------
    payments : Payments
    dirty : ndarray, shape (n,)
        Prices with accrued interest [per 100].

    Returns
    -------
    ndarray, shape (n,)
        Yields, as fractions a year; NaN where nothing is left, the price is NaN or not positive, or no finite yield
        above -f gives it.

    Examples
    --------
    >>> two = Payments(np.array([1.0]), np.array([2]), np.array([5.0]), 5.0, 1)
    >>> solve_yield(two, np.array([100.0])).round(12).tolist()
    [0.05]
    """
    usable = _known(payments) & (dirty > 0.0) & np.isfinite(dirty)
    y = np.full(np.shape(dirty), np.nan)
    single = usable & payments.single
    w, due = payments.to_next[single], payments.next_coupon[single] + FACE
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        y[single] = (due / dirty[single] - 1.0) * payments.frequency / w
        rest = np.flatnonzero(usable & ~single)
        y[rest] = payments.frequency * np.expm1(_solve(_taken(payments, rest), np.log(dirty[rest])))
    return np.where(np.isfinite(y) & (y > -payments.frequency), y, np.nan)


def sensitivities(payments: Payments, y: Floats) -> Sensitivities:
    """Give durations and convexity at a yield, by Horner's rule over the payments: no difference of close numbers.

    With v = 1 / (1 + y / f) and t_j = (w + j) / f, macaulay = sum_j t_j CF_j v^(w + j) / P, modified = v macaulay,
    convexity = v^2 sum_j t_j (t_j + 1 / f) CF_j v^(w + j) / P. With simple interest macaulay = w / f,
    modified = (w / f) / (1 + w y / f), convexity = 2 modified^2.

    Parameters
    ----------
    payments : Payments
    y : ndarray, shape (n,)
        Yields, as fractions a year.

    Returns
    -------
    Sensitivities
        NaN where `dirty_price` has no price, or a present value is beyond what a float holds.

    References
    ----------
    Macaulay, F. R. (1938), Some Theoretical Problems Suggested by the Movements of Interest Rates, Bond Yields and
    Stock Prices in the United States since 1856, NBER; Hicks, J. R. (1939), Value and Capital.

    Examples
    --------
    >>> two = Payments(np.array([1.0]), np.array([2]), np.array([5.0]), 5.0, 1)
    >>> sensitivities(two, np.array([0.05])).macaulay.round(6).tolist()
    [1.952381]
    """
    f, w = payments.frequency, payments.to_next
    growth = _growth(payments, y)
    known = _known(payments) & np.isfinite(growth)
    v = np.exp(-np.where(known, growth, 0.0))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        value, slope, bend = _horner(payments, v)
        first = w + v * slope / value
        second = w * (w + 1.0) + (2.0 * (w + 1.0) * v * slope + 2.0 * v * v * bend) / value
        macaulay, modified, convexity = first / f, v * first / f, v * v * second / f**2
        if payments.simple_last:
            plain = w / (f + w * y)
            macaulay = np.where(payments.single, w / f, macaulay)
            modified = np.where(payments.single, plain, modified)
            convexity = np.where(payments.single, 2.0 * plain**2, convexity)
    return Sensitivities(*(np.where(known, one, np.nan) for one in (macaulay, modified, convexity)))


def _growth(payments: Payments, y: Floats) -> Floats:
    """u = log(1 + y / f), the log growth of a period; NaN for y <= -f."""
    with np.errstate(invalid="ignore", divide="ignore"):
        u = np.log1p(y / payments.frequency)
    return np.asarray(np.where(np.isfinite(u), u, np.nan))


def _known(payments: Payments) -> NDArray[np.bool_]:
    return (payments.left > 0) & np.isfinite(payments.to_next) & np.isfinite(payments.next_coupon)


def _taken(payments: Payments, at: NDArray[np.intp]) -> Payments:
    """The payments behind some of the settlements."""
    return Payments(
        payments.to_next[at],
        payments.left[at],
        payments.next_coupon[at],
        payments.coupon,
        payments.frequency,
        payments.simple_last,
    )


def _at_next(payments: Payments, u: Floats) -> tuple[Floats, Floats]:
    """Value of all payments left at the next of them, S = A + C v G + F v^m with m = N - 1 later ones; and dS/du.

    G = 1 + v + ... + v^(m - 1) = (1 - v^m) / (1 - v), and d log G / du = m / (e^(m u) - 1) - 1 / (e^u - 1), whose
    two terms cancel near u = 0, where its series -(m - 1) / 2 + (m^2 - 1) u / 12 is exact.
    """
    m = payments.left - 1.0
    u = np.where(u == 0.0, np.finfo(np.float64).tiny, u)  # G is m there
    v = np.exp(-u)
    annuity = v * (np.expm1(-m * u) / np.expm1(-u))
    slope = np.where(
        np.abs(u) < SMALL, (m * m - 1.0) * u / 12.0 - (m - 1.0) / 2.0, m / np.expm1(m * u) - 1.0 / np.expm1(u)
    )
    slope = np.where(m > 0, slope, 0.0)
    coupons, face = payments.coupon * annuity, FACE * np.exp(-m * u)
    return payments.next_coupon + coupons + face, coupons * (slope - 1.0) - m * face


def _solve(payments: Payments, target: Floats) -> Floats:
    """The log growth u at which log P is ``target``; NaN where no step comes to rest."""
    w, times = payments.to_next, payments.to_next + payments.left - 1.0
    if payments.coupon == 0.0 and not payments.next_coupon.any():
        return np.asarray((np.log(FACE) - target) / times)
    u = np.full(len(target), np.log1p(payments.coupon / FACE))
    lowest = -REACH / (times + 1.0)
    found = np.full(len(target), np.nan)
    active = np.arange(len(target))
    for _ in range(STEPS):
        value, slope = _at_next(payments, u)
        step = (np.log(value) - w * u - target) / (slope / value - w)
        u = np.clip(u - step, lowest, REACH)
        near = np.abs(step) < NEAR
        found[active[near]] = u[near]
        if near.all():
            break
        if near.any():
            active, u, lowest, w, target = (one[~near] for one in (active, u, lowest, w, target))
            payments = _taken(payments, np.flatnonzero(~near))
    return found


def _horner(payments: Payments, v: Floats) -> tuple[Floats, Floats, Floats]:
    """S(v) = sum_j CF_j v^j, its first derivative, and half its second."""
    left = payments.left
    value, slope, bend = np.zeros((3, len(v)))
    for j in range(int(left.max(initial=0)) - 1, -1, -1):
        bend = bend * v + slope
        slope = slope * v + value
        paid = np.where(j < left, payments.coupon if j else payments.next_coupon, 0.0)
        value = value * v + paid + FACE * (j == left - 1)
    return value, slope, bend
