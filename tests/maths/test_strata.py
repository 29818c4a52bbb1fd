"""Ranks among sessions of one kind: by counting, and how often they reject where kinds of days differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.maths.sample import Sample
from marketimpact.maths.single_event import rank_with_refit
from marketimpact.maths.strata import FEWEST_DATES, choose_stratum, stratified_rank

STANDARD_ERRORS = 3.7
seeds = st.integers(0, 2**32 - 1)


def week(n: int, last: int, days: int = 5) -> np.ndarray:
    """Weekdays of n sessions in a row and of the event behind them."""
    return np.append(np.arange(n) % days, last)


def near(rate: float, wanted: float, draws: int) -> bool:
    return abs(rate - wanted) < STANDARD_ERRORS * np.sqrt(wanted * (1 - wanted) / draws)


@given(seeds, st.integers(1, 3), st.floats(0.0, 0.3), st.floats(0.1, 0.9))
def test_the_rank_is_counted_by_hand(seed, k, missing, share):
    rng = np.random.default_rng(seed)
    n = 61
    y, x = rng.standard_normal(n), np.concatenate([np.ones((1, n)), rng.standard_normal((k - 1, n))])
    usable, chosen = rng.random(n) >= missing, rng.random(n) < share
    usable[-1] = chosen[-1] = True
    found = stratified_rank(
        np.where(usable, y, 0.0)[None], np.where(usable, x, 0.0)[:, None], usable[None], chosen[None]
    )
    e = y - x.T @ np.linalg.lstsq(x[:, usable].T, y[usable], rcond=None)[0]
    ranked = np.abs(e[usable & chosen])
    assert found.p_value[0] == pytest.approx(np.mean(ranked >= ranked[-1] * (1 - 1e-9)), rel=1e-12)
    assert found.p_floor[0] == pytest.approx(1 / len(ranked), rel=1e-12)


@given(seeds, st.integers(30, 80))
def test_a_stratum_of_all_sessions_is_the_rank_with_refit(seed, length):
    rng = np.random.default_rng(seed)
    y, known = rng.standard_normal(length + 1), np.full(length + 1, True)
    sample = Sample(y, np.ones((1, len(y))), np.ones(len(y)), known, known, np.array([0]), length)
    wanted = rank_with_refit(sample, np.array([length]))
    found = stratified_rank(y[None], np.ones((1, 1, len(y))), known[None], known[None])
    assert (found.p_value[0], found.p_floor[0]) == (wanted.p_value[0], wanted.p_floor[0])


def test_an_unknown_event_has_no_rank():
    known = np.append(np.full(40, True), False)[None]
    found = stratified_rank(np.zeros((1, 41)), np.ones((1, 1, 41)), known, np.full((1, 41), True))
    assert np.isnan([found.p_value[0], found.p_floor[0]]).all()


@given(seeds, st.integers(20, 300), st.sampled_from([5, 6, 7]), st.floats(0.0, 1.0), st.booleans())
def test_the_stratum_is_the_smallest_of_its_order_that_is_enough(seed, n, days, share, looked):
    rng = np.random.default_rng(seed)
    weekdays = week(n, int(rng.integers(days)), days)
    usable = np.append(rng.random(n) < 0.9, True)
    news = rng.random(n + 1) < share if looked else None
    found = choose_stratum(weekdays, usable, news)
    dates = int(found.chosen[:-1].sum())
    assert found.chosen[-1]
    assert not (found.chosen & ~usable).any()
    assert set(weekdays[found.chosen]) == set(found.weekdays)
    assert found.weekdays[0] == weekdays[-1]
    if dates < FEWEST_DATES:  # even all sessions are too few
        assert (found.chosen == usable).all()
        return
    inside = usable & np.isin(weekdays, found.weekdays)
    if found.scheduled is None:
        assert (found.chosen == inside).all()
        if looked:  # all weekdays with the event's news were too few
            assert np.count_nonzero((usable & (news == news[-1]))[:-1]) < FEWEST_DATES
    else:
        assert (found.chosen == (inside & (news == news[-1]))).all()
    fewer = found.chosen & (weekdays != found.weekdays[-1])
    if len(found.weekdays) > 1:  # without its last weekday it is too small
        assert np.count_nonzero(fewer[:-1]) < FEWEST_DATES
    assert found.merged == (len(found.weekdays) > 1 or (looked and found.scheduled is None))


@pytest.mark.parametrize(
    ("n", "last", "weekdays"),
    [(120, 2, (2,)), (95, 2, (2,)), (94, 4, (4, 0)), (40, 3, (3, 4, 0)), (19, 2, (2, 3, 4, 0, 1))],
)
def test_weekdays_are_merged_with_the_next(n, last, weekdays):
    """Of 95 sessions 19 are Wednesdays; of 94 only 18 are Fridays, which Mondays join."""
    found = choose_stratum(week(n, last), np.full(n + 1, True))
    assert found.weekdays == weekdays
    assert found.merged == (len(weekdays) > 1)


def test_few_news_days_are_merged_with_other_days_of_the_same_weekday():
    """Four meetings of a central bank in 120 sessions make no stratum; Wednesdays do."""
    news = np.zeros(121, dtype=bool)
    news[[2, 32, 62, 92, 120]] = True
    found = choose_stratum(week(120, 2), np.full(121, True), news)
    assert (found.weekdays, found.scheduled, found.merged) == ((2,), None, True)
    assert found.chosen.sum() == 25
    without = choose_stratum(week(120, 2), np.full(121, True), news & (np.arange(121) < 120))
    assert (without.weekdays, without.scheduled, without.merged) == ((2,), False, False)
    assert without.chosen[:-1].sum() == 20


def test_the_moves_do_not_choose_the_stratum():
    found = choose_stratum(week(100, 1), np.full(101, True))
    assert found.chosen.tolist() == [day == 1 for day in week(100, 1)]


@pytest.mark.parametrize("df", [np.inf, 3.0])
def test_it_rejects_at_its_attainable_level_where_the_plain_rank_does_not(df):
    """News days of twice the deviation, one session in five: the plain rank rejects about one in six of them."""
    draws, length = 20_000, 200
    rng = np.random.default_rng(1)
    news = np.append(np.arange(length) % 5 == 2, True)
    y = rng.standard_normal((draws, length + 1)) if np.isinf(df) else rng.standard_t(df, (draws, length + 1))
    y = y * np.where(news, 2.0, 1.0)
    known = np.full(y.shape, True)
    chosen = np.broadcast_to(choose_stratum(week(length, 2), known[0], news).chosen, y.shape)
    assert chosen[0].sum() == 41
    within = stratified_rank(y, np.ones((1, *y.shape)), known, chosen)
    plain = stratified_rank(y, np.ones((1, *y.shape)), known, known)
    assert near(np.mean(within.p_value <= 0.05), 2 / 41, draws)
    assert np.mean(plain.p_value <= 0.05) > 0.09
