"""One pair: ranks by GARCH and within strata, the largest day, sums over windows, factors outside their support."""

from __future__ import annotations

import re
import sys

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.maths.abnormal import covariance
from marketimpact.maths.autocorrelation import CORRECTED, variance_ratio_factor
from marketimpact.maths.max_statistic import sup_t
from marketimpact.maths.power import detectable_rank
from marketimpact.maths.strata import FEWEST_DATES
from marketimpact.study.garch import garch_volatility
from marketimpact.study.one_event import (
    CONDITIONAL,
    DETECTABLE_RANK,
    GARCH_RANK,
    LARGEST,
    RANK,
    STRATIFIED,
    OneEvent,
    T,
)
from marketimpact.study.window_tests import PLACEBO
from tests.maths.test_one_event import moves
from tests.study.world import SNAPSHOT, news, price_panel, walk, weekdays

N, AT = 900, 800
DAYS = weekdays(N)
TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
LONG = mi.Timeline(estimation=(-310, -11), event=(-5, 5))


def garch_moves(seed: int, n: int = N) -> np.ndarray:
    """Daily changes of a yield [bp] whose volatility clusters."""
    rng = np.random.default_rng(seed)
    made, variance = np.empty(n + 200), 16.0
    for t in range(n + 200):
        made[t] = rng.standard_normal() * np.sqrt(variance)
        variance = 0.32 + 0.10 * made[t] ** 2 + 0.88 * variance
    return made[200:]


def studied(
    made: np.ndarray,
    event: mi.EventSet,
    timeline: mi.Timeline,
    confounders: mi.EventSet | None,
    windows: tuple[tuple[int, int], ...] | None,
) -> mi.StudyResult:
    frame = pd.DataFrame({"KZ": 5.0 + made.cumsum() / 100}, index=DAYS[: len(made)])
    panel = mi.Panel.from_frame(
        frame, instruments=[mi.SovereignBond("KZ", quoted="yield", snapshot=SNAPSHOT)]
    )
    study = mi.EventStudy(timeline=timeline, windows=windows)
    return study.run(panel, event, confounders=confounders)


def found(
    made: np.ndarray,
    at: int = AT,
    *,
    timeline: mi.Timeline = TIMELINE,
    confounders: mi.EventSet | None = None,
    windows: tuple[tuple[int, int], ...] | None = None,
    others: tuple[int, ...] = (),
) -> OneEvent:
    event = news([DAYS[at], *(DAYS[other] for other in others)])
    return studied(made, event, timeline, confounders, windows).one_event("e0")


def days_of_news(places: np.ndarray | list[int]) -> mi.EventSet:
    """Scheduled news before the snapshot of some sessions."""
    return mi.EventSet.from_events(
        mi.Event(f"fomc{i}", announced_at=f"{DAYS[place]}T09:00", zone="UTC")
        for i, place in enumerate(places)
    )


# By GARCH


@pytest.mark.parametrize("seed", range(3))
def test_the_rank_by_garch_is_counted_by_hand(seed: int) -> None:
    """The mean of window and event, a GARCH of all clean moves before the event, and sizes in its units."""
    made = garch_moves(seed)
    made[AT] = 12.0
    outcome = found(made).one(GARCH_RANK)
    window = np.r_[AT - 130 : AT - 10, AT]
    e = made - made[window].mean()
    fitted = np.arange(AT) < AT - 5
    usable = np.arange(AT) > 0  # the first quote has no move
    garch = garch_volatility(e[:AT], usable, fitted)
    size = np.abs(e[window]) / np.append(garch.volatility, garch.forecast)[window]
    assert outcome.p_value == np.mean(size >= size[-1] * (1 - 1e-9))
    assert outcome.p_floor == 1 / 121
    assert (
        f"{garch.n_obs} sessions until tau = -1, alpha {garch.alpha:.2f}, beta {garch.beta:.2f}"
        in outcome.note
    )
    assert garch.n_obs == AT - 6


def test_other_news_is_not_fitted_but_felt() -> None:
    made = garch_moves(4)
    made[AT] = 12.0
    stormy = made.copy()
    stormy[AT - 30 : AT - 28] = 60.0
    calm, storm = found(made, others=(AT - 30,)), found(stormy, others=(AT - 30,))
    fitted = np.arange(AT) < AT - 5
    fitted[AT - 35 : AT - 24] = False
    assert f"{fitted.sum() - 1} sessions" in calm.one(GARCH_RANK).note
    assert calm.one(GARCH_RANK).note == storm.one(GARCH_RANK).note  # one GARCH
    assert storm.one(GARCH_RANK).p_value > calm.one(GARCH_RANK).p_value


def test_a_storm_before_the_event_makes_its_move_usual() -> None:
    made = garch_moves(5)
    made[AT] = 20.0
    stormy = made.copy()
    stormy[AT - 10 : AT] *= 6.0
    calm, storm = found(made), found(stormy)
    assert storm.one(GARCH_RANK).p_value > calm.one(GARCH_RANK).p_value + 0.02
    assert storm.one(RANK).p_value == calm.one(RANK).p_value


def test_below_five_hundred_sessions_there_is_no_garch() -> None:
    made = garch_moves(6)
    assert (
        found(made[:500], 450).one(GARCH_RANK).reason == "a GARCH needs 500 usable sessions or more, has 444"
    )
    assert found(made, 506).one(GARCH_RANK).applies
    assert not found(made, 505).one(GARCH_RANK).applies


def test_without_the_extra_the_reason_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "arch.univariate", None)
    outcome = found(garch_moves(7)).one(GARCH_RANK)
    assert "arch, which fits it, is not installed: pip install 'marketimpact[volatility]'" in outcome.reason
    assert np.isnan(outcome.p_value)


def test_where_volatility_clusters_both_are_said() -> None:
    made = garch_moves(8)
    made[AT - 60 : AT] *= np.repeat([1.0, 6.0, 1.0], 20)
    one = found(made)
    assert one.leads == CONDITIONAL
    assert f"; by GARCH p = {one.one(GARCH_RANK).p_value:.3f}".replace("0.", ".") in one.reading[0]


def test_the_rank_by_garch_rejects_near_its_level() -> None:
    """Of 4,000 draws 4.3 %, where the plain rank has 6.0; and with t5 shocks 5.4, where the plain rank has 6.3."""
    draws, length, rejected = 400, 510, 0
    for made in moves("garch", 27, draws, length + 1)[0]:
        window = np.r_[length - 130 : length - 10, length]
        e = made - made[window].mean()
        garch = garch_volatility(e[:-1])
        assert garch.converged
        size = np.abs(e[window]) / np.append(garch.volatility, garch.forecast)[window]
        rejected += np.mean(size >= size[-1]) <= 0.05
    assert 0.015 < rejected / draws < 0.08


# Within strata


def test_without_scheduled_news_the_stratum_is_the_weekday() -> None:
    made = garch_moves(9)
    one = found(made)
    outcome = one.one(STRATIFIED)
    window = np.r_[AT - 130 : AT - 10, AT]
    e = np.abs(made - made[window].mean())[window]
    same = pd.DatetimeIndex(DAYS[window]).day_of_week == pd.Timestamp(DAYS[AT]).day_of_week
    assert outcome.p_value == np.mean(e[same] >= e[-1] * (1 - 1e-9))
    assert outcome.p_floor == 1 / 25
    day = pd.Timestamp(DAYS[AT]).day_name()
    assert outcome.note == f"{day}s: 24 dates; no scheduled news was joined"


def test_an_event_on_a_day_of_scheduled_news_stands_among_those() -> None:
    """One session in four has scheduled news and three times the deviation."""
    made = np.random.default_rng(10).normal(0.0, 4.0, N)
    scheduled = np.arange(AT % 4, N, 4)
    made[scheduled] *= 3.0
    made[AT] = 14.0
    one = found(made, confounders=days_of_news(scheduled))
    window = np.r_[AT - 130 : AT - 10, AT]
    e = np.abs(made - made[window].mean())[window]
    on_news = np.isin(window, scheduled)
    # Six news days on each weekday: the strata of four weekdays are needed for 19 dates.
    first = pd.Timestamp(DAYS[AT]).day_of_week
    days = [(first + j) % 5 for j in range(4)]
    same = on_news & np.isin(pd.DatetimeIndex(DAYS[window]).day_of_week, days)
    outcome = one.one(STRATIFIED)
    assert same.sum() - 1 >= FEWEST_DATES
    assert outcome.p_value == np.mean(e[same] >= e[-1] * (1 - 1e-9))
    assert " with scheduled news: 24 dates; merged: the event's own stratum has fewer than 19" in outcome.note
    assert outcome.p_value > one.one(RANK).p_value


def test_an_event_on_an_ordinary_day_stands_among_ordinary_days() -> None:
    made = np.random.default_rng(11).normal(0.0, 4.0, N)
    scheduled = [AT - 130 + j for j in range(120) if DAYS[AT - 130 + j].astype(object).day == 15]
    outcome = found(made, confounders=days_of_news(scheduled)).one(STRATIFIED)
    same = [t for t in range(AT - 130, AT - 10) if (AT - t) % 5 == 0 and t not in scheduled]
    assert outcome.p_floor == 1 / (len(same) + 1)
    assert f"s without scheduled news: {len(same)} dates" in outcome.note
    assert "no scheduled news was joined" not in outcome.note


def test_two_news_days_are_merged_with_others_and_it_is_said() -> None:
    outcome = found(garch_moves(12), confounders=days_of_news([AT - 40, AT])).one(STRATIFIED)
    assert "24 dates; merged, with scheduled news and without: the event's own" in outcome.note


# The largest day


def test_the_largest_day_of_a_long_window_is_judged_by_its_rank() -> None:
    made = np.random.default_rng(13).standard_t(3, N) * 3.0
    made[AT + 3] = 40.0
    outcome = found(made, timeline=LONG).one(LARGEST)
    window = np.r_[AT - 310 : AT - 10, AT - 5 : AT + 6]
    e = np.abs(made - made[window].mean())[window]
    largest = np.count_nonzero(e >= e[-11:].max() * (1 - 1e-9))
    chance = 1.0 - np.prod([(311 - largest - i) / (311 - i) for i in range(11)])
    assert outcome.p_value == pytest.approx(chance, rel=1e-12)
    assert outcome.p_floor == pytest.approx(11 / 311, rel=1e-12)
    assert outcome.note == "tau = 3, by its rank among T + L = 311"
    assert outcome.estimate == pytest.approx(made[AT + 3] - made[AT - 310 : AT - 10].mean(), rel=1e-9)


def test_after_a_short_window_it_is_judged_by_the_multivariate_t() -> None:
    made = np.random.default_rng(14).normal(0.0, 4.0, N)
    made[AT - 2] = -15.0
    result = studied(made, news([DAYS[AT]]), TIMELINE, None, None)
    outcome = result.one_event("e0").one(LARGEST)
    ar = made[AT - 5 : AT + 6] - made[AT - 130 : AT - 10].mean()
    s2 = np.var(made[AT - 130 : AT - 10], ddof=1)
    assert outcome.statistic == pytest.approx(np.abs(ar).max() / np.sqrt(s2 * (1 + 1 / 120)), rel=1e-9)
    wanted = sup_t(ar, s2 * (np.eye(11) + 1 / 120), 119).p_value
    assert outcome.p_value == pytest.approx(wanted, rel=1e-6)
    assert outcome.p_value == pytest.approx(11 * 2 * 0.5 * result_p(outcome.statistic, 119), rel=0.05)
    assert outcome.note.startswith(
        "tau = -2, by the multivariate t: with heavy tails it rejects 12 % of 5 days"
    )
    estimates = result.estimates
    whole = covariance(estimates.abnormal, estimates.fit)[0]
    assert np.diag(whole) == pytest.approx(np.full(11, s2 * (1 + 1 / 120)), rel=1e-9)


def result_p(statistic: float, df: int) -> float:
    from scipy import stats

    return float(2 * stats.t.sf(statistic, df))


def test_a_naive_look_at_eleven_days_rejects_where_the_largest_day_does_not() -> None:
    """Of 100 quiet windows four in ten hold a day whose own t rejects, and one in 20 a largest day that does."""
    rng = np.random.default_rng(15)
    names = [f"B{i}" for i in range(100)]
    made = rng.normal(0.0, 4.0, (400, 100))
    frame = pd.DataFrame(5.0 + made.cumsum(axis=0) / 100, index=DAYS[:400], columns=names)
    bonds = [mi.SovereignBond(name, quoted="yield", snapshot=SNAPSHOT) for name in names]
    panel = mi.Panel.from_frame(frame, instruments=bonds)
    result = mi.EventStudy(timeline=LONG).run(panel, news([DAYS[350]]), pairs="all")
    judged = [result.one_event("e0", name).one(LARGEST) for name in names]
    assert all(outcome.p_floor == pytest.approx(11 / 311) for outcome in judged)
    assert sum(outcome.p_value <= 0.05 for outcome in judged) <= 12
    naive = np.abs(
        result.estimates.abnormal.ar / np.sqrt(result.estimates.abnormal.variance(result.estimates.fit))
    )
    assert np.mean(naive.max(axis=1) > 1.968) > 0.3


def test_an_event_window_of_one_session_has_no_largest_day() -> None:
    one = found(garch_moves(16), timeline=mi.Timeline(event=(0, 0)))
    assert one.one(LARGEST).reason == "the event window holds one session"


# Sums over windows


def test_each_window_of_the_study_is_tested_three_ways() -> None:
    made = np.random.default_rng(17).normal(0.0, 4.0, N)
    windows = ((-1, 1), (0, 5), (-5, 5), (2, 2))
    result = studied(made, news([DAYS[AT]]), TIMELINE, None, windows)
    one, pair = result.one_event("e0"), result.one("e0")
    assert tuple(sums.window for sums in one.sums) == ((0, 0), *windows)
    for window in pair.windows:
        t = one.over(window.window).outcomes[0]
        assert (t.test, t.estimate, t.std_error, t.p_value) == (
            T, pytest.approx(window.estimate), pytest.approx(window.std_error), pytest.approx(window.p_value),
        )  # fmt: skip
    assert one.over((0, 0)).outcomes[1].p_value == pair.rank.p_value
    assert [sums.outcomes[1].applies for sums in one.sums] == [True, True, True, False, True]
    refused = one.over((-5, 5)).outcomes[1].reason
    assert refused == "needs 220 usable estimation moves for a window of 11 sessions, has 120"


@pytest.mark.parametrize("window", [(-1, 1), (0, 5), (-5, 5)])
def test_the_placebo_rank_leaves_each_window_out_of_its_fit(window: tuple[int, int]) -> None:
    made = np.random.default_rng(18).standard_t(3, N) * 3.0
    made[AT : AT + 2] += 8.0
    outcome = found(made, timeline=LONG, windows=(window,)).over(window).outcomes[1]
    length = window[1] - window[0] + 1
    rows = np.append(made[AT - 310 : AT - 10], made[AT + window[0] : AT + window[1] + 1])

    def scar(begin: int) -> float:
        inside = np.arange(begin, begin + length)
        rest = np.delete(rows, inside)
        s2 = rest.var(ddof=1)
        total = (rows[inside] - rest.mean()).sum()
        return abs(total) / np.sqrt(s2 * (length + length**2 / len(rest)))

    sizes = [scar(begin) for begin in [*range(300 - length + 1), 300]]
    assert outcome.p_value == pytest.approx(np.mean(np.array(sizes) >= sizes[-1] * (1 - 1e-9)), rel=1e-12)
    assert outcome.p_floor == pytest.approx(1 / len(sizes))
    assert outcome.note == "approximate: placebo windows overlap"


def test_moves_that_follow_one_another_widen_the_sum() -> None:
    """An AR(1) of .3: sums of eleven sessions have about 1.7 times the variance."""
    shocks = np.random.default_rng(19).normal(0.0, 4.0, N)
    made = shocks.copy()
    for t in range(1, N):
        made[t] += 0.3 * made[t - 1]
    one = found(made, timeline=LONG)
    plain, _, corrected = one.over((-5, 5)).outcomes
    window = made[AT - 310 : AT - 10]
    factor = variance_ratio_factor((window - window.mean())[None], 11)[0]
    assert 1.2 < factor < 2.5
    assert corrected.std_error == pytest.approx(plain.std_error * np.sqrt(factor), rel=1e-9)
    assert corrected.estimate == plain.estimate
    assert corrected.df < plain.df
    low, high = one.over((-5, 5)).intervals[2]
    assert (high - low) / 2 > plain.std_error * np.sqrt(factor) * 1.96
    single = one.over((0, 0)).outcomes
    assert single[2].p_value == pytest.approx(single[0].p_value, rel=1e-9)


def test_a_window_that_the_study_has_not_is_refused() -> None:
    one = found(garch_moves(19), windows=((0, 1),))
    with pytest.raises(mi.InputError, match=r"window: is no window of this study; received \(0, 3\)"):
        one.over((0, 3))
    with pytest.raises(mi.InputError, match="table: is no table; received 'sums'"):
        one.to_frame("sums")  # type: ignore[arg-type]


def test_the_windows_are_a_table_too() -> None:
    one = found(garch_moves(20), windows=((0, 0), (-1, 1)))
    table = one.to_frame("windows")
    assert table["test"].tolist() == [T, PLACEBO, CORRECTED] * 2
    assert table["tau_from"].tolist() == [0] * 3 + [-1] * 3
    assert table.loc[3, "conf_low"] == one.over((-1, 1)).intervals[0][0]
    assert tuple(table.columns) == tuple(one.to_frame().columns)


# What the rank can see, and where a model cannot look


def test_the_rank_s_own_effect_is_in_the_pair_s_unit() -> None:
    one = found(np.random.default_rng(21).normal(0.0, 4.0, N))
    outcome = one.one(DETECTABLE_RANK)
    assert outcome.statistic == pytest.approx(detectable_rank(120))
    assert outcome.estimate == pytest.approx(outcome.statistic * one.one(T).std_error)
    assert f"the rank of {outcome.estimate:.3g} bp" in one.reading[-2]
    short = found(garch_moves(22), timeline=mi.Timeline(estimation=(-28, -11), min_estimation=15))
    assert short.one(DETECTABLE_RANK).reason == "T = 18 is too short to reject any effect at this level"
    assert "the rank of" not in short.reading[-2]


def market(shock: float, holidays: tuple[int, ...] = ()) -> OneEvent:
    rng = np.random.default_rng(23)
    moves, factor = rng.normal(0.0, 4.0, 400), rng.normal(0.0, 5.0, 400)
    factor[300] = shock
    frame = pd.DataFrame(
        {"KZ": 5.0 + (moves + 0.5 * factor).cumsum() / 100, "UST": 2.0 + factor.cumsum() / 100},
        index=DAYS[:400],
    ).drop(index=DAYS[list(holidays)])
    members = [
        mi.SovereignBond("KZ", quoted="yield", snapshot=SNAPSHOT),
        mi.Factor("UST", move="difference", unit="percent", snapshot=SNAPSHOT),
    ]
    panel = mi.Panel.from_frame(frame, instruments=members)
    study = mi.EventStudy(model=mi.MarketModel("UST"), timeline=TIMELINE)
    return study.run(panel, news([DAYS[300]]), pairs=[("e0", "KZ")]).one_event("e0")


def test_a_factor_outside_its_support_is_said() -> None:
    inside, outside = market(5.0), market(25.0)
    assert not inside.outside_support
    assert outside.outside_support
    assert inside.leverage < 6 / 120 < outside.leverage
    said = [line for line in outside.reading if line.startswith("The factors' values")]
    assert len(said) == 1
    assert f"(h_0 = {outside.leverage:.2g}, beyond 3 k / T = 0.05)" in said[0]
    assert not any(line.startswith("The factors' values") for line in inside.reading)


def test_the_leverage_is_the_exact_one() -> None:
    rng = np.random.default_rng(23)
    rng.normal(0.0, 4.0, 400)
    factor = rng.normal(0.0, 5.0, 400)
    factor[300] = 25.0
    x = np.column_stack([np.ones(120), factor[170:290]])
    own = np.array([1.0, 25.0])
    assert market(25.0).leverage == pytest.approx(own @ np.linalg.inv(x.T @ x) @ own, rel=1e-6)


def test_a_move_over_a_holiday_lies_outside_nothing() -> None:
    """Four sessions in one move: the intercept is four, but the factor is an ordinary one."""
    one = market(0.0, holidays=(297, 298, 299))
    assert not one.outside_support
    assert one.leverage < 6 / 120
    assert not found(garch_moves(24)).outside_support


def test_it_is_a_value_with_its_windows() -> None:
    made = garch_moves(25)
    one, same = found(made), found(made)
    assert one == same
    assert one.sums == same.sums
    assert one.over((0, 0)) != one.over((-5, 5))


# The invasion of Ukraine on the ruble's official rate


def test_the_ruble_on_the_day_of_the_invasion_is_the_largest_by_every_rank() -> None:
    event = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    others = mi.EventSet.from_events(
        mi.Event(f"meeting{i}", announced_at=day, zone="Europe/Moscow")
        for i, day in enumerate(("2021-09-10", "2021-10-22", "2021-12-17", "2022-02-11"))
    )
    study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 1)))
    one = study.run(mi.fetch("ecb:EUR/RUB"), event, confounders=others).one_event("invasion")
    ranks = [one.one(name) for name in (RANK, CONDITIONAL, GARCH_RANK, STRATIFIED)]
    assert all(outcome.p_value == outcome.p_floor for outcome in ranks)
    assert [round(1 / outcome.p_floor) for outcome in ranks] == [121, 101, 121, 25]
    assert one.one(STRATIFIED).note == "Thursdays without scheduled news: 24 dates"
    assert one.one(LARGEST).note.startswith("tau = 0, ")
    assert one.one(LARGEST).p_value < 0.001
    garch = re.search(r"alpha (0\.\d\d), beta (0\.\d\d)", one.one(GARCH_RANK).note)
    assert garch is not None
    assert 0.9 < float(garch[1]) + float(garch[2]) <= 1.0
    remains, corrected = one.over((0, 1)).outcomes[0], one.over((0, 1)).outcomes[2]
    assert remains.p_value == pytest.approx(0.0736, abs=5e-4)
    assert corrected.p_value > remains.p_value


@pytest.mark.parametrize("contamination", ["keep", "leave_out"])
def test_the_garch_does_not_see_the_event_s_own_window(contamination):
    """A leak before the event is no ordinary volatility, whatever is done with other events' windows."""
    rng, days = np.random.default_rng(7), weekdays(900)
    panel = price_panel({"I": walk(rng, 900)}, days)
    study = mi.EventStudy(
        timeline=mi.Timeline(estimation=(-130, -11), event=(-5, 5)),
        policies=mi.Policies(contamination=contamination),
    )
    found = study.run(panel, news(days[[800]]), pairs="all").one_event("e0").one("conditional rank (GARCH)")
    assert "of a GARCH(1,1) of 794 sessions" in found.note
