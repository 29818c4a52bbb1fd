"""Moves that span several expected sessions: closures in the windows, and what the policy makes of such a move."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from tests.alignment.samples import JANUARY, LONDON, SHORT, aligned, at_session, bond, news, quoted, row
from tests.maths.brute import Series, fit_one, predicted

SPANS = "a move of the headline window spans several sessions"
REACH = "the windows reach across days without quotes"

WORKDAYS = pd.bdate_range("2021-11-01", "2022-05-31")
SHUT = pd.bdate_range("2022-02-28", "2022-03-18")
MOSCOW = WORKDAYS.drop(SHUT)
"""The last quote before the closure is of 25 February, the first after it of 21 March 2022."""


def without(count: int, first: str = "2022-02-01") -> pd.DatetimeIndex:
    """All working days but so many from a Tuesday on."""
    return WORKDAYS.drop(pd.bdate_range(first, periods=count))


def span_of(before: date, day: date) -> int:
    """Weekdays behind one date up to another, counted one by one."""
    return sum((before + timedelta(k)).weekday() < 5 for k in range(1, (day - before).days + 1))


def spans_of(days: pd.DatetimeIndex) -> list[int]:
    dates = [day.date() for day in days]
    return [1, *(span_of(before, day) for before, day in pairwise(dates))]


def every_event(days: pd.DatetimeIndex) -> list[int]:
    """Places whose event window lies within the series."""
    return list(range(3, len(days) - 2))


# Closures in the windows


@pytest.mark.parametrize(("shut", "flagged"), [(3, False), (4, True), (5, True), (11, True)])
def test_a_closure_anywhere_in_the_windows_is_flagged_from_five_sessions_on(shut: int, flagged: bool) -> None:
    """Four missing sessions make a move over five. One event at a time, one move at a time."""
    days = without(shut)
    panel, spans = quoted(bond(), days), spans_of(days)
    assert max(spans) == shut + 1
    seen = 0
    for at in every_event(days):
        moves = range(max(at + SHORT.estimation[0], 1), at + SHORT.event[1] + 1)
        over = [i for i in moves if spans[i] >= 5]
        words = row(aligned(panel, at_session(days, at)))["reason"]
        assert (REACH in words) == bool({*over} - {at})
        assert (SPANS in words) == (spans[at] > 1)
        for i in over:
            assert f": from {days[i - 1].date()} to {days[i].date()}, {spans[i]} sessions" in words
        seen += bool(over)
    assert seen == (SHORT.event[1] - SHORT.estimation[0] + 1 if flagged else 0)


def test_the_gap_of_moscow_is_said_by_its_dates() -> None:
    """25 February to 21 March 2022: sixteen working days, in the headline of whoever comes back."""
    rouble = mi.CurrencyPair("USD", "RUB", snapshot=LONDON)
    back = mi.Event("back", announced_at="2022-03-21T09:00", zone="Europe/Moscow")
    found = row(aligned(quoted(rouble, MOSCOW), back))
    assert (found["span"], found["status"]) == (16, "flagged")
    gap = "from 2022-02-25 to 2022-03-21, 16 sessions"
    assert found["reason"].startswith(f"{SPANS}: {gap}")
    after = mi.Event("after", announced_at="2022-03-22T09:00", zone="Europe/Moscow")
    found = row(aligned(quoted(rouble, MOSCOW), after))
    assert (found["span"], found["status"]) == (1, "flagged")
    assert f"{REACH}: {gap}" in found["reason"]


def test_two_closures_are_both_named() -> None:
    days = without(5).drop(pd.bdate_range("2022-02-14", periods=6))
    at = days.get_loc(pd.Timestamp("2022-02-24"))
    words = row(aligned(quoted(bond(), days), at_session(days, at)))["reason"]
    assert "from 2022-01-31 to 2022-02-08, 6 sessions, from 2022-02-11 to 2022-02-22, 7 sessions" in words


def test_a_declared_closure_is_named_where_the_gap_is_said_and_nowhere_else() -> None:
    shut = mi.Closure("2022-02-28", "2022-03-18", reason="sanctions", market="Moscow bonds")
    elsewhere = mi.Closure("2021-12-31", "2022-01-02", reason="New Year")
    panel = quoted(bond(closures=(shut, elsewhere)), MOSCOW)
    named = "16 sessions, closed 2022-02-28 to 2022-03-18 (Moscow bonds: sanctions)"
    for day in ("2022-03-21", "2022-03-22"):  # in the headline, and elsewhere in the windows
        event = mi.Event("back", announced_at=f"{day}T09:00", zone="Europe/Moscow")
        words = row(aligned(panel, event))["reason"]
        assert words.count(named) == 1
        assert "New Year" not in words


def test_quotes_on_closed_days_do_not_exist() -> None:
    """A price carried over the closure is no quote: every number is that of the series without those days."""
    rng = np.random.default_rng(3)
    levels = pd.Series(50.0 + np.cumsum(rng.normal(0.0, 0.1, len(WORKDAYS))), index=WORKDAYS)
    closed = bond(closures=[("2022-02-28", "2022-03-18")])
    event = mi.Event("back", announced_at="2022-03-22T09:00", zone="Europe/Moscow")
    with_them = aligned(quoted(closed, WORKDAYS, levels), event)
    plain = aligned(quoted(bond(), MOSCOW, levels[MOSCOW]), event)
    np.testing.assert_array_equal(with_them.design.y, plain.design.y)
    np.testing.assert_array_equal(with_them.design.sessions, plain.design.sessions)
    assert not np.isin(SHUT.to_numpy().astype("datetime64[D]"), with_them.design.sessions).any()
    assert row(with_them)["estimation_used"] == row(plain)["estimation_used"]


def test_a_known_holiday_is_no_span() -> None:
    """New York was shut on Monday 17 January 2022; by its calendar Tuesday's move is an ordinary one."""
    days = WORKDAYS.drop(["2021-11-25", "2021-12-24", "2022-01-17", "2022-02-21", "2022-04-15", "2022-05-30"])
    event = mi.Event("news", announced_at="2022-01-18T09:00", zone="Europe/London")
    by_weekdays = row(aligned(quoted(bond(), days), event))
    by_calendar = row(aligned(quoted(bond(calendar="XNYS"), days), event))
    assert (by_weekdays["span"], by_calendar["span"]) == (2, 1)
    assert "spans several sessions" in by_weekdays["reason"]
    assert by_calendar["reason"] == ""


# The policy

DAYS = without(2).drop(["2021-12-24", "2022-03-08", "2022-03-09", "2022-04-15"])
SPANS_OF_DAYS = spans_of(DAYS)
LEVELS = 50.0 + np.cumsum(np.random.default_rng(4).normal(0.0, 0.1, len(DAYS)))
LEAVE_OUT = mi.Policies(spanned="leave_out", contamination="keep")


def test_leaving_out_masks_spanned_moves_in_every_window() -> None:
    """Estimation and event window against one regression at a time, over ordinary moves alone."""
    assert sorted(SPANS_OF_DAYS)[-5:] == [1, 2, 2, 3, 3]
    y = np.append(np.nan, np.diff(LEVELS) * 100.0)  # percent to bp
    y[np.array(SPANS_OF_DAYS) > 1] = np.nan
    series = Series(y, np.ones((1, len(y))), np.ones(len(y)))
    study = mi.EventStudy(timeline=SHORT, windows=((-2, 2),), policies=LEAVE_OUT)
    places = [at for at in every_event(DAYS) if at >= 12]
    result = study.run(quoted(bond(), DAYS, LEVELS), [at_session(DAYS, at) for at in places])
    ledger = result.ledger.to_frame()
    for i, at in enumerate(places):
        rows = np.array([j for j in range(at - 12, at - 2) if series.usable[j]])
        assert ledger["estimation_used"][i] == len(rows)
        assert (ledger["status"][i] == "left out") == (SPANS_OF_DAYS[at] > 1)
        if SPANS_OF_DAYS[at] > 1:
            continue
        window = at + np.arange(-2, 3)
        fit = fit_one(series, rows)
        ar, cov = predicted(series, fit, window)
        there = series.usable[window]
        found = result.one(f"at {at}")
        np.testing.assert_allclose(found.ar, ar, rtol=0, atol=1e-11)
        assert np.isnan(found.ar[~there]).all()
        (car,) = found.windows
        assert car.n == np.count_nonzero(there)
        assert car.estimate == pytest.approx(np.nansum(ar), rel=1e-9)
        assert car.std_error == pytest.approx(np.sqrt(np.nansum(cov)), rel=1e-9)
        assert ("a move of the event window is missing" in ledger["reason"][i]) == (not there.all())


def test_a_spanned_headline_is_left_out_with_its_dates() -> None:
    at = SPANS_OF_DAYS.index(3)
    found = row(aligned(quoted(bond(), DAYS, LEVELS), at_session(DAYS, at), policies=LEAVE_OUT))
    assert found["status"] == "left out"
    assert found["reason"].startswith(
        f"{SPANS}: from {DAYS[at - 1].date()} to {DAYS[at].date()}, 3 sessions, and the policy is to leave it out"
    )


@pytest.mark.parametrize("candidate", [0, 1])
def test_one_spanned_candidate_is_enough(candidate: int) -> None:
    """An event of a day in London has two candidates there, the second of them the next day."""
    at = SPANS_OF_DAYS.index(3) - candidate
    event = mi.Event("day", announced_at=f"{DAYS[at]:%Y-%m-%d}", zone="Europe/London")
    panel = quoted(bond(), DAYS, LEVELS)
    flagged, left_out = (row(aligned(panel, event, policies=one)) for one in (mi.Policies(), LEAVE_OUT))
    assert flagged["status"] == "flagged"
    assert left_out["status"] == "left out"
    for found in (flagged, left_out):
        at = SPANS_OF_DAYS.index(3)
        assert f"{SPANS}: from {DAYS[at - 1].date()} to {DAYS[at].date()}, 3 sessions" in found["reason"]


def test_raising_names_the_pair_and_counts_the_others() -> None:
    panel = quoted(bond(), DAYS, LEVELS)
    ordinary = at_session(DAYS, 40)
    assert SPANS_OF_DAYS[40] == 1
    three, two = (at_session(DAYS, SPANS_OF_DAYS.index(m)) for m in (3, 2))
    raising = mi.Policies(spanned="raise")
    assert aligned(panel, ordinary, policies=raising).status.tolist() == [0]
    with pytest.raises(
        mi.InputError, match="the headline move spans several sessions: at 65 on KZ 2045: a move"
    ):
        aligned(panel, ordinary, three, policies=raising)
    with pytest.raises(mi.InputError, match=r"on KZ 2045 \(and 1 more pairs\): a move"):
        aligned(panel, two, ordinary, three, policies=raising)


def test_raising_is_for_the_headline_alone() -> None:
    """A spanned move elsewhere in the windows is no reason to stop."""
    at = SPANS_OF_DAYS.index(3)
    panel = quoted(bond(), DAYS, LEVELS)
    for place in (at - 2, at - 1, at + 1, at + 2, at + 8):
        aligned(panel, at_session(DAYS, place), policies=mi.Policies(spanned="raise"))


def test_flagging_keeps_the_move_and_says_so() -> None:
    at = SPANS_OF_DAYS.index(3)
    alignment = aligned(quoted(bond(), DAYS, LEVELS), at_session(DAYS, at))
    assert row(alignment)["status"] == "flagged"
    assert alignment.design.usable[alignment.positions[0]]
    assert alignment.design.y[alignment.positions[0]] == pytest.approx((LEVELS[at] - LEVELS[at - 1]) * 100)


def test_raise_is_not_about_pairs_that_are_left_out_anyway() -> None:
    """Monday 8 November is not quoted; the event behind it has no estimation window yet."""
    days = JANUARY.drop(["2021-11-08"])
    events = [
        news("2021-11-08T12:00", "Europe/London", "early"),
        news("2022-01-12T12:00", "Europe/London", "late"),
    ]
    raising = mi.Policies(spanned="raise")
    frame = aligned(quoted(bond(), days), *events, policies=raising).ledger.to_frame()
    assert frame["status"].tolist() == ["left out", "used"]
