"""Prices, yields and sensitivities against sums of fifty digits, and what must hold of any of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from marketimpact.maths.bond_arithmetic import Payments, dirty_price, sensitivities, solve_yield


def payments(w: float, left: int, *, first: float = 3.25, coupon: float = 3.25, **more: object) -> Payments:
    given = {"frequency": 2, "simple_last": False} | more
    return Payments(np.array([w]), np.array([left]), np.array([first]), coupon, **given)


def by_decimals(one: Payments, y: float) -> tuple[float, float, float, float]:
    """Dirty price, Macaulay and modified duration, convexity: every payment on its own, with fifty digits."""
    with localcontext() as context:
        context.prec = 50
        f, w, left = Decimal(one.frequency), Decimal(float(one.to_next[0])), int(one.left[0])
        growth = 1 + Decimal(y) / f
        flows = [Decimal(float(one.next_coupon[0]))] + [Decimal(one.coupon)] * (left - 1)
        flows[-1] += 100
        values = [flow / growth ** (w + j) for j, flow in enumerate(flows)]
        times = [w + j for j in range(left)]
        price = sum(values)
        first = sum(t * value for t, value in zip(times, values, strict=True)) / price
        second = sum(t * (t + 1) * value for t, value in zip(times, values, strict=True)) / price
        return tuple(map(float, (price, first / f, first / f / growth, second / f**2 / growth**2)))


any_payments = st.builds(
    payments,
    st.floats(0.001, 2.5),
    st.integers(1, 200),
    first=st.floats(0.0, 8.0),
    coupon=st.floats(0.0, 8.0),
    frequency=st.sampled_from([1, 2, 4]),
)
near_zero = st.sampled_from(
    [0.0, 1e-300, -1e-300, 1e-15, -1e-15, 1e-9, -1e-9, 1e-7, -1e-7, 1e-6, -1e-6, 1e-5]
)
yields = st.one_of(st.floats(-0.05, 0.60), st.floats(-0.9, 5.0), near_zero)


@given(any_payments, yields)
@example(payments(0.5, 60), 0.0)
@example(payments(0.5, 200, frequency=4), -0.05)
def test_prices_are_those_of_fifty_digits(one, y):
    price, macaulay, modified, convexity = by_decimals(one, y)
    assume(price < 1e100)
    assert dirty_price(one, np.array([y]))[0] == pytest.approx(price, rel=1e-11)
    found = sensitivities(one, np.array([y]))
    assert found.macaulay[0] == pytest.approx(macaulay, rel=1e-11)
    assert found.modified[0] == pytest.approx(modified, rel=1e-11)
    assert found.convexity[0] == pytest.approx(convexity, rel=1e-11)


@given(any_payments, yields)
def test_the_yield_of_a_price_is_the_yield_it_was_made_with(one, y):
    dirty = dirty_price(one, np.array([y]))
    assume(1e-3 <= dirty[0] <= 1e4)
    modified = sensitivities(one, np.array([y])).modified[0]
    # A price known to 1e-16 of itself says 1e-16 / modified of the yield.
    assert solve_yield(one, dirty)[0] == pytest.approx(y, abs=1e-14 + 1e-14 / modified, rel=1e-13)


@given(any_payments, st.floats(-3.0, 4.0).map(lambda power: 10.0**power))
@example(payments(0.5, 100), 1e-3)
@example(payments(0.01, 200, frequency=4), 1e4)
@example(payments(1.0, 100, first=0.0, coupon=0.0, frequency=1), 1e4)
def test_prices_from_a_thousandth_to_ten_thousand_have_a_yield_that_gives_them_back(one, dirty):
    y = solve_yield(one, np.array([dirty]))
    assume(np.isfinite(y[0]))  # growth of exp(709) and more is no float: see below
    assert y[0] > -one.frequency
    assert np.log(dirty_price(one, y)[0]) == pytest.approx(np.log(dirty), abs=1e-9)


@given(st.integers(1, 200), st.floats(0.1, 2.5), st.floats(-3.0, 4.0).map(lambda power: 10.0**power))
def test_a_tenth_of_a_period_from_the_next_coupon_every_such_price_has_a_yield(left, w, dirty):
    assert np.isfinite(solve_yield(payments(w, left), np.array([dirty]))[0])


@given(any_payments, st.floats(-0.5, 3.0), st.floats(1e-6, 1.0))
def test_a_higher_yield_is_a_lower_price(one, y, more):
    low, high = dirty_price(one, np.array([y])), dirty_price(one, np.array([y + more]))
    assert high[0] < low[0]


@given(st.floats(-0.05, 0.3), st.integers(1, 200), st.sampled_from([1, 2, 4]))
def test_at_its_coupon_a_bond_stands_at_par_on_a_coupon_date(y, left, frequency):
    coupon = 100.0 * y / frequency
    one = payments(1.0, left, first=coupon, coupon=coupon, frequency=frequency)
    assert dirty_price(one, np.array([y]))[0] == pytest.approx(100.0, rel=1e-12)


def test_a_bond_without_interest_or_yield_is_worth_what_it_pays():
    assert dirty_price(payments(0.4, 60), np.array([0.0]))[0] == 60 * 3.25 + 100


def test_a_zero_coupon_bond_by_hand():
    """100 / 1.02^10 = 82.0348; its Macaulay duration is its time, 5 years."""
    one = payments(1.0, 10, first=0.0, coupon=0.0)
    dirty = dirty_price(one, np.array([0.04]))
    assert dirty[0] == pytest.approx(82.03482998751553, rel=1e-14)
    assert solve_yield(one, dirty)[0] == pytest.approx(0.04, rel=1e-14)
    assert sensitivities(one, np.array([0.04])).macaulay[0] == pytest.approx(5.0, rel=1e-14)


def test_simple_interest_before_the_last_payment_by_hand():
    """103.25 in half a period at 8 % a year, semi-annual: 103.25 / 1.02; with compound interest / 1.04^0.5."""
    compound = payments(0.5, 1)
    simple = replace(compound, simple_last=True)
    y = np.array([0.08])
    assert dirty_price(simple, y)[0] == pytest.approx(103.25 / 1.02, rel=1e-15)
    assert dirty_price(compound, y)[0] == pytest.approx(103.25 / 1.04**0.5, rel=1e-15)
    assert solve_yield(simple, np.array([103.25 / 1.02]))[0] == pytest.approx(0.08, rel=1e-13)
    found = sensitivities(simple, y)
    assert found.macaulay[0] == 0.25
    assert found.modified[0] == pytest.approx(0.25 / 1.02, rel=1e-15)
    assert found.convexity[0] == pytest.approx(2 * (0.25 / 1.02) ** 2, rel=1e-15)


@pytest.mark.parametrize("simple_last", [True, False])
@pytest.mark.parametrize("left", [1, 2, 30])
def test_durations_and_convexity_are_slopes_of_the_price(left, simple_last):
    one = payments(0.3, left, simple_last=simple_last)
    y, step = 0.06, 1e-4
    low, middle, high = (dirty_price(one, np.array([at]))[0] for at in (y - step, y, y + step))
    found = sensitivities(one, np.array([y]))
    assert found.modified[0] == pytest.approx((low - high) / (2 * step * middle), rel=1e-5)
    assert found.convexity[0] == pytest.approx((low - 2 * middle + high) / (step**2 * middle), rel=1e-4)


def test_what_has_no_answer_is_missing():
    one = payments(0.5, 2)
    assert np.isnan(dirty_price(one, np.array([np.nan]))).all()
    for y in (-2.0, -2.5, -np.inf, np.inf):
        assert np.isnan(dirty_price(one, np.array([y]))).all()
    for price in (np.nan, 0.0, -1.0, np.inf):
        assert np.isnan(solve_yield(one, np.array([price]))).all()
    none = Payments(np.array([np.nan]), np.array([0]), np.array([np.nan]), 3.25, 2)
    assert np.isnan(dirty_price(none, np.array([0.05]))).all()
    assert np.isnan(solve_yield(none, np.array([100.0]))).all()
    assert np.isnan(sensitivities(none, np.array([0.05])).modified).all()


def test_prices_that_no_yield_gives():
    """A coupon of 3.25 that is due at once cannot be discounted below 3.25."""
    due = payments(0.0, 10)
    assert np.isnan(solve_yield(due, np.array([3.0, 3.25])[:1])).all()
    assert np.isfinite(solve_yield(due, np.array([3.26]))).all()
    assert np.isnan(solve_yield(payments(0.001, 1), np.array([1e-3]))).all(), "its growth is no float"


def test_settlements_do_not_depend_on_one_another():
    rng = np.random.default_rng(3)
    left = rng.integers(0, 80, 300)
    w = np.where(left > 0, rng.uniform(0.001, 1.0, 300), np.nan)
    many = Payments(w, left, np.where(left > 0, rng.uniform(0, 5, 300), np.nan), 2.5, 2)
    y = rng.uniform(-0.1, 0.9, 300)
    dirty = dirty_price(many, y)
    solved = solve_yield(many, dirty)
    for i in range(0, 300, 7):
        alone = Payments(w[i : i + 1], left[i : i + 1], many.next_coupon[i : i + 1], 2.5, 2)
        np.testing.assert_allclose(dirty_price(alone, y[i : i + 1]), dirty[i : i + 1], rtol=1e-14)
        np.testing.assert_allclose(
            solve_yield(alone, dirty[i : i + 1]), solved[i : i + 1], rtol=1e-9, atol=1e-12
        )


def test_twelve_newton_steps_find_every_yield_from_minus_50_to_500_percent():
    rng = np.random.default_rng(5)
    many = Payments(rng.uniform(0.01, 1.0, 5000), rng.integers(1, 120, 5000), np.full(5000, 3.25), 3.25, 2)
    y = rng.uniform(-0.5, 5.0, 5000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("marketimpact.maths.bond_arithmetic.STEPS", 12)
        assert np.isfinite(solve_yield(many, dirty_price(many, y))).all()
