"""The contact sheet: one row for the events of one set of sessions, readable as a page."""

import pandas as pd
import pytest

import marketimpact as mi

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
