"""How often 90 % intervals of responses hold the truth, and how often 5 % tests of event days' variance reject.

The figures in the docstrings of `marketimpact.maths.projections`, `marketimpact.maths.variance_shift`,
`marketimpact.maths.variance_ratio` and `marketimpact.regress.volatility` come from here. Run it as

    python scripts/response_coverage.py --samples 2000 > docs/response_coverage.csv

It writes a table of comma-separated values to the terminal. Sets by variances take half the samples, likelihoods of a
GARCH a fifth.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from scipy import stats

from marketimpact.maths.garch_news import fit_garch_news
from marketimpact.maths.projections import Projections, lags_of, long_differences, project
from marketimpact.maths.simulate import Law, Situation, simulate
from marketimpact.maths.variance_ratio import (
    brown_forsythe,
    ewma_scale,
    permuted_variance_ratio,
    variance_ratio_f,
)
from marketimpact.maths.variance_shift import variance_shift

LEVEL, SIZE = 0.9, 0.05
Row = tuple[str, str, float]


def holds(fit: Projections, truth: float) -> np.ndarray:
    """Whether the interval of each horizon holds the truth."""
    half = stats.t.isf((1.0 - LEVEL) / 2.0, fit.dfs) * fit.std_errors
    return np.abs(fit.estimates - truth) <= half


def drawn_sup_t(fit: Projections, rng: np.random.Generator) -> float:
    """Draw the quantile of the largest t: `sup_t_quantile` finds the same number more exactly, and slower."""
    df = float(fit.dfs.min())
    corr = fit.cov / np.outer(fit.std_errors, fit.std_errors)
    normal = rng.multivariate_normal(np.zeros(len(corr)), corr, 2_000, method="eigh")
    return float(np.quantile(np.abs(normal).max(axis=1) / np.sqrt(rng.chisquare(df, 2_000) / df), LEVEL))


def observed_shocks(samples: int, sessions: int) -> Iterator[Row]:
    """Sums of moves on independent shocks, at horizons 12 and 36; and the whole path to 12."""
    rng = np.random.default_rng(1)
    found: dict[str, list[float]] = {}
    for _ in range(samples):
        shock = rng.standard_normal(sessions)
        sums = long_differences(shock + rng.standard_normal(sessions), 36)
        for cov in ("HC0", "HC2", "HC3", "HAC"):
            for at in (12, 36):
                fit = project(sums[:, [at]], shock, np.empty((sessions, 0)), cov=cov, bandwidth=at)
                found.setdefault(f"{cov} h = {at}", []).append(float(holds(fit, 1.0)[0]))
        path = project(sums[:, :13], shock, np.empty((sessions, 0)))
        found.setdefault("HC2 every h to 12, pointwise", []).append(float(holds(path, 1.0).all()))
        t = np.abs(path.estimates - 1.0) / path.std_errors
        found.setdefault("HC2 path to 12, simultaneous", []).append(float(t.max() <= drawn_sup_t(path, rng)))
    yield from (
        (f"observed shocks, {sessions} sessions", name, float(np.mean(one))) for name, one in found.items()
    )


def own_innovation(samples: int, sessions: int) -> Iterator[Row]:
    """A unit root on its own innovation at h = 12: in levels, plain and lag-augmented, and in sums of moves."""
    rng = np.random.default_rng(2)
    names = ("levels, HAC", "levels and the level before, HC0", "sums of moves and the move before, HC2")
    found: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(samples):
        moves = rng.standard_normal(sessions)
        level = np.cumsum(moves)
        ahead = np.full((sessions, 1), np.nan)
        ahead[:-12, 0] = level[12:]
        fits = (
            project(ahead, level, np.empty((sessions, 0)), cov="HAC", bandwidth=12),
            project(ahead, level, lags_of(level, 1), cov="HC0"),
            project(long_differences(moves, 12)[:, 12:], moves, lags_of(moves, 1)),
        )
        for name, fit in zip(names, fits, strict=True):
            found[name].append(float(holds(fit, 1.0)[0]))
    yield from (
        (f"own innovation, {sessions} sessions", name, float(np.mean(one))) for name, one in found.items()
    )


def shifted_variances(samples: int, days: int, tails: str, ratio: float) -> Iterator[Row]:
    """The set of a coefficient of 1, against percentiles of the same draws."""
    rng = np.random.default_rng([3, days, round(10 * ratio), tails == "t5"])
    inside = plain = 0
    event = np.arange(2 * days) < days
    for _ in range(samples):
        u, v = rng.standard_normal((2, 2 * days)) if tails == "normal" else rng.standard_t(5.0, (2, 2 * days))
        v = v * np.where(event, np.sqrt(ratio), 1.0)
        x = (v + 0.3 * u) / 0.7
        shift = variance_shift(x, x + u, event, rng, draws=499)
        inside += shift.p_value(1.0) > 1.0 - LEVEL
        drawn = (shift.drawn + shift.difference) @ np.array([1.0, -1.0, 0.0])
        low, high = np.quantile(drawn, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
        plain += low <= 0.0 <= high
    case = f"{days} + {days} days, {tails}, variance x {ratio:g}"
    yield case, "set by studentised draws", inside / samples
    yield case, "set by percentiles", plain / samples


def ratio_sizes(samples: int, law: Law, days: int, together: bool) -> Iterator[Row]:
    """Share of 5 % tests of the variance of event days among 250 that reject where it is that of others."""
    rng = np.random.default_rng([5, days, together])
    rejected = np.zeros(6)
    for moves in simulate(Situation("", pairs=1, estimation=249, law=law), samples, rng)[:, 0]:
        event = np.zeros(len(moves), dtype=bool)
        first = rng.integers(30, len(moves) - days)
        event[
            first + np.arange(days) if together else rng.choice(np.arange(30, 250), days, replace=False)
        ] = True
        found = []
        for values in (moves, ewma_scale(moves - moves.mean(), event)):
            known = np.isfinite(values)
            groups = values[event & known], values[~event & known]
            found += [variance_ratio_f(*groups), brown_forsythe(*groups)]
            found.append(permuted_variance_ratio(*groups, rng, draws=199))
        rejected += [one.p_value <= SIZE for one in found]
    names = (
        "F",
        "Brown-Forsythe",
        "permutation",
        "F, scaled",
        "Brown-Forsythe, scaled",
        "permutation, scaled",
    )
    where = f"variance ratio, {law}, {days} event days {'in a row' if together else 'scattered'} among 250"
    yield from ((where, name, float(share)) for name, share in zip(names, rejected / samples, strict=True))


def garch_sizes(samples: int, law: Law, days: int) -> Iterator[Row]:
    """Share of 5 % tests of event days in a GARCH that reject where they do nothing, among 1,000 sessions."""
    rng = np.random.default_rng([7, days])
    rejected = np.zeros(3)
    for moves in simulate(Situation("", pairs=1, estimation=999, law=law), samples, rng)[:, 0]:
        event = np.zeros((len(moves), 1))
        event[rng.choice(len(moves), days, replace=False)] = 1.0
        fit = fit_garch_news(moves, np.column_stack([event, np.ones(len(moves))]), event)
        own, on = fit.standardized, event[:, 0] > 0.0
        with np.errstate(invalid="ignore"):
            t = np.abs(fit.params[[0, -1]]) / np.sqrt(np.diag(fit.cov)[[0, -1]])
        permuted = permuted_variance_ratio(own[on], own[~on], rng, draws=199).p_value
        rejected += [*(t > stats.t.isf(SIZE / 2.0, days - 1)), permuted <= SIZE]
    names = ("mean, robust t", "variance, robust t", "variance, permutation")
    where = f"GARCH with news, {law}, {days} event days among 1000"
    yield from ((where, name, float(share)) for name, share in zip(names, rejected / samples, strict=True))


def main() -> None:
    """Run every case and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=4_000)
    samples = parser.parse_args().samples
    print("case,what,samples,percent")
    cases = [(samples, observed_shocks(samples, 150)), (samples, own_innovation(samples, 240))]
    cases += [
        (samples // 2, shifted_variances(samples // 2, days, tails, ratio))
        for days in (60, 20)
        for tails in ("normal", "t5")
        for ratio in (4.0, 1.5, 1.1)
    ]
    laws: tuple[Law, ...] = ("normal", "t3", "garch")
    cases += [(samples, ratio_sizes(samples, law, days, False)) for law in laws for days in (3, 5, 10, 30)]
    cases += [(samples, ratio_sizes(samples, "garch", days, True)) for days in (5, 10, 20)]
    cases += [
        (samples // 5, garch_sizes(samples // 5, law, days)) for law in laws[1:] for days in (5, 10, 20, 50)
    ]
    for drawn, case in cases:
        for where, what, share in case:
            print(f'"{where}","{what}",{drawn},{100 * share:.1f}', flush=True)


if __name__ == "__main__":
    main()
