"""Quotes that stand still: hand-made runs, a count by brute force, false runs of simulated series."""

from __future__ import annotations

import csv
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from marketimpact.maths.stale import frozen_runs, still_moves

Levels = NDArray[np.float64]
Draw = Callable[[np.random.Generator], Levels]


def runs(levels: Levels) -> list[tuple[int, int]]:
    first, last = frozen_runs(levels)
    return list(zip(first.tolist(), last.tolist(), strict=True))


def walk(seed: int = 1, n: int = 500) -> Levels:
    return 100.0 + np.cumsum(np.random.default_rng(seed).normal(size=n))


def stale(rng: np.random.Generator, share: float, n: int) -> Levels:
    """Give a random walk of which a share of the moves, at random, is zero."""
    return 100.0 + np.cumsum(rng.normal(size=n) * (rng.random(n) >= share))


def by_hand(levels: Levels) -> list[tuple[int, int]]:
    """Walk over the groups of quotes that stand still, as one would with a pencil."""
    groups = [(value, len([*same])) for value, same in groupby(levels.tolist())]
    moves, changes = len(levels) - 1, len(groups) - 1
    chance = min(1.0, sum(size > 1 for _, size in groups) / changes)
    found, at = [], 0
    for _, size in groups:
        if size >= 5 and moves * chance ** (size - 1) < 0.01:
            found.append((at, at + size - 1))
        at += size
    return found


def test_a_move_of_a_fiftieth_of_the_usual_one_is_still() -> None:
    levels = np.array([431.80, 431.81, 431.80, 433.0, 431.5, 432.9])
    assert still_moves(levels).tolist() == [True, True, False, False, False]
    moves = [1.0, 0.02, -1.0, 0.021, 1.0, -1.0]  # their median size is 1
    assert still_moves(np.cumsum([5.0, *moves])).tolist() == [False, True, False, False, False, False]


@pytest.mark.parametrize("levels", [[], [1.0], [2.0, 2.0]])
def test_short_series_have_no_runs(levels: list[float]) -> None:
    assert runs(np.array(levels)) == []
    assert len(still_moves(np.array(levels))) == max(len(levels) - 1, 0)


def test_a_series_that_never_moves_is_one_run_from_five_quotes() -> None:
    assert runs(np.full(5, 0.1)) == [(0, 4)]
    assert runs(np.full(4, 0.1)) == []


def test_noise_of_binary_fractions_does_not_move() -> None:
    tenth, other = 0.3, 0.1 + 0.2
    levels = np.array([0.1, 0.2, *[tenth, other] * 20, 0.5, 0.4])
    assert runs(levels) == [(2, 41)]


@pytest.mark.parametrize("length", [5, 8, 172])
@pytest.mark.parametrize("start", [0, 200, 500 - 172])
def test_a_lone_run_is_found_wherever_it_stands(length: int, start: int) -> None:
    levels = walk()
    levels[start : start + length] = levels[start]
    assert runs(levels) == [(start, start + length - 1)]


def test_four_equal_quotes_are_no_run() -> None:
    levels = walk()
    levels[200:204] = levels[200]
    assert runs(levels) == []


def test_a_run_is_found_in_a_series_that_is_half_stale() -> None:
    levels = stale(np.random.default_rng(3), 0.5, 2_000)
    levels[1_000:1_030] = levels[1_000]
    found = runs(levels)
    assert len(found) == 1
    first, last = found[0]
    assert first <= 1_000
    assert last >= 1_029
    assert len({*levels[first : last + 1]}) == 1


def test_a_run_as_long_as_its_series_expects_is_none() -> None:
    """Every move is followed by a still one: stillness is the rule, and five quotes that stand still are no wonder."""
    levels = np.repeat(walk(n=200), 2)
    levels[100:105] = levels[100]
    assert runs(levels) == []


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6])
def test_runs_are_those_counted_by_hand(share: float) -> None:
    counted = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        levels = np.round(10.0 * stale(rng, share, 400))  # whole numbers: a still move is an equal quote
        at, length = rng.integers(0, 360), rng.integers(1, 60)
        levels[at : at + length] = levels[at]
        assert runs(levels) == by_hand(levels)
        counted += len(by_hand(levels))
    assert counted >= 10, "there is something to find"


SERIES: dict[str, Draw] = {
    "normal": lambda rng: np.cumsum(rng.normal(size=1_000)),
    "t3": lambda rng: np.cumsum(rng.standard_t(3, size=1_000)),
    "tick of one sd": lambda rng: np.round(np.cumsum(rng.normal(size=1_000))),
    "tick of two sd": lambda rng: 2.0 * np.round(np.cumsum(rng.normal(size=1_000)) / 2.0),
    "10 % still": lambda rng: stale(rng, 0.1, 1_000),
    "50 % still": lambda rng: stale(rng, 0.5, 1_000),
    "80 % still": lambda rng: stale(rng, 0.8, 1_000),
    "50 % still, short": lambda rng: stale(rng, 0.5, 120),
    "50 % still, long": lambda rng: stale(rng, 0.5, 5_000),
}


@pytest.mark.parametrize("name", SERIES)
def test_false_runs_are_rare(name: str) -> None:
    """At most 2 % of simulated series show a run; 1 % is what the rule aims at."""
    series = 1_000
    false = sum(bool(runs(SERIES[name](np.random.default_rng([7, seed])))) for seed in range(series))
    assert false <= 0.02 * series


def test_the_hryvnia_of_the_polish_bank_froze_on_29_july_2022(shared: Path) -> None:
    with (shared / "data" / "nbp_pln_per_uah.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    levels = np.array([float(row["pln_per_uah"]) for row in rows])
    found = [(rows[first]["date"], rows[last]["date"], last - first + 1) for first, last in runs(levels)]
    assert found[-1] == ("2022-07-29", "2023-04-03", 172)
    assert [start for start, _, _ in found] == ["2022-02-24", "2022-03-24", "2022-07-29"], (
        "and on the day of the invasion, and under the rate fixed after it"
    )
