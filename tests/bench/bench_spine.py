"""100,000 events on 500 series of 5,000 sessions: market model, estimation window 120, event window 11.

Three moves in a hundred are missing, in series and factor alike. The median of the rounds is compared with
the target; nothing fails for being slow.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import marketimpact as mi
from marketimpact.maths.abnormal import Abnormal, Sums, abnormal_moves, cumulate
from marketimpact.maths.least_squares import Fit, fit_windows, weigh

EVENTS, SERIES, SESSIONS = 100_000, 500, 5_000
ESTIMATION, EVENT = (-130, -11), (-5, 5)
WINDOWS = ((0, 0), (0, 1), (-1, 1), (-5, 5))
LENGTH = ESTIMATION[1] - ESTIMATION[0] + 1
MISSING = 0.03
LOOPED = 300

Figure = Callable[[str, str, str], None]


@dataclass(frozen=True)
class World:
    """Long arrays of all series, one after another, and the position of tau = 0 of each event."""

    y: np.ndarray
    x: np.ndarray
    v: np.ndarray
    positions: np.ndarray


def made_up(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Moves (series, session), the factor's moves, and the series and session of each event."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(0.0, 0.01, SESSIONS)
    moves = rng.normal(0.0, 0.012, (SERIES, SESSIONS)) + rng.normal(1.0, 0.3, (SERIES, 1)) * factor
    series = rng.integers(0, SERIES, EVENTS)
    session = rng.integers(-ESTIMATION[0] + 1, SESSIONS - EVENT[1], EVENTS)
    return moves, factor, series, session


@pytest.fixture(scope="module")
def world() -> World:
    """The arrays that a study would make: two regressors, three moves in a hundred missing."""
    moves, factor, series, session = made_up()
    rng = np.random.default_rng(2)
    moves[rng.random(moves.shape) < MISSING] = np.nan
    factor[rng.random(SESSIONS) < MISSING] = np.nan
    x = np.vstack([np.ones(SERIES * SESSIONS), np.tile(factor, SERIES)])
    return World(moves.ravel(), x, np.ones(SERIES * SESSIONS), series * SESSIONS + session)


def arrays_to_numbers(world: World) -> tuple[Fit, Abnormal, Sums, np.ndarray]:
    """From arrays to abnormal moves, their variances, and their sums with variances over four windows."""
    starts = world.positions + ESTIMATION[0]
    fit = fit_windows(*weigh(world.y, world.x, world.v), starts, LENGTH)
    abnormal = abnormal_moves(world.y, world.x, world.v, world.positions, EVENT, fit)
    windows = [(np.array(a - EVENT[0]), np.array(b - EVENT[0])) for a, b in WINDOWS]
    return fit, abnormal, cumulate(abnormal, fit, windows), abnormal.variance(fit)


def loop_of_statsmodels(world: World, events: range) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The same numbers, one event at a time."""
    ar, variance = np.empty((2, len(events), EVENT[1] - EVENT[0] + 1))
    car, car_variance = np.empty((2, len(events), len(WINDOWS)))
    taus = np.arange(EVENT[0], EVENT[1] + 1)
    for i, event in enumerate(events):
        at = world.positions[event]
        rows = slice(at + ESTIMATION[0], at + ESTIMATION[1] + 1)
        fit = sm.OLS(world.y[rows], world.x[:, rows].T, missing="drop").fit()
        x = world.x[:, at + taus].T
        ar[i] = world.y[at + taus] - x @ fit.params
        cov = fit.cov_params()
        there = np.isfinite(ar[i])
        variance[i] = np.where(there, fit.scale + np.einsum("ti,ij,tj->t", x, cov, x), np.nan)
        for w, (first, last) in enumerate(WINDOWS):
            inside = there & (taus >= first) & (taus <= last)
            summed = x[inside].sum(axis=0)
            car[i, w] = ar[i, inside].sum() if inside.any() else np.nan
            spread = fit.scale * inside.sum() + summed @ cov @ summed
            car_variance[i, w] = spread if inside.any() else np.nan
    return ar, variance, car, car_variance


def seconds(measured: float) -> str:
    return f"{measured:.3f} s"


def test_arrays_to_moves_sums_and_variances(benchmark, world: World, figure: Figure) -> None:
    """Beside the loop of statsmodels over some of the events, in the same run, with the same numbers."""
    _, abnormal, sums, variance = benchmark.pedantic(
        arrays_to_numbers, args=(world,), rounds=5, warmup_rounds=1
    )
    ours = benchmark.stats.stats.median
    begin = time.perf_counter()
    looped = loop_of_statsmodels(world, range(LOOPED))
    loop = (time.perf_counter() - begin) / LOOPED * EVENTS
    for found, wanted in zip((abnormal.ar, variance, sums.car, sums.variance), looped, strict=True):
        np.testing.assert_allclose(found[:LOOPED], wanted, rtol=1e-8, atol=1e-13)
    figure("arrays to AR, CAR and variances", seconds(ours), "0.3 s")
    figure(f"statsmodels loop ({LOOPED} events, scaled)", seconds(loop), "")
    figure("loop / arrays", f"{loop / ours:.0f} times", "at least 50 times")


@pytest.fixture(scope="module")
def study_inputs() -> tuple[mi.Panel, mi.EventSet, pd.DataFrame]:
    """The same as nouns: quotes on weekdays, three in a hundred missing; one instrument an event."""
    moves, factor, series, session = made_up()
    rng = np.random.default_rng(3)
    days = np.busday_offset("2003-01-01", np.arange(SESSIONS), roll="forward")
    levels = 100.0 * np.exp(np.cumsum(moves, axis=1))
    levels[rng.random(levels.shape) < MISSING] = np.nan
    names = [f"S{i:03d}" for i in range(SERIES)]
    frame = pd.DataFrame(levels.T, index=days, columns=names)
    frame["EM"] = 100.0 * np.exp(np.cumsum(factor))
    frame.loc[rng.random(SESSIONS) < MISSING, "EM"] = np.nan
    close = "16:30 Europe/London"
    bonds = [mi.SovereignBond(name, quoted="clean price", snapshot=close) for name in names]
    panel = mi.Panel.from_frame(frame, instruments=[*bonds, mi.Factor("EM", snapshot=close)])
    ids = [f"e{i}" for i in range(EVENTS)]
    announced = pd.DatetimeIndex(days[session]).tz_localize("Asia/Almaty") + pd.Timedelta(hours=12)
    events = mi.EventSet.from_frame(pd.DataFrame({"id": ids, "announced_at": announced}))
    pairs = pd.DataFrame({"event_id": ids, "instrument": np.array(names, dtype=object)[series]})
    return panel, events, pairs


def run_study(inputs: tuple[mi.Panel, mi.EventSet, pd.DataFrame], contamination: str) -> tuple[str, int]:
    """The public call, the ledger's counts, and its reason codes."""
    panel, events, pairs = inputs
    study = mi.EventStudy(
        model=mi.MarketModel("EM"), timeline=mi.Timeline(ESTIMATION, EVENT), windows=WINDOWS,
        policies=mi.Policies(contamination=contamination),
    )  # fmt: skip
    result = study.run(panel, events, pairs=pairs)
    return str(result.ledger), int(np.count_nonzero(result.alignment.codes))


@pytest.mark.parametrize("contamination", ["keep", "leave_out"])
def test_the_public_call_with_its_ledger(benchmark, study_inputs, figure: Figure, contamination: str) -> None:
    """With every estimation move, and without those in other events' windows (200 events a series)."""
    ledger, coded = benchmark.pedantic(
        run_study, args=(study_inputs, contamination), rounds=5, warmup_rounds=1
    )
    assert f"of {EVENTS} given" in ledger
    assert coded > 0
    what = f"EventStudy.run with ledger, contamination: {contamination}"
    figure(what, seconds(benchmark.stats.stats.median), "1 s")


def start(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_the_package(benchmark, figure: Figure) -> None:
    """A fresh interpreter that imports the package, less one that imports nothing."""
    benchmark.pedantic(start, args=("import marketimpact",), rounds=15, warmup_rounds=2)
    bare = []
    for _ in range(15):
        begin = time.perf_counter()
        start("pass")
        bare.append(time.perf_counter() - begin)
    extra = benchmark.stats.stats.median - statistics.median(bare)
    figure("import marketimpact", seconds(extra), "0.2 s")


def test_a_png_report_in_a_warm_process(benchmark, figure: Figure) -> None:
    news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow", place="RU")
    study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 3)))
    result = study.run(mi.fetch("ecb:EUR/RUB"), news)
    png = benchmark.pedantic(
        lambda: mi.report(result, "invasion", "EUR/RUB").png(), rounds=5, warmup_rounds=1
    )
    assert png.startswith(b"\x89PNG")
    figure("PNG report in a warm process", seconds(benchmark.stats.stats.median), "1 s")
