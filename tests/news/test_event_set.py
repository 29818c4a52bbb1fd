"""Sets of events: columns that say the same as the events, however they came in."""

from __future__ import annotations

import io
import warnings
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.ledger import LedgerRow
from marketimpact.news.event_set import as_event_set

ALMATY = "Asia/Almaty"
FIRST = mi.Event("first", announced_at="2022-01-05T16:10", zone=ALMATY, place="KZ", category="politics")
SECOND = mi.Event("second", announced_at="2022-01-06", zone="Europe/London", title="a day", source="a paper")
THIRD = mi.Event(
    "third",
    announced_at="2022-01-05T14:00",
    zone="America/New_York",
    precision="hour",
    surprise=-0.2,
    surprise_unit="pp",
)


@pytest.fixture
def three() -> mi.EventSet:
    return mi.EventSet.from_events([FIRST, SECOND, THIRD])


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {"id": ["a", "b"], "announced_at": ["2022-01-05", "2022-01-06"], "zone": ALMATY} | columns
    )


def instants(*texts: str, zone: str = ALMATY) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(texts).tz_localize(zone)


# A set of events


def test_a_set_holds_its_events_as_columns(three: mi.EventSet) -> None:
    assert len(three) == 3
    assert three.ids.tolist() == ["first", "second", "third"]
    utc = np.array(["2022-01-05T10:10", "2022-01-06T00:00", "2022-01-05T19:00"], dtype="datetime64[s]")
    assert three.start.tolist() == utc.tolist()
    assert (three.end - three.start).astype(int).tolist() == [60, 86_400, 3_600]
    assert three.columns["place"].tolist() == ["KZ", None, None]
    np.testing.assert_array_equal(three.columns["surprise"], [np.nan, np.nan, -0.2])


def test_the_arrays_cannot_be_written_to(three: mi.EventSet) -> None:
    for array in (three.ids, three.start, three.end, *three.columns.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


@pytest.mark.parametrize("one", [FIRST, SECOND, THIRD], ids=lambda one: one.id)
def test_an_event_comes_out_as_it_went_in(three: mi.EventSet, one: mi.Event) -> None:
    back = three[one.id]
    assert (back.start, back.end) == (one.start, one.end)
    assert back == one


@pytest.mark.parametrize(
    "made_of",
    [
        {"announced_at": "2022-01-05T16:10", "zone": ALMATY, "precision": "day"},
        {"announced_at": "2022-01-05T16:10", "zone": ALMATY, "precision": "2d"},
        {"announced_at": "2022-01-05T16:10:30", "zone": ALMATY},
        {"announced_at": "2022-10-30T02:30+01:00", "zone": "Europe/Berlin"},
        {"announced_at": "2022-10-30T02:30+02:00", "zone": "Europe/Berlin"},
        {"announced_at": "2022-11-06", "zone": "America/Havana"},
        {"announced_at": "2022-03-13", "zone": "America/Havana"},
        {"announced_at": "2022-01-05T16:10+06:00"},
        {"announced_at": "2022-01-05T10:10Z"},
        {"announced_at": "2022-01-05", "zone": "UTC", "precision": "3d"},
        {"announced_at": "2022-01-05", "zone": ALMATY, "precision": "+-2d"},
        {"announced_at": "2022-01-05T16:10+06:00", "precision": "+-2d"},
        {"announced_at": "2022-03-13", "zone": "America/Havana", "precision": "+-1d"},
        {"announced_at": "2011-12-31", "zone": "Pacific/Apia", "precision": "+-1d"},
        {"announced_at": "2022-01-05 after close", "zone": ALMATY},
    ],
    ids=lambda made_of: " ".join(made_of.values()),
)
def test_an_interval_comes_out_as_it_went_in(made_of: dict[str, str]) -> None:
    one = mi.Event("news", **made_of)  # type: ignore[arg-type]
    back = mi.EventSet.from_events([one])["news"]
    assert (back.start, back.end, back.precision) == (one.start, one.end, one.precision)


def test_iterating_gives_the_events(three: mi.EventSet) -> None:
    assert list(three) == [FIRST, SECOND, THIRD]


def test_an_unknown_event_is_named_with_some_that_there_are(three: mi.EventSet) -> None:
    with pytest.raises(
        mi.InputError, match=r"event_id: is not an event of the set; received 'fourth'; .*'first', 'sec"
    ):
        three["fourth"]
    with pytest.raises(mi.InputError, match=r"received 'fourth'"):
        three.select(["first", "fourth"])


def test_select_takes_the_order_asked_for(three: mi.EventSet) -> None:
    assert three.select(["third", "first"]) == mi.EventSet.from_events([THIRD, FIRST])
    assert three.select("second") == mi.EventSet.from_events([SECOND])


def test_selecting_an_event_twice_is_refused(three: mi.EventSet) -> None:
    with pytest.raises(mi.DataError, match=r"id: event ids repeat; received \['first'\]"):
        three.select(["first", "first"])


def test_a_set_equals_another_by_value(three: mi.EventSet) -> None:
    assert three == mi.EventSet.from_events([FIRST, SECOND, THIRD])
    assert three != mi.EventSet.from_events([FIRST, THIRD, SECOND])
    assert three != mi.EventSet.from_events([FIRST, SECOND])
    assert three != mi.EventSet.from_events([FIRST, SECOND, THIRD], rejected=[LedgerRow("x", "no zone")])
    assert three != "three"


def test_the_frame_shows_the_clock_of_the_place_and_both_ends_in_utc(three: mi.EventSet) -> None:
    shown = three.to_frame().set_index("id")
    assert shown.loc["first", "announced_at"] == "2022-01-05T16:10+06:00"
    assert shown.loc["third", "announced_at"] == "2022-01-05T14:00-05:00"
    assert shown.loc["second", "start"] == pd.Timestamp("2022-01-06", tz="UTC")
    assert shown.loc["second", "end"] == pd.Timestamp("2022-01-07", tz="UTC")
    assert shown.loc["third", "surprise"] == -0.2


def test_a_frame_made_of_a_set_gives_the_set_again(three: mi.EventSet) -> None:
    assert mi.EventSet.from_frame(three.to_frame()) == three


PRECISIONS = ["minute", "hour", "day", "1d", "3d", "+-1d", "+-2d", "+-99d", "before open", "after close"]
ZONES = [ALMATY, "Europe/Berlin", "America/Havana", "Pacific/Apia", "Australia/Lord_Howe", "UTC"]


@st.composite
def events_of_any_kind(draw: st.DrawFn) -> mi.Event:
    """An event of any precision, dated by a date, a wall time with its offset, or a bare offset."""
    precision = draw(st.sampled_from(PRECISIONS))
    utc = draw(st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1))).replace(microsecond=0, tzinfo=UTC)
    zone = draw(st.sampled_from(ZONES))
    made_of: dict[str, Any] = {
        "announced_at": utc.astimezone(ZoneInfo(zone)).date().isoformat(),
        "zone": zone,
    }
    clock = precision in ("minute", "hour") or (" " not in precision and draw(st.booleans()))
    if clock:
        offset = draw(st.sampled_from([None, timezone(timedelta(hours=5, minutes=45)), timezone.min]))
        at = utc.astimezone(offset or ZoneInfo(zone))
        made_of = {"announced_at": at.isoformat(), "zone": None if offset else zone}
    known = {"title": "news", "place": "KZ", "surprise": -0.25, "surprise_unit": "pp"}
    return mi.Event("news", precision=precision, **made_of, **(known if draw(st.booleans()) else {}))


@given(events_of_any_kind())
def test_an_event_of_any_kind_survives_a_frame_and_a_file(one: mi.Event) -> None:
    made = mi.EventSet.from_events([one])
    frame = made.to_frame()
    again = mi.EventSet.from_frame(frame)
    assert again == made
    assert again["news"] == made["news"]
    assert (made["news"].start, made["news"].end) == (one.start, one.end)
    assert made.local_days().tolist() == [one.local.date()]
    assert made.local_time(0)[:10] == one.local.date().isoformat()
    cells = pd.read_csv(io.StringIO(frame.to_csv(index=False)), dtype=str)
    cells["surprise"] = cells["surprise"].astype(float)
    assert mi.EventSet.from_frame(cells) == made


def test_the_frame_of_news_dated_by_a_side_of_the_session_holds_a_date_and_the_side() -> None:
    made = mi.EventSet.from_events(
        [mi.Event("a", announced_at="2022-01-05 after close", zone=ALMATY), SECOND]
    )
    shown = made.to_frame()
    assert shown["announced_at"].tolist() == ["2022-01-05", "2022-01-06T00:00+00:00"]
    assert shown["precision"].tolist() == ["after close", "day"]


def test_news_around_a_day_is_shown_under_that_day() -> None:
    """The interval begins two days before; what is shown is the day that was named."""
    around = [
        mi.Event("a", announced_at="2022-01-05", zone=ALMATY, precision="+-2d"),
        mi.Event("b", announced_at="2022-03-13", zone="America/Havana", precision="+-1d"),
        mi.Event("c", announced_at="2012-01-01", zone="Pacific/Apia", precision="+-2d"),
        mi.Event("d", announced_at="2011-12-28", zone="Pacific/Apia", precision="+-2d"),
        mi.Event("e", announced_at="2022-01-07", zone=ALMATY, precision="3d"),
    ]
    made = mi.EventSet.from_events(around)
    named = ["2022-01-05", "2022-03-13", "2012-01-01", "2011-12-28", "2022-01-07"]
    assert made.local_days().astype(str).tolist() == named
    assert [made.local_time(i) for i in range(5)] == [
        "2022-01-05T00:00+06:00",
        "2022-03-13T01:00-04:00",  # the day began at one o'clock
        "2012-01-01T00:00+14:00",
        "2011-12-28T00:00-10:00",
        "2022-01-07T00:00+06:00",
    ]
    assert list(made) == around
    assert repr(made) == "EventSet of 5, 2011-12-28 to 2022-03-13"


def test_a_side_of_the_session_is_a_number_for_alignment(three: mi.EventSet) -> None:
    sides = ["pre-market", "after close", "day", "+-2d", "market open (next day)"]
    made = mi.EventSet.from_events(
        mi.Event(str(i), announced_at="2022-01-05", zone=ALMATY, precision=side)
        for i, side in enumerate(sides)
    )
    assert made.market_day_offset.tolist() == [0, 1, -1, -1, 1]
    assert made.market_day_offset.dtype == np.int8
    assert made.select(["1", "0"]).market_day_offset.tolist() == [1, 0]
    assert three.market_day_offset.tolist() == [-1, -1, -1]


def test_local_days_are_those_of_the_place() -> None:
    at = datetime(2022, 1, 5, 20, 0, tzinfo=UTC)
    zones = [ALMATY, "America/New_York", "UTC"]
    events = [
        mi.Event(zone, announced_at=pd.Timestamp(at).tz_convert(zone).to_pydatetime()) for zone in zones
    ]
    days = mi.EventSet.from_events(events).local_days()
    assert days.astype(str).tolist() == ["2022-01-06", "2022-01-05", "2022-01-05"]


def test_a_set_says_how_much_it_holds(three: mi.EventSet) -> None:
    assert repr(three) == "EventSet of 3, 2022-01-05 to 2022-01-06"
    lost = mi.EventSet.from_events([FIRST], rejected=[LedgerRow("x", "no zone")])
    assert repr(lost) == "EventSet of 1, 2022-01-05 to 2022-01-05, 1 not readable"


def test_one_event_or_several_are_taken_as_a_set(three: mi.EventSet) -> None:
    assert as_event_set(FIRST) == mi.EventSet.from_events([FIRST])
    assert as_event_set(iter([FIRST, SECOND, THIRD])) == three
    assert as_event_set(three) is three


def test_no_event_is_refused() -> None:
    with pytest.raises(mi.DataError, match=r"events: there is no event; .*at least one"):
        mi.EventSet.from_events([])


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(mi.InputError, match="event"):
        mi.EventSet.from_events(["2022-01-05"])  # type: ignore[list-item]


def test_repeated_ids_are_refused() -> None:
    with pytest.raises(mi.DataError, match=r"id: event ids repeat; received \['first'\]; .*an id of its own"):
        mi.EventSet.from_events([FIRST, SECOND, FIRST])


# From a frame


def test_rows_of_a_frame_are_read_event_by_event() -> None:
    read = mi.EventSet.from_frame(
        frame(
            announced_at=["2022-01-05T16:10", "2022-01-06"],
            place=["KZ", None],
            surprise=[0.5, None],
            surprise_unit="pp",
        )
        .astype(object)
        .assign(surprise_unit=["pp", None])
    )
    assert read["a"] == mi.Event(
        "a", announced_at="2022-01-05T16:10", zone=ALMATY, place="KZ", surprise=0.5, surprise_unit="pp"
    )
    assert read["b"] == mi.Event("b", announced_at="2022-01-06", zone=ALMATY)


def test_a_zone_may_be_said_once_for_all_rows_that_name_none() -> None:
    rows = frame(zone=["Europe/London", None])
    read = mi.EventSet.from_frame(rows, zone=ALMATY)
    assert read.columns["zone"].tolist() == ["Europe/London", ALMATY]


@pytest.mark.parametrize(
    "more",
    [
        {"precision": ["minute", "hour"]},
        {"title": ["x", "y"], "category": ["protest", None], "source": "a paper"},
        {"place": ["KZ", None], "surprise": [0.5, 1.5], "surprise_unit": "pp"},
    ],
    ids=lambda more: " ".join(more),
)
def test_zone_aware_times_as_a_column_and_as_rows_give_equal_sets(more: dict[str, Any]) -> None:
    times = instants("2022-01-05T16:10", "2022-01-06T09:00")
    whole = mi.EventSet.from_frame(frame(announced_at=times, **more).drop(columns="zone"))
    rows = mi.EventSet.from_frame(frame(announced_at=times, **more))
    assert whole == rows
    assert whole.to_frame().equals(rows.to_frame())
    assert [*whole] == [*rows]


@given(st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1)), min_size=1, max_size=5))
def test_any_instants_give_equal_sets_on_both_ways(walls: list[datetime]) -> None:
    times = pd.DatetimeIndex([wall.replace(microsecond=0, second=0) for wall in walls]).tz_localize("UTC")
    rows = pd.DataFrame(
        {"id": [f"e{i}" for i in range(len(times))], "announced_at": times.tz_convert("Europe/Berlin")}
    )
    assert mi.EventSet.from_frame(rows) == mi.EventSet.from_frame(rows.assign(zone="Europe/Berlin"))


@pytest.mark.parametrize("missing", [None, np.nan])
def test_a_missing_word_is_none_on_both_ways(missing: object) -> None:
    times = instants("2022-01-05T16:10", "2022-01-06T09:00")
    columns = frame(announced_at=times, place=pd.Series(["KZ", missing], dtype=object))
    assert mi.EventSet.from_frame(columns)["b"].place is None
    assert mi.EventSet.from_frame(columns.drop(columns="zone"))["b"].place is None


@pytest.mark.parametrize(("given_word", "word"), [(7, "7"), ("", None), ("fire", "fire")])
def test_a_word_is_the_same_text_on_both_ways(given_word: object, word: str | None) -> None:
    times = instants("2022-01-05T16:10", "2022-01-06T09:00")
    columns = frame(announced_at=times, title=pd.Series(["x", given_word], dtype=object))
    assert mi.EventSet.from_frame(columns)["b"].title == word
    assert mi.EventSet.from_frame(columns.drop(columns="zone"))["b"].title == word


WAYS = pytest.mark.parametrize("way", ["column", "rows"])


def read_either_way(way: str, **columns: Any) -> mi.EventSet:
    """Read two zone-aware times: as a column, whole, or, since a zone column stands beside them, row by row."""
    made = frame(**{"announced_at": instants("2022-01-05T16:10", "2022-01-06T09:00"), **columns})
    return mi.EventSet.from_frame(made if way == "rows" else made.drop(columns="zone"))


@WAYS
def test_whole_numbers_are_names_too(way: str) -> None:
    assert read_either_way(way, id=[0, 1]).ids.tolist() == ["0", "1"]


@WAYS
@pytest.mark.parametrize("name", ["", "  ", None])
def test_a_row_without_a_name_is_put_aside_with_a_warning(way: str, name: str | None) -> None:
    with pytest.warns(mi.MarketImpactWarning, match=r"1 of 2 events could not be read .*Event\.id: is empty"):
        read = read_either_way(way, id=["a", name])
    assert read.ids.tolist() == ["a"]
    assert len(read.rejected) == 1


@WAYS
def test_names_are_stripped_of_the_blanks_around_them(way: str) -> None:
    assert read_either_way(way, id=[" a", "b "]).ids.tolist() == ["a", "b"]


@WAYS
def test_a_surprise_without_its_unit_is_put_aside(way: str) -> None:
    with pytest.raises(mi.DataError, match=r"no event could be read: .*a surprise and its unit go together"):
        read_either_way(way, surprise=[1.0, 2.0])


@WAYS
def test_text_as_a_surprise_is_put_aside_with_a_warning(way: str) -> None:
    with pytest.warns(mi.MarketImpactWarning, match=r"row 1: surprise: is not a number; received 'abc'"):
        read = read_either_way(way, surprise=["1.5", "abc"], surprise_unit="pp")
    assert read["a"].surprise == 1.5


@WAYS
def test_a_frame_without_rows_is_refused(way: str) -> None:
    none = frame(announced_at=instants("2022-01-05T16:10", "2022-01-06T09:00")).iloc[:0]
    with pytest.raises(mi.DataError, match="no event could be read: the frame has no rows"):
        mi.EventSet.from_frame(none if way == "rows" else none.drop(columns="zone"))


@WAYS
def test_repeated_ids_in_a_frame_are_refused(way: str) -> None:
    with pytest.raises(mi.DataError, match=r"id: event ids repeat; received \['a'\]"):
        read_either_way(way, id=["a", "a"])


@WAYS
def test_a_missing_time_is_put_aside_with_a_warning(way: str) -> None:
    times = instants("2022-01-05T16:10", "2022-01-06T09:00").where([True, False])
    with pytest.warns(mi.MarketImpactWarning, match=r"the frame, row 1: announced_at: event 'b' has no date"):
        read = read_either_way(way, announced_at=times)
    assert read.ids.tolist() == ["a"]


def test_an_unknown_precision_beside_a_column_of_times_is_put_aside() -> None:
    with pytest.warns(mi.MarketImpactWarning, match=r"row 1: .*unknown precision; received 'week'"):
        read = read_either_way("column", precision=["minute", "week"])
    assert read.ids.tolist() == ["a"]


def test_a_column_of_one_fixed_offset_can_be_read_back() -> None:
    read = read_either_way(
        "column", announced_at=instants("2022-01-05T16:10", "2022-01-06T09:00", zone="+06:00")
    )
    assert read["a"].start == datetime(2022, 1, 5, 10, 10, tzinfo=UTC)


@pytest.mark.parametrize("missing", ["id", "announced_at"])
def test_a_missing_column_is_named(missing: str) -> None:
    with pytest.raises(
        mi.DataError, match=rf"columns: the frame has no column '{missing}'; received .*and any of zone"
    ):
        mi.EventSet.from_frame(frame().drop(columns=missing))


def test_a_column_that_stands_twice_is_refused() -> None:
    twice = pd.concat([frame(), frame()[["announced_at"]]], axis=1)
    with pytest.raises(mi.DataError, match="announced_at"):
        mi.EventSet.from_frame(twice)


# A bad event among good ones


def test_one_bad_event_among_good_ones_is_kept_as_a_row_of_the_ledger() -> None:
    with pytest.warns(
        mi.MarketImpactWarning, match="1 of 2 events could not be read and stand in the ledger"
    ):
        read = mi.EventSet.from_frame(frame(announced_at=["2022-01-05", "2022-13-06"]))
    assert read.ids.tolist() == ["a"]
    (row,) = read.rejected
    assert (row.event_id, row.local_time) == ("b", "2022-13-06")
    assert row.reason.startswith(
        "the frame, row 1: Event.announced_at: event 'b': 2022-13-06 is neither a date nor"
    )


def test_the_warning_points_to_the_line_of_the_caller() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mi.EventSet.from_frame(frame(announced_at=["2022-01-05", "2022-13-06"]))
    assert [one.filename for one in caught] == [__file__]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"zone": [ALMATY, "Asia/Almata"]}, "event 'b' has an unknown zone; received 'Asia/Almata'"),
        ({"zone": [ALMATY, None]}, "event 'b' has no zone"),
        (
            {"announced_at": ["2022-01-05", "2022-01-06T16:10+05:00"]},
            "has an offset that Asia/Almaty did not have then",
        ),
        ({"announced_at": ["2022-01-05", ""]}, "event 'b' has no date"),
        ({"announced_at": ["2022-01-05", 44567]}, "44567 is neither a date nor a time"),
        ({"announced_at": ["2022-01-05", "9999-12-31"]}, "event 'b'"),
        ({"precision": ["day", "minute"]}, "event 'b' has a date alone, which is not precise to the minute"),
    ],
)
def test_every_reason_names_row_and_event(bad: dict[str, Any], reason: str) -> None:
    with pytest.warns(mi.MarketImpactWarning, match="1 of 2 events"):
        read = mi.EventSet.from_frame(frame(**bad))
    assert reason in read.rejected[0].reason
    assert read.rejected[0].reason.startswith("the frame, row 1: ")


def test_a_bad_event_stays_when_good_ones_are_selected() -> None:
    with pytest.warns(mi.MarketImpactWarning, match="1 of 2 events"):
        read = mi.EventSet.from_frame(frame(announced_at=["2022-01-05", "2022-13-06"]))
    assert read.select("a").rejected == read.rejected


def test_when_no_event_can_be_read_it_is_an_error_with_the_first_reason() -> None:
    with pytest.raises(
        mi.DataError, match=r"no event could be read: the frame, row 0: .*'soon'; .*at least one event"
    ):
        mi.EventSet.from_frame(frame(announced_at=["soon", "2022-13-06"]))


@pytest.mark.filterwarnings("ignore:1 of 2 events")
def test_an_id_that_a_bad_row_and_a_good_row_share_is_refused() -> None:
    with pytest.raises(mi.DataError, match=r"id: event ids repeat; received \['a'\]"):
        mi.EventSet.from_frame(frame(id=["a", "a"], announced_at=["2022-01-05", "2022-13-06"]))


def test_sides_of_the_session_may_stand_beside_dates_that_pandas_has_parsed() -> None:
    parsed = frame(
        announced_at=pd.to_datetime(["2022-01-05", "2022-01-06"]), precision=["After Close", "before open"]
    )
    texts = frame(announced_at=["2022-01-05 after close", "2022-01-06 before open"])
    assert mi.EventSet.from_frame(parsed) == mi.EventSet.from_frame(texts)


@pytest.mark.parametrize("huge", [10**400, [1.0]])
def test_a_surprise_that_is_no_number_is_put_aside_not_a_crash(huge: object) -> None:
    rows = frame(surprise=pd.Series([1.0, huge], dtype=object), surprise_unit="pp")
    with pytest.warns(mi.MarketImpactWarning, match=r"row 1: surprise: is not a number"):
        assert mi.EventSet.from_frame(rows).ids.tolist() == ["a"]


def test_dates_that_pandas_has_parsed_are_not_taken_for_midnights() -> None:
    parsed = frame(announced_at=pd.to_datetime(["2022-01-05", "2022-01-06"]))
    with pytest.raises(
        mi.DataError, match="announced_at: every time is midnight: these may be dates, or news"
    ):
        mi.EventSet.from_frame(parsed)
    read = mi.EventSet.from_frame(parsed.assign(precision="day"))
    assert read == mi.EventSet.from_frame(frame(announced_at=["2022-01-05", "2022-01-06"]))
