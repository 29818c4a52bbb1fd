"""The restricted wild cluster bootstrap against a loop that refits the whole regression at every draw."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from marketimpact.errors import InputError
from marketimpact.maths.panel_errors import clustered
from marketimpact.maths.wild_bootstrap import WEBB_POINTS
from marketimpact.maths.wild_regression import WILD_WEBB, wild_regression


def t_of(y: np.ndarray, x: np.ndarray, clusters: np.ndarray) -> float:
    b = np.linalg.lstsq(x, y, rcond=None)[0]
    return float(b[0] / np.sqrt(clustered(x, y - x @ b, clusters)[0, 0]))


def brute(y: np.ndarray, x: np.ndarray, clusters: np.ndarray, values: np.ndarray) -> float:
    """Share of all weights whose t is not below the observed, each from a regression of its own."""
    names, at = np.unique(clusters, return_inverse=True)
    null = x[:, 1:] @ np.linalg.lstsq(x[:, 1:], y, rcond=None)[0]
    observed = abs(t_of(y, x, clusters)) * (1.0 - 1e-9)
    hits = [
        abs(t_of(null + np.array(w)[at] * (y - null), x, clusters)) >= observed
        for w in product(values, repeat=len(names))
    ]
    return float(np.mean(hits))


def sample(seed: int, groups: int, effect: float = 0.0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    unit, date = np.repeat(np.arange(groups), 8), np.tile(np.arange(8), groups)
    kept = rng.random(len(unit)) < 0.9
    unit, date = unit[kept], date[kept]
    d = ((unit < groups // 2) & (date >= 5)).astype(float)
    control = rng.normal(size=len(unit))
    y = effect * d + control + rng.normal(size=len(unit)) + rng.normal(size=groups)[unit]
    return y, np.column_stack([d, control]), unit, date


@pytest.mark.parametrize("effects", [0, 1, 2])
@pytest.mark.parametrize("seed", [0, 1])
def test_rademachers_p_is_that_of_all_regressions(seed: int, effects: int) -> None:
    y, x, unit, date = sample(seed, 6, 0.7)
    groups = [unit, date][:effects]
    parts = [x, *[(one[:, None] == np.unique(one)[i:]).astype(float) for i, one in enumerate(groups)]]
    full = np.column_stack(parts if effects else [x, np.ones(len(y))])
    found = wild_regression(y, x if effects else full, unit, np.random.default_rng(0), effects=groups)
    assert found.p_value == brute(y, full, unit, np.array([1.0, -1.0]))
    assert found.statistic == pytest.approx(t_of(y, full, unit), rel=1e-9)
    assert found.p_floor == 2.0**-5


def test_webbs_p_is_that_of_all_regressions() -> None:
    y, x, unit, _ = sample(3, 4, 0.4)
    full = np.column_stack([x, np.ones(len(y))])
    found = wild_regression(y, full, unit, np.random.default_rng(0), weights="webb")
    assert found.test == WILD_WEBB
    assert found.p_value == brute(y, full, unit, np.concatenate([WEBB_POINTS, -WEBB_POINTS]))
    assert found.p_floor == 6.0**-3


def test_drawn_weights_come_near_the_listed_ones() -> None:
    y, x, unit, date = sample(5, 16, 0.4)
    drawn = [
        wild_regression(y, x, unit, np.random.default_rng(seed), effects=[unit, date]).p_value
        for seed in (1, 2)
    ]
    assert abs(drawn[0] - drawn[1]) < 4 * np.sqrt(2 * 0.25 / 9_999)
    assert drawn[0] != drawn[1]


def test_rows_may_come_in_any_order() -> None:
    y, x, unit, date = sample(6, 15, 0.5)
    order = np.random.default_rng(1).permutation(len(y))
    one = wild_regression(y, x, unit, np.random.default_rng(3), effects=[unit, date], draws=499)
    other = wild_regression(
        y[order],
        x[order],
        unit[order],
        np.random.default_rng(3),
        effects=[unit[order], date[order]],
        draws=499,
    )
    assert one.p_value == other.p_value


def test_what_does_not_apply_says_why() -> None:
    y, x, unit, _ = sample(0, 6)
    one = wild_regression(y, x, np.zeros(len(y), dtype=np.int64), np.random.default_rng(0))
    assert one.reason == "needs two clusters or more"
    exact = wild_regression(2.0 * x[:, 0], x, unit, np.random.default_rng(0))
    assert exact.reason == "the clusters leave the coefficient no spread"
    with pytest.raises(InputError, match="no such weights"):
        wild_regression(y, x, unit, np.random.default_rng(0), weights="mammen")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="needs one draw or more"):
        wild_regression(y, x, unit, np.random.default_rng(0), draws=0)


def test_with_six_clusters_it_holds_where_the_clustered_normal_does_not() -> None:
    """Three treated of six: 300 samples without an effect, at 5 %."""
    rejects = np.zeros((300, 2), dtype=bool)
    for seed in range(300):
        y, x, unit, date = sample(10_000 + seed, 6)
        found = wild_regression(y, x, unit, np.random.default_rng(seed), effects=[unit, date])
        rejects[seed] = found.p_value <= 0.05, abs(found.statistic) > 1.96
    wild, normal = rejects.mean(axis=0)
    assert wild < 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / 300)
    assert normal > 0.10
