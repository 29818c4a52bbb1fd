"""The edges of a series: on one side of each the pair is used, on the other the ledger says why not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from tests.alignment.samples import LONDON, NEW_YORK, SHORT, aligned, at_session, bond, news, quoted, row

DAYS = pd.bdate_range("2022-01-03", periods=40)  # positions 0 to 39; the first move is at 1
PANEL = quoted(bond(), DAYS)


def at(position: int, timeline: mi.Timeline = SHORT) -> dict[str, object]:
    found = row(aligned(PANEL, at_session(DAYS, position), timeline=timeline))
    assert found["session"] == DAYS[position]
    return found


# The event window


def test_the_event_window_may_end_with_the_series_and_no_later() -> None:
    assert at(37)["status"] == "used"
    over = at(38)
    assert over["status"] == "left out"
    assert over["reason"] == (
        f"the series ends on {DAYS[-1]:%Y-%m-%d}, tau = 1;"
        " the event window asks for tau = 2: shorten Timeline(event=...)"
    )


def test_the_event_window_may_begin_with_the_first_move_and_no_earlier() -> None:
    timeline = mi.Timeline(estimation=(-35, -15), event=(-14, 2), min_estimation=3)
    inside, outside = at(18, timeline), at(14, timeline)
    assert inside["status"] == "flagged"
    assert "tau" not in str(inside["reason"])
    assert outside["status"] == "left out"
    assert (
        "the series begins on 2022-01-03, tau = -14; the event window asks for moves from tau = -14"
        in str(outside["reason"])
    )
    assert "missing" not in str(outside["reason"]), (
        "what is left out for its place has nothing said of its moves"
    )


@pytest.mark.parametrize(("position", "left_out"), [(3, False), (2, True)])
def test_the_first_session_has_no_move(position: int, left_out: bool) -> None:
    reason = str(at(position)["reason"])
    assert ("the series begins on" in reason) == left_out, reason


def test_what_the_message_proposes_makes_the_window_fit() -> None:
    shorter = mi.Timeline(estimation=(-12, -3), event=(-2, 1), min_estimation=5)
    assert at(38)["status"] == "left out"
    assert at(38, shorter)["status"] == "used"


def test_an_event_after_the_last_snapshot_is_left_out() -> None:
    late = mi.Event("late", announced_at=f"{DAYS[-1]:%Y-%m-%d}T16:30", zone="Europe/London")
    found = row(aligned(PANEL, late))
    assert found["status"] == "left out"
    assert (
        found["reason"]
        == f"no snapshot after the event: the series ends on {DAYS[-1]:%Y-%m-%d}; bring later quotes"
    )
    for column in (
        "snapshot",
        "session",
        "span",
        "shift",
        "estimation_used",
        "estimation_lost",
        "zero_share",
    ):
        assert pd.isna(found[column]), column
    assert found["candidates"] == ""
    assert found["local_time"] == f"{DAYS[-1]:%Y-%m-%d}T16:30+00:00"


def test_an_event_before_the_last_snapshot_is_in_it() -> None:
    timeline = mi.Timeline(estimation=(-12, -3), event=(-2, 0), min_estimation=5)
    assert at(39, timeline)["status"] == "used"


def test_an_event_long_before_the_series_is_left_out() -> None:
    found = row(aligned(PANEL, news("2010-01-05")))
    assert found["status"] == "left out"
    assert (
        found["reason"]
        == "the event comes 4381 days before the first quote, of 2022-01-03: bring earlier quotes"
    )


@pytest.mark.parametrize("event", [(0, 0), (0, 2)])
def test_nobody_is_told_to_shorten_a_window_that_begins_with_tau_0(event: tuple[int, int]) -> None:
    """An event at or before the first quote has no move at tau = 0: no window can mend that."""
    timeline = mi.Timeline(estimation=(-12, -3), event=event, min_estimation=5)
    found = row(aligned(PANEL, news("2010-01-05"), timeline=timeline))
    assert found["status"] == "left out"
    assert "shorten" not in found["reason"]


def test_windows_longer_than_the_data_are_refused() -> None:
    words = r"timeline: the windows need 162 quotes, the longest series has 40; received Timeline\(.*shorter windows"
    with pytest.raises(mi.InputError, match=words):
        aligned(PANEL, at_session(DAYS, 20), timeline=mi.Timeline(estimation=(-200, -51), event=(-50, 50)))


def test_a_series_is_long_enough_exactly_when_some_event_in_it_could_be_used() -> None:
    just_long_enough, too_short = DAYS[:11], DAYS[:10]
    every = [at_session(DAYS, position) for position in range(11)]
    kept = mi.Policies(contamination="keep")
    ledger = aligned(quoted(bond(), just_long_enough), *every, policies=kept).ledger
    assert ledger.used == 1
    assert ledger.to_frame()["status"].ne("left out").tolist().index(True) == 8
    with pytest.raises(
        mi.InputError, match="timeline: the windows need 11 quotes, the longest series has 10"
    ):
        aligned(quoted(bond(), too_short), *every)


def test_a_short_series_beside_a_long_one_is_a_row_of_the_ledger() -> None:
    panel = PANEL.join(quoted(bond("KZ 2044"), DAYS[:10]))
    frame = aligned(panel, at_session(DAYS, 8), pairs="all").ledger.to_frame()
    assert frame["status"].tolist() == ["flagged", "left out"]
    assert "the series ends on 2022-01-14, tau = 1" in frame.loc[1, "reason"]


# Candidates at the end


def test_an_ambiguous_event_whose_candidates_reach_past_the_window_is_left_out() -> None:
    day = news(f"{DAYS[20]:%Y-%m-%d}", "Europe/London")
    narrow = mi.Timeline(estimation=(-12, -3), event=(-2, 0), min_estimation=5)
    wide = mi.Timeline(estimation=(-12, -3), event=(-2, 1), min_estimation=5)
    assert row(aligned(PANEL, day, timeline=wide))["status"] == "flagged"
    found = row(aligned(PANEL, day, timeline=narrow))
    assert found["status"] == "left out"
    assert (
        "the event session may be as late as tau = 1, beyond the event window's end 0: widen"
        in found["reason"]
    )


def test_candidates_beyond_the_end_of_the_series_say_so() -> None:
    day = news(f"{DAYS[-1]:%Y-%m-%d}", "Europe/London")
    alignment = aligned(
        PANEL, day, timeline=mi.Timeline(estimation=(-12, -3), event=(-2, 0), min_estimation=5)
    )
    assert row(alignment)["candidates"] == f"{DAYS[-1]:%Y-%m-%d} (series ends)"
    assert row(alignment)["status"] == "left out"


# The estimation window


@pytest.mark.parametrize(
    ("position", "used", "status", "reason"),
    [
        (13, 10, "used", ""),
        (12, 9, "flagged", "the estimation window begins before the first move, of 2022-01-03"),
        (8, 5, "flagged", "the estimation window begins before the first move, of 2022-01-03"),
        (7, 4, "left out", "4 usable estimation moves, fewer than min_estimation = 5"),
    ],
)
def test_the_estimation_window_at_the_beginning_of_a_series(
    position: int, used: int, status: str, reason: str
) -> None:
    found = at(position)
    assert (found["estimation_used"], found["estimation_lost"]) == (used, 10 - used)
    assert found["status"] == status
    assert reason in str(found["reason"])
    assert bool(found["reason"]) == bool(reason)


def test_the_default_minimum_is_sixty_moves_on_both_sides() -> None:
    days = pd.bdate_range("2021-01-04", periods=200)
    panel = quoted(bond(), days)
    enough, too_few = (
        row(aligned(panel, at_session(days, position), timeline=mi.Timeline())) for position in (71, 70)
    )
    assert (enough["estimation_used"], enough["status"]) == (60, "flagged")
    assert (too_few["estimation_used"], too_few["status"]) == (59, "left out")
    assert "59 usable estimation moves, fewer than min_estimation = 60" in too_few["reason"]


def test_no_window_reaches_into_the_series_beside_it() -> None:
    other = bond("KZ 2044")
    both = quoted(other, DAYS).join(PANEL)
    for position in (0, 3, 8, 12, 37, 39):
        event = at_session(DAYS, position)
        alone = row(aligned(PANEL, event))
        beside = row(aligned(both, event, pairs="all"), 1)
        assert {name: str(value) for name, value in alone.items()} == {
            name: str(value) for name, value in beside.items()
        }


# Stale and dirty series


@pytest.mark.parametrize(("zeros", "share", "flagged"), [(0, 0.0, False), (2, 0.2, False), (3, 0.3, True)])
def test_a_fifth_of_zero_moves_is_stale_only_above(zeros: int, share: float, flagged: bool) -> None:
    moves = np.ones(len(DAYS))
    moves[8 : 8 + zeros] = 0.0  # the estimation window of position 20 runs from 8 to 17
    found = row(aligned(quoted(bond(), DAYS, 10.0 + np.cumsum(moves)), at_session(DAYS, 20)))
    assert found["zero_share"] == pytest.approx(share)
    assert found["status"] == ("flagged" if flagged else "used")
    assert (f"{share:.0%} of the estimation moves are zero" in found["reason"]) == flagged


def test_zero_moves_outside_the_estimation_window_do_not_count() -> None:
    moves = np.arange(len(DAYS)) % 2.0  # every other move is zero: stale, but not frozen
    moves[8:18] = moves[20] = 1.0
    found = row(aligned(quoted(bond(), DAYS, 10.0 + np.cumsum(moves)), at_session(DAYS, 20)))
    assert (found["zero_share"], found["status"]) == (0.0, "used")


@pytest.mark.parametrize(
    ("kind", "flagged"), [("dirty price", True), ("clean price", False), ("yield", False)]
)
def test_dirty_prices_are_flagged(kind: str, flagged: bool) -> None:
    found = row(aligned(quoted(bond(quoted=kind), DAYS), at_session(DAYS, 20)))
    assert found["status"] == ("flagged" if flagged else "used")
    assert found["reason"] == (
        "dirty prices: coupons are not removed from the moves, as the bond's coupon, maturity, frequency and day"
        " count are not given"
        if flagged
        else ""
    )


# Spans and waiting


def without(*days: str) -> pd.DatetimeIndex:
    return pd.bdate_range("2022-03-01", "2022-05-31").drop(list(days))


def test_a_move_over_easter_spans_three_sessions() -> None:
    days = without("2022-04-15", "2022-04-18")
    found = row(aligned(quoted(bond(), days), news("2022-04-16", "Europe/London")))
    assert (found["session"], found["span"], found["shift"]) == (pd.Timestamp("2022-04-19"), 3, 3)
    assert found["reason"] == (
        "a move of the headline window spans several sessions: from 2022-04-14 to 2022-04-19, 3 sessions; "
        "nothing is quoted on the event's day: rolled to the next session, 2022-04-19"
    )


@pytest.mark.parametrize(("holidays", "span"), [(["2022-04-15"], 2), (["2022-04-14", "2022-04-15"], 3)])
def test_a_move_over_holidays_is_flagged_from_two_sessions(holidays: list[str], span: int) -> None:
    found = row(aligned(quoted(bond(), without(*holidays)), news("2022-04-16", "Europe/London")))
    assert (found["span"], found["status"]) == (span, "flagged")
    assert "a move of the headline window spans several sessions: from 2022-04-1" in found["reason"]
    assert f" to 2022-04-18, {span} sessions;" in found["reason"]


def test_an_ordinary_weekend_is_one_session() -> None:
    found = row(aligned(quoted(bond(), without()), news("2022-04-09", "Europe/London")))
    assert (found["span"], found["status"], found["shift"]) == (1, "used", 2)


def test_a_named_calendar_knows_that_easter_is_no_session() -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars need the extra 'calendars'")
    days = without("2022-04-15", "2022-04-18", "2022-05-02")
    found = row(aligned(quoted(bond(calendar="XLON"), days), news("2022-04-16", "Europe/London")))
    assert (found["span"], found["status"]) == (1, "used")


def test_a_first_move_that_begins_before_the_window_is_flagged() -> None:
    days = without(
        "2022-04-15", "2022-04-18"
    )  # the event window of the 21st begins with the move of the 19th
    found = row(aligned(quoted(bond(), days), news("2022-04-21T12:00", "Europe/London")))
    assert found["span"] == 1
    assert found["reason"] == "the event window's first move spans days without quotes before the window"


def test_tau_counts_quoted_sessions_not_days() -> None:
    days = without("2022-04-15", "2022-04-18")
    alignment = aligned(quoted(bond(), days), news("2022-04-21T12:00", "Europe/London"))
    window = alignment.design.sessions[alignment.positions[0] - 2 : alignment.positions[0] + 3]
    assert window.astype(str).tolist() == [
        "2022-04-19",
        "2022-04-20",
        "2022-04-21",
        "2022-04-22",
        "2022-04-25",
    ]


@pytest.mark.parametrize(("day", "shift", "flagged"), [("2022-04-14", 4, False), ("2022-04-13", 5, True)])
def test_more_than_four_days_between_news_and_session_are_flagged(
    day: str, shift: int, flagged: bool
) -> None:
    days = without("2022-04-13", "2022-04-14", "2022-04-15")
    found = row(aligned(quoted(bond(), days), news(f"{day}T18:00", "Europe/London")))
    assert (found["session"], found["shift"]) == (pd.Timestamp("2022-04-18"), shift)
    assert (f"{shift} days lie between the event and its session" in found["reason"]) == flagged


def test_the_shift_counts_from_the_day_of_the_place() -> None:
    night = news(
        "2022-02-02T01:00"
    )  # 19:00 UTC of the 1st: after London's close of that day, before New York's
    in_london = row(aligned(quoted(bond(snapshot=LONDON), DAYS), night))
    in_new_york = row(aligned(quoted(bond(snapshot=NEW_YORK), DAYS), night))
    assert (in_london["session"], in_london["shift"]) == (pd.Timestamp("2022-02-02"), 0)
    assert (in_new_york["session"], in_new_york["shift"]) == (pd.Timestamp("2022-02-01"), -1)
