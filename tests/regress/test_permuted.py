"""Event dates drawn anew: against a loop of regressions, exactly uniform under the null, and days never drawn."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.regress.dummies import EventRegression
from marketimpact.regress.permuted import PERMUTED
from tests.study.world import news, price_panel, walk, weekdays

DAYS = weekdays(60)


def panel_of(*names: str, seed: int = 7, n: int = 60) -> mi.Panel:
    rng = np.random.default_rng(seed)
    return price_panel({name: walk(rng, n) for name in names}, weekdays(n))


def plain_t(y: np.ndarray, x: np.ndarray, j: int = 0) -> float:
    """t of least squares of a column."""
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ y
    e = y - x @ b
    return float(b[j] / np.sqrt(e @ e / (len(y) - x.shape[1]) * inverse[j, j]))


def moves(panel: mi.Panel, name: str = "A") -> np.ndarray:
    return np.diff(np.log(panel[name].to_numpy()))


def test_two_event_days_are_enumerated_as_a_loop_of_regressions_does() -> None:
    """Every pair of the 60 - 1 days with a move; the largest are no rarer than they are."""
    panel = panel_of("A")
    result = EventRegression(permutations=50).run(panel, news(DAYS[[20, 35]]))
    y, ones = moves(panel), np.ones(59)

    def t(places: tuple[int, ...]) -> float:
        return abs(plain_t(y, np.column_stack([np.isin(np.arange(1, 60), places), ones])))

    observed = t((20, 35))
    every = np.array([t(some) for some in combinations(range(1, 60), 2)])
    outcome = result.permutation[0]
    assert outcome.note == "enumerated"
    assert outcome.statistic == pytest.approx(
        plain_t(y, np.column_stack([np.isin(np.arange(1, 60), (20, 35)), ones]))
    )
    assert outcome.p_value == pytest.approx(np.mean(every >= observed * (1 - 1e-9)))
    assert outcome.p_floor == pytest.approx(1 / len(every))


def test_leads_lags_and_controls_are_refitted_at_every_date() -> None:
    """One event, a lead, a lag and a control: each of its coefficients against the same day at every other date."""
    panel = panel_of("A", "M")
    result = EventRegression(leads=1, lags=1, controls=("M",), permutations=50).run(
        panel, news([DAYS[30]]), pairs=[("e0", "A")]
    )
    y, m = moves(panel), moves(panel, "M")
    days = np.arange(1, 60)

    def ts(day: int) -> list[float]:
        dummies = [days == day + tau for tau in (-1, 0, 1)]
        x = np.column_stack([*dummies, m, np.ones(59)]).astype(float)
        return [abs(plain_t(y, x, j)) for j in range(3)]

    every = np.array([ts(day) for day in range(2, 59)])
    p = (every >= np.array(ts(30)) * (1 - 1e-9)).mean(axis=0)
    np.testing.assert_allclose([one.p_value for one in result.permutation[:3]], p)
    assert [one.test for one in result.permutation] == [PERMUTED] * 5
    assert not result.permutation[3].applies


def test_under_the_null_the_p_of_one_day_takes_every_value_once() -> None:
    panel = panel_of("A", n=30)
    p = [
        EventRegression(permutations=50).run(panel, news([day])).permutation[0].p_value
        for day in weekdays(30)[1:]
    ]
    np.testing.assert_allclose(np.sort(p), np.arange(1, 30) / 29)


def test_all_instruments_move_to_one_date_together() -> None:
    """Two instruments that move as one: stacked they are no more evidence than one of them."""
    days, levels = DAYS, walk(np.random.default_rng(3), 60)
    twins = price_panel({"A": levels, "B": levels}, days)
    events = news(days[[20, 35]])
    both = EventRegression(permutations=50).run(twins, events, pairs="all")
    one = EventRegression(permutations=50).run(twins, events, pairs=[("e0", "A"), ("e1", "A")])
    assert both.permutation[0].p_value == one.permutation[0].p_value
    assert both.permutation[0].n_clusters == 2
    assert both.p_values[0] == pytest.approx(one.p_values[0], rel=0.02)


def test_days_of_other_news_are_not_drawn_and_too_few_days_are_no_test() -> None:
    panel = panel_of("A")
    types = {"a": ["e0"], "b": [f"e{i}" for i in range(1, 31)]}
    events = news(DAYS[[20, *range(25, 55)]])
    outcome = EventRegression(types=types, permutations=50).run(panel, events).permutation[0]
    assert outcome.p_floor == pytest.approx(1 / (59 - 30))
    short = panel_of("A", n=19)
    refused = EventRegression(permutations=50).run(short, news([DAYS[9]])).permutation[0]
    assert refused.reason == "18 dates that could carry the events, needs 20"


def test_draws_hang_on_the_seed_and_the_type_alone() -> None:
    panel, events = panel_of("A", n=200), news(weekdays(200)[[20, 60, 90, 120]])
    spec = EventRegression(types={"a": ["e0", "e1", "e2", "e3"]}, permutations=299)
    first, again, other = (spec.run(panel, events, seed=seed).permutation[0] for seed in (1, 1, 2))
    assert first == again
    assert first.note == "299 draws, seed 1"
    assert first.statistic == other.statistic
    assert abs(first.p_value - other.p_value) < 0.2


def test_the_size_is_that_of_the_level() -> None:
    """Four event days drawn at random, heavy tails: 5 % of 120 null samples, within 4 standard errors."""
    rng, rejected, draws = np.random.default_rng(11), 0, 120
    for _ in range(draws):
        levels = 100.0 * np.exp(np.cumsum(0.01 * rng.standard_t(3, 60)))
        places = rng.choice(np.arange(1, 60), 4, replace=False)
        found = EventRegression(permutations=99).run(
            price_panel({"A": levels}, DAYS), news(DAYS[np.sort(places)])
        )
        rejected += found.permutation[0].p_value <= 0.05
    assert abs(rejected / draws - 0.05) < 4 * np.sqrt(0.05 * 0.95 / draws)
