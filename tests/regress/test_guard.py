"""What few event days do to the usual robust errors: the integral against simulation, and the documented 90 %."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

import marketimpact as mi
from marketimpact.maths.cluster_robust import cluster_robust
from marketimpact.regress.guard import false_rejection, few_days

N = 250


@pytest.mark.parametrize(
    ("days", "low", "high"), [(1, 0.89, 0.93), (2, 0.36, 0.39), (5, 0.14, 0.16), (10, 0.08, 0.10)]
)
def test_the_expected_share_is_that_of_the_literature(days: int, low: float, high: float) -> None:
    assert low < false_rejection(days, N) < high


@pytest.mark.parametrize("days", [1, 2, 3, 5, 10, 20])
def test_the_integral_is_what_simulation_gives(days: int) -> None:
    rng, draws = np.random.default_rng(days), 40_000
    event = rng.normal(size=(draws, days))
    rest = N - days
    mean = event.mean(axis=1) - rng.normal(size=draws) / np.sqrt(rest)
    spread = ((event - event.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    variance = spread / days**2 + rng.chisquare(rest - 1, draws) / rest**2
    share = np.mean(np.abs(mean) > stats.norm.isf(0.025) * np.sqrt(variance))
    expected = false_rejection(days, N)
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / draws) + 0.002


def test_newey_west_errors_reject_nine_true_nulls_in_ten_with_one_event_day() -> None:
    rng = np.random.default_rng(20220105)
    x = np.zeros((N, 2))
    x[:, 0], x[180, 1] = 1.0, 1.0
    draws = 200
    rejected = sum(
        sm.OLS(rng.normal(size=N), x).fit(cov_type="HAC", cov_kwds={"maxlags": 5}).pvalues[1] < 0.05
        for _ in range(draws)
    )
    assert 0.83 < rejected / draws < 0.98  # 4 standard errors around .91


@pytest.mark.parametrize(("scale", "days"), [(1.0, 2), (1.0, 5), (2.0, 2), (2.0, 5)])
def test_hc2_with_bell_and_mccaffrey_holds_from_two_event_days(scale: float, days: int) -> None:
    rng, draws = np.random.default_rng([int(scale), days]), 800
    x = np.zeros((N, 2))
    x[:, 0], x[20 : 20 + days, 1] = 1.0, 1.0
    rejected = 0
    for _ in range(draws):
        y = rng.normal(size=N)
        y[20 : 20 + days] *= scale
        rejected += cluster_robust(y, x, np.arange(N)).p_value[1] < 0.05
    assert rejected / draws < 0.075  # 3.2 standard errors above .05; measured .020 to .050


def test_it_says_what_it_does_and_what_it_refuses() -> None:
    assert few_days(2, N, 0.1).startswith("2 event days: rejects about 4")
    assert few_days(1, N, 0.05).endswith("and is refused")
    with pytest.raises(mi.InputError, match="days: are no event days; received 250; allowed: 1 to 249"):
        false_rejection(N, N)


def test_more_days_reject_less_and_never_less_than_the_size() -> None:
    shares = [false_rejection(days, N) for days in range(1, 80)]
    assert all(a > b > 0.05 for a, b in pairwise(shares))
