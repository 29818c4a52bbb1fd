"""Coupons that are added back to the moves of dirty prices are said by whatever takes these moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.associate.coincidence import event_coincidence
from marketimpact.associate.contagion import adjusted_correlation
from marketimpact.associate.lags import distributed_lags, granger
from marketimpact.associate.lead_lag import lead_lag
from marketimpact.associate.news_series import NewsReading
from marketimpact.associate.quantiles import quantile_response
from marketimpact.associate.spillovers import spillovers
from marketimpact.market.coupon_rolls import coupon_words
from marketimpact.regress.breaks import structural_breaks
from marketimpact.regress.dummies import EventRegression
from marketimpact.regress.heteroskedasticity import rigobon_sack
from marketimpact.regress.local_projections import ProjectionSpec, local_projection
from marketimpact.regress.panels import PanelRegression
from marketimpact.regress.staggered import StaggeredEvents
from marketimpact.regress.surprises import SurpriseResponse
from marketimpact.regress.undated import largest_moves
from marketimpact.regress.variance_ratios import event_variance
from marketimpact.regress.volatility import event_volatility
from tests.market.coupon_samples import BONDS, DAYS, dropped, prices, walk

KZ = BONDS["semi-annual"]
COUNT = len(dropped(KZ, 2))
SAID = f"Coupons that dirty prices drop are added back to the moves: {COUNT} of B, "
SNAPSHOT = "17:00 UTC"


def bond(name: str, quoted: str = "dirty price", **terms: Any) -> mi.SovereignBond:
    return mi.SovereignBond(name, quoted=quoted, snapshot=SNAPSHOT, **terms)  # type: ignore[arg-type]


def panel() -> mi.Panel:
    """A dirty price with terms, and two clean ones."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"B": prices(KZ, 2, walk(1, 0.02))}, DAYS)
    for name in "CD":
        frame[name] = 100.0 * np.exp(np.cumsum(0.005 * rng.standard_normal(len(DAYS))))
    bonds = [bond("B", settlement_lag=2, **KZ), bond("C", "clean price"), bond("D", "clean price")]
    return mi.Panel.from_frame(frame, instruments=bonds)


def dirty_panel() -> mi.Panel:
    """Three dirty prices: a panel's moves are of one kind."""
    frame = pd.DataFrame({name: prices(KZ, 2, walk(i, 0.02)) for i, name in enumerate("BCD")}, DAYS)
    return mi.Panel.from_frame(frame, instruments=[bond(name, settlement_lag=2, **KZ) for name in "BCD"])


PANEL = panel()
EVENTS = mi.EventSet.from_events(
    mi.Event(
        f"e{i}",
        announced_at=f"{day:%Y-%m-%d}T09:00",
        zone="UTC",
        surprise=float(i % 5) - 1.7,
        surprise_unit="bp",
    )
    for i, day in enumerate(DAYS[20:-20:9])
)
ON_B = [(str(name), "B") for name in EVENTS.ids]
SOME = [(str(name), "BC"[i % 2]) for i, name in enumerate(EVENTS.ids)]
NEWS = pd.Series(np.random.default_rng(4).exponential(size=len(DAYS)), DAYS, name="articles")
READING = NewsReading(days="weekdays")
MIDDLE = tuple(str(DAYS[place].date()) for place in (len(DAYS) // 3, len(DAYS) // 2))

TAKERS: dict[str, Callable[[mi.Panel], Any]] = {
    "dummies": lambda some: EventRegression().run(some, EVENTS, pairs=ON_B),
    "surprises": lambda some: SurpriseResponse(by=None).run(some, EVENTS, pairs=ON_B),
    "panels": lambda some: PanelRegression(wild=0).run(dirty_panel(), EVENTS, pairs=SOME),
    "staggered": lambda some: StaggeredEvents(draws=99).run(dirty_panel(), EVENTS, pairs=SOME),
    "projections": lambda some: local_projection(some, EVENTS, "B", spec=ProjectionSpec(horizons=1)),
    "heteroskedasticity": lambda some: rigobon_sack(some, EVENTS, "B", driver="C"),
    "variance": lambda some: event_variance(some, EVENTS, "B"),
    "volatility": lambda some: event_volatility(some, EVENTS, "B"),
    "largest": lambda some: largest_moves(some, EVENTS, "B"),
    "breaks": lambda some: structural_breaks(some, "B"),
    "lead and lag": lambda some: lead_lag(NEWS, some, "B", lags=1, reading=READING, draws=99),
    "lags": lambda some: distributed_lags(NEWS, some, "B", lags=1, reading=READING),
    "granger": lambda some: granger(NEWS, some, "B", lags=1, reading=READING),
    "quantiles": lambda some: quantile_response(NEWS, some, "B", quantiles=(0.2, 0.8), reading=READING, draws=20),
    "coincidence": lambda some: event_coincidence(some, EVENTS, instrument="B"),
    "correlation": lambda some: adjusted_correlation(some, "C", "B", MIDDLE),
    "spillovers": lambda some: spillovers(some),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::marketimpact.MarketImpactWarning")
@pytest.mark.parametrize("name", TAKERS)
def test_coupons_are_said(name: str) -> None:
    found = TAKERS[name](PANEL)
    assert sum(line.startswith(SAID) for line in found.reading) == 1
    assert SAID in str(found.summary())


def test_a_control_of_dirty_prices_is_said_and_a_clean_panel_says_nothing() -> None:
    pairs = [(str(name), "C") for name in EVENTS.ids]
    found = EventRegression(controls=["B"]).run(PANEL, EVENTS, pairs=pairs)
    assert any(line.startswith(SAID) for line in found.reading)
    plain = EventRegression(controls=["D"]).run(PANEL, EVENTS, pairs=pairs)
    assert "oupon" not in str(plain.summary())


def test_coupons_that_stay_are_said() -> None:
    frame = pd.DataFrame({"B": prices(KZ, 2, walk(1, 0.02))}, DAYS)
    without = mi.Panel.from_frame(frame, instruments=bond("B"))
    assert coupon_words(without, ["B", "B"]) == (
        "Coupons stay in the moves of B: each looks like a fall of the price.",
    )


def test_spillovers_take_moves_with_coupons_added_back() -> None:
    """As if the panel held the index of total returns."""
    index = mi.bond_return_index(PANEL, "B")["B return"].to_numpy()
    frame = pd.DataFrame({"B": index, "C": PANEL["C"], "D": PANEL["D"]}, DAYS)
    other = mi.Panel.from_frame(frame, instruments=[bond(name, "clean price") for name in "BCD"])
    np.testing.assert_allclose(spillovers(PANEL).shares, spillovers(other).shares, rtol=1e-9)
