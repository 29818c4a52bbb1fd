"""One treated unit: the permutation against regressions with every dummy, and what it holds where clusters do not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from marketimpact.maths.fixed_effects import absorber
from marketimpact.maths.panel_errors import clustered
from marketimpact.maths.unit_permutation import PERMUTED_UNITS_SCALED, permute_units


def sample(seed: int, units: int = 20, dates: int = 30, *, lively: float = 1.0) -> tuple[np.ndarray, ...]:
    """No effect; unit 0 is treated on the last ten dates; moves share a date's shock."""
    rng = np.random.default_rng(seed)
    unit, date = np.repeat(np.arange(units), dates), np.tile(np.arange(dates), units)
    y = rng.normal(size=len(unit)) * np.where(unit == 0, lively, 1.0) + rng.normal(size=dates)[date]
    d = ((unit == 0) & (date >= dates - 10)).astype(float)
    return y, d[:, None], unit, date


def test_every_unit_has_the_coefficient_of_the_regression_with_all_dummies() -> None:
    y, x, unit, date = sample(1, 7, 14)
    control = np.random.default_rng(2).normal(size=len(y))
    kept = np.random.default_rng(3).random(len(y)) < 0.95
    kept[date >= 4] = True  # all units have moves on the dates of the news
    y, d, unit, date, control = y[kept], x[kept, 0], unit[kept], date[kept], control[kept]
    dummies = [(one[:, None] == np.unique(one)).astype(float) for one in (unit, date)]
    b = []
    for one in range(7):
        moved = ((unit == one) & (date >= 4)).astype(float)
        b.append(np.linalg.lstsq(np.column_stack([moved, control, *dummies]), y, rcond=None)[0][0])
    plain, _ = permute_units(y, np.column_stack([d, control]), unit, date, news=1, effects=[unit, date])[0]
    assert plain.estimate == pytest.approx(b[0], rel=1e-9)
    assert plain.p_value == np.mean(np.abs(b) >= abs(b[0]))
    assert plain.p_floor == 1 / 7
    assert "cannot reject at the 5 % level" in plain.note


def test_units_without_moves_on_the_dates_of_the_news_are_left_out_and_it_is_said() -> None:
    y, x, unit, date = sample(4, 25)
    kept = ~((unit == 3) & (date == 29))
    found = permute_units(y[kept], x[kept], unit[kept], date[kept], news=1, effects=[unit[kept], date[kept]])
    assert found[0][0].n_clusters == 24
    assert "1 units without moves on all these dates left out" in found[0][0].note


def test_two_treated_units_are_not_its_case() -> None:
    y, x, unit, date = sample(5)
    x[(unit == 1) & (date == 3)] = 1.0
    plain, scaled = permute_units(y, x, unit, date, news=1, effects=[unit, date])[0]
    assert plain.reason == scaled.reason == "2 units have news: it is for one"
    assert scaled.test == PERMUTED_UNITS_SCALED


def test_it_holds_where_clustered_errors_reject_most_true_nulls() -> None:
    """400 samples without an effect, one treated unit of twenty, at 5 %."""
    rejects = np.zeros((400, 2), dtype=bool)
    for seed in range(400):
        y, x, unit, date = sample(1_000 + seed)
        made = absorber([unit, date])
        yy, xx = made.left_of(y), made.left_of(x)
        b = float(xx[:, 0] @ yy / (xx[:, 0] @ xx[:, 0]))
        t = abs(b) / np.sqrt(clustered(xx, yy - xx[:, 0] * b, unit)[0, 0])
        p = permute_units(y, x, unit, date, news=1, effects=[unit, date])[0][0].p_value
        rejects[seed] = p <= 0.05 + 1e-12, 2.0 * stats.t.sf(t, 19) < 0.05
    permuted, by_cluster = rejects.mean(axis=0)
    assert abs(permuted - 0.05) < 3.7 * np.sqrt(0.05 * 0.95 / 400)
    assert by_cluster > 0.35


def test_a_treated_unit_more_volatile_than_the_others_is_weighed_by_its_own() -> None:
    """Three times the volatility of the others: 300 samples without an effect."""
    rejects = np.zeros((300, 2), dtype=bool)
    for seed in range(300):
        y, x, unit, date = sample(5_000 + seed, lively=3.0)
        pair = permute_units(y, x, unit, date, news=1, effects=[unit, date])[0]
        rejects[seed] = [one.p_value <= 0.05 + 1e-12 for one in pair]
    plain, scaled = rejects.mean(axis=0)
    assert plain > 0.3
    assert scaled < 0.05 + 3.7 * np.sqrt(0.05 * 0.95 / 300)
