"""A stacked regression of 1,000 instruments on 5,000 days and 20 event types, with dates as clusters.

Made by sums over dates; the same through statsmodels over fewer instruments, its regressors already less the means of
the instruments, so that their dummies cost it nothing. Its time is scaled by the rows alone. Nothing fails for being
slow; that the numbers agree is tested in tests/maths/test_collapsed.py and here. Peaks of memory are those of processes
of their own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest
import statsmodels.api as sm

from marketimpact.maths.collapsed import stacked_by_dates

DATES, INSTRUMENTS, TYPES, FEW = 5_000, 1_000, 20, 20

Figure = Callable[[str, str, str], None]

PEAK = """
import resource
from tests.bench.bench_regress import made_up
from marketimpact.maths.collapsed import stacked_by_dates
y, x = made_up(1000, {missing})
stacked_by_dates(y, x, kind="{kind}")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def made_up(instruments: int, missing: float) -> tuple[np.ndarray, np.ndarray]:
    """Moves with a common factor, and dummies of 20 event types of 50 days each."""
    rng = np.random.default_rng(11)
    x = (rng.random((DATES, TYPES)) < 0.01).astype(np.float64)
    y = rng.standard_normal((DATES, instruments))
    y += rng.standard_normal((DATES, 1)) + 0.5 * x[:, [0]]
    if missing:
        y[rng.random(y.shape) < missing] = np.nan
    return y, x


@pytest.mark.parametrize(("kind", "missing"), [("CR2", 0.0), ("CR1", 0.03), ("CR2", 0.03)])
def test_a_stacked_regression(benchmark, figure: Figure, kind: str, missing: float) -> None:  # type: ignore[no-untyped-def]
    y, x = made_up(INSTRUMENTS, missing)
    fit = benchmark.pedantic(stacked_by_dates, (y, x), {"kind": kind}, rounds=5, warmup_rounds=1)
    took = benchmark.stats.stats.median
    assert fit.n == np.isfinite(y).sum()
    name = f"stacked regression, {kind}, {missing * 100:.0f} % missing"
    figure(name, f"{took:.2f} s", "1 s")
    peak = subprocess.run(
        [sys.executable, "-c", PEAK.format(kind=kind, missing=missing)],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    figure(f"{name}, peak memory", f"{int(peak.stdout) / 2**20:.2f} GB", "1 GB")
    if kind == "CR1":
        figure(f"{name}, statsmodels over it", f"{scaled_statsmodels(missing) / took:.0f} times", "")


def scaled_statsmodels(missing: float) -> float:
    """Seconds that statsmodels takes over few instruments, times the rows that there are more of; numbers compared."""
    y, x = made_up(FEW, missing)
    date, unit = np.nonzero(np.isfinite(y))
    rows, left = y[date, unit], x[date]
    counts = np.bincount(unit)[:, None]
    for column in (rows, *left.T):
        column -= (np.bincount(unit, column)[:, None] / counts)[unit, 0]
    begun = time.perf_counter()
    theirs = sm.OLS(rows, left).fit(cov_type="cluster", cov_kwds={"groups": date, "use_correction": False})
    took = time.perf_counter() - begun
    ours = stacked_by_dates(y, x, kind="CR0")
    np.testing.assert_allclose(ours.params, theirs.params, rtol=1e-8)
    np.testing.assert_allclose(ours.std_error, theirs.bse, rtol=1e-8)
    return took * INSTRUMENTS / FEW
