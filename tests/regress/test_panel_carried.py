"""Which clusters carry a panel's coefficient once the effects are out: by brute force, by draws, and one true case."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import marketimpact as mi
from marketimpact.maths.fixed_effects import absorber
from marketimpact.maths.panel_errors import clustered, two_way
from marketimpact.regress.guard import beyond_mixture, beyond_signed_mixture
from marketimpact.regress.panel_carried import ALONE_NOTE, bearers_of, rate_of
from marketimpact.regress.panel_sample import PanelSample
from marketimpact.regress.panels import PanelRegression, PanelResult
from tests.study.world import news, weekdays

UNITS, DATES = 6, 90
UNIT, DATE = np.repeat(np.arange(UNITS), DATES), np.tile(np.arange(DATES), UNITS)


def sample_of(x: np.ndarray, clusters: str = "date", kept: np.ndarray | None = None) -> PanelSample:
    """News alone, instrument and date effects."""
    rows = np.full(len(x), True) if kept is None else kept
    unit, date = UNIT[rows], DATE[rows]
    chosen = {"date": (date,), "instrument": (unit,), "both": (unit, date)}[clusters]
    return PanelSample(
        np.zeros(int(rows.sum())), x[rows, None].astype(float), unit, date, chosen, (unit, date), 1
    )


def with_a_hole(dates: np.ndarray) -> np.ndarray:
    """All instruments on all dates, but the last instrument on the first of them."""
    return np.isin(DATE, dates) & ~((UNIT == UNITS - 1) & (dates[0] == DATE))


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_shares_are_those_of_the_residual_beside_all_dummies(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kept = rng.random(UNITS * DATES) > 0.1
    x = (rng.random(UNITS * DATES) < 0.05) * rng.exponential(size=UNITS * DATES)
    sample = sample_of(x, "date", kept)
    dummies = np.column_stack(
        [(one[:, None] == np.unique(one)).astype(float) for one in (sample.units, sample.dates)]
    )
    left = sample.x[:, 0] - dummies @ np.linalg.lstsq(dummies, sample.x[:, 0], rcond=None)[0]
    shares = pd.Series(left**2).groupby(sample.dates).sum() / (left @ left)
    found = bearers_of(sample, absorber(sample.effects).left_of(sample.x))
    reached = len(np.unique(sample.dates[sample.x[:, 0] != 0]))
    assert found.reached.tolist() == [reached]
    assert found.effective[0] == pytest.approx(min(1 / (shares**2).sum(), reached), rel=1e-6)
    assert found.largest[0] == pytest.approx(shares.max(), rel=1e-6)


@pytest.mark.parametrize(
    ("clusters", "treated", "alone"),
    [("instrument", 1, True), ("instrument", 2, False), ("instrument", 5, True), ("date", 1, False)],
)
def test_one_instrument_with_news_is_one_without(clusters: str, treated: int, alone: bool) -> None:
    x = np.isin(DATE, [10, 30, 50, 70]) & (treated > UNIT)
    sample = sample_of(x, clusters)
    found = bearers_of(sample, absorber(sample.effects).left_of(sample.x))
    assert found.alone.tolist() == [alone]


@pytest.mark.parametrize(
    ("name", "clusters", "samples"),
    [("hole", "date", 300), ("two", "date", 300), ("hole", "instrument", 300), ("three", "instrument", 300)],
)
def test_cr1_rejects_as_often_as_is_said(name: str, clusters: str, samples: int) -> None:
    dates = np.array([8, 20, 41, 55, 68, 80])
    x = {"hole": with_a_hole(dates), "two": np.isin(DATE, dates[:2]) & (UNIT < 3),
         "three": np.isin(DATE, dates) & (UNIT < 3)}[name]  # fmt: skip
    sample, rng = sample_of(x, clusters), np.random.default_rng(3)
    made = absorber(sample.effects)
    left = made.left_of(sample.x)
    groups, hits = sample.clusters[0], 0
    critical = stats.t.isf(0.025, len(np.unique(groups)) - 1)
    for _ in range(samples):
        y = made.left_of(rng.standard_normal(len(x)) + rng.standard_normal(DATES)[DATE])
        b = float(left[:, 0] @ y / (left[:, 0] @ left[:, 0]))
        hits += abs(b) > critical * np.sqrt(clustered(left, y - left[:, 0] * b, groups)[0, 0])
    said = rate_of(sample, left, 0, 0.05)
    assert abs(hits / samples - said) < 4 * np.sqrt(said * (1 - said) / samples) + 0.02
    assert bearers_of(sample, left).alone[0] == (name == "hole")


@pytest.mark.parametrize("dates", [2, 5])
def test_two_way_errors_reject_as_often_as_is_said(dates: int) -> None:
    x = np.isin(DATE, np.array([8, 20, 41, 55, 68])[:dates]) & (UNIT < 3)
    sample, rng = sample_of(x, "both"), np.random.default_rng(5)
    made = absorber(sample.effects)
    left = made.left_of(sample.x)
    samples, hits, critical = 300, 0, stats.t.isf(0.025, UNITS - 1)
    for _ in range(samples):
        y = made.left_of(rng.standard_normal(len(x)))
        b = float(left[:, 0] @ y / (left[:, 0] @ left[:, 0]))
        variance = two_way(left, y - left[:, 0] * b, UNIT, DATE)[0][0, 0]
        hits += b**2 > critical**2 * variance > 0.0
    said = rate_of(sample, left, 0, 0.05)
    assert abs(hits / samples - said) < 3.5 * np.sqrt(said * (1 - said) / samples)
    assert said > rate_of(sample_of(x, "both"), left, 0, 0.01)


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("treated", "dates"), [(3, 3), (4, 2)])
def test_two_way_errors_without_date_effects_reject_as_often_as_is_said(
    treated: int, dates: int, shared: float
) -> None:
    news_days, rng, samples = [8, 40, 70][:dates], np.random.default_rng(7), 1_000
    sample = replace(sample_of(np.isin(DATE, news_days) & (treated > UNIT), "both"), effects=(UNIT,))
    left = absorber(sample.effects).left_of(sample.x)
    own, common = rng.standard_normal((samples, UNITS, DATES)), rng.standard_normal((samples, 1, DATES))
    y, x = np.sqrt(1.0 - shared) * own + np.sqrt(shared) * common, left[:, 0].reshape(UNITS, DATES)
    y -= y.mean(axis=2, keepdims=True)
    b = (x * y).sum(axis=(1, 2)) / (x * x).sum()
    score, n = x * (y - b[:, None, None] * x), UNITS * DATES
    variance = (
        (score.sum(axis=2) ** 2).sum(axis=1) * UNITS / (UNITS - 1)
        + (score.sum(axis=1) ** 2).sum(axis=1) * DATES / (DATES - 1)
        - (score**2).sum(axis=(1, 2)) * n / (n - 1)
    ) / (x * x).sum() ** 2
    hits = (b**2 > stats.t.isf(0.025, UNITS - 1) ** 2 * variance) & (variance > 0.0)
    said = rate_of(sample, left, 0, 0.05, shared=shared)
    assert abs(hits.mean() - said) < 3.0 * np.sqrt(said * (1 - said) / samples) + 0.005


def test_a_mixture_with_weights_of_one_sign_is_that_of_the_integral() -> None:
    for shares, rest in ((np.array([0.5, 0.3, 0.1]), 0.2), (np.full(20, 0.05), 0.0)):
        assert beyond_signed_mixture(shares, rest, 4.0) == pytest.approx(
            beyond_mixture(shares, rest, 4.0), abs=0.005
        )
    assert beyond_signed_mixture(np.array([-1.0]), 0.0, 4.0) == 0.0


def test_two_way_errors_on_few_dates_say_their_rate() -> None:
    panel, events = five_bonds()
    some = [(f"e{i}", f"TR {2030 + j}") for i in (0, 1) for j in (0, 1, 2)]
    rates = {}
    for effects in ("both", "instrument"):
        with pytest.warns(
            mi.MarketImpactWarning, match=r"event: 2 of .* at a nominal 5 %\): these errors"
        ) as caught:
            PanelRegression(cluster="both", effects=effects, wild=0).run(panel, events, pairs=some)  # type: ignore[arg-type]
        rates[effects] = int(re.findall(r"rejects about (\d+) %", str(caught[0].message))[0])
    assert 8 <= rates["both"] < 30 < rates["instrument"] < 37


def five_bonds() -> tuple[mi.Panel, mi.EventSet]:
    """Five bonds with six common events; the last bond is not quoted on the day of the fourth and the two after it."""
    days = weekdays(400)
    rng = np.random.default_rng(2043)
    common = rng.normal(0, 0.01, len(days))
    frame = pd.DataFrame(
        {
            f"TR {2030 + i}": 100 * np.exp(np.cumsum(common + rng.normal(0, 0.003, len(days))))
            for i in range(5)
        },
        index=days,
    )
    frame.iloc[200:203, 4] = np.nan
    panel = mi.Panel.from_frame(
        frame,
        instruments=[mi.SovereignBond(n, quoted="clean price", snapshot="17:00 UTC") for n in frame.columns],
    )
    return panel, news(days[[40, 90, 150, 200, 290, 350]])


def run(**choices: object) -> PanelResult:
    panel, events = five_bonds()
    return PanelRegression(**choices).run(panel, events, pairs="all")  # type: ignore[arg-type]


CHOICES: list[dict[str, object]] = [
    {"errors": "CR1"}, {"errors": "Driscoll-Kraay"}, {"cluster": "both"}, {"errors": "CR1", "cluster": "instrument"},
]  # fmt: skip


@pytest.mark.parametrize("choices", CHOICES)
def test_six_events_of_which_one_cell_is_left_have_no_standard_error(choices: dict[str, object]) -> None:
    with pytest.warns(mi.MarketImpactWarning, match=r"carry what the effects leave.*, and is refused"):
        found = run(wild=99, **choices)
    assert np.isnan([found.std_errors[0], found.p_values[0], found.dfs[0]]).all()
    assert found.notes == (ALONE_NOTE,)
    assert found.effective_clusters[0] < 1.6
    assert "mi.EventStudy" in str(found.summary())
    assert "no t is given, see the note" in str(found.summary())
    assert (
        "event: 5 of 5, " if "cluster" in choices and choices["cluster"] == "instrument" else "7 of 399, "
    ) in str(found.summary())
    for term, one in found.tests:
        assert term == "event"
        assert not one.applies


def test_cr2_says_why_it_has_none_and_what_is_counted() -> None:
    found = run()
    assert np.isnan(found.std_errors[0])
    assert found.notes == (ALONE_NOTE,)
    said = " ".join(found.reading)
    assert re.search(
        r"event: 7 of 399, of which about 1\.0 carry what the effects leave, and is refused", said
    )
    assert "6 events fall on 7 session dates" in said


def test_with_instrument_effects_alone_all_dates_count() -> None:
    found = run(effects="instrument")
    assert np.isfinite(found.std_errors[0])
    assert found.notes == ("",)
    assert 6.0 < found.effective_clusters[0] <= 7.0
