"""Event sessions whose move, or a control's, is missing: every result says how many, whatever its ledger counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.associate.coincidence import event_coincidence
from marketimpact.regress.dummies import EventRegression
from marketimpact.regress.heteroskedasticity import VarianceSpec, rigobon_sack
from marketimpact.regress.local_projections import LocalProjection, ProjectionSpec, local_projection
from marketimpact.regress.panels import PanelRegression
from marketimpact.regress.result import RegressionResult
from marketimpact.regress.undated import MoveSearch, largest_moves
from marketimpact.regress.variance_ratios import event_variance
from marketimpact.regress.volatility import VolatilitySpec, event_volatility
from tests.study.world import news, price_panel, weekdays

DAYS = weekdays(700)
AT = np.arange(60, 690, 20)
LOST = 5
NOWHERE = "Event sessions without a usable move, which enter nowhere: 5."


def panel(lost: int = LOST) -> mi.Panel:
    """Three prices, of which C is not quoted on so many event days."""
    rng = np.random.default_rng(5)
    levels = {name: 100.0 * np.exp(np.cumsum(0.01 * rng.standard_normal(700))) for name in "ABC"}
    levels["C"][AT[:lost]] = np.nan
    return price_panel(levels, DAYS)


EVENTS = news(DAYS[AT])
PAIRS = [(f"e{i}", "A") for i in range(len(AT))]

Run = Callable[[mi.Panel], RegressionResult]
RUNS: dict[str, Run] = {
    "dummies": lambda world: EventRegression(controls=["C"]).run(world, EVENTS, pairs=PAIRS),
    "panel": lambda world: PanelRegression(controls=["C"], effects="instrument").run(
        world, EVENTS, pairs=PAIRS
    ),
    "volatility": lambda world: event_volatility(world, EVENTS, "A", spec=VolatilitySpec(controls=["C"])),
    "heteroskedasticity": lambda world: rigobon_sack(
        world, EVENTS, "A", driver="C", spec=VarianceSpec(draws=99, control_days="all")
    ),
}


@pytest.mark.parametrize("kind", RUNS)
def test_a_regression_says_how_many_event_sessions_it_lost(kind: str) -> None:
    found = RUNS[kind](panel())
    assert found.n_events[0] == len(AT) - LOST
    assert found.ledger.used == len(AT)
    assert NOWHERE in found.reading
    assert not any("without a usable move" in line for line in RUNS[kind](panel(0)).reading)


def test_with_leads_and_lags_the_other_taus_of_such_an_event_enter() -> None:
    said = "Event sessions without a usable move, which enter at other taus alone: 5."
    dummies = EventRegression(controls=["C"], lags=3).run(panel(), EVENTS, pairs=PAIRS)
    assert said in dummies.reading
    # C has no move on the session after its hole either: it is read over A's own sessions.
    assert dummies.n_events[:4] == (len(AT) - LOST, len(AT) - LOST, len(AT), len(AT))
    made = PanelRegression(controls=["C"], lags=3, effects="instrument").run(panel(), EVENTS, pairs=PAIRS)
    assert said in made.reading


def test_the_ratio_of_variances_says_it() -> None:
    found = event_variance(panel(), EVENTS, "A", controls=["C"])
    assert found.n_event == len(AT) - LOST
    assert NOWHERE in found.reading


def test_a_projection_counts_those_without_a_move_a_control_or_the_lags_before_them() -> None:
    said = "Event sessions without a move, a control or the lags before them, which enter nowhere: "

    def run(world: mi.Panel, events: mi.EventSet, lags: int = 1) -> LocalProjection:
        spec = ProjectionSpec(horizons=1, lags=lags, controls=["C"])
        return local_projection(world, events, "A", spec=spec)

    found = run(panel(), EVENTS)
    assert found.n_events[0] == len(AT) - LOST
    assert f"{said}{LOST}." in found.reading
    early = run(panel(0), news(DAYS[[2, *AT]]), lags=3)  # its lags begin before the series
    assert early.n_events[0] == len(AT)
    assert f"{said}1." in early.reading
    assert not any(line.startswith(said) for line in run(panel(0), EVENTS).reading)


def test_events_before_the_first_abnormal_move_cannot_match_and_it_is_said() -> None:
    world = price_panel({"A": 100.0 + np.cumsum(np.random.default_rng(1).standard_normal(700))}, DAYS)
    search = MoveSearch(n=5)
    known = largest_moves(world, news(DAYS[[400]]), search=search)
    first = int(np.searchsorted(DAYS, known.sessions[0]))
    assert not any("cannot match" in line for line in known.reading)
    # A session takes news of its eve: the one before the first with an abnormal move still counts.
    found = largest_moves(world, news(DAYS[[20, first - 2, first - 1, 400]]), search=search)
    assert "Events beside no session with an abnormal move, which cannot match: 2." in found.reading


def test_coincidences_say_which_events_come_before_the_first_move() -> None:
    world = price_panel({"A": 100.0 + np.cumsum(np.random.default_rng(1).standard_normal(700))}, DAYS)
    found = event_coincidence(world, news(DAYS[[0, 200, 400]]))
    assert found.n[1] == 2
    assert "event sessions before the first move, which do not enter: 1" in found.head
    assert not any("before the first move" in line for line in event_coincidence(world, EVENTS).head)


def test_one_deviation_of_surprises_is_that_of_those_whose_move_is_usable() -> None:
    sizes = np.random.default_rng(2).standard_normal(len(AT))
    sizes[0] = 50.0  # on a day on which the control is missing
    events = mi.EventSet.from_events(
        mi.Event(
            f"e{i}", announced_at=f"{DAYS[at]}T09:00", zone="UTC", surprise=float(s), surprise_unit="points"
        )
        for i, (at, s) in enumerate(zip(AT, sizes, strict=True))
    )
    spec = ProjectionSpec(horizons=1, controls=["C"])
    found = local_projection(panel(), events, "A", shock="sd", spec=spec)
    spread = sizes[LOST:].std(ddof=1)
    assert f"One standard deviation of the surprises is {spread:.4g} points." in found.reading
