"""Event sessions whose move, or a control's, is missing: every result says how many, and its ledger which."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.associate.coincidence import event_coincidence
from marketimpact.regress.dummies import EventRegression
from marketimpact.regress.heteroskedasticity import VarianceSpec, rigobon_sack
from marketimpact.regress.local_projections import LocalProjection, ProjectionSpec, local_projection
from marketimpact.regress.panels import PanelRegression
from marketimpact.regress.result import RegressionResult
from marketimpact.regress.surprises import SurpriseResponse
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
    assert found.ledger.used == len(AT) - LOST
    assert NOWHERE in found.reading
    rows = found.ledger.to_frame().set_index("event_id")
    gone = rows["status"] == "left out"
    assert list(rows.index[gone]) == [f"e{i}" for i in range(LOST)]
    assert set(rows["reason"][gone]) == {"the event session has no usable move of C, and enters nowhere"}
    assert found.ledger.to_dicts()[0]["status"] == "left out"
    assert not any("without a usable move" in line for line in RUNS[kind](panel(0)).reading)


def test_with_leads_and_lags_the_other_taus_of_such_an_event_enter() -> None:
    said = "Event sessions without a usable move, which enter at other taus alone: 5."
    dummies = EventRegression(controls=["C"], lags=3).run(panel(), EVENTS, pairs=PAIRS)
    assert said in dummies.reading
    # C has no move on the session after its hole either: it is read over A's own sessions.
    assert dummies.n_events[:4] == (len(AT) - LOST, len(AT) - LOST, len(AT), len(AT))
    made = PanelRegression(controls=["C"], lags=3, effects="instrument").run(panel(), EVENTS, pairs=PAIRS)
    assert said in made.reading
    why = "the event session has no usable move of C, and enters at other taus alone"
    for found in (dummies, made):
        rows = found.ledger.to_frame()
        assert rows["status"][:LOST].tolist() == ["flagged"] * LOST
        assert set(rows["reason"][:LOST].str.partition(";")[0]) == {why}
        assert found.ledger.used == len(AT)


@pytest.mark.parametrize("model", [EventRegression, PanelRegression])
def test_an_event_whose_leads_begin_before_the_series_is_flagged(model: type) -> None:
    at = [1, *AT[LOST:]]
    choices = {"effects": "instrument"} if model is PanelRegression else {}
    found = model(leads=3, lags=1, **choices).run(panel(0), news(DAYS[at]), pairs=PAIRS[: len(at)])
    assert found.n_events[:5] == (len(at) - 1,) * 3 + (len(at),) * 2
    rows = found.ledger.to_frame()
    assert rows["status"].tolist() == ["flagged", *["used"] * (len(at) - 1)]
    assert rows["reason"].tolist() == ["enters at 2 of 5 event times", *[""] * (len(at) - 1)]


def test_an_event_whose_lags_end_after_the_series_is_told_what_to_ask_for() -> None:
    events = news(DAYS[[100, 200, 698]])
    found = EventRegression(lags=2).run(panel(0), events, pairs=[(f"e{i}", "A") for i in range(3)])
    why = f"the series ends on {DAYS[699]}, tau = 1; the event window asks for tau = 2: ask for fewer lags"
    assert found.ledger.to_frame()["reason"][2] == why
    assert found.ledger.to_frame()["status"][2] == "left out"


def test_an_event_in_a_hole_wider_than_its_leads_and_lags_enters_nowhere() -> None:
    rng = np.random.default_rng(5)
    levels = {name: 100.0 * np.exp(np.cumsum(0.01 * rng.standard_normal(700))) for name in "ABC"}
    levels["C"][AT[0] - 3 : AT[0] + 3] = np.nan  # three sessions before the event, and two after
    levels["C"][AT[1] + 1] = np.nan
    world = price_panel(levels, DAYS)
    found = EventRegression(controls=["C"], leads=2, lags=2).run(world, EVENTS, pairs=PAIRS)
    assert found.n_events[:5] == (len(AT) - 1, len(AT) - 1, len(AT) - 1, len(AT) - 2, len(AT) - 2)
    assert found.reading[0] == "Event sessions without a usable move, which enter nowhere: 1."
    rows = found.ledger.to_frame()
    assert rows["status"][:3].tolist() == ["left out", "flagged", "used"]
    assert rows["reason"][0] == "the event session has no usable move of C, and enters nowhere"
    assert rows["reason"][1].partition(";")[0] == "enters at 3 of 5 event times"
    assert found.ledger.used == len(AT) - 1


def test_the_ratio_of_variances_says_it() -> None:
    found = event_variance(panel(), EVENTS, "A", controls=["C"])
    assert found.n_event == len(AT) - LOST
    assert NOWHERE in found.reading
    assert found.ledger.used == len(AT) - LOST


@pytest.mark.filterwarnings("ignore::marketimpact.MarketImpactWarning")
def test_an_event_without_a_surprise_a_state_or_a_volatility_is_left_out_with_the_reason() -> None:
    sizes = np.random.default_rng(3).standard_normal(len(AT))
    events = mi.EventSet.from_events(
        mi.Event(f"e{i}", announced_at=f"{DAYS[at]}T09:00", zone="UTC",
                 **({} if i == 7 else {"surprise": float(s), "surprise_unit": "points"}))
        for i, (at, s) in enumerate(zip(AT, sizes, strict=True))
    )  # fmt: skip
    state = pd.Series(1.0 * (np.arange(700) % 3 == 0), index=DAYS.astype("datetime64[s]"))
    state.iloc[: AT[6]] = np.nan
    found = SurpriseResponse(controls=["C"], state=state).run(panel(), events, pairs=PAIRS)
    rows = found.ledger.to_frame().set_index("event_id")
    gone = rows["reason"][rows["status"] == "left out"].str.partition(";")[0]
    nowhere = "the event session has no usable move of C, and enters nowhere"
    assert gone.to_dict() == {
        **{f"e{i}": nowhere for i in range(LOST)},
        "e5": "the state has no value on its eve",
        "e6": "the state has no value on its eve",
        "e7": "its surprise is not known",
    }
    assert found.ledger.used == len(AT) - len(gone)
    plain = SurpriseResponse(controls=["C"]).run(panel(), events, pairs=PAIRS)
    assert plain.ledger.used == len(AT) - LOST - 1 == max(plain.n_events)
    early = SurpriseResponse(weights="garch").run(panel(0), events, pairs=PAIRS)
    assert early.ledger.used == max(early.n_events)
    shocked = local_projection(
        panel(), events, "A", shock="surprise", spec=ProjectionSpec(horizons=1, controls=["C"])
    )
    assert shocked.ledger.used == shocked.n_events[0] == len(AT) - LOST - 1
    assert shocked.ledger.to_frame()["reason"][7] == "a surprise of its session is not known"


@pytest.mark.filterwarnings("ignore::marketimpact.MarketImpactWarning")
def test_events_of_one_series_each_have_the_ledger_of_theirs() -> None:
    pairs = [(f"e{i}", name) for i in range(len(AT)) for name in "AB"]
    found = EventRegression(controls=["C"]).each(panel(), EVENTS, pairs=pairs)
    assert {name: one.ledger.used for name, one in found.items()} == dict.fromkeys("AB", len(AT) - LOST)
    assert found["A"].ledger != EventRegression().each(panel(), EVENTS, pairs=pairs)["A"].ledger


def test_a_projection_counts_those_without_a_move_a_control_or_the_lags_before_them() -> None:
    said = "Event sessions without a move, a control or the lags before them, which enter nowhere: "

    def run(world: mi.Panel, events: mi.EventSet, lags: int = 1) -> LocalProjection:
        spec = ProjectionSpec(horizons=1, lags=lags, controls=["C"])
        return local_projection(world, events, "A", spec=spec)

    found = run(panel(), EVENTS)
    assert found.n_events[0] == len(AT) - LOST
    assert f"{said}{LOST}." in found.reading
    assert found.ledger.used == len(AT) - LOST
    early = run(panel(0), news(DAYS[[2, *AT]]), lags=3)  # its lags begin before the series
    assert early.n_events[0] == len(AT) == early.ledger.used
    assert early.ledger.to_frame()["reason"][0] == "a lag before its session is missing"
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


def test_what_the_constant_is_of_moves_that_span_sessions_is_said() -> None:
    rng, days = np.random.default_rng(1), weekdays(200)
    frame = {name: 100.0 * np.exp(np.cumsum(0.01 * rng.standard_normal(200))) for name in "ABC"}
    whole, events = price_panel(frame, days), news(days[[40, 80, 120, 160]])
    kept = np.delete(np.arange(200), [60, 61, 100])
    holes = price_panel({name: levels[kept] for name, levels in frame.items()}, days[kept])
    pairs = [(f"e{i}", name) for i in range(4) for name in "AB"[: 1 + i % 2]]
    one = [(f"e{i}", "A") for i in range(4)]
    by_session = "Moves that span several sessions: 2; the intercept counts each session that they span."
    by_move = "their constant is that of one session."
    assert by_session in EventRegression().run(holes, events, pairs=one).reading
    assert any(
        "one: 6; " + by_move in line
        for line in PanelRegression(wild=0).run(holes, events, pairs=pairs).reading
    )
    found = mi.local_projection(holes, events, "A", spec=mi.ProjectionSpec(horizons=1))
    assert f"Moves that span several sessions: 2; {by_move}" in found.reading
    assert "span several" not in str(EventRegression().run(whole, events, pairs=one).summary())
    assert "span several" not in str(mi.local_projection(whole, events, "A").summary())
