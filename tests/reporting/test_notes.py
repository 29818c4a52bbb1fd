"""The notes of a page: how the session was found, what the fit rests on, what else happened."""

import re

import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.reporting.canvas import bare_figure, draw_table, inch_paper

from .test_page import assert_readable, boxes, quotes

LONDON = mi.SovereignBond("KZ 2045", quoted="yield", issuer="KZ", snapshot="16:30 Europe/London")


def panel() -> mi.Panel:
    return mi.Panel.from_frame(quotes(0.33), instruments=LONDON)


def event(name: str, at: str, **rest: str) -> mi.Event:
    return mi.Event(name, announced_at=at, zone="Asia/Almaty", **rest)


def other(name: str, at: str) -> mi.Event:
    return mi.Event(name, announced_at=at, zone="America/New_York", title=name)


def page_of(*news: mi.Event, confounders: list[mi.Event] | None = None, **policies: str | int) -> mi.Report:
    """Page of the first event."""
    study = mi.EventStudy(policies=mi.Policies(**policies))
    return mi.report(study.run(panel(), news, confounders=confounders), news[0].id)


def note(page: mi.Report, name: str) -> str:
    found = [text for text in page.notes if text.startswith(name)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("at", "precision", "said"),
    [
        ("2022-01-05T16:10", "minute", "tau = 0 is the first snapshot after the news of 16:10 on 5 January 2022, Asia"),
        ("2022-01-05T16:10", "hour", "the first snapshot after the news of the hour from 16:10 on 5 January 2022"),
        ("2022-01-05", "day", "any of tau = 0 to 1, 5 to 6 January 2022, may hold the first snapshot after the news of"
         " 5 January 2022, hour unknown, Asia"),
        ("2022-01-05", "3d", "any of tau = 0 to 3, 5 to 10 January 2022, may hold the first snapshot after the news of"
         " 5 to 7 January 2022, day unknown, Asia"),
        ("2022-01-05", "+-1d", "around 5 January 2022 (give or take 1 day: 4 to 6 January 2022), Asia"),
        ("2022-01-02", "+-2d", "around 2 January 2022 (give or take 2 days: 31 December 2021 to 4 January 2022), Asia"),
        ("2022-01-05", "before open", "tau = 0 is the session of 5 January 2022, or the first after it: the news came"
         " before the open; snapshot"),
        ("2022-01-05", "after close", "tau = 0 is the first session after 5 January 2022: the news came after the"
         " close; snapshot"),
    ],
)  # fmt: skip
def test_the_session_note_says_how_the_news_is_dated(at: str, precision: str, said: str) -> None:
    page = page_of(event("news", at, precision=precision))
    assert said in note(page, "Session: ")
    assert_readable(page.figure)


def test_rolls_and_latency_are_said() -> None:
    saturday = event("news", "2022-01-08T12:00")
    rolled = page_of(saturday, roll="previous")
    assert "tau = 0 is the last session before the news of 12:00 on 8 January 2022" in note(rolled, "Session")
    assert "rolled back to" in note(rolled, "Ledger")
    assert rolled.finding.startswith("KZ 2045, 7 January 2022")
    assert note(rolled, "Policies") == "Policies: roll = previous; the others by default."
    waited = page_of(saturday, latency=45)
    assert "the first snapshot at least 45 minutes after the news" in note(waited, "Session")
    assert "rolled to the next session, 2022-01-10" in note(waited, "Ledger: used")
    assert not any(text.startswith("Policies") for text in page_of(saturday).notes)


def test_candidates_are_written_with_their_moves() -> None:
    page = page_of(event("news", "2022-01-05"))
    written = re.findall(r"([+-][\d.]+) bp on (\d+) January 2022 \(tau = (\d)\)", note(page, "Candidates"))
    ar = page.pair.ar[5:7]
    assert written == [(f"{ar[0]:+.1f}", "5", "0"), (f"{ar[1]:+.1f}", "6", "1")]
    assert not any(text.startswith("Candidates") for text in page_of(event("news", "2022-01-05T16:10")).notes)


def test_moves_in_windows_of_other_events_are_counted_or_said_to_stay() -> None:
    """The window of news of 10 November, -5 to 5, lies wholly in the estimation window of 5 January."""
    news = (event("news", "2022-01-05T16:10"), event("earlier", "2021-11-10T12:00"))
    left_out = page_of(*news)
    assert "109 of 120 sessions (11 left out, in windows of other events)" in note(left_out, "Model")
    assert not any(text.startswith("Estimation") for text in left_out.notes)
    kept = page_of(*news, contamination="keep")
    assert "21 December 2021, 120 sessions; residual" in note(kept, "Model")
    remark = "Estimation: other events of this study fall into its window (1), and their moves are in it."
    assert note(kept, "Estimation") == remark


def test_events_that_do_not_meet_the_instrument_stay_in_its_estimation_window() -> None:
    events = [event("news", "2022-01-05T16:10"), event("earlier", "2021-11-10T12:00")]
    result = mi.EventStudy().run(panel(), events, pairs=[("news", "KZ 2045")])
    page = mi.report(result, "news")
    assert "120 sessions; residual" in note(page, "Model")
    assert "fall into its window (1), and their moves are in it" in note(page, "Estimation")


def test_the_whole_study_is_counted_on_every_page() -> None:
    page = page_of(event("news", "2022-01-05T16:10"), event("late", "2022-02-25T12:00"))
    assert note(page, "Ledger") == (
        "Ledger: used. The whole study: 1 used of 2 given (0 flagged, 1 left out); 4 cells tested, moves x windows."
    )


def test_nobody_looked_is_not_the_same_as_nothing_found() -> None:
    news = event("news", "2022-01-05T16:10")
    blind = page_of(news)
    assert blind.confounders is None
    assert note(blind, "Other news") == "Other news: nobody has looked (run(..., confounders=...))."
    far = page_of(news, confounders=[other("FOMC", "2021-06-16T14:00")])
    assert far.confounders == ()
    assert (
        note(far, "Other news")
        == "Other news in the window: none of the confounders given, which run from 2021-06-16 to 2021-06-16."
    )


def test_news_of_the_headline_comes_first_and_is_said_in_the_reading() -> None:
    """Noon in New York of 4 January is after London's close: 5 January shows it first."""
    near = [other("auction", "2022-01-03T12:00"), other("FOMC minutes", "2022-01-04T12:00")]
    news = event("news", "2022-01-05T16:10")
    page = page_of(news, confounders=near)
    assert note(page, "Other news") == (
        "Other news in the window: FOMC minutes, 2022-01-04 12:00 New York (tau = 0, in the headline);"
        " auction, 2022-01-03 12:00 New York (tau = -1)."
    )
    assert "Other news fell into the same session (FOMC minutes): this move may belong to it." in page.reading
    assert "Other news" not in page_of(news, confounders=near[:1]).reading
    day = mi.Event("strike", announced_at="2022-01-05", zone="Asia/Almaty")
    assert (
        "Other news may have fallen into the same session (strike)"
        in page_of(news, confounders=[day]).reading
    )


def test_a_page_takes_the_studys_confounders_unless_others_are_given() -> None:
    news, minutes = event("news", "2022-01-05T16:10"), other("FOMC minutes", "2022-01-04T12:00")
    result = mi.EventStudy().run(panel(), news, confounders=minutes)
    assert [found.title for found in mi.report(result).confounders] == ["FOMC minutes"]
    given = [other("auction", "2022-01-03T12:00"), news]
    assert [found.title for found in mi.report(result, confounders=given).confounders] == ["auction"]
    assert mi.report(result, confounders=news).confounders == ()


def test_confounders_wait_as_long_as_the_news_does() -> None:
    """16:15 in London is a quarter of an hour before the close."""
    late = mi.Event("rumour", announced_at="2022-01-05T16:15", zone="Europe/London")
    news = event("news", "2022-01-05T16:10")
    assert page_of(news, confounders=[late]).confounders[0].first == 0
    assert page_of(news, confounders=[late], latency=30).confounders[0].first == 1


def test_the_largest_candidate_is_judged_as_the_largest() -> None:
    page = page_of(event("news", "2022-01-04"))
    found = page.pair.which_day
    assert (found.statistic, len(page.pair.candidates)) == (1.0, 2)
    assert (
        f"The largest, on 5 January 2022 (tau = 1), is {page.pair.ar[6]:+.1f} bp; as the largest of 2 candidates it"
        " has p = .016 (the smallest possible is .016)." in page.reading
    )
    assert found.p_value == pytest.approx(2 / 122)
    assert "The largest" not in page_of(event("news", "2022-01-05T16:10")).reading


def test_a_largest_judged_by_t_says_what_it_trusts() -> None:
    """Six candidates over 109 moves are too many for the rank."""
    page = page_of(event("news", "2022-01-03", precision="7d"), event("earlier", "2021-11-10T12:00"))
    assert len(page.pair.candidates) == 6
    assert "as the largest of 6 candidates it has p < .001 (trusts normal errors" in page.reading
    assert_readable(page.figure)


def test_numbers_of_any_size_leave_the_reading_and_the_table_alone() -> None:
    frame = 1e6 * quotes(0.33)
    index = mi.Factor("KZ 2045", move="difference", unit="points", snapshot="16:30 Europe/London")
    news = event("news", "2022-01-05", precision="3d")
    result = mi.EventStudy().run(
        mi.Panel.from_frame(frame, instruments=index), news, pairs=[("news", index.id)]
    )
    assert_readable(mi.report(result).figure)


def test_a_long_name_wraps_and_a_wide_table_shrinks() -> None:
    name = "A bond with a very long name, of a long series of bonds " * 3
    bond = mi.SovereignBond(name, quoted="yield", snapshot="16:30 Europe/London")
    frame: pd.DataFrame = quotes(0.33).set_axis([name], axis=1)
    result = mi.EventStudy().run(
        mi.Panel.from_frame(frame, instruments=bond), event("news", "2022-01-05T16:10")
    )
    assert_readable(mi.report(result).figure)
    figure = bare_figure(4.0, 2.0, 100)
    draw_table(inch_paper(figure), [["word " * 6] * 4] * 3, (0.0, 0.0), 4.0)
    right = [box.x1 for _, box in boxes(figure)]
    left = [box.x0 for _, box in boxes(figure)]
    assert max(right) <= 401
    assert all(one < two for one, two in zip(right[0:3], left[1:4], strict=True))
