"""Weekend rows copied from a Friday, frozen factors, moves of zero: what looks like a quote and is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from tests.alignment.samples import SHORT, aligned, at_session, bond, news, quoted, row

WEEKDAYS = pd.bdate_range("2021-11-01", "2022-02-28")
LEVELS = pd.Series(
    50.0 + np.cumsum(np.random.default_rng(7).choice([-1.0, 1.0, 2.0], len(WEEKDAYS))), WEEKDAYS
)
FILLED = LEVELS.reindex(pd.date_range(WEEKDAYS[0], WEEKDAYS[-1])).ffill()
TIMES = [f"2022-01-{day:02d}{clock}" for day in range(17, 24) for clock in ("", "T12:00", "T20:00")]


def panel_of(series: pd.Series, **terms: object) -> mi.Panel:
    return mi.Panel.from_frame(series, instruments=bond(**terms))


@pytest.mark.parametrize("roll", ["next", "previous", "nearest", "drop"])
@pytest.mark.parametrize("at", TIMES)
def test_weekend_rows_copied_from_friday_change_nothing_but_a_note(at: str, roll: str) -> None:
    """A week of news, day, noon and evening: as on the series without the copies."""
    policies = mi.Policies(roll=roll)
    event = news(at, "Europe/London")
    plain = mi.align(panel_of(LEVELS), event, timeline=SHORT, policies=policies)
    filled = mi.align(panel_of(FILLED), event, timeline=SHORT, policies=policies)
    pd.testing.assert_frame_equal(filled.ledger.to_frame(), plain.ledger.to_frame())
    (note,) = filled.panel.quotes[0].notes
    assert note == "34 quotes on days without a session, equal to the session before: not quoted"


def test_copies_may_be_kept() -> None:
    kept = mi.Policies(frozen="keep")
    found = row(
        mi.align(panel_of(FILLED), news("2022-01-22T12:00", "Europe/London"), timeline=SHORT, policies=kept)
    )
    assert found["session"] == pd.Timestamp("2022-01-22")
    assert "the move is exactly zero, as " in found["reason"]
    assert found["status"] == "flagged"


def test_a_factor_that_stands_still_is_missing_and_not_a_move_of_zero() -> None:
    """Sixteen equal levels: the move to each of the fifteen repeats is unknown, and the one that ends the run."""
    factor = 100.0 + np.cumsum(np.random.default_rng(8).normal(0.0, 1.0, len(WEEKDAYS)))
    factor[30:46] = factor[30]
    panel = panel_of(LEVELS).join(
        mi.Panel.from_frame(
            pd.Series(factor, WEEKDAYS), instruments=mi.Factor("F", snapshot="16:30 Europe/London")
        )
    )
    masks = {
        frozen: mi.align(
            panel,
            at_session(WEEKDAYS, 60),
            timeline=SHORT,
            factors=["F"],
            policies=mi.Policies(frozen=frozen),
        ).design.usable[-len(WEEKDAYS) :]
        for frozen in ("leave_out", "keep")
    }
    assert np.flatnonzero(~masks["keep"]).tolist() == [0]
    assert np.flatnonzero(~masks["leave_out"]).tolist() == [0, *range(31, 47)]


@pytest.mark.parametrize("still", [True, False])
def test_a_move_of_exactly_zero_is_flagged_as_perhaps_no_quote(still: bool) -> None:
    levels = LEVELS.to_numpy().copy()
    levels[40:] += (levels[39] - levels[40]) * still
    found = row(aligned(quoted(bond(), WEEKDAYS, levels), at_session(WEEKDAYS, 40)))
    words = "the move is exactly zero, as 0 of 10 estimation moves are: perhaps not quoted"
    assert (found["reason"], found["status"]) == ((words, "flagged") if still else ("", "used"))


def test_news_of_a_frozen_week_shows_behind_it_and_stays_out_of_other_fits() -> None:
    """As on the series without the eight repeats: the first move after them is in the event's window."""
    levels = LEVELS.to_numpy().copy()
    levels[30:39] = levels[30]
    levels[39:] += 25.0
    events = [at_session(WEEKDAYS, 33, "inside"), at_session(WEEKDAYS, 50, "later")]
    frozen = aligned(quoted(bond(), WEEKDAYS, levels), *events).ledger.to_frame().set_index("event_id")
    assert frozen.loc["inside", "reason"].startswith("not quoted: 9 quotes that stand still")
    # Sessions 31 to 41 are in the window of the first event: two behind the first move after the run, of 39.
    assert frozen.loc["later", ["estimation_used", "contaminated"]].tolist() == [6, 3]
    kept = range(38, 48)
    assert [at for at in kept if at not in range(31, 42)] == [42, 43, 44, 45, 46, 47]


def test_news_of_days_that_reach_into_the_series_takes_its_moves() -> None:
    """Twenty days from six before the first quote: any session of two weeks may show it."""
    days = pd.bdate_range("2022-01-03", "2022-03-31")
    long = mi.Event("long", announced_at="2021-12-28", zone="Europe/London", precision="20d")
    alignment = aligned(quoted(bond(), days), long, at_session(days, 20, "later"))
    clean = alignment.clean[-len(days) :]
    assert not clean[: alignment.last[0] + 1].any()
    assert "before the first quote" not in row(alignment)["reason"]


def test_rows_copied_over_a_holiday_of_a_named_calendar_are_no_sessions() -> None:
    """London was shut on 27 and 28 December 2021 and on 3 January 2022; the series repeats the day before."""
    pytest.importorskip("exchange_calendars", reason="named calendars need the extra 'calendars'")
    holidays = pd.DatetimeIndex(["2021-12-27", "2021-12-28", "2022-01-03"])
    plain = LEVELS.drop(holidays)
    event = news("2021-12-27T12:00", "Europe/London")
    found = [
        row(mi.align(panel_of(series, calendar="XLON"), event, timeline=SHORT))
        for series in (plain, plain.reindex(WEEKDAYS).ffill())
    ]
    assert found[0] == found[1]
    assert (found[0]["session"], found[0]["span"]) == (pd.Timestamp("2021-12-29"), 1)


def frozen_levels() -> np.ndarray:
    """The levels with a run: sessions 31 to 38 repeat session 30."""
    levels = LEVELS.to_numpy().copy()
    levels[30:39] = levels[30]
    levels[39:] += 25.0
    return levels


def test_a_window_that_ends_in_a_frozen_run_takes_the_move_behind_it() -> None:
    """The window of session 29 ends with session 31, whose days the move of session 39 covers."""
    panel = quoted(bond(), WEEKDAYS, frozen_levels())
    alignment = aligned(panel, at_session(WEEKDAYS, 29, "before"), at_session(WEEKDAYS, 60, "later"))
    clean = alignment.clean[-len(WEEKDAYS) :]
    assert not clean[27:40].any()
    assert clean[40]


@pytest.mark.parametrize("hole", [True, False])
def test_a_confounder_in_a_frozen_run_shows_in_the_move_behind_it(hole: bool) -> None:
    """As where these days were not quoted at all."""
    levels = frozen_levels()
    days = WEEKDAYS
    if hole:
        days, levels = WEEKDAYS.delete(range(31, 39)), np.delete(levels, range(31, 39))
    other = news(f"{WEEKDAYS[34]:%Y-%m-%d}T09:00", "Europe/London", "c", title="Auction")
    study = mi.EventStudy(timeline=SHORT)
    result = study.run(quoted(bond(), days, levels), at_session(WEEKDAYS, 39), confounders=[other])
    said = result.ledger.to_frame().loc[0, "confounders"]
    assert said == f"Auction, {WEEKDAYS[34]:%Y-%m-%d} 09:00 London, tau = 0"


def test_true_quotes_of_sundays_stay_where_repetitions_are_common() -> None:
    """A week from Sunday, a coarse tick, two moves in three zero: half of all Sundays repeat by chance."""
    days = pd.date_range("2020-01-05", "2021-12-30")
    days = days[days.day_of_week.isin([6, 0, 1, 2, 3])]
    steps = np.random.default_rng(9).choice([0.0, 0.0, 0.0, 0.01, -0.01], len(days))
    panel = quoted(bond(), days, 5.0 + np.cumsum(steps).round(2))
    assert mi.align(panel, news("2021-06-06T12:00", "Europe/London"), timeline=SHORT).panel is panel


def test_a_member_that_nobody_studies_does_not_decide() -> None:
    other = quoted(bond("Z", calendar="NOPE"))
    found = mi.align(
        panel_of(LEVELS).join(other), at_session(WEEKDAYS, 40), timeline=SHORT, pairs=[("at 40", "KZ 2045")]
    )
    assert found.ledger.used == 1
