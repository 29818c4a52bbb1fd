"""The contact sheet: one row for the events of one set of sessions, readable as a page."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.reporting import contact
from tests.sources.turkish import bid_yield

from .test_page import assert_readable, quotes


@pytest.fixture(scope="module")
def result() -> mi.StudyResult:
    panel = mi.fetch(["ecb:EUR/RUB", "ecb:EUR/TRY", "ecb:EUR/CNY"])
    return mi.EventStudy().run(panel, mi.datasets.load_events("kazakhstan_2022"), pairs="all")


def test_events_of_the_same_sessions_share_a_row(result: mi.StudyResult) -> None:
    sheet = mi.contact_sheet(result, title="January 2022")
    shared = [row.event_ids for row in sheet.rows if len(row.event_ids) > 1]
    assert shared == [("kz-2022-01-05-emergency", "kz-2022-01-05-residence", "kz-2022-01-05-blackout")]
    assert sum(len(row.event_ids) for row in sheet.rows) == 12
    assert [pair.instrument.id for pair in sheet.rows[0].pairs] == ["EUR/RUB", "EUR/TRY", "EUR/CNY"]


def test_nothing_overlaps_and_nothing_is_cut(result: mi.StudyResult) -> None:
    confounders = mi.datasets.load_events("confounders_2022")
    assert_readable(mi.contact_sheet(result, title="January 2022", confounders=confounders).figure)


def test_the_sheet_counts_what_was_tested(result: mi.StudyResult) -> None:
    """Twelve events on ten sets of sessions: thirty p stand on it, each of a move of its own."""
    words = " ".join(text.get_text() for text in mi.contact_sheet(result).figure.axes[0].texts)
    assert "Counted: 120 cells tested: 30 moves (10 events, 3 instruments) x 4 windows x 1 model" in words
    flat = " ".join(words.split())
    assert "by chance alone 1.5 of 30 rank p would be 0.05 or below." in flat


def test_words_of_any_length_fit() -> None:
    names = [f"{'A bond with a very long name, of a long series of bonds ' * 2}{i}" for i in range(4)]
    bonds = [mi.SovereignBond(name, quoted="yield", snapshot="16:30 Europe/London") for name in names]
    frame = pd.concat([quotes(0.33, seed=i) for i in range(4)], axis=1).set_axis(names, axis=1)
    title = "A very long headline that goes on about taxes, prices and everything else in the world " * 3
    events = [
        mi.Event(day, announced_at=day, zone="Asia/Almaty", title=title)
        for day in ("2022-01-05", "2022-01-12")
    ]
    others = [
        mi.Event(f"other {day}", announced_at=f"2022-01-{day:02}", zone="Asia/Almaty", title=title[:90])
        for day in range(3, 15)
    ]
    result = mi.EventStudy().run(
        mi.Panel.from_frame(frame, instruments=bonds), events, pairs="all", confounders=others
    )
    sheet = mi.contact_sheet(result, title=title)
    assert len(sheet.confounders) == 12
    assert_readable(sheet.figure)


def test_the_studys_confounders_are_named_and_others_can_be_given(result: mi.StudyResult) -> None:
    confounders = mi.datasets.load_events("confounders_2022")
    named = ["FOMC minutes", "US employment report"]
    again = mi.EventStudy().run(result.panel, result.events, pairs="all", confounders=confounders)
    assert [news.title for news in mi.contact_sheet(again).confounders] == named
    one = confounders.select("us-2022-01-07-payrolls")
    assert [news.title for news in mi.contact_sheet(again, confounders=one).confounders] == named[1:]
    assert mi.contact_sheet(result).confounders == ()


def noon(day: str) -> mi.Event:
    """News before the rates of a day, on whose session it first shows."""
    return mi.Event(day, announced_at=f"{day}T12:00", zone="Europe/Moscow")


def labels(sheet: mi.ContactSheet) -> list[str]:
    """Words in bold at the left: the sessions of each row."""
    texts = [text for text in sheet.figure.axes[0].texts if text.get_fontweight() == "bold"]
    left = min(text.get_position()[0] for text in texts)
    return [text.get_text() for text in texts if text.get_position()[0] == left][1:]


def test_only_news_that_may_fall_into_an_event_window_is_named() -> None:
    """Windows of two sessions around each event, one of which reaches over a weekend; the first two share days."""
    events = [noon(day) for day in ("2020-03-11", "2020-03-13", "2021-09-15")]
    outside = ["2020-03-06", "2020-03-18", "2020-10-07", "2021-03-11", "2021-09-10", "2021-09-20"]
    inside = ["2020-03-09", "2020-03-12", "2020-03-17", "2021-09-13", "2021-09-17"]
    study = mi.EventStudy(timeline=mi.Timeline(event=(-2, 2)))
    result = study.run(mi.fetch("ecb:EUR/RUB"), events)
    sheet = mi.contact_sheet(result, confounders=[noon(day) for day in [*outside, *inside[::-1]]])
    assert [news.event_id for news in sheet.confounders] == inside


def test_news_in_the_window_of_any_instrument_is_named() -> None:
    """After 6 September 2021 the second bond is not quoted for two weeks: its window reaches to 27 September."""
    frame = pd.concat([quotes(0.33, seed=i) for i in range(2)], axis=1).set_axis(["ONE", "TWO"], axis=1)
    closures = {"ONE": [], "TWO": [("2021-09-07", "2021-09-20")]}
    bonds = [
        mi.SovereignBond(name, quoted="yield", snapshot="16:30 Europe/London", closures=closed)
        for name, closed in closures.items()
    ]
    result = mi.EventStudy().run(
        mi.Panel.from_frame(frame, instruments=bonds), noon("2021-09-06"), pairs="all"
    )
    others = [noon(day) for day in ("2021-09-28", "2021-09-27", "2021-09-14", "2021-09-13", "2021-08-27")]
    named = [news.event_id for news in mi.contact_sheet(result, confounders=others).confounders]
    assert named == ["2021-09-13", "2021-09-14", "2021-09-27"]


def test_rows_in_several_years_carry_them() -> None:
    panel = mi.fetch("ecb:EUR/RUB")
    day = mi.Event("day", announced_at="2021-12-31", zone="Europe/Moscow")
    unknown = mi.Event("unknown", announced_at="2021-08-31", zone="America/New_York")
    several = mi.contact_sheet(mi.EventStudy().run(panel, [noon("2021-09-15"), day]))
    assert labels(several) == ["15 September 2021", "31 December 2021 to 3", "January 2022"]
    one = mi.contact_sheet(mi.EventStudy().run(panel, [noon("2021-09-15"), unknown]))
    assert labels(one) == ["31 August to 1 September", "15 September"]
    assert_readable(several.figure)


def test_several_clusters_have_both_tests_as_in_the_summary() -> None:
    result = mi.EventStudy().run(mi.fetch("ecb:EUR/RUB"), [noon("2020-06-10"), noon("2021-09-15")])
    finding = mi.contact_sheet(result).finding
    assert finding == "; ".join(str(result.summary()).splitlines()[-2:])
    assert finding.startswith("currency log move, headline, cluster t (2 pairs, 2 date clusters): CAAR ")
    assert "; currency log move, headline, date permutation (2 pairs, 2 date clusters): p = " in finding


def test_six_turkish_events_meet_two_announcements_of_the_federal_reserve(shared: Path) -> None:
    """13 June 2018 shows on 18 June, the session after Ramadan's feast and fifth before 25 June."""
    with (shared / "data" / "fomc_announcements.csv").open(encoding="utf-8", newline="") as opened:
        days = [row["Date"] for row in csv.DictReader(opened) if row["Date"] > "2015"]
    news = [mi.Event(day, announced_at=f"{day}T14:00", zone="America/New_York") for day in days]
    events = mi.read_events(shared / "data" / "turkey_events.csv")
    sheet = mi.contact_sheet(mi.EventStudy().run(bid_yield(shared), events, confounders=news))
    assert [found.event_id for found in sheet.confounders] == ["2018-06-13", "2018-08-01"]
    assert labels(sheet) == [
        "15 to 18 July 2016",
        "25 June 2018",
        "1 to 3 August 2018",
        "10 to 13 August 2018",
        "5 to 8 July 2019",
        "14 to 16 October 2019",
    ]
    assert_readable(sheet.figure)


def test_a_reconstruction_is_labelled_on_the_whole_sheet() -> None:
    panel, events = mi.datasets.load_panel("kazakhstan_2045"), mi.datasets.load_events("kazakhstan_2022")
    sheet = mi.contact_sheet(mi.EventStudy().run(panel, events))
    words = [text.get_text() for text in sheet.figure.axes[0].texts]
    assert sheet.finding.startswith("RECONSTRUCTION, p illustrative: 10 distinct moves")
    assert words.count("RECONSTRUCTION") == 1
    assert any("Every p is illustrative." in text for text in words)
    assert any("Source: RECONSTRUCTION: daily yield" in text for text in words)
    assert_readable(sheet.figure)


def test_no_pair_is_dropped_and_a_missing_one_is_said_to_be() -> None:
    events = mi.datasets.load_events("kazakhstan_2022").select(
        ["kz-2022-01-05-emergency", "kz-2022-01-07-shoot"]
    )
    one, two = events.ids
    pairs = [(one, "EUR/RUB"), (one, "EUR/CNY"), (two, "EUR/CNY")]
    sheet = mi.contact_sheet(
        mi.EventStudy().run(mi.fetch(["ecb:EUR/RUB", "ecb:EUR/CNY"]), events, pairs=pairs)
    )
    assert [row.event_ids for row in sheet.rows] == [(one,), (two,)]
    assert sheet.rows[1].pairs[0] is None
    assert_readable(sheet.figure)


def test_one_cluster_of_dates_is_said_to_be_one_observation(result: mi.StudyResult) -> None:
    head = "30 distinct moves in one date cluster: no test of a mean over events applies; joint test"
    reason = "not applicable: needs 180 usable estimation moves for a cluster whose windows cover 9 sessions, has 118"
    assert mi.contact_sheet(result).finding == f"{head} {reason}"
    longer = mi.EventStudy(timeline=mi.Timeline(estimation=(-250, -11)))
    again = mi.contact_sheet(longer.run(result.panel, result.events, pairs="all"))
    assert again.finding.startswith(f"{head} of unusual days: p = .")


def test_the_same_study_gives_the_same_bytes(result: mi.StudyResult) -> None:
    assert mi.contact_sheet(result).png() == mi.contact_sheet(result).png()


def test_too_many_instruments_are_refused() -> None:
    panel = mi.fetch([f"ecb:EUR/{currency}" for currency in ("RUB", "TRY", "CNY", "ZAR", "MXN")])
    events = mi.datasets.load_events("kazakhstan_2022").select("kz-2022-01-05-emergency")
    with pytest.raises(mi.InputError, match="do not fit on one sheet"):
        mi.contact_sheet(mi.EventStudy().run(panel, events, pairs="all"))


def test_a_window_without_a_single_move_is_drawn_all_the_same() -> None:
    """The factor stands still around the event: every abnormal move of the window is missing."""
    days = pd.bdate_range("2019-01-01", periods=500)
    rng = np.random.default_rng(13)
    levels = {name: 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, 500))) for name in ("X", "F")}
    levels["F"][290:312] = levels["F"][290]
    instruments = [
        mi.SovereignBond("X", quoted="clean price", snapshot="17:00 UTC"),
        mi.Factor("F", snapshot="17:00 UTC"),
    ]
    given = mi.Panel.from_frame(pd.DataFrame(levels, index=days), instruments=instruments)
    event = mi.Event("z", announced_at=f"{days[300]:%Y-%m-%d}T12:00", zone="UTC")
    study = mi.EventStudy(
        model=mi.MarketModel("F"), timeline=mi.Timeline(estimation=(-90, -11), event=(-5, 5))
    )
    found = study.run(given, event)
    assert found.ar.isna().all(axis=None)
    for picture in (mi.report(found), mi.contact_sheet(found)):
        assert picture.png().startswith(b"\x89PNG")
    assert mi.report(found).finding.startswith("X, 25 February 2020: no finding")


def test_a_row_whose_instruments_differ_in_session_names_all_their_days() -> None:
    """News on a day on which one of two markets is shut: its first quote after it is days later."""
    rng, days = np.random.default_rng(4), pd.bdate_range("2021-06-01", "2022-03-31")
    frame = pd.DataFrame(
        {name: 100.0 * np.exp(np.cumsum(rng.normal(0, 0.01, len(days)))) for name in "AB"}, days
    )
    frame.loc["2022-01-06":"2022-01-11", "B"] = np.nan
    bonds = [mi.SovereignBond(name, quoted="clean price", snapshot="17:00 UTC") for name in "AB"]
    news = mi.Event("news", announced_at="2022-01-06T12:00", zone="UTC")
    result = mi.EventStudy().run(mi.Panel.from_frame(frame, instruments=bonds), news, pairs="all")
    sheet = mi.contact_sheet(result, title="two markets")
    assert contact._days(sheet, sheet.rows[0]) == "6 to 12 January, by instrument"
    alone = mi.contact_sheet(mi.EventStudy().run(result.panel.select("A"), news), title="one")
    assert contact._days(alone, alone.rows[0]) == "6 January"
