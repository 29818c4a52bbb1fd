"""Tests over 100,000 and 1,000,000 events on 500 series of 5,000 sessions, and Romano-Wolf of 20 series.

Estimation window 120, event window 11, a market model unless said otherwise; three moves in a hundred are missing. The
median of the rounds is compared with the target, and with a loop of statsmodels and a plain numpy version over some of
the events in the same run; nothing fails for being slow. Peaks of memory are those of processes of their own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.lib.stride_tricks import sliding_window_view
from scipy import stats

from marketimpact.maths import over_events as means
from marketimpact.maths import rank_tests as ranks
from marketimpact.maths import sign_tests as signs
from marketimpact.maths.closed_form import PairSums, closed_form
from marketimpact.maths.event_rows import Windows
from marketimpact.maths.multiplicity import romano_wolf
from marketimpact.maths.resample import placebo_scars
from marketimpact.maths.sample import Sample
from tests.bench.many_pairs import (
    ESTIMATION,
    EVENT,
    LENGTH,
    TESTED,
    Arrays,
    from_arrays,
    made_up_arrays,
    prepared,
)

EVENTS, LOOPED, PLAIN = 100_000, 300, 10_000
DRAWS, DAYS, TOGETHER = 1_000, 250, 20

Figure = Callable[[str, str, str], None]
Rows = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def arrays() -> Arrays:
    return made_up_arrays(EVENTS)


@pytest.fixture(scope="module")
def inputs(arrays: Arrays) -> tuple[Windows, PairSums]:
    return prepared(arrays)


@pytest.fixture(scope="module")
def medians() -> dict[str, float]:
    """What was measured before, by name."""
    return {}


def seconds(measured: float) -> str:
    return f"{measured:.3f} s"


def rows_of_statsmodels(arrays: Arrays, events: range) -> Rows:
    """CAR, SCAR, standardized residuals and standardized abnormal moves, one event at a time."""
    car, scar = np.empty((2, len(events)))
    residuals, event = np.full((len(events), LENGTH), np.nan), np.empty((len(events), TESTED))
    for i in events:
        at = arrays.positions[i]
        rows = slice(at + ESTIMATION[0], at + ESTIMATION[1] + 1)
        fit = sm.OLS(arrays.y[rows], arrays.x[:, rows].T, missing="drop").fit()
        on = slice(at + EVENT[0], at + EVENT[1] + 1)
        x = arrays.x[:, on].T
        ar = arrays.y[on] - x @ fit.params
        there = np.isfinite(ar)
        summed = x[there].sum(axis=0)
        car[i] = ar[there].sum()
        scar[i] = car[i] / np.sqrt(fit.scale * there.sum() + summed @ fit.cov_params() @ summed)
        known = np.isfinite(arrays.y[rows]) & np.isfinite(arrays.x[:, rows]).all(axis=0)
        residuals[i, known] = fit.resid / np.sqrt(fit.scale)
        event[i] = ar / np.sqrt(fit.scale)
    return car, scar, residuals, event


def rows_of_numpy(arrays: Arrays, events: range) -> Rows:
    """The same in plain numpy: all events at once, normal equations and masks."""
    at = arrays.positions[events.start : events.stop]
    window = at[:, None] + np.arange(ESTIMATION[0], ESTIMATION[1] + 1)
    y, x = arrays.y[window], np.moveaxis(arrays.x[:, window], 0, -1)
    known = np.isfinite(y) & np.isfinite(x).all(axis=-1)
    y, x = np.where(known, y, 0.0), np.where(known[..., None], x, 0.0)
    cross = np.swapaxes(x, 1, 2) @ x
    b = np.linalg.solve(cross, np.swapaxes(x, 1, 2) @ y[..., None])
    e = y - (x @ b)[..., 0]
    sigma2 = (e**2).sum(axis=1) / (known.sum(axis=1) - x.shape[2])
    on = at[:, None] + np.arange(EVENT[0], EVENT[1] + 1)
    x_event = np.moveaxis(arrays.x[:, on], 0, -1)
    ar = arrays.y[on] - (x_event @ b)[..., 0]
    there = np.isfinite(ar)
    summed = np.where(there[..., None], x_event, 0.0).sum(axis=1)
    leverage = np.einsum("ni,nij,nj->n", summed, np.linalg.inv(cross), summed)
    car = np.where(there, ar, 0.0).sum(axis=1)
    s = np.sqrt(sigma2)
    return (
        car, car / (s * np.sqrt(there.sum(axis=1) + leverage)), np.where(known, e / s[:, None], np.nan), ar / s[:, None]
    )  # fmt: skip


def statistics_of_moves(
    car: np.ndarray, scar: np.ndarray, residuals: np.ndarray, event: np.ndarray
) -> dict[str, float]:
    """Statistics that need no ranks, written down: without any correlation between pairs."""
    n, whole = len(car), np.isfinite(event).all(axis=1)
    df = np.isfinite(residuals).sum(axis=1) - 2
    sums = sliding_window_view(residuals[whole], TESTED, axis=1).sum(axis=-1)
    counted = np.isfinite(sums).sum(axis=1)
    enough = counted >= signs.fewest_windows(TESTED)
    share = (sums[enough] > 0).sum(axis=1) / counted[enough]
    positive = (car[whole][enough] > 0).sum()
    return {
        means.CROSS_SECTIONAL: stats.ttest_1samp(car, 0.0).statistic,
        means.PATELL: scar.sum() / np.sqrt((df / (df - 2)).sum()),
        means.BMP: stats.ttest_1samp(scar, 0.0).statistic,
        signs.SIGN: ((car > 0).sum() - n / 2) / (np.sqrt(n) / 2),
        signs.GENERALIZED_SIGN: (positive - share.sum()) / np.sqrt((share * (1 - share)).sum()),
        signs.WILCOXON: stats.rankdata(np.abs(car))[car > 0].sum(),
    }


def statistics_of_ranks(scar: np.ndarray, residuals: np.ndarray, event: np.ndarray) -> dict[str, float]:
    """Statistics of ranks by scipy, which ranks a row with missing values as this needs it."""
    whole = np.isfinite(event).all(axis=1)
    found = {}
    for name, scale in ((ranks.CORRADO, 1.0), (ranks.CORRADO_ZIVNEY, event[whole].std(axis=0, ddof=1))):
        values = np.concatenate([residuals[whole], event[whole] / scale], axis=1)
        rank = stats.rankdata(values, axis=1, nan_policy="omit")
        u = rank / (1 + np.isfinite(rank).sum(axis=1, keepdims=True)) - 0.5
        daily = np.nansum(u, axis=0) / np.sqrt(np.isfinite(u).sum(axis=0))
        found[name] = daily[LENGTH:].sum() / np.sqrt(TESTED * (daily**2).mean())
    values = np.concatenate([residuals, scar[:, None] / scar.std(ddof=1)], axis=1)
    rank = stats.rankdata(values, axis=1, nan_policy="omit")
    u = rank / (1 + np.isfinite(rank).sum(axis=1, keepdims=True)) - 0.5
    count = np.isfinite(u).sum(axis=0)
    squares = count / len(u) * np.nanmean(u, axis=0) ** 2
    z = np.nanmean(u[:, -1]) / np.sqrt(squares.mean())
    found[ranks.GRANK_T] = z * np.sqrt((LENGTH - 1) / (LENGTH - z**2))
    return found


def some(inputs: tuple[Windows, PairSums], events: int) -> tuple[Windows, PairSums]:
    """The first events alone."""
    windows, pairs = inputs
    return windows.some(np.arange(events)), pairs.some(np.arange(events))


def agree(inputs: tuple[Windows, PairSums], events: int, statistics: dict[str, float]) -> None:
    """The same statistics as the package's, over as many events."""
    found = {one.test: one.statistic for one in closed_form(*some(inputs, events))}
    for name, value in statistics.items():
        tolerance = (
            1e-3 if name == ranks.GRANK_T else 1e-7
        )  # which scales by the correlation, and so breaks ties
        np.testing.assert_allclose(found[name], value, rtol=tolerance, atol=1e-3, err_msg=name)


def test_all_tests_without_ranks(benchmark, figure: Figure, arrays, inputs, medians) -> None:
    """From fits and sums in memory; beside statsmodels and plain numpy from long arrays to the same statistics."""
    benchmark.pedantic(closed_form, args=inputs, kwargs={"ranks": False}, rounds=5, warmup_rounds=1)
    ours = medians["moves"] = benchmark.stats.stats.median
    figure("all closed-form tests over 100,000 events, no ranks", seconds(ours), "1 s")


def test_all_tests_with_ranks(benchmark, figure: Figure, inputs, medians) -> None:
    benchmark.pedantic(closed_form, args=inputs, rounds=5, warmup_rounds=1)
    more = benchmark.stats.stats.median - medians["moves"]
    figure("rank tests beside them, ties averaged", seconds(more), "3 s more")


def test_from_arrays_to_all_tests(benchmark, figure: Figure, arrays, inputs, medians) -> None:
    """Fits, sums, variances and all tests, beside a loop of statsmodels and plain numpy over some of the events."""
    benchmark.pedantic(from_arrays, args=(arrays,), rounds=3, warmup_rounds=1)
    ours = medians["all"] = benchmark.stats.stats.median
    figure("from long arrays to all tests", seconds(ours), "4.3 s")
    for name, rows_of, events in (
        ("statsmodels loop", rows_of_statsmodels, LOOPED), ("plain numpy", rows_of_numpy, PLAIN)
    ):  # fmt: skip
        begin = time.perf_counter()
        rows = rows_of(arrays, range(events))
        statistics = statistics_of_moves(*rows) | statistics_of_ranks(*rows[1:])
        other = (time.perf_counter() - begin) / events * EVENTS
        agree(inputs, events, statistics)
        figure(f"{name}, no correlation ({events} events, scaled)", seconds(other), "")
        figure(f"{name} / ours", f"{other / ours:.1f} times", "")


def test_four_factors(benchmark, figure: Figure, medians) -> None:
    arrays = made_up_arrays(EVENTS, factors=4)
    benchmark.pedantic(from_arrays, args=(arrays,), rounds=3, warmup_rounds=1)
    ratio = benchmark.stats.stats.median / medians["all"]
    figure("four factors / market model, arrays to all tests", f"{ratio:.2f} times", "at most 4 times")


@pytest.mark.parametrize("events", [EVENTS, 10 * EVENTS])
def test_memory_and_a_million_events(benchmark, figure: Figure, medians, events: int) -> None:
    """Peak of a fresh process with the long arrays (100 MB) and packages in it; rows are gathered part by part."""
    code = f"from tests.bench.many_pairs import peak_of_tests; print(peak_of_tests({events}))"
    out = benchmark.pedantic(
        lambda: subprocess.check_output([sys.executable, "-c", code], text=True), rounds=1
    )
    taken, before, peak = map(float, out.split())
    medians[f"{events}"] = taken
    figure(f"{events:,} events: peak of memory", f"{peak:.0f} MB (before: {before:.0f})", "1,500 MB")
    figure(f"{events:,} events: arrays to all tests", seconds(taken), "")
    if events > EVENTS:
        ratio = taken / medians[f"{EVENTS}"]
        figure("a million events / a hundred thousand", f"{ratio:.1f} times", "at most 12 times")


def test_romano_wolf(benchmark, figure: Figure) -> None:
    """20 series on one date: every placebo date of 250 sessions refitted, 1,000 draws of one date for all series."""
    rng = np.random.default_rng(1)
    total = DAYS + 1
    y = rng.standard_normal((TOGETHER, total)) + rng.standard_normal(total)
    known = np.full(y.size, True)
    starts = total * np.arange(TOGETHER)
    sample = Sample(y.ravel(), np.ones((1, y.size)), np.ones(y.size), known, known, starts, DAYS)

    def adjusted() -> np.ndarray:
        scars = placebo_scars(sample, starts + DAYS, 1)
        drawn = scars[:, np.random.default_rng(2).integers(0, scars.shape[1], DRAWS)].T
        return romano_wolf(scars[:, -1], drawn).p_value

    found = benchmark.pedantic(adjusted, rounds=10, warmup_rounds=1)
    assert np.all((found > 0.0) & (found <= 1.0))
    figure(
        f"Romano-Wolf, {DRAWS:,} draws, {DAYS} sessions x {TOGETHER} series",
        seconds(benchmark.stats.stats.median),
        "0.5 s",
    )
