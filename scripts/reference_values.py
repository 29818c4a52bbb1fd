"""Reference values of the tests, straight from the formulas: loops over pairs and days, and scipy's own tests.

Nothing of marketimpact is imported. Moves are drawn once with a seed, rounded, and written with the values, so that
the values rest on numbers that anybody can read. The file holds the SHA-256 of this script and of its own cases.

    python scripts/reference_values.py tests/maths/reference_values.json
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

SEED, PAIRS, LENGTH, EVENT = 20220105, 12, 60, 5
"""Seed; pairs N, estimation sessions T and event sessions of each case; the window is the whole event window."""

Case = dict[str, Any]
Values = dict[str, dict[str, float]]


def draw(rng: np.random.Generator, *, shared: float, step: int, digits: int, apart: bool) -> Case:
    """Draw moves [bp] of pairs on one factor: calendar days, correlated errors, rounding."""
    days = [(1000 * i if apart else step * i) for i in range(PAIRS)]
    total = max(days) + LENGTH + EVENT
    common = rng.standard_normal(total) if not apart else np.zeros(total)
    factor = rng.standard_normal(total)
    pairs = []
    for i, begin in enumerate(days):
        span = slice(begin, begin + LENGTH + EVENT)
        own = rng.standard_normal(LENGTH + EVENT) * (2.0 if i % 3 == 0 else 1.0)
        error = math.sqrt(shared) * common[span] + math.sqrt(1.0 - shared) * own
        moves = 0.2 + (0.5 + 0.1 * i) * factor[span] + 3.0 * error
        moves[LENGTH + 2] += 2.5
        pairs.append({"day": begin, "y": [round(float(m), digits) for m in moves],
                      "f": [round(float(f), 4) for f in factor[span]]})  # fmt: skip
    return {"estimation": LENGTH, "event": EVENT, "pairs": pairs}


class Pair:
    """One pair's market model by the normal equations, with everything that the tests need."""

    def __init__(self, pair: dict[str, Any]) -> None:
        self.day, y, f = pair["day"], pair["y"], pair["f"]
        n = LENGTH
        mean_y, mean_f = sum(y[:n]) / n, sum(f[:n]) / n
        ssf = sum((one - mean_f) ** 2 for one in f[:n])
        self.beta = sum((a - mean_f) * (b - mean_y) for a, b in zip(f[:n], y[:n], strict=True)) / ssf
        self.alpha = mean_y - self.beta * mean_f
        errors = [b - self.alpha - self.beta * a for a, b in zip(f, y, strict=True)]
        self.e, self.a = errors[:n], errors[n:]
        self.s2 = sum(one**2 for one in self.e) / (n - 2)
        self.s = math.sqrt(self.s2)
        self.h = [1 / n + (one - mean_f) ** 2 / ssf for one in f[n:]]
        self.car = sum(self.a)
        summed = sum(f[n:]) - EVENT * mean_f
        self.factor = EVENT + EVENT**2 / n + summed**2 / ssf
        self.scar = self.car / (self.s * math.sqrt(self.factor))
        self.sar = [a / (self.s * math.sqrt(1 + h)) for a, h in zip(self.a, self.h, strict=True)]
        # CAR = sum over calendar days of weight x error
        self.weights = {self.day + t: -(EVENT / n + (f[t] - mean_f) * summed / ssf) for t in range(n)}
        self.weights |= {self.day + n + t: 1.0 for t in range(EVENT)}
        self.by_day = {self.day + t: one / self.s for t, one in enumerate(self.e)}
        self.moves = y


def result(statistic: float, p_value: float, **more: float) -> dict[str, float]:
    return {"statistic": statistic, "p_value": p_value, **more}


def t_result(statistic: float, df: float) -> dict[str, float]:
    return result(statistic, 2 * float(stats.t.sf(abs(statistic), df)), df=df)


def z_result(statistic: float) -> dict[str, float]:
    return result(statistic, 2 * float(stats.norm.sf(abs(statistic))))


def mean_sd(values: list[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    return mean, math.sqrt(sum((one - mean) ** 2 for one in values) / (len(values) - 1))


def ranks(values: list[float]) -> list[float]:
    """Average ranks by counting."""
    return [1 + sum(b < a for b in values) + (sum(b == a for b in values) - 1) / 2 for a in values]


def calendar_r(pairs: list[Pair]) -> float:
    """Mean over i < j of rho_ij (a_i . a_j) / (abs(a_i) abs(a_j)), pair by pair."""
    total, count = 0.0, 0
    for one, other in itertools.combinations(pairs, 2):
        common = sorted(one.by_day.keys() & other.by_day.keys())
        dot = sum(weight * other.weights.get(day, 0.0) for day, weight in one.weights.items())
        count += 1
        if common:
            rho = sum(one.by_day[day] * other.by_day[day] for day in common) / (len(common) - 2)
            total += rho * dot / math.sqrt(one.factor * other.factor)
    return total / count


def of_moves(pairs: list[Pair], r: float) -> Values:
    """Cross-sectional t, Hall's, crude dependence, Patell, BMP, and the adjusted ones."""
    n, df = len(pairs), len(pairs) - 1
    mean, sd = mean_sd([one.car for one in pairs])
    ratio = mean / sd
    skew = sum((one.car - mean) ** 3 for one in pairs) / n / sd**3
    hall = math.sqrt(n) * (ratio + skew * ratio**2 / 3 + skew**2 * ratio**3 / 27 + skew / (6 * n))
    daily = [sum(one.e[t] for one in pairs) / n for t in range(LENGTH)]
    _, spread = mean_sd(daily)
    crude = mean / (spread * math.sqrt(EVENT + EVENT**2 / LENGTH))
    q = (LENGTH - 2) / (LENGTH - 4)
    patell = sum(one.scar for one in pairs) / math.sqrt(n * q)
    standard, deviation = mean_sd([one.scar for one in pairs])
    bmp = math.sqrt(n) * standard / deviation
    first_mean, first_sd = mean_sd([one.sar[2] for one in pairs])
    return {
        "cross-sectional t": t_result(math.sqrt(n) * ratio, df),
        "skewness-adjusted t": t_result(hall, df),
        "crude dependence t": t_result(crude, LENGTH - 1),
        "Patell z": z_result(patell),
        "adjusted Patell z": z_result(patell / math.sqrt(1 + (n - 1) * r)),
        "BMP t": t_result(bmp, df),
        "BMP t, third day": t_result(math.sqrt(n) * first_mean / first_sd, df),
        "Kolari-Pynnonen t": t_result(bmp * math.sqrt((1 - r) / (1 + (n - 1) * r)), df),
    }


def of_ranks(pairs: list[Pair], r: float) -> Values:
    """Corrado, Corrado-Zivney and GRANK-T, by counting."""
    n, total = len(pairs), LENGTH + EVENT

    def mean_rank(rows: list[list[float]]) -> dict[str, float]:
        u = [[rank / (total + 1) - 0.5 for rank in ranks(row)] for row in rows]
        daily = [sum(row[t] for row in u) / math.sqrt(n) for t in range(total)]
        spread = math.sqrt(sum(one**2 for one in daily) / total)
        return z_result(sum(daily[LENGTH:]) / (math.sqrt(EVENT) * spread))

    rescaled = []
    deviations = [mean_sd([one.a[t] / one.s for one in pairs])[1] for t in range(EVENT)]
    for one in pairs:
        event = [a / one.s / sd for a, sd in zip(one.a, deviations, strict=True)]
        rescaled.append([e / one.s for e in one.e] + event)
    _, sd = mean_sd([one.scar for one in pairs])
    star = [math.sqrt(1 - r) * one.scar / sd for one in pairs]
    u = [
        [rank / (LENGTH + 2) - 0.5 for rank in ranks([e / one.s for e in one.e] + [value])]
        for one, value in zip(pairs, star, strict=True)
    ]
    means = [sum(row[t] for row in u) / n for t in range(LENGTH + 1)]
    z = means[-1] / math.sqrt(sum(one**2 for one in means) / (LENGTH + 1))
    grank = z * math.sqrt((LENGTH - 1) / (LENGTH - z**2))
    return {
        "Corrado z": mean_rank([one.e + one.a for one in pairs]),
        "Corrado-Zivney z": mean_rank(rescaled),
        "GRANK-T": t_result(grank, LENGTH - 1),
    }


def of_signs(pairs: list[Pair]) -> Values:
    """Sign and Wilcoxon by scipy (by every flip of signs where sums tie), generalized sign by counting."""
    cars = [one.car for one in pairs]
    positive = sum(car > 0 for car in cars)
    shares = []
    for one in pairs:
        sums = [sum(one.e[t : t + EVENT]) for t in range(LENGTH - EVENT + 1)]
        shares.append(sum(total > 0 for total in sums) / len(sums))
    cowan = (positive - sum(shares)) / math.sqrt(sum(p * (1 - p) for p in shares))
    rank = ranks([abs(car) for car in cars])
    observed = sum(value for value, car in zip(rank, cars, strict=True) if car > 0)
    centre, flips = sum(rank) / 2, list(itertools.product((0, 1), repeat=len(cars)))
    extreme = sum(
        abs(sum(v * f for v, f in zip(rank, flip, strict=True)) - centre) >= abs(observed - centre) - 1e-9
        for flip in flips
    )
    return {
        "sign test": result(
            (2 * positive - len(cars)) / math.sqrt(len(cars)),
            float(stats.binomtest(positive, len(cars)).pvalue),
        ),
        "generalized sign": z_result(cowan),
        "Wilcoxon signed rank": result(observed, extreme / len(flips)),
        "Wilcoxon signed rank, scipy": result(math.nan, float(stats.wilcoxon(cars, method="exact").pvalue)),
    }


def of_one(pairs: list[Pair], case: Case) -> Values:
    """The first pair's third event day: t, and the rank after a fit with that day in the sample."""
    one, day = pairs[0], 2
    y = np.array(case["pairs"][0]["y"])
    x = np.column_stack([np.ones(len(y)), case["pairs"][0]["f"]])
    chosen = [*range(LENGTH), LENGTH + day]
    residuals = np.abs(y[chosen] - x[chosen] @ np.linalg.lstsq(x[chosen], y[chosen], rcond=None)[0])
    p_value = float(np.mean(residuals >= residuals[-1] - 1e-9))
    return {
        "t": t_result(one.sar[day], LENGTH - 2),
        "rank with refit": result(math.nan, p_value, p_floor=1 / (LENGTH + 1)),
    }


def of_families(pairs: list[Pair]) -> dict[str, list[float]]:
    """The p of every pair's t over the window, adjusted by other software."""
    p = [2 * float(stats.t.sf(abs(one.scar), LENGTH - 2)) for one in pairs]
    return {
        "p": p,
        "Holm": [float(one) for one in multipletests(p, method="holm")[1]],
        "Benjamini-Hochberg": [float(one) for one in stats.false_discovery_control(p, method="bh")],
        "Benjamini-Yekutieli": [float(one) for one in stats.false_discovery_control(p, method="by")],
    }


def evaluated(case: Case) -> Case:
    """Add the reference values to a case."""
    pairs = [Pair(one) for one in case["pairs"]]
    r = calendar_r(pairs)
    used = max(r, 0.0)
    names = ("alpha", "beta", "s2", "car", "factor", "scar")
    tests = of_moves(pairs, used) | of_ranks(pairs, used) | of_signs(pairs) | of_one(pairs, case)
    cleaned = {name: {k: v for k, v in values.items() if not math.isnan(v)} for name, values in tests.items()}
    each = {name: [getattr(one, name) for one in pairs] for name in names}
    return case | {"r": r, "each": each, "tests": cleaned, "families": of_families(pairs)}


def main(target: Path) -> None:
    rng = np.random.default_rng(SEED)
    cases = {
        "apart": draw(rng, shared=0.0, step=0, digits=4, apart=True),
        "one date": draw(rng, shared=0.3, step=0, digits=4, apart=False),
        "two days apart": draw(rng, shared=0.5, step=2, digits=4, apart=False),
        "whole bp": draw(rng, shared=0.0, step=0, digits=0, apart=True),
    }
    found = {name: evaluated(case) for name, case in cases.items()}
    text = json.dumps(found, sort_keys=True)
    hashes = {
        "script_sha256": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "cases_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    target.write_text(json.dumps(hashes | {"cases": found}, indent=1, sort_keys=True) + "\n")
    print(f"{len(found)} cases, {sum(len(one['tests']) for one in found.values())} tests: {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
