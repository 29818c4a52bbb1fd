"""Which of several candidate sessions moved: against counting, drawing, and a study of nothing but chance."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.study.which_day import MAX_RANK, SUP_T
from tests.maths.brute import Series, fit_one, predicted
from tests.maths.test_size import tolerance
from tests.study.world import news, price_panel, walk, weekdays

TIMELINE = mi.Timeline(estimation=(-50, -6), event=(-2, 4), min_estimation=20)
STUDY = mi.EventStudy(timeline=TIMELINE, windows=((0, 0),))
DAYS = weekdays(300)
NAMES = (MAX_RANK, SUP_T)


def of_days(place: int, days: int, id: str = "e0") -> mi.Event:
    """News of some days from a Monday or later on, with a close at 17:00 of each and of the next."""
    return mi.Event(id, announced_at=str(DAYS[place]), zone="UTC", precision=f"{days}d")


def day_rows(result: mi.StudyResult) -> pd.DataFrame:
    tests = result.to_frame("tests")
    return tests[tests["test"].isin(NAMES)]


def series_of(levels: np.ndarray) -> Series:
    return Series(np.diff(np.log(levels), prepend=np.nan), np.ones((1, len(levels))), np.ones(len(levels)))


def test_only_pairs_with_several_candidates_have_a_row() -> None:
    panel = price_panel({name: walk(np.random.default_rng(i), 300) for i, name in enumerate("AB")}, DAYS)
    events = [*news(DAYS[[100, 260]]), of_days(180, 1, "day"), of_days(220, 2, "two days")]
    result = STUDY.run(panel, events, pairs="all")
    found = day_rows(result)
    assert found[["event_id", "instrument"]].values.tolist() == [
        ["day", "A"], ["day", "B"], ["two days", "A"], ["two days", "B"]
    ]  # fmt: skip
    assert set(found["term"]) == {"which day"}
    assert (found["tau_from"] == found["tau_to"]).all()
    assert (found["n"] == 1).all()
    for at, (event_id, name) in enumerate(result.pairs):
        known = event_id in ("e0", "e1")
        assert (result.which_days.reason[at] == "the event session is known") == known
        assert np.isnan(result.which_days.p_value[at]) == known
        outcome = result.one(event_id, name).which_day
        assert outcome.applies != known
        if not known:
            row = found[(found["event_id"] == event_id) & (found["instrument"] == name)].iloc[0]
            assert (outcome.test, outcome.p_value, outcome.p_floor) == tuple(
                row[["test", "p_value", "p_floor"]]
            )
            assert outcome.statistic == row["tau_from"]
            assert outcome.estimate == result.ar.loc[(event_id, name), row["tau_from"]]


@pytest.mark.parametrize("shock", [0, 1])
def test_the_rank_of_the_largest_is_the_share_of_all_ways_to_choose_the_candidates(shock: int) -> None:
    """Refit on 45 moves and two candidates; every pair of the 47 residuals is as likely to be the candidates."""
    for seed in range(8):
        levels = walk(np.random.default_rng(seed), 300)
        levels[100 + shock :] *= 1.02
        result = STUDY.run(price_panel({"A": levels}, DAYS), of_days(100, 1))
        series, rows = series_of(levels), np.append(np.arange(50, 95), [100, 101])
        size = np.abs(fit_one(series, rows).residuals)
        largest = size[-2:].max()
        ways = [max(size[list(chosen)]) for chosen in combinations(range(47), 2)]
        wanted = np.mean(np.array(ways) >= largest * (1 - 1e-9))
        (found,) = day_rows(result).to_dict("records")
        assert found["test"] == MAX_RANK
        assert found["p_value"] == pytest.approx(wanted, rel=1e-12)
        assert found["p_floor"] == pytest.approx(2 / 47, rel=1e-13)
        assert found["tau_from"] == int(np.argmax(size[-2:]))
        assert (found["reason"], found["note"]) == ("", "")


def test_moves_in_other_events_windows_are_not_among_them() -> None:
    """Another event's seven sessions leave 38 moves; with the two candidates 40."""
    levels = walk(np.random.default_rng(9), 300)
    other = mi.Event("other", announced_at=f"{DAYS[70]}T09:00", zone="UTC")
    result = STUDY.run(price_panel({"A": levels}, DAYS), [of_days(100, 1), other])
    rows = np.setdiff1d(np.arange(50, 95), np.arange(68, 75))
    size = np.abs(fit_one(series_of(levels), np.append(rows, [100, 101])).residuals)
    ways = [max(size[list(chosen)]) for chosen in combinations(range(40), 2)]
    (found,) = day_rows(result).to_dict("records")
    assert found["p_floor"] == pytest.approx(2 / 40, rel=1e-13)
    assert found["p_value"] == pytest.approx(
        np.mean(np.array(ways) >= size[-2:].max() * (1 - 1e-9)), rel=1e-12
    )


@pytest.mark.parametrize(("length", "name"), [(57, MAX_RANK), (56, SUP_T)])
def test_nineteen_moves_a_candidate_decide_between_rank_and_t(length: int, name: str) -> None:
    """Three candidates: a Monday and a Tuesday, and the Wednesday on which the close first knows it all."""
    timeline = mi.Timeline(estimation=(-5 - length, -6), event=(-2, 4), min_estimation=20)
    levels = walk(np.random.default_rng(10), 300)
    result = mi.EventStudy(timeline=timeline).run(price_panel({"A": levels}, DAYS), of_days(100, 2))
    (found,) = day_rows(result).to_dict("records")
    assert found["test"] == name
    assert found["p_floor"] == pytest.approx(3 / 60 if name == MAX_RANK else 0.0)
    assert ("heavy tails" in found["note"]) == (name == SUP_T)


@pytest.mark.parametrize("holiday", [False, True])
def test_the_sup_t_is_the_share_of_drawn_maxima(holiday: bool) -> None:
    """Where T is short: t statistics with the exact covariance of the candidates, drawn from normals and one s."""
    timeline = mi.Timeline(estimation=(-29, -6), event=(-2, 4), min_estimation=20)
    levels = walk(np.random.default_rng(11), 300)
    levels[100] *= 1.02
    days = DAYS
    if holiday:  # the second candidate spans two sessions
        levels, days = np.delete(levels, 101), np.delete(DAYS, 101)
    result = mi.EventStudy(timeline=timeline).run(price_panel({"A": levels}, days), of_days(100, 2))
    at = 100 + np.arange(2 if holiday else 3)
    series = series_of(levels)
    if holiday:
        series.x[0, 101] = series.v[101] = 2.0
    fit = fit_one(series, np.arange(71, 95))
    ar, cov = predicted(series, fit, at)
    deviation = np.sqrt(np.diag(cov))
    size = np.abs(ar) / deviation
    rng, draws = np.random.default_rng(1), 400_000
    normals = (
        rng.standard_normal((draws, len(at))) @ np.linalg.cholesky(cov / np.outer(deviation, deviation)).T
    )
    drawn = np.abs(normals).max(axis=1) / np.sqrt(rng.chisquare(23, draws) / 23)
    share = np.mean(drawn >= size.max())
    (found,) = day_rows(result).to_dict("records")
    assert found["test"] == SUP_T
    assert found["tau_from"] == int(np.argmax(size))
    assert found["p_value"] == pytest.approx(share, abs=tolerance(share, draws) + 0.01 * share)


@pytest.mark.parametrize("length", [24, 45])
def test_a_missing_candidate_leaves_the_test_not_applicable(length: int) -> None:
    """A factor without a quote on the second candidate: neither the rank nor the t can say which day it was."""
    rng = np.random.default_rng(12)
    timeline = mi.Timeline(estimation=(-5 - length, -6), event=(-2, 4), min_estimation=20)
    factor = pd.Series(walk(rng, 300), index=DAYS, name="EM")
    factor[DAYS[101]] = np.nan
    panel = price_panel({"A": walk(rng, 300)}, DAYS).join(
        mi.Panel.from_frame(factor, instruments=mi.Factor("EM", snapshot="17:00 UTC"))
    )
    result = mi.EventStudy(model=mi.MarketModel("EM"), timeline=timeline).run(
        panel, of_days(100, 1), pairs="all"
    )
    (found,) = day_rows(result).to_dict("records")
    assert found["reason"] == "a move of the candidate sessions is missing"
    assert np.isnan([found["p_value"], found["p_floor"]]).all()
    assert result.which_days.which.tolist() == [-1]
    outcome = result.one("e0", "A").which_day
    assert not outcome.applies
    assert np.isnan(outcome.estimate)


@pytest.mark.parametrize(
    ("length", "days", "series"), [(38, 1, 40), (57, 2, 40), (24, 2, 15)], ids=["L=2", "L=3", "sup-t"]
)
def test_a_study_of_uncertain_days_rejects_at_its_level_where_there_is_nothing(
    length: int, days: int, series: int
) -> None:
    """A score of events a series, no windows in common; the rank with tails of t3, the t with normal ones.

    The naive test of the largest as if it were the only one would reject 1 - .95^L: 10 and 14 %.
    """
    rng, events, heavy = np.random.default_rng(13), 20, length >= 19 * (days + 1)
    timeline = mi.Timeline(estimation=(-2 - length, -3), event=(-1, 4), min_estimation=20)
    apart = 5 * (length // 5 + 3)  # whole weeks: every event begins on a Monday
    calendar = weekdays(apart * (events + 1))
    moves = (
        rng.standard_t(3, (series, len(calendar))) if heavy else rng.standard_normal((series, len(calendar)))
    )
    levels = {f"S{i}": 100.0 * np.exp(np.cumsum(0.003 * one)) for i, one in enumerate(moves)}
    dated = [
        mi.Event(f"e{i}", announced_at=str(calendar[apart * (i + 1)]), zone="UTC", precision=f"{days}d")
        for i in range(events)
    ]
    result = mi.EventStudy(timeline=timeline, windows=((0, 0),)).run(
        price_panel(levels, calendar), dated, pairs="all"
    )
    found = result.which_days
    draws = len(found.p_value)
    assert draws == events * series
    assert set(found.test) == {MAX_RANK if heavy else SUP_T}
    level = (days + 1) / (length + days + 1) if heavy else 0.05
    assert level <= 0.05 + 1e-12
    assert abs(np.mean(found.p_value <= 0.05 + 1e-12) - level) < tolerance(level, draws)
    counts = np.bincount(found.which, minlength=days + 1)
    share = 1 / (days + 1)
    assert (np.abs(counts / draws - share) < tolerance(share, draws)).all()
    naive = result.to_frame("ar").query("tau_from >= 0 and tau_from <= @days")
    smallest = naive.groupby(["event_id", "instrument"])["p_value"].min()
    assert np.mean(smallest <= 0.05) > 0.08
