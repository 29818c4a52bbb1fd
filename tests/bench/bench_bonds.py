"""A bond on 5,000 days: yields of prices, prices of yields and sensitivities, beside QuantLib in one run.

QuantLib is called once a day, as it must be; the median of the rounds is compared with the target, and nothing fails
for being slow.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import QuantLib as ql

from marketimpact.market.bond_values import BondValues, value_bond
from marketimpact.market.coupons import coupon_periods, settlement_days
from marketimpact.market.known_bonds import known_bond
from marketimpact.maths.bond_arithmetic import Payments, dirty_price, sensitivities, solve_yield

DAYS = 5_000
THEIRS = 500
ROUNDS = 9
KZ = replace(known_bond("KZ 2045", quoted="clean price"), settlement_lag=0)

Figure = Callable[[str, str, str], None]


def median_ms(run: Callable[[], object]) -> float:
    """Median time of what stands beside the benchmarked call in the same run."""
    run()
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begun)
    return 1e3 * statistics.median(taken)


def benchmarked_ms(benchmark, run: Callable[[], object]) -> float:
    benchmark.pedantic(run, rounds=ROUNDS, warmup_rounds=1)
    return 1e3 * benchmark.stats.stats.median


@pytest.fixture(scope="module")
def values() -> BondValues:
    """The bond at yields of -1 to 15 %, on 5,000 working days before its maturity."""
    last = np.busday_offset("2045-07-01", 0, roll="backward")
    days = np.busday_offset(last, np.arange(-DAYS, 0))
    return value_bond(KZ, days, np.random.default_rng(1).uniform(-1.0, 15.0, DAYS), quoted="yield")


@pytest.fixture(scope="module")
def theirs() -> tuple[Any, Any]:
    counter = ql.Thirty360(ql.Thirty360.BondBasis)
    schedule = ql.Schedule(
        ql.Date(21, 7, 2015),
        ql.Date(21, 7, 2045),
        ql.Period(6, ql.Months),
        ql.NullCalendar(),
        ql.Unadjusted,
        ql.Unadjusted,
        ql.DateGeneration.Backward,
        False,
    )
    return ql.FixedRateBond(0, 100.0, schedule, [0.065], counter), counter


def payments_of(values: BondValues) -> Payments:
    found = values.periods
    return Payments(found.to_next, found.left, found.next_coupon, 3.25, 2)


def ql_days(values: BondValues) -> list[Any]:
    plain: list[date] = values.settlement[:: DAYS // THEIRS].tolist()
    return [ql.Date(day.day, day.month, day.year) for day in plain]


def test_yields(benchmark, values: BondValues, theirs: tuple[Any, Any], figure: Figure) -> None:
    """Yields of clean prices, from arrays; QuantLib's solver begins at a yield of 5 %."""
    bond, counter = theirs
    payments, settled = payments_of(values), ql_days(values)
    prices = [ql.BondPrice(float(price), ql.BondPrice.Clean) for price in values.clean[:: DAYS // THEIRS]]
    ours = benchmarked_ms(benchmark, lambda: solve_yield(payments, values.clean + values.accrued))

    def by_quantlib() -> list[float]:
        return [
            ql.BondFunctions.bondYield(bond, price, counter, ql.Compounded, 2, day, 1e-12, 100, 0.05)
            for price, day in zip(prices, settled, strict=True)
        ]

    other = median_ms(by_quantlib) * DAYS / THEIRS
    plain = [i for i, left in enumerate(values.periods.left[:: DAYS // THEIRS]) if left > 1]
    found = 100.0 * np.array(by_quantlib())[plain]
    np.testing.assert_allclose(values.ytm[:: DAYS // THEIRS][plain], found, atol=1e-8)
    figure(f"{DAYS} yields of prices", f"{ours:.2f} ms", "5 ms")
    figure("QuantLib over this", f"{other / ours:.0f} times", "more than 1")


def test_prices(benchmark, values: BondValues, theirs: tuple[Any, Any], figure: Figure) -> None:
    bond, counter = theirs
    payments, settled = payments_of(values), ql_days(values)
    y = values.ytm / 100.0
    ours = benchmarked_ms(benchmark, lambda: dirty_price(payments, y))
    few = y[:: DAYS // THEIRS].tolist()
    other = median_ms(
        lambda: [
            bond.dirtyPrice(one, counter, ql.Compounded, 2, day)
            for one, day in zip(few, settled, strict=True)
        ]
    )
    figure(f"{DAYS} prices of yields", f"{ours:.2f} ms", "1 ms")
    figure("QuantLib over this", f"{other * DAYS / THEIRS / ours:.0f} times", "more than 1")


def test_the_whole_way(benchmark, values: BondValues, figure: Figure) -> None:
    """From dates and clean prices to yields, durations and convexity, settlements and coupons included."""
    payments, y = payments_of(values), values.ytm / 100.0
    whole = benchmarked_ms(benchmark, lambda: value_bond(KZ, values.dates, values.clean))
    figure(f"{DAYS} dates and prices to all values", f"{whole:.2f} ms", "10 ms")
    figure(
        "  of which durations and convexity", f"{median_ms(lambda: sensitivities(payments, y)):.2f} ms", ""
    )
    dated = median_ms(lambda: coupon_periods(KZ, settlement_days(KZ, values.dates)))
    figure("  of which settlements and coupon periods", f"{dated:.2f} ms", "")
