"""What is of the wrong class, or no series of the panel, is refused by the name that the caller gave it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.associate.coincidence import event_coincidence
from marketimpact.associate.contagion import adjusted_correlation
from marketimpact.associate.lags import distributed_lags, granger
from marketimpact.associate.lead_lag import lead_lag
from marketimpact.associate.quantiles import quantile_response
from marketimpact.associate.spillovers import spillovers
from marketimpact.regress.breaks import structural_breaks
from marketimpact.regress.dummies import EventRegression
from marketimpact.regress.exchange_regimes import exchange_regimes
from marketimpact.regress.heteroskedasticity import VarianceSpec, rigobon_sack
from marketimpact.regress.local_projections import ProjectionSpec, local_projection
from marketimpact.regress.panels import PanelRegression
from marketimpact.regress.staggered import StaggeredEvents
from marketimpact.regress.surprises import SurpriseResponse
from marketimpact.regress.undated import largest_moves
from marketimpact.regress.variance_ratios import event_variance
from marketimpact.regress.volatility import VolatilitySpec, event_volatility
from tests.regress.test_surprises import N, releases
from tests.regress.world import DAYS, PANEL, on

NAME = "KZ yield"
NEWS = releases()
PAIRS = on(NAME, N)
SERIES = pd.Series(
    np.random.default_rng(0).normal(size=len(DAYS)), index=pd.DatetimeIndex(DAYS), name="articles"
)
FRAME = pd.DataFrame({"a": SERIES, "b": SERIES})

Run = Callable[[Any], object]

OF_CONTROLS: Mapping[str, Run] = {
    "dummies": lambda terms: EventRegression(controls=terms).run(PANEL, NEWS, pairs=PAIRS),
    "dummies, each": lambda terms: EventRegression(controls=terms).each(PANEL, NEWS, pairs=PAIRS),
    "surprises": lambda terms: SurpriseResponse(controls=terms).run(PANEL, NEWS, pairs=PAIRS),
    "projections": lambda terms: local_projection(PANEL, NEWS, NAME, spec=ProjectionSpec(controls=terms)),
    "projections of a series": lambda terms: local_projection(
        PANEL, SERIES, NAME, spec=ProjectionSpec(controls=terms)
    ),
    "volatility": lambda terms: event_volatility(PANEL, NEWS, NAME, spec=VolatilitySpec(controls=terms)),
    "variances": lambda terms: event_variance(PANEL, NEWS, NAME, controls=terms),
    "heteroskedasticity": lambda terms: rigobon_sack(
        PANEL, NEWS, NAME, driver="EM", spec=VarianceSpec(controls=terms)
    ),
}


@pytest.mark.parametrize("which", OF_CONTROLS)
def test_a_control_that_is_not_in_the_panel_is_one_of_the_controls(which: str) -> None:
    for term in ("nothing", mi.Basket(["nothing", "EM"])):
        with pytest.raises(
            mi.InputError, match=r"^controls: is not in the panel; received 'nothing'; allowed: "
        ):
            OF_CONTROLS[which]([term])


@pytest.mark.parametrize("which", OF_CONTROLS)
def test_a_control_that_is_the_instrument_is_said_to_be_it(which: str) -> None:
    with pytest.raises(
        mi.InputError, match=r"^controls: is the instrument itself.*received .*KZ yield.*: other ser"
    ):
        OF_CONTROLS[which]([NAME])


def test_factors_by_their_own_names() -> None:
    for driver in (None, 5):
        with pytest.raises(
            mi.InputError, match=r"^driver: is no factor;.* allowed: the id of a series, a basket"
        ):
            rigobon_sack(PANEL, NEWS, NAME, driver=driver)  # type: ignore[arg-type]
    with pytest.raises(mi.InputError, match=r"^driver: is not in the panel; received 'nothing'"):
        rigobon_sack(PANEL, NEWS, NAME, driver="nothing")
    with pytest.raises(mi.InputError, match=r"^factors: is not in the panel; received 'nothing'"):
        structural_breaks(PANEL, NAME, factors=["nothing"])
    with pytest.raises(mi.InputError, match=r"^model: is not in the panel; received 'nothing'"):
        largest_moves(PANEL, NEWS, NAME, model=mi.MarketModel("nothing"))
    with pytest.raises(mi.InputError, match=r"^model: is its own factor; received 'KZ yield'"):
        largest_moves(PANEL, NEWS, NAME, model=mi.MarketModel(NAME))
    with pytest.raises(mi.InputError, match=r"^controls: is not in the panel; received 'nothing'"):
        PanelRegression(controls=["nothing"]).run(PANEL, NEWS, pairs="all")


OF_SPECS: Mapping[str, tuple[str, str, Run]] = {
    "projections": ("spec", "ProjectionSpec", lambda spec: local_projection(PANEL, NEWS, NAME, spec=spec)),
    "heteroskedasticity": (
        "spec", "VarianceSpec", lambda spec: rigobon_sack(PANEL, NEWS, NAME, driver="EM", spec=spec),
    ),
    "volatility": ("spec", "VolatilitySpec", lambda spec: event_volatility(PANEL, NEWS, NAME, spec=spec)),
    "largest": ("search", "MoveSearch", lambda spec: largest_moves(PANEL, NEWS, NAME, search=spec)),
    "breaks": ("search", "BreakSearch", lambda spec: structural_breaks(PANEL, NAME, search=spec)),
    "lead and lag": ("reading", "NewsReading", lambda spec: lead_lag(SERIES, PANEL, NAME, reading=spec)),
    "granger": ("reading", "NewsReading", lambda spec: granger(SERIES, PANEL, NAME, reading=spec)),
    "lags": ("reading", "NewsReading", lambda spec: distributed_lags(SERIES, PANEL, NAME, reading=spec)),
    "quantiles": ("reading", "NewsReading", lambda spec: quantile_response(SERIES, PANEL, NAME, reading=spec)),
    "coincidence": (
        "rule", "CoincidenceRule", lambda spec: event_coincidence(PANEL, NEWS, instrument=NAME, rule=spec),
    ),
    "spillovers": ("spec", "SpilloverSpec", lambda spec: spillovers(PANEL, spec=spec)),
}  # fmt: skip


@pytest.mark.parametrize("which", OF_SPECS)
@pytest.mark.parametrize("spec", ["HC2", 5, {}, mi.Timeline()], ids=["text", "number", "dict", "another"])
def test_a_specification_of_another_class(which: str, spec: object) -> None:
    parameter, name, run = OF_SPECS[which]
    words = rf"^{parameter}: is of another class; received '{type(spec).__name__}'; allowed: {name}\(\.\.\.\), or None"
    with pytest.raises(mi.InputError, match=words):
        run(spec)


OF_PANELS: Mapping[str, Run] = {
    "dummies": lambda panel: EventRegression().run(panel, NEWS),
    "dummies, each": lambda panel: EventRegression().each(panel, NEWS),
    "surprises": lambda panel: SurpriseResponse().run(panel, NEWS),
    "panels": lambda panel: PanelRegression().run(panel, NEWS),
    "staggered": lambda panel: StaggeredEvents().run(panel, NEWS),
    "projections": lambda panel: local_projection(panel, NEWS, "a"),
    "heteroskedasticity": lambda panel: rigobon_sack(panel, NEWS, "a", driver="b"),
    "volatility": lambda panel: event_volatility(panel, NEWS, "a"),
    "variances": lambda panel: event_variance(panel, NEWS, "a"),
    "largest": lambda panel: largest_moves(panel, NEWS, "a"),
    "breaks": lambda panel: structural_breaks(panel, "a"),
    "regimes": lambda panel: exchange_regimes(panel, "TRY"),
    "lead and lag": lambda panel: lead_lag(SERIES, panel),
    "granger": lambda panel: granger(SERIES, panel, "a"),
    "lags": lambda panel: distributed_lags(SERIES, panel, "a"),
    "quantiles": lambda panel: quantile_response(SERIES, panel, "a"),
    "coincidence": lambda panel: event_coincidence(panel, NEWS, instrument="a"),
    "correlation": lambda panel: adjusted_correlation(panel, "a", "b", ("2018-01-01", "2018-02-01")),
    "spillovers": lambda panel: spillovers(panel),
}


@pytest.mark.parametrize("which", OF_PANELS)
def test_a_frame_is_no_panel(which: str) -> None:
    words = r"^panel: is not a panel; received 'DataFrame'; allowed: mi\.Panel\.from_frame\(frame"
    with pytest.raises(mi.InputError, match=words):
        OF_PANELS[which](FRAME)


def test_markets_that_are_no_list() -> None:
    for markets in (5, "EM", ["EM"]):
        with pytest.raises(mi.InputError, match=r"^instruments: are not several markets; received "):
            spillovers(PANEL, markets)  # type: ignore[arg-type]


SEEDED: Mapping[str, Run] = {
    "dummies": lambda seed: EventRegression().run(PANEL, NEWS, pairs=PAIRS, seed=seed),
    "surprises": lambda seed: SurpriseResponse().each(PANEL, NEWS, pairs=PAIRS, seed=seed),
    "panels": lambda seed: PanelRegression().run(PANEL, NEWS, pairs="all", seed=seed),
    "staggered": lambda seed: StaggeredEvents().run(PANEL, NEWS, pairs=PAIRS, seed=seed),
    "projections": lambda seed: local_projection(PANEL, NEWS, NAME, seed=seed),
    "heteroskedasticity": lambda seed: rigobon_sack(PANEL, NEWS, NAME, driver="EM", seed=seed),
    "volatility": lambda seed: event_volatility(PANEL, NEWS, NAME, seed=seed),
    "variances": lambda seed: event_variance(PANEL, NEWS, NAME, seed=seed),
    "lead and lag": lambda seed: lead_lag(SERIES, PANEL, NAME, seed=seed),
    "granger": lambda seed: granger(SERIES, PANEL, NAME, seed=seed),
    "quantiles": lambda seed: quantile_response(SERIES, PANEL, NAME, seed=seed),
    "coincidence": lambda seed: event_coincidence(PANEL, NEWS, instrument=NAME, seed=seed),
    "correlation": lambda seed: adjusted_correlation(
        PANEL, NAME, "EM", ("2018-01-01", "2018-02-01"), seed=seed
    ),
}


@pytest.mark.parametrize("which", SEEDED)
@pytest.mark.parametrize("seed", [-1, 1.5, "a", None, True])
def test_what_is_no_seed(which: str, seed: object) -> None:
    with pytest.raises(mi.InputError, match=r"^seed: is no seed;.* allowed: a whole number from 0 on"):
        SEEDED[which](seed)
