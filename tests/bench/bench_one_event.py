"""One event after 10,000 sessions: each of them as a placebo, left out and refitted, beside loops in one run.

The refits are checked against those of the loop to ten digits. The loops are run over some of the placebos and their
time is scaled up; the median of the rounds is compared with the target, and nothing fails for being slow.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
import statsmodels.api as sm

import marketimpact as mi
from marketimpact.maths.resample import placebo_scars
from marketimpact.maths.sample import Sample
from marketimpact.study.garch import garch_volatility
from tests.study.test_pair_ranks import garch_moves, studied
from tests.study.world import news, weekdays

PLACEBOS = 10_000
LOOPED = 100
ROUNDS = 9

Figure = Callable[[str, str, str], None]


def median_ms(run: Callable[[], object]) -> float:
    """Median time of what stands beside the benchmarked call in the same run."""
    run()
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begun)
    return 1e3 * statistics.median(taken)


def benchmarked_ms(benchmark, run: Callable[[], object]) -> float:
    benchmark.pedantic(run, rounds=ROUNDS, warmup_rounds=1)
    return 1e3 * benchmark.stats.stats.median


def sample_of(k: int, sessions: int) -> Sample:
    """An estimation window of as many placebo windows, and an event window behind it."""
    rng = np.random.default_rng(k)
    length = PLACEBOS + sessions - 1
    n = length + sessions
    x = np.concatenate([np.ones((1, n)), rng.standard_normal((k - 1, n))])
    y = x.sum(axis=0) + rng.standard_t(3, n)
    known = np.full(n, True)
    return Sample(y, x, np.ones(n), known, known, np.array([0]), length)


def refit_scar(sample: Sample, begin: int, sessions: int) -> float:
    """One placebo in plain numpy: the model fitted without its window, and the window's standardized sum."""
    inside = np.arange(begin, begin + sessions)
    y, x = np.delete(sample.y, inside), np.delete(sample.x, inside, axis=1)
    inverse = np.linalg.inv(x @ x.T)
    b = inverse @ (x @ y)
    e = y - b @ x
    s2 = e @ e / (len(y) - len(x))
    total = sample.x[:, inside].sum(axis=1)
    car = float((sample.y[inside] - b @ sample.x[:, inside]).sum())
    return car / float(np.sqrt(s2 * (sessions + total @ inverse @ total)))


def statsmodels_car(sample: Sample, begin: int, sessions: int) -> float:
    inside = np.arange(begin, begin + sessions)
    y, x = np.delete(sample.y, inside), np.delete(sample.x, inside, axis=1)
    found = sm.OLS(y, x.T).fit()
    return float((sample.y[inside] - found.predict(sample.x[:, inside].T)).sum())


@pytest.mark.parametrize("sessions", [1, 11])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_placebo_refits(benchmark, k: int, sessions: int, figure: Figure) -> None:
    sample = sample_of(k, sessions)
    event = np.array([sample.length])
    ours = benchmarked_ms(benchmark, lambda: placebo_scars(sample, event, sessions))
    places = np.linspace(0, PLACEBOS - 1, LOOPED).astype(int)
    brute = [refit_scar(sample, int(place), sessions) for place in places]
    np.testing.assert_allclose(placebo_scars(sample, event, sessions)[0, places], brute, rtol=1e-9)
    figure(f"{PLACEBOS} placebo refits, k = {k}, L = {sessions}", f"{ours:.2f} ms", "20 ms")
    if k == 2:
        plain = median_ms(lambda: [refit_scar(sample, int(place), sessions) for place in places])
        ratio = plain * PLACEBOS / LOOPED / ours
        figure("  a plain numpy loop over this", f"{ratio:.0f} times", "more than 1")
        few = places[::10]
        theirs = median_ms(lambda: [statsmodels_car(sample, int(place), sessions) for place in few])
        figure(
            "  a statsmodels loop over this",
            f"{theirs * PLACEBOS / len(few) / ours:.0f} times",
            "more than 1",
        )


def test_one_event(benchmark, figure: Figure) -> None:
    """All tests of one pair after 900 sessions, of which the GARCH is the largest part."""
    made = garch_moves(1)
    result = studied(made, news([weekdays(900)[800]]), mi.Timeline(), None, None)
    whole = benchmarked_ms(benchmark, lambda: result.one_event("e0"))
    figure("all tests of one event", f"{whole:.0f} ms", "")
    figure(
        "  of which a GARCH of 795 sessions", f"{median_ms(lambda: garch_volatility(made[:795])):.0f} ms", ""
    )
