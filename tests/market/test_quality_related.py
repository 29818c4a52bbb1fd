"""Two series beside each other: a lag of a session for half a year, and a ratio that drifts in jumps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from marketimpact.market.quality import inspect
from tests.market.quality_samples import Numbers, day, found, normal, panel, weekdays

Draw = Callable[[np.random.Generator], tuple[Numbers, Numbers]]

N = 5_000
"""Twenty years of sessions."""


def mixed(one: Numbers, other: Numbers, rho: float) -> Numbers:
    """Moves that correlate with the first ones by rho."""
    return np.asarray(rho * one + np.sqrt(1.0 - rho**2) * other)


def lagging(rho: float, seed: int, start: int = 2_000, length: int = 125, n: int = N) -> dict[str, Numbers]:
    """Make two series that correlate by rho, the first a session late for a while."""
    leads = normal(n, seed)
    moves = mixed(leads, normal(n, seed + 10_000), rho)
    moves[start : start + length] = moves[start - 1 : start + length - 1].copy()
    return {"x": np.cumsum(moves), "y": np.cumsum(leads)}


# A lag of one session


@pytest.mark.parametrize(("rho", "share", "off"), [(0.6, 0.8, 10), (0.7, 0.92, 8), (0.9, 0.99, 4)])
def test_a_lag_of_half_a_year_is_found_with_its_dates(rho: float, share: float, off: int) -> None:
    days, hits, errors = weekdays(N), 0, []
    for seed in range(60):
        late = [one for one in inspect(panel(**lagging(rho, seed))) if one.kind == "suspected lag"]
        if [one.instrument for one in late] == ["x"]:
            hits += 1
            ends = np.searchsorted(days, np.array([late[0].first, late[0].last]))
            errors.append(np.abs(ends - [2_000, 2_124]))
    assert hits >= share * 60
    assert np.quantile(errors, 0.9) <= off


def test_the_series_that_lags_is_named_with_both_correlations() -> None:
    (late,) = [one for one in inspect(panel(**lagging(0.9, 1))) if one.kind == "suspected lag"]
    assert late.instrument == "x"
    assert 0.8 < late.value < 1.0
    assert f"from {late.first} to {late.last} it shows what y showed a session before" in late.words
    assert "propose dating_lag=1 for these dates, never applied by itself" in late.words


def test_a_series_late_throughout_lags_from_its_first_to_its_last_date() -> None:
    (late,) = inspect(panel(**lagging(0.9, 1, start=1, length=999, n=1_000)))
    days = weekdays(1_000)
    assert late.kind == "suspected lag"
    assert late.first <= days[5]
    assert late.last >= days[-5]


def test_a_lag_beside_several_series_is_one_finding() -> None:
    series = lagging(0.9, 3)
    series["z"] = np.cumsum(mixed(np.diff(series["y"], prepend=0.0), normal(N, 77), 0.9))
    (late,) = inspect(panel(**series))
    assert (late.instrument, late.kind) == ("x", "suspected lag")
    assert "showed a session before" in late.words
    assert "and so beside 1 other series" in late.words


def test_a_rate_against_its_inverse_lags_as_well() -> None:
    series = lagging(0.9, 4)
    series["x"] = -series["x"]
    assert found(panel(**series)) == [("x", "suspected lag")]


def garch(rng: np.random.Generator) -> Numbers:
    moves, variance = np.empty(N), 1.0
    for i, shock in enumerate(rng.standard_t(5, N) / np.sqrt(5.0 / 3.0)):
        moves[i] = np.sqrt(variance) * shock
        variance = 0.03 + 0.1 * moves[i] ** 2 + 0.87 * variance
    return moves


def half_shared(rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Make two series of which each session shares one half with the other's, and one with the next one's."""
    news = rng.normal(size=2 * N + 2)
    one, other = news[:-2:2] + news[1:-1:2], news[1:-1:2] + news[2::2]
    return tuple(mixed(moves, np.sqrt(2.0) * rng.normal(size=len(moves)), 0.95) for moves in (one, other))  # type: ignore[return-value]


PAIRS: dict[str, Draw] = {
    "normal": lambda rng: (rng.normal(size=N), rng.normal(size=N)),
    "t3": lambda rng: (rng.standard_t(3, N), rng.standard_t(3, N)),
    "GARCH": lambda rng: (garch(rng), garch(rng)),
    "autocorrelated": lambda rng: tuple(
        np.convolve(rng.normal(size=N + 1), [1.0, 0.27], "valid") for _ in "xy"
    ),  # type: ignore[dict-item]
    "correlated .3": lambda rng: (one := rng.normal(size=N), mixed(one, rng.normal(size=N), 0.3)),
    "correlated .9": lambda rng: (one := rng.normal(size=N), mixed(one, rng.normal(size=N), 0.9)),
    "sessions that overlap by half": half_shared,
}


@pytest.mark.parametrize("name", PAIRS)
def test_series_that_do_not_lag_are_rarely_said_to(name: str) -> None:
    """At most 2 % of series, over twenty years, beside an unrelated or merely correlated one."""
    pairs, false = 50, 0
    for seed in range(pairs):
        x, y = PAIRS[name](np.random.default_rng([2, seed]))
        late = [one for one in inspect(panel(x=np.cumsum(x), y=np.cumsum(y))) if one.kind == "suspected lag"]
        false += len({one.instrument for one in late})
    assert false <= 0.02 * 2 * pairs


def test_a_frozen_series_lags_nothing() -> None:
    series = lagging(0.9, 5, start=1, length=1, n=1_000)
    series["x"][100:900] = series["x"][100]
    assert "suspected lag" not in {kind for _, kind in found(panel(**series))}


# Which are compared


def test_related_names_what_is_compared() -> None:
    three = panel(z=np.cumsum(normal(N, 9)), **lagging(0.9, 6))
    late = ("x", "suspected lag")
    assert found(three) == found(three, related="y") == found(three, related="x") == [late]
    assert found(three, related="z") == found(three, related=None) == []


def test_more_than_twelve_are_not_compared_unless_one_is_named() -> None:
    many = panel(**lagging(0.9, 7), **{f"z{i}": np.cumsum(normal(N, 20 + i)) for i in range(11)})
    assert found(many) == []
    assert inspect(many).notes == (
        "13 series were not compared with each other, as more than 12 are: name one of them as related",
    )
    assert found(many, related="y") == [("x", "suspected lag")]
    assert inspect(many, related="y").notes == ()


# A ratio that drifts in jumps


def drifting(jumps: list[float], noise: float = 0.02) -> dict[str, Numbers]:
    """Make a series and its adjusted form, which differ by steps every hundred sessions."""
    moves = normal(1_000)
    steps = np.zeros(1_000)
    steps[100 : 100 + 100 * len(jumps) : 100] = jumps
    return {"raw": np.cumsum(moves - steps), "adjusted": np.cumsum(moves + noise * normal(1_000, 2))}


def test_an_adjusted_series_beside_the_raw_one_drifts_in_jumps() -> None:
    findings = inspect(panel(**drifting([3.0, 3.0, 3.0, 3.0])))
    (drift,) = findings
    days = weekdays(1_000)
    assert (drift.instrument, drift.kind, drift.unit) == ("raw", "drift in jumps", "points")
    assert (drift.first, drift.last) == (days[100], days[400])
    assert drift.value == pytest.approx(-12.0, abs=0.2)
    assert ", ".join(str(days[i]) for i in (100, 200, 300, 400)) in drift.words
    assert "4 jumps of one direction, -12 points in all" in drift.words


@pytest.mark.parametrize(
    ("jumps", "noise"),
    [([3.0, -3.0, 3.0, -3.0], 0.02), ([3.0, 3.0, 3.0], 0.5), ([], 0.02), ([0.1, 0.1, 0.1], 0.02)],
    ids=["to and fro", "not alike", "none", "small"],
)
def test_other_differences_are_no_drift(jumps: list[float], noise: float) -> None:
    assert found(panel(**drifting(jumps, noise))) == []


def test_a_bad_quote_is_no_jump_of_the_ratio() -> None:
    series = drifting([])
    series["raw"][300] += 4.0
    assert "drift in jumps" not in {kind for _, kind in found(panel(**series))}


def test_one_jump_alone_is_named_as_one_with_its_date() -> None:
    (jump,) = inspect(panel(**drifting([3.0])))
    assert jump.kind == "one jump"
    assert jump.first == jump.last == weekdays(1_000)[100] == day("2015-05-25")
    assert "one jump, -2.97 points on 2015-05-25, drives them apart" in jump.words
    assert "may be adjusted" not in jump.words
