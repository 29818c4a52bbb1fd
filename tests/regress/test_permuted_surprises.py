"""Surprises in other orders: against a loop of regressions, exactly uniform under the null; and what few of them do."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import marketimpact as mi
from marketimpact.maths.shuffled_slopes import SHUFFLED
from marketimpact.regress.dummies import ONE_DAY
from marketimpact.regress.guard import false_rejection, slope_rejection
from marketimpact.regress.surprises import SurpriseResponse, SurpriseResult
from tests.study.world import price_panel, walk, weekdays

DAYS = weekdays(80)
PLACES = (10, 22, 31, 45, 60)
SIZES = (1.0, -0.4, 2.5, 0.3, -1.2)


def panel_of(*names: str, seed: int = 7, n: int = 80) -> mi.Panel:
    rng = np.random.default_rng(seed)
    return price_panel({name: walk(rng, n) for name in names}, weekdays(n))


def releases(
    places: Sequence[int] = PLACES, sizes: Sequence[float] = SIZES, kind: str = "CPI"
) -> list[mi.Event]:
    days = weekdays(max(places) + 1)
    return [
        mi.Event(
            f"{kind}{i}", announced_at=f"{days[place]}T09:00", zone="UTC", category=kind, surprise=float(s),
            surprise_unit="points",
        )
        for i, (place, s) in enumerate(zip(places, sizes, strict=True))
    ]  # fmt: skip


def run(spec: SurpriseResponse, panel: mi.Panel, events: list[mi.Event], **choices: object) -> SurpriseResult:
    """A run whose warnings are not what is looked at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mi.MarketImpactWarning)
        return spec.run(panel, events, **choices)


def robust_t(y: np.ndarray, x: np.ndarray, days: np.ndarray, dates: np.ndarray, m: int = 1) -> np.ndarray:
    """t of the first m columns of least squares, squares of scores summed over event days alone."""
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ y
    scores = (x @ inverse[:, :m]) * (y - x @ b)[:, None]
    sums = np.array([scores[days & (dates == date)].sum(axis=0) for date in np.unique(dates[days])])
    return b[:m] / np.sqrt((sums**2).sum(axis=0))


def placed(values: Sequence[float], places: Sequence[int] = PLACES, n: int = 80) -> np.ndarray:
    """Values on the moves of the event days."""
    out = np.zeros(n)
    np.add.at(out, list(places), values)
    return out[1:]


def moves(panel: mi.Panel, name: str = "A") -> np.ndarray:
    return np.diff(np.log(panel[name].to_numpy()))


def share(observed: np.ndarray, every: np.ndarray) -> np.ndarray:
    return (np.abs(every) >= np.abs(observed) * (1 - 1e-9)).mean(axis=0)


def test_five_surprises_are_enumerated_as_a_loop_of_regressions_does() -> None:
    """With a control and another release, which stay where they are."""
    panel = panel_of("A", "M")
    other = releases((15, 33, 52), (0.5, 1.5, -1.0), "jobs")
    result = run(
        SurpriseResponse(controls=("M",), permutations=50), panel, [*releases(), *other],
        pairs=[(one.id, "A") for one in (*releases(), *other)],
    )  # fmt: skip
    fixed = np.column_stack([placed((0.5, 1.5, -1.0), (15, 33, 52)), moves(panel, "M"), np.ones(79)])
    y, days, dates = moves(panel), np.isin(np.arange(1, 80), PLACES), np.arange(1, 80)

    def t(sizes: Sequence[float]) -> np.ndarray:
        return robust_t(y, np.column_stack([placed(sizes), fixed]), days, dates)

    every = np.array([t(some) for some in permutations(SIZES)])
    outcome = result.permutation[0]
    assert result.terms[:2] == ("CPI", "jobs")
    assert (outcome.test, outcome.note, outcome.n) == (SHUFFLED, "enumerated", 5)
    assert outcome.statistic == pytest.approx(t(SIZES)[0], rel=1e-9)
    assert outcome.p_value == pytest.approx(share(t(SIZES), every)[0])
    assert outcome.p_floor == 1 / 120
    assert result.permutation[1].reason == "3 events with a surprise, needs 4"
    assert result.permutation[2].reason == "no surprise"


def test_signs_go_with_the_surprise_and_a_state_stays_with_its_session() -> None:
    panel = panel_of("A", seed=3)
    y, days, dates = moves(panel), np.isin(np.arange(1, 80), PLACES), np.arange(1, 80)
    ones = np.ones(79)

    signs = run(SurpriseResponse(asymmetric=True, permutations=50), panel, releases())

    def by_sign(sizes: Sequence[float]) -> np.ndarray:
        s = np.array(sizes)
        x = np.column_stack([placed(np.maximum(s, 0)), placed(np.minimum(s, 0)), ones])
        return robust_t(y, x, days, dates, 2)

    every = np.array([by_sign(some) for some in permutations(SIZES)])
    np.testing.assert_allclose([one.p_value for one in signs.permutation[:2]], share(by_sign(SIZES), every))

    score = np.array([0.3, 2.0, 1.1, -0.7, 0.9])
    state = pd.Series(score, index=pd.DatetimeIndex(DAYS[np.array(PLACES) - 1]), name="stress")
    stated = run(SurpriseResponse(state=state, permutations=50), panel, releases())
    z = (score - score.mean()) / score.std(ddof=1)

    def by_state(sizes: Sequence[float]) -> np.ndarray:
        x = np.column_stack([placed(sizes), placed(np.array(sizes) * z), ones])
        return robust_t(y, x, days, dates, 2)

    every = np.array([by_state(some) for some in permutations(SIZES)])
    np.testing.assert_allclose([one.p_value for one in stated.permutation[:2]], share(by_state(SIZES), every))


def test_the_instruments_of_an_event_keep_one_surprise_and_a_date_is_one_cluster() -> None:
    panel = panel_of("A", "B", "C", seed=5)
    events = releases()
    pairs = [(one.id, name) for one in events for name in "ABC" if (one.id, name) != ("CPI1", "B")]
    result = run(SurpriseResponse(permutations=50), panel, events, pairs=pairs)
    y, dates = np.concatenate([moves(panel, name) for name in "ABC"]), np.tile(np.arange(1, 80), 3)
    own = np.repeat(np.eye(3), 79, axis=0)
    days = np.isin(dates, PLACES)
    days[79 + PLACES[1] - 1] = False

    def t(sizes: Sequence[float]) -> np.ndarray:
        s = np.tile(placed(sizes), 3)
        s[~days] = 0.0
        return robust_t(y, np.column_stack([s, own]), days, dates)

    every = np.array([t(some) for some in permutations(SIZES)])
    assert result.permutation[0].p_value == pytest.approx(share(t(SIZES), every)[0])
    assert (result.permutation[0].n, result.permutation[0].n_clusters) == (14, 5)


def test_two_events_of_one_session_are_added_in_every_order() -> None:
    panel, places = panel_of("A", seed=9), (10, 22, 22, 45, 60)
    result = run(SurpriseResponse(permutations=50), panel, releases(places))
    y, dates = moves(panel), np.arange(1, 80)
    days = np.isin(dates, places)

    def t(sizes: Sequence[float]) -> np.ndarray:
        return robust_t(y, np.column_stack([placed(sizes, places), np.ones(79)]), days, dates)

    every = np.array([t(some) for some in permutations(SIZES)])
    assert result.permutation[0].p_value == pytest.approx(share(t(SIZES), every)[0])


def test_weights_stay_with_the_move() -> None:
    panel = panel_of("A", seed=12)
    spec = SurpriseResponse(weights="ewma", permutations=50)
    result = run(spec, panel, releases((30, 38, 45, 60, 70)))
    weight = 1.0 / np.sqrt(result.model.model.weights)  # type: ignore[attr-defined]
    y, dates = moves(panel)[-len(weight) :], np.arange(1, 80)[-len(weight) :]
    days = np.isin(dates, (30, 38, 45, 60, 70))

    def t(sizes: Sequence[float]) -> np.ndarray:
        s = placed(sizes, (30, 38, 45, 60, 70))[-len(weight) :]
        return robust_t(y / weight, np.column_stack([s, np.ones(len(s))]) / weight[:, None], days, dates)

    every = np.array([t(some) for some in permutations(SIZES)])
    assert result.permutation[0].p_value == pytest.approx(share(t(SIZES), every)[0], abs=1e-12)


def test_over_all_orders_of_the_surprises_the_p_takes_every_value_once() -> None:
    panel = panel_of("A", n=40)
    places, sizes = (8, 15, 22, 33), (1.0, -0.4, 2.5, 0.3)
    p = [
        run(SurpriseResponse(permutations=50), panel, releases(places, some)).permutation[0].p_value
        for some in permutations(sizes)
    ]
    np.testing.assert_allclose(np.sort(p), np.arange(1, 25) / 24)


def test_draws_hang_on_the_seed_and_the_release_alone() -> None:
    places = tuple(range(5, 75, 7))
    sizes = np.random.default_rng(3).standard_t(3, len(places))
    panel, events = panel_of("A"), releases(places, sizes)
    spec = SurpriseResponse(permutations=199)
    first, turned, other = (
        run(spec, panel, some, seed=seed).permutation[0]
        for some, seed in ((events, 1), (events[::-1], 1), (events, 2))
    )
    assert first == turned
    assert first.note == "199 draws, seed 1"
    assert first.statistic == other.statistic
    assert first.p_value != other.p_value


def test_the_size_holds_where_one_surprise_has_ten_sd_and_moves_have_heavy_tails() -> None:
    """40 event days: 5 % of 150 null samples, within 4 standard errors; HC1 rejects three times as many."""
    draws, n = 150, 100
    places = tuple(range(2, 82, 2))
    rejected = np.zeros(2)
    for seed in range(draws):
        rng = np.random.default_rng([31, seed])
        sizes = rng.normal(size=40)
        sizes[rng.integers(40)] = 10.0
        levels = {"A": 100.0 * np.exp(np.cumsum(0.01 * rng.standard_t(3, n)))}
        found = run(
            SurpriseResponse(cov="HC1", permutations=99),
            price_panel(levels, weekdays(n)),
            releases(places, sizes),
        )
        rejected += [found.permutation[0].p_value <= 0.05, found.p_values[0] <= 0.05]
    assert abs(rejected[0] / draws - 0.05) < 4 * np.sqrt(0.05 * 0.95 / draws)
    assert rejected[1] / draws > 0.12


@pytest.mark.parametrize("cov", ["HC0", "HC1", "HC3", "HAC"])
def test_few_surprises_warn_with_what_the_errors_reject_and_show_the_permutation(cov: str) -> None:
    panel = panel_of("A", n=250)
    s = np.zeros(249)
    s[np.array(PLACES) - 1] = SIZES
    rate = slope_rejection(np.column_stack([s, np.ones(249)]), 0, np.arange(249), cov=cov)
    words = rf"{cov} is too small where few surprises carry a slope \(CPI: about \d\.\d event days carry it: rejects "
    with pytest.warns(mi.MarketImpactWarning) as told:
        found = SurpriseResponse(cov=cov).run(panel, releases())
    said = [str(one.message) for one in told]
    assert any(pd.Series([one]).str.match(words).item() for one in said)
    assert any(f"about {rate * 100:.0f} % of true nulls at a nominal 5 %" in one for one in said)
    frame = found.to_frame()
    assert frame["p_permutation"].notna().tolist() == [True, False]
    assert frame["p_floor"][0] == 1 / 120
    assert "p (permutation)" in str(found.summary())
    never = run(SurpriseResponse(cov=cov, permutations=0), panel, releases())
    assert not any(one.applies for one in never.permutation)


def test_enough_even_surprises_need_neither_a_warning_nor_a_permutation() -> None:
    places = tuple(range(5, 245, 6))
    sizes = np.tile([1.0, -1.0, 0.5, -0.5], 10)
    found = SurpriseResponse(cov="HC1").run(panel_of("A", n=250), releases(places, sizes))
    assert not any(one.applies for one in found.permutation)
    assert "permutation" not in str(found.summary())
    assert len(found.reading) == 1


@pytest.mark.parametrize("cov", ["HC0", "HC1", "HC2", "HC3", "HAC", "cluster"])
def test_a_slope_of_one_event_day_has_no_error_by_any_estimator(cov: str) -> None:
    """One negative surprise among eight."""
    sizes = np.array([1.0, 0.4, 2.5, 0.3, -1.2, 0.8, 1.1, 0.7])
    spec = SurpriseResponse(cov=cov, asymmetric=True)
    with pytest.warns(mi.MarketImpactWarning) as told:
        found = spec.run(panel_of("A"), releases(tuple(range(8, 72, 8)), sizes))
    said = " ".join(str(one.message) for one in told)
    assert "CPI, negative surprise: 2015-03-02 (CPI4) alone determines it" in said
    assert "one_event" in said
    if cov not in ("HC2", "cluster"):
        assert "CPI, negative surprise: 1 event day: would reject about 8" in said
    row = found.to_frame().set_index("term").loc["CPI, negative surprise"]
    assert (
        row[["std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "p_permutation"]]
        .isna()
        .all()
    )
    assert row["note"].startswith(f"{ONE_DAY}; 1 sd = ")
    assert np.isfinite(row["estimate"])


def test_one_event_is_refused_and_the_study_of_one_event_offered() -> None:
    with pytest.raises(
        mi.InputError, match=r"'CPI' has one usable event .*a single event has tests of its own: mi\."
    ):
        SurpriseResponse().run(panel_of("A"), releases(PLACES[:1], SIZES[:1]))


@pytest.mark.parametrize("permutations", [True, -1, 2.0, "all"])
def test_permutations_are_a_number(permutations: object) -> None:
    with pytest.raises(mi.InputError, match="permutations: is no number"):
        SurpriseResponse(permutations=permutations)


@pytest.mark.parametrize("days", [1, 2, 5, 10, 20])
@pytest.mark.parametrize("cov", ["HC0", "HC3"])
def test_of_a_dummy_it_is_the_share_that_is_known(days: int, cov: str) -> None:
    """Two formulas, by the distribution of the variance and by Craig's integral."""
    x = np.zeros((250, 2))
    x[:, 1], x[40 : 40 + days, 0] = 1.0, 1.0
    expected = false_rejection(days, 250, cov=cov)
    assert slope_rejection(x, 0, np.arange(250), cov=cov) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize("cov", ["HC0", "HC1", "HC3"])
@pytest.mark.parametrize("spike", [1.0, 10.0])
def test_the_share_is_what_simulation_gives(cov: str, spike: float) -> None:
    rng, draws, n = np.random.default_rng(17), 20_000, 40
    s = rng.normal(size=n)
    s[7] = spike
    x = np.column_stack([s, rng.normal(size=n), np.ones(n)])
    inverse = np.linalg.inv(x.T @ x)
    m, h = inverse @ x.T, ((x @ inverse) * x).sum(axis=1)
    y = rng.normal(size=(n, draws))
    b = m @ y
    weight = (m[0] / (1 - h if cov == "HC3" else 1.0)) ** 2 * (n / (n - 3) if cov == "HC1" else 1.0)
    rejected = np.mean(np.abs(b[0]) > stats.norm.isf(0.025) * np.sqrt(weight @ (y - x @ b) ** 2))
    assert slope_rejection(x, 0, np.arange(n), cov=cov) == pytest.approx(
        rejected, abs=4 * 0.5 / np.sqrt(draws)
    )


def test_the_share_with_clusters_is_what_simulation_gives() -> None:
    """Three instruments on five dates of one release: CR1, t with as many degrees of freedom as other dates."""
    rng, draws = np.random.default_rng(18), 10_000
    dates = np.tile(np.arange(60), 3)
    s = np.zeros(60)
    s[[5, 16, 27, 38, 49]] = SIZES
    x = np.column_stack([np.tile(s, 3), np.repeat(np.eye(3), 60, axis=0)])
    m = np.linalg.pinv(x)
    y = rng.normal(size=(180, draws))
    b = m @ y
    scores = m[0][:, None] * (y - x @ b)
    spread = (scores.reshape(3, 60, draws).sum(axis=0) ** 2).sum(axis=0) * 60 / 59
    rejected = np.mean(np.abs(b[0]) > stats.t.isf(0.025, 59) * np.sqrt(spread))
    assert slope_rejection(x, 0, dates, cov="HC1") == pytest.approx(rejected, abs=4 * 0.5 / np.sqrt(draws))


def test_the_lightest_of_very_many_event_days_count_as_constant() -> None:
    rng = np.random.default_rng(19)
    s = np.zeros(1500)
    s[:700] = rng.lognormal(0.0, 2.0, 700)
    x = np.column_stack([s, np.ones(1500)])
    shuffled = slope_rejection(x, 0, np.arange(1500))
    y = rng.normal(size=(1500, 4000))
    m = np.linalg.pinv(x)
    b = m @ y
    rejected = np.mean(np.abs(b[0]) > 1.96 * np.sqrt((m[0] ** 2) @ (y - x @ b) ** 2))
    assert shuffled == pytest.approx(rejected, abs=4 * 0.5 / np.sqrt(4000))
