"""One pair in full: every number against the study's others, by hand, or by studying changed levels again."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox

import marketimpact as mi
from marketimpact.maths.one_event import CLUSTERING, EQUIVALENCE, conditional_rank
from marketimpact.study import one_event as module
from marketimpact.study.one_event import (
    AFTER,
    CONDITIONAL,
    DETECTABLE,
    DETECTABLE_RANK,
    GARCH_RANK,
    LARGEST,
    LEAK,
    RANK,
    REMAINS,
    STRATIFIED,
    OneEvent,
    T,
)
from tests.study.world import SNAPSHOT, mixed_panel, news, weekdays

DAYS = weekdays(400)
AT = 300
TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
ORDER = (
    T, RANK, CONDITIONAL, GARCH_RANK, STRATIFIED, LARGEST, CLUSTERING, LEAK, AFTER, REMAINS, EQUIVALENCE, DETECTABLE,
    DETECTABLE_RANK,
)  # fmt: skip


def moves(seed: int = 1, shocks: dict[int, float] | None = None) -> np.ndarray:
    """Daily changes of a yield [bp], of 4 bp a day and independent, with shocks added around the event."""
    made = np.random.default_rng(seed).normal(0.0, 4.0, len(DAYS))
    for tau, shock in (shocks or {}).items():
        made[AT + tau] += shock
    return made


def study(
    made: np.ndarray, *, event: Any = None, timeline: mi.Timeline = TIMELINE, **options: Any
) -> mi.StudyResult:
    frame = pd.DataFrame({"KZ": 5.0 + made.cumsum() / 100}, index=DAYS)
    bond = mi.SovereignBond("KZ", quoted="yield", snapshot=SNAPSHOT)
    panel = mi.Panel.from_frame(frame, instruments=[bond])
    return mi.EventStudy(timeline=timeline, **options).run(panel, event or news([DAYS[AT]]))


def found(made: np.ndarray, margin: float | None = None, **options: Any) -> OneEvent:
    return study(made, **options).one_event("e0", margin=margin)


def test_the_first_tests_are_those_of_the_pair() -> None:
    result = study(moves(2, {0: 20.0}))
    one, pair = result.one_event("e0"), result.one("e0")
    assert tuple(outcome.test for outcome in one.outcomes) == ORDER
    t = one.one(T)
    assert (t.estimate, t.std_error, t.statistic, t.p_value, t.df) == (
        pair.headline.estimate, pair.headline.std_error, pair.headline.statistic, pair.headline.p_value, 119.0,
    )  # fmt: skip
    assert one.interval(T) == (pair.headline.conf_low, pair.headline.conf_high)
    assert (one.one(RANK).p_value, one.one(RANK).p_floor) == (pair.rank.p_value, pair.rank.p_floor)
    assert one.n_obs == pair.n_obs == 120


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_an_effect_taken_from_the_levels_is_rejected_outside_the_interval_alone(level: float) -> None:
    made = moves(3, {0: 20.0})
    low, high = found(made, level=level).interval(RANK)
    assert low < 20.0 < high
    for effect, inside in ((low - 1e-3, 0), (low + 1e-3, 1), (20.0, 1), (high - 1e-3, 1), (high + 1e-3, 0)):
        without = made.copy()
        without[AT] -= effect
        assert (study(without).one("e0").rank.p_value > 1 - level + 1e-9) == inside


def test_the_interval_covers_a_heavy_tailed_effect_in_a_study() -> None:
    """Of 100 studies in one panel about 95 hold the 30 bp that each of them got."""
    rng = np.random.default_rng(4)
    made = rng.standard_t(3, (len(DAYS), 100)) * 3.0
    made[AT] += 30.0
    names = [f"B{i}" for i in range(100)]
    frame = pd.DataFrame(5.0 + made.cumsum(axis=0) / 100, index=DAYS, columns=names)
    bonds = [mi.SovereignBond(name, quoted="yield", snapshot=SNAPSHOT) for name in names]
    panel = mi.Panel.from_frame(frame, instruments=bonds)
    result = mi.EventStudy(timeline=TIMELINE).run(panel, news([DAYS[AT]]), pairs="all")
    ends = [result.one_event("e0", name).interval(RANK) for name in names]
    assert 87 <= sum(low <= 30.0 <= high for low, high in ends) <= 100


def test_sums_before_and_after_are_those_of_the_study_s_windows() -> None:
    windows = ((-5, -1), (1, 5), (0, 5))
    result = study(moves(5, {-2: 10.0, 0: 25.0, 1: -20.0}), windows=windows)
    one, pair = result.one_event("e0"), result.one("e0")
    for name, window in zip((LEAK, AFTER, REMAINS), pair.windows, strict=True):
        outcome = one.one(name)
        assert (outcome.estimate, outcome.std_error, outcome.p_value) == pytest.approx(
            (window.estimate, window.std_error, window.p_value), rel=1e-12
        )
        assert one.interval(name) == pytest.approx((window.conf_low, window.conf_high), rel=1e-12)
    assert one.one(T).estimate + one.one(AFTER).estimate == pytest.approx(one.one(REMAINS).estimate)
    assert one.windows[7:10] == windows


def test_persistence_is_the_headline_against_what_follows() -> None:
    """What remains and what follows are the two ends: all of it went back, none of it did. Here half of it does."""
    one = found(moves(5, {0: 40.0, 1: -20.0}))
    headline, after, remains = one.one(T), one.one(AFTER), one.one(REMAINS)
    assert after.p_value < 0.05
    assert remains.estimate == pytest.approx(headline.estimate + after.estimate)
    made = moves(5, {0: 40.0, 1: -20.0})
    residual = made - made[AT - 130 : AT - 10].mean()
    s2 = np.var(made[AT - 130 : AT - 10], ddof=1)
    for outcome, part in ((after, slice(1, 6)), (remains, slice(0, 6))):
        total, n = residual[AT + part.start : AT + part.stop].sum(), part.stop - part.start
        assert outcome.statistic == pytest.approx(total / np.sqrt(s2 * (n + n**2 / 120)), rel=1e-9)


@pytest.mark.parametrize("seed", range(30, 40))
def test_the_conditional_rank_sees_every_move_until_tau_minus_one(seed: int) -> None:
    made = moves(seed)
    made[AT] = 7.0
    one = found(made)
    rows = made[AT - 130 : AT + 1][None]
    fitted = np.full(rows.shape, True)
    fitted[0, 120:-1] = False
    wanted = conditional_rank(rows, np.ones((1, *rows.shape)), np.full(rows.shape, True), fitted)
    outcome = one.one(CONDITIONAL)
    assert (outcome.p_value, outcome.p_floor) == (wanted.p_value[0], wanted.p_floor[0])
    stormy = made.copy()
    stormy[AT - 10 : AT] *= 5.0
    assert found(stormy).one(CONDITIONAL).p_value > outcome.p_value + 0.1
    assert found(stormy).one(RANK).p_value == one.one(RANK).p_value


def test_other_news_is_no_ordinary_day_but_its_volatility_is_felt() -> None:
    """Another event's window leaves the fit and the ranks; what it did to volatility stays."""
    made = moves(7, {0: 14.0, -30: 80.0})
    result = study(made, event=news([DAYS[AT], DAYS[AT - 30]]))
    one = result.one_event("e0")
    assert one.n_obs == 109
    rows = made[AT - 130 : AT + 1][None]
    fitted = np.full(rows.shape, True)
    fitted[0, 120:-1] = False
    fitted[0, 95:106] = False
    wanted = conditional_rank(rows, np.ones((1, *rows.shape)), np.full(rows.shape, True), fitted)
    assert one.one(CONDITIONAL).p_value == wanted.p_value[0]
    assert one.one(CONDITIONAL).p_floor == 1 / 90


def test_clustering_is_of_the_estimation_window_s_residuals() -> None:
    made = moves(8)
    residuals = made[AT - 130 : AT - 10] - made[AT - 130 : AT - 10].mean()
    wanted = acorr_ljungbox(residuals**2, lags=[5]).iloc[0]
    assert found(made).one(CLUSTERING).p_value == pytest.approx(wanted["lb_pvalue"], rel=1e-9)


def test_where_volatility_clusters_the_conditional_rank_leads() -> None:
    made = moves(11, {0: 12.0})
    assert found(made).leads == RANK
    assert "do not say that volatility clusters" in found(made).reading[0]
    made[AT - 60 : AT] *= np.repeat([1.0, 6.0, 1.0], 20)
    one = found(made)
    assert one.clusters
    assert one.leads == CONDITIONAL
    assert one.reading[0].startswith("Volatility clusters (squared residuals, p ")
    assert "the conditional rank leads, p = " in one.reading[0]


def test_where_no_rank_can_reach_the_level_the_t_leads() -> None:
    short = mi.Timeline(estimation=(-28, -11), event=(-5, 5), min_estimation=15)
    one = found(moves(10, {0: 20.0}), timeline=short)
    assert one.one(RANK).p_floor == 1 / 19
    assert one.interval(RANK) == (-np.inf, np.inf)
    assert one.one(RANK).note.startswith("T = 18 is too short to reject any effect")
    assert "needs more than 20 usable estimation moves" in one.one(CONDITIONAL).reason
    assert "needs 20 residuals" in one.one(CLUSTERING).reason
    assert one.leads == T
    assert "no rank can reach 5 % here: the t leads" in one.reading[0]


@pytest.mark.parametrize(
    ("shocks", "words"),
    [
        ({0: 33.0, 1: -20.0, 2: -13.0}, "Afterwards it went back: -"),
        ({0: 33.0, 1: 20.0, 2: 20.0}, "Afterwards it went on: +"),
        ({0: -33.0, 1: 20.0, 2: 20.0}, "Afterwards it went back: +"),
        ({0: -33.0, 1: -20.0, 2: -20.0}, "Afterwards it went on: -"),
        ({0: 33.0}, "No move after the headline is seen"),
        ({-1: 40.0, 0: 33.0}, "It moved before the event too: +"),
    ],
)
def test_the_reading_says_what_came_before_and_after(shocks: dict[int, float], words: str) -> None:
    quiet = moves(12)
    quiet[AT - 5 : AT + 6] = np.tile([0.5, -0.5], 6)[:11]
    for tau, shock in shocks.items():
        quiet[AT + tau] = shock
    lines = found(quiet).reading
    assert any(line.startswith(words) for line in lines), lines
    assert any(line.startswith("It moved before") for line in lines) == (-1 in shocks)
    if shocks.get(2) == -13.0:
        assert any("cannot be told from nothing" in line for line in lines)
    assert lines[-1].startswith("One event cannot tell")


def test_a_margin_makes_no_effect_readable() -> None:
    quiet = moves(13)
    quiet[AT] = quiet[AT - 130 : AT - 10].mean()
    wide, narrow = found(quiet, 20.0), found(quiet, 5.0)
    t = wide.one(T)
    assert wide.one(EQUIVALENCE).p_value == pytest.approx(stats.t.sf(20.0 / t.std_error, 119), rel=1e-9)
    low, high = wide.interval(EQUIVALENCE)
    half = stats.t.isf(0.05, 119) * t.std_error
    assert (low, high) == pytest.approx((t.estimate - half, t.estimate + half))
    assert "The effect is smaller than 20 bp, p < .001." in wide.reading
    assert any(line.startswith("The effect is not shown to be smaller than 5 bp") for line in narrow.reading)
    without = found(quiet)
    assert without.one(EQUIVALENCE).reason == "no margin was given"
    assert not any("smaller than" in line for line in without.reading)


@pytest.mark.parametrize("margin", [0.0, -1.0, np.nan, np.inf, True, "5 bp"])
def test_a_margin_that_is_none_is_refused(margin: Any) -> None:
    with pytest.raises(mi.InputError, match="margin: is no effect that would not matter"):
        study(moves()).one_event("e0", margin=margin)


def test_what_can_be_seen_is_in_the_pair_s_unit() -> None:
    one = found(moves(14))
    assert one.detectable == pytest.approx(one.one(DETECTABLE).statistic * one.one(T).std_error)
    assert one.one(DETECTABLE).statistic == pytest.approx(2.8244, abs=1e-3)
    assert np.isnan(one.one(DETECTABLE).p_value)
    assert f"effects of {one.detectable:.3g} bp" in one.reading[-2]
    panel = mixed_panel(1)
    day = panel.quotes[panel.position("USD/KZT")].sessions[400]
    price = mi.EventStudy().run(panel, news([day]), pairs=[("e0", "USD/KZT")]).one_event("e0", margin=0.01)
    assert f"effects of {price.detectable * 100:.3g} %" in price.reading[-2]
    assert "smaller than 1 %" in price.reading[-3]


def test_of_several_candidates_what_is_of_single_sessions_does_not_apply() -> None:
    event = mi.Event("e0", announced_at=f"{DAYS[AT]}T10:00", zone="UTC", precision="2d")
    result = study(moves(15, {0: 20.0}), event=event)
    one, pair = result.one_event("e0"), result.one("e0")
    sessions = len(pair.candidates)
    assert sessions > 1
    assert one.windows[0] == (0, sessions - 1)
    assert one.one(RANK).p_value == pair.rank.p_value
    assert one.one(RANK).note.startswith(f"approximate: windows of {sessions} sessions")
    assert np.isnan(one.interval(RANK)).all()
    assert one.one(CONDITIONAL).reason == f"the headline holds {sessions} sessions: it is of single ones"
    assert one.windows[8] == (sessions, 5)
    for name in (GARCH_RANK, STRATIFIED, DETECTABLE_RANK):
        assert one.one(name).reason == f"the headline holds {sessions} sessions: it is of single ones"
    assert one.one(T).applies


def test_where_the_event_window_has_no_before_or_after_it_says_so() -> None:
    one = found(moves(16), timeline=mi.Timeline(estimation=(-130, -11), event=(0, 0)), windows=((0, 0),))
    for name in (LEAK, AFTER, REMAINS):
        assert one.one(name).reason == "the event window holds no such session"
    assert one.one(T).applies
    assert len(one.to_frame()) == len(ORDER)


def factor_study(hole: int) -> OneEvent:
    """A market model whose factor is not quoted one day, so that two moves are missing."""
    panel_days = pd.DataFrame(
        {"KZ": 5.0 + moves(17).cumsum() / 100, "UST": 2.0 + moves(18).cumsum() / 100}, index=DAYS
    )
    panel_days.loc[DAYS[AT + hole], "UST"] = np.nan
    members = [
        mi.SovereignBond("KZ", quoted="yield", snapshot=SNAPSHOT),
        mi.Factor("UST", move="difference", unit="percent", snapshot=SNAPSHOT),
    ]
    panel = mi.Panel.from_frame(panel_days, instruments=members)
    asked = mi.EventStudy(model=mi.MarketModel("UST"), timeline=TIMELINE)
    return asked.run(panel, news([DAYS[AT]]), pairs=[("e0", "KZ")]).one_event("e0", margin=5.0)


def test_missing_moves_add_nothing_and_are_said() -> None:
    one = factor_study(3)
    assert one.one(AFTER).note == "2 of 5 moves missing, they add nothing"
    assert one.one(LEAK).note == ""


def test_a_missing_headline_leaves_only_what_does_not_need_it() -> None:
    one = factor_study(0)
    for name in (
        T,
        RANK,
        CONDITIONAL,
        GARCH_RANK,
        STRATIFIED,
        REMAINS,
        EQUIVALENCE,
        DETECTABLE,
        DETECTABLE_RANK,
    ):
        assert one.one(name).reason == "a move of the headline window is missing"
        assert np.isnan(one.interval(name)).all()
    assert one.one(LEAK).applies
    assert one.one(AFTER).applies
    assert one.one(LARGEST).applies
    assert np.isnan(one.leverage)
    assert not one.outside_support
    assert one.reading[0].startswith("The headline cannot be tested")
    assert "not applicable" in repr(one)


def test_the_table_has_every_test_with_its_unit_and_reason() -> None:
    one = found(moves(19, {0: 20.0}))
    table = one.to_frame().set_index("test")
    assert tuple(table.index) == ORDER
    assert set(table["unit"]) == {"bp"}
    assert table.loc[RANK, ["conf_low", "conf_high"]].tolist() == list(one.interval(RANK))
    assert table.loc[EQUIVALENCE, "reason"] == "no margin was given"
    assert table.loc[T, "p_value"] == one.one(T).p_value
    assert tuple(table.loc[LEAK, ["tau_from", "tau_to"]]) == (-5, -1)
    assert tuple(table.columns) == tuple(name for name in module.COLUMNS if name != "test")


def test_the_summary_shows_the_tests_and_their_reading() -> None:
    one = found(moves(20, {0: 33.0}))
    text = str(one.summary())
    assert text.startswith("e0 on KZ, yield change [bp], 120 estimation moves")
    assert all(name in text for name in ORDER)
    assert all(line in text for line in one.reading)
    assert "not applicable: no margin was given" in text
    assert "<table>" in one._repr_html_()
    assert repr(one).startswith("OneEvent: e0 on KZ: rank with refit leads, p = .008; 11 of 13 tests apply")
    stamped = replace(one, stamp="RECONSTRUCTED")
    assert "RECONSTRUCTED: not all series were observed" in str(stamped.summary())
    assert repr(stamped).endswith(", RECONSTRUCTED")


def test_it_is_a_value() -> None:
    made = moves(21, {0: 20.0})
    one, same = found(made, 5.0), found(made, 5.0)
    assert one == same
    assert repr(one) == repr(same)
    assert pickle.loads(pickle.dumps(one)) == one
    assert one != found(made)


def test_a_shift_of_all_moves_and_a_change_of_unit_leave_every_p() -> None:
    made = moves(22, {0: 15.0})
    one = found(made)
    for changed in (made + 2.0, made * -3.0):
        other = found(changed)
        for a, b in zip(one.outcomes, other.outcomes, strict=True):
            assert a.p_value == pytest.approx(b.p_value, rel=1e-7, nan_ok=True)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda r: r.one_event("e9"), "event_id, instrument: names no pair of this study"),
        (lambda r: r.one_event("e1"), "was left out"),
        (lambda r: r.one_event("e0").one("Patell z"), "test: is no test of one event; received 'Patell z'"),
        (lambda r: r.one_event("e0").interval("F"), "test: is no test of one event; received 'F'"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused(ask: Any, words: str) -> None:
    result = study(moves(23), event=news([DAYS[AT], DAYS[20]]))
    with pytest.raises(mi.InputError, match=re.escape(words)):
        ask(result)
