"""Bonds of made-up yields, whose prices drop their coupons where the schedule says: by hand, day after day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import marketimpact as mi
from marketimpact.market.bond_values import value_bond

BONDS: dict[str, dict[str, Any]] = {
    "semi-annual": {"coupon": 6.5, "maturity": date(2045, 7, 21), "frequency": 2, "day_count": "30/360"},
    "annual": {"coupon": 4.0, "maturity": date(2037, 1, 4), "frequency": 1, "day_count": "ACT/ACT ICMA"},
    "short": {
        "coupon": 5.0, "maturity": date(2020, 3, 31), "frequency": 2, "day_count": "ACT/365", "end_of_month": True,
    },
    "quarterly": {"coupon": 8.0, "maturity": date(2025, 11, 30), "frequency": 4, "day_count": "30E/360"},
}  # fmt: skip
"""Terms; a coupon is 3.25, 4, 2.5 and 2 points."""

DAYS = pd.bdate_range("2016-01-04", periods=520)


def walk(seed: int, sd: float = 0.05, n: int = len(DAYS)) -> NDArray[np.float64]:
    """Yields [percent] that begin at 5 and move by ``sd`` a day."""
    return np.asarray(5.0 + np.cumsum(np.random.default_rng(seed).normal(0.0, sd, n)))


def prices(
    terms: dict[str, Any],
    lag: int,
    yields: NDArray[np.float64],
    quoted: str = "dirty price",
    days: Any = DAYS,
) -> pd.Series:
    """Prices of the yields, settled ``lag`` working days later."""
    bond = mi.SovereignBond("B", quoted="yield", settlement_lag=lag, **terms)
    values = value_bond(bond, days.to_numpy(), yields)
    return pd.Series(values.dirty if quoted == "dirty price" else values.clean, days, name="B")


def panel(series: pd.Series, terms: dict[str, Any], quoted: str = "dirty price", **more: Any) -> mi.Panel:
    return mi.Panel.from_frame(series, instruments=mi.SovereignBond("B", quoted=quoted, **terms, **more))


def beside(series: pd.Series, yields: Any, terms: dict[str, Any], quoted: str = "dirty price") -> mi.Panel:
    """Make a panel of prices and of the bond's yields, rounded as they are quoted."""
    members = [
        mi.SovereignBond("B", quoted=quoted, issuer="KZ", **terms),
        mi.SovereignBond("Y", quoted="yield", issuer="KZ", **terms),
    ]
    frame = pd.DataFrame({"B": series, "Y": pd.Series(np.round(yields, 2), DAYS)})
    return mi.Panel.from_frame(frame, instruments=members)


def settles(day: date, lag: int) -> date:
    """Count working days forward one by one."""
    while lag:
        day += timedelta(days=1)
        lag -= day.weekday() < 5
    return day


def pays(terms: dict[str, Any], day: date) -> bool:
    """Whether a coupon is due on a day before the maturity, by its month and its day alone."""
    maturity: date = terms["maturity"]
    months = (maturity.year - day.year) * 12 + maturity.month - day.month
    if months <= 0 or months % (12 // terms["frequency"]):
        return False
    last = (day + timedelta(days=1)).month != day.month
    if terms.get("end_of_month"):
        return last
    return day.day == maturity.day or (last and day.day < maturity.day)


def dropped(terms: dict[str, Any], lag: int, days: Any = DAYS) -> list[int]:
    """Places of the quotes over whose settlements a coupon is due, day after day."""
    found = []
    ends = [settles(day.date(), lag) for day in days]
    for k in range(1, len(ends)):
        between = [ends[k - 1] + timedelta(days=i) for i in range(1, (ends[k] - ends[k - 1]).days + 1)]
        found += [k] if any(pays(terms, day) for day in between) else []
    return found
